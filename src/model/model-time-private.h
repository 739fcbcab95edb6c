/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calendar arithmetic shared by times, periods and schedules. "Local" is what a zone's clock shows, counted in
 * microseconds as if it were UTC; a NULL zone is UTC. */
#pragma once

#include "model-time.h"

G_BEGIN_DECLS

/* First and last moment that has a four-digit year. */
#define TIDE_TIME_FIRST ((TideTime) -719162 * TIDE_DAY)
#define TIDE_TIME_LAST ((TideTime) 2932897 * TIDE_DAY - 1)

static inline int64_t
tide_div_floor (int64_t value, int64_t by)
{
  return value / by - (value % by < 0);
}

static inline int64_t
tide_align_down (int64_t value, int64_t to)
{
  return tide_div_floor (value, to) * to;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; month 1..12 (H. Hinnant, "chrono-compatible
 * low-level date algorithms"). */
static inline int64_t
tide_days_from_civil (int64_t year, int month, int day)
{
  int64_t y = year - (month <= 2);
  int64_t era = tide_div_floor (y, 400);
  int64_t year_of_era = y - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static inline void
tide_civil_from_days (int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
  int64_t z = days + 719468;
  int64_t era = tide_div_floor (z, 146097);
  int64_t day_of_era = z - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted = (5 * day_of_year + 2) / 153; /* month, 0 is March */

  *ret_day = (int) (day_of_year - (153 * shifted + 2) / 5 + 1);
  *ret_month = (int) (shifted < 10 ? shifted + 3 : shifted - 9);
  *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

static inline int
tide_days_in_month (int64_t year, int month)
{
  static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

  return month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : days[month - 1];
}

/* What the clock of @zone shows at @time. */
int64_t tide_zone_local (GTimeZone *zone, TideTime time);
/* The first instant at which the clock of @zone shows @local or later: of a repeated time the first one, of a
 * skipped one the end of the gap. Never decreases with @local. */
TideTime tide_zone_first_instant (GTimeZone *zone, int64_t local);

G_END_DECLS
