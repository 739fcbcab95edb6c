/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The freshness objective as a service level: an objective such as "5 s" is to be met for a target share of the time,
 * and what is left over is a budget of time in which it may be missed. Looked at once a second, kept by hour. */
#include "balance-freshness.h"

#include <math.h>

#define BUDGET_DAYS 30

typedef struct
{
  double met_s, total_s; /* not saved yet */
  TideDuration age;
} Entry;

struct _TideFreshMeter
{
  GMutex lock;
  TideClock clock;
  GHashTable *metrics; /* name → Entry */
};

TideFreshMeter *
tide_fresh_meter_new (const TideClock *clock)
{
  TideFreshMeter *freshness = g_new0 (TideFreshMeter, 1);

  g_mutex_init (&freshness->lock);
  freshness->clock = clock != NULL ? *clock : tide_clock_system;
  freshness->metrics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return freshness;
}

void
tide_fresh_meter_free (TideFreshMeter *freshness)
{
  if (freshness == NULL)
    return;
  g_hash_table_unref (freshness->metrics);
  g_mutex_clear (&freshness->lock);
  g_free (freshness);
}

/**
 * tide_fresh_meter_add:
 *
 * Thread: any. Locks: its own, short.
 */
void
tide_fresh_meter_add (TideFreshMeter *freshness, const TideMetric *metric, TideDuration age, double seconds)
{
  Entry *entry;

  g_mutex_lock (&freshness->lock);
  entry = g_hash_table_lookup (freshness->metrics, metric->name);
  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      g_hash_table_insert (freshness->metrics, g_strdup (metric->name), entry);
    }
  entry->age = age;
  if (metric->freshness > 0)
    {
      entry->total_s += seconds;
      entry->met_s += age <= metric->freshness ? seconds : 0;
    }
  g_mutex_unlock (&freshness->lock);
}

TideDuration
tide_fresh_meter_get_age (TideFreshMeter *freshness, const char *metric)
{
  const Entry *entry;
  TideDuration age;

  g_mutex_lock (&freshness->lock);
  entry = g_hash_table_lookup (freshness->metrics, metric);
  age = entry != NULL ? entry->age : -1;
  g_mutex_unlock (&freshness->lock);
  return age;
}

bool
tide_fresh_meter_save (TideFreshMeter *freshness, TideWriter *writer, GError **error)
{
  g_autoptr (GPtrArray) hours = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_fresh_hour_free);
  TideTime now = tide_clock_now (&freshness->clock);
  GHashTableIter iter;
  void *name, *data;

  g_mutex_lock (&freshness->lock);
  g_hash_table_iter_init (&iter, freshness->metrics);
  while (g_hash_table_iter_next (&iter, &name, &data))
    {
      const Entry *entry = data;
      TideFreshHour *hour;

      if (entry->total_s <= 0)
        continue;
      hour = g_new0 (TideFreshHour, 1);
      hour->hour = now - now % TIDE_HOUR;
      hour->metric = g_strdup (name);
      hour->met_s = entry->met_s;
      hour->total_s = entry->total_s;
      g_ptr_array_add (hours, hour);
    }
  g_mutex_unlock (&freshness->lock);
  if (!tide_fresh_save (writer, hours, error))
    return false;
  g_mutex_lock (&freshness->lock);
  for (guint i = 0; i < hours->len; i++)
    {
      const TideFreshHour *hour = g_ptr_array_index (hours, i);
      Entry *entry = g_hash_table_lookup (freshness->metrics, hour->metric);

      entry->met_s -= hour->met_s;
      entry->total_s -= hour->total_s;
    }
  g_mutex_unlock (&freshness->lock);
  return true;
}

typedef struct
{
  double met_s, total_s;
} Sum;

static double
burn_rate (Sum sum, double target)
{
  return sum.total_s > 0 ? (1 - sum.met_s / sum.total_s) / (1 - target) : NAN;
}

bool
tide_objective_get_facts (TideReader *reader, const char *metric, double target, TideTime now,
                          TideObjectiveFacts *ret_facts, GError **error)
{
  g_autoptr (GPtrArray) hours = tide_store_get_fresh (reader, metric, now - BUDGET_DAYS * TIDE_DAY, now, error);
  Sum all = { 0 }, last = { 0 }, six = { 0 };

  if (hours == NULL)
    return false;
  for (guint i = 0; i < hours->len; i++)
    {
      const TideFreshHour *hour = g_ptr_array_index (hours, i);
      Sum *sums[] = { &all, hour->hour > now - 6 * TIDE_HOUR ? &six : NULL,
                      hour->hour > now - TIDE_HOUR ? &last : NULL };

      for (guint k = 0; k < G_N_ELEMENTS (sums); k++)
        if (sums[k] != NULL)
          {
            sums[k]->met_s += hour->met_s;
            sums[k]->total_s += hour->total_s;
          }
    }
  ret_facts->measured_s = all.total_s;
  ret_facts->met = all.total_s > 0 ? all.met_s / all.total_s : NAN;
  /* The budget is that of 30 whole days, however little of them was measured. */
  ret_facts->budget_left = 1 - (all.total_s - all.met_s) / ((1 - target) * BUDGET_DAYS * 86400);
  ret_facts->burn_1h = burn_rate (last, target);
  ret_facts->burn_6h = burn_rate (six, target);
  return true;
}
