/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* Takes the analysis out of the workspace file, and offers to bring it back in a toast of @widget's window. Its SQL file
 * and its results stay. Thread: main. */
void tide_analysis_remove (GtkWidget *widget, TidePipeline *pipeline, const char *name);

G_END_DECLS
