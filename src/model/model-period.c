/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where panes begin and end. Days, weeks and months start at a zone's midnight, or at the end of the gap where
 * daylight saving skips it; each instant belongs to exactly one period, also where a clock is set back across
 * midnight. Lengths above 15 min follow the zone's clock (an hour in Kolkata starts at half past in UTC), shorter
 * ones UTC, so that any period is composed of stored panes. Times are taken as at most 146,000 years from 1970. */
#include "model-time-private.h"

#include <string.h>

#define PERIOD_MAX_DAYS 36500
#define PERIOD_MAX_MONTHS 1200
#define PERIOD_UTC_MAX (15 * TIDE_MINUTE)
#define PERIOD_TIME_BOUND ((TideTime) 1 << 62)

/**
 * tide_period_parse:
 * @text: a duration, or months as "1mo"; whole days become days of the calendar
 *
 * Errors: TIDE_ERROR_INVALID.
 * Thread: any.
 */
bool
tide_period_parse (const char *text, TidePeriod *ret_period, GError **error)
{
  gsize digits = strspn (text, G_CSET_DIGITS);
  TideDuration length;

  if (digits > 0 && strcmp (text + digits, "mo") == 0)
    {
      guint64 months = digits <= 4 ? g_ascii_strtoull (text, NULL, 10) : 0;

      if (months < 1 || months > PERIOD_MAX_MONTHS)
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "“%s” is out of range: expected 1mo to %dmo", text,
                       PERIOD_MAX_MONTHS);
          return false;
        }
      *ret_period = (TidePeriod){ TIDE_PERIOD_MONTHS, (int64_t) months };
      return true;
    }
  if (!tide_duration_parse (text, &length, error))
    return false;
  if (length > 0 && length % TIDE_DAY == 0 && length <= PERIOD_MAX_DAYS * TIDE_DAY)
    *ret_period = (TidePeriod){ TIDE_PERIOD_DAYS, length / TIDE_DAY };
  else if (length > 0 && length < TIDE_DAY && TIDE_DAY % length == 0)
    *ret_period = (TidePeriod){ TIDE_PERIOD_FIXED, length };
  else
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "“%s” does not fit the calendar: expected a length that divides a day evenly, such as 10s, 1min, "
                   "15min or 1h, or whole days, weeks or months (1d, 1w, 1mo)", text);
      return false;
    }
  return true;
}

/**
 * tide_period_to_string:
 *
 * Returns: (transfer full): text that tide_period_parse() reads back
 * Thread: any.
 */
char *
tide_period_to_string (TidePeriod period)
{
  if (period.unit == TIDE_PERIOD_MONTHS)
    return g_strdup_printf ("%" G_GINT64_FORMAT "mo", period.n);
  return tide_duration_to_string (tide_period_length (period));
}

bool
tide_period_equal (TidePeriod a, TidePeriod b)
{
  return a.unit == b.unit && a.n == b.n;
}

TideDuration
tide_period_length (TidePeriod period)
{
  switch (period.unit)
    {
    case TIDE_PERIOD_DAYS:
      return period.n * TIDE_DAY;
    case TIDE_PERIOD_MONTHS:
      return period.n * 30 * TIDE_DAY;
    case TIDE_PERIOD_FIXED:
    default:
      return period.n;
    }
}

/* The number of the period of days or months that holds @local: weeks count from a Monday, months from the
 * year 0, so that three are a quarter and twelve a year. */
static int64_t
calendar_index (TidePeriod period, int64_t local)
{
  int64_t day = tide_div_floor (local, TIDE_DAY);

  if (period.unit == TIDE_PERIOD_MONTHS)
    {
      int64_t year;
      int month, day_of_month;

      tide_civil_from_days (day, &year, &month, &day_of_month);
      return tide_div_floor (year * 12 + month - 1, period.n);
    }
  return tide_div_floor (period.n % 7 == 0 ? day + 3 : day, period.n);
}

/* When the period of that number starts. Never decreases with @index. */
static TideTime
calendar_start (TidePeriod period, GTimeZone *zone, int64_t index)
{
  int64_t day;

  if (period.unit == TIDE_PERIOD_MONTHS)
    {
      int64_t month = index * period.n;

      day = tide_days_from_civil (tide_div_floor (month, 12), (int) (month - tide_align_down (month, 12)) + 1, 1);
    }
  else
    day = index * period.n - (period.n % 7 == 0 ? 3 : 0);
  return tide_zone_first_instant (zone, day * TIDE_DAY);
}

static inline int
zone_interval (GTimeZone *zone, TideTime time)
{
  return g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, tide_div_floor (time, TIDE_SECOND));
}

/* A change of the clock in (low, high], where there is one: the last, or the first. */
static TideTime
find_change (GTimeZone *zone, TideTime low, TideTime high, bool last)
{
  int64_t low_s = tide_div_floor (low, TIDE_SECOND);
  int64_t high_s = tide_div_floor (high, TIDE_SECOND);
  int wanted = zone_interval (zone, last ? high : low);

  while (high_s - low_s > 1)
    {
      int64_t middle = low_s + (high_s - low_s) / 2;

      if ((g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, middle) == wanted) == last)
        high_s = middle;
      else
        low_s = middle;
    }
  return high_s * TIDE_SECOND;
}

/* Periods of a fixed length start where the clock shows a multiple of it, or jumps over one on the quarter of an
 * hour. Any other change makes the period that it falls into longer or shorter, in real time. */
static bool
change_starts_period (TideDuration length, GTimeZone *zone, TideTime change)
{
  int64_t before = tide_zone_local (zone, change - 1);
  int64_t after = tide_zone_local (zone, change);

  return after % length == 0
         || (change % PERIOD_UTC_MAX == 0 && tide_div_floor (after, length) > tide_div_floor (before, length));
}

static TideTime
fixed_floor (TideDuration length, GTimeZone *zone, TideTime time)
{
  for (;;)
    {
      int64_t local = tide_zone_local (zone, time);
      TideTime start = time - (local - tide_align_down (local, length));
      TideTime change;

      if (zone_interval (zone, start) == zone_interval (zone, time))
        return start;
      change = find_change (zone, start, time, true);
      if (change_starts_period (length, zone, change))
        return change;
      time = change - 1;
    }
}

static TideTime
fixed_next (TideDuration length, GTimeZone *zone, TideTime start)
{
  for (;;)
    {
      int64_t local = tide_zone_local (zone, start);
      TideTime next = start + (tide_align_down (local, length) + length - local);
      TideTime change;

      if (zone_interval (zone, start) == zone_interval (zone, next))
        return next;
      change = find_change (zone, start, next, false);
      if (change_starts_period (length, zone, change))
        return change;
      start = change;
    }
}

/**
 * tide_period_floor:
 * @zone: (nullable): NULL: UTC
 *
 * Returns: start of the period that holds @time
 * Thread: any. About 1 µs with a zone, a few ns without: ask once for each run of rows, not for each event.
 */
TideTime
tide_period_floor (TidePeriod period, GTimeZone *zone, TideTime time)
{
  int64_t index;
  TideTime start;

  time = CLAMP (time, -PERIOD_TIME_BOUND, PERIOD_TIME_BOUND);
  if (period.unit == TIDE_PERIOD_FIXED)
    return zone == NULL || period.n <= PERIOD_UTC_MAX ? tide_align_down (time, period.n)
                                                      : fixed_floor (period.n, zone, time);
  index = calendar_index (period, tide_zone_local (zone, time));
  start = calendar_start (period, zone, index);
  /* Where the clock was set back across midnight, the next day has begun already. */
  for (TideTime next; zone != NULL && (next = calendar_start (period, zone, index + 1)) <= time; index++)
    start = next;
  return start;
}

/**
 * tide_period_next:
 * @start: start of a period, as from tide_period_floor()
 *
 * Returns: start of the period after it, which is the end of this one
 * Thread: any.
 */
TideTime
tide_period_next (TidePeriod period, GTimeZone *zone, TideTime start)
{
  int64_t index;
  TideTime next;

  start = CLAMP (start, -PERIOD_TIME_BOUND, PERIOD_TIME_BOUND);
  if (period.unit == TIDE_PERIOD_FIXED)
    return zone == NULL || period.n <= PERIOD_UTC_MAX ? tide_align_down (start, period.n) + period.n
                                                      : fixed_next (period.n, zone, start);
  index = calendar_index (period, tide_zone_local (zone, start));
  do
    next = calendar_start (period, zone, ++index);
  while (next <= start);
  return next;
}
