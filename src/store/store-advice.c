/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Staleness errors of metrics, and the advice that was taken. A mark says up to where a metric's history was measured;
 * it moves in the transaction that adds what was measured, so a run that dies leaves nothing half counted. */
#include "store-measure.h"
#include "store-statement.h"

#include <math.h>

void
tide_staleness_bucket_free (TideStalenessBucket *bucket)
{
  if (bucket == NULL)
    return;
  g_free (bucket->metric);
  g_free (bucket->version);
  tide_quantiles_clear (&bucket->sketch);
  g_free (bucket);
}

void
tide_staleness_mark_free (TideStalenessMark *mark)
{
  if (mark == NULL)
    return;
  g_free (mark->metric);
  g_free (mark->version);
  g_free (mark);
}

void
tide_applied_advice_free (TideAppliedAdvice *advice)
{
  if (advice == NULL)
    return;
  g_free (advice->metric);
  g_free (advice);
}

static double
column_real (TideStmt *stmt, int column)
{
  return sqlite3_column_type (stmt, column) == SQLITE_NULL ? NAN : sqlite3_column_double (stmt, column);
}

typedef struct
{
  GPtrArray *buckets;
  const TideStalenessMark *mark;
  TideTime short_before, long_before;
} StalenessWrite;

/* Adds what is stored of the bucket to @bucket. */
static bool
add_stored (TideStmt *find, TideStalenessBucket *bucket, GError **error)
{
  bool row = false;
  tide_stmt_bind (find, "ttii", bucket->metric, bucket->version, (gint64) bucket->every, (gint64) bucket->bucket);
  if (!tide_db_step (find, &row, error))
    return false;
  if (!row)
    return true;
  TideQuantiles stored = { 0 };
  bool ok = tide_quantiles_read (&stored, sqlite3_column_blob (find, 2), (gsize) sqlite3_column_bytes (find, 2), error);
  if (ok)
    {
      bucket->windows += sqlite3_column_double (find, 0);
      bucket->sum += sqlite3_column_double (find, 1);
      tide_quantiles_merge (&bucket->sketch, &stored);
    }
  tide_quantiles_clear (&stored);
  sqlite3_reset (find);
  return ok;
}

static bool
write_buckets (sqlite3 *db, GPtrArray *buckets, GError **error)
{
  g_autoptr (TideStmt) find = tide_db_prepare (
    db, "SELECT windows, sum, sketch FROM staleness WHERE metric=? AND version=? AND every=? AND bucket=?", error);
  g_autoptr (TideStmt) put
    = find == NULL ? NULL
                   : tide_db_prepare (db, "INSERT OR REPLACE INTO staleness (metric, version, every, bucket, windows,"
                                          " samples, sum, p95, sketch) VALUES (?,?,?,?,?,?,?,?,?)", error);
  if (put == NULL)
    return false;
  for (guint i = 0; i < buckets->len; i++)
    {
      TideStalenessBucket *bucket = g_ptr_array_index (buckets, i);
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      if (!add_stored (find, bucket, error))
        return false;
      tide_quantiles_write (&bucket->sketch, bytes);
      tide_stmt_bind (put, "ttiididdb", bucket->metric, bucket->version, (gint64) bucket->every,
                      (gint64) bucket->bucket, bucket->windows, (gint64) bucket->sketch.count, bucket->sum,
                      tide_quantiles_get (&bucket->sketch, 0.95), bytes->data, (gsize) bytes->len);
      if (!tide_db_run (put, error))
        return false;
    }
  return true;
}

static bool
staleness_write (sqlite3 *db, void *data, GError **error)
{
  StalenessWrite *write = data;
  const TideStalenessMark *mark = write->mark;
  return write_buckets (db, write->buckets, error)
         && tide_stmt_exec (db, error,
                            "INSERT OR REPLACE INTO staleness_mark (metric, version, grain, upto, level, noise)"
                            " VALUES (?,?,?,?,?,?)", "ttiidd",
                            mark->metric, mark->version, (gint64) mark->grain, (gint64) mark->upto, mark->level,
                            mark->noise)
         && tide_stmt_exec (db, error, "DELETE FROM staleness WHERE metric=? AND (version<>? OR"
                            " bucket < CASE WHEN every < 3600000000 THEN ? ELSE ? END)", "ttii", mark->metric,
                            mark->version, (gint64) write->short_before, (gint64) write->long_before)
         && tide_stmt_exec (db, error, "DELETE FROM staleness_mark WHERE metric=? AND version<>?", "tt", mark->metric,
                            mark->version);
}

/**
 * tide_staleness_save:
 * @buckets: (element-type TideStalenessBucket): become what is stored
 *
 * Errors: FULL, CANCELLED, CORRUPT. Thread: worker.
 */
bool
tide_staleness_save (TideWriter *writer, GPtrArray *buckets, const TideStalenessMark *mark, TideTime short_before,
                     TideTime long_before, GError **error)
{
  StalenessWrite write = { buckets, mark, short_before, long_before };
  return tide_writer_call (writer, staleness_write, &write, error);
}

static TideStalenessBucket *
bucket_for (GPtrArray *list, const char *metric, const char *version, TideDuration every)
{
  TideStalenessBucket *last = list->len > 0 ? g_ptr_array_index (list, list->len - 1) : NULL;
  if (last != NULL && last->every == every)
    return last;
  last = g_new0 (TideStalenessBucket, 1);
  last->metric = g_strdup (metric);
  last->version = g_strdup (version);
  last->every = every;
  g_ptr_array_add (list, last);
  return last;
}

GPtrArray *
tide_store_get_staleness (TideReader *reader, const char *metric, const char *version, TideTime since, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_staleness_bucket_free);
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (tide_reader_get_db (reader),
                       "SELECT every, bucket, windows, sum, sketch FROM staleness WHERE metric=? AND version=?"
                       " AND bucket>=? ORDER BY every, bucket", error);
  bool row = true;
  if (stmt == NULL)
    return NULL;
  tide_stmt_bind (stmt, "tti", metric, version, (gint64) since);
  while (tide_db_step (stmt, &row, error))
    {
      if (!row)
        return g_steal_pointer (&list);
      TideStalenessBucket *bucket = bucket_for (list, metric, version, sqlite3_column_int64 (stmt, 0));
      TideQuantiles stored = { 0 };
      bucket->bucket = sqlite3_column_int64 (stmt, 1);
      bucket->windows += sqlite3_column_double (stmt, 2);
      bucket->sum += sqlite3_column_double (stmt, 3);
      if (!tide_quantiles_read (&stored, sqlite3_column_blob (stmt, 4), (gsize) sqlite3_column_bytes (stmt, 4), error))
        return NULL;
      tide_quantiles_merge (&bucket->sketch, &stored);
      tide_quantiles_clear (&stored);
    }
  return NULL;
}

TideStalenessMark *
tide_store_get_staleness_mark (TideReader *reader, const char *metric, const char *version, TideDuration grain,
                               GError **error)
{
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (tide_reader_get_db (reader),
                       "SELECT upto, level, noise FROM staleness_mark WHERE metric=? AND version=? AND grain=?", error);
  bool row = false;
  if (stmt == NULL)
    return NULL;
  tide_stmt_bind (stmt, "tti", metric, version, (gint64) grain);
  if (!tide_db_step (stmt, &row, error) || !row)
    return NULL;
  TideStalenessMark *mark = g_new0 (TideStalenessMark, 1);
  mark->metric = g_strdup (metric);
  mark->version = g_strdup (version);
  mark->grain = grain;
  mark->upto = sqlite3_column_int64 (stmt, 0);
  mark->level = column_real (stmt, 1);
  mark->noise = column_real (stmt, 2);
  return mark;
}

/* --- advice that was taken --- */

static bool
advice_insert (sqlite3 *db, void *data, GError **error)
{
  const TideAppliedAdvice *advice = data;
  return tide_stmt_exec (db, error, "UPDATE advice SET until=? WHERE metric=? AND until IS NULL", "it",
                         (gint64) advice->applied, advice->metric)
         && tide_stmt_exec (db, error,
                            "INSERT INTO advice (metric, applied, from_every, every, predicted_error,"
                            " predicted_usd_per_h, before_usd_per_h) VALUES (?,?,?,?,?,?,?)", "tiiiddd",
                            advice->metric, (gint64) advice->applied, (gint64) advice->from_every,
                            (gint64) advice->every, advice->predicted_error, advice->predicted_usd_per_h,
                            advice->before_usd_per_h);
}

/**
 * tide_advice_record:
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_advice_record (TideWriter *writer, const TideAppliedAdvice *advice, GError **error)
{
  return tide_writer_call (writer, advice_insert, (void *) advice, error);
}

static bool
advice_update (sqlite3 *db, void *data, GError **error)
{
  const TideAppliedAdvice *advice = data;
  return tide_stmt_exec (db, error, "UPDATE advice SET realised_error=?, realised_usd_per_h=?, measured=? WHERE id=?",
                         "ddTi", advice->realised_error, advice->realised_usd_per_h, advice->measured, advice->id);
}

bool
tide_advice_measure (TideWriter *writer, const TideAppliedAdvice *advice, GError **error)
{
  return tide_writer_call (writer, advice_update, (void *) advice, error);
}

static gpointer
advice_from_row (TideStmt *stmt)
{
  TideAppliedAdvice *advice = g_new0 (TideAppliedAdvice, 1);
  advice->id = sqlite3_column_int64 (stmt, 0);
  advice->metric = tide_db_dup_text (stmt, 1);
  advice->applied = sqlite3_column_int64 (stmt, 2);
  advice->until = tide_stmt_time (stmt, 3);
  advice->from_every = sqlite3_column_int64 (stmt, 4);
  advice->every = sqlite3_column_int64 (stmt, 5);
  advice->predicted_error = column_real (stmt, 6);
  advice->predicted_usd_per_h = column_real (stmt, 7);
  advice->before_usd_per_h = column_real (stmt, 8);
  advice->realised_error = column_real (stmt, 9);
  advice->realised_usd_per_h = column_real (stmt, 10);
  advice->measured = tide_stmt_time (stmt, 11);
  return advice;
}

GPtrArray *
tide_store_get_applied_advice (TideReader *reader, const char *metric, guint max, GError **error)
{
  TideStmt *stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    "SELECT id, metric, applied, until, from_every, every, predicted_error, predicted_usd_per_h, before_usd_per_h,"
    " realised_error, realised_usd_per_h, measured FROM advice WHERE ?1 IS NULL OR metric=?1 ORDER BY id DESC LIMIT ?2",
    error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "ti", metric, (gint64) max);
  return tide_stmt_collect (stmt, advice_from_row, (GDestroyNotify) tide_applied_advice_free, error);
}
