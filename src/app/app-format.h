/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers, ages and times as a person reads them: in the locale, never for files. All return text of the caller's.
 * Thread: any (setlocale() was called once at start). */
#pragma once

#include "model.h"

G_BEGIN_DECLS

#define TIDE_NNBSP "\u202f" /* between number and unit */
#define TIDE_MINUS "\u2212"
#define TIDE_NO_VALUE "–"

/* With grouping and exactly @decimals; NAN and infinities are –. */
char *tide_format_number (double value, int decimals);
/* Three significant digits (whole numbers of more digits in full): "41.6", "2.84", "14,804". */
char *tide_format_short (double value);
/* How many decimals that takes: one number for a whole column. */
int tide_format_short_decimals (double value);
char *tide_format_int (gint64 value);
/* In full: all decimals of an exact value's scale; three significant digits of a real. */
char *tide_format_value (TideValue value);
/* Number, U+202F, unit; @unit NULL or "": the number alone; – has no unit. Takes @number. */
char *tide_format_with_unit (char *number, const char *unit);
/* For an axis whose step is @step: "7.5k", "2M", "0.05". */
char *tide_format_tick (double value, double step);
/* At most two units: "1 min 44 s", "42 s", "0.8 s" under ten seconds with one decimal; days at most. */
char *tide_format_duration (TideDuration duration);
/* As the latency pane: ms until 10 s. */
char *tide_format_latency (TideDuration duration);
/* Counts up by second to a minute, then by minute: "0.8 s", "42 s", "1 min", "2 h 5 min". */
char *tide_format_age (TideDuration age);
/* Decimal: "576 kB", "1.1 MB". */
char *tide_format_bytes (gint64 bytes);
/* "▲ 4.2 %" from @before to @now; a share (unit %) in points "▲ 1.6 pp"; NULL when there is nothing to compare. */
char *tide_format_change (double now, double before, bool is_share);
/* "56.9 %" of a fraction. */
char *tide_format_share (double fraction);
/* The zone of what is shown where no other is given: the workspace's. NULL: local. */
void tide_format_set_zone (GTimeZone *zone);
GTimeZone *tide_format_get_zone (void); /* a reference */
/* Clock times in @zone (NULL: the workspace's), 24 h if the locale has it. */
char *tide_format_clock (TideTime time, GTimeZone *zone, bool seconds);
/* "19:42:08.282", for the event browser only. */
char *tide_format_clock_ms (TideTime time, GTimeZone *zone);
/* "Sat 7 Nov 19:00". */
char *tide_format_date_time (TideTime time, GTimeZone *zone);
/* "Thu 12 Nov". */
char *tide_format_date (TideTime time, GTimeZone *zone);
/* "30 Oct – 12 Nov", "19:36–19:42" within a day. */
char *tide_format_range (TideTime from, TideTime to, GTimeZone *zone);

G_END_DECLS
