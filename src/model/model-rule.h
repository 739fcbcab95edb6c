/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of data quality: what may be asked of a field or a stream, and on which terms. The events are checked in ingest/. */
#pragma once

#include "model-base.h"
#include "model-value.h"

G_BEGIN_DECLS

typedef struct _TideStream TideStream;

typedef enum
{
  /* Of every event, without a line in the workspace file; always errors. */
  TIDE_RULE_FORMAT, /* well-formed, as the stream's format has it */
  TIDE_RULE_TIME,   /* has an event time */
  TIDE_RULE_FUTURE, /* which is not in the future */
  /* Of a field. */
  TIDE_RULE_TYPE,
  TIDE_RULE_REQUIRED,
  TIDE_RULE_MIN,
  TIDE_RULE_MAX,
  TIDE_RULE_MIN_LENGTH,
  TIDE_RULE_MAX_LENGTH,
  TIDE_RULE_PATTERN,
  TIDE_RULE_VALUES,
  TIDE_RULE_UNIQUE,
  TIDE_RULE_MONOTONIC,
  /* Of a stream as a whole: looked at once a minute. */
  TIDE_RULE_FRESHNESS,
  TIDE_RULE_MIN_VOLUME,
  TIDE_RULE_MAX_VOLUME,
  TIDE_RULE_DRIFT,
  TIDE_N_RULES,
} TideRuleKind;

typedef enum
{
  TIDE_RULE_OF_EVENT,
  TIDE_RULE_OF_FIELD,
  TIDE_RULE_OF_STREAM,
} TideRuleSubject;

typedef struct
{
  const char *name;  /* "min-length": its key in the workspace file, and its name in counters */
  const char *title; /* for dialogs: "Shortest" */
  TideRuleSubject subject;
  unsigned types;    /* of a field: TIDE_TYPE_BIT()s that it is for */
} TideRuleSpec;

/* For ever. */
const TideRuleSpec *tide_rule_get_spec (TideRuleKind rule);
bool tide_rule_parse (const char *name, TideRuleKind *ret_rule);

/* An event that breaks an error rule goes to quarantine; one that breaks a rule that only warns is stored and counted. A
 * rule fails once more events than its limit broke it: by count or by share of the events, of a day (of a stream's rule:
 * of the minutes looked at). */
typedef struct
{
  bool warn;
  gint64 count; /* -1: no such limit */
  double share; /* a fraction; NAN: no such limit */
} TideRuleTerms;

void tide_rule_terms_init (TideRuleTerms *terms);
/* "5" or "0.1%". */
bool tide_rule_terms_parse_limit (TideRuleTerms *terms, const char *text, GError **error);
/* Whether @broken of @events are more than they tolerate. Without a limit one is. */
bool tide_rule_terms_fail (const TideRuleTerms *terms, gint64 broken, gint64 events);
/* "", "5" or "0.1%". */
char *tide_rule_terms_limit_text (const TideRuleTerms *terms);

/* What is put right before the rules look; each is counted under its name. In this order. */
typedef enum
{
  TIDE_REPAIR_TRIM,    /* blanks at the ends of a text */
  TIDE_REPAIR_CASE,    /* to lower or upper case */
  TIDE_REPAIR_MAP,     /* a value by another one */
  TIDE_REPAIR_CAST,    /* "12", 12.0 to int; 12 to text; "true", 1 to bool */
  TIDE_REPAIR_DEFAULT, /* where it is missing, null, or an empty text that was trimmed */
  TIDE_REPAIR_CLAMP,   /* to min and max */
  TIDE_N_REPAIRS,
} TideRepairKind;

const char *tide_repair_to_string (TideRepairKind repair);
bool tide_repair_parse (const char *name, TideRepairKind *ret_repair);

typedef enum
{
  TIDE_MONOTONIC_NONE,
  TIDE_MONOTONIC_PARTITION, /* never falls from one event of a partition to the next */
  TIDE_MONOTONIC_KEY,       /* the same for the events of one key */
} TideMonotonic;

/* Events in a time: "100/10min". */
typedef struct
{
  gint64 events; /* -1: no such rule */
  TideDuration per;
} TideVolume;

bool tide_volume_parse (const char *text, TideVolume *ret_volume, GError **error);
char *tide_volume_to_string (const TideVolume *volume);

/* A rule of a stream, as the pane lists it. */
typedef struct
{
  int field; /* index; -1: of the events or the stream */
  TideRuleKind rule;
  TideRuleTerms terms;
  char *text; /* "amount ≥ 0", "payment_id unique within 1d" */
} TideRuleInfo;

void tide_rule_info_free (TideRuleInfo *info);
/* TideRuleInfo* elements: all that hold for the stream, fields in order, the stream's own last. Types are listed where
 * they have terms of their own or @all. */
GPtrArray *tide_stream_list_rules (const TideStream *stream, bool all);

G_END_DECLS
