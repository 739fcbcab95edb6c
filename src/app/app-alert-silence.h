/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Silencing a rule. Thread: main. */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

/* Asks for how long and why; @group empty: all of the rule. A toast of @pane tells how it went. */
void tide_alert_silence_ask (TideAppPane *pane, const char *rule, const char *group);

G_END_DECLS
