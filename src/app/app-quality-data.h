/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the counters of rules to what the Quality pane shows. No widgets. */
#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_QUALITY_DAYS 30      /* of a stream's score */
#define TIDE_QUALITY_RULE_DAYS 14 /* of a rule's failures */

/* In order of alarm. */
typedef enum
{
  TIDE_QUALITY_OFF, /* no events */
  TIDE_QUALITY_HOLDS,
  TIDE_QUALITY_WARNING,
  TIDE_QUALITY_FAILING,
} TideQualityState;

typedef struct
{
  char *id;   /* "amount.min", ".format"; of a repair "amount.trim" */
  char *text; /* "amount ≥ 0" */
  bool is_repair, is_of_stream;
  bool is_implied;     /* well-formed, of its type: nobody wrote it */
  TideRuleTerms terms; /* of a rule */
  gint64 events;       /* looked at today: of the stream, or times that a stream's rule was */
  gint64 days[TIDE_QUALITY_RULE_DAYS]; /* events that broke it (were put right by it), the last is today */
  TideQualityState state;
} TideQualityRule;

typedef struct
{
  char *name;
  TideQualityState state;
  gint64 events[TIDE_QUALITY_DAYS], bad[TIDE_QUALITY_DAYS]; /* by day, the last is today; bad: broke any rule */
  gint64 failed;        /* of today's: in quarantine */
  double today, before; /* score: share of events that break no rule; of the seven days before; NAN: no events */
  guint n_rules, n_failing;
  GPtrArray *rules;     /* TideQualityRule*, rules first, then repairs */
  guint n_states;
  guint8 *states;       /* TideQualityState over the span, oldest first */
  gint64 waiting, replayed, discarded; /* in quarantine */
} TideQualityStream;

/* Immutable, counted by reference. */
typedef struct
{
  TideWorkspace *workspace;
  GPtrArray *streams; /* TideQualityStream*, in the workspace's order */
  TideTime from, to;  /* of the states */
  gatomicrefcount refs;
} TideQualityAnswer;

TideQualityAnswer *tide_quality_answer_ref (TideQualityAnswer *answer);
void tide_quality_answer_unref (TideQualityAnswer *answer);
const TideQualityStream *tide_quality_answer_find (const TideQualityAnswer *answer, const char *stream);

/* @hours: TideQualityHour*, ascending; @zone: of the days. Pure. */
TideQualityAnswer *tide_quality_summarise (TideWorkspace *workspace, const GPtrArray *hours, GTimeZone *zone,
                                           TideDuration span, TideTime now);

/* tide_pipeline_run_finish() gives the TideQualityAnswer. Thread: main. */
void tide_quality_ask_async (TidePipeline *pipeline, TideDuration span, GCancellable *cancellable,
                             GAsyncReadyCallback callback, void *data);

const char *tide_quality_state_word (TideQualityState state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideQualityAnswer, tide_quality_answer_unref)

G_END_DECLS
