/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measurements by time: latencies by minute, use and freshness by hour. What is saved is added to the row that is there
 * (sketches merge, counts add up), so a bucket may be saved in as many parts as it takes. */
#include "store-measure.h"
#include "store-statement.h"

#include <math.h>

void
tide_latency_minute_free (TideLatencyMinute *minute)
{
  if (minute == NULL)
    return;
  g_free (minute->stream);
  tide_quantiles_clear (&minute->sketch);
  g_free (minute);
}

void
tide_use_hour_free (TideUseHour *use)
{
  if (use == NULL)
    return;
  g_free (use->activity);
  g_free (use->source);
  g_free (use->stream);
  g_free (use->metric);
  g_free (use);
}

void
tide_fresh_hour_free (TideFreshHour *hour)
{
  if (hour == NULL)
    return;
  g_free (hour->metric);
  g_free (hour);
}

static double
column_real (TideStmt *stmt, int column)
{
  return sqlite3_column_type (stmt, column) == SQLITE_NULL ? NAN : sqlite3_column_double (stmt, column);
}

/* --- latencies --- */

/* Adds what the row has to @sketch. */
static bool
add_stored (TideStmt *stmt, TideQuantiles *sketch, GError **error)
{
  bool row = false;
  if (!tide_db_step (stmt, &row, error))
    return false;
  if (!row)
    return true;
  TideQuantiles stored = { 0 };
  const guint8 *data = sqlite3_column_blob (stmt, 0);
  bool ok = tide_quantiles_read (&stored, data, (gsize) sqlite3_column_bytes (stmt, 0), error);
  if (ok)
    tide_quantiles_merge (sketch, &stored);
  tide_quantiles_clear (&stored);
  sqlite3_reset (stmt);
  return ok;
}

static bool
latency_write (sqlite3 *db, void *data, GError **error)
{
  GPtrArray *minutes = data;
  g_autoptr (TideStmt) find
    = tide_db_prepare (db, "SELECT sketch FROM latency WHERE stream=? AND stage=? AND minute=?", error);
  g_autoptr (TideStmt) put
    = find == NULL ? NULL
                   : tide_db_prepare (db, "INSERT OR REPLACE INTO latency (stream, stage, minute, events, p50_us, p95_us,"
                                          " p99_us, sketch) VALUES (?,?,?,?,?,?,?,?)", error);
  if (put == NULL)
    return false;
  for (guint i = 0; i < minutes->len; i++)
    {
      const TideLatencyMinute *minute = g_ptr_array_index (minutes, i);
      TideQuantiles all = { 0 };
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      tide_quantiles_merge (&all, &minute->sketch);
      tide_stmt_bind (find, "tii", minute->stream, (gint64) minute->stage, (gint64) minute->minute);
      bool ok = add_stored (find, &all, error);
      tide_quantiles_write (&all, bytes);
      tide_stmt_bind (put, "tiiidddb", minute->stream, (gint64) minute->stage, (gint64) minute->minute,
                      (gint64) all.count, tide_quantiles_get (&all, 0.5), tide_quantiles_get (&all, 0.95),
                      tide_quantiles_get (&all, 0.99), bytes->data, (gsize) bytes->len);
      tide_quantiles_clear (&all);
      if (!ok || !tide_db_run (put, error))
        return false;
    }
  return true;
}

/**
 * tide_latency_save:
 *
 * Errors: FULL, CANCELLED, CORRUPT. Thread: worker.
 */
bool
tide_latency_save (TideWriter *writer, GPtrArray *minutes, GError **error)
{
  return minutes->len == 0 || tide_writer_call (writer, latency_write, minutes, error);
}

GPtrArray *
tide_store_get_latency (TideReader *reader, const char *stream, int stage, TideTime from, TideTime to, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_latency_minute_free);
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    "SELECT minute, stream, stage, sketch FROM latency WHERE minute>=?1 AND minute<?2 AND (?3 IS NULL OR stream=?3)"
    " AND (?4<0 OR stage=?4) ORDER BY minute, stream, stage", error);
  bool row = true;
  if (stmt == NULL)
    return NULL;
  tide_stmt_bind (stmt, "iiti", (gint64) from, (gint64) to, stream, (gint64) stage);
  while (tide_db_step (stmt, &row, error))
    {
      if (!row)
        return g_steal_pointer (&list);
      TideLatencyMinute *minute = g_new0 (TideLatencyMinute, 1);
      g_ptr_array_add (list, minute);
      minute->minute = sqlite3_column_int64 (stmt, 0);
      minute->stream = tide_db_dup_text (stmt, 1);
      minute->stage = sqlite3_column_int (stmt, 2);
      if (!tide_quantiles_read (&minute->sketch, sqlite3_column_blob (stmt, 3),
                                (gsize) sqlite3_column_bytes (stmt, 3), error))
        return NULL;
    }
  return NULL;
}

/* --- use --- */

static bool
use_write (sqlite3 *db, void *data, GError **error)
{
  GPtrArray *hours = data;
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db,
    "INSERT INTO cost (hour, activity, source, stream, metric, cpu_ns, seconds, bytes, events, runs)"
    " VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET cpu_ns=cpu_ns+excluded.cpu_ns,"
    " seconds=seconds+excluded.seconds, bytes=bytes+excluded.bytes, events=events+excluded.events,"
    " runs=runs+excluded.runs", error);
  if (stmt == NULL)
    return false;
  for (guint i = 0; i < hours->len; i++)
    {
      const TideUseHour *use = g_ptr_array_index (hours, i);
      tide_stmt_bind (stmt, "ittttidiii", (gint64) use->hour, use->activity, use->source, use->stream, use->metric,
                      (gint64) use->cpu_ns, use->seconds, (gint64) use->bytes, (gint64) use->events,
                      (gint64) use->runs);
      if (!tide_db_run (stmt, error))
        return false;
    }
  return true;
}

/**
 * tide_use_save:
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_use_save (TideWriter *writer, GPtrArray *hours, GError **error)
{
  return hours->len == 0 || tide_writer_call (writer, use_write, hours, error);
}

static gpointer
use_from_row (TideStmt *stmt)
{
  TideUseHour *use = g_new0 (TideUseHour, 1);
  use->hour = sqlite3_column_int64 (stmt, 0);
  use->activity = tide_db_dup_text (stmt, 1);
  use->source = tide_db_dup_text (stmt, 2);
  use->stream = tide_db_dup_text (stmt, 3);
  use->metric = tide_db_dup_text (stmt, 4);
  use->cpu_ns = sqlite3_column_int64 (stmt, 5);
  use->seconds = column_real (stmt, 6);
  use->bytes = (guint64) sqlite3_column_int64 (stmt, 7);
  use->events = (guint64) sqlite3_column_int64 (stmt, 8);
  use->runs = (guint64) sqlite3_column_int64 (stmt, 9);
  return use;
}

GPtrArray *
tide_store_get_use (TideReader *reader, TideTime from, TideTime to, GError **error)
{
  TideStmt *stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    "SELECT hour, activity, source, stream, metric, cpu_ns, seconds, bytes, events, runs FROM cost"
    " WHERE hour>=? AND hour<? ORDER BY hour", error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "ii", (gint64) from, (gint64) to);
  return tide_stmt_collect (stmt, use_from_row, (GDestroyNotify) tide_use_hour_free, error);
}

/* --- freshness --- */

static bool
fresh_write (sqlite3 *db, void *data, GError **error)
{
  GPtrArray *hours = data;
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (db,
                       "INSERT INTO freshness (metric, hour, met_s, total_s) VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET"
                       " met_s=met_s+excluded.met_s, total_s=total_s+excluded.total_s", error);
  if (stmt == NULL)
    return false;
  for (guint i = 0; i < hours->len; i++)
    {
      const TideFreshHour *hour = g_ptr_array_index (hours, i);
      tide_stmt_bind (stmt, "tidd", hour->metric, (gint64) hour->hour, hour->met_s, hour->total_s);
      if (!tide_db_run (stmt, error))
        return false;
    }
  return true;
}

/**
 * tide_fresh_save:
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_fresh_save (TideWriter *writer, GPtrArray *hours, GError **error)
{
  return hours->len == 0 || tide_writer_call (writer, fresh_write, hours, error);
}

static gpointer
fresh_from_row (TideStmt *stmt)
{
  TideFreshHour *hour = g_new0 (TideFreshHour, 1);
  hour->hour = sqlite3_column_int64 (stmt, 0);
  hour->metric = tide_db_dup_text (stmt, 1);
  hour->met_s = column_real (stmt, 2);
  hour->total_s = column_real (stmt, 3);
  return hour;
}

GPtrArray *
tide_store_get_fresh (TideReader *reader, const char *metric, TideTime from, TideTime to, GError **error)
{
  TideStmt *stmt
    = tide_db_prepare (tide_reader_get_db (reader),
                       "SELECT hour, metric, met_s, total_s FROM freshness WHERE metric=? AND hour>=? AND hour<?"
                       " ORDER BY hour", error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "tii", metric, (gint64) from, (gint64) to);
  return tide_stmt_collect (stmt, fresh_from_row, (GDestroyNotify) tide_fresh_hour_free, error);
}
