/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spans of states from events; the unit and scale of a rule's chart; values of a group over those of another metric. */
#include "app-alerts-data.h"

#include <math.h>
#include <string.h>

#include "state.h"

static TideAlertEvent *
make_event (const char *rule, const char *group, TideAlertState state, TideTime time)
{
  TideAlertEvent *event = g_new0 (TideAlertEvent, 1);

  event->rule = g_strdup (rule);
  event->group = g_strdup (group);
  event->state = state;
  event->time = time;
  return event;
}

static void
assert_span (const GArray *spans, guint i, TideAlertState state, double from, double to)
{
  const TideAlertSpan *span = &g_array_index (spans, TideAlertSpan, i);

  g_assert_cmpint (span->state, ==, state);
  g_assert_cmpfloat (span->from, ==, from);
  g_assert_cmpfloat (span->to, ==, to);
}

static void
test_history (void)
{
  static const struct
  {
    const char *rule, *group;
    TideAlertState state;
    TideTime time;
  } newest_first[] = {
    { "b", "", TIDE_ALERT_PENDING, 70 },       { "a", "Berlin", TIDE_ALERT_NORMAL, 60 }, { "a", "Paris", TIDE_ALERT_FIRING, 50 },
    { "a", "Berlin", TIDE_ALERT_FIRING, 40 },  { "a", "Paris", TIDE_ALERT_NORMAL, 30 },  { "a", "Berlin", TIDE_ALERT_PENDING, 20 },
  };
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_alert_event_free);
  g_autoptr (TideAlertHistory) history = NULL;
  const GArray *spans;

  for (guint i = 0; i < G_N_ELEMENTS (newest_first); i++)
    g_ptr_array_add (events, make_event (newest_first[i].rule, newest_first[i].group, newest_first[i].state, newest_first[i].time));
  history = tide_alert_history_new (events, 10);
  spans = tide_alert_history_get_spans (history, "a", NULL);
  g_assert_cmpuint (spans->len, ==, 4);
  assert_span (spans, 0, TIDE_ALERT_FIRING, 10, 30); /* Paris: began before */
  assert_span (spans, 1, TIDE_ALERT_PENDING, 20, 40);
  assert_span (spans, 2, TIDE_ALERT_FIRING, 40, 60);
  assert_span (spans, 3, TIDE_ALERT_FIRING, 50, INFINITY);
  spans = tide_alert_history_get_spans (history, "a", "Berlin");
  g_assert_cmpuint (spans->len, ==, 2);
  assert_span (spans, 1, TIDE_ALERT_FIRING, 40, 60);
  spans = tide_alert_history_get_spans (history, "b", "");
  g_assert_cmpuint (spans->len, ==, 1);
  assert_span (spans, 0, TIDE_ALERT_PENDING, 70, INFINITY);
  g_assert_cmpstr (tide_alert_history_get_last_group (history, "a"), ==, "Berlin");
  g_assert_null (tide_alert_history_get_spans (history, "a", "Rome"));
  g_assert_null (tide_alert_history_get_spans (history, "c", NULL));
  g_assert_null (tide_alert_history_get_last_group (history, "c"));
}

static TideWorkspace *
make_workspace (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  TideWorkspace *workspace = tide_workspace_parse (
      NULL,
      "[workspace]\nversion=1\nname=w\n[source s]\nkind=file\npath=x\nstream=s\n[stream s]\n[field s.bad]\ntype=bool\n"
      "[field s.city]\ntype=text\n"
      "[metric all]\nstream=s\naggregate=count\nby=city\n[metric some]\nstream=s\naggregate=count\nwhere=bad = true\nby=city\n"
      "[metric share]\nstream=s\naggregate=avg(bad)\n"
      "[alert share-plain]\nmetric=share\ncondition=above\nthreshold=0.07\n"
      "[alert share-percent]\nmetric=share\ncondition=above\nthreshold=7%\n"
      "[alert count]\nmetric=all\ncondition=above\nthreshold=7\n"
      "[alert count-change]\nmetric=all\ncondition=change\nthreshold=50%\nwithin=10min\n"
      "[alert ratio-plain]\nmetric=some\ndivided-by=all\ncondition=ratio\nthreshold=0.07\n"
      "[alert ratio-percent]\nmetric=some\ndivided-by=all\ncondition=ratio\nthreshold=7%\n",
      tide_pipeline_catalog (), problems);

  if (problems->len > 0)
    g_error ("%s", ((TideProblem *) g_ptr_array_index (problems, 0))->message);
  return workspace;
}

/* A value of each of two cities a minute, times @factor. */
static TideRows *
make_rows (TideMetric *metric, guint first, double factor)
{
  static const char *const cities[] = { "Berlin", "Paris" };
  TideRows *rows = g_new0 (TideRows, 1);
  uint32_t groups[2] = { 1, 1 };

  rows->metric = tide_metric_ref (metric);
  rows->groups = tide_groups_new (metric->n_by, 10);
  for (guint i = 0; i < 2 && metric->n_by > 0; i++)
    {
      TideText text = { cities[i], (uint32_t) strlen (cities[i]) };

      groups[i] = tide_groups_add (rows->groups, &text, 1);
    }
  rows->rows = g_new0 (TideRow, 6);
  for (guint minute = first; minute < 3; minute++)
    for (guint i = 0; i < (metric->n_by > 0 ? 2u : 1u); i++)
      {
        TideRow *row = &rows->rows[rows->n++];

        row->time = minute * TIDE_MINUTE;
        row->group = groups[i];
        row->value = tide_value_real (factor * (minute + 1) * (i + 1));
      }
  return rows;
}

static TideAlertsAnswer *
make_answer (TideWorkspace *workspace, const char *rule, const char *group)
{
  TideAlertsAnswer *answer = g_new0 (TideAlertsAnswer, 1);

  answer->workspace = tide_workspace_ref (workspace);
  answer->alert = tide_workspace_get_alert (workspace, rule);
  answer->events = g_ptr_array_new ();
  answer->history = tide_alert_history_new (answer->events, 0);
  answer->rows = make_rows (answer->alert->metric, 0, 1);
  answer->below = answer->alert->divided_by != NULL ? make_rows (answer->alert->divided_by, 1, 4) : NULL;
  answer->group = g_strdup (group);
  return answer;
}

/* What is drawn at x times the scale is the limit at x, however the file writes it; a limit on a change says nothing of how
 * the metric itself is shown. */
static void
test_scale (void)
{
  static const struct
  {
    const char *rule, *unit;
    double scale, limit;
  } cases[] = {
    { "share-plain", "%", 100, 7 }, { "share-percent", "%", 100, 7 }, { "count", NULL, 1, 7 },
    { "count-change", NULL, 1, NAN }, { "ratio-plain", NULL, 1, 0.07 }, { "ratio-percent", "%", 100, 7 },
  };
  g_autoptr (TideWorkspace) workspace = make_workspace ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TideAlertsAnswer) answer = make_answer (workspace, cases[i].rule, "Paris");
      g_autoptr (TideChartData) data = tide_alerts_get_chart (answer, NAN);
      const TideChartLimit *limits;
      guint n;

      g_assert_cmpfloat (tide_alert_chart_scale (answer->alert), ==, cases[i].scale);
      g_assert_cmpstr (tide_chart_data_get_unit (data), ==, cases[i].unit);
      limits = tide_chart_data_get_limits (data, &n);
      g_assert_cmpuint (n, ==, isnan (cases[i].limit) ? 0 : 1);
      if (n == 1)
        g_assert_cmpfloat_with_epsilon (limits[0].value, cases[i].limit, 1e-9);
    }
}

static void
test_ratio (void)
{
  g_autoptr (TideWorkspace) workspace = make_workspace ();
  g_autoptr (TideAlertsAnswer) answer = make_answer (workspace, "ratio-percent", "Paris");
  g_autoptr (TideAlertsAnswer) other = make_answer (workspace, "ratio-percent", "Rome");
  g_autoptr (TideChartData) data = tide_alerts_get_chart (answer, NAN);
  g_autoptr (TideChartData) nothing = tide_alerts_get_chart (other, NAN);
  const TideChartSeries *series = tide_chart_data_get_series (data, 0);

  g_assert_cmpuint (series->n, ==, 3);
  g_assert_true (isnan (series->y[0])); /* nothing to divide by */
  g_assert_cmpfloat (series->y[1], ==, 25);
  g_assert_cmpfloat (series->y[2], ==, 25);
  g_assert_cmpfloat (series->x[2], ==, 3 * (double) TIDE_MINUTE);
  g_assert_cmpuint (tide_chart_data_get_series (nothing, 0)->n, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/alerts-data/history", test_history);
  g_test_add_func ("/app/alerts-data/scale", test_scale);
  g_test_add_func ("/app/alerts-data/ratio", test_ratio);
  return g_test_run ();
}
