/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-base.h"
#include "model-value.h"

G_BEGIN_DECLS

typedef struct _TideStream TideStream;

#define TIDE_BATCH_MAX_EVENTS 4096
#define TIDE_BATCH_MAX_BYTES (1024 * 1024)

/* Bump allocator: everything of a batch in a few chunks, freed at once. */
typedef struct _TideArena TideArena;
TideArena *tide_arena_new (void);
TideArena *tide_arena_new_sized (gsize bytes); /* the first chunk holds that much */
void tide_arena_free (TideArena *arena);
void tide_arena_reset (TideArena *arena);
void *tide_arena_alloc (TideArena *arena, gsize bytes); /* aligned to 16, not zeroed */
void tide_arena_reserve (TideArena *arena, gsize bytes); /* one chunk, just as large, for what comes next */
char *tide_arena_copy (TideArena *arena, const char *data, gsize len);
gsize tide_arena_get_bytes (const TideArena *arena);

/* A column of n values. Text is a dictionary and a code for each row, so predicates and groupings work
 * once for each distinct text. type NONE: the column was not read, or the stream has none: all null. */
typedef struct
{
  TideType type;
  int scale;
  const uint64_t *valid; /* bit i of word i/64 is set when row i has a value; NULL: every row has one */
  const int64_t *ints;   /* INT, DECIMAL, BOOL, TIME; anything where null */
  const double *reals;   /* REAL */
  const uint32_t *codes; /* TEXT: index into dict; anything below n_dict where null */
  const TideText *dict;
  uint32_t n_dict;
} TideColumn;

static inline bool
tide_column_is_valid (const TideColumn *column, uint32_t row)
{
  return column->type != TIDE_TYPE_NONE
         && (column->valid == NULL || (column->valid[row >> 6] >> (row & 63) & 1) != 0);
}

/* Columns that every event has besides its stream's fields. */
enum
{
  TIDE_COLUMN_TIME,      /* event time */
  TIDE_COLUMN_RECEIVED,  /* when Tidemark got it */
  TIDE_COLUMN_SOURCE,    /* TEXT */
  TIDE_COLUMN_PARTITION, /* INT */
  TIDE_COLUMN_OFFSET,    /* INT */
  TIDE_COLUMN_KEY,       /* TEXT, may be null */
  TIDE_COLUMN_PAYLOAD,   /* TEXT, only when the stream keeps it */
  TIDE_COLUMN_HEADERS,   /* TEXT, may be null: a JSON object of what the source gives beside the payload */
  TIDE_COLUMN_FIELD0,    /* + index of the field in its stream */
};

/* A run of events of one stream, as columns. Immutable once built; borrowed views of stored blocks have the
 * same shape. columns[TIDE_COLUMN_FIELD0 + i] is field i of @stream. */
typedef struct
{
  const TideStream *stream; /* a reference */
  uint32_t n;
  TideSeq first_seq;  /* 0 until the writer has numbered it; row i is first_seq + i */
  TideColumn *columns;
  uint32_t n_columns; /* TIDE_COLUMN_FIELD0 + fields */
  TideTime time_min, time_max;
  gsize payload_bytes; /* bytes as they came from the source, for meters */
  int64_t received_mono_us; /* monotonic clock when its first event was read, for latency */
  TideArena *arena;
  gatomicrefcount refs;
} TideBatch;

/* For those who fill the columns themselves, from arrays in @arena (taken): no rows, all columns of type NONE. The
 * batch itself lies in its arena. */
TideBatch *tide_batch_new (const TideStream *stream, TideArena *arena);
TideBatch *tide_batch_ref (TideBatch *batch);
void tide_batch_unref (TideBatch *batch);
/* Leaves out all rows but @rows (ascending), in place: for whoever made the batch, before anyone else has it. */
void tide_batch_keep (TideBatch *batch, const uint32_t *rows, uint32_t n);
/* What it holds, for the bounds of queues. */
gsize tide_batch_get_bytes (const TideBatch *batch);

/* Appends events row by row. One row: set what there is, then end (or abandon) it. One thread. */
typedef struct _TideBatchBuilder TideBatchBuilder;

TideBatchBuilder *tide_batch_builder_new (const TideStream *stream);
void tide_batch_builder_free (TideBatchBuilder *builder);
uint32_t tide_batch_builder_get_n (const TideBatchBuilder *builder);
gsize tide_batch_builder_get_bytes (const TideBatchBuilder *builder);
bool tide_batch_builder_is_full (const TideBatchBuilder *builder);
/* @column as in TideBatch. The type must be the column's. Text is copied. A column set twice keeps the first. */
void tide_batch_builder_set_int (TideBatchBuilder *builder, uint32_t column, int64_t value);
void tide_batch_builder_set_real (TideBatchBuilder *builder, uint32_t column, double value);
void tide_batch_builder_set_text (TideBatchBuilder *builder, uint32_t column, const char *data, gsize len);
bool tide_batch_builder_row_has (const TideBatchBuilder *builder, uint32_t column);
/* The value set in the row under way; only where row_has() is true. For validation before the row ends. */
int64_t tide_batch_builder_row_int (const TideBatchBuilder *builder, uint32_t column);
double tide_batch_builder_row_real (const TideBatchBuilder *builder, uint32_t column);
TideText tide_batch_builder_row_text (const TideBatchBuilder *builder, uint32_t column);
/* When the oldest event under way was read; else the batch tells when its first row ended. */
void tide_batch_builder_set_received_mono (TideBatchBuilder *builder, int64_t received_mono_us);
/* TIDE_COLUMN_TIME must be set. */
void tide_batch_builder_end_row (TideBatchBuilder *builder, gsize payload_bytes);
void tide_batch_builder_abandon_row (TideBatchBuilder *builder);
/* Takes the rows out as a batch and starts afresh; NULL when there are none. A column that has no value in any row is
 * of type NONE. The payload is not interned: each row has its own entry. */
TideBatch *tide_batch_builder_finish (TideBatchBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBatch, tide_batch_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBatchBuilder, tide_batch_builder_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideArena, tide_arena_free)

G_END_DECLS
