/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of a metric is outside a band, until it is inside the clearing band. */
#include "watch-rule.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
evaluate (const TideAlert *alert, const TideWatchPane *pane, double *ret_observed, uint8_t *ret_flags)
{
  for (guint i = 0; i < pane->n; i++)
    {
      double value = pane->values[i];
      bool holds = value < alert->low || value > alert->high;
      bool clear = value >= alert->clear_low && value <= alert->clear_high;

      ret_observed[i] = value;
      ret_flags[i] = (uint8_t) (holds * TIDE_WATCH_HOLDS | clear * TIDE_WATCH_CLEAR | (isnan (value) != 0) * TIDE_WATCH_MISSING);
    }
}

const TideWatchRuleClass tide_watch_rule_outside = {
  .spec = { .name = "outside", .title = N_ ("Outside a band"), .subjects = TIDE_SUBJECT_METRIC, .limit = TIDE_LIMIT_BAND },
  .evaluate = evaluate,
};
