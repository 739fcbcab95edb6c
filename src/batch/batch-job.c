/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs: what the scheduler knows of each, the list of them that a workspace makes, and the copies that it gives away. */
#include "batch-private.h"

#include <string.h>
#include <time.h>

#define ROLLUP_RETRIES 3
#define REPORT_RETRIES 2

TideJobState *
tide_job_state_new (const char *name)
{
  TideJobState *state = g_new0 (TideJobState, 1);

  state->job.name = g_strdup (name);
  state->job.next = state->job.started = state->job.retry_at = state->job.last_ended = TIDE_TIME_NONE;
  state->job.progress = -1;
  state->due = state->handled = TIDE_TIME_NONE;
  state->queue = g_array_new (FALSE, FALSE, sizeof (TideTime));
  return state;
}

void
tide_job_state_free (TideJobState *state)
{
  if (state == NULL)
    return;
  g_free (state->job.name);
  g_free (state->job.schedule);
  g_free (state->job.last_error);
  g_free (state->schedule_text);
  g_free (state->stream);
  g_array_unref (state->queue);
  g_clear_object (&state->cancellable);
  g_clear_error (&state->failed);
  g_free (state);
}

TideJob *
tide_job_copy (const TideJob *job)
{
  TideJob *copy = g_memdup2 (job, sizeof *job);

  copy->name = g_strdup (job->name);
  copy->schedule = g_strdup (job->schedule);
  copy->last_error = g_strdup (job->last_error);
  return copy;
}

void
tide_job_free (TideJob *job)
{
  if (job == NULL)
    return;
  g_free (job->name);
  g_free (job->schedule);
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
has_metric (const TideWorkspace *workspace, const TideMetric *metric)
{
  const TideMetric *found = workspace != NULL ? tide_workspace_get_metric (workspace, metric->name) : NULL;

  return found != NULL && strcmp (found->version, metric->version) == 0;
}

/* Whether the stream has a metric to be rolled up, and one that @old does not have. */
static bool
stream_has_metrics (const TideWorkspace *workspace, const TideWorkspace *old, const char *stream, bool *ret_new)
{
  bool found = false;

  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);

      if (metric->numerator != NULL || strcmp (metric->stream->name, stream) != 0)
        continue;
      found = true;
      *ret_new |= !has_metric (old, metric);
    }
  return found;
}

static TideJobState *
take_job (GPtrArray *old, const char *name, TideJobKind kind)
{
  TideJobState *state = NULL;

  for (guint i = 0; old != NULL && i < old->len && state == NULL; i++)
    {
      state = g_ptr_array_index (old, i);
      if (state != NULL && strcmp (state->job.name, name) == 0)
        old->pdata[i] = NULL;
      else
        state = NULL;
    }
  if (state == NULL)
    state = tide_job_state_new (name);
  state->job.kind = kind;
  state->gone = false;
  return state;
}

/* With another schedule what it missed is looked up anew, and what was still to be run is not. */
static void
set_schedule (TideJobState *state, bool enabled, TideSchedule *schedule, const char *text, const char *zone)
{
  g_autofree char *before = g_steal_pointer (&state->schedule_text);

  state->job.enabled = enabled;
  state->schedule = enabled ? schedule : NULL;
  state->schedule_text = state->schedule != NULL ? g_strdup_printf ("%s %s", text, zone) : NULL;
  g_free (state->job.schedule);
  state->job.schedule = schedule != NULL ? tide_schedule_describe (schedule) : NULL;
  if (state->looked_back && g_strcmp0 (state->schedule_text, before) == 0)
    return;
  state->looked_back = false;
  state->job.next = state->job.retry_at = TIDE_TIME_NONE;
  g_array_set_size (state->queue, 0);
}

static void
add_rollups (GPtrArray *jobs, GPtrArray *old_jobs, const TideWorkspace *workspace, const TideWorkspace *old)
{
  for (guint i = 0; i < workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);
      g_autofree char *name = g_strconcat ("rollup:", stream->name, NULL);
      bool is_new = false;
      TideJobState *state;

      if (!stream_has_metrics (workspace, old, stream->name, &is_new))
        continue;
      state = take_job (old_jobs, name, TIDE_JOB_ROLLUP);
      g_free (state->stream);
      state->stream = g_strdup (stream->name);
      state->retries = ROLLUP_RETRIES;
      set_schedule (state, true, workspace->rollup_schedule, workspace->rollup_text, workspace->zone_name);
      state->looked_back &= !is_new;
      g_ptr_array_add (jobs, state);
    }
}

static void
add_analyses (GPtrArray *jobs, GPtrArray *old_jobs, const TideWorkspace *workspace)
{
  for (guint i = 0; i < workspace->analyses->len; i++)
    {
      TideAnalysis *analysis = g_ptr_array_index (workspace->analyses, i);
      TideJobState *state = take_job (old_jobs, analysis->name, TIDE_JOB_ANALYSIS);

      state->missed = analysis->missed;
      state->retries = analysis->retries;
      set_schedule (state, analysis->enabled, analysis->schedule, analysis->schedule_text, analysis->time_zone);
      g_ptr_array_add (jobs, state);
    }
}

/* Those that say where to; the others are exported by hand. */
static void
add_reports (GPtrArray *jobs, GPtrArray *old_jobs, const TideWorkspace *workspace)
{
  for (guint i = 0; i < workspace->reports->len; i++)
    {
      TideReport *report = g_ptr_array_index (workspace->reports, i);
      g_autofree char *name = g_strconcat (TIDE_JOB_REPORT_PREFIX, report->name, NULL);
      TideJobState *state;

      if (report->output == NULL)
        continue;
      state = take_job (old_jobs, name, TIDE_JOB_REPORT);
      state->retries = REPORT_RETRIES;
      set_schedule (state, true, report->schedule, report->schedule_text, workspace->zone_name);
      g_ptr_array_add (jobs, state);
    }
}

static void
let_go (TideJobState *state)
{
  state->gone = true;
  set_schedule (state, false, NULL, NULL, NULL);
  g_cancellable_cancel (state->cancellable);
}

/* Jobs that are gone but run are kept until they end. */
void
tide_scheduler_build_jobs (TideScheduler *scheduler, const TideWorkspace *old)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_job_state_free);
  GPtrArray *old_jobs = scheduler->jobs;

  add_rollups (jobs, old_jobs, scheduler->workspace, old);
  add_analyses (jobs, old_jobs, scheduler->workspace);
  if (scheduler->events.write_report != NULL)
    add_reports (jobs, old_jobs, scheduler->workspace);
  for (guint i = 0; old_jobs != NULL && i < old_jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (old_jobs, i);

      if (state != NULL && state->job.running)
        {
          let_go (state);
          g_ptr_array_add (jobs, state);
          old_jobs->pdata[i] = NULL;
        }
    }
  scheduler->jobs = jobs;
  g_clear_pointer (&old_jobs, g_ptr_array_unref);
}
