/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-base.h"

G_BEGIN_DECLS

/* A clock that tests can set. wall_us is UTC; monotonic_us never goes back. */
typedef struct
{
  TideTime (*wall_us) (void *data);
  int64_t (*monotonic_us) (void *data);
  void *data;
} TideClock;

extern const TideClock tide_clock_system;
TideTime tide_clock_now (const TideClock *clock);
int64_t tide_clock_monotonic (const TideClock *clock);
/* CPU time of the calling thread; about 0.3 µs a call. */
int64_t tide_thread_cpu_ns (void);

/* "2026-11-01", "2026-11-01T02:00[:00[.123456]][Z|+01:00]"; without an offset in @zone (NULL: UTC), where a
 * repeated time is the first of the two and a skipped one the end of the gap. 'T' or a space, up to 9 decimals.
 * Fast path without allocation: it is called for every event. FALSE when malformed or out of 0001..9999. */
bool tide_time_parse (const char *text, gsize len, GTimeZone *zone, TideTime *ret_time);
/* What a person writes in a command: the above, "now", or relative as "-15m", "-2h", "-7d". */
bool tide_time_parse_relative (const char *text, TideTime now, GTimeZone *zone, TideTime *ret_time, GError **error);
/* RFC 3339 in UTC with as many decimals as needed (none, 3 or 6), "" for TIDE_TIME_NONE; returns the length. */
#define TIDE_TIME_STR_MAX 40
gsize tide_time_format (TideTime time, char buffer[TIDE_TIME_STR_MAX]);

/* "500ms", "5s", "1min", "1m", "2h", "1d", "1w", "30" is refused: a unit is needed. */
bool tide_duration_parse (const char *text, TideDuration *ret_duration, GError **error);
/* The shortest exact form that parses back: "1min", "90s", "500ms". */
char *tide_duration_to_string (TideDuration duration);

/* A calendar unit of a metric's panes: fixed length, or days, weeks and months in a zone. Fixed lengths up to
 * 15 min are aligned to UTC, longer ones to the clock of the zone: they start where it shows a multiple of the
 * length or jumps over one, so next is not always start + n (6h on the day of a change). Since 1980 every start
 * is a multiple of gcd (n, 15 min) in UTC, in every zone: stored panes of that length compose any period. */
typedef enum
{
  TIDE_PERIOD_FIXED,
  TIDE_PERIOD_DAYS,
  TIDE_PERIOD_MONTHS,
} TidePeriodUnit;

typedef struct
{
  TidePeriodUnit unit;
  int64_t n; /* µs, days (7: a week, starting Monday) or months */
} TidePeriod;

/* As a duration, and "1mo". Fixed lengths under a day must divide a day evenly. */
bool tide_period_parse (const char *text, TidePeriod *ret_period, GError **error);
char *tide_period_to_string (TidePeriod period);
/* Start of the period that holds @time, and start of the one after it. */
TideTime tide_period_floor (TidePeriod period, GTimeZone *zone, TideTime time);
TideTime tide_period_next (TidePeriod period, GTimeZone *zone, TideTime start);
/* Its length; nominal for days (24 h) and months (30 d). */
TideDuration tide_period_length (TidePeriod period);
bool tide_period_equal (TidePeriod a, TidePeriod b);

/* 0 (Monday, from midnight) to 167, as the clocks of @zone show it. */
int tide_time_hour_of_week (TideTime time, GTimeZone *zone);

/* By IANA name; NULL and an error when there is no such zone (g_time_zone_new() would fall back to UTC in silence). */
GTimeZone *tide_time_zone_new (const char *name, GError **error);

G_END_DECLS
