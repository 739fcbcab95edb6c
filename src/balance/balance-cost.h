/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "balance-meter.h"
#include "balance-prices.h"
#include "serving.h"

G_BEGIN_DECLS

/* --- what things cost now --- */

/* One line of the bill. Metered: this program, priced as if the computer were rented. Platform: what a source needs
 * from elsewhere. One of the two is 0. */
typedef struct
{
  TideActivity activity; /* TIDE_N_USES: a platform, storage or memory; see item */
  char *item;            /* "decode", "storage", "memory", or the title of a price */
  char *source, *stream, *metric; /* "" where it is for none: shared */
  TideTier tier;         /* of the metric or the source; REAL_TIME where it is shared */
  bool has_tier;
  double cpu_s_per_h;
  double metered_usd_per_h, platform_usd_per_h;
} TideCostRow;

typedef struct
{
  TideTime time;
  char *currency;
  double exchange;             /* of the currency for a US dollar */
  double metered_s;            /* that rates rest on, of the last day */
  GPtrArray *rows;             /* TideCostRow*, dearest first */
  double metered_usd_per_h, platform_usd_per_h;
  double month_usd;            /* since the month began */
  double forecast_usd;         /* of the whole month, if all goes on as now */
  double budget_usd;           /* NAN: none */
  char *warning;               /* one sentence; NULL: the budget holds, or there is none */
} TideCosts;

/* Thread: worker. Errors: BUSY, CORRUPT. */
TideCosts *tide_costs_get (TideReader *reader, const TideWorkspace *workspace, const TidePriceBook *book, TideTime now,
                           GError **error);
void tide_costs_free (TideCosts *costs);

/* Sums of the bill by one thing. */
typedef enum
{
  TIDE_COST_BY_TIER,
  TIDE_COST_BY_SOURCE,
  TIDE_COST_BY_STREAM,
  TIDE_COST_BY_METRIC,
  TIDE_COST_BY_ANALYSIS,
} TideCostBy;

/* TideCostRow* elements, dearest first: a tier, or the name of the thing in its field (an analysis stands as metric),
 * and one with neither, which is what is for no single one: shared. Together they are the bill. */
GPtrArray *tide_costs_sum (const TideCosts *costs, TideCostBy by);
/* Header and a line a row: item,source,stream,metric,tier,cpu s/h, and metered and platform an hour, a day, a month. */
bool tide_costs_write_csv (const TideCosts *costs, TideCsv *csv, GError **error);

/* What an hour cost, stream by stream ("" is shared), for the chart. */
typedef struct
{
  TideTime hour;
  char *stream;
  double usd;
} TideCostHour;

void tide_cost_hour_free (TideCostHour *hour);
/* TideCostHour* elements, ascending. */
GPtrArray *tide_costs_history (TideReader *reader, const TideWorkspace *workspace, const TidePriceBook *book,
                               TideTime from, TideTime to, GError **error);

/* --- what a tier would cost --- */

/* What a stream uses, as measured, in figures that do not depend on how often it is read. */
typedef struct
{
  char *name;
  double events_per_h, bytes_per_event;
  gint64 stored_bytes;
  double decode_ns_per_event, store_ns_per_event;
  double rollup_run_us, rollup_event_us; /* a run costs the one, and the other for each event */
  TideDuration rollup_every; /* how often it is rolled up */
  double refresh_run_us;  /* a refresh of one of its metrics that are not real-time, but for what each event adds */
  TideDuration run;       /* how long a roll-up takes: median */
  TideDuration lateness;  /* how long events are under way */
  TideDuration unstored;  /* and how long until they are committed: on average, when a refresh comes */
  double batches_per_h;   /* that came to the live rings */
  bool measured;          /* it ran long enough to be metered */
} TideStreamUse;

typedef struct
{
  char *name;
  double live_ns_per_batch;   /* fold into the rings, and sweep what it changed */
  double snapshot_ns_per_s;   /* what Live draws, ten times a second */
  double rollup_share;        /* of the stream's roll-ups */
  double refresh_run_us;      /* its own; that of the stream where it was never refreshed */
} TideMetricUse;

typedef struct
{
  GPtrArray *streams; /* TideStreamUse* */
  GPtrArray *metrics; /* TideMetricUse*, ratios left out: they have no state of their own */
} TideUseModel;

/* Run and lateness alone, of the stream that @use names. */
bool tide_stream_use_get_times (TideReader *reader, TideStreamUse *use, TideTime now, GError **error);
/* How much older than its moment of refresh the answer is: it is read from the store, which is behind by what is not
 * committed; and from an hour on it is a roll-up's, which takes its time. */
TideDuration tide_stream_run_at (const TideStreamUse *use, TideDuration every);
TideUseModel *tide_use_model_get (TideReader *reader, const TideWorkspace *workspace, TideTime now, GError **error);
void tide_use_model_free (TideUseModel *model);
TideStreamUse *tide_use_model_get_stream (const TideUseModel *model, const char *name);
TideMetricUse *tide_use_model_get_metric (const TideUseModel *model, const char *name);

/* A source that would be drained more often than this stays connected. */
#define TIDE_SOURCE_EVERY_MIN TIDE_MINUTE
/* USD an hour of the stream itself (sources, platform, decode, store) when nothing needs it more often than @every;
 * 1 s: always connected. A source that would lose events by disconnecting stays connected. */
/* USD an hour of one need of a source of the stream. */
double tide_need_cost (const TideNeed *need, const TideStreamUse *use, const TideSourceDef *source, TideDuration every);
double tide_stream_cost (const TideStreamUse *use, const TideWorkspace *workspace, const TidePriceBook *book,
                         TideDuration every);
/* USD an hour of a metric's own part. @use may be NULL (a ratio): 0. */
double tide_metric_cost (const TideMetricUse *use, const TideStreamUse *stream, const TidePriceBook *book,
                         TideDuration every);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideCosts, tide_costs_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideUseModel, tide_use_model_free)

G_END_DECLS
