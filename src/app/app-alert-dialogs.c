/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The editor of a rule, and the question before a silence. The editor checks what is typed as the file's own check does: the
 * edited file is parsed in memory at each change, and a problem of the rule's section is said in the row of its key. */
#include "app-alert-dialogs.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-accessible.h"

static const struct
{
  const char *key, *title;
} keys[] = {
  { "title", N_ ("Title") },
  { "metric", N_ ("Metric") },
  { "stream", N_ ("Stream (of rules on a stream)") },
  { "source", N_ ("Source (of source-down)") },
  { "condition", N_ ("Condition: above, below, outside, change, no-data, ratio, anomaly, lag, quarantine, source-down, freshness") },
  { "threshold", N_ ("Threshold, such as 2% or 30s") },
  { "clear", N_ ("Clears at, such as 1.6%") },
  { "low", N_ ("Low end of the band") },
  { "high", N_ ("High end of the band") },
  { "compare", N_ ("Compare: above, below or both") },
  { "within", N_ ("Within, such as 10min") },
  { "divided-by", N_ ("Divided by metric") },
  { "groups", N_ ("Groups, such as Berlin;Ham* (empty: all)") },
  { "for", N_ ("For, such as 30s") },
  { "keep-firing-for", N_ ("Keeps firing for, such as 1min") },
  { "delay", N_ ("Evaluation delay, such as 10s") },
  { "no-data", N_ ("Without data: keep, normal or alert") },
  { "severity", N_ ("Severity: info, warning or critical") },
  { "routes", N_ ("Routes: desktop, sound, none, or names") },
  { "runbook", N_ ("Runbook, an address") },
};

#define TIDE_TYPE_ALERT_EDITOR (tide_alert_editor_get_type ())
G_DECLARE_FINAL_TYPE (TideAlertEditor, tide_alert_editor, TIDE, ALERT_EDITOR, AdwWindow)

struct _TideAlertEditor
{
  AdwWindow parent_instance;

  TidePipeline *pipeline;
  char *name; /* NULL: new */
  GtkWidget *name_row, *rows[G_N_ELEMENTS (keys)], *save, *problem;
};

G_DEFINE_FINAL_TYPE (TideAlertEditor, tide_alert_editor, ADW_TYPE_WINDOW)

static char *
get_text (GtkWidget *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

static char *
get_section (TideAlertEditor *self)
{
  g_autofree char *name = self->name != NULL ? g_strdup (self->name) : get_text (self->name_row);

  return g_strconcat ("alert ", name, NULL);
}

/* The file with the rule as it is typed; the caller's. */
static TideConf *
make_conf (TideAlertEditor *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  TideConf *conf = tide_conf_copy (workspace->conf);
  g_autofree char *section = get_section (self);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *text = get_text (self->rows[i]);

      tide_conf_set (conf, section, keys[i].key, *text != '\0' ? text : NULL);
    }
  return conf;
}

static void
set_problem (GtkWidget *row, const char *title, const char *problem)
{
  g_autofree char *text = problem != NULL ? g_strdup_printf ("%s – %s", title, problem) : g_strdup (title);

  if (problem != NULL)
    gtk_widget_add_css_class (row, "error");
  else
    gtk_widget_remove_css_class (row, "error");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), text);
}

/* "[alert x] key: message" goes to the row of the key; anything else to the foot. */
static bool
place_problem (TideAlertEditor *self, const char *section, const char *message)
{
  g_autofree char *head = g_strdup_printf ("[%s] ", section);

  if (!g_str_has_prefix (message, head))
    return false;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *prefix = g_strdup_printf ("%s%s: ", head, keys[i].key);

      if (!g_str_has_prefix (message, prefix))
        continue;
      set_problem (self->rows[i], _ (keys[i].title), message + strlen (prefix));
      return true;
    }
  return false;
}

static void
check (TideAlertEditor *self)
{
  g_autoptr (TideConf) conf = make_conf (self);
  g_autofree char *text = tide_conf_to_text (conf), *section = get_section (self), *name = NULL;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, text, tide_pipeline_catalog (), problems);
  const char *rest = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    set_problem (self->rows[i], _ (keys[i].title), NULL);
  for (guint i = 0; i < problems->len; i++)
    {
      const TideProblem *problem = g_ptr_array_index (problems, i);

      if (!place_problem (self, section, problem->message) && rest == NULL)
        rest = problem->message;
    }
  name = g_strdup (section + strlen ("alert "));
  gtk_label_set_text (GTK_LABEL (self->problem), rest != NULL ? rest : "");
  gtk_widget_set_sensitive (self->save, problems->len == 0 && tide_workspace_get_alert (workspace, name) != NULL);
}

static void
on_applied (GObject *pipeline, GAsyncResult *result, void *data)
{
  g_autoptr (TideAlertEditor) self = data;
  g_autoptr (GError) error = NULL;

  if (tide_pipeline_apply_finish (TIDE_PIPELINE (pipeline), result, &error))
    gtk_window_destroy (GTK_WINDOW (self));
  else
    gtk_label_set_text (GTK_LABEL (self->problem), error->message);
}

static void
on_save (TideAlertEditor *self)
{
  g_autoptr (TideConf) conf = make_conf (self);

  tide_pipeline_apply_async (self->pipeline, conf, NULL, on_applied, g_object_ref (self));
}

static void
on_delete (TideAlertEditor *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  g_autofree char *section = get_section (self);

  tide_conf_remove_section (conf, section);
  tide_pipeline_apply_async (self->pipeline, conf, NULL, on_applied, g_object_ref (self));
}

static void
tide_alert_editor_dispose (GObject *object)
{
  TideAlertEditor *self = TIDE_ALERT_EDITOR (object);

  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (tide_alert_editor_parent_class)->dispose (object);
}

static void
tide_alert_editor_class_init (TideAlertEditorClass *class)
{
  G_OBJECT_CLASS (class)->dispose = tide_alert_editor_dispose;
}

static void
tide_alert_editor_init (TideAlertEditor *self)
{
}

static GtkWidget *
add_entry (AdwPreferencesGroup *group, const char *title)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_group_add (group, row);
  return row;
}

static GtkWidget *
make_header (TideAlertEditor *self)
{
  GtkWidget *header = adw_header_bar_new (), *cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));

  self->save = gtk_button_new_with_mnemonic (_ ("_Save"));
  gtk_widget_add_css_class (self->save, "suggested-action");
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->save);
  g_signal_connect_swapped (cancel, "clicked", G_CALLBACK (gtk_window_close), self);
  g_signal_connect_swapped (self->save, "clicked", G_CALLBACK (on_save), self);
  return header;
}

static GtkWidget *
make_content (TideAlertEditor *self)
{
  GtkWidget *page = adw_preferences_page_new (), *group = adw_preferences_group_new ();
  GtkWidget *foot = adw_preferences_group_new ();

  if (self->name == NULL)
    self->name_row = add_entry (ADW_PREFERENCES_GROUP (group), _ ("Name, such as fraud-burst"));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    self->rows[i] = add_entry (ADW_PREFERENCES_GROUP (group), _ (keys[i].title));
  self->problem = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->problem), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->problem), 0);
  gtk_widget_add_css_class (self->problem, "tide-critical");
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (foot), self->problem);
  if (self->name != NULL)
    {
      GtkWidget *delete = gtk_button_new_with_mnemonic (_ ("_Delete rule"));

      gtk_widget_add_css_class (delete, "destructive-action");
      gtk_widget_set_halign (delete, GTK_ALIGN_START);
      g_signal_connect_swapped (delete, "clicked", G_CALLBACK (on_delete), self);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (foot), delete);
    }
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (group));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (foot));
  gtk_widget_set_vexpand (page, TRUE);
  return page;
}

static void
fill (TideAlertEditor *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autofree char *section = self->name != NULL ? get_section (self) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = section != NULL ? tide_conf_get (workspace->conf, section, keys[i].key) : NULL;

      if (value != NULL)
        gtk_editable_set_text (GTK_EDITABLE (self->rows[i]), value);
      g_signal_connect_swapped (self->rows[i], "changed", G_CALLBACK (check), self);
    }
  if (self->name_row != NULL)
    g_signal_connect_swapped (self->name_row, "changed", G_CALLBACK (check), self);
}

GtkWindow *
tide_alert_editor_new (TidePipeline *pipeline, GtkWindow *parent, const char *name)
{
  TideAlertEditor *self = g_object_new (TIDE_TYPE_ALERT_EDITOR, "transient-for", parent, "modal", TRUE, "default-width", 620,
                                        "default-height", 720, "title", name != NULL ? name : _ ("New alert rule"), NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->pipeline = g_object_ref (pipeline);
  self->name = g_strdup (name);
  gtk_box_append (GTK_BOX (box), make_header (self));
  gtk_box_append (GTK_BOX (box), make_content (self));
  adw_window_set_content (ADW_WINDOW (self), box);
  tide_accessible_name_buttons (box);
  fill (self);
  check (self);
  return GTK_WINDOW (self);
}

/* --- silence --- */

typedef struct
{
  TidePipeline *pipeline;
  char *rule, *group, *reason;
  TideTime until;
  GtkEditable *entry;
  GtkDropDown *length;
} Silence;

static const TideDuration lengths[] = { TIDE_HOUR, 4 * TIDE_HOUR, TIDE_DAY, 7 * TIDE_DAY };

static void
silence_free (void *data)
{
  Silence *silence = data;

  g_object_unref (silence->pipeline);
  g_free (silence->rule);
  g_free (silence->group);
  g_free (silence->reason);
  g_free (silence);
}

static void *
silence_work (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Silence *silence = data;
  TideWatch *watch = tide_pipeline_get_watch (pipeline);

  return watch != NULL
                 && tide_watch_silence (watch, silence->rule, *silence->group != '\0' ? silence->group : NULL, silence->until,
                                        silence->reason, NULL, error)
             ? pipeline
             : NULL;
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Silence *silence)
{
  guint at = gtk_drop_down_get_selected (silence->length);

  if (strcmp (response, "silence") != 0)
    {
      silence_free (silence);
      return;
    }
  silence->reason = g_strdup (gtk_editable_get_text (silence->entry));
  silence->until = g_get_real_time () + lengths[MIN (at, G_N_ELEMENTS (lengths) - 1)];
  tide_pipeline_run_async (silence->pipeline, silence_work, silence, silence_free, NULL, NULL, NULL, NULL);
}

void
tide_alert_silence_ask (TidePipeline *pipeline, GtkWindow *parent, const char *rule, const char *group)
{
  const char *choices[] = { _ ("for 1 hour"), _ ("for 4 hours"), _ ("for 1 day"), _ ("for 1 week"), NULL };
  GtkWidget *dialog = adw_message_dialog_new (parent, _ ("Silence this alert?"), NULL), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  Silence *silence = g_new0 (Silence, 1);

  silence->pipeline = g_object_ref (pipeline);
  silence->rule = g_strdup (rule);
  silence->group = g_strdup (group);
  silence->length = GTK_DROP_DOWN (gtk_drop_down_new_from_strings (choices));
  silence->entry = GTK_EDITABLE (gtk_entry_new ());
  gtk_entry_set_placeholder_text (GTK_ENTRY (silence->entry), _ ("Why"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (silence->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Why"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (silence->length), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("How long"), -1);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (silence->length));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (silence->entry));
  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog), _ ("It goes on in the timeline, and nobody is told."));
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), box);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "silence", _ ("_Silence"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "silence", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "silence");
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), silence);
  tide_accessible_name_buttons (GTK_WIDGET (dialog));
  gtk_window_present (GTK_WINDOW (dialog));
}
