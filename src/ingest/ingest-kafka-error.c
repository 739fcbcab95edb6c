/* SPDX-License-Identifier: GPL-3.0-or-later */
/* librdkafka's errors in words that tell a person what is wrong and what to do, and which of TIDE_ERROR they are.
 * Its own texts ("127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in
 * state CONNECT)") are taken apart; one that is not recognised is shown whole. They are not an interface of
 * librdkafka: what is read out of them only chooses words, and TLS causes. */
#include "ingest-kafka-private.h"

#include <string.h>

static const char *
get (const TideSourceDef *def, const char *key, const char *fallback)
{
  const char *value = def->keys == NULL ? NULL : g_hash_table_lookup (def->keys, key);
  return value == NULL || *value == '\0' ? fallback : value;
}

/* "sasl_ssl://127.0.0.1:9092/1: …" → "127.0.0.1:9092"; the source's brokers when it names none. */
static char *
broker_of (const TideSourceDef *def, const char *reason)
{
  const char *brokers = get (def, "brokers", "the broker");
  if (reason == NULL)
    return g_strdup (brokers);
  const char *end = strstr (reason, ": ");
  const char *scheme = strstr (reason, "://");
  const char *start = scheme != NULL && (end == NULL || scheme < end) ? scheme + 3 : reason;
  if (end == NULL || end <= start)
    return g_strdup (brokers);
  g_autofree char *name = g_strndup (start, (gsize) (end - start));
  char *slash = strchr (name, '/');
  if (slash != NULL)
    *slash = '\0';
  const char *colon = strrchr (name, ':');
  if (colon == NULL || !g_ascii_isdigit (colon[1]) || strpbrk (name, " \t") != NULL)
    return g_strdup (brokers);
  return g_steal_pointer (&name);
}

/* Without the broker before it and the internals after it. */
static char *
cause_of (rd_kafka_resp_err_t err, const char *reason)
{
  if (reason == NULL || *reason == '\0')
    return g_strdup (rd_kafka_err2str (err));
  const char *start = strstr (reason, ": ");
  start = start == NULL ? reason : start + 2;
  const char *failed = strstr (start, " failed: ");
  if (failed != NULL && g_str_has_prefix (start, "Connect to "))
    start = failed + strlen (" failed: ");
  const char *after = strstr (start, " (after ");
  g_autofree char *cause = after == NULL ? g_strdup (start) : g_strndup (start, (gsize) (after - start));
  g_strchomp (cause);
  gsize len = strlen (cause);
  while (len > 0 && (cause[len - 1] == '.' || cause[len - 1] == ':'))
    cause[--len] = '\0';
  return g_steal_pointer (&cause);
}

static bool
has (const char *text, const char *part)
{
  return text != NULL && strstr (text, part) != NULL;
}

static bool
is_certificate (const char *reason)
{
  return has (reason, "certificate");
}

bool
tide_kafka_error_is_final (rd_kafka_resp_err_t err, const char *reason)
{
  switch ((int) err)
    {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
      return true;
    case RD_KAFKA_RESP_ERR__SSL:
      /* A broker that ends during a handshake is only away. */
      return is_certificate (reason) || has (reason, "wrong version number") || has (reason, "PLAINTEXT");
    default:
      return false;
    }
}

static GError *
auth_error (const TideSourceDef *def, const char *broker, const char *cause)
{
  const char *mechanism = get (def, "mechanism", "PLAIN");
  const char *user = get (def, "user", "");
  if (has (cause, "mechanism") && has (cause, "upported"))
    return g_error_new (TIDE_ERROR, TIDE_ERROR_AUTH, "%s does not offer %s: choose another mechanism (%s)", broker,
                        mechanism, cause);
  static const char prefix[] = "SASL authentication error: ";
  if (g_str_has_prefix (cause, prefix))
    cause += strlen (prefix);
  const char *advice = "";
  if (g_str_has_prefix (mechanism, "SCRAM"))
    advice = " If the password is right and the broker is Kafka 4 or newer: librdkafka 2.0.2, which Debian 12 has, "
             "can't do SCRAM with it; use PLAIN over TLS, or a librdkafka from 2.6.1 on.";
  return g_error_new (TIDE_ERROR, TIDE_ERROR_AUTH,
                      "%s refused user '%s' (%s): %s. Type the password again, or ask for this user to be added for "
                      "%s.%s",
                      broker, user, mechanism, cause, mechanism, advice);
}

static GError *
tls_error (const TideSourceDef *def, const char *broker, const char *reason, const char *cause)
{
  if (has (reason, "wrong version number") || has (reason, "PLAINTEXT"))
    return g_error_new (TIDE_ERROR, TIDE_ERROR_INVALID,
                        "%s does not speak TLS: set security to plaintext or sasl, or use the broker's TLS port",
                        broker);
  if (!is_certificate (reason))
    return g_error_new (TIDE_ERROR, TIDE_ERROR_NETWORK, "%s ended the TLS handshake; it may not speak TLS (check security and the port): %s", broker,
                        cause);
  const char *ca = get (def, "ca", NULL);
  if (ca == NULL)
    return g_error_new (TIDE_ERROR, TIDE_ERROR_INVALID,
                        "The certificate of %s could not be verified: name the file of the CA that signed it in ca, "
                        "and check that the certificate is for this host",
                        broker);
  return g_error_new (TIDE_ERROR, TIDE_ERROR_INVALID,
                      "The certificate of %s could not be verified with ca=%s: another CA signed it, it has expired, "
                      "or it is for another host",
                      broker, ca);
}

GError *
tide_kafka_error_new (const TideSourceDef *def, rd_kafka_resp_err_t err, const char *reason)
{
  g_autofree char *broker = broker_of (def, reason);
  g_autofree char *cause = cause_of (err, reason);
  const char *topic = get (def, "topic", "");
  switch ((int) err)
    {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
      return auth_error (def, broker, cause);
    case RD_KAFKA_RESP_ERR__SSL:
      return tls_error (def, broker, reason, cause);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return g_error_new (TIDE_ERROR, TIDE_ERROR_AUTH, "%s may not read topic '%s': ask for the right to read it",
                          get (def, "user", "An anonymous client"), topic);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return g_error_new (TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
                          "Topic '%s' does not exist on %s: create it or correct the name", topic, broker);
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return g_error_new (TIDE_ERROR, TIDE_ERROR_INVALID, "'%s' can't be a topic: correct the name", topic);
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return g_error_new (TIDE_ERROR, TIDE_ERROR_INVALID,
                          "An event of '%s' is larger than may be fetched: raise property.fetch.message.max.bytes",
                          topic);
    case RD_KAFKA_RESP_ERR__RESOLVE:
      return g_error_new (TIDE_ERROR, TIDE_ERROR_NETWORK, "%s is not a known host: %s", broker, cause);
    default:
      break;
    }
  if (has (reason, "connecting to a SSL listener"))
    return g_error_new (TIDE_ERROR, TIDE_ERROR_NETWORK,
                        "%s closed the connection: if it expects TLS, set security to tls or sasl-tls", broker);
  if (has (reason, "incorrect security.protocol") || has (reason, "incorrect sasl.mechanism"))
    return g_error_new (TIDE_ERROR, TIDE_ERROR_NETWORK, "%s closed the connection: check security and the port", broker);
  return g_error_new (TIDE_ERROR, TIDE_ERROR_NETWORK, "%s does not answer: %s", broker, cause);
}
