/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wiring: builds a workspace's pipeline, owns and joins every thread. All that the CLI and the window know. */
#pragma once

#include "balance.h"
#include "batch.h"
#include "ingest.h"
#include "live.h"
#include "model.h"
#include "serving.h"
#include "state.h"
#include "store.h"
#include "watch.h"

G_BEGIN_DECLS

/* Every kind of source and aggregate that is built in. */
const TideCatalog *tide_pipeline_catalog (void);

/* Makes @dir a workspace (with @demo: the food delivery company); refuses when there is one. */
bool tide_pipeline_create_workspace (const char *dir, bool demo, const TideClock *clock, GError **error);

/* What opening a workspace would do beyond its own folder: char* lines for a person ("connects to
 * broker-1.eu:9093 (sasl-tls, PLAIN)", "reads /data/events.ndjson"), and the text that consent is bound to. Empty: nothing. */
GPtrArray *tide_pipeline_get_reach (const TideWorkspace *workspace);

#define TIDE_TYPE_PIPELINE (tide_pipeline_get_type ())
G_DECLARE_FINAL_TYPE (TidePipeline, tide_pipeline, TIDE, PIPELINE, GObject)

typedef enum
{
  TIDE_PIPELINE_READ,  /* queries only, beside whoever owns the workspace */
  TIDE_PIPELINE_WRITE, /* owns it: may run batches */
  TIDE_PIPELINE_RUN,   /* and runs its sources and schedules */
} TidePipelineMode;

/* Opens @dir and, in RUN, starts everything. Blocks. The signal "changed" (main context of the thread that made
 * it) says that the workspace was edited; status is polled. "notice" (likewise; TideWatchNotice*) asks to show a desktop
 * notification. */
TidePipeline *tide_pipeline_open (const char *dir, TidePipelineMode mode, const TideClock *clock, GError **error);
/* Only if it still reaches what a person agreed to, @agreed; NULL: nobody was asked. */
TidePipeline *tide_pipeline_open_agreed (const char *dir, TidePipelineMode mode, const TideClock *clock,
                                         GPtrArray *agreed, GError **error);
void tide_pipeline_open_async (const char *dir, TidePipelineMode mode, GPtrArray *agreed, GCancellable *cancellable,
                               GAsyncReadyCallback callback, void *data);
TidePipeline *tide_pipeline_open_finish (GAsyncResult *result, GError **error);
/* Stops sources, commits what is queued, joins every thread. Blocks; the async form does not. */
void tide_pipeline_close (TidePipeline *self);
void tide_pipeline_close_async (TidePipeline *self, GAsyncReadyCallback callback, void *data);
void tide_pipeline_close_finish (TidePipeline *self, GAsyncResult *result);

const char *tide_pipeline_get_dir (TidePipeline *self);
/* A reference. Thread: any. */
TideWorkspace *tide_pipeline_get_workspace (TidePipeline *self);
TideStore *tide_pipeline_get_store (TidePipeline *self);
TideWriter *tide_pipeline_get_writer (TidePipeline *self);
TideServing *tide_pipeline_get_serving (TidePipeline *self);
TideScheduler *tide_pipeline_get_scheduler (TidePipeline *self);
/* Alerts: NULL outside RUN; acts and back-tests run on a worker. */
TideWatch *tide_pipeline_get_watch (TidePipeline *self);
/* States of the rules; a reference. NULL outside RUN and before the first. Thread: any. */
TideWatchSnapshot *tide_pipeline_get_alerts (TidePipeline *self);
/* The newest snapshot of the live rings; a reference. NULL outside RUN. */
TideLiveSnapshot *tide_pipeline_get_live (TidePipeline *self);
/* Tells the latency meter that the snapshot was drawn. Thread: main. */
void tide_pipeline_drawn (TidePipeline *self, TideLiveSnapshot *snapshot);

/* Figures of the whole pipeline, made once a second by its ticker. Immutable, counted by reference. */
typedef struct
{
  char *name, *stream;
  const TideSourceSpec *spec;
  bool enabled;
  TideSourceStatus status;
} TideSourceInfo;

typedef struct
{
  char *name;
  TideSeq seq, cut;      /* last committed, and the oldest cut of its metrics */
  TideStreamFacts facts;
  double events_per_s;
  TideTime newest;
  gint64 quarantined;    /* in the table */
  gint64 waiting;        /* of those, that nobody replayed or discarded yet */
  TideLatencyFacts latency[TIDE_N_STAGES];
} TideStreamInfo;

typedef struct
{
  TideTime time;
  guint n_sources;
  TideSourceInfo *sources;
  guint n_streams;
  TideStreamInfo *streams;
  gsize queue_bytes, queue_max_bytes;
  gint64 database_bytes, wal_bytes, live_bytes;
  TideProcessFacts process;
  double cpu_share;      /* of one core, over the last second */
  double events_per_s, bytes_per_s;
  char *trouble;         /* disk full: what stopped and what to do; NULL */
  gatomicrefcount refs;
} TideStatus;

TideStatus *tide_pipeline_get_status (TidePipeline *self); /* a reference; NULL before the first */
/* NULL: the workspace has no such stream, or @status is NULL. */
const TideStreamInfo *tide_status_find_stream (const TideStatus *status, const char *stream);
TideStatus *tide_status_ref (TideStatus *status);
void tide_status_unref (TideStatus *status);

/* Runs @func on a worker with the pipeline; the general way off the main thread. @func returns what
 * run_finish() gives, freed with @free_result when nobody takes it. Workers are four; more wait. */
typedef void *(*TidePipelineFunc) (TidePipeline *self, void *data, GCancellable *cancellable, GError **error);
void tide_pipeline_run_async (TidePipeline *self, TidePipelineFunc func, void *data, GDestroyNotify free_data,
                              GDestroyNotify free_result, GCancellable *cancellable, GAsyncReadyCallback callback,
                              void *callback_data);
void *tide_pipeline_run_finish (TidePipeline *self, GAsyncResult *result, GError **error);

/* The same for the query that everything uses. Copies @query. */
void tide_pipeline_query_async (TidePipeline *self, const TideQuery *query, GCancellable *cancellable,
                                GAsyncReadyCallback callback, void *data);
TideRows *tide_pipeline_query_finish (TidePipeline *self, GAsyncResult *result, GError **error);

/* Saves an edited workspace file and takes it up at once: sources whose definition is the same go on. The
 * error names the first mistake; nothing is saved then. */
void tide_pipeline_apply_async (TidePipeline *self, const TideConf *conf, GCancellable *cancellable,
                                GAsyncReadyCallback callback, void *data);
bool tide_pipeline_apply_finish (TidePipeline *self, GAsyncResult *result, GError **error);
/* Writes analyses/FILE. Blocks; a worker. */
bool tide_pipeline_save_sql (TidePipeline *self, const char *file, const char *text, GError **error);

/* Runs jobs now, here or, in READ, by asking the owner over its control socket; waits for them. NULL: all. The name
 * below stands for deleting what the streams keep no longer, which else happens once a minute. */
#define TIDE_JOB_RETENTION "retention:"
bool tide_pipeline_batch (TidePipeline *self, const char *const *names, GCancellable *cancellable, GError **error);

/* Balance: workers only, all block. */
/* Measures staleness up to now and follows up advice that was taken; recorded as the run "advice". Not in READ. */
bool tide_pipeline_measure (TidePipeline *self, GCancellable *cancellable, GError **error);
TideAdvices *tide_pipeline_get_advices (TidePipeline *self, GCancellable *cancellable, GError **error);
/* What was used since it was opened, by whom: TideUse* elements. Thread: any. */
GPtrArray *tide_pipeline_get_use (TidePipeline *self);
/* The meters themselves, for latencies, slowest events and freshness of now. */
TideLatency *tide_pipeline_get_latency (TidePipeline *self);
TideFreshMeter *tide_pipeline_get_fresh_meter (TidePipeline *self);
TideCosts *tide_pipeline_get_costs (TidePipeline *self, GCancellable *cancellable, GError **error);
/* Takes advice: moves @metric to the tier that refreshes it every @every (1 s: real time), at once, and records what
 * was foretold. Undone by the same with the interval that it had. */
bool tide_pipeline_set_interval (TidePipeline *self, const char *metric, TideDuration every, GError **error);

/* Quality: workers only, all block. In READ each asks the owner. */
typedef struct
{
  gint64 stored, failed; /* failed: again */
} TideReplayCounts;

/* Tries quarantined events that wait and match once more, with the streams as they are now. */
bool tide_pipeline_replay (TidePipeline *self, const TideQuarantineFilter *filter, TideReplayCounts *ret_counts,
                           GCancellable *cancellable, GError **error);
/* Marks those that wait and match as discarded; @back: lets discarded ones wait again. By @ret_at, the filter's `changed`,
 * just these are found. */
bool tide_pipeline_discard (TidePipeline *self, const TideQuarantineFilter *filter, bool back, gint64 *ret_n, TideTime *ret_at,
                            GError **error);
/* Gives one that waits another payload; it is not replayed by this. */
bool tide_pipeline_edit_quarantined (TidePipeline *self, gint64 id, const char *payload, gsize len, GError **error);
/* Adds the field that @drift is about to the workspace file, or gives it the type that it has now. Not in READ. */
bool tide_pipeline_add_field (TidePipeline *self, const char *stream, const TideDrift *drift, GError **error);

/* Brings the profiles of all fields up to what is committed: tide_store_get_profiles(). Not in READ. */
bool tide_pipeline_profile (TidePipeline *self, GCancellable *cancellable, GError **error);

/* Agrees to what @source asks (TideSourceStatus.consent), here or, in READ, by asking the owner; the source goes on at
 * once. NOT_FOUND, or INVALID when it asks nothing. Blocks; a worker. */
bool tide_pipeline_accept (TidePipeline *self, const char *source, GCancellable *cancellable, GError **error);

/* Secrets: the Secret Service, else TIDEMARK_SECRET_<SOURCE> (upper case, - as _). Blocks up to 5 s. */
char *tide_secret_lookup (const char *workspace_dir, const TideSourceDef *source);
/* The key of masked fields: TIDEMARK_SECRET_MASK_KEY, or the Secret Service's, where it is made the first time. Fails with
 * AUTH when neither can be had. */
char *tide_mask_key_lookup (const char *workspace_dir, GError **error);
/* Of a route of alerts: TIDEMARK_SECRET_ROUTE_<NAME>. */
char *tide_route_secret_lookup (const char *workspace_dir, const TideRoute *route);
bool tide_route_secret_store (const char *workspace_dir, const TideRoute *route, const char *secret, GError **error);
bool tide_secret_store (const char *workspace_dir, const TideSourceDef *source, const char *secret, GError **error);

G_END_DECLS
