/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A result lands as a whole version or not at all, whatever ends the run; old versions go when there are more than are
 * kept. */
#include "batch-fixture.h"

#include <unistd.h>

/* Rows without end. */
#define ENDLESS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
/* A row that never comes. */
#define ENDLESS_COUNT "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

static void
world_start (World *world, const char *sql, const char *extra)
{
  g_autofree char *text = g_strconcat (STREAM_TEXT "[analysis a]\nsql=a.sql\n", extra, NULL);

  world_init (world, at ("2026-05-05T08:00:00Z"));
  world_write_sql (world, "a.sql", sql);
  world_set_workspace (world, text);
  world_open (world);
}

typedef struct
{
  GCancellable *cancellable;
  guint calls, cancel_at;
} Watch;

static void
on_progress (double fraction, guint64 events, void *data)
{
  Watch *watch = data;

  g_assert_true (fraction == -1 || (fraction >= 0 && fraction <= 1));
  if (++watch->calls == watch->cancel_at)
    g_cancellable_cancel (watch->cancellable);
}

static bool
run_analysis (World *world, TideDuration timeout, Watch *watch, TideRun *run, GError **error)
{
  TideAnalysis analysis = *tide_workspace_get_analysis (world->workspace, "a");
  const TideClock clock = { world_wall, world_wall, world };
  TideRunContext context = { .progress = on_progress, .data = watch, .clock = &clock,
                             .cancellable = watch != NULL ? watch->cancellable : NULL };
  static gint64 id;

  if (watch == NULL)
    context.progress = NULL;
  if (timeout > 0)
    analysis.timeout = timeout;
  *run = (TideRun){ .id = ++id };
  return tide_analysis_run (world->store, world->writer, world->workspace, &analysis, &context, run, error);
}

static gint64
get_int (World *world, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (world->store, &error);
  sqlite3_stmt *stmt = NULL;
  gint64 value = -1;

  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  if (sqlite3_prepare_v2 (tide_reader_get_db (reader), sql, -1, &stmt, NULL) == SQLITE_OK
      && sqlite3_step (stmt) == SQLITE_ROW)
    value = sqlite3_column_int64 (stmt, 0);
  sqlite3_finalize (stmt);
  tide_reader_end (reader);
  return value;
}

static guint
count_versions (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (world->store, &error);
  g_autoptr (GPtrArray) versions = NULL;

  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  versions = tide_store_get_result_versions (reader, "a", &error);
  g_assert_no_error (error);
  tide_reader_end (reader);
  return versions->len;
}

/* Tables of results, landed or not. */
#define COUNT_TABLES "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name LIKE 'a@%'"

static void
test_lands (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  TideRun run;

  world_start (&world, "SELECT count(*) AS n, max(amount) AS high FROM orders\nUNION ALL SELECT 7, 8", "");
  world_ingest (&world, 0, 50);
  g_assert_true (run_analysis (&world, 0, NULL, &run, &error));
  g_assert_no_error (error);
  g_assert_cmpint (run.rows, ==, 2);
  g_assert_cmpint (run.cpu_us, >, 0);
  g_assert_cmpint (get_int (&world, "SELECT n FROM a ORDER BY n DESC"), ==, 50);
}

static void
test_keep (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  TideRun run;

  world_start (&world, "SELECT count(*) AS n FROM orders", "keep=3\n");
  for (guint i = 0; i < 5; i++)
    {
      world_ingest (&world, i * 10, 10);
      g_assert_true (run_analysis (&world, 0, NULL, &run, &error));
      g_assert_cmpuint (count_versions (&world), ==, MIN (i + 1, 3));
      g_assert_cmpint (get_int (&world, COUNT_TABLES), ==, MIN (i + 1, 3));
    }
  g_assert_cmpint (get_int (&world, "SELECT n FROM a"), ==, 50);
}

typedef struct
{
  const char *sql;
  TideDuration timeout;
  guint cancel_at; /* call of progress */
  int code;
  const char *words;
} FailCase;

static const FailCase fail_cases[] = {
  { ENDLESS, 0, 3, TIDE_ERROR_CANCELLED, "cancelled" },
  { ENDLESS, 0, 0, TIDE_ERROR_INVALID, "more than 1000 rows" },
  { ENDLESS_COUNT, 30 * TIDE_MS, 0, TIDE_ERROR_TIMEOUT, "time limit" },
  { "SELECT 1 UNION ALL SELECT hex(zeroblob(40 * 1024 * 1024))", 0, 0, TIDE_ERROR_INVALID, "longer than" },
  { "SELECT i FROM (SELECT 1 AS i UNION ALL SELECT abs(-9223372036854775807 - 1))", 0, 0, TIDE_ERROR_INVALID, "overflow" },
  { "DELETE FROM orders", 0, 0, TIDE_ERROR_DENIED, "may not be modified" },
  { "DELETE FROM run", 0, 0, TIDE_ERROR_DENIED, "a.sql" },
  { "SELECT nothing FROM orders", 0, 0, TIDE_ERROR_INVALID, "nothing" },
  { "SELECT 1; SELECT 2", 0, 0, TIDE_ERROR_INVALID, "a.sql" },
};

/* The last good version stays, and nothing of the failed run does. */
static void
test_fails (gconstpointer data)
{
  const FailCase *test = data;
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Watch watch = { .cancellable = cancellable, .cancel_at = test->cancel_at };
  TideRun run;

  world_start (&world, "SELECT 42 AS answer", test->cancel_at > 0 ? "max-rows=1000000\n" : "max-rows=1000\n");
  world_ingest (&world, 0, 10);
  g_assert_true (run_analysis (&world, 0, NULL, &run, &error));
  world_write_sql (&world, "a.sql", test->sql);
  g_assert_false (run_analysis (&world, test->timeout, &watch, &run, &error));
  g_assert_error (error, TIDE_ERROR, test->code);
  if (strstr (error->message, test->words) == NULL)
    g_error ("%s: %s", test->sql, error->message);
  g_assert_cmpuint (count_versions (&world), ==, 1);
  g_assert_cmpint (get_int (&world, COUNT_TABLES), ==, 1);
  g_assert_cmpint (get_int (&world, "SELECT answer FROM a"), ==, 42);
}

static void
test_file (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  TideRun run;

  world_start (&world, "SELECT 1", "");
  path = g_build_filename (world.dir, "analyses", "a.sql", NULL);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_false (run_analysis (&world, 0, NULL, &run, &error));
  g_assert_nonnull (strstr (error->message, "a.sql"));
  g_clear_error (&error);
  /* A link out of the workspace, made after it was read. */
  g_assert_cmpint (symlink ("/etc/hostname", path), ==, 0);
  g_assert_false (run_analysis (&world, 0, NULL, &run, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_DENIED);
}

/* The time-out through the scheduler: recorded, and tried again. */
static void
test_time_out_scheduled (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;

  world_start (&world, ENDLESS_COUNT, "timeout=1s\n");
  tide_workspace_get_analysis (world.workspace, "a")->timeout = 20 * TIDE_MS;
  g_assert_true (tide_scheduler_run (world.scheduler, "a", NULL));
  g_assert_false (tide_scheduler_wait (world.scheduler, "a", NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT);
  assert_runs (&world, "a", "by hand failed");
  jobs = tide_scheduler_get_jobs (world.scheduler);
  g_assert_cmpint (find_job (jobs, "a")->retry_at, ==, world_wall (&world) + 30 * TIDE_SECOND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/batch/analysis/lands", test_lands);
  g_test_add_func ("/batch/analysis/keep", test_keep);
  for (guint i = 0; i < G_N_ELEMENTS (fail_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/batch/analysis/fails/%u", i);

      g_test_add_data_func (path, &fail_cases[i], test_fails);
    }
  g_test_add_func ("/batch/analysis/file", test_file);
  g_test_add_func ("/batch/analysis/time-out-scheduled", test_time_out_scheduled);
  return g_test_run ();
}
