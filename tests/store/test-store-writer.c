/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer as others see it: positions and events are committed together whatever happens, a full disk stops and goes
 * on without loss, a queue that is full waits, calls are transactions. */
#include "store-fixture.h"

#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  gint failed, resumed;
  gint64 committed;
  TideSeq seq;
} Seen;

static void
on_committed (const TideCommitted *commits, guint n, void *data)
{
  Seen *seen = data;
  for (guint i = 0; i < n; i++)
    {
      seen->committed += commits[i].events;
      seen->seq = commits[i].seq;
      g_assert_cmpstr (commits[i].stream, ==, "orders");
    }
}

static void
on_failed (const GError *error, void *data)
{
  g_atomic_int_inc (&((Seen *) data)->failed);
}

static void
on_resumed (void *data)
{
  g_atomic_int_inc (&((Seen *) data)->resumed);
}

static TideWriter *
writer_new (TideStore *store, Seen *seen)
{
  g_autoptr (GError) error = NULL;
  TideWriterEvents events = { on_committed, on_failed, on_resumed, seen };
  TideWriter *writer = tide_writer_new (store, &events, &error);
  g_assert_no_error (error);
  return writer;
}

static void
test_push_and_reopen (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  g_autoptr (GError) error = NULL;
  int64_t next = 0;
  for (int round = 0; round < 4; round++)
    {
      Seen seen = { 0 };
      g_autoptr (TideStore) store = fixture_open (dir);
      g_autoptr (TideWriter) writer = writer_new (store, &seen);
      int64_t before = next;
      for (int i = 0; i < 30; i++)
        {
          int64_t n = g_rand_int_range (rand, 1, 2000);
          g_assert_true (fixture_push (writer, stream, next, n, &error));
          next += n;
          if (g_rand_int_range (rand, 0, 4) == 0)
            g_assert_true (tide_writer_flush (writer, &error));
          if (g_rand_int_range (rand, 0, 9) == 0)
            g_assert_true (tide_writer_seal (writer, &error));
        }
      if (round % 2 == 0)
        tide_writer_stop (writer); /* commits what is queued */
      else
        g_assert_true (tide_writer_flush (writer, &error));
      g_autoptr (TideReader) reader = fixture_reader (store);
      fixture_check_plain (reader, stream, next);
      g_assert_cmpint (seen.committed, ==, next - before);
      g_assert_cmpint (seen.seq, ==, next);
      g_assert_cmpint (fixture_int (reader, "SELECT offset FROM position WHERE source='plain'"), ==, next);
      TideStreamFacts facts;
      g_assert_true (tide_store_get_stream_facts (reader, "orders", &facts, &error));
      g_assert_cmpint (facts.last_seq, ==, next);
      g_assert_cmpint ((gint64) facts.events, ==, next);
      g_assert_cmpint (facts.blocks, ==, fixture_int (reader, "SELECT count(*) FROM block"));
      g_assert_cmpint (facts.bytes, ==, fixture_int (reader, "SELECT sum(length(data)) FROM block_column"));
      g_assert_cmpint (facts.time_max, ==, next - 1);
    }
}

/* A child pushes as fast as it can and dies without a word; what it left must be whole. */
static void
test_killed (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  g_autoptr (GError) error = NULL;
  gint64 last = 0;
  for (int round = 0; round < 4; round++)
    {
      guint delay_us = (guint) g_rand_int_range (rand, 30000, 150000);
      pid_t child = fork ();
      if (child == 0)
        {
          TideStore *store = fixture_open (dir);
          TideReader *reader = fixture_reader (store);
          int64_t next = fixture_int (reader, "SELECT coalesce(max(offset), 0) FROM position");
          tide_reader_release (reader);
          TideWriter *writer = tide_writer_new (store, NULL, NULL);
          for (int64_t until = g_get_monotonic_time () + delay_us; g_get_monotonic_time () < until; next += 300)
            if (!fixture_push (writer, stream, next, 300, NULL))
              _exit (1);
          _exit (0);
        }
      int status = 0;
      g_assert_cmpint (waitpid (child, &status, 0), ==, child);
      g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
      g_autoptr (TideStore) store = fixture_open (dir);
      g_autoptr (TideReader) reader = fixture_reader (store);
      gint64 position = fixture_int (reader, "SELECT coalesce(max(offset), 0) FROM position");
      fixture_check_plain (reader, stream, position);
      g_assert_cmpint (position, >=, last);
      last = position;
    }
  g_assert_cmpint (last, >, 0);
  g_assert_no_error (error);
}

static bool
set_max_pages (sqlite3 *db, void *data, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("PRAGMA max_page_count=%d", *(int *) data);
  return sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static void
test_disk_full (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  Seen seen = { 0 };
  g_autoptr (TideWriter) writer = writer_new (store, &seen);
  int pages = 120;
  g_assert_true (tide_writer_call (writer, set_max_pages, &pages, &error));
  /* As a source does: on refusal go back to what is committed, and on. */
  int64_t next = 0, refused = 0;
  bool enlarged = false;
  while (next < 400000)
    {
      if (fixture_push (writer, stream, next, 4000, &error))
        {
          next += 4000;
          if (next % 40000 == 0)
            tide_writer_flush (writer, NULL);
          continue;
        }
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_FULL);
      g_clear_error (&error);
      refused++;
      if (!enlarged)
        {
          while (g_atomic_int_get (&seen.failed) == 0)
            g_usleep (1000);
          pages = 1000000;
          g_assert_true (tide_writer_call (writer, set_max_pages, &pages, &error));
          enlarged = true;
        }
      while (g_atomic_int_get (&seen.resumed) < g_atomic_int_get (&seen.failed))
        g_usleep (1000);
      g_autoptr (TideReader) reader = fixture_reader (store);
      next = fixture_int (reader, "SELECT coalesce(max(offset), 0) FROM position");
    }
  g_assert_true (tide_writer_flush (writer, &error));
  g_assert_cmpint (refused, >=, 1);
  g_assert_cmpint (seen.resumed, ==, 1);
  g_autoptr (TideReader) reader = fixture_reader (store);
  fixture_check_plain (reader, stream, next);
}

/* What was replayed and could not be stored is told to whoever waits for it, and not again to the next one. */
static void
test_disk_full_replay (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) replayed = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_replayed_free);
  g_autoptr (TideBatch) batch = fixture_plain_batch (stream, 0, 20000);
  g_autoptr (TideBatch) few = fixture_plain_batch (stream, 0, 10);
  Seen seen = { 0 };
  g_autoptr (TideWriter) writer = writer_new (store, &seen);
  int pages = 1; /* as many as there are */
  TideDelivery delivery = { .source = "replay:", .batch = batch, .replayed = replayed };
  g_assert_true (tide_writer_call (writer, set_max_pages, &pages, &error));
  g_assert_true (tide_writer_push (writer, &delivery, NULL, &error));
  g_assert_false (tide_writer_flush (writer, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_FULL);
  g_clear_error (&error);
  pages = 1000000;
  g_assert_true (tide_writer_call (writer, set_max_pages, &pages, &error));
  while (g_atomic_int_get (&seen.resumed) == 0)
    g_usleep (1000);
  delivery.batch = few;
  delivery.replayed = replayed;
  g_assert_true (tide_writer_push (writer, &delivery, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (tide_writer_flush (writer, &error));
}

static bool
write_and_fail (sqlite3 *db, void *data, GError **error)
{
  g_assert_cmpint (sqlite3_exec (db, "INSERT INTO meta VALUES ('a', 1)", NULL, NULL, NULL), ==, SQLITE_OK);
  if (data == NULL)
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "no");
  return false;
}

static void
test_call (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  Seen seen = { 0 };
  g_autoptr (TideWriter) writer = writer_new (store, &seen);
  g_assert_false (tide_writer_call (writer, write_and_fail, &seen, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_true (tide_writer_call (writer, write_and_fail, NULL, &error));
  g_autoptr (TideReader) reader = fixture_reader (store);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM meta"), ==, 1);
  tide_writer_stop (writer);
  g_assert_false (tide_writer_call (writer, write_and_fail, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED);
}

/* Keeps the writer's thread busy until told to go on. */
typedef struct
{
  GMutex lock;
  GCond cond;
  bool busy, go;
} Block;

static bool
block_writer (sqlite3 *db, void *data, GError **error)
{
  Block *block = data;
  g_mutex_lock (&block->lock);
  block->busy = true;
  g_cond_broadcast (&block->cond);
  while (!block->go)
    g_cond_wait (&block->cond, &block->lock);
  g_mutex_unlock (&block->lock);
  return true;
}

typedef struct
{
  TideWriter *writer;
  Block *block;
  GCancellable *cancellable;
} Calls;

static gpointer
call_thread (gpointer data)
{
  Calls *calls = data;
  g_assert_true (tide_writer_call (calls->writer, block_writer, calls->block, NULL));
  return NULL;
}

static gpointer
cancel_thread (gpointer data)
{
  Calls *calls = data;
  gsize bytes = 0, max = 0;
  while (bytes < max / 2 || max == 0)
    tide_writer_get_queue (calls->writer, &bytes, &max);
  g_usleep (20000); /* most likely inside push by now; the test holds either way */
  g_cancellable_cancel (calls->cancellable);
  return NULL;
}

static void
test_back_pressure (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Seen seen = { 0 };
  Block block = { 0 };
  g_autoptr (TideWriter) writer = writer_new (store, &seen);
  Calls calls = { writer, &block, cancellable };
  GThread *caller = g_thread_new ("call", call_thread, &calls);
  g_mutex_lock (&block.lock);
  while (!block.busy)
    g_cond_wait (&block.cond, &block.lock);
  g_mutex_unlock (&block.lock);
  GThread *canceller = g_thread_new ("cancel", cancel_thread, &calls);
  /* Nothing is committed meanwhile: the queue fills to its bound, and the push that waits is cancelled. */
  g_autoptr (TideBatch) batch = fixture_plain_batch (stream, 0, 4096);
  TideDelivery delivery = { .source = "plain", .batch = batch };
  gint64 pushed = 0;
  while (tide_writer_push (writer, &delivery, cancellable, &error))
    pushed++;
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED);
  g_clear_error (&error);
  gsize bytes = 0, max = 0;
  tide_writer_get_queue (writer, &bytes, &max);
  g_assert_cmpuint (bytes, <=, max);
  g_thread_join (canceller);
  g_mutex_lock (&block.lock);
  block.go = true;
  g_cond_broadcast (&block.cond);
  g_mutex_unlock (&block.lock);
  g_thread_join (caller);
  g_assert_true (tide_writer_flush (writer, &error));
  g_assert_cmpint (seen.committed, ==, pushed * 4096);
}

static bool
write_megabytes (sqlite3 *db, void *data, GError **error)
{
  return sqlite3_exec (db, "INSERT OR REPLACE INTO meta VALUES ('a', randomblob(4000000))", NULL, NULL, NULL)
         == SQLITE_OK;
}

static bool
read_rows (TideReader *reader, GError **error)
{
  sqlite3 *db = tide_reader_get_db (reader);
  sqlite3_stmt *stmt = NULL;
  sqlite3_prepare_v2 (db, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 5000)"
                          " SELECT count(*) FROM c, (SELECT count(*) FROM meta)", -1, &stmt, NULL);
  int code = sqlite3_step (stmt);
  if (code != SQLITE_ROW)
    tide_store_set_error (error, db, code, "reading");
  else
    g_assert_cmpint (sqlite3_column_int64 (stmt, 0), ==, 5000);
  sqlite3_finalize (stmt);
  return code == SQLITE_ROW;
}

/* A reader that stays keeps the WAL from starting over, up to its limit: then it is interrupted, and it shrinks. */
static void
test_wal_is_bounded (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  Seen seen = { 0 };
  g_autoptr (TideWriter) writer = writer_new (store, &seen);
  TideReader *reader = tide_store_acquire_reader (store, &error);
  g_assert_true (tide_reader_begin (reader, 1, NULL, &error));
  gint64 database = 0, wal = 0, last = 0;
  int n = 0;
  for (; n < 40 && error == NULL; n++)
    {
      g_assert_true (tide_writer_call (writer, write_megabytes, NULL, &error));
      read_rows (reader, &error);
      tide_store_get_sizes (store, &database, &last);
      wal = MAX (wal, last);
    }
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT);
  g_clear_error (&error);
  g_assert_cmpint (n, >, 12);
  g_assert_cmpint (wal, <, 80 * 1000 * 1000);
  tide_reader_release (reader);
  for (n = 0; n < 8; n++)
    g_assert_true (tide_writer_call (writer, write_megabytes, NULL, &error));
  tide_store_get_sizes (store, &database, &last);
  g_assert_cmpint (last, <=, 20 * 1000 * 1000);
}

static void
test_rejected_and_gaps (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  Seen seen = { 0 };
  g_autoptr (TideWriter) writer = writer_new (store, &seen);
  TideRejected *rejected = g_new0 (TideRejected, 1);
  *rejected = (TideRejected){ .stream = g_strdup ("orders"), .source = g_strdup ("k"), .partition = 3, .offset = 77,
                              .received = 5, .reason = g_strdup ("amount: not a number"),
                              .payload = g_bytes_new ("{\"a\":", 5) };
  TideGap *gap = g_new0 (TideGap, 1);
  *gap = (TideGap){ g_strdup ("k"), 3, 10, 20, 5, g_strdup ("out of retention") };
  TidePosition position = { .partition = 3, .offset = 78, .token = (char *) "t" };
  TideDelivery delivery = { .source = "k", .positions = &position, .n_positions = 1 };
  delivery.rejected = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_rejected_free);
  g_ptr_array_add (delivery.rejected, rejected);
  delivery.gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_gap_free);
  g_ptr_array_add (delivery.gaps, gap);
  g_assert_true (tide_writer_push (writer, &delivery, NULL, &error));
  g_ptr_array_unref (delivery.rejected);
  g_ptr_array_unref (delivery.gaps);
  g_assert_true (tide_writer_flush (writer, &error));
  g_autoptr (TideReader) reader = fixture_reader (store);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM quarantine WHERE position='3:77' AND state='new'"
                                        " AND payload='{\"a\":'"),
                   ==, 1);
  g_assert_cmpint (fixture_int (reader, "SELECT \"to\" FROM gap WHERE \"from\"=10 AND source='k'"), ==, 20);
  g_autoptr (GArray) positions = tide_store_get_positions (reader, "k", &error);
  g_assert_no_error (error);
  g_assert_cmpint (positions->len, ==, 1);
  g_assert_cmpint (g_array_index (positions, TidePosition, 0).offset, ==, 78);
  g_assert_cmpstr (g_array_index (positions, TidePosition, 0).token, ==, "t");
}

/* One that is within its deadline is not interrupted: well past the limit whoever writes waits for it. */
static void
test_wal_holds_writes_up (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  Seen seen = { 0 };
  g_autoptr (TideWriter) writer = writer_new (store, &seen);
  TideReader *reader = tide_store_acquire_reader (store, &error);
  gint64 database = 0, wal = 0;
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  while (wal < 110 * 1000 * 1000)
    {
      g_assert_true (tide_writer_call (writer, write_megabytes, NULL, &error));
      tide_store_get_sizes (store, &database, &wal);
    }
  int64_t before_us = g_get_monotonic_time ();
  for (int n = 0; n < 2; n++)
    g_assert_true (tide_writer_call (writer, write_megabytes, NULL, &error));
  g_assert_cmpint (g_get_monotonic_time () - before_us, >, TIDE_SECOND);
  g_assert_true (read_rows (reader, &error));
  tide_reader_release (reader);
  for (int n = 0; n < 2; n++)
    g_assert_true (tide_writer_call (writer, write_megabytes, NULL, &error));
  tide_store_get_sizes (store, &database, &wal);
  g_assert_cmpint (wal, <=, 20 * 1000 * 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/writer/push-and-reopen", test_push_and_reopen);
  g_test_add_func ("/store/writer/killed", test_killed);
  g_test_add_func ("/store/writer/disk-full", test_disk_full);
  g_test_add_func ("/store/writer/disk-full-replay", test_disk_full_replay);
  g_test_add_func ("/store/writer/call", test_call);
  g_test_add_func ("/store/writer/back-pressure", test_back_pressure);
  g_test_add_func ("/store/writer/wal-is-bounded", test_wal_is_bounded);
  g_test_add_func ("/store/writer/wal-holds-writes-up", test_wal_holds_writes_up);
  g_test_add_func ("/store/writer/rejected-and-gaps", test_rejected_and_gaps);
  return g_test_run ();
}
