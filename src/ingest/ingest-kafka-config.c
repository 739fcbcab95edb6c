/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Kafka source's row: its keys, and what they become in librdkafka.
 * A workspace can come from someone else, so property.NAME takes only names from a list: nothing on it runs a command,
 * loads code, reads or writes a file, or weakens TLS. What the source's exactness stands on (offsets, resets, the end
 * of partitions) is set after them. Everything is checked by librdkafka itself when the workspace is read. */
#include "ingest-kafka-private.h"

#include <string.h>

#define PROPERTY_PREFIX "property."

static const char *const allowed_properties[] = {
  "broker.address.family",
  "broker.address.ttl",
  "check.crcs",
  "client.id",
  "client.rack",
  "connections.max.idle.ms",
  "fetch.error.backoff.ms",
  "fetch.max.bytes",
  "fetch.message.max.bytes",
  "fetch.min.bytes",
  "fetch.wait.max.ms",
  "isolation.level",
  "max.partition.fetch.bytes",
  "metadata.max.age.ms",
  "queued.max.messages.kbytes",
  "queued.min.messages",
  "receive.message.max.bytes",
  "reconnect.backoff.max.ms",
  "reconnect.backoff.ms",
  "socket.connection.setup.timeout.ms",
  "socket.keepalive.enable",
  "socket.nagle.disable",
  "socket.receive.buffer.bytes",
  "socket.timeout.ms",
  NULL,
};

static const char *const start_choices[] = { "earliest", "latest", NULL };
static const char *const security_choices[] = { "plaintext", "tls", "sasl", "sasl-tls", NULL };
static const char *const mechanism_choices[] = { "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", NULL };

static bool
check_topic (const char *key, const char *value, GError **error)
{
  gsize len = strlen (value);
  bool ok = len > 0 && len <= 249 && !g_str_equal (value, ".") && !g_str_equal (value, "..");
  for (gsize i = 0; ok && i < len; i++)
    ok = g_ascii_isalnum (value[i]) || strchr ("._-", value[i]) != NULL;
  if (!ok)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                 "'%s' can't be a topic: letters, digits, '.', '_' and '-' are expected, at most 249", value);
  return ok;
}

/* @key with or without its prefix. */
static bool
check_property (const char *key, const char *value, GError **error)
{
  const char *name = g_str_has_prefix (key, PROPERTY_PREFIX) ? key + strlen (PROPERTY_PREFIX) : key;
  if (!g_strv_contains (allowed_properties, name))
    {
      g_autofree char *list = g_strjoinv (", ", (char **) allowed_properties);
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "property.%s may not be set here; these may: %s", name, list);
      return false;
    }
  char reason[256] = "";
  rd_kafka_conf_t *scratch = rd_kafka_conf_new ();
  bool ok = rd_kafka_conf_set (scratch, name, value, reason, sizeof reason) == RD_KAFKA_CONF_OK;
  rd_kafka_conf_destroy (scratch);
  if (!ok)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "property.%s=%s: %s", name, value, reason);
  return ok;
}

static const TideKeySpec keys[] = {
  { .name = "brokers", .type = TIDE_KEY_HOSTS, .required = true, .title = "Brokers",
    .help = "host:port of one or more brokers, separated by commas" },
  { .name = "topic", .type = TIDE_KEY_TEXT, .required = true, .title = "Topic", .help = "the name of one topic",
    .check = check_topic },
  { .name = "start", .type = TIDE_KEY_TIME, .fallback = "earliest", .choices = start_choices, .title = "Start at",
    .help = "earliest, latest, or a time such as 2026-11-01T00:00Z; where a new source starts" },
  { .name = "security", .type = TIDE_KEY_CHOICE, .fallback = "plaintext", .choices = security_choices,
    .title = "Protocol", .help = "plaintext, tls, sasl or sasl-tls" },
  { .name = "mechanism", .type = TIDE_KEY_CHOICE, .fallback = "PLAIN", .choices = mechanism_choices,
    .title = "Mechanism", .help = "how to sign in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512" },
  { .name = "user", .type = TIDE_KEY_TEXT, .title = "User", .help = "who signs in; its password is kept apart" },
  { .name = "ca", .type = TIDE_KEY_PATH, .title = "CA certificate",
    .help = "a PEM file with the CA that signed the brokers' certificates; the system's CAs when missing" },
  { .name = PROPERTY_PREFIX, .type = TIDE_KEY_PREFIX, .title = "Properties",
    .help = "a property of librdkafka, such as property.fetch.wait.max.ms", .check = check_property },
};

const TideSourceClass tide_source_kafka = {
  .spec = {
    .kind = "kafka",
    .title = "Apache Kafka",
    .keys = keys,
    .n_keys = G_N_ELEMENTS (keys),
    .exactly_once = true,
    .remote = true,
    .secret = true,
  },
  .run = tide_kafka_run,
  .probe = tide_kafka_probe,
};

static const char *
get_or (const TideSourceDef *def, const char *key, const char *fallback)
{
  const char *value = def->keys == NULL ? NULL : g_hash_table_lookup (def->keys, key);
  return value == NULL || *value == '\0' ? fallback : value;
}

bool
tide_kafka_uses_tls (const TideSourceDef *def)
{
  return g_str_has_suffix (get_or (def, "security", "plaintext"), "tls");
}

bool
tide_kafka_uses_sasl (const TideSourceDef *def)
{
  return g_str_has_prefix (get_or (def, "security", "plaintext"), "sasl");
}

void
tide_kafka_wipe (char *secret)
{
  if (secret == NULL)
    return;
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

bool
tide_kafka_parse_start (const TideSourceDef *def, TideKafkaStart *ret_start, TideTime *ret_time, GError **error)
{
  const char *start = get_or (def, "start", "earliest");
  TideTime time = TIDE_TIME_NONE;
  TideKafkaStart kind = TIDE_KAFKA_TIME;
  if (g_str_equal (start, "earliest"))
    kind = TIDE_KAFKA_EARLIEST;
  else if (g_str_equal (start, "latest"))
    kind = TIDE_KAFKA_LATEST;
  else if (!tide_time_parse (start, strlen (start), NULL, &time))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "start=%s: expected earliest, latest, or a time such as 2026-11-01T00:00Z", start);
      return false;
    }
  *ret_start = kind;
  *ret_time = time;
  return true;
}

static bool
set (rd_kafka_conf_t *conf, const char *name, const char *value, GError **error)
{
  char reason[256] = "";
  if (rd_kafka_conf_set (conf, name, value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s: %s", name, reason);
  return false;
}

static bool
set_security (rd_kafka_conf_t *conf, const TideSourceDef *def, const char *dir, const char *secret, GError **error)
{
  bool tls = tide_kafka_uses_tls (def), sasl = tide_kafka_uses_sasl (def);
  const char *protocol = sasl ? (tls ? "SASL_SSL" : "SASL_PLAINTEXT") : (tls ? "SSL" : "PLAINTEXT");
  if (!set (conf, "security.protocol", protocol, error))
    return false;
  const char *ca = get_or (def, "ca", NULL);
  if (tls && ca != NULL)
    {
      /* A path that leaves the workspace is absolute, and was agreed to. */
      g_autofree char *path
          = g_path_is_absolute (ca) ? g_strdup (ca) : tide_workspace_resolve (dir, ca, error);
      if (path == NULL)
        return false;
      if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "ca=%s: there is no such file; name a PEM file", ca);
          return false;
        }
      if (!set (conf, "ssl.ca.location", path, error))
        return false;
    }
  if (!sasl)
    return true;
  const char *user = get_or (def, "user", NULL);
  if (user == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "security=%s needs user=",
                   get_or (def, "security", "plaintext"));
      return false;
    }
  if (secret == NULL || *secret == '\0')
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_AUTH,
                   "There is no password for user '%s' of source '%s': enter it in Preferences, or set it in the "
                   "environment as TIDEMARK_SECRET_<SOURCE>",
                   user, def->name);
      return false;
    }
  return set (conf, "sasl.mechanisms", get_or (def, "mechanism", "PLAIN"), error)
         && set (conf, "sasl.username", user, error) && set (conf, "sasl.password", secret, error);
}

static bool
set_properties (rd_kafka_conf_t *conf, const TideSourceDef *def, GError **error)
{
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init (&iter, def->keys);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_str_has_prefix (key, PROPERTY_PREFIX)
        && (!check_property (key, value, error)
            || !set (conf, (const char *) key + strlen (PROPERTY_PREFIX), value, error)))
      return false;
  return true;
}

/* What may be changed by property.NAME. The queue is small (at most 64 MB): ingest-kafka-client.c keeps it from running
 * dry. A fetch returns as soon as there is one event, so the longest wait costs no latency, only idle requests. */
static const char *const defaults[][2] = {
  { "client.id", "tidemark" },
  { "fetch.wait.max.ms", "50" },
  { "fetch.min.bytes", "1" },
  { "queued.min.messages", "100000" },
  { "queued.max.messages.kbytes", "65536" },
  { "reconnect.backoff.ms", "100" },
  { "reconnect.backoff.max.ms", "2000" },
  { "socket.connection.setup.timeout.ms", "10000" },
  { "socket.keepalive.enable", "true" },
};

/* What may not: the source says itself where each partition is read on, and a reset is an error that it resolves. That a
 * missing topic is not made is a consumer's default; set explicitly, 2.0.2 counts in a place that its threads share
 * without a lock. */
static const char *const fixed[][2] = {
  { "enable.auto.commit", "false" },
  { "enable.auto.offset.store", "false" },
  { "auto.commit.enable", "false" },
  { "auto.offset.reset", "error" },
  { "enable.partition.eof", "true" },
};

/* librdkafka's log says nothing that its errors do not; the core does not log. */
static void
ignore_log (const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
}

rd_kafka_conf_t *
tide_kafka_conf_new (const TideSourceDef *def, const char *dir, const char *secret, GError **error)
{
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_conf_set_log_cb (conf, ignore_log);
  bool ok = set (conf, "bootstrap.servers", get_or (def, "brokers", ""), error);
  for (guint i = 0; ok && i < G_N_ELEMENTS (defaults); i++)
    ok = set (conf, defaults[i][0], defaults[i][1], error);
  ok = ok && set_properties (conf, def, error);
  for (guint i = 0; ok && i < G_N_ELEMENTS (fixed); i++)
    ok = set (conf, fixed[i][0], fixed[i][1], error);
  ok = ok && set_security (conf, def, dir, secret, error);
  if (ok)
    return conf;
  rd_kafka_conf_destroy (conf);
  return NULL;
}
