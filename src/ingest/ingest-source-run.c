/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every kind of source does alike: collects decoded events, rejected ones, gaps and positions into a delivery and
 * hands it over. Its thread is in ingest-source-thread.c, what it tells of itself in ingest-source-status.c.
 * Positions travel in the same delivery as the events before them, so the store commits both or neither. After a
 * delivery that the store refused, all that was held is dropped and reading starts again at what was committed.
 * Counters are the thread's own and are published under a short lock a few times a second, never for each event. */
#include "ingest-source-run-private.h"

#include <string.h>

#define BATCH_AGE_US (20 * 1000)
#define PUBLISH_EVERY_US (50 * 1000)
#define CLOCK_CHECK_EVENTS 32
#define REJECTED_MAX_BYTES (1024 * 1024)
#define HELD_MAX_BYTES (2 * 1024 * 1024)

static TideSourceDef *
def_copy (const TideSourceDef *def)
{
  TideSourceDef *copy = g_new0 (TideSourceDef, 1);
  copy->name = g_strdup (def->name);
  copy->spec = def->spec;
  copy->stream = g_strdup (def->stream);
  copy->enabled = def->enabled;
  copy->every = def->every;
  copy->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key, value;
  if (def->keys != NULL)
    {
      g_hash_table_iter_init (&iter, def->keys);
      while (g_hash_table_iter_next (&iter, &key, &value))
        g_hash_table_insert (copy->keys, g_strdup (key), g_strdup (value));
    }
  return copy;
}

static void
run_position_clear (gpointer data)
{
  RunPosition *entry = data;
  g_free (entry->position.token);
}

/* To quarantine. */
static void
on_broken (const TideBroken *broken, void *data)
{
  TideSourceRun *run = data;
  const TideEventMeta *meta = broken->meta;
  TideRejected *entry = g_new0 (TideRejected, 1);
  entry->stream = g_strdup (run->stream->name);
  entry->source = g_strdup (run->def->name);
  entry->partition = meta->partition;
  entry->offset = meta->offset;
  entry->received = meta->received;
  entry->time = meta->time;
  /* A key that is no text can't be kept as one. */
  if (meta->key != NULL && g_utf8_validate_len (meta->key, meta->key_len, NULL))
    entry->key = g_strndup (meta->key, meta->key_len);
  entry->headers = meta->headers != NULL ? g_strndup (meta->headers, meta->headers_len) : NULL;
  entry->reason = g_strdup (broken->reason);
  entry->rules = g_strdup (broken->rules);
  entry->payload = g_bytes_new (broken->data, broken->len);
  if (run->rejected == NULL)
    run->rejected = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_rejected_free);
  g_ptr_array_add (run->rejected, entry);
  run->rejected_bytes += broken->len + 256;
}

static void
on_recalled (const TideBatch *batch, void *data)
{
  TideSourceRun *run = data;
  tide_decoder_remember (run->decoder, batch);
}

/* What the decoder has to know before the first event: the key of masked fields, and for rules the events that are stored. */
static bool
recall (TideSourceRun *run, GError **error)
{
  TideDuration memory = tide_decoder_get_memory (run->decoder);
  if (run->recalled)
    return true;
  if (tide_stream_is_masked (run->stream) && run->host->mask_key != NULL)
    {
      char *key = run->host->mask_key (run->host->data, error);
      if (key == NULL)
        return false;
      tide_decoder_set_mask_key (run->decoder, key);
      explicit_bzero (key, strlen (key));
      g_free (key);
    }
  tide_decoder_forget (run->decoder);
  if (memory > 0 && run->host->recall != NULL
      && !run->host->recall (run->stream, tide_clock_now (run->clock) - memory, on_recalled, run, run->host->data, error))
    return false;
  run->recalled = true;
  return true;
}

static void
take_stream (TideSourceRun *run, const TideStream *stream)
{
  g_clear_pointer (&run->builder, tide_batch_builder_free);
  g_clear_pointer (&run->decoder, tide_decoder_free);
  if (run->stream != NULL)
    tide_stream_unref (run->stream);
  run->stream = stream;
  run->decoder = tide_decoder_new (stream, run->def->name, run->clock, on_broken, run);
  run->recalled = false;
  run->builder = tide_batch_builder_new (stream);
  gsize len;
  const char *header = run->header == NULL ? NULL : g_bytes_get_data (run->header, &len);
  if (header != NULL)
    tide_decoder_set_header (run->decoder, header, len, NULL);
}

TideSourceRun *
tide_source_run_new (const TideSourceClass *kind, const char *dir, const TideSourceDef *def, const TideStream *stream,
                     const TideSourceHost *host, const TideClock *clock)
{
  TideSourceRun *run = g_new0 (TideSourceRun, 1);
  run->kind = kind;
  run->dir = g_strdup (dir);
  run->def = def_copy (def);
  run->host = host;
  run->clock = clock != NULL ? clock : &tide_clock_system;
  run->cancellable = g_cancellable_new ();
  run->positions = g_array_new (FALSE, TRUE, sizeof (RunPosition));
  g_array_set_clear_func (run->positions, run_position_clear);
  run->marks = g_array_new (FALSE, FALSE, sizeof (RunMark));
  run->watermark = run->counters.newest = TIDE_TIME_NONE;
  g_mutex_init (&run->lock);
  g_cond_init (&run->cond);
  run->status.state = TIDE_SOURCE_CONNECTING;
  run->status.retry_at = TIDE_TIME_NONE;
  run->status.since = tide_clock_now (run->clock);
  run->status.newest = run->status.watermark = TIDE_TIME_NONE;
  run->status.lag_events = -1;
  run->status.lag = -1;
  run->samples[0].at_us = g_get_monotonic_time ();
  run->n_samples = 1;
  take_stream (run, tide_stream_ref (stream));
  return run;
}

void
tide_source_run_free (TideSourceRun *run)
{
  if (run == NULL)
    return;
  g_clear_pointer (&run->builder, tide_batch_builder_free);
  g_clear_pointer (&run->decoder, tide_decoder_free);
  tide_stream_unref (run->stream);
  if (run->next_stream != NULL)
    tide_stream_unref (run->next_stream);
  g_clear_pointer (&run->header, g_bytes_unref);
  g_array_unref (run->positions);
  g_array_unref (run->marks);
  g_free (run->consent);
  g_clear_pointer (&run->rejected, g_ptr_array_unref);
  g_clear_pointer (&run->gaps, g_ptr_array_unref);
  tide_source_status_clear (&run->status);
  g_mutex_clear (&run->lock);
  g_cond_clear (&run->cond);
  g_object_unref (run->cancellable);
  g_free (run->def->name);
  g_free (run->def->stream);
  g_hash_table_unref (run->def->keys);
  g_free (run->def);
  g_free (run->dir);
  g_free (run);
}

/* --- what a kind asks --- */

const char *
tide_source_run_get_key (TideSourceRun *run, const char *key)
{
  return g_hash_table_lookup (run->def->keys, key);
}

const TideSourceDef *
tide_source_run_get_def (TideSourceRun *run)
{
  return run->def;
}

const char *
tide_source_run_get_dir (TideSourceRun *run)
{
  return run->dir;
}

TideFormat
tide_source_run_get_format (TideSourceRun *run)
{
  return run->stream->format;
}

const TideClock *
tide_source_run_get_clock (TideSourceRun *run)
{
  return run->clock;
}

GCancellable *
tide_source_run_get_cancellable (TideSourceRun *run)
{
  return run->cancellable;
}

bool
tide_source_run_is_stopped (TideSourceRun *run)
{
  return run->drained || tide_source_run_is_ended (run);
}

char *
tide_source_run_get_secret (TideSourceRun *run)
{
  return run->host->secret == NULL ? NULL : run->host->secret (run->def, run->host->data);
}

/* --- positions --- */

static RunPosition *
position_entry (TideSourceRun *run, int32_t partition)
{
  g_assert (partition >= 0);
  if ((guint) partition >= run->positions->len)
    g_array_set_size (run->positions, (guint) partition + 1);
  RunPosition *entry = &g_array_index (run->positions, RunPosition, partition);
  entry->position.partition = partition;
  return entry;
}

static void
hold (TideSourceRun *run)
{
  if (run->held_since_us == 0)
    {
      run->held_since_us = g_get_monotonic_time ();
      run->until_clock_check = CLOCK_CHECK_EVENTS;
    }
}

static void
move_position (TideSourceRun *run, int32_t partition, int64_t next_offset)
{
  RunPosition *entry = position_entry (run, partition);
  entry->position.offset = next_offset;
  entry->known = true;
  if (!entry->dirty)
    {
      entry->dirty = true;
      run->n_dirty++;
    }
}

void
tide_source_run_position (TideSourceRun *run, int32_t partition, int64_t next_offset, const char *token)
{
  hold (run);
  move_position (run, partition, next_offset);
  RunPosition *entry = position_entry (run, partition);
  if (token != NULL && g_strcmp0 (entry->position.token, token) != 0)
    {
      g_free (entry->position.token);
      entry->position.token = g_strdup (token);
    }
}

static void
position_element_clear (gpointer data)
{
  tide_position_clear (data);
}

static bool
read_positions (TideSourceRun *run, GError **error)
{
  g_atomic_int_set (&run->resume, 0);
  g_autoptr (GArray) committed = run->host->positions (run->def->name, run->host->data, error);
  if (committed == NULL)
    return false;
  for (guint i = 0; i < committed->len; i++)
    {
      const TidePosition *position = &g_array_index (committed, TidePosition, i);
      RunPosition *entry = position_entry (run, position->partition);
      if (entry->known)
        continue; /* of a gap or the like that was told before anything was read */
      entry->position.offset = position->offset;
      entry->position.token = g_strdup (position->token);
      entry->known = true;
    }
  run->positions_read = true;
  return true;
}

/* The store is asked once, and again after each refusal. In between what was delivered is what will be committed, or
 * the store refuses the next delivery: asking it then would double what is still on its way. */
GArray *
tide_source_run_get_positions (TideSourceRun *run, GError **error)
{
  if (!run->positions_read && !read_positions (run, error))
    return NULL;
  GArray *array = g_array_new (FALSE, TRUE, sizeof (TidePosition));
  g_array_set_clear_func (array, position_element_clear);
  for (guint i = 0; i < run->positions->len; i++)
    {
      const RunPosition *entry = &g_array_index (run->positions, RunPosition, i);
      if (!entry->known)
        continue;
      TidePosition position = entry->position;
      position.token = g_strdup (position.token);
      g_array_append_val (array, position);
    }
  return array;
}

/* --- deliveries --- */

static RunMark *
mark_of (TideSourceRun *run, int32_t partition)
{
  while (run->marks->len <= (guint) partition)
    {
      RunMark mark = { .newest = TIDE_TIME_NONE, .idle = true };
      g_array_append_val (run->marks, mark);
    }
  return &g_array_index (run->marks, RunMark, partition);
}

void
tide_source_run_set_idle (TideSourceRun *run, int32_t partition, bool idle)
{
  mark_of (run, partition)->idle = idle;
}

static void
count_times (TideSourceRun *run, const TideBatch *batch)
{
  const int64_t *partitions = batch->columns[TIDE_COLUMN_PARTITION].ints;
  const int64_t *times = batch->columns[TIDE_COLUMN_TIME].ints;
  TideTime newest = run->counters.newest;
  guint64 late = 0;
  for (uint32_t i = 0; i < batch->n; i++)
    {
      late += newest != TIDE_TIME_NONE && times[i] < newest - run->stream->lateness;
      newest = MAX (newest, times[i]);
      RunMark *mark = mark_of (run, (int32_t) partitions[i]);
      mark->newest = MAX (mark->newest, times[i]);
      mark->idle = false;
    }
  run->counters.newest = newest;
  run->counters.late += late;
}

static void
forget_held (TideSourceRun *run)
{
  tide_decoder_drop (run->decoder, run->builder);
  run->recalled = false;
  g_clear_pointer (&run->rejected, g_ptr_array_unref);
  g_clear_pointer (&run->gaps, g_ptr_array_unref);
  run->rejected_bytes = 0;
  run->n_dirty = 0;
  run->held_since_us = 0;
  g_array_set_size (run->positions, 0);
  run->positions_read = false;
}

bool
tide_source_run_start_anew (TideSourceRun *run, GError **error)
{
  run->refused = true;
  forget_held (run);
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_FULL, "events could not be stored; resuming from what was committed");
  return false;
}

static void
take_next_stream (TideSourceRun *run)
{
  g_mutex_lock (&run->lock);
  const TideStream *next = g_steal_pointer (&run->next_stream);
  g_mutex_unlock (&run->lock);
  if (next != NULL)
    take_stream (run, next);
}

static TidePosition *
dirty_positions (TideSourceRun *run)
{
  TidePosition *positions = g_new (TidePosition, MAX (run->n_dirty, 1));
  guint n = 0;
  for (guint i = 0; i < run->positions->len; i++)
    {
      RunPosition *entry = &g_array_index (run->positions, RunPosition, i);
      if (entry->dirty)
        positions[n++] = entry->position;
      entry->dirty = false;
    }
  g_assert (n == run->n_dirty);
  return positions;
}

bool
tide_source_run_deliver (TideSourceRun *run, GCancellable *cancellable, GError **error)
{
  if (run->held_since_us == 0)
    {
      take_next_stream (run);
      return true;
    }
  uint32_t filtered = 0;
  g_autoptr (TideBatch) batch = tide_decoder_finish (run->decoder, run->builder, &filtered, NULL);
  if (batch != NULL)
    {
      batch->received_mono_us = run->mono_us;
      count_times (run, batch);
    }
  g_autofree TidePosition *positions = dirty_positions (run);
  g_autoptr (GPtrArray) rejected = g_steal_pointer (&run->rejected);
  g_autoptr (GPtrArray) gaps = g_steal_pointer (&run->gaps);
  g_autoptr (GPtrArray) quality = tide_decoder_take_quality (run->decoder);
  TideDelivery delivery = {
    .source = run->def->name,
    .batch = batch,
    .positions = positions,
    .n_positions = run->n_dirty,
    .rejected = rejected,
    .gaps = gaps,
    .quality = quality,
  };
  run->n_dirty = 0;
  run->rejected_bytes = 0;
  run->held_since_us = 0;

  int64_t before_us = g_get_monotonic_time ();
  bool ok = run->host->deliver (&delivery, cancellable, run->host->data, error);
  int64_t after_us = g_get_monotonic_time ();
  run->counters.blocked += after_us - before_us;
  if (!ok)
    {
      run->refused = true;
      forget_held (run);
      return false;
    }
  run->counters.filtered += filtered;
  run->counters.events += batch != NULL ? batch->n : 0;
  run->counters.quarantined += rejected != NULL ? rejected->len : 0;
  run->counters.gaps += gaps != NULL ? gaps->len : 0;
  run->progress += batch != NULL || rejected != NULL;
  if (after_us - run->published_us >= PUBLISH_EVERY_US)
    tide_source_run_publish (run, after_us);
  take_next_stream (run);
  return true;
}

static bool
is_due (TideSourceRun *run)
{
  if (tide_batch_builder_is_full (run->builder) || run->rejected_bytes >= REJECTED_MAX_BYTES
      || tide_decoder_get_held_bytes (run->decoder) >= HELD_MAX_BYTES)
    return true;
  if (--run->until_clock_check > 0)
    return false;
  run->until_clock_check = CLOCK_CHECK_EVENTS;
  return g_get_monotonic_time () - run->held_since_us >= BATCH_AGE_US;
}

bool
tide_source_run_event (TideSourceRun *run, const char *data, gsize len, const TideEventMeta *meta,
                       int64_t next_offset, GError **error)
{
  if (!run->recalled && !recall (run, error))
    return false;
  hold (run);
  if (tide_batch_builder_get_n (run->builder) == 0)
    run->mono_us = tide_clock_monotonic (run->clock);
  run->counters.bytes += len;
  if (tide_decoder_decode (run->decoder, run->builder, data, len, meta) == TIDE_DECODE_FILTERED)
    run->counters.filtered++;
  move_position (run, meta->partition, next_offset);
  return !is_due (run) || tide_source_run_deliver (run, run->cancellable, error);
}

void
tide_source_run_tombstone (TideSourceRun *run)
{
  run->counters.tombstones++;
}

void
tide_source_run_gap (TideSourceRun *run, int32_t partition, int64_t from, int64_t to, const char *reason)
{
  hold (run);
  TideGap *gap = g_new0 (TideGap, 1);
  gap->source = g_strdup (run->def->name);
  gap->partition = partition;
  gap->from = from;
  gap->to = to;
  gap->time = tide_clock_now (run->clock);
  gap->reason = g_strdup (reason);
  if (run->gaps == NULL)
    run->gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_gap_free);
  g_ptr_array_add (run->gaps, gap);
}

void
tide_source_run_reject (TideSourceRun *run, const char *data, gsize len, const TideEventMeta *meta,
                        const char *reason)
{
  hold (run);
  run->counters.bytes += len;
  tide_decoder_reject (run->decoder, data, len, meta, reason);
}

bool
tide_source_run_header (TideSourceRun *run, const char *data, gsize len, GError **error)
{
  if (!tide_source_run_deliver (run, run->cancellable, error)
      || !tide_decoder_set_header (run->decoder, data, len, error))
    return false;
  g_clear_pointer (&run->header, g_bytes_unref);
  run->header = g_bytes_new (data, len);
  return true;
}

bool
tide_source_run_tick (TideSourceRun *run, bool force, GError **error)
{
  int64_t now_us = g_get_monotonic_time ();
  if (g_atomic_int_get (&run->resume) != 0)
    return tide_source_run_start_anew (run, error);
  if (run->held_since_us != 0 && (force || now_us - run->held_since_us >= BATCH_AGE_US)
      && !tide_source_run_deliver (run, run->cancellable, error))
    return false;
  if (now_us - run->published_us >= PUBLISH_EVERY_US)
    tide_source_run_publish (run, now_us);
  return true;
}

bool
tide_source_run_wait (TideSourceRun *run, int64_t monotonic_us)
{
  g_mutex_lock (&run->lock);
  while (!tide_source_run_is_stopped (run) && g_cond_wait_until (&run->cond, &run->lock, monotonic_us))
    ;
  g_mutex_unlock (&run->lock);
  return !tide_source_run_is_stopped (run);
}
