/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The crosshair: a hairline at the same time in every chart of the pane, a point on each line, and what they
 * are worth: time, values, change. What does not fit is left out, the value last.
 */
#include "app-chart-private.h"

#include "app-format.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define PADDING 9 /* beside the readout's text */

static void
draw_point (GtkSnapshot *snapshot, double x, double y, double size, TideColour colour)
{
  GdkRGBA rgba = { colour.red, colour.green, colour.blue, colour.alpha };
  graphene_rect_t area = GRAPHENE_RECT_INIT ((float) (x - size / 2), (float) (y - size / 2), (float) size, (float) size);
  GskRoundedRect circle;

  gsk_rounded_rect_init_from_rect (&circle, &area, (float) size / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &circle);
  gtk_snapshot_append_color (snapshot, &rgba, &area);
  gtk_snapshot_pop (snapshot);
}

static char *
format_value (TideChart *self, double value, bool with_unit)
{
  int decimals = tide_chart_data_get_decimals (self->data);
  char *number = decimals < 0 ? tide_format_short (value) : tide_format_number (value, decimals);

  return with_unit ? tide_format_with_unit (number, tide_chart_data_get_unit (self->data)) : number;
}

/* The clock within a day; the day alone where a step is one. */
static char *
format_when (TideChart *self, double time)
{
  GTimeZone *zone = tide_chart_axis_get_zone (self->axis);
  double span = self->to - self->from, next;

  if (span <= 1.1 * TIDE_DAY)
    return tide_format_clock ((TideTime) time, zone, span < 2.0 * TIDE_HOUR);
  if (tide_chart_data_step (self->data, time, 1, &next) && next - time > 20.0 * TIDE_HOUR)
    return tide_format_date ((TideTime) time, zone);
  return tide_format_date_time ((TideTime) time, zone);
}

static const TideChartColumn *
column_at (TideChart *self, double time)
{
  const TideChartColumn *columns;
  guint n;

  columns = tide_chart_data_get_columns (self->data, &n);
  for (guint i = 0; i < n; i++)
    if (columns[i].from <= time && time < columns[i].to)
      return &columns[i];
  return NULL;
}

static void
append_column (TideChart *self, GString *text, const TideChartColumn *column)
{
  bool has_both = !isnan (column->batch) && column->batch != 0 && !isnan (column->speed) && column->speed != 0;
  g_autofree char *sum = format_value (self, (isnan (column->batch) ? 0 : column->batch)
                                                 + (isnan (column->speed) ? 0 : column->speed), true);

  g_string_append_printf (text, "   <b>%s</b>", sum);
  if (has_both)
    {
      g_autofree char *batch_colour = tide_colour_to_string (tide_chart_text_colour (self, TIDE_ROLE_BATCH));
      g_autofree char *speed_colour = tide_colour_to_string (tide_chart_text_colour (self, TIDE_ROLE_SPEED));
      g_autofree char *batch = format_value (self, column->batch, false);
      g_autofree char *speed = format_value (self, column->speed, false);

      g_string_append_printf (text, "   <span color='%s'>%s %s</span>   <span color='%s'>%s %s</span>",
                              batch_colour, _("batch"), batch, speed_colour, _("speed"), speed);
    }
}

/* Value bold, of several each with its mark (the first @most of them); then the change against the previous period. */
static void
append_series (TideChart *self, GString *text, double time, bool with_names, guint most)
{
  double first = NAN, previous = NAN;
  guint n_values = 0, n = tide_chart_data_get_n_series (self->data);
  const char *unit = tide_chart_data_get_unit (self->data);

  for (guint i = 0; i < n; i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (self->data, i);

      n_values += series->style != TIDE_CHART_PREVIOUS && series->style != TIDE_CHART_FORECAST;
    }
  for (guint i = 0; i < n; i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (self->data, i);
      double value = tide_chart_series_get_value (series, time);
      g_autofree char *number = NULL, *colour = NULL, *name = NULL;

      if (tide_chart_is_hidden (series->id, self) || (series->style == TIDE_CHART_FORECAST && isnan (value)))
        continue;
      if (series->style == TIDE_CHART_PREVIOUS)
        {
          previous = value;
          continue;
        }
      if (isnan (first))
        first = value;
      if (most-- == 0)
        {
          g_string_append (text, "   …");
          break;
        }
      number = format_value (self, value, n_values == 1);
      if (n_values == 1)
        {
          g_string_append_printf (text, "   <b>%s</b>", number);
          continue;
        }
      colour = tide_colour_to_string (tide_chart_text_colour (self, series->role));
      name = g_markup_escape_text (series->label != NULL ? series->label : "", -1);
      g_string_append_printf (text, "   <span color='%s'>%s%s%s</span> <b>%s</b>", colour,
                              tide_palette_mark_text (tide_palette_mark_of_role (series->role)), with_names ? " " : "",
                              with_names ? name : "", number);
    }
  if (n_values == 1 && !isnan (previous))
    {
      g_autofree char *change = tide_format_change (first, previous, g_strcmp0 (unit, "%") == 0);

      if (change != NULL)
        g_string_append_printf (text, "   %s", change);
    }
}

static char *
readout (TideChart *self, double time, bool with_names, guint most)
{
  GString *text = g_string_new (NULL);
  g_autofree char *when = format_when (self, time);
  const TideChartColumn *column = column_at (self, time);
  g_autofree char *dim = tide_colour_to_string (tide_chart_text_colour (self, TIDE_ROLE_DIM));

  g_string_append_printf (text, "<span color='%s'>%s</span>", dim, when);
  if (column != NULL)
    append_column (self, text, column);
  append_series (self, text, time, with_names, most);
  return g_string_free (text, FALSE);
}

static int
width_of (TideChart *self, const char *markup)
{
  int width;

  pango_layout_get_pixel_size (tide_chart_text (self, TIDE_TEXT_LABEL, markup, true), &width, NULL);
  return width + 2 * PADDING;
}

/* As much of it as there is room for: first the names go, then the last series. */
static char *
fit_readout (TideChart *self, double time)
{
  char *markup = readout (self, time, true, G_MAXUINT);

  for (guint most = tide_chart_data_get_n_series (self->data); most > 0 && width_of (self, markup) > self->width; most--)
    {
      g_free (markup);
      markup = readout (self, time, false, most);
    }
  return markup;
}

static void
draw_readout (TideChart *self, GtkSnapshot *snapshot, double time, double x)
{
  g_autofree char *markup = fit_readout (self, time);
  TideColour surface = tide_chart_colour (self, TIDE_ROLE_SURFACE), edge = tide_chart_colour (self, TIDE_ROLE_AXIS);
  GdkRGBA fill = { surface.red, surface.green, surface.blue, 1 };
  GdkRGBA border = { edge.red, edge.green, edge.blue, edge.alpha };
  double width = width_of (self, markup), height = tide_chart_line_height (self) + 4, y;
  graphene_rect_t area;
  GskRoundedRect outline;

  /* In the title's row, else right over the plot; never on the cut's pill. */
  if (self->show_title)
    y = MAX (self->title_height / 2 - 1 - height / 2, 0);
  else if (tide_chart_data_get_cut (self->data)->form == TIDE_CUT_FULL)
    y = self->plot.origin.y + 5;
  else
    y = MAX (self->plot.origin.y - height - 2, 0);
  graphene_rect_init (&area, (float) round (CLAMP (x - width / 2, 0, MAX (self->width - width, 0))), (float) round (y),
                      (float) width, (float) height);
  gsk_rounded_rect_init_from_rect (&outline, &area, 6);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &fill, &area);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, (const float[]){ 1, 1, 1, 1 },
                              (const GdkRGBA[]){ border, border, border, border });
  tide_chart_draw_text (self, snapshot, TIDE_TEXT_LABEL, markup, true, area.origin.x + PADDING, y + height / 2, 0, 0.5,
                        tide_chart_text_colour (self, TIDE_ROLE_FOREGROUND));
}

void
tide_chart_draw_crosshair (TideChart *self, GtkSnapshot *snapshot)
{
  double wanted = tide_chart_axis_get_crosshair (self->axis), time, x, top = self->plot.origin.y - 2;
  TideColour surface = tide_chart_colour (self, TIDE_ROLE_SURFACE);
  const TideChartColumn *column;

  if (isnan (wanted) || wanted < self->from || wanted > self->to
      || !tide_chart_data_get_nearest (self->data, wanted, &time) || time < self->from || time > self->to)
    return;
  column = column_at (self, time);
  x = round (tide_chart_x (self, column != NULL ? (column->from + column->to) / 2 : time));
  tide_chart_draw_rect (snapshot, x, top, 1, self->plot.size.height + 2,
                        tide_chart_colour (self, TIDE_ROLE_FOREGROUND));
  for (guint i = tide_chart_data_get_n_series (self->data); i-- > 0;)
    {
      const TideChartSeries *series = tide_chart_data_get_series (self->data, i);
      double value = tide_chart_series_get_value (series, time);
      bool is_previous = series->style == TIDE_CHART_PREVIOUS;

      if (isnan (value) || tide_chart_is_hidden (series->id, self))
        continue;
      if (series->style == TIDE_CHART_STACK)
        value = series->top[tide_lower_bound (series->x, series->n, time)];
      draw_point (snapshot, x + 0.5, tide_chart_y (self, value), is_previous ? 8 : 10, surface);
      draw_point (snapshot, x + 0.5, tide_chart_y (self, value), is_previous ? 5 : 8,
                  tide_chart_colour (self, is_previous ? TIDE_ROLE_FOREGROUND : series->role));
    }
  draw_readout (self, snapshot, time, x);
}
