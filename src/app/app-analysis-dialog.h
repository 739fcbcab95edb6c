/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New analysis, and the schedule of one. Signals: "done" (const char *analysis): it is in the workspace file; "remove"
 * (const char *analysis): the person wants it gone. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_ANALYSIS_DIALOG (tide_analysis_dialog_get_type ())
G_DECLARE_FINAL_TYPE (TideAnalysisDialog, tide_analysis_dialog, TIDE, ANALYSIS_DIALOG, AdwWindow)

/* @name NULL: a new one. Not shown yet. */
GtkWindow *tide_analysis_dialog_new (GtkWindow *parent, TidePipeline *pipeline, const char *name);

G_END_DECLS
