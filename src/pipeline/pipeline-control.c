/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The owner's control socket: another process of the same person asks it to run something, since only one process
 * writes a workspace. One request a connection, a line of words parted by tabs; one line back. The socket lies in
 * the person's runtime folder (mode 0700), named by the workspace's path. */
#include "pipeline-private.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

/* A payload may be among the words. */
#define REQUEST_MAX_BYTES (4 * 1024 * 1024)
/* Whoever asks and does not read the answer keeps nobody from closing for longer. */
#define REPLY_DEADLINE_S 5
#define N_WORKERS 4

static char *
socket_path (const char *dir)
{
  g_autofree char *canonical = g_canonicalize_filename (dir, NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, canonical, -1);
  g_autofree char *folder = g_build_filename (g_get_user_runtime_dir (), "tidemark", NULL);

  g_mkdir_with_parents (folder, 0700);
  hash[24] = '\0';
  return g_strdup_printf ("%s/%s.sock", folder, hash);
}

static const char *const quarantine_requests[] = { "replay", "discard", "edit", NULL };

static char *
answer (TidePipeline *self, char *request, GCancellable *cancellable)
{
  g_auto (GStrv) words = g_strsplit (request, "\t", -1);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  bool done = false;

  if (g_strcmp0 (words[0], "batch") == 0)
    done = tide_pipeline_batch (self, words[1] != NULL ? (const char *const *) words + 1 : NULL, cancellable, &error);
  else if (g_strcmp0 (words[0], "accept") == 0 && words[1] != NULL)
    done = tide_pipeline_accept (self, words[1], cancellable, &error);
  else if (words[0] != NULL && g_strv_contains (quarantine_requests, words[0]))
    {
      text = tide_pipeline_answer_quarantine (self, words, cancellable, &error);
      done = text != NULL;
    }
  else
    g_set_error (&error, TIDE_ERROR, TIDE_ERROR_INVALID, "unknown request");
  if (done)
    return g_strdup_printf ("ok\t%s\n", text != NULL ? text : "");
  g_strdelimit (error->message, "\n", ' ');
  return g_strdup_printf ("error\t%d\t%s\n", error->domain == TIDE_ERROR ? error->code : TIDE_ERROR_FAILED,
                          error->message);
}

/* The folder's mode keeps others out; this does too, should it have been made wider. */
static bool
is_same_user (GSocketConnection *connection)
{
  g_autoptr (GCredentials) theirs = g_socket_get_credentials (g_socket_connection_get_socket (connection), NULL);
  g_autoptr (GCredentials) ours = g_credentials_new ();

  return theirs != NULL && g_credentials_is_same_user (theirs, ours, NULL);
}

static void
serve_request (TidePipeline *self, GSocketConnection *connection)
{
  g_autoptr (GDataInputStream) input
      = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_autofree char *request = NULL, *reply = NULL;
  gsize length = 0;

  if (!is_same_user (connection))
    return;
  g_buffered_input_stream_set_buffer_size (G_BUFFERED_INPUT_STREAM (input), REQUEST_MAX_BYTES);
  request = g_data_input_stream_read_line_utf8 (input, &length, self->ending, NULL);
  if (request == NULL || length > REQUEST_MAX_BYTES)
    return;
  reply = answer (self, request, self->ending);
  g_socket_set_timeout (g_socket_connection_get_socket (connection), REPLY_DEADLINE_S);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), reply, strlen (reply), NULL,
                             NULL, NULL);
}

static void
handle (void *data, void *user_data)
{
  g_autoptr (GSocketConnection) connection = data;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  serve_request (user_data, connection);
}

/* A pool of our own: GThreadedSocketService has its handlers share a closure in a way that is a race. Thread: the
 * control's. */
static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source, void *data)
{
  TidePipeline *self = data;

  g_thread_pool_push (self->control_workers, g_object_ref (connection), NULL);
  return TRUE;
}

static void *
control_main (void *data)
{
  TidePipeline *self = data;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  g_main_context_push_thread_default (g_main_loop_get_context (self->control_loop));
  g_socket_service_start (self->control);
  g_main_loop_run (self->control_loop);
  g_socket_service_stop (self->control);
  g_socket_listener_close (G_SOCKET_LISTENER (self->control));
  g_main_context_pop_thread_default (g_main_loop_get_context (self->control_loop));
  return NULL;
}

/**
 * tide_control_serve:
 *
 * Takes over a socket that a dead owner left: whoever has the workspace's lock is the owner.
 */
bool
tide_control_serve (TidePipeline *self, GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GMainContext) context = g_main_context_new ();
  bool listening;

  self->control_path = socket_path (self->dir);
  g_unlink (self->control_path);
  address = g_unix_socket_address_new (self->control_path);
  g_main_context_push_thread_default (context);
  self->control = g_socket_service_new ();
  g_socket_service_stop (self->control);
  listening = g_socket_listener_add_address (G_SOCKET_LISTENER (self->control), address, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error);
  g_main_context_pop_thread_default (context);
  if (!listening)
    {
      g_prefix_error (error, "can't listen on the control socket %s: ", self->control_path);
      return false;
    }
  g_signal_connect (self->control, "incoming", G_CALLBACK (on_incoming), self);
  self->control_workers = g_thread_pool_new (handle, self, N_WORKERS, FALSE, NULL);
  self->control_loop = g_main_loop_new (context, FALSE);
  self->control_thread = g_thread_new ("control", control_main, self);
  return true;
}

static gboolean
quit (void *loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* After "ending" was cancelled, which ends what a request waits for. */
void
tide_control_stop (TidePipeline *self)
{
  if (self->control_thread != NULL)
    {
      g_autoptr (GSource) source = g_idle_source_new ();

      /* Through the loop: quitting before it runs would be lost. */
      g_source_set_callback (source, quit, self->control_loop, NULL);
      g_source_attach (source, g_main_loop_get_context (self->control_loop));
      g_clear_pointer (&self->control_thread, g_thread_join);
      g_unlink (self->control_path);
      /* Waits for all that came in. */
      g_thread_pool_free (g_steal_pointer (&self->control_workers), FALSE, TRUE);
    }
  g_clear_pointer (&self->control_loop, g_main_loop_unref);
  g_clear_object (&self->control);
}

static bool
read_reply (GSocketConnection *connection, char **ret_answer, GCancellable *cancellable, GError **error)
{
  g_autoptr (GDataInputStream) input
      = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_autofree char *reply = g_data_input_stream_read_line_utf8 (input, NULL, cancellable, error);
  g_auto (GStrv) words = reply != NULL ? g_strsplit (reply, "\t", 3) : NULL;

  if (reply == NULL)
    {
      if (error != NULL && *error == NULL)
        g_set_error (error, TIDE_ERROR, TIDE_ERROR_BUSY, "the owner of the workspace ended; try again");
      return false;
    }
  if (strcmp (words[0], "ok") == 0)
    {
      if (ret_answer != NULL)
        *ret_answer = g_strdup (words[1] != NULL ? words[1] : "");
      return true;
    }
  g_set_error_literal (error, TIDE_ERROR,
                       g_strv_length (words) == 3 ? (int) g_ascii_strtoll (words[1], NULL, 10) : TIDE_ERROR_FAILED,
                       g_strv_length (words) == 3 ? words[2] : reply);
  return false;
}

/**
 * tide_control_ask:
 *
 * Has the owner run jobs ("batch"), agree to what a source asks ("accept"), or change the quarantine, and waits for it.
 *
 * Errors: BUSY when nobody answers; else the run's own.
 * Thread: not main.
 */
bool
tide_control_ask (const char *dir, const char *request_word, const char *const *names, char **ret_answer,
                  GCancellable *cancellable, GError **error)
{
  g_autofree char *path = socket_path (dir);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autofree char *list = names != NULL ? g_strjoinv ("\t", (char **) names) : NULL;
  g_autofree char *request = list != NULL ? g_strdup_printf ("%s\t%s\n", request_word, list)
                                          : g_strdup_printf ("%s\n", request_word);
  g_autoptr (GError) failed = NULL;

  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), cancellable, &failed);
  if (connection == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_BUSY,
                   "another process has the workspace open for writing and does not answer (%s); try again or end it",
                   failed->message);
      return false;
    }
  return g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                                    strlen (request), NULL, cancellable, error)
         && read_reply (connection, ret_answer, cancellable, error);
}
