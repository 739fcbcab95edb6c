/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every analysis has a draft of its own with its own undo, so going to another row and back loses nothing. The SQL is
 * saved by hand (Ctrl+S, with an undo in the toast) or by running it. */
#include "app-analysis-editor.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-field-tree.h"
#include "app-format.h"
#include "app-sql-draft.h"
#include "app-sql-unsaved.h"
#include "app-undo-toast.h"
#include "app-wrap-box.h"

struct _TideAnalysisEditor
{
  AdwBin parent_instance;

  GtkLabel *title, *percent, *progress_facts, *failure, *status, *file, *rollup;
  GtkWidget *save_button, *schedule_button, *run_button, *cancel_button, *progress_box, *failure_box, *status_icon;
  GtkProgressBar *progress;
  TideStateMark *failure_mark;
  GtkStack *stack;
  GtkPaned *paned;
  GtkSourceView *view;
  TideFieldTree *fields;

  TidePipeline *pipeline;
  GHashTable *drafts;   /* analysis → TideSqlDraft */
  TideSqlDraft *draft;  /* borrowed from drafts; NULL: none is shown */
  TideJobItem *item;
  char *runs_after_save; /* analysis that waits for its file */
};

G_DEFINE_FINAL_TYPE (TideAnalysisEditor, tide_analysis_editor, ADW_TYPE_BIN)

enum
{
  RUN,
  CANCEL,
  SCHEDULE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *
get_name (TideAnalysisEditor *self)
{
  return self->item != NULL ? tide_job_item_get_job (self->item)->name : NULL;
}

/* Status line */

static void
show_status (TideAnalysisEditor *self)
{
  TideSqlState state = tide_sql_draft_get_state (self->draft);
  const char *message = tide_sql_draft_get_message (self->draft);
  g_autofree char *text = NULL;

  if (state == TIDE_SQL_VALID)
    text = g_strdup_printf (_ ("Valid. %s"), message);
  else
    text = g_strdup (state == TIDE_SQL_CHECKING ? _ ("Checking…") : message);
  gtk_label_set_text (self->status, text);
  gtk_widget_set_visible (self->status_icon, state != TIDE_SQL_CHECKING);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->status_icon),
                                state == TIDE_SQL_VALID ? "object-select-symbolic" : "dialog-warning-symbolic");
  gtk_widget_remove_css_class (self->status_icon, state == TIDE_SQL_VALID ? "tide-critical" : "tide-good");
  gtk_widget_add_css_class (self->status_icon, state == TIDE_SQL_VALID ? "tide-good" : "tide-critical");
}

static void
show_file (TideAnalysisEditor *self)
{
  bool modified = tide_sql_draft_is_modified (self->draft);
  g_autofree char *file = g_strdup_printf (modified ? _ ("analyses/%s · changed") : "analyses/%s",
                                           tide_sql_draft_get_file (self->draft));

  gtk_label_set_text (self->file, file);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "analysis.save", modified);
  gtk_widget_set_visible (self->save_button, modified);
}

static void
on_status (TideSqlDraft *draft, TideAnalysisEditor *self)
{
  if (draft != self->draft)
    return;
  show_status (self);
  show_file (self);
}

/* Saving */

typedef struct
{
  TideSqlDraft *draft;
  char *text;
} Undo;

static void
undo_free (void *data)
{
  Undo *undo = data;

  g_object_unref (undo->draft);
  g_free (undo->text);
  g_free (undo);
}

static void
on_undo (void *data)
{
  const Undo *undo = data;

  tide_sql_draft_replace (undo->draft, undo->text);
  tide_sql_draft_save (undo->draft);
}

static void
offer_undo (TideAnalysisEditor *self, TideSqlDraft *draft, const char *before)
{
  g_autofree char *text = g_strdup_printf (_ ("Saved analyses/%s"), tide_sql_draft_get_file (draft));
  Undo *undo = g_new (Undo, 1);

  *undo = (Undo){ .draft = g_object_ref (draft), .text = g_strdup (before) };
  tide_undo_toast (GTK_WIDGET (self), text, on_undo, undo, undo_free);
}

static void
on_saved (TideSqlDraft *draft, const char *before, TideAnalysisEditor *self)
{
  const char *waits = self->runs_after_save;

  if (waits != NULL && g_hash_table_lookup (self->drafts, waits) == draft)
    {
      g_autofree char *name = g_steal_pointer (&self->runs_after_save);

      g_signal_emit (self, signals[RUN], 0, name);
    }
  else if (before != NULL)
    offer_undo (self, draft, before);
}

static void
on_failed (TideSqlDraft *draft, const char *message, TideAnalysisEditor *self)
{
  g_clear_pointer (&self->runs_after_save, g_free);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", message);
}

static void
save_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  TideAnalysisEditor *self = TIDE_ANALYSIS_EDITOR (widget);

  if (self->draft != NULL)
    tide_sql_draft_save (self->draft);
}

bool
tide_analysis_editor_ask_to_save (TideAnalysisEditor *self, void (*go_on) (void *data), void *data,
                                  GDestroyNotify free_data)
{
  return tide_sql_unsaved_ask (self->drafts, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), go_on, data,
                               free_data);
}

/* Running */

void
tide_analysis_editor_run (TideAnalysisEditor *self)
{
  const char *name = get_name (self);

  if (name == NULL || tide_job_item_get_job (self->item)->running)
    return;
  if (self->draft == NULL || !tide_sql_draft_is_modified (self->draft))
    {
      g_signal_emit (self, signals[RUN], 0, name);
      return;
    }
  g_free (self->runs_after_save);
  self->runs_after_save = g_strdup (name);
  tide_sql_draft_save (self->draft);
}

static void
run_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  tide_analysis_editor_run (TIDE_ANALYSIS_EDITOR (widget));
}

static void
cancel_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const char *name = get_name (TIDE_ANALYSIS_EDITOR (widget));

  if (name != NULL)
    g_signal_emit (widget, signals[CANCEL], 0, name);
}

static void
schedule_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const char *name = get_name (TIDE_ANALYSIS_EDITOR (widget));

  if (name != NULL)
    g_signal_emit (widget, signals[SCHEDULE], 0, name);
}

static void
show_failure (TideAnalysisEditor *self, const TideJob *job)
{
  const TideJobHistory *history = tide_job_item_get_history (self->item);
  const TideRun *last = history != NULL ? history->last : NULL;
  bool failed = !job->running && last != NULL && last->status == TIDE_RUN_FAILED && last->error != NULL;

  gtk_widget_set_visible (self->failure_box, failed);
  if (failed)
    {
      g_autofree char *time = tide_near_words (last->ended, g_get_real_time (), NULL);
      g_autofree char *text = g_strdup_printf (_ ("Failed %s: %s"), time, last->error);

      tide_state_mark_set_state (self->failure_mark, TIDE_STATE_TROUBLE);
      if (strcmp (gtk_label_get_text (self->failure), text) != 0)
        gtk_label_set_text (self->failure, text);
    }
}

static void
on_item (TideAnalysisEditor *self)
{
  const TideJob *job = tide_job_item_get_job (self->item);
  g_autofree char *facts = job->running ? tide_progress_words (job, g_get_real_time ()) : NULL;
  g_autofree char *percent = job->progress >= 0 ? g_strdup_printf ("%d" TIDE_NNBSP "%%", (int) (job->progress * 100))
                                                : g_strdup (_ ("Running"));

  gtk_label_set_text (self->title, tide_job_item_get_title (self->item));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "analysis.run", !job->running);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "analysis.cancel", job->running);
  gtk_widget_set_visible (self->cancel_button, job->running);
  gtk_widget_set_visible (self->progress_box, job->running);
  if (job->running)
    {
      gtk_label_set_text (self->percent, percent);
      gtk_progress_bar_set_fraction (self->progress, CLAMP (job->progress, 0, 1));
      gtk_label_set_text (self->progress_facts, facts);
    }
  show_failure (self, job);
}

/* What is shown */

static TideSqlDraft *
find_draft (TideAnalysisEditor *self, const TideAnalysis *analysis)
{
  TideSqlDraft *draft = g_hash_table_lookup (self->drafts, analysis->name);

  if (draft != NULL && strcmp (tide_sql_draft_get_file (draft), analysis->sql_file) == 0)
    {
      tide_sql_draft_reload (draft);
      return draft;
    }
  draft = tide_sql_draft_new (self->pipeline, analysis->sql_file);
  g_signal_connect_object (draft, "status", G_CALLBACK (on_status), self, 0);
  g_signal_connect_object (draft, "saved", G_CALLBACK (on_saved), self, 0);
  g_signal_connect_object (draft, "failed", G_CALLBACK (on_failed), self, 0);
  g_hash_table_replace (self->drafts, g_strdup (analysis->name), draft);
  return draft;
}

static void
update_scheme (TideAnalysisEditor *self)
{
  bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());

  if (self->draft != NULL)
    gtk_source_buffer_set_style_scheme (tide_sql_draft_get_buffer (self->draft),
                                        gtk_source_style_scheme_manager_get_scheme (
                                            gtk_source_style_scheme_manager_get_default (),
                                            dark ? "Adwaita-dark" : "Adwaita"));
}

/* What a roll-up computes, or a report writes. */
static char *
describe_job (const TideJob *job, const TideWorkspace *workspace)
{
  const char *subject = tide_job_get_subject (job);
  const TideReport *report = job->kind == TIDE_JOB_REPORT ? tide_workspace_get_report (workspace, subject) : NULL;
  GString *markup = g_string_new (NULL);
  g_autofree char *what = g_markup_printf_escaped (
      job->kind == TIDE_JOB_REPORT
          ? _ ("Writes these metrics to %s, whole or not at all.")
          : _ ("Computes these metrics from the events of %s since the last cut, and publishes all of them at once."),
      report != NULL ? report->output : subject);

  g_string_append (markup, what);
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      bool is_of = report != NULL ? g_strv_contains ((const char *const *) report->metrics, metric->name)
                                  : metric->numerator == NULL && strcmp (metric->stream->name, subject) == 0;
      g_autofree char *text = is_of ? g_markup_printf_escaped ("\n\n<b>%s</b>\n<tt>%s</tt>", metric->title,
                                                               metric->definition)
                                    : NULL;

      if (is_of)
        g_string_append (markup, text);
    }
  return g_string_free (markup, FALSE);
}

void
tide_analysis_editor_set_job (TideAnalysisEditor *self, TideJobItem *item, const TideWorkspace *workspace)
{
  const TideJob *job = item != NULL ? tide_job_item_get_job (item) : NULL;
  const TideAnalysis *analysis = job != NULL ? tide_job_get_analysis (job, workspace) : NULL;

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_func (self->item, on_item, self);
  g_set_object (&self->item, item);
  self->draft = NULL;
  gtk_widget_set_visible (self->schedule_button, analysis != NULL);
  gtk_widget_set_visible (self->save_button, FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "analysis.save", FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self), item != NULL);
  if (item == NULL)
    return;
  g_signal_connect_object (item, "changed", G_CALLBACK (on_item), self, G_CONNECT_SWAPPED);
  on_item (self);
  if (analysis == NULL)
    {
      g_autofree char *markup = describe_job (job, workspace);

      gtk_label_set_markup (self->rollup, markup);
      gtk_stack_set_visible_child_name (self->stack, "rollup");
      return;
    }
  self->draft = find_draft (self, analysis);
  gtk_text_view_set_buffer (GTK_TEXT_VIEW (self->view), GTK_TEXT_BUFFER (tide_sql_draft_get_buffer (self->draft)));
  update_scheme (self);
  on_status (self->draft, self);
  gtk_stack_set_visible_child_name (self->stack, "sql");
}

void
tide_analysis_editor_refresh (TideAnalysisEditor *self)
{
  tide_field_tree_refresh (self->fields, self->pipeline);
  if (self->draft != NULL)
    tide_sql_draft_check (self->draft);
}

void
tide_analysis_editor_set_pipeline (TideAnalysisEditor *self, TidePipeline *pipeline)
{
  tide_analysis_editor_set_job (self, NULL, NULL);
  g_hash_table_remove_all (self->drafts);
  g_clear_pointer (&self->runs_after_save, g_free);
  g_set_object (&self->pipeline, pipeline);
  tide_field_tree_refresh (self->fields, pipeline);
}

void
tide_analysis_editor_focus (TideAnalysisEditor *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

void
tide_analysis_editor_search (TideAnalysisEditor *self)
{
  tide_field_tree_search (self->fields);
}

static void
on_insert (TideAnalysisEditor *self, const char *text)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view));

  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_delete_selection (buffer, TRUE, TRUE);
  gtk_text_buffer_insert_at_cursor (buffer, text, -1);
  gtk_text_buffer_end_user_action (buffer);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

/* The object */

static void
tide_analysis_editor_dispose (GObject *object)
{
  TideAnalysisEditor *self = TIDE_ANALYSIS_EDITOR (object);

  self->draft = NULL;
  g_clear_object (&self->item);
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->drafts, g_hash_table_unref);
  g_clear_pointer (&self->runs_after_save, g_free);
  G_OBJECT_CLASS (tide_analysis_editor_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *class)
{
  gtk_widget_class_install_action (class, "analysis.save", NULL, save_action);
  gtk_widget_class_install_action (class, "analysis.run", NULL, run_action);
  gtk_widget_class_install_action (class, "analysis.cancel", NULL, cancel_action);
  gtk_widget_class_install_action (class, "analysis.schedule", NULL, schedule_action);
  gtk_widget_class_add_binding_action (class, GDK_KEY_s, GDK_CONTROL_MASK, "analysis.save", NULL);
  gtk_widget_class_add_binding_action (class, GDK_KEY_Return, GDK_CONTROL_MASK, "analysis.run", NULL);
}

static void
tide_analysis_editor_class_init (TideAnalysisEditorClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  static const char *const names[] = { "run", "cancel", "schedule" };

  G_OBJECT_CLASS (class)->dispose = tide_analysis_editor_dispose;
  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], TIDE_TYPE_ANALYSIS_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                               1, G_TYPE_STRING);
  install_actions (widget_class);
  g_type_ensure (GTK_SOURCE_TYPE_VIEW);
  g_type_ensure (TIDE_TYPE_FIELD_TREE);
  g_type_ensure (TIDE_TYPE_STATE_MARK);
  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-analysis-editor.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, TideAnalysisEditor, name)
  BIND (title);
  BIND (percent);
  BIND (progress_facts);
  BIND (failure);
  BIND (status);
  BIND (file);
  BIND (rollup);
  BIND (save_button);
  BIND (schedule_button);
  BIND (run_button);
  BIND (cancel_button);
  BIND (progress_box);
  BIND (failure_box);
  BIND (status_icon);
  BIND (progress);
  BIND (failure_mark);
  BIND (stack);
  BIND (paned);
  BIND (view);
  BIND (fields);
#undef BIND
}

static void
tide_analysis_editor_init (TideAnalysisEditor *self)
{
  self->drafts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->fields, "insert", G_CALLBACK (on_insert), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (update_scheme), self,
                           G_CONNECT_SWAPPED);
}
