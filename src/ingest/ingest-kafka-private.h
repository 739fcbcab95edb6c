/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the Kafka source share. */
#pragma once

#include "ingest-private.h"

#include <librdkafka/rdkafka.h>

G_BEGIN_DECLS

/* --- ingest-kafka-config.c --- */

/* For librdkafka; rd_kafka_conf_destroy() it unless rd_kafka_new() took it. Relative paths are in @dir. */
rd_kafka_conf_t *tide_kafka_conf_new (const TideSourceDef *def, const char *dir, const char *secret, GError **error);
bool tide_kafka_uses_tls (const TideSourceDef *def);
bool tide_kafka_uses_sasl (const TideSourceDef *def);
/* Overwrites and frees a secret. */
void tide_kafka_wipe (char *secret);

typedef enum
{
  TIDE_KAFKA_EARLIEST,
  TIDE_KAFKA_LATEST,
  TIDE_KAFKA_TIME,
} TideKafkaStart;

bool tide_kafka_parse_start (const TideSourceDef *def, TideKafkaStart *ret_start, TideTime *ret_time, GError **error);

/* --- ingest-kafka-error.c --- */

/* @reason as librdkafka words it; may be NULL. The message says what is wrong and what to do. */
GError *tide_kafka_error_new (const TideSourceDef *def, rd_kafka_resp_err_t err, const char *reason);
/* Trying again can't help: a person has to change the credentials or the certificate. */
bool tide_kafka_error_is_final (rd_kafka_resp_err_t err, const char *reason);

/* --- ingest-kafka-client.c --- */

/* A connection to a cluster, for one topic. One thread. */
typedef struct
{
  const TideSourceDef *def;
  rd_kafka_t *rk;
  rd_kafka_topic_t *topic;
  rd_kafka_queue_t *queue; /* of all partitions that were started */
  GArray *started;         /* int32_t partitions */
  int event_fd;            /* readable when the queue or librdkafka's errors may have something */
  GError *failure;         /* final; NULL: none */
  GError *trouble;         /* with a broker, since it was last cleared; NULL: none */
  bool all_down;
} TideKafkaClient;

/* @def is borrowed. Connects in the background. */
TideKafkaClient *tide_kafka_client_new (const TideSourceDef *def, const char *dir, const char *secret, GError **error);
/* Returns within a second; what librdkafka takes longer for ends on a thread of its own. */
void tide_kafka_client_free (TideKafkaClient *client);
/* Takes up what librdkafka reports. FALSE: a final failure. */
bool tide_kafka_client_serve (TideKafkaClient *client, GError **error);
/* Waits for something to read, or for @cancellable. */
void tide_kafka_client_wait (TideKafkaClient *client, GCancellable *cancellable, int timeout_ms);
/* One request; free with rd_kafka_metadata_destroy(). The topic is known to exist in what is returned. */
const rd_kafka_metadata_t *tide_kafka_client_metadata (TideKafkaClient *client, int timeout_ms, GError **error);
/* Asks until there is an answer, a final failure, no broker that could answer, or @timeout. */
const rd_kafka_metadata_t *tide_kafka_client_connect (TideKafkaClient *client, TideDuration timeout,
                                                      GCancellable *cancellable, GError **error);
/* An offset for each partition [first, first + n): of RD_KAFKA_OFFSET_BEGINNING, RD_KAFKA_OFFSET_END, or of the first
 * event at @what (ms since the epoch) or later, which is the end when there is none. g_free() it. */
int64_t *tide_kafka_client_offsets (TideKafkaClient *client, int32_t first, guint n, int64_t what,
                                    GCancellable *cancellable, GError **error);
bool tide_kafka_client_start (TideKafkaClient *client, int32_t partition, int64_t offset, GError **error);
/* What was read ahead of it is dropped. */
void tide_kafka_client_stop (TideKafkaClient *client, int32_t partition);
/* Lets the broker threads look at their queues at once; see ingest-kafka-client.c. */
void tide_kafka_client_nudge (TideKafkaClient *client, guint n_partitions);

/* --- ingest-kafka-witness.c --- */

/* An event by which a partition is known again. */
typedef struct
{
  int64_t offset, time_ms;
  uint64_t hash;
} TideKafkaWitness;

TideKafkaWitness tide_kafka_witness_of (const rd_kafka_message_t *message);
char *tide_kafka_witness_to_token (const TideKafkaWitness *witness);
/* FALSE: not one of ours. */
bool tide_kafka_witness_parse (const char *token, TideKafkaWitness *ret_witness);
bool tide_kafka_witness_equal (const TideKafkaWitness *a, const TideKafkaWitness *b);

/* --- ingest-kafka-headers.c --- */

/* A message's headers as the text of a JSON object. Memory that is used again. */
typedef struct _TideKafkaHeaders TideKafkaHeaders;

TideKafkaHeaders *tide_kafka_headers_new (void);
void tide_kafka_headers_free (TideKafkaHeaders *headers);
/* NULL: it has none. The text is @headers's until the next call. */
const GString *tide_kafka_headers_read (TideKafkaHeaders *headers, const rd_kafka_message_t *message);

/* --- ingest-kafka.c, ingest-kafka-probe.c --- */

bool tide_kafka_run (TideSourceRun *run, GError **error);
void tide_kafka_probe (const TideProbe *probe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideKafkaClient, tide_kafka_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideKafkaHeaders, tide_kafka_headers_free)

G_END_DECLS
