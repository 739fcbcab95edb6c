/* SPDX-License-Identifier: GPL-3.0-or-later */
/* librdkafka's mock cluster in a process of its own, so that it outlives the client under test and can be killed.
 * Prints the bootstrap address, then reads commands from standard input and answers each with "ok" or "error: why":
 *   create TOPIC PARTITIONS | produce TOPIC N [PADDING_BYTES] | tombstone TOPIC PARTITION | down | up | rtt MS |
 *   error API_KEY CODE COUNT | topic-error TOPIC CODE
 * Events of a topic are numbered from 0: event i goes to partition i % PARTITIONS, with key "key-i" and payload
 * {"id":i,"pad":"…"}. Ends with its standard input. Limit: the cluster keeps 5 MiB a partition and drops the oldest. */
#include <glib.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  int partitions;
  gint64 produced;
} Topic;

static rd_kafka_t *producer;
static rd_kafka_mock_cluster_t *cluster;
static GHashTable *topics;
static gint n_failed;

static void
on_delivery (rd_kafka_t *rk, const rd_kafka_message_t *message, void *data)
{
  n_failed += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_t *
new_producer (const char *bootstrap)
{
  char reason[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  if (bootstrap != NULL)
    rd_kafka_conf_set (conf, "bootstrap.servers", bootstrap, reason, sizeof reason);
  rd_kafka_conf_set (conf, "linger.ms", "1", reason, sizeof reason);
  rd_kafka_conf_set (conf, "message.timeout.ms", "20000", reason, sizeof reason);
  rd_kafka_conf_set (conf, "queue.buffering.max.messages", "1000000", reason, sizeof reason);
  rd_kafka_conf_set_dr_msg_cb (conf, on_delivery);
  rd_kafka_t *rk = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (rk == NULL)
    g_error ("%s", reason);
  return rk;
}

static const char *
send_event (const char *topic, int partition, const char *key, const char *payload)
{
  size_t len = payload == NULL ? 0 : strlen (payload), key_len = strlen (key);
  rd_kafka_resp_err_t err = rd_kafka_producev (
      producer, RD_KAFKA_V_TOPIC (topic), RD_KAFKA_V_PARTITION (partition), RD_KAFKA_V_KEY (key, key_len),
      RD_KAFKA_V_VALUE ((void *) payload, len),
      RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK), RD_KAFKA_V_END);
  return err == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : rd_kafka_err2str (err);
}

static const char *
flush (void)
{
  n_failed = 0;
  if (rd_kafka_flush (producer, 30000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return "could not flush";
  return n_failed > 0 ? "not all were delivered" : NULL;
}

static const char *
produce (const char *name, int n, int padding)
{
  Topic *topic = g_hash_table_lookup (topics, name);
  if (topic == NULL)
    return "no such topic";
  g_autofree char *pad = g_strnfill ((gsize) padding, 'x');
  for (int i = 0; i < n; i++)
    {
      gint64 id = topic->produced++;
      g_autofree char *key = g_strdup_printf ("key-%" G_GINT64_FORMAT, id);
      g_autofree char *payload = g_strdup_printf ("{\"id\":%" G_GINT64_FORMAT ",\"pad\":\"%s\"}", id, pad);
      const char *problem = send_event (name, (int) (id % topic->partitions), key, payload);
      if (problem != NULL)
        return problem;
      if (i % 1000 == 999)
        rd_kafka_poll (producer, 0);
    }
  return flush ();
}

static const char *
create (const char *name, int partitions)
{
  rd_kafka_resp_err_t err = rd_kafka_mock_topic_create (cluster, name, partitions, 1);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return rd_kafka_err2str (err);
  Topic *topic = g_new0 (Topic, 1);
  topic->partitions = partitions;
  g_hash_table_replace (topics, g_strdup (name), topic);
  return NULL;
}

static const char *
run_command (char **words, guint n)
{
  rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
  if (n == 3 && g_str_equal (words[0], "create"))
    return create (words[1], atoi (words[2]));
  if (n >= 3 && g_str_equal (words[0], "produce"))
    return produce (words[1], atoi (words[2]), n > 3 ? atoi (words[3]) : 0);
  if (n == 3 && g_str_equal (words[0], "tombstone"))
    {
      const char *problem = send_event (words[1], atoi (words[2]), "gone", NULL);
      return problem != NULL ? problem : flush ();
    }
  if (n == 4 && g_str_equal (words[0], "error"))
    for (int i = 0; i < atoi (words[3]); i++)
      rd_kafka_mock_push_request_errors (cluster, (int16_t) atoi (words[1]), 1, (rd_kafka_resp_err_t) atoi (words[2]));
  else if (n == 3 && g_str_equal (words[0], "topic-error"))
    rd_kafka_mock_topic_set_error (cluster, words[1], (rd_kafka_resp_err_t) atoi (words[2]));
  else if (n == 1 && g_str_equal (words[0], "down"))
    err = rd_kafka_mock_broker_set_down (cluster, -1);
  else if (n == 2 && g_str_equal (words[0], "rtt"))
    err = rd_kafka_mock_broker_set_rtt (cluster, -1, atoi (words[1]));
  else if (n == 1 && g_str_equal (words[0], "up"))
    err = rd_kafka_mock_broker_set_up (cluster, -1);
  else
    return "unknown command";
  return err == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : rd_kafka_err2str (err);
}

int
main (void)
{
  char line[512];
  rd_kafka_t *keeper = new_producer (NULL);
  cluster = rd_kafka_mock_cluster_new (keeper, 1);
  if (cluster == NULL)
    g_error ("no mock cluster");
  topics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *bootstrap = rd_kafka_mock_cluster_bootstraps (cluster);
  producer = new_producer (bootstrap);
  printf ("%s\n", bootstrap);
  fflush (stdout);
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);
      const char *problem = run_command (words, g_strv_length (words));
      printf (problem == NULL ? "ok\n" : "error: %s\n", problem);
      fflush (stdout);
    }
  rd_kafka_destroy (producer);
  rd_kafka_mock_cluster_destroy (cluster);
  rd_kafka_destroy (keeper);
  g_hash_table_unref (topics);
  return 0;
}
