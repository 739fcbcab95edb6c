/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A group that had events has none for longer than a time. A group that was never seen is not missed. */
#include "watch-rule.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
evaluate (const TideAlert *alert, const TideWatchPane *pane, double *ret_observed, uint8_t *ret_flags)
{
  for (guint i = 0; i < pane->n; i++)
    ret_observed[i] = pane->last_data[i] == TIDE_TIME_NONE ? 0
                                                            : (double) (pane->to - pane->last_data[i]) / (double) TIDE_SECOND;
  for (guint i = 0; i < pane->n; i++)
    ret_flags[i] = ret_observed[i] >= alert->threshold ? TIDE_WATCH_HOLDS : TIDE_WATCH_CLEAR;
}

const TideWatchRuleClass tide_watch_rule_no_data = {
  .spec = { .name = "no-data", .title = N_ ("No data for"), .subjects = TIDE_SUBJECT_METRIC, .keys = TIDE_CONDITION_NO_DATA,
            .limit = TIDE_LIMIT_DURATION, .compare = TIDE_COMPARE_ABOVE },
  .evaluate = evaluate,
};
