/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "app-chart-model.h"

G_BEGIN_DECLS

/* The time axis that the charts of one pane share: visible range, crosshair, pause. Thread: main.
 * Signal "range-changed" (gboolean by_user): the visible range is another one; by_user FALSE when it only follows
 * now or home. Properties to bind and to watch: "paused", "zoomed", "relative" (booleans), "crosshair" (double,
 * NAN: none). */
#define TIDE_TYPE_CHART_AXIS (tide_chart_axis_get_type ())
G_DECLARE_FINAL_TYPE (TideChartAxis, tide_chart_axis, TIDE, CHART_AXIS, GObject)

/* @zone: a reference is taken; NULL is the local zone. */
TideChartAxis *tide_chart_axis_new (GTimeZone *zone);
void tide_chart_axis_set_zone (TideChartAxis *self, GTimeZone *zone);
GTimeZone *tide_chart_axis_get_zone (TideChartAxis *self); /* borrowed */
/* A fixed range to come back to (Historical, Merged); shown at once unless zoomed. µs UTC. */
void tide_chart_axis_set_home (TideChartAxis *self, double from, double to);
/* Live: the last @span_us before now; with ages as labels while neither paused nor zoomed. */
void tide_chart_axis_set_live (TideChartAxis *self, double span_us);
/* Moves a live axis, unless paused or zoomed. Called with each snapshot. */
void tide_chart_axis_set_now (TideChartAxis *self, double now);
void tide_chart_axis_get_range (TideChartAxis *self, double *ret_from, double *ret_to);
/* As a person does it: zooms; kept until reset. */
void tide_chart_axis_zoom (TideChartAxis *self, double from, double to);
void tide_chart_axis_pan (TideChartAxis *self, double delta_us);
/* Scales around @time; @factor < 1 zooms in. */
void tide_chart_axis_scale (TideChartAxis *self, double time, double factor);
void tide_chart_axis_reset (TideChartAxis *self);
bool tide_chart_axis_is_zoomed (TideChartAxis *self);
/* What is shown, in µs, where the person has zoomed; else @home. */
TideDuration tide_chart_axis_get_span (TideChartAxis *self, TideDuration home);
bool tide_chart_axis_is_relative (TideChartAxis *self);
void tide_chart_axis_set_paused (TideChartAxis *self, bool paused);
/* NAN: none. Selecting a row of the table sets it as well. */
void tide_chart_axis_set_crosshair (TideChartAxis *self, double time);
double tide_chart_axis_get_crosshair (TideChartAxis *self);
/* Bounds of zoom and pan; by default 1 s shortest, and for a live axis now; no other. */
void tide_chart_axis_set_bounds (TideChartAxis *self, double from, double to, double shortest_us);

/* The chart. Signals: "series-toggled" (const char *id, gboolean visible), "cut-activated" (the pill was clicked:
 * copy the position), "activated" (double time: Enter or a click on a pane without dragging). */
#define TIDE_TYPE_CHART (tide_chart_get_type ())
G_DECLARE_FINAL_TYPE (TideChart, tide_chart, TIDE, CHART, GtkWidget)

GtkWidget *tide_chart_new (TideChartAxis *axis);
/* NULL: the empty axes. Takes a reference; draws only what changed, at most 10 times a second. */
void tide_chart_set_data (TideChart *self, TideChartData *data);
/* What comes next is of another size (longer panes): the values' axis fits it at once instead of shrinking late. */
void tide_chart_forget_values (TideChart *self);
TideChartData *tide_chart_get_data (TideChart *self); /* borrowed */
void tide_chart_set_axis (TideChart *self, TideChartAxis *axis);
TideChartAxis *tide_chart_get_axis (TideChart *self);
/* Hero: thicker lines, 4–5 ticks, at least 250 high. Default: a card's chart. */
void tide_chart_set_hero (TideChart *self, bool hero);
/* Title, subtitle and unit over the plot (cards and Merged have their own: off by default). */
void tide_chart_set_show_title (TideChart *self, bool show);
/* Only the lowest of stacked charts shows its time labels. Default: on. */
void tide_chart_set_show_times (TideChart *self, bool show);
/* The first limit can be dragged, and moved with Alt+↑ and Alt+↓ (Shift: by ten): signal "limit-moved" (double value,
 * gboolean done). The owner gives new data with the limit where it is. */
void tide_chart_set_limit_moves (TideChart *self, bool moves);
void tide_chart_set_series_visible (TideChart *self, const char *id, bool visible);
bool tide_chart_get_series_visible (TideChart *self, const char *id);
/* The visible values as text: GStrv rows, the first one the header ("time", labels with unit); newest first, at
 * most @max rows (0: all). For a table that screen readers can walk, and for copying. */
GPtrArray *tide_chart_get_table (TideChart *self, guint max);
/* That table in a window of its own (key T on the chart). */
void tide_chart_show_values (TideChart *self);
/* One paragraph: title, range, and for each series last, lowest and highest value. */
char *tide_chart_get_summary (TideChart *self);

G_END_DECLS
