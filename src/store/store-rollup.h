/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the batch layer keeps: states at a cut, by metric version; groups; base. Not for ratios: their parts are metrics
 * of their own. */
#pragma once

#include "store-db.h"
#include "store-writer.h"

G_BEGIN_DECLS

/* The published cut of a metric version. States published at it hold every event up to it, also those in the base. */
typedef struct
{
  bool exists;       /* a version that serves: it was published, and has caught up with the one before it */
  gint64 id;         /* of the metric version */
  gint64 run;        /* that published it; 0: none yet */
  TideSeq cut;
  TideTime cut_time; /* event time of the event at the cut; NONE when it is gone */
  TideTime published;
  TideSeq base_seq;  /* states of events up to here can't be recomputed (the floor when it was made or folded) */
  char *offsets;     /* next offsets at the cut: {"orders":{"0":4010212,…}}; NULL while it is backfilled */
  /* An older version of the same name, aggregate and groups, which alone has the events that were already deleted when
   * this one was made; 0: none. Panes that start before previous_to are to be taken from it, and marked. */
  gint64 previous;
  TideTime previous_to;
  gint64 first_generation, generation; /* of the rows of state that are published */
  uint64_t corrupt;      /* events that the states lack: their blocks were damaged when they were read */
  TideSeq first_corrupt; /* the first of them */
} TideCut;

void tide_cut_clear (TideCut *cut);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideCut, tide_cut_clear)

/* By name and metric->version. exists is FALSE when it was never published, or is still backfilled. */
bool tide_store_get_cut (TideReader *reader, const TideMetric *metric, TideCut *ret_cut, GError **error);
/* The same, but exists is also TRUE while it is backfilled: its states are exact at its cut, which is only behind. */
bool tide_store_get_backfill (TideReader *reader, const TideMetric *metric, TideCut *ret_cut, GError **error);
/* The version that @cut names as previous: only for tide_store_read_states(), tide_store_get_groups() and its own
 * previous. exists is FALSE when there is none. */
bool tide_store_get_previous (TideReader *reader, const TideCut *cut, TideCut *ret_cut, GError **error);
/* While @metric's version is backfilled: the older one that serves in its place, when it has the same aggregate, groups
 * and panes. exists is FALSE when there is none. */
bool tide_store_get_stand_in (TideReader *reader, const TideMetric *metric, TideCut *ret_cut, char **ret_definition,
                              char **ret_version, GError **error);
/* Groups known at the cut. Of a previous version: with that version's cut and the present metric. */
TideGroups *tide_store_get_groups (TideReader *reader, const TideMetric *metric, const TideCut *cut, GError **error);
/* Groups known at the floor, with which a recompute starts. */
TideGroups *tide_store_get_base_groups (TideReader *reader, const TideMetric *metric, const TideCut *cut, GError **error);
/* Merges published states (or the base's) of stored panes that start in [from, to) into @panes, whose pane may be
 * longer than the stored one. */
bool tide_store_read_states (TideReader *reader, const TideCut *cut, TideTime from, TideTime to, TidePanes *panes,
                             GError **error);
/* The same from sums of whole days, each at its start, as far as there are any: the rest is outside of what is returned. */
bool tide_store_read_days (TideReader *reader, const TideCut *cut, TideTime from, TideTime to, TidePanes *panes,
                           TideTime *ret_from, TideTime *ret_to, GError **error);
bool tide_store_read_base (TideReader *reader, const TideCut *cut, TideTime from, TideTime to, TidePanes *panes,
                           GError **error);

/* One roll-up run of one metric version, in the batch worker. begin() makes the version when it is new, and forgets
 * rows that were never published; add() writes rows in small transactions; publish() makes cut and rows visible by one
 * row. add() and publish() may be repeated with a growing cut (a backfill in chunks); what was added by then belongs to
 * the events in (cut before, cut]. A version whose name has an older one serves, instead of that, from the first
 * publish() that reaches the older one's cut. */
typedef struct _TideRollupWrite TideRollupWrite;

/* Errors: INVALID for a ratio. Thread: worker. */
TideRollupWrite *tide_rollup_write_begin (TideWriter *writer, TideMetric *metric, gint64 run, GError **error);
/* Events up to here are in its states: fold those after it. The floor, in a version that is new. */
TideSeq tide_rollup_write_get_cut (const TideRollupWrite *write);
/* States of one pane and group may come in several calls. Errors: BUSY when the version was forgotten meanwhile. */
bool tide_rollup_write_add (TideRollupWrite *write, const TidePanes *panes, GError **error);
/* What is published next lacks @n events, of which @first is the first, since they could not be read. */
void tide_rollup_write_note_corrupt (TideRollupWrite *write, uint64_t n, TideSeq first);
/* @groups as known at @cut; later ones are left out. Errors: BUSY when another run published meanwhile. */
bool tide_rollup_write_publish (TideRollupWrite *write, const TideGroups *groups, TideSeq cut, GError **error);
void tide_rollup_write_free (TideRollupWrite *write);
/* Merges the rows of published runs into one a (pane, group), in small transactions; looks only at panes that were
 * written since it last did. */
bool tide_rollup_compact (TideWriter *writer, TideMetric *metric, GError **error);
/* Sums published states by whole days, for tide_store_read_days(). */
bool tide_rollup_sum_days (TideWriter *writer, TideMetric *metric, GError **error);
/* Throws away the published states of a version and starts again from its base, so that the next run builds them from
 * base and events. Readers see all of the old or all of the new. */
bool tide_rollup_reset (TideWriter *writer, TideMetric *metric, GError **error);
/* Versions of @stream that no metric of the workspace has any more are removed once nothing serves from them. Only for
 * the one that rolls @stream up: the workspace of its start may know less of others than there is by now. */
bool tide_rollup_forget (TideWriter *writer, const TideWorkspace *workspace, const char *stream, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRollupWrite, tide_rollup_write_free)

G_END_DECLS
