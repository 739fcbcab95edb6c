/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer of a merged query as a picture. Additive metrics become columns of the two layers, late events the speed
 * part of columns before the cut; the others become lines, as a percentile's parts cannot be stacked. Values become
 * doubles only here: the equation and the table show the exact ones. */
#include "app-merged-data.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-format.h"
#include "app-shown.h"

#define WANTED_PANES 72
#define MOST_PANES 400
#define FEWEST_PANES 4
#define MOST_LINES 6

static const TideDuration lengths[] = { TIDE_SECOND,     5 * TIDE_SECOND,  15 * TIDE_SECOND, TIDE_MINUTE,
                                        5 * TIDE_MINUTE, 15 * TIDE_MINUTE, TIDE_HOUR,        6 * TIDE_HOUR };

static bool
fits (const TideMetric *metric, TideDuration length, TideDuration span)
{
  return length % metric->stored_pane == 0 && span / length <= MOST_PANES && span / length >= FEWEST_PANES;
}

GArray *
tide_merged_get_periods (const TideMetric *metric, TideDuration span, guint *ret_default)
{
  GArray *periods = g_array_new (FALSE, FALSE, sizeof (TidePeriod));
  double best = INFINITY;

  *ret_default = 0;
  for (guint i = 0; i <= G_N_ELEMENTS (lengths); i++)
    {
      bool is_day = i == G_N_ELEMENTS (lengths);
      TideDuration length = is_day ? TIDE_DAY : lengths[i];
      TidePeriod period = { .unit = is_day ? TIDE_PERIOD_DAYS : TIDE_PERIOD_FIXED, .n = is_day ? 1 : length };
      double distance = fabs (log ((double) span / (double) length / WANTED_PANES));

      if (!fits (metric, length, span))
        continue;
      if (distance < best)
        {
          best = distance;
          *ret_default = periods->len;
        }
      g_array_append_val (periods, period);
    }
  if (periods->len == 0)
    g_array_append_val (periods, metric->every);
  return periods;
}

bool
tide_merged_has_columns (const TideMetric *metric)
{
  return metric->aggregate->additive && metric->over == 0;
}

static void
add_columns (TideChartData *data, const TideRows *rows, TidePeriod every)
{
  GTimeZone *zone = rows->metric->zone;

  for (guint i = 0; i < rows->n; i++)
    {
      const TideRow *row = &rows->rows[i];
      TideTime next = tide_period_next (every, zone, row->time);
      TideChartColumn column = { .from = (double) row->time,
                                 .to = (double) next,
                                 .batch = tide_shown_double (rows->metric, row->batch),
                                 .speed = tide_shown_double (rows->metric, row->speed),
                                 .other = NAN,
                                 .open = next > rows->newest };

      tide_chart_data_add_column (data, &column);
    }
}

typedef struct
{
  uint32_t group;
  GArray *x, *y;
} Line;

static void
line_free (Line *line)
{
  g_array_unref (line->x);
  g_array_unref (line->y);
  g_free (line);
}

/* The groups with the most events get a line; the rest are in the table. */
static int
compare_by_events (const void *a, const void *b)
{
  const TideRow *x = *(TideRow *const *) a, *y = *(TideRow *const *) b;

  return x->events != y->events ? (x->events < y->events ? 1 : -1) : (x->group > y->group) - (x->group < y->group);
}

static GHashTable *
pick_lines (const TideRows *rows)
{
  GHashTable *lines = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) line_free);
  g_autofree TideRow **order = g_new (TideRow *, rows->n_group_totals + 1);

  for (guint i = 0; i < rows->n_group_totals; i++)
    order[i] = &rows->group_totals[i];
  qsort (order, rows->n_group_totals, sizeof *order, compare_by_events);
  for (guint i = 0; i < MIN (rows->n_group_totals, MOST_LINES); i++)
    {
      Line *line = g_new (Line, 1);

      *line = (Line){ .group = order[i]->group,
                      .x = g_array_new (FALSE, FALSE, sizeof (double)),
                      .y = g_array_new (FALSE, FALSE, sizeof (double)) };
      g_hash_table_insert (lines, GUINT_TO_POINTER (line->group), line);
    }
  return lines;
}

static int
compare_lines (const void *a, const void *b)
{
  uint32_t x = (*(Line *const *) a)->group, y = (*(Line *const *) b)->group;

  return (x > y) - (x < y);
}

/* A pane without a value breaks the line. */
static void
line_add (Line *line, double x, double y, double step)
{
  if (line->x->len > 0)
    {
      double last = g_array_index (line->x, double, line->x->len - 1), gap = NAN, at = last + step;

      if (x - last > step * 1.5)
        {
          g_array_append_val (line->x, at);
          g_array_append_val (line->y, gap);
        }
    }
  g_array_append_val (line->x, x);
  g_array_append_val (line->y, y);
}

static void
add_lines (TideChartData *data, const TideRows *rows, TidePeriod every)
{
  g_autoptr (GHashTable) lines = pick_lines (rows);
  g_autofree gpointer *order = NULL;
  double step = (double) tide_period_length (every);
  guint n = 0;
  GHashTableIter iter;
  gpointer value;

  for (guint i = 0; i < rows->n; i++)
    {
      Line *line = g_hash_table_lookup (lines, GUINT_TO_POINTER (rows->rows[i].group));

      if (line != NULL)
        line_add (line, (double) rows->rows[i].time, tide_shown_double (rows->metric, rows->rows[i].value), step);
    }
  order = g_new (gpointer, g_hash_table_size (lines) + 1);
  g_hash_table_iter_init (&iter, lines);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    order[n++] = value;
  qsort (order, n, sizeof *order, compare_lines);
  for (guint i = 0; i < n; i++)
    {
      Line *line = order[i];
      g_autofree char *label = tide_rows_get_label (rows, line->group);

      tide_chart_data_add_series_copy (data, label, label, tide_palette_role_of_group (line->group), TIDE_CHART_LINE,
                                       (double *) line->x->data, (double *) line->y->data, line->x->len);
    }
}

static void
add_total_line (TideChartData *data, const TideRows *rows, TidePeriod every)
{
  Line line = { .x = g_array_new (FALSE, FALSE, sizeof (double)), .y = g_array_new (FALSE, FALSE, sizeof (double)) };

  for (guint i = 0; i < rows->n; i++)
    line_add (&line, (double) rows->rows[i].time, tide_shown_double (rows->metric, rows->rows[i].value), (double) tide_period_length (every));
  tide_chart_data_add_series_copy (data, "total", _ ("All"), TIDE_ROLE_SERIES_1, TIDE_CHART_LINE,
                                   (double *) line.x->data, (double *) line.y->data, line.x->len);
  g_array_unref (line.x);
  g_array_unref (line.y);
}

static void
set_late (TideChartData *data, const TideRows *rows)
{
  g_autofree char *events = tide_format_int ((gint64) rows->late_events);
  g_autofree char *amount = tide_shown_value (rows->metric, rows->late_total);
  g_autofree char *text = NULL;

  if (rows->late_events == 0 || rows->late_total.kind == TIDE_VALUE_NONE)
    return;
  text = g_strdup_printf (_ ("Late for published panes: %s events, %s"), events, amount);
  tide_chart_data_set_late (data, text, _ ("counted by the speed layer until the next roll-up"));
}

TideChartData *
tide_merged_get_chart (const TideRows *rows, TidePeriod every, bool by_group)
{
  TideChartData *data = tide_chart_data_new (rows->metric->title, tide_shown_unit (rows->metric));

  if (by_group)
    add_lines (data, rows, every);
  else if (tide_merged_has_columns (rows->metric))
    {
      add_columns (data, rows, every);
      set_late (data, rows);
    }
  else
    add_total_line (data, rows, every);
  if (rows->cut_time != TIDE_TIME_NONE)
    tide_chart_data_set_cut (data, TIDE_CUT_FULL, (double) rows->cut_time, rows->cut, (guint64) (rows->seq - rows->cut));
  if (rows->metric->aggregate->additive)
    tide_chart_data_set_from_zero (data, true);
  if (rows->total.kind == TIDE_VALUE_EXACT)
    tide_chart_data_set_decimals (data, rows->total.scale);
  return data;
}

void
tide_offset_free (TideOffset *offset)
{
  if (offset == NULL)
    return;
  g_free (offset->source);
  g_free (offset->partition);
  g_free (offset);
}

/* The text after the opening quote at *@at; escapes are undone. */
static char *
read_string (const char **at)
{
  GString *text = g_string_new (NULL);
  const char *c = *at;

  for (; *c != '\0' && *c != '"'; c++)
    {
      if (*c == '\\' && c[1] != '\0')
        c++;
      g_string_append_c (text, *c);
    }
  *at = *c == '"' ? c + 1 : c;
  return g_string_free (text, FALSE);
}

GPtrArray *
tide_merged_parse_offsets (const char *json)
{
  GPtrArray *offsets = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_offset_free);
  g_autofree char *source = NULL, *partition = NULL;
  int depth = 0;

  for (const char *c = json != NULL ? json : ""; *c != '\0';)
    {
      if (*c == '"')
        {
          c++;
          g_free (depth > 1 ? partition : source);
          *(depth > 1 ? &partition : &source) = read_string (&c);
        }
      else if (depth > 1 && (g_ascii_isdigit (*c) || *c == '-'))
        {
          TideOffset *offset = g_new0 (TideOffset, 1);
          char *end;

          offset->offset = g_ascii_strtoll (c, &end, 10);
          offset->source = g_strdup (source);
          offset->partition = g_strdup (partition);
          g_ptr_array_add (offsets, offset);
          c = end > c ? end : c + 1;
        }
      else
        {
          depth += *c == '{' ? 1 : *c == '}' ? -1 : 0;
          c++;
        }
    }
  return offsets;
}
