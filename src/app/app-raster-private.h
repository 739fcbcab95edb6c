/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a pixel takes a colour; inline, for it is done a million times a frame. */
#pragma once

#include "app-raster.h"

#include <string.h>

G_BEGIN_DECLS

static inline void
tide_blend (guint8 *pixel, const guint32 premultiplied[4], guint32 coverage)
{
  /* coverage 0 .. 255; colours 0 .. 255 with alpha already in. */
  guint32 alpha = premultiplied[3] * coverage + 127, keep;

  if (alpha >= 255 * 255)
    {
      guint8 opaque[4] = { (guint8) premultiplied[0], (guint8) premultiplied[1], (guint8) premultiplied[2], 255 };

      memcpy (pixel, opaque, 4);
      return;
    }
  keep = 255 - (alpha + (alpha >> 8)) / 256;

  for (int i = 0; i < 4; i++)
    {
      guint32 value = premultiplied[i] * coverage + pixel[i] * keep + 127;

      value = (value + (value >> 8)) >> 8;
      pixel[i] = (guint8) MIN (value, 255);
    }
}

static inline void
tide_premultiply (TideColour colour, guint32 ret_premultiplied[4])
{
  ret_premultiplied[0] = (guint32) (colour.blue * colour.alpha * 255.0f + 0.5f);
  ret_premultiplied[1] = (guint32) (colour.green * colour.alpha * 255.0f + 0.5f);
  ret_premultiplied[2] = (guint32) (colour.red * colour.alpha * 255.0f + 0.5f);
  ret_premultiplied[3] = (guint32) (colour.alpha * 255.0f + 0.5f);
}

static inline guint8 *
tide_pixel_at (TideRaster *raster, int x, int y)
{
  return raster->pixels + (gsize) y * raster->stride + (gsize) x * 4;
}

G_END_DECLS
