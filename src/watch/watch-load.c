/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Start and edits. The engine is made anew, and each rule is put where it was: to the pane that it had evaluated, with the
 * states of its groups. From there on events are read again, far enough back for windows and history to be as they were.
 * A rule that was not there before looks at what comes from now on; a back-test shows its past. */
#include "watch-thread.h"

#include <string.h>

typedef struct
{
  TideWatch *self;
  TideReader *reader;
  TideWatchCursor *cursor;
  GError *error;
} Seed;

static const TideAlertProgress *
find_progress (const GPtrArray *list, const char *rule)
{
  for (guint i = 0; i < list->len; i++)
    if (strcmp (((TideAlertProgress *) g_ptr_array_index (list, i))->rule, rule) == 0)
      return g_ptr_array_index (list, i);
  return NULL;
}

static bool
place_rule (TideWatch *self, TideReader *reader, TideWatchRule *rule, const GPtrArray *progress, const GPtrArray *records,
            GError **error)
{
  const TideAlertProgress *known = find_progress (progress, rule->alert->name);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  TideStreamFacts facts = { .time_max = TIDE_TIME_NONE };

  if (known != NULL && strcmp (known->version, rule->alert->version) == 0)
    {
      tide_watch_rule_restore (rule, known->until, records);
      return true;
    }
  if (rule->series != NULL && !tide_store_get_stream_facts (reader, rule->alert->stream, &facts, error))
    return false;
  tide_watch_rule_restore (rule,
                           facts.last_seq == 0 || facts.time_max == TIDE_TIME_NONE
                               ? TIDE_TIME_NONE
                               : facts.time_max - rule->alert->metric->stream->lateness - rule->alert->delay,
                           none);
  return true;
}

/* Groups that the batch layer knows; what came after its cut is read again. */
static void
seed_metric (TideWatchFeed *feed, TideMetric *metric, void *data)
{
  Seed *seed = data;
  g_auto (TideCut) cut = { 0 };
  g_autoptr (TideGroups) groups = NULL;

  if (seed->error != NULL || seed->cursor->from == TIDE_TIME_NONE
      || !tide_store_get_cut (seed->reader, metric, &cut, &seed->error) || !cut.exists || cut.cut_time == TIDE_TIME_NONE)
    {
      seed->cursor->from = seed->cursor->from == TIDE_TIME_NONE || cut.exists ? seed->cursor->from : TIDE_TIME_NONE;
      return;
    }
  seed->cursor->from = MIN (seed->cursor->from, cut.cut_time - metric->stream->lateness);
  groups = tide_store_get_groups (seed->reader, metric, &cut, &seed->error);
  if (groups != NULL)
    tide_watch_feed_seed (feed, metric, groups, seed->cursor->from);
}

static bool
place_feed (TideWatch *self, TideReader *reader, TideWatchFeed *feed, TideWatchCursor *cursor, GError **error)
{
  GPtrArray *rules = tide_watch_engine_get_rules (self->engine);
  Seed seed = { self, reader, cursor };

  *cursor = (TideWatchCursor){ .next = 1, .from = TIDE_TIME_MAX, .first_pass = true };
  for (guint i = 0; i < rules->len; i++)
    {
      const TideWatchRule *rule = g_ptr_array_index (rules, i);

      if (rule->series == NULL || strcmp (rule->alert->stream, tide_watch_feed_get_stream (feed)->name) != 0)
        continue;
      cursor->from = rule->until == TIDE_TIME_NONE || cursor->from == TIDE_TIME_NONE
                         ? TIDE_TIME_NONE
                         : MIN (cursor->from, rule->until - tide_watch_rule_get_lookback (rule));
    }
  tide_watch_feed_foreach_metric (feed, seed_metric, &seed);
  if (seed.error == NULL)
    return true;
  g_propagate_error (error, seed.error);
  return false;
}

/* States of rules that are gone, off or defined otherwise end here. */
static bool
end_others (TideWatch *self, TideWorkspace *workspace, const GPtrArray *progress, const GPtrArray *records, GError **error)
{
  for (guint i = 0; i < progress->len; i++)
    {
      const TideAlertProgress *known = g_ptr_array_index (progress, i);
      const TideAlert *alert = tide_workspace_get_alert (workspace, known->rule);
      bool same = alert != NULL && alert->enabled && strcmp (alert->version, known->version) == 0;

      if (same)
        continue;
      for (guint k = 0; k < records->len; k++)
        {
          const TideAlertRecord *record = g_ptr_array_index (records, k);

          if (strcmp (record->rule, known->rule) == 0 && record->state != TIDE_ALERT_NORMAL)
            tide_watch_note (self, record->rule, record->group, TIDE_ALERT_NORMAL, self->now, record->value,
                             alert == NULL       ? "the rule was removed"
                             : !alert->enabled ? "the rule was switched off"
                                               : "the rule was changed");
        }
      if (!tide_alert_forget (self->writer, known->rule, error))
        return false;
    }
  return true;
}

static bool
place_all (TideWatch *self, TideReader *reader, const GPtrArray *progress, const GPtrArray *records, GError **error)
{
  GPtrArray *rules = tide_watch_engine_get_rules (self->engine), *feeds = tide_watch_engine_get_feeds (self->engine);

  for (guint i = 0; i < rules->len; i++)
    if (!place_rule (self, reader, g_ptr_array_index (rules, i), progress, records, error))
      return false;
  g_free (self->cursors);
  self->cursors = g_new0 (TideWatchCursor, MAX (feeds->len, 1));
  for (guint i = 0; i < feeds->len; i++)
    if (!place_feed (self, reader, g_ptr_array_index (feeds, i), &self->cursors[i], error))
      return false;
  return true;
}

/* The records must outlive the engine's look-ups of them: they are handed to it. */
static void
keep (TideWatchRule *rule)
{
  GHashTable *owned = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) tide_alert_record_free);
  GHashTableIter iter;
  void *value;

  if (rule->records == NULL)
    {
      g_hash_table_unref (owned);
      return;
    }
  g_hash_table_iter_init (&iter, rule->records);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      TideAlertRecord *copy = g_memdup2 (value, sizeof (TideAlertRecord));

      copy->rule = g_strdup (copy->rule);
      copy->group = g_strdup (copy->group);
      g_hash_table_insert (owned, copy->group, copy);
    }
  g_hash_table_unref (rule->records);
  rule->records = owned;
}

bool
tide_watch_load_baselines (TideWatch *self, GError **error)
{
  GPtrArray *rules = tide_watch_engine_get_rules (self->engine);
  g_autoptr (TideReader) reader = NULL;

  self->baseline_at = self->now;
  for (guint i = 0; i < rules->len; i++)
    {
      TideWatchRule *rule = g_ptr_array_index (rules, i);
      g_autoptr (GArray) rows = NULL;
      guint days;
      TideTime made;

      if (!rule->class->spec.seasonal)
        continue;
      if (reader == NULL)
        reader = tide_store_acquire_reader (self->store, error);
      if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
        return false;
      rows = tide_store_get_baseline (reader, rule->alert->metric, &days, &made, error);
      tide_reader_end (reader);
      if (rows == NULL)
        return false;
      tide_watch_rule_set_baseline (rule, rows, days);
    }
  return true;
}

static bool
load_silences (TideWatch *self, TideReader *reader, GError **error)
{
  GPtrArray *list = tide_store_get_silences (reader, self->now, error);

  if (list == NULL)
    return false;
  g_mutex_lock (&self->lock);
  g_ptr_array_unref (self->silences);
  self->silences = list;
  g_mutex_unlock (&self->lock);
  return true;
}

bool
tide_watch_load (TideWatch *self, TideWorkspace *workspace, GError **error)
{
  g_autoptr (GPtrArray) progress = NULL, records = NULL;
  g_autoptr (TideReader) reader = NULL;
  bool good;

  if (self->engine != NULL && !tide_watch_write (self, true, error))
    return false;
  reader = tide_store_acquire_reader (self->store, error);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  good = (progress = tide_store_get_alert_progress (reader, error)) != NULL
         && (records = tide_store_get_alert_records (reader, error)) != NULL && load_silences (self, reader, error);
  if (good)
    {
      g_clear_pointer (&self->engine, tide_watch_engine_free);
      self->engine = tide_watch_engine_new (workspace, NULL, tide_watch_on_transition, self);
      good = place_all (self, reader, progress, records, error);
    }
  tide_reader_end (reader);
  for (guint i = 0; self->engine != NULL && i < tide_watch_engine_get_rules (self->engine)->len; i++)
    keep (g_ptr_array_index (tide_watch_engine_get_rules (self->engine), i));
  if (!good || !end_others (self, workspace, progress, records, error) || !tide_watch_load_baselines (self, error)
      || !tide_watch_write (self, true, error))
    {
      g_clear_pointer (&self->engine, tide_watch_engine_free);
      return false;
    }
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->taken, tide_workspace_unref);
  self->taken = tide_workspace_ref (workspace);
  g_mutex_unlock (&self->lock);
  self->changed = true;
  return true;
}
