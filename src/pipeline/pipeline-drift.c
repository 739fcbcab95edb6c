/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema drift across restarts: sources tell what they saw since they started, the store since when that was so. What is
 * not seen for a week is forgotten. And how it is taken into the workspace file. */
#include "pipeline-private.h"

#include <string.h>

#define KEPT (7 * TIDE_DAY)

static char *
key_of (const char *stream, const char *kind, const char *path)
{
  return g_strjoin ("\n", stream, kind, path, NULL);
}

/* Locked by the caller: the pipeline's lock. */
static void
remember (TidePipeline *self, const char *stream, const char *kind, const char *path, TideTime first_seen)
{
  g_autofree char *key = key_of (stream, kind, path);
  const TideTime *known = g_hash_table_lookup (self->drift_seen, key);

  if (known == NULL || first_seen < *known)
    g_hash_table_replace (self->drift_seen, g_steal_pointer (&key), g_memdup2 (&first_seen, sizeof first_seen));
}

/**
 * tide_pipeline_load_drift:
 *
 * What can't be read is left out: it is only since when. Thread: that which opens the pipeline.
 */
void
tide_pipeline_load_drift (TidePipeline *self)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->store, NULL);
  g_autoptr (GPtrArray) list = NULL;

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return;
  list = tide_store_get_drift (reader, NULL);
  tide_reader_end (reader);
  g_mutex_lock (&self->lock);
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const TideDriftSeen *seen = g_ptr_array_index (list, i);

      remember (self, seen->stream, seen->kind, seen->path, seen->first_seen);
    }
  g_mutex_unlock (&self->lock);
}

/* Locked by the caller: the pipeline's lock. */
void
tide_pipeline_date_drift (TidePipeline *self, const char *stream, GPtrArray *drift)
{
  for (guint i = 0; drift != NULL && i < drift->len; i++)
    {
      TideDrift *one = g_ptr_array_index (drift, i);
      g_autofree char *key = key_of (stream, tide_drift_kind_to_string (one->kind), one->path);
      const TideTime *known = g_hash_table_lookup (self->drift_seen, key);

      if (known != NULL && *known < one->first_seen)
        one->first_seen = *known;
    }
}

/**
 * tide_pipeline_save_drift:
 *
 * Thread: a worker.
 */
bool
tide_pipeline_save_drift (TidePipeline *self, const TideStatus *status, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_drift_seen_free);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < status->n_sources; i++)
    {
      GPtrArray *drift = status->sources[i].status.drift;

      for (guint k = 0; drift != NULL && k < drift->len; k++)
        {
          const TideDrift *one = g_ptr_array_index (drift, k);
          TideDriftSeen *seen = g_new0 (TideDriftSeen, 1);

          seen->stream = g_strdup (status->sources[i].stream);
          seen->kind = g_strdup (tide_drift_kind_to_string (one->kind));
          seen->path = g_strdup (one->path);
          seen->first_seen = one->first_seen;
          seen->last_seen = one->last_seen;
          seen->seen = (gint64) one->count;
          seen->sampled = (gint64) one->sampled;
          g_ptr_array_add (list, seen);
          remember (self, seen->stream, seen->kind, seen->path, seen->first_seen);
        }
    }
  g_mutex_unlock (&self->lock);
  return tide_drift_save (self->writer, list, status->time - KEPT, error);
}

/* --- taking it up --- */

/* A name that the stream has not, after the last part of @path. */
static char *
choose_name (const TideStream *stream, const char *path)
{
  const char *dot = strrchr (path, '.');
  g_autofree char *base = g_strndup (dot != NULL && dot[1] != '\0' ? dot + 1 : path, 50);
  char *name;

  for (char *p = base; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-')
      *p = '_';
  name = g_ascii_isalpha (*base) ? g_strdup (base) : g_strconcat ("f", base, NULL);
  for (guint i = 2; tide_stream_find_field (stream, name) >= 0; i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s%s_%u", g_ascii_isalpha (*base) ? "" : "f", base, i);
    }
  return name;
}

/**
 * tide_pipeline_add_field:
 * @drift: a new field, or one whose type changed, as a source's status has it
 *
 * Adds the field to the workspace file, or gives it the type that its values have; all else in the file stays. Taken up at
 * once.
 *
 * Errors: NOT_FOUND, INVALID. Thread: a worker; blocks.
 */
bool
tide_pipeline_add_field (TidePipeline *self, const char *stream_name, const TideDrift *drift, GError **error)
{
  g_autoptr (GRecMutexLocker) locker = g_rec_mutex_locker_new (&self->edit_lock);
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  const TideStream *stream = tide_workspace_get_stream (workspace, stream_name);
  TideType type = drift->type != TIDE_TYPE_NONE ? drift->type : TIDE_TYPE_TEXT;
  g_autofree char *name = NULL, *section = NULL, *type_text = tide_type_to_string (type, drift->scale);
  g_autoptr (TideConf) conf = NULL;

  tide_assert_not_main_thread ();
  if (stream == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "the workspace has no stream '%s'", stream_name);
      return false;
    }
  conf = tide_conf_copy (workspace->conf);
  name = drift->field != NULL ? g_strdup (drift->field) : choose_name (stream, drift->path);
  section = g_strdup_printf ("field %s.%s", stream_name, name);
  if (drift->field == NULL && strcmp (name, drift->path) != 0)
    tide_conf_set (conf, section, "path", drift->path);
  tide_conf_set (conf, section, "type", type_text);
  return tide_pipeline_apply (self, conf, error);
}
