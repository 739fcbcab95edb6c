/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workers: whatever blocks runs on one of them, and answers through GTask. */
#include "pipeline-private.h"

typedef struct
{
  GTask *task;
  TidePipelineFunc func;
  void *data;
  GDestroyNotify free_data, free_result;
  bool upkeep; /* the pipeline's own */
} Work;

static void
query_free (void *data)
{
  TideQuery *query = data;

  tide_metric_unref (query->metric);
  g_free (query);
}

static void *
query_work (TidePipeline *self, void *data, GCancellable *cancellable, GError **error)
{
  return tide_serving_query (self->serving, data, cancellable, error);
}

/**
 * tide_pipeline_work:
 * @item: owned
 *
 * What a thread of the pool does. Its CPU time goes to the query's metric.
 *
 * Thread: a worker.
 */
void
tide_pipeline_work (void *item, void *pipeline)
{
  Work *job = item;
  TidePipeline *self = pipeline;
  GCancellable *cancellable = g_task_get_cancellable (job->task);
  GError *error = NULL;
  void *result = NULL;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  if (!g_cancellable_set_error_if_cancelled (cancellable, &error))
    {
      g_autofree char *metric = job->func == query_work ? g_strdup (((TideQuery *) job->data)->metric->name) : NULL;
      int64_t start_ns = tide_thread_cpu_ns ();

      result = job->func (self, job->data, cancellable, &error);
      tide_pipeline_work_used (self, job->upkeep ? TIDE_USE_SHARED : TIDE_USE_QUERY, NULL,
                               job->upkeep ? TIDE_UPKEEP : metric, tide_thread_cpu_ns () - start_ns);
    }
  if (job->free_data != NULL)
    job->free_data (job->data);
  if (error != NULL)
    g_task_return_error (job->task, error);
  else
    g_task_return_pointer (job->task, result, job->free_result);
  g_object_unref (job->task);
  g_free (job);
}

void
tide_pipeline_run_async (TidePipeline *self, TidePipelineFunc func, void *data, GDestroyNotify free_data,
                         GDestroyNotify free_result, GCancellable *cancellable, GAsyncReadyCallback callback,
                         void *callback_data)
{
  Work *job = g_new0 (Work, 1);

  job->task = g_task_new (self, cancellable, callback, callback_data);
  job->func = func;
  job->data = data;
  job->free_data = free_data;
  job->free_result = free_result;
  job->upkeep = callback == NULL;
  if (self->workers != NULL)
    {
      g_thread_pool_push (self->workers, job, NULL);
      return;
    }
  if (free_data != NULL)
    free_data (data);
  g_task_return_new_error (job->task, TIDE_ERROR, TIDE_ERROR_CANCELLED, "the workspace is closed");
  g_object_unref (job->task);
  g_free (job);
}

void *
tide_pipeline_run_finish (TidePipeline *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
tide_pipeline_query_async (TidePipeline *self, const TideQuery *query, GCancellable *cancellable,
                           GAsyncReadyCallback callback, void *data)
{
  TideQuery *copy = g_memdup2 (query, sizeof *query);

  tide_metric_ref (copy->metric);
  tide_pipeline_run_async (self, query_work, copy, query_free, (GDestroyNotify) tide_rows_free, cancellable, callback,
                           data);
}

TideRows *
tide_pipeline_query_finish (TidePipeline *self, GAsyncResult *result, GError **error)
{
  return tide_pipeline_run_finish (self, result, error);
}
