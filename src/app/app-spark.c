/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series in a cell. States differ in form as well as in colour: critical is a full bar, a warning a hatch, no data a
 * dashed outline. Limit: as many values as the cell has pixels; more are drawn over each other. */
#include "app-spark.h"

#include "app-mark.h"

#include <adwaita.h>
#include <math.h>

#define HEIGHT 20
#define DOT 2.5

struct _TideSpark
{
  GtkWidget parent_instance;

  int width; /* 0: as the column gives */
  TideSparkData *data;
};

G_DEFINE_FINAL_TYPE (TideSpark, tide_spark, GTK_TYPE_WIDGET)

TideSparkData *
tide_spark_data_new (TideSparkKind kind, const double *values, guint n, TideSparkState last, char *spoken)
{
  TideSparkData *data = g_new0 (TideSparkData, 1);

  g_atomic_ref_count_init (&data->refs);
  data->kind = kind;
  data->last = last;
  data->spoken = spoken;
  data->n = n;
  data->values = g_memdup2 (values, n * sizeof (double));
  return data;
}

TideSparkData *
tide_spark_data_ref (TideSparkData *data)
{
  g_atomic_ref_count_inc (&data->refs);
  return data;
}

void
tide_spark_data_unref (TideSparkData *data)
{
  if (data == NULL || !g_atomic_ref_count_dec (&data->refs))
    return;
  g_free (data->spoken);
  g_free (data->values);
  g_free (data);
}

/* Drawing */

static void
set_role (cairo_t *cr, TideRole role)
{
  TideColour colour = tide_palette_get (tide_app_scheme (), role);

  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, colour.alpha);
}

static void
hatch (cairo_t *cr, double x, double y, double width, double height)
{
  cairo_save (cr);
  cairo_rectangle (cr, x, y, width, height);
  cairo_clip (cr);
  cairo_set_line_width (cr, 1.5);
  for (double at = floor ((x - height) / 4) * 4; at < x + width; at += 4)
    {
      cairo_move_to (cr, at, y + height);
      cairo_line_to (cr, at + height, y);
    }
  cairo_stroke (cr);
  cairo_restore (cr);
}

static void
find_range (const TideSparkData *data, double *ret_lo, double *ret_hi)
{
  double lo = INFINITY, hi = -INFINITY;

  for (guint i = 0; i < data->n; i++)
    {
      lo = fmin (lo, data->values[i]); /* which leave NAN out */
      hi = fmax (hi, data->values[i]);
    }
  *ret_lo = lo;
  *ret_hi = hi;
}

static void
draw_line (const TideSparkData *data, cairo_t *cr, double width)
{
  double lo, hi, step = (width - 2 * DOT) / MAX ((int) data->n - 1, 1), x = NAN, y = NAN;
  bool pen = false;

  find_range (data, &lo, &hi);
  set_role (cr, TIDE_ROLE_FOREGROUND);
  cairo_set_line_width (cr, 1.2);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  for (guint i = 0; i < data->n; i++)
    {
      if (isnan (data->values[i]))
        {
          pen = false;
          continue;
        }
      x = DOT + i * step;
      y = hi > lo ? DOT + (hi - data->values[i]) / (hi - lo) * (HEIGHT - 2 * DOT) : HEIGHT / 2.0;
      if (pen)
        cairo_line_to (cr, x, y);
      else
        cairo_move_to (cr, x, y);
      pen = true;
    }
  cairo_stroke (cr);
  if (isnan (x))
    return;
  cairo_arc (cr, x, y, DOT, 0, 2 * G_PI);
  cairo_fill (cr);
}

static void
draw_column (cairo_t *cr, TideSparkState state, double x, double width, double height)
{
  double y = HEIGHT - 1 - height;

  set_role (cr, state == TIDE_SPARK_CRITICAL  ? TIDE_ROLE_CRITICAL
                : state == TIDE_SPARK_WARNING ? TIDE_ROLE_WARNING
                                              : TIDE_ROLE_DIM);
  if (state == TIDE_SPARK_WARNING)
    {
      hatch (cr, x, y, width, height);
      return;
    }
  cairo_rectangle (cr, x, y, width, height);
  cairo_fill (cr);
}

static void
draw_columns (const TideSparkData *data, cairo_t *cr, double width)
{
  double lo, hi, step = width / MAX (data->n, 1);

  find_range (data, &lo, &hi);
  set_role (cr, TIDE_ROLE_AXIS);
  cairo_rectangle (cr, 0, HEIGHT - 1, width, 1);
  cairo_fill (cr);
  for (guint i = 0; i < data->n; i++)
    if (data->values[i] > 0)
      draw_column (cr, i + 1 == data->n ? data->last : TIDE_SPARK_GOOD, i * step, fmax (step - 1.5, 1),
                   fmax (data->values[i] / hi * (HEIGHT - 3), 1.5));
}

/* @n values alike from @x on. */
static void
draw_state (cairo_t *cr, TideSparkState state, double x, double width)
{
  static const double dashes[] = { 2, 2 };

  switch (state)
    {
    case TIDE_SPARK_CRITICAL:
      set_role (cr, TIDE_ROLE_CRITICAL);
      cairo_rectangle (cr, x, 0, fmax (width, 2), HEIGHT);
      cairo_fill (cr);
      break;
    case TIDE_SPARK_WARNING:
      set_role (cr, TIDE_ROLE_WARNING);
      hatch (cr, x, 3, fmax (width, 2), HEIGHT - 6);
      break;
    case TIDE_SPARK_NOTHING:
      set_role (cr, TIDE_ROLE_DIM);
      cairo_set_dash (cr, dashes, 2, 0);
      cairo_set_line_width (cr, 1);
      cairo_rectangle (cr, x + 0.5, 6.5, fmax (width - 1, 1), HEIGHT - 13);
      cairo_stroke (cr);
      cairo_set_dash (cr, NULL, 0, 0);
      break;
    case TIDE_SPARK_GOOD:
      set_role (cr, TIDE_ROLE_GRID);
      cairo_rectangle (cr, x, HEIGHT / 2.0 - 2, width, 4);
      cairo_fill (cr);
      break;
    }
}

static void
draw_states (const TideSparkData *data, cairo_t *cr, double width)
{
  double step = width / MAX (data->n, 1);

  for (guint i = 0, next; i < data->n; i = next)
    {
      for (next = i + 1; next < data->n && data->values[next] == data->values[i];)
        next++;
      draw_state (cr, (TideSparkState) data->values[i], i * step, (next - i) * step);
    }
}

static void
tide_spark_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  static void (*const draw[]) (const TideSparkData *data, cairo_t *cr, double width) = {
    [TIDE_SPARK_LINE] = draw_line, [TIDE_SPARK_COLUMNS] = draw_columns, [TIDE_SPARK_STATES] = draw_states,
  };
  TideSpark *self = TIDE_SPARK (widget);
  double width = gtk_widget_get_width (widget);
  float top = (float) floor ((gtk_widget_get_height (widget) - HEIGHT) / 2.0);
  cairo_t *cr;

  if (width <= 0 || self->data == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, top, (float) width, HEIGHT));
  cairo_translate (cr, 0, top);
  draw[self->data->kind] (self->data, cr, width);
  cairo_destroy (cr);
}

static void
tide_spark_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                    int *minimum_baseline, int *natural_baseline)
{
  int width = TIDE_SPARK (widget)->width;

  *minimum = orientation != GTK_ORIENTATION_HORIZONTAL ? HEIGHT : width > 0 ? width : 72;
  *natural = orientation != GTK_ORIENTATION_HORIZONTAL ? HEIGHT : width > 0 ? width : 108;
}

static void
tide_spark_finalize (GObject *object)
{
  tide_spark_data_unref (TIDE_SPARK (object)->data);
  G_OBJECT_CLASS (tide_spark_parent_class)->finalize (object);
}

static void
tide_spark_class_init (TideSparkClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_spark_finalize;
  widget_class->snapshot = tide_spark_snapshot;
  widget_class->measure = tide_spark_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
tide_spark_init (TideSpark *self)
{
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw),
                           self, G_CONNECT_SWAPPED);
}

GtkWidget *
tide_spark_new (void)
{
  return g_object_new (TIDE_TYPE_SPARK, NULL);
}

void
tide_spark_set (TideSpark *self, TideSparkData *data)
{
  if (self->data == data)
    return;
  tide_spark_data_unref (self->data);
  self->data = data != NULL ? tide_spark_data_ref (data) : NULL;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  data != NULL && data->spoken != NULL ? data->spoken : "", -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
tide_spark_set_width (TideSpark *self, int width)
{
  self->width = width;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
