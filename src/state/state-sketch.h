/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantile and distinct sketches on their own: latency meters use them too. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* Counts of neighbouring bins. A count takes 1, 2, 4 or 8 bytes, all alike and as few as the largest needs: with
 * thousands of groups it is cache misses that cost time. */
struct TideBins
{
  void *counts;
  uint32_t first; /* index of the first bin there is room for */
  uint16_t n;     /* how many there is room for */
  uint8_t shift;  /* a count takes 1 << shift bytes */
};

/* DDSketch (Masson, Rim, Lee: DDSketch, VLDB 2019): quantiles within 1 % relative. At most 2,048 bins a sign, which
 * span a factor of 10^17; values that are smaller than the largest by more share the lowest bin. All zero is empty. */
typedef struct
{
  uint64_t count, zeros;
  struct TideBins positive, negative;
  double min, max;
} TideQuantiles;

#define TIDE_QUANTILES_ERROR 0.01

/* @value is finite. Both return the bytes by which it grew. */
gsize tide_quantiles_add (TideQuantiles *sketch, double value, uint64_t count);
gsize tide_quantiles_merge (TideQuantiles *sketch, const TideQuantiles *other);
/* Of the value at place floor (quantile × (count − 1)) of all in order, from 0. NaN when empty. */
double tide_quantiles_get (const TideQuantiles *sketch, double quantile);
void tide_quantiles_clear (TideQuantiles *sketch);
void tide_quantiles_write (const TideQuantiles *sketch, GByteArray *bytes);
/* Into an empty one, which stays so on failure. */
bool tide_quantiles_read (TideQuantiles *sketch, const guint8 *data, gsize len, GError **error);

/* HyperLogLog (Heule, Nunkesser, Hall 2013: 64-bit hash, sparse while small, 2^14 registers; the estimator is Ertl's
 * of 2017, which needs no tables of bias). All zero is empty. */
typedef struct
{
  uint32_t *sparse;   /* hash set of codes, 0 is free; NULL: empty or dense */
  uint32_t n_sparse, allocated;
  uint8_t *registers; /* 2^14; NULL while sparse */
} TideDistinct;

/* @hash: 64 good bits, such as XXH3. Both return the bytes by which it grew. */
gsize tide_distinct_add (TideDistinct *sketch, uint64_t hash);
gsize tide_distinct_merge (TideDistinct *sketch, const TideDistinct *other);
/* Rounded to whole numbers. */
uint64_t tide_distinct_get (const TideDistinct *sketch);
void tide_distinct_clear (TideDistinct *sketch);
void tide_distinct_write (const TideDistinct *sketch, GByteArray *bytes);
/* Into an empty one, which stays so on failure. */
bool tide_distinct_read (TideDistinct *sketch, const guint8 *data, gsize len, GError **error);

G_END_DECLS
