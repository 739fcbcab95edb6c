/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one thread that writes. Events come through a queue bounded in bytes and are committed with their
 * positions; everything else comes as a call that runs on that thread inside a transaction. */
#pragma once

#include "store-db.h"

G_BEGIN_DECLS

typedef struct _TideWriter TideWriter;

/* Where a source resumes. Kafka: partition and next offset. File: 0, byte offset, and the file's identity. */
typedef struct
{
  int32_t partition;
  int64_t offset;
  char *token; /* NULL, or what the source needs besides */
} TidePosition;

void tide_position_clear (TidePosition *position);

/* An event that can't be used, whole. */
typedef struct
{
  char *stream, *source;
  int32_t partition;
  int64_t offset;
  TideTime received, time; /* time: that the source gave; NONE */
  char *key, *headers; /* that the source gave; NULL: none */
  char *reason;   /* every reason, "; " between */
  char *rules;    /* field and rule of each, "amount.min;.format" */
  GBytes *payload; /* as it came, or NULL */
} TideRejected;

void tide_rejected_free (TideRejected *rejected);

/* Offsets [from, to) of a partition that will never come, and why. */
typedef struct
{
  char *source;
  int32_t partition;
  int64_t from, to;
  TideTime time;
  char *reason;
} TideGap;

void tide_gap_free (TideGap *gap);

/* What the rules found in one hour. */
typedef struct
{
  TideTime hour;         /* its start, UTC, of the time of receipt */
  char *stream, *field, *rule; /* "" where it is of none: see tide_store_get_quality() */
  gint64 events;         /* that came (in the row of all of them); times that a stream's rule was looked at */
  gint64 failed, warned, repaired;
} TideQualityHour;

/* @time: any in the hour; @field and @rule may be NULL. */
TideQualityHour *tide_quality_hour_new (const char *stream, const char *field, const char *rule, TideTime time);
void tide_quality_hour_free (TideQualityHour *hour);

/* What became of a quarantined event that was tried again. */
typedef struct
{
  gint64 id;
  char *reason, *rules; /* why not, again; NULL: it is in the batch */
} TideReplayed;

void tide_replayed_free (TideReplayed *replayed);

/* What a source hands over at once; committed whole or not at all, in the order of pushing. */
typedef struct
{
  const char *source;        /* borrowed by push, which copies */
  TideBatch *batch;          /* NULL: positions only. Push takes a reference */
  const TidePosition *positions; /* next offsets after this batch */
  guint n_positions;
  GPtrArray *rejected;       /* TideRejected*, or NULL; push takes a reference */
  GPtrArray *gaps;           /* TideGap*, or NULL; likewise */
  GPtrArray *quality;        /* TideQualityHour*, or NULL; likewise */
  GPtrArray *replayed;       /* TideReplayed*, or NULL; likewise */
} TideDelivery;

/* What the writer says after each commit, on its own thread. */
typedef struct
{
  const char *stream;
  TideSeq seq;        /* last committed */
  uint32_t events;
  TideTime time_max;  /* newest event time of the commit */
  int64_t oldest_mono_us; /* monotonic time at which the commit's oldest event was received */
} TideCommitted;

typedef struct
{
  void (*committed) (const TideCommitted *commits, guint n, void *data);
  /* A commit failed (disk full): sources must stop; resumed() follows once a trial commit works. */
  void (*failed) (const GError *error, void *data);
  void (*resumed) (void *data);
  void *data;
} TideWriterEvents;

TideWriter *tide_writer_new (TideStore *store, const TideWriterEvents *events, GError **error);
/* Commits what is queued, seals no more, joins the thread. */
void tide_writer_stop (TideWriter *writer);
void tide_writer_free (TideWriter *writer);

/* Blocks while the queue is full (back-pressure). FALSE: CANCELLED, or the writer has failed or stopped: the
 * source drops what it holds and resumes from the committed positions. Thread: source. */
bool tide_writer_push (TideWriter *writer, const TideDelivery *delivery, GCancellable *cancellable, GError **error);
/* Runs @func on the writer's thread in a transaction of its own; waits. @func fails: rolled back. Thread: not
 * main, not the writer's. */
typedef bool (*TideWriteFunc) (sqlite3 *db, void *data, GError **error);
bool tide_writer_call (TideWriter *writer, TideWriteFunc func, void *data, GError **error);
/* Everything pushed before this is committed when it returns. */
bool tide_writer_flush (TideWriter *writer, GError **error);

/* What is queued now, and the bound. Thread: any. */
void tide_writer_get_queue (TideWriter *writer, gsize *ret_bytes, gsize *ret_max_bytes);
/* CPU time of its thread. */
int64_t tide_writer_get_cpu_us (TideWriter *writer);

/* Retention, in steps of one block a transaction: deletes blocks wholly older than @before (event and receive
 * time) and below every cut of the stream's metrics, after folding them into the base. Returns blocks deleted,
 * -1 on error. */
gint64 tide_writer_retain (TideWriter *writer, const TideWorkspace *workspace, const char *stream, TideTime before,
                           GError **error);
/* The same by size: the oldest blocks of all streams go until the database (without its free pages) is no larger. */
gint64 tide_writer_retain_bytes (TideWriter *writer, const TideWorkspace *workspace, gint64 max_bytes, GError **error);
/* Seals what is due now instead of when idle. For tests, `run --until-idle` and shutdown. */
bool tide_writer_seal (TideWriter *writer, GError **error);

/* The committed positions of a source; the array is the caller's (g_array_unref). Thread: not main. */
GArray *tide_store_get_positions (TideReader *reader, const char *source, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideWriter, tide_writer_free)

G_END_DECLS
