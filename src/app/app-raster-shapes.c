/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fills and marks of the rasteriser: areas under and between lines, rectangles, hatch, and the shapes that
 * tell series apart without colour. Exact by the part of a pixel that is covered, where edges are upright.
 */
#include "app-raster-private.h"

#include <math.h>

/* The line's y at @x, walking on from *index; NAN: outside or in a gap. */
static float
sample (const TidePoint *points, guint n, guint *index, float x)
{
  while (*index + 1 < n && points[*index + 1].x <= x)
    (*index)++;
  if (n == 0 || points[*index].x > x || *index + 1 >= n)
    return NAN;
  if (points[*index + 1].x <= points[*index].x)
    return points[*index].y;
  /* A gap's NAN goes through. */
  return points[*index].y
         + (points[*index + 1].y - points[*index].y) * (x - points[*index].x)
               / (points[*index + 1].x - points[*index].x);
}

static void
column (TideRaster *raster, int x, float top, float bottom, guint32 premultiplied)
{
  int first = (int) floorf (MAX (top, 0)), last = (int) ceilf (MIN (bottom, (float) raster->height));

  for (int y = first; y < last; y++)
    {
      float coverage = MIN (bottom, (float) y + 1) - MAX (top, (float) y);

      if (coverage > 0)
        tide_blend (tide_pixel_at (raster, x, y), premultiplied, (guint32) (coverage * 255.0f + 0.5f));
    }
}

void
tide_raster_between (TideRaster *raster, const TidePoint *upper, guint n_upper, const TidePoint *lower,
                     guint n_lower, TideColour colour)
{
  guint at_upper = 0, at_lower = 0;
  guint32 premultiplied;

  premultiplied = tide_premultiply (colour);
  for (int x = 0; x < raster->width; x++)
    {
      float top = sample (upper, n_upper, &at_upper, (float) x + 0.5f);
      float bottom = sample (lower, n_lower, &at_lower, (float) x + 0.5f);

      if (!isnan (top) && !isnan (bottom))
        column (raster, x, MIN (top, bottom), MAX (top, bottom), premultiplied);
    }
}

void
tide_raster_area (TideRaster *raster, const TidePoint *points, guint n, double base, TideColour colour)
{
  TidePoint floor_line[2] = { { -1e9f, (float) base }, { 1e9f, (float) base } };

  tide_raster_between (raster, points, n, floor_line, 2, colour);
}

void
tide_raster_rect (TideRaster *raster, double x, double y, double width, double height, TideColour colour)
{
  guint32 premultiplied;
  int first_x = (int) floor (MAX (x, 0)), last_x = (int) ceil (MIN (x + width, raster->width));
  int first_y = (int) floor (MAX (y, 0)), last_y = (int) ceil (MIN (y + height, raster->height));

  premultiplied = tide_premultiply (colour);
  for (int py = first_y; py < last_y; py++)
    {
      double rows = MIN (y + height, py + 1) - MAX (y, py);

      for (int px = first_x; px < last_x; px++)
        {
          double coverage = rows * (MIN (x + width, px + 1) - MAX (x, px));

          if (coverage > 0)
            tide_blend (tide_pixel_at (raster, px, py), premultiplied, (guint32) (coverage * 255 + 0.5));
        }
    }
}

void
tide_raster_hatch (TideRaster *raster, double x, double y, double width, double height, double period,
                   double stripe, TideColour colour)
{
  guint32 premultiplied;
  int first_x = (int) floor (MAX (x, 0)), last_x = (int) ceil (MIN (x + width, raster->width));
  int first_y = (int) floor (MAX (y, 0)), last_y = (int) ceil (MIN (y + height, raster->height));

  premultiplied = tide_premultiply (colour);
  for (int py = first_y; py < last_y; py++)
    {
      double rows = MIN (y + height, py + 1) - MAX (y, py);

      for (int px = first_x; px < last_x; px++)
        {
          /* Distance to the middle of the nearest stripe of x + y = k · period · √2. */
          double along = (px + py + 1) * G_SQRT2 / 2 / period;
          double distance = fabs (along - round (along)) * period;
          double coverage = CLAMP (stripe / 2 + 0.5 - distance, 0, 1)
                            * MAX (rows * (MIN (x + width, px + 1) - MAX (x, px)), 0);

          if (coverage > 0)
            tide_blend (tide_pixel_at (raster, px, py), premultiplied, (guint32) (coverage * 255 + 0.5));
        }
    }
}

/* Signed distance to the edge of a mark that is 2 across; inside is negative. */
static double
mark_distance (TideMark mark, double x, double y)
{
  double ax = fabs (x), ay = fabs (y);

  switch (mark)
    {
    case TIDE_MARK_SQUARE:
      return MAX (ax, ay) - 0.86;
    case TIDE_MARK_DIAMOND:
      return (ax + ay) / G_SQRT2 - 0.82;
    case TIDE_MARK_UP:
      return MAX (y - 0.82, (ax * 2 - y - 1.0) / 2.236);
    case TIDE_MARK_DOWN:
      return MAX (-y - 0.82, (ax * 2 + y - 1.0) / 2.236);
    case TIDE_MARK_CROSS:
      return MAX (fabs (ax - ay) / G_SQRT2 - 0.28, MAX (ax, ay) - 0.9);
    case TIDE_MARK_CIRCLE:
    default:
      return hypot (x, y) - 1;
    }
}

static void
mark_at (TideRaster *raster, double x, double y, double radius, double grow, TideMark mark, double hole,
         TideColour colour)
{
  guint32 premultiplied;
  double reach = radius * 1.3 + grow + 1;
  int first_x = MAX ((int) floor (x - reach), 0), last_x = MIN ((int) ceil (x + reach), raster->width);
  int first_y = MAX ((int) floor (y - reach), 0), last_y = MIN ((int) ceil (y + reach), raster->height);

  premultiplied = tide_premultiply (colour);
  for (int py = first_y; py < last_y; py++)
    for (int px = first_x; px < last_x; px++)
      {
        double ox = px + 0.5 - x, oy = py + 0.5 - y;
        double distance = mark_distance (mark, ox / radius, oy / radius) * radius - grow;
        double coverage = CLAMP (0.5 - distance, 0, 1);

        if (hole > 0)
          coverage = MIN (coverage, CLAMP (0.5 + distance + hole, 0, 1));
        if (coverage > 0)
          tide_blend (tide_pixel_at (raster, px, py), premultiplied, (guint32) (coverage * 255 + 0.5));
      }
}

void
tide_raster_mark (TideRaster *raster, double x, double y, double size, TideMark mark, TideColour colour,
                  double halo, TideColour under)
{
  if (halo > 0)
    mark_at (raster, x, y, size / 2, halo, mark, 0, under);
  mark_at (raster, x, y, size / 2, 0, mark, 0, colour);
}

void
tide_raster_ring (TideRaster *raster, double x, double y, double size, double width, TideColour colour,
                  TideColour under)
{
  mark_at (raster, x, y, size / 2, 0, TIDE_MARK_CIRCLE, 0, under);
  mark_at (raster, x, y, size / 2, 0, TIDE_MARK_CIRCLE, width, colour);
}
