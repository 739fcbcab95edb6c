/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The published states of a version once more, by whole days of its metric's zone, so that a year by days need not read
 * a year of minutes. A version's days_to tells that day_state has every day before it, exactly: a publication that
 * reaches back takes it back to the day that it reached, in its own transaction, and the next roll-up sums those days
 * again. Rows from days_to on are nobody's, so that a day may be written in several small transactions.
 * Limit: a day whose states take more than SUM_MAX_BYTES, and those after it, are left to the stored panes. */
#include "store-rollup-private.h"

#define SUM_MAX_BYTES (32 * 1024 * 1024)
#define CHUNK_ROWS 2000

static const TidePeriod day_period = { TIDE_PERIOD_DAYS, 1 };

const char *
tide_version_zone (const TideMetric *metric)
{
  return metric->zone != NULL ? g_time_zone_get_identifier (metric->zone) : "UTC";
}

TideTime
tide_version_day_of (const TideMetric *metric, TideTime pane)
{
  return pane == TIDE_TIME_MAX ? pane : tide_period_floor (day_period, metric->zone, pane);
}

/* --- reading --- */

/* How far the days of the version are summed; NONE: not at all, or in another zone. */
static bool
days_load (sqlite3 *db, gint64 id, const TideMetric *metric, TideTime *ret_to, GError **error)
{
  return tide_stmt_get_int (db, TIDE_TIME_NONE, ret_to, error,
                            "SELECT days_to FROM metric_version WHERE id=? AND days_zone=?", "it", id,
                            tide_version_zone (metric));
}

/* The first day that starts at or after @time. */
static TideTime
day_ceil (const TideMetric *metric, TideTime time)
{
  TideTime start = tide_period_floor (day_period, metric->zone, time);

  return start < time ? tide_period_next (day_period, metric->zone, start) : start;
}

/**
 * tide_store_read_days:
 * @panes: gets one state a day and group, at the day's start
 * @ret_from: (out): the days that were read are [ret_from, ret_to); the stored panes before and after are left to
 * tide_store_read_states(). Empty, and at @from, where none are
 *
 * Of the whole days of the metric's zone in [from, to).
 *
 * Errors: BUSY, CORRUPT.
 */
bool
tide_store_read_days (TideReader *reader, const TideCut *cut, TideTime from, TideTime to, TidePanes *panes,
                      TideTime *ret_from, TideTime *ret_to, GError **error)
{
  const TideMetric *metric = tide_panes_get_metric (panes);
  sqlite3 *db = tide_reader_get_db (reader);
  TideTime first, end;

  *ret_from = *ret_to = from;
  if (!cut->exists)
    return true;
  if (!days_load (db, cut->id, metric, &end, error))
    return false;
  /* Panes before previous_to are the older version's, whose end need not be that of a day. */
  first = MAX (from, cut->previous_to);
  if (end == TIDE_TIME_NONE)
    return true;
  first = first == TIDE_TIME_NONE ? first : day_ceil (metric, first);
  end = to >= end ? end : tide_period_floor (day_period, metric->zone, to);
  if (first >= end)
    return true;
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "SELECT pane, \"group\", data FROM day_state WHERE metric=? AND pane>=? AND pane<?", error);
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "iii", cut->id, first, end);
  *ret_from = first;
  *ret_to = end;
  for (bool row = true; row;)
    {
      if (!tide_db_step (stmt, &row, error))
        return false;
      if (row
          && !tide_panes_merge_bytes (panes, sqlite3_column_int64 (stmt, 0),
                                      (uint32_t) sqlite3_column_int64 (stmt, 1), sqlite3_column_blob (stmt, 2),
                                      (gsize) sqlite3_column_bytes (stmt, 2), error))
        return false;
    }
  return true;
}

/* --- summing --- */

typedef struct
{
  TideMetric *metric;
  gint64 id, first, last; /* generations that are published */
  TideTime done;          /* days before it are summed; NONE: none is */
  TideTime day, end;      /* the day to sum; NONE: none is due */
  TidePanes *panes;
  const TidePaneState *states; /* to be written, n */
  guint n;
  bool begins, ends;      /* this chunk is the day's first, its last */
  bool stale;             /* something was published or reset since the day was read */
} Sum;

/* The first day that is not summed and has states. The day of the newest state is not over, most likely. */
static bool
sum_find (sqlite3 *db, Sum *sum, GError **error)
{
  g_auto (TideVersion) version = { 0 };
  TideTime oldest, newest;

  sum->day = TIDE_TIME_NONE;
  if (!tide_version_load (db, sum->metric, &version, error))
    return false;
  sum->id = version.cut.id;
  sum->first = version.cut.first_generation;
  sum->last = version.cut.generation;
  if (!version.cut.exists)
    return true;
  if (!days_load (db, sum->id, sum->metric, &sum->done, error)
      || !tide_stmt_get_int (db, TIDE_TIME_NONE, &oldest, error, "SELECT min(pane) FROM state WHERE metric=? AND pane>=?",
                             "ii", sum->id, sum->done)
      || !tide_stmt_get_int (db, TIDE_TIME_NONE, &newest, error, "SELECT max(pane) FROM state WHERE metric=?", "i",
                             sum->id))
    return false;
  if (oldest == TIDE_TIME_NONE)
    return true;
  oldest = tide_period_floor (day_period, sum->metric->zone, oldest);
  sum->end = tide_period_next (day_period, sum->metric->zone, oldest);
  if (sum->end <= newest)
    sum->day = oldest;
  return true;
}

/* @ret_fits: FALSE when the day is too large to be summed. */
static bool
sum_read (sqlite3 *db, Sum *sum, bool *ret_fits, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "SELECT \"group\", data FROM state WHERE metric=? AND pane>=? AND pane<? AND generation BETWEEN ? AND ?", error);

  if (stmt == NULL)
    return false;
  tide_panes_clear (sum->panes);
  tide_stmt_bind (stmt, "iiiii", sum->id, sum->day, sum->end, sum->first, sum->last);
  *ret_fits = true;
  for (bool row = true; row && *ret_fits;)
    {
      if (!tide_db_step (stmt, &row, error))
        return false;
      if (row
          && !tide_panes_merge_bytes (sum->panes, sum->day, (uint32_t) sqlite3_column_int64 (stmt, 0),
                                      sqlite3_column_blob (stmt, 1), (gsize) sqlite3_column_bytes (stmt, 1), error))
        return false;
      *ret_fits = tide_panes_get_bytes (sum->panes) <= SUM_MAX_BYTES;
    }
  return true;
}

static bool
sum_write (sqlite3 *db, void *data, GError **error)
{
  Sum *sum = data;
  gint64 same = 0;

  if (!tide_stmt_get_int (db, 0, &same, error,
                          "SELECT 1 FROM metric_version WHERE id=? AND first_generation=? AND generation=?", "iii",
                          sum->id, sum->first, sum->last))
    return false;
  sum->stale = same == 0;
  if (sum->stale)
    return true;
  /* What an earlier attempt left, also where there is no state any more. */
  if (sum->begins
      && !tide_stmt_exec (db, error, "DELETE FROM day_state WHERE metric=? AND pane>=? AND pane<?", "iii", sum->id,
                          sum->done, sum->end))
    return false;
  g_autoptr (TideStmt) insert
    = tide_db_prepare (db, "INSERT INTO day_state (metric, pane, \"group\", data) VALUES (?,?,?,?)", error);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  if (insert == NULL)
    return false;
  for (guint i = 0; i < sum->n; i++)
    {
      g_byte_array_set_size (bytes, 0);
      tide_panes_write (sum->panes, sum->states[i].state, bytes);
      tide_stmt_bind (insert, "iiib", sum->id, sum->states[i].pane, (gint64) sum->states[i].group, bytes->data,
                      (gsize) bytes->len);
      if (!tide_db_run (insert, error))
        return false;
    }
  return !sum->ends
         || tide_stmt_exec (db, error, "UPDATE metric_version SET days_to=?, days_zone=? WHERE id=?", "iti", sum->end,
                            tide_version_zone (sum->metric), sum->id);
}

/* In a read transaction of its own, beside the writer. */
static bool
sum_take_day (TideReader *reader, Sum *sum, GError **error)
{
  sqlite3 *db = tide_reader_get_db (reader);
  bool fits = true, read;

  if (!tide_reader_begin (reader, 0, NULL, error))
    return false;
  read = sum_find (db, sum, error) && (sum->day == TIDE_TIME_NONE || sum_read (db, sum, &fits, error));
  tide_reader_end (reader);
  if (!fits)
    sum->day = TIDE_TIME_NONE;
  return read;
}

/* Writes the day's states, a few at a time; the last ones with days_to. */
static bool
sum_put_day (TideWriter *writer, Sum *sum, GError **error)
{
  guint n = 0, done = 0;
  g_autofree TidePaneState *states = tide_panes_list (sum->panes, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);

  /* Those of another zone, or from before a reset. */
  if (sum->done == TIDE_TIME_NONE
      && !tide_version_walk (writer, "day_state", sum->id, 0,
                             "DELETE FROM day_state WHERE metric=?1 AND pane BETWEEN ?2 AND ?3 AND ?4=0", error))
    return false;
  do
    {
      sum->states = states + done;
      sum->n = MIN (n - done, CHUNK_ROWS);
      sum->begins = done == 0;
      sum->ends = done + sum->n == n;
      if (!tide_writer_call (writer, sum_write, sum, error))
        return false;
      done += sum->n;
    }
  while (done < n && !sum->stale);
  return true;
}

/**
 * tide_rollup_sum_days:
 *
 * Brings the sums by day up to the last whole day, each day's states read in a read transaction. What is published
 * meanwhile waits for the next call.
 *
 * Errors: FULL, CORRUPT, BUSY. Thread: worker.
 */
bool
tide_rollup_sum_days (TideWriter *writer, TideMetric *metric, GError **error)
{
  if (metric->numerator != NULL)
    return true;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_writer_get_store (writer), error);
  g_autoptr (TidePanes) panes = tide_panes_new (metric, metric->stored_pane);
  Sum sum = { .metric = metric, .panes = panes };
  if (reader == NULL)
    return false;
  while (!sum.stale)
    {
      if (!sum_take_day (reader, &sum, error))
        return false;
      if (sum.day == TIDE_TIME_NONE)
        return true;
      if (!sum_put_day (writer, &sum, error))
        return false;
    }
  return true;
}
