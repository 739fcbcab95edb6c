/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Advice in the person's language, and the what-if that it is of. No widgets. */
#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

/* Advice for one metric with a tolerance and objective to try. */
typedef struct
{
  TideAdvice advice;      /* its texts are borrowed from the advice that it is of, but for why */
  double saves_usd_per_h;
  const char *forced_by;  /* name; borrowed; NULL: none */
  bool is_other;          /* than what the workspace says */
} TideWhatIf;

/* With what the workspace says. @advices must outlive @ret_what_if. */
void tide_what_if_init (const TideAdvices *advices, const TideAdvice *advice, TideWhatIf *ret_what_if);
/* @tolerance: relative; @objective 0: none. */
void tide_what_if_try (TideWhatIf *what_if, const TideAdvices *advices, const TideAdvice *advice, double tolerance,
                       TideDuration objective);
void tide_what_if_clear (TideWhatIf *what_if);
/* The point that is advised; NULL: too little was seen. */
const TideAdvicePoint *tide_what_if_get_point (const TideWhatIf *what_if);
/* It says to change something. */
bool tide_what_if_changes (const TideWhatIf *what_if);
/* It says to go slower, and that saves next to nothing: the metric rides along with others of its stream. */
bool tide_what_if_is_free (const TideWhatIf *what_if);

/* "real time", "every 5 min". */
char *tide_words_of_interval (TideDuration every);
/* "0.62 %", "0.025 %"; – for NAN. */
char *tide_words_of_error (double error);
/* "As good every 5 min, for a thirteenth of the cost." */
char *tide_words_of_advice (const TideWhatIf *what_if);
/* Who keeps the stream as fast as it is, and who rides along. @workspace: for titles. NULL: nothing to say. */
char *tide_words_of_stream (const TideWhatIf *what_if, const TideAdvices *advices, const TideWorkspace *workspace);
/* Why there is no Apply in the table: "as advised", "rides along free"; NULL: there is. */
char *tide_words_of_reason (const TideWhatIf *what_if);
/* Refreshes that were seen, of the interval that was seen most often. */
double tide_advice_get_windows (const TideAdvice *advice);

G_END_DECLS
