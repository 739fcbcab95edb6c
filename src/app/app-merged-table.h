/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The groups of a merged answer: batch, speed, merged, shares, late. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_MERGED_TABLE (tide_merged_table_get_type ())
G_DECLARE_FINAL_TYPE (TideMergedTable, tide_merged_table, TIDE, MERGED_TABLE, AdwBin)

/* Groups by falling value. NULL: none. Borrows @rows for the call. */
void tide_merged_table_set_rows (TideMergedTable *self, const TideRows *rows);

G_END_DECLS
