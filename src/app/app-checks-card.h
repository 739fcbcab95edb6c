/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* Results of Great Expectations and dbt, as the files hold them that the workspace names. Thread: main. */
#define TIDE_TYPE_CHECKS_CARD (tide_checks_card_get_type ())
G_DECLARE_FINAL_TYPE (TideChecksCard, tide_checks_card, TIDE, CHECKS_CARD, AdwBin)

/* Called again when the workspace was edited. */
void tide_checks_card_set_pipeline (TideChecksCard *self, TidePipeline *pipeline);
/* Shows the columns that fit; called with the tick. */
void tide_checks_card_adapt (TideChecksCard *self);

G_END_DECLS
