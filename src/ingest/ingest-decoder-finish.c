/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From rows to a batch: the stream's filter, then the rules, over whole columns. Rows that are left out are taken out of
 * the batch in place. A broken row is told of with the bytes that it came as, which were held until now, and counts
 * are made of what was stored only. */
#include "ingest-decoder-state.h"

#include <string.h>

static void
reset_held (TideDecoder *decoder)
{
  g_array_set_size (decoder->held, 0);
  g_byte_array_set_size (decoder->held_bytes, 0);
  g_array_set_size (decoder->notes, 0);
}

gsize
tide_decoder_get_held_bytes (const TideDecoder *decoder)
{
  return decoder->held_bytes->len + decoder->held->len * sizeof (TideHeld) + decoder->notes->len * sizeof (TideNote);
}

GPtrArray *
tide_decoder_take_quality (TideDecoder *decoder)
{
  return tide_tally_take (decoder->tally, decoder->now);
}

TideDuration
tide_decoder_get_memory (const TideDecoder *decoder)
{
  return tide_rules_get_memory (decoder->rules);
}

void
tide_decoder_remember (TideDecoder *decoder, const TideBatch *batch)
{
  tide_rules_remember (decoder->rules, batch);
}

void
tide_decoder_forget (TideDecoder *decoder)
{
  tide_rules_forget (decoder->rules);
}

/* The rows that are left have their notes and bytes under their new numbers. */
static void
renumber (TideDecoder *decoder, const uint32_t *rows, uint32_t n, uint32_t n_before)
{
  g_autofree uint32_t *map = g_new (uint32_t, n_before);
  guint kept = 0;
  memset (map, 0xff, n_before * sizeof *map);
  for (uint32_t i = 0; i < n; i++)
    map[rows[i]] = i;
  for (guint i = 0; i < decoder->notes->len; i++)
    {
      TideNote entry = g_array_index (decoder->notes, TideNote, i);
      if (map[entry.row] == UINT32_MAX)
        continue;
      entry.row = map[entry.row];
      g_array_index (decoder->notes, TideNote, kept++) = entry;
    }
  g_array_set_size (decoder->notes, kept);
  if (decoder->held->len == 0)
    return;
  for (uint32_t i = 0; i < n; i++)
    g_array_index (decoder->held, TideHeld, i) = g_array_index (decoder->held, TideHeld, rows[i]);
  g_array_set_size (decoder->held, n);
}

/* Leaves only @rows, which the caller's row numbers follow. */
static void
keep_rows (TideDecoder *decoder, TideBatch *batch, const uint32_t *rows, uint32_t n, uint32_t *ret_rows)
{
  if (n == batch->n)
    return;
  renumber (decoder, rows, n, batch->n);
  tide_batch_keep (batch, rows, n);
  for (uint32_t i = 0; ret_rows != NULL && i < n; i++)
    ret_rows[i] = ret_rows[rows[i]];
}

static void
tell_row (TideDecoder *decoder, const TideBatch *batch, uint32_t row)
{
  const TideHeld *held = &g_array_index (decoder->held, TideHeld, row);
  const char *bytes = (const char *) decoder->held_bytes->data + held->at;
  TideEventMeta meta = held->meta;
  if (meta.key != NULL)
    meta.key = bytes + held->len;
  if (meta.headers != NULL)
    meta.headers = bytes + held->len + (held->meta.key != NULL ? held->meta.key_len : 0);
  tide_reasons_reset (&decoder->reasons);
  tide_rules_explain_row (decoder->rules, batch, row, &decoder->reasons);
  tide_decoder_tell_broken (decoder, bytes, held->len, &meta);
}

/* Tells of the broken rows, and takes them out. */
static void
take_out_broken (TideDecoder *decoder, TideBatch *batch, uint32_t *ret_rows)
{
  const uint64_t *broken = tide_rules_get_broken (decoder->rules);
  g_autofree uint32_t *rows = g_new (uint32_t, batch->n);
  uint32_t n = 0;
  for (uint32_t row = 0; row < batch->n; row++)
    if (tide_mask_get (broken, row))
      tell_row (decoder, batch, row);
    else
      rows[n++] = row;
  keep_rows (decoder, batch, rows, n, ret_rows);
}

/* Counts what was stored: warnings of columns are known by @warned, the rest by notes. */
static void
tally_stored (TideDecoder *decoder, uint32_t n, uint64_t *warned)
{
  guint64 n_warned = 0, n_repaired = 0;
  uint32_t last_repaired = UINT32_MAX;
  for (guint i = 0; i < decoder->notes->len; i++)
    {
      const TideNote *entry = &g_array_index (decoder->notes, TideNote, i);
      if (entry->kind == TIDE_NOTE_WARNING)
        {
          tide_tally_warn (decoder->tally, (int) entry->field, (TideRuleKind) entry->number, 1);
          tide_mask_set (warned, entry->row);
          continue;
        }
      tide_tally_repair (decoder->tally, (int) entry->field, (TideRepairKind) entry->number);
      n_repaired += entry->row != last_repaired;
      last_repaired = entry->row;
    }
  for (uint32_t w = 0; w < (n + 63) / 64; w++)
    n_warned += (guint64) __builtin_popcountll (warned[w]);
  tide_tally_events (decoder->tally, n, 0, n_warned, n_repaired);
}

/* The warnings of the rows that are left, by their new numbers. */
static uint64_t *
warned_rows (TideDecoder *decoder, const uint64_t *broken, uint32_t n_before)
{
  const uint64_t *warned = tide_rules_get_warned (decoder->rules);
  uint64_t *kept = g_new0 (uint64_t, n_before / 64 + 1), any = 0;
  uint32_t n = 0;
  for (uint32_t w = 0; w < (n_before + 63) / 64; w++)
    {
      kept[w] = warned[w];
      any |= broken[w];
    }
  if (any == 0)
    return kept;
  memset (kept, 0, (n_before / 64 + 1) * sizeof *kept);
  for (uint32_t row = 0; row < n_before; row++)
    {
      if (tide_mask_get (broken, row))
        continue;
      if (tide_mask_get (warned, row))
        tide_mask_set (kept, n);
      n++;
    }
  return kept;
}

static void
apply_rules (TideDecoder *decoder, TideBatch *batch, uint32_t *ret_rows)
{
  uint32_t n_before = batch->n;
  if (tide_rules_is_empty (decoder->rules))
    {
      g_autofree uint64_t *none = g_new0 (uint64_t, n_before / 64 + 1);
      tally_stored (decoder, n_before, none);
      return;
    }
  bool any = tide_rules_check (decoder->rules, batch);
  tide_rules_tally_warnings (decoder->rules, batch, decoder->tally);
  g_autofree uint64_t *warned = warned_rows (decoder, tide_rules_get_broken (decoder->rules), n_before);
  if (any)
    take_out_broken (decoder, batch, ret_rows);
  tally_stored (decoder, batch->n, warned);
}

static void
apply_filter (TideDecoder *decoder, TideBatch *batch, uint32_t *ret_filtered, uint32_t *ret_rows)
{
  if (decoder->stream->filter == NULL)
    return;
  g_autofree uint32_t *rows = g_new (uint32_t, batch->n);
  uint32_t n = tide_predicate_select (decoder->stream->filter, batch, 0, batch->n, rows);
  *ret_filtered = batch->n - n;
  keep_rows (decoder, batch, rows, n, ret_rows);
}

/**
 * tide_decoder_finish:
 * @ret_filtered: (out): rows that the stream's filter left out
 * @ret_rows: (out) (nullable): of the rows that are left, which they were; as many as the builder has
 *
 * Tells of the rows that a rule found broken.
 *
 * Thread: the decoder's. Returns: (transfer full) (nullable): what is left, or NULL.
 */
TideBatch *
tide_decoder_finish (TideDecoder *decoder, TideBatchBuilder *builder, uint32_t *ret_filtered, uint32_t *ret_rows)
{
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  *ret_filtered = 0;
  for (uint32_t i = 0; batch != NULL && ret_rows != NULL && i < batch->n; i++)
    ret_rows[i] = i;
  if (batch != NULL)
    apply_filter (decoder, batch, ret_filtered, ret_rows);
  if (batch != NULL && batch->n > 0)
    apply_rules (decoder, batch, ret_rows);
  reset_held (decoder);
  return batch != NULL && batch->n > 0 ? g_steal_pointer (&batch) : NULL;
}

void
tide_decoder_drop (TideDecoder *decoder, TideBatchBuilder *builder)
{
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  reset_held (decoder);
  tide_tally_forget (decoder->tally);
  tide_rules_forget (decoder->rules);
}
