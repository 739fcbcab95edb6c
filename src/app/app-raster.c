/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small anti-aliased rasteriser for charts. A line is drawn into a mask of coverage first, each segment as
 * a capsule, and the mask keeps the greater coverage: joins are round and nothing is blended twice. Only the
 * pixels near the line are visited. A line of more than one point a column is, to the eye, one upright span a
 * column, and drawn so: several times cheaper. Limit: coverage is by distance, exact enough for lines of 1 to
 * 4 px.
 */
#include "app-raster-private.h"

#include <math.h>
#include <string.h>

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
  guint32 premultiplied;

  premultiplied = tide_premultiply (colour);
  for (int y = 0; y < mask->height; y++)
    {
      const guint8 *coverage = mask->coverage + (gsize) y * (gsize) mask->width;
      guint8 *pixels = tide_pixel_at (raster, 0, y);

      for (int x = mask->rows[y].from; x < mask->rows[y].to; x++)
        if (coverage[x] != 0)
          tide_blend (pixels + 4 * x, premultiplied, coverage[x]);
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
  float across = radius * sqrtf (length2) / fabsf (dy);

  for (int y = first; y < last; y++)
    {
      float py = (float) y + 0.5f, centre = a.x + (CLAMP (py, top, bottom) - a.y) * slope;
      int from = MAX ((int) floorf (centre - reach - 0.5f), 0);
      int to = MIN ((int) ceilf (centre + reach + 0.5f), mask->width);
      bool inside = py - 1 > top && py + 1 < bottom;
      float left = centre - across, right = centre + across;

      if (from >= to)
        continue;
      touch (mask, y, from, to);
      if (inside)
        for (int x = from; x < to; x++)
          {
            /* How much of the pixel's width the line takes here. */
            float coverage = MIN (right, (float) x + 1) - MAX (left, (float) x);

            if (coverage > 0)
              cover (mask, x, y, coverage);
          }
      else
        for (int x = from; x < to; x++)
          {
            float coverage = radius + 0.5f - capsule_distance ((float) x + 0.5f, py, a, dx, dy, inverse);

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

/* What of a column of pixels the line takes. */
typedef struct
{
  float top, bottom; /* top > bottom: nothing */
} Span;

static inline void
grow_span (Span *span, float y)
{
  span->top = MIN (span->top, y);
  span->bottom = MAX (span->bottom, y);
}

/* The spans of the columns that a segment crosses. */
static void
add_segment (Span *spans, int width, TidePoint a, TidePoint b)
{
  float slope = b.x > a.x ? (b.y - a.y) / (b.x - a.x) : 0;
  int first, last;

  if (b.x < 0 || a.x >= (float) width)
    return;
  first = (int) MAX (a.x, 0);
  last = (int) MIN (b.x, (float) width - 1);
  for (int x = first; x <= last; x++)
    {
      float from = MAX (a.x, (float) x), to = MIN (b.x, (float) x + 1);

      grow_span (&spans[x], a.y + (from - a.x) * slope);
      grow_span (&spans[x], to >= b.x ? b.y : a.y + (to - a.x) * slope);
    }
}

static inline float
span_coverage (Span span, float y)
{
  float top = span.top > y ? span.top : y, bottom = span.bottom < y + 1 ? span.bottom : y + 1;

  return bottom > top ? bottom - top : 0;
}

static inline void
join_span (Span *span, float top, float bottom)
{
  span->top = MIN (span->top, top);
  span->bottom = MAX (span->bottom, bottom);
}

#define MAX_REACH 8

static inline int
floor_row (float y)
{
  int row = (int) y;

  return row - ((float) row > y);
}

static inline int
ceil_row (float y)
{
  int row = (int) y;

  return row + ((float) row < y);
}

/* One column: its own span whole, and around that its neighbours', as much as the line is wider than a pixel.
 * @rings [0] is its own; each holds the one before it. */
static void
fill_rings (TideRaster *raster, int x, const Span *rings, const float *weights, int n,
            guint32 premultiplied)
{
  float height = (float) raster->height;
  int first = floor_row (MAX (rings[n - 1].top, 0)), last = ceil_row (MIN (rings[n - 1].bottom, height));
  int whole_first = ceil_row (CLAMP (rings[0].top, -1, height)), whole_last = floor_row (CLAMP (rings[0].bottom, -1, height));
  guint8 *pixel;

  whole_first = MAX (whole_first, first);
  whole_last = MIN (whole_last, last);
  for (int y = first; y < last; y++)
    {
      float coverage = 0;

      pixel = tide_pixel_at (raster, x, y);
      if (y == whole_first && whole_last > whole_first)
        {
          for (; y < whole_last; y++, pixel += raster->stride)
            tide_blend (pixel, premultiplied, 255);
          y--;
          continue;
        }
      for (int i = 0; i < n; i++)
        {
          float here = weights[i] * span_coverage (rings[i], (float) y);

          coverage = here > coverage ? here : coverage;
        }
      tide_blend (pixel, premultiplied, (guint32) (coverage * 255.0f + 0.5f));
    }
}

static void
fill_columns (TideRaster *raster, const Span *spans, float radius, TideColour colour)
{
  float side = radius - 0.47f; /* of a line that stands anywhere in its column, on average */
  Span rings[MAX_REACH + 1];
  float weights[MAX_REACH + 1] = { 1 };
  guint32 premultiplied;

  premultiplied = tide_premultiply (colour);
  for (int x = 0; x < raster->width; x++)
    {
      int n = 1;

      rings[0] = (Span){ spans[x].top - radius, spans[x].bottom + radius };
      for (int d = 1; d <= MAX_REACH && (float) (d - 1) < side; d++, n++)
        {
          rings[d] = rings[d - 1];
          weights[d] = MIN (side - (float) (d - 1), 1);
          if (x >= d)
            join_span (&rings[d], spans[x - d].top - radius * 0.6f, spans[x - d].bottom + radius * 0.6f);
          if (x + d < raster->width)
            join_span (&rings[d], spans[x + d].top - radius * 0.6f, spans[x + d].bottom + radius * 0.6f);
        }
      if (rings[n - 1].top < rings[n - 1].bottom)
        fill_rings (raster, x, rings, weights, n, premultiplied);
    }
}

static void
dense_line (TideRaster *raster, const TidePoint *points, guint n, double width, TideColour colour)
{
  g_autofree Span *spans = g_new (Span, raster->width);

  for (int x = 0; x < raster->width; x++)
    spans[x] = (Span){ 1e9f, -1e9f };
  for (guint i = 0; i < n; i++)
    {
      if (isnan (points[i].y))
        continue;
      if (i > 0 && !isnan (points[i - 1].y))
        add_segment (spans, raster->width, points[i - 1], points[i]);
      else
        add_segment (spans, raster->width, points[i], points[i]);
    }
  fill_columns (raster, spans, (float) width / 2, colour);
}

void
tide_raster_line (TideRaster *raster, const TidePoint *points, guint n, double width, TideColour colour)
{
  Mask mask;

  if (n == 0 || raster->width <= 0 || raster->height <= 0)
    return;
  if (n > 16 && (float) n > 1.6f * (points[n - 1].x - points[0].x) && points[n - 1].x > points[0].x)
    {
      dense_line (raster, points, n, width, colour);
      return;
    }
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
