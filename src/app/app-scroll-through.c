/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK 4.8's scrolled windows keep every turn of the wheel that happens over them, also those that they can do nothing
 * with: a page of tables would stand still under the pointer. Here the turn is seen before them, and goes to the next
 * scrolled window around that has room that way.
 * Limit: what is passed on does not go on by itself when a finger leaves the touchpad. */
#include "app-scroll-through.h"

#include <math.h>
#include <stdbool.h>

/* As a scrolled window takes them. */
#define TOUCHPAD_FACTOR 2.5

static bool
has_room (GtkScrolledWindow *scrolled, double dy)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (scrolled);
  double value = gtk_adjustment_get_value (adjustment);
  double last = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  return dy < 0 ? value > gtk_adjustment_get_lower (adjustment) + 0.5 : value < last - 0.5;
}

static GtkScrolledWindow *
get_around (GtkWidget *widget, GtkWidget *root)
{
  while (widget != NULL && widget != root && !GTK_IS_SCROLLED_WINDOW (widget))
    widget = gtk_widget_get_parent (widget);
  return GTK_IS_SCROLLED_WINDOW (widget) ? GTK_SCROLLED_WINDOW (widget) : NULL;
}

/* Of the pointer in the root; an event of the wheel has no position. */
typedef struct
{
  double x, y;
} Place;

static void
on_motion (GtkEventController *controller, double x, double y, Place *place)
{
  place->x = x;
  place->y = y;
}

static gboolean
on_scroll (GtkEventController *controller, double dx, double dy, Place *place)
{
  GtkWidget *root = gtk_event_controller_get_widget (controller);
  GtkScrolledWindow *first = get_around (gtk_widget_pick (root, place->x, place->y, GTK_PICK_DEFAULT), root), *scrolled = first;
  GtkAdjustment *adjustment;
  bool is_wheel = gtk_event_controller_scroll_get_unit (GTK_EVENT_CONTROLLER_SCROLL (controller)) == GDK_SCROLL_UNIT_WHEEL;

  if (gtk_event_controller_get_current_event_state (controller) & (GDK_CONTROL_MASK | GDK_SHIFT_MASK))
    return FALSE;
  while (scrolled != NULL && !has_room (scrolled, dy))
    scrolled = get_around (gtk_widget_get_parent (GTK_WIDGET (scrolled)), root);
  if (dy == 0 || scrolled == NULL || scrolled == first)
    return FALSE;
  adjustment = gtk_scrolled_window_get_vadjustment (scrolled);
  gtk_adjustment_set_value (adjustment,
                            gtk_adjustment_get_value (adjustment)
                              + dy * (is_wheel ? pow (gtk_adjustment_get_page_size (adjustment), 2.0 / 3) : TOUCHPAD_FACTOR));
  return TRUE;
}

void
tide_scroll_through (GtkWidget *root)
{
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  Place *place = g_new0 (Place, 1);

  g_object_set_data_full (G_OBJECT (root), "tide-pointer", place, g_free);
  gtk_event_controller_set_propagation_phase (scroll, GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (motion, GTK_PHASE_CAPTURE);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), place);
  g_signal_connect (motion, "enter", G_CALLBACK (on_motion), place);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), place);
  gtk_widget_add_controller (root, scroll);
  gtk_widget_add_controller (root, motion);
}
