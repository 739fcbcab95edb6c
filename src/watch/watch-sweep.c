/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is told of what. After each cycle groups that fire and were not told of, and groups that were told of and are normal
 * again, are gathered: for a moment, so that what fires together is one notification, and no more than CAP notifications
 * in CAP_WINDOW, after which one digest has all that happened meanwhile. A rule that still reads what it missed tells
 * nobody; when it is up to date, what then still fires is told, once. */
#include "watch-thread.h"

#include <string.h>

#define GATHER (2 * TIDE_SECOND)
#define CAP 6
#define CAP_WINDOW (10 * TIDE_MINUTE)

void
tide_watch_item_free (TideWatchItem *item)
{
  if (item == NULL)
    return;
  g_free (item->rule);
  g_free (item->title);
  g_free (item->group);
  g_free (item->runbook);
  g_free (item->reason);
  g_free (item->metric);
  g_free (item->unit);
  g_free (item);
}

bool
tide_watch_rule_is_current (TideWatch *self, const TideWatchRule *rule)
{
  GPtrArray *feeds = tide_watch_engine_get_feeds (self->engine);

  if (rule->series == NULL)
    return true;
  for (guint i = 0; i < feeds->len; i++)
    {
      const TideWatchFeed *feed = g_ptr_array_index (feeds, i);
      TideTime mark = tide_watch_feed_get_watermark (feed);

      if (strcmp (tide_watch_feed_get_stream (feed)->name, rule->alert->stream) == 0)
        return !self->cursors[i].first_pass && mark != TIDE_TIME_NONE
               && self->now - mark <= TIDE_WATCH_LATE + tide_watch_feed_get_stream (feed)->lateness;
    }
  return false;
}

TideTime
tide_watch_silenced_until (TideWatch *self, const GPtrArray *silences, const char *rule, const char *group)
{
  TideTime until = TIDE_TIME_NONE;

  for (guint i = 0; i < silences->len; i++)
    {
      const TideSilence *silence = g_ptr_array_index (silences, i);

      if (silence->until > self->now && (silence->rule == NULL || strcmp (silence->rule, rule) == 0)
          && (silence->pattern == NULL || tide_alert_pattern_match (silence->pattern, group)))
        until = MAX (until, silence->until);
    }
  return until;
}

static bool
is_due (TideWatch *self, const GPtrArray *silences, const TideWatchInstance *instance, const char *rule, const char *group)
{
  bool fires = instance->state == TIDE_ALERT_FIRING || instance->state == TIDE_ALERT_NO_DATA;

  if (!fires)
    return instance->state == TIDE_ALERT_NORMAL && instance->notified;
  return !instance->notified && instance->acknowledged == TIDE_TIME_NONE
         && tide_watch_silenced_until (self, silences, rule, group) == TIDE_TIME_NONE;
}

static TideWatchItem *
make_item (TideWatch *self, TideWatchRule *rule, guint group)
{
  const TideAlert *alert = rule->alert;
  const TideWatchInstance *instance = &rule->instances[group];
  TideWatchItem *item = g_new0 (TideWatchItem, 1);

  item->rule = g_strdup (alert->name);
  item->title = g_strdup (alert->title);
  item->group = g_strdup (tide_watch_rule_get_label (rule, group));
  item->runbook = g_strdup (alert->runbook);
  item->metric = g_strdup (alert->metric != NULL ? alert->metric->name : NULL);
  item->unit = g_strdup (alert->metric != NULL && alert->condition->limit != TIDE_LIMIT_DURATION ? alert->metric->unit : NULL);
  item->reason = tide_watch_reason (alert, (TideAlertState) instance->state, instance->value);
  item->severity = alert->severity;
  item->resolved = instance->state == TIDE_ALERT_NORMAL;
  item->time = instance->since;
  item->fired = instance->fired;
  item->value = instance->value;
  return item;
}

typedef struct
{
  TideWatchRule *rule;
  guint group;
} Due;

static void
gather (TideWatch *self, const GPtrArray *silences, GArray *due)
{
  GPtrArray *rules = tide_watch_engine_get_rules (self->engine);

  for (guint i = 0; i < rules->len; i++)
    {
      TideWatchRule *rule = g_ptr_array_index (rules, i);

      if (!tide_watch_rule_is_current (self, rule))
        continue;
      for (guint k = 0; k < rule->n_instances; k++)
        {
          Due one = { rule, k };
          const TideWatchInstance *instance = &rule->instances[k];

          if ((instance->state == TIDE_ALERT_NORMAL && !instance->notified) || instance->state == TIDE_ALERT_PENDING)
            continue;
          if (is_due (self, silences, instance, rule->alert->name, tide_watch_rule_get_label (rule, k)))
            g_array_append_val (due, one);
        }
    }
}

static bool
may_send (TideWatch *self)
{
  guint n = 0;

  for (guint i = 0; i < MIN (self->n_sent, G_N_ELEMENTS (self->sent_at)); i++)
    n += self->now - self->sent_at[i] < CAP_WINDOW;
  return n < CAP;
}

static char *
notice_body (const GPtrArray *items)
{
  const TideWatchItem *first = g_ptr_array_index (items, 0);
  TideSeverity worst = TIDE_SEVERITY_INFO;
  g_autofree char *title = NULL, *body = NULL;
  g_autoptr (GVariant) notice = NULL;

  for (guint i = 0; i < items->len; i++)
    worst = MAX (worst, ((TideWatchItem *) g_ptr_array_index (items, i))->severity);
  tide_watch_notification_to_text (items, &title, &body);
  notice = g_variant_ref_sink (g_variant_new ("(sssxu)", title, body, first->rule, (gint64) first->time, (guint) worst));
  return g_variant_print (notice, TRUE);
}

static void
add_delivery (TideWatch *self, const char *route, char *body)
{
  TideAlertDelivery *delivery = g_new0 (TideAlertDelivery, 1);

  delivery->route = g_strdup (route);
  delivery->body = body;
  delivery->created = delivery->next = self->now;
  delivery->status = g_strdup ("due");
  g_ptr_array_add (self->deliveries, delivery);
}

static void
send_to (TideWatch *self, const char *route, const GPtrArray *items)
{
  bool desktop = strcmp (route, TIDE_ROUTE_DESKTOP) == 0 || strcmp (route, TIDE_ROUTE_SOUND) == 0;

  add_delivery (self, route, desktop ? notice_body (items) : tide_watch_notification_to_json (self->taken, items, self->now));
}

static void
add_to (GHashTable *routes, const char *route, TideWatchItem *item)
{
  if (!g_hash_table_contains (routes, route))
    g_hash_table_insert (routes, g_strdup (route), g_ptr_array_new ());
  g_ptr_array_add (g_hash_table_lookup (routes, route), item);
}

/* One notification a route, of the alerts whose rule names it; and one a command of the user's own. */
static void
send_all (TideWatch *self, const GArray *due)
{
  g_autoptr (GHashTable) routes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_watch_item_free);
  GHashTableIter iter;
  void *name, *items;

  for (guint i = 0; i < due->len; i++)
    {
      const Due *one = &g_array_index (due, Due, i);
      TideWatchItem *item = make_item (self, one->rule, one->group);
      g_auto (GStrv) commands = tide_watch_command_list (self->host.commands_file, item->severity, self->taken->dir);

      g_ptr_array_add (all, item);
      for (guint k = 0; one->rule->alert->routes[k] != NULL; k++)
        add_to (routes, one->rule->alert->routes[k], item);
      for (guint k = 0; commands[k] != NULL; k++)
        {
          g_autofree char *route = g_strconcat ("command:", commands[k], NULL);

          add_to (routes, route, item);
        }
    }
  g_hash_table_iter_init (&iter, routes);
  while (g_hash_table_iter_next (&iter, &name, &items))
    send_to (self, name, items);
}

static void
mark_told (const GArray *due)
{
  for (guint i = 0; i < due->len; i++)
    {
      const Due *one = &g_array_index (due, Due, i);
      TideWatchInstance *instance = &one->rule->instances[one->group];

      instance->notified = instance->state != TIDE_ALERT_NORMAL;
      instance->dirty = one->rule->dirty = true;
    }
}

void
tide_watch_sweep (TideWatch *self)
{
  g_autoptr (GArray) due = g_array_new (FALSE, FALSE, sizeof (Due));
  g_autoptr (GPtrArray) silences = NULL;

  g_mutex_lock (&self->lock);
  silences = g_ptr_array_ref (self->silences);
  g_mutex_unlock (&self->lock);
  gather (self, silences, due);
  if (due->len == 0)
    {
      self->waiting_since = TIDE_TIME_NONE;
      return;
    }
  if (self->waiting_since == TIDE_TIME_NONE)
    self->waiting_since = self->now;
  if (self->now - self->waiting_since < GATHER || !may_send (self))
    return;
  send_all (self, due);
  mark_told (due);
  self->sent_at[self->n_sent++ % G_N_ELEMENTS (self->sent_at)] = self->now;
  self->waiting_since = TIDE_TIME_NONE;
}
