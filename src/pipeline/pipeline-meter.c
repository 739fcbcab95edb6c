/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who used what: feeds the meters. Whoever works for a stream or a metric reports its CPU time when a batch, a run or a
 * look is done; once a second the ticker reads the clocks of all threads, and books under each one's name what it has not
 * reported. What is left of the process's time is that of threads that ended since, and of clocks that were read a moment
 * apart: nobody's. Once a minute all of it moves to the database. */
#include "pipeline-private.h"

#include <string.h>

#define CLOCKWORK "clockwork"
/* What runs on pools of threads and has not reported yet, or never does. */
#define WORKERS "workers"

/* --- as it happens --- */

void
tide_pipeline_live_used (const TideMetric *metric, TideLiveWork work, int64_t cpu_ns, guint events, void *data)
{
  TidePipeline *self = data;
  TideActivity activity = work == TIDE_LIVE_DRAW                ? TIDE_USE_SNAPSHOT
                          : metric->tier == TIDE_TIER_REAL_TIME ? TIDE_USE_LIVE
                                                                : TIDE_USE_REFRESH;

  tide_meter_add (self->meter, activity, NULL, metric->stream->name, metric->name, cpu_ns, 0, events,
                  work == TIDE_LIVE_FOLD ? 1 : 0);
  if (work != TIDE_LIVE_FOLD) /* which is made on the ticker's thread */
    tide_meter_add (self->meter, TIDE_USE_SHARED, NULL, NULL, CLOCKWORK, -cpu_ns, 0, 0, 0);
}

void
tide_pipeline_refresh_used (TidePipeline *self, const TideMetric *metric, int64_t cpu_ns, guint64 events)
{
  tide_meter_add (self->meter, TIDE_USE_REFRESH, NULL, metric->stream->name, metric->name, cpu_ns, 0, events, 1);
  tide_meter_add (self->meter, TIDE_USE_SHARED, NULL, NULL, TIDE_UPKEEP, -cpu_ns, 0, 0, 0); /* what its worker reports */
}

void
tide_pipeline_alert_used (TidePipeline *self, const char *stream, const char *metric, int64_t cpu_ns)
{
  tide_meter_add (self->meter, TIDE_USE_ALERT, NULL, stream, metric, cpu_ns, 0, 0, 0);
  tide_meter_add (self->meter, TIDE_USE_ALERT, NULL, NULL, NULL, -cpu_ns, 0, 0, 0); /* its thread's time */
}

void
tide_pipeline_work_used (TidePipeline *self, TideActivity activity, const char *stream, const char *metric, int64_t cpu_ns)
{
  tide_meter_add (self->meter, activity, NULL, stream, metric, cpu_ns, 0, 0, 1);
  tide_meter_add (self->meter, TIDE_USE_SHARED, NULL, NULL, WORKERS, -cpu_ns, 0, 0, 0);
}

void
tide_pipeline_job_used (const char *job, const char *stream, const char *metric, int64_t cpu_ns, void *data)
{
  TidePipeline *self = data;

  tide_pipeline_work_used (self, stream != NULL ? TIDE_USE_ROLLUP : TIDE_USE_ANALYSIS, stream,
                           stream != NULL ? metric : job, cpu_ns);
}

/* --- once a second --- */

static int64_t
difference (GHashTable *last, const char *name, int64_t value)
{
  int64_t *before = g_hash_table_lookup (last, name), since;

  if (before == NULL)
    {
      before = g_new0 (int64_t, 1);
      g_hash_table_insert (last, g_strdup (name), before);
    }
  since = value >= *before ? value - *before : value; /* started anew */
  *before = value;
  return since;
}

static void
add_sources (TidePipeline *self, const TideStatus *status)
{
  for (guint i = 0; i < status->n_sources; i++)
    {
      const TideSourceInfo *source = &status->sources[i];
      g_autofree char *cpu = g_strconcat ("cpu ", source->name, NULL), *bytes = g_strconcat ("bytes ", source->name, NULL);
      g_autofree char *events = g_strconcat ("events ", source->name, NULL);

      tide_meter_add (self->meter, TIDE_USE_DECODE, source->name, source->stream, NULL,
                      difference (self->metered, cpu, source->status.cpu_us) * 1000,
                      (guint64) difference (self->metered, bytes, (int64_t) source->status.bytes),
                      (guint64) difference (self->metered, events, (int64_t) source->status.events), 0);
    }
}

/* Divides what came to the counter @key among the sources by their bytes since the last time; @only: of that kind. While
 * no bytes come it is kept for when they do. */
static void
divide (TidePipeline *self, const TideStatus *status, TideActivity activity, const char *only, const char *counter,
        int64_t value_ns)
{
  g_autofree double *weights = g_new0 (double, status->n_sources + 1);
  double sum = 0;
  int64_t cpu_ns;

  for (guint i = 0; i < status->n_sources; i++)
    {
      const TideSourceInfo *source = &status->sources[i];
      g_autofree char *key = g_strconcat (counter, " ", source->name, NULL);

      if (only != NULL && strcmp (source->spec->kind, only) != 0)
        continue;
      weights[i] = (double) difference (self->metered, key, (int64_t) source->status.bytes);
      sum += weights[i];
    }
  cpu_ns = sum > 0 ? difference (self->metered, counter, value_ns) : 0;
  for (guint i = 0; sum > 0 && i < status->n_sources; i++)
    if (weights[i] > 0)
      tide_meter_add (self->meter, activity, status->sources[i].name, status->sources[i].stream, NULL,
                      (int64_t) ((double) cpu_ns * weights[i] / sum), 0, 0, 0);
}

/* Whose time it is that a thread does not report itself; threads that are not in here are the toolkit's. */
static const struct
{
  const char *prefix;
  bool reports; /* all of it */
  TideActivity activity;
  const char *account;
} thread_kinds[] = {
  { "tide-source", .reports = true },
  { "writer", .reports = true },
  { "ticker", .reports = true },
  { "scheduler", .activity = TIDE_USE_SHARED, .account = TIDE_UPKEEP },
  { "control", .activity = TIDE_USE_SHARED, .account = TIDE_UPKEEP },
  { "tide-kafka-end", .activity = TIDE_USE_SHARED, .account = TIDE_UPKEEP },
  { "watch", .activity = TIDE_USE_ALERT },
  { "routes", .activity = TIDE_USE_ALERT },
  { "pool-", .activity = TIDE_USE_SHARED, .account = WORKERS },
};

static void
add_thread (TidePipeline *self, const TideThreadFacts *thread, int64_t cpu_ns)
{
  for (guint i = 0; i < G_N_ELEMENTS (thread_kinds); i++)
    if (g_str_has_prefix (thread->name, thread_kinds[i].prefix))
      {
        if (!thread_kinds[i].reports)
          tide_meter_add (self->meter, thread_kinds[i].activity, NULL, NULL, thread_kinds[i].account, cpu_ns, 0, 0, 0);
        return;
      }
  tide_meter_add (self->meter, TIDE_USE_WINDOW, NULL, NULL, NULL, cpu_ns, 0, 0, 0);
}

/* Returns what the Kafka client's own threads ("rdk:…") have used so far. */
static int64_t
add_threads (TidePipeline *self)
{
  g_autoptr (GArray) threads = tide_process_get_threads ();
  GHashTable *now = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  for (guint i = 0; i < threads->len; i++)
    {
      const TideThreadFacts *thread = &g_array_index (threads, TideThreadFacts, i);
      int64_t *before = g_hash_table_lookup (self->threads, GINT_TO_POINTER (thread->id));
      /* Less than before: the number is another thread's now. */
      int64_t cpu_ns = before != NULL && *before <= thread->cpu_ns ? thread->cpu_ns - *before : thread->cpu_ns;

      g_hash_table_insert (now, GINT_TO_POINTER (thread->id), g_memdup2 (&thread->cpu_ns, sizeof thread->cpu_ns));

      if (g_str_has_prefix (thread->name, "rdk:"))
        self->client_cpu_ns += cpu_ns;
      else
        add_thread (self, thread, cpu_ns);
    }
  g_hash_table_unref (self->threads); /* those that have ended with it */
  self->threads = now;
  return self->client_cpu_ns;
}

/* What is left of the process's time, when everyone has had theirs. */
static void
settle (TidePipeline *self, const TideStatus *status)
{
  g_autoptr (GPtrArray) all = tide_meter_get (self->meter);
  int64_t rest_ns = tide_process_get_cpu_us () * 1000;

  for (guint i = 0; i < all->len; i++)
    rest_ns -= ((TideUse *) g_ptr_array_index (all, i))->cpu_ns;
  tide_meter_add (self->meter, TIDE_USE_SHARED, NULL, NULL, NULL, rest_ns,
                  (guint64) MAX (status->process.resident_bytes, 0), 0, 0);
}

void
tide_pipeline_meter (TidePipeline *self, const TideStatus *status, int64_t ticker_ns)
{
  add_sources (self, status);
  divide (self, status, TIDE_USE_STORE, NULL, "writer", tide_writer_get_cpu_us (self->writer) * 1000);
  divide (self, status, TIDE_USE_DECODE, "kafka", "client", add_threads (self));
  tide_meter_add (self->meter, TIDE_USE_SHARED, NULL, NULL, CLOCKWORK, ticker_ns, 0, 0, 0);
  settle (self, status);
}

/* --- freshness --- */

static bool
is_away (TideSourceState state)
{
  return state == TIDE_SOURCE_RETRYING || state == TIDE_SOURCE_FAILED || state == TIDE_SOURCE_STOPPED;
}

/* How old the newest that a stream's sources have brought may be. */
static TideDuration
age_of_stream (const TideStatus *status, const char *stream)
{
  TideDuration age = 0;

  for (guint i = 0; i < status->n_sources; i++)
    {
      const TideSourceInfo *source = &status->sources[i];
      bool rests = source->status.state == TIDE_SOURCE_CONNECTED && source->status.retry_at != TIDE_TIME_NONE;

      if (!source->enabled || strcmp (source->stream, stream) != 0)
        continue;
      if (is_away (source->status.state) || rests)
        age = MAX (age, status->time - source->status.since);
      else
        age = MAX (age, source->status.lag);
    }
  return age;
}

void
tide_pipeline_look_at_freshness (TidePipeline *self, const TideStatus *status, double seconds)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);

  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);

      tide_fresh_meter_add (self->freshness, metric,
                          age_of_stream (status, metric->stream->name)
                              + tide_pipeline_get_refresh_age (self, metric, status),
                          seconds);
    }
}

/* --- the database --- */

/**
 * tide_pipeline_save_meters:
 * @last: the pipeline ends: also what is not whole yet
 *
 * Thread: worker.
 */
bool
tide_pipeline_save_meters (TidePipeline *self, bool last, GError **error)
{
  return tide_latency_flush (self->latency, self->writer, last, error)
         && tide_fresh_meter_save (self->freshness, self->writer, error)
         && tide_meter_save (self->meter, self->writer, error);
}

GPtrArray *
tide_pipeline_get_use (TidePipeline *self)
{
  return tide_meter_get (self->meter);
}
