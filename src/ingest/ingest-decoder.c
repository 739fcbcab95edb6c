/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes to a row of a batch: values of the fields' paths, types, rules, event time. An event is taken whole or goes
 * whole to quarantine with every reason. Nothing is allocated for a sound event.
 * The stream's filter works on columns, so sound rows are filtered when the batch is finished; a broken event is
 * filtered at once by itself, since one that the filter leaves out (another kind on the same topic) is no failure.
 * Where the filter reads a field that could not be converted, the event is kept as broken rather than lost. */
#include "ingest-decoder-private.h"
#include "ingest-csv.h"
#include "ingest-json.h"

#include <string.h>

#define FUTURE_MAX (5 * TIDE_MINUTE)

struct _TideDecoder
{
  const TideStream *stream;
  char *source;
  gsize source_len;
  const TideClock *clock;
  TideJson *json; /* or csv */
  TideCsvReader *csv;
  TideRaw *raws;
  TideFieldValue *values;
  TideFieldRules **rules; /* NULL: none for this field */
  bool *filter_reads;     /* by field */
  GString *reasons;
  GString *key;
  TideBatchBuilder *scratch; /* one row, for the filter of broken events */
  TideDriftWatch *drift;
  TideTime now;
};

static void
make_reader (TideDecoder *decoder)
{
  const TideStream *stream = decoder->stream;
  if (stream->format == TIDE_FORMAT_CSV)
    {
      g_autofree const char **names = g_new (const char *, MAX (stream->n_fields, 1));
      for (uint32_t i = 0; i < stream->n_fields; i++)
        names[i] = stream->fields[i]->path;
      decoder->csv = tide_csv_reader_new (names, stream->n_fields);
      return;
    }
  g_autofree const char *const **paths = g_new (const char *const *, MAX (stream->n_fields, 1));
  for (uint32_t i = 0; i < stream->n_fields; i++)
    paths[i] = (const char *const *) stream->fields[i]->path_parts;
  decoder->json = tide_json_new (paths, stream->n_fields);
}

/**
 * tide_decoder_new:
 * @source: the name for _source
 * @clock: (nullable): NULL is the system's; asked only where an event has no receive time
 *
 * Returns: a decoder for one thread; free with tide_decoder_free().
 */
TideDecoder *
tide_decoder_new (const TideStream *stream, const char *source, const TideClock *clock)
{
  TideDecoder *decoder = g_new0 (TideDecoder, 1);
  uint32_t n = stream->n_fields;
  decoder->stream = tide_stream_ref (stream);
  decoder->source = g_strdup (source);
  decoder->source_len = strlen (source);
  decoder->clock = clock != NULL ? clock : &tide_clock_system;
  decoder->raws = g_new0 (TideRaw, n);
  decoder->values = g_new0 (TideFieldValue, n);
  decoder->rules = g_new0 (TideFieldRules *, n);
  decoder->filter_reads = g_new0 (bool, n);
  decoder->reasons = g_string_new (NULL);
  decoder->key = g_string_new (NULL);
  decoder->drift = tide_drift_watch_new (stream);
  for (uint32_t i = 0; i < n; i++)
    decoder->rules[i] = tide_field_rules_new (stream->fields[i]);
  make_reader (decoder);
  if (stream->filter != NULL)
    {
      g_autofree bool *columns = g_new0 (bool, TIDE_COLUMN_FIELD0 + n);
      tide_predicate_mark_columns (stream->filter, columns);
      for (uint32_t i = 0; i < n; i++)
        decoder->filter_reads[i] = columns[TIDE_COLUMN_FIELD0 + i];
      decoder->scratch = tide_batch_builder_new (stream);
    }
  return decoder;
}

void
tide_decoder_free (TideDecoder *decoder)
{
  if (decoder == NULL)
    return;
  g_clear_pointer (&decoder->scratch, tide_batch_builder_free);
  for (uint32_t i = 0; i < decoder->stream->n_fields; i++)
    tide_field_rules_free (decoder->rules[i]);
  tide_drift_watch_free (decoder->drift);
  tide_json_free (decoder->json);
  tide_csv_reader_free (decoder->csv);
  g_string_free (decoder->reasons, TRUE);
  g_string_free (decoder->key, TRUE);
  g_free (decoder->raws);
  g_free (decoder->values);
  g_free (decoder->rules);
  g_free (decoder->filter_reads);
  g_free (decoder->source);
  tide_stream_unref (decoder->stream);
  g_free (decoder);
}

bool
tide_decoder_set_header (TideDecoder *decoder, const char *data, gsize len, GError **error)
{
  if (decoder->csv == NULL)
    return true;
  if (!tide_csv_reader_set_header (decoder->csv, data, len, error))
    return false;
  TideTime now = tide_clock_now (decoder->clock);
  for (guint i = 0; i < tide_csv_reader_get_n_columns (decoder->csv); i++)
    {
      bool known;
      const char *column = tide_csv_reader_get_column (decoder->csv, i, &known);
      if (!known)
        tide_drift_watch_unknown (decoder->drift, column, strlen (column), now);
    }
  return true;
}

/* --- one event --- */

static void
visit_unknown (const char *path, gsize path_len, const TideRaw *value, void *data)
{
  TideDecoder *decoder = data;
  tide_drift_watch_unknown (decoder->drift, path, path_len, decoder->now);
}

static bool
read_raws (TideDecoder *decoder, const char *data, gsize len)
{
  const char *reason = NULL;
  bool watched = tide_drift_watch_is_due (decoder->drift), ok;
  if (decoder->csv != NULL)
    ok = tide_csv_reader_read (decoder->csv, data, len, decoder->raws, &reason);
  else if (watched)
    ok = tide_json_read_visit (decoder->json, data, len, decoder->raws, false, visit_unknown, decoder, &reason);
  else
    ok = tide_json_read (decoder->json, data, len, decoder->raws, &reason);
  if (!ok)
    g_string_assign (decoder->reasons, reason);
  else if (watched)
    tide_drift_watch_seen (decoder->drift, decoder->raws, decoder->now);
  return ok;
}

/* Converts and checks every field. Returns whether the filter reads one that could not be converted. */
static bool
convert_fields (TideDecoder *decoder)
{
  bool filter_blind = false;
  for (uint32_t i = 0; i < decoder->stream->n_fields; i++)
    {
      const TideField *field = decoder->stream->fields[i];
      TideFieldValue *value = &decoder->values[i];
      if (!tide_field_convert (field, &decoder->raws[i], value, decoder->reasons))
        filter_blind |= decoder->filter_reads[i];
      else if (decoder->rules[i] != NULL)
        tide_field_rules_check (decoder->rules[i], value, decoder->reasons);
    }
  return filter_blind;
}

static TideTime
event_time (TideDecoder *decoder, const TideEventMeta *meta)
{
  int index = decoder->stream->time_field;
  const TideField *field = index < 0 ? NULL : decoder->stream->fields[index];
  TideTime time = meta->time != TIDE_TIME_NONE ? meta->time : decoder->now;
  if (field != NULL && field->type == TIDE_TYPE_TIME)
    {
      if (!decoder->values[index].present)
        {
          /* A value of the wrong type or a required one has its reason already. */
          bool is_null = decoder->raws[index].kind <= TIDE_RAW_NULL;
          if ((is_null && !field->required) || decoder->reasons->len == 0)
            {
              tide_reason_begin (decoder->reasons, field);
              g_string_append (decoder->reasons, "no event time");
            }
          return decoder->now;
        }
      time = decoder->values[index].i;
    }
  if (time > decoder->now + FUTURE_MAX)
    {
      char buffer[TIDE_TIME_STR_MAX];
      tide_time_format (time, buffer);
      if (field != NULL)
        tide_reason_begin (decoder->reasons, field);
      else if (decoder->reasons->len > 0)
        g_string_append (decoder->reasons, "; ");
      g_string_append_printf (decoder->reasons, "event time %s is more than 5 min in the future", buffer);
    }
  return time;
}

static void
set_key (TideDecoder *decoder, TideBatchBuilder *builder, const TideEventMeta *meta)
{
  int index = decoder->stream->key_field;
  if (index >= 0)
    {
      char buffer[TIDE_FIELD_TEXT_MAX];
      if (!decoder->values[index].present)
        return;
      TideText text = tide_field_value_text (decoder->stream->fields[index], &decoder->values[index], buffer);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_KEY, text.data, text.len);
    }
  else if (meta->key != NULL && g_utf8_validate_len (meta->key, meta->key_len, NULL))
    tide_batch_builder_set_text (builder, TIDE_COLUMN_KEY, meta->key, meta->key_len);
  else if (meta->key != NULL)
    {
      /* Binary keys stay apart from each other as hexadecimal digits. */
      g_string_assign (decoder->key, "0x");
      for (gsize i = 0; i < meta->key_len; i++)
        g_string_append_printf (decoder->key, "%02x", (unsigned char) meta->key[i]);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_KEY, decoder->key->str, decoder->key->len);
    }
}

static void
set_fields (TideDecoder *decoder, TideBatchBuilder *builder)
{
  for (uint32_t i = 0; i < decoder->stream->n_fields; i++)
    {
      const TideFieldValue *value = &decoder->values[i];
      uint32_t column = TIDE_COLUMN_FIELD0 + i;
      if (!value->present)
        continue;
      switch (decoder->stream->fields[i]->type)
        {
        case TIDE_TYPE_TEXT:
          tide_batch_builder_set_text (builder, column, value->text.data, value->text.len);
          break;
        case TIDE_TYPE_REAL:
          tide_batch_builder_set_real (builder, column, value->real);
          break;
        default:
          tide_batch_builder_set_int (builder, column, value->i);
          break;
        }
    }
}

static void
add_row (TideDecoder *decoder, TideBatchBuilder *builder, const char *data, gsize len, const TideEventMeta *meta,
         TideTime time)
{
  tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, time);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, decoder->now);
  tide_batch_builder_set_text (builder, TIDE_COLUMN_SOURCE, decoder->source, decoder->source_len);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_PARTITION, meta->partition);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_OFFSET, meta->offset);
  set_key (decoder, builder, meta);
  set_fields (decoder, builder);
  if (decoder->stream->keep_payload)
    tide_batch_builder_set_text (builder, TIDE_COLUMN_PAYLOAD, data, len);
  if (meta->headers != NULL)
    tide_batch_builder_set_text (builder, TIDE_COLUMN_HEADERS, meta->headers, meta->headers_len);
  tide_batch_builder_end_row (builder, len);
}

/* What becomes of a broken event. */
static TideDecodeResult
judge_broken (TideDecoder *decoder, const char *data, gsize len, const TideEventMeta *meta, TideTime time,
              bool filter_blind)
{
  if (decoder->stream->filter == NULL || filter_blind)
    return TIDE_DECODE_REJECTED;
  uint32_t row;
  add_row (decoder, decoder->scratch, data, len, meta, time);
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (decoder->scratch);
  bool kept = tide_predicate_select (decoder->stream->filter, batch, 0, 1, &row) == 1;
  return kept ? TIDE_DECODE_REJECTED : TIDE_DECODE_FILTERED;
}

/**
 * tide_decoder_decode:
 * @ret_reason: (out): set when rejected; valid until the next call
 *
 * Adds one event to @builder, or says why not.
 *
 * Thread: the decoder's.
 */
TideDecodeResult
tide_decoder_decode (TideDecoder *decoder, TideBatchBuilder *builder, const char *data, gsize len,
                     const TideEventMeta *meta, const char **ret_reason)
{
  g_string_truncate (decoder->reasons, 0);
  decoder->now = meta->received != TIDE_TIME_NONE ? meta->received : tide_clock_now (decoder->clock);
  if (!read_raws (decoder, data, len))
    {
      *ret_reason = decoder->reasons->str;
      return TIDE_DECODE_REJECTED;
    }
  bool filter_blind = convert_fields (decoder);
  TideTime time = event_time (decoder, meta);
  if (decoder->reasons->len == 0)
    {
      add_row (decoder, builder, data, len, meta, time);
      return TIDE_DECODE_EVENT;
    }
  *ret_reason = decoder->reasons->str;
  return judge_broken (decoder, data, len, meta, time, filter_blind);
}

GPtrArray *
tide_decoder_get_drift (TideDecoder *decoder)
{
  return tide_drift_watch_list (decoder->drift);
}

/* --- the filter --- */

static void
copy_row (const TideBatch *batch, uint32_t row, TideBatchBuilder *builder)
{
  for (uint32_t i = 0; i < batch->n_columns; i++)
    {
      const TideColumn *column = &batch->columns[i];
      if (!tide_column_is_valid (column, row))
        continue;
      if (column->type == TIDE_TYPE_TEXT)
        {
          TideText text = column->dict[column->codes[row]];
          tide_batch_builder_set_text (builder, i, text.data, text.len);
        }
      else if (column->type == TIDE_TYPE_REAL)
        tide_batch_builder_set_real (builder, i, column->reals[row]);
      else
        tide_batch_builder_set_int (builder, i, column->ints[row]);
    }
}

/**
 * tide_decoder_finish:
 * @ret_filtered: (out): rows that the stream's filter left out
 *
 * Thread: the decoder's. Returns: (transfer full) (nullable): what is left, or NULL.
 */
TideBatch *
tide_decoder_finish (TideDecoder *decoder, TideBatchBuilder *builder, uint32_t *ret_filtered)
{
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  *ret_filtered = 0;
  if (batch == NULL || decoder->stream->filter == NULL)
    return g_steal_pointer (&batch);
  g_autofree uint32_t *rows = g_new (uint32_t, batch->n);
  uint32_t n = tide_predicate_select (decoder->stream->filter, batch, 0, batch->n, rows);
  *ret_filtered = batch->n - n;
  if (n == batch->n)
    return g_steal_pointer (&batch);
  gsize bytes = batch->payload_bytes / batch->n;
  for (uint32_t i = 0; i < n; i++)
    {
      copy_row (batch, rows[i], builder);
      tide_batch_builder_end_row (builder, bytes);
    }
  return tide_batch_builder_finish (builder);
}
