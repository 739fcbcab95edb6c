/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Kafka source against librdkafka's mock cluster, which is a process of its own. For what the mock can't do (TLS,
 * SASL, start at a time, new partitions) see test-ingest-kafka-broker.c. */
#include "test-kafka.h"

#include <stdio.h>
#include <string.h>

/* Far below librdkafka's own time-outs (a minute), far above what a busy machine takes: a stop waits for nobody. */
#define STOP_US (20 * G_USEC_PER_SEC)

static TestPeer *mock;

static const char *
brokers (void)
{
  return test_peer_get_greeting (mock);
}

/* Until it has told of so many: what a source says of itself is a moment behind what it does. */
static void
wait_tombstones (TideSource *source, guint64 n)
{
  int64_t until_us = g_get_monotonic_time () + TIDE_MINUTE;
  guint64 seen = 0;
  while (seen < n)
    {
      TideSourceStatus status = { 0 };
      tide_source_get_status (source, &status);
      seen = status.tombstones;
      tide_source_status_clear (&status);
      if (g_get_monotonic_time () > until_us)
        g_error ("%" G_GUINT64_FORMAT " tombstones, not %" G_GUINT64_FORMAT, seen, n);
      g_usleep (2000);
    }
}

/* How the source came by each event and what it says of itself when all is read. */
static void
test_all_once (void)
{
  test_peer_tell (mock, "create once 4");
  test_peer_tell (mock, "produce once 20000 20");
  test_peer_tell (mock, "tombstone once 2");
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (brokers (), "once", NULL);
  int64_t start_us = g_get_monotonic_time ();
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 20000);
  g_test_message ("20000 events in %" G_GINT64_FORMAT " ms", (g_get_monotonic_time () - start_us) / 1000);
  test_source_wait_lag (source, 0);
  g_autofree char *message = test_source_wait_state (source, TIDE_SOURCE_STREAMING);
  g_assert_null (message);
  wait_tombstones (source, 1);
  TideSourceStatus status = { 0 };
  tide_source_get_status (source, &status);
  g_assert_cmpuint (status.partitions, ==, 4);
  g_assert_cmpint (status.lag, ==, 0);
  g_assert_cmpuint (status.tombstones, ==, 1);
  g_assert_cmpuint (status.gaps, ==, 0);
  tide_source_status_clear (&status);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 0, 20000, 4);
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (test_host_position (host, i), ==, i == 2 ? 5001 : 5000);
  for (guint i = 0; i < host->events->len; i++)
    {
      TideTime age = g_get_real_time () - g_array_index (host->events, TestEvent, i).time;
      g_assert_cmpint (age, >=, 0);
      g_assert_cmpint (age, <, 5 * TIDE_MINUTE);
    }
}

/* Stops at random moments, and a store that now and then refuses: all events, each once. */
static void
test_restarts (void)
{
  const char *given = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = given != NULL ? (guint32) g_ascii_strtoull (given, NULL, 10) : g_random_int ();
  g_test_message ("TIDE_TEST_SEED=%u", seed);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  test_peer_tell (mock, "create restarts 3");
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def
      = test_source_def (brokers (), "restarts", "property.fetch.message.max.bytes", "20000", NULL);
  guint produced = 0;
  for (guint round = 0; round < 8; round++)
    {
      guint n = (guint) g_rand_int_range (rand, 1, 8000), seen = test_host_count (host);
      test_peer_tell (mock, "produce restarts %u", n);
      produced += n;
      g_autoptr (TideSource) source = test_source_start (def, host);
      test_host_wait (host, seen + (guint) g_rand_int_range (rand, 0, (gint32) (produced - seen) + 1));
      if (g_rand_boolean (rand))
        {
          test_host_set (host, true, false);
          g_usleep ((gulong) g_rand_int_range (rand, 0, 30000));
          test_host_set (host, false, false);
        }
      if (g_rand_boolean (rand))
        test_host_wait (host, produced);
    }
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, produced);
  test_source_wait_lag (source, 0);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 0, produced, 3);
}

static void
test_broker_away (void)
{
  test_peer_tell (mock, "create away 2");
  test_peer_tell (mock, "produce away 1000");
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (brokers (), "away", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 1000);

  test_peer_tell (mock, "down");
  g_autofree char *message = test_source_wait_state (source, TIDE_SOURCE_RETRYING);
  g_test_message ("%s", message);
  g_assert_nonnull (strstr (message, brokers ()));
  g_assert_nonnull (strstr (message, "does not answer"));
  g_assert_nonnull (strstr (message, "trying again"));
  TideSourceStatus status = { 0 };
  tide_source_get_status (source, &status);
  g_assert_cmpint (status.lag, ==, -1);
  tide_source_status_clear (&status);

  int64_t stop_us = g_get_monotonic_time ();
  g_autoptr (TideSource) second = test_source_start (def, host);
  g_autofree char *cold = test_source_wait_state (second, TIDE_SOURCE_RETRYING);
  g_assert_nonnull (strstr (cold, "does not answer"));
  tide_source_free (g_steal_pointer (&second));
  g_assert_cmpint (g_get_monotonic_time () - stop_us, <, STOP_US);

  /* It is back, if slow. */
  test_peer_tell (mock, "rtt 350");
  test_peer_tell (mock, "up");
  g_autofree char *cleared = test_source_wait_state (source, TIDE_SOURCE_STREAMING);
  g_assert_null (cleared);
  test_peer_tell (mock, "rtt 0");
  test_peer_tell (mock, "produce away 500");
  test_host_wait (host, 1500);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 0, 1500, 2);
}

/* The mock drops what is over 5 MiB: events that nobody had read are a gap, and reading goes on after it. */
static void
test_gap (void)
{
  test_peer_tell (mock, "create gap 1");
  test_peer_tell (mock, "produce gap 100 100");
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (brokers (), "gap", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_host_wait (host, 100);
  tide_source_free (g_steal_pointer (&source));
  g_assert_cmpint (test_host_position (host, 0), ==, 100);

  test_peer_tell (mock, "produce gap 12000 1000");
  source = test_source_start (def, host);
  test_host_wait (host, 101);
  test_source_wait_lag (source, 0);
  tide_source_free (g_steal_pointer (&source));
  g_assert_cmpuint (host->gaps->len, ==, 1);
  const TideGap *gap = g_ptr_array_index (host->gaps, 0);
  g_assert_cmpint (gap->partition, ==, 0);
  g_assert_cmpint (gap->from, ==, 100);
  g_assert_cmpint (gap->to, >, 100);
  g_assert_cmpint (gap->to + (host->events->len - 100), ==, 12100);
  g_assert_cmpint (g_array_index (host->events, TestEvent, 100).offset, ==, gap->to);
  g_assert_cmpint (test_host_position (host, 0), ==, 12100);
}

/* A stored position that the topic does not reach: nothing is read, and a person is told. */
static void
test_beyond_end (void)
{
  test_peer_tell (mock, "create beyond 1");
  test_peer_tell (mock, "produce beyond 10");
  g_autoptr (TestHost) host = test_host_new ();
  g_hash_table_insert (host->positions, GINT_TO_POINTER (0), GSIZE_TO_POINTER (500));
  g_autoptr (TideSourceDef) def = test_source_def (brokers (), "beyond", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  g_autofree char *message = test_source_wait_state (source, TIDE_SOURCE_FAILED);
  g_assert_nonnull (strstr (message, "made again"));
  tide_source_free (g_steal_pointer (&source));
  g_assert_cmpuint (test_host_count (host), ==, 0);
  g_assert_cmpint (test_host_position (host, 0), ==, 500);
}

static void
test_unknown_topic (void)
{
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (brokers (), "not-yet", NULL);
  test_peer_tell (mock, "create not-yet 1");
  test_peer_tell (mock, "topic-error not-yet 3");
  g_autoptr (TideSource) source = test_source_start (def, host);
  g_autofree char *message = test_source_wait_state (source, TIDE_SOURCE_FAILED);
  g_assert_nonnull (strstr (message, "'not-yet' does not exist on"));
  g_assert_nonnull (strstr (message, brokers ()));
  test_peer_tell (mock, "topic-error not-yet 0");
  test_peer_tell (mock, "produce not-yet 5");
  test_host_wait (host, 5);
}

/* What came after a source was added belongs to it, also when it was stopped before any event. */
static void
test_latest (void)
{
  test_peer_tell (mock, "create latest 2");
  test_peer_tell (mock, "produce latest 50");
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (brokers (), "latest", "start", "latest", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  g_autofree char *message = test_source_wait_state (source, TIDE_SOURCE_CONNECTED);
  tide_source_free (g_steal_pointer (&source));
  g_assert_cmpint (test_host_position (host, 0), ==, 25);
  g_assert_cmpint (test_host_position (host, 1), ==, 25);
  test_peer_tell (mock, "produce latest 30");
  source = test_source_start (def, host);
  test_host_wait (host, 30);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 50, 80, 2);
}

/* A store that takes nothing for a while holds the source up, and a stop is prompt all the same. */
static void
test_back_pressure (void)
{
  test_peer_tell (mock, "create pressure 1");
  test_peer_tell (mock, "produce pressure 10000");
  g_autoptr (TestHost) host = test_host_new ();
  test_host_set (host, false, true);
  g_autoptr (TideSourceDef) def = test_source_def (brokers (), "pressure", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  test_peer_tell (mock, "produce pressure 10000");
  g_assert_cmpuint (test_host_count (host), ==, 0);
  int64_t stop_us = g_get_monotonic_time ();
  tide_source_free (g_steal_pointer (&source));
  g_assert_cmpint (g_get_monotonic_time () - stop_us, <, STOP_US);
  test_host_set (host, false, false);
  source = test_source_start (def, host);
  test_host_wait (host, 20000);
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 0, 20000, 1);
}

/* Errors of single requests are tried again without loss. */
static void
test_fetch_errors (void)
{
  test_peer_tell (mock, "create errors 2");
  g_autoptr (TestHost) host = test_host_new ();
  g_autoptr (TideSourceDef) def = test_source_def (brokers (), "errors", NULL);
  g_autoptr (TideSource) source = test_source_start (def, host);
  for (guint round = 1; round <= 3; round++)
    {
      test_peer_tell (mock, "error 1 %d 2", round == 1 ? 6 : round == 2 ? -195 : 7);
      test_peer_tell (mock, "produce errors 400");
      test_host_wait (host, 400 * round);
    }
  tide_source_free (g_steal_pointer (&source));
  test_host_check (host, 0, 1200, 2);
}

static void
test_config (void)
{
  const TideSourceSpec *spec = NULL;
  for (guint i = 0; tide_source_specs ()[i] != NULL; i++)
    if (g_str_equal (tide_source_specs ()[i]->kind, "kafka"))
      spec = tide_source_specs ()[i];
  g_assert_nonnull (spec);
  g_assert_true (spec->exactly_once && spec->remote && spec->secret);
  static const struct
  {
    const char *key, *value;
    bool ok;
  } cases[] = {
    { "property.fetch.wait.max.ms", "10", true },
    { "property.client.rack", "eu-1", true },
    { "property.isolation.level", "read_uncommitted", true },
    { "property.fetch.wait.max.ms", "soon", false },
    { "property.isolation.level", "none", false },
    { "property.plugin.library.paths", "/tmp/evil", false },
    { "property.sasl.kerberos.kinit.cmd", "touch /tmp/evil", false },
    { "property.ssl.endpoint.identification.algorithm", "none", false },
    { "property.enable.ssl.certificate.verification", "false", false },
    { "property.ssl.key.location", "/etc/shadow", false },
    { "property.debug", "all", false },
    { "property.group.id", "x", false },
    { "property.auto.offset.reset", "latest", false },
    { "property.enable.auto.commit", "true", false },
    { "property.sasl.password", "x", false },
    { "property.bootstrap.servers", "x:1", false },
    { "property.", "x", false },
    { "topic", "orders.v1_x-2", true },
    { "topic", "or ders", false },
    { "topic", "..", false },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      bool prefixed = g_str_has_prefix (cases[i].key, "property.");
      for (guint k = 0; k < spec->n_keys; k++)
        if (g_str_equal (spec->keys[k].name, prefixed ? "property." : cases[i].key))
          g_assert_cmpint (spec->keys[k].check (cases[i].key, cases[i].value, &error), ==, cases[i].ok);
      g_assert_cmpint (error == NULL, ==, cases[i].ok);
    }
}

static char *
failure_of (TideSourceDef *def, const char *secret)
{
  g_autoptr (TestHost) host = test_host_new ();
  host->secret = secret;
  g_autoptr (TideSource) source = test_source_start (def, host);
  return test_source_wait_state (source, TIDE_SOURCE_FAILED);
}

static void
test_wrong_settings (void)
{
  g_autoptr (TideSourceDef) no_user = test_source_def (brokers (), "x", "security", "sasl", NULL);
  g_autofree char *about_user = failure_of (no_user, "hush-hush");
  g_assert_nonnull (strstr (about_user, "needs user="));
  g_autoptr (TideSourceDef) no_password = test_source_def (brokers (), "x", "security", "sasl", "user", "ann", NULL);
  g_autofree char *about_password = failure_of (no_password, NULL);
  g_assert_nonnull (strstr (about_password, "no password for user 'ann'"));
  g_autoptr (TideSourceDef) no_ca = test_source_def (brokers (), "x", "security", "tls", "ca", "/nowhere.pem", NULL);
  g_autofree char *about_ca = failure_of (no_ca, NULL);
  g_assert_nonnull (strstr (about_ca, "/nowhere.pem"));
  g_autoptr (TideSourceDef) outside = test_source_def (brokers (), "x", "security", "tls", "ca", "../ca.pem", NULL);
  g_autofree char *about_outside = failure_of (outside, NULL);
  g_assert_nonnull (about_outside);
}

/* --- Test connection --- */

typedef struct
{
  GPtrArray *steps;
  guint samples;
  int64_t sum;
} Probed;

static void
on_step (TideProbeStep *step, void *data)
{
  Probed *probed = data;
  g_test_message ("%d %s: %s (%" G_GINT64_FORMAT " µs)", step->state, step->title, step->detail, step->took);
  g_ptr_array_add (probed->steps, step);
}

static void
on_sample (GBytes *payload, const TideEventMeta *meta, void *data)
{
  Probed *probed = data;
  gsize len;
  const char *text = g_bytes_get_data (payload, &len);
  int id = -1;
  g_autofree char *copy = g_strndup (text, len);
  g_assert_cmpint (sscanf (copy, "{\"id\":%d", &id), ==, 1);
  probed->samples++;
  probed->sum += id;
}

static GPtrArray *
probe (const TideSourceDef *def, const char *secret, guint *ret_samples, int64_t *ret_sum)
{
  Probed probed = { .steps = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_probe_step_free) };
  TideProbe request = {
    .dir = g_get_tmp_dir (),
    .def = def,
    .secret = secret,
    .max_samples = 100,
    .step = on_step,
    .sample = on_sample,
    .data = &probed,
  };
  tide_source_probe (&request);
  *ret_samples = probed.samples;
  *ret_sum = probed.sum;
  return probed.steps;
}

#define STEP(steps, i) ((TideProbeStep *) g_ptr_array_index (steps, i))

static void
test_probe (void)
{
  guint samples;
  int64_t sum;
  test_peer_tell (mock, "create probed 4");
  test_peer_tell (mock, "produce probed 4000");
  g_autoptr (TideSourceDef) def = test_source_def (brokers (), "probed", NULL);
  g_autoptr (GPtrArray) steps = probe (def, NULL, &samples, &sum);
  g_assert_cmpuint (steps->len, ==, 2);
  g_assert_cmpint (STEP (steps, 0)->state, ==, TIDE_STEP_OK);
  g_assert_cmpstr (STEP (steps, 0)->title, ==, "Reached 1 of 1 brokers");
  g_assert_cmpstr (STEP (steps, 1)->title, ==, "Topic has 4 partitions");
  g_assert_true (g_str_has_prefix (STEP (steps, 1)->detail, "4.0 k events kept"));
  /* The newest hundred: 3900 … 3999. */
  g_assert_cmpuint (samples, ==, 100);
  g_assert_cmpint (sum, ==, (3900 + 3999) * 50);
}

static void
test_probe_failures (void)
{
  guint samples;
  int64_t sum;
  g_autofree char *two = g_strconcat (brokers (), ",127.0.0.1:1", NULL);
  g_autoptr (TideSourceDef) nobody = test_source_def ("127.0.0.1:1", "x", "security", "sasl", NULL);
  g_autoptr (GPtrArray) none = probe (nobody, "secret", &samples, &sum);
  g_assert_cmpuint (none->len, ==, 3);
  g_assert_cmpint (STEP (none, 0)->state, ==, TIDE_STEP_FAILED);
  g_assert_nonnull (strstr (STEP (none, 0)->detail, "127.0.0.1:1 did not answer"));
  g_assert_cmpint (STEP (none, 1)->state, ==, TIDE_STEP_SKIPPED);
  g_assert_cmpint (STEP (none, 2)->state, ==, TIDE_STEP_SKIPPED);
  g_assert_cmpuint (samples, ==, 0);

  test_peer_tell (mock, "create no-probe 1");
  test_peer_tell (mock, "topic-error no-probe 3");
  g_autoptr (TideSourceDef) missing = test_source_def (two, "no-probe", NULL);
  g_autoptr (GPtrArray) steps = probe (missing, NULL, &samples, &sum);
  g_assert_cmpint (STEP (steps, 0)->state, ==, TIDE_STEP_WARNING);
  g_assert_cmpstr (STEP (steps, 0)->title, ==, "Reached 1 of 2 brokers");
  g_assert_cmpint (STEP (steps, 1)->state, ==, TIDE_STEP_FAILED);
  g_assert_cmpstr (STEP (steps, 1)->title, ==, "There is no topic no-probe");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const char *program[] = { g_getenv ("MOCK_KAFKA"), NULL };
  mock = test_peer_new (program, NULL);
  g_test_add_func ("/ingest/kafka/config", test_config);
  g_test_add_func ("/ingest/kafka/wrong-settings", test_wrong_settings);
  g_test_add_func ("/ingest/kafka/all-once", test_all_once);
  g_test_add_func ("/ingest/kafka/restarts", test_restarts);
  g_test_add_func ("/ingest/kafka/latest", test_latest);
  g_test_add_func ("/ingest/kafka/gap", test_gap);
  g_test_add_func ("/ingest/kafka/beyond-end", test_beyond_end);
  g_test_add_func ("/ingest/kafka/unknown-topic", test_unknown_topic);
  g_test_add_func ("/ingest/kafka/fetch-errors", test_fetch_errors);
  g_test_add_func ("/ingest/kafka/back-pressure", test_back_pressure);
  g_test_add_func ("/ingest/kafka/broker-away", test_broker_away);
  g_test_add_func ("/ingest/kafka/probe", test_probe);
  g_test_add_func ("/ingest/kafka/probe-failures", test_probe_failures);
  int status = g_test_run ();
  test_peer_free (mock);
  return status;
}
