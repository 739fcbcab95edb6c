/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a pane lies in the window: never wider at least than the narrowest window, so that a person can always make the
 * window narrower; a pane learns its width only from being narrow, and rearranges itself then. What has not done so yet
 * is cut off at its end until it has. */
#include "model.h"

#include "app-pane-layout.h"

#define NARROWEST 340

struct _TidePaneLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (TidePaneLayout, tide_pane_layout, GTK_TYPE_LAYOUT_MANAGER)

static int
least_width (GtkWidget *child)
{
  int minimum;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  return minimum;
}

static void
tide_pane_layout_measure (GtkLayoutManager *layout, GtkWidget *widget, GtkOrientation orientation, int for_size,
                          int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  *minimum = *natural = 0;
  if (child == NULL)
    return;
  if (orientation == GTK_ORIENTATION_VERTICAL && for_size >= 0)
    for_size = MAX (for_size, least_width (child));
  gtk_widget_measure (child, orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = MIN (*minimum, NARROWEST);
}

static void
tide_pane_layout_allocate (GtkLayoutManager *layout, GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);
  int own, x;

  if (child == NULL || !gtk_widget_should_layout (child))
    return;
  own = MAX (width, least_width (child));
  x = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? width - own : 0;
  gtk_widget_size_allocate (child, &(GtkAllocation){ x, 0, own, height }, baseline);
}

static void
tide_pane_layout_class_init (TidePaneLayoutClass *class)
{
  GtkLayoutManagerClass *layout_class = GTK_LAYOUT_MANAGER_CLASS (class);

  layout_class->measure = tide_pane_layout_measure;
  layout_class->allocate = tide_pane_layout_allocate;
}

static void
tide_pane_layout_init (TidePaneLayout *self)
{
}
