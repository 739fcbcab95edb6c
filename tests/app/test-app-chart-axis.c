/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shared time axis: what follows now, what a person holds, and what is told to the panes.
 */
#include "app-chart.h"

#include <math.h>

#define MINUTE 60e6

typedef struct
{
  guint n, n_by_user;
} Told;

static void
on_range (TideChartAxis *axis, gboolean by_user, Told *told)
{
  told->n++;
  told->n_by_user += by_user ? 1 : 0;
}

static void
assert_range (TideChartAxis *axis, double from, double to)
{
  double is_from, is_to;

  tide_chart_axis_get_range (axis, &is_from, &is_to);
  g_assert_cmpfloat (fabs (is_from - from), <, 1);
  g_assert_cmpfloat (fabs (is_to - to), <, 1);
}

static void
test_live (void)
{
  g_autoptr (TideChartAxis) axis = tide_chart_axis_new (NULL);
  Told told = { 0 };

  g_signal_connect (axis, "range-changed", G_CALLBACK (on_range), &told);
  tide_chart_axis_set_now (axis, 100 * MINUTE);
  tide_chart_axis_set_live (axis, 5 * MINUTE);
  assert_range (axis, 95 * MINUTE, 100 * MINUTE);
  g_assert_true (tide_chart_axis_is_relative (axis));
  tide_chart_axis_set_now (axis, 101 * MINUTE);
  assert_range (axis, 96 * MINUTE, 101 * MINUTE);
  g_assert_cmpuint (told.n, ==, 2);
  tide_chart_axis_set_now (axis, 101 * MINUTE);
  g_assert_cmpuint (told.n, ==, 2);

  tide_chart_axis_set_paused (axis, true);
  g_assert_false (tide_chart_axis_is_relative (axis));
  tide_chart_axis_set_now (axis, 110 * MINUTE);
  assert_range (axis, 96 * MINUTE, 101 * MINUTE);
  tide_chart_axis_set_paused (axis, false);
  assert_range (axis, 105 * MINUTE, 110 * MINUTE);

  /* A zoom stays while the stream goes on behind it. */
  tide_chart_axis_zoom (axis, 106 * MINUTE, 107 * MINUTE);
  tide_chart_axis_set_now (axis, 120 * MINUTE);
  assert_range (axis, 106 * MINUTE, 107 * MINUTE);
  g_assert_false (tide_chart_axis_is_relative (axis));
  g_assert_cmpuint (told.n_by_user, ==, 1);
  /* There is nothing to see after now. */
  tide_chart_axis_pan (axis, 500 * MINUTE);
  assert_range (axis, 119 * MINUTE, 120 * MINUTE);
  tide_chart_axis_reset (axis);
  assert_range (axis, 115 * MINUTE, 120 * MINUTE);
  g_assert_true (tide_chart_axis_is_relative (axis));
}

static void
test_home (void)
{
  g_autoptr (TideChartAxis) axis = tide_chart_axis_new (NULL);

  tide_chart_axis_set_home (axis, 0, 100 * MINUTE);
  assert_range (axis, 0, 100 * MINUTE);
  tide_chart_axis_scale (axis, 50 * MINUTE, 0.5);
  assert_range (axis, 25 * MINUTE, 75 * MINUTE);
  tide_chart_axis_pan (axis, 10 * MINUTE);
  assert_range (axis, 35 * MINUTE, 85 * MINUTE);
  tide_chart_axis_set_home (axis, 0, 200 * MINUTE);
  assert_range (axis, 35 * MINUTE, 85 * MINUTE);
  tide_chart_axis_reset (axis);
  assert_range (axis, 0, 200 * MINUTE);
  /* Nonsense changes nothing. */
  tide_chart_axis_set_home (axis, 5, 5);
  tide_chart_axis_zoom (axis, NAN, 7);
  assert_range (axis, 0, 200 * MINUTE);
  g_assert_false (tide_chart_axis_is_zoomed (axis));
}

static void
test_bounds (void)
{
  g_autoptr (TideChartAxis) axis = tide_chart_axis_new (NULL);

  tide_chart_axis_set_home (axis, 0, 100 * MINUTE);
  tide_chart_axis_set_bounds (axis, 0, 100 * MINUTE, MINUTE);
  tide_chart_axis_zoom (axis, 90 * MINUTE, 110 * MINUTE);
  assert_range (axis, 80 * MINUTE, 100 * MINUTE);
  tide_chart_axis_pan (axis, -500 * MINUTE);
  assert_range (axis, 0, 20 * MINUTE);
  for (int i = 0; i < 50; i++)
    tide_chart_axis_scale (axis, 5 * MINUTE, 0.5);
  assert_range (axis, 4.75 * MINUTE, 5.75 * MINUTE);
  for (int i = 0; i < 50; i++)
    tide_chart_axis_scale (axis, 5 * MINUTE, 2);
  assert_range (axis, 0, 100 * MINUTE);
}

static void
on_notify (GObject *object, GParamSpec *pspec, guint *n)
{
  (*n)++;
}

static void
test_crosshair (void)
{
  g_autoptr (TideChartAxis) axis = tide_chart_axis_new (NULL);
  guint n = 0;

  g_signal_connect (axis, "notify::crosshair", G_CALLBACK (on_notify), &n);
  g_assert_true (isnan (tide_chart_axis_get_crosshair (axis)));
  tide_chart_axis_set_crosshair (axis, NAN);
  g_assert_cmpuint (n, ==, 0);
  tide_chart_axis_set_crosshair (axis, 5);
  tide_chart_axis_set_crosshair (axis, 5);
  g_assert_cmpuint (n, ==, 1);
  g_object_set (axis, "crosshair", NAN, NULL);
  g_assert_cmpuint (n, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/chart-axis/live", test_live);
  g_test_add_func ("/app/chart-axis/home", test_home);
  g_test_add_func ("/app/chart-axis/bounds", test_bounds);
  g_test_add_func ("/app/chart-axis/crosshair", test_crosshair);
  return g_test_run ();
}
