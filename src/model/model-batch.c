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
