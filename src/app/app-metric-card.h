/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "app-chart.h"
#include "app-freshness.h"

G_BEGIN_DECLS

/* A metric of Live: title, latest value, freshness, chart of the last minutes. Thread: main. */
#define TIDE_TYPE_METRIC_CARD (tide_metric_card_get_type ())
G_DECLARE_FINAL_TYPE (TideMetricCard, tide_metric_card, TIDE, METRIC_CARD, AdwBin)

/* @axis is shared by the cards of a pane; a reference is taken. */
GtkWidget *tide_metric_card_new (TideChartAxis *axis, TideMetric *metric);
/* Rules that its next drawing shows: their limit, and since when groups are pending or firing. Both may be NULL. */
void tide_metric_card_set_alerts (TideMetricCard *self, TideWorkspace *workspace, TideWatchSnapshot *alerts);
TideMetric *tide_metric_card_get_metric (TideMetricCard *self); /* borrowed */
/* @metric points into @snapshot, of which the chart keeps a reference. */
void tide_metric_card_update (TideMetricCard *self, TideLiveSnapshot *snapshot, const TideLiveMetric *metric,
                              const TideStatus *status);
/* While paused nothing but the badge moves: @since is when, @now is the snapshot that is not drawn. */
void tide_metric_card_update_paused (TideMetricCard *self, TideTime since, TideTime time, const TideLiveMetric *now);
void tide_metric_card_set_compact (TideMetricCard *self, bool compact);

/* Series that a card shows: groups of the metric by id, at most five, and `other`. Fills @ret_index; returns how many. */
#define TIDE_CARD_MAX_SERIES 6
guint tide_metric_card_pick (const TideLiveMetric *metric, guint ret_index[TIDE_CARD_MAX_SERIES]);

G_END_DECLS
