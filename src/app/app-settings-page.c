/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages that are plain keys of the workspace file: Batch (schedules), Storage (size and retention) and General.
 * Their rows are made anew only when streams or analyses come or go, so that typing is not disturbed by an edit
 * elsewhere. */
#include "app-preferences-private.h"

#include "app-format.h"

#include <glib/gi18n.h>

struct _TideSettingsPage
{
  AdwPreferencesPage parent_instance;

  TideSettingsKind kind;
  GPtrArray *groups;   /* borrowed */
  GPtrArray *rows;     /* conf rows, borrowed */
  GPtrArray *analyses; /* expander rows in the order of the workspace, borrowed */
  char *shape;         /* what the rows stand for */
  GtkWidget *database, *live; /* labels of Storage */
};

G_DEFINE_FINAL_TYPE (TideSettingsPage, tide_settings_page, ADW_TYPE_PREFERENCES_PAGE)

static AdwPreferencesGroup *
add_group (TideSettingsPage *self, const char *title, const char *description)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, title);
  adw_preferences_group_set_description (group, description);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), group);
  g_ptr_array_add (self->groups, group);
  return group;
}

static void
add_row (TideSettingsPage *self, AdwPreferencesGroup *group, GtkWidget *row)
{
  adw_preferences_group_add (group, row);
  g_ptr_array_add (self->rows, row);
}

static GtkWidget *
add_figure (AdwPreferencesGroup *group, const char *title, const char *subtitle)
{
  GtkWidget *row = tide_preferences_row_new (title, subtitle), *label = gtk_label_new (TIDE_NO_VALUE);

  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_add_css_class (label, "dim-label");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
  adw_preferences_group_add (group, row);
  return label;
}

/* Batch */

static void
add_analysis (TideSettingsPage *self, AdwPreferencesGroup *group, const TideAnalysis *analysis)
{
  static const char *const missed[] = { "once", "all", "skip", NULL };
  AdwExpanderRow *expander = ADW_EXPANDER_ROW (adw_expander_row_new ());
  g_autofree char *section = g_strconcat ("analysis ", analysis->name, NULL);
  GtkWidget *rows[] = {
    tide_conf_switch_new (section, "enabled", _ ("Runs on its schedule"), true),
    tide_conf_row_new (section, "schedule", _ ("Schedule, such as 0 2 * * * or every 15min"), false),
    tide_conf_row_new (section, "time-zone", _ ("Time zone, such as Europe/Berlin"), false),
    tide_conf_combo_new (section, "missed", _ ("After missed runs"), missed, NULL),
    tide_conf_row_new (section, "timeout", _ ("Longest run, such as 10min"), false),
    tide_conf_row_new (section, "retries", _ ("Retries after a failure"), false),
    tide_conf_row_new (section, "keep", _ ("Versions of the result that are kept"), false),
  };

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (expander), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (expander),
                                 analysis->title != NULL ? analysis->title : analysis->name);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      adw_expander_row_add_row (expander, rows[i]);
      g_ptr_array_add (self->rows, rows[i]);
    }
  adw_preferences_group_add (group, GTK_WIDGET (expander));
  g_ptr_array_add (self->analyses, expander);
}

static void
fill_batch (TideSettingsPage *self, const TideWorkspace *workspace)
{
  AdwPreferencesGroup *group
      = add_group (self, _ ("Roll-up"), _ ("Moves the cut: events before it are in the batch layer. Empty: every 15min."));

  add_row (self, group, tide_conf_row_new ("batch", "rollup", _ ("Schedule, such as every 5min or 0 * * * *"), false));
  add_row (self, group, tide_conf_row_new ("batch", "rollup-bytes", _ ("Earlier once the speed part is over, such as 16MB"), false));
  group = add_group (self, _ ("Analyses"), workspace->analyses->len > 0 ? _ ("When each runs, and what a failure or a missed run leads to.")
                                                                        : _ ("There is none yet: the pane Analyses makes one."));
  for (guint i = 0; i < workspace->analyses->len; i++)
    add_analysis (self, group, g_ptr_array_index (workspace->analyses, i));
}

static void
update_analyses (TideSettingsPage *self, const TideWorkspace *workspace)
{
  for (guint i = 0; i < self->analyses->len && i < workspace->analyses->len; i++)
    {
      const TideAnalysis *analysis = g_ptr_array_index (workspace->analyses, i);
      g_autofree char *when = analysis->schedule != NULL ? tide_schedule_describe (analysis->schedule)
                                                         : g_strdup (_ ("by hand only"));
      g_autofree char *text = NULL;

      if (!analysis->enabled)
        text = g_strdup_printf (_ ("%s · off"), when);
      else if (analysis->schedule != NULL)
        text = g_strdup_printf ("%s · %s", when,
                                analysis->time_zone != NULL ? analysis->time_zone : workspace->zone_name);
      adw_expander_row_set_subtitle (g_ptr_array_index (self->analyses, i), text != NULL ? text : when);
    }
}

/* Storage */

static void
fill_storage (TideSettingsPage *self, const TideWorkspace *workspace)
{
  AdwPreferencesGroup *group = add_group (self, _ ("Database"), NULL);

  self->database = add_figure (group, _ ("On disk"), _ ("Events, states and results of this workspace"));
  self->live = add_figure (group, _ ("Live rings"), _ ("In memory, for the last minutes"));
  add_row (self, group, tide_conf_row_new ("storage", "max-size", _ ("Largest size, such as 10GB (empty: no limit)"), true));
  group = add_group (self, _ ("Retention"),
                     _ ("How long events are kept, such as 30d, or forever. Metrics keep what older events added to them."));
  add_row (self, group, tide_conf_row_new ("storage", "retention", _ ("Every stream (empty: forever)"), true));
  for (guint i = 0; i < workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);
      g_autofree char *section = g_strconcat ("stream ", stream->name, NULL);
      g_autofree char *title = g_strdup_printf (_ ("%s (empty: as every stream)"), stream->name);

      add_row (self, group, tide_conf_row_new (section, "retention", title, true));
    }
}

void
tide_settings_page_tick (TideSettingsPage *self, const TideStatus *status)
{
  g_autofree char *database = tide_format_bytes (status->database_bytes + status->wal_bytes);
  g_autofree char *live = tide_format_bytes (status->live_bytes);

  if (self->database == NULL)
    return;
  gtk_label_set_text (GTK_LABEL (self->database), database);
  gtk_label_set_text (GTK_LABEL (self->live), live);
}

/* General */

static void
add_setting (AdwPreferencesGroup *group, const char *key, const char *title, const char *subtitle)
{
  g_autoptr (GSettingsSchema) schema
      = g_settings_schema_source_get_default () == NULL
            ? NULL
            : g_settings_schema_source_lookup (g_settings_schema_source_get_default (), "io.github.tidemark.Tidemark", TRUE);
  g_autoptr (GSettings) settings = schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
  GtkWidget *row = tide_preferences_row_new (title, subtitle), *toggle = gtk_switch_new ();

  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  gtk_widget_set_sensitive (toggle, settings != NULL);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
  if (settings != NULL)
    g_settings_bind (settings, key, toggle, "active", G_SETTINGS_BIND_DEFAULT);
  adw_preferences_group_add (group, row);
}

typedef struct
{
  TideRoute route;
  char *secret;
} RouteSecret;

static void
route_secret_free (void *data)
{
  RouteSecret *item = data;

  g_free (item->route.name);
  g_free (item->route.url);
  explicit_bzero (item->secret, strlen (item->secret));
  g_free (item->secret);
  g_free (item);
}

static void *
store_route_secret (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const RouteSecret *item = data;

  return tide_route_secret_store (tide_pipeline_get_dir (pipeline), &item->route, item->secret, error) ? pipeline : NULL;
}

static void
on_route_secret_stored (GObject *pipeline, GAsyncResult *result, void *data)
{
  g_autoptr (GtkWidget) row = data;
  g_autoptr (GError) error = NULL;

  if (gtk_widget_get_root (row) == NULL)
    return;
  tide_pipeline_run_finish (TIDE_PIPELINE (pipeline), result, &error);
  tide_preferences_toast (tide_preferences_of (row), error == NULL ? _ ("The secret is kept in the keyring") : error->message);
}

static void
on_route_secret (GtkWidget *row, void *data)
{
  TidePipeline *pipeline = tide_preferences_get_pipeline (tide_preferences_of (row));
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  const TideRoute *route = tide_workspace_get_route (workspace, gtk_widget_get_name (row));
  RouteSecret *item;

  if (route == NULL)
    return;
  item = g_new0 (RouteSecret, 1);
  item->route = (TideRoute){ g_strdup (route->name), g_strdup (route->url), route->auth };
  item->secret = g_strdup (gtk_editable_get_text (GTK_EDITABLE (row)));
  gtk_editable_set_text (GTK_EDITABLE (row), "");
  tide_pipeline_run_async (pipeline, store_route_secret, item, route_secret_free, NULL, NULL, on_route_secret_stored,
                           g_object_ref (row));
}

static void
fill_notifications (TideSettingsPage *self, const TideWorkspace *workspace)
{
  AdwPreferencesGroup *group = add_group (self, _ ("Notifications"), _ ("Of alerts, on this computer. What happened is in the pane Alerts all the same."));

  add_setting (group, "notifications", _ ("Desktop notifications"), NULL);
  add_setting (group, "notification-sound", _ ("Sound, for rules with the route sound"), NULL);
  for (guint i = 0; i < workspace->routes->len; i++)
    {
      const TideRoute *route = g_ptr_array_index (workspace->routes, i);
      GtkWidget *row;
      g_autofree char *title = g_strdup_printf (_ ("Secret of the route %s"), route->name);

      if (route->auth == TIDE_ROUTE_AUTH_NONE)
        continue;
      row = adw_password_entry_row_new ();
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
      adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), TRUE);
      gtk_widget_set_name (row, route->name);
      g_signal_connect (row, "apply", G_CALLBACK (on_route_secret), NULL);
      adw_preferences_group_add (group, row);
    }
}

static void
fill_general (TideSettingsPage *self, const TideWorkspace *workspace)
{
  AdwPreferencesGroup *group = add_group (self, _ ("Workspace"), NULL);

  add_row (self, group, tide_conf_row_new ("workspace", "name", _ ("Name"), false));
  add_row (self, group, tide_conf_row_new ("workspace", "time-zone", _ ("Time zone, such as Europe/Berlin"), false));
  group = add_group (self, _ ("Live"), _ ("How far back the Live pane reaches. Longer takes more memory."));
  add_row (self, group, tide_conf_row_new ("live", "horizon", _ ("Horizon, such as 15min"), false));
  fill_notifications (self, workspace);
}

/* All */

static char *
shape_of (const TideWorkspace *workspace)
{
  GString *shape = g_string_new (NULL);

  for (guint i = 0; i < workspace->streams->len; i++)
    g_string_append_printf (shape, "s %s\n", ((TideStream *) g_ptr_array_index (workspace->streams, i))->name);
  for (guint i = 0; i < workspace->analyses->len; i++)
    g_string_append_printf (shape, "a %s\n", ((TideAnalysis *) g_ptr_array_index (workspace->analyses, i))->name);
  for (guint i = 0; i < workspace->routes->len; i++)
    g_string_append_printf (shape, "r %s %d\n", ((TideRoute *) g_ptr_array_index (workspace->routes, i))->name,
                            ((TideRoute *) g_ptr_array_index (workspace->routes, i))->auth);
  return g_string_free (shape, FALSE);
}

static void
clear (TideSettingsPage *self)
{
  for (guint i = 0; i < self->groups->len; i++)
    adw_preferences_page_remove (ADW_PREFERENCES_PAGE (self), g_ptr_array_index (self->groups, i));
  g_ptr_array_set_size (self->groups, 0);
  g_ptr_array_set_size (self->rows, 0);
  g_ptr_array_set_size (self->analyses, 0);
  self->database = self->live = NULL;
}

void
tide_settings_page_update (TideSettingsPage *self, const TideWorkspace *workspace)
{
  g_autofree char *shape = shape_of (workspace);

  if (g_strcmp0 (shape, self->shape) != 0)
    {
      clear (self);
      if (self->kind == TIDE_SETTINGS_BATCH)
        fill_batch (self, workspace);
      else if (self->kind == TIDE_SETTINGS_STORAGE)
        fill_storage (self, workspace);
      else
        fill_general (self, workspace);
      g_free (self->shape);
      self->shape = g_steal_pointer (&shape);
    }
  for (guint i = 0; i < self->rows->len; i++)
    tide_conf_row_update (g_ptr_array_index (self->rows, i), workspace->conf);
  update_analyses (self, workspace);
}

static void
tide_settings_page_finalize (GObject *object)
{
  TideSettingsPage *self = TIDE_SETTINGS_PAGE (object);

  g_ptr_array_unref (self->groups);
  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->analyses);
  g_free (self->shape);
  G_OBJECT_CLASS (tide_settings_page_parent_class)->finalize (object);
}

static void
tide_settings_page_class_init (TideSettingsPageClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_settings_page_finalize;
}

static void
tide_settings_page_init (TideSettingsPage *self)
{
  self->groups = g_ptr_array_new ();
  self->rows = g_ptr_array_new ();
  self->analyses = g_ptr_array_new ();
}

TideSettingsPage *
tide_settings_page_new (TideSettingsKind kind)
{
  TideSettingsPage *self = g_object_new (TIDE_TYPE_SETTINGS_PAGE, NULL);

  self->kind = kind;
  return self;
}
