/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the states of a metric by layer, all inside the caller's one read transaction: what was published at the
 * cut, and what the events after it make. Recompute takes the base and every stored event instead, and none of the
 * batch layer's states: that is the proof that the two agree. */
#include "serving-private.h"

static bool
open_scan (TideReader *reader, TideMetric *metric, TidePlan *plan, const TideFold *fold, TideScan **ret_scan,
           GError **error)
{
  guint n = TIDE_COLUMN_FIELD0 + metric->stream->n_fields;
  g_autofree bool *columns = g_new0 (bool, n);
  TideScanOptions options = { .stream = metric->stream, .after = fold->after, .up_to = fold->up_to,
                              .from = fold->from, .to = fold->to, .columns = columns };

  columns[TIDE_COLUMN_TIME] = true;
  tide_plan_mark_columns (plan, columns);
  *ret_scan = tide_scan_new (reader, &options, error);
  return *ret_scan != NULL;
}

/**
 * tide_serving_fold:
 *
 * Events of blocks that straddle @fold's times are folded too: the panes outside are left out when rows are made.
 *
 * Errors: CANCELLED, CORRUPT (of the database; a corrupt block is counted instead), TIMEOUT.
 * Thread: a worker.
 */
bool
tide_serving_fold (TideReader *reader, TideMetric *metric, TideFold *fold, TideGroups *groups, TidePanes *panes,
                   GError **error)
{
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  g_autoptr (TideScan) scan = NULL;
  TideSeq first_corrupt;
  uint64_t events = 0;

  if (fold->up_to <= fold->after)
    return true;
  if (!open_scan (reader, metric, plan, fold, &scan, error))
    return false;
  for (;;)
    {
      const TideBatch *batch = NULL;

      if (g_cancellable_set_error_if_cancelled (fold->cancellable, error) || !tide_scan_next (scan, &batch, error))
        return false;
      if (batch == NULL)
        break;
      tide_panes_fold (panes, plan, groups, batch, 0, batch->n);
      events += batch->n;
      if (fold->progress != NULL)
        fold->progress (events, fold->data);
    }
  fold->blocks += tide_scan_get_n_blocks (scan);
  uint64_t corrupt = tide_scan_get_corrupt (scan, &first_corrupt);
  if (corrupt > 0 && fold->corrupt == 0)
    fold->first_corrupt = first_corrupt;
  fold->corrupt += corrupt;
  return true;
}

void
tide_parts_clear (TideParts *parts)
{
  tide_cut_clear (&parts->cut);
  g_clear_pointer (&parts->groups, tide_groups_free);
  g_clear_pointer (&parts->batch, tide_panes_free);
  g_clear_pointer (&parts->old, tide_panes_free);
  g_clear_pointer (&parts->former, tide_metric_unref);
  if (!parts->speed_is_cache)
    g_clear_pointer (&parts->speed, tide_panes_free);
  parts->speed = NULL;
}

static bool
read_recompute (TideReader *reader, TideMetric *metric, TideTime from, TideTime to, TideFold *fold, TideParts *parts,
                GError **error)
{
  parts->groups = tide_store_get_base_groups (reader, metric, &parts->cut, error);
  if (parts->groups == NULL)
    return false;
  parts->speed = tide_panes_new (metric, metric->stored_pane);
  if (parts->cut.exists && !tide_store_read_base (reader, &parts->cut, from, to, parts->speed, error))
    return false;
  fold->after = parts->facts.floor_seq;
  /* No time range: groups are numbered in the order of all events. */
  fold->from = TIDE_TIME_NONE;
  fold->to = TIDE_TIME_MAX;
  return tide_serving_fold (reader, metric, fold, parts->groups, parts->speed, error);
}

static bool
read_live (TideServing *serving, TideReader *reader, TideMetric *metric, TideTime from, TideTime to, TideFold *fold,
           TideParts *parts, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_serving_get_workspace (serving);
  TideTime horizon = tide_clock_now (&serving->clock) - workspace->live_horizon;

  parts->speed = tide_panes_new (metric, metric->stored_pane);
  fold->after = parts->facts.floor_seq;
  fold->from = MAX (from, horizon - horizon % metric->stored_pane);
  fold->to = to;
  return tide_serving_fold (reader, metric, fold, parts->groups, parts->speed, error);
}

static void
add_corrupt (TideParts *parts, uint64_t n, TideSeq first)
{
  if (n > 0 && (parts->corrupt == 0 || first < parts->first_corrupt))
    parts->first_corrupt = first;
  parts->corrupt += n;
}

/* What was published at the cut. The part of a day before the range's start is told apart from the rest of it, so
 * only whole days within the range are read as such. */
static bool
read_batch (TideReader *reader, TideTime from, TideTime to, const TideFold *fold, TideParts *parts, GError **error)
{
  TideTime day_from = to, day_to = to;

  if (fold->by_day
      && !tide_store_read_days (reader, &parts->cut, MAX (from, fold->day_from), to, parts->batch, &day_from, &day_to,
                                error))
    return false;
  return tide_store_read_states (reader, &parts->cut, from, day_from, parts->batch, error)
         && tide_store_read_states (reader, &parts->cut, day_to, to, parts->batch, error);
}

static bool
read_layers (TideServing *serving, TideReader *reader, TideSpeed *speed, TideMetric *metric, TideView view,
             TideTime from, TideTime to, TideFold *fold, TideParts *parts, GError **error)
{
  if (!tide_speed_extend (speed, reader, metric, &parts->cut, parts->facts.last_seq, fold->cancellable, error))
    return false;
  parts->groups = tide_groups_copy (speed->groups);
  parts->blocks = speed->blocks;
  parts->took = speed->took;
  parts->corrupt = speed->corrupt;
  parts->first_corrupt = speed->first_corrupt;
  if (view == TIDE_VIEW_LIVE)
    return read_live (serving, reader, metric, from, to, fold, parts, error);
  if (view == TIDE_VIEW_MERGED)
    {
      parts->speed = speed->panes;
      parts->speed_is_cache = true;
    }
  parts->batch = tide_panes_new (metric, metric->stored_pane);
  add_corrupt (parts, parts->cut.corrupt, parts->cut.first_corrupt);
  return read_batch (reader, from, to, fold, parts, error);
}

bool
tide_parts_read (TideServing *serving, TideReader *reader, TideSpeed *speed, TideMetric *metric, TideView view,
                 TideTime from, TideTime to, TideFold *fold, TideParts *ret_parts, GError **error)
{
  g_auto (TideParts) parts = { .metric = metric, .old_to = TIDE_TIME_NONE };

  if (!tide_store_get_stream_facts (reader, metric->stream->name, &parts.facts, error)
      || !tide_store_get_cut (reader, metric, &parts.cut, error))
    return false;
  if (!parts.cut.exists && view != TIDE_VIEW_LIVE && !tide_parts_read_former (reader, &parts, error))
    return false;
  if (parts.former != NULL)
    metric = parts.former;
  fold->up_to = parts.facts.last_seq;
  if (view == TIDE_VIEW_RECOMPUTE ? !read_recompute (reader, metric, from, to, fold, &parts, error)
                                  : !read_layers (serving, reader, speed, metric, view, from, to, fold, &parts, error))
    return false;
  if (view != TIDE_VIEW_LIVE && !tide_parts_read_old (reader, from, to, &parts, error))
    return false;
  parts.blocks += fold->blocks;
  add_corrupt (&parts, fold->corrupt, fold->first_corrupt);
  *ret_parts = parts;
  parts = (TideParts){ 0 };
  return true;
}
