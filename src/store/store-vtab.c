/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SQLite module `tidemark`: each stream of the main schema as a TEMP virtual table of its name, on any connection
 * (the application's, or the sqlite3 shell's through the loadable extension). TEMP, because a table in the main schema
 * would have to be written there. It tells SQLite what it can leave out, but never that SQLite need not look itself:
 * answers are those of a plain table. A join on a column other than _seq reads the inner table once for each row of the
 * outer one; WITH … AS MATERIALIZED avoids that. */
#include "store-sql.h"
#include "store-vtab.h"

static const struct
{
  const char *name;
  uint32_t column;
  TideType type;
} system_columns[TIDE_VTAB_N] = {
  [TIDE_VTAB_SEQ] = { "_seq", TIDE_CONDITION_SEQ, TIDE_TYPE_INT },
  [TIDE_VTAB_TIME] = { "_time", TIDE_COLUMN_TIME, TIDE_TYPE_TIME },
  [TIDE_VTAB_SOURCE] = { "_source", TIDE_COLUMN_SOURCE, TIDE_TYPE_TEXT },
  [TIDE_VTAB_PARTITION] = { "_partition", TIDE_COLUMN_PARTITION, TIDE_TYPE_INT },
  [TIDE_VTAB_OFFSET] = { "_offset", TIDE_COLUMN_OFFSET, TIDE_TYPE_INT },
  [TIDE_VTAB_KEY] = { "_key", TIDE_COLUMN_KEY, TIDE_TYPE_TEXT },
  [TIDE_VTAB_RECEIVED] = { "_received", TIDE_COLUMN_RECEIVED, TIDE_TYPE_TIME },
  [TIDE_VTAB_PAYLOAD] = { "_payload", TIDE_COLUMN_PAYLOAD, TIDE_TYPE_TEXT },
  [TIDE_VTAB_HEADERS] = { "_headers", TIDE_COLUMN_HEADERS, TIDE_TYPE_TEXT },
};

uint32_t
tide_vtab_get_column (const TideVtab *vtab, int column, TideType *ret_type, int *ret_scale)
{
  int n_fields = (int) vtab->stream->n_fields;
  bool is_field = column >= 0 && column < n_fields;
  int system = column < 0 ? TIDE_VTAB_SEQ : column - n_fields;
  if (ret_type != NULL)
    *ret_type = is_field ? vtab->stream->fields[column]->type : system_columns[system].type;
  if (ret_scale != NULL)
    *ret_scale = is_field ? vtab->stream->fields[column]->scale : 0;
  return is_field ? (uint32_t) (TIDE_COLUMN_FIELD0 + column) : system_columns[system].column;
}

static const char *
type_in_sql (TideType type, int scale)
{
  switch (tide_condition_get_class (type, scale))
    {
    case TIDE_TYPE_INT:
      return "INTEGER";
    case TIDE_TYPE_REAL:
      return "REAL";
    default:
      return "TEXT";
    }
}

/* --- connecting --- */

static char *
vtab_declaration (const TideVtab *vtab)
{
  sqlite3_str *sql = sqlite3_str_new (vtab->db);
  sqlite3_str_appendall (sql, "CREATE TABLE x(");
  for (int i = 0; i < (int) vtab->stream->n_fields + TIDE_VTAB_N; i++)
    {
      TideType type = TIDE_TYPE_NONE;
      int scale = 0;
      uint32_t column = tide_vtab_get_column (vtab, i, &type, &scale);
      const char *name = i < (int) vtab->stream->n_fields ? vtab->stream->fields[i]->name
                                                          : system_columns[i - (int) vtab->stream->n_fields].name;
      /* Out of `*`: they are long, and often nothing. */
      bool hidden = column == TIDE_COLUMN_PAYLOAD || column == TIDE_COLUMN_HEADERS;
      sqlite3_str_appendf (sql, "%s\"%w\" %s%s", i > 0 ? ", " : "", name, type_in_sql (type, scale),
                           hidden ? " HIDDEN" : "");
    }
  sqlite3_str_appendall (sql, ")");
  return sqlite3_str_finish (sql);
}

static void
vtab_free (TideVtab *vtab)
{
  sqlite3_free (vtab->base.zErrMsg);
  tide_stream_unref (vtab->stream);
  g_clear_pointer (&vtab->interned, g_hash_table_unref);
  g_free (vtab);
}

static bool
vtab_load (TideVtab *vtab, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (TideStoredStream) stored = tide_stored_stream_load (vtab->db, name, &local);
  if (stored == NULL)
    {
      if (local != NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      else
        g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "there is no stream %s in this database", name);
      return false;
    }
  vtab->id = stored->id;
  vtab->stream = tide_stored_stream_define (stored);
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (vtab->db, "SELECT events, blocks FROM main.stream WHERE id=?", error);
  bool row = false;
  if (stmt == NULL)
    return false;
  sqlite3_bind_int64 (stmt, 1, vtab->id);
  if (!tide_db_step (stmt, &row, error))
    return false;
  vtab->events = row ? (guint64) MAX (sqlite3_column_int64 (stmt, 0), 0) : 0;
  vtab->blocks = row ? (guint) MAX (sqlite3_column_int64 (stmt, 1), 0) : 0;
  return true;
}

/* argv: module, schema, table. The table has the stream's name. */
static int
vtab_connect (sqlite3 *db, void *meter, int argc, const char *const *argv, sqlite3_vtab **ret_table, char **ret_error)
{
  g_autoptr (GError) error = NULL;
  TideVtab *vtab = g_new0 (TideVtab, 1);
  vtab->db = db;
  vtab->meter = meter;
  int code = SQLITE_ERROR;
  if (g_ascii_strcasecmp (argv[1], "temp") != 0)
    g_set_error (&error, TIDE_ERROR, TIDE_ERROR_DENIED,
                 "a stream's table is made as TEMP: CREATE VIRTUAL TABLE temp.\"%s\" USING tidemark", argv[2]);
  else if (vtab_load (vtab, argv[2], &error))
    {
      char *sql = vtab_declaration (vtab);
      code = sql != NULL ? sqlite3_declare_vtab (db, sql) : SQLITE_NOMEM;
      sqlite3_free (sql);
      if (code == SQLITE_OK)
        code = sqlite3_vtab_config (db, SQLITE_VTAB_INNOCUOUS);
    }
  if (error != NULL)
    *ret_error = sqlite3_mprintf ("%s", error->message);
  if (code == SQLITE_OK)
    *ret_table = &vtab->base;
  else
    vtab_free (vtab);
  return code;
}

/* Not the same function as vtab_connect(): else the module would be a table by itself. */
static int
vtab_create (sqlite3 *db, void *meter, int argc, const char *const *argv, sqlite3_vtab **ret_table, char **ret_error)
{
  return vtab_connect (db, meter, argc, argv, ret_table, ret_error);
}

static int
vtab_disconnect (sqlite3_vtab *table)
{
  vtab_free ((TideVtab *) table);
  return SQLITE_OK;
}

/* --- planning --- */

/* How a constraint is handed to the cursor; 0: not at all. */
static char
constraint_op (sqlite3_index_info *info, int i, TideType klass)
{
  const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
  if (!constraint->usable || klass == TIDE_TYPE_NONE)
    return 0;
  bool is_text = klass == TIDE_TYPE_TEXT;
  if (is_text && g_ascii_strcasecmp (sqlite3_vtab_collation (info, i), "BINARY") != 0)
    return 0;
  switch (constraint->op)
    {
    case SQLITE_INDEX_CONSTRAINT_EQ:
      if (!sqlite3_vtab_in (info, i, -1))
        return '=';
      /* The list at once, not one scan for each of its values. */
      sqlite3_vtab_in (info, i, 1);
      return 'i';
    case SQLITE_INDEX_CONSTRAINT_LT:
      return is_text ? 0 : '<';
    case SQLITE_INDEX_CONSTRAINT_LE:
      return is_text ? 0 : 'l';
    case SQLITE_INDEX_CONSTRAINT_GT:
      return is_text ? 0 : '>';
    case SQLITE_INDEX_CONSTRAINT_GE:
      return is_text ? 0 : 'g';
    default:
      return 0;
    }
}

/* Guesses; a range of time or seq also saves reading blocks. */
static void
estimate (char op, bool is_seq, bool is_time, double *rows, double *read)
{
  if (is_seq && op == '=')
    {
      *rows = 1;
      *read = MIN (*read, 65536);
    }
  else if (op == '=')
    *rows /= 20;
  else if (op == 'i')
    *rows /= 8;
  else
    *rows /= 3;
  if (is_time || is_seq)
    *read /= op == '=' ? 50 : 4;
}

static int
vtab_best_index (sqlite3_vtab *table, sqlite3_index_info *info)
{
  const TideVtab *vtab = (const TideVtab *) table;
  double rows = (double) MAX (vtab->events, 1), read = rows;
  bool descending = false;
  int n_args = 0;
  sqlite3_str *plan = sqlite3_str_new (vtab->db);
  for (int i = 0; i < info->nConstraint; i++)
    {
      TideType type = TIDE_TYPE_NONE;
      int scale = 0, index = info->aConstraint[i].iColumn;
      uint32_t column = tide_vtab_get_column (vtab, MAX (index, -1), &type, &scale);
      bool is_seq = column == TIDE_CONDITION_SEQ;
      char op = constraint_op (info, i, tide_condition_get_class (type, scale));
      if (op == 0)
        continue;
      info->aConstraintUsage[i].argvIndex = ++n_args;
      sqlite3_str_appendf (plan, " %c%d", op, index);
      bool is_time = column == TIDE_COLUMN_TIME || column == TIDE_COLUMN_RECEIVED
                     || (vtab->stream->time_field >= 0 && index == vtab->stream->time_field);
      estimate (op, is_seq, is_time, &rows, &read);
    }
  if (info->nOrderBy > 0
      && tide_vtab_get_column (vtab, info->aOrderBy[0].iColumn, NULL, NULL) == TIDE_CONDITION_SEQ)
    {
      /* It is unique: what follows in the ORDER BY changes nothing. */
      info->orderByConsumed = 1;
      descending = info->aOrderBy[0].desc != 0;
    }
  char *constraints = sqlite3_str_finish (plan);
  info->idxStr = sqlite3_mprintf ("%c%llx%s", descending ? 'D' : 'A', (unsigned long long) info->colUsed,
                                  constraints != NULL ? constraints : "");
  sqlite3_free (constraints);
  if (info->idxStr == NULL)
    return SQLITE_NOMEM;
  info->needToFreeIdxStr = 1;
  info->estimatedRows = (sqlite3_int64) MAX (rows, 1);
  info->estimatedCost = 10 + 0.02 * read + MAX (rows, 1);
  return SQLITE_OK;
}

static const sqlite3_module tidemark_module = {
  .iVersion = 1,
  .xCreate = vtab_create,
  .xConnect = vtab_connect,
  .xBestIndex = vtab_best_index,
  .xDisconnect = vtab_disconnect,
  .xDestroy = vtab_disconnect,
  .xOpen = tide_vtab_open,
  .xClose = tide_vtab_close,
  .xFilter = tide_vtab_filter,
  .xNext = tide_vtab_next,
  .xEof = tide_vtab_eof,
  .xColumn = tide_vtab_column,
  .xRowid = tide_vtab_rowid,
};

/* --- ts() --- */

static void
sql_ts (sqlite3_context *context, int argc, sqlite3_value **argv)
{
  TideTime time = TIDE_TIME_NONE;
  if (sqlite3_value_type (argv[0]) == SQLITE_NULL)
    return;
  const char *text = (const char *) sqlite3_value_text (argv[0]);
  if (text != NULL && tide_time_parse (text, (gsize) sqlite3_value_bytes (argv[0]), NULL, &time))
    sqlite3_result_int64 (context, time);
  else
    {
      char *message = sqlite3_mprintf ("ts('%.60s'): a time is written as 2026-11-01, 2026-11-01T02:00 or"
                                       " 2026-11-01T02:00:00+01:00 (UTC where no offset is given)",
                                       text != NULL ? text : "");
      sqlite3_result_error (context, message, -1);
      sqlite3_free (message);
    }
}

/* --- registering --- */

static int
create_tables (sqlite3 *db, char **ret_error)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) streams = tide_store_list_streams (db, &error);
  if (streams == NULL)
    {
      *ret_error = sqlite3_mprintf ("this is no Tidemark database: %s", error->message);
      return SQLITE_ERROR;
    }
  for (guint i = 0; streams[i] != NULL; i++)
    {
      char *sql
        = sqlite3_mprintf ("CREATE VIRTUAL TABLE IF NOT EXISTS temp.\"%w\" USING tidemark", streams[i]);
      int code = sqlite3_exec (db, sql, NULL, NULL, ret_error);
      sqlite3_free (sql);
      if (code != SQLITE_OK)
        return code;
    }
  return SQLITE_OK;
}

/* In one read transaction: a change of the schema by another connection while SQLite is inside vtab_create() would free
 * the names that it was called with. */
static int
register_streams (sqlite3 *db, char **ret_error)
{
  bool own = sqlite3_get_autocommit (db) != 0;
  int code = own ? sqlite3_exec (db, "BEGIN; SELECT count(*) FROM main.sqlite_schema", NULL, NULL, ret_error) : SQLITE_OK;
  if (code != SQLITE_OK)
    return code;
  code = create_tables (db, ret_error);
  if (own)
    sqlite3_exec (db, code == SQLITE_OK ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL);
  return code;
}

int
tide_vtab_register_metered (sqlite3 *db, TideVtabMeter *meter, char **ret_error)
{
  int code = sqlite3_create_module_v2 (db, "tidemark", &tidemark_module, meter, NULL);
  if (code == SQLITE_OK)
    code = sqlite3_create_function_v2 (db, "ts", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                                       sql_ts, NULL, NULL, NULL);
  if (code != SQLITE_OK)
    {
      *ret_error = sqlite3_mprintf ("%s", sqlite3_errmsg (db));
      return code;
    }
  return register_streams (db, ret_error);
}

/**
 * tide_vtab_register:
 * @ret_error: (out): what went wrong; free with sqlite3_free()
 *
 * Makes a TEMP table for each stream that @db has now, and the function ts().
 *
 * Returns: an SQLite result code. Thread: @db's.
 */
int
tide_vtab_register (sqlite3 *db, char **ret_error)
{
  return tide_vtab_register_metered (db, NULL, ret_error);
}
