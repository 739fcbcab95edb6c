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

void
tide_live_ratio_snapshot (TideMetric *metric, const TideLiveMetric *numerator, const TideLiveMetric *denominator,
                          TideLiveMetric *ret_metric)
{
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
      series->latest = divide (above != NULL ? above->latest : tide_value_exact (0, 0), below->latest);
    }
  ratio.latest = divide (numerator->n_series > 0 ? numerator->latest : tide_value_exact (0, 0), denominator->latest);
  *ret_metric = ratio;
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
