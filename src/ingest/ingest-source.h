/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kind of source is one file ingest-KIND.c with a TideSourceClass row in ingest-source.c. */
#pragma once

#include "ingest-decoder.h"
#include "store.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_SOURCE_OFF,        /* not enabled */
  TIDE_SOURCE_CONNECTING,
  TIDE_SOURCE_CONNECTED,  /* and nothing has come yet, or all was read */
  TIDE_SOURCE_STREAMING,
  TIDE_SOURCE_CATCHING_UP,
  TIDE_SOURCE_RETRYING,   /* away; tries again at retry_at */
  TIDE_SOURCE_FAILED,     /* needs a person: bad credentials, unknown topic (it is tried again all the same) */
  TIDE_SOURCE_STOPPED,    /* the store can't take events (disk full) */
  TIDE_SOURCE_DONE,       /* file with follow=false: read to its end */
} TideSourceState;

const char *tide_source_state_to_string (TideSourceState state);

/* What a source says of itself; a copy, taken under a short lock. */
typedef struct
{
  TideSourceState state;
  char *message;        /* what is wrong and what to do; NULL when nothing is */
  char *consent;        /* failed until a person agrees to this ("Read topic 'orders' from its start"); NULL: nothing to
                           agree to. See tide_store_restart_source() */
  TideTime retry_at;    /* TIDE_TIME_NONE */
  TideTime since;       /* of this state */
  guint64 events, bytes, quarantined, filtered, tombstones, late, gaps; /* since start */
  double events_per_s, bytes_per_s;  /* over the last seconds */
  gint64 lag_events;    /* -1: not known */
  TideDuration lag;     /* age of the next unread event; 0 at the end of every partition; -1: not known */
  guint partitions;
  TideTime newest;      /* event time of its newest event; TIDE_TIME_NONE */
  TideTime watermark;   /* events up to here have come, but for late ones: the least of its partitions, idle ones left
                           out, less the stream's lateness; TIDE_TIME_NONE: not known */
  TideDuration blocked; /* time spent waiting for the writer: back-pressure */
  int64_t cpu_us;
  GPtrArray *drift;     /* TideDrift*, may be NULL */
} TideSourceStatus;

void tide_source_status_clear (TideSourceStatus *status);

typedef void (*TideRecallFunc) (const TideBatch *batch, void *data);

/* Where a source hands its events: the pipeline updates the live rings and pushes to the writer. Called on the
 * source's thread; blocks while the writer's queue is full. FALSE: stop and resume from committed positions
 * (the source asks @positions again). */
typedef struct
{
  bool (*deliver) (const TideDelivery *delivery, GCancellable *cancellable, void *data, GError **error);
  /* Committed positions of this source: TidePosition elements. Asked at the start and after each FALSE. When a
   * commit failed, the next deliver of every source that had something in it must be FALSE. */
  GArray *(*positions) (const char *source, void *data, GError **error);
  /* The secret of this source (Secret Service or environment), or NULL; wiped by the caller. */
  char *(*secret) (const TideSourceDef *source, void *data);
  /* Calls @each for the stored events of @stream from @since on (event time), in the order of storing; for rules that look
   * at the events before. May be NULL. */
  bool (*recall) (const TideStream *stream, TideTime since, TideRecallFunc each, void *each_data, void *data,
                  GError **error);
  /* The key of masked fields, wiped by the caller; NULL and an error when there is none. May be NULL. */
  char *(*mask_key) (void *data, GError **error);
  void *data;
} TideSourceHost;

/* A source under way: owns one thread. */
typedef struct _TideSource TideSource;

/* Starts its thread. Keeps what it needs of @def, @stream; @host must outlive it. @clock may be NULL. */
TideSource *tide_source_start (const char *dir, const TideSourceDef *def, const TideStream *stream,
                               const TideSourceHost *host, const TideClock *clock);
/* Asks it to stop; join waits until what it held is delivered or dropped. */
void tide_source_stop (TideSource *source);
void tide_source_join (TideSource *source);
/* A commit failed: what it delivered may be lost, so it goes back to the committed positions at once, also when nothing
 * new comes that it could be refused. Thread: any; does not wait. */
void tide_source_resume (TideSource *source);
void tide_source_free (TideSource *source);
const char *tide_source_get_name (const TideSource *source);
void tide_source_get_status (TideSource *source, TideSourceStatus *ret_status);
/* The stream's schema changed in a way that keeps the source (new field, filter): taken up at the next batch. */
void tide_source_set_stream (TideSource *source, const TideStream *stream);

/* For the catalog; NULL-terminated. */
const TideSourceSpec *const *tide_source_specs (void);

G_END_DECLS
