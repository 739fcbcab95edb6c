/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A schedule's times go forward, and it can be described; durations, periods and times come back from their text. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static GTimeZone *zone;
  g_autofree char *text = fuzz_text (data, size), *described = NULL;
  g_autoptr (TideSchedule) schedule = NULL;
  g_autoptr (GError) error = NULL;
  TideTime time = (TideTime) 1767225600 * TIDE_SECOND;
  TideDuration duration, again;
  TidePeriod period;

  if (zone == NULL)
    zone = tide_time_zone_new ("Europe/Berlin", NULL);
  schedule = tide_schedule_new (text, zone, &error);
  fuzz_check ((schedule == NULL) == (error != NULL));
  for (guint i = 0; schedule != NULL && i < 8; i++)
    {
      TideTime next = tide_schedule_next (schedule, time);

      if (next == TIDE_TIME_NONE)
        break;
      fuzz_check (next > time);
      time = next;
    }
  if (schedule != NULL)
    described = tide_schedule_describe (schedule);
  if (tide_duration_parse (text, &duration, NULL))
    {
      g_autofree char *written = tide_duration_to_string (duration);

      fuzz_check (tide_duration_parse (written, &again, NULL) && again == duration);
    }
  if (tide_period_parse (text, &period, NULL))
    {
      TideTime start = tide_period_floor (period, zone, time);

      fuzz_check (start <= time && tide_period_next (period, zone, start) > time);
    }
  if (tide_time_parse (text, size, zone, &time))
    {
      char buffer[TIDE_TIME_STR_MAX];
      gsize len = tide_time_format (time, buffer);
      TideTime same;

      fuzz_check (tide_time_parse (buffer, len, NULL, &same) && same == time);
    }
  return 0;
}
