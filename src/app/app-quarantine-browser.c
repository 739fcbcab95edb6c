/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quarantine as a table, newest first, of one stream or all. It reads a page on a worker when the status counts more
 * than before, and older ones when its end comes into view; at most MAX_ROWS rows and MAX_BYTES are kept. A payload is shown
 * as it came: what is no text is shown with its odd bytes replaced, what is very long is cut. Rows hold no payload, since
 * MAX_ROWS of them could be gigabytes: the one that is selected is read. Several may be selected, to be acted on at once.
 * The full form, of the Quality pane, filters by state, rule and words, and has the buttons of app-quarantine-acts.h. */
#include "app-quarantine-browser.h"

#include "app-format.h"
#include "app-json-panel.h"
#include "app-newest-first.h"
#include "app-quarantine-acts.h"
#include "app-quarantine-read.h"
#include "app-quarantine-table.h"
#include "app-wrap-box.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_ROWS 2000
#define MAX_BYTES (32 * 1024 * 1024)
#define SHOWN_BYTES (256 * 1024)

/* The states by which the full form filters. */
typedef enum
{
  WAITING,
  REPLAYED,
  DISCARDED,
  N_STATES,
} State;

static const char *const state_names[N_STATES] = { "new", "replayed", "discarded" };

struct _TideQuarantineBrowser
{
  AdwBin parent_instance;

  GtkDropDown *streams;
  GtkLabel *count, *mistake, *heading;
  GtkWidget *tables, *states_box, *export_button, *replay_button, *discard_button, *follow_button;
  GtkToggleButton *states[N_STATES];
  GtkSearchEntry *words;
  GtkScrolledWindow *scroller;
  GtkColumnView *table;
  GtkToggleButton *quarantine;
  GtkWidget *main;
  GtkLabel *nothing;
  TideJsonPanel *json;
  TideQuarantineActs *acts;  /* NULL: not the full form */
  TidePipeline *pipeline;
  GPtrArray *names;          /* char*, of the drop-down after "All streams" */
  TideQuarantineWanted wanted;
  GListStore *items;
  GtkMultiSelection *selection;
  GCancellable *cancellable;
  gint64 counted;            /* by the status when it was last read; -1: never */
  bool busy, at_end;
};

G_DEFINE_FINAL_TYPE (TideQuarantineBrowser, tide_quarantine_browser, ADW_TYPE_BIN)

enum
{
  CHANGED,
  EXPORT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* Reading */

static void
update_count (TideQuarantineBrowser *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));
  g_autofree char *number = tide_format_int (n), *text = g_strdup_printf (_ ("newest %s"), number);

  gtk_label_set_text (self->count, text);
  gtk_widget_set_visible (GTK_WIDGET (self->nothing), n == 0);
  gtk_widget_set_sensitive (self->replay_button, n > 0 && g_strcmp0 (self->wanted.state, state_names[WAITING]) == 0);
  gtk_widget_set_sensitive (self->discard_button, gtk_widget_get_sensitive (self->replay_button));
  gtk_label_set_text (self->nothing, self->wanted.rule != NULL || self->wanted.text != NULL || self->wanted.state != NULL
                                         ? _ ("Nothing like this in quarantine")
                                         : _ ("Nothing in quarantine"));
}

static void on_selected (TideQuarantineBrowser *self);

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
    g_ptr_array_add (items, tide_quarantine_item_new (g_steal_pointer (&g_ptr_array_index (entries, i))));
  self->at_end = items->len < TIDE_QUARANTINE_PAGE;
  if (tide_newest_first_add (self->items, items, tide_quarantine_item_key))
    tide_newest_first_trim (self->items, MAX_ROWS, MAX_BYTES, tide_quarantine_item_bytes);
  update_count (self);
}

static void
ask (TideQuarantineBrowser *self, gint64 before_id)
{
  if (self->busy || self->pipeline == NULL)
    return;
  self->busy = true;
  tide_quarantine_list_async (self->pipeline, &self->wanted, before_id, self->cancellable, on_entries, g_object_ref (self));
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
  on_selected (self); /* which a removal does not tell */
  update_count (self);
}

void
tide_quarantine_browser_tick (TideQuarantineBrowser *self, const TideStatus *status)
{
  gint64 counted = 0;

  tide_json_panel_fit (self->json, self->main, gtk_widget_get_width (GTK_WIDGET (self)));
  for (guint i = 0; status != NULL && i < status->n_streams; i++)
    if (self->wanted.stream == NULL || g_str_equal (self->wanted.stream, status->streams[i].name))
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
    ask (self, tide_newest_first_oldest (self->items, tide_quarantine_item_key));
}

/* What the person sets */

static void
set_text (TideQuarantineBrowser *self, char **place, const char *text)
{
  if (g_strcmp0 (*place, text) == 0)
    return;
  g_free (*place);
  *place = g_strdup (text);
  restart (self);
}

static void
on_stream (TideQuarantineBrowser *self)
{
  guint selected = gtk_drop_down_get_selected (self->streams);

  set_text (self, &self->wanted.stream,
            selected > 0 && selected <= self->names->len ? g_ptr_array_index (self->names, selected - 1) : NULL);
  tide_quarantine_table_set_of_stream (self->table, self->wanted.stream != NULL);
}

static void
on_state (TideQuarantineBrowser *self)
{
  for (guint i = 0; i < N_STATES; i++)
    if (gtk_toggle_button_get_active (self->states[i]))
      set_text (self, &self->wanted.state, state_names[i]);
}

static void
on_words (TideQuarantineBrowser *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->words));

  set_text (self, &self->wanted.text, *text != '\0' ? text : NULL);
}

static void
on_replay_all (TideQuarantineBrowser *self)
{
  tide_quarantine_acts_replay_all (self->acts, &self->wanted);
}

static void
on_discard_all (TideQuarantineBrowser *self)
{
  tide_quarantine_acts_discard_all (self->acts, &self->wanted);
}

static void
on_export (TideQuarantineBrowser *self)
{
  g_signal_emit (self, signals[EXPORT], 0);
}

/* An entry was edited or has another state now: what is shown is read again. */
static void
on_acted (TideQuarantineBrowser *self)
{
  restart (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* The one that is selected, or NULL when none is or several are. */
static const TideQuarantined *
get_selected (TideQuarantineBrowser *self)
{
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  g_autoptr (TideQuarantineItem) item
      = gtk_bitset_get_size (selected) == 1
            ? g_list_model_get_item (G_LIST_MODEL (self->items), gtk_bitset_get_nth (selected, 0))
            : NULL;

  return item != NULL ? tide_quarantine_item_get_entry (item) : NULL; /* the store keeps it */
}

static void
on_payload (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideQuarantineBrowser) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  const TideQuarantined *shown = self->items != NULL ? get_selected (self) : NULL;
  const TideQuarantined *entry = entries != NULL && entries->len > 0 ? g_ptr_array_index (entries, 0) : NULL;
  g_autofree char *text = NULL, *size = NULL;

  if (shown == NULL || (entry != NULL && entry->id != shown->id)) /* another is selected by now */
    return;
  if (entry == NULL)
    {
      tide_json_panel_show (self->json, shown->reason, error != NULL ? error->message : NULL, NULL);
      return;
    }
  text = tide_quarantine_payload_text (entry->payload, SHOWN_BYTES);
  size = tide_format_bytes (entry->payload != NULL ? (gint64) g_bytes_get_size (entry->payload) : 0);
  tide_json_panel_show (self->json, entry->reason, size, text);
  tide_quarantine_mark_broken (self->json, self->pipeline, entry);
  if (self->acts != NULL)
    tide_quarantine_acts_set_entry (self->acts, entry, text);
}

/* Several at once: their ids as the filter takes them. */
static void
show_many (TideQuarantineBrowser *self, const GtkBitset *selected)
{
  guint64 n = gtk_bitset_get_size (selected);
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autofree char *number = tide_format_int ((gint64) n), *title = g_strdup_printf (_ ("%s events selected"), number);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TideQuarantineItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), gtk_bitset_get_nth (selected, i));

      g_string_append_printf (ids, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", tide_quarantine_item_get_entry (item)->id);
    }
  tide_json_panel_show (self->json, title, NULL, NULL);
  if (self->acts != NULL)
    tide_quarantine_acts_set_many (self->acts, ids->str, self->wanted.state);
}

static void
on_selected (TideQuarantineBrowser *self)
{
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  const TideQuarantined *entry = get_selected (self);

  if (gtk_bitset_get_size (selected) > 1)
    {
      show_many (self, selected);
      return;
    }
  tide_json_panel_show (self->json, entry != NULL ? entry->reason : NULL, NULL, NULL);
  if (self->acts != NULL)
    tide_quarantine_acts_set_entry (self->acts, NULL, NULL);
  if (entry != NULL && self->pipeline != NULL)
    tide_quarantine_read_async (self->pipeline, entry->id, self->cancellable, on_payload, g_object_ref (self));
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
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (self->selection));
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
  gtk_widget_grab_focus (self->acts != NULL ? GTK_WIDGET (self->words) : GTK_WIDGET (self->streams));
}

void
tide_quarantine_browser_set_stream (TideQuarantineBrowser *self, const char *stream)
{
  guint selected = 0;

  for (guint i = 0; stream != NULL && i < self->names->len; i++)
    if (strcmp (stream, g_ptr_array_index (self->names, i)) == 0)
      selected = i + 1;
  gtk_drop_down_set_selected (self->streams, selected);
}

void
tide_quarantine_browser_set_rule (TideQuarantineBrowser *self, const char *rule)
{
  const char *dot = rule != NULL ? strrchr (rule, '.') : NULL;
  g_autofree char *field = dot != NULL ? g_strndup (rule, (gsize) (dot - rule)) : NULL;

  set_text (self, &self->wanted.field, field);
  set_text (self, &self->wanted.rule, dot != NULL ? dot + 1 : NULL);
}

void
tide_quarantine_browser_set_counts (TideQuarantineBrowser *self, gint64 waiting, gint64 replayed, gint64 discarded)
{
  static const char *const titles[N_STATES] = { N_ ("Waiting"), N_ ("Replayed"), N_ ("Discarded") };
  const gint64 counts[N_STATES] = { waiting, replayed, discarded };

  for (guint i = 0; i < N_STATES; i++)
    {
      g_autofree char *number = tide_format_int (counts[i]), *text = g_strdup_printf ("%s %s", _ (titles[i]), number);

      if (g_strcmp0 (gtk_button_get_label (GTK_BUTTON (self->states[i])), text) != 0)
        gtk_button_set_label (GTK_BUTTON (self->states[i]), text);
    }
}

TideAppExport *
tide_quarantine_browser_get_export (TideQuarantineBrowser *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->items)) > 0 ? tide_quarantine_export (&self->wanted) : NULL;
}

void
tide_quarantine_browser_set_full (TideQuarantineBrowser *self)
{
  self->acts = TIDE_QUARANTINE_ACTS (tide_quarantine_acts_new (self->json));
  tide_json_panel_set_footer (self->json, GTK_WIDGET (self->acts));
  g_signal_connect_object (self->acts, "acted", G_CALLBACK (on_acted), self, G_CONNECT_SWAPPED);
  gtk_widget_set_visible (self->tables, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->heading), TRUE);
  gtk_widget_set_visible (self->states_box, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->words), TRUE);
  gtk_widget_set_visible (self->export_button, TRUE);
  gtk_widget_set_visible (self->replay_button, TRUE);
  gtk_widget_set_visible (self->discard_button, TRUE);
  gtk_widget_set_visible (self->follow_button, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->count), FALSE); /* the states count */
  on_state (self);
}

void
tide_quarantine_browser_workspace_changed (TideQuarantineBrowser *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new ((const char *const[]){ _ ("All streams"), NULL });
  g_autoptr (TideWorkspace) workspace = self->pipeline != NULL ? tide_pipeline_get_workspace (self->pipeline) : NULL;
  g_autofree char *before = g_strdup (self->wanted.stream);
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
  if (self->acts != NULL)
    tide_quarantine_acts_set_pipeline (self->acts, pipeline);
  restart (self);
  tide_quarantine_browser_workspace_changed (self);
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
  tide_quarantine_wanted_clear (&self->wanted);
  G_OBJECT_CLASS (tide_quarantine_browser_parent_class)->dispose (object);
}

static void
tide_quarantine_browser_class_init (TideQuarantineBrowserClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_quarantine_browser_dispose;
  signals[CHANGED] = g_signal_new ("changed", TIDE_TYPE_QUARANTINE_BROWSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[EXPORT] = g_signal_new ("export", TIDE_TYPE_QUARANTINE_BROWSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (TIDE_TYPE_JSON_PANEL);
  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-quarantine-browser.ui");
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, streams);
  for (guint i = 0; i < N_STATES; i++)
    gtk_widget_class_bind_template_child_full (widget_class, state_names[i], FALSE,
                                               (gssize) (G_STRUCT_OFFSET (TideQuarantineBrowser, states) + i * sizeof (GtkToggleButton *)));
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, tables);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, states_box);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, export_button);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, replay_button);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, discard_button);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, follow_button);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, heading);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, words);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, count);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, mistake);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, scroller);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, table);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, nothing);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, main);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, quarantine);
  gtk_widget_class_bind_template_child (widget_class, TideQuarantineBrowser, json);
  gtk_widget_class_bind_template_callback (widget_class, on_stream);
  gtk_widget_class_bind_template_callback (widget_class, on_state);
  gtk_widget_class_bind_template_callback (widget_class, on_words);
  gtk_widget_class_bind_template_callback (widget_class, on_export);
  gtk_widget_class_bind_template_callback (widget_class, on_replay_all);
  gtk_widget_class_bind_template_callback (widget_class, on_discard_all);
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
  self->selection = gtk_multi_selection_new (G_LIST_MODEL (g_object_ref (self->items)));
  g_signal_connect_swapped (self->selection, "selection-changed", G_CALLBACK (on_selected), self);
  gtk_column_view_set_model (self->table, GTK_SELECTION_MODEL (self->selection));
  g_object_unref (self->selection); /* the table keeps it */
  g_signal_connect (self->scroller, "edge-reached", G_CALLBACK (on_edge), self);
  tide_quarantine_table_add_columns (self->table);
  on_selected (self);
  update_count (self);
}
