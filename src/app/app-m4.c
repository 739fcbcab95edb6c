/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decimation to what a screen can show: of every pixel column the first, last, lowest and highest value
 * (Jugel et al., "M4", VLDB 2014). The line through those covers the same pixels as the line through all
 * of them, and costs by the columns. One pass, two comparisons a value, no allocation but the result's.
 */
#include "app-raster.h"

#include <math.h>

void
tide_points_clear (TidePoints *points)
{
  g_clear_pointer (&points->points, g_free);
  points->n = points->allocated = 0;
}

static inline void
append (TidePoints *points, float x, float y)
{
  if (points->n == points->allocated)
    {
      points->allocated = MAX (256, points->allocated * 2);
      points->points = g_renew (TidePoint, points->points, points->allocated);
    }
  points->points[points->n++] = (TidePoint){ x, y };
}

void
tide_points_append (TidePoints *points, float x, float y)
{
  append (points, x, y);
}

gsize
tide_lower_bound (const double *x, gsize n, double value)
{
  gsize first = 0;

  while (n > 0)
    {
      gsize half = n / 2;

      if (x[first + half] < value)
        {
          first += half + 1;
          n -= half + 1;
        }
      else
        n = half;
    }
  return first;
}

typedef struct
{
  bool is_open;
  gsize first, last, lowest, highest;
} Column;

/* In the order of x, each once. */
static void
flush (Column *column, const double *x, const double *y, TideScale scale, TidePoints *points)
{
  gsize order[4] = { column->first, MIN (column->lowest, column->highest), MAX (column->lowest, column->highest),
                     column->last };

  if (!column->is_open)
    return;
  for (int i = 0; i < 4; i++)
    if (i == 0 || order[i] != order[i - 1])
      append (points, (float) ((x[order[i]] - scale.x0) * scale.sx), (float) ((scale.y0 - y[order[i]]) * scale.sy));
  column->is_open = false;
}

void
tide_m4 (const double *x, const double *y, gsize n, TideScale scale, double width, TidePoints *points)
{
  gsize begin = tide_lower_bound (x, n, scale.x0);
  gsize end = tide_lower_bound (x, n, scale.x0 + width / scale.sx);
  double next_x = -INFINITY; /* where the open column ends */
  Column column = { 0 };

  /* One value beyond each edge, so that the line runs out of the picture. */
  begin -= begin > 0;
  end += end < n;
  for (gsize i = begin; i < end; i++)
    {
      double value = y[i];

      if (isnan (value))
        {
          flush (&column, x, y, scale, points);
          if (points->n > 0 && !isnan (points->points[points->n - 1].y))
            append (points, (float) ((x[i] - scale.x0) * scale.sx), NAN);
          continue;
        }
      if (!column.is_open || x[i] >= next_x)
        {
          flush (&column, x, y, scale, points);
          column = (Column){ true, i, i, i, i };
          next_x = scale.x0 + (floor ((x[i] - scale.x0) * scale.sx) + 1) / scale.sx;
          continue;
        }
      column.last = i;
      if (value < y[column.lowest])
        column.lowest = i;
      else if (value > y[column.highest])
        column.highest = i;
    }
  flush (&column, x, y, scale, points);
}

void
tide_points_to_steps (const TidePoints *points, TidePoints *ret_steps)
{
  for (guint i = 0; i < points->n; i++)
    {
      TidePoint point = points->points[i];

      if (i > 0 && !isnan (points->points[i - 1].y))
        append (ret_steps, point.x, points->points[i - 1].y);
      append (ret_steps, point.x, point.y);
    }
}
