/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sum and avg. Integers and decimals add up exactly in 128 bits, in any order; reals as double-double (Knuth's
 * TwoSum: what a sum rounds off is kept beside it), so that order shows only beyond the 15th digit. An average is
 * the exact sum by the count, rounded once at the end.
 */
#include "state-private.h"

#include <math.h>

#define VERSION 1

typedef enum
{
  KIND_EMPTY,
  KIND_EXACT,
  KIND_REAL,
} Kind;

typedef struct
{
  union
  {
    TideInt128 exact; /* at the column's scale */
    struct
    {
      double high, low;
    };
  };
  uint64_t count;
  uint64_t kind;
} SumState;

/* sum += value + low, where the part that does not fit goes on in low. */
static inline void
add_real (SumState *state, double value)
{
  double sum = state->high + value;
  double part = sum - state->high;

  state->low += (state->high - (sum - part)) + (value - part);
  state->high = sum;
}

static void
fold_exact (SumState *sums, const TideColumn *column, const uint32_t *rows, const uint32_t *slots, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    {
      SumState *sum = &sums[slots[i]];

      if (!tide_row_is_valid (column->valid, rows[i]))
        continue;
      sum->exact += column->ints[rows[i]];
      sum->count++;
      sum->kind = KIND_EXACT;
    }
}

static void
fold_real (SumState *sums, const TideColumn *column, const uint32_t *rows, const uint32_t *slots, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    {
      SumState *sum = &sums[slots[i]];

      if (!tide_row_is_valid (column->valid, rows[i]))
        continue;
      add_real (sum, column->reals[rows[i]]);
      sum->count++;
      sum->kind = KIND_REAL;
    }
}

static gsize
sum_fold (const TideAggregate *self,
          guint8 *states,
          const TideColumn *column,
          const uint32_t *rows,
          const uint32_t *slots,
          uint32_t n)
{
  if (column->type == TIDE_TYPE_REAL)
    fold_real ((SumState *) states, column, rows, slots, n);
  else if (column->type != TIDE_TYPE_NONE)
    fold_exact ((SumState *) states, column, rows, slots, n);
  return 0;
}

static bool
sum_fits (const void *state, TideType type)
{
  const SumState *sum = state;

  return sum->kind == KIND_EMPTY || (sum->kind == KIND_REAL) == (type == TIDE_TYPE_REAL);
}

static gsize
sum_merge (const TideAggregate *self, void *state, const void *other)
{
  SumState *a = state;
  const SumState *b = other;

  if (b->kind == KIND_EMPTY)
    return 0;
  if (a->kind == KIND_EMPTY)
    {
      *a = *b;
      return 0;
    }
  g_assert (a->kind == b->kind);
  if (a->kind == KIND_REAL)
    {
      add_real (a, b->high);
      a->low += b->low;
    }
  else
    a->exact = (TideInt128) ((unsigned __int128) a->exact + (unsigned __int128) b->exact);
  a->count += b->count;
  return 0;
}

static void
put_exact (GByteArray *bytes, TideInt128 exact)
{
  unsigned __int128 zigzag = (unsigned __int128) exact << 1 ^ (unsigned __int128) (exact >> 127);

  tide_state_put_varint (bytes, (uint64_t) zigzag);
  tide_state_put_varint (bytes, (uint64_t) (zigzag >> 64));
}

static bool
get_exact (TideStateReader *reader, TideInt128 *ret_exact)
{
  uint64_t low, high;
  unsigned __int128 zigzag;

  if (!tide_state_get_varint (reader, &low) || !tide_state_get_varint (reader, &high))
    return false;
  zigzag = (unsigned __int128) high << 64 | low;
  *ret_exact = (TideInt128) (zigzag >> 1 ^ -(zigzag & 1));
  return true;
}

static void
sum_write (const void *state, GByteArray *bytes)
{
  const SumState *sum = state;

  g_byte_array_append (bytes, (const guint8[]){ VERSION, (guint8) sum->kind }, 2);
  if (sum->kind == KIND_EMPTY)
    return;
  tide_state_put_varint (bytes, sum->count);
  if (sum->kind == KIND_EXACT)
    put_exact (bytes, sum->exact);
  else
    {
      tide_state_put_double (bytes, sum->high);
      /* Past the largest double what was rounded off has no meaning. */
      tide_state_put_double (bytes, isfinite (sum->high) ? sum->low : 0);
    }
}

static bool
sum_read (void *state, const guint8 *data, gsize len, GError **error)
{
  TideStateReader reader = { data, data + len };
  SumState sum = { 0 };
  guint8 version, kind;
  bool ok;

  if (!tide_state_get_byte (&reader, &version) || version != VERSION || !tide_state_get_byte (&reader, &kind)
      || kind > KIND_REAL)
    return tide_state_corrupt (error, "sum");
  ok = kind == KIND_EMPTY || (tide_state_get_varint (&reader, &sum.count) && sum.count > 0);
  sum.kind = kind;
  if (ok && kind == KIND_EXACT)
    ok = get_exact (&reader, &sum.exact);
  else if (ok && kind == KIND_REAL)
    ok = tide_state_get_double (&reader, &sum.high) && tide_state_get_double (&reader, &sum.low) && isfinite (sum.low);
  if (!ok || reader.at != reader.end)
    return tide_state_corrupt (error, "sum");
  *(SumState *) state = sum;
  return true;
}

static uint64_t
sum_count (const void *state)
{
  return ((const SumState *) state)->count;
}

static double
real_sum (const SumState *sum)
{
  return isfinite (sum->high) ? sum->high + sum->low : sum->high;
}

static TideValue
sum_finish (const TideAggregate *self, const void *state, int scale, TideDuration pane)
{
  const SumState *sum = state;

  if (sum->kind == KIND_EXACT)
    return tide_value_exact (sum->exact, scale);
  if (sum->kind == KIND_REAL)
    return tide_value_real (real_sum (sum));
  return (TideValue){ 0 };
}

static TideValue
avg_finish (const TideAggregate *self, const void *state, int scale, TideDuration pane)
{
  const TideInt128 exact_max = (TideInt128) 1 << 53;
  const SumState *sum = state;
  TideInt128 divisor;

  if (sum->kind == KIND_EMPTY)
    return (TideValue){ 0 };
  if (sum->kind == KIND_REAL)
    return tide_value_real (real_sum (sum) / (double) sum->count);
  divisor = (TideInt128) sum->count;
  for (int i = 0; i < scale; i++)
    divisor *= 10;
  /* Where both are exact as doubles the quotient is the nearest double. */
  if (sum->exact >= -exact_max && sum->exact <= exact_max && divisor <= exact_max)
    return tide_value_real ((double) sum->exact / (double) divisor);
  return tide_value_real ((double) ((long double) sum->exact / (long double) divisor));
}

const TideAggregate tide_aggregate_sum = {
  .spec = { .name = "sum",
            .takes_field = true,
            .types = TIDE_TYPES_NUMERIC | TIDE_TYPE_BIT (TIDE_TYPE_BOOL),
            .additive = true,
            .unit_suffix = "" },
  .state_bytes = sizeof (SumState),
  .fold = sum_fold,
  .merge = sum_merge,
  .fits = sum_fits,
  .write = sum_write,
  .read = sum_read,
  .finish = sum_finish,
  .count = sum_count,
};

const TideAggregate tide_aggregate_avg = {
  .spec = { .name = "avg",
            .takes_field = true,
            .types = TIDE_TYPES_NUMERIC | TIDE_TYPE_BIT (TIDE_TYPE_BOOL),
            .unit_suffix = "" },
  .state_bytes = sizeof (SumState),
  .fold = sum_fold,
  .merge = sum_merge,
  .fits = sum_fits,
  .write = sum_write,
  .read = sum_read,
  .finish = avg_finish,
  .count = sum_count,
};
