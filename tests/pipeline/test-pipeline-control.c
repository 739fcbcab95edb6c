/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Another process asks the owner of a workspace to run something: it does, says what went wrong, takes over a socket
 * that a dead owner left, and does not listen to other people. */
#include "pipeline-fixture.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char *runtime;

static void
test_batch (void)
{
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT "[report r]\nmetrics=n\noutput=out/%Y.csv\n");
  TidePipeline *owner = fixture_open (dir, TIDE_PIPELINE_RUN), *reader = fixture_open (dir, TIDE_PIPELINE_READ);
  const char *const names[] = { "a", "rollup:sensors", "report:r", NULL }, *const unknown[] = { "nothing", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *out = g_build_filename (dir, "out", NULL);

  wait_events (owner, 10);
  g_assert_true (tide_pipeline_batch (reader, names, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (out, G_FILE_TEST_IS_DIR));
  g_assert_true (tide_pipeline_batch (reader, NULL, NULL, &error));
  g_assert_false (tide_pipeline_batch (reader, unknown, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "nothing"));
  g_clear_error (&error);
  /* The run's own error comes over. */
  fixture_write (dir, "analyses/a.sql", "SELECT nonsense FROM sensors");
  g_assert_false (tide_pipeline_batch (reader, names, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "nonsense"));
  g_clear_error (&error);
  fixture_close (owner);
  g_assert_false (tide_pipeline_batch (reader, names, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BUSY);
  fixture_close (reader);
}

static void
test_second_owner (void)
{
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  TidePipeline *owner = fixture_open (dir, TIDE_PIPELINE_WRITE);
  g_autoptr (GError) error = NULL;
  const char *const names[] = { "a", NULL };
  TidePipeline *reader;

  g_assert_null (tide_pipeline_open (dir, TIDE_PIPELINE_WRITE, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LOCKED);
  g_clear_error (&error);
  /* Nor did it take the socket away. */
  reader = fixture_open (dir, TIDE_PIPELINE_READ);
  tide_pipeline_batch (reader, names, NULL, &error);
  g_assert_false (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_BUSY));
  fixture_close (reader);
  fixture_close (owner);
}

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

/* As after a kill: the file is there, and nobody listens. */
static void
test_stale (void)
{
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  TidePipeline *owner = fixture_open (dir, TIDE_PIPELINE_RUN), *reader;
  g_autofree char *path = g_strdup (owner->control_path);
  const char *const names[] = { "rollup:sensors", NULL };
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autoptr (GError) error = NULL;
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  fixture_close (owner);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  close (fd);
  reader = fixture_open (dir, TIDE_PIPELINE_READ);
  g_assert_false (tide_pipeline_batch (reader, names, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BUSY);
  g_clear_error (&error);
  owner = fixture_open (dir, TIDE_PIPELINE_RUN);
  g_assert_true (tide_pipeline_batch (reader, names, NULL, &error));
  g_assert_no_error (error);
  fixture_close (reader);
  fixture_close (owner);
}

/* Requests that are none: an answer or an end, and the owner goes on. */
static void
test_garbage (void)
{
  static const char *const requests[] = { "\n", "batch", "nothing\n", "batch\tno such job\n", "\xff\xfe\n" };
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  TidePipeline *owner = fixture_open (dir, TIDE_PIPELINE_WRITE), *reader = fixture_open (dir, TIDE_PIPELINE_READ);
  const char *const names[] = { "nothing", NULL };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      int fd = connect_to (owner->control_path);
      char reply[256];
      gssize n;

      g_assert_cmpint (fd, >=, 0);
      g_assert_cmpint (write (fd, requests[i], strlen (requests[i])), ==, strlen (requests[i]));
      shutdown (fd, SHUT_WR);
      n = read (fd, reply, sizeof reply);
      g_assert_true (n <= 0 || g_str_has_prefix (reply, "error\t"));
      close (fd);
    }
  g_assert_false (tide_pipeline_batch (reader, names, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  fixture_close (reader);
  fixture_close (owner);
}

/* Connects and asks as nobody. Exit status: 1 refused by permissions, 2 no answer, 0 an answer. */
static int
ask_as_nobody (const char *path)
{
  int status = 0;
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      char reply[64];
      int fd;

      if (setgid (65534) != 0 || setuid (65534) != 0)
        _exit (9);
      fd = connect_to (path);
      if (fd < 0)
        _exit (errno == EACCES ? 1 : 8);
      if (write (fd, "nothing\n", 8) != 8)
        _exit (2);
      _exit (read (fd, reply, sizeof reply) > 0 ? 0 : 2);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static void
test_other_user (void)
{
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  TidePipeline *owner = fixture_open (dir, TIDE_PIPELINE_WRITE);
  g_autofree char *folder = g_path_get_dirname (owner->control_path);
  struct stat info;

  g_assert_cmpint (stat (folder, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0077, ==, 0);
  if (geteuid () != 0)
    g_test_skip ("only root can become another user to ask as");
  else
    {
      g_assert_cmpint (ask_as_nobody (owner->control_path), ==, 1);
      /* Even with the doors open. */
      g_assert_cmpint (chmod (runtime, 0777) + chmod (folder, 0777) + chmod (owner->control_path, 0777), ==, 0);
      g_assert_cmpint (ask_as_nobody (owner->control_path), ==, 2);
      g_assert_cmpint (chmod (runtime, 0700) + chmod (folder, 0700), ==, 0);
    }
  fixture_close (owner);
}

static void *
ask_batch (void *reader)
{
  const char *const names[] = { "a", NULL };
  GError *error = NULL;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  g_assert_false (tide_pipeline_batch (reader, names, NULL, &error));
  return error;
}

static bool
is_running (TidePipeline *pipeline, const char *name)
{
  g_autoptr (GPtrArray) jobs = tide_scheduler_get_jobs (tide_pipeline_get_scheduler (pipeline));
  bool running = false;

  for (guint i = 0; i < jobs->len; i++)
    running |= strcmp (((TideJob *) jobs->pdata[i])->name, name) == 0 && ((TideJob *) jobs->pdata[i])->running;
  return running;
}

/* Closing ends what others asked for and waits until they are told, also those who have not said yet what they want. */
static void
test_close_while_asked (void)
{
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  TidePipeline *owner, *reader;
  g_autoptr (GError) error = NULL;
  gint64 until = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  char reply[64];
  GThread *asking;
  int idle;

  fixture_write (dir, "analyses/a.sql", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000)"
                                        " SELECT max(i) AS n FROM n");
  owner = fixture_open (dir, TIDE_PIPELINE_WRITE);
  reader = fixture_open (dir, TIDE_PIPELINE_READ);
  idle = connect_to (owner->control_path);
  g_assert_cmpint (idle, >=, 0);
  asking = g_thread_new ("asking", ask_batch, reader);
  while (!is_running (owner, "a"))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until);
      g_usleep (1000);
    }
  tide_pipeline_close (owner);
  g_assert_null (owner->control_workers);
  g_object_unref (owner);
  error = g_thread_join (asking);
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED);
  g_assert_true (write (idle, "batch\n", 6) < 0 || read (idle, reply, sizeof reply) <= 0);
  close (idle);
  fixture_close (reader);
}

/* The one line of what a workspace reaches whose Kafka source has these settings too; @ret_binding: of its secret. */
static char *
reach_of (const char *dir, const char *settings, char **ret_binding)
{
  g_autofree char *text = g_strconcat ("[workspace]\nversion=1\nname=test\n[stream s]\nformat=json\n"
                                       "[source k]\nkind=kafka\nstream=s\nbrokers=b:9093\ntopic=t\nuser=u\n",
                                       settings, NULL);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (dir, text, tide_pipeline_catalog (), NULL);
  g_autoptr (GPtrArray) reach = tide_pipeline_get_reach (workspace);

  g_assert_cmpuint (reach->len, ==, 1);
  *ret_binding = tide_secret_get_binding (dir, tide_workspace_get_source (workspace, "k"));
  return g_strdup (g_ptr_array_index (reach, 0));
}

/* Whatever would send the password in clear, or to someone else, is asked anew, and the password has to be given anew. */
static void
test_reach (void)
{
  static const char *const settings[] = {
    "security=sasl-tls\nmechanism=SCRAM-SHA-256\n", "security=sasl-tls\n", "security=sasl\n", "security=plaintext\n",
    "security=sasl-tls\nca=ca.pem\n", "security=sasl-tls\nca=other.pem\n",
  };
  g_autoptr (FixtureDir) dir = fixture_new (BASE_TEXT);
  g_autoptr (GHashTable) lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) bindings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *before = NULL, *same = NULL, *after = NULL, *binding = NULL, *binding_before = NULL;

  fixture_write (dir, "ca.pem", "one");
  fixture_write (dir, "other.pem", "one");
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      char *bound;

      g_assert_true (g_hash_table_add (lines, reach_of (dir, settings[i], &bound)));
      g_assert_true (g_hash_table_add (bindings, bound));
    }
  g_assert_true (g_hash_table_contains (lines, "connects to b:9093 (sasl-tls, PLAIN)"));
  before = reach_of (dir, settings[4], &binding_before);
  same = reach_of (dir, settings[4], &binding);
  g_assert_cmpstr (same, ==, before);
  g_assert_cmpstr (binding, ==, binding_before);
  g_clear_pointer (&binding, g_free);
  fixture_write (dir, "ca.pem", "two");
  after = reach_of (dir, settings[4], &binding);
  g_assert_cmpstr (after, !=, before);
  g_assert_cmpstr (binding, !=, binding_before);
}

/* What is opened is what was agreed to, though the file is read again. */
static void
test_changed_meanwhile (void)
{
  static const char route[] = "[route r]\nkind=webhook\nurl=https://example.org/";
  g_autofree char *first = g_strconcat (BASE_TEXT, route, "a\n", NULL), *second = g_strconcat (BASE_TEXT, route, "b\n", NULL);
  g_autoptr (FixtureDir) dir = fixture_new (first);
  g_autoptr (TideWorkspace) workspace = tide_workspace_load (dir, tide_pipeline_catalog (), NULL, NULL);
  g_autoptr (GPtrArray) agreed = tide_pipeline_get_reach (workspace);
  g_autoptr (GError) error = NULL;
  TidePipeline *owner;

  g_assert_cmpuint (agreed->len, ==, 1);
  fixture_write (dir, TIDE_WORKSPACE_FILE, second);
  g_assert_null (tide_pipeline_open_agreed (dir, TIDE_PIPELINE_RUN, NULL, agreed, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_DENIED);
  g_assert_nonnull (strstr (error->message, "changed meanwhile"));
  g_clear_error (&error);
  fixture_write (dir, TIDE_WORKSPACE_FILE, first);
  owner = tide_pipeline_open_agreed (dir, TIDE_PIPELINE_RUN, NULL, agreed, &error);
  g_assert_no_error (error);
  fixture_close (owner);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = fixture_set_runtime ();
  g_test_add_func ("/pipeline/control/batch", test_batch);
  g_test_add_func ("/pipeline/control/second-owner", test_second_owner);
  g_test_add_func ("/pipeline/control/stale", test_stale);
  g_test_add_func ("/pipeline/control/garbage", test_garbage);
  g_test_add_func ("/pipeline/control/other-user", test_other_user);
  g_test_add_func ("/pipeline/control/close-while-asked", test_close_while_asked);
  g_test_add_func ("/pipeline/control/reach", test_reach);
  g_test_add_func ("/pipeline/control/changed-meanwhile", test_changed_meanwhile);
  status = g_test_run ();
  fixture_dir_free (runtime);
  return status;
}
