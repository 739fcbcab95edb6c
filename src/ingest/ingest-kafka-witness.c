/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By what a topic is known again: the last event that was read of each partition, as its offset, its time and a hash of
 * its key and value. It is stored as the position's token, and read again before anything new is. A topic of the same
 * name that was made since has another event there, or none; a broker tells nothing else about it to librdkafka 2.0.
 * Limit: where that event was compacted away, or its partition was never read, the offset alone must do. */
#include "ingest-kafka-private.h"

#include <stdio.h>
#include <xxhash.h>

TideKafkaWitness
tide_kafka_witness_of (const rd_kafka_message_t *message)
{
  rd_kafka_timestamp_type_t kind;
  uint64_t hash = XXH3_64bits_withSeed (message->payload, message->payload == NULL ? 0 : message->len,
                                        message->payload == NULL ? 1 : 0);
  return (TideKafkaWitness){
    .offset = message->offset,
    .time_ms = rd_kafka_message_timestamp (message, &kind),
    .hash = XXH3_64bits_withSeed (message->key, message->key_len, hash),
  };
}

char *
tide_kafka_witness_to_token (const TideKafkaWitness *witness)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%016" G_GINT64_MODIFIER "x",
                          witness->offset, witness->time_ms, witness->hash);
}

bool
tide_kafka_witness_parse (const char *token, TideKafkaWitness *ret_witness)
{
  TideKafkaWitness witness;
  char end;
  if (token == NULL
      || sscanf (token, "%" G_GINT64_MODIFIER "d,%" G_GINT64_MODIFIER "d,%" G_GINT64_MODIFIER "x%c", &witness.offset,
                 &witness.time_ms, &witness.hash, &end)
             != 3
      || witness.offset < 0)
    return false;
  *ret_witness = witness;
  return true;
}

bool
tide_kafka_witness_equal (const TideKafkaWitness *a, const TideKafkaWitness *b)
{
  return a->offset == b->offset && a->time_ms == b->time_ms && a->hash == b->hash;
}
