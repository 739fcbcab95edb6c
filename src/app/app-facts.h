/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A card's list of facts: what at the left, dim; the value at the right, in tabular figures. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Row @row of @grid; @value NULL hides it. */
void tide_facts_set (GtkGrid *grid, int row, const char *name, const char *value);

G_END_DECLS
