/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters of the quality rules, by hour, so that days of any time zone can be made of them. What comes with events is
 * written with them (store-commit.c); here is the rest.
 * Limit: zones that are not whole hours from UTC get days that begin up to half an hour off. */
#include "store-quality.h"
#include "store-statement.h"

void
tide_quality_hour_free (TideQualityHour *hour)
{
  if (hour == NULL)
    return;
  g_free (hour->stream);
  g_free (hour->field);
  g_free (hour->rule);
  g_free (hour);
}

TideQualityHour *
tide_quality_hour_new (const char *stream, const char *field, const char *rule, TideTime time)
{
  TideQualityHour *hour = g_new0 (TideQualityHour, 1);
  hour->stream = g_strdup (stream);
  hour->field = g_strdup (field != NULL ? field : "");
  hour->rule = g_strdup (rule != NULL ? rule : "");
  hour->hour = time - time % TIDE_HOUR;
  return hour;
}

bool
tide_quality_write (TideStmt *add, GPtrArray *hours, GError **error)
{
  for (guint i = 0; i < hours->len; i++)
    {
      const TideQualityHour *hour = g_ptr_array_index (hours, i);
      tide_stmt_bind (add, "tittiiii", hour->stream, (gint64) hour->hour, hour->field, hour->rule, hour->events,
                      hour->failed, hour->warned, hour->repaired);
      if (!tide_db_run (add, error))
        return false;
    }
  return true;
}

static bool
save_hours (sqlite3 *db, void *data, GError **error)
{
  g_autoptr (TideStmt) add = tide_db_prepare (db, TIDE_QUALITY_ADD, error);
  return add != NULL && tide_quality_write (add, data, error);
}

/**
 * tide_quality_save:
 * @hours: (element-type TideQualityHour): added to what is there
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_quality_save (TideWriter *writer, GPtrArray *hours, GError **error)
{
  return hours->len == 0 || tide_writer_call (writer, save_hours, hours, error);
}

static bool
delete_hours (sqlite3 *db, void *data, GError **error)
{
  return tide_stmt_exec (db, error, "DELETE FROM quality_hour WHERE hour<?", "i", (gint64) *(TideTime *) data);
}

/**
 * tide_quality_retain:
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_quality_retain (TideWriter *writer, TideTime before, GError **error)
{
  return tide_writer_call (writer, delete_hours, &before, error);
}

static gpointer
hour_from_row (TideStmt *stmt)
{
  TideQualityHour *hour = g_new0 (TideQualityHour, 1);
  hour->stream = tide_db_dup_text (stmt, 0);
  hour->hour = sqlite3_column_int64 (stmt, 1);
  hour->field = tide_db_dup_text (stmt, 2);
  hour->rule = tide_db_dup_text (stmt, 3);
  hour->events = sqlite3_column_int64 (stmt, 4);
  hour->failed = sqlite3_column_int64 (stmt, 5);
  hour->warned = sqlite3_column_int64 (stmt, 6);
  hour->repaired = sqlite3_column_int64 (stmt, 7);
  return hour;
}

/**
 * tide_store_get_quality:
 * @from: start of an hour, µs UTC
 *
 * The row with neither field nor rule is of all events of its hour: events that came, quarantined ones as failed, stored
 * ones that broke a rule as warned, ones that were put right as repaired. A repair's row has the repair as rule.
 *
 * Errors: BUSY, CORRUPT. Thread: not main. Returns: (transfer full) (element-type TideQualityHour)
 */
GPtrArray *
tide_store_get_quality (TideReader *reader, const char *stream, TideTime from, TideTime to, GError **error)
{
  TideStmt *stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    "SELECT stream, hour, field, rule, events, failed, warned, repaired FROM quality_hour"
    " WHERE (?1 IS NULL OR stream=?1) AND hour>=?2 AND hour<?3 ORDER BY hour, stream, field, rule", error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "tii", stream, (gint64) from, (gint64) to);
  return tide_stmt_collect (stmt, hour_from_row, (GDestroyNotify) tide_quality_hour_free, error);
}
