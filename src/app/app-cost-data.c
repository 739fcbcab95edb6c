/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question, one read transaction's worth of answers each, on a worker. Nothing in here is asked more often than the
 * meters are saved, which is once a minute. */
#include "app-cost-data.h"

#include <math.h>
#include <string.h>

#include "app-format.h"

#define APPLIED_MAX 200
#define LATENCY_COLUMNS 96

TideCostAnswer *
tide_cost_answer_ref (TideCostAnswer *answer)
{
  g_atomic_ref_count_inc (&answer->refs);
  return answer;
}

void
tide_cost_answer_unref (TideCostAnswer *answer)
{
  if (answer == NULL || !g_atomic_ref_count_dec (&answer->refs))
    return;
  tide_workspace_unref (answer->workspace);
  tide_costs_free (answer->costs);
  tide_advices_free (answer->advices);
  g_clear_pointer (&answer->applied, g_ptr_array_unref);
  g_hash_table_unref (answer->objectives);
  tide_chart_data_unref (answer->chart);
  g_free (answer->latency_stream);
  g_clear_pointer (&answer->latencies, g_array_unref);
  g_free (answer);
}

char *
tide_cost_money (double amount)
{
  char text[TIDE_MONEY_STR_MAX];
  const char *point;

  if (!isfinite (amount))
    return g_strdup (TIDE_NO_VALUE);
  if (fabs (amount) >= 1000)
    return tide_format_number (amount, 0);
  if (amount > 0 && amount < 0.0001)
    {
      g_autofree char *least = tide_format_number (0.0001, 4);

      return g_strconcat ("< ", least, NULL);
    }
  tide_money_format (amount, text);
  point = strchr (text, '.');
  return tide_format_number (amount, point != NULL ? (int) strspn (point + 1, "0123456789") : 0);
}

/* --- on the worker --- */

static bool
read_objectives (TideCostAnswer *answer, TideReader *reader, GError **error)
{
  for (guint i = 0; i < answer->workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (answer->workspace->metrics, i);
      TideObjectiveFacts *facts = g_new0 (TideObjectiveFacts, 1);

      g_hash_table_insert (answer->objectives, g_strdup (metric->name), facts);
      if (!tide_objective_get_facts (reader, metric->name, answer->workspace->fresh_target, answer->time, facts, error))
        return false;
    }
  return true;
}

static GArray *
metered_hours (const GPtrArray *uses)
{
  GArray *hours = g_array_new (FALSE, FALSE, sizeof (TideMeteredHour));

  for (guint i = 0; i < uses->len; i++)
    {
      const TideUseHour *use = g_ptr_array_index (uses, i);
      TideMeteredHour *last = hours->len > 0 ? &g_array_index (hours, TideMeteredHour, hours->len - 1) : NULL;

      if (last == NULL || last->hour != use->hour)
        {
          TideMeteredHour hour = { use->hour, 0 };

          g_array_append_val (hours, hour);
          last = &g_array_index (hours, TideMeteredHour, hours->len - 1);
        }
      last->seconds += use->seconds;
    }
  return hours;
}

static bool
read_history (TideCostAnswer *answer, TideReader *reader, const TidePriceBook *book, GError **error)
{
  TideTime from = answer->time - answer->from; /* the span, until it is known when it began */
  g_autoptr (GPtrArray) hours = tide_costs_history (reader, answer->workspace, book, from, answer->time, error);
  g_autoptr (GPtrArray) uses = hours != NULL ? tide_store_get_use (reader, from, answer->time, error) : NULL;
  g_autoptr (GArray) metered = uses != NULL ? metered_hours (uses) : NULL;

  if (metered == NULL)
    return false;
  if (metered->len > 0)
    {
      const TideMeteredHour *first = &g_array_index (metered, TideMeteredHour, 0);
      TideTime end = MIN (first->hour + TIDE_HOUR, answer->time);

      from = MAX (from, end - MIN ((TideDuration) (first->seconds * TIDE_SECOND), end - first->hour));
    }
  answer->from = from;
  answer->chart = tide_cost_make_chart (hours, metered, answer->workspace, answer->costs, answer->applied, from,
                                        answer->time);
  return true;
}

/* Whole minutes, as that is what is kept, and columns that an hour or a day is a multiple of. */
static TideDuration
latency_step (TideDuration span)
{
  static const int minutes[] = { 1, 2, 5, 10, 15, 30, 60, 120, 240, 480 };
  guint i = 0;

  while (i + 1 < G_N_ELEMENTS (minutes) && minutes[i] * TIDE_MINUTE * LATENCY_COLUMNS < span)
    i++;
  return minutes[i] * TIDE_MINUTE;
}

static bool
read_latencies (TideCostAnswer *answer, TideReader *reader, GError **error)
{
  if (answer->latency_stream == NULL)
    return true;
  answer->latency_step = latency_step (answer->time - answer->from);
  answer->latencies = tide_latency_history (reader, answer->latency_stream, TIDE_STAGE_TOTAL, answer->from, answer->time,
                                            answer->latency_step, error);
  return answer->latencies != NULL;
}

static bool
read_all (TideCostAnswer *answer, TidePipeline *pipeline, TideReader *reader, GCancellable *cancellable, GError **error)
{
  g_autoptr (TidePriceBook) book = tide_price_book_new (answer->workspace);

  answer->applied = tide_store_get_applied_advice (reader, NULL, APPLIED_MAX, error);
  return answer->applied != NULL && read_objectives (answer, reader, error)
         && read_history (answer, reader, book, error) && read_latencies (answer, reader, error);
}

typedef struct
{
  TideDuration span;
  char *latency_stream;
} Question;

static void
question_free (void *data)
{
  g_free (((Question *) data)->latency_stream);
  g_free (data);
}

static void *
answer_cost (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Question *question = data;
  g_autoptr (TideCostAnswer) answer = g_new0 (TideCostAnswer, 1);
  g_autoptr (TideReader) reader = NULL;
  bool done;

  g_atomic_ref_count_init (&answer->refs);
  answer->time = g_get_real_time ();
  answer->from = question->span;
  answer->latency_stream = g_strdup (question->latency_stream);
  answer->workspace = tide_pipeline_get_workspace (pipeline);
  answer->objectives = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  answer->costs = tide_pipeline_get_costs (pipeline, cancellable, error);
  answer->advices = answer->costs != NULL ? tide_pipeline_get_advices (pipeline, cancellable, error) : NULL;
  reader = answer->advices != NULL ? tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error) : NULL;
  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  done = read_all (answer, pipeline, reader, cancellable, error);
  tide_reader_end (reader);
  return done ? g_steal_pointer (&answer) : NULL;
}

void
tide_cost_ask_async (TidePipeline *pipeline, TideDuration span, const char *latency_stream, GCancellable *cancellable,
                     GAsyncReadyCallback callback, void *data)
{
  Question *question = g_new (Question, 1);

  *question = (Question){ span, g_strdup (latency_stream) };
  tide_pipeline_run_async (pipeline, answer_cost, question, question_free, (GDestroyNotify) tide_cost_answer_unref,
                           cancellable, callback, data);
}
