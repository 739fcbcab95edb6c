/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A metric's history in two grains. Panes: what the batch layer and the speed part have, over all that is stored, as
 * fine as the stored pane; read through the query that every view uses. Events: the last stretch again, in steps of a
 * second, folded by the same plan as everywhere.
 * Limits: past GROUPS_MAX groups the rest is one group; a gauge whose panes are days or months is looked at by stored
 * pane, which makes it look livelier than it is. */
#include "balance-staleness.h"

#include <math.h>
#include <string.h>

#define GROUPS_MAX 512
/* A series past this is not made: 64 MiB. */
#define CELLS_MAX (8 * 1000 * 1000)

static bool
too_large (GError **error)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "the history is too large to be measured at this resolution");
  return false;
}

static bool
is_counter (const TideMetric *metric)
{
  return metric->numerator == NULL && metric->aggregate->additive;
}

/* --- panes --- */

static TidePeriod
step_of (const TideMetric *metric)
{
  TidePeriod stored = { TIDE_PERIOD_FIXED, metric->stored_pane };

  return !is_counter (metric) && metric->every.unit == TIDE_PERIOD_FIXED && metric->every.n <= TIDE_HOUR ? metric->every
                                                                                                         : stored;
}

static guint
group_of (const TideRow *row)
{
  return row->group < GROUPS_MAX ? row->group : TIDE_GROUP_OTHER;
}

static TideSeries *
series_of_rows (const TideRows *rows, TideDuration step, bool counter, TideTime to, GError **error)
{
  TideSeries *series;
  TideTime start;
  guint n, n_groups = 1;

  if (rows->n == 0)
    return tide_series_new (to, step, 0, 1, counter);
  start = rows->rows[0].time;
  n = (guint) MAX ((to - start) / step, 0);
  for (guint i = 0; i < rows->n; i++)
    n_groups = MAX (n_groups, group_of (&rows->rows[i]) + 1);
  if ((gsize) n * n_groups > CELLS_MAX)
    {
      too_large (error);
      return NULL;
    }
  series = tide_series_new (start, step, n, n_groups, counter);
  for (guint i = 0; i < rows->n; i++)
    {
      TideTime at = (rows->rows[i].time - start) / step;
      double value = tide_value_to_double (rows->rows[i].value);
      double *cell;

      if (at < 0 || at >= n || isnan (value))
        continue;
      cell = &series->values[(gsize) group_of (&rows->rows[i]) * n + (gsize) at];
      *cell = isnan (*cell) || !counter ? value : *cell + value;
    }
  return series;
}

/**
 * tide_series_from_panes:
 *
 * Errors: as tide_serving_query(), and INVALID when it would be too large. Thread: worker.
 */
TideSeries *
tide_series_from_panes (TideServing *serving, TideMetric *metric, TideTime from, TideTime to, GCancellable *cancellable,
                        GError **error)
{
  TidePeriod step = step_of (metric);
  TideQuery query = { .metric = metric, .view = TIDE_VIEW_MERGED, .from = from, .to = to, .every = step };
  g_autoptr (TideRows) rows = tide_serving_query (serving, &query, cancellable, error);

  return rows != NULL ? series_of_rows (rows, step.n, is_counter (metric), to, error) : NULL;
}

/* --- events --- */

/* States by second and group, of one metric without a ratio. */
typedef struct
{
  TideMetric *metric;
  const TideAggregate *aggregate;
  TideGroups *groups;
  TidePanes *panes;
  TideTime start;
  guint n, n_groups;
  const void **states; /* n_groups × n, borrowed from panes; NULL: none */
} Seconds;

static void
seconds_clear (Seconds *seconds)
{
  g_clear_pointer (&seconds->states, g_free);
  g_clear_pointer (&seconds->panes, tide_panes_free);
  g_clear_pointer (&seconds->groups, tide_groups_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Seconds, seconds_clear)

static bool
fold_events (TideReader *reader, Seconds *seconds, TideTime from, TideTime to, GCancellable *cancellable,
             GError **error)
{
  const TideStream *stream = seconds->metric->stream;
  g_autoptr (TidePlan) plan = tide_plan_new (seconds->metric);
  g_autofree bool *columns = g_new0 (bool, TIDE_COLUMN_FIELD0 + stream->n_fields);
  TideScanOptions options = { .stream = stream, .from = from, .to = to, .columns = columns };
  g_autoptr (TideScan) scan = NULL;
  const TideBatch *batch = NULL;

  columns[TIDE_COLUMN_TIME] = true;
  tide_plan_mark_columns (plan, columns);
  scan = tide_scan_new (reader, &options, error);
  while (scan != NULL && tide_scan_next (scan, &batch, error))
    {
      if (batch == NULL)
        return true;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return false;
      tide_panes_fold (seconds->panes, plan, seconds->groups, batch, 0, batch->n);
    }
  return false;
}

static bool
read_seconds (TideReader *reader, TideMetric *metric, TideTime from, TideTime to, GCancellable *cancellable,
              Seconds *seconds, GError **error)
{
  g_autofree TidePaneState *list = NULL;
  guint n = 0;

  seconds->metric = metric;
  seconds->aggregate = tide_aggregate_of (metric);
  seconds->groups = tide_groups_new (metric->n_by, MIN (metric->group_cap, GROUPS_MAX));
  seconds->panes = tide_panes_new (metric, TIDE_SECOND);
  seconds->start = from;
  seconds->n = (guint) ((to - from) / TIDE_SECOND);
  if (!fold_events (reader, seconds, from, to, cancellable, error))
    return false;
  seconds->n_groups = tide_groups_get_n (seconds->groups);
  if ((gsize) seconds->n * seconds->n_groups > CELLS_MAX)
    return too_large (error);
  seconds->states = g_new0 (const void *, MAX ((gsize) seconds->n * seconds->n_groups, 1));
  list = tide_panes_list (seconds->panes, from, to, &n);
  for (guint i = 0; i < n; i++)
    seconds->states[(gsize) list[i].group * seconds->n + (gsize) ((list[i].pane - from) / TIDE_SECOND)] = list[i].state;
  return true;
}

static void
fill_counter (const Seconds *seconds, TideSeries *series)
{
  for (gsize i = 0; i < (gsize) seconds->n * seconds->n_groups; i++)
    if (seconds->states[i] != NULL)
      series->values[i] = tide_value_to_double (seconds->aggregate->finish (
          seconds->aggregate, seconds->states[i], seconds->metric->scale, TIDE_SECOND));
}

typedef struct
{
  const Seconds *seconds;
  guint group;
  TideDuration window;
  double *values; /* of the group */
} Sweep;

static const void *
sweep_state (int64_t second, void *data)
{
  const Sweep *sweep = data;

  return second < 0 || second >= sweep->seconds->n ? NULL
                                                   : sweep->seconds->states[(gsize) sweep->group * sweep->seconds->n
                                                                            + (gsize) second];
}

static void
sweep_emit (int64_t second, const void *merged, void *data)
{
  Sweep *sweep = data;
  const TideAggregate *aggregate = sweep->seconds->aggregate;

  if (aggregate->count (merged) > 0)
    sweep->values[second] = tide_value_to_double (
        aggregate->finish (aggregate, merged, sweep->seconds->metric->scale, sweep->window));
}

/* Values over a window that slides by a second. */
static void
fill_windows (const Seconds *seconds, TideDuration window, TideSeries *series)
{
  for (guint g = 0; g < seconds->n_groups; g++)
    {
      Sweep sweep = { seconds, g, window, series->values + (gsize) g * series->n };
      TideLiveWindow *sliding = tide_live_window_new (seconds->aggregate, (guint) (window / TIDE_SECOND));

      if (seconds->n > 0)
        tide_live_window_sweep (sliding, 0, seconds->n - 1, sweep_state, sweep_emit, &sweep);
      tide_live_window_free (sliding);
    }
}

static TideDuration
window_of (const TideMetric *metric)
{
  return metric->over > 0 ? metric->over : tide_period_length (metric->every);
}

static TideSeries *
windows_of (const Seconds *seconds, TideDuration window)
{
  TideSeries *series = tide_series_new (seconds->start, TIDE_SECOND, seconds->n, seconds->n_groups, false);

  fill_windows (seconds, window, series);
  return series;
}

/* The group of @b that has the same values as group @g of @a; G_MAXUINT: none. */
static guint
same_group (const Seconds *a, guint g, const Seconds *b)
{
  const TideGroup *group = tide_groups_get (a->groups, g);
  uint32_t found;

  if (group == NULL)
    return g;
  return tide_groups_find (b->groups, group->values, &found) && found < b->n_groups ? found : G_MAXUINT;
}

static TideSeries *
ratio_of (const Seconds *numerator, const Seconds *denominator, TideDuration window)
{
  g_autoptr (TideSeries) above = windows_of (numerator, window);
  TideSeries *below = windows_of (denominator, window);

  for (guint g = 0; g < below->n_groups; g++)
    {
      guint other = same_group (denominator, g, numerator);

      for (guint i = 0; i < below->n; i++)
        {
          double *y = &below->values[(gsize) g * below->n + i];
          double x = other != G_MAXUINT ? above->values[(gsize) other * above->n + i] : NAN;

          *y = *y != 0 ? (isnan (x) ? 0 : x) / *y : NAN;
        }
    }
  return below;
}

/**
 * tide_series_from_events:
 * @from, @to: whole seconds
 *
 * Errors: CANCELLED, CORRUPT, INVALID when it would be too large. Thread: the reader's, inside its transaction.
 */
TideSeries *
tide_series_from_events (TideReader *reader, TideMetric *metric, TideTime from, TideTime to, GCancellable *cancellable,
                         GError **error)
{
  g_auto (Seconds) seconds = { 0 }, below = { 0 };
  TideSeries *series;

  if (!read_seconds (reader, metric->numerator != NULL ? metric->numerator : metric, from, to, cancellable, &seconds,
                     error))
    return NULL;
  if (metric->numerator != NULL)
    return read_seconds (reader, metric->denominator, from, to, cancellable, &below, error)
               ? ratio_of (&seconds, &below, window_of (metric))
               : NULL;
  if (!is_counter (metric))
    return windows_of (&seconds, window_of (metric));
  series = tide_series_new (from, TIDE_SECOND, seconds.n, seconds.n_groups, true);
  fill_counter (&seconds, series);
  return series;
}
