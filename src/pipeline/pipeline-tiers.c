/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiers at work. A real-time metric gets every batch as it comes; one of another tier is refreshed: what was stored
 * since its last refresh is read and folded at once, every T or on its schedule. What a metric has seen is a position
 * (seq), as in a cut, so that changing its tier neither loses nor doubles an event: while it changes no source delivers,
 * and everything delivered is committed first. */
#include "pipeline-private.h"

#include <string.h>

/* Of a metric that is not real-time. */
typedef struct
{
  char version[17];
  TideSeq seen;     /* in its ring */
  TideTime last;    /* refreshed */
  bool active;      /* its ring is refreshed: sources do not add to it */
  bool running;
} Refresh;

static Refresh *
get_refresh (TidePipeline *self, const TideMetric *metric)
{
  Refresh *refresh = g_hash_table_lookup (self->refreshes, metric->name);

  if (refresh == NULL)
    {
      refresh = g_new0 (Refresh, 1);
      refresh->last = TIDE_TIME_NONE;
      g_hash_table_insert (self->refreshes, g_strdup (metric->name), refresh);
    }
  return refresh;
}

static bool
is_refreshed (const TideMetric *metric)
{
  return metric->numerator == NULL && metric->tier != TIDE_TIER_REAL_TIME;
}

/* Folds what is stored in (after, last] into the metric's ring; events before the live horizon are left out. */
static bool
fold_stored (TidePipeline *self, const TideMetric *metric, TideSeq after, TideDuration horizon, TideSeq *ret_seen,
             GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->store, error);
  TideScanOptions options = { .stream = metric->stream, .after = after, .to = TIDE_TIME_MAX,
                              .from = tide_clock_now (&self->clock) - horizon };
  TideStreamFacts facts = { 0 };
  g_autoptr (TideScan) scan = NULL;
  const TideBatch *batch = NULL;
  bool done;

  if (reader == NULL || !tide_reader_begin (reader, 0, self->ending, error))
    return false;
  done = tide_store_get_stream_facts (reader, metric->stream->name, &facts, error);
  scan = done && facts.last_seq > after ? tide_scan_new (reader, &options, error) : NULL;
  while (scan != NULL && (done = tide_scan_next (scan, &batch, error)) && batch != NULL)
    tide_live_refresh (self->live, metric->name, batch);
  g_clear_pointer (&scan, tide_scan_free);
  tide_reader_end (reader);
  if (done)
    *ret_seen = facts.last_seq;
  return done;
}

/* --- when they are due --- */

static bool
is_due (const TideWorkspace *workspace, const TideMetric *metric, const Refresh *refresh, TideTime now)
{
  const TideSchedule *schedule = metric->schedule != NULL ? metric->schedule : workspace->rollup_schedule;

  if (refresh->running || !refresh->active)
    return false;
  if (refresh->last == TIDE_TIME_NONE)
    return true;
  if (metric->tier == TIDE_TIER_MICRO_BATCH)
    return now / metric->refresh > refresh->last / metric->refresh; /* at its multiples, so that no time is lost */
  return tide_schedule_next (schedule, refresh->last) <= now;
}

static void *
refresh_metric (TidePipeline *self, void *data, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  const TideMetric *metric = tide_workspace_get_metric (workspace, data);
  int64_t start_ns = tide_thread_cpu_ns ();
  TideSeq seen = 0, before;
  bool done = false;

  g_rw_lock_reader_lock (&self->gate); /* its tier stays what it is */
  g_mutex_lock (&self->lock);
  if (metric != NULL)
    {
      const Refresh *refresh = get_refresh (self, metric);

      seen = refresh->seen;
      done = refresh->active && strcmp (refresh->version, metric->version) == 0;
    }
  g_mutex_unlock (&self->lock);
  before = seen;
  done = done && fold_stored (self, metric, seen, workspace->live_horizon, &seen, error);
  g_mutex_lock (&self->lock);
  if (metric != NULL)
    {
      Refresh *refresh = get_refresh (self, metric);

      refresh->running = false;
      refresh->last = tide_clock_now (&self->clock);
      refresh->seen = done ? seen : refresh->seen;
    }
  g_mutex_unlock (&self->lock);
  g_rw_lock_reader_unlock (&self->gate);
  if (done)
    tide_pipeline_refresh_used (self, metric, tide_thread_cpu_ns () - start_ns, (guint64) (seen - before));
  return done ? self : NULL;
}

/**
 * tide_pipeline_refresh_due:
 *
 * Thread: the ticker's; the work is done by workers.
 */
void
tide_pipeline_refresh_due (TidePipeline *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  TideTime now = tide_clock_now (&self->clock);

  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      Refresh *refresh;
      bool due;

      if (!is_refreshed (metric))
        continue;
      g_mutex_lock (&self->lock);
      refresh = get_refresh (self, metric);
      due = is_due (workspace, metric, refresh, now);
      refresh->running |= due;
      g_mutex_unlock (&self->lock);
      if (due)
        tide_pipeline_run_async (self, refresh_metric, g_strdup (metric->name), g_free, NULL, NULL, NULL, NULL);
    }
}

TideDuration
tide_pipeline_get_refresh_age (TidePipeline *self, const TideMetric *metric, const TideStatus *status)
{
  const TideMetric *part = metric->numerator != NULL ? metric->numerator : metric;
  const TideStreamInfo *info = tide_status_find_stream (status, part->stream->name);
  TideSeq last = info != NULL ? info->seq : 0;
  TideDuration age = 0;

  g_mutex_lock (&self->lock);
  if (is_refreshed (part) && get_refresh (self, part)->last != TIDE_TIME_NONE && last > get_refresh (self, part)->seen)
    age = status->time - get_refresh (self, part)->last;
  g_mutex_unlock (&self->lock);
  return MAX (age, 0);
}

/* --- when they change --- */

/* The ring goes on. */
static bool
is_same (const TideMetric *a, const TideMetric *b)
{
  return strcmp (a->version, b->version) == 0 && a->over == b->over && tide_period_equal (a->every, b->every);
}

/* What the ring of a metric holds now, before its tier or definition changes. */
static void
enter (TidePipeline *self, const TideWorkspace *old, const TideWorkspace *workspace, const TideMetric *metric,
       TideSeq last)
{
  const TideMetric *before = tide_workspace_get_metric (old, metric->name);
  bool same = before != NULL && is_same (before, metric);
  TideSeq seen = 0;
  Refresh *refresh;

  g_mutex_lock (&self->lock);
  refresh = get_refresh (self, metric);
  if (same)
    seen = refresh->active ? refresh->seen : last;
  refresh->seen = seen;
  refresh->active = is_refreshed (metric);
  g_strlcpy (refresh->version, metric->version, sizeof refresh->version);
  g_mutex_unlock (&self->lock);
  /* Real time from here on: what it has not seen yet is folded before the sources go on. */
  if (!is_refreshed (metric) && seen < last)
    fold_stored (self, metric, seen, workspace->live_horizon, &seen, NULL);
  g_mutex_lock (&self->lock);
  get_refresh (self, metric)->seen = seen;
  if (!same || is_refreshed (metric) != is_refreshed (before))
    get_refresh (self, metric)->last = is_refreshed (metric) && same ? tide_clock_now (&self->clock) : TIDE_TIME_NONE;
  g_mutex_unlock (&self->lock);
}

static TideSeq
last_seq (TidePipeline *self, const char *stream)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->store, NULL);
  TideStreamFacts facts = { 0 };

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return 0;
  tide_store_get_stream_facts (reader, stream, &facts, NULL);
  tide_reader_end (reader);
  return facts.last_seq;
}

static bool
changes (const TideWorkspace *old, const TideWorkspace *workspace)
{
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      const TideMetric *before = tide_workspace_get_metric (old, metric->name);

      if (metric->numerator == NULL
          && (before == NULL || !is_same (before, metric) || is_refreshed (before) != is_refreshed (metric)))
        return true;
    }
  return false;
}

/**
 * tide_pipeline_change_live:
 *
 * Takes an edited workspace up in the live rings. Where a tier or a definition changes, sources wait for it for as long
 * as a flush and the reading of what is missing take.
 *
 * Thread: worker. Locks: the gate, against deliveries and refreshes.
 */
void
tide_pipeline_change_live (TidePipeline *self, const TideWorkspace *old, const TideWorkspace *workspace)
{
  if (!changes (old, workspace))
    {
      tide_live_set_workspace (self->live, workspace);
      return;
    }
  g_rw_lock_writer_lock (&self->gate);
  tide_writer_flush (self->writer, NULL);
  tide_live_set_workspace (self->live, workspace);
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);

      if (metric->numerator == NULL)
        enter (self, old, workspace, metric, last_seq (self, metric->stream->name));
    }
  g_rw_lock_writer_unlock (&self->gate);
}

/**
 * tide_pipeline_begin_tiers:
 *
 * After the rings were rebuilt from the store, before sources add to them.
 */
void
tide_pipeline_begin_tiers (TidePipeline *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  TideTime now = tide_clock_now (&self->clock);

  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      TideSeq last = last_seq (self, metric->stream->name);
      Refresh *refresh;

      g_mutex_lock (&self->lock);
      refresh = get_refresh (self, metric);
      refresh->seen = last;
      refresh->last = now;
      refresh->active = is_refreshed (metric);
      g_strlcpy (refresh->version, metric->version, sizeof refresh->version);
      g_mutex_unlock (&self->lock);
    }
}
