/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An entry of labels and patterns of groups, "Berlin;Ham*", with a menu of the groups that were seen. Thread: main. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The labels there are now: NULL-terminated; the row frees them. */
typedef char **(*TideGroupRowLabels) (void *data);
GtkWidget *tide_group_row_new (const char *title, TideGroupRowLabels labels, void *data);

G_END_DECLS
