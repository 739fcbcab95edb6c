/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is covered: every pixel column a line passes, as much of it as the line is wide, nothing outside the
 * image, and the decimated line where the whole one was.
 */
#include "app-raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const TideColour black = { 0, 0, 0, 1 };

static GRand *
test_rand (void)
{
  const char *text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32) strtoul (text, NULL, 10) : g_random_int ();

  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

static TideRaster
new_raster (int width, int height)
{
  return (TideRaster){ width, height, (gsize) width * 4, g_malloc0 ((gsize) width * 4 * (gsize) height) };
}

static int
alpha_at (const TideRaster *raster, int x, int y)
{
  return raster->pixels[(gsize) y * raster->stride + (gsize) x * 4 + 3];
}

static double
column_sum (const TideRaster *raster, int x)
{
  double sum = 0;

  for (int y = 0; y < raster->height; y++)
    sum += alpha_at (raster, x, y) / 255.0;
  return sum;
}

/* A straight line of any slope has its width, measured across, in every column. */
static void
test_width (void)
{
  g_autoptr (GRand) rand = test_rand ();

  for (int i = 0; i < 200; i++)
    {
      TideRaster raster = new_raster (100, 400);
      float y0 = (float) g_rand_double_range (rand, 150, 250), y1 = (float) g_rand_double_range (rand, 100, 300);
      TidePoint line[] = { { -10, y0 }, { 110, y1 } };
      double width = g_rand_double_range (rand, 1, 4), slope = (y1 - y0) / 120;

      tide_raster_line (&raster, line, 2, width, black);
      for (int x = 0; x < 100; x++)
        g_assert_cmpfloat (fabs (column_sum (&raster, x) - width * sqrt (1 + slope * slope)), <, 0.35);
      g_free (raster.pixels);
    }
}

/* Distance to the line through all points, by trying all that are near. */
static bool
is_on_line (const TidePoint *points, int n, double px, double py, double radius)
{
  int first = MAX ((int) ((px - 3) / 200 * n), 0), last = MIN ((int) ((px + 3) / 200 * n), n - 1);

  for (int i = first; i < last; i++)
    {
      double dx = points[i + 1].x - points[i].x, dy = points[i + 1].y - points[i].y;
      double t = CLAMP (((px - points[i].x) * dx + (py - points[i].y) * dy) / (dx * dx + dy * dy), 0, 1);

      if (hypot (px - points[i].x - t * dx, py - points[i].y - t * dy) <= radius)
        return true;
    }
  return false;
}

/* Both ways of drawing, sparse and dense, against 16 samples a pixel of the line through all points. */
static void
check_against_samples (int n, double step)
{
  g_autoptr (GRand) rand = test_rand ();
  g_autofree double *x = g_new (double, n), *y = g_new (double, n);
  g_autofree TidePoint *all = g_new (TidePoint, n);
  TideScale scale = { .x0 = 0, .sx = 200.0 / n, .y0 = 100, .sy = 1 };
  TideRaster raster = new_raster (200, 100);
  g_auto (TidePoints) points = { 0 };
  double level = 50, error = 0, ink = 0;

  for (int i = 0; i < n; i++)
    {
      level = CLAMP (level + g_rand_double_range (rand, -step, step), 3, 97);
      x[i] = i;
      y[i] = level;
      all[i] = (TidePoint){ (float) (i * scale.sx), (float) (100 - level) };
    }
  tide_m4 (x, y, (gsize) n, scale, 200, &points);
  g_assert_cmpuint (points.n, <=, 804);
  tide_raster_line (&raster, points.points, points.n, 1.5, black);
  for (int py = 0; py < 100; py++)
    for (int px = 4; px < 194; px++)
      {
        int inside = 0;

        for (int k = 0; k < 16; k++)
          inside += is_on_line (all, n, px + (k % 4 + 0.5) / 4, py + (k / 4 + 0.5) / 4, 0.75);
        ink += inside / 16.0;
        error += fabs (inside / 16.0 - alpha_at (&raster, px, py) / 255.0);
      }
  g_test_message ("%d points: error %.1f of %.1f pixels", n, error, ink);
  g_assert_cmpfloat (error, <, 0.22 * ink);
  g_free (raster.pixels);
}

static void
test_against_samples (void)
{
  check_against_samples (60, 8);
  check_against_samples (240, 4);
  check_against_samples (3000, 1.5);
}

static void
test_breaks (void)
{
  TideRaster raster = new_raster (60, 20);
  TidePoint line[] = { { 0, 10 }, { 20, 10 }, { 30, NAN }, { 40, 10 }, { 45, NAN }, { 50, 10 }, { 60, 10 } };

  tide_raster_line (&raster, line, 7, 2, black);
  g_assert_cmpint (alpha_at (&raster, 10, 10), >, 200);
  for (int y = 0; y < 20; y++)
    g_assert_cmpint (alpha_at (&raster, 30, y), ==, 0);
  /* One value between two gaps is a dot. */
  g_assert_cmpint (alpha_at (&raster, 40, 10), >, 100);
  g_assert_cmpint (alpha_at (&raster, 46, 10), ==, 0);
  g_free (raster.pixels);
}

/* Coordinates far outside, or of no extent, touch no memory that is not theirs (the sanitizers look). */
static void
test_outside (void)
{
  g_autoptr (GRand) rand = test_rand ();
  TideRaster raster = new_raster (37, 23);

  for (int i = 0; i < 3000; i++)
    {
      TidePoint line[6];
      float size = (float) pow (10, g_rand_double_range (rand, 0, 6));

      for (int j = 0; j < 6; j++)
        line[j] = (TidePoint){ (float) g_rand_double_range (rand, -1, 1) * size,
                               g_rand_int_range (rand, 0, 8) == 0 ? NAN : (float) g_rand_double_range (rand, -1, 1) * size };
      tide_raster_line (&raster, line, 6, g_rand_double_range (rand, 0, 5), black);
      if (size < 1000)
        tide_raster_dashes (&raster, line, 6, 1.5, 3, 2, black);
      tide_raster_rect (&raster, line[0].x, line[1].x, line[2].x, line[3].x, black);
      tide_raster_hatch (&raster, line[0].x, line[1].x, line[2].x, line[3].x, 5, 1.5, black);
      tide_raster_mark (&raster, line[0].x, line[1].x, 8, (TideMark) (i % 6), black, 1, black);
    }
  g_free (raster.pixels);
}

static void
test_area (void)
{
  TideRaster raster = new_raster (40, 40);
  TidePoint line[] = { { -1, 10.5f }, { 41, 10.5f } };
  TideColour half = { 1, 0, 0, 0.5f };

  tide_raster_area (&raster, line, 2, 30, half);
  for (int x = 0; x < 40; x++)
    g_assert_cmpfloat (fabs (column_sum (&raster, x) - 19.5 * 0.5), <, 0.2);
  g_assert_cmpint (alpha_at (&raster, 20, 9), ==, 0);
  g_assert_cmpint (alpha_at (&raster, 20, 31), ==, 0);
  /* Premultiplied: no colour exceeds its alpha. */
  g_assert_cmpint (raster.pixels[20 * raster.stride + 20 * 4 + 2], <=, alpha_at (&raster, 20, 20));
  g_free (raster.pixels);
}

static void
test_stack (void)
{
  TideRaster raster = new_raster (10, 40);
  TidePoint upper[] = { { -1, 10 }, { 11, 10 } }, lower[] = { { -1, 25 }, { 11, 25 } };

  tide_raster_between (&raster, upper, 2, lower, 2, black);
  for (int x = 0; x < 10; x++)
    g_assert_cmpfloat (fabs (column_sum (&raster, x) - 15), <, 0.05);
  g_free (raster.pixels);
}

static void
test_blend (void)
{
  TideRaster raster = new_raster (4, 4);

  tide_raster_rect (&raster, 0, 0, 4, 4, (TideColour){ 1, 1, 1, 1 });
  g_assert_cmpint (raster.pixels[0], ==, 255);
  g_assert_cmpint (alpha_at (&raster, 0, 0), ==, 255);
  tide_raster_rect (&raster, 0, 0, 4, 4, (TideColour){ 0, 0, 0, 0.5f });
  g_assert_cmpint (abs (raster.pixels[0] - 127), <=, 1);
  g_assert_cmpint (alpha_at (&raster, 0, 0), ==, 255);
  tide_raster_rect (&raster, 0, 0, 4, 4, black);
  g_assert_cmpint (raster.pixels[0], ==, 0);
  tide_raster_clear (&raster);
  g_assert_cmpint (alpha_at (&raster, 0, 0), ==, 0);
  g_free (raster.pixels);
}

static void
test_hatch (void)
{
  TideRaster raster = new_raster (200, 200);
  double sum = 0;

  tide_raster_hatch (&raster, 0, 0, 200, 200, 5, 1.5, black);
  for (int x = 0; x < 200; x++)
    sum += column_sum (&raster, x);
  g_assert_cmpfloat (fabs (sum / 40000 - 0.3), <, 0.02);
  /* The same all along a rising diagonal. */
  for (int i = 10; i < 100; i++)
    g_assert_cmpint (alpha_at (&raster, i, 150 - i), ==, alpha_at (&raster, 10, 140));
  g_free (raster.pixels);
}

static void
test_marks (void)
{
  /* Each shape has its own picture. */
  guint8 shapes[6][144];

  for (int mark = 0; mark < 6; mark++)
    {
      TideRaster raster = new_raster (12, 12);

      tide_raster_mark (&raster, 6, 6, 8, (TideMark) mark, black, 0, black);
      for (int i = 0; i < 144; i++)
        shapes[mark][i] = raster.pixels[i * 4 + 3];
      g_assert_cmpint (shapes[mark][6 * 12 + 6], >, 200);
      g_free (raster.pixels);
    }
  for (int a = 0; a < 6; a++)
    for (int b = a + 1; b < 6; b++)
      {
        int different = 0;

        for (int i = 0; i < 144; i++)
          different += abs (shapes[a][i] - shapes[b][i]) > 80;
        g_assert_cmpint (different, >=, 6);
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/raster/width", test_width);
  g_test_add_func ("/app/raster/against-samples", test_against_samples);
  g_test_add_func ("/app/raster/breaks", test_breaks);
  g_test_add_func ("/app/raster/outside", test_outside);
  g_test_add_func ("/app/raster/area", test_area);
  g_test_add_func ("/app/raster/stack", test_stack);
  g_test_add_func ("/app/raster/blend", test_blend);
  g_test_add_func ("/app/raster/hatch", test_hatch);
  g_test_add_func ("/app/raster/marks", test_marks);
  return g_test_run ();
}
