/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source's thread: attempt after attempt, with a back-off between them that never gives up, until it is stopped or has
 * read to its end for good. */
#include "ingest-source-run-private.h"

#define BACK_OFF_FIRST_US (250 * 1000)
#define BACK_OFF_MAX_US (30 * G_USEC_PER_SEC)

void
tide_source_run_stop (TideSourceRun *run)
{
  g_mutex_lock (&run->lock);
  g_atomic_int_set (&run->stopped, 1);
  g_cond_broadcast (&run->cond);
  g_mutex_unlock (&run->lock);
  g_cancellable_cancel (run->cancellable);
}

void
tide_source_run_resume (TideSourceRun *run)
{
  g_atomic_int_set (&run->resume, 1);
}

void
tide_source_run_set_stream (TideSourceRun *run, const TideStream *stream)
{
  g_mutex_lock (&run->lock);
  const TideStream *old = run->next_stream;
  run->next_stream = tide_stream_ref (stream);
  g_mutex_unlock (&run->lock);
  if (old != NULL)
    tide_stream_unref (old);
}

static TideSourceState
state_of_error (const GError *error)
{
  if (error->domain != TIDE_ERROR)
    return TIDE_SOURCE_RETRYING;
  switch (error->code)
    {
    case TIDE_ERROR_AUTH:
    case TIDE_ERROR_NOT_FOUND:
    case TIDE_ERROR_INVALID:
    case TIDE_ERROR_DENIED:
      return TIDE_SOURCE_FAILED;
    default:
      return TIDE_SOURCE_RETRYING;
    }
}

/* One attempt. TRUE: read to its end for good. Otherwise @error, and nothing is held. */
static bool
attempt (TideSourceRun *run, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  run->refused = false;
  bool done = run->kind->run (run, &local_error);
  if (run->refused)
    {
      if (local_error != NULL)
        g_propagate_error (error, g_steal_pointer (&local_error));
      return false;
    }
  /* What was read before the other side went away is sound. On stop the writer still makes room. */
  GCancellable *cancellable = tide_source_run_is_ended (run) ? NULL : run->cancellable;
  g_autoptr (GError) deliver_error = NULL;
  if (!tide_source_run_deliver (run, cancellable, &deliver_error))
    {
      g_propagate_error (error, g_steal_pointer (&deliver_error));
      return false;
    }
  if (!done && local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return done;
}

/* Whether all that was delivered is committed too; a source that has read to its end is asked for nothing any more, so it
 * must see to that itself. */
static bool
is_committed (TideSourceRun *run, GError **error)
{
  g_autoptr (GArray) committed = run->host->positions (run->def->name, run->host->data, error);
  if (committed == NULL)
    return false;
  for (guint i = 0; i < run->positions->len; i++)
    {
      const RunPosition *entry = &g_array_index (run->positions, RunPosition, i);
      bool found = !entry->known;
      for (guint k = 0; k < committed->len && !found; k++)
        {
          const TidePosition *position = &g_array_index (committed, TidePosition, k);
          found = position->partition == (int32_t) i && position->offset == entry->position.offset
                  && g_strcmp0 (position->token, entry->position.token) == 0;
        }
      if (!found)
        return tide_source_run_start_anew (run, error);
    }
  return true;
}

/* Waits before the next attempt; jitter keeps many sources from coming back at the same moment. */
static void
back_off (TideSourceRun *run, int64_t *delay_us, const GError *error)
{
  int64_t wait_us = (int64_t) ((double) *delay_us * g_random_double_range (0.75, 1.25));
  TideSourceState state = run->refused ? TIDE_SOURCE_STOPPED : state_of_error (error);
  tide_source_run_set_state_until (run, state, error->message, tide_clock_now (run->clock) + wait_us);
  *delay_us = MIN (*delay_us * 2, BACK_OFF_MAX_US);
  int64_t until_us = g_get_monotonic_time () + wait_us;
  tide_source_run_wait (run, until_us);
}

/* Disconnected, until the next multiple of its interval. */
static void
rest (TideSourceRun *run)
{
  TideTime now = tide_clock_now (run->clock), next = now - now % run->def->every + run->def->every;
  tide_source_run_set_state_until (run, TIDE_SOURCE_CONNECTED, NULL, next);
  tide_source_run_wait (run, g_get_monotonic_time () + (next - now));
}

void
tide_source_run_main (TideSourceRun *run)
{
  tide_assert_thread (TIDE_THREAD_SOURCE);
  int64_t delay_us = BACK_OFF_FIRST_US;
  while (!tide_source_run_is_stopped (run))
    {
      g_autoptr (GError) error = NULL;
      guint64 progress = run->progress;
      bool done = attempt (run, &error) && is_committed (run, &error);
      bool drained = run->drained;
      run->drained = false;
      tide_source_run_publish (run, g_get_monotonic_time ());
      if (tide_source_run_is_stopped (run))
        break;
      if (drained && error == NULL && is_committed (run, &error))
        {
          delay_us = BACK_OFF_FIRST_US;
          rest (run);
          continue;
        }
      if (done)
        {
          tide_source_run_set_state_until (run, TIDE_SOURCE_DONE, NULL, TIDE_TIME_NONE);
          break;
        }
      if (error == NULL)
        g_set_error (&error, TIDE_ERROR, TIDE_ERROR_FAILED, "The source ended without saying why; it is tried again");
      if (run->progress != progress)
        delay_us = BACK_OFF_FIRST_US;
      back_off (run, &delay_us, error);
    }
  tide_source_run_publish (run, g_get_monotonic_time ());
}
