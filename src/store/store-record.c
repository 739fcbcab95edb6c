/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs and gaps: plain tables that any tool may read. Lists come newest first and bounded, since a workspace
 * gathers millions of them. Writing goes through the writer, one small transaction each. */
#include "store-record.h"
#include "store-statement.h"

#include <string.h>

/* --- runs --- */

static const char *const run_status_names[] = {
  [TIDE_RUN_RUNNING] = "running",     [TIDE_RUN_SUCCEEDED] = "succeeded", [TIDE_RUN_FAILED] = "failed",
  [TIDE_RUN_CANCELLED] = "cancelled", [TIDE_RUN_MISSED] = "missed",
};

const char *
tide_run_status_to_string (TideRunStatus status)
{
  g_assert ((guint) status < G_N_ELEMENTS (run_status_names));
  return run_status_names[status];
}

static TideRunStatus
run_status_parse (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (run_status_names); i++)
    if (g_strcmp0 (text, run_status_names[i]) == 0)
      return (TideRunStatus) i;
  return TIDE_RUN_FAILED;
}

void
tide_run_free (TideRun *run)
{
  if (run == NULL)
    return;
  g_free (run->name);
  g_free (run->error);
  g_free (run);
}

typedef struct
{
  const char *name;
  TideTime due, now;
  TideRunStatus status;
  gint64 id;
} RunStart;

static bool
run_insert (sqlite3 *db, void *data, GError **error)
{
  RunStart *start = data;
  if (!tide_stmt_exec (db, error, "INSERT INTO run (name, due, started, ended, status) VALUES (?,?,?,?,?)", "tTTTt",
                       start->name, start->due, start->now,
                       start->status == TIDE_RUN_RUNNING ? TIDE_TIME_NONE : start->now,
                       tide_run_status_to_string (start->status)))
    return false;
  start->id = sqlite3_last_insert_rowid (db);
  return true;
}

/**
 * tide_run_start:
 * @due: TIDE_TIME_NONE: by hand
 * @ret_id: (out): greater than that of any run before
 *
 * Errors: FULL, CANCELLED (the writer stopped). Thread: worker.
 */
bool
tide_run_start (TideWriter *writer, const char *name, TideTime due, TideTime now, gint64 *ret_id, GError **error)
{
  RunStart start = { .name = name, .due = due, .now = now, .status = TIDE_RUN_RUNNING };
  if (!tide_writer_call (writer, run_insert, &start, error))
    return false;
  *ret_id = start.id;
  return true;
}

typedef struct
{
  const char *name;
  const TideTime *due;
  guint n;
  TideTime now;
} RunsMissed;

static bool
runs_insert_missed (sqlite3 *db, void *data, GError **error)
{
  const RunsMissed *missed = data;
  for (guint i = 0; i < missed->n; i++)
    {
      RunStart start = { .name = missed->name, .due = missed->due[i], .now = missed->now, .status = TIDE_RUN_MISSED };
      if (!run_insert (db, &start, error))
        return false;
    }
  return true;
}

/**
 * tide_run_record_missed:
 * @due: (array length=n): ascending
 *
 * Runs that were due and are not made up for, so that the history shows them; in one transaction.
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_run_record_missed (TideWriter *writer, const char *name, const TideTime *due, guint n, TideTime now,
                        GError **error)
{
  RunsMissed missed = { .name = name, .due = due, .n = n, .now = now };
  return tide_writer_call (writer, runs_insert_missed, &missed, error);
}

typedef struct
{
  const char *name, *schedule;
  TideTime now, since;
} ScheduleKnown;

static bool
schedule_read (sqlite3 *db, const char *key, char **ret_value, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, "SELECT value FROM meta WHERE key=?", error);
  bool row = false;
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "t", key);
  if (!tide_db_step (stmt, &row, error))
    return false;
  *ret_value = row ? tide_db_dup_text (stmt, 0) : NULL;
  return true;
}

/* The value is the time, a blank, and the schedule's text. */
static bool
schedule_know (sqlite3 *db, void *data, GError **error)
{
  ScheduleKnown *known = data;
  g_autofree char *key = g_strconcat ("schedule ", known->name, NULL), *value = NULL;
  char *text = NULL;
  if (!schedule_read (db, key, &value, error))
    return false;
  gint64 since = value != NULL ? g_ascii_strtoll (value, &text, 10) : 0;
  if (known->schedule == NULL)
    return value == NULL || tide_stmt_exec (db, error, "DELETE FROM meta WHERE key=?", "t", key);
  if (value != NULL && *text == ' ' && strcmp (text + 1, known->schedule) == 0)
    {
      known->since = since;
      return true;
    }
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT " %s", (gint64) known->now, known->schedule);
  return tide_stmt_exec (db, error, "INSERT OR REPLACE INTO meta VALUES (?,?)", "tt", key, now);
}

/**
 * tide_run_know_schedule:
 * @name: of the job
 * @schedule: (nullable): its text; %NULL when it has none, or is switched off
 * @ret_since: (out): since when it has had this schedule without a break; @now when it is new
 *
 * What a job missed while the program was down is counted from here on, so that nothing is made up for from before it
 * was scheduled.
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_run_know_schedule (TideWriter *writer, const char *name, const char *schedule, TideTime now, TideTime *ret_since,
                        GError **error)
{
  ScheduleKnown known = { .name = name, .schedule = schedule, .now = now, .since = now };
  if (!tide_writer_call (writer, schedule_know, &known, error))
    return false;
  *ret_since = known.since;
  return true;
}

static bool
run_update (sqlite3 *db, void *data, GError **error)
{
  const TideRun *run = data;
  return tide_stmt_exec (db, error, "UPDATE run SET ended=?, status=?, cut=?, rows=?, cpu_us=?, error=? WHERE id=?",
                         "Ttiiiti", run->ended, tide_run_status_to_string (run->status), run->cut, run->rows,
                         (gint64) run->cpu_us, run->error, run->id);
}

/**
 * tide_run_finish:
 * @run: id, ended, status, cut, rows, cpu_us and error are written
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_run_finish (TideWriter *writer, const TideRun *run, GError **error)
{
  return tide_writer_call (writer, run_update, (void *) run, error);
}

static gpointer
run_from_row (TideStmt *stmt)
{
  TideRun *run = g_new0 (TideRun, 1);
  run->id = sqlite3_column_int64 (stmt, 0);
  run->name = tide_db_dup_text (stmt, 1);
  run->due = tide_stmt_time (stmt, 2);
  run->started = tide_stmt_time (stmt, 3);
  run->ended = tide_stmt_time (stmt, 4);
  run->status = run_status_parse ((const char *) sqlite3_column_text (stmt, 5));
  run->cut = sqlite3_column_int64 (stmt, 6);
  run->rows = sqlite3_column_int64 (stmt, 7);
  run->cpu_us = sqlite3_column_int64 (stmt, 8);
  run->error = tide_db_dup_text (stmt, 9);
  return run;
}

/**
 * tide_store_get_runs:
 * @name: (nullable): NULL: of all
 * @since: started at or after; TIDE_TIME_NONE: all
 *
 * Returns: (transfer full) (element-type TideRun): newest first
 *
 * Errors: BUSY, CORRUPT.
 */
GPtrArray *
tide_store_get_runs (TideReader *reader, const char *name, TideTime since, guint max, GError **error)
{
  TideStmt *stmt
    = tide_db_prepare (tide_reader_get_db (reader),
                       name != NULL
                         ? "SELECT id, name, due, started, ended, status, cut, rows, cpu_us, error FROM run"
                           " WHERE name=?1 AND started>=?2 ORDER BY id DESC LIMIT ?3"
                         : "SELECT id, name, due, started, ended, status, cut, rows, cpu_us, error FROM run"
                           " WHERE ?1 IS NULL AND started>=?2 ORDER BY id DESC LIMIT ?3",
                       error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "tii", name, since, (gint64) max);
  return tide_stmt_collect (stmt, run_from_row, (GDestroyNotify) tide_run_free, error);
}

/**
 * tide_store_get_last_due:
 *
 * Errors: BUSY, CORRUPT.
 */
bool
tide_store_get_last_due (TideReader *reader, const char *name, TideTime *ret_due, GError **error)
{
  return tide_stmt_get_int (tide_reader_get_db (reader), TIDE_TIME_NONE, ret_due, error,
                            "SELECT max(due) FROM run WHERE name=?", "t", name);
}

/* --- gaps --- */

typedef struct
{
  const char *source, *reason;
  TideTime now;
} Restart;

static bool
restart_source (sqlite3 *db, void *data, GError **error)
{
  const Restart *restart = data;
  return tide_stmt_exec (db, error,
                         "INSERT INTO gap (source, partition, \"from\", \"to\", time, reason)"
                         " SELECT source, partition, offset, offset, ?2, ?3 FROM position WHERE source=?1 AND offset>0",
                         "tit", restart->source, restart->now, restart->reason)
         && tide_stmt_exec (db, error, "UPDATE position SET offset=0, token=NULL WHERE source=?", "t", restart->source);
}

/**
 * tide_store_restart_source:
 * @reason: for a person, kept with the gap
 *
 * Errors: FULL, CANCELLED (the writer stopped). Thread: worker.
 */
bool
tide_store_restart_source (TideWriter *writer, const char *source, const char *reason, TideTime now, GError **error)
{
  Restart restart = { source, reason, now };
  return tide_writer_call (writer, restart_source, &restart, error);
}

static gpointer
gap_from_row (TideStmt *stmt)
{
  TideGap *gap = g_new0 (TideGap, 1);
  gap->source = tide_db_dup_text (stmt, 0);
  gap->partition = sqlite3_column_int (stmt, 1);
  gap->from = sqlite3_column_int64 (stmt, 2);
  gap->to = sqlite3_column_int64 (stmt, 3);
  gap->time = tide_stmt_time (stmt, 4);
  gap->reason = tide_db_dup_text (stmt, 5);
  return gap;
}

/**
 * tide_store_get_gaps:
 * @source: (nullable): NULL: of all
 *
 * Returns: (transfer full) (element-type TideGap): newest first
 *
 * Errors: BUSY, CORRUPT.
 */
GPtrArray *
tide_store_get_gaps (TideReader *reader, const char *source, TideTime since, guint max, GError **error)
{
  TideStmt *stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    "SELECT source, partition, \"from\", \"to\", time, reason FROM gap WHERE (?1 IS NULL OR source=?1) AND time>=?2"
    " ORDER BY id DESC LIMIT ?3",
    error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "tii", source, since, (gint64) max);
  return tide_stmt_collect (stmt, gap_from_row, (GDestroyNotify) tide_gap_free, error);
}
