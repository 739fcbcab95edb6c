/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runs of a job over a range as a cell of the table, and the axis and key that all of those cells share.
 * Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "app-analyses-data.h"

G_BEGIN_DECLS

#define TIDE_TYPE_RUNS_CELL (tide_runs_cell_get_type ())
G_DECLARE_FINAL_TYPE (TideRunsCell, tide_runs_cell, TIDE, RUNS_CELL, GtkWidget)

GtkWidget *tide_runs_cell_new (void);
/* @answer NULL: an empty line. @asleep: of tide_analyses_get_asleep(). Takes references; copies what it needs of @job. */
void tide_runs_cell_set (TideRunsCell *self, TideAnalysesAnswer *answer, GArray *asleep, const TideJob *job,
                         TideTime now);

#define TIDE_TYPE_RUNS_AXIS (tide_runs_axis_get_type ())
G_DECLARE_FINAL_TYPE (TideRunsAxis, tide_runs_axis, TIDE, RUNS_AXIS, GtkWidget)

void tide_runs_axis_set_range (TideRunsAxis *self, TideTime from, TideTime to, GTimeZone *zone);
/* Where the cells stand, from the left edge of the axis; @width 0: nowhere. */
void tide_runs_axis_set_place (TideRunsAxis *self, double x, double width);

G_END_DECLS
