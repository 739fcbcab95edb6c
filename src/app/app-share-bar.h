/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of a value each layer brings: batch solid, speed hatched, a gap between. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "app-palette.h"

G_BEGIN_DECLS

#define TIDE_TYPE_SHARE_BAR (tide_share_bar_get_type ())
G_DECLARE_FINAL_TYPE (TideShareBar, tide_share_bar, TIDE, SHARE_BAR, GtkWidget)

GtkWidget *tide_share_bar_new (void);
/* The batch layer's part, 0..1; NAN: nothing of either. 1 and 0 serve as swatches. Property "share". */
void tide_share_bar_set_share (TideShareBar *self, double share);

G_END_DECLS
