/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that are run for an alert. They stand in the user's own configuration, never in a workspace: it says which
 * command, from which severity on, and for which workspaces:
 *
 *   [pager]
 *   run=/usr/local/bin/page --high
 *   severity=critical
 *   workspace=/home/me/food-delivery
 *
 * The notification's JSON comes on standard input; nothing of it is on the command line. */
#include "watch-private.h"

#include <string.h>

#define TIMEOUT_MS 30000

static int
rank_of (const char *severity)
{
  for (int i = TIDE_SEVERITY_INFO; severity != NULL && i <= TIDE_SEVERITY_CRITICAL; i++)
    if (strcmp (severity, tide_severity_to_string ((TideSeverity) i)) == 0)
      return i;
  return TIDE_SEVERITY_WARNING;
}

char **
tide_watch_command_list (const char *file, TideSeverity severity, const char *dir)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  GPtrArray *names = g_ptr_array_new ();
  g_auto (GStrv) groups = NULL;

  if (file != NULL && g_key_file_load_from_file (keys, file, G_KEY_FILE_NONE, NULL))
    groups = g_key_file_get_groups (keys, NULL);
  for (guint i = 0; groups != NULL && groups[i] != NULL; i++)
    {
      g_autofree char *from = g_key_file_get_string (keys, groups[i], "severity", NULL);
      g_autofree char *only = g_key_file_get_string (keys, groups[i], "workspace", NULL);

      if ((int) severity >= rank_of (from) && (only == NULL || g_strcmp0 (only, dir) == 0)
          && g_key_file_has_key (keys, groups[i], "run", NULL))
        g_ptr_array_add (names, g_strdup (groups[i]));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

typedef struct
{
  GMainLoop *loop;
  GError *error;
  GSubprocess *process;
} Call;

static void
on_ended (GObject *process, GAsyncResult *result, void *data)
{
  Call *call = data;

  g_subprocess_communicate_finish (G_SUBPROCESS (process), result, NULL, NULL, &call->error);
  g_main_loop_quit (call->loop);
}

static gboolean
on_timeout (void *data)
{
  Call *call = data;

  g_subprocess_force_exit (call->process);
  return G_SOURCE_REMOVE;
}

/* Gives it its input and waits, at most TIMEOUT_MS long. */
static void
run_process (Call *call, const char *body, GCancellable *cancellable)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GBytes) input = g_bytes_new (body, strlen (body));
  g_autoptr (GSource) timeout = g_timeout_source_new (TIMEOUT_MS);

  g_main_context_push_thread_default (context);
  call->loop = g_main_loop_new (context, FALSE);
  g_source_set_callback (timeout, on_timeout, call, NULL);
  g_source_attach (timeout, context);
  g_subprocess_communicate_async (call->process, input, cancellable, on_ended, call);
  g_main_loop_run (call->loop);
  g_source_destroy (timeout);
  g_main_loop_unref (call->loop);
  g_main_context_pop_thread_default (context);
}

TideSendResult
tide_watch_command_send (const char *file, const char *name, const char *body, GCancellable *cancellable, char **ret_answer)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  g_autofree char *line = NULL;
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  Call call = { 0 };

  if (file != NULL && g_key_file_load_from_file (keys, file, G_KEY_FILE_NONE, &error))
    line = g_key_file_get_string (keys, name, "run", &error);
  if (line == NULL || !g_shell_parse_argv (line, NULL, &argv, &error))
    {
      *ret_answer = g_strdup (error != NULL ? error->message : "there is no such command any more");
      return TIDE_SEND_REFUSED;
    }
  call.process = g_subprocess_newv ((const char *const *) argv,
                                    G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                        | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                    &error);
  if (call.process == NULL)
    {
      *ret_answer = g_strdup (error->message);
      return TIDE_SEND_REFUSED;
    }
  run_process (&call, body, cancellable);
  bool good = call.error == NULL && g_subprocess_get_if_exited (call.process) && g_subprocess_get_exit_status (call.process) == 0;

  *ret_answer = good                      ? g_strdup ("ended well")
                : call.error != NULL     ? g_strdup (call.error->message)
                : g_subprocess_get_if_exited (call.process)
                    ? g_strdup_printf ("ended with status %d", g_subprocess_get_exit_status (call.process))
                    : g_strdup ("was ended: it took more than 30 s");
  g_clear_error (&call.error);
  g_object_unref (call.process);
  return good ? TIDE_SEND_DONE : TIDE_SEND_RETRY;
}
