/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question before a silence: for how long, and why. */
#include "app-alert-silence.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-accessible.h"

typedef struct
{
  TideAppPane *pane;
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

  g_object_unref (silence->pane);
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
on_silenced (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideAppPane) pane = data;
  g_autoptr (GError) error = NULL;

  if (tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error) != NULL)
    tide_app_pane_toast (pane, _ ("Silenced"));
  else if (error != NULL)
    tide_app_pane_toast_error (pane, _ ("The alert was not silenced"), error);
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
  tide_pipeline_run_async (silence->pipeline, silence_work, silence, silence_free, NULL, NULL, on_silenced,
                           g_object_ref (silence->pane));
}

void
tide_alert_silence_ask (TideAppPane *pane, const char *rule, const char *group)
{
  const char *choices[] = { _ ("for 1 hour"), _ ("for 4 hours"), _ ("for 1 day"), _ ("for 1 week"), NULL };
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (pane))), _ ("Silence this alert?"), NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  Silence *silence = g_new0 (Silence, 1);

  silence->pane = g_object_ref (pane);
  silence->pipeline = g_object_ref (tide_app_pane_get_pipeline (pane));
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
