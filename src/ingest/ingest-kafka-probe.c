/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test connection and sampling of a Kafka topic, a step at a time: are the brokers there, do they accept us, is there
 * the topic, what do its newest events look like. Brokers are first tried by a bare connection, since librdkafka only
 * talks to those that it needs: so one that is down, or that the cluster advertises under an address that can't be
 * reached from here, is named. Nothing is stored, here or at the broker. */
#include "ingest-kafka-private.h"

#include <string.h>

#define PROBE_US (14 * G_USEC_PER_SEC)
#define REACH_TIMEOUT_S 3
#define REACH_US (6 * G_USEC_PER_SEC)
#define CONNECT_US (8 * G_USEC_PER_SEC)
#define SAMPLE_US (4 * G_USEC_PER_SEC)
#define CLOCK_TOLERANCE (500 * TIDE_MS)
#define READ_MAX 256

typedef struct
{
  const TideProbe *probe;
  TideKafkaClient *client;
  int64_t until_us;
  /* Brokers tried so far; host:port → NULL, or why it did not answer. */
  GHashTable *reached;
  TideDuration reach_took;
  guint n_partitions;
  int64_t *low, *high;
  TideTime newest;
  bool newest_is_brokers;
} Probe;

static void
emit (Probe *probe, TideStepState state, char *title, char *detail, TideDuration took)
{
  TideProbeStep *step = g_new0 (TideProbeStep, 1);
  step->state = state;
  step->title = title;
  step->detail = detail;
  step->took = took;
  probe->probe->step (step, probe->probe->data);
}

static void
skip (Probe *probe, const char *title, const char *why)
{
  emit (probe, TIDE_STEP_SKIPPED, g_strdup (title), g_strdup_printf ("Not tried: %s", why), -1);
}

static char *
format_count (double n)
{
  static const char *const units[] = { "", " k", " M", " G", " T" };
  guint unit = 0;
  for (; n >= 999.5 && unit + 1 < G_N_ELEMENTS (units); unit++)
    n /= 1000;
  bool decimals = n < 99.95 && (unit > 0 || n != (double) (int64_t) n);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (number, sizeof number, decimals ? "%.1f" : "%.0f", n);
  return g_strconcat (number, units[unit], NULL);
}

/* --- brokers --- */

static void
reach (Probe *probe, const char *host)
{
  if (g_hash_table_contains (probe->reached, host))
    return;
  int64_t start_us = g_get_monotonic_time ();
  if (probe->reach_took > REACH_US)
    {
      g_hash_table_insert (probe->reached, g_strdup (host), g_strdup ("not tried, since others took too long"));
      return;
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_timeout (client, REACH_TIMEOUT_S);
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect_to_host (client, host, 9092, probe->probe->cancellable, &error);
  probe->reach_took += g_get_monotonic_time () - start_us;
  g_hash_table_insert (probe->reached, g_strdup (host), connection == NULL ? g_strdup (error->message) : NULL);
}

static guint
count_reached (Probe *probe, char **ret_first_failure)
{
  GHashTableIter iter;
  gpointer host, failure;
  guint n = 0;
  g_hash_table_iter_init (&iter, probe->reached);
  while (g_hash_table_iter_next (&iter, &host, &failure))
    {
      n += failure == NULL;
      if (failure != NULL && *ret_first_failure == NULL)
        *ret_first_failure = g_strdup_printf ("%s did not answer: %s", (const char *) host, (const char *) failure);
    }
  return n;
}

static bool
reach_bootstrap (Probe *probe)
{
  g_auto (GStrv) hosts = g_strsplit (tide_source_def_get (probe->probe->def, "brokers"), ",", -1);
  for (guint i = 0; hosts[i] != NULL; i++)
    if (*g_strstrip (hosts[i]) != '\0')
      reach (probe, hosts[i]);
  g_autofree char *failure = NULL;
  if (count_reached (probe, &failure) > 0)
    return true;
  emit (probe, TIDE_STEP_FAILED, g_strdup ("No broker answered"),
        g_strdup_printf ("%s. Check the address, and that the broker runs", failure), probe->reach_took);
  return false;
}

static const char *
describe_transport (const TideSourceDef *def)
{
  return tide_kafka_uses_tls (def) ? "Over TLS, certificates verified" : "Not encrypted";
}

/* @verified: librdkafka has talked to one of them too. */
static void
emit_reached (Probe *probe, bool verified)
{
  g_autofree char *failure = NULL;
  guint n = count_reached (probe, &failure), of = g_hash_table_size (probe->reached);
  char *title = g_strdup_printf ("Reached %u of %u brokers", n, of);
  if (failure != NULL)
    emit (probe, TIDE_STEP_WARNING, title, g_strconcat (failure, "; what it leads can't be read", NULL),
          probe->reach_took);
  else
    emit (probe, TIDE_STEP_OK, title,
          verified ? g_strdup (describe_transport (probe->probe->def)) : NULL, probe->reach_took);
}

/* --- sign-in and topic --- */

static void
emit_signed_in (Probe *probe, TideDuration took)
{
  const TideSourceDef *def = probe->probe->def;
  if (tide_kafka_uses_sasl (def))
    emit (probe, TIDE_STEP_OK, g_strdup_printf ("Signed in as %s", tide_source_def_get (def, "user")),
          g_strdup (tide_source_def_get (def, "mechanism")), took);
}

static void
emit_not_connected (Probe *probe, const GError *error, TideDuration took)
{
  const TideSourceDef *def = probe->probe->def;
  bool sasl = tide_kafka_uses_sasl (def);
  if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND))
    {
      emit_reached (probe, true);
      emit_signed_in (probe, took);
      emit (probe, TIDE_STEP_FAILED, g_strdup_printf ("There is no topic %s", tide_source_def_get (def, "topic")),
            g_strdup (error->message), took);
      return;
    }
  if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_AUTH))
    {
      emit_reached (probe, true);
      bool of_topic = !sasl || strstr (error->message, "may not read") != NULL;
      if (of_topic)
        emit_signed_in (probe, took);
      emit (probe, TIDE_STEP_FAILED,
            g_strdup (of_topic ? "The topic may not be read" : "Broker refused the password"),
            g_strdup (error->message), took);
      if (!of_topic)
        skip (probe, "Topic", "needs a sign-in");
      return;
    }
  bool tls = tide_kafka_uses_tls (def) && g_error_matches (error, TIDE_ERROR, TIDE_ERROR_INVALID);
  emit (probe, TIDE_STEP_FAILED,
        g_strdup (tls ? "No trusted connection to the broker" : "The broker did not answer as Kafka does"),
        g_strdup (error->message), took);
  if (sasl)
    skip (probe, "Sign-in", "needs a connection");
  skip (probe, "Topic", "needs a connection");
}

static bool
connect_client (Probe *probe)
{
  g_autoptr (GError) error = NULL;
  int64_t start_us = g_get_monotonic_time ();
  const rd_kafka_metadata_t *metadata
      = tide_kafka_client_connect (probe->client, CONNECT_US, probe->probe->cancellable, &error);
  TideDuration took = g_get_monotonic_time () - start_us;
  if (metadata == NULL)
    {
      emit_not_connected (probe, error, took);
      return false;
    }
  probe->n_partitions = (guint) metadata->topics[0].partition_cnt;
  /* A cluster has its brokers under the names that it advertises; those that were given may be others of the same. */
  if (metadata->broker_cnt > 0)
    {
      GHashTable *given = probe->reached;
      probe->reached = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      for (int i = 0; i < metadata->broker_cnt; i++)
        {
          const char *name = metadata->brokers[i].host;
          g_autofree char *host = g_strdup_printf (strchr (name, ':') == NULL ? "%s:%d" : "[%s]:%d", name,
                                                   metadata->brokers[i].port);
          gpointer failure;
          if (g_hash_table_lookup_extended (given, host, NULL, &failure))
            g_hash_table_insert (probe->reached, g_steal_pointer (&host), g_strdup (failure));
          else
            reach (probe, host);
        }
      g_hash_table_unref (given);
    }
  rd_kafka_metadata_destroy (metadata);
  emit_reached (probe, true);
  emit_signed_in (probe, took);
  return true;
}

/* Over the last minute, as far as the events' times tell; negative: not known. */
static double
rate_per_s (Probe *probe)
{
  int64_t minute_ago_ms = g_get_real_time () / 1000 - 60 * 1000;
  g_autofree int64_t *then = tide_kafka_client_offsets (probe->client, 0, probe->n_partitions, minute_ago_ms,
                                                        probe->probe->cancellable, NULL);
  if (then == NULL)
    return -1;
  double n = 0;
  for (guint i = 0; i < probe->n_partitions; i++)
    n += (double) MAX (probe->high[i] - then[i], 0);
  return n / 60;
}

static bool
look_at_topic (Probe *probe)
{
  g_autoptr (GError) error = NULL;
  GCancellable *cancellable = probe->probe->cancellable;
  int64_t start_us = g_get_monotonic_time ();
  guint n = probe->n_partitions;
  probe->low = tide_kafka_client_offsets (probe->client, 0, n, RD_KAFKA_OFFSET_BEGINNING, cancellable, &error);
  if (probe->low != NULL)
    probe->high = tide_kafka_client_offsets (probe->client, 0, n, RD_KAFKA_OFFSET_END, cancellable, &error);
  if (probe->high == NULL)
    {
      emit (probe, TIDE_STEP_FAILED, g_strdup_printf ("Topic has %u partitions, but they can't be read", n),
            g_strdup (error->message), g_get_monotonic_time () - start_us);
      return false;
    }
  double kept = 0;
  for (guint i = 0; i < n; i++)
    kept += (double) (probe->high[i] - probe->low[i]);
  double rate = rate_per_s (probe);
  g_autofree char *kept_text = format_count (kept), *rate_text = format_count (rate);
  emit (probe, TIDE_STEP_OK, g_strdup_printf (n == 1 ? "Topic has %u partition" : "Topic has %u partitions", n),
        rate > 0 ? g_strdup_printf ("%s events kept, %s new a second", kept_text, rate_text)
                 : g_strdup_printf (kept == 1 ? "%s event kept" : "%s events kept", kept_text),
        g_get_monotonic_time () - start_us);
  return true;
}

/* --- samples --- */

/* Returns how many partitions are to be read: the newest events of each, as many of all as are wanted. */
static guint
start_samples (Probe *probe)
{
  guint filled = 0, started = 0;
  for (guint i = 0; i < probe->n_partitions; i++)
    filled += probe->high[i] > probe->low[i];
  if (filled == 0 || probe->probe->max_samples == 0)
    return 0;
  int64_t each = (probe->probe->max_samples + filled - 1) / filled;
  for (guint i = 0; i < probe->n_partitions; i++)
    if (probe->high[i] > probe->low[i])
      started += tide_kafka_client_start (probe->client, (int32_t) i, MAX (probe->low[i], probe->high[i] - each), NULL);
  return started;
}

/* TRUE: it was an event. */
static bool
take_sample (Probe *probe, const rd_kafka_message_t *message, TideTime now)
{
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || message->payload == NULL)
    return false;
  rd_kafka_timestamp_type_t kind;
  int64_t time_ms = rd_kafka_message_timestamp (message, &kind);
  TideEventMeta meta = {
    .partition = message->partition,
    .offset = message->offset,
    .key = message->key,
    .key_len = message->key_len,
    .time = kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || time_ms < 0 ? TIDE_TIME_NONE : time_ms * TIDE_MS,
    .received = now,
  };
  if (meta.time > probe->newest)
    {
      probe->newest = meta.time;
      probe->newest_is_brokers = kind == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
    }
  g_autoptr (GBytes) payload = g_bytes_new (message->payload, message->len);
  probe->probe->sample (payload, &meta, probe->probe->data);
  return true;
}

static void
take_samples (Probe *probe)
{
  guint open = start_samples (probe), taken = 0;
  int64_t until_us = MIN (g_get_monotonic_time () + SAMPLE_US, probe->until_us);
  while (open > 0 && taken < probe->probe->max_samples && g_get_monotonic_time () < until_us
         && !g_cancellable_is_cancelled (probe->probe->cancellable)
         && tide_kafka_client_serve (probe->client, NULL))
    {
      rd_kafka_message_t *messages[READ_MAX];
      gssize n = rd_kafka_consume_batch_queue (probe->client->queue, 0, messages, READ_MAX);
      TideTime now = tide_clock_now (&tide_clock_system);
      for (gssize i = 0; i < n; i++)
        {
          open -= open > 0 && messages[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR;
          if (taken < probe->probe->max_samples)
            taken += take_sample (probe, messages[i], now);
          rd_kafka_message_destroy (messages[i]);
        }
      if (n <= 0)
        tide_kafka_client_wait (probe->client, probe->probe->cancellable, 50);
    }
}

/* An event can't be younger than now. */
static void
compare_clocks (Probe *probe)
{
  TideDuration ahead = probe->newest == TIDE_TIME_NONE ? 0 : probe->newest - tide_clock_now (&tide_clock_system);
  if (ahead < CLOCK_TOLERANCE)
    return;
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (seconds, sizeof seconds, "%.1f", (double) ahead / (double) TIDE_SECOND);
  emit (probe, TIDE_STEP_WARNING,
        g_strdup (probe->newest_is_brokers ? "Clock differs from the broker" : "Clock differs from the producers"),
        g_strdup_printf ("%s s behind: latency will read %s s too low", seconds, seconds), ahead);
}

void
tide_kafka_probe (const TideProbe *request)
{
  g_autoptr (GError) error = NULL;
  Probe probe = {
    .probe = request,
    .until_us = g_get_monotonic_time () + PROBE_US,
    .reached = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
    .newest = TIDE_TIME_NONE,
  };
  if (!reach_bootstrap (&probe))
    {
      if (tide_kafka_uses_sasl (request->def))
        skip (&probe, "Sign-in", "needs a broker");
      skip (&probe, "Topic", "needs a broker");
    }
  else if ((probe.client = tide_kafka_client_new (request->def, request->dir, request->secret, &error)) == NULL)
    {
      emit_reached (&probe, false);
      emit (&probe, TIDE_STEP_FAILED, g_strdup ("The settings can't be used"), g_strdup (error->message), -1);
      skip (&probe, "Topic", "needs other settings");
    }
  else if (connect_client (&probe) && look_at_topic (&probe))
    {
      take_samples (&probe);
      compare_clocks (&probe);
    }
  tide_kafka_client_free (probe.client);
  g_hash_table_unref (probe.reached);
  g_free (probe.low);
  g_free (probe.high);
}
