/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking back, when the program starts or a schedule is new: up to when was a job's schedule followed? For a job with
 * runs up to the newest time that one was due for; else since it has had the schedule. A roll-up counts from its last
 * run of any kind, and is due at once when there never was one, or a metric has no states yet. */
#include "batch-private.h"

/* A job that was not looked back for yet. */
typedef struct
{
  char *name, *schedule, *stream;
  TideTime handled;
} Back;

static void
back_free (void *data)
{
  Back *back = data;

  g_free (back->name);
  g_free (back->schedule);
  g_free (back->stream);
  g_free (back);
}

static GPtrArray *
list_jobs (TideScheduler *scheduler)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (back_free);

  for (guint i = 0; i < scheduler->jobs->len; i++)
    {
      const TideJobState *state = g_ptr_array_index (scheduler->jobs, i);
      Back *back;

      if (state->looked_back || state->gone)
        continue;
      back = g_new0 (Back, 1);
      back->name = g_strdup (state->job.name);
      back->schedule = g_strdup (state->schedule_text);
      back->stream = g_strdup (state->stream);
      g_ptr_array_add (list, back);
    }
  return list;
}

static TideTime
look_at_rollup (TideReader *reader, const TideWorkspace *workspace, const Back *back, TideTime now, bool *ret_at_once)
{
  g_autoptr (GPtrArray) runs = tide_store_get_runs (reader, back->name, TIDE_TIME_NONE, 1, NULL);

  *ret_at_once = runs != NULL && (runs->len == 0 || tide_scheduler_has_new_metric (reader, workspace, back->stream));
  return runs != NULL && runs->len > 0 ? ((TideRun *) g_ptr_array_index (runs, 0))->started : now;
}

static TideTime
look_at_schedule (TideScheduler *scheduler, TideReader *reader, const Back *back, TideTime now)
{
  TideTime since = now, due = TIDE_TIME_NONE;

  if (!tide_run_know_schedule (scheduler->writer, back->name, back->schedule, now, &since, NULL)
      || !tide_store_get_last_due (reader, back->name, &due, NULL))
    return now;
  return due != TIDE_TIME_NONE ? MAX (since, due) : since;
}

static void
look_at (TideScheduler *scheduler, TideReader *reader, const TideWorkspace *workspace, Back *back, TideTime now)
{
  bool at_once = false;
  TideTime handled = now;
  TideJobState *state;

  if (reader != NULL && back->stream != NULL)
    handled = look_at_rollup (reader, workspace, back, now, &at_once);
  else if (reader != NULL)
    handled = look_at_schedule (scheduler, reader, back, now);
  g_mutex_lock (&scheduler->lock);
  state = tide_scheduler_find_job (scheduler, back->name);
  if (state != NULL && !state->looked_back && g_strcmp0 (state->schedule_text, back->schedule) == 0)
    {
      tide_scheduler_set_handled (state, MIN (handled, now));
      if (at_once && state->queue->len == 0)
        g_array_append_val (state->queue, now);
    }
  g_mutex_unlock (&scheduler->lock);
}

/* What can't be read is not held up: it counts from now. */
void
tide_scheduler_look_back (TideScheduler *scheduler, TideTime now)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (TideWorkspace) workspace = NULL;
  g_autoptr (TideReader) reader = NULL;
  bool begun;

  g_mutex_lock (&scheduler->lock);
  list = list_jobs (scheduler);
  workspace = tide_workspace_ref (scheduler->workspace);
  g_mutex_unlock (&scheduler->lock);
  if (list->len == 0)
    return;
  reader = tide_store_acquire_reader (scheduler->store, NULL);
  begun = reader != NULL && tide_reader_begin (reader, 0, NULL, NULL);
  for (guint i = 0; i < list->len; i++)
    look_at (scheduler, begun ? reader : NULL, workspace, g_ptr_array_index (list, i), now);
  if (begun)
    tide_reader_end (reader);
}

void
tide_scheduler_record_left_out (TideScheduler *scheduler, TideTime now)
{
  g_autoptr (GPtrArray) left_out = NULL;

  g_mutex_lock (&scheduler->lock);
  left_out = scheduler->left_out;
  scheduler->left_out = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_left_out_free);
  g_mutex_unlock (&scheduler->lock);
  for (guint i = 0; i < left_out->len; i++)
    {
      const TideLeftOut *job = g_ptr_array_index (left_out, i);

      tide_run_record_missed (scheduler->writer, job->name, (const TideTime *) (void *) job->due->data, job->due->len,
                              now, NULL);
    }
}
