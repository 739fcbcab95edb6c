/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When would a rule have fired? The stored events go through the engine again, in the order in which they were stored, as
 * they did when they came; so the answer is what the live watch did, or would have done.
 * Limit: what the clock did while nothing came is taken from when events were received. */
#include "watch-private.h"

#include <math.h>
#include <string.h>


void
tide_backtest_free (TideBacktest *backtest)
{
  if (backtest == NULL)
    return;
  for (guint i = 0; i < backtest->spans->len; i++)
    g_free (g_array_index (backtest->spans, TideBacktestSpan, i).group);
  g_array_unref (backtest->spans);
  g_ptr_array_unref (backtest->events);
  g_free (backtest);
}


typedef struct
{
  TideBacktest *result;
} Test;

static void
on_transition (const TideWatchTransition *transition, void *data)
{
  Test *test = data;
  TideAlertEvent *event = g_new0 (TideAlertEvent, 1);
  TideBacktestSpan span = { NULL, transition->at, TIDE_TIME_NONE };
  GArray *spans = test->result->spans;

  event->rule = g_strdup (transition->alert->name);
  event->group = g_strdup (transition->group);
  event->state = transition->to;
  event->time = transition->at;
  event->recorded = TIDE_TIME_NONE;
  event->value = transition->value;
  event->reason = tide_watch_reason (transition->alert, transition->to, transition->value);
  g_ptr_array_add (test->result->events, event);
  if (transition->to == TIDE_ALERT_FIRING || transition->to == TIDE_ALERT_NO_DATA)
    {
      span.group = g_strdup (transition->group);
      g_array_append_val (spans, span);
    }
  else if (transition->from == TIDE_ALERT_FIRING || transition->from == TIDE_ALERT_NO_DATA)
    for (guint i = spans->len; i-- > 0;)
      if (strcmp (g_array_index (spans, TideBacktestSpan, i).group, transition->group) == 0)
        {
          g_array_index (spans, TideBacktestSpan, i).to = transition->at;
          break;
        }
  test->result->n_pending += transition->from == TIDE_ALERT_PENDING && transition->to == TIDE_ALERT_NORMAL;
}

/* Each pending is a firing of the rule without for=; so is a firing that was not pending before. */
static guint
count_without_hold (const GPtrArray *events)
{
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    {
      const TideAlertEvent *event = g_ptr_array_index (events, i);

      n += event->state == TIDE_ALERT_PENDING;
    }
  return n;
}

static void
count (Test *test, TideTime end, const TideAlert *alert)
{
  TideBacktest *result = test->result;

  for (guint i = 0; i < result->spans->len; i++)
    {
      const TideBacktestSpan *span = &g_array_index (result->spans, TideBacktestSpan, i);

      result->firing += (span->to != TIDE_TIME_NONE ? span->to : MAX (end, span->from)) - span->from;
    }
  result->without_hold = alert->hold > 0 ? count_without_hold (result->events) : result->spans->len;
}

static bool
read_events (TideStore *store, TideWatchFeed *feed, TideTime from, TideTime to, TideBacktest *result, GCancellable *cancellable,
             GError **error)
{
  const TideStream *stream = tide_watch_feed_get_stream (feed);
  g_autofree bool *columns = g_new0 (bool, TIDE_COLUMN_FIELD0 + stream->n_fields);
  TideScanOptions options = { .stream = stream, .from = from, .to = to, .columns = columns };
  g_autoptr (TideReader) reader = tide_store_acquire_reader (store, error);
  const TideBatch *batch = NULL;

  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return false;
  tide_watch_feed_mark_columns (feed, columns);
  g_autoptr (TideScan) scan = tide_scan_new (reader, &options, error);
  bool good = scan != NULL;

  while (good && (good = tide_scan_next (scan, &batch, error)) && batch != NULL)
    {
      tide_watch_feed_add (feed, batch);
      result->events_read += batch->n;
      if ((good = !g_cancellable_set_error_if_cancelled (cancellable, error)) && result->from == TIDE_TIME_NONE)
        result->from = batch->time_min;
    }
  tide_reader_end (reader);
  return good;
}

static bool
set_baseline (TideStore *store, TideWatchRule *rule, GError **error)
{
  guint days;
  TideTime made;
  g_autoptr (TideReader) reader = NULL;

  if (!rule->class->spec.seasonal)
    return true;
  reader = tide_store_acquire_reader (store, error);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  g_autoptr (GArray) rows = tide_store_get_baseline (reader, rule->alert->metric, &days, &made, error);

  tide_reader_end (reader);
  if (rows == NULL)
    return false;
  tide_watch_rule_set_baseline (rule, rows, days);
  return true;
}

TideBacktest *
tide_watch_backtest (TideStore *store, TideWorkspace *workspace, const char *name, TideTime from, TideTime to,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (TideBacktest) result = g_new0 (TideBacktest, 1);
  Test test = { .result = result };
  const TideAlert *alert = tide_workspace_get_alert (workspace, name);

  result->spans = g_array_new (FALSE, TRUE, sizeof (TideBacktestSpan));
  result->events = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_alert_event_free);
  result->from = TIDE_TIME_NONE;
  if (alert == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "there is no [alert %s]", name);
      return NULL;
    }
  if (alert->condition->observes_now)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "'%s' looks at the pipeline as it is now, and that has no history to test on", alert->condition->name);
      return NULL;
    }
  TideWatchEngine *engine = tide_watch_engine_new (workspace, name, on_transition, &test);
  TideWatchRule *rule = tide_watch_engine_find_rule (engine, name);
  TideWatchFeed *feed = tide_watch_engine_find_feed (engine, alert->stream);
  TideTime begin = from == TIDE_TIME_NONE ? TIDE_TIME_NONE : from - tide_watch_rule_get_lookback (rule);

  rule->until = from;
  bool good = set_baseline (store, rule, error) && read_events (store, feed, begin, to, result, cancellable, error);

  if (good && rule->error == NULL && tide_watch_series_get_error (rule->series) == NULL)
    {
      result->from = MAX (result->from, from);
      result->to = tide_watch_feed_get_watermark (feed);
      count (&test, result->to, alert);
    }
  else if (good)
    {
      g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                           rule->error != NULL ? rule->error : tide_watch_series_get_error (rule->series));
      good = false;
    }
  tide_watch_engine_free (engine);
  return good ? g_steal_pointer (&result) : NULL;
}
