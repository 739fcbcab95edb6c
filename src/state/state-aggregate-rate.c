/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rate: events a second of the pane. Its state is a count; the length of the pane comes in at the end, so that panes
 * still compose.
 */
#include "state-private.h"

static TideValue
rate_finish (const TideAggregate *self, const void *state, int scale, TideDuration pane)
{
  return tide_value_real ((double) *(const uint64_t *) state / ((double) pane / (double) TIDE_SECOND));
}

const TideAggregate tide_aggregate_rate = {
  .spec = { .name = "rate", .additive = true, .unit_suffix = "/s" },
  .state_bytes = sizeof (uint64_t),
  .fold = tide_count_fold,
  .merge = tide_count_merge,
  .write = tide_count_write,
  .read = tide_count_read,
  .finish = rate_finish,
  .count = tide_count_count,
};
