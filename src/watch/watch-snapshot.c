/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is shown of the rules: an immutable snapshot, made when a state changed and once a second, so that the window takes
 * one without waiting. Of a rule with many groups only those that are not normal are listed, the worst first. */
#include "watch-thread.h"

#include <math.h>
#include <string.h>

#define LEARNING_DAYS 28

void
tide_watch_route_info_clear (TideWatchRouteInfo *info)
{
  g_clear_pointer (&info->name, g_free);
  g_clear_pointer (&info->answer, g_free);
}

TideWatchSnapshot *
tide_watch_snapshot_ref (TideWatchSnapshot *snapshot)
{
  g_atomic_ref_count_inc (&snapshot->refs);
  return snapshot;
}

void
tide_watch_snapshot_unref (TideWatchSnapshot *snapshot)
{
  if (snapshot == NULL || !g_atomic_ref_count_dec (&snapshot->refs))
    return;
  for (guint i = 0; i < snapshot->n_rules; i++)
    {
      TideWatchRuleInfo *rule = &snapshot->rules[i];

      for (guint k = 0; k < rule->n_shown; k++)
        g_free (rule->groups[k].group);
      g_free (rule->groups);
      g_free (rule->name);
      g_free (rule->error);
      g_free (rule->learning);
    }
  for (guint i = 0; i < snapshot->n_routes; i++)
    tide_watch_route_info_clear (&snapshot->routes[i]);
  g_free (snapshot->rules);
  g_free (snapshot->routes);
  g_ptr_array_unref (snapshot->silences);
  g_free (snapshot);
}

const TideWatchRuleInfo *
tide_watch_snapshot_find (const TideWatchSnapshot *snapshot, const char *rule)
{
  for (guint i = 0; i < snapshot->n_rules; i++)
    if (strcmp (snapshot->rules[i].name, rule) == 0)
      return &snapshot->rules[i];
  return NULL;
}

/* Firing before no data before pending; of these the older first. */
static int
rank (TideAlertState state)
{
  static const int ranks[] = { [TIDE_ALERT_NORMAL] = 4, [TIDE_ALERT_PENDING] = 3, [TIDE_ALERT_FIRING] = 1,
                               [TIDE_ALERT_NO_DATA] = 2, [TIDE_ALERT_ERROR] = 0 };

  return ranks[state];
}

static int
compare_groups (gconstpointer a, gconstpointer b)
{
  const TideWatchGroupInfo *x = a, *y = b;

  if (x->state != y->state)
    return rank (x->state) - rank (y->state);
  return (x->since > y->since) - (x->since < y->since);
}

static void
add_group (TideWatch *self, const GPtrArray *silences, const TideAlert *alert, const char *label, TideAlertState state,
           TideTime since, TideTime fired, TideTime acknowledged, double value, TideWatchRuleInfo *info, GArray *groups)
{
  TideWatchGroupInfo group = { g_strdup (label), state, since, fired, acknowledged, value, false, TIDE_TIME_NONE };

  group.silenced_until = tide_watch_silenced_until (self, silences, alert->name, label);
  group.silenced = group.silenced_until != TIDE_TIME_NONE;
  info->n_silenced += group.silenced;
  info->n_firing += state == TIDE_ALERT_FIRING || state == TIDE_ALERT_NO_DATA;
  info->n_pending += state == TIDE_ALERT_PENDING;
  info->n_acknowledged += acknowledged != TIDE_TIME_NONE;
  if (rank (state) < rank (info->state))
    info->state = state;
  g_array_append_val (groups, group);
}

static void
list_groups (TideWatch *self, const GPtrArray *silences, TideWatchRule *rule, TideWatchRuleInfo *info, GArray *groups)
{
  const TideWatchInstance *calm = NULL;
  guint calm_at = 0;
  GHashTableIter iter;
  void *value;

  for (guint i = 0; i < rule->n_instances; i++)
    {
      const TideWatchInstance *instance = &rule->instances[i];
      bool counts = instance->selected && (rule->series == NULL || i != TIDE_GROUP_OTHER || !isnan (instance->value));

      info->n_groups += counts;
      if (instance->state != TIDE_ALERT_NORMAL)
        add_group (self, silences, rule->alert, tide_watch_rule_get_label (rule, i), (TideAlertState) instance->state,
                   instance->since, instance->fired, instance->acknowledged, instance->value, info, groups);
      else if (counts && (calm == NULL || isnan (calm->value) || instance->value > calm->value))
        {
          calm = instance;
          calm_at = i;
        }
    }
  if (rule->records != NULL)
    {
      g_hash_table_iter_init (&iter, rule->records);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        {
          const TideAlertRecord *record = value;

          if (record->state != TIDE_ALERT_NORMAL)
            add_group (self, silences, rule->alert, record->group, record->state, record->since, record->fired,
                       record->acknowledged, record->value, info, groups);
        }
    }
  if (calm != NULL)
    add_group (self, silences, rule->alert, tide_watch_rule_get_label (rule, calm_at), TIDE_ALERT_NORMAL, calm->since, calm->fired,
               TIDE_TIME_NONE, calm->value, info, groups);
}

static void
fill_rule (TideWatch *self, const GPtrArray *silences, TideWatchRule *rule, TideWatchRuleInfo *info)
{
  g_autoptr (GArray) groups = g_array_new (FALSE, FALSE, sizeof (TideWatchGroupInfo));
  const char *trouble = rule->error;

  if (trouble == NULL && rule->series != NULL)
    trouble = tide_watch_series_get_error (rule->series);
  info->name = g_strdup (rule->alert->name);
  info->evaluated = rule->evaluated;
  if (rule->class->spec.seasonal && rule->baseline == NULL)
    info->learning = g_strdup_printf ("learning: day %u of %u", rule->baseline_days, LEARNING_DAYS);
  list_groups (self, silences, rule, info, groups);
  g_array_sort (groups, compare_groups);
  for (guint i = TIDE_WATCH_MAX_SHOWN; i < groups->len; i++)
    g_free (g_array_index (groups, TideWatchGroupInfo, i).group);
  info->n_shown = MIN (groups->len, TIDE_WATCH_MAX_SHOWN);
  info->groups = (TideWatchGroupInfo *) (void *) g_array_free (g_steal_pointer (&groups), FALSE);
  if (trouble == NULL)
    return;
  info->state = TIDE_ALERT_ERROR;
  info->error = g_strdup (trouble);
}

void
tide_watch_publish (TideWatch *self)
{
  TideWatchSnapshot *snapshot = g_new0 (TideWatchSnapshot, 1), *old;
  GPtrArray *rules = self->engine != NULL ? tide_watch_engine_get_rules (self->engine) : NULL;
  GArray *routes = tide_watch_routes_get_infos (self->routes);
  bool changed = self->changed;

  g_atomic_ref_count_init (&snapshot->refs);
  g_mutex_lock (&self->lock);
  snapshot->silences = g_ptr_array_ref (self->silences);
  g_mutex_unlock (&self->lock);
  snapshot->n_rules = rules != NULL ? rules->len : 0;
  snapshot->rules = g_new0 (TideWatchRuleInfo, MAX (snapshot->n_rules, 1));
  for (guint i = 0; i < snapshot->n_rules; i++)
    {
      TideWatchRuleInfo *info = &snapshot->rules[i];

      fill_rule (self, snapshot->silences, g_ptr_array_index (rules, i), info);
      snapshot->n_pending += info->n_pending;
      snapshot->n_silenced += info->n_silenced;
      for (guint k = 0; k < info->n_shown; k++)
        snapshot->n_firing += !info->groups[k].silenced && rank (info->groups[k].state) < rank (TIDE_ALERT_PENDING);
    }
  snapshot->n_routes = routes->len;
  snapshot->routes = (TideWatchRouteInfo *) (void *) g_array_free (routes, FALSE);
  self->generation += changed;
  snapshot->generation = self->generation;
  self->changed = false;
  g_mutex_lock (&self->lock);
  old = self->snapshot;
  self->snapshot = snapshot;
  g_mutex_unlock (&self->lock);
  tide_watch_snapshot_unref (old);
  if (changed && self->host.changed != NULL)
    self->host.changed (self->host.data);
}

TideWatchSnapshot *
tide_watch_get_snapshot (TideWatch *self)
{
  TideWatchSnapshot *snapshot;

  g_mutex_lock (&self->lock);
  snapshot = self->snapshot != NULL ? tide_watch_snapshot_ref (self->snapshot) : NULL;
  g_mutex_unlock (&self->lock);
  return snapshot;
}
