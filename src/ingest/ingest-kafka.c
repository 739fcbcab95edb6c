/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a Kafka topic: every partition from its stored offset, through one queue, a thousand events at a time.
 * What was read is known from the deliveries alone; the broker is never told. An offset that the broker no longer has
 * becomes a recorded gap; one that it does not have yet means another topic of the same name, and is an error. A broker
 * that is away is shown and waited for with the same connection, so nothing read ahead is lost.
 * Each partition is begun at the last event that was read of it: if that is another one now, the topic was made again,
 * and nothing is read of it before a person agreed (ingest-kafka-witness.c). A topic that is away is noticed by itself;
 * for one that is replaced within a second one partition after the other is looked at again every ten seconds.
 * Limit: until then such a topic is read on from the old offset; what was read of it comes again after the agreement.
 * Back-pressure needs no code: while a delivery blocks nothing is taken from the queue, which librdkafka bounds. */
#include "ingest-kafka-private.h"

#define READ_MAX 1024
#define CONNECT_US (10 * G_USEC_PER_SEC)
#define REFRESH_US (10 * G_USEC_PER_SEC)
#define AWAY_CHECK_US (300 * 1000)
/* How long an answer may take: once the brokers were away longer, lest slow ones stay so for ever. */
#define ANSWER_MS 500
#define AWAY_ANSWER_MS 800
#define LAG_US (200 * 1000)
#define BATCH_WAIT_MS 20
#define IDLE_WAIT_MS 100
#define RECENT_US (10 * G_USEC_PER_SEC)
#define CATCHING_UP_LAG (10 * TIDE_SECOND)
#define IDLE_US (10 * G_USEC_PER_SEC)

typedef struct
{
  int64_t position; /* next offset to hand over */
  TideTime newest;  /* of the last event read; TIDE_TIME_NONE */
  bool at_end;      /* the broker said so, and nothing has come since */
  int64_t event_us; /* monotonic: when an event last came; 0: never */
  TideKafkaWitness witness, anchor; /* the last event that was read; one of the topic as it was known at a check */
  bool has_witness, has_anchor;
  bool checking;    /* it was begun at the anchor, which has not come yet */
} Partition;

typedef struct
{
  TideSourceRun *run;
  TideKafkaClient *client;
  TideKafkaHeaders *headers;
  GCancellable *cancellable;
  Partition *partitions;
  guint n;
  int64_t refresh_at_us, lag_at_us; /* monotonic: when to look next */
  int64_t read_us, event_us;        /* when anything, and an event, was last read; 0: never */
  TideSourceState state;
  bool away;
  bool check_again; /* the brokers were away: the topic may be another one */
  guint next_check; /* partition */
  /* The bounds of librdkafka's queue, and whether it came near them. */
  gsize queue_max, queue_max_bytes;
  double event_bytes; /* mean of the last read */
  bool was_full;
} Reader;

static void
show (Reader *reader, TideSourceState state, const char *message)
{
  if (state == reader->state && message == NULL)
    return;
  reader->state = state;
  tide_source_run_set_state (reader->run, state, message);
}

/* --- where partitions start --- */

static void
add_partitions (Reader *reader, guint n)
{
  reader->partitions = g_renew (Partition, reader->partitions, n);
  for (guint i = reader->n; i < n; i++)
    reader->partitions[i] = (Partition){ .newest = TIDE_TIME_NONE };
  reader->n = n;
  tide_source_run_set_partitions (reader->run, n);
}

/* A source that has no positions. They are stored before the first event, so that a restart does not choose anew. */
static bool
choose_start (Reader *reader, GError **error)
{
  TideKafkaStart start;
  TideTime time;
  if (!tide_kafka_parse_start (tide_source_run_get_def (reader->run), &start, &time, error))
    return false;
  int64_t what = start == TIDE_KAFKA_EARLIEST ? RD_KAFKA_OFFSET_BEGINNING
                 : start == TIDE_KAFKA_LATEST ? RD_KAFKA_OFFSET_END
                                              : MAX (time / TIDE_MS, 0);
  g_autofree int64_t *offsets
      = tide_kafka_client_offsets (reader->client, 0, reader->n, what, reader->cancellable, error);
  if (offsets == NULL)
    return false;
  for (guint i = 0; i < reader->n; i++)
    {
      reader->partitions[i].position = offsets[i];
      tide_source_run_position (reader->run, (int32_t) i, offsets[i], NULL);
    }
  return tide_source_run_tick (reader->run, true, error);
}

static bool made_again (Reader *reader, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The topic is not the one that was read. FALSE, always. */
static bool
made_again (Reader *reader, GError **error, const char *format, ...)
{
  const char *topic = tide_source_run_get_key (reader->run, "topic");
  va_list args;
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *consent = g_strdup_printf ("Read topic '%s' from its start", topic);
  tide_source_run_ask (reader->run, consent);
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
               "Topic '%s' was made again: %s. Nothing is read of the new one until you agree to read it from its start; "
               "what is stored stays",
               topic, what);
  return false;
}

/* Partitions that came since the last time have no position: they start at 0, for all in them is new. So do those of a
 * new topic that a person agreed to, which may have fewer. */
static bool
take_positions (Reader *reader, GArray *stored, GError **error)
{
  for (guint i = 0; i < stored->len; i++)
    {
      const TidePosition *position = &g_array_index (stored, TidePosition, i);
      if (position->offset == 0)
        continue;
      if (position->partition < 0 || (guint) position->partition >= reader->n)
        return made_again (reader, error, "it has %u partitions, but partition %d was read before", reader->n,
                           position->partition);
      Partition *entry = &reader->partitions[position->partition];
      entry->position = position->offset;
      entry->has_witness = entry->has_anchor = tide_kafka_witness_parse (position->token, &entry->witness)
                                               && entry->witness.offset < entry->position;
      entry->anchor = entry->witness;
    }
  return true;
}

/* Begins at the event that was read last, which is not handed over again. */
static bool
start_partition (Reader *reader, int32_t partition, GError **error)
{
  Partition *entry = &reader->partitions[partition];
  entry->checking = entry->has_anchor;
  return tide_kafka_client_start (reader->client, partition, entry->checking ? entry->anchor.offset : entry->position,
                                  error);
}

/* The first event of a partition that was begun at its anchor. When that is gone (compaction), its offset must do. */
static bool
check_anchor (Reader *reader, const rd_kafka_message_t *message, GError **error)
{
  Partition *entry = &reader->partitions[message->partition];
  TideKafkaWitness found = tide_kafka_witness_of (message);
  entry->checking = false;
  if (found.offset != entry->anchor.offset || tide_kafka_witness_equal (&found, &entry->anchor))
    {
      bool far = entry->position - entry->anchor.offset > READ_MAX;
      entry->anchor = entry->witness;
      if (!far)
        return true;
      tide_kafka_client_stop (reader->client, message->partition);
      return tide_kafka_client_start (reader->client, message->partition, entry->position, error);
    }
  return made_again (reader, error, "offset %" G_GINT64_FORMAT " of partition %d holds another event than was read there",
                     (gint64) found.offset, message->partition);
}

static bool
assign (Reader *reader, GError **error)
{
  g_autoptr (GArray) stored = tide_source_run_get_positions (reader->run, error);
  if (stored == NULL)
    return false;
  if (!(stored->len == 0 ? choose_start (reader, error) : take_positions (reader, stored, error)))
    return false;
  for (guint i = 0; i < reader->n; i++)
    if (!start_partition (reader, (int32_t) i, error))
      return false;
  return true;
}

/* The brokers were away, or a partition made trouble. */
static bool
assign_again (Reader *reader, GError **error)
{
  reader->check_again = false;
  for (guint i = 0; i < reader->n; i++)
    {
      if (!reader->partitions[i].has_anchor)
        continue;
      tide_kafka_client_stop (reader->client, (int32_t) i);
      if (!start_partition (reader, (int32_t) i, error))
        return false;
    }
  return true;
}

/* Looks again at one partition that has nothing new, whether its topic is still the same. */
static bool
check_next (Reader *reader, GError **error)
{
  for (guint tries = 0; tries < reader->n; tries++)
    {
      guint i = reader->next_check++ % reader->n;
      Partition *entry = &reader->partitions[i];
      if (!entry->at_end || !entry->has_anchor || entry->checking)
        continue;
      tide_kafka_client_stop (reader->client, (int32_t) i);
      return start_partition (reader, (int32_t) i, error);
    }
  return true;
}

/* The broker does not have the offset that comes next: before its first one lies a gap, which is recorded and passed
 * over; after its last one nothing may be read. */
static bool
resolve_out_of_range (Reader *reader, int32_t partition, GError **error)
{
  Partition *entry = &reader->partitions[partition];
  tide_kafka_client_stop (reader->client, partition);
  g_autofree int64_t *low = tide_kafka_client_offsets (reader->client, partition, 1, RD_KAFKA_OFFSET_BEGINNING,
                                                       reader->cancellable, error);
  g_autofree int64_t *end
      = low == NULL ? NULL
                    : tide_kafka_client_offsets (reader->client, partition, 1, RD_KAFKA_OFFSET_END,
                                                 reader->cancellable, error);
  if (end == NULL)
    return false;
  if (entry->position > *end)
    return made_again (reader, error,
                       "partition %d ends at offset %" G_GINT64_FORMAT ", but was read up to %" G_GINT64_FORMAT, partition,
                       *end, entry->position);
  entry->checking = false;
  entry->anchor = entry->witness;
  if (entry->position < *low)
    {
      tide_source_run_gap (reader->run, partition, entry->position, *low,
                           "The broker had deleted them before they were read (retention)");
      tide_source_run_position (reader->run, partition, *low, NULL);
      entry->position = *low;
    }
  return tide_kafka_client_start (reader->client, partition, entry->position, error);
}

/* --- reading --- */

static bool
take_end (Reader *reader, const rd_kafka_message_t *message, GError **error)
{
  Partition *entry = &reader->partitions[message->partition];
  if (message->offset < entry->position)
    return resolve_out_of_range (reader, message->partition, error);
  entry->at_end = true;
  /* Control records and aborted transactions lie before the end, and are never seen. */
  if (message->offset > entry->position)
    {
      entry->position = message->offset;
      tide_source_run_position (reader->run, message->partition, message->offset, NULL);
    }
  return true;
}

static bool
take_error (Reader *reader, const rd_kafka_message_t *message, GError **error)
{
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
    return take_end (reader, message, error);
  if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
    return resolve_out_of_range (reader, message->partition, error);
  GError *trouble
      = tide_kafka_error_new (tide_source_run_get_def (reader->run), message->err, rd_kafka_message_errstr (message));
  if (g_error_matches (trouble, TIDE_ERROR, TIDE_ERROR_NETWORK))
    {
      /* librdkafka tries again by itself. */
      g_prefix_error (&trouble, "Partition %d, offset %" G_GINT64_FORMAT ": ", message->partition, message->offset);
      show (reader, TIDE_SOURCE_RETRYING, trouble->message);
      g_error_free (trouble);
      reader->away = reader->check_again = true;
      reader->refresh_at_us = g_get_monotonic_time () + G_USEC_PER_SEC;
      return true;
    }
  g_propagate_error (error, trouble);
  return false;
}

static bool
take_event (Reader *reader, const rd_kafka_message_t *message, TideTime received, GError **error)
{
  Partition *entry = &reader->partitions[message->partition];
  if (entry->checking && message->offset >= entry->anchor.offset && !check_anchor (reader, message, error))
    return false;
  if (message->offset < entry->position)
    return true; /* the anchor, or a compressed batch that begins before the offset asked for */
  rd_kafka_timestamp_type_t kind;
  int64_t time_ms = rd_kafka_message_timestamp (message, &kind);
  const GString *headers = tide_kafka_headers_read (reader->headers, message);
  TideEventMeta meta = {
    .partition = message->partition,
    .offset = message->offset,
    .key = message->key,
    .key_len = message->key_len,
    .headers = headers != NULL ? headers->str : NULL,
    .headers_len = headers != NULL ? headers->len : 0,
    .time = kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || time_ms < 0 ? TIDE_TIME_NONE : time_ms * TIDE_MS,
    .received = received,
  };
  entry->newest = meta.time;
  entry->at_end = false;
  entry->event_us = reader->event_us = reader->read_us;
  entry->position = message->offset + 1;
  if (message->payload != NULL)
    return tide_source_run_event (reader->run, message->payload, message->len, &meta, entry->position, error);
  tide_source_run_tombstone (reader->run);
  tide_source_run_position (reader->run, message->partition, entry->position, NULL);
  return true;
}

/* The last event of each partition among what was read becomes its witness. */
static void
take_witnesses (Reader *reader, rd_kafka_message_t *const *messages, gssize n)
{
  for (gssize i = n - 1; i >= 0; i--)
    {
      Partition *entry = &reader->partitions[messages[i]->partition];
      if (messages[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR
          || (entry->has_witness && messages[i]->offset <= entry->witness.offset))
        continue;
      entry->witness = tide_kafka_witness_of (messages[i]);
      if (!entry->has_anchor)
        entry->anchor = entry->witness;
      entry->has_witness = entry->has_anchor = true;
      g_autofree char *token = tide_kafka_witness_to_token (&entry->witness);
      tide_source_run_position (reader->run, messages[i]->partition, entry->position, token);
    }
}

/* Reads what is there, at most READ_MAX; -1 on error. */
static gssize
read_some (Reader *reader, GError **error)
{
  rd_kafka_message_t *messages[READ_MAX];
  gssize n = rd_kafka_consume_batch_queue (reader->client->queue, 0, messages, READ_MAX);
  if (n <= 0)
    return 0;
  TideTime received = tide_clock_now (tide_source_run_get_clock (reader->run));
  gsize bytes = 0;
  bool ok = true;
  reader->read_us = g_get_monotonic_time ();
  for (gssize i = 0; i < n; i++)
    {
      if (!ok)
        break;
      if (messages[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        ok = take_error (reader, messages[i], error);
      else
        {
          bytes += messages[i]->len + messages[i]->key_len;
          ok = take_event (reader, messages[i], received, error);
        }
    }
  if (ok)
    take_witnesses (reader, messages, n);
  for (gssize i = 0; i < n; i++)
    rd_kafka_message_destroy (messages[i]);
  reader->event_bytes = (double) bytes / (double) n;
  return ok ? n : -1;
}

/* While behind, wakes the broker threads when the queue is half empty after it was full. */
static void
keep_queue_filled (Reader *reader)
{
  gsize n = rd_kafka_queue_length (reader->client->queue);
  double fill = MAX ((double) n / (double) reader->queue_max,
                     (double) n * reader->event_bytes / (double) reader->queue_max_bytes);
  if (fill >= 0.85)
    reader->was_full = true;
  if (!reader->was_full || fill > 0.5)
    return;
  reader->was_full = false;
  tide_kafka_client_nudge (reader->client, reader->n);
}

/* --- what is shown --- */

static void
update_lag (Reader *reader, int64_t now_us)
{
  const TideKafkaClient *client = reader->client;
  const char *topic = rd_kafka_topic_name (client->topic);
  TideTime now = tide_clock_now (tide_source_run_get_clock (reader->run));
  gint64 events = 0;
  TideDuration lag = -1;
  bool at_end = true, known = true;
  for (guint i = 0; i < reader->n; i++)
    {
      const Partition *entry = &reader->partitions[i];
      int64_t low, high;
      tide_source_run_set_idle (reader->run, (int32_t) i, entry->at_end && now_us - entry->event_us >= IDLE_US);
      if (entry->at_end)
        continue;
      at_end = false;
      if (rd_kafka_get_watermark_offsets (client->rk, topic, (int32_t) i, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR
          || high < 0)
        known = false;
      else
        events += MAX (high - entry->position, 0);
      if (entry->newest != TIDE_TIME_NONE)
        lag = MAX (lag, MAX (now - entry->newest, 0));
    }
  reader->lag_at_us = now_us + LAG_US;
  if (reader->away)
    {
      tide_source_run_set_lag (reader->run, -1, -1);
      return;
    }
  tide_source_run_set_lag (reader->run, known ? events : -1, at_end ? 0 : lag);
  bool recent = reader->event_us != 0 && now_us - reader->event_us < RECENT_US;
  if (!at_end && lag >= CATCHING_UP_LAG)
    show (reader, TIDE_SOURCE_CATCHING_UP, NULL);
  else
    show (reader, recent ? TIDE_SOURCE_STREAMING : TIDE_SOURCE_CONNECTED, NULL);
}

static guint
count_leaderless (const rd_kafka_metadata_topic_t *topic)
{
  guint n = 0;
  for (int i = 0; i < topic->partition_cnt; i++)
    n += topic->partitions[i].leader < 0;
  return n;
}

/* Asks the cluster how it is: finds new partitions, and whether a broker that made trouble is back. */
static bool
refresh (Reader *reader, int64_t now_us, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  TideKafkaClient *client = reader->client;
  bool was_away = reader->away;
  reader->check_again |= client->trouble != NULL || client->all_down;
  reader->refresh_at_us = now_us + AWAY_CHECK_US;
  reader->away = true;
  const rd_kafka_metadata_t *metadata = tide_kafka_client_metadata (client, was_away ? AWAY_ANSWER_MS : ANSWER_MS, &local_error);
  if (!tide_kafka_client_serve (client, error))
    return false;
  if (metadata == NULL && !g_error_matches (local_error, TIDE_ERROR, TIDE_ERROR_NETWORK))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return false;
    }
  if (metadata == NULL)
    {
      g_autofree char *message
          = g_strconcat ((client->trouble != NULL ? client->trouble : local_error)->message, "; trying again", NULL);
      show (reader, TIDE_SOURCE_RETRYING, message);
      return true;
    }
  const rd_kafka_metadata_topic_t *topic = &metadata->topics[0];
  guint leaderless = count_leaderless (topic), n = (guint) topic->partition_cnt, from = reader->n;
  rd_kafka_metadata_destroy (metadata);
  if (n > from)
    add_partitions (reader, n);
  for (guint i = from; i < n; i++)
    if (!tide_kafka_client_start (client, (int32_t) i, 0, error))
      return false;
  if (leaderless > 0)
    {
      g_autofree char *message = g_strdup_printf ("%u of %u partitions have no leader, so they can't be read; the "
                                                  "brokers must choose one. Trying again", leaderless, n);
      show (reader, TIDE_SOURCE_RETRYING, message);
      return true;
    }
  g_clear_error (&client->trouble);
  client->all_down = false;
  reader->away = false;
  reader->refresh_at_us = now_us + REFRESH_US;
  return reader->check_again ? assign_again (reader, error) : check_next (reader, error);
}

/* --- the run --- */

static gsize
get_setting (rd_kafka_t *rk, const char *name)
{
  char value[32] = "";
  gsize len = sizeof value;
  if (rd_kafka_conf_get (rd_kafka_conf (rk), name, value, &len) != RD_KAFKA_CONF_OK)
    return G_MAXSIZE;
  return MAX ((gsize) g_ascii_strtoull (value, NULL, 10), 1);
}

static bool
connect_and_assign (Reader *reader, GError **error)
{
  const rd_kafka_metadata_t *metadata
      = tide_kafka_client_connect (reader->client, CONNECT_US, reader->cancellable, error);
  if (metadata == NULL)
    return false;
  guint n = (guint) metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy (metadata);
  add_partitions (reader, n);
  if (!assign (reader, error))
    return false;
  reader->queue_max = get_setting (reader->client->rk, "queued.min.messages");
  reader->queue_max_bytes = get_setting (reader->client->rk, "queued.max.messages.kbytes") * 1024;
  reader->refresh_at_us = g_get_monotonic_time () + REFRESH_US;
  g_clear_error (&reader->client->trouble);
  show (reader, TIDE_SOURCE_CONNECTED, NULL);
  return true;
}

static bool
follow (Reader *reader, GError **error)
{
  while (!tide_source_run_is_stopped (reader->run))
    {
      if (!tide_kafka_client_serve (reader->client, error))
        return false;
      gssize n = read_some (reader, error);
      if (n < 0 || !tide_source_run_tick (reader->run, false, error))
        return false;
      int64_t now_us = g_get_monotonic_time ();
      if (now_us >= reader->lag_at_us)
        update_lag (reader, now_us);
      if (n == READ_MAX)
        keep_queue_filled (reader);
      if (n > 0 && (reader->away || now_us < reader->refresh_at_us))
        continue;
      bool in_doubt = reader->client->trouble != NULL || reader->client->all_down;
      if (now_us >= reader->refresh_at_us || (in_doubt && !reader->away))
        {
          if (!refresh (reader, now_us, error))
            return false;
          reader->lag_at_us = 0;
        }
      if (n > 0)
        continue;
      bool held = now_us - reader->read_us < 2 * BATCH_WAIT_MS * 1000;
      tide_kafka_client_wait (reader->client, reader->cancellable, held ? BATCH_WAIT_MS : IDLE_WAIT_MS);
    }
  return true;
}

bool
tide_kafka_run (TideSourceRun *run, GError **error)
{
  char *secret = tide_source_run_get_secret (run);
  g_autoptr (TideKafkaClient) client
      = tide_kafka_client_new (tide_source_run_get_def (run), tide_source_run_get_dir (run), secret, error);
  tide_kafka_wipe (secret);
  if (client == NULL)
    return false;
  g_autoptr (TideKafkaHeaders) headers = tide_kafka_headers_new ();
  Reader reader = {
    .run = run,
    .client = client,
    .headers = headers,
    .cancellable = tide_source_run_get_cancellable (run),
    .state = TIDE_SOURCE_CONNECTING,
  };
  bool ok = connect_and_assign (&reader, error) && follow (&reader, error);
  g_free (reader.partitions);
  return ok;
}
