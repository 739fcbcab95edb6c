/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules over closed panes: each kind fires and clears where it should; states follow `for`, hysteresis, `keep firing for`
 * and the policy for missing data; and what a rule does depends on the order of events alone, not on batches. */
#include "watch-fixture.h"
#include "watch-private.h"

#include <math.h>

static void
note (const TideWatchTransition *transition, void *data)
{
  g_ptr_array_add (data, watch_line (transition->alert->name, transition->group, transition->to, transition->at));
}

/* One value of group a in each pane of 10 s from 0 on, INT64_MIN: no event; then enough to close all. */
static char *
run_values (const char *rules, const int64_t *values, guint n)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TideWorkspace) workspace = watch_workspace (NULL, rules);
  TideWatchEngine *engine = tide_watch_engine_new (workspace, NULL, note, lines);
  TideWatchFeed *feed = tide_watch_engine_find_feed (engine, "s");
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (tide_watch_feed_get_stream (feed));

  for (guint i = 0; i < n; i++)
    if (values[i] != INT64_MIN)
      watch_event (builder, i * 10 * TIDE_SECOND + TIDE_SECOND, i * 10 * TIDE_SECOND, 0, "a", values[i]);
  watch_event (builder, n * 10 * TIDE_SECOND + 11 * TIDE_SECOND, n * 10 * TIDE_SECOND, 0, "b", 0);
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  tide_watch_feed_add (feed, batch);
  tide_watch_engine_free (engine);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("; ", (char **) lines->pdata);
}

#define NO INT64_MIN
#define RUN(rules, ...)                                                                                                \
  ({                                                                                                                   \
    const int64_t values[] = { __VA_ARGS__ };                                                                          \
    run_values (rules, values, G_N_ELEMENTS (values));                                                                 \
  })
#define RULE(text) "[alert r]\nmetric=total\n" text

static void
expect (char *got, const char *expected)
{
  g_assert_cmpstr (got, ==, expected);
  g_free (got);
}

static void
test_conditions (void)
{
  /* A pane's end is when it is decided. */
  expect (RUN (RULE ("condition=above\nthreshold=5\n"), 1, 6, 5, 7, 1), "r/a firing 20; r/a normal 30; r/a firing 40; r/a normal 50");
  expect (RUN (RULE ("condition=below\nthreshold=5\n"), 6, 5, 4, 5), "r/a firing 30; r/a normal 40");
  /* A group that is known and has no event counts 0. */
  expect (RUN (RULE ("condition=below\nthreshold=5\n"), 6, NO, 6), "r/a firing 20; r/a normal 30");
  expect (RUN (RULE ("condition=outside\nlow=2\nhigh=5\n"), 3, 6, 5, 1, 2), "r/a firing 20; r/a normal 30; r/a firing 40; r/a normal 50");
  expect (RUN (RULE ("condition=outside\nlow=2\nhigh=5\nclear-high=4\n"), 3, 6, 5, 4), "r/a firing 20; r/a normal 40");
  /* Against the value 20 s before; without one there is no change. */
  expect (RUN (RULE ("condition=change\nthreshold=-30%\nwithin=20s\n"), 10, 10, 8, 6, 6, 6), "r/a firing 40; r/a normal 50");
  expect (RUN (RULE ("condition=change\nthreshold=3\nwithin=10s\n"), 1, 4, 8, 8), "r/a firing 30; r/a normal 40");
  expect (RUN (RULE ("condition=no-data\nthreshold=20s\n"), 1, NO, NO, 1), "r/a firing 30; r/a normal 40");
  expect (RUN ("[alert r]\nmetric=total\ndivided-by=all\ncondition=ratio\nthreshold=5\n", 5, 6, 4), "r/a firing 20; r/a normal 30");
  expect (RUN ("[alert r]\nmetric=share\ncondition=above\nthreshold=5\n", 5, 6, 4), "r/a firing 20; r/a normal 30");
  /* Over a minute: the mean of what the window holds. */
  expect (RUN ("[alert r]\nmetric=mean\ncondition=above\nthreshold=5\ngroups=a\n", 1, 9, 11, 0, 0), "r/a firing 30; r/a normal 50");
  expect (RUN (RULE ("condition=above\nthreshold=5\ngroups=b*;c\n"), 9, 9), "");
}

static void
test_states (void)
{
  expect (RUN (RULE ("condition=above\nthreshold=5\nfor=20s\n"), 6, 6, 6, 6, 1), "r/a pending 10; r/a firing 30; r/a normal 50");
  expect (RUN (RULE ("condition=above\nthreshold=5\nfor=20s\n"), 6, 6, 1, 6), "r/a pending 10; r/a normal 30; r/a pending 40");
  expect (RUN (RULE ("condition=above\nthreshold=5\nclear=3\n"), 6, 4, 4, 3), "r/a firing 10; r/a normal 40");
  expect (RUN (RULE ("condition=above\nthreshold=5\nkeep-firing-for=20s\n"), 6, 1, 1, 6, 1, 1, 1), "r/a firing 10; r/a normal 70");
  /* In between keeps it from clearing. */
  expect (RUN (RULE ("condition=above\nthreshold=5\nclear=3\nkeep-firing-for=10s\n"), 6, 1, 4, 1, 1), "r/a firing 10; r/a normal 50");
}

static void
test_no_data (void)
{
  static const char mean[] = "[alert r]\nmetric=share\ncondition=above\nthreshold=5\n";
  g_autofree char *alert = g_strconcat (mean, "no-data=alert\nfor=10s\n", NULL), *normal = g_strconcat (mean, "no-data=normal\n", NULL);
  expect (RUN (mean, 6, NO, NO, 1), "r/a firing 10; r/a normal 40");
  expect (RUN (normal, 6, NO, NO, 6), "r/a firing 10; r/a normal 20; r/a firing 40");
  expect (RUN (alert, 1, NO, NO, NO, 1), "r/a pending 20; r/a no data 30; r/a normal 50");
}

/* A late event counts when it comes before its pane is closed by lateness and delay, and not after. */
static void
test_watermark (void)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TideWorkspace) workspace = watch_workspace (NULL, RULE ("condition=above\nthreshold=5\ndelay=5s\n"));
  TideWatchEngine *engine = tide_watch_engine_new (workspace, NULL, note, lines);
  TideWatchFeed *feed = tide_watch_engine_find_feed (engine, "s");
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (tide_watch_feed_get_stream (feed));
  watch_event (builder, 1 * TIDE_SECOND, 0, 0, "a", 1);
  watch_event (builder, 24 * TIDE_SECOND, 0, 0, "a", 1); /* watermark 14 s: the first pane closes at 15 s */
  watch_event (builder, 2 * TIDE_SECOND, 0, 0, "a", 9);
  watch_event (builder, 25 * TIDE_SECOND, 0, 0, "a", 1);
  watch_event (builder, 3 * TIDE_SECOND, 0, 0, "a", -9);
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  tide_watch_feed_add (feed, batch);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_cmpstr (lines->pdata[0], ==, "r/a firing 10");
  g_assert_cmpint (tide_watch_feed_get_watermark (feed), ==, 15 * TIDE_SECOND);
  /* Nothing comes: the clock moves the watermark, once it has been quiet for a while. */
  tide_watch_feed_tick (feed, 14 * TIDE_SECOND, false);
  g_assert_cmpint (tide_watch_feed_get_watermark (feed), ==, 15 * TIDE_SECOND);
  tide_watch_feed_tick (feed, 40 * TIDE_SECOND, true); /* but not while a source is catching up */
  g_assert_cmpint (tide_watch_feed_get_watermark (feed), ==, 15 * TIDE_SECOND);
  tide_watch_feed_tick (feed, 40 * TIDE_SECOND, false);
  g_assert_cmpint (tide_watch_feed_get_watermark (feed), ==, 40 * TIDE_SECOND);
  g_assert_cmpstr (lines->pdata[lines->len - 1], ==, "r/a normal 20");
  tide_watch_engine_free (engine);
}

static void
test_partitions (void)
{
  TideWatermark mark;
  tide_watermark_init (&mark, 0);
  tide_watermark_add (&mark, 1, 10 * TIDE_SECOND, 0);
  tide_watermark_add (&mark, 2, 4 * TIDE_SECOND, 0);
  tide_watermark_add (&mark, 1, 20 * TIDE_SECOND, 5 * TIDE_SECOND);
  g_assert_cmpint (mark.value, ==, 10 * TIDE_SECOND); /* never back, and held by the second */
  tide_watermark_add (&mark, 2, 15 * TIDE_SECOND, 6 * TIDE_SECOND);
  g_assert_cmpint (mark.value, ==, 15 * TIDE_SECOND);
  tide_watermark_add (&mark, 1, 40 * TIDE_SECOND, 30 * TIDE_SECOND); /* the second is idle by now */
  g_assert_cmpint (mark.value, ==, 40 * TIDE_SECOND);
  tide_watermark_clear (&mark);
}

/* Random series, cut into random batches: all ways give the same changes. */
static const char many[] = RULE ("condition=above\nthreshold=60\nclear=50\nfor=20s\nkeep-firing-for=10s\n")
  "[alert d]\nmetric=n\ncondition=no-data\nthreshold=30s\ndelay=20s\n"
  "[alert c]\nmetric=mean\ncondition=change\nthreshold=40%\nwithin=30s\nno-data=normal\n"
  "[alert q]\nmetric=share\ncondition=outside\nlow=10\nhigh=80\nfor=10s\nno-data=alert\n";

static void
test_batches (void)
{
  g_autoptr (FixtureRand) random = fixture_rand_new ();
  g_autofree char *first = NULL;
  guint n = 4000;
  for (guint round = 0; round < 12; round++)
    {
      g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (TideWorkspace) workspace = watch_workspace (NULL, many);
      TideWatchEngine *engine = tide_watch_engine_new (workspace, NULL, note, lines);
      TideWatchFeed *feed = tide_watch_engine_find_feed (engine, "s");
      g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (tide_watch_feed_get_stream (feed));
      TideTime at = 0;
      for (guint i = 0; i < n; i++)
        {
          static const char *const groups[] = { "a", "b", "c" };
          at += (TideTime) (fixture_mix (i, 2) % 1000) * TIDE_MS + (fixture_mix (i, 3) % 300 == 0 ? 90 * TIDE_SECOND : 0);
          watch_event (builder, at - (TideTime) (fixture_mix (i, 4) % 15000) * TIDE_MS, at, (int) (fixture_mix (i, 5) % 3),
                       groups[fixture_mix (i, 6) % 3], (int64_t) (fixture_mix (i / 40, 7) % 100));
          if (i == n - 1 || g_rand_int_range (random, 0, round == 0 ? n : 1 + 400 / round) == 0)
            {
              g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
              tide_watch_feed_add (feed, batch);
              if (round % 2 == 1)
                tide_watch_feed_tick (feed, at, false);
            }
        }
      tide_watch_engine_free (engine);
      g_ptr_array_add (lines, NULL);
      g_autofree char *all = g_strjoinv ("\n", (char **) lines->pdata);
      if (first == NULL)
        first = g_strdup (all);
      g_assert_cmpuint (lines->len, >, 100);
      g_assert_cmpstr (all, ==, first);
    }
}

/* A year without events is not looked at pane by pane. */
static void
test_silence (void)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TideWorkspace) workspace = watch_workspace (NULL, RULE ("condition=below\nthreshold=1\nfor=20s\n"));
  TideWatchEngine *engine = tide_watch_engine_new (workspace, NULL, note, lines);
  TideWatchFeed *feed = tide_watch_engine_find_feed (engine, "s");
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (tide_watch_feed_get_stream (feed));
  watch_event (builder, TIDE_SECOND, 0, 0, "a", 1);
  watch_event (builder, 365 * TIDE_DAY, 0, 0, "a", 1);
  watch_event (builder, 365 * TIDE_DAY + 30 * TIDE_SECOND, 0, 0, "a", 1);
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  tide_watch_feed_add (feed, batch);
  tide_watch_engine_free (engine);
  g_assert_cmpuint (lines->len, ==, 4);
  g_assert_cmpstr (lines->pdata[1], ==, "r/a firing 40");
  g_assert_cmpstr (lines->pdata[2], ==, "r/a normal 3.1536e+07");
}

static bool
give_facts (const TideAlert *alert, TideWatchFacts *ret_facts, void *data)
{
  *ret_facts = *(TideWatchFacts *) data;
  return true;
}

static void
test_by_the_clock (void)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TideWorkspace) workspace
    = watch_workspace (NULL, "[alert lag]\nstream=s\ncondition=lag\nthreshold=5s\nfor=2s\n"
                             "[alert quarantine]\nstream=s\ncondition=quarantine\nthreshold=5%\nwithin=1min\n"
                             "[alert down]\nstream=s\ncondition=source-down\n"
                             "[alert old]\nstream=s\ncondition=freshness\nthreshold=1min\n");
  TideWatchEngine *engine = tide_watch_engine_new (workspace, NULL, note, lines);
  TideWatchFacts facts = { .lag_s = 1, .newest = 100 * TIDE_SECOND };
  tide_watch_engine_observe (engine, 100 * TIDE_SECOND, give_facts, &facts);
  g_assert_cmpuint (lines->len, ==, 0);
  facts = (TideWatchFacts){ .lag_s = 6, .newest = 100 * TIDE_SECOND, .events = 90, .quarantined = 10, .down = 1 };
  tide_watch_engine_observe (engine, 110 * TIDE_SECOND, give_facts, &facts);
  tide_watch_engine_observe (engine, 112 * TIDE_SECOND, give_facts, &facts);
  facts.down = 0;
  facts.events = 1000; /* the share over a minute has fallen */
  tide_watch_engine_observe (engine, 161 * TIDE_SECOND, give_facts, &facts);
  g_ptr_array_add (lines, NULL);
  g_autofree char *all = g_strjoinv ("; ", (char **) lines->pdata);
  g_assert_cmpstr (all, ==, "lag/ pending 110; quarantine/ firing 110; down/ firing 110; lag/ firing 112; quarantine/ normal 161; "
                            "down/ normal 161; old/ firing 161");
  tide_watch_engine_free (engine);
}

static void
test_anomaly (void)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TideWorkspace) workspace = watch_workspace (NULL, RULE ("condition=anomaly\nthreshold=6\n"));
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (TideBaselineRow));
  TideBaselineRow row = { (char *) "a", 3 * 24, 100, 10, 4 }; /* the epoch is a Thursday */
  g_array_append_val (rows, row);
  for (guint learned = 0; learned < 2; learned++)
    {
      TideWatchEngine *engine = tide_watch_engine_new (workspace, NULL, note, lines);
      TideWatchFeed *feed = tide_watch_engine_find_feed (engine, "s");
      g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (tide_watch_feed_get_stream (feed));
      tide_watch_rule_set_baseline (tide_watch_engine_find_rule (engine, "r"), rows, learned ? 28 : 9);
      static const int64_t values[] = { 100, 159, 161, 100, 39, 100, 100, 100 };
      for (guint i = 0; i < G_N_ELEMENTS (values); i++)
        watch_event (builder, i * 10 * TIDE_SECOND, 0, 0, "a", values[i]);
      g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
      tide_watch_feed_add (feed, batch);
      tide_watch_engine_free (engine);
      g_assert_cmpuint (lines->len, ==, learned ? 4 : 0);
    }
  g_assert_cmpstr (lines->pdata[0], ==, "r/a firing 30");
  g_assert_cmpstr (lines->pdata[2], ==, "r/a firing 50");
}

static void
test_measure (void)
{
  g_test_message ("1,000 rules, 100 groups: %.1f µs a pane", tide_watch_measure (1000, 100, 20));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watch/engine/conditions", test_conditions);
  g_test_add_func ("/watch/engine/states", test_states);
  g_test_add_func ("/watch/engine/no-data", test_no_data);
  g_test_add_func ("/watch/engine/watermark", test_watermark);
  g_test_add_func ("/watch/engine/partitions", test_partitions);
  g_test_add_func ("/watch/engine/batches", test_batches);
  g_test_add_func ("/watch/engine/silence", test_silence);
  g_test_add_func ("/watch/engine/by-the-clock", test_by_the_clock);
  g_test_add_func ("/watch/engine/anomaly", test_anomaly);
  g_test_add_func ("/watch/engine/measure", test_measure);
  return g_test_run ();
}
