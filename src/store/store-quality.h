/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the quality rules found: counters by hour, and the quarantined events with what may be done with them. */
#pragma once

#include "store-db.h"
#include "store-writer.h"

G_BEGIN_DECLS

/* TideQualityHour* elements in [from, to), ascending by hour; stream NULL: of all. */
GPtrArray *tide_store_get_quality (TideReader *reader, const char *stream, TideTime from, TideTime to, GError **error);
/* Adds to what is there, in a transaction of its own: for what is looked at beside the events. */
bool tide_quality_save (TideWriter *writer, GPtrArray *hours, GError **error);
/* Forgets hours before. */
bool tide_quality_retain (TideWriter *writer, TideTime before, GError **error);

/* Which quarantined events; NULL, 0 and TIDE_TIME_NONE: any. */
typedef struct
{
  const char *stream, *source;
  const char *state;     /* "new", "replayed", "discarded" */
  const char *rule;      /* its name: "min" */
  const char *field;     /* only with rule: of this field; "" is of none */
  const char *text;      /* somewhere in reason or payload, case of ASCII letters ignored */
  TideTime from, to;     /* received in [from, to) */
  gint64 id;             /* just this one */
  const char *ids;       /* just these: "17,20" */
  TideTime changed;      /* just those that were edited, replayed or discarded last at this moment */
} TideQuarantineFilter;

/* A quarantined event. state: "new", "replayed", "discarded". */
typedef struct
{
  gint64 id;
  char *stream, *source, *position, *reason, *state;
  char *rules;           /* "amount.min;.format": field and rule of each reason, for filters; "" in old entries */
  char *key, *headers;   /* as the source gave them; NULL: none */
  TideTime received, time; /* time: that the source gave; NONE */
  TideTime changed;      /* when it was edited, replayed or discarded; NONE: never */
  bool edited;
  GBytes *payload;       /* as edited */
} TideQuarantined;

void tide_quarantined_free (TideQuarantined *entry);
/* TideQuarantined* elements, newest first, before @before_id (0: from the newest). */
GPtrArray *tide_store_list_quarantine (TideReader *reader, const TideQuarantineFilter *filter, gint64 before_id,
                                       guint max, GError **error);
/* How many the filter lets through, or -1. */
gint64 tide_store_count_quarantine (TideReader *reader, const TideQuarantineFilter *filter, GError **error);
/* The payload as it came, of an entry that was edited; NULL without an error when it was not. */
GBytes *tide_store_get_quarantine_original (TideReader *reader, gint64 id, GError **error);

/* Another payload for an entry that waits; the first is kept beside it. NOT_FOUND when it does not wait. */
bool tide_quarantine_edit (TideWriter *writer, gint64 id, GBytes *payload, TideTime now, GError **error);
/* Marks all that wait and match as discarded, or (@back) those that were discarded as waiting. */
bool tide_quarantine_discard (TideWriter *writer, const TideQuarantineFilter *filter, bool back, TideTime now,
                              gint64 *ret_n, GError **error);
/* Deletes entries of @stream received before, whatever their state. */
bool tide_quarantine_retain (TideWriter *writer, const char *stream, TideTime before, GError **error);
/* Deletes the oldest entries until all take no more. */
bool tide_quarantine_retain_bytes (TideWriter *writer, gint64 max_bytes, GError **error);

G_END_DECLS
