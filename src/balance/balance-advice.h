/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "balance-cost.h"
#include "balance-staleness.h"

G_BEGIN_DECLS

/* One refresh interval of a metric: how wrong, how old, how dear. */
typedef struct
{
  TideDuration every;     /* 1 s: real time */
  double error;           /* relative, within this for 95 % of the time; NAN: not known */
  double mean_error;
  double windows;         /* refresh cycles that were seen */
  bool measured;          /* on 30 or more; else error is that of the next longer interval that was, an upper bound */
  TideDuration age;       /* of the answer at most: T and the run */
  double usd_per_h;       /* of the stream and the metric, at this interval */
  bool meets;             /* tolerance and objective */
} TideAdvicePoint;

/* The advice for one metric. Immutable. */
typedef struct
{
  char *name, *title, *definition, *stream;
  TideTier tier;
  TideDuration every;        /* today: 1 s is real time */
  TideDuration objective;    /* 0: none */
  TideDuration alert_age;    /* what its quickest alert takes to fire: older it may not be; 0: it has none */
  double tolerance;          /* what was judged by */
  bool tolerance_is_default; /* the metric names none */
  TideDuration decision;     /* window of a counter */
  bool counter;
  double noise;              /* noise floor, relative; NAN: not known */
  guint n_points;
  TideAdvicePoint points[TIDE_N_INTERVALS + 1]; /* fastest first: of tide_intervals, and today's where it is another */
  TideAdvicePoint now;       /* at @every */
  int advised;               /* index of a point; -1: too little was seen, stay */
  double saves_usd_per_h;    /* by moving this metric alone; below 0: what it costs more */
  char *forced_by;           /* another metric that keeps the stream as fast as it is; NULL: none */
  char *why;                 /* one sentence */
} TideAdvice;

/* The advice for one stream: what it costs at each interval, and who needs it how fast. */
typedef struct
{
  char *name;
  TideDuration every;        /* today: of its fastest metric */
  TideDuration advised;      /* of its fastest metric, as advised */
  char *forced_by, *forced_by_advised; /* those metrics; NULL: no metric */
  double usd_per_h[TIDE_N_INTERVALS]; /* the stream itself */
  double shared_usd_per_h;   /* what it costs however slow */
} TideStreamAdvice;

typedef struct
{
  TideTime time;
  char *currency;
  double exchange;
  GPtrArray *metrics; /* TideAdvice*, what saves most first */
  GPtrArray *streams; /* TideStreamAdvice* */
} TideAdvices;

/* From what tide_staleness_run() stored and what was metered. Thread: worker. Errors: BUSY, CORRUPT. */
TideAdvices *tide_advices_get (TideReader *reader, const TideWorkspace *workspace, const TidePriceBook *book,
                               TideTime now, GError **error);
void tide_advices_free (TideAdvices *advices);
const TideAdvice *tide_advices_find (const TideAdvices *advices, const char *metric);

/* The pure part: judges @advice with another tolerance or objective (what-if); sets meets, advised and why. */
void tide_advice_judge (TideAdvice *advice);

/* How often a metric's tier refreshes it: 1 s is real time. */
TideDuration tide_metric_get_interval (const TideMetric *metric, const TideWorkspace *workspace, TideTime now);
/* "real-time", "every 5min"; the caller's. */
char *tide_interval_to_string (TideDuration every);
/* "12 %", "0.0047 %": two digits, in full; the caller's. */
char *tide_share_to_string (double share);
/* The tier that refreshes so often: "real-time", "every 5min", "batch every 1h"; the caller's. */
char *tide_interval_to_tier (TideDuration every);
/* Writes the tier that refreshes @metric every @every into @conf, and how often the sources of its stream have to
 * connect for what their metrics then need. Errors: NOT_FOUND. */
bool tide_advice_edit (TideConf *conf, const TideWorkspace *workspace, const char *metric, TideDuration every,
                       TideTime now, GError **error);

/* Measures advice that was applied and has been followed for long enough: realised error and cost. Thread: worker. */
bool tide_advice_follow_up (TideReader *reader, TideWriter *writer, const TideWorkspace *workspace,
                            const TidePriceBook *book, TideTime now, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideAdvices, tide_advices_free)

G_END_DECLS
