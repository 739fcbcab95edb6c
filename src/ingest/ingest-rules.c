/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quality rules of a field: one row of rules[] each. A rule says whether it holds for a field at all, so that an
 * event pays only for those that do, and checks one value. All broken rules are named, not just the first, since a
 * person who repairs an event wants to do it once. Limits: numbers are compared with min and max as doubles when
 * they are decimals, exactly when they are integers. */
#include "ingest-decoder-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  const TideField *field;
  TideText *values; /* sorted; NULL: no such rule */
  guint n_values;
} RuleContext;

typedef struct
{
  const char *name;
  bool (*applies) (const TideField *field);
  bool checks_null; /* else only present values */
  /* FALSE: broken; says what was expected. */
  bool (*check) (const RuleContext *context, const TideFieldValue *value, GString *reasons);
} Rule;

struct _TideFieldRules
{
  RuleContext context;
  GStringChunk *texts; /* of context.values */
  const Rule *active[8];
  guint n_active;
};

static bool
is_numeric (const TideField *field)
{
  return (TIDE_TYPE_BIT (field->type) & TIDE_TYPES_NUMERIC) != 0;
}

static void
append_value (GString *reasons, const TideField *field, const TideFieldValue *value)
{
  char buffer[TIDE_FIELD_TEXT_MAX];
  TideText text = tide_field_value_text (field, value, buffer);
  if (field->type == TIDE_TYPE_TEXT)
    g_string_append_c (reasons, '\'');
  tide_reason_append_text (reasons, text.data, text.len);
  if (field->type == TIDE_TYPE_TEXT)
    g_string_append_c (reasons, '\'');
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

static bool
required_applies (const TideField *field)
{
  return field->required;
}

static bool
required_check (const RuleContext *context, const TideFieldValue *value, GString *reasons)
{
  if (value->present)
    return true;
  tide_reason_begin (reasons, context->field);
  g_string_append (reasons, "required, but missing or null");
  return false;
}

static bool
min_applies (const TideField *field)
{
  return !isnan (field->min) && is_numeric (field);
}

static bool
min_check (const RuleContext *context, const TideFieldValue *value, GString *reasons)
{
  const TideField *field = context->field;
  if (compare (field, value, field->min) >= 0)
    return true;
  tide_reason_begin (reasons, field);
  append_value (reasons, field, value);
  g_string_append (reasons, " is below the minimum ");
  append_number (reasons, field->min);
  return false;
}

static bool
max_applies (const TideField *field)
{
  return !isnan (field->max) && is_numeric (field);
}

static bool
max_check (const RuleContext *context, const TideFieldValue *value, GString *reasons)
{
  const TideField *field = context->field;
  if (compare (field, value, field->max) <= 0)
    return true;
  tide_reason_begin (reasons, field);
  append_value (reasons, field, value);
  g_string_append (reasons, " is above the maximum ");
  append_number (reasons, field->max);
  return false;
}

static int64_t
count_characters (TideText text)
{
  int64_t n = 0;
  for (uint32_t i = 0; i < text.len; i++)
    n += ((unsigned char) text.data[i] & 0xc0) != 0x80;
  return n;
}

static bool
min_length_applies (const TideField *field)
{
  return field->min_length > 0 && field->type == TIDE_TYPE_TEXT;
}

static bool
min_length_check (const RuleContext *context, const TideFieldValue *value, GString *reasons)
{
  int64_t n = count_characters (value->text);
  if (n >= context->field->min_length)
    return true;
  tide_reason_begin (reasons, context->field);
  g_string_append_printf (reasons, "has %" G_GINT64_FORMAT " characters, expected at least %" G_GINT64_FORMAT, n,
                          context->field->min_length);
  return false;
}

static bool
max_length_applies (const TideField *field)
{
  return field->max_length >= 0 && field->type == TIDE_TYPE_TEXT;
}

static bool
max_length_check (const RuleContext *context, const TideFieldValue *value, GString *reasons)
{
  int64_t n = count_characters (value->text);
  if (n <= context->field->max_length)
    return true;
  tide_reason_begin (reasons, context->field);
  g_string_append_printf (reasons, "has %" G_GINT64_FORMAT " characters, expected at most %" G_GINT64_FORMAT, n,
                          context->field->max_length);
  return false;
}

static bool
pattern_applies (const TideField *field)
{
  return field->pattern != NULL && field->type == TIDE_TYPE_TEXT;
}

static bool
pattern_check (const RuleContext *context, const TideFieldValue *value, GString *reasons)
{
  const TideField *field = context->field;
  g_autoptr (GError) error = NULL;
  if (g_regex_match_full (field->pattern, value->text.data, (gssize) value->text.len, 0, 0, NULL, &error))
    return true;
  tide_reason_begin (reasons, field);
  append_value (reasons, field, value);
  g_string_append_printf (reasons, " does not match the pattern %s", g_regex_get_pattern (field->pattern));
  if (error != NULL)
    g_string_append_printf (reasons, " (%s)", error->message);
  return false;
}

static bool
values_applies (const TideField *field)
{
  return field->values != NULL && field->values[0] != NULL;
}

static int
compare_text (const void *a, const void *b)
{
  const TideText *x = a, *y = b;
  int order = memcmp (x->data, y->data, MIN (x->len, y->len));
  return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static bool
values_check (const RuleContext *context, const TideFieldValue *value, GString *reasons)
{
  char buffer[TIDE_FIELD_TEXT_MAX];
  TideText text = tide_field_value_text (context->field, value, buffer);
  if (bsearch (&text, context->values, context->n_values, sizeof (TideText), compare_text) != NULL)
    return true;
  tide_reason_begin (reasons, context->field);
  append_value (reasons, context->field, value);
  g_string_append (reasons, " is none of the allowed values");
  return false;
}

static const Rule rules[] = {
  { "required", required_applies, true, required_check },
  { "min", min_applies, false, min_check },
  { "max", max_applies, false, max_check },
  { "min-length", min_length_applies, false, min_length_check },
  { "max-length", max_length_applies, false, max_length_check },
  { "pattern", pattern_applies, false, pattern_check },
  { "values", values_applies, false, values_check },
};

/* In the form that values are compared in: the 1.5 of a decimal(2) is 1.50. */
static void
take_values (TideFieldRules *built, const TideField *field)
{
  RuleContext *context = &built->context;
  g_autoptr (GString) ignored = g_string_new (NULL);
  context->n_values = g_strv_length (field->values);
  context->values = g_new (TideText, context->n_values);
  built->texts = g_string_chunk_new (256);
  for (guint i = 0; i < context->n_values; i++)
    {
      char buffer[TIDE_FIELD_TEXT_MAX];
      TideText text = tide_text (field->values[i]);
      TideRaw raw = { TIDE_RAW_CELL, text.len, text.data };
      TideFieldValue value;
      if (tide_field_convert (field, &raw, &value, ignored) && value.present)
        text = tide_field_value_text (field, &value, buffer);
      text.data = g_string_chunk_insert_len (built->texts, text.data, (gssize) text.len);
      context->values[i] = text;
    }
  qsort (context->values, context->n_values, sizeof (TideText), compare_text);
}

/**
 * tide_field_rules_new:
 * @field: borrowed
 *
 * Returns: (nullable): NULL when the field has no rule.
 */
TideFieldRules *
tide_field_rules_new (const TideField *field)
{
  TideFieldRules built = { .context = { .field = field } };
  G_STATIC_ASSERT (G_N_ELEMENTS (rules) <= G_N_ELEMENTS (built.active));
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].applies (field))
      built.active[built.n_active++] = &rules[i];
  if (built.n_active == 0)
    return NULL;
  if (values_applies (field))
    take_values (&built, field);
  return g_memdup2 (&built, sizeof built);
}

void
tide_field_rules_free (TideFieldRules *field_rules)
{
  if (field_rules == NULL)
    return;
  g_free (field_rules->context.values);
  g_clear_pointer (&field_rules->texts, g_string_chunk_free);
  g_free (field_rules);
}

bool
tide_field_rules_check (const TideFieldRules *field_rules, const TideFieldValue *value, GString *reasons)
{
  bool ok = true;
  for (guint i = 0; i < field_rules->n_active; i++)
    {
      const Rule *rule = field_rules->active[i];
      if (value->present || rule->checks_null)
        ok &= rule->check (&field_rules->context, value, reasons);
    }
  return ok;
}
