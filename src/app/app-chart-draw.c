/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The nodes of a chart: tints under the image, the image, axes and text over it. Hairlines are one device
 * pixel on whole device pixels.
 */
#include "app-chart-private.h"

#include "app-format.h"

#include <math.h>

#define LONG_RANGE_US (4.0 * TIDE_DAY)
#define LONGEST_WEEKENDS_US (70.0 * TIDE_DAY)
#define MAX_WEEKENDS 12

void
tide_chart_draw_rect (GtkSnapshot *snapshot, double x, double y, double width, double height, TideColour colour)
{
  GdkRGBA rgba = { colour.red, colour.green, colour.blue, colour.alpha };

  if (width > 0 && height > 0)
    gtk_snapshot_append_color (snapshot, &rgba,
                               &GRAPHENE_RECT_INIT ((float) x, (float) y, (float) width, (float) height));
}

/* The part of a span of time that the plot shows. */
static bool
clip_span (TideChart *self, double from, double to, double *ret_x, double *ret_width)
{
  double left = self->plot.origin.x, right = left + self->plot.size.width;
  double x = MAX (tide_chart_x (self, from), left), end = MIN (tide_chart_x (self, to), right);

  if (!(end > x))
    return false;
  *ret_x = round (x);
  *ret_width = round (end) - round (x);
  return true;
}

static void
draw_weekends (TideChart *self, GtkSnapshot *snapshot)
{
  TideTime starts[MAX_WEEKENDS], ends[MAX_WEEKENDS];
  TideColour tint = tide_colour_with_alpha (tide_chart_colour (self, TIDE_ROLE_FOREGROUND), 0.025);
  guint n;

  if (self->to - self->from < LONG_RANGE_US || self->to - self->from > LONGEST_WEEKENDS_US)
    return;
  n = tide_weekends ((TideTime) self->from, (TideTime) self->to, tide_chart_axis_get_zone (self->axis), starts, ends,
                     MAX_WEEKENDS);
  for (guint i = 0; i < n; i++)
    {
      double x, width;

      if (clip_span (self, (double) starts[i], (double) ends[i], &x, &width))
        tide_chart_draw_rect (snapshot, x, self->plot.origin.y, width, self->plot.size.height, tint);
    }
}

static void
draw_bands (TideChart *self, GtkSnapshot *snapshot)
{
  double top = self->plot.origin.y, height = self->plot.size.height;
  TideColour grey = tide_colour_with_alpha (tide_chart_colour (self, TIDE_ROLE_FOREGROUND), 0.06);
  TideColour critical = tide_chart_colour (self, TIDE_ROLE_CRITICAL);
  const TideChartBand *bands;
  guint n;

  bands = tide_chart_data_get_bands (self->data, &n);
  for (guint i = 0; i < n; i++)
    {
      double x, width;

      if (!clip_span (self, bands[i].from, bands[i].to, &x, &width) || bands[i].kind == TIDE_BAND_PENDING)
        continue;
      if (bands[i].kind == TIDE_BAND_FIRING)
        {
          tide_chart_draw_rect (snapshot, x, top, width, height, tide_colour_with_alpha (critical, 0.09));
          tide_chart_draw_rect (snapshot, x, top - 1, width, 2, critical);
        }
      else
        tide_chart_draw_rect (snapshot, x, top, width, height, grey);
    }
}

/* Whether the text of a band that is narrower than it would run into that of one that begins soon after. */
static bool
is_crowded (TideChart *self, const TideChartBand *bands, guint n, guint at, double width, double text)
{
  double x = tide_chart_x (self, bands[at].from);

  if (width >= text + 6)
    return false;
  for (guint i = 0; i < n; i++)
    if (bands[i].text != NULL && bands[i].from > bands[at].from && tide_chart_x (self, bands[i].from) < x + text + 6)
      return true;
  return false;
}

static void
draw_band_texts (TideChart *self, GtkSnapshot *snapshot)
{
  const TideChartBand *bands;
  const TideChartAct *acts;
  guint n;

  bands = tide_chart_data_get_bands (self->data, &n);
  for (guint i = 0; i < n; i++)
    {
      TideColour colour = tide_chart_colour (self, bands[i].kind == TIDE_BAND_FIRING ? TIDE_ROLE_CRITICAL
                                                   : bands[i].kind == TIDE_BAND_ASLEEP ? TIDE_ROLE_DIM
                                                                                       : TIDE_ROLE_WARNING);
      double x, width, text;

      if (bands[i].text == NULL || !clip_span (self, bands[i].from, bands[i].to, &x, &width))
        continue;
      tide_chart_text_size (self, TIDE_TEXT_TICK, bands[i].text, &text, NULL);
      if (is_crowded (self, bands, n, i, width, text))
        continue;
      x = bands[i].kind == TIDE_BAND_GAP ? x + (width - text) / 2 : x + 6;
      x = CLAMP (x, self->plot.origin.x + 2, MAX (self->width - text - 2, self->plot.origin.x + 2));
      tide_chart_draw_text (self, snapshot, TIDE_TEXT_TICK, bands[i].text, false, x, self->plot.origin.y + 2, 0, 0, colour);
    }
  acts = tide_chart_data_get_acts (self->data, &n);
  for (guint i = 0; i < n; i++)
    {
      double x = tide_chart_x (self, acts[i].time);

      if (acts[i].label != NULL && x >= self->plot.origin.x && x <= self->plot.origin.x + self->plot.size.width)
        tide_chart_draw_text (self, snapshot, TIDE_TEXT_TICK, acts[i].label, false, x + 5, self->plot.origin.y + 14, 0,
                              0, tide_chart_text_colour (self, TIDE_ROLE_DIM));
    }
}

static void
draw_limit_texts (TideChart *self, GtkSnapshot *snapshot)
{
  const TideChartLimit *limits;
  guint n;

  limits = tide_chart_data_get_limits (self->data, &n);
  for (guint i = 0; i < n; i++)
    {
      double y = tide_chart_y (self, limits[i].value);
      TideRole role = limits[i].kind == TIDE_LIMIT_CRITICAL  ? TIDE_ROLE_CRITICAL
                      : limits[i].kind == TIDE_LIMIT_WARNING ? TIDE_ROLE_WARNING
                                                             : TIDE_ROLE_DIM;
      bool has_room = y - tide_chart_line_height (self) >= self->plot.origin.y;

      if (limits[i].label != NULL && y >= self->plot.origin.y - 1 && y <= self->plot.origin.y + self->plot.size.height)
        tide_chart_draw_text (self, snapshot, TIDE_TEXT_TICK, limits[i].label, false, self->plot.origin.x + 4,
                              has_room ? y - 1 : y + 2, 0, has_room ? 1 : 0, tide_chart_colour (self, role));
    }
}

static void
draw_value_axis (TideChart *self, GtkSnapshot *snapshot)
{
  TideColour grid = tide_chart_colour (self, TIDE_ROLE_GRID), dim = tide_chart_text_colour (self, TIDE_ROLE_DIM);
  double hairline = 1.0 / self->scale, bottom = self->plot.origin.y + self->plot.size.height;

  for (guint i = 0; i < self->ticks.n; i++)
    {
      double value = tide_value_ticks_get (&self->ticks, i);
      double y = round (tide_chart_y (self, value) * self->scale) / self->scale;
      g_autofree char *text = tide_format_tick (value, self->ticks.step);

      if (y < bottom - 1)
        tide_chart_draw_rect (snapshot, self->plot.origin.x, y, self->plot.size.width, hairline, grid);
      if (self->has_values)
        tide_chart_draw_text (self, snapshot, TIDE_TEXT_TICK, text, false, self->plot.origin.x - 5, y, 1, 0.5, dim);
    }
}

static void
draw_time_axis (TideChart *self, GtkSnapshot *snapshot)
{
  TideColour axis = tide_chart_colour (self, TIDE_ROLE_AXIS), dim = tide_chart_text_colour (self, TIDE_ROLE_DIM);
  double hairline = 1.0 / self->scale, bottom = self->plot.origin.y + self->plot.size.height, free_from = -1e9;

  tide_chart_draw_rect (snapshot, self->plot.origin.x, bottom, self->plot.size.width, hairline, axis);
  if (!self->has_range)
    return;
  for (guint i = 0; i < self->times.n; i++)
    {
      const TideTimeTick *tick = &self->times.ticks[i];
      double x = round (tide_chart_x (self, (double) tick->time) * self->scale) / self->scale, width, left;

      x = MIN (x, self->plot.origin.x + self->plot.size.width - hairline);
      tide_chart_draw_rect (snapshot, x, bottom, hairline, 4, axis);
      if (!self->show_times || tick->label[0] == '\0')
        continue;
      tide_chart_text_size (self, TIDE_TEXT_TICK, tick->label, &width, NULL);
      left = CLAMP (x - width / 2, 0, self->width - width);
      if (left < free_from)
        continue;
      tide_chart_draw_text (self, snapshot, TIDE_TEXT_TICK, tick->label, false, left, bottom + 5, 0, 0, dim);
      free_from = left + width + 6;
    }
}

static void
draw_title (TideChart *self, GtkSnapshot *snapshot)
{
  TideColour dim = tide_chart_text_colour (self, TIDE_ROLE_DIM);
  const char *unit = tide_chart_data_get_unit (self->data), *subtitle = tide_chart_data_get_subtitle (self->data);
  double x = 0, y = self->title_height / 2 - 1;

  if (self->show_title)
    {
      g_autofree char *behind = g_strjoin (subtitle != NULL && unit != NULL ? "  " : "", subtitle != NULL ? subtitle : "",
                                           unit != NULL ? unit : "", NULL);

      x = tide_chart_draw_text (self, snapshot, TIDE_TEXT_TITLE, tide_chart_data_get_title (self->data), false, 1, y, 0,
                                0.5, tide_chart_text_colour (self, TIDE_ROLE_FOREGROUND));
      if (behind[0] != '\0')
        tide_chart_draw_text (self, snapshot, TIDE_TEXT_FACT, behind, false, x + 8, y, 0, 0.5, dim);
    }
  else if (self->hero && unit != NULL)
    tide_chart_draw_text (self, snapshot, TIDE_TEXT_TICK, unit, false, self->plot.origin.x - 5,
                          self->plot.origin.y - tide_chart_line_height (self) / 2 - 4, 1, 0.5, dim);
}

static void
draw_notes (TideChart *self, GtkSnapshot *snapshot)
{
  const TideChartColumn *columns;
  guint n;

  columns = tide_chart_data_get_columns (self->data, &n);
  for (guint i = 0; i < n; i++)
    {
      double value = (isnan (columns[i].batch) ? 0 : columns[i].batch) + (isnan (columns[i].speed) ? 0 : columns[i].speed);
      double x = tide_chart_x (self, (columns[i].from + columns[i].to) / 2);

      if (columns[i].note == NULL || columns[i].to <= self->from || columns[i].from >= self->to)
        continue;
      if (!isnan (columns[i].other))
        value = MAX (value, columns[i].other);
      tide_chart_draw_text (self, snapshot, TIDE_TEXT_BOLD, columns[i].note, false, x, tide_chart_y (self, value) - 2,
                            0.5, 1, tide_chart_text_colour (self, TIDE_ROLE_FOREGROUND));
    }
}

/* The column before the cut with the most in its cap. */
static const TideChartColumn *
latest_column (TideChart *self)
{
  const TideChartCut *cut = tide_chart_data_get_cut (self->data);
  const TideChartColumn *columns, *most = NULL;
  guint n;

  columns = tide_chart_data_get_columns (self->data, &n);
  for (guint i = 0; i < n; i++)
    if (columns[i].to <= cut->time && columns[i].from >= self->from && columns[i].to <= self->to
        && !isnan (columns[i].speed) && columns[i].speed > 0 && (most == NULL || columns[i].speed > most->speed))
      most = &columns[i];
  return most;
}

/* Lowest y that no column between two xs reaches. */
static double
free_above (TideChart *self, double left, double right)
{
  double y = self->plot.origin.y + self->plot.size.height;
  const TideChartColumn *columns;
  guint n;

  columns = tide_chart_data_get_columns (self->data, &n);
  for (guint i = 0; i < n; i++)
    if (tide_chart_x (self, columns[i].to) > left && tide_chart_x (self, columns[i].from) < right)
      y = MIN (y, tide_chart_y (self, (isnan (columns[i].batch) ? 0 : columns[i].batch)
                                          + (isnan (columns[i].speed) ? 0 : columns[i].speed)));
  return y;
}

/* One call-out for late events: two lines of text, and a hairline down to the largest cap. */
static void
draw_late (TideChart *self, GtkSnapshot *snapshot)
{
  const char *detail = NULL, *text = tide_chart_data_get_late (self->data, &detail);
  const TideChartColumn *column = text != NULL ? latest_column (self) : NULL;
  double width, detail_width = 0, line, x, right, top, bottom;

  if (column == NULL)
    return;
  tide_chart_text_size (self, TIDE_TEXT_LABEL, text, &width, &line);
  if (detail != NULL)
    tide_chart_text_size (self, TIDE_TEXT_LABEL, detail, &detail_width, NULL);
  width = MAX (width, detail_width);
  x = round (tide_chart_x (self, (column->from + column->to) / 2));
  right = CLAMP (x + 6, self->plot.origin.x + width + 4, self->plot.origin.x + self->plot.size.width);
  bottom = tide_chart_y (self, column->batch + column->speed) - 3;
  top = MIN (free_above (self, right - width, right + 8), bottom) - 2 * line - 26;
  top = MAX (top, self->plot.origin.y + 4);
  if (top + 2 * line > bottom)
    return;
  tide_chart_draw_text (self, snapshot, TIDE_TEXT_LABEL, text, false, right, top, 1, 0,
                        tide_chart_text_colour (self, TIDE_ROLE_FOREGROUND));
  if (detail != NULL)
    tide_chart_draw_text (self, snapshot, TIDE_TEXT_LABEL, detail, false, right, top + line - 1, 1, 0,
                          tide_chart_text_colour (self, TIDE_ROLE_DIM));
  top += detail != NULL ? 2 * line : line;
  tide_chart_draw_rect (snapshot, x, top, 1, bottom - top, tide_chart_colour (self, TIDE_ROLE_DIM));
}

static void
draw_selection (TideChart *self, GtkSnapshot *snapshot)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  TideColour surface = tide_colour_with_alpha (tide_chart_colour (self, TIDE_ROLE_SURFACE), 0.5);
  double from = MIN (self->drag_from, self->drag_to), to = MAX (self->drag_from, self->drag_to);
  double left = self->plot.origin.x, right = left + self->plot.size.width;
  double top = self->plot.origin.y, height = self->plot.size.height;
  GdkRGBA accent;

  if (isnan (self->drag_from))
    return;
  if (!gtk_style_context_lookup_color (context, "accent_bg_color", &accent))
    accent = (GdkRGBA){ 0.21f, 0.52f, 0.89f, 1 };
  tide_chart_draw_rect (snapshot, left, top, from - left, height, surface);
  tide_chart_draw_rect (snapshot, to, top, right - to, height, surface);
  tide_chart_draw_rect (snapshot, from, top, to - from, height,
                        (TideColour){ accent.red, accent.green, accent.blue, 0.16f });
  tide_chart_draw_rect (snapshot, from, top, 1, height, (TideColour){ accent.red, accent.green, accent.blue, 1 });
  tide_chart_draw_rect (snapshot, to - 1, top, 1, height, (TideColour){ accent.red, accent.green, accent.blue, 1 });
}

static void
draw_image (TideChart *self, GtkSnapshot *snapshot)
{
  graphene_rect_t area = self->plot;
  cairo_t *cr;

  if (self->image == NULL)
    return;
  graphene_rect_inset (&area, -TIDE_CHART_MARGIN, -TIDE_CHART_MARGIN);
  cr = gtk_snapshot_append_cairo (snapshot, &area);
  cairo_set_source_surface (cr, self->image, (double) area.origin.x, (double) area.origin.y);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_paint (cr);
  cairo_destroy (cr);
}

void
tide_chart_draw (TideChart *self, GtkSnapshot *snapshot)
{
  if (self->has_range)
    draw_weekends (self, snapshot);
  if (self->data != NULL && self->has_range)
    {
      tide_chart_draw_cut_tint (self, snapshot);
      draw_bands (self, snapshot);
    }
  draw_value_axis (self, snapshot);
  draw_image (self, snapshot);
  draw_time_axis (self, snapshot);
  if (self->data == NULL)
    return;
  draw_title (self, snapshot);
  tide_chart_draw_labels (self, snapshot);
  if (!self->has_range)
    return;
  draw_band_texts (self, snapshot);
  draw_limit_texts (self, snapshot);
  draw_notes (self, snapshot);
  draw_late (self, snapshot);
  draw_selection (self, snapshot);
  tide_chart_draw_cut (self, snapshot);
  tide_chart_draw_crosshair (self, snapshot);
}
