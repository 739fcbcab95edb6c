/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card Latency by stage: a stream's percentiles of the last minutes against its tightest objective. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_LATENCY_CARD (tide_latency_card_get_type ())
G_DECLARE_FINAL_TYPE (TideLatencyCard, tide_latency_card, TIDE, LATENCY_CARD, AdwBin)

/* NULL: none. */
void tide_latency_card_set_workspace (TideLatencyCard *self, TideWorkspace *workspace);
/* With the tick. @slowest: TideSlowEvent* of the stream that is chosen, or NULL. */
void tide_latency_card_update (TideLatencyCard *self, const TideStatus *status, GPtrArray *slowest);
const char *tide_latency_card_get_stream (TideLatencyCard *self); /* borrowed; NULL: none */

G_END_DECLS
