/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of one metric as lines: this period, the one before it moved under it, or a line a group. The cut is the small
 * form here: what is right of it is not in the batch layer yet. */
#include "app-historical-data.h"
#include "app-shown.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST_LINES 6

static void
add_line (TideChartData *data, const TideRows *rows, uint32_t group, const char *id, const char *label, TideRole role,
          TideChartStyle style, double shift_us, double step)
{
  g_autofree double *x = g_new (double, 2 * (gsize) rows->n + 1), *y = g_new (double, 2 * (gsize) rows->n + 1);
  gsize n = 0;

  for (guint i = 0; i < rows->n; i++)
    {
      const TideRow *row = &rows->rows[i];

      if (row->group != group)
        continue;
      if (n > 0 && (double) row->time + shift_us - x[n - 1] > step * 1.5)
        {
          x[n] = x[n - 1] + step;
          y[n++] = NAN;
        }
      x[n] = (double) row->time + shift_us;
      y[n++] = tide_shown_double (rows->metric, row->value);
    }
  tide_chart_data_add_series_copy (data, id, label, role, style, x, y, n);
}

static int
compare_by_events (const void *a, const void *b)
{
  const TideRow *x = *(TideRow *const *) a, *y = *(TideRow *const *) b;

  return x->events != y->events ? (x->events < y->events ? 1 : -1) : (x->group > y->group) - (x->group < y->group);
}

static int
compare_by_group (const void *a, const void *b)
{
  const TideRow *x = *(TideRow *const *) a, *y = *(TideRow *const *) b;

  return (x->group > y->group) - (x->group < y->group);
}

static void
add_groups (TideChartData *data, const TideRows *rows, double step)
{
  guint n = rows->n_group_totals, shown = MIN (n, MOST_LINES);
  g_autofree TideRow **order = g_new (TideRow *, n + 1);

  for (guint i = 0; i < n; i++)
    order[i] = &rows->group_totals[i];
  qsort (order, n, sizeof *order, compare_by_events);
  qsort (order, shown, sizeof *order, compare_by_group);
  for (guint i = 0; i < shown; i++)
    {
      g_autofree char *label = tide_rows_get_label (rows, order[i]->group);

      add_line (data, rows, order[i]->group, label, label, tide_palette_role_of_group (order[i]->group), TIDE_CHART_LINE,
                0, step);
    }
}

/* The last pane while it is not over, or while the cut is in it: the batch layer has not all of it. */
static double
open_from (const TideRows *rows, double step)
{
  const TideRow *last = NULL;

  for (guint i = 0; i < rows->n; i++)
    if (last == NULL || rows->rows[i].time > last->time)
      last = &rows->rows[i];
  if (last == NULL || (!last->partial && (double) last->time + step <= (double) rows->cut_time))
    return INFINITY;
  return (double) last->time;
}

TideChartData *
tide_historical_get_chart (const TideRows *rows, const TideRows *previous, double shift_us, bool by_group,
                           TidePeriod every)
{
  const TideMetric *metric = rows->metric;
  TideChartData *data = tide_chart_data_new (metric->title, tide_shown_unit (metric));
  double step = (double) tide_period_length (every);

  if (by_group && metric->n_by > 0)
    add_groups (data, rows, step);
  else
    {
      if (previous != NULL && previous->n > 0)
        add_line (data, previous, TIDE_GROUP_TOTAL, "previous", _ ("previous"), TIDE_ROLE_PREVIOUS, TIDE_CHART_PREVIOUS,
                  shift_us, step);
      add_line (data, rows, TIDE_GROUP_TOTAL, "this", _ ("current"), TIDE_ROLE_SERIES_1,
                metric->aggregate->additive ? TIDE_CHART_AREA : TIDE_CHART_LINE, 0, step);
    }
  if (metric->aggregate->additive)
    tide_chart_data_set_from_zero (data, true);
  tide_chart_data_set_open (data, open_from (rows, step));
  if (rows->cut_time != TIDE_TIME_NONE)
    tide_chart_data_set_cut (data, TIDE_CUT_SMALL, (double) rows->cut_time, rows->cut, 0);
  return data;
}

const TideRow *
tide_historical_find (const TideRows *rows, TideTime time)
{
  guint low = 0, high = rows->n;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (rows->rows[middle].time < time)
        low = middle + 1;
      else
        high = middle;
    }
  return low < rows->n && rows->rows[low].time == time ? &rows->rows[low] : NULL;
}

static void
write_header (const TideHistoricalAnswer *answer, TideCsv *csv)
{
  const TideMetric *second = answer->rows[1] != NULL && !answer->by_group ? answer->rows[1]->metric : NULL;
  g_auto (GStrv) columns = tide_rows_get_columns (answer->rows[0]);
  bool has_unit = second != NULL && second->unit != NULL && *second->unit != '\0';
  g_autofree char *title = has_unit ? g_strdup_printf ("%s (%s)", second->name, second->unit) : NULL;

  for (guint i = 0; columns[i] != NULL; i++)
    tide_csv_text (csv, columns[i], -1);
  if (answer->previous[0] != NULL)
    {
      tide_csv_text (csv, "previous", -1);
      tide_csv_text (csv, g_strcmp0 (tide_shown_unit (answer->rows[0]->metric), "%") == 0 ? "change (points)" : "change (%)", -1);
    }
  if (second != NULL)
    tide_csv_text (csv, title != NULL ? title : second->name, -1);
}

static TideValue
change_of (const TideMetric *metric, TideValue value, TideValue previous)
{
  double now = tide_shown_double (metric, value), before = tide_shown_double (metric, previous);
  double change = g_strcmp0 (tide_shown_unit (metric), "%") == 0 ? now - before : (now - before) / fabs (before) * 100;

  return isfinite (change) ? tide_value_real (change) : (TideValue){ 0 };
}

static void
write_row (const TideHistoricalAnswer *answer, const TideRow *row, TideCsv *csv)
{
  const TideRows *rows = answer->rows[0];
  const TideRow *before = NULL, *second = NULL;

  tide_csv_time (csv, row->time);
  for (uint32_t k = 0; k < rows->metric->n_by; k++)
    {
      TideText cell = tide_rows_get_group_text (rows, row->group, k);

      tide_csv_text (csv, cell.data, cell.len);
    }
  tide_csv_value (csv, row->value);
  tide_csv_text (csv, tide_layer_to_string (row->layer), -1);
  if (answer->previous[0] != NULL)
    {
      before = tide_historical_find (answer->previous[0], row->time - answer->shift);
      tide_csv_value (csv, before != NULL ? before->value : (TideValue){ 0 });
      tide_csv_value (csv, before != NULL ? change_of (rows->metric, row->value, before->value) : (TideValue){ 0 });
    }
  if (answer->rows[1] == NULL || answer->by_group)
    return;
  second = tide_historical_find (answer->rows[1], row->time);
  tide_csv_value (csv, second != NULL ? second->value : (TideValue){ 0 });
}

bool
tide_historical_write_csv (const TideHistoricalAnswer *answer, TideCsv *csv, GError **error)
{
  const TideRows *rows = answer->rows[0];

  write_header (answer, csv);
  if (!tide_csv_end_row (csv, error))
    return false;
  for (guint i = 0; i < rows->n; i++)
    {
      write_row (answer, &rows->rows[i], csv);
      if (!tide_csv_end_row (csv, error))
        return false;
    }
  return true;
}

TideHistoricalAnswer *
tide_historical_answer_ref (TideHistoricalAnswer *answer)
{
  g_atomic_ref_count_inc (&answer->refs);
  return answer;
}

void
tide_historical_answer_unref (TideHistoricalAnswer *answer)
{
  if (answer == NULL || !g_atomic_ref_count_dec (&answer->refs))
    return;
  for (int i = 0; i < 2; i++)
    {
      tide_rows_free (answer->rows[i]);
      tide_rows_free (answer->previous[i]);
    }
  g_free (answer);
}

static void
question_free (TideHistoricalQuestion *question)
{
  for (int i = 0; i < 2; i++)
    g_clear_pointer (&question->metrics[i], tide_metric_unref);
  g_free (question);
}

static void *
answer_question (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const TideHistoricalQuestion *question = data;
  g_autoptr (TideHistoricalAnswer) answer = g_new0 (TideHistoricalAnswer, 1);
  TideServing *serving = tide_pipeline_get_serving (pipeline);

  g_atomic_ref_count_init (&answer->refs);
  answer->every = question->every;
  answer->by_group = question->by_group;
  answer->shift = question->shift;
  answer->serial = question->serial;
  for (int i = 0; i < 2 && question->metrics[i] != NULL; i++)
    {
      bool by_group = question->by_group && question->metrics[i]->n_by > 0;
      TideQuery query = { .metric = question->metrics[i], .view = TIDE_VIEW_HISTORICAL, .from = question->from,
                          .to = question->to, .every = question->every, .total = !by_group, .parts = by_group,
                          .max_rows = question->max_rows };

      answer->rows[i] = tide_serving_query (serving, &query, cancellable, error);
      if (answer->rows[i] == NULL)
        return NULL;
      if (question->shift == 0)
        continue;
      query.from -= question->shift;
      query.to -= question->shift;
      answer->previous[i] = tide_serving_query (serving, &query, cancellable, error);
      if (answer->previous[i] == NULL)
        return NULL;
    }
  return g_steal_pointer (&answer);
}

void
tide_historical_ask_async (TidePipeline *pipeline, const TideHistoricalQuestion *question, GCancellable *cancellable,
                           GAsyncReadyCallback callback, void *data)
{
  TideHistoricalQuestion *copy = g_memdup2 (question, sizeof *question);

  for (int i = 0; i < 2; i++)
    if (copy->metrics[i] != NULL)
      tide_metric_ref (copy->metrics[i]);
  tide_pipeline_run_async (pipeline, answer_question, copy, (GDestroyNotify) question_free,
                           (GDestroyNotify) tide_historical_answer_unref, cancellable, callback, data);
}
