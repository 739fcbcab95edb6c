/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* The newest events of a stream, a filter, and one event as JSON. Thread: main. */
#define TIDE_TYPE_EVENT_BROWSER (tide_event_browser_get_type ())
G_DECLARE_FINAL_TYPE (TideEventBrowser, tide_event_browser, TIDE, EVENT_BROWSER, AdwBin)

void tide_event_browser_set_pipeline (TideEventBrowser *self, TidePipeline *pipeline);
void tide_event_browser_workspace_changed (TideEventBrowser *self);
/* With each snapshot: reads what is new, at most once a second, while it follows. */
void tide_event_browser_tick (TideEventBrowser *self, const TideLiveSnapshot *snapshot, const TideStatus *status,
                              bool paused);
void tide_event_browser_set_quarantined (TideEventBrowser *self, const char *label);
/* Focus to the filter. */
void tide_event_browser_search (TideEventBrowser *self);

/* A row of the table. */
#define TIDE_TYPE_EVENT_ITEM (tide_event_item_get_type ())
G_DECLARE_FINAL_TYPE (TideEventItem, tide_event_item, TIDE, EVENT_ITEM, GObject)
TideEventItem *tide_event_item_new (TideEvent *event); /* takes it */
const TideEvent *tide_event_item_get (TideEventItem *self);

/* app-event-columns.c: columns of @stream's fields, with _seq and partition @ offset. */
void tide_event_columns_set (GtkColumnView *view, const TideStream *stream);
/* app-event-json.c: the payload, or what the fields say, indented. */
char *tide_event_to_json (const TideEvent *event, const TideStream *stream);
char *tide_json_indent (const char *json);

G_END_DECLS
