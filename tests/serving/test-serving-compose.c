/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The merge on its own, without a store: states split at any cut give the rows that all of them give; each row says
 * which layer it is from, what is late, and what an older version of the metric answered. */
#include "serving-private.h"

#include <stdlib.h>
#include <string.h>

#define START ((TideTime) 1767225600 * TIDE_SECOND)
#define EVENTS 2000

static const char text[] =
  "[workspace]\nversion=1\nname=test\n"
  "[stream s]\nformat=json\n[field s.city]\ntype=text\n[field s.amount]\ntype=decimal(2)\n"
  "[metric total]\nstream=s\naggregate=sum(amount)\nby=city\nevery=1min\n"
  "[metric slow]\nstream=s\naggregate=p90(amount)\nby=city\nevery=1min\nover=5min\n"
  "[metric cities]\nstream=s\naggregate=distinct(city)\nevery=1h\ntime-zone=Asia/Kolkata\n"
  "[metric pace]\nstream=s\naggregate=rate\nevery=1min\n";

typedef struct
{
  TideWorkspace *workspace;
  TideBatch *batch; /* EVENTS, a few seconds apart, one in eight late */
  GRand *rand;
} World;

static void
world_init (World *world)
{
  static const TideSourceSpec *const sources[] = { NULL };
  const TideCatalog catalog = { sources, tide_aggregate_specs () };
  const char *set = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = set != NULL ? (guint32) strtoul (set, NULL, 10) : g_random_int ();
  g_autoptr (TideBatchBuilder) builder = NULL;

  g_test_message ("TIDE_TEST_SEED=%u", seed);
  world->rand = g_rand_new_with_seed (seed);
  world->workspace = tide_workspace_parse (NULL, text, &catalog, NULL);
  builder = tide_batch_builder_new (tide_workspace_get_stream (world->workspace, "s"));
  for (int i = 0; i < EVENTS; i++)
    {
      bool late = g_rand_int_range (world->rand, 0, 8) == 0;
      g_autofree char *city = g_strdup_printf ("c%d", g_rand_int_range (world->rand, 0, 5));

      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME,
                                  START + (i * 7 - (late ? g_rand_int_range (world->rand, 0, 3000) : 0)) * TIDE_SECOND);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, START);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0, city, strlen (city));
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 1, g_rand_int_range (world->rand, 1, 10000));
      tide_batch_builder_end_row (builder, 10);
    }
  world->batch = tide_batch_builder_finish (builder);
}

static void
world_clear (World *world)
{
  tide_batch_unref (world->batch);
  tide_workspace_unref (world->workspace);
  g_rand_free (world->rand);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

/* States of rows [from, to). */
static TidePanes *
fold (World *world, TideMetric *metric, TideGroups *groups, uint32_t from, uint32_t to)
{
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  TidePanes *panes = tide_panes_new (metric, metric->stored_pane);

  tide_panes_fold (panes, plan, groups, world->batch, from, to);
  return panes;
}

/* Parts as they are at a cut after @cut events. */
static void
split (World *world, TideMetric *metric, uint32_t cut, TideParts *parts)
{
  *parts = (TideParts){ .metric = metric, .old_to = TIDE_TIME_NONE };
  parts->facts = (TideStreamFacts){ .last_seq = EVENTS, .events = EVENTS, .time_max = world->batch->time_max };
  parts->groups = tide_groups_new (metric->n_by, metric->group_cap);
  parts->cut = (TideCut){ .exists = cut > 0, .cut = cut, .published = TIDE_TIME_NONE, .previous_to = TIDE_TIME_NONE };
  parts->cut.cut_time = cut > 0 ? world->batch->columns[TIDE_COLUMN_TIME].ints[cut - 1] : TIDE_TIME_NONE;
  parts->batch = fold (world, metric, parts->groups, 0, cut);
  parts->speed = fold (world, metric, parts->groups, cut, EVENTS);
}

static void
assert_equal (const TideRows *a, const TideRows *b)
{
  g_assert_cmpuint (a->n, ==, b->n);
  for (guint i = 0; i < a->n; i++)
    {
      g_assert_cmpint (a->rows[i].time, ==, b->rows[i].time);
      g_assert_cmpuint (a->rows[i].group, ==, b->rows[i].group);
      g_assert_cmpuint (a->rows[i].events, ==, b->rows[i].events);
      g_assert_cmpint (a->rows[i].partial, ==, b->rows[i].partial);
      g_assert_true (tide_value_equal (a->rows[i].value, b->rows[i].value));
    }
  g_assert_true (tide_value_equal (a->total, b->total));
}

static TideQuery
random_query (World *world, TideMetric *metric)
{
  static const char *const periods[] = { NULL, "5min", "15min", "1h", "1d" };
  const char *every = periods[g_rand_int_range (world->rand, 0, G_N_ELEMENTS (periods))];
  TideQuery query = { .metric = metric, .view = TIDE_VIEW_MERGED, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX,
                      .total = g_rand_boolean (world->rand), .parts = g_rand_boolean (world->rand) };

  if (every != NULL)
    g_assert_true (tide_period_parse (every, &query.every, NULL));
  if (query.every.n > 0 && tide_period_length (query.every) % metric->stored_pane != 0)
    query.every = metric->every;
  if (g_rand_boolean (world->rand))
    query.from = START + (TideTime) g_rand_int_range (world->rand, 0, 10000) * TIDE_SECOND;
  if (g_rand_boolean (world->rand))
    query.to = START + (TideTime) g_rand_int_range (world->rand, 5000, 20000) * TIDE_SECOND;
  return query;
}

static void
test_any_cut (void)
{
  g_auto (World) world = { 0 };

  world_init (&world);
  for (guint i = 0; i < 60; i++)
    {
      TideMetric *metric = g_ptr_array_index (world.workspace->metrics, i % world.workspace->metrics->len);
      TideQuery query = random_query (&world, metric);
      uint32_t cut = (uint32_t) g_rand_int_range (world.rand, 0, EVENTS + 1);
      g_auto (TideParts) parts = { 0 };
      g_auto (TideParts) whole = { 0 };
      g_autoptr (TideRows) rows = NULL, expected = NULL;
      g_autoptr (GError) error = NULL;

      split (&world, metric, cut, &parts);
      split (&world, metric, 0, &whole);
      rows = tide_parts_compose (&parts, &query, &error);
      g_assert_no_error (error);
      expected = tide_parts_compose (&whole, &query, &error);
      assert_equal (rows, expected);
      g_assert_cmpuint (rows->batch_events + rows->speed_events, ==, expected->speed_events);
    }
}

/* A range that begins and ends inside panes has both of them whole, with their totals: no row of it is marked. */
static void
test_range_ends (void)
{
  static const char *const metrics[] = { "total", "slow" };
  g_auto (World) world = { 0 };

  world_init (&world);
  for (guint i = 0; i < G_N_ELEMENTS (metrics); i++)
    {
      TideMetric *metric = tide_workspace_get_metric (world.workspace, metrics[i]);
      TideQuery whole = { .metric = metric, .view = TIDE_VIEW_MERGED, .from = START + TIDE_HOUR,
                          .to = START + 3 * TIDE_HOUR, .every = { TIDE_PERIOD_FIXED, TIDE_HOUR } },
                inside = whole;
      g_auto (TideParts) parts = { 0 };
      g_autoptr (TideRows) expected = NULL, rows = NULL;

      inside.from += 17 * TIDE_MINUTE;
      inside.to -= 25 * TIDE_MINUTE;
      split (&world, metric, EVENTS / 2, &parts);
      expected = tide_parts_compose (&parts, &whole, NULL);
      rows = tide_parts_compose (&parts, &inside, NULL);
      assert_equal (rows, expected);
      g_assert_cmpint (rows->rows[rows->n - 1].time, ==, START + 2 * TIDE_HOUR);
      for (guint k = 0; k < rows->n; k++)
        g_assert_false (rows->rows[k].partial);
    }
}

/* Retention folded and deleted every event: a rate is still over the time of its panes. */
static void
test_all_folded (void)
{
  g_auto (World) world = { 0 };
  g_auto (TideParts) parts = { 0 };
  g_autoptr (TideRows) rows = NULL;

  world_init (&world);
  TideMetric *metric = tide_workspace_get_metric (world.workspace, "pace");
  TideQuery query = { .metric = metric, .view = TIDE_VIEW_MERGED, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  split (&world, metric, EVENTS, &parts);
  parts.facts = (TideStreamFacts){ .last_seq = EVENTS, .floor_seq = EVENTS, .time_min = TIDE_TIME_NONE,
                                   .time_max = TIDE_TIME_NONE };
  rows = tide_parts_compose (&parts, &query, NULL);
  g_assert_nonnull (rows);
  TideTime from = rows->rows[0].time, to = rows->rows[rows->n - 1].time + metric->stored_pane;
  g_assert_cmpfloat_with_epsilon (tide_value_to_double (rows->total), EVENTS / ((double) (to - from) / TIDE_SECOND),
                                  1e-9);
}

/* Each row's layer, and its parts, against folding what came before and after the cut alone. */
static void
test_layers (void)
{
  g_auto (World) world = { 0 };
  g_auto (TideParts) parts = { 0 };
  g_autoptr (TideRows) rows = NULL;
  g_autoptr (GError) error = NULL;
  TideMetric *metric;
  TideQuery query = { .view = TIDE_VIEW_MERGED, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX, .parts = true };
  const TideAggregate *aggregate;
  guint n[3] = { 0 }, late = 0;
  uint32_t cut = EVENTS / 2;

  world_init (&world);
  query.metric = metric = tide_workspace_get_metric (world.workspace, "total");
  aggregate = tide_aggregate_of (metric);
  /* The time of the cut is that of its event; were that late itself, nothing might be late behind it. */
  while (world.batch->columns[TIDE_COLUMN_TIME].ints[cut - 1] != START + (TideTime) (cut - 1) * 7 * TIDE_SECOND)
    cut++;
  split (&world, metric, cut, &parts);
  rows = tide_parts_compose (&parts, &query, &error);
  for (guint i = 0; i < rows->n; i++)
    {
      const TideRow *row = &rows->rows[i];
      const void *batch = tide_panes_find (parts.batch, row->time, row->group);
      const void *speed = tide_panes_find (parts.speed, row->time, row->group);
      TideLayer layer = batch != NULL && speed != NULL ? TIDE_LAYER_BOTH : batch != NULL ? TIDE_LAYER_BATCH
                                                                                        : TIDE_LAYER_SPEED;

      n[row->layer]++;
      g_assert_cmpint (row->layer, ==, layer);
      g_assert_false (row->old_version);
      g_assert_cmpint (row->batch.kind == TIDE_VALUE_NONE, ==, batch == NULL);
      if (batch != NULL)
        g_assert_true (tide_value_equal (row->batch, aggregate->finish (aggregate, batch, metric->scale, TIDE_MINUTE)));
      if (speed != NULL)
        g_assert_true (tide_value_equal (row->speed, aggregate->finish (aggregate, speed, metric->scale, TIDE_MINUTE)));
      /* Late is what the speed part has of panes before that of the cut. */
      g_assert_cmpint (row->late.kind != TIDE_VALUE_NONE, ==,
                       speed != NULL && row->time + TIDE_MINUTE <= parts.cut.cut_time);
      late += row->late.kind != TIDE_VALUE_NONE;
    }
  g_assert_cmpuint (n[TIDE_LAYER_BATCH], >, 0);
  g_assert_cmpuint (n[TIDE_LAYER_SPEED], >, 0);
  g_assert_cmpuint (n[TIDE_LAYER_BOTH], >, 0);
  g_assert_cmpuint (late, >, 0);
}

/* Panes before old_to are those of the older version, whole, and marked; the others are not touched. */
static void
test_old_version (void)
{
  g_auto (World) world = { 0 };
  g_auto (TideParts) parts = { 0 };
  g_autoptr (TideRows) before = NULL, rows = NULL;
  g_autoptr (GError) error = NULL;
  TideMetric *metric;
  TideQuery query = { .view = TIDE_VIEW_MERGED, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  guint n_old = 0, k = 0;

  world_init (&world);
  query.metric = metric = tide_workspace_get_metric (world.workspace, "total");
  split (&world, metric, EVENTS / 2, &parts);
  before = tide_parts_compose (&parts, &query, &error);
  parts.old = fold (&world, metric, parts.groups, 0, EVENTS / 8);
  parts.old_to = START + 20 * TIDE_MINUTE;
  /* As it is read: nothing from its end on. */
  g_autoptr (TidePanes) all_old = g_steal_pointer (&parts.old);
  g_autofree TidePaneState *list = tide_panes_list (all_old, TIDE_TIME_NONE, parts.old_to, &n_old);
  parts.old = tide_panes_new (metric, metric->stored_pane);
  for (guint i = 0; i < n_old; i++)
    tide_panes_merge_state (parts.old, list[i].pane, list[i].group, list[i].state);
  rows = tide_parts_compose (&parts, &query, &error);
  while (k < before->n && before->rows[k].time < parts.old_to)
    k++;
  g_assert_cmpuint (rows->n, ==, n_old + before->n - k);
  for (guint i = 0; i < rows->n; i++)
    {
      const TideRow *row = &rows->rows[i];

      g_assert_cmpint (row->old_version, ==, row->time < parts.old_to);
      if (row->old_version)
        g_assert_cmpuint (row->events, ==,
                          tide_aggregate_of (metric)->count (tide_panes_find (parts.old, row->time, row->group)));
      else
        g_assert_true (tide_value_equal (row->value, before->rows[k + i - n_old].value));
    }
}

static void
test_refused (void)
{
  g_auto (World) world = { 0 };
  g_auto (TideParts) parts = { 0 };
  g_autoptr (GError) error = NULL;
  TideMetric *metric;
  TideQuery query = { .view = TIDE_VIEW_MERGED, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX, .max_rows = 10 };

  world_init (&world);
  query.metric = metric = tide_workspace_get_metric (world.workspace, "total");
  split (&world, metric, 10, &parts);
  g_assert_null (tide_parts_compose (&parts, &query, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
  g_clear_error (&error);
  query.max_rows = 0;
  g_assert_true (tide_period_parse ("30s", &query.every, NULL));
  g_assert_null (tide_parts_compose (&parts, &query, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/serving/compose/any-cut", test_any_cut);
  g_test_add_func ("/serving/compose/range-ends", test_range_ends);
  g_test_add_func ("/serving/compose/all-folded", test_all_folded);
  g_test_add_func ("/serving/compose/layers", test_layers);
  g_test_add_func ("/serving/compose/old-version", test_old_version);
  g_test_add_func ("/serving/compose/refused", test_refused);
  return g_test_run ();
}
