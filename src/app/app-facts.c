/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts in a grid of two columns. Labels are made once and reused: the lists are refreshed every second. A value is
 * never shortened; it wraps under its name's line before it would be cut. */
#include "app-facts.h"

static GtkWidget *
make_label (GtkGrid *grid, int column, int row)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_widget_add_css_class (label, "tide-fact");
  gtk_label_set_xalign (GTK_LABEL (label), column == 0 ? 0 : 1);
  gtk_widget_set_valign (label, GTK_ALIGN_BASELINE);
  if (column == 0)
    gtk_widget_add_css_class (label, "tide-dim");
  else
    {
      gtk_widget_add_css_class (label, "numeric");
      gtk_widget_set_hexpand (label, TRUE);
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_RIGHT);
    }
  gtk_grid_attach (grid, label, column, row, 1, 1);
  return label;
}

void
tide_facts_set (GtkGrid *grid, int row, const char *name, const char *value)
{
  GtkWidget *left = gtk_grid_get_child_at (grid, 0, row), *right = gtk_grid_get_child_at (grid, 1, row);

  if (left == NULL)
    {
      left = make_label (grid, 0, row);
      right = make_label (grid, 1, row);
    }
  gtk_widget_set_visible (left, value != NULL);
  gtk_widget_set_visible (right, value != NULL);
  if (value == NULL)
    return;
  gtk_label_set_text (GTK_LABEL (left), name);
  gtk_label_set_text (GTK_LABEL (right), value);
  gtk_accessible_update_property (GTK_ACCESSIBLE (right), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, name, -1);
}
