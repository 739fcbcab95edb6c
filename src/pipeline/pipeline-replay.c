/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replay decodes quarantined events anew and hands those that hold to the same queue as a source's, together with what
 * became of their entries, so that both are in one commit or in none.
 * Limits: rules that compare with the event before don't look at what is replayed, since it comes out of its order; and it
 * counts as received when it is replayed. */
#include "pipeline-private.h"

#include <string.h>

#define PAGE 2000
/* Its name in the writer's queue; no source can have it. */
#define REPLAY_SOURCE "replay:"

typedef struct
{
  TidePipeline *self;
  const TideStream *stream; /* borrowed */
  TideDecoder *decoder;
  TideBatchBuilder *builder;
  GArray *row_ids;      /* of the rows under way */
  GPtrArray *replayed;  /* TideReplayed* */
  GHashTable *broken;   /* ids that were told as broken since the last delivery */
  TideReplayCounts *counts;
} Replay;

static void
add_replayed (Replay *replay, gint64 id, const char *reason, const char *rules)
{
  TideReplayed *entry = g_new0 (TideReplayed, 1);

  entry->id = id;
  entry->reason = g_strdup (reason);
  entry->rules = g_strdup (rules);
  g_ptr_array_add (replay->replayed, entry);
  if (reason != NULL)
    replay->counts->failed++;
  else
    replay->counts->stored++;
}

static void
on_broken (const TideBroken *broken, void *data)
{
  Replay *replay = data;

  add_replayed (replay, broken->meta->id, broken->reason, broken->rules);
  g_hash_table_add (replay->broken, g_memdup2 (&broken->meta->id, sizeof (gint64)));
}

static void
on_recalled (const TideBatch *batch, void *data)
{
  tide_decoder_remember (data, batch);
}

static void
add_filtered (Replay *replay, gint64 id)
{
  add_replayed (replay, id, "the stream's filter leaves it out; discard it, or change the filter", ".filter");
}

/* Hands over what is under way, with what became of each entry. */
static bool
deliver_replayed (Replay *replay, GCancellable *cancellable, GError **error)
{
  TidePipeline *self = replay->self;
  guint n = replay->row_ids->len;
  g_autofree uint32_t *rows = g_new (uint32_t, n + 1);
  g_autofree bool *left = g_new0 (bool, n + 1);
  uint32_t filtered = 0;
  g_autoptr (TideBatch) batch = tide_decoder_finish (replay->decoder, replay->builder, &filtered, rows);
  TideDelivery delivery = { .source = REPLAY_SOURCE, .batch = batch, .replayed = replay->replayed };
  bool done = true;

  for (uint32_t i = 0; batch != NULL && i < batch->n; i++)
    left[rows[i]] = true;
  for (guint i = 0; i < n; i++)
    {
      gint64 id = g_array_index (replay->row_ids, gint64, i);

      if (left[i])
        add_replayed (replay, id, NULL, NULL);
      else if (!g_hash_table_contains (replay->broken, &id))
        add_filtered (replay, id);
    }
  if (batch != NULL)
    batch->received_mono_us = tide_clock_monotonic (&self->clock);
  if (replay->replayed->len > 0)
    done = (self->live != NULL ? self->host.deliver (&delivery, cancellable, self, error)
                               : tide_writer_push (self->writer, &delivery, cancellable, error))
           && tide_writer_flush (self->writer, error);
  g_ptr_array_unref (replay->replayed);
  replay->replayed = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_replayed_free);
  g_array_set_size (replay->row_ids, 0);
  g_hash_table_remove_all (replay->broken);
  return done;
}

static bool
replay_entry (Replay *replay, const TideQuarantined *entry, GCancellable *cancellable, GError **error)
{
  TideEventMeta meta = { .id = entry->id, .key = entry->key, .headers = entry->headers, .time = entry->time,
                         .received = tide_clock_now (&replay->self->clock) };
  const char *colon = entry->position != NULL ? strchr (entry->position, ':') : NULL;
  gsize len = 0;
  const char *data = entry->payload != NULL ? g_bytes_get_data (entry->payload, &len) : "";

  meta.key_len = meta.key != NULL ? strlen (meta.key) : 0;
  meta.headers_len = meta.headers != NULL ? strlen (meta.headers) : 0;
  meta.partition = colon != NULL ? (int32_t) g_ascii_strtoll (entry->position, NULL, 10) : 0;
  meta.offset = colon != NULL ? g_ascii_strtoll (colon + 1, NULL, 10) : 0;
  switch (tide_decoder_decode (replay->decoder, replay->builder, data != NULL ? data : "", len, &meta))
    {
    case TIDE_DECODE_EVENT:
      g_array_append_val (replay->row_ids, entry->id);
      break;
    case TIDE_DECODE_FILTERED:
      add_filtered (replay, entry->id);
      break;
    case TIDE_DECODE_REJECTED:
    default:
      break;
    }
  return !tide_batch_builder_is_full (replay->builder) || deliver_replayed (replay, cancellable, error);
}

/* Key of masked fields, and the stored events that rules have to know of. */
static bool
prepare_decoder (Replay *replay, TideTime since, GError **error)
{
  TideDuration memory = tide_decoder_get_memory (replay->decoder);

  tide_decoder_set_replay (replay->decoder);
  if (tide_stream_is_masked (replay->stream))
    {
      char *key = tide_mask_key_lookup (replay->self->dir, error);

      if (key == NULL)
        return false;
      tide_decoder_set_mask_key (replay->decoder, key);
      explicit_bzero (key, strlen (key));
      g_free (key);
    }
  return memory == 0
         || tide_pipeline_recall (replay->self, replay->stream, since - memory - TIDE_DAY, on_recalled, replay->decoder,
                                  error);
}

/* Entries of one stream and source, oldest first. */
static bool
replay_entries (TidePipeline *self, const TideStream *stream, TideQuarantined **entries, guint n,
                TideReplayCounts *counts, GCancellable *cancellable, GError **error)
{
  Replay replay = { .self = self, .stream = stream, .counts = counts };
  bool done;

  replay.decoder = tide_decoder_new (stream, entries[0]->source, &self->clock, on_broken, &replay);
  replay.builder = tide_batch_builder_new (stream);
  replay.row_ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  replay.replayed = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_replayed_free);
  replay.broken = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  done = prepare_decoder (&replay, entries[0]->received, error);
  for (guint i = 0; i < n && done; i++)
    done = replay_entry (&replay, entries[i], cancellable, error);
  done = done && deliver_replayed (&replay, cancellable, error);
  tide_batch_builder_free (replay.builder);
  tide_decoder_free (replay.decoder);
  g_array_unref (replay.row_ids);
  g_ptr_array_unref (replay.replayed);
  g_hash_table_unref (replay.broken);
  return done;
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const TideQuarantined *x = *(TideQuarantined *const *) a, *y = *(TideQuarantined *const *) b;
  int order = g_strcmp0 (x->stream, y->stream);

  if (order == 0)
    order = g_strcmp0 (x->source, y->source);
  return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

static bool
replay_page (TidePipeline *self, const TideWorkspace *workspace, GPtrArray *page, TideReplayCounts *counts,
             GCancellable *cancellable, GError **error)
{
  TideQuarantined **entries = (TideQuarantined **) page->pdata;
  guint from = 0;

  g_ptr_array_sort (page, compare_entries);
  while (from < page->len)
    {
      const TideStream *stream = tide_workspace_get_stream (workspace, entries[from]->stream);
      guint to = from + 1;

      while (to < page->len && g_strcmp0 (entries[to]->stream, entries[from]->stream) == 0
             && g_strcmp0 (entries[to]->source, entries[from]->source) == 0)
        to++;
      if (stream == NULL)
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
                       "the workspace has no stream '%s' any more that its quarantined events could go to; add it, or "
                       "discard them",
                       entries[from]->stream);
          return false;
        }
      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || !replay_entries (self, stream, entries + from, to - from, counts, cancellable, error))
        return false;
      from = to;
    }
  return true;
}

static GPtrArray *
read_page (TidePipeline *self, const TideQuarantineFilter *filter, gint64 before_id, GCancellable *cancellable,
           GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->store, error);
  GPtrArray *page;

  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  page = tide_store_list_quarantine (reader, filter, before_id, PAGE, error);
  tide_reader_end (reader);
  return page;
}

bool
tide_pipeline_replay_all (TidePipeline *self, const TideQuarantineFilter *filter, TideReplayCounts *counts,
                          GCancellable *cancellable, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  TideQuarantineFilter waiting = *filter;
  gint64 before_id = 0;

  waiting.state = "new";
  for (;;)
    {
      g_autoptr (GPtrArray) page = read_page (self, &waiting, before_id, cancellable, error);

      if (page == NULL)
        return false;
      if (page->len == 0)
        return true;
      before_id = ((TideQuarantined *) g_ptr_array_index (page, page->len - 1))->id;
      if (!replay_page (self, workspace, page, counts, cancellable, error))
        return false;
    }
}
