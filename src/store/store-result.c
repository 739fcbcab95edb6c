/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results of analyses: each version a plain table "NAME@VERSION", filled in chunks while nobody looks at it, and a view
 * "NAME" that land() moves to it in the transaction that also notes the version and drops the oldest. A table without a
 * row in result_version did not land: the next run of the analysis drops it. */
#include "store-record.h"
#include "store-statement.h"

#define CHUNK_ROWS 500
#define CHUNK_BYTES (256 * 1024)

struct _TideResultWrite
{
  TideWriter *writer;
  char *analysis;
  gint64 run, version;
  char *table;
  GPtrArray *columns; /* char*: as they are in the table */
  char *insert;       /* SQL */
  GPtrArray *values;  /* sqlite3_value*, row by row, not written yet */
  gsize value_bytes;
  gint64 rows;
  bool landed;
};

void
tide_result_version_free (TideResultVersion *version)
{
  if (version == NULL)
    return;
  g_free (version->table);
  g_free (version);
}

static gpointer
result_version_from_row (TideStmt *stmt)
{
  TideResultVersion *version = g_new0 (TideResultVersion, 1);
  version->version = sqlite3_column_int64 (stmt, 0);
  version->run = sqlite3_column_int64 (stmt, 1);
  version->created = tide_stmt_time (stmt, 2);
  version->rows = sqlite3_column_int64 (stmt, 3);
  version->table = tide_db_dup_text (stmt, 4);
  return version;
}

/**
 * tide_store_get_result_versions:
 *
 * Returns: (transfer full) (element-type TideResultVersion): newest first
 *
 * Errors: BUSY, CORRUPT.
 */
GPtrArray *
tide_store_get_result_versions (TideReader *reader, const char *analysis, GError **error)
{
  TideStmt *stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    "SELECT version, run, created, rows, table_name FROM result_version WHERE analysis=? ORDER BY version DESC", error);
  if (stmt != NULL)
    tide_stmt_bind (stmt, "t", analysis);
  return tide_stmt_collect (stmt, result_version_from_row, (GDestroyNotify) tide_result_version_free, error);
}

/* --- names --- */

/* "a", with quotes doubled. */
static char *
quote_name (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "\"", -1);
  g_autofree char *inner = g_strjoinv ("\"\"", parts);
  return g_strdup_printf ("\"%s\"", inner);
}

static bool
columns_have (const GPtrArray *columns, const char *name)
{
  /* SQLite tells names apart by ASCII letters without case. */
  for (guint i = 0; i < columns->len; i++)
    if (g_ascii_strcasecmp (g_ptr_array_index (columns, i), name) == 0)
      return true;
  return false;
}

/* The columns of a query under names that a table may have: a, a_2, column_3. */
static GPtrArray *
columns_make_unique (const char *const *columns)
{
  GPtrArray *unique = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; columns[i] != NULL; i++)
    {
      g_autofree char *base = columns[i][0] != '\0' ? g_strdup (columns[i]) : g_strdup_printf ("column_%u", i + 1);
      g_autofree char *name = g_strdup (base);
      for (guint n = 2; columns_have (unique, name); n++)
        {
          g_free (name);
          name = g_strdup_printf ("%s_%u", base, n);
        }
      g_ptr_array_add (unique, g_steal_pointer (&name));
    }
  return unique;
}

/* --- beginning --- */

static bool
exec_named (sqlite3 *db, const char *verb, const char *name, GError **error)
{
  g_autofree char *quoted = quote_name (name);
  g_autofree char *sql = g_strdup_printf ("%s %s", verb, quoted);
  return tide_db_exec (db, sql, error);
}

/* Tables of a run that did not land. */
static bool
result_drop_leftovers (sqlite3 *db, const char *analysis, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db,
    "SELECT name FROM sqlite_schema WHERE type='table' AND substr(name, 1, length(?1) + 1)=?1||'@'"
    " AND substr(name, length(?1) + 2) NOT GLOB '*[^0-9]*' AND name NOT IN (SELECT table_name FROM result_version)",
    error);
  bool row = stmt != NULL;
  if (row)
    tide_stmt_bind (stmt, "t", analysis);
  while (row)
    {
      if (!tide_db_step (stmt, &row, error))
        return false;
      if (row)
        g_ptr_array_add (names, tide_db_dup_text (stmt, 0));
    }
  for (guint i = 0; i < names->len; i++)
    if (!exec_named (db, "DROP TABLE", g_ptr_array_index (names, i), error))
      return false;
  return stmt != NULL;
}

static bool
result_begin (sqlite3 *db, void *data, GError **error)
{
  TideResultWrite *write = data;
  gint64 newest = 0, tables = 0;
  if (!tide_stmt_get_int (db, 0, &tables, error,
                          "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name=? COLLATE NOCASE", "t",
                          write->analysis))
    return false;
  if (tables != 0)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "the analysis %s has the name of a table of the workspace; rename it", write->analysis);
      return false;
    }
  if (!result_drop_leftovers (db, write->analysis, error)
      || !tide_stmt_get_int (db, 0, &newest, error, "SELECT max(version) FROM result_version WHERE analysis=?", "t",
                             write->analysis))
    return false;
  write->version = newest + 1;
  write->table = g_strdup_printf ("%s@%" G_GINT64_FORMAT, write->analysis, write->version);
  g_autofree char *table = quote_name (write->table);
  g_autoptr (GString) create = g_string_new (NULL);
  g_autoptr (GString) insert = g_string_new (NULL);
  g_string_append_printf (create, "CREATE TABLE %s (", table);
  g_string_append_printf (insert, "INSERT INTO %s VALUES (", table);
  for (guint i = 0; i < write->columns->len; i++)
    {
      g_autofree char *column = quote_name (g_ptr_array_index (write->columns, i));
      g_string_append_printf (create, "%s%s", i > 0 ? ", " : "", column);
      g_string_append (insert, i > 0 ? ",?" : "?");
    }
  g_string_append_c (create, ')');
  g_string_append_c (insert, ')');
  write->insert = g_string_free (g_steal_pointer (&insert), FALSE);
  return tide_db_exec (db, create->str, error);
}

/**
 * tide_result_write_begin:
 * @columns: NULL-terminated, as the query names them; made unique where they are not
 *
 * Returns: (transfer full): free with tide_result_write_free(), landed or not
 *
 * Errors: INVALID (the name is taken), FULL. Thread: worker.
 */
TideResultWrite *
tide_result_write_begin (TideWriter *writer, const char *analysis, gint64 run, const char *const *columns,
                         GError **error)
{
  g_assert (columns[0] != NULL);
  TideResultWrite *write = g_new0 (TideResultWrite, 1);
  write->writer = writer;
  write->analysis = g_strdup (analysis);
  write->run = run;
  write->columns = columns_make_unique (columns);
  write->values = g_ptr_array_new_with_free_func ((GDestroyNotify) sqlite3_value_free);
  if (tide_writer_call (writer, result_begin, write, error))
    return write;
  write->landed = true; /* there is no table to drop */
  tide_result_write_free (write);
  return NULL;
}

/* --- rows --- */

static bool
result_flush (sqlite3 *db, void *data, GError **error)
{
  TideResultWrite *write = data;
  guint width = write->columns->len;
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, write->insert, error);
  if (stmt == NULL)
    return false;
  for (guint row = 0; row < write->values->len; row += width)
    {
      for (guint i = 0; i < width; i++)
        sqlite3_bind_value (stmt, (int) i + 1, g_ptr_array_index (write->values, row + i));
      if (!tide_db_run (stmt, error))
        return false;
    }
  return true;
}

static void
result_forget_values (TideResultWrite *write)
{
  g_ptr_array_set_size (write->values, 0);
  write->value_bytes = 0;
}

/**
 * tide_result_write_row:
 * @stmt: on a row; it has as many columns as were given to begin()
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_result_write_row (TideResultWrite *write, sqlite3_stmt *stmt, GError **error)
{
  g_assert ((guint) sqlite3_column_count (stmt) == write->columns->len);
  for (guint i = 0; i < write->columns->len; i++)
    {
      int type = sqlite3_column_type (stmt, (int) i);
      /* Asked only of texts and blobs: it would turn a number into text. */
      if (type == SQLITE_TEXT || type == SQLITE_BLOB)
        write->value_bytes += (gsize) sqlite3_column_bytes (stmt, (int) i);
      write->value_bytes += 16;
      g_ptr_array_add (write->values, sqlite3_value_dup (sqlite3_column_value (stmt, (int) i)));
    }
  write->rows++;
  if (write->values->len < CHUNK_ROWS * write->columns->len && write->value_bytes < CHUNK_BYTES)
    return true;
  bool ok = tide_writer_call (write->writer, result_flush, write, error);
  result_forget_values (write);
  return ok;
}

/* --- landing --- */

typedef struct
{
  TideResultWrite *write;
  TideTime now;
  int keep;
} Land;

static char *
columns_to_json (sqlite3 *db, const GPtrArray *columns, GError **error)
{
  g_autoptr (GString) json = g_string_new ("[");
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, "SELECT json_quote(?)", error);
  if (stmt == NULL)
    return NULL;
  for (guint i = 0; i < columns->len; i++)
    {
      bool row = false;
      tide_stmt_bind (stmt, "t", g_ptr_array_index (columns, i));
      if (!tide_db_step (stmt, &row, error))
        return NULL;
      g_string_append_printf (json, "%s%s", i > 0 ? "," : "", (const char *) sqlite3_column_text (stmt, 0));
    }
  g_string_append_c (json, ']');
  return g_string_free (g_steal_pointer (&json), FALSE);
}

static bool
result_drop_old (sqlite3 *db, const Land *land, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "SELECT table_name FROM result_version WHERE analysis=? ORDER BY version DESC LIMIT -1 OFFSET ?", error);
  bool row = stmt != NULL;
  if (row)
    tide_stmt_bind (stmt, "ti", land->write->analysis, (gint64) MAX (land->keep, 1));
  while (row)
    {
      if (!tide_db_step (stmt, &row, error))
        return false;
      if (row)
        g_ptr_array_add (names, tide_db_dup_text (stmt, 0));
    }
  for (guint i = 0; i < names->len; i++)
    if (!exec_named (db, "DROP TABLE IF EXISTS", g_ptr_array_index (names, i), error)
        || !tide_stmt_exec (db, error, "DELETE FROM result_version WHERE analysis=? AND table_name=?", "tt",
                            land->write->analysis, g_ptr_array_index (names, i)))
      return false;
  return stmt != NULL;
}

static bool
result_land (sqlite3 *db, void *data, GError **error)
{
  const Land *land = data;
  TideResultWrite *write = land->write;
  g_autofree char *view = quote_name (write->analysis);
  g_autofree char *table = quote_name (write->table);
  g_autofree char *create = g_strdup_printf ("CREATE VIEW %s AS SELECT * FROM %s", view, table);
  g_autofree char *columns = columns_to_json (db, write->columns, error);
  return columns != NULL && result_flush (db, write, error)
         && exec_named (db, "DROP VIEW IF EXISTS", write->analysis, error) && tide_db_exec (db, create, error)
         && tide_stmt_exec (db, error,
                            "INSERT INTO result_version (analysis, version, run, created, rows, table_name, columns)"
                            " VALUES (?,?,?,?,?,?,?)",
                            "tiiTitt", write->analysis, write->version, write->run, land->now, write->rows,
                            write->table, columns)
         && result_drop_old (db, land, error);
}

/**
 * tide_result_write_land:
 * @keep: versions that stay, this one included; at least 1
 * @ret_rows: (out) (optional): rows written
 *
 * All that was written shows at once as the newest version, or, on an error, not at all.
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_result_write_land (TideResultWrite *write, TideTime now, int keep, gint64 *ret_rows, GError **error)
{
  g_assert (!write->landed);
  Land land = { .write = write, .now = now, .keep = keep };
  if (!tide_writer_call (write->writer, result_land, &land, error))
    return false;
  result_forget_values (write);
  write->landed = true;
  if (ret_rows != NULL)
    *ret_rows = write->rows;
  return true;
}

static bool
result_drop (sqlite3 *db, void *data, GError **error)
{
  const TideResultWrite *write = data;
  gint64 landed = 0;
  /* Another run of the analysis may have taken the name, which begin() gives again while it has not landed. */
  if (!tide_stmt_get_int (db, 0, &landed, error, "SELECT count(*) FROM result_version WHERE table_name=?", "t",
                          write->table))
    return false;
  return landed != 0 || exec_named (db, "DROP TABLE IF EXISTS", write->table, error);
}

void
tide_result_write_free (TideResultWrite *write)
{
  if (write == NULL)
    return;
  /* A failure leaves the table to the next begin(). */
  if (!write->landed)
    tide_writer_call (write->writer, result_drop, write, NULL);
  g_ptr_array_unref (write->values);
  g_ptr_array_unref (write->columns);
  g_free (write->analysis);
  g_free (write->table);
  g_free (write->insert);
  g_free (write);
}
