/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One roll-up run of a stream: every metric is brought to one cut in one scan. Metrics stand at cuts of their own (a
 * new one at the floor); the scan starts at the least, and each folds only what lies after its own. The scan is in
 * chunks, each a read transaction and a publication, so that a backfill of a long history neither pins the WAL nor is
 * lost when it is cancelled: the next run goes on from the last chunk. */
#include "batch-private.h"

#include <string.h>

#define CHUNK_EVENTS 2000000
/* States held before they are written. */
#define PANES_MAX_BYTES (32 * 1024 * 1024)

typedef struct
{
  TideRollupWrite *write;
  TidePlan *plan;
  TideGroups *groups;
  TidePanes *panes;
  TideSeq cut;
  int64_t cpu_ns; /* of this metric's folding and writing */
} Part;

static void
part_free (void *data)
{
  Part *part = data;

  tide_rollup_write_free (part->write);
  tide_plan_free (part->plan);
  tide_groups_free (part->groups);
  tide_panes_free (part->panes);
  g_free (part);
}

static Part *
part_new (TideWriter *writer, TideReader *reader, TideMetric *metric, gint64 run, GError **error)
{
  g_autoptr (TideRollupWrite) write = tide_rollup_write_begin (writer, metric, run, error);
  g_autoptr (TideGroups) groups = NULL;
  g_auto (TideCut) cut = { 0 };
  Part *part;
  bool done;

  /* The transaction begins after begin(): it sees the version that begin() made. */
  if (write == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return NULL;
  done = tide_store_get_backfill (reader, metric, &cut, error);
  if (done)
    groups = tide_store_get_groups (reader, metric, &cut, error);
  tide_reader_end (reader);
  if (groups == NULL)
    return NULL;
  part = g_new0 (Part, 1);
  part->cut = tide_rollup_write_get_cut (write);
  part->write = g_steal_pointer (&write);
  part->plan = tide_plan_new (metric);
  part->groups = g_steal_pointer (&groups);
  part->panes = tide_panes_new (metric, metric->stored_pane);
  return part;
}

/* A metric with a schedule of its own is left to it; by hand, or early for want of room, it is rolled up with the rest. */
static bool
is_due (TideReader *reader, TideMetric *metric, const TideRun *run, bool *ret_due, GError **error)
{
  g_auto (TideCut) cut = { 0 };
  bool done;

  *ret_due = true;
  if (metric->tier != TIDE_TIER_BATCH || metric->schedule == NULL || run->due == TIDE_TIME_NONE)
    return true;
  if (!tide_reader_begin (reader, 0, NULL, error))
    return false;
  done = tide_store_get_cut (reader, metric, &cut, error);
  tide_reader_end (reader);
  if (done && cut.exists)
    *ret_due = tide_schedule_next (metric->schedule, cut.published) <= run->started;
  return done;
}

static bool
begin_parts (TideWriter *writer, TideReader *reader, const TideWorkspace *workspace, const char *stream,
             const TideRun *run, GPtrArray *parts, GError **error)
{
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      Part *part;
      bool due;

      if (metric->numerator != NULL || strcmp (metric->stream->name, stream) != 0)
        continue;
      if (!is_due (reader, metric, run, &due, error))
        return false;
      if (!due)
        continue;
      part = part_new (writer, reader, metric, run->id, error);
      if (part == NULL)
        return false;
      g_ptr_array_add (parts, part);
    }
  return true;
}

static bool
flush (Part *part, GError **error)
{
  if (tide_panes_get_n (part->panes) == 0)
    return true;
  if (!tide_rollup_write_add (part->write, part->panes, error))
    return false;
  tide_panes_clear (part->panes);
  return true;
}

static bool
fold_batch (GPtrArray *parts, const TideBatch *batch, GError **error)
{
  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = g_ptr_array_index (parts, i);
      TideSeq skip = CLAMP (part->cut - batch->first_seq + 1, 0, (TideSeq) batch->n);
      int64_t start_ns;

      if (skip == batch->n)
        continue;
      start_ns = tide_thread_cpu_ns ();
      tide_panes_fold (part->panes, part->plan, part->groups, batch, (uint32_t) skip, batch->n);
      part->cpu_ns += tide_thread_cpu_ns () - start_ns;
      if (tide_panes_get_bytes (part->panes) > PANES_MAX_BYTES && !flush (part, error))
        return false;
    }
  return true;
}

typedef struct
{
  const TideRunContext *context;
  TideSeq first, last; /* of the whole run */
  guint64 events;
} Progress;

/* Blocks that could not be read are no reason to stop, but whoever asks for the metric must be told. */
static void
note_corrupt (GPtrArray *parts, const TideScan *scan)
{
  TideSeq first;
  uint64_t n = tide_scan_get_corrupt (scan, &first);

  for (guint i = 0; i < parts->len && n > 0; i++)
    {
      Part *part = g_ptr_array_index (parts, i);

      if (part->cut < first)
        tide_rollup_write_note_corrupt (part->write, n, first);
    }
}

static bool
scan_chunk (TideReader *reader, const TideStream *stream, GPtrArray *parts, TideSeq after, TideSeq up_to,
            Progress *progress, GError **error)
{
  g_autofree bool *columns = g_new0 (bool, TIDE_COLUMN_FIELD0 + stream->n_fields);
  TideScanOptions options = { .stream = stream, .after = after, .up_to = up_to, .from = TIDE_TIME_NONE,
                              .to = TIDE_TIME_MAX, .columns = columns };
  g_autoptr (TideScan) scan = NULL;
  GCancellable *cancellable = progress->context != NULL ? progress->context->cancellable : NULL;

  columns[TIDE_COLUMN_TIME] = true;
  for (guint i = 0; i < parts->len; i++)
    tide_plan_mark_columns (((Part *) g_ptr_array_index (parts, i))->plan, columns);
  scan = tide_scan_new (reader, &options, error);
  while (scan != NULL)
    {
      const TideBatch *batch = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !tide_scan_next (scan, &batch, error))
        return false;
      if (batch == NULL)
        {
          note_corrupt (parts, scan);
          return true;
        }
      if (!fold_batch (parts, batch, error))
        return false;
      progress->events += batch->n;
      if (progress->context != NULL && progress->context->progress != NULL)
        progress->context->progress ((double) (batch->first_seq + batch->n - 1 - progress->first)
                                         / (double) MAX (progress->last - progress->first, 1),
                                     progress->events, progress->context->data);
    }
  return false;
}

static bool
publish (GPtrArray *parts, TideSeq cut, GError **error)
{
  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = g_ptr_array_index (parts, i);

      int64_t start_ns = tide_thread_cpu_ns ();

      if (part->cut >= cut)
        continue;
      if (!flush (part, error) || !tide_rollup_write_publish (part->write, part->groups, cut, error))
        return false;
      part->cpu_ns += tide_thread_cpu_ns () - start_ns;
      part->cut = cut;
    }
  return true;
}

static bool
roll_up (TideReader *reader, const TideStream *stream, GPtrArray *parts, TideSeq up_to, Progress *progress,
         GError **error)
{
  guint chunk = progress->context != NULL && progress->context->chunk_events > 0 ? progress->context->chunk_events
                                                                                 : CHUNK_EVENTS;
  TideSeq after = up_to;

  for (guint i = 0; i < parts->len; i++)
    after = MIN (after, ((Part *) g_ptr_array_index (parts, i))->cut);
  progress->first = after;
  progress->last = up_to;
  while (after < up_to)
    {
      TideSeq end = MIN (up_to, after + chunk);
      bool done;

      if (!tide_reader_begin (reader, 0, progress->context != NULL ? progress->context->cancellable : NULL, error))
        return false;
      done = scan_chunk (reader, stream, parts, after, end, progress, error);
      tide_reader_end (reader);
      if (!done || !publish (parts, end, error))
        return false;
      after = end;
    }
  return true;
}

static bool
get_last_seq (TideReader *reader, const char *stream, TideSeq *ret_seq, GError **error)
{
  TideStreamFacts facts = { 0 };
  bool done;

  if (!tide_reader_begin (reader, 0, NULL, error))
    return false;
  done = tide_store_get_stream_facts (reader, stream, &facts, error);
  tide_reader_end (reader);
  *ret_seq = facts.last_seq;
  return done;
}

static void
tell_used (GPtrArray *parts, const TideRunContext *context)
{
  for (guint i = 0; context != NULL && context->used != NULL && i < parts->len; i++)
    {
      const Part *part = g_ptr_array_index (parts, i);

      context->used (tide_plan_get_metric (part->plan)->name, part->cpu_ns, context->data);
    }
}

static bool
run_stream (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const TideStream *stream,
            TideSeq up_to, const TideRunContext *context, TideRun *run, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (store, error);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (part_free);
  Progress progress = { .context = context };
  TideSeq last;

  if (reader == NULL || !get_last_seq (reader, stream->name, &last, error))
    return false;
  up_to = up_to > 0 ? MIN (up_to, last) : last;
  if (!begin_parts (writer, reader, workspace, stream->name, run, parts, error)
      || !roll_up (reader, stream, parts, up_to, &progress, error))
    return false;
  run->cut = up_to;
  run->rows = (gint64) progress.events;
  for (guint i = 0; i < parts->len; i++)
    {
      TideMetric *metric = tide_plan_get_metric (((Part *) g_ptr_array_index (parts, i))->plan);

      if (!tide_rollup_compact (writer, metric, error) || !tide_rollup_sum_days (writer, metric, error))
        return false;
    }
  tell_used (parts, context);
  return tide_baseline_run_all (store, writer, workspace, stream->name, context, error)
         && tide_rollup_forget (writer, workspace, stream->name, error);
}

/**
 * tide_rollup_run:
 * @run: started by the caller, who also finishes it; cut, rows and cpu_us are filled in
 *
 * Errors: NOT_FOUND, CANCELLED, BUSY, CORRUPT, FULL. What was published before an error stays: it is exact at its cut.
 * Thread: worker.
 */
bool
tide_rollup_run (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const char *stream_name,
                 TideSeq up_to, const TideRunContext *context, TideRun *run, GError **error)
{
  const TideStream *stream = tide_workspace_get_stream (workspace, stream_name);
  int64_t cpu = tide_batch_thread_cpu_us ();
  bool done;

  tide_assert_not_main_thread ();
  if (stream == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "the workspace has no stream '%s'", stream_name);
      return false;
    }
  done = run_stream (store, writer, workspace, stream, up_to, context, run, error);
  run->cpu_us = tide_batch_thread_cpu_us () - cpu;
  return done;
}
