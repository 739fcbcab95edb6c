/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serving's own state: the workspace it answers for, and the speed part of each metric. The speed part is a cache
 * over the store, extended by scanning only what is new and dropped when the cut moves: nothing is kept anywhere
 * else, so nothing can differ from the store. */
#include "serving-private.h"

#include <string.h>

/* What all speed parts may hold between queries. */
#define SPEED_MAX_BYTES (64 * 1024 * 1024)

static TideSpeed *
speed_new (void)
{
  TideSpeed *speed = g_new0 (TideSpeed, 1);

  g_mutex_init (&speed->lock);
  g_atomic_ref_count_init (&speed->refs);
  return speed;
}

static void
speed_drop (TideSpeed *speed)
{
  g_clear_pointer (&speed->groups, tide_groups_free);
  g_clear_pointer (&speed->panes, tide_panes_free);
}

void
tide_speed_unref (TideSpeed *speed)
{
  if (speed == NULL || !g_atomic_ref_count_dec (&speed->refs))
    return;
  speed_drop (speed);
  g_mutex_clear (&speed->lock);
  g_free (speed);
}

/**
 * tide_serving_new:
 *
 * Thread: any.
 */
TideServing *
tide_serving_new (TideStore *store, const TideWorkspace *workspace, const TideClock *clock)
{
  TideServing *serving = g_new0 (TideServing, 1);

  serving->store = tide_store_ref (store);
  serving->clock = clock != NULL ? *clock : tide_clock_system;
  serving->workspace = tide_workspace_ref ((TideWorkspace *) workspace);
  serving->speeds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) tide_speed_unref);
  g_mutex_init (&serving->lock);
  return serving;
}

void
tide_serving_free (TideServing *serving)
{
  if (serving == NULL)
    return;
  g_hash_table_unref (serving->speeds);
  tide_workspace_unref (serving->workspace);
  tide_store_unref (serving->store);
  g_mutex_clear (&serving->lock);
  g_free (serving);
}

static gboolean
is_gone (void *name, void *speed, void *workspace)
{
  return tide_workspace_get_metric (workspace, name) == NULL;
}

void
tide_serving_set_workspace (TideServing *serving, const TideWorkspace *workspace)
{
  TideWorkspace *old;

  g_mutex_lock (&serving->lock);
  old = serving->workspace;
  serving->workspace = tide_workspace_ref ((TideWorkspace *) workspace);
  g_hash_table_foreach_remove (serving->speeds, is_gone, (void *) workspace);
  g_mutex_unlock (&serving->lock);
  tide_workspace_unref (old);
}

TideWorkspace *
tide_serving_get_workspace (TideServing *serving)
{
  TideWorkspace *workspace;

  g_mutex_lock (&serving->lock);
  workspace = tide_workspace_ref (serving->workspace);
  g_mutex_unlock (&serving->lock);
  return workspace;
}

TideSpeed *
tide_serving_get_speed (TideServing *serving, const char *metric)
{
  TideSpeed *speed;

  g_mutex_lock (&serving->lock);
  speed = g_hash_table_lookup (serving->speeds, metric);
  if (speed == NULL)
    {
      speed = speed_new ();
      g_hash_table_insert (serving->speeds, g_strdup (metric), speed);
    }
  g_atomic_ref_count_inc (&speed->refs);
  g_mutex_unlock (&serving->lock);
  return speed;
}

bool
tide_speed_extend (TideSpeed *speed, TideReader *reader, TideMetric *metric, const TideCut *cut, TideSeq last,
                   GCancellable *cancellable, GError **error)
{
  TideFold fold = { .up_to = last, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX, .cancellable = cancellable };
  int64_t started = g_get_monotonic_time ();

  if (speed->panes == NULL || speed->cut != cut->cut || speed->run != cut->run
      || strcmp (speed->version, metric->version) != 0 || speed->seq > last)
    {
      speed_drop (speed);
      speed->groups = tide_store_get_groups (reader, metric, cut, error);
      if (speed->groups == NULL)
        return false;
      speed->panes = tide_panes_new (metric, metric->stored_pane);
      speed->cut = speed->seq = cut->cut;
      speed->run = cut->run;
      speed->corrupt = 0;
      g_strlcpy (speed->version, metric->version, sizeof speed->version);
    }
  fold.after = speed->seq;
  speed->blocks = 0;
  if (speed->seq < last && !tide_serving_fold (reader, metric, &fold, speed->groups, speed->panes, error))
    {
      speed_drop (speed); /* a part of a scan is no state of any position */
      return false;
    }
  speed->seq = last;
  speed->blocks = fold.blocks;
  if (speed->corrupt == 0)
    speed->first_corrupt = fold.first_corrupt;
  speed->corrupt += fold.corrupt;
  speed->took = g_get_monotonic_time () - started;
  return true;
}

/* The part that was not used for longest, of those that hold something and come @after. Locked. */
static TideSpeed *
longest_unused (TideServing *serving, uint64_t after)
{
  TideSpeed *found = NULL, *speed;
  GHashTableIter iter;

  g_hash_table_iter_init (&iter, serving->speeds);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &speed))
    if (speed->bytes > 0 && speed->used > after && (found == NULL || speed->used < found->used))
      found = speed;
  return found;
}

void
tide_serving_trim (TideServing *serving, TideSpeed *speed)
{
  TideSpeed *other;
  GHashTableIter iter;
  gsize bytes = 0;
  uint64_t after = 0;

  g_mutex_lock (&serving->lock);
  speed->used = ++serving->uses;
  speed->bytes = speed->panes == NULL ? 0
                                      : tide_panes_get_bytes (speed->panes) + tide_groups_get_bytes (speed->groups);
  g_hash_table_iter_init (&iter, serving->speeds);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &other))
    bytes += other->bytes;
  /* One that is being queried is passed over: it comes here itself. */
  while (bytes > SPEED_MAX_BYTES && (other = longest_unused (serving, after)) != NULL)
    {
      after = other->used;
      if (other != speed && !g_mutex_trylock (&other->lock))
        continue;
      speed_drop (other);
      bytes -= other->bytes;
      other->bytes = 0;
      if (other != speed)
        g_mutex_unlock (&other->lock);
    }
  g_mutex_unlock (&serving->lock);
}
