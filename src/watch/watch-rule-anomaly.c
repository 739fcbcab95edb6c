/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of a metric is further from what is usual at this hour of the week than a limit, counted in median absolute
 * deviations (the batch layer keeps median and MAD, the MAD with a floor). While the baseline is learning nothing holds. */
#include "watch-rule.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
evaluate (const TideAlert *alert, const TideWatchPane *pane, double *ret_observed, uint8_t *ret_flags)
{
  for (guint i = 0; i < pane->n; i++)
    ret_observed[i] = pane->median == NULL ? 0
                      : isnan (pane->median[i]) ? (isnan (pane->values[i]) ? NAN : 0)
                                                : (pane->values[i] - pane->median[i]) / pane->mad[i];
  tide_watch_compare (alert, ret_observed, pane->n, ret_flags);
}

const TideWatchRuleClass tide_watch_rule_anomaly = {
  .spec = { .name = "anomaly", .title = N_ ("Unusual for its hour"), .subjects = TIDE_SUBJECT_METRIC,
            .keys = TIDE_CONDITION_COMPARE, .compare = TIDE_COMPARE_BOTH, .seasonal = true },
  .evaluate = evaluate,
};
