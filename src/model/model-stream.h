/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-base.h"
#include "model-batch.h"
#include "model-rule.h"
#include "model-value.h"

G_BEGIN_DECLS

typedef struct _TidePredicate TidePredicate;

/* A column of a stream. Immutable. */
typedef struct
{
  char *name;
  char *path;          /* as written, "driver.pos.lat" */
  char **path_parts;   /* NULL-terminated */
  TideType type;
  int scale;
  char *unit;          /* NULL: none */
  bool mask;           /* stored as a keyed hash of its text */
  /* Repairs, before the rules look. */
  bool trim, cast, clamp;
  int letter_case;     /* -1: to lower, 1: to upper, 0: as it is */
  char **map;          /* from, to, from, to …; NULL: none */
  char *fallback;      /* default=, of the field's type; NULL: none */
  /* Rules. NAN / -1 / NULL / 0: no such rule. */
  bool required;
  double min, max;
  int64_t min_length, max_length; /* in characters */
  GRegex *pattern;     /* for its text; events are matched by a machine with limits */
  char **values;       /* the values that are allowed */
  TideDuration unique; /* no second event of the stream within that event time has the value */
  TideMonotonic monotonic;
  TideRuleTerms terms[TIDE_N_RULES]; /* by rule */
} TideField;

typedef enum
{
  TIDE_FORMAT_JSON,
  TIDE_FORMAT_CSV,
} TideFormat;

/* A named sequence of events and its schema. Immutable and counted by reference; an edit makes a new one. */
struct _TideStream
{
  char *name;
  TideFormat format;
  TideField **fields; /* n_fields, in the order of the file */
  uint32_t n_fields;
  int time_field;     /* index; -1: the time that the source gives, else when it was received */
  int key_field;      /* index; -1: the key that the source gives */
  bool keep_payload;
  TidePredicate *filter; /* bound; NULL: everything */
  TideDuration lateness; /* how far the watermark stays behind the newest event time */
  TideDuration retention; /* 0: keep for ever */
  TideDuration quarantine_retention; /* of quarantined events; 0: keep for ever */
  TideDuration freshness; /* rule: the newest event is no older; 0: no such rule */
  TideVolume min_volume, max_volume;
  bool drift;         /* rule: no schema drift */
  TideRuleTerms terms[TIDE_N_RULES]; /* by rule; those of the stream as a whole */
  gatomicrefcount refs;
};

const TideStream *tide_stream_ref (const TideStream *stream);
void tide_stream_unref (const TideStream *stream);
/* Index of the field, or -1. */
int tide_stream_find_field (const TideStream *stream, const char *name);
/* Column of a batch for a field or for _source, _partition, _offset, _key, _received, _payload, _headers, _time; -1. */
int tide_stream_find_column (const TideStream *stream, const char *name);
bool tide_field_has_rule (const TideField *field, TideRuleKind rule);
/* Whether a field is masked: the payload is then never kept. */
bool tide_stream_is_masked (const TideStream *stream);
/* A rule of the events or of the stream as a whole. */
bool tide_stream_has_rule (const TideStream *stream, TideRuleKind rule);
/* Same fields, in the same order, with the same types. */
bool tide_stream_same_schema (const TideStream *a, const TideStream *b);
/* For tests and detection; takes nothing, copies all. */
TideField *tide_field_new (const char *name, const char *path, TideType type, int scale);
void tide_field_free (TideField *field);
/* Takes @fields. */
TideStream *tide_stream_new (const char *name, GPtrArray *fields, const char *time_field, const char *key_field);

typedef const TideStream TideStreamRef;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideStreamRef, tide_stream_unref)

G_END_DECLS
