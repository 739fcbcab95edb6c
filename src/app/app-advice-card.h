/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The advice for one metric: the curve, and beside it what to do, why, and what if. Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-cost-data.h"

G_BEGIN_DECLS

/* Signals: "apply" (const char *metric, gint64 every), "keep" (const char *metric): what is tried is to be kept. */
#define TIDE_TYPE_ADVICE_CARD (tide_advice_card_get_type ())
G_DECLARE_FINAL_TYPE (TideAdviceCard, tide_advice_card, TIDE, ADVICE_CARD, AdwBin)

/* @answer NULL, or without that metric: nothing yet. */
void tide_advice_card_set (TideAdviceCard *self, TideCostAnswer *answer, const char *metric);
/* What is tried. */
void tide_advice_card_get_tried (TideAdviceCard *self, double *ret_tolerance, TideDuration *ret_objective);
/* While it is applied no second one can be. */
void tide_advice_card_set_busy (TideAdviceCard *self, bool is_busy);
/* Narrow: the advice under the curve. */
void tide_advice_card_set_stacked (TideAdviceCard *self, bool is_stacked);

G_END_DECLS
