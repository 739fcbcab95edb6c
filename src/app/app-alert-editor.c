/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is there to choose from is a choice: conditions, what a rule is about, groups, routes. The rows are those that the
 * condition looks at. What is typed is checked as the file's own check does: the edited file is parsed in memory at each
 * change, and a problem of the rule's section is said in the row of its key. */
#include "app-alert-editor.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-accessible.h"
#include "app-choice-row.h"
#include "app-group-row.h"
#include "app-preferences-private.h"
#include "app-route-rows.h"

typedef enum
{
  ROW_TITLE,
  ROW_CONDITION,
  ROW_ABOUT, /* metric=, stream= or source= */
  ROW_DIVIDED_BY,
  ROW_GROUPS,
  ROW_THRESHOLD,
  ROW_CLEAR,
  ROW_LOW,
  ROW_HIGH,
  ROW_CLEAR_LOW,
  ROW_CLEAR_HIGH,
  ROW_COMPARE,
  ROW_WITHIN,
  ROW_FOR,
  ROW_KEEP_FIRING,
  ROW_DELAY,
  ROW_NO_DATA,
  ROW_SEVERITY,
  ROW_RUNBOOK,
  N_ROWS,
} Row;

static const struct
{
  const char *key, *title;
  const char *values[5], *titles[5]; /* of a choice; value "": the key is not set */
} specs[N_ROWS] = {
  [ROW_TITLE] = { "title", N_ ("Title") },
  [ROW_CONDITION] = { "condition", N_ ("Condition") },
  [ROW_ABOUT] = { NULL, N_ ("About") },
  [ROW_DIVIDED_BY] = { "divided-by", N_ ("Divided by") },
  [ROW_GROUPS] = { "groups", N_ ("Groups, such as Berlin;Ham* (empty: all)") },
  [ROW_THRESHOLD] = { "threshold", N_ ("Threshold, such as 2% or 30s") },
  [ROW_CLEAR] = { "clear", N_ ("Clears at, such as 1.6% (empty: the threshold)") },
  [ROW_LOW] = { "low", N_ ("Low end of the band") },
  [ROW_HIGH] = { "high", N_ ("High end of the band") },
  [ROW_CLEAR_LOW] = { "clear-low", N_ ("Clears from (empty: the low end)") },
  [ROW_CLEAR_HIGH] = { "clear-high", N_ ("Clears up to (empty: the high end)") },
  [ROW_COMPARE] = { "compare", N_ ("Side of the threshold"), { "", "above", "below", "both" },
                    { N_ ("As usual for the condition"), N_ ("Above"), N_ ("Below"), N_ ("Either") } },
  [ROW_WITHIN] = { "within", N_ ("Within, such as 10min") },
  [ROW_FOR] = { "for", N_ ("Holds for, such as 30s (empty: at once)") },
  [ROW_KEEP_FIRING] = { "keep-firing-for", N_ ("Keeps firing for, such as 1min") },
  [ROW_DELAY] = { "delay", N_ ("Waits for late events, such as 10s") },
  [ROW_NO_DATA] = { "no-data", N_ ("Without data"), { "", "normal", "alert" },
                    { N_ ("Keeps its state"), N_ ("Is normal"), N_ ("Alerts") } },
  [ROW_SEVERITY] = { "severity", N_ ("Severity"), { "info", "", "critical" }, { N_ ("Info"), N_ ("Warning"), N_ ("Critical") } },
  [ROW_RUNBOOK] = { "runbook", N_ ("Runbook, an address") },
};

/* Where a group of rows begins. */
static const struct
{
  Row first;
  const char *title;
} groups[] = {
  { ROW_TITLE, NULL }, { ROW_THRESHOLD, N_ ("Limit") }, { ROW_FOR, N_ ("When") }, { ROW_SEVERITY, N_ ("Who Is Told") },
};

#define TIDE_TYPE_ALERT_EDITOR (tide_alert_editor_get_type ())
G_DECLARE_FINAL_TYPE (TideAlertEditor, tide_alert_editor, TIDE, ALERT_EDITOR, AdwWindow)

struct _TideAlertEditor
{
  AdwWindow parent_instance;

  TidePipeline *pipeline;
  char *name;   /* NULL: new */
  bool touched; /* what is missing is not complained of before */
  bool filling;
  bool applying; /* until the answer nothing else is saved */
  GtkWidget *rows[N_ROWS], *groups[G_N_ELEMENTS (groups)], *enabled, *save, *delete, *problem;
  TideRouteRows *routes;
};

G_DEFINE_FINAL_TYPE (TideAlertEditor, tide_alert_editor, ADW_TYPE_WINDOW)

static void check (TideAlertEditor *self);

/* What the rows say */

static char *
get_value (const TideAlertEditor *self, Row row)
{
  GtkWidget *widget = self->rows[row];

  if (ADW_IS_COMBO_ROW (widget))
    return g_strdup (tide_choice_row_get_value (widget));
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (widget))));
}

static char *
get_name (const TideAlertEditor *self)
{
  g_autofree char *title = get_value (self, ROW_TITLE);

  return self->name != NULL ? g_strdup (self->name) : tide_name_from_title (title);
}

static const TideConditionSpec *
get_condition (const TideAlertEditor *self)
{
  const TideConditionSpec *const *all = tide_pipeline_catalog ()->conditions;
  const char *name = tide_choice_row_get_value (self->rows[ROW_CONDITION]);

  for (guint i = 0; all[i] != NULL; i++)
    if (g_strcmp0 (all[i]->name, name) == 0)
      return all[i];
  return NULL;
}

/* The kind and the name in "metric revenue". */
static const char *
get_about (const TideAlertEditor *self, char kind[8])
{
  const char *value = tide_choice_row_get_value (self->rows[ROW_ABOUT]), *space = value != NULL ? strchr (value, ' ') : NULL;

  if (space == NULL)
    return NULL;
  g_strlcpy (kind, value, (gsize) (space - value) + 1);
  return space + 1;
}

/* The file with the rule as it is typed; the caller's. */
static TideConf *
make_conf (const TideAlertEditor *self, const char *section)
{
  static const char *const subjects[] = { "metric", "stream", "source" };
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  TideConf *conf = tide_conf_copy (workspace->conf);
  const TideConditionSpec *condition = get_condition (self);
  g_autofree char *routes = tide_route_rows_get_value (self->routes);
  char kind[8] = "";
  const char *about = get_about (self, kind);

  for (Row i = 0; i < N_ROWS; i++)
    {
      g_autofree char *text = get_value (self, i);
      bool taken = condition == NULL || specs[i].key == NULL || tide_condition_takes (condition, specs[i].key);

      if (specs[i].key != NULL)
        tide_conf_set (conf, section, specs[i].key, taken && text != NULL && *text != '\0' ? text : NULL);
    }
  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
    tide_conf_set (conf, section, subjects[i], g_str_equal (subjects[i], kind) ? about : NULL);
  tide_conf_set (conf, section, "routes", routes);
  tide_conf_set (conf, section, "enabled", gtk_switch_get_active (GTK_SWITCH (self->enabled)) ? NULL : "false");
  return conf;
}

/* Checking */

static void
set_problem (TideAlertEditor *self, Row row, const char *problem)
{
  tide_preferences_set_problem (self->rows[row], _ (specs[row].title), self->touched ? problem : NULL);
}

static bool
is_key_of (Row row, const char *key, gsize len)
{
  static const char *const subjects[] = { "metric", "stream", "source" };

  if (specs[row].key != NULL)
    return strlen (specs[row].key) == len && strncmp (specs[row].key, key, len) == 0;
  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
    if (strlen (subjects[i]) == len && strncmp (subjects[i], key, len) == 0)
      return true;
  return false;
}

/* "[alert x] key: message" and "[alert x] has no key=; message" go to the row of the key. */
static bool
place_problem (TideAlertEditor *self, const char *section, const char *message)
{
  g_autofree char *head = g_strdup_printf ("[%s] ", section);
  const char *key = message + strlen (head), *end, *rest;

  if (!g_str_has_prefix (message, head))
    return false;
  if (g_str_has_prefix (key, "has no "))
    {
      key += strlen ("has no ");
      end = strchr (key, '=');
      rest = strstr (key, "; ");
    }
  else
    {
      end = strchr (key, ':');
      rest = end;
    }
  for (Row i = 0; i < N_ROWS && end != NULL && rest != NULL; i++)
    if (is_key_of (i, key, (gsize) (end - key)))
      {
        set_problem (self, i, rest + 2);
        return true;
      }
  return false;
}

/* Whether a new rule of the title can be; what is against it is said in the title's row. */
static bool
check_title (TideAlertEditor *self, const char *name)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autofree char *section = g_strconcat ("alert ", name, NULL);

  if (self->name != NULL)
    return true;
  if (*name == '\0')
    set_problem (self, ROW_TITLE, _ ("letters or digits are expected"));
  else if (tide_conf_has_section (workspace->conf, section))
    set_problem (self, ROW_TITLE, _ ("there is a rule of this name"));
  else
    return true;
  return false;
}

static void
check (TideAlertEditor *self)
{
  g_autofree char *typed = get_name (self), *name = g_strdup (*typed != '\0' ? typed : "rule");
  g_autofree char *section = g_strconcat ("alert ", name, NULL), *text = NULL;
  g_autoptr (TideConf) conf = make_conf (self, section);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = NULL;
  const char *rest = NULL;
  bool good;

  text = tide_conf_to_text (conf);
  workspace = tide_workspace_parse (NULL, text, tide_pipeline_catalog (), problems);
  for (Row i = 0; i < N_ROWS; i++)
    set_problem (self, i, NULL);
  for (guint i = 0; i < problems->len; i++)
    {
      const TideProblem *problem = g_ptr_array_index (problems, i);

      if (!place_problem (self, section, problem->message) && rest == NULL)
        rest = problem->message;
    }
  gtk_label_set_text (GTK_LABEL (self->problem), rest != NULL && self->touched ? rest : "");
  good = check_title (self, typed);
  gtk_widget_set_sensitive (self->save, !self->applying && good && problems->len == 0 && tide_workspace_get_alert (workspace, name) != NULL);
}

static void
on_changed (TideAlertEditor *self)
{
  if (self->filling)
    return;
  self->touched = true;
  check (self);
}

/* Choices that follow from others */

static void
add_subject (GPtrArray *values, GPtrArray *titles, const char *kind, const char *name, const char *title)
{
  g_ptr_array_add (values, g_strdup_printf ("%s %s", kind, name));
  g_ptr_array_add (titles, g_strdup (title));
}

static void
update_about (TideAlertEditor *self, const TideConditionSpec *condition)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) titles = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < workspace->metrics->len && (condition->subjects & TIDE_SUBJECT_METRIC) != 0; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);

      add_subject (values, titles, "metric", metric->name, metric->title);
    }
  for (guint i = 0; i < workspace->streams->len && (condition->subjects & TIDE_SUBJECT_STREAM) != 0; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);
      g_autofree char *title = g_strdup_printf (_ ("stream %s"), stream->name);

      add_subject (values, titles, "stream", stream->name, title);
    }
  for (guint i = 0; i < workspace->sources->len && (condition->subjects & TIDE_SUBJECT_SOURCE) != 0; i++)
    {
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i);
      g_autofree char *title = g_strdup_printf (_ ("source %s"), source->name);

      add_subject (values, titles, "source", source->name, title);
    }
  tide_choice_row_set_choices (self->rows[ROW_ABOUT], (const char *const *) values->pdata, (const char *const *) titles->pdata,
                               values->len);
}

/* Rows that the condition has no use for are not shown, nor a group of which none is. */
static void
update_condition (TideAlertEditor *self)
{
  const TideConditionSpec *condition = get_condition (self);
  bool filling = self->filling;

  if (condition == NULL || self->pipeline == NULL)
    return;
  self->filling = true; /* one check, at the end */
  update_about (self, condition);
  self->filling = filling;
  for (guint g = 0; g < G_N_ELEMENTS (groups); g++)
    {
      Row end = g + 1 < G_N_ELEMENTS (groups) ? groups[g + 1].first : N_ROWS;
      bool any = false;

      for (Row i = groups[g].first; i < end; i++)
        {
          bool taken = specs[i].key == NULL || tide_condition_takes (condition, specs[i].key);

          gtk_widget_set_visible (self->rows[i], taken);
          any = any || taken;
        }
      gtk_widget_set_visible (self->groups[g], any);
    }
  on_changed (self);
}

static char **
get_labels (void *data)
{
  const TideAlertEditor *self = data;
  char kind[8] = "";
  const char *about = get_about (self, kind);
  g_autoptr (TideLiveSnapshot) snapshot = tide_pipeline_get_live (self->pipeline);
  const TideLiveMetric *metric = snapshot != NULL && about != NULL ? tide_live_snapshot_find (snapshot, about) : NULL;
  g_autoptr (GStrvBuilder) labels = g_strv_builder_new ();

  for (guint i = 0; metric != NULL && metric->metric->n_by > 0 && i < metric->n_series; i++)
    g_strv_builder_add (labels, metric->series[i].label);
  return g_strv_builder_end (labels);
}

/* Saving */

static void
on_applied (GObject *pipeline, GAsyncResult *result, void *data)
{
  g_autoptr (TideAlertEditor) self = data;
  g_autoptr (GError) error = NULL;

  bool good = tide_pipeline_apply_finish (TIDE_PIPELINE (pipeline), result, &error);

  if (!gtk_widget_get_visible (GTK_WIDGET (self)))
    return; /* was closed meanwhile */
  if (good)
    {
      gtk_window_destroy (GTK_WINDOW (self));
      return;
    }
  self->applying = false;
  check (self);
  if (self->delete != NULL)
    gtk_widget_set_sensitive (self->delete, TRUE);
  gtk_label_set_text (GTK_LABEL (self->problem), error->message);
}

static void
apply (TideAlertEditor *self, const TideConf *conf)
{
  self->applying = true;
  gtk_widget_set_sensitive (self->save, FALSE);
  if (self->delete != NULL)
    gtk_widget_set_sensitive (self->delete, FALSE);
  tide_pipeline_apply_async (self->pipeline, conf, NULL, on_applied, g_object_ref (self));
}

static void
on_save (TideAlertEditor *self)
{
  g_autofree char *name = get_name (self), *section = g_strconcat ("alert ", name, NULL);
  g_autoptr (TideConf) conf = make_conf (self, section);

  apply (self, conf);
}

static void
on_delete (TideAlertEditor *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  g_autofree char *section = g_strconcat ("alert ", self->name, NULL);

  tide_conf_remove_section (conf, section);
  apply (self, conf);
}

/* Building */

static GtkWidget *
make_row (TideAlertEditor *self, Row i)
{
  const TideConditionSpec *const *all = tide_pipeline_catalog ()->conditions;
  const char *title = _ (specs[i].title), *values[16], *titles[16];
  guint n = 0;
  GtkWidget *row;

  if (i == ROW_GROUPS)
    return tide_group_row_new (title, get_labels, self);
  if (i != ROW_CONDITION && i != ROW_ABOUT && i != ROW_DIVIDED_BY && specs[i].values[0] == NULL)
    {
      row = adw_entry_row_new ();
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      return row;
    }
  row = tide_choice_row_new (title);
  for (; i == ROW_CONDITION && all[n] != NULL && n < G_N_ELEMENTS (values); n++)
    {
      values[n] = all[n]->name;
      titles[n] = _ (all[n]->title);
    }
  for (; specs[i].values[n] != NULL && i != ROW_CONDITION; n++)
    {
      values[n] = *specs[i].values[n] != '\0' ? specs[i].values[n] : NULL;
      titles[n] = _ (specs[i].titles[n]);
    }
  tide_choice_row_set_choices (row, values, titles, n);
  return row;
}

static void
fill_metrics (TideAlertEditor *self, const TideWorkspace *workspace)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();

  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);

      g_ptr_array_add (values, metric->name);
      g_ptr_array_add (titles, metric->title);
    }
  tide_choice_row_set_choices (self->rows[ROW_DIVIDED_BY], (const char *const *) values->pdata,
                               (const char *const *) titles->pdata, values->len);
}

/* What the file says of @section. */
static void
fill (TideAlertEditor *self, const TideConf *conf, const char *section)
{
  static const char *const subjects[] = { "metric", "stream", "source" };

  for (Row i = 0; i < N_ROWS; i++)
    {
      const char *value = specs[i].key != NULL ? tide_conf_get (conf, section, specs[i].key) : NULL;

      if (value != NULL && ADW_IS_COMBO_ROW (self->rows[i]))
        tide_choice_row_set_value (self->rows[i], value);
      else if (value != NULL)
        gtk_editable_set_text (GTK_EDITABLE (self->rows[i]), value);
      else if (specs[i].values[0] != NULL)
        tide_choice_row_set_value (self->rows[i], NULL);
    }
  update_condition (self);
  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
    {
      const char *name = tide_conf_get (conf, section, subjects[i]);
      g_autofree char *value = name != NULL ? g_strconcat (subjects[i], " ", name, NULL) : NULL;

      if (value != NULL)
        tide_choice_row_set_value (self->rows[ROW_ABOUT], value);
    }
}

static GtkWidget *
make_header (TideAlertEditor *self)
{
  GtkWidget *header = adw_header_bar_new (), *cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));

  self->save = gtk_button_new_with_mnemonic (_ ("_Save"));
  gtk_widget_add_css_class (self->save, "suggested-action");
  gtk_widget_set_tooltip_text (cancel, _ ("Close without a change (Escape)"));
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->save);
  g_signal_connect_swapped (cancel, "clicked", G_CALLBACK (gtk_window_close), self);
  g_signal_connect_swapped (self->save, "clicked", G_CALLBACK (on_save), self);
  return header;
}

static AdwPreferencesGroup *
add_group (GtkWidget *page, const char *title)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, title != NULL ? title : "");
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), group);
  return group;
}

/* The switch, what can't be said in a row, and the way to be rid of the rule. */
static void
add_foot (TideAlertEditor *self, GtkWidget *page)
{
  AdwPreferencesGroup *group = add_group (page, NULL);
  GtkWidget *row = tide_preferences_row_new (_ ("The rule is on"), NULL);

  self->enabled = gtk_switch_new ();
  gtk_widget_set_valign (self->enabled, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), self->enabled);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), self->enabled); /* names it too */
  adw_preferences_group_add (group, row);
  self->problem = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->problem), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->problem), 0);
  gtk_widget_add_css_class (self->problem, "tide-critical");
  group = add_group (page, NULL);
  adw_preferences_group_add (group, self->problem);
  if (self->name != NULL)
    {
      self->delete = gtk_button_new_with_mnemonic (_ ("_Delete rule"));
      gtk_widget_add_css_class (self->delete, "destructive-action");
      gtk_widget_add_css_class (self->delete, "pill");
      gtk_widget_set_halign (self->delete, GTK_ALIGN_CENTER);
      g_signal_connect_swapped (self->delete, "clicked", G_CALLBACK (on_delete), self);
      adw_preferences_group_add (group, self->delete);
    }
}

static void
build_page (TideAlertEditor *self, GtkWidget *page)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autofree char *section = g_strconcat ("alert ", self->name != NULL ? self->name : "", NULL);
  AdwPreferencesGroup *group = NULL;

  for (Row i = 0, g = 0; i < N_ROWS; i++)
    {
      if (g < G_N_ELEMENTS (groups) && groups[g].first == i)
        {
          group = add_group (page, groups[g].title != NULL ? _ (groups[g].title) : NULL);
          self->groups[g++] = GTK_WIDGET (group);
        }
      self->rows[i] = make_row (self, i);
      adw_preferences_group_add (group, self->rows[i]);
      if (i == ROW_SEVERITY)
        self->routes = tide_route_rows_new (group, workspace, tide_conf_get (workspace->conf, section, "routes"),
                                            G_CALLBACK (on_changed), self);
    }
  add_foot (self, page);
  fill_metrics (self, workspace);
  gtk_switch_set_active (GTK_SWITCH (self->enabled), g_strcmp0 (tide_conf_get (workspace->conf, section, "enabled"), "false") != 0);
  fill (self, workspace->conf, section);
}

static void
follow (TideAlertEditor *self)
{
  for (Row i = 0; i < N_ROWS; i++)
    if (i == ROW_CONDITION)
      g_signal_connect_swapped (self->rows[i], "notify::selected", G_CALLBACK (update_condition), self);
    else
      g_signal_connect_swapped (self->rows[i], ADW_IS_COMBO_ROW (self->rows[i]) ? "notify::selected" : "changed",
                                G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->enabled, "notify::active", G_CALLBACK (on_changed), self);
}

/* The object */

static void
tide_alert_editor_dispose (GObject *object)
{
  TideAlertEditor *self = TIDE_ALERT_EDITOR (object);

  self->filling = true; /* a combo that goes away tells of another choice */
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (tide_alert_editor_parent_class)->dispose (object);
  g_clear_pointer (&self->routes, tide_route_rows_free);
}

static void
tide_alert_editor_class_init (TideAlertEditorClass *class)
{
  G_OBJECT_CLASS (class)->dispose = tide_alert_editor_dispose;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (class), GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
tide_alert_editor_init (TideAlertEditor *self)
{
}

GtkWindow *
tide_alert_editor_new (TidePipeline *pipeline, GtkWindow *parent, const char *name)
{
  TideAlertEditor *self = g_object_new (TIDE_TYPE_ALERT_EDITOR, "transient-for", parent, "modal", TRUE, "default-width", 620,
                                        "default-height", 720, "title", name != NULL ? _ ("Alert Rule") : _ ("New Alert Rule"),
                                        NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *page = adw_preferences_page_new ();

  self->pipeline = g_object_ref (pipeline);
  self->name = g_strdup (name);
  self->filling = true;
  gtk_box_append (GTK_BOX (box), make_header (self));
  gtk_widget_set_vexpand (page, TRUE);
  gtk_box_append (GTK_BOX (box), page);
  adw_window_set_content (ADW_WINDOW (self), box);
  build_page (self, page);
  follow (self);
  self->filling = false;
  tide_accessible_name_buttons (box);
  check (self);
  return GTK_WINDOW (self);
}
