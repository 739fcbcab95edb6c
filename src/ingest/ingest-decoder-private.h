/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the decoder, the conversion of values and the rules. */
#pragma once

#include "ingest-decoder.h"
#include "ingest-raw.h"

G_BEGIN_DECLS

/* A field's value with its type. */
typedef struct
{
  bool present;
  int64_t i;      /* INT, DECIMAL, BOOL, TIME */
  double real;    /* REAL */
  TideText text;  /* TEXT, borrowed */
} TideFieldValue;

/* FALSE: the value is not of the field's type. Missing and null are not present. */
bool tide_field_convert (const TideField *field, const TideRaw *raw, TideFieldValue *ret_value);
/* Adds why not: "expected int, found text 'x'". */
void tide_field_explain (const TideField *field, const TideRaw *raw, GString *reasons);
/* 'text' or digits, cut when long, for a message. */
void tide_reason_append_text (GString *reasons, const char *data, gsize len);

/* Counts of one stream since they were taken last. One thread. */
typedef struct _TideTally TideTally;
TideTally *tide_tally_new (const TideStream *stream);
void tide_tally_free (TideTally *tally);
/* @field -1: none. */
void tide_tally_fail (TideTally *tally, int field, TideRuleKind rule);
void tide_tally_warn (TideTally *tally, int field, TideRuleKind rule, guint64 n);
void tide_tally_repair (TideTally *tally, int field, TideRepairKind repair);
void tide_tally_events (TideTally *tally, guint64 events, guint64 failed, guint64 warned, guint64 repaired);
/* TideQualityHour* elements, of the hour of @now; NULL when there is nothing. */
GPtrArray *tide_tally_take (TideTally *tally, TideTime now);
void tide_tally_forget (TideTally *tally);

/* Why one event is broken: words for a person, and which rules. */
typedef struct
{
  const TideStream *stream; /* borrowed */
  GString *text;  /* every reason, "; " between */
  GString *rules; /* "amount.min;.format" */
  GArray *broken; /* TideBrokenRule */
} TideReasons;

void tide_reasons_init (TideReasons *reasons, const TideStream *stream);
void tide_reasons_clear (TideReasons *reasons);
void tide_reasons_reset (TideReasons *reasons);
/* Starts a reason: "; " when there is one already, then "field: " (@field -1: nothing). Its words go to text. */
void tide_reasons_begin (TideReasons *reasons, int field, TideRuleKind rule);
void tide_reasons_tally (const TideReasons *reasons, TideTally *tally);

/* Repairs of one field. */
typedef struct _TideRepairs TideRepairs;
/* NULL: none. */
TideRepairs *tide_repairs_new (const TideField *field);
void tide_repairs_free (TideRepairs *repairs);
/* What the raw value becomes; bits of *@done are set by TideRepairKind. Borrows until the next call. */
TideRaw tide_repairs_apply_raw (TideRepairs *repairs, const TideRaw *raw, unsigned *done);
/* Tries to cast what could not be converted. */
bool tide_repairs_cast (TideRepairs *repairs, const TideRaw *raw, TideFieldValue *ret_value, unsigned *done);
/* Default and clamp. */
void tide_repairs_apply_value (const TideRepairs *repairs, TideFieldValue *value, unsigned *done);

/* Replaces values of masked fields; its key is random until it is set. */
typedef struct _TideMask TideMask;
TideMask *tide_mask_new (void);
void tide_mask_free (TideMask *mask);
void tide_mask_set_key (TideMask *mask, const char *secret);
/* Whether it looks like one that was masked before. */
bool tide_mask_is_masked (TideText text);
/* The mask's, until the next call. */
TideText tide_mask_apply (TideMask *mask, TideText text);
/* What is kept of @meta: no headers, and a masked key, which is the mask's until the next call. @replay: one that is masked
 * already stays. */
void tide_mask_meta (TideMask *mask, bool replay, const TideEventMeta *meta, TideEventMeta *ret_meta);
void tide_mask_payload (TideMask *mask, const TideStream *stream, const TideRaw *raws, GString *ret_payload);

/* A value as text, for keys and sets: digits, RFC 3339, true, the text itself. Borrows @buffer or the value. */
#define TIDE_FIELD_TEXT_MAX 64
TideText tide_field_value_text (const TideField *field, const TideFieldValue *value, char buffer[TIDE_FIELD_TEXT_MAX]);

/* Schema drift: what sampled events have and the schema does not, or the reverse. */
typedef struct _TideDriftWatch TideDriftWatch;
TideDriftWatch *tide_drift_watch_new (const TideStream *stream);
void tide_drift_watch_free (TideDriftWatch *watch);
/* Whether the next event is one to look at. */
bool tide_drift_watch_is_due (TideDriftWatch *watch);
/* @value NULL: a column of a header. */
void tide_drift_watch_unknown (TideDriftWatch *watch, const char *path, gsize len, const TideRaw *value, TideTime now);
/* Which fields the event that was looked at had. */
void tide_drift_watch_seen (TideDriftWatch *watch, const TideRaw *values, TideTime now);
GPtrArray *tide_drift_watch_list (TideDriftWatch *watch);

G_END_DECLS
