/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs: one at a time, tried again with back-off, cancelled, ended by an error before they began. A report stands for
 * any job: what it does is the test's. And once with the thread that waits. */
#include "batch-fixture.h"

#define REPORT_TEXT \
  STREAM_TEXT METRIC_TEXT "[report daily]\nmetrics=total\nschedule=0 * * * *\noutput=out/%F.csv\n"

/* What the report's writer is told to do, and what it saw. */
typedef struct
{
  World world;
  GMutex lock;
  GCond changed;
  bool hold;     /* until it is set to false, or the run is cancelled */
  guint begun, under_way, most_under_way, fail;
  int code;      /* of the failures */
  TideTime now;  /* of the last one */
} Reports;

static bool
write_report (const TideWorkspace *workspace, const TideReport *report, TideTime now, GCancellable *cancellable,
              gint64 *ret_rows, GError **error, void *data)
{
  Reports *reports = data;
  bool fail;

  g_mutex_lock (&reports->lock);
  reports->begun++;
  reports->now = now;
  reports->under_way++;
  reports->most_under_way = MAX (reports->most_under_way, reports->under_way);
  g_cond_broadcast (&reports->changed);
  while (reports->hold && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait_until (&reports->changed, &reports->lock, g_get_monotonic_time () + 10 * TIDE_MS);
  reports->under_way--;
  fail = reports->fail > 0;
  reports->fail -= fail;
  g_mutex_unlock (&reports->lock);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return false;
  if (fail)
    {
      g_set_error (error, TIDE_ERROR, reports->code, "the printer is on fire");
      return false;
    }
  *ret_rows = 3;
  return true;
}

static void
reports_start (Reports *reports, const char *text)
{
  World *world = &reports->world;

  g_mutex_init (&reports->lock);
  g_cond_init (&reports->changed);
  reports->code = TIDE_ERROR_FAILED;
  world_init (world, at ("2026-05-05T08:50:00Z"));
  world_write_sql (world, "a.sql", "SELECT 1 AS one");
  world->events = (TideSchedulerEvents){ .write_report = write_report, .data = reports };
  world_set_workspace (world, text);
  world_open (world);
  world_turn (world);
}

static void
reports_clear (Reports *reports)
{
  world_clear (&reports->world);
  g_cond_clear (&reports->changed);
  g_mutex_clear (&reports->lock);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reports, reports_clear)

static void
reports_set_hold (Reports *reports, bool hold)
{
  g_mutex_lock (&reports->lock);
  reports->hold = hold;
  g_cond_broadcast (&reports->changed);
  g_mutex_unlock (&reports->lock);
}

/* Until the writer was called @n times. */
static void
reports_wait (Reports *reports, guint n)
{
  g_mutex_lock (&reports->lock);
  while (reports->begun < n)
    g_cond_wait (&reports->changed, &reports->lock);
  g_mutex_unlock (&reports->lock);
}

static TideJob *
copy_job (World *world, const char *name)
{
  g_autoptr (GPtrArray) jobs = tide_scheduler_get_jobs (world->scheduler);
  const TideJob *job = find_job (jobs, name);

  g_assert_nonnull (job);
  return tide_job_copy (job);
}

typedef TideJob Job;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, tide_job_free)

static void
test_report (void)
{
  g_auto (Reports) reports = { 0 };
  World *world = &reports.world;
  g_autoptr (Job) job = NULL;
  g_autoptr (GError) error = NULL;

  reports_start (&reports, REPORT_TEXT "[report by-hand]\nmetrics=total\n");
  g_assert_false (tide_scheduler_run (world->scheduler, "report:by-hand", &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  world_set_time (world, at ("2026-05-05T09:00:20Z"));
  world_turn (world);
  assert_runs (world, "report:daily", "05-05T09:00 succeeded");
  /* As of the time it was due. */
  g_assert_cmpint (reports.now, ==, at ("2026-05-05T09:00:00Z"));
  job = copy_job (world, "report:daily");
  g_assert_cmpint (job->kind, ==, TIDE_JOB_REPORT);
  g_assert_cmpint (job->last_status, ==, TIDE_RUN_SUCCEEDED);
  g_assert_cmpint (job->next, ==, at ("2026-05-05T10:00:00Z"));
  world_set_time (world, at ("2026-05-05T09:30:00Z"));
  g_assert_true (tide_scheduler_run (world->scheduler, "report:daily", NULL));
  g_assert_true (tide_scheduler_wait (world->scheduler, "report:daily", NULL, NULL));
  g_assert_cmpint (reports.now, ==, at ("2026-05-05T09:30:00Z"));
}

/* Twice due while it runs: one run follows. */
static void
test_one_at_a_time (void)
{
  g_auto (Reports) reports = { .hold = true };
  World *world = &reports.world;
  g_autoptr (Job) job = NULL;
  g_autoptr (GError) error = NULL;

  reports_start (&reports, REPORT_TEXT);
  world_set_time (world, at ("2026-05-05T09:00:00Z"));
  tide_scheduler_look (world->scheduler);
  reports_wait (&reports, 1);
  g_assert_false (tide_scheduler_run (world->scheduler, "report:daily", &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BUSY);
  for (guint i = 0; i < 2; i++)
    {
      world_set_time (world, at (i == 0 ? "2026-05-05T10:00:00Z" : "2026-05-05T11:00:00Z"));
      tide_scheduler_look (world->scheduler);
    }
  job = copy_job (world, "report:daily");
  g_assert_true (job->running);
  g_assert_true (job->queued);
  reports_set_hold (&reports, false);
  world_turn (world);
  assert_runs (world, "report:daily", "05-05T09:00 succeeded, 05-05T11:00 succeeded");
  g_assert_cmpuint (reports.most_under_way, ==, 1);
}

/* 30 s, then a minute after each failure; then it gives up until the next time. */
static void
test_retry (void)
{
  g_auto (Reports) reports = { .fail = 3 };
  World *world = &reports.world;
  const char *const times[] = { "2026-05-05T09:00:00Z", "2026-05-05T09:00:29Z", "2026-05-05T09:00:30Z",
                                "2026-05-05T09:01:29Z", "2026-05-05T09:01:30Z", "2026-05-05T09:40:00Z" };
  const guint begun[] = { 1, 1, 2, 2, 3, 3 };

  reports_start (&reports, REPORT_TEXT);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autoptr (Job) job = NULL;

      world_set_time (world, at (times[i]));
      world_turn (world);
      g_assert_cmpuint (reports.begun, ==, begun[i]);
      job = copy_job (world, "report:daily");
      g_assert_cmpstr (job->last_error, ==, "the printer is on fire");
      g_assert_cmpuint (job->attempt, ==, begun[i]);
      g_assert_cmpint (job->retry_at, ==, i < 2   ? at ("2026-05-05T09:00:30Z")
                                          : i < 4 ? at ("2026-05-05T09:01:30Z")
                                                  : TIDE_TIME_NONE);
    }
  world_set_time (world, at ("2026-05-05T10:00:00Z"));
  world_turn (world);
  assert_runs (world, "report:daily",
               "05-05T09:00 failed, 05-05T09:00 failed, 05-05T09:00 failed, 05-05T10:00 succeeded");
}

/* What a second try can't mend. */
static void
test_no_retry (void)
{
  g_auto (Reports) reports = { .fail = 1 };
  World *world = &reports.world;
  g_autoptr (Job) job = NULL;

  reports_start (&reports, REPORT_TEXT);
  reports.code = TIDE_ERROR_DENIED;
  world_set_time (world, at ("2026-05-05T09:00:00Z"));
  world_turn (world);
  job = copy_job (world, "report:daily");
  g_assert_cmpint (job->retry_at, ==, TIDE_TIME_NONE);
  g_assert_cmpint (job->last_status, ==, TIDE_RUN_FAILED);
}

/* With missed=all a later run waits for the retry of the one before it. */
static void
test_retry_in_order (void)
{
  g_auto (Reports) reports = { 0 };
  World *world = &reports.world;
  g_autofree char *path = NULL;

  reports_start (&reports, STREAM_TEXT "[analysis a]\nschedule=0 * * * *\nsql=a.sql\nmissed=all\n");
  path = g_build_filename (world->dir, "analyses", "a.sql", NULL);
  g_assert_cmpint (g_unlink (path), ==, 0);
  world_set_time (world, at ("2026-05-05T10:00:00Z"));
  world_turn (world);
  world_write_sql (world, "a.sql", "SELECT 1 AS one");
  world_turn (world);
  assert_runs (world, "a", "05-05T09:00 failed");
  world_set_time (world, at ("2026-05-05T10:00:30Z"));
  world_turn (world);
  assert_runs (world, "a", "05-05T09:00 failed, 05-05T09:00 succeeded, 05-05T10:00 succeeded");
}

static void
test_cancel (void)
{
  g_auto (Reports) reports = { .hold = true };
  World *world = &reports.world;
  g_autoptr (Job) job = NULL;
  g_autoptr (GError) error = NULL;

  reports_start (&reports, REPORT_TEXT);
  g_assert_false (tide_scheduler_cancel (world->scheduler, "report:daily"));
  g_assert_true (tide_scheduler_run (world->scheduler, "report:daily", NULL));
  reports_wait (&reports, 1);
  g_assert_true (tide_scheduler_cancel (world->scheduler, "report:daily"));
  g_assert_false (tide_scheduler_wait (world->scheduler, "report:daily", NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  job = copy_job (world, "report:daily");
  g_assert_cmpint (job->last_status, ==, TIDE_RUN_CANCELLED);
  g_assert_cmpint (job->retry_at, ==, TIDE_TIME_NONE);
  assert_runs (world, "report:daily", "by hand cancelled");
}

/* A job that leaves the workspace while it runs ends; one that comes back meanwhile is a job again. */
static void
test_gone (void)
{
  g_auto (Reports) reports = { .hold = true };
  World *world = &reports.world;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (Job) job = NULL;

  reports_start (&reports, REPORT_TEXT);
  g_assert_true (tide_scheduler_run (world->scheduler, "report:daily", NULL));
  reports_wait (&reports, 1);
  world_set_workspace (world, STREAM_TEXT METRIC_TEXT);
  tide_scheduler_wait (world->scheduler, "report:daily", NULL, NULL);
  jobs = tide_scheduler_get_jobs (world->scheduler);
  g_assert_null (find_job (jobs, "report:daily"));
  assert_runs (world, "report:daily", "by hand cancelled");

  world_set_workspace (world, REPORT_TEXT);
  world_turn (world);
  g_assert_true (tide_scheduler_run (world->scheduler, "report:daily", NULL));
  reports_wait (&reports, 2);
  world_set_workspace (world, STREAM_TEXT METRIC_TEXT);
  world_set_workspace (world, REPORT_TEXT);
  tide_scheduler_wait (world->scheduler, "report:daily", NULL, NULL);
  reports_set_hold (&reports, false);
  job = copy_job (world, "report:daily");
  g_assert_cmpint (job->last_status, ==, TIDE_RUN_CANCELLED);
  world_set_time (world, at ("2026-05-05T09:00:00Z"));
  world_turn (world);
  assert_runs (world, "report:daily", "by hand cancelled, by hand cancelled, 05-05T09:00 succeeded");
}

/* The run can't even be recorded. */
static void
test_error_before_it_began (void)
{
  g_auto (Reports) reports = { 0 };
  World *world = &reports.world;
  g_autoptr (Job) job = NULL;
  g_autoptr (GError) error = NULL;

  reports_start (&reports, REPORT_TEXT);
  tide_writer_stop (world->writer);
  g_assert_true (tide_scheduler_run (world->scheduler, "report:daily", NULL));
  g_assert_false (tide_scheduler_wait (world->scheduler, "report:daily", NULL, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (reports.begun, ==, 0);
  job = copy_job (world, "report:daily");
  g_assert_false (job->running);
  g_assert_nonnull (job->last_error);
  assert_runs (world, "report:daily", "");
}

/* The database can't be read when the scheduler looks back and when a roll-up begins: each says so, nothing hangs. */
static bool
break_schema (sqlite3 *db, void *data, GError **error)
{
  return sqlite3_exec (db, "ALTER TABLE run RENAME COLUMN due TO due_; ALTER TABLE metric_version RENAME TO mv",
                       NULL, NULL, NULL)
         == SQLITE_OK;
}

static void
test_database_unreadable (void)
{
  g_auto (Reports) reports = { 0 };
  World *world = &reports.world;
  g_autoptr (GError) error = NULL;

  reports_start (&reports, STREAM_TEXT METRIC_TEXT);
  world_ingest (world, 0, 100);
  g_assert_true (tide_writer_call (world->writer, break_schema, NULL, &error));
  world_set_workspace (world, REPORT_TEXT);
  world_set_time (world, at ("2026-05-05T09:00:00Z"));
  tide_scheduler_poke (world->scheduler, "orders");
  for (guint i = 0; i < 3; i++)
    tide_scheduler_look (world->scheduler);
  g_assert_false (tide_scheduler_wait (world->scheduler, "rollup:orders", NULL, &error));
  g_assert_nonnull (error);
}

/* With the thread: it waits until something is due, and begins it when it is woken; a wait ends when it is told to. */
static void
test_thread (void)
{
  g_auto (Reports) reports = { .hold = true };
  World *world = &reports.world;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  reports_start (&reports, REPORT_TEXT);
  tide_scheduler_start (world->scheduler);
  world_set_time (world, at ("2026-05-05T09:00:00Z"));
  tide_scheduler_poke (world->scheduler, "orders");
  reports_wait (&reports, 1);
  g_cancellable_cancel (cancellable);
  g_assert_false (tide_scheduler_wait (world->scheduler, "report:daily", cancellable, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED);
  tide_scheduler_stop (world->scheduler);
  assert_runs (world, "report:daily", "05-05T09:00 cancelled");
  g_clear_error (&error);
  g_assert_false (tide_scheduler_run (world->scheduler, "report:daily", &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/batch/run/report", test_report);
  g_test_add_func ("/batch/run/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/batch/run/retry", test_retry);
  g_test_add_func ("/batch/run/no-retry", test_no_retry);
  g_test_add_func ("/batch/run/retry-in-order", test_retry_in_order);
  g_test_add_func ("/batch/run/cancel", test_cancel);
  g_test_add_func ("/batch/run/gone", test_gone);
  g_test_add_func ("/batch/run/error-before-it-began", test_error_before_it_began);
  g_test_add_func ("/batch/run/database-unreadable", test_database_unreadable);
  g_test_add_func ("/batch/run/thread", test_thread);
  return g_test_run ();
}
