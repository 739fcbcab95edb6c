/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ticks are nice, few enough, inside the range, and on whole units of the wall clock, whatever the range and
 * the zone: also on the days when clocks change.
 */
#include "app-format.h"
#include "app-ticks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static GRand *
test_rand (void)
{
  const char *text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32) strtoul (text, NULL, 10) : g_random_int ();

  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

static bool
is_nice (double step)
{
  double mantissa = step / pow (10, floor (log10 (step) + 1e-9));

  return fabs (mantissa - 1) < 1e-6 || fabs (mantissa - 2) < 1e-6 || fabs (mantissa - 2.5) < 1e-6
         || fabs (mantissa - 5) < 1e-6;
}

static void
test_values (void)
{
  g_autoptr (GRand) rand = test_rand ();

  for (int i = 0; i < 20000; i++)
    {
      double size = pow (10, g_rand_double_range (rand, -9, 12));
      double lo = g_rand_boolean (rand) ? 0 : size * g_rand_double_range (rand, -1, 1);
      double hi = lo + size * pow (10, g_rand_double_range (rand, -3, 1));
      guint max = (guint) g_rand_int_range (rand, 3, 8);
      TideValueTicks ticks = tide_ticks_for_values (lo, hi, max);

      g_assert_true (is_nice (ticks.step));
      g_assert_cmpuint (ticks.n, >=, 2);
      g_assert_cmpuint (ticks.n, <=, max);
      g_assert_cmpfloat (ticks.lo, <=, lo + ticks.step * 1e-6);
      g_assert_cmpfloat (ticks.hi, >=, hi - ticks.step * 1e-6);
      if (lo == 0)
        g_assert_cmpfloat (ticks.lo, ==, 0);
      for (guint j = 0; j < ticks.n; j++)
        {
          double value = tide_value_ticks_get (&ticks, j);

          g_assert_cmpfloat (fabs (value / ticks.step - round (value / ticks.step)), <, 1e-6);
          g_assert_cmpfloat (value, >=, ticks.lo - ticks.step * 1e-6);
          g_assert_cmpfloat (value, <=, ticks.hi + ticks.step * 1e-6);
        }
    }
}

static void
test_flat_values (void)
{
  static const double values[] = { 0, 5, -5, 1e-300, 1e300, -1e12, 4e15 };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      TideValueTicks ticks = tide_ticks_for_values (values[i], values[i], 4);

      g_assert_cmpuint (ticks.n, >=, 2);
      g_assert_cmpfloat (ticks.lo, <=, values[i]);
      g_assert_cmpfloat (ticks.hi, >=, values[i]);
      g_assert_cmpfloat (ticks.hi, >, ticks.lo);
    }
  g_assert_cmpuint (tide_ticks_for_values (NAN, 1, 4).n, >=, 2);
}

static const char *const zones[] = { "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu",
                                     "Australia/Lord_Howe", "America/St_Johns", "Asia/Kolkata" };

/* On a whole unit: 00:00 of a day, or a minute (second) that divides the clock as the neighbours' distance does. */
static void
check_times (TideTime from, TideTime to, GTimeZone *zone, guint max)
{
  TideTimeTicks ticks;

  tide_ticks_for_times (from, to, zone, max, &ticks);
  g_assert_cmpuint (ticks.n, <=, max);
  for (guint i = 0; i < ticks.n; i++)
    {
      g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (ticks.ticks[i].time / TIDE_SECOND);
      g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
      int seconds = g_date_time_get_hour (local) * 3600 + g_date_time_get_minute (local) * 60
                    + g_date_time_get_second (local);
      gint64 gap_s = i == 0 ? 1 : (ticks.ticks[i].time - ticks.ticks[i - 1].time) / TIDE_SECOND;

      g_assert_cmpint (ticks.ticks[i].time % TIDE_SECOND, ==, 0);
      g_assert_cmpint (ticks.ticks[i].time, >=, from);
      g_assert_cmpint (ticks.ticks[i].time, <=, to);
      g_assert_cmpint (gap_s, >, 0);
      g_assert_cmpint ((int) strlen (ticks.ticks[i].label), >, 0);
      if (gap_s >= 20 * 3600)
        g_assert_cmpint (seconds, ==, 0);
      else if (gap_s >= 60)
        g_assert_cmpint (seconds % 60, ==, 0);
      if (gap_s >= 3600 && gap_s < 20 * 3600 && gap_s % 3600 == 0)
        g_assert_cmpint (seconds % 3600, ==, 0);
    }
  tide_time_ticks_clear (&ticks);
}

static void
test_times (void)
{
  g_autoptr (GRand) rand = test_rand ();

  for (int i = 0; i < 2000; i++)
    {
      g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zones[i % G_N_ELEMENTS (zones)]);
      TideTime from = (TideTime) g_rand_double_range (rand, 1.2e15, 2.0e15);
      TideTime span = (TideTime) pow (10, g_rand_double_range (rand, 6.5, 15.5));

      check_times (from, from + span, zone, (guint) g_rand_int_range (rand, 2, 16));
    }
}

/* Through the night in which Berlin's clocks go back, and the one in which they go forward. */
static void
test_clock_changes (void)
{
  static const TideTime changes[] = { 1792890000 * TIDE_SECOND, 1774746000 * TIDE_SECOND };
  g_autoptr (GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");

  for (int i = 0; i < 2; i++)
    {
      TideTimeTicks ticks;

      tide_ticks_for_times (changes[i] - TIDE_DAY, changes[i] + TIDE_DAY, berlin, 9, &ticks);
      g_assert_cmpuint (ticks.n, >=, 7);
      for (guint j = 0; j < ticks.n; j++)
        {
          g_autofree char *clock = tide_format_clock (ticks.ticks[j].time, berlin, true);
          int hour = atoi (clock);

          g_assert_cmpint (hour % 6, ==, 0);
          g_assert_cmpstr (clock + 2, ==, ":00:00");
        }
      tide_time_ticks_clear (&ticks);
      tide_ticks_for_times (changes[i] - 3 * TIDE_DAY, changes[i] + 3 * TIDE_DAY, berlin, 8, &ticks);
      g_assert_cmpuint (ticks.n, ==, 6);
      for (guint j = 0; j < ticks.n; j++)
        {
          g_autofree char *clock = tide_format_clock (ticks.ticks[j].time, berlin, true);

          g_assert_cmpstr (clock, ==, "00:00:00");
        }
      tide_time_ticks_clear (&ticks);
    }
}

static void
test_labels (void)
{
  g_autoptr (GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");
  TideTime from = 1793314800 * TIDE_SECOND; /* 2026-10-30T00:00+01:00 */
  TideTimeTicks ticks;

  tide_ticks_for_times (from, from + 14 * TIDE_DAY - 1, berlin, 16, &ticks);
  g_assert_cmpuint (ticks.n, ==, 14);
  g_assert_cmpstr (ticks.ticks[0].label, ==, "Fri 30");
  g_assert_cmpstr (ticks.ticks[2].label, ==, "Sun 1 Nov");
  g_assert_cmpstr (ticks.ticks[3].label, ==, "Mon 2");
  tide_time_ticks_clear (&ticks);

  tide_ticks_for_times (from + 12 * TIDE_HOUR, from + 15 * TIDE_HOUR, berlin, 7, &ticks);
  g_assert_cmpstr (ticks.ticks[1].label, ==, "12:30");
  tide_time_ticks_clear (&ticks);

  tide_ticks_for_ages (from, from + 5 * TIDE_MINUTE, 6, &ticks);
  g_assert_cmpuint (ticks.n, ==, 6);
  g_assert_cmpstr (ticks.ticks[0].label, ==, TIDE_MINUS "5");
  g_assert_cmpstr (ticks.ticks[4].label, ==, TIDE_MINUS "1" TIDE_NNBSP "min");
  g_assert_cmpstr (ticks.ticks[5].label, ==, "");
  tide_time_ticks_clear (&ticks);
}

static void
test_weekends (void)
{
  g_autoptr (GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");
  TideTime starts[8], ends[8];
  TideTime from = 1793314800 * TIDE_SECOND; /* a Friday */

  g_assert_cmpuint (tide_weekends (from, from + 14 * TIDE_DAY, berlin, starts, ends, 8), ==, 2);
  g_assert_cmpint (starts[0], ==, from + TIDE_DAY);
  g_assert_cmpint (ends[0], ==, from + 3 * TIDE_DAY);
  /* From within a Sunday. */
  g_assert_cmpuint (tide_weekends (from + 2 * TIDE_DAY + TIDE_HOUR, from + 3 * TIDE_DAY, berlin, starts, ends, 8), ==, 1);
  g_assert_cmpint (starts[0], ==, from + TIDE_DAY);
  /* 49 hours when the clocks go back on its Sunday. */
  g_assert_cmpuint (tide_weekends (1792890000 * TIDE_SECOND, 1792890001 * TIDE_SECOND, berlin, starts, ends, 8), ==, 1);
  g_assert_cmpint (ends[0] - starts[0], ==, 49 * TIDE_HOUR);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/ticks/values", test_values);
  g_test_add_func ("/app/ticks/flat-values", test_flat_values);
  g_test_add_func ("/app/ticks/times", test_times);
  g_test_add_func ("/app/ticks/clock-changes", test_clock_changes);
  g_test_add_func ("/app/ticks/labels", test_labels);
  g_test_add_func ("/app/ticks/weekends", test_weekends);
  return g_test_run ();
}
