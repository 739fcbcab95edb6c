/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantile and distinct sketches on their own: latency meters use them too. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* DDSketch (Masson, Rim, Lee: DDSketch, VLDB 2019): quantiles within 1 % relative, bins bounded from the top,
 * dense. All zero is empty. */
typedef struct
{
  uint64_t count, zeros;
  struct TideBins
  {
    uint32_t *counts; /* of bins first .. first + n - 1; saturating is impossible before 2^32 a bin: then 64-bit */
    int32_t first;
    uint32_t n, allocated;
  } positive, negative;
  double min, max;
} TideQuantiles;

#define TIDE_QUANTILES_ERROR 0.01

/* @value is finite. Both return the bytes by which it grew. */
gsize tide_quantiles_add (TideQuantiles *sketch, double value, uint64_t count);
gsize tide_quantiles_merge (TideQuantiles *sketch, const TideQuantiles *other);
/* NaN when empty. */
double tide_quantiles_get (const TideQuantiles *sketch, double quantile);
void tide_quantiles_clear (TideQuantiles *sketch);
void tide_quantiles_write (const TideQuantiles *sketch, GByteArray *bytes);
bool tide_quantiles_read (TideQuantiles *sketch, const guint8 *data, gsize len, GError **error);

/* HyperLogLog (Heule, Nunkesser, Hall 2013: 64-bit hash, sparse while small, 2^14 registers). All zero is empty. */
typedef struct
{
  uint32_t *sparse; /* sorted codes; or NULL */
  uint32_t n_sparse, allocated;
  uint8_t *registers; /* 2^14; or NULL */
} TideDistinct;

gsize tide_distinct_add (TideDistinct *sketch, uint64_t hash);
gsize tide_distinct_merge (TideDistinct *sketch, const TideDistinct *other);
/* Rounded to whole numbers. */
uint64_t tide_distinct_get (const TideDistinct *sketch);
void tide_distinct_clear (TideDistinct *sketch);
void tide_distinct_write (const TideDistinct *sketch, GByteArray *bytes);
bool tide_distinct_read (TideDistinct *sketch, const guint8 *data, gsize len, GError **error);

G_END_DECLS
