/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From producing an event to a live snapshot that has it, at 10,000 and 100,000 events a second through a real broker;
 * beside the bare consumer's latency in the same setting. Each event's time is kept by the producer; who waits looks
 * every quarter of a millisecond. --events N is the number at each rate. */
#include "bench-private.h"

#include <stdlib.h>

#define SECONDS 10
#define POLL_US 250
#define WAIT_MAX (120 * TIDE_SECOND)

typedef struct
{
  TideBenchPace pace;
  double *waits_us; /* of the events seen, without the first tenth: connecting takes time */
  uint64_t seen, n_waits;
} Latency;

static void
on_seen (uint64_t n, void *data)
{
  Latency *latency = data;
  int64_t now = g_get_monotonic_time ();

  for (; latency->seen < n; latency->seen++)
    {
      int64_t produced = __atomic_load_n (&latency->pace.produced_us[latency->seen], __ATOMIC_ACQUIRE);

      if (latency->seen >= latency->pace.n / 10)
        latency->waits_us[latency->n_waits++] = (double) (now - produced);
    }
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
quantile_ms (Latency *latency, double q)
{
  qsort (latency->waits_us, latency->n_waits, sizeof *latency->waits_us, compare_doubles);
  return latency->waits_us[(uint64_t) (q * (double) (latency->n_waits - 1))] / 1e3;
}

static void
latency_init (Latency *latency, TideBenchRun *run, const char *topic, double per_s)
{
  uint64_t n = tide_bench_get_events (run, (guint64) per_s * SECONDS);

  *latency = (Latency){ .pace = { .brokers = run->options->brokers, .topic = topic, .per_s = per_s, .n = n,
                                  .produced_us = g_new0 (int64_t, n) },
                        .waits_us = g_new0 (double, n) };
}

static void
latency_clear (Latency *latency)
{
  g_free (latency->pace.produced_us);
  g_free (latency->waits_us);
}

/* Looks at snapshots until every event was in one. */
static bool
watch (TidePipeline *pipeline, Latency *latency, GError **error)
{
  int64_t start = g_get_monotonic_time (), last = 0;

  while (latency->seen < latency->pace.n)
    {
      TideLiveSnapshot *snapshot = tide_pipeline_get_live (pipeline);
      const TideLiveMetric *metric = tide_live_snapshot_find (snapshot, "events");

      if (snapshot->mono_us != last && metric != NULL)
        on_seen (metric->events, latency);
      last = snapshot->mono_us;
      tide_live_snapshot_unref (snapshot);
      if (g_get_monotonic_time () - start > WAIT_MAX)
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT, "after two minutes not every event was in a snapshot");
          return false;
        }
      g_usleep (POLL_US);
    }
  return true;
}

static bool
run_own (TideBenchRun *run, Latency *latency, GError **error)
{
  g_autofree char *dir = g_build_filename (run->dir, latency->pace.topic, NULL);
  g_autoptr (TidePipeline) pipeline = NULL;
  GThread *producer;
  bool done;

  if (!tide_bench_kafka_workspace (dir, latency->pace.brokers, latency->pace.topic,
                                   "[metric events]\nstream=events\naggregate=count\nevery=1min\n\n"
                                   "[metric typical]\nstream=events\naggregate=p95(ms)\nby=type\nevery=1min\n",
                                   error))
    return false;
  pipeline = tide_pipeline_open (dir, TIDE_PIPELINE_RUN, NULL, error);
  if (pipeline == NULL)
    return false;
  producer = g_thread_new ("producer", tide_bench_kafka_pace, &latency->pace);
  done = watch (pipeline, latency, error);
  g_thread_join (producer);
  tide_pipeline_close (pipeline);
  return done;
}

static bool
run_peer (Latency *latency, GError **error)
{
  GThread *producer = g_thread_new ("producer", tide_bench_kafka_pace, &latency->pace);
  int64_t wall_us, cpu_us;
  bool done = tide_bench_kafka_consume (latency->pace.brokers, latency->pace.topic, latency->pace.n, on_seen, latency,
                                        &wall_us, &cpu_us, error);

  g_thread_join (producer);
  return done;
}

static bool
run_rate (TideBenchRun *run, const char *name, double per_s, double goal, GError **error)
{
  g_autofree char *own_topic = g_strdup_printf ("bench-latency-%u", g_random_int ());
  g_autofree char *peer_topic = g_strconcat (own_topic, "-peer", NULL), *p50 = g_strconcat (name, "-p50", NULL),
                  *p99 = g_strconcat (name, "-p99", NULL);
  Latency own, peer;
  bool done;

  latency_init (&own, run, own_topic, per_s);
  latency_init (&peer, run, peer_topic, per_s);
  done = tide_bench_kafka_create_topic (run->options->brokers, own_topic, error)
         && tide_bench_kafka_create_topic (run->options->brokers, peer_topic, error) && run_own (run, &own, error)
         && run_peer (&peer, error);
  if (done)
    {
      tide_bench_report (run, &(TideBenchRow){ .name = p50, .value = quantile_ms (&own, 0.5), .unit = "ms",
                                               .peer = "the bare batch consumer", .peer_value = quantile_ms (&peer, 0.5) });
      tide_bench_report (run, &(TideBenchRow){ .name = p99, .value = quantile_ms (&own, 0.99), .unit = "ms",
                                               .peer = "the bare batch consumer", .peer_value = quantile_ms (&peer, 0.99),
                                               .goal = goal, .goal_of_value = true });
    }
  latency_clear (&own);
  latency_clear (&peer);
  return done;
}

static bool
run (TideBenchRun *run, GError **error)
{
  if (!tide_bench_has_broker (run))
    {
      tide_bench_report (run, &(TideBenchRow){ .name = "latency", .value = NAN, .unit = "ms",
                                               .peer = "missing: no broker (--brokers HOST:PORT)", .peer_value = NAN,
                                               .goal = 50, .goal_of_value = true });
      return true;
    }
  return run_rate (run, "latency-10k", 1e4, 0, error) && run_rate (run, "latency-100k", 1e5, 50, error);
}

const TideBench tide_bench_latency = { { "latency", "from producing to a live snapshot, through a real broker (--brokers)" },
                                       run };
