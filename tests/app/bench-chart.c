/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Six charts of eight series of 3,600 points: decimated and rasterised as the chart does it, against cairo
 * stroking every point. JSON lines, a ratio: the machine does not matter.
 */
#include "app-raster.h"

#include <cairo.h>
#include <stdio.h>
#include <string.h>

#define CHARTS 6
#define SERIES 8
#define POINTS 3600
#define WIDTH 480
#define HEIGHT 380
#define ROUNDS 20
#define GOAL (1 / 15.0)

static guint empty_sum; /* keeps the compiler from leaving the images out */
static double x[POINTS], y[CHARTS * SERIES][POINTS];

static void
make_points (double step)
{
  GRand *rand = g_rand_new_with_seed (7);

  for (int i = 0; i < POINTS; i++)
    x[i] = i;
  for (int s = 0; s < CHARTS * SERIES; s++)
    {
      double state = 0;

      for (int i = 0; i < POINTS; i++)
        {
          state = state * 0.97 + g_rand_double_range (rand, -step, step);
          y[s][i] = 10 + s % SERIES * 10 + state;
        }
    }
  g_rand_free (rand);
}

static double
own_ms (void)
{
  TideScale scale = { .x0 = 0, .sx = (double) WIDTH / POINTS, .y0 = 100, .sy = HEIGHT / 100.0 };
  gint64 start = g_get_monotonic_time ();

  for (int round = 0; round < ROUNDS; round++)
    for (int chart = 0; chart < CHARTS; chart++)
      {
        TideRaster raster = { WIDTH, HEIGHT, WIDTH * 4, g_malloc0 (WIDTH * 4 * HEIGHT) };

        for (int s = 0; s < SERIES; s++)
          {
            g_auto (TidePoints) points = { 0 };

            tide_m4 (x, y[chart * SERIES + s], POINTS, scale, WIDTH, &points);
            tide_raster_line (&raster, points.points, points.n, 1.5, tide_palette_get (TIDE_SCHEME_LIGHT, (TideRole) (s % 6)));
          }
        g_free (raster.pixels);
      }
  return (double) (g_get_monotonic_time () - start) / 1e3 / ROUNDS;
}

static double
cairo_ms (void)
{
  gint64 start = g_get_monotonic_time ();
  int rounds = ROUNDS / 5;

  for (int round = 0; round < rounds; round++)
    for (int chart = 0; chart < CHARTS; chart++)
      {
        cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT);
        cairo_t *cr = cairo_create (surface);

        cairo_set_line_width (cr, 1.5);
        cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
        for (int s = 0; s < SERIES; s++)
          {
            TideColour colour = tide_palette_get (TIDE_SCHEME_LIGHT, (TideRole) (s % 6));

            cairo_set_source_rgb (cr, (double) colour.red, (double) colour.green, (double) colour.blue);
            for (int i = 0; i < POINTS; i++)
              cairo_line_to (cr, x[i] * WIDTH / POINTS, (100 - y[chart * SERIES + s][i]) * HEIGHT / 100.0);
            cairo_stroke (cr);
          }
        cairo_destroy (cr);
        cairo_surface_destroy (surface);
      }
  return (double) (g_get_monotonic_time () - start) / 1e3 / rounds;
}

/* What a frame costs with nothing in it: six images, cleared. */
static double
empty_ms (void)
{
  gint64 start = g_get_monotonic_time ();

  for (int round = 0; round < ROUNDS; round++)
    for (int chart = 0; chart < CHARTS; chart++)
      {
        guint8 *pixels = g_malloc (WIDTH * 4 * HEIGHT);

        memset (pixels, round, WIDTH * 4 * HEIGHT);
        empty_sum += pixels[round];
        g_free (pixels);
      }
  return (double) (g_get_monotonic_time () - start) / 1e3 / ROUNDS;
}

static void
report (const char *name, double step)
{
  double own, peer;

  make_points (step);
  own = own_ms ();
  peer = cairo_ms ();
  printf ("{\"name\": \"%s\", \"value\": %.2f, \"unit\": \"ms\", \"peer\": \"cairo strokes of all points\", "
          "\"peer_value\": %.1f, \"ratio\": %.4f, \"goal\": %.4f, \"met\": %s}\n",
          name, own, peer, own / peer, GOAL, own / peer <= GOAL ? "true" : "false");
}

int
main (void)
{
  report ("chart-raster-calm", 0.5);
  report ("chart-raster-noisy", 2.5);
  printf ("{\"name\": \"chart-empty\", \"value\": %.3f, \"unit\": \"ms\", \"peer\": null, \"peer_value\": null, "
          "\"ratio\": null, \"goal\": null, \"met\": null}\n", empty_ms ());
  return empty_sum == 0;
}
