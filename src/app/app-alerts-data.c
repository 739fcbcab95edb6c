/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the Alerts pane shows, made from the workspace, the table of events and queries. Everything that reads runs on a
 * worker; the chart is built from the answer on the main thread, since it costs little.
 * Limit: the chart has at most MAX_POINTS panes; a longer range is asked for coarser. */
#include "app-alerts-data.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-format.h"
#include "app-shown.h"

#define EVENTS_MAX 20000
#define MAX_POINTS 3000
#define TRIALS 7

/* --- text --- */

static bool
is_share (const TideAlert *alert)
{
  return alert->relative || strcmp (alert->condition->name, "quarantine") == 0;
}

/* Whether the limit is in the unit of what the chart shows; those of other conditions say nothing of how that is shown. */
static bool
is_limit_of_metric (const TideAlert *alert)
{
  const char *name = alert->condition->name;

  return strcmp (name, "above") == 0 || strcmp (name, "below") == 0 || strcmp (name, "ratio") == 0;
}

static bool
is_chart_of_share (const TideAlert *alert)
{
  return alert->relative && is_limit_of_metric (alert);
}

double
tide_alert_chart_scale (const TideAlert *alert)
{
  return is_chart_of_share (alert) ? 100 : alert->divided_by != NULL ? 1 : tide_shown_scale (alert->metric);
}

char *
tide_alert_format_limit (const TideAlert *alert, double limit)
{
  bool is_metric = alert->metric != NULL && (alert->condition->keys & TIDE_CONDITION_DIVIDED_BY) == 0;

  if (isnan (limit))
    return g_strdup (TIDE_NO_VALUE);
  if (alert->condition->limit == TIDE_LIMIT_DURATION)
    return limit < 0.001 ? g_strdup ("0" TIDE_NNBSP "s") : tide_format_duration ((TideDuration) (limit * (double) TIDE_SECOND));
  if (strcmp (alert->condition->name, "anomaly") == 0)
    return tide_format_with_unit (tide_format_short (limit), "MAD");
  if (is_share (alert))
    return tide_format_share (limit);
  return is_metric ? tide_shown_value (alert->metric, tide_value_real (limit)) : tide_format_short (limit);
}

char *
tide_alert_format_value (const TideAlert *alert, double value)
{
  if (alert->condition->limit == TIDE_LIMIT_NONE)
    return g_strdup (value > 0 ? _ ("down") : isnan (value) ? TIDE_NO_VALUE : _ ("up"));
  return tide_alert_format_limit (alert, value);
}

static char *
describe_condition (const TideAlert *alert)
{
  g_autofree char *limit = tide_alert_format_limit (alert, alert->threshold);
  g_autofree char *low = tide_alert_format_limit (alert, alert->low), *high = tide_alert_format_limit (alert, alert->high);
  g_autofree char *within = tide_format_duration (alert->within);
  const char *name = alert->condition->name, *than = alert->compare == TIDE_COMPARE_BELOW ? "<" : ">";

  if (strcmp (name, "outside") == 0)
    return g_strdup_printf (_ ("outside %s to %s"), low, high);
  if (strcmp (name, "change") == 0)
    return g_strdup_printf (_ ("change %s %s in %s"), than, limit, within);
  if (strcmp (name, "no-data") == 0)
    return g_strdup_printf (_ ("no data for %s"), limit);
  if (strcmp (name, "ratio") == 0 && alert->divided_by != NULL)
    return g_strdup_printf (_ ("ratio to %s %s %s"), alert->divided_by->title, than, limit);
  if (strcmp (name, "anomaly") == 0)
    return g_strdup_printf (_ ("%s from this hour of the week"), limit);
  if (strcmp (name, "lag") == 0)
    return g_strdup_printf (_ ("lag > %s"), limit);
  if (strcmp (name, "quarantine") == 0)
    return g_strdup_printf (_ ("quarantined > %s in %s"), limit, within);
  if (strcmp (name, "source-down") == 0)
    return g_strdup (_ ("source down"));
  if (strcmp (name, "freshness") == 0)
    return g_strdup_printf (_ ("older than %s"), limit);
  return g_strdup_printf ("%s %s %s", alert->metric != NULL ? alert->metric->aggregate->name : name, than, limit);
}

char *
tide_alert_describe (const TideAlert *alert)
{
  g_autofree char *condition = describe_condition (alert), *hold = tide_format_duration (alert->hold);

  return alert->hold > 0 ? g_strdup_printf (_ ("%s for %s"), condition, hold) : g_steal_pointer (&condition);
}

const char *
tide_alert_state_word (TideAlertState state)
{
  static const char *const words[] = { [TIDE_ALERT_NORMAL] = N_ ("Normal"), [TIDE_ALERT_PENDING] = N_ ("Pending"),
                                       [TIDE_ALERT_FIRING] = N_ ("Firing"), [TIDE_ALERT_NO_DATA] = N_ ("No data"),
                                       [TIDE_ALERT_ERROR] = N_ ("Error") };

  return _ (words[state]);
}

/* --- asking --- */

static void
question_free (void *data)
{
  TideAlertsQuestion *question = data;

  g_free (question->rule);
  g_free (question->group);
  g_free (question->conf);
  g_free (question);
}

void
tide_alerts_answer_free (TideAlertsAnswer *answer)
{
  if (answer == NULL)
    return;
  g_clear_pointer (&answer->history, tide_alert_history_free);
  g_clear_pointer (&answer->events, g_ptr_array_unref);
  g_clear_pointer (&answer->rows, tide_rows_free);
  g_clear_pointer (&answer->below, tide_rows_free);
  g_clear_pointer (&answer->backtest, tide_backtest_free);
  g_clear_pointer (&answer->workspace, tide_workspace_unref);
  g_free (answer->backtest_problem);
  g_free (answer->group);
  g_free (answer);
}

static TideRows *
query_metric (TidePipeline *pipeline, TideMetric *metric, const TideAlertsQuestion *question, GCancellable *cancellable, GError **error)
{
  TideQuery query = { .metric = metric, .view = TIDE_VIEW_MERGED, .from = question->chart_from, .to = question->to };
  TideDuration every = tide_period_length (metric->every);

  if (metric->over == 0 && metric->every.unit == TIDE_PERIOD_FIXED)
    while ((question->to - question->chart_from) / every > MAX_POINTS)
      {
        every *= every < 15 * TIDE_MINUTE ? 5 : 4;
        query.every = (TidePeriod){ TIDE_PERIOD_FIXED, every };
        if (TIDE_DAY % every != 0)
          query.every = (TidePeriod){ TIDE_PERIOD_DAYS, 1 };
      }
  return tide_serving_query (tide_pipeline_get_serving (pipeline), &query, cancellable, error);
}

static TideBacktest *
test_limit (TidePipeline *pipeline, const TideAlertsQuestion *question, double limit, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideConf) conf = tide_conf_parse (question->conf, strlen (question->conf));
  g_autofree char *section = g_strconcat ("alert ", question->rule, NULL), *text = NULL;
  g_autoptr (TideWorkspace) workspace = NULL;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isnan (limit))
    {
      const char *old = tide_conf_get (conf, section, "threshold");
      bool percent = old != NULL && strchr (old, '%') != NULL;
      g_autofree char *value = g_strconcat (g_ascii_dtostr (number, sizeof number, percent ? limit * 100 : limit),
                                            percent ? "%" : "", NULL);

      tide_conf_set (conf, section, "threshold", value);
      tide_conf_set (conf, section, "clear", NULL);
    }
  text = tide_conf_to_text (conf);
  workspace = tide_workspace_parse (NULL, text, tide_pipeline_catalog (), NULL);
  return tide_watch_backtest (tide_pipeline_get_store (pipeline), workspace, question->rule, question->backtest_from,
                              TIDE_TIME_MAX, cancellable, error);
}

/* The limit furthest from the rule's that still fires as often. */
static double
find_quietest (TidePipeline *pipeline, const TideAlertsQuestion *question, const TideAlert *alert, guint fired,
               GCancellable *cancellable)
{
  double near = alert->threshold, far = alert->compare == TIDE_COMPARE_BELOW ? near / 2 : near * 2;

  if (fired == 0 || alert->condition->limit != TIDE_LIMIT_NUMBER || alert->compare == TIDE_COMPARE_BOTH || !(near > 0))
    return NAN;
  for (guint i = 0; i < TRIALS && !g_cancellable_is_cancelled (cancellable); i++)
    {
      double middle = (near + far) / 2;
      g_autoptr (TideBacktest) test = test_limit (pipeline, question, middle, cancellable, NULL);

      if (test != NULL && test->spans->len == fired)
        near = middle;
      else
        far = middle;
    }
  return near;
}

static void
run_backtest (TidePipeline *pipeline, const TideAlertsQuestion *question, TideAlertsAnswer *answer, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  answer->backtest = test_limit (pipeline, question, question->threshold, cancellable, &error);
  if (answer->backtest == NULL)
    answer->backtest_problem = g_strdup (error->message);
  else if (answer->alert != NULL && isnan (question->threshold) && answer->backtest->events_read < 2000000)
    answer->quietest = find_quietest (pipeline, question, answer->alert, answer->backtest->spans->len, cancellable);
}

static bool
read_events (TidePipeline *pipeline, const TideAlertsQuestion *question, TideAlertsAnswer *answer, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  answer->events = tide_store_get_alert_events (reader, NULL, question->from, EVENTS_MAX, error);
  tide_reader_end (reader);
  if (answer->events != NULL)
    answer->history = tide_alert_history_new (answer->events, question->from);
  return answer->events != NULL;
}

static void *
answer_work (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const TideAlertsQuestion *question = data;
  g_autoptr (TideAlertsAnswer) answer = g_new0 (TideAlertsAnswer, 1);

  answer->serial = question->serial;
  answer->quietest = NAN;
  answer->group = g_strdup (question->group);
  answer->workspace = tide_pipeline_get_workspace (pipeline);
  if (!read_events (pipeline, question, answer, error))
    return NULL;
  answer->alert = question->rule != NULL ? tide_workspace_get_alert (answer->workspace, question->rule) : NULL;
  if (answer->alert != NULL && answer->alert->metric != NULL && !answer->alert->condition->observes_now)
    {
      answer->rows = query_metric (pipeline, answer->alert->metric, question, cancellable, error);
      if (answer->rows != NULL && answer->alert->divided_by != NULL)
        answer->below = query_metric (pipeline, answer->alert->divided_by, question, cancellable, error);
      if (answer->rows == NULL || (answer->alert->divided_by != NULL && answer->below == NULL))
        return NULL;
    }
  if (question->conf != NULL && question->rule != NULL)
    run_backtest (pipeline, question, answer, cancellable);
  return g_steal_pointer (&answer);
}

void
tide_alerts_ask_async (TidePipeline *pipeline, TideAlertsQuestion *question, GCancellable *cancellable,
                       GAsyncReadyCallback callback, void *data)
{
  tide_pipeline_run_async (pipeline, answer_work, question, question_free, (GDestroyNotify) tide_alerts_answer_free, cancellable,
                           callback, data);
}

/* --- the chart --- */

/* Whether @rows have values of the group called @label; all of them do when the metric has no groups. */
static bool
find_group (const TideRows *rows, const char *label, uint32_t *ret_group)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  *ret_group = 1;
  if (rows->metric->n_by == 0)
    return true;
  for (guint i = 0; label != NULL && i < rows->n; i++)
    if (g_hash_table_add (seen, GUINT_TO_POINTER (rows->rows[i].group)))
      {
        g_autofree char *own = tide_rows_get_label (rows, rows->rows[i].group);

        *ret_group = rows->rows[i].group;
        if (strcmp (own, label) == 0)
          return true;
      }
  return false;
}

/* Values of one group, taken in the order of time. */
typedef struct
{
  const TideRows *rows; /* NULL: none */
  uint32_t group;
  guint next;
} Walk;

static Walk
walk_begin (const TideRows *rows, const char *label)
{
  Walk walk = { .rows = rows };

  if (rows != NULL && !find_group (rows, label, &walk.group))
    walk.next = rows->n;
  return walk;
}

/* NULL: there are no more. */
static const TideRow *
walk_next (Walk *self)
{
  while (self->rows != NULL && self->next < self->rows->n)
    {
      const TideRow *row = &self->rows->rows[self->next++];

      if (self->rows->metric->n_by == 0 || row->group == self->group)
        return row;
    }
  return NULL;
}

/* Values stand at the end of their pane, where the rule decides. */
static void
add_series (TideChartData *data, const TideAlertsAnswer *answer)
{
  const TideRows *rows = answer->rows;
  double scale = tide_alert_chart_scale (answer->alert);
  g_autoptr (GArray) x = g_array_new (FALSE, FALSE, sizeof (double)), y = g_array_new (FALSE, FALSE, sizeof (double));
  Walk above = walk_begin (rows, answer->group), under = walk_begin (answer->below, answer->group);
  const TideRow *below = walk_next (&under);

  for (const TideRow *row = walk_next (&above); row != NULL; row = walk_next (&above))
    {
      double at = (double) tide_period_next (rows->metric->every, rows->metric->zone, row->time);
      double value = tide_value_to_double (row->value) * scale;

      if (row->partial)
        continue;
      while (below != NULL && below->time < row->time)
        below = walk_next (&under);
      if (answer->below != NULL)
        value /= below != NULL && below->time == row->time ? tide_value_to_double (below->value) : NAN;
      g_array_append_val (x, at);
      g_array_append_val (y, value);
    }
  tide_chart_data_add_series_copy (data, "value", answer->group != NULL && *answer->group != '\0' ? answer->group : rows->metric->title,
                                   rows->metric->n_by == 0 ? TIDE_ROLE_SERIES_1 : tide_palette_role_of_group (above.group),
                                   TIDE_CHART_LINE, (double *) (void *) x->data, (double *) (void *) y->data, x->len);
}

/* "fires above 2 %", "clears below 1.6 %". */
static void
add_limit (TideChartData *data, const TideAlert *alert, TideLimitKind kind, double value, bool above)
{
  g_autofree char *limit = tide_alert_format_limit (alert, value), *label = NULL;

  if (kind == TIDE_LIMIT_CRITICAL)
    label = above ? g_strdup_printf (_ ("fires above %s"), limit) : g_strdup_printf (_ ("fires below %s"), limit);
  else
    label = above ? g_strdup_printf (_ ("clears above %s"), limit) : g_strdup_printf (_ ("clears below %s"), limit);
  tide_chart_data_add_limit (data, kind, value * tide_alert_chart_scale (alert), label);
}

static void
add_limits (TideChartData *data, const TideAlert *alert, double draft)
{
  double threshold = isnan (draft) ? alert->threshold : draft;
  const char *name = alert->condition->name;
  bool below = alert->compare == TIDE_COMPARE_BELOW;

  if (strcmp (name, "outside") == 0)
    {
      add_limit (data, alert, TIDE_LIMIT_CRITICAL, alert->high, true);
      add_limit (data, alert, TIDE_LIMIT_CRITICAL, alert->low, false);
    }
  if (!is_limit_of_metric (alert))
    return;
  add_limit (data, alert, TIDE_LIMIT_CRITICAL, threshold, !below);
  if (isnan (draft) && (alert->clear < threshold || alert->clear > threshold))
    add_limit (data, alert, TIDE_LIMIT_CLEARING, alert->clear, below);
}

static void
add_bands (TideChartData *data, const TideAlertsAnswer *answer)
{
  if (answer->backtest != NULL)
    {
      for (guint i = 0; i < answer->backtest->spans->len; i++)
        {
          const TideBacktestSpan *span = &g_array_index (answer->backtest->spans, TideBacktestSpan, i);

          if (answer->group == NULL || strcmp (span->group, answer->group) == 0)
            tide_chart_data_add_band (data, TIDE_BAND_FIRING, (double) span->from,
                                      span->to != TIDE_TIME_NONE ? (double) span->to : INFINITY, _ ("would fire"));
        }
      return;
    }
  const GArray *spans = tide_alert_history_get_spans (answer->history, answer->alert->name, answer->group);

  for (guint i = 0; spans != NULL && i < spans->len; i++)
    {
      const TideAlertSpan *span = &g_array_index (spans, TideAlertSpan, i);

      if (span->state == TIDE_ALERT_FIRING)
        tide_chart_data_add_band (data, TIDE_BAND_FIRING, span->from, span->to, _ ("firing"));
      else if (span->state == TIDE_ALERT_PENDING)
        tide_chart_data_add_band (data, TIDE_BAND_PENDING, span->from, span->to, _ ("pending"));
      else if (span->state == TIDE_ALERT_NO_DATA)
        tide_chart_data_add_band (data, TIDE_BAND_NO_DATA, span->from, span->to, _ ("no data"));
    }
}

TideChartData *
tide_alerts_get_chart (const TideAlertsAnswer *answer, double draft)
{
  const TideAlert *alert = answer->alert;
  TideChartData *data;

  if (alert == NULL || answer->rows == NULL)
    return NULL;
  data = tide_chart_data_new (alert->title, is_chart_of_share (alert) ? "%" : alert->divided_by != NULL ? NULL : tide_shown_unit (alert->metric));
  add_series (data, answer);
  add_limits (data, alert, draft);
  add_bands (data, answer);
  tide_chart_data_set_from_zero (data, alert->metric->aggregate->additive || alert->metric->numerator != NULL);
  return data;
}

const TideAlert *
tide_alerts_find (const TideWorkspace *workspace, const char *name, guint hint)
{
  guint n = workspace->alerts->len;

  for (guint i = 0; i < n; i++)
    {
      const TideAlert *alert = g_ptr_array_index (workspace->alerts, (hint + i) % n);

      if (strcmp (alert->name, name) == 0)
        return alert;
    }
  return NULL;
}
