/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A toast in @widget's window that says what was done and offers to undo it: @undo is called with @data at most once;
 * @free_data once the toast has gone. Without a window @data is freed at once. Thread: main. */
void tide_undo_toast (GtkWidget *widget, const char *text, void (*undo) (void *data), void *data,
                      GDestroyNotify free_data);

G_END_DECLS
