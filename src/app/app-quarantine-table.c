/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An entry as a row: when it came, every reason why it could not be taken, and where it stands in its source. */
#include "app-quarantine-table.h"

#include "app-format.h"
#include "app-mark.h"

#include <glib/gi18n.h>
#include <string.h>

struct _TideQuarantineItem
{
  GObject parent_instance;

  TideQuarantined *entry;
};

G_DEFINE_FINAL_TYPE (TideQuarantineItem, tide_quarantine_item, G_TYPE_OBJECT)

static void
tide_quarantine_item_finalize (GObject *object)
{
  tide_quarantined_free (TIDE_QUARANTINE_ITEM (object)->entry);
  G_OBJECT_CLASS (tide_quarantine_item_parent_class)->finalize (object);
}

static void
tide_quarantine_item_class_init (TideQuarantineItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_quarantine_item_finalize;
}

static void
tide_quarantine_item_init (TideQuarantineItem *self)
{
}

TideQuarantineItem *
tide_quarantine_item_new (TideQuarantined *entry)
{
  TideQuarantineItem *self = g_object_new (TIDE_TYPE_QUARANTINE_ITEM, NULL);

  self->entry = entry;
  return self;
}

const TideQuarantined *
tide_quarantine_item_get_entry (TideQuarantineItem *self)
{
  return self->entry;
}

gint64
tide_quarantine_item_key (gpointer item)
{
  return TIDE_QUARANTINE_ITEM (item)->entry->id;
}

/* Without a payload, which rows have not. */
gsize
tide_quarantine_item_bytes (gpointer item)
{
  const TideQuarantined *entry = TIDE_QUARANTINE_ITEM (item)->entry;
  const char *texts[] = { entry->stream, entry->source, entry->position, entry->reason,
                          entry->state,  entry->rules,  entry->key,      entry->headers };
  gsize bytes = sizeof *entry;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    bytes += texts[i] != NULL ? strlen (texts[i]) + 1 : 0;
  return bytes;
}

/* Columns */

typedef enum
{
  COLUMN_RECEIVED,
  COLUMN_STREAM,
  COLUMN_REASON,
  COLUMN_KEY,
  COLUMN_POSITION,
  N_COLUMNS,
} Column;

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, void *data)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "numeric");
  if (GPOINTER_TO_INT (data) == COLUMN_REASON)
    {
      GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *mark = tide_state_mark_new ();

      tide_state_mark_set_state (TIDE_STATE_MARK (mark), TIDE_STATE_TROUBLE);
      gtk_box_append (GTK_BOX (box), mark);
      gtk_box_append (GTK_BOX (box), label);
      gtk_list_item_set_child (item, box);
      return;
    }
  if (GPOINTER_TO_INT (data) >= COLUMN_KEY)
    gtk_widget_add_css_class (label, "dim-label");
  gtk_list_item_set_child (item, label);
}

/* "3:134650" as "3 @ 134,650". */
static char *
format_position (const char *position)
{
  const char *colon = position != NULL ? strchr (position, ':') : NULL;
  g_autofree char *offset = colon != NULL ? tide_format_int (g_ascii_strtoll (colon + 1, NULL, 10)) : NULL;

  return colon != NULL ? g_strdup_printf ("%.*s @ %s", (int) (colon - position), position, offset) : g_strdup (position);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, void *data)
{
  const TideQuarantined *entry = TIDE_QUARANTINE_ITEM (gtk_list_item_get_item (item))->entry;
  GtkWidget *child = gtk_list_item_get_child (item);
  GtkLabel *label = GTK_LABEL (GTK_IS_BOX (child) ? gtk_widget_get_last_child (child) : child);
  g_autofree char *received = tide_format_clock_ms (entry->received, NULL), *day = NULL, *position = format_position (entry->position);
  const char *const texts[N_COLUMNS] = { received, entry->stream, entry->reason, entry->key, position };

  if (GPOINTER_TO_INT (data) == COLUMN_REASON)
    gtk_widget_set_tooltip_text (GTK_WIDGET (label), entry->reason);
  gtk_label_set_text (label, texts[GPOINTER_TO_INT (data)] != NULL ? texts[GPOINTER_TO_INT (data)] : TIDE_NO_VALUE);
  if (GPOINTER_TO_INT (data) != COLUMN_RECEIVED)
    return;
  day = tide_format_date (entry->received, NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (label), day);
}

void
tide_quarantine_table_add_columns (GtkColumnView *table)
{
  static const struct
  {
    const char *title;
    int width; /* 0: the rest */
  } columns[N_COLUMNS] = {
    [COLUMN_RECEIVED] = { N_ ("received"), 116 }, [COLUMN_STREAM] = { N_ ("stream"), 96 },
    [COLUMN_REASON] = { N_ ("reasons"), 0 },      [COLUMN_KEY] = { N_ ("key"), 110 },
    [COLUMN_POSITION] = { N_ ("partition @ offset"), 140 },
  };

  for (int i = 0; i < N_COLUMNS; i++)
    {
      GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
      g_autoptr (GtkColumnViewColumn) column = NULL;

      g_signal_connect (factory, "setup", G_CALLBACK (on_setup), GINT_TO_POINTER (i));
      g_signal_connect (factory, "bind", G_CALLBACK (on_bind), GINT_TO_POINTER (i));
      column = gtk_column_view_column_new (_ (columns[i].title), factory);
      gtk_column_view_column_set_resizable (column, TRUE);
      if (columns[i].width > 0)
        gtk_column_view_column_set_fixed_width (column, columns[i].width);
      else
        gtk_column_view_column_set_expand (column, TRUE);
      gtk_column_view_append_column (table, column);
    }
}

/* The column goes and comes: room is kept for one that is only invisible. */
void
tide_quarantine_table_set_of_stream (GtkColumnView *table, bool of_stream)
{
  GListModel *columns = gtk_column_view_get_columns (table);
  bool is_there = g_list_model_get_n_items (columns) == N_COLUMNS;
  GtkColumnViewColumn *column = g_object_get_data (G_OBJECT (table), "tide-stream-column");

  if (column == NULL && is_there)
    g_object_set_data_full (G_OBJECT (table), "tide-stream-column", column = g_list_model_get_item (columns, COLUMN_STREAM), g_object_unref);
  if (column == NULL || is_there != of_stream)
    return;
  if (of_stream)
    gtk_column_view_remove_column (table, column);
  else
    gtk_column_view_insert_column (table, COLUMN_STREAM, column);
}
