/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of a run, of which the thread, the part that reads and delivers, and the part that tells its status know. */
#pragma once

#include "ingest-private.h"

G_BEGIN_DECLS

#define TIDE_RATE_SAMPLES 32

typedef struct
{
  TidePosition position;
  bool known, dirty;
} RunPosition;

/* How far a partition's events have come. */
typedef struct
{
  TideTime newest; /* TIDE_TIME_NONE: none yet */
  bool idle;
} RunMark;

typedef struct
{
  int64_t at_us;
  guint64 events, bytes;
} RateSample;

typedef struct
{
  guint64 events, bytes, quarantined, filtered, tombstones, late, gaps;
  TideTime newest;
  TideDuration blocked;
} Counters;

struct _TideSourceRun
{
  const TideSourceClass *kind;
  char *dir;
  TideSourceDef *def;
  const TideSourceHost *host;
  const TideClock *clock;
  GCancellable *cancellable;
  gint stopped; /* atomic */
  bool drained; /* the source's thread only: read to the end, of a source that connects now and then */
  gint resume;  /* atomic: what was delivered may be lost, go back to what is committed */

  /* The source's thread only. */
  const TideStream *stream;
  TideDecoder *decoder;
  TideBatchBuilder *builder;
  bool recalled; /* the rules know of what is stored */
  GBytes *header;
  GArray *positions; /* RunPosition, by partition */
  bool positions_read; /* from the store, since it last refused */
  guint n_dirty;
  GArray *marks; /* RunMark, by partition */
  TideTime watermark;
  char *consent; /* goes with the error that follows; NULL: none */
  GPtrArray *rejected; /* NULL: none */
  gsize rejected_bytes;
  GPtrArray *gaps; /* NULL: none */
  int64_t held_since_us; /* monotonic; 0: nothing is held */
  int64_t mono_us;       /* monotonic of the first event of the batch, by the run's clock */
  guint until_clock_check;
  int64_t published_us, drift_us;
  bool refused; /* by the store, since the last attempt */
  guint64 progress;
  Counters counters;

  GMutex lock;
  GCond cond;
  /* Under lock. */
  TideSourceStatus status;
  const TideStream *next_stream;
  RateSample samples[TIDE_RATE_SAMPLES];
  guint n_samples; /* ever taken */
};

/* Asked to end for good; a source that was drained is only stopped until the next time. */
static inline bool
tide_source_run_is_ended (TideSourceRun *run)
{
  return g_atomic_int_get (&run->stopped) != 0;
}

/* Hands over what is held. FALSE: the store refused, and all that was held is dropped. Thread: the source's. */
bool tide_source_run_deliver (TideSourceRun *run, GCancellable *cancellable, GError **error);
/* Drops what is held, so that reading starts again at what is committed. FALSE and an error. Thread: the source's. */
bool tide_source_run_start_anew (TideSourceRun *run, GError **error);
/* Copies the thread's counters to the status. Thread: the source's. */
void tide_source_run_publish (TideSourceRun *run, int64_t now_us);
void tide_source_run_set_state_until (TideSourceRun *run, TideSourceState state, const char *message,
                                      TideTime retry_at);

G_END_DECLS
