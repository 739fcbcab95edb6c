/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store.h"

G_BEGIN_DECLS

/* Whether metrics are as fresh as they are meant to be: seconds in which the objective was met. Thread-safe. */
typedef struct _TideFreshMeter TideFreshMeter;

TideFreshMeter *tide_fresh_meter_new (const TideClock *clock);
void tide_fresh_meter_free (TideFreshMeter *freshness);
/* @age: of the answer that the metric's tier gives now; it was so for @seconds. */
void tide_fresh_meter_add (TideFreshMeter *freshness, const TideMetric *metric, TideDuration age, double seconds);
/* The age at the last look; -1: not looked at. */
TideDuration tide_fresh_meter_get_age (TideFreshMeter *freshness, const char *metric);
/* Moves what came to the table `freshness`. Thread: worker. Errors: FULL, CANCELLED; nothing is lost. */
bool tide_fresh_meter_save (TideFreshMeter *freshness, TideWriter *writer, GError **error);

typedef struct
{
  double measured_s;   /* in 30 days */
  double met;          /* share of them; NAN: none */
  double budget_left;  /* share of the error budget of 30 days; below 0: overspent */
  /* How fast the budget is being spent, 1 being just at the end of 30 days: over the last hour and six (Google SRE
   * workbook, chapter 5). */
  double burn_1h, burn_6h;
} TideObjectiveFacts;

/* From the table. @target: workspace->fresh_target. Thread: worker. */
bool tide_objective_get_facts (TideReader *reader, const char *metric, double target, TideTime now,
                               TideObjectiveFacts *ret_facts, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideFreshMeter, tide_fresh_meter_free)

G_END_DECLS
