/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows bound to one key of the workspace file. There is no Save: a switch or a combo is saved when it is moved, an entry
 * when it is applied. An empty entry takes the key out of the file, so that its default holds. */
#include "app-preferences-private.h"

#include "app-accessible.h"
#include "app-key-row.h"

#include <glib/gi18n.h>
#include <string.h>

#define BINDING "tide-conf-binding"

typedef struct
{
  char *section, *key, *title;
  bool deletes, holds_section;
  bool fallback;              /* of a switch */
  const char *const *choices; /* of a combo */
  GtkWidget *toggle;
  bool updating;
} Binding;

static void
binding_free (void *data)
{
  Binding *binding = data;

  g_free (binding->section);
  g_free (binding->key);
  g_free (binding->title);
  g_free (binding);
}

static Binding *
bind (GtkWidget *row, const char *section, const char *key, const char *title)
{
  Binding *binding = g_new0 (Binding, 1);

  binding->section = g_strdup (section);
  binding->key = g_strdup (key);
  binding->title = g_strdup (title);
  g_object_set_data_full (G_OBJECT (row), BINDING, binding, binding_free);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  return binding;
}

static Binding *
binding_of (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), BINDING);
}

static void
on_applied (GtkWidget *row, const GError *error)
{
  TidePreferences *window = tide_preferences_of (row);
  g_autoptr (TideConf) conf = NULL;

  tide_preferences_set_problem (row, binding_of (row)->title, error != NULL ? error->message : NULL);
  if (error == NULL || ADW_IS_ENTRY_ROW (row) || window == NULL)
    return; /* what was typed stays, to be mended */
  conf = tide_preferences_edit (window);
  tide_conf_row_update (row, conf);
}

static void
set (GtkWidget *row, const char *value)
{
  const Binding *binding = binding_of (row);
  TidePreferences *window = tide_preferences_of (row);
  TideConf *conf = tide_preferences_edit (window);

  if (value == NULL && binding->holds_section)
    tide_conf_remove_section (conf, binding->section);
  else
    tide_conf_set (conf, binding->section, binding->key, value);
  tide_preferences_apply (window, conf, NULL, row, on_applied);
}

/* Entry */

static void
set_entry (GtkWidget *row)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));

  set (row, *text != '\0' ? text : NULL);
}

static void
on_agreed (AdwMessageDialog *dialog, const char *response, GtkWidget *row)
{
  if (strcmp (response, "set") == 0)
    set_entry (row);
  else
    {
      g_autoptr (TideConf) conf = tide_preferences_edit (tide_preferences_of (row));

      tide_conf_row_update (row, conf);
    }
}

static void
on_apply (GtkWidget *row)
{
  AdwMessageDialog *dialog;

  if (!binding_of (row)->deletes || *gtk_editable_get_text (GTK_EDITABLE (row)) == '\0')
    {
      set_entry (row);
      return;
    }
  dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (row)), _ ("Delete Events Past This Limit?"),
                                                       _ ("They can not be brought back. What they added to the metrics stays.")));
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "set", _ ("_Set Limit"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "set", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_agreed), row, 0);
  tide_accessible_name_buttons (GTK_WIDGET (dialog));
  gtk_window_present (GTK_WINDOW (dialog));
}

GtkWidget *
tide_conf_row_new (const char *section, const char *key, const char *title, bool deletes)
{
  GtkWidget *row = adw_entry_row_new ();

  bind (row, section, key, title)->deletes = deletes;
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), TRUE);
  tide_preferences_name (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (row))), title);
  g_signal_connect (row, "apply", G_CALLBACK (on_apply), NULL);
  return row;
}

void
tide_conf_row_set_holds_section (GtkWidget *row)
{
  binding_of (row)->holds_section = true;
}

/* Combo and switch */

static void
on_selected (GtkWidget *row)
{
  const Binding *binding = binding_of (row);
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (row));

  if (!binding->updating && selected != GTK_INVALID_LIST_POSITION && tide_preferences_of (row) != NULL)
    set (row, selected == 0 ? NULL : binding->choices[selected]);
}

GtkWidget *
tide_conf_combo_new (const char *section, const char *key, const char *title, const char *const *choices,
                     const char *const *titles)
{
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);

  bind (row, section, key, title)->choices = choices;
  for (guint i = 0; choices[i] != NULL; i++)
    {
      g_autofree char *text = titles != NULL ? g_strdup (titles[i]) : tide_key_choice_title (choices[i]);

      gtk_string_list_append (list, text);
    }
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  tide_preferences_name (row, title);
  g_signal_connect (row, "notify::selected", G_CALLBACK (on_selected), NULL);
  return row;
}

static void
on_switched (GtkSwitch *toggle, GParamSpec *spec, GtkWidget *row)
{
  const Binding *binding = binding_of (row);
  bool on = gtk_switch_get_active (toggle);

  if (!binding->updating)
    set (row, on == binding->fallback ? NULL : on ? "true" : "false");
}

GtkWidget *
tide_conf_switch_new (const char *section, const char *key, const char *title, bool fallback)
{
  GtkWidget *row = adw_action_row_new ();
  Binding *binding = bind (row, section, key, title);

  binding->fallback = fallback;
  binding->toggle = gtk_switch_new ();
  gtk_switch_set_active (GTK_SWITCH (binding->toggle), fallback);
  gtk_widget_set_valign (binding->toggle, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), binding->toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), binding->toggle); /* names it too */
  g_signal_connect_object (binding->toggle, "notify::active", G_CALLBACK (on_switched), row, 0);
  return row;
}

/* What the file says */

static void
update_entry (GtkWidget *row, const char *value)
{
  GtkWidget *text = GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (row)));

  if (gtk_widget_has_css_class (row, "error") || gtk_widget_has_focus (text)
      || g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (row)), value != NULL ? value : "") == 0)
    return;
  /* Without this the entry would offer to apply what the file says. */
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), FALSE);
  gtk_editable_set_text (GTK_EDITABLE (row), value != NULL ? value : "");
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), TRUE);
}

void
tide_conf_row_update (GtkWidget *row, const TideConf *conf)
{
  Binding *binding = binding_of (row);
  const char *value = tide_conf_get (conf, binding->section, binding->key);

  binding->updating = true;
  if (binding->toggle != NULL)
    {
      bool on = binding->fallback;

      if (value != NULL)
        tide_bool_parse (value, &on, NULL);
      gtk_switch_set_active (GTK_SWITCH (binding->toggle), on);
    }
  else if (binding->choices != NULL)
    {
      guint selected = 0;

      for (guint i = 0; binding->choices[i] != NULL; i++)
        if (g_strcmp0 (binding->choices[i], value) == 0)
          selected = i;
      adw_combo_row_set_selected (ADW_COMBO_ROW (row), selected);
    }
  else
    update_entry (row, value);
  binding->updating = false;
}
