/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the store share: a folder that goes away, a seed, streams and events that are known by number. */
#pragma once

#include "store.h"

#include <glib/gstdio.h>
#include <string.h>

static inline char *
fixture_dir_new (void)
{
  g_autoptr (GError) error = NULL;
  char *dir = g_dir_make_tmp ("tidemark-store-XXXXXX", &error);
  g_assert_no_error (error);
  return dir;
}

static inline void
fixture_dir_free (char *dir)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  for (const char *name; entries != NULL && (name = g_dir_read_name (entries)) != NULL;)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      g_unlink (path);
    }
  g_rmdir (dir);
  g_free (dir);
}

typedef char FixtureDir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FixtureDir, fixture_dir_free)

/* TIDE_TEST_SEED, or a new one, which is printed. */
static inline GRand *
fixture_rand_new (void)
{
  const char *set = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = set != NULL ? (guint32) g_ascii_strtoull (set, NULL, 10) : g_random_int ();
  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

typedef GRand FixtureRand;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FixtureRand, g_rand_free)

/* A well mixed number for event i and purpose p: events are known by number, so nothing needs to be kept of them. */
static inline uint64_t
fixture_mix (uint64_t i, uint64_t p)
{
  uint64_t x = i * UINT64_C (0x9e3779b97f4a7c15) + p * UINT64_C (0xbf58476d1ce4e5b9) + 1;
  x ^= x >> 30;
  x *= UINT64_C (0xbf58476d1ce4e5b9);
  x ^= x >> 27;
  x *= UINT64_C (0x94d049bb133111eb);
  return x ^ x >> 31;
}

static inline TideStore *
fixture_open (const char *dir)
{
  g_autoptr (GError) error = NULL;
  TideStore *store = tide_store_open (dir, TIDE_STORE_WRITE, &error);
  g_assert_no_error (error);
  return store;
}

static inline TideReader *
fixture_reader (TideStore *store)
{
  g_autoptr (GError) error = NULL;
  TideReader *reader = tide_store_acquire_reader (store, &error);
  g_assert_no_error (error);
  tide_reader_begin (reader, 0, NULL, &error);
  g_assert_no_error (error);
  return reader;
}

/* One number of SQL. */
static inline gint64
fixture_int (TideReader *reader, const char *sql)
{
  sqlite3_stmt *stmt = NULL;
  g_assert_cmpint (sqlite3_prepare_v2 (tide_reader_get_db (reader), sql, -1, &stmt, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (stmt), ==, SQLITE_ROW);
  gint64 value = sqlite3_column_int64 (stmt, 0);
  sqlite3_finalize (stmt);
  return value;
}

/* A stream "orders" with one int field, n, and its events: a well mixed number, time i. */
static inline const TideStream *
fixture_plain_stream (void)
{
  GPtrArray *fields = g_ptr_array_new ();
  g_ptr_array_add (fields, tide_field_new ("n", "n", TIDE_TYPE_INT, 0));
  return tide_stream_new ("orders", fields, NULL, NULL);
}

static inline TideBatch *
fixture_plain_batch (const TideStream *stream, int64_t first, int64_t n)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  for (int64_t i = first; i < first + n; i++)
    {
      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, i);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, i);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, (int64_t) fixture_mix ((uint64_t) i, 1));
      tide_batch_builder_end_row (builder, 10);
    }
  return tide_batch_builder_finish (builder);
}

/* Pushes events [first, first + n) and the position after them. */
static inline bool
fixture_push (TideWriter *writer, const TideStream *stream, int64_t first, int64_t n, GError **error)
{
  g_autoptr (TideBatch) batch = fixture_plain_batch (stream, first, n);
  TidePosition position = { .partition = 0, .offset = first + n };
  TideDelivery delivery = { .source = "plain", .batch = batch, .positions = &position, .n_positions = 1 };
  return tide_writer_push (writer, &delivery, NULL, error);
}

/* Asserts that exactly events 0 … n - 1 are stored, in order. */
static inline void
fixture_check_plain (TideReader *reader, const TideStream *stream, int64_t n)
{
  g_autoptr (GError) error = NULL;
  TideScanOptions options = { .stream = stream, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  g_autoptr (TideScan) scan = tide_scan_new (reader, &options, &error);
  const TideBatch *batch = NULL;
  int64_t next = 0;
  g_assert_no_error (error);
  while (tide_scan_next (scan, &batch, &error) && batch != NULL)
    {
      g_assert_cmpint (batch->first_seq, ==, next + 1);
      for (uint32_t i = 0; i < batch->n; i++, next++)
        {
          g_assert_cmpint (batch->columns[TIDE_COLUMN_FIELD0].ints[i], ==, (int64_t) fixture_mix ((uint64_t) next, 1));
          g_assert_cmpint (batch->columns[TIDE_COLUMN_TIME].ints[i], ==, next);
        }
    }
  g_assert_no_error (error);
  g_assert_cmpint (next, ==, n);
}
