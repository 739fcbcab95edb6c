/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-time.h"

G_BEGIN_DECLS

/* When something runs: five-field cron in a zone (lists, ranges, steps, names; both day fields given: either,
 * where one that begins with '*' is not given, as in Vixie's), or "every 15min" aligned to the epoch in UTC. */
typedef struct _TideSchedule TideSchedule;

/* Also fails for a cron that never fires (30 2 31 2 *). "@hourly", "@daily", "@weekly", "@monthly" are known. */
TideSchedule *tide_schedule_new (const char *text, GTimeZone *zone, GError **error);
void tide_schedule_free (TideSchedule *schedule);
/* The first time after @after. A local time that daylight saving skips fires at the first instant after the
 * gap; one that is repeated fires once, the first time. TIDE_TIME_NONE past the year 9999. */
TideTime tide_schedule_next (const TideSchedule *schedule, TideTime after);
/* Between the next two times after @now; a day when it does not fire twice again. */
TideDuration tide_schedule_get_interval (const TideSchedule *schedule, TideTime now);
/* "daily 02:00", "every 15 min", "Sun 05:00", or the cron text. */
char *tide_schedule_describe (const TideSchedule *schedule);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSchedule, tide_schedule_free)

G_END_DECLS
