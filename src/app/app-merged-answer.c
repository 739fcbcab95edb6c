/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question of Merged and its answer: a plain struct goes to a worker, another comes back. The rows are of one read
 * transaction; the runs are read after it, as they only tell when the cut was made. */
#include "app-merged-answer.h"

#include <string.h>

#define MOST_RUNS 5

typedef struct
{
  TideQuery query;
  guint serial;
  bool by_group;
} Question;

static void
question_free (Question *question)
{
  tide_metric_unref (question->query.metric);
  g_free (question);
}

TideMergedAnswer *
tide_merged_answer_ref (TideMergedAnswer *answer)
{
  g_atomic_ref_count_inc (&answer->refs);
  return answer;
}

void
tide_merged_answer_unref (TideMergedAnswer *answer)
{
  if (answer == NULL || !g_atomic_ref_count_dec (&answer->refs))
    return;
  tide_rows_free (answer->rows);
  g_clear_pointer (&answer->runs, g_ptr_array_unref);
  tide_metric_unref (answer->query.metric);
  g_free (answer->job);
  g_free (answer);
}

static const char *
stream_name (const TideMetric *metric)
{
  return metric->numerator != NULL ? metric->numerator->stream->name : metric->stream->name;
}

static void
read_job (TidePipeline *pipeline, TideMergedAnswer *answer)
{
  TideScheduler *scheduler = tide_pipeline_get_scheduler (pipeline);
  g_autoptr (GPtrArray) jobs = scheduler != NULL ? tide_scheduler_get_jobs (scheduler) : NULL;

  for (guint i = 0; jobs != NULL && i < jobs->len; i++)
    {
      const TideJob *job = jobs->pdata[i];

      if (strcmp (job->name, answer->job) != 0)
        continue;
      answer->next = job->next;
      answer->is_running = job->running;
      answer->progress = job->progress;
    }
}

static void *
answer (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Question *question = data;
  g_autoptr (TideMergedAnswer) found = g_new0 (TideMergedAnswer, 1);
  g_autoptr (TideReader) reader = NULL;

  g_atomic_ref_count_init (&found->refs);
  found->query = question->query;
  tide_metric_ref (found->query.metric);
  found->serial = question->serial;
  found->by_group = question->by_group;
  found->next = TIDE_TIME_NONE;
  found->progress = -1;
  found->job = g_strconcat ("rollup:", stream_name (question->query.metric), NULL);
  found->rows = tide_serving_query (tide_pipeline_get_serving (pipeline), &question->query, cancellable, error);
  if (found->rows == NULL)
    return NULL;
  reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);
  if (reader == NULL)
    return NULL;
  found->runs = tide_store_get_runs (reader, found->job, TIDE_TIME_NONE, MOST_RUNS, error);
  if (found->runs == NULL)
    return NULL;
  read_job (pipeline, found);
  return g_steal_pointer (&found);
}

void
tide_merged_answer_ask_async (TidePipeline *pipeline, const TideQuery *query, guint serial, bool by_group,
                              GCancellable *cancellable, GAsyncReadyCallback callback, void *data)
{
  Question *question = g_new (Question, 1);

  *question = (Question){ .query = *query, .serial = serial, .by_group = by_group };
  tide_metric_ref (query->metric);
  tide_pipeline_run_async (pipeline, answer, question, (GDestroyNotify) question_free,
                           (GDestroyNotify) tide_merged_answer_unref, cancellable, callback, data);
}

TideMergedAnswer *
tide_merged_answer_ask_finish (TidePipeline *pipeline, GAsyncResult *result, GError **error)
{
  return tide_pipeline_run_finish (pipeline, result, error);
}
