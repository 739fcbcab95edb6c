/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The speed layer in memory: panes of one second over the live horizon, for each metric and group. */
#pragma once

#include "live-window.h"

#include "model.h"
#include "state.h"

G_BEGIN_DECLS

/* The rings of one pipeline. Source threads add, one thread at a time for a stream; publish makes snapshots. */
typedef struct _TideLive TideLive;
typedef struct _TideLiveSnapshot TideLiveSnapshot;

/* Groups past this have no series of their own in Live; they are in `other`. */
#define TIDE_LIVE_MAX_SERIES 64

TideLive *tide_live_new (const TideWorkspace *workspace, const TideClock *clock);
void tide_live_free (TideLive *live);
/* Takes up an edited workspace; metrics whose version is the same keep their rings. */
void tide_live_set_workspace (TideLive *live, const TideWorkspace *workspace);
/* Folds a batch into the rings of its stream's real-time metrics and the tail of newest events. Thread: source. Locks:
 * the stream's. */
void tide_live_add (TideLive *live, TideBatch *batch);
/* Forgets all events. Thread: any, while nobody adds. */
void tide_live_reset (TideLive *live);
/* Folds stored events, to rebuild the rings; @batch is only read. Thread: any one, while the sources do not add. */
void tide_live_restore (TideLive *live, const TideBatch *batch);
/* Starts a metric's group dictionary as it is in the store, so that ids (and colours) agree. Only before its first
 * event; later it is ignored. */
void tide_live_set_groups (TideLive *live, const char *metric, const TideGroups *groups);
/* Makes the snapshot that readers get next. Thread: the pipeline's ticker, 10 times a second. */
void tide_live_publish (TideLive *live);
/* The newest; a reference. Thread: any, does not wait. */
TideLiveSnapshot *tide_live_get_snapshot (TideLive *live);
gsize tide_live_get_bytes (TideLive *live);

/* Metrics of another tier than real time are left out by add(): this folds stored events that came since the last
 * refresh into the ring of one of them. Thread: any one for a metric. */
void tide_live_refresh (TideLive *live, const char *metric, const TideBatch *batch);

typedef enum
{
  TIDE_LIVE_FOLD,  /* by add(), on the thread that adds */
  TIDE_LIVE_SWEEP, /* windows that events changed, on the ticker's: what is not refreshed is not swept */
  TIDE_LIVE_DRAW,  /* the rest of a snapshot, which each metric has ten times a second */
} TideLiveWork;

/* Hears what work on each ring costs. */
typedef struct
{
  void (*used) (const TideMetric *metric, TideLiveWork work, int64_t cpu_ns, guint events, void *data);
  void *data;
} TideLiveMeter;

/* Before the first batch. */
void tide_live_set_meter (TideLive *live, const TideLiveMeter *meter);

/* One group of a metric: y[i] is the metric's value over its window ending with second times[i]; NAN: no value. */
typedef struct
{
  uint32_t group;    /* id in the dictionary: decides colour and mark */
  char *label;       /* "Berlin", "Berlin, card", "other", "All" */
  const double *y;
  TideValue latest;  /* over the newest second with data */
} TideLiveSeries;

typedef struct
{
  TideMetric *metric;
  guint n;             /* seconds */
  const double *times; /* µs UTC, ends of the seconds, n of them; shared by the series */
  guint n_series;      /* by group id, `other` last */
  TideLiveSeries *series;
  TideValue latest;    /* over all groups */
  TideTime newest;     /* event time of the newest event; TIDE_TIME_NONE: none yet */
  TideDuration window; /* that each point covers: over, else every, at most the horizon */
  guint64 events;      /* that counted, since start */
  guint groups_seen;   /* of which n_series are shown */
  bool capped;
} TideLiveMetric;

typedef struct
{
  const TideStream *stream;
  TideTime newest;
  double events_per_s;
  guint n_tail;           /* newest events last; batches are references */
  TideBatch **tail;
} TideLiveStream;

struct _TideLiveSnapshot
{
  TideTime time;          /* when it was made */
  int64_t mono_us;
  guint n_metrics;
  TideLiveMetric *metrics; /* in the workspace's order */
  guint n_streams;
  TideLiveStream *streams;
  gatomicrefcount refs;
};

TideLiveSnapshot *tide_live_snapshot_ref (TideLiveSnapshot *snapshot);
void tide_live_snapshot_unref (TideLiveSnapshot *snapshot);
const TideLiveMetric *tide_live_snapshot_find (const TideLiveSnapshot *snapshot, const char *metric);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideLive, tide_live_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideLiveSnapshot, tide_live_snapshot_unref)

G_END_DECLS
