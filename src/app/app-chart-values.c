/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chart's values as a table, for who can't see the picture or wants the numbers. It holds what was visible when it was
 * asked for; the chart goes on behind. */
#include "app-chart.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app-column-header.h"

#define MOST_ROWS 2000

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), GPOINTER_TO_UINT (column) == 0 ? 0 : 1);
  gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  GStrv cells = g_object_get_data (gtk_list_item_get_item (item), "cells");

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), cells[GPOINTER_TO_UINT (column)]);
}

static GListModel *
make_model (GPtrArray *table)
{
  GListStore *store = g_list_store_new (G_TYPE_OBJECT);

  for (guint i = 1; i < table->len; i++)
    {
      g_autoptr (GObject) row = g_object_new (G_TYPE_OBJECT, NULL);

      g_object_set_data_full (row, "cells", g_strdupv (table->pdata[i]), (GDestroyNotify) g_strfreev);
      g_list_store_append (store, row);
    }
  return G_LIST_MODEL (store);
}

static GtkWidget *
make_view (GPtrArray *table, const char *title)
{
  GtkWidget *view = gtk_column_view_new (GTK_SELECTION_MODEL (gtk_single_selection_new (make_model (table))));
  GStrv header = table->pdata[0];

  for (guint i = 0; header[i] != NULL; i++)
    {
      GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
      g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (header[i], factory);

      g_signal_connect (factory, "setup", G_CALLBACK (on_setup), GUINT_TO_POINTER (i));
      g_signal_connect (factory, "bind", G_CALLBACK (on_bind), GUINT_TO_POINTER (i));
      gtk_column_view_column_set_resizable (column, TRUE);
      gtk_column_view_column_set_expand (column, i > 0);
      gtk_column_view_append_column (GTK_COLUMN_VIEW (view), column);
    }
  tide_column_headers_align_end (GTK_COLUMN_VIEW (view), 1, G_MAXUINT);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  return view;
}

static gboolean
close_window (GtkWidget *window, GVariant *args, gpointer data)
{
  gtk_window_close (GTK_WINDOW (window));
  return TRUE;
}

void
tide_chart_show_values (TideChart *self)
{
  g_autoptr (GPtrArray) table = tide_chart_get_table (self, MOST_ROWS);
  const char *chart = tide_chart_data_get_title (tide_chart_get_data (self));
  g_autofree char *title = g_strdup_printf (_ ("Values: %s"), chart != NULL ? chart : "");
  GtkWidget *window, *box, *scrolled, *view;
  GtkEventController *keys;

  if (table->len == 0)
    return;
  window = adw_window_new ();
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  scrolled = gtk_scrolled_window_new ();
  view = make_view (table, title);
  gtk_window_set_title (GTK_WINDOW (window), title);
  gtk_window_set_default_size (GTK_WINDOW (window), 640, 520);
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), scrolled);
  adw_window_set_content (ADW_WINDOW (window), box);
  keys = gtk_shortcut_controller_new ();
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                                                          gtk_callback_action_new (close_window, NULL, NULL)));
  gtk_widget_add_controller (window, keys);
  gtk_window_present (GTK_WINDOW (window));
}
