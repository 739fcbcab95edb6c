/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time zones by name, and the way between instants and what a zone's clock shows. Everything is built on one
 * monotone function, "the first instant at which the clock shows this or later", so that skipped and repeated
 * times need no case of their own in periods and schedules. Only public functions of GTimeZone are used. */
#include "model-time-private.h"

#include <string.h>

/* Seconds east of UTC. */
static inline int64_t
zone_offset (GTimeZone *zone, int64_t utc_s, int *ret_interval)
{
  *ret_interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, utc_s);
  return g_time_zone_get_offset (zone, *ret_interval);
}

int64_t
tide_zone_local (GTimeZone *zone, TideTime time)
{
  int interval;

  if (zone == NULL)
    return time;
  return time + zone_offset (zone, tide_div_floor (time, TIDE_SECOND), &interval) * TIDE_SECOND;
}

TideTime
tide_zone_first_instant (GTimeZone *zone, int64_t local)
{
  int64_t seconds = tide_div_floor (local, TIDE_SECOND);
  int64_t us = local - seconds * TIDE_SECOND;
  gint64 adjusted = seconds;
  int64_t utc;
  int interval;

  if (zone == NULL)
    return local;
  /* Moves a skipped time to the end of its gap, where the fraction of the second is over too. */
  interval = g_time_zone_adjust_time (zone, G_TIME_TYPE_STANDARD, &adjusted);
  if (adjusted != seconds)
    us = 0;
  utc = adjusted - g_time_zone_get_offset (zone, interval);
  /* A repeated time may have been found in the later interval. */
  if (interval > 0)
    {
      int64_t earlier = adjusted - g_time_zone_get_offset (zone, interval - 1);

      if (earlier < utc && g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, earlier) == interval - 1)
        utc = earlier;
    }
  return utc * TIDE_SECOND + us;
}

int
tide_time_hour_of_week (TideTime time, GTimeZone *zone)
{
  int64_t hours = tide_div_floor (tide_zone_local (zone, time), TIDE_HOUR) + 3 * 24; /* 1970 began on a Thursday */

  return (int) (hours - tide_align_down (hours, 7 * 24));
}

/**
 * tide_time_zone_new:
 * @name: "UTC" or an IANA name such as "Europe/Berlin"
 *
 * Only names below the system's zone directory are taken: no path, no offset and no POSIX rule, since a workspace
 * may come from someone else and a typing error must not become a rule.
 *
 * Returns: (transfer full): free with g_time_zone_unref()
 * Errors: TIDE_ERROR_INVALID.
 * Thread: any; reads a file the first time.
 */
GTimeZone *
tide_time_zone_new (const char *name, GError **error)
{
  static const char allowed[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_+-/";
  g_autoptr (GTimeZone) zone = NULL;

  if (strcmp (name, "UTC") == 0)
    return g_time_zone_new_utc ();
  if (g_ascii_isupper (name[0]) && strlen (name) <= 64 && strspn (name, allowed) == strlen (name))
    {
      const char *dir = g_getenv ("TZDIR");
      g_autofree char *file = g_build_filename (dir != NULL ? dir : "/usr/share/zoneinfo", name, NULL);

      if (g_file_test (file, G_FILE_TEST_IS_REGULAR))
        zone = g_time_zone_new_identifier (name);
    }
  if (zone == NULL)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                 "there is no time zone “%s”: expected UTC or a name such as Europe/Berlin", name);
  return g_steal_pointer (&zone);
}
