/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * count: how many events, or of count(field) how many that have the field. The state is one number, which is the
 * state of a rate as well.
 */
#include "state-private.h"

#define VERSION 1

gsize
tide_count_fold (const TideAggregate *self,
                 guint8 *states,
                 const TideColumn *column,
                 const uint32_t *rows,
                 const uint32_t *slots,
                 uint32_t n)
{
  uint64_t *counts = (uint64_t *) states;

  if (column == NULL || (column->type != TIDE_TYPE_NONE && column->valid == NULL))
    for (uint32_t i = 0; i < n; i++)
      counts[slots[i]]++;
  else if (column->type != TIDE_TYPE_NONE)
    for (uint32_t i = 0; i < n; i++)
      counts[slots[i]] += tide_row_is_valid (column->valid, rows[i]);
  return 0;
}

gsize
tide_count_merge (const TideAggregate *self, void *state, const void *other)
{
  *(uint64_t *) state += *(const uint64_t *) other;
  return 0;
}

void
tide_count_write (const void *state, GByteArray *bytes)
{
  g_byte_array_append (bytes, &(guint8){ VERSION }, 1);
  tide_state_put_varint (bytes, *(const uint64_t *) state);
}

bool
tide_count_read (void *state, const guint8 *data, gsize len, GError **error)
{
  TideStateReader reader = { data, data + len };
  guint8 version;

  if (!tide_state_get_byte (&reader, &version) || version != VERSION)
    return tide_state_corrupt (error, "count");
  if (!tide_state_get_varint (&reader, state) || reader.at != reader.end)
    return tide_state_corrupt (error, "count");
  return true;
}

uint64_t
tide_count_count (const void *state)
{
  return *(const uint64_t *) state;
}

static TideValue
count_finish (const TideAggregate *self, const void *state, int scale, TideDuration pane)
{
  return tide_value_exact ((TideInt128) *(const uint64_t *) state, 0);
}

const TideAggregate tide_aggregate_count = {
  /* A field may be given: its values are counted. */
  .spec = { .name = "count", .types = TIDE_TYPES_ALL, .additive = true },
  .state_bytes = sizeof (uint64_t),
  .fold = tide_count_fold,
  .merge = tide_count_merge,
  .write = tide_count_write,
  .read = tide_count_read,
  .finish = count_finish,
  .count = tide_count_count,
};
