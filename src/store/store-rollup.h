/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the batch layer keeps: states at a cut, by metric version; groups; base. */
#pragma once

#include "store-db.h"
#include "store-writer.h"

G_BEGIN_DECLS

/* The published cut of a metric version. */
typedef struct
{
  bool exists;       /* a version that was published at least once */
  gint64 id;         /* of the metric version */
  gint64 run;        /* that published it */
  TideSeq cut;
  TideTime cut_time; /* event time of the event at the cut */
  TideTime published;
  TideSeq base_seq;  /* states of events up to here can't be recomputed (the floor when it was made or folded) */
  char *offsets;     /* next offsets at the cut: {"orders":{"0":4010212,…}} */
  /* An older version of the same name that still serves, and the first pane that only it has; 0: none. */
  gint64 previous;
} TideCut;

void tide_cut_clear (TideCut *cut);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideCut, tide_cut_clear)

/* By metric->version. exists is FALSE when it was never published. */
bool tide_store_get_cut (TideReader *reader, const TideMetric *metric, TideCut *ret_cut, GError **error);
/* Groups known at the cut. */
TideGroups *tide_store_get_groups (TideReader *reader, const TideMetric *metric, const TideCut *cut, GError **error);
/* Groups known at the floor, with which a recompute starts. */
TideGroups *tide_store_get_base_groups (TideReader *reader, const TideMetric *metric, const TideCut *cut, GError **error);
/* Merges published states (or the base's) of panes in [from, to) into @panes. */
bool tide_store_read_states (TideReader *reader, const TideCut *cut, TideTime from, TideTime to, TidePanes *panes,
                             GError **error);
bool tide_store_read_base (TideReader *reader, const TideCut *cut, TideTime from, TideTime to, TidePanes *panes,
                           GError **error);

/* One roll-up run of one metric version, in the batch worker. begin() forgets rows of an earlier run that was
 * never published; add() writes rows in small transactions; publish() makes cut and rows visible by one row. */
typedef struct _TideRollupWrite TideRollupWrite;

TideRollupWrite *tide_rollup_write_begin (TideWriter *writer, TideMetric *metric, gint64 run, GError **error);
bool tide_rollup_write_add (TideRollupWrite *write, const TidePanes *panes, GError **error);
bool tide_rollup_write_publish (TideRollupWrite *write, const TideGroups *groups, TideSeq cut, GError **error);
void tide_rollup_write_free (TideRollupWrite *write);
/* Merges the rows of published runs into one a (pane, group), in small transactions. */
bool tide_rollup_compact (TideWriter *writer, TideMetric *metric, GError **error);
/* Throws away the published states of a version, so that the next run builds them from base and events. */
bool tide_rollup_reset (TideWriter *writer, TideMetric *metric, GError **error);
/* Versions that no metric of the workspace has any more are removed once nothing serves from them. */
bool tide_rollup_forget (TideWriter *writer, const TideWorkspace *workspace, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRollupWrite, tide_rollup_write_free)

G_END_DECLS
