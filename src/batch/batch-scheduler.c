/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When jobs run. One thread waits for the next due time (or a poke), two workers run. A job has one run at a time;
 * what comes due meanwhile is run after it. Missed runs, those of a time when the program was down or the computer
 * slept, are made up for as each analysis says: once, all or none. Waiting is on the wall clock, looked at again at
 * least every 30 s, so a suspend or a changed clock is noticed. */
#include "batch-private.h"

#include <string.h>

#define N_WORKERS 2

TideDuration
tide_scheduler_look (TideScheduler *scheduler)
{
  TideTime now = tide_clock_now (&scheduler->clock), next;

  tide_scheduler_look_back (scheduler, now);
  tide_scheduler_look_at_poked (scheduler);
  g_mutex_lock (&scheduler->lock);
  tide_scheduler_notice_clock (scheduler, now);
  tide_scheduler_start_due (scheduler, now);
  next = tide_scheduler_next_due (scheduler, now);
  if (g_hash_table_size (scheduler->poked) > 0)
    next = MIN (next, now + TIDE_POKED_EVERY);
  g_mutex_unlock (&scheduler->lock);
  tide_scheduler_record_left_out (scheduler, now);
  return MAX (next - now, TIDE_MS);
}

void
tide_scheduler_wake (TideScheduler *scheduler)
{
  scheduler->woken = true;
  g_cond_broadcast (&scheduler->wake);
}

static void *
scheduler_main (void *data)
{
  TideScheduler *scheduler = data;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  g_mutex_lock (&scheduler->lock);
  while (!scheduler->stopping)
    {
      int64_t until;

      scheduler->woken = false;
      g_mutex_unlock (&scheduler->lock);
      until = g_get_monotonic_time () + tide_scheduler_look (scheduler);
      g_mutex_lock (&scheduler->lock);
      while (!scheduler->woken && !scheduler->stopping
             && g_cond_wait_until (&scheduler->wake, &scheduler->lock, until))
        continue;
    }
  g_mutex_unlock (&scheduler->lock);
  return NULL;
}

TideScheduler *
tide_scheduler_new (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const TideClock *clock,
                    const TideSchedulerEvents *events)
{
  TideScheduler *scheduler = g_new0 (TideScheduler, 1);

  scheduler->store = tide_store_ref (store);
  scheduler->writer = writer;
  scheduler->clock = clock != NULL ? *clock : tide_clock_system;
  if (events != NULL)
    scheduler->events = *events;
  scheduler->workspace = tide_workspace_ref ((TideWorkspace *) workspace);
  scheduler->poked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_mutex_init (&scheduler->lock);
  g_cond_init (&scheduler->wake);
  g_cond_init (&scheduler->ended);
  scheduler->workers = g_thread_pool_new (tide_scheduler_work, scheduler, N_WORKERS, FALSE, NULL);
  scheduler->left_out = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_left_out_free);
  scheduler->looked = TIDE_TIME_NONE;
  scheduler->poked_mono_us = INT64_MIN / 2;
  tide_scheduler_build_jobs (scheduler, NULL);
  return scheduler;
}

void
tide_scheduler_start (TideScheduler *scheduler)
{
  scheduler->thread = g_thread_new ("scheduler", scheduler_main, scheduler);
}

void
tide_scheduler_stop (TideScheduler *scheduler)
{
  g_mutex_lock (&scheduler->lock);
  scheduler->stopping = true;
  for (guint i = 0; i < scheduler->jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);

      if (state->job.running)
        g_cancellable_cancel (state->cancellable);
    }
  tide_scheduler_wake (scheduler);
  g_mutex_unlock (&scheduler->lock);
  g_clear_pointer (&scheduler->thread, g_thread_join);
  if (scheduler->workers != NULL)
    g_thread_pool_free (g_steal_pointer (&scheduler->workers), FALSE, TRUE);
}

void
tide_scheduler_free (TideScheduler *scheduler)
{
  if (scheduler == NULL)
    return;
  tide_scheduler_stop (scheduler);
  g_ptr_array_unref (scheduler->jobs);
  g_ptr_array_unref (scheduler->left_out);
  g_hash_table_unref (scheduler->poked);
  tide_workspace_unref (scheduler->workspace);
  tide_store_unref (scheduler->store);
  g_cond_clear (&scheduler->wake);
  g_cond_clear (&scheduler->ended);
  g_mutex_clear (&scheduler->lock);
  g_free (scheduler);
}

void
tide_scheduler_set_workspace (TideScheduler *scheduler, const TideWorkspace *workspace)
{
  TideWorkspace *old;

  g_mutex_lock (&scheduler->lock);
  old = scheduler->workspace;
  scheduler->workspace = tide_workspace_ref ((TideWorkspace *) workspace);
  tide_scheduler_build_jobs (scheduler, old);
  tide_scheduler_wake (scheduler);
  g_mutex_unlock (&scheduler->lock);
  tide_workspace_unref (old);
}

bool
tide_scheduler_run (TideScheduler *scheduler, const char *job, GError **error)
{
  TideJobState *state;
  bool begun = false;

  g_mutex_lock (&scheduler->lock);
  state = tide_scheduler_find_job (scheduler, job);
  if (state == NULL || state->gone)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
                 "there is no job '%s': expected rollup:STREAM, the name of an analysis, or report:NAME", job);
  else if (state->job.running)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_BUSY, "%s runs already", job);
  else if (scheduler->stopping)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "the workspace is being closed");
  else
    {
      tide_scheduler_begin_run (scheduler, state, TIDE_TIME_NONE, 1);
      begun = true;
    }
  g_mutex_unlock (&scheduler->lock);
  return begun;
}

bool
tide_scheduler_cancel (TideScheduler *scheduler, const char *job)
{
  TideJobState *state;
  bool running;

  g_mutex_lock (&scheduler->lock);
  state = tide_scheduler_find_job (scheduler, job);
  running = state != NULL && state->job.running;
  if (running)
    g_cancellable_cancel (state->cancellable);
  g_mutex_unlock (&scheduler->lock);
  return running;
}

static void
on_waiter_cancelled (GCancellable *cancellable, void *data)
{
  TideScheduler *scheduler = data;

  g_mutex_lock (&scheduler->lock);
  g_cond_broadcast (&scheduler->ended);
  g_mutex_unlock (&scheduler->lock);
}

bool
tide_scheduler_wait (TideScheduler *scheduler, const char *job, GCancellable *cancellable, GError **error)
{
  gulong id = cancellable != NULL ? g_cancellable_connect (cancellable, G_CALLBACK (on_waiter_cancelled), scheduler, NULL)
                                  : 0;
  TideJobState *state;
  bool done = true;

  g_mutex_lock (&scheduler->lock);
  while ((state = tide_scheduler_find_job (scheduler, job)) != NULL && state->job.running
         && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&scheduler->ended, &scheduler->lock);
  if (state != NULL && state->job.running)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "cancelled while waiting for %s", job);
      done = false;
    }
  else if (state != NULL && state->failed != NULL)
    {
      g_propagate_error (error, g_error_copy (state->failed));
      done = false;
    }
  g_mutex_unlock (&scheduler->lock);
  if (id != 0)
    g_cancellable_disconnect (cancellable, id);
  return done;
}

GPtrArray *
tide_scheduler_get_jobs (TideScheduler *scheduler)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_job_free);

  g_mutex_lock (&scheduler->lock);
  for (guint i = 0; i < scheduler->jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);

      if (!state->gone)
        g_ptr_array_add (jobs, tide_job_copy (&state->job));
    }
  g_mutex_unlock (&scheduler->lock);
  return jobs;
}

void
tide_scheduler_poke (TideScheduler *scheduler, const char *stream)
{
  g_mutex_lock (&scheduler->lock);
  if (!g_hash_table_contains (scheduler->poked, stream))
    {
      g_hash_table_add (scheduler->poked, g_strdup (stream));
      tide_scheduler_wake (scheduler);
    }
  g_mutex_unlock (&scheduler->lock);
}

int64_t
tide_scheduler_get_cpu_us (TideScheduler *scheduler)
{
  int64_t cpu;

  g_mutex_lock (&scheduler->lock);
  cpu = scheduler->cpu_us;
  g_mutex_unlock (&scheduler->lock);
  return cpu;
}
