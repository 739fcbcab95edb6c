/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who uses the processor. Threads measure themselves with their own CPU clock around the work of one batch, run or
 * query and add it here; nothing is divided evenly. What was added is kept since the start, and what is new moves to
 * the database by hour, so that a crash loses a minute at most. */
#include "balance-meter.h"

#include <string.h>

typedef struct
{
  TideUse use;
  TideUse saved; /* how much of it is in the database; only the numbers */
} Account;

struct _TideMeter
{
  GMutex lock;
  TideClock clock;
  GHashTable *accounts; /* Account, a set */
  int64_t saved_mono_us;
};

static const char *const names[TIDE_N_USES] = {
  [TIDE_USE_DECODE] = "decode", [TIDE_USE_LIVE] = "live", [TIDE_USE_SNAPSHOT] = "snapshot", [TIDE_USE_STORE] = "store",
  [TIDE_USE_REFRESH] = "refresh", [TIDE_USE_ROLLUP] = "roll-up", [TIDE_USE_ANALYSIS] = "analysis", [TIDE_USE_ALERT] = "alerts",
  [TIDE_USE_QUERY] = "query", [TIDE_USE_WINDOW] = "window", [TIDE_USE_SHARED] = "shared",
};

const char *
tide_activity_to_string (TideActivity activity)
{
  return names[activity];
}

TideActivity
tide_activity_parse (const char *text)
{
  TideActivity activity = 0;

  while (activity < TIDE_N_USES && strcmp (names[activity], text) != 0)
    activity++;
  return activity;
}

void
tide_use_free (TideUse *use)
{
  if (use == NULL)
    return;
  g_free (use->source);
  g_free (use->stream);
  g_free (use->metric);
  g_free (use);
}

static guint
account_hash (gconstpointer data)
{
  const TideUse *use = data;

  return g_str_hash (use->source) * 31 + g_str_hash (use->stream) * 17 + g_str_hash (use->metric) + use->activity;
}

static gboolean
account_equal (gconstpointer x, gconstpointer y)
{
  const TideUse *a = x, *b = y;

  return a->activity == b->activity && strcmp (a->source, b->source) == 0 && strcmp (a->stream, b->stream) == 0
         && strcmp (a->metric, b->metric) == 0;
}

TideMeter *
tide_meter_new (const TideClock *clock)
{
  TideMeter *meter = g_new0 (TideMeter, 1);

  g_mutex_init (&meter->lock);
  meter->clock = clock != NULL ? *clock : tide_clock_system;
  meter->accounts = g_hash_table_new_full (account_hash, account_equal, (GDestroyNotify) tide_use_free, NULL);
  meter->saved_mono_us = tide_clock_monotonic (&meter->clock);
  return meter;
}

void
tide_meter_free (TideMeter *meter)
{
  if (meter == NULL)
    return;
  g_hash_table_unref (meter->accounts);
  g_mutex_clear (&meter->lock);
  g_free (meter);
}

static Account *
get_account (TideMeter *meter, const TideUse *key)
{
  Account *account = g_hash_table_lookup (meter->accounts, key);

  if (account == NULL)
    {
      account = g_new0 (Account, 1);
      account->use.activity = key->activity;
      account->use.source = g_strdup (key->source);
      account->use.stream = g_strdup (key->stream);
      account->use.metric = g_strdup (key->metric);
      g_hash_table_add (meter->accounts, account);
    }
  return account;
}

/**
 * tide_meter_add:
 *
 * Thread: any. Locks: the meter's, for one look-up.
 */
void
tide_meter_add (TideMeter *meter, TideActivity activity, const char *source, const char *stream, const char *metric,
                int64_t cpu_ns, guint64 bytes, guint64 events, guint64 runs)
{
  TideUse key = { activity, (char *) (source != NULL ? source : ""), (char *) (stream != NULL ? stream : ""),
                  (char *) (metric != NULL ? metric : "") };
  Account *account;

  g_mutex_lock (&meter->lock);
  account = get_account (meter, &key);
  account->use.cpu_ns += cpu_ns;
  account->use.bytes += bytes;
  account->use.events += events;
  account->use.runs += runs;
  g_mutex_unlock (&meter->lock);
}

GPtrArray *
tide_meter_get (TideMeter *meter)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_use_free);
  GHashTableIter iter;
  void *account;

  g_mutex_lock (&meter->lock);
  g_hash_table_iter_init (&iter, meter->accounts);
  while (g_hash_table_iter_next (&iter, &account, NULL))
    {
      TideUse *copy = g_memdup2 (&((Account *) account)->use, sizeof *copy);

      copy->source = g_strdup (copy->source);
      copy->stream = g_strdup (copy->stream);
      copy->metric = g_strdup (copy->metric);
      g_ptr_array_add (list, copy);
    }
  g_mutex_unlock (&meter->lock);
  return list;
}

static TideUseHour *
take_new (Account *account, TideTime hour)
{
  TideUseHour *use = g_new0 (TideUseHour, 1);

  use->hour = hour;
  use->activity = g_strdup (names[account->use.activity]);
  use->source = g_strdup (account->use.source);
  use->stream = g_strdup (account->use.stream);
  use->metric = g_strdup (account->use.metric);
  use->cpu_ns = account->use.cpu_ns - account->saved.cpu_ns;
  use->bytes = account->use.bytes - account->saved.bytes;
  use->events = account->use.events - account->saved.events;
  use->runs = account->use.runs - account->saved.runs;
  return use;
}

static void
mark_saved (TideMeter *meter, const TideUseHour *use)
{
  TideUse key = { tide_activity_parse (use->activity), use->source, use->stream, use->metric };
  Account *account = get_account (meter, &key);

  account->saved.cpu_ns += use->cpu_ns;
  account->saved.bytes += use->bytes;
  account->saved.events += use->events;
  account->saved.runs += use->runs;
}

static bool
is_new (const Account *account)
{
  return account->use.cpu_ns != account->saved.cpu_ns || account->use.bytes != account->saved.bytes
         || account->use.events != account->saved.events || account->use.runs != account->saved.runs;
}

bool
tide_meter_save (TideMeter *meter, TideWriter *writer, GError **error)
{
  g_autoptr (GPtrArray) hours = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_use_hour_free);
  TideTime now = tide_clock_now (&meter->clock);
  int64_t mono_us = tide_clock_monotonic (&meter->clock);
  GHashTableIter iter;
  void *account;
  TideUseHour *all = g_new0 (TideUseHour, 1);

  g_mutex_lock (&meter->lock);
  g_hash_table_iter_init (&iter, meter->accounts);
  while (g_hash_table_iter_next (&iter, &account, NULL))
    if (is_new (account))
      g_ptr_array_add (hours, take_new (account, now - now % TIDE_HOUR));
  all->hour = now - now % TIDE_HOUR;
  all->activity = g_strdup (names[TIDE_USE_SHARED]);
  all->source = g_strdup ("");
  all->stream = g_strdup ("");
  all->metric = g_strdup ("");
  all->seconds = (double) (mono_us - meter->saved_mono_us) / TIDE_SECOND;
  g_ptr_array_add (hours, all);
  g_mutex_unlock (&meter->lock);
  if (!tide_use_save (writer, hours, error))
    return false;
  g_mutex_lock (&meter->lock);
  for (guint i = 0; i + 1 < hours->len; i++)
    mark_saved (meter, g_ptr_array_index (hours, i));
  meter->saved_mono_us = mono_us;
  g_mutex_unlock (&meter->lock);
  return true;
}
