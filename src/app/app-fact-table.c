/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of facts. Rows stay while what they are about does, so that selection, focus and scrolling survive a
 * refresh each second; a cell listens to its row while it shows it. */
#include "app-fact-private.h"

#include "app-accessible.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define HEADER_HEIGHT 30
#define ROW_HEIGHT 29
#define SHOWN_ROWS 14
/* Left of a text that is cut. */
#define CUT_CHARS_MIN 11

struct _TideFactTable
{
  AdwBin parent_instance;

  GtkColumnView *view;
  GtkScrolledWindow *scroller;
  GtkColumnViewColumn *columns[TIDE_FACT_COLUMNS_MAX]; /* references: some are not in the view */
  bool is_shown[TIDE_FACT_COLUMNS_MAX];
  const TideFactColumn *specs;
  char *file_titles[TIDE_FACT_COLUMNS_MAX];
  guint n_columns;
  GListStore *rows;
  GtkSelectionModel *selection;
  bool is_updating;
};

G_DEFINE_FINAL_TYPE (TideFactTable, tide_fact_table, ADW_TYPE_BIN)

enum
{
  SELECTED,
  ACT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static guint
column_of (void *object)
{
  return GPOINTER_TO_UINT (g_object_get_data (object, "column"));
}

/* Cells: a label, and in the last column a button that takes its place. */

static void
set_class (GtkWidget *label, const char *css_class)
{
  const char *before = g_object_get_data (G_OBJECT (label), "css");

  if (g_strcmp0 (before, css_class) == 0)
    return;
  if (before != NULL)
    gtk_widget_remove_css_class (label, before);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  g_object_set_data (G_OBJECT (label), "css", (void *) css_class);
}

static void
show_action (GtkWidget *box, const TideFactRow *row)
{
  GtkWidget *button = gtk_widget_get_last_child (box);

  if (GTK_IS_BUTTON (button))
    {
      gtk_widget_set_visible (button, row->action != NULL);
      if (row->action == NULL)
        return;
      gtk_button_set_label (GTK_BUTTON (button), row->action);
      gtk_widget_set_tooltip_text (button, row->action_description);
      gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, row->action,
                                      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      row->action_description != NULL ? row->action_description : "", -1);
      gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", row->id);
    }
}

static void
show_row (TideFactRow *row, GtkListItem *item)
{
  GtkWidget *box = gtk_list_item_get_child (item), *first = gtk_widget_get_first_child (box);
  GtkWidget *label = TIDE_IS_STATE_MARK (first) ? gtk_widget_get_next_sibling (first) : first;
  const TideFactCell *cell = &row->cells[column_of (item)];
  const char *text = cell->text != NULL ? cell->text : "";

  if (TIDE_IS_SPARK (label))
    {
      tide_spark_set (TIDE_SPARK (label), cell->spark);
      return;
    }
  if (strcmp (gtk_label_get_label (GTK_LABEL (label)), text) != 0
      || gtk_label_get_use_markup (GTK_LABEL (label)) != cell->is_markup)
    {
      gtk_label_set_use_markup (GTK_LABEL (label), cell->is_markup);
      gtk_label_set_label (GTK_LABEL (label), text);
    }
  set_class (label, cell->css_class);
  if (label != first)
    tide_state_mark_set_state (TIDE_STATE_MARK (first), (TideState) cell->mark);
  show_action (box, row);
}

static bool
may_cut (TideFactTable *self, guint column)
{
  bool any = false;

  for (guint i = 0; i < self->n_columns; i++)
    any |= self->specs[i].may_cut;
  return any ? self->specs[column].may_cut : column == 0;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, TideFactTable *self)
{
  guint column = column_of (factory);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *label;

  g_object_set_data (G_OBJECT (item), "column", GUINT_TO_POINTER (column));
  gtk_list_item_set_child (item, box);
  if (self->specs[column].is_spark)
    {
      GtkWidget *spark = tide_spark_new ();

      gtk_widget_set_hexpand (spark, TRUE);
      g_object_set_data (G_OBJECT (spark), "column", GUINT_TO_POINTER (column));
      gtk_box_append (GTK_BOX (box), spark);
      return;
    }
  if (self->specs[column].has_mark)
    gtk_box_append (GTK_BOX (box), tide_state_mark_new ());
  label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), self->specs[column].is_number || column + 1 == self->n_columns ? 1 : 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  if (self->specs[column].is_number)
    gtk_widget_add_css_class (label, "numeric");
  else
    gtk_label_set_ellipsize (GTK_LABEL (label), may_cut (self, column) ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  if (may_cut (self, column) && !self->specs[column].is_number)
    gtk_label_set_width_chars (GTK_LABEL (label), CUT_CHARS_MIN);
  gtk_box_append (GTK_BOX (box), label);
  if (column + 1 == self->n_columns)
    {
      GtkWidget *button = gtk_button_new_with_label ("");

      gtk_widget_add_css_class (button, "tide-row-button");
      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      gtk_widget_set_visible (button, FALSE);
      gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", "");
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "fact.act");
      gtk_box_append (GTK_BOX (box), button);
    }
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, TideFactTable *self)
{
  TideFactRow *row = gtk_list_item_get_item (item);

  g_signal_connect_object (row, "changed", G_CALLBACK (show_row), item, 0);
  show_row (row, item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, TideFactTable *self)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (item), show_row, item);
}

/* Columns */

static int
compare (const void *a, const void *b, void *column)
{
  return tide_fact_row_compare (a, b, GPOINTER_TO_UINT (column));
}

static void
add_column (TideFactTable *self, guint column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare, GUINT_TO_POINTER (column), NULL));
  const char *title = self->specs[column].title;

  g_object_set_data (G_OBJECT (factory), "column", GUINT_TO_POINTER (column));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), self);
  self->columns[column] = gtk_column_view_column_new (*title != '\0' ? _ (title) : "", factory);
  gtk_column_view_column_set_expand (self->columns[column], column == 0 || column + 1 == self->n_columns
                                                                || !self->specs[column].is_number);
  gtk_column_view_column_set_sorter (self->columns[column], sorter);
  gtk_column_view_append_column (self->view, self->columns[column]);
  self->is_shown[column] = true;
  self->file_titles[column] = g_strdup (self->specs[column].file_title);
}

/* The header of a numeric column stands over its numbers: GTK 4.8 has no property for it. */
static void
align_headers (TideFactTable *self)
{
  GtkWidget *title = gtk_widget_get_first_child (gtk_widget_get_first_child (GTK_WIDGET (self->view)));

  for (guint i = 0; title != NULL && i < self->n_columns; i++)
    {
      if (!self->is_shown[i])
        continue;
      if ((self->specs[i].is_number || i + 1 == self->n_columns) && gtk_widget_get_first_child (title) != NULL)
        gtk_widget_set_halign (gtk_widget_get_first_child (title), GTK_ALIGN_END);
      title = gtk_widget_get_next_sibling (title);
    }
}

void
tide_fact_table_set_title (TideFactTable *self, guint column, const char *title, const char *file_title)
{
  if (g_strcmp0 (gtk_column_view_column_get_title (self->columns[column]), title) == 0
      && g_strcmp0 (self->file_titles[column], file_title) == 0)
    return;
  gtk_column_view_column_set_title (self->columns[column], title);
  g_free (self->file_titles[column]);
  self->file_titles[column] = g_strdup (file_title);
  align_headers (self);
}

/* A column that does not fit is taken out: the view keeps room for one that is only invisible. */
void
tide_fact_table_adapt (TideFactTable *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  guint place = 0;
  bool is_other = false;

  for (guint i = 0; width > 0 && i < self->n_columns; i++)
    {
      bool fits = width >= self->specs[i].least_width;

      if (fits && !self->is_shown[i])
        gtk_column_view_insert_column (self->view, place, self->columns[i]);
      else if (!fits && self->is_shown[i])
        gtk_column_view_remove_column (self->view, self->columns[i]);
      is_other |= fits != self->is_shown[i];
      self->is_shown[i] = fits;
      place += fits;
    }
  if (is_other)
    align_headers (self);
}

static GtkWidget *
find_spark (GtkWidget *widget, guint column)
{
  GtkWidget *found = NULL;

  if (TIDE_IS_SPARK (widget))
    return column_of (widget) == column && gtk_widget_get_mapped (widget) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find_spark (child, column);
  return found;
}

GtkWidget *
tide_fact_table_get_spark (TideFactTable *self, guint column)
{
  return self->is_shown[column] ? find_spark (GTK_WIDGET (self->view), column) : NULL;
}

/* Rows */

static TideFactRow *
get_row (TideFactTable *self, guint index)
{
  g_autoptr (TideFactRow) row = g_list_model_get_item (G_LIST_MODEL (self->rows), index);

  return row; /* the store keeps it */
}

static bool
is_same_list (TideFactTable *self, GPtrArray *rows)
{
  if (tide_fact_table_get_n_rows (self) != rows->len)
    return false;
  for (guint i = 0; i < rows->len; i++)
    if (strcmp (get_row (self, i)->id, ((TideFactRow *) g_ptr_array_index (rows, i))->id) != 0)
      return false;
  return true;
}

/* In another order, or others: those that were there are kept. */
static void
replace (TideFactTable *self, GPtrArray *rows)
{
  g_autoptr (GPtrArray) next = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *selected = g_strdup (tide_fact_table_get_selected (self));
  guint n = tide_fact_table_get_n_rows (self);

  for (guint i = 0; i < rows->len; i++)
    {
      TideFactRow *row = g_ptr_array_index (rows, i), *kept = NULL;

      for (guint k = 0; k < n && kept == NULL; k++)
        if (strcmp (get_row (self, k)->id, row->id) == 0)
          kept = get_row (self, k);
      if (kept != NULL)
        tide_fact_row_take (kept, row);
      g_ptr_array_add (next, g_object_ref (kept != NULL ? kept : row));
    }
  self->is_updating = true;
  g_list_store_splice (self->rows, 0, n, next->pdata, next->len);
  gtk_scrolled_window_set_min_content_height (self->scroller,
                                              HEADER_HEIGHT + ROW_HEIGHT * (int) MIN (next->len, SHOWN_ROWS));
  if (selected != NULL)
    tide_fact_table_select (self, selected);
  self->is_updating = false;
  align_headers (self);
  if (g_strcmp0 (selected, tide_fact_table_get_selected (self)) != 0)
    g_signal_emit (self, signals[SELECTED], 0);
}

void
tide_fact_table_set_rows (TideFactTable *self, GPtrArray *rows)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (self->view);

  if (is_same_list (self, rows))
    for (guint i = 0; i < rows->len; i++)
      tide_fact_row_take (get_row (self, i), g_ptr_array_index (rows, i));
  else
    replace (self, rows);
  if (sorter != NULL)
    gtk_sorter_changed (sorter, GTK_SORTER_CHANGE_DIFFERENT);
}

guint
tide_fact_table_get_n_rows (TideFactTable *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->rows));
}

const char *
tide_fact_table_get_selected (TideFactTable *self)
{
  TideFactRow *row = GTK_IS_SINGLE_SELECTION (self->selection)
                         ? gtk_single_selection_get_selected_item (GTK_SINGLE_SELECTION (self->selection))
                         : NULL;

  return row != NULL ? row->id : NULL;
}

void
tide_fact_table_select (TideFactTable *self, const char *id)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));

  for (guint i = 0; i < n && GTK_IS_SINGLE_SELECTION (self->selection); i++)
    {
      g_autoptr (TideFactRow) row = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (strcmp (row->id, id) == 0)
        gtk_single_selection_set_selected (GTK_SINGLE_SELECTION (self->selection), i);
    }
}

void
tide_fact_table_set_may_select_none (TideFactTable *self)
{
  gtk_single_selection_set_autoselect (GTK_SINGLE_SELECTION (self->selection), FALSE);
  gtk_single_selection_set_can_unselect (GTK_SINGLE_SELECTION (self->selection), TRUE);
}

static void
on_selected (TideFactTable *self)
{
  if (!self->is_updating)
    g_signal_emit (self, signals[SELECTED], 0);
}

static void
on_act (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_signal_emit (widget, signals[ACT], 0, g_variant_get_string (parameter, NULL));
}

/* Export: the rows as sorted, with the columns that fit or not. */

typedef struct
{
  GPtrArray *rows;     /* GStrv */
  char **titles;
  bool numbers[TIDE_FACT_COLUMNS_MAX];
} FactExport;

static void
export_free (void *data)
{
  FactExport *export = data;

  g_ptr_array_unref (export->rows);
  g_strfreev (export->titles);
  g_free (export);
}

static bool
write_export (TidePipeline *pipeline, void *data, GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  const FactExport *export = data;
  g_autoptr (TideCsv) csv = tide_csv_new (stream);

  for (guint i = 0; export->titles[i] != NULL; i++)
    tide_csv_text (csv, export->titles[i], -1);
  if (!tide_csv_end_row (csv, error))
    return false;
  for (guint r = 0; r < export->rows->len; r++)
    {
      char **row = g_ptr_array_index (export->rows, r);

      for (guint i = 0; row[i] != NULL; i++)
        if (export->numbers[i] && *row[i] != '\0')
          tide_csv_number (csv, row[i]);
        else
          tide_csv_text (csv, *row[i] != '\0' ? row[i] : NULL, -1);
      if (!tide_csv_end_row (csv, error))
        return false;
    }
  return tide_csv_finish (csv, error);
}

static char *
file_text (const TideFactCell *cell)
{
  char text[TIDE_VALUE_STR_MAX] = "";

  if (cell->is_number && isfinite (cell->value))
    tide_value_format (tide_value_real (cell->value), text);
  return cell->is_number ? g_strdup (text) : g_strdup (cell->file_text != NULL ? cell->file_text : "");
}

TideAppExport *
tide_fact_table_get_export (TideFactTable *self, const char *name)
{
  FactExport *export = g_new0 (FactExport, 1);
  g_autoptr (GStrvBuilder) titles = g_strv_builder_new ();
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection)), exported = 0;

  export->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  for (guint i = 0; i < self->n_columns; i++)
    if (self->file_titles[i] != NULL)
      {
        g_strv_builder_add (titles, self->file_titles[i]);
        export->numbers[exported++] = self->specs[i].is_number;
      }
  export->titles = g_strv_builder_end (titles);
  for (guint r = 0; r < n; r++)
    {
      g_autoptr (TideFactRow) row = g_list_model_get_item (G_LIST_MODEL (self->selection), r);
      char **cells = g_new0 (char *, exported + 1);
      guint at = 0;

      for (guint i = 0; i < self->n_columns; i++)
        if (self->file_titles[i] != NULL)
          cells[at++] = file_text (&row->cells[i]);
      g_ptr_array_add (export->rows, cells);
    }
  return tide_app_export_new (name, write_export, export, export_free);
}

/* The object */

static void
tide_fact_table_dispose (GObject *object)
{
  TideFactTable *self = TIDE_FACT_TABLE (object);

  g_clear_object (&self->rows);
  for (guint i = 0; i < TIDE_FACT_COLUMNS_MAX; i++)
    {
      g_clear_pointer (&self->file_titles[i], g_free);
      g_clear_object (&self->columns[i]);
    }
  G_OBJECT_CLASS (tide_fact_table_parent_class)->dispose (object);
}

static void
tide_fact_table_class_init (TideFactTableClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_fact_table_dispose;
  signals[SELECTED] = g_signal_new ("selected", TIDE_TYPE_FACT_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 0);
  signals[ACT] = g_signal_new ("act", TIDE_TYPE_FACT_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                               G_TYPE_STRING);
  gtk_widget_class_install_action (widget_class, "fact.act", "s", on_act);
}

static void
tide_fact_table_init (TideFactTable *self)
{
  self->rows = g_list_store_new (TIDE_TYPE_FACT_ROW);
}

GtkWidget *
tide_fact_table_new (const char *name, const TideFactColumn *columns, guint n_columns, bool selects)
{
  TideFactTable *self = g_object_new (TIDE_TYPE_FACT_TABLE, NULL);
  GtkSortListModel *sorted = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (self->rows)), NULL);

  self->specs = columns;
  self->n_columns = n_columns;
  self->selection = selects ? GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (sorted)))
                            : GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (sorted)));
  self->view = GTK_COLUMN_VIEW (gtk_column_view_new (self->selection)); /* which keeps it */
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "tide-table");
  gtk_column_view_set_show_row_separators (self->view, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "tide-rows");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  for (guint i = 0; i < n_columns; i++)
    add_column (self, i);
  gtk_sort_list_model_set_sorter (sorted, gtk_column_view_get_sorter (self->view));
  self->scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());
  gtk_scrolled_window_set_child (self->scroller, GTK_WIDGET (self->view));
  gtk_scrolled_window_set_propagate_natural_height (self->scroller, TRUE);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->scroller));
  if (selects)
    g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self,
                             G_CONNECT_SWAPPED);
  align_headers (self);
  return GTK_WIDGET (self);
}
