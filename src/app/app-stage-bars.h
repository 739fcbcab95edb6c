/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Latency by stage: for p50, p95 and p99 a bar of the stages one after the other, in greys. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_STAGE_BARS (tide_stage_bars_get_type ())
G_DECLARE_FINAL_TYPE (TideStageBars, tide_stage_bars, TIDE, STAGE_BARS, GtkWidget)

/* @facts: of TIDE_N_STAGES; copied. NULL: the empty axis. */
void tide_stage_bars_set_facts (TideStageBars *self, const TideLatencyFacts *facts);
/* "broker"; for people. */
const char *tide_stage_word (TideStage stage);
/* p50, p95, p99 of @facts in µs by index 0 to 2. */
double tide_stage_quantile (const TideLatencyFacts *facts, guint quantile);

G_END_DECLS
