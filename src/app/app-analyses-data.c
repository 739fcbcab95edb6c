/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of each job over a range, from the table of runs, and how it is said. A run made up for the missed times
 * that were noticed no later than it began; a run that began long after it was due was missed too, and made up for by
 * itself. Limit: at most MOST_RUNS runs of a job are read, the newest. */
#include "app-analyses-data.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-format.h"

#define MOST_RUNS 4000
/* Older than the range: to know how the last run ended. */
#define LAST_RUNS 50
/* A run that begins so long after it was due was not on time. */
#define LATE_AFTER (2 * TIDE_MINUTE)

/* History */

void
tide_job_history_free (TideJobHistory *history)
{
  if (history == NULL)
    return;
  g_clear_pointer (&history->runs, g_ptr_array_unref);
  g_clear_pointer (&history->missed, g_array_unref);
  g_free (history);
}

static void
add_missed (TideJobHistory *history, TideTime due, TideTime noticed, TideTime caught_up)
{
  TideMissedSlot slot = { .due = due, .noticed = noticed, .caught_up = caught_up };

  g_array_append_val (history->missed, slot);
}

/* The run that made up for what was missed up to @noticed, the first that began then or later. */
static void
mark_caught_up (TideJobHistory *history, TideTime started)
{
  for (guint i = history->missed->len; i > 0; i--)
    {
      TideMissedSlot *slot = &g_array_index (history->missed, TideMissedSlot, i - 1);

      if (slot->caught_up != TIDE_TIME_NONE)
        return;
      slot->caught_up = started;
    }
}

static void
add_run (TideJobHistory *history, TideRun *run, bool skips)
{
  g_ptr_array_add (history->runs, run);
  if (run->due != TIDE_TIME_NONE && run->started - run->due > LATE_AFTER && !skips)
    add_missed (history, run->due, run->started, TIDE_TIME_NONE);
  if (!skips)
    mark_caught_up (history, run->started);
  if (run->status == TIDE_RUN_RUNNING)
    return;
  if (run->ended == TIDE_TIME_NONE) /* the program ended first; when is not known */
    run->ended = run->started;
  history->longest = MAX (history->longest, run->ended - run->started);
  history->last = run;
  if (run->status == TIDE_RUN_SUCCEEDED)
    history->good = run;
}

static TideOutcome
outcome_of (const TideJobHistory *history)
{
  const TideRun *last = history->last;
  const TideMissedSlot *missed = history->missed->len > 0
                                     ? &g_array_index (history->missed, TideMissedSlot, history->missed->len - 1)
                                     : NULL;

  if (missed != NULL && missed->caught_up == TIDE_TIME_NONE && (last == NULL || last->started < missed->noticed))
    return TIDE_OUTCOME_MISSED;
  if (last == NULL)
    return TIDE_OUTCOME_WAITING;
  if (last->status == TIDE_RUN_FAILED)
    return TIDE_OUTCOME_FAILED;
  if (last->status == TIDE_RUN_CANCELLED)
    return TIDE_OUTCOME_CANCELLED;
  return missed != NULL && missed->caught_up == last->started ? TIDE_OUTCOME_CAUGHT_UP : TIDE_OUTCOME_SUCCEEDED;
}

TideJobHistory *
tide_job_history_new (GPtrArray *runs, bool skips)
{
  TideJobHistory *history = g_new0 (TideJobHistory, 1);

  history->runs = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_run_free);
  history->missed = g_array_new (FALSE, FALSE, sizeof (TideMissedSlot));
  for (guint i = runs->len; i > 0; i--)
    {
      TideRun *run = g_steal_pointer (&g_ptr_array_index (runs, i - 1));

      if (run->status != TIDE_RUN_MISSED)
        {
          add_run (history, run, skips);
          continue;
        }
      add_missed (history, run->due, run->started, TIDE_TIME_NONE);
      tide_run_free (run);
    }
  g_ptr_array_set_free_func (runs, NULL);
  g_ptr_array_unref (runs);
  history->outcome = outcome_of (history);
  return history;
}

/* Words */

TideOutcome
tide_outcome_of (const TideJob *job, const TideJobHistory *history)
{
  if (job->running)
    return TIDE_OUTCOME_RUNNING;
  if (!job->enabled)
    return TIDE_OUTCOME_OFF;
  return history != NULL ? history->outcome : TIDE_OUTCOME_WAITING;
}

TideState
tide_outcome_state (TideOutcome outcome)
{
  static const TideState states[] = {
    [TIDE_OUTCOME_WAITING] = TIDE_STATE_NORMAL, [TIDE_OUTCOME_RUNNING] = TIDE_STATE_RUNNING,
    [TIDE_OUTCOME_FAILED] = TIDE_STATE_TROUBLE, [TIDE_OUTCOME_MISSED] = TIDE_STATE_PENDING,
    [TIDE_OUTCOME_CAUGHT_UP] = TIDE_STATE_GOOD, [TIDE_OUTCOME_SUCCEEDED] = TIDE_STATE_GOOD,
    [TIDE_OUTCOME_CANCELLED] = TIDE_STATE_DONE, [TIDE_OUTCOME_OFF] = TIDE_STATE_OFF,
  };

  return states[outcome];
}

char *
tide_outcome_word (const TideJob *job, TideOutcome outcome)
{
  static const char *const words[] = {
    [TIDE_OUTCOME_WAITING] = N_ ("Not run yet"),  [TIDE_OUTCOME_RUNNING] = N_ ("Running"),
    [TIDE_OUTCOME_FAILED] = N_ ("Failed"),        [TIDE_OUTCOME_MISSED] = N_ ("Missed"),
    [TIDE_OUTCOME_CAUGHT_UP] = N_ ("Caught up"),  [TIDE_OUTCOME_SUCCEEDED] = N_ ("Succeeded"),
    [TIDE_OUTCOME_CANCELLED] = N_ ("Cancelled"),  [TIDE_OUTCOME_OFF] = N_ ("Off"),
  };

  if (outcome == TIDE_OUTCOME_RUNNING && job->progress >= 0)
    return g_strdup_printf (_ ("Running %d" TIDE_NNBSP "%%"), (int) (job->progress * 100));
  return g_strdup (_ (words[outcome]));
}

const TideAnalysis *
tide_job_get_analysis (const TideJob *job, const TideWorkspace *workspace)
{
  return job->kind == TIDE_JOB_ANALYSIS ? tide_workspace_get_analysis (workspace, job->name) : NULL;
}

char *
tide_job_get_title (const TideJob *job, const TideWorkspace *workspace)
{
  const TideAnalysis *analysis = tide_job_get_analysis (job, workspace);

  if (analysis != NULL)
    return g_strdup (analysis->title);
  return g_strdup_printf (job->kind == TIDE_JOB_REPORT ? _ ("Report %s") : _ ("Roll-up of %s"), tide_job_get_subject (job));
}

const char *
tide_job_get_subject (const TideJob *job)
{
  const char *colon = job->kind != TIDE_JOB_ANALYSIS ? strchr (job->name, ':') : NULL;

  return colon != NULL ? colon + 1 : job->name;
}

static void
append (GString *text, const char *part)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", part);
}

char *
tide_job_words (const TideJob *job, const TideAnalysis *analysis, const TideWorkspace *workspace)
{
  g_autofree char *when = job->schedule != NULL ? g_strdup (job->schedule) : g_strdup (_ ("by hand only"));
  GString *text = g_string_new (when);

  if (job->retry_at != TIDE_TIME_NONE && analysis != NULL)
    {
      g_autofree char *retry = g_strdup_printf (_ ("retry %u of %d"), job->attempt, analysis->retries);

      append (text, retry);
    }
  else if (analysis == NULL)
    append (text, job->kind == TIDE_JOB_REPORT ? _ ("writes its file") : _ ("moves the cut"));
  else if (job->schedule != NULL && analysis->missed == TIDE_MISSED_SKIP)
    append (text, _ ("missed: skip"));
  else if (job->schedule != NULL && analysis->missed == TIDE_MISSED_ALL)
    append (text, _ ("missed: run all"));
  else if (job->schedule != NULL && analysis->time_zone != NULL && !g_str_has_prefix (analysis->schedule_text, "every "))
    append (text, analysis->time_zone);
  return g_string_free (text, FALSE);
}

char *
tide_until_words (TideTime time, TideTime now)
{
  g_autofree char *span = NULL;

  if (time == TIDE_TIME_NONE)
    return g_strdup (TIDE_NO_VALUE);
  if (time <= now)
    return g_strdup (_ ("now"));
  span = tide_format_duration ((time - now) / TIDE_SECOND * TIDE_SECOND);
  return g_strdup_printf (_ ("in %s"), span);
}

char *
tide_near_words (TideTime time, TideTime now, GTimeZone *zone)
{
  g_autofree char *clock = NULL, *date = NULL, *today = NULL;
  g_auto (GStrv) words = NULL;

  if (time == TIDE_TIME_NONE)
    return g_strdup (TIDE_NO_VALUE);
  clock = tide_format_clock (time, zone, ABS (now - time) < TIDE_HOUR);
  date = tide_format_date (time, zone);
  today = tide_format_date (now, zone);
  if (strcmp (date, today) == 0)
    return g_steal_pointer (&clock);
  if (ABS (now - time) > 6 * TIDE_DAY)
    return g_steal_pointer (&date);
  words = g_strsplit (date, " ", 2);
  return g_strdup_printf ("%s %s", words[0], clock);
}

char *
tide_progress_words (const TideJob *job, TideTime now)
{
  TideDuration elapsed = MAX (now - job->started, 0);
  g_autofree char *span = tide_format_duration (elapsed);
  g_autofree char *number = tide_format_int ((gint64) job->events);
  GString *text = g_string_new (NULL);

  if (job->events > 0)
    g_string_append_printf (text, ngettext ("%s event · ", "%s events · ", (gulong) job->events), number);
  g_string_append (text, span);
  /* A guess from less would jump about. */
  if (job->progress > 0.05 && job->progress < 1 && elapsed > TIDE_SECOND)
    {
      g_autofree char *left = tide_format_duration ((TideDuration) ((double) elapsed * (1 / job->progress - 1)));

      g_string_append_printf (text, _ (", about %s left"), left);
    }
  return g_string_free (text, FALSE);
}

/* Reading */

TideAnalysesAnswer *
tide_analyses_answer_ref (TideAnalysesAnswer *answer)
{
  g_atomic_ref_count_inc (&answer->refs);
  return answer;
}

void
tide_analyses_answer_unref (TideAnalysesAnswer *answer)
{
  if (answer == NULL || !g_atomic_ref_count_dec (&answer->refs))
    return;
  g_hash_table_unref (answer->histories);
  g_free (answer);
}

static int
compare_spans (const void *a, const void *b)
{
  const TideTime *x = a, *y = b;

  return (x[0] > y[0]) - (x[0] < y[0]);
}

static int
compare_times (const void *a, const void *b)
{
  const TideTime *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

/* When runs of any job began, ascending. */
static GArray *
get_starts (const TideAnalysesAnswer *answer)
{
  GArray *starts = g_array_new (FALSE, FALSE, sizeof (TideTime));
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, answer->histories);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (guint i = 0; i < ((TideJobHistory *) value)->runs->len; i++)
      g_array_append_val (starts, ((TideRun *) g_ptr_array_index (((TideJobHistory *) value)->runs, i))->started);
  g_array_sort (starts, compare_times);
  return starts;
}

/* A missed time sleeps until it was noticed, or until anything ran: then only that job was late. */
static void
add_spans (GArray *spans, const TideJobHistory *history, const GArray *starts)
{
  for (guint i = 0; i < history->missed->len; i++)
    {
      const TideMissedSlot *slot = &g_array_index (history->missed, TideMissedSlot, i);
      TideTime span[2] = { slot->due, slot->noticed };
      guint low = 0, high = starts->len;

      while (low < high)
        {
          guint middle = low + (high - low) / 2;

          if (g_array_index (starts, TideTime, middle) < slot->due)
            low = middle + 1;
          else
            high = middle;
        }
      if (low < starts->len)
        span[1] = MIN (span[1], g_array_index (starts, TideTime, low));
      if (span[1] - span[0] > LATE_AFTER)
        g_array_append_vals (spans, span, 1);
    }
}

GArray *
tide_analyses_get_asleep (const TideAnalysesAnswer *answer)
{
  GArray *merged = g_array_new (FALSE, FALSE, 2 * sizeof (TideTime));
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, 2 * sizeof (TideTime));
  g_autoptr (GArray) starts = get_starts (answer);
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, answer->histories);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    add_spans (spans, value, starts);
  g_array_sort (spans, compare_spans);
  for (guint i = 0; i < spans->len; i++)
    {
      const TideTime *span = (const TideTime *) (const void *) spans->data + 2 * i;
      TideTime *before = merged->len > 0 ? (TideTime *) (void *) merged->data + 2 * (merged->len - 1) : NULL;

      if (before != NULL && span[0] <= before[1])
        before[1] = MAX (before[1], span[1]);
      else
        g_array_append_vals (merged, span, 1);
    }
  return merged;
}

static TideJobHistory *
read_history (TideReader *reader, const char *name, bool skips, TideTime since, GError **error)
{
  GPtrArray *runs = tide_store_get_runs (reader, name, since, MOST_RUNS, error);

  if (runs != NULL && runs->len == 0)
    {
      g_ptr_array_unref (runs);
      runs = tide_store_get_runs (reader, name, TIDE_TIME_NONE, LAST_RUNS, error);
    }
  return runs != NULL ? tide_job_history_new (runs, skips) : NULL;
}

typedef struct
{
  TideTime from, to;
} Question;

static void *
answer_question (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Question *question = data;
  g_autoptr (TideAnalysesAnswer) answer = g_new0 (TideAnalysesAnswer, 1);
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  TideScheduler *scheduler = tide_pipeline_get_scheduler (pipeline);
  g_autoptr (GPtrArray) jobs = scheduler != NULL ? tide_scheduler_get_jobs (scheduler) : g_ptr_array_new ();
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);

  g_atomic_ref_count_init (&answer->refs);
  answer->from = question->from;
  answer->to = question->to;
  answer->histories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) tide_job_history_free);
  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  for (guint i = 0; i < jobs->len; i++)
    {
      const TideJob *job = g_ptr_array_index (jobs, i);
      const TideAnalysis *analysis = tide_job_get_analysis (job, workspace);
      bool skips = analysis != NULL && analysis->missed == TIDE_MISSED_SKIP;
      TideJobHistory *history = read_history (reader, job->name, skips, question->from, error);

      if (history == NULL)
        return NULL;
      g_hash_table_insert (answer->histories, g_strdup (job->name), history);
    }
  tide_reader_end (reader);
  return g_steal_pointer (&answer);
}

void
tide_analyses_ask_async (TidePipeline *pipeline, TideTime from, TideTime to, GCancellable *cancellable,
                         GAsyncReadyCallback callback, void *data)
{
  Question *question = g_new (Question, 1);

  *question = (Question){ .from = from, .to = to };
  tide_pipeline_run_async (pipeline, answer_question, question, g_free, (GDestroyNotify) tide_analyses_answer_unref,
                           cancellable, callback, data);
}
