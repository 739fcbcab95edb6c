/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row says: the ratio, which way a goal is held, and that a missing peer is no goal met. */
#include "bench.h"

#include <math.h>

static TideBenchRow
row (double value, const char *unit, double peer_value, double goal)
{
  return (TideBenchRow){ .name = "x", .value = value, .unit = unit, .peer = "peer", .peer_value = peer_value,
                         .goal = goal };
}

static void
test_json (void)
{
  TideBenchRow slow = row (26, "ms CPU", 80, 0.5), missing = row (26, "ms CPU", NAN, 0.5);
  g_autofree char *json = tide_bench_row_to_json (&slow), *unknown = tide_bench_row_to_json (&missing);

  g_assert_cmpstr (json, ==,
                   "{\"name\": \"x\", \"value\": 26, \"unit\": \"ms CPU\", \"peer\": \"peer\", \"peer_value\": 80, "
                   "\"ratio\": 0.325, \"goal\": 0.5, \"met\": true}");
  g_assert_cmpstr (unknown, ==,
                   "{\"name\": \"x\", \"value\": 26, \"unit\": \"ms CPU\", \"peer\": \"peer\", \"peer_value\": null, "
                   "\"ratio\": null, \"goal\": 0.5, \"met\": null}");
}

static void
test_goals (void)
{
  TideBenchRow cost = row (60, "ms CPU", 80, 0.5), rate = row (60, "events/s", 10, 5), absolute = row (60, "ns", 80, 50);
  TideBenchRow alone = row (40, "ns", NAN, 50);
  bool met = true;

  g_assert_true (tide_bench_row_is_met (&cost, &met));
  g_assert_false (met);
  g_assert_true (tide_bench_row_is_met (&rate, &met));
  g_assert_true (met);
  absolute.goal_of_value = true;
  g_assert_true (tide_bench_row_is_met (&absolute, &met));
  g_assert_false (met);
  alone.peer = NULL;
  g_assert_true (tide_bench_row_is_met (&alone, &met));
  g_assert_true (met);
  cost.goal = NAN;
  g_assert_false (tide_bench_row_is_met (&cost, &met));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bench/row/json", test_json);
  g_test_add_func ("/bench/row/goals", test_goals);
  return g_test_run ();
}
