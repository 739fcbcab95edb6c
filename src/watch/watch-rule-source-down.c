/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source (or one of a stream) can not be reached. */
#include "watch-rule.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void
observe (const TideAlert *alert, const TideWatchFacts *facts, double *ret_observed, uint8_t *ret_flags)
{
  *ret_observed = facts->down;
  *ret_flags = facts->down > 0 ? TIDE_WATCH_HOLDS : TIDE_WATCH_CLEAR;
}

const TideWatchRuleClass tide_watch_rule_source = {
  .spec = { .name = "source-down", .title = N_ ("Source down"), .subjects = TIDE_SUBJECT_SOURCE | TIDE_SUBJECT_STREAM,
            .limit = TIDE_LIMIT_NONE, .observes_now = true },
  .observe = observe,
};
