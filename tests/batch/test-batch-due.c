/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When jobs run: by cron and interval, through daylight saving, after the program was down, the computer slept or the
 * clock was changed. */
#include "batch-fixture.h"

#define NIGHTLY(extra) \
  STREAM_TEXT "[analysis nightly]\nschedule=30 2 * * *\ntime-zone=Europe/Berlin\nsql=a.sql\n" extra
#define HOURLY(extra) STREAM_TEXT "[analysis hourly]\nschedule=0 * * * *\nsql=a.sql\n" extra

static void
world_start (World *world, const char *now, const char *text)
{
  world_init (world, at (now));
  world_write_sql (world, "a.sql", "SELECT 1 AS one");
  world_set_workspace (world, text);
  world_open (world);
  world_turn (world);
}

/* Looks every five minutes, where all schedules here have their times. */
static void
world_walk (World *world, const char *until)
{
  const TideDuration step = 5 * TIDE_MINUTE;

  for (TideTime now = world_wall (world) / step * step + step; now < at (until); now += step)
    {
      world_set_time (world, now);
      world_turn (world);
    }
  world_set_time (world, at (until));
  world_turn (world);
}

/* The local times: 02:30, then the end of the gap (03:00), then 02:30 again, which is an hour earlier in UTC. */
static void
test_spring (void)
{
  g_auto (World) world = { 0 };

  world_start (&world, "2026-03-27T12:00:00Z", NIGHTLY (""));
  world_walk (&world, "2026-03-30T12:00:00Z");
  assert_runs (&world, "nightly", "03-28T01:30 succeeded, 03-29T01:00 succeeded, 03-30T00:30 succeeded");
}

/* 02:30 comes twice on the 25th; the first counts. */
static void
test_autumn (void)
{
  g_auto (World) world = { 0 };

  world_start (&world, "2026-10-24T12:00:00Z", NIGHTLY (""));
  world_walk (&world, "2026-10-26T12:00:00Z");
  assert_runs (&world, "nightly", "10-25T00:30 succeeded, 10-26T01:30 succeeded");
}

static void
test_interval (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GPtrArray) jobs = NULL;

  world_start (&world, "2026-01-01T00:01:00Z",
               STREAM_TEXT METRIC_TEXT "[batch]\nrollup=every 20min\n[analysis hand]\nsql=a.sql\n");
  world_walk (&world, "2026-01-01T01:05:00Z");
  /* The first at once: there was none before. */
  assert_runs (&world, "rollup:orders",
               "01-01T00:01 succeeded, 01-01T00:20 succeeded, 01-01T00:40 succeeded, 01-01T01:00 succeeded");
  assert_runs (&world, "hand", "");
  jobs = tide_scheduler_get_jobs (world.scheduler);
  g_assert_cmpstr (find_job (jobs, "rollup:orders")->schedule, ==, "every 20 min");
  g_assert_cmpint (find_job (jobs, "rollup:orders")->next, ==, at ("2026-01-01T01:20:00Z"));
  g_assert_cmpint (find_job (jobs, "hand")->next, ==, TIDE_TIME_NONE);
  g_assert_null (find_job (jobs, "hand")->schedule);
}

typedef struct
{
  const char *missed; /* of the analysis */
  bool restart;       /* the program was down; else the computer slept */
  const char *runs;
} MissedCase;

/* Four times were missed when it is looked at again: 09, 10, 11 and 12 o'clock. */
static void
test_missed (gconstpointer data)
{
  const MissedCase *test = data;
  g_autofree char *text = g_strdup_printf (HOURLY ("missed=%s\n"), test->missed);
  g_auto (World) world = { 0 };

  world_start (&world, "2026-05-05T07:50:00Z", text);
  world_walk (&world, "2026-05-05T08:05:00Z");
  if (test->restart)
    world_close (&world);
  world_set_time (&world, at ("2026-05-05T12:20:00Z"));
  if (test->restart)
    world_open (&world);
  world_turn (&world);
  world_walk (&world, "2026-05-05T13:00:00Z");
  assert_runs (&world, "hourly", test->runs);
  world_turn (&world);
  assert_runs (&world, "hourly", test->runs);
}

#define MISSED_SKIP \
  "05-05T08:00 succeeded, 05-05T09:00 missed, 05-05T10:00 missed, 05-05T11:00 missed, 05-05T12:00 missed, " \
  "05-05T13:00 succeeded"
#define MISSED_ALL \
  "05-05T08:00 succeeded, 05-05T09:00 succeeded, 05-05T10:00 succeeded, 05-05T11:00 succeeded, " \
  "05-05T12:00 succeeded, 05-05T13:00 succeeded"

static void
test_missed_once (gconstpointer restart)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  guint n[5] = { 0 };

  world_start (&world, "2026-05-05T07:50:00Z", HOURLY (""));
  world_walk (&world, "2026-05-05T08:05:00Z");
  if (restart != NULL)
    world_close (&world);
  world_set_time (&world, at ("2026-05-05T12:20:00Z"));
  if (restart != NULL)
    world_open (&world);
  world_turn (&world);
  reader = tide_store_acquire_reader (world.store, &error);
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  runs = tide_store_get_runs (reader, "hourly", at ("2026-05-05T12:00:00Z"), 100, &error);
  tide_reader_end (reader);
  for (guint i = 0; i < runs->len; i++)
    {
      const TideRun *run = g_ptr_array_index (runs, i);

      n[run->status]++;
      if (run->status == TIDE_RUN_SUCCEEDED)
        g_assert_cmpint (run->due, ==, at ("2026-05-05T12:00:00Z"));
    }
  /* It stands for the three before it, which the history shows as missed. */
  g_assert_cmpuint (n[TIDE_RUN_SUCCEEDED], ==, 1);
  g_assert_cmpuint (n[TIDE_RUN_MISSED], ==, 3);
  g_assert_cmpuint (runs->len, ==, 4);
}

/* Closed after two of the four: the others are run, in order, when it is opened again. */
static void
test_all_goes_on (void)
{
  g_auto (World) world = { 0 };

  world_start (&world, "2026-05-05T08:50:00Z", HOURLY ("missed=all\n"));
  world_set_time (&world, at ("2026-05-05T12:20:00Z"));
  for (guint i = 0; i < 2; i++)
    {
      tide_scheduler_look (world.scheduler);
      g_assert_true (tide_scheduler_wait (world.scheduler, "hourly", NULL, NULL));
    }
  world_close (&world);
  world_set_time (&world, at ("2026-05-05T12:30:00Z"));
  world_open (&world);
  world_turn (&world);
  assert_runs (&world, "hourly",
               "05-05T09:00 succeeded, 05-05T10:00 succeeded, 05-05T11:00 succeeded, 05-05T12:00 succeeded");
}

/* A job that is only ever due while the program is down. */
static void
test_never_ran (void)
{
  g_auto (World) world = { 0 };

  world_start (&world, "2026-05-05T12:00:00Z", NIGHTLY (""));
  world_close (&world);
  world_set_time (&world, at ("2026-05-06T08:00:00Z"));
  world_open (&world);
  world_turn (&world);
  assert_runs (&world, "nightly", "05-06T00:30 succeeded");
}

/* Six years of every minute: the last is on time, and what is recorded as missed is bounded. */
static void
test_bounded (void)
{
  g_auto (World) world = { 0 };
  g_autofree char *runs = NULL;
  g_auto (GStrv) words = NULL;

  world_start (&world, "2020-01-01T00:00:30Z",
               STREAM_TEXT "[analysis often]\nschedule=* * * * *\nsql=a.sql\nmissed=skip\n");
  world_set_time (&world, at ("2026-01-01T12:20:20Z"));
  world_turn (&world);
  runs = world_list_runs (&world, "often");
  words = g_strsplit (runs, ", ", -1);
  g_assert_cmpuint (g_strv_length (words), >, 900);
  g_assert_cmpuint (g_strv_length (words), <=, 1000);
  g_assert_true (g_strv_contains ((const char *const *) words, "01-01T12:20 succeeded"));
  g_assert_true (g_strv_contains ((const char *const *) words, "01-01T12:18 missed"));
}

/* Times while it was switched off, or had another schedule, were not missed. */
static void
test_switched_off (void)
{
  g_auto (World) world = { 0 };

  world_start (&world, "2026-05-05T08:50:00Z", HOURLY ("enabled=false\nmissed=all\n"));
  world_walk (&world, "2026-05-05T10:10:00Z");
  world_set_workspace (&world, HOURLY ("missed=all\n"));
  world_walk (&world, "2026-05-05T11:10:00Z");
  assert_runs (&world, "hourly", "05-05T11:00 succeeded");
  world_set_workspace (&world, HOURLY ("enabled=false\nmissed=all\n"));
  world_walk (&world, "2026-05-05T13:10:00Z");
  world_close (&world);
  world_set_workspace (&world, HOURLY ("missed=all\n"));
  world_open (&world);
  world_walk (&world, "2026-05-05T14:10:00Z");
  assert_runs (&world, "hourly", "05-05T11:00 succeeded, 05-05T14:00 succeeded");
  world_set_workspace (&world, STREAM_TEXT "[analysis hourly]\nschedule=*/20 * * * *\nsql=a.sql\nmissed=all\n");
  world_walk (&world, "2026-05-05T14:25:00Z");
  assert_runs (&world, "hourly", "05-05T11:00 succeeded, 05-05T14:00 succeeded, 05-05T14:20 succeeded");
}

/* Due at the very moment of an edit that does not concern it. */
static void
test_edit_loses_nothing (void)
{
  g_auto (World) world = { 0 };

  world_start (&world, "2026-05-05T08:50:00Z", HOURLY (""));
  world_set_time (&world, at ("2026-05-05T09:00:10Z"));
  world_set_workspace (&world, HOURLY ("") METRIC_TEXT);
  world_turn (&world);
  assert_runs (&world, "hourly", "05-05T09:00 succeeded");
}

static void
test_rollup_after_opening (void)
{
  g_auto (World) world = { 0 };

  world_start (&world, "2026-05-05T08:50:00Z", STREAM_TEXT METRIC_TEXT);
  assert_runs (&world, "rollup:orders", "05-05T08:50 succeeded");
  world_ingest (&world, 0, 100);
  world_walk (&world, "2026-05-05T09:00:00Z");
  world_close (&world);
  /* Nothing was due, and every metric has its states. */
  world_set_time (&world, at ("2026-05-05T09:05:00Z"));
  world_open (&world);
  world_ingest (&world, 100, 10);
  world_turn (&world);
  assert_runs (&world, "rollup:orders", "05-05T08:50 succeeded, 05-05T09:00 succeeded");
  world_close (&world);
  world_set_time (&world, at ("2026-05-05T20:07:00Z"));
  world_open (&world);
  world_turn (&world);
  assert_runs (&world, "rollup:orders", "05-05T08:50 succeeded, 05-05T09:00 succeeded, 05-05T20:00 succeeded");
}

/* A metric that is new needs no wait for the next quarter of an hour, added here or in a text editor. */
static void
test_rollup_of_new_metric (void)
{
  g_auto (World) world = { 0 };

  world_start (&world, "2026-05-05T08:50:00Z", STREAM_TEXT METRIC_TEXT);
  world_ingest (&world, 0, 100);
  world_walk (&world, "2026-05-05T09:00:00Z");
  world_set_time (&world, at ("2026-05-05T09:05:00Z"));
  world_set_workspace (&world, STREAM_TEXT METRIC_TEXT "[metric n]\nstream=orders\naggregate=count\nevery=1min\n");
  world_turn (&world);
  world_close (&world);
  world_set_workspace (&world, STREAM_TEXT METRIC_TEXT "[metric n]\nstream=orders\naggregate=count\nevery=5min\n"
                                                       "[metric high]\nstream=orders\naggregate=max(amount)\nevery=5min\n");
  world_set_time (&world, at ("2026-05-05T09:06:00Z"));
  world_open (&world);
  world_turn (&world);
  assert_runs (&world, "rollup:orders",
               "05-05T08:50 succeeded, 05-05T09:00 succeeded, 05-05T09:05 succeeded, 05-05T09:06 succeeded");
}

static void
test_rollup_over_budget (void)
{
  const char *text = STREAM_TEXT METRIC_TEXT "[batch]\nrollup-bytes=64KiB\n";
  g_auto (World) world = { 0 };

  world_start (&world, "2026-05-05T08:50:00Z", text);
  world_ingest (&world, 0, 10);
  tide_scheduler_poke (world.scheduler, "orders");
  world_set_time (&world, at ("2026-05-05T08:50:05Z"));
  world_turn (&world);
  assert_runs (&world, "rollup:orders", "05-05T08:50 succeeded");
  for (int64_t i = 0; i < 10; i++)
    world_ingest (&world, i * 4000, 4000);
  tide_scheduler_poke (world.scheduler, "orders");
  world_set_time (&world, at ("2026-05-05T08:51:00Z"));
  world_turn (&world);
  assert_runs (&world, "rollup:orders", "05-05T08:50 succeeded, by hand succeeded");
}

/* Five hours back: it does not wait for five hours until it is due again. */
static void
test_clock_set_back (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GPtrArray) jobs = NULL;

  world_start (&world, "2026-05-05T08:50:00Z", HOURLY (""));
  world_walk (&world, "2026-05-05T09:00:00Z");
  world_set_time (&world, at ("2026-05-05T04:10:00Z"));
  world_turn (&world);
  jobs = tide_scheduler_get_jobs (world.scheduler);
  g_assert_cmpint (find_job (jobs, "hourly")->next, ==, at ("2026-05-05T05:00:00Z"));
  world_walk (&world, "2026-05-05T05:05:00Z");
  assert_runs (&world, "hourly", "05-05T09:00 succeeded, 05-05T05:00 succeeded");
  /* Also when the program was down meanwhile. */
  world_close (&world);
  world_set_time (&world, at ("2026-05-05T02:10:00Z"));
  world_open (&world);
  world_turn (&world);
  world_walk (&world, "2026-05-05T03:05:00Z");
  assert_runs (&world, "hourly", "05-05T09:00 succeeded, 05-05T05:00 succeeded, 05-05T03:00 succeeded");
}

int
main (int argc, char **argv)
{
  static const MissedCase cases[] = {
    { "skip", true, MISSED_SKIP }, { "skip", false, MISSED_SKIP }, { "all", true, MISSED_ALL }, { "all", false, MISSED_ALL }
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/batch/due/spring", test_spring);
  g_test_add_func ("/batch/due/autumn", test_autumn);
  g_test_add_func ("/batch/due/interval", test_interval);
  g_test_add_data_func ("/batch/due/missed/skip/down", &cases[0], test_missed);
  g_test_add_data_func ("/batch/due/missed/skip/slept", &cases[1], test_missed);
  g_test_add_data_func ("/batch/due/missed/all/down", &cases[2], test_missed);
  g_test_add_data_func ("/batch/due/missed/all/slept", &cases[3], test_missed);
  g_test_add_data_func ("/batch/due/missed/once/down", "restart", test_missed_once);
  g_test_add_data_func ("/batch/due/missed/once/slept", NULL, test_missed_once);
  g_test_add_func ("/batch/due/missed/all/goes-on", test_all_goes_on);
  g_test_add_func ("/batch/due/missed/never-ran", test_never_ran);
  g_test_add_func ("/batch/due/missed/bounded", test_bounded);
  g_test_add_func ("/batch/due/switched-off", test_switched_off);
  g_test_add_func ("/batch/due/edit-loses-nothing", test_edit_loses_nothing);
  g_test_add_func ("/batch/due/rollup/after-opening", test_rollup_after_opening);
  g_test_add_func ("/batch/due/rollup/new-metric", test_rollup_of_new_metric);
  g_test_add_func ("/batch/due/rollup/over-budget", test_rollup_over_budget);
  g_test_add_func ("/batch/due/clock-set-back", test_clock_set_back);
  return g_test_run ();
}
