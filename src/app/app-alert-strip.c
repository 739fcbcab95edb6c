/* SPDX-License-Identifier: GPL-3.0-or-later */
/* States over time: firing is a full bar, pending a hatch, no data a dashed outline, silenced a thin line; so they differ
 * in form and not only in colour. For a screen reader a strip says its last state and how often it fired. */
#include "app-alert-strip.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app-format.h"
#include "app-mark.h"

#define HEIGHT 20

struct _TideAlertStrip
{
  GtkWidget parent_instance;

  GArray *spans;
  double from, to, silenced_from;
};

G_DEFINE_FINAL_TYPE (TideAlertStrip, tide_alert_strip, GTK_TYPE_WIDGET)

static void
set_colour (cairo_t *cr, TideColour colour)
{
  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, colour.alpha);
}

static void
hatch (cairo_t *cr, double x, double width)
{
  cairo_save (cr);
  cairo_rectangle (cr, x, 3, width, HEIGHT - 6);
  cairo_clip (cr);
  cairo_set_line_width (cr, 1.5);
  for (double at = floor ((x - HEIGHT) / 4) * 4; at < x + width; at += 4)
    {
      cairo_move_to (cr, at, HEIGHT - 3);
      cairo_line_to (cr, at + HEIGHT, -3);
    }
  cairo_stroke (cr);
  cairo_restore (cr);
}

static void
draw_span (TideAlertStrip *self, cairo_t *cr, const TideAlertSpan *span, double width)
{
  TideScheme scheme = tide_app_scheme ();
  double scale = width / (self->to - self->from);
  double from = CLAMP ((span->from - self->from) * scale, 0, width), to = CLAMP ((span->to - self->from) * scale, 0, width);
  double least = MAX (to - from, 2);
  static const double dashes[] = { 2, 2 };

  from = MIN (from, width - 2);
  if (span->state == TIDE_ALERT_PENDING)
    {
      set_colour (cr, tide_palette_get (scheme, TIDE_ROLE_WARNING));
      hatch (cr, from, least);
    }
  else if (span->state == TIDE_ALERT_NO_DATA || span->state == TIDE_ALERT_ERROR)
    {
      set_colour (cr, tide_palette_get (scheme, TIDE_ROLE_DIM));
      cairo_set_dash (cr, dashes, 2, 0);
      cairo_set_line_width (cr, 1);
      cairo_rectangle (cr, from + 0.5, 6.5, MAX (least - 1, 1), HEIGHT - 13);
      cairo_stroke (cr);
      cairo_set_dash (cr, NULL, 0, 0);
    }
  else
    {
      set_colour (cr, tide_palette_get (scheme, TIDE_ROLE_CRITICAL));
      cairo_rectangle (cr, from, 0, least, HEIGHT);
      cairo_fill (cr);
    }
}

static void
tide_alert_strip_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideAlertStrip *self = TIDE_ALERT_STRIP (widget);
  double width = gtk_widget_get_width (widget), top = (gtk_widget_get_height (widget) - HEIGHT) / 2.0;
  cairo_t *cr;

  if (width <= 0 || !(self->to > self->from))
    return;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (0, (float) top));
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, HEIGHT));
  set_colour (cr, tide_palette_get (tide_app_scheme (), TIDE_ROLE_GRID));
  cairo_rectangle (cr, 0, HEIGHT / 2.0 - 2, width, 4);
  cairo_fill (cr);
  for (guint i = 0; self->spans != NULL && i < self->spans->len; i++)
    {
      const TideAlertSpan *span = &g_array_index (self->spans, TideAlertSpan, i);

      if (span->to >= self->from && span->from <= self->to)
        draw_span (self, cr, span, width);
    }
  if (!isnan (self->silenced_from))
    {
      double from = CLAMP ((self->silenced_from - self->from) / (self->to - self->from), 0, 1) * width;

      set_colour (cr, tide_palette_get (tide_app_scheme (), TIDE_ROLE_FOREGROUND));
      cairo_rectangle (cr, from, HEIGHT / 2.0 - 0.5, width - from, 1);
      cairo_fill (cr);
    }
  cairo_destroy (cr);
  gtk_snapshot_restore (snapshot);
}

static void
tide_alert_strip_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 80 : HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 320 : HEIGHT;
}

static void
tide_alert_strip_finalize (GObject *object)
{
  g_clear_pointer (&TIDE_ALERT_STRIP (object)->spans, g_array_unref);
  G_OBJECT_CLASS (tide_alert_strip_parent_class)->finalize (object);
}

static void
tide_alert_strip_class_init (TideAlertStripClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_alert_strip_finalize;
  widget_class->snapshot = tide_alert_strip_snapshot;
  widget_class->measure = tide_alert_strip_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
tide_alert_strip_init (TideAlertStrip *self)
{
  self->silenced_from = NAN;
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

GtkWidget *
tide_alert_strip_new (void)
{
  return g_object_new (TIDE_TYPE_ALERT_STRIP, NULL);
}

void
tide_alert_strip_set (TideAlertStrip *self, GArray *spans, double from, double to, double silenced_from)
{
  guint fired = 0;
  g_autofree char *spoken = NULL;

  g_clear_pointer (&self->spans, g_array_unref);
  self->spans = spans != NULL ? g_array_ref (spans) : NULL;
  self->from = from;
  self->to = to;
  self->silenced_from = silenced_from;
  for (guint i = 0; spans != NULL && i < spans->len; i++)
    fired += g_array_index (spans, TideAlertSpan, i).state == TIDE_ALERT_FIRING && g_array_index (spans, TideAlertSpan, i).to >= from;
  spoken = g_strdup_printf (ngettext ("fired %u time", "fired %u times", fired), fired);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
