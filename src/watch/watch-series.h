/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of one metric at closed panes, and the states that they come from. Private to watch-feed.c and
 * watch-series.c. */
#pragma once

#include "watch-private.h"

G_BEGIN_DECLS

/* The states of one plain metric, shared by all series that need it. */
typedef struct
{
  TideMetric *metric;
  const TideAggregate *aggregate;
  TidePlan *plan;
  TidePanes *panes;
  TideGroups *groups;
  GPtrArray *labels;      /* char*, by group; made when asked for */
  TideDuration lookback;  /* how much before the watermark is still needed */
  guint last_size;        /* panes after the last pruning */
  guint seeded;           /* groups that were known before what was read again, since when */
  TideTime seeded_at;
  int64_t cpu_ns;         /* of folding, not told yet */
} TideWatchFold;

TideWatchFold *tide_watch_fold_new (TideMetric *metric);
void tide_watch_fold_free (TideWatchFold *fold);
const char *tide_watch_fold_get_label (TideWatchFold *fold, guint group);
/* Forgets panes that start before @before, when there are many. */
void tide_watch_fold_prune (TideWatchFold *fold, TideTime before);

struct _TideWatchSeries
{
  TideMetric *metric;             /* that its rules are about: its panes and window */
  TideWatchFold *above, *below;   /* below NULL: no ratio */
  bool groups_of_below;
  TideDuration delay;
  TideTime next;                  /* start of the next pane to close; NONE: no event yet */
  TideTime next_end;
  guint n, allocated;             /* groups */
  double *values;
  bool *present;                  /* had events */
  TideTime *last_data;
  double *scratch_values;
  bool *scratch_present;
  guint history;                  /* panes kept before the present one */
  double *past;                   /* (history + 1) × allocated, a ring */
  guint past_at;                  /* slot of the present pane */
  GPtrArray *rules;
  char *error;
  int64_t cpu_ns;                 /* of closing panes, with what rules make of them; not told yet */
};

void tide_watch_series_free (TideWatchSeries *series);
TideWatchFold *tide_watch_series_get_groups_of (const TideWatchSeries *series);
/* Brings values up to the pane [from, to). */
void tide_watch_series_compute (TideWatchSeries *series, TideTime from, TideTime to);
gsize tide_watch_series_get_bytes (const TideWatchSeries *series);

G_END_DECLS
