/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A person's SQL through the virtual table against the same SQL on plain rows: five queries, and one whose time range
 * lets blocks be skipped (also against rows with an index on the time, which has no goal: an index costs every write). */
#include "bench-private.h"

#include <string.h>

static const char *const queries[] = {
  "SELECT count(*), sum(ms), max(ms) FROM events",
  "SELECT type, count(*), avg(amount) FROM events GROUP BY type ORDER BY type",
  "SELECT count(*) FROM events WHERE city = 'Berlin' AND ms > 400",
  "SELECT city, max(amount) FROM events WHERE type = 'refund' GROUP BY city ORDER BY city",
  "SELECT user, count(*) AS n FROM events GROUP BY user ORDER BY n DESC, user LIMIT 10",
};

static void
append_row (GString *text, sqlite3_stmt *stmt)
{
  for (int c = 0; c < sqlite3_column_count (stmt); c++)
    {
      g_string_append_c (text, c > 0 ? ' ' : '\n');
      if (sqlite3_column_type (stmt, c) == SQLITE_FLOAT)
        g_string_append_printf (text, "%.9g", sqlite3_column_double (stmt, c));
      else
        g_string_append (text, (const char *) sqlite3_column_text (stmt, c));
    }
}

static bool
run_own (TideStore *store, const char *query, GString *answer, int64_t *ret_cpu_us, GError **error)
{
  g_autoptr (TideSql) sql = tide_sql_open (store, error);
  TideSqlBounds bounds = { 0 };
  int64_t start = tide_bench_cpu_us ();
  bool row = true;

  if (sql == NULL || !tide_sql_prepare (sql, query, error))
    return false;
  while (row)
    {
      if (!tide_sql_step (sql, &bounds, NULL, &row, error))
        return false;
      if (row)
        append_row (answer, tide_sql_get_stmt (sql));
    }
  *ret_cpu_us = tide_bench_cpu_us () - start;
  return true;
}

static bool
run_rows (sqlite3 *db, const char *query, GString *answer, int64_t *ret_cpu_us, GError **error)
{
  sqlite3_stmt *stmt = NULL;
  int64_t start = tide_bench_cpu_us ();
  int code = sqlite3_prepare_v2 (db, query, -1, &stmt, NULL);

  while (code == SQLITE_OK || code == SQLITE_ROW)
    {
      code = sqlite3_step (stmt);
      if (code == SQLITE_ROW)
        append_row (answer, stmt);
    }
  *ret_cpu_us = tide_bench_cpu_us () - start;
  sqlite3_finalize (stmt);
  if (code == SQLITE_DONE)
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "plain rows: %s", sqlite3_errmsg (db));
  return false;
}

/* Runs @query both ways. */
static bool
compare (TideBenchArchive *archive, sqlite3 *db, const char *query, int64_t *ret_own_us, int64_t *ret_rows_us,
         GError **error)
{
  g_autoptr (GString) own = g_string_new (NULL), rows = g_string_new (NULL);

  return run_own (archive->store, query, own, ret_own_us, error) && run_rows (db, query, rows, ret_rows_us, error)
         && (strcmp (own->str, rows->str) == 0 || tide_bench_differs ("SQLite", own->str, rows->str, error));
}

static bool
run_five (TideBenchRun *run, sqlite3 *db, GError **error)
{
  double log_own = 0, log_rows = 0;

  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_autofree char *name = g_strdup_printf ("sql-%u", i + 1);
      int64_t own_us, rows_us;

      if (!compare (run->archive, db, queries[i], &own_us, &rows_us, error))
        return false;
      log_own += log ((double) MAX (own_us, 1) / 1e3) / G_N_ELEMENTS (queries);
      log_rows += log ((double) MAX (rows_us, 1) / 1e3) / G_N_ELEMENTS (queries);
      tide_bench_report (run, &(TideBenchRow){ .name = name,
                                               .value = (double) own_us / 1e3,
                                               .unit = "ms CPU",
                                               .peer = "SQLite on plain rows",
                                               .peer_value = (double) rows_us / 1e3 });
    }
  tide_bench_report (run, &(TideBenchRow){ .name = "sql-mean",
                                           .value = exp (log_own),
                                           .unit = "ms CPU",
                                           .peer = "SQLite on plain rows (geometric mean of five)",
                                           .peer_value = exp (log_rows),
                                           .goal = 1 });
  return true;
}

static bool
run_range (TideBenchRun *run, sqlite3 *db, const char *name, const char *peer, double goal, GError **error)
{
  TideDuration span = (TideDuration) run->archive->events * TIDE_BENCH_STEP;
  g_autofree char *query
      = g_strdup_printf ("SELECT type, count(*), sum(ms) FROM events WHERE ts >= %" G_GINT64_FORMAT
                         " AND ts < %" G_GINT64_FORMAT " GROUP BY type ORDER BY type",
                         tide_bench_time0 () + span / 2, tide_bench_time0 () + span / 2 + span / 50);
  int64_t own_us, rows_us;

  if (!compare (run->archive, db, query, &own_us, &rows_us, error))
    return false;
  tide_bench_report (run, &(TideBenchRow){ .name = name,
                                           .value = (double) own_us / 1e3,
                                           .unit = "ms CPU",
                                           .peer = peer,
                                           .peer_value = (double) rows_us / 1e3,
                                           .goal = goal });
  return true;
}

static bool
run (TideBenchRun *run, GError **error)
{
  g_autofree char *path = tide_bench_get_archive (run, error) != NULL ? tide_bench_get_rows (run, error) : NULL;
  sqlite3 *db = NULL;
  bool done;

  if (path == NULL)
    return false;
  done = sqlite3_open (path, &db) == SQLITE_OK && run_five (run, db, error)
         && run_range (run, db, "sql-range", "SQLite on plain rows", 0.2, error);
  if (done && sqlite3_exec (db, "CREATE INDEX events_ts ON events (ts)", NULL, NULL, NULL) == SQLITE_OK)
    done = run_range (run, db, "sql-range-indexed", "SQLite on rows with an index on the time", 0, error);
  sqlite3_exec (db, "DROP INDEX events_ts", NULL, NULL, NULL);
  sqlite3_close (db);
  return done;
}

const TideBench tide_bench_sql = { { "sql", "five queries through the virtual table, and a time range, against plain rows" },
                                   run };
