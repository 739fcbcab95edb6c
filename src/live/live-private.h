/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "live.h"

G_BEGIN_DECLS

/* States of one metric by group and second, in a ring over the newest seconds; see live-ring.c. */
typedef struct _TideLiveRing TideLiveRing;

TideLiveRing *tide_live_ring_new (TideMetric *metric, TideDuration horizon);
TideLiveRing *tide_live_ring_ref (TideLiveRing *ring);
void tide_live_ring_unref (TideLiveRing *ring);
TideMetric *tide_live_ring_get_metric (TideLiveRing *ring);
/* Takes a metric of the same version with another title, unit or tier. */
void tide_live_ring_set_metric (TideLiveRing *ring, TideMetric *metric);
void tide_live_ring_set_groups (TideLiveRing *ring, const TideGroups *groups);
/* Bounds what the sketches of its states hold; see live-ring.c for what becomes of the oldest. */
void tide_live_ring_set_max_bytes (TideLiveRing *ring, gsize bytes);
void tide_live_ring_add (TideLiveRing *ring, const TideBatch *batch);
gsize tide_live_ring_get_bytes (TideLiveRing *ring);
/* Values of the @n seconds that end with second @last (both counted from the epoch); fills all of @ret_metric but
 * times. */
void tide_live_ring_snapshot (TideLiveRing *ring, int64_t last, guint n, TideLiveMetric *ret_metric,
                              int64_t *ret_sweep_ns);
/* A ratio's part of a snapshot, from those of its two metrics. */
void tide_live_ratio_snapshot (TideMetric *metric, int64_t last, const TideLiveMetric *numerator,
                               const TideLiveMetric *denominator, TideLiveMetric *ret_metric);
guint tide_live_metric_n_known (const TideLiveMetric *metric, int64_t last);
void tide_live_metric_trim (TideLiveMetric *metric, int64_t last);
void tide_live_metric_clear (TideLiveMetric *metric);

G_END_DECLS
