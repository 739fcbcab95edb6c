/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The watch's thread. A cycle reads what was committed since the last one, lets the engine look at the panes that closed,
 * and writes changed states, what happened and what is to be sent in one transaction, before anything is sent: so a crash
 * at any moment neither loses a notification nor tells twice. It reads from the store alone: what is not committed has not
 * happened, and a restart reads the same events again. */
#include "watch-thread.h"

#include <string.h>

#define CYCLE_MIN (TIDE_SECOND / 4)
#define CYCLE_MAX TIDE_SECOND
#define PROGRESS_EVERY (10 * TIDE_SECOND)
#define BASELINE_EVERY (10 * TIDE_MINUTE)
/* Events read in one transaction; then states are written before more is read. */
#define CYCLE_EVENTS 1000000

static void
act_free (void *data)
{
  TideWatchAct *act = data;

  g_free (act->rule);
  g_free (act->group);
  g_free (act);
}

/* --- what happened --- */

void
tide_watch_note (TideWatch *self, const char *rule, const char *group, TideAlertState state, TideTime time, double value,
                 const char *reason)
{
  TideAlertEvent *event = g_new0 (TideAlertEvent, 1);

  event->rule = g_strdup (rule);
  event->group = g_strdup (group);
  event->state = state;
  event->time = time;
  event->recorded = self->now;
  event->value = value;
  event->reason = g_strdup (reason);
  event->late = self->now - time > TIDE_WATCH_LATE;
  g_ptr_array_add (self->events, event);
  self->changed = true;
}

void
tide_watch_on_transition (const TideWatchTransition *transition, void *data)
{
  g_autofree char *reason = tide_watch_reason (transition->alert, transition->to, transition->value);

  tide_watch_note (data, transition->alert->name, transition->group, transition->to, transition->at, transition->value, reason);
}

/* --- reading --- */

static bool
read_feed (TideWatch *self, TideReader *reader, TideWatchFeed *feed, TideWatchCursor *cursor, bool *ret_more, GError **error)
{
  const TideStream *stream = tide_watch_feed_get_stream (feed);
  g_autofree bool *columns = g_new0 (bool, TIDE_COLUMN_FIELD0 + stream->n_fields);
  TideScanOptions options = { .stream = stream, .after = cursor->next - 1, .from = cursor->from, .to = TIDE_TIME_MAX,
                              .columns = columns };
  const TideBatch *batch = NULL;
  uint64_t n = 0;

  tide_watch_feed_mark_columns (feed, columns);
  g_autoptr (TideScan) scan = tide_scan_new (reader, &options, error);

  if (scan == NULL)
    return false;
  while (n < CYCLE_EVENTS)
    {
      if (!tide_scan_next (scan, &batch, error))
        return false;
      if (batch == NULL)
        {
          TideStreamFacts facts;

          if (!tide_store_get_stream_facts (reader, stream->name, &facts, error))
            return false;
          cursor->next = MAX (facts.last_seq + 1, cursor->next);
          cursor->from = TIDE_TIME_NONE;
          cursor->first_pass = false;
          return true;
        }
      tide_watch_feed_add (feed, batch);
      n += batch->n;
      cursor->next = batch->first_seq + batch->n;
    }
  return *ret_more = true;
}

static bool
is_catching_up (TideWatch *self, const TideWatchFeed *feed)
{
  GPtrArray *rules = tide_watch_engine_get_rules (self->engine);

  for (guint i = 0; i < rules->len; i++)
    {
      const TideWatchRule *rule = g_ptr_array_index (rules, i);
      TideWatchFacts facts = { 0 };

      if (strcmp (rule->alert->stream, tide_watch_feed_get_stream (feed)->name) == 0)
        return self->host.facts != NULL && self->host.facts (rule->alert, &facts, self->host.data) && facts.catching_up;
    }
  return false;
}

static bool
read_events (TideWatch *self, bool *ret_more, GError **error)
{
  GPtrArray *feeds = tide_watch_engine_get_feeds (self->engine);
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->store, error);
  bool good = reader != NULL && tide_reader_begin (reader, 0, NULL, error);

  if (!good)
    return false;
  for (guint i = 0; i < feeds->len && good; i++)
    {
      TideWatchFeed *feed = g_ptr_array_index (feeds, i);
      int64_t start_ns = tide_thread_cpu_ns ();

      good = read_feed (self, reader, feed, &self->cursors[i], ret_more, error);
      if (good && !self->cursors[i].first_pass)
        tide_watch_feed_tick (feed, self->now, is_catching_up (self, feed));
      if (self->host.used != NULL)
        tide_watch_feed_tell_used (feed, tide_thread_cpu_ns () - start_ns, self->host.used, self->host.data);
    }
  tide_reader_end (reader);
  return good;
}

/* --- writing --- */

static void
add_records (TideWatch *self, TideWatchRule *rule, GPtrArray *records)
{
  for (guint i = 0; rule->dirty && i < rule->n_instances; i++)
    {
      const TideWatchInstance *instance = &rule->instances[i];
      TideAlertRecord *record;

      if (!instance->dirty)
        continue;
      record = g_new0 (TideAlertRecord, 1);
      *record = (TideAlertRecord){ g_strdup (rule->alert->name), g_strdup (tide_watch_rule_get_label (rule, i)),
                                   (TideAlertState) instance->state, instance->since, instance->pending, instance->clearing,
                                   instance->fired, instance->acknowledged, instance->value, instance->missing,
                                   instance->notified };
      g_ptr_array_add (records, record);
    }
}

static void
add_progress (TideWatchRule *rule, GPtrArray *list)
{
  TideAlertProgress *progress = g_new0 (TideAlertProgress, 1);

  progress->rule = g_strdup (rule->alert->name);
  memcpy (progress->version, rule->alert->version, sizeof progress->version);
  progress->until = rule->until;
  g_ptr_array_add (list, progress);
}

static void
settle (TideWatch *self)
{
  GPtrArray *rules = tide_watch_engine_get_rules (self->engine);

  for (guint i = 0; i < rules->len; i++)
    {
      TideWatchRule *rule = g_ptr_array_index (rules, i);

      for (guint k = 0; rule->dirty && k < rule->n_instances; k++)
        rule->instances[k].dirty = false;
      rule->dirty = false;
    }
  g_ptr_array_set_size (self->events, 0);
  while (self->deliveries->len > 0)
    tide_watch_routes_push (self->routes, g_ptr_array_steal_index (self->deliveries, 0));
}

/* @progress: also when no state changed. What can't be written stays to be written. */
bool
tide_watch_write (TideWatch *self, bool progress, GError **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_alert_record_free);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_alert_progress_free);
  GPtrArray *rules = tide_watch_engine_get_rules (self->engine);
  TideAlertWrite write = { records, self->events, list, self->deliveries };

  for (guint i = 0; i < rules->len; i++)
    add_records (self, g_ptr_array_index (rules, i), records);
  if (records->len == 0 && self->events->len == 0 && self->deliveries->len == 0 && !progress)
    return true;
  for (guint i = 0; i < rules->len; i++)
    add_progress (g_ptr_array_index (rules, i), list);
  if (!tide_alert_write (self->writer, &write, error))
    return false;
  self->progress_at = self->now;
  settle (self);
  return true;
}

/* --- a cycle --- */

static void
apply_acts (TideWatch *self)
{
  g_autoptr (GPtrArray) acts = NULL;

  g_mutex_lock (&self->lock);
  acts = g_steal_pointer (&self->acts);
  self->acts = g_ptr_array_new_with_free_func (act_free);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < acts->len; i++)
    {
      const TideWatchAct *act = g_ptr_array_index (acts, i);
      TideWatchRule *rule = tide_watch_engine_find_rule (self->engine, act->rule);

      for (guint k = 0; rule != NULL && k < rule->n_instances; k++)
        {
          TideWatchInstance *instance = &rule->instances[k];

          if (instance->state == TIDE_ALERT_NORMAL
              || (act->group != NULL && strcmp (tide_watch_rule_get_label (rule, k), act->group) != 0))
            continue;
          instance->acknowledged = act->acknowledged ? self->now : TIDE_TIME_NONE;
          instance->dirty = rule->dirty = self->changed = true;
        }
    }
}

static bool
cycle (TideWatch *self, bool *ret_more, GError **error)
{
  apply_acts (self);
  if (self->now - self->baseline_at >= BASELINE_EVERY && !tide_watch_load_baselines (self, error))
    return false;
  if (!read_events (self, ret_more, error))
    return false;
  if (self->host.facts != NULL)
    tide_watch_engine_observe (self->engine, self->now, self->host.facts, self->host.data);
  if (!*ret_more)
    tide_watch_sweep (self);
  return tide_watch_write (self, self->now - self->progress_at >= PROGRESS_EVERY, error);
}

/* Waits for something to do; the flush to answer. FALSE: it is over. */
static bool
wait_for_work (TideWatch *self, bool more, guint64 *ret_asked, TideWorkspace **ret_workspace)
{
  int64_t soonest = g_get_monotonic_time () + CYCLE_MIN, latest = g_get_monotonic_time () + CYCLE_MAX;
  bool goes_on;

  g_mutex_lock (&self->lock);
  while (!more && !self->closing && self->asked == self->answered && self->workspace == self->taken && self->acts->len == 0)
    {
      int64_t until = self->poked ? soonest : latest;

      if (g_get_monotonic_time () >= until || !g_cond_wait_until (&self->wake, &self->lock, until))
        break;
    }
  self->poked = false;
  *ret_asked = self->asked;
  *ret_workspace = self->workspace != self->taken ? tide_workspace_ref (self->workspace) : NULL;
  goes_on = !self->closing;
  g_mutex_unlock (&self->lock);
  return goes_on;
}

static void *
run (void *data)
{
  TideWatch *self = data;
  bool more = true; /* the first cycle is at once */
  guint64 asked;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TideWorkspace) workspace = NULL;

      if (!wait_for_work (self, more, &asked, &workspace))
        break;
      self->now = tide_clock_now (&self->clock);
      more = false;
      if (workspace == NULL || tide_watch_load (self, workspace, &error))
        if (self->engine != NULL)
          cycle (self, &more, &error);
      if (error != NULL)
        g_debug ("watch: %s", error->message); /* a full disk or a busy reader: the next cycle does it again */
      if (more)
        continue;
      tide_watch_publish (self);
      g_mutex_lock (&self->lock);
      self->answered = asked;
      g_cond_broadcast (&self->done);
      g_mutex_unlock (&self->lock);
    }
  if (self->engine != NULL)
    tide_watch_write (self, true, NULL);
  return NULL;
}

/* --- its life --- */

TideWatch *
tide_watch_new (TideStore *store, TideWriter *writer, TideWorkspace *workspace, const TideClock *clock, const TideWatchHost *host)
{
  TideWatch *self = g_new0 (TideWatch, 1);
  TideWatchRoutesConfig config = { writer, store, *clock, *host };

  self->store = tide_store_ref (store);
  self->writer = writer;
  self->clock = *clock;
  self->host = *host;
  self->workspace = tide_workspace_ref (workspace);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_alert_event_free);
  self->deliveries = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_alert_delivery_free);
  self->acts = g_ptr_array_new_with_free_func (act_free);
  self->silences = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_silence_free);
  self->waiting_since = TIDE_TIME_NONE;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->done);
  self->routes = tide_watch_routes_new (&config, workspace);
  return self;
}

void
tide_watch_start (TideWatch *self)
{
  self->started = true;
  self->thread = g_thread_new ("watch", run, self);
}

void
tide_watch_stop (TideWatch *self)
{
  g_mutex_lock (&self->lock);
  self->closing = true;
  g_cond_broadcast (&self->wake);
  g_cond_broadcast (&self->done);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&self->thread, g_thread_join);
  g_clear_pointer (&self->routes, tide_watch_routes_free);
}

void
tide_watch_free (TideWatch *self)
{
  if (self == NULL)
    return;
  tide_watch_stop (self);
  tide_watch_engine_free (self->engine);
  g_free (self->cursors);
  g_ptr_array_unref (self->events);
  g_ptr_array_unref (self->deliveries);
  g_ptr_array_unref (self->acts);
  g_ptr_array_unref (self->silences);
  tide_watch_snapshot_unref (self->snapshot);
  g_clear_pointer (&self->taken, tide_workspace_unref);
  tide_workspace_unref (self->workspace);
  tide_store_unref (self->store);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->done);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
tide_watch_set_workspace (TideWatch *self, TideWorkspace *workspace)
{
  g_mutex_lock (&self->lock);
  tide_workspace_unref (self->workspace);
  self->workspace = tide_workspace_ref (workspace);
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
  tide_watch_routes_set_workspace (self->routes, workspace);
}

void
tide_watch_poke (TideWatch *self)
{
  g_mutex_lock (&self->lock);
  self->poked = true;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

void
tide_watch_flush (TideWatch *self)
{
  guint64 mine;

  g_mutex_lock (&self->lock);
  mine = ++self->asked;
  g_cond_broadcast (&self->wake);
  while (self->started && !self->closing && self->answered < mine)
    g_cond_wait (&self->done, &self->lock);
  g_mutex_unlock (&self->lock);
}

/* --- acts of a person --- */

bool
tide_watch_acknowledge (TideWatch *self, const char *rule, const char *group, bool acknowledged, GError **error)
{
  TideWatchAct *act = g_new0 (TideWatchAct, 1);

  tide_assert_not_main_thread ();
  act->rule = g_strdup (rule);
  act->group = g_strdup (group);
  act->acknowledged = acknowledged;
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->acts, act);
  g_mutex_unlock (&self->lock);
  tide_watch_flush (self);
  return true;
}

static TideSilence *
silence_copy (const TideSilence *silence)
{
  TideSilence *copy = g_memdup2 (silence, sizeof *silence);

  copy->rule = g_strdup (silence->rule);
  copy->pattern = g_strdup (silence->pattern);
  copy->reason = g_strdup (silence->reason);
  return copy;
}

/* Readers may hold the old list. */
static void
replace_silences (TideWatch *self, const TideSilence *added, gint64 ended)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_silence_free);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->silences->len; i++)
    {
      const TideSilence *silence = g_ptr_array_index (self->silences, i);

      if (silence->id != ended)
        g_ptr_array_add (list, silence_copy (silence));
    }
  if (added != NULL)
    g_ptr_array_add (list, silence_copy (added));
  g_ptr_array_unref (self->silences);
  self->silences = list;
  g_mutex_unlock (&self->lock);
}

bool
tide_watch_silence (TideWatch *self, const char *rule, const char *pattern, TideTime until, const char *reason, gint64 *ret_id,
                    GError **error)
{
  TideSilence silence = { 0, (char *) rule, (char *) pattern, until, tide_clock_now (&self->clock), (char *) reason };

  tide_assert_not_main_thread ();
  if (until <= silence.created)
    {
      g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_INVALID, "a silence needs an end that is still to come");
      return false;
    }
  if (!tide_silence_add (self->writer, &silence, error))
    return false;
  replace_silences (self, &silence, 0);
  if (ret_id != NULL)
    *ret_id = silence.id;
  tide_watch_flush (self);
  return true;
}

bool
tide_watch_end_silence (TideWatch *self, gint64 id, GError **error)
{
  tide_assert_not_main_thread ();
  if (!tide_silence_end (self->writer, id, tide_clock_now (&self->clock), error))
    return false;
  replace_silences (self, NULL, id);
  tide_watch_flush (self);
  return true;
}
