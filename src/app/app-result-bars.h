/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns over names (cities, products), where there is no time to put them on. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "app-result-diff.h"

G_BEGIN_DECLS

#define TIDE_TYPE_RESULT_BARS (tide_result_bars_get_type ())
G_DECLARE_FINAL_TYPE (TideResultBars, tide_result_bars, TIDE, RESULT_BARS, GtkWidget)

GtkWidget *tide_result_bars_new (void);
/* Takes a reference; NULL: nothing. @value: a column that is a number. */
void tide_result_bars_set (TideResultBars *self, TideResultDiff *diff, int value);

G_END_DECLS
