/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job as a row of Analyses: finished text. Thread: main. Signal "changed": its text or state is another. */
#pragma once

#include "app-analyses-data.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_JOB_COLUMN_STATE,
  TIDE_JOB_COLUMN_NAME,
  TIDE_JOB_COLUMN_RUNS,
  TIDE_JOB_COLUMN_NEXT,
  TIDE_JOB_COLUMN_LAST,
  TIDE_JOB_COLUMN_DURATION,
  TIDE_JOB_COLUMN_ROWS,
  TIDE_JOB_COLUMN_ENGINE,
  TIDE_JOB_COLUMN_ACTION,
  TIDE_N_JOB_COLUMNS,
} TideJobColumn;

#define TIDE_TYPE_JOB_ITEM (tide_job_item_get_type ())
G_DECLARE_FINAL_TYPE (TideJobItem, tide_job_item, TIDE, JOB_ITEM, GObject)

TideJobItem *tide_job_item_new (void);
/* Takes @job. @answer (nullable): its histories. Emits "changed" when something that shows is another. */
void tide_job_item_update (TideJobItem *self, TideJob *job, const TideWorkspace *workspace, TideAnalysesAnswer *answer,
                           TideTime now);
const TideJob *tide_job_item_get_job (TideJobItem *self);
/* NULL while nothing was read. */
const TideJobHistory *tide_job_item_get_history (TideJobItem *self);
TideAnalysesAnswer *tide_job_item_get_answer (TideJobItem *self);
TideOutcome tide_job_item_get_outcome (TideJobItem *self);
const char *tide_job_item_get_title (TideJobItem *self);
/* First and second line; the second "" where there is one line. */
const char *tide_job_item_get_text (TideJobItem *self, TideJobColumn column);
const char *tide_job_item_get_detail (TideJobItem *self, TideJobColumn column);
/* For sorting by a column. */
int tide_job_item_compare (TideJobItem *a, TideJobItem *b, TideJobColumn column);

G_END_DECLS
