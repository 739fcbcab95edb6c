/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results of analyses land whole or not at all, keep as many versions as asked for, and take any column name. */
#include "store-fixture.h"

typedef struct
{
  char *dir;
  TideStore *store;
  TideWriter *writer;
  TideSql *sql;
} World;

static void
world_init (World *world)
{
  g_autoptr (GError) error = NULL;
  world->dir = fixture_dir_new ();
  world->store = fixture_open (world->dir);
  world->writer = tide_writer_new (world->store, NULL, &error);
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

/* All rows of a query into a result that has not landed. */
static TideResultWrite *
write_all (World *world, const char *analysis, const char *text)
{
  g_autoptr (GError) error = NULL;
  TideSqlBounds bounds = { 0 };
  bool row = true;
  const char *columns[8] = { NULL };
  g_assert_true (tide_sql_prepare (world->sql, text, &error));
  for (guint i = 0; i < tide_sql_get_n_columns (world->sql); i++)
    columns[i] = tide_sql_get_column (world->sql, i);
  TideResultWrite *write = tide_result_write_begin (world->writer, analysis, 5, columns, &error);
  g_assert_no_error (error);
  while (tide_sql_step (world->sql, &bounds, NULL, &row, &error) && row)
    g_assert_true (tide_result_write_row (write, tide_sql_get_stmt (world->sql), &error));
  g_assert_no_error (error);
  return write;
}

static gint64
land (World *world, const char *analysis, const char *text, int keep)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideResultWrite) write = write_all (world, analysis, text);
  gint64 rows = 0;
  g_assert_true (tide_result_write_land (write, 1000, keep, &rows, &error));
  g_assert_no_error (error);
  return rows;
}

#define COUNTER "WITH RECURSIVE t(i) AS (VALUES (1) UNION ALL SELECT i+1 FROM t WHERE i<%d) SELECT i, 'x' || i AS name FROM t"

static void
test_lands_whole (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  world_init (&world);
  for (int i = 1; i <= 4; i++)
    {
      g_autofree char *text = g_strdup_printf (COUNTER, i * 700);
      g_assert_cmpint (land (&world, "nightly-revenue", text, 2), ==, i * 700);
      g_autoptr (TideReader) reader = fixture_reader (world.store);
      g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM \"nightly-revenue\""), ==, i * 700);
      g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM \"nightly-revenue\" WHERE name='x' || i"), ==, i * 700);
    }
  g_autoptr (TideReader) reader = fixture_reader (world.store);
  g_autoptr (GPtrArray) versions = tide_store_get_result_versions (reader, "nightly-revenue", &error);
  g_assert_cmpuint (versions->len, ==, 2);
  const TideResultVersion *newest = g_ptr_array_index (versions, 0);
  g_assert_cmpint (newest->version, ==, 4);
  g_assert_cmpint (newest->rows, ==, 2800);
  g_assert_cmpint (newest->run, ==, 5);
  g_assert_cmpstr (newest->table, ==, "nightly-revenue@4");
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%@%'"), ==, 2);
}

static void
test_leaves_nothing (void)
{
  g_auto (World) world = { 0 };
  world_init (&world);
  g_autofree char *text = g_strdup_printf (COUNTER, 3000);
  land (&world, "a", "SELECT 1 AS one", 3);
  tide_result_write_free (write_all (&world, "a", text));
  g_autoptr (TideReader) reader = fixture_reader (world.store);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%@%'"), ==, 1);
  g_assert_cmpint (fixture_int (reader, "SELECT one FROM a"), ==, 1);
  tide_reader_end (reader);

  /* One that was left: the next takes its name. */
  TideResultWrite *died = write_all (&world, "a", text);
  land (&world, "a", "SELECT 2 AS one", 3);
  tide_reader_begin (reader, 0, NULL, NULL);
  g_assert_cmpint (fixture_int (reader, "SELECT one FROM a"), ==, 2);
  tide_reader_end (reader);
  tide_result_write_free (died);
  tide_reader_begin (reader, 0, NULL, NULL);
  g_assert_cmpint (fixture_int (reader, "SELECT one FROM a"), ==, 2);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%@%'"), ==, 2);
}

static void
test_names_and_values (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  const char *columns[] = { "a", NULL };
  world_init (&world);
  land (&world, "odd \"name\"", "SELECT 1 AS a, 2 AS A, 3 AS \"a_2\", 4 AS \"\", 5 AS \"q\"\"uote\", x'00ff', NULL", 1);
  land (&world, "odd \"name\"", "SELECT 1.5 AS a, '' AS b, 9223372036854775807 AS c", 1);
  g_autoptr (TideReader) reader = fixture_reader (world.store);
  g_assert_cmpint (fixture_int (reader, "SELECT typeof(a)='real' AND typeof(b)='text' AND c=9223372036854775807 FROM \"odd \"\"name\"\"\""), ==, 1);
  g_assert_cmpint (fixture_int (reader, "SELECT json_extract(columns, '$[1]')='b' FROM result_version"), ==, 1);
  g_assert_null (tide_result_write_begin (world.writer, "Quarantine", 1, columns, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
}

/* The view moves under a reader that is in the middle of the old version. */
static void
test_reader_keeps_its_version (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  world_init (&world);
  land (&world, "a", "SELECT 1 AS one", 1);
  g_autoptr (TideReader) reader = fixture_reader (world.store);
  land (&world, "a", "SELECT 2 AS one", 1);
  g_assert_cmpint (fixture_int (reader, "SELECT one FROM a"), ==, 1);
  tide_reader_end (reader);
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_assert_cmpint (fixture_int (reader, "SELECT one FROM a"), ==, 2);
}

static void
test_read (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (GError) error = NULL;
  world_init (&world);
  land (&world, "a", "SELECT 1 AS i, 1.5 AS r, 'two' AS t, NULL AS n, x'00ff' AS b UNION ALL SELECT 2, 2.5, '', 'x', 3", 3);
  land (&world, "a", "SELECT 1 AS one", 3);
  g_autoptr (TideReader) reader = fixture_reader (world.store);
  g_autoptr (GPtrArray) versions = tide_store_get_result_versions (reader, "a", &error);
  TideResultVersion *old = g_ptr_array_index (versions, 1);
  g_autoptr (TideResultTable) table = tide_store_read_result (reader, old, 100, G_MAXSIZE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (table->version, ==, 1);
  g_assert_cmpuint (table->n_rows, ==, 2);
  g_assert_cmpuint (table->n_columns, ==, 5);
  g_assert_cmpstr (table->columns[2], ==, "t");
  g_assert_cmpint (tide_result_table_get (table, 0, 0)->integer, ==, 1);
  g_assert_cmpfloat (tide_result_table_get (table, 1, 1)->real, ==, 2.5);
  g_assert_cmpstr (tide_result_table_get (table, 0, 2)->text, ==, "two");
  g_assert_cmpint (tide_result_table_get (table, 0, 3)->kind, ==, TIDE_CELL_NULL);
  g_assert_cmpstr (tide_result_table_get (table, 0, 4)->text, ==, "x'00ff'");

  /* Bounds cut whole rows off, and it shows. */
  g_autoptr (TideResultTable) part = tide_store_read_result (reader, old, 1, G_MAXSIZE, NULL, &error);
  g_assert_cmpuint (part->n_rows, ==, 1);
  g_assert_cmpint (part->rows, ==, 2);

  TideResultVersion gone = { .version = 9, .table = (char *) "run" };
  g_assert_null (tide_store_read_result (reader, &gone, 1, 1, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/result/lands-whole", test_lands_whole);
  g_test_add_func ("/store/result/leaves-nothing", test_leaves_nothing);
  g_test_add_func ("/store/result/names-and-values", test_names_and_values);
  g_test_add_func ("/store/result/read", test_read);
  g_test_add_func ("/store/result/reader-keeps-its-version", test_reader_keeps_its_version);
  return g_test_run ();
}
