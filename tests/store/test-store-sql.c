/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A person's SQL: it reads, is bounded, and says where it is wrong; whatever would write is refused and changes nothing. */
#include "store-fixture.h"

typedef struct
{
  char *dir;
  TideStore *store;
  TideWriter *writer;
  TideSql *sql;
} World;

static void
world_init (World *world, int64_t n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  world->dir = fixture_dir_new ();
  world->store = fixture_open (world->dir);
  world->writer = tide_writer_new (world->store, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (fixture_push (world->writer, stream, 0, n, &error));
  g_assert_true (tide_writer_flush (world->writer, &error));
  world->sql = tide_sql_open (world->store, &error);
  g_assert_no_error (error);
}

static void
world_clear (World *world)
{
  tide_sql_free (world->sql);
  tide_writer_free (world->writer);
  tide_store_unref (world->store);
  fixture_dir_free (world->dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static void
assert_refused (World *world, const char *text, TideError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  TideSqlBounds bounds = { 0 };
  bool row = false;
  if (tide_sql_prepare (world->sql, text, &error) && tide_sql_step (world->sql, &bounds, NULL, &row, &error))
    g_error ("not refused: %s", text);
  if (!g_error_matches (error, TIDE_ERROR, (int) code) || strstr (error->message, words) == NULL)
    g_error ("%s: %s", text, error->message);
}

static gint64
run (World *world, const char *text, const TideSqlBounds *bounds, GCancellable *cancellable, GError **error)
{
  bool row = true;
  gint64 n = 0;
  if (!tide_sql_prepare (world->sql, text, error))
    return -1;
  for (;;)
    {
      if (!tide_sql_step (world->sql, bounds, cancellable, &row, error))
        return -1;
      if (!row)
        return n;
      n++;
    }
}

static void
test_reads (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  TideSqlBounds bounds = { 0 };
  bool row = false;
  world_init (&world, 100);
  g_assert_true (tide_sql_prepare (world.sql, "SELECT count(*) AS events, max(_seq) FROM orders WHERE n IS NOT NULL; -- all", &error));
  g_assert_cmpuint (tide_sql_get_n_columns (world.sql), ==, 2);
  g_assert_cmpstr (tide_sql_get_column (world.sql, 0), ==, "events");
  g_auto (GStrv) reads = tide_sql_get_reads (world.sql);
  g_autofree char *joined = g_strjoinv (" ", reads);
  g_assert_cmpstr (joined, ==, "orders._seq orders.n");
  g_assert_true (tide_sql_step (world.sql, &bounds, NULL, &row, &error));
  g_assert_true (row);
  g_assert_cmpint (sqlite3_column_int64 (tide_sql_get_stmt (world.sql), 0), ==, 100);
  g_assert_true (tide_sql_step (world.sql, &bounds, NULL, &row, &error));
  g_assert_false (row);
  /* The same statement again: from the start. */
  g_assert_true (tide_sql_step (world.sql, &bounds, NULL, &row, &error));
  g_assert_true (row);
  g_assert_cmpint (run (&world, "WITH RECURSIVE t(i) AS (VALUES (1) UNION ALL SELECT i+1 FROM t WHERE i<10) SELECT i FROM t",
                        &bounds, NULL, &error), ==, 10);
  g_assert_cmpint (run (&world, "EXPLAIN QUERY PLAN SELECT * FROM orders", &bounds, NULL, &error), >, 0);
  g_assert_cmpint (run (&world, "SELECT value FROM json_each('[1, 2]')", &bounds, NULL, &error), ==, 2);
  gint64 n = run (&world, "SELECT * FROM pragma_table_info('orders')", &bounds, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (n, >, 0);
  g_assert_cmpint (run (&world, "SELECT * FROM position, run, gap", &bounds, NULL, &error), ==, 0);
  g_assert_no_error (error);
}

static void
test_refuses_writing (void)
{
  static const char *const texts[] = {
    "INSERT INTO run (name, status) VALUES ('a', 'b')",
    "UPDATE stream SET last_seq=0",
    "UPDATE sqlite_schema SET sql=''",
    "UPDATE sqlite_temp_schema SET sql=''",
    "DELETE FROM block",
    "DROP TABLE block",
    "CREATE TABLE t (a)",
    "CREATE TEMP TABLE t (a)",
    "CREATE VIRTUAL TABLE temp.t USING tidemark",
    "DROP TABLE temp.orders",
    "INSERT INTO orders (n) VALUES (1)",
    "ATTACH '/tmp/x.db' AS x",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO '/tmp/tidemark-never.db'",
    "PRAGMA query_only=OFF",
    "PRAGMA journal_mode=DELETE",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT a",
    "ANALYZE",
    "REINDEX",
    "SELECT load_extension('x')",
    "WITH t AS (SELECT 1) DELETE FROM run",
    "EXPLAIN DELETE FROM run",
  };
  g_auto (World) world = { 0 };
  world_init (&world, 100);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      TideSqlBounds bounds = { 0 };
      bool row = false;
      if (tide_sql_prepare (world.sql, texts[i], &error) && tide_sql_step (world.sql, &bounds, NULL, &row, &error))
        g_error ("not refused: %s", texts[i]);
      if (!g_error_matches (error, TIDE_ERROR, TIDE_ERROR_DENIED) && !g_error_matches (error, TIDE_ERROR, TIDE_ERROR_INVALID))
        g_error ("%s: %s", texts[i], error->message);
    }
  g_assert_false (g_file_test ("/tmp/tidemark-never.db", G_FILE_TEST_EXISTS));
  assert_refused (&world, "SELECT 1;\n\nDELETE FROM run", TIDE_ERROR_INVALID, "line 3, column 1: a second statement");
  assert_refused (&world, "DELETE FROM orders", TIDE_ERROR_DENIED, "table orders may not be modified: here SQL only reads");
  assert_refused (&world, "DELETE FROM run", TIDE_ERROR_DENIED, "DELETE is not allowed: here SQL only reads");
}

static void
test_says_where (void)
{
  g_auto (World) world = { 0 };
  world_init (&world, 10);
  assert_refused (&world, "SELECT n,\n  citty FROM orders", TIDE_ERROR_INVALID, "line 2, column 3: no such column: citty");
  assert_refused (&world, "SELECT 'größe', nix FROM orders", TIDE_ERROR_INVALID, "line 1, column 17: ");
  assert_refused (&world, "SELEC 1", TIDE_ERROR_INVALID, "line 1, column 1: near \"SELEC\"");
  assert_refused (&world, " -- nothing\n ;", TIDE_ERROR_INVALID, "there is no statement");
  assert_refused (&world, "SELECT * FROM orders WHERE n=:n", TIDE_ERROR_INVALID, ":n has no value");
  assert_refused (&world, "SELECT ts('yesterday')", TIDE_ERROR_INVALID, "a time is written as");
  assert_refused (&world, "SELECT * FROM payments", TIDE_ERROR_INVALID, "no such table: payments");
}

static void
test_bounds (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) rows = NULL, late = NULL, long_value = NULL, cancelled = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  TideSqlBounds ten = { .max_rows = 10 }, soon = { .deadline = 30 * TIDE_MS }, small = { .max_length = 2000 }, none = { 0 };
  world_init (&world, 3000);
  g_assert_cmpint (run (&world, "SELECT n FROM orders LIMIT 10", &ten, NULL, &rows), ==, 10);
  g_assert_cmpint (run (&world, "SELECT n FROM orders", &ten, NULL, &rows), ==, -1);
  g_assert_nonnull (strstr (rows->message, "more than 10 rows"));
  g_assert_cmpint (run (&world, "WITH RECURSIVE t(i) AS (VALUES (1) UNION ALL SELECT i+1 FROM t) SELECT max(i) FROM t", &soon,
                        NULL, &late), ==, -1);
  g_assert_error (late, TIDE_ERROR, TIDE_ERROR_TIMEOUT);
  g_clear_error (&late);
  g_assert_cmpint (run (&world, "SELECT count(*) FROM orders a, orders b, orders c WHERE a.n+b.n+c.n=1", &soon, NULL, &late), ==, -1);
  g_assert_error (late, TIDE_ERROR, TIDE_ERROR_TIMEOUT);
  g_assert_cmpint (run (&world, "SELECT length(group_concat(n)) FROM orders", &small, NULL, &long_value), ==, -1);
  g_assert_error (long_value, TIDE_ERROR, TIDE_ERROR_INVALID);
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (run (&world, "SELECT 1", &none, cancellable, &cancelled), ==, -1);
  g_assert_error (cancelled, TIDE_ERROR, TIDE_ERROR_CANCELLED);
  /* And it goes on as before. */
  g_clear_error (&rows);
  g_assert_cmpint (run (&world, "SELECT n FROM orders", &none, NULL, &rows), ==, 3000);
}

/* A statement that is being stepped sees the moment of its first step. */
static void
test_one_moment (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  TideSqlBounds bounds = { 0 };
  bool row = false;
  world_init (&world, 1000);
  g_assert_true (tide_sql_prepare (world.sql, "SELECT _seq FROM orders", &error));
  g_assert_true (tide_sql_step (world.sql, &bounds, NULL, &row, &error));
  g_assert_true (fixture_push (world.writer, stream, 1000, 50, &error));
  g_assert_true (tide_writer_seal (world.writer, &error));
  gint64 n = 1;
  while (tide_sql_step (world.sql, &bounds, NULL, &row, &error) && row)
    n++;
  g_assert_no_error (error);
  g_assert_cmpint (n, ==, 1000);
  g_assert_cmpint (run (&world, "SELECT _seq FROM orders", &bounds, NULL, &error), ==, 1050);
}

static void
test_tables (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  world_init (&world, 1);
  g_autoptr (GPtrArray) tables = tide_sql_get_tables (world.sql, &error);
  g_assert_no_error (error);
  const TideSqlTable *orders = g_ptr_array_index (tables, 0);
  g_assert_cmpstr (orders->name, ==, "orders");
  g_assert_true (orders->is_stream);
  g_assert_cmpstr (g_ptr_array_index (orders->columns, 0), ==, "n integer");
  g_assert_cmpuint (tables->len, ==, 6);
}

static void
stop_at_second_look (TideSql *sql, void *data)
{
  guint *looks = data;
  if (++*looks == 2)
    tide_sql_set_watch (sql, NULL, NULL, 0);
}

/* Progress can be looked at while a step that has no row yet goes on. */
static void
test_watch (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  TideSqlBounds soon = { .deadline = 200 * TIDE_MS };
  bool row = false;
  guint looks = 0;
  world_init (&world, 100);
  g_assert_true (tide_sql_prepare (world.sql, "WITH RECURSIVE t(i) AS (VALUES (1) UNION ALL SELECT i+1 FROM t) SELECT max(i) FROM t",
                                   &error));
  tide_sql_set_watch (world.sql, stop_at_second_look, &looks, 0);
  g_assert_false (tide_sql_step (world.sql, &soon, NULL, &row, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT);
  g_assert_cmpuint (looks, ==, 2);
}

typedef struct
{
  TideWriter *writer;
  int stop;
} Lander;

/* Each result that lands is a change of the schema. */
static void *
land_results (void *data)
{
  Lander *lander = data;
  const char *columns[] = { "a", NULL };
  tide_thread_set_role (TIDE_THREAD_WORKER);
  while (!g_atomic_int_get (&lander->stop))
    {
      g_autoptr (TideResultWrite) write = tide_result_write_begin (lander->writer, "result", 1, columns, NULL);
      g_assert_nonnull (write);
      g_assert_true (tide_result_write_land (write, 1, 2, NULL, NULL));
    }
  return NULL;
}

/* Opening while results land: every table is there, whatever the schema did meanwhile. */
static void
test_opens_while_schema_changes (void)
{
  g_auto (World) world = { 0 };
  world_init (&world, 10);
  Lander lander = { .writer = world.writer };
  GThread *thread = g_thread_new ("lander", land_results, &lander);
  for (int i = 0; i < 300; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TideSql) sql = tide_sql_open (world.store, &error);
      g_assert_no_error (error);
      g_assert_true (tide_sql_prepare (sql, "SELECT count(n) FROM orders", &error));
      g_assert_no_error (error);
    }
  g_atomic_int_set (&lander.stop, 1);
  g_thread_join (thread);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/sql/reads", test_reads);
  g_test_add_func ("/store/sql/refuses-writing", test_refuses_writing);
  g_test_add_func ("/store/sql/says-where", test_says_where);
  g_test_add_func ("/store/sql/bounds", test_bounds);
  g_test_add_func ("/store/sql/one-moment", test_one_moment);
  g_test_add_func ("/store/sql/opens-while-schema-changes", test_opens_while_schema_changes);
  g_test_add_func ("/store/sql/watch", test_watch);
  g_test_add_func ("/store/sql/tables", test_tables);
  return g_test_run ();
}
