/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

struct _TidePipeline
{
  GObject parent_instance;
  char *dir;
  TidePipelineMode mode;
  TideClock clock;
  TideStore *store;
  TideWriter *writer;       /* NULL in READ */
  TideServing *serving;
  TideLive *live;           /* NULL outside RUN */
  TideScheduler *scheduler; /* NULL in READ */
  TideLatency *latency;
  TideMeter *meter;
  TideFreshMeter *freshness;
  GCancellable *ending;     /* cancelled when it is closed */
  GRWLock gate;             /* deliveries and refreshes read; a change of tiers writes */
  GHashTable *threads;      /* the ticker's: CPU time (int64_t*, ns) of those that ran, by number */
  int64_t client_cpu_ns;    /* the ticker's: of the Kafka client's threads */
  GHashTable *metered;      /* the ticker's: what counters stood at */
  TideWatch *watch;         /* NULL outside RUN */
  GMutex quarantine_lock;   /* one change of the quarantine at a time */
  GMutex profile_lock;      /* one run of profiles at a time */
  GMutex volumes_lock;      /* of what follows */
  GHashTable *volumes;      /* stream → what was stored when: see pipeline-stream-rules.c */
  char *commands_file;      /* the user's own alert commands */
  GThreadPool *workers;
  GMainContext *context;    /* of the thread that opened it */
  GSocketService *control;  /* NULL in READ */
  char *control_path;
  GThread *control_thread;
  GThreadPool *control_workers;
  GMainLoop *control_loop;
  gint live_lost;           /* atomic: the rings hold what a failed commit dropped */

  GRecMutex edit_lock;      /* one edit at a time, from the copy of the workspace to the last part that takes it */

  GMutex lock;              /* what follows */
  TideWorkspace *workspace;
  GPtrArray *sources;       /* TideSource*, of those that run */
  GHashTable *failed;       /* sources that must resume: a commit failed since they last asked for positions */
  GHashTable *refreshes;    /* of metrics that are not real-time; see pipeline-tiers.c */
  GHashTable *drift_seen;   /* stream, kind and path of schema drift → TideTime since when */
  TideStatus *status;
  char *trouble;
  GThread *ticker;
  GCond wake;
  bool closing, closed;
  TideSourceHost host;
  TideProcessFacts last_process; /* the ticker's */
  int64_t last_process_mono_us;
};

/* pipeline-host.c: between sources, rings, writer and meters. */
void tide_pipeline_host_init (TidePipeline *self);
extern const TideWriterEvents tide_pipeline_writer_events;
/* Starts the enabled sources that do not run yet; stops those that are gone or defined otherwise. */
void tide_pipeline_update_sources (TidePipeline *self, TideWorkspace *old);
void tide_pipeline_stop_sources (TidePipeline *self);
/* Ends a source that asks something, to be started again by update_sources(). FALSE and an error when it does not ask. */
bool tide_pipeline_end_asking (TidePipeline *self, const char *name, char **ret_message, GError **error);
void tide_pipeline_restore_live (TidePipeline *self);
bool tide_pipeline_recall (TidePipeline *self, const TideStream *stream, TideTime since, TideRecallFunc each,
                           void *each_data, GError **error);

/* pipeline-work.c: of the pool. */
void tide_pipeline_work (void *item, void *pipeline);

/* pipeline-ticker.c: snapshots ten times a second, status once a second, retention once a minute. */
void *tide_pipeline_tick (void *self);
/* Retention of each stream by age, and of all by size. Thread: a worker. */
bool tide_pipeline_retain (TidePipeline *self, GError **error);

/* pipeline-report.c: the scheduler's reports; @data is the pipeline. */
bool tide_pipeline_write_report (const TideWorkspace *workspace, const TideReport *report, TideTime now,
                                 GCancellable *cancellable, gint64 *ret_rows, GError **error, void *data);
/* pipeline-watch.c */
void tide_pipeline_start_watch (TidePipeline *self);

/* pipeline-meter.c: who used what. */
void tide_pipeline_live_used (const TideMetric *metric, TideLiveWork work, int64_t cpu_ns, guint events, void *data);
/* Shared: the pipeline's own work. */
#define TIDE_UPKEEP "upkeep"
/* What a worker @cpu_ns of whose time is @metric's (NULL: nobody's in particular) says when it is done. */
void tide_pipeline_work_used (TidePipeline *self, TideActivity activity, const char *stream, const char *metric,
                              int64_t cpu_ns);
void tide_pipeline_refresh_used (TidePipeline *self, const TideMetric *metric, int64_t cpu_ns, guint64 events);
void tide_pipeline_alert_used (TidePipeline *self, const char *stream, const char *metric, int64_t cpu_ns);
void tide_pipeline_job_used (const char *job, const char *stream, const char *metric, int64_t cpu_ns, void *data);
void tide_pipeline_meter (TidePipeline *self, const TideStatus *status, int64_t ticker_ns);
void tide_pipeline_look_at_freshness (TidePipeline *self, const TideStatus *status, double seconds);
bool tide_pipeline_save_meters (TidePipeline *self, bool last, GError **error);

/* pipeline-tiers.c: real time, or refreshed every now and then. */
void tide_pipeline_begin_tiers (TidePipeline *self);
void tide_pipeline_refresh_due (TidePipeline *self);
void tide_pipeline_change_live (TidePipeline *self, const TideWorkspace *old, const TideWorkspace *workspace);
/* How much older than its stream a metric is, since it was refreshed last. */
TideDuration tide_pipeline_get_refresh_age (TidePipeline *self, const TideMetric *metric, const TideStatus *status);

/* pipeline-control.c: the owner's socket, and asking it. */
bool tide_control_serve (TidePipeline *self, GError **error);
void tide_control_stop (TidePipeline *self);
/* @ret_answer: (nullable): what the owner says beside that it is done. */
bool tide_control_ask (const char *dir, const char *request, const char *const *names, char **ret_answer,
                       GCancellable *cancellable, GError **error);

/* pipeline-replay.c: all that wait and match; under quarantine_lock. @counts is added to. */
bool tide_pipeline_replay_all (TidePipeline *self, const TideQuarantineFilter *filter, TideReplayCounts *counts,
                               GCancellable *cancellable, GError **error);
/* pipeline-quality.c: the owner's side of "replay", "discard" and "edit". NULL and an error, or the answer. */
char *tide_pipeline_answer_quarantine (TidePipeline *self, char **words, GCancellable *cancellable, GError **error);
/* pipeline-drift.c: since when there is which. date_drift() is called with the pipeline locked. */
void tide_pipeline_load_drift (TidePipeline *self);
void tide_pipeline_date_drift (TidePipeline *self, const char *stream, GPtrArray *drift);
bool tide_pipeline_save_drift (TidePipeline *self, const TideStatus *status, GError **error);
/* pipeline-stream-rules.c: once a minute. */
bool tide_pipeline_look_at_streams (TidePipeline *self, GError **error);

/* pipeline-secret.c */
char *tide_pipeline_get_protection (const char *dir, const TideSourceDef *source);
/* What a stored secret is bound to beside workspace and source: it is not found after a change of it. */
char *tide_secret_get_binding (const char *dir, const TideSourceDef *source);

/* The worker's side of the async calls. */
bool tide_pipeline_apply (TidePipeline *self, const TideConf *conf, GError **error);

G_END_DECLS
