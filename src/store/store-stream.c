/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams as the database knows them: every column that a stream has ever had, under an id of its own. A column that
 * changes its type gets a new id under the same name, so that a change of schema never rewrites a block; readers take
 * the newest of a name and convert the older ones. */
#include "store-private.h"

static void
stored_column_clear (TideStoredColumn *column)
{
  g_free (column->name);
}

void
tide_stored_stream_free (TideStoredStream *stream)
{
  if (stream == NULL)
    return;
  g_array_unref (stream->columns);
  g_free (stream->name);
  g_free (stream->time_field);
  g_free (stream->key_field);
  g_free (stream);
}

static bool
stored_stream_load_columns (sqlite3 *db, TideStoredStream *stream, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "SELECT id, name, type, scale, generation FROM stream_column WHERE stream=? ORDER BY id", error);
  if (stmt == NULL)
    return false;
  sqlite3_bind_int64 (stmt, 1, stream->id);
  bool row = false;
  while (tide_db_step (stmt, &row, error))
    {
      if (!row)
        return true;
      TideStoredColumn column = {
        .id = sqlite3_column_int (stmt, 0),
        .name = tide_db_dup_text (stmt, 1),
        .type = (TideType) sqlite3_column_int (stmt, 2),
        .scale = sqlite3_column_int (stmt, 3),
        .generation = sqlite3_column_int (stmt, 4),
      };
      g_array_append_val (stream->columns, column);
    }
  return false;
}

TideStoredStream *
tide_stored_stream_load (sqlite3 *db, const char *name, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "SELECT id, name, last_seq, floor_seq, time_field, key_field FROM stream WHERE name=?", error);
  bool row = false;
  if (stmt == NULL)
    return NULL;
  sqlite3_bind_text (stmt, 1, name, -1, SQLITE_STATIC);
  if (!tide_db_step (stmt, &row, error) || !row)
    return NULL;
  g_autoptr (TideStoredStream) stream = g_new0 (TideStoredStream, 1);
  stream->id = sqlite3_column_int64 (stmt, 0);
  stream->name = tide_db_dup_text (stmt, 1);
  stream->last_seq = sqlite3_column_int64 (stmt, 2);
  stream->floor_seq = sqlite3_column_int64 (stmt, 3);
  stream->time_field = tide_db_dup_text (stmt, 4);
  stream->key_field = tide_db_dup_text (stmt, 5);
  stream->columns = g_array_new (FALSE, FALSE, sizeof (TideStoredColumn));
  g_array_set_clear_func (stream->columns, (GDestroyNotify) stored_column_clear);
  if (!stored_stream_load_columns (db, stream, error))
    return NULL;
  return g_steal_pointer (&stream);
}

char **
tide_store_list_streams (sqlite3 *db, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, "SELECT name FROM stream ORDER BY name", error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  bool row = true;
  if (stmt == NULL)
    return NULL;
  while (row)
    {
      if (!tide_db_step (stmt, &row, error))
        return NULL;
      g_ptr_array_add (names, row ? tide_db_dup_text (stmt, 0) : NULL);
    }
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/* The present column of a name is that of the highest generation. */
static bool
stored_column_is_present (const TideStoredStream *stream, const TideStoredColumn *column)
{
  for (guint i = 0; i < stream->columns->len; i++)
    {
      const TideStoredColumn *other = &g_array_index (stream->columns, TideStoredColumn, i);
      if (other->generation > column->generation && g_str_equal (other->name, column->name))
        return false;
    }
  return true;
}

const TideStream *
tide_stored_stream_define (const TideStoredStream *stream)
{
  GPtrArray *fields = g_ptr_array_new ();
  bool has_time = false, has_key = false;
  for (guint i = 0; i < stream->columns->len; i++)
    {
      const TideStoredColumn *column = &g_array_index (stream->columns, TideStoredColumn, i);
      if (!stored_column_is_present (stream, column))
        continue;
      g_ptr_array_add (fields, tide_field_new (column->name, column->name, column->type, column->scale));
      has_time |= g_strcmp0 (column->name, stream->time_field) == 0;
      has_key |= g_strcmp0 (column->name, stream->key_field) == 0;
    }
  return tide_stream_new (stream->name, fields, has_time ? stream->time_field : NULL,
                          has_key ? stream->key_field : NULL);
}
