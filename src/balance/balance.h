/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What freshness is and costs: meters. The one public header of balance/. */
#pragma once

#include "model.h"
#include "serving.h"

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

/* Latency of one stream by stage over the last minutes: a quantile sketch a stage and minute. Thread-safe. */
typedef struct _TideLatency TideLatency;

TideLatency *tide_latency_new (const TideClock *clock);
void tide_latency_free (TideLatency *latency);
void tide_latency_add (TideLatency *latency, const char *stream, TideStage stage, TideDuration took, uint64_t events);

typedef struct
{
  uint64_t events;
  double p50_us, p95_us, p99_us; /* NAN: none */
} TideLatencyFacts;

/* Over the last @window. stream NULL: of all. */
void tide_latency_get (TideLatency *latency, const char *stream, TideStage stage, TideDuration window,
                       TideLatencyFacts *ret_facts);

/* What this process uses. Thread: not main (reads /proc). */
typedef struct
{
  int64_t cpu_us;       /* user and system, all threads */
  gint64 resident_bytes;
  gint64 read_bytes, written_bytes;
} TideProcessFacts;

void tide_process_get_facts (TideProcessFacts *ret_facts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideLatency, tide_latency_free)

G_END_DECLS
