/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiling is asked for when typing has paused, on a worker and on a connection of its own; the answer to an older text
 * is dropped. Nothing is run: a statement that would write is refused when it is compiled. */
#include "app-sql-draft.h"

#include <glib/gi18n.h>
#include <string.h>

#define PAUSE_MS 300
#define ERROR_TAG "tide-error"

struct _TideSqlDraft
{
  GObject parent_instance;

  TidePipeline *pipeline;
  char *file;
  GtkSourceBuffer *buffer;
  char *saved;          /* what the file holds; NULL: not read yet */
  TideSqlState state;
  char *message;
  GCancellable *cancellable, *checking;
  guint timer;
  bool is_filling, is_saving;
};

G_DEFINE_FINAL_TYPE (TideSqlDraft, tide_sql_draft, G_TYPE_OBJECT)

enum
{
  STATUS,
  SAVED,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* Pure */

char *
tide_sql_describe_reads (char **reads)
{
  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) names = g_string_new (NULL);
  guint fields = 0;

  for (guint i = 0; reads[i] != NULL; i++)
    {
      const char *dot = strchr (reads[i], '.');
      char *table = dot != NULL ? g_strndup (reads[i], (gsize) (dot - reads[i])) : g_strdup (reads[i]);

      fields += dot != NULL;
      if (g_ptr_array_find_with_equal_func (tables, table, g_str_equal, NULL))
        g_free (table);
      else
        g_ptr_array_add (tables, table);
    }
  if (tables->len == 0)
    return g_strdup (_ ("Reads no stream"));
  for (guint i = 0; i < tables->len; i++)
    g_string_append_printf (names, "%s%s", i == 0 ? "" : i + 1 == tables->len ? _ (" and ") : ", ",
                            (char *) g_ptr_array_index (tables, i));
  if (fields == 0)
    return g_strdup_printf (_ ("Counts %s"), names->str);
  return g_strdup_printf (ngettext ("Reads %u field of %s", "Reads %u fields of %s", fields), fields, names->str);
}

int
tide_sql_error_line (const char *message)
{
  int line = 0;

  return sscanf (message, "line %d,", &line) == 1 ? line : 0;
}

/* Text */

static char *
get_text (TideSqlDraft *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (GTK_TEXT_BUFFER (self->buffer), &start, &end);
  return gtk_text_buffer_get_text (GTK_TEXT_BUFFER (self->buffer), &start, &end, FALSE);
}

static void
mark_error (TideSqlDraft *self, int line)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (self->buffer);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_text_buffer_remove_tag_by_name (buffer, ERROR_TAG, &start, &end);
  if (line <= 0 || !gtk_text_buffer_get_iter_at_line (buffer, &start, line - 1))
    return;
  end = start;
  if (!gtk_text_iter_ends_line (&end))
    gtk_text_iter_forward_to_line_end (&end);
  while (gtk_text_iter_compare (&start, &end) < 0 && g_unichar_isspace (gtk_text_iter_get_char (&start)))
    gtk_text_iter_forward_char (&start);
  gtk_text_buffer_apply_tag_by_name (buffer, ERROR_TAG, &start, &end);
}

static void
set_status (TideSqlDraft *self, TideSqlState state, const char *message)
{
  self->state = state;
  g_free (self->message);
  self->message = g_strdup (message);
  mark_error (self, state == TIDE_SQL_INVALID ? tide_sql_error_line (message) : 0);
  g_signal_emit (self, signals[STATUS], 0);
}

/* Checking */

static void *
check_text (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideSql) sql = tide_sql_open (tide_pipeline_get_store (pipeline), error);
  g_auto (GStrv) reads = NULL;

  if (sql == NULL || !tide_sql_prepare (sql, data, error))
    return NULL;
  reads = tide_sql_get_reads (sql);
  return tide_sql_describe_reads (reads);
}

static void
on_checked (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideSqlDraft) self = data;
  g_autoptr (GError) error = NULL;
  bool is_asked = g_task_get_cancellable (G_TASK (result)) == self->checking;
  g_autofree char *reads = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);

  if (!is_asked)
    return;
  if (reads != NULL)
    set_status (self, TIDE_SQL_VALID, reads);
  else
    set_status (self, TIDE_SQL_INVALID, error->message);
}

void
tide_sql_draft_check (TideSqlDraft *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->checking != NULL)
    g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  if (self->saved == NULL)
    return;
  self->checking = g_cancellable_new ();
  tide_pipeline_run_async (self->pipeline, check_text, get_text (self), g_free, g_free, self->checking, on_checked,
                           g_object_ref (self));
}

static gboolean
on_paused (void *self)
{
  TIDE_SQL_DRAFT (self)->timer = 0;
  tide_sql_draft_check (self);
  return G_SOURCE_REMOVE;
}

static void
on_text (TideSqlDraft *self)
{
  if (self->is_filling)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add (PAUSE_MS, on_paused, self);
  set_status (self, TIDE_SQL_CHECKING, "");
}

static void
on_modified (TideSqlDraft *self)
{
  g_signal_emit (self, signals[STATUS], 0);
}

/* Reading and writing */

static void *
read_file (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  g_autofree char *relative = g_build_filename ("analyses", data, NULL);
  g_autofree char *path = tide_workspace_resolve (tide_pipeline_get_dir (pipeline), relative, error);
  g_autofree char *text = NULL;
  gsize len;

  if (path == NULL || !g_file_get_contents (path, &text, &len, error))
    return NULL;
  if (g_utf8_validate (text, (gssize) len, NULL))
    return g_steal_pointer (&text);
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s is not UTF-8 text; save it as UTF-8", relative);
  return NULL;
}

static void
fill (TideSqlDraft *self, const char *text)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (self->buffer);
  GtkTextIter start;

  self->is_filling = true;
  gtk_text_buffer_begin_irreversible_action (buffer);
  gtk_text_buffer_set_text (buffer, text, -1);
  gtk_text_buffer_end_irreversible_action (buffer);
  gtk_text_buffer_get_start_iter (buffer, &start);
  gtk_text_buffer_place_cursor (buffer, &start);
  gtk_text_buffer_set_modified (buffer, FALSE);
  self->is_filling = false;
}

static void
on_read (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideSqlDraft) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (text == NULL)
    {
      g_signal_emit (self, signals[FAILED], 0, error->message);
      set_status (self, TIDE_SQL_INVALID, error->message);
      return;
    }
  if (tide_sql_draft_is_modified (self) || self->is_saving)
    return; /* typed meanwhile */
  if (g_strcmp0 (text, self->saved) != 0)
    fill (self, text);
  g_free (self->saved);
  self->saved = g_steal_pointer (&text);
  tide_sql_draft_check (self);
}

void
tide_sql_draft_reload (TideSqlDraft *self)
{
  if (!tide_sql_draft_is_modified (self) && !self->is_saving)
    tide_pipeline_run_async (self->pipeline, read_file, g_strdup (self->file), g_free, g_free, self->cancellable, on_read,
                             g_object_ref (self));
}

typedef struct
{
  char *file, *text;
} Save;

static void
save_free (void *data)
{
  Save *save = data;

  g_free (save->file);
  g_free (save->text);
  g_free (save);
}

static void *
write_file (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Save *save = data;

  return tide_pipeline_save_sql (pipeline, save->file, save->text, error) ? g_strdup (save->text) : NULL;
}

static void
on_written (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideSqlDraft) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  g_autofree char *before = NULL, *now = NULL;

  self->is_saving = false;
  if (text == NULL)
    {
      g_signal_emit (self, signals[FAILED], 0, error->message);
      return;
    }
  before = g_steal_pointer (&self->saved);
  self->saved = g_steal_pointer (&text);
  now = get_text (self);
  if (strcmp (now, self->saved) == 0)
    gtk_text_buffer_set_modified (GTK_TEXT_BUFFER (self->buffer), FALSE);
  g_signal_emit (self, signals[SAVED], 0, before);
}

void
tide_sql_draft_save (TideSqlDraft *self)
{
  Save *save;

  if (self->saved == NULL || self->is_saving)
    return;
  save = g_new0 (Save, 1);
  save->file = g_strdup (self->file);
  save->text = get_text (self);
  self->is_saving = true;
  /* Not cancelled when the draft goes: what was asked to be saved is saved. */
  tide_pipeline_run_async (self->pipeline, write_file, save, save_free, g_free, NULL, on_written, g_object_ref (self));
}

void
tide_sql_draft_replace (TideSqlDraft *self, const char *text)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (self->buffer);
  GtkTextIter start, end;

  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_text_buffer_delete (buffer, &start, &end);
  gtk_text_buffer_insert (buffer, &start, text, -1);
  gtk_text_buffer_end_user_action (buffer);
}

void
tide_sql_draft_discard (TideSqlDraft *self)
{
  if (self->saved != NULL)
    fill (self, self->saved);
}

/* The object */

GtkSourceBuffer *
tide_sql_draft_get_buffer (TideSqlDraft *self)
{
  return self->buffer;
}

const char *
tide_sql_draft_get_file (TideSqlDraft *self)
{
  return self->file;
}

bool
tide_sql_draft_is_modified (TideSqlDraft *self)
{
  return gtk_text_buffer_get_modified (GTK_TEXT_BUFFER (self->buffer));
}

bool
tide_sql_draft_is_saving (TideSqlDraft *self)
{
  return self->is_saving;
}

TideSqlState
tide_sql_draft_get_state (TideSqlDraft *self)
{
  return self->state;
}

const char *
tide_sql_draft_get_message (TideSqlDraft *self)
{
  return self->message;
}

static void
tide_sql_draft_dispose (GObject *object)
{
  TideSqlDraft *self = TIDE_SQL_DRAFT (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->checking != NULL)
    g_cancellable_cancel (self->checking);
  G_OBJECT_CLASS (tide_sql_draft_parent_class)->dispose (object);
}

static void
tide_sql_draft_finalize (GObject *object)
{
  TideSqlDraft *self = TIDE_SQL_DRAFT (object);

  g_clear_object (&self->checking);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->buffer);
  g_clear_object (&self->pipeline);
  g_free (self->file);
  g_free (self->saved);
  g_free (self->message);
  G_OBJECT_CLASS (tide_sql_draft_parent_class)->finalize (object);
}

static void
tide_sql_draft_class_init (TideSqlDraftClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = tide_sql_draft_dispose;
  object_class->finalize = tide_sql_draft_finalize;
  signals[STATUS] = g_signal_new ("status", TIDE_TYPE_SQL_DRAFT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SAVED] = g_signal_new ("saved", TIDE_TYPE_SQL_DRAFT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 G_TYPE_STRING);
  signals[FAILED] = g_signal_new ("failed", TIDE_TYPE_SQL_DRAFT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
}

static void
tide_sql_draft_init (TideSqlDraft *self)
{
  GtkSourceLanguageManager *languages = gtk_source_language_manager_get_default ();

  self->cancellable = g_cancellable_new ();
  self->message = g_strdup ("");
  self->buffer = gtk_source_buffer_new (NULL);
  gtk_source_buffer_set_language (self->buffer, gtk_source_language_manager_get_language (languages, "sql"));
  gtk_text_buffer_create_tag (GTK_TEXT_BUFFER (self->buffer), ERROR_TAG, "underline", PANGO_UNDERLINE_ERROR, NULL);
  g_signal_connect_object (self->buffer, "changed", G_CALLBACK (on_text), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->buffer, "modified-changed", G_CALLBACK (on_modified), self, G_CONNECT_SWAPPED);
}

TideSqlDraft *
tide_sql_draft_new (TidePipeline *pipeline, const char *file)
{
  TideSqlDraft *self = g_object_new (TIDE_TYPE_SQL_DRAFT, NULL);

  self->pipeline = g_object_ref (pipeline);
  self->file = g_strdup (file);
  tide_sql_draft_reload (self);
  return self;
}
