/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns states by stored pane into rows: panes are composed to the period that is asked for (hours, days and months
 * in the metric's zone; sliding windows), groups are kept or merged, layers are told apart. Nothing here reads: it
 * is the same for every view. */
#include "serving-private.h"

#include <string.h>

TidePeriod
tide_query_get_every (const TideQuery *query)
{
  return query->every.n > 0 ? query->every : query->metric->every;
}

TideTime
tide_query_first_pane (const TideQuery *query)
{
  TidePeriod every = tide_query_get_every (query);
  TideTime first;

  if (query->from == TIDE_TIME_NONE)
    return TIDE_TIME_NONE;
  first = tide_period_floor (every, query->metric->zone, query->from);
  if (query->metric->over > 0)
    first = tide_period_next (every, query->metric->zone, first) - query->metric->over;
  return first;
}

TideTime
tide_query_end (const TideQuery *query)
{
  TidePeriod every = tide_query_get_every (query);

  if (query->to == TIDE_TIME_MAX || query->to <= query->from)
    return query->to;
  return tide_period_next (every, query->metric->zone, tide_period_floor (every, query->metric->zone, query->to - 1));
}

bool
tide_query_is_by_day (const TideQuery *query)
{
  return query->metric->over == 0 && tide_query_get_every (query).unit != TIDE_PERIOD_FIXED;
}

/* Period of the last pane looked at: panes come in order, so most look-ups are answered by it. */
typedef struct
{
  TidePeriod every;
  GTimeZone *zone;
  TideTime start, next;
} PeriodCache;

static TideTime
period_of (PeriodCache *cache, TideTime pane)
{
  if (pane < cache->start || pane >= cache->next)
    {
      cache->start = tide_period_floor (cache->every, cache->zone, pane);
      cache->next = tide_period_next (cache->every, cache->zone, cache->start);
    }
  return cache->start;
}

typedef struct
{
  const TideQuery *query;
  TideTime from, to;   /* of rows */
  TideTime last;       /* start of the last row of a sliding window */
  PeriodCache period;
} Compose;

/* Adds a stored pane to every row whose window holds it. */
static void
add_pane (Compose *compose, TidePanes *rows, const TidePaneState *pane)
{
  const TideMetric *metric = compose->query->metric;
  uint32_t group = compose->query->total ? TIDE_GROUP_TOTAL : pane->group;
  TideTime start = period_of (&compose->period, pane->pane);

  if (metric->over == 0)
    {
      if (start >= compose->from && start < compose->to)
        tide_panes_merge_state (rows, start, group, pane->state);
      return;
    }
  while (start <= compose->last)
    {
      TideTime next = tide_period_next (compose->period.every, compose->period.zone, start);

      if (next - metric->over > pane->pane)
        break;
      if (start >= compose->from && start < compose->to)
        tide_panes_merge_state (rows, start, group, pane->state);
      start = next;
    }
}

/* Panes that start in [after, before) into @rows and, where given, @merged; what lies in the range into @total. */
static void
compose_panes (Compose *compose, const TidePanes *panes, TideTime after, TideTime before, TidePanes *rows,
               TidePanes *total, TidePanes *merged)
{
  g_autofree TidePaneState *list = NULL;
  guint n = 0;

  if (panes == NULL)
    return;
  list = tide_panes_list (panes, MAX (tide_query_first_pane (compose->query), after), MIN (compose->to, before), &n);
  for (guint i = 0; i < n; i++)
    {
      add_pane (compose, rows, &list[i]);
      if (merged != NULL)
        add_pane (compose, merged, &list[i]);
      if (total == NULL || list[i].pane < compose->from)
        continue;
      tide_panes_merge_state (total, 0, TIDE_GROUP_TOTAL, list[i].state);
      if (compose->query->parts)
        tide_panes_merge_state (total, 0, list[i].group, list[i].state);
    }
}

static TideValue
finish (TideMetric *metric, const void *state, TideDuration length)
{
  const TideAggregate *aggregate = tide_aggregate_of (metric);

  if (state == NULL)
    return (TideValue){ 0 };
  return aggregate->finish (aggregate, state, metric->scale, length);
}

static uint64_t
count (TideMetric *metric, const void *state)
{
  return state == NULL ? 0 : tide_aggregate_of (metric)->count (state);
}

/* How long the window of the row at @start is: what a rate divides by. */
static TideDuration
row_length (const TideMetric *metric, TidePeriod every, TideTime start)
{
  if (metric->over > 0)
    return metric->over;
  return tide_period_next (every, metric->zone, start) - start;
}

static void
make_row (const TideParts *parts, const TideQuery *query, const TidePaneState *merged, const TidePanes *batch,
          const TidePanes *speed, const TidePanes *late, const TidePanes *old, TideRow *row)
{
  TidePeriod every = tide_query_get_every (query);
  const void *b = tide_panes_find (batch, merged->pane, merged->group);
  const void *s = tide_panes_find (speed, merged->pane, merged->group);
  TideDuration length = row_length (query->metric, every, merged->pane);

  row->time = merged->pane;
  row->group = merged->group;
  row->layer = b != NULL && s != NULL ? TIDE_LAYER_BOTH : b != NULL ? TIDE_LAYER_BATCH : TIDE_LAYER_SPEED;
  row->partial = tide_period_next (every, query->metric->zone, merged->pane) > parts->facts.time_max;
  row->old_version = parts->former != NULL || tide_panes_find (old, merged->pane, merged->group) != NULL;
  row->value = finish (query->metric, merged->state, length);
  row->events = count (query->metric, merged->state);
  if (!query->parts)
    return;
  row->batch = finish (query->metric, b, length);
  row->speed = finish (query->metric, s, length);
  row->speed_events = count (query->metric, s);
  row->late = finish (query->metric, tide_panes_find (late, merged->pane, merged->group), length);
}

/* Each group over the whole range: the parts are merged as states, so percentiles and distinct counts are exact too. */
static void
set_group_totals (TideRows *rows, TideMetric *metric, TideDuration length, TidePanes *batch, TidePanes *speed,
                  TidePanes *late, TidePanes *all)
{
  g_autofree TidePaneState *list = NULL;
  guint n = 0;

  list = tide_panes_list (all, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  rows->group_totals = g_new0 (TideRow, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    {
      TideRow *row = &rows->group_totals[rows->n_group_totals];
      const void *b = tide_panes_find (batch, 0, list[i].group), *s = tide_panes_find (speed, 0, list[i].group);

      if (list[i].group == TIDE_GROUP_TOTAL)
        continue;
      row->time = rows->n > 0 ? rows->rows[0].time : TIDE_TIME_NONE;
      row->group = list[i].group;
      row->layer = b != NULL && s != NULL ? TIDE_LAYER_BOTH : b != NULL ? TIDE_LAYER_BATCH : TIDE_LAYER_SPEED;
      row->value = finish (metric, list[i].state, length);
      row->batch = finish (metric, b, length);
      row->speed = finish (metric, s, length);
      row->late = finish (metric, tide_panes_find (late, 0, list[i].group), length);
      row->events = count (metric, list[i].state);
      row->speed_events = count (metric, s);
      rows->n_group_totals++;
    }
}

/* Merges what @panes holds into @all. */
static void
merge_all (TidePanes *all, const TidePanes *panes)
{
  g_autofree TidePaneState *list = NULL;
  guint n = 0;

  list = tide_panes_list (panes, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  for (guint i = 0; i < n; i++)
    tide_panes_merge_state (all, 0, list[i].group, list[i].state);
}

static void
set_totals (TideRows *rows, const TideQuery *query, TidePanes *batch, TidePanes *speed, TidePanes *late)
{
  TideMetric *metric = query->metric;
  g_autoptr (TidePanes) all = tide_panes_new (metric, metric->stored_pane);
  const void *b = tide_panes_find (batch, 0, TIDE_GROUP_TOTAL), *s = tide_panes_find (speed, 0, TIDE_GROUP_TOTAL),
             *l = tide_panes_find (late, 0, TIDE_GROUP_TOTAL);
  TideDuration length = metric->stored_pane;

  if (rows->n > 0)
    {
      /* There is no newest event where all were folded and deleted. */
      TideTime newest
        = rows->newest != TIDE_TIME_NONE ? rows->newest : rows->rows[rows->n - 1].time + metric->stored_pane;
      TideTime to = tide_query_end (query);

      length = MAX (MIN (to, newest) - rows->rows[0].time, metric->stored_pane);
    }
  merge_all (all, batch);
  merge_all (all, speed);
  rows->batch_total = finish (metric, b, length);
  rows->speed_total = finish (metric, s, length);
  rows->late_total = finish (metric, l, length);
  rows->total = finish (metric, tide_panes_find (all, 0, TIDE_GROUP_TOTAL), length);
  rows->batch_events = count (metric, b);
  rows->speed_events = count (metric, s);
  rows->late_events = count (metric, l);
  if (query->parts)
    set_group_totals (rows, metric, length, batch, speed, late, all);
}

static void
set_facts (TideRows *rows, const TideParts *parts)
{
  rows->metric = tide_metric_ref (parts->metric);
  rows->groups = tide_groups_copy (parts->groups);
  rows->cut = parts->cut.cut;
  rows->cut_time = parts->cut.exists ? parts->cut.cut_time : TIDE_TIME_NONE;
  rows->published = parts->cut.exists ? parts->cut.published : TIDE_TIME_NONE;
  rows->run = parts->cut.run;
  rows->offsets = g_strdup (parts->cut.offsets);
  rows->seq = parts->facts.last_seq;
  rows->newest = parts->facts.time_max;
  rows->floor_seq = parts->facts.floor_seq;
  rows->blocks_scanned = parts->blocks;
  rows->scan_took = parts->took;
  rows->corrupt_events = parts->corrupt;
  rows->first_corrupt = parts->first_corrupt;
  rows->capped = tide_groups_is_capped (parts->groups);
}

static bool
check_resolution (const TideQuery *query, GError **error)
{
  TidePeriod every = tide_query_get_every (query);
  const TideMetric *metric = query->metric;

  if (every.unit == TIDE_PERIOD_FIXED && (every.n < metric->stored_pane || every.n % metric->stored_pane != 0))
    {
      g_autofree char *pane = tide_duration_to_string (metric->stored_pane);

      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "%s is kept in panes of %s: ask for a resolution that is a multiple of it", metric->name, pane);
      return false;
    }
  return true;
}

static TideTime
late_before (const TideParts *parts)
{
  TideTime pane = parts->metric->stored_pane, rest;

  if (!parts->cut.exists || parts->cut.cut_time == TIDE_TIME_NONE)
    return INT64_MIN;
  rest = parts->cut.cut_time % pane;
  return parts->cut.cut_time - (rest < 0 ? rest + pane : rest);
}

/**
 * tide_parts_compose:
 *
 * Errors: INVALID when the resolution is finer than the stored panes, or there are more rows than the query bears.
 * Thread: any.
 */
TideRows *
tide_parts_compose (const TideParts *parts, const TideQuery *query, GError **error)
{
  TideMetric *metric = query->metric;
  TidePeriod every = tide_query_get_every (query);
  Compose compose = { .query = query, .to = tide_query_end (query),
                      .from = query->from == TIDE_TIME_NONE ? INT64_MIN
                                                            : tide_period_floor (every, metric->zone, query->from),
                      .period = { .every = every, .zone = metric->zone, .start = 1 } };
  g_autoptr (TidePanes) batch_total = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) speed_total = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) late_total = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) merged = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) batch = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) speed = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) late = tide_panes_new (metric, metric->stored_pane);
  g_autoptr (TidePanes) old = tide_panes_new (metric, metric->stored_pane);
  g_autofree TidePaneState *list = NULL;
  g_autoptr (TideRows) rows = NULL;
  guint n = 0;

  if (!check_resolution (query, error))
    return NULL;
  compose.last = parts->facts.time_max == TIDE_TIME_NONE
                     ? INT64_MIN
                     : tide_period_floor (every, metric->zone, parts->facts.time_max);
  compose_panes (&compose, parts->old, TIDE_TIME_NONE, TIDE_TIME_MAX, old, NULL, NULL);
  compose_panes (&compose, parts->old, TIDE_TIME_NONE, TIDE_TIME_MAX, batch, batch_total, merged);
  compose_panes (&compose, parts->batch, parts->old_to, TIDE_TIME_MAX, batch, batch_total, merged);
  compose_panes (&compose, parts->speed, parts->old_to, TIDE_TIME_MAX, speed, speed_total, merged);
  if (query->parts && parts->batch != NULL)
    compose_panes (&compose, parts->speed, parts->old_to, late_before (parts), late, late_total, NULL);
  list = tide_panes_list (merged, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  if (query->max_rows > 0 && n > query->max_rows)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "%u rows are more than the %u allowed here: ask for a shorter range or a coarser resolution", n,
                   query->max_rows);
      return NULL;
    }
  rows = g_new0 (TideRows, 1);
  set_facts (rows, parts);
  rows->rows = g_new0 (TideRow, MAX (n, 1));
  rows->n = n;
  for (guint i = 0; i < n; i++)
    make_row (parts, query, &list[i], batch, speed, late, old, &rows->rows[i]);
  set_totals (rows, query, batch_total, speed_total, late_total);
  return g_steal_pointer (&rows);
}
