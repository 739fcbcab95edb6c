/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cards beside the chart of Merged: the cut, since the cut, verify, roll-ups. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "app-merged-answer.h"

G_BEGIN_DECLS

#define TIDE_TYPE_MERGED_INSPECTOR (tide_merged_inspector_get_type ())
G_DECLARE_FINAL_TYPE (TideMergedInspector, tide_merged_inspector, TIDE, MERGED_INSPECTOR, GtkBox)

/* NULL: nothing known. Borrows both for the call (the pipeline is referenced). */
void tide_merged_inspector_set_answer (TideMergedInspector *self, TidePipeline *pipeline,
                                       const TideMergedAnswer *answer);
void tide_merged_inspector_tick (TideMergedInspector *self);
/* To the clipboard: the sequence number, ungrouped. */
void tide_merged_inspector_copy_position (TideMergedInspector *self);

G_END_DECLS
