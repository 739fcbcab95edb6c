/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Under the table of Analyses: the time axis that all of its cells of runs share, in the place of their column, and
 * beside it the key of their marks. */
#include "app-runs-cell.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app-ticks.h"

#define HEIGHT 24
#define LABEL_WIDTH 52
#define MARGIN 12
#define GAP 14

struct _TideRunsAxis
{
  GtkWidget parent_instance;

  TideTime from, to;
  GTimeZone *zone;
  double x, width;
};

G_DEFINE_FINAL_TYPE (TideRunsAxis, tide_runs_axis, GTK_TYPE_WIDGET)

typedef enum
{
  KEY_RAN,
  KEY_FAILED,
  KEY_MISSED,
  KEY_CAUGHT_UP,
  KEY_ASLEEP,
  N_KEYS,
} Key;

static const char *const key_words[N_KEYS] = {
  [KEY_RAN] = N_ ("ran"),
  [KEY_FAILED] = N_ ("failed"),
  [KEY_MISSED] = N_ ("missed"),
  [KEY_CAUGHT_UP] = N_ ("caught up"),
  [KEY_ASLEEP] = N_ ("asleep"),
};

static void
set_source (cairo_t *cr, TideRole role, double alpha)
{
  TideColour colour = tide_palette_get (tide_app_scheme (), role);

  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, colour.alpha * (float) alpha);
}

static PangoLayout *
make_layout (TideRunsAxis *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (11.0 / 14.667));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

static double
draw_text (TideRunsAxis *self, cairo_t *cr, const char *text, double x, double align)
{
  g_autoptr (PangoLayout) layout = make_layout (self, text);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  x -= width * align;
  if (cr != NULL)
    {
      set_source (cr, TIDE_ROLE_DIM, 1);
      cairo_move_to (cr, round (x), round ((HEIGHT - height) / 2.0) + 1);
      pango_cairo_show_layout (cr, layout);
    }
  return width;
}

static double
draw_swatch (cairo_t *cr, Key key, double x)
{
  static const double dashes[] = { 2, 1.5 };
  static const double widths[N_KEYS] = { 8, 8, 6, 14, 10 };
  double y = HEIGHT / 2.0 - 5;

  if (cr == NULL)
    return widths[key];
  cairo_set_line_width (cr, 1);
  set_source (cr, key == KEY_FAILED ? TIDE_ROLE_CRITICAL : key == KEY_MISSED ? TIDE_ROLE_WARNING : TIDE_ROLE_FOREGROUND,
              key == KEY_ASLEEP ? 0.12 : key == KEY_RAN ? 0.5 : 1);
  switch (key)
    {
    case KEY_RAN:
      cairo_rectangle (cr, x, y + 2, 3, 10);
      cairo_rectangle (cr, x + 5, y + 6, 3, 6);
      cairo_fill (cr);
      break;
    case KEY_FAILED:
      cairo_move_to (cr, x + 4, y);
      cairo_line_to (cr, x + 8, y + 6);
      cairo_line_to (cr, x, y + 6);
      cairo_close_path (cr);
      cairo_rectangle (cr, x + 2.5, y + 7, 3, 5);
      cairo_fill (cr);
      break;
    case KEY_MISSED:
      cairo_set_dash (cr, dashes, 2, 0);
      cairo_rectangle (cr, x + 0.5, y + 0.5, 5, 11);
      cairo_stroke (cr);
      cairo_set_dash (cr, NULL, 0, 0);
      break;
    case KEY_CAUGHT_UP:
      cairo_move_to (cr, x, y + 6.5);
      cairo_line_to (cr, x + 11, y + 6.5);
      cairo_stroke (cr);
      cairo_move_to (cr, x + 14, y + 6.5);
      cairo_line_to (cr, x + 10, y + 4);
      cairo_line_to (cr, x + 10, y + 9);
      cairo_close_path (cr);
      cairo_fill (cr);
      break;
    case KEY_ASLEEP:
    case N_KEYS:
    default:
      cairo_rectangle (cr, x, y + 1, 10, 10);
      cairo_fill (cr);
    }
  return widths[key];
}

/* With @cr NULL only measures. */
static double
draw_key (TideRunsAxis *self, cairo_t *cr, double x)
{
  double at = x;

  for (int i = 0; i < N_KEYS; i++)
    {
      at += draw_swatch (cr, (Key) i, at) + 5;
      at += draw_text (self, cr, _ (key_words[i]), at, 0) + GAP;
    }
  return at - GAP - x;
}

static void
draw_axis (TideRunsAxis *self, cairo_t *cr)
{
  TideTimeTicks ticks;
  double right = -INFINITY;

  tide_ticks_for_times (self->from, self->to, self->zone, MAX ((guint) (self->width / LABEL_WIDTH), 2), &ticks);
  for (guint i = 0; i < ticks.n; i++)
    {
      double x = self->x + (double) (ticks.ticks[i].time - self->from) / (double) (self->to - self->from) * self->width;
      double width = draw_text (self, NULL, ticks.ticks[i].label, 0, 0);

      set_source (cr, TIDE_ROLE_AXIS, 1);
      cairo_rectangle (cr, round (x), 0, 1, 4);
      cairo_fill (cr);
      if (x - width / 2 < right + 6)
        continue;
      draw_text (self, cr, ticks.ticks[i].label, x, 0.5);
      right = x + width / 2;
    }
  tide_time_ticks_clear (&ticks);
}

static void
tide_runs_axis_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideRunsAxis *self = TIDE_RUNS_AXIS (widget);
  double width = gtk_widget_get_width (widget), key = draw_key (self, NULL, 0);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) width, HEIGHT);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  double after = self->x + self->width + LABEL_WIDTH / 2.0;

  if (self->width > 0 && self->to > self->from)
    draw_axis (self, cr);
  if (self->width <= 0 || MARGIN + key + LABEL_WIDTH / 2.0 < self->x)
    draw_key (self, cr, MARGIN);
  else if (after + key < width)
    draw_key (self, cr, after);
  cairo_destroy (cr);
}

static void
tide_runs_axis_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 0 : HEIGHT;
}

static void
tide_runs_axis_finalize (GObject *object)
{
  g_clear_pointer (&TIDE_RUNS_AXIS (object)->zone, g_time_zone_unref);
  G_OBJECT_CLASS (tide_runs_axis_parent_class)->finalize (object);
}

static void
tide_runs_axis_class_init (TideRunsAxisClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_runs_axis_finalize;
  widget_class->snapshot = tide_runs_axis_snapshot;
  widget_class->measure = tide_runs_axis_measure;
  gtk_widget_class_set_css_name (widget_class, "runsaxis");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
tide_runs_axis_init (TideRunsAxis *self)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}

void
tide_runs_axis_set_range (TideRunsAxis *self, TideTime from, TideTime to, GTimeZone *zone)
{
  g_clear_pointer (&self->zone, g_time_zone_unref);
  if (zone != NULL)
    self->zone = g_time_zone_ref (zone);
  self->from = from;
  self->to = to;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
tide_runs_axis_set_place (TideRunsAxis *self, double x, double width)
{
  if (self->x == x && self->width == width)
    return;
  self->x = x;
  self->width = width;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
