/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rule's states over time as a cell. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "app-alerts-data.h"

G_BEGIN_DECLS

#define TIDE_TYPE_ALERT_STRIP (tide_alert_strip_get_type ())
G_DECLARE_FINAL_TYPE (TideAlertStrip, tide_alert_strip, TIDE, ALERT_STRIP, GtkWidget)

GtkWidget *tide_alert_strip_new (void);
/* Takes a reference to @spans (TideAlertSpan; NULL: none). @silenced_from: a line from there on; NAN: none. */
void tide_alert_strip_set (TideAlertStrip *self, GArray *spans, double from, double to, double silenced_from);

G_END_DECLS
