/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots are what the window draws: plain arrays that never change, counted by reference, so that the main
 * thread takes one without waiting. Ratios have no ring: their part is made from those of their two metrics. */
#include "live-private.h"

#include <math.h>
#include <string.h>

static const TideLiveSeries *
find_series (const TideLiveMetric *metric, const char *label)
{
  for (guint i = 0; i < metric->n_series; i++)
    if (strcmp (metric->series[i].label, label) == 0)
      return &metric->series[i];
  return NULL;
}

static TideValue
divide (TideValue a, TideValue b)
{
  double x = tide_value_to_double (a), y = tide_value_to_double (b);

  return isnan (x) || isnan (y) || y == 0 ? (TideValue){ 0 } : tide_value_real (x / y);
}

/* The value of @metric's windows at one point over all groups, where it follows from them; else NAN. */
static double
sum_at (const TideLiveMetric *metric, guint point)
{
  double sum = 0;

  if (point >= metric->n || metric->capped || (metric->n_series != 1 && !metric->metric->aggregate->additive))
    return NAN;
  for (guint i = 0; i < metric->n_series; i++)
    sum += isnan (metric->series[i].y[point]) ? 0 : metric->series[i].y[point];
  return sum;
}

/* Both parts at the same second: the newest of the denominator. What counts for the numerator is rarer, and its own
 * newest event may be long out of the window. */
static TideValue
latest_ratio (const TideLiveMetric *numerator, const TideLiveMetric *denominator, guint point)
{
  double top = sum_at (numerator, point);

  if (numerator->n_series == 0)
    top = 0;
  return divide (isnan (top) ? numerator->latest : tide_value_real (top), denominator->latest);
}

/**
 * tide_live_ratio_snapshot:
 * @last: the second of the last point
 * @numerator: not trimmed
 * @denominator: not trimmed
 *
 * Divides window by window. Thread: the ticker's.
 */
void
tide_live_ratio_snapshot (TideMetric *metric, int64_t last, const TideLiveMetric *numerator,
                          const TideLiveMetric *denominator, TideLiveMetric *ret_metric)
{
  guint newest = tide_live_metric_n_known (denominator, last);
  TideLiveMetric ratio = { .metric = tide_metric_ref (metric), .n = denominator->n, .newest = denominator->newest,
                           .window = denominator->window, .events = denominator->events,
                           .groups_seen = denominator->groups_seen, .capped = denominator->capped };

  ratio.series = g_new0 (TideLiveSeries, MAX (denominator->n_series, 1));
  for (guint i = 0; i < denominator->n_series; i++)
    {
      const TideLiveSeries *below = &denominator->series[i], *above = find_series (numerator, below->label);
      TideLiveSeries *series = &ratio.series[ratio.n_series++];
      double *y = g_new (double, ratio.n);

      for (guint k = 0; k < ratio.n; k++)
        {
          double top = above != NULL && k < numerator->n ? above->y[k] : 0;

          y[k] = below->y[k] == 0 ? NAN : (isnan (top) ? 0 : top) / below->y[k];
        }
      series->group = below->group;
      series->label = g_strdup (below->label);
      series->y = y;
      series->latest = newest > 0 && !isnan (y[newest - 1]) ? tide_value_real (y[newest - 1]) : (TideValue){ 0 };
    }
  ratio.latest = newest > 0 ? latest_ratio (numerator, denominator, newest - 1) : (TideValue){ 0 };
  *ret_metric = ratio;
}

/* How many of its points are not after its newest event. */
guint
tide_live_metric_n_known (const TideLiveMetric *metric, int64_t last)
{
  int64_t after = metric->newest != TIDE_TIME_NONE ? last - metric->newest / TIDE_SECOND : INT64_MAX;

  return after >= (int64_t) metric->n ? 0 : metric->n - (guint) MAX (after, 0);
}

/**
 * tide_live_metric_trim:
 * @last: the second of the last point
 *
 * Leaves out what comes after the newest event: there the window only empties itself.
 */
void
tide_live_metric_trim (TideLiveMetric *metric, int64_t last)
{
  for (guint k = tide_live_metric_n_known (metric, last); k < metric->n; k++)
    for (guint i = 0; i < metric->n_series; i++)
      ((double *) metric->series[i].y)[k] = NAN;
}

void
tide_live_metric_clear (TideLiveMetric *metric)
{
  for (guint i = 0; i < metric->n_series; i++)
    {
      g_free (metric->series[i].label);
      g_free ((double *) metric->series[i].y);
    }
  g_free (metric->series);
  tide_metric_unref (metric->metric);
}

TideLiveSnapshot *
tide_live_snapshot_ref (TideLiveSnapshot *snapshot)
{
  g_atomic_ref_count_inc (&snapshot->refs);
  return snapshot;
}

void
tide_live_snapshot_unref (TideLiveSnapshot *snapshot)
{
  if (snapshot == NULL || !g_atomic_ref_count_dec (&snapshot->refs))
    return;
  if (snapshot->n_metrics > 0)
    g_free ((double *) snapshot->metrics[0].times);
  for (guint i = 0; i < snapshot->n_metrics; i++)
    tide_live_metric_clear (&snapshot->metrics[i]);
  for (guint i = 0; i < snapshot->n_streams; i++)
    {
      for (guint k = 0; k < snapshot->streams[i].n_tail; k++)
        tide_batch_unref (snapshot->streams[i].tail[k]);
      g_free (snapshot->streams[i].tail);
      tide_stream_unref (snapshot->streams[i].stream);
    }
  g_free (snapshot->metrics);
  g_free (snapshot->streams);
  g_free (snapshot);
}

const TideLiveMetric *
tide_live_snapshot_find (const TideLiveSnapshot *snapshot, const char *metric)
{
  for (guint i = 0; i < snapshot->n_metrics; i++)
    if (strcmp (snapshot->metrics[i].metric->name, metric) == 0)
      return &snapshot->metrics[i];
  return NULL;
}
