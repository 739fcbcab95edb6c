/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "state.h"
#include "store.h"

G_BEGIN_DECLS

/* Stages of an event's way; each is timed from the one before. */
typedef enum
{
  TIDE_STAGE_BROKER,    /* event time → received: producer, broker and network */
  TIDE_STAGE_DECODE,    /* received → handed over by the source */
  TIDE_STAGE_LIVE,      /* → in the live rings */
  TIDE_STAGE_COMMIT,    /* received → committed */
  TIDE_STAGE_DRAW,      /* in the rings → drawn */
  TIDE_STAGE_TOTAL,     /* event time → drawn (or committed, without a window) */
  TIDE_N_STAGES,
} TideStage;

const char *tide_stage_to_string (TideStage stage);

/* Latency of each stream by stage: a quantile sketch a stage and minute, over the last fifteen. Thread-safe. */
typedef struct _TideLatency TideLatency;

TideLatency *tide_latency_new (const TideClock *clock);
void tide_latency_free (TideLatency *latency);
void tide_latency_add (TideLatency *latency, const char *stream, TideStage stage, TideDuration took, uint64_t events);

typedef struct
{
  uint64_t events;
  double p50_us, p95_us, p99_us; /* NAN: none; corrected by skew_us */
  /* By how much the producers' clocks are at least ahead of this one: events came before they happened. Of BROKER and
   * TOTAL; 0 elsewhere, and when no clock is seen to be ahead. */
  double skew_us;
} TideLatencyFacts;

/* Over the last @window. stream NULL: of all. */
void tide_latency_get (TideLatency *latency, const char *stream, TideStage stage, TideDuration window,
                       TideLatencyFacts *ret_facts);
/* The facts of a sketch, also of one that was read back. */
void tide_latency_get_facts (const TideQuantiles *sketch, TideLatencyFacts *ret_facts);

/* Moves minutes that are over to the table `latency` (with @all the present one too). Thread: worker. */
bool tide_latency_flush (TideLatency *latency, TideWriter *writer, bool all, GError **error);

/* For the heat map: the distribution in steps of @step, from the table. */
typedef struct
{
  TideTime start;
  TideLatencyFacts facts;
  double quantiles[11]; /* µs at 0, 10 … 100 %, NAN: none */
} TideLatencyStep;

/* TideLatencyStep elements, ascending; steps without events are left out. Thread: worker. */
GArray *tide_latency_history (TideReader *reader, const char *stream, TideStage stage, TideTime from, TideTime to,
                              TideDuration step, GError **error);

/* The slowest events of the last minutes, with the stage that took the longest. */
typedef struct
{
  char *stream;
  TideStage stage;
  TideDuration took;
  TideTime time; /* when it was noticed */
} TideSlowEvent;

void tide_slow_event_free (TideSlowEvent *event);
/* TideSlowEvent* elements, slowest first, at most ten a stream. */
GPtrArray *tide_latency_get_slowest (TideLatency *latency, const char *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideLatency, tide_latency_free)

G_END_DECLS
