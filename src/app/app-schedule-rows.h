/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that choose or write a schedule, with its next runs under them. Signal "changed". Thread: main. */
#pragma once

#include <adwaita.h>

#include "model.h"

G_BEGIN_DECLS

#define TIDE_TYPE_SCHEDULE_ROWS (tide_schedule_rows_get_type ())
G_DECLARE_FINAL_TYPE (TideScheduleRows, tide_schedule_rows, TIDE, SCHEDULE_ROWS, GObject)

/* Adds its rows to @group, which must live as long. @schedule NULL: by hand; @zone NULL: @fallback holds. */
TideScheduleRows *tide_schedule_rows_new (AdwPreferencesGroup *group, const char *schedule, const char *zone,
                                          GTimeZone *fallback);
bool tide_schedule_rows_is_valid (TideScheduleRows *self);
/* As the workspace file has it; NULL: by hand. */
char *tide_schedule_rows_get_schedule (TideScheduleRows *self);
/* "": none was named. */
char *tide_schedule_rows_get_zone (TideScheduleRows *self);

G_END_DECLS
