/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Balance, wired: measuring is a run like any other, answers are read in one transaction, and taking advice is an edit
 * of the workspace with a note of what was foretold. */
#include "pipeline-private.h"

#include <math.h>
#include <string.h>

#define RUN_NAME "advice"

static TideReader *
begin_read (TidePipeline *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->store, error);

  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  return g_steal_pointer (&reader);
}

static void
end_read (TideReader *reader)
{
  tide_reader_end (reader);
  tide_reader_release (reader);
}

static bool
follow_up (TidePipeline *self, const TideWorkspace *workspace, GCancellable *cancellable, GError **error)
{
  g_autoptr (TidePriceBook) book = tide_price_book_new (workspace);
  TideReader *reader = begin_read (self, cancellable, error);
  bool done;

  if (reader == NULL)
    return false;
  done = tide_advice_follow_up (reader, self->writer, workspace, book, tide_clock_now (&self->clock), error);
  end_read (reader);
  return done;
}

bool
tide_pipeline_measure (TidePipeline *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  TideTime now = tide_clock_now (&self->clock);
  TideRun run = { .name = (char *) RUN_NAME, .status = TIDE_RUN_SUCCEEDED };
  int64_t cpu_ns = tide_thread_cpu_ns ();
  GError *failed = NULL;

  tide_assert_not_main_thread ();
  if (!tide_run_start (self->writer, RUN_NAME, TIDE_TIME_NONE, now, &run.id, error))
    return false;
  if (tide_staleness_run (self->store, self->writer, self->serving, workspace, now, cancellable, &failed))
    follow_up (self, workspace, cancellable, &failed);
  run.ended = tide_clock_now (&self->clock);
  run.cpu_us = (tide_thread_cpu_ns () - cpu_ns) / 1000;
  if (failed != NULL)
    {
      run.status = g_cancellable_is_cancelled (cancellable) ? TIDE_RUN_CANCELLED : TIDE_RUN_FAILED;
      run.error = failed->message;
    }
  tide_run_finish (self->writer, &run, failed == NULL ? error : NULL);
  if (failed == NULL)
    return error == NULL || *error == NULL;
  g_propagate_error (error, failed);
  return false;
}

TideAdvices *
tide_pipeline_get_advices (TidePipeline *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  g_autoptr (TidePriceBook) book = tide_price_book_new (workspace);
  TideReader *reader = begin_read (self, cancellable, error);
  TideAdvices *advices;

  if (reader == NULL)
    return NULL;
  advices = tide_advices_get (reader, workspace, book, tide_clock_now (&self->clock), error);
  end_read (reader);
  return advices;
}

TideCosts *
tide_pipeline_get_costs (TidePipeline *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  g_autoptr (TidePriceBook) book = tide_price_book_new (workspace);
  TideReader *reader = begin_read (self, cancellable, error);
  TideCosts *costs;

  if (reader == NULL)
    return NULL;
  costs = tide_costs_get (reader, workspace, book, tide_clock_now (&self->clock), error);
  end_read (reader);
  return costs;
}

/* What the advisor says of the interval, now. */
static void
foretell (const TideAdvice *advice, TideAppliedAdvice *applied)
{
  applied->from_every = advice->every;
  applied->before_usd_per_h = advice->now.usd_per_h;
  applied->predicted_error = applied->predicted_usd_per_h = NAN;
  for (guint i = 0; i < advice->n_points; i++)
    if (advice->points[i].every == applied->every)
      {
        applied->predicted_error = advice->points[i].error;
        applied->predicted_usd_per_h = advice->points[i].usd_per_h;
      }
}

/**
 * tide_pipeline_set_interval:
 *
 * Errors: NOT_FOUND, and those of an edit. Thread: worker.
 */
bool
tide_pipeline_set_interval (TidePipeline *self, const char *metric, TideDuration every, GError **error)
{
  g_autoptr (GRecMutexLocker) locker = g_rec_mutex_locker_new (&self->edit_lock);
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  g_autoptr (TideAdvices) advices = tide_pipeline_get_advices (self, NULL, error);
  TideTime now = tide_clock_now (&self->clock);
  TideAppliedAdvice applied = { .metric = (char *) metric, .applied = now, .every = every };

  if (advices == NULL || !tide_advice_edit (conf, workspace, metric, every, now, error))
    return false;
  foretell (tide_advices_find (advices, metric), &applied);
  return tide_pipeline_apply (self, conf, error) && tide_advice_record (self->writer, &applied, error);
}
