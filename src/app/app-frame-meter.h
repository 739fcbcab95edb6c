/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Nothing is measured, and nothing costs, without G_MESSAGES_DEBUG=tidemark-frames. */
void tide_frame_meter_watch (GtkWidget *window);

G_END_DECLS
