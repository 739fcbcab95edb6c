/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a known sequence to a topic of a real broker: event i has id i, so that whatever is stored can be held against
 * it. Reads commands, one a line, and answers each with "ok", "ok NUMBER" or "error: why":
 *   create TOPIC PARTITIONS | grow TOPIC PARTITIONS | send N (in the background)
 *   settle (waits until all is written: "ok MESSAGES SUM", how many are in the topic, and the sum of their ids)
 * A topic is created to be written from then on, from event 0. The producer is idempotent and never gives an event up.
 * A broker that was killed forgets at times which batches it has of a producer, and writes one again: the topic, not the
 * producer, says what is to be stored. */
#include <glib.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ADMIN_MS 30000
/* 2026-11-01T00:00:00Z; a hundred ms an event. */
#define BEGIN_MS G_GINT64_CONSTANT (1793491200000)
#define STEP_MS 100

static const char *brokers;
static rd_kafka_t *producer;
static GMutex lock;
static GCond cond;
static char *topic;
static gint64 sent, wanted;
static int partitions;
static gint64 written; /* delivered, of this topic */
static char *failure;

static void
on_delivery (rd_kafka_t *rk, const rd_kafka_message_t *message, void *data)
{
  g_mutex_lock (&lock);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
    written++;
  else if (failure == NULL)
    failure = g_strdup (rd_kafka_err2str (message->err));
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

/* Most come nearly in order, one of fifty an hour late. */
static gint64
time_of (gint64 id)
{
  gint64 late = id % 50 == 49 ? 3600 : (id * 7919) % 61;
  return BEGIN_MS + id * STEP_MS - late * 1000;
}

static rd_kafka_resp_err_t
send_event (gint64 id, int n_partitions)
{
  char key[32], payload[256];
  gint64 at = time_of (id);
  size_t key_len = (size_t) g_snprintf (key, sizeof key, "k%d", (int) (id % 1000));
  size_t len = (size_t) g_snprintf (
      payload, sizeof payload,
      "{\"id\":%" G_GINT64_FORMAT ",\"at\":%" G_GINT64_FORMAT ",\"city\":\"c%d\",\"amount\":\"%d.%02d\",\"x\":%.3f,"
      "\"user\":%d}",
      id, at, (int) (id % 7), (int) (id * 37 % 100), (int) (id % 100), (double) (id % 997) / 7, (int) (id % 397));
  /* Knuth's multiplicative hash spreads neighbours over the partitions. */
  int32_t partition = (int32_t) (((guint64) id * 2654435761u >> 8) % (guint64) n_partitions);
  return rd_kafka_producev (producer, RD_KAFKA_V_TOPIC (topic), RD_KAFKA_V_PARTITION (partition),
                            RD_KAFKA_V_KEY (key, key_len), RD_KAFKA_V_VALUE (payload, len), RD_KAFKA_V_TIMESTAMP (at),
                            RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
}

static gpointer
send_thread (gpointer data)
{
  for (;;)
    {
      g_mutex_lock (&lock);
      while (sent >= wanted)
        {
          g_mutex_unlock (&lock);
          rd_kafka_poll (producer, 5);
          g_mutex_lock (&lock);
        }
      gint64 id = sent;
      int n = partitions;
      g_mutex_unlock (&lock);
      rd_kafka_resp_err_t err = send_event (id, n);
      g_mutex_lock (&lock);
      if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        sent++;
      else if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL && failure == NULL)
        failure = g_strdup (rd_kafka_err2str (err));
      if (failure != NULL)
        wanted = sent;
      g_mutex_unlock (&lock);
      rd_kafka_poll (producer, err == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : 5);
    }
  return NULL;
}

/* --- commands --- */

static char *
wait_admin (rd_kafka_queue_t *queue)
{
  rd_kafka_event_t *event = rd_kafka_queue_poll (queue, ADMIN_MS);
  char *error = NULL;
  if (event == NULL)
    return g_strdup ("no answer from the broker");
  if (rd_kafka_event_error (event) != RD_KAFKA_RESP_ERR_NO_ERROR)
    error = g_strdup (rd_kafka_event_error_string (event));
  size_t n = 0;
  const rd_kafka_CreateTopics_result_t *created = rd_kafka_event_CreateTopics_result (event);
  const rd_kafka_CreatePartitions_result_t *grown = rd_kafka_event_CreatePartitions_result (event);
  const rd_kafka_topic_result_t **results
      = created != NULL ? rd_kafka_CreateTopics_result_topics (created, &n)
                        : grown != NULL ? rd_kafka_CreatePartitions_result_topics (grown, &n) : NULL;
  for (size_t i = 0; i < n && error == NULL; i++)
    if (rd_kafka_topic_result_error (results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR)
      error = g_strdup (rd_kafka_topic_result_error_string (results[i]));
  rd_kafka_event_destroy (event);
  return error;
}

/* Until the producer knows of that many. */
static char *
wait_partitions (const char *name, int n)
{
  gint64 until_us = g_get_monotonic_time () + ADMIN_MS * 1000;
  rd_kafka_topic_t *handle = rd_kafka_topic_new (producer, name, NULL);
  int known = 0;
  while (known != n && g_get_monotonic_time () < until_us)
    {
      const rd_kafka_metadata_t *metadata;
      if (rd_kafka_metadata (producer, 0, handle, &metadata, 2000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        continue;
      known = metadata->topics[0].partition_cnt;
      rd_kafka_metadata_destroy (metadata);
      if (known != n)
        g_usleep (5000);
    }
  rd_kafka_topic_destroy (handle);
  return known == n ? NULL : g_strdup ("the producer does not see the partitions");
}

static char *
create (const char *name, int n)
{
  char reason[256];
  rd_kafka_NewTopic_t *request = rd_kafka_NewTopic_new (name, n, 1, reason, sizeof reason);
  rd_kafka_NewTopic_set_config (request, "retention.ms", "-1"); /* the events are older than a broker keeps */
  rd_kafka_queue_t *queue = rd_kafka_queue_new (producer);
  rd_kafka_CreateTopics (producer, &request, 1, NULL, queue);
  char *error = wait_admin (queue);
  rd_kafka_queue_destroy (queue);
  rd_kafka_NewTopic_destroy (request);
  if (error == NULL)
    error = wait_partitions (name, n);
  if (error != NULL)
    return error;
  g_mutex_lock (&lock);
  g_free (topic);
  topic = g_strdup (name);
  partitions = n;
  sent = wanted = written = 0;
  g_mutex_unlock (&lock);
  return NULL;
}

static char *
grow (const char *name, int n)
{
  char reason[256];
  rd_kafka_NewPartitions_t *request = rd_kafka_NewPartitions_new (name, (size_t) n, reason, sizeof reason);
  rd_kafka_queue_t *queue = rd_kafka_queue_new (producer);
  rd_kafka_CreatePartitions (producer, &request, 1, NULL, queue);
  char *error = wait_admin (queue);
  rd_kafka_queue_destroy (queue);
  rd_kafka_NewPartitions_destroy (request);
  if (error == NULL)
    error = wait_partitions (name, n);
  if (error != NULL)
    return error;
  g_mutex_lock (&lock);
  partitions = n;
  g_mutex_unlock (&lock);
  return NULL;
}

/* --- what is in the topic --- */

static rd_kafka_t *
new_consumer (void)
{
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  static const char *const settings[][2]
      = { { "group.id", "fault-producer" }, { "enable.auto.commit", "false" }, { "log_level", "0" } };
  rd_kafka_conf_set (conf, "bootstrap.servers", brokers, NULL, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    rd_kafka_conf_set (conf, settings[i][0], settings[i][1], NULL, 0);
  rd_kafka_t *consumer = rd_kafka_new (RD_KAFKA_CONSUMER, conf, NULL, 0);
  if (consumer == NULL)
    g_error ("no consumer");
  rd_kafka_poll_set_consumer (consumer);
  return consumer;
}

static bool
find_ends (rd_kafka_t *consumer, rd_kafka_topic_partition_list_t *ends, gint64 *ret_messages)
{
  *ret_messages = 0;
  for (int i = 0; i < ends->cnt; i++)
    {
      int64_t low, high;
      if (rd_kafka_query_watermark_offsets (consumer, topic, ends->elems[i].partition, &low, &high, 5000)
          != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
      ends->elems[i].offset = high;
      *ret_messages += high;
    }
  return true;
}

/* Sums the ids of messages until each partition was read up to its end. */
static bool
sum_ids (rd_kafka_t *consumer, rd_kafka_topic_partition_list_t *ends, gint64 until_us, gint64 *ret_sum)
{
  rd_kafka_topic_partition_list_t *from = rd_kafka_topic_partition_list_copy (ends);
  int open = 0;
  *ret_sum = 0;
  for (int i = 0; i < ends->cnt; i++)
    {
      open += ends->elems[i].offset > 0;
      from->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
    }
  rd_kafka_assign (consumer, from);
  rd_kafka_topic_partition_list_destroy (from);
  while (open > 0 && g_get_monotonic_time () < until_us)
    {
      rd_kafka_message_t *message = rd_kafka_consumer_poll (consumer, 100);
      if (message == NULL)
        continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        {
          gint64 end = rd_kafka_topic_partition_list_find (ends, topic, message->partition)->offset;
          *ret_sum += g_ascii_strtoll ((const char *) message->payload + strlen ("{\"id\":"), NULL, 10);
          open -= message->offset == end - 1;
        }
      rd_kafka_message_destroy (message);
    }
  return open == 0;
}

/* The sum of the ids is known without a look as long as nothing was written twice. A broker on its way up refuses for a
 * while, and what a client once learnt of a topic may be old: each try is a new client. */
static char *
count_topic (gint64 n, gint64 *ret_messages, gint64 *ret_sum)
{
  gint64 until_us = g_get_monotonic_time () + 2 * ADMIN_MS * 1000;
  rd_kafka_topic_partition_list_t *ends = rd_kafka_topic_partition_list_new (partitions);
  bool known = false;
  *ret_sum = n * (n - 1) / 2;
  for (int i = 0; i < partitions; i++)
    rd_kafka_topic_partition_list_add (ends, topic, i);
  while (!known && g_get_monotonic_time () < until_us)
    {
      rd_kafka_t *consumer = new_consumer ();
      known = find_ends (consumer, ends, ret_messages)
              && (*ret_messages <= n || sum_ids (consumer, ends, until_us, ret_sum));
      rd_kafka_consumer_close (consumer);
      rd_kafka_destroy (consumer);
    }
  rd_kafka_topic_partition_list_destroy (ends);
  if (!known)
    return g_strdup ("the topic can't be read to its end");
  if (*ret_messages < n)
    return g_strdup_printf ("the broker has %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " messages", *ret_messages, n);
  return NULL;
}

static char *
settle (gint64 *ret_messages, gint64 *ret_sum)
{
  g_mutex_lock (&lock);
  while (failure == NULL && (sent < wanted || written < sent))
    g_cond_wait (&cond, &lock);
  char *error = g_strdup (failure);
  gint64 n = written;
  g_mutex_unlock (&lock);
  return error != NULL ? error : count_topic (n, ret_messages, ret_sum);
}

static char *
run (const char *line, gint64 *ret_messages, gint64 *ret_sum)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  guint n = g_strv_length (words);
  if (n == 3 && g_str_equal (words[0], "create"))
    return create (words[1], (int) g_ascii_strtoll (words[2], NULL, 10));
  if (n == 3 && g_str_equal (words[0], "grow"))
    return grow (words[1], (int) g_ascii_strtoll (words[2], NULL, 10));
  if (n == 1 && g_str_equal (words[0], "settle"))
    return settle (ret_messages, ret_sum);
  if (n != 2 || !g_str_equal (words[0], "send"))
    return g_strdup ("unknown command");
  g_mutex_lock (&lock);
  wanted += g_ascii_strtoll (words[1], NULL, 10);
  g_mutex_unlock (&lock);
  return NULL;
}

int
main (int argc, char **argv)
{
  char reason[512], line[512];
  static const char *const settings[][2] = {
    { "enable.idempotence", "true" }, { "message.timeout.ms", "0" },      { "linger.ms", "2" },
    { "log_level", "0" },             { "reconnect.backoff.max.ms", "500" }, { "retry.backoff.ms", "50" },
  };
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  if (argc != 2 || rd_kafka_conf_set (conf, "bootstrap.servers", argv[1], reason, sizeof reason) != RD_KAFKA_CONF_OK)
    g_error ("usage: %s BROKERS", argv[0]);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (rd_kafka_conf_set (conf, settings[i][0], settings[i][1], reason, sizeof reason) != RD_KAFKA_CONF_OK)
      g_error ("%s", reason);
  brokers = argv[1];
  rd_kafka_conf_set_dr_msg_cb (conf, on_delivery);
  producer = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (producer == NULL)
    g_error ("%s", reason);
  g_thread_unref (g_thread_new ("send", send_thread, NULL));
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      gint64 messages = -1, sum = 0;
      g_autofree char *error = run (g_strchomp (line), &messages, &sum);
      if (error != NULL)
        printf ("error: %s\n", error);
      else if (messages >= 0)
        printf ("ok %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", messages, sum);
      else
        printf ("ok\n");
      fflush (stdout);
    }
  return 0;
}
