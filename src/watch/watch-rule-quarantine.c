/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The share of a stream that went to quarantine within a time is above a limit. */
#include "watch-rule.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
observe (const TideAlert *alert, const TideWatchFacts *facts, double *ret_observed, uint8_t *ret_flags)
{
  uint64_t all = facts->within_events + facts->within_quarantined;

  *ret_observed = all == 0 ? NAN : (double) facts->within_quarantined / (double) all;
  tide_watch_compare (alert, ret_observed, 1, ret_flags);
}

const TideWatchRuleClass tide_watch_rule_quarantine = {
  .spec = { .name = "quarantine", .title = N_ ("Share in quarantine"), .subjects = TIDE_SUBJECT_STREAM,
            .keys = TIDE_CONDITION_WITHIN, .compare = TIDE_COMPARE_ABOVE, .observes_now = true },
  .observe = observe,
};
