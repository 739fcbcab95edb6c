/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All rules of a stream over the columns of a batch: each gives a mask of the rows that break it, and only where a mask
 * has a bit is anything more done. Rules that look at one value go first, then those that depend on the events before,
 * which leave out what will not be stored.
 * Limit: none by the number of rows; masks grow with the largest batch. */
#include "ingest-rules.h"

#include <string.h>

typedef struct
{
  const TideRuleClass *kind;
  uint32_t field;
  bool warn;
  bool by_value; /* of a masked field: looked at before it is masked, and never in a column */
  TideRuleContext context;
} ActiveRule;

struct _TideRules
{
  GArray *active; /* ActiveRule */
  bool have_errors;
  TideDuration memory;
  uint32_t n_words; /* of a mask */
  uint64_t *masks;  /* one for each rule, then broken, then warned */
  uint8_t *texts;   /* by code: whether the text holds */
  uint32_t n_texts;
};

static void
active_clear (gpointer data)
{
  tide_rule_context_clear (&((ActiveRule *) data)->context);
}

static void
add_rules (TideRules *rules, const TideStream *stream, bool of_one_value)
{
  for (uint32_t i = 0; i < stream->n_fields; i++)
    for (guint k = 0; tide_rule_classes[k] != NULL; k++)
      {
        const TideRuleClass *kind = tide_rule_classes[k];
        const TideField *field = stream->fields[i];
        bool applies = (tide_rule_get_spec (kind->kind)->types & TIDE_TYPE_BIT (field->type)) != 0;
        if ((kind->holds != NULL) != of_one_value || !applies || !tide_field_has_rule (field, kind->kind))
          continue;
        ActiveRule active = { .kind = kind, .field = i, .warn = field->terms[kind->kind].warn };
        active.by_value = field->mask && kind->holds != NULL && !kind->of_missing;
        tide_rule_context_init (&active.context, field, kind->kind);
        rules->have_errors |= !active.warn;
        if (kind->kind == TIDE_RULE_UNIQUE && field->unique > rules->memory)
          rules->memory = field->unique;
        g_array_append_val (rules->active, active);
      }
}

TideRules *
tide_rules_new (const TideStream *stream)
{
  TideRules *rules = g_new0 (TideRules, 1);
  rules->active = g_array_new (FALSE, FALSE, sizeof (ActiveRule));
  g_array_set_clear_func (rules->active, active_clear);
  add_rules (rules, stream, true);
  add_rules (rules, stream, false);
  return rules;
}

void
tide_rules_free (TideRules *rules)
{
  if (rules == NULL)
    return;
  g_array_unref (rules->active);
  g_free (rules->masks);
  g_free (rules->texts);
  g_free (rules);
}

bool
tide_rules_have_errors (const TideRules *rules)
{
  return rules->have_errors;
}

bool
tide_rules_is_empty (const TideRules *rules)
{
  return rules->active->len == 0;
}

TideDuration
tide_rules_get_memory (const TideRules *rules)
{
  return rules->memory;
}

static uint64_t *
mask_of (const TideRules *rules, guint rule)
{
  return rules->masks + (gsize) rule * rules->n_words;
}

const uint64_t *
tide_rules_get_broken (const TideRules *rules)
{
  return mask_of (rules, rules->active->len);
}

const uint64_t *
tide_rules_get_warned (const TideRules *rules)
{
  return mask_of (rules, rules->active->len + 1);
}

/* --- a batch --- */

/* Each text once; then the rows by their code. */
static void
scan_texts (TideRules *rules, const ActiveRule *active, const TideColumn *column, uint32_t n, uint64_t *mask)
{
  if (rules->n_texts < column->n_dict)
    {
      rules->n_texts = column->n_dict;
      rules->texts = g_realloc (rules->texts, rules->n_texts);
    }
  bool all = true;
  for (uint32_t i = 0; i < column->n_dict; i++)
    {
      TideFieldValue value = { .present = true, .text = column->dict[i] };
      rules->texts[i] = active->kind->holds (&active->context, &value);
      all &= rules->texts[i];
    }
  memset (mask, 0, rules->n_words * sizeof *mask);
  for (uint32_t row = 0; row < n && !all; row++)
    if (!rules->texts[column->codes[row]] && tide_column_is_valid (column, row))
      tide_mask_set (mask, row);
}

static void
scan_values (const ActiveRule *active, const TideColumn *column, uint32_t n, uint64_t *mask)
{
  for (uint32_t row = 0; row < n; row++)
    {
      TideFieldValue value;
      tide_rule_get_value (column, row, &value);
      if (value.present && !active->kind->holds (&active->context, &value))
        tide_mask_set (mask, row);
    }
}

static void
scan_rule (TideRules *rules, const ActiveRule *active, const TideBatch *batch, const uint64_t *broken, uint64_t *mask)
{
  uint32_t at = TIDE_COLUMN_FIELD0 + active->field;
  const TideColumn *column = &batch->columns[at];
  if (active->by_value || (column->type == TIDE_TYPE_NONE && !active->kind->of_missing))
    memset (mask, 0, rules->n_words * sizeof *mask);
  else if (active->kind->scan != NULL)
    active->kind->scan (&active->context, batch, at, broken, mask);
  else if (column->type == TIDE_TYPE_TEXT)
    scan_texts (rules, active, column, batch->n, mask);
  else
    {
      memset (mask, 0, rules->n_words * sizeof *mask);
      scan_values (active, column, batch->n, mask);
    }
  if (batch->n % 64 != 0)
    mask[batch->n / 64] &= ((uint64_t) 1 << batch->n % 64) - 1;
}

bool
tide_rules_check (TideRules *rules, const TideBatch *batch)
{
  uint32_t n_words = (batch->n + 63) / 64;
  guint n_rules = rules->active->len;
  if (n_words > rules->n_words)
    {
      rules->n_words = n_words;
      rules->masks = g_realloc_n (rules->masks, (n_rules + 2) * (gsize) n_words, sizeof *rules->masks);
    }
  if (rules->n_words == 0)
    return false;
  uint64_t *broken = mask_of (rules, n_rules), *warned = mask_of (rules, n_rules + 1), any = 0;
  memset (broken, 0, 2 * rules->n_words * sizeof *broken);
  for (guint i = 0; i < n_rules; i++)
    {
      const ActiveRule *active = &g_array_index (rules->active, ActiveRule, i);
      uint64_t *mask = mask_of (rules, i), *into = active->warn ? warned : broken;
      scan_rule (rules, active, batch, broken, mask);
      for (uint32_t w = 0; w < n_words; w++)
        into[w] |= mask[w];
    }
  for (uint32_t w = 0; w < n_words; w++)
    {
      warned[w] &= ~broken[w];
      any |= broken[w];
    }
  return any != 0;
}

void
tide_rules_explain_row (const TideRules *rules, const TideBatch *batch, uint32_t row, TideReasons *reasons)
{
  for (guint i = 0; i < rules->active->len; i++)
    {
      const ActiveRule *active = &g_array_index (rules->active, ActiveRule, i);
      TideFieldValue value;
      if (active->warn || !tide_mask_get (mask_of (rules, i), row))
        continue;
      tide_rule_get_value (&batch->columns[TIDE_COLUMN_FIELD0 + active->field], row, &value);
      tide_reasons_begin (reasons, (int) active->field, active->kind->kind);
      active->kind->explain (&active->context, &value, reasons->text);
    }
}

bool
tide_rules_hold_masked (const TideRules *rules, uint32_t field, const TideFieldValue *value, unsigned *ret_warned)
{
  bool hold = true;
  for (guint i = 0; i < rules->active->len && value->present; i++)
    {
      const ActiveRule *active = &g_array_index (rules->active, ActiveRule, i);
      if (!active->by_value || active->field != field || active->kind->holds (&active->context, value))
        continue;
      *ret_warned |= active->warn ? 1u << active->kind->kind : 0;
      hold &= active->warn;
    }
  return hold;
}

void
tide_rules_explain_value (const TideRules *rules, uint32_t field, const TideFieldValue *value, TideReasons *reasons)
{
  for (guint i = 0; i < rules->active->len; i++)
    {
      const ActiveRule *active = &g_array_index (rules->active, ActiveRule, i);
      if (active->field != field || active->warn || active->kind->holds == NULL
          || (!value->present && !active->kind->of_missing) || active->kind->holds (&active->context, value))
        continue;
      tide_reasons_begin (reasons, (int) field, active->kind->kind);
      active->kind->explain (&active->context, value, reasons->text);
    }
}

void
tide_rules_tally_warnings (const TideRules *rules, const TideBatch *batch, TideTally *tally)
{
  const uint64_t *broken = tide_rules_get_broken (rules);
  for (guint i = 0; i < rules->active->len; i++)
    {
      const ActiveRule *active = &g_array_index (rules->active, ActiveRule, i);
      const uint64_t *mask = mask_of (rules, i);
      guint64 n = 0;
      for (uint32_t w = 0; active->warn && w < (batch->n + 63) / 64; w++)
        n += (guint64) __builtin_popcountll (mask[w] & ~broken[w]);
      if (n > 0)
        tide_tally_warn (tally, (int) active->field, active->kind->kind, n);
    }
}

/* --- the events before --- */

void
tide_rules_forget (TideRules *rules)
{
  for (guint i = 0; i < rules->active->len; i++)
    {
      ActiveRule *active = &g_array_index (rules->active, ActiveRule, i);
      if (active->context.memory != NULL)
        tide_memory_forget (active->context.memory);
    }
}

void
tide_rules_remember (TideRules *rules, const TideBatch *batch)
{
  g_autofree uint64_t *none = g_new0 (uint64_t, batch->n / 64 + 1), *mask = g_new (uint64_t, batch->n / 64 + 1);
  for (guint i = 0; i < rules->active->len; i++)
    {
      const ActiveRule *active = &g_array_index (rules->active, ActiveRule, i);
      uint32_t at = TIDE_COLUMN_FIELD0 + active->field;
      if (active->kind->kind == TIDE_RULE_UNIQUE && batch->columns[at].type != TIDE_TYPE_NONE)
        active->kind->scan (&active->context, batch, at, none, mask);
    }
}
