/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection to a Kafka cluster for one topic, on librdkafka's simple consumer: partitions are started at offsets that
 * we choose and read through one queue. It has no consumer group, so it asks for no right on one, commits nothing at
 * the broker, and no other reader can take partitions from it.
 * Nothing here waits long: the source's thread must see a stop within a second. Limits: librdkafka 2.0.2 sleeps up to a
 * second after its queue was full, see tide_kafka_client_nudge(). */
#include "ingest-kafka-private.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define REQUEST_MS 500
#define NUDGE_MS 2
#define CLOSE_US (700 * 1000)
#define QUERY_US (10 * G_USEC_PER_SEC)

static void
on_error (rd_kafka_t *rk, int err, const char *reason, void *data)
{
  TideKafkaClient *client = data;
  if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    {
      client->all_down = true;
      if (client->trouble == NULL)
        client->trouble = tide_kafka_error_new (client->def, RD_KAFKA_RESP_ERR__TRANSPORT, NULL);
      return;
    }
  GError *error = tide_kafka_error_new (client->def, err, reason);
  if (!tide_kafka_error_is_final (err, reason))
    {
      g_clear_error (&client->trouble);
      client->trouble = error;
    }
  else if (client->failure == NULL)
    client->failure = error;
  else
    g_error_free (error);
}

TideKafkaClient *
tide_kafka_client_new (const TideSourceDef *def, const char *dir, const char *secret, GError **error)
{
  rd_kafka_conf_t *conf = tide_kafka_conf_new (def, dir, secret, error);
  if (conf == NULL)
    return NULL;
  TideKafkaClient *client = g_new0 (TideKafkaClient, 1);
  client->def = def;
  client->started = g_array_new (FALSE, FALSE, sizeof (int32_t));
  client->event_fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  rd_kafka_conf_set_error_cb (conf, on_error);
  rd_kafka_conf_set_opaque (conf, client);
  char reason[512] = "";
  client->rk = rd_kafka_new (RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
  if (client->rk == NULL || client->event_fd < 0)
    {
      /* librdkafka reads the CA file here. */
      bool of_ca = client->rk == NULL && tide_kafka_uses_tls (def);
      if (client->rk == NULL)
        rd_kafka_conf_destroy (conf);
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "Kafka client can't start: %s%s",
                   *reason != '\0' ? reason : g_strerror (errno), of_ca ? "; check that ca names a PEM file" : "");
      tide_kafka_client_free (client);
      return NULL;
    }
  client->topic = rd_kafka_topic_new (client->rk, tide_source_def_get (def, "topic"), NULL);
  client->queue = rd_kafka_queue_new (client->rk);
  static const uint64_t one = 1;
  rd_kafka_queue_io_event_enable (client->queue, client->event_fd, &one, sizeof one);
  rd_kafka_queue_t *main_queue = rd_kafka_queue_get_main (client->rk);
  rd_kafka_queue_io_event_enable (main_queue, client->event_fd, &one, sizeof one);
  rd_kafka_queue_destroy (main_queue);
  return client;
}

/* --- the end of a connection --- */

typedef struct
{
  rd_kafka_t *rk;
  rd_kafka_topic_t *topic;
  rd_kafka_queue_t *queue;
  GArray *started;
  int event_fd;
  GMutex lock;
  GCond cond;
  bool done;
  gatomicrefcount refs;
} Closing;

static void
closing_unref (Closing *closing)
{
  if (!g_atomic_ref_count_dec (&closing->refs))
    return;
  g_mutex_clear (&closing->lock);
  g_cond_clear (&closing->cond);
  g_free (closing);
}

static gpointer
close_thread (gpointer data)
{
  Closing *closing = data;
  for (guint i = 0; i < closing->started->len; i++)
    rd_kafka_consume_stop (closing->topic, g_array_index (closing->started, int32_t, i));
  if (closing->queue != NULL)
    rd_kafka_queue_destroy (closing->queue);
  if (closing->topic != NULL)
    rd_kafka_topic_destroy (closing->topic);
  if (closing->rk != NULL)
    rd_kafka_destroy (closing->rk);
  if (closing->event_fd >= 0)
    close (closing->event_fd);
  g_array_unref (closing->started);
  g_mutex_lock (&closing->lock);
  closing->done = true;
  g_cond_signal (&closing->cond);
  g_mutex_unlock (&closing->lock);
  closing_unref (closing);
  return NULL;
}

/* librdkafka joins its threads when it is destroyed, and one of them may hang in the resolver for many seconds. So a
 * thread that owns nothing else does it, and is left alone when it takes long. */
void
tide_kafka_client_free (TideKafkaClient *client)
{
  if (client == NULL)
    return;
  /* on_error() can't come any more: nobody polls, and destroying does not. */
  Closing *closing = g_new0 (Closing, 1);
  closing->rk = client->rk;
  closing->topic = client->topic;
  closing->queue = client->queue;
  closing->started = client->started;
  closing->event_fd = client->event_fd;
  g_mutex_init (&closing->lock);
  g_cond_init (&closing->cond);
  g_atomic_ref_count_init (&closing->refs);
  g_atomic_ref_count_inc (&closing->refs);
  g_thread_unref (g_thread_new ("tide-kafka-end", close_thread, closing));

  int64_t until_us = g_get_monotonic_time () + CLOSE_US;
  g_mutex_lock (&closing->lock);
  while (!closing->done && g_cond_wait_until (&closing->cond, &closing->lock, until_us))
    ;
  g_mutex_unlock (&closing->lock);
  closing_unref (closing);
  g_clear_error (&client->failure);
  g_clear_error (&client->trouble);
  g_free (client);
}

/* --- waiting and asking --- */

bool
tide_kafka_client_serve (TideKafkaClient *client, GError **error)
{
  rd_kafka_poll (client->rk, 0);
  if (client->failure == NULL)
    return true;
  g_propagate_error (error, g_error_copy (client->failure));
  return false;
}

void
tide_kafka_client_wait (TideKafkaClient *client, GCancellable *cancellable, int timeout_ms)
{
  GPollFD fds[2] = { { .fd = client->event_fd, .events = G_IO_IN } };
  guint n = 1;
  if (cancellable != NULL && g_cancellable_make_pollfd (cancellable, &fds[1]))
    n = 2;
  g_poll (fds, n, timeout_ms);
  if (n == 2)
    g_cancellable_release_fd (cancellable);
  uint64_t count;
  if ((fds[0].revents & G_IO_IN) != 0 && read (client->event_fd, &count, sizeof count) < 0)
    g_assert (errno == EAGAIN || errno == EINTR);
}

const rd_kafka_metadata_t *
tide_kafka_client_metadata (TideKafkaClient *client, int timeout_ms, GError **error)
{
  const rd_kafka_metadata_t *metadata = NULL;
  rd_kafka_resp_err_t err = rd_kafka_metadata (client->rk, 0, client->topic, &metadata, timeout_ms);
  if (err == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1
      && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR)
    return metadata;
  if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      err = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
      rd_kafka_metadata_destroy (metadata);
    }
  g_propagate_error (error, tide_kafka_error_new (client->def, err, NULL));
  return NULL;
}

static bool
is_cancelled (GCancellable *cancellable, GError **error)
{
  if (!g_cancellable_is_cancelled (cancellable))
    return false;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "Stopped");
  return true;
}

/* Something that an answer would have made clear by now: what librdkafka said of the brokers, else @error. */
static void
prefer_trouble (TideKafkaClient *client, GError *local_error, GError **error)
{
  if (client->trouble != NULL)
    {
      g_propagate_error (error, g_error_copy (client->trouble));
      g_error_free (local_error);
    }
  else
    g_propagate_error (error, local_error);
}

const rd_kafka_metadata_t *
tide_kafka_client_connect (TideKafkaClient *client, TideDuration timeout, GCancellable *cancellable, GError **error)
{
  int64_t until_us = g_get_monotonic_time () + timeout;
  for (int timeout_ms = 250;; timeout_ms = REQUEST_MS)
    {
      GError *local_error = NULL;
      if (is_cancelled (cancellable, error))
        return NULL;
      const rd_kafka_metadata_t *metadata = tide_kafka_client_metadata (client, timeout_ms, &local_error);
      if (metadata != NULL)
        return metadata;
      if (!tide_kafka_client_serve (client, error))
        {
          g_error_free (local_error);
          return NULL;
        }
      bool may_pass = g_error_matches (local_error, TIDE_ERROR, TIDE_ERROR_NETWORK);
      if (!may_pass || client->all_down || g_get_monotonic_time () >= until_us)
        {
          if (may_pass)
            prefer_trouble (client, local_error, error);
          else
            g_propagate_error (error, local_error);
          return NULL;
        }
      g_error_free (local_error);
    }
}

/* One ListOffsets request for each leader. TRUE: every partition in @list has an answer. */
static rd_kafka_resp_err_t
list_offsets (TideKafkaClient *client, rd_kafka_topic_partition_list_t *list, int timeout_ms)
{
  rd_kafka_resp_err_t err = rd_kafka_offsets_for_times (client->rk, list, timeout_ms);
  for (int i = 0; err == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
    err = list->elems[i].err;
  return err;
}

/* @list: as many as are asked for; their offsets are what to look for, and become the answers. */
static bool
ask_offsets (TideKafkaClient *client, rd_kafka_topic_partition_list_t *list, GCancellable *cancellable, GError **error)
{
  int64_t until_us = g_get_monotonic_time () + QUERY_US;
  for (;;)
    {
      if (is_cancelled (cancellable, error) || !tide_kafka_client_serve (client, error))
        return false;
      rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_copy (list);
      rd_kafka_resp_err_t err = list_offsets (client, asked, REQUEST_MS);
      for (int i = 0; err == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
        list->elems[i].offset = asked->elems[i].offset;
      rd_kafka_topic_partition_list_destroy (asked);
      if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
      GError *local_error = tide_kafka_error_new (client->def, err, NULL);
      if (!g_error_matches (local_error, TIDE_ERROR, TIDE_ERROR_NETWORK) || g_get_monotonic_time () >= until_us)
        {
          g_propagate_error (error, local_error);
          return false;
        }
      g_error_free (local_error);
      tide_kafka_client_wait (client, cancellable, 50);
    }
}

int64_t *
tide_kafka_client_offsets (TideKafkaClient *client, int32_t first, guint n, int64_t what, GCancellable *cancellable,
                           GError **error)
{
  const char *topic = rd_kafka_topic_name (client->topic);
  g_autofree int64_t *offsets = g_new (int64_t, MAX (n, 1));
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new ((int) n);
  for (guint i = 0; i < n; i++)
    rd_kafka_topic_partition_list_add (list, topic, first + (int32_t) i)->offset = what;
  bool ok = n == 0 || ask_offsets (client, list, cancellable, error);
  bool past_end = false;
  for (guint i = 0; ok && i < n; i++)
    {
      offsets[i] = list->elems[i].offset;
      past_end |= offsets[i] < 0;
    }
  if (past_end)
    {
      for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = RD_KAFKA_OFFSET_END;
      ok = ask_offsets (client, list, cancellable, error);
      for (guint i = 0; ok && i < n; i++)
        if (offsets[i] < 0)
          offsets[i] = list->elems[i].offset;
    }
  rd_kafka_topic_partition_list_destroy (list);
  return ok ? g_steal_pointer (&offsets) : NULL;
}

/* --- partitions --- */

bool
tide_kafka_client_start (TideKafkaClient *client, int32_t partition, int64_t offset, GError **error)
{
  if (rd_kafka_consume_start_queue (client->topic, partition, offset, client->queue) != 0)
    {
      g_propagate_error (error, tide_kafka_error_new (client->def, rd_kafka_last_error (), NULL));
      return false;
    }
  g_array_append_val (client->started, partition);
  return true;
}

void
tide_kafka_client_stop (TideKafkaClient *client, int32_t partition)
{
  rd_kafka_consume_stop (client->topic, partition);
  for (guint i = 0; i < client->started->len; i++)
    if (g_array_index (client->started, int32_t, i) == partition)
      {
        g_array_remove_index_fast (client->started, i);
        return;
      }
}

/* Once its queue is full a broker thread of 2.0.2 looks at it again only when something else happens on its connection,
 * or after a second; with a small queue that would be most of the time of a catch-up. A request to the partitions'
 * leaders wakes them: the answer is not waited for. Measured with 2 M events on two busy cores: 0.2 M/s without,
 * 0.6 to 1.1 M/s with it in 67 MB; a queue of 1 M events instead gives 0.6 to 0.8 M/s and takes 400 MB. */
void
tide_kafka_client_nudge (TideKafkaClient *client, guint n_partitions)
{
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new ((int) n_partitions);
  for (guint i = 0; i < n_partitions; i++)
    rd_kafka_topic_partition_list_add (list, rd_kafka_topic_name (client->topic), (int32_t) i)->offset
        = RD_KAFKA_OFFSET_END;
  rd_kafka_offsets_for_times (client->rk, list, NUDGE_MS);
  rd_kafka_topic_partition_list_destroy (list);
}
