/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows as a result: freeing, labels, ratios, CSV. A ratio has no states of its own: its rows are those of its two
 * metrics, of one transaction, divided. */
#include "serving-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct
{
  const char *name;
  TideView view;
} view_names[] = { { "live", TIDE_VIEW_LIVE },
                   { "historical", TIDE_VIEW_HISTORICAL },
                   { "merged", TIDE_VIEW_MERGED },
                   { "recompute", TIDE_VIEW_RECOMPUTE } };

bool
tide_view_parse (const char *text, TideView *ret_view, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (view_names); i++)
    if (strcmp (text, view_names[i].name) == 0)
      {
        *ret_view = view_names[i].view;
        return true;
      }
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
               "there is no view '%s': expected live, historical, merged or recompute", text);
  return false;
}

const char *
tide_view_to_string (TideView view)
{
  return view_names[view].name;
}

const char *
tide_layer_to_string (TideLayer layer)
{
  static const char *const names[] = { "batch", "speed", "both" };

  return names[layer];
}

void
tide_rows_free (TideRows *rows)
{
  if (rows == NULL)
    return;
  g_free (rows->rows);
  g_free (rows->group_totals);
  g_free (rows->offsets);
  tide_groups_free (rows->groups);
  tide_metric_unref (rows->metric);
  g_free (rows);
}

char *
tide_rows_get_label (const TideRows *rows, uint32_t group)
{
  return group == TIDE_GROUP_TOTAL || rows->metric->n_by == 0 ? g_strdup ("All")
                                                              : tide_groups_get_label (rows->groups, group);
}

static TideValue
divide (TideMetric *ratio, TideValue above, TideValue below, bool below_is_there)
{
  double x = above.kind == TIDE_VALUE_NONE ? 0 : tide_value_to_double (above), y = tide_value_to_double (below);

  if (!below_is_there || isnan (y) || y == 0)
    return (TideValue){ 0 };
  return tide_value_real (x / y);
}

/* The group of the numerator that has the values of @group of the denominator. */
static bool
map_group (const TideRows *from, uint32_t group, const TideRows *to, uint32_t *ret_group)
{
  const TideGroup *entry;

  *ret_group = group;
  if (group == TIDE_GROUP_TOTAL || group == TIDE_GROUP_OTHER)
    return true;
  entry = tide_groups_get (from->groups, group);
  return entry != NULL && tide_groups_find (to->groups, entry->values, ret_group);
}

static const TideRow *
find_row (const TideRows *rows, TideTime time, uint32_t group)
{
  guint low = 0, high = rows->n;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const TideRow *row = &rows->rows[middle];

      if (row->time < time || (row->time == time && row->group < group))
        low = middle + 1;
      else
        high = middle;
    }
  return low < rows->n && rows->rows[low].time == time && rows->rows[low].group == group ? &rows->rows[low] : NULL;
}

static TideRow
divide_row (TideMetric *ratio, const TideRow *above, const TideRow *below)
{
  static const TideRow none = { 0 };
  TideRow row = *below;

  if (above == NULL)
    above = &none;
  else if (above->layer != below->layer)
    row.layer = TIDE_LAYER_BOTH;
  row.value = divide (ratio, above->value, below->value, true);
  row.batch = divide (ratio, above->batch, below->batch, below->batch.kind != TIDE_VALUE_NONE);
  row.speed = divide (ratio, above->speed, below->speed, below->speed.kind != TIDE_VALUE_NONE);
  row.late = (TideValue){ 0 };
  return row;
}

static int
compare_groups (const void *a, const void *b)
{
  uint32_t x = ((const TideRow *) a)->group, y = ((const TideRow *) b)->group;

  return (x > y) - (x < y);
}

static TideRow *
divide_group_totals (TideMetric *ratio, const TideRows *numerator, const TideRows *denominator)
{
  TideRow *totals = g_new0 (TideRow, MAX (denominator->n_group_totals, 1));

  for (guint i = 0; i < denominator->n_group_totals; i++)
    {
      const TideRow *below = &denominator->group_totals[i], *above = NULL;
      TideRow key = { 0 };

      if (map_group (denominator, below->group, numerator, &key.group) && numerator->n_group_totals > 0)
        above = bsearch (&key, numerator->group_totals, numerator->n_group_totals, sizeof key, compare_groups);
      totals[i] = divide_row (ratio, above, below);
    }
  return totals;
}

TideRows *
tide_rows_divide (TideMetric *ratio, const TideRows *numerator, const TideRows *denominator)
{
  TideRows *rows = g_memdup2 (denominator, sizeof *denominator);

  rows->metric = tide_metric_ref (ratio);
  rows->groups = tide_groups_copy (denominator->groups);
  rows->offsets = g_strdup (denominator->offsets);
  rows->rows = g_new0 (TideRow, MAX (denominator->n, 1));
  rows->cut = MIN (numerator->cut, denominator->cut);
  if (numerator->corrupt_events > 0
      && (rows->corrupt_events == 0 || numerator->first_corrupt < rows->first_corrupt))
    rows->first_corrupt = numerator->first_corrupt;
  rows->corrupt_events += numerator->corrupt_events;
  for (guint i = 0; i < denominator->n; i++)
    {
      const TideRow *below = &denominator->rows[i], *above = NULL;
      uint32_t group;

      if (map_group (denominator, below->group, numerator, &group))
        above = find_row (numerator, below->time, group);
      rows->rows[i] = divide_row (ratio, above, below);
    }
  rows->group_totals = divide_group_totals (ratio, numerator, denominator);
  rows->total = divide (ratio, numerator->total, denominator->total, true);
  rows->batch_total = divide (ratio, numerator->batch_total, denominator->batch_total, true);
  rows->speed_total = divide (ratio, numerator->speed_total, denominator->speed_total, true);
  rows->late_total = (TideValue){ 0 };
  return rows;
}

/**
 * tide_rows_get_columns:
 *
 * Returns: (transfer full): the names of what a row is written as: time, the group fields, value with its unit, layer
 */
char **
tide_rows_get_columns (const TideRows *rows)
{
  const TideMetric *metric = rows->metric;
  bool has_unit = metric->unit != NULL && *metric->unit != '\0';
  g_autofree char *value = has_unit ? g_strdup_printf ("value [%s]", metric->unit) : g_strdup ("value");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, "time");
  for (uint32_t i = 0; i < metric->n_by; i++)
    g_strv_builder_add (builder, metric->by_names[i]);
  g_strv_builder_add (builder, value);
  g_strv_builder_add (builder, "layer");
  return g_strv_builder_end (builder);
}

/**
 * tide_rows_get_group_text:
 * @field: of the metric's group fields
 *
 * Returns: the cell of a row's group, borrowed from @rows; data is %NULL for null
 */
TideText
tide_rows_get_group_text (const TideRows *rows, uint32_t group, uint32_t field)
{
  const TideGroup *entry;

  if (group == TIDE_GROUP_TOTAL)
    return tide_text ("All");
  entry = group == TIDE_GROUP_OTHER ? NULL : tide_groups_get (rows->groups, group);
  return entry != NULL ? entry->values[field] : tide_text ("other");
}

bool
tide_rows_write_csv (const TideRows *rows, TideCsv *csv, GError **error)
{
  g_auto (GStrv) columns = tide_rows_get_columns (rows);

  for (guint i = 0; columns[i] != NULL; i++)
    tide_csv_text (csv, columns[i], -1);
  if (!tide_csv_end_row (csv, error))
    return false;
  for (guint i = 0; i < rows->n; i++)
    {
      const TideRow *row = &rows->rows[i];

      tide_csv_time (csv, row->time);
      for (uint32_t k = 0; k < rows->metric->n_by; k++)
        {
          TideText cell = tide_rows_get_group_text (rows, row->group, k);

          tide_csv_text (csv, cell.data, cell.len);
        }
      tide_csv_value (csv, row->value);
      tide_csv_text (csv, tide_layer_to_string (row->layer), -1);
      if (!tide_csv_end_row (csv, error))
        return false;
    }
  return true;
}
