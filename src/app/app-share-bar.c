/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bar of the two layers' shares, in the same fills as the columns of Merged: solid against hatch, which a grey print
 * keeps apart too. A gap parts them and not a line, because the line is the cut and occurs once. At share 1 or 0 it is
 * the layer's swatch. Its meaning stands in text beside it, so it is decoration to a screen reader. */
#include "app-share-bar.h"

#include <adwaita.h>
#include <math.h>

#define GAP 2.0
#define HATCH_PERIOD 5.0
#define HATCH_STRIPE 1.5
#define RADIUS 3

struct _TideShareBar
{
  GtkWidget parent_instance;

  double share;
};

G_DEFINE_FINAL_TYPE (TideShareBar, tide_share_bar, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_SHARE,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static TideScheme
scheme (void)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  return tide_palette_scheme (adw_style_manager_get_dark (style), adw_style_manager_get_high_contrast (style));
}

static void
set_source (cairo_t *cr, TideColour colour)
{
  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, colour.alpha);
}

static void
draw_speed (cairo_t *cr, double x, double width, double height)
{
  TideColour speed = tide_palette_get (scheme (), TIDE_ROLE_SPEED);
  double step = HATCH_PERIOD * G_SQRT2;

  cairo_save (cr);
  cairo_rectangle (cr, x, 0, width, height);
  cairo_clip (cr);
  set_source (cr, tide_colour_with_alpha (speed, 0.28));
  cairo_paint (cr);
  set_source (cr, speed);
  cairo_set_line_width (cr, tide_palette_is_contrast (scheme ()) ? 2 : HATCH_STRIPE);
  for (double at = x - height; at < x + width + step; at += step)
    {
      cairo_move_to (cr, at, height + 1);
      cairo_line_to (cr, at + height + 2, -1);
    }
  cairo_stroke (cr);
  cairo_rectangle (cr, x + 0.5, 0.5, MAX (width - 1, 0), height - 1);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
  cairo_restore (cr);
}

static void
tide_share_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideShareBar *self = TIDE_SHARE_BAR (widget);
  double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  GskRoundedRect clip;
  double batch, gap = self->share > 0 && self->share < 1 ? GAP : 0;
  cairo_t *cr;

  if (isnan (self->share) || width < 1 || height < 1)
    return;
  gsk_rounded_rect_init_from_rect (&clip, &bounds, RADIUS);
  gtk_snapshot_push_rounded_clip (snapshot, &clip);
  cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  batch = round ((width - gap) * self->share);
  set_source (cr, tide_palette_get (scheme (), TIDE_ROLE_BATCH));
  cairo_rectangle (cr, 0, 0, batch, height);
  cairo_fill (cr);
  if (width - batch - gap > 0)
    draw_speed (cr, batch + gap, width - batch - gap, height);
  cairo_destroy (cr);
  gtk_snapshot_pop (snapshot);
}

static void
tide_share_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = 11;
}

static void
tide_share_bar_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SHARE)
    tide_share_bar_set_share (TIDE_SHARE_BAR (object), g_value_get_double (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
tide_share_bar_class_init (TideShareBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->set_property = tide_share_bar_set_property;
  widget_class->snapshot = tide_share_bar_snapshot;
  widget_class->measure = tide_share_bar_measure;
  props[PROP_SHARE] = g_param_spec_double ("share", NULL, NULL, 0, 1, 0, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (class), N_PROPS, props);
  gtk_widget_class_set_css_name (widget_class, "sharebar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
tide_share_bar_init (TideShareBar *self)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  self->share = NAN;
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
tide_share_bar_new (void)
{
  return g_object_new (TIDE_TYPE_SHARE_BAR, NULL);
}

void
tide_share_bar_set_share (TideShareBar *self, double share)
{
  if (share == self->share || (isnan (share) && isnan (self->share)))
    return;
  self->share = share;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
