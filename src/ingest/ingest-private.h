/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind of source implements, and what it is given. */
#pragma once

#include "ingest-source.h"
#include "ingest-probe.h"

G_BEGIN_DECLS

/* The running side of a source: batching, decode, delivery, back-off, status are the same for all kinds. */
typedef struct _TideSourceRun TideSourceRun;

typedef struct
{
  TideSourceSpec spec;
  /* Connects and reads until tide_source_run_is_stopped() or an error. Called again after an error, with
   * back-off 0.25 s doubling to 30 s, for ever; each time it resumes from the committed positions.
   * AUTH, NOT_FOUND, INVALID show as failed, the rest as retrying. TRUE: read to its end for good (DONE). */
  bool (*run) (TideSourceRun *run, GError **error);
  /* Test connection and sampling; see ingest-probe.h. */
  void (*probe) (const TideProbe *probe);
} TideSourceClass;

extern const TideSourceClass tide_source_demo, tide_source_file, tide_source_kafka;

const char *tide_source_run_get_key (TideSourceRun *run, const char *key);
const TideSourceDef *tide_source_run_get_def (TideSourceRun *run);
const char *tide_source_run_get_dir (TideSourceRun *run);
const TideClock *tide_source_run_get_clock (TideSourceRun *run);
GCancellable *tide_source_run_get_cancellable (TideSourceRun *run);
bool tide_source_run_is_stopped (TideSourceRun *run);
char *tide_source_run_get_secret (TideSourceRun *run);
/* Committed positions, read anew. */
GArray *tide_source_run_get_positions (TideSourceRun *run, GError **error);

/* Decodes one payload into the batch under way, or to quarantine; delivers when the batch is full or 20 ms old.
 * @next_offset is where its partition goes on after it. */
bool tide_source_run_event (TideSourceRun *run, const char *data, gsize len, const TideEventMeta *meta,
                            int64_t next_offset, GError **error);
/* Moves a position without an event (tombstone, control record, end of a rotated file). */
void tide_source_run_position (TideSourceRun *run, int32_t partition, int64_t next_offset, const char *token);
void tide_source_run_tombstone (TideSourceRun *run);
void tide_source_run_gap (TideSourceRun *run, int32_t partition, int64_t from, int64_t to, const char *reason);
/* An event that could not even be framed (a CSV record without an end, an overlong line). */
void tide_source_run_reject (TideSourceRun *run, const char *data, gsize len, const TideEventMeta *meta,
                             const char *reason);
/* Delivers the batch when it is old enough, or at once when @force. To be called at least every 20 ms. */
bool tide_source_run_tick (TideSourceRun *run, bool force, GError **error);
void tide_source_run_set_state (TideSourceRun *run, TideSourceState state, const char *message);
void tide_source_run_set_lag (TideSourceRun *run, gint64 events, TideDuration lag);
void tide_source_run_set_partitions (TideSourceRun *run, guint n);
/* Sleeps until @monotonic_us or until the source is stopped. FALSE when stopped. */
bool tide_source_run_wait (TideSourceRun *run, int64_t monotonic_us);

G_END_DECLS
