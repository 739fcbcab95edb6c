/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When something runs. A cron expression becomes a bit mask a field; the next time is found by skipping whole
 * months and days, in local time, and turned into an instant by "the first instant at which the clock shows this
 * or later": that is what makes skipped times run after the gap and repeated ones once. As in Vixie's cron a day
 * field that begins with '*' does not restrict, also with a step. Limit: GLib knows daylight saving to 2037. */
#include "model-cron-private.h"
#include "model-time-private.h"

#include <string.h>

#define CRON_MAX_LENGTH 1024

typedef struct
{
  const char *name;
  int first, last;
  const char *names; /* three letters each, from first */
  const char *expected;
} CronField;

enum
{
  FIELD_MINUTE,
  FIELD_HOUR,
  FIELD_DAY,
  FIELD_MONTH,
  FIELD_WEEKDAY,
  N_FIELDS,
};

static const CronField cron_fields[N_FIELDS] = {
  { "minute", 0, 59, "", "0 to 59" },
  { "hour", 0, 23, "", "0 to 23" },
  { "day of the month", 1, 31, "", "1 to 31" },
  { "month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", "1 to 12 or JAN to DEC" },
  { "day of the week", 0, 7, "SUNMONTUEWEDTHUFRISAT", "0 to 7 (0 and 7 are Sunday) or SUN to SAT" },
};

static bool
field_error (const CronField *field, const char *text, gsize len, GError **error)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
               "“%.*s” is no %s: expected *, %s, a range (a-b), a step (*/n or a-b/n) or a list of these", (int) len,
               text, field->name, field->expected);
  return false;
}

/* A number or a name at *@at; moves on. -1: neither. */
static int
parse_unit (const CronField *field, const char **at, const char *end)
{
  int value = 0;
  const char *text = *at;

  if (text < end && g_ascii_isdigit (*text))
    {
      for (; text < end && g_ascii_isdigit (*text); text++)
        value = MIN (value * 10 + (*text - '0'), 1000);
      *at = text;
      return value;
    }
  for (int i = 0; end - text >= 3 && field->names[i * 3] != '\0'; i++)
    if (g_ascii_strncasecmp (text, field->names + i * 3, 3) == 0)
      {
        *at = text + 3;
        return field->first + i;
      }
  return -1;
}

/* One of a list: "*", "5", "1-5", each of the ranges with "/n". */
static bool
parse_item (const CronField *field, const char *text, const char *end, uint64_t *mask)
{
  const char *at = text;
  int first = field->first, last = field->last, step = 1;
  bool range = false;

  if (at < end && *at == '*')
    {
      at++;
      range = true;
    }
  else
    {
      first = last = parse_unit (field, &at, end);
      if (first < 0)
        return false;
      if (at < end && *at == '-')
        {
          at++;
          last = parse_unit (field, &at, end);
          range = true;
          if (field == &cron_fields[FIELD_WEEKDAY] && last == 0 && first > 0)
            last = 7; /* SAT-SUN */
        }
    }
  if (range && at < end && *at == '/')
    {
      at++;
      if (at >= end || !g_ascii_isdigit (*at))
        return false;
      step = parse_unit (field, &at, end);
    }
  if (at != end || first < field->first || last > field->last || first > last || step < 1 || step > 999)
    return false;
  for (int value = first; value <= last; value += step)
    *mask |= (uint64_t) 1 << value;
  return true;
}

static bool
parse_field (const CronField *field, const char *text, gsize len, uint64_t *ret_mask, GError **error)
{
  const char *end = text + len;
  uint64_t mask = 0;

  for (const char *item = text;;)
    {
      const char *comma = memchr (item, ',', (gsize) (end - item));

      if (!parse_item (field, item, comma != NULL ? comma : end, &mask))
        return field_error (field, text, len, error);
      if (comma == NULL)
        break;
      item = comma + 1;
    }
  *ret_mask = mask;
  return true;
}

/* There is a month that has one of the days; a day of the week comes in any month, and in 400 years on any date. */
static bool
fires_ever (const TideSchedule *schedule)
{
  if (!schedule->any_day && !schedule->any_weekday)
    return true;
  for (int month = 1; month <= 12; month++)
    if ((schedule->months >> month & 1) != 0
        && (schedule->days & (((uint64_t) 1 << (tide_days_in_month (2000, month) + 1)) - 1)) != 0)
      return true;
  return false;
}

static bool
parse_cron (TideSchedule *schedule, const char *text, GError **error)
{
  static const struct
  {
    const char *name, *cron;
  } macros[] = {
    { "@hourly", "0 * * * *" },  { "@daily", "0 0 * * *" },   { "@midnight", "0 0 * * *" },
    { "@weekly", "0 0 * * 0" },  { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
    { "@annually", "0 0 1 1 *" },
  };
  const char *fields[N_FIELDS];
  uint64_t masks[N_FIELDS];
  int n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (macros); i++)
    if (g_ascii_strcasecmp (text, macros[i].name) == 0)
      return parse_cron (schedule, macros[i].cron, error);
  for (const char *at = text; *at != '\0'; n++)
    {
      if (n < N_FIELDS)
        fields[n] = at;
      at += strcspn (at, " \t");
      at += strspn (at, " \t");
    }
  if (n != N_FIELDS)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "“%s” is no schedule: expected five fields (minute, hour, day of the month, month, day of the week) "
                   "such as “0 2 * * *”, or “every 15min”, or @hourly, @daily, @weekly, @monthly", text);
      return false;
    }
  for (int i = 0; i < N_FIELDS; i++)
    if (!parse_field (&cron_fields[i], fields[i], strcspn (fields[i], " \t"), &masks[i], error))
      return false;
  schedule->minutes = masks[FIELD_MINUTE];
  schedule->hours = (uint32_t) masks[FIELD_HOUR];
  schedule->days = (uint32_t) masks[FIELD_DAY];
  schedule->months = (uint16_t) masks[FIELD_MONTH];
  schedule->weekdays = (uint8_t) ((masks[FIELD_WEEKDAY] | masks[FIELD_WEEKDAY] >> 7) & 0x7f);
  schedule->any_day = *fields[FIELD_DAY] == '*';
  schedule->any_weekday = *fields[FIELD_WEEKDAY] == '*';
  if (!fires_ever (schedule))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "“%s” never fires: none of its months has such a day; expected a date that there is", text);
      return false;
    }
  return true;
}

static bool
parse_interval (TideSchedule *schedule, const char *text, GError **error)
{
  TideDuration interval;

  if (!tide_duration_parse (text, &interval, error))
    return false;
  if (interval < TIDE_SECOND || interval > 366 * TIDE_DAY)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "“every %s” is out of range: expected 1s to 366d", text);
      return false;
    }
  schedule->interval = interval;
  return true;
}

/**
 * tide_schedule_new:
 * @text: "0 2 * * *", "@daily" or "every 15min"
 * @zone: (nullable): of the cron fields; NULL: UTC
 *
 * Returns: (transfer full): free with tide_schedule_free()
 * Errors: TIDE_ERROR_INVALID, with the field that is wrong and what is expected.
 * Thread: any.
 */
TideSchedule *
tide_schedule_new (const char *text, GTimeZone *zone, GError **error)
{
  g_autoptr (TideSchedule) schedule = g_new0 (TideSchedule, 1);

  schedule->text = g_strstrip (g_strdup (text));
  if (zone != NULL)
    schedule->zone = g_time_zone_ref (zone);
  if (strlen (text) > CRON_MAX_LENGTH)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "the schedule is longer than %d bytes", CRON_MAX_LENGTH);
      return NULL;
    }
  if (g_ascii_strncasecmp (schedule->text, "every ", 6) == 0)
    {
      if (!parse_interval (schedule, schedule->text + 6 + strspn (schedule->text + 6, " \t"), error))
        return NULL;
    }
  else if (!parse_cron (schedule, schedule->text, error))
    return NULL;
  return g_steal_pointer (&schedule);
}

void
tide_schedule_free (TideSchedule *schedule)
{
  if (schedule == NULL)
    return;
  g_clear_pointer (&schedule->zone, g_time_zone_unref);
  g_free (schedule->text);
  g_free (schedule);
}

static bool
day_matches (const TideSchedule *schedule, int64_t day, int day_of_month)
{
  int64_t weekday = day + 4 - tide_align_down (day + 4, 7); /* 1970-01-01 was a Thursday */
  bool by_day = (schedule->days >> day_of_month & 1) != 0;
  bool by_weekday = (schedule->weekdays >> weekday & 1) != 0;

  return schedule->any_day || schedule->any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

/* The first matching day from @day on; INT64_MAX past the year 9999. */
static int64_t
next_day (const TideSchedule *schedule, int64_t day)
{
  int64_t year;
  int month, day_of_month;

  for (tide_civil_from_days (day, &year, &month, &day_of_month); year <= 9999; day_of_month = 1)
    {
      if ((schedule->months >> month & 1) != 0)
        for (int n = tide_days_in_month (year, month); day_of_month <= n; day_of_month++)
          {
            day = tide_days_from_civil (year, month, day_of_month);
            if (day_matches (schedule, day, day_of_month))
              return day;
          }
      month = month % 12 + 1;
      year += month == 1;
    }
  return INT64_MAX;
}

/* The first matching minute from @minute (of the day) on; -1: none is left. */
static int
next_minute (const TideSchedule *schedule, int minute)
{
  for (int hour = minute / 60, from = minute % 60; hour < 24; hour++, from = 0)
    {
      uint64_t left = schedule->minutes >> from;

      if ((schedule->hours >> hour & 1) != 0 && left != 0)
        return hour * 60 + from + __builtin_ctzll (left);
    }
  return -1;
}

/* The first matching local time that is later than @local; INT64_MAX: none. */
static int64_t
next_local (const TideSchedule *schedule, int64_t local)
{
  int64_t minute = tide_div_floor (local, TIDE_MINUTE) + 1;
  int64_t today = tide_div_floor (minute, 24 * 60);
  int64_t day = next_day (schedule, today);
  int of_day;

  if (day == INT64_MAX)
    return INT64_MAX;
  of_day = next_minute (schedule, day == today ? (int) (minute - today * 24 * 60) : 0);
  if (of_day < 0)
    {
      day = next_day (schedule, day + 1);
      if (day == INT64_MAX)
        return INT64_MAX;
      of_day = next_minute (schedule, 0);
    }
  return day * TIDE_DAY + of_day * TIDE_MINUTE;
}

/**
 * tide_schedule_next:
 *
 * Returns: the first time after @after; TIDE_TIME_NONE past the year 9999
 * Thread: any. A few µs.
 */
TideTime
tide_schedule_next (const TideSchedule *schedule, TideTime after)
{
  int64_t local;
  TideTime next;

  after = MAX (after, TIDE_TIME_FIRST);
  if (after >= TIDE_TIME_LAST)
    return TIDE_TIME_NONE;
  if (schedule->interval != 0)
    next = tide_align_down (after, schedule->interval) + schedule->interval;
  else
    {
      local = tide_zone_local (schedule->zone, after);
      /* Where the clock was set back, what it shows again has fired already. */
      do
        {
          local = next_local (schedule, local);
          if (local == INT64_MAX)
            return TIDE_TIME_NONE;
          next = tide_zone_first_instant (schedule->zone, local);
        }
      while (next <= after);
    }
  return next <= TIDE_TIME_LAST ? next : TIDE_TIME_NONE;
}

TideDuration
tide_schedule_get_interval (const TideSchedule *schedule, TideTime now)
{
  TideTime next = tide_schedule_next (schedule, now);
  TideTime after = next != TIDE_TIME_NONE ? tide_schedule_next (schedule, next) : TIDE_TIME_NONE;

  return after != TIDE_TIME_NONE ? after - next : TIDE_DAY;
}
