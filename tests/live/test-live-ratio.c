/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ratio in the live rings: both its parts are of the same window, also where what the numerator counts is rare, so
 * that its newest event is older than the denominator's. */
#include "live-private.h"

#include <math.h>
#include <string.h>

#define FIRST 1000
#define POINTS 200

typedef struct
{
  const TideStream *stream;
  TideMetric *part, *whole;
  TideLiveRing *part_ring, *whole_ring;
} Fixture;

static TideMetric *
new_count (const TideStream *stream, const char *name, const char *where)
{
  TideCatalog catalog = { .aggregates = tide_aggregate_specs () };
  TideMetricText text = { .name = name, .aggregate = "count", .where = where, .every = "1min" };
  const char *key = NULL;
  GError *error = NULL;
  TideMetric *metric = tide_metric_new (&text, stream, &catalog, NULL, NULL, NULL, &key, &error);

  g_assert_no_error (error);
  return metric;
}

/* One payment a second; that of second @fraud is one. */
static void
add_payments (Fixture *fixture, int64_t first, int64_t last, int64_t fraud)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (fixture->stream);
  TideBatch *batch;

  for (int64_t second = first; second <= last; second++)
    {
      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, second * TIDE_SECOND + TIDE_SECOND / 2);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, second == fraud);
      tide_batch_builder_end_row (builder, 0);
    }
  batch = tide_batch_builder_finish (builder);
  tide_live_ring_add (fixture->part_ring, batch);
  tide_live_ring_add (fixture->whole_ring, batch);
  tide_batch_unref (batch);
}

static void
setup (Fixture *fixture)
{
  GPtrArray *fields = g_ptr_array_new ();

  g_ptr_array_add (fields, tide_field_new ("is_fraud", "is_fraud", TIDE_TYPE_BOOL, 0));
  fixture->stream = tide_stream_new ("payments", fields, NULL, NULL);
  fixture->part = new_count (fixture->stream, "fraud", "is_fraud = true");
  fixture->whole = new_count (fixture->stream, "payments", NULL);
  fixture->part_ring = tide_live_ring_new (fixture->part, 15 * TIDE_MINUTE);
  fixture->whole_ring = tide_live_ring_new (fixture->whole, 15 * TIDE_MINUTE);
}

static void
teardown (Fixture *fixture)
{
  tide_live_ring_unref (fixture->part_ring);
  tide_live_ring_unref (fixture->whole_ring);
  tide_metric_unref (fixture->part);
  tide_metric_unref (fixture->whole);
  tide_stream_unref (fixture->stream);
}

static void
take_ratio (Fixture *fixture, int64_t last, TideLiveMetric *ret_ratio)
{
  TideLiveMetric part, whole;

  tide_live_ring_snapshot (fixture->part_ring, last, POINTS, &part, NULL);
  tide_live_ring_snapshot (fixture->whole_ring, last, POINTS, &whole, NULL);
  tide_live_ratio_snapshot (fixture->whole, last, &part, &whole, ret_ratio);
  tide_live_metric_trim (ret_ratio, last);
  tide_live_metric_clear (&part);
  tide_live_metric_clear (&whole);
}

static double
at (const TideLiveMetric *ratio, int64_t last, int64_t second)
{
  g_assert_cmpuint (ratio->n_series, ==, 1);
  return ratio->series[0].y[ratio->n - 1 - (guint) (last - second)];
}

/* One of 30: also at the newest second, 24 after the one that counts. */
static void
test_rare (void)
{
  Fixture fixture;
  TideLiveMetric ratio;

  setup (&fixture);
  add_payments (&fixture, FIRST, FIRST + 29, FIRST + 5);
  take_ratio (&fixture, FIRST + 31, &ratio);
  for (int64_t second = FIRST + 5; second < FIRST + 30; second++)
    g_assert_cmpfloat_with_epsilon (at (&ratio, FIRST + 31, second), 1.0 / (double) (second - FIRST + 1), 1e-12);
  g_assert_cmpfloat_with_epsilon (tide_value_to_double (ratio.latest), 1.0 / 30, 1e-12);
  g_assert_cmpfloat_with_epsilon (tide_value_to_double (ratio.series[0].latest), 1.0 / 30, 1e-12);
  g_assert_true (isnan (at (&ratio, FIRST + 31, FIRST + 30)));
  g_assert_true (isnan (at (&ratio, FIRST + 31, FIRST + 31)));
  tide_live_metric_clear (&ratio);
  teardown (&fixture);
}

/* What is out of the window counts no more. */
static void
test_out_of_window (void)
{
  Fixture fixture;
  TideLiveMetric ratio;

  setup (&fixture);
  add_payments (&fixture, FIRST, FIRST + 100, FIRST + 5);
  take_ratio (&fixture, FIRST + 100, &ratio);
  g_assert_cmpfloat_with_epsilon (at (&ratio, FIRST + 100, FIRST + 64), 1.0 / 60, 1e-12);
  g_assert_cmpfloat (at (&ratio, FIRST + 100, FIRST + 65), ==, 0);
  g_assert_cmpfloat (tide_value_to_double (ratio.latest), ==, 0);
  tide_live_metric_clear (&ratio);
  teardown (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live/ratio/rare", test_rare);
  g_test_add_func ("/live/ratio/out-of-window", test_out_of_window);
  return g_test_run ();
}
