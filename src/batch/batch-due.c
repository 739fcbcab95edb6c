/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is due. Times that a schedule names in (handled, now] go to a job's queue, as its rule for missed runs says; it
 * makes no difference whether they were missed because the program was down, the computer slept or the clock was set
 * forward. A clock that was set back does not hold jobs up until it gets there again. */
#include "batch-private.h"

/* At least as often the wall clock is looked at. */
#define LOOK_AGAIN (30 * TIDE_SECOND)
/* A run that begins within this of its time is on time. */
#define GRACE (2 * LOOK_AGAIN)
/* Runs that are made up for, or recorded as missed, at once: the newest. */
#define DUE_MOST 1000

void
tide_left_out_free (TideLeftOut *left_out)
{
  if (left_out == NULL)
    return;
  g_free (left_out->name);
  g_array_unref (left_out->due);
  g_free (left_out);
}

void
tide_scheduler_set_handled (TideJobState *state, TideTime handled)
{
  state->looked_back = true;
  state->handled = handled;
  state->job.next = state->schedule != NULL ? tide_schedule_next (state->schedule, handled) : TIDE_TIME_NONE;
}

/* Times in (after, now], the newest DUE_MOST. Looks at doubling spans before @now, since years of a dense schedule may
 * have passed. */
static GArray *
list_due (const TideSchedule *schedule, TideTime after, TideTime now)
{
  GArray *due = g_array_new (FALSE, FALSE, sizeof (TideTime));
  TideTime from;

  for (TideDuration span = TIDE_HOUR; due->len < DUE_MOST; span *= 2)
    {
      from = now - after > span ? now - span : after;
      g_array_set_size (due, 0);
      for (TideTime time = tide_schedule_next (schedule, from); time != TIDE_TIME_NONE && time <= now;
           time = tide_schedule_next (schedule, time))
        g_array_append_val (due, time);
      if (from == after)
        break;
    }
  if (due->len > DUE_MOST)
    g_array_remove_range (due, 0, due->len - DUE_MOST);
  return due;
}

/* What was on time and is left out was due while an earlier run was under way: the run after it stands for it. */
static void
leave_out (TideScheduler *scheduler, TideJobState *state, const GArray *due, guint n, TideTime now)
{
  TideLeftOut *left_out;

  while (n > 0 && g_array_index (due, TideTime, n - 1) >= now - GRACE)
    n--;
  if (n == 0 || state->job.kind == TIDE_JOB_ROLLUP)
    return;
  left_out = g_new0 (TideLeftOut, 1);
  left_out->name = g_strdup (state->job.name);
  left_out->due = g_array_new (FALSE, FALSE, sizeof (TideTime));
  g_array_append_vals (left_out->due, due->data, n);
  g_ptr_array_add (scheduler->left_out, left_out);
}

static void
queue_due (TideScheduler *scheduler, TideJobState *state, TideTime now)
{
  g_autoptr (GArray) due = NULL;
  guint keep;

  if (state->job.next == TIDE_TIME_NONE || state->job.next > now)
    return;
  due = list_due (state->schedule, state->handled, now);
  tide_scheduler_set_handled (state, now);
  if (due->len == 0)
    return;
  keep = state->missed == TIDE_MISSED_ALL ? due->len : 1;
  if (state->missed == TIDE_MISSED_SKIP && g_array_index (due, TideTime, due->len - 1) < now - GRACE)
    keep = 0;
  leave_out (scheduler, state, due, due->len - keep, now);
  if (keep == 0)
    return;
  if (state->missed != TIDE_MISSED_ALL)
    g_array_set_size (state->queue, 0);
  g_array_append_vals (state->queue, &g_array_index (due, TideTime, due->len - keep), keep);
  if (state->queue->len > DUE_MOST)
    {
      leave_out (scheduler, state, state->queue, state->queue->len - DUE_MOST, now);
      g_array_remove_range (state->queue, 0, state->queue->len - DUE_MOST);
    }
}

/* Where all are run, they are run in order: a later one waits for the retry of one before it. */
static void
start_next (TideScheduler *scheduler, TideJobState *state, TideTime now)
{
  TideTime retry_at = state->job.retry_at;

  if (state->job.running)
    return;
  if (state->queue->len > 0 && (retry_at == TIDE_TIME_NONE || state->missed != TIDE_MISSED_ALL))
    {
      TideTime due = g_array_index (state->queue, TideTime, 0);

      g_array_remove_index (state->queue, 0);
      tide_scheduler_begin_run (scheduler, state, due, 1);
    }
  else if (retry_at != TIDE_TIME_NONE && retry_at <= now)
    tide_scheduler_begin_run (scheduler, state, state->due, state->job.attempt + 1);
}

void
tide_scheduler_start_due (TideScheduler *scheduler, TideTime now)
{
  for (guint i = 0; i < scheduler->jobs->len && !scheduler->stopping; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);

      queue_due (scheduler, state, now);
      start_next (scheduler, state, now);
      state->job.queued = state->queue->len > 0;
    }
}

TideTime
tide_scheduler_next_due (TideScheduler *scheduler, TideTime now)
{
  TideTime next = now + LOOK_AGAIN;

  for (guint i = 0; i < scheduler->jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);

      if (state->job.next != TIDE_TIME_NONE)
        next = MIN (next, state->job.next);
      if (state->job.retry_at != TIDE_TIME_NONE && !state->job.running)
        next = MIN (next, state->job.retry_at);
    }
  return next;
}

/* Set back: what was handled at a time that is yet to come again counts as not handled. */
void
tide_scheduler_notice_clock (TideScheduler *scheduler, TideTime now)
{
  bool back = scheduler->looked != TIDE_TIME_NONE && now < scheduler->looked - GRACE;
  TideDuration step = scheduler->looked - now;

  scheduler->looked = now;
  for (guint i = 0; back && i < scheduler->jobs->len; i++)
    {
      TideJobState *state = g_ptr_array_index (scheduler->jobs, i);

      if (state->looked_back && state->handled > now)
        tide_scheduler_set_handled (state, now);
      if (state->job.retry_at != TIDE_TIME_NONE)
        state->job.retry_at -= step;
    }
}
