/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules that depend on the events before: unique within a time, and never falling. They remember hashes, bounded (see
 * ingest-memory.c). Only what will be stored is remembered, so that an event that is kept out does not keep out the next.
 * Limits: each source remembers its own events; of those of a stream's other sources it only knows what was stored before
 * it started. What never falls is compared with the event before it, stored or not in the end. */
#include "ingest-rules.h"

#include <xxhash.h>

static uint64_t
hash_value (const TideColumn *column, uint32_t row)
{
  if (column->type == TIDE_TYPE_TEXT)
    {
      TideText text = column->dict[column->codes[row]];
      return XXH3_64bits (text.len > 0 ? text.data : "", text.len);
    }
  if (column->type == TIDE_TYPE_REAL)
    return XXH3_64bits (&column->reals[row], sizeof (double));
  return XXH3_64bits (&column->ints[row], sizeof (int64_t));
}

static bool
is_near (TideTime a, TideTime b, TideDuration within)
{
  return (a > b ? a - b : b - a) < within;
}

static void
unique_scan (const TideRuleContext *context, const TideBatch *batch, uint32_t column, const uint64_t *broken,
             uint64_t *ret_mask)
{
  const TideColumn *values = &batch->columns[column];
  const int64_t *times = batch->columns[TIDE_COLUMN_TIME].ints;
  for (uint32_t w = 0; w < (batch->n + 63) / 64; w++)
    ret_mask[w] = 0;
  for (uint32_t row = 0; row < batch->n; row++)
    {
      int64_t time;
      if (!tide_column_is_valid (values, row))
        continue;
      uint64_t hash = hash_value (values, row);
      if (tide_memory_find (context->memory, hash, &time) && is_near (time, times[row], context->field->unique))
        tide_mask_set (ret_mask, row);
      else if (!tide_mask_get (broken, row))
        tide_memory_put (context->memory, hash, times[row]);
    }
}

static void
unique_explain (const TideRuleContext *context, const TideFieldValue *value, GString *reasons)
{
  g_autofree char *within = tide_duration_to_string (context->field->unique);
  tide_rule_append_value (reasons, context->field, value);
  g_string_append_printf (reasons, " came before within %s", within);
}

const TideRuleClass tide_rule_unique = { TIDE_RULE_UNIQUE, false, NULL, unique_scan, unique_explain };

/* Reals in the order of integers. */
static int64_t
ordinal (const TideColumn *column, uint32_t row)
{
  if (column->type != TIDE_TYPE_REAL)
    return column->ints[row];
  union
  {
    double real;
    int64_t bits;
  } value = { .real = column->reals[row] + 0.0 };
  return value.bits >= 0 ? value.bits : (int64_t) (INT64_MIN - (uint64_t) value.bits);
}

static void
monotonic_scan (const TideRuleContext *context, const TideBatch *batch, uint32_t column, const uint64_t *broken,
                uint64_t *ret_mask)
{
  const TideColumn *values = &batch->columns[column];
  const TideColumn *owner
    = &batch->columns[context->field->monotonic == TIDE_MONOTONIC_KEY ? TIDE_COLUMN_KEY : TIDE_COLUMN_PARTITION];
  for (uint32_t w = 0; w < (batch->n + 63) / 64; w++)
    ret_mask[w] = 0;
  for (uint32_t row = 0; row < batch->n; row++)
    {
      int64_t before, number;
      if (!tide_column_is_valid (values, row) || !tide_column_is_valid (owner, row) || tide_mask_get (broken, row))
        continue;
      uint64_t hash = hash_value (owner, row);
      number = ordinal (values, row);
      if (tide_memory_find (context->memory, hash, &before) && number < before)
        tide_mask_set (ret_mask, row);
      tide_memory_put (context->memory, hash, number);
    }
}

static void
monotonic_explain (const TideRuleContext *context, const TideFieldValue *value, GString *reasons)
{
  tide_rule_append_value (reasons, context->field, value);
  g_string_append_printf (reasons, " is below the event before of the same %s",
                          context->field->monotonic == TIDE_MONOTONIC_KEY ? "key" : "partition");
}

const TideRuleClass tide_rule_monotonic = { TIDE_RULE_MONOTONIC, false, NULL, monotonic_scan, monotonic_explain };
