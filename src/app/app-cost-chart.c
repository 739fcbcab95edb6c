/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cost by stream over time. An hour is a step: what it cost divided by the time that was metered in it, so that an hour
 * in which the program ran for ten minutes stands as high as any other. The dearest stream lies at the bottom; a stream
 * keeps its colour by its place in the workspace. */
#include "app-cost-data.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-advice-words.h"

#define N_COLOURS 5
#define FORECAST_SHARE 0.18
#define ACTS_MAX 4

typedef struct
{
  const char *name; /* NULL: what is left */
  TideRole role;
  double sum;
  double *values; /* USD an hour, an hour of the answer each */
} Layer;

static int
compare_layers (const void *a, const void *b)
{
  const Layer *x = a, *y = b;

  if ((x->name == NULL) != (y->name == NULL))
    return (x->name == NULL) - (y->name == NULL); /* what is left on top */
  return (x->sum < y->sum) - (x->sum > y->sum);
}

static Layer *
find_layer (Layer *layers, guint n, const char *name)
{
  for (guint i = 0; i + 1 < n; i++)
    if (strcmp (layers[i].name, name) == 0)
      return &layers[i];
  return &layers[n - 1];
}

static void
fill_layers (Layer *layers, guint n, const GPtrArray *hours, const GArray *metered, double exchange)
{
  for (guint i = 0; i < hours->len; i++)
    {
      const TideCostHour *hour = g_ptr_array_index (hours, i);
      Layer *layer = find_layer (layers, n, hour->stream);

      for (guint k = 0; k < metered->len; k++)
        {
          const TideMeteredHour *at = &g_array_index (metered, TideMeteredHour, k);

          if (at->hour != hour->hour || at->seconds < 1)
            continue;
          layer->values[k] += hour->usd * exchange * 3600 / at->seconds;
          layer->sum += hour->usd;
        }
    }
}

/* Two points an hour make steps; hours in which nothing ran are nothing. */
static void
add_layer (TideChartData *data, const Layer *layer, const char *label, const GArray *metered, TideTime from,
           TideTime now)
{
  g_autoptr (GArray) x = g_array_new (FALSE, FALSE, sizeof (double)), y = g_array_new (FALSE, FALSE, sizeof (double));
  double nothing = 0;

  for (guint i = 0; i < metered->len; i++)
    {
      TideTime hour = g_array_index (metered, TideMeteredHour, i).hour;
      double start = (double) MAX (hour, from), end = (double) (MIN (hour + TIDE_HOUR, now) - 1);

      if (x->len > 0 && start - g_array_index (x, double, x->len - 1) > (double) TIDE_MINUTE)
        {
          double after = g_array_index (x, double, x->len - 1) + 1, before = start - 1;

          g_array_append_val (x, after);
          g_array_append_val (y, nothing);
          g_array_append_val (x, before);
          g_array_append_val (y, nothing);
        }
      g_array_append_val (x, start);
      g_array_append_val (y, layer->values[i]);
      g_array_append_val (x, end);
      g_array_append_val (y, layer->values[i]);
    }
  tide_chart_data_add_series_copy (data, layer->name != NULL ? layer->name : "", label, layer->role, TIDE_CHART_STACK,
                                   (const double *) (const void *) x->data, (const double *) (const void *) y->data,
                                   x->len);
}

static void
add_forecast (TideChartData *data, const TideCosts *costs, TideTime from, TideTime now)
{
  double ahead = (double) MAX (now - from, TIDE_MINUTE) * FORECAST_SHARE;
  double rate = (costs->metered_usd_per_h + costs->platform_usd_per_h) * costs->exchange;
  double x[2] = { (double) now, (double) now + ahead }, y[2] = { rate, rate };

  tide_chart_data_add_series_copy (data, "forecast", _ ("forecast"), TIDE_ROLE_FOREGROUND, TIDE_CHART_FORECAST, x, y, 2);
  if (!isnan (costs->budget_usd))
    tide_chart_data_add_limit (data, TIDE_LIMIT_WARNING, costs->budget_usd * costs->exchange / TIDE_HOURS_A_MONTH,
                               _ ("budget"));
}

static void
add_acts (TideChartData *data, const GPtrArray *applied, const TideWorkspace *workspace, TideTime from)
{
  for (guint i = 0, n = 0; i < applied->len && n < ACTS_MAX; i++)
    {
      const TideAppliedAdvice *advice = g_ptr_array_index (applied, i);
      const TideMetric *metric = tide_workspace_get_metric (workspace, advice->metric);
      g_autofree char *interval = tide_words_of_interval (advice->every);
      g_autofree char *label = NULL;

      if (advice->applied < from)
        continue;
      n++;
      label = g_strdup_printf (_ ("applied: %s %s"), metric != NULL ? metric->title : advice->metric, interval);
      tide_chart_data_add_act (data, (double) advice->applied, n == 1 ? label : NULL);
    }
}

TideChartData *
tide_cost_make_chart (const GPtrArray *hours, const GArray *metered, const TideWorkspace *workspace,
                      const TideCosts *costs, const GPtrArray *applied, TideTime from, TideTime now)
{
  g_autofree char *unit = g_strdup_printf (_ ("%s/h"), costs->currency);
  TideChartData *data = tide_chart_data_new (_ ("Cost by stream"), unit);
  guint n = MIN (workspace->streams->len, N_COLOURS) + 1;
  g_autofree Layer *layers = g_new0 (Layer, n);
  bool shares = workspace->streams->len > N_COLOURS;

  for (guint i = 0; i < n; i++)
    {
      layers[i].values = g_new0 (double, metered->len + 1);
      layers[i].role = i + 1 < n ? (TideRole) (TIDE_ROLE_SERIES_1 + i) : TIDE_ROLE_OTHER;
      layers[i].name = i + 1 < n ? ((TideStream *) g_ptr_array_index (workspace->streams, i))->name : NULL;
    }
  fill_layers (layers, n, hours, metered, costs->exchange);
  qsort (layers, n, sizeof *layers, compare_layers);
  for (guint i = 0; i < n; i++)
    {
      if (layers[i].sum > 0)
        add_layer (data, &layers[i], layers[i].name != NULL ? layers[i].name : shares ? _ ("other") : _ ("shared"), metered,
                   from, now);
      g_free (layers[i].values);
    }
  if (metered->len > 0)
    {
      add_forecast (data, costs, from, now);
      add_acts (data, applied, workspace, from);
    }
  tide_chart_data_set_from_zero (data, true);
  return data;
}
