/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From answers of the batch layer to what Historical draws. No widgets. Thread: any. */
#pragma once

#include "app-chart-model.h"
#include "pipeline.h"

G_BEGIN_DECLS

/* One metric's rows over the range and, with @previous (may be NULL), over the period before, moved by @shift_us. */
TideChartData *tide_historical_get_chart (const TideRows *rows, const TideRows *previous, double shift_us, bool by_group,
                                          TidePeriod every);
/* What is asked and what comes back; immutable, counted by reference. */
typedef struct
{
  TideMetric *metrics[2]; /* the second may be NULL */
  TideTime from, to;
  TidePeriod every;
  bool by_group;          /* of the first */
  TideDuration shift;     /* to the period compared with; 0: none */
  guint serial, max_rows;
} TideHistoricalQuestion;

typedef struct
{
  TideRows *rows[2], *previous[2]; /* NULL where not asked */
  TidePeriod every;
  bool by_group;
  TideDuration shift;
  guint serial;
  gatomicrefcount refs;
} TideHistoricalAnswer;

TideHistoricalAnswer *tide_historical_answer_ref (TideHistoricalAnswer *answer);
void tide_historical_answer_unref (TideHistoricalAnswer *answer);
/* Copies @question. tide_pipeline_run_finish() gives the TideHistoricalAnswer. Thread: main. */
void tide_historical_ask_async (TidePipeline *pipeline, const TideHistoricalQuestion *question,
                                GCancellable *cancellable, GAsyncReadyCallback callback, void *data);

/* All rows of the first metric, with the columns that the table shows: previous and its change, and the second metric. */
bool tide_historical_write_csv (const TideHistoricalAnswer *answer, TideCsv *csv, GError **error);

/* The value over all rows of pane @time, found by halving; NULL: none. Rows are totals. */
const TideRow *tide_historical_find (const TideRows *rows, TideTime time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideHistoricalAnswer, tide_historical_answer_unref)

G_END_DECLS
