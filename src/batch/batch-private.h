/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "batch.h"

G_BEGIN_DECLS

/* A job as the scheduler keeps it: what others see (job), and its run under way. */
typedef struct
{
  TideJob job;
  TideMissed missed;
  int retries;
  TideDuration timeout;
  char *stream;               /* of a roll-up */
  GCancellable *cancellable;  /* of the run under way */
  TideTime due;               /* of that run; TIDE_TIME_NONE by hand */
  GError *failed;             /* of the last run */
  bool gone;                  /* no longer in the workspace */
} TideJobState;

TideJobState *tide_job_state_new (const char *name);
void tide_job_state_free (TideJobState *state);
TideJob *tide_job_copy (const TideJob *job);

struct _TideScheduler
{
  TideStore *store;
  TideWriter *writer;
  TideClock clock;
  TideSchedulerEvents events;
  GThread *thread;
  GThreadPool *workers;
  GMutex lock;          /* what follows */
  GCond wake;           /* the thread: something is due sooner */
  GCond ended;          /* waiters: a run ended */
  TideWorkspace *workspace;
  GPtrArray *jobs;      /* TideJobState* */
  GHashTable *poked;    /* streams that got events since they were last looked at */
  bool stopping;
  int64_t cpu_us;
};

/* batch-job.c. With the lock held. */
TideJobState *tide_scheduler_find_job (TideScheduler *scheduler, const char *name);
void tide_job_state_set_next (TideJobState *state, TideTime after);
void tide_scheduler_build_jobs (TideScheduler *scheduler);

/* batch-run.c: begin_run() with the lock held; work() is the workers' function. */
void tide_scheduler_begin_run (TideScheduler *scheduler, TideJobState *state, TideTime due);
void tide_scheduler_work (void *item, void *data);

/* batch-due.c: the first two with the lock held. */
void tide_scheduler_start_due (TideScheduler *scheduler, TideTime now);
TideTime tide_scheduler_next_due (TideScheduler *scheduler, TideTime now);
void tide_scheduler_look_at_poked (TideScheduler *scheduler);

/* batch-missed.c */
void tide_scheduler_look_back (TideScheduler *scheduler);

/* CPU time of the calling thread. */
int64_t tide_batch_thread_cpu_us (void);

G_END_DECLS
