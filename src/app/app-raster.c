/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small anti-aliased rasteriser for charts. A line is drawn into a mask of coverage first, each segment as
 * a capsule, and the mask keeps the greater coverage: joins are round and nothing is blended twice. Only the
 * pixels near the line are visited. Limit: coverage is by distance, exact enough for lines of 1 to 4 px.
 */
#include "app-raster.h"

#include <math.h>
#include <string.h>

static inline void
blend (guint8 *pixel, const guint32 premultiplied[4], guint32 coverage)
{
  /* coverage 0 .. 255; colours 0 .. 255 with alpha already in. */
  guint32 alpha = premultiplied[3] * coverage + 127;
  guint32 keep = 255 - (alpha + (alpha >> 8)) / 256;

  for (int i = 0; i < 4; i++)
    {
      guint32 value = premultiplied[i] * coverage + pixel[i] * keep + 127;

      value = (value + (value >> 8)) >> 8;
      pixel[i] = (guint8) MIN (value, 255);
    }
}

static void
premultiply (TideColour colour, guint32 ret_premultiplied[4])
{
  ret_premultiplied[0] = (guint32) (colour.blue * colour.alpha * 255.0f + 0.5f);
  ret_premultiplied[1] = (guint32) (colour.green * colour.alpha * 255.0f + 0.5f);
  ret_premultiplied[2] = (guint32) (colour.red * colour.alpha * 255.0f + 0.5f);
  ret_premultiplied[3] = (guint32) (colour.alpha * 255.0f + 0.5f);
}

static inline guint8 *
pixel_at (TideRaster *raster, int x, int y)
{
  return raster->pixels + (gsize) y * raster->stride + (gsize) x * 4;
}

void
tide_raster_clear (TideRaster *raster)
{
  memset (raster->pixels, 0, raster->stride * (gsize) raster->height);
}

/* Coverage of one line; rows know which part of them was touched. */
typedef struct
{
  int width, height;
  guint8 *coverage;
  struct { int from, to; } *rows;
} Mask;

static void
mask_init (Mask *mask, const TideRaster *raster)
{
  mask->width = raster->width;
  mask->height = raster->height;
  mask->coverage = g_malloc0 ((gsize) raster->width * (gsize) raster->height);
  mask->rows = g_malloc (sizeof *mask->rows * (gsize) raster->height);
  for (int y = 0; y < raster->height; y++)
    {
      mask->rows[y].from = raster->width;
      mask->rows[y].to = 0;
    }
}

static inline void
cover (Mask *mask, int x, int y, float coverage)
{
  guint8 *at = &mask->coverage[(gsize) y * (gsize) mask->width + (gsize) x];
  int value = (int) (coverage * 255.0f + 0.5f);

  if (value > *at)
    *at = (guint8) MIN (value, 255);
}

static inline void
touch (Mask *mask, int y, int from, int to)
{
  mask->rows[y].from = MIN (mask->rows[y].from, from);
  mask->rows[y].to = MAX (mask->rows[y].to, to);
}

static void
mask_finish (Mask *mask, TideRaster *raster, TideColour colour)
{
  guint32 premultiplied[4];

  premultiply (colour, premultiplied);
  for (int y = 0; y < mask->height; y++)
    {
      const guint8 *coverage = mask->coverage + (gsize) y * (gsize) mask->width;
      guint8 *pixels = pixel_at (raster, 0, y);

      for (int x = mask->rows[y].from; x < mask->rows[y].to; x++)
        if (coverage[x] != 0)
          blend (pixels + 4 * x, premultiplied, coverage[x]);
    }
  g_free (mask->coverage);
  g_free (mask->rows);
}

static inline float
capsule_distance (float px, float py, TidePoint a, float dx, float dy, float inverse_length2)
{
  float ox = px - a.x, oy = py - a.y;
  float t = (ox * dx + oy * dy) * inverse_length2;

  t = t < 0 ? 0 : t > 1 ? 1 : t;
  ox -= t * dx;
  oy -= t * dy;
  return sqrtf (ox * ox + oy * oy);
}

/* Steeper than 45°: by rows, a few pixels each. */
static void
steep_segment (Mask *mask, TidePoint a, TidePoint b, float radius)
{
  float dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy, inverse = 1 / length2;
  float reach = (radius + 0.5f) * sqrtf (length2) / fabsf (dy), slope = dx / dy;
  float top = MIN (a.y, b.y), bottom = MAX (a.y, b.y), pad = radius + 0.5f;
  int first = (int) floorf (MAX (top - pad, 0)), last = (int) ceilf (MIN (bottom + pad, (float) mask->height));
  float cosine = fabsf (dy) / sqrtf (length2);

  for (int y = first; y < last; y++)
    {
      float py = (float) y + 0.5f, centre = a.x + (CLAMP (py, top, bottom) - a.y) * slope;
      int from = MAX ((int) floorf (centre - reach - 0.5f), 0);
      int to = MIN ((int) ceilf (centre + reach + 0.5f), mask->width);
      bool inside = py - 1 > top && py + 1 < bottom;

      if (from >= to)
        continue;
      touch (mask, y, from, to);
      for (int x = from; x < to; x++)
        {
          float px = (float) x + 0.5f;
          float distance = inside ? fabsf (px - centre) * cosine : capsule_distance (px, py, a, dx, dy, inverse);
          float coverage = radius + 0.5f - distance;

          if (coverage > 0)
            cover (mask, x, y, coverage);
        }
    }
}

/* Flatter: by columns. */
static void
flat_segment (Mask *mask, TidePoint a, TidePoint b, float radius)
{
  float dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
  float inverse = length2 > 0 ? 1 / length2 : 0;
  float reach = length2 > 0 ? (radius + 0.5f) * sqrtf (length2) / MAX (fabsf (dx), 1e-6f) : radius + 0.5f;
  float slope = length2 > 0 ? dy / dx : 0, left = MIN (a.x, b.x), right = MAX (a.x, b.x), pad = radius + 0.5f;
  int first = (int) floorf (MAX (left - pad, 0)), last = (int) ceilf (MIN (right + pad, (float) mask->width));

  for (int x = first; x < last; x++)
    {
      float px = (float) x + 0.5f, centre = a.y + (CLAMP (px, left, right) - a.x) * slope;
      int from = MAX ((int) floorf (centre - reach - 0.5f), 0);
      int to = MIN ((int) ceilf (centre + reach + 0.5f), mask->height);

      for (int y = from; y < to; y++)
        {
          float coverage = radius + 0.5f - capsule_distance (px, (float) y + 0.5f, a, dx, dy, inverse);

          if (coverage > 0)
            {
              touch (mask, y, x, x + 1);
              cover (mask, x, y, coverage);
            }
        }
    }
}

static void
segment (Mask *mask, TidePoint a, TidePoint b, double width)
{
  float radius = (float) width / 2;
  float far = radius + 1;

  if ((a.y < -far && b.y < -far) || (a.y > (float) mask->height + far && b.y > (float) mask->height + far)
      || (a.x < -far && b.x < -far) || (a.x > (float) mask->width + far && b.x > (float) mask->width + far))
    return;
  if (fabsf (b.y - a.y) > fabsf (b.x - a.x))
    steep_segment (mask, a, b, radius);
  else
    flat_segment (mask, a, b, radius);
}

void
tide_raster_line (TideRaster *raster, const TidePoint *points, guint n, double width, TideColour colour)
{
  Mask mask;

  if (n == 0 || raster->width <= 0 || raster->height <= 0)
    return;
  mask_init (&mask, raster);
  for (guint i = 0; i < n; i++)
    {
      bool joined = i > 0 && !isnan (points[i - 1].y);

      if (isnan (points[i].y))
        continue;
      if (joined)
        segment (&mask, points[i - 1], points[i], width);
      else if (i + 1 == n || isnan (points[i + 1].y))
        segment (&mask, points[i], points[i], width + 0.5); /* one value between two gaps: a dot */
    }
  mask_finish (&mask, raster, colour);
}

/* The dashes of one segment; @phase is where in the pattern it begins, and ends. */
static void
dash_segment (Mask *mask, TidePoint a, TidePoint b, double width, double on, double off, double *phase)
{
  double length = hypot (b.x - a.x, b.y - a.y), at = 0;

  while (at < length)
    {
      bool is_on = *phase < on;
      double step = MIN ((is_on ? on : on + off) - *phase, length - at);

      if (is_on)
        {
          double from = at / length, to = (at + step) / length;
          TidePoint start = { a.x + (b.x - a.x) * (float) from, a.y + (b.y - a.y) * (float) from };
          TidePoint end = { a.x + (b.x - a.x) * (float) to, a.y + (b.y - a.y) * (float) to };

          segment (mask, start, end, width);
        }
      at += step;
      *phase += step;
      if (*phase >= on + off - 1e-9)
        *phase = 0;
      if (step <= 0)
        break;
    }
}

void
tide_raster_dashes (TideRaster *raster, const TidePoint *points, guint n, double width, double on, double off,
                    TideColour colour)
{
  double phase = 0;
  Mask mask;

  if (n == 0 || raster->width <= 0 || raster->height <= 0)
    return;
  mask_init (&mask, raster);
  for (guint i = 1; i < n; i++)
    {
      if (isnan (points[i].y) || isnan (points[i - 1].y))
        phase = 0;
      else
        dash_segment (&mask, points[i - 1], points[i], width, on, off, &phase);
    }
  mask_finish (&mask, raster, colour);
}

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
column (TideRaster *raster, int x, float top, float bottom, const guint32 premultiplied[4])
{
  int first = (int) floorf (MAX (top, 0)), last = (int) ceilf (MIN (bottom, (float) raster->height));

  for (int y = first; y < last; y++)
    {
      float coverage = MIN (bottom, (float) y + 1) - MAX (top, (float) y);

      if (coverage > 0)
        blend (pixel_at (raster, x, y), premultiplied, (guint32) (coverage * 255.0f + 0.5f));
    }
}

void
tide_raster_between (TideRaster *raster, const TidePoint *upper, guint n_upper, const TidePoint *lower,
                     guint n_lower, TideColour colour)
{
  guint at_upper = 0, at_lower = 0;
  guint32 premultiplied[4];

  premultiply (colour, premultiplied);
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
  guint32 premultiplied[4];
  int first_x = (int) floor (MAX (x, 0)), last_x = (int) ceil (MIN (x + width, raster->width));
  int first_y = (int) floor (MAX (y, 0)), last_y = (int) ceil (MIN (y + height, raster->height));

  premultiply (colour, premultiplied);
  for (int py = first_y; py < last_y; py++)
    {
      double rows = MIN (y + height, py + 1) - MAX (y, py);

      for (int px = first_x; px < last_x; px++)
        {
          double coverage = rows * (MIN (x + width, px + 1) - MAX (x, px));

          if (coverage > 0)
            blend (pixel_at (raster, px, py), premultiplied, (guint32) (coverage * 255 + 0.5));
        }
    }
}

void
tide_raster_hatch (TideRaster *raster, double x, double y, double width, double height, double period,
                   double stripe, TideColour colour)
{
  guint32 premultiplied[4];
  int first_x = (int) floor (MAX (x, 0)), last_x = (int) ceil (MIN (x + width, raster->width));
  int first_y = (int) floor (MAX (y, 0)), last_y = (int) ceil (MIN (y + height, raster->height));

  premultiply (colour, premultiplied);
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
            blend (pixel_at (raster, px, py), premultiplied, (guint32) (coverage * 255 + 0.5));
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
  guint32 premultiplied[4];
  double reach = radius * 1.3 + grow + 1;
  int first_x = MAX ((int) floor (x - reach), 0), last_x = MIN ((int) ceil (x + reach), raster->width);
  int first_y = MAX ((int) floor (y - reach), 0), last_y = MIN ((int) ceil (y + reach), raster->height);

  premultiply (colour, premultiplied);
  for (int py = first_y; py < last_y; py++)
    for (int px = first_x; px < last_x; px++)
      {
        double ox = px + 0.5 - x, oy = py + 0.5 - y;
        double distance = mark_distance (mark, ox / radius, oy / radius) * radius - grow;
        double coverage = CLAMP (0.5 - distance, 0, 1);

        if (hole > 0)
          coverage = MIN (coverage, CLAMP (0.5 + distance + hole, 0, 1));
        if (coverage > 0)
          blend (pixel_at (raster, px, py), premultiplied, (guint32) (coverage * 255 + 0.5));
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
