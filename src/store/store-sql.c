/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A person's SQL. Four fences, each enough for what it is for: the connection is read-only and query_only; the
 * authorizer lets nothing but reading be prepared (ATTACH and VACUUM INTO would write a file even so); the progress
 * handler ends what runs too long, was cancelled, or keeps the WAL from shrinking; limits bound a value and a statement.
 * There is no bound on SQLite's memory as a whole: hard_heap_limit would hit the writer too. */
#include "store-sql.h"
#include "store-vtab.h"

#define PROGRESS_OPS 2000
#define DEFAULT_MAX_LENGTH (64 * 1024 * 1024)
#define MAX_STATEMENT (1024 * 1024)
/* After so long a read gives way to a WAL of such a size. */
#define WAL_PATIENCE (60 * TIDE_SECOND)
#define WAL_MAX_BYTES (96 * 1024 * 1024)

#define ALLOWED "here SQL only reads: SELECT, WITH, VALUES or EXPLAIN"

struct _TideSql
{
  TideStore *store;
  sqlite3 *db;
  sqlite3_stmt *stmt;
  TideVtabMeter meter;
  char **streams;
  GHashTable *reads;  /* collected while a statement is prepared */
  bool own;           /* a statement of ours, not the person's */
  bool collecting;
  char *denied;       /* what the authorizer refused */
  bool stepping;      /* in a read transaction */
  gint64 rows;
  int64_t started_us, due_us, look_us; /* monotonic; look: at the WAL */
  GCancellable *cancellable;
  void (*watch) (TideSql *sql, void *data);
  void *watch_data;
  TideDuration watch_every;
  int64_t watch_us;   /* monotonic */
  enum
  {
    STOP_NO,
    STOP_CANCELLED,
    STOP_DEADLINE,
    STOP_WAL,
  } stop;
};

/* --- fences --- */

static bool
is_stream (TideSql *sql, const char *name)
{
  for (char **stream = sql->streams; stream != NULL && *stream != NULL; stream++)
    if (g_ascii_strcasecmp (name, *stream) == 0)
      return true;
  return false;
}

static int
sql_authorize (void *data, int action, const char *first, const char *second, const char *schema, const char *source)
{
  TideSql *sql = data;
  if (sql->own)
    return SQLITE_OK;
  if (!tide_sql_may (action, first, second))
    {
      if (sql->denied == NULL)
        sql->denied = g_strdup (tide_sql_name_action (action));
      return SQLITE_DENY;
    }
  if (action == SQLITE_READ && sql->collecting && first != NULL && is_stream (sql, first))
    g_hash_table_add (sql->reads, second != NULL && *second != '\0' ? g_strdup_printf ("%s.%s", first, second)
                                                                    : g_strdup (first));
  return SQLITE_OK;
}

static bool
sql_must_stop (void *data)
{
  TideSql *sql = data;
  if (!sql->stepping)
    return false;
  int64_t now = g_get_monotonic_time ();
  if (sql->watch != NULL && now >= sql->watch_us)
    {
      sql->watch_us = now + sql->watch_every;
      sql->watch (sql, sql->watch_data);
    }
  if (g_cancellable_is_cancelled (sql->cancellable))
    sql->stop = STOP_CANCELLED;
  else if (now >= sql->due_us)
    sql->stop = STOP_DEADLINE;
  else if (now >= sql->look_us)
    {
      gint64 database = 0, wal = 0;
      sql->look_us = now + TIDE_SECOND;
      tide_store_get_sizes (sql->store, &database, &wal);
      if (wal > WAL_MAX_BYTES)
        sql->stop = STOP_WAL;
    }
  return sql->stop != STOP_NO;
}

static int
sql_progress (void *data)
{
  return sql_must_stop (data);
}

/* --- opening --- */

static bool
sql_exec_own (TideSql *sql, const char *text, GError **error)
{
  sql->own = true;
  bool ok = tide_db_exec (sql->db, text, error);
  sql->own = false;
  return ok;
}

static bool
sql_prepare_connection (TideSql *sql, GError **error)
{
  static const struct
  {
    int limit, value;
  } limits[] = {
    { SQLITE_LIMIT_SQL_LENGTH, MAX_STATEMENT }, { SQLITE_LIMIT_LENGTH, DEFAULT_MAX_LENGTH },
    { SQLITE_LIMIT_EXPR_DEPTH, 200 },           { SQLITE_LIMIT_COMPOUND_SELECT, 100 },
    { SQLITE_LIMIT_VDBE_OP, 200000 },           { SQLITE_LIMIT_ATTACHED, 0 },
    { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000 }, { SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
    { SQLITE_LIMIT_WORKER_THREADS, 0 },
  };
  char *message = NULL;
  sql->own = true;
  int code = tide_vtab_register_metered (sql->db, &sql->meter, &message);
  sql->own = false;
  if (code != SQLITE_OK)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "can't read the streams: %s",
                 message != NULL ? message : sqlite3_errstr (code));
  sqlite3_free (message);
  /* Only now: the TEMP tables had to be made. */
  if (code != SQLITE_OK || !sql_exec_own (sql, "PRAGMA query_only=ON", error))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    sqlite3_limit (sql->db, limits[i].limit, limits[i].value);
  sqlite3_set_authorizer (sql->db, sql_authorize, sql);
  sqlite3_progress_handler (sql->db, PROGRESS_OPS, sql_progress, sql);
  sql->streams = tide_store_list_streams (sql->db, error);
  return sql->streams != NULL;
}

/**
 * tide_sql_open:
 *
 * Returns: (transfer full): a connection for a person's SQL; tide_sql_free()
 *
 * Errors: DENIED, CORRUPT. Thread: not main.
 */
TideSql *
tide_sql_open (TideStore *store, GError **error)
{
  tide_assert_not_main_thread ();
  sqlite3 *db = tide_store_connect (store, error);
  if (db == NULL)
    return NULL;
  TideSql *sql = g_new0 (TideSql, 1);
  sql->store = tide_store_ref (store);
  sql->db = db;
  sql->meter.stopped = sql_must_stop;
  sql->meter.data = sql;
  sql->reads = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (sql_prepare_connection (sql, error))
    return sql;
  tide_sql_free (sql);
  return NULL;
}

/* Begins a read transaction: all is of one moment. Also while a statement is prepared: a schema that another connection
 * changes while SQLite is inside a virtual table's xConnect would free the names that it was called with. */
static bool
sql_hold (TideSql *sql, GError **error)
{
  gint64 rows = 0;
  if (!sql_exec_own (sql, "BEGIN", error))
    return false;
  /* BEGIN alone takes no snapshot: the first read does. */
  sql->own = true;
  bool ok = tide_db_get_int (sql->db, "SELECT count(*) FROM main.meta", 0, &rows, error);
  sql->own = false;
  if (!ok)
    sql_exec_own (sql, "ROLLBACK", NULL);
  return ok;
}

/* Ends what is being stepped. */
static void
sql_end (TideSql *sql)
{
  sqlite3_reset (sql->stmt);
  g_clear_object (&sql->cancellable);
  if (sql->stepping)
    sql_exec_own (sql, "ROLLBACK", NULL);
  sql->stepping = false;
}

void
tide_sql_free (TideSql *sql)
{
  if (sql == NULL)
    return;
  sql_end (sql);
  sqlite3_finalize (sql->stmt);
  sqlite3_close (sql->db);
  g_hash_table_unref (sql->reads);
  g_strfreev (sql->streams);
  g_free (sql->denied);
  tide_store_unref (sql->store);
  g_free (sql);
}

/* --- preparing --- */

/* "line 2, column 8: " of a byte of @text. */
static char *
describe_place (const char *text, int offset)
{
  int line = 1;
  const char *start = text;
  if (offset < 0 || (gsize) offset > strlen (text))
    return g_strdup ("");
  for (const char *at = text; at < text + offset; at++)
    if (*at == '\n')
      {
        line++;
        start = at + 1;
      }
  glong column = g_utf8_strlen (start, text + offset - start) + 1;
  return g_strdup_printf ("line %d, column %ld: ", line, column);
}

static void
set_prepare_error (TideSql *sql, const char *text, int code, GError **error)
{
  g_autofree char *place = describe_place (text, sqlite3_error_offset (sql->db));
  if (sql->denied != NULL)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED, "%s%s is not allowed: " ALLOWED, place, sql->denied);
  else if (strstr (sqlite3_errmsg (sql->db), "may not be modified") != NULL)
    /* A stream's table, which SQLite knows to be read-only before it asks the authorizer. */
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED, "%s%s: " ALLOWED, place, sqlite3_errmsg (sql->db));
  else if (code == SQLITE_TOOBIG)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "the statement is longer than %d bytes; make it shorter",
                 MAX_STATEMENT);
  else if ((code & 0xff) == SQLITE_ERROR)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s%s", place, sqlite3_errmsg (sql->db));
  else
    tide_store_set_error (error, sql->db, code, "can't prepare the statement");
}

/* Whether nothing but spaces, comments and semicolons follows. */
static bool
check_tail (TideSql *sql, const char *text, const char *tail, GError **error)
{
  while (*tail != '\0')
    {
      sqlite3_stmt *second = NULL;
      const char *start = tail;
      int code = sqlite3_prepare_v2 (sql->db, tail, -1, &second, &tail);
      sqlite3_finalize (second);
      if (code == SQLITE_OK && second == NULL)
        continue;
      while (g_ascii_isspace (*start) || *start == ';')
        start++;
      g_autofree char *place = describe_place (text, (int) (start - text));
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%sa second statement begins; give one at a time", place);
      return false;
    }
  return true;
}

static bool
check_statement (TideSql *sql, const char *text, const char *tail, GError **error)
{
  if (sql->stmt == NULL)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "there is no statement; write a SELECT");
  else if (!sqlite3_stmt_readonly (sql->stmt) || sqlite3_column_count (sql->stmt) == 0)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED, "this statement is not allowed: " ALLOWED);
  else if (sqlite3_bind_parameter_count (sql->stmt) > 0)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s has no value here; write the value itself",
                 sqlite3_bind_parameter_name (sql->stmt, 1) != NULL ? sqlite3_bind_parameter_name (sql->stmt, 1) : "?");
  else
    return check_tail (sql, text, tail, error);
  return false;
}

/**
 * tide_sql_prepare:
 * @text: one statement; a semicolon and comments may follow
 *
 * Errors: INVALID (with line and column), DENIED (it would write). Thread: one at a time.
 */
bool
tide_sql_prepare (TideSql *sql, const char *text, GError **error)
{
  const char *tail = text;
  sql_end (sql);
  g_clear_pointer (&sql->stmt, sqlite3_finalize);
  g_clear_pointer (&sql->denied, g_free);
  g_hash_table_remove_all (sql->reads);
  sqlite3_limit (sql->db, SQLITE_LIMIT_LENGTH, DEFAULT_MAX_LENGTH);
  if (!sql_hold (sql, error))
    return false;
  sql->collecting = true;
  int code = sqlite3_prepare_v3 (sql->db, text, -1, 0, &sql->stmt, &tail);
  sql->collecting = false;
  if (code != SQLITE_OK)
    set_prepare_error (sql, text, code, error);
  bool ok = code == SQLITE_OK && check_statement (sql, text, tail, error);
  sql_exec_own (sql, "ROLLBACK", NULL);
  if (!ok)
    g_clear_pointer (&sql->stmt, sqlite3_finalize);
  return ok;
}

guint
tide_sql_get_n_columns (TideSql *sql)
{
  return (guint) sqlite3_column_count (sql->stmt);
}

const char *
tide_sql_get_column (TideSql *sql, guint index)
{
  return sqlite3_column_name (sql->stmt, (int) index);
}

sqlite3_stmt *
tide_sql_get_stmt (TideSql *sql)
{
  return sql->stmt;
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * tide_sql_get_reads:
 *
 * Returns: (transfer full): NULL-terminated; free with g_strfreev()
 */
char **
tide_sql_get_reads (TideSql *sql)
{
  g_autoptr (GPtrArray) reads = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, sql->reads);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (reads, g_strdup (key));
  g_ptr_array_sort (reads, compare_strings);
  g_ptr_array_add (reads, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&reads), FALSE);
}

/* --- stepping --- */

static bool
sql_begin (TideSql *sql, const TideSqlBounds *bounds, GCancellable *cancellable, GError **error)
{
  int64_t now = g_get_monotonic_time ();
  sql->rows = 0;
  sql->stop = STOP_NO;
  sql->started_us = now;
  sql->due_us = bounds->deadline > 0 ? now + bounds->deadline : INT64_MAX;
  sql->look_us = now + WAL_PATIENCE;
  g_set_object (&sql->cancellable, cancellable);
  __atomic_store_n (&sql->meter.blocks, 0, __ATOMIC_RELAXED);
  __atomic_store_n (&sql->meter.total, 0, __ATOMIC_RELAXED);
  __atomic_store_n (&sql->meter.events, 0, __ATOMIC_RELAXED);
  sqlite3_limit (sql->db, SQLITE_LIMIT_LENGTH,
                 (int) CLAMP (bounds->max_length > 0 ? bounds->max_length : DEFAULT_MAX_LENGTH, 1024, G_MAXINT));
  sql->stepping = sql_hold (sql, error);
  return sql->stepping;
}

static void
set_step_error (TideSql *sql, const TideSqlBounds *bounds, int code, GError **error)
{
  double seconds = (double) (g_get_monotonic_time () - sql->started_us) / TIDE_SECOND;
  if (sql->stop == STOP_CANCELLED)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "cancelled");
  else if (sql->stop == STOP_DEADLINE)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT,
                 "the query was stopped after %.3g s, its time limit; narrow it by time (_time >= ts('…')) or raise the"
                 " limit",
                 seconds);
  else if (sql->stop == STOP_WAL)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT,
                 "the query was stopped after %.3g s, since it kept the database from shrinking its log while much was"
                 " written; narrow it by time",
                 seconds);
  else if (sql->denied != NULL)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED, "%s is not allowed: " ALLOWED, sql->denied);
  else if ((code & 0xff) == SQLITE_TOOBIG)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                 "a value is longer than %" G_GINT64_FORMAT " bytes, the limit; select less of it",
                 bounds->max_length > 0 ? bounds->max_length : (gint64) DEFAULT_MAX_LENGTH);
  else if ((code & 0xff) == SQLITE_ERROR)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s", sqlite3_errmsg (sql->db));
  else
    tide_store_set_error (error, sql->db, code, "the query failed");
}

/**
 * tide_sql_step:
 * @bounds: the same for each step
 * @ret_row: (out): TRUE on a row, FALSE at the end
 *
 * Thread: the one that prepared; blocks on SQLite.
 */
bool
tide_sql_step (TideSql *sql, const TideSqlBounds *bounds, GCancellable *cancellable, bool *ret_row, GError **error)
{
  g_assert (sql->stmt != NULL);
  if (!sql->stepping && !sql_begin (sql, bounds, cancellable, error))
    {
      sql_end (sql);
      return false;
    }
  /* A short query may never come to the progress handler. */
  int code = sql_must_stop (sql) ? SQLITE_INTERRUPT : sqlite3_step (sql->stmt);
  bool over = code == SQLITE_ROW && bounds->max_rows > 0 && ++sql->rows > bounds->max_rows;
  if (over)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                 "the result has more than %" G_GINT64_FORMAT " rows, the limit; aggregate, add LIMIT, or raise the limit",
                 bounds->max_rows);
  else if (code == SQLITE_ROW || code == SQLITE_DONE)
    {
      *ret_row = code == SQLITE_ROW;
      if (code == SQLITE_DONE)
        sql_end (sql);
      return true;
    }
  else
    set_step_error (sql, bounds, code, error);
  sql_end (sql);
  return false;
}

void
tide_sql_get_progress (TideSql *sql, guint64 *ret_blocks, guint64 *ret_total, guint64 *ret_events)
{
  *ret_blocks = __atomic_load_n (&sql->meter.blocks, __ATOMIC_RELAXED);
  *ret_total = __atomic_load_n (&sql->meter.total, __ATOMIC_RELAXED);
  *ret_events = __atomic_load_n (&sql->meter.events, __ATOMIC_RELAXED);
}

void
tide_sql_set_watch (TideSql *sql, void (*func) (TideSql *sql, void *data), void *data, TideDuration every)
{
  sql->watch = func;
  sql->watch_data = data;
  sql->watch_every = every;
  sql->watch_us = 0;
}

/* --- tables --- */

void
tide_sql_table_free (TideSqlTable *table)
{
  if (table == NULL)
    return;
  g_free (table->name);
  g_ptr_array_unref (table->columns);
  g_free (table);
}

/* Streams, then results (views and their versions) and the plain tables that others read. */
#define TABLES_SQL \
  "SELECT t.name, t.is_stream, c.name, lower(c.type) FROM (" \
  " SELECT name, 1 AS is_stream FROM main.stream UNION ALL" \
  " SELECT name, 0 FROM main.sqlite_schema WHERE type='view' OR name IN ('quarantine', 'run', 'alert_event', 'position'," \
  " 'gap') OR name IN (SELECT table_name FROM main.result_version)) AS t," \
  " pragma_table_xinfo(t.name, CASE t.is_stream WHEN 1 THEN 'temp' ELSE 'main' END) AS c" \
  " ORDER BY t.is_stream DESC, t.name, c.cid"

/**
 * tide_sql_get_tables:
 *
 * Returns: (transfer full) (element-type TideSqlTable): what a person's SQL can read
 *
 * Errors: BUSY, CORRUPT. Thread: one at a time.
 */
GPtrArray *
tide_sql_get_tables (TideSql *sql, GError **error)
{
  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_sql_table_free);
  sql_end (sql);
  if (!sql_hold (sql, error))
    return NULL;
  sql->own = true;
  g_autoptr (TideStmt) stmt = tide_db_prepare (sql->db, TABLES_SQL, error);
  TideSqlTable *table = NULL;
  bool row = stmt != NULL, ok = stmt != NULL;
  while (row && (ok = tide_db_step (stmt, &row, error)) && row)
    {
      const char *name = (const char *) sqlite3_column_text (stmt, 0);
      const char *type = (const char *) sqlite3_column_text (stmt, 3);
      if (table == NULL || !g_str_equal (table->name, name))
        {
          table = g_new0 (TideSqlTable, 1);
          table->name = g_strdup (name);
          table->is_stream = sqlite3_column_int (stmt, 1) != 0;
          table->columns = g_ptr_array_new_with_free_func (g_free);
          g_ptr_array_add (tables, table);
        }
      const char *column = (const char *) sqlite3_column_text (stmt, 2);
      g_ptr_array_add (table->columns,
                       type != NULL && *type != '\0' ? g_strdup_printf ("%s %s", column, type) : g_strdup (column));
    }
  sql->own = false;
  g_clear_pointer (&stmt, sqlite3_finalize);
  sql_exec_own (sql, "ROLLBACK", NULL);
  return ok ? g_steal_pointer (&tables) : NULL;
}
