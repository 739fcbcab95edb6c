/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chart in words: a table of what is visible, and a summary. They hold what the picture shows and no
 * more, so that nobody needs eyes (or a pointer that rests) to get a fact.
 */
#include "app-chart-private.h"

#include "app-format.h"

#include <glib/gi18n.h>
#include <math.h>

static char *
value_text (const TideChartData *data, double value)
{
  int decimals = tide_chart_data_get_decimals (data);

  return decimals < 0 ? tide_format_short (value) : tide_format_number (value, decimals);
}

static char *
header_text (const TideChartData *data, const char *label)
{
  const char *unit = tide_chart_data_get_unit (data);

  return unit != NULL && unit[0] != '\0' ? g_strdup_printf ("%s (%s)", label, unit) : g_strdup (label);
}

static GStrv
header (TideChart *self, bool has_columns)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, _("time"));
  if (has_columns)
    {
      g_autofree char *batch = header_text (self->data, _("batch")), *speed = header_text (self->data, _("speed"));
      g_autofree char *merged = header_text (self->data, _("merged"));

      g_strv_builder_add_many (builder, batch, speed, merged, NULL);
    }
  for (guint i = 0; i < tide_chart_data_get_n_series (self->data); i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (self->data, i);
      g_autofree char *text = NULL;

      if (tide_chart_is_hidden (series->id, self))
        continue;
      text = header_text (self->data, series->label != NULL ? series->label : tide_chart_data_get_title (self->data));
      g_strv_builder_add (builder, text);
    }
  return g_strv_builder_end (builder);
}

static void
add_value (GStrvBuilder *builder, const TideChartData *data, double value)
{
  g_autofree char *text = value_text (data, value);

  g_strv_builder_add (builder, text);
}

static GStrv
row (TideChart *self, double time, const TideChartColumn *column)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *when = tide_format_date_time ((TideTime) time, tide_chart_axis_get_zone (self->axis));

  g_strv_builder_add (builder, when);
  if (column != NULL)
    {
      add_value (builder, self->data, column->batch);
      add_value (builder, self->data, column->speed);
      add_value (builder, self->data, isnan (column->batch)   ? column->speed
                                      : isnan (column->speed) ? column->batch
                                                              : column->batch + column->speed);
    }
  for (guint i = 0; i < tide_chart_data_get_n_series (self->data); i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (self->data, i);

      if (!tide_chart_is_hidden (series->id, self))
        add_value (builder, self->data, tide_chart_series_get_value (series, time));
    }
  return g_strv_builder_end (builder);
}

/**
 * tide_chart_get_table:
 * @max: rows at most; 0: all
 *
 * Returns: (transfer full) (element-type GStrv): the header, then the newest first
 */
GPtrArray *
tide_chart_get_table (TideChart *self, guint max)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  const TideChartColumn *columns;
  double from, to, time, before;
  guint n;

  if (self->data == NULL || self->axis == NULL)
    return g_steal_pointer (&rows);
  tide_chart_axis_get_range (self->axis, &from, &to);
  columns = tide_chart_data_get_columns (self->data, &n);
  g_ptr_array_add (rows, header (self, n > 0));
  for (guint i = n; i-- > 0 && (max == 0 || rows->len <= max);)
    if (columns[i].to > from && columns[i].from < to)
      g_ptr_array_add (rows, row (self, columns[i].from, &columns[i]));
  if (n > 0 || !tide_chart_data_get_nearest (self->data, to, &time))
    return g_steal_pointer (&rows);
  while (max == 0 || rows->len <= max)
    {
      if (time >= from && time <= to)
        g_ptr_array_add (rows, row (self, time, NULL));
      if (!tide_chart_data_step (self->data, time, -1, &before) || before >= time || before < from)
        break;
      time = before;
    }
  return g_steal_pointer (&rows);
}

static void
append_summary (TideChart *self, GString *text, const TideChartSeries *series, double from, double to)
{
  gssize last = tide_chart_series_get_last (series, to);
  const char *unit = tide_chart_data_get_unit (self->data);
  double lo = INFINITY, hi = -INFINITY;
  g_autofree char *last_text = NULL, *lo_text = NULL, *hi_text = NULL;

  for (gsize i = tide_lower_bound (series->x, series->n, from); i < series->n && series->x[i] <= to; i++)
    {
      lo = series->y[i] < lo ? series->y[i] : lo;
      hi = series->y[i] > hi ? series->y[i] : hi;
    }
  if (last < 0 || lo > hi)
    return;
  last_text = tide_format_with_unit (value_text (self->data, series->y[last]), unit);
  lo_text = tide_format_with_unit (value_text (self->data, lo), unit);
  hi_text = tide_format_with_unit (value_text (self->data, hi), unit);
  /* Translators: a series, its last, lowest and highest value. */
  g_string_append_printf (text, _(" %s: %s, from %s to %s."), series->label != NULL ? series->label : "", last_text,
                          lo_text, hi_text);
}

static void
append_columns (TideChart *self, GString *text, double from, double to)
{
  double batch = 0, speed = 0;
  guint n;
  const TideChartColumn *columns = tide_chart_data_get_columns (self->data, &n);
  const char *unit = tide_chart_data_get_unit (self->data);
  g_autofree char *batch_text = NULL, *speed_text = NULL;

  for (guint i = 0; i < n; i++)
    if (columns[i].to > from && columns[i].from < to)
      {
        batch += isnan (columns[i].batch) ? 0 : columns[i].batch;
        speed += isnan (columns[i].speed) ? 0 : columns[i].speed;
      }
  if (n == 0)
    return;
  batch_text = tide_format_with_unit (value_text (self->data, batch), unit);
  speed_text = tide_format_with_unit (value_text (self->data, speed), unit);
  g_string_append_printf (text, _(" Columns: batch %s, speed %s."), batch_text, speed_text);
}

char *
tide_chart_get_summary (TideChart *self)
{
  GString *text = g_string_new (NULL);
  g_autofree char *range = NULL;
  double from, to;
  guint n;
  const TideChartBand *bands;

  if (self->data == NULL || self->axis == NULL)
    return g_string_free (text, FALSE);
  tide_chart_axis_get_range (self->axis, &from, &to);
  range = tide_format_range ((TideTime) from, (TideTime) to, tide_chart_axis_get_zone (self->axis));
  g_string_append_printf (text, "%s, %s.", tide_chart_data_get_title (self->data), range);
  append_columns (self, text, from, to);
  for (guint i = 0; i < tide_chart_data_get_n_series (self->data); i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (self->data, i);

      if (!tide_chart_is_hidden (series->id, self))
        append_summary (self, text, series, from, to);
    }
  bands = tide_chart_data_get_bands (self->data, &n);
  for (guint i = 0; i < n; i++)
    if (bands[i].text != NULL)
      g_string_append_printf (text, " %s.", bands[i].text);
  return g_string_free (text, FALSE);
}
