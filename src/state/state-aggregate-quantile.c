/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * p50, p90, p95 and p99: one sketch, so that they differ only in what is asked of it at the end. Decimals are kept
 * in units of their last digit and divided when finished, which saves a division for each event.
 */
#include "state-private.h"

static gsize
quantile_fold (const TideAggregate *self,
               guint8 *states,
               const TideColumn *column,
               const uint32_t *rows,
               const uint32_t *slots,
               uint32_t n)
{
  double values[TIDE_FOLD_RUN];
  uint32_t kept_slots[TIDE_FOLD_RUN];
  gsize grown = 0;

  if (column->type == TIDE_TYPE_NONE)
    return 0;
  for (uint32_t start = 0; start < n; start += TIDE_FOLD_RUN)
    {
      uint32_t run = MIN (n - start, TIDE_FOLD_RUN);
      uint32_t kept = 0;

      for (uint32_t i = start; i < start + run; i++)
        {
          uint32_t row = rows[i];

          values[kept] = column->type == TIDE_TYPE_REAL ? column->reals[row] : (double) column->ints[row];
          kept_slots[kept] = slots[i];
          kept += tide_row_is_valid (column->valid, row);
        }
      grown += tide_quantiles_add_many ((TideQuantiles *) states, values, kept_slots, kept);
    }
  return grown;
}

static gsize
quantile_merge (const TideAggregate *self, void *state, const void *other)
{
  return tide_quantiles_merge (state, other);
}

static void
quantile_clear (void *state)
{
  tide_quantiles_clear (state);
}

static void
quantile_write (const void *state, GByteArray *bytes)
{
  tide_quantiles_write (state, bytes);
}

static bool
quantile_read (void *state, const guint8 *data, gsize len, GError **error)
{
  return tide_quantiles_read (state, data, len, error);
}

static uint64_t
quantile_count (const void *state)
{
  return ((const TideQuantiles *) state)->count;
}

static TideValue
quantile_finish (const TideAggregate *self, const void *state, int scale, TideDuration pane)
{
  double value = tide_quantiles_get (state, self->spec.parameter);
  double unit = 1;

  if (((const TideQuantiles *) state)->count == 0)
    return (TideValue){ 0 };
  for (int i = 0; i < scale; i++)
    unit *= 10;
  return tide_value_real (value / unit);
}

#define QUANTILE(quantile_name, quantile)                                                                            \
  {                                                                                                                  \
    .spec = { .name = quantile_name,                                                                                 \
              .takes_field = true,                                                                                   \
              .types = TIDE_TYPES_NUMERIC,                                                                           \
              .unit_suffix = "",                                                                                     \
              .parameter = quantile },                                                                               \
    .state_bytes = sizeof (TideQuantiles), .fold = quantile_fold, .merge = quantile_merge, .clear = quantile_clear,  \
    .write = quantile_write, .read = quantile_read, .finish = quantile_finish, .count = quantile_count,              \
  }

const TideAggregate tide_aggregate_p50 = QUANTILE ("p50", 0.50);
const TideAggregate tide_aggregate_p90 = QUANTILE ("p90", 0.90);
const TideAggregate tide_aggregate_p95 = QUANTILE ("p95", 0.95);
const TideAggregate tide_aggregate_p99 = QUANTILE ("p99", 0.99);
