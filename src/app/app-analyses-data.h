/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From runs, jobs and the workspace to what the table of Analyses says. No widgets. Thread: any. */
#pragma once

#include "app-mark.h"
#include "pipeline.h"

G_BEGIN_DECLS

/* A time that was due and passed without a run. */
typedef struct
{
  TideTime due;
  TideTime noticed;   /* when it was recorded: until then nothing ran */
  TideTime caught_up; /* start of the run that made up for it; TIDE_TIME_NONE */
} TideMissedSlot;

typedef enum
{
  TIDE_OUTCOME_WAITING,   /* never ran */
  TIDE_OUTCOME_RUNNING,
  TIDE_OUTCOME_FAILED,
  TIDE_OUTCOME_MISSED,
  TIDE_OUTCOME_CAUGHT_UP, /* succeeded, after a time that was missed */
  TIDE_OUTCOME_SUCCEEDED,
  TIDE_OUTCOME_CANCELLED,
  TIDE_OUTCOME_OFF,
} TideOutcome;

/* What became of a job, without what is under way. */
typedef struct
{
  GPtrArray *runs;      /* TideRun*, oldest first, none that is TIDE_RUN_MISSED */
  GArray *missed;       /* TideMissedSlot, oldest first */
  TideDuration longest; /* of the runs; 0: none */
  const TideRun *last;  /* newest that ended; NULL */
  const TideRun *good;  /* newest that succeeded; NULL */
  TideOutcome outcome;
} TideJobHistory;

/* Takes @runs, newest first. @skips: missed times are not made up for. */
TideJobHistory *tide_job_history_new (GPtrArray *runs, bool skips);
void tide_job_history_free (TideJobHistory *history);

/* The outcome as a person reads it, with the job's state now: "Running 64 %", "Failed". */
TideOutcome tide_outcome_of (const TideJob *job, const TideJobHistory *history);
TideState tide_outcome_state (TideOutcome outcome);
char *tide_outcome_word (const TideJob *job, TideOutcome outcome);
/* NULL: it is no analysis, or is gone from the workspace. */
const TideAnalysis *tide_job_get_analysis (const TideJob *job, const TideWorkspace *workspace);
/* "Revenue by city", "Roll-up of orders", "Report overview". */
char *tide_job_get_title (const TideJob *job, const TideWorkspace *workspace);
/* The stream, the report, or the analysis by name. */
const char *tide_job_get_subject (const TideJob *job);
/* "daily 02:00 · Europe/Berlin", "every 30 min · retry 2 of 3", "by hand only". @analysis NULL: it is none. */
char *tide_job_words (const TideJob *job, const TideAnalysis *analysis, const TideWorkspace *workspace);
/* "in 6 h 17 min", "now"; – for TIDE_TIME_NONE. */
char *tide_until_words (TideTime time, TideTime now);
/* "19:00" today, "Fri 02:00" within six days, else "Sat 7 Nov". */
char *tide_near_words (TideTime time, TideTime now, GTimeZone *zone);
/* "64 %" and "2.1 M events · 5.1 s, about 2.9 s left". */
char *tide_progress_words (const TideJob *job, TideTime now);

/* Histories of all jobs over a range; immutable, counted by reference. */
typedef struct
{
  TideTime from, to;
  GHashTable *histories; /* name → TideJobHistory* */
  gatomicrefcount refs;
} TideAnalysesAnswer;

TideAnalysesAnswer *tide_analyses_answer_ref (TideAnalysesAnswer *answer);
void tide_analyses_answer_unref (TideAnalysesAnswer *answer);
/* Spans in which nothing ran though something was due, of all jobs: TideTime pairs, merged, ascending. */
GArray *tide_analyses_get_asleep (const TideAnalysesAnswer *answer);
/* Of every job of the scheduler. tide_pipeline_run_finish() gives the TideAnalysesAnswer.
 * Thread: main. */
void tide_analyses_ask_async (TidePipeline *pipeline, TideTime from, TideTime to, GCancellable *cancellable,
                              GAsyncReadyCallback callback, void *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideJobHistory, tide_job_history_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideAnalysesAnswer, tide_analyses_answer_unref)

G_END_DECLS
