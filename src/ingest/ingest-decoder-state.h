/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of a decoder, between the part that reads events and the part that finishes batches. */
#pragma once

#include "ingest-csv.h"
#include "ingest-json.h"
#include "ingest-rules.h"

G_BEGIN_DECLS

/* The bytes of a row under way, should a rule find it broken: payload, key and headers one after the other. */
typedef struct
{
  gsize at, len;
  TideEventMeta meta; /* its pointers only say whether there is one */
} TideHeld;

typedef enum
{
  TIDE_NOTE_WARNING, /* number: TideRuleKind */
  TIDE_NOTE_REPAIR,  /* number: TideRepairKind */
} TideNoteKind;

/* What happened to a field of a row under way. */
typedef struct
{
  uint32_t row, field;
  uint16_t kind, number;
} TideNote;

struct _TideDecoder
{
  const TideStream *stream;
  char *source;
  gsize source_len;
  const TideClock *clock;
  TideBrokenFunc broken;
  void *broken_data;
  TideJson *json; /* or csv */
  TideCsvReader *csv;
  TideRaw *raws;
  TideFieldValue *values;
  TideRepairs **repairs; /* by field; NULL: none */
  bool *filter_reads;    /* by field */
  TideMask *masks;       /* NULL: no field is masked */
  GStringChunk *masked;  /* of the event under way */
  GString *payload;      /* one that may be kept */
  bool replay;
  TideReasons reasons;
  GString *key;
  TideBatchBuilder *scratch; /* one row, for the filter of broken events */
  TideDriftWatch *drift;
  TideTime now;
  TideRules *rules;
  TideTally *tally;
  GArray *held;           /* TideHeld, by row; empty when no rule can break a row */
  GByteArray *held_bytes;
  GArray *notes;          /* TideNote, ascending by row */
};

/* Tells of an event with the reasons that were gathered, and counts it. */
void tide_decoder_tell_broken (TideDecoder *decoder, const char *data, gsize len, const TideEventMeta *meta);

G_END_DECLS
