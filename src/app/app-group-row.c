/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups come with the events, and a pattern may name those that are still to come: so one may type, and need not. */
#include "app-group-row.h"

#include "app-preferences-private.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  GtkWidget *row, *list;
  TideGroupRowLabels labels;
  void *data;
} GroupMenu;

static GStrv
typed (GtkWidget *row)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = g_strsplit (gtk_editable_get_text (GTK_EDITABLE (row)), ";", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (*g_strstrip (words[i]) != '\0')
      g_strv_builder_add (builder, words[i]);
  return g_strv_builder_end (builder);
}

static void
on_toggled (GtkCheckButton *check, GroupMenu *menu)
{
  const char *label = gtk_check_button_get_label (check);
  g_auto (GStrv) words = typed (menu->row);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    if (strcmp (words[i], label) != 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ";" : "", words[i]);
  if (gtk_check_button_get_active (check))
    g_string_append_printf (text, "%s%s", text->len > 0 ? ";" : "", label);
  gtk_editable_set_text (GTK_EDITABLE (menu->row), text->str);
}

static void
on_shown (GtkWidget *popover, GroupMenu *menu)
{
  g_auto (GStrv) labels = menu->labels (menu->data);
  g_auto (GStrv) words = typed (menu->row);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (menu->list)) != NULL)
    gtk_box_remove (GTK_BOX (menu->list), child);
  for (guint i = 0; labels != NULL && labels[i] != NULL; i++)
    {
      GtkWidget *check = gtk_check_button_new_with_label (labels[i]);

      gtk_check_button_set_active (GTK_CHECK_BUTTON (check), g_strv_contains ((const char *const *) words, labels[i]));
      g_signal_connect (check, "toggled", G_CALLBACK (on_toggled), menu);
      gtk_box_append (GTK_BOX (menu->list), check);
    }
  if (gtk_widget_get_first_child (menu->list) == NULL)
    gtk_box_append (GTK_BOX (menu->list), gtk_label_new (_ ("No group was seen yet")));
}

GtkWidget *
tide_group_row_new (const char *title, TideGroupRowLabels labels, void *data)
{
  GtkWidget *row = adw_entry_row_new (), *button = gtk_menu_button_new (), *popover = gtk_popover_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GroupMenu *menu = g_new (GroupMenu, 1);

  *menu = (GroupMenu){ row, gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), labels, data };
  g_object_set_data_full (G_OBJECT (row), "tide-group-menu", menu, g_free);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  tide_preferences_name (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (row))), title);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), 300);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), menu->list);
  gtk_popover_set_child (GTK_POPOVER (popover), scrolled);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-list-symbolic");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Choose groups"));
  tide_preferences_name (button, _ ("Choose groups"));
  g_signal_connect (popover, "show", G_CALLBACK (on_shown), menu);
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (row), button);
  return row;
}
