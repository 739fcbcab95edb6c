/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plain table of schema drift, one row a stream, kind and path. */
#include "store-drift.h"
#include "store-statement.h"

void
tide_drift_seen_free (TideDriftSeen *seen)
{
  if (seen == NULL)
    return;
  g_free (seen->stream);
  g_free (seen->kind);
  g_free (seen->path);
  g_free (seen);
}

static gpointer
seen_from_row (TideStmt *stmt)
{
  TideDriftSeen *seen = g_new0 (TideDriftSeen, 1);
  seen->stream = tide_db_dup_text (stmt, 0);
  seen->kind = tide_db_dup_text (stmt, 1);
  seen->path = tide_db_dup_text (stmt, 2);
  seen->first_seen = sqlite3_column_int64 (stmt, 3);
  seen->last_seen = sqlite3_column_int64 (stmt, 4);
  seen->seen = sqlite3_column_int64 (stmt, 5);
  seen->sampled = sqlite3_column_int64 (stmt, 6);
  return seen;
}

/**
 * tide_store_get_drift:
 *
 * Errors: BUSY, CORRUPT. Thread: not main. Returns: (transfer full) (element-type TideDriftSeen)
 */
GPtrArray *
tide_store_get_drift (TideReader *reader, GError **error)
{
  TideStmt *stmt
    = tide_db_prepare (tide_reader_get_db (reader),
                       "SELECT stream, kind, path, first_seen, last_seen, seen, sampled FROM drift ORDER BY 1, 2, 3", error);
  return tide_stmt_collect (stmt, seen_from_row, (GDestroyNotify) tide_drift_seen_free, error);
}

typedef struct
{
  GPtrArray *seen;
  TideTime before;
} Save;

static bool
save_drift (sqlite3 *db, void *data, GError **error)
{
  const Save *save = data;
  g_autoptr (TideStmt) put = tide_db_prepare (
    db, "INSERT INTO drift (stream, kind, path, first_seen, last_seen, seen, sampled) VALUES (?,?,?,?,?,?,?)"
        " ON CONFLICT DO UPDATE SET first_seen=min(first_seen, excluded.first_seen), last_seen=excluded.last_seen,"
        " seen=excluded.seen, sampled=excluded.sampled", error);
  if (put == NULL)
    return false;
  for (guint i = 0; i < save->seen->len; i++)
    {
      const TideDriftSeen *seen = g_ptr_array_index (save->seen, i);
      tide_stmt_bind (put, "tttiiii", seen->stream, seen->kind, seen->path, (gint64) seen->first_seen,
                      (gint64) seen->last_seen, seen->seen, seen->sampled);
      if (!tide_db_run (put, error))
        return false;
    }
  return tide_stmt_exec (db, error, "DELETE FROM drift WHERE last_seen<?", "i", (gint64) save->before);
}

/**
 * tide_drift_save:
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_drift_save (TideWriter *writer, GPtrArray *seen, TideTime before, GError **error)
{
  Save save = { seen, before };
  return tide_writer_call (writer, save_drift, &save, error);
}
