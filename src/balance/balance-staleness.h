/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "serving.h"

G_BEGIN_DECLS

/* The history of a metric in equal steps, group by group; step i ends at start + (i + 1) × step. */
typedef struct
{
  TideTime start;
  TideDuration step;
  guint n, n_groups;
  /* n_groups rows of n. Of a counter: what came in the step. Of a gauge: its value over the window that ends with the
   * step, NAN for none. */
  double *values;
  bool counter;
} TideSeries;

TideSeries *tide_series_new (TideTime start, TideDuration step, guint n, guint n_groups, bool counter);
void tide_series_free (TideSeries *series);
/* Mean size of the answer, over all groups; @window: of a counter. NAN when the history is shorter than it. */
double tide_series_get_level (const TideSeries *series, TideDuration window);
/* Standard error of the answer itself, relative to @level: below this no refresh makes it better. */
double tide_series_get_noise (const TideSeries *series, TideDuration window, double level);

/* How an answer is refreshed. */
typedef struct
{
  TideDuration every;    /* T */
  TideDuration run;      /* D: how long a refresh takes */
  TideDuration lateness; /* how long events are under way: younger ones are not known yet */
  TideDuration window;   /* decision window, of a counter */
  double level;          /* that errors are relative to */
} TideRefresh;

typedef struct
{
  double windows;        /* refresh cycles that were seen */
  double sum;            /* of the errors: mean = sum / errors.count */
  TideQuantiles errors;  /* relative */
} TideStaleness;

/* Adds the samples of steps [from, to) to @into. Pure. */
void tide_staleness_measure (const TideSeries *series, guint from, guint to, const TideRefresh *refresh,
                             TideStaleness *into);

/* The refresh intervals that are looked at: 1 s … 24 h. 1 s stands for real time. */
#define TIDE_N_INTERVALS 9
extern const TideDuration tide_intervals[TIDE_N_INTERVALS];
/* Fewer refresh cycles than this say nothing. */
#define TIDE_STALENESS_MIN_WINDOWS 30

/* The run: measures what came since the last one, for each metric and interval, and stores it. Thread: worker. Errors:
 * CANCELLED, CORRUPT, FULL; what was stored before stays. */
bool tide_staleness_run (TideStore *store, TideWriter *writer, TideServing *serving, const TideWorkspace *workspace,
                         TideTime now, GCancellable *cancellable, GError **error);

/* For tests: the two grains of a metric's history, [from, to). */
TideSeries *tide_series_from_panes (TideServing *serving, TideMetric *metric, TideTime from, TideTime to,
                                    GCancellable *cancellable, GError **error);
TideSeries *tide_series_from_events (TideReader *reader, TideMetric *metric, TideTime from, TideTime to,
                                     GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSeries, tide_series_free)

G_END_DECLS
