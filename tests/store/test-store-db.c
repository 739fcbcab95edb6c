/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a workspace's database: the lock, what is not ours or newer, migrations with their backup, readers. */
#include "store-fixture.h"
#include "store-private.h"

static char *
db_path (const char *dir)
{
  return g_build_filename (dir, TIDE_DATABASE_FILE, NULL);
}

static void
run_sql (const char *path, const char *sql)
{
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
test_pragmas (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (TideReader) reader = fixture_reader (store);
  g_assert_cmpint (fixture_int (reader, "PRAGMA auto_vacuum"), ==, 2);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"), ==, 1);
  g_assert_cmpint (fixture_int (reader, "PRAGMA application_id"), ==, TIDE_APPLICATION_ID);
  g_assert_cmpint (sqlite3_exec (tide_reader_get_db (reader), "DELETE FROM meta", NULL, NULL, NULL), ==,
                   SQLITE_READONLY);
  gint64 database = 0, wal = 0;
  tide_store_get_sizes (store, &database, &wal);
  g_assert_cmpint (database + wal, >, 0);
}

static void
test_lock (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  TideStore *store = fixture_open (dir);
  g_assert_null (tide_store_open (dir, TIDE_STORE_WRITE, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LOCKED);
  g_autofree char *pid = g_strdup_printf ("process %d", (int) getpid ());
  g_assert_nonnull (strstr (error->message, pid));
  g_clear_error (&error);
  TideStore *other = tide_store_open (dir, TIDE_STORE_READ, &error);
  g_assert_no_error (error);
  g_assert_null (tide_writer_new (other, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_DENIED);
  tide_store_unref (other);
  tide_store_unref (store);
  g_autoptr (TideStore) again = fixture_open (dir);
  g_assert_nonnull (again);
}

static void
test_missing (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  g_assert_null (tide_store_open (dir, TIDE_STORE_READ, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_autofree char *nowhere = g_build_filename (dir, "nowhere", NULL);
  g_assert_null (tide_store_open (nowhere, TIDE_STORE_WRITE, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
}

/* Refused, and not a byte of it changed. */
static void
check_refused (const char *dir, TideError code)
{
  g_autofree char *path = db_path (dir), *before = NULL, *after = NULL;
  gsize len_before = 0, len_after = 0;
  g_assert_true (g_file_get_contents (path, &before, &len_before, NULL));
  for (int mode = TIDE_STORE_READ; mode <= TIDE_STORE_WRITE; mode++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (tide_store_open (dir, (TideStoreMode) mode, &error));
      g_assert_error (error, TIDE_ERROR, (int) code);
    }
  g_assert_true (g_file_get_contents (path, &after, &len_after, NULL));
  g_assert_cmpuint (len_before, ==, len_after);
  g_assert_true (memcmp (before, after, len_before) == 0);
}

/* A folder from someone else may hold links to what is the person's: nothing behind them is opened or written. */
static void
test_links (void)
{
  static const char *const names[] = { ".tidemark.lock", TIDE_DATABASE_FILE, TIDE_DATABASE_FILE "-wal" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (int hard = 0; hard < (i == 0 ? 2 : 1); hard++)
      {
        g_autoptr (FixtureDir) dir = fixture_dir_new (), elsewhere = fixture_dir_new ();
        g_autoptr (GError) error = NULL;
        g_autofree char *target = g_build_filename (elsewhere, "precious", NULL), *text = NULL;
        g_autofree char *link_path = g_build_filename (dir, names[i], NULL);
        g_assert_true (g_file_set_contents (target, "precious", -1, NULL));
        g_assert_cmpint (hard ? link (target, link_path) : symlink (target, link_path), ==, 0);
        /* A stale log is taken away, link or not; the others are refused. */
        g_autoptr (TideStore) store = tide_store_open (dir, TIDE_STORE_WRITE, &error);
        if (i < 2)
          g_assert_error (error, TIDE_ERROR, TIDE_ERROR_DENIED);
        g_assert_true (g_file_get_contents (target, &text, NULL, NULL));
        g_assert_cmpstr (text, ==, "precious");
      }
}

/* The person's own link to a workspace is one: it is that workspace, with its lock. */
static void
test_link_to_workspace (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new (), elsewhere = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *link_path = g_build_filename (elsewhere, "link", NULL);
  g_autoptr (TideStore) store = fixture_open (dir);
  g_assert_cmpint (symlink (dir, link_path), ==, 0);
  g_assert_null (tide_store_open (link_path, TIDE_STORE_WRITE, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LOCKED);
  tide_store_unref (g_steal_pointer (&store));
  g_clear_error (&error);
  store = tide_store_open (link_path, TIDE_STORE_WRITE, &error);
  g_assert_no_error (error);
}

static void
test_newer (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autofree char *path = db_path (dir);
  tide_store_unref (fixture_open (dir));
  run_sql (path, "PRAGMA user_version=99; PRAGMA wal_checkpoint(TRUNCATE)");
  check_refused (dir, TIDE_ERROR_NEWER);
}

static void
test_not_ours (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autofree char *path = db_path (dir);
  run_sql (path, "CREATE TABLE contacts (name)");
  check_refused (dir, TIDE_ERROR_CORRUPT);
}

static void
test_no_database (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autofree char *path = db_path (dir);
  g_autofree char *text = g_strnfill (10000, 'x');
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  check_refused (dir, TIDE_ERROR_CORRUPT);
}

/* Another process makes the tables once the application's number was read. */
static int
make_tables (unsigned event, void *path, void *statement, void *detail)
{
  if (g_str_equal (sqlite3_sql (statement), "PRAGMA application_id"))
    run_sql (path, "BEGIN; CREATE TABLE a (b); PRAGMA user_version=1; PRAGMA application_id=1413762379; COMMIT");
  return 0;
}

static void
test_born_meanwhile (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autofree char *path = db_path (dir);
  g_autoptr (GError) error = NULL;
  sqlite3 *db = NULL;
  gint64 version = -1;
  G_STATIC_ASSERT (TIDE_APPLICATION_ID == 1413762379);
  run_sql (path, "PRAGMA journal_mode=WAL");
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_trace_v2 (db, SQLITE_TRACE_PROFILE, make_tables, path);
  g_assert_true (tide_schema_check (db, path, TIDE_SCHEMA_VERSION, &version, &error));
  g_assert_no_error (error);
  g_assert_cmpint (version, ==, 0);
  sqlite3_close (db);
}

static void
test_migrate (void)
{
  const TideMigration steps[] = {
    { "CREATE TABLE a (x); INSERT INTO a VALUES (1)" },
    { "ALTER TABLE a ADD COLUMN y DEFAULT 5" },
    { "CREATE TABLE b (z); CREATE TABLE b (z)" },
  };
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = db_path (dir), *backup = g_strconcat (path, ".v1.bak", NULL);
  sqlite3 *db = NULL;
  gint64 value = 0;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_true (tide_schema_migrate (db, path, steps, 1, &error));
  g_assert_false (g_file_test (backup, G_FILE_TEST_EXISTS));
  g_assert_true (tide_schema_migrate (db, path, steps, 2, &error));
  g_assert_true (tide_db_get_int (db, "SELECT y FROM a", 0, &value, &error));
  g_assert_cmpint (value, ==, 5);
  /* What went before is in the backup, as it was. */
  sqlite3 *copy = NULL;
  g_assert_cmpint (sqlite3_open (backup, &copy), ==, SQLITE_OK);
  g_assert_true (tide_db_get_int (copy, "SELECT count(*) FROM pragma_table_info('a')", 0, &value, &error));
  g_assert_cmpint (value, ==, 1);
  g_assert_true (tide_db_get_int (copy, "PRAGMA user_version", 0, &value, &error));
  g_assert_cmpint (value, ==, 1);
  sqlite3_close (copy);
  /* A step that fails leaves nothing of itself. */
  g_assert_false (tide_schema_migrate (db, path, steps, 3, &error));
  g_clear_error (&error);
  g_assert_true (tide_db_get_int (db, "SELECT count(*) FROM sqlite_schema WHERE name='b'", 0, &value, &error));
  g_assert_cmpint (value, ==, 0);
  g_assert_true (tide_db_get_int (db, "PRAGMA user_version", 0, &value, &error));
  g_assert_cmpint (value, ==, 2);
  g_assert_false (tide_schema_migrate (db, path, steps, 1, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NEWER);
  sqlite3_close (db);
}

static void
test_runs_left_behind (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autofree char *path = db_path (dir);
  tide_store_unref (fixture_open (dir));
  run_sql (path, "INSERT INTO run (name, started, status) VALUES ('rollup:x', 1, 'running'), ('y', 1, 'succeeded')");
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (TideReader) reader = fixture_reader (store);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM run WHERE status='failed' AND error IS NOT NULL"), ==,
                   1);
}

/* A reader sees one moment, is interrupted when overdue and cancelled at once. */
static void
test_reader (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  g_assert_true (fixture_push (writer, stream, 0, 100, &error) && tide_writer_flush (writer, &error));
  TideReader *reader = fixture_reader (store);
  g_assert_true (fixture_push (writer, stream, 100, 100, &error) && tide_writer_flush (writer, &error));
  fixture_check_plain (reader, stream, 100);
  tide_reader_end (reader);
  g_assert_true (tide_reader_begin (reader, 1, NULL, &error));
  fixture_check_plain (reader, stream, 200);
  while (tide_store_interrupt_overdue (store) == 0)
    g_usleep (100);
  g_assert_false (tide_reader_check (reader, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT);
  g_clear_error (&error);
  TideScanOptions options = { .stream = stream, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  TideScan *scan = tide_scan_new (reader, &options, &error);
  const TideBatch *batch = NULL;
  g_assert_false (scan != NULL && tide_scan_next (scan, &batch, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT);
  g_clear_error (&error);
  tide_scan_free (scan);
  tide_reader_end (reader);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_assert_true (tide_reader_begin (reader, 0, cancellable, &error));
  g_cancellable_cancel (cancellable);
  g_assert_false (tide_reader_check (reader, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED);
  tide_reader_release (reader);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/db/pragmas", test_pragmas);
  g_test_add_func ("/store/db/lock", test_lock);
  g_test_add_func ("/store/db/missing", test_missing);
  g_test_add_func ("/store/db/links", test_links);
  g_test_add_func ("/store/db/link-to-workspace", test_link_to_workspace);
  g_test_add_func ("/store/db/newer", test_newer);
  g_test_add_func ("/store/db/not-ours", test_not_ours);
  g_test_add_func ("/store/db/no-database", test_no_database);
  g_test_add_func ("/store/db/born-meanwhile", test_born_meanwhile);
  g_test_add_func ("/store/db/migrate", test_migrate);
  g_test_add_func ("/store/db/runs-left-behind", test_runs_left_behind);
  g_test_add_func ("/store/db/reader", test_reader);
  return g_test_run ();
}
