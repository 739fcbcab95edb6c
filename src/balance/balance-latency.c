/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Latency by stage: a quantile sketch for each stream, stage and minute, over the last fifteen minutes. Sketches
 * merge, so a window of any length is exact to the sketch's 1 %. One sample stands for the events of a batch: adding
 * costs one sketch update a batch and stage, not one an event. */
#include "balance.h"

#include <math.h>
#include <string.h>

#define MINUTES 15

typedef struct
{
  int64_t minute[MINUTES]; /* which minute a slot holds */
  TideQuantiles sketches[MINUTES][TIDE_N_STAGES];
} StreamLatency;

struct _TideLatency
{
  GMutex lock;
  GHashTable *streams; /* name → StreamLatency* */
  TideClock clock;
};

const char *
tide_stage_to_string (TideStage stage)
{
  static const char *const names[] = { "broker", "decode", "live", "commit", "draw", "total" };

  return names[stage];
}

static void
stream_latency_free (void *data)
{
  StreamLatency *stream = data;

  for (guint i = 0; i < MINUTES; i++)
    for (guint k = 0; k < TIDE_N_STAGES; k++)
      tide_quantiles_clear (&stream->sketches[i][k]);
  g_free (stream);
}

TideLatency *
tide_latency_new (const TideClock *clock)
{
  TideLatency *latency = g_new0 (TideLatency, 1);

  g_mutex_init (&latency->lock);
  latency->clock = clock != NULL ? *clock : tide_clock_system;
  latency->streams = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, stream_latency_free);
  return latency;
}

void
tide_latency_free (TideLatency *latency)
{
  if (latency == NULL)
    return;
  g_hash_table_unref (latency->streams);
  g_mutex_clear (&latency->lock);
  g_free (latency);
}

static StreamLatency *
get_stream (TideLatency *latency, const char *name)
{
  StreamLatency *stream = g_hash_table_lookup (latency->streams, name);

  if (stream == NULL)
    {
      stream = g_new0 (StreamLatency, 1);
      g_hash_table_insert (latency->streams, g_strdup (name), stream);
    }
  return stream;
}

/**
 * tide_latency_add:
 * @took: µs; a clock that went back counts as 0
 *
 * Thread: any. Locks: the meter's, for one sketch update.
 */
void
tide_latency_add (TideLatency *latency, const char *stream_name, TideStage stage, TideDuration took, uint64_t events)
{
  int64_t minute = tide_clock_monotonic (&latency->clock) / TIDE_MINUTE;
  StreamLatency *stream;
  guint slot = (guint) (minute % MINUTES);

  if (events == 0)
    return;
  g_mutex_lock (&latency->lock);
  stream = get_stream (latency, stream_name);
  if (stream->minute[slot] != minute)
    {
      for (guint k = 0; k < TIDE_N_STAGES; k++)
        tide_quantiles_clear (&stream->sketches[slot][k]);
      memset (stream->sketches[slot], 0, sizeof stream->sketches[slot]);
      stream->minute[slot] = minute;
    }
  tide_quantiles_add (&stream->sketches[slot][stage], (double) MAX (took, 0), events);
  g_mutex_unlock (&latency->lock);
}

static void
merge_stream (StreamLatency *stream, TideStage stage, int64_t since, TideQuantiles *into)
{
  for (guint i = 0; i < MINUTES; i++)
    if (stream->minute[i] >= since)
      tide_quantiles_merge (into, &stream->sketches[i][stage]);
}

void
tide_latency_get (TideLatency *latency, const char *stream_name, TideStage stage, TideDuration window,
                  TideLatencyFacts *ret_facts)
{
  int64_t since = (tide_clock_monotonic (&latency->clock) - window) / TIDE_MINUTE;
  TideQuantiles all = { 0 };
  GHashTableIter iter;
  void *name, *stream;

  g_mutex_lock (&latency->lock);
  g_hash_table_iter_init (&iter, latency->streams);
  while (g_hash_table_iter_next (&iter, &name, &stream))
    if (stream_name == NULL || strcmp (name, stream_name) == 0)
      merge_stream (stream, stage, since, &all);
  g_mutex_unlock (&latency->lock);
  ret_facts->events = all.count;
  ret_facts->p50_us = tide_quantiles_get (&all, 0.50);
  ret_facts->p95_us = tide_quantiles_get (&all, 0.95);
  ret_facts->p99_us = tide_quantiles_get (&all, 0.99);
  tide_quantiles_clear (&all);
}
