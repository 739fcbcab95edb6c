/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a topic: the broker of the tests makes none by itself, and its own tool for it is not among what kafka.sh fetches.
 * usage: create-topic BROKERS TOPIC PARTITIONS */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

static int
create (rd_kafka_t *client, const char *topic, int n_partitions)
{
  char reason[512] = "";
  rd_kafka_queue_t *queue = rd_kafka_queue_new (client);
  rd_kafka_NewTopic_t *request = rd_kafka_NewTopic_new (topic, n_partitions, 1, reason, sizeof reason);
  rd_kafka_event_t *event;
  const rd_kafka_topic_result_t **results;
  size_t n = 0;
  int status = 1;

  if (request == NULL)
    fprintf (stderr, "create-topic: %s\n", reason);
  else
    {
      rd_kafka_CreateTopics (client, &request, 1, NULL, queue);
      event = rd_kafka_queue_poll (queue, 60000);
      results = rd_kafka_CreateTopics_result_topics (rd_kafka_event_CreateTopics_result (event), &n);
      if (n == 1 && rd_kafka_topic_result_error (results[0]) == RD_KAFKA_RESP_ERR_NO_ERROR)
        status = 0;
      else
        fprintf (stderr, "create-topic: %s\n",
                 n == 1 ? rd_kafka_topic_result_error_string (results[0]) : rd_kafka_event_error_string (event));
      rd_kafka_event_destroy (event);
      rd_kafka_NewTopic_destroy (request);
    }
  rd_kafka_queue_destroy (queue);
  return status;
}

int
main (int argc, char **argv)
{
  char reason[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_t *client;
  int status;

  if (argc != 4 || rd_kafka_conf_set (conf, "bootstrap.servers", argv[1], reason, sizeof reason) != RD_KAFKA_CONF_OK)
    {
      fprintf (stderr, "usage: create-topic BROKERS TOPIC PARTITIONS\n");
      return 2;
    }
  client = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (client == NULL)
    {
      fprintf (stderr, "create-topic: %s\n", reason);
      return 1;
    }
  status = create (client, argv[2], atoi (argv[3]));
  rd_kafka_destroy (client);
  return status;
}
