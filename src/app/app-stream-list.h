/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* Streams with events a second and a mark, at the bottom of the sidebar. */
#define TIDE_TYPE_STREAM_LIST (tide_stream_list_get_type ())
G_DECLARE_FINAL_TYPE (TideStreamList, tide_stream_list, TIDE, STREAM_LIST, GtkBox)

/* @status is borrowed; NULL: none. */
void tide_stream_list_update (TideStreamList *self, const TideStatus *status);

/* Sources with state and message: what is behind the 4/5 of the header bar. */
#define TIDE_TYPE_SOURCE_HEALTH (tide_source_health_get_type ())
G_DECLARE_FINAL_TYPE (TideSourceHealth, tide_source_health, TIDE, SOURCE_HEALTH, GtkBox)

void tide_source_health_update (TideSourceHealth *self, const TideStatus *status);

G_END_DECLS
