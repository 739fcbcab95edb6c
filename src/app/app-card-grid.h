/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Cards in equal columns: clamp (1, width / 340, 4). Rows share the height that there is. */
#define TIDE_TYPE_CARD_GRID (tide_card_grid_get_type ())
G_DECLARE_FINAL_TYPE (TideCardGrid, tide_card_grid, TIDE, CARD_GRID, GtkWidget)

void tide_card_grid_append (TideCardGrid *self, GtkWidget *card);
void tide_card_grid_clear (TideCardGrid *self);
int tide_card_grid_columns (int width);

G_END_DECLS
