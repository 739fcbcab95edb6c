/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

/* What a person does about an alert that fires: toasts of @pane tell how it went. Thread: main. */
void tide_alerts_acknowledge (TideAppPane *pane, const char *rule, const char *group);
/* All silences that hold for @rule and @group. */
void tide_alerts_end_silence (TideAppPane *pane, const char *rule, const char *group);

G_END_DECLS
