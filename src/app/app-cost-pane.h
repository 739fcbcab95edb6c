/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

#define TIDE_TYPE_COST_PANE (tide_cost_pane_get_type ())
G_DECLARE_FINAL_TYPE (TideCostPane, tide_cost_pane, TIDE, COST_PANE, TideAppPane)

G_END_DECLS
