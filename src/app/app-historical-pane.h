/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

/* Historical: up to two metrics of the batch layer over a long range, with the period before. */
#define TIDE_TYPE_HISTORICAL_PANE (tide_historical_pane_get_type ())
G_DECLARE_FINAL_TYPE (TideHistoricalPane, tide_historical_pane, TIDE, HISTORICAL_PANE, TideAppPane)

G_END_DECLS
