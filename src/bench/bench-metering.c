/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What measuring costs an event: the calls that a pipeline makes for a batch (latency by stage, CPU time by source and
 * metric, freshness left out, which is once a second), with five metrics. */
#include "bench-private.h"

#define BATCHES 2000
#define METRICS 5
#define LATENCY_SAMPLES 32

typedef struct
{
  TideMeter *meter;
  TideLatency *latency;
} Meters;

static void
measure_batch (const Meters *meters, guint events, guint seed)
{
  static const char *const names[METRICS] = { "events", "amount", "slowest", "typical", "users" };
  int64_t start_ns = tide_thread_cpu_ns ();

  tide_latency_add (meters->latency, "events", TIDE_STAGE_DECODE, seed % 20000, events);
  for (guint i = 0; i < LATENCY_SAMPLES; i++)
    tide_latency_add (meters->latency, "events", TIDE_STAGE_BROKER, (seed * 31 + i * 997) % 500000,
                      events / LATENCY_SAMPLES);
  for (guint i = 0; i < METRICS; i++)
    {
      int64_t ring_ns = tide_thread_cpu_ns ();

      tide_meter_add (meters->meter, TIDE_USE_LIVE, NULL, "events", names[i], tide_thread_cpu_ns () - ring_ns, 0, events,
                      1);
    }
  tide_meter_add (meters->meter, TIDE_USE_DECODE, "kafka", "events", NULL, start_ns - tide_thread_cpu_ns (), 0, 0, 0);
  tide_latency_add (meters->latency, "events", TIDE_STAGE_LIVE, seed % 3000, events);
  tide_latency_add (meters->latency, "events", TIDE_STAGE_COMMIT, seed % 90000, events);
}

static bool
run (TideBenchRun *run, GError **error)
{
  Meters meters = { .meter = tide_meter_new (NULL), .latency = tide_latency_new (NULL) };
  int64_t start_us = tide_bench_cpu_us (), cpu_us;

  for (guint i = 0; i < BATCHES; i++)
    measure_batch (&meters, TIDE_BATCH_MAX_EVENTS, i);
  cpu_us = tide_bench_cpu_us () - start_us;
  tide_meter_free (meters.meter);
  tide_latency_free (meters.latency);
  tide_bench_report (run, &(TideBenchRow){ .name = "metering", .unit = "ns CPU an event", .peer_value = NAN, .goal = 20,
                                           .value = (double) cpu_us * 1e3 / BATCHES / TIDE_BATCH_MAX_EVENTS });
  return true;
}

const TideBench tide_bench_metering = { { "metering", "what measuring latency and cost adds to an event" }, run };
