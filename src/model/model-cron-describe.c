/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A schedule in words, as short as a table needs: what people write most has words, the rest stays as it was written. */
#include "model-cron-private.h"

#include <string.h>

#define ALL_MINUTES ((UINT64_C (1) << 60) - 1)
#define ALL_HOURS 0xffffffu
#define ALL_DAYS 0xfffffffeu
#define ALL_MONTHS 0x1ffeu
#define ALL_WEEKDAYS 0x7fu
#define WORKDAYS 0x3eu
/* More times or days than this stay as they were written. */
#define MOST_NAMED 3

/* The step n of 0, n, 2n, … below @size that @mask is; 0: it is no such thing. */
static int
step_of (uint64_t mask, int size)
{
  int step = __builtin_popcountll (mask) > 1 ? __builtin_ctzll (mask & (mask - 1)) : 0;
  uint64_t expected = 0;

  if (step == 0 || size % step != 0)
    return 0;
  for (int at = 0; at < size; at += step)
    expected |= UINT64_C (1) << at;
  return mask == expected ? step : 0;
}

static char *
join (GPtrArray *words, const char *separator)
{
  g_ptr_array_add (words, NULL);
  return g_strjoinv (separator, (char **) words->pdata);
}

/* "02:00" or "06:00, 18:00"; NULL: too many to name. */
static char *
describe_times (const TideSchedule *schedule)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  if (__builtin_popcountll (schedule->minutes) * __builtin_popcount (schedule->hours) > MOST_NAMED)
    return NULL;
  for (int hour = 0; hour < 24; hour++)
    for (int minute = 0; minute < 60; minute++)
      if ((schedule->hours >> hour & 1) != 0 && (schedule->minutes >> minute & 1) != 0)
        g_ptr_array_add (words, g_strdup_printf ("%02d:%02d", hour, minute));
  return join (words, ", ");
}

/* "daily", "Mon–Fri", "Sat, Sun", "monthly on the 1st"; NULL: no words for it. */
static char *
describe_days (const TideSchedule *schedule)
{
  static const char *const names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
  bool every_day = schedule->days == ALL_DAYS, every_weekday = schedule->weekdays == ALL_WEEKDAYS;
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  if (schedule->months != ALL_MONTHS)
    return NULL;
  if (every_day && every_weekday)
    return g_strdup ("daily");
  if (every_weekday && schedule->any_weekday && __builtin_popcount (schedule->days) == 1)
    return g_strdup_printf ("monthly on day %d,", __builtin_ctz (schedule->days));
  if (!every_day || !schedule->any_day)
    return NULL;
  if (schedule->weekdays == WORKDAYS)
    return g_strdup ("Mon–Fri");
  if (__builtin_popcount (schedule->weekdays) > MOST_NAMED)
    return NULL;
  for (int day = 1; day <= 7; day++)
    if ((schedule->weekdays >> day % 7 & 1) != 0)
      g_ptr_array_add (words, g_strdup (names[day % 7]));
  return join (words, ", ");
}

/* Within a day: "every 15 min", "hourly :05", "every 6 h"; NULL: it is no such thing. */
static char *
describe_step (const TideSchedule *schedule)
{
  bool one_minute = __builtin_popcountll (schedule->minutes) == 1;
  int minute = __builtin_ctzll (schedule->minutes), step;

  if (schedule->hours == ALL_HOURS && schedule->minutes == ALL_MINUTES)
    return g_strdup ("every min");
  if (schedule->hours == ALL_HOURS && (step = step_of (schedule->minutes, 60)) != 0)
    return g_strdup_printf ("every %d min", step);
  if (schedule->hours == ALL_HOURS && one_minute)
    return g_strdup_printf ("hourly :%02d", minute);
  if (one_minute && (step = step_of (schedule->hours, 24)) != 0)
    return minute == 0 ? g_strdup_printf ("every %d h", step) : g_strdup_printf ("every %d h at :%02d", step, minute);
  return NULL;
}

static char *
describe_interval (const TideSchedule *schedule)
{
  g_autofree char *interval = tide_duration_to_string (schedule->interval);
  gsize digits = strspn (interval, G_CSET_DIGITS);

  return g_strdup_printf ("every %.*s %s", (int) digits, interval, interval + digits);
}

/**
 * tide_schedule_describe:
 *
 * Returns: (transfer full): "daily 02:00", "Sun 05:00", "Mon–Fri 05:00", "hourly :05", "every 15 min", "every 6 h",
 *   "monthly on day 1, 04:00", or the cron text
 * Thread: any.
 */
char *
tide_schedule_describe (const TideSchedule *schedule)
{
  g_autofree char *days = NULL, *times = NULL, *step = NULL;

  if (schedule->interval != 0)
    return describe_interval (schedule);
  days = describe_days (schedule);
  step = describe_step (schedule);
  times = step == NULL ? describe_times (schedule) : NULL;
  if (days == NULL || (step == NULL && times == NULL))
    return g_strdup (schedule->text);
  if (step == NULL)
    return g_strdup_printf ("%s %s", days, times);
  return strcmp (days, "daily") == 0 ? g_steal_pointer (&step) : g_strdup_printf ("%s %s", days, step);
}
