/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A workspace that is edited while events come: after each edit merged equals recompute for every metric, also while
 * roll-ups run; reports are written by the scheduler; retention by size keeps what is stored within its bound. */
#include "pipeline-fixture.h"

#include <stdlib.h>
#include <unistd.h>

static char *runtime;

static void
check (TidePipeline *pipeline)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);

  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      TideQuery query = { .metric = metric, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
      g_autoptr (GError) error = NULL;
      g_autoptr (TideVerification) found
        = tide_serving_verify (tide_pipeline_get_serving (pipeline), &query, NULL, NULL, NULL, &error);

      g_assert_no_error (error);
      if (!found->equal)
        g_error ("%s differs in %u of %u panes", metric->name, found->n_differences, found->panes);
    }
}

static const char *const extras[] = {
  "[metric high]\nstream=sensors\naggregate=max(temperature_c)\nby=city\nevery=1min\n",
  "[metric warm]\nstream=sensors\naggregate=count\nwhere=temperature_c > 5\nevery=1min\n",
  "[metric warm]\nstream=sensors\naggregate=count\nwhere=temperature_c > 8\nevery=1min\n",
  "[metric warm]\nstream=sensors\naggregate=count\nwhere=temperature_c > 8\nevery=1min\n"
  "[metric share]\naggregate=ratio(warm, warm)\nevery=5min\n",
  "[metric mid]\nstream=sensors\naggregate=p50(temperature_c)\nevery=5min\n",
  "",
};

static void
test_edits (void)
{
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  TidePipeline *pipeline = fixture_open (dir, TIDE_PIPELINE_RUN);
  const char *set = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = set != NULL ? (guint32) strtoul (set, NULL, 10) : g_random_int ();
  GRand *rand = g_rand_new_with_seed (seed);
  const char *const rollup[] = { "rollup:sensors", NULL };

  g_test_message ("TIDE_TEST_SEED=%u", seed);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *text
        = g_strconcat (BASE_TEXT, extras[g_rand_int_range (rand, 0, G_N_ELEMENTS (extras))], NULL);
      g_autoptr (TideConf) conf = tide_conf_parse (text, strlen (text));
      g_autoptr (GError) error = NULL;

      wait_events (pipeline, g_rand_int_range (rand, 1, 400));
      g_assert_true (tide_pipeline_apply (pipeline, conf, &error));
      g_assert_no_error (error);
      check (pipeline);
      if (g_rand_boolean (rand))
        {
          /* One that began with the edit may be the one that is waited for. */
          g_assert_true (tide_pipeline_batch (pipeline, rollup, NULL, &error));
          g_assert_no_error (error);
          check (pipeline);
        }
    }
  g_rand_free (rand);
  fixture_close (pipeline);
}

static bool
set_max_pages (sqlite3 *db, void *data, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("PRAGMA max_page_count=%d", *(int *) data);

  return sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Until the source was told that a commit failed, and came again: it is then refused by the writer. */
static void
wait_refused (TidePipeline *pipeline)
{
  gint64 until = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  bool came = false;

  while (!came)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until);
      g_usleep (1000);
      g_mutex_lock (&pipeline->lock);
      came = pipeline->trouble != NULL && !g_hash_table_contains (pipeline->failed, "sensors");
      g_mutex_unlock (&pipeline->lock);
    }
}

static void
stop_source (TidePipeline *pipeline)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  g_autoptr (GError) error = NULL;

  tide_conf_set (conf, "source sensors", "enabled", "false");
  g_assert_true (tide_pipeline_apply (pipeline, conf, &error));
  g_assert_no_error (error);
  g_assert_true (tide_writer_flush (tide_pipeline_get_writer (pipeline), &error));
}

/* A workspace whose story begins now: the live rings take nothing that is older than they reach. */
static char *
fixture_new_from_now (const char *more)
{
  g_autofree char *text = g_strconcat (BASE_TEXT, more, NULL);
  g_autoptr (TideConf) conf = tide_conf_parse (text, strlen (text));
  char *dir = fixture_new (BASE_TEXT);
  char begin[TIDE_TIME_STR_MAX];

  tide_time_format (tide_clock_now (&tide_clock_system), begin);
  tide_conf_set (conf, "source sensors", "begin", begin);
  g_assert_true (tide_workspace_save (dir, conf, NULL));
  return dir;
}

/* The disk fills up and is freed again: what Live shows is what is stored, neither what was dropped nor anything twice. */
static void
test_live_after_disk_full (void)
{
  g_autoptr (FixtureDir) dir = fixture_new_from_now ("[metric n-slow]\nstream=sensors\naggregate=count\nevery=1min\n"
                                                     "tier=micro-batch\nrefresh=1s\n");
  TidePipeline *pipeline = fixture_open (dir, TIDE_PIPELINE_RUN);
  g_autoptr (TideLiveSnapshot) snapshot = NULL;
  gint64 until = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  TideTime stopped;
  int pages = 1; /* as many as there are */

  wait_events (pipeline, 200);
  g_assert_true (tide_writer_call (pipeline->writer, set_max_pages, &pages, NULL));
  wait_refused (pipeline);
  pages = 1000000;
  g_assert_true (tide_writer_call (pipeline->writer, set_max_pages, &pages, NULL));
  wait_events (pipeline, 200);
  stop_source (pipeline);
  stopped = tide_clock_now (&tide_clock_system);
  /* The one that is refreshed has seen all within a second. */
  while (snapshot == NULL || snapshot->time <= stopped
         || tide_live_snapshot_find (snapshot, "n-slow")->events < (guint64) get_seq (pipeline))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until);
      g_usleep (1000);
      g_clear_pointer (&snapshot, tide_live_snapshot_unref);
      snapshot = tide_pipeline_get_live (pipeline);
    }
  g_assert_cmpuint (tide_live_snapshot_find (snapshot, "n")->events, ==, get_seq (pipeline));
  g_assert_cmpuint (tide_live_snapshot_find (snapshot, "n-slow")->events, ==, get_seq (pipeline));
  check (pipeline);
  fixture_close (pipeline);
}

/* A mistake leaves file and pipeline as they were. */
static void
test_mistake (void)
{
  static const char wrong[] = BASE_TEXT "[metric bad]\nstream=nowhere\naggregate=count\n";
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  TidePipeline *pipeline = fixture_open (dir, TIDE_PIPELINE_WRITE);
  g_autoptr (TideConf) conf = tide_conf_parse (wrong, strlen (wrong));
  g_autofree char *path = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL), *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (tide_pipeline_apply (pipeline, conf, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "nowhere"));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, BASE_TEXT);
  fixture_close (pipeline);
}

/* What a person writes into the file meanwhile is not written over. */
static void
test_changed_outside (void)
{
  static const char theirs[] = BASE_TEXT "# theirs\n", ours[] = BASE_TEXT "# ours\n";
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  TidePipeline *pipeline = fixture_open (dir, TIDE_PIPELINE_WRITE);
  g_autoptr (TideConf) conf = tide_conf_parse (ours, strlen (ours));
  g_autofree char *path = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL), *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, theirs, -1, NULL));
  g_assert_false (tide_pipeline_apply (pipeline, conf, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, theirs);
  g_assert_true (g_file_set_contents (path, BASE_TEXT, -1, NULL));
  g_assert_true (tide_pipeline_apply (pipeline, conf, &error));

  /* Nor after the end. */
  tide_pipeline_close (pipeline);
  g_assert_false (tide_pipeline_apply (pipeline, conf, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED);
  g_object_unref (pipeline);
}

static void *
edit_again_and_again (void *data)
{
  TidePipeline *pipeline = data;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  for (guint i = 0; i < 6; i++)
    {
      g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
      g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
      g_autofree char *rate = g_strdup_printf ("%u", 200 + (guint) g_random_int_range (0, 100));
      g_autoptr (GError) error = NULL;

      /* Another source by its keys: the old one ends, and the new one goes on where that was. */
      tide_conf_set (conf, "source sensors", "rate", rate);
      g_assert_true (tide_pipeline_apply (pipeline, conf, &error));
      g_assert_no_error (error);
    }
  return NULL;
}

static void
test_edits_at_once (void)
{
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  TidePipeline *pipeline = fixture_open (dir, TIDE_PIPELINE_RUN);
  GThread *threads[2];
  g_autoptr (GError) error = NULL;
  g_autoptr (TideSql) sql = NULL;
  TideSqlBounds bounds = { 0 };
  bool row;

  wait_events (pipeline, 100);
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new ("edits", edit_again_and_again, pipeline);
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  wait_events (pipeline, 200);
  check (pipeline);
  sql = tide_sql_open (tide_pipeline_get_store (pipeline), &error);
  g_assert_no_error (error);
  g_assert_true (tide_sql_prepare (sql, "SELECT count(*) - count(DISTINCT _partition || ':' || _offset) FROM sensors",
                                   &error));
  g_assert_true (tide_sql_step (sql, &bounds, NULL, &row, &error));
  g_assert_no_error (error);
  g_assert_cmpint (sqlite3_column_int64 (tide_sql_get_stmt (sql), 0), ==, 0);
  g_clear_pointer (&sql, tide_sql_free);
  fixture_close (pipeline);
}

static void
test_report (void)
{
  static const char workspace[] = BASE_TEXT "[report r]\nmetrics=n\nschedule=0 6 * * *\noutput=out/%Y-report.csv\n";
  g_autoptr (FixtureDir) dir = fixture_new (workspace);
  g_autofree char *out = g_build_filename (dir, "out", NULL), *path = NULL, *text = NULL;
  TidePipeline *pipeline = fixture_open (dir, TIDE_PIPELINE_RUN);
  g_autoptr (TideWorkspace) read = tide_pipeline_get_workspace (pipeline);
  g_autoptr (GError) error = NULL;
  gint64 rows = -1;
  const TideTime now = (TideTime) 1767225600 * TIDE_SECOND;

  wait_events (pipeline, 100);
  g_assert_true (tide_pipeline_write_report (read, tide_workspace_get_report (read, "r"), now, NULL, &rows, &error,
                                             pipeline));
  g_assert_no_error (error);
  path = g_build_filename (out, "2026-report.csv", NULL);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "metric,time,city,value,unit,layer\r\n"));
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);
  g_assert_cmpint (g_strv_length (lines), ==, rows + 2);
  g_assert_cmpint (rows, >, 0);
  /* A link out of the workspace, made meanwhile, is not followed; nothing is left beside it. */
  fixture_remove (out);
  g_assert_cmpint (symlink ("/tmp", out), ==, 0);
  g_assert_false (tide_pipeline_write_report (read, tide_workspace_get_report (read, "r"), now, NULL, &rows, &error,
                                              pipeline));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_DENIED);
  g_assert_false (g_file_test ("/tmp/2026-report.csv", G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_unlink (out), ==, 0);
  fixture_close (pipeline);
}

static gint64
get_pages (TidePipeline *pipeline)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), &error);
  sqlite3_stmt *stmt = NULL;
  gint64 bytes;

  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_assert_cmpint (sqlite3_prepare_v2 (tide_reader_get_db (reader),
                                       "SELECT (page_count - freelist_count) * page_size"
                                       " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
                                       -1, &stmt, NULL),
                   ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (stmt), ==, SQLITE_ROW);
  bytes = sqlite3_column_int64 (stmt, 0);
  sqlite3_finalize (stmt);
  tide_reader_end (reader);
  return bytes;
}

/* What is measured afterwards is of one moment: a source that catches up is faster than retention on a busy machine. */
static void
stop_sources (TidePipeline *pipeline)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < workspace->sources->len; i++)
    {
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i);
      g_autofree char *section = g_strdup_printf ("source %s", source->name);

      tide_conf_set (conf, section, "enabled", "false");
    }
  g_assert_true (tide_pipeline_apply (pipeline, conf, &error));
  g_assert_no_error (error);
}

/* The bound of the workspace is kept, of what is rolled up; every metric still has all of its history. */
static void
test_max_size (void)
{
  static const char workspace[] = BASE_TEXT "[storage]\nmax-size=1MB\n";
  g_autoptr (FixtureDir) dir = fixture_new (workspace);
  TidePipeline *pipeline = fixture_open (dir, TIDE_PIPELINE_RUN);
  const char *const rollup[] = { "rollup:sensors", NULL };
  g_autoptr (GError) error = NULL;
  gint64 bytes = 0;

  for (guint i = 0; i < 200 && bytes <= 1100000; i++)
    {
      wait_events (pipeline, 2000);
      bytes = get_pages (pipeline);
    }
  stop_sources (pipeline);
  bytes = get_pages (pipeline);
  g_assert_cmpint (bytes, >, 1000000);
  g_assert_true (tide_pipeline_batch (pipeline, rollup, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (tide_pipeline_retain (pipeline, NULL));
  g_assert_cmpint (get_pages (pipeline), <, bytes);
  check (pipeline);
  fixture_close (pipeline);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = fixture_set_runtime ();
  g_test_add_func ("/pipeline/apply/edits", test_edits);
  g_test_add_func ("/pipeline/apply/live-after-disk-full", test_live_after_disk_full);
  g_test_add_func ("/pipeline/apply/mistake", test_mistake);
  g_test_add_func ("/pipeline/apply/changed-outside", test_changed_outside);
  g_test_add_func ("/pipeline/apply/edits-at-once", test_edits_at_once);
  g_test_add_func ("/pipeline/apply/report", test_report);
  g_test_add_func ("/pipeline/apply/max-size", test_max_size);
  status = g_test_run ();
  fixture_dir_free (runtime);
  return status;
}
