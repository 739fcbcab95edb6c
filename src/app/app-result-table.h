/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of a result, or what differs between two of its versions. Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-result-diff.h"

G_BEGIN_DECLS

#define TIDE_TYPE_RESULT_TABLE_VIEW (tide_result_table_view_get_type ())
G_DECLARE_FINAL_TYPE (TideResultTableView, tide_result_table_view, TIDE, RESULT_TABLE_VIEW, AdwBin)

/* Takes a reference; NULL: no rows. @value: the column whose change is shown; -1: none. */
void tide_result_table_view_set (TideResultTableView *self, TideResultDiff *diff, bool only_differences, int value,
                                 GTimeZone *zone);

G_END_DECLS
