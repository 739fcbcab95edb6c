/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card Cost by stream: over time, with budget, forecast and the advice that was applied. Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-cost-data.h"

G_BEGIN_DECLS

#define TIDE_TYPE_COST_CARD (tide_cost_card_get_type ())
G_DECLARE_FINAL_TYPE (TideCostCard, tide_cost_card, TIDE, COST_CARD, AdwBin)

/* NULL: nothing yet. */
void tide_cost_card_set (TideCostCard *self, TideCostAnswer *answer);

G_END_DECLS
