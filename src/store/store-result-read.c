/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A version of a result in memory, whole rows up to a bound of rows and bytes, for those who show or compare it. A cell
 * keeps what SQLite stored: two versions are told apart by values, not by how they are printed. */
#include "store-record.h"
#include "store-statement.h"

#include <string.h>

/* A text is kept once for each time it occurs; this much of a blob is shown. */
#define TEXT_BLOCK (64 * 1024)
#define BLOB_BYTES 32

TideResultTable *
tide_result_table_ref (TideResultTable *table)
{
  g_atomic_ref_count_inc (&table->refs);
  return table;
}

void
tide_result_table_unref (TideResultTable *table)
{
  if (table == NULL || !g_atomic_ref_count_dec (&table->refs))
    return;
  g_strfreev (table->columns);
  g_clear_pointer (&table->cells, g_array_unref);
  g_clear_pointer (&table->texts, g_string_chunk_free);
  g_free (table);
}

const TideResultCell *
tide_result_table_get (const TideResultTable *table, guint row, guint column)
{
  return &g_array_index (table->cells, TideResultCell, (gsize) row * table->n_columns + column);
}

static const char *
blob_to_text (TideResultTable *table, const guint8 *bytes, gsize n)
{
  g_autoptr (GString) text = g_string_new ("x'");

  for (gsize i = 0; i < MIN (n, BLOB_BYTES); i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  g_string_append (text, n > BLOB_BYTES ? "…'" : "'");
  return g_string_chunk_insert (table->texts, text->str);
}

static gsize
add_cell (TideResultTable *table, TideStmt *stmt, int column)
{
  TideResultCell cell = { 0 };
  gsize bytes = 0;

  switch (sqlite3_column_type (stmt, column))
    {
    case SQLITE_INTEGER:
      cell.kind = TIDE_CELL_INT;
      cell.integer = sqlite3_column_int64 (stmt, column);
      break;
    case SQLITE_FLOAT:
      cell.kind = TIDE_CELL_REAL;
      cell.real = sqlite3_column_double (stmt, column);
      break;
    case SQLITE_TEXT:
      cell.kind = TIDE_CELL_TEXT;
      bytes = (gsize) sqlite3_column_bytes (stmt, column);
      cell.text = g_string_chunk_insert_len (table->texts, (const char *) sqlite3_column_text (stmt, column),
                                             (gssize) bytes);
      break;
    case SQLITE_BLOB:
      cell.kind = TIDE_CELL_TEXT;
      bytes = 2 * BLOB_BYTES;
      cell.text = blob_to_text (table, sqlite3_column_blob (stmt, column), (gsize) sqlite3_column_bytes (stmt, column));
      break;
    default:
      cell.kind = TIDE_CELL_NULL;
    }
  g_array_append_val (table->cells, cell);
  return bytes + sizeof cell;
}

static TideResultTable *
result_table_new (TideStmt *stmt, const TideResultVersion *version)
{
  TideResultTable *table = g_new0 (TideResultTable, 1);

  g_atomic_ref_count_init (&table->refs);
  table->version = version->version;
  table->rows = version->rows;
  table->n_columns = (guint) sqlite3_column_count (stmt);
  table->columns = g_new0 (char *, table->n_columns + 1);
  for (guint i = 0; i < table->n_columns; i++)
    table->columns[i] = g_strdup (sqlite3_column_name (stmt, (int) i));
  table->cells = g_array_new (FALSE, FALSE, sizeof (TideResultCell));
  table->texts = g_string_chunk_new (TEXT_BLOCK);
  return table;
}

/**
 * tide_store_read_result:
 * @max_rows: of the table that is returned
 * @max_bytes: after which no further row is read
 *
 * Returns: (transfer full): the first rows of the version; n_rows is less than rows where a bound cut it off
 *
 * Errors: BUSY, CORRUPT, NOT_FOUND (the version was dropped), CANCELLED. Thread: not main; blocks on SQLite.
 */
TideResultTable *
tide_store_read_result (TideReader *reader, const TideResultVersion *version, guint max_rows, gsize max_bytes,
                        GCancellable *cancellable, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (version->table, "\"", -1);
  g_autofree char *name = g_strjoinv ("\"\"", parts);
  g_autofree char *sql = g_strdup_printf ("SELECT * FROM \"%s\"", name);
  sqlite3 *db = tide_reader_get_db (reader);
  gint64 known = 0;

  tide_assert_not_main_thread ();
  if (!tide_stmt_get_int (db, 0, &known, error, "SELECT count(*) FROM result_version WHERE table_name=?", "t",
                          version->table))
    return NULL;
  if (known == 0)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "version %" G_GINT64_FORMAT " is not kept any more; choose another",
                   version->version);
      return NULL;
    }
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, sql, error);
  if (stmt == NULL)
    return NULL;
  g_autoptr (TideResultTable) table = result_table_new (stmt, version);
  gsize bytes = 0;
  bool row = true;
  while (table->n_rows < max_rows && bytes < max_bytes)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !tide_db_step (stmt, &row, error))
        return NULL;
      if (!row)
        break;
      for (guint i = 0; i < table->n_columns; i++)
        bytes += add_cell (table, stmt, (int) i);
      table->n_rows++;
    }
  return g_steal_pointer (&table);
}
