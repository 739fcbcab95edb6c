/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distinct counts are near the truth from ten to a million; the bytes of a sketch depend on the values alone; and
 * nothing that is read can break it.
 */
#include "state-fixture.h"

#include <math.h>

/* Splitmix64: 64 good bits from a counter, different for each. */
static uint64_t
hash_of (uint64_t value)
{
  value += UINT64_C (0x9e3779b97f4a7c15);
  value = (value ^ value >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  value = (value ^ value >> 27) * UINT64_C (0x94d049bb133111eb);
  return value ^ value >> 31;
}

static GBytes *
written (const TideDistinct *sketch)
{
  GByteArray *bytes = g_byte_array_new ();

  tide_distinct_write (sketch, bytes);
  return g_byte_array_free_to_bytes (bytes);
}

static void
assert_same (const TideDistinct *a, const TideDistinct *b)
{
  g_autoptr (GBytes) x = written (a);
  g_autoptr (GBytes) y = written (b);

  g_assert_true (g_bytes_equal (x, y));
}

static void
test_error (void)
{
  static const struct
  {
    uint64_t n;
    double error;
    int rounds;
  } cases[] = {
    { 1, 0, 20 }, { 10, 0, 20 }, { 1000, 0.0045, 20 }, { 3000, 0.002, 10 }, { 10000, 0.035, 10 }, { 100000, 0.035, 5 },
    { 1000000, 0.035, 2 },
  };
  g_autoptr (GRand) rand = test_rand ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double squares = 0;

      for (int round = 0; round < cases[i].rounds; round++)
        {
          uint64_t start = random64 (rand);
          TideDistinct sketch = { 0 };
          double error;

          for (uint64_t k = 0; k < cases[i].n; k++)
            tide_distinct_add (&sketch, hash_of (start + k));
          for (uint64_t k = 0; k < MIN (cases[i].n, 1000); k++)
            tide_distinct_add (&sketch, hash_of (start + k));
          error = (double) tide_distinct_get (&sketch) / (double) cases[i].n - 1;
          if (fabs (error) > cases[i].error)
            g_error ("%" G_GUINT64_FORMAT " counted as %" G_GUINT64_FORMAT, cases[i].n, tide_distinct_get (&sketch));
          squares += error * error;
          tide_distinct_clear (&sketch);
        }
      g_test_message ("%" G_GUINT64_FORMAT ": %.2f %%", cases[i].n, 100 * sqrt (squares / cases[i].rounds));
    }
}

/* Around where the sparse form ends, too. */
static void
test_order (void)
{
  static const int sizes[] = { 0, 1, 5, 100, 3071, 3072, 3073, 3500, 10000 };
  g_autoptr (GRand) rand = test_rand ();

  for (int round = 0; round < 54; round++)
    {
      int n = sizes[round % G_N_ELEMENTS (sizes)];
      uint64_t start = random64 (rand);
      TideDistinct whole = { 0 }, merged = { 0 }, parts[6] = { 0 };
      int from = g_rand_int_range (rand, 0, 6);

      for (int i = 0; i < n + n / 4; i++)
        {
          /* A quarter twice. */
          uint64_t hash = hash_of (start + (uint64_t) (i % MAX (n, 1)));

          tide_distinct_add (&whole, hash);
          tide_distinct_add (&parts[g_rand_int_range (rand, 0, round % 2 == 0 ? 2 : 6)], hash);
        }
      for (int i = 0; i < 6; i++)
        {
          TideDistinct *part = &parts[(from + i * 5) % 6];
          g_autoptr (GBytes) bytes = written (part);
          TideDistinct read = { 0 };
          gsize len;
          const guint8 *data = g_bytes_get_data (bytes, &len);

          g_assert_true (tide_distinct_read (&read, data, len, NULL));
          assert_same (&read, part);
          tide_distinct_merge (&merged, g_rand_boolean (rand) ? &read : part);
          tide_distinct_clear (&read);
        }
      assert_same (&whole, &merged);
      /* Two values may share the prefix that is kept, so 3,073 may still be sparse. */
      if (n != 3073)
        g_assert_true ((whole.registers != NULL) == (n > 3072));
      for (int i = 0; i < 6; i++)
        tide_distinct_clear (&parts[i]);
      tide_distinct_clear (&whole);
      tide_distinct_clear (&merged);
    }
}

static void
test_bytes (void)
{
  TideDistinct sketch = { 0 };
  gsize bytes = 0;

  for (uint64_t i = 0; i < 5000; i++)
    {
      bytes += tide_distinct_add (&sketch, hash_of (i));
      g_assert_cmpuint (bytes, ==, sketch.registers != NULL ? 1 << 14 : sketch.allocated * sizeof (uint32_t));
    }
  g_assert_cmpuint (bytes, ==, 1 << 14);
  tide_distinct_clear (&sketch);
}

/* Hashes with long runs of zeros reach the largest ranks. */
static void
test_ranks (void)
{
  for (int dense = 0; dense < 2; dense++)
    {
      TideDistinct a = { 0 }, b = { 0 };

      for (uint64_t i = 0; dense && i < 5000; i++)
        tide_distinct_add (&a, hash_of (i));
      for (int shift = 0; shift < 64; shift++)
        tide_distinct_add (&a, UINT64_C (1) << shift);
      tide_distinct_add (&a, 0);
      for (int shift = 63; shift >= 0; shift--)
        tide_distinct_add (&b, UINT64_C (1) << shift);
      tide_distinct_add (&b, 0);
      for (uint64_t i = 0; dense && i < 5000; i++)
        tide_distinct_add (&b, hash_of (i));
      assert_same (&a, &b);
      g_assert_cmpuint (tide_distinct_get (&a), >, 0);
      tide_distinct_clear (&a);
      tide_distinct_clear (&b);
    }
}

static void
test_damaged (void)
{
  g_autoptr (GRand) rand = test_rand ();
  guint refused = 0;

  for (int round = 0; round < 6000; round++)
    {
      TideDistinct sketch = { 0 }, read = { 0 };
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GError) error = NULL;
      int n = g_rand_int_range (rand, 0, round % 50 == 0 ? 5000 : 12);

      for (int i = 0; i < n; i++)
        tide_distinct_add (&sketch, random64 (rand));
      tide_distinct_write (&sketch, bytes);
      tide_distinct_clear (&sketch);
      for (int i = g_rand_int_range (rand, 1, 4); i > 0; i--)
        switch (g_rand_int_range (rand, 0, 3))
          {
          case 0:
            g_byte_array_set_size (bytes, (guint) g_rand_int_range (rand, 0, (gint32) bytes->len + 1));
            break;
          case 1:
            g_byte_array_append (bytes, &(guint8){ (guint8) g_rand_int (rand) }, 1);
            break;
          default:
            if (bytes->len > 0)
              bytes->data[g_rand_int_range (rand, 0, (gint32) bytes->len)] = (guint8) g_rand_int (rand);
          }
      if (tide_distinct_read (&read, bytes->data, bytes->len, &error))
        {
          g_autoptr (GBytes) again = written (&read);

          g_assert_cmpmem (g_bytes_get_data (again, NULL), (int) g_bytes_get_size (again), bytes->data, bytes->len);
          tide_distinct_get (&read);
        }
      else
        {
          g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT);
          g_assert_null (read.sparse);
          g_assert_null (read.registers);
          refused++;
        }
      tide_distinct_clear (&read);
    }
  g_assert_cmpuint (refused, >, 2000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/distinct/error", test_error);
  g_test_add_func ("/state/distinct/order", test_order);
  g_test_add_func ("/state/distinct/bytes", test_bytes);
  g_test_add_func ("/state/distinct/ranks", test_ranks);
  g_test_add_func ("/state/distinct/damaged", test_damaged);
  return g_test_run ();
}
