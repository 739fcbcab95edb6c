/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import of an expectation suite: the file is read on a worker, then a person looks over what it becomes. Nothing is
 * written before that. */
#include "app-suite-dialog.h"

#include "app-accessible.h"

#include <glib/gi18n.h>

typedef struct
{
  TidePreferences *window;
  char *stream, *path;
  TideSuite *suite;
} Import;

static void
import_free (void *data)
{
  Import *import = data;

  g_object_unref (import->window);
  g_free (import->stream);
  g_free (import->path);
  tide_suite_free (import->suite);
  g_free (import);
}

/* --- looking it over --- */

static GtkWidget *
text_new (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), FALSE);
  gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
list_rules (GtkBox *box, const TideSuite *suite)
{
  for (guint i = 0; i < suite->rules->len; i++)
    {
      const TideSuiteRule *rule = g_ptr_array_index (suite->rules, i);
      g_autofree char *text = g_strdup_printf ("%s: %s=%s%s", rule->column, rule->key, rule->value, rule->warns ? _ (" (warns)") : "");

      gtk_box_append (box, text_new (text, "monospace"));
    }
}

static void
list_misses (GtkBox *box, const TideSuite *suite)
{
  if (suite->misses->len > 0)
    gtk_box_append (box, text_new (_ ("No counterpart"), "heading"));
  for (guint i = 0; i < suite->misses->len; i++)
    {
      const TideSuiteMiss *miss = g_ptr_array_index (suite->misses, i);
      g_autofree char *text = miss->column != NULL ? g_strdup_printf ("%s, %s: %s", miss->column, miss->expectation, miss->reason)
                                                   : g_strdup_printf ("%s: %s", miss->expectation, miss->reason);

      gtk_box_append (box, text_new (text, "tide-fact"));
    }
}

static void
on_applied (GtkWidget *owner, const GError *error)
{
  tide_preferences_toast (TIDE_PREFERENCES (owner), error != NULL ? error->message : _ ("The rules are added"));
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Import *import)
{
  TideConf *conf;

  if (g_str_equal (response, "add"))
    {
      conf = tide_preferences_edit (import->window);
      tide_suite_apply (import->suite, import->stream, conf);
      tide_preferences_apply (import->window, conf, NULL, GTK_WIDGET (import->window), on_applied);
    }
  import_free (import);
}

/* Takes @import. */
static void
show (Import *import)
{
  g_autofree char *heading = g_strdup_printf (ngettext ("%u Rule from “%s”", "%u Rules from “%s”", import->suite->rules->len),
                                              import->suite->rules->len, import->suite->name);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (import->window), heading, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4), *scroller = gtk_scrolled_window_new ();

  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog), _ ("They are added to the fields of %s, and take the place of rules of the same kind."),
                                  import->stream);
  list_rules (GTK_BOX (box), import->suite);
  list_misses (GTK_BOX (box), import->suite);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 320);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), scroller);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "add", _ ("_Add Rules"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "add", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (dialog), "add", import->suite->rules->len > 0);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), import);
  tide_accessible_name_buttons (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- reading --- */

/* Thread: worker. */
static void *
read_suite (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Import *import = data;
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  const TideStream *stream = tide_workspace_get_stream (workspace, import->stream);
  TideSuite *suite = tide_suite_load (import->path, error);

  if (suite != NULL && stream != NULL)
    tide_suite_fit (suite, stream);
  return suite;
}

static void
on_read (GObject *object, GAsyncResult *result, void *data)
{
  Import *import = data;
  g_autoptr (GError) error = NULL;

  import->suite = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  if (import->suite != NULL)
    {
      show (import);
      return;
    }
  tide_preferences_toast (import->window, error->message);
  import_free (import);
}

static void
on_chosen (GtkNativeDialog *chooser, int response, Import *import)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser)) : NULL;

  import->path = file != NULL ? g_file_get_path (file) : NULL;
  if (import->path != NULL)
    {
      Import *asked = g_new0 (Import, 1);

      asked->window = g_object_ref (import->window);
      asked->stream = g_strdup (import->stream);
      asked->path = g_strdup (import->path);
      tide_pipeline_run_async (tide_preferences_get_pipeline (import->window), read_suite, asked, import_free,
                               (GDestroyNotify) tide_suite_free, NULL, on_read, import);
    }
  else
    import_free (import);
  g_object_unref (chooser);
}

void
tide_suite_dialog_choose (TidePreferences *window, const char *stream)
{
  Import *import = g_new0 (Import, 1);
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_ ("Import Expectation Suite"), GTK_WINDOW (window),
                                                               GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Import"), NULL);
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  import->window = g_object_ref (window);
  import->stream = g_strdup (stream);
  gtk_file_filter_set_name (filter, _ ("JSON files"));
  gtk_file_filter_add_suffix (filter, "json");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), filter);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (on_chosen), import);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
