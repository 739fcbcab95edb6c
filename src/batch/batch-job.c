/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs as data: what the scheduler knows of each, and the copies that it gives away. */
#include "batch-private.h"

#include <time.h>

TideJobState *
tide_job_state_new (const char *name)
{
  TideJobState *state = g_new0 (TideJobState, 1);

  state->job.name = g_strdup (name);
  state->job.next = state->job.started = state->job.retry_at = state->job.last_ended = TIDE_TIME_NONE;
  state->job.progress = -1;
  state->due = TIDE_TIME_NONE;
  return state;
}

void
tide_job_state_free (TideJobState *state)
{
  if (state == NULL)
    return;
  g_free (state->job.name);
  g_free (state->job.last_error);
  g_free (state->stream);
  g_clear_object (&state->cancellable);
  g_clear_error (&state->failed);
  g_free (state);
}

TideJob *
tide_job_copy (const TideJob *job)
{
  TideJob *copy = g_memdup2 (job, sizeof *job);

  copy->name = g_strdup (job->name);
  copy->last_error = g_strdup (job->last_error);
  return copy;
}

void
tide_job_free (TideJob *job)
{
  if (job == NULL)
    return;
  g_free (job->name);
  g_free (job->last_error);
  g_free (job);
}

int64_t
tide_batch_thread_cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t) now.tv_sec * TIDE_SECOND + now.tv_nsec / 1000;
}
