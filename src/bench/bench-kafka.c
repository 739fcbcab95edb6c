/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real broker, used through librdkafka directly: to fill topics, and as the peer that does nothing but read. */
#include "bench-private.h"

#include <glib/gstdio.h>
#include <librdkafka/rdkafka.h>
#include <string.h>

#define READ_MAX 1000
#define WAIT_MS (60 * 1000)

bool
tide_bench_has_broker (const TideBenchRun *run)
{
  return run->options->brokers != NULL && *run->options->brokers != '\0';
}

static bool
failed (const char *what, const char *why, GError **error)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_NETWORK, "the broker: cannot %s: %s", what, why);
  return false;
}

static rd_kafka_t *
client_new (rd_kafka_type_t type, const char *brokers, const char *const (*settings)[2], guint n, GError **error)
{
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  char reason[256];
  rd_kafka_t *rk;

  rd_kafka_conf_set (conf, "bootstrap.servers", brokers, NULL, 0);
  rd_kafka_conf_set (conf, "log_level", "0", NULL, 0);
  for (guint i = 0; i < n; i++)
    if (rd_kafka_conf_set (conf, settings[i][0], settings[i][1], reason, sizeof reason) != RD_KAFKA_CONF_OK)
      g_error ("%s", reason);
  rk = rd_kafka_new (type, conf, reason, sizeof reason);
  if (rk == NULL)
    failed ("connect", reason, error);
  return rk;
}

bool
tide_bench_kafka_create_topic (const char *brokers, const char *topic, GError **error)
{
  rd_kafka_t *rk = client_new (RD_KAFKA_PRODUCER, brokers, NULL, 0, error);
  rd_kafka_NewTopic_t *wanted;
  rd_kafka_queue_t *queue;
  rd_kafka_event_t *event;
  bool done;

  if (rk == NULL)
    return false;
  wanted = rd_kafka_NewTopic_new (topic, 1, 1, NULL, 0);
  queue = rd_kafka_queue_new (rk);
  rd_kafka_CreateTopics (rk, &wanted, 1, NULL, queue);
  event = rd_kafka_queue_poll (queue, WAIT_MS);
  done = event != NULL && rd_kafka_event_error (event) == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (done)
    {
      gsize n;
      const rd_kafka_topic_result_t **results
          = rd_kafka_CreateTopics_result_topics (rd_kafka_event_CreateTopics_result (event), &n);

      done = n == 1 && rd_kafka_topic_result_error (results[0]) == RD_KAFKA_RESP_ERR_NO_ERROR;
    }
  if (!done)
    failed ("create a topic", event != NULL ? rd_kafka_event_error_string (event) : "no answer", error);
  rd_kafka_event_destroy (event);
  rd_kafka_queue_destroy (queue);
  rd_kafka_NewTopic_destroy (wanted);
  rd_kafka_destroy (rk);
  return done;
}

static bool
produce (rd_kafka_t *rk, rd_kafka_topic_t *topic, uint64_t i, TideTime time, GError **error)
{
  TideBenchEvent event;
  char json[256];
  gsize len;

  tide_bench_event (i, &event);
  event.time = time;
  len = tide_bench_event_json (&event, json);
  while (rd_kafka_produce (topic, 0, RD_KAFKA_MSG_F_COPY, json, len, event.user, strlen (event.user), NULL) != 0)
    {
      if (rd_kafka_last_error () != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return failed ("produce", rd_kafka_err2str (rd_kafka_last_error ()), error);
      rd_kafka_poll (rk, 10);
    }
  return true;
}

bool
tide_bench_kafka_fill (const char *brokers, const char *name, uint64_t n, GError **error)
{
  static const char *const settings[][2] = { { "linger.ms", "20" }, { "batch.size", "1000000" },
                                             { "queue.buffering.max.messages", "200000" } };
  rd_kafka_t *rk = client_new (RD_KAFKA_PRODUCER, brokers, settings, G_N_ELEMENTS (settings), error);
  TideTime first = tide_clock_now (&tide_clock_system) - (TideTime) n * TIDE_BENCH_STEP;
  rd_kafka_topic_t *topic;
  bool done = rk != NULL;

  if (!done)
    return false;
  topic = rd_kafka_topic_new (rk, name, NULL);
  for (uint64_t i = 0; done && i < n; i++)
    done = produce (rk, topic, i, first + (TideTime) i * TIDE_BENCH_STEP, error);
  if (done && rd_kafka_flush (rk, WAIT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
    done = failed ("produce", "it does not answer", error);
  rd_kafka_topic_destroy (topic);
  rd_kafka_destroy (rk);
  return done;
}

void *
tide_bench_kafka_pace (void *data)
{
  static const char *const settings[][2] = { { "linger.ms", "1" } };
  TideBenchPace *pace = data;
  rd_kafka_t *rk = client_new (RD_KAFKA_PRODUCER, pace->brokers, settings, G_N_ELEMENTS (settings), &pace->error);
  rd_kafka_topic_t *topic = rk != NULL ? rd_kafka_topic_new (rk, pace->topic, NULL) : NULL;
  int64_t start = g_get_monotonic_time ();

  for (uint64_t i = 0; rk != NULL && i < pace->n;)
    {
      int64_t now = g_get_monotonic_time ();
      uint64_t due = MIN (pace->n, (uint64_t) ((double) (now - start) / TIDE_SECOND * pace->per_s) + 1);

      for (; i < due; i++)
        {
          __atomic_store_n (&pace->produced_us[i], g_get_monotonic_time (), __ATOMIC_RELEASE);
          if (!produce (rk, topic, i, tide_clock_now (&tide_clock_system), &pace->error))
            i = due = pace->n;
        }
      rd_kafka_poll (rk, 0);
      if (i < pace->n)
        g_usleep (500);
    }
  if (rk != NULL)
    {
      rd_kafka_flush (rk, WAIT_MS);
      rd_kafka_topic_destroy (topic);
      rd_kafka_destroy (rk);
    }
  return NULL;
}

static bool
consume (rd_kafka_queue_t *queue, uint64_t n, void (*seen) (uint64_t n, void *data), void *data, int64_t *ret_first_us,
         GError **error)
{
  rd_kafka_message_t *messages[READ_MAX];
  int64_t last = g_get_monotonic_time ();
  uint64_t have = 0, bytes = 0;

  while (have < n)
    {
      gssize got = rd_kafka_consume_batch_queue (queue, 100, messages, READ_MAX);

      if (got > 0)
        last = g_get_monotonic_time ();
      else if (g_get_monotonic_time () - last > WAIT_MS * TIDE_MS)
        return failed ("read", "no events came", error);
      if (have == 0 && got > 0)
        *ret_first_us = last;
      for (gssize i = 0; i < got; i++)
        {
          have += messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR;
          bytes += messages[i]->len;
          rd_kafka_message_destroy (messages[i]);
        }
      if (got > 0 && seen != NULL)
        seen (have, data);
    }
  return bytes > 0;
}

bool
tide_bench_kafka_consume (const char *brokers, const char *name, uint64_t n, void (*seen) (uint64_t n, void *data),
                          void *data, int64_t *ret_wall_us, int64_t *ret_cpu_us, GError **error)
{
  /* As fast as librdkafka goes: a large queue; the latency of a fetch as in a source. */
  static const char *const settings[][2] = { { "fetch.wait.max.ms", "50" }, { "queued.min.messages", "1000000" },
                                             { "queued.max.messages.kbytes", "524288" } };
  int64_t cpu = tide_bench_cpu_us (), first = 0;
  rd_kafka_t *rk = client_new (RD_KAFKA_CONSUMER, brokers, settings, G_N_ELEMENTS (settings), error);
  rd_kafka_topic_t *topic;
  rd_kafka_queue_t *queue;
  bool done;

  if (rk == NULL)
    return false;
  topic = rd_kafka_topic_new (rk, name, NULL);
  queue = rd_kafka_queue_new (rk);
  rd_kafka_consume_start_queue (topic, 0, RD_KAFKA_OFFSET_BEGINNING, queue);
  done = consume (queue, n, seen, data, &first, error);
  *ret_wall_us = g_get_monotonic_time () - first;
  rd_kafka_consume_stop (topic, 0);
  rd_kafka_queue_destroy (queue);
  rd_kafka_topic_destroy (topic);
  rd_kafka_destroy (rk);
  *ret_cpu_us = tide_bench_cpu_us () - cpu;
  return done;
}

bool
tide_bench_kafka_workspace (const char *dir, const char *brokers, const char *topic, const char *conf, GError **error)
{
  g_autofree char *path = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL);
  g_autofree char *text = g_strdup_printf ("[workspace]\nversion=1\nname=Benchmark\n\n"
                                           "[source broker]\nkind=kafka\nbrokers=%s\ntopic=%s\nstream=events\n\n%s%s",
                                           brokers, topic, tide_bench_stream_conf, conf);

  if (g_mkdir_with_parents (dir, 0700) != 0)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "cannot make the folder %s", dir);
      return false;
    }
  return g_file_set_contents (path, text, -1, error);
}
