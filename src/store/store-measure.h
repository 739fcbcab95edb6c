/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Tidemark measures about itself and about its metrics: latencies, use, freshness, staleness error, advice that
 * was applied. Plain tables, added to in small transactions. */
#pragma once

#include "store-db.h"
#include "store-writer.h"

G_BEGIN_DECLS

/* Latencies of one stream and stage in one minute, as a mergeable sketch of µs. */
typedef struct
{
  TideTime minute;
  char *stream;
  int stage;
  TideQuantiles sketch;
} TideLatencyMinute;

void tide_latency_minute_free (TideLatencyMinute *minute);
/* TideLatencyMinute* elements; merged with what is there. */
bool tide_latency_save (TideWriter *writer, GPtrArray *minutes, GError **error);
/* Minutes in [from, to); stream NULL: of all; stage -1: all. Ascending. */
GPtrArray *tide_store_get_latency (TideReader *reader, const char *stream, int stage, TideTime from, TideTime to,
                                   GError **error);

/* What one activity used in one hour for one source, stream and metric ("" where it is for none). */
typedef struct
{
  TideTime hour;
  char *activity, *source, *stream, *metric;
  int64_t cpu_ns;
  double seconds;         /* wall time that was metered; only in the row of all */
  guint64 bytes, events, runs;
} TideUseHour;

void tide_use_hour_free (TideUseHour *use);
/* TideUseHour* elements; added to what is there. */
bool tide_use_save (TideWriter *writer, GPtrArray *hours, GError **error);
GPtrArray *tide_store_get_use (TideReader *reader, TideTime from, TideTime to, GError **error);

/* Of one metric and hour: seconds in which its objective was met, of those in which it was looked at. */
typedef struct
{
  TideTime hour;
  char *metric;
  double met_s, total_s;
} TideFreshHour;

void tide_fresh_hour_free (TideFreshHour *hour);
bool tide_fresh_save (TideWriter *writer, GPtrArray *hours, GError **error);
GPtrArray *tide_store_get_fresh (TideReader *reader, const char *metric, TideTime from, TideTime to, GError **error);

/* Staleness errors of one metric version at one refresh interval, over the samples of one bucket of time. */
typedef struct
{
  char *metric, *version;
  TideDuration every;
  TideTime bucket;
  double windows;       /* refresh cycles that were seen */
  double sum;           /* of the relative errors */
  TideQuantiles sketch; /* of the relative errors */
} TideStalenessBucket;

/* Up to where a metric's history was measured in one grain, and what was found on the way. */
typedef struct
{
  char *metric, *version;
  TideDuration grain;
  TideTime upto;
  double level, noise;  /* of the answer, in its unit; relative; NAN: not known */
} TideStalenessMark;

void tide_staleness_bucket_free (TideStalenessBucket *bucket);
void tide_staleness_mark_free (TideStalenessMark *mark);
/* In one transaction, so that nothing is measured twice: adds the buckets, moves the mark, forgets what is older than
 * @short_before (of intervals under an hour) or @long_before, and all of other versions. */
bool tide_staleness_save (TideWriter *writer, GPtrArray *buckets, const TideStalenessMark *mark, TideTime short_before,
                          TideTime long_before, GError **error);
/* Merged over the buckets that start at or after @since: one element for each interval, ascending. */
GPtrArray *tide_store_get_staleness (TideReader *reader, const char *metric, const char *version, TideTime since,
                                     GError **error);
/* NULL without an error when there is none. */
TideStalenessMark *tide_store_get_staleness_mark (TideReader *reader, const char *metric, const char *version,
                                                  TideDuration grain, GError **error);

/* Advice that was taken: what was foretold and what it became. */
typedef struct
{
  gint64 id;
  char *metric;
  TideTime applied, until;       /* until: when something else was applied; NONE */
  TideDuration from_every, every;
  double predicted_error, predicted_usd_per_h, before_usd_per_h;
  double realised_error, realised_usd_per_h; /* NAN: not known yet */
  TideTime measured;             /* NONE */
} TideAppliedAdvice;

void tide_applied_advice_free (TideAppliedAdvice *advice);
/* Ends what was applied to the metric before. */
bool tide_advice_record (TideWriter *writer, const TideAppliedAdvice *advice, GError **error);
bool tide_advice_measure (TideWriter *writer, const TideAppliedAdvice *advice, GError **error);
/* Newest first; metric NULL: of all. */
GPtrArray *tide_store_get_applied_advice (TideReader *reader, const char *metric, guint max, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideStalenessMark, tide_staleness_mark_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideStalenessBucket, tide_staleness_bucket_free)

G_END_DECLS
