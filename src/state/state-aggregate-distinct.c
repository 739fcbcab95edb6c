/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * distinct: how many different values a field has. What is hashed is the value, not how it is stored: text as its
 * bytes, everything else as 8 bytes, -0 as 0; so every layer and engine comes to the same sketch.
 */
#include "state-private.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define VERSION 1
/* A sketch's memory is asked for this many rows before it is needed. */
#define AHEAD 8

typedef struct
{
  TideDistinct sketch;
  uint64_t count;
} DistinctState;

static inline uint64_t
hash_row (const TideColumn *column, uint32_t row)
{
  uint64_t bits;

  if (column->type == TIDE_TYPE_TEXT)
    {
      TideText text = column->dict[column->codes[row]];

      return XXH3_64bits (text.data, text.len);
    }
  if (column->type == TIDE_TYPE_REAL)
    {
      double real = column->reals[row] + 0.0;

      memcpy (&bits, &real, sizeof bits);
    }
  else
    bits = (uint64_t) column->ints[row];
  bits = GUINT64_TO_LE (bits);
  return XXH3_64bits (&bits, sizeof bits);
}

static gsize
distinct_fold (const TideAggregate *self,
               guint8 *states,
               const TideColumn *column,
               const uint32_t *rows,
               const uint32_t *slots,
               uint32_t n)
{
  DistinctState *distinct = (DistinctState *) states;
  uint64_t hashes[TIDE_FOLD_RUN];
  gsize grown = 0;

  if (column->type == TIDE_TYPE_NONE)
    return 0;
  for (uint32_t start = 0; start < n; start += TIDE_FOLD_RUN)
    {
      uint32_t run = MIN (n - start, TIDE_FOLD_RUN);

      for (uint32_t i = 0; i < run; i++)
        {
          hashes[i] = tide_row_is_valid (column->valid, rows[start + i]) ? hash_row (column, rows[start + i]) : 0;
          __builtin_prefetch (&distinct[slots[start + i]], 1);
        }
      for (uint32_t i = 0; i < run; i++)
        {
          DistinctState *state = &distinct[slots[start + i]];

          if (i + AHEAD < run)
            tide_distinct_prefetch (&distinct[slots[start + i + AHEAD]].sketch, hashes[i + AHEAD]);
          if (!tide_row_is_valid (column->valid, rows[start + i]))
            continue;
          grown += tide_distinct_add (&state->sketch, hashes[i]);
          state->count++;
        }
    }
  return grown;
}

static gsize
distinct_merge (const TideAggregate *self, void *state, const void *other)
{
  DistinctState *a = state;
  const DistinctState *b = other;

  a->count += b->count;
  return tide_distinct_merge (&a->sketch, &b->sketch);
}

static void
distinct_clear (void *state)
{
  tide_distinct_clear (&((DistinctState *) state)->sketch);
}

static void
distinct_write (const void *state, GByteArray *bytes)
{
  const DistinctState *distinct = state;

  g_byte_array_append (bytes, &(guint8){ VERSION }, 1);
  tide_state_put_varint (bytes, distinct->count);
  tide_distinct_write (&distinct->sketch, bytes);
}

static bool
distinct_read (void *state, const guint8 *data, gsize len, GError **error)
{
  TideStateReader reader = { data, data + len };
  DistinctState *distinct = state;
  guint8 version;
  uint64_t count;

  if (!tide_state_get_byte (&reader, &version) || version != VERSION || !tide_state_get_varint (&reader, &count))
    return tide_state_corrupt (error, "distinct");
  if (!tide_distinct_read (&distinct->sketch, reader.at, (gsize) (reader.end - reader.at), error))
    return false;
  distinct->count = count;
  return true;
}

static uint64_t
distinct_count (const void *state)
{
  return ((const DistinctState *) state)->count;
}

static TideValue
distinct_finish (const TideAggregate *self, const void *state, int scale, TideDuration pane)
{
  return tide_value_exact ((TideInt128) tide_distinct_get (&((const DistinctState *) state)->sketch), 0);
}

const TideAggregate tide_aggregate_distinct = {
  .spec = { .name = "distinct", .takes_field = true, .types = TIDE_TYPES_ALL },
  .state_bytes = sizeof (DistinctState),
  .fold = distinct_fold,
  .merge = distinct_merge,
  .clear = distinct_clear,
  .write = distinct_write,
  .read = distinct_read,
  .finish = distinct_finish,
  .count = distinct_count,
};
