/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-catalog.h"
#include "model-cron.h"
#include "model-predicate.h"
#include "model-stream.h"
#include "model-time.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_TIER_REAL_TIME,
  TIDE_TIER_MICRO_BATCH, /* every refresh_us */
  TIDE_TIER_BATCH,       /* on its schedule, else with the roll-ups */
} TideTier;

#define TIDE_GROUP_CAP_DEFAULT 10000
/* Stored panes are at most this long; longer ones are composed from them. */
#define TIDE_STORED_PANE_MAX (15 * TIDE_MINUTE)

typedef struct _TideMetric TideMetric;

/* aggregate(field) WHERE predicate BY fields EVERY pane [OVER window]. Immutable, counted by reference. */
struct _TideMetric
{
  char *name;
  char *title;              /* for people */
  const TideStream *stream; /* a reference */
  const TideAggregateSpec *aggregate;
  int field;                /* index in the stream; -1 when the aggregate takes none */
  TideMetric *numerator, *denominator; /* references; only of a ratio */
  TidePredicate *where;     /* NULL: every event */
  uint32_t *by;             /* batch columns; n_by */
  char **by_names;          /* NULL-terminated */
  uint32_t n_by;
  TidePeriod every;
  TideDuration over;        /* 0: tumbling; else a multiple of the stored pane */
  TideDuration stored_pane; /* divides every, over and TIDE_STORED_PANE_MAX */
  GTimeZone *zone;
  char *unit;               /* of the value, as shown: "EUR", "EUR/s"; NULL: none */
  int scale;                /* decimals of an exact value */
  TideTier tier;
  TideDuration refresh;     /* of MICRO_BATCH */
  TideSchedule *schedule;   /* of BATCH; NULL: that of the workspace's roll-ups */
  TideDuration freshness;   /* objective; 0: none */
  double tolerance;         /* relative; NAN: none */
  TideDuration decision;    /* the span that a decision looks at: decision=, else over, else every */
  uint32_t group_cap;
  char *definition;         /* canonical text: "sum(amount) where status = 'delivered' by city every 1min" */
  char version[17];         /* hash of what decides its states (not of title, tier, freshness), hex */
  gatomicrefcount refs;
};

TideMetric *tide_metric_ref (TideMetric *metric);
void tide_metric_unref (TideMetric *metric);

/* What a metric is made of, as text; NULL: as in the workspace file's defaults. */
typedef struct
{
  const char *name, *title, *aggregate, *where, *by, *every, *over, *tier, *refresh, *schedule, *freshness, *tolerance,
      *decision, *group_cap, *time_zone, *unit;
} TideMetricText;

/* Stored panes and windows are whole seconds. */
#define TIDE_STORED_PANE_MIN TIDE_SECOND
#define TIDE_GROUP_BY_MAX 8

/* @ret_key names the key that is wrong. @lookup finds the metrics of a ratio by name (borrowed); a ratio takes its
 * stream, fields and group cap from them, so @stream may be NULL. */
TideMetric *tide_metric_new (const TideMetricText *text, const TideStream *stream, const TideCatalog *catalog,
                             GTimeZone *default_zone, TideMetric *(*lookup) (const char *name, void *data), void *data,
                             const char **ret_key, GError **error);

/* The metric as a definition said that it was before; NULL when it can't be told any more. */
TideMetric *tide_metric_new_former (const TideMetric *metric, const char *definition, const char *version,
                                    const TideCatalog *catalog);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideMetric, tide_metric_unref)

G_END_DECLS
