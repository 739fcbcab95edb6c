/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wheel over a table that can't scroll moves the page around it. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For all scrolled windows below @root; once. */
void tide_scroll_through (GtkWidget *root);

G_END_DECLS
