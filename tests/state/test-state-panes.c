/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Folding in one go is folding in parts, merged in any order and through storage; each event counts in the pane
 * that holds its time, before the epoch too.
 */
#include "state-fixture.h"

#define N_PARTS 6

static void
assert_equal (const TidePanes *a, const TidePanes *b, bool real_sum)
{
  const TideAggregate *aggregate = tide_aggregate_of (tide_panes_get_metric (a));
  int scale = tide_panes_get_metric (a)->scale;
  guint n, n_b;
  g_autofree TidePaneState *x = tide_panes_list (a, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  g_autofree TidePaneState *y = tide_panes_list (b, TIDE_TIME_NONE, TIDE_TIME_MAX, &n_b);

  g_assert_cmpuint (n, ==, n_b);
  g_assert_cmpuint (n, ==, tide_panes_get_n (a));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) p = g_byte_array_new ();
      g_autoptr (GByteArray) q = g_byte_array_new ();

      g_assert_cmpint (x[i].pane, ==, y[i].pane);
      g_assert_cmpuint (x[i].group, ==, y[i].group);
      if (i > 0)
        g_assert_true (x[i - 1].pane < x[i].pane || (x[i - 1].pane == x[i].pane && x[i - 1].group < x[i].group));
      g_assert_true (tide_panes_find (a, x[i].pane, x[i].group) == x[i].state);
      tide_panes_write (a, x[i].state, p);
      tide_panes_write (b, y[i].state, q);
      g_assert_true (tide_value_equal (aggregate->finish (aggregate, x[i].state, scale, TIDE_MINUTE),
                                       aggregate->finish (aggregate, y[i].state, scale, TIDE_MINUTE)));
      if (!real_sum)
        g_assert_cmpmem (p->data, (int) p->len, q->data, (int) q->len);
    }
}

/* Into panes of their own, as the layers do. */
static void
merge_in (GRand *rand, TidePanes *into, const TidePanes *part)
{
  guint n;

  if (g_rand_boolean (rand))
    {
      tide_panes_merge (into, part);
      return;
    }
  for (TideTime from = -10 * TIDE_MINUTE; from < 10 * TIDE_MINUTE; from += 5 * TIDE_MINUTE)
    {
      g_autofree TidePaneState *list = tide_panes_list (part, from, from + 5 * TIDE_MINUTE, &n);

      for (guint i = 0; i < n; i++)
        {
          g_autoptr (GByteArray) bytes = g_byte_array_new ();

          tide_panes_write (part, list[i].state, bytes);
          g_assert_true (tide_panes_merge_bytes (into, list[i].pane, list[i].group, bytes->data, bytes->len, NULL));
        }
    }
}

static void
check_metric (GRand *rand, const TideStream *stream, TideMetric *metric, TideDuration pane)
{
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  g_autoptr (TideGroups) groups = tide_groups_new (metric->n_by, metric->group_cap);
  g_autoptr (TidePanes) whole = tide_panes_new (metric, pane);
  g_autoptr (TidePanes) merged = tide_panes_new (metric, pane);
  bool real_sum = g_str_equal (metric->aggregate->name, "avg");
  TidePanes *parts[N_PARTS];
  TideBatch *batches[4];
  TideSeq seq = 1;
  uint64_t events = 0;

  for (int i = 0; i < 4; i++)
    {
      uint32_t n = (uint32_t) g_rand_int_range (rand, 1, 1500);

      batches[i] = random_batch (rand, stream, n, 30, seq);
      tide_panes_fold (whole, plan, groups, batches[i], 0, n);
      seq += n;
    }
  for (int i = 0; i < N_PARTS; i++)
    parts[i] = tide_panes_new (metric, pane);
  /* Any part, any order: the groups are known. */
  for (int i = 3; i >= 0; i--)
    for (uint32_t from = 0; from < batches[i]->n;)
      {
        uint32_t to = from + (uint32_t) g_rand_int_range (rand, 1, (gint32) (batches[i]->n - from) + 1);

        tide_panes_fold (parts[g_rand_int_range (rand, 0, N_PARTS)], plan, groups, batches[i], from, to);
        from = to;
      }
  for (int first = g_rand_int_range (rand, 0, N_PARTS), i = 0; i < N_PARTS; i++)
    {
      events += tide_panes_get_events (parts[(first + i) % N_PARTS]);
      merge_in (rand, merged, parts[(first + i) % N_PARTS]);
    }
  assert_equal (whole, merged, real_sum);
  g_assert_cmpuint (events, ==, tide_panes_get_events (whole));
  tide_panes_clear (merged);
  g_assert_cmpuint (tide_panes_get_n (merged), ==, 0);
  g_assert_cmpuint (tide_panes_get_events (merged), ==, 0);
  tide_panes_merge (merged, whole);
  assert_equal (whole, merged, false);
  g_assert_cmpuint (tide_panes_get_events (merged), ==, events);
  for (int i = 0; i < N_PARTS; i++)
    tide_panes_free (parts[i]);
  for (int i = 0; i < 4; i++)
    tide_batch_unref (batches[i]);
}

static void
test_parts (void)
{
  static const char *const aggregates[] = { "count", "count(kind)", "sum(amount)", "avg(speed)", "min(amount)",
                                            "max(speed)", "p95(amount)", "p50(speed)", "distinct(kind)", "rate" };
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideStreamRef) stream = make_stream ();

  for (guint i = 0; i < 2 * G_N_ELEMENTS (aggregates); i++)
    {
      g_autoptr (TideMetric) metric
          = make_metric (stream, aggregates[i % G_N_ELEMENTS (aggregates)],
                         g_rand_boolean (rand) ? "amount > 300" : NULL, g_rand_boolean (rand) ? "city" : NULL,
                         g_rand_boolean (rand) ? "10" : NULL);

      check_metric (rand, stream, metric, g_rand_boolean (rand) ? TIDE_MINUTE : 7 * TIDE_SECOND);
    }
}

/* Against a plain loop. */
static void
test_counts (void)
{
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideMetric) metric = make_metric (stream, "count", NULL, NULL, NULL);
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  g_autoptr (TideGroups) groups = tide_groups_new (0, 10);
  g_autoptr (TidePanes) panes = tide_panes_new (metric, TIDE_MINUTE);
  g_autoptr (TideBatch) batch = random_batch (rand, stream, 3000, 5, 1);
  const int64_t *times = batch->columns[TIDE_COLUMN_TIME].ints;
  uint64_t total = 0;

  tide_panes_fold (panes, plan, groups, batch, 0, 3000);
  for (TideTime pane = -6 * TIDE_MINUTE; pane < 6 * TIDE_MINUTE; pane += TIDE_MINUTE)
    {
      const uint64_t *state = tide_panes_find (panes, pane, 1);
      uint64_t expected = 0;

      for (uint32_t row = 0; row < 3000; row++)
        expected += times[row] >= pane && times[row] < pane + TIDE_MINUTE;
      g_assert_true ((state == NULL) == (expected == 0));
      if (state != NULL)
        g_assert_cmpuint (*state, ==, expected);
      total += expected;
    }
  g_assert_cmpuint (total, ==, 3000);
  g_assert_null (tide_panes_find (panes, 0, TIDE_GROUP_OTHER));
}

/* Times at the ends of what a number holds have a pane, too. */
static void
test_extreme_times (void)
{
  static const TideTime times[] = { INT64_MIN + 1, INT64_MIN + 1, -1, 0, INT64_MAX };
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideMetric) metric = make_metric (stream, "count", NULL, NULL, NULL);
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  g_autoptr (TideGroups) groups = tide_groups_new (0, 10);
  g_autoptr (TidePanes) panes = tide_panes_new (metric, TIDE_MINUTE);
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  g_autoptr (TideBatch) batch = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, times[i]);
      tide_batch_builder_end_row (builder, 0);
    }
  batch = tide_batch_builder_finish (builder);
  tide_panes_fold (panes, plan, groups, batch, 0, batch->n);
  g_assert_cmpuint (tide_panes_get_n (panes), ==, 4);
  g_assert_nonnull (tide_panes_find (panes, -TIDE_MINUTE, 1));
  g_assert_nonnull (tide_panes_find (panes, 0, 1));
}

/* Many panes and groups: found again, listed in order, and counted in bytes. */
static void
test_many (void)
{
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideMetric) metric = make_metric (stream, "count", NULL, "city", NULL);
  g_autoptr (TidePanes) panes = tide_panes_new (metric, TIDE_SECOND);
  g_autofree uint64_t *expected = g_new0 (uint64_t, 100 * 100);
  g_autofree TidePaneState *list = NULL;
  guint n, seen = 0;

  for (int i = 0; i < 20000; i++)
    {
      guint pane = (guint) g_rand_int_range (rand, 0, 100), group = (guint) g_rand_int_range (rand, 0, 100);
      uint64_t one = 1;

      tide_panes_merge_state (panes, ((TideTime) pane - 50) * TIDE_SECOND, group, &one);
      expected[pane * 100 + group]++;
    }
  list = tide_panes_list (panes, -40 * TIDE_SECOND, 40 * TIDE_SECOND, &n);
  for (guint i = 0; i < 100 * 100; i++)
    {
      if (i / 100 < 10 || i / 100 >= 90 || expected[i] == 0)
        continue;
      g_assert_cmpint (list[seen].pane, ==, ((TideTime) i / 100 - 50) * TIDE_SECOND);
      g_assert_cmpuint (list[seen].group, ==, i % 100);
      g_assert_cmpuint (*(const uint64_t *) list[seen].state, ==, expected[i]);
      seen++;
    }
  g_assert_cmpuint (seen, ==, n);
  g_assert_cmpuint (tide_panes_get_bytes (panes), >, tide_panes_get_n (panes) * 8);
  g_assert_cmpuint (tide_panes_get_bytes (panes), <, tide_panes_get_n (panes) * 150);
}

static void
test_damaged (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideMetric) metric = make_metric (stream, "p95(amount)", NULL, NULL, NULL);
  g_autoptr (TidePanes) panes = tide_panes_new (metric, TIDE_MINUTE);
  g_autoptr (GError) error = NULL;

  g_assert_false (tide_panes_merge_bytes (panes, 0, 1, (const guint8 *) "nonsense", 8, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT);
  g_assert_cmpuint (tide_panes_get_n (panes), ==, 0);
  g_assert_cmpint (tide_panes_get_pane (panes), ==, TIDE_MINUTE);
  g_assert_true (tide_panes_get_metric (panes) == metric);
}

/* A stored sum or extreme of reals is no state of a metric over decimals, and the other way round. */
static void
test_other_type (void)
{
  static const char *const names[] = { "sum", "avg", "min", "max" };
  g_autoptr (TideStreamRef) stream = make_stream ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *of_reals = g_strdup_printf ("%s(speed)", names[i]), *of_decimals = g_strdup_printf ("%s(amount)", names[i]);
      g_autoptr (TideMetric) real = make_metric (stream, of_reals, NULL, NULL, NULL);
      g_autoptr (TideMetric) decimal = make_metric (stream, of_decimals, NULL, NULL, NULL);
      g_autoptr (TidePanes) reals = tide_panes_new (real, TIDE_MINUTE), decimals = tide_panes_new (decimal, TIDE_MINUTE);
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      const TideAggregate *aggregate = tide_aggregate_of (real);
      _Alignas (64) guint8 state[64] = { 0 };
      double value = 1.5;
      TideColumn column = { .type = TIDE_TYPE_REAL, .reals = &value };
      uint32_t row = 0, slot = 0;
      g_autoptr (GError) error = NULL;

      aggregate->fold (aggregate, state, &column, &row, &slot, 1);
      aggregate->write (state, bytes);
      g_assert_true (tide_panes_merge_bytes (reals, 0, 1, bytes->data, bytes->len, NULL));
      g_assert_false (tide_panes_merge_bytes (decimals, 0, 1, bytes->data, bytes->len, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT);
      g_assert_cmpuint (tide_panes_get_n (decimals), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/panes/parts", test_parts);
  g_test_add_func ("/state/panes/counts", test_counts);
  g_test_add_func ("/state/panes/extreme-times", test_extreme_times);
  g_test_add_func ("/state/panes/many", test_many);
  g_test_add_func ("/state/panes/damaged", test_damaged);
  g_test_add_func ("/state/panes/other-type", test_other_type);
  return g_test_run ();
}
