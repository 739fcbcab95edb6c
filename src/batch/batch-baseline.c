/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is usual at an hour of the week: for each group of a metric the median and the median absolute deviation (MAD) of
 * its panes, over the last WEEKS weeks, by the hour of the week in the metric's zone in which they start. Both are robust:
 * an incident in one week hardly moves them (Rousseeuw and Croux 1993 on the MAD). The MAD has a floor, so that a metric
 * that hardly varies does not alarm at trifles: 5 % of the median, and a tenth of the group's MAD over the whole week.
 * Values come from the published states, a day at a time; at most SAMPLES_PER_HOUR panes of an hour are looked at.
 * Limit: the first GROUPS_MAX groups have a baseline; the others never alarm. */
#include "batch-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEEKS 8
#define HOURS_OF_WEEK 168
#define SAMPLES_PER_HOUR 12
#define SAMPLES (WEEKS * SAMPLES_PER_HOUR)
#define GROUPS_MAX 500
#define RENEW_EVERY (TIDE_HOUR)
#define FLOOR_OF_MEDIAN 0.05
#define FLOOR_OF_WEEK 0.1

/* One hour of the week of one group. */
typedef struct
{
  float values[SAMPLES];
  guint n;
  uint8_t weeks; /* bit i: has a value of the week i before the last */
} Bin;

typedef struct
{
  TideMetric *metric;
  TideGroups *groups; /* of the part whose groups count */
  TideCut cuts[2];
  TideMetric *parts[2]; /* numerator (or the metric itself), and denominator or NULL */
  TideGroups *part_groups[2];
  Bin *bins;          /* n_groups × HOURS_OF_WEEK */
  guint n_groups;
  TideTime oldest, newest;
} Baseline;

static void
baseline_clear (Baseline *baseline)
{
  for (guint i = 0; i < 2; i++)
    {
      tide_cut_clear (&baseline->cuts[i]);
      tide_groups_free (baseline->part_groups[i]);
    }
  g_free (baseline->bins);
}

/* Values of a part for the window [from, to), by group; NAN: none. FALSE: it has no state there at all. */
static bool
window_values (Baseline *baseline, guint part, const TidePanes *panes, TideTime from, TideTime to, double *values, guint n)
{
  TideMetric *metric = baseline->parts[part];
  const TideAggregate *aggregate = tide_aggregate_of (metric);
  g_autoptr (TidePanes) window = tide_panes_new (metric, metric->stored_pane);
  guint n_states = 0, n_merged = 0;
  g_autofree TidePaneState *list = tide_panes_list (panes, from, to, &n_states), *merged = NULL;

  for (guint i = 0; i < n; i++)
    values[i] = aggregate->spec.additive ? 0 : NAN;
  for (guint i = 0; i < n_states; i++)
    tide_panes_merge_state (window, 0, list[i].group, list[i].state);
  merged = tide_panes_list (window, TIDE_TIME_NONE, TIDE_TIME_MAX, &n_merged);
  for (guint i = 0; i < n_merged; i++)
    if (merged[i].group < n)
      values[merged[i].group] = tide_value_to_double (aggregate->finish (aggregate, merged[i].state, metric->scale, to - from));
  return n_states > 0;
}

static double
divide_by_group (Baseline *baseline, const double *above, guint n_above, guint group, double below)
{
  const TideGroup *entry = tide_groups_get (baseline->groups, group);
  uint32_t found;
  double top = entry != NULL && tide_groups_find (baseline->part_groups[0], entry->values, &found) && found < n_above ? above[found] : NAN;

  return isnan (below) || below == 0 ? NAN : (isnan (top) ? 0 : top) / below;
}

static void
add_pane (Baseline *baseline, TidePanes *const panes[2], TideTime from, TideTime to, double *values[2])
{
  TideTime start = baseline->metric->over > 0 ? to - baseline->metric->over : from;
  bool is_ratio = baseline->parts[1] != NULL;
  guint own = is_ratio ? 1 : 0, n[2] = { MIN (tide_groups_get_n (baseline->part_groups[0]), GROUPS_MAX), baseline->n_groups };
  int hour = tide_time_hour_of_week (from, baseline->metric->zone);

  if (!is_ratio)
    n[0] = baseline->n_groups;
  if (!window_values (baseline, own, panes[own], start, to, values[own], baseline->n_groups))
    return;
  if (is_ratio)
    window_values (baseline, 0, panes[0], start, to, values[0], n[0]);
  for (guint group = 1; group < baseline->n_groups; group++)
    {
      Bin *bin = &baseline->bins[(gsize) group * HOURS_OF_WEEK + (gsize) hour];
      double value = is_ratio ? divide_by_group (baseline, values[0], n[0], group, values[1][group]) : values[0][group];

      if (isnan (value) || bin->n == SAMPLES)
        continue;
      bin->values[bin->n++] = (float) value;
      bin->weeks |= (uint8_t) (1u << MIN ((baseline->newest - from) / (7 * TIDE_DAY), 7));
    }
}

/* Every pane that begins on a day (UTC), or as many as SAMPLES_PER_HOUR allows. */
static bool
add_day (Baseline *baseline, TideReader *reader, TideTime day, GError **error)
{
  TideMetric *metric = baseline->metric;
  TideDuration every = tide_period_length (metric->every), lookback = metric->over;
  guint stride = (guint) MAX (1, TIDE_HOUR / SAMPLES_PER_HOUR / every), at = 0;
  /* A pane that begins on the day may end on the next, or, in a zone of its own, a part of a day later. */
  TideTime last_end = tide_period_next (metric->every, metric->zone,
                                        tide_period_floor (metric->every, metric->zone, day + TIDE_DAY - 1));
  TidePanes *panes[2] = { NULL, NULL };
  double *values[2];
  bool good = true, any = false;

  for (guint i = 0; i < 2 && baseline->parts[i] != NULL && good; i++)
    {
      panes[i] = tide_panes_new (baseline->parts[i], baseline->parts[i]->stored_pane);
      good = tide_store_read_states (reader, &baseline->cuts[i], day - lookback, last_end, panes[i], error);
      any |= good && tide_panes_get_n (panes[i]) > 0;
    }
  values[0] = g_new (double, GROUPS_MAX + 1);
  values[1] = g_new (double, GROUPS_MAX + 1);
  if (good && any)
    for (TideTime from = tide_period_floor (metric->every, metric->zone, day); from < MIN (day + TIDE_DAY, baseline->newest); at++)
      {
        TideTime to = tide_period_next (metric->every, metric->zone, from);

        if (at % stride == 0 && to <= baseline->newest && from >= day)
          add_pane (baseline, panes, from, to, values);
        from = to;
      }
  if (good && any && baseline->oldest == TIDE_TIME_NONE)
    baseline->oldest = day;
  for (guint i = 0; i < 2; i++)
    {
      tide_panes_free (panes[i]);
      g_free (values[i]);
    }
  return good;
}

static int
compare_floats (const void *a, const void *b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

/* Sorts @values. */
static double
median_of (float *values, guint n)
{
  qsort (values, n, sizeof *values, compare_floats);
  return n % 2 == 1 ? values[n / 2] : ((double) values[n / 2 - 1] + (double) values[n / 2]) / 2;
}

static double
mad_of (float *values, guint n, double median)
{
  for (guint i = 0; i < n; i++)
    values[i] = (float) fabs ((double) values[i] - median);
  return median_of (values, n);
}

static double
mad_of_week (const Bin *bins)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (float));
  double median;

  for (guint hour = 0; hour < HOURS_OF_WEEK; hour++)
    g_array_append_vals (all, bins[hour].values, bins[hour].n);
  if (all->len == 0)
    return 0;
  median = median_of ((float *) (void *) all->data, all->len);
  return mad_of ((float *) (void *) all->data, all->len, median);
}

static char *
label_of (Baseline *baseline, guint group)
{
  TideMetric *own = baseline->parts[1] != NULL ? baseline->parts[1] : baseline->parts[0];

  return own->n_by > 0 ? tide_groups_get_label (baseline->groups, group) : g_strdup ("");
}

static GArray *
make_rows (Baseline *baseline)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (TideBaselineRow));

  g_array_set_clear_func (rows, (GDestroyNotify) tide_baseline_row_clear);
  for (guint group = 1; group < baseline->n_groups; group++)
    {
      Bin *bins = &baseline->bins[(gsize) group * HOURS_OF_WEEK];
      double of_week = mad_of_week (bins);

      for (guint hour = 0; hour < HOURS_OF_WEEK; hour++)
        {
          Bin *bin = &bins[hour];
          TideBaselineRow row = { .hour = (int) hour };

          if (bin->n == 0)
            continue;
          row.median = median_of (bin->values, bin->n);
          row.mad = fmax (mad_of (bin->values, bin->n, row.median),
                          fmax (FLOOR_OF_MEDIAN * fabs (row.median), FLOOR_OF_WEEK * of_week));
          row.weeks = (guint) __builtin_popcount (bin->weeks);
          row.group = label_of (baseline, group);
          g_array_append_val (rows, row);
        }
    }
  return rows;
}

/* Cuts and groups of the parts. FALSE without an error: nothing was rolled up yet. */
static bool
find_parts (Baseline *baseline, TideReader *reader, GError **error)
{
  TideMetric *metric = baseline->metric;
  guint own = metric->numerator != NULL ? 1 : 0;

  baseline->parts[0] = metric->numerator != NULL ? metric->numerator : metric;
  baseline->parts[1] = metric->denominator;
  baseline->newest = TIDE_TIME_MAX;
  for (guint i = 0; i < 2 && baseline->parts[i] != NULL; i++)
    {
      if (!tide_store_get_cut (reader, baseline->parts[i], &baseline->cuts[i], error) || !baseline->cuts[i].exists
          || baseline->cuts[i].cut_time == TIDE_TIME_NONE)
        return false;
      baseline->part_groups[i] = tide_store_get_groups (reader, baseline->parts[i], &baseline->cuts[i], error);
      if (baseline->part_groups[i] == NULL)
        return false;
      baseline->newest = MIN (baseline->newest, baseline->cuts[i].cut_time);
    }
  baseline->groups = baseline->part_groups[own];
  baseline->n_groups = MIN (tide_groups_get_n (baseline->groups), GROUPS_MAX);
  baseline->bins = g_new0 (Bin, (gsize) baseline->n_groups * HOURS_OF_WEEK);
  return true;
}

/**
 * tide_baseline_run:
 * @metric: also a ratio
 *
 * Makes the seasonal baseline anew from the published states; leaves it when it is younger than an hour.
 *
 * Errors: BUSY, CORRUPT, CANCELLED, FULL. Thread: worker.
 */
bool
tide_baseline_run (TideStore *store, TideWriter *writer, TideMetric *metric, TideTime now, GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (store, error);
  Baseline baseline = { .metric = metric, .oldest = TIDE_TIME_NONE };
  g_autoptr (GError) failed = NULL;
  TideTime made = TIDE_TIME_NONE;
  guint days;
  bool good, found = false;

  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return false;
  good = tide_store_get_baseline_made (reader, metric, &days, &made, error);
  if (good && (made == TIDE_TIME_NONE || now - made >= RENEW_EVERY || made > now))
    {
      found = find_parts (&baseline, reader, &failed);
      for (int day = WEEKS * 7; found && day >= 0 && failed == NULL; day--)
        if (!g_cancellable_set_error_if_cancelled (cancellable, &failed))
          add_day (&baseline, reader, baseline.newest - baseline.newest % TIDE_DAY - day * TIDE_DAY, &failed);
    }
  tide_reader_end (reader);
  if (good && found && failed == NULL)
    {
      g_autoptr (GArray) rows = make_rows (&baseline);

      days = baseline.oldest == TIDE_TIME_NONE ? 0 : (guint) ((baseline.newest - baseline.oldest) / TIDE_DAY);
      good = tide_baseline_write (writer, metric, rows, days, now, error);
    }
  else if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      good = false;
    }
  baseline_clear (&baseline);
  return good;
}

/* Of the metrics of a stream that a rule compares with what is usual. */
bool
tide_baseline_run_all (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const char *stream,
                       const TideRunContext *context, GError **error)
{
  TideTime now = tide_clock_now (context != NULL && context->clock != NULL ? context->clock : &tide_clock_system);

  for (guint i = 0; i < workspace->alerts->len; i++)
    {
      const TideAlert *alert = g_ptr_array_index (workspace->alerts, i);

      if (alert->condition->seasonal && alert->enabled && strcmp (alert->stream, stream) == 0
          && !tide_baseline_run (store, writer, alert->metric, now, context != NULL ? context->cancellable : NULL, error))
        return false;
    }
  return true;
}
