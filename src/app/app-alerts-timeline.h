/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "app-alerts-data.h"

G_BEGIN_DECLS

/* Fills @timeline with what happened to the rule of @answer (NULL: nothing yet). Thread: main. */
void tide_alerts_timeline_show (GtkBox *timeline, const TideAlertsAnswer *answer);

G_END_DECLS
