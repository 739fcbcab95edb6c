/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of a metric is below a limit, until it is up to the clearing limit. */
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

const TideWatchRuleClass tide_watch_rule_below = {
  .spec = { .name = "below", .title = N_ ("Below a limit"), .subjects = TIDE_SUBJECT_METRIC, .compare = TIDE_COMPARE_BELOW },
  .evaluate = evaluate,
};
