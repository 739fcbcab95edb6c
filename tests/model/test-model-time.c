/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times and durations as text: random times survive format and parse, agree with GDateTime before and after
 * 1970, what is malformed is refused, and no mutation of a text crashes. */
#include "model.h"

#include <string.h>

static GRand *random_source;

static bool
parse (const char *text, TideTime *ret_time)
{
  return tide_time_parse (text, strlen (text), NULL, ret_time);
}

/* Mostly of our years, some from all of 0001..9999. */
static TideTime
random_time (void)
{
  int64_t seconds = g_rand_int_range (random_source, 0, 4) == 0
                        ? -62135596800 + (int64_t) (g_rand_double (random_source) * 315537897599.0)
                        : g_rand_int_range (random_source, G_MININT32, G_MAXINT32);
  int64_t us = g_rand_int_range (random_source, 0, 1000000);

  switch (g_rand_int_range (random_source, 0, 3))
    {
    case 0:
      return seconds * TIDE_SECOND;
    case 1:
      return seconds * TIDE_SECOND + us / 1000 * 1000;
    default:
      return seconds * TIDE_SECOND + us;
    }
}

static void
test_round_trip (void)
{
  for (int i = 0; i < 200000; i++)
    {
      TideTime time = random_time (), back = 0;
      char text[TIDE_TIME_STR_MAX];
      gsize len = tide_time_format (time, text);

      g_assert_cmpuint (len, ==, strlen (text));
      g_assert_true (tide_time_parse (text, len, NULL, &back));
      g_assert_cmpint (back, ==, time);
    }
}

static void
test_against_gdatetime (void)
{
  g_autoptr (GTimeZone) berlin = tide_time_zone_new ("Europe/Berlin", NULL);

  for (int i = 0; i < 20000; i++)
    {
      TideTime time = random_time (), back = 0;
      int64_t seconds = time / TIDE_SECOND - (time % TIDE_SECOND < 0);
      int offset_min = g_rand_int_range (random_source, -23 * 60, 23 * 60 + 1);
      g_autofree char *offset = g_strdup_printf ("%c%02d:%02d", offset_min < 0 ? '-' : '+', ABS (offset_min) / 60,
                                                 ABS (offset_min) % 60);
      g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (offset);
      g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (seconds);
      g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
      g_autofree char *clock = g_date_time_format (utc, "%m-%dT%H:%M:%S");
      g_autofree char *expected = g_strdup_printf ("%04d-%s", g_date_time_get_year (utc), clock);
      g_autofree char *shifted = NULL;
      char text[TIDE_TIME_STR_MAX];

      tide_time_format (time, text);
      g_assert_true (g_str_has_prefix (text, expected));
      if (local == NULL || g_date_time_get_year (local) < 1)
        continue;
      shifted = g_strdup_printf ("%04d-%02d-%02d %02d:%02d:%02d.%06d%s", g_date_time_get_year (local),
                                 g_date_time_get_month (local), g_date_time_get_day_of_month (local),
                                 g_date_time_get_hour (local), g_date_time_get_minute (local),
                                 g_date_time_get_second (local), (int) (time - seconds * TIDE_SECOND), offset);
      g_assert_true (tide_time_parse (shifted, strlen (shifted), berlin, &back));
      g_assert_cmpint (back, ==, time);
    }
}

static void
test_forms (void)
{
  static const struct
  {
    const char *text, *expected;
  } forms[] = {
    { "2026-11-01", "2026-11-01T00:00:00Z" },
    { "2026-11-01T02:03", "2026-11-01T02:03:00Z" },
    { "2026-11-01 02:03:04", "2026-11-01T02:03:04Z" },
    { "2026-11-01T02:03:04.5Z", "2026-11-01T02:03:04.500Z" },
    { "2026-11-01t02:03:04.123456789z", "2026-11-01T02:03:04.123456Z" },
    { "2026-11-01T02:03+0130", "2026-11-01T00:33:00Z" },
    { "2026-11-01 02:03:04-00", "2026-11-01T02:03:04Z" },
    { "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999Z" },
    { "2000-02-29T00:00:00-12:00", "2000-02-29T12:00:00Z" },
    { "0001-01-01", "0001-01-01T00:00:00Z" },
    { "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z" },
  };
  static const char *const bad[] = {
    "", "2026", "2026-11-1", "2026-02-30", "2026-02-29", "1900-02-29", "2026-00-10", "2026-13-01", "2026-01-00",
    "2026-04-31", "0000-01-01", "2026/11/01", "2026-11-01T", "2026-11-01T24:00", "2026-11-01T12:60",
    "2026-12-31T23:59:60Z", "2026-11-01T12", "2026-11-01T12:00:00.", "2026-11-01T12:00:00.1234567890",
    "2026-11-01T12:00:00+24:00", "2026-11-01T12:00:00+01:60", "2026-11-01T12:00:00+1", "2026-11-01T12:00:00Zx",
    "2026-11-01Z", "2026-11-01x12:00", "2026-11-01T12:00:00 Z", "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00", "+026-11-01", "2026-11-0a", "２026-11-01",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      TideTime time = 0;
      char text[TIDE_TIME_STR_MAX];

      g_assert_true (parse (forms[i].text, &time));
      tide_time_format (time, text);
      g_assert_cmpstr (text, ==, forms[i].expected);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      TideTime time = 77;

      if (parse (bad[i], &time))
        g_error ("“%s” was taken", bad[i]);
      g_assert_cmpint (time, ==, 77);
    }
}

static void
test_extremes (void)
{
  char text[TIDE_TIME_STR_MAX];

  g_assert_cmpuint (tide_time_format (TIDE_TIME_NONE, text), ==, 0);
  g_assert_cmpstr (text, ==, "");
  tide_time_format (TIDE_TIME_MAX, text);
  g_assert_cmpstr (text, ==, "+294247-01-10T04:00:54.775807Z");
  g_assert_cmpuint (tide_time_format (TIDE_TIME_NONE + 1, text), <, TIDE_TIME_STR_MAX);
}

static void
test_zone (void)
{
  g_autoptr (GTimeZone) berlin = tide_time_zone_new ("Europe/Berlin", NULL);
  static const struct
  {
    const char *local, *utc;
  } times[] = {
    { "2026-07-01T12:00", "2026-07-01T10:00:00Z" },
    { "2026-01-01T12:00:00.25", "2026-01-01T11:00:00.250Z" },
    { "2026-03-29T02:30:00.5", "2026-03-29T01:00:00Z" }, /* skipped */
    { "2026-10-25T02:30", "2026-10-25T00:30:00Z" },      /* twice */
    { "2026-10-25T02:30+01:00", "2026-10-25T01:30:00Z" },
    { "2026-10-25", "2026-10-24T22:00:00Z" },
  };
  g_autoptr (GError) error = NULL;
  static const char *const bad[] = { "Europe/Berln", "/etc/localtime", "../zoneinfo/UTC", "+01:00", "CET-1CEST", "",
                                     "leapseconds", "Europe", "zone.tab" };

  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      TideTime time = 0;
      char text[TIDE_TIME_STR_MAX];

      g_assert_true (tide_time_parse (times[i].local, strlen (times[i].local), berlin, &time));
      tide_time_format (time, text);
      g_assert_cmpstr (text, ==, times[i].utc);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (tide_time_zone_new (bad[i], &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
      g_clear_error (&error);
    }
}

static void
test_relative (void)
{
  TideTime now = 1000 * TIDE_DAY, time = 0;
  g_autoptr (GError) error = NULL;

  g_assert_true (tide_time_parse_relative ("now", now, NULL, &time, NULL));
  g_assert_cmpint (time, ==, now);
  g_assert_true (tide_time_parse_relative ("-15m", now, NULL, &time, NULL));
  g_assert_cmpint (time, ==, now - 15 * TIDE_MINUTE);
  g_assert_true (tide_time_parse_relative ("-2w", now, NULL, &time, NULL));
  g_assert_cmpint (time, ==, now - 14 * TIDE_DAY);
  g_assert_true (tide_time_parse_relative ("1970-01-02", now, NULL, &time, NULL));
  g_assert_cmpint (time, ==, TIDE_DAY);
  g_assert_false (tide_time_parse_relative ("yesterday", now, NULL, &time, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "yesterday"));
  g_clear_error (&error);
  g_assert_false (tide_time_parse_relative ("-9223372036854s", now, NULL, &time, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
  g_assert_cmpint (time, ==, TIDE_DAY);
}

static void
test_duration (void)
{
  static const struct
  {
    const char *text;
    TideDuration us;
    const char *canonical;
  } good[] = {
    { "500ms", 500 * TIDE_MS, "500ms" }, { "90s", 90 * TIDE_SECOND, "90s" }, { "60s", TIDE_MINUTE, "1min" },
    { "1m", TIDE_MINUTE, "1min" },       { "1min", TIDE_MINUTE, "1min" },    { "2h", 2 * TIDE_HOUR, "2h" },
    { "24h", TIDE_DAY, "1d" },           { "7d", 7 * TIDE_DAY, "1w" },       { "1w", 7 * TIDE_DAY, "1w" },
    { "0s", 0, "0s" },                   { "7us", 7, "7us" },                { "1000us", TIDE_MS, "1ms" },
  };
  static const char *const bad[] = { "", "30", "s", "-5s", "1.5h", "5 s", "5sec", "5y", "99999999999999999999s",
                                     "9999999999999w", "5ss" };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      TideDuration us = -1;
      g_autofree char *text = NULL;

      g_assert_true (tide_duration_parse (good[i].text, &us, NULL));
      g_assert_cmpint (us, ==, good[i].us);
      text = tide_duration_to_string (us);
      g_assert_cmpstr (text, ==, good[i].canonical);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      TideDuration us = 77;

      g_assert_false (tide_duration_parse (bad[i], &us, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
      g_assert_cmpint (us, ==, 77);
    }
  for (int i = 0; i < 10000; i++)
    {
      TideDuration us = (TideDuration) (g_rand_int (random_source)) << g_rand_int_range (random_source, 0, 31);
      TideDuration back = -1;
      g_autofree char *text = tide_duration_to_string (us);

      g_assert_true (tide_duration_parse (text, &back, NULL));
      g_assert_cmpint (back, ==, us);
    }
}

/* Against GDateTime, in zones whose clocks change and one that is half an hour off. */
static void
test_hour_of_week (void)
{
  static const char *const names[] = { "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GTimeZone) zone = tide_time_zone_new (names[i], NULL);

      for (int n = 0; n < 2000; n++)
        {
          int64_t seconds = g_rand_int_range (random_source, G_MININT32, G_MAXINT32);
          g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (seconds);
          g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
          int us = g_rand_int_range (random_source, 0, TIDE_SECOND);

          g_assert_cmpint (tide_time_hour_of_week (seconds * TIDE_SECOND + us, zone), ==,
                           (g_date_time_get_day_of_week (local) - 1) * 24 + g_date_time_get_hour (local));
        }
    }
}

static void
test_mutations (void)
{
  static const char alphabet[] = "0123456789-+:.TZ tz\xff\x01";
  gint64 end = g_get_monotonic_time () + 300 * TIDE_MS;

  for (int n = 0; n % 64 != 0 || g_get_monotonic_time () < end; n++)
    {
      char text[48] = "2026-11-01T02:03:04.123456789+01:00";
      gsize len = (gsize) g_rand_int_range (random_source, 0, (int) strlen (text) + 1);
      g_autofree char *exact = NULL;
      TideTime time, again = 0;

      for (int i = g_rand_int_range (random_source, 0, 4); i > 0; i--)
        text[g_rand_int_range (random_source, 0, 36)]
            = alphabet[g_rand_int_range (random_source, 0, sizeof alphabet - 1)];
      exact = g_memdup2 (text, len); /* so that a sanitizer sees a read behind the end */
      if (tide_time_parse (exact, len, NULL, &time))
        {
          char canonical[TIDE_TIME_STR_MAX];

          g_assert_true (tide_time_parse (canonical, tide_time_format (time, canonical), NULL, &again));
          g_assert_cmpint (again, ==, time);
        }
    }
}

static void
test_clock (void)
{
  gint64 before = g_get_real_time ();
  TideTime now = tide_clock_now (&tide_clock_system);
  int64_t first = tide_clock_monotonic (&tide_clock_system);

  g_assert_cmpint (ABS (now - before), <, TIDE_HOUR);
  g_assert_cmpint (tide_clock_monotonic (&tide_clock_system), >=, first);
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
  g_test_add_func ("/model/time/round-trip", test_round_trip);
  g_test_add_func ("/model/time/against-gdatetime", test_against_gdatetime);
  g_test_add_func ("/model/time/forms", test_forms);
  g_test_add_func ("/model/time/extremes", test_extremes);
  g_test_add_func ("/model/time/zone", test_zone);
  g_test_add_func ("/model/time/relative", test_relative);
  g_test_add_func ("/model/time/duration", test_duration);
  g_test_add_func ("/model/time/hour-of-week", test_hour_of_week);
  g_test_add_func ("/model/time/mutations", test_mutations);
  g_test_add_func ("/model/time/clock", test_clock);
  status = g_test_run ();
  g_rand_free (random_source);
  return status;
}
