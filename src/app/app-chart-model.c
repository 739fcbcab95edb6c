/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one chart shows, as plain arrays. It is filled on whatever thread has the figures, then only read:
 * references may cross threads, changes may not. Series borrow their doubles from GBytes, so that a
 * snapshot's arrays are shown without a copy.
 */
#include "app-chart-model.h"

#include "app-raster.h"

#include <math.h>
#include <string.h>

struct _TideChartData
{
  gatomicrefcount refs;
  char *title, *subtitle, *unit;
  GArray *series, *columns, *bands, *limits, *acts;
  TideChartCut cut;
  char *late, *late_detail;
  bool from_zero;
  double open;
  int decimals;
};

static void
series_clear (gpointer data)
{
  TideChartSeries *series = data;

  g_free (series->id);
  g_free (series->label);
  g_bytes_unref (series->x_bytes);
  g_bytes_unref (series->y_bytes);
  g_clear_pointer (&series->top_bytes, g_bytes_unref);
}

static void
column_clear (gpointer data)
{
  g_free (((TideChartColumn *) data)->note);
}

static void
band_clear (gpointer data)
{
  g_free (((TideChartBand *) data)->text);
}

static void
limit_clear (gpointer data)
{
  g_free (((TideChartLimit *) data)->label);
}

static void
act_clear (gpointer data)
{
  g_free (((TideChartAct *) data)->label);
}

static GArray *
new_array (gsize size, GDestroyNotify clear)
{
  GArray *array = g_array_new (FALSE, FALSE, (guint) size);

  g_array_set_clear_func (array, clear);
  return array;
}

/**
 * tide_chart_data_new:
 * @title: what a person calls it; also what a screen reader says
 * @unit: (nullable): as declared
 *
 * Thread: any.
 */
TideChartData *
tide_chart_data_new (const char *title, const char *unit)
{
  TideChartData *data = g_new0 (TideChartData, 1);

  g_atomic_ref_count_init (&data->refs);
  data->title = g_strdup (title);
  data->unit = g_strdup (unit);
  data->series = new_array (sizeof (TideChartSeries), series_clear);
  data->columns = new_array (sizeof (TideChartColumn), column_clear);
  data->bands = new_array (sizeof (TideChartBand), band_clear);
  data->limits = new_array (sizeof (TideChartLimit), limit_clear);
  data->acts = new_array (sizeof (TideChartAct), act_clear);
  data->cut.time = NAN;
  data->open = INFINITY;
  data->decimals = -1;
  return data;
}

TideChartData *
tide_chart_data_ref (TideChartData *data)
{
  g_atomic_ref_count_inc (&data->refs);
  return data;
}

void
tide_chart_data_unref (TideChartData *data)
{
  if (data == NULL || !g_atomic_ref_count_dec (&data->refs))
    return;
  g_array_unref (data->series);
  g_array_unref (data->columns);
  g_array_unref (data->bands);
  g_array_unref (data->limits);
  g_array_unref (data->acts);
  g_free (data->title);
  g_free (data->subtitle);
  g_free (data->unit);
  g_free (data->late);
  g_free (data->late_detail);
  g_free (data);
}

/* A STACK series gets the sums up to it; missing counts as nothing. */
static void
stack (TideChartData *data, TideChartSeries *series)
{
  double *top = g_new (double, series->n);

  for (guint i = data->series->len; i-- > 0 && series->base == NULL;)
    {
      const TideChartSeries *below = &g_array_index (data->series, TideChartSeries, i);

      if (below->style == TIDE_CHART_STACK && below->n == series->n)
        series->base = below->top;
    }
  for (gsize i = 0; i < series->n; i++)
    top[i] = (isnan (series->y[i]) ? 0 : series->y[i]) + (series->base != NULL ? series->base[i] : 0);
  series->top_bytes = g_bytes_new_take (top, series->n * sizeof (double));
  series->top = top;
}

void
tide_chart_data_add_series (TideChartData *data, const char *id, const char *label, TideRole role,
                            TideChartStyle style, GBytes *x, GBytes *y)
{
  gsize x_size, y_size;
  TideChartSeries series = { .role = role, .style = style };

  series.id = g_strdup (id);
  series.label = g_strdup (label);
  series.x_bytes = g_bytes_ref (x);
  series.y_bytes = g_bytes_ref (y);
  series.x = g_bytes_get_data (x, &x_size);
  series.y = g_bytes_get_data (y, &y_size);
  series.n = MIN (x_size, y_size) / sizeof (double);
  series.top = series.y;
  if (style == TIDE_CHART_STACK)
    stack (data, &series);
  g_array_append_val (data->series, series);
}

void
tide_chart_data_add_series_copy (TideChartData *data, const char *id, const char *label, TideRole role,
                                 TideChartStyle style, const double *x, const double *y, gsize n)
{
  g_autoptr (GBytes) x_bytes = g_bytes_new (x, n * sizeof (double));
  g_autoptr (GBytes) y_bytes = g_bytes_new (y, n * sizeof (double));

  tide_chart_data_add_series (data, id, label, role, style, x_bytes, y_bytes);
}

void
tide_chart_data_add_column (TideChartData *data, const TideChartColumn *column)
{
  TideChartColumn copy = *column;

  copy.note = g_strdup (column->note);
  g_array_append_val (data->columns, copy);
}

void
tide_chart_data_add_band (TideChartData *data, TideBandKind kind, double from, double to, const char *text)
{
  TideChartBand band = { kind, from, to, g_strdup (text) };

  g_array_append_val (data->bands, band);
}

void
tide_chart_data_add_limit (TideChartData *data, TideLimitKind kind, double value, const char *label)
{
  TideChartLimit limit = { kind, value, g_strdup (label) };

  g_array_append_val (data->limits, limit);
}

void
tide_chart_data_add_act (TideChartData *data, double time, const char *label)
{
  TideChartAct act = { time, g_strdup (label) };

  g_array_append_val (data->acts, act);
}

void
tide_chart_data_set_cut (TideChartData *data, TideCutForm form, double time, TideSeq seq, guint64 speed_events)
{
  data->cut = (TideChartCut){ form, time, seq, speed_events };
}

void
tide_chart_data_set_late (TideChartData *data, const char *text, const char *detail)
{
  g_free (data->late);
  g_free (data->late_detail);
  data->late = g_strdup (text);
  data->late_detail = g_strdup (detail);
}

void
tide_chart_data_set_subtitle (TideChartData *data, const char *subtitle)
{
  g_free (data->subtitle);
  data->subtitle = g_strdup (subtitle);
}

void
tide_chart_data_set_from_zero (TideChartData *data, bool from_zero)
{
  data->from_zero = from_zero;
}

void
tide_chart_data_set_decimals (TideChartData *data, int decimals)
{
  data->decimals = decimals;
}

void
tide_chart_data_set_open (TideChartData *data, double time)
{
  data->open = time;
}

double
tide_chart_data_get_open (const TideChartData *data)
{
  return data->open;
}

const char *
tide_chart_data_get_title (const TideChartData *data)
{
  return data->title;
}

const char *
tide_chart_data_get_subtitle (const TideChartData *data)
{
  return data->subtitle;
}

const char *
tide_chart_data_get_unit (const TideChartData *data)
{
  return data->unit;
}

int
tide_chart_data_get_decimals (const TideChartData *data)
{
  return data->decimals;
}

bool
tide_chart_data_get_from_zero (const TideChartData *data)
{
  if (data->from_zero || data->columns->len > 0)
    return true;
  for (guint i = 0; i < data->series->len; i++)
    {
      TideChartStyle style = g_array_index (data->series, TideChartSeries, i).style;

      if (style == TIDE_CHART_AREA || style == TIDE_CHART_STACK)
        return true;
    }
  return false;
}

guint
tide_chart_data_get_n_series (const TideChartData *data)
{
  return data->series->len;
}

const TideChartSeries *
tide_chart_data_get_series (const TideChartData *data, guint index)
{
  g_assert (index < data->series->len);
  return &g_array_index (data->series, TideChartSeries, index);
}

const TideChartColumn *
tide_chart_data_get_columns (const TideChartData *data, guint *ret_n)
{
  *ret_n = data->columns->len;
  return (const TideChartColumn *) (gpointer) data->columns->data;
}

const TideChartBand *
tide_chart_data_get_bands (const TideChartData *data, guint *ret_n)
{
  *ret_n = data->bands->len;
  return (const TideChartBand *) (gpointer) data->bands->data;
}

const TideChartLimit *
tide_chart_data_get_limits (const TideChartData *data, guint *ret_n)
{
  *ret_n = data->limits->len;
  return (const TideChartLimit *) (gpointer) data->limits->data;
}

const TideChartAct *
tide_chart_data_get_acts (const TideChartData *data, guint *ret_n)
{
  *ret_n = data->acts->len;
  return (const TideChartAct *) (gpointer) data->acts->data;
}

const TideChartCut *
tide_chart_data_get_cut (const TideChartData *data)
{
  return &data->cut;
}

const char *
tide_chart_data_get_late (const TideChartData *data, const char **ret_detail)
{
  if (ret_detail != NULL)
    *ret_detail = data->late_detail;
  return data->late;
}
