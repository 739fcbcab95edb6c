/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of alerts. Rows exist only for what is not normal, so a thousand quiet rules cost nothing; what happened is
 * kept to EVENTS_MAX changes, the oldest go first. Everything is written on the writer's thread: it comes after the
 * events that were pushed before, so a state never knows of events that are not stored. */
#include "store-alert.h"
#include "store-statement.h"

#include <math.h>

#define EVENTS_MAX 200000
#define DELIVERIES_MAX 10000

static const char *const state_names[] = { "normal", "pending", "firing", "no data", "error" };

const char *
tide_alert_state_to_string (TideAlertState state)
{
  g_assert ((guint) state < G_N_ELEMENTS (state_names));
  return state_names[state];
}

static TideAlertState
state_parse (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (text, state_names[i]) == 0)
      return (TideAlertState) i;
  return TIDE_ALERT_NORMAL;
}

void
tide_alert_record_free (TideAlertRecord *record)
{
  if (record == NULL)
    return;
  g_free (record->rule);
  g_free (record->group);
  g_free (record);
}

void
tide_alert_event_free (TideAlertEvent *event)
{
  if (event == NULL)
    return;
  g_free (event->rule);
  g_free (event->group);
  g_free (event->reason);
  g_free (event);
}

void
tide_alert_progress_free (TideAlertProgress *progress)
{
  if (progress == NULL)
    return;
  g_free (progress->rule);
  g_free (progress);
}

void
tide_silence_free (TideSilence *silence)
{
  if (silence == NULL)
    return;
  g_free (silence->rule);
  g_free (silence->pattern);
  g_free (silence->reason);
  g_free (silence);
}

void
tide_alert_delivery_free (TideAlertDelivery *delivery)
{
  if (delivery == NULL)
    return;
  g_free (delivery->route);
  g_free (delivery->body);
  g_free (delivery->status);
  g_free (delivery->answer);
  g_free (delivery);
}

/* --- writing --- */

static bool
write_records (sqlite3 *db, const GPtrArray *records, GError **error)
{
  g_autoptr (TideStmt) put = tide_db_prepare (
    db, "INSERT OR REPLACE INTO alert_state (rule, \"group\", state, since, pending, clearing, fired, acknowledged, value,"
        " missing, notified) VALUES (?,?,?,?,?,?,?,?,?,?,?)", error);
  g_autoptr (TideStmt) drop
    = put == NULL ? NULL : tide_db_prepare (db, "DELETE FROM alert_state WHERE rule=? AND \"group\"=?", error);
  if (drop == NULL)
    return false;
  for (guint i = 0; i < records->len; i++)
    {
      const TideAlertRecord *record = g_ptr_array_index (records, i);
      /* One that is normal, but whose end nobody was told of yet, is still needed. */
      bool gone = record->state == TIDE_ALERT_NORMAL && !record->notified;
      if (gone)
        tide_stmt_bind (drop, "tt", record->rule, record->group);
      else
        tide_stmt_bind (put, "tttTTTTTdii", record->rule, record->group, tide_alert_state_to_string (record->state),
                        record->since, record->pending, record->clearing, record->fired, record->acknowledged,
                        record->value, (gint64) record->missing, (gint64) record->notified);
      if (!tide_db_run (gone ? drop : put, error))
        return false;
    }
  return true;
}

static bool
write_events (sqlite3 *db, const GPtrArray *events, GError **error)
{
  g_autoptr (TideStmt) put = tide_db_prepare (
    db, "INSERT INTO alert_event (rule, \"group\", state, time, recorded, value, reason, late) VALUES (?,?,?,?,?,?,?,?)",
    error);
  if (put == NULL)
    return false;
  for (guint i = 0; i < events->len; i++)
    {
      TideAlertEvent *event = g_ptr_array_index (events, i);
      tide_stmt_bind (put, "tttTTdti", event->rule, event->group, tide_alert_state_to_string (event->state), event->time,
                      event->recorded, event->value, event->reason, (gint64) event->late);
      if (!tide_db_run (put, error))
        return false;
      event->id = sqlite3_last_insert_rowid (db);
    }
  return events->len == 0
         || tide_stmt_exec (db, error, "DELETE FROM alert_event WHERE id <= (SELECT max(id) FROM alert_event) - ?", "i",
                            (gint64) EVENTS_MAX);
}

static bool
write_progress (sqlite3 *db, const GPtrArray *list, GError **error)
{
  for (guint i = 0; i < list->len; i++)
    {
      const TideAlertProgress *progress = g_ptr_array_index (list, i);
      if (!tide_stmt_exec (db, error, "INSERT OR REPLACE INTO alert_rule (rule, version, until) VALUES (?,?,?)", "ttT",
                           progress->rule, progress->version, progress->until))
        return false;
    }
  return true;
}

static bool
write_deliveries (sqlite3 *db, const GPtrArray *deliveries, GError **error)
{
  for (guint i = 0; i < deliveries->len; i++)
    {
      TideAlertDelivery *delivery = g_ptr_array_index (deliveries, i);
      bool is_new = delivery->id == 0;
      if (!tide_stmt_exec (db, error,
                           "INSERT OR REPLACE INTO alert_delivery (id, route, created, body, attempts, next, status, answer)"
                           " VALUES (nullif (?, 0),?,?,?,?,?,?,?)",
                           "itTtiTtt", delivery->id, delivery->route, delivery->created, delivery->body,
                           (gint64) delivery->attempts, delivery->next, delivery->status, delivery->answer))
        return false;
      if (is_new)
        delivery->id = sqlite3_last_insert_rowid (db);
    }
  return tide_stmt_exec (db, error, "DELETE FROM alert_delivery WHERE status<>'due' AND id <= (SELECT max(id) FROM alert_delivery) - ?",
                         "i", (gint64) DELIVERIES_MAX);
}

static bool
write_all (sqlite3 *db, void *data, GError **error)
{
  const TideAlertWrite *write = data;
  return (write->records == NULL || write_records (db, write->records, error))
         && (write->events == NULL || write_events (db, write->events, error))
         && (write->progress == NULL || write_progress (db, write->progress, error))
         && (write->deliveries == NULL || write_deliveries (db, write->deliveries, error));
}

bool
tide_alert_write (TideWriter *writer, const TideAlertWrite *write, GError **error)
{
  return tide_writer_call (writer, write_all, (void *) write, error);
}

static bool
forget (sqlite3 *db, void *data, GError **error)
{
  return tide_stmt_exec (db, error, "DELETE FROM alert_state WHERE rule=?", "t", data)
         && tide_stmt_exec (db, error, "DELETE FROM alert_rule WHERE rule=?", "t", data);
}

bool
tide_alert_forget (TideWriter *writer, const char *rule, GError **error)
{
  return tide_writer_call (writer, forget, (void *) rule, error);
}

static bool
add_silence (sqlite3 *db, void *data, GError **error)
{
  TideSilence *silence = data;
  if (!tide_stmt_exec (db, error, "INSERT INTO alert_silence (rule, pattern, until, created, reason) VALUES (?,?,?,?,?)",
                       "ttTTt", silence->rule, silence->pattern, silence->until, silence->created, silence->reason))
    return false;
  silence->id = sqlite3_last_insert_rowid (db);
  return true;
}

bool
tide_silence_add (TideWriter *writer, TideSilence *silence, GError **error)
{
  return tide_writer_call (writer, add_silence, silence, error);
}

typedef struct
{
  gint64 id;
  TideTime now;
} EndSilence;

static bool
end_silence (sqlite3 *db, void *data, GError **error)
{
  const EndSilence *end = data;
  return tide_stmt_exec (db, error, "UPDATE alert_silence SET until=min(until, ?) WHERE id=?", "Ti", end->now, end->id);
}

bool
tide_silence_end (TideWriter *writer, gint64 id, TideTime now, GError **error)
{
  EndSilence end = { id, now };
  return tide_writer_call (writer, end_silence, &end, error);
}

/* --- reading --- */

static double
column_real (TideStmt *stmt, int column)
{
  return sqlite3_column_type (stmt, column) == SQLITE_NULL ? NAN : sqlite3_column_double (stmt, column);
}

static gpointer
record_from_row (TideStmt *stmt)
{
  TideAlertRecord *record = g_new0 (TideAlertRecord, 1);
  record->rule = tide_db_dup_text (stmt, 0);
  record->group = tide_db_dup_text (stmt, 1);
  record->state = state_parse ((const char *) sqlite3_column_text (stmt, 2));
  record->since = tide_stmt_time (stmt, 3);
  record->pending = tide_stmt_time (stmt, 4);
  record->clearing = tide_stmt_time (stmt, 5);
  record->fired = tide_stmt_time (stmt, 6);
  record->acknowledged = tide_stmt_time (stmt, 7);
  record->value = column_real (stmt, 8);
  record->missing = sqlite3_column_int (stmt, 9) != 0;
  record->notified = sqlite3_column_int (stmt, 10) != 0;
  return record;
}

GPtrArray *
tide_store_get_alert_records (TideReader *reader, GError **error)
{
  return tide_stmt_collect (tide_db_prepare (tide_reader_get_db (reader),
                                   "SELECT rule, \"group\", state, since, pending, clearing, fired, acknowledged, value,"
                                   " missing, notified FROM alert_state", error),
                  record_from_row, (GDestroyNotify) tide_alert_record_free, error);
}

static gpointer
progress_from_row (TideStmt *stmt)
{
  TideAlertProgress *progress = g_new0 (TideAlertProgress, 1);
  progress->rule = tide_db_dup_text (stmt, 0);
  g_strlcpy (progress->version, (const char *) sqlite3_column_text (stmt, 1), sizeof progress->version);
  progress->until = tide_stmt_time (stmt, 2);
  return progress;
}

GPtrArray *
tide_store_get_alert_progress (TideReader *reader, GError **error)
{
  return tide_stmt_collect (tide_db_prepare (tide_reader_get_db (reader), "SELECT rule, version, until FROM alert_rule", error),
                  progress_from_row, (GDestroyNotify) tide_alert_progress_free, error);
}

static gpointer
event_from_row (TideStmt *stmt)
{
  TideAlertEvent *event = g_new0 (TideAlertEvent, 1);
  event->id = sqlite3_column_int64 (stmt, 0);
  event->rule = tide_db_dup_text (stmt, 1);
  event->group = sqlite3_column_type (stmt, 2) == SQLITE_NULL ? g_strdup ("") : tide_db_dup_text (stmt, 2);
  event->state = state_parse ((const char *) sqlite3_column_text (stmt, 3));
  event->time = tide_stmt_time (stmt, 4);
  event->recorded = tide_stmt_time (stmt, 5);
  event->value = column_real (stmt, 6);
  event->reason = tide_db_dup_text (stmt, 7);
  event->late = sqlite3_column_int (stmt, 8) != 0;
  return event;
}

GPtrArray *
tide_store_get_alert_events (TideReader *reader, const char *rule, TideTime since, guint max, GError **error)
{
  TideStmt *stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    rule != NULL ? "SELECT id, rule, \"group\", state, time, recorded, value, reason, late FROM alert_event"
                   " WHERE rule=?1 AND time>=?2 ORDER BY id DESC LIMIT ?3"
                 : "SELECT id, rule, \"group\", state, time, recorded, value, reason, late FROM alert_event"
                   " WHERE ?1 IS NULL AND time>=?2 ORDER BY id DESC LIMIT ?3",
    error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "tii", rule, since, (gint64) max);
  return tide_stmt_collect (stmt, event_from_row, (GDestroyNotify) tide_alert_event_free, error);
}

static gpointer
silence_from_row (TideStmt *stmt)
{
  TideSilence *silence = g_new0 (TideSilence, 1);
  silence->id = sqlite3_column_int64 (stmt, 0);
  silence->rule = tide_db_dup_text (stmt, 1);
  silence->pattern = tide_db_dup_text (stmt, 2);
  silence->until = tide_stmt_time (stmt, 3);
  silence->created = tide_stmt_time (stmt, 4);
  silence->reason = tide_db_dup_text (stmt, 5);
  return silence;
}

GPtrArray *
tide_store_get_silences (TideReader *reader, TideTime now, GError **error)
{
  TideStmt *stmt = tide_db_prepare (tide_reader_get_db (reader),
                                    "SELECT id, rule, pattern, until, created, reason FROM alert_silence WHERE until>?"
                                    " ORDER BY id", error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "T", now);
  return tide_stmt_collect (stmt, silence_from_row, (GDestroyNotify) tide_silence_free, error);
}

static gpointer
delivery_from_row (TideStmt *stmt)
{
  TideAlertDelivery *delivery = g_new0 (TideAlertDelivery, 1);
  delivery->id = sqlite3_column_int64 (stmt, 0);
  delivery->route = tide_db_dup_text (stmt, 1);
  delivery->created = tide_stmt_time (stmt, 2);
  delivery->body = tide_db_dup_text (stmt, 3);
  delivery->attempts = (guint) sqlite3_column_int (stmt, 4);
  delivery->next = tide_stmt_time (stmt, 5);
  delivery->status = tide_db_dup_text (stmt, 6);
  delivery->answer = tide_db_dup_text (stmt, 7);
  return delivery;
}

GPtrArray *
tide_store_get_alert_deliveries (TideReader *reader, const char *route, guint max, GError **error)
{
  TideStmt *stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    route != NULL ? "SELECT id, route, created, body, attempts, next, status, answer FROM alert_delivery"
                    " WHERE route=?1 ORDER BY id DESC LIMIT ?2"
                  : "SELECT id, route, created, body, attempts, next, status, answer FROM alert_delivery"
                    " WHERE ?1 IS NULL AND status='due' ORDER BY id LIMIT ?2",
    error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "ti", route, (gint64) max);
  return tide_stmt_collect (stmt, delivery_from_row, (GDestroyNotify) tide_alert_delivery_free, error);
}

/* --- the seasonal baseline --- */

void
tide_baseline_row_clear (TideBaselineRow *row)
{
  g_clear_pointer (&row->group, g_free);
}

typedef struct
{
  const TideMetric *metric;
  GArray *rows;
  guint days;
  TideTime now;
} BaselineWrite;

static bool
write_baseline (sqlite3 *db, void *data, GError **error)
{
  const BaselineWrite *write = data;
  if (!tide_stmt_exec (db, error, "DELETE FROM baseline WHERE metric=?", "t", write->metric->name)
      || !tide_stmt_exec (db, error, "INSERT OR REPLACE INTO baseline_metric (metric, version, days, made) VALUES (?,?,?,?)",
                          "ttiT", write->metric->name, write->metric->version, (gint64) write->days, write->now))
    return false;
  g_autoptr (TideStmt) put = tide_db_prepare (
    db, "INSERT OR REPLACE INTO baseline (metric, \"group\", hour, median, mad, weeks) VALUES (?,?,?,?,?,?)", error);
  for (guint i = 0; put != NULL && i < write->rows->len; i++)
    {
      const TideBaselineRow *row = &g_array_index (write->rows, TideBaselineRow, i);
      tide_stmt_bind (put, "ttiddi", write->metric->name, row->group, (gint64) row->hour, row->median, row->mad,
                      (gint64) row->weeks);
      if (!tide_db_run (put, error))
        return false;
    }
  return put != NULL;
}

bool
tide_baseline_write (TideWriter *writer, const TideMetric *metric, GArray *rows, guint days, TideTime now, GError **error)
{
  BaselineWrite write = { metric, rows, days, now };
  return tide_writer_call (writer, write_baseline, &write, error);
}

bool
tide_store_get_baseline_made (TideReader *reader, const TideMetric *metric, guint *ret_days, TideTime *ret_made, GError **error)
{
  sqlite3 *db = tide_reader_get_db (reader);
  g_autoptr (TideStmt) head = tide_db_prepare (db, "SELECT days, made FROM baseline_metric WHERE metric=? AND version=?", error);
  bool row = false;
  *ret_days = 0;
  *ret_made = TIDE_TIME_NONE;
  if (head == NULL)
    return false;
  tide_stmt_bind (head, "tt", metric->name, metric->version);
  if (!tide_db_step (head, &row, error))
    return false;
  if (row)
    {
      *ret_days = (guint) sqlite3_column_int (head, 0);
      *ret_made = tide_stmt_time (head, 1);
    }
  return true;
}

GArray *
tide_store_get_baseline (TideReader *reader, const TideMetric *metric, guint *ret_days, TideTime *ret_made, GError **error)
{
  sqlite3 *db = tide_reader_get_db (reader);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (TideBaselineRow));
  bool row = false;
  g_array_set_clear_func (rows, (GDestroyNotify) tide_baseline_row_clear);
  if (!tide_store_get_baseline_made (reader, metric, ret_days, ret_made, error))
    return NULL;
  if (*ret_made == TIDE_TIME_NONE)
    return g_steal_pointer (&rows);
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, "SELECT \"group\", hour, median, mad, weeks FROM baseline WHERE metric=?", error);
  if (stmt == NULL)
    return NULL;
  tide_stmt_bind (stmt, "t", metric->name);
  while (tide_db_step (stmt, &row, error))
    {
      if (!row)
        return g_steal_pointer (&rows);
      TideBaselineRow entry = { tide_db_dup_text (stmt, 0), sqlite3_column_int (stmt, 1), column_real (stmt, 2),
                                column_real (stmt, 3), (guint) sqlite3_column_int (stmt, 4) };
      g_array_append_val (rows, entry);
    }
  return NULL;
}
