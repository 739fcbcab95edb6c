/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The editor of an alert rule. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* @name NULL: a new rule. Saves into the workspace file; what is wrong is said in the row. */
GtkWindow *tide_alert_editor_new (TidePipeline *pipeline, GtkWindow *parent, const char *name);

G_END_DECLS
