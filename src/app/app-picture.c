/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small pictures of a few dozen strokes: cairo is quick enough for them, and they change once a second at most. Text
 * follows the text scale of the desktop. */
#include "app-picture.h"

#include <adwaita.h>
#include <math.h>

#include "app-mark.h"

/* Of the interface font at scale 1, that sizes are given for: 11 pt at 96 dpi. */
#define BASE_SIZE (11.0 * 96 / 72)

TidePicture
tide_picture_begin (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TidePicture picture = { .widget = widget, .scheme = tide_app_scheme (), .width = gtk_widget_get_width (widget),
                          .height = gtk_widget_get_height (widget) };
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) picture.width, (float) picture.height);

  picture.cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  return picture;
}

void
tide_picture_end (TidePicture *picture)
{
  g_clear_pointer (&picture->cr, cairo_destroy);
}

void
tide_picture_watch_style (GtkWidget *widget)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), widget, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw), widget,
                           G_CONNECT_SWAPPED);
}

void
tide_picture_set_colour (const TidePicture *picture, TideColour colour)
{
  cairo_set_source_rgba (picture->cr, colour.red, colour.green, colour.blue, colour.alpha);
}

void
tide_picture_set_role (const TidePicture *picture, TideRole role, double alpha)
{
  TideColour colour = tide_palette_get (picture->scheme, role);

  tide_picture_set_colour (picture, tide_colour_with_alpha (colour, colour.alpha * alpha));
}

static PangoLayout *
make_layout (const TidePicture *picture, const char *text, double size, bool bold)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (picture->widget, text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (size / BASE_SIZE));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

double
tide_picture_text_width (const TidePicture *picture, const char *text, double size, bool bold)
{
  g_autoptr (PangoLayout) layout = make_layout (picture, text, size, bold);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  return width;
}

double
tide_picture_text (const TidePicture *picture, const char *text, double x, double y, double align, double size,
                   bool bold)
{
  g_autoptr (PangoLayout) layout = make_layout (picture, text, size, bold);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  cairo_move_to (picture->cr, round (x - width * align), round (y - height / 2.0));
  pango_cairo_show_layout (picture->cr, layout);
  return width;
}
