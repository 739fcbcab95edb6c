/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions to a chart's data: is it the same picture, what range has it, what is near a time. Comparing is
 * by identity of the arrays first and by their bytes after: a live chart asks ten times a second.
 */
#include "app-chart-model.h"

#include "app-raster.h"

#include <math.h>
#include <string.h>

static bool
same_number (double a, double b)
{
  return a == b || (isnan (a) && isnan (b));
}

static bool
same_bytes (GBytes *a, GBytes *b)
{
  return a == b || g_bytes_equal (a, b);
}

static bool
same_series (const TideChartData *a, const TideChartData *b)
{
  guint n = tide_chart_data_get_n_series (a);

  if (n != tide_chart_data_get_n_series (b))
    return false;
  for (guint i = 0; i < n; i++)
    {
      const TideChartSeries *one = tide_chart_data_get_series (a, i), *two = tide_chart_data_get_series (b, i);

      if (one->role != two->role || one->style != two->style || g_strcmp0 (one->id, two->id) != 0
          || g_strcmp0 (one->label, two->label) != 0 || !same_bytes (one->x_bytes, two->x_bytes)
          || !same_bytes (one->y_bytes, two->y_bytes))
        return false;
    }
  return true;
}

static bool
same_columns (const TideChartData *a, const TideChartData *b)
{
  guint n, n_b;
  const TideChartColumn *one = tide_chart_data_get_columns (a, &n), *two = tide_chart_data_get_columns (b, &n_b);

  if (n != n_b)
    return false;
  for (guint i = 0; i < n; i++)
    if (one[i].from != two[i].from || one[i].to != two[i].to || !same_number (one[i].batch, two[i].batch)
        || !same_number (one[i].speed, two[i].speed) || !same_number (one[i].other, two[i].other)
        || one[i].open != two[i].open || g_strcmp0 (one[i].note, two[i].note) != 0)
      return false;
  return true;
}

static bool
same_marks (const TideChartData *a, const TideChartData *b)
{
  guint n, n_b;
  const TideChartBand *band = tide_chart_data_get_bands (a, &n), *band_b = tide_chart_data_get_bands (b, &n_b);
  const TideChartLimit *limit, *limit_b;
  const TideChartAct *act, *act_b;

  if (n != n_b)
    return false;
  for (guint i = 0; i < n; i++)
    if (band[i].kind != band_b[i].kind || band[i].from != band_b[i].from || band[i].to != band_b[i].to
        || g_strcmp0 (band[i].text, band_b[i].text) != 0)
      return false;
  limit = tide_chart_data_get_limits (a, &n);
  limit_b = tide_chart_data_get_limits (b, &n_b);
  if (n != n_b)
    return false;
  for (guint i = 0; i < n; i++)
    if (limit[i].kind != limit_b[i].kind || limit[i].value != limit_b[i].value
        || g_strcmp0 (limit[i].label, limit_b[i].label) != 0)
      return false;
  act = tide_chart_data_get_acts (a, &n);
  act_b = tide_chart_data_get_acts (b, &n_b);
  if (n != n_b)
    return false;
  for (guint i = 0; i < n; i++)
    if (act[i].time != act_b[i].time || g_strcmp0 (act[i].label, act_b[i].label) != 0)
      return false;
  return true;
}

/**
 * tide_chart_data_equal:
 *
 * Thread: any.
 */
bool
tide_chart_data_equal (const TideChartData *a, const TideChartData *b)
{
  const TideChartCut *cut, *cut_b;
  const char *detail, *detail_b;

  if (a == b)
    return true;
  if (a == NULL || b == NULL)
    return false;
  cut = tide_chart_data_get_cut (a);
  cut_b = tide_chart_data_get_cut (b);
  return g_strcmp0 (tide_chart_data_get_title (a), tide_chart_data_get_title (b)) == 0
         && g_strcmp0 (tide_chart_data_get_subtitle (a), tide_chart_data_get_subtitle (b)) == 0
         && g_strcmp0 (tide_chart_data_get_unit (a), tide_chart_data_get_unit (b)) == 0
         && tide_chart_data_get_from_zero (a) == tide_chart_data_get_from_zero (b)
         && same_number (tide_chart_data_get_open (a), tide_chart_data_get_open (b))
         && tide_chart_data_get_decimals (a) == tide_chart_data_get_decimals (b)
         && cut->form == cut_b->form && same_number (cut->time, cut_b->time) && cut->seq == cut_b->seq
         && cut->speed_events == cut_b->speed_events
         && g_strcmp0 (tide_chart_data_get_late (a, &detail), tide_chart_data_get_late (b, &detail_b)) == 0
         && g_strcmp0 (detail, detail_b) == 0 && same_series (a, b) && same_columns (a, b) && same_marks (a, b);
}

bool
tide_chart_data_is_empty (const TideChartData *data)
{
  double from, to;

  return !tide_chart_data_get_time_range (data, &from, &to);
}

bool
tide_chart_data_get_time_range (const TideChartData *data, double *ret_from, double *ret_to)
{
  double from = INFINITY, to = -INFINITY;
  guint n;
  const TideChartColumn *columns = tide_chart_data_get_columns (data, &n);

  for (guint i = 0; i < n; i++)
    {
      from = MIN (from, columns[i].from);
      to = MAX (to, columns[i].to);
    }
  for (guint i = 0; i < tide_chart_data_get_n_series (data); i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (data, i);

      if (series->n == 0)
        continue;
      from = MIN (from, series->x[0]);
      to = MAX (to, series->x[series->n - 1]);
    }
  if (from > to)
    return false;
  *ret_from = from;
  *ret_to = to;
  return true;
}

static double
column_height (const TideChartColumn *column)
{
  return (isnan (column->batch) ? 0 : column->batch) + (isnan (column->speed) ? 0 : column->speed);
}

bool
tide_chart_data_get_value_range (const TideChartData *data, double from, double to,
                                 bool (*is_hidden) (const char *id, void *user_data), void *user_data,
                                 double *ret_lo, double *ret_hi)
{
  double lo = INFINITY, hi = -INFINITY;
  guint n;
  const TideChartColumn *columns = tide_chart_data_get_columns (data, &n);

  for (guint i = 0; i < n; i++)
    if (columns[i].to > from && columns[i].from < to)
      {
        double height = column_height (&columns[i]);

        lo = MIN (lo, MIN (height, 0));
        hi = MAX (hi, MAX (height, 0));
        if (!isnan (columns[i].other))
          hi = MAX (hi, columns[i].other);
      }
  for (guint i = 0; i < tide_chart_data_get_n_series (data); i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (data, i);
      gsize begin, end;

      if (is_hidden != NULL && is_hidden (series->id, user_data))
        continue;
      begin = tide_lower_bound (series->x, series->n, from);
      end = tide_lower_bound (series->x, series->n, to);
      /* What crosses the edges is seen as well. */
      begin -= begin > 0;
      end += end < series->n;
      for (gsize j = begin; j < end; j++)
        {
          double value = series->top[j];

          lo = value < lo ? value : lo;
          hi = value > hi ? value : hi;
        }
    }
  if (lo > hi)
    return false;
  *ret_lo = lo;
  *ret_hi = hi;
  return true;
}

/* The longest line decides where the crosshair can stand, else the columns. */
static const TideChartSeries *
grid_series (const TideChartData *data)
{
  const TideChartSeries *best = NULL;

  for (guint i = 0; i < tide_chart_data_get_n_series (data); i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (data, i);

      if (series->style != TIDE_CHART_PREVIOUS && series->style != TIDE_CHART_FORECAST
          && (best == NULL || series->n > best->n))
        best = series;
    }
  return best;
}

static gsize
grid_size (const TideChartData *data)
{
  guint n;
  const TideChartSeries *series;

  tide_chart_data_get_columns (data, &n);
  if (n > 0)
    return n;
  series = grid_series (data);
  return series != NULL ? series->n : 0;
}

static double
grid_at (const TideChartData *data, gsize index)
{
  guint n;
  const TideChartColumn *columns = tide_chart_data_get_columns (data, &n);

  return n > 0 ? columns[index].from : grid_series (data)->x[index];
}

static gsize
grid_nearest (const TideChartData *data, double time)
{
  guint n;
  const TideChartColumn *columns = tide_chart_data_get_columns (data, &n);
  gsize size = grid_size (data), lo = 0, hi = size;

  while (lo < hi)
    {
      gsize middle = (lo + hi) / 2;

      if (grid_at (data, middle) < time)
        lo = middle + 1;
      else
        hi = middle;
    }
  if (n > 0) /* the column under it */
    return lo < size && columns[lo].from <= time ? lo : lo > 0 ? lo - 1 : 0;
  if (lo == size)
    return size - 1;
  return lo > 0 && time - grid_at (data, lo - 1) < grid_at (data, lo) - time ? lo - 1 : lo;
}

bool
tide_chart_data_get_nearest (const TideChartData *data, double time, double *ret_time)
{
  if (grid_size (data) == 0)
    return false;
  *ret_time = grid_at (data, grid_nearest (data, time));
  return true;
}

bool
tide_chart_data_step (const TideChartData *data, double time, int steps, double *ret_time)
{
  gsize size = grid_size (data);
  gssize index;

  if (size == 0)
    return false;
  index = (gssize) grid_nearest (data, time) + steps;
  *ret_time = grid_at (data, (gsize) CLAMP (index, 0, (gssize) size - 1));
  return true;
}

double
tide_chart_series_get_value (const TideChartSeries *series, double time)
{
  gsize index = tide_lower_bound (series->x, series->n, time);

  if (index < series->n && series->x[index] == time)
    return series->y[index];
  if (series->style == TIDE_CHART_STEPS && index > 0)
    return series->y[index - 1];
  return NAN;
}

gssize
tide_chart_series_get_last (const TideChartSeries *series, double to)
{
  gssize index = (gssize) tide_lower_bound (series->x, series->n, nextafter (to, INFINITY)) - 1;

  while (index >= 0 && isnan (series->y[index]))
    index--;
  return index;
}
