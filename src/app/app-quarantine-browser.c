/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quarantine as a table, newest first, of one stream or all. It reads a page on a worker when the status counts more
 * than before, and older ones when its end comes into view; at most MAX_ROWS rows are kept. A payload is shown as it
 * came: what is no text is shown with its odd bytes replaced, what is very long is cut. Rows hold no payload, since
 * MAX_ROWS of them could be gigabytes: the one that is selected is read. */
#include "app-quarantine-browser.h"

#include "app-event-browser.h"
#include "app-format.h"
#include "app-json-panel.h"
#include "app-mark.h"
#include "app-newest-first.h"
#include "app-wrap-box.h"

#include <glib/gi18n.h>

#define PAGE 50
#define MAX_ROWS 2000
#define SHOWN_BYTES (256 * 1024)

#define TIDE_TYPE_QUARANTINE_ITEM (tide_quarantine_item_get_type ())
G_DECLARE_FINAL_TYPE (TideQuarantineItem, tide_quarantine_item, TIDE, QUARANTINE_ITEM, GObject)

struct _TideQuarantineItem
{
  GObject parent_instance;

  TideQuarantined *entry;
};

G_DEFINE_FINAL_TYPE (TideQuarantineItem, tide_quarantine_item, G_TYPE_OBJECT)

struct _TideQuarantineBrowser
{
  AdwBin parent_instance;

  GtkDropDown *streams;
  GtkLabel *count, *mistake;
  GtkScrolledWindow *scroller;
  GtkColumnView *table;
  GtkToggleButton *quarantine;
  GtkWidget *main, *nothing;
  TideJsonPanel *json;
  TidePipeline *pipeline;
  GPtrArray *names;          /* char*, of the drop-down after "All streams" */
  char *stream;              /* NULL: all */
  GListStore *items;
  GtkSingleSelection *selection;
  GCancellable *cancellable;
  gint64 counted;            /* by the status when it was last read; -1: never */
  bool busy, at_end;
};

G_DEFINE_FINAL_TYPE (TideQuarantineBrowser, tide_quarantine_browser, ADW_TYPE_BIN)

/* Rows */

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

static gint64
key_of (gpointer item)
{
  return TIDE_QUARANTINE_ITEM (item)->entry->id;
}

/* Reading */

typedef struct
{
  char *stream;
  gint64 before_id;
} Ask;

static void
ask_free (void *data)
{
  Ask *ask = data;

  g_free (ask->stream);
  g_free (ask);
}

/* Thread: worker. */
static GPtrArray *
read_rows (TidePipeline *pipeline, const char *stream, gint64 before_id, guint max, GCancellable *cancellable,
           GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);
  GPtrArray *rows;

  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  rows = tide_store_list_quarantine (reader, &(TideQuarantineFilter){ .stream = stream }, before_id, max, error);
  tide_reader_end (reader);
  return rows;
}

/* Thread: worker. */
static void *
read_entries (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Ask *ask = data;
  GPtrArray *entries = read_rows (pipeline, ask->stream, ask->before_id, PAGE, cancellable, error);

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    g_clear_pointer (&((TideQuarantined *) g_ptr_array_index (entries, i))->payload, g_bytes_unref);
  return entries;
}

static void
update_count (TideQuarantineBrowser *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));
  g_autofree char *number = tide_format_int (n), *text = g_strdup_printf (_ ("newest %s"), number);

  gtk_label_set_text (self->count, text);
  gtk_widget_set_visible (self->nothing, n == 0);
}

static void
on_entries (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideQuarantineBrowser) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  GCancellable *asked = g_task_get_cancellable (G_TASK (result));
  g_autoptr (GPtrArray) entries = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);

  if (asked != self->cancellable) /* another stream by now */
    return;
  self->busy = false;
  gtk_label_set_text (self->mistake, error != NULL ? error->message : "");
  if (entries == NULL)
    return;
  for (guint i = 0; i < entries->len; i++)
    {
      TideQuarantineItem *item = g_object_new (TIDE_TYPE_QUARANTINE_ITEM, NULL);

      item->entry = g_steal_pointer (&g_ptr_array_index (entries, i));
      g_ptr_array_add (items, item);
    }
  self->at_end = items->len < PAGE;
  tide_newest_first_add (self->items, items, PAGE, MAX_ROWS, key_of);
  update_count (self);
}

static void
ask (TideQuarantineBrowser *self, gint64 before_id)
{
  Ask *ask;

  if (self->busy || self->pipeline == NULL)
    return;
  self->busy = true;
  ask = g_new0 (Ask, 1);
  ask->stream = g_strdup (self->stream);
  ask->before_id = before_id;
  tide_pipeline_run_async (self->pipeline, read_entries, ask, ask_free, (GDestroyNotify) g_ptr_array_unref,
                           self->cancellable, on_entries, g_object_ref (self));
}

static void
restart (TideQuarantineBrowser *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->busy = self->at_end = false;
  self->counted = -1;
  g_list_store_remove_all (self->items);
  update_count (self);
}

void
tide_quarantine_browser_tick (TideQuarantineBrowser *self, const TideStatus *status)
{
  gint64 counted = 0;

  tide_json_panel_fit (self->json, self->main, gtk_widget_get_width (GTK_WIDGET (self)));
  for (guint i = 0; status != NULL && i < status->n_streams; i++)
    if (self->stream == NULL || g_str_equal (self->stream, status->streams[i].name))
      counted += status->streams[i].quarantined;
  if (counted == self->counted || self->busy)
    return;
  self->counted = counted;
  ask (self, 0);
}

static void
on_edge (GtkScrolledWindow *scroller, GtkPositionType edge, TideQuarantineBrowser *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));

  if (edge == GTK_POS_BOTTOM && n > 0 && n < MAX_ROWS && !self->at_end)
    ask (self, tide_newest_first_oldest (self->items, key_of));
}

/* What the person sets */

static void
on_stream (TideQuarantineBrowser *self)
{
  guint selected = gtk_drop_down_get_selected (self->streams);
  const char *stream
    = selected > 0 && selected <= self->names->len ? g_ptr_array_index (self->names, selected - 1) : NULL;

  if (g_strcmp0 (stream, self->stream) == 0)
    return;
  g_free (self->stream);
  self->stream = g_strdup (stream);
  restart (self);
}

/* The payload as text; JSON is laid out. */
static char *
text_of (GBytes *payload)
{
  gsize size = 0;
  const char *data = payload != NULL ? g_bytes_get_data (payload, &size) : NULL;
  gsize shown = MIN (size, SHOWN_BYTES);
  g_autofree char *text = g_utf8_make_valid (data != NULL ? data : "", (gssize) shown);
  g_autofree char *cut = NULL;

  if (shown == size)
    return *text == '{' || *text == '[' ? tide_json_indent (text) : g_steal_pointer (&text);
  cut = tide_format_bytes ((gint64) (size - shown));
  return g_strdup_printf (_ ("%s\n… and %s more"), text, cut);
}

/* Thread: worker. */
static void *
read_payload (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Ask *ask = data;

  return read_rows (pipeline, NULL, ask->before_id, 1, cancellable, error);
}

static void
on_payload (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideQuarantineBrowser) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  const TideQuarantineItem *item
    = self->items != NULL ? gtk_single_selection_get_selected_item (self->selection) : NULL;
  const TideQuarantined *entry = entries != NULL && entries->len > 0 ? g_ptr_array_index (entries, 0) : NULL;
  g_autofree char *text = NULL, *size = NULL;

  if (item == NULL || (entry != NULL && entry->id != item->entry->id)) /* another is selected by now */
    return;
  if (entry == NULL)
    {
      tide_json_panel_show (self->json, item->entry->reason, error != NULL ? error->message : NULL, NULL);
      return;
    }
  text = text_of (entry->payload);
  size = tide_format_bytes (entry->payload != NULL ? (gint64) g_bytes_get_size (entry->payload) : 0);
  tide_json_panel_show (self->json, entry->reason, size, text);
}

static void
on_selected (TideQuarantineBrowser *self)
{
  const TideQuarantineItem *item = gtk_single_selection_get_selected_item (self->selection);
  Ask *ask;

  tide_json_panel_show (self->json, item != NULL ? item->entry->reason : _ ("No event selected"), NULL, NULL);
  if (item == NULL || self->pipeline == NULL)
    return;
  ask = g_new0 (Ask, 1);
  ask->before_id = item->entry->id + 1;
  tide_pipeline_run_async (self->pipeline, read_payload, ask, ask_free, (GDestroyNotify) g_ptr_array_unref,
                           self->cancellable, on_payload, g_object_ref (self));
}

static void
on_activate (TideQuarantineBrowser *self)
{
  tide_json_panel_open (self->json);
}

static void
on_follow (TideQuarantineBrowser *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) > 0)
    gtk_widget_activate_action (gtk_widget_get_last_child (GTK_WIDGET (self->table)), "list.scroll-to-item", "u", 0);
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
}

void
tide_quarantine_browser_set_quarantined (TideQuarantineBrowser *self, const char *label)
{
  if (g_strcmp0 (gtk_button_get_label (GTK_BUTTON (self->quarantine)), label) != 0)
    gtk_button_set_label (GTK_BUTTON (self->quarantine), label);
}

void
tide_quarantine_browser_search (TideQuarantineBrowser *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->streams));
}

void
tide_quarantine_browser_workspace_changed (TideQuarantineBrowser *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new ((const char *const[]){ _ ("All streams"), NULL });
  g_autoptr (TideWorkspace) workspace = self->pipeline != NULL ? tide_pipeline_get_workspace (self->pipeline) : NULL;
  g_autofree char *before = g_strdup (self->stream);
  guint selected = 0;

  g_ptr_array_set_size (self->names, 0);
  for (guint i = 0; workspace != NULL && i < workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);

      g_ptr_array_add (self->names, g_strdup (stream->name));
      gtk_string_list_append (titles, stream->name);
      if (g_strcmp0 (stream->name, before) == 0)
        selected = i + 1;
    }
  gtk_drop_down_set_model (self->streams, G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (self->streams, selected);
  on_stream (self);
}

void
tide_quarantine_browser_set_pipeline (TideQuarantineBrowser *self, TidePipeline *pipeline)
{
  g_set_object (&self->pipeline, pipeline);
  restart (self);
  tide_quarantine_browser_workspace_changed (self);
}

/* Columns */

typedef enum
{
  COLUMN_RECEIVED,
  COLUMN_STREAM,
  COLUMN_REASON,
  COLUMN_SOURCE,
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
  if (GPOINTER_TO_INT (data) >= COLUMN_SOURCE)
    gtk_widget_add_css_class (label, "dim-label");
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, void *data)
{
  const TideQuarantined *entry = TIDE_QUARANTINE_ITEM (gtk_list_item_get_item (item))->entry;
  GtkWidget *child = gtk_list_item_get_child (item);
  GtkLabel *label = GTK_LABEL (GTK_IS_BOX (child) ? gtk_widget_get_last_child (child) : child);
  g_autofree char *received = tide_format_clock_ms (entry->received, NULL), *day = NULL;
  const char *const texts[N_COLUMNS] = { received, entry->stream, entry->reason, entry->source, entry->position };

  gtk_label_set_text (label, texts[GPOINTER_TO_INT (data)] != NULL ? texts[GPOINTER_TO_INT (data)] : TIDE_NO_VALUE);
  if (GPOINTER_TO_INT (data) != COLUMN_RECEIVED)
    return;
  day = tide_format_date (entry->received, NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (label), day);
}

static void
add_columns (TideQuarantineBrowser *self)
{
  static const struct
  {
    const char *title;
    int width; /* 0: the rest */
  } columns[N_COLUMNS] = {
    [COLUMN_RECEIVED] = { N_ ("received"), 116 }, [COLUMN_STREAM] = { N_ ("stream"), 96 },
    [COLUMN_REASON] = { N_ ("reason"), 0 },       [COLUMN_SOURCE] = { N_ ("source"), 110 },
    [COLUMN_POSITION] = { N_ ("position"), 150 },
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
      gtk_column_view_append_column (self->table, column);
    }
}

/* The object */

static void
tide_quarantine_browser_dispose (GObject *object)
{
  TideQuarantineBrowser *self = TIDE_QUARANTINE_BROWSER (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->pipeline);
  g_clear_object (&self->items);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_pointer (&self->stream, g_free);
  G_OBJECT_CLASS (tide_quarantine_browser_parent_class)->dispose (object);
}

static void
tide_quarantine_browser_class_init (TideQuarantineBrowserClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_quarantine_browser_dispose;
  g_type_ensure (TIDE_TYPE_JSON_PANEL);
  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-quarantine-browser.ui");
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, streams);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, count);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, mistake);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, scroller);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, table);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, nothing);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, main);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, quarantine);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, json);
  gtk_widget_class_bind_template_callback (widget_class, on_stream);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_follow);
}

static void
tide_quarantine_browser_init (TideQuarantineBrowser *self)
{
  self->items = g_list_store_new (TIDE_TYPE_QUARANTINE_ITEM);
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->cancellable = g_cancellable_new ();
  self->counted = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->items)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self);
  gtk_column_view_set_model (self->table, GTK_SELECTION_MODEL (self->selection));
  g_object_unref (self->selection); /* the table keeps it */
  g_signal_connect (self->scroller, "edge-reached", G_CALLBACK (on_edge), self);
  add_columns (self);
  on_selected (self);
  update_count (self);
}
