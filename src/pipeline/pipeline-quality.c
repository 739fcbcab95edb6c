/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person does with quarantined events, wired: replay decodes them anew and hands those that hold to the same queue as
 * a source's, together with what became of their entries, so that both are in one commit or in none. One change of the
 * quarantine at a time, here or, asked by another process, in the one that owns the workspace.
 * Limits: rules that compare with the event before don't look at what is replayed, since it comes out of its order; and it
 * counts as received when it is replayed. */
#include "pipeline-private.h"

#include <stdio.h>
#include <string.h>

#define PAGE 2000
/* Its name in the writer's queue; no source can have it. */
#define REPLAY_SOURCE "replay:"

/* --- the same asked of another process --- */

static void
add_word (GPtrArray *words, const char *key, const char *value)
{
  g_autofree char *escaped = value != NULL ? g_uri_escape_string (value, NULL, TRUE) : NULL;

  if (value != NULL)
    g_ptr_array_add (words, g_strconcat (key, "=", escaped, NULL));
}

static void
add_number (GPtrArray *words, const char *key, gint64 number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  if (number != 0 && number != TIDE_TIME_NONE)
    add_word (words, key, text);
}

static GPtrArray *
filter_to_words (const TideQuarantineFilter *filter)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);

  add_word (words, "stream", filter->stream);
  add_word (words, "source", filter->source);
  add_word (words, "rule", filter->rule);
  add_word (words, "field", filter->field);
  add_word (words, "text", filter->text);
  add_number (words, "from", filter->from);
  add_number (words, "to", filter->to);
  add_number (words, "id", filter->id);
  return words;
}

/* What a request holds; texts are its own. */
typedef struct
{
  TideQuarantineFilter filter;
  GPtrArray *texts;
  bool back;
  const char *payload;
} Request;

static bool
read_request (Request *request, char **words, GError **error)
{
  TideQuarantineFilter *filter = &request->filter;
  const struct
  {
    const char *key;
    const char **text;
    gint64 *number;
  } keys[] = { { "stream", &filter->stream, NULL }, { "source", &filter->source, NULL },
               { "rule", &filter->rule, NULL },     { "field", &filter->field, NULL },
               { "text", &filter->text, NULL },     { "from", NULL, &filter->from },
               { "to", NULL, &filter->to },         { "id", NULL, &filter->id },
               { "payload", &request->payload, NULL } };

  request->texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *sign = strchr (words[i], '=');
      char *value = sign != NULL ? g_uri_unescape_string (sign + 1, NULL) : NULL;
      bool known = strcmp (words[i], "back") == 0;

      request->back |= known;
      if (value != NULL)
        g_ptr_array_add (request->texts, value);
      for (guint k = 0; value != NULL && k < G_N_ELEMENTS (keys) && !known; k++)
        if (strncmp (keys[k].key, words[i], (gsize) (sign - words[i])) == 0
            && keys[k].key[sign - words[i]] == '\0')
          {
            known = true;
            if (keys[k].text != NULL)
              *keys[k].text = value;
            else
              *keys[k].number = g_ascii_strtoll (value, NULL, 10);
          }
      if (!known)
        {
          /* A condition that is not understood must not let everything through. */
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "unknown request");
          return false;
        }
    }
  return true;
}

static char *
answer_replay (TidePipeline *self, const Request *request, GCancellable *cancellable, GError **error)
{
  TideReplayCounts counts = { 0 };

  if (!tide_pipeline_replay (self, &request->filter, &counts, cancellable, error))
    return NULL;
  return g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, counts.stored, counts.failed);
}

static char *
answer_discard (TidePipeline *self, const Request *request, GCancellable *cancellable, GError **error)
{
  gint64 n = 0;

  return tide_pipeline_discard (self, &request->filter, request->back, &n, error)
           ? g_strdup_printf ("%" G_GINT64_FORMAT, n)
           : NULL;
}

static char *
answer_edit (TidePipeline *self, const Request *request, GCancellable *cancellable, GError **error)
{
  const char *payload = request->payload != NULL ? request->payload : "";

  return tide_pipeline_edit_quarantined (self, request->filter.id, payload, strlen (payload), error) ? g_strdup ("") : NULL;
}

char *
tide_pipeline_answer_quarantine (TidePipeline *self, char **words, GCancellable *cancellable, GError **error)
{
  static const struct
  {
    const char *word;
    char *(*answer) (TidePipeline *self, const Request *request, GCancellable *cancellable, GError **error);
  } requests[] = { { "replay", answer_replay }, { "discard", answer_discard }, { "edit", answer_edit } };
  Request request = { 0 };
  char *answer = NULL;

  if (!read_request (&request, words + 1, error))
    {
      g_ptr_array_unref (request.texts);
      return NULL;
    }
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    if (strcmp (requests[i].word, words[0]) == 0)
      answer = requests[i].answer (self, &request, cancellable, error);
  g_ptr_array_unref (request.texts);
  return answer;
}

/* The owner's answer; the caller's. */
static char *
ask_owner (TidePipeline *self, const char *request, GPtrArray *words, GCancellable *cancellable, GError **error)
{
  char *answer = NULL;

  g_ptr_array_add (words, NULL);
  return tide_control_ask (self->dir, request, (const char *const *) words->pdata, &answer, cancellable, error)
           ? answer
           : NULL;
}

/* --- replay --- */

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

static bool
replay_all (TidePipeline *self, const TideQuarantineFilter *filter, TideReplayCounts *counts, GCancellable *cancellable,
            GError **error)
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

/**
 * tide_pipeline_replay:
 * @filter: which; only those that wait are looked at
 * @ret_counts: (out): also on failure, of what was done before
 *
 * Decodes quarantined events with the stream as it is now. One that holds is stored and its entry marked in one
 * transaction; one that fails again waits on with its new reasons.
 *
 * Errors: NOT_FOUND (stream), AUTH (masked, no key), FULL, CANCELLED, BUSY. Thread: a worker; blocks.
 */
bool
tide_pipeline_replay (TidePipeline *self, const TideQuarantineFilter *filter, TideReplayCounts *ret_counts,
                      GCancellable *cancellable, GError **error)
{
  bool done;

  tide_assert_not_main_thread ();
  *ret_counts = (TideReplayCounts){ 0 };
  if (self->writer == NULL)
    {
      g_autoptr (GPtrArray) words = filter_to_words (filter);
      g_autofree char *answer = ask_owner (self, "replay", words, cancellable, error);

      return answer != NULL
             && sscanf (answer, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, &ret_counts->stored, &ret_counts->failed) == 2;
    }
  g_mutex_lock (&self->quarantine_lock);
  done = replay_all (self, filter, ret_counts, cancellable, error);
  g_mutex_unlock (&self->quarantine_lock);
  return done;
}

/* --- the rest --- */

/**
 * tide_pipeline_discard:
 * @back: takes discarded entries back instead
 *
 * Errors: FULL, CANCELLED, BUSY. Thread: a worker; blocks.
 */
bool
tide_pipeline_discard (TidePipeline *self, const TideQuarantineFilter *filter, bool back, gint64 *ret_n, GError **error)
{
  bool done;

  tide_assert_not_main_thread ();
  if (self->writer == NULL)
    {
      g_autoptr (GPtrArray) words = filter_to_words (filter);
      g_autofree char *answer = NULL;

      if (back)
        g_ptr_array_add (words, g_strdup ("back"));
      answer = ask_owner (self, "discard", words, NULL, error);
      if (answer != NULL)
        *ret_n = g_ascii_strtoll (answer, NULL, 10);
      return answer != NULL;
    }
  g_mutex_lock (&self->quarantine_lock);
  done = tide_quarantine_discard (self->writer, filter, back, tide_clock_now (&self->clock), ret_n, error);
  g_mutex_unlock (&self->quarantine_lock);
  return done;
}

/**
 * tide_pipeline_edit_quarantined:
 * @payload: not replayed by this
 *
 * Errors: NOT_FOUND (it does not wait), FULL, CANCELLED, BUSY. Thread: a worker; blocks.
 */
bool
tide_pipeline_edit_quarantined (TidePipeline *self, gint64 id, const char *payload, gsize len, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, len);
  bool done;

  tide_assert_not_main_thread ();
  if (self->writer == NULL)
    {
      TideQuarantineFilter filter = { .id = id };
      g_autoptr (GPtrArray) words = filter_to_words (&filter);
      g_autofree char *text = g_strndup (payload, len), *answer = NULL;

      add_word (words, "payload", text);
      answer = ask_owner (self, "edit", words, NULL, error);
      return answer != NULL;
    }
  g_mutex_lock (&self->quarantine_lock);
  done = tide_quarantine_edit (self->writer, id, bytes, tide_clock_now (&self->clock), error);
  g_mutex_unlock (&self->quarantine_lock);
  return done;
}

/* --- schema drift --- */

/* A name that the stream has not, after the last part of @path. */
static char *
choose_name (const TideStream *stream, const char *path)
{
  const char *dot = strrchr (path, '.');
  g_autofree char *base = g_strndup (dot != NULL && dot[1] != '\0' ? dot + 1 : path, 50);
  char *name;

  for (char *p = base; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-')
      *p = '_';
  name = g_ascii_isalpha (*base) ? g_strdup (base) : g_strconcat ("f", base, NULL);
  for (guint i = 2; tide_stream_find_field (stream, name) >= 0; i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s%s_%u", g_ascii_isalpha (*base) ? "" : "f", base, i);
    }
  return name;
}

/**
 * tide_pipeline_add_field:
 * @drift: a new field, or one whose type changed, as a source's status has it
 *
 * Adds the field to the workspace file, or gives it the type that its values have; all else in the file stays. Taken up at
 * once.
 *
 * Errors: NOT_FOUND, INVALID. Thread: a worker; blocks.
 */
bool
tide_pipeline_add_field (TidePipeline *self, const char *stream_name, const TideDrift *drift, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  const TideStream *stream = tide_workspace_get_stream (workspace, stream_name);
  TideType type = drift->type != TIDE_TYPE_NONE ? drift->type : TIDE_TYPE_TEXT;
  g_autofree char *name = NULL, *section = NULL, *type_text = tide_type_to_string (type, drift->scale);
  g_autoptr (TideConf) conf = NULL;

  tide_assert_not_main_thread ();
  if (stream == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "the workspace has no stream '%s'", stream_name);
      return false;
    }
  conf = tide_conf_copy (workspace->conf);
  name = drift->field != NULL ? g_strdup (drift->field) : choose_name (stream, drift->path);
  section = g_strdup_printf ("field %s.%s", stream_name, name);
  if (drift->field == NULL && strcmp (name, drift->path) != 0)
    tide_conf_set (conf, section, "path", drift->path);
  tide_conf_set (conf, section, "type", type_text);
  return tide_pipeline_apply (self, conf, error);
}
