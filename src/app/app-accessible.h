/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for screen readers. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void tide_accessible_name_buttons (GtkWidget *root);

G_END_DECLS
