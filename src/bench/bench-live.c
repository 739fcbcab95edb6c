/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live rings: an event into the rings of five metrics, an event and metric; and a snapshot of them, ten of which are
 * made a second. */
#include "bench-private.h"

#define EVENTS 2000000
#define METRICS 5
#define SNAPSHOTS 100

static const char metrics[] = "[live]\nhorizon=15min\n\n"
                              "[metric events]\nstream=events\naggregate=count\nevery=1min\n\n"
                              "[metric amount]\nstream=events\naggregate=sum(amount)\nby=city\nevery=1min\n\n"
                              "[metric slowest]\nstream=events\naggregate=max(ms)\nby=type\nevery=1min\n\n"
                              "[metric typical]\nstream=events\naggregate=p95(ms)\nby=type\nevery=1min\n\n"
                              "[metric users]\nstream=events\naggregate=distinct(user)\nby=type\nevery=1min\n";

typedef struct
{
  TideLive *live;
  int64_t cpu_us;
  uint64_t events;
  TideTime now; /* of the clock: the newest event's */
} Rings;

static TideTime
rings_now (void *data)
{
  return ((Rings *) data)->now;
}

static int64_t
rings_monotonic (void *data)
{
  return g_get_monotonic_time ();
}

static bool
add (TideBatch *batch, void *data, GError **error)
{
  Rings *rings = data;
  int64_t start = tide_bench_cpu_us ();

  tide_live_add (rings->live, batch);
  rings->cpu_us += tide_bench_cpu_us () - start;
  rings->events += batch->n;
  rings->now = batch->time_max;
  return true;
}

/* Events come between the snapshots, as they do in a pipeline. */
static bool
time_snapshots (Rings *rings, const TideStream *stream, double *ret_ms, GError **error)
{
  int64_t cpu_us = 0;

  for (int i = 0; i < SNAPSHOTS; i++)
    {
      int64_t start;

      if (!tide_bench_batches (stream, rings->events, rings->events + 100, add, rings, error))
        return false;
      start = tide_bench_cpu_us ();
      tide_live_publish (rings->live);
      cpu_us += tide_bench_cpu_us () - start;
    }
  *ret_ms = (double) cpu_us / 1e3 / SNAPSHOTS;
  return true;
}

static bool
check (Rings *rings, GError **error)
{
  TideLiveSnapshot *snapshot = tide_live_get_snapshot (rings->live);
  const TideLiveMetric *metric = tide_live_snapshot_find (snapshot, "events");
  bool same = metric->events == rings->events;

  tide_live_snapshot_unref (snapshot);
  return same || tide_bench_differs ("the number of events", "", "", error);
}

static bool
run (TideBenchRun *run, GError **error)
{
  g_autofree char *text = g_strconcat ("[workspace]\nversion=1\nname=Benchmark\n\n", tide_bench_stream_conf, metrics, NULL);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, text, tide_pipeline_catalog (), NULL);
  const TideStream *stream = tide_workspace_get_stream (workspace, "events");
  Rings rings = { .now = tide_bench_time0 () };
  TideClock clock = { rings_now, rings_monotonic, &rings };
  double own, snapshot_ms = 0;
  bool done;

  rings.live = tide_live_new (workspace, &clock);
  done = tide_bench_batches (stream, 0, MIN (tide_bench_get_events (run, EVENTS), EVENTS), add, &rings, error);
  own = (double) rings.cpu_us * 1e3 / (double) MAX (rings.events, 1) / METRICS;
  done = done && time_snapshots (&rings, stream, &snapshot_ms, error) && check (&rings, error);
  tide_live_free (rings.live);
  if (!done)
    return false;
  tide_bench_report (run, &(TideBenchRow){ .name = "live-rings", .value = own, .unit = "ns CPU an event and metric",
                                           .peer_value = NAN, .goal = 50 });
  tide_bench_report (run, &(TideBenchRow){ .name = "live-snapshot", .value = snapshot_ms, .unit = "ms CPU",
                                           .peer_value = NAN, .goal = NAN });
  return true;
}

const TideBench tide_bench_live = { { "live", "an event into the live rings of five metrics, and their snapshot" }, run };
