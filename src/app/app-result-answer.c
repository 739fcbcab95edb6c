/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two versions of a result, read in one transaction and compared, all on a worker. Each is bounded in rows and bytes;
 * the table says so where a bound cut it off. */
#include "app-result-answer.h"

#define MOST_ROWS 100000
#define MOST_BYTES (48 * 1024 * 1024)

typedef struct
{
  char *analysis;
  gint64 now, before;
  guint serial;
} Question;

static void
question_free (void *data)
{
  Question *question = data;

  g_free (question->analysis);
  g_free (question);
}

void
tide_result_answer_unref (TideResultAnswer *answer)
{
  if (answer == NULL || !g_atomic_ref_count_dec (&answer->refs))
    return;
  g_free (answer->analysis);
  g_clear_pointer (&answer->versions, g_ptr_array_unref);
  tide_result_diff_unref (answer->diff);
  g_free (answer);
}

static int
find_version (const GPtrArray *versions, gint64 version)
{
  for (guint i = 0; i < versions->len; i++)
    if (((const TideResultVersion *) g_ptr_array_index (versions, i))->version == version)
      return (int) i;
  return -1;
}

static bool
read_versions (TideReader *reader, TideResultAnswer *answer, const Question *question, GCancellable *cancellable,
               GError **error)
{
  g_autoptr (TideResultTable) now = NULL, before = NULL;
  int at = MAX (find_version (answer->versions, question->now), 0), other = find_version (answer->versions, question->before);

  if (question->before == TIDE_RESULT_PREVIOUS && at + 1 < (int) answer->versions->len)
    other = at + 1;
  now = tide_store_read_result (reader, g_ptr_array_index (answer->versions, at), MOST_ROWS, MOST_BYTES, cancellable,
                                error);
  if (now == NULL)
    return false;
  if (other >= 0 && other != at)
    {
      before = tide_store_read_result (reader, g_ptr_array_index (answer->versions, other), MOST_ROWS, MOST_BYTES,
                                       cancellable, error);
      if (before == NULL)
        return false;
    }
  answer->diff = tide_result_diff_new (now, before);
  return true;
}

static void *
answer_question (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Question *question = data;
  g_autoptr (TideResultAnswer) answer = g_new0 (TideResultAnswer, 1);
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);

  g_atomic_ref_count_init (&answer->refs);
  answer->analysis = g_strdup (question->analysis);
  answer->serial = question->serial;
  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  answer->versions = tide_store_get_result_versions (reader, question->analysis, error);
  if (answer->versions == NULL)
    return NULL;
  if (answer->versions->len > 0 && !read_versions (reader, answer, question, cancellable, error))
    return NULL;
  tide_reader_end (reader);
  return g_steal_pointer (&answer);
}

void
tide_result_ask_async (TidePipeline *pipeline, const char *analysis, gint64 now, gint64 before, guint serial,
                       GCancellable *cancellable, GAsyncReadyCallback callback, void *data)
{
  Question *question = g_new (Question, 1);

  *question = (Question){ .analysis = g_strdup (analysis), .now = now, .before = before, .serial = serial };
  tide_pipeline_run_async (pipeline, answer_question, question, question_free,
                           (GDestroyNotify) tide_result_answer_unref, cancellable, callback, data);
}
