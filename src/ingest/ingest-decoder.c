/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes to rows of a batch. An event is taken whole or goes whole to quarantine with every reason. What can be no row at
 * all (not well-formed, a value of the wrong type, no event time) is told at once; filter and rules work on the columns
 * when the batch is finished (ingest-decoder-finish.c), for which the bytes of its rows are held. Nothing is allocated for
 * a sound event.
 * A broken event is filtered by itself, since one that the filter leaves out (another kind on the same topic) is no
 * failure; where the filter reads a field that could not be converted, it is kept as broken rather than lost. */
#include "ingest-decoder-state.h"
#include "ingest-csv.h"
#include "ingest-json.h"

#include <string.h>

#define FUTURE_MAX (5 * TIDE_MINUTE)

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
 * @broken: (nullable): told of each event that is to go to quarantine
 *
 * Returns: a decoder for one thread; free with tide_decoder_free().
 */
TideDecoder *
tide_decoder_new (const TideStream *stream, const char *source, const TideClock *clock, TideBrokenFunc broken,
                  void *broken_data)
{
  TideDecoder *decoder = g_new0 (TideDecoder, 1);
  uint32_t n = stream->n_fields;
  decoder->stream = tide_stream_ref (stream);
  decoder->source = g_strdup (source);
  decoder->source_len = strlen (source);
  decoder->clock = clock != NULL ? clock : &tide_clock_system;
  decoder->broken = broken;
  decoder->broken_data = broken_data;
  decoder->raws = g_new0 (TideRaw, n);
  decoder->values = g_new0 (TideFieldValue, n);
  decoder->repairs = g_new0 (TideRepairs *, n);
  decoder->filter_reads = g_new0 (bool, n);
  decoder->masks = tide_stream_is_masked (stream) ? tide_mask_new () : NULL;
  decoder->masked = g_string_chunk_new (256);
  decoder->payload = g_string_new (NULL);
  decoder->key = g_string_new (NULL);
  decoder->drift = tide_drift_watch_new (stream);
  decoder->rules = tide_rules_new (stream);
  decoder->tally = tide_tally_new (stream);
  decoder->held = g_array_new (FALSE, FALSE, sizeof (TideHeld));
  decoder->held_bytes = g_byte_array_new ();
  decoder->notes = g_array_new (FALSE, FALSE, sizeof (TideNote));
  tide_reasons_init (&decoder->reasons, stream);
  for (uint32_t i = 0; i < n; i++)
    decoder->repairs[i] = tide_repairs_new (stream->fields[i]);
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
    tide_repairs_free (decoder->repairs[i]);
  tide_rules_free (decoder->rules);
  tide_tally_free (decoder->tally);
  tide_mask_free (decoder->masks);
  tide_drift_watch_free (decoder->drift);
  tide_reasons_clear (&decoder->reasons);
  tide_json_free (decoder->json);
  tide_csv_reader_free (decoder->csv);
  g_string_chunk_free (decoder->masked);
  g_string_free (decoder->payload, TRUE);
  g_string_free (decoder->key, TRUE);
  g_array_unref (decoder->held);
  g_byte_array_unref (decoder->held_bytes);
  g_array_unref (decoder->notes);
  g_free (decoder->raws);
  g_free (decoder->values);
  g_free (decoder->repairs);
  g_free (decoder->filter_reads);
  g_free (decoder->source);
  tide_stream_unref (decoder->stream);
  g_free (decoder);
}

void
tide_decoder_set_mask_key (TideDecoder *decoder, const char *secret)
{
  if (decoder->masks != NULL)
    tide_mask_set_key (decoder->masks, secret);
}

void
tide_decoder_set_replay (TideDecoder *decoder)
{
  decoder->replay = true;
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
        tide_drift_watch_unknown (decoder->drift, column, strlen (column), NULL, now);
    }
  return true;
}

/* --- one event --- */

static void
visit_unknown (const char *path, gsize path_len, const TideRaw *value, void *data)
{
  TideDecoder *decoder = data;
  tide_drift_watch_unknown (decoder->drift, path, path_len, value, decoder->now);
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
    {
      tide_reasons_begin (&decoder->reasons, -1, TIDE_RULE_FORMAT);
      g_string_append (decoder->reasons.text, reason);
    }
  else if (watched)
    tide_drift_watch_seen (decoder->drift, decoder->raws, decoder->now);
  return ok;
}

/* Repairs and converts; FALSE: not of its type. @done gets the repairs. */
static bool
read_value (TideDecoder *decoder, uint32_t i, unsigned *done)
{
  TideRepairs *repairs = decoder->repairs[i];
  const TideField *field = decoder->stream->fields[i];
  TideFieldValue *value = &decoder->values[i];
  if (repairs == NULL)
    return tide_field_convert (field, &decoder->raws[i], value);
  TideRaw raw = tide_repairs_apply_raw (repairs, &decoder->raws[i], done);
  if (!tide_field_convert (field, &raw, value) && !tide_repairs_cast (repairs, &raw, value, done))
    return false;
  tide_repairs_apply_value (repairs, value, done);
  return true;
}

/* Of a row that is under way: what rules and counts have to know of it. */
static void
note (TideDecoder *decoder, TideBatchBuilder *builder, uint32_t field, TideNoteKind kind, unsigned number)
{
  TideNote entry = { tide_batch_builder_get_n (builder), field, (uint16_t) kind, (uint16_t) number };
  g_array_append_val (decoder->notes, entry);
}

/* Rules look at the value, all else sees its hash. FALSE: a rule is broken. */
static bool
mask_value (TideDecoder *decoder, TideBatchBuilder *builder, uint32_t i)
{
  TideFieldValue *value = &decoder->values[i];
  unsigned warned = 0;
  if (!value->present || (decoder->replay && tide_mask_is_masked (value->text)))
    return true;
  bool sound = tide_rules_hold_masked (decoder->rules, i, value, &warned);
  for (unsigned rule = 0; warned != 0; rule++, warned >>= 1)
    if ((warned & 1) != 0)
      note (decoder, builder, i, TIDE_NOTE_WARNING, rule);
  TideText masked = tide_mask_apply (decoder->masks, value->text);
  value->text = (TideText){ g_string_chunk_insert_len (decoder->masked, masked.data, masked.len), masked.len };
  return sound;
}

/* Every field, as fast as it goes. Returns FALSE when the event can't be a row; why is found out by explain_fields(). */
static bool
convert_fields (TideDecoder *decoder, TideBatchBuilder *builder, bool *ret_filter_blind)
{
  bool sound = true;
  for (uint32_t i = 0; i < decoder->stream->n_fields; i++)
    {
      unsigned done = 0;
      bool ok = read_value (decoder, i, &done);
      if (!ok && decoder->stream->fields[i]->terms[TIDE_RULE_TYPE].warn)
        note (decoder, builder, i, TIDE_NOTE_WARNING, TIDE_RULE_TYPE);
      else if (!ok)
        {
          sound = false;
          *ret_filter_blind |= decoder->filter_reads[i];
        }
      for (unsigned repair = 0; done != 0; repair++, done >>= 1)
        if ((done & 1) != 0)
          note (decoder, builder, i, TIDE_NOTE_REPAIR, repair);
      if (ok && decoder->masks != NULL && decoder->stream->fields[i]->mask)
        sound &= mask_value (decoder, builder, i);
    }
  return sound;
}

/* All that is wrong with the fields of an event that is broken, in their order. */
static void
explain_fields (TideDecoder *decoder)
{
  for (uint32_t i = 0; i < decoder->stream->n_fields; i++)
    {
      const TideField *field = decoder->stream->fields[i];
      TideFieldValue kept = decoder->values[i];
      unsigned done = 0;
      bool ok = read_value (decoder, i, &done);
      bool was_masked = field->mask && decoder->replay && decoder->values[i].present
                        && tide_mask_is_masked (decoder->values[i].text);
      if (!ok && !field->terms[TIDE_RULE_TYPE].warn)
        {
          tide_reasons_begin (&decoder->reasons, (int) i, TIDE_RULE_TYPE);
          tide_field_explain (field, &decoder->raws[i], decoder->reasons.text);
        }
      else if (!was_masked)
        tide_rules_explain_value (decoder->rules, i, &decoder->values[i], &decoder->reasons);
      decoder->values[i] = kept;
    }
}

/* The event's time, and what is wrong with it. */
static TideTime
event_time (TideDecoder *decoder, const TideEventMeta *meta)
{
  TideReasons *reasons = &decoder->reasons;
  int index = decoder->stream->time_field;
  const TideField *field = index < 0 ? NULL : decoder->stream->fields[index];
  TideTime time = meta->time != TIDE_TIME_NONE ? meta->time : decoder->now;
  if (field != NULL && field->type == TIDE_TYPE_TIME)
    {
      if (!decoder->values[index].present)
        {
          /* A value of the wrong type or a required one has its reason already. */
          bool is_null = decoder->raws[index].kind <= TIDE_RAW_NULL;
          if ((is_null && !field->required) || reasons->text->len == 0)
            {
              tide_reasons_begin (reasons, index, TIDE_RULE_TIME);
              g_string_append (reasons->text, "no event time");
            }
          return decoder->now;
        }
      time = decoder->values[index].i;
    }
  if (time > decoder->now + FUTURE_MAX)
    {
      char buffer[TIDE_TIME_STR_MAX];
      tide_time_format (time, buffer);
      tide_reasons_begin (reasons, field != NULL ? index : -1, TIDE_RULE_FUTURE);
      g_string_append_printf (reasons->text, "event time %s is more than 5 min in the future", buffer);
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
  if (decoder->stream->keep_payload && decoder->masks == NULL)
    tide_batch_builder_set_text (builder, TIDE_COLUMN_PAYLOAD, data, len);
  if (meta->headers != NULL)
    tide_batch_builder_set_text (builder, TIDE_COLUMN_HEADERS, meta->headers, meta->headers_len);
  tide_batch_builder_end_row (builder, len);
}

/* Whether the filter leaves a broken event out. */
static bool
is_filtered (TideDecoder *decoder, const char *data, gsize len, const TideEventMeta *meta, TideTime time,
             bool filter_blind)
{
  if (decoder->stream->filter == NULL || filter_blind)
    return false;
  uint32_t row;
  add_row (decoder, decoder->scratch, data, len, meta, time);
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (decoder->scratch);
  return tide_predicate_select (decoder->stream->filter, batch, 0, 1, &row) == 0;
}

static void
hold (TideDecoder *decoder, const char *data, gsize len, const TideEventMeta *meta)
{
  TideHeld held = { .at = decoder->held_bytes->len, .len = len, .meta = *meta };
  if (decoder->masks != NULL)
    {
      tide_mask_payload (decoder->masks, decoder->stream, decoder->raws, decoder->payload);
      data = decoder->payload->str;
      held.len = decoder->payload->len;
    }
  gsize key_len = meta->key != NULL ? meta->key_len : 0, headers_len = meta->headers != NULL ? meta->headers_len : 0;
  g_byte_array_set_size (decoder->held_bytes, (guint) (held.at + held.len + key_len + headers_len));
  char *to = (char *) decoder->held_bytes->data + held.at;
  if (held.len > 0)
    memcpy (to, data, held.len);
  if (key_len > 0)
    memcpy (to + held.len, meta->key, key_len);
  if (headers_len > 0)
    memcpy (to + held.len + key_len, meta->headers, headers_len);
  g_array_append_val (decoder->held, held);
}

void
tide_decoder_tell_broken (TideDecoder *decoder, const char *data, gsize len, const TideEventMeta *meta)
{
  TideBroken broken = { data, len, meta, decoder->reasons.text->str, decoder->reasons.rules->str };
  tide_reasons_tally (&decoder->reasons, decoder->tally);
  tide_tally_events (decoder->tally, 1, 1, 0, 0);
  if (decoder->broken != NULL)
    decoder->broken (&broken, decoder->broken_data);
}

/* Tells of the event under way; @readable: its values are known. */
static TideDecodeResult
refuse (TideDecoder *decoder, const char *data, gsize len, const TideEventMeta *meta, bool readable)
{
  if (decoder->masks != NULL)
    {
      tide_mask_payload (decoder->masks, decoder->stream, readable ? decoder->raws : NULL, decoder->payload);
      data = decoder->payload->str;
      len = decoder->payload->len;
    }
  tide_decoder_tell_broken (decoder, data, len, meta);
  return TIDE_DECODE_REJECTED;
}

/* What is kept of @meta: @masked, filled in, where a field of the stream is masked. */
static const TideEventMeta *
mask_meta (TideDecoder *decoder, const TideEventMeta *meta, TideEventMeta *masked)
{
  if (decoder->masks == NULL)
    return meta;
  tide_mask_meta (decoder->masks, decoder->replay, meta, masked);
  return masked;
}

void
tide_decoder_reject (TideDecoder *decoder, const char *data, gsize len, const TideEventMeta *meta, const char *reason)
{
  TideEventMeta masked;
  decoder->now = meta->received != TIDE_TIME_NONE ? meta->received : tide_clock_now (decoder->clock);
  meta = mask_meta (decoder, meta, &masked);
  tide_reasons_reset (&decoder->reasons);
  tide_reasons_begin (&decoder->reasons, -1, TIDE_RULE_FORMAT);
  g_string_append (decoder->reasons.text, reason);
  refuse (decoder, data, len, meta, false);
}

/**
 * tide_decoder_decode:
 *
 * Adds one event to @builder, or tells that it is broken.
 *
 * Thread: the decoder's.
 */
TideDecodeResult
tide_decoder_decode (TideDecoder *decoder, TideBatchBuilder *builder, const char *data, gsize len,
                     const TideEventMeta *meta)
{
  bool filter_blind = false;
  guint n_notes = decoder->notes->len;
  TideEventMeta masked;
  tide_reasons_reset (&decoder->reasons);
  if (decoder->masks != NULL)
    g_string_chunk_clear (decoder->masked);
  decoder->now = meta->received != TIDE_TIME_NONE ? meta->received : tide_clock_now (decoder->clock);
  meta = mask_meta (decoder, meta, &masked);
  if (!read_raws (decoder, data, len))
    return refuse (decoder, data, len, meta, false);
  if (!convert_fields (decoder, builder, &filter_blind))
    explain_fields (decoder);
  bool fields_sound = decoder->reasons.text->len == 0;
  TideTime time = event_time (decoder, meta);
  if (decoder->reasons.text->len == 0)
    {
      add_row (decoder, builder, data, len, meta, time);
      if (tide_rules_have_errors (decoder->rules))
        hold (decoder, data, len, meta);
      return TIDE_DECODE_EVENT;
    }
  g_array_set_size (decoder->notes, n_notes);
  if (is_filtered (decoder, data, len, meta, time, filter_blind))
    return TIDE_DECODE_FILTERED;
  if (fields_sound)
    {
      /* Only its time is wrong so far: rules have not looked yet. */
      tide_reasons_reset (&decoder->reasons);
      explain_fields (decoder);
      event_time (decoder, meta);
    }
  return refuse (decoder, data, len, meta, true);
}

GPtrArray *
tide_decoder_get_drift (TideDecoder *decoder)
{
  return tide_drift_watch_list (decoder->drift);
}
