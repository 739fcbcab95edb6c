/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The batch layer: scheduler, roll-ups, analyses. The one public header of batch/. */
#pragma once

#include "model.h"
#include "state.h"
#include "store.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_JOB_ROLLUP,
  TIDE_JOB_ANALYSIS,
  TIDE_JOB_REPORT,
} TideJobKind;

#define TIDE_JOB_REPORT_PREFIX "report:"

/* A job that can be under way: "rollup:STREAM", the name of an analysis, or "report:NAME". */
typedef struct
{
  char *name;
  TideJobKind kind;
  bool enabled;
  char *schedule;         /* "daily 02:00"; NULL: by hand only */
  TideTime next;          /* TIDE_TIME_NONE */
  bool running;
  bool queued;            /* came due and waits: for the run under way, or a retry before it */
  gint64 run;             /* under way; 0 */
  TideTime started;
  double progress;        /* 0..1; -1: not known */
  guint64 events;         /* read so far */
  guint attempt;          /* from 1; more after retries */
  TideTime retry_at;      /* TIDE_TIME_NONE */
  TideRunStatus last_status;
  TideTime last_ended;    /* TIDE_TIME_NONE: never ran */
  char *last_error;
} TideJob;

void tide_job_free (TideJob *job);

/* Runs jobs when they are due: one thread that waits, a pool of two workers that run. One run of a job at a time.
 * Missed runs (the program was down, the computer slept, the clock was set forward) are made up for as an analysis
 * says: once, all in order, or not; roll-ups and reports once. What is not made up for is recorded as missed. */
typedef struct _TideScheduler TideScheduler;

typedef struct
{
  /* A run began, moved on or ended; on the scheduler's threads. */
  void (*changed) (const char *job, void *data);
  /* Writes a report to its file, as of @now; on a worker. NULL: reports are no jobs. */
  bool (*write_report) (const TideWorkspace *workspace, const TideReport *report, TideTime now,
                        GCancellable *cancellable, gint64 *ret_rows, GError **error, void *data);
  /* What a run used, at its end: of a roll-up for each metric and for the stream (@metric NULL), of any other job as a
   * whole (@stream and @metric NULL). May be NULL. */
  void (*used) (const char *job, const char *stream, const char *metric, int64_t cpu_ns, void *data);
  void *data;
} TideSchedulerEvents;

TideScheduler *tide_scheduler_new (TideStore *store, TideWriter *writer, const TideWorkspace *workspace,
                                   const TideClock *clock, const TideSchedulerEvents *events);
/* Looks what was missed since the last runs, then waits for what is due. */
void tide_scheduler_start (TideScheduler *scheduler);
/* Cancels what runs, joins all threads. */
void tide_scheduler_stop (TideScheduler *scheduler);
void tide_scheduler_free (TideScheduler *scheduler);
void tide_scheduler_set_workspace (TideScheduler *scheduler, const TideWorkspace *workspace);
/* Runs now; FALSE and NOT_FOUND, or BUSY when it runs already. */
bool tide_scheduler_run (TideScheduler *scheduler, const char *job, GError **error);
bool tide_scheduler_cancel (TideScheduler *scheduler, const char *job);
/* Waits until the job is not running (worker threads, tests). FALSE: the run failed; the error is the run's. */
bool tide_scheduler_wait (TideScheduler *scheduler, const char *job, GCancellable *cancellable, GError **error);
/* TideJob*: roll-ups, analyses, reports, each in the workspace's order. Thread: any; short lock. */
GPtrArray *tide_scheduler_get_jobs (TideScheduler *scheduler);
/* Something was committed: lets a roll-up start early when the speed part passed its budget. Cheap; any thread. */
void tide_scheduler_poke (TideScheduler *scheduler, const char *stream);
int64_t tide_scheduler_get_cpu_us (TideScheduler *scheduler);

/* The work itself, without a schedule: the CLI's `batch`, tests. Thread: worker. */
typedef struct
{
  void (*progress) (double fraction, guint64 events, void *data); /* may be NULL */
  void *data;
  GCancellable *cancellable; /* may be NULL */
  const TideClock *clock;    /* may be NULL */
  guint chunk_events;        /* of a roll-up: events from one publication to the next; 0: 2,000,000 */
  /* What a metric of the run used, at its end; may be NULL. */
  void (*used) (const char *metric, int64_t cpu_ns, void *data);
} TideRunContext;

/* Rolls up every metric of @stream to the cut @up_to (0: all that is committed), in one scan; metrics that are
 * new or changed are backfilled from the floor in chunks and flipped when they have caught up. */
bool tide_rollup_run (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const char *stream,
                      TideSeq up_to, const TideRunContext *context, TideRun *run, GError **error);
/* What is usual at each hour of the week, of a metric that a rule compares with it; see batch-baseline.c. */
bool tide_baseline_run (TideStore *store, TideWriter *writer, TideMetric *metric, TideTime now, GCancellable *cancellable,
                        GError **error);
/* How the values of each field of a stream are spread, by day, up to what is committed; see batch-profile.c. */
bool tide_profile_run (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const TideStream *stream,
                       TideTime now, GCancellable *cancellable, GError **error);
/* Runs the SQL file and lands its rows as a new version. */
bool tide_analysis_run (TideStore *store, TideWriter *writer, const TideWorkspace *workspace,
                        const TideAnalysis *analysis, const TideRunContext *context, TideRun *run, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideScheduler, tide_scheduler_free)

G_END_DECLS
