/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card of one job: its SQL (of a roll-up: what it computes), whether that is right, its run under way, and how the
 * last one failed. Signals: "run" and "cancel" (const char *job), "schedule" (const char *analysis). Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-job-item.h"

G_BEGIN_DECLS

#define TIDE_TYPE_ANALYSIS_EDITOR (tide_analysis_editor_get_type ())
G_DECLARE_FINAL_TYPE (TideAnalysisEditor, tide_analysis_editor, TIDE, ANALYSIS_EDITOR, AdwBin)

/* Another pipeline (NULL: none): drafts of the old one go. */
void tide_analysis_editor_set_pipeline (TideAnalysisEditor *self, TidePipeline *pipeline);
/* @item NULL: none is selected. */
void tide_analysis_editor_set_job (TideAnalysisEditor *self, TideJobItem *item, const TideWorkspace *workspace);
/* Streams, fields or results may be others. */
void tide_analysis_editor_refresh (TideAnalysisEditor *self);
/* Runs it; what was changed is saved first, so that what is seen is what runs. */
void tide_analysis_editor_run (TideAnalysisEditor *self);
void tide_analysis_editor_focus (TideAnalysisEditor *self);
void tide_analysis_editor_search (TideAnalysisEditor *self);
/* Before the workspace is let go of: TRUE when the person is asked about SQL that is not saved; @go_on is called when
 * they do not cancel. Takes @data when TRUE. */
bool tide_analysis_editor_ask_to_save (TideAnalysisEditor *self, void (*go_on) (void *data), void *data,
                                       GDestroyNotify free_data);

G_END_DECLS
