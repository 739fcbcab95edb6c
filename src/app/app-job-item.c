/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the cells of a job say, made a few times a second for a handful of jobs, and told on only where it differs. */
#include "app-job-item.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-format.h"

struct _TideJobItem
{
  GObject parent_instance;

  TideJob *job;
  TideAnalysesAnswer *answer;
  TideOutcome outcome;
  char *title;
  char *texts[TIDE_N_JOB_COLUMNS], *details[TIDE_N_JOB_COLUMNS];
};

G_DEFINE_FINAL_TYPE (TideJobItem, tide_job_item, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

const TideJob *
tide_job_item_get_job (TideJobItem *self)
{
  return self->job;
}

TideAnalysesAnswer *
tide_job_item_get_answer (TideJobItem *self)
{
  return self->answer;
}

const TideJobHistory *
tide_job_item_get_history (TideJobItem *self)
{
  return self->answer != NULL ? g_hash_table_lookup (self->answer->histories, self->job->name) : NULL;
}

TideOutcome
tide_job_item_get_outcome (TideJobItem *self)
{
  return self->outcome;
}

const char *
tide_job_item_get_title (TideJobItem *self)
{
  return self->title;
}

const char *
tide_job_item_get_text (TideJobItem *self, TideJobColumn column)
{
  return self->texts[column] != NULL ? self->texts[column] : "";
}

const char *
tide_job_item_get_detail (TideJobItem *self, TideJobColumn column)
{
  return self->details[column] != NULL ? self->details[column] : "";
}

/* Takes both. */
static bool
put (TideJobItem *self, TideJobColumn column, char *text, char *detail)
{
  bool is_other = g_strcmp0 (text, self->texts[column]) != 0 || g_strcmp0 (detail, self->details[column]) != 0;

  g_free (self->texts[column]);
  g_free (self->details[column]);
  self->texts[column] = text;
  self->details[column] = detail;
  return is_other;
}

static char *
last_detail (const TideRun *run, TideTime now, GTimeZone *zone)
{
  g_autofree char *date = tide_format_date (run->started, zone), *today = tide_format_date (now, zone);

  if (run->status == TIDE_RUN_FAILED && run->error != NULL)
    return g_strdup (run->error);
  if (run->status == TIDE_RUN_CANCELLED)
    return g_strdup (_ ("cancelled"));
  if (run->due == TIDE_TIME_NONE)
    return g_strdup (_ ("by hand"));
  if (run->started - run->due > 2 * TIDE_MINUTE)
    return g_strdup (_ ("late"));
  return strcmp (date, today) == 0 ? g_strdup (_ ("today")) : g_steal_pointer (&date);
}

static bool
put_last (TideJobItem *self, const TideJobHistory *history, TideTime now, GTimeZone *zone)
{
  const TideRun *last = history != NULL ? history->last : NULL;

  if (self->job->running)
    return put (self, TIDE_JOB_COLUMN_LAST, tide_near_words (self->job->started, now, zone), g_strdup (_ ("under way")));
  if (last == NULL)
    return put (self, TIDE_JOB_COLUMN_LAST, g_strdup (TIDE_NO_VALUE), NULL);
  return put (self, TIDE_JOB_COLUMN_LAST, tide_near_words (last->started, now, zone), last_detail (last, now, zone));
}

static bool
put_figures (TideJobItem *self, const TideJobHistory *history, TideTime now)
{
  const TideRun *good = history != NULL ? history->good : NULL, *last = history != NULL ? history->last : NULL;
  const TideRun *timed = last != NULL ? last : good;
  bool is_other;

  if (self->job->running)
    is_other = put (self, TIDE_JOB_COLUMN_DURATION, tide_format_duration (MAX (now - self->job->started, 0)), NULL);
  else
    is_other = put (self, TIDE_JOB_COLUMN_DURATION,
                    timed != NULL ? tide_format_latency (timed->ended - timed->started) : g_strdup (TIDE_NO_VALUE), NULL);
  is_other |= put (self, TIDE_JOB_COLUMN_ROWS,
                   good != NULL && !self->job->running && last == good ? tide_format_int (good->rows)
                                                                       : g_strdup (TIDE_NO_VALUE),
                   NULL);
  return is_other;
}

static bool
put_next (TideJobItem *self, TideTime now, GTimeZone *zone)
{
  TideTime next = self->job->retry_at != TIDE_TIME_NONE ? self->job->retry_at : self->job->next;

  return put (self, TIDE_JOB_COLUMN_NEXT, tide_near_words (next, now, zone),
              next != TIDE_TIME_NONE ? tide_until_words (next, now) : NULL);
}

static const char *
action_word (const TideJobItem *self)
{
  if (self->job->running)
    return _ ("Cancel");
  return self->outcome == TIDE_OUTCOME_FAILED ? _ ("Retry now") : _ ("Run now");
}

void
tide_job_item_update (TideJobItem *self, TideJob *job, const TideWorkspace *workspace, TideAnalysesAnswer *answer,
                      TideTime now)
{
  const TideAnalysis *analysis = tide_job_get_analysis (job, workspace);
  const TideJobHistory *history;
  bool is_other = answer != self->answer || self->job == NULL || job->progress != self->job->progress
                  || job->enabled != self->job->enabled || job->running != self->job->running;

  g_clear_pointer (&self->job, tide_job_free);
  self->job = job;
  if (answer != NULL)
    tide_analyses_answer_ref (answer);
  g_clear_pointer (&self->answer, tide_analyses_answer_unref);
  self->answer = answer;
  history = tide_job_item_get_history (self);
  self->outcome = tide_outcome_of (job, history);
  g_free (self->title);
  self->title = tide_job_get_title (job, workspace);
  is_other |= put (self, TIDE_JOB_COLUMN_STATE, tide_outcome_word (job, self->outcome), NULL);
  is_other |= put (self, TIDE_JOB_COLUMN_NAME, g_strdup (self->title), tide_job_words (job, analysis, workspace));
  is_other |= put_next (self, now, workspace->zone);
  is_other |= put_last (self, history, now, workspace->zone);
  is_other |= put_figures (self, history, now);
  is_other |= put (self, TIDE_JOB_COLUMN_ENGINE, g_strdup (job->kind != TIDE_JOB_ANALYSIS ? _ ("built in") : "SQLite"), NULL);
  is_other |= put (self, TIDE_JOB_COLUMN_ACTION, g_strdup (action_word (self)), NULL);
  if (is_other)
    g_signal_emit (self, signals[CHANGED], 0);
}

/* Sorting */

static double
number_of (TideJobItem *item, TideJobColumn column)
{
  static const int urgency[] = {
    [TIDE_OUTCOME_RUNNING] = 0,   [TIDE_OUTCOME_FAILED] = 1,    [TIDE_OUTCOME_MISSED] = 2, [TIDE_OUTCOME_CANCELLED] = 3,
    [TIDE_OUTCOME_CAUGHT_UP] = 4, [TIDE_OUTCOME_SUCCEEDED] = 5, [TIDE_OUTCOME_WAITING] = 6, [TIDE_OUTCOME_OFF] = 7,
  };
  const TideJobHistory *history = tide_job_item_get_history (item);
  const TideRun *last = history != NULL ? history->last : NULL, *good = history != NULL ? history->good : NULL;

  switch (column)
    {
    case TIDE_JOB_COLUMN_STATE:
      return urgency[item->outcome];
    case TIDE_JOB_COLUMN_NEXT:
      return item->job->next != TIDE_TIME_NONE ? (double) item->job->next : INFINITY;
    case TIDE_JOB_COLUMN_LAST:
      return last != NULL ? (double) last->started : -INFINITY;
    case TIDE_JOB_COLUMN_DURATION:
      return last != NULL ? (double) (last->ended - last->started) : -INFINITY;
    case TIDE_JOB_COLUMN_ROWS:
      return good != NULL ? (double) good->rows : -INFINITY;
    default:
      return 0;
    }
}

int
tide_job_item_compare (TideJobItem *a, TideJobItem *b, TideJobColumn column)
{
  double x, y;

  if (column == TIDE_JOB_COLUMN_NAME)
    return g_utf8_collate (a->title, b->title);
  x = number_of (a, column);
  y = number_of (b, column);
  return (x > y) - (x < y);
}

/* The object */

static void
tide_job_item_finalize (GObject *object)
{
  TideJobItem *self = TIDE_JOB_ITEM (object);

  tide_job_free (self->job);
  tide_analyses_answer_unref (self->answer);
  g_free (self->title);
  for (int i = 0; i < TIDE_N_JOB_COLUMNS; i++)
    {
      g_free (self->texts[i]);
      g_free (self->details[i]);
    }
  G_OBJECT_CLASS (tide_job_item_parent_class)->finalize (object);
}

static void
tide_job_item_class_init (TideJobItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_job_item_finalize;
  signals[CHANGED] = g_signal_new ("changed", TIDE_TYPE_JOB_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tide_job_item_init (TideJobItem *self)
{
}

TideJobItem *
tide_job_item_new (void)
{
  return g_object_new (TIDE_TYPE_JOB_ITEM, NULL);
}
