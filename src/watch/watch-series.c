/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of a metric at one closed pane, for every group: states of the stored panes in its window are merged and
 * finished as in every other layer. A group that was seen before and has no event in the pane has the value of an empty
 * state: 0 for a count, none for an average.
 * Limit: history is bounded by HISTORY_MAX_BYTES; past that the series has an error and its rules say so. */
#include "watch-series.h"

#include <math.h>
#include <string.h>

#define HISTORY_MAX_BYTES (64 * 1024 * 1024)
#define PRUNE_MIN 4096

TideWatchFold *
tide_watch_fold_new (TideMetric *metric)
{
  TideWatchFold *fold = g_new0 (TideWatchFold, 1);

  fold->metric = tide_metric_ref (metric);
  fold->aggregate = tide_aggregate_of (metric);
  fold->plan = tide_plan_new (metric);
  fold->panes = tide_panes_new (metric, metric->stored_pane);
  fold->groups = tide_groups_new (metric->n_by, metric->group_cap);
  fold->labels = g_ptr_array_new_with_free_func (g_free);
  if (metric->n_by == 0)
    tide_groups_add (fold->groups, NULL, 0);
  return fold;
}

void
tide_watch_fold_free (TideWatchFold *fold)
{
  tide_plan_free (fold->plan);
  tide_panes_free (fold->panes);
  tide_groups_free (fold->groups);
  g_ptr_array_unref (fold->labels);
  tide_metric_unref (fold->metric);
  g_free (fold);
}

static char *
make_label (TideWatchFold *fold, guint group)
{
  bool whole = fold->metric->n_by == 0 && group != TIDE_GROUP_OTHER;

  return whole ? g_strdup ("") : tide_groups_get_label (fold->groups, group);
}

const char *
tide_watch_fold_get_label (TideWatchFold *fold, guint group)
{
  while (fold->labels->len <= group)
    g_ptr_array_add (fold->labels, make_label (fold, fold->labels->len));
  return g_ptr_array_index (fold->labels, group);
}

void
tide_watch_fold_prune (TideWatchFold *fold, TideTime before)
{
  guint n = 0;

  if (tide_panes_get_n (fold->panes) < MAX (PRUNE_MIN, 2 * fold->last_size))
    return;
  g_autofree TidePaneState *list = tide_panes_list (fold->panes, before, TIDE_TIME_MAX, &n);
  TidePanes *kept = tide_panes_new (fold->metric, fold->metric->stored_pane);

  for (guint i = 0; i < n; i++)
    tide_panes_merge_state (kept, list[i].pane, list[i].group, list[i].state);
  tide_panes_free (fold->panes);
  fold->panes = kept;
  fold->last_size = n;
}

void
tide_watch_series_free (TideWatchSeries *series)
{
  g_free (series->values);
  g_free (series->present);
  g_free (series->last_data);
  g_free (series->scratch_values);
  g_free (series->scratch_present);
  g_free (series->past);
  g_free (series->error);
  g_ptr_array_unref (series->rules);
  tide_metric_unref (series->metric);
  g_free (series);
}

TideWatchFold *
tide_watch_series_get_groups_of (const TideWatchSeries *series)
{
  return series->groups_of_below ? series->below : series->above;
}

gsize
tide_watch_series_get_bytes (const TideWatchSeries *series)
{
  return (gsize) series->allocated * (3 * sizeof (double) + 2 + (series->history + 1) * sizeof (double));
}

static void
grow_past (TideWatchSeries *series, guint allocated)
{
  guint slots = series->history + 1;

  if (series->error != NULL || series->history == 0)
    return;
  if ((gsize) slots * allocated * sizeof (double) > HISTORY_MAX_BYTES)
    {
      series->error = g_strdup_printf ("%u panes of %u groups are more than a rule may look back on: take a shorter within=, or "
                                       "fewer groups", slots, allocated);
      g_clear_pointer (&series->past, g_free);
      return;
    }
  double *past = g_new (double, (gsize) slots * allocated);

  for (gsize i = 0; i < (gsize) slots * allocated; i++)
    past[i] = NAN;
  for (guint slot = 0; series->past != NULL && slot < slots; slot++)
    memcpy (past + (gsize) slot * allocated, series->past + (gsize) slot * series->allocated, series->allocated * sizeof *past);
  g_free (series->past);
  series->past = past;
}

static void
make_room (TideWatchSeries *series, guint n)
{
  guint allocated = MAX (n, MAX (8, series->allocated + series->allocated / 2));

  if (n <= series->allocated)
    return;
  grow_past (series, allocated);
  series->values = g_renew (double, series->values, allocated);
  series->present = g_renew (bool, series->present, allocated);
  series->last_data = g_renew (TideTime, series->last_data, allocated);
  for (guint i = series->allocated; i < allocated; i++)
    series->last_data[i] = TIDE_TIME_NONE;
  series->allocated = allocated;
}

static void
finish (const TideWatchFold *fold, const TidePaneState *state, TideDuration length, double *values, bool *present)
{
  values[state->group] = tide_value_to_double (fold->aggregate->finish (fold->aggregate, state->state, fold->metric->scale, length));
  present[state->group] = fold->aggregate->count (state->state) > 0;
}

/* What a group has that is known and had nothing; none for `other` while no group is counted there. */
static void
fill_empty (const TideWatchFold *fold, guint n, TideDuration length, double *values, bool *present)
{
  _Alignas (16) guint8 empty[64] = { 0 };
  double value = tide_value_to_double (fold->aggregate->finish (fold->aggregate, empty, fold->metric->scale, length));

  if (isnan (value) && fold->aggregate->spec.additive)
    value = 0;
  for (guint i = 0; i < n; i++)
    {
      values[i] = value;
      present[i] = false;
    }
  if (n > 0 && !tide_groups_is_capped (fold->groups))
    values[TIDE_GROUP_OTHER] = NAN;
}

static void
fold_values (const TideWatchFold *fold, TideTime from, TideTime to, guint n, double *values, bool *present)
{
  guint n_states = 0;
  g_autofree TidePaneState *list = tide_panes_list (fold->panes, from, to, &n_states);
  g_autofree TidePaneState *merged = NULL;
  g_autoptr (TidePanes) window = NULL;

  fill_empty (fold, n, to - from, values, present);
  if (to - from > fold->metric->stored_pane)
    {
      window = tide_panes_new (fold->metric, fold->metric->stored_pane);
      for (guint i = 0; i < n_states; i++)
        tide_panes_merge_state (window, 0, list[i].group, list[i].state);
      merged = tide_panes_list (window, TIDE_TIME_NONE, TIDE_TIME_MAX, &n_states);
    }
  for (guint i = 0; i < n_states; i++)
    finish (fold, merged != NULL ? &merged[i] : &list[i], to - from, values, present);
}

/* The group of the other part that has the same values, or the one there is. */
static uint32_t
map_group (const TideWatchFold *from, guint group, const TideWatchFold *to)
{
  const TideGroup *entry = group == TIDE_GROUP_OTHER ? NULL : tide_groups_get (from->groups, group);
  uint32_t found;

  if (to->metric->n_by == 0)
    return 1;
  return entry != NULL && tide_groups_find (to->groups, entry->values, &found) ? found : TIDE_GROUP_OTHER;
}

static void
divide (TideWatchSeries *series, const double *other_values)
{
  TideWatchFold *own = tide_watch_series_get_groups_of (series);
  TideWatchFold *other = series->groups_of_below ? series->above : series->below;
  guint n_other = tide_groups_get_n (other->groups);

  for (guint i = 0; i < series->n; i++)
    {
      uint32_t mapped = map_group (own, i, other);
      double there = mapped < n_other ? other_values[mapped] : NAN;
      double top = series->groups_of_below ? there : series->values[i], bottom = series->groups_of_below ? series->values[i] : there;

      series->values[i] = isnan (bottom) || bottom == 0 ? NAN : (isnan (top) ? 0 : top) / bottom;
    }
}

void
tide_watch_series_compute (TideWatchSeries *series, TideTime from, TideTime to)
{
  TideWatchFold *own = tide_watch_series_get_groups_of (series);
  TideTime start = series->metric->over > 0 ? to - series->metric->over : from;

  series->n = tide_groups_get_n (own->groups);
  make_room (series, series->n);
  fold_values (own, start, to, series->n, series->values, series->present);
  if (series->below != NULL)
    {
      TideWatchFold *other = series->groups_of_below ? series->above : series->below;
      guint n = tide_groups_get_n (other->groups);

      series->scratch_values = g_renew (double, series->scratch_values, n);
      series->scratch_present = g_renew (bool, series->scratch_present, n);
      fold_values (other, start, to, n, series->scratch_values, series->scratch_present);
      divide (series, series->scratch_values);
    }
  for (guint i = 0; i < series->n; i++)
    if (series->present[i])
      series->last_data[i] = to;
    else if (series->last_data[i] == TIDE_TIME_NONE && i < own->seeded && i != TIDE_GROUP_OTHER)
      series->last_data[i] = own->seeded_at;
  if (series->past == NULL)
    return;
  series->past_at = (series->past_at + 1) % (series->history + 1);
  double *slot = series->past + (gsize) series->past_at * series->allocated;

  memcpy (slot, series->values, series->n * sizeof *slot);
  for (guint i = series->n; i < series->allocated; i++)
    slot[i] = NAN;
}

GPtrArray *
tide_watch_series_get_rules (const TideWatchSeries *series)
{
  return series->rules;
}

TideMetric *
tide_watch_series_get_metric (const TideWatchSeries *series)
{
  return series->metric;
}

const char *
tide_watch_series_get_label (TideWatchSeries *series, guint group)
{
  return tide_watch_fold_get_label (tide_watch_series_get_groups_of (series), group);
}

const double *
tide_watch_series_get_past (TideWatchSeries *series, guint back)
{
  guint slots = series->history + 1;

  if (series->past == NULL || back > series->history)
    return NULL;
  return series->past + (gsize) ((series->past_at + slots - back) % slots) * series->allocated;
}

const char *
tide_watch_series_get_error (const TideWatchSeries *series)
{
  return series->error;
}
