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

/* CPU time of the calling thread. */
int64_t tide_batch_thread_cpu_us (void);

G_END_DECLS
