/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What screen readers get. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void tide_accessible_name_buttons (GtkWidget *root);
void tide_accessible_hide_unmapped (GtkWidget *widget);

G_END_DECLS
