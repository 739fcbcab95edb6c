/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiers of metrics and of their source change in a loop while events come: nothing is lost, nothing doubled, and what
 * Live shows is the same whichever way it came. Every nanosecond of the process is someone's. TIDE_TEST_SEED repeats a
 * run; a number as argument is how many changes it makes, for longer ones. */
#include "pipeline-private.h"

#include "../store/store-fixture.h"

#include <math.h>

static gint64 changes = 24;

static const char text[] =
  "[workspace]\nversion=1\nname=tiers\n[batch]\nrollup=every 1min\n[live]\nhorizon=15min\n"
  "[stream orders]\nformat=json\ntime=created_at\n"
  "[field orders.created_at]\ntype=time\n[field orders.city]\ntype=text\n"
  "[field orders.amount]\npath=payment.amount\ntype=decimal(2)\nrequired=true\n"
  "[source orders]\nkind=demo\npart=orders\nstream=orders\nrate=1500\nbegin=%s\nplatform=kinesis-flink\n"
  "[metric stays]\nstream=orders\naggregate=count\nevery=1min\n"
  "[metric moves]\nstream=orders\naggregate=count\nevery=1min\n"
  "[metric moves-too]\nstream=orders\naggregate=sum(amount)\nby=city\nevery=1min\n"
  "[metric share]\nstream=orders\naggregate=ratio(moves, stays)\nevery=1min\n"
  "[alert many]\nmetric=stays\ncondition=above\nthreshold=1000000\nroutes=none\n";

static guint64
count_events (TidePipeline *pipeline)
{
  TideReader *reader = fixture_reader (tide_pipeline_get_store (pipeline));
  gint64 n = fixture_int (reader, "SELECT coalesce(max(last_seq), 0) FROM stream WHERE name='orders'");

  tide_reader_end (reader);
  tide_reader_release (reader);
  return (guint64) n;
}

/* What the source made is what is stored and what was refused: offsets have no holes. */
static void
check_complete (TidePipeline *pipeline)
{
  TideReader *reader = fixture_reader (tide_pipeline_get_store (pipeline));
  gint64 made = fixture_int (reader, "SELECT sum(offset) FROM position WHERE source='orders'");
  gint64 refused = fixture_int (reader, "SELECT count(*) FROM quarantine WHERE source='orders'");
  gint64 stored = fixture_int (reader, "SELECT coalesce(max(last_seq), 0) FROM stream WHERE name='orders'");

  g_test_message ("%" G_GINT64_FORMAT " events made, %" G_GINT64_FORMAT " stored, %" G_GINT64_FORMAT " refused", made,
                  stored, refused);
  g_assert_cmpint (stored, >, 1000); /* how many depends on the hour: the demo has a rhythm */
  g_assert_cmpint (made, ==, stored + refused);
  tide_reader_end (reader);
  tide_reader_release (reader);
}

static void
check_merged (TidePipeline *pipeline)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);

  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideQuery query = { .metric = g_ptr_array_index (workspace->metrics, i), .from = TIDE_TIME_NONE,
                          .to = TIDE_TIME_MAX };
      g_autoptr (GError) error = NULL;
      g_autoptr (TideVerification) found = tide_serving_verify (tide_pipeline_get_serving (pipeline), &query, NULL, NULL,
                                                                NULL, &error);

      g_assert_no_error (error);
      g_assert_true (found->equal);
    }
}

static void
change_tier (TidePipeline *pipeline, GRand *rand)
{
  static const TideDuration intervals[] = { TIDE_SECOND, TIDE_SECOND, 5 * TIDE_SECOND, 5 * TIDE_MINUTE, TIDE_HOUR,
                                            TIDE_DAY };
  static const char *const names[] = { "moves", "moves-too", "stays" };
  g_autoptr (GError) error = NULL;
  const char *name = names[g_rand_int_range (rand, 0, 12) == 0 ? 2 : g_rand_int_range (rand, 0, 2)];

  tide_pipeline_set_interval (pipeline, name, intervals[g_rand_int_range (rand, 0, G_N_ELEMENTS (intervals))], &error);
  g_assert_no_error (error);
}

/* Until the sources have brought more, unless they rest. The time-out of the suite bounds it. */
static void
wait_for_events (TidePipeline *pipeline)
{
  guint64 before = count_events (pipeline);

  for (guint i = 0; i < 200 && count_events (pipeline) < before + 50; i++)
    g_usleep (5000);
}

static void
stop_source (TidePipeline *pipeline)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  g_autoptr (GError) error = NULL;

  tide_conf_set (conf, "source orders", "enabled", "false");
  g_assert_true (tide_pipeline_apply (pipeline, conf, &error));
  g_assert_no_error (error);
}

/* The rings of a metric that moved and of one that stayed have seen the same. */
static void
check_live (TidePipeline *pipeline)
{
  TideTime after = tide_clock_now (&tide_clock_system);
  g_autoptr (TideLiveSnapshot) snapshot = NULL;

  do
    {
      g_usleep (20000);
      g_clear_pointer (&snapshot, tide_live_snapshot_unref);
      snapshot = tide_pipeline_get_live (pipeline);
    }
  while (snapshot->time <= after);
  g_assert_cmpuint (tide_live_snapshot_find (snapshot, "moves")->events, >, 0);
  g_assert_cmpuint (tide_live_snapshot_find (snapshot, "moves")->events, ==,
                    tide_live_snapshot_find (snapshot, "stays")->events);
  g_assert_cmpuint (tide_live_snapshot_find (snapshot, "moves-too")->events, ==,
                    tide_live_snapshot_find (snapshot, "stays")->events);
}

/* All that was used is someone's, and less than a twentieth of it nobody's. */
static void
check_use (TidePipeline *pipeline)
{
  g_autoptr (GPtrArray) all = tide_pipeline_get_use (pipeline);
  TideProcessFacts facts;
  double sum = 0, nobody = 0, process;
  bool has[TIDE_N_USES] = { false };

  for (guint i = 0; i < all->len; i++)
    {
      const TideUse *use = g_ptr_array_index (all, i);

      sum += (double) use->cpu_ns / 1e9;
      has[use->activity] |= use->cpu_ns > 0;
      if (use->activity == TIDE_USE_SHARED && *use->metric == '\0')
        nobody += (double) use->cpu_ns / 1e9;
    }
  tide_process_get_facts (&facts);
  process = (double) facts.cpu_us / 1e6;
  g_test_message ("%.3f s used, %.3f s attributed, %.3f s of it to nobody", process, sum, nobody);
  /* Beside the twentieth, what two cores do in the 20 ms in which clocks are read one after the other; a sanitizer takes
   * several times as long for that. */
  g_assert_cmpfloat (fabs (nobody), <=, g_strcmp0 (g_getenv ("TIDEMARK_TESTS"), "short") == 0 ? 0.1 * sum + 0.1 : 0.05 * sum + 0.04);
  /* What a worker tells when it is done was nobody's until then, and is taken from there within a second. */
  g_assert_cmpfloat (sum, <=, process * 1.1 + 0.1);
  g_assert_true (has[TIDE_USE_DECODE] && has[TIDE_USE_LIVE] && has[TIDE_USE_SNAPSHOT] && has[TIDE_USE_STORE]
                 && has[TIDE_USE_ROLLUP] && has[TIDE_USE_ALERT] && has[TIDE_USE_WINDOW]);
}

/* Each change is recorded with what was foretold, and ends the one before it. */
static void
check_recorded (TidePipeline *pipeline, gint64 recorded)
{
  TideReader *reader = fixture_reader (tide_pipeline_get_store (pipeline));

  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM advice"), ==, recorded);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM advice WHERE until IS NULL"), ==, 3);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM advice WHERE predicted_usd_per_h > 0"), ==, recorded);
  tide_reader_end (reader);
  tide_reader_release (reader);
}

static void
test_tiers (void)
{
  g_autoptr (GRand) rand = fixture_rand_new ();
  char *dir = fixture_dir_new ();
  g_autofree char *file = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL), *conf = NULL;
  char begin[TIDE_TIME_STR_MAX];
  g_autoptr (GError) error = NULL;
  TidePipeline *pipeline;

  tide_time_format (tide_clock_now (&tide_clock_system) - 20 * TIDE_SECOND, begin);
  conf = g_strdup_printf (text, begin);
  g_assert_true (g_file_set_contents (file, conf, -1, &error));
  pipeline = tide_pipeline_open (dir, TIDE_PIPELINE_RUN, NULL, &error);
  g_assert_no_error (error);
  for (gint64 i = 0; i < changes; i++)
    {
      wait_for_events (pipeline);
      change_tier (pipeline, rand);
      if (i % 8 == 3)
        g_assert_true (tide_pipeline_batch (pipeline, (const char *const[]){ "rollup:orders", NULL }, NULL, &error));
      if (i % 8 == 5)
        check_merged (pipeline);
    }
  for (guint i = 0; i < 3; i++)
    tide_pipeline_set_interval (pipeline, ((const char *[]){ "moves", "moves-too", "stays" })[i], TIDE_SECOND, &error);
  g_assert_no_error (error);
  wait_for_events (pipeline);
  stop_source (pipeline);
  check_live (pipeline);
  check_complete (pipeline);
  check_merged (pipeline);
  check_use (pipeline);
  check_recorded (pipeline, changes + 3);
  tide_pipeline_close (pipeline);
  g_object_unref (pipeline);
  fixture_dir_free (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    changes = MAX (g_ascii_strtoll (argv[1], NULL, 10), 1);
  g_test_add_func ("/pipeline/tiers/under-load", test_tiers);
  return g_test_run ();
}
