/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Periods tile time: each instant is in exactly one, in any zone, at any change of the clock. Starts of days are
 * compared with a walk minute by minute over what GDateTime says the clock shows. */
#include "model.h"

#include <string.h>

static GRand *random_source;

/* Half-hour shifts, changes at midnight and a minute after it, zones east and west, a skipped day (Apia 2011). */
static const char *const zone_names[] = {
  "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut",
  "America/Havana", "America/St_Johns", "Pacific/Apia", "Asia/Kolkata", "Asia/Kathmandu", "Africa/Casablanca",
  "Asia/Tehran", "Africa/Cairo", "America/Asuncion", "Pacific/Chatham", "Antarctica/Troll", "Asia/Gaza",
};
static const char *const period_names[] = { "10s", "1min", "15min", "30min", "20min", "1h", "2h", "6h", "12h",
                                            "1d", "2d", "1w", "2w", "1mo", "3mo", "12mo" };

static GTimeZone *zones[G_N_ELEMENTS (zone_names)];

static GTimeZone *
random_zone (void)
{
  return zones[g_rand_int_range (random_source, 0, G_N_ELEMENTS (zone_names))];
}

static TideTime
at (const char *text)
{
  TideTime time = 0;

  g_assert_true (tide_time_parse (text, strlen (text), NULL, &time));
  return time;
}

/* Between 1980 and 2045, every other one within two days of a change of the clock where the zone has any. */
static TideTime
random_time (GTimeZone *zone)
{
  gint64 seconds = g_rand_int_range (random_source, 315619200 + 250 * 86400, G_MAXINT32)
                   + (gint64) g_rand_int (random_source) / 20;

  if (g_rand_boolean (random_source))
    {
      int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, seconds);
      gint64 low = seconds - 250 * 86400, high = seconds;

      if (g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, low) != interval)
        {
          while (high - low > 1)
            {
              gint64 middle = low + (high - low) / 2;

              if (g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, middle) == interval)
                high = middle;
              else
                low = middle;
            }
          seconds = high + g_rand_int_range (random_source, -2 * 86400, 2 * 86400);
          if (g_rand_boolean (random_source))
            seconds = high + g_rand_int_range (random_source, -1, 2);
        }
    }
  return seconds * TIDE_SECOND + (g_rand_boolean (random_source) ? 0 : g_rand_int_range (random_source, 0, 1000000));
}

static void
test_tiling (void)
{
  for (int i = 0; i < 40000; i++)
    {
      GTimeZone *zone = random_zone ();
      const char *name = period_names[g_rand_int_range (random_source, 0, G_N_ELEMENTS (period_names))];
      TideTime time = random_time (zone);
      TideTime start, next;
      TideDuration grain = 15 * TIDE_MINUTE;
      TidePeriod period;

      g_assert_true (tide_period_parse (name, &period, NULL));
      start = tide_period_floor (period, zone, time);
      next = tide_period_next (period, zone, start);
      if (start > time || time >= next || tide_period_floor (period, zone, next) != next
          || tide_period_floor (period, zone, start) != start || tide_period_floor (period, zone, next - 1) != start)
        g_error ("%s in %s at %" G_GINT64_FORMAT ": [%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ")", name,
                 g_time_zone_get_identifier (zone), time, start, next);
      if (period.unit == TIDE_PERIOD_FIXED && period.n % grain != 0)
        grain = grain % period.n == 0 ? period.n : 5 * TIDE_MINUTE;
      g_assert_cmpint (start % grain, ==, 0);
    }
}

static int
local_day (GTimeZone *zone, int64_t utc_s)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (utc_s);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
  GDate date;

  g_date_set_dmy (&date, (GDateDay) g_date_time_get_day_of_month (local), g_date_time_get_month (local),
                  (GDateYear) g_date_time_get_year (local));
  return (int) g_date_get_julian (&date);
}

static void
test_days_against_walk (void)
{
  TidePeriod day = { TIDE_PERIOD_DAYS, 1 };

  for (int i = 0; i < 100; i++)
    {
      GTimeZone *zone = random_zone ();
      int64_t end = random_time (zone) / TIDE_MINUTE, start = end;
      int latest = 0;

      /* The day at @end is the latest that the clock has shown; it began when it was first shown. */
      for (int64_t minute = end - 50 * 60; minute <= end; minute++)
        {
          int shown = local_day (zone, minute * 60);

          if (shown > latest)
            {
              latest = shown;
              start = minute;
            }
        }
      g_assert_cmpint (tide_period_floor (day, zone, end * TIDE_MINUTE), ==, start * TIDE_MINUTE);
    }
}

static void
check (const char *zone_name, const char *period_name, const char *time, const char *start, const char *next)
{
  g_autoptr (GTimeZone) zone = tide_time_zone_new (zone_name, NULL);
  TidePeriod period;
  char text[TIDE_TIME_STR_MAX];
  TideTime floor;

  g_assert_true (tide_period_parse (period_name, &period, NULL));
  floor = tide_period_floor (period, zone, at (time));
  tide_time_format (floor, text);
  g_assert_cmpstr (text, ==, start);
  tide_time_format (tide_period_next (period, zone, floor), text);
  g_assert_cmpstr (text, ==, next);
}

static void
test_known (void)
{
  const char *berlin = "Europe/Berlin";

  check (berlin, "1d", "2026-03-29T12:00", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"); /* 23 h */
  check (berlin, "1d", "2026-10-25T12:00", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"); /* 25 h */
  check (berlin, "1w", "2026-10-25T12:00", "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"); /* from Monday */
  check (berlin, "1mo", "2026-03-31T21:59:59", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z");
  check (berlin, "3mo", "2026-05-05", "2026-03-31T22:00:00Z", "2026-06-30T22:00:00Z");
  check (berlin, "1h", "2026-10-25T01:30", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z");
  check (berlin, "6h", "2026-10-25T01:30", "2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z"); /* 7 h */
  check (berlin, "6h", "2026-03-29T03:30", "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"); /* 5 h */
  check ("Asia/Kolkata", "1h", "2026-01-01T00:45", "2026-01-01T00:30:00Z", "2026-01-01T01:30:00Z");
  check ("Asia/Kolkata", "15min", "2026-01-01T00:50", "2026-01-01T00:45:00Z", "2026-01-01T01:00:00Z");
  check ("America/Sao_Paulo", "1d", "2018-11-04T12:00", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z");
  check ("Asia/Beirut", "1d", "2022-03-27T12:00", "2022-03-26T22:00:00Z", "2022-03-27T21:00:00Z");
  check ("Pacific/Apia", "1d", "2011-12-30T09:59", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z");
  check ("America/Havana", "1d", "2019-11-03T05:30", "2019-11-03T04:00:00Z", "2019-11-04T05:00:00Z");
  check ("America/St_Johns", "1d", "2000-10-29T02:45", "2000-10-29T02:30:00Z", "2000-10-30T03:30:00Z");
  check ("UTC", "1w", "1969-12-31", "1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z");
  check ("UTC", "1h", "1969-12-31T23:59:59.999999", "1969-12-31T23:00:00Z", "1970-01-01T00:00:00Z");
}

static void
test_text (void)
{
  static const struct
  {
    const char *text, *canonical;
  } good[] = { { "60s", "1min" }, { "1m", "1min" }, { "24h", "1d" }, { "7d", "1w" },
               { "14d", "2w" },   { "1mo", "1mo" }, { "90s", "90s" }, { "100ms", "100ms" } };
  static const char *const bad[] = { "0s", "7min", "36h", "25h", "0mo", "1201mo", "99999999999999999999mo", "mo",
                                     "-1d", "5", "", "40000d" };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      TidePeriod period;
      g_autofree char *text = NULL;

      g_assert_true (tide_period_parse (good[i].text, &period, NULL));
      text = tide_period_to_string (period);
      g_assert_cmpstr (text, ==, good[i].canonical);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      TidePeriod period = { TIDE_PERIOD_DAYS, 77 };

      g_assert_false (tide_period_parse (bad[i], &period, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
      g_assert_cmpint (period.n, ==, 77);
    }
}

static void
test_extremes (void)
{
  g_autoptr (GTimeZone) berlin = tide_time_zone_new ("Europe/Berlin", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (period_names); i++)
    {
      TidePeriod period;

      g_assert_true (tide_period_parse (period_names[i], &period, NULL));
      g_assert_cmpint (tide_period_floor (period, berlin, TIDE_TIME_MAX), >, 0);
      g_assert_cmpint (tide_period_floor (period, berlin, TIDE_TIME_NONE), <, 0);
      g_assert_cmpint (tide_period_next (period, berlin, TIDE_TIME_MAX), >, 0);
      g_assert_cmpint (tide_period_next (period, NULL, TIDE_TIME_NONE), <, 0);
    }
}

int
main (int argc, char *argv[])
{
  const char *seed_text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = seed_text != NULL ? (guint32) g_ascii_strtoull (seed_text, NULL, 10) : g_random_int ();
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_message ("TIDE_TEST_SEED=%u", seed);
  random_source = g_rand_new_with_seed (seed);
  for (gsize i = 0; i < G_N_ELEMENTS (zones); i++)
    {
      zones[i] = tide_time_zone_new (zone_names[i], NULL);
      g_assert_nonnull (zones[i]);
    }
  g_test_add_func ("/model/period/tiling", test_tiling);
  g_test_add_func ("/model/period/days-against-walk", test_days_against_walk);
  g_test_add_func ("/model/period/known", test_known);
  g_test_add_func ("/model/period/text", test_text);
  g_test_add_func ("/model/period/extremes", test_extremes);
  status = g_test_run ();
  for (gsize i = 0; i < G_N_ELEMENTS (zones); i++)
    g_time_zone_unref (zones[i]);
  g_rand_free (random_source);
  return status;
}
