/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roll-ups before their time: the speed part would have to read more than its budget, or a metric has no states. */
#include "batch-private.h"

#include <string.h>

/* The oldest cut of the stream's metrics: the speed part that reads most starts there. FALSE: it has no metric. */
static bool
get_oldest_cut (TideReader *reader, const TideWorkspace *workspace, const char *stream, TideSeq *ret_cut,
                bool *ret_all_exist)
{
  bool found = false;

  *ret_all_exist = true;
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      g_auto (TideCut) cut = { 0 };

      if (metric->numerator != NULL || strcmp (metric->stream->name, stream) != 0
          || !tide_store_get_cut (reader, metric, &cut, NULL))
        continue;
      *ret_cut = found ? MIN (*ret_cut, cut.cut) : cut.cut;
      *ret_all_exist &= cut.exists;
      found = true;
    }
  return found;
}

bool
tide_scheduler_has_new_metric (TideReader *reader, const TideWorkspace *workspace, const char *stream)
{
  TideSeq cut = 0;
  bool all_exist;

  return get_oldest_cut (reader, workspace, stream, &cut, &all_exist) && !all_exist;
}

static bool
is_over_budget (TideReader *reader, const TideWorkspace *workspace, const char *stream)
{
  TideSeq cut = 0;
  uint64_t events;
  gint64 bytes;
  bool all_exist;

  return get_oldest_cut (reader, workspace, stream, &cut, &all_exist)
         && tide_store_get_since (reader, stream, cut, &events, &bytes, NULL) && bytes > workspace->rollup_bytes;
}

/* After one that was cancelled or failed its time is waited for. */
static bool
may_start_early (const TideJobState *state)
{
  return !state->gone && !state->job.running && state->queue->len == 0 && state->job.retry_at == TIDE_TIME_NONE
         && (state->job.last_ended == TIDE_TIME_NONE || state->job.last_status == TIDE_RUN_SUCCEEDED);
}

static void
look_at (TideScheduler *scheduler, TideReader *reader, const TideWorkspace *workspace, const char *stream)
{
  g_autofree char *name = g_strconcat ("rollup:", stream, NULL);
  const TideTime unscheduled = TIDE_TIME_NONE; /* as by hand: of every metric, also those with a schedule of their own */
  TideJobState *state;

  if (!is_over_budget (reader, workspace, stream))
    return;
  g_mutex_lock (&scheduler->lock);
  state = tide_scheduler_find_job (scheduler, name);
  if (state != NULL && may_start_early (state))
    g_array_append_val (state->queue, unscheduled);
  g_mutex_unlock (&scheduler->lock);
}

static GPtrArray *
take_poked (TideScheduler *scheduler)
{
  GPtrArray *streams = g_ptr_array_new_with_free_func (g_free);
  int64_t now = tide_clock_monotonic (&scheduler->clock);
  GHashTableIter iter;
  void *stream;

  if (now - scheduler->poked_mono_us < TIDE_POKED_EVERY)
    return streams;
  g_hash_table_iter_init (&iter, scheduler->poked);
  while (g_hash_table_iter_next (&iter, &stream, NULL))
    {
      g_ptr_array_add (streams, stream);
      g_hash_table_iter_steal (&iter);
    }
  scheduler->poked_mono_us = now;
  return streams;
}

void
tide_scheduler_look_at_poked (TideScheduler *scheduler)
{
  g_autoptr (GPtrArray) streams = NULL;
  g_autoptr (TideWorkspace) workspace = NULL;
  g_autoptr (TideReader) reader = NULL;

  g_mutex_lock (&scheduler->lock);
  workspace = tide_workspace_ref (scheduler->workspace);
  streams = take_poked (scheduler);
  g_mutex_unlock (&scheduler->lock);
  if (streams->len == 0)
    return;
  reader = tide_store_acquire_reader (scheduler->store, NULL);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return;
  for (guint i = 0; i < streams->len; i++)
    look_at (scheduler, reader, workspace, g_ptr_array_index (streams, i));
  tide_reader_end (reader);
}
