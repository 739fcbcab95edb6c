/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Count and sum by minute and type over every stored event: a metric's fold over blocks, as a full roll-up does it,
 * against DuckDB on a file of its own with one thread, and against GROUP BY on plain rows of SQLite. */
#include "bench-private.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 3

static bool
fold (TideReader *reader, TideMetric *metric, TideGroups *groups, TidePanes *panes, GError **error)
{
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  g_autofree bool *columns = g_new0 (bool, TIDE_COLUMN_FIELD0 + metric->stream->n_fields);
  TideScanOptions options = { .stream = metric->stream, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX,
                              .columns = columns };
  g_autoptr (TideScan) scan = NULL;
  const TideBatch *batch = NULL;

  tide_plan_mark_columns (plan, columns);
  scan = tide_scan_new (reader, &options, error);
  if (scan == NULL)
    return false;
  for (;;)
    {
      if (!tide_scan_next (scan, &batch, error))
        return false;
      if (batch == NULL)
        return true;
      tide_panes_fold (panes, plan, groups, batch, 0, batch->n);
    }
}

static int
compare_lines (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* "minute type count cents", a line each, sorted as text. Takes @lines. */
static char *
join_sorted (GPtrArray *lines)
{
  g_autoptr (GPtrArray) owned = lines;

  if (lines->len > 0)
    qsort (lines->pdata, lines->len, sizeof *lines->pdata, compare_lines);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

static char *
answer (TideMetric *metric, const TideGroups *groups, const TidePanes *panes)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  const TideAggregate *aggregate = tide_aggregate_of (metric);
  guint n;
  g_autofree TidePaneState *states = tide_panes_list (panes, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);

  for (guint i = 0; i < n; i++)
    {
      const TideGroup *group = tide_groups_get (groups, states[i].group);
      TideValue value = aggregate->finish (aggregate, states[i].state, metric->scale, metric->stored_pane);

      g_ptr_array_add (lines, g_strdup_printf ("%ld %.*s %lu %ld", (long) (states[i].pane / TIDE_MINUTE),
                                               (int) group->values[0].len, group->values[0].data,
                                               (unsigned long) aggregate->count (states[i].state), (long) value.exact));
    }
  return join_sorted (lines);
}

static bool
run_own (TideBenchArchive *archive, int64_t *ret_cpu_us, char **ret_answer, GError **error)
{
  TideMetric *metric = tide_workspace_get_metric (archive->workspace, "amount");
  g_autoptr (TideReader) reader = tide_store_acquire_reader (archive->store, error);
  int64_t best = INT64_MAX;

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  for (int round = 0; round < ROUNDS; round++)
    {
      g_autoptr (TideGroups) groups = tide_groups_new (metric->n_by, metric->group_cap);
      g_autoptr (TidePanes) panes = tide_panes_new (metric, metric->stored_pane);
      int64_t start = tide_bench_cpu_us ();

      if (!fold (reader, metric, groups, panes, error))
        break;
      best = MIN (best, tide_bench_cpu_us () - start);
      if (round == ROUNDS - 1)
        *ret_answer = answer (metric, groups, panes);
    }
  tide_reader_end (reader);
  *ret_cpu_us = best;
  return *ret_answer != NULL;
}

static bool
run_duckdb (TideBenchRun *run, const char *own, int64_t *ret_cpu_us, GError **error)
{
  GError *failed = NULL;
  g_autofree char *file = tide_bench_get_duckdb (run, &failed), *script = NULL, *python = NULL, *other = NULL;
  g_auto (TideBenchRan) ran = { 0 };
  g_auto (GStrv) lines = NULL;
  GPtrArray *sorted;

  if (file == NULL)
    {
      if (failed != NULL)
        g_propagate_error (error, failed);
      return failed == NULL;
    }
  script = tide_bench_get_script ("duckdb_peer.py");
  python = tide_bench_get_python ("duckdb");
  const char *words[] = { python, "-c", script, "aggregate", file, NULL };
  if (!tide_bench_spawn (words, &ran, error))
    return false;
  *ret_cpu_us = g_ascii_strtoll (ran.output, NULL, 10);
  lines = g_strsplit (g_strchomp (ran.output), "\n", -1);
  sorted = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    g_ptr_array_add (sorted, g_strdup (lines[i]));
  other = join_sorted (sorted);
  return strcmp (own, other) == 0 || tide_bench_differs ("DuckDB", own, other, error);
}

static bool
run_rows (TideBenchRun *run, const char *own, int64_t *ret_cpu_us, GError **error)
{
  g_autofree char *path = tide_bench_get_rows (run, error), *other = NULL;
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  int64_t start = tide_bench_cpu_us ();

  if (path != NULL && sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK
      && sqlite3_prepare_v2 (db,
                             "SELECT ts / 60000000, type, count(*), sum(amount) FROM events GROUP BY 1, 2", -1, &stmt,
                             NULL) == SQLITE_OK)
    while (sqlite3_step (stmt) == SQLITE_ROW)
      g_ptr_array_add (lines, g_strdup_printf ("%ld %s %lu %ld", (long) sqlite3_column_int64 (stmt, 0),
                                               sqlite3_column_text (stmt, 1),
                                               (unsigned long) sqlite3_column_int64 (stmt, 2),
                                               lrint (sqlite3_column_double (stmt, 3) * 100)));
  *ret_cpu_us = tide_bench_cpu_us () - start;
  sqlite3_finalize (stmt);
  sqlite3_close (db);
  other = join_sorted (lines);
  return path != NULL && (strcmp (own, other) == 0 || tide_bench_differs ("SQLite", own, other, error));
}

static bool
run (TideBenchRun *run, GError **error)
{
  TideBenchArchive *archive = tide_bench_get_archive (run, error);
  g_autofree char *own = NULL;
  int64_t own_us, duckdb_us = 0, rows_us;
  double events;

  if (archive == NULL || !run_own (archive, &own_us, &own, error) || !run_duckdb (run, own, &duckdb_us, error)
      || !run_rows (run, own, &rows_us, error))
    return false;
  events = (double) archive->events;
  tide_bench_report (run, &(TideBenchRow){ .name = "aggregate-duckdb",
                                           .value = (double) own_us / 1e3,
                                           .unit = "ms CPU",
                                           .peer = duckdb_us > 0 ? "DuckDB, own file, one thread"
                                                                 : "DuckDB (missing: no Python with duckdb)",
                                           .peer_value = (double) duckdb_us / 1e3,
                                           .goal = 0.5 });
  tide_bench_report (run, &(TideBenchRow){ .name = "aggregate-rows",
                                           .value = events / (double) own_us,
                                           .unit = "M events/s",
                                           .peer = "SQLite GROUP BY on rows",
                                           .peer_value = events / (double) rows_us,
                                           .goal = 50 });
  return true;
}

const TideBench tide_bench_aggregate
    = { { "aggregate", "count and sum by minute and type over all events, against DuckDB and SQLite" }, run };
