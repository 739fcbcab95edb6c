/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "batch.h"

G_BEGIN_DECLS

/* A job as the scheduler keeps it: what others see (job), what is due, and its run under way. */
typedef struct
{
  TideJob job;
  TideSchedule *schedule;     /* borrowed from the scheduler's workspace; NULL: by hand only, or switched off */
  char *schedule_text;        /* with its zone; NULL likewise */
  TideMissed missed;
  int retries;
  char *stream;               /* of a roll-up */
  bool looked_back;           /* handled is known */
  TideTime handled;           /* what was due up to here is in the queue, was run, or was left out */
  GArray *queue;              /* TideTime: due and not begun, oldest first */
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
  GMutex lock;           /* what follows */
  GCond wake;            /* the thread: something is to be looked at; woken says so while it does not wait */
  GCond ended;           /* waiters: a run ended */
  bool woken;
  TideWorkspace *workspace;
  GPtrArray *jobs;       /* TideJobState* */
  GHashTable *poked;     /* streams that got events since they were last looked at */
  int64_t poked_mono_us; /* when that was */
  TideTime looked;       /* when the thread last looked at the wall clock */
  GPtrArray *left_out;   /* TideLeftOut*: to be recorded as missed */
  bool stopping;
  int64_t cpu_us;
};

/* Due times that are not made up for. */
typedef struct
{
  char *name;
  GArray *due; /* TideTime */
} TideLeftOut;

void tide_left_out_free (TideLeftOut *left_out);

/* batch-scheduler.c: one turn of the thread: starts what is due. Returns how long it may wait, at most. */
TideDuration tide_scheduler_look (TideScheduler *scheduler);
/* With the lock held. */
void tide_scheduler_wake (TideScheduler *scheduler);

/* batch-job.c. With the lock held. @old: the workspace before; NULL at first. */
TideJobState *tide_scheduler_find_job (TideScheduler *scheduler, const char *name);
void tide_scheduler_build_jobs (TideScheduler *scheduler, const TideWorkspace *old);

/* batch-run.c: begin_run() with the lock held; work() is the workers' function. */
void tide_scheduler_begin_run (TideScheduler *scheduler, TideJobState *state, TideTime due, guint attempt);
void tide_scheduler_work (void *item, void *data);

/* batch-due.c. With the lock held. */
void tide_scheduler_set_handled (TideJobState *state, TideTime handled);
void tide_scheduler_notice_clock (TideScheduler *scheduler, TideTime now);
void tide_scheduler_start_due (TideScheduler *scheduler, TideTime now);
TideTime tide_scheduler_next_due (TideScheduler *scheduler, TideTime now);

/* batch-back.c: what was due while the program was down, and what was left out, recorded. */
void tide_scheduler_look_back (TideScheduler *scheduler, TideTime now);
void tide_scheduler_record_left_out (TideScheduler *scheduler, TideTime now);

/* batch-early.c: roll-ups that can't wait for their time. Streams that get events all the time are looked at no more
 * often than this. */
#define TIDE_POKED_EVERY TIDE_SECOND
bool tide_scheduler_has_new_metric (TideReader *reader, const TideWorkspace *workspace, const char *stream);
void tide_scheduler_look_at_poked (TideScheduler *scheduler);

/* batch-baseline.c */
bool tide_baseline_run_all (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const char *stream,
                            const TideRunContext *context, GError **error);

/* CPU time of the calling thread. */
int64_t tide_batch_thread_cpu_us (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideLeftOut, tide_left_out_free)

G_END_DECLS
