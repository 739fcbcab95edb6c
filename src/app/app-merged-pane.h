/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

/* Merged: one metric over both layers, and the cut between them. */
#define TIDE_TYPE_MERGED_PANE (tide_merged_pane_get_type ())
G_DECLARE_FINAL_TYPE (TideMergedPane, tide_merged_pane, TIDE, MERGED_PANE, TideAppPane)

G_END_DECLS
