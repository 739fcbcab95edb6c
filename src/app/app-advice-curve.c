/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The advisor's curve. Costs and errors span decades, so both axes are logarithmic; an error of nothing lies on the
 * floor. Points that meet tolerance and objective are full, the others hollow, and those seen too rarely are joined by a
 * dashed line: their error is an upper bound. Limit: dozens of points, not thousands. */
#include "app-advice-curve.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-curve-private.h"
#include "app-format.h"

#define GRAB 8.0
#define STEP 1.1

G_DEFINE_FINAL_TYPE (TideAdviceCurve, tide_advice_curve, GTK_TYPE_WIDGET)

enum
{
  TOLERANCE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* Scales */

static void
widen (double *lo, double *hi, double value)
{
  if (!(value > 0) || !isfinite (value))
    return;
  *lo = fmin (*lo, value);
  *hi = fmax (*hi, value);
}

static void
set_ranges (TideAdviceCurve *self)
{
  const TideAdvice *advice = &self->what_if.advice;
  double lo = INFINITY, hi = 0, cheap = INFINITY, dear = 0;

  for (guint i = 0; i < advice->n_points; i++)
    {
      widen (&lo, &hi, advice->points[i].error);
      widen (&cheap, &dear, advice->points[i].usd_per_h * self->exchange);
    }
  widen (&lo, &hi, advice->tolerance);
  widen (&lo, &hi, advice->noise);
  widen (&cheap, &dear, advice->now.usd_per_h * self->exchange);
  if (hi == 0)
    lo = hi = 0.01;
  if (dear == 0)
    cheap = dear = 0.01;
  lo = fmax (lo, fmax (hi * 1e-5, advice->noise > 0 ? advice->noise / 3 : 0)) / 1.3; /* less is noise */
  self->error_lo = pow (10, floor (log10 (lo)));
  self->error_hi = fmax (hi * 3, self->error_lo * 100);
  self->cost_lo = cheap / (dear / cheap < 3 ? 1.8 : 1.25);
  self->cost_hi = dear * (dear / cheap < 3 ? 1.8 : 1.35);
}

double
tide_curve_x (const TideAdviceCurve *self, double cost)
{
  double width = gtk_widget_get_width ((GtkWidget *) self) - TIDE_CURVE_LEFT - TIDE_CURVE_RIGHT;

  cost = CLAMP (cost, self->cost_lo, self->cost_hi);
  return TIDE_CURVE_LEFT + log (cost / self->cost_lo) / log (self->cost_hi / self->cost_lo) * width;
}

double
tide_curve_y (const TideAdviceCurve *self, double error)
{
  double height = gtk_widget_get_height ((GtkWidget *) self) - TIDE_CURVE_TOP - TIDE_CURVE_BOTTOM - TIDE_CURVE_FLOOR;

  error = error > 0 ? CLAMP (error, self->error_lo, self->error_hi) : self->error_lo;
  return TIDE_CURVE_TOP + height - log (error / self->error_lo) / log (self->error_hi / self->error_lo) * height;
}

static double
error_at (const TideAdviceCurve *self, double y)
{
  double height = gtk_widget_get_height ((GtkWidget *) self) - TIDE_CURVE_TOP - TIDE_CURVE_BOTTOM - TIDE_CURVE_FLOOR;

  return self->error_lo * pow (self->error_hi / self->error_lo, (TIDE_CURVE_TOP + height - y) / height);
}

/* Two figures are enough for a tolerance. */
static double
round_error (double error)
{
  double unit = pow (10, floor (log10 (error)) - 1);

  return rint (error / unit) * unit;
}

/* Input */

static void
set_tolerance (TideAdviceCurve *self, double tolerance)
{
  g_signal_emit (self, signals[TOLERANCE], 0, CLAMP (round_error (tolerance), 1e-6, 1.0));
}

static bool
is_at_line (TideAdviceCurve *self, double x, double y)
{
  return self->has_advice && x >= TIDE_CURVE_LEFT
         && fabs (y - tide_curve_y (self, self->what_if.advice.tolerance)) <= GRAB;
}

static void
on_begin (GtkGestureDrag *gesture, double x, double y, TideAdviceCurve *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->is_dragging = is_at_line (self, x, y);
  gtk_gesture_set_state (GTK_GESTURE (gesture), self->is_dragging ? GTK_EVENT_SEQUENCE_CLAIMED : GTK_EVENT_SEQUENCE_DENIED);
}

static void
on_drag (GtkGestureDrag *gesture, double dx, double dy, TideAdviceCurve *self)
{
  double x, y;

  if (self->is_dragging && gtk_gesture_drag_get_start_point (gesture, &x, &y))
    set_tolerance (self, error_at (self, CLAMP (y + dy, TIDE_CURVE_TOP,
                                                gtk_widget_get_height (GTK_WIDGET (self)) - TIDE_CURVE_BOTTOM)));
}

static void
on_end (GtkGestureDrag *gesture, double dx, double dy, TideAdviceCurve *self)
{
  self->is_dragging = false;
  set_ranges (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, TideAdviceCurve *self)
{
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), is_at_line (self, x, y) ? "ns-resize" : NULL);
}

/* ↑ and ↓ move the tolerance, ← and → step through the intervals. */
static gboolean
on_key (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, TideAdviceCurve *self)
{
  double tolerance = self->what_if.advice.tolerance;

  if (!self->has_advice)
    return GDK_EVENT_PROPAGATE;
  if (key == GDK_KEY_Up || key == GDK_KEY_Down)
    {
      set_tolerance (self, key == GDK_KEY_Up ? tolerance * STEP : tolerance / STEP);
      return GDK_EVENT_STOP;
    }
  if (key == GDK_KEY_Left || key == GDK_KEY_Right)
    self->at = self->at < 0 ? MAX (self->what_if.advice.advised, 0)
                            : CLAMP (self->at + (key == GDK_KEY_Left ? 1 : -1), 0, (int) self->what_if.advice.n_points - 1);
  else if (key == GDK_KEY_Escape && self->at >= 0)
    self->at = -1;
  else
    return GDK_EVENT_PROPAGATE;
  tide_curve_describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return GDK_EVENT_STOP;
}

/* The object */

static void
tide_advice_curve_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                           int *minimum_baseline, int *natural_baseline)
{
  bool across = orientation == GTK_ORIENTATION_HORIZONTAL;

  *minimum = across ? 280 : 300;
  *natural = across ? 600 : 330;
}

static void
tide_advice_curve_finalize (GObject *object)
{
  g_free (TIDE_ADVICE_CURVE (object)->currency);
  G_OBJECT_CLASS (tide_advice_curve_parent_class)->finalize (object);
}

static void
tide_advice_curve_class_init (TideAdviceCurveClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_advice_curve_finalize;
  widget_class->snapshot = tide_curve_snapshot;
  widget_class->measure = tide_advice_curve_measure;
  signals[TOLERANCE] = g_signal_new ("tolerance", TIDE_TYPE_ADVICE_CURVE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  gtk_widget_class_set_css_name (widget_class, "chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
tide_advice_curve_init (TideAdviceCurve *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new (), *keys = gtk_event_controller_key_new ();

  self->at = -1;
  self->exchange = 1;
  set_ranges (self);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_end), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  tide_picture_watch_style (GTK_WIDGET (self));
}

void
tide_advice_curve_set (TideAdviceCurve *self, const TideWhatIf *what_if, const char *currency, double exchange)
{
  self->has_advice = what_if != NULL;
  if (what_if != NULL)
    self->what_if = *what_if;
  self->what_if.advice.why = NULL;
  g_free (self->currency);
  self->currency = g_strdup (currency);
  self->exchange = exchange;
  if (!self->is_dragging) /* scales hold still under the pointer */
    set_ranges (self);
  tide_curve_describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
