/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How two versions of a result differ. SQL names no key, so one is looked for: the fewest leading columns whose cells,
 * taken together, occur once in either version; texts and dates are tried before numbers, because a count that happens
 * to be unique is no name. Where nothing is unique, rows that are alike are told apart by their order. */
#include "app-result-diff.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Column kinds */

/* 2000 to 2100: what is µs since the epoch and hardly ever anything else. */
#define TIME_FIRST INT64_C (946684800000000)
#define TIME_LAST INT64_C (4102444800000000)

static bool
is_date (const char *text)
{
  TideTime time;

  return strlen (text) >= 10 && text[4] == '-' && text[7] == '-' && tide_time_parse (text, strlen (text), NULL, &time);
}

/* Which kinds every cell of a column so far may be of, as bits. */
static guint
narrow_kinds (guint kinds, const TideResultCell *cell)
{
  switch (cell->kind)
    {
    case TIDE_CELL_INT:
      kinds &= 1u << TIDE_KIND_NUMBER | 1u << TIDE_KIND_TIME;
      return cell->integer < TIME_FIRST || cell->integer > TIME_LAST ? kinds & ~(1u << TIDE_KIND_TIME) : kinds;
    case TIDE_CELL_REAL:
      return kinds & 1u << TIDE_KIND_NUMBER;
    case TIDE_CELL_TEXT:
      kinds &= 1u << TIDE_KIND_TEXT | 1u << TIDE_KIND_DATE;
      return (kinds & 1u << TIDE_KIND_DATE) != 0 && !is_date (cell->text) ? kinds & ~(1u << TIDE_KIND_DATE) : kinds;
    case TIDE_CELL_NULL:
    default:
      return kinds;
    }
}

static TideResultKind
kind_of (const TideResultTable *table, guint column)
{
  guint all = 1u << TIDE_KIND_TEXT | 1u << TIDE_KIND_NUMBER | 1u << TIDE_KIND_TIME | 1u << TIDE_KIND_DATE;
  guint kinds = all;

  for (guint i = 0; i < table->n_rows; i++)
    kinds = narrow_kinds (kinds, tide_result_table_get (table, i, column));
  if (kinds == all) /* nothing but nulls */
    return TIDE_KIND_TEXT;
  if ((kinds & 1u << TIDE_KIND_TIME) != 0)
    return TIDE_KIND_TIME;
  if ((kinds & 1u << TIDE_KIND_DATE) != 0)
    return TIDE_KIND_DATE;
  return (kinds & 1u << TIDE_KIND_NUMBER) != 0 ? TIDE_KIND_NUMBER : TIDE_KIND_TEXT;
}

/* The most decimals that a cell was written with, as long as they look written and not computed. */
static int
decimals_of (const TideResultTable *table, guint column)
{
  int most = 0;
  double largest = 0;

  for (guint i = 0; i < table->n_rows; i++)
    {
      const TideResultCell *cell = tide_result_table_get (table, i, column);
      int decimals = 0;

      if (cell->kind != TIDE_CELL_REAL)
        continue;
      largest = MAX (largest, fabs (cell->real));
      while (decimals < 5 && fabs (cell->real * pow (10, decimals) - rint (cell->real * pow (10, decimals)))
                                 > 1e-9 * fabs (cell->real) * pow (10, decimals))
        decimals++;
      most = MAX (most, decimals);
    }
  if (most < 5)
    return most;
  return largest >= 100 ? 1 : largest >= 1 ? 2 : 4;
}

static int
find_column (const TideResultTable *table, const char *name)
{
  for (guint i = 0; table != NULL && i < table->n_columns; i++)
    if (strcmp (table->columns[i], name) == 0)
      return (int) i;
  return -1;
}

static void
add_columns (TideResultDiff *diff)
{
  for (guint i = 0; i < diff->now->n_columns; i++)
    {
      TideResultColumn column = { .name = diff->now->columns[i], .now = (int) i, .kind = kind_of (diff->now, i),
                                  .decimals = decimals_of (diff->now, i),
                                  .before = find_column (diff->before, diff->now->columns[i]) };

      g_array_append_val (diff->columns, column);
    }
  for (guint i = 0; diff->before != NULL && i < diff->before->n_columns; i++)
    {
      TideResultColumn column = { .name = diff->before->columns[i], .now = -1, .before = (int) i,
                                  .kind = kind_of (diff->before, i), .decimals = decimals_of (diff->before, i) };

      if (find_column (diff->now, column.name) < 0)
        g_array_append_val (diff->columns, column);
    }
}

/* Keys */

static void
append_cell (GString *key, const TideResultCell *cell)
{
  g_string_append_c (key, '\x1f');
  if (cell->kind == TIDE_CELL_TEXT)
    g_string_append_printf (key, "t%s", cell->text);
  else if (cell->kind == TIDE_CELL_INT)
    g_string_append_printf (key, "n%" G_GINT64_FORMAT, cell->integer);
  else if (cell->kind == TIDE_CELL_REAL)
    g_string_append_printf (key, "r%.17g", cell->real);
}

static char *
make_key (const TideResultDiff *diff, const TideResultTable *table, guint row)
{
  GString *key = g_string_new (NULL);

  for (guint i = 0; i < diff->columns->len; i++)
    {
      const TideResultColumn *column = tide_result_diff_get_column (diff, i);
      int index = table == diff->now ? column->now : column->before;

      if (column->is_key)
        append_cell (key, tide_result_table_get (table, row, (guint) index));
    }
  return g_string_free (key, FALSE);
}

static bool
is_unique (const TideResultDiff *diff, const TideResultTable *table)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; table != NULL && i < table->n_rows; i++)
    if (!g_hash_table_add (keys, make_key (diff, table, i)))
      return false;
  return true;
}

static bool
has_key (const TideResultDiff *diff)
{
  return is_unique (diff, diff->now) && is_unique (diff, diff->before);
}

static bool
add_keys (TideResultDiff *diff, bool numbers)
{
  for (guint i = 0; i < diff->columns->len; i++)
    {
      TideResultColumn *column = &g_array_index (diff->columns, TideResultColumn, i);

      if (column->is_key || column->now < 0 || (diff->before != NULL && column->before < 0)
          || (!numbers && column->kind == TIDE_KIND_NUMBER))
        continue;
      column->is_key = true;
      if (has_key (diff))
        return true;
    }
  return false;
}

static void
find_key (TideResultDiff *diff)
{
  if (!has_key (diff) && !add_keys (diff, false))
    add_keys (diff, true);
}

static void
find_value (TideResultDiff *diff)
{
  int first = -1;

  diff->value = -1;
  for (guint i = diff->columns->len; i > 0; i--)
    {
      const TideResultColumn *column = tide_result_diff_get_column (diff, i - 1);

      if (column->kind != TIDE_KIND_NUMBER || column->is_key || column->now < 0)
        continue;
      first = (int) i - 1;
      if (column->decimals > 0)
        diff->value = (int) i - 1;
    }
  if (diff->value < 0)
    diff->value = first;
}

/* Rows */

bool
tide_result_cell_equal (const TideResultCell *a, const TideResultCell *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  if (a->kind == TIDE_CELL_TEXT || b->kind == TIDE_CELL_TEXT)
    return a->kind == b->kind && strcmp (a->text, b->text) == 0;
  if (a->kind == TIDE_CELL_NULL || b->kind == TIDE_CELL_NULL)
    return a->kind == b->kind;
  if (a->kind == TIDE_CELL_INT && b->kind == TIDE_CELL_INT)
    return a->integer == b->integer;
  return tide_value_equal (tide_value_real (tide_result_cell_number (a)), tide_value_real (tide_result_cell_number (b)));
}

static bool
is_changed (const TideResultDiff *diff, const TideResultRow *row)
{
  for (guint i = 0; i < diff->columns->len; i++)
    {
      const TideResultColumn *column = tide_result_diff_get_column (diff, i);

      if (column->now >= 0 && column->before >= 0
          && !tide_result_cell_equal (tide_result_diff_get_now (diff, row, i), tide_result_diff_get_before (diff, row, i)))
        return true;
    }
  return false;
}

/* Rows by key; of those of one key the first is given, and taken out. */
static GHashTable *
index_rows (const TideResultDiff *diff, int *next)
{
  GHashTable *rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = diff->before->n_rows; i > 0; i--)
    {
      g_autofree char *key = make_key (diff, diff->before, i - 1);

      next[i - 1] = GPOINTER_TO_INT (g_hash_table_lookup (rows, key)) - 1;
      g_hash_table_replace (rows, g_steal_pointer (&key), GINT_TO_POINTER ((int) i));
    }
  return rows;
}

static void
compare_rows (TideResultDiff *diff)
{
  g_autofree int *next = g_new (int, (gsize) diff->before->n_rows + 1);
  g_autofree bool *taken = g_new0 (bool, (gsize) diff->before->n_rows + 1);
  g_autoptr (GHashTable) rows = index_rows (diff, next);

  for (guint i = 0; i < diff->now->n_rows; i++)
    {
      g_autofree char *key = make_key (diff, diff->now, i);
      TideResultRow row = { .now = (int) i, .before = GPOINTER_TO_INT (g_hash_table_lookup (rows, key)) - 1 };

      if (row.before >= 0)
        {
          taken[row.before] = true;
          g_hash_table_replace (rows, g_steal_pointer (&key), GINT_TO_POINTER (next[row.before] + 1));
        }
      row.change = row.before < 0 ? TIDE_ROW_NEW : is_changed (diff, &row) ? TIDE_ROW_CHANGED : TIDE_ROW_SAME;
      diff->n_new += row.change == TIDE_ROW_NEW;
      diff->n_changed += row.change == TIDE_ROW_CHANGED;
      g_array_append_val (diff->rows, row);
    }
  for (guint i = 0; i < diff->before->n_rows; i++)
    {
      TideResultRow row = { .change = TIDE_ROW_GONE, .now = -1, .before = (int) i };

      if (taken[i])
        continue;
      diff->n_gone++;
      g_array_append_val (diff->rows, row);
    }
}

TideResultDiff *
tide_result_diff_new (TideResultTable *now, TideResultTable *before)
{
  TideResultDiff *diff = g_new0 (TideResultDiff, 1);

  g_atomic_ref_count_init (&diff->refs);
  diff->now = tide_result_table_ref (now);
  diff->before = before != NULL ? tide_result_table_ref (before) : NULL;
  diff->columns = g_array_new (FALSE, FALSE, sizeof (TideResultColumn));
  diff->rows = g_array_new (FALSE, FALSE, sizeof (TideResultRow));
  add_columns (diff);
  find_key (diff);
  find_value (diff);
  if (before != NULL)
    compare_rows (diff);
  for (guint i = 0; before == NULL && i < now->n_rows; i++)
    {
      TideResultRow row = { .now = (int) i, .before = -1 };

      g_array_append_val (diff->rows, row);
    }
  return diff;
}

TideResultDiff *
tide_result_diff_ref (TideResultDiff *diff)
{
  g_atomic_ref_count_inc (&diff->refs);
  return diff;
}

void
tide_result_diff_unref (TideResultDiff *diff)
{
  if (diff == NULL || !g_atomic_ref_count_dec (&diff->refs))
    return;
  tide_result_table_unref (diff->now);
  tide_result_table_unref (diff->before);
  g_array_unref (diff->columns);
  g_array_unref (diff->rows);
  g_free (diff);
}

const TideResultColumn *
tide_result_diff_get_column (const TideResultDiff *diff, guint index)
{
  return &g_array_index (diff->columns, TideResultColumn, index);
}

const TideResultRow *
tide_result_diff_get_row (const TideResultDiff *diff, guint index)
{
  return &g_array_index (diff->rows, TideResultRow, index);
}

const TideResultCell *
tide_result_diff_get_now (const TideResultDiff *diff, const TideResultRow *row, guint column)
{
  int index = tide_result_diff_get_column (diff, column)->now;

  return row->now >= 0 && index >= 0 ? tide_result_table_get (diff->now, (guint) row->now, (guint) index) : NULL;
}

const TideResultCell *
tide_result_diff_get_before (const TideResultDiff *diff, const TideResultRow *row, guint column)
{
  int index = tide_result_diff_get_column (diff, column)->before;

  return row->before >= 0 && index >= 0 ? tide_result_table_get (diff->before, (guint) row->before, (guint) index) : NULL;
}
