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

/* FALSE: the value is not of the field's type; why is added to @reasons. Missing and null are not present. */
bool tide_field_convert (const TideField *field, const TideRaw *raw, TideFieldValue *ret_value, GString *reasons);
/* Starts a reason: "; " when there is one already, then "field: ". */
void tide_reason_begin (GString *reasons, const TideField *field);
/* 'text' or digits, cut when long, for a message. */
void tide_reason_append_text (GString *reasons, const char *data, gsize len);
/* A value as text, for keys and sets: digits, RFC 3339, true, the text itself. Borrows @buffer or the value. */
#define TIDE_FIELD_TEXT_MAX 64
TideText tide_field_value_text (const TideField *field, const TideFieldValue *value, char buffer[TIDE_FIELD_TEXT_MAX]);

/* The rules that hold for one field. */
typedef struct _TideFieldRules TideFieldRules;
TideFieldRules *tide_field_rules_new (const TideField *field);
void tide_field_rules_free (TideFieldRules *rules);
/* FALSE: one or more are broken; each is added to @reasons. */
bool tide_field_rules_check (const TideFieldRules *rules, const TideFieldValue *value, GString *reasons);

/* Schema drift: what sampled events have and the schema does not, or the reverse. */
typedef struct _TideDriftWatch TideDriftWatch;
TideDriftWatch *tide_drift_watch_new (const TideStream *stream);
void tide_drift_watch_free (TideDriftWatch *watch);
/* Whether the next event is one to look at. */
bool tide_drift_watch_is_due (TideDriftWatch *watch);
void tide_drift_watch_unknown (TideDriftWatch *watch, const char *path, gsize len, TideTime now);
/* Which fields the event that was looked at had. */
void tide_drift_watch_seen (TideDriftWatch *watch, const TideRaw *values, TideTime now);
GPtrArray *tide_drift_watch_list (TideDriftWatch *watch);

G_END_DECLS
