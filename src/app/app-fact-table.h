/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of facts: text and numbers, sorted by any column, exported as it stands. Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-pane.h"
#include "app-mark.h"
#include "app-spark.h"

G_BEGIN_DECLS

#define TIDE_FACT_COLUMNS_MAX 12

typedef struct
{
  const char *title;
  const char *file_title; /* in the file, with the unit; NULL: it is not exported */
  bool is_number;
  int least_width;        /* of the table, for the column to show; 0: always */
  bool has_mark;          /* a mark of a state before the text */
  bool is_spark;          /* of small pictures; not exported */
  bool may_cut;           /* ends in … where there is no room; without one in a table its first column does */
} TideFactColumn;

/* A row; made, filled, and given to a table. */
#define TIDE_TYPE_FACT_ROW (tide_fact_row_get_type ())
G_DECLARE_FINAL_TYPE (TideFactRow, tide_fact_row, TIDE, FACT_ROW, GObject)

/* @id: what the row is about; it keeps its place and selection by this. */
TideFactRow *tide_fact_row_new (const char *id);
/* Takes @text. In the file it is the same. */
void tide_fact_row_text (TideFactRow *row, guint column, char *text);
/* Takes @text as it is shown; sorted by @value, which stands in the file (nothing for NAN). */
void tide_fact_row_number (TideFactRow *row, guint column, char *text, double value);
/* The same with marks of Pango in @markup. */
void tide_fact_row_markup (TideFactRow *row, guint column, char *markup, const char *file_text);
/* Takes @data; sorted by @value. */
void tide_fact_row_spark (TideFactRow *row, guint column, TideSparkData *data, double value);
void tide_fact_row_set_class (TideFactRow *row, guint column, const char *css_class); /* static */
/* Where the column has marks. */
void tide_fact_row_mark (TideFactRow *row, guint column, TideState state);
/* A button in the last column, which tells its name and what it does. NULL: the cell's text instead. */
void tide_fact_row_action (TideFactRow *row, const char *label, const char *description);

/* Signals: "selected" (none or another row), "act" (const char *id). */
#define TIDE_TYPE_FACT_TABLE (tide_fact_table_get_type ())
G_DECLARE_FINAL_TYPE (TideFactTable, tide_fact_table, TIDE, FACT_TABLE, AdwBin)

/* @columns: static. @name: for screen readers. @selects: rows can be selected. */
GtkWidget *tide_fact_table_new (const char *name, const TideFactColumn *columns, guint n_columns, bool selects);
/* Titles that are known only now, such as a currency. */
void tide_fact_table_set_title (TideFactTable *self, guint column, const char *title, const char *file_title);
/* TideFactRow* elements; rows of the same id stay. */
void tide_fact_table_set_rows (TideFactTable *self, GPtrArray *rows);
guint tide_fact_table_get_n_rows (TideFactTable *self);
/* No row is selected until the person does, and none again by a click with Ctrl. */
void tide_fact_table_set_may_select_none (TideFactTable *self);
const char *tide_fact_table_get_selected (TideFactTable *self); /* borrowed; NULL: none */
void tide_fact_table_select (TideFactTable *self, const char *id);
/* One of the pictures of @column that are shown now, for a time axis under it; NULL: none is. */
GtkWidget *tide_fact_table_get_spark (TideFactTable *self, guint column);
/* Shows the columns that fit; called with the tick. */
void tide_fact_table_adapt (TideFactTable *self);
TideAppExport *tide_fact_table_get_export (TideFactTable *self, const char *name);

G_END_DECLS
