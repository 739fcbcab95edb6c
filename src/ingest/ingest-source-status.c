/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a source says of itself. Its thread counts for itself and publishes a few times a second under a short lock, so
 * that an event costs no lock; whoever asks gets a copy. Rates are over the last five seconds and computed when asked,
 * so that they fall while nothing comes and the thread sleeps. */
#include "ingest-source-run-private.h"

#include <time.h>

#define RATE_WINDOW_US (5 * G_USEC_PER_SEC)
#define RATE_SAMPLE_US (250 * 1000)

const char *
tide_source_state_to_string (TideSourceState state)
{
  switch (state)
    {
    case TIDE_SOURCE_OFF:
      return "off";
    case TIDE_SOURCE_CONNECTING:
      return "connecting";
    case TIDE_SOURCE_CONNECTED:
      return "connected";
    case TIDE_SOURCE_STREAMING:
      return "streaming";
    case TIDE_SOURCE_CATCHING_UP:
      return "catching-up";
    case TIDE_SOURCE_RETRYING:
      return "retrying";
    case TIDE_SOURCE_FAILED:
      return "failed";
    case TIDE_SOURCE_STOPPED:
      return "stopped";
    case TIDE_SOURCE_DONE:
      return "done";
    default:
      return "unknown";
    }
}

void
tide_source_status_clear (TideSourceStatus *status)
{
  if (status == NULL)
    return;
  g_clear_pointer (&status->message, g_free);
  g_clear_pointer (&status->consent, g_free);
  g_clear_pointer (&status->drift, g_ptr_array_unref);
}

static GPtrArray *
drift_list_copy (GPtrArray *list)
{
  if (list == NULL)
    return NULL;
  GPtrArray *copy = g_ptr_array_new_full (list->len, (GDestroyNotify) tide_drift_free);
  for (guint i = 0; i < list->len; i++)
    g_ptr_array_add (copy, tide_drift_copy (g_ptr_array_index (list, i)));
  return copy;
}

static int64_t
thread_cpu_us (void)
{
  struct timespec now;
  if (clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now) != 0)
    return 0;
  return (int64_t) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* It never goes back. A partition that has something to read but has delivered nothing yet holds it where it is. */
static TideTime
advance_watermark (TideSourceRun *run)
{
  TideTime least = TIDE_TIME_MAX, newest = TIDE_TIME_NONE;
  for (guint i = 0; i < run->marks->len; i++)
    {
      const RunMark *mark = &g_array_index (run->marks, RunMark, i);
      newest = MAX (newest, mark->newest);
      if (!mark->idle)
        least = MIN (least, mark->newest);
    }
  TideTime reached = least == TIDE_TIME_MAX ? newest : least;
  if (reached != TIDE_TIME_NONE)
    run->watermark = MAX (run->watermark, reached - run->stream->lateness);
  return run->watermark;
}

void
tide_source_run_publish (TideSourceRun *run, int64_t now_us)
{
  const Counters *counters = &run->counters;
  GPtrArray *drift = NULL;
  bool with_drift = now_us - run->drift_us >= G_USEC_PER_SEC;
  TideTime watermark = advance_watermark (run);
  run->published_us = now_us;
  if (with_drift)
    {
      drift = tide_decoder_get_drift (run->decoder);
      run->drift_us = now_us;
    }
  g_mutex_lock (&run->lock);
  TideSourceStatus *status = &run->status;
  status->events = counters->events;
  status->bytes = counters->bytes;
  status->quarantined = counters->quarantined;
  status->filtered = counters->filtered;
  status->tombstones = counters->tombstones;
  status->late = counters->late;
  status->gaps = counters->gaps;
  status->newest = counters->newest;
  status->watermark = watermark;
  status->blocked = counters->blocked;
  status->cpu_us = thread_cpu_us ();
  if (with_drift)
    {
      GPtrArray *old = status->drift;
      status->drift = drift;
      drift = old;
    }
  RateSample *last = &run->samples[(run->n_samples - 1) % TIDE_RATE_SAMPLES];
  if (now_us - last->at_us >= RATE_SAMPLE_US)
    run->samples[run->n_samples++ % TIDE_RATE_SAMPLES] = (RateSample){ now_us, counters->events, counters->bytes };
  g_mutex_unlock (&run->lock);
  g_clear_pointer (&drift, g_ptr_array_unref);
}

/* Over the last five seconds, or since the start when that is shorter; it decays while nothing comes. */
static void
compute_rates (TideSourceRun *run, int64_t now_us, TideSourceStatus *status)
{
  guint kept = MIN (run->n_samples, TIDE_RATE_SAMPLES);
  const RateSample *from = &run->samples[(run->n_samples - kept) % TIDE_RATE_SAMPLES];
  for (guint i = 1; i < kept; i++)
    {
      const RateSample *sample = &run->samples[(run->n_samples - kept + i) % TIDE_RATE_SAMPLES];
      if (sample->at_us > now_us - RATE_WINDOW_US)
        break;
      from = sample;
    }
  double seconds = (double) (now_us - from->at_us) / G_USEC_PER_SEC;
  if (seconds < 0.05)
    return;
  /* A sample before the window stands for its edge: nothing came in between, or it is at most 0.25 s older. */
  seconds = MIN (seconds, (double) (RATE_WINDOW_US + RATE_SAMPLE_US) / G_USEC_PER_SEC);
  status->events_per_s = (double) (status->events - from->events) / seconds;
  status->bytes_per_s = (double) (status->bytes - from->bytes) / seconds;
}

void
tide_source_run_get_status (TideSourceRun *run, TideSourceStatus *ret_status)
{
  g_mutex_lock (&run->lock);
  *ret_status = run->status;
  ret_status->message = g_strdup (run->status.message);
  ret_status->consent = g_strdup (run->status.consent);
  ret_status->drift = drift_list_copy (run->status.drift);
  compute_rates (run, g_get_monotonic_time (), ret_status);
  g_mutex_unlock (&run->lock);
}

void
tide_source_run_set_state_until (TideSourceRun *run, TideSourceState state, const char *message,
                                 TideTime retry_at)
{
  g_mutex_lock (&run->lock);
  TideSourceStatus *status = &run->status;
  if (status->state != state)
    status->since = tide_clock_now (run->clock);
  status->state = state;
  status->retry_at = retry_at;
  if (state == TIDE_SOURCE_RETRYING || state == TIDE_SOURCE_FAILED)
    status->lag_events = status->lag = -1; /* whoever would know can't be asked */
  if (state != TIDE_SOURCE_CONNECTING)
    g_clear_pointer (&status->consent, g_free);
  if (state == TIDE_SOURCE_FAILED)
    status->consent = g_steal_pointer (&run->consent);
  if (g_strcmp0 (status->message, message) != 0)
    {
      g_free (status->message);
      status->message = g_strdup (message);
    }
  g_mutex_unlock (&run->lock);
}

void
tide_source_run_set_state (TideSourceRun *run, TideSourceState state, const char *message)
{
  tide_source_run_set_state_until (run, state, message, TIDE_TIME_NONE);
}

void
tide_source_run_ask (TideSourceRun *run, const char *consent)
{
  g_free (run->consent);
  run->consent = g_strdup (consent);
}

void
tide_source_run_set_lag (TideSourceRun *run, gint64 events, TideDuration lag)
{
  run->drained |= run->def->every > 0 && events == 0 && lag == 0;
  g_mutex_lock (&run->lock);
  run->status.lag_events = events;
  run->status.lag = lag;
  g_mutex_unlock (&run->lock);
}

void
tide_source_run_set_partitions (TideSourceRun *run, guint n)
{
  g_mutex_lock (&run->lock);
  run->status.partitions = n;
  g_mutex_unlock (&run->lock);
}
