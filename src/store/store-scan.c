/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a stream's events block by block, as the columns of a batch. Only what is asked for is read, into buffers that
 * are used again for the next block, so a scan allocates nothing once it runs. A field is looked for under every id that
 * its name has had: an older type is converted, and where a merge has put both into one block, each row takes the one
 * that has it. A block that is damaged is left out, counted and named: a number is never wrong in silence.
 * Limit: rows are not filtered, only blocks. */
#include "store-convert.h"

#include <string.h>

/* One id under which a column may be stored. */
typedef struct
{
  int id;
  TideType type;
  int scale;
  TideColumnDecoder *decoder;
  TideConverter *converter; /* NULL: as it is */
} ScanCandidate;

/* A column of the batch. */
typedef struct
{
  bool wanted;
  TideType type;
  int scale;
  GArray *candidates; /* ScanCandidate, the present one first */
  TideGather *merged; /* for blocks that hold several of them */
  uint64_t *shifted;  /* a bitmap that starts inside a word */
  uint32_t shifted_room;
  TideColumn whole;   /* of the block, before it is trimmed */
} ScanColumn;

struct _TideScan
{
  sqlite3 *db;
  TideReader *reader; /* NULL: on a connection of someone else's */
  TideScanOptions options;
  gint64 stream_id;
  ScanColumn *columns;
  uint32_t n_columns;
  TideStmt *blocks, *data, *zone, *count;
  TideScanFilter filter;
  void *filter_data;
  TideBatch batch;
  TideSeq next_seq, first_corrupt;
  uint64_t corrupt;
  guint n_blocks;
};

/* ?1 stream, ?2 first seq, ?3 last seq, ?4 and ?5 bounds of event time. The block that holds ?2 may begin before it. */
#define SCAN_WHERE                                                                                                    \
  " FROM block WHERE stream=?1 AND first_seq >="                                                                      \
  " coalesce((SELECT max(first_seq) FROM block WHERE stream=?1 AND first_seq <= ?2), 0)"                              \
  " AND first_seq <= ?3 AND time_max >= ?4 AND time_min < ?5"

static void
candidate_clear (ScanCandidate *candidate)
{
  tide_column_decoder_free (candidate->decoder);
  tide_converter_free (candidate->converter);
}

static void
add_candidate (ScanColumn *column, int id, TideType type, int scale)
{
  ScanCandidate candidate = { .id = id, .type = type, .scale = scale, .decoder = tide_column_decoder_new () };
  if (type != column->type || scale != column->scale)
    candidate.converter = tide_converter_new (column->type, column->scale);
  g_array_append_val (column->candidates, candidate);
}

static int
compare_generations (gconstpointer a, gconstpointer b)
{
  const TideStoredColumn *x = *(TideStoredColumn *const *) a, *y = *(TideStoredColumn *const *) b;
  return y->generation - x->generation;
}

static void
scan_init_field (ScanColumn *column, const TideStoredStream *stored, const TideField *field)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  for (guint i = 0; i < stored->columns->len; i++)
    {
      TideStoredColumn *candidate = &g_array_index (stored->columns, TideStoredColumn, i);
      if (g_str_equal (candidate->name, field->name))
        g_ptr_array_add (found, candidate);
    }
  g_ptr_array_sort (found, compare_generations);
  for (guint i = 0; i < found->len; i++)
    {
      const TideStoredColumn *candidate = g_ptr_array_index (found, i);
      add_candidate (column, candidate->id, candidate->type, candidate->scale);
    }
}

static void
scan_init_columns (TideScan *scan, const TideStoredStream *stored)
{
  static const TideType system_types[TIDE_COLUMN_FIELD0] = {
    [TIDE_COLUMN_TIME] = TIDE_TYPE_TIME,       [TIDE_COLUMN_RECEIVED] = TIDE_TYPE_TIME,
    [TIDE_COLUMN_SOURCE] = TIDE_TYPE_TEXT,     [TIDE_COLUMN_PARTITION] = TIDE_TYPE_INT,
    [TIDE_COLUMN_OFFSET] = TIDE_TYPE_INT,      [TIDE_COLUMN_KEY] = TIDE_TYPE_TEXT,
    [TIDE_COLUMN_PAYLOAD] = TIDE_TYPE_TEXT,    [TIDE_COLUMN_HEADERS] = TIDE_TYPE_TEXT,
  };
  const TideStream *stream = scan->options.stream;
  for (uint32_t i = 0; i < scan->n_columns; i++)
    {
      ScanColumn *column = &scan->columns[i];
      column->wanted = i == TIDE_COLUMN_TIME
                       || (scan->options.columns != NULL ? scan->options.columns[i] : i != TIDE_COLUMN_PAYLOAD);
      column->candidates = g_array_new (FALSE, FALSE, sizeof (ScanCandidate));
      g_array_set_clear_func (column->candidates, (GDestroyNotify) candidate_clear);
      if (i < TIDE_COLUMN_FIELD0)
        {
          column->type = system_types[i];
          add_candidate (column, TIDE_COLUMN_ID_SYSTEM + (int) i, column->type, 0);
          continue;
        }
      const TideField *field = stream->fields[i - TIDE_COLUMN_FIELD0];
      column->type = field->type;
      column->scale = field->scale;
      if (stored != NULL)
        scan_init_field (column, stored, field);
    }
}

static bool
scan_prepare (TideScan *scan, GError **error)
{
  const char *blocks = scan->options.descending ? "SELECT " TIDE_BLOCK_COLUMNS SCAN_WHERE " ORDER BY first_seq DESC"
                                                : "SELECT " TIDE_BLOCK_COLUMNS SCAN_WHERE " ORDER BY first_seq";
  return (scan->blocks = tide_db_prepare (scan->db, blocks, error)) != NULL
         && (scan->data = tide_db_prepare (scan->db, "SELECT data FROM block_column WHERE id=?", error)) != NULL
         && (scan->zone = tide_db_prepare (scan->db, "SELECT zmin, zmax, nulls FROM block_column WHERE id=?", error))
              != NULL
         && (scan->count = tide_db_prepare (scan->db, "SELECT count(*)" SCAN_WHERE, error)) != NULL;
}

static void
scan_bind (const TideScan *scan, TideStmt *stmt)
{
  const TideScanOptions *options = &scan->options;
  sqlite3_bind_int64 (stmt, 1, scan->stream_id);
  sqlite3_bind_int64 (stmt, 2, options->after < INT64_MAX ? options->after + 1 : options->after);
  sqlite3_bind_int64 (stmt, 3, options->up_to > 0 ? options->up_to : INT64_MAX);
  sqlite3_bind_int64 (stmt, 4, options->from);
  /* A block whose times are not known reaches to the end of time, and is never left out. */
  sqlite3_bind_int64 (stmt, 5, options->to);
}

TideScan *
tide_scan_new_on (sqlite3 *db, const TideScanOptions *options, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (TideStoredStream) stored = tide_stored_stream_load (db, options->stream->name, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  g_autoptr (TideScan) scan = g_new0 (TideScan, 1);
  scan->db = db;
  scan->options = *options;
  scan->options.stream = tide_stream_ref (options->stream);
  scan->stream_id = stored != NULL ? stored->id : -1;
  scan->n_columns = TIDE_COLUMN_FIELD0 + options->stream->n_fields;
  scan->columns = g_new0 (ScanColumn, scan->n_columns);
  scan->batch.stream = scan->options.stream;
  scan->batch.n_columns = scan->n_columns;
  scan->batch.columns = g_new0 (TideColumn, scan->n_columns);
  g_atomic_ref_count_init (&scan->batch.refs);
  scan->next_seq = options->after + 1;
  scan_init_columns (scan, stored);
  scan->options.columns = NULL; /* the caller's array may go */
  if (!scan_prepare (scan, error))
    return NULL;
  scan_bind (scan, scan->blocks);
  return g_steal_pointer (&scan);
}

/**
 * tide_scan_new:
 * @reader: inside tide_reader_begin(); must outlive the scan
 * @options: copied, and what it points to
 *
 * Returns: (transfer full): a scan; of nothing when the stream was never stored
 *
 * Errors: CORRUPT, TIMEOUT, CANCELLED. Thread: the reader's.
 */
TideScan *
tide_scan_new (TideReader *reader, const TideScanOptions *options, GError **error)
{
  TideScan *scan = tide_scan_new_on (tide_reader_get_db (reader), options, error);
  if (scan != NULL)
    scan->reader = reader;
  return scan;
}

void
tide_scan_free (TideScan *scan)
{
  if (scan == NULL)
    return;
  sqlite3_finalize (scan->blocks);
  sqlite3_finalize (scan->data);
  sqlite3_finalize (scan->zone);
  sqlite3_finalize (scan->count);
  for (uint32_t i = 0; i < scan->n_columns; i++)
    {
      g_array_unref (scan->columns[i].candidates);
      tide_gather_free (scan->columns[i].merged);
      g_free (scan->columns[i].shifted);
    }
  g_free (scan->columns);
  g_free (scan->batch.columns);
  tide_stream_unref (scan->options.stream);
  g_free (scan);
}

void
tide_scan_set_filter (TideScan *scan, TideScanFilter filter, void *data)
{
  scan->filter = filter;
  scan->filter_data = data;
}

guint
tide_scan_count_blocks (TideScan *scan)
{
  bool row = false;
  scan_bind (scan, scan->count);
  guint n = tide_db_step (scan->count, &row, NULL) && row ? (guint) sqlite3_column_int64 (scan->count, 0) : 0;
  sqlite3_reset (scan->count);
  return n;
}

/* --- bounds --- */

static void
zone_from_row (TideStmt *stmt, TideZone *zone)
{
  zone->nulls = (uint32_t) sqlite3_column_int64 (stmt, 2);
  switch (zone->type)
    {
    case TIDE_TYPE_REAL:
      zone->real_min = sqlite3_column_double (stmt, 0);
      zone->real_max = sqlite3_column_double (stmt, 1);
      break;
    case TIDE_TYPE_TEXT:
      zone->text_min.data = (const char *) sqlite3_column_text (stmt, 0);
      zone->text_min.len = (uint32_t) sqlite3_column_bytes (stmt, 0);
      zone->text_max.data = (const char *) sqlite3_column_text (stmt, 1);
      zone->text_max.len = (uint32_t) sqlite3_column_bytes (stmt, 1);
      break;
    case TIDE_TYPE_NONE:
    case TIDE_TYPE_INT:
    case TIDE_TYPE_DECIMAL:
    case TIDE_TYPE_BOOL:
    case TIDE_TYPE_TIME:
      zone->int_min = sqlite3_column_int64 (stmt, 0);
      zone->int_max = sqlite3_column_int64 (stmt, 1);
      break;
    }
}

bool
tide_scan_get_zone (TideScan *scan, const TideBlock *block, uint32_t index, TideZone *ret_zone)
{
  const ScanColumn *column = &scan->columns[index];
  TideZone zone = { .type = column->type, .scale = column->scale, .nulls = block->n, .int_min = 1, .real_min = 1,
                    .text_min = { "\x01", 1 }, .text_max = { "", 0 } };
  for (guint i = 0; i < column->candidates->len; i++)
    {
      const ScanCandidate *candidate = &g_array_index (column->candidates, ScanCandidate, i);
      bool row = false;
      sqlite3_reset (scan->zone);
      sqlite3_bind_int64 (scan->zone, 1, block->id << 10 | candidate->id);
      if (!tide_db_step (scan->zone, &row, NULL))
        return false;
      if (!row)
        continue;
      /* Another one may follow only if this one leaves rows to it. */
      if (candidate->converter != NULL || sqlite3_column_type (scan->zone, 0) == SQLITE_NULL
          || (sqlite3_column_int64 (scan->zone, 2) > 0 && column->candidates->len > 1))
        return false;
      zone_from_row (scan->zone, &zone);
      break;
    }
  *ret_zone = zone;
  return true;
}

/* --- reading --- */

typedef enum
{
  READ_OK,
  READ_MISSING,
  READ_DAMAGED,
  READ_ERROR,
} ReadResult;

/* Reads column @id of a block; an alias comes back as such. */
static ReadResult
scan_read (TideScan *scan, const TideBlock *block, int id, TideColumnDecoder *decoder, TideColumn *ret_column,
           int *ret_alias, GError **error)
{
  bool row = false;
  g_autoptr (GError) local_error = NULL;
  sqlite3_bind_int64 (scan->data, 1, block->id << 10 | id);
  if (!tide_db_step (scan->data, &row, &local_error))
    {
      if (g_error_matches (local_error, TIDE_ERROR, TIDE_ERROR_CORRUPT))
        return READ_DAMAGED;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return READ_ERROR;
    }
  if (!row)
    return READ_MISSING;
  bool ok = tide_column_decode (decoder, sqlite3_column_blob (scan->data, 0),
                                 (gsize) sqlite3_column_bytes (scan->data, 0), block->n, ret_column, ret_alias);
  sqlite3_reset (scan->data);
  return ok ? READ_OK : READ_DAMAGED;
}

static ReadResult
scan_read_candidate (TideScan *scan, const TideBlock *block, ScanCandidate *candidate, TideColumn *ret_column,
                     GError **error)
{
  int alias = 0;
  TideColumn column = { .type = TIDE_TYPE_NONE };
  ReadResult result = scan_read (scan, block, candidate->id, candidate->decoder, &column, &alias, error);
  if (result == READ_OK && alias != 0)
    {
      uint32_t index = (uint32_t) (alias - TIDE_COLUMN_ID_SYSTEM);
      if (alias >= TIDE_COLUMN_ID_SYSTEM + TIDE_COLUMN_FIELD0)
        return READ_DAMAGED;
      if (scan->columns[index].wanted && scan->columns[index].whole.type != TIDE_TYPE_NONE)
        column = scan->columns[index].whole;
      else
        result = scan_read (scan, block, alias, candidate->decoder, &column, &alias, error);
      if (result == READ_MISSING || (result == READ_OK && column.type == TIDE_TYPE_NONE))
        return READ_DAMAGED;
    }
  if (result == READ_OK && (column.type != candidate->type || column.scale != candidate->scale))
    return READ_DAMAGED;
  if (result == READ_OK && candidate->converter != NULL)
    tide_converter_convert (candidate->converter, &column, block->n, &column);
  if (result == READ_OK)
    *ret_column = column;
  return result;
}

/* Each row from the first of @found that has it. */
static void
scan_merge (ScanColumn *column, const TideColumn *found, guint n_found, uint32_t n, TideColumn *ret_column)
{
  if (column->merged == NULL)
    column->merged = tide_gather_new (column->type, column->scale);
  tide_gather_reset (column->merged);
  for (uint32_t row = 0; row < n; row++)
    {
      guint i = 0;
      while (i + 1 < n_found && !tide_column_is_valid (&found[i], row))
        i++;
      tide_gather_append_row (column->merged, &found[i], row);
    }
  tide_gather_get (column->merged, ret_column);
}

static ReadResult
scan_read_column (TideScan *scan, const TideBlock *block, ScanColumn *column, GError **error)
{
  guint n_found = 0, n = column->candidates->len;
  g_autofree TideColumn *many = n > 1 ? g_new0 (TideColumn, n) : NULL;
  TideColumn one = { .type = TIDE_TYPE_NONE };
  TideColumn *found = many != NULL ? many : &one;
  for (guint i = 0; i < n; i++)
    {
      ScanCandidate *candidate = &g_array_index (column->candidates, ScanCandidate, i);
      ReadResult result = scan_read_candidate (scan, block, candidate, &found[n_found], error);
      if (result == READ_DAMAGED || result == READ_ERROR)
        return result;
      if (result == READ_OK)
        n_found++;
    }
  column->whole = (TideColumn){ .type = TIDE_TYPE_NONE };
  if (n_found == 1)
    column->whole = found[0];
  else if (n_found > 1)
    scan_merge (column, found, n_found, block->n, &column->whole);
  return READ_OK;
}

/* The rows from @from on of a column. */
static void
scan_trim (ScanColumn *column, uint32_t from, uint32_t n, TideColumn *ret_column)
{
  TideColumn view = column->whole;
  if (view.type != TIDE_TYPE_NONE && from > 0)
    {
      view.ints = view.ints != NULL ? view.ints + from : NULL;
      view.reals = view.reals != NULL ? view.reals + from : NULL;
      view.codes = view.codes != NULL ? view.codes + from : NULL;
      if (view.valid != NULL && from % 64 == 0)
        view.valid += from / 64;
      else if (view.valid != NULL)
        {
          uint32_t words = (n + 63) / 64, last = (from + n - 1) / 64;
          if (column->shifted_room < words)
            {
              column->shifted_room = words;
              column->shifted = g_renew (uint64_t, column->shifted, words);
            }
          for (uint32_t i = 0; i < words; i++)
            {
              uint32_t at = from / 64 + i;
              column->shifted[i] = view.valid[at] >> (from % 64)
                                   | (at < last ? view.valid[at + 1] << (64 - from % 64) : 0);
            }
          view.valid = column->shifted;
        }
    }
  *ret_column = view;
}

static void
scan_set_batch (TideScan *scan, const TideBlock *block)
{
  TideSeq last_wanted = scan->options.up_to > 0 ? scan->options.up_to : INT64_MAX;
  TideSeq first = MAX (block->first_seq, scan->options.after + 1);
  TideSeq last = MIN (block->first_seq + block->n - 1, last_wanted);
  TideBatch *batch = &scan->batch;
  uint32_t from = (uint32_t) (first - block->first_seq);
  batch->n = (uint32_t) (last - first + 1);
  batch->first_seq = first;
  for (uint32_t i = 0; i < scan->n_columns; i++)
    scan_trim (&scan->columns[i], from, batch->n, &batch->columns[i]);
  batch->time_min = block->time_min;
  batch->time_max = block->time_max;
  if (batch->n < block->n)
    {
      TideZone zone;
      tide_column_get_zone (&batch->columns[TIDE_COLUMN_TIME], batch->n, &zone);
      batch->time_min = zone.type == TIDE_TYPE_TIME ? zone.int_min : block->time_min;
      batch->time_max = zone.type == TIDE_TYPE_TIME ? zone.int_max : block->time_max;
    }
  scan->next_seq = scan->options.descending ? MAX (scan->next_seq, last + 1) : last + 1;
}

/* Counts the rows of the range that can't be read. */
static void
scan_note_damage (TideScan *scan, const TideBlock *block)
{
  TideSeq last_wanted = scan->options.up_to > 0 ? scan->options.up_to : INT64_MAX;
  TideSeq first = MAX (block->first_seq, scan->options.after + 1);
  TideSeq last = MIN (block->first_seq + block->n - 1, last_wanted);
  if (scan->corrupt == 0 || first < scan->first_corrupt)
    scan->first_corrupt = first;
  scan->corrupt += (uint64_t) (last - first + 1);
}

static ReadResult
scan_read_block (TideScan *scan, const TideBlock *block, GError **error)
{
  for (uint32_t i = 0; i < scan->n_columns; i++)
    scan->columns[i].whole.type = TIDE_TYPE_NONE;
  for (uint32_t i = 0; i < scan->n_columns; i++)
    {
      ReadResult result
        = scan->columns[i].wanted ? scan_read_column (scan, block, &scan->columns[i], error) : READ_OK;
      if (result != READ_OK)
        return result;
    }
  /* Every event has a time: a block without is damaged. */
  return scan->columns[TIDE_COLUMN_TIME].whole.type == TIDE_TYPE_TIME ? READ_OK : READ_DAMAGED;
}

/* The next block that reaches into the range; *ret_row FALSE at the end. */
static bool
scan_step (TideScan *scan, TideBlock *ret_block, bool *ret_row, GError **error)
{
  for (;;)
    {
      if (scan->reader != NULL && !tide_reader_check (scan->reader, error))
        return false;
      if (!tide_db_step (scan->blocks, ret_row, error))
        return false;
      if (!*ret_row)
        return true;
      tide_block_from_row (scan->blocks, ret_block);
      if (ret_block->first_seq + ret_block->n - 1 > scan->options.after
          && (scan->filter == NULL || scan->filter (scan, ret_block, scan->filter_data)))
        return true;
    }
}

/**
 * tide_scan_next:
 * @ret_batch: (out) (transfer none): until the next call; must not be referenced. %NULL at the end
 *
 * Errors: TIMEOUT, CANCELLED, CORRUPT (SQLite's own pages), and then the scan is over. Thread: the reader's.
 */
bool
tide_scan_next (TideScan *scan, const TideBatch **ret_batch, GError **error)
{
  for (;;)
    {
      TideBlock block;
      bool row = false;
      if (!scan_step (scan, &block, &row, error))
        return false;
      if (!row)
        {
          *ret_batch = NULL;
          return true;
        }
      ReadResult result = scan_read_block (scan, &block, error);
      if (result == READ_ERROR)
        return false;
      scan->n_blocks++;
      if (result == READ_OK)
        {
          scan_set_batch (scan, &block);
          *ret_batch = &scan->batch;
          return true;
        }
      scan_note_damage (scan, &block);
    }
}

TideSeq
tide_scan_get_next_seq (const TideScan *scan)
{
  return scan->next_seq;
}

uint64_t
tide_scan_get_corrupt (const TideScan *scan, TideSeq *ret_first)
{
  *ret_first = scan->first_corrupt;
  return scan->corrupt;
}

guint
tide_scan_get_n_blocks (const TideScan *scan)
{
  return scan->n_blocks;
}
