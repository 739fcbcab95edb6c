/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Editing a rule, and silencing one. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* @name NULL: a new rule. Saves into the workspace file; what is wrong is said in the row. */
GtkWindow *tide_alert_editor_new (TidePipeline *pipeline, GtkWindow *parent, const char *name);
/* Asks for how long and why; @done (nullable) when it was silenced. */
void tide_alert_silence_ask (TidePipeline *pipeline, GtkWindow *parent, const char *rule, const char *group);

G_END_DECLS
