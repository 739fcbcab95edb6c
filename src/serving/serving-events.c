/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single events as text, for the browser: from the live tail, or newest first from the store. A search reads blocks
 * from the newest on and ends at a bound, so a filter that matches nothing costs a bounded scan. */
#include "serving-private.h"

#include <string.h>

#define EVENTS_MAX_BYTES (8 * 1024 * 1024)

void
tide_event_free (TideEvent *event)
{
  if (event == NULL)
    return;
  g_free (event->source);
  g_free (event->key);
  for (guint i = 0; i < event->n_values; i++)
    g_free (event->values[i]);
  g_free (event->values);
  g_free (event->payload);
  g_free (event);
}

static gsize
len_of (const char *text)
{
  return text != NULL ? strlen (text) + 1 : 0;
}

static char *
text_of (const TideColumn *column, uint32_t row)
{
  TideText text;

  if (column->type != TIDE_TYPE_TEXT || !tide_column_is_valid (column, row))
    return NULL;
  text = column->dict[column->codes[row]];
  return g_strndup (text.data, text.len);
}

static char *
value_of (const TideColumn *column, uint32_t row)
{
  char text[MAX (TIDE_VALUE_STR_MAX, TIDE_TIME_STR_MAX)];

  if (!tide_column_is_valid (column, row))
    return NULL;
  switch (column->type)
    {
    case TIDE_TYPE_TEXT:
      return text_of (column, row);
    case TIDE_TYPE_BOOL:
      return g_strdup (column->ints[row] ? "true" : "false");
    case TIDE_TYPE_TIME:
      tide_time_format (column->ints[row], text);
      return g_strdup (text);
    case TIDE_TYPE_REAL:
      tide_value_format (tide_value_real (column->reals[row]), text);
      return g_strdup (text);
    case TIDE_TYPE_INT:
    case TIDE_TYPE_DECIMAL:
      tide_value_format (tide_value_exact (column->ints[row], column->scale), text);
      return g_strdup (text);
    case TIDE_TYPE_NONE:
    default:
      return NULL;
    }
}

static int64_t
int_of (const TideColumn *column, uint32_t row, int64_t fallback)
{
  return column->ints != NULL && tide_column_is_valid (column, row) ? column->ints[row] : fallback;
}

/**
 * tide_event_from_batch:
 *
 * Thread: any; pure.
 */
TideEvent *
tide_event_from_batch (const TideBatch *batch, uint32_t row)
{
  TideEvent *event = g_new0 (TideEvent, 1);
  const TideColumn *columns = batch->columns;

  event->seq = batch->first_seq > 0 ? batch->first_seq + row : 0;
  event->time = int_of (&columns[TIDE_COLUMN_TIME], row, TIDE_TIME_NONE);
  event->received = int_of (&columns[TIDE_COLUMN_RECEIVED], row, TIDE_TIME_NONE);
  event->source = text_of (&columns[TIDE_COLUMN_SOURCE], row);
  event->key = text_of (&columns[TIDE_COLUMN_KEY], row);
  event->partition = (int32_t) int_of (&columns[TIDE_COLUMN_PARTITION], row, 0);
  event->offset = int_of (&columns[TIDE_COLUMN_OFFSET], row, -1);
  event->payload = text_of (&columns[TIDE_COLUMN_PAYLOAD], row);
  event->n_values = batch->stream->n_fields;
  event->values = g_new0 (char *, MAX (event->n_values, 1));
  for (uint32_t i = 0; i < event->n_values; i++)
    event->values[i] = value_of (&columns[TIDE_COLUMN_FIELD0 + i], row);
  event->bytes = sizeof *event + len_of (event->source) + len_of (event->key) + len_of (event->payload);
  for (uint32_t i = 0; i < event->n_values; i++)
    event->bytes += sizeof (char *) + len_of (event->values[i]);
  return event;
}

static void
take_rows (const TideBatch *batch, const TidePredicate *where, guint max, uint32_t *rows, GPtrArray *events, gsize *bytes)
{
  uint32_t n = batch->n;

  if (where != NULL)
    n = tide_predicate_select (where, batch, 0, batch->n, rows);
  for (uint32_t i = n; i-- > 0 && events->len < max && *bytes < EVENTS_MAX_BYTES;)
    {
      TideEvent *event = tide_event_from_batch (batch, where != NULL ? rows[i] : i);

      *bytes += event->bytes;
      g_ptr_array_add (events, event);
    }
}

static bool
search (TideReader *reader, const TideStream *stream, const TidePredicate *where, TideSeq before, guint max,
        uint64_t max_scan, GCancellable *cancellable, GPtrArray *events, GError **error)
{
  g_autofree bool *columns = g_new (bool, TIDE_COLUMN_FIELD0 + stream->n_fields);
  TideScanOptions options = { .stream = stream, .up_to = before > 0 ? before - 1 : 0, .from = TIDE_TIME_NONE,
                              .to = TIDE_TIME_MAX, .columns = columns, .descending = true };
  g_autoptr (TideScan) scan = NULL;
  g_autofree uint32_t *rows = NULL;
  uint32_t allocated = 0;
  uint64_t read = 0;
  gsize bytes = 0;

  if (before == 1)
    return true;
  for (guint i = 0; i < TIDE_COLUMN_FIELD0 + stream->n_fields; i++)
    columns[i] = true;
  scan = tide_scan_new (reader, &options, error);
  if (scan == NULL)
    return false;
  while (events->len < max && bytes < EVENTS_MAX_BYTES && read < max_scan)
    {
      const TideBatch *batch = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !tide_scan_next (scan, &batch, error))
        return false;
      if (batch == NULL)
        break;
      if (batch->n > allocated)
        rows = g_renew (uint32_t, rows, allocated = batch->n);
      take_rows (batch, where, max, rows, events, &bytes);
      read += batch->n;
    }
  return true;
}

/**
 * tide_serving_get_events:
 *
 * Thread: a worker.
 */
GPtrArray *
tide_serving_get_events (TideServing *serving, const TideStream *stream, const TidePredicate *where, TideSeq before,
                         guint max, uint64_t max_scan, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (serving->store, error);
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_event_free);
  bool done;

  tide_assert_not_main_thread ();
  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  done = search (reader, stream, where, before, max, max_scan, cancellable, events, error);
  tide_reader_end (reader);
  return done ? g_steal_pointer (&events) : NULL;
}
