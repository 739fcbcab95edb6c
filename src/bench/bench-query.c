/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The merged query over a year of one-minute panes in 100 groups, by days, and its last hour by minutes; beside SQLite
 * over plain rows of the same events, which must say the same. */
#include "bench-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define EVENTS 10000000
#define GROUPS 100
#define YEAR (365 * TIDE_DAY)
#define BATCH_EVENTS 4096
#define ROUNDS 5

static const char conf[] = "[workspace]\nversion=1\nname=Benchmark\n\n[stream readings]\nformat=json\ntime=ts\n\n"
                           "[field readings.ts]\ntype=time\n\n[field readings.site]\ntype=text\n\n"
                           "[field readings.load]\ntype=int\n\n"
                           "[metric load]\nstream=readings\naggregate=sum(load)\nby=site\nevery=1min\n";

typedef struct
{
  TideStore *store;
  TideWriter *writer;
  TideWorkspace *workspace;
  uint64_t events;
  TideTime start;
} Year;

static TideTime
time_of (const Year *year, uint64_t i)
{
  return year->start + (TideTime) ((double) i / (double) year->events * (double) YEAR);
}

static guint
site_of (uint64_t i)
{
  return (guint) (tide_bench_mix (i, 7) % GROUPS);
}

static int64_t
load_of (uint64_t i)
{
  return (int64_t) (tide_bench_mix (i, 8) % 1000);
}

static bool
push_batch (Year *year, TideBatchBuilder *builder, uint64_t next, GError **error)
{
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  TidePosition position = { .partition = 0, .offset = (int64_t) next };
  TideDelivery delivery = { .source = "bench", .batch = batch, .positions = &position, .n_positions = 1 };

  return batch == NULL || tide_writer_push (year->writer, &delivery, NULL, error);
}

static bool
fill (Year *year, GError **error)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (tide_workspace_get_stream (year->workspace, "readings"));

  for (uint64_t i = 0; i < year->events; i++)
    {
      char site[8];
      int len = g_snprintf (site, sizeof site, "s%02u", site_of (i));

      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, time_of (year, i));
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, time_of (year, i));
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, time_of (year, i));
      tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0 + 1, site, (gsize) len);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 2, load_of (i));
      tide_batch_builder_end_row (builder, 0);
      if (tide_batch_builder_get_n (builder) == BATCH_EVENTS && !push_batch (year, builder, i + 1, error))
        return false;
    }
  return push_batch (year, builder, year->events, error) && tide_writer_flush (year->writer, error)
         && tide_writer_seal (year->writer, error);
}

/* All but the last hundredth is rolled up: the rest is the speed part. */
static bool
roll_up (Year *year, GError **error)
{
  TideRunContext context = { 0 };
  TideRun run = { .name = (char *) "rollup:readings" };

  return tide_run_start (year->writer, run.name, TIDE_TIME_NONE, tide_clock_now (&tide_clock_system), &run.id, error)
         && tide_rollup_run (year->store, year->writer, year->workspace, "readings",
                             (TideSeq) (year->events - year->events / 100), &context, &run, error);
}

static int64_t
total_of (const TideRows *rows)
{
  int64_t total = 0;

  for (guint i = 0; i < rows->n; i++)
    total += (int64_t) rows->rows[i].value.exact;
  return total;
}

static bool
time_query (Year *year, const TideQuery *query, double *ret_first_ms, double *ret_ms, char **ret_answer, GError **error)
{
  g_autoptr (TideServing) serving = tide_serving_new (year->store, year->workspace, NULL);

  *ret_ms = INFINITY;
  for (int round = 0; round < ROUNDS; round++)
    {
      int64_t start = tide_bench_cpu_us ();
      g_autoptr (TideRows) rows = tide_serving_query (serving, query, NULL, error);
      double ms = (double) (tide_bench_cpu_us () - start) / 1e3;

      if (rows == NULL)
        return false;
      if (round == 0)
        *ret_first_ms = ms;
      else
        *ret_ms = MIN (*ret_ms, ms);
      g_free (*ret_answer);
      *ret_answer = g_strdup_printf ("%u %" G_GINT64_FORMAT, rows->n, (gint64) total_of (rows));
    }
  return true;
}

static sqlite3 *
make_rows (Year *year, const char *path)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;

  sqlite3_open (path, &db);
  sqlite3_exec (db, "PRAGMA journal_mode=OFF; BEGIN; CREATE TABLE readings (ts INTEGER, site TEXT, load INTEGER)", NULL,
                NULL, NULL);
  sqlite3_prepare_v2 (db, "INSERT INTO readings VALUES (?,?,?)", -1, &stmt, NULL);
  for (uint64_t i = 0; i < year->events; i++)
    {
      char site[8];
      int len = g_snprintf (site, sizeof site, "s%02u", site_of (i));

      sqlite3_bind_int64 (stmt, 1, time_of (year, i));
      sqlite3_bind_text (stmt, 2, site, len, SQLITE_STATIC);
      sqlite3_bind_int64 (stmt, 3, load_of (i));
      sqlite3_step (stmt);
      sqlite3_reset (stmt);
    }
  sqlite3_finalize (stmt);
  sqlite3_exec (db, "COMMIT; CREATE INDEX readings_ts ON readings (ts)", NULL, NULL, NULL);
  return db;
}

static bool
compare (TideBenchRun *run, Year *year, sqlite3 *db, const char *name, const TideQuery *query, double goal,
         GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "SELECT count(*) || ' ' || sum(v) FROM (SELECT sum(load) AS v FROM readings WHERE ts >= %" G_GINT64_FORMAT
      " AND ts < %" G_GINT64_FORMAT " GROUP BY ts / %" G_GINT64_FORMAT ", site)",
      query->from, query->to, (gint64) tide_period_length (query->every));
  g_autofree char *own = NULL, *other = NULL, *first_name = g_strconcat (name, "-first", NULL);
  sqlite3_stmt *stmt = NULL;
  double first_ms, ms, peer_ms;
  int64_t start;

  if (!time_query (year, query, &first_ms, &ms, &own, error))
    return false;
  start = tide_bench_cpu_us ();
  if (sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step (stmt) == SQLITE_ROW)
    other = g_strdup ((const char *) sqlite3_column_text (stmt, 0));
  sqlite3_finalize (stmt);
  peer_ms = (double) (tide_bench_cpu_us () - start) / 1e3;
  if (other == NULL || strcmp (own, other) != 0)
    return tide_bench_differs ("SQLite", own, other != NULL ? other : "", error);
  tide_bench_report (run, &(TideBenchRow){ .name = name, .value = ms, .unit = "ms CPU",
                                           .peer = "SQLite on rows with an index on the time", .peer_value = peer_ms,
                                           .goal = goal, .goal_of_value = true });
  tide_bench_report (run, &(TideBenchRow){ .name = first_name, .value = first_ms, .unit = "ms CPU", .peer_value = NAN });
  return true;
}

static bool
run_queries (TideBenchRun *run, Year *year, GError **error)
{
  g_autofree char *path = g_build_filename (run->dir, "readings.db", NULL);
  TideQuery query = { .metric = tide_workspace_get_metric (year->workspace, "load"), .view = TIDE_VIEW_MERGED,
                      .from = year->start, .to = year->start + YEAR, .every = { TIDE_PERIOD_DAYS, 1 } };
  sqlite3 *db = make_rows (year, path);
  bool done;

  done = compare (run, year, db, "query-year-by-day", &query, 50, error);
  query.from = query.to - TIDE_HOUR;
  query.every = (TidePeriod){ TIDE_PERIOD_FIXED, TIDE_MINUTE };
  done = done && compare (run, year, db, "query-last-hour", &query, 10, error);
  sqlite3_close (db);
  g_unlink (path);
  return done;
}

static bool
run (TideBenchRun *run, GError **error)
{
  g_autofree char *dir = g_build_filename (run->dir, "year", NULL);
  Year year = { .events = tide_bench_get_events (run, EVENTS), .start = tide_bench_time0 () - YEAR };
  bool done;

  g_mkdir (dir, 0700);
  year.workspace = tide_workspace_parse (NULL, conf, tide_pipeline_catalog (), NULL);
  year.store = tide_store_open (dir, TIDE_STORE_WRITE, error);
  year.writer = year.store != NULL ? tide_writer_new (year.store, NULL, error) : NULL;
  done = year.writer != NULL && fill (&year, error) && roll_up (&year, error) && run_queries (run, &year, error);
  if (year.writer != NULL)
    tide_writer_stop (year.writer);
  tide_writer_free (year.writer);
  tide_store_unref (year.store);
  tide_workspace_unref (year.workspace);
  return done;
}

const TideBench tide_bench_query = { { "query", "merged: a year of minutes in 100 groups by days, and the last hour" }, run };
