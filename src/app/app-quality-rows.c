/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A state is told by a mark, a word and, where there is cause, a colour; a score by the days before it. */
#include "app-quality-rows.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-format.h"
#include "app-mark.h"

enum
{
  STREAM_STATE,
  STREAM_NAME,
  STREAM_STATES = TIDE_QUALITY_STATES_COLUMN,
  STREAM_SCORES,
  STREAM_TODAY,
  STREAM_CHANGE,
  STREAM_RULES,
  STREAM_FAILED,
  STREAM_WAITING,
  STREAM_DRIFT,
};

const TideFactColumn tide_quality_stream_columns[] = {
  [STREAM_STATE] = { .title = N_ ("state"), .has_mark = true },
  [STREAM_NAME] = { .title = N_ ("stream"), .may_cut = true },
  [STREAM_STATES] = { .title = "", .least_width = 620, .is_spark = true },
  [STREAM_SCORES] = { .title = N_ ("score, 30 days"), .least_width = 760, .is_spark = true },
  [STREAM_TODAY] = { .title = N_ ("today"), .is_number = true },
  [STREAM_CHANGE] = { .title = N_ ("vs 7 days before"), .is_number = true, .least_width = 980 },
  [STREAM_RULES] = { .title = N_ ("rules failing"), .is_number = true, .least_width = 520 },
  [STREAM_FAILED] = { .title = N_ ("events failed"), .is_number = true, .least_width = 880 },
  [STREAM_WAITING] = { .title = N_ ("quarantine"), .is_number = true, .least_width = 420 },
  [STREAM_DRIFT] = { .title = N_ ("schema"), .least_width = 1080 },
};
const guint tide_quality_n_stream_columns = G_N_ELEMENTS (tide_quality_stream_columns);

enum
{
  RULE_STATE,
  RULE_TEXT,
  RULE_SEVERITY,
  RULE_LIMIT,
  RULE_DAYS,
  RULE_TODAY,
  RULE_SHARE,
};

const TideFactColumn tide_quality_rule_columns[] = {
  [RULE_STATE] = { .title = N_ ("state"), .has_mark = true },
  [RULE_TEXT] = { .title = N_ ("rule"), .may_cut = true },
  [RULE_SEVERITY] = { .title = N_ ("severity"), .least_width = 480 },
  [RULE_LIMIT] = { .title = N_ ("limit"), .least_width = 560 },
  [RULE_DAYS] = { .title = N_ ("failures, 14 days"), .least_width = 620, .is_spark = true },
  [RULE_TODAY] = { .title = N_ ("failed today"), .is_number = true },
  [RULE_SHARE] = { .title = N_ ("share"), .is_number = true, .least_width = 420 },
};
const guint tide_quality_n_rule_columns = G_N_ELEMENTS (tide_quality_rule_columns);

guint
tide_quality_count_drift (const TideStatus *status, const char *stream)
{
  guint n = 0;

  for (guint i = 0; status != NULL && i < status->n_sources; i++)
    if (strcmp (status->sources[i].stream, stream) == 0 && status->sources[i].status.drift != NULL)
      n += status->sources[i].status.drift->len;
  return n;
}

/* --- cells --- */

static void
set_state (TideFactRow *row, guint column, TideQualityState state)
{
  static const TideState marks[] = { TIDE_STATE_OFF, TIDE_STATE_GOOD, TIDE_STATE_PENDING, TIDE_STATE_TROUBLE };
  static const char *const classes[] = { "dim-label", NULL, NULL, "tide-strong" };

  tide_fact_row_text (row, column, g_strdup (tide_quality_state_word (state)));
  tide_fact_row_set_class (row, column, classes[state]);
  tide_fact_row_mark (row, column, marks[state]);
}

/* Four digits where it matters: 99.98 %, but never 100 % of what is not. */
static char *
format_score (double score)
{
  g_autofree char *number = NULL;

  if (isnan (score))
    return g_strdup (TIDE_NO_VALUE);
  number = tide_format_number (score < 1 ? fmin (floor (score * 1e4) / 100, 99.99) : 100, 2);
  return tide_format_with_unit (g_steal_pointer (&number), "%");
}

static char *
format_share (gint64 part, gint64 all)
{
  double share = all > 0 ? (double) part / (double) all : NAN;

  if (isnan (share) || part == 0)
    return g_strdup (TIDE_NO_VALUE);
  if (share < 0.00001)
    {
      g_autofree char *least = tide_format_with_unit (tide_format_number (0.001, 3), "%");

      return g_strconcat ("< ", least, NULL);
    }
  return tide_format_with_unit (tide_format_number (share * 100, share < 0.01 ? 3 : 1), "%");
}

static TideSparkState
spark_state_of (TideQualityState state)
{
  return (TideSparkState) state; /* the same order */
}

static TideSparkData *
make_states (const TideQualityStream *stream)
{
  g_autofree double *values = g_new (double, stream->n_states + 1);
  guint bad = 0;

  G_STATIC_ASSERT ((int) TIDE_QUALITY_OFF == (int) TIDE_SPARK_NOTHING && (int) TIDE_QUALITY_FAILING == (int) TIDE_SPARK_CRITICAL);
  for (guint i = 0; i < stream->n_states; i++)
    {
      values[i] = stream->states[i];
      bad += stream->states[i] > TIDE_QUALITY_HOLDS;
    }
  return tide_spark_data_new (TIDE_SPARK_STATES, values, stream->n_states, TIDE_SPARK_GOOD,
                              g_strdup_printf (g_dngettext (NULL, "a rule failed in %u part of this time", "a rule failed in %u parts of this time", bad), bad));
}

static TideSparkData *
make_scores (const TideQualityStream *stream)
{
  double values[TIDE_QUALITY_DAYS];
  double least = 1;
  g_autofree char *text = NULL;

  for (guint i = 0; i < TIDE_QUALITY_DAYS; i++)
    {
      values[i] = stream->events[i] > 0 ? 1 - (double) stream->bad[i] / (double) stream->events[i] : NAN;
      least = fmin (least, values[i]);
    }
  text = format_score (least);
  return tide_spark_data_new (TIDE_SPARK_LINE, values, TIDE_QUALITY_DAYS, TIDE_SPARK_GOOD, g_strdup_printf (_ ("least %s"), text));
}

static TideSparkData *
make_failures (const TideQualityRule *rule)
{
  double values[TIDE_QUALITY_RULE_DAYS], sum = 0;
  g_autofree char *text = NULL;

  for (guint i = 0; i < TIDE_QUALITY_RULE_DAYS; i++)
    sum += values[i] = (double) rule->days[i];
  text = tide_format_number (sum, 0);
  return tide_spark_data_new (TIDE_SPARK_COLUMNS, values, TIDE_QUALITY_RULE_DAYS, spark_state_of (rule->state),
                              g_strdup_printf (_ ("%s in 14 days"), text));
}

/* --- streams --- */

static TideFactRow *
make_stream_row (const TideQualityStream *stream, const TideStatus *status)
{
  TideFactRow *row = tide_fact_row_new (stream->name);
  guint drift = tide_quality_count_drift (status, stream->name);
  double change = stream->today - stream->before;

  set_state (row, STREAM_STATE, stream->state);
  tide_fact_row_text (row, STREAM_NAME, g_strdup (stream->name));
  tide_fact_row_set_class (row, STREAM_NAME, "tide-strong");
  tide_fact_row_spark (row, STREAM_STATES, make_states (stream), stream->state);
  tide_fact_row_spark (row, STREAM_SCORES, make_scores (stream), stream->today);
  tide_fact_row_number (row, STREAM_TODAY, format_score (stream->today), stream->today);
  tide_fact_row_set_class (row, STREAM_TODAY, "tide-strong");
  if (isnan (change) || fabs (change) < 0.00005)
    tide_fact_row_number (row, STREAM_CHANGE, g_strdup (TIDE_NO_VALUE), change);
  else
    {
      g_autofree char *points = tide_format_number (fabs (change) * 100, 2);

      tide_fact_row_number (row, STREAM_CHANGE, g_strdup_printf ("%s %s pp", change > 0 ? "▲" : "▼", points), change);
    }
  tide_fact_row_number (row, STREAM_RULES, g_strdup_printf (_ ("%u of %u"), stream->n_failing, stream->n_rules), stream->n_failing);
  tide_fact_row_number (row, STREAM_FAILED, tide_format_int (stream->bad[TIDE_QUALITY_DAYS - 1]), (double) stream->bad[TIDE_QUALITY_DAYS - 1]);
  tide_fact_row_number (row, STREAM_WAITING, tide_format_int (stream->waiting), (double) stream->waiting);
  tide_fact_row_text (row, STREAM_DRIFT, drift > 0 ? g_strdup_printf (g_dngettext (NULL, "%u change", "%u changes", drift), drift)
                                                   : g_strdup (TIDE_NO_VALUE));
  return row;
}

GPtrArray *
tide_quality_make_stream_rows (const TideQualityAnswer *answer, TideQualityState state, const TideStatus *status)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < answer->streams->len; i++)
    {
      const TideQualityStream *stream = g_ptr_array_index (answer->streams, i);

      if (state == TIDE_QUALITY_OFF || stream->state == state)
        g_ptr_array_add (rows, make_stream_row (stream, status));
    }
  return rows;
}

/* --- rules --- */

static void
set_rule (TideFactRow *row, const TideQualityRule *rule)
{
  gint64 today = rule->days[TIDE_QUALITY_RULE_DAYS - 1];
  g_autofree char *limit = tide_rule_terms_limit_text (&rule->terms);

  if (rule->is_repair)
    {
      tide_fact_row_text (row, RULE_STATE, g_strdup (_ ("Repairs")));
      tide_fact_row_mark (row, RULE_STATE, TIDE_STATE_GOOD);
    }
  else
    set_state (row, RULE_STATE, rule->state);
  tide_fact_row_text (row, RULE_TEXT, g_strdup (rule->text));
  tide_fact_row_set_class (row, RULE_TEXT, "monospace");
  tide_fact_row_text (row, RULE_SEVERITY, g_strdup (rule->is_repair ? TIDE_NO_VALUE : rule->terms.warn ? _ ("warn") : _ ("error")));
  tide_fact_row_set_class (row, RULE_SEVERITY, rule->is_repair || rule->terms.warn ? "dim-label" : "tide-strong");
  tide_fact_row_text (row, RULE_LIMIT, rule->is_repair ? g_strdup (TIDE_NO_VALUE)
                                       : *limit == '\0' ? g_strdup (_ ("any")) : g_strdup_printf ("> %s", limit));
  tide_fact_row_set_class (row, RULE_LIMIT, "dim-label");
  tide_fact_row_spark (row, RULE_DAYS, make_failures (rule), (double) today);
  tide_fact_row_number (row, RULE_TODAY, today > 0 ? tide_format_int (today) : g_strdup (TIDE_NO_VALUE), (double) today);
  tide_fact_row_set_class (row, RULE_TODAY, "tide-strong");
  tide_fact_row_number (row, RULE_SHARE, format_share (today, rule->events),
                        rule->events > 0 ? (double) today / (double) rule->events : NAN);
}

GPtrArray *
tide_quality_make_rule_rows (const TideQualityStream *stream)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; stream != NULL && i < stream->rules->len; i++)
    {
      const TideQualityRule *rule = g_ptr_array_index (stream->rules, i);
      TideFactRow *row = tide_fact_row_new (rule->id);

      set_rule (row, rule);
      g_ptr_array_add (rows, row);
    }
  return rows;
}

/* --- the file --- */

static void
put_number (TideCsv *csv, double value)
{
  char text[TIDE_VALUE_STR_MAX];

  if (isnan (value))
    tide_csv_text (csv, NULL, -1);
  else
    {
      tide_value_format (tide_value_real (value), text);
      tide_csv_number (csv, text);
    }
}

static bool
write_rule (TideCsv *csv, const TideQualityStream *stream, const TideQualityRule *rule, GError **error)
{
  static const char *const words[] = { "no data", "holds", "warning", "failing" };
  g_autofree char *limit = tide_rule_terms_limit_text (&rule->terms);
  gint64 today = rule->days[TIDE_QUALITY_RULE_DAYS - 1], sum = 0;

  for (guint i = 0; i < TIDE_QUALITY_RULE_DAYS; i++)
    sum += rule->days[i];
  tide_csv_text (csv, stream->name, -1);
  put_number (csv, stream->today);
  tide_csv_text (csv, rule->text, -1);
  tide_csv_text (csv, rule->is_repair ? "repair" : rule->terms.warn ? "warn" : "error", -1);
  tide_csv_text (csv, limit, -1);
  tide_csv_text (csv, rule->is_repair ? NULL : words[rule->state], -1);
  put_number (csv, (double) rule->events);
  put_number (csv, (double) today);
  put_number (csv, (double) sum);
  return tide_csv_end_row (csv, error);
}

static bool
write_answer (TidePipeline *pipeline, void *data, GOutputStream *output, GCancellable *cancellable, GError **error)
{
  static const char *const titles[] = { "stream", "score today", "rule", "severity", "limit", "state", "looked at today", "failed today",
                                        "failed in 14 days" };
  const TideQualityAnswer *answer = data;
  g_autoptr (TideCsv) csv = tide_csv_new (output);

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    tide_csv_text (csv, titles[i], -1);
  if (!tide_csv_end_row (csv, error))
    return false;
  for (guint i = 0; i < answer->streams->len; i++)
    {
      const TideQualityStream *stream = g_ptr_array_index (answer->streams, i);

      for (guint k = 0; k < stream->rules->len; k++)
        if (!write_rule (csv, stream, g_ptr_array_index (stream->rules, k), error))
          return false;
    }
  return tide_csv_finish (csv, error);
}

TideAppExport *
tide_quality_export (TideQualityAnswer *answer)
{
  return tide_app_export_new ("quality", write_answer, tide_quality_answer_ref (answer), (GDestroyNotify) tide_quality_answer_unref);
}
