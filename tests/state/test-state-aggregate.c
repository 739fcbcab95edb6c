/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every aggregate of the list: what it finishes as is what a plain loop computes; folding in parts, merged in any
 * order and through files, is folding at once; and nothing that is read can break it.
 */
#include "state-fixture.h"

#include <math.h>

#define N_SLOTS 5

static const char *const names[] = { "count", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99", "distinct", "rate", "ratio" };

static void
test_list (void)
{
  const TideAggregateSpec *const *specs = tide_aggregate_specs ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_cmpstr (tide_aggregates[i]->spec.name, ==, names[i]);
      g_assert_true (specs[i] == &tide_aggregates[i]->spec);
      g_assert_cmpuint (tide_aggregates[i]->state_bytes, <=, 64);
      g_assert_true (tide_aggregates[i]->state_bytes % 8 == 0);
    }
  g_assert_null (tide_aggregates[G_N_ELEMENTS (names)]);
  g_assert_null (specs[G_N_ELEMENTS (names)]);
}

/* States of N_SLOTS slots of one aggregate. */
typedef struct
{
  const TideAggregate *aggregate;
  guint8 *states;
  gsize bytes;
} States;

static States *
states_new (const TideAggregate *aggregate)
{
  States *states = g_new0 (States, 1);

  states->aggregate = aggregate;
  states->states = g_aligned_alloc0 (N_SLOTS, aggregate->state_bytes, 64);
  return states;
}

static guint8 *
state_of (const States *states, uint32_t slot)
{
  return states->states + slot * states->aggregate->state_bytes;
}

static void
states_free (States *states)
{
  for (uint32_t slot = 0; slot < N_SLOTS; slot++)
    if (states->aggregate->clear != NULL)
      states->aggregate->clear (state_of (states, slot));
  g_aligned_free (states->states);
  g_free (states);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (States, states_free)

static GByteArray *
written (const TideAggregate *aggregate, const void *state)
{
  GByteArray *bytes = g_byte_array_new ();

  aggregate->write (state, bytes);
  return bytes;
}

static void
assert_same (const TideAggregate *aggregate, const void *a, const void *b, bool real_sum, int scale)
{
  g_autoptr (GByteArray) x = written (aggregate, a);
  g_autoptr (GByteArray) y = written (aggregate, b);

  g_assert_cmpuint (aggregate->count (a), ==, aggregate->count (b));
  g_assert_true (tide_value_equal (aggregate->finish (aggregate, a, scale, TIDE_MINUTE),
                                   aggregate->finish (aggregate, b, scale, TIDE_MINUTE)));
  if (!real_sum)
    g_assert_cmpmem (x->data, (int) x->len, y->data, (int) y->len);
}

/* Folds in parts, each into states of its own, some of which go through a file; merged from a random one on. */
static void
check_parts (GRand *rand,
             const TideAggregate *aggregate,
             const TideColumn *column,
             uint32_t n,
             const uint32_t *rows,
             const uint32_t *slots)
{
  enum { N_PARTS = 7 };
  g_autoptr (States) whole = states_new (aggregate);
  g_autoptr (States) merged = states_new (aggregate);
  States *parts[N_PARTS];
  bool real_sum = column != NULL && column->type == TIDE_TYPE_REAL
                  && (strcmp (aggregate->spec.name, "sum") == 0 || strcmp (aggregate->spec.name, "avg") == 0);
  int scale = column != NULL ? column->scale : 0;
  uint32_t from = 0;

  aggregate->fold (aggregate, whole->states, column, rows, slots, n);
  for (int i = 0; i < N_PARTS; i++)
    parts[i] = states_new (aggregate);
  while (from < n)
    {
      uint32_t run = (uint32_t) g_rand_int_range (rand, 1, (gint32) MIN (n - from, 700) + 1);

      aggregate->fold (aggregate, parts[g_rand_int_range (rand, 0, N_PARTS)]->states, column, rows + from,
                       slots + from, run);
      from += run;
    }
  for (int first = g_rand_int_range (rand, 0, N_PARTS), i = 0; i < N_PARTS; i++)
    for (uint32_t slot = 0; slot < N_SLOTS; slot++)
      {
        guint8 *part = state_of (parts[(first + i * 3) % N_PARTS], slot);
        g_autoptr (GByteArray) bytes = written (aggregate, part);
        _Alignas (64) guint8 read[64] = { 0 };

        g_assert_true (aggregate->read (read, bytes->data, bytes->len, NULL));
        assert_same (aggregate, read, part, false, scale);
        aggregate->merge (aggregate, state_of (merged, slot), g_rand_boolean (rand) ? read : part);
        if (aggregate->clear != NULL)
          aggregate->clear (read);
      }
  for (uint32_t slot = 0; slot < N_SLOTS; slot++)
    assert_same (aggregate, state_of (whole, slot), state_of (merged, slot), real_sum, scale);
  for (int i = 0; i < N_PARTS; i++)
    states_free (parts[i]);
}

static void
test_parts (void)
{
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideStreamRef) stream = make_stream ();

  for (int round = 0; round < 12; round++)
    {
      uint32_t n = (uint32_t) g_rand_int_range (rand, 1, 4000);
      g_autoptr (TideBatch) batch = random_batch (rand, stream, n, g_rand_boolean (rand) ? 20 : 100000, 1);
      g_autofree uint32_t *rows = g_new (uint32_t, n), *slots = g_new (uint32_t, n);
      uint32_t kept = 0;

      for (uint32_t row = 0; row < n; row++)
        if (g_rand_int_range (rand, 0, 4) != 0)
          {
            slots[kept] = (uint32_t) g_rand_int_range (rand, 0, g_rand_int_range (rand, 1, N_SLOTS + 1));
            rows[kept++] = row;
          }
      for (guint i = 0; tide_aggregates[i] != NULL; i++)
        {
          const TideAggregate *aggregate = tide_aggregates[i];

          if (aggregate->spec.takes_metrics)
            continue;
          if (!aggregate->spec.takes_field)
            check_parts (rand, aggregate, NULL, kept, rows, slots);
          for (uint32_t c = TIDE_COLUMN_FIELD0; c < N_COLUMNS; c++)
            if ((aggregate->spec.types & TIDE_TYPE_BIT (batch->columns[c].type)) != 0)
              check_parts (rand, aggregate, &batch->columns[c], kept, rows, slots);
        }
    }
}

/* Folds all rows of @column into one state and compares with @expected. */
static void
assert_finishes (const TideAggregate *aggregate, const TideColumn *column, uint32_t n, TideValue expected)
{
  g_autoptr (States) states = states_new (aggregate);
  g_autofree uint32_t *rows = g_new (uint32_t, n), *slots = g_new0 (uint32_t, n);
  TideValue value;
  char got[TIDE_VALUE_STR_MAX], wanted[TIDE_VALUE_STR_MAX];

  for (uint32_t row = 0; row < n; row++)
    rows[row] = row;
  aggregate->fold (aggregate, states->states, column, rows, slots, n);
  value = aggregate->finish (aggregate, states->states, column != NULL ? column->scale : 0, TIDE_MINUTE);
  tide_value_format (value, got);
  tide_value_format (expected, wanted);
  if (!tide_value_equal (value, expected) || value.kind != expected.kind)
    g_error ("%s is %s, expected %s", aggregate->spec.name, got, wanted);
}

static void
test_values (void)
{
  const int64_t ints[] = { 250, -100, 1000, 0, 999 };
  const double reals[] = { 0.5, -0.0, 1e16, 1, -1e16 };
  const TideText dict[] = { { "a", 1 }, { "b", 1 } };
  const uint32_t codes[] = { 0, 1, 0, 1, 1 };
  const uint64_t valid = 0xf; /* the last is null */
  TideColumn decimals = { .type = TIDE_TYPE_DECIMAL, .scale = 2, .ints = ints, .valid = &valid };
  TideColumn doubles = { .type = TIDE_TYPE_REAL, .reals = reals };
  TideColumn texts = { .type = TIDE_TYPE_TEXT, .codes = codes, .dict = dict, .n_dict = 2 };
  TideColumn none = { .type = TIDE_TYPE_NONE };

  assert_finishes (&tide_aggregate_count, NULL, 5, tide_value_exact (5, 0));
  assert_finishes (&tide_aggregate_count, &decimals, 5, tide_value_exact (4, 0));
  assert_finishes (&tide_aggregate_count, &none, 5, tide_value_exact (0, 0));
  assert_finishes (&tide_aggregate_rate, NULL, 5, tide_value_real (5 / 60.0));
  assert_finishes (&tide_aggregate_sum, &decimals, 5, tide_value_exact (1150, 2));
  assert_finishes (&tide_aggregate_avg, &decimals, 5, tide_value_real (2.875));
  assert_finishes (&tide_aggregate_min, &decimals, 5, tide_value_exact (-100, 2));
  assert_finishes (&tide_aggregate_max, &decimals, 5, tide_value_exact (1000, 2));
  assert_finishes (&tide_aggregate_p50, &decimals, 1, tide_value_real (2.5));
  assert_finishes (&tide_aggregate_sum, &doubles, 5, tide_value_real (1.5));
  assert_finishes (&tide_aggregate_avg, &doubles, 5, tide_value_real (0.3));
  assert_finishes (&tide_aggregate_min, &doubles, 4, tide_value_real (0));
  assert_finishes (&tide_aggregate_max, &doubles, 5, tide_value_real (1e16));
  assert_finishes (&tide_aggregate_distinct, &texts, 5, tide_value_exact (2, 0));
  assert_finishes (&tide_aggregate_distinct, &decimals, 5, tide_value_exact (4, 0));
  for (guint i = 1; i < 9; i++)
    assert_finishes (tide_aggregates[i], &none, 5, (TideValue){ 0 });
}

/* No sum of 64-bit values overflows, and none is rounded. */
static void
test_exact_sum (void)
{
  g_autofree int64_t *ints = g_new (int64_t, 4000);
  TideColumn column = { .type = TIDE_TYPE_INT, .ints = ints };

  for (int i = 0; i < 4000; i++)
    ints[i] = i == 3999 ? INT64_MAX - 1 : INT64_MAX;
  assert_finishes (&tide_aggregate_sum, &column, 4000, tide_value_exact ((TideInt128) INT64_MAX * 4000 - 1, 0));
  for (int i = 0; i < 4000; i++)
    ints[i] = INT64_MIN;
  assert_finishes (&tide_aggregate_sum, &column, 4000, tide_value_exact ((TideInt128) INT64_MIN * 4000, 0));
  assert_finishes (&tide_aggregate_min, &column, 4000, tide_value_exact (INT64_MIN, 0));
}

/* Past the doubles a sum is infinite, stays so in a file, and merges without becoming nothing. */
static void
test_infinite_sum (void)
{
  const TideAggregate *aggregate = &tide_aggregate_sum;
  const double reals[] = { 1.7e308, 1.7e308, -1.0 };
  const uint32_t rows[] = { 0, 1, 2 }, slots[] = { 0, 0, 1 };
  TideColumn column = { .type = TIDE_TYPE_REAL, .reals = reals };
  g_autoptr (States) states = states_new (aggregate);
  g_autoptr (GByteArray) bytes = NULL;
  _Alignas (64) guint8 read[64] = { 0 };

  aggregate->fold (aggregate, states->states, &column, rows, slots, 3);
  bytes = written (aggregate, states->states);
  g_assert_true (aggregate->read (read, bytes->data, bytes->len, NULL));
  aggregate->merge (aggregate, read, state_of (states, 1));
  g_assert_true (isinf (aggregate->finish (aggregate, read, 0, TIDE_MINUTE).real));
}

/* What fold and merge say that states grew by adds up to the same for the same states, and is nothing for plain ones. */
static void
test_bytes (void)
{
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatch) batch = random_batch (rand, stream, 3000, 100000, 1);
  g_autofree uint32_t *rows = g_new (uint32_t, 3000), *slots = g_new0 (uint32_t, 3000);

  for (uint32_t row = 0; row < 3000; row++)
    rows[row] = row;
  for (guint i = 0; tide_aggregates[i] != NULL; i++)
    {
      const TideAggregate *aggregate = tide_aggregates[i];
      g_autoptr (States) states = NULL;
      gsize grown;

      if (aggregate->spec.takes_metrics)
        continue;
      states = states_new (aggregate);
      grown = aggregate->fold (aggregate, states->states, &batch->columns[COLUMN_AMOUNT], rows, slots, 3000);
      g_assert_true ((grown > 0) == (aggregate->clear != NULL));
      g_assert_cmpuint (grown, <, 40000);
      /* Into itself again: nothing new. */
      g_assert_cmpuint (aggregate->fold (aggregate, states->states, &batch->columns[COLUMN_AMOUNT], rows, slots, 1), ==, 0);
    }
}

static void
test_damaged (void)
{
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatch) batch = random_batch (rand, stream, 50, 10, 1);
  const uint32_t columns[] = { COLUMN_AMOUNT, COLUMN_SPEED };
  uint32_t rows[50], slots[50] = { 0 };

  for (uint32_t row = 0; row < 50; row++)
    rows[row] = row;
  for (guint i = 0; tide_aggregates[i] != NULL; i++)
    for (int round = 0; round < 3000; round++)
      {
        const TideAggregate *aggregate = tide_aggregates[i];
        g_autoptr (States) states = NULL;
        g_autoptr (GByteArray) bytes = NULL;
        g_autoptr (GError) error = NULL;
        _Alignas (64) guint8 read[64] = { 0 };

        if (aggregate->spec.takes_metrics)
          continue;
        states = states_new (aggregate);
        aggregate->fold (aggregate, states->states, &batch->columns[columns[round % 2]], rows, slots,
                         (uint32_t) g_rand_int_range (rand, 0, 50));
        bytes = written (aggregate, states->states);
        for (int k = g_rand_int_range (rand, 1, 3); k > 0 && bytes->len > 0; k--)
          if (g_rand_boolean (rand))
            bytes->data[g_rand_int_range (rand, 0, (gint32) bytes->len)] = (guint8) g_rand_int (rand);
          else
            g_byte_array_set_size (bytes, (guint) g_rand_int_range (rand, 0, (gint32) bytes->len + 3));
        if (aggregate->read (read, bytes->data, bytes->len, &error))
          {
            g_autoptr (GByteArray) again = written (aggregate, read);

            /* An infinite sum has no rest to write. */
            if (again->len != bytes->len || memcmp (again->data, bytes->data, again->len) != 0)
              g_assert_false (isfinite (aggregate->finish (aggregate, read, 0, TIDE_MINUTE).real));
            /* Whoever reads states refuses those of another type. */
            if (aggregate->fits == NULL || aggregate->fits (read, batch->columns[columns[round % 2]].type))
              aggregate->merge (aggregate, state_of (states, 0), read);
          }
        else
          g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT);
        if (aggregate->clear != NULL)
          aggregate->clear (read);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/aggregate/list", test_list);
  g_test_add_func ("/state/aggregate/values", test_values);
  g_test_add_func ("/state/aggregate/exact-sum", test_exact_sum);
  g_test_add_func ("/state/aggregate/infinite-sum", test_infinite_sum);
  g_test_add_func ("/state/aggregate/parts", test_parts);
  g_test_add_func ("/state/aggregate/bytes", test_bytes);
  g_test_add_func ("/state/aggregate/damaged", test_damaged);
  return g_test_run ();
}
