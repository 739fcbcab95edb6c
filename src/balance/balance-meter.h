/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store.h"

G_BEGIN_DECLS

/* What the process does with its time. */
typedef enum
{
  TIDE_USE_DECODE,   /* a source's thread: connect, decode, validate */
  TIDE_USE_LIVE,     /* a metric's rings: fold and snapshot */
  TIDE_USE_SNAPSHOT, /* what the Live pane is drawn from, ten times a second */
  TIDE_USE_STORE,    /* the writer, by bytes */
  TIDE_USE_REFRESH,  /* a metric that is not real-time: what was stored since is read and folded */
  TIDE_USE_ROLLUP,
  TIDE_USE_ANALYSIS,
  TIDE_USE_ALERT,    /* rules: what was committed is read and folded, panes are closed and looked at */
  TIDE_USE_QUERY,
  TIDE_USE_WINDOW,   /* the main thread, and the toolkit's own */
  TIDE_USE_SHARED,   /* the pipeline's clockwork, its upkeep, and whatever no one measured */
  TIDE_N_USES,
} TideActivity;

const char *tide_activity_to_string (TideActivity activity);
/* TIDE_N_USES: no such. */
TideActivity tide_activity_parse (const char *text);

/* Texts are "" where it is for none. An analysis stands as metric. */
typedef struct
{
  TideActivity activity;
  char *source, *stream, *metric;
  int64_t cpu_ns;
  guint64 bytes, events, runs;
} TideUse;

void tide_use_free (TideUse *use);

/* Adds up what is used, by whom. Thread-safe; a call costs one look-up under a short lock, so it is made once a batch,
 * never once an event. */
typedef struct _TideMeter TideMeter;

TideMeter *tide_meter_new (const TideClock *clock);
void tide_meter_free (TideMeter *meter);
/* Texts may be NULL. @cpu_ns may be negative: what another account has a part of. */
void tide_meter_add (TideMeter *meter, TideActivity activity, const char *source, const char *stream,
                     const char *metric, int64_t cpu_ns, guint64 bytes, guint64 events, guint64 runs);
/* TideUse* elements since the start. */
GPtrArray *tide_meter_get (TideMeter *meter);
/* Moves what came since the last call to the table `cost`. Thread: worker. Errors: FULL, CANCELLED; nothing is lost. */
bool tide_meter_save (TideMeter *meter, TideWriter *writer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideMeter, tide_meter_free)

G_END_DECLS
