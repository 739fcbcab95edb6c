/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One metric over another, group by group, against a limit. The feed divides: values are ratios already. */
#include "watch-rule.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
evaluate (const TideAlert *alert, const TideWatchPane *pane, double *ret_observed, uint8_t *ret_flags)
{
  memcpy (ret_observed, pane->values, pane->n * sizeof (double));
  tide_watch_compare (alert, ret_observed, pane->n, ret_flags);
}

const TideWatchRuleClass tide_watch_rule_ratio = {
  .spec = { .name = "ratio", .title = N_ ("Ratio of two metrics"), .subjects = TIDE_SUBJECT_METRIC,
            .keys = TIDE_CONDITION_DIVIDED_BY | TIDE_CONDITION_COMPARE, .compare = TIDE_COMPARE_ABOVE },
  .evaluate = evaluate,
};
