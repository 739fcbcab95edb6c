/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pointer and keys. Everything a pointer can do has a key: ← → step the crosshair (Shift: by ten), + and −
 * zoom around it, Page Up and Page Down pan, Home shows all, 1 to 9 switch series, Enter activates, Escape
 * ends. In a card the wheel scrolls the pane as it does beside it, and pans only sideways or with Shift.
 */
#include "app-chart-private.h"

#include <math.h>

#define LEAST_DRAG 5
#define ZOOM_STEP 1.25
#define PAN_STEP 0.1
#define LIMIT_REACH 6

static bool
is_in_plot (TideChart *self, double x, double y)
{
  return graphene_rect_contains_point (&self->plot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
}

static int
label_at (TideChart *self, double x, double y)
{
  for (guint i = 0; i < self->labels->len; i++)
    {
      const TideChartLabel *label = &g_array_index (self->labels, TideChartLabel, i);

      if (graphene_rect_contains_point (&label->area, &GRAPHENE_POINT_INIT ((float) x, (float) y)))
        return (int) label->series;
    }
  return -1;
}

/* y of the limit that can be moved; NAN: there is none. */
static double
limit_y (TideChart *self)
{
  guint n = 0;
  const TideChartLimit *limits = self->limit_moves && self->data != NULL ? tide_chart_data_get_limits (self->data, &n) : NULL;

  return n > 0 && self->has_values ? tide_chart_y (self, limits[0].value) : NAN;
}

static void
move_limit (TideChart *self, double y, bool done)
{
  double lo = tide_chart_y (self, self->value_lo), hi = tide_chart_y (self, self->value_hi);

  if (lo - hi > 1)
    g_signal_emit_by_name (self, "limit-moved", self->value_lo + (lo - y) / (lo - hi) * (self->value_hi - self->value_lo), done);
}

static bool
is_on_pill (TideChart *self, double x, double y)
{
  return self->pill.size.width > 0
         && graphene_rect_contains_point (&self->pill, &GRAPHENE_POINT_INIT ((float) x, (float) y));
}

static void
set_crosshair_at (TideChart *self, double x)
{
  double time;

  if (self->data != NULL && self->has_range
      && tide_chart_data_get_nearest (self->data, tide_chart_time (self, x), &time))
    tide_chart_axis_set_crosshair (self->axis, CLAMP (time, self->from, self->to));
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, TideChart *self)
{
  bool is_button = label_at (self, x, y) >= 0 || is_on_pill (self, x, y);
  bool is_limit = is_in_plot (self, x, y) && fabs (limit_y (self) - y) <= LIMIT_REACH;

  self->pointer_x = x;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), is_button ? "pointer" : is_limit ? "ns-resize" : NULL);
  if (is_in_plot (self, x, y))
    set_crosshair_at (self, x);
  else
    tide_chart_axis_set_crosshair (self->axis, NAN);
}

static void
on_leave (GtkEventControllerMotion *motion, TideChart *self)
{
  self->pointer_x = NAN;
  tide_chart_axis_set_crosshair (self->axis, NAN);
}

static double
clamp_to_plot (TideChart *self, double x)
{
  return CLAMP (x, self->plot.origin.x, self->plot.origin.x + self->plot.size.width);
}

static void
end_drag (TideChart *self)
{
  self->drag_from = self->drag_to = NAN;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, TideChart *self)
{
  double at = limit_y (self);

  self->limit_from = is_in_plot (self, x, y) && fabs (at - y) <= LIMIT_REACH ? at : NAN;
}

static void
on_drag_update (GtkGestureDrag *gesture, double offset_x, double offset_y, TideChart *self)
{
  double x, y;

  if (!isnan (self->limit_from))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      move_limit (self, self->limit_from + offset_y, false);
      return;
    }
  if (!gtk_gesture_drag_get_start_point (gesture, &x, &y) || !is_in_plot (self, x, y)
      || (isnan (self->drag_from) && fabs (offset_x) < LEAST_DRAG))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->drag_from = clamp_to_plot (self, x);
  self->drag_to = clamp_to_plot (self, x + offset_x);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_drag_end (GtkGestureDrag *gesture, double offset_x, double offset_y, TideChart *self)
{
  double from = MIN (self->drag_from, self->drag_to), to = MAX (self->drag_from, self->drag_to);

  if (!isnan (self->limit_from))
    {
      if (fabs (offset_y) >= 1)
        move_limit (self, self->limit_from + offset_y, true);
      self->limit_from = NAN;
      return;
    }
  if (isnan (self->drag_from))
    return;
  end_drag (self);
  if (to - from >= LEAST_DRAG)
    tide_chart_axis_zoom (self->axis, tide_chart_time (self, from), tide_chart_time (self, to));
}

static void
on_cancel (GtkGesture *gesture, GdkEventSequence *sequence, TideChart *self)
{
  end_drag (self);
}

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, TideChart *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (n_press == 2 && is_in_plot (self, x, y))
    tide_chart_axis_reset (self->axis);
}

static void
on_released (GtkGestureClick *gesture, int n_press, double x, double y, TideChart *self)
{
  int series = label_at (self, x, y);
  double time;

  if (n_press != 1 || !isnan (self->drag_from))
    return;
  if (is_on_pill (self, x, y))
    g_signal_emit_by_name (self, "cut-activated");
  else if (series >= 0)
    tide_chart_toggle (self, (guint) series);
  else if (is_in_plot (self, x, y) && self->data != NULL
           && tide_chart_data_get_nearest (self->data, tide_chart_time (self, x), &time))
    g_signal_emit_by_name (self, "activated", time);
}

static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, TideChart *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  double anchor = isnan (self->pointer_x) ? self->plot.origin.x + self->plot.size.width / 2 : self->pointer_x;
  double steps = dx;

  if (!self->has_range)
    return GDK_EVENT_PROPAGATE;
  if (state & GDK_CONTROL_MASK)
    {
      tide_chart_axis_scale (self->axis, tide_chart_time (self, clamp_to_plot (self, anchor)), pow (ZOOM_STEP, dy));
      return GDK_EVENT_STOP;
    }
  if (self->hero || (state & GDK_SHIFT_MASK))
    steps += dy;
  if (steps == 0)
    return GDK_EVENT_PROPAGATE;
  tide_chart_axis_pan (self->axis, steps * PAN_STEP * (self->to - self->from));
  return GDK_EVENT_STOP;
}

/* From where the crosshair is, else from the newest in view. */
static void
step_crosshair (TideChart *self, int steps)
{
  double time = tide_chart_axis_get_crosshair (self->axis), at;

  if (self->data == NULL)
    return;
  if (isnan (time) || time < self->from || time > self->to)
    {
      time = self->to;
      steps = 0;
    }
  if (tide_chart_data_step (self->data, time, steps, &at) && at >= self->from && at <= self->to)
    tide_chart_axis_set_crosshair (self->axis, at);
  else if (steps == 0 && tide_chart_data_step (self->data, time, -1, &at) && at >= self->from)
    tide_chart_axis_set_crosshair (self->axis, at);
}

static double
zoom_anchor (TideChart *self)
{
  double time = tide_chart_axis_get_crosshair (self->axis);

  return isnan (time) || time < self->from || time > self->to ? (self->from + self->to) / 2 : time;
}

static void
activate_at_crosshair (TideChart *self)
{
  double time = tide_chart_axis_get_crosshair (self->axis);

  if (!isnan (time))
    g_signal_emit_by_name (self, "activated", time);
  else if (self->pill.size.width > 0)
    g_signal_emit_by_name (self, "cut-activated");
}

static gboolean
on_escape (TideChart *self)
{
  /* Nothing to end here: the key may close a window. */
  if (isnan (self->drag_from) && isnan (tide_chart_axis_get_crosshair (self->axis)))
    return GDK_EVENT_PROPAGATE;
  end_drag (self);
  tide_chart_axis_set_crosshair (self->axis, NAN);
  return GDK_EVENT_STOP;
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, TideChart *self)
{
  int stride = state & GDK_SHIFT_MASK ? 10 : 1;

  if ((state & GDK_ALT_MASK) && !isnan (limit_y (self)) && (key == GDK_KEY_Up || key == GDK_KEY_Down))
    {
      move_limit (self, limit_y (self) + (key == GDK_KEY_Up ? -1 : 1) * stride, true);
      return GDK_EVENT_STOP;
    }
  /* Time runs to the right in every language: the arrows are not mirrored. */
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      step_crosshair (self, -stride);
      break;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      step_crosshair (self, stride);
      break;
    case GDK_KEY_Escape:
      return on_escape (self);
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      tide_chart_axis_reset (self->axis);
      break;
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      tide_chart_axis_scale (self->axis, zoom_anchor (self), 1 / ZOOM_STEP);
      break;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      tide_chart_axis_scale (self->axis, zoom_anchor (self), ZOOM_STEP);
      break;
    case GDK_KEY_Page_Up:
      tide_chart_axis_pan (self->axis, -(self->to - self->from) / 2);
      break;
    case GDK_KEY_Page_Down:
      tide_chart_axis_pan (self->axis, (self->to - self->from) / 2);
      break;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      activate_at_crosshair (self);
      break;
    case GDK_KEY_t:
    case GDK_KEY_T:
      tide_chart_show_values (self);
      break;
    default:
      if (key < GDK_KEY_1 || key > GDK_KEY_9)
        return GDK_EVENT_PROPAGATE;
      tide_chart_toggle (self, key - GDK_KEY_1);
    }
  return GDK_EVENT_STOP;
}

void
tide_chart_init_input (TideChart *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkEventController *key = gtk_event_controller_key_new ();
  GtkGesture *drag = gtk_gesture_drag_new (), *click = gtk_gesture_click_new ();

  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  g_signal_connect (key, "key-pressed", G_CALLBACK (on_key), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  g_signal_connect (drag, "cancel", G_CALLBACK (on_cancel), self);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  g_signal_connect (click, "released", G_CALLBACK (on_released), self);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, key);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
}
