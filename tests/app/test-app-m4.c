/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * M4 against what a plain loop over all values finds: of each pixel column the first, last, lowest and
 * highest value, breaks where values are missing, and one value beyond each edge.
 */
#include "app-raster.h"

#include <math.h>
#include <stdlib.h>

#define WIDTH 120

static GRand *
test_rand (void)
{
  const char *text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32) strtoul (text, NULL, 10) : g_random_int ();

  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

typedef struct
{
  bool has_value;
  double first, last, lowest, highest;
} Column;

static void
add_to_column (Column *column, double y)
{
  if (!column->has_value)
    *column = (Column){ true, y, y, y, y };
  column->last = y;
  column->lowest = MIN (column->lowest, y);
  column->highest = MAX (column->highest, y);
}

static void
check (const double *x, const double *y, gsize n, TideScale scale)
{
  Column expected[WIDTH] = { 0 }, found[WIDTH] = { 0 };
  g_auto (TidePoints) points = { 0 };
  gsize n_breaks = 0;

  tide_m4 (x, y, n, scale, WIDTH, &points);
  for (gsize i = 0; i < n; i++)
    {
      double px = (x[i] - scale.x0) * scale.sx;

      if (px >= 0 && px < WIDTH && !isnan (y[i]))
        add_to_column (&expected[(int) floor (px)], (double) (float) ((scale.y0 - y[i]) * scale.sy));
    }
  for (guint i = 0; i < points.n; i++)
    {
      if (isnan (points.points[i].y))
        n_breaks++;
      else if (points.points[i].x >= 0 && points.points[i].x < WIDTH)
        add_to_column (&found[(int) floorf (points.points[i].x)], (double) points.points[i].y);
      if (i > 0)
        g_assert_cmpfloat (points.points[i].x, >=, points.points[i - 1].x);
    }
  for (int i = 0; i < WIDTH; i++)
    {
      g_assert_cmpint (found[i].has_value, ==, expected[i].has_value);
      g_assert_cmpfloat (found[i].first, ==, expected[i].first);
      g_assert_cmpfloat (found[i].last, ==, expected[i].last);
      g_assert_cmpfloat (found[i].lowest, ==, expected[i].lowest);
      g_assert_cmpfloat (found[i].highest, ==, expected[i].highest);
    }
  g_assert_cmpuint (points.n, <=, 4 * (WIDTH + 2) + 5 * n_breaks + 8);
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = test_rand ();
  static double x[4000], y[4000];

  for (int round = 0; round < 300; round++)
    {
      gsize n = (gsize) g_rand_int_range (rand, 0, 4000);
      double at = 0, missing = g_rand_boolean (rand) ? 0 : g_rand_double_range (rand, 0, 0.2), span;
      TideScale scale;

      for (gsize i = 0; i < n; i++)
        {
          /* Whole steps of a power of two: the same column for floats and doubles. */
          at += g_rand_int_range (rand, 0, 9) / 8.0;
          x[i] = at;
          y[i] = g_rand_double (rand) < missing ? NAN : g_rand_double_range (rand, -100, 100);
        }
      span = MAX (floor (at), 1);
      scale = (TideScale){ .x0 = floor (g_rand_double_range (rand, -0.3, 0.6) * span),
                           .sx = pow (2, g_rand_int_range (rand, -4, 4)), .y0 = 100, .sy = 0.5 };
      check (x, y, n, scale);
    }
}

static void
test_edges (void)
{
  static const double x[] = { 0, 10, 20, 30, 40 }, y[] = { 1, 2, 3, 4, 5 };
  g_auto (TidePoints) points = { 0 };

  /* [12, 22): the value at 20, and one to each side. */
  tide_m4 (x, y, 5, (TideScale){ .x0 = 12, .sx = 10, .y0 = 0, .sy = -1 }, 100, &points);
  g_assert_cmpuint (points.n, ==, 3);
  g_assert_cmpfloat (points.points[0].y, ==, 2);
  g_assert_cmpfloat (points.points[0].x, ==, -20);
  g_assert_cmpfloat (points.points[2].y, ==, 4);
  points.n = 0;
  tide_m4 (x, y, 0, (TideScale){ .x0 = 12, .sx = 10, .y0 = 0, .sy = -1 }, 100, &points);
  g_assert_cmpuint (points.n, ==, 0);
}

static void
test_breaks (void)
{
  static const double x[] = { 0, 1, 2, 3, 4, 5 }, y[] = { 1, NAN, NAN, 3, NAN, 5 };
  g_auto (TidePoints) points = { 0 };

  tide_m4 (x, y, 6, (TideScale){ .x0 = 0, .sx = 0.1, .y0 = 0, .sy = -1 }, 10, &points);
  g_assert_cmpuint (points.n, ==, 5);
  g_assert_true (isnan (points.points[1].y));
  g_assert_cmpfloat (points.points[2].y, ==, 3);
  g_assert_true (isnan (points.points[3].y));
}

static void
test_steps (void)
{
  TidePoint raw[] = { { 0, 1 }, { 10, 2 }, { 20, NAN }, { 30, 4 } };
  TidePoints points = { 4, 4, raw };
  g_auto (TidePoints) steps = { 0 };

  tide_points_to_steps (&points, &steps);
  g_assert_cmpuint (steps.n, ==, 6);
  g_assert_cmpfloat (steps.points[1].x, ==, 10);
  g_assert_cmpfloat (steps.points[1].y, ==, 1);
  g_assert_cmpfloat (steps.points[3].x, ==, 20);
  g_assert_cmpfloat (steps.points[3].y, ==, 2);
  g_assert_true (isnan (steps.points[4].y));
}

static void
test_lower_bound (void)
{
  static const double x[] = { 1, 2, 2, 3 };

  g_assert_cmpuint (tide_lower_bound (x, 4, 0), ==, 0);
  g_assert_cmpuint (tide_lower_bound (x, 4, 2), ==, 1);
  g_assert_cmpuint (tide_lower_bound (x, 4, 2.5), ==, 3);
  g_assert_cmpuint (tide_lower_bound (x, 4, 4), ==, 4);
  g_assert_cmpuint (tide_lower_bound (x, 0, 4), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/m4/random", test_random);
  g_test_add_func ("/app/m4/edges", test_edges);
  g_test_add_func ("/app/m4/breaks", test_breaks);
  g_test_add_func ("/app/m4/steps", test_steps);
  g_test_add_func ("/app/m4/lower-bound", test_lower_bound);
  return g_test_run ();
}
