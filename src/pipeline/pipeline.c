/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wiring. A pipeline opens the store, starts what its mode asks for, in the order in which data travels, and
 * joins every thread in the reverse order when it is closed. Whatever blocks runs on its workers; the main thread
 * takes snapshots and gets answers through GTask. */
#include "pipeline-private.h"

#include <string.h>

#define N_WORKERS 4

G_DEFINE_FINAL_TYPE (TidePipeline, tide_pipeline, G_TYPE_OBJECT)

const TideCatalog *
tide_pipeline_catalog (void)
{
  static TideCatalog catalog;
  static gsize once;

  if (g_once_init_enter (&once))
    {
      catalog = (TideCatalog){ .sources = tide_source_specs (), .aggregates = tide_aggregate_specs (),
                               .conditions = tide_condition_specs (),
                               .platforms = tide_price_book_platform_names () };
      g_once_init_leave (&once, 1);
    }
  return &catalog;
}

static void
tide_pipeline_finalize (GObject *object)
{
  TidePipeline *self = TIDE_PIPELINE (object);

  tide_pipeline_close (self);
  g_clear_pointer (&self->watch, tide_watch_free);
  g_free (self->commands_file);
  g_clear_pointer (&self->scheduler, tide_scheduler_free);
  g_clear_pointer (&self->serving, tide_serving_free);
  g_clear_pointer (&self->live, tide_live_free);
  g_clear_pointer (&self->latency, tide_latency_free);
  g_clear_pointer (&self->meter, tide_meter_free);
  g_clear_pointer (&self->freshness, tide_fresh_meter_free);
  g_clear_pointer (&self->metered, g_hash_table_unref);
  g_clear_pointer (&self->threads, g_hash_table_unref);
  g_clear_pointer (&self->refreshes, g_hash_table_unref);
  g_clear_object (&self->ending);
  g_rw_lock_clear (&self->gate);
  g_clear_pointer (&self->writer, tide_writer_free);
  g_clear_pointer (&self->store, tide_store_unref);
  g_clear_pointer (&self->workspace, tide_workspace_unref);
  g_clear_pointer (&self->status, tide_status_unref);
  g_clear_pointer (&self->sources, g_ptr_array_unref);
  g_clear_pointer (&self->failed, g_hash_table_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->control_path);
  g_free (self->trouble);
  g_free (self->dir);
  g_cond_clear (&self->wake);
  g_mutex_clear (&self->lock);
  g_rec_mutex_clear (&self->edit_lock);
  g_mutex_clear (&self->quarantine_lock);
  g_mutex_clear (&self->volumes_lock);
  g_mutex_clear (&self->profile_lock);
  g_hash_table_unref (self->volumes);
  g_hash_table_unref (self->drift_seen);
  G_OBJECT_CLASS (tide_pipeline_parent_class)->finalize (object);
}

static void
tide_pipeline_class_init (TidePipelineClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_pipeline_finalize;
  g_signal_new ("changed", TIDE_TYPE_PIPELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("notice", TIDE_TYPE_PIPELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_POINTER);
}

static void
tide_pipeline_init (TidePipeline *self)
{
  g_mutex_init (&self->lock);
  g_rec_mutex_init (&self->edit_lock);
  g_mutex_init (&self->quarantine_lock);
  g_mutex_init (&self->volumes_lock);
  g_mutex_init (&self->profile_lock);
  self->drift_seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->volumes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  g_cond_init (&self->wake);
  self->sources = g_ptr_array_new ();
  self->failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->metered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->threads = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->refreshes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->ending = g_cancellable_new ();
  g_rw_lock_init (&self->gate);
  self->context = g_main_context_ref_thread_default ();
  self->workers = g_thread_pool_new (tide_pipeline_work, self, N_WORKERS, FALSE, NULL);
  tide_pipeline_host_init (self);
}

/* Between asking a person and opening, the file may have become another. @agreed: NULL: nobody was asked. */
static bool
is_as_agreed (const TideWorkspace *workspace, GPtrArray *agreed, GError **error)
{
  g_autoptr (GPtrArray) reach = agreed != NULL ? tide_pipeline_get_reach (workspace) : NULL;
  bool same = agreed == NULL || reach->len == agreed->len;

  for (guint i = 0; agreed != NULL && same && i < agreed->len; i++)
    same = strcmp (g_ptr_array_index (reach, i), g_ptr_array_index (agreed, i)) == 0;
  if (!same)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED,
                 "the workspace %s changed meanwhile, and reaches something else than was agreed to; open it again",
                 workspace->dir);
  return same;
}

static bool
open_store (TidePipeline *self, GPtrArray *agreed, GError **error)
{
  bool writes = self->mode != TIDE_PIPELINE_READ;
  TideWriterEvents events = tide_pipeline_writer_events;
  TideSchedulerEvents jobs = { .write_report = tide_pipeline_write_report, .used = tide_pipeline_job_used,
                               .data = self };

  self->workspace = tide_workspace_load (self->dir, tide_pipeline_catalog (), NULL, error);
  if (self->workspace == NULL || !is_as_agreed (self->workspace, agreed, error))
    return false;
  self->store = tide_store_open (self->dir, writes ? TIDE_STORE_WRITE : TIDE_STORE_READ, error);
  if (self->store == NULL)
    return false;
  self->serving = tide_serving_new (self->store, self->workspace, &self->clock);
  self->latency = tide_latency_new (&self->clock);
  self->meter = tide_meter_new (&self->clock);
  self->freshness = tide_fresh_meter_new (&self->clock);
  if (!writes)
    return true;
  events.data = self;
  self->writer = tide_writer_new (self->store, &events, error);
  if (self->writer == NULL)
    return false;
  self->scheduler = tide_scheduler_new (self->store, self->writer, self->workspace, &self->clock, &jobs);
  return true;
}

static void
start (TidePipeline *self)
{
  TideLiveMeter meter = { tide_pipeline_live_used, self };

  self->live = tide_live_new (self->workspace, &self->clock);
  tide_pipeline_restore_live (self);
  tide_pipeline_load_drift (self);
  tide_pipeline_begin_tiers (self);
  tide_live_set_meter (self->live, &meter);
  self->ticker = g_thread_new ("ticker", tide_pipeline_tick, self);
  tide_pipeline_start_watch (self);
  tide_pipeline_update_sources (self, NULL);
  tide_scheduler_start (self->scheduler);
}

/**
 * tide_pipeline_open_agreed:
 * @agreed: (nullable): what tide_pipeline_get_reach() gave when a person was asked; %NULL: whatever the file says
 *
 * Errors: DENIED when the workspace reaches something else by now; those of tide_workspace_load(), tide_store_open() and
 * tide_writer_new(). Mistakes in the workspace file
 * do not keep it from opening: what is sound runs.
 * Thread: not main; the calling thread's main context gets "changed".
 */
TidePipeline *
tide_pipeline_open_agreed (const char *dir, TidePipelineMode mode, const TideClock *clock, GPtrArray *agreed,
                           GError **error)
{
  g_autoptr (TidePipeline) self = g_object_new (TIDE_TYPE_PIPELINE, NULL);

  tide_assert_not_main_thread ();
  self->dir = g_canonicalize_filename (dir, NULL);
  self->mode = mode;
  self->clock = clock != NULL ? *clock : tide_clock_system;
  if (!open_store (self, agreed, error))
    return NULL;
  if (mode != TIDE_PIPELINE_READ && !tide_control_serve (self, error))
    return NULL;
  if (mode == TIDE_PIPELINE_RUN)
    start (self);
  return g_steal_pointer (&self);
}

TidePipeline *
tide_pipeline_open (const char *dir, TidePipelineMode mode, const TideClock *clock, GError **error)
{
  return tide_pipeline_open_agreed (dir, mode, clock, NULL, error);
}

typedef struct
{
  char *dir;
  TidePipelineMode mode;
  GPtrArray *agreed;
  GMainContext *context;
} OpenArgs;

static void
open_args_free (void *data)
{
  OpenArgs *args = data;

  g_main_context_unref (args->context);
  g_clear_pointer (&args->agreed, g_ptr_array_unref);
  g_free (args->dir);
  g_free (args);
}

static void
open_in_thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  OpenArgs *args = data;
  GError *error = NULL;
  TidePipeline *self;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  self = tide_pipeline_open_agreed (args->dir, args->mode, NULL, args->agreed, &error);
  if (self == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_main_context_unref (self->context);
  self->context = g_main_context_ref (args->context);
  g_task_return_pointer (task, self, g_object_unref);
}

void
tide_pipeline_open_async (const char *dir, TidePipelineMode mode, GPtrArray *agreed, GCancellable *cancellable,
                          GAsyncReadyCallback callback, void *data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  OpenArgs *args = g_new0 (OpenArgs, 1);

  args->dir = g_strdup (dir);
  args->mode = mode;
  args->agreed = agreed != NULL ? g_ptr_array_ref (agreed) : NULL;
  args->context = g_main_context_ref_thread_default ();
  g_task_set_task_data (task, args, open_args_free);
  g_task_run_in_thread (task, open_in_thread);
}

TidePipeline *
tide_pipeline_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * tide_pipeline_close:
 *
 * Thread: not main. Idempotent.
 */
void
tide_pipeline_close (TidePipeline *self)
{
  bool was_closed;

  g_mutex_lock (&self->lock);
  was_closed = self->closed;
  self->closed = self->closing = true;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
  if (was_closed)
    return;
  /* An edit under way ends; the next one is refused. */
  g_rec_mutex_lock (&self->edit_lock);
  g_rec_mutex_unlock (&self->edit_lock);
  g_cancellable_cancel (self->ending);
  tide_control_stop (self);
  if (self->scheduler != NULL)
    tide_scheduler_stop (self->scheduler);
  tide_pipeline_stop_sources (self);
  if (self->watch != NULL)
    {
      tide_writer_flush (self->writer, NULL);
      tide_watch_flush (self->watch);
      tide_watch_stop (self->watch);
    }
  g_clear_pointer (&self->ticker, g_thread_join);
  if (self->mode == TIDE_PIPELINE_RUN && self->live != NULL)
    tide_pipeline_save_meters (self, true, NULL);
  if (self->writer != NULL)
    tide_writer_stop (self->writer);
  g_thread_pool_free (g_steal_pointer (&self->workers), FALSE, TRUE);
}

static void
close_in_thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  tide_thread_set_role (TIDE_THREAD_WORKER);
  tide_pipeline_close (source);
  g_task_return_boolean (task, TRUE);
}

void
tide_pipeline_close_async (TidePipeline *self, GAsyncReadyCallback callback, void *data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_run_in_thread (task, close_in_thread);
}

void
tide_pipeline_close_finish (TidePipeline *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

/* What it is made of */

const char *
tide_pipeline_get_dir (TidePipeline *self)
{
  return self->dir;
}

TideWorkspace *
tide_pipeline_get_workspace (TidePipeline *self)
{
  TideWorkspace *workspace;

  g_mutex_lock (&self->lock);
  workspace = tide_workspace_ref (self->workspace);
  g_mutex_unlock (&self->lock);
  return workspace;
}

TideStore *
tide_pipeline_get_store (TidePipeline *self)
{
  return self->store;
}

TideWriter *
tide_pipeline_get_writer (TidePipeline *self)
{
  return self->writer;
}

TideServing *
tide_pipeline_get_serving (TidePipeline *self)
{
  return self->serving;
}

TideScheduler *
tide_pipeline_get_scheduler (TidePipeline *self)
{
  return self->scheduler;
}

TideLatency *
tide_pipeline_get_latency (TidePipeline *self)
{
  return self->latency;
}

TideFreshMeter *
tide_pipeline_get_fresh_meter (TidePipeline *self)
{
  return self->freshness;
}

TideLiveSnapshot *
tide_pipeline_get_live (TidePipeline *self)
{
  return self->live != NULL ? tide_live_get_snapshot (self->live) : NULL;
}

TideStatus *
tide_pipeline_get_status (TidePipeline *self)
{
  TideStatus *status;

  g_mutex_lock (&self->lock);
  status = self->status != NULL ? tide_status_ref (self->status) : NULL;
  g_mutex_unlock (&self->lock);
  return status;
}

void
tide_pipeline_drawn (TidePipeline *self, TideLiveSnapshot *snapshot)
{
  int64_t now = tide_clock_monotonic (&self->clock);
  TideTime wall = tide_clock_now (&self->clock);

  for (guint i = 0; i < snapshot->n_streams; i++)
    {
      const TideLiveStream *stream = &snapshot->streams[i];

      if (stream->events_per_s <= 0 || stream->newest == TIDE_TIME_NONE)
        continue;
      tide_latency_add (self->latency, stream->stream->name, TIDE_STAGE_DRAW, now - snapshot->mono_us, 1);
      tide_latency_add (self->latency, stream->stream->name, TIDE_STAGE_TOTAL, wall - stream->newest, 1);
    }
}

/* Batch */

static bool
run_jobs (TidePipeline *self, const char *const *names, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) jobs = tide_scheduler_get_jobs (self->scheduler);

  for (guint i = 0; names == NULL && i < jobs->len; i++)
    {
      TideJob *job = g_ptr_array_index (jobs, i);
      const char *one[] = { job->name, NULL };

      if (job->enabled && !run_jobs (self, one, cancellable, error))
        return false;
    }
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (GError) failed = NULL;

      if (strcmp (names[i], TIDE_JOB_RETENTION) == 0)
        {
          if (!tide_pipeline_retain (self, error))
            return false;
          continue;
        }
      if (!tide_scheduler_run (self->scheduler, names[i], &failed)
          && !g_error_matches (failed, TIDE_ERROR, TIDE_ERROR_BUSY))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return false;
        }
      if (!tide_scheduler_wait (self->scheduler, names[i], cancellable, error))
        return false;
    }
  return true;
}

/**
 * tide_pipeline_batch:
 *
 * Thread: a worker, or the CLI's; waits for the runs.
 */
bool
tide_pipeline_batch (TidePipeline *self, const char *const *names, GCancellable *cancellable, GError **error)
{
  tide_assert_not_main_thread ();
  if (self->scheduler == NULL)
    return tide_control_ask (self->dir, "batch", names, NULL, cancellable, error);
  return run_jobs (self, names, cancellable, error)
         && (names != NULL
             || (tide_pipeline_profile (self, cancellable, error) && tide_pipeline_measure (self, cancellable, error)));
}
