/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The seasonal baseline: median and MAD by hour of the week from the published states, robust against an incident, with a
 * floor; a rule against it learns until there are four weeks of history, then fires at what is unusual for the hour. */
#include "watch-fixture.h"
#include "watch-private.h"

#include "batch.h"

#include <math.h>

#define WEEK (7 * TIDE_DAY)
#define START (1000 * WEEK) /* a Thursday, 00:00 UTC */
#define RULES "[metric q]\nstream=s\naggregate=sum(x)\nby=g\nevery=15min\n" \
              "[alert r]\nmetric=q\ncondition=anomaly\nthreshold=6\n" \
              "[metric daily]\nstream=s\naggregate=count\nevery=1d\ntime-zone=Europe/Berlin\n"

static int
hour_of (TideTime time)
{
  return (int) ((time - START) / TIDE_HOUR + 3 * 24) % 168;
}

/* 100 and the hour of the week, give or take 3; ten times that during one evening. */
static int64_t
value_at (TideTime time)
{
  int64_t value = 100 + hour_of (time) + (int64_t) (fixture_mix ((uint64_t) (time / TIDE_MINUTE), 1) % 7) - 3;
  return time >= START + 2 * WEEK + 20 * TIDE_HOUR && time < START + 2 * WEEK + 21 * TIDE_HOUR ? 10 * value : value;
}

typedef struct
{
  char *dir;
  TideStore *store;
  TideWriter *writer;
  TideWorkspace *workspace;
  const TideStream *stream;
} World;

static void
push (World *world, TideTime from, TideTime to)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (world->stream);
  g_autoptr (GError) error = NULL;
  for (TideTime time = from; time < to; time += 15 * TIDE_MINUTE)
    watch_event (builder, time + TIDE_MINUTE, time, 0, "a", value_at (time));
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  tide_writer_push (world->writer, &(TideDelivery){ .source = "src", .batch = batch }, NULL, &error);
  g_assert_no_error (error);
  tide_writer_flush (world->writer, &error);
  g_assert_no_error (error);
}

static void
roll_up (World *world)
{
  g_autoptr (GError) error = NULL;
  TideRun run = { .id = 1, .due = TIDE_TIME_NONE };
  tide_run_start (world->writer, "rollup:s", TIDE_TIME_NONE, START, &run.id, &error);
  g_assert_no_error (error);
  tide_rollup_run (world->store, world->writer, world->workspace, "s", 0, NULL, &run, &error);
  g_assert_no_error (error);
}

static GArray *
get_baseline_of (World *world, const char *metric, guint *ret_days)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = fixture_reader (world->store);
  TideTime made;
  GArray *rows = tide_store_get_baseline (reader, tide_workspace_get_metric (world->workspace, metric), ret_days, &made, &error);
  g_assert_no_error (error);
  tide_reader_end (reader);
  return rows;
}

static GArray *
get_baseline (World *world, guint *ret_days)
{
  return get_baseline_of (world, "q", ret_days);
}

static void
world_init (World *world)
{
  g_autoptr (GError) error = NULL;
  world->dir = fixture_dir_new ();
  world->store = fixture_open (world->dir);
  world->writer = tide_writer_new (world->store, NULL, &error);
  g_assert_no_error (error);
  world->workspace = watch_workspace (NULL, RULES);
  world->stream = tide_workspace_get_stream (world->workspace, "s");
}

static void
world_clear (World *world)
{
  tide_writer_stop (world->writer);
  tide_writer_free (world->writer);
  tide_workspace_unref (world->workspace);
  tide_store_unref (world->store);
  fixture_dir_free (world->dir);
}

static void
check_rows (const GArray *rows)
{
  g_assert_cmpuint (rows->len, ==, 168);
  for (guint i = 0; i < rows->len; i++)
    {
      const TideBaselineRow *row = &g_array_index (rows, TideBaselineRow, i);
      double usual = 100 + row->hour;
      g_assert_cmpstr (row->group, ==, "a");
      g_assert_cmpfloat (fabs (row->median - usual), <=, 2);
      /* About 2 by itself; the floor is 5 % of the median and a tenth of the week's own. */
      g_assert_cmpfloat (row->mad, >=, 0.05 * row->median - 1e-9);
      g_assert_cmpfloat (row->mad, <=, 0.05 * row->median + 5);
      g_assert_cmpuint (row->weeks, >=, 4);
    }
}

static void
note (const TideWatchTransition *transition, void *data)
{
  g_ptr_array_add (data, watch_line (transition->alert->name, transition->group, transition->to, transition->at - (START + 5 * WEEK)));
}

/* The next week is as usual but for one pane. */
static void
check_rule (World *world, const GArray *rows, guint days, guint expected)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  TideWatchEngine *engine = tide_watch_engine_new (world->workspace, NULL, note, lines);
  TideWatchFeed *feed = tide_watch_engine_find_feed (engine, "s");
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (world->stream);
  tide_watch_rule_set_baseline (tide_watch_engine_find_rule (engine, "r"), rows, days);
  for (TideTime time = START + 5 * WEEK; time < START + 6 * WEEK; time += 15 * TIDE_MINUTE)
    watch_event (builder, time, time, 0, "a", time == START + 5 * WEEK + TIDE_DAY ? 4 * value_at (time) : value_at (time));
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  tide_watch_feed_add (feed, batch);
  tide_watch_engine_free (engine);
  g_assert_cmpuint (lines->len, ==, expected);
  if (expected > 0)
    g_assert_cmpstr (lines->pdata[0], ==, "r/a firing 87300"); /* the end of that pane */
}

static void
test_baseline (void)
{
  World world;
  guint days = 99;
  world_init (&world);
  push (&world, START, START + 2 * WEEK);
  roll_up (&world);
  g_autoptr (GArray) young = get_baseline (&world, &days);
  g_assert_cmpuint (days, >=, 13);
  g_assert_cmpuint (days, <=, 14);
  g_assert_cmpuint (young->len, ==, 168);
  check_rule (&world, young, days, 0); /* learning */

  for (int week = 2; week < 5; week++)
    push (&world, START + week * WEEK, START + (week + 1) * WEEK);
  roll_up (&world);
  g_autoptr (GArray) same = get_baseline (&world, &days); /* not again within the hour */
  g_assert_cmpuint (days, <=, 14);
  g_autoptr (GError) error = NULL;
  tide_baseline_run (world.store, world.writer, tide_workspace_get_metric (world.workspace, "q"), g_get_real_time () + TIDE_DAY, NULL,
                     &error);
  g_assert_no_error (error);
  g_autoptr (GArray) rows = get_baseline (&world, &days);
  g_assert_cmpuint (days, >=, 34);
  check_rows (rows);
  check_rule (&world, rows, days, 2);
  world_clear (&world);
}

/* Days of Berlin begin before midnight UTC: each is counted whole. */
static void
test_days_across_midnight (void)
{
  World world;
  guint days = 0;
  g_autoptr (GError) error = NULL;
  world_init (&world);
  push (&world, START - TIDE_HOUR, START + WEEK);
  roll_up (&world);
  tide_baseline_run (world.store, world.writer, tide_workspace_get_metric (world.workspace, "daily"), START + 2 * WEEK, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GArray) rows = get_baseline_of (&world, "daily", &days);
  g_assert_cmpuint (rows->len, >=, 5);
  for (guint i = 0; i < rows->len; i++)
    {
      g_assert_cmpint (g_array_index (rows, TideBaselineRow, i).hour % 24, ==, 0);
      g_assert_cmpfloat (g_array_index (rows, TideBaselineRow, i).median, ==, 96);
    }
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watch/baseline", test_baseline);
  g_test_add_func ("/watch/baseline/days-across-midnight", test_days_across_midnight);
  return g_test_run ();
}
