/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Silencing a rule. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* Asks for how long and why; @group empty: all of the rule. */
void tide_alert_silence_ask (TidePipeline *pipeline, GtkWindow *parent, const char *rule, const char *group);

G_END_DECLS
