/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time axis that cells of a table share: it stands under the table and finds its place from one of them, since columns
 * are as wide as there is room. */
#include "app-time-axis.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-format.h"
#include "app-mark.h"

struct _TideTimeAxis
{
  GtkWidget parent_instance;

  GtkWidget *above; /* weak */
  double from, to;
};

G_DEFINE_FINAL_TYPE (TideTimeAxis, tide_time_axis, GTK_TYPE_WIDGET)

/* As many ticks as their labels leave room for. */
static double
step_of (double span, double width)
{
  static const int minutes[] = { 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080 };

  for (guint i = 0; i < G_N_ELEMENTS (minutes); i++)
    if (span / ((double) minutes[i] * (double) TIDE_MINUTE) <= CLAMP (width / (minutes[i] < 1440 ? 50 : 36), 1, 9))
      return (double) minutes[i] * (double) TIDE_MINUTE;
  return 14 * (double) TIDE_DAY;
}

/* Clock times; days of a week by their names; else the day of the month. */
static char *
format_tick (TideTime at, double step, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (at / TIDE_SECOND);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);

  if (step < (double) TIDE_DAY)
    return tide_format_clock (at, NULL, false);
  /* Translators: a day of the month under an axis, such as "12 Nov". */
  return g_date_time_format (local, step < 7 * (double) TIDE_DAY ? "%a" : _("%-e %b"));
}

static void
draw_label (GtkWidget *widget, GtkSnapshot *snapshot, const char *text, double x, double align)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
  TideColour dim = tide_palette_get (tide_app_scheme (), TIDE_ROLE_DIM);
  GdkRGBA colour = { dim.red, dim.green, dim.blue, dim.alpha };
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (x - width * align), 4));
  gtk_snapshot_append_layout (snapshot, layout, &colour);
  gtk_snapshot_restore (snapshot);
  gtk_snapshot_append_color (snapshot, &colour, &GRAPHENE_RECT_INIT ((float) x, 0, 1, 4));
}

static void
tide_time_axis_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideTimeAxis *self = TIDE_TIME_AXIS (widget);
  graphene_rect_t place;
  double step, zone_us;
  g_autoptr (GTimeZone) zone = tide_format_get_zone ();
  g_autoptr (GDateTime) now = g_date_time_new_now (zone);

  if (self->above == NULL || gtk_widget_get_width (self->above) == 0 || !(self->to > self->from)
      || !gtk_widget_compute_bounds (self->above, widget, &place))
    return;
  step = step_of (self->to - self->from, place.size.width);
  zone_us = (double) g_date_time_get_utc_offset (now);
  for (double at = ceil ((self->from + zone_us) / step) * step - zone_us; at < self->to - step * 0.8; at += step)
    {
      g_autofree char *text = format_tick ((TideTime) at, step, zone);

      draw_label (widget, snapshot, text, place.origin.x + (at - self->from) / (self->to - self->from) * place.size.width, 0.5);
    }
  draw_label (widget, snapshot, _ ("now"), place.origin.x + place.size.width, 1);
}

static void
tide_time_axis_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 0 : 22;
}

static void
tide_time_axis_dispose (GObject *object)
{
  g_clear_weak_pointer (&TIDE_TIME_AXIS (object)->above);
  G_OBJECT_CLASS (tide_time_axis_parent_class)->dispose (object);
}

static void
tide_time_axis_class_init (TideTimeAxisClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_time_axis_dispose;
  widget_class->snapshot = tide_time_axis_snapshot;
  widget_class->measure = tide_time_axis_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
  gtk_widget_class_set_css_name (widget_class, "times");
}

static void
tide_time_axis_init (TideTimeAxis *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "tide-fact");
}

GtkWidget *
tide_time_axis_new (void)
{
  return g_object_new (TIDE_TYPE_TIME_AXIS, NULL);
}

void
tide_time_axis_set (TideTimeAxis *self, GtkWidget *above, double from, double to)
{
  g_set_weak_pointer (&self->above, above);
  self->from = from;
  self->to = to;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
