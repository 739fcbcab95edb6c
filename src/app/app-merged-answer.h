/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that one refresh of Merged needs, read by one worker: rows, roll-ups, when the next one is due. Immutable. */
#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

typedef struct
{
  TideRows *rows;
  TideQuery query;     /* that it answers; owns its metric */
  bool by_group;       /* as asked: how to draw it */
  guint serial;        /* of the question */
  GPtrArray *runs;     /* TideRun*, newest first */
  TideTime next;       /* the next roll-up; TIDE_TIME_NONE */
  bool is_running;
  double progress;     /* of the roll-up under way; -1: not known */
  char *job;           /* "rollup:orders" */
  gatomicrefcount refs;
} TideMergedAnswer;

TideMergedAnswer *tide_merged_answer_ref (TideMergedAnswer *answer);
void tide_merged_answer_unref (TideMergedAnswer *answer);
/* Copies @query. Thread: main. */
void tide_merged_answer_ask_async (TidePipeline *pipeline, const TideQuery *query, guint serial, bool by_group,
                                   GCancellable *cancellable, GAsyncReadyCallback callback, void *data);
TideMergedAnswer *tide_merged_answer_ask_finish (TidePipeline *pipeline, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideMergedAnswer, tide_merged_answer_unref)

G_END_DECLS
