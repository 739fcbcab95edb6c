/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of one metric. Each keystroke makes the metric anew (which costs microseconds) and says in the row what is
 * wrong; once typing rests the value of the last hour is computed from the stored events, so that a definition is seen
 * to work before it is saved. The preview never waits: a newer one cancels it. */
#include "app-preferences-private.h"

#include "app-format.h"
#include "app-shown.h"
#include "app-use-case.h"

#include <glib/gi18n.h>

#define PREVIEW_AFTER_MS 400

enum
{
  ROW_AGGREGATE,
  ROW_WHERE,
  ROW_BY,
  ROW_EVERY,
  ROW_OVER,
  ROW_TIER,
  ROW_REFRESH,
  ROW_FRESHNESS,
  ROW_TOLERANCE,
  N_ROWS,
};

static const struct
{
  const char *key, *title;
} row_specs[N_ROWS] = {
  [ROW_AGGREGATE] = { "aggregate", N_ ("Aggregate, such as sum(amount), p95(duration_s) or ratio(a, b)") },
  [ROW_WHERE] = { "where", N_ ("Where, such as status = 'delivered' AND amount > 0") },
  [ROW_BY] = { "by", N_ ("By, such as city, method") },
  [ROW_EVERY] = { "every", N_ ("Every, such as 1min") },
  [ROW_OVER] = { "over", N_ ("Over a sliding window, such as 15min") },
  [ROW_TIER] = { "tier", N_ ("Tier") },
  [ROW_REFRESH] = { "refresh", N_ ("Refresh of micro-batch, such as 30s") },
  [ROW_FRESHNESS] = { "freshness", N_ ("Freshness objective, such as 5s") },
  [ROW_TOLERANCE] = { "tolerance", N_ ("Tolerated error, such as 1%") },
};

/* As in the file; the first is what holds when the key is missing. */
static const char *const tiers[] = { "real-time", "micro-batch", "batch", NULL };

#define TIDE_TYPE_METRIC_EDITOR (tide_metric_editor_get_type ())
G_DECLARE_FINAL_TYPE (TideMetricEditor, tide_metric_editor, TIDE, METRIC_EDITOR, AdwBin)

struct _TideMetricEditor
{
  AdwBin parent_instance;

  TidePreferences *window; /* borrowed: its window */
  char *name;              /* NULL: new */
  GtkWidget *name_row, *stream_row, *use_case, *rows[N_ROWS], *preview, *accept;
  char **streams;
  GCancellable *cancellable; /* of the preview */
  guint rest;
};

G_DEFINE_FINAL_TYPE (TideMetricEditor, tide_metric_editor, ADW_TYPE_BIN)

static char *
get_text (GtkWidget *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

/* What the file would say; empty: nothing. */
static char *
get_value (TideMetricEditor *self, guint row)
{
  guint selected;

  if (row != ROW_TIER)
    return get_text (self->rows[row]);
  selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self->rows[row]));
  return g_strdup (selected > 0 && selected < G_N_ELEMENTS (tiers) - 1 ? tiers[selected] : "");
}

static char *
get_name (TideMetricEditor *self)
{
  return self->name != NULL ? g_strdup (self->name) : get_text (self->name_row);
}

static void
show_preview (TideMetricEditor *self, const char *title, const char *detail)
{
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->preview), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->preview), detail != NULL ? detail : "");
}

/* The metric as typed */

static TideMetric *
find_metric (const char *name, void *workspace)
{
  return tide_workspace_get_metric (workspace, name);
}

static GtkWidget *
row_of_key (TideMetricEditor *self, const char *key, const char **ret_title)
{
  for (guint i = 0; i < N_ROWS; i++)
    if (g_strcmp0 (row_specs[i].key, key) == 0)
      {
        *ret_title = _ (row_specs[i].title);
        return self->rows[i];
      }
  *ret_title = _ ("Name");
  return g_strcmp0 (key, "name") == 0 ? self->name_row : NULL;
}

static TideMetric *
build_metric (TideMetricEditor *self)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (tide_preferences_get_pipeline (self->window));
  g_autofree char *name = get_name (self);
  char *texts[N_ROWS];
  const char *values[N_ROWS], *key = NULL, *title;
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self->stream_row));
  const TideStream *stream
      = selected < g_strv_length (self->streams) ? tide_workspace_get_stream (workspace, self->streams[selected]) : NULL;
  g_autoptr (GError) error = NULL;
  TideMetricText text = { .name = *name != '\0' ? name : "metric" };
  TideMetric *metric;

  for (guint i = 0; i < N_ROWS; i++)
    {
      texts[i] = get_value (self, i);
      values[i] = *texts[i] != '\0' ? texts[i] : NULL;
      tide_preferences_set_problem (self->rows[i], _ (row_specs[i].title), NULL);
    }
  text.aggregate = values[ROW_AGGREGATE];
  text.where = values[ROW_WHERE];
  text.by = values[ROW_BY];
  text.every = values[ROW_EVERY];
  text.over = values[ROW_OVER];
  text.tier = values[ROW_TIER];
  text.refresh = values[ROW_REFRESH];
  text.freshness = values[ROW_FRESHNESS];
  text.tolerance = values[ROW_TOLERANCE];
  metric = values[ROW_AGGREGATE] == NULL
               ? NULL
               : tide_metric_new (&text, stream, tide_pipeline_catalog (), workspace->zone, find_metric, workspace, &key,
                                  &error);
  if (error != NULL)
    {
      GtkWidget *row = row_of_key (self, key, &title);

      if (row != NULL)
        tide_preferences_set_problem (row, title, error->message);
      show_preview (self, _ ("No value yet"), row == NULL ? error->message : NULL);
    }
  for (guint i = 0; i < N_ROWS; i++)
    g_free (texts[i]);
  return metric;
}

/* Preview */

static void
on_rows (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideMetricEditor) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideRows) rows = tide_pipeline_query_finish (TIDE_PIPELINE (object), result, &error);

  if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_CANCELLED)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->cancellable == NULL)
    return;
  if (rows == NULL)
    {
      show_preview (self, _ ("No value"), error->message);
      return;
    }
  {
    g_autofree char *value = tide_shown_value (rows->metric, rows->total);
    g_autofree char *panes = tide_format_int (rows->n);
    g_autofree char *detail = g_strdup_printf (_ ("Over the last hour, recomputed from events: %s panes · %s"), panes,
                                               rows->metric->definition);

    show_preview (self, value, detail);
  }
}

static gboolean
on_rest (void *data)
{
  TideMetricEditor *self = data;
  g_autoptr (TideMetric) metric = build_metric (self);
  TideTime now = tide_clock_now (&tide_clock_system);

  self->rest = 0;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (metric == NULL)
    return G_SOURCE_REMOVE;
  self->cancellable = g_cancellable_new ();
  tide_pipeline_query_async (tide_preferences_get_pipeline (self->window),
                             &(TideQuery){ .metric = metric,
                                           .view = TIDE_VIEW_RECOMPUTE,
                                           .from = now - TIDE_HOUR,
                                           .to = now,
                                           .total = true },
                             self->cancellable, on_rows, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
on_typed (TideMetricEditor *self)
{
  g_autoptr (TideMetric) metric = build_metric (self);

  g_clear_handle_id (&self->rest, g_source_remove);
  self->rest = g_timeout_add (PREVIEW_AFTER_MS, on_rest, self);
}

/* Add, Save, Remove */

static void
on_saved (GtkWidget *owner, const GError *error)
{
  TideMetricEditor *self = TIDE_METRIC_EDITOR (owner);

  gtk_widget_set_sensitive (self->accept, TRUE);
  if (error != NULL)
    show_preview (self, _ ("Not saved"), error->message);
  else
    adw_preferences_window_close_subpage (ADW_PREFERENCES_WINDOW (self->window));
}

static bool
check_name (TideMetricEditor *self, const TideConf *conf, const char *name, const char *section)
{
  g_autoptr (GError) error = NULL;

  if (self->name != NULL)
    return true;
  if (*name == '\0')
    tide_preferences_set_problem (self->name_row, _ ("Name"), _ ("needed"));
  else if (!tide_name_check (name, &error))
    tide_preferences_set_problem (self->name_row, _ ("Name"), error->message);
  else if (tide_conf_has_section (conf, section))
    tide_preferences_set_problem (self->name_row, _ ("Name"), _ ("there is a metric of this name"));
  else
    tide_preferences_set_problem (self->name_row, _ ("Name"), NULL);
  return !gtk_widget_has_css_class (self->name_row, "error");
}

static void
on_accept (TideMetricEditor *self)
{
  g_autoptr (TideConf) conf = tide_preferences_edit (self->window);
  g_autoptr (TideMetric) metric = build_metric (self);
  g_autofree char *name = get_name (self), *section = g_strconcat ("metric ", name, NULL);
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self->stream_row));

  if (*gtk_editable_get_text (GTK_EDITABLE (self->rows[ROW_AGGREGATE])) == '\0')
    tide_preferences_set_problem (self->rows[ROW_AGGREGATE], _ (row_specs[ROW_AGGREGATE].title), _ ("needed"));
  if (!check_name (self, conf, name, section) || metric == NULL)
    return;
  if (metric->numerator == NULL && selected < g_strv_length (self->streams))
    tide_conf_set (conf, section, "stream", self->streams[selected]);
  for (guint i = 0; i < N_ROWS; i++)
    {
      g_autofree char *text = get_value (self, i);

      tide_conf_set (conf, section, row_specs[i].key, *text != '\0' ? text : NULL);
    }
  gtk_widget_set_sensitive (self->accept, FALSE);
  tide_preferences_apply (self->window, g_steal_pointer (&conf), NULL, GTK_WIDGET (self), on_saved);
}

static void
on_remove (TideMetricEditor *self)
{
  TideConf *conf = tide_preferences_edit (self->window);
  g_autofree char *section = g_strconcat ("metric ", self->name, NULL);
  g_autofree char *text = g_strdup_printf (_ ("Metric “%s” removed"), self->name);

  tide_conf_remove_section (conf, section);
  tide_preferences_apply (self->window, conf, text, GTK_WIDGET (self), on_saved);
}

/* Building the page */

static GtkWidget *
new_entry (TideMetricEditor *self, AdwPreferencesGroup *group, const char *title, const char *text)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_editable_set_text (GTK_EDITABLE (row), text != NULL ? text : "");
  tide_preferences_name (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (row))), title);
  adw_preferences_group_add (group, row);
  return row;
}

static void
add_stream_row (TideMetricEditor *self, AdwPreferencesGroup *group, const char *stream)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (tide_preferences_get_pipeline (self->window));
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  guint selected = 0;

  self->streams = g_new0 (char *, workspace->streams->len + 1);
  for (guint i = 0; i < workspace->streams->len; i++)
    {
      self->streams[i] = g_strdup (((TideStream *) g_ptr_array_index (workspace->streams, i))->name);
      gtk_string_list_append (list, self->streams[i]);
      if (g_strcmp0 (stream, self->streams[i]) == 0)
        selected = i;
    }
  self->stream_row = adw_combo_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->stream_row), _ ("Stream"));
  adw_combo_row_set_model (ADW_COMBO_ROW (self->stream_row), G_LIST_MODEL (list));
  adw_combo_row_set_selected (ADW_COMBO_ROW (self->stream_row), selected);
  tide_preferences_name (self->stream_row, _ ("Stream"));
  adw_preferences_group_add (group, self->stream_row);
}

static GtkWidget *
new_tier_row (AdwPreferencesGroup *group, const char *value)
{
  const char *const titles[] = { _ ("Real time: every event"), _ ("Micro-batch: refreshed every few seconds"),
                                 _ ("Batch: by roll-ups"), NULL };
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (titles);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (row_specs[ROW_TIER].title));
  tide_preferences_name (row, _ (row_specs[ROW_TIER].title));
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  for (guint i = 0; tiers[i] != NULL; i++)
    if (g_strcmp0 (tiers[i], value) == 0)
      adw_combo_row_set_selected (ADW_COMBO_ROW (row), i);
  adw_preferences_group_add (group, row);
  return row;
}

/* What it is for */

static void
on_use_case (TideMetricEditor *self, GParamSpec *spec, GtkWidget *row)
{
  guint n, selected = adw_combo_row_get_selected (ADW_COMBO_ROW (row));
  const TideUseCase *cases = tide_use_cases (&n);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), selected > 0 && selected <= n ? _ (cases[selected - 1].detail)
                                                                                   : _ ("Fills in what is below"));
  if (selected == 0 || selected > n)
    return;
  for (guint i = 0; tiers[i] != NULL; i++)
    if (g_str_equal (tiers[i], cases[selected - 1].tier))
      adw_combo_row_set_selected (ADW_COMBO_ROW (self->rows[ROW_TIER]), i);
  gtk_editable_set_text (GTK_EDITABLE (self->rows[ROW_REFRESH]), cases[selected - 1].refresh);
  gtk_editable_set_text (GTK_EDITABLE (self->rows[ROW_FRESHNESS]), cases[selected - 1].freshness);
  gtk_editable_set_text (GTK_EDITABLE (self->rows[ROW_TOLERANCE]), cases[selected - 1].tolerance);
}

static void
add_use_case (TideMetricEditor *self, AdwPreferencesGroup *group)
{
  guint n;
  const TideUseCase *cases = tide_use_cases (&n);
  GtkWidget *row = self->use_case = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);

  gtk_string_list_append (list, _ ("Own choice"));
  for (guint i = 0; i < n; i++)
    gtk_string_list_append (list, _ (cases[i].title));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("What it is for"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), _ ("Fills in what is below"));
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  tide_preferences_name (row, _ ("What it is for"));
  g_signal_connect_object (row, "notify::selected", G_CALLBACK (on_use_case), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (group, row);
}

static AdwPreferencesGroup *
new_group (AdwPreferencesPage *page, const char *title)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  if (title != NULL)
    adw_preferences_group_set_title (group, title);
  adw_preferences_page_add (page, group);
  return group;
}

static void
add_preview (TideMetricEditor *self, AdwPreferencesPage *page)
{
  self->preview = tide_preferences_row_new (_ ("No value yet"), _ ("Type an aggregate"));
  gtk_widget_add_css_class (self->preview, "numeric");
  adw_preferences_group_add (new_group (page, _ ("Preview")), self->preview);
}

static void
build_page (TideMetricEditor *self, AdwPreferencesPage *page)
{
  g_autoptr (TideConf) conf = tide_preferences_edit (self->window);
  g_autofree char *section = self->name != NULL ? g_strconcat ("metric ", self->name, NULL) : g_strdup ("metric");
  AdwPreferencesGroup *group = new_group (page, NULL);

  if (self->name == NULL)
    self->name_row = new_entry (self, group, _ ("Name"), NULL);
  add_stream_row (self, group, tide_conf_get (conf, section, "stream"));
  for (guint i = 0; i < N_ROWS; i++)
    {
      const char *value = tide_conf_get (conf, section, row_specs[i].key);

      if (i == ROW_TIER)
        {
          add_preview (self, page);
          group = new_group (page, _ ("Where it runs"));
          if (self->name == NULL)
            add_use_case (self, group);
          self->rows[i] = new_tier_row (group, value);
        }
      else
        self->rows[i] = new_entry (self, group, _ (row_specs[i].title), value);
    }
  if (self->name != NULL)
    {
      GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Remove metric"));

      gtk_widget_add_css_class (button, "destructive-action");
      gtk_widget_add_css_class (button, "pill");
      gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
      g_signal_connect_object (button, "clicked", G_CALLBACK (on_remove), self, G_CONNECT_SWAPPED);
      adw_preferences_group_add (new_group (page, NULL), button);
    }
  for (guint i = 0; i < N_ROWS; i++)
    g_signal_connect_object (self->rows[i], i == ROW_TIER ? "notify::selected" : "changed", G_CALLBACK (on_typed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stream_row, "notify::selected", G_CALLBACK (on_typed), self, G_CONNECT_SWAPPED);
}

static void
tide_metric_editor_dispose (GObject *object)
{
  TideMetricEditor *self = TIDE_METRIC_EDITOR (object);

  if (self->stream_row != NULL)
    g_signal_handlers_disconnect_by_data (self->stream_row, self);
  self->stream_row = NULL;
  if (self->use_case != NULL)
    g_signal_handlers_disconnect_by_data (self->use_case, self);
  self->use_case = NULL;
  if (self->rows[ROW_TIER] != NULL)
    g_signal_handlers_disconnect_by_data (self->rows[ROW_TIER], self);
  self->rows[ROW_TIER] = NULL;
  g_clear_handle_id (&self->rest, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (tide_metric_editor_parent_class)->dispose (object);
}

static void
tide_metric_editor_finalize (GObject *object)
{
  TideMetricEditor *self = TIDE_METRIC_EDITOR (object);

  g_free (self->name);
  g_strfreev (self->streams);
  G_OBJECT_CLASS (tide_metric_editor_parent_class)->finalize (object);
}

static void
tide_metric_editor_class_init (TideMetricEditorClass *class)
{
  G_OBJECT_CLASS (class)->dispose = tide_metric_editor_dispose;
  G_OBJECT_CLASS (class)->finalize = tide_metric_editor_finalize;
}

static void
tide_metric_editor_init (TideMetricEditor *self)
{
}

GtkWidget *
tide_metric_editor_new (TidePreferences *window, const char *name)
{
  TideMetricEditor *self = g_object_new (TIDE_TYPE_METRIC_EDITOR, NULL);
  GtkWidget *page = adw_preferences_page_new ();

  self->window = window;
  self->name = g_strdup (name);
  build_page (self, ADW_PREFERENCES_PAGE (page));
  adw_bin_set_child (ADW_BIN (self),
                     tide_preferences_subpage_new (name != NULL ? name : _ ("Add metric"), page,
                                                   name != NULL ? _ ("_Save") : _ ("_Add"), &self->accept));
  g_signal_connect_object (self->accept, "clicked", G_CALLBACK (on_accept), self, G_CONNECT_SWAPPED);
  self->rest = g_timeout_add (PREVIEW_AFTER_MS, on_rest, self);
  return GTK_WIDGET (self);
}
