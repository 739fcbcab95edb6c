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
} TideEventMeta;

typedef enum
{
  TIDE_DECODE_EVENT,    /* a row was added; the stream's filter may still leave it out in finish() */
  TIDE_DECODE_FILTERED, /* broken, but the stream's filter leaves it out: not quarantined */
  TIDE_DECODE_REJECTED, /* goes to quarantine; the reason says why */
} TideDecodeResult;

/* Bytes to a row of a batch: decode, types, required, rules, future check, filter. One thread. */
typedef struct _TideDecoder TideDecoder;

/* @source is the name for _source. @clock may be NULL for the system's. */
TideDecoder *tide_decoder_new (const TideStream *stream, const char *source, const TideClock *clock);
void tide_decoder_free (TideDecoder *decoder);
/* @ret_reason is the decoder's until its next call: every reason, "; " between, each naming its field. */
TideDecodeResult tide_decoder_decode (TideDecoder *decoder, TideBatchBuilder *builder, const char *data, gsize len,
                                      const TideEventMeta *meta, const char **ret_reason);

/* Takes the rows out of @builder as a batch, without those that the stream's filter leaves out: @ret_filtered.
 * NULL when none are left. */
TideBatch *tide_decoder_finish (TideDecoder *decoder, TideBatchBuilder *builder, uint32_t *ret_filtered);
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

/* Fields that events have and the schema does not, or the reverse: schema drift. Sampled by the decoder. */
typedef struct
{
  char *path;
  bool is_new; /* else vanished */
  TideTime first_seen;
  guint64 count;
} TideDrift;

void tide_drift_free (TideDrift *drift);
/* TideDrift* elements seen so far; the caller's. Thread: the decoder's. */
GPtrArray *tide_decoder_get_drift (TideDecoder *decoder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideDecoder, tide_decoder_free)

G_END_DECLS
