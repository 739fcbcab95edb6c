/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one chart shows. Built on any thread, then handed to a TideChart and never changed again. */
#pragma once

#include "app-palette.h"
#include "model.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_CHART_LINE,     /* 1.5 px in cards, 2 px in hero charts */
  TIDE_CHART_STEPS,    /* a value holds until the next: batch metrics */
  TIDE_CHART_AREA,     /* a line over 8 % fill: a single additive series; the axis starts at 0 */
  TIDE_CHART_STACK,    /* filled, on top of the STACK series added before it (which share its x) */
  TIDE_CHART_PREVIOUS, /* thin grey: the previous period, its x already moved */
  TIDE_CHART_FORECAST, /* dashed foreground */
} TideChartStyle;

/* n points; x in µs UTC ascending; y NAN: no value, breaks the line. Owned by the data. */
typedef struct
{
  char *id;      /* the series keeps its on/off state by this */
  char *label;
  TideRole role; /* colour and mark: tide_palette_role_of_group() */
  TideChartStyle style;
  gsize n;
  const double *x, *y;
  const double *top;  /* STACK: sums up to here, else y */
  const double *base; /* STACK: sums below, or NULL */
  /* private */
  GBytes *x_bytes, *y_bytes, *top_bytes;
} TideChartSeries;

/* One pane of a column chart, [from, to): batch below (solid), speed on top (hatched). NAN: none of it. */
typedef struct
{
  double from, to;
  double batch, speed;
  double other;  /* a tick across the column: the version compared with; NAN: none */
  bool open;     /* not over yet: dashed outline */
  char *note;    /* over the column: "−1.4 %", "new"; NULL: none. Copied by add. */
} TideChartColumn;

typedef enum
{
  TIDE_BAND_NO_DATA,  /* grey, dashed left edge, amber text */
  TIDE_BAND_LAG,      /* the same: still to be read */
  TIDE_BAND_GAP,      /* grey, dashed on both sides, amber text */
  TIDE_BAND_FIRING,   /* 9 % critical and a 2 px bar on top */
  TIDE_BAND_PENDING,  /* sparse amber hatch */
  TIDE_BAND_ASLEEP,   /* grey, no edges */
} TideBandKind;

typedef struct
{
  TideBandKind kind;
  double from, to; /* INFINITY: to the edge */
  char *text;      /* "no data for 42 s"; NULL: none */
} TideChartBand;

typedef enum
{
  TIDE_LIMIT_CRITICAL, /* dashed, critical */
  TIDE_LIMIT_WARNING,  /* dashed, amber: a budget */
  TIDE_LIMIT_CLEARING, /* dotted, dim */
} TideLimitKind;

typedef struct
{
  TideLimitKind kind;
  double value;
  char *label;
} TideChartLimit;

/* A thin dashed vertical: "applied: sensors every 1 min". */
typedef struct
{
  double time;
  char *label;
} TideChartAct;

typedef enum
{
  TIDE_CUT_NONE,
  TIDE_CUT_SMALL, /* 1 px and the word "cut": Historical, cards */
  TIDE_CUT_FULL,  /* Merged */
} TideCutForm;

typedef struct
{
  TideCutForm form;
  double time;          /* event time of its last event */
  TideSeq seq;
  guint64 speed_events; /* after it */
} TideChartCut;

typedef struct _TideChartData TideChartData;

TideChartData *tide_chart_data_new (const char *title, const char *unit);
TideChartData *tide_chart_data_ref (TideChartData *data);
void tide_chart_data_unref (TideChartData *data);

/* Takes references; @x and @y hold doubles (g_bytes_new_with_free_func() over a snapshot's array copies
 * nothing). Series may share @x. */
void tide_chart_data_add_series (TideChartData *data, const char *id, const char *label, TideRole role,
                                 TideChartStyle style, GBytes *x, GBytes *y);
/* The same from arrays that are copied. */
void tide_chart_data_add_series_copy (TideChartData *data, const char *id, const char *label, TideRole role,
                                      TideChartStyle style, const double *x, const double *y, gsize n);
void tide_chart_data_add_column (TideChartData *data, const TideChartColumn *column);
void tide_chart_data_add_band (TideChartData *data, TideBandKind kind, double from, double to, const char *text);
void tide_chart_data_add_limit (TideChartData *data, TideLimitKind kind, double value, const char *label);
void tide_chart_data_add_act (TideChartData *data, double time, const char *label);
void tide_chart_data_set_cut (TideChartData *data, TideCutForm form, double time, TideSeq seq, guint64 speed_events);
/* One call-out for late events, pointing at the column with the most: "Late for published panes: 214 events,
 * 6,180 EUR", "counted by the speed layer until the next roll-up". */
void tide_chart_data_set_late (TideChartData *data, const char *text, const char *detail);
/* Behind the title, dim: "by city", "p95". */
void tide_chart_data_set_subtitle (TideChartData *data, const char *subtitle);
/* Lines too start at 0 (columns, areas and stacks always do). */
void tide_chart_data_set_from_zero (TideChartData *data, bool from_zero);
/* From @time on panes are not over yet: there lines are dashed, as columns have their own flag. */
void tide_chart_data_set_open (TideChartData *data, double time);
/* Of values in readout and table; -1 (the default): three significant digits. */
void tide_chart_data_set_decimals (TideChartData *data, int decimals);

const char *tide_chart_data_get_title (const TideChartData *data);
const char *tide_chart_data_get_subtitle (const TideChartData *data);
const char *tide_chart_data_get_unit (const TideChartData *data);
int tide_chart_data_get_decimals (const TideChartData *data);
bool tide_chart_data_get_from_zero (const TideChartData *data);
double tide_chart_data_get_open (const TideChartData *data); /* INFINITY: all are over */
guint tide_chart_data_get_n_series (const TideChartData *data);
const TideChartSeries *tide_chart_data_get_series (const TideChartData *data, guint index);
const TideChartColumn *tide_chart_data_get_columns (const TideChartData *data, guint *ret_n);
const TideChartBand *tide_chart_data_get_bands (const TideChartData *data, guint *ret_n);
const TideChartLimit *tide_chart_data_get_limits (const TideChartData *data, guint *ret_n);
const TideChartAct *tide_chart_data_get_acts (const TideChartData *data, guint *ret_n);
const TideChartCut *tide_chart_data_get_cut (const TideChartData *data);
const char *tide_chart_data_get_late (const TideChartData *data, const char **ret_detail);

/* Same picture: the chart does not draw again. */
bool tide_chart_data_equal (const TideChartData *a, const TideChartData *b);
bool tide_chart_data_is_empty (const TideChartData *data);
/* Lowest and highest value within [from, to], limits left out; FALSE when there is none. @is_hidden (nullable)
 * tells which series are switched off. */
bool tide_chart_data_get_value_range (const TideChartData *data, double from, double to,
                                      bool (*is_hidden) (const char *id, void *user_data), void *user_data,
                                      double *ret_lo, double *ret_hi);
/* First and last x of all; FALSE when empty. */
bool tide_chart_data_get_time_range (const TideChartData *data, double *ret_from, double *ret_to);
/* The nearest x that has a value (or column), for the crosshair; FALSE when empty. */
bool tide_chart_data_get_nearest (const TideChartData *data, double time, double *ret_time);
/* The nth x after (before: negative) @time. */
bool tide_chart_data_step (const TideChartData *data, double time, int steps, double *ret_time);
/* Value of a series at exactly @time; NAN when it has none. */
double tide_chart_series_get_value (const TideChartSeries *series, double time);
/* Index of the last point with a value at or before @to; -1: none. */
gssize tide_chart_series_get_last (const TideChartSeries *series, double to);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideChartData, tide_chart_data_unref)

G_END_DECLS
