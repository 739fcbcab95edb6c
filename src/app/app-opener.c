/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The step before a workspace is opened: its file is read on a worker, so that the window can show what it would reach
 * and ask, before anything of it is done. Mistakes do not keep it from opening: what is sound runs, and they are named. */
#include "app-opener.h"

typedef struct
{
  char *dir;
  TideOpenerKind kind;
} Args;

static void
args_free (void *data)
{
  Args *args = data;

  g_free (args->dir);
  g_free (args);
}

void
tide_opening_free (TideOpening *opening)
{
  if (opening == NULL)
    return;
  g_free (opening->dir);
  g_free (opening->name);
  g_free (opening->first_problem);
  g_clear_pointer (&opening->reach, g_ptr_array_unref);
  g_free (opening);
}

static TideOpening *
check (const char *dir, TideOpenerKind kind, GError **error)
{
  g_autofree char *file = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = NULL;
  TideOpening *opening;

  if (kind != TIDE_OPENER_EXISTING && !g_file_test (file, G_FILE_TEST_EXISTS)
      && !tide_pipeline_create_workspace (dir, kind == TIDE_OPENER_DEMO, NULL, error))
    return NULL;
  workspace = tide_workspace_load (dir, tide_pipeline_catalog (), problems, error);
  if (workspace == NULL)
    return NULL;
  opening = g_new0 (TideOpening, 1);
  opening->dir = g_strdup (workspace->dir);
  opening->name = workspace->name != NULL ? g_strdup (workspace->name) : g_path_get_basename (workspace->dir);
  opening->reach = tide_pipeline_get_reach (workspace);
  opening->n_problems = problems->len;
  if (problems->len > 0)
    {
      TideProblem *first = g_ptr_array_index (problems, 0);

      opening->first_problem = g_strdup_printf ("%s:%d: %s", first->file, first->line, first->message);
    }
  return opening;
}

static void
check_in_thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  Args *args = data;
  GError *error = NULL;
  TideOpening *opening;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  opening = check (args->dir, args->kind, &error);
  if (opening == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, opening, (GDestroyNotify) tide_opening_free);
}

void
tide_opener_check_async (const char *dir, TideOpenerKind kind, GCancellable *cancellable, GAsyncReadyCallback callback,
                         void *data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Args *args = g_new0 (Args, 1);

  args->dir = g_strdup (dir);
  args->kind = kind;
  g_task_set_task_data (task, args, args_free);
  g_task_run_in_thread (task, check_in_thread);
}

TideOpening *
tide_opener_check_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
