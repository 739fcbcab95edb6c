/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each file has a monitor and is read whole when it changed; a tool that writes it anew is waited for, since half a file is
 * no JSON. A path of the workspace stays inside its folder, through links as well; an absolute one was agreed to when the
 * workspace was opened. Limit: on a file system that tells of no changes it is read when the workspace is opened. */
#include "app-checks-watch.h"

#define RATE_MS 500

typedef struct
{
  TideChecksShown shown;
  char *absolute; /* what is watched; NULL: the path leaves the workspace */
  GFileMonitor *monitor;
  bool is_asking, is_stale;
} Watched;

struct _TideChecksWatch
{
  GObject parent_instance;

  TidePipeline *pipeline;
  GCancellable *cancellable;
  GPtrArray *files; /* Watched* */
};

G_DEFINE_FINAL_TYPE (TideChecksWatch, tide_checks_watch, G_TYPE_OBJECT)

static guint changed;

static void ask (TideChecksWatch *self, Watched *file);

static void
watched_free (void *data)
{
  Watched *file = data;

  if (file->monitor != NULL)
    g_file_monitor_cancel (file->monitor);
  g_clear_object (&file->monitor);
  g_free (file->shown.name);
  g_free (file->shown.title);
  g_free (file->shown.path);
  tide_checks_free (file->shown.checks);
  g_free (file->shown.problem);
  g_free (file->absolute);
  g_free (file);
}

/* --- on the worker --- */

typedef struct
{
  char *name, *path;     /* asked */
  char *absolute;        /* answered */
  TideChecks *checks;
  char *problem;
} Reading;

static void
reading_free (void *data)
{
  Reading *reading = data;

  g_free (reading->name);
  g_free (reading->path);
  g_free (reading->absolute);
  tide_checks_free (reading->checks);
  g_free (reading->problem);
  g_free (reading);
}

/* Thread: worker. */
static void *
read_file (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Reading *asked = data;
  Reading *reading = g_new0 (Reading, 1);
  g_autoptr (GError) problem = NULL;

  reading->name = g_strdup (asked->name);
  reading->path = g_strdup (asked->path);
  reading->absolute = g_path_is_absolute (asked->path) ? g_strdup (asked->path)
                                                       : tide_workspace_resolve (tide_pipeline_get_dir (pipeline), asked->path, &problem);
  if (reading->absolute != NULL)
    reading->checks = tide_checks_load (reading->absolute, &problem);
  if (problem != NULL)
    reading->problem = g_strdup (problem->message);
  return reading;
}

/* --- on the main thread --- */

static Watched *
find (TideChecksWatch *self, const char *name, const char *path)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      Watched *file = g_ptr_array_index (self->files, i);

      if (g_str_equal (file->shown.name, name) && g_str_equal (file->shown.path, path))
        return file;
    }
  return NULL;
}

static void
on_file_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, TideChecksWatch *self)
{
  if (event == G_FILE_MONITOR_EVENT_CHANGED || event == G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED)
    return; /* being written: the end of it is told as well */
  for (guint i = 0; i < self->files->len; i++)
    if (((Watched *) g_ptr_array_index (self->files, i))->monitor == monitor)
      ask (self, g_ptr_array_index (self->files, i));
}

static void
watch (TideChecksWatch *self, Watched *file)
{
  g_autoptr (GFile) place = g_file_new_for_path (file->absolute);

  file->monitor = g_file_monitor_file (place, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (file->monitor == NULL)
    return;
  g_file_monitor_set_rate_limit (file->monitor, RATE_MS);
  g_signal_connect_object (file->monitor, "changed", G_CALLBACK (on_file_changed), self, 0);
}

static void
on_read (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideChecksWatch) self = data;
  GCancellable *asked = g_task_get_cancellable (G_TASK (result));
  Reading *reading = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, NULL);
  Watched *file = reading != NULL && asked == self->cancellable ? find (self, reading->name, reading->path) : NULL;

  if (file != NULL)
    {
      file->is_asking = false;
      tide_checks_free (file->shown.checks);
      g_free (file->shown.problem);
      file->shown.checks = g_steal_pointer (&reading->checks);
      file->shown.problem = g_steal_pointer (&reading->problem);
      if (file->absolute == NULL && reading->absolute != NULL)
        {
          file->absolute = g_steal_pointer (&reading->absolute);
          watch (self, file);
        }
      if (file->is_stale)
        ask (self, file);
      g_signal_emit (self, changed, 0);
    }
  g_clear_pointer (&reading, reading_free);
}

static void
ask (TideChecksWatch *self, Watched *file)
{
  Reading *reading;

  file->is_stale = file->is_asking;
  if (file->is_asking || self->pipeline == NULL)
    return;
  file->is_asking = true;
  reading = g_new0 (Reading, 1);
  reading->name = g_strdup (file->shown.name);
  reading->path = g_strdup (file->shown.path);
  tide_pipeline_run_async (self->pipeline, read_file, reading, reading_free, reading_free, self->cancellable, on_read, g_object_ref (self));
}

void
tide_checks_watch_set_pipeline (TideChecksWatch *self, TidePipeline *pipeline)
{
  g_autoptr (TideWorkspace) workspace = pipeline != NULL ? tide_pipeline_get_workspace (pipeline) : NULL;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_set_object (&self->pipeline, pipeline);
  g_ptr_array_set_size (self->files, 0);
  for (guint i = 0; workspace != NULL && i < workspace->checks->len; i++)
    {
      const TideChecksFile *definition = g_ptr_array_index (workspace->checks, i);
      Watched *file = g_new0 (Watched, 1);

      file->shown.name = g_strdup (definition->name);
      file->shown.title = g_strdup (definition->title);
      file->shown.path = g_strdup (definition->path);
      g_ptr_array_add (self->files, file);
      ask (self, file);
    }
  g_signal_emit (self, changed, 0);
}

GPtrArray *
tide_checks_watch_get (TideChecksWatch *self)
{
  return self->files; /* each begins with what is shown */
}

/* --- the object --- */

static void
tide_checks_watch_dispose (GObject *object)
{
  TideChecksWatch *self = TIDE_CHECKS_WATCH (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  G_OBJECT_CLASS (tide_checks_watch_parent_class)->dispose (object);
}

static void
tide_checks_watch_class_init (TideChecksWatchClass *class)
{
  G_OBJECT_CLASS (class)->dispose = tide_checks_watch_dispose;
  changed = g_signal_new ("changed", TIDE_TYPE_CHECKS_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tide_checks_watch_init (TideChecksWatch *self)
{
  self->cancellable = g_cancellable_new ();
  self->files = g_ptr_array_new_with_free_func (watched_free);
}

TideChecksWatch *
tide_checks_watch_new (void)
{
  return g_object_new (TIDE_TYPE_CHECKS_WATCH, NULL);
}
