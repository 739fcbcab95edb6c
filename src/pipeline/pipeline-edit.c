/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person changes while the pipeline runs: the workspace file, SQL of analyses, a source's question answered.
 * Thread: workers. */
#include "pipeline-private.h"

/* Under edit_lock. */
static bool
check_open (TidePipeline *self, GError **error)
{
  bool closing;

  g_mutex_lock (&self->lock);
  closing = self->closing;
  g_mutex_unlock (&self->lock);
  if (closing)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "the workspace is closed");
  return !closing;
}

/* What a person wrote into the file meanwhile must not be written over. */
static bool
check_file (TidePipeline *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->dir, TIDE_WORKSPACE_FILE, NULL), *there = NULL;
  g_autofree char *now = NULL, *known = NULL;
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  g_autoptr (TideConf) conf = NULL;
  gsize len;

  if (!g_file_get_contents (path, &there, &len, NULL))
    return true; /* gone: it is written anew */
  conf = tide_conf_parse (there, len);
  now = tide_conf_to_text (conf);
  known = tide_conf_to_text (workspace->conf);
  if (g_str_equal (now, known))
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_BUSY,
               "%s was changed outside of Tidemark since it was opened, and is left as it is; open the workspace again, "
               "then make this change", path);
  return false;
}

static gboolean
emit_changed (void *self)
{
  g_signal_emit_by_name (self, "changed");
  return G_SOURCE_REMOVE;
}

bool
tide_pipeline_apply (TidePipeline *self, const TideConf *conf, GError **error)
{
  g_autofree char *text = tide_conf_to_text (conf);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (self->dir, text, tide_pipeline_catalog (), problems);
  g_autoptr (TideWorkspace) old = NULL;
  g_autoptr (GRecMutexLocker) locker = g_rec_mutex_locker_new (&self->edit_lock);

  if (!check_open (self, error) || !check_file (self, error))
    return false;
  if (problems->len > 0)
    {
      TideProblem *first = g_ptr_array_index (problems, 0);

      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s:%d: %s", first->file, first->line, first->message);
      return false;
    }
  if (!tide_workspace_save (self->dir, conf, error))
    return false;
  g_mutex_lock (&self->lock);
  old = self->workspace;
  self->workspace = tide_workspace_ref (workspace);
  g_mutex_unlock (&self->lock);
  tide_serving_set_workspace (self->serving, workspace);
  if (self->live != NULL)
    tide_pipeline_change_live (self, old, workspace);
  if (self->scheduler != NULL)
    tide_scheduler_set_workspace (self->scheduler, workspace);
  if (self->watch != NULL)
    tide_watch_set_workspace (self->watch, workspace);
  if (self->mode == TIDE_PIPELINE_RUN)
    tide_pipeline_update_sources (self, old);
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, emit_changed, g_object_ref (self), g_object_unref);
  return true;
}

static void *
apply_work (TidePipeline *self, void *data, GCancellable *cancellable, GError **error)
{
  return tide_pipeline_apply (self, data, error) ? self : NULL;
}

void
tide_pipeline_apply_async (TidePipeline *self, const TideConf *conf, GCancellable *cancellable,
                           GAsyncReadyCallback callback, void *data)
{
  tide_pipeline_run_async (self, apply_work, tide_conf_copy (conf), (GDestroyNotify) tide_conf_free, NULL,
                           cancellable, callback, data);
}

bool
tide_pipeline_apply_finish (TidePipeline *self, GAsyncResult *result, GError **error)
{
  return tide_pipeline_run_finish (self, result, error) != NULL;
}

bool
tide_pipeline_save_sql (TidePipeline *self, const char *file, const char *text, GError **error)
{
  g_autofree char *relative = g_build_filename ("analyses", file, NULL);
  g_autofree char *path = tide_workspace_resolve (self->dir, relative, error);
  g_autofree char *folder = NULL;

  tide_assert_not_main_thread ();
  if (path == NULL)
    return false;
  folder = g_path_get_dirname (path);
  g_mkdir_with_parents (folder, 0777);
  return g_file_set_contents (path, text, -1, error);
}

/**
 * tide_pipeline_accept:
 *
 * What a source asks is the same every time: may it begin anew, since what it read is not there any more?
 */
bool
tide_pipeline_accept (TidePipeline *self, const char *source, GCancellable *cancellable, GError **error)
{
  const char *names[] = { source, NULL };
  g_autoptr (TideWorkspace) workspace = NULL;
  g_autofree char *message = NULL, *reason = NULL;
  g_autoptr (GRecMutexLocker) locker = NULL;
  bool done;

  tide_assert_not_main_thread ();
  if (self->mode == TIDE_PIPELINE_READ)
    return tide_control_ask (self->dir, "accept", names, NULL, cancellable, error);
  locker = g_rec_mutex_locker_new (&self->edit_lock);
  if (!check_open (self, error) || !tide_pipeline_end_asking (self, source, &message, error))
    return false;
  reason = g_strdup_printf ("Begun anew, as was agreed to. %s", message != NULL ? message : "");
  /* What the source delivered before it asked is committed first, or it would set the position back. */
  done = tide_writer_flush (self->writer, error)
         && tide_store_restart_source (self->writer, source, reason, tide_clock_now (&self->clock), error);
  workspace = tide_pipeline_get_workspace (self);
  tide_pipeline_update_sources (self, workspace);
  return done;
}
