/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Staleness error against cost, both logarithmic: a point a refresh interval, today's, the advised one, tolerance and
 * noise floor. The tolerance can be dragged. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "app-advice-words.h"

G_BEGIN_DECLS

/* Signal "tolerance" (double): dragged, or moved by ↑ and ↓. */
#define TIDE_TYPE_ADVICE_CURVE (tide_advice_curve_get_type ())
G_DECLARE_FINAL_TYPE (TideAdviceCurve, tide_advice_curve, TIDE, ADVICE_CURVE, GtkWidget)

/* @what_if NULL: the empty axes; else it is copied, and what it borrows outlives the next call. */
void tide_advice_curve_set (TideAdviceCurve *self, const TideWhatIf *what_if, const char *currency, double exchange);

G_END_DECLS
