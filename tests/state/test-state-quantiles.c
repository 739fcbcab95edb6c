/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Quantiles are within 1 % of the true ones over all doubles; the bytes of a sketch depend on the values alone, not
 * on their order or how they were split; and nothing that is read can break it.
 */
#include "state-fixture.h"

#include <float.h>
#include <math.h>

static double
from_bits (uint64_t bits)
{
  double value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static uint64_t
to_bits (double value)
{
  uint64_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static GBytes *
written (const TideQuantiles *sketch)
{
  GByteArray *bytes = g_byte_array_new ();

  tide_quantiles_write (sketch, bytes);
  return g_byte_array_free_to_bytes (bytes);
}

static void
assert_same (const TideQuantiles *a, const TideQuantiles *b)
{
  g_autoptr (GBytes) x = written (a);
  g_autoptr (GBytes) y = written (b);

  g_assert_true (g_bytes_equal (x, y));
}

static void
assert_within (double value, double truth)
{
  /* Subnormals are whole steps apart. */
  if (fabs (value - truth) > TIDE_QUANTILES_ERROR * fabs (truth) + DBL_TRUE_MIN)
    g_error ("%.17g is not within 1 %% of %.17g", value, truth);
}

/* Each bin's ends, found by bisection over the bits of doubles, are within 1 % of what stands for the bin; bins
 * follow one another without gap from the smallest double to the largest. */
static void
test_bins (void)
{
  uint64_t first = 1;
  const uint64_t end = to_bits (DBL_MAX);
  uint32_t index = tide_quantiles_index (DBL_TRUE_MIN);

  while (first <= end)
    {
      uint64_t low = first, high = MIN (first + (UINT64_C (1) << 52), end + 1);

      g_assert_cmpuint (tide_quantiles_index (from_bits (first)), ==, index);
      while (high - low > 1)
        {
          uint64_t middle = low + (high - low) / 2;

          if (tide_quantiles_index (from_bits (middle)) == index)
            low = middle;
          else
            high = middle;
        }
      assert_within (tide_quantiles_value (index), from_bits (first));
      assert_within (tide_quantiles_value (index), from_bits (low));
      first = high;
      if (first <= end)
        {
          uint32_t next = tide_quantiles_index (from_bits (first));

          g_assert_cmpuint (next, >, index);
          /* Subnormals are sparser than bins. */
          if (from_bits (first) > 1000 * DBL_TRUE_MIN)
            g_assert_cmpuint (next, ==, index + 1);
          index = next;
        }
    }
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
random_value (GRand *rand, int kind)
{
  switch (kind)
    {
    case 0: /* like durations */
      return exp (g_rand_double_range (rand, 0, 12));
    case 1: /* both signs and zeros */
      return g_rand_int_range (rand, -100, 100);
    case 2: /* an even spread */
      return g_rand_double_range (rand, -1e6, 1e6);
    case 3: /* near the largest double, either sign */
      return g_rand_double_range (rand, -1, 1) * DBL_MAX;
    case 4: /* subnormals */
      return from_bits (g_rand_int (rand)) * (g_rand_boolean (rand) ? 1 : -1);
    case 5: /* one value, often */
      return 42;
    default: /* any double */
      for (;;)
        {
          double value = from_bits (random64 (rand));

          if (isfinite (value))
            return value;
        }
    }
}

#define N_KINDS 7

static void
test_accuracy (void)
{
  g_autoptr (GRand) rand = test_rand ();
  static const double quantiles[] = { 0, 0.001, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1 };

  for (int round = 0; round < 60; round++)
    {
      /* The last kind spans more than the bins do. */
      int kind = round % (N_KINDS - 1);
      guint n = (guint) g_rand_int_range (rand, 1, round < 6 ? 20000 : 300);
      g_autofree double *values = g_new (double, n);
      TideQuantiles sketch = { 0 };

      for (guint i = 0; i < n; i++)
        {
          values[i] = random_value (rand, kind);
          tide_quantiles_add (&sketch, values[i], 1);
        }
      qsort (values, n, sizeof *values, compare_doubles);
      for (guint i = 0; i < G_N_ELEMENTS (quantiles); i++)
        assert_within (tide_quantiles_get (&sketch, quantiles[i]), values[(guint) (quantiles[i] * (n - 1))]);
      g_assert_cmpfloat (tide_quantiles_get (&sketch, 0), ==, values[0]);
      g_assert_cmpfloat (tide_quantiles_get (&sketch, 1), ==, values[n - 1]);
      tide_quantiles_clear (&sketch);
    }
}

/* Whatever is far below shares a bin; the top stays within 1 %, and the size is bounded. */
static void
test_collapse (void)
{
  g_autoptr (GRand) rand = test_rand ();

  for (int sign = -1; sign <= 1; sign += 2)
    {
      g_autofree double *values = g_new (double, 20000);
      TideQuantiles sketch = { 0 };

      for (guint i = 0; i < 20000; i++)
        {
          values[i] = sign * exp (i % 2 == 0 ? g_rand_double_range (rand, -700, 700)
                                             : g_rand_double_range (rand, 670, 700));
          tide_quantiles_add (&sketch, values[i], 1);
        }
      g_assert_cmpuint (sketch.positive.n, <=, 2048);
      g_assert_cmpuint (sketch.negative.n, <=, 2048);
      qsort (values, 20000, sizeof *values, compare_doubles);
      if (sign > 0)
        assert_within (tide_quantiles_get (&sketch, 0.9), values[(guint) (0.9 * 19999)]);
      else
        assert_within (tide_quantiles_get (&sketch, 0.1), values[(guint) (0.1 * 19999)]);
      tide_quantiles_clear (&sketch);
    }
}

/* In one go, or in parts of random sizes merged in random order: the same bytes. */
static void
test_order (void)
{
  g_autoptr (GRand) rand = test_rand ();

  for (int round = 0; round < 140; round++)
    {
      TideQuantiles whole = { 0 }, merged = { 0 };
      TideQuantiles parts[8] = { 0 };
      guint n = (guint) g_rand_int_range (rand, 0, 3000);

      for (guint i = 0; i < n; i++)
        {
          double value = random_value (rand, round % N_KINDS);
          uint64_t count = g_rand_int_range (rand, 0, 20) == 0 ? random64 (rand) >> g_rand_int_range (rand, 12, 64) : 1;

          tide_quantiles_add (&whole, value, count);
          tide_quantiles_add (&parts[g_rand_int_range (rand, 0, 8)], value, count);
        }
      for (int from = g_rand_int_range (rand, 0, 8), i = 0; i < 8; i++)
        {
          /* A part may itself be read from a file. */
          TideQuantiles *part = &parts[(from + i * 3) % 8];
          g_autoptr (GBytes) bytes = written (part);
          TideQuantiles read = { 0 };
          gsize len;
          const guint8 *data = g_bytes_get_data (bytes, &len);

          g_assert_true (tide_quantiles_read (&read, data, len, NULL));
          assert_same (&read, part);
          tide_quantiles_merge (&merged, g_rand_boolean (rand) ? &read : part);
          tide_quantiles_clear (&read);
        }
      assert_same (&whole, &merged);
      g_assert_cmpuint (whole.count, ==, merged.count);
      for (int i = 0; i < 8; i++)
        tide_quantiles_clear (&parts[i]);
      tide_quantiles_clear (&whole);
      tide_quantiles_clear (&merged);
    }
}

/* What is added is what is reported, through growth, widening and collapse. */
static void
test_bytes (void)
{
  g_autoptr (GRand) rand = test_rand ();
  TideQuantiles sketch = { 0 };
  gsize bytes = 0;

  for (int i = 0; i < 20000; i++)
    {
      uint64_t count = UINT64_C (1) << g_rand_int_range (rand, 0, 1 + i / 500);

      bytes += tide_quantiles_add (&sketch, random_value (rand, i < 10000 ? 0 : 6), count);
      g_assert_cmpuint (bytes, ==, ((gsize) sketch.positive.n << sketch.positive.shift)
                                       + ((gsize) sketch.negative.n << sketch.negative.shift));
    }
  g_assert_cmpuint (bytes, <=, 2 * 2048 * 8);
  tide_quantiles_clear (&sketch);
}

static void
test_empty (void)
{
  TideQuantiles sketch = { 0 }, other = { 0 };

  g_assert_true (isnan (tide_quantiles_get (&sketch, 0.5)));
  tide_quantiles_add (&sketch, 1, 0);
  g_assert_cmpuint (sketch.count, ==, 0);
  tide_quantiles_merge (&sketch, &other);
  assert_same (&sketch, &other);
  tide_quantiles_add (&sketch, -0.0, 3);
  tide_quantiles_add (&other, 0.0, 3);
  assert_same (&sketch, &other);
  g_assert_cmpfloat (tide_quantiles_get (&sketch, 0.5), ==, 0);
  tide_quantiles_clear (&sketch);
}

/* What is read either fails, or is something that writes the very same bytes. */
static void
test_damaged (void)
{
  g_autoptr (GRand) rand = test_rand ();
  guint refused = 0;

  for (int round = 0; round < 20000; round++)
    {
      TideQuantiles sketch = { 0 }, read = { 0 };
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GError) error = NULL;
      int n = g_rand_int_range (rand, 0, 12);

      for (int i = 0; i < n; i++)
        tide_quantiles_add (&sketch, random_value (rand, round % N_KINDS), 1);
      tide_quantiles_write (&sketch, bytes);
      tide_quantiles_clear (&sketch);
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
      if (tide_quantiles_read (&read, bytes->data, bytes->len, &error))
        {
          g_autoptr (GBytes) again = written (&read);

          g_assert_cmpmem (g_bytes_get_data (again, NULL), (int) g_bytes_get_size (again), bytes->data, bytes->len);
          tide_quantiles_get (&read, 0.5);
        }
      else
        {
          g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT);
          g_assert_cmpuint (read.count, ==, 0);
          refused++;
        }
      tide_quantiles_clear (&read);
    }
  g_assert_cmpuint (refused, >, 10000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/quantiles/bins", test_bins);
  g_test_add_func ("/state/quantiles/accuracy", test_accuracy);
  g_test_add_func ("/state/quantiles/collapse", test_collapse);
  g_test_add_func ("/state/quantiles/order", test_order);
  g_test_add_func ("/state/quantiles/bytes", test_bytes);
  g_test_add_func ("/state/quantiles/empty", test_empty);
  g_test_add_func ("/state/quantiles/damaged", test_damaged);
  return g_test_run ();
}
