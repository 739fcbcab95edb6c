/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of aggregates: a new kind is a file state-aggregate-NAME.c and a row here.
 */
#include "state-private.h"

/* In the order that dialogs show. */
const TideAggregate *const tide_aggregates[] = {
  &tide_aggregate_count, &tide_aggregate_sum, &tide_aggregate_avg, &tide_aggregate_min,
  &tide_aggregate_max,   &tide_aggregate_p50, &tide_aggregate_p90, &tide_aggregate_p95,
  &tide_aggregate_p99,   &tide_aggregate_distinct, &tide_aggregate_rate, &tide_aggregate_ratio,
  NULL,
};

/**
 * tide_aggregate_specs:
 *
 * Returns: (transfer none): what the catalog needs to know of each, NULL-terminated
 *
 * Thread: any.
 */
const TideAggregateSpec *const *
tide_aggregate_specs (void)
{
  static const TideAggregateSpec *specs[G_N_ELEMENTS (tide_aggregates)];
  static gsize ready;

  if (g_once_init_enter (&ready))
    {
      for (guint i = 0; tide_aggregates[i] != NULL; i++)
        specs[i] = &tide_aggregates[i]->spec;
      g_once_init_leave (&ready, 1);
    }
  return specs;
}

/**
 * tide_aggregate_of:
 *
 * Returns: the aggregate of a metric made with tide_aggregate_specs()
 */
const TideAggregate *
tide_aggregate_of (const TideMetric *metric)
{
  for (guint i = 0; tide_aggregates[i] != NULL; i++)
    if (strcmp (tide_aggregates[i]->spec.name, metric->aggregate->name) == 0)
      return tide_aggregates[i];
  g_assert_not_reached ();
}
