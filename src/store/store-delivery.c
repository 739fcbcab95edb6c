/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a source hands over, on its way through the writer's queue: a reference to the batch and copies of the little
 * that comes with it, so that the source can go on at once. Its bytes are what the queue's bound counts. */
#include "store-delivery.h"

void
tide_position_clear (TidePosition *position)
{
  g_clear_pointer (&position->token, g_free);
}

void
tide_rejected_free (TideRejected *rejected)
{
  if (rejected == NULL)
    return;
  g_free (rejected->stream);
  g_free (rejected->source);
  g_free (rejected->key);
  g_free (rejected->headers);
  g_free (rejected->reason);
  g_free (rejected->rules);
  g_clear_pointer (&rejected->payload, g_bytes_unref);
  g_free (rejected);
}

void
tide_gap_free (TideGap *gap)
{
  if (gap == NULL)
    return;
  g_free (gap->source);
  g_free (gap->reason);
  g_free (gap);
}

void
tide_replayed_free (TideReplayed *replayed)
{
  if (replayed == NULL)
    return;
  g_free (replayed->reason);
  g_free (replayed->rules);
  g_free (replayed);
}

/* Takes the delivery's arrays of rejected events and gaps, a reference to its batch, and copies the rest. */
TideQueued *
tide_queued_new (const TideDelivery *delivery)
{
  TideQueued *queued = g_new0 (TideQueued, 1);
  queued->source = g_strdup (delivery->source);
  queued->bytes = sizeof *queued + delivery->n_positions * sizeof (TidePosition);
  if (delivery->batch != NULL)
    {
      queued->batch = tide_batch_ref (delivery->batch);
      queued->events = delivery->batch->n;
      queued->bytes += tide_batch_get_bytes (delivery->batch);
    }
  queued->positions = g_new (TidePosition, delivery->n_positions);
  queued->n_positions = delivery->n_positions;
  for (guint i = 0; i < delivery->n_positions; i++)
    {
      queued->positions[i] = delivery->positions[i];
      queued->positions[i].token = g_strdup (delivery->positions[i].token);
    }
  queued->rejected = delivery->rejected != NULL ? g_ptr_array_ref (delivery->rejected) : NULL;
  queued->gaps = delivery->gaps != NULL ? g_ptr_array_ref (delivery->gaps) : NULL;
  queued->quality = delivery->quality != NULL ? g_ptr_array_ref (delivery->quality) : NULL;
  queued->replayed = delivery->replayed != NULL ? g_ptr_array_ref (delivery->replayed) : NULL;
  for (guint i = 0; queued->rejected != NULL && i < queued->rejected->len; i++)
    {
      const TideRejected *rejected = g_ptr_array_index (queued->rejected, i);
      queued->bytes += sizeof *rejected + (rejected->payload != NULL ? g_bytes_get_size (rejected->payload) : 0);
    }
  return queued;
}

void
tide_queued_free (TideQueued *queued)
{
  if (queued == NULL)
    return;
  tide_batch_unref (queued->batch);
  for (guint i = 0; i < queued->n_positions; i++)
    tide_position_clear (&queued->positions[i]);
  g_free (queued->positions);
  g_clear_pointer (&queued->rejected, g_ptr_array_unref);
  g_clear_pointer (&queued->gaps, g_ptr_array_unref);
  g_clear_pointer (&queued->quality, g_ptr_array_unref);
  g_clear_pointer (&queued->replayed, g_ptr_array_unref);
  g_free (queued->source);
  g_free (queued);
}
