/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedules against an oracle that walks minute by minute: the clock as GDateTime shows it, fields matched one by
 * one from the expression's own text, a repeated time taken once and a skipped one at the end of its gap. */
#include "model.h"

#include <string.h>

static GRand *random_source;

static const char *const zone_names[] = { "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                          "America/St_Johns", "Asia/Beirut" };
static GTimeZone *zones[G_N_ELEMENTS (zone_names)];

static int
between (int low, int high)
{
  return g_rand_int_range (random_source, low, high + 1);
}

static TideTime
at (const char *text)
{
  TideTime time = 0;

  g_assert_true (tide_time_parse (text, strlen (text), NULL, &time));
  return time;
}

/* A random field, and which values it takes. */
static char *
random_field (int first, int last, const char *const *names, bool star, bool *ret_takes)
{
  GString *text = g_string_new (NULL);
  int n = between (1, 3);

  memset (ret_takes, 0, 64 * sizeof *ret_takes);
  if (star)
    n = 1;
  for (int i = 0; i < n; i++)
    {
      int low = between (first, last), high = between (low, last), step = 1;
      bool named = names != NULL && low <= 12 && high <= 12 && names[low] != NULL && names[high] != NULL
                   && between (0, 1) == 1;

      if (i > 0)
        g_string_append_c (text, ',');
      if (star)
        {
          low = first;
          high = last;
          g_string_append_c (text, '*');
        }
      else if (between (0, 1) == 0)
        {
          high = low;
          if (named)
            g_string_append (text, names[low]);
          else
            g_string_append_printf (text, between (0, 3) == 0 ? "%02d" : "%d", low);
        }
      else if (named)
        g_string_append_printf (text, "%s-%s", names[low], names[high]);
      else
        g_string_append_printf (text, "%d-%d", low, high);
      if ((star && between (0, 2) == 0) || (high > low && !star && between (0, 1) == 0))
        {
          step = between (1, last / 2);
          g_string_append_printf (text, "/%d", step);
        }
      for (int value = low; value <= high; value += step)
        ret_takes[value] = true;
    }
  return g_string_free (text, FALSE);
}

typedef struct
{
  bool minute[64], hour[64], day[64], month[64], weekday[64];
  bool day_star, weekday_star;
} Oracle;

static bool
oracle_matches (const Oracle *oracle, GDateTime *local)
{
  int weekday = g_date_time_get_day_of_week (local) % 7;
  bool by_day = oracle->day[g_date_time_get_day_of_month (local)];
  bool by_weekday = oracle->weekday[weekday] || (weekday == 0 && oracle->weekday[7]);
  bool day = oracle->day_star || oracle->weekday_star ? by_day && by_weekday : by_day || by_weekday;

  return day && oracle->minute[g_date_time_get_minute (local)] && oracle->hour[g_date_time_get_hour (local)]
         && oracle->month[g_date_time_get_month (local)];
}

/* What the clock shows, as minutes since the epoch if it were UTC. */
static int64_t
shown_minute (GTimeZone *zone, int64_t utc_minute)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (utc_minute * 60);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);

  return utc_minute + g_date_time_get_utc_offset (local) / TIDE_MINUTE;
}

/* The next firing after the whole minute @after within @minutes; TIDE_TIME_NONE: none. */
static TideTime
oracle_next (const Oracle *oracle, GTimeZone *zone, int64_t after, int minutes)
{
  int64_t latest = INT64_MIN;

  for (int64_t minute = after - 26 * 60; minute <= after; minute++)
    latest = MAX (latest, shown_minute (zone, minute));
  for (int64_t minute = after + 1; minute <= after + minutes; minute++)
    {
      int64_t shown = shown_minute (zone, minute);

      /* Each minute that the clock reaches for the first time, and those that it has just jumped over. */
      for (int64_t reached = latest + 1; reached <= shown; reached++)
        {
          g_autoptr (GDateTime) local = g_date_time_new_from_unix_utc (reached * 60);

          if (oracle_matches (oracle, local))
            return minute * TIDE_MINUTE;
        }
      latest = MAX (latest, shown);
    }
  return TIDE_TIME_NONE;
}

/* Half of them shortly before a change of the clock in March, April, October or November of 1990..2035. */
static int64_t
random_minute (GTimeZone *zone)
{
  int64_t minute = between (10519200, 34186400);
  int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, minute * 60);
  int64_t low = minute, high = minute + 250 * 1440;

  if (between (0, 1) == 0 || g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, high * 60) == interval)
    return minute;
  while (high - low > 1)
    {
      int64_t middle = low + (high - low) / 2;

      if (g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, middle * 60) == interval)
        low = middle;
      else
        high = middle;
    }
  return high + between (-300, 150);
}

static void
test_against_walk (void)
{
  static const char *const months[] = { NULL,  "JAN", "feb", "MAR", "Apr", "MAY", "JUN",
                                        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC" };
  static const char *const weekdays[13] = { "SUN", "mon", "TUE", "WED", "Thu", "FRI", "SAT" };
  int found = 0;

  for (int i = 0; i < 400; i++)
    {
      Oracle oracle;
      bool day_star = between (0, 2) > 0, weekday_star = between (0, 2) > 0;
      bool hour_star = between (0, 3) == 0;
      g_autofree char *minute = random_field (0, 59, NULL, between (0, 3) == 0, oracle.minute);
      g_autofree char *hour = random_field (0, hour_star || i % 2 == 0 ? 23 : 4, NULL, hour_star, oracle.hour);
      g_autofree char *day = random_field (1, 31, NULL, day_star, oracle.day);
      g_autofree char *month = random_field (1, 12, months, between (0, 3) > 0, oracle.month);
      g_autofree char *weekday = random_field (0, weekday_star ? 7 : 6, weekdays, weekday_star, oracle.weekday);
      g_autofree char *text = g_strdup_printf ("%s %s %s %s %s", minute, hour, day, month, weekday);
      int zone = between (0, G_N_ELEMENTS (zones) - 1);
      g_autoptr (GError) error = NULL;
      g_autoptr (TideSchedule) schedule = tide_schedule_new (text, zones[zone], &error);
      int64_t start = random_minute (zones[zone]);
      TideTime expected, next;

      if (schedule == NULL && strstr (error->message, "never fires") != NULL)
        continue;
      g_assert_no_error (error);
      oracle.day_star = day_star;
      oracle.weekday_star = weekday_star;
      expected = oracle_next (&oracle, zones[zone], start, 1500);
      next = tide_schedule_next (schedule, start * TIDE_MINUTE);
      if (expected == TIDE_TIME_NONE ? next != TIDE_TIME_NONE && next <= (start + 1500) * TIDE_MINUTE
                                     : next != expected)
        g_error ("“%s” in %s after minute %" G_GINT64_FORMAT ": %" G_GINT64_FORMAT ", expected %" G_GINT64_FORMAT, text,
                 zone_names[zone], start, next / TIDE_MINUTE, expected / TIDE_MINUTE);
      g_assert_cmpint (tide_schedule_next (schedule, start * TIDE_MINUTE + 59999999), ==, next);
      found += expected != TIDE_TIME_NONE;
    }
  g_assert_cmpint (found, >, 30);
}

/* Each of @times, one after the other. */
static void
check (const char *text, int zone, const char *after, const char *const *times)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideSchedule) schedule = tide_schedule_new (text, zones[zone], &error);
  TideTime time = at (after);

  g_assert_no_error (error);
  for (; *times != NULL; times++)
    {
      char found[TIDE_TIME_STR_MAX];

      time = tide_schedule_next (schedule, time);
      tide_time_format (time, found);
      g_assert_cmpstr (found, ==, *times);
    }
}

#define CHECK(text, zone, after, ...) check (text, zone, after, (const char *const[]){ __VA_ARGS__, NULL })

static void
test_known (void)
{
  /* Skipped: runs at the first instant after the gap. */
  CHECK ("30 2 * * *", 1, "2026-03-28T12:00", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z");
  CHECK ("*/20 2 * * *", 1, "2026-03-28T12:00", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z");
  /* Repeated: runs once, the first time. */
  CHECK ("30 2 * * *", 1, "2026-10-24T12:00", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
  CHECK ("0 * * * *", 1, "2026-10-24T23:00", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z");
  CHECK ("45 1 * * *", 3, "2026-04-04T00:00", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z");
  CHECK ("15 2 * * *", 3, "2026-10-03T12:00", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z");
  /* Both days given: either. */
  CHECK ("0 0 13 * FRI", 0, "2026-02-06T00:00", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z",
         "2026-02-27T00:00:00Z", "2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z");
  CHECK ("0 0 * * 7", 0, "2026-11-01T00:00", "2026-11-08T00:00:00Z");
  CHECK ("0 0 * * 0", 0, "2026-11-01T00:00", "2026-11-08T00:00:00Z");
  CHECK ("0 12 * * SAT-SUN", 0, "2026-11-06T00:00", "2026-11-07T12:00:00Z", "2026-11-08T12:00:00Z",
         "2026-11-14T12:00:00Z");
  CHECK ("0 0 29 2 *", 0, "2096-03-01", "2104-02-29T00:00:00Z");
  CHECK ("1-30/10 3 1 JAN,jul *", 0, "2026-02-01", "2026-07-01T03:01:00Z", "2026-07-01T03:11:00Z",
         "2026-07-01T03:21:00Z", "2027-01-01T03:01:00Z");
  CHECK ("@weekly", 0, "2026-11-01T00:00", "2026-11-08T00:00:00Z");
  CHECK ("@monthly", 1, "2026-11-01T00:00", "2026-11-30T23:00:00Z");
  CHECK (" every  15min ", 3, "2026-11-01T00:07:01", "2026-11-01T00:15:00Z", "2026-11-01T00:30:00Z");
  CHECK ("every 1d", 1, "1969-12-30T12:00", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z");
  CHECK ("0 0 1 1 *", 0, "9999-06-01", "");
  CHECK ("0 0 1 1 *", 0, "1969-06-01T00:00:00", "1970-01-01T00:00:00Z");
}

static void
test_ends (void)
{
  g_autoptr (TideSchedule) cron = tide_schedule_new ("* * * * *", zones[1], NULL);
  g_autoptr (TideSchedule) every = tide_schedule_new ("every 1w", NULL, NULL);

  g_assert_cmpint (tide_schedule_next (cron, TIDE_TIME_MAX), ==, TIDE_TIME_NONE);
  g_assert_cmpint (tide_schedule_next (every, TIDE_TIME_MAX), ==, TIDE_TIME_NONE);
  g_assert_cmpint (tide_schedule_next (every, at ("9999-12-31T23:59:59")), ==, TIDE_TIME_NONE);
  g_assert_cmpint (tide_schedule_next (cron, TIDE_TIME_NONE), !=, TIDE_TIME_NONE);
  g_assert_cmpint (tide_schedule_next (every, TIDE_TIME_NONE), !=, TIDE_TIME_NONE);
}

static void
test_interval (void)
{
  static const struct
  {
    const char *text;
    TideDuration interval;
  } cases[] = { { "every 15min", 15 * TIDE_MINUTE }, { "0 2 * * *", TIDE_DAY }, { "0,20 * * * *", 40 * TIDE_MINUTE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideSchedule *schedule = tide_schedule_new (cases[i].text, zones[0], NULL);

      g_assert_cmpint (tide_schedule_get_interval (schedule, at ("2026-06-01T12:05:00Z")), ==, cases[i].interval);
      tide_schedule_free (schedule);
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *text, *says;
  } bad[] = {
    { "", "five fields" },
    { "* * * *", "five fields" },
    { "* * * * * *", "five fields" },
    { "60 * * * *", "minute" },
    { "* 24 * * *", "hour" },
    { "* * 0 * *", "day of the month" },
    { "* * * 13 *", "month" },
    { "* * * * 8", "day of the week" },
    { "*/0 * * * *", "minute" },
    { "5/10 * * * *", "minute" },
    { "9-3 * * * *", "minute" },
    { "1,,2 * * * *", "minute" },
    { "1- * * * *", "minute" },
    { "-1 * * * *", "minute" },
    { "* * * FEBR *", "month" },
    { "30 2 31 2 *", "never fires" },
    { "0 0 30 2 *", "never fires" },
    { "0 0 31 4,6,9,11 *", "never fires" },
    { "every 15", "unit" },
    { "every 0s", "out of range" },
    { "every", "five fields" },
    { "@reboot", "five fields" },
    { "99999999999999999999 * * * *", "minute" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      if (tide_schedule_new (bad[i].text, NULL, &error) != NULL)
        g_error ("“%s” was taken", bad[i].text);
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
      if (strstr (error->message, bad[i].says) == NULL)
        g_error ("“%s”: %s", bad[i].text, error->message);
    }
}

static void
test_describe (void)
{
  static const struct
  {
    const char *text, *expected;
  } good[] = {
    { "0 2 * * *", "daily 02:00" },    { "0 5 * * SUN", "Sun 05:00" },    { "every 15min", "every 15 min" },
    { "30 7 * * 1-5", "Mon–Fri 07:30" }, { "5 * * * *", "hourly :05" },   { " 0 0 1 * *", "monthly on day 1, 00:00" },
    { "@daily", "daily 00:00" },       { "0 0 13 * 5", "0 0 13 * 5" },    { "0 0 * 6 *", "0 0 * 6 *" },
    { "EVERY 1h", "every 1 h" },       { "*/15 * * * *", "every 15 min" }, { "* * * * *", "every min" },
    { "0 */6 * * *", "every 6 h" },    { "10 */6 * * *", "every 6 h at :10" },
    { "0 6,18 * * *", "daily 06:00, 18:00" }, { "0 5 * * 6,0", "Sat, Sun 05:00" },
    { "*/30 * * * 1-5", "Mon–Fri every 30 min" }, { "0 1-5 * * *", "0 1-5 * * *" },
    { "*/7 * * * *", "*/7 * * * *" },  { "0,30 * * * *", "every 30 min" }, { "10,40 9 * * *", "daily 09:10, 09:40" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (TideSchedule) schedule = tide_schedule_new (good[i].text, NULL, NULL);
      g_autofree char *text = tide_schedule_describe (schedule);

      g_assert_cmpstr (text, ==, good[i].expected);
    }
}

static void
test_mutations (void)
{
  static const char alphabet[] = "0123456789*/-, \tJANSUNevryms@h\xff\x01";
  static const char *const seeds[] = { "*/15 1-30/5 1,15 JAN-DEC MON,7", "every 15min", "@monthly", "0 0 29 2 *" };
  gint64 end = g_get_monotonic_time () + 300 * TIDE_MS;

  for (int n = 0; n % 64 != 0 || g_get_monotonic_time () < end; n++)
    {
      g_autoptr (GString) text = g_string_new (seeds[between (0, 3)]);
      g_autoptr (TideSchedule) schedule = NULL;
      g_autoptr (GError) error = NULL;

      for (int i = between (0, 4); i > 0; i--)
        text->str[between (0, (int) text->len - 1)] = alphabet[between (0, sizeof alphabet - 2)];
      schedule = tide_schedule_new (text->str, zones[between (0, G_N_ELEMENTS (zones) - 1)], &error);
      g_assert_true ((schedule == NULL) == (error != NULL));
      if (schedule != NULL)
        {
          TideTime after = (TideTime) between (0, 2000000000) * TIDE_SECOND;
          TideTime next = tide_schedule_next (schedule, after);

          g_assert_true (next > after);
        }
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
  g_test_add_func ("/model/cron/against-walk", test_against_walk);
  g_test_add_func ("/model/cron/known", test_known);
  g_test_add_func ("/model/cron/ends", test_ends);
  g_test_add_func ("/model/cron/interval", test_interval);
  g_test_add_func ("/model/cron/refused", test_refused);
  g_test_add_func ("/model/cron/describe", test_describe);
  g_test_add_func ("/model/cron/mutations", test_mutations);
  status = g_test_run ();
  for (gsize i = 0; i < G_N_ELEMENTS (zones); i++)
    g_time_zone_unref (zones[i]);
  g_rand_free (random_source);
  return status;
}
