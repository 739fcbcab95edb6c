/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sealing: blocks stay one contiguous run whatever the rhythm of commits, few of them stay small, an event is rewritten
 * only a few times, and the stream's counters agree with its blocks. */
#include "store-fixture.h"
#include "store-private.h"

static void
check_blocks (TideStore *store, const TideStream *stream, int64_t n, guint max_small)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = fixture_reader (store);
  TideStreamFacts facts;
  fixture_check_plain (reader, stream, n);
  g_assert_true (tide_store_get_stream_facts (reader, "orders", &facts, &error));
  g_assert_cmpint (facts.blocks, ==, fixture_int (reader, "SELECT count(*) FROM block"));
  g_assert_cmpint (facts.bytes, ==, fixture_int (reader, "SELECT sum(length(data)) FROM block_column"));
  g_assert_cmpint (facts.bytes, ==, fixture_int (reader, "SELECT sum(bytes) FROM block"));
  g_assert_cmpint (facts.small_blocks, <=, max_small);
  g_assert_cmpint (fixture_int (reader, "SELECT max(n) FROM block"), <=, TIDE_BLOCK_MAX_EVENTS);
  g_assert_cmpint (fixture_int (reader, "SELECT sum(n) FROM block"), ==, n);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM block WHERE tier=9 AND n < 32768"), ==, 0);
  g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM block_column WHERE id>>10 NOT IN (SELECT id FROM block)"),
                   ==, 0);
}

static void
test_rhythms (void)
{
  const int sizes[] = { 1, 40, 3000, 10000 };
  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr (FixtureDir) dir = fixture_dir_new ();
      g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
      g_autoptr (TideStore) store = fixture_open (dir);
      g_autoptr (GError) error = NULL;
      g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
      int64_t n = 0;
      for (int commit = 0; commit < 70; commit++, n += sizes[s])
        g_assert_true (fixture_push (writer, stream, n, sizes[s], &error) && tide_writer_flush (writer, &error));
      g_assert_true (tide_writer_seal (writer, &error));
      check_blocks (store, stream, n, 34);
      if (sizes[s] == 10000) /* 700,000 events: ten full blocks and a rest */
        {
          g_autoptr (TideReader) reader = fixture_reader (store);
          g_assert_cmpint (fixture_int (reader, "SELECT count(*) FROM block"), <=, 18);
        }
    }
}

/* Blocks by themselves, without a push of the test's, once they are due. */
static void
test_random (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  int64_t n = 0;
  for (int commit = 0; commit < 150; commit++)
    {
      int64_t more = g_rand_int_range (rand, 0, 10) == 0 ? g_rand_int_range (rand, 1, 9000)
                                                         : g_rand_int_range (rand, 1, 60);
      g_assert_true (fixture_push (writer, stream, n, more, &error) && tide_writer_flush (writer, &error));
      n += more;
    }
  g_assert_true (tide_writer_seal (writer, &error));
  check_blocks (store, stream, n, 64);
}

static bool
retire_first (sqlite3 *db, void *data, GError **error)
{
  TideBlock block;
  bool found = false;
  return tide_block_get_first (db, "orders", &block, &found, error) && found && tide_block_retire (db, &block, error);
}

/* Retention takes the oldest block; what follows goes on as if nothing had been. */
static void
test_retire (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  for (int i = 0; i < 10; i++)
    g_assert_true (fixture_push (writer, stream, i * 50, 50, &error) && tide_writer_flush (writer, &error));
  g_assert_true (tide_writer_call (writer, retire_first, NULL, &error));
  for (int i = 10; i < 40; i++)
    g_assert_true (fixture_push (writer, stream, i * 50, 50, &error) && tide_writer_flush (writer, &error));
  g_assert_true (tide_writer_seal (writer, &error));
  g_autoptr (TideReader) reader = fixture_reader (store);
  TideStreamFacts facts;
  g_assert_true (tide_store_get_stream_facts (reader, "orders", &facts, &error));
  g_assert_cmpint (facts.floor_seq, ==, 50);
  g_assert_cmpint (facts.last_seq, ==, 2000);
  g_assert_cmpint ((gint64) facts.events, ==, 1950);
  g_assert_cmpint (facts.time_min, ==, 50);
  g_assert_cmpint (facts.bytes, ==, fixture_int (reader, "SELECT sum(length(data)) FROM block_column"));
  g_assert_cmpint (facts.blocks, ==, fixture_int (reader, "SELECT count(*) FROM block"));
  uint64_t events = 0;
  gint64 bytes = 0;
  g_assert_true (tide_store_get_since (reader, "orders", 0, &events, &bytes, &error));
  g_assert_cmpint ((gint64) events, ==, 1950);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/seal/rhythms", test_rhythms);
  g_test_add_func ("/store/seal/random", test_random);
  g_test_add_func ("/store/seal/retire", test_retire);
  return g_test_run ();
}
