/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card that proves the merged value: recomputes it from all events and compares. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_MERGED_VERIFY (tide_merged_verify_get_type ())
G_DECLARE_FINAL_TYPE (TideMergedVerify, tide_merged_verify, TIDE, MERGED_VERIFY, AdwBin)

/* What the button verifies: that which is shown. Another metric (or none) clears the last result and stops what runs;
 * another range does not. @pipeline: a reference is taken; NULL: nothing to verify. */
void tide_merged_verify_set_query (TideMergedVerify *self, TidePipeline *pipeline, const TideQuery *query);
/* Refreshes the progress of what runs; called as often as the pane is. */
void tide_merged_verify_tick (TideMergedVerify *self);

G_END_DECLS
