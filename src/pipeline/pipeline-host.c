/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands between sources and the rest: a delivery goes to the writer's queue, then to the live rings, and each
 * stage is timed. When a commit fails every source is told at its next delivery, and resumes from what was
 * committed, and the rings are rebuilt from it: nothing is kept that the database does not have. */
#include "pipeline-private.h"

#include <string.h>

/* Rows of a batch whose way from event time to here is sampled. */
#define LATENCY_SAMPLES 32

static void
time_arrival (TidePipeline *self, const TideBatch *batch)
{
  const int64_t *time = batch->columns[TIDE_COLUMN_TIME].ints, *received = batch->columns[TIDE_COLUMN_RECEIVED].ints;
  uint32_t step = MAX (batch->n / LATENCY_SAMPLES, 1);

  for (uint32_t i = 0; i < batch->n; i += step)
    tide_latency_add (self->latency, batch->stream->name, TIDE_STAGE_BROKER, received[i] - time[i],
                      MIN (step, batch->n - i));
}

/* @handed_over: when the source brought the batch (monotonic): waiting for the queue delays what Live shows. */
static void
fold_live (TidePipeline *self, const char *source, TideBatch *batch, TideDuration horizon, int64_t handed_over)
{
  const char *stream = batch->stream->name;
  int64_t start_ns;

  tide_latency_add (self->latency, stream, TIDE_STAGE_DECODE, handed_over - batch->received_mono_us, batch->n);
  if (batch->time_max < tide_clock_now (&self->clock) - horizon)
    return; /* far behind: the rings would not keep it */
  time_arrival (self, batch);
  start_ns = tide_thread_cpu_ns ();
  tide_live_add (self->live, batch);
  /* The rings' time is the metrics', not the source's. */
  tide_meter_add (self->meter, TIDE_USE_DECODE, source, stream, NULL, start_ns - tide_thread_cpu_ns (), 0, 0, 1);
  tide_latency_add (self->latency, stream, TIDE_STAGE_LIVE, tide_clock_monotonic (&self->clock) - handed_over,
                    batch->n);
}

/* The rings hold what a failed commit dropped: once commits work again they are rebuilt from what is stored. Locks: the
 * gate, against deliveries and refreshes. */
static void
restore_lost (TidePipeline *self)
{
  g_rw_lock_writer_lock (&self->gate);
  if (g_atomic_int_compare_and_exchange (&self->live_lost, 1, 0))
    {
      if (tide_writer_flush (self->writer, NULL))
        {
          tide_live_reset (self->live);
          tide_pipeline_restore_live (self);
          tide_pipeline_begin_tiers (self);
        }
      else
        g_atomic_int_set (&self->live_lost, 1);
    }
  g_rw_lock_writer_unlock (&self->gate);
}

static bool
deliver (const TideDelivery *delivery, GCancellable *cancellable, void *data, GError **error)
{
  TidePipeline *self = data;
  int64_t handed_over = tide_clock_monotonic (&self->clock);
  TideDuration horizon;
  bool must_resume, pushed;

  g_mutex_lock (&self->lock);
  must_resume = g_hash_table_contains (self->failed, delivery->source);
  horizon = self->workspace->live_horizon;
  g_mutex_unlock (&self->lock);
  if (must_resume)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FULL, "events could not be stored; resuming from what was committed");
      return false;
    }
  if (g_atomic_int_get (&self->live_lost) != 0)
    restore_lost (self);
  g_rw_lock_reader_lock (&self->gate);
  pushed = tide_writer_push (self->writer, delivery, cancellable, error);
  if (pushed && delivery->batch != NULL)
    fold_live (self, delivery->source, delivery->batch, horizon, handed_over);
  g_rw_lock_reader_unlock (&self->gate);
  return pushed;
}

static GArray *
positions (const char *source, void *data, GError **error)
{
  TidePipeline *self = data;
  g_autoptr (TideReader) reader = NULL;
  GArray *found;

  g_mutex_lock (&self->lock);
  g_hash_table_remove (self->failed, source);
  g_mutex_unlock (&self->lock);
  /* What a source of this name delivered before it was restarted must be counted. When it can't be committed it is
   * dropped, and what the reader sees is right as well. */
  tide_writer_flush (self->writer, NULL);
  reader = tide_store_acquire_reader (self->store, error);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return NULL;
  found = tide_store_get_positions (reader, source, error);
  tide_reader_end (reader);
  return found;
}

static char *
secret (const TideSourceDef *source, void *data)
{
  TidePipeline *self = data;

  return tide_secret_lookup (self->dir, source);
}

static bool
recall (const TideStream *stream, TideTime since, TideRecallFunc each, void *each_data, void *data, GError **error)
{
  TidePipeline *self = data;

  /* Also what was delivered and is on its way. */
  tide_writer_flush (self->writer, NULL);
  return tide_pipeline_recall (self, stream, since, each, each_data, error);
}

/* Thread: not main. Stored events of a stream, with its fields only. */
bool
tide_pipeline_recall (TidePipeline *self, const TideStream *stream, TideTime since, TideRecallFunc each, void *each_data,
                      GError **error)
{
  TideScanOptions options = { .stream = stream, .from = since, .to = TIDE_TIME_MAX };
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->store, error);
  g_autoptr (TideScan) scan = NULL;
  const TideBatch *batch = NULL;
  bool done = false;

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  scan = tide_scan_new (reader, &options, error);
  while (scan != NULL && (done = tide_scan_next (scan, &batch, error)) && batch != NULL)
    each (batch, each_data);
  g_clear_pointer (&scan, tide_scan_free);
  tide_reader_end (reader);
  return done;
}

static char *
mask_key (void *data, GError **error)
{
  TidePipeline *self = data;

  return tide_mask_key_lookup (self->dir, error);
}

void
tide_pipeline_host_init (TidePipeline *self)
{
  self->host = (TideSourceHost){ .deliver = deliver, .positions = positions, .secret = secret, .recall = recall,
                                  .mask_key = mask_key, .data = self };
}

static void
on_committed (const TideCommitted *commits, guint n, void *data)
{
  TidePipeline *self = data;
  int64_t now = tide_clock_monotonic (&self->clock);

  for (guint i = 0; i < n; i++)
    {
      tide_latency_add (self->latency, commits[i].stream, TIDE_STAGE_COMMIT, now - commits[i].oldest_mono_us,
                        commits[i].events);
      if (self->scheduler != NULL)
        tide_scheduler_poke (self->scheduler, commits[i].stream);
    }
  if (self->watch != NULL)
    tide_watch_poke (self->watch);
}

static void
on_failed (const GError *failure, void *data)
{
  TidePipeline *self = data;

  g_atomic_int_set (&self->live_lost, 1);
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->sources->len; i++)
    {
      TideSource *source = g_ptr_array_index (self->sources, i);

      g_hash_table_add (self->failed, g_strdup (tide_source_get_name (source)));
      tide_source_resume (source);
    }
  g_free (self->trouble);
  self->trouble = g_strdup (failure->message);
  g_mutex_unlock (&self->lock);
}

static void
on_resumed (void *data)
{
  TidePipeline *self = data;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->trouble, g_free);
  g_mutex_unlock (&self->lock);
}

const TideWriterEvents tide_pipeline_writer_events = { .committed = on_committed, .failed = on_failed,
                                                       .resumed = on_resumed };

/* Sources */

static bool
same_keys (const TideSourceDef *a, const TideSourceDef *b)
{
  GHashTableIter iter;
  void *key, *value;

  if (g_hash_table_size (a->keys) != g_hash_table_size (b->keys))
    return false;
  g_hash_table_iter_init (&iter, a->keys);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_strcmp0 (value, g_hash_table_lookup (b->keys, key)) != 0)
      return false;
  return true;
}

static bool
can_go_on (const TideWorkspace *old, const TideWorkspace *new, const char *name)
{
  TideSourceDef *before = old != NULL ? tide_workspace_get_source (old, name) : NULL;
  TideSourceDef *after = tide_workspace_get_source (new, name);

  return before != NULL && after != NULL && after->enabled && before->enabled && before->spec == after->spec
         && before->every == after->every && strcmp (before->stream, after->stream) == 0 && same_keys (before, after)
         && tide_workspace_get_stream (new, after->stream) != NULL;
}

static TideSource *
steal_source (TidePipeline *self, const char *name)
{
  for (guint i = 0; i < self->sources->len; i++)
    if (strcmp (tide_source_get_name (g_ptr_array_index (self->sources, i)), name) == 0)
      return g_ptr_array_steal_index (self->sources, i);
  return NULL;
}

static void
end_sources (GPtrArray *sources)
{
  for (guint i = 0; i < sources->len; i++)
    tide_source_stop (g_ptr_array_index (sources, i));
  for (guint i = 0; i < sources->len; i++)
    {
      tide_source_join (g_ptr_array_index (sources, i));
      tide_source_free (g_ptr_array_index (sources, i));
    }
}

/* Takes out the sources that can't go on, and gives the rest their stream as it is now. */
static void
sort_out (TidePipeline *self, TideWorkspace *old, GPtrArray *ended)
{
  for (guint i = self->sources->len; i-- > 0;)
    {
      TideSource *source = g_ptr_array_index (self->sources, i);
      const char *name = tide_source_get_name (source);

      if (!can_go_on (old, self->workspace, name))
        g_ptr_array_add (ended, g_ptr_array_steal_index (self->sources, i));
      else
        tide_source_set_stream (source, tide_workspace_get_stream (
                                            self->workspace, tide_workspace_get_source (self->workspace, name)->stream));
    }
}

/**
 * tide_pipeline_update_sources:
 *
 * Thread: a worker; joins the threads of sources that end.
 */
void
tide_pipeline_update_sources (TidePipeline *self, TideWorkspace *old)
{
  g_autoptr (GPtrArray) ended = g_ptr_array_new ();

  g_mutex_lock (&self->lock);
  sort_out (self, old, ended);
  g_mutex_unlock (&self->lock);
  end_sources (ended);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->workspace->sources->len && !self->closing; i++)
    {
      TideSourceDef *def = g_ptr_array_index (self->workspace->sources, i);
      const TideStream *stream = tide_workspace_get_stream (self->workspace, def->stream);
      TideSource *running = steal_source (self, def->name);

      if (running == NULL && def->enabled && stream != NULL)
        running = tide_source_start (self->dir, def, stream, &self->host, &self->clock);
      if (running != NULL)
        g_ptr_array_add (self->sources, running);
    }
  g_mutex_unlock (&self->lock);
}

bool
tide_pipeline_end_asking (TidePipeline *self, const char *name, char **ret_message, GError **error)
{
  g_autoptr (GPtrArray) ended = g_ptr_array_new ();
  TideSourceStatus status = { 0 };
  TideSource *source;

  g_mutex_lock (&self->lock);
  source = steal_source (self, name);
  if (source != NULL)
    tide_source_get_status (source, &status);
  if (source != NULL)
    g_ptr_array_add (status.consent != NULL ? ended : self->sources, source);
  g_mutex_unlock (&self->lock);
  if (source == NULL)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "no source '%s' is running", name);
  else if (status.consent == NULL)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "the source '%s' asks for nothing to agree to", name);
  *ret_message = g_steal_pointer (&status.message);
  tide_source_status_clear (&status);
  end_sources (ended);
  return ended->len > 0;
}

void
tide_pipeline_stop_sources (TidePipeline *self)
{
  g_autoptr (GPtrArray) ended = g_ptr_array_new ();

  g_mutex_lock (&self->lock);
  while (self->sources->len > 0)
    g_ptr_array_add (ended, g_ptr_array_steal_index (self->sources, self->sources->len - 1));
  g_mutex_unlock (&self->lock);
  end_sources (ended);
}

/* Live rings on start, and after a failed commit */

static void
restore_groups (TidePipeline *self, TideReader *reader, TideMetric *metric)
{
  g_auto (TideCut) cut = { 0 };
  g_autoptr (TideGroups) groups = NULL;

  if (metric->numerator != NULL || !tide_store_get_cut (reader, metric, &cut, NULL) || !cut.exists)
    return;
  groups = tide_store_get_groups (reader, metric, &cut, NULL);
  if (groups != NULL)
    tide_live_set_groups (self->live, metric->name, groups);
}

static void
restore_stream (TidePipeline *self, TideReader *reader, const TideStream *stream, TideDuration horizon)
{
  TideScanOptions options = { .stream = stream, .to = TIDE_TIME_MAX,
                              .from = tide_clock_now (&self->clock) - horizon };
  g_autoptr (TideScan) scan = tide_scan_new (reader, &options, NULL);
  const TideBatch *batch = NULL;

  while (scan != NULL && tide_scan_next (scan, &batch, NULL) && batch != NULL)
    tide_live_restore (self->live, batch);
}

/**
 * tide_pipeline_restore_live:
 *
 * Rebuilds the rings from the blocks of the live horizon. What can't be read is left out: the rings are for
 * looking, the merged view is what counts.
 *
 * Thread: worker or source, while nobody else adds to the rings.
 */
void
tide_pipeline_restore_live (TidePipeline *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->store, NULL);

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return;
  for (guint i = 0; i < workspace->metrics->len; i++)
    restore_groups (self, reader, g_ptr_array_index (workspace->metrics, i));
  for (guint i = 0; i < workspace->streams->len; i++)
    restore_stream (self, reader, g_ptr_array_index (workspace->streams, i), workspace->live_horizon);
  tide_reader_end (reader);
}
