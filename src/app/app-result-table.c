/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a result. A row becomes an object only while it is in view, so a result of a hundred thousand rows costs
 * no more than one of ten. Compared versions show + new, − gone and ≠ changed, the old value and the change with a bar;
 * a cell that changed is bold, with what it was in its tooltip. */
#include "app-result-table.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-format.h"
#include "app-mark.h"

#define BAR_WIDTH 44
#define LOOKED_AT 200
#define LONGEST_TEXT 22

/* A row */

#define TIDE_TYPE_RESULT_ITEM (tide_result_item_get_type ())
G_DECLARE_FINAL_TYPE (TideResultItem, tide_result_item, TIDE, RESULT_ITEM, GObject)

struct _TideResultItem
{
  GObject parent_instance;

  TideResultDiff *diff;
  const TideResultRow *row;
};

G_DEFINE_FINAL_TYPE (TideResultItem, tide_result_item, G_TYPE_OBJECT)

static void
tide_result_item_finalize (GObject *object)
{
  tide_result_diff_unref (TIDE_RESULT_ITEM (object)->diff);
  G_OBJECT_CLASS (tide_result_item_parent_class)->finalize (object);
}

static void
tide_result_item_class_init (TideResultItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_result_item_finalize;
}

static void
tide_result_item_init (TideResultItem *self)
{
}

/* The list of rows */

#define TIDE_TYPE_RESULT_LIST (tide_result_list_get_type ())
G_DECLARE_FINAL_TYPE (TideResultList, tide_result_list, TIDE, RESULT_LIST, GObject)

struct _TideResultList
{
  GObject parent_instance;

  TideResultDiff *diff;
  GArray *shown; /* guint: indices of rows; NULL: all */
};

static GType
tide_result_list_get_item_type (GListModel *list)
{
  return TIDE_TYPE_RESULT_ITEM;
}

static guint
tide_result_list_get_n_items (GListModel *list)
{
  TideResultList *self = TIDE_RESULT_LIST (list);

  return self->shown != NULL ? self->shown->len : self->diff->rows->len;
}

static void *
tide_result_list_get_item (GListModel *list, guint position)
{
  TideResultList *self = TIDE_RESULT_LIST (list);
  TideResultItem *item;

  if (position >= tide_result_list_get_n_items (list))
    return NULL;
  item = g_object_new (TIDE_TYPE_RESULT_ITEM, NULL);
  item->diff = tide_result_diff_ref (self->diff);
  item->row = tide_result_diff_get_row (self->diff,
                                        self->shown != NULL ? g_array_index (self->shown, guint, position) : position);
  return item;
}

static void
tide_result_list_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = tide_result_list_get_item_type;
  iface->get_n_items = tide_result_list_get_n_items;
  iface->get_item = tide_result_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TideResultList, tide_result_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, tide_result_list_iface_init))

static void
tide_result_list_finalize (GObject *object)
{
  TideResultList *self = TIDE_RESULT_LIST (object);

  tide_result_diff_unref (self->diff);
  g_clear_pointer (&self->shown, g_array_unref);
  G_OBJECT_CLASS (tide_result_list_parent_class)->finalize (object);
}

static void
tide_result_list_class_init (TideResultListClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_result_list_finalize;
}

static void
tide_result_list_init (TideResultList *self)
{
}

/* Differences first by kind: what is new, changed, gone, each in its order. */
static TideResultList *
tide_result_list_new (TideResultDiff *diff, bool only_differences)
{
  static const TideRowChange order[] = { TIDE_ROW_NEW, TIDE_ROW_CHANGED, TIDE_ROW_GONE };
  TideResultList *self = g_object_new (TIDE_TYPE_RESULT_LIST, NULL);

  self->diff = tide_result_diff_ref (diff);
  if (diff->before == NULL || !only_differences)
    return self;
  self->shown = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint k = 0; k < G_N_ELEMENTS (order); k++)
    for (guint i = 0; i < diff->rows->len; i++)
      if (tide_result_diff_get_row (diff, i)->change == order[k])
        g_array_append_val (self->shown, i);
  return self;
}

/* The bar of a change */

#define TIDE_TYPE_CHANGE_BAR (tide_change_bar_get_type ())
G_DECLARE_FINAL_TYPE (TideChangeBar, tide_change_bar, TIDE, CHANGE_BAR, GtkWidget)

struct _TideChangeBar
{
  GtkWidget parent_instance;

  double share; /* −1 … 1 of the largest change; NAN: none */
};

G_DEFINE_FINAL_TYPE (TideChangeBar, tide_change_bar, GTK_TYPE_WIDGET)

static void
tide_change_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  double share = TIDE_CHANGE_BAR (widget)->share, middle = BAR_WIDTH / 2.0, length = share * (middle - 1);
  TideColour colour = tide_palette_get (tide_app_scheme (), TIDE_ROLE_DIM);
  const GdkRGBA rgba = { colour.red, colour.green, colour.blue, colour.alpha };
  graphene_rect_t line = GRAPHENE_RECT_INIT ((float) middle, 0, 1, 10), bar;

  if (isnan (share))
    return;
  graphene_rect_init (&bar, (float) MIN (middle, middle + length), 2, (float) fmax (fabs (length), 1), 6);
  gtk_snapshot_append_color (snapshot, &rgba, &bar);
  gtk_snapshot_append_color (snapshot, &rgba, &line);
}

static void
tide_change_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                         int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? BAR_WIDTH : 10;
}

static void
tide_change_bar_class_init (TideChangeBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  widget_class->snapshot = tide_change_bar_snapshot;
  widget_class->measure = tide_change_bar_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
tide_change_bar_init (TideChangeBar *self)
{
  self->share = NAN;
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

/* The view */

/* Columns beside those of the result. */
enum
{
  COLUMN_MARK = -1,
  COLUMN_BEFORE = -2,
  COLUMN_CHANGE = -3,
  COLUMN_BAR = -4,
};

struct _TideResultTableView
{
  AdwBin parent_instance;

  GtkColumnView *view;
  TideResultDiff *diff;
  GTimeZone *zone;
  int value;
  double largest; /* change of value, as a number without sign */
  char *shape;    /* what the columns stand for */
};

G_DEFINE_FINAL_TYPE (TideResultTableView, tide_result_table_view, ADW_TYPE_BIN)

static int
column_of (GtkSignalListItemFactory *factory)
{
  return GPOINTER_TO_INT (g_object_get_data (G_OBJECT (factory), "column"));
}

static bool
is_number (TideResultTableView *self, int column)
{
  return column == COLUMN_BEFORE || column == COLUMN_CHANGE
         || (column >= 0 && tide_result_diff_get_column (self->diff, (guint) column)->kind == TIDE_KIND_NUMBER);
}

/* In characters, of the first rows; a longer one is cut short and stands in full in its tooltip. */
static int
longest_text (TideResultTableView *self, guint column)
{
  int longest = 4;

  for (guint i = 0; i < MIN (self->diff->rows->len, LOOKED_AT); i++)
    {
      const TideResultCell *cell = tide_result_diff_get_now (self->diff, tide_result_diff_get_row (self->diff, i), column);

      if (cell != NULL && cell->kind == TIDE_CELL_TEXT)
        longest = MAX (longest, (int) MIN (g_utf8_strlen (cell->text, 100), LONGEST_TEXT));
    }
  return longest;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *cell, TideResultTableView *self)
{
  int column = column_of (factory);
  GtkWidget *child = column == COLUMN_BAR ? g_object_new (TIDE_TYPE_CHANGE_BAR, NULL) : gtk_label_new (NULL);

  gtk_list_item_set_activatable (cell, FALSE);
  gtk_list_item_set_child (cell, child);
  if (column == COLUMN_BAR)
    return;
  gtk_label_set_xalign (GTK_LABEL (child), is_number (self, column) ? 1 : 0);
  gtk_widget_add_css_class (child, "numeric");
  if (!is_number (self, column) && column >= 0)
    {
      gtk_label_set_ellipsize (GTK_LABEL (child), PANGO_ELLIPSIZE_END);
      gtk_label_set_width_chars (GTK_LABEL (child), longest_text (self, (guint) column));
    }
  if (column == COLUMN_BEFORE)
    gtk_widget_add_css_class (child, "tide-dim");
}

static double
change_of (const TideResultDiff *diff, const TideResultRow *row, int value)
{
  return tide_result_cell_number (tide_result_diff_get_now (diff, row, (guint) value))
         - tide_result_cell_number (tide_result_diff_get_before (diff, row, (guint) value));
}

static char *
format_change (TideResultTableView *self, const TideResultRow *row)
{
  double change = change_of (self->diff, row, self->value);
  g_autofree char *number = NULL;

  if (row->change == TIDE_ROW_NEW)
    return g_strdup (_ ("new"));
  if (row->change == TIDE_ROW_GONE)
    return g_strdup (_ ("gone"));
  if (isnan (change) || change == 0)
    return g_strdup (TIDE_NO_VALUE);
  number = tide_format_number (change, tide_result_diff_get_column (self->diff, (guint) self->value)->decimals);
  return change > 0 ? g_strconcat ("+", number, NULL) : g_steal_pointer (&number);
}

static char *
format_cell (TideResultTableView *self, const TideResultRow *row, int column, bool *ret_bold, char **ret_was)
{
  static const char *const marks[] = { "", "+", TIDE_MINUS, "≠" };
  const TideResultCell *now, *before;
  const TideResultColumn *spec;

  *ret_bold = column == COLUMN_MARK || (column == COLUMN_CHANGE && row->change == TIDE_ROW_CHANGED);
  if (column == COLUMN_MARK)
    return g_strdup (marks[row->change]);
  if (column == COLUMN_CHANGE)
    return format_change (self, row);
  spec = tide_result_diff_get_column (self->diff, (guint) (column >= 0 ? column : self->value));
  before = tide_result_diff_get_before (self->diff, row, (guint) (column >= 0 ? column : self->value));
  if (column == COLUMN_BEFORE)
    return tide_result_cell_format (before, spec, self->zone);
  now = row->change == TIDE_ROW_GONE ? before : tide_result_diff_get_now (self->diff, row, (guint) column);
  if (row->change == TIDE_ROW_CHANGED && !tide_result_cell_equal (now, before))
    {
      *ret_bold = true;
      *ret_was = tide_result_cell_format (before, spec, self->zone);
    }
  return tide_result_cell_format (now, spec, self->zone);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *cell, TideResultTableView *self)
{
  int column = column_of (factory);
  const TideResultItem *item = gtk_list_item_get_item (cell);
  GtkWidget *child = gtk_list_item_get_child (cell);
  g_autofree char *text = NULL, *was = NULL, *markup = NULL, *tooltip = NULL;
  bool bold;

  if (item->diff != self->diff)
    return; /* about to go */
  if (column == COLUMN_BAR)
    {
      TIDE_CHANGE_BAR (child)->share = item->row->change == TIDE_ROW_CHANGED && self->largest > 0
                                           ? change_of (self->diff, item->row, self->value) / self->largest
                                           : NAN;
      gtk_widget_queue_draw (child);
      return;
    }
  text = format_cell (self, item->row, column, &bold, &was);
  markup = g_markup_printf_escaped (bold ? "<b>%s</b>" : "%s", text);
  gtk_label_set_markup (GTK_LABEL (child), markup);
  if (was != NULL)
    tooltip = g_strdup_printf (_ ("was %s"), was);
  else if (g_utf8_strlen (text, -1) > LONGEST_TEXT)
    tooltip = g_strdup (text);
  gtk_widget_set_tooltip_text (child, tooltip);
}

static void
add_column (TideResultTableView *self, int column, const char *title)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *view_column;

  g_object_set_data (G_OBJECT (factory), "column", GINT_TO_POINTER (column));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  view_column = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_expand (view_column, column != COLUMN_MARK && column != COLUMN_BAR);
  gtk_column_view_column_set_resizable (view_column, column >= 0);
  gtk_column_view_append_column (self->view, view_column);
  g_object_unref (view_column);
}

static void
fill_columns (TideResultTableView *self, bool compares)
{
  GListModel *columns = gtk_column_view_get_columns (self->view);

  while (g_list_model_get_n_items (columns) > 0)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, 0);

      gtk_column_view_remove_column (self->view, column);
    }
  if (compares)
    add_column (self, COLUMN_MARK, "");
  for (guint i = 0; i < self->diff->columns->len; i++)
    {
      add_column (self, (int) i, tide_result_diff_get_column (self->diff, i)->name);
      if (compares && (int) i == self->value)
        {
          g_autofree char *version = tide_format_int (self->diff->before->version);
          g_autofree char *title = g_strdup_printf (_ ("version %s"), version);

          add_column (self, COLUMN_BEFORE, title);
          add_column (self, COLUMN_CHANGE, _ ("change"));
          add_column (self, COLUMN_BAR, "");
        }
    }
}

/* The header of a numeric column stands over its numbers: GTK 4.8 has no property for it. */
static void
align_headers (TideResultTableView *self)
{
  GListModel *columns = gtk_column_view_get_columns (self->view);
  guint i = 0;

  for (GtkWidget *title = gtk_widget_get_first_child (gtk_widget_get_first_child (GTK_WIDGET (self->view)));
       title != NULL; title = gtk_widget_get_next_sibling (title), i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      GtkSignalListItemFactory *factory;

      if (column == NULL || gtk_widget_get_first_child (title) == NULL)
        continue;
      factory = GTK_SIGNAL_LIST_ITEM_FACTORY (gtk_column_view_column_get_factory (column));
      if (is_number (self, column_of (factory)))
        gtk_widget_set_halign (gtk_widget_get_first_child (title), GTK_ALIGN_END);
    }
}

static char *
shape_of (const TideResultDiff *diff, int value)
{
  GString *shape = g_string_new (NULL);

  g_string_append_printf (shape, "%" G_GINT64_FORMAT " %d", diff->before != NULL ? diff->before->version : 0, value);
  for (guint i = 0; i < diff->columns->len; i++)
    {
      const TideResultColumn *column = tide_result_diff_get_column (diff, i);

      g_string_append_printf (shape, "\n%d %s", column->kind, column->name);
    }
  return g_string_free (shape, FALSE);
}

void
tide_result_table_view_set (TideResultTableView *self, TideResultDiff *diff, bool only_differences, int value,
                            GTimeZone *zone)
{
  g_autoptr (GtkSelectionModel) model = NULL;
  g_autofree char *shape = diff != NULL ? shape_of (diff, value) : NULL;

  gtk_column_view_set_model (self->view, NULL);
  if (diff != NULL)
    tide_result_diff_ref (diff);
  g_clear_pointer (&self->diff, tide_result_diff_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  self->zone = zone != NULL ? g_time_zone_ref (zone) : NULL;
  self->diff = diff;
  self->value = value;
  self->largest = 0;
  if (diff == NULL)
    return;
  for (guint i = 0; value >= 0 && i < diff->rows->len; i++)
    self->largest = fmax (self->largest, fabs (change_of (diff, tide_result_diff_get_row (diff, i), value)));
  if (g_strcmp0 (shape, self->shape) != 0)
    {
      fill_columns (self, diff->before != NULL);
      g_free (self->shape);
      self->shape = g_steal_pointer (&shape);
    }
  model = GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (tide_result_list_new (diff, only_differences))));
  gtk_single_selection_set_autoselect (GTK_SINGLE_SELECTION (model), FALSE);
  gtk_single_selection_set_can_unselect (GTK_SINGLE_SELECTION (model), TRUE);
  gtk_single_selection_set_selected (GTK_SINGLE_SELECTION (model), GTK_INVALID_LIST_POSITION);
  gtk_column_view_set_model (self->view, model);
  align_headers (self);
}

static void
tide_result_table_view_finalize (GObject *object)
{
  TideResultTableView *self = TIDE_RESULT_TABLE_VIEW (object);

  g_clear_pointer (&self->diff, tide_result_diff_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_free (self->shape);
  G_OBJECT_CLASS (tide_result_table_view_parent_class)->finalize (object);
}

static void
tide_result_table_view_class_init (TideResultTableViewClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_result_table_view_finalize;
}

static void
tide_result_table_view_init (TideResultTableView *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new (), *view = gtk_column_view_new (NULL);

  self->view = GTK_COLUMN_VIEW (view);
  self->value = -1;
  gtk_widget_add_css_class (view, "tide-table");
  gtk_column_view_set_show_row_separators (GTK_COLUMN_VIEW (view), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Rows of the result"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), view);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), 130);
  gtk_widget_set_vexpand (scroller, TRUE);
  adw_bin_set_child (ADW_BIN (self), scroller);
}
