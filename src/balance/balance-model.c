/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tier would cost. Measured use is reduced to figures that hold at any refresh interval T: so much an event, so
 * much a second of Live, so much a run. From them C(T) follows:
 *
 *   stream(T) = platform (always + connected share(T)) + λ · (decode + store) · cpu
 *   metric(T) = 3600 s · snapshot + share · (roll-ups(T) · run + λ · event) + fresh(T)
 *   fresh(real time) = batches · fold, fresh(T) = 3600 s / T · refresh + λ · share · event
 *
 * since a metric of any tier is drawn and rolled up: with the rest of its stream, or from an hour on every T. A refresh
 * reads and folds an event as a roll-up does. What a run of it costs besides is seen once a metric is refreshed: of the
 * metric, else of its stream, else of any stream, else a roll-up's.
 * A source that connects every T, a minute or more, to drain what came is connected for share(T) =
 * min (1, (connect + λT · decode) / T). Run and event are the intercept and slope of the roll-ups' CPU over the events they read (least squares). */
#include "balance-cost.h"
#include "balance-latency.h"

#include <math.h>
#include <string.h>

/* Connecting, joining, finding the end: taken for granted until a source is seen to do it. */
#define CONNECT_S 5.0
#define RUNS_LOOKED_AT 200
#define PUT_UNIT_BYTES 25000.0
#define LATENESS_MAX TIDE_MINUTE
#define VOTES_MIN 2
/* Taken for granted until it is seen: how often the writer commits a quiet stream. */
#define COMMIT_EVERY TIDE_SECOND

static void
stream_use_free (void *data)
{
  TideStreamUse *use = data;

  g_free (use->name);
  g_free (use);
}

static void
metric_use_free (void *data)
{
  TideMetricUse *use = data;

  g_free (use->name);
  g_free (use);
}

void
tide_use_model_free (TideUseModel *model)
{
  if (model == NULL)
    return;
  g_ptr_array_unref (model->streams);
  g_ptr_array_unref (model->metrics);
  g_free (model);
}

TideStreamUse *
tide_use_model_get_stream (const TideUseModel *model, const char *name)
{
  for (guint i = 0; i < model->streams->len; i++)
    if (strcmp (((TideStreamUse *) g_ptr_array_index (model->streams, i))->name, name) == 0)
      return g_ptr_array_index (model->streams, i);
  return NULL;
}

TideMetricUse *
tide_use_model_get_metric (const TideUseModel *model, const char *name)
{
  for (guint i = 0; i < model->metrics->len; i++)
    if (strcmp (((TideMetricUse *) g_ptr_array_index (model->metrics, i))->name, name) == 0)
      return g_ptr_array_index (model->metrics, i);
  return NULL;
}

/* Intercept and slope, neither below 0. */
static void
fit (const double *x, const double *y, guint n, double *ret_intercept, double *ret_slope)
{
  double mx = 0, my = 0, xx = 0, xy = 0;

  *ret_intercept = *ret_slope = 0;
  if (n == 0)
    return;
  for (guint i = 0; i < n; i++)
    {
      mx += x[i] / n;
      my += y[i] / n;
    }
  for (guint i = 0; i < n; i++)
    {
      xx += (x[i] - mx) * (x[i] - mx);
      xy += (x[i] - mx) * (y[i] - my);
    }
  *ret_slope = xx > 0 ? MAX (xy / xx, 0) : 0;
  *ret_intercept = my - *ret_slope * mx;
  if (*ret_intercept < 0)
    {
      *ret_intercept = 0;
      *ret_slope = mx > 0 ? my / mx : 0;
    }
}

static bool
read_runs (TideReader *reader, TideStreamUse *use, GError **error)
{
  g_autofree char *name = g_strconcat ("rollup:", use->name, NULL);
  g_autoptr (GPtrArray) runs = tide_store_get_runs (reader, name, 0, RUNS_LOOKED_AT, error);
  double x[RUNS_LOOKED_AT], y[RUNS_LOOKED_AT];
  TideQuantiles took = { 0 };
  guint n = 0;

  if (runs == NULL)
    return false;
  for (guint i = 0; i < runs->len && n < RUNS_LOOKED_AT; i++)
    {
      const TideRun *run = g_ptr_array_index (runs, i);

      if (run->status != TIDE_RUN_SUCCEEDED || run->ended == TIDE_TIME_NONE)
        continue;
      tide_quantiles_add (&took, (double) (run->ended - run->started), 1);
      x[n] = (double) run->rows;
      y[n++] = (double) run->cpu_us;
    }
  use->run = n > 0 ? (TideDuration) tide_quantiles_get (&took, 0.5) : 0;
  tide_quantiles_clear (&took);
  fit (x, y, n, &use->rollup_run_us, &use->rollup_event_us);
  return true;
}

/* Of the last day's minutes, each with one vote, its median: the vote at @share. @otherwise: too few were seen. */
static bool
read_stage (TideReader *reader, const char *stream, TideStage stage, TideTime now, double share, TideDuration otherwise,
            TideDuration *ret_took, GError **error)
{
  g_autoptr (GPtrArray) minutes = tide_store_get_latency (reader, stream, (int) stage, now - TIDE_DAY, TIDE_TIME_MAX,
                                                          error);
  TideQuantiles votes = { 0 };

  if (minutes == NULL)
    return false;
  for (guint i = 0; i < minutes->len; i++)
    {
      const TideLatencyMinute *minute = g_ptr_array_index (minutes, i);

      tide_quantiles_add (&votes, tide_quantiles_get (&minute->sketch, 0.5), 1);
    }
  *ret_took = votes.count >= VOTES_MIN ? CLAMP ((TideDuration) tide_quantiles_get (&votes, share), 0, LATENESS_MAX)
                                       : otherwise;
  tide_quantiles_clear (&votes);
  return true;
}

/* How long events are under way when nothing is behind: one of the lowest votes, since a backlog that is caught up is
 * lag, not lateness. A commit is timed by its oldest event, so that a refresh finds the store behind by half of it. */
static bool
read_lateness (TideReader *reader, TideStreamUse *use, TideTime now, GError **error)
{
  if (!read_stage (reader, use->name, TIDE_STAGE_BROKER, now, 0.1, 0, &use->lateness, error)
      || !read_stage (reader, use->name, TIDE_STAGE_COMMIT, now, 0.5, COMMIT_EVERY, &use->unstored, error))
    return false;
  use->unstored /= 2;
  return true;
}

static bool
read_stream (TideReader *reader, TideStreamUse *use, TideTime now, GError **error)
{
  TideStreamFacts facts = { 0 };
  double span_s;

  if (!tide_store_get_stream_facts (reader, use->name, &facts, error) || !read_runs (reader, use, error))
    return false;
  span_s = facts.events > 1 ? (double) (facts.time_max - facts.time_min) / TIDE_SECOND : 0;
  use->events_per_h = span_s > 0 ? (double) facts.events / span_s * 3600 : 0;
  use->stored_bytes = facts.bytes;
  return read_lateness (reader, use, now, error);
}

bool
tide_stream_use_get_times (TideReader *reader, TideStreamUse *use, TideTime now, GError **error)
{
  return read_runs (reader, use, error) && read_lateness (reader, use, now, error);
}

TideDuration
tide_stream_run_at (const TideStreamUse *use, TideDuration every)
{
  return every <= TIDE_SECOND ? 0 : use->unstored + (every >= TIDE_HOUR ? use->run : 0);
}

/* Sums of a day, before they are divided. */
typedef struct
{
  double decode_ns, store_ns, bytes, events, batches, rollup_ns;
} StreamSums;

typedef struct
{
  double live_ns, live_batches, snapshot_ns, rollup_ns;
  double refresh_ns, refresh_events, refreshes;
} MetricSums;

static void
add_use (const TideUseHour *hour, StreamSums *stream, MetricSums *metric)
{
  switch (tide_activity_parse (hour->activity))
    {
    case TIDE_USE_DECODE:
      stream->decode_ns += (double) hour->cpu_ns;
      stream->bytes += (double) hour->bytes;
      stream->events += (double) hour->events;
      stream->batches += (double) hour->runs;
      break;
    case TIDE_USE_STORE:
      stream->store_ns += (double) hour->cpu_ns;
      break;
    case TIDE_USE_LIVE:
      if (metric != NULL)
        {
          metric->live_ns += (double) hour->cpu_ns;
          metric->live_batches += (double) hour->runs;
        }
      break;
    case TIDE_USE_SNAPSHOT:
      if (metric != NULL)
        metric->snapshot_ns += (double) hour->cpu_ns;
      break;
    case TIDE_USE_REFRESH:
      if (metric != NULL)
        {
          metric->refresh_ns += (double) hour->cpu_ns;
          metric->refresh_events += (double) hour->events;
          metric->refreshes += (double) hour->runs;
        }
      break;
    case TIDE_USE_ROLLUP:
      stream->rollup_ns += (double) hour->cpu_ns;
      if (metric != NULL)
        metric->rollup_ns += (double) hour->cpu_ns;
      break;
    case TIDE_USE_ANALYSIS:
    case TIDE_USE_ALERT: /* whatever the tier */
    case TIDE_USE_QUERY:
    case TIDE_USE_WINDOW:
    case TIDE_USE_SHARED:
    case TIDE_N_USES:
    default:
      break;
    }
}

static guint
index_of (GPtrArray *list, const void *item)
{
  guint index = 0;

  return item != NULL && g_ptr_array_find (list, item, &index) ? index : G_MAXUINT;
}

static void
apply_sums (TideUseModel *model, const TideWorkspace *workspace, const StreamSums *streams, const MetricSums *metrics,
            double seconds)
{
  for (guint i = 0; i < model->streams->len; i++)
    {
      TideStreamUse *use = g_ptr_array_index (model->streams, i);
      const StreamSums *sums = &streams[i];

      use->measured = sums->events > 0 && seconds > 0;
      use->batches_per_h = seconds > 0 ? sums->batches / seconds * 3600 : 0;
      use->bytes_per_event = sums->events > 0 ? sums->bytes / sums->events : 0;
      use->decode_ns_per_event = sums->events > 0 ? MAX (sums->decode_ns, 0) / sums->events : 0;
      use->store_ns_per_event = sums->events > 0 ? sums->store_ns / sums->events : 0;
    }
  for (guint i = 0; i < model->metrics->len; i++)
    {
      TideMetricUse *use = g_ptr_array_index (model->metrics, i);
      const TideMetric *metric = tide_workspace_get_metric (workspace, use->name);
      guint stream = index_of (model->streams, tide_use_model_get_stream (model, metric->stream->name)), n = 0;
      const MetricSums *sums = &metrics[i];

      for (guint k = 0; k < model->metrics->len; k++)
        n += tide_workspace_get_metric (workspace, ((TideMetricUse *) g_ptr_array_index (model->metrics, k))->name)
                 ->stream == metric->stream;
      use->live_ns_per_batch = sums->live_batches > 0 ? sums->live_ns / sums->live_batches : 0;
      use->snapshot_ns_per_s = seconds > 0 ? sums->snapshot_ns / seconds : 0;
      use->rollup_share = streams[stream].rollup_ns > 0 ? sums->rollup_ns / streams[stream].rollup_ns : 1.0 / n;
    }
}

/* Reading and folding an event, at a roll-up or a refresh. */
static double
event_us (const TideMetricUse *use, const TideStreamUse *stream)
{
  return use->rollup_share * stream->rollup_event_us;
}

typedef struct
{
  double us, runs;
} RefreshSums;

static double
refresh_run_us (const RefreshSums *sums, double otherwise)
{
  return sums->runs > 0 ? MAX (sums->us, 0) / sums->runs : otherwise;
}

/* What a refresh costs beside its events, of each metric, stream and all. */
static void
apply_refreshes (TideUseModel *model, const TideWorkspace *workspace, const MetricSums *metrics)
{
  g_autofree RefreshSums *streams = g_new0 (RefreshSums, model->streams->len + 1);
  RefreshSums all = { 0 };

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < model->metrics->len; i++)
      {
        TideMetricUse *use = g_ptr_array_index (model->metrics, i);
        const TideMetric *metric = tide_workspace_get_metric (workspace, use->name);
        TideStreamUse *stream = tide_use_model_get_stream (model, metric->stream->name);
        RefreshSums own = { metrics[i].refresh_ns / 1e3 - metrics[i].refresh_events * event_us (use, stream),
                            metrics[i].refreshes };
        RefreshSums *sums = &streams[index_of (model->streams, stream)];

        if (pass > 0)
          {
            stream->refresh_run_us = refresh_run_us (sums, refresh_run_us (&all, stream->rollup_run_us));
            use->refresh_run_us = refresh_run_us (&own, stream->refresh_run_us);
            continue;
          }
        sums->us += own.us;
        sums->runs += own.runs;
        all.us += own.us;
        all.runs += own.runs;
      }
}

static TideUseModel *
model_new (const TideWorkspace *workspace)
{
  TideUseModel *model = g_new0 (TideUseModel, 1);

  model->streams = g_ptr_array_new_with_free_func (stream_use_free);
  model->metrics = g_ptr_array_new_with_free_func (metric_use_free);
  for (guint i = 0; i < workspace->streams->len; i++)
    {
      TideStreamUse *use = g_new0 (TideStreamUse, 1);

      use->name = g_strdup (((TideStream *) g_ptr_array_index (workspace->streams, i))->name);
      g_ptr_array_add (model->streams, use);
    }
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      TideMetricUse *use;

      if (metric->numerator != NULL)
        continue;
      use = g_new0 (TideMetricUse, 1);
      use->name = g_strdup (metric->name);
      g_ptr_array_add (model->metrics, use);
    }
  return model;
}

/**
 * tide_use_model_get:
 *
 * From what was metered in the last day. Streams that were never metered have figures of 0: only their platform costs.
 *
 * Errors: BUSY, CORRUPT. Thread: the reader's, inside its transaction.
 */
TideUseModel *
tide_use_model_get (TideReader *reader, const TideWorkspace *workspace, TideTime now, GError **error)
{
  g_autoptr (TideUseModel) model = model_new (workspace);
  g_autoptr (GPtrArray) hours = tide_store_get_use (reader, now - TIDE_DAY, TIDE_TIME_MAX, error);
  g_autofree StreamSums *streams = g_new0 (StreamSums, model->streams->len + 1);
  g_autofree MetricSums *metrics = g_new0 (MetricSums, model->metrics->len + 1);
  double seconds = 0;

  if (hours == NULL)
    return NULL;
  for (guint i = 0; i < model->streams->len; i++)
    {
      TideStreamUse *use = g_ptr_array_index (model->streams, i);

      use->rollup_every = tide_schedule_get_interval (workspace->rollup_schedule, now);
      if (!read_stream (reader, use, now, error))
        return NULL;
    }
  for (guint i = 0; i < hours->len; i++)
    {
      const TideUseHour *hour = g_ptr_array_index (hours, i);
      guint stream = index_of (model->streams, tide_use_model_get_stream (model, hour->stream));
      guint metric = index_of (model->metrics, tide_use_model_get_metric (model, hour->metric));

      seconds += hour->seconds;
      if (stream != G_MAXUINT)
        add_use (hour, &streams[stream], metric != G_MAXUINT ? &metrics[metric] : NULL);
    }
  apply_sums (model, workspace, streams, metrics, seconds);
  apply_refreshes (model, workspace, metrics);
  return g_steal_pointer (&model);
}

/* --- C(T) --- */

static double
connected_share (const TideStreamUse *use, const TideSourceDef *source, TideDuration every)
{
  double every_s = (double) every / TIDE_SECOND, drain_s;

  if (every < TIDE_SOURCE_EVERY_MIN || !source->spec->exactly_once)
    return 1;
  drain_s = use->events_per_h / 3600 * every_s * (use->decode_ns_per_event + use->store_ns_per_event) / 1e9;
  return MIN (1, (CONNECT_S + drain_s) / every_s);
}

static double
need_per_hour (const TideNeed *need, const TideStreamUse *use, double connected)
{
  double events_m = use->events_per_h / 1e6;

  switch (need->per)
    {
    case TIDE_PER_HOUR:
      return need->amount;
    case TIDE_PER_CONNECTED_HOUR:
      return need->amount * connected;
    case TIDE_PER_GB_IN:
      return need->amount * use->events_per_h * use->bytes_per_event / 1e9;
    case TIDE_PER_GB_STORED:
      return need->amount * (double) use->stored_bytes / 1e9 / TIDE_HOURS_A_MONTH;
    case TIDE_PER_MILLION_EVENTS:
      return need->amount * events_m;
    case TIDE_PER_MILLION_PUTS:
      return need->amount * events_m * MAX (ceil (use->bytes_per_event / PUT_UNIT_BYTES), 1);
    case TIDE_PER_GB_SCANNED:
    case TIDE_N_PER:
    default:
      return 0;
    }
}

double
tide_need_cost (const TideNeed *need, const TideStreamUse *use, const TideSourceDef *source, TideDuration every)
{
  return need_per_hour (need, use, connected_share (use, source, every)) * need->price->usd;
}

double
tide_stream_cost (const TideStreamUse *use, const TideWorkspace *workspace, const TidePriceBook *book,
                  TideDuration every)
{
  double cpu = tide_price_book_usd (book, "vcpu-hour") / 3600;
  double usd = use->events_per_h * (use->decode_ns_per_event + use->store_ns_per_event) / 1e9 * cpu
               + (double) use->stored_bytes / 1e9 * tide_price_book_usd (book, "disk-gb-month") / TIDE_HOURS_A_MONTH;

  for (guint i = 0; i < workspace->sources->len; i++)
    {
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i);
      const TidePlatform *platform = source->platform != NULL ? tide_price_book_get_platform (book, source->platform)
                                                              : NULL;

      if (platform == NULL || !source->enabled || strcmp (source->stream, use->name) != 0)
        continue;
      for (guint k = 0; k < platform->needs->len; k++)
        usd += tide_need_cost (&g_array_index (platform->needs, TideNeed, k), use, source, every);
    }
  return usd;
}

/* A metric of an hour or more is rolled up as often as it is refreshed, the others with their stream. */
static double
rollups_per_h (const TideStreamUse *stream, TideDuration every)
{
  TideDuration rollup_every = every >= TIDE_HOUR ? every : stream->rollup_every;

  return rollup_every > 0 ? (double) TIDE_HOUR / (double) rollup_every : 0;
}

double
tide_metric_cost (const TideMetricUse *use, const TideStreamUse *stream, const TidePriceBook *book, TideDuration every)
{
  double cpu = tide_price_book_usd (book, "vcpu-hour") / 3600, us;

  if (use == NULL)
    return 0;
  us = 3600 * use->snapshot_ns_per_s / 1e3
       + use->rollup_share * rollups_per_h (stream, every) * stream->rollup_run_us
       + stream->events_per_h * event_us (use, stream);
  if (every <= TIDE_SECOND)
    us += stream->batches_per_h * use->live_ns_per_batch / 1e3;
  else
    us += (double) TIDE_HOUR / (double) every * use->refresh_run_us + stream->events_per_h * event_us (use, stream);
  return us / 1e6 * cpu;
}
