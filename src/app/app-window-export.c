/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ctrl+E: exactly what the visible pane shows, as CSV. The pane decides what that is at the moment of asking; it is
 * written on a worker, aside, and replaces the file only when all of it is there. */
#include "app-window-private.h"

#include <glib/gi18n.h>

typedef struct
{
  TideWindow *window;
  TideAppExport *item;
  char *path;
  TidePipeline *pipeline;     /* of the moment of asking */
  GCancellable *cancellable;
} Export;

static void
export_free (void *data)
{
  Export *export = data;

  g_clear_object (&export->window);
  g_clear_object (&export->pipeline);
  tide_app_export_free (export->item);
  g_free (export->path);
  g_free (export);
}

static bool
write_stream (GOutputStream *stream, void *data, GError **error)
{
  Export *export = data;

  return export->item->write (export->pipeline, export->item->data, stream, export->cancellable, error);
}

static void *
write_file (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  Export *export = data;

  export->cancellable = cancellable;
  return tide_file_replace (export->path, write_stream, export, error) ? g_strdup (export->path) : NULL;
}

static void
on_written (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  g_autofree char *base = path != NULL ? g_path_get_basename (path) : NULL;
  g_autofree char *text = path != NULL ? g_strdup_printf (_ ("Exported to %s"), base)
                                       : g_strdup_printf (_ ("Not exported: %s"), error->message);

  if (!self->closing)
    tide_window_toast (self, text);
}

static void
on_chosen (GtkNativeDialog *dialog, int response, void *data)
{
  Export *export = data;
  TideWindow *self = export->window;

  if (response == GTK_RESPONSE_ACCEPT && self->pipeline != export->pipeline)
    tide_window_toast (self, _ ("Not exported: the workspace was closed"));
  else if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      export->path = g_file_get_path (file);
      if (export->path != NULL)
        {
          g_autoptr (TideWindow) window = g_steal_pointer (&export->window);

          tide_pipeline_run_async (window->pipeline, write_file, export, export_free, g_free, NULL, on_written,
                                   g_object_ref (window));
          export = NULL;
        }
      else
        tide_window_toast (self, _ ("Not exported: choose a folder of this computer"));
    }
  if (export != NULL)
    export_free (export);
  g_object_unref (dialog);
}

void
tide_window_export (GtkWidget *widget, const char *action, GVariant *parameter)
{
  TideWindow *self = TIDE_WINDOW (widget);
  g_autoptr (TideAppExport) item = self->pane != NULL ? tide_app_pane_get_export (self->pane) : NULL;
  g_autofree char *name = NULL;
  GtkFileChooserNative *dialog;
  Export *export;

  if (item == NULL || self->pipeline == NULL)
    {
      tide_window_toast (self, _ ("There is nothing to export here yet"));
      return;
    }
  name = g_strconcat (item->name, ".csv", NULL);
  export = g_new0 (Export, 1);
  export->window = g_object_ref (self);
  export->pipeline = g_object_ref (self->pipeline);
  export->item = g_steal_pointer (&item);
  dialog = gtk_file_chooser_native_new (_ ("Export as CSV"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE,
                                        _ ("_Export"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect (dialog, "response", G_CALLBACK (on_chosen), export);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
