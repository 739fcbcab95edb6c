/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is due now, when the next is, and the roll-ups that start early. */
#include "batch-private.h"

#include <string.h>

#define LOOK_AGAIN_US (30 * TIDE_SECOND)

void
tide_scheduler_start_due (TideScheduler *scheduler, TideTime now)
{
  for (guint i = 0; i < scheduler->jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);
      TideTime due = state->job.next;
      bool is_due = due != TIDE_TIME_NONE && due <= now;

      if (is_due)
        {
          tide_job_state_set_next (state, now);
          state->job.queued |= state->job.running;
        }
      if (state->job.running)
        continue;
      if (is_due || state->job.queued)
        tide_scheduler_begin_run (scheduler, state, is_due ? due : now);
      else if (state->job.retry_at != TIDE_TIME_NONE && state->job.retry_at <= now)
        tide_scheduler_begin_run (scheduler, state, state->due);
    }
}

TideTime
tide_scheduler_next_due (TideScheduler *scheduler, TideTime now)
{
  TideTime next = now + LOOK_AGAIN_US;

  for (guint i = 0; i < scheduler->jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);

      if (state->job.next != TIDE_TIME_NONE)
        next = MIN (next, state->job.next);
      if (state->job.retry_at != TIDE_TIME_NONE && !state->job.running)
        next = MIN (next, state->job.retry_at);
    }
  return next;
}

/* A roll-up starts early once the speed part would have to read more than its budget. */
static bool
is_over_budget (TideScheduler *scheduler, TideReader *reader, const TideWorkspace *workspace, const char *stream)
{
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      g_auto (TideCut) cut = { 0 };
      uint64_t events;
      gint64 bytes;

      if (metric->numerator != NULL || strcmp (metric->stream->name, stream) != 0)
        continue;
      if (tide_store_get_cut (reader, metric, &cut, NULL)
          && tide_store_get_since (reader, stream, cut.exists ? cut.cut : 0, &events, &bytes, NULL)
          && bytes > workspace->rollup_bytes)
        return true;
    }
  return false;
}

void
tide_scheduler_look_at_poked (TideScheduler *scheduler)
{
  g_autoptr (GPtrArray) streams = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TideWorkspace) workspace = NULL;
  g_autoptr (TideReader) reader = NULL;
  GHashTableIter iter;
  void *stream;

  g_mutex_lock (&scheduler->lock);
  workspace = tide_workspace_ref (scheduler->workspace);
  g_hash_table_iter_init (&iter, scheduler->poked);
  while (g_hash_table_iter_next (&iter, &stream, NULL))
    g_ptr_array_add (streams, g_strdup (stream));
  g_hash_table_remove_all (scheduler->poked);
  g_mutex_unlock (&scheduler->lock);
  if (streams->len == 0)
    return;
  reader = tide_store_acquire_reader (scheduler->store, NULL);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return;
  for (guint i = 0; i < streams->len; i++)
    if (is_over_budget (scheduler, reader, workspace, g_ptr_array_index (streams, i)))
      {
        g_autofree char *name = g_strconcat ("rollup:", (char *) g_ptr_array_index (streams, i), NULL);

        tide_scheduler_run (scheduler, name, NULL);
      }
  tide_reader_end (reader);
}
