/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules over feeds. Each rule is compiled once: its kind's function, its series, and a flat array of one instance a group,
 * numbered as the series numbers them. At a closed pane a rule looks at all groups in one sweep; most are normal and stay
 * so, which costs a comparison. The live watch, a back-test and the benchmark run this same code.
 * Limit: instances are bounded by INSTANCES_MAX over all rules; a rule that would pass it has an error. */
#include "watch-private.h"

#include <math.h>
#include <string.h>

#define INSTANCES_MAX 1000000
#define HOURS_OF_WEEK 168
#define LEARNING_DAYS 28
#define SAMPLES 60

struct _TideWatchEngine
{
  TideWorkspace *workspace;
  GPtrArray *feeds, *rules;
  TideWatchTransitionFunc transition;
  void *data;
  gsize n_instances;
  guint allocated; /* groups in scratch space */
  double *observed, *median, *mad;
  uint8_t *flags;
};

static void
rule_free (void *data)
{
  TideWatchRule *rule = data;

  g_free (rule->instances);
  g_clear_pointer (&rule->records, g_hash_table_unref);
  g_clear_pointer (&rule->baseline, g_hash_table_unref);
  g_clear_pointer (&rule->samples, g_array_unref);
  g_free (rule->error);
  g_free (rule);
}

static void on_close (TideWatchSeries *series, const TideWatchPane *pane, void *data);

TideWatchFeed *
tide_watch_engine_find_feed (TideWatchEngine *engine, const char *stream)
{
  for (guint i = 0; i < engine->feeds->len; i++)
    if (strcmp (tide_watch_feed_get_stream (g_ptr_array_index (engine->feeds, i))->name, stream) == 0)
      return g_ptr_array_index (engine->feeds, i);
  return NULL;
}

TideWatchRule *
tide_watch_engine_find_rule (TideWatchEngine *engine, const char *name)
{
  for (guint i = 0; i < engine->rules->len; i++)
    if (strcmp (((TideWatchRule *) g_ptr_array_index (engine->rules, i))->alert->name, name) == 0)
      return g_ptr_array_index (engine->rules, i);
  return NULL;
}

static guint
history_of (const TideAlert *alert)
{
  if (alert->metric == NULL || (alert->condition->keys & TIDE_CONDITION_WITHIN) == 0)
    return 0;
  return (guint) (alert->within / tide_period_length (alert->metric->every));
}

static void
adopt (TideWatchRule *rule, TideWatchInstance *instance, const char *label)
{
  const TideAlertRecord *record = rule->records != NULL ? g_hash_table_lookup (rule->records, label) : NULL;

  if (record == NULL)
    return;
  instance->state = (uint8_t) record->state;
  instance->since = record->since;
  instance->pending = record->pending;
  instance->clearing = record->clearing;
  instance->fired = record->fired;
  instance->acknowledged = record->acknowledged;
  instance->value = record->value;
  instance->missing = record->missing;
  instance->notified = record->notified;
  g_hash_table_remove (rule->records, label);
}

/* FALSE: there are too many. */
static bool
grow_instances (TideWatchEngine *engine, TideWatchRule *rule, guint n)
{
  guint allocated = MAX (n, MAX (4, rule->allocated + rule->allocated / 2));

  if (n > rule->allocated)
    {
      if (engine->n_instances + allocated - rule->allocated > INSTANCES_MAX)
        {
          if (rule->error == NULL)
            rule->error = g_strdup_printf ("%u groups are more than there is room for beside the other rules: name the groups "
                                           "with groups=, or group the metric by less", n);
          return false;
        }
      engine->n_instances += allocated - rule->allocated;
      rule->instances = g_renew (TideWatchInstance, rule->instances, allocated);
      rule->allocated = allocated;
    }
  for (; rule->n_instances < n; rule->n_instances++)
    {
      TideWatchInstance *instance = &rule->instances[rule->n_instances];
      const char *label = tide_watch_rule_get_label (rule, rule->n_instances);

      tide_watch_instance_init (instance);
      instance->selected = tide_alert_takes_group (rule->alert, label);
      adopt (rule, instance, label);
    }
  return true;
}

static void
add_rule (TideWatchEngine *engine, const TideAlert *alert)
{
  TideWatchRule *rule = g_new0 (TideWatchRule, 1);

  rule->alert = alert;
  rule->class = tide_watch_rule_class_of (alert);
  rule->until = rule->evaluated = TIDE_TIME_NONE;
  g_ptr_array_add (engine->rules, rule);
  if (rule->class->observe != NULL)
    {
      grow_instances (engine, rule, 1);
      rule->instances[0].selected = true;
      return;
    }
  TideWatchFeed *feed = tide_watch_engine_find_feed (engine, alert->stream);

  if (feed == NULL)
    {
      feed = tide_watch_feed_new (tide_workspace_get_stream (engine->workspace, alert->stream), on_close, engine);
      g_ptr_array_add (engine->feeds, feed);
    }
  rule->series = tide_watch_feed_add_series (feed, alert->metric, alert->divided_by, alert->delay, history_of (alert), rule);
}

TideWatchEngine *
tide_watch_engine_new (TideWorkspace *workspace, const char *only, TideWatchTransitionFunc transition, void *data)
{
  TideWatchEngine *engine = g_new0 (TideWatchEngine, 1);

  engine->workspace = tide_workspace_ref (workspace);
  engine->feeds = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_watch_feed_free);
  engine->rules = g_ptr_array_new_with_free_func (rule_free);
  engine->transition = transition;
  engine->data = data;
  for (guint i = 0; i < workspace->alerts->len; i++)
    {
      const TideAlert *alert = g_ptr_array_index (workspace->alerts, i);

      if (only != NULL ? strcmp (alert->name, only) == 0 : alert->enabled)
        add_rule (engine, alert);
    }
  return engine;
}

void
tide_watch_engine_free (TideWatchEngine *engine)
{
  if (engine == NULL)
    return;
  g_ptr_array_unref (engine->rules);
  g_ptr_array_unref (engine->feeds);
  tide_workspace_unref (engine->workspace);
  g_free (engine->observed);
  g_free (engine->median);
  g_free (engine->mad);
  g_free (engine->flags);
  g_free (engine);
}

GPtrArray *
tide_watch_engine_get_rules (TideWatchEngine *engine)
{
  return engine->rules;
}

GPtrArray *
tide_watch_engine_get_feeds (TideWatchEngine *engine)
{
  return engine->feeds;
}

const char *
tide_watch_rule_get_label (TideWatchRule *rule, guint group)
{
  return rule->series != NULL ? tide_watch_series_get_label (rule->series, group) : "";
}

TideDuration
tide_watch_rule_get_lookback (const TideWatchRule *rule)
{
  const TideMetric *metric = rule->alert->metric;

  if (rule->series == NULL)
    return 0;
  TideDuration every = tide_period_length (metric->every);

  TideDuration missed = (rule->alert->condition->keys & TIDE_CONDITION_NO_DATA) != 0
                            ? (TideDuration) (rule->alert->threshold * (double) TIDE_SECOND) + every
                            : 0;

  return missed + MAX (metric->over, every) + ((TideDuration) history_of (rule->alert) + 2) * every + rule->alert->delay
         + metric->stream->lateness + TIDE_MINUTE;
}

void
tide_watch_rule_restore (TideWatchRule *rule, TideTime until, const GPtrArray *records)
{
  rule->until = rule->evaluated = until;
  rule->records = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < records->len; i++)
    {
      const TideAlertRecord *record = g_ptr_array_index (records, i);

      if (strcmp (record->rule, rule->alert->name) == 0)
        g_hash_table_insert (rule->records, record->group, (void *) record);
    }
  if (rule->series == NULL)
    adopt (rule, &rule->instances[0], "");
}

void
tide_watch_rule_set_baseline (TideWatchRule *rule, const GArray *rows, guint days)
{
  g_clear_pointer (&rule->baseline, g_hash_table_unref);
  rule->baseline_days = days;
  if (days < LEARNING_DAYS)
    return;
  rule->baseline = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < rows->len; i++)
    {
      const TideBaselineRow *row = &g_array_index (rows, TideBaselineRow, i);
      double *hours = g_hash_table_lookup (rule->baseline, row->group);

      if (row->hour < 0 || row->hour >= HOURS_OF_WEEK || !(row->mad > 0))
        continue;
      if (hours == NULL)
        {
          hours = g_new (double, 2 * HOURS_OF_WEEK);
          for (guint k = 0; k < 2 * HOURS_OF_WEEK; k++)
            hours[k] = NAN;
          g_hash_table_insert (rule->baseline, g_strdup (row->group), hours);
        }
      hours[row->hour] = row->median;
      hours[HOURS_OF_WEEK + row->hour] = row->mad;
    }
}

/* --- evaluation --- */

static void
make_room (TideWatchEngine *engine, guint n)
{
  if (n <= engine->allocated)
    return;
  engine->allocated = MAX (n, 2 * engine->allocated);
  engine->observed = g_renew (double, engine->observed, engine->allocated);
  engine->median = g_renew (double, engine->median, engine->allocated);
  engine->mad = g_renew (double, engine->mad, engine->allocated);
  engine->flags = g_renew (uint8_t, engine->flags, engine->allocated);
}

static void
look_up_baseline (TideWatchEngine *engine, TideWatchRule *rule, TideWatchPane *pane)
{
  int hour;

  if (rule->baseline == NULL)
    return;
  hour = tide_time_hour_of_week (pane->from, rule->alert->metric->zone);
  for (guint i = 0; i < pane->n; i++)
    {
      const double *hours = g_hash_table_lookup (rule->baseline, tide_watch_rule_get_label (rule, i));

      engine->median[i] = hours != NULL ? hours[hour] : NAN;
      engine->mad[i] = hours != NULL ? hours[HOURS_OF_WEEK + hour] : NAN;
    }
  pane->median = engine->median;
  pane->mad = engine->mad;
}

static inline void
step (TideWatchEngine *engine, TideWatchRule *rule, guint group, TideTime at)
{
  TideWatchInstance *instance = &rule->instances[group];
  unsigned flags = engine->flags[group];
  TideAlertState from = (TideAlertState) instance->state;

  if (from == TIDE_ALERT_NORMAL && (flags & (TIDE_WATCH_HOLDS | TIDE_WATCH_MISSING)) == 0)
    {
      instance->value = engine->observed[group];
      return;
    }
  bool changed = tide_watch_step (instance, rule->alert, flags, engine->observed[group], at);

  rule->dirty |= instance->dirty;
  if (!changed)
    return;
  TideWatchTransition transition = { rule->alert, tide_watch_rule_get_label (rule, group), from,
                                     (TideAlertState) instance->state, at, instance->value };

  engine->transition (&transition, engine->data);
}

static void
evaluate (TideWatchEngine *engine, TideWatchRule *rule, const TideWatchPane *closed)
{
  TideWatchPane pane = *closed;

  if (!grow_instances (engine, rule, pane.n) || pane.to <= rule->until)
    return;
  make_room (engine, pane.n);
  if (history_of (rule->alert) > 0)
    pane.earlier = tide_watch_series_get_past (rule->series, history_of (rule->alert));
  if (rule->class->spec.seasonal)
    look_up_baseline (engine, rule, &pane);
  rule->class->evaluate (rule->alert, &pane, engine->observed, engine->flags);
  for (guint i = 0; i < pane.n; i++)
    if (rule->instances[i].selected && pane.last_data[i] != TIDE_TIME_NONE) /* a group begins with its first events */
      step (engine, rule, i, pane.to);
  rule->until = rule->evaluated = pane.to;
}

static void
on_close (TideWatchSeries *series, const TideWatchPane *pane, void *data)
{
  GPtrArray *rules = tide_watch_series_get_rules (series);

  for (guint i = 0; i < rules->len; i++)
    evaluate (data, g_ptr_array_index (rules, i), pane);
}

/* --- by the clock --- */

typedef struct
{
  TideTime time;
  uint64_t events, quarantined;
} Sample;

/* What came in the last `within`: the difference to the oldest sample of that time. */
static void
take_sample (TideWatchRule *rule, TideTime now, TideWatchFacts *facts)
{
  TideDuration within = rule->alert->within;
  Sample sample = { now, facts->events, facts->quarantined };

  if (rule->samples == NULL)
    rule->samples = g_array_new (FALSE, FALSE, sizeof (Sample));
  while (rule->samples->len > 1 && g_array_index (rule->samples, Sample, 1).time <= now - within)
    g_array_remove_index (rule->samples, 0);
  if (rule->samples->len == 0
      || now - g_array_index (rule->samples, Sample, rule->samples->len - 1).time >= within / SAMPLES)
    g_array_append_val (rule->samples, sample);
  const Sample *oldest = &g_array_index (rule->samples, Sample, 0);

  /* Counters start anew with their source. */
  facts->within_events = facts->events >= oldest->events ? facts->events - oldest->events : facts->events;
  facts->within_quarantined
      = facts->quarantined >= oldest->quarantined ? facts->quarantined - oldest->quarantined : facts->quarantined;
}

void
tide_watch_engine_observe (TideWatchEngine *engine, TideTime now, TideWatchFactsFunc facts, void *data)
{
  make_room (engine, 1);
  for (guint i = 0; i < engine->rules->len; i++)
    {
      TideWatchRule *rule = g_ptr_array_index (engine->rules, i);
      TideWatchFacts known = { .lag_s = NAN, .newest = TIDE_TIME_NONE };

      if (rule->series != NULL || !facts (rule->alert, &known, data))
        continue;
      known.now = now;
      if ((rule->alert->condition->keys & TIDE_CONDITION_WITHIN) != 0)
        take_sample (rule, now, &known);
      rule->class->observe (rule->alert, &known, &engine->observed[0], &engine->flags[0]);
      step (engine, rule, 0, now);
      rule->evaluated = now;
    }
}
