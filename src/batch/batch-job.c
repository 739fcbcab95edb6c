/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs: what the scheduler knows of each, the list of them that a workspace makes, and the copies that it gives away. */
#include "batch-private.h"

#include <string.h>
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

TideJobState *
tide_scheduler_find_job (TideScheduler *scheduler, const char *name)
{
  for (guint i = 0; i < scheduler->jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);

      if (strcmp (state->job.name, name) == 0)
        return state;
    }
  return NULL;
}

static bool
stream_has_metrics (const TideWorkspace *workspace, const char *stream)
{
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);

      if (metric->numerator == NULL && strcmp (metric->stream->name, stream) == 0)
        return true;
    }
  return false;
}

static TideJobState *
take_job (GPtrArray *old, const char *name)
{
  for (guint i = 0; old != NULL && i < old->len; i++)
    {
      TideJobState *state = g_ptr_array_index (old, i);

      if (state != NULL && strcmp (state->job.name, name) == 0)
        {
          old->pdata[i] = NULL;
          return state;
        }
    }
  return tide_job_state_new (name);
}

void
tide_job_state_set_next (TideJobState *state, TideTime after)
{
  state->job.next = state->job.enabled && state->job.schedule != NULL
                        ? tide_schedule_next (state->job.schedule, after)
                        : TIDE_TIME_NONE;
}

static void
add_rollups (GPtrArray *jobs, GPtrArray *old, const TideWorkspace *workspace, TideTime now)
{
  for (guint i = 0; i < workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);
      g_autofree char *name = g_strconcat ("rollup:", stream->name, NULL);
      TideJobState *state;

      if (!stream_has_metrics (workspace, stream->name))
        continue;
      state = take_job (old, name);
      g_free (state->stream);
      state->stream = g_strdup (stream->name);
      state->job.is_rollup = true;
      state->job.enabled = true;
      state->job.schedule = workspace->rollup_schedule;
      state->retries = 3;
      tide_job_state_set_next (state, now);
      g_ptr_array_add (jobs, state);
    }
}

static void
add_analyses (GPtrArray *jobs, GPtrArray *old, const TideWorkspace *workspace, TideTime now)
{
  for (guint i = 0; i < workspace->analyses->len; i++)
    {
      TideAnalysis *analysis = g_ptr_array_index (workspace->analyses, i);
      TideJobState *state = take_job (old, analysis->name);

      state->job.enabled = analysis->enabled;
      state->job.schedule = analysis->schedule;
      state->missed = analysis->missed;
      state->retries = analysis->retries;
      state->timeout = analysis->timeout;
      tide_job_state_set_next (state, now);
      g_ptr_array_add (jobs, state);
    }
}

/* Jobs that are gone but run are kept until they end. */
void
tide_scheduler_build_jobs (TideScheduler *scheduler)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_job_state_free), *old = scheduler->jobs;
  TideTime now = tide_clock_now (&scheduler->clock);

  add_rollups (jobs, old, scheduler->workspace, now);
  add_analyses (jobs, old, scheduler->workspace, now);
  for (guint i = 0; old != NULL && i < old->len; i++)
    {
      TideJobState *state = g_ptr_array_index (old, i);

      if (state != NULL && state->job.running)
        {
          state->gone = true;
          state->job.enabled = false;
          state->job.schedule = NULL;
          state->job.next = TIDE_TIME_NONE;
          g_cancellable_cancel (state->cancellable);
          g_ptr_array_add (jobs, state);
          old->pdata[i] = NULL;
        }
    }
  scheduler->jobs = jobs;
  g_clear_pointer (&old, g_ptr_array_unref);
}
