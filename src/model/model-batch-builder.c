/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Appends events to columns. Values go into arrays that the builder keeps from batch to batch; finish() copies
 * them, cut to size, into the arena where the texts are already. Text is interned, so that whoever reads the batch
 * works once for each distinct text; the payload is not, since each is its own. A row that is abandoned leaves
 * nothing behind: a flood of bad events grows no dictionary.
 * Limit: one thread.
 */
#include "model-batch-private.h"
#include "model-stream.h"

#include <string.h>

#define FIRST_ROWS 128

typedef struct
{
  TideType type;
  bool used; /* some row of this batch has a value: its array counts in bytes */
  union
  {
    int64_t *ints;
    double *reals;
    uint32_t *codes;
  };
  uint64_t *valid; /* bits past the row under way are clear */
  TideTextDict dict;
  uint32_t added_row; /* 1 + the row that added the newest text; 0: none did */
  int scale;
} Column;

struct _TideBatchBuilder
{
  const TideStream *stream;
  Column *columns;
  uint32_t n_columns;
  uint32_t n, allocated; /* rows */
  TideTextStore texts;
  gsize row_bytes;  /* of the arrays of used columns, a row */
  gsize dict_bytes;
  gsize payload_bytes;
  int64_t received_mono_us;
};

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
  if (type == TIDE_TYPE_TEXT)
    tide_text_dict_init (&column->dict, index != TIDE_COLUMN_PAYLOAD);
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
  builder->texts.seed = (uint64_t) g_random_int () << 32 | g_random_int ();
  set_column_type (builder, TIDE_COLUMN_TIME, TIDE_TYPE_TIME, 0);
  set_column_type (builder, TIDE_COLUMN_RECEIVED, TIDE_TYPE_TIME, 0);
  set_column_type (builder, TIDE_COLUMN_SOURCE, TIDE_TYPE_TEXT, 0);
  set_column_type (builder, TIDE_COLUMN_PARTITION, TIDE_TYPE_INT, 0);
  set_column_type (builder, TIDE_COLUMN_OFFSET, TIDE_TYPE_INT, 0);
  set_column_type (builder, TIDE_COLUMN_KEY, TIDE_TYPE_TEXT, 0);
  set_column_type (builder, TIDE_COLUMN_PAYLOAD, TIDE_TYPE_TEXT, 0);
  set_column_type (builder, TIDE_COLUMN_HEADERS, TIDE_TYPE_TEXT, 0);
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
      tide_text_dict_clear (&builder->columns[c].dict);
    }
  g_free (builder->columns);
  tide_arena_free (builder->texts.arena);
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
  return (builder->texts.arena != NULL ? tide_arena_get_bytes (builder->texts.arena) : 0) + builder->dict_bytes
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
  uint32_t known = col->dict.n;

  g_assert (column < builder->n_columns && col->type == TIDE_TYPE_TEXT && len <= UINT32_MAX);
  if (!take_value (builder, col))
    return;
  col->codes[builder->n] = tide_text_dict_add (&col->dict, &builder->texts, data, len);
  if (col->dict.n == known)
    return;
  col->added_row = builder->n + 1;
  builder->dict_bytes += sizeof (TideText);
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
  return builder->columns[column].dict.texts[builder->columns[column].codes[builder->n]];
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
  builder->texts.row_at = builder->texts.at;
  if (++builder->n == builder->allocated)
    grow_rows (builder);
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
        {
          tide_text_dict_remove_newest (&column->dict, &builder->texts);
          builder->dict_bytes -= sizeof (TideText);
          column->added_row = 0;
        }
    }
  tide_text_store_abandon_row (&builder->texts, builder->n == 0);
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
finish_column (const Column *column, uint32_t n, TideArena *arena, TideColumn *ret_column)
{
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
      TideText *texts = tide_arena_alloc (arena, column->dict.n * sizeof *texts);

      memcpy (texts, column->dict.texts, column->dict.n * sizeof *texts);
      ret_column->codes = values;
      ret_column->dict = texts;
      ret_column->n_dict = column->dict.n;
    }
  else if (column->type == TIDE_TYPE_REAL)
    ret_column->reals = values;
  else
    ret_column->ints = values;
}

/* Ready for the first row of the next batch. */
static void
restart (TideBatchBuilder *builder)
{
  for (uint32_t c = 0; c < builder->n_columns; c++)
    {
      Column *column = &builder->columns[c];

      if (column->used)
        memset (column->valid, 0, (builder->n / 64 + 1) * sizeof *column->valid);
      column->used = false;
      column->added_row = 0;
      tide_text_dict_restart (&column->dict);
    }
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
                 + column->dict.n * sizeof (TideText) + 48;
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
  TideArena *arena;
  TideBatch *batch;

  tide_batch_builder_abandon_row (builder);
  if (builder->n == 0)
    return NULL;
  arena = tide_text_store_take (&builder->texts);
  /* One chunk for all that follows. */
  tide_arena_reserve (arena, finished_bytes (builder));
  batch = tide_batch_new (builder->stream, arena);
  batch->n = builder->n;
  batch->payload_bytes = builder->payload_bytes;
  batch->received_mono_us = builder->received_mono_us;
  for (uint32_t c = 0; c < builder->n_columns; c++)
    if (builder->columns[c].used)
      finish_column (&builder->columns[c], builder->n, arena, &batch->columns[c]);
  set_time_bounds (batch);
  restart (builder);
  return batch;
}
