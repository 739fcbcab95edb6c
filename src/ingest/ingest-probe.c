/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test connection: the steps of the kind, and then the answer that matters most, how many of the samples the stream
 * could take and why not the others. Nothing is stored. */
#include "ingest-private.h"

typedef struct
{
  const TideProbe *outer;
  TideDecoder *decoder; /* NULL: no stream yet */
  TideBatchBuilder *builder;
  bool wants_header;
  guint n, decoded, filtered;
  char *first_reason;
} Probing;

void
tide_probe_step_free (TideProbeStep *step)
{
  if (step == NULL)
    return;
  g_free (step->title);
  g_free (step->detail);
  g_free (step);
}

static void
pass_step (TideProbeStep *step, void *data)
{
  Probing *probing = data;
  probing->outer->step (step, probing->outer->data);
}

static void
on_broken (const TideBroken *broken, void *data)
{
  Probing *probing = data;
  if (probing->first_reason == NULL)
    probing->first_reason = g_strdup (broken->reason);
}

static void
finish (Probing *probing)
{
  uint32_t filtered = 0;
  g_autoptr (TideBatch) batch = tide_decoder_finish (probing->decoder, probing->builder, &filtered, NULL);
  probing->decoded += batch != NULL ? batch->n : 0;
  probing->filtered += filtered;
}

static void
try_decode (Probing *probing, const char *data, gsize len, const TideEventMeta *meta)
{
  probing->n++;
  if (tide_decoder_decode (probing->decoder, probing->builder, data, len, meta) == TIDE_DECODE_FILTERED)
    probing->filtered++;
  if (tide_batch_builder_is_full (probing->builder))
    finish (probing);
}

static void
take_sample (GBytes *payload, const TideEventMeta *meta, void *data)
{
  Probing *probing = data;
  gsize len;
  const char *bytes = g_bytes_get_data (payload, &len);
  if (probing->decoder != NULL && probing->wants_header)
    {
      g_autoptr (GError) error = NULL;
      if (!tide_decoder_set_header (probing->decoder, bytes, len, &error))
        probing->first_reason = g_strdup (error->message);
    }
  else if (probing->decoder != NULL)
    try_decode (probing, bytes, len, meta);
  probing->wants_header = false;
  if (probing->outer->sample != NULL)
    probing->outer->sample (payload, meta, probing->outer->data);
}

static void
tell_decoded (Probing *probing)
{
  finish (probing);
  guint sound = probing->decoded + probing->filtered;
  TideProbeStep *step = g_new0 (TideProbeStep, 1);
  step->took = -1;
  step->state = probing->n == 0 ? TIDE_STEP_SKIPPED
                : sound == probing->n ? TIDE_STEP_OK
                : sound == 0 ? TIDE_STEP_FAILED
                             : TIDE_STEP_WARNING;
  if (probing->n == 0)
    step->title = g_strdup ("No event to decode yet");
  else
    step->title = g_strdup_printf ("Decoded %u of %u sample events", probing->decoded, probing->n);
  if (probing->first_reason != NULL)
    step->detail = g_strdup (probing->first_reason);
  else if (probing->filtered > 0)
    step->detail = g_strdup_printf ("%u left out by the stream's filter", probing->filtered);
  probing->outer->step (step, probing->outer->data);
}

/**
 * tide_source_probe:
 * @probe: what to test, and who hears of each step and sample
 *
 * Looks at a source without storing anything. With CSV the first sample is the header.
 *
 * Thread: a worker; blocks up to 15 s.
 */
void
tide_source_probe (const TideProbe *probe)
{
  const TideSourceClass *kind = tide_source_class_find (probe->def->spec->kind);
  g_assert (kind != NULL);
  Probing probing = { .outer = probe };
  if (probe->stream != NULL)
    {
      probing.decoder = tide_decoder_new (probe->stream, probe->def->name, NULL, on_broken, &probing);
      probing.builder = tide_batch_builder_new (probe->stream);
      probing.wants_header = probe->stream->format == TIDE_FORMAT_CSV && g_str_equal (kind->spec.kind, "file");
    }
  TideProbe inner = *probe;
  inner.step = pass_step;
  inner.sample = take_sample;
  inner.data = &probing;
  kind->probe (&inner);
  if (probing.decoder != NULL && !g_cancellable_is_cancelled (probe->cancellable))
    tell_decoded (&probing);
  g_clear_pointer (&probing.builder, tide_batch_builder_free);
  g_clear_pointer (&probing.decoder, tide_decoder_free);
  g_free (probing.first_reason);
}
