/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of Historical: the first metric in full, its change against the period before, and the second metric. Cells
 * hold finished text. The first thousand rows, newest first; all of them are in the export. */
#include "app-historical-table.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-column-header.h"
#include "app-format.h"
#include "app-shown.h"

#define MOST_ROWS 1000

enum
{
  COLUMN_TIME,
  COLUMN_GROUP,
  COLUMN_VALUE,
  COLUMN_PREVIOUS,
  COLUMN_CHANGE,
  COLUMN_SECOND,
  N_COLUMNS,
};

#define TIDE_TYPE_HISTORICAL_ITEM (tide_historical_item_get_type ())
G_DECLARE_FINAL_TYPE (TideHistoricalItem, tide_historical_item, TIDE, HISTORICAL_ITEM, GObject)

struct _TideHistoricalItem
{
  GObject parent_instance;

  TideTime time;
  char *texts[N_COLUMNS];
};

G_DEFINE_FINAL_TYPE (TideHistoricalItem, tide_historical_item, G_TYPE_OBJECT)

static void
tide_historical_item_finalize (GObject *object)
{
  for (int i = 0; i < N_COLUMNS; i++)
    g_free (TIDE_HISTORICAL_ITEM (object)->texts[i]);
  G_OBJECT_CLASS (tide_historical_item_parent_class)->finalize (object);
}

static void
tide_historical_item_class_init (TideHistoricalItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_historical_item_finalize;
}

static void
tide_historical_item_init (TideHistoricalItem *self)
{
}

struct _TideHistoricalTable
{
  AdwBin parent_instance;

  GtkColumnView *view;
  GtkColumnViewColumn *columns[N_COLUMNS];
  GListStore *items;
  GtkSingleSelection *selection;
  TideChartAxis *axis;
  bool is_filling;
};

G_DEFINE_FINAL_TYPE (TideHistoricalTable, tide_historical_table, ADW_TYPE_BIN)

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  int column = GPOINTER_TO_INT (data);
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), column <= COLUMN_GROUP ? 0 : 1);
  gtk_widget_add_css_class (label, "numeric");
  if (column == COLUMN_PREVIOUS)
    gtk_widget_add_css_class (label, "tide-dim");
  gtk_list_item_set_child (cell, label);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  int column = GPOINTER_TO_INT (data);
  TideHistoricalItem *item = gtk_list_item_get_item (cell);
  g_autofree char *markup = g_markup_printf_escaped (column == COLUMN_VALUE ? "<b>%s</b>" : "%s",
                                                     item->texts[column] != NULL ? item->texts[column] : "");

  gtk_label_set_markup (GTK_LABEL (gtk_list_item_get_child (cell)), markup);
}

static void
add_column (TideHistoricalTable *self, int column, const char *title)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), GINT_TO_POINTER (column));
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), GINT_TO_POINTER (column));
  self->columns[column] = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_expand (self->columns[column], TRUE);
  gtk_column_view_append_column (self->view, self->columns[column]);
  g_object_unref (self->columns[column]);
}

static TideHistoricalItem *
make_item (const TideHistoricalAnswer *answer, const TideRow *row)
{
  const TideRows *rows = answer->rows[0];
  TideHistoricalItem *item = g_object_new (TIDE_TYPE_HISTORICAL_ITEM, NULL);
  const TideRow *before = NULL, *second = NULL;

  item->time = row->time;
  item->texts[COLUMN_TIME] = tide_format_date_time (row->time, rows->metric->zone);
  item->texts[COLUMN_GROUP] = tide_rows_get_label (rows, row->group);
  item->texts[COLUMN_VALUE] = tide_shown_number (rows->metric, row->value);
  if (answer->previous[0] != NULL)
    before = tide_historical_find (answer->previous[0], row->time - answer->shift);
  if (answer->rows[1] != NULL && !answer->by_group)
    second = tide_historical_find (answer->rows[1], row->time);
  item->texts[COLUMN_PREVIOUS] = before != NULL ? tide_shown_number (rows->metric, before->value) : g_strdup (TIDE_NO_VALUE);
  if (before != NULL && before->value.kind != TIDE_VALUE_NONE && row->value.kind != TIDE_VALUE_NONE)
    item->texts[COLUMN_CHANGE] = tide_format_change (tide_shown_double (rows->metric, row->value),
                                                     tide_shown_double (rows->metric, before->value),
                                                     g_strcmp0 (tide_shown_unit (rows->metric), "%") == 0);
  item->texts[COLUMN_SECOND] = second != NULL ? tide_shown_number (answer->rows[1]->metric, second->value) : g_strdup (TIDE_NO_VALUE);
  return item;
}

static void
set_titles (TideHistoricalTable *self, const TideHistoricalAnswer *answer)
{
  g_autofree char *first = tide_shown_title (answer->rows[0]->metric, answer->rows[0]->metric->title);
  g_autofree char *second = answer->rows[1] != NULL ? tide_shown_title (answer->rows[1]->metric, answer->rows[1]->metric->title) : NULL;

  gtk_column_view_column_set_title (self->columns[COLUMN_VALUE], first);
  gtk_column_view_column_set_title (self->columns[COLUMN_SECOND], second);
  gtk_column_view_column_set_visible (self->columns[COLUMN_GROUP], answer->by_group);
  gtk_column_view_column_set_visible (self->columns[COLUMN_PREVIOUS], answer->previous[0] != NULL);
  gtk_column_view_column_set_visible (self->columns[COLUMN_CHANGE], answer->previous[0] != NULL);
  gtk_column_view_column_set_visible (self->columns[COLUMN_SECOND], second != NULL && !answer->by_group);
  tide_column_headers_align_end (self->view, COLUMN_GROUP + 1, G_MAXUINT);
}

/* The row under the crosshair is the selected one. */
static void
on_crosshair (TideHistoricalTable *self)
{
  double time = tide_chart_axis_get_crosshair (self->axis);
  guint at = GTK_INVALID_LIST_POSITION, n = g_list_model_get_n_items (G_LIST_MODEL (self->items));

  for (guint i = 0; !isnan (time) && i < n && at == GTK_INVALID_LIST_POSITION; i++)
    {
      g_autoptr (TideHistoricalItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if ((double) item->time <= time)
        at = i;
    }
  self->is_filling = true;
  gtk_single_selection_set_selected (self->selection, at);
  self->is_filling = false;
}

void
tide_historical_table_set_answer (TideHistoricalTable *self, const TideHistoricalAnswer *answer)
{
  const TideRows *rows = answer != NULL ? answer->rows[0] : NULL;
  guint n = rows != NULL ? MIN (rows->n, MOST_ROWS) : 0;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  if (answer != NULL)
    set_titles (self, answer);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (items, make_item (answer, &rows->rows[rows->n - 1 - i]));
  self->is_filling = true;
  g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)), items->pdata, n);
  self->is_filling = false;
  if (self->axis != NULL)
    on_crosshair (self);
}

static void
on_selected (TideHistoricalTable *self)
{
  TideHistoricalItem *item = gtk_single_selection_get_selected_item (self->selection);

  if (!self->is_filling && item != NULL && self->axis != NULL)
    tide_chart_axis_set_crosshair (self->axis, (double) item->time);
}

void
tide_historical_table_set_axis (TideHistoricalTable *self, TideChartAxis *axis)
{
  g_set_object (&self->axis, axis);
  g_signal_connect_object (axis, "notify::crosshair", G_CALLBACK (on_crosshair), self, G_CONNECT_SWAPPED);
}

static void
tide_historical_table_dispose (GObject *object)
{
  TideHistoricalTable *self = TIDE_HISTORICAL_TABLE (object);

  g_clear_object (&self->items);
  g_clear_object (&self->selection);
  g_clear_object (&self->axis);
  G_OBJECT_CLASS (tide_historical_table_parent_class)->dispose (object);
}

static void
tide_historical_table_class_init (TideHistoricalTableClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_historical_table_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-historical-table.ui");
  gtk_widget_class_bind_template_child (widget_class, TideHistoricalTable, view);
}

static void
tide_historical_table_init (TideHistoricalTable *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->items = g_list_store_new (TIDE_TYPE_HISTORICAL_ITEM);
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->items)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  add_column (self, COLUMN_TIME, _ ("time"));
  add_column (self, COLUMN_GROUP, _ ("group"));
  add_column (self, COLUMN_VALUE, "");
  add_column (self, COLUMN_PREVIOUS, _ ("previous"));
  add_column (self, COLUMN_CHANGE, _ ("change"));
  add_column (self, COLUMN_SECOND, "");
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self,
                           G_CONNECT_SWAPPED);
}
