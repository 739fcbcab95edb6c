/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A batch of events: counted by reference, and all of it, arrays and texts, in one arena that goes with it.
 * Made by the builder in ingest and by the block decoder in the store.
 */
#include "model-batch.h"

#include "model-stream.h"

#include <string.h>

/**
 * tide_batch_new:
 * @stream: (transfer none): a reference is kept
 * @arena: (transfer full): holds the batch; goes with it
 *
 * For those who fill the columns themselves, from arrays in @arena. All columns are of type NONE and there are no
 * rows; the caller sets n, time_min, time_max and what else it knows.
 *
 * Returns: (transfer full): the batch, itself in @arena
 */
TideBatch *
tide_batch_new (const TideStream *stream, TideArena *arena)
{
  TideBatch *batch = tide_arena_alloc (arena, sizeof *batch);
  uint32_t n_columns = TIDE_COLUMN_FIELD0 + stream->n_fields;

  memset (batch, 0, sizeof *batch);
  batch->stream = tide_stream_ref (stream);
  batch->n_columns = n_columns;
  batch->columns = tide_arena_alloc (arena, n_columns * sizeof *batch->columns);
  memset (batch->columns, 0, n_columns * sizeof *batch->columns);
  batch->time_min = TIDE_TIME_NONE;
  batch->time_max = TIDE_TIME_NONE;
  batch->arena = arena;
  g_atomic_ref_count_init (&batch->refs);
  return batch;
}

TideBatch *
tide_batch_ref (TideBatch *batch)
{
  g_atomic_ref_count_inc (&batch->refs);
  return batch;
}

void
tide_batch_unref (TideBatch *batch)
{
  if (batch == NULL || !g_atomic_ref_count_dec (&batch->refs))
    return;
  tide_stream_unref (batch->stream);
  tide_arena_free (batch->arena);
}

/**
 * tide_batch_get_bytes:
 *
 * Returns: the memory that goes when the last reference goes
 */
gsize
tide_batch_get_bytes (const TideBatch *batch)
{
  return tide_arena_get_bytes (batch->arena);
}

/* --- leaving out rows --- */

static void
keep_valid (TideBatch *batch, TideColumn *column, const uint32_t *rows, uint32_t n)
{
  uint32_t n_words = (n + 63) / 64, n_valid = 0;
  if (column->valid == NULL)
    return;
  uint64_t *valid = tide_arena_alloc (batch->arena, n_words * sizeof *valid + 8);
  memset (valid, 0, n_words * sizeof *valid);
  for (uint32_t i = 0; i < n; i++)
    if ((column->valid[rows[i] >> 6] >> (rows[i] & 63) & 1) != 0)
      {
        valid[i >> 6] |= (uint64_t) 1 << (i & 63);
        n_valid++;
      }
  column->valid = n_valid == n ? NULL : valid;
  if (n_valid == 0)
    *column = (TideColumn){ .type = TIDE_TYPE_NONE };
}

/* The dictionary is left with the texts that are used, so that nobody counts one that no row has. */
static void
keep_codes (TideBatch *batch, TideColumn *column, const uint32_t *rows, uint32_t n)
{
  uint32_t *codes = (uint32_t *) column->codes, n_dict = 0;
  uint32_t *map = g_new (uint32_t, column->n_dict + 1);
  TideText *dict = tide_arena_alloc (batch->arena, (column->n_dict + 1) * sizeof *dict);
  for (uint32_t i = 0; i <= column->n_dict; i++)
    map[i] = UINT32_MAX;
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t code = codes[rows[i]];
      if (map[code] == UINT32_MAX)
        {
          map[code] = n_dict;
          dict[n_dict++] = column->dict[code];
        }
      codes[i] = map[code];
    }
  column->dict = dict;
  column->n_dict = n_dict;
  g_free (map);
}

static void
keep_column (TideBatch *batch, TideColumn *column, const uint32_t *rows, uint32_t n)
{
  if (column->type == TIDE_TYPE_TEXT)
    keep_codes (batch, column, rows, n);
  else if (column->type == TIDE_TYPE_REAL)
    for (uint32_t i = 0; i < n; i++)
      ((double *) column->reals)[i] = column->reals[rows[i]];
  else if (column->type != TIDE_TYPE_NONE)
    for (uint32_t i = 0; i < n; i++)
      ((int64_t *) column->ints)[i] = column->ints[rows[i]];
  if (column->type != TIDE_TYPE_NONE)
    keep_valid (batch, column, rows, n);
}

/**
 * tide_batch_keep:
 * @rows: (array length=n): ascending
 *
 * The columns are the batch's own arrays, which the columns' types call constant for everyone else.
 *
 * Thread: that of whoever made it.
 */
void
tide_batch_keep (TideBatch *batch, const uint32_t *rows, uint32_t n)
{
  if (n == batch->n)
    return;
  for (uint32_t i = 0; i < batch->n_columns; i++)
    keep_column (batch, &batch->columns[i], rows, n);
  batch->payload_bytes = batch->payload_bytes / batch->n * n;
  batch->n = n;
  batch->time_min = batch->time_max = TIDE_TIME_NONE;
  const int64_t *times = batch->columns[TIDE_COLUMN_TIME].ints;
  for (uint32_t i = 0; i < n; i++)
    {
      batch->time_min = i == 0 || times[i] < batch->time_min ? times[i] : batch->time_min;
      batch->time_max = i == 0 || times[i] > batch->time_max ? times[i] : batch->time_max;
    }
}
