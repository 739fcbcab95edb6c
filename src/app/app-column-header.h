/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The header of the shown column @at of @view; NULL: there is none. Thread: main. */
GtkWidget *tide_column_header_get (GtkColumnView *view, guint at);
/* The headers of the shown columns @from to @to stand over their numbers, at the end: GTK 4.8 has no property for it. */
void tide_column_headers_align_end (GtkColumnView *view, guint from, guint to);

G_END_DECLS
