/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading of versions on a worker. */
#pragma once

#include "app-result-diff.h"

G_BEGIN_DECLS

/* Versions of an analysis, and the two that were asked for; immutable, counted by reference. */
typedef struct
{
  char *analysis;
  GPtrArray *versions;  /* TideResultVersion*, newest first */
  TideResultDiff *diff; /* NULL: there is no version */
  guint serial;
  gatomicrefcount refs;
} TideResultAnswer;

void tide_result_answer_unref (TideResultAnswer *answer);

#define TIDE_RESULT_NEWEST 0
#define TIDE_RESULT_NONE (-1)
#define TIDE_RESULT_PREVIOUS (-2)

/* @now: a version or NEWEST (also when it is gone); @before: a version, NONE, or PREVIOUS: the one before @now.
 * tide_pipeline_run_finish() gives the TideResultAnswer. Thread: main. */
void tide_result_ask_async (TidePipeline *pipeline, const char *analysis, gint64 now, gint64 before, guint serial,
                            GCancellable *cancellable, GAsyncReadyCallback callback, void *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideResultAnswer, tide_result_answer_unref)

G_END_DECLS
