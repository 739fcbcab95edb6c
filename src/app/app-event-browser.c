/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event browser. It reads from the store, on a worker, so that every row has its _seq and a filter means the same
 * as in a metric; the snapshot only says that there is something new to read. It follows while its top is in view, and
 * reads older events when its end comes into view. At most MAX_ROWS rows are kept, and MAX_BYTES but for what one read
 * brings. */
#include "app-event-browser.h"

#include "app-format.h"
#include "app-json-panel.h"
#include "app-newest-first.h"
#include "app-wrap-box.h"

#include <glib/gi18n.h>
#include <string.h>

#define PAGE 100
#define MAX_ROWS 2000
#define MAX_BYTES (32 * 1024 * 1024)
#define MAX_SCAN 2000000
#define COMPACT_BELOW 560
#define FOLLOW_US TIDE_SECOND

struct _TideEventItem
{
  GObject parent_instance;

  TideEvent *event;
};

G_DEFINE_FINAL_TYPE (TideEventItem, tide_event_item, G_TYPE_OBJECT)

struct _TideEventBrowser
{
  AdwBin parent_instance;

  GtkDropDown *streams;
  GtkEditable *filter;
  GtkLabel *count, *mistake;
  GtkScrolledWindow *scroller;
  GtkColumnView *table;
  GtkToggleButton *quarantine;
  GtkWidget *main, *nothing;
  TideJsonPanel *json;
  TidePipeline *pipeline;
  TideWorkspace *workspace;
  const TideStream *stream; /* a reference */
  GListStore *items;
  GtkSingleSelection *selection;
  GCancellable *cancellable;
  char *where;              /* text of the filter that holds; NULL: all */
  gint64 asked_us;
  TideTime newest;          /* of the stream when it was last read, and its last event then */
  TideSeq seq;
  gsize bytes;              /* of all rows */
  bool busy, at_end;
};

G_DEFINE_FINAL_TYPE (TideEventBrowser, tide_event_browser, ADW_TYPE_BIN)

/* Rows */

static void
tide_event_item_finalize (GObject *object)
{
  tide_event_free (TIDE_EVENT_ITEM (object)->event);
  G_OBJECT_CLASS (tide_event_item_parent_class)->finalize (object);
}

static void
tide_event_item_class_init (TideEventItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_event_item_finalize;
}

static void
tide_event_item_init (TideEventItem *self)
{
}

TideEventItem *
tide_event_item_new (TideEvent *event)
{
  TideEventItem *self = g_object_new (TIDE_TYPE_EVENT_ITEM, NULL);

  self->event = event;
  return self;
}

const TideEvent *
tide_event_item_get (TideEventItem *self)
{
  return self->event;
}

/* Reading */

typedef struct
{
  const TideStream *stream;
  char *where;
  TideSeq before;
} Ask;

static void
ask_free (void *data)
{
  Ask *ask = data;

  tide_stream_unref (ask->stream);
  g_free (ask->where);
  g_free (ask);
}

static void *
read_events (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  Ask *ask = data;
  g_autoptr (TidePredicate) where = NULL;

  if (ask->where != NULL && (where = tide_predicate_new (ask->where, ask->stream, error)) == NULL)
    return NULL;
  return tide_serving_get_events (tide_pipeline_get_serving (pipeline), ask->stream, where, ask->before, PAGE, MAX_SCAN,
                                  cancellable, error);
}

static gint64
key_of (gpointer item)
{
  return TIDE_EVENT_ITEM (item)->event->seq;
}

static gsize
bytes_of (gpointer item)
{
  return TIDE_EVENT_ITEM (item)->event->bytes;
}

static void
update_count (TideEventBrowser *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));
  g_autofree char *number = tide_format_int (n), *text = NULL;

  text = g_strdup_printf (self->where != NULL ? ngettext ("%s match", "%s matches", n) : _ ("newest %s"), number);
  gtk_label_set_text (self->count, text);
  gtk_widget_set_visible (self->nothing, n == 0);
}

static bool
is_at_top (TideEventBrowser *self)
{
  return gtk_adjustment_get_value (gtk_scrolled_window_get_vadjustment (self->scroller)) < 12;
}

/* The list would hold on to the row that was first. */
static void
scroll_to_top (TideEventBrowser *self)
{
  GtkWidget *list = gtk_widget_get_last_child (GTK_WIDGET (self->table));

  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) > 0)
    gtk_widget_activate_action (list, "list.scroll-to-item", "u", 0);
}

static void
add_events (TideEventBrowser *self, GPtrArray *events)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  bool at_top = is_at_top (self), newer;

  for (guint i = 0; i < events->len; i++)
    g_ptr_array_add (items, tide_event_item_new (g_steal_pointer (&g_ptr_array_index (events, i))));
  newer = tide_newest_first_add (self->items, items, key_of);
  self->bytes = tide_newest_first_trim (self->items, newer ? MAX_ROWS : G_MAXUINT, newer ? MAX_BYTES : G_MAXSIZE, bytes_of);
  if (newer && at_top)
    scroll_to_top (self);
}

static void
show_mistake (TideEventBrowser *self, const char *text)
{
  gtk_label_set_text (self->mistake, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->mistake), text != NULL);
  if (text != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->filter), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->filter), "error");
}

static void
on_events (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideEventBrowser) self = data;
  g_autoptr (GError) error = NULL;
  GCancellable *asked = g_task_get_cancellable (G_TASK (result));
  g_autoptr (GPtrArray) events = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  bool older = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (asked), "older"));

  if (asked != self->cancellable) /* another stream or filter by now */
    return;
  self->busy = false;
  if (events == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
          && !g_error_matches (error, TIDE_ERROR, TIDE_ERROR_CANCELLED))
        show_mistake (self, error->message);
      return;
    }
  if (older)
    self->at_end = events->len == 0;
  add_events (self, events);
  update_count (self);
}

static void
ask (TideEventBrowser *self, TideSeq before)
{
  Ask *ask;

  if (self->busy || self->pipeline == NULL || self->stream == NULL)
    return;
  self->busy = true;
  self->asked_us = g_get_monotonic_time ();
  g_object_set_data (G_OBJECT (self->cancellable), "older", GINT_TO_POINTER (before > 0));
  ask = g_new0 (Ask, 1);
  ask->stream = tide_stream_ref (self->stream);
  ask->where = g_strdup (self->where);
  ask->before = before;
  tide_pipeline_run_async (self->pipeline, read_events, ask, ask_free, (GDestroyNotify) g_ptr_array_unref,
                           self->cancellable, on_events, g_object_ref (self));
}

/* Another stream, another filter: what is under way counts no more. */
static void
restart (TideEventBrowser *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->busy = self->at_end = false;
  self->newest = TIDE_TIME_NONE;
  self->seq = 0;
  g_list_store_remove_all (self->items);
  update_count (self);
  ask (self, 0);
}

void
tide_event_browser_tick (TideEventBrowser *self, const TideLiveSnapshot *snapshot, const TideStatus *status,
                         bool paused)
{
  const TideStreamInfo *info;
  TideTime newest = TIDE_TIME_NONE;
  TideSeq seq;

  tide_json_panel_fit (self->json, self->main, gtk_widget_get_width (GTK_WIDGET (self)));
  gtk_widget_set_visible (GTK_WIDGET (self->count), gtk_widget_get_width (GTK_WIDGET (self)) >= COMPACT_BELOW);
  if (self->stream == NULL || paused || !is_at_top (self))
    return;
  for (guint i = 0; i < snapshot->n_streams; i++)
    if (strcmp (snapshot->streams[i].stream->name, self->stream->name) == 0)
      newest = snapshot->streams[i].n_tail > 0 ? snapshot->time : snapshot->streams[i].newest;
  /* What is older than the live rings reach back shows in the count of what is stored alone. */
  info = tide_status_find_stream (status, self->stream->name);
  seq = info != NULL ? info->seq : 0;
  if ((newest == self->newest && seq == self->seq) || g_get_monotonic_time () - self->asked_us < FOLLOW_US)
    return;
  self->newest = newest;
  self->seq = seq;
  ask (self, 0);
}

static void
on_edge (GtkScrolledWindow *scroller, GtkPositionType edge, TideEventBrowser *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));

  if (edge == GTK_POS_BOTTOM && n > 0 && n < MAX_ROWS && self->bytes < MAX_BYTES && !self->at_end)
    ask (self, tide_newest_first_oldest (self->items, key_of));
}

/* What the person sets */

static void
on_filter (TideEventBrowser *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->filter)));
  g_autoptr (GError) error = NULL;
  g_autoptr (TidePredicate) where = NULL;

  if (self->stream == NULL)
    return;
  if (*text != '\0' && (where = tide_predicate_new (text, self->stream, &error)) == NULL)
    {
      show_mistake (self, error->message);
      return;
    }
  show_mistake (self, NULL);
  if (g_strcmp0 (self->where, where != NULL ? text : NULL) == 0)
    return;
  g_free (self->where);
  self->where = where != NULL ? g_strdup (text) : NULL;
  restart (self);
}

static void
set_stream (TideEventBrowser *self, const TideStream *stream)
{
  const TideStream *before = self->stream;

  self->stream = stream != NULL ? tide_stream_ref (stream) : NULL;
  tide_stream_unref (before);
  tide_event_columns_set (self->table, stream);
  show_mistake (self, NULL);
  g_clear_pointer (&self->where, g_free);
  restart (self);
  on_filter (self);
}

static void
on_stream (TideEventBrowser *self)
{
  guint index = gtk_drop_down_get_selected (self->streams);

  if (self->workspace == NULL || index >= self->workspace->streams->len)
    set_stream (self, NULL);
  else if (self->stream != g_ptr_array_index (self->workspace->streams, index))
    set_stream (self, g_ptr_array_index (self->workspace->streams, index));
}

static void
on_selected (TideEventBrowser *self)
{
  TideEventItem *item = gtk_single_selection_get_selected_item (self->selection);
  g_autofree char *json = NULL, *size = NULL, *seq = NULL;

  if (item == NULL || self->stream == NULL)
    {
      tide_json_panel_show (self->json, NULL, NULL, NULL);
      return;
    }
  json = tide_event_to_json (item->event, self->stream);
  seq = tide_format_int (item->event->seq);
  size = item->event->payload != NULL ? tide_format_bytes ((gint64) strlen (item->event->payload))
                                      : g_strdup (_ ("from its fields"));
  tide_json_panel_show (self->json, item->event->key != NULL ? item->event->key : seq, size, json);
}

static void
on_activate (TideEventBrowser *self)
{
  tide_json_panel_open (self->json);
}

static void
on_follow (TideEventBrowser *self)
{
  scroll_to_top (self);
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
}

/* The way to the quarantine says how much is in it. */
void
tide_event_browser_set_quarantined (TideEventBrowser *self, const char *label)
{
  if (g_strcmp0 (gtk_button_get_label (GTK_BUTTON (self->quarantine)), label) != 0)
    gtk_button_set_label (GTK_BUTTON (self->quarantine), label);
}

void
tide_event_browser_search (TideEventBrowser *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->filter));
}

void
tide_event_browser_workspace_changed (TideEventBrowser *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autofree char *before = self->stream != NULL ? g_strdup (self->stream->name) : NULL;
  guint selected = 0;

  g_clear_pointer (&self->workspace, tide_workspace_unref);
  if (self->pipeline != NULL)
    self->workspace = tide_pipeline_get_workspace (self->pipeline);
  for (guint i = 0; self->workspace != NULL && i < self->workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (self->workspace->streams, i);

      gtk_string_list_append (names, stream->name);
      if (g_strcmp0 (stream->name, before) == 0)
        selected = i;
    }
  gtk_drop_down_set_model (self->streams, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->streams, selected);
  on_stream (self);
}

void
tide_event_browser_set_pipeline (TideEventBrowser *self, TidePipeline *pipeline)
{
  g_set_object (&self->pipeline, pipeline);
  tide_event_browser_workspace_changed (self);
}

/* The object */

static void
tide_event_browser_dispose (GObject *object)
{
  TideEventBrowser *self = TIDE_EVENT_BROWSER (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->pipeline);
  g_clear_object (&self->items);
  g_clear_pointer (&self->workspace, tide_workspace_unref);
  tide_stream_unref (g_steal_pointer (&self->stream));
  g_clear_pointer (&self->where, g_free);
  G_OBJECT_CLASS (tide_event_browser_parent_class)->dispose (object);
}

static void
tide_event_browser_class_init (TideEventBrowserClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_event_browser_dispose;
  g_type_ensure (TIDE_TYPE_JSON_PANEL);
  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-event-browser.ui");
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, streams);
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, filter);
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, count);
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, mistake);
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, scroller);
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, table);
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, nothing);
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, json);
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, main);
  gtk_widget_class_bind_template_child (widget_class, TideEventBrowser, quarantine);
  gtk_widget_class_bind_template_callback (widget_class, on_filter);
  gtk_widget_class_bind_template_callback (widget_class, on_stream);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_follow);
}

static void
tide_event_browser_init (TideEventBrowser *self)
{
  self->items = g_list_store_new (TIDE_TYPE_EVENT_ITEM);
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->items)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self);
  gtk_column_view_set_model (self->table, GTK_SELECTION_MODEL (self->selection));
  g_object_unref (self->selection); /* the table keeps it */
  g_signal_connect (self->scroller, "edge-reached", G_CALLBACK (on_edge), self);
  on_selected (self);
}
