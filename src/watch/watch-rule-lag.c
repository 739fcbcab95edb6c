/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream is behind its sources by more than a time. */
#include "watch-rule.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
observe (const TideAlert *alert, const TideWatchFacts *facts, double *ret_observed, uint8_t *ret_flags)
{
  *ret_observed = facts->lag_s;
  tide_watch_compare (alert, ret_observed, 1, ret_flags);
}

const TideWatchRuleClass tide_watch_rule_lag = {
  .spec = { .name = "lag", .title = N_ ("Lag behind the source"), .subjects = TIDE_SUBJECT_STREAM, .limit = TIDE_LIMIT_DURATION,
            .compare = TIDE_COMPARE_ABOVE, .observes_now = true },
  .observe = observe,
};
