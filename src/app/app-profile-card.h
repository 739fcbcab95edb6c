/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* How the values of each field of a stream are spread, a day a column, beside the week before. Thread: main. */
#define TIDE_TYPE_PROFILE_CARD (tide_profile_card_get_type ())
G_DECLARE_FINAL_TYPE (TideProfileCard, tide_profile_card, TIDE, PROFILE_CARD, AdwBin)

/* NULL: none. */
void tide_profile_card_set_pipeline (TideProfileCard *self, TidePipeline *pipeline);
void tide_profile_card_set_stream (TideProfileCard *self, const char *stream);
/* While it is shown, with the tick: asks again from time to time. */
void tide_profile_card_tick (TideProfileCard *self);

G_END_DECLS
