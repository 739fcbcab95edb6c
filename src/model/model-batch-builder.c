/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Appends events to columns. Values go into arrays that the builder keeps from batch to batch; finish() copies
 * them, cut to size, into the arena where the texts are already. A text column is interned by an open-addressing
 * table, so that whoever reads the batch works once for each distinct text; the payload is not, since each is its
 * own. A row that is abandoned leaves nothing behind: a flood of bad events grows no dictionary.
 * Limit: one thread.
 */
#include "model-batch.h"

#include "model-stream.h"

#include <string.h>

#define FIRST_ROWS 128
#define FIRST_SLOTS 16
#define FIRST_SLAB_BYTES ((gsize) 1024)
#define MAX_SLAB_BYTES ((gsize) 128 * 1024)

typedef struct
{
  TideType type;
  bool used; /* some row of this batch has a value: its array counts in bytes */
  bool interned;
  union
  {
    int64_t *ints;
    double *reals;
    uint32_t *codes;
  };
  uint64_t *valid; /* bits past the row under way are clear */
  TideText *dict;
  uint32_t n_dict, allocated_dict;
  uint32_t added_row; /* 1 + the row that added the newest text; 0: none under way */
  /* Open addressing: the high half of a slot is the text's hash, the low half its code + 1; 0 is free. At most
   * half of the slots are taken. */
  uint64_t *slots;
  uint32_t slot_mask, allocated_slots;
  int scale;
} Column;

struct _TideBatchBuilder
{
  const TideStream *stream;
  Column *columns;
  uint32_t n_columns;
  uint32_t n, allocated; /* rows */
  TideArena *arena;
  char *text_at, *slab_end; /* where the next text goes, in a slab of the arena */
  char *row_text_at;        /* where the texts of the row under way start; of a slab it began, the beginning */
  gsize text_bytes, last_text_bytes;
  gsize row_bytes;                 /* of the arrays of used columns, a row */
  gsize dict_bytes;
  gsize payload_bytes;
  int64_t received_mono_us;
  uint64_t seed;
};

static inline uint64_t
load64 (const char *data)
{
  uint64_t word;

  memcpy (&word, data, sizeof word);
  return word;
}

static inline uint64_t
load32 (const char *data)
{
  uint32_t word;

  memcpy (&word, data, sizeof word);
  return word;
}

static inline uint64_t
mix (uint64_t a, uint64_t b)
{
  __extension__ unsigned __int128 product = (unsigned __int128) a * b;

  return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* Multiply and fold over 16 bytes a step, in the manner of wyhash; seeded, so that no sender can choose texts
 * that collide. */
static inline uint64_t
hash_text (const char *data, gsize len, uint64_t seed)
{
  const uint64_t k0 = 0x9e3779b97f4a7c15u, k1 = 0xd6e8feb86659fd93u;
  uint64_t a, b;
  gsize left = len;

  seed ^= k0;
  for (; left > 16; left -= 16, data += 16)
    seed = mix (load64 (data) ^ k1, load64 (data + 8) ^ seed);
  if (left >= 8)
    {
      a = load64 (data);
      b = load64 (data + left - 8);
    }
  else if (left >= 4)
    {
      a = load32 (data);
      b = load32 (data + left - 4);
    }
  else if (left > 0)
    {
      a = (uint64_t) (uint8_t) data[0] << 16 | (uint64_t) (uint8_t) data[left >> 1] << 8 | (uint8_t) data[left - 1];
      b = 0;
    }
  else
    a = b = 0;
  return mix (k1 ^ len, mix (a ^ k1, b ^ seed));
}

/* memcmp() without the call for the short texts that columns are full of. */
static inline bool
same_bytes (const char *a, const char *b, gsize len)
{
  if (len >= 8 && len <= 16)
    return ((load64 (a) ^ load64 (b)) | (load64 (a + len - 8) ^ load64 (b + len - 8))) == 0;
  if (len >= 4 && len < 8)
    return ((load32 (a) ^ load32 (b)) | (load32 (a + len - 4) ^ load32 (b + len - 4))) == 0;
  return memcmp (a, b, len) == 0;
}

static inline bool
has_value (const Column *column, uint32_t row)
{
  return (column->valid[row >> 6] >> (row & 63) & 1) != 0;
}

static gsize
value_bytes (TideType type)
{
  return type == TIDE_TYPE_TEXT ? sizeof (uint32_t) : sizeof (int64_t);
}

static void
set_column_type (TideBatchBuilder *builder, uint32_t index, TideType type, int scale)
{
  Column *column = &builder->columns[index];

  column->type = type;
  column->scale = scale;
  column->interned = type == TIDE_TYPE_TEXT && index != TIDE_COLUMN_PAYLOAD;
  if (column->interned)
    {
      column->slots = g_new0 (uint64_t, FIRST_SLOTS);
      column->allocated_slots = FIRST_SLOTS;
      column->slot_mask = FIRST_SLOTS - 1;
    }
}

static void
grow_rows (TideBatchBuilder *builder)
{
  uint32_t allocated = MAX (builder->allocated * 2, FIRST_ROWS);

  for (uint32_t c = 0; c < builder->n_columns; c++)
    {
      Column *column = &builder->columns[c];

      column->ints = g_realloc (column->ints, allocated * value_bytes (column->type));
      column->valid = g_renew (uint64_t, column->valid, allocated / 64);
      memset (column->valid + builder->allocated / 64, 0, (allocated - builder->allocated) / 8);
    }
  builder->allocated = allocated;
}

/**
 * tide_batch_builder_new:
 * @stream: (transfer none): its fields are the columns; a reference is kept
 */
TideBatchBuilder *
tide_batch_builder_new (const TideStream *stream)
{
  TideBatchBuilder *builder = g_new0 (TideBatchBuilder, 1);

  builder->stream = tide_stream_ref (stream);
  builder->n_columns = TIDE_COLUMN_FIELD0 + stream->n_fields;
  builder->columns = g_new0 (Column, builder->n_columns);
  builder->seed = (uint64_t) g_random_int () << 32 | g_random_int ();
  set_column_type (builder, TIDE_COLUMN_TIME, TIDE_TYPE_TIME, 0);
  set_column_type (builder, TIDE_COLUMN_RECEIVED, TIDE_TYPE_TIME, 0);
  set_column_type (builder, TIDE_COLUMN_SOURCE, TIDE_TYPE_TEXT, 0);
  set_column_type (builder, TIDE_COLUMN_PARTITION, TIDE_TYPE_INT, 0);
  set_column_type (builder, TIDE_COLUMN_OFFSET, TIDE_TYPE_INT, 0);
  set_column_type (builder, TIDE_COLUMN_KEY, TIDE_TYPE_TEXT, 0);
  set_column_type (builder, TIDE_COLUMN_PAYLOAD, TIDE_TYPE_TEXT, 0);
  for (uint32_t i = 0; i < stream->n_fields; i++)
    set_column_type (builder, TIDE_COLUMN_FIELD0 + i, stream->fields[i]->type, stream->fields[i]->scale);
  grow_rows (builder);
  return builder;
}

void
tide_batch_builder_free (TideBatchBuilder *builder)
{
  if (builder == NULL)
    return;
  for (uint32_t c = 0; c < builder->n_columns; c++)
    {
      g_free (builder->columns[c].ints);
      g_free (builder->columns[c].valid);
      g_free (builder->columns[c].dict);
      g_free (builder->columns[c].slots);
    }
  g_free (builder->columns);
  tide_arena_free (builder->arena);
  tide_stream_unref (builder->stream);
  g_free (builder);
}

uint32_t
tide_batch_builder_get_n (const TideBatchBuilder *builder)
{
  return builder->n;
}

/**
 * tide_batch_builder_get_bytes:
 *
 * Returns: about what the batch would hold if it were finished now
 */
gsize
tide_batch_builder_get_bytes (const TideBatchBuilder *builder)
{
  return (builder->arena != NULL ? tide_arena_get_bytes (builder->arena) : 0) + builder->dict_bytes
         + builder->n * builder->row_bytes;
}

/**
 * tide_batch_builder_is_full:
 *
 * To be asked after each row. Nothing breaks when more is added: the batch only gets larger than is good for
 * latency and the bounds of queues.
 */
bool
tide_batch_builder_is_full (const TideBatchBuilder *builder)
{
  return builder->n >= TIDE_BATCH_MAX_EVENTS
         || (builder->n > 0 && tide_batch_builder_get_bytes (builder) >= TIDE_BATCH_MAX_BYTES);
}

static void
new_slab (TideBatchBuilder *builder, gsize len)
{
  gsize bytes;

  if (builder->arena == NULL)
    {
      bytes = MAX (builder->last_text_bytes, FIRST_SLAB_BYTES);
      builder->arena = tide_arena_new_sized (MAX (bytes, len));
    }
  else
    bytes = CLAMP (builder->text_bytes, FIRST_SLAB_BYTES, MAX_SLAB_BYTES);
  bytes = MAX (bytes, len);
  builder->text_at = tide_arena_alloc (builder->arena, bytes);
  builder->row_text_at = builder->text_at;
  builder->slab_end = builder->text_at + bytes;
}

static inline TideText
copy_text (TideBatchBuilder *builder, const char *data, gsize len)
{
  TideText text;

  if (builder->text_at == NULL || (gsize) (builder->slab_end - builder->text_at) < len)
    new_slab (builder, len);
  text = (TideText){ builder->text_at, (uint32_t) len };
  if (len > 0)
    memcpy (builder->text_at, data, len);
  builder->text_at += len;
  builder->text_bytes += len;
  return text;
}

static void
grow_slots (Column *column)
{
  uint32_t n_slots = (column->slot_mask + 1) * 2;
  uint64_t *slots = g_new0 (uint64_t, n_slots);

  for (uint32_t i = 0; i <= column->slot_mask; i++)
    if (column->slots[i] != 0)
      {
        uint32_t at = (uint32_t) (column->slots[i] >> 32) & (n_slots - 1);

        while (slots[at] != 0)
          at = (at + 1) & (n_slots - 1);
        slots[at] = column->slots[i];
      }
  g_free (column->slots);
  column->slots = slots;
  column->allocated_slots = n_slots;
  column->slot_mask = n_slots - 1;
}

static inline uint32_t
add_text (TideBatchBuilder *builder, Column *column, const char *data, gsize len)
{
  if (G_UNLIKELY (column->n_dict == column->allocated_dict))
    {
      column->allocated_dict = MAX (column->allocated_dict * 2, 16);
      column->dict = g_renew (TideText, column->dict, column->allocated_dict);
    }
  column->dict[column->n_dict] = copy_text (builder, data, len);
  column->added_row = builder->n + 1;
  builder->dict_bytes += sizeof (TideText);
  return column->n_dict++;
}

static inline uint32_t
intern (TideBatchBuilder *builder, Column *column, const char *data, gsize len)
{
  uint32_t hash = (uint32_t) hash_text (data, len, builder->seed);
  uint32_t at, code;

  for (at = hash & column->slot_mask; column->slots[at] != 0; at = (at + 1) & column->slot_mask)
    if ((uint32_t) (column->slots[at] >> 32) == hash)
      {
        const TideText *text = &column->dict[(uint32_t) column->slots[at] - 1];

        if (text->len == len && same_bytes (text->data, data, len))
          return (uint32_t) column->slots[at] - 1;
      }
  code = add_text (builder, column, data, len);
  column->slots[at] = (uint64_t) hash << 32 | (code + 1);
  if (G_UNLIKELY (column->n_dict * 2 > column->slot_mask))
    grow_slots (column);
  return code;
}

/* Whether the column has no value in the row under way yet; then it counts as set. */
static inline bool
take_value (TideBatchBuilder *builder, Column *column)
{
  uint64_t bit = UINT64_C (1) << (builder->n & 63);
  uint64_t *word = &column->valid[builder->n >> 6];

  if ((*word & bit) != 0)
    return false;
  *word |= bit;
  if (G_UNLIKELY (!column->used))
    {
      column->used = true;
      builder->row_bytes += value_bytes (column->type);
    }
  return true;
}

void
tide_batch_builder_set_int (TideBatchBuilder *builder, uint32_t column, int64_t value)
{
  Column *col = &builder->columns[column];

  g_assert (column < builder->n_columns && col->type != TIDE_TYPE_REAL && col->type != TIDE_TYPE_TEXT);
  if (take_value (builder, col))
    col->ints[builder->n] = value;
}

void
tide_batch_builder_set_real (TideBatchBuilder *builder, uint32_t column, double value)
{
  Column *col = &builder->columns[column];

  g_assert (column < builder->n_columns && col->type == TIDE_TYPE_REAL);
  if (take_value (builder, col))
    col->reals[builder->n] = value;
}

/**
 * tide_batch_builder_set_text:
 * @data: UTF-8, copied; may be %NULL when @len is 0
 * @len: below 4 GiB
 */
void
tide_batch_builder_set_text (TideBatchBuilder *builder, uint32_t column, const char *data, gsize len)
{
  Column *col = &builder->columns[column];

  g_assert (column < builder->n_columns && col->type == TIDE_TYPE_TEXT && len <= UINT32_MAX);
  if (!take_value (builder, col))
    return;
  if (col->interned)
    col->codes[builder->n] = intern (builder, col, data, len);
  else
    col->codes[builder->n] = add_text (builder, col, data, len);
}

bool
tide_batch_builder_row_has (const TideBatchBuilder *builder, uint32_t column)
{
  return has_value (&builder->columns[column], builder->n);
}

int64_t
tide_batch_builder_row_int (const TideBatchBuilder *builder, uint32_t column)
{
  return builder->columns[column].ints[builder->n];
}

double
tide_batch_builder_row_real (const TideBatchBuilder *builder, uint32_t column)
{
  return builder->columns[column].reals[builder->n];
}

/**
 * tide_batch_builder_row_text:
 *
 * Returns: the text, the builder's; good until the row is abandoned or the batch goes
 */
TideText
tide_batch_builder_row_text (const TideBatchBuilder *builder, uint32_t column)
{
  return builder->columns[column].dict[builder->columns[column].codes[builder->n]];
}

/**
 * tide_batch_builder_set_received_mono:
 *
 * When the oldest event of the batch under way was read, for latency. Without it the batch tells when its first
 * row ended.
 */
void
tide_batch_builder_set_received_mono (TideBatchBuilder *builder, int64_t received_mono_us)
{
  if (builder->received_mono_us == 0 || received_mono_us < builder->received_mono_us)
    builder->received_mono_us = received_mono_us;
}

/**
 * tide_batch_builder_end_row:
 * @payload_bytes: size of the event as it came
 *
 * The event is complete. It must have %TIDE_COLUMN_TIME.
 */
void
tide_batch_builder_end_row (TideBatchBuilder *builder, gsize payload_bytes)
{
  g_assert (has_value (&builder->columns[TIDE_COLUMN_TIME], builder->n));
  if (builder->received_mono_us == 0)
    builder->received_mono_us = g_get_monotonic_time ();
  builder->payload_bytes += payload_bytes;
  builder->row_text_at = builder->text_at;
  if (++builder->n == builder->allocated)
    grow_rows (builder);
}

/* Takes the newest text out of the dictionary. It was the last to be added, so no probe passes over its slot. */
static void
remove_newest_text (TideBatchBuilder *builder, Column *column)
{
  TideText text = column->dict[column->n_dict - 1];

  if (column->interned)
    {
      uint32_t at = (uint32_t) hash_text (text.data, text.len, builder->seed) & column->slot_mask;

      while ((uint32_t) column->slots[at] != column->n_dict)
        at = (at + 1) & column->slot_mask;
      column->slots[at] = 0;
    }
  column->n_dict--;
  column->added_row = 0;
  builder->dict_bytes -= sizeof (TideText);
  builder->text_bytes -= text.len;
}

/* No row needs a text: gives back what large ones took. */
static void
drop_arena (TideBatchBuilder *builder)
{
  tide_arena_free (builder->arena);
  builder->arena = NULL;
  builder->text_at = builder->slab_end = builder->row_text_at = NULL;
}

/**
 * tide_batch_builder_abandon_row:
 *
 * Forgets the row under way and every text that it brought.
 */
void
tide_batch_builder_abandon_row (TideBatchBuilder *builder)
{
  for (uint32_t c = 0; c < builder->n_columns; c++)
    {
      Column *column = &builder->columns[c];

      if (!has_value (column, builder->n))
        continue;
      column->valid[builder->n >> 6] &= ~(UINT64_C (1) << (builder->n & 63));
      if (column->added_row == builder->n + 1)
        remove_newest_text (builder, column);
    }
  /* Texts of this row that began another slab leave it to the next rows. */
  builder->text_at = builder->row_text_at;
  if (builder->n == 0 && builder->arena != NULL)
    drop_arena (builder);
}

/* Copies n values, zero (which is a valid code as well) where there is none. */
static const void *
copy_values (TideArena *arena, const Column *column, uint32_t n, bool all)
{
  gsize size = value_bytes (column->type);
  void *values = tide_arena_alloc (arena, n * size);

  memcpy (values, column->ints, n * size);
  if (!all)
    for (uint32_t w = 0; w < (n + 63) / 64; w++)
      {
        uint64_t missing = ~column->valid[w];

        if (n - w * 64 < 64)
          missing &= (UINT64_C (1) << (n & 63)) - 1;
        for (; missing != 0; missing &= missing - 1)
          memset ((guint8 *) values + (w * 64 + (uint32_t) __builtin_ctzll (missing)) * size, 0, size);
      }
  return values;
}

static void
finish_column (TideBatchBuilder *builder, Column *column, TideColumn *ret_column)
{
  TideArena *arena = builder->arena;
  uint32_t n = builder->n;
  uint32_t n_words = (n + 63) / 64;
  uint32_t n_valid = 0;
  const void *values;
  bool all;

  for (uint32_t w = 0; w < n_words; w++)
    n_valid += (uint32_t) __builtin_popcountll (column->valid[w]);
  if (n_valid == 0)
    return;
  all = n_valid == n;
  values = copy_values (arena, column, n, all);
  ret_column->type = column->type;
  ret_column->scale = column->scale;
  if (!all)
    {
      uint64_t *valid = tide_arena_alloc (arena, n_words * sizeof *valid);

      memcpy (valid, column->valid, n_words * sizeof *valid);
      ret_column->valid = valid;
    }
  if (column->type == TIDE_TYPE_TEXT)
    {
      TideText *dict = tide_arena_alloc (arena, column->n_dict * sizeof *dict);

      memcpy (dict, column->dict, column->n_dict * sizeof *dict);
      ret_column->codes = values;
      ret_column->dict = dict;
      ret_column->n_dict = column->n_dict;
    }
  else if (column->type == TIDE_TYPE_REAL)
    ret_column->reals = values;
  else
    ret_column->ints = values;
}

/* Ready for the first row of the next batch. The table of texts is made to fit what this batch had, so that a
 * quiet stream does not clear a large one for each small batch. */
static void
restart (TideBatchBuilder *builder)
{
  for (uint32_t c = 0; c < builder->n_columns; c++)
    {
      Column *column = &builder->columns[c];

      if (column->used)
        memset (column->valid, 0, (builder->n / 64 + 1) * sizeof *column->valid);
      if (column->interned && column->n_dict > 0)
        {
          uint32_t n_slots = FIRST_SLOTS;

          while (n_slots < 2 * column->n_dict + 2)
            n_slots *= 2;
          column->slot_mask = MIN (n_slots, column->allocated_slots) - 1;
          memset (column->slots, 0, (column->slot_mask + 1) * sizeof *column->slots);
        }
      column->used = false;
      column->n_dict = 0;
      column->added_row = 0;
    }
  builder->last_text_bytes = builder->text_bytes;
  builder->text_bytes = 0;
  builder->dict_bytes = 0;
  builder->row_bytes = 0;
  builder->payload_bytes = 0;
  builder->received_mono_us = 0;
  builder->n = 0;
}

/* What finish() allocates, rounding to the arena's alignment included. */
static gsize
finished_bytes (const TideBatchBuilder *builder)
{
  gsize bytes = sizeof (TideBatch) + builder->n_columns * sizeof (TideColumn) + 64;

  for (uint32_t c = 0; c < builder->n_columns; c++)
    {
      const Column *column = &builder->columns[c];

      if (column->used)
        bytes += builder->n * value_bytes (column->type) + (builder->n + 63) / 64 * sizeof (uint64_t)
                 + column->n_dict * sizeof (TideText) + 48;
    }
  return bytes;
}

static void
set_time_bounds (TideBatch *batch)
{
  const int64_t *times = batch->columns[TIDE_COLUMN_TIME].ints;
  TideTime min = times[0], max = times[0];

  for (uint32_t i = 1; i < batch->n; i++)
    {
      min = MIN (min, times[i]);
      max = MAX (max, times[i]);
    }
  batch->time_min = min;
  batch->time_max = max;
}

/**
 * tide_batch_builder_finish:
 *
 * Takes the rows out as a batch and starts afresh. A row under way is abandoned. Columns without a value in any row
 * are of type NONE.
 *
 * Returns: (transfer full) (nullable): the batch; %NULL when there are no rows
 */
TideBatch *
tide_batch_builder_finish (TideBatchBuilder *builder)
{
  TideBatch *batch;

  tide_batch_builder_abandon_row (builder);
  if (builder->n == 0)
    return NULL;
  /* One chunk for all that follows. */
  if (builder->arena == NULL)
    builder->arena = tide_arena_new_sized (finished_bytes (builder));
  else
    tide_arena_reserve (builder->arena, finished_bytes (builder));
  batch = tide_batch_new (builder->stream, builder->arena);
  batch->n = builder->n;
  batch->payload_bytes = builder->payload_bytes;
  batch->received_mono_us = builder->received_mono_us;
  for (uint32_t c = 0; c < builder->n_columns; c++)
    if (builder->columns[c].used)
      finish_column (builder, &builder->columns[c], &batch->columns[c]);
  set_time_bounds (batch);
  builder->arena = NULL;
  builder->text_at = builder->slab_end = builder->row_text_at = NULL;
  restart (builder);
  return batch;
}
