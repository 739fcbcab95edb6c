/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What alerts cost: one closed pane of 100 groups evaluated under 1,000 rules, 100,000 states in all, whose values are
 * random, so that states change as they do in earnest. CPU time of the engine; folding of the pane's events is in it. */
#include "bench-private.h"

#define RULES 1000
#define GROUPS 100
#define PANES 60

static bool
run (TideBenchRun *run, GError **error)
{
  tide_bench_report (run, &(TideBenchRow){ .name = "alerts",
                                           .value = tide_watch_measure (RULES, GROUPS, PANES) / 1000,
                                           .unit = "ms CPU a pane, 1,000 rules x 100 groups",
                                           .goal = 50,
                                           .goal_of_value = true });
  return true;
}

const TideBench tide_bench_watch = { { "alerts", "1,000 alert rules over 100 groups at one closed pane" }, run };
