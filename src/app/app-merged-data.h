/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an answer to what Merged draws. No widgets, so that it can be tested without a display. Thread: any. */
#pragma once

#include "app-chart-model.h"
#include "pipeline.h"

G_BEGIN_DECLS

/* The lengths of panes that a person may choose for @metric over @span: multiples of what is stored, 4 to 400 of them.
 * Ascending; @ret_default indexes the one that gives about 72. TidePeriod elements; never empty. */
GArray *tide_merged_get_periods (const TideMetric *metric, TideDuration span, guint *ret_default);

/* Whether the panes of @metric are drawn as columns of its layers. */
bool tide_merged_has_columns (const TideMetric *metric);

/* Columns with the cut and late caps, or lines by group. @by_group: only lines. @every as queried. */
TideChartData *tide_merged_get_chart (const TideRows *rows, TidePeriod every, bool by_group);

/* {"orders":{"0":4010212}} in order. */
typedef struct
{
  char *source, *partition;
  gint64 offset;
} TideOffset;

void tide_offset_free (TideOffset *offset);
/* TideOffset*; what cannot be read is left out. NULL: none. */
GPtrArray *tide_merged_parse_offsets (const char *json);

G_END_DECLS
