/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pipeline's clockwork, one thread: live snapshots ten times a second, or so rarely that making them takes a tenth of
 * a core at most (while hours are caught up every window changes), figures once a second, retention once a minute. It
 * waits on a condition, so closing does not wait for a tick. */
#include "pipeline-private.h"

#include <string.h>

#define QUALITY_KEPT (400 * TIDE_DAY)
#define QUARANTINE_SHARE 4 /* of the largest size: it may take a quarter, so that it never drives out the events */
#define TICK_US (TIDE_SECOND / 10)
/* A snapshot that took t is followed by no other for ten times t, but once a second; t on the wall, so that a machine that
 * is busy with other things makes fewer. */
#define PUBLISH_SHARE 10
/* Staleness is measured half a minute after the start, then every five. */
#define MEASURE_TICKS 3000

const TideStreamInfo *
tide_status_find_stream (const TideStatus *status, const char *stream)
{
  for (guint i = 0; status != NULL && i < status->n_streams; i++)
    if (strcmp (status->streams[i].name, stream) == 0)
      return &status->streams[i];
  return NULL;
}

TideStatus *
tide_status_ref (TideStatus *status)
{
  g_atomic_ref_count_inc (&status->refs);
  return status;
}

void
tide_status_unref (TideStatus *status)
{
  if (status == NULL || !g_atomic_ref_count_dec (&status->refs))
    return;
  for (guint i = 0; i < status->n_sources; i++)
    {
      g_free (status->sources[i].name);
      g_free (status->sources[i].stream);
      tide_source_status_clear (&status->sources[i].status);
    }
  for (guint i = 0; i < status->n_streams; i++)
    g_free (status->streams[i].name);
  g_free (status->sources);
  g_free (status->streams);
  g_free (status->trouble);
  g_free (status);
}

static TideSource *
find_source (TidePipeline *self, const char *name)
{
  for (guint i = 0; i < self->sources->len; i++)
    if (strcmp (tide_source_get_name (g_ptr_array_index (self->sources, i)), name) == 0)
      return g_ptr_array_index (self->sources, i);
  return NULL;
}

static void
fill_source (TidePipeline *self, const TideSourceDef *def, TideSourceInfo *info)
{
  TideSource *source = find_source (self, def->name);

  info->name = g_strdup (def->name);
  info->stream = g_strdup (def->stream);
  info->spec = def->spec;
  info->enabled = def->enabled;
  if (source != NULL)
    {
      tide_source_get_status (source, &info->status);
      tide_pipeline_date_drift (self, def->stream, info->status.drift);
    }
  else
    info->status = (TideSourceStatus){ .state = TIDE_SOURCE_OFF, .retry_at = TIDE_TIME_NONE, .lag_events = -1,
                                       .lag = -1, .newest = TIDE_TIME_NONE };
}

static void
fill_sources (TidePipeline *self, TideStatus *status)
{
  g_mutex_lock (&self->lock);
  status->n_sources = self->workspace->sources->len;
  status->sources = g_new0 (TideSourceInfo, MAX (status->n_sources, 1));
  for (guint i = 0; i < status->n_sources; i++)
    {
      fill_source (self, g_ptr_array_index (self->workspace->sources, i), &status->sources[i]);
      status->events_per_s += status->sources[i].status.events_per_s;
      status->bytes_per_s += status->sources[i].status.bytes_per_s;
    }
  status->trouble = g_strdup (self->trouble);
  g_mutex_unlock (&self->lock);
}

/* The oldest cut of the stream's metrics: up to there every metric has been rolled up. */
static TideSeq
oldest_cut (TidePipeline *self, TideReader *reader, const TideWorkspace *workspace, const char *stream)
{
  TideSeq oldest = INT64_MAX;

  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      g_auto (TideCut) cut = { 0 };

      if (metric->numerator != NULL || strcmp (metric->stream->name, stream) != 0)
        continue;
      if (tide_store_get_cut (reader, metric, &cut, NULL))
        oldest = MIN (oldest, cut.exists ? cut.cut : 0);
    }
  return oldest == INT64_MAX ? 0 : oldest;
}

static void
fill_stream (TidePipeline *self, TideReader *reader, const TideWorkspace *workspace, const TideStream *stream,
             const TideStatus *status, TideStreamInfo *info)
{
  info->name = g_strdup (stream->name);
  info->newest = TIDE_TIME_NONE;
  if (reader != NULL)
    {
      tide_store_get_stream_facts (reader, stream->name, &info->facts, NULL);
      info->seq = info->facts.last_seq;
      info->cut = oldest_cut (self, reader, workspace, stream->name);
      TideQuarantineFilter filter = { .stream = stream->name };
      gint64 quarantined = tide_store_count_quarantine (reader, &filter, NULL), waiting;
      filter.state = "new";
      waiting = tide_store_count_quarantine (reader, &filter, NULL);
      info->quarantined = MAX (quarantined, 0);
      info->waiting = MAX (waiting, 0);
      info->newest = info->facts.last_seq > 0 ? info->facts.time_max : TIDE_TIME_NONE;
    }
  for (guint i = 0; i < status->n_sources; i++)
    if (strcmp (status->sources[i].stream, stream->name) == 0)
      info->events_per_s += status->sources[i].status.events_per_s;
  for (guint stage = 0; stage < TIDE_N_STAGES; stage++)
    tide_latency_get (self->latency, stream->name, stage, 5 * TIDE_MINUTE, &info->latency[stage]);
}

static void
fill_streams (TidePipeline *self, TideStatus *status)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->store, NULL);
  bool begun = reader != NULL && tide_reader_begin (reader, 0, NULL, NULL);

  status->n_streams = workspace->streams->len;
  status->streams = g_new0 (TideStreamInfo, MAX (status->n_streams, 1));
  for (guint i = 0; i < status->n_streams; i++)
    fill_stream (self, begun ? reader : NULL, workspace, g_ptr_array_index (workspace->streams, i), status,
                 &status->streams[i]);
  if (begun)
    tide_reader_end (reader);
}

static void
fill_process (TidePipeline *self, TideStatus *status)
{
  int64_t now = tide_clock_monotonic (&self->clock);

  tide_process_get_facts (&status->process);
  if (self->last_process_mono_us > 0 && now > self->last_process_mono_us)
    status->cpu_share = (double) (status->process.cpu_us - self->last_process.cpu_us)
                        / (double) (now - self->last_process_mono_us);
  self->last_process = status->process;
  self->last_process_mono_us = now;
}

static void
update_status (TidePipeline *self)
{
  TideStatus *status = g_new0 (TideStatus, 1), *old;

  g_atomic_ref_count_init (&status->refs);
  status->time = tide_clock_now (&self->clock);
  fill_sources (self, status);
  fill_streams (self, status);
  fill_process (self, status);
  tide_writer_get_queue (self->writer, &status->queue_bytes, &status->queue_max_bytes);
  tide_store_get_sizes (self->store, &status->database_bytes, &status->wal_bytes);
  status->live_bytes = (gint64) tide_live_get_bytes (self->live);
  g_mutex_lock (&self->lock);
  old = self->status;
  self->status = status;
  g_mutex_unlock (&self->lock);
  tide_status_unref (old);
}

/**
 * tide_pipeline_retain:
 *
 * Deletes what each stream and its quarantine keep no longer, by age, and the oldest of all by size. Errors: those of
 * tide_writer_retain(). Thread: a worker.
 */
bool
tide_pipeline_retain (TidePipeline *self, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  TideTime now = tide_clock_now (&self->clock);

  for (guint i = 0; i < workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);

      if (stream->retention > 0
          && tide_writer_retain (self->writer, workspace, stream->name,
                                 now - stream->retention, error) < 0)
        return false;
      if (stream->quarantine_retention > 0
          && !tide_quarantine_retain (self->writer, stream->name, now - stream->quarantine_retention, error))
        return false;
    }
  if (!tide_quality_retain (self->writer, now - QUALITY_KEPT, error))
    return false;
  return workspace->max_bytes <= 0
         || (tide_quarantine_retain_bytes (self->writer, workspace->max_bytes / QUARANTINE_SHARE, error)
             && tide_writer_retain_bytes (self->writer, workspace, workspace->max_bytes, error) >= 0);
}

static void *
retain_work (TidePipeline *self, void *data, GCancellable *cancellable, GError **error)
{
  tide_pipeline_retain (self, NULL); /* tried again in a minute */
  tide_process_trim ();
  return NULL;
}

static void *
profile (TidePipeline *self, void *data, GCancellable *cancellable, GError **error)
{
  return tide_pipeline_profile (self, cancellable, error) ? self : NULL;
}

static void *
look_at_streams (TidePipeline *self, void *data, GCancellable *cancellable, GError **error)
{
  return tide_pipeline_look_at_streams (self, error) ? self : NULL;
}

static void *
save_meters (TidePipeline *self, void *data, GCancellable *cancellable, GError **error)
{
  return tide_pipeline_save_meters (self, false, error) ? self : NULL;
}

static void *
measure (TidePipeline *self, void *data, GCancellable *cancellable, GError **error)
{
  return tide_pipeline_measure (self, cancellable, error) ? self : NULL;
}

static void
do_every_second (TidePipeline *self, double seconds, int64_t *last_ns)
{
  int64_t now_ns = tide_thread_cpu_ns ();

  tide_pipeline_look_at_freshness (self, self->status, seconds);
  tide_pipeline_meter (self, self->status, now_ns - *last_ns);
  *last_ns = now_ns;
}

/* One of the ticks (@before, @now] is the one of every @every that begins @at: a busy machine leaves some out. */
static bool
is_time (gint64 before, gint64 now, gint64 every, gint64 at)
{
  return (now + every - at) / every != (before + every - at) / every;
}

/* Each at a moment of its own. */
static void
start_chores (TidePipeline *self, gint64 before, gint64 now)
{
  if (is_time (before, now, 600, 599))
    tide_pipeline_run_async (self, retain_work, NULL, NULL, NULL, NULL, NULL, NULL);
  if (is_time (before, now, 600, 399))
    tide_pipeline_run_async (self, look_at_streams, NULL, NULL, NULL, NULL, NULL, NULL);
  if (is_time (before, now, 600, 199))
    tide_pipeline_run_async (self, save_meters, NULL, NULL, NULL, NULL, NULL, NULL);
  if (is_time (before, now, MEASURE_TICKS, 450))
    tide_pipeline_run_async (self, profile, NULL, NULL, NULL, self->ending, NULL, NULL);
  if (is_time (before, now, MEASURE_TICKS, 300))
    tide_pipeline_run_async (self, measure, NULL, NULL, NULL, self->ending, NULL, NULL);
}

/* Returns when the next is due, by the monotonic clock. */
static int64_t
publish (TidePipeline *self)
{
  int64_t start_us = g_get_monotonic_time ();

  tide_live_publish (self->live);
  return start_us + MIN ((g_get_monotonic_time () - start_us) * PUBLISH_SHARE, TIDE_SECOND);
}

void *
tide_pipeline_tick (void *data)
{
  TidePipeline *self = data;
  int64_t start = g_get_monotonic_time (), next = start, last_ns = 0, publish_us = 0, second_us = start - TIDE_SECOND;
  gint64 before = -1, tick;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  for (;;)
    {
      if (g_get_monotonic_time () >= publish_us)
        publish_us = publish (self);
      tide_pipeline_refresh_due (self);
      tick = (g_get_monotonic_time () - start) / TICK_US;
      if (is_time (before, tick, 10, 0))
        {
          int64_t now_us = g_get_monotonic_time ();

          update_status (self);
          do_every_second (self, (double) (now_us - second_us) / TIDE_SECOND, &last_ns);
          second_us = now_us;
        }
      start_chores (self, before, tick);
      before = tick;
      next = MAX (next + TICK_US, g_get_monotonic_time ()); /* late ticks are not made up for */
      g_mutex_lock (&self->lock);
      while (!self->closing && g_cond_wait_until (&self->wake, &self->lock, next))
        continue;
      if (self->closing)
        {
          g_mutex_unlock (&self->lock);
          update_status (self); /* what was used since the last whole second */
          tide_pipeline_meter (self, self->status, tide_thread_cpu_ns () - last_ns);
          return NULL;
        }
      g_mutex_unlock (&self->lock);
    }
}
