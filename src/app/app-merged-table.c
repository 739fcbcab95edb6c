/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table under the chart of Merged: what each layer brings to each group. Cells hold finished text, made once an
 * answer, so that a row that scrolls into view costs nothing. Shows the first 500 groups by value and says when there
 * are more. */
#include "app-merged-table.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-equation.h"
#include "app-column-header.h"
#include "app-format.h"
#include "app-share-bar.h"
#include "app-shown.h"

#define MOST_ROWS 500

enum
{
  COLUMN_GROUP,
  COLUMN_BATCH,
  COLUMN_SPEED,
  COLUMN_MERGED,
  COLUMN_BAR,
  COLUMN_SHARE,
  COLUMN_LATE,
  N_COLUMNS,
};

#define TIDE_TYPE_MERGED_ITEM (tide_merged_item_get_type ())
G_DECLARE_FINAL_TYPE (TideMergedItem, tide_merged_item, TIDE, MERGED_ITEM, GObject)

struct _TideMergedItem
{
  GObject parent_instance;

  char *texts[N_COLUMNS];
  uint32_t group;
  double share;
};

G_DEFINE_FINAL_TYPE (TideMergedItem, tide_merged_item, G_TYPE_OBJECT)

static guint changed_signal; /* "changed": it says something else */

static void
tide_merged_item_finalize (GObject *object)
{
  for (int i = 0; i < N_COLUMNS; i++)
    g_free (TIDE_MERGED_ITEM (object)->texts[i]);
  G_OBJECT_CLASS (tide_merged_item_parent_class)->finalize (object);
}

static void
tide_merged_item_class_init (TideMergedItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_merged_item_finalize;
  changed_signal = g_signal_new ("changed", TIDE_TYPE_MERGED_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tide_merged_item_init (TideMergedItem *self)
{
}

struct _TideMergedTable
{
  AdwBin parent_instance;

  GtkColumnView *view;
  GtkColumnViewColumn *columns[N_COLUMNS];
  GtkLabel *more;
  GListStore *items;
};

G_DEFINE_FINAL_TYPE (TideMergedTable, tide_merged_table, ADW_TYPE_BIN)

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  int column = GPOINTER_TO_INT (data);
  GtkWidget *child;

  gtk_list_item_set_activatable (cell, FALSE);
  g_object_set_data (G_OBJECT (cell), "column", data);
  if (column == COLUMN_BAR)
    {
      child = tide_share_bar_new ();
      gtk_widget_set_size_request (child, 60, 9);
      gtk_widget_set_hexpand (child, TRUE);
      gtk_list_item_set_child (cell, child);
      return;
    }
  child = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (child), column == COLUMN_GROUP ? 0 : 1);
  gtk_widget_add_css_class (child, "numeric");
  if (column == COLUMN_SHARE || column == COLUMN_LATE)
    gtk_widget_add_css_class (child, "tide-dim");
  if (column == COLUMN_GROUP)
    {
      gtk_label_set_ellipsize (GTK_LABEL (child), PANGO_ELLIPSIZE_END);
      gtk_label_set_width_chars (GTK_LABEL (child), 11); /* the mark and a short name */
    }
  gtk_list_item_set_child (cell, child);
}

/* The group's name behind its mark, in the text twin of its colour. */
static char *
group_markup (const TideMergedItem *item)
{
  TideRole role = tide_palette_role_of_group (item->group);
  AdwStyleManager *style = adw_style_manager_get_default ();
  TideScheme scheme = tide_palette_scheme (adw_style_manager_get_dark (style),
                                           adw_style_manager_get_high_contrast (style));
  g_autofree char *colour = tide_colour_to_string (tide_palette_get (scheme, role));

  return g_markup_printf_escaped ("<span foreground=\"%s\">%s</span>  %s", colour,
                                  tide_palette_mark_text (tide_palette_mark_of_role (role)),
                                  item->texts[COLUMN_GROUP]);
}

static void
show_item (TideMergedItem *item, GtkListItem *cell)
{
  int column = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (cell), "column"));
  GtkWidget *child = gtk_list_item_get_child (cell);
  g_autofree char *markup = NULL;

  if (column == COLUMN_BAR)
    {
      tide_share_bar_set_share (TIDE_SHARE_BAR (child), item->share);
      return;
    }
  if (column == COLUMN_GROUP)
    markup = group_markup (item);
  else
    markup = g_markup_printf_escaped (column == COLUMN_MERGED ? "<b>%s</b>" : "%s", item->texts[column]);
  gtk_label_set_markup (GTK_LABEL (child), markup);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  TideMergedItem *item = gtk_list_item_get_item (cell);

  g_signal_connect_object (item, "changed", G_CALLBACK (show_item), cell, 0);
  show_item (item, cell);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (cell), show_item, cell);
}

static void
add_column (TideMergedTable *self, int column, const char *title)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), GINT_TO_POINTER (column));
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  self->columns[column] = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_expand (self->columns[column], TRUE);
  gtk_column_view_append_column (self->view, self->columns[column]);
  g_object_unref (self->columns[column]);
}

static int
compare_rows (const void *a, const void *b)
{
  const TideRow *x = *(TideRow *const *) a, *y = *(TideRow *const *) b;
  double u = tide_value_to_double (x->value), v = tide_value_to_double (y->value);

  if (isnan (u) || isnan (v) || u == v)
    return isnan (u) != isnan (v) ? (isnan (u) ? 1 : -1) : (x->group > y->group) - (x->group < y->group);
  return u < v ? 1 : -1;
}

static TideMergedItem *
make_item (const TideRows *rows, const TideRow *row)
{
  TideMergedItem *item = g_object_new (TIDE_TYPE_MERGED_ITEM, NULL);

  item->group = row->group;
  item->share = tide_equation_get_share (rows->metric, row->batch, row->speed, row->events - row->speed_events,
                                         row->speed_events);
  item->texts[COLUMN_GROUP] = tide_rows_get_label (rows, row->group);
  item->texts[COLUMN_BATCH] = tide_shown_number (rows->metric, row->batch);
  item->texts[COLUMN_SPEED] = tide_shown_number (rows->metric, row->speed);
  item->texts[COLUMN_MERGED] = tide_shown_number (rows->metric, row->value);
  item->texts[COLUMN_SHARE] = isnan (item->share) ? g_strdup (TIDE_NO_VALUE) : tide_format_share (1 - item->share);
  item->texts[COLUMN_LATE] = tide_shown_number (rows->metric, row->late);
  return item;
}

/* The first @n rows say what @items do, where they stand: the keyboard's place is kept. */
static void
update_items (TideMergedTable *self, GPtrArray *items, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TideMergedItem) old = g_list_model_get_item (G_LIST_MODEL (self->items), i);
      TideMergedItem *item = g_ptr_array_index (items, i);

      old->group = item->group;
      old->share = item->share;
      for (int column = 0; column < N_COLUMNS; column++)
        {
          g_free (old->texts[column]);
          old->texts[column] = g_steal_pointer (&item->texts[column]);
        }
      g_signal_emit (old, changed_signal, 0);
    }
}

static void
set_titles (TideMergedTable *self, const TideMetric *metric)
{
  g_autofree char *by = metric->n_by > 0 ? g_strjoinv (", ", metric->by_names) : g_strdup (_ ("group"));
  g_autofree char *merged = tide_shown_title (metric, _ ("merged"));

  gtk_column_view_column_set_title (self->columns[COLUMN_GROUP], by);
  gtk_column_view_column_set_title (self->columns[COLUMN_MERGED], merged);
  tide_column_headers_align_end (self->view, COLUMN_BATCH, G_MAXUINT);
}

void
tide_merged_table_set_rows (TideMergedTable *self, const TideRows *rows)
{
  guint n = rows != NULL ? rows->n_group_totals : 0, shown = MIN (n, MOST_ROWS);
  guint before = g_list_model_get_n_items (G_LIST_MODEL (self->items)), kept = MIN (before, shown);
  g_autofree TideRow **order = g_new (TideRow *, n + 1);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *more = NULL;

  for (guint i = 0; i < n; i++)
    order[i] = &rows->group_totals[i];
  qsort (order, n, sizeof *order, compare_rows);
  for (guint i = 0; i < shown; i++)
    g_ptr_array_add (items, make_item (rows, order[i]));
  update_items (self, items, kept);
  if (before != shown)
    g_list_store_splice (self->items, kept, before - kept, items->pdata + kept, shown - kept);
  if (rows != NULL)
    set_titles (self, rows->metric);
  more = g_strdup_printf (_ ("%u of %u groups shown"), shown, n);
  gtk_label_set_text (self->more, more);
  gtk_widget_set_visible (GTK_WIDGET (self->more), shown < n);
}

static void
tide_merged_table_dispose (GObject *object)
{
  g_clear_object (&TIDE_MERGED_TABLE (object)->items);
  G_OBJECT_CLASS (tide_merged_table_parent_class)->dispose (object);
}

static void
tide_merged_table_class_init (TideMergedTableClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_merged_table_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-merged-table.ui");
  gtk_widget_class_bind_template_child (widget_class, TideMergedTable, view);
  gtk_widget_class_bind_template_child (widget_class, TideMergedTable, more);
}

static void
tide_merged_table_init (TideMergedTable *self)
{
  g_autoptr (GtkSelectionModel) model = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->items = g_list_store_new (TIDE_TYPE_MERGED_ITEM);
  model = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->items))));
  add_column (self, COLUMN_GROUP, "");
  add_column (self, COLUMN_BATCH, _ ("batch"));
  add_column (self, COLUMN_SPEED, _ ("speed"));
  add_column (self, COLUMN_MERGED, _ ("merged"));
  add_column (self, COLUMN_BAR, "");
  add_column (self, COLUMN_SHARE, _ ("speed share"));
  add_column (self, COLUMN_LATE, _ ("late"));
  gtk_column_view_set_model (self->view, model);
}
