/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merged = Batch + Speed, with values, shares and the bar of shares. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_EQUATION (tide_equation_get_type ())
G_DECLARE_FINAL_TYPE (TideEquation, tide_equation, TIDE, EQUATION, GtkBox)

/* NULL: before the first answer. @range: "13:45–19:42". Borrows @rows for the call. */
void tide_equation_set_rows (TideEquation *self, const TideRows *rows, const char *range);

/* Terms below each other, where they do not fit beside each other. */
void tide_equation_set_stacked (TideEquation *self, bool stacked);

/* The batch layer's share of @value parts: of the values where they add, else of the events; NAN: of nothing. */
double tide_equation_get_share (const TideMetric *metric, TideValue batch, TideValue speed, uint64_t batch_events,
                                uint64_t speed_events);

G_END_DECLS
