/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a pixel takes a colour; inline, for it is done a million times a frame. */
#pragma once

#include "app-raster.h"

#include <string.h>

G_BEGIN_DECLS

/* Each of four bytes times @by / 255, rounded; two at a time in a word. */
static inline guint32
tide_scale_pixel (guint32 pixel, guint32 by)
{
  guint32 even = (pixel & 0xff00ff) * by + 0x800080, odd = (pixel >> 8 & 0xff00ff) * by + 0x800080;

  even = (even + (even >> 8 & 0xff00ff)) >> 8 & 0xff00ff;
  odd = (odd + (odd >> 8 & 0xff00ff)) & 0xff00ff00;
  return even | odd;
}

/* @premultiplied over what is there; coverage 0 .. 255. */
static inline void
tide_blend (guint8 *pixel, guint32 premultiplied, guint32 coverage)
{
  guint32 colour = coverage == 255 ? premultiplied : tide_scale_pixel (premultiplied, coverage), under;

  if (colour >> 24 != 255)
    {
      memcpy (&under, pixel, 4);
      colour += tide_scale_pixel (under, 255 - (colour >> 24));
    }
  memcpy (pixel, &colour, 4);
}

static inline guint32
tide_premultiply (TideColour colour)
{
  guint32 blue = (guint32) (colour.blue * colour.alpha * 255.0f + 0.5f);
  guint32 green = (guint32) (colour.green * colour.alpha * 255.0f + 0.5f);
  guint32 red = (guint32) (colour.red * colour.alpha * 255.0f + 0.5f);
  guint32 alpha = (guint32) (colour.alpha * 255.0f + 0.5f);

  return MIN (blue, alpha) | MIN (green, alpha) << 8 | MIN (red, alpha) << 16 | alpha << 24;
}

static inline guint8 *
tide_pixel_at (TideRaster *raster, int x, int y)
{
  return raster->pixels + (gsize) y * raster->stride + (gsize) x * 4;
}

G_END_DECLS
