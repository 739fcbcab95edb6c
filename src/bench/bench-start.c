/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From nothing to the first live value: a new demo workspace is opened, and the first snapshot with a value of a metric
 * is waited for. */
#include "bench-private.h"

#define WAIT_MAX (60 * TIDE_SECOND)

static bool
has_value (TidePipeline *pipeline)
{
  TideLiveSnapshot *snapshot = tide_pipeline_get_live (pipeline);
  bool found = false;

  for (guint i = 0; i < snapshot->n_metrics; i++)
    found = found || (snapshot->metrics[i].newest != TIDE_TIME_NONE && snapshot->metrics[i].latest.kind != TIDE_VALUE_NONE);
  tide_live_snapshot_unref (snapshot);
  return found;
}

static bool
run (TideBenchRun *run, GError **error)
{
  g_autofree char *dir = g_build_filename (run->dir, "start", NULL);
  g_autoptr (TidePipeline) pipeline = NULL;
  int64_t start, took;

  if (!tide_pipeline_create_workspace (dir, true, NULL, error))
    return false;
  start = g_get_monotonic_time ();
  pipeline = tide_pipeline_open (dir, TIDE_PIPELINE_RUN, NULL, error);
  if (pipeline == NULL)
    return false;
  while (!has_value (pipeline) && g_get_monotonic_time () - start < WAIT_MAX)
    g_usleep (TIDE_MS);
  took = g_get_monotonic_time () - start;
  tide_pipeline_close (pipeline);
  tide_bench_report (run, &(TideBenchRow){ .name = "start", .value = (double) took / TIDE_SECOND, .unit = "s",
                                           .peer_value = NAN, .goal = 1 });
  return true;
}

const TideBench tide_bench_start = { { "start", "cold start of the demo to its first live value" }, run };
