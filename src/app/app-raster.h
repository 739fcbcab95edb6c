/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines and areas into an image, on the CPU, at the cost of the pixel columns and not of the points. Pure C. */
#pragma once

#include "app-palette.h"

G_BEGIN_DECLS

/* Premultiplied 0xAARRGGBB words, rows of @stride bytes: cairo's ARGB32, on either kind of machine. */
typedef struct
{
  int width, height;
  gsize stride;
  guint8 *pixels; /* owned by whoever made it */
} TideRaster;

typedef struct
{
  float x, y;
} TidePoint;

/* First, last, lowest and highest point of each pixel column, in the order of x; a NAN value gives one point with
 * y NAN (a break). The line through them covers the same pixels as one through all points. */
typedef struct
{
  guint n, allocated;
  TidePoint *points;
} TidePoints;

void tide_points_clear (TidePoints *points);
void tide_points_append (TidePoints *points, float x, float y);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TidePoints, tide_points_clear)

/* From data to pixels: px = (x - x0) * sx, py = (y0 - y) * sy. */
typedef struct
{
  double x0, sx, y0, sy;
} TideScale;

/* M4: appends to @points what [0, width) shows of n values, and one value beyond each edge. @x ascends.
 * Thread: any. */
void tide_m4 (const double *x, const double *y, gsize n, TideScale scale, double width, TidePoints *points);
/* First index whose x is at least @value. */
gsize tide_lower_bound (const double *x, gsize n, double value);

/* The same line in steps: each value holds until the next one's x. */
void tide_points_to_steps (const TidePoints *points, TidePoints *ret_steps);

/* All draw with source over, anti-aliased, clipped to the image. @width in pixels. */
void tide_raster_clear (TideRaster *raster);
void tide_raster_line (TideRaster *raster, const TidePoint *points, guint n, double width, TideColour colour);
/* As a line, in dashes of @on and gaps of @off pixels along it. */
void tide_raster_dashes (TideRaster *raster, const TidePoint *points, guint n, double width, double on, double off,
                         TideColour colour);
/* Between the line and y = @base; breaks part it. */
void tide_raster_area (TideRaster *raster, const TidePoint *points, guint n, double base, TideColour colour);
/* Between two lines whose columns agree (a stack): upper and lower as M4 of the same x. */
void tide_raster_between (TideRaster *raster, const TidePoint *upper, guint n_upper, const TidePoint *lower,
                          guint n_lower, TideColour colour);
void tide_raster_rect (TideRaster *raster, double x, double y, double width, double height, TideColour colour);
/* A mark of @size pixels across, centred, over a halo of @halo pixels in @under (0: none). */
void tide_raster_mark (TideRaster *raster, double x, double y, double size, TideMark mark, TideColour colour,
                       double halo, TideColour under);
/* A ring: the hollow point of what is not final. */
void tide_raster_ring (TideRaster *raster, double x, double y, double size, double width, TideColour colour,
                       TideColour under);
/* 45° stripes, anchored to the image so that neighbours continue each other. */
void tide_raster_hatch (TideRaster *raster, double x, double y, double width, double height, double period,
                        double stripe, TideColour colour);

G_END_DECLS
