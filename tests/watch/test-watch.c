/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The watch over a real store: what it does is what a back-test finds, whatever restarts come in between; each firing is
 * told once, and what is caught up late is told to nobody. */
#include "watch-fixture.h"

#include <math.h>

typedef struct
{
  char *dir;
  TideStore *store;
  TideWriter *writer;
  const TideStream *stream;
  TideWorkspace *workspace;
  TideWatch *watch;
  GMutex lock;
  GPtrArray *told;     /* char*, titles of notices */
  GCond changed;
  TideWatchFacts facts;
  gint64 now;          /* atomic enough: set while the watch is idle */
} World;

static TideTime
world_now (void *data)
{
  World *world = data;
  g_mutex_lock (&world->lock);
  TideTime now = world->now;
  g_mutex_unlock (&world->lock);
  return now;
}

static int64_t
world_mono (void *data)
{
  return g_get_monotonic_time ();
}

static bool
world_notify (const TideWatchNotice *notice, void *data)
{
  World *world = data;
  g_mutex_lock (&world->lock);
  g_ptr_array_add (world->told, g_strdup (notice->title));
  g_cond_signal (&world->changed);
  g_mutex_unlock (&world->lock);
  return true;
}

static bool
world_facts (const TideAlert *alert, TideWatchFacts *ret_facts, void *data)
{
  World *world = data;
  *ret_facts = world->facts;
  return true;
}

static void
world_start (World *world)
{
  TideClock clock = { world_now, world_mono, world };
  TideWatchHost host = { .facts = world_facts, .notify = world_notify, .data = world };
  world->watch = tide_watch_new (world->store, world->writer, world->workspace, &clock, &host);
  tide_watch_start (world->watch);
  tide_watch_flush (world->watch);
}

static void
world_stop (World *world)
{
  g_clear_pointer (&world->watch, tide_watch_free);
}

static void
world_init (World *world, const char *rules)
{
  g_autoptr (GError) error = NULL;
  *world = (World){ .dir = fixture_dir_new () };
  g_mutex_init (&world->lock);
  g_cond_init (&world->changed);
  world->told = g_ptr_array_new_with_free_func (g_free);
  world->store = fixture_open (world->dir);
  world->writer = tide_writer_new (world->store, NULL, &error);
  g_assert_no_error (error);
  world->workspace = watch_workspace (NULL, rules);
  world->stream = tide_workspace_get_stream (world->workspace, "s");
  world->facts = (TideWatchFacts){ .lag_s = NAN, .newest = TIDE_TIME_NONE };
}

static void
world_clear (World *world)
{
  world_stop (world);
  tide_writer_stop (world->writer);
  tide_writer_free (world->writer);
  tide_workspace_unref (world->workspace);
  tide_store_unref (world->store);
  fixture_dir_free (world->dir);
  g_ptr_array_unref (world->told);
  g_mutex_clear (&world->lock);
  g_cond_clear (&world->changed);
}

static void
world_set_now (World *world, TideTime now)
{
  g_mutex_lock (&world->lock);
  world->now = now;
  g_mutex_unlock (&world->lock);
}

/* Commits what the builder has, at @now, and lets the watch see it. */
static void
world_commit (World *world, TideBatchBuilder *builder, TideTime now)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  TideDelivery delivery = { .source = "src", .batch = batch };
  world_set_now (world, now);
  if (batch != NULL)
    {
      tide_writer_push (world->writer, &delivery, NULL, &error);
      g_assert_no_error (error);
      tide_writer_flush (world->writer, &error);
      g_assert_no_error (error);
    }
  if (world->watch != NULL)
    tide_watch_flush (world->watch);
}

/* One event of group a at @time, as it happens. */
static void
world_event (World *world, TideTime time, int64_t x)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (world->stream);
  watch_event (builder, time, time, 0, "a", x);
  world_commit (world, builder, time);
}

/* Time goes by; notices are sent on a thread of their own, so @n of them are waited for (with a deadline). */
static void
world_settle (World *world, TideDuration more, guint n)
{
  gint64 deadline = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;
  world_set_now (world, world_now (world) + more);
  tide_watch_flush (world->watch);
  world_set_now (world, world_now (world) + 3 * TIDE_SECOND);
  tide_watch_flush (world->watch);
  g_mutex_lock (&world->lock);
  while (world->told->len < n && g_cond_wait_until (&world->changed, &world->lock, deadline))
    continue;
  guint told = world->told->len;
  g_mutex_unlock (&world->lock);
  g_assert_cmpuint (told, ==, n);
}

static char *
world_history (World *world, const char *rule)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = fixture_reader (world->store);
  g_autoptr (GPtrArray) events = tide_store_get_alert_events (reader, rule, TIDE_TIME_NONE, 100000, &error);
  GString *all = g_string_new (NULL);
  g_assert_no_error (error);
  tide_reader_end (reader);
  for (guint i = events->len; i-- > 0;)
    {
      const TideAlertEvent *event = g_ptr_array_index (events, i);
      g_autofree char *line = watch_line (event->rule, event->group, event->state, event->time);
      g_string_append_printf (all, "%s\n", line);
    }
  return g_string_free (all, FALSE);
}

static char *
backtest_history (World *world, const char *rule)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideBacktest) test
    = tide_watch_backtest (world->store, world->workspace, rule, TIDE_TIME_NONE, TIDE_TIME_MAX, NULL, &error);
  GString *all = g_string_new (NULL);
  g_assert_no_error (error);
  for (guint i = 0; i < test->events->len; i++)
    {
      const TideAlertEvent *event = g_ptr_array_index (test->events, i);
      g_autofree char *line = watch_line (event->rule, event->group, event->state, event->time);
      g_string_append_printf (all, "%s\n", line);
    }
  return g_string_free (all, FALSE);
}

static const char many[]
  = "[alert r]\nmetric=total\ncondition=above\nthreshold=60\nclear=50\nfor=20s\nkeep-firing-for=10s\n"
    "[alert d]\nmetric=n\ncondition=no-data\nthreshold=30s\ndelay=5s\n"
    "[alert c]\nmetric=mean\ncondition=change\nthreshold=40%\nwithin=30s\nno-data=normal\n"
    "[alert q]\nmetric=share\ncondition=outside\nlow=10\nhigh=80\nfor=10s\nno-data=alert\n";

/* Random events, random commits, random restarts: history is that of a back-test over the same events. */
static void
test_backtest (void)
{
  static const char *const groups[] = { "a", "b", "c" }, *const rules[] = { "r", "d", "c", "q" };
  g_autoptr (FixtureRand) random = fixture_rand_new ();
  for (guint round = 0; round < 3; round++)
    {
      World world;
      TideTime at = 1000 * TIDE_SECOND;
      guint64 salt = g_rand_int (random);
      guint restarts = 0;
      world_init (&world, many);
      world_set_now (&world, at);
      world_start (&world);
      g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (world.stream);
      for (guint i = 0; i < 2500; i++)
        {
          at += (TideTime) (fixture_mix (i, salt + 2) % 1000) * TIDE_MS
                + (fixture_mix (i, salt + 3) % 200 == 0 ? 90 * TIDE_SECOND : 0);
          watch_event (builder, at - (TideTime) (fixture_mix (i, salt + 4) % 12000) * TIDE_MS, at,
                       (int) (fixture_mix (i, salt + 5) % 2), groups[fixture_mix (i, salt + 6) % 3],
                       (int64_t) (fixture_mix (i / 40, salt + 7) % 100));
          if (g_rand_int_range (random, 0, 40) == 0)
            world_commit (&world, builder, at);
          if (round > 0 && g_rand_int_range (random, 0, 250) == 0)
            {
              world_stop (&world);
              world_start (&world);
              restarts++;
            }
        }
      world_commit (&world, builder, at);
      g_test_message ("round %u: %u restarts", round, restarts);
      for (guint k = 0; k < G_N_ELEMENTS (rules); k++)
        {
          g_autofree char *live = world_history (&world, rules[k]), *tested = backtest_history (&world, rules[k]);
          g_assert_cmpstr (live, ==, tested);
          g_assert_cmpuint (strlen (live), >, 100);
        }
      world_clear (&world);
    }
}

#define RULE "[alert r]\nmetric=total\ncondition=above\nthreshold=5\nfor=20s\ntitle=Too much\n"
#define AT(seconds) ((TideTime) (seconds) *TIDE_SECOND)

static void
test_restart (void)
{
  World world;
  world_init (&world, RULE);
  world_set_now (&world, AT (1000));
  world_start (&world);
  for (int i = 0; i < 3; i++) /* panes end at 1010, 1020, …; closed 10 s later */
    world_event (&world, AT (1001 + 10 * i), 9);
  world_settle (&world, 0, 0);
  g_autofree char *pending = world_history (&world, "r");
  g_assert_cmpstr (pending, ==, "r/a pending 1010\n");
  world_stop (&world); /* in the middle of `for` */
  world_start (&world);
  for (int i = 3; i < 6; i++)
    world_event (&world, AT (1001 + 10 * i), 9);
  world_settle (&world, 0, 1);
  g_assert_cmpstr (world.told->pdata[0], ==, "Too much · a");
  world_stop (&world); /* while it fires */
  world_start (&world);
  for (int i = 6; i < 9; i++)
    world_event (&world, AT (1001 + 10 * i), 9);
  world_settle (&world, 0, 1);
  world_stop (&world);
  for (int i = 9; i < 13; i++) /* resolved while it was away */
    world_event (&world, AT (1001 + 10 * i), 1);
  world_start (&world);
  world_settle (&world, 0, 2);
  g_assert_cmpstr (world.told->pdata[1], ==, "Too much · a: resolved");
  g_autofree char *all = world_history (&world, "r");
  g_assert_cmpstr (all, ==, "r/a pending 1010\nr/a firing 1030\nr/a normal 1100\n");
  world_stop (&world);
  world_start (&world);
  world_settle (&world, 0, 2);
  world_clear (&world);
}

/* A day of old events fires and clears a few times: a timeline, and nobody told. What fires at its end is told, once. */
static void
test_catch_up (void)
{
  World world;
  world_init (&world, RULE);
  world_set_now (&world, AT (100000));
  world_start (&world);
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (world.stream);
  for (int i = 0; i < 8000; i++)
    {
      watch_event (builder, AT (10 * i + 1), AT (100000), 0, "a", i % 400 < 20 ? 9 : 1);
      if (i % 500 == 0)
        world_commit (&world, builder, AT (100000 + i / 500));
    }
  world_commit (&world, builder, AT (100100));
  world_settle (&world, AT (3), 0);
  g_autofree char *all = world_history (&world, "r");
  guint fired = 0;
  for (const char *p = all; (p = strstr (p, "firing")) != NULL; p++)
    fired++;
  g_assert_cmpuint (fired, ==, 20);
  for (int i = 10000; i < 10020; i++)
    watch_event (builder, AT (10 * i + 1), AT (100300), 0, "a", 9);
  world_commit (&world, builder, AT (100300));
  world_settle (&world, 0, 1);
  world_clear (&world);
}

static void
test_silence (void)
{
  World world;
  gint64 id = 0;
  g_autoptr (GError) error = NULL;
  world_init (&world, RULE);
  world_set_now (&world, AT (1000));
  world_start (&world);
  g_assert_false (tide_watch_silence (world.watch, "r", NULL, AT (900), "over already", &id, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_true (tide_watch_silence (world.watch, "r", "a*", AT (2000), "deploying", &id, &error));
  for (int i = 0; i < 8; i++)
    world_event (&world, AT (1001 + 10 * i), 9);
  world_settle (&world, 0, 0);
  TideWatchSnapshot *snapshot = tide_watch_get_snapshot (world.watch);
  g_assert_cmpuint (snapshot->n_firing, ==, 0);
  g_assert_cmpuint (snapshot->n_silenced, ==, 1);
  g_assert_cmpint (snapshot->rules[0].groups[0].silenced_until, ==, AT (2000));
  tide_watch_snapshot_unref (snapshot);
  world_stop (&world); /* silences survive */
  world_start (&world);
  world_settle (&world, 0, 0);
  g_assert_true (tide_watch_end_silence (world.watch, id, &error)); /* it fires still */
  world_settle (&world, 0, 1);
  /* One that is acknowledged before it was told tells nobody of firing. */
  for (int i = 0; i < 3; i++)
    world_event (&world, AT (1101 + 10 * i), 1);
  world_settle (&world, 0, 2);
  g_assert_true (tide_watch_acknowledge (world.watch, "r", "a", true, &error));
  snapshot = tide_watch_get_snapshot (world.watch);
  g_assert_cmpuint (snapshot->rules[0].n_acknowledged, ==, 0); /* normal: nothing to acknowledge */
  tide_watch_snapshot_unref (snapshot);
  world_clear (&world);
}

/* What fires together is one notification; a storm ends in a digest. */
static void
test_grouping (void)
{
  World world;
  world_init (&world, "[alert r]\nmetric=total\ncondition=above\nthreshold=5\ntitle=Too much\n");
  world_set_now (&world, AT (1000));
  world_start (&world);
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (world.stream);
  for (int round = 0; round < 10; round++)
    {
      for (int k = 0; k < 3; k++)
        {
          g_autofree char *group = g_strdup_printf ("g%d", 3 * round + k);
          watch_event (builder, AT (1001 + 30 * round), AT (1001 + 30 * round), 0, group, 9);
        }
      world_commit (&world, builder, AT (1001 + 30 * round));
      watch_event (builder, AT (1025 + 30 * round), AT (1025 + 30 * round), 0, "x", 0);
      world_commit (&world, builder, AT (1025 + 30 * round));
      world_settle (&world, 0, MIN (6, round + 1));
      /* They last for one pane and are normal in the next, which is told with the following ones. */
    }
  g_assert_cmpstr (world.told->pdata[0], ==, "3 alerts firing");
  world_set_now (&world, AT (1400));
  world_settle (&world, AT (600), 7);
  g_assert_nonnull (strstr (world.told->pdata[6], "alerts"));
  world_clear (&world);
}

static void
test_edit (void)
{
  World world;
  world_init (&world, RULE);
  world_set_now (&world, AT (1000));
  world_start (&world);
  for (int i = 0; i < 8; i++)
    world_event (&world, AT (1001 + 10 * i), 9);
  world_settle (&world, 0, 1);
  g_autoptr (TideWorkspace) titled = watch_workspace (NULL, "[alert r]\nmetric=total\ncondition=above\nthreshold=5\nfor=20s\ntitle=Other\n");
  tide_watch_set_workspace (world.watch, titled);
  tide_watch_flush (world.watch);
  TideWatchSnapshot *snapshot = tide_watch_get_snapshot (world.watch);
  g_assert_cmpint (snapshot->rules[0].state, ==, TIDE_ALERT_FIRING); /* goes on */
  tide_watch_snapshot_unref (snapshot);
  g_autoptr (TideWorkspace) other = watch_workspace (NULL, "[alert r]\nmetric=total\ncondition=above\nthreshold=50\n");
  tide_watch_set_workspace (world.watch, other);
  tide_watch_flush (world.watch);
  world_event (&world, AT (1081), 9);
  world_settle (&world, 0, 1);
  g_autofree char *all = world_history (&world, "r");
  g_assert_true (g_str_has_prefix (all, "r/a pending 1010\nr/a firing 1030\nr/a normal 10"));
  snapshot = tide_watch_get_snapshot (world.watch);
  g_assert_cmpint (snapshot->rules[0].state, ==, TIDE_ALERT_NORMAL);
  tide_watch_snapshot_unref (snapshot);
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watch/backtest", test_backtest);
  g_test_add_func ("/watch/restart", test_restart);
  g_test_add_func ("/watch/catch-up", test_catch_up);
  g_test_add_func ("/watch/silence", test_silence);
  g_test_add_func ("/watch/grouping", test_grouping);
  g_test_add_func ("/watch/edit", test_edit);
  return g_test_run ();
}
