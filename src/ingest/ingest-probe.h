/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test connection and Detect fields: looks at a source without storing anything. */
#pragma once

#include "ingest-decoder.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_STEP_OK,
  TIDE_STEP_WARNING, /* works, but */
  TIDE_STEP_FAILED,
  TIDE_STEP_SKIPPED, /* not tried, since an earlier one failed */
} TideStepState;

/* One row of Test connection. */
typedef struct
{
  TideStepState state;
  char *title;   /* "Topic has 12 partitions" */
  char *detail;  /* "4.1 M events kept", or what to do */
  TideDuration took; /* -1: not timed */
} TideProbeStep;

void tide_probe_step_free (TideProbeStep *step);

typedef struct
{
  const char *dir;
  const TideSourceDef *def;
  const TideStream *stream; /* NULL: none yet */
  const char *secret;       /* NULL: none */
  guint max_samples;
  GCancellable *cancellable;
  /* As each step ends, on the probing thread; takes the step. */
  void (*step) (TideProbeStep *step, void *data);
  void (*sample) (GBytes *payload, const TideEventMeta *meta, void *data);
  void *data;
} TideProbe;

/* Runs every step of the kind; after it "decoded n of m" when there are samples and a stream. Ends within 15 s.
 * Thread: a worker. */
void tide_source_probe (const TideProbe *probe);

G_END_DECLS
