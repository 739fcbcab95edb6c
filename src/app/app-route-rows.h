/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is told of an alert: a row to switch on for each route there is. Thread: main. */
#pragma once

#include <adwaita.h>

#include "model.h"

G_BEGIN_DECLS

typedef struct _TideRouteRows TideRouteRows;

/* Adds its rows to @group, with what @routes of the file ticks (NULL: the key is missing). @changed (data) at each tick. */
TideRouteRows *tide_route_rows_new (AdwPreferencesGroup *group, const TideWorkspace *workspace, const char *routes,
                                    GCallback changed, void *data);
void tide_route_rows_free (TideRouteRows *rows);
/* As the file has it; NULL: what holds without the key. The caller's. */
char *tide_route_rows_get_value (const TideRouteRows *rows);

G_END_DECLS
