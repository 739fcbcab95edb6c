/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quality rules of a field that one value is enough for: one row of tide_rule_classes[] each. Sound events are the rule:
 * so columns are looked at whole, a text once however many rows have it, and words are found only for a row that is
 * broken. All broken rules are named, not just the first, since a person who repairs an event wants to do it once.
 * Limit: numbers are compared with min and max as doubles when they are decimals, exactly when they are integers. */
#include "ingest-rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
tide_rule_append_value (GString *reasons, const TideField *field, const TideFieldValue *value)
{
  char buffer[TIDE_FIELD_TEXT_MAX];
  if (field->mask)
    {
      g_string_append (reasons, "its value");
      return;
    }
  TideText text = tide_field_value_text (field, value, buffer);
  if (field->type == TIDE_TYPE_TEXT)
    g_string_append_c (reasons, '\'');
  tide_reason_append_text (reasons, text.data, text.len);
  if (field->type == TIDE_TYPE_TEXT)
    g_string_append_c (reasons, '\'');
}

void
tide_rule_get_value (const TideColumn *column, uint32_t row, TideFieldValue *ret_value)
{
  *ret_value = (TideFieldValue){ .present = tide_column_is_valid (column, row) };
  if (!ret_value->present)
    return;
  if (column->type == TIDE_TYPE_TEXT)
    ret_value->text = column->dict[column->codes[row]];
  else if (column->type == TIDE_TYPE_REAL)
    ret_value->real = column->reals[row];
  else
    ret_value->i = column->ints[row];
}

static void
append_number (GString *reasons, double number)
{
  char buffer[TIDE_VALUE_STR_MAX];
  gsize len = tide_value_format (tide_value_real (number), buffer);
  g_string_append_len (reasons, buffer, (gssize) len);
}

/* < 0, 0, > 0 as the value is below, at or above @limit. */
static int
compare (const TideField *field, const TideFieldValue *value, double limit)
{
  if (field->type == TIDE_TYPE_INT)
    {
      /* 64 bits of mantissa: exact. */
      long double a = (long double) value->i, b = (long double) limit;
      return (a > b) - (a < b);
    }
  double a = field->type == TIDE_TYPE_REAL ? value->real : (double) value->i / pow (10, field->scale);
  return (a > limit) - (a < limit);
}

/* --- required --- */

static bool
required_holds (const TideRuleContext *context, const TideFieldValue *value)
{
  return value->present;
}

static void
required_scan (const TideRuleContext *context, const TideBatch *batch, uint32_t column, const uint64_t *broken,
               uint64_t *ret_mask)
{
  const TideColumn *values = &batch->columns[column];
  for (uint32_t w = 0; w < (batch->n + 63) / 64; w++)
    ret_mask[w] = values->type == TIDE_TYPE_NONE ? ~(uint64_t) 0 : values->valid == NULL ? 0 : ~values->valid[w];
}

static void
required_explain (const TideRuleContext *context, const TideFieldValue *value, GString *reasons)
{
  g_string_append (reasons, "required, but missing or null");
}

/* --- min, max --- */

/* The least integer of the column that is at or above @limit, and the greatest at or below it: by halving, so that it is
 * just what compare() says. */
static int64_t
integer_limit (const TideField *field, double limit, bool least)
{
  int64_t low = INT64_MIN, high = INT64_MAX;
  while (low < high)
    {
      int64_t middle = (int64_t) (((uint64_t) low & (uint64_t) high) + (uint64_t) ((low ^ high) >> 1)) + (least ? 0 : 1);
      TideFieldValue value = { .present = true, .i = middle };
      int order = compare (field, &value, limit);
      if (least && order >= 0)
        high = middle;
      else if (least)
        low = middle + 1;
      else if (order <= 0)
        low = middle;
      else
        high = middle - 1;
    }
  return low;
}

static bool
min_holds (const TideRuleContext *context, const TideFieldValue *value)
{
  return compare (context->field, value, context->field->min) >= 0;
}

static bool
max_holds (const TideRuleContext *context, const TideFieldValue *value)
{
  return compare (context->field, value, context->field->max) <= 0;
}

/* Written so that the compiler makes vectors of it. */
#define SCAN(values, compared)                                                                                          \
  for (uint32_t w = 0; w < (batch->n + 63) / 64; w++)                                                                   \
    {                                                                                                                   \
      uint32_t at = w * 64, n = batch->n - at < 64 ? batch->n - at : 64;                                                \
      uint64_t bits = 0;                                                                                                \
      for (uint32_t j = 0; j < n; j++)                                                                                  \
        bits |= (uint64_t) ((values)[at + j] compared) << j;                                                            \
      ret_mask[w] = bits & (from->valid != NULL ? from->valid[w] : ~(uint64_t) 0);                                      \
    }

static void
min_scan (const TideRuleContext *context, const TideBatch *batch, uint32_t column, const uint64_t *broken,
          uint64_t *ret_mask)
{
  const TideColumn *from = &batch->columns[column];
  const int64_t limit = context->min;
  const double real_limit = context->field->min;
  if (from->type == TIDE_TYPE_REAL)
    SCAN (from->reals, < real_limit)
  else
    SCAN (from->ints, < limit)
}

static void
max_scan (const TideRuleContext *context, const TideBatch *batch, uint32_t column, const uint64_t *broken,
          uint64_t *ret_mask)
{
  const TideColumn *from = &batch->columns[column];
  const int64_t limit = context->max;
  const double real_limit = context->field->max;
  if (from->type == TIDE_TYPE_REAL)
    SCAN (from->reals, > real_limit)
  else
    SCAN (from->ints, > limit)
}

static void
min_explain (const TideRuleContext *context, const TideFieldValue *value, GString *reasons)
{
  tide_rule_append_value (reasons, context->field, value);
  g_string_append (reasons, " is below the minimum ");
  append_number (reasons, context->field->min);
}

static void
max_explain (const TideRuleContext *context, const TideFieldValue *value, GString *reasons)
{
  tide_rule_append_value (reasons, context->field, value);
  g_string_append (reasons, " is above the maximum ");
  append_number (reasons, context->field->max);
}

/* --- length --- */

static int64_t
count_characters (TideText text)
{
  int64_t n = 0;
  for (uint32_t i = 0; i < text.len; i++)
    n += ((unsigned char) text.data[i] & 0xc0) != 0x80;
  return n;
}

static bool
min_length_holds (const TideRuleContext *context, const TideFieldValue *value)
{
  return count_characters (value->text) >= context->field->min_length;
}

static bool
max_length_holds (const TideRuleContext *context, const TideFieldValue *value)
{
  return count_characters (value->text) <= context->field->max_length;
}

static void
min_length_explain (const TideRuleContext *context, const TideFieldValue *value, GString *reasons)
{
  g_string_append_printf (reasons, "has %" G_GINT64_FORMAT " characters, expected at least %" G_GINT64_FORMAT,
                          count_characters (value->text), context->field->min_length);
}

static void
max_length_explain (const TideRuleContext *context, const TideFieldValue *value, GString *reasons)
{
  g_string_append_printf (reasons, "has %" G_GINT64_FORMAT " characters, expected at most %" G_GINT64_FORMAT,
                          count_characters (value->text), context->field->max_length);
}

/* --- pattern --- */

static bool
pattern_holds (const TideRuleContext *context, const TideFieldValue *value)
{
  return tide_pattern_match (context->pattern, value->text.data, value->text.len) == TIDE_PATTERN_MATCHES;
}

static void
pattern_explain (const TideRuleContext *context, const TideFieldValue *value, GString *reasons)
{
  bool gave_up = tide_pattern_match (context->pattern, value->text.data, value->text.len) == TIDE_PATTERN_GAVE_UP;
  tide_rule_append_value (reasons, context->field, value);
  g_string_append_printf (reasons, gave_up ? " takes too many steps to match with the pattern %s"
                                           : " does not match the pattern %s",
                          g_regex_get_pattern (context->field->pattern));
}

/* --- values --- */

static int
compare_text (const void *a, const void *b)
{
  const TideText *x = a, *y = b;
  uint32_t len = x->len < y->len ? x->len : y->len;
  int order = len > 0 ? memcmp (x->data, y->data, len) : 0;
  return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static bool
values_holds (const TideRuleContext *context, const TideFieldValue *value)
{
  if (context->integers != NULL)
    {
      bool found = false;
      for (guint i = 0; i < context->n_values; i++)
        found |= context->integers[i] == value->i;
      return found;
    }
  char buffer[TIDE_FIELD_TEXT_MAX];
  TideText text = tide_field_value_text (context->field, value, buffer);
  return bsearch (&text, context->values, context->n_values, sizeof (TideText), compare_text) != NULL;
}

static void
values_explain (const TideRuleContext *context, const TideFieldValue *value, GString *reasons)
{
  tide_rule_append_value (reasons, context->field, value);
  g_string_append (reasons, " is none of the allowed values");
}

/* In the form that values are compared in: the 1.5 of a decimal(2) is 1.50. */
static void
take_values (TideRuleContext *context)
{
  const TideField *field = context->field;
  bool integers = field->type != TIDE_TYPE_TEXT && field->type != TIDE_TYPE_REAL;
  context->n_values = g_strv_length (field->values);
  context->values = g_new (TideText, context->n_values);
  context->integers = integers ? g_new0 (int64_t, context->n_values) : NULL;
  context->texts = g_string_chunk_new (256);
  for (guint i = 0; i < context->n_values; i++)
    {
      char buffer[TIDE_FIELD_TEXT_MAX];
      TideText text = tide_text (field->values[i]);
      TideRaw raw = { TIDE_RAW_CELL, text.len, text.data };
      TideFieldValue value;
      if (tide_field_convert (field, &raw, &value) && value.present)
        text = tide_field_value_text (field, &value, buffer);
      if (integers && value.present)
        context->integers[i] = value.i;
      text.data = g_string_chunk_insert_len (context->texts, text.data, (gssize) text.len);
      context->values[i] = text;
    }
  qsort (context->values, context->n_values, sizeof (TideText), compare_text);
}

/* --- all of them --- */

static const TideRuleClass required = { TIDE_RULE_REQUIRED, true, required_holds, required_scan, required_explain };
static const TideRuleClass min = { TIDE_RULE_MIN, false, min_holds, min_scan, min_explain };
static const TideRuleClass max = { TIDE_RULE_MAX, false, max_holds, max_scan, max_explain };
static const TideRuleClass min_length = { TIDE_RULE_MIN_LENGTH, false, min_length_holds, NULL, min_length_explain };
static const TideRuleClass max_length = { TIDE_RULE_MAX_LENGTH, false, max_length_holds, NULL, max_length_explain };
static const TideRuleClass pattern = { TIDE_RULE_PATTERN, false, pattern_holds, NULL, pattern_explain };
static const TideRuleClass values = { TIDE_RULE_VALUES, false, values_holds, NULL, values_explain };

/* The order in which reasons are told; what looks at other events comes last, since it looks at sound ones. */
const TideRuleClass *const tide_rule_classes[] = {
  &required, &min, &max, &min_length, &max_length, &pattern, &values, &tide_rule_unique, &tide_rule_monotonic, NULL,
};

void
tide_rule_context_init (TideRuleContext *context, const TideField *field, TideRuleKind kind)
{
  *context = (TideRuleContext){ .field = field };
  if (kind == TIDE_RULE_MIN && field->type != TIDE_TYPE_REAL)
    context->min = integer_limit (field, field->min, true);
  else if (kind == TIDE_RULE_MAX && field->type != TIDE_TYPE_REAL)
    context->max = integer_limit (field, field->max, false);
  else if (kind == TIDE_RULE_VALUES)
    take_values (context);
  else if (kind == TIDE_RULE_PATTERN)
    context->pattern = tide_pattern_new (g_regex_get_pattern (field->pattern));
  else if (kind == TIDE_RULE_UNIQUE || kind == TIDE_RULE_MONOTONIC)
    context->memory = tide_memory_new ();
}

void
tide_rule_context_clear (TideRuleContext *context)
{
  g_free (context->values);
  g_free (context->integers);
  g_clear_pointer (&context->texts, g_string_chunk_free);
  tide_pattern_free (context->pattern);
  tide_memory_free (context->memory);
}
