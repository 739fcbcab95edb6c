/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quality rules, compiled for one stream. Private to ingest/. */
#pragma once

#include "ingest-decoder-private.h"

G_BEGIN_DECLS

typedef struct _TidePattern TidePattern;
typedef struct _TideMemory TideMemory;

/* What a rule of a field knows. */
typedef struct
{
  const TideField *field; /* borrowed */
  int64_t min, max;       /* of min and max, as the column has them; not of reals */
  TideText *values;       /* sorted; NULL: no such rule */
  int64_t *integers;      /* the same, where the column is of integers */
  guint n_values;
  GStringChunk *texts;    /* of values */
  TidePattern *pattern;
  TideMemory *memory;     /* of unique and monotonic: what came before */
} TideRuleContext;

/* A kind of rule: one row in ingest-rules.c or ingest-rules-order.c. */
typedef struct
{
  TideRuleKind kind;
  bool of_missing; /* looks at events without a value too */
  /* Whether a value holds; NULL: that depends on the events before. */
  bool (*holds) (const TideRuleContext *context, const TideFieldValue *value);
  /* Sets the bits of the rows that break it. @broken: rows that break another rule and will not be stored. NULL: by
   * holds(), once for each distinct text. */
  void (*scan) (const TideRuleContext *context, const TideBatch *batch, uint32_t column, const uint64_t *broken,
                uint64_t *ret_mask);
  /* Adds what is wrong, after the field's name. */
  void (*explain) (const TideRuleContext *context, const TideFieldValue *value, GString *reasons);
} TideRuleClass;

extern const TideRuleClass tide_rule_unique, tide_rule_monotonic;
extern const TideRuleClass *const tide_rule_classes[]; /* NULL-terminated */

void tide_rule_context_init (TideRuleContext *context, const TideField *field, TideRuleKind kind);
void tide_rule_context_clear (TideRuleContext *context);
void tide_rule_append_value (GString *reasons, const TideField *field, const TideFieldValue *value);
/* The value of a row; not present where it is null. */
void tide_rule_get_value (const TideColumn *column, uint32_t row, TideFieldValue *ret_value);

/* Matched by PCRE2 with bounded steps, stack and heap, so that no pattern and no text can hold up a source. */
TidePattern *tide_pattern_new (const char *text);
void tide_pattern_free (TidePattern *pattern);
typedef enum
{
  TIDE_PATTERN_MATCHES,
  TIDE_PATTERN_DIFFERS,
  TIDE_PATTERN_GAVE_UP,
} TidePatternResult;
TidePatternResult tide_pattern_match (const TidePattern *pattern, const char *text, gsize len);

/* A number for each of many hashes, bounded: the oldest are forgotten. One thread. */
TideMemory *tide_memory_new (void);
void tide_memory_free (TideMemory *memory);
void tide_memory_forget (TideMemory *memory);
/* What is kept of @hash. */
bool tide_memory_find (const TideMemory *memory, uint64_t hash, int64_t *ret_number);
void tide_memory_put (TideMemory *memory, uint64_t hash, int64_t number);

/* All rules of a stream's fields. One thread. */
typedef struct _TideRules TideRules;

TideRules *tide_rules_new (const TideStream *stream);
void tide_rules_free (TideRules *rules);
/* Whether events may have to be taken out of a batch. */
bool tide_rules_have_errors (const TideRules *rules);
bool tide_rules_is_empty (const TideRules *rules);
/* How far back in event time stored events count; 0: they don't. */
TideDuration tide_rules_get_memory (const TideRules *rules);
/* Looks at all rows. Returns whether any is broken. */
bool tide_rules_check (TideRules *rules, const TideBatch *batch);
/* Of the last check: rows that break an error rule; stored rows that break one that warns. */
const uint64_t *tide_rules_get_broken (const TideRules *rules);
const uint64_t *tide_rules_get_warned (const TideRules *rules);
/* Adds all reasons of a row of the last check. */
void tide_rules_explain_row (const TideRules *rules, const TideBatch *batch, uint32_t row, TideReasons *reasons);
/* Adds the reasons of one value of an event that is broken anyway; rules that depend on other events don't look. */
void tide_rules_explain_value (const TideRules *rules, uint32_t field, const TideFieldValue *value, TideReasons *reasons);
/* Of a masked field, before it is masked: FALSE when an error rule is broken; rules that warn, by bits of TideRuleKind. */
bool tide_rules_hold_masked (const TideRules *rules, uint32_t field, const TideFieldValue *value,
                             unsigned *ret_warned);
/* Adds warnings of stored rows of the last check. */
void tide_rules_tally_warnings (const TideRules *rules, const TideBatch *batch, TideTally *tally);
/* Stored events, from before: in the order of storing. */
void tide_rules_remember (TideRules *rules, const TideBatch *batch);
void tide_rules_forget (TideRules *rules);

static inline bool
tide_mask_get (const uint64_t *mask, uint32_t row)
{
  return (mask[row >> 6] >> (row & 63) & 1) != 0;
}

static inline void
tide_mask_set (uint64_t *mask, uint32_t row)
{
  mask[row >> 6] |= (uint64_t) 1 << (row & 63);
}

G_END_DECLS
