/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the window gets a workspace and lets go of it: check, ask for consent, open, and close without waiting. Each step
 * is asynchronous and carries the generation of its request, so that a person who changes their mind is never shown the
 * workspace they left. */
#include "app-window-private.h"

#include "app-workspaces.h"

#include <glib/gi18n.h>

typedef struct
{
  TideWindow *window; /* a reference */
  guint generation;
  char *dir;
  TideOpenerKind kind;
} Step;

static Step *
step_new (TideWindow *self, const char *dir, TideOpenerKind kind)
{
  Step *step = g_new0 (Step, 1);

  step->window = g_object_ref (self);
  step->generation = self->generation;
  step->dir = g_strdup (dir);
  step->kind = kind;
  return step;
}

static void
step_free (Step *step)
{
  g_object_unref (step->window);
  g_free (step->dir);
  g_free (step);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Step, step_free)

static void
free_step (void *data)
{
  step_free (data);
}

static bool
is_stale (const Step *step)
{
  return step->window->generation != step->generation || step->window->closing;
}

static void
show_error (TideWindow *self, const char *dir, const GError *error)
{
  tide_welcome_show_error (self->welcome, dir, error);
  gtk_stack_set_visible_child_name (self->stack, "welcome");
}

static void
on_let_go (GObject *object, GAsyncResult *result, void *data)
{
  tide_pipeline_close_finish (TIDE_PIPELINE (object), result);
}

static void
show_mistakes (TideWindow *self)
{
  const TideOpening *opening = self->opening;
  g_autofree char *text = NULL;

  gtk_info_bar_set_revealed (self->mistakes, opening->n_problems > 0);
  if (opening->n_problems == 0)
    return;
  if (opening->n_problems == 1)
    text = g_strdup (opening->first_problem);
  else
    text = g_strdup_printf (ngettext ("%s (and %u more; “tidemark-cli check” lists all)",
                                      "%s (and %u more; “tidemark-cli check” lists all)", opening->n_problems - 1),
                            opening->first_problem, opening->n_problems - 1);
  gtk_label_set_text (self->mistakes_label, text);
}

static void
on_opened (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (Step) step = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TidePipeline) pipeline = tide_pipeline_open_finish (result, &error);
  TideWindow *self = step->window;

  if (is_stale (step))
    {
      if (pipeline != NULL)
        tide_pipeline_close_async (pipeline, on_let_go, NULL);
      return;
    }
  if (pipeline == NULL)
    {
      show_error (self, step->dir, error);
      return;
    }
  tide_workspaces_remember (self->opening->dir, self->opening->name, tide_clock_now (&tide_clock_system));
  show_mistakes (self);
  tide_window_set_pipeline (self, pipeline);
  if (self->add_source)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.add-source", NULL);
}

static void
open_checked (TideWindow *self)
{
  Step *step = step_new (self, self->opening->dir, TIDE_OPENER_EXISTING);

  tide_welcome_show_opening (self->welcome, self->opening->dir);
  tide_pipeline_open_async (self->opening->dir, TIDE_PIPELINE_RUN, self->opening->reach, self->cancellable, on_opened,
                            step);
}

static void
on_checked (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (Step) step = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideOpening) opening = tide_opener_check_finish (result, &error);
  TideWindow *self = step->window;

  if (is_stale (step))
    return;
  if (opening == NULL)
    {
      show_error (self, step->dir, error);
      return;
    }
  self->opening = g_steal_pointer (&opening);
  self->add_source = step->kind == TIDE_OPENER_NEW;
  if (tide_workspaces_is_agreed (self->opening->dir, self->opening->reach))
    open_checked (self);
  else
    tide_welcome_show_consent (self->welcome, self->opening->name, self->opening->dir, self->opening->reach);
}

static void
check (const Step *step)
{
  TideWindow *self = step->window;

  tide_opener_check_async (step->dir, step->kind, self->cancellable, on_checked,
                           step_new (self, step->dir, step->kind));
}

static void
on_closed_before (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (Step) step = data;

  tide_pipeline_close_finish (TIDE_PIPELINE (object), result);
  if (!is_stale (step))
    check (step);
}

/* Editors and questions are of the workspace that goes; choosers of files, and the help, are not. */
static void
destroy_transients (GtkWindow *window)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();

  g_list_foreach (windows, (GFunc) (void (*) (void)) g_object_ref, NULL);
  for (GList *item = windows; item != NULL; item = item->next)
    {
      if (GTK_IS_WINDOW (item->data) && gtk_window_get_transient_for (item->data) == window
          && !GTK_IS_FILE_CHOOSER (item->data) && !GTK_IS_SHORTCUTS_WINDOW (item->data))
        {
          destroy_transients (item->data);
          gtk_window_destroy (item->data);
        }
      g_object_unref (item->data);
    }
}

/* One pane asks at a time: whoever goes on asks again, and so the next. */
bool
tide_window_ask_before (TideWindow *self, void (*go_on) (void *data), void *data, GDestroyNotify free_data)
{
  bool asked = false;

  if (!self->closing && self->pipeline != NULL)
    for (GtkWidget *pane = gtk_widget_get_first_child (GTK_WIDGET (self->panes)); pane != NULL && !asked;
         pane = gtk_widget_get_next_sibling (pane))
      asked = tide_app_pane_ask_before (TIDE_APP_PANE (pane), go_on, data, free_data);
  return asked;
}

/* Forgets what was under way; the pipeline that was open, or NULL. */
static TidePipeline *
let_go (TideWindow *self)
{
  TidePipeline *pipeline = self->pipeline != NULL ? g_object_ref (self->pipeline) : NULL;

  self->generation++;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_clear_pointer (&self->opening, tide_opening_free);
  gtk_info_bar_set_revealed (self->mistakes, FALSE);
  destroy_transients (GTK_WINDOW (self));
  tide_window_set_pipeline (self, NULL);
  return pipeline;
}

static void
open_again (void *data)
{
  const Step *step = data;

  tide_window_open (step->window, step->dir, step->kind);
}

void
tide_window_open (TideWindow *self, const char *dir, TideOpenerKind kind)
{
  g_autoptr (Step) question = step_new (self, dir, kind), step = NULL;
  g_autoptr (TidePipeline) before = NULL;

  if (tide_window_ask_before (self, open_again, question, free_step))
    {
      g_steal_pointer (&question);
      return;
    }
  before = let_go (self);
  step = step_new (self, dir, kind);
  tide_welcome_show_opening (self->welcome, dir);
  if (before != NULL) /* perhaps the same folder: its lock has to be gone first */
    tide_pipeline_close_async (before, on_closed_before, g_steal_pointer (&step));
  else
    check (step);
}

static void
close_again (void *data)
{
  tide_window_close_workspace (data);
}

void
tide_window_close_workspace (TideWindow *self)
{
  g_autoptr (TidePipeline) before = NULL;

  if (tide_window_ask_before (self, close_again, g_object_ref (self), g_object_unref))
    return;
  g_object_unref (self);
  before = let_go (self);
  if (before != NULL)
    tide_pipeline_close_async (before, on_let_go, NULL);
  tide_welcome_show_start (self->welcome);
}

static void
on_closed_last (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideWindow) self = data;
  GtkApplication *app = gtk_window_get_application (GTK_WINDOW (self));

  tide_pipeline_close_finish (TIDE_PIPELINE (object), result);
  if (app != NULL)
    g_application_release (G_APPLICATION (app));
  gtk_window_destroy (GTK_WINDOW (self));
}

/* The window goes at once; the process stays until what is queued is committed. FALSE: nothing to wait for. */
bool
tide_window_close_and_destroy (TideWindow *self)
{
  g_autoptr (TidePipeline) before = NULL;

  if (self->closing)
    return true;
  before = let_go (self);
  self->closing = true;
  if (before == NULL)
    return false;
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_application_hold (G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))));
  tide_pipeline_close_async (before, on_closed_last, g_object_ref (self));
  return true;
}

/* Actions */

static void
on_demo (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autofree char *dir = tide_workspaces_get_demo_dir ();

  tide_window_open (TIDE_WINDOW (widget), dir, TIDE_OPENER_DEMO);
}

static void
on_open_recent (GtkWidget *widget, const char *action, GVariant *parameter)
{
  tide_window_open (TIDE_WINDOW (widget), g_variant_get_string (parameter, NULL), TIDE_OPENER_EXISTING);
}

static void
on_agree (GtkWidget *widget, const char *action, GVariant *parameter)
{
  TideWindow *self = TIDE_WINDOW (widget);

  if (self->opening == NULL || self->pipeline != NULL)
    return;
  tide_workspaces_agree (self->opening->dir, self->opening->reach);
  open_checked (self);
}

static void
on_close_workspace (GtkWidget *widget, const char *action, GVariant *parameter)
{
  tide_window_close_workspace (TIDE_WINDOW (widget));
}

static void
on_chosen (GtkNativeDialog *dialog, int response, TideWindow *self)
{
  bool is_new = g_object_get_data (G_OBJECT (dialog), "new") != NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (folder);

      if (path != NULL)
        tide_window_open (self, path, is_new ? TIDE_OPENER_NEW : TIDE_OPENER_EXISTING);
      else
        tide_window_toast (self, _ ("A workspace has to be in a folder of this computer"));
    }
  g_object_unref (dialog);
}

static void
choose_folder (TideWindow *self, const char *title, bool is_new)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (title, GTK_WINDOW (self),
                                                              GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                                              is_new ? _ ("_Use folder") : _ ("_Open"), NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_object_set_data (G_OBJECT (dialog), "new", is_new ? self : NULL);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
on_open (GtkWidget *widget, const char *action, GVariant *parameter)
{
  choose_folder (TIDE_WINDOW (widget), _ ("Open a Workspace"), false);
}

static void
on_connect (GtkWidget *widget, const char *action, GVariant *parameter)
{
  choose_folder (TIDE_WINDOW (widget), _ ("Folder for the New Workspace"), true);
}

void
tide_window_open_install (GtkWidgetClass *class)
{
  gtk_widget_class_install_action (class, "win.demo", NULL, on_demo);
  gtk_widget_class_install_action (class, "win.connect", NULL, on_connect);
  gtk_widget_class_install_action (class, "win.open", NULL, on_open);
  gtk_widget_class_install_action (class, "win.open-recent", "s", on_open_recent);
  gtk_widget_class_install_action (class, "win.agree", NULL, on_agree);
  gtk_widget_class_install_action (class, "win.close-workspace", NULL, on_close_workspace);
}
