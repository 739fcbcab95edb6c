/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A chart's data: nothing is copied that need not be, equal means the same picture, and the crosshair finds
 * its panes.
 */
#include "app-chart-model.h"

#include <math.h>

static const double times[] = { 10, 20, 30, 40, 50 };
static const double values[] = { 1, NAN, 3, 4, NAN };

static TideChartData *
sample (void)
{
  TideChartData *data = tide_chart_data_new ("Revenue", "EUR");

  tide_chart_data_add_series_copy (data, "1", "Berlin", TIDE_ROLE_SERIES_1, TIDE_CHART_LINE, times, values, 5);
  return data;
}

static void
test_borrowed (void)
{
  g_autoptr (GBytes) x = g_bytes_new_static (times, sizeof times);
  g_autoptr (TideChartData) data = tide_chart_data_new ("Revenue", NULL);

  tide_chart_data_add_series (data, "1", "Berlin", TIDE_ROLE_SERIES_1, TIDE_CHART_LINE, x, x);
  g_assert_true (tide_chart_data_get_series (data, 0)->x == times);
  g_assert_cmpuint (tide_chart_data_get_series (data, 0)->n, ==, 5);
}

static void
test_equal (void)
{
  g_autoptr (TideChartData) a = sample (), b = sample ();
  TideChartColumn column = { .from = 0, .to = 10, .batch = NAN, .speed = 2, .other = NAN };

  g_assert_true (tide_chart_data_equal (a, b));
  g_assert_false (tide_chart_data_equal (a, NULL));
  g_assert_true (tide_chart_data_equal (NULL, NULL));
  tide_chart_data_add_column (a, &column);
  g_assert_false (tide_chart_data_equal (a, b));
  tide_chart_data_add_column (b, &column);
  g_assert_true (tide_chart_data_equal (a, b));
  tide_chart_data_set_cut (a, TIDE_CUT_FULL, 25, 7, 3);
  g_assert_false (tide_chart_data_equal (a, b));
  tide_chart_data_set_cut (b, TIDE_CUT_FULL, 25, 7, 4);
  g_assert_false (tide_chart_data_equal (a, b));
  tide_chart_data_set_cut (b, TIDE_CUT_FULL, 25, 7, 3);
  tide_chart_data_add_band (a, TIDE_BAND_GAP, 1, 2, "gap");
  g_assert_false (tide_chart_data_equal (a, b));
  tide_chart_data_add_band (b, TIDE_BAND_GAP, 1, 2, "gap");
  g_assert_true (tide_chart_data_equal (a, b));
  tide_chart_data_add_limit (a, TIDE_LIMIT_CRITICAL, 2, NULL);
  g_assert_false (tide_chart_data_equal (a, b));
}

static bool
hides_all (const char *id, void *data)
{
  return true;
}

static void
test_ranges (void)
{
  g_autoptr (TideChartData) data = sample (), empty = tide_chart_data_new ("", NULL);
  double lo, hi;

  g_assert_true (tide_chart_data_get_time_range (data, &lo, &hi));
  g_assert_cmpfloat (lo, ==, 10);
  g_assert_cmpfloat (hi, ==, 50);
  g_assert_true (tide_chart_data_get_value_range (data, 0, 100, NULL, NULL, &lo, &hi));
  g_assert_cmpfloat (lo, ==, 1);
  g_assert_cmpfloat (hi, ==, 4);
  /* What a line crosses on its way in counts: 4 lies behind the edge. */
  g_assert_true (tide_chart_data_get_value_range (data, 28, 35, NULL, NULL, &lo, &hi));
  g_assert_cmpfloat (lo, ==, 3);
  g_assert_cmpfloat (hi, ==, 4);
  g_assert_false (tide_chart_data_get_value_range (data, 0, 100, hides_all, NULL, &lo, &hi));
  g_assert_true (tide_chart_data_is_empty (empty));
  g_assert_false (tide_chart_data_get_from_zero (data));
  tide_chart_data_add_column (data, &(TideChartColumn){ .from = 60, .to = 70, .batch = 5, .speed = 2, .other = NAN });
  g_assert_true (tide_chart_data_get_from_zero (data));
  g_assert_true (tide_chart_data_get_value_range (data, 0, 100, NULL, NULL, &lo, &hi));
  g_assert_cmpfloat (lo, ==, 0);
  g_assert_cmpfloat (hi, ==, 7);
}

static void
test_crosshair (void)
{
  g_autoptr (TideChartData) data = sample ();
  const TideChartSeries *series = tide_chart_data_get_series (data, 0);
  double time;

  g_assert_true (tide_chart_data_get_nearest (data, 26, &time));
  g_assert_cmpfloat (time, ==, 30);
  g_assert_true (tide_chart_data_get_nearest (data, -5, &time));
  g_assert_cmpfloat (time, ==, 10);
  g_assert_true (tide_chart_data_get_nearest (data, 500, &time));
  g_assert_cmpfloat (time, ==, 50);
  g_assert_true (tide_chart_data_step (data, 30, -10, &time));
  g_assert_cmpfloat (time, ==, 10);
  g_assert_true (tide_chart_data_step (data, 30, 1, &time));
  g_assert_cmpfloat (time, ==, 40);
  g_assert_cmpfloat (tide_chart_series_get_value (series, 30), ==, 3);
  g_assert_true (isnan (tide_chart_series_get_value (series, 20)));
  g_assert_true (isnan (tide_chart_series_get_value (series, 31)));
  g_assert_cmpint (tide_chart_series_get_last (series, 100), ==, 3);
  g_assert_cmpint (tide_chart_series_get_last (series, 39), ==, 2);
  g_assert_cmpint (tide_chart_series_get_last (series, 5), ==, -1);
}

/* Over columns it stands on the pane that the pointer is in, not on the nearest start. */
static void
test_column_crosshair (void)
{
  g_autoptr (TideChartData) data = tide_chart_data_new ("Revenue", "EUR");
  double time;

  for (int i = 0; i < 5; i++)
    tide_chart_data_add_column (data, &(TideChartColumn){ .from = i * 10, .to = i * 10 + 10, .batch = i, .speed = NAN, .other = NAN });
  g_assert_true (tide_chart_data_get_nearest (data, 29, &time));
  g_assert_cmpfloat (time, ==, 20);
  g_assert_true (tide_chart_data_get_nearest (data, 20, &time));
  g_assert_cmpfloat (time, ==, 20);
  g_assert_true (tide_chart_data_get_nearest (data, 999, &time));
  g_assert_cmpfloat (time, ==, 40);
}

static void
test_stack (void)
{
  static const double other[] = { 10, 20, 30, 40, 50 };
  g_autoptr (TideChartData) data = tide_chart_data_new ("Cost", "USD/h");
  const TideChartSeries *top;
  double lo, hi;

  tide_chart_data_add_series_copy (data, "a", "a", TIDE_ROLE_SERIES_1, TIDE_CHART_STACK, times, other, 5);
  tide_chart_data_add_series_copy (data, "b", "b", TIDE_ROLE_SERIES_2, TIDE_CHART_STACK, times, values, 5);
  top = tide_chart_data_get_series (data, 1);
  g_assert_cmpfloat (top->base[2], ==, 30);
  g_assert_cmpfloat (top->top[2], ==, 33);
  g_assert_cmpfloat (top->top[1], ==, 20);
  g_assert_true (tide_chart_data_get_value_range (data, 0, 100, NULL, NULL, &lo, &hi));
  g_assert_cmpfloat (hi, ==, 50);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/chart-model/borrowed", test_borrowed);
  g_test_add_func ("/app/chart-model/equal", test_equal);
  g_test_add_func ("/app/chart-model/ranges", test_ranges);
  g_test_add_func ("/app/chart-model/crosshair", test_crosshair);
  g_test_add_func ("/app/chart-model/column-crosshair", test_column_crosshair);
  g_test_add_func ("/app/chart-model/stack", test_stack);
  return g_test_run ();
}
