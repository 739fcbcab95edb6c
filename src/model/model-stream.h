/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-base.h"
#include "model-batch.h"
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
  bool required;
  /* Rules; an event that breaks one goes to quarantine. NAN / -1 / NULL: no such rule. */
  double min, max;
  int64_t min_length, max_length; /* in characters */
  GRegex *pattern;
  char **values;       /* the values that are allowed */
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
  gatomicrefcount refs;
};

const TideStream *tide_stream_ref (const TideStream *stream);
void tide_stream_unref (const TideStream *stream);
/* Index of the field, or -1. */
int tide_stream_find_field (const TideStream *stream, const char *name);
/* Column of a batch for a field or for _source, _partition, _offset, _key, _received, _payload, _headers, _time; -1. */
int tide_stream_find_column (const TideStream *stream, const char *name);
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
