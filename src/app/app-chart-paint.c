/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The image of a chart: bands' hatch, columns, areas, lines, limits and marks, in device pixels, painted once
 * a change and shown as one texture. What is on top of it (text, crosshair, cut) are nodes and costs nothing
 * when only they change. Everything in here is in device pixels from the image's corner, which lies
 * TIDE_CHART_MARGIN before the plot's.
 */
#include "app-chart-private.h"

#include <math.h>

#define HATCH_PERIOD 5.0
#define AREA_ALPHA 0.08
#define STACK_ALPHA 0.55
#define SPEED_ALPHA 0.28
#define LEAST_RING_GAP 7.0

typedef struct
{
  TideChart *chart;
  TideRaster full;
  TideRaster plot;     /* the columns of @full that are the plot, all rows */
  double margin, scale;
  double top, bottom;  /* of the plot, in rows of both */
  bool contrast;
} Painter;

static double
to_x (const Painter *painter, double time)
{
  TideChart *chart = painter->chart;

  return (time - chart->from) / (chart->to - chart->from) * painter->plot.width;
}

static double
to_y (const Painter *painter, double value)
{
  const TideValueTicks *ticks = &painter->chart->ticks;

  return painter->top + (ticks->hi - value) / (ticks->hi - ticks->lo) * (painter->bottom - painter->top);
}

static TideScale
scale_of (const Painter *painter)
{
  TideChart *chart = painter->chart;
  double per_value = (painter->bottom - painter->top) / (chart->ticks.hi - chart->ticks.lo);

  return (TideScale){ .x0 = chart->from, .sx = painter->plot.width / (chart->to - chart->from),
                      .y0 = chart->ticks.hi + painter->top / per_value, .sy = per_value };
}

static double
line_width (const Painter *painter, TideChartStyle style)
{
  double width = painter->chart->hero ? 2 : 1.5;

  if (painter->contrast)
    width = 2.5;
  if (style == TIDE_CHART_PREVIOUS)
    width = painter->contrast ? 1.6 : 1.2;
  else if (style == TIDE_CHART_FORECAST)
    width = 1.4;
  return width * painter->scale;
}

/* Horizontal or vertical, from whole pixels: crisp. */
static void
dashed_rule (TideRaster *raster, double x, double y, double length, bool is_vertical, double scale, double on,
             double off, TideColour colour)
{
  double at = 0, width = MAX (1, round (scale));

  for (; at < length; at += (on + off) * scale)
    {
      double part = MIN (on * scale, length - at);

      if (is_vertical)
        tide_raster_rect (raster, round (x), y + at, width, part, colour);
      else
        tide_raster_rect (raster, x + at, round (y), part, width, colour);
    }
}

static void
paint_bands (Painter *painter)
{
  TideColour edge = tide_colour_with_alpha (tide_chart_colour (painter->chart, TIDE_ROLE_FOREGROUND), 0.45);
  TideColour warning = tide_chart_colour (painter->chart, TIDE_ROLE_WARNING);
  double height = painter->bottom - painter->top;
  const TideChartBand *bands;
  guint n;

  bands = tide_chart_data_get_bands (painter->chart->data, &n);
  for (guint i = 0; i < n; i++)
    {
      double from = to_x (painter, bands[i].from), to = MIN (to_x (painter, bands[i].to), painter->plot.width);

      if (to <= 0 || from >= painter->plot.width)
        continue;
      if (bands[i].kind == TIDE_BAND_PENDING)
        tide_raster_hatch (&painter->plot, from, painter->top, to - from, height, 7 * painter->scale,
                           1 * painter->scale, tide_colour_with_alpha (warning, 0.55));
      if (from > 0 && (bands[i].kind <= TIDE_BAND_GAP))
        dashed_rule (&painter->plot, from, painter->top, height, true, painter->scale, 3, 3, edge);
      if (to < painter->plot.width && bands[i].kind == TIDE_BAND_GAP)
        dashed_rule (&painter->plot, to, painter->top, height, true, painter->scale, 3, 3, edge);
    }
}

static void
paint_limits (Painter *painter)
{
  const TideChartLimit *limits;
  const TideChartAct *acts;
  guint n;

  limits = tide_chart_data_get_limits (painter->chart->data, &n);
  for (guint i = 0; i < n; i++)
    {
      double y = to_y (painter, limits[i].value);
      TideLimitKind kind = limits[i].kind;
      TideColour colour = tide_chart_colour (painter->chart, kind == TIDE_LIMIT_CRITICAL  ? TIDE_ROLE_CRITICAL
                                                             : kind == TIDE_LIMIT_WARNING ? TIDE_ROLE_WARNING
                                                                                          : TIDE_ROLE_DIM);

      if (y >= painter->top - 1 && y <= painter->bottom + 1)
        dashed_rule (&painter->plot, 0, y, painter->plot.width, false, painter->scale,
                     kind == TIDE_LIMIT_CLEARING ? 1 : 4, kind == TIDE_LIMIT_CLEARING ? 3 : 2.5, colour);
    }
  acts = tide_chart_data_get_acts (painter->chart->data, &n);
  for (guint i = 0; i < n; i++)
    dashed_rule (&painter->plot, to_x (painter, acts[i].time), painter->top, painter->bottom - painter->top, true,
                 painter->scale, 2, 2, tide_chart_colour (painter->chart, TIDE_ROLE_FOREGROUND));
}

static void
outline (TideRaster *raster, double x, double y, double width, double height, double line, TideColour colour)
{
  if (height <= 2 * line || width <= 2 * line)
    {
      tide_raster_rect (raster, x, y, width, height, colour);
      return;
    }
  tide_raster_rect (raster, x, y, width, line, colour);
  tide_raster_rect (raster, x, y + height - line, width, line, colour);
  tide_raster_rect (raster, x, y + line, line, height - 2 * line, colour);
  tide_raster_rect (raster, x + width - line, y + line, line, height - 2 * line, colour);
}

/* Hatched with an outline; too thin for both it is solid. */
static void
speed_part (Painter *painter, double x, double y, double width, double height)
{
  TideColour speed = tide_chart_colour (painter->chart, TIDE_ROLE_SPEED);
  double line = MAX (1, round (painter->scale));

  tide_raster_rect (&painter->plot, x, y, width, height, tide_colour_with_alpha (speed, SPEED_ALPHA));
  tide_raster_hatch (&painter->plot, x, y, width, height, HATCH_PERIOD * painter->scale / G_SQRT2,
                     (painter->contrast ? 2 : 1.5) * painter->scale, speed);
  outline (&painter->plot, x, y, width, height, line, speed);
}

static void
open_part (Painter *painter, double x, double y, double width, double height)
{
  TideColour speed = tide_chart_colour (painter->chart, TIDE_ROLE_SPEED);
  double line = MAX (1, round (painter->scale));

  dashed_rule (&painter->plot, x, y, width, false, painter->scale, 2, 2, speed);
  dashed_rule (&painter->plot, x, y, height, true, painter->scale, 2, 2, speed);
  dashed_rule (&painter->plot, x + width - line, y, height, true, painter->scale, 2, 2, speed);
}

static void
paint_columns (Painter *painter)
{
  TideColour batch = tide_chart_colour (painter->chart, TIDE_ROLE_BATCH);
  TideColour foreground = tide_chart_colour (painter->chart, TIDE_ROLE_FOREGROUND);
  const TideChartColumn *columns;
  guint n;

  columns = tide_chart_data_get_columns (painter->chart->data, &n);
  for (guint i = 0; i < n; i++)
    {
      double from = to_x (painter, columns[i].from), to = to_x (painter, columns[i].to);
      double gap = to - from >= 24 * painter->scale ? round ((to - from) * 0.25)
                   : to - from >= 6 * painter->scale ? round (2 * painter->scale)
                   : to - from >= 3                  ? 1 : 0;
      double x = round (from + gap / 2), width = MAX (round (to - gap / 2) - x, 1);
      double zero = round (to_y (painter, 0)), sum = isnan (columns[i].batch) ? 0 : columns[i].batch;
      double middle = sum == 0 ? zero : round (to_y (painter, sum)), top;

      if (to < 0 || from > painter->plot.width)
        continue;
      if (columns[i].open)
        {
          top = round (to_y (painter, sum + (isnan (columns[i].speed) ? 0 : columns[i].speed)));
          open_part (painter, x, MIN (top, zero), width, fabs (zero - top));
          continue;
        }
      if (sum != 0)
        tide_raster_rect (&painter->plot, x, MIN (middle, zero), width, MAX (fabs (zero - middle), 1), batch);
      if (!isnan (columns[i].speed) && columns[i].speed != 0)
        {
          top = round (to_y (painter, sum + columns[i].speed));
          /* A cap that rounds to nothing is still there. */
          if (fabs (middle - top) < 2 * painter->scale)
            top = middle - copysign (2 * painter->scale, columns[i].speed);
          speed_part (painter, x, MIN (top, middle), width, fabs (middle - top));
        }
      if (!isnan (columns[i].other))
        tide_raster_rect (&painter->plot, x - 2 * painter->scale,
                          round (to_y (painter, columns[i].other) - painter->scale), width + 4 * painter->scale,
                          2 * painter->scale, foreground);
    }
}

static void
decimate (const Painter *painter, const double *x, const double *y, gsize n, bool steps, TidePoints *points)
{
  g_auto (TidePoints) raw = { 0 };

  if (!steps)
    {
      tide_m4 (x, y, n, scale_of (painter), painter->plot.width, points);
      return;
    }
  tide_m4 (x, y, n, scale_of (painter), painter->plot.width, &raw);
  tide_points_to_steps (&raw, points);
  /* The last value holds too: for as long as the one before it did. */
  if (n >= 2 && points->n > 0 && !isnan (y[n - 1]))
    tide_points_append (points, points->points[points->n - 1].x + (float) ((x[n - 1] - x[n - 2]) * scale_of (painter).sx),
                        points->points[points->n - 1].y);
}

/* After the cut a line is dashed, with a hollow point for each pane where there is room. */
static void
paint_speed_line (Painter *painter, const TideChartSeries *series, gsize begin, TideColour colour)
{
  g_auto (TidePoints) points = { 0 };
  TideColour surface = tide_chart_colour (painter->chart, TIDE_ROLE_SURFACE);
  gsize first = begin > 0 ? begin - 1 : 0;
  gssize last = tide_chart_series_get_last (series, painter->chart->to);
  TideScale scale = scale_of (painter);

  decimate (painter, series->x + first, series->y + first, series->n - first, false, &points);
  tide_raster_dashes (&painter->plot, points.points, points.n, 1.4 * painter->scale, 3.2 * painter->scale,
                      2.8 * painter->scale, colour);
  if (series->n < 2 || (series->x[series->n - 1] - series->x[first]) / (double) (series->n - first) * scale.sx
                           < LEAST_RING_GAP * painter->scale)
    return;
  for (gsize i = begin; (gssize) i < last; i++)
    if (!isnan (series->y[i]) && series->x[i] >= painter->chart->from)
      tide_raster_ring (&painter->plot, (series->x[i] - scale.x0) * scale.sx, (scale.y0 - series->y[i]) * scale.sy,
                        5.6 * painter->scale, 1.3 * painter->scale, colour, surface);
}

/* Of panes that are not over yet: a value that will still change. */
static void
paint_open_line (Painter *painter, const TideChartSeries *series, gsize begin, TideColour colour)
{
  g_auto (TidePoints) points = { 0 };
  gsize first = begin > 0 ? begin - 1 : 0;

  decimate (painter, series->x + first, series->y + first, series->n - first, false, &points);
  tide_raster_dashes (&painter->plot, points.points, points.n, line_width (painter, series->style), 3 * painter->scale,
                      3 * painter->scale, colour);
}

static void
paint_stack (Painter *painter, const TideChartSeries *series, TideColour colour)
{
  g_auto (TidePoints) upper = { 0 }, lower = { 0 };

  decimate (painter, series->x, series->top, series->n, false, &upper);
  if (series->base != NULL)
    {
      decimate (painter, series->x, series->base, series->n, false, &lower);
      tide_raster_between (&painter->plot, upper.points, upper.n, lower.points, lower.n,
                           tide_colour_with_alpha (colour, STACK_ALPHA));
    }
  else
    tide_raster_area (&painter->plot, upper.points, upper.n, to_y (painter, 0),
                      tide_colour_with_alpha (colour, STACK_ALPHA));
  tide_raster_line (&painter->plot, upper.points, upper.n, 1.2 * painter->scale, colour);
}

static TideColour
series_colour (const Painter *painter, const TideChartSeries *series)
{
  if (series->style == TIDE_CHART_PREVIOUS)
    return tide_chart_colour (painter->chart, TIDE_ROLE_PREVIOUS);
  if (series->style == TIDE_CHART_FORECAST)
    return tide_chart_colour (painter->chart, TIDE_ROLE_FOREGROUND);
  return tide_chart_colour (painter->chart, series->role);
}

static void
paint_series (Painter *painter, const TideChartSeries *series)
{
  const TideChartCut *cut = tide_chart_data_get_cut (painter->chart->data);
  bool is_cut = cut->form == TIDE_CUT_FULL;
  TideColour colour = series_colour (painter, series);
  double width = line_width (painter, series->style);
  g_auto (TidePoints) points = { 0 };
  gsize n = series->n;

  if (series->style == TIDE_CHART_STACK)
    {
      paint_stack (painter, series, colour);
      return;
    }
  if (series->style <= TIDE_CHART_AREA)
    n = tide_lower_bound (series->x, series->n, is_cut ? nextafter (cut->time, INFINITY)
                                                       : tide_chart_data_get_open (painter->chart->data));
  decimate (painter, series->x, series->y, n, series->style == TIDE_CHART_STEPS, &points);
  if (series->style == TIDE_CHART_AREA)
    tide_raster_area (&painter->plot, points.points, points.n, to_y (painter, 0),
                      tide_colour_with_alpha (colour, AREA_ALPHA));
  if (series->style == TIDE_CHART_FORECAST)
    tide_raster_dashes (&painter->plot, points.points, points.n, width, 3 * painter->scale, 3 * painter->scale, colour);
  else
    tide_raster_line (&painter->plot, points.points, points.n, width, colour);
  if (n < series->n && is_cut)
    paint_speed_line (painter, series, n, colour);
  else if (n < series->n)
    paint_open_line (painter, series, n, colour);
}

static bool
is_visible (const Painter *painter, const TideChartSeries *series)
{
  return !tide_chart_is_hidden (series->id, painter->chart);
}

/* The group's shape at its last point, and a thread to its name where that had to move. */
static void
paint_marks (Painter *painter)
{
  TideColour surface = tide_chart_colour (painter->chart, TIDE_ROLE_SURFACE);
  double y_offset = painter->top - painter->chart->plot.origin.y * painter->scale;

  for (guint i = tide_chart_data_get_n_series (painter->chart->data); i-- > 0;)
    {
      const TideChartSeries *series = tide_chart_data_get_series (painter->chart->data, i);
      gssize last = tide_chart_series_get_last (series, painter->chart->to);
      double x;

      if (series->style >= TIDE_CHART_STACK || last < 0 || !is_visible (painter, series))
        continue;
      x = to_x (painter, series->x[last]);
      if (x >= 0)
        tide_raster_mark (&painter->full, painter->margin + x, to_y (painter, series->y[last]),
                          (painter->chart->hero ? 8 : 7) * painter->scale, tide_palette_mark_of_role (series->role),
                          tide_chart_colour (painter->chart, series->role), painter->scale, surface);
    }
  if (!painter->chart->has_gutter)
    return;
  for (guint i = 0; i < painter->chart->labels->len; i++)
    {
      const TideChartLabel *label = &g_array_index (painter->chart->labels, TideChartLabel, i);
      const TideChartSeries *series = tide_chart_data_get_series (painter->chart->data, label->series);
      double right = painter->margin + painter->plot.width;
      TidePoint line[2];

      if (isnan (label->y_at) || fabs (label->y - label->y_at) < 4)
        continue;
      line[0] = (TidePoint){ (float) (right + 5 * painter->scale), (float) (label->y_at * painter->scale + y_offset) };
      line[1] = (TidePoint){ (float) (right + 12 * painter->scale), (float) (label->y * painter->scale + y_offset) };
      tide_raster_line (&painter->full, line, 2, painter->scale, series_colour (painter, series));
    }
}

static void
paint_all (Painter *painter)
{
  TideChartData *data = painter->chart->data;
  guint n = tide_chart_data_get_n_series (data);

  paint_bands (painter);
  paint_columns (painter);
  /* Stacks from the bottom; the previous period under the rest; the first series on top. */
  for (guint i = 0; i < n; i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (data, i);

      if (series->style == TIDE_CHART_STACK && is_visible (painter, series))
        paint_series (painter, series);
    }
  for (int pass = 0; pass < 2; pass++)
    for (guint i = n; i-- > 0;)
      {
        const TideChartSeries *series = tide_chart_data_get_series (data, i);

        if (series->style != TIDE_CHART_STACK && is_visible (painter, series)
            && (series->style == TIDE_CHART_PREVIOUS) == (pass == 0))
          paint_series (painter, series);
      }
  paint_limits (painter);
  paint_marks (painter);
}

/* One that no node of the last frame shows any more, cleared; the one before becomes the spare. */
static cairo_surface_t *
take_surface (TideChart *self, int width, int height)
{
  cairo_surface_t *surface = g_steal_pointer (&self->spare);

  if (surface != NULL
      && (cairo_image_surface_get_width (surface) != width || cairo_image_surface_get_height (surface) != height))
    g_clear_pointer (&surface, cairo_surface_destroy);
  if (surface == NULL)
    surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  self->spare = g_steal_pointer (&self->image);
  cairo_surface_set_device_scale (surface, 1, 1);
  cairo_surface_flush (surface);
  return surface;
}

/**
 * tide_chart_paint:
 *
 * Makes the image of what is laid out; none when there is nothing to show. A cairo surface and not a texture:
 * GTK 4.8 copies a texture pixel by pixel for each frame that its software renderer draws.
 */
void
tide_chart_paint (TideChart *self)
{
  int margin = TIDE_CHART_MARGIN * self->scale;
  int width = (int) self->plot.size.width * self->scale, height = (int) self->plot.size.height * self->scale;
  Painter painter = { .chart = self, .margin = margin, .scale = self->scale, .top = margin,
                      .bottom = margin + height, .contrast = tide_palette_is_contrast (self->scheme) };
  cairo_surface_t *surface;

  if (self->data == NULL || !self->has_range || width <= 0 || height <= 0)
    {
      g_clear_pointer (&self->image, cairo_surface_destroy);
      return;
    }
  surface = take_surface (self, width + 2 * margin, height + 2 * margin);
  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    {
      cairo_surface_destroy (surface);
      return;
    }
  painter.full.width = width + 2 * margin;
  painter.full.height = height + 2 * margin;
  painter.full.stride = (gsize) cairo_image_surface_get_stride (surface);
  painter.full.pixels = cairo_image_surface_get_data (surface);
  tide_raster_clear (&painter.full);
  painter.plot = painter.full;
  painter.plot.width = width;
  painter.plot.pixels += margin * 4;
  paint_all (&painter);
  cairo_surface_mark_dirty (surface);
  cairo_surface_set_device_scale (surface, self->scale, self->scale);
  self->image = surface;
}
