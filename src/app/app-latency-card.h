/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card of latencies: a stream's percentiles of the last minutes by stage, against its tightest objective; or how all
 * of them were spread over time, which the signal "history" asks for. Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-cost-data.h"

G_BEGIN_DECLS

#define TIDE_TYPE_LATENCY_CARD (tide_latency_card_get_type ())
G_DECLARE_FINAL_TYPE (TideLatencyCard, tide_latency_card, TIDE, LATENCY_CARD, AdwBin)

/* NULL: none. */
void tide_latency_card_set_workspace (TideLatencyCard *self, TideWorkspace *workspace);
/* With the tick. @slowest: TideSlowEvent* of the stream that is chosen, or NULL. */
void tide_latency_card_update (TideLatencyCard *self, const TideStatus *status, GPtrArray *slowest);
/* The stream whose latencies over time are shown; NULL: none are. Borrowed. */
const char *tide_latency_card_get_history_stream (TideLatencyCard *self);
/* Shows them. @answer NULL: not known yet. */
void tide_latency_card_set_history (TideLatencyCard *self, TideCostAnswer *answer);
const char *tide_latency_card_get_stream (TideLatencyCard *self); /* borrowed; NULL: none */

G_END_DECLS
