/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Concatenates columns of one type: the batches of a commit, the blocks that are merged into one. Numbers are copied;
 * of texts only those that rows use are kept, numbered in the order of their first row, each once. The arrays stay from
 * one use to the next, so that a writer at work allocates nothing.
 * Limit: 2^32 - 1 distinct texts. */
#include "store-column.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

typedef struct
{
  uint32_t hash;
  uint32_t code; /* + 1; 0: empty */
} Slot;

struct _TideGather
{
  TideType type;
  int scale;
  bool distinct;
  uint32_t n, room;
  bool has_nulls;
  uint64_t *valid; /* kept from the first null on */
  int64_t *ints;
  double *reals;
  uint32_t *codes;
  GArray *dict;  /* TideText */
  GArray *remap; /* uint32_t: code of a text of the column that is appended, G_MAXUINT32: not seen yet */
  Slot *slots;   /* a power of two, under half full */
  uint32_t n_slots;
  TideArena *arena; /* of texts that were copied */
  gsize text_bytes;
};

TideGather *
tide_gather_new (TideType type, int scale)
{
  TideGather *gather = g_new0 (TideGather, 1);
  gather->type = type;
  gather->scale = scale;
  if (type == TIDE_TYPE_TEXT)
    {
      gather->dict = g_array_new (FALSE, FALSE, sizeof (TideText));
      gather->remap = g_array_new (FALSE, FALSE, sizeof (uint32_t));
      gather->arena = tide_arena_new ();
    }
  return gather;
}

void
tide_gather_free (TideGather *gather)
{
  if (gather == NULL)
    return;
  g_free (gather->valid);
  g_free (gather->ints);
  g_free (gather->reals);
  g_free (gather->codes);
  g_free (gather->slots);
  g_clear_pointer (&gather->dict, g_array_unref);
  g_clear_pointer (&gather->remap, g_array_unref);
  g_clear_pointer (&gather->arena, tide_arena_free);
  g_free (gather);
}

void
tide_gather_reset (TideGather *gather)
{
  gather->n = 0;
  gather->has_nulls = false;
  gather->text_bytes = 0;
  if (gather->type != TIDE_TYPE_TEXT)
    return;
  g_array_set_size (gather->dict, 0);
  tide_arena_reset (gather->arena);
  if (gather->n_slots > 0)
    memset (gather->slots, 0, gather->n_slots * sizeof (Slot));
}

void
tide_gather_set_distinct (TideGather *gather, bool distinct)
{
  gather->distinct = distinct;
}

bool
tide_gather_takes (const TideGather *gather, const TideColumn *column)
{
  return column->type == gather->type && column->scale == gather->scale;
}

uint32_t
tide_gather_get_n (const TideGather *gather)
{
  return gather->n;
}

gsize
tide_gather_get_bytes (const TideGather *gather)
{
  return gather->text_bytes + (gsize) gather->n * (gather->type == TIDE_TYPE_TEXT ? 4 : 8);
}

static void
gather_reserve (TideGather *gather, uint32_t n)
{
  if (n <= gather->room)
    return;
  gather->room = (uint32_t) TIDE_BLOCK_MAX_EVENTS / 4;
  while (gather->room < n)
    gather->room *= 2;
  gather->valid = g_renew (uint64_t, gather->valid, gather->room / 64 + 1);
  if (gather->type == TIDE_TYPE_TEXT)
    gather->codes = g_renew (uint32_t, gather->codes, gather->room);
  else if (gather->type == TIDE_TYPE_REAL)
    gather->reals = g_renew (double, gather->reals, gather->room);
  else
    gather->ints = g_renew (int64_t, gather->ints, gather->room);
}

/* --- the bitmap --- */

static void
bits_fill (uint64_t *bits, uint32_t from, uint32_t to, bool set)
{
  for (uint32_t i = from; i < to;)
    {
      if (i % 64 == 0 && to - i >= 64)
        {
          bits[i / 64] = set ? ~UINT64_C (0) : 0;
          i += 64;
          continue;
        }
      uint64_t bit = UINT64_C (1) << (i % 64);
      bits[i / 64] = set ? bits[i / 64] | bit : bits[i / 64] & ~bit;
      i++;
    }
}

static void
gather_bits (TideGather *gather, const uint64_t *valid, uint32_t n)
{
  if (valid != NULL && !gather->has_nulls)
    {
      gather->has_nulls = true;
      bits_fill (gather->valid, 0, gather->n, true);
    }
  if (valid == NULL && gather->has_nulls)
    bits_fill (gather->valid, gather->n, gather->n + n, true);
  else if (valid != NULL)
    for (uint32_t i = 0; i < n; i++)
      {
        uint32_t to = gather->n + i;
        uint64_t bit = valid[i >> 6] >> (i & 63) & 1;
        if (to % 64 == 0)
          gather->valid[to / 64] = 0;
        gather->valid[to / 64] = (gather->valid[to / 64] & ~(UINT64_C (1) << (to % 64))) | bit << (to % 64);
      }
}

void
tide_gather_pad (TideGather *gather, uint32_t n)
{
  if (n <= gather->n)
    return;
  gather_reserve (gather, n);
  if (!gather->has_nulls)
    {
      gather->has_nulls = true;
      bits_fill (gather->valid, 0, gather->n, true);
    }
  bits_fill (gather->valid, gather->n, n, false);
  uint32_t more = n - gather->n;
  if (gather->type == TIDE_TYPE_TEXT)
    memset (gather->codes + gather->n, 0, more * sizeof *gather->codes);
  else if (gather->type == TIDE_TYPE_REAL)
    memset (gather->reals + gather->n, 0, more * sizeof *gather->reals);
  else
    memset (gather->ints + gather->n, 0, more * sizeof *gather->ints);
  gather->n = n;
}

/* --- texts --- */

static void
gather_grow_slots (TideGather *gather)
{
  uint32_t n = MAX (gather->n_slots * 2, 64);
  Slot *slots = g_new0 (Slot, n);
  for (uint32_t i = 0; i < gather->n_slots; i++)
    {
      uint32_t at = gather->slots[i].hash & (n - 1);
      if (gather->slots[i].code == 0)
        continue;
      while (slots[at].code != 0)
        at = (at + 1) & (n - 1);
      slots[at] = gather->slots[i];
    }
  g_free (gather->slots);
  gather->slots = slots;
  gather->n_slots = n;
}

static uint32_t
gather_add_text (TideGather *gather, TideText text, bool copy)
{
  if (copy)
    text.data = tide_arena_copy (gather->arena, text.data, text.len);
  g_array_append_val (gather->dict, text);
  gather->text_bytes += text.len;
  return gather->dict->len - 1;
}

/* The code of a text, which it gets now when it is new. */
static uint32_t
gather_code (TideGather *gather, TideText text, bool copy)
{
  if (gather->distinct)
    return gather_add_text (gather, text, copy);
  if ((gather->dict->len + 1) * 2 > gather->n_slots)
    gather_grow_slots (gather);
  uint32_t hash = (uint32_t) XXH3_64bits (text.data, text.len);
  uint32_t mask = gather->n_slots - 1, at = hash & mask;
  for (; gather->slots[at].code != 0; at = (at + 1) & mask)
    if (gather->slots[at].hash == hash
        && tide_text_equal (g_array_index (gather->dict, TideText, gather->slots[at].code - 1), text))
      return gather->slots[at].code - 1;
  uint32_t code = gather_add_text (gather, text, copy);
  gather->slots[at] = (Slot){ hash, code + 1 };
  return code;
}

static void
gather_texts (TideGather *gather, const TideColumn *column, uint32_t n, bool copy)
{
  g_array_set_size (gather->remap, column->n_dict);
  uint32_t *remap = (uint32_t *) (void *) gather->remap->data;
  if (column->n_dict > 0)
    memset (remap, 0xff, column->n_dict * sizeof *remap);
  uint32_t *to = gather->codes + gather->n;
  for (uint32_t i = 0; i < n; i++)
    {
      if (!tide_column_is_valid (column, i))
        {
          to[i] = 0;
          continue;
        }
      uint32_t code = column->codes[i];
      if (remap[code] == G_MAXUINT32)
        remap[code] = gather_code (gather, column->dict[code], copy);
      to[i] = remap[code];
    }
}

/* --- appending --- */

void
tide_gather_append (TideGather *gather, const TideColumn *column, uint32_t n, bool copy)
{
  if (column->type == TIDE_TYPE_NONE)
    {
      tide_gather_pad (gather, gather->n + n);
      return;
    }
  g_assert (tide_gather_takes (gather, column));
  gather_reserve (gather, gather->n + n);
  gather_bits (gather, column->valid, n);
  if (gather->type == TIDE_TYPE_TEXT)
    gather_texts (gather, column, n, copy);
  else if (gather->type == TIDE_TYPE_REAL)
    memcpy (gather->reals + gather->n, column->reals, n * sizeof *gather->reals);
  else
    memcpy (gather->ints + gather->n, column->ints, n * sizeof *gather->ints);
  gather->n += n;
}

void
tide_gather_append_row (TideGather *gather, const TideColumn *column, uint32_t row)
{
  if (!tide_column_is_valid (column, row))
    {
      tide_gather_pad (gather, gather->n + 1);
      return;
    }
  gather_reserve (gather, gather->n + 1);
  gather_bits (gather, NULL, 1);
  if (gather->type == TIDE_TYPE_TEXT)
    gather->codes[gather->n] = gather_code (gather, column->dict[column->codes[row]], true);
  else if (gather->type == TIDE_TYPE_REAL)
    gather->reals[gather->n] = column->reals[row];
  else
    gather->ints[gather->n] = column->ints[row];
  gather->n++;
}

void
tide_gather_get (TideGather *gather, TideColumn *ret_column)
{
  static const TideText nothing = { "", 0 };
  *ret_column = (TideColumn){
    .type = gather->type,
    .scale = gather->scale,
    .valid = gather->has_nulls ? gather->valid : NULL,
    .ints = gather->ints,
    .reals = gather->reals,
    .codes = gather->codes,
  };
  if (gather->type != TIDE_TYPE_TEXT)
    return;
  bool empty = gather->dict->len == 0;
  ret_column->dict = empty ? &nothing : (const TideText *) (const void *) gather->dict->data;
  ret_column->n_dict = empty ? 1 : gather->dict->len;
}

/* --- facts about a column --- */

#define ZONE_TEXT_MAX 32

static int
text_compare (TideText a, TideText b)
{
  int order = memcmp (a.data, b.data, MIN (a.len, b.len));
  return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool
zone_of_texts (const TideColumn *column, TideZone *zone)
{
  zone->text_min = zone->text_max = column->dict[0];
  for (uint32_t i = 1; i < column->n_dict; i++)
    {
      if (text_compare (column->dict[i], zone->text_min) < 0)
        zone->text_min = column->dict[i];
      if (text_compare (column->dict[i], zone->text_max) > 0)
        zone->text_max = column->dict[i];
    }
  return zone->text_min.len <= ZONE_TEXT_MAX && zone->text_max.len <= ZONE_TEXT_MAX;
}

void
tide_column_get_zone (const TideColumn *column, uint32_t n, TideZone *ret_zone)
{
  TideZone zone = { .scale = column->scale, .nulls = tide_column_count_nulls (column, n) };
  zone.int_min = INT64_MAX;
  zone.int_max = INT64_MIN;
  zone.real_min = INFINITY;
  zone.real_max = -INFINITY;
  bool known = zone.nulls < n;
  if (known && column->type == TIDE_TYPE_TEXT)
    known = zone_of_texts (column, &zone);
  else if (known && column->type == TIDE_TYPE_REAL)
    {
      for (uint32_t i = 0; i < n; i++)
        if (tide_column_is_valid (column, i))
          {
            zone.real_min = MIN (zone.real_min, column->reals[i]);
            zone.real_max = MAX (zone.real_max, column->reals[i]);
          }
    }
  else if (known && zone.nulls == 0)
    for (uint32_t i = 0; i < n; i++)
      {
        zone.int_min = MIN (zone.int_min, column->ints[i]);
        zone.int_max = MAX (zone.int_max, column->ints[i]);
      }
  else if (known)
    for (uint32_t i = 0; i < n; i++)
      if (tide_column_is_valid (column, i))
        {
          zone.int_min = MIN (zone.int_min, column->ints[i]);
          zone.int_max = MAX (zone.int_max, column->ints[i]);
        }
  zone.type = known ? column->type : TIDE_TYPE_NONE;
  *ret_zone = zone;
}

static bool
row_equal (const TideColumn *a, const TideColumn *b, uint32_t row)
{
  bool valid = tide_column_is_valid (a, row);
  if (valid != tide_column_is_valid (b, row))
    return false;
  if (!valid)
    return true;
  if (a->type == TIDE_TYPE_TEXT)
    return tide_text_equal (a->dict[a->codes[row]], b->dict[b->codes[row]]);
  if (a->type == TIDE_TYPE_REAL)
    return memcmp (&a->reals[row], &b->reals[row], sizeof (double)) == 0;
  return a->ints[row] == b->ints[row];
}

/* Columns that were filled side by side number their texts alike: then texts are compared once each. */
static bool
codes_equal (const TideColumn *a, const TideColumn *b, uint32_t n)
{
  if (a->valid != NULL || b->valid != NULL || a->n_dict != b->n_dict
      || memcmp (a->codes, b->codes, n * sizeof *a->codes) != 0)
    return false;
  for (uint32_t i = 0; i < a->n_dict; i++)
    if (!tide_text_equal (a->dict[i], b->dict[i]))
      return false;
  return true;
}

bool
tide_column_equal (const TideColumn *a, const TideColumn *b, uint32_t n)
{
  if (a->type != b->type || a->scale != b->scale)
    return false;
  if (a->valid == NULL && b->valid == NULL && a->type != TIDE_TYPE_TEXT && a->type != TIDE_TYPE_REAL)
    return memcmp (a->ints, b->ints, n * sizeof *a->ints) == 0;
  if (a->type == TIDE_TYPE_TEXT && codes_equal (a, b, n))
    return true;
  for (uint32_t i = 0; i < n; i++)
    if (!row_equal (a, b, i))
      return false;
  return true;
}
