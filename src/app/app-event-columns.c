/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of the event browser: event time first, then _seq, the stream's fields, and where the event stood in its
 * source. A cell is a label whose text is made when its row comes into view. */
#include "app-event-browser.h"
#include "app-format.h"

#include <glib/gi18n.h>
#include <string.h>

enum
{
  COLUMN_TIME = -1,
  COLUMN_SEQ = -2,
  COLUMN_POSITION = -3,
};

typedef struct
{
  int field; /* index, or one of the above */
  TideType type;
  bool right;
} Column;

static char *
text_of (const Column *column, const TideEvent *event)
{
  const char *value;

  switch (column->field)
    {
    case COLUMN_TIME:
      return tide_format_clock_ms (event->time, NULL);
    case COLUMN_SEQ:
      return event->seq > 0 ? tide_format_int (event->seq) : g_strdup (TIDE_NO_VALUE);
    case COLUMN_POSITION:
      {
        g_autofree char *offset = tide_format_int (event->offset);

        return g_strdup_printf ("%d @ %s", event->partition, offset);
      }
    default:
      break;
    }
  value = (guint) column->field < event->n_values ? event->values[column->field] : NULL;
  if (value == NULL)
    return g_strdup (TIDE_NO_VALUE);
  if (column->type == TIDE_TYPE_TIME)
    {
      TideTime time;

      if (tide_time_parse (value, strlen (value), NULL, &time))
        return tide_format_clock_ms (time, NULL);
    }
  return g_strdup (value);
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, const Column *column)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), column->right ? 1 : 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "numeric");
  if (column->field == COLUMN_SEQ || column->field == COLUMN_POSITION)
    gtk_widget_add_css_class (label, "dim-label");
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, const Column *column)
{
  g_autofree char *text = text_of (column, tide_event_item_get (gtk_list_item_get_item (item)));

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
}

static void
add_column (GtkColumnView *view, const char *title, const Column *kind, int width, bool expand)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  Column *column = g_memdup2 (kind, sizeof *kind);
  g_autoptr (GtkColumnViewColumn) view_column = NULL;

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), column);
  g_signal_connect_data (factory, "bind", G_CALLBACK (on_bind), column, (GClosureNotify) (void (*) (void)) g_free, 0);
  view_column = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_resizable (view_column, TRUE);
  if (expand)
    gtk_column_view_column_set_expand (view_column, TRUE);
  else
    gtk_column_view_column_set_fixed_width (view_column, width);
  gtk_column_view_append_column (view, view_column);
}

static bool
is_number (TideType type)
{
  return type == TIDE_TYPE_INT || type == TIDE_TYPE_DECIMAL || type == TIDE_TYPE_REAL;
}

static GtkWidget *
find_label (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *label = find_label (child);

      if (label != NULL)
        return label;
    }
  return NULL;
}

/* GTK has no alignment for a header: its label is found and moved. */
static void
align_headers (GtkColumnView *view, const GArray *right)
{
  GtkWidget *header = gtk_widget_get_first_child (GTK_WIDGET (view));
  guint i = 0;

  for (GtkWidget *button = gtk_widget_get_first_child (header); button != NULL && i < right->len;
       button = gtk_widget_get_next_sibling (button), i++)
    {
      GtkWidget *label = find_label (button);

      if (label == NULL || !g_array_index (right, bool, i))
        continue;
      gtk_widget_set_hexpand (label, TRUE);
      gtk_label_set_xalign (GTK_LABEL (label), 1);
      gtk_widget_set_halign (label, GTK_ALIGN_FILL);
      gtk_widget_set_halign (gtk_widget_get_parent (label), GTK_ALIGN_FILL);
    }
}

void
tide_event_columns_set (GtkColumnView *view, const TideStream *stream)
{
  GListModel *columns = gtk_column_view_get_columns (view);
  const Column time = { COLUMN_TIME, TIDE_TYPE_TIME, false }, seq = { COLUMN_SEQ, TIDE_TYPE_INT, true },
               position = { COLUMN_POSITION, TIDE_TYPE_TEXT, true };
  g_autoptr (GArray) right = g_array_new (FALSE, TRUE, sizeof (bool));
  bool yes = true, no = false;

  while (g_list_model_get_n_items (columns) > 0)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, 0);

      gtk_column_view_remove_column (view, column);
    }
  if (stream == NULL)
    return;
  add_column (view, stream->time_field >= 0 ? stream->fields[stream->time_field]->name : _ ("time"), &time, 116, false);
  add_column (view, "_seq", &seq, 104, false);
  g_array_append_val (right, no);
  g_array_append_val (right, yes);
  for (uint32_t i = 0; i < stream->n_fields; i++)
    {
      const TideField *field = stream->fields[i];
      const Column column = { (int) i, field->type, is_number (field->type) };
      g_autofree char *title = field->unit != NULL ? g_strdup_printf ("%s %s", field->name, field->unit)
                                                   : g_strdup (field->name);

      if ((int) i == stream->time_field)
        continue;
      add_column (view, title, &column, MAX (84, 26 + 8 * (int) g_utf8_strlen (title, -1)), false);
      g_array_append_val (right, column.right);
    }
  add_column (view, _ ("partition @ offset"), &position, 150, true);
  g_array_append_val (right, yes);
  align_headers (view, right);
}
