/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analyses. The scheduler's list of jobs is looked at with the tick (a short lock); the table of runs is read on a
 * worker, and only when a job began or ended, the range changed, or half a minute went by. */
#include "app-analyses-pane.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-analyses-table.h"
#include "app-analysis-dialog.h"
#include "app-analysis-editor.h"
#include "app-analysis-remove.h"
#include "app-result-card.h"
#include "app-wrap-box.h"

/* Of the cells: often while something runs. */
#define UPDATE_EVERY TIDE_SECOND
#define UPDATE_RUNNING (200 * TIDE_MS)
#define ASK_EVERY (30 * TIDE_SECOND)
#define STACKED_BELOW 900

static const TideAppRange ranges[] = {
  { "6h", N_ ("Last 6 h"), 6 * TIDE_HOUR },
  { "1d", N_ ("Last 24 h"), TIDE_DAY },
  { "7d", N_ ("Last 7 days"), 7 * TIDE_DAY },
  { "30d", N_ ("Last 30 days"), 30 * TIDE_DAY },
};

struct _TideAnalysesPane
{
  TideAppPane parent_instance;

  GtkStack *stack;
  GtkBox *filters, *below;
  GtkLabel *problem;
  TideAnalysesTable *table;
  TideAnalysisEditor *editor;
  TideResultCard *result;
  GtkToggleButton *toggles[TIDE_N_JOB_FILTERS];

  TideWorkspace *workspace;
  TideAnalysesAnswer *answer;
  GCancellable *cancellable;
  char *seen;            /* which runs the jobs have had: another text, another question */
  guint n_streams;       /* that have events: another number, other tables to read */
  char *awaited;         /* an analysis that is to be selected once it is there */
  gint64 updated_at, asked_at; /* monotonic */
  bool is_asking, is_stacked;
};

G_DEFINE_FINAL_TYPE (TideAnalysesPane, tide_analyses_pane, TIDE_TYPE_APP_PANE)

static TidePipeline *
get_pipeline (TideAnalysesPane *self)
{
  return tide_app_pane_get_pipeline (TIDE_APP_PANE (self));
}

static TideScheduler *
get_scheduler (TideAnalysesPane *self)
{
  return get_pipeline (self) != NULL ? tide_pipeline_get_scheduler (get_pipeline (self)) : NULL;
}

static void
toast_error (TideAnalysesPane *self, const GError *error)
{
  tide_app_pane_toast (TIDE_APP_PANE (self), error->message);
}

/* Showing */

static void
show_counts (TideAnalysesPane *self)
{
  static const char *const words[] = { N_ ("All"), N_ ("Running"), N_ ("Failed"), N_ ("Missed") };
  guint counts[TIDE_N_JOB_FILTERS];
  g_autofree char *subtitle = NULL;

  for (guint i = 0; i < TIDE_N_JOB_FILTERS; i++)
    {
      g_autofree char *label = NULL;

      counts[i] = tide_analyses_table_count (self->table, (TideJobFilter) i);
      label = g_strdup_printf ("%s %u", _ (words[i]), counts[i]);
      if (g_strcmp0 (gtk_button_get_label (GTK_BUTTON (self->toggles[i])), label) != 0)
        gtk_button_set_label (GTK_BUTTON (self->toggles[i]), label);
    }
  subtitle = g_strdup_printf (_ ("%u running, %u failed"), counts[TIDE_JOBS_RUNNING], counts[TIDE_JOBS_FAILED]);
  tide_app_pane_set_subtitle (TIDE_APP_PANE (self), subtitle);
}

/* Why there is no result for a job that is no analysis. */
static const char *
explain (const TideJob *job, const char **ret_title)
{
  static const char *const titles[] = { [TIDE_JOB_ROLLUP] = N_ ("The Cut Moves"), [TIDE_JOB_REPORT] = N_ ("A File Is Written") };
  static const char *const texts[] = {
    [TIDE_JOB_ROLLUP] = N_ ("What a roll-up brings is in the metrics: Historical shows its values, Merged the cut that it "
                            "moved."),
    [TIDE_JOB_REPORT] = N_ ("A report writes its metrics as CSV to the file that the workspace names."),
  };

  *ret_title = _ ("Nothing Selected");
  if (job == NULL || job->kind == TIDE_JOB_ANALYSIS)
    return _ ("Select an analysis above to see its result.");
  *ret_title = _ (titles[job->kind]);
  return _ (texts[job->kind]);
}

static void
show_selected (TideAnalysesPane *self)
{
  TideJobItem *item = self->workspace != NULL ? tide_analyses_table_get_selected (self->table) : NULL;
  const TideJob *job = item != NULL ? tide_job_item_get_job (item) : NULL;
  bool is_analysis = job != NULL && job->kind == TIDE_JOB_ANALYSIS;
  const char *title, *text = explain (job, &title);

  tide_analysis_editor_set_job (self->editor, item, self->workspace);
  tide_result_card_set_analysis (self->result, get_pipeline (self), is_analysis ? job->name : NULL, title, text,
                                 self->workspace != NULL ? self->workspace->zone : NULL);
}

static void
update (TideAnalysesPane *self, GPtrArray *jobs)
{
  self->updated_at = g_get_monotonic_time ();
  gtk_stack_set_visible_child_name (self->stack, jobs->len > 0 ? "content" : "empty");
  tide_analyses_table_update (self->table, jobs, self->workspace, self->answer, g_get_real_time ());
  if (self->awaited != NULL && tide_workspace_get_analysis (self->workspace, self->awaited) != NULL)
    {
      g_autofree char *name = g_steal_pointer (&self->awaited);

      tide_analyses_table_select (self->table, name);
      tide_analysis_editor_focus (self->editor);
    }
  show_counts (self);
}

/* Asking */

static char *
describe_runs (const GPtrArray *jobs, bool *ret_running)
{
  GString *text = g_string_new (NULL);

  *ret_running = false;
  for (guint i = 0; i < jobs->len; i++)
    {
      const TideJob *job = g_ptr_array_index (jobs, i);

      g_string_append_printf (text, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", job->name, job->run, job->last_ended);
      *ret_running |= job->running;
    }
  return g_string_free (text, FALSE);
}

static void
on_answer (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideAnalysesPane) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideAnalysesAnswer) answer = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  bool is_asked = g_task_get_cancellable (G_TASK (result)) == self->cancellable;

  if (!is_asked)
    return;
  self->is_asking = false;
  gtk_widget_set_visible (GTK_WIDGET (self->problem), answer == NULL);
  if (answer == NULL)
    {
      gtk_label_set_text (self->problem, error->message);
      return;
    }
  g_clear_pointer (&self->answer, tide_analyses_answer_unref);
  self->answer = g_steal_pointer (&answer);
  self->updated_at = 0;
}

static void
ask (TideAnalysesPane *self)
{
  TideTime now = g_get_real_time ();

  self->is_asking = true;
  self->asked_at = g_get_monotonic_time ();
  tide_analyses_ask_async (get_pipeline (self), now - tide_app_pane_get_range (TIDE_APP_PANE (self))->span, now,
                           self->cancellable, on_answer, g_object_ref (self));
}

/* A run of the analysis that is shown may have brought a version. */
static void
look_for_result (TideAnalysesPane *self)
{
  if (tide_analyses_table_get_selected (self->table) == NULL || self->seen == NULL)
    return;
  tide_result_card_refresh (self->result);
  tide_analysis_editor_refresh (self->editor);
}

static void
adapt (TideAnalysesPane *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  bool is_stacked = width < STACKED_BELOW;

  tide_analyses_table_adapt (self->table);
  if (width == 0 || is_stacked == self->is_stacked)
    return;
  self->is_stacked = is_stacked;
  gtk_box_set_homogeneous (self->below, !is_stacked);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->below),
                                  is_stacked ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
}

/* A stream is a table from its first event on. */
static void
look_for_streams (TideAnalysesPane *self, const TideStatus *status)
{
  guint n = 0;

  for (guint i = 0; status != NULL && i < status->n_streams; i++)
    n += status->streams[i].seq > 0;
  if (n == self->n_streams || status == NULL)
    return;
  self->n_streams = n;
  tide_analysis_editor_refresh (self->editor);
}

static void
tide_analyses_pane_tick (TideAppPane *pane, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TideAnalysesPane *self = TIDE_ANALYSES_PANE (pane);
  TideScheduler *scheduler = get_scheduler (self);
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GPtrArray) jobs = NULL;
  g_autofree char *seen = NULL;
  bool running;

  adapt (self);
  if (scheduler == NULL || self->workspace == NULL)
    return;
  look_for_streams (self, status);
  jobs = tide_scheduler_get_jobs (scheduler);
  seen = describe_runs (jobs, &running);
  if (!self->is_asking && (g_strcmp0 (seen, self->seen) != 0 || self->asked_at == 0 || now - self->asked_at > ASK_EVERY))
    {
      if (g_strcmp0 (seen, self->seen) != 0)
        look_for_result (self);
      g_free (self->seen);
      self->seen = g_steal_pointer (&seen);
      ask (self);
    }
  if (now - self->updated_at >= (running ? UPDATE_RUNNING : UPDATE_EVERY))
    update (self, jobs);
}

/* What the person does */

static void
run (TideAnalysesPane *self, const char *name)
{
  g_autoptr (GError) error = NULL;

  if (get_scheduler (self) != NULL && !tide_scheduler_run (get_scheduler (self), name, &error))
    toast_error (self, error);
  self->updated_at = 0;
}

static void
cancel (TideAnalysesPane *self, const char *name)
{
  if (get_scheduler (self) != NULL)
    tide_scheduler_cancel (get_scheduler (self), name);
}

static void
on_act (TideAnalysesPane *self, const char *name)
{
  TideJobItem *item;

  tide_analyses_table_select (self->table, name);
  item = tide_analyses_table_get_selected (self->table);
  if (item == NULL || strcmp (tide_job_item_get_job (item)->name, name) != 0)
    return;
  if (tide_job_item_get_job (item)->running)
    cancel (self, name);
  else
    tide_analysis_editor_run (self->editor); /* saves first what was changed */
}

static void
on_filter (GtkToggleButton *toggle, TideAnalysesPane *self)
{
  for (guint i = 0; i < TIDE_N_JOB_FILTERS; i++)
    if (toggle == self->toggles[i] && gtk_toggle_button_get_active (toggle))
      tide_analyses_table_set_filter (self->table, (TideJobFilter) i);
}

static void
on_done (TideAnalysesPane *self, const char *name)
{
  g_free (self->awaited);
  self->awaited = g_strdup (name);
  gtk_toggle_button_set_active (self->toggles[TIDE_JOBS_ALL], TRUE);
}

static void
on_remove (TideAnalysesPane *self, const char *name)
{
  tide_analysis_remove (GTK_WIDGET (self), get_pipeline (self), name);
}

static void
show_dialog (TideAnalysesPane *self, const char *name)
{
  GtkWindow *dialog;

  if (get_pipeline (self) == NULL)
    return;
  dialog = tide_analysis_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), get_pipeline (self), name);
  g_signal_connect_object (dialog, "done", G_CALLBACK (on_done), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (dialog, "remove", G_CALLBACK (on_remove), self, G_CONNECT_SWAPPED);
  gtk_window_present (dialog);
}

static void
new_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  show_dialog (TIDE_ANALYSES_PANE (widget), NULL);
}

/* For the window */

static void
restart (TideAnalysesPane *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->is_asking = false;
  self->asked_at = self->updated_at = 0;
}

static void
tide_analyses_pane_workspace_changed (TideAppPane *pane)
{
  TideAnalysesPane *self = TIDE_ANALYSES_PANE (pane);

  g_clear_pointer (&self->workspace, tide_workspace_unref);
  if (get_pipeline (self) != NULL)
    self->workspace = tide_pipeline_get_workspace (get_pipeline (self));
  restart (self);
  show_selected (self);
  if (self->workspace != NULL)
    tide_analysis_editor_refresh (self->editor);
}

static void
tide_analyses_pane_set_pipeline (TideAppPane *pane, TidePipeline *pipeline)
{
  TideAnalysesPane *self = TIDE_ANALYSES_PANE (pane);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  g_clear_pointer (&self->answer, tide_analyses_answer_unref);
  g_clear_pointer (&self->seen, g_free);
  g_clear_pointer (&self->awaited, g_free);
  self->n_streams = 0;
  tide_app_pane_set_subtitle (pane, NULL);
  tide_analysis_editor_set_pipeline (self->editor, pipeline);
  tide_analyses_pane_workspace_changed (pane);
  if (self->workspace != NULL)
    tide_analyses_table_update (self->table, none, self->workspace, NULL, 0);
}

static bool
tide_analyses_pane_ask_before (TideAppPane *pane, void (*go_on) (void *data), void *data, GDestroyNotify free_data)
{
  return tide_analysis_editor_ask_to_save (TIDE_ANALYSES_PANE (pane)->editor, go_on, data, free_data);
}

/* As the title of a column, which begins small. */
static const char *
get_range_title (const TideAppRange *range)
{
  static const char *const titles[] = { N_ ("last 6 h"), N_ ("last 24 h"), N_ ("last 7 days"), N_ ("last 30 days") };

  G_STATIC_ASSERT (G_N_ELEMENTS (titles) == G_N_ELEMENTS (ranges));
  return _ (titles[range - ranges]);
}

static void
tide_analyses_pane_range_changed (TideAppPane *pane, const TideAppRange *range)
{
  TideAnalysesPane *self = TIDE_ANALYSES_PANE (pane);

  tide_analyses_table_set_range_title (self->table, get_range_title (range));
  restart (self);
}

static TideAppExport *
tide_analyses_pane_get_export (TideAppPane *pane)
{
  TideAnalysesPane *self = TIDE_ANALYSES_PANE (pane);
  TideAppExport *result = tide_result_card_get_export (self->result);

  if (result != NULL || self->workspace == NULL)
    return result;
  return tide_analyses_table_get_export (self->table);
}

static void
tide_analyses_pane_search (TideAppPane *pane)
{
  tide_analysis_editor_search (TIDE_ANALYSES_PANE (pane)->editor);
}

/* The object */

static void
add_filters (TideAnalysesPane *self)
{
  for (guint i = 0; i < TIDE_N_JOB_FILTERS; i++)
    {
      GtkWidget *toggle = gtk_toggle_button_new_with_label ("");

      self->toggles[i] = GTK_TOGGLE_BUTTON (toggle);
      gtk_widget_add_css_class (toggle, "numeric");
      if (i > 0)
        gtk_toggle_button_set_group (self->toggles[i], self->toggles[0]);
      g_signal_connect_object (toggle, "toggled", G_CALLBACK (on_filter), self, 0);
      gtk_box_append (self->filters, toggle);
    }
  gtk_toggle_button_set_active (self->toggles[TIDE_JOBS_ALL], TRUE);
}

static void
tide_analyses_pane_dispose (GObject *object)
{
  TideAnalysesPane *self = TIDE_ANALYSES_PANE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->workspace, tide_workspace_unref);
  g_clear_pointer (&self->answer, tide_analyses_answer_unref);
  g_clear_pointer (&self->seen, g_free);
  g_clear_pointer (&self->awaited, g_free);
  G_OBJECT_CLASS (tide_analyses_pane_parent_class)->dispose (object);
}

static void
tide_analyses_pane_class_init (TideAnalysesPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  TideAppPaneClass *pane_class = TIDE_APP_PANE_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_analyses_pane_dispose;
  pane_class->set_pipeline = tide_analyses_pane_set_pipeline;
  pane_class->workspace_changed = tide_analyses_pane_workspace_changed;
  pane_class->tick = tide_analyses_pane_tick;
  pane_class->range_changed = tide_analyses_pane_range_changed;
  pane_class->get_export = tide_analyses_pane_get_export;
  pane_class->ask_before = tide_analyses_pane_ask_before;
  pane_class->search = tide_analyses_pane_search;
  g_type_ensure (TIDE_TYPE_ANALYSES_TABLE);
  g_type_ensure (TIDE_TYPE_ANALYSIS_EDITOR);
  g_type_ensure (TIDE_TYPE_RESULT_CARD);
  gtk_widget_class_install_action (widget_class, "analyses.new", NULL, new_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_n, GDK_CONTROL_MASK, "analyses.new", NULL);
  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-analyses-pane.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, TideAnalysesPane, name)
  BIND (stack);
  BIND (filters);
  BIND (below);
  BIND (problem);
  BIND (table);
  BIND (editor);
  BIND (result);
#undef BIND
}

static void
tide_analyses_pane_init (TideAnalysesPane *self)
{
  self->cancellable = g_cancellable_new ();
  tide_app_pane_set_ranges (TIDE_APP_PANE (self), ranges, G_N_ELEMENTS (ranges), "7d");
  gtk_widget_init_template (GTK_WIDGET (self));
  tide_analyses_table_set_range_title (self->table, _ ("last 7 days"));
  add_filters (self);
  g_signal_connect_object (self->table, "selected", G_CALLBACK (show_selected), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "act", G_CALLBACK (on_act), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor, "run", G_CALLBACK (run), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor, "cancel", G_CALLBACK (cancel), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor, "schedule", G_CALLBACK (show_dialog), self, G_CONNECT_SWAPPED);
}
