/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers, ages and times as a person reads them. Separators come from the locale through printf and
 * localeconv(); the minus is U+2212, the space before a unit U+202F, and what has no value is a dash.
 * Exact values never pass through a double. Limit: digits are always 0 to 9.
 */
#include "app-format.h"

#include <glib/gi18n.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <string.h>

/* The locale's, or commas by three where the program runs in the C locale, which is nobody's own. */
static void
get_grouping (const char **ret_separator, const char **ret_grouping)
{
  const char *locale = setlocale (LC_NUMERIC, NULL);
  const struct lconv *conventions = localeconv ();
  bool is_c = locale == NULL || strcmp (locale, "POSIX") == 0 || strcmp (locale, "C") == 0
              || g_str_has_prefix (locale, "C.");

  *ret_separator = is_c ? "," : conventions->thousands_sep;
  *ret_grouping = is_c ? "\3" : conventions->grouping;
}

/* The digits of the whole part with separators. */
static void
append_grouped (GString *text, const char *digits, gsize n)
{
  const char *separator, *grouping;
  gsize ends[400], n_ends = 0, left = n, size = 0;

  get_grouping (&separator, &grouping);
  while (separator[0] != '\0' && n_ends < G_N_ELEMENTS (ends))
    {
      /* Sizes from the right; the last one repeats. */
      if (*grouping == CHAR_MAX)
        break;
      if (*grouping != '\0')
        size = (gsize) *grouping++;
      if (size == 0 || left <= size)
        break;
      left -= size;
      ends[n_ends++] = left;
    }
  for (gsize i = 0; i < n; i++)
    {
      if (n_ends > 0 && i == ends[n_ends - 1])
        {
          g_string_append (text, separator);
          n_ends--;
        }
      g_string_append_c (text, digits[i]);
    }
}

/* From what printf made: a real minus (none before nothing but zeros), and grouping. */
static char *
from_plain (const char *plain)
{
  bool negative = plain[0] == '-';
  const char *digits = plain + negative;
  gsize n = strspn (digits, "0123456789");
  GString *text = g_string_new (negative && strpbrk (plain, "123456789") != NULL ? TIDE_MINUS : NULL);

  append_grouped (text, digits, n);
  g_string_append (text, digits + n);
  return g_string_free (text, FALSE);
}

char *
tide_format_number (double value, int decimals)
{
  g_autofree char *plain = NULL;

  if (!isfinite (value))
    return g_strdup (TIDE_NO_VALUE);
  plain = g_strdup_printf ("%.*f", CLAMP (decimals, 0, 18), value);
  return from_plain (plain);
}

char *
tide_format_int (gint64 value)
{
  g_autofree char *plain = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  return from_plain (plain);
}

int
tide_format_short_decimals (double value)
{
  double size = fabs (value);
  int decimals;

  if (!isfinite (size) || size >= 99.95 || size == 0)
    return 0;
  decimals = CLAMP (2 - (int) floor (log10 (size)), 0, 9);
  /* 9.996 is 10.0, not 10.00. */
  if (decimals > 0 && round (size * pow (10, decimals)) >= 1000)
    decimals--;
  return decimals;
}

char *
tide_format_short (double value)
{
  return tide_format_number (value, tide_format_short_decimals (value));
}

char *
tide_format_value (TideValue value)
{
  char digits[48];
  GString *text;
  gsize n = 0, scale;
  bool negative = value.exact < 0;
  unsigned __int128 rest = negative ? -(unsigned __int128) value.exact : (unsigned __int128) value.exact;

  if (value.kind == TIDE_VALUE_NONE)
    return g_strdup (TIDE_NO_VALUE);
  if (value.kind == TIDE_VALUE_REAL)
    return tide_format_short (value.real);
  scale = (gsize) CLAMP (value.scale, 0, 38);
  do
    digits[n++] = (char) ('0' + (int) (rest % 10)), rest /= 10;
  while (rest > 0 || n <= scale);
  for (gsize i = 0; i < n / 2; i++)
    {
      char digit = digits[i];

      digits[i] = digits[n - 1 - i];
      digits[n - 1 - i] = digit;
    }
  text = g_string_new (negative ? TIDE_MINUS : NULL);
  append_grouped (text, digits, n - scale);
  if (scale > 0)
    {
      g_string_append (text, localeconv ()->decimal_point);
      g_string_append_len (text, digits + n - scale, (gssize) scale);
    }
  return g_string_free (text, FALSE);
}

char *
tide_format_with_unit (char *number, const char *unit)
{
  g_autofree char *owned = number;

  if (unit == NULL || unit[0] == '\0' || strcmp (number, TIDE_NO_VALUE) == 0)
    return g_steal_pointer (&owned);
  return g_strconcat (number, TIDE_NNBSP, unit, NULL);
}

/* As few decimals as show @value; at most @max. */
static int
needed_decimals (double value, int max)
{
  for (int decimals = 0; decimals < max; decimals++)
    {
      double scaled = value * pow (10, decimals);

      if (fabs (scaled - round (scaled)) < 1e-6 * MAX (1, fabs (scaled)))
        return decimals;
    }
  return max;
}

char *
tide_format_tick (double value, double step)
{
  static const struct
  {
    double scale;
    const char *suffix;
  } scales[] = { { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } };

  if (fabs (value) < fabs (step) * 1e-6)
    return g_strdup ("0");
  for (gsize i = 0; i < G_N_ELEMENTS (scales); i++)
    if (fabs (value) >= scales[i].scale * (1 - 1e-9))
      {
        double scaled = value / scales[i].scale;
        g_autofree char *number = tide_format_number (scaled, needed_decimals (scaled, 6));

        return g_strconcat (number, scales[i].suffix, NULL);
      }
  return tide_format_number (value, needed_decimals (value, 12));
}

static char *
two_units (gint64 big, const char *big_unit, gint64 small, const char *small_unit)
{
  if (small == 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT TIDE_NNBSP "%s", big, big_unit);
  return g_strdup_printf ("%" G_GINT64_FORMAT TIDE_NNBSP "%s %" G_GINT64_FORMAT TIDE_NNBSP "%s", big, big_unit, small,
                          small_unit);
}

/* From a minute up, rounded down. */
static char *
long_duration (TideDuration duration, bool seconds)
{
  gint64 total_s = duration / TIDE_SECOND;

  if (total_s < 3600)
    return two_units (total_s / 60, _("min"), seconds ? total_s % 60 : 0, _("s"));
  if (total_s < 86400)
    return two_units (total_s / 3600, _("h"), total_s % 3600 / 60, _("min"));
  return two_units (total_s / 86400, _("d"), total_s % 86400 / 3600, _("h"));
}

static char *
short_duration (TideDuration duration)
{
  if (duration < 100 * TIDE_MS)
    return tide_format_with_unit (tide_format_number ((double) duration / 1e3, duration < 10 * TIDE_MS ? 1 : 0),
                                  _("ms"));
  if (duration < 10 * TIDE_SECOND)
    return tide_format_with_unit (tide_format_number (floor ((double) duration / 1e5) / 10, 1), _("s"));
  return tide_format_with_unit (tide_format_int (duration / TIDE_SECOND), _("s"));
}

char *
tide_format_duration (TideDuration duration)
{
  if (duration < 0)
    {
      g_autofree char *size = tide_format_duration (duration == INT64_MIN ? INT64_MAX : -duration);

      return g_strconcat (TIDE_MINUS, size, NULL);
    }
  return duration < TIDE_MINUTE ? short_duration (duration) : long_duration (duration, true);
}

char *
tide_format_latency (TideDuration duration)
{
  if (duration >= 10 * TIDE_SECOND || duration < 0)
    return tide_format_duration (duration);
  return tide_format_with_unit (tide_format_number ((double) duration / 1e3, duration < 10 * TIDE_MS ? 1 : 0), _("ms"));
}

char *
tide_format_age (TideDuration age)
{
  age = MAX (age, 0);
  if (age < 10 * TIDE_SECOND)
    return tide_format_with_unit (tide_format_number (floor ((double) age / 1e5) / 10, 1), _("s"));
  return age < TIDE_MINUTE ? short_duration (age) : long_duration (age, false);
}

char *
tide_format_bytes (gint64 bytes)
{
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
  double value = (double) bytes;
  guint unit = 0;

  while (fabs (value) >= (unit == 0 ? 1000 : 999.5) && unit + 1 < G_N_ELEMENTS (units))
    {
      value /= 1000;
      unit++;
    }
  return tide_format_with_unit (tide_format_number (value, unit > 0 && fabs (value) < 9.95 ? 1 : 0), units[unit]);
}

char *
tide_format_change (double now, double before, bool is_share)
{
  g_autofree char *number = NULL;
  double change;

  if (!isfinite (now) || !isfinite (before) || (!is_share && before == 0))
    return NULL;
  change = is_share ? now - before : (now - before) / fabs (before) * 100;
  number = tide_format_with_unit (tide_format_number (fabs (change), fabs (change) < 99.95 ? 1 : 0),
                                  is_share ? _("pp") : "%");
  if (fabs (change) < 0.05)
    return g_steal_pointer (&number);
  return g_strconcat (change > 0 ? "▲ " : "▼ ", number, NULL);
}

char *
tide_format_share (double fraction)
{
  return tide_format_with_unit (tide_format_number (fraction * 100, 1), "%");
}

static GMutex zone_lock;
static GTimeZone *shown_zone; /* NULL: local */

void
tide_format_set_zone (GTimeZone *zone)
{
  GTimeZone *old;

  g_mutex_lock (&zone_lock);
  old = shown_zone;
  shown_zone = zone != NULL ? g_time_zone_ref (zone) : NULL;
  g_mutex_unlock (&zone_lock);
  g_clear_pointer (&old, g_time_zone_unref);
}

GTimeZone *
tide_format_get_zone (void)
{
  GTimeZone *zone;

  g_mutex_lock (&zone_lock);
  zone = shown_zone != NULL ? g_time_zone_ref (shown_zone) : NULL;
  g_mutex_unlock (&zone_lock);
  return zone != NULL ? zone : g_time_zone_new_local ();
}

static GDateTime *
to_zone (TideTime time, GTimeZone *zone)
{
  g_autoptr (GTimeZone) shown = zone != NULL ? g_time_zone_ref (zone) : tide_format_get_zone ();
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (
      (time - (time < 0 ? TIDE_SECOND - 1 : 0)) / TIDE_SECOND);

  if (utc == NULL)
    return NULL;
  return g_date_time_to_timezone (utc, shown);
}

static char *
format_time (TideTime time, GTimeZone *zone, const char *format)
{
  g_autoptr (GDateTime) local = to_zone (time, zone);

  return local == NULL ? g_strdup (TIDE_NO_VALUE) : g_date_time_format (local, format);
}

static bool
has_24_hours (void)
{
  const char *format = nl_langinfo (T_FMT);

  return strstr (format, "%I") == NULL && strstr (format, "%r") == NULL && strstr (format, "%l") == NULL;
}

char *
tide_format_clock (TideTime time, GTimeZone *zone, bool seconds)
{
  if (has_24_hours ())
    return format_time (time, zone, seconds ? "%H:%M:%S" : "%H:%M");
  return format_time (time, zone, seconds ? "%-I:%M:%S" TIDE_NNBSP "%p" : "%-I:%M" TIDE_NNBSP "%p");
}

char *
tide_format_clock_ms (TideTime time, GTimeZone *zone)
{
  g_autofree char *clock = format_time (time, zone, "%H:%M:%S");
  gint64 ms = (time % TIDE_SECOND + TIDE_SECOND) % TIDE_SECOND / TIDE_MS;

  return g_strdup_printf ("%s.%03d", clock, (int) ms);
}

char *
tide_format_date (TideTime time, GTimeZone *zone)
{
  /* Translators: a day such as "Thu 12 Nov". */
  return format_time (time, zone, _("%a %-e %b"));
}

char *
tide_format_date_time (TideTime time, GTimeZone *zone)
{
  g_autofree char *date = tide_format_date (time, zone);
  g_autofree char *clock = tide_format_clock (time, zone, time % TIDE_MINUTE != 0);

  return g_strconcat (date, " ", clock, NULL);
}

char *
tide_format_range (TideTime from, TideTime to, GTimeZone *zone)
{
  g_autofree char *first = NULL, *last = NULL;
  g_autofree char *from_day = format_time (from, zone, "%F"), *to_day = format_time (to, zone, "%F");

  if (strcmp (from_day, to_day) == 0)
    {
      first = tide_format_clock (from, zone, false);
      last = tide_format_clock (to, zone, false);
      return g_strconcat (first, "–", last, NULL);
    }
  /* Translators: a day in a range, such as "30 Oct". */
  first = format_time (from, zone, _("%-e %b"));
  last = format_time (to, zone, _("%-e %b"));
  return g_strconcat (first, " – ", last, NULL);
}
