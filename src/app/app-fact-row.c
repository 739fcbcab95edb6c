/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row of a table of facts: for each column what is shown, what it is sorted by, and what a file says, which is
 * neither rounded nor in the person's locale. */
#include "app-fact-private.h"

#include <math.h>

G_DEFINE_FINAL_TYPE (TideFactRow, tide_fact_row, G_TYPE_OBJECT)

static guint changed;

static void
clear_cell (TideFactCell *cell)
{
  g_clear_pointer (&cell->text, g_free);
  g_clear_pointer (&cell->file_text, g_free);
  g_clear_pointer (&cell->spark, tide_spark_data_unref);
  *cell = (TideFactCell){ .value = NAN };
}

static void
clear_cells (TideFactRow *row)
{
  for (guint i = 0; i < TIDE_FACT_COLUMNS_MAX; i++)
    clear_cell (&row->cells[i]);
  g_clear_pointer (&row->action, g_free);
  g_clear_pointer (&row->action_description, g_free);
}

static void
tide_fact_row_finalize (GObject *object)
{
  TideFactRow *row = TIDE_FACT_ROW (object);

  clear_cells (row);
  g_free (row->id);
  G_OBJECT_CLASS (tide_fact_row_parent_class)->finalize (object);
}

static void
tide_fact_row_class_init (TideFactRowClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_fact_row_finalize;
  changed = g_signal_new ("changed", TIDE_TYPE_FACT_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tide_fact_row_init (TideFactRow *row)
{
  clear_cells (row);
}

TideFactRow *
tide_fact_row_new (const char *id)
{
  TideFactRow *row = g_object_new (TIDE_TYPE_FACT_ROW, NULL);

  row->id = g_strdup (id);
  return row;
}

void
tide_fact_row_text (TideFactRow *row, guint column, char *text)
{
  clear_cell (&row->cells[column]);
  row->cells[column].text = text;
  row->cells[column].file_text = g_strdup (text);
}

void
tide_fact_row_number (TideFactRow *row, guint column, char *text, double value)
{
  clear_cell (&row->cells[column]);
  row->cells[column].text = text;
  row->cells[column].value = value;
  row->cells[column].is_number = true;
}

void
tide_fact_row_markup (TideFactRow *row, guint column, char *markup, const char *file_text)
{
  clear_cell (&row->cells[column]);
  row->cells[column].text = markup;
  row->cells[column].file_text = g_strdup (file_text);
  row->cells[column].is_markup = true;
}

void
tide_fact_row_spark (TideFactRow *row, guint column, TideSparkData *data, double value)
{
  clear_cell (&row->cells[column]);
  row->cells[column].spark = data;
  row->cells[column].value = value;
  row->cells[column].is_number = true;
}

void
tide_fact_row_set_class (TideFactRow *row, guint column, const char *css_class)
{
  row->cells[column].css_class = css_class;
}

void
tide_fact_row_mark (TideFactRow *row, guint column, TideState state)
{
  row->cells[column].mark = (int) state;
}

void
tide_fact_row_action (TideFactRow *row, const char *label, const char *description)
{
  g_free (row->action);
  row->action = g_strdup (label);
  g_free (row->action_description);
  row->action_description = g_strdup (description);
}

/**
 * tide_fact_row_take:
 *
 * Makes @row say what @from says, which is empty then.
 */
void
tide_fact_row_take (TideFactRow *row, TideFactRow *from)
{
  clear_cells (row);
  for (guint i = 0; i < TIDE_FACT_COLUMNS_MAX; i++)
    {
      row->cells[i] = from->cells[i];
      from->cells[i] = (TideFactCell){ .value = NAN };
    }
  row->action = g_steal_pointer (&from->action);
  row->action_description = g_steal_pointer (&from->action_description);
  g_signal_emit (row, changed, 0);
}

int
tide_fact_row_compare (const TideFactRow *a, const TideFactRow *b, guint column)
{
  const TideFactCell *left = &a->cells[column], *right = &b->cells[column];

  if (!left->is_number || !right->is_number)
    return g_utf8_collate (left->text != NULL ? left->text : "", right->text != NULL ? right->text : "");
  if (isnan (left->value) || isnan (right->value))
    return isnan (right->value) - isnan (left->value); /* nothing comes first */
  return (left->value > right->value) - (left->value < right->value);
}
