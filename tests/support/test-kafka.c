/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See test-kafka.h. Waiting is by condition or by looking again every few ms, always with a deadline. */
#include "test-kafka.h"

#include <string.h>

#define DEADLINE_US (100 * G_USEC_PER_SEC)

struct _TestPeer
{
  GSubprocess *process;
  GDataInputStream *output;
  char *greeting;
};

TestPeer *
test_peer_new (const char *const *argv, char **ret_skip)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                                      | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  g_assert_no_error (error);
  TestPeer *peer = g_new0 (TestPeer, 1);
  peer->process = process;
  peer->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  peer->greeting = g_data_input_stream_read_line (peer->output, NULL, NULL, NULL);
  if (peer->greeting != NULL)
    return peer;
  char reason[1024] = "";
  gsize n = 0;
  g_input_stream_read_all (g_subprocess_get_stderr_pipe (process), reason, sizeof reason - 1, &n, NULL, NULL);
  g_subprocess_wait (process, NULL, NULL);
  g_strchomp (reason);
  if (!g_subprocess_get_if_exited (process) || g_subprocess_get_exit_status (process) != 77 || ret_skip == NULL)
    g_error ("%s: %s", argv[0], reason);
  *ret_skip = g_strdup (reason);
  test_peer_free (peer);
  return NULL;
}

const char *
test_peer_get_greeting (const TestPeer *peer)
{
  return peer->greeting;
}

void
test_peer_tell (TestPeer *peer, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  va_list args;
  va_start (args, format);
  g_autofree char *command = g_strdup_vprintf (format, args);
  va_end (args);
  GOutputStream *input = g_subprocess_get_stdin_pipe (peer->process);
  g_output_stream_printf (input, NULL, NULL, &error, "%s\n", command);
  g_output_stream_flush (input, NULL, NULL);
  g_assert_no_error (error);
  g_autofree char *answer = g_data_input_stream_read_line (peer->output, NULL, NULL, NULL);
  if (g_strcmp0 (answer, "ok") != 0)
    g_error ("%s: %s", command, answer);
}

void
test_peer_free (TestPeer *peer)
{
  if (peer == NULL)
    return;
  g_output_stream_close (g_subprocess_get_stdin_pipe (peer->process), NULL, NULL);
  g_subprocess_wait (peer->process, NULL, NULL);
  g_object_unref (peer->output);
  g_object_unref (peer->process);
  g_free (peer->greeting);
  g_free (peer);
}

/* --- the host --- */

static void
record (TestHost *host, const TideBatch *batch)
{
  const TideColumn *columns = batch->columns, *key = &columns[TIDE_COLUMN_KEY],
                   *headers = &columns[TIDE_COLUMN_HEADERS];
  for (uint32_t i = 0; i < batch->n; i++)
    {
      TestEvent event = {
        .partition = (int32_t) columns[TIDE_COLUMN_PARTITION].ints[i],
        .offset = columns[TIDE_COLUMN_OFFSET].ints[i],
        .id = columns[TIDE_COLUMN_FIELD0].ints[i],
        .time = columns[TIDE_COLUMN_TIME].ints[i],
      };
      if (tide_column_is_valid (key, i))
        {
          TideText text = key->dict[key->codes[i]];
          memcpy (event.key, text.data, MIN (text.len, sizeof event.key - 1));
        }
      if (tide_column_is_valid (headers, i))
        {
          TideText text = headers->dict[headers->codes[i]];
          memcpy (event.headers, text.data, MIN (text.len, sizeof event.headers - 1));
        }
      g_array_append_val (host->events, event);
    }
}

static void
move_all (GPtrArray *from, GPtrArray *to)
{
  while (from != NULL && from->len > 0)
    g_ptr_array_add (to, g_ptr_array_steal_index (from, 0));
}

static bool
deliver (const TideDelivery *delivery, GCancellable *cancellable, void *data, GError **error)
{
  TestHost *host = data;
  g_mutex_lock (&host->lock);
  while (host->block && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait_until (&host->cond, &host->lock, g_get_monotonic_time () + 10 * 1000);
  if (host->refuse || host->block)
    {
      g_mutex_unlock (&host->lock);
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FULL, "refused");
      return false;
    }
  if (delivery->batch != NULL)
    record (host, delivery->batch);
  for (guint i = 0; i < delivery->n_positions; i++)
    {
      gpointer partition = GINT_TO_POINTER (delivery->positions[i].partition);
      g_hash_table_insert (host->positions, partition, GSIZE_TO_POINTER (delivery->positions[i].offset));
      g_hash_table_insert (host->tokens, partition, g_strdup (delivery->positions[i].token));
    }
  move_all (delivery->gaps, host->gaps);
  move_all (delivery->rejected, host->rejected);
  g_cond_broadcast (&host->cond);
  g_mutex_unlock (&host->lock);
  return true;
}

static void
clear_position (gpointer data)
{
  tide_position_clear (data);
}

static GArray *
positions (const char *source, void *data, GError **error)
{
  TestHost *host = data;
  GArray *array = g_array_new (FALSE, TRUE, sizeof (TidePosition));
  g_array_set_clear_func (array, clear_position);
  GHashTableIter iter;
  gpointer partition, offset;
  g_mutex_lock (&host->lock);
  g_hash_table_iter_init (&iter, host->positions);
  while (g_hash_table_iter_next (&iter, &partition, &offset))
    {
      TidePosition position = { .partition = GPOINTER_TO_INT (partition), .offset = (int64_t) GPOINTER_TO_SIZE (offset),
                                .token = g_strdup (g_hash_table_lookup (host->tokens, partition)) };
      g_array_append_val (array, position);
    }
  g_mutex_unlock (&host->lock);
  return array;
}

static char *
secret (const TideSourceDef *source, void *data)
{
  TestHost *host = data;
  return g_strdup (host->secret);
}

TestHost *
test_host_new (void)
{
  TestHost *host = g_new0 (TestHost, 1);
  host->host = (TideSourceHost){ .deliver = deliver, .positions = positions, .secret = secret, .data = host };
  g_mutex_init (&host->lock);
  g_cond_init (&host->cond);
  host->events = g_array_new (FALSE, FALSE, sizeof (TestEvent));
  host->positions = g_hash_table_new (NULL, NULL);
  host->tokens = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  host->gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_gap_free);
  host->rejected = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_rejected_free);
  return host;
}

void
test_host_free (TestHost *host)
{
  if (host == NULL)
    return;
  g_array_unref (host->events);
  g_hash_table_unref (host->positions);
  g_hash_table_unref (host->tokens);
  g_ptr_array_unref (host->gaps);
  g_ptr_array_unref (host->rejected);
  g_mutex_clear (&host->lock);
  g_cond_clear (&host->cond);
  g_free (host);
}

guint
test_host_count (TestHost *host)
{
  g_mutex_lock (&host->lock);
  guint n = host->events->len;
  g_mutex_unlock (&host->lock);
  return n;
}

void
test_host_set (TestHost *host, bool refuse, bool block)
{
  g_mutex_lock (&host->lock);
  host->refuse = refuse;
  host->block = block;
  g_cond_broadcast (&host->cond);
  g_mutex_unlock (&host->lock);
}

void
test_host_wait (TestHost *host, guint n)
{
  int64_t until_us = g_get_monotonic_time () + DEADLINE_US;
  g_mutex_lock (&host->lock);
  while (host->events->len < n)
    if (!g_cond_wait_until (&host->cond, &host->lock, until_us))
      g_error ("%u events of %u came", host->events->len, n);
  g_mutex_unlock (&host->lock);
}

int64_t
test_host_position (TestHost *host, int32_t partition)
{
  gpointer offset;
  g_mutex_lock (&host->lock);
  bool known = g_hash_table_lookup_extended (host->positions, GINT_TO_POINTER (partition), NULL, &offset);
  g_mutex_unlock (&host->lock);
  return known ? (int64_t) GPOINTER_TO_SIZE (offset) : -1;
}

void
test_host_check (TestHost *host, int64_t from, int64_t to, int n_partitions)
{
  g_autofree guint8 *seen = g_new0 (guint8, to - from);
  g_autofree int64_t *last = g_new (int64_t, n_partitions);
  for (int i = 0; i < n_partitions; i++)
    last[i] = -1;
  g_mutex_lock (&host->lock);
  for (guint i = 0; i < host->events->len; i++)
    {
      const TestEvent *event = &g_array_index (host->events, TestEvent, i);
      g_autofree char *key = g_strdup_printf ("key-%" G_GINT64_FORMAT, event->id);
      g_assert_cmpint (event->id, >=, from);
      g_assert_cmpint (event->id, <, to);
      g_assert_cmpint (seen[event->id - from]++, ==, 0);
      g_assert_cmpint (event->partition, ==, event->id % n_partitions);
      g_assert_cmpint (event->offset, >, last[event->partition]);
      g_assert_cmpstr (event->key, ==, key);
      last[event->partition] = event->offset;
    }
  g_assert_cmpint (host->events->len, ==, to - from);
  g_mutex_unlock (&host->lock);
}

/* --- sources --- */

TideSourceDef *
test_source_def (const char *brokers, const char *topic, ...)
{
  TideSourceDef *def = g_new0 (TideSourceDef, 1);
  def->name = g_strdup ("orders");
  def->stream = g_strdup ("orders");
  def->enabled = true;
  for (guint i = 0; tide_source_specs ()[i] != NULL; i++)
    if (g_str_equal (tide_source_specs ()[i]->kind, "kafka"))
      def->spec = tide_source_specs ()[i];
  g_assert_nonnull (def->spec);
  def->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < def->spec->n_keys; i++)
    if (def->spec->keys[i].fallback != NULL)
      g_hash_table_insert (def->keys, g_strdup (def->spec->keys[i].name), g_strdup (def->spec->keys[i].fallback));
  g_hash_table_insert (def->keys, g_strdup ("brokers"), g_strdup (brokers));
  g_hash_table_insert (def->keys, g_strdup ("topic"), g_strdup (topic));
  va_list args;
  va_start (args, topic);
  for (const char *key = va_arg (args, const char *); key != NULL; key = va_arg (args, const char *))
    g_hash_table_replace (def->keys, g_strdup (key), g_strdup (va_arg (args, const char *)));
  va_end (args);
  return def;
}

void
test_source_def_free (TideSourceDef *def)
{
  if (def == NULL)
    return;
  g_free (def->name);
  g_free (def->stream);
  g_hash_table_unref (def->keys);
  g_free (def);
}

TideSource *
test_source_start (const TideSourceDef *def, TestHost *host)
{
  GPtrArray *fields = g_ptr_array_new ();
  g_ptr_array_add (fields, tide_field_new ("id", "id", TIDE_TYPE_INT, 0));
  g_autoptr (TideStreamRef) stream = tide_stream_new ("orders", fields, NULL, NULL);
  return tide_source_start (g_get_tmp_dir (), def, stream, &host->host, NULL);
}

char *
test_source_wait_state (TideSource *source, TideSourceState state)
{
  int64_t until_us = g_get_monotonic_time () + DEADLINE_US;
  for (;;)
    {
      TideSourceStatus status = { 0 };
      tide_source_get_status (source, &status);
      g_autofree char *message = g_strdup (status.message);
      TideSourceState now = status.state;
      tide_source_status_clear (&status);
      if (now == state)
        return g_steal_pointer (&message);
      if (g_get_monotonic_time () > until_us)
        g_error ("is %s (%s), not %s", tide_source_state_to_string (now), message, tide_source_state_to_string (state));
      g_usleep (2000);
    }
}

void
test_source_wait_message (TideSource *source, const char *text)
{
  int64_t until_us = g_get_monotonic_time () + DEADLINE_US;
  for (;;)
    {
      TideSourceStatus status = { 0 };
      tide_source_get_status (source, &status);
      g_autofree char *message = g_strdup (status.message);
      tide_source_status_clear (&status);
      if (message != NULL && strstr (message, text) != NULL)
        return;
      if (g_get_monotonic_time () > until_us)
        g_error ("says '%s', not '%s'", message, text);
      g_usleep (2000);
    }
}

char *
test_source_wait_consent (TideSource *source)
{
  int64_t until_us = g_get_monotonic_time () + DEADLINE_US;
  for (;;)
    {
      TideSourceStatus status = { 0 };
      tide_source_get_status (source, &status);
      g_autofree char *message = g_strdup (status.message);
      bool asks = status.consent != NULL;
      gint64 lag = status.lag_events;
      const char *state = tide_source_state_to_string (status.state);
      tide_source_status_clear (&status);
      if (asks)
        return g_steal_pointer (&message);
      if (g_get_monotonic_time () > until_us)
        g_error ("is %s (%s), %" G_GINT64_FORMAT " events behind, and asks for nothing", state, message, lag);
      g_usleep (2000);
    }
}

void
test_source_wait_lag (TideSource *source, gint64 events)
{
  int64_t until_us = g_get_monotonic_time () + DEADLINE_US;
  for (;;)
    {
      TideSourceStatus status = { 0 };
      tide_source_get_status (source, &status);
      gint64 lag = status.lag_events;
      tide_source_status_clear (&status);
      if (lag == events)
        return;
      if (g_get_monotonic_time () > until_us)
        g_error ("lag is %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT, lag, events);
      g_usleep (2000);
    }
}
