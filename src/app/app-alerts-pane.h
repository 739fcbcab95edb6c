/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Alerts pane. Thread: main. */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

#define TIDE_TYPE_ALERTS_PANE (tide_alerts_pane_get_type ())
G_DECLARE_FINAL_TYPE (TideAlertsPane, tide_alerts_pane, TIDE, ALERTS_PANE, TideAppPane)

/* Shows a rule as it was around @time (TIDE_TIME_NONE: now). */
void tide_alerts_pane_open (TideAlertsPane *self, const char *rule, TideTime time);

G_END_DECLS
