/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns over names: the chosen version as columns, the one it is compared with as ticks across them, with the change
 * in words over what changed. What does not fit is left out, the change first, then names: the table has all of it. */
#include "app-result-bars.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app-format.h"
#include "app-mark.h"
#include "app-ticks.h"

#define GUTTER 44
#define ABOVE 18
#define BELOW 20
#define MOST_TICKS 4
#define LABEL_GAP 8

struct _TideResultBars
{
  GtkWidget parent_instance;

  TideResultDiff *diff;
  int value;
};

G_DEFINE_FINAL_TYPE (TideResultBars, tide_result_bars, GTK_TYPE_WIDGET)

typedef struct
{
  TideResultBars *self;
  cairo_t *cr;
  TideScheme scheme;
  double left, top, width, height;
  TideValueTicks ticks;
} Picture;

static void
set_source (const Picture *picture, TideRole role)
{
  TideColour colour = tide_palette_get (picture->scheme, role);

  cairo_set_source_rgba (picture->cr, colour.red, colour.green, colour.blue, colour.alpha);
}

static double
y_of (const Picture *picture, double value)
{
  return picture->top + (picture->ticks.hi - value) / (picture->ticks.hi - picture->ticks.lo) * picture->height;
}

/* @most: of its width, then it is ellipsized; 0: any. Returns the width; with @draw FALSE only that. */
static double
put_text (const Picture *picture, const char *text, double x, double y, double align, double most, bool bold, bool draw)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (picture->self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  int width, height;

  pango_attr_list_insert (attributes, pango_attr_scale_new (11.0 / 14.667));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_get_pixel_size (layout, &width, &height);
  if (most > 0 && width > most)
    {
      pango_layout_set_width (layout, (int) (most * PANGO_SCALE));
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      width = (int) most;
    }
  if (draw)
    {
      cairo_move_to (picture->cr, round (x - width * align), round (y - height / 2.0));
      pango_cairo_show_layout (picture->cr, layout);
    }
  return width;
}

static bool
get_range (const TideResultDiff *diff, guint value, double *ret_lo, double *ret_hi)
{
  double lo = 0, hi = 0;

  for (guint i = 0; i < diff->rows->len; i++)
    {
      const TideResultRow *row = tide_result_diff_get_row (diff, i);
      double now = tide_result_cell_number (tide_result_diff_get_now (diff, row, value));
      double before = tide_result_cell_number (tide_result_diff_get_before (diff, row, value));

      lo = fmin (lo, fmin (now, before)); /* fmin and fmax leave NAN out */
      hi = fmax (hi, fmax (now, before));
    }
  *ret_lo = lo;
  *ret_hi = hi;
  return hi > lo;
}

static void
draw_grid (const Picture *picture)
{
  for (guint i = 0; i < picture->ticks.n; i++)
    {
      double value = tide_value_ticks_get (&picture->ticks, i), y = round (y_of (picture, value));
      g_autofree char *label = tide_format_tick (value, picture->ticks.step);

      set_source (picture, value == 0 ? TIDE_ROLE_AXIS : TIDE_ROLE_GRID);
      cairo_rectangle (picture->cr, picture->left, y, picture->width, 1);
      cairo_fill (picture->cr);
      set_source (picture, TIDE_ROLE_DIM);
      put_text (picture, label, picture->left - 8, y, 1, 0, false, true);
    }
}

static char *
note_of (const TideResultDiff *diff, const TideResultRow *row, double now, double before)
{
  if (row->change == TIDE_ROW_NEW && diff->before != NULL)
    return g_strdup (_ ("new"));
  if (row->change == TIDE_ROW_GONE)
    return g_strdup (_ ("gone"));
  return row->change == TIDE_ROW_CHANGED && now != before ? tide_format_change (now, before, false) : NULL;
}

static void
draw_bar (const Picture *picture, const TideResultRow *row, double x, double slot)
{
  const TideResultDiff *diff = picture->self->diff;
  guint value = (guint) picture->self->value;
  double now = tide_result_cell_number (tide_result_diff_get_now (diff, row, value));
  double before = tide_result_cell_number (tide_result_diff_get_before (diff, row, value));
  double width = MAX (MIN (floor (slot * 0.7), 48), 2), left = round (x - width / 2), zero = round (y_of (picture, 0));
  g_autofree char *note = note_of (diff, row, now, before), *label = tide_result_row_label (diff, row);

  if (!isnan (now))
    {
      set_source (picture, TIDE_ROLE_BATCH);
      cairo_rectangle (picture->cr, left, MIN (zero, y_of (picture, now)), width, fabs (zero - y_of (picture, now)));
      cairo_fill (picture->cr);
    }
  if (!isnan (before))
    {
      set_source (picture, TIDE_ROLE_FOREGROUND);
      cairo_rectangle (picture->cr, left - 3, round (y_of (picture, before)) - 1, width + 6, 2);
      cairo_fill (picture->cr);
    }
  if (note != NULL && put_text (picture, note, 0, 0, 0, 0, true, false) < slot - 2)
    {
      set_source (picture, TIDE_ROLE_FOREGROUND);
      put_text (picture, note, x, y_of (picture, fmax (now, before)) - 10, 0.5, 0, true, true);
    }
  set_source (picture, TIDE_ROLE_DIM);
  if (slot >= 30)
    put_text (picture, label, x, picture->top + picture->height + BELOW / 2.0, 0.5, slot - LABEL_GAP, false, true);
}

static void
tide_result_bars_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideResultBars *self = TIDE_RESULT_BARS (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  Picture picture = { .self = self, .scheme = tide_app_scheme (), .left = GUTTER, .top = ABOVE, .width = width - GUTTER,
                      .height = height - ABOVE - BELOW };
  double lo, hi, slot;

  if (self->diff == NULL || width < 2 * GUTTER || height < 2 * (ABOVE + BELOW)
      || !get_range (self->diff, (guint) self->value, &lo, &hi))
    return;
  picture.ticks = tide_ticks_for_values (lo, hi, MOST_TICKS);
  picture.ticks.lo = MIN (picture.ticks.lo, lo);
  if (lo == 0)
    picture.ticks.lo = 0;
  picture.cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  draw_grid (&picture);
  slot = picture.width / self->diff->rows->len;
  for (guint i = 0; i < self->diff->rows->len; i++)
    draw_bar (&picture, tide_result_diff_get_row (self->diff, i), picture.left + (i + 0.5) * slot, slot);
  cairo_destroy (picture.cr);
}

static void
tide_result_bars_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 2 * GUTTER : 100;
}

static void
tide_result_bars_finalize (GObject *object)
{
  g_clear_pointer (&TIDE_RESULT_BARS (object)->diff, tide_result_diff_unref);
  G_OBJECT_CLASS (tide_result_bars_parent_class)->finalize (object);
}

static void
tide_result_bars_class_init (TideResultBarsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_result_bars_finalize;
  widget_class->snapshot = tide_result_bars_snapshot;
  widget_class->measure = tide_result_bars_measure;
  gtk_widget_class_set_css_name (widget_class, "resultbars");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
tide_result_bars_init (TideResultBars *self)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  self->value = -1;
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
tide_result_bars_new (void)
{
  return g_object_new (TIDE_TYPE_RESULT_BARS, NULL);
}

static void
describe (TideResultBars *self)
{
  const char *name = tide_result_diff_get_column (self->diff, (guint) self->value)->name;
  g_autofree char *text = g_strdup_printf (ngettext ("Columns of %s, %u row; the table below has the values",
                                                     "Columns of %s, %u rows; the table below has the values",
                                                     self->diff->rows->len),
                                           name, self->diff->rows->len);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
tide_result_bars_set (TideResultBars *self, TideResultDiff *diff, int value)
{
  if (diff != NULL)
    tide_result_diff_ref (diff);
  g_clear_pointer (&self->diff, tide_result_diff_unref);
  self->diff = diff;
  self->value = value;
  if (diff != NULL)
    describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
