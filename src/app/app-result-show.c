/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A result as text, as CSV and as a chart. Values of different groups are never added up for a picture: whether that
 * means anything (it does for a sum, not for an average) is not known of a person's SQL, so each group is its own line. */
#include "app-result-diff.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-format.h"

#define MOST_LINES 5
#define MOST_COLUMNS 400
#define MOST_BARS 60

double
tide_result_cell_number (const TideResultCell *cell)
{
  if (cell == NULL)
    return NAN;
  return cell->kind == TIDE_CELL_INT ? (double) cell->integer : cell->kind == TIDE_CELL_REAL ? cell->real : NAN;
}

TideTime
tide_result_cell_time (const TideResultCell *cell)
{
  TideTime time = TIDE_TIME_NONE;

  if (cell != NULL && cell->kind == TIDE_CELL_INT)
    return cell->integer;
  if (cell != NULL && cell->kind == TIDE_CELL_TEXT && tide_time_parse (cell->text, strlen (cell->text), NULL, &time))
    return time;
  return TIDE_TIME_NONE;
}

char *
tide_result_cell_format (const TideResultCell *cell, const TideResultColumn *column, GTimeZone *zone)
{
  if (cell == NULL || cell->kind == TIDE_CELL_NULL)
    return g_strdup (TIDE_NO_VALUE);
  if (cell->kind == TIDE_CELL_TEXT)
    return g_strdup (cell->text);
  if (column->kind == TIDE_KIND_TIME)
    return tide_format_date_time (cell->integer, zone);
  if (cell->kind == TIDE_CELL_INT && column->decimals == 0)
    return tide_format_int (cell->integer);
  return tide_format_number (tide_result_cell_number (cell), column->decimals);
}

char *
tide_result_diff_summary (const TideResultDiff *diff, char **ret_detail)
{
  guint differ = diff->n_new + diff->n_gone + diff->n_changed;
  g_autofree char *all = tide_format_int (diff->rows->len), *some = tide_format_int (differ);
  g_autofree char *added = tide_format_int (diff->n_new), *changed = tide_format_int (diff->n_changed);
  g_autofree char *gone = tide_format_int (diff->n_gone);

  *ret_detail = NULL;
  if (diff->before == NULL)
    return g_strdup_printf (ngettext ("%s row", "%s rows", diff->rows->len), all);
  if (differ == 0)
    return g_strdup_printf (ngettext ("No difference in %s row", "No difference in %s rows", diff->rows->len), all);
  *ret_detail = g_strdup_printf (_ ("%s new, %s changed, %s gone"), added, changed, gone);
  return g_strdup_printf (_ ("%s of %s rows differ"), some, all);
}

/* CSV */

static void
write_cell (TideCsv *csv, const TideResultCell *cell, const TideResultColumn *column)
{
  char text[TIDE_VALUE_STR_MAX];

  if (cell == NULL || cell->kind == TIDE_CELL_NULL)
    tide_csv_text (csv, NULL, 0);
  else if (cell->kind == TIDE_CELL_TEXT)
    tide_csv_text (csv, cell->text, -1);
  else if (column->kind == TIDE_KIND_TIME)
    tide_csv_time (csv, cell->integer);
  else if (cell->kind == TIDE_CELL_INT)
    {
      g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, cell->integer);
      tide_csv_number (csv, text);
    }
  else
    tide_csv_value (csv, tide_value_real (cell->real));
}

static bool
write_header (const TideResultDiff *diff, int value, TideCsv *csv, GError **error)
{
  if (diff->before != NULL)
    tide_csv_text (csv, "change", -1);
  for (guint i = 0; i < diff->columns->len; i++)
    tide_csv_text (csv, tide_result_diff_get_column (diff, i)->name, -1);
  if (diff->before != NULL && value >= 0)
    {
      g_autofree char *name = g_strdup_printf ("%s version %" G_GINT64_FORMAT,
                                               tide_result_diff_get_column (diff, (guint) value)->name,
                                               diff->before->version);

      tide_csv_text (csv, name, -1);
    }
  return tide_csv_end_row (csv, error);
}

bool
tide_result_diff_write_csv (const TideResultDiff *diff, bool only_differences, int value, TideCsv *csv, GError **error)
{
  static const char *const words[] = { "same", "new", "gone", "changed" };

  if (!write_header (diff, value, csv, error))
    return false;
  for (guint r = 0; r < diff->rows->len; r++)
    {
      const TideResultRow *row = tide_result_diff_get_row (diff, r);

      if (only_differences && diff->before != NULL && row->change == TIDE_ROW_SAME)
        continue;
      if (diff->before != NULL)
        tide_csv_text (csv, words[row->change], -1);
      for (guint i = 0; i < diff->columns->len; i++)
        {
          const TideResultCell *cell = row->change == TIDE_ROW_GONE ? tide_result_diff_get_before (diff, row, i)
                                                                    : tide_result_diff_get_now (diff, row, i);

          write_cell (csv, cell, tide_result_diff_get_column (diff, i));
        }
      if (diff->before != NULL && value >= 0)
        write_cell (csv, tide_result_diff_get_before (diff, row, (guint) value),
                    tide_result_diff_get_column (diff, (guint) value));
      if (!tide_csv_end_row (csv, error))
        return false;
    }
  return true;
}

/* Charts */

static int
find_time (const TideResultDiff *diff)
{
  for (guint i = 0; i < diff->columns->len; i++)
    {
      const TideResultColumn *column = tide_result_diff_get_column (diff, i);

      if ((column->kind == TIDE_KIND_TIME || column->kind == TIDE_KIND_DATE) && column->now >= 0)
        return (int) i;
    }
  return -1;
}

static bool
is_label (const TideResultColumn *column)
{
  return column->kind == TIDE_KIND_TEXT && column->is_key;
}

char *
tide_result_row_label (const TideResultDiff *diff, const TideResultRow *row)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (guint i = 0; i < diff->columns->len; i++)
    {
      const TideResultColumn *column = tide_result_diff_get_column (diff, i);
      const TideResultCell *cell = row->now >= 0 ? tide_result_diff_get_now (diff, row, i)
                                                 : tide_result_diff_get_before (diff, row, i);

      if (is_label (column))
        g_ptr_array_add (words, (void *) (cell != NULL && cell->kind == TIDE_CELL_TEXT ? cell->text : TIDE_NO_VALUE));
    }
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" · ", (char **) words->pdata);
}

static bool
has_labels (const TideResultDiff *diff)
{
  for (guint i = 0; i < diff->columns->len; i++)
    if (is_label (tide_result_diff_get_column (diff, i)))
      return true;
  return false;
}

TideResultChartKind
tide_result_chart_kind (const TideResultDiff *diff, int value)
{
  if (value < 0 || diff->now->n_rows < 2)
    return TIDE_RESULT_CHART_NONE;
  if (find_time (diff) >= 0)
    return TIDE_RESULT_CHART_TIMES;
  return has_labels (diff) && diff->now->n_rows <= MOST_BARS ? TIDE_RESULT_CHART_BARS : TIDE_RESULT_CHART_NONE;
}

GTimeZone *
tide_result_chart_zone (const TideResultDiff *diff, GTimeZone *zone)
{
  int time = find_time (diff);

  if (time >= 0 && tide_result_diff_get_column (diff, (guint) time)->kind == TIDE_KIND_DATE)
    return g_time_zone_new_utc ();
  return zone != NULL ? g_time_zone_ref (zone) : tide_format_get_zone ();
}

typedef struct
{
  TideTime time;
  double value, before;
  const TideResultRow *row;
} Point;

static int
compare_points (const void *a, const void *b)
{
  const Point *x = a, *y = b;

  return (x->time > y->time) - (x->time < y->time);
}

static double
shortest_step (const GArray *points)
{
  double shortest = INFINITY;

  for (guint i = 1; i < points->len; i++)
    {
      double step = (double) (g_array_index (points, Point, i).time - g_array_index (points, Point, i - 1).time);

      if (step > 0)
        shortest = MIN (shortest, step);
    }
  return isinf (shortest) ? (double) TIDE_HOUR : shortest;
}

static void
add_columns (TideChartData *data, const TideResultDiff *diff, const GArray *points, int value)
{
  double step = shortest_step (points);

  for (guint i = 0; i < points->len; i++)
    {
      const Point *point = &g_array_index (points, Point, i);
      g_autofree char *change = point->row->change == TIDE_ROW_CHANGED && point->value != point->before
                                    ? tide_format_change (point->value, point->before, false)
                                    : NULL;
      TideChartColumn column = { .from = (double) point->time, .to = (double) point->time + step, .batch = point->value,
                                 .speed = NAN, .other = point->before };

      if (diff->before != NULL)
        column.note = point->row->change == TIDE_ROW_NEW ? (char *) _ ("new") : change;
      tide_chart_data_add_column (data, &column);
    }
}

typedef struct
{
  char *label;
  double weight;
  GArray *points;
} Line;

static void
line_free (void *data)
{
  Line *line = data;

  g_free (line->label);
  g_array_unref (line->points);
  g_free (line);
}

static int
compare_lines (const void *a, const void *b)
{
  const Line *x = *(Line *const *) a, *y = *(Line *const *) b;

  return x->weight != y->weight ? (x->weight < y->weight ? 1 : -1) : strcmp (x->label, y->label);
}

static void
add_lines (TideChartData *data, const TideResultDiff *diff, const GArray *points)
{
  g_autoptr (GHashTable) by_label = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (line_free);

  for (guint i = 0; i < points->len; i++)
    {
      const Point *point = &g_array_index (points, Point, i);
      g_autofree char *label = tide_result_row_label (diff, point->row);
      Line *line = g_hash_table_lookup (by_label, label);

      if (line == NULL)
        {
          line = g_new0 (Line, 1);
          line->label = g_steal_pointer (&label);
          line->points = g_array_new (FALSE, FALSE, sizeof (Point));
          g_hash_table_insert (by_label, line->label, line);
          g_ptr_array_add (lines, line);
        }
      line->weight += fabs (point->value);
      g_array_append_vals (line->points, point, 1);
    }
  g_ptr_array_sort (lines, compare_lines);
  for (guint l = 0; l < MIN (lines->len, MOST_LINES); l++)
    {
      const Line *line = g_ptr_array_index (lines, l);
      g_autofree double *x = g_new (double, line->points->len), *y = g_new (double, line->points->len);

      for (guint i = 0; i < line->points->len; i++)
        {
          x[i] = (double) g_array_index (line->points, Point, i).time;
          y[i] = g_array_index (line->points, Point, i).value;
        }
      tide_chart_data_add_series_copy (data, line->label, line->label, (TideRole) (TIDE_ROLE_SERIES_1 + l),
                                       TIDE_CHART_LINE, x, y, line->points->len);
    }
  if (lines->len > MOST_LINES)
    {
      g_autofree char *subtitle = g_strdup_printf (_ ("%d of %u groups"), MOST_LINES, lines->len);

      tide_chart_data_set_subtitle (data, subtitle);
    }
}

TideChartData *
tide_result_chart_times (const TideResultDiff *diff, int value)
{
  const TideResultColumn *column = tide_result_diff_get_column (diff, (guint) value);
  TideChartData *data = tide_chart_data_new (column->name, NULL);
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (Point));
  int time = find_time (diff);

  for (guint i = 0; i < diff->rows->len; i++)
    {
      const TideResultRow *row = tide_result_diff_get_row (diff, i);
      Point point = { .row = row, .time = tide_result_cell_time (tide_result_diff_get_now (diff, row, (guint) time)),
                      .value = tide_result_cell_number (tide_result_diff_get_now (diff, row, (guint) value)),
                      .before = tide_result_cell_number (tide_result_diff_get_before (diff, row, (guint) value)) };

      if (point.time != TIDE_TIME_NONE && !isnan (point.value))
        g_array_append_val (points, point);
    }
  g_array_sort (points, compare_points);
  tide_chart_data_set_decimals (data, column->decimals);
  if (has_labels (diff) || points->len > MOST_COLUMNS)
    add_lines (data, diff, points);
  else
    add_columns (data, diff, points, value);
  return data;
}
