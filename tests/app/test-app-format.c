/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a person reads. In the C locale, whose grouping is set to commas.
 */
#include "app-format.h"

#include <math.h>
#include <string.h>

#define N TIDE_NNBSP

static void
expect (char *text, const char *expected)
{
  g_autofree char *owned = text;

  g_assert_cmpstr (text, ==, expected);
}

static void
test_numbers (void)
{
  expect (tide_format_number (2164310.42, 2), "2,164,310.42");
  expect (tide_format_number (-14513.4, 2), TIDE_MINUS "14,513.40");
  expect (tide_format_number (-0.001, 2), "0.00");
  expect (tide_format_number (NAN, 2), TIDE_NO_VALUE);
  expect (tide_format_number (INFINITY, 0), TIDE_NO_VALUE);
  expect (tide_format_int (48120331), "48,120,331");
  expect (tide_format_int (-999), TIDE_MINUS "999");
  expect (tide_format_int (G_MININT64), TIDE_MINUS "9,223,372,036,854,775,808");
  expect (tide_format_short (41.6), "41.6");
  expect (tide_format_short (2.84), "2.84");
  expect (tide_format_short (9.999), "10.0");
  expect (tide_format_short (99.96), "100");
  expect (tide_format_short (14804.4), "14,804");
  expect (tide_format_short (0.025), "0.0250");
  expect (tide_format_short (0), "0");
}

static void
test_values (void)
{
  expect (tide_format_value (tide_value_exact (216431042, 2)), "2,164,310.42");
  expect (tide_format_value (tide_value_exact (-5, 2)), TIDE_MINUS "0.05");
  expect (tide_format_value (tide_value_exact (0, 0)), "0");
  expect (tide_format_value (tide_value_exact (1234, 0)), "1,234");
  expect (tide_format_value (tide_value_real (41.62)), "41.6");
  expect (tide_format_value ((TideValue){ 0 }), TIDE_NO_VALUE);
  /* More digits than a double or an int64 has. */
  expect (tide_format_value (tide_value_exact ((TideInt128) 123456789012345678 * 1000000 + 1, 2)),
          "1,234,567,890,123,456,780,000.01");
  expect (tide_format_with_unit (tide_format_int (14804), "EUR/min"), "14,804" N "EUR/min");
  expect (tide_format_with_unit (g_strdup (TIDE_NO_VALUE), "EUR"), TIDE_NO_VALUE);
  expect (tide_format_with_unit (g_strdup ("1"), NULL), "1");
}

static void
test_ticks (void)
{
  expect (tide_format_tick (7500, 2500), "7.5k");
  expect (tide_format_tick (5000, 2500), "5k");
  expect (tide_format_tick (0, 2500), "0");
  expect (tide_format_tick (-2500, 2500), TIDE_MINUS "2.5k");
  expect (tide_format_tick (2e6, 1e6), "2M");
  expect (tide_format_tick (0.1 + 0.2, 0.1), "0.3");
  expect (tide_format_tick (450, 50), "450");
  expect (tide_format_tick (1e3, 500), "1k");
}

static void
test_durations (void)
{
  expect (tide_format_duration (104 * TIDE_SECOND), "1" N "min 44" N "s");
  expect (tide_format_duration (42 * TIDE_SECOND), "42" N "s");
  expect (tide_format_duration (2 * TIDE_HOUR), "2" N "h");
  expect (tide_format_duration (2 * TIDE_DAY + 9 * TIDE_HOUR + 5 * TIDE_MINUTE), "2" N "d 9" N "h");
  expect (tide_format_duration (810 * TIDE_MS), "0.8" N "s");
  expect (tide_format_duration (900), "0.9" N "ms");
  expect (tide_format_duration (59 * TIDE_SECOND + 999 * TIDE_MS), "59" N "s");
  expect (tide_format_duration (-5 * TIDE_MINUTE), TIDE_MINUS "5" N "min");
  expect (tide_format_latency (452 * TIDE_MS), "452" N "ms");
  expect (tide_format_latency (9999 * TIDE_MS), "9,999" N "ms");
  expect (tide_format_latency (10 * TIDE_SECOND), "10" N "s");
  expect (tide_format_age (800 * TIDE_MS), "0.8" N "s");
  expect (tide_format_age (-5), "0.0" N "s");
  expect (tide_format_age (42 * TIDE_SECOND), "42" N "s");
  expect (tide_format_age (119 * TIDE_SECOND), "1" N "min");
  expect (tide_format_age (125 * TIDE_MINUTE), "2" N "h 5" N "min");
}

static void
test_bytes_and_changes (void)
{
  expect (tide_format_bytes (576000), "576" N "kB");
  expect (tide_format_bytes (1100000), "1.1" N "MB");
  expect (tide_format_bytes (16000000), "16" N "MB");
  expect (tide_format_bytes (999), "999" N "B");
  expect (tide_format_bytes (999600), "1.0" N "MB");
  expect (tide_format_change (104.2, 100, false), "▲ 4.2" N "%");
  expect (tide_format_change (99.4, 100, false), "▼ 0.6" N "%");
  expect (tide_format_change (2.84, 1.24, true), "▲ 1.6" N "pp");
  expect (tide_format_change (100, 100, false), "0.0" N "%");
  expect (tide_format_change (1, 0, false), NULL);
  expect (tide_format_change (NAN, 1, false), NULL);
  expect (tide_format_share (0.569), "56.9" N "%");
}

static void
test_times (void)
{
  g_autoptr (GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");
  TideTime time = 1794508928282000; /* 2026-11-12T18:42:08.282Z */

  expect (tide_format_clock (time, berlin, true), "19:42:08");
  expect (tide_format_clock (time, berlin, false), "19:42");
  expect (tide_format_clock_ms (time, berlin), "19:42:08.282");
  expect (tide_format_date (time, berlin), "Thu 12 Nov");
  expect (tide_format_date_time (time / TIDE_HOUR * TIDE_HOUR, berlin), "Thu 12 Nov 19:00");
  expect (tide_format_range (time - 13 * TIDE_DAY, time, berlin), "30 Oct – 12 Nov");
  expect (tide_format_range (time - 6 * TIDE_MINUTE, time, berlin), "19:36–19:42");
  expect (tide_format_clock_ms (-1, berlin), "00:59:59.999");
  /* Where no zone is given it is the workspace's. */
  tide_format_set_zone (berlin);
  expect (tide_format_clock (time, NULL, true), "19:42:08");
  tide_format_set_zone (NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/format/numbers", test_numbers);
  g_test_add_func ("/app/format/values", test_values);
  g_test_add_func ("/app/format/ticks", test_ticks);
  g_test_add_func ("/app/format/durations", test_durations);
  g_test_add_func ("/app/format/bytes-and-changes", test_bytes_and_changes);
  g_test_add_func ("/app/format/times", test_times);
  return g_test_run ();
}
