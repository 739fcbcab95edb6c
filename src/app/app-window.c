/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame: sidebar, header bar and the stack of panes. It knows panes only by TideAppPane and their registry. One
 * timer of 100 ms takes the newest snapshot and status and hands them to the pane that is shown, and to nobody while
 * the window is hidden or minimised. */
#include "app-scroll-through.h"
#include "app-window-private.h"

#include "app-accessible.h"
#include "app-format.h"
#include "app-frame-meter.h"
#include "app-preferences.h"

#include <glib/gi18n.h>

#define TICK_MS 100
#define FOLD_BELOW 1000
#define COMPACT_BELOW 560

G_DEFINE_FINAL_TYPE (TideWindow, tide_window, ADW_TYPE_APPLICATION_WINDOW)

void
tide_window_toast (TideWindow *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
}

/* Header */

static void
update_range (TideWindow *self)
{
  const char *label = self->pane != NULL ? tide_app_pane_get_range_label (self->pane) : NULL;
  const TideAppRange *range = self->pane != NULL ? tide_app_pane_get_range (self->pane) : NULL;
  g_autofree char *spoken = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->range_button), label != NULL);
  if (label == NULL)
    return;
  gtk_label_set_text (self->range_label, label);
  spoken = g_strdup_printf (_ ("Time range: %s"), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->range_button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  if (range != NULL)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "range");

      g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_string (range->id));
    }
}

static void
update_subtitle (TideWindow *self)
{
  adw_window_title_set_subtitle (self->title, self->pane != NULL ? tide_app_pane_get_subtitle (self->pane) : "");
}

static void
update_paused (TideWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "pause");
  bool paused = self->pane != NULL && tide_app_pane_get_paused (self->pane);

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (paused));
  gtk_button_set_icon_name (GTK_BUTTON (self->pause_button),
                            paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic");
}

static void
fill_ranges (TideWindow *self)
{
  guint n = 0;
  const TideAppRange *ranges = self->pane != NULL ? tide_app_pane_get_ranges (self->pane, &n) : NULL;
  g_autoptr (GMenu) menu = g_menu_new ();

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (_ (ranges[i].title), NULL);

      g_menu_item_set_action_and_target (item, "win.range", "s", ranges[i].id);
      g_menu_append_item (menu, item);
    }
  gtk_menu_button_set_menu_model (self->range_button, G_MENU_MODEL (menu));
}

/* Where there is no room for a button its key is left; while an alert fires the bell takes the place of pause. */
void
tide_window_update_buttons (TideWindow *self)
{
  bool firing = self->bell_shown > 1, can_pause = self->pane != NULL && tide_app_pane_can_pause (self->pane);

  gtk_widget_set_visible (self->search_button,
                          !self->compact && self->pane != NULL && tide_app_pane_can_search (self->pane));
  gtk_widget_set_visible (GTK_WIDGET (self->pause_button), can_pause && !(self->compact && firing));
  gtk_widget_set_visible (self->bell_button, !self->compact || firing);
}

static void
show_pane (TideWindow *self)
{
  TideAppPane *pane = TIDE_APP_PANE (adw_view_stack_get_visible_child (self->panes));
  const char *name = adw_view_stack_get_visible_child_name (self->panes);
  guint n;
  const TideAppPaneInfo *infos = tide_app_panes (&n);

  if (self->pane != NULL)
    g_signal_handlers_disconnect_by_data (self->pane, self);
  self->pane = pane;
  g_signal_connect_swapped (pane, "notify::subtitle", G_CALLBACK (update_subtitle), self);
  g_signal_connect_swapped (pane, "notify::paused", G_CALLBACK (update_paused), self);
  g_signal_connect_swapped (pane, "notify::range", G_CALLBACK (update_range), self);
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (infos[i].name, name) == 0)
      {
        adw_window_title_set_title (self->title, _ (infos[i].title));
        gtk_list_box_select_row (self->sidebar, gtk_list_box_get_row_at_index (self->sidebar, (int) i));
      }
  tide_window_update_buttons (self);
  fill_ranges (self);
  update_range (self);
  update_subtitle (self);
  update_paused (self);
}

/* Sidebar */

static void
add_panes (TideWindow *self)
{
  guint n;
  const TideAppPaneInfo *infos = tide_app_panes (&n);

  for (guint i = 0; i < n; i++)
    {
      GtkWidget *pane = g_object_new (infos[i].get_type (), NULL);
      GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
      GtkWidget *icon = gtk_image_new_from_icon_name (infos[i].icon), *label = gtk_label_new (_ (infos[i].title));
      g_autofree char *tooltip = g_strdup_printf ("%s (Ctrl+%u)", _ (infos[i].title), i + 1);

      tide_accessible_hide_unmapped (pane);
      tide_scroll_through (pane);
      adw_view_stack_add_named (self->panes, pane, infos[i].name);
      gtk_box_append (GTK_BOX (box), icon);
      gtk_box_append (GTK_BOX (box), label);
      gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
      gtk_widget_set_tooltip_text (row, tooltip);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (infos[i].title), -1);
      gtk_list_box_append (self->sidebar, row);
    }
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, TideWindow *self)
{
  guint n;
  const TideAppPaneInfo *infos = tide_app_panes (&n);

  adw_view_stack_set_visible_child_name (self->panes, infos[gtk_list_box_row_get_index (row)].name);
  if (adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
}

static void
update_trouble (TideWindow *self, const char *trouble)
{
  g_autofree char *text = NULL;

  gtk_info_bar_set_revealed (self->trouble, trouble != NULL);
  if (trouble == NULL)
    return;
  text = g_strdup_printf (_ ("Storing has stopped: %s. Nothing is lost: sources go on from what was committed as soon as "
                             "storing works again."), trouble);
  gtk_label_set_text (self->trouble_label, text);
}

static void
update_status (TideWindow *self, TideStatus *status)
{
  guint good = 0, all = 0;
  TideState worst = TIDE_STATE_GOOD;
  g_autofree char *text = NULL, *spoken = NULL;

  for (guint i = 0; i < status->n_sources; i++)
    {
      TideState state = tide_state_of_source (&status->sources[i].status);

      if (!status->sources[i].enabled)
        continue;
      all++;
      if (state == TIDE_STATE_PENDING || state == TIDE_STATE_TROUBLE)
        worst = worst == TIDE_STATE_TROUBLE ? worst : state;
      else
        good++;
    }
  text = g_strdup_printf ("%u/%u", good, all);
  spoken = g_strdup_printf (_ ("%u of %u sources are well"), good, all);
  gtk_label_set_text (self->health_label, text);
  tide_state_mark_set_state (self->health_mark, all == 0 ? TIDE_STATE_OFF : worst);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->health_button), spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->health_button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  tide_stream_list_update (self->streams, status);
  if (gtk_widget_get_mapped (GTK_WIDGET (self->health)))
    tide_source_health_update (self->health, status);
  update_trouble (self, status->trouble);
}

static void
on_health_shown (TideWindow *self)
{
  tide_source_health_update (self->health, self->status);
}

static bool
is_shown (TideWindow *self)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (self));

  return surface != NULL && gtk_widget_get_mapped (GTK_WIDGET (self))
         && (gdk_toplevel_get_state (GDK_TOPLEVEL (surface)) & GDK_TOPLEVEL_STATE_MINIMIZED) == 0;
}

static gboolean
on_tick (void *data)
{
  TideWindow *self = data;
  g_autoptr (TideLiveSnapshot) snapshot = NULL;
  TideStatus *status;

  if (!is_shown (self))
    return G_SOURCE_CONTINUE;
  status = tide_pipeline_get_status (self->pipeline);
  if (status != NULL && status != self->status)
    update_status (self, status);
  g_clear_pointer (&self->status, tide_status_unref);
  self->status = status;
  tide_window_update_bell (self);
  tide_window_update_waiting (self);
  snapshot = tide_pipeline_get_live (self->pipeline);
  if (self->pane != NULL)
    tide_app_pane_tick (self->pane, snapshot, status);
  return G_SOURCE_CONTINUE;
}

/* Name and time zone; before any pane looks at them. */
static void
show_workspace (TideWindow *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autofree char *base = g_path_get_basename (workspace->dir), *spoken = NULL;
  const char *name = workspace->name != NULL ? workspace->name : base;

  tide_format_set_zone (workspace->zone);
  gtk_label_set_text (self->workspace_name, name);
  spoken = g_strdup_printf (_ ("Workspace %s"), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->workspace_button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
set_enabled (TideWindow *self, bool enabled)
{
  static const char *const names[] = { "pause", "range" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), names[i])), enabled);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.export", enabled);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.search", enabled);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.show-folder", enabled);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.preferences", enabled);
}

void
tide_window_set_pipeline (TideWindow *self, TidePipeline *pipeline)
{
  GtkWidget *child;

  if (self->pipeline != NULL)
    g_signal_handlers_disconnect_by_data (self->pipeline, self);
  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_pointer (&self->status, tide_status_unref);
  g_set_object (&self->pipeline, pipeline);
  if (pipeline != NULL)
    {
      g_signal_connect_swapped (pipeline, "changed", G_CALLBACK (show_workspace), self);
      g_signal_connect (pipeline, "notice", G_CALLBACK (tide_window_on_notice), self);
      show_workspace (self);
    }
  for (child = gtk_widget_get_first_child (GTK_WIDGET (self->panes)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    tide_app_pane_set_pipeline (TIDE_APP_PANE (child), pipeline);
  set_enabled (self, pipeline != NULL);
  gtk_stack_set_visible_child_name (self->stack, pipeline != NULL ? "workspace" : "welcome");
  tide_stream_list_update (self->streams, NULL);
  gtk_info_bar_set_revealed (self->trouble, FALSE);
  if (pipeline == NULL)
    return;
  self->tick = g_timeout_add (TICK_MS, on_tick, self);
  on_tick (self);
}

/* Actions */

static void
on_pane (GtkWidget *widget, const char *action, GVariant *parameter)
{
  TideWindow *self = TIDE_WINDOW (widget);
  guint n, index = (guint) g_variant_get_int32 (parameter) - 1;
  const TideAppPaneInfo *infos = tide_app_panes (&n);

  if (self->pipeline != NULL && index < n)
    adw_view_stack_set_visible_child_name (self->panes, infos[index].name);
}

static void
on_sidebar (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AdwFlap *flap = TIDE_WINDOW (widget)->flap;

  adw_flap_set_reveal_flap (flap, !adw_flap_get_reveal_flap (flap));
}

static void
on_search (GtkWidget *widget, const char *action, GVariant *parameter)
{
  if (TIDE_WINDOW (widget)->pane != NULL)
    tide_app_pane_search (TIDE_WINDOW (widget)->pane);
}

static void
on_toast (GtkWidget *widget, const char *action, GVariant *parameter)
{
  tide_window_toast (TIDE_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

/* There is one at a time. */
static TidePreferences *
present_preferences (TideWindow *self)
{
  if (self->preferences == NULL)
    g_set_weak_pointer (&self->preferences, tide_preferences_new (self->pipeline, GTK_WINDOW (self)));
  gtk_window_present (self->preferences);
  return TIDE_PREFERENCES (self->preferences);
}

static void
on_preferences (GtkWidget *widget, const char *action, GVariant *parameter)
{
  TideWindow *self = TIDE_WINDOW (widget);

  if (self->pipeline == NULL)
    return;
  if (g_str_equal (action, "win.add-source"))
    tide_preferences_show_add_source (present_preferences (self));
  else if (g_str_equal (action, "win.add-metric"))
    tide_preferences_show_add_metric (present_preferences (self));
  else if (g_str_equal (action, "win.rules"))
    tide_preferences_show_rules (present_preferences (self), g_variant_get_string (parameter, NULL));
  else
    present_preferences (self);
}

static void
on_show_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  TideWindow *self = TIDE_WINDOW (widget);
  g_autoptr (GFile) folder = NULL;
  g_autofree char *uri = NULL;

  if (self->pipeline == NULL)
    return;
  folder = g_file_new_for_path (tide_pipeline_get_dir (self->pipeline));
  uri = g_file_get_uri (folder);
  gtk_show_uri (GTK_WINDOW (self), uri, GDK_CURRENT_TIME);
}

static void
on_pause_state (GSimpleAction *action, GVariant *state, void *data)
{
  TideWindow *self = data;

  if (self->pane != NULL)
    tide_app_pane_set_paused (self->pane, g_variant_get_boolean (state));
}

static void
on_range_state (GSimpleAction *action, GVariant *state, void *data)
{
  TideWindow *self = data;

  if (self->pane != NULL)
    tide_app_pane_set_range (self->pane, g_variant_get_string (state, NULL));
}

static void
on_mistakes_closed (GtkInfoBar *mistakes, int response, void *data)
{
  gtk_info_bar_set_revealed (mistakes, FALSE);
}

/* Width */

/* The desktop's buttons without those that need room. */
static char *
compact_decoration (GtkWidget *widget)
{
  g_autofree char *layout = NULL;
  GString *compact;

  g_object_get (gtk_widget_get_settings (widget), "gtk-decoration-layout", &layout, NULL);
  compact = g_string_new (layout != NULL ? layout : ":close");
  g_string_replace (compact, "minimize,", "", 0);
  g_string_replace (compact, "maximize,", "", 0);
  return g_string_free (compact, FALSE);
}

static gboolean
fold (void *data)
{
  TideWindow *self = data;

  g_autofree char *decoration = self->compact ? compact_decoration (GTK_WIDGET (self)) : NULL;

  if (self->narrow != adw_flap_get_folded (self->flap))
    {
      adw_flap_set_fold_policy (self->flap, self->narrow ? ADW_FLAP_FOLD_POLICY_ALWAYS : ADW_FLAP_FOLD_POLICY_NEVER);
      adw_flap_set_reveal_flap (self->flap, !self->narrow);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->range_label), !self->compact);
  gtk_widget_set_visible (GTK_WIDGET (self->health_label), !self->compact);
  adw_header_bar_set_decoration_layout (self->header, decoration);
  if (self->compact)
    gtk_widget_add_css_class (GTK_WIDGET (self), "tide-compact");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "tide-compact");
  tide_window_update_buttons (self);
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

static void
tide_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  TideWindow *self = TIDE_WINDOW (widget);
  bool narrow = width < FOLD_BELOW, compact = width < COMPACT_BELOW;

  if (narrow != self->narrow || compact != self->compact)
    {
      self->narrow = narrow;
      self->compact = compact;
      g_idle_add_full (G_PRIORITY_HIGH_IDLE, fold, g_object_ref (self), NULL);
    }
  GTK_WIDGET_CLASS (tide_window_parent_class)->size_allocate (widget, width, height, baseline);
}

/* Size: NULL when the schema is not installed, as when run from a build. */
static GSettings *
get_settings (void)
{
  g_autoptr (GSettingsSchema) schema
      = g_settings_schema_source_get_default () == NULL
            ? NULL
            : g_settings_schema_source_lookup (g_settings_schema_source_get_default (), "io.github.tidemark.Tidemark", TRUE);

  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

static void
restore_size (TideWindow *self)
{
  g_autoptr (GSettings) settings = get_settings ();
  int width, height;

  if (settings == NULL)
    return;
  g_settings_get (settings, "window-size", "(ii)", &width, &height);
  gtk_window_set_default_size (GTK_WINDOW (self), width, height);
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

static void
save_size (TideWindow *self)
{
  g_autoptr (GSettings) settings = get_settings ();
  int width, height;

  if (settings == NULL)
    return;
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  g_settings_set (settings, "window-size", "(ii)", width, height);
  g_settings_set_boolean (settings, "window-maximized", gtk_window_is_maximized (GTK_WINDOW (self)));
}

static void
close_window (void *data)
{
  gtk_window_close (data);
}

static gboolean
tide_window_close_request (GtkWindow *window)
{
  if (tide_window_ask_before (TIDE_WINDOW (window), close_window, g_object_ref (window), g_object_unref))
    return TRUE;
  g_object_unref (window);
  save_size (TIDE_WINDOW (window));
  if (tide_window_close_and_destroy (TIDE_WINDOW (window)))
    return TRUE;
  return GTK_WINDOW_CLASS (tide_window_parent_class)->close_request (window);
}

static void
tide_window_dispose (GObject *object)
{
  TideWindow *self = TIDE_WINDOW (object);

  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_weak_pointer (&self->preferences);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->opening, tide_opening_free);
  g_clear_pointer (&self->status, tide_status_unref);
  if (self->pane != NULL)
    g_signal_handlers_disconnect_by_data (self->pane, self);
  self->pane = NULL;
  if (self->pipeline != NULL)
    g_signal_handlers_disconnect_by_data (self->pipeline, self);
  g_clear_object (&self->pipeline);
  G_OBJECT_CLASS (tide_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *class)
{
  gtk_widget_class_bind_template_child (class, TideWindow, toasts);
  gtk_widget_class_bind_template_child (class, TideWindow, stack);
  gtk_widget_class_bind_template_child (class, TideWindow, welcome);
  gtk_widget_class_bind_template_child (class, TideWindow, flap);
  gtk_widget_class_bind_template_child (class, TideWindow, workspace_name);
  gtk_widget_class_bind_template_child (class, TideWindow, workspace_button);
  gtk_widget_class_bind_template_child (class, TideWindow, sidebar);
  gtk_widget_class_bind_template_child (class, TideWindow, streams);
  gtk_widget_class_bind_template_child (class, TideWindow, title);
  gtk_widget_class_bind_template_child (class, TideWindow, header);
  gtk_widget_class_bind_template_child (class, TideWindow, range_button);
  gtk_widget_class_bind_template_child (class, TideWindow, range_label);
  gtk_widget_class_bind_template_child (class, TideWindow, health_button);
  gtk_widget_class_bind_template_child (class, TideWindow, health_label);
  gtk_widget_class_bind_template_child (class, TideWindow, health_mark);
  gtk_widget_class_bind_template_child (class, TideWindow, health);
  gtk_widget_class_bind_template_child (class, TideWindow, pause_button);
  gtk_widget_class_bind_template_child (class, TideWindow, search_button);
  gtk_widget_class_bind_template_child (class, TideWindow, bell_button);
  gtk_widget_class_bind_template_child (class, TideWindow, bell_count);
  gtk_widget_class_bind_template_callback (class, tide_window_show_alerts);
  gtk_widget_class_bind_template_child (class, TideWindow, trouble);
  gtk_widget_class_bind_template_child (class, TideWindow, trouble_label);
  gtk_widget_class_bind_template_child (class, TideWindow, mistakes);
  gtk_widget_class_bind_template_child (class, TideWindow, mistakes_label);
  gtk_widget_class_bind_template_child (class, TideWindow, panes);
}

static void
tide_window_class_init (TideWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_window_dispose;
  widget_class->size_allocate = tide_window_size_allocate;
  GTK_WINDOW_CLASS (class)->close_request = tide_window_close_request;
  g_type_ensure (TIDE_TYPE_WELCOME);
  g_type_ensure (TIDE_TYPE_STREAM_LIST);
  g_type_ensure (TIDE_TYPE_SOURCE_HEALTH);
  g_type_ensure (TIDE_TYPE_STATE_MARK);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-window.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "win.pane", "i", on_pane);
  gtk_widget_class_install_action (widget_class, "win.sidebar", NULL, on_sidebar);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, on_search);
  gtk_widget_class_install_action (widget_class, "win.toast", "s", on_toast);
  gtk_widget_class_install_action (widget_class, "win.show-folder", NULL, on_show_folder);
  gtk_widget_class_install_action (widget_class, "win.accept-source", "s", tide_window_accept_source);
  gtk_widget_class_install_action (widget_class, "win.preferences", NULL, on_preferences);
  gtk_widget_class_install_action (widget_class, "win.add-source", NULL, on_preferences);
  gtk_widget_class_install_action (widget_class, "win.rules", "s", on_preferences);
  gtk_widget_class_install_action (widget_class, "win.add-metric", NULL, on_preferences);
  gtk_widget_class_install_action (widget_class, "win.export", NULL, tide_window_export);
  tide_window_open_install (widget_class);
}

static void
tide_window_init (TideWindow *self)
{
  const GActionEntry entries[] = {
    { "pause", NULL, NULL, "false", on_pause_state },
    { "range", NULL, "s", "''", on_range_state },
  };

  gtk_widget_init_template (GTK_WIDGET (self));
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->pause_button), "win.pause");
  restore_size (self);
  add_panes (self);
  g_signal_connect (self->sidebar, "row-activated", G_CALLBACK (on_row_activated), self);
  g_signal_connect_swapped (self->panes, "notify::visible-child", G_CALLBACK (show_pane), self);
  g_signal_connect_swapped (self->health, "map", G_CALLBACK (on_health_shown), self);
  g_signal_connect (self->mistakes, "response", G_CALLBACK (on_mistakes_closed), NULL);
  show_pane (self);
  set_enabled (self, false);
  tide_accessible_name_buttons (GTK_WIDGET (self));
  tide_frame_meter_watch (GTK_WIDGET (self));
}

TideWindow *
tide_window_new (AdwApplication *app)
{
  return g_object_new (TIDE_TYPE_WINDOW, "application", app, NULL);
}
