/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panes of Historical, newest first, beside the period before. Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-chart.h"
#include "app-historical-data.h"

G_BEGIN_DECLS

#define TIDE_TYPE_HISTORICAL_TABLE (tide_historical_table_get_type ())
G_DECLARE_FINAL_TYPE (TideHistoricalTable, tide_historical_table, TIDE, HISTORICAL_TABLE, AdwBin)

/* NULL: none. Borrows @answer for the call. */
void tide_historical_table_set_answer (TideHistoricalTable *self, const TideHistoricalAnswer *answer);
/* Selecting a row sets the crosshair of @axis. */
void tide_historical_table_set_axis (TideHistoricalTable *self, TideChartAxis *axis);

G_END_DECLS
