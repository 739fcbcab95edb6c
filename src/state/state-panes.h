/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "state-plan.h"

G_BEGIN_DECLS

/* States of a metric by (pane, group): what the batch layer writes, the speed layer caches and serving merges.
 * Panes start at multiples of the pane length since the epoch. One thread at a time. */
typedef struct _TidePanes TidePanes;

typedef struct
{
  TideTime pane;  /* its start */
  uint32_t group;
  const void *state;
} TidePaneState;

TidePanes *tide_panes_new (TideMetric *metric, TideDuration pane);
void tide_panes_free (TidePanes *panes);
void tide_panes_clear (TidePanes *panes);
/* Folds rows [from, to) of @batch. */
void tide_panes_fold (TidePanes *panes, TidePlan *plan, TideGroups *groups, const TideBatch *batch, uint32_t from,
                      uint32_t to);
/* Group ids of both must be of one dictionary. */
void tide_panes_merge (TidePanes *panes, const TidePanes *other);
void tide_panes_merge_state (TidePanes *panes, TideTime pane, uint32_t group, const void *state);
/* Merges a state as written by tide_panes_write(). */
bool tide_panes_merge_bytes (TidePanes *panes, TideTime pane, uint32_t group, const guint8 *data, gsize len,
                             GError **error);
void tide_panes_write (const TidePanes *panes, const void *state, GByteArray *bytes);
/* NULL when there is none. */
const void *tide_panes_find (const TidePanes *panes, TideTime pane, uint32_t group);
guint tide_panes_get_n (const TidePanes *panes);
/* Those that start in [from, to), ascending by pane, then group; the array is the caller's, its states are borrowed until the next change. */
TidePaneState *tide_panes_list (const TidePanes *panes, TideTime from, TideTime to, guint *ret_n);
/* Events folded, that is rows that the predicate took; merge() adds those of the other. */
uint64_t tide_panes_get_events (const TidePanes *panes);
gsize tide_panes_get_bytes (const TidePanes *panes);
TideMetric *tide_panes_get_metric (const TidePanes *panes);
TideDuration tide_panes_get_pane (const TidePanes *panes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TidePanes, tide_panes_free)

G_END_DECLS
