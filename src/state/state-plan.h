/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "state-aggregate.h"
#include "state-groups.h"

G_BEGIN_DECLS

/* A metric made ready to be folded by one thread: its predicate, group lookup and scratch space. Every layer
 * computes through this, so all agree. Not for ratios: they fold their parts. */
typedef struct _TidePlan TidePlan;

TidePlan *tide_plan_new (TideMetric *metric);
void tide_plan_free (TidePlan *plan);
TideMetric *tide_plan_get_metric (const TidePlan *plan);
/* Sets true for each batch column that it reads; the array holds n_columns. */
void tide_plan_mark_columns (const TidePlan *plan, bool *ret_columns);

/* Rows of a batch that count for the metric, with their group. Arrays are the plan's, until its next call. */
typedef struct
{
  uint32_t n;
  const uint32_t *rows;
  const uint32_t *groups;    /* ids in @groups */
  const TideColumn *value;   /* NULL when the aggregate takes no field */
  const int64_t *event_time;
} TideSelection;

/* Rows [from, to) of @batch that the predicate takes; new groups are added to @groups with seq
 * first_seq + row. Groups of a batch not yet numbered (live) get the seq of the newest group there. */
void tide_plan_select (TidePlan *plan, const TideBatch *batch, uint32_t from, uint32_t to, TideGroups *groups,
                       TideSelection *ret_selection);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TidePlan, tide_plan_free)

G_END_DECLS
