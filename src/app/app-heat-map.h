/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Latency over time as a heat map: a column a step of time, darker where more of its events lie. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_HEAT_MAP (tide_heat_map_get_type ())
G_DECLARE_FINAL_TYPE (TideHeatMap, tide_heat_map, TIDE, HEAT_MAP, GtkWidget)

/* @steps: TideLatencyStep elements, ascending, each @step long; a reference is taken. NULL: nothing. */
void tide_heat_map_set (TideHeatMap *self, GArray *steps, TideDuration step, TideTime from, TideTime to);

G_END_DECLS
