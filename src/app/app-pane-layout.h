/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One child, laid out at its least width where the pane is narrower. Thread: main. */
#define TIDE_TYPE_PANE_LAYOUT (tide_pane_layout_get_type ())
G_DECLARE_FINAL_TYPE (TidePaneLayout, tide_pane_layout, TIDE, PANE_LAYOUT, GtkLayoutManager)

G_END_DECLS
