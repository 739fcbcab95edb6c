/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A swept window equals merging its seconds one by one, for any range and length. */
#include "live-private.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS 200

typedef struct
{
  const TideAggregate *aggregate;
  guint8 *states;
  guint window;
  guint emitted;
} Fixture;

static const TideAggregate *
find_aggregate (const char *name)
{
  for (guint i = 0; tide_aggregates[i] != NULL; i++)
    if (strcmp (tide_aggregates[i]->spec.name, name) == 0)
      return tide_aggregates[i];
  g_assert_not_reached ();
}

static const void *
state_at (int64_t second, void *data)
{
  Fixture *fixture = data;

  return second >= 0 && second < SECONDS ? fixture->states + second * fixture->aggregate->state_bytes : NULL;
}

static GBytes *
write_state (const TideAggregate *aggregate, const void *state)
{
  GByteArray *bytes = g_byte_array_new ();

  aggregate->write (state, bytes);
  return g_byte_array_free_to_bytes (bytes);
}

static void
on_window (int64_t second, const void *merged, void *data)
{
  Fixture *fixture = data;
  const TideAggregate *aggregate = fixture->aggregate;
  g_autofree guint8 *expected = g_malloc0 (aggregate->state_bytes);
  g_autoptr (GBytes) a = NULL, b = NULL;

  for (int64_t s = second - fixture->window + 1; s <= second; s++)
    if (state_at (s, fixture) != NULL)
      aggregate->merge (aggregate, expected, state_at (s, fixture));
  a = write_state (aggregate, merged);
  b = write_state (aggregate, expected);
  g_assert_true (g_bytes_equal (a, b));
  if (aggregate->clear != NULL)
    aggregate->clear (expected);
  fixture->emitted++;
}

static void
add_one (Fixture *fixture, GRand *rand, int64_t second)
{
  int64_t value = g_rand_int_range (rand, -1000, 100000);
  TideColumn column = { .type = TIDE_TYPE_INT, .ints = &value };
  uint32_t row = 0, slot = (uint32_t) second;

  fixture->aggregate->fold (fixture->aggregate, fixture->states, &column, &row, &slot, 1);
}

/* As a ring does it: one window, whose sweeps start where states changed since the last one. */
static void
test_kept (gconstpointer name)
{
  Fixture fixture = { .aggregate = find_aggregate (name) };
  const char *text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32) strtoul (text, NULL, 10) : g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  TideLiveWindow *window;
  int64_t newest = 0;

  g_test_message ("seed %u", seed);
  fixture.states = g_malloc0 (SECONDS * fixture.aggregate->state_bytes);
  fixture.window = (guint) g_rand_int_range (rand, 1, 70);
  window = tide_live_window_new (fixture.aggregate, fixture.window);
  while (newest < SECONDS - 1)
    {
      int64_t first = newest;
      guint events = (guint) g_rand_int_range (rand, 0, 4);

      for (guint i = 0; i < events; i++)
        {
          int64_t late = g_rand_int_range (rand, 0, 20) == 0 ? g_rand_int_range (rand, 0, 30)
                                                             : g_rand_int_range (rand, 0, 2);
          int64_t ahead = g_rand_int_range (rand, 0, 40) == 0 ? g_rand_int_range (rand, 0, 15) : 0;
          int64_t second = CLAMP (newest - late + ahead, 0, SECONDS - 1);

          add_one (&fixture, rand, second);
          first = MIN (first, second);
          newest = MAX (newest, second);
        }
      fixture.emitted = 0;
      tide_live_window_sweep (window, first, newest, state_at, on_window, &fixture);
      g_assert_cmpuint (fixture.emitted, ==, newest - first + 1);
      if (g_rand_int_range (rand, 0, 3) == 0)
        newest = MIN (newest + 1, SECONDS - 1);
    }
  tide_live_window_free (window);
  for (guint i = 0; fixture.aggregate->clear != NULL && i < SECONDS; i++)
    fixture.aggregate->clear (fixture.states + i * fixture.aggregate->state_bytes);
  g_free (fixture.states);
}

static void
test_window (gconstpointer name)
{
  Fixture fixture = { .aggregate = find_aggregate (name) };
  const char *text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32) strtoul (text, NULL, 10) : g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  int64_t value;
  TideColumn column = { .type = TIDE_TYPE_INT, .ints = &value };

  g_test_message ("seed %u", seed);
  fixture.states = g_malloc0 (SECONDS * fixture.aggregate->state_bytes);
  for (uint32_t i = 0; i < 3000; i++)
    {
      uint32_t row = 0, slot = (uint32_t) g_rand_int_range (rand, 0, SECONDS);

      value = g_rand_int_range (rand, -1000, 100000);
      fixture.aggregate->fold (fixture.aggregate, fixture.states, &column, &row, &slot, 1);
    }
  for (guint i = 0; i < 40; i++)
    {
      int64_t first = g_rand_int_range (rand, 0, SECONDS), last = g_rand_int_range (rand, (gint32) first, SECONDS);
      TideLiveWindow *window;

      fixture.window = (guint) g_rand_int_range (rand, 1, 70);
      fixture.emitted = 0;
      window = tide_live_window_new (fixture.aggregate, fixture.window);
      tide_live_window_sweep (window, first, last, state_at, on_window, &fixture);
      g_assert_cmpuint (fixture.emitted, ==, last - first + 1);
      tide_live_window_free (window);
    }
  for (guint i = 0; fixture.aggregate->clear != NULL && i < SECONDS; i++)
    fixture.aggregate->clear (fixture.states + i * fixture.aggregate->state_bytes);
  g_free (fixture.states);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "count", "sum", "min", "max", "p95", "distinct" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strdup_printf ("/live/window/%s", names[i]);
      g_autofree char *kept = g_strdup_printf ("/live/window/kept/%s", names[i]);

      g_test_add_data_func (path, names[i], test_window);
      g_test_add_data_func (kept, names[i], test_kept);
    }
  return g_test_run ();
}
