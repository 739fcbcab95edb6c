/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The events of a stream as CSV, straight from the blocks: a column is read as it is stored, and a text of a block's
 * dictionary is made a cell once, not once a row. Memory is that of one block, whatever the number of events.
 * Limit: events that retention deletes while it runs are not in it. */
#include "serving-private.h"

#include <string.h>

/* After so many another transaction begins. */
#define CHUNK_EVENTS 1000000

/* Cells of a text column of one block, made when they are first used. */
typedef struct
{
  GString *bytes;
  uint32_t *at; /* offset + 1 in bytes; 0: not made yet. n_dict of them, then their lengths */
  uint32_t *len;
  uint32_t allocated;
} Cells;

typedef struct
{
  TideCsv *csv;
  const TideStream *stream;
  Cells *cells; /* by field */
} Writer;

static void
cells_reset (Cells *cells, uint32_t n)
{
  if (cells->bytes == NULL)
    cells->bytes = g_string_new (NULL);
  g_string_truncate (cells->bytes, 0);
  if (n > cells->allocated)
    {
      cells->allocated = n;
      cells->at = g_renew (uint32_t, cells->at, n);
      cells->len = g_renew (uint32_t, cells->len, n);
    }
  if (n > 0)
    memset (cells->at, 0, n * sizeof *cells->at);
}

static void
write_text (Writer *writer, Cells *cells, const TideColumn *column, uint32_t row)
{
  uint32_t code = column->codes[row];

  if (cells->at[code] == 0)
    {
      cells->at[code] = (uint32_t) cells->bytes->len + 1;
      tide_csv_append_text (cells->bytes, column->dict[code].data, column->dict[code].len);
      cells->len[code] = (uint32_t) cells->bytes->len + 1 - cells->at[code];
    }
  tide_csv_cell (writer->csv, cells->bytes->str + cells->at[code] - 1, cells->len[code]);
}

static void
write_cell (Writer *writer, uint32_t field, const TideColumn *column, uint32_t row)
{
  char text[MAX (TIDE_VALUE_STR_MAX, TIDE_TIME_STR_MAX)];

  if (!tide_column_is_valid (column, row))
    {
      tide_csv_cell (writer->csv, NULL, 0);
      return;
    }
  switch (column->type)
    {
    case TIDE_TYPE_TEXT:
      write_text (writer, &writer->cells[field], column, row);
      break;
    case TIDE_TYPE_BOOL:
      tide_csv_cell (writer->csv, column->ints[row] != 0 ? "true" : "false", column->ints[row] != 0 ? 4 : 5);
      break;
    case TIDE_TYPE_TIME:
      tide_csv_cell (writer->csv, text, tide_time_format (column->ints[row], text));
      break;
    case TIDE_TYPE_REAL:
      tide_csv_cell (writer->csv, text, tide_value_format (tide_value_real (column->reals[row]), text));
      break;
    case TIDE_TYPE_INT:
    case TIDE_TYPE_DECIMAL:
    case TIDE_TYPE_NONE:
    default:
      tide_csv_int (writer->csv, column->ints[row], column->type == TIDE_TYPE_DECIMAL ? column->scale : 0);
      break;
    }
}

static bool
write_batch (Writer *writer, const TideBatch *batch, TideTime from, TideTime to, GError **error)
{
  const TideColumn *columns = &batch->columns[TIDE_COLUMN_FIELD0];
  const int64_t *times = batch->columns[TIDE_COLUMN_TIME].ints;

  for (uint32_t field = 0; field < writer->stream->n_fields; field++)
    if (columns[field].type == TIDE_TYPE_TEXT)
      cells_reset (&writer->cells[field], columns[field].n_dict);
  for (uint32_t row = 0; row < batch->n; row++)
    {
      if (times[row] < from || times[row] >= to)
        continue;
      tide_csv_int (writer->csv, batch->first_seq + row, 0);
      for (uint32_t field = 0; field < writer->stream->n_fields; field++)
        write_cell (writer, field, &columns[field], row);
      if (!tide_csv_end_row (writer->csv, error))
        return false;
    }
  return true;
}

static bool
write_header (Writer *writer, GError **error)
{
  const TideStream *stream = writer->stream;

  tide_csv_text (writer->csv, "_seq", -1);
  for (uint32_t field = 0; field < stream->n_fields; field++)
    {
      g_autofree char *name = stream->fields[field]->unit == NULL
                                  ? g_strdup (stream->fields[field]->name)
                                  : g_strdup_printf ("%s [%s]", stream->fields[field]->name, stream->fields[field]->unit);

      tide_csv_text (writer->csv, name, -1);
    }
  return tide_csv_end_row (writer->csv, error);
}

/* Events in (after, up_to], at most CHUNK_EVENTS and the rest of their block, in one read transaction. */
static bool
write_chunk (Writer *writer, TideReader *reader, TideScanOptions *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideScan) scan = tide_scan_new (reader, options, error);
  uint64_t events = 0;
  TideSeq first_corrupt;

  if (scan == NULL)
    return false;
  while (events < CHUNK_EVENTS)
    {
      const TideBatch *batch = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !tide_scan_next (scan, &batch, error))
        return false;
      if (batch == NULL)
        break;
      if (!write_batch (writer, batch, options->from, options->to, error))
        return false;
      events += batch->n;
    }
  options->after = events < CHUNK_EVENTS ? options->up_to : tide_scan_get_next_seq (scan) - 1;
  if (tide_scan_get_corrupt (scan, &first_corrupt) == 0)
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT,
               "events from %" G_GINT64_FORMAT " on can't be read: their block is damaged; restore a backup",
               (gint64) first_corrupt);
  return false;
}

static bool
write_chunks (Writer *writer, TideReader *reader, TideScanOptions *options, GCancellable *cancellable, GError **error)
{
  TideStreamFacts facts;
  bool done = true;

  do
    {
      if (!tide_reader_begin (reader, 0, cancellable, error))
        return false;
      if (options->up_to == 0)
        {
          done = tide_store_get_stream_facts (reader, writer->stream->name, &facts, error);
          options->up_to = done ? facts.last_seq : 0;
        }
      if (done && options->after < options->up_to)
        done = write_chunk (writer, reader, options, cancellable, error);
      tide_reader_end (reader);
    }
  while (done && options->after < options->up_to);
  return done;
}

static void
writer_clear (Writer *writer)
{
  for (uint32_t field = 0; field < writer->stream->n_fields; field++)
    {
      if (writer->cells[field].bytes != NULL)
        g_string_free (writer->cells[field].bytes, TRUE);
      g_free (writer->cells[field].at);
      g_free (writer->cells[field].len);
    }
  g_free (writer->cells);
  tide_csv_free (writer->csv);
}

/**
 * tide_serving_write_events:
 * @from: event time of the first, µs UTC; TIDE_TIME_NONE: all
 * @to: and before which; TIDE_TIME_MAX: all
 *
 * Every event that is stored when it begins, in the order of _seq: "_seq", then the stream's fields, with their unit in
 * the header. It reads in several transactions, so that a long export does not keep the WAL from shrinking.
 *
 * Errors: CANCELLED, BUSY, CORRUPT (a file that lacks events is no export), FULL.
 * Thread: a worker. Memory: a block.
 */
bool
tide_serving_write_events (TideServing *serving, const TideStream *stream, TideTime from, TideTime to,
                           GOutputStream *output, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (serving->store, error);
  g_autofree bool *columns = g_new0 (bool, TIDE_COLUMN_FIELD0 + stream->n_fields);
  TideScanOptions options = { .stream = stream, .from = from, .to = to, .columns = columns };
  Writer writer = { .stream = stream };
  bool done;

  tide_assert_not_main_thread ();
  if (reader == NULL)
    return false;
  columns[TIDE_COLUMN_TIME] = true;
  for (uint32_t field = 0; field < stream->n_fields; field++)
    columns[TIDE_COLUMN_FIELD0 + field] = true;
  writer.csv = tide_csv_new (output);
  writer.cells = g_new0 (Cells, MAX (stream->n_fields, 1));
  done = write_header (&writer, error) && write_chunks (&writer, reader, &options, cancellable, error)
         && tide_csv_finish (writer.csv, error);
  writer_clear (&writer);
  return done;
}
