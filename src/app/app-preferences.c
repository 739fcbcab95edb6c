/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The preferences window: pages over the workspace file. Every edit is a copy of the file's text with lines changed,
 * given to the pipeline to check, save and take up; edits wait for each other in a queue, and each starts from the one
 * before it, so that two switches in quick succession do not undo one another. Removals offer Undo.
 * Limit: an edit that waits behind one that fails is checked with it still in the text, so it may fail for that. */
#include "app-preferences-private.h"

#include "app-accessible.h"
#include "app-undo-toast.h"

#include <glib/gi18n.h>

typedef struct
{
  TideConf *conf, *before;
  char *undo;
  GtkWidget *owner; /* weak */
  TidePreferencesApplied applied;
} Edit;

struct _TidePreferences
{
  AdwPreferencesWindow parent_instance;

  TidePipeline *pipeline;
  TideSourcesPage *sources;
  TideMetricsPage *metrics;
  TideSettingsPage *batch, *storage, *general;
  TidePricesPage *prices;
  GQueue edits; /* the head is under way when busy */
  bool busy;
  guint tick, restore;
  GtkWidget *origin; /* weak: had the focus before the subpage */
};

G_DEFINE_FINAL_TYPE (TidePreferences, tide_preferences, ADW_TYPE_PREFERENCES_WINDOW)

/* What Undo of a toast brings back. */
typedef struct
{
  TidePreferences *window; /* weak */
  TideConf *before, *after;
} Undo;

static void
edit_free (Edit *edit)
{
  g_clear_weak_pointer (&edit->owner);
  tide_conf_free (edit->conf);
  tide_conf_free (edit->before);
  g_free (edit->undo);
  g_free (edit);
}

static void
undo_free (void *data)
{
  Undo *undo = data;

  g_clear_weak_pointer (&undo->window);
  tide_conf_free (undo->before);
  tide_conf_free (undo->after);
  g_free (undo);
}

TidePipeline *
tide_preferences_get_pipeline (TidePreferences *self)
{
  return self->pipeline;
}

TidePreferences *
tide_preferences_of (GtkWidget *widget)
{
  return TIDE_PREFERENCES (gtk_widget_get_ancestor (widget, TIDE_TYPE_PREFERENCES));
}

void
tide_preferences_toast (TidePreferences *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), adw_toast_new (escaped));
}

/* Edits */

TideConf *
tide_preferences_edit (TidePreferences *self)
{
  const Edit *last = g_queue_peek_tail (&self->edits);
  g_autoptr (TideWorkspace) workspace = NULL;

  if (last != NULL)
    return tide_conf_copy (last->conf);
  workspace = tide_pipeline_get_workspace (self->pipeline);
  return tide_conf_copy (workspace->conf);
}

static void
copy_section (TideConf *conf, const TideConf *from, guint section)
{
  const char *name = tide_conf_get_section (from, section, NULL);

  for (guint i = 0; i < tide_conf_get_n_keys (from, section); i++)
    {
      const char *value;
      const char *key = tide_conf_get_key (from, section, i, &value, NULL);

      tide_conf_set (conf, name, key, value);
    }
}

/* The file as before when nothing else was edited since; else only the sections that were removed. */
static void
on_undo (void *data)
{
  const Undo *undo = data;
  g_autoptr (TideConf) conf = NULL;
  g_autofree char *now = NULL, *then = NULL;

  if (undo->window == NULL)
    return;
  conf = tide_preferences_edit (undo->window);
  now = tide_conf_to_text (conf);
  then = tide_conf_to_text (undo->after);
  if (g_str_equal (now, then))
    {
      tide_preferences_apply (undo->window, tide_conf_copy (undo->before), NULL, NULL, NULL);
      return;
    }
  for (guint i = 0; i < tide_conf_get_n_sections (undo->before); i++)
    {
      const char *name = tide_conf_get_section (undo->before, i, NULL);

      if (!tide_conf_has_section (undo->after, name) && !tide_conf_has_section (conf, name))
        copy_section (conf, undo->before, i);
    }
  tide_preferences_apply (undo->window, g_steal_pointer (&conf), NULL, NULL, NULL);
}

static void
offer_undo (TidePreferences *self, const Edit *edit)
{
  Undo *undo = g_new0 (Undo, 1);

  g_set_weak_pointer (&undo->window, self);
  undo->before = tide_conf_copy (edit->before);
  undo->after = tide_conf_copy (edit->conf);
  tide_undo_toast (GTK_WIDGET (self->sources), edit->undo, on_undo, undo, undo_free);
}

static void start_edit (TidePreferences *self);

static void
on_applied (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TidePreferences) self = data;
  g_autoptr (GError) error = NULL;
  Edit *edit = g_queue_pop_head (&self->edits);

  tide_pipeline_apply_finish (TIDE_PIPELINE (object), result, &error);
  if (self->pipeline != NULL)
    {
      if (edit->applied == NULL && error != NULL)
        tide_preferences_toast (self, error->message);
      if (edit->applied != NULL && edit->owner != NULL)
        edit->applied (edit->owner, error);
      if (error == NULL && edit->undo != NULL)
        offer_undo (self, edit);
    }
  edit_free (edit);
  self->busy = false;
  start_edit (self);
}

static void
start_edit (TidePreferences *self)
{
  const Edit *edit = g_queue_peek_head (&self->edits);

  if (edit == NULL || self->busy || self->pipeline == NULL)
    return;
  self->busy = true;
  tide_pipeline_apply_async (self->pipeline, edit->conf, NULL, on_applied, g_object_ref (self));
}

void
tide_preferences_apply (TidePreferences *self, TideConf *conf, const char *undo, GtkWidget *owner,
                        TidePreferencesApplied applied)
{
  Edit *edit = g_new0 (Edit, 1);

  edit->before = tide_preferences_edit (self);
  edit->conf = conf;
  edit->undo = g_strdup (undo);
  edit->applied = applied;
  g_set_weak_pointer (&edit->owner, owner);
  g_queue_push_tail (&self->edits, edit);
  start_edit (self);
}

/* Rows */

void
tide_preferences_name (GtkWidget *widget, const char *name)
{
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
tide_preferences_set_problem (GtkWidget *row, const char *title, const char *problem)
{
  g_autofree char *text = problem != NULL ? g_strdup_printf ("%s – %s", title, problem) : g_strdup (title);

  if (problem != NULL)
    gtk_widget_add_css_class (row, "error");
  else
    gtk_widget_remove_css_class (row, "error");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), text);
  gtk_widget_set_tooltip_text (row, problem);
  if (ADW_IS_ENTRY_ROW (row))
    tide_preferences_name (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (row))), text);
}

GtkWidget *
tide_preferences_row_new (const char *title, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  return row;
}

static void
on_cancel (GtkWidget *button)
{
  adw_preferences_window_close_subpage (ADW_PREFERENCES_WINDOW (tide_preferences_of (button)));
}

static gboolean
on_escape (GtkWidget *subpage, GVariant *arguments, void *data)
{
  on_cancel (subpage);
  return TRUE;
}

/* The window's own Escape is not heard where a row of a list has the focus. */
static void
add_escape (GtkWidget *subpage)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                                                          gtk_callback_action_new (on_escape, NULL, NULL)));
  gtk_widget_add_controller (subpage, keys);
}

GtkWidget *
tide_preferences_subpage_new (const char *title, GtkWidget *child, const char *accept, GtkWidget **ret_accept)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *bar = adw_header_bar_new ();
  GtkWidget *cancel = gtk_button_new_with_mnemonic (accept != NULL ? _ ("_Cancel") : _ ("_Back"));
  GtkWidget *button = accept != NULL ? gtk_button_new_with_mnemonic (accept) : NULL;

  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (bar), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (bar), FALSE);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (bar), adw_window_title_new (title, NULL));
  adw_header_bar_pack_start (ADW_HEADER_BAR (bar), cancel);
  gtk_widget_set_tooltip_text (cancel, accept != NULL ? _ ("Back without a change (Escape)") : _ ("Back (Escape)"));
  if (button != NULL)
    {
      adw_header_bar_pack_end (ADW_HEADER_BAR (bar), button);
      gtk_widget_add_css_class (button, "suggested-action");
      *ret_accept = button;
    }
  g_signal_connect (cancel, "clicked", G_CALLBACK (on_cancel), NULL);
  gtk_widget_set_vexpand (child, TRUE);
  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), child);
  tide_accessible_name_buttons (box);
  add_escape (box);
  return box;
}

/* The keyboard's place. A subpage that slides away takes the focus with it, and without one no key does anything, not
 * even Escape: it goes back to the row that the subpage came from. */

void
tide_preferences_present (TidePreferences *self, GtkWidget *subpage)
{
  g_set_weak_pointer (&self->origin, gtk_window_get_focus (GTK_WINDOW (self)));
  adw_preferences_window_present_subpage (ADW_PREFERENCES_WINDOW (self), subpage);
}

static bool
has_no_focus (TidePreferences *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  return focus == NULL || !gtk_widget_get_mapped (focus);
}

static gboolean
restore_focus (void *data)
{
  g_autoptr (TidePreferences) self = data;

  self->restore = 0;
  if (self->pipeline == NULL || !has_no_focus (self))
    return G_SOURCE_REMOVE;
  if (self->origin == NULL || !gtk_widget_get_mapped (self->origin) || !gtk_widget_grab_focus (self->origin))
    gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
  return G_SOURCE_REMOVE;
}

static void
on_focus (TidePreferences *self)
{
  if (has_no_focus (self) && self->restore == 0 && self->pipeline != NULL)
    self->restore = g_idle_add (restore_focus, g_object_ref (self));
}

/* The window */

static void
show_status (TidePreferences *self, const TideStatus *status)
{
  tide_sources_page_tick (self->sources, status);
  tide_settings_page_tick (self->storage, status);
}

static void
update_pages (TidePreferences *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  TideStatus *status = tide_pipeline_get_status (self->pipeline);

  tide_sources_page_update (self->sources, self, workspace);
  tide_metrics_page_update (self->metrics, self, workspace);
  tide_settings_page_update (self->batch, workspace);
  tide_prices_page_update (self->prices, workspace);
  tide_settings_page_update (self->storage, workspace);
  tide_settings_page_update (self->general, workspace);
  if (status != NULL)
    show_status (self, status);
  g_clear_pointer (&status, tide_status_unref);
}

static gboolean
on_tick (void *data)
{
  TidePreferences *self = data;
  TideStatus *status = tide_pipeline_get_status (self->pipeline);

  if (status != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    show_status (self, status);
  g_clear_pointer (&status, tide_status_unref);
  return G_SOURCE_CONTINUE;
}

static void
add_page (TidePreferences *self, void *page, const char *name, const char *title, const char *icon)
{
  adw_preferences_page_set_name (page, name);
  adw_preferences_page_set_title (page, title);
  adw_preferences_page_set_icon_name (page, icon);
  tide_accessible_hide_unmapped (page);
  adw_preferences_window_add (ADW_PREFERENCES_WINDOW (self), page);
}

static void
tide_preferences_dispose (GObject *object)
{
  TidePreferences *self = TIDE_PREFERENCES (object);

  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_weak_pointer (&self->origin);
  if (self->pipeline != NULL)
    g_signal_handlers_disconnect_by_data (self->pipeline, self);
  g_clear_object (&self->pipeline);
  G_OBJECT_CLASS (tide_preferences_parent_class)->dispose (object);
}

static void
tide_preferences_finalize (GObject *object)
{
  TidePreferences *self = TIDE_PREFERENCES (object);

  g_queue_clear_full (&self->edits, (GDestroyNotify) edit_free);
  G_OBJECT_CLASS (tide_preferences_parent_class)->finalize (object);
}

static void
tide_preferences_class_init (TidePreferencesClass *class)
{
  G_OBJECT_CLASS (class)->dispose = tide_preferences_dispose;
  G_OBJECT_CLASS (class)->finalize = tide_preferences_finalize;
}

static void
tide_preferences_init (TidePreferences *self)
{
  g_queue_init (&self->edits);
  gtk_window_set_default_size (GTK_WINDOW (self), 860, 800);
  gtk_window_set_title (GTK_WINDOW (self), _ ("Preferences"));
  self->sources = g_object_new (TIDE_TYPE_SOURCES_PAGE, NULL);
  self->metrics = g_object_new (TIDE_TYPE_METRICS_PAGE, NULL);
  self->batch = tide_settings_page_new (TIDE_SETTINGS_BATCH);
  self->prices = g_object_new (TIDE_TYPE_PRICES_PAGE, NULL);
  self->storage = tide_settings_page_new (TIDE_SETTINGS_STORAGE);
  self->general = tide_settings_page_new (TIDE_SETTINGS_GENERAL);
  add_page (self, self->sources, "sources", _ ("Sources"), "network-transmit-receive-symbolic");
  add_page (self, self->metrics, "metrics", _ ("Metrics"), "tide-live-symbolic");
  add_page (self, self->batch, "batch", _ ("Batch"), "tide-analyses-symbolic");
  add_page (self, self->prices, "prices", _ ("Prices"), "tide-cost-symbolic");
  add_page (self, self->storage, "storage", _ ("Storage"), "drive-harddisk-symbolic");
  add_page (self, self->general, "general", _ ("General"), "preferences-system-symbolic");
  g_signal_connect (self, "notify::focus-widget", G_CALLBACK (on_focus), NULL);
}

/* Libadwaita's own button has an icon and no name. */
static void
name_search (GtkWidget *root)
{
  if (GTK_IS_BUTTON (root) && g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (root)), "edit-find-symbolic") == 0)
    tide_preferences_name (root, _ ("Search"));
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    name_search (child);
}

/**
 * tide_preferences_new:
 * @parent: (nullable): the window that it belongs to
 *
 * Returns: (transfer none): a window that is not shown yet; closing it destroys it
 * Thread: main.
 */
GtkWindow *
tide_preferences_new (TidePipeline *pipeline, GtkWindow *parent)
{
  TidePreferences *self = g_object_new (TIDE_TYPE_PREFERENCES, "transient-for", parent, "modal", parent != NULL, NULL);

  self->pipeline = g_object_ref (pipeline);
  g_signal_connect_swapped (pipeline, "changed", G_CALLBACK (update_pages), self);
  update_pages (self);
  tide_accessible_name_buttons (GTK_WIDGET (self));
  name_search (GTK_WIDGET (self));
  self->tick = g_timeout_add_seconds (1, on_tick, self);
  return GTK_WINDOW (self);
}

void
tide_preferences_show_add_source (TidePreferences *self)
{
  adw_preferences_window_set_visible_page (ADW_PREFERENCES_WINDOW (self), ADW_PREFERENCES_PAGE (self->sources));
  tide_sources_page_add (self->sources);
}

void
tide_preferences_show_rules (TidePreferences *self, const char *stream)
{
  adw_preferences_window_set_visible_page (ADW_PREFERENCES_WINDOW (self), ADW_PREFERENCES_PAGE (self->sources));
  tide_preferences_present (self, tide_rules_editor_new (self, stream));
}

void
tide_preferences_show_add_metric (TidePreferences *self)
{
  adw_preferences_window_set_visible_page (ADW_PREFERENCES_WINDOW (self), ADW_PREFERENCES_PAGE (self->metrics));
  tide_preferences_present (self, tide_metric_editor_new (self, NULL));
}
