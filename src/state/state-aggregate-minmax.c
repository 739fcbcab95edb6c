/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * min and max, exact for every type that has an order. -0 counts as 0, so that the order of events leaves no trace.
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
    int64_t exact; /* at the column's scale; µs of a time */
    double real;
  };
  uint64_t count : 62;
  uint64_t kind : 2;
} ExtremeState;

G_STATIC_ASSERT (sizeof (ExtremeState) == 16);

static inline void
offer_exact (ExtremeState *state, int64_t value, bool max)
{
  if (state->kind == KIND_EMPTY || (max ? value > state->exact : value < state->exact))
    state->exact = value;
  state->kind = KIND_EXACT;
}

static inline void
offer_real (ExtremeState *state, double value, bool max)
{
  if (state->kind == KIND_EMPTY || (max ? value > state->real : value < state->real))
    state->real = value + 0.0;
  state->kind = KIND_REAL;
}

static inline gsize
fold (guint8 *states, const TideColumn *column, const uint32_t *rows, const uint32_t *slots, uint32_t n, bool max)
{
  ExtremeState *extremes = (ExtremeState *) states;

  if (column->type == TIDE_TYPE_NONE)
    return 0;
  for (uint32_t i = 0; i < n; i++)
    {
      ExtremeState *extreme = &extremes[slots[i]];

      if (!tide_row_is_valid (column->valid, rows[i]))
        continue;
      if (column->type == TIDE_TYPE_REAL)
        offer_real (extreme, column->reals[rows[i]], max);
      else
        offer_exact (extreme, column->ints[rows[i]], max);
      extreme->count++;
    }
  return 0;
}

static gsize
min_fold (const TideAggregate *self,
          guint8 *states,
          const TideColumn *column,
          const uint32_t *rows,
          const uint32_t *slots,
          uint32_t n)
{
  return fold (states, column, rows, slots, n, false);
}

static gsize
max_fold (const TideAggregate *self,
          guint8 *states,
          const TideColumn *column,
          const uint32_t *rows,
          const uint32_t *slots,
          uint32_t n)
{
  return fold (states, column, rows, slots, n, true);
}

static gsize
extreme_merge (const TideAggregate *self, void *state, const void *other)
{
  bool max = self == &tide_aggregate_max;
  ExtremeState *a = state;
  const ExtremeState *b = other;

  if (b->kind == KIND_EMPTY)
    return 0;
  g_assert (a->kind == KIND_EMPTY || a->kind == b->kind);
  if (b->kind == KIND_REAL)
    offer_real (a, b->real, max);
  else
    offer_exact (a, b->exact, max);
  a->count += b->count;
  return 0;
}

static bool
extreme_fits (const void *state, TideType type)
{
  const ExtremeState *extreme = state;

  return extreme->kind == KIND_EMPTY || (extreme->kind == KIND_REAL) == (type == TIDE_TYPE_REAL);
}

static void
extreme_write (const void *state, GByteArray *bytes)
{
  const ExtremeState *extreme = state;

  g_byte_array_append (bytes, (const guint8[]){ VERSION, (guint8) extreme->kind }, 2);
  if (extreme->kind == KIND_EMPTY)
    return;
  tide_state_put_varint (bytes, extreme->count);
  if (extreme->kind == KIND_EXACT)
    tide_state_put_varint (bytes, (uint64_t) extreme->exact << 1 ^ (uint64_t) (extreme->exact >> 63));
  else
    tide_state_put_double (bytes, extreme->real);
}

static bool
extreme_read (void *state, const guint8 *data, gsize len, GError **error)
{
  TideStateReader reader = { data, data + len };
  ExtremeState *extreme = state;
  guint8 version, kind;
  uint64_t count = 0, zigzag = 0;
  double real = 0;
  bool ok;

  if (!tide_state_get_byte (&reader, &version) || version != VERSION || !tide_state_get_byte (&reader, &kind)
      || kind > KIND_REAL)
    return tide_state_corrupt (error, "extreme");
  ok = kind == KIND_EMPTY || (tide_state_get_varint (&reader, &count) && count > 0 && count < UINT64_C (1) << 62);
  if (ok && kind == KIND_EXACT)
    ok = tide_state_get_varint (&reader, &zigzag);
  else if (ok && kind == KIND_REAL)
    ok = tide_state_get_double (&reader, &real) && isfinite (real) && (real != 0 || !signbit (real));
  if (!ok || reader.at != reader.end)
    return tide_state_corrupt (error, "extreme");
  if (kind == KIND_REAL)
    extreme->real = real;
  else
    extreme->exact = (int64_t) (zigzag >> 1 ^ -(zigzag & 1));
  extreme->count = count & ((UINT64_C (1) << 62) - 1);
  extreme->kind = (unsigned) kind & 3;
  return true;
}

static uint64_t
extreme_count (const void *state)
{
  return ((const ExtremeState *) state)->count;
}

static TideValue
extreme_finish (const TideAggregate *self, const void *state, int scale, TideDuration pane)
{
  const ExtremeState *extreme = state;

  if (extreme->kind == KIND_EXACT)
    return tide_value_exact (extreme->exact, scale);
  if (extreme->kind == KIND_REAL)
    return tide_value_real (extreme->real);
  return (TideValue){ 0 };
}

const TideAggregate tide_aggregate_min = {
  .spec = { .name = "min",
            .takes_field = true,
            .types = TIDE_TYPES_NUMERIC | TIDE_TYPE_BIT (TIDE_TYPE_TIME),
            .unit_suffix = "" },
  .state_bytes = sizeof (ExtremeState),
  .fold = min_fold,
  .merge = extreme_merge,
  .fits = extreme_fits,
  .write = extreme_write,
  .read = extreme_read,
  .finish = extreme_finish,
  .count = extreme_count,
};

const TideAggregate tide_aggregate_max = {
  .spec = { .name = "max",
            .takes_field = true,
            .types = TIDE_TYPES_NUMERIC | TIDE_TYPE_BIT (TIDE_TYPE_TIME),
            .unit_suffix = "" },
  .state_bytes = sizeof (ExtremeState),
  .fold = max_fold,
  .merge = extreme_merge,
  .fits = extreme_fits,
  .write = extreme_write,
  .read = extreme_read,
  .finish = extreme_finish,
  .count = extreme_count,
};
