/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run that measures staleness. Each metric is gone through twice, from where the last run stopped: its panes for
 * intervals of several panes, its events for shorter ones. What is found is added to buckets of an hour (a day for
 * long intervals), so that old history can be forgotten and what came after a change be told from what was before.
 * Events are gone back to for a day, as the errors of a quiet hour are not those of a busy one; where they are too many
 * for that for as long as they are not, two hours at least. */
#include "balance-cost.h"
#include "balance-staleness.h"

#include <math.h>

#define STRETCH_MIN (2 * TIDE_HOUR)
#define STRETCH_MAX TIDE_DAY
#define STRETCH_EVENTS 500000.0
#define CHUNK TIDE_HOUR
/* An interval of fewer panes is measured on events. */
#define PANES_MIN 4
/* After a stream began, of gauges. */
#define WARM_UP (5 * TIDE_MINUTE)
#define GAUGE_WINDOW_MAX (15 * TIDE_MINUTE)
#define KEEP_SHORT (14 * TIDE_DAY)
#define KEEP_LONG (60 * TIDE_DAY)
#define GRAIN_PANES 0
#define GRAIN_EVENTS TIDE_SECOND

typedef struct
{
  TideStore *store;
  TideWriter *writer;
  TideServing *serving;
  TideTime now;
  GCancellable *cancellable;
  /* Of the stream at hand. */
  TideStreamFacts facts;
  TideStreamUse use; /* times alone */
} Run;

static TideDuration
step_of (const TideSeries *series)
{
  return series->step;
}

static TideDuration
bucket_of (TideDuration every)
{
  return every < TIDE_HOUR ? TIDE_HOUR : TIDE_DAY;
}

/* Samples of steps [from, n) at one interval, by bucket. */
static void
measure_interval (const Run *run, const TideMetric *metric, const TideSeries *series, guint from, TideDuration every,
                  double level, GPtrArray *buckets)
{
  TideRefresh refresh = { .every = every, .run = tide_stream_run_at (&run->use, every), .lateness = run->use.lateness,
                          .window = metric->decision, .level = level };

  while (from < series->n)
    {
      TideTime time = series->start + (TideTime) (from + 1) * series->step;
      TideTime bucket = time - time % bucket_of (every), next = bucket + bucket_of (every);
      guint to = (guint) MIN ((next - series->start + series->step - 1) / series->step, (TideTime) series->n);
      TideStaleness found = { 0 };
      TideStalenessBucket *item;

      to = MAX (to, from + 1);
      tide_staleness_measure (series, from, to, &refresh, &found);
      from = to;
      if (found.errors.count == 0)
        continue;
      item = g_new0 (TideStalenessBucket, 1);
      item->metric = g_strdup (metric->name);
      item->version = g_strdup (metric->version);
      item->every = every;
      item->bucket = bucket;
      item->windows = found.windows;
      item->sum = found.sum;
      item->sketch = found.errors;
      g_ptr_array_add (buckets, item);
    }
}

static bool
save (const Run *run, const TideMetric *metric, TideDuration grain, TideTime upto, double level, double noise,
      GPtrArray *buckets, GError **error)
{
  TideStalenessMark mark = { .metric = metric->name, .version = (char *) metric->version, .grain = grain, .upto = upto,
                             .level = level, .noise = noise };

  return tide_staleness_save (run->writer, buckets, &mark, run->now - KEEP_SHORT, run->now - KEEP_LONG, error);
}

/* FALSE on errors. *ret_mark NULL: never measured. */
static bool
get_mark (const Run *run, const TideMetric *metric, TideDuration grain, TideStalenessMark **ret_mark, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (run->store, error);
  g_autoptr (GError) failed = NULL;

  if (reader == NULL || !tide_reader_begin (reader, 0, run->cancellable, error))
    return false;
  *ret_mark = tide_store_get_staleness_mark (reader, metric->name, metric->version, grain, &failed);
  tide_reader_end (reader);
  if (failed != NULL)
    g_propagate_error (error, g_steal_pointer (&failed));
  return failed == NULL && (error == NULL || *error == NULL);
}

static guint
first_step (const TideSeries *series, TideTime after)
{
  return after <= series->start ? 0 : (guint) MIN ((after - series->start) / series->step, (TideTime) series->n);
}

/* Intervals of at least PANES_MIN panes. */
static bool
measure_panes (const Run *run, TideMetric *metric, TideDuration *ret_step, double *ret_level, GError **error)
{
  g_autoptr (TideStalenessMark) mark = NULL;
  g_autoptr (TideSeries) series = NULL;
  g_autoptr (GPtrArray) buckets = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_staleness_bucket_free);
  TideDuration back = MAX (metric->decision, tide_intervals[TIDE_N_INTERVALS - 1]) + TIDE_HOUR;
  TideTime to, from;
  double level, noise;

  if (!get_mark (run, metric, GRAIN_PANES, &mark, error))
    return false;
  to = run->facts.time_max - run->use.lateness;
  to -= to % MAX (metric->stored_pane, TIDE_PERIOD_FIXED == metric->every.unit && metric->every.n <= TIDE_HOUR
                                           ? metric->every.n : 0);
  from = mark != NULL ? MAX (mark->upto - back, run->now - KEEP_LONG) : run->now - KEEP_LONG;
  series = tide_series_from_panes (run->serving, metric, from - from % TIDE_DAY, to, run->cancellable, error);
  if (series == NULL)
    return false;
  *ret_step = step_of (series);
  level = tide_series_get_level (series, metric->decision);
  *ret_level = level = isnan (level) && mark != NULL ? mark->level : level;
  if (series->n == 0 || isnan (level))
    return true;
  noise = tide_series_get_noise (series, metric->decision, level);
  for (guint i = 0; i < TIDE_N_INTERVALS; i++)
    if (tide_intervals[i] >= PANES_MIN * series->step)
      measure_interval (run, metric, series, mark != NULL ? first_step (series, mark->upto) : 0, tide_intervals[i],
                        level, buckets);
  return save (run, metric, GRAIN_PANES, MAX (to, mark != NULL ? mark->upto : to), level, noise, buckets, error);
}

/* The rest, on one chunk of events. */
static bool
measure_chunk (const Run *run, TideMetric *metric, TideDuration step, double level, TideTime from, TideTime to,
               GError **error)
{
  TideDuration back = 2 * TIDE_SECOND + run->use.lateness, window = 0;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (run->store, error);
  g_autoptr (TideSeries) series = NULL;
  g_autoptr (GPtrArray) buckets = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_staleness_bucket_free);
  TideTime begin;

  if (reader == NULL || !tide_reader_begin (reader, 0, run->cancellable, error))
    return false;
  for (guint i = 0; i < TIDE_N_INTERVALS; i++)
    if (tide_intervals[i] < PANES_MIN * step)
      back = MAX (back, tide_intervals[i] + tide_stream_run_at (&run->use, tide_intervals[i]) + run->use.lateness + TIDE_SECOND);
  if (metric->numerator != NULL || !metric->aggregate->additive)
    window = metric->over > 0 ? metric->over : tide_period_length (metric->every);
  begin = MAX (from - back - window, run->facts.time_min);
  begin -= begin % TIDE_SECOND;
  series = tide_series_from_events (reader, metric, begin, to, run->cancellable, error);
  tide_reader_end (reader);
  if (series == NULL)
    return false;
  /* The first window is not whole yet, and when a stream begins each group is new. */
  from = MAX (from, series->start + window + (begin <= run->facts.time_min && window > 0 ? WARM_UP : 0));
  for (guint i = 0; i < TIDE_N_INTERVALS; i++)
    if (tide_intervals[i] < PANES_MIN * step)
      measure_interval (run, metric, series, first_step (series, from), tide_intervals[i], level, buckets);
  return save (run, metric, GRAIN_EVENTS, to, level, NAN, buckets, error);
}

/* How far back events are measured at first. */
static TideDuration
stretch_of (const TideStreamFacts *facts)
{
  double events_per_us = (double) facts->events / (double) MAX (facts->time_max - facts->time_min, 1);

  return (TideDuration) CLAMP (STRETCH_EVENTS / events_per_us, (double) STRETCH_MIN, (double) STRETCH_MAX);
}

static bool
measure_events (const Run *run, TideMetric *metric, TideDuration step, double level, GError **error)
{
  g_autoptr (TideStalenessMark) mark = NULL;
  TideTime from, to;

  if (metric->decision < TIDE_SECOND || isnan (level)
      || ((metric->numerator != NULL || !metric->aggregate->additive)
          && (metric->over > 0 ? metric->over : tide_period_length (metric->every)) > GAUGE_WINDOW_MAX))
    return true;
  if (!get_mark (run, metric, GRAIN_EVENTS, &mark, error))
    return false;
  to = run->facts.time_max - run->use.lateness;
  to -= to % TIDE_SECOND;
  from = MAX (to - stretch_of (&run->facts), run->facts.time_min);
  if (mark != NULL)
    from = MAX (from, mark->upto);
  from -= from % TIDE_SECOND;
  while (from < to)
    {
      TideTime end = MIN (from + CHUNK, to);

      if (!measure_chunk (run, metric, step, level, from, end, error))
        return false;
      from = end;
    }
  return true;
}

static bool
look_at_stream (Run *run, const TideStream *stream, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (run->store, error);
  bool done;

  run->use = (TideStreamUse){ .name = stream->name };
  if (reader == NULL || !tide_reader_begin (reader, 0, run->cancellable, error))
    return false;
  done = tide_store_get_stream_facts (reader, stream->name, &run->facts, error)
         && tide_stream_use_get_times (reader, &run->use, run->now, error);
  tide_reader_end (reader);
  return done;
}

/**
 * tide_staleness_run:
 *
 * A metric whose history can't be measured (too large a grain) is left out; it is advised nothing.
 */
bool
tide_staleness_run (TideStore *store, TideWriter *writer, TideServing *serving, const TideWorkspace *workspace,
                    TideTime now, GCancellable *cancellable, GError **error)
{
  Run run = { store, writer, serving, now, cancellable, { 0 }, { 0 } };

  tide_assert_not_main_thread ();
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      g_autoptr (GError) failed = NULL;
      TideDuration step = metric->stored_pane;
      double level = NAN;

      if (!look_at_stream (&run, metric->stream, error))
        return false;
      if (run.facts.events == 0)
        continue;
      if (measure_panes (&run, metric, &step, &level, &failed))
        measure_events (&run, metric, step, level, &failed);
      if (failed != NULL && !g_error_matches (failed, TIDE_ERROR, TIDE_ERROR_INVALID))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return false;
        }
    }
  return true;
}
