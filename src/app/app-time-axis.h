/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time axis under a column of cells that show time. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define TIDE_TYPE_TIME_AXIS (tide_time_axis_get_type ())
G_DECLARE_FINAL_TYPE (TideTimeAxis, tide_time_axis, TIDE, TIME_AXIS, GtkWidget)

GtkWidget *tide_time_axis_new (void);
/* Labels for [from, to), drawn under @above's own place when it is mapped. */
void tide_time_axis_set (TideTimeAxis *self, GtkWidget *above, double from, double to);

G_END_DECLS
