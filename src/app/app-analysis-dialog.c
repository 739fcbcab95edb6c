/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SQL file of a new analysis is written before the section that names it, since a section without its file is a
 * mistake; a file that is there already is kept. */
#include "app-analysis-dialog.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app-accessible.h"
#include "app-preferences-private.h"
#include "app-schedule-rows.h"

static const char *const missed_words[] = { "once", "all", "skip", NULL };

/* Keys that are plain entries. */
enum
{
  ENTRY_TIMEOUT,
  ENTRY_RETRIES,
  ENTRY_KEEP,
  N_ENTRIES,
};

static const char *const entry_keys[N_ENTRIES] = { "timeout", "retries", "keep" };

struct _TideAnalysisDialog
{
  AdwWindow parent_instance;

  TidePipeline *pipeline;
  char *name; /* NULL: new */
  TideScheduleRows *schedule;
  GtkWidget *title_row, *missed_row, *enabled, *problem, *accept;
  GtkWidget *entries[N_ENTRIES];
  char *wanted; /* name that is being applied */
};

G_DEFINE_FINAL_TYPE (TideAnalysisDialog, tide_analysis_dialog, ADW_TYPE_WINDOW)

enum
{
  DONE,
  REMOVE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static char *
get_entry (GtkWidget *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

/* What is typed */

static void
show_problem (TideAnalysisDialog *self, const char *text)
{
  gtk_label_set_text (GTK_LABEL (self->problem), text != NULL ? text : "");
  gtk_widget_set_visible (self->problem, text != NULL);
}

static bool
check_name (TideAnalysisDialog *self)
{
  g_autofree char *title = self->title_row != NULL ? get_entry (self->title_row) : NULL;
  g_autofree char *name = title != NULL ? tide_name_from_title (title) : NULL;
  g_autofree char *section = g_strconcat ("analysis ", name, NULL);
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autoptr (GError) error = NULL;

  if (self->name != NULL)
    return true;
  if (*title == '\0')
    return false;
  if (!tide_name_check (name, &error))
    show_problem (self, error->message);
  else if (tide_conf_has_section (workspace->conf, section))
    show_problem (self, _ ("There is an analysis of this name; choose another."));
  else
    return true;
  return false;
}

static void
on_changed (TideAnalysisDialog *self)
{
  bool good = tide_schedule_rows_is_valid (self->schedule);

  show_problem (self, NULL);
  good = check_name (self) && good;
  gtk_widget_set_sensitive (self->accept, good);
}

/* Applying */

static void
put (TideConf *conf, const char *section, const char *key, char *value)
{
  tide_conf_set (conf, section, key, value != NULL && *value != '\0' ? value : NULL);
  g_free (value);
}

static TideConf *
build (TideAnalysisDialog *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  TideConf *conf = tide_conf_copy (workspace->conf);
  g_autofree char *section = g_strconcat ("analysis ", self->wanted, NULL);
  guint missed = adw_combo_row_get_selected (ADW_COMBO_ROW (self->missed_row));

  if (self->title_row != NULL)
    {
      put (conf, section, "title", get_entry (self->title_row));
      put (conf, section, "sql", g_strconcat (self->wanted, ".sql", NULL));
    }
  put (conf, section, "schedule", tide_schedule_rows_get_schedule (self->schedule));
  put (conf, section, "time-zone", tide_schedule_rows_get_zone (self->schedule));
  for (guint i = 0; i < N_ENTRIES; i++)
    put (conf, section, entry_keys[i], get_entry (self->entries[i]));
  put (conf, section, "missed", missed > 0 ? g_strdup (missed_words[missed]) : NULL);
  put (conf, section, "enabled", gtk_switch_get_active (GTK_SWITCH (self->enabled)) ? NULL : g_strdup ("false"));
  return conf;
}

static void
give_up (TideAnalysisDialog *self, const GError *error)
{
  if (!gtk_widget_get_visible (GTK_WIDGET (self)))
    return; /* was closed meanwhile */
  show_problem (self, error->message);
  gtk_widget_set_sensitive (self->accept, TRUE);
}

static void
on_applied (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideAnalysisDialog) self = data;
  g_autoptr (GError) error = NULL;

  if (!tide_pipeline_apply_finish (TIDE_PIPELINE (object), result, &error))
    {
      give_up (self, error);
      return;
    }
  g_signal_emit (self, signals[DONE], 0, self->wanted);
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
apply (TideAnalysisDialog *self)
{
  g_autoptr (TideConf) conf = build (self);

  tide_pipeline_apply_async (self->pipeline, conf, NULL, on_applied, g_object_ref (self));
}

typedef struct
{
  char *file, *text;
} NewFile;

static void
new_file_free (void *data)
{
  NewFile *new_file = data;

  g_free (new_file->file);
  g_free (new_file->text);
  g_free (new_file);
}

static void *
write_new_file (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const NewFile *new_file = data;
  g_autofree char *relative = g_build_filename ("analyses", new_file->file, NULL);
  g_autofree char *path = g_build_filename (tide_pipeline_get_dir (pipeline), relative, NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_strdup (relative);
  return tide_pipeline_save_sql (pipeline, new_file->file, new_file->text, error) ? g_strdup (relative) : NULL;
}

static void
on_file (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideAnalysisDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *file = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);

  if (!gtk_widget_get_visible (GTK_WIDGET (self)))
    return; /* was closed meanwhile: its rows are gone, and nothing is to be created */
  if (file != NULL)
    apply (self);
  else
    give_up (self, error);
}

/* Something that runs, to begin with. */
static char *
first_sql (const TideWorkspace *workspace, const char *title)
{
  const TideStream *stream = workspace->streams->len > 0 ? g_ptr_array_index (workspace->streams, 0) : NULL;

  if (stream == NULL)
    return g_strdup_printf ("-- %s\nSELECT name, status, count(*) AS runs\nFROM run\nGROUP BY name, status;\n", title);
  return g_strdup_printf ("-- %s\nSELECT count(*) AS events\nFROM \"%s\";\n", title, stream->name);
}

static void
on_accept (TideAnalysisDialog *self)
{
  g_autofree char *title = NULL;
  g_autoptr (TideWorkspace) workspace = NULL;
  NewFile *new_file;

  gtk_widget_set_sensitive (self->accept, FALSE);
  g_free (self->wanted);
  if (self->name != NULL)
    {
      self->wanted = g_strdup (self->name);
      apply (self);
      return;
    }
  title = get_entry (self->title_row);
  self->wanted = tide_name_from_title (title);
  workspace = tide_pipeline_get_workspace (self->pipeline);
  new_file = g_new (NewFile, 1);
  *new_file = (NewFile){ .file = g_strconcat (self->wanted, ".sql", NULL), .text = first_sql (workspace, title) };
  tide_pipeline_run_async (self->pipeline, write_new_file, new_file, new_file_free, g_free, NULL, on_file,
                           g_object_ref (self));
}

static void
on_remove (TideAnalysisDialog *self)
{
  g_signal_emit (self, signals[REMOVE], 0, self->name);
  gtk_window_destroy (GTK_WINDOW (self));
}

/* Rows */

static GtkWidget *
add_entry (TideAnalysisDialog *self, AdwPreferencesGroup *group, const char *title, const char *value)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_editable_set_text (GTK_EDITABLE (row), value != NULL ? value : "");
  tide_preferences_name (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (row))), title);
  g_signal_connect_swapped (row, "changed", G_CALLBACK (on_changed), self);
  adw_preferences_group_add (group, row);
  return row;
}

static GtkWidget *
add_combo (TideAnalysisDialog *self, AdwPreferencesGroup *group, const char *title, GtkStringList *choices, guint selected)
{
  GtkWidget *row = adw_combo_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (choices));
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), selected);
  tide_preferences_name (row, title);
  g_signal_connect_swapped (row, "notify::selected", G_CALLBACK (on_changed), self);
  adw_preferences_group_add (group, row);
  return row;
}

static void
add_when (TideAnalysisDialog *self, AdwPreferencesGroup *group, const TideConf *conf, const char *section)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  const char *text = self->name != NULL ? tide_conf_get (conf, section, "schedule") : "0 2 * * *";
  GtkWidget *row = adw_action_row_new ();

  self->schedule = tide_schedule_rows_new (group, text, tide_conf_get (conf, section, "time-zone"), workspace->zone);
  g_signal_connect_object (self->schedule, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  self->enabled = gtk_switch_new ();
  gtk_switch_set_active (GTK_SWITCH (self->enabled), g_strcmp0 (tide_conf_get (conf, section, "enabled"), "false") != 0);
  gtk_widget_set_valign (self->enabled, GTK_ALIGN_CENTER);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Runs on its schedule"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), self->enabled);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), self->enabled);
  adw_preferences_group_add (group, row);
}

static void
add_trouble (TideAnalysisDialog *self, AdwPreferencesGroup *group, const TideConf *conf, const char *section)
{
  static const char *const titles[N_ENTRIES] = { N_ ("Longest run, such as 10min"), N_ ("Retries after a failure"),
                                                 N_ ("Versions of the result that are kept") };
  g_autoptr (GtkStringList) choices = gtk_string_list_new (NULL);
  const char *missed = tide_conf_get (conf, section, "missed");
  guint selected = 0;

  gtk_string_list_append (choices, _ ("Run once"));
  gtk_string_list_append (choices, _ ("Run all of them"));
  gtk_string_list_append (choices, _ ("Skip"));
  for (guint i = 0; missed_words[i] != NULL; i++)
    if (g_strcmp0 (missed, missed_words[i]) == 0)
      selected = i;
  self->missed_row = add_combo (self, group, _ ("After missed runs"), choices, selected);
  for (guint i = 0; i < N_ENTRIES; i++)
    self->entries[i] = add_entry (self, group, _ (titles[i]), tide_conf_get (conf, section, entry_keys[i]));
}

static GtkWidget *
make_bar (TideAnalysisDialog *self)
{
  GtkWidget *bar = adw_header_bar_new (), *cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));

  self->accept = gtk_button_new_with_mnemonic (self->name != NULL ? _ ("_Apply") : _ ("C_reate"));
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (bar), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (bar), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (bar), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (bar), self->accept);
  gtk_widget_add_css_class (self->accept, "suggested-action");
  gtk_widget_set_tooltip_text (cancel, _ ("Close without a change (Escape)"));
  g_signal_connect_swapped (cancel, "clicked", G_CALLBACK (gtk_window_close), self);
  g_signal_connect_swapped (self->accept, "clicked", G_CALLBACK (on_accept), self);
  return bar;
}

static GtkWidget *
make_problem (void)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_set_margin_top (label, 10);
  gtk_widget_add_css_class (label, "tide-fact");
  gtk_widget_add_css_class (label, "tide-critical");
  return label;
}

static AdwPreferencesGroup *
add_group (GtkWidget *page, const char *title)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, title);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), group);
  return group;
}

static void
build_page (TideAnalysisDialog *self, GtkWidget *page)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autofree char *section = g_strconcat ("analysis ", self->name != NULL ? self->name : "", NULL);
  AdwPreferencesGroup *group;

  self->problem = make_problem ();
  if (self->name == NULL)
    {
      group = add_group (page, "");
      self->title_row = add_entry (self, group, _ ("Title"), NULL);
      adw_preferences_group_add (group, self->problem);
    }
  group = add_group (page, _ ("When"));
  add_when (self, group, workspace->conf, section);
  group = add_group (page, _ ("When It Fails or Was Missed"));
  add_trouble (self, group, workspace->conf, section);
  if (self->name != NULL)
    {
      GtkWidget *remove = gtk_button_new_with_mnemonic (_ ("_Remove Analysis"));

      adw_preferences_group_add (group, self->problem);
      group = add_group (page, "");
      gtk_widget_add_css_class (remove, "destructive-action");
      gtk_widget_set_halign (remove, GTK_ALIGN_CENTER);
      g_signal_connect_swapped (remove, "clicked", G_CALLBACK (on_remove), self);
      adw_preferences_group_add (group, remove);
    }
}

/* The object */

static void
tide_analysis_dialog_finalize (GObject *object)
{
  TideAnalysisDialog *self = TIDE_ANALYSIS_DIALOG (object);

  g_clear_object (&self->pipeline);
  g_clear_object (&self->schedule);
  g_free (self->name);
  g_free (self->wanted);
  G_OBJECT_CLASS (tide_analysis_dialog_parent_class)->finalize (object);
}

static void
tide_analysis_dialog_class_init (TideAnalysisDialogClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_analysis_dialog_finalize;
  signals[DONE] = g_signal_new ("done", TIDE_TYPE_ANALYSIS_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                G_TYPE_STRING);
  signals[REMOVE] = g_signal_new ("remove", TIDE_TYPE_ANALYSIS_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (class), GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
tide_analysis_dialog_init (TideAnalysisDialog *self)
{
}

GtkWindow *
tide_analysis_dialog_new (GtkWindow *parent, TidePipeline *pipeline, const char *name)
{
  TideAnalysisDialog *self = g_object_new (TIDE_TYPE_ANALYSIS_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *page = adw_preferences_page_new ();

  self->pipeline = g_object_ref (pipeline);
  self->name = g_strdup (name);
  gtk_window_set_title (GTK_WINDOW (self), name != NULL ? _ ("Schedule") : _ ("New Analysis"));
  gtk_window_set_default_size (GTK_WINDOW (self), 560, 680);
  gtk_box_append (GTK_BOX (box), make_bar (self));
  gtk_widget_set_vexpand (page, TRUE);
  gtk_box_append (GTK_BOX (box), page);
  adw_window_set_content (ADW_WINDOW (self), box);
  build_page (self, page);
  tide_accessible_name_buttons (box);
  on_changed (self);
  return GTK_WINDOW (self);
}
