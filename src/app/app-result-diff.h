/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A version of a result, and how another differs from it. No widgets. Thread: any. */
#pragma once

#include "app-chart-model.h"
#include "pipeline.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_KIND_TEXT,
  TIDE_KIND_NUMBER,
  TIDE_KIND_TIME, /* numbers that are µs since the epoch */
  TIDE_KIND_DATE, /* texts that are dates */
} TideResultKind;

typedef struct
{
  const char *name;  /* of a table */
  int now, before;   /* its index in each table; -1: it has none */
  TideResultKind kind;
  int decimals;      /* of a NUMBER: one count for all its cells */
  bool is_key;       /* tells rows apart */
} TideResultColumn;

typedef enum
{
  TIDE_ROW_SAME,
  TIDE_ROW_NEW,
  TIDE_ROW_GONE,
  TIDE_ROW_CHANGED,
} TideRowChange;

typedef struct
{
  TideRowChange change;
  int now, before;   /* row in each table; -1: it is not in it */
} TideResultRow;

/* Immutable, counted by reference. */
typedef struct
{
  TideResultTable *now, *before; /* before NULL: nothing is compared with */
  GArray *columns;               /* TideResultColumn: those of now, then those that only before has */
  GArray *rows;                  /* TideResultRow: those of now in their order, then those that are gone */
  guint n_new, n_gone, n_changed;
  int value;                     /* the column that a chart and a change are of; -1: none is a number */
  gatomicrefcount refs;
} TideResultDiff;

/* Takes references; @before NULL: nothing to compare with. Rows are matched by the columns that tell them apart: texts
 * and dates first, then any; rows that are alike in all are matched in their order. */
TideResultDiff *tide_result_diff_new (TideResultTable *now, TideResultTable *before);
TideResultDiff *tide_result_diff_ref (TideResultDiff *diff);
void tide_result_diff_unref (TideResultDiff *diff);

const TideResultColumn *tide_result_diff_get_column (const TideResultDiff *diff, guint index);
const TideResultRow *tide_result_diff_get_row (const TideResultDiff *diff, guint index);
/* The cell of that row; NULL where there is none. */
const TideResultCell *tide_result_diff_get_now (const TideResultDiff *diff, const TideResultRow *row, guint column);
const TideResultCell *tide_result_diff_get_before (const TideResultDiff *diff, const TideResultRow *row, guint column);
bool tide_result_cell_equal (const TideResultCell *a, const TideResultCell *b);
/* NAN when it is no number. */
double tide_result_cell_number (const TideResultCell *cell);
/* As a TideTime, for columns of times and dates; TIDE_TIME_NONE. */
TideTime tide_result_cell_time (const TideResultCell *cell);
/* As a person reads it; @cell NULL: –. */
char *tide_result_cell_format (const TideResultCell *cell, const TideResultColumn *column, GTimeZone *zone);
/* "10 of 52 rows differ", and "4 new, 6 changed, 0 gone". */
char *tide_result_diff_summary (const TideResultDiff *diff, char **ret_detail);
/* The rows as shown, with the cells of both versions where they are compared. */
bool tide_result_diff_write_csv (const TideResultDiff *diff, bool only_differences, int value, TideCsv *csv,
                                 GError **error);

/* What a chart of column @value can show. */
typedef enum
{
  TIDE_RESULT_CHART_NONE,
  TIDE_RESULT_CHART_TIMES,
  TIDE_RESULT_CHART_BARS, /* a bar a row, by its texts */
} TideResultChartKind;

TideResultChartKind tide_result_chart_kind (const TideResultDiff *diff, int value);
/* Of TIMES: columns with ticks of the version compared with, or a line a group where texts tell rows apart too. */
TideChartData *tide_result_chart_times (const TideResultDiff *diff, int value);
/* The zone that its axis shows: texts mean UTC, as SQLite's date functions write it; other times are @zone's. */
GTimeZone *tide_result_chart_zone (const TideResultDiff *diff, GTimeZone *zone);
/* What stands under a bar: the texts that tell the row apart. */
char *tide_result_row_label (const TideResultDiff *diff, const TideResultRow *row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideResultDiff, tide_result_diff_unref)

G_END_DECLS
