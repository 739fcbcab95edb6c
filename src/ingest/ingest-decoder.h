/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* Where an event came from, beside its bytes. */
typedef struct
{
  int32_t partition;
  int64_t offset;
  const char *key;   /* NULL: none */
  gsize key_len;
  const char *headers; /* a JSON object; NULL: none */
  gsize headers_len;
  TideTime time;     /* that the source gives (Kafka's timestamp); TIDE_TIME_NONE */
  TideTime received;
  gint64 id;         /* the caller's own; given back with an event that is broken */
} TideEventMeta;

typedef enum
{
  TIDE_DECODE_EVENT,    /* a row was added; filter and rules may still leave it out in finish() */
  TIDE_DECODE_FILTERED, /* broken, but the stream's filter leaves it out: not quarantined */
  TIDE_DECODE_REJECTED, /* no row could be made of it: it was told as broken */
} TideDecodeResult;

/* An event that goes to quarantine, as it came. All is the decoder's until the function returns. */
typedef struct
{
  const char *data; /* of a stream with a masked field: written anew, with what may be kept */
  gsize len;
  const TideEventMeta *meta;
  const char *reason; /* every reason, "; " between, each naming its field */
  const char *rules;  /* field and rule of each: "amount.min;.format" */
} TideBroken;

typedef void (*TideBrokenFunc) (const TideBroken *broken, void *data);

/* Bytes to rows of a batch: decode, repairs, types and event time for each event; filter and rules over the columns, when
 * they are finished. One thread. */
typedef struct _TideDecoder TideDecoder;

/* @source is the name for _source. @clock may be NULL for the system's. @broken is told of each event that is broken; NULL:
 * nobody is. */
TideDecoder *tide_decoder_new (const TideStream *stream, const char *source, const TideClock *clock,
                               TideBrokenFunc broken, void *broken_data);
void tide_decoder_free (TideDecoder *decoder);
/* The key of masked fields; until it is set it is a random one. */
void tide_decoder_set_mask_key (TideDecoder *decoder, const char *secret);
/* Of payloads that come back from quarantine: what is masked stays as it is. */
void tide_decoder_set_replay (TideDecoder *decoder);
TideDecodeResult tide_decoder_decode (TideDecoder *decoder, TideBatchBuilder *builder, const char *data, gsize len,
                                      const TideEventMeta *meta);
/* An event that could not even be framed. */
void tide_decoder_reject (TideDecoder *decoder, const char *data, gsize len, const TideEventMeta *meta,
                          const char *reason);
/* Takes the rows out of @builder as a batch, without those that the stream's filter leaves out (@ret_filtered) and those
 * that are broken. NULL when none are left. @ret_rows (nullable, of as many as there were): which are left. */
TideBatch *tide_decoder_finish (TideDecoder *decoder, TideBatchBuilder *builder, uint32_t *ret_filtered,
                                uint32_t *ret_rows);
/* Takes the rows out and forgets them, and what was counted, as if they had never come. */
void tide_decoder_drop (TideDecoder *decoder, TideBatchBuilder *builder);
/* What rows under way are kept in memory for, beside the builder. */
gsize tide_decoder_get_held_bytes (const TideDecoder *decoder);
/* What was counted since it was taken last; NULL: nothing. TideQualityHour* elements. */
GPtrArray *tide_decoder_take_quality (TideDecoder *decoder);
/* How far back the rules look at stored events; 0: they don't. */
TideDuration tide_decoder_get_memory (const TideDecoder *decoder);
/* Stored events from before, oldest first; what was remembered so far is to be forgotten first. */
void tide_decoder_remember (TideDecoder *decoder, const TideBatch *batch);
void tide_decoder_forget (TideDecoder *decoder);
/* CSV: the record that names the columns; without one they are the stream's fields in order. */
bool tide_decoder_set_header (TideDecoder *decoder, const char *data, gsize len, GError **error);

/* Fields seen in samples, with a proposed type, and which look like the event's time and key. */
typedef struct
{
  TideField *field;
  guint seen;      /* samples that had it */
  bool looks_like_time, looks_like_key;
  char *example;
} TideDetectedField;

void tide_detected_field_free (TideDetectedField *field);
/* @samples: GBytes*. TideDetectedField* elements in order of appearance. Nested objects give dotted paths. */
/* In CSV the first sample is the header. */
GPtrArray *tide_detect_fields (TideFormat format, GPtrArray *samples);

/* What sampled events have and the schema does not, or the reverse: schema drift. */
typedef enum
{
  TIDE_DRIFT_NEW,
  TIDE_DRIFT_CHANGED, /* of another type than the schema's */
  TIDE_DRIFT_VANISHED,
} TideDriftKind;

typedef struct
{
  TideDriftKind kind;
  char *path;
  char *field;         /* of the schema; NULL: new */
  TideType type;       /* that its values have; NONE: vanished, or nothing but nulls */
  int scale;
  char *example;       /* a value, cut; NULL: none, or the stream has a masked field */
  TideTime first_seen, last_seen; /* of a field that vanished: first missed, last missed */
  guint64 count, sampled; /* samples with it (without it, when it vanished), of so many */
} TideDrift;

/* "new", "changed", "vanished". */
const char *tide_drift_kind_to_string (TideDriftKind kind);
TideDrift *tide_drift_copy (const TideDrift *drift);
void tide_drift_free (TideDrift *drift);
/* TideDrift* elements seen so far; the caller's. Thread: the decoder's. */
GPtrArray *tide_decoder_get_drift (TideDecoder *decoder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideDecoder, tide_decoder_free)

G_END_DECLS
