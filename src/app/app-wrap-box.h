/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A toolbar that goes on in another line where the window is narrow. Children are those of the template. Thread: main. */
#define TIDE_TYPE_WRAP_BOX (tide_wrap_box_get_type ())
G_DECLARE_FINAL_TYPE (TideWrapBox, tide_wrap_box, TIDE, WRAP_BOX, GtkWidget)

G_END_DECLS
