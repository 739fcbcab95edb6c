/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deciles are what is kept of a step, so a tenth of its events lies between two of them: a cell from one to the next,
 * the darker the closer they are. Latencies span decades, so the scale is logarithmic. The dashed line is each step's
 * median. */
#include "app-heat-map.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-format.h"
#include "app-picture.h"
#include "app-ticks.h"

#define LEFT 52.0
#define RIGHT 12.0
#define BELOW 22.0
#define LEAST_US 1e3
#define CELLS 10
#define MEDIAN 5

struct _TideHeatMap
{
  GtkWidget parent_instance;

  GArray *steps; /* TideLatencyStep */
  TideDuration step;
  TideTime from, to;
};

G_DEFINE_FINAL_TYPE (TideHeatMap, tide_heat_map, GTK_TYPE_WIDGET)

typedef struct
{
  TidePicture picture;
  const TideHeatMap *self;
  double low, high; /* log10 of µs */
} Drawing;

static double
log_of (double latency_us)
{
  return log10 (fmax (latency_us, LEAST_US));
}

static double
x_of (const Drawing *drawing, TideTime time)
{
  double share = (double) (time - drawing->self->from) / (double) (drawing->self->to - drawing->self->from);

  return LEFT + CLAMP (share, 0, 1) * (drawing->picture.width - LEFT - RIGHT);
}

static double
y_of (const Drawing *drawing, double log_us)
{
  return (drawing->picture.height - BELOW) * (1 - (log_us - drawing->low) / (drawing->high - drawing->low));
}

/* Whole decades around what is there. */
static void
find_range (Drawing *drawing)
{
  double low = INFINITY, high = -INFINITY;

  for (guint i = 0; i < drawing->self->steps->len; i++)
    {
      const TideLatencyStep *step = &g_array_index (drawing->self->steps, TideLatencyStep, i);

      low = fmin (low, log_of (step->quantiles[0]));
      high = fmax (high, log_of (step->quantiles[CELLS]));
    }
  drawing->low = floor (low);
  drawing->high = fmax (ceil (high), drawing->low + 1);
}

static void
draw_axes (const Drawing *drawing)
{
  const TidePicture *picture = &drawing->picture;
  double bottom = picture->height - BELOW, width = picture->width - LEFT - RIGHT;
  g_autoptr (GTimeZone) zone = tide_format_get_zone ();
  TideTimeTicks ticks;

  for (double at = drawing->low; at <= drawing->high; at++)
    {
      double y = round (y_of (drawing, at));
      double latency_us = pow (10, at);
      bool seconds = latency_us >= 1e6;
      g_autofree char *label = tide_format_with_unit (tide_format_number (latency_us / (seconds ? 1e6 : 1e3), 0),
                                                      seconds ? _ ("s") : _ ("ms"));

      tide_picture_set_role (picture, at > drawing->low ? TIDE_ROLE_GRID : TIDE_ROLE_AXIS, 1);
      cairo_rectangle (picture->cr, LEFT, y, width, 1);
      cairo_fill (picture->cr);
      tide_picture_set_role (picture, TIDE_ROLE_DIM, 1);
      tide_picture_text (picture, label, LEFT - 6, fmax (y, 7), 1, 11, false);
    }
  tide_ticks_for_times (drawing->self->from, drawing->self->to, zone, (guint) CLAMP (width / 80, 3, 8), &ticks);
  for (guint i = 0; i < ticks.n; i++)
    tide_picture_text (picture, ticks.ticks[i].label, x_of (drawing, ticks.ticks[i].time), bottom + 12, 0.5, 11, false);
  tide_time_ticks_clear (&ticks);
}

static void
draw_step (const Drawing *drawing, const TideLatencyStep *step)
{
  const TidePicture *picture = &drawing->picture;
  double left = x_of (drawing, step->start), right = x_of (drawing, step->start + drawing->self->step), median;

  for (guint i = 0; i < CELLS; i++)
    {
      double low = log_of (step->quantiles[i]), high = log_of (step->quantiles[i + 1]);
      double top = y_of (drawing, high), height = fmax (y_of (drawing, low) - top, 1);
      /* A tenth of the events on a tenth of a decade is as dark as it gets. */
      double density = fmin (1, 0.1 / fmax (high - low, 0.1));

      if (isnan (low) || isnan (high))
        continue;
      tide_picture_set_role (picture, TIDE_ROLE_SERIES_1, 0.08 + 0.72 * density);
      cairo_rectangle (picture->cr, left, top, fmax (right - left, 1), height);
      cairo_fill (picture->cr);
    }
  median = round (y_of (drawing, log_of (step->quantiles[MEDIAN])));
  tide_picture_set_role (picture, TIDE_ROLE_FOREGROUND, 0.9);
  cairo_rectangle (picture->cr, left, median, fmax ((right - left) * 0.7, 1), 1);
  cairo_fill (picture->cr);
}

static void
tide_heat_map_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideHeatMap *self = TIDE_HEAT_MAP (widget);
  Drawing drawing = { .self = self };

  drawing.picture = tide_picture_begin (widget, snapshot);
  if (self->steps != NULL && self->steps->len > 0 && self->to > self->from)
    {
      find_range (&drawing);
      draw_axes (&drawing);
      for (guint i = 0; i < self->steps->len; i++)
        draw_step (&drawing, &g_array_index (self->steps, TideLatencyStep, i));
    }
  else
    {
      tide_picture_set_role (&drawing.picture, TIDE_ROLE_DIM, 1);
      tide_picture_text (&drawing.picture, _ ("Latencies are kept by the minute; the first is not over yet."),
                         drawing.picture.width / 2, drawing.picture.height / 2, 0.5, 12, false);
    }
  tide_picture_end (&drawing.picture);
}

static void
tide_heat_map_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                       int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 160;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 420 : 160;
}

static void
tide_heat_map_finalize (GObject *object)
{
  g_clear_pointer (&TIDE_HEAT_MAP (object)->steps, g_array_unref);
  G_OBJECT_CLASS (tide_heat_map_parent_class)->finalize (object);
}

static void
tide_heat_map_class_init (TideHeatMapClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_heat_map_finalize;
  widget_class->snapshot = tide_heat_map_snapshot;
  widget_class->measure = tide_heat_map_measure;
  gtk_widget_class_set_css_name (widget_class, "heatmap");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
tide_heat_map_init (TideHeatMap *self)
{
  tide_picture_watch_style (GTK_WIDGET (self));
}

/* The picture in words: the newest step, and the worst of all. */
static void
describe (TideHeatMap *self)
{
  const TideLatencyStep *last = NULL, *worst = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; self->steps != NULL && i < self->steps->len; i++)
    {
      last = &g_array_index (self->steps, TideLatencyStep, i);
      if (worst == NULL || last->facts.p95_us > worst->facts.p95_us)
        worst = last;
    }
  if (worst != NULL)
    {
      g_autofree char *now = tide_format_latency ((TideDuration) last->facts.p95_us);
      g_autofree char *most = tide_format_latency ((TideDuration) worst->facts.p95_us);
      g_autoptr (GTimeZone) zone = tide_format_get_zone ();
      g_autofree char *when = tide_format_date_time (worst->start, zone);

      text = g_strdup_printf (_ ("p95 %s now; at most %s, %s"), now, most, when);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Latency over time"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text != NULL ? text : "", -1);
}

void
tide_heat_map_set (TideHeatMap *self, GArray *steps, TideDuration step, TideTime from, TideTime to)
{
  if (steps != NULL)
    g_array_ref (steps);
  g_clear_pointer (&self->steps, g_array_unref);
  self->steps = steps;
  self->step = step;
  self->from = from;
  self->to = to;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
