/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times and durations as text, and as local time of a zone. Parsing and formatting a time are done for every
 * event, so they are plain integer arithmetic: no allocation, no GDateTime. Only a time without an offset in a
 * zone of its own asks GTimeZone.
 * Limits: leap seconds (":60") are refused, since UTC in microseconds has no room for them; GLib 2.74 knows
 * daylight saving up to 2037, after that a zone keeps its standard time. */
#include "model-time-private.h"

#include <string.h>

/* The value of two digits; 100 or more when they are none. */
static inline unsigned
two_digits (const char *text)
{
  unsigned high = (unsigned) (unsigned char) text[0] - '0';
  unsigned low = (unsigned) (unsigned char) text[1] - '0';

  return high > 9 || low > 9 ? 100 : high * 10 + low;
}

/* "YYYY-MM-DD", as days since the epoch. */
static inline bool
parse_date (const char *text, int64_t *ret_days)
{
  unsigned century = two_digits (text);
  unsigned year = two_digits (text + 2);
  unsigned month = two_digits (text + 5);
  unsigned day = two_digits (text + 8);

  if (century > 99 || year > 99 || text[4] != '-' || text[7] != '-' || month - 1 > 11 || day == 0)
    return false;
  year += century * 100;
  if (year == 0 || (int) day > tide_days_in_month (year, (int) month))
    return false;
  *ret_days = tide_days_from_civil (year, (int) month, (int) day);
  return true;
}

/* ".123456789" after the seconds: 1 to 9 digits, cut to microseconds. Returns how many bytes it took, 0: malformed. */
static inline gsize
parse_fraction (const char *text, gsize len, int64_t *ret_us)
{
  int64_t us = 0;
  gsize n = 0;

  for (; n + 1 < len && (unsigned) (unsigned char) text[n + 1] - '0' <= 9; n++)
    if (n < 6)
      us = us * 10 + (text[n + 1] - '0');
  if (n == 0 || n > 9)
    return 0;
  for (gsize i = n; i < 6; i++)
    us *= 10;
  *ret_us = us;
  return n + 1;
}

/* "HH:MM[:SS[.fraction]]", as microseconds of the day. Returns how many bytes it took, 0: malformed. */
static inline gsize
parse_clock (const char *text, gsize len, int64_t *ret_us)
{
  unsigned hour, minute, second = 0;
  int64_t fraction = 0;
  gsize used = 5;

  if (len < 5)
    return 0;
  hour = two_digits (text);
  minute = two_digits (text + 3);
  if (hour > 23 || text[2] != ':' || minute > 59)
    return 0;
  if (len > 5 && text[5] == ':')
    {
      if (len < 8 || (second = two_digits (text + 6)) > 59)
        return 0;
      used = 8;
      if (len > 8 && text[8] == '.')
        {
          gsize n = parse_fraction (text + 8, len - 8, &fraction);

          if (n == 0)
            return 0;
          used += n;
        }
    }
  *ret_us = (int64_t) (hour * 3600 + minute * 60 + second) * TIDE_SECOND + fraction;
  return used;
}

/* "Z", "+hh:mm", "+hhmm" or "+hh", all that is left of the text. */
static inline bool
parse_offset (const char *text, gsize len, int64_t *ret_us)
{
  unsigned hour, minute = 0;

  if (len == 1 && (text[0] == 'Z' || text[0] == 'z'))
    {
      *ret_us = 0;
      return true;
    }
  if (len < 3 || (text[0] != '+' && text[0] != '-'))
    return false;
  hour = two_digits (text + 1);
  if (len == 6 && text[3] == ':')
    minute = two_digits (text + 4);
  else if (len == 5)
    minute = two_digits (text + 3);
  else if (len != 3)
    return false;
  if (hour > 23 || minute > 59)
    return false;
  *ret_us = (int64_t) (hour * 60 + minute) * (text[0] == '-' ? -TIDE_MINUTE : TIDE_MINUTE);
  return true;
}

/**
 * tide_time_parse:
 * @text: @len bytes, RFC 3339 with 'T' or a space in the middle, up to 9 decimals (cut to 6), and with or without
 *   seconds, clock and offset ("Z", "+01:00", "+0100", "+01")
 * @zone: (nullable): zone of a time without an offset; NULL: UTC
 * @ret_time: (out): untouched when it is malformed
 *
 * Reads a time. In @zone a repeated local time is the first of the two, a skipped one the end of the gap.
 *
 * Returns: FALSE when malformed, when there is no such date, or out of the years 0001..9999
 * Thread: any.
 */
bool
tide_time_parse (const char *text, gsize len, GTimeZone *zone, TideTime *ret_time)
{
  int64_t days, clock = 0, offset = 0;
  bool has_offset = false;
  TideTime time;

  if (len < 10 || !parse_date (text, &days))
    return false;
  if (len > 10)
    {
      gsize used;

      if (text[10] != 'T' && text[10] != ' ' && text[10] != 't')
        return false;
      used = parse_clock (text + 11, len - 11, &clock);
      if (used == 0)
        return false;
      if (used < len - 11)
        {
          if (!parse_offset (text + 11 + used, len - 11 - used, &offset))
            return false;
          has_offset = true;
        }
    }
  time = days * TIDE_DAY + clock - offset;
  if (zone != NULL && !has_offset)
    time = tide_zone_first_instant (zone, time);
  if (time < TIDE_TIME_FIRST || time > TIDE_TIME_LAST)
    return false;
  *ret_time = time;
  return true;
}

/**
 * tide_time_parse_relative:
 * @text: a time as tide_time_parse() takes it, "now", or an age such as "-15m"
 *
 * Reads a time as a person gives it to a command.
 *
 * Errors: TIDE_ERROR_INVALID.
 * Thread: any.
 */
bool
tide_time_parse_relative (const char *text, TideTime now, GTimeZone *zone, TideTime *ret_time, GError **error)
{
  TideDuration age;

  if (strcmp (text, "now") == 0)
    *ret_time = now;
  else if (text[0] == '-' && tide_duration_parse (text + 1, &age, NULL))
    {
      if (age > now - TIDE_TIME_FIRST)
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "“%s” reaches back before the year 1", text);
          return false;
        }
      *ret_time = now - age;
    }
  else if (!tide_time_parse (text, strlen (text), zone, ret_time))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "“%s” is no time: expected one such as 2026-11-01, 2026-11-01T02:00:00Z, “now”, or an age such "
                   "as -15m, -2h or -7d", text);
      return false;
    }
  return true;
}

static inline char *
put_two (char *at, int value)
{
  at[0] = (char) ('0' + value / 10);
  at[1] = (char) ('0' + value % 10);
  return at + 2;
}

static inline char *
put_digits (char *at, int64_t value, int n)
{
  for (int i = n - 1; i >= 0; i--, value /= 10)
    at[i] = (char) ('0' + value % 10);
  return at + n;
}

/**
 * tide_time_format:
 * @buffer: (out): "2026-11-01T02:00:00Z", with 3 or 6 decimals when it needs them; "" for TIDE_TIME_NONE
 *
 * Writes a time that tide_time_parse() reads back as the same (in the years 0001..9999).
 *
 * Returns: the length
 * Thread: any.
 */
gsize
tide_time_format (TideTime time, char buffer[TIDE_TIME_STR_MAX])
{
  int64_t days, of_day, year, seconds, us;
  int month, day;
  char *at = buffer;

  if (time == TIDE_TIME_NONE)
    {
      *at = '\0';
      return 0;
    }
  days = tide_div_floor (time, TIDE_DAY);
  of_day = time % TIDE_DAY;
  of_day += of_day < 0 ? TIDE_DAY : 0;
  seconds = of_day / TIDE_SECOND;
  us = of_day % TIDE_SECOND;
  tide_civil_from_days (days, &year, &month, &day);
  if (G_LIKELY (year >= 0 && year <= 9999))
    at = put_digits (at, year, 4);
  else
    at += g_snprintf (at, 16, "%+05" G_GINT64_FORMAT, year);
  *at++ = '-';
  at = put_two (at, month);
  *at++ = '-';
  at = put_two (at, day);
  *at++ = 'T';
  at = put_two (at, (int) (seconds / 3600));
  *at++ = ':';
  at = put_two (at, (int) (seconds / 60 % 60));
  *at++ = ':';
  at = put_two (at, (int) (seconds % 60));
  if (us != 0)
    {
      *at++ = '.';
      at = us % 1000 == 0 ? put_digits (at, us / 1000, 3) : put_digits (at, us, 6);
    }
  *at++ = 'Z';
  *at = '\0';
  return (gsize) (at - buffer);
}

/* The first spelling of a length is the one that is written. */
static const struct
{
  const char *name;
  TideDuration us;
} duration_units[] = {
  { "w", 7 * TIDE_DAY }, { "d", TIDE_DAY }, { "h", TIDE_HOUR }, { "min", TIDE_MINUTE }, { "m", TIDE_MINUTE },
  { "s", TIDE_SECOND },  { "ms", TIDE_MS }, { "us", 1 },        { "µs", 1 },
};

/**
 * tide_duration_parse:
 * @text: a whole number and its unit: us, ms, s, min (or m), h, d, w
 *
 * Errors: TIDE_ERROR_INVALID.
 * Thread: any.
 */
bool
tide_duration_parse (const char *text, TideDuration *ret_duration, GError **error)
{
  const char *unit = text;
  int64_t number = 0;
  bool overflow = false;

  for (; g_ascii_isdigit (*unit); unit++)
    overflow |= __builtin_mul_overflow (number, 10, &number)
                || __builtin_add_overflow (number, (int64_t) (*unit - '0'), &number);
  for (gsize i = 0; unit > text && i < G_N_ELEMENTS (duration_units); i++)
    if (strcmp (unit, duration_units[i].name) == 0)
      {
        TideDuration us;

        if (overflow || __builtin_mul_overflow (number, duration_units[i].us, &us))
          {
            g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "“%s” is too long a duration", text);
            return false;
          }
        *ret_duration = us;
        return true;
      }
  if (unit > text && *unit == '\0')
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                 "“%s” lacks a unit: expected a duration such as %ss, %smin, %sh or %sd", text, text, text, text,
                 text);
  else
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                 "“%s” is no duration: expected a whole number and a unit, such as 500ms, 5s, 15min, 2h, 1d or 1w",
                 text);
  return false;
}

/**
 * tide_duration_to_string:
 *
 * Writes a duration in the largest unit that it is a multiple of; tide_duration_parse() reads it back.
 *
 * Returns: (transfer full): text
 * Thread: any.
 */
char *
tide_duration_to_string (TideDuration duration)
{
  if (duration == 0)
    return g_strdup ("0s");
  for (gsize i = 0; i < G_N_ELEMENTS (duration_units); i++)
    if (duration % duration_units[i].us == 0)
      return g_strdup_printf ("%" G_GINT64_FORMAT "%s", duration / duration_units[i].us, duration_units[i].name);
  g_assert_not_reached ();
}
