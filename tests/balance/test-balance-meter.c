/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meters: what is added is saved once, whatever is added meanwhile; latencies go to their minute and come back; a clock
 * that is ahead is seen; freshness spends its budget. */
#include "balance.h"

#include "../store/store-fixture.h"

#include <math.h>

static TideTime now;

static TideTime
wall (void *data)
{
  return now;
}

static const TideClock clock_of_test = { .wall_us = wall, .monotonic_us = wall };

typedef struct
{
  char *dir;
  TideStore *store;
  TideWriter *writer;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const TideWriterEvents none = { 0 };
  g_autoptr (GError) error = NULL;

  now = 1000 * TIDE_DAY + 5 * TIDE_HOUR;
  fixture->dir = fixture_dir_new ();
  fixture->store = fixture_open (fixture->dir);
  fixture->writer = tide_writer_new (fixture->store, &none, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tide_writer_free (fixture->writer);
  tide_store_unref (fixture->store);
  fixture_dir_free (fixture->dir);
}

static void
test_meter (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TideMeter) meter = tide_meter_new (&clock_of_test);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) hours = NULL;
  TideReader *reader;
  gint64 decode_ns = 0, fold_ns = 0, events = 0;
  double seconds = 0;

  for (guint i = 0; i < 5; i++)
    {
      tide_meter_add (meter, TIDE_USE_DECODE, "kafka", "orders", NULL, 100, 10, 2, 0);
      tide_meter_add (meter, TIDE_USE_LIVE, NULL, "orders", "revenue", 7, 0, 2, 0);
      tide_meter_add (meter, TIDE_USE_DECODE, "kafka", "orders", NULL, -7, 0, 0, 0);
      now += 40 * TIDE_MINUTE;
      g_assert_true (tide_meter_save (meter, fixture->writer, &error));
      g_assert_no_error (error);
    }
  reader = fixture_reader (fixture->store);
  hours = tide_store_get_use (reader, 0, TIDE_TIME_MAX, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < hours->len; i++)
    {
      const TideUseHour *hour = g_ptr_array_index (hours, i);

      g_assert_cmpint (hour->hour % TIDE_HOUR, ==, 0);
      seconds += hour->seconds;
      if (tide_activity_parse (hour->activity) == TIDE_USE_DECODE)
        {
          g_assert_cmpstr (hour->source, ==, "kafka");
          decode_ns += hour->cpu_ns;
          events += (gint64) hour->events;
        }
      else if (tide_activity_parse (hour->activity) == TIDE_USE_LIVE)
        fold_ns += hour->cpu_ns;
    }
  g_assert_cmpint (decode_ns, ==, 5 * 93);
  g_assert_cmpint (fold_ns, ==, 35);
  g_assert_cmpint (events, ==, 10);
  g_assert_cmpfloat (seconds, ==, 5 * 40 * 60);
  tide_reader_end (reader);
  tide_reader_release (reader);
}

static void
test_latency (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TideLatency) latency = tide_latency_new (&clock_of_test);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) steps = NULL;
  g_autoptr (GPtrArray) slowest = NULL;
  TideLatencyFacts facts;
  TideReader *reader;

  for (guint minute = 0; minute < 6; minute++, now += TIDE_MINUTE)
    for (guint i = 0; i < 100; i++)
      {
        /* The producer's clock is two seconds ahead; the way takes 0 to 500 ms. */
        tide_latency_add (latency, "orders", TIDE_STAGE_BROKER, -2 * TIDE_SECOND + i * 5 * TIDE_MS, 10);
        tide_latency_add (latency, "orders", TIDE_STAGE_COMMIT, (minute + 1) * TIDE_MS, 1);
      }
  tide_latency_get (latency, "orders", TIDE_STAGE_BROKER, 10 * TIDE_MINUTE, &facts);
  g_assert_cmpuint (facts.events, ==, 6000);
  g_assert_cmpfloat_with_epsilon (facts.skew_us, 2e6, 0.03e6);
  g_assert_cmpfloat_with_epsilon (facts.p50_us, 0.25e6, 0.05e6);
  slowest = tide_latency_get_slowest (latency, "orders");
  g_assert_cmpuint (slowest->len, ==, 6);
  g_assert_cmpint (((TideSlowEvent *) g_ptr_array_index (slowest, 0))->took, ==, 6 * TIDE_MS);

  g_assert_true (tide_latency_flush (latency, fixture->writer, false, &error));
  g_assert_true (tide_latency_flush (latency, fixture->writer, false, &error)); /* nothing is saved twice */
  g_assert_no_error (error);
  reader = fixture_reader (fixture->store);
  g_assert_cmpint (fixture_int (reader, "SELECT sum(events) FROM latency"), ==, 6000 + 600);
  steps = tide_latency_history (reader, "orders", TIDE_STAGE_COMMIT, now - TIDE_HOUR, now, 2 * TIDE_MINUTE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (steps->len, ==, 3);
  g_assert_cmpuint (g_array_index (steps, TideLatencyStep, 1).facts.events, ==, 200);
  g_assert_cmpfloat_with_epsilon (g_array_index (steps, TideLatencyStep, 1).quantiles[10], 4000, 50);
  tide_reader_end (reader);
  tide_reader_release (reader);
}

static void
test_freshness (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TideFreshMeter) freshness = tide_fresh_meter_new (&clock_of_test);
  TideMetric metric = { .name = (char *) "revenue", .freshness = 5 * TIDE_SECOND };
  g_autoptr (GError) error = NULL;
  TideObjectiveFacts facts;
  TideReader *reader;

  for (guint i = 0; i < 3600; i++)
    tide_fresh_meter_add (freshness, &metric, i % 50 == 0 ? 6 * TIDE_SECOND : TIDE_SECOND, 1);
  g_assert_cmpint (tide_fresh_meter_get_age (freshness, "revenue"), ==, TIDE_SECOND);
  g_assert_true (tide_fresh_meter_save (freshness, fixture->writer, &error));
  g_assert_true (tide_fresh_meter_save (freshness, fixture->writer, &error));
  g_assert_no_error (error);
  reader = fixture_reader (fixture->store);
  g_assert_true (tide_objective_get_facts (reader, "revenue", 0.99, now + 1, &facts, &error));
  g_assert_cmpfloat_with_epsilon (facts.measured_s, 3600, 1e-6);
  g_assert_cmpfloat_with_epsilon (facts.met, 0.98, 1e-9);
  /* 72 s of the 25,920 s that 30 days may miss; twice as fast as they may. */
  g_assert_cmpfloat_with_epsilon (facts.budget_left, 1 - 72 / 25920.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (facts.burn_1h, 2, 1e-9);
  tide_reader_end (reader);
  tide_reader_release (reader);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/balance/meter/use", Fixture, NULL, set_up, test_meter, tear_down);
  g_test_add ("/balance/meter/latency", Fixture, NULL, set_up, test_latency, tear_down);
  g_test_add ("/balance/meter/freshness", Fixture, NULL, set_up, test_freshness, tear_down);
  return g_test_run ();
}
