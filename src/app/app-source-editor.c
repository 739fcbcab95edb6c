/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of one source, new or existing: rows from its kind's keys, Test connection, Detect fields. It works on a
 * copy of the workspace file that is made anew from the rows each time it is needed, so what is tested is what would be
 * saved. A password goes to the Secret Service, never into the file, and is stored before the source starts with it. */
#include "app-preferences-private.h"

#include "app-field-rows.h"
#include "app-key-row.h"
#include "app-probe-rows.h"

#include <glib/gi18n.h>
#include <string.h>

#define TIDE_TYPE_SOURCE_EDITOR (tide_source_editor_get_type ())
G_DECLARE_FINAL_TYPE (TideSourceEditor, tide_source_editor, TIDE, SOURCE_EDITOR, AdwBin)

struct _TideSourceEditor
{
  AdwBin parent_instance;

  TidePreferences *window; /* borrowed: its window */
  const TideSourceSpec *spec;
  char *name;              /* NULL: new */
  char *old_stream;
  GtkWidget *name_row, *stream_row, *format_row, *secret_row, *problem, *accept;
  GPtrArray *keys;         /* TideKeyRow* */
  TideProbeRows *probe;
  TideFieldRows *fields;
  char **streams;
};

G_DEFINE_FINAL_TYPE (TideSourceEditor, tide_source_editor, ADW_TYPE_BIN)

/* What the rows say */

static char *
get_name (TideSourceEditor *self)
{
  if (self->name != NULL)
    return g_strdup (self->name);
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));
}

/* The first choice is a new stream, called as the source. */
static char *
get_stream (TideSourceEditor *self, bool *ret_new)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self->stream_row));

  *ret_new = selected == 0;
  return selected == 0 ? get_name (self) : g_strdup (self->streams[selected - 1]);
}

/* Empty: none was typed. */
static const char *
get_secret (TideSourceEditor *self)
{
  return self->secret_row != NULL ? gtk_editable_get_text (GTK_EDITABLE (self->secret_row)) : "";
}

static void
show_problem (TideSourceEditor *self, const char *text)
{
  gtk_label_set_text (GTK_LABEL (self->problem), text != NULL ? text : "");
  gtk_widget_set_visible (self->problem, text != NULL);
}

/* Marks the rows that do not suit. */
static bool
check (TideSourceEditor *self, const TideConf *conf)
{
  g_autofree char *name = get_name (self), *section = g_strconcat ("source ", name, NULL);
  g_autoptr (GError) error = NULL;
  bool good = true;

  if (self->name == NULL)
    {
      const char *problem = NULL;

      if (*name == '\0')
        problem = _ ("needed");
      else if (!tide_name_check (name, &error))
        problem = error->message;
      else if (tide_conf_has_section (conf, section))
        problem = _ ("there is a source of this name");
      tide_preferences_set_problem (self->name_row, _ ("Name"), problem);
      good = !gtk_widget_has_css_class (self->name_row, "error");
    }
  for (guint i = 0; i < self->keys->len; i++)
    good = tide_key_row_check (g_ptr_array_index (self->keys, i)) && good;
  return good;
}

/* The workspace file with this source as the rows say; NULL when one of them does not suit. */
static TideConf *
build (TideSourceEditor *self, bool with_fields)
{
  g_autoptr (TideConf) conf = tide_preferences_edit (self->window);
  g_autofree char *name = get_name (self), *section = g_strconcat ("source ", name, NULL), *stream = NULL;
  g_autofree char *stream_section = NULL;
  bool is_new;

  if (!check (self, conf))
    return NULL;
  stream = get_stream (self, &is_new);
  stream_section = g_strconcat ("stream ", stream, NULL);
  if (self->name == NULL)
    tide_conf_set (conf, section, "kind", self->spec->kind);
  for (guint i = 0; i < self->keys->len; i++)
    tide_key_row_write (g_ptr_array_index (self->keys, i), conf, section);
  tide_conf_set (conf, section, "stream", stream);
  if (!tide_conf_has_section (conf, stream_section))
    {
      tide_conf_set (conf, stream_section, "format",
                     adw_combo_row_get_selected (ADW_COMBO_ROW (self->format_row)) == 1 ? "csv" : "json");
      tide_conf_set (conf, stream_section, "keep-payload", "true");
    }
  if (with_fields)
    tide_field_rows_write (self->fields, conf, stream);
  return g_steal_pointer (&conf);
}

/* Test connection, Detect fields */

static void
on_start (TideSourceEditor *self)
{
  g_autoptr (TideConf) conf = build (self, true);
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (tide_preferences_get_pipeline (self->window));
  g_autofree char *name = get_name (self), *stream_name = NULL;
  const TideStream *stream;
  const char *secret = get_secret (self);
  bool is_new;

  if (conf == NULL)
    {
      tide_probe_rows_fail (self->probe, _ ("Nothing to connect to yet"), _ ("Fill in the rows marked above first"));
      return;
    }
  stream_name = get_stream (self, &is_new);
  stream = tide_workspace_get_stream (workspace, stream_name);
  tide_probe_rows_run (self->probe, tide_preferences_get_pipeline (self->window), conf, name,
                       *secret != '\0' ? secret : NULL, stream != NULL && stream->n_fields > 0);
}

static void
on_sampled (TideSourceEditor *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (tide_preferences_get_pipeline (self->window));
  guint n_samples;
  GPtrArray *found = tide_probe_rows_get_fields (self->probe, &n_samples);
  bool is_new;
  g_autofree char *stream = get_stream (self, &is_new);

  tide_field_rows_set (self->fields, found, n_samples, tide_workspace_get_stream (workspace, stream));
}

/* Add, Save */

typedef struct
{
  char *dir, *text, *name, *secret;
} Keep;

static void
keep_free (void *data)
{
  Keep *keep = data;

  explicit_bzero (keep->secret, strlen (keep->secret));
  g_free (keep->secret);
  g_free (keep->dir);
  g_free (keep->text);
  g_free (keep->name);
  g_free (keep);
}

/* Thread: worker. */
static void *
keep_secret (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Keep *keep = data;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace
      = tide_workspace_parse (keep->dir, keep->text, tide_pipeline_catalog (), problems);
  const TideSourceDef *def = tide_workspace_get_source (workspace, keep->name);

  if (def == NULL)
    return pipeline; /* the file has a mistake: saving it says which */
  return tide_secret_store (keep->dir, def, keep->secret, error) ? pipeline : NULL;
}

static void
on_saved (GtkWidget *owner, const GError *error)
{
  TideSourceEditor *self = TIDE_SOURCE_EDITOR (owner);

  gtk_widget_set_sensitive (self->accept, TRUE);
  show_problem (self, error != NULL ? error->message : NULL);
  if (error == NULL)
    adw_preferences_window_close_subpage (ADW_PREFERENCES_WINDOW (self->window));
}

static void
save (TideSourceEditor *self)
{
  TideConf *conf = build (self, true);

  if (conf == NULL)
    gtk_widget_set_sensitive (self->accept, TRUE);
  else
    tide_preferences_apply (self->window, conf, NULL, GTK_WIDGET (self), on_saved);
}

static void
on_kept (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideSourceEditor) self = data;
  g_autoptr (GError) error = NULL;

  tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  if (gtk_widget_get_root (GTK_WIDGET (self)) == NULL)
    return; /* cancelled meanwhile */
  if (error == NULL)
    save (self);
  else
    {
      g_autofree char *text = g_strdup_printf (_ ("The password could not be kept: %s"), error->message);

      gtk_widget_set_sensitive (self->accept, TRUE);
      show_problem (self, text);
    }
}

static void
on_accept (TideSourceEditor *self)
{
  g_autoptr (TideConf) conf = build (self, true);
  TidePipeline *pipeline = tide_preferences_get_pipeline (self->window);
  Keep *keep;

  show_problem (self, conf == NULL ? _ ("Some rows need another value") : NULL);
  if (conf == NULL)
    return;
  gtk_widget_set_sensitive (self->accept, FALSE);
  if (*get_secret (self) == '\0')
    {
      save (self);
      return;
    }
  keep = g_new0 (Keep, 1);
  keep->dir = g_strdup (tide_pipeline_get_dir (pipeline));
  keep->text = tide_conf_to_text (conf);
  keep->name = get_name (self);
  keep->secret = g_strdup (get_secret (self));
  tide_pipeline_run_async (pipeline, keep_secret, keep, keep_free, NULL, NULL, on_kept, g_object_ref (self));
}

static void
on_remove (TideSourceEditor *self)
{
  TideConf *conf = tide_preferences_edit (self->window);
  g_autofree char *section = g_strconcat ("source ", self->name, NULL);
  g_autofree char *text = g_strdup_printf (_ ("Source “%s” removed; its events stay"), self->name);

  tide_conf_remove_section (conf, section);
  tide_preferences_apply (self->window, conf, text, GTK_WIDGET (self), on_saved);
}

/* Building the page */

static GtkWidget *
new_group (AdwPreferencesPage *page, const char *title)
{
  GtkWidget *group = adw_preferences_group_new ();

  if (title != NULL)
    adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), title);
  adw_preferences_page_add (page, ADW_PREFERENCES_GROUP (group));
  return group;
}

static GtkWidget *
new_combo (const char *title, const char *const *choices, guint selected)
{
  GtkWidget *combo = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (choices);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (combo), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (combo), G_LIST_MODEL (list));
  adw_combo_row_set_selected (ADW_COMBO_ROW (combo), selected);
  tide_preferences_name (combo, title);
  return combo;
}

static void
on_stream (TideSourceEditor *self)
{
  gtk_widget_set_visible (self->format_row, adw_combo_row_get_selected (ADW_COMBO_ROW (self->stream_row)) == 0);
}

static void
add_stream_rows (TideSourceEditor *self, AdwPreferencesGroup *group)
{
  static const char *const formats[] = { "JSON", "CSV", NULL };
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (tide_preferences_get_pipeline (self->window));
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();
  guint selected = 0;

  g_ptr_array_add (titles, (gpointer) _ ("A new one, of its name"));
  for (guint i = 0; i < workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);

      g_ptr_array_add (names, g_strdup (stream->name));
      g_ptr_array_add (titles, stream->name);
      if (g_strcmp0 (stream->name, self->old_stream) == 0)
        selected = i + 1;
    }
  g_ptr_array_add (names, NULL);
  g_ptr_array_add (titles, NULL);
  self->streams = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
  self->stream_row = new_combo (_ ("Stream"), (const char *const *) titles->pdata, selected);
  self->format_row = new_combo (_ ("Format"), formats, 0);
  adw_preferences_group_add (group, self->stream_row);
  adw_preferences_group_add (group, self->format_row);
  g_signal_connect_object (self->stream_row, "notify::selected", G_CALLBACK (on_stream), self, G_CONNECT_SWAPPED);
  on_stream (self);
}

static bool
is_security (const char *key)
{
  static const char *const names[] = { "security", "mechanism", "user", "ca", NULL };

  return g_strv_contains (names, key);
}

/* Rows that the chosen protocol has no use for are not shown. */
static void
update_security (TideSourceEditor *self)
{
  g_autofree char *security = NULL;

  for (guint i = 0; i < self->keys->len; i++)
    if (g_str_equal (tide_key_row_get_name (g_ptr_array_index (self->keys, i)), "security"))
      security = tide_key_row_get_value (g_ptr_array_index (self->keys, i));
  if (security == NULL)
    return;
  for (guint i = 0; i < self->keys->len; i++)
    {
      TideKeyRow *row = g_ptr_array_index (self->keys, i);
      const char *name = tide_key_row_get_name (row);

      if (g_str_equal (name, "mechanism") || g_str_equal (name, "user"))
        tide_key_row_set_visible (row, g_str_has_prefix (security, "sasl"));
      else if (g_str_equal (name, "ca"))
        tide_key_row_set_visible (row, g_str_has_suffix (security, "tls"));
    }
  gtk_widget_set_visible (self->secret_row, g_str_has_prefix (security, "sasl"));
}

static void
follow_security (TideSourceEditor *self)
{
  for (guint i = 0; i < self->keys->len; i++)
    if (g_str_equal (tide_key_row_get_name (g_ptr_array_index (self->keys, i)), "security"))
      tide_key_row_connect (g_ptr_array_index (self->keys, i), G_CALLBACK (update_security), G_OBJECT (self));
  update_security (self);
}

static void
add_key_rows (TideSourceEditor *self, AdwPreferencesGroup *group, const TideConf *conf, bool security)
{
  g_autofree char *section = self->name != NULL ? g_strconcat ("source ", self->name, NULL) : NULL;

  for (guint i = 0; i < self->spec->n_keys; i++)
    if (is_security (self->spec->keys[i].name) == security)
      g_ptr_array_add (self->keys, tide_key_row_new (&self->spec->keys[i], group, conf, section));
}

static void
add_secret_row (TideSourceEditor *self, AdwPreferencesGroup *group)
{
  const char *title = self->name != NULL ? _ ("Password (empty: the one that is kept)") : _ ("Password");

  self->secret_row = adw_password_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->secret_row), title);
  tide_preferences_name (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->secret_row))), title);
  adw_preferences_group_add (group, self->secret_row);
}

static void
add_remove (TideSourceEditor *self, AdwPreferencesPage *page)
{
  GtkWidget *group = new_group (page, NULL), *button = gtk_button_new_with_mnemonic (_ ("_Remove source"));

  gtk_widget_add_css_class (button, "destructive-action");
  gtk_widget_add_css_class (button, "pill");
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_remove), self);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), button);
}

static void
build_page (TideSourceEditor *self, AdwPreferencesPage *page)
{
  g_autoptr (TideConf) conf = tide_preferences_edit (self->window);
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (new_group (page, NULL));

  self->problem = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->problem), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->problem), 0);
  gtk_widget_set_margin_bottom (self->problem, 12);
  gtk_widget_add_css_class (self->problem, "tide-critical");
  show_problem (self, NULL);
  adw_preferences_group_add (group, self->problem);
  if (self->name == NULL)
    {
      self->name_row = adw_entry_row_new ();
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->name_row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->name_row), _ ("Name"));
      tide_preferences_name (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->name_row))), _ ("Name"));
      adw_preferences_group_add (group, self->name_row);
    }
  add_key_rows (self, group, conf, false);
  add_stream_rows (self, group);
  if (self->spec->secret)
    {
      group = ADW_PREFERENCES_GROUP (new_group (page, _ ("Security")));
      add_key_rows (self, group, conf, true);
      add_secret_row (self, group);
      follow_security (self);
    }
  self->probe = g_object_new (TIDE_TYPE_PROBE_ROWS, NULL);
  self->fields = g_object_new (TIDE_TYPE_FIELD_ROWS, NULL);
  adw_preferences_page_add (page, ADW_PREFERENCES_GROUP (self->probe));
  adw_preferences_page_add (page, ADW_PREFERENCES_GROUP (self->fields));
  g_signal_connect_object (self->probe, "start", G_CALLBACK (on_start), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->probe, "sampled", G_CALLBACK (on_sampled), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->fields, "detect", G_CALLBACK (on_start), self, G_CONNECT_SWAPPED);
  if (self->name != NULL)
    add_remove (self, page);
}

static void
tide_source_editor_dispose (GObject *object)
{
  TideSourceEditor *self = TIDE_SOURCE_EDITOR (object);

  g_clear_pointer (&self->keys, g_ptr_array_unref);
  G_OBJECT_CLASS (tide_source_editor_parent_class)->dispose (object);
}

static void
tide_source_editor_finalize (GObject *object)
{
  TideSourceEditor *self = TIDE_SOURCE_EDITOR (object);

  g_free (self->name);
  g_free (self->old_stream);
  g_strfreev (self->streams);
  G_OBJECT_CLASS (tide_source_editor_parent_class)->finalize (object);
}

static void
tide_source_editor_class_init (TideSourceEditorClass *class)
{
  G_OBJECT_CLASS (class)->dispose = tide_source_editor_dispose;
  G_OBJECT_CLASS (class)->finalize = tide_source_editor_finalize;
}

static void
tide_source_editor_init (TideSourceEditor *self)
{
  self->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_key_row_free);
}

/* "Add Kafka source"; an article's brand name is long enough without "Apache". */
static char *
title_of (TideSourceEditor *self)
{
  if (self->name != NULL)
    return g_strdup (self->name);
  return g_strdup_printf (_ ("Add source: %s"), self->spec->title != NULL ? _ (self->spec->title) : self->spec->kind);
}

GtkWidget *
tide_source_editor_new (TidePreferences *window, const TideSourceSpec *spec, const char *name)
{
  TideSourceEditor *self = g_object_new (TIDE_TYPE_SOURCE_EDITOR, NULL);
  GtkWidget *page = adw_preferences_page_new ();
  g_autofree char *title = NULL;

  self->window = window;
  self->spec = spec;
  self->name = g_strdup (name);
  if (name != NULL)
    {
      g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (tide_preferences_get_pipeline (window));
      const TideSourceDef *source = tide_workspace_get_source (workspace, name);

      g_assert (source != NULL);
      self->spec = source->spec;
      self->old_stream = g_strdup (source->stream);
    }
  title = title_of (self);
  build_page (self, ADW_PREFERENCES_PAGE (page));
  adw_bin_set_child (ADW_BIN (self), tide_preferences_subpage_new (title, page, name != NULL ? _ ("_Save") : _ ("_Add"),
                                                                   &self->accept));
  g_signal_connect_object (self->accept, "clicked", G_CALLBACK (on_accept), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}
