/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What GTK 4.8 does not get right for screen readers. It names a button with text by its label property and by the label
 * inside it, one after the other: "Add Add", or "_Add Add" with a mnemonic; here each gets its text as its only name. And
 * it tells of the pages of a stack that are not shown as if they were. */
#include "app-accessible.h"

static char *
without_mnemonic (const char *text)
{
  GString *plain = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '_' && p[1] != '_')
        continue;
      if (*p == '_')
        p++;
      g_string_append_c (plain, *p);
    }
  return g_string_free (plain, FALSE);
}

static void
name_button (GtkButton *button)
{
  const char *label = gtk_button_get_label (button);
  g_autofree char *name = NULL;

  if (label == NULL)
    return;
  name = gtk_button_get_use_underline (button) ? without_mnemonic (label) : g_strdup (label);
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/**
 * tide_accessible_name_buttons:
 * @root: a widget whose template or children are complete
 *
 * Names every button of text below @root by that text, now and whenever it changes.
 */
void
tide_accessible_name_buttons (GtkWidget *root)
{
  if (GTK_IS_BUTTON (root) && gtk_button_get_label (GTK_BUTTON (root)) != NULL)
    {
      g_signal_handlers_disconnect_by_func (root, name_button, NULL);
      g_signal_connect (root, "notify::label", G_CALLBACK (name_button), NULL);
      name_button (GTK_BUTTON (root));
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    tide_accessible_name_buttons (child);
}

static void
tell_mapped (GtkWidget *widget)
{
  gtk_accessible_update_state (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_STATE_HIDDEN, !gtk_widget_get_mapped (widget), -1);
}

/**
 * tide_accessible_hide_unmapped:
 * @widget: a page of a stack
 *
 * Lets screen readers see @widget and all in it only while it is shown.
 */
void
tide_accessible_hide_unmapped (GtkWidget *widget)
{
  g_signal_connect_after (widget, "map", G_CALLBACK (tell_mapped), NULL);
  g_signal_connect_after (widget, "unmap", G_CALLBACK (tell_mapped), NULL);
  tell_mapped (widget);
}
