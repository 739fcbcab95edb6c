/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binding by a format string, so that a statement of a plain table is one line to read. The hot paths (blocks, states)
 * bind on their own. A format that does not fit the statement is our bug and asserts. */
#include "store-statement.h"

#include <math.h>
#include <stdarg.h>

static void
stmt_bind_va (TideStmt *stmt, const char *types, va_list args)
{
  sqlite3_reset (stmt);
  g_assert ((int) strlen (types) == sqlite3_bind_parameter_count (stmt));
  for (int i = 1; types[i - 1] != '\0'; i++)
    {
      const void *data = NULL;
      gsize len = 0;
      switch (types[i - 1])
        {
        case 'i':
          sqlite3_bind_int64 (stmt, i, va_arg (args, gint64));
          break;
        case 't':
          sqlite3_bind_text (stmt, i, va_arg (args, const char *), -1, SQLITE_STATIC);
          break;
        case 'T':
          {
            TideTime time = va_arg (args, TideTime);
            if (time == TIDE_TIME_NONE)
              sqlite3_bind_null (stmt, i);
            else
              sqlite3_bind_int64 (stmt, i, time);
            break;
          }
        case 'd':
          {
            double value = va_arg (args, double);
            if (isnan (value))
              sqlite3_bind_null (stmt, i);
            else
              sqlite3_bind_double (stmt, i, value);
            break;
          }
        case 'b':
          data = va_arg (args, const guint8 *);
          len = va_arg (args, gsize);
          sqlite3_bind_blob64 (stmt, i, len > 0 ? data : "", len, SQLITE_STATIC);
          break;
        case 'B':
          {
            GBytes *bytes = va_arg (args, GBytes *);
            if (bytes != NULL)
              data = g_bytes_get_data (bytes, &len);
            if (bytes == NULL)
              sqlite3_bind_null (stmt, i);
            else
              sqlite3_bind_blob64 (stmt, i, len > 0 ? data : "", len, SQLITE_STATIC);
            break;
          }
        default:
          g_assert_not_reached ();
        }
    }
}

void
tide_stmt_bind (TideStmt *stmt, const char *types, ...)
{
  va_list args;
  va_start (args, types);
  stmt_bind_va (stmt, types, args);
  va_end (args);
}

GPtrArray *
tide_stmt_collect (TideStmt *stmt, gpointer (*from_row) (TideStmt *stmt), GDestroyNotify destroy, GError **error)
{
  g_autoptr (TideStmt) owned = stmt;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (destroy);
  bool row = true;
  while (stmt != NULL && tide_db_step (stmt, &row, error))
    {
      if (!row)
        return g_steal_pointer (&list);
      g_ptr_array_add (list, from_row (stmt));
    }
  return NULL;
}

void
tide_stmt_bind_payload (TideStmt *stmt, int index, GBytes *payload)
{
  gsize len = 0;
  const void *data = payload != NULL ? g_bytes_get_data (payload, &len) : NULL;
  if (data != NULL && g_utf8_validate_len (data, len, NULL))
    sqlite3_bind_text64 (stmt, index, data, len, SQLITE_STATIC, SQLITE_UTF8);
  else
    sqlite3_bind_blob64 (stmt, index, data, len, SQLITE_STATIC);
}

bool
tide_stmt_exec (sqlite3 *db, GError **error, const char *sql, const char *types, ...)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, sql, error);
  if (stmt == NULL)
    return false;
  va_list args;
  va_start (args, types);
  stmt_bind_va (stmt, types, args);
  va_end (args);
  return tide_db_run (stmt, error);
}

bool
tide_stmt_get_int (sqlite3 *db, gint64 fallback, gint64 *ret_value, GError **error, const char *sql,
                   const char *types, ...)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, sql, error);
  if (stmt == NULL)
    return false;
  va_list args;
  va_start (args, types);
  stmt_bind_va (stmt, types, args);
  va_end (args);
  bool row = false;
  if (!tide_db_step (stmt, &row, error))
    return false;
  *ret_value = row && sqlite3_column_type (stmt, 0) != SQLITE_NULL ? sqlite3_column_int64 (stmt, 0) : fallback;
  return true;
}

TideTime
tide_stmt_time (TideStmt *stmt, int column)
{
  return sqlite3_column_type (stmt, column) == SQLITE_NULL ? TIDE_TIME_NONE : sqlite3_column_int64 (stmt, column);
}

GBytes *
tide_stmt_bytes (TideStmt *stmt, int column)
{
  if (sqlite3_column_type (stmt, column) == SQLITE_NULL)
    return NULL;
  const void *data = sqlite3_column_blob (stmt, column);
  return g_bytes_new (data, (gsize) sqlite3_column_bytes (stmt, column));
}
