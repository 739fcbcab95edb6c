/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of jobs, on the two workers: recorded, carried out, recorded again, and tried anew with back-off when it may help. */
#include "batch-private.h"

#include <string.h>

#define RETRY_FIRST (30 * TIDE_SECOND)
#define RETRY_MOST (30 * TIDE_MINUTE)

static void
notify (TideScheduler *scheduler, const char *job)
{
  if (scheduler->events.changed != NULL)
    scheduler->events.changed (job, scheduler->events.data);
}

typedef struct
{
  TideScheduler *scheduler;
  char *name;
  const char *stream; /* of a roll-up */
  int64_t used_ns;    /* that metrics have a part of */
} Progress;

static void
tell_used (Progress *progress, const char *metric, int64_t cpu_ns)
{
  TideSchedulerEvents *events = &progress->scheduler->events;

  if (events->used != NULL)
    events->used (progress->name, progress->stream, metric, cpu_ns, events->data);
}

static void
on_used (const char *metric, int64_t cpu_ns, void *data)
{
  Progress *progress = data;

  progress->used_ns += cpu_ns;
  tell_used (progress, metric, cpu_ns);
}

static void
on_progress (double fraction, guint64 events, void *data)
{
  Progress *progress = data;
  TideJobState *state;

  g_mutex_lock (&progress->scheduler->lock);
  state = tide_scheduler_find_job (progress->scheduler, progress->name);
  if (state != NULL)
    {
      state->job.progress = fraction;
      state->job.events = events;
    }
  g_mutex_unlock (&progress->scheduler->lock);
  notify (progress->scheduler, progress->name);
}

static bool
write_report (TideScheduler *scheduler, TideWorkspace *workspace, const char *name, GCancellable *cancellable,
              TideRun *run, GError **error)
{
  TideReport *report = tide_workspace_get_report (workspace, name + strlen (TIDE_JOB_REPORT_PREFIX));
  int64_t cpu = tide_batch_thread_cpu_us ();
  bool done;

  if (report == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "the workspace has no %s any more", name);
      return false;
    }
  done = scheduler->events.write_report (workspace, report, run->due != TIDE_TIME_NONE ? run->due : run->started,
                                         cancellable, &run->rows, error, scheduler->events.data);
  run->cpu_us = tide_batch_thread_cpu_us () - cpu;
  return done;
}

static bool
carry_out (TideScheduler *scheduler, TideWorkspace *workspace, TideJobKind kind, const char *stream,
           Progress *progress, GCancellable *cancellable, TideRun *run, GError **error)
{
  TideRunContext context = { .progress = on_progress, .data = progress, .cancellable = cancellable,
                             .clock = &scheduler->clock, .used = on_used };
  TideAnalysis *analysis;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return false;
  if (kind == TIDE_JOB_REPORT)
    return write_report (scheduler, workspace, run->name, cancellable, run, error);
  if (kind == TIDE_JOB_ROLLUP)
    return tide_rollup_run (scheduler->store, scheduler->writer, workspace, stream, 0, &context, run, error);
  analysis = tide_workspace_get_analysis (workspace, run->name);
  if (analysis != NULL)
    return tide_analysis_run (scheduler->store, scheduler->writer, workspace, analysis, &context, run, error);
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "the workspace has no analysis '%s' any more", run->name);
  return false;
}

static bool
do_run (TideScheduler *scheduler, TideWorkspace *workspace, TideJobKind kind, const char *stream,
        GCancellable *cancellable, TideRun *run, GError **error)
{
  Progress progress = { .scheduler = scheduler, .name = run->name,
                        .stream = kind == TIDE_JOB_ROLLUP ? stream : NULL };
  bool done = carry_out (scheduler, workspace, kind, stream, &progress, cancellable, run, error);

  tell_used (&progress, NULL, run->cpu_us * 1000 - progress.used_ns);
  return done;
}

static TideRunStatus
status_of (const GError *error)
{
  if (error == NULL)
    return TIDE_RUN_SUCCEEDED;
  return g_error_matches (error, TIDE_ERROR, TIDE_ERROR_CANCELLED)
                 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
             ? TIDE_RUN_CANCELLED
             : TIDE_RUN_FAILED;
}

/* What a second try can't mend is not tried again. */
static bool
may_retry (const TideJobState *state, const GError *error)
{
  return !state->gone && status_of (error) == TIDE_RUN_FAILED && state->job.attempt <= (guint) MAX (state->retries, 0)
         && !g_error_matches (error, TIDE_ERROR, TIDE_ERROR_INVALID)
         && !g_error_matches (error, TIDE_ERROR, TIDE_ERROR_DENIED)
         && !g_error_matches (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
}

static TideDuration
backoff (guint attempt)
{
  return MIN (RETRY_FIRST << MIN (attempt - 1, 10), RETRY_MOST);
}

static void
end_run (TideScheduler *scheduler, const char *name, TideRun *run, GError *error)
{
  TideJobState *state;

  g_mutex_lock (&scheduler->lock);
  state = tide_scheduler_find_job (scheduler, name);
  scheduler->cpu_us += run->cpu_us;
  state->job.running = false;
  state->job.run = 0;
  state->job.progress = -1;
  state->job.last_status = run->status;
  state->job.last_ended = run->ended;
  g_free (state->job.last_error);
  state->job.last_error = g_strdup (run->error);
  state->job.retry_at = may_retry (state, error) ? run->ended + backoff (state->job.attempt) : TIDE_TIME_NONE;
  g_clear_error (&state->failed);
  state->failed = error;
  if (state->gone)
    g_ptr_array_remove (scheduler->jobs, state);
  g_cond_broadcast (&scheduler->ended);
  tide_scheduler_wake (scheduler);
  g_mutex_unlock (&scheduler->lock);
  notify (scheduler, name);
}

void
tide_scheduler_work (void *item, void *data)
{
  TideScheduler *scheduler = data;
  g_autofree char *name = item, *stream = NULL;
  g_autoptr (TideWorkspace) workspace = NULL;
  g_autoptr (GCancellable) cancellable = NULL;
  g_autoptr (TideRun) run = g_new0 (TideRun, 1);
  GError *error = NULL;
  TideJobState *state; /* stays while it runs */
  TideJobKind kind;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  g_mutex_lock (&scheduler->lock);
  state = tide_scheduler_find_job (scheduler, name);
  kind = state->job.kind;
  stream = g_strdup (state->stream);
  cancellable = g_object_ref (state->cancellable);
  workspace = tide_workspace_ref (scheduler->workspace);
  run->due = state->due;
  g_mutex_unlock (&scheduler->lock);

  run->name = g_strdup (name);
  run->started = tide_clock_now (&scheduler->clock);
  if (tide_run_start (scheduler->writer, name, run->due, run->started, &run->id, &error))
    {
      g_mutex_lock (&scheduler->lock);
      state->job.run = run->id;
      g_mutex_unlock (&scheduler->lock);
      notify (scheduler, name);
      do_run (scheduler, workspace, kind, stream, cancellable, run, &error);
      run->error = error != NULL ? g_strdup (error->message) : NULL;
      run->status = status_of (error);
      run->ended = tide_clock_now (&scheduler->clock);
      tide_run_finish (scheduler->writer, run, error == NULL ? &error : NULL);
    }
  run->status = status_of (error);
  run->ended = tide_clock_now (&scheduler->clock);
  if (run->error == NULL && error != NULL)
    run->error = g_strdup (error->message);
  end_run (scheduler, name, run, error);
}

void
tide_scheduler_begin_run (TideScheduler *scheduler, TideJobState *state, TideTime due, guint attempt)
{
  state->job.attempt = attempt;
  state->job.retry_at = TIDE_TIME_NONE;
  state->job.running = true;
  state->job.events = 0;
  state->job.progress = -1;
  state->job.started = tide_clock_now (&scheduler->clock);
  state->due = due;
  g_clear_object (&state->cancellable);
  state->cancellable = g_cancellable_new ();
  g_thread_pool_push (scheduler->workers, g_strdup (state->job.name), NULL);
}
