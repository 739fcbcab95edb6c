/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Latency by stage: a quantile sketch for each stream, stage and minute, over the last fifteen minutes in memory and
 * for good in the table `latency`. Sketches merge, so a window of any length is exact to the sketch's 1 %. One sample
 * stands for the events of a batch: adding costs one sketch update a batch and stage, not one an event.
 * A producer whose clock is ahead makes events arrive before they happened. Such samples are kept as they are; the skew
 * is estimated from the smallest (but for one in a hundred), as one-way delay is never negative (RFC 7679, section 3.7.1), and percentiles are
 * given with it added. */
#include "balance-latency.h"

#include <math.h>
#include <string.h>

#define MINUTES 15
#define SLOWEST 10

typedef struct
{
  TideTime minute[MINUTES]; /* which minute a slot holds; 0: none */
  bool saved[MINUTES];      /* all of the slot is in the table */
  TideQuantiles sketches[MINUTES][TIDE_N_STAGES];
  TideSlowEvent slowest[MINUTES];  /* of each minute */
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
clear_slot (StreamLatency *stream, guint slot)
{
  for (guint k = 0; k < TIDE_N_STAGES; k++)
    tide_quantiles_clear (&stream->sketches[slot][k]);
  memset (stream->sketches[slot], 0, sizeof stream->sketches[slot]);
  stream->slowest[slot] = (TideSlowEvent){ 0 };
  stream->saved[slot] = false;
}

static void
stream_latency_free (void *data)
{
  StreamLatency *stream = data;

  for (guint i = 0; i < MINUTES; i++)
    clear_slot (stream, i);
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
 * @took: µs; only BROKER and TOTAL, which compare two clocks, may be negative
 *
 * Thread: any. Locks: the meter's, for one sketch update.
 */
void
tide_latency_add (TideLatency *latency, const char *stream_name, TideStage stage, TideDuration took, uint64_t events)
{
  TideTime now = tide_clock_now (&latency->clock), minute = now - now % TIDE_MINUTE;
  guint slot = (guint) (minute / TIDE_MINUTE % MINUTES);
  StreamLatency *stream;

  if (events == 0)
    return;
  if (stage != TIDE_STAGE_BROKER && stage != TIDE_STAGE_TOTAL)
    took = MAX (took, 0);
  g_mutex_lock (&latency->lock);
  stream = get_stream (latency, stream_name);
  if (stream->minute[slot] != minute)
    {
      clear_slot (stream, slot);
      stream->minute[slot] = minute;
    }
  tide_quantiles_add (&stream->sketches[slot][stage], (double) took, events);
  stream->saved[slot] = false;
  if (stage != TIDE_STAGE_TOTAL && took > stream->slowest[slot].took)
    stream->slowest[slot] = (TideSlowEvent){ .stage = stage, .took = took, .time = now };
  g_mutex_unlock (&latency->lock);
}

static void
merge_stream (StreamLatency *stream, TideStage stage, TideTime since, TideQuantiles *into)
{
  for (guint i = 0; i < MINUTES; i++)
    if (stream->minute[i] > 0 && stream->minute[i] >= since)
      tide_quantiles_merge (into, &stream->sketches[i][stage]);
}

void
tide_latency_get_facts (const TideQuantiles *sketch, TideLatencyFacts *ret_facts)
{
  double least = tide_quantiles_get (sketch, 0.01), skew = least < 0 ? -least : 0;

  ret_facts->events = sketch->count;
  ret_facts->skew_us = skew;
  ret_facts->p50_us = tide_quantiles_get (sketch, 0.50) + skew;
  ret_facts->p95_us = tide_quantiles_get (sketch, 0.95) + skew;
  ret_facts->p99_us = tide_quantiles_get (sketch, 0.99) + skew;
}

void
tide_latency_get (TideLatency *latency, const char *stream_name, TideStage stage, TideDuration window,
                  TideLatencyFacts *ret_facts)
{
  TideTime since = tide_clock_now (&latency->clock) - window;
  TideQuantiles all = { 0 };
  GHashTableIter iter;
  void *name, *stream;

  since -= since % TIDE_MINUTE;
  g_mutex_lock (&latency->lock);
  g_hash_table_iter_init (&iter, latency->streams);
  while (g_hash_table_iter_next (&iter, &name, &stream))
    if (stream_name == NULL || strcmp (name, stream_name) == 0)
      merge_stream (stream, stage, since, &all);
  g_mutex_unlock (&latency->lock);
  tide_latency_get_facts (&all, ret_facts);
  tide_quantiles_clear (&all);
}

/* --- the table --- */

static void
take_slot (const char *name, StreamLatency *stream, guint slot, GPtrArray *minutes)
{
  for (int k = 0; k < TIDE_N_STAGES; k++)
    if (stream->sketches[slot][k].count > 0)
      {
        TideLatencyMinute *minute = g_new0 (TideLatencyMinute, 1);

        minute->minute = stream->minute[slot];
        minute->stream = g_strdup (name);
        minute->stage = k;
        tide_quantiles_merge (&minute->sketch, &stream->sketches[slot][k]);
        g_ptr_array_add (minutes, minute);
      }
  stream->saved[slot] = true;
}

/**
 * tide_latency_flush:
 * @all: the present minute too; only before the meter ends, since a minute is saved once
 *
 * Errors: FULL, CANCELLED; minutes that could not be saved are lost, and only they. Thread: worker.
 */
bool
tide_latency_flush (TideLatency *latency, TideWriter *writer, bool all, GError **error)
{
  g_autoptr (GPtrArray) minutes = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_latency_minute_free);
  TideTime now = tide_clock_now (&latency->clock);
  GHashTableIter iter;
  void *name, *data;

  g_mutex_lock (&latency->lock);
  g_hash_table_iter_init (&iter, latency->streams);
  while (g_hash_table_iter_next (&iter, &name, &data))
    {
      StreamLatency *stream = data;

      for (guint i = 0; i < MINUTES; i++)
        if (stream->minute[i] > 0 && !stream->saved[i] && (all || stream->minute[i] + TIDE_MINUTE <= now))
          take_slot (name, stream, i, minutes);
    }
  g_mutex_unlock (&latency->lock);
  return tide_latency_save (writer, minutes, error);
}

static void
end_step (GArray *steps, TideLatencyStep *step, TideQuantiles *sketch)
{
  if (sketch->count == 0)
    return;
  tide_latency_get_facts (sketch, &step->facts);
  for (guint i = 0; i < G_N_ELEMENTS (step->quantiles); i++)
    step->quantiles[i] = tide_quantiles_get (sketch, i / 10.0) + step->facts.skew_us;
  g_array_append_val (steps, *step);
  tide_quantiles_clear (sketch);
  *sketch = (TideQuantiles){ 0 };
}

GArray *
tide_latency_history (TideReader *reader, const char *stream, TideStage stage, TideTime from, TideTime to,
                      TideDuration step, GError **error)
{
  g_autoptr (GPtrArray) minutes = tide_store_get_latency (reader, stream, (int) stage, from, to, error);
  GArray *steps;
  TideLatencyStep current = { .start = TIDE_TIME_NONE };
  TideQuantiles sketch = { 0 };

  if (minutes == NULL)
    return NULL;
  steps = g_array_new (FALSE, FALSE, sizeof (TideLatencyStep));
  for (guint i = 0; i < minutes->len; i++)
    {
      const TideLatencyMinute *minute = g_ptr_array_index (minutes, i);
      TideTime start = minute->minute - minute->minute % step;

      if (start != current.start)
        end_step (steps, &current, &sketch);
      current.start = start;
      tide_quantiles_merge (&sketch, &minute->sketch);
    }
  end_step (steps, &current, &sketch);
  return steps;
}

/* --- the slowest --- */

void
tide_slow_event_free (TideSlowEvent *event)
{
  if (event == NULL)
    return;
  g_free (event->stream);
  g_free (event);
}

static int
compare_slow (gconstpointer a, gconstpointer b)
{
  const TideSlowEvent *x = *(TideSlowEvent *const *) a, *y = *(TideSlowEvent *const *) b;

  return (x->took < y->took) - (x->took > y->took);
}

GPtrArray *
tide_latency_get_slowest (TideLatency *latency, const char *stream_name)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_slow_event_free);
  TideTime since = tide_clock_now (&latency->clock) - MINUTES * TIDE_MINUTE;
  GHashTableIter iter;
  void *name, *data;

  g_mutex_lock (&latency->lock);
  g_hash_table_iter_init (&iter, latency->streams);
  while (g_hash_table_iter_next (&iter, &name, &data))
    for (guint i = 0; i < MINUTES; i++)
      {
        const StreamLatency *stream = data;
        TideSlowEvent *copy;

        if ((stream_name != NULL && strcmp (name, stream_name) != 0) || stream->minute[i] <= since
            || stream->slowest[i].took == 0)
          continue;
        copy = g_memdup2 (&stream->slowest[i], sizeof *copy);
        copy->stream = g_strdup (name);
        g_ptr_array_add (list, copy);
      }
  g_mutex_unlock (&latency->lock);
  g_ptr_array_sort (list, compare_slow);
  if (list->len > SLOWEST)
    g_ptr_array_set_size (list, SLOWEST);
  return list;
}
