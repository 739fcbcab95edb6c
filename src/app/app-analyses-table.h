/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of all jobs, with the axis of their runs under it. Signals: "selected": another job is; "act" (const char
 * *job): its button was pressed. Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-job-item.h"
#include "app-pane.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_JOBS_ALL,
  TIDE_JOBS_RUNNING,
  TIDE_JOBS_FAILED,
  TIDE_JOBS_MISSED,
  TIDE_N_JOB_FILTERS,
} TideJobFilter;

#define TIDE_TYPE_ANALYSES_TABLE (tide_analyses_table_get_type ())
G_DECLARE_FINAL_TYPE (TideAnalysesTable, tide_analyses_table, TIDE, ANALYSES_TABLE, AdwBin)

/* Takes the TideJob* elements of @jobs; @answer nullable. Analyses stand before roll-ups and reports. */
void tide_analyses_table_update (TideAnalysesTable *self, GPtrArray *jobs, const TideWorkspace *workspace,
                                 TideAnalysesAnswer *answer, TideTime now);
void tide_analyses_table_set_filter (TideAnalysesTable *self, TideJobFilter filter);
guint tide_analyses_table_count (TideAnalysesTable *self, TideJobFilter filter);
/* NULL: none. Borrowed. */
TideJobItem *tide_analyses_table_get_selected (TideAnalysesTable *self);
void tide_analyses_table_select (TideAnalysesTable *self, const char *name);
/* "last 7 days". */
void tide_analyses_table_set_range_title (TideAnalysesTable *self, const char *title);
/* Leaves columns out that do not fit. To be called with each tick. */
void tide_analyses_table_adapt (TideAnalysesTable *self);
/* The rows as they are shown. */
TideAppExport *tide_analyses_table_get_export (TideAnalysesTable *self);

G_END_DECLS
