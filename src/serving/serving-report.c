/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports: several metrics over a named range as one CSV in long form, "metric,time,…,value,unit,layer". The group
 * columns are those of all its metrics, each once; a metric that is not grouped by one leaves it empty. */
#include "serving-private.h"

#include <string.h>

static GPtrArray *
group_columns (GPtrArray *metrics)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (metrics, i);

      for (uint32_t k = 0; k < metric->n_by; k++)
        if (!g_ptr_array_find_with_equal_func (names, metric->by_names[k], g_str_equal, NULL))
          g_ptr_array_add (names, metric->by_names[k]);
    }
  return names;
}

static void
write_group (const TideRows *rows, const TideRow *row, const char *column, TideCsv *csv)
{
  for (uint32_t i = 0; i < rows->metric->n_by; i++)
    if (strcmp (rows->metric->by_names[i], column) == 0)
      {
        TideText cell = tide_rows_get_group_text (rows, row->group, i);

        tide_csv_text (csv, cell.data, cell.len);
        return;
      }
  tide_csv_text (csv, NULL, 0);
}

static bool
write_rows (const TideRows *rows, GPtrArray *columns, TideCsv *csv, GError **error)
{
  for (guint i = 0; i < rows->n; i++)
    {
      const TideRow *row = &rows->rows[i];

      tide_csv_text (csv, rows->metric->name, -1);
      tide_csv_time (csv, row->time);
      for (guint k = 0; k < columns->len; k++)
        write_group (rows, row, g_ptr_array_index (columns, k), csv);
      tide_csv_value (csv, row->value);
      tide_csv_text (csv, rows->metric->unit, -1);
      tide_csv_text (csv, tide_layer_to_string (row->layer), -1);
      if (!tide_csv_end_row (csv, error))
        return false;
    }
  return true;
}

static bool
write_header (GPtrArray *columns, TideCsv *csv, GError **error)
{
  tide_csv_text (csv, "metric", -1);
  tide_csv_text (csv, "time", -1);
  for (guint i = 0; i < columns->len; i++)
    tide_csv_text (csv, g_ptr_array_index (columns, i), -1);
  tide_csv_text (csv, "value", -1);
  tide_csv_text (csv, "unit", -1);
  tide_csv_text (csv, "layer", -1);
  return tide_csv_end_row (csv, error);
}

static bool
report_query (const TideReport *report, TideMetric *metric, TideTime now, TideQuery *ret_query, GError **error)
{
  TideQuery query = { .metric = metric, .view = TIDE_VIEW_MERGED, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };

  if ((report->view != NULL && !tide_view_parse (report->view, &query.view, error))
      || (report->from != NULL && !tide_time_parse_relative (report->from, now, metric->zone, &query.from, error))
      || (report->to != NULL && !tide_time_parse_relative (report->to, now, metric->zone, &query.to, error))
      || (report->every != NULL && !tide_period_parse (report->every, &query.every, error)))
    return false;
  *ret_query = query;
  return true;
}

/**
 * tide_serving_write_report:
 * @now: what relative times of the report count from
 * @ret_rows: (out) (optional): rows written
 *
 * Errors: as tide_serving_query(), and NOT_FOUND for a metric that is no more.
 * Thread: a worker.
 */
bool
tide_serving_write_report (TideServing *serving, const TideReport *report, TideTime now, GOutputStream *stream,
                           GCancellable *cancellable, gint64 *ret_rows, GError **error)
{
  gint64 n_rows = 0;
  g_autoptr (GPtrArray) metrics = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_metric_unref);
  g_autoptr (GPtrArray) columns = NULL;
  g_autoptr (TideCsv) csv = tide_csv_new (stream);

  g_mutex_lock (&serving->lock);
  for (guint i = 0; report->metrics[i] != NULL; i++)
    {
      TideMetric *metric = tide_workspace_get_metric (serving->workspace, report->metrics[i]);

      if (metric != NULL)
        g_ptr_array_add (metrics, tide_metric_ref (metric));
    }
  g_mutex_unlock (&serving->lock);
  if (metrics->len != g_strv_length (report->metrics))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
                   "report %s names a metric that the workspace does not have", report->name);
      return false;
    }
  columns = group_columns (metrics);
  if (!write_header (columns, csv, error))
    return false;
  for (guint i = 0; i < metrics->len; i++)
    {
      TideQuery query;
      g_autoptr (TideRows) rows = NULL;

      if (!report_query (report, g_ptr_array_index (metrics, i), now, &query, error))
        return false;
      rows = tide_serving_query (serving, &query, cancellable, error);
      if (rows == NULL || !write_rows (rows, columns, csv, error))
        return false;
      n_rows += rows->n;
    }
  if (ret_rows != NULL)
    *ret_rows = n_rows;
  return tide_csv_finish (csv, error);
}
