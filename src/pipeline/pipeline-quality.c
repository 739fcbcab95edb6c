/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person does with quarantined events, wired: here or, asked by another process, in the one that owns the
 * workspace. One change of the quarantine at a time. */
#include "pipeline-private.h"

#include <stdio.h>
#include <string.h>

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
  add_word (words, "ids", filter->ids);
  add_number (words, "changed", filter->changed);
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
               { "ids", &filter->ids, NULL },       { "changed", NULL, &filter->changed },
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
  TideTime at = TIDE_TIME_NONE;
  gint64 n = 0;

  return tide_pipeline_discard (self, &request->filter, request->back, &n, &at, error)
           ? g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, n, (gint64) at)
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

/* --- what a person does --- */

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
  done = tide_pipeline_replay_all (self, filter, ret_counts, cancellable, error);
  g_mutex_unlock (&self->quarantine_lock);
  return done;
}

/**
 * tide_pipeline_discard:
 * @back: takes discarded entries back instead
 * @ret_at: (out): the `changed` of those that were marked
 *
 * Errors: FULL, CANCELLED, BUSY. Thread: a worker; blocks.
 */
bool
tide_pipeline_discard (TidePipeline *self, const TideQuarantineFilter *filter, bool back, gint64 *ret_n, TideTime *ret_at,
                       GError **error)
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
      return answer != NULL && sscanf (answer, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, ret_n, ret_at) == 2;
    }
  g_mutex_lock (&self->quarantine_lock);
  *ret_at = tide_clock_now (&self->clock);
  done = tide_quarantine_discard (self->writer, filter, back, *ret_at, ret_n, error);
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
