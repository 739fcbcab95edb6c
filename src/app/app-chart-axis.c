/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The time axis that the charts of a pane share, so that zoom, pan, pause and crosshair are one for all of
 * them. It holds times only and knows no widget. A zoom stays until it is reset; now and home move on behind
 * it.
 */
#include "app-chart.h"
#include "app-format.h"

#include <math.h>

struct _TideChartAxis
{
  GObject parent_instance;
  GTimeZone *zone;
  double home_from, home_to; /* NAN: none yet */
  double span_us;            /* > 0: live */
  double now;
  double from, to;           /* visible */
  double bound_from, bound_to, shortest_us;
  double crosshair;
  bool zoomed, paused;
};

G_DEFINE_FINAL_TYPE (TideChartAxis, tide_chart_axis, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PAUSED,
  PROP_ZOOMED,
  PROP_RELATIVE,
  PROP_CROSSHAIR,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];
static guint range_changed_signal;

static void
show (TideChartAxis *self, double from, double to, bool by_user)
{
  if (from == self->from && to == self->to)
    return;
  self->from = from;
  self->to = to;
  g_signal_emit (self, range_changed_signal, 0, (gboolean) by_user);
}

/* Back to now or home, unless something holds it. */
static void
follow (TideChartAxis *self, bool by_user)
{
  if (self->zoomed)
    return;
  if (self->span_us > 0)
    {
      if (!self->paused || by_user)
        show (self, self->now - self->span_us, self->now, by_user);
    }
  else if (!isnan (self->home_from))
    show (self, self->home_from, self->home_to, by_user);
}

static void
set_zoomed (TideChartAxis *self, bool zoomed)
{
  if (self->zoomed == zoomed)
    return;
  self->zoomed = zoomed;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOMED]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RELATIVE]);
}

static void
tide_chart_axis_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TideChartAxis *self = TIDE_CHART_AXIS (object);

  switch (id)
    {
    case PROP_PAUSED:
      g_value_set_boolean (value, self->paused);
      break;
    case PROP_ZOOMED:
      g_value_set_boolean (value, self->zoomed);
      break;
    case PROP_RELATIVE:
      g_value_set_boolean (value, tide_chart_axis_is_relative (self));
      break;
    case PROP_CROSSHAIR:
      g_value_set_double (value, self->crosshair);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
tide_chart_axis_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  TideChartAxis *self = TIDE_CHART_AXIS (object);

  switch (id)
    {
    case PROP_PAUSED:
      tide_chart_axis_set_paused (self, g_value_get_boolean (value));
      break;
    case PROP_CROSSHAIR:
      tide_chart_axis_set_crosshair (self, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
tide_chart_axis_finalize (GObject *object)
{
  TideChartAxis *self = TIDE_CHART_AXIS (object);

  g_time_zone_unref (self->zone);
  G_OBJECT_CLASS (tide_chart_axis_parent_class)->finalize (object);
}

static void
tide_chart_axis_class_init (TideChartAxisClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = tide_chart_axis_get_property;
  object_class->set_property = tide_chart_axis_set_property;
  object_class->finalize = tide_chart_axis_finalize;
  properties[PROP_PAUSED] = g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags | G_PARAM_READWRITE);
  properties[PROP_ZOOMED] = g_param_spec_boolean ("zoomed", NULL, NULL, FALSE, flags | G_PARAM_READABLE);
  properties[PROP_RELATIVE] = g_param_spec_boolean ("relative", NULL, NULL, FALSE, flags | G_PARAM_READABLE);
  properties[PROP_CROSSHAIR] = g_param_spec_double ("crosshair", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0,
                                                    flags | G_PARAM_READWRITE | G_PARAM_LAX_VALIDATION);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  range_changed_signal = g_signal_new ("range-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
tide_chart_axis_init (TideChartAxis *self)
{
  self->zone = tide_format_get_zone ();
  self->home_from = self->home_to = self->crosshair = NAN;
  self->bound_from = -INFINITY;
  self->bound_to = INFINITY;
  self->shortest_us = (double) TIDE_SECOND;
}

TideChartAxis *
tide_chart_axis_new (GTimeZone *zone)
{
  TideChartAxis *self = g_object_new (TIDE_TYPE_CHART_AXIS, NULL);

  if (zone != NULL)
    tide_chart_axis_set_zone (self, zone);
  return self;
}

void
tide_chart_axis_set_zone (TideChartAxis *self, GTimeZone *zone)
{
  g_time_zone_ref (zone);
  g_time_zone_unref (self->zone);
  self->zone = zone;
  g_signal_emit (self, range_changed_signal, 0, FALSE);
}

GTimeZone *
tide_chart_axis_get_zone (TideChartAxis *self)
{
  return self->zone;
}

void
tide_chart_axis_set_home (TideChartAxis *self, double from, double to)
{
  if (!(from < to))
    return;
  self->span_us = 0;
  self->home_from = from;
  self->home_to = to;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RELATIVE]);
  follow (self, false);
}

void
tide_chart_axis_set_live (TideChartAxis *self, double span_us)
{
  self->span_us = MAX (span_us, self->shortest_us);
  if (self->now == 0)
    self->now = (double) g_get_real_time ();
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RELATIVE]);
  follow (self, false);
}

void
tide_chart_axis_set_now (TideChartAxis *self, double now)
{
  self->now = now;
  follow (self, false);
}

void
tide_chart_axis_get_range (TideChartAxis *self, double *ret_from, double *ret_to)
{
  *ret_from = self->from;
  *ret_to = self->to;
}

/**
 * tide_chart_axis_zoom:
 *
 * What a person asked to see, kept within the bounds.
 *
 * Thread: main.
 */
void
tide_chart_axis_zoom (TideChartAxis *self, double from, double to)
{
  double span = MAX (to - from, self->shortest_us);
  double middle = (from + to) / 2;
  /* A live axis has no future. */
  double bound_to = self->span_us > 0 ? MIN (self->bound_to, MAX (self->now, self->to)) : self->bound_to;

  if (!isfinite (from) || !isfinite (to))
    return;
  span = MIN (span, bound_to - self->bound_from);
  from = middle - span / 2;
  from = MAX (MIN (from, bound_to - span), self->bound_from);
  set_zoomed (self, true);
  show (self, from, from + span, true);
}

void
tide_chart_axis_pan (TideChartAxis *self, double delta_us)
{
  tide_chart_axis_zoom (self, self->from + delta_us, self->to + delta_us);
}

void
tide_chart_axis_scale (TideChartAxis *self, double time, double factor)
{
  double span = (self->to - self->from) * factor;

  /* At the shortest span there is nothing to do; the middle must not creep. */
  if (span < self->shortest_us && factor < 1)
    factor = self->shortest_us / (self->to - self->from);
  tide_chart_axis_zoom (self, time - (time - self->from) * factor, time + (self->to - time) * factor);
}

void
tide_chart_axis_reset (TideChartAxis *self)
{
  if (!self->zoomed)
    return;
  set_zoomed (self, false);
  follow (self, true);
}

bool
tide_chart_axis_is_zoomed (TideChartAxis *self)
{
  return self->zoomed;
}

TideDuration
tide_chart_axis_get_span (TideChartAxis *self, TideDuration home)
{
  double from, to;

  if (!self->zoomed)
    return home;
  tide_chart_axis_get_range (self, &from, &to);
  return MAX ((TideDuration) (to - from), TIDE_SECOND);
}

bool
tide_chart_axis_is_relative (TideChartAxis *self)
{
  return self->span_us > 0 && !self->paused && !self->zoomed;
}

void
tide_chart_axis_set_paused (TideChartAxis *self, bool paused)
{
  if (self->paused == paused)
    return;
  self->paused = paused;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAUSED]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RELATIVE]);
  follow (self, false);
}

void
tide_chart_axis_set_crosshair (TideChartAxis *self, double time)
{
  if (time == self->crosshair || (isnan (time) && isnan (self->crosshair)))
    return;
  self->crosshair = time;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CROSSHAIR]);
}

double
tide_chart_axis_get_crosshair (TideChartAxis *self)
{
  return self->crosshair;
}

void
tide_chart_axis_set_bounds (TideChartAxis *self, double from, double to, double shortest_us)
{
  self->bound_from = from;
  self->bound_to = to;
  self->shortest_us = MAX (shortest_us, 1);
}
