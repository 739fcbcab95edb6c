/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of a metric changed by more than a limit against the one `within` before: a share of that one when the
 * limit is in %, else the difference. Without an earlier value there is no change to speak of: it is missing. */
#include "watch-rule.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
evaluate (const TideAlert *alert, const TideWatchPane *pane, double *ret_observed, uint8_t *ret_flags)
{
  for (guint i = 0; i < pane->n; i++)
    {
      double before = pane->earlier != NULL ? pane->earlier[i] : NAN, change = pane->values[i] - before;

      ret_observed[i] = !alert->relative ? change : before < 0 || before > 0 ? change / fabs (before) : NAN;
    }
  tide_watch_compare (alert, ret_observed, pane->n, ret_flags);
}

const TideWatchRuleClass tide_watch_rule_change = {
  .spec = { .name = "change", .title = N_ ("Rate of change"), .subjects = TIDE_SUBJECT_METRIC,
            .keys = TIDE_CONDITION_WITHIN | TIDE_CONDITION_SIGNED | TIDE_CONDITION_COMPARE, .compare = TIDE_COMPARE_ABOVE },
  .evaluate = evaluate,
};
