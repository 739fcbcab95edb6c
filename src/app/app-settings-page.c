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
    tide_conf_combo_new (section, "missed", _ ("After missed runs"), missed),
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
fill_general (TideSettingsPage *self)
{
  AdwPreferencesGroup *group = add_group (self, _ ("Workspace"), NULL);

  add_row (self, group, tide_conf_row_new ("workspace", "name", _ ("Name"), false));
  add_row (self, group, tide_conf_row_new ("workspace", "time-zone", _ ("Time zone, such as Europe/Berlin"), false));
  group = add_group (self, _ ("Live"), _ ("How far back the Live pane reaches. Longer takes more memory."));
  add_row (self, group, tide_conf_row_new ("live", "horizon", _ ("Horizon, such as 15min"), false));
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
        fill_general (self);
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
