/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The roll-up of what is new on a long history, against computing all of it again: both bring three metrics to the same
 * cut, and the published states must be those that a full recompute gives. */
#include "bench-private.h"

#define NEW_EVENTS 60000

static bool
roll_up (TideBenchArchive *archive, int64_t *ret_cpu_us, GError **error)
{
  TideRunContext context = { 0 };
  TideRun run = { .name = (char *) "rollup:events" };
  int64_t start = tide_bench_cpu_us ();
  bool done = tide_run_start (archive->writer, run.name, TIDE_TIME_NONE, tide_clock_now (&tide_clock_system), &run.id, error)
              && tide_rollup_run (archive->store, archive->writer, archive->workspace, "events", 0, &context, &run, error);

  *ret_cpu_us = tide_bench_cpu_us () - start;
  return done;
}

static bool
reset (TideBenchArchive *archive, GError **error)
{
  for (guint i = 0; i < archive->workspace->metrics->len; i++)
    if (!tide_rollup_reset (archive->writer, g_ptr_array_index (archive->workspace->metrics, i), error))
      return false;
  return true;
}

/* What the batch layer says against a recompute, for every metric. */
static bool
verify (TideBenchArchive *archive, GError **error)
{
  g_autoptr (TideServing) serving = tide_serving_new (archive->store, archive->workspace, NULL);

  for (guint i = 0; i < archive->workspace->metrics->len; i++)
    {
      TideQuery query = { .metric = g_ptr_array_index (archive->workspace->metrics, i), .view = TIDE_VIEW_MERGED,
                          .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
      g_autoptr (TideVerification) found = tide_serving_verify (serving, &query, NULL, NULL, NULL, error);

      if (found == NULL)
        return false;
      if (!found->equal)
        return tide_bench_differs ("a full recompute", query.metric->name, "", error);
    }
  return true;
}

static bool
run (TideBenchRun *run, GError **error)
{
  TideBenchArchive *archive = tide_bench_get_archive (run, error);
  int64_t ignored, new_us, full_us;
  guint64 fresh;

  if (archive == NULL)
    return false;
  fresh = MIN (NEW_EVENTS, archive->events / 100 + 1);
  if (!roll_up (archive, &ignored, error) || !tide_bench_archive_add (archive, fresh, error)
      || !roll_up (archive, &new_us, error) || !verify (archive, error) || !reset (archive, error)
      || !roll_up (archive, &full_us, error) || !verify (archive, error))
    return false;
  tide_bench_report (run, &(TideBenchRow){ .name = "rollup",
                                           .value = (double) new_us / 1e3,
                                           .unit = "ms CPU",
                                           .peer = "the full recompute",
                                           .peer_value = (double) full_us / 1e3,
                                           .goal = 0.02 });
  return true;
}

const TideBench tide_bench_rollup = { { "rollup", "60,000 new events on a history, against a full recompute" }, run };
