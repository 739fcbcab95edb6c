/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Removing an analysis takes nothing but its section, so it is undone by putting the section back into the file as it is
 * then: what else was edited meanwhile stays. */
#include "app-analysis-remove.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-undo-toast.h"

typedef struct
{
  GtkWidget *widget; /* weak */
  TidePipeline *pipeline;
  TideConf *before;
  char *section;
} Removal;

static void
removal_free (void *data)
{
  Removal *removal = data;

  g_clear_weak_pointer (&removal->widget);
  g_object_unref (removal->pipeline);
  tide_conf_free (removal->before);
  g_free (removal->section);
  g_free (removal);
}

static void
toast (GtkWidget *widget, const char *text)
{
  gtk_widget_activate_action (widget, "win.toast", "s", text);
}

static void
on_restored (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (GtkWidget) widget = data;
  g_autoptr (GError) error = NULL;

  if (!tide_pipeline_apply_finish (TIDE_PIPELINE (object), result, &error))
    toast (widget, error->message);
}

static void
on_undo (void *data)
{
  const Removal *removal = data;
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (removal->pipeline);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);

  for (guint s = 0; s < tide_conf_get_n_sections (removal->before); s++)
    for (guint i = 0; strcmp (tide_conf_get_section (removal->before, s, NULL), removal->section) == 0
                      && i < tide_conf_get_n_keys (removal->before, s); i++)
      {
        const char *value, *key = tide_conf_get_key (removal->before, s, i, &value, NULL);

        tide_conf_set (conf, removal->section, key, value);
      }
  if (removal->widget != NULL)
    tide_pipeline_apply_async (removal->pipeline, conf, NULL, on_restored, g_object_ref (removal->widget));
}

static void
on_removed (GObject *object, GAsyncResult *result, void *data)
{
  Removal *removal = data;
  g_autoptr (GError) error = NULL;
  bool done = tide_pipeline_apply_finish (TIDE_PIPELINE (object), result, &error);

  if (done && removal->widget != NULL)
    {
      tide_undo_toast (removal->widget, _ ("Analysis removed; its SQL file and results stay"), on_undo, removal,
                       removal_free);
      return;
    }
  if (removal->widget != NULL)
    toast (removal->widget, error->message);
  removal_free (removal);
}

void
tide_analysis_remove (GtkWidget *widget, TidePipeline *pipeline, const char *name)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  Removal *removal = g_new0 (Removal, 1);

  g_set_weak_pointer (&removal->widget, widget);
  removal->pipeline = g_object_ref (pipeline);
  removal->before = tide_conf_copy (conf);
  removal->section = g_strconcat ("analysis ", name, NULL);
  tide_conf_remove_section (conf, removal->section);
  tide_pipeline_apply_async (pipeline, conf, NULL, on_removed, removal);
}
