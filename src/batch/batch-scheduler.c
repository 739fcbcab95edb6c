/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When jobs run. One thread waits for the next due time (or a poke), two workers run. A job has one run at a time;
 * what comes due meanwhile is run after it. Missed runs, those of a time when the program was down or the computer
 * slept, are made up for as each analysis says: once, all or none. Waiting is on the wall clock, looked at again at
 * least every 30 s, so a suspend or a changed clock is noticed. */
#include "batch-private.h"

#include <string.h>
#include <time.h>

#define N_WORKERS 2
#define LOOK_AGAIN_US (30 * TIDE_SECOND)
#define RETRY_FIRST (30 * TIDE_SECOND)
#define RETRY_MOST (30 * TIDE_MINUTE)
#define MISSED_MOST 1000

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

static TideJobState *
find_job (TideScheduler *scheduler, const char *name)
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

static void
set_next (TideJobState *state, TideTime after)
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
      set_next (state, now);
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
      set_next (state, now);
      g_ptr_array_add (jobs, state);
    }
}

/* Jobs that are gone but run are kept until they end. */
static void
build_jobs (TideScheduler *scheduler)
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

static void
notify (TideScheduler *scheduler, const char *job)
{
  if (scheduler->events.changed != NULL)
    scheduler->events.changed (job, scheduler->events.data);
}

/* Runs */

typedef struct
{
  TideScheduler *scheduler;
  char *name;
} Progress;

static void
on_progress (double fraction, guint64 events, void *data)
{
  Progress *progress = data;
  TideJobState *state;

  g_mutex_lock (&progress->scheduler->lock);
  state = find_job (progress->scheduler, progress->name);
  if (state != NULL)
    {
      state->job.progress = fraction;
      state->job.events = events;
    }
  g_mutex_unlock (&progress->scheduler->lock);
  notify (progress->scheduler, progress->name);
}

static bool
do_run (TideScheduler *scheduler, TideWorkspace *workspace, const char *name, const char *stream,
        GCancellable *cancellable, TideRun *run, GError **error)
{
  Progress progress = { .scheduler = scheduler, .name = (char *) name };
  TideRunContext context = { .progress = on_progress, .data = &progress, .cancellable = cancellable,
                             .clock = &scheduler->clock };
  TideAnalysis *analysis;

  if (stream != NULL)
    return tide_rollup_run (scheduler->store, scheduler->writer, workspace, stream, 0, &context, run, error);
  analysis = tide_workspace_get_analysis (workspace, name);
  if (analysis != NULL)
    return tide_analysis_run (scheduler->store, scheduler->writer, workspace, analysis, &context, run, error);
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "the workspace has no analysis '%s' any more", name);
  return false;
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
  return status_of (error) == TIDE_RUN_FAILED && state->job.attempt <= (guint) MAX (state->retries, 0)
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
  state = find_job (scheduler, name);
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
  g_cond_broadcast (&scheduler->wake);
  g_mutex_unlock (&scheduler->lock);
  notify (scheduler, name);
}

static void
run_job (void *item, void *data)
{
  TideScheduler *scheduler = data;
  g_autofree char *name = item, *stream = NULL;
  g_autoptr (TideWorkspace) workspace = NULL;
  g_autoptr (GCancellable) cancellable = NULL;
  g_autoptr (TideRun) run = g_new0 (TideRun, 1);
  GError *error = NULL;
  TideJobState *state;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  g_mutex_lock (&scheduler->lock);
  state = find_job (scheduler, name);
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
      do_run (scheduler, workspace, name, stream, cancellable, run, &error);
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

/* With the lock held. */
static void
begin_run (TideScheduler *scheduler, TideJobState *state, TideTime due)
{
  state->job.attempt = state->job.retry_at != TIDE_TIME_NONE ? state->job.attempt + 1 : 1;
  state->job.retry_at = TIDE_TIME_NONE;
  state->job.running = true;
  state->job.queued = false;
  state->job.events = 0;
  state->job.progress = -1;
  state->job.started = tide_clock_now (&scheduler->clock);
  state->due = due;
  g_clear_object (&state->cancellable);
  state->cancellable = g_cancellable_new ();
  g_thread_pool_push (scheduler->workers, g_strdup (state->job.name), NULL);
}

/* What is due */

static void
start_due (TideScheduler *scheduler, TideTime now)
{
  for (guint i = 0; i < scheduler->jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);
      TideTime due = state->job.next;
      bool is_due = due != TIDE_TIME_NONE && due <= now;

      if (is_due)
        {
          set_next (state, now);
          state->job.queued |= state->job.running;
        }
      if (state->job.running)
        continue;
      if (is_due || state->job.queued)
        begin_run (scheduler, state, is_due ? due : now);
      else if (state->job.retry_at != TIDE_TIME_NONE && state->job.retry_at <= now)
        begin_run (scheduler, state, state->due);
    }
}

static TideTime
next_due (TideScheduler *scheduler, TideTime now)
{
  TideTime next = now + LOOK_AGAIN_US;

  for (guint i = 0; i < scheduler->jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);

      if (state->job.next != TIDE_TIME_NONE)
        next = MIN (next, state->job.next);
      if (state->job.retry_at != TIDE_TIME_NONE && !state->job.running)
        next = MIN (next, state->job.retry_at);
    }
  return next;
}

/* A roll-up starts early once the speed part would have to read more than its budget. */
static bool
is_over_budget (TideScheduler *scheduler, TideReader *reader, const TideWorkspace *workspace, const char *stream)
{
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      g_auto (TideCut) cut = { 0 };
      uint64_t events;
      gint64 bytes;

      if (metric->numerator != NULL || strcmp (metric->stream->name, stream) != 0)
        continue;
      if (tide_store_get_cut (reader, metric, &cut, NULL)
          && tide_store_get_since (reader, stream, cut.exists ? cut.cut : 0, &events, &bytes, NULL)
          && bytes > workspace->rollup_bytes)
        return true;
    }
  return false;
}

static void
look_at_poked (TideScheduler *scheduler)
{
  g_autoptr (GPtrArray) streams = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TideWorkspace) workspace = NULL;
  g_autoptr (TideReader) reader = NULL;
  GHashTableIter iter;
  void *stream;

  g_mutex_lock (&scheduler->lock);
  workspace = tide_workspace_ref (scheduler->workspace);
  g_hash_table_iter_init (&iter, scheduler->poked);
  while (g_hash_table_iter_next (&iter, &stream, NULL))
    g_ptr_array_add (streams, g_strdup (stream));
  g_hash_table_remove_all (scheduler->poked);
  g_mutex_unlock (&scheduler->lock);
  if (streams->len == 0)
    return;
  reader = tide_store_acquire_reader (scheduler->store, NULL);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return;
  for (guint i = 0; i < streams->len; i++)
    if (is_over_budget (scheduler, reader, workspace, g_ptr_array_index (streams, i)))
      {
        g_autofree char *name = g_strconcat ("rollup:", (char *) g_ptr_array_index (streams, i), NULL);

        tide_scheduler_run (scheduler, name, NULL);
      }
  tide_reader_end (reader);
}

/* Missed runs, from the table of runs: those due since the last one that was recorded. */
static void
look_at_missed (TideScheduler *scheduler, TideReader *reader, const char *name, TideSchedule *schedule,
                TideMissed missed, TideTime now)
{
  g_autoptr (GPtrArray) runs = tide_store_get_runs (reader, name, TIDE_TIME_NONE, 1, NULL);
  const TideRun *last = runs != NULL && runs->len > 0 ? g_ptr_array_index (runs, 0) : NULL;
  TideTime due, latest = TIDE_TIME_NONE;
  guint n = 0;

  if (last == NULL)
    return;
  due = tide_schedule_next (schedule, MAX (last->started, last->due));
  while (due != TIDE_TIME_NONE && due <= now && n < MISSED_MOST)
    {
      if (missed == TIDE_MISSED_SKIP || (missed == TIDE_MISSED_ONCE && latest != TIDE_TIME_NONE))
        tide_run_record_missed (scheduler->writer, name, missed == TIDE_MISSED_SKIP ? due : latest, now, NULL);
      latest = due;
      n++;
      due = tide_schedule_next (schedule, due);
    }
  if (latest == TIDE_TIME_NONE || missed == TIDE_MISSED_SKIP)
    return;
  g_mutex_lock (&scheduler->lock);
  if (find_job (scheduler, name) != NULL)
    find_job (scheduler, name)->job.queued = true;
  g_mutex_unlock (&scheduler->lock);
}

static void
look_back (TideScheduler *scheduler)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (scheduler->store, NULL);
  TideTime now = tide_clock_now (&scheduler->clock);

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return;
  for (guint i = 0; i < scheduler->workspace->analyses->len; i++)
    {
      TideAnalysis *analysis = g_ptr_array_index (scheduler->workspace->analyses, i);

      if (analysis->enabled && analysis->schedule != NULL)
        look_at_missed (scheduler, reader, analysis->name, analysis->schedule, analysis->missed, now);
    }
  tide_reader_end (reader);
}

static void *
scheduler_main (void *data)
{
  TideScheduler *scheduler = data;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  look_back (scheduler);
  g_mutex_lock (&scheduler->lock);
  while (!scheduler->stopping)
    {
      TideTime now = tide_clock_now (&scheduler->clock), next;

      start_due (scheduler, now);
      next = next_due (scheduler, now);
      if (g_hash_table_size (scheduler->poked) > 0)
        {
          g_mutex_unlock (&scheduler->lock);
          look_at_poked (scheduler);
          g_mutex_lock (&scheduler->lock);
          continue;
        }
      if (!scheduler->stopping)
        g_cond_wait_until (&scheduler->wake, &scheduler->lock, g_get_monotonic_time () + MAX (next - now, TIDE_MS));
    }
  g_mutex_unlock (&scheduler->lock);
  return NULL;
}

/* Public */

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
  scheduler->workers = g_thread_pool_new (run_job, scheduler, N_WORKERS, FALSE, NULL);
  build_jobs (scheduler);
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
  g_cond_broadcast (&scheduler->wake);
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
  build_jobs (scheduler);
  g_cond_broadcast (&scheduler->wake);
  g_mutex_unlock (&scheduler->lock);
  tide_workspace_unref (old);
}

bool
tide_scheduler_run (TideScheduler *scheduler, const char *job, GError **error)
{
  TideJobState *state;
  bool begun = false;

  g_mutex_lock (&scheduler->lock);
  state = find_job (scheduler, job);
  if (state == NULL)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
                 "there is no job '%s': expected rollup:STREAM or the name of an analysis", job);
  else if (state->job.running)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_BUSY, "%s runs already", job);
  else if (scheduler->stopping)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "the workspace is being closed");
  else
    {
      state->job.retry_at = TIDE_TIME_NONE;
      begin_run (scheduler, state, TIDE_TIME_NONE);
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
  state = find_job (scheduler, job);
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
  while ((state = find_job (scheduler, job)) != NULL && state->job.running
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
      g_cond_broadcast (&scheduler->wake);
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
