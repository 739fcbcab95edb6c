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
TideFormat tide_source_run_get_format (TideSourceRun *run);
const TideClock *tide_source_run_get_clock (TideSourceRun *run);
GCancellable *tide_source_run_get_cancellable (TideSourceRun *run);
bool tide_source_run_is_stopped (TideSourceRun *run);
char *tide_source_run_get_secret (TideSourceRun *run);
/* Where to resume: the committed positions, with what was delivered since and is on its way to be committed. TidePosition elements; g_array_unref(). */
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
/* With the error that follows: it goes on once a person agreed to @consent; see TideSourceStatus. */
void tide_source_run_ask (TideSourceRun *run, const char *consent);
/* Whether the partition has nothing to read, and had nothing for a while: then it does not hold the watermark. */
void tide_source_run_set_idle (TideSourceRun *run, int32_t partition, bool idle);
/* CSV: the record that names the columns of what follows. */
bool tide_source_run_header (TideSourceRun *run, const char *data, gsize len, GError **error);
/* Sleeps until @monotonic_us (g_get_monotonic_time()) or until the source is stopped. FALSE when stopped. */
bool tide_source_run_wait (TideSourceRun *run, int64_t monotonic_us);

/* What ingest-source.c does with a run; see there. */
TideSourceRun *tide_source_run_new (const TideSourceClass *kind, const char *dir, const TideSourceDef *def,
                                    const TideStream *stream, const TideSourceHost *host, const TideClock *clock);
void tide_source_run_free (TideSourceRun *run);
void tide_source_run_main (TideSourceRun *run);
void tide_source_run_stop (TideSourceRun *run);
void tide_source_run_resume (TideSourceRun *run);
void tide_source_run_set_stream (TideSourceRun *run, const TideStream *stream);
void tide_source_run_get_status (TideSourceRun *run, TideSourceStatus *ret_status);
/* NULL: no such kind. */
const TideSourceClass *tide_source_class_find (const char *kind);

G_END_DECLS
