/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass over the events, oldest first: each ends the state of its group before it. */
#include "app-alert-history.h"

#include <math.h>

typedef struct
{
  TideAlertState state;
  double since;
  GArray *spans;
} Group;

typedef struct
{
  GHashTable *groups; /* const char* → Group */
  GArray *spans;      /* of all groups */
  const char *last;
} Rule;

struct _TideAlertHistory
{
  GPtrArray *events; /* whose texts are the keys */
  GHashTable *rules; /* const char* → Rule */
};

static void
group_free (void *data)
{
  Group *group = data;

  g_array_unref (group->spans);
  g_free (group);
}

static void
rule_free (void *data)
{
  Rule *rule = data;

  g_hash_table_unref (rule->groups);
  g_array_unref (rule->spans);
  g_free (rule);
}

static Rule *
get_rule (TideAlertHistory *self, const char *name)
{
  Rule *rule = g_hash_table_lookup (self->rules, name);

  if (rule == NULL)
    {
      rule = g_new0 (Rule, 1);
      rule->groups = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, group_free);
      rule->spans = g_array_new (FALSE, FALSE, sizeof (TideAlertSpan));
      g_hash_table_insert (self->rules, (char *) name, rule);
    }
  return rule;
}

/* One that is told of only by its end began before @from. */
static Group *
get_group (Rule *rule, const TideAlertEvent *event, TideTime from)
{
  Group *group = g_hash_table_lookup (rule->groups, event->group);

  if (group == NULL)
    {
      group = g_new0 (Group, 1);
      group->state = event->state == TIDE_ALERT_NORMAL ? TIDE_ALERT_FIRING : TIDE_ALERT_NORMAL;
      group->since = (double) from;
      group->spans = g_array_new (FALSE, FALSE, sizeof (TideAlertSpan));
      g_hash_table_insert (rule->groups, event->group, group);
    }
  return group;
}

static void
close_span (Rule *rule, Group *group, double to)
{
  TideAlertSpan span = { group->state, group->since, to };

  if (span.state == TIDE_ALERT_NORMAL)
    return;
  g_array_append_val (group->spans, span);
  g_array_append_val (rule->spans, span);
}

static int
compare_spans (gconstpointer a, gconstpointer b)
{
  double x = ((const TideAlertSpan *) a)->from, y = ((const TideAlertSpan *) b)->from;

  return (x > y) - (x < y);
}

static void
finish (TideAlertHistory *self)
{
  GHashTableIter rules, groups;
  void *rule, *group;

  g_hash_table_iter_init (&rules, self->rules);
  while (g_hash_table_iter_next (&rules, NULL, &rule))
    {
      g_hash_table_iter_init (&groups, ((Rule *) rule)->groups);
      while (g_hash_table_iter_next (&groups, NULL, &group))
        close_span (rule, group, INFINITY);
      g_array_sort (((Rule *) rule)->spans, compare_spans);
    }
}

TideAlertHistory *
tide_alert_history_new (GPtrArray *events, TideTime from)
{
  TideAlertHistory *self = g_new0 (TideAlertHistory, 1);

  self->events = g_ptr_array_ref (events);
  self->rules = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, rule_free);
  for (guint i = events->len; i-- > 0;)
    {
      const TideAlertEvent *event = g_ptr_array_index (events, i);
      Rule *rule = get_rule (self, event->rule);
      Group *group = get_group (rule, event, from);

      close_span (rule, group, (double) event->time);
      group->state = event->state;
      group->since = (double) event->time;
      rule->last = event->group;
    }
  finish (self);
  return self;
}

void
tide_alert_history_free (TideAlertHistory *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->rules);
  g_ptr_array_unref (self->events);
  g_free (self);
}

GArray *
tide_alert_history_get_spans (const TideAlertHistory *self, const char *rule, const char *group)
{
  const Rule *found = g_hash_table_lookup (self->rules, rule);
  const Group *of = found != NULL && group != NULL ? g_hash_table_lookup (found->groups, group) : NULL;

  return of != NULL ? of->spans : found != NULL && group == NULL ? found->spans : NULL;
}

const char *
tide_alert_history_get_last_group (const TideAlertHistory *self, const char *rule)
{
  const Rule *found = g_hash_table_lookup (self->rules, rule);

  return found != NULL ? found->last : NULL;
}
