/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From rules, their states and what happened to what the Alerts pane draws. No widgets. */
#pragma once

#include "app-alert-history.h"
#include "app-chart-model.h"
#include "pipeline.h"

G_BEGIN_DECLS

/* "above 2 % for 30 s", in the locale. Thread: any. */
char *tide_alert_describe (const TideAlert *alert);
/* A value that the rule observed, with its unit: "2.84 %", "42 s", "0.8 MAD". */
char *tide_alert_format_value (const TideAlert *alert, double value);
/* The same for its limits. */
char *tide_alert_format_limit (const TideAlert *alert, double limit);
const char *tide_alert_state_word (TideAlertState state);

/* What values of its metric, and limits in the same unit, are multiplied by in its chart: 100 for a share, else 1. */
double tide_alert_chart_scale (const TideAlert *alert);

/* What the pane asks for, on a worker. */
typedef struct
{
  char *rule, *group;       /* shown in detail; NULL: none */
  TideTime from, to;        /* of strips and history */
  TideTime chart_from;
  double threshold;         /* of a back-test; NAN: none is wanted */
  TideTime backtest_from;
  char *conf;               /* the workspace file that the back-test is of; NULL: as it is saved */
  guint serial;
} TideAlertsQuestion;

typedef struct
{
  GPtrArray *events;        /* TideAlertEvent*, newest first */
  TideAlertHistory *history; /* of them */
  TideAlert *alert;         /* borrowed from workspace; NULL: none */
  TideWorkspace *workspace;
  TideRows *rows;           /* of the rule's metric; NULL: it has none */
  TideRows *below;          /* of a ratio */
  TideBacktest *backtest;   /* NULL: none */
  double quietest;          /* limit that fires as often and no later limit does; NAN */
  char *backtest_problem;
  char *group;
  guint serial;
} TideAlertsAnswer;

void tide_alerts_answer_free (TideAlertsAnswer *answer);
/* Takes @question. */
void tide_alerts_ask_async (TidePipeline *pipeline, TideAlertsQuestion *question, GCancellable *cancellable,
                            GAsyncReadyCallback callback, void *data);
/* The chart of the rule's metric with its limits and spans; @draft: a limit being dragged, NAN: none. */
TideChartData *tide_alerts_get_chart (const TideAlertsAnswer *answer, double draft);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideAlertsAnswer, tide_alerts_answer_free)

/* The rule called @name, or NULL. @hint: where it may stand, since a snapshot of the watch has its rules in the workspace's
 * order: then this costs nothing, however many there are. */
const TideAlert *tide_alerts_find (const TideWorkspace *workspace, const char *name, guint hint);

G_END_DECLS
