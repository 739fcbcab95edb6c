/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* The length of the panes that a view shows. What the person chose is kept for as long as it fits the span.
 * Signal "changed": by the person, never by fill(). Thread: main. */
#define TIDE_TYPE_LENGTH_CHOICE (tide_length_choice_get_type ())
G_DECLARE_FINAL_TYPE (TideLengthChoice, tide_length_choice, TIDE, LENGTH_CHOICE, AdwBin)

/* Offers the lengths of @metric that fit @span. @finer: where nothing was chosen, one shorter than columns want, for
 * lines bear more panes. */
void tide_length_choice_fill (TideLengthChoice *self, const TideMetric *metric, TideDuration span, bool finer);
/* That of the choice; @fallback where none is offered. */
TidePeriod tide_length_choice_get_period (TideLengthChoice *self, TidePeriod fallback);
/* What the person chose counts no more; the next fill() takes what fits best. */
void tide_length_choice_forget (TideLengthChoice *self);

G_END_DECLS
