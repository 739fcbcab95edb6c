/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK gives no way to a column's header; it is found where GTK 4.8 puts it: the view's first child holds one button a
 * shown column. Where that is not so nothing happens. */
#include "app-column-header.h"

GtkWidget *
tide_column_header_get (GtkColumnView *view, guint at)
{
  GtkWidget *headers = gtk_widget_get_first_child (GTK_WIDGET (view));
  GtkWidget *header = headers != NULL ? gtk_widget_get_first_child (headers) : NULL;

  for (; header != NULL && at > 0; at--)
    header = gtk_widget_get_next_sibling (header);
  return header;
}

void
tide_column_headers_align_end (GtkColumnView *view, guint from, guint to)
{
  GtkWidget *header = tide_column_header_get (view, from);

  for (guint i = from; header != NULL && i <= to; i++, header = gtk_widget_get_next_sibling (header))
    {
      GtkWidget *content = gtk_widget_get_first_child (header);

      if (content != NULL)
        gtk_widget_set_halign (content, GTK_ALIGN_END);
    }
}
