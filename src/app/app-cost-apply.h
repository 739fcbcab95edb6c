/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking advice, with Undo. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* Moves @metric to @every; @done is called when it is in effect (or an error was shown). @title: for the toast. */
void tide_cost_apply (GtkWidget *widget, TidePipeline *pipeline, const char *metric, const char *title,
                      TideDuration before, TideDuration every, void (*done) (GtkWidget *widget));
/* Saves a tolerance and an objective (0: none) for @metric. */
void tide_cost_keep (GtkWidget *widget, TidePipeline *pipeline, const char *metric, const char *title,
                     double tolerance, TideDuration objective, void (*done) (GtkWidget *widget));

G_END_DECLS
