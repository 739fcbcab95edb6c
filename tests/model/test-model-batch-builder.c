/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A batch holds what was put in, row by row, whatever was abandoned between; texts are interned once each; what was
 * abandoned takes no room.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

enum
{
  COLUMN_AMOUNT = TIDE_COLUMN_FIELD0,
  COLUMN_CITY,
  COLUMN_SPEED,
  COLUMN_PAID,
  N_COLUMNS,
};

static GRand *
test_rand (void)
{
  const char *text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32) strtoul (text, NULL, 10) : g_random_int ();

  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

static TideStream *
make_stream (void)
{
  GPtrArray *fields = g_ptr_array_new ();

  g_ptr_array_add (fields, tide_field_new ("amount", "amount", TIDE_TYPE_DECIMAL, 2));
  g_ptr_array_add (fields, tide_field_new ("city", "city", TIDE_TYPE_TEXT, 0));
  g_ptr_array_add (fields, tide_field_new ("speed", "speed", TIDE_TYPE_REAL, 0));
  g_ptr_array_add (fields, tide_field_new ("paid", "paid", TIDE_TYPE_BOOL, 0));
  return tide_stream_new ("orders", fields, NULL, NULL);
}

/* A row as the test remembers it. */
typedef struct
{
  bool has[N_COLUMNS];
  int64_t ints[N_COLUMNS];
  double speed;
  char texts[N_COLUMNS][400];
  gsize lens[N_COLUMNS];
} Row;

static bool
is_text (uint32_t column)
{
  return column == TIDE_COLUMN_SOURCE || column == TIDE_COLUMN_KEY || column == TIDE_COLUMN_PAYLOAD
         || column == TIDE_COLUMN_HEADERS || column == COLUMN_CITY;
}

static void
random_row (GRand *rand, bool low_cardinality, Row *row)
{
  memset (row, 0, sizeof *row);
  for (uint32_t c = 0; c < N_COLUMNS; c++)
    {
      row->has[c] = c == TIDE_COLUMN_TIME || g_rand_int_range (rand, 0, 4) != 0;
      row->ints[c] = (int64_t) ((uint64_t) g_rand_int (rand) << 32 | g_rand_int (rand));
      if (c == COLUMN_PAID)
        row->ints[c] &= 1;
      row->speed = g_rand_double (rand);
      row->lens[c] = (gsize) (low_cardinality ? g_rand_int_range (rand, 0, 4)
                                              : g_rand_int_range (rand, 0, g_rand_boolean (rand) ? 40 : 400));
      for (gsize i = 0; i < row->lens[c]; i++)
        row->texts[c][i] = (char) g_rand_int_range (rand, 'a', low_cardinality ? 'c' : 'z');
    }
}

static void
set_row (TideBatchBuilder *builder, const Row *row)
{
  for (uint32_t c = 0; c < N_COLUMNS; c++)
    {
      if (!row->has[c])
        continue;
      if (is_text (c))
        {
          tide_batch_builder_set_text (builder, c, row->texts[c], row->lens[c]);
          tide_batch_builder_set_text (builder, c, "second", 6);
        }
      else if (c == COLUMN_SPEED)
        tide_batch_builder_set_real (builder, c, row->speed);
      else
        {
          tide_batch_builder_set_int (builder, c, row->ints[c]);
          tide_batch_builder_set_int (builder, c, 4711);
        }
    }
}

static void
assert_under_way (TideBatchBuilder *builder, const Row *row)
{
  for (uint32_t c = 0; c < N_COLUMNS; c++)
    {
      g_assert_true (tide_batch_builder_row_has (builder, c) == row->has[c]);
      if (!row->has[c])
        continue;
      if (is_text (c))
        g_assert_true (tide_text_equal (tide_batch_builder_row_text (builder, c),
                                        (TideText){ row->texts[c], (uint32_t) row->lens[c] }));
      else if (c == COLUMN_SPEED)
        g_assert_cmpfloat (tide_batch_builder_row_real (builder, c), ==, row->speed);
      else
        g_assert_cmpint (tide_batch_builder_row_int (builder, c), ==, row->ints[c]);
    }
}

static void
assert_dictionary (const TideColumn *column, uint32_t n, bool interned)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree bool *used = g_new0 (bool, column->n_dict);

  for (uint32_t i = 0; i < n; i++)
    {
      g_assert_cmpuint (column->codes[i], <, column->n_dict);
      if (tide_column_is_valid (column, i))
        used[column->codes[i]] = true;
    }
  for (uint32_t i = 0; i < column->n_dict; i++)
    {
      g_assert_true (used[i]);
      if (interned)
        g_assert_true (g_hash_table_add (seen, g_strndup (column->dict[i].data, column->dict[i].len)));
    }
}

static void
assert_batch (const TideBatch *batch, GArray *rows)
{
  TideTime min = INT64_MAX, max = INT64_MIN;

  g_assert_cmpuint (batch->n, ==, rows->len);
  g_assert_cmpuint (batch->n_columns, ==, N_COLUMNS);
  for (uint32_t c = 0; c < N_COLUMNS; c++)
    {
      const TideColumn *column = &batch->columns[c];
      bool any = false;

      for (uint32_t i = 0; i < batch->n; i++)
        {
          const Row *row = &g_array_index (rows, Row, i);

          any |= row->has[c];
          g_assert_true (tide_column_is_valid (column, i) == row->has[c]);
          if (!row->has[c])
            continue;
          if (is_text (c))
            g_assert_true (tide_text_equal (column->dict[column->codes[i]],
                                            (TideText){ row->texts[c], (uint32_t) row->lens[c] }));
          else if (c == COLUMN_SPEED)
            g_assert_cmpfloat (column->reals[i], ==, row->speed);
          else
            g_assert_cmpint (column->ints[i], ==, row->ints[c]);
        }
      g_assert_true (any == (column->type != TIDE_TYPE_NONE));
      if (any && is_text (c))
        assert_dictionary (column, batch->n, c != TIDE_COLUMN_PAYLOAD);
    }
  for (uint32_t i = 0; i < rows->len; i++)
    {
      min = MIN (min, g_array_index (rows, Row, i).ints[TIDE_COLUMN_TIME]);
      max = MAX (max, g_array_index (rows, Row, i).ints[TIDE_COLUMN_TIME]);
    }
  g_assert_cmpint (batch->time_min, ==, min);
  g_assert_cmpint (batch->time_max, ==, max);
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);

  for (int round = 0; round < 60; round++)
    {
      g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
      g_autoptr (TideBatch) batch = NULL;
      guint n = (guint) g_rand_int_range (rand, 1, round % 10 == 0 ? 600 : 80);
      bool low = g_rand_boolean (rand);

      for (guint i = 0; i < n; i++)
        {
          Row row;

          random_row (rand, low, &row);
          set_row (builder, &row);
          assert_under_way (builder, &row);
          if (g_rand_int_range (rand, 0, 3) == 0)
            tide_batch_builder_abandon_row (builder);
          else
            {
              tide_batch_builder_end_row (builder, 10);
              g_array_append_val (rows, row);
            }
        }
      if (g_rand_boolean (rand))
        tide_batch_builder_set_text (builder, COLUMN_CITY, "under way", 9);
      batch = tide_batch_builder_finish (builder);
      g_assert_cmpuint (tide_batch_builder_get_n (builder), ==, 0);
      if (rows->len == 0)
        {
          g_assert_null (batch);
          continue;
        }
      assert_batch (batch, rows);
      g_assert_cmpuint (batch->payload_bytes, ==, 10 * rows->len);
      g_assert_cmpint (batch->received_mono_us, >, 0);
    }
  g_assert_null (tide_batch_builder_finish (builder));
}

/* High cardinality, then one text: the table shrinks and grows and still finds all. */
static void
test_cardinality (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);

  for (int round = 0; round < 4; round++)
    {
      g_autoptr (TideBatch) batch = NULL;
      uint32_t distinct = round % 2 == 0 ? TIDE_BATCH_MAX_EVENTS : 1;

      for (uint32_t i = 0; !tide_batch_builder_is_full (builder); i++)
        {
          char key[24];

          g_snprintf (key, sizeof key, "order-%08u", i % distinct);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, i);
          tide_batch_builder_set_text (builder, TIDE_COLUMN_KEY, key, strlen (key));
          tide_batch_builder_end_row (builder, 0);
        }
      batch = tide_batch_builder_finish (builder);
      g_assert_cmpuint (batch->n, ==, TIDE_BATCH_MAX_EVENTS);
      g_assert_cmpuint (batch->columns[TIDE_COLUMN_KEY].n_dict, ==, distinct);
      for (uint32_t i = 0; i < batch->n; i++)
        g_assert_cmpuint (batch->columns[TIDE_COLUMN_KEY].codes[i], ==, i % distinct);
    }
}

static void
test_full_by_bytes (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  g_autofree char *payload = g_strnfill (100000, 'x');
  g_autoptr (TideBatch) batch = NULL;

  while (!tide_batch_builder_is_full (builder))
    {
      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, 1);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_PAYLOAD, payload, 100000);
      tide_batch_builder_end_row (builder, 100000);
    }
  g_assert_cmpuint (tide_batch_builder_get_n (builder), >=, 7);
  g_assert_cmpuint (tide_batch_builder_get_n (builder), <=, 12);
  batch = tide_batch_builder_finish (builder);
  g_assert_cmpuint (batch->columns[TIDE_COLUMN_PAYLOAD].n_dict, ==, batch->n);
  g_assert_cmpuint (tide_batch_get_bytes (batch), <, 2 * TIDE_BATCH_MAX_BYTES);
}

/* A flood of bad events takes no room, before the first good one and after. */
static void
test_abandoned_take_no_room (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  g_autoptr (TideBatch) batch = NULL;

  for (int good = 0; good < 2; good++)
    {
      for (int i = 0; i < 20000; i++)
        {
          char city[400];

          memset (city, 'c', sizeof city);
          g_snprintf (city, 12, "%d", i);
          tide_batch_builder_set_text (builder, COLUMN_CITY, city, sizeof city);
          tide_batch_builder_set_text (builder, TIDE_COLUMN_PAYLOAD, city, (gsize) i % sizeof city);
          tide_batch_builder_abandon_row (builder);
        }
      g_assert_false (tide_batch_builder_is_full (builder));
      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, 1);
      tide_batch_builder_set_text (builder, COLUMN_CITY, "Berlin", 6);
      tide_batch_builder_end_row (builder, 0);
    }
  batch = tide_batch_builder_finish (builder);
  g_assert_cmpuint (batch->columns[COLUMN_CITY].n_dict, ==, 1);
  g_assert_cmpuint (tide_batch_get_bytes (batch), <, 16 * 1024);
}

/* A row may be abandoned right after its text made the table grow: all others are still found. */
static void
test_abandoned_at_growth (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();

  for (int round = 0; round < 5000; round++)
    {
      g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
      g_autoptr (TideBatch) batch = NULL;
      char key[24];

      for (int i = 0; i < 40; i++)
        {
          g_snprintf (key, sizeof key, "bad-%d", i);
          tide_batch_builder_set_text (builder, TIDE_COLUMN_KEY, key, strlen (key));
          tide_batch_builder_abandon_row (builder);
          g_snprintf (key, sizeof key, "good-%d", i % 20);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, i);
          tide_batch_builder_set_text (builder, TIDE_COLUMN_KEY, key, strlen (key));
          tide_batch_builder_end_row (builder, 0);
        }
      batch = tide_batch_builder_finish (builder);
      g_assert_cmpuint (batch->columns[TIDE_COLUMN_KEY].n_dict, ==, 20);
    }
}

/* One event a batch must not hold the memory of a large one before it. */
static void
test_small_after_large (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);

  for (int round = 0; round < 4; round++)
    {
      g_autoptr (TideBatch) batch = NULL;
      uint32_t n = round == 0 ? TIDE_BATCH_MAX_EVENTS : 1;

      for (uint32_t i = 0; i < n; i++)
        {
          char key[24];

          g_snprintf (key, sizeof key, "order-%08u", i);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, i);
          tide_batch_builder_set_text (builder, TIDE_COLUMN_KEY, key, strlen (key));
          tide_batch_builder_end_row (builder, 0);
        }
      batch = tide_batch_builder_finish (builder);
      if (round > 1)
        g_assert_cmpuint (tide_batch_get_bytes (batch), <, 4096);
    }
}

static void
test_references (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  TideBatchBuilder *builder = tide_batch_builder_new (stream);
  TideBatch *batch;

  tide_batch_builder_set_received_mono (builder, 200);
  tide_batch_builder_set_received_mono (builder, 100);
  tide_batch_builder_set_received_mono (builder, 300);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, -5);
  tide_batch_builder_end_row (builder, 0);
  batch = tide_batch_builder_finish (builder);
  tide_batch_builder_free (builder);
  g_assert_cmpint (batch->received_mono_us, ==, 100);
  g_assert_true (tide_batch_ref (batch) == batch);
  tide_batch_unref (batch);
  g_assert_cmpint (batch->columns[TIDE_COLUMN_TIME].ints[0], ==, -5);
  g_assert_true (batch->stream == stream);
  tide_batch_unref (batch);
  tide_batch_unref (NULL);
}

static void
test_arena (void)
{
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideArena) arena = tide_arena_new ();
  g_autoptr (GPtrArray) blocks = g_ptr_array_new ();
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (gsize));
  gsize bytes;

  for (guint i = 0; i < 2000; i++)
    {
      gsize size = (gsize) g_rand_int_range (rand, 0, i % 100 == 0 ? 300000 : 200);
      guint8 *block = tide_arena_alloc (arena, size);

      g_assert_cmpuint ((guintptr) block % 16, ==, 0);
      memset (block, (int) (i & 255), size);
      g_ptr_array_add (blocks, block);
      g_array_append_val (sizes, size);
    }
  for (guint i = 0; i < blocks->len; i++)
    for (gsize k = 0; k < g_array_index (sizes, gsize, i); k++)
      if (((guint8 *) g_ptr_array_index (blocks, i))[k] != (i & 255))
        g_error ("block %u was overwritten", i);
  bytes = tide_arena_get_bytes (arena);
  tide_arena_reset (arena);
  g_assert_cmpuint (tide_arena_get_bytes (arena), <, bytes);
  g_assert_cmpmem (tide_arena_copy (arena, "abc", 3), 3, "abc", 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/batch/arena", test_arena);
  g_test_add_func ("/model/batch/random", test_random);
  g_test_add_func ("/model/batch/cardinality", test_cardinality);
  g_test_add_func ("/model/batch/full-by-bytes", test_full_by_bytes);
  g_test_add_func ("/model/batch/abandoned-take-no-room", test_abandoned_take_no_room);
  g_test_add_func ("/model/batch/abandoned-at-growth", test_abandoned_at_growth);
  g_test_add_func ("/model/batch/small-after-large", test_small_after_large);
  g_test_add_func ("/model/batch/references", test_references);
  return g_test_run ();
}
