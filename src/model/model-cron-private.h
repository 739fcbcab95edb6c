/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-cron.h"

G_BEGIN_DECLS

struct _TideSchedule
{
  TideDuration interval; /* 0: cron */
  GTimeZone *zone;       /* NULL: UTC */
  char *text;
  uint64_t minutes;
  uint32_t hours, days; /* days of the month from bit 1 */
  uint16_t months;      /* from bit 1 */
  uint8_t weekdays;     /* from Sunday */
  bool any_day, any_weekday;
};

G_END_DECLS
