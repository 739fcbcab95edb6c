/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is published is what folding all events up to the cut gives, and the base what folding those up to the floor
 * gives, whatever was done in between: runs, some abandoned, compaction, retention, resets, sealing, restarts, new
 * definitions. Events are made from their number, so the test computes them again instead of keeping them. */
#include "store-fixture.h"

static const char *const cities[] = { "Berlin", "Paris", "Rome", "Wien", "Oslo" };

#define STREAM_TEXT \
  "[workspace]\nversion=1\nname=test\n[stream orders]\nformat=json\n[field orders.city]\ntype=text\n" \
  "[field orders.amount]\ntype=decimal(2)\n"
#define REVENUE_TEXT "[metric revenue]\nstream=orders\naggregate=sum(amount)\nby=city\nevery=1min\ngroup-cap=3\n"
#define LARGE_TEXT \
  "[metric revenue]\nstream=orders\naggregate=sum(amount)\nwhere=amount > 50\nby=city\nevery=1min\ngroup-cap=3\n"
#define MEDIAN_TEXT "[metric median]\nstream=orders\naggregate=p50(amount)\nevery=5min\n"

static TideWorkspace *
workspace_new (const char *dir, const char *text)
{
  static const TideSourceSpec *const sources[] = { NULL };
  const TideCatalog catalog = { sources, tide_aggregate_specs () };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  TideWorkspace *workspace = tide_workspace_parse (dir, text, &catalog, problems);
  for (guint i = 0; i < problems->len; i++)
    g_error ("%s", ((TideProblem *) g_ptr_array_index (problems, i))->message);
  return workspace;
}

/* From one event to the next: a second, or so long that there are days. */
static TideDuration step = TIDE_SECOND;

/* Event i, from 0: a step apart, some late, some without a city. */
static TideBatch *
make_batch (const TideStream *stream, int64_t first, int64_t n)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  for (int64_t i = first; i < first + n; i++)
    {
      uint64_t number = fixture_mix ((uint64_t) i, 7);
      int64_t late = number % 11 == 0 ? (int64_t) (number >> 8) % 300 : 0;
      const char *city = cities[(number >> 20) % G_N_ELEMENTS (cities)];
      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, (i - late) * step);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, i * step);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_SOURCE, "plain", 5);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_PARTITION, (int64_t) (number >> 40) % 3);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_OFFSET, i);
      if (number % 13 != 0)
        tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0, city, strlen (city));
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 1, (int64_t) (number >> 30) % 10000 - 100);
      tide_batch_builder_end_row (builder, 10);
    }
  return tide_batch_builder_finish (builder);
}

typedef struct
{
  GRand *rand;
  char *dir;
  TideStore *store;
  TideWriter *writer;
  TideWorkspace *workspace;
  TideSeq last, floor;
  TideSeq start_revenue, start_median; /* where the present versions began; -1: not yet */
  TideSeq starts[2]; /* of the other definition, when it was left: plain, large */
  guint runs, retained, resets, flips, days;
} World;

static void
world_open (World *world)
{
  g_autoptr (GError) error = NULL;
  world->store = fixture_open (world->dir);
  world->writer = tide_writer_new (world->store, NULL, &error);
  g_assert_no_error (error);
}

static void
world_close (World *world)
{
  g_clear_pointer (&world->writer, tide_writer_free);
  g_clear_pointer (&world->store, tide_store_unref);
}

static void
world_init (World *world, const char *text)
{
  *world = (World){ .rand = fixture_rand_new (), .dir = fixture_dir_new (), .start_revenue = -1, .start_median = -1 };
  world->workspace = workspace_new (world->dir, text);
  world_open (world);
}

static void
world_clear (World *world)
{
  world_close (world);
  tide_workspace_unref (world->workspace);
  fixture_dir_free (world->dir);
  g_rand_free (world->rand);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static void
world_push (World *world, int64_t n)
{
  g_autoptr (GError) error = NULL;
  const TideStream *stream = tide_workspace_get_stream (world->workspace, "orders");
  g_autoptr (TideBatch) batch = make_batch (stream, world->last, n);
  /* Each partition's next offset: one past its newest event. */
  TidePosition positions[3];
  for (int p = 0; p < 3; p++)
    positions[p] = (TidePosition){ .partition = p, .offset = world->last + n };
  TideDelivery delivery = { .source = "plain", .batch = batch, .positions = positions, .n_positions = 3 };
  g_assert_true (tide_writer_push (world->writer, &delivery, NULL, &error));
  g_assert_true (tide_writer_flush (world->writer, &error));
  world->last += n;
}

/* --- the reference --- */

static void
fold_range (TidePanes *panes, TideGroups *groups, TideMetric *metric, TideSeq after, TideSeq up_to)
{
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  while (after < up_to)
    {
      int64_t n = MIN (up_to - after, TIDE_BATCH_MAX_EVENTS);
      g_autoptr (TideBatch) batch = make_batch (metric->stream, after, n);
      batch->first_seq = after + 1;
      tide_panes_fold (panes, plan, groups, batch, 0, batch->n);
      after += n;
    }
}

static void
assert_groups_equal (const TideGroups *a, const TideGroups *b, uint32_t n_by)
{
  g_assert_cmpuint (tide_groups_get_n (a), ==, tide_groups_get_n (b));
  for (uint32_t i = 1; i < tide_groups_get_n (a); i++)
    {
      const TideGroup *x = tide_groups_get (a, i), *y = tide_groups_get (b, i);
      g_assert_cmpint (x->first_seq, ==, y->first_seq);
      if (n_by == 0)
        continue;
      g_assert_cmpint (x->values[0].data == NULL, ==, y->values[0].data == NULL);
      if (x->values[0].data != NULL)
        g_assert_cmpmem (x->values[0].data, x->values[0].len, y->values[0].data, y->values[0].len);
    }
}

static void
assert_panes_equal (const TidePanes *a, const TidePanes *b)
{
  const TideAggregate *aggregate = tide_aggregate_of (tide_panes_get_metric (a));
  guint n = 0, m = 0;
  g_autofree TidePaneState *x = tide_panes_list (a, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  g_autofree TidePaneState *y = tide_panes_list (b, TIDE_TIME_NONE, TIDE_TIME_MAX, &m);
  g_assert_cmpuint (n, ==, m);
  for (guint i = 0; i < n; i++)
    {
      TideDuration pane = tide_panes_get_pane (a);
      g_assert_cmpint (x[i].pane, ==, y[i].pane);
      g_assert_cmpuint (x[i].group, ==, y[i].group);
      g_assert_true (tide_value_equal (aggregate->finish (aggregate, x[i].state, 2, pane),
                                       aggregate->finish (aggregate, y[i].state, 2, pane)));
      g_assert_cmpuint (aggregate->count (x[i].state), ==, aggregate->count (y[i].state));
    }
}

/* {"plain":{"0":…}} parts the offsets of each partition: below it those up to the cut, from it on those after. */
static void
check_offsets (const World *world, const char *json, TideSeq cut)
{
  const TideStream *stream = tide_workspace_get_stream (world->workspace, "orders");
  gint64 next[3];
  g_assert_cmpint (sscanf (json, "{\"plain\":{\"0\":%" G_GINT64_FORMAT ",\"1\":%" G_GINT64_FORMAT ",\"2\":%" G_GINT64_FORMAT "}}",
                           &next[0], &next[1], &next[2]), ==, 3);
  for (TideSeq after = 0; after < world->last; after += TIDE_BATCH_MAX_EVENTS)
    {
      g_autoptr (TideBatch) batch = make_batch (stream, after, MIN (world->last - after, TIDE_BATCH_MAX_EVENTS));
      for (uint32_t i = 0; i < batch->n; i++)
        {
          int64_t offset = batch->columns[TIDE_COLUMN_OFFSET].ints[i];
          int64_t partition = batch->columns[TIDE_COLUMN_PARTITION].ints[i];
          g_assert_cmpint (offset < next[partition], ==, after + 1 + i <= cut);
        }
    }
}

static void
merge_by_day (TidePanes *days, const TidePanes *panes, TideTime from, TideTime to)
{
  const TideMetric *metric = tide_panes_get_metric (panes);
  guint n = 0;
  g_autofree TidePaneState *list = tide_panes_list (panes, from, to, &n);
  for (guint i = 0; i < n; i++)
    tide_panes_merge_state (days, tide_period_floor ((TidePeriod){ TIDE_PERIOD_DAYS, 1 }, metric->zone, list[i].pane),
                            list[i].group, list[i].state);
}

/* Summed days and, around them, stored panes are what all stored panes are. @expected: of the stored panes. */
static void
check_days (World *world, TideReader *reader, const TideCut *cut, const TidePanes *expected)
{
  g_autoptr (GError) error = NULL;
  TideMetric *metric = tide_panes_get_metric (expected);
  g_autoptr (TidePanes) got = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) got_days = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) expected_days = tide_panes_new (metric, metric->stored_pane);
  bool all = g_rand_boolean (world->rand);
  TideTime from = all ? TIDE_TIME_NONE : g_rand_int_range (world->rand, 0, (gint32) world->last + 1) * step;
  TideTime to = all ? TIDE_TIME_MAX : from + g_rand_int_range (world->rand, 0, (gint32) world->last + 1) * step;
  TideTime first, end;
  g_assert_true (tide_store_read_days (reader, cut, from, to, got, &first, &end, &error));
  g_assert_cmpint (first, >=, from);
  g_assert_cmpint (end, <=, to);
  g_assert_true (tide_store_read_states (reader, cut, from, first, got, &error));
  g_assert_true (tide_store_read_states (reader, cut, end, to, got, &error));
  world->days += end > first;
  merge_by_day (got_days, got, TIDE_TIME_NONE, TIDE_TIME_MAX);
  merge_by_day (expected_days, expected, from, to);
  assert_panes_equal (expected_days, got_days);
}

static void
check_metric (World *world, TideReader *reader, const char *name, TideSeq start)
{
  g_autoptr (GError) error = NULL;
  g_auto (TideCut) cut = { 0 };
  TideMetric *metric = tide_workspace_get_metric (world->workspace, name);
  g_assert_true (tide_store_get_backfill (reader, metric, &cut, &error));
  g_assert_cmpint (cut.exists, ==, start >= 0);
  if (start < 0)
    return;
  TideSeq ends[2] = { cut.cut, cut.base_seq };
  for (int base = 0; base < 2; base++)
    {
      g_autoptr (TidePanes) expected = tide_panes_new (metric, metric->stored_pane);
      g_autoptr (TidePanes) got = tide_panes_new (metric, metric->stored_pane);
      g_autoptr (TideGroups) expected_groups = tide_groups_new (metric->n_by, metric->group_cap);
      g_autoptr (TideGroups) groups = base ? tide_store_get_base_groups (reader, metric, &cut, &error)
                                           : tide_store_get_groups (reader, metric, &cut, &error);
      g_assert_no_error (error);
      fold_range (expected, expected_groups, metric, start, ends[base]);
      g_assert_true (base ? tide_store_read_base (reader, &cut, TIDE_TIME_NONE, TIDE_TIME_MAX, got, &error)
                          : tide_store_read_states (reader, &cut, TIDE_TIME_NONE, TIDE_TIME_MAX, got, &error));
      assert_groups_equal (expected_groups, groups, metric->n_by);
      assert_panes_equal (expected, got);
      if (!base)
        check_days (world, reader, &cut, expected);
    }
}

static void
world_check (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = fixture_reader (world->store);
  TideStreamFacts facts;
  g_assert_true (tide_store_get_stream_facts (reader, "orders", &facts, &error));
  world->floor = facts.floor_seq;
  g_assert_cmpint (facts.last_seq, ==, world->last);
  g_assert_cmpint ((gint64) facts.events, ==, world->last - world->floor);
  g_assert_cmpint (fixture_int (reader, "SELECT coalesce(sum(n), 0) FROM block"), ==, world->last - world->floor);
  check_metric (world, reader, "revenue", world->start_revenue);
  if (tide_workspace_get_metric (world->workspace, "median") != NULL)
    check_metric (world, reader, "median", world->start_median);
}

/* --- what happens --- */

/* Folds (write's cut, up_to] from the store in a few chunks, and publishes unless @abandon. */
static void
world_run (World *world, const char *name, TideSeq *start, TideSeq up_to, bool abandon)
{
  g_autoptr (GError) error = NULL;
  TideMetric *metric = tide_workspace_get_metric (world->workspace, name);
  gint64 run = 0;
  g_assert_true (tide_run_start (world->writer, name, TIDE_TIME_NONE, world->last, &run, &error));
  g_autoptr (TideRollupWrite) write = tide_rollup_write_begin (world->writer, metric, run, &error);
  g_assert_no_error (error);
  if (*start < 0)
    *start = world->floor;
  g_autoptr (TideReader) reader = fixture_reader (world->store);
  g_auto (TideCut) cut = { 0 };
  g_assert_true (tide_store_get_backfill (reader, metric, &cut, &error));
  g_assert_cmpint (cut.cut, ==, tide_rollup_write_get_cut (write));
  g_autoptr (TideGroups) groups = tide_store_get_groups (reader, metric, &cut, &error);
  g_autoptr (TidePanes) panes = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  up_to = MAX (up_to, cut.cut);
  TideScanOptions options
    = { .stream = metric->stream, .after = cut.cut, .up_to = MAX (up_to, 1), .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  g_autoptr (TideScan) scan = tide_scan_new (reader, &options, &error);
  const TideBatch *batch = NULL;
  while (up_to > cut.cut && tide_scan_next (scan, &batch, &error) && batch != NULL)
    {
      tide_panes_fold (panes, plan, groups, batch, 0, batch->n);
      if (g_rand_boolean (world->rand))
        {
          g_assert_true (tide_rollup_write_add (write, panes, &error));
          tide_panes_clear (panes);
          if (!abandon && g_rand_boolean (world->rand))
            g_assert_true (tide_rollup_write_publish (write, groups, tide_scan_get_next_seq (scan) - 1, &error));
        }
    }
  g_assert_no_error (error);
  g_assert_true (tide_rollup_write_add (write, panes, &error));
  if (abandon)
    return;
  g_assert_true (tide_rollup_write_publish (write, groups, up_to, &error));
  world->runs++;

  tide_reader_end (reader);
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_auto (TideCut) after = { 0 };
  g_assert_true (tide_store_get_cut (reader, metric, &after, &error));
  if (!after.exists)
    return;
  g_assert_cmpint (after.cut, ==, up_to);
  g_assert_cmpint (after.run, ==, run);
  check_offsets (world, after.offsets, up_to);
  if (up_to > world->floor)
    {
      g_autoptr (TideBatch) last = make_batch (metric->stream, up_to - 1, 1);
      g_assert_cmpint (after.cut_time, ==, last->time_max);
    }
}

static void
world_retain (World *world, TideTime before)
{
  g_autoptr (GError) error = NULL;
  gint64 n = tide_writer_retain (world->writer, world->workspace, "orders", before, &error);
  g_assert_no_error (error);
  world->retained += (guint) n;
}

static void
world_step (World *world)
{
  g_autoptr (GError) error = NULL;
  TideMetric *revenue = tide_workspace_get_metric (world->workspace, "revenue");
  TideSeq cut = g_rand_boolean (world->rand) ? world->last : g_rand_int_range (world->rand, 0, (gint32) world->last + 1);
  bool flip = false;
  switch (g_rand_int_range (world->rand, 0, 14))
    {
    case 0:
    case 1:
    case 2:
      world_push (world, g_rand_int_range (world->rand, 1, 400));
      break;
    case 3:
    case 4:
      world_run (world, "revenue", &world->start_revenue, cut, false);
      break;
    case 5:
      world_run (world, "revenue", &world->start_revenue, cut, true);
      break;
    case 6:
    case 7:
      world_run (world, "median", &world->start_median, cut, g_rand_int_range (world->rand, 0, 4) == 0);
      break;
    case 8:
      g_assert_true (tide_rollup_compact (world->writer, revenue, &error));
      g_assert_true (tide_rollup_sum_days (world->writer, revenue, &error));
      break;
    case 9:
    case 10:
      world_retain (world, g_rand_int_range (world->rand, 0, (gint32) world->last + 1) * step);
      break;
    case 11:
      if (g_rand_int_range (world->rand, 0, 3) == 0)
        {
          g_assert_true (tide_rollup_reset (world->writer, revenue, &error));
          world->resets++;
        }
      else
        g_assert_true (tide_writer_seal (world->writer, &error));
      break;
    case 12:
      world_close (world);
      world_open (world);
      break;
    case 13:
      flip = g_rand_int_range (world->rand, 0, 3) == 0;
      break;
    }
  g_assert_no_error (error);
  if (flip)
    {
      bool large = revenue->where == NULL;
      world->starts[!large] = world->start_revenue;
      tide_workspace_unref (world->workspace);
      world->workspace = workspace_new (world->dir, large ? STREAM_TEXT LARGE_TEXT MEDIAN_TEXT : STREAM_TEXT REVENUE_TEXT MEDIAN_TEXT);
      g_assert_true (tide_rollup_forget (world->writer, world->workspace, "orders", &error));
      /* Back to one that still serves, or had not begun to: that goes on where it was, if nothing was deleted. */
      g_autoptr (TideReader) reader = fixture_reader (world->store);
      g_auto (TideCut) cut_now = { 0 };
      revenue = tide_workspace_get_metric (world->workspace, "revenue");
      g_assert_true (tide_store_get_backfill (reader, revenue, &cut_now, &error));
      if (!cut_now.exists)
        world->start_revenue = -1;
      else
        world->start_revenue = world->starts[large];
      world->flips++;
    }
}

static void
run_interleavings (void)
{
  g_auto (World) world = { 0 };
  world_init (&world, STREAM_TEXT REVENUE_TEXT MEDIAN_TEXT);
  world_push (&world, 100);
  for (int i = 0; i < 90; i++)
    {
      world_step (&world);
      world_check (&world);
    }
  g_test_message ("%u runs, %u blocks retained, %u resets, %u new definitions, floor %d of %d, days %u times", world.runs,
                  world.retained, world.resets, world.flips, (int) world.floor, (int) world.last, world.days);
}

static void
test_interleavings (void)
{
  run_interleavings ();
}

static void
test_interleavings_of_days (void)
{
  step = 20 * TIDE_MINUTE;
  run_interleavings ();
  step = TIDE_SECOND;
}

/* --- one by one --- */

static void
test_new_definition (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  world_init (&world, STREAM_TEXT REVENUE_TEXT);
  world_push (&world, 600);
  world_run (&world, "revenue", &world.start_revenue, 600, false);
  world_retain (&world, TIDE_TIME_MAX);
  world_check (&world);
  g_assert_cmpint (world.floor, ==, 600);
  world_push (&world, 600);
  world_run (&world, "revenue", &world.start_revenue, 1200, false);
  world_push (&world, 300);

  g_autoptr (TideWorkspace) old = g_steal_pointer (&world.workspace);
  TideMetric *old_metric = tide_workspace_get_metric (old, "revenue");
  world.workspace = workspace_new (world.dir, STREAM_TEXT LARGE_TEXT);
  TideMetric *metric = tide_workspace_get_metric (world.workspace, "revenue");
  g_assert_true (tide_rollup_forget (world.writer, world.workspace, "orders", &error));
  g_autoptr (TideReader) reader = fixture_reader (world.store);
  g_auto (TideCut) cut = { 0 };
  g_auto (TideCut) previous = { 0 };
  g_assert_true (tide_store_get_cut (reader, metric, &cut, &error));
  g_assert_false (cut.exists);

  /* A chunk: it exists, and the old one serves. */
  world.start_revenue = -1;
  gint64 run = 2;
  {
    g_autoptr (TideRollupWrite) write = tide_rollup_write_begin (world.writer, metric, run, &error);
    g_autoptr (TideGroups) groups = tide_groups_new (metric->n_by, metric->group_cap);
    g_autoptr (TidePanes) panes = tide_panes_new (metric, metric->stored_pane);
    g_assert_cmpint (tide_rollup_write_get_cut (write), ==, 600);
    world.start_revenue = 600;
    fold_range (panes, groups, metric, 600, 900);
    g_assert_true (tide_rollup_write_add (write, panes, &error));
    g_assert_true (tide_rollup_write_publish (write, groups, 900, &error));
    tide_reader_end (reader);
    g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
    g_assert_true (tide_store_get_cut (reader, metric, &cut, &error));
    g_assert_false (cut.exists);
    g_assert_true (tide_store_get_cut (reader, old_metric, &cut, &error));
    g_assert_true (cut.exists);
    tide_cut_clear (&cut);
    world_check (&world);
    /* It has to wait for the backfill. */
    g_assert_true (tide_rollup_forget (world.writer, world.workspace, "orders", &error));
    world_retain (&world, TIDE_TIME_MAX);
    world_check (&world);
    g_assert_cmpint (world.floor, ==, 600);
  }
  world_run (&world, "revenue", &world.start_revenue, 1250, false);
  world_check (&world);
  tide_reader_end (reader);
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_assert_true (tide_store_get_cut (reader, metric, &cut, &error));
  g_assert_true (cut.exists);
  g_assert_nonnull (cut.offsets);
  g_assert_true (tide_store_get_previous (reader, &cut, &previous, &error));
  g_assert_true (previous.exists);
  g_assert_cmpint (cut.previous_to, ==, 10 * TIDE_MINUTE);

  /* The panes that only the old one has. */
  g_autoptr (TidePanes) got = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) expected = tide_panes_new (old_metric, metric->stored_pane);
  g_autoptr (TideGroups) groups = tide_groups_new (metric->n_by, metric->group_cap);
  g_assert_true (tide_store_read_states (reader, &previous, TIDE_TIME_NONE, 5 * TIDE_MINUTE, got, &error));
  fold_range (expected, groups, old_metric, 0, 1200);
  guint n = 0, m = 0;
  g_autofree TidePaneState *x = tide_panes_list (got, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  g_autofree TidePaneState *y = tide_panes_list (expected, TIDE_TIME_NONE, 5 * TIDE_MINUTE, &m);
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (n, ==, m);
  tide_cut_clear (&cut);
  g_assert_true (tide_store_get_cut (reader, old_metric, &cut, &error));
  g_assert_false (cut.exists);

  /* Without the metric all of it goes. */
  tide_reader_end (reader);
  g_autoptr (TideWorkspace) none = workspace_new (world.dir, STREAM_TEXT);
  g_assert_true (tide_rollup_forget (world.writer, none, "orders", &error));
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_assert_cmpint (fixture_int (reader, "SELECT (SELECT count(*) FROM metric_version) + (SELECT count(*) FROM state)"
                                        " + (SELECT count(*) FROM base_state) + (SELECT count(*) FROM metric_group)"), ==, 0);
}

/* A definition that goes while it is backfilled leaves nothing behind for the next one that gets its id. */
static void
test_forgotten_while_written (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  world_init (&world, STREAM_TEXT REVENUE_TEXT);
  world_push (&world, 600);
  TideMetric *metric = tide_workspace_get_metric (world.workspace, "revenue");
  g_autoptr (TideRollupWrite) write = tide_rollup_write_begin (world.writer, metric, 1, &error);
  g_autoptr (TideGroups) groups = tide_groups_new (metric->n_by, metric->group_cap);
  g_autoptr (TidePanes) panes = tide_panes_new (metric, metric->stored_pane);
  fold_range (panes, groups, metric, 0, 300);
  g_assert_true (tide_rollup_write_add (write, panes, &error));

  g_autoptr (TideWorkspace) none = workspace_new (world.dir, STREAM_TEXT);
  g_autoptr (TideReader) reader = fixture_reader (world.store);
  g_assert_true (tide_rollup_forget (world.writer, none, "another", &error));
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM metric_version"), ==, 1);
  tide_reader_end (reader);
  g_assert_true (tide_rollup_forget (world.writer, none, "orders", &error));
  g_assert_false (tide_rollup_write_add (write, panes, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BUSY);
  g_clear_error (&error);

  /* Another one, that gets its id. */
  tide_workspace_unref (world.workspace);
  world.workspace = workspace_new (world.dir, STREAM_TEXT LARGE_TEXT);
  TideMetric *large = tide_workspace_get_metric (world.workspace, "revenue");
  g_autoptr (TideRollupWrite) next = tide_rollup_write_begin (world.writer, large, 2, &error);
  g_assert_no_error (error);
  g_assert_false (tide_rollup_write_add (write, panes, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_false (tide_rollup_write_publish (write, groups, 300, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BUSY);
  g_assert_true (tide_reader_begin (reader, 0, NULL, NULL));
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM state"), ==, 0);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM metric_version WHERE generation > 0"), ==, 0);
}

static void
test_compact (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  world_init (&world, STREAM_TEXT REVENUE_TEXT);
  for (int i = 0; i < 5; i++)
    {
      world_push (&world, 100);
      world_run (&world, "revenue", &world.start_revenue, world.last, false);
    }
  const char *most = "SELECT max(n) FROM (SELECT count(*) AS n FROM state GROUP BY metric, pane, \"group\")";
  g_autoptr (TideReader) reader = fixture_reader (world.store);
  g_assert_cmpint (fixture_int (reader, most), >, 1);
  g_assert_true (tide_rollup_compact (world.writer, tide_workspace_get_metric (world.workspace, "revenue"), &error));
  world_check (&world);
  tide_reader_end (reader);
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_assert_cmpint (fixture_int (reader, most), ==, 1);
}

/* Of the database's file, once all in the WAL has come there. */
static gint64
count_pages (World *world)
{
  g_autoptr (TideReader) reader = fixture_reader (world->store);
  return fixture_int (reader, "PRAGMA page_count");
}

/* Nothing is deleted that a metric has not counted; what may go goes by size, and the file shrinks. */
static void
test_retain (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  world_init (&world, STREAM_TEXT REVENUE_TEXT MEDIAN_TEXT);
  for (int i = 0; i < 25; i++)
    world_push (&world, 4000);
  world_retain (&world, TIDE_TIME_MAX);
  g_assert_cmpuint (world.retained, ==, 0);
  world_run (&world, "revenue", &world.start_revenue, world.last, false);
  world_retain (&world, TIDE_TIME_MAX);
  g_assert_cmpuint (world.retained, ==, 0);
  world_run (&world, "median", &world.start_median, 70000, false);
  gint64 pages = count_pages (&world);
  g_assert_cmpint (tide_writer_retain_bytes (world.writer, world.workspace, 1, &error), >, 0);
  world_check (&world);
  g_assert_cmpint (world.floor, <=, 70000);
  g_assert_cmpint (world.floor, >, 10000);
  g_autoptr (TideReader) reader = fixture_reader (world.store);
  g_assert_cmpint (fixture_int (reader, "PRAGMA freelist_count"), ==, 0);
  g_assert_cmpint (fixture_int (reader, "PRAGMA page_count"), <, pages);
  g_assert_cmpint (tide_writer_retain_bytes (world.writer, world.workspace, G_MAXINT64, &error), ==, 0);
}

static void
assert_days (World *world, TideTime from, TideTime to)
{
  g_autoptr (GError) error = NULL;
  TideMetric *metric = tide_workspace_get_metric (world->workspace, "revenue");
  g_autoptr (TideReader) reader = fixture_reader (world->store);
  g_autoptr (TidePanes) panes = tide_panes_new (metric, metric->stored_pane);
  g_auto (TideCut) cut = { 0 };
  TideTime first, end;
  g_assert_true (tide_store_get_cut (reader, metric, &cut, &error));
  g_assert_true (tide_store_read_days (reader, &cut, TIDE_TIME_NONE, TIDE_TIME_MAX, panes, &first, &end, &error));
  g_assert_cmpint (first, ==, from);
  g_assert_cmpint (end, ==, to);
}

/* Days are summed up to the newest, given up from where a late event reaches, and all of them in another zone. */
static void
test_days (void)
{
  static const char berlin[] = STREAM_TEXT "[metric revenue]\nstream=orders\naggregate=sum(amount)\nby=city\n"
                                           "every=1min\ngroup-cap=3\ntime-zone=Europe/Berlin\n";
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  TideMetric *metric;
  step = TIDE_HOUR;
  world_init (&world, STREAM_TEXT REVENUE_TEXT);
  metric = tide_workspace_get_metric (world.workspace, "revenue");
  world_push (&world, 24 * 20);
  world_run (&world, "revenue", &world.start_revenue, 24 * 20, false);
  assert_days (&world, TIDE_TIME_NONE, TIDE_TIME_NONE);
  g_assert_true (tide_rollup_sum_days (world.writer, metric, &error));
  assert_days (&world, TIDE_TIME_NONE, 19 * TIDE_DAY);
  world_check (&world);
  /* Of these events some are up to 300 steps late. */
  world_push (&world, 24 * 10);
  world_run (&world, "revenue", &world.start_revenue, 24 * 30, false);
  world_check (&world);
  {
    g_autoptr (TideBatch) batch = make_batch (metric->stream, 24 * 20, 24 * 10);
    g_assert_cmpint (batch->time_min, <, 19 * TIDE_DAY);
    assert_days (&world, TIDE_TIME_NONE, batch->time_min - batch->time_min % TIDE_DAY);
  }
  g_assert_true (tide_rollup_sum_days (world.writer, metric, &error));
  assert_days (&world, TIDE_TIME_NONE, 29 * TIDE_DAY);
  world_check (&world);
  tide_workspace_unref (world.workspace);
  world.workspace = workspace_new (world.dir, berlin);
  metric = tide_workspace_get_metric (world.workspace, "revenue");
  assert_days (&world, TIDE_TIME_NONE, TIDE_TIME_NONE);
  g_assert_true (tide_rollup_sum_days (world.writer, metric, &error));
  assert_days (&world, TIDE_TIME_NONE, 30 * TIDE_DAY - TIDE_HOUR);
  world_check (&world);
  step = TIDE_SECOND;
}

static void
test_two_runs (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  world_init (&world, STREAM_TEXT REVENUE_TEXT);
  world_push (&world, 100);
  TideMetric *metric = tide_workspace_get_metric (world.workspace, "revenue");
  g_autoptr (TideGroups) groups = tide_groups_new (metric->n_by, metric->group_cap);
  g_autoptr (TideRollupWrite) first = tide_rollup_write_begin (world.writer, metric, 1, &error);
  g_autoptr (TideRollupWrite) second = tide_rollup_write_begin (world.writer, metric, 2, &error);
  g_assert_true (tide_rollup_write_publish (first, groups, 0, &error));
  g_assert_false (tide_rollup_write_publish (second, groups, 100, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BUSY);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/rollup/interleavings", test_interleavings);
  g_test_add_func ("/store/rollup/interleavings-of-days", test_interleavings_of_days);
  g_test_add_func ("/store/rollup/days", test_days);
  g_test_add_func ("/store/rollup/new-definition", test_new_definition);
  g_test_add_func ("/store/rollup/forgotten-while-written", test_forgotten_while_written);
  g_test_add_func ("/store/rollup/compact", test_compact);
  g_test_add_func ("/store/rollup/retain", test_retain);
  g_test_add_func ("/store/rollup/two-runs", test_two_runs);
  return g_test_run ();
}
