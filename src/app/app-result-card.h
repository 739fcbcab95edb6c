/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The results of one analysis: which version, compared with which, as a chart and a table. Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-pane.h"

G_BEGIN_DECLS

#define TIDE_TYPE_RESULT_CARD (tide_result_card_get_type ())
G_DECLARE_FINAL_TYPE (TideResultCard, tide_result_card, TIDE, RESULT_CARD, AdwBin)

/* Another analysis; NULL: none, with @text as the reason. */
void tide_result_card_set_analysis (TideResultCard *self, TidePipeline *pipeline, const char *analysis,
                                    const char *title, const char *text, GTimeZone *zone);
/* A run ended: there may be a new version. While it runs the last whole one stays. */
void tide_result_card_refresh (TideResultCard *self);
/* The rows as they are shown; NULL: none are. */
TideAppExport *tide_result_card_get_export (TideResultCard *self);

G_END_DECLS
