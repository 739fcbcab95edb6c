/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Cost & Latency asks a worker: the bill, its history, the advice, what came of advice, freshness. */
#pragma once

#include "app-chart-model.h"
#include "pipeline.h"

G_BEGIN_DECLS

/* Immutable, counted by reference. */
typedef struct
{
  TideTime time, from; /* the history's first hour, or the start of the range */
  TideWorkspace *workspace;
  TideCosts *costs;
  TideAdvices *advices;
  GPtrArray *applied;     /* TideAppliedAdvice*, newest first */
  GHashTable *objectives; /* metric → TideObjectiveFacts */
  TideChartData *chart;   /* cost by stream, USD → the currency */
  char *latency_stream;   /* whose latencies were asked for; NULL: none */
  GArray *latencies;      /* TideLatencyStep, each latency_step long, since @from; NULL: not asked for */
  TideDuration latency_step;
  gatomicrefcount refs;
} TideCostAnswer;

TideCostAnswer *tide_cost_answer_ref (TideCostAnswer *answer);
void tide_cost_answer_unref (TideCostAnswer *answer);

/* tide_pipeline_run_finish() gives the TideCostAnswer. @latency_stream: whose latencies over time; may be NULL. Thread:
 * main. */
void tide_cost_ask_async (TidePipeline *pipeline, TideDuration span, const char *latency_stream,
                          GCancellable *cancellable, GAsyncReadyCallback callback, void *data);

/* In the locale; as tide_money_format(): never 0.00 for what is not nothing. */
char *tide_cost_money (double amount);

typedef struct
{
  TideTime hour;
  double seconds; /* of it that were metered */
} TideMeteredHour;

/* The chart: @hours of tide_costs_history(), @metered ascending. Pure. */
TideChartData *tide_cost_make_chart (const GPtrArray *hours, const GArray *metered, const TideWorkspace *workspace,
                                     const TideCosts *costs, const GPtrArray *applied, TideTime from, TideTime now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideCostAnswer, tide_cost_answer_unref)

G_END_DECLS
