/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The newest event of a stream or metric is older than a time, or than the objective of the metric. */
#include "watch-rule.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
observe (const TideAlert *alert, const TideWatchFacts *facts, double *ret_observed, uint8_t *ret_flags)
{
  *ret_observed = facts->newest == TIDE_TIME_NONE ? NAN : (double) (facts->now - facts->newest) / (double) TIDE_SECOND;
  tide_watch_compare (alert, ret_observed, 1, ret_flags);
}

const TideWatchRuleClass tide_watch_rule_freshness = {
  .spec = { .name = "freshness", .title = N_ ("Freshness missed"), .subjects = TIDE_SUBJECT_METRIC | TIDE_SUBJECT_STREAM,
            .keys = TIDE_CONDITION_OBJECTIVE, .limit = TIDE_LIMIT_DURATION, .compare = TIDE_COMPARE_ABOVE,
            .observes_now = true },
  .observe = observe,
};
