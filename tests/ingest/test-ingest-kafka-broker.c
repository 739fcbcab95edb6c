/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Kafka source against a real broker (tests/support/kafka.sh): what librdkafka's mock can't do. Skipped, with the
 * reason, where the broker can't be had. */
#include "test-kafka.h"

#include <glib/gstdio.h>
#include <librdkafka/rdkafka.h>
#include <string.h>

static TestPeer *broker;
static GHashTable *env; /* of kafka.sh */
static rd_kafka_t *producer;
static char *dir;

static const char *
get (const char *name)
{
  const char *value = g_hash_table_lookup (env, name);
  g_assert_nonnull (value);
  return value;
}

/* --- the other side --- */

/* @name may be NULL. */
static rd_kafka_t *
new_producer_with (const char *transactional_id, const char *name, const char *value)
{
  char reason[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_conf_set (conf, "bootstrap.servers", get ("plain"), reason, sizeof reason);
  rd_kafka_conf_set (conf, "linger.ms", "5", reason, sizeof reason);
  rd_kafka_conf_set (conf, "log_level", "0", reason, sizeof reason);
  rd_kafka_conf_set (conf, "topic.metadata.refresh.interval.ms", "500", reason, sizeof reason);
  if (transactional_id != NULL)
    rd_kafka_conf_set (conf, "transactional.id", transactional_id, reason, sizeof reason);
  rd_kafka_conf_set (conf, "message.max.bytes", "8000000", reason, sizeof reason);
  if (name != NULL)
    g_assert_cmpint (rd_kafka_conf_set (conf, name, value, reason, sizeof reason), ==, RD_KAFKA_CONF_OK);
  rd_kafka_t *rk = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  g_assert_nonnull (rk);
  return rk;
}

static rd_kafka_t *
new_producer (const char *transactional_id)
{
  return new_producer_with (transactional_id, NULL, NULL);
}

/* One event; @payload NULL: a tombstone. */
static void
send_one (rd_kafka_t *rk, const char *topic, int32_t partition, const char *key, const char *payload, int64_t time_ms)
{
  size_t len = payload != NULL ? strlen (payload) : 0;
  rd_kafka_resp_err_t err = rd_kafka_producev (
      rk, RD_KAFKA_V_TOPIC (topic), RD_KAFKA_V_PARTITION (partition), RD_KAFKA_V_KEY (key, strlen (key)),
      RD_KAFKA_V_VALUE ((void *) payload, len), RD_KAFKA_V_TIMESTAMP (time_ms),
      RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK), RD_KAFKA_V_END);
  g_assert_cmpstr (rd_kafka_err2name (err), ==, "NO_ERROR");
}

/* Events [from, to), numbered as mock-kafka does; event i at @time_ms + i, or now when 0. */
static void
send_by (rd_kafka_t *rk, const char *topic, int64_t from, int64_t to, int n_partitions, int64_t time_ms)
{
  for (int64_t i = from; i < to; i++)
    {
      char key[32], payload[64];
      size_t key_len = (size_t) g_snprintf (key, sizeof key, "key-%" G_GINT64_FORMAT, i);
      size_t len = (size_t) g_snprintf (payload, sizeof payload, "{\"id\":%" G_GINT64_FORMAT "}", i);
      rd_kafka_resp_err_t err = rd_kafka_producev (
          rk, RD_KAFKA_V_TOPIC (topic), RD_KAFKA_V_PARTITION ((int32_t) (i % n_partitions)),
          RD_KAFKA_V_KEY (key, key_len), RD_KAFKA_V_VALUE (payload, len),
          RD_KAFKA_V_TIMESTAMP (time_ms == 0 ? 0 : time_ms + i),
          RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK), RD_KAFKA_V_END);
      g_assert_cmpstr (rd_kafka_err2name (err), ==, "NO_ERROR");
    }
  g_assert_cmpint (rd_kafka_flush (rk, 20000), ==, 0);
  g_assert_cmpint (rd_kafka_outq_len (rk), ==, 0);
}

static void
send_events (const char *topic, int64_t from, int64_t to, int n_partitions)
{
  send_by (producer, topic, from, to, n_partitions, 0);
}

static void
expect_event (rd_kafka_queue_t *queue)
{
  rd_kafka_event_t *event = rd_kafka_queue_poll (queue, 20000);
  g_assert_nonnull (event);
  g_assert_cmpstr (rd_kafka_event_error_string (event), ==, "Success");
  rd_kafka_event_destroy (event);
  rd_kafka_queue_destroy (queue);
}

/* Until the producer knows of that many. */
static void
wait_partitions (const char *topic, int n_partitions)
{
  int n = 0;
  int64_t until_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  rd_kafka_topic_t *handle = rd_kafka_topic_new (producer, topic, NULL);
  while (n != n_partitions && g_get_monotonic_time () < until_us)
    {
      const rd_kafka_metadata_t *metadata;
      if (rd_kafka_metadata (producer, 0, handle, &metadata, 2000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        continue;
      n = metadata->topics[0].partition_cnt;
      rd_kafka_metadata_destroy (metadata);
      g_usleep (5000);
    }
  rd_kafka_topic_destroy (handle);
  g_assert_cmpint (n, ==, n_partitions);
}

/* @config: name, value, …, NULL. */
static void
create_topic_with (const char *topic, int n_partitions, const char *const *config)
{
  char reason[256];
  rd_kafka_NewTopic_t *request = rd_kafka_NewTopic_new (topic, n_partitions, 1, reason, sizeof reason);
  for (; config != NULL && *config != NULL; config += 2)
    rd_kafka_NewTopic_set_config (request, config[0], config[1]);
  rd_kafka_queue_t *queue = rd_kafka_queue_new (producer);
  rd_kafka_CreateTopics (producer, &request, 1, NULL, queue);
  expect_event (queue);
  rd_kafka_NewTopic_destroy (request);
  wait_partitions (topic, n_partitions);
}

static void
create_topic (const char *topic, int n_partitions)
{
  create_topic_with (topic, n_partitions, NULL);
}

static void
delete_topic (const char *topic)
{
  rd_kafka_DeleteTopic_t *request = rd_kafka_DeleteTopic_new (topic);
  rd_kafka_queue_t *queue = rd_kafka_queue_new (producer);
  rd_kafka_DeleteTopics (producer, &request, 1, NULL, queue);
  expect_event (queue);
  rd_kafka_DeleteTopic_destroy (request);
}

static void
add_partitions (const char *topic, int n_partitions)
{
  char reason[256];
  rd_kafka_NewPartitions_t *request
      = rd_kafka_NewPartitions_new (topic, (size_t) n_partitions, reason, sizeof reason);
  rd_kafka_queue_t *queue = rd_kafka_queue_new (producer);
  rd_kafka_CreatePartitions (producer, &request, 1, NULL, queue);
  expect_event (queue);
  rd_kafka_NewPartitions_destroy (request);
  wait_partitions (topic, n_partitions);
}

static void
delete_records (const char *topic, int32_t partition, int64_t before)
{
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new (1);
  rd_kafka_topic_partition_list_add (list, topic, partition)->offset = before;
  rd_kafka_DeleteRecords_t *request = rd_kafka_DeleteRecords_new (list);
  rd_kafka_queue_t *queue = rd_kafka_queue_new (producer);
  rd_kafka_DeleteRecords (producer, &request, 1, NULL, queue);
  expect_event (queue);
  rd_kafka_DeleteRecords_destroy (request);
  rd_kafka_topic_partition_list_destroy (list);
}

/* --- signing in --- */

static void
read_ten (TideSourceDef *def, const char *secret)
{
  g_autoptr (TestHost) host = test_host_new ();
  host->secret = secret;
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 10);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 0, 10, 1);
}

static char *
failure_of (TideSourceDef *def, const char *secret)
{
  g_autoptr (TestHost) host = test_host_new ();
  host->secret = secret;
  g_autoptr (TideSource) source = test_source_start (def, host);
  g_autofree char *message = test_source_wait_state (source, TIDE_SOURCE_FAILED);
  g_test_message ("%s", message);
  g_assert_nonnull (message);
  if (secret != NULL)
    g_assert_null (strstr (message, secret));
  return g_steal_pointer (&message);
}

static void
test_tls (void)
{
  create_topic ("tls", 1);
  send_events ("tls", 0, 10, 1);
  g_autoptr (TideSourceDef) good = test_source_def (get ("tls"), "tls", "security", "tls", "ca", get ("ca"), NULL);
  read_ten (good, NULL);
  g_autoptr (TideSourceDef) other
      = test_source_def (get ("tls"), "tls", "security", "tls", "ca", get ("other_ca"), NULL);
  g_autofree char *about_other = failure_of (other, NULL);
  g_assert_nonnull (strstr (about_other, "could not be verified with ca="));
  g_autoptr (TideSourceDef) unknown = test_source_def (get ("tls"), "tls", "security", "tls", NULL);
  g_autofree char *about_unknown = failure_of (unknown, NULL);
  g_assert_nonnull (strstr (about_unknown, "name the file of the CA"));
  g_autoptr (TideSourceDef) plain = test_source_def (get ("plain"), "tls", "security", "tls", "ca", get ("ca"), NULL);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSource) source = test_source_start (plain, host);
  /* A slow machine may hear first that nobody answers. */
  test_source_wait_message (source, "may not speak TLS");
}

static void
test_sasl (void)
{
  static const char *const securities[] = { "sasl", "sasl-tls" }, *const mechanisms[] = { "PLAIN", "SCRAM-SHA-256" };
  create_topic ("sasl", 1);
  send_events ("sasl", 0, 10, 1);
  for (guint i = 0; i < 2; i++)
    for (guint k = 0; k < 2; k++)
      {
        const char *address = get (i == 0 ? "sasl" : "sasl_tls");
        g_autoptr (TideSourceDef) def
            = test_source_def (address, "sasl", "security", securities[i], "mechanism", mechanisms[k], "user",
                               get ("user"), "ca", get ("ca"), NULL);
        read_ten (def, get ("password"));
        g_autofree char *message = failure_of (def, "not-the-password");
        g_assert_nonnull (strstr (message, "refused user 'reader'"));
        g_assert_nonnull (strstr (message, mechanisms[k]));
        g_assert_cmpint (strstr (message, "librdkafka 2.0.2") != NULL, ==, k == 1);
      }
  g_autoptr (TideSourceDef) def = test_source_def (get ("sasl"), "sasl", "security", "sasl", "mechanism",
                                                   "SCRAM-SHA-512", "user", get ("user"), NULL);
  g_autofree char *message = failure_of (def, get ("password"));
  g_assert_nonnull (strstr (message, "does not offer SCRAM-SHA-512"));
}

/* --- positions --- */

static void
test_start_at_time (void)
{
  const int64_t begin_ms = g_get_real_time () / 1000 - 3600 * 1000;
  char start[TIDE_TIME_STR_MAX];
  create_topic ("timed", 2);
  send_by (producer, "timed", 0, 1000, 2, begin_ms);
  tide_time_format ((begin_ms + 600) * TIDE_MS, start);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "timed", "start", start, NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 400);
  test_source_wait_lag (source, 0);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 600, 1000, 2);

  /* After the last event: what comes from now on. */
  g_autoptr (TestHost) later = test_host_new ();
  tide_time_format (g_get_real_time () + TIDE_HOUR, start);
  g_autoptr (TideSourceDef) future = test_source_def (get ("plain"), "timed", "start", start, NULL);
  source = test_source_start (future, later);
  g_free (test_source_wait_state (source, TIDE_SOURCE_CONNECTED));
  send_by (producer, "timed", 1000, 1010, 2, begin_ms);
  test_host_wait (later, 10);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (later, 1000, 1010, 2);
}

/* A source that started at the end reads partitions that come later from their start. */
static void
test_new_partitions (void)
{
  create_topic ("growing", 1);
  send_events ("growing", 0, 5, 1);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "growing", "start", "latest", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  g_free (test_source_wait_state (source, TIDE_SOURCE_CONNECTED));
  add_partitions ("growing", 3);
  send_events ("growing", 100, 160, 3);
  test_host_wait (host, 60);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 100, 160, 3);
  /* The same while it was not running. */
  add_partitions ("growing", 4);
  send_events ("growing", 400, 440, 4);
  g_array_set_size (host->events, 0);
  source = test_source_start (def, host);
  test_host_wait (host, 40);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 400, 440, 4);
}

/* Aborted events are never seen, and the position passes the records that end transactions. */
static void
test_transactions (void)
{
  create_topic ("transactions", 1);
  rd_kafka_t *rk = new_producer ("tidemark-test");
  g_assert_null (rd_kafka_init_transactions (rk, 20000));
  g_assert_null (rd_kafka_begin_transaction (rk));
  send_by (rk, "transactions", 0, 10, 1, 0);
  g_assert_null (rd_kafka_commit_transaction (rk, 20000));
  g_assert_null (rd_kafka_begin_transaction (rk));
  send_by (rk, "transactions", 1000, 1010, 1, 0);
  g_assert_null (rd_kafka_abort_transaction (rk, 20000));
  rd_kafka_destroy (rk);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "transactions", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 10);
  test_source_wait_lag (source, 0);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 0, 10, 1);
  g_assert_cmpint (test_host_position (host, 0), ==, 22);
  g_assert_cmpuint (host->gaps->len, ==, 0);
}

/* However a topic is compressed, and however large its events are. */
static void
test_compressed_and_large (void)
{
  static const char *const codecs[] = { "none", "gzip", "snappy", "lz4", "zstd" };
  static const char *const config[] = { "max.message.bytes", "8000000", NULL };
  enum { LARGE = 3000000 };
  g_autofree char *pad = g_malloc (LARGE + 1);
  for (guint i = 0; i < LARGE; i++)
    pad[i] = (char) ('a' + g_random_int_range (0, 26));
  pad[LARGE] = '\0';
  g_autofree char *large = g_strdup_printf ("{\"id\":1000,\"pad\":\"%s\"}", pad);
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    {
      g_autofree char *topic = g_strconcat ("codec-", codecs[i], NULL);
      rd_kafka_t *rk = new_producer_with (NULL, "compression.codec", codecs[i]);
      create_topic_with (topic, 1, config);
      send_by (rk, topic, 0, 1000, 1, 0);
      send_one (rk, topic, 0, "key-1000", large, 0);
      send_by (rk, topic, 1001, 1100, 1, 0);
      rd_kafka_destroy (rk);
      g_autoptr (TestHost) host = test_host_new ();
      g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), topic, NULL);
      g_autoptr (TideSource) source = test_source_start (def, host);
      test_host_wait (host, 1100);
      tide_source_free (g_steal_pointer (&source));
      test_host_check (host, 0, 1100, 1);
    }
}

static const char *
headers_of (const TestHost *host, guint event)
{
  return g_array_index (host->events, TestEvent, event).headers;
}

/* Headers are kept as one JSON object: sorted, each value of a name that comes twice, bytes that are no text as digits. */
static void
test_headers (void)
{
  create_topic ("headers", 1);
  rd_kafka_headers_t *headers = rd_kafka_headers_new (6);
  rd_kafka_header_add (headers, "trace", -1, "4bf9\"2f", -1);
  rd_kafka_header_add (headers, "retry", -1, "1", -1);
  rd_kafka_header_add (headers, "none", -1, NULL, 0);
  rd_kafka_header_add (headers, "bytes", -1, "\xff\x01", 2);
  rd_kafka_header_add (headers, "retry", -1, "2", -1);
  rd_kafka_header_add (headers, "empty", -1, "", 0);
  rd_kafka_resp_err_t err
      = rd_kafka_producev (producer, RD_KAFKA_V_TOPIC ("headers"), RD_KAFKA_V_PARTITION (0), RD_KAFKA_V_KEY ("k", 1),
                           RD_KAFKA_V_VALUE ("{\"id\":0}", 8), RD_KAFKA_V_HEADERS (headers),
                           RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  g_assert_cmpstr (rd_kafka_err2name (err), ==, "NO_ERROR");
  send_one (producer, "headers", 0, "k", "{\"id\":1}", 0);
  g_assert_cmpint (rd_kafka_flush (producer, 20000), ==, 0);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "headers", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 2);
  g_assert_cmpstr (headers_of (host, 0), ==,
                   "{\"bytes\":\"0xff01\",\"empty\":\"\",\"none\":null,\"retry\":[\"1\",\"2\"],\"trace\":\"4bf9\\\"2f\"}");
  g_assert_cmpstr (headers_of (host, 1), ==, "");
  g_assert_cmpstr (g_array_index (host->events, TestEvent, 0).key, ==, "k");
}

/* Starts a source that has read nothing, and returns how many events there are once it has read all. */
static guint
count_events (const char *topic, TestHost *host)
{
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), topic, NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  g_free (test_source_wait_state (source, TIDE_SOURCE_STREAMING));
  test_source_wait_lag (source, 0);
  tide_source_free (g_steal_pointer (&source));
  return test_host_count (host);
}

/* Of a compacted topic come the events that are left; that others are gone is no gap. Tombstones are counted. That the
 * event is gone by which the topic would be known again is no reason to think it another one. */
static void
test_compacted (void)
{
  static const char *const config[]
      = { "cleanup.policy", "compact", "segment.ms", "200", "min.cleanable.dirty.ratio", "0.01", NULL };
  g_autoptr (TestHost) first = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "compacted", NULL);
  char key[16], payload[32];
  create_topic_with ("compacted", 1, config);
  for (int i = 0; i < 100; i++)
    {
      g_snprintf (key, sizeof key, "k%d", i % 10);
      g_snprintf (payload, sizeof payload, "{\"id\":%d}", i);
      send_one (producer, "compacted", 0, key, i == 50 ? NULL : payload, 0);
    }
  g_assert_cmpint (rd_kafka_flush (producer, 20000), ==, 0);
  g_autoptr (TideSource) source = test_source_start (def, first);
  test_host_wait (first, 99);
  test_source_wait_lag (source, 0);
  TideSourceStatus status = { 0 };
  tide_source_get_status (source, &status);
  g_assert_cmpuint (status.tombstones, ==, 1);
  tide_source_status_clear (&status);
  tide_source_free (g_steal_pointer (&source));
  g_assert_cmpint (test_host_position (first, 0), ==, 100);
  int64_t until_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  for (int i = 100;; i++)
    {
      /* A new event begins a segment, and the old ones can be compacted. */
      g_snprintf (key, sizeof key, "k%d", i % 10);
      g_snprintf (payload, sizeof payload, "{\"id\":%d}", i);
      send_one (producer, "compacted", 0, key, payload, 0);
      g_assert_cmpint (rd_kafka_flush (producer, 20000), ==, 0);
      g_autoptr (TestHost) host = test_host_new ();
      guint n = count_events ("compacted", host);
      g_assert_cmpuint (host->gaps->len, ==, 0);
      g_assert_cmpint (test_host_position (host, 0), ==, i + 1);
      bool gone = true;
      for (guint k = 0; k < host->events->len; k++)
        gone &= g_array_index (host->events, TestEvent, k).id != 99;
      if (n < 60 && gone)
        break;
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);
    }
  source = test_source_start (def, first);
  test_host_wait (first, 100);
  test_source_wait_lag (source, 0);
  tide_source_get_status (source, &status);
  g_assert_null (status.consent);
  g_assert_cmpuint (status.gaps, ==, 0);
  tide_source_status_clear (&status);
}

static TideTime
watermark_of (TideSource *source)
{
  TideSourceStatus status = { 0 };
  tide_source_get_status (source, &status);
  TideTime watermark = status.watermark;
  tide_source_status_clear (&status);
  return watermark;
}

/* A partition in which nothing happens any more holds the watermark for a while, not for good. */
static void
test_idle_partition (void)
{
  const int64_t begin_ms = g_get_real_time () / 1000 - 3600 * 1000;
  const TideDuration lateness = 10 * TIDE_SECOND; /* of a stream that says nothing */
  create_topic ("idle", 2);
  send_one (producer, "idle", 1, "a", "{\"id\":0}", begin_ms);
  for (int i = 1; i <= 100; i++)
    send_one (producer, "idle", 0, "a", "{\"id\":1}", begin_ms + i * 1000);
  g_assert_cmpint (rd_kafka_flush (producer, 20000), ==, 0);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "idle", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 101);
  int64_t until_us = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;
  while (watermark_of (source) == TIDE_TIME_NONE && g_get_monotonic_time () < until_us)
    g_usleep (2000);
  g_assert_cmpint (watermark_of (source), ==, begin_ms * TIDE_MS - lateness);
  until_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;
  for (int i = 101; watermark_of (source) < (begin_ms + 101 * 1000) * TIDE_MS - lateness; i++)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);
      send_one (producer, "idle", 0, "a", "{\"id\":1}", begin_ms + i * 1000);
      rd_kafka_flush (producer, 1000);
      g_usleep (200 * 1000); /* the pace of the one that is not idle */
    }
}

static void
test_retention (void)
{
  create_topic ("retention", 1);
  send_events ("retention", 0, 100, 1);
  delete_records ("retention", 0, 20);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "retention", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 80);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 20, 100, 1);
  g_assert_cmpuint (host->gaps->len, ==, 0); /* what was gone before it first came is none */
  send_events ("retention", 100, 200, 1);
  delete_records ("retention", 0, 150);
  source = test_source_start (def, host);
  test_host_wait (host, 130);
  tide_source_free (g_steal_pointer (&source));
  g_assert_cmpuint (host->gaps->len, ==, 1);
  const TideGap *gap = g_ptr_array_index (host->gaps, 0);
  g_assert_cmpint (gap->from, ==, 100);
  g_assert_cmpint (gap->to, ==, 150);
  g_assert_cmpint (test_host_position (host, 0), ==, 200);
}

static void
test_made_again (void)
{
  create_topic ("again", 2);
  send_events ("again", 0, 100, 2);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "again", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 100);
  delete_topic ("again");
  g_autofree char *gone = test_source_wait_state (source, TIDE_SOURCE_FAILED);
  g_assert_nonnull (strstr (gone, "does not exist"));
  tide_source_free (g_steal_pointer (&source));
  create_topic ("again", 1);
  source = test_source_start (def, host);
  g_autofree char *fewer = test_source_wait_state (source, TIDE_SOURCE_FAILED);
  g_assert_nonnull (strstr (fewer, "made again"));
  g_assert_cmpuint (test_host_count (host), ==, 100);
}

static void
expect_made_again (TideSource *source)
{
  g_autofree char *message = test_source_wait_consent (source);
  g_test_message ("%s", message);
  g_assert_nonnull (strstr (message, "made again"));
}

/* What tide_store_restart_source() does. */
static void
agree (TestHost *host)
{
  g_mutex_lock (&host->lock);
  for (int32_t i = 0; i < 8; i++)
    if (g_hash_table_contains (host->positions, GINT_TO_POINTER (i)))
      g_hash_table_insert (host->positions, GINT_TO_POINTER (i), GSIZE_TO_POINTER (0));
  g_hash_table_remove_all (host->tokens);
  g_array_set_size (host->events, 0);
  g_mutex_unlock (&host->lock);
}

/* A topic of the same name with fewer events, as many, or more than were read: noticed at the start, nothing is read of
 * it; once a person agreed, all of it. */
static void
test_another_topic (void)
{
  for (int events = 50; events <= 150; events += 50)
    {
      g_autofree char *topic = g_strdup_printf ("another-%d", events);
      create_topic (topic, 2);
      send_events (topic, 0, 100, 2);
      g_autoptr (TestHost) host = test_host_new ();
      g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), topic, NULL);
      g_autoptr (TideSource) source = test_source_start (def, host);
      test_host_wait (host, 100);
      tide_source_free (g_steal_pointer (&source));
      /* The same topic is no other one. */
      source = test_source_start (def, host);
      test_source_wait_lag (source, 0);
      g_free (test_source_wait_state (source, TIDE_SOURCE_CONNECTED));
      tide_source_free (g_steal_pointer (&source));
      delete_topic (topic);
      create_topic (topic, 2);
      send_events (topic, 1000, 1000 + events, 2);
      source = test_source_start (def, host);
      expect_made_again (source);
      g_assert_cmpuint (test_host_count (host), ==, 100);
      tide_source_free (g_steal_pointer (&source));
      agree (host);
      source = test_source_start (def, host);
      test_host_wait (host, (guint) events);
      tide_source_free (g_steal_pointer (&source));
      test_host_check (host, 1000, 1000 + events, 2);
    }
}

/* The same under a source that runs; the new topic has more than was read of the old one. It is never silent. */
static void
test_another_topic_while_running (void)
{
  create_topic ("swapped", 1);
  send_events ("swapped", 0, 100, 1);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "swapped", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 100);
  delete_topic ("swapped");
  create_topic ("swapped", 1);
  send_events ("swapped", 1000, 1500, 1);
  expect_made_again (source);
  /* Replaced within a second it may be read on from the old offset, until it is looked at again. */
  g_assert_cmpuint (test_host_count (host), <=, 500);
}

static void
test_broker_restart (void)
{
  create_topic ("restart", 2);
  send_events ("restart", 0, 1000, 2);
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (get ("plain"), "restart", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 1000);
  test_peer_tell (broker, "down");
  g_autofree char *message = test_source_wait_state (source, TIDE_SOURCE_RETRYING);
  g_assert_nonnull (strstr (message, "does not answer"));
  test_peer_tell (broker, "up");
  send_events ("restart", 1000, 2000, 2);
  test_host_wait (host, 2000);
  g_free (test_source_wait_state (source, TIDE_SOURCE_STREAMING));
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 0, 2000, 2);
}

/* --- Test connection --- */

static void
on_step (TideProbeStep *step, void *data)
{
  g_test_message ("%d %s: %s", step->state, step->title, step->detail);
  g_ptr_array_add (data, step);
}

static GPtrArray *
probe (const TideSourceDef *def, const char *secret)
{
  GPtrArray *steps = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_probe_step_free);
  TideProbe request
      = { .dir = dir, .def = def, .secret = secret, .max_samples = 100, .step = on_step, .data = steps };
  tide_source_probe (&request);
  return steps;
}

#define STEP(steps, i) ((TideProbeStep *) g_ptr_array_index (steps, i))

static void
test_probe (void)
{
  create_topic ("probe", 3);
  send_events ("probe", 0, 900, 3);
  g_autoptr (TideSourceDef) def
      = test_source_def (get ("sasl_tls"), "probe", "security", "sasl-tls", "mechanism", "SCRAM-SHA-256", "user",
                         get ("user"), "ca", get ("ca"), NULL);
  g_autoptr (GPtrArray) good = probe (def, get ("password"));
  g_assert_cmpuint (good->len, ==, 3);
  g_assert_cmpstr (STEP (good, 0)->title, ==, "Reached 1 of 1 brokers");
  g_assert_cmpstr (STEP (good, 0)->detail, ==, "Over TLS, certificates verified");
  g_assert_cmpstr (STEP (good, 1)->title, ==, "Signed in as reader");
  g_assert_cmpstr (STEP (good, 1)->detail, ==, "SCRAM-SHA-256");
  g_assert_cmpstr (STEP (good, 2)->title, ==, "Topic has 3 partitions");
  g_assert_cmpstr (STEP (good, 2)->detail, ==, "900 events kept, 15 new a second");

  g_autoptr (GPtrArray) refused = probe (def, "not-the-password");
  g_assert_cmpuint (refused->len, ==, 3);
  g_assert_cmpint (STEP (refused, 0)->state, ==, TIDE_STEP_OK);
  g_assert_cmpint (STEP (refused, 1)->state, ==, TIDE_STEP_FAILED);
  g_assert_cmpstr (STEP (refused, 1)->title, ==, "Broker refused the password");
  g_assert_cmpint (STEP (refused, 2)->state, ==, TIDE_STEP_SKIPPED);
  g_assert_cmpstr (STEP (refused, 2)->detail, ==, "Not tried: needs a sign-in");

  g_autoptr (TideSourceDef) other = test_source_def (get ("tls"), "probe", "security", "tls", "ca", get ("other_ca"),
                                                     NULL);
  g_autoptr (GPtrArray) untrusted = probe (other, NULL);
  g_assert_cmpstr (STEP (untrusted, 0)->title, ==, "No trusted connection to the broker");
  g_assert_cmpint (STEP (untrusted, 0)->state, ==, TIDE_STEP_FAILED);
}

/* --- the program --- */

static void
read_env (void)
{
  g_autofree char *path = g_build_filename (dir, "env", NULL), *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  env = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *equals = strchr (lines[i], '=');
      if (equals != NULL)
        g_hash_table_insert (env, g_strndup (lines[i], (gsize) (equals - lines[i])), g_strdup (equals + 1));
    }
}

static void
remove_dir (void)
{
  const char *argv[] = { "rm", "-rf", dir, NULL };
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

int
main (int argc, char **argv)
{
  g_autofree char *skip = NULL;
  g_test_init (&argc, &argv, NULL);
  dir = g_dir_make_tmp ("tidemark-kafka-XXXXXX", NULL);
  const char *command[] = { "sh", g_getenv ("KAFKA_SH"), "run", dir, NULL };
  broker = test_peer_new (command, &skip);
  if (broker == NULL)
    {
      g_print ("1..0 # SKIP %s\n", skip);
      remove_dir ();
      return 0;
    }
  read_env ();
  producer = new_producer (NULL);
  g_test_add_func ("/ingest/kafka-broker/tls", test_tls);
  g_test_add_func ("/ingest/kafka-broker/sasl", test_sasl);
  g_test_add_func ("/ingest/kafka-broker/start-at-time", test_start_at_time);
  g_test_add_func ("/ingest/kafka-broker/new-partitions", test_new_partitions);
  g_test_add_func ("/ingest/kafka-broker/transactions", test_transactions);
  g_test_add_func ("/ingest/kafka-broker/compressed-and-large", test_compressed_and_large);
  g_test_add_func ("/ingest/kafka-broker/headers", test_headers);
  g_test_add_func ("/ingest/kafka-broker/compacted", test_compacted);
  g_test_add_func ("/ingest/kafka-broker/idle-partition", test_idle_partition);
  g_test_add_func ("/ingest/kafka-broker/retention", test_retention);
  g_test_add_func ("/ingest/kafka-broker/made-again", test_made_again);
  g_test_add_func ("/ingest/kafka-broker/another-topic", test_another_topic);
  g_test_add_func ("/ingest/kafka-broker/another-topic-while-running", test_another_topic_while_running);
  g_test_add_func ("/ingest/kafka-broker/probe", test_probe);
  g_test_add_func ("/ingest/kafka-broker/broker-restart", test_broker_restart);
  int status = g_test_run ();
  rd_kafka_destroy (producer);
  test_peer_free (broker);
  g_hash_table_unref (env);
  remove_dir ();
  return status;
}
