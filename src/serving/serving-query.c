/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one query: locks the speed parts that it needs, begins one read transaction, reads the parts and composes
 * rows. Locks are taken before the transaction begins, so a later query never sees an older store than the cached
 * speed part; and in order of name, so that two queries of ratios cannot wait for each other. */
#include "serving-private.h"

#include <string.h>

typedef struct
{
  TideServing *serving;
  TideReader *reader;
  TideSpeed *speeds[2];
  TideMetric *metrics[2]; /* one, or numerator and denominator */
  guint n;
  bool begun;
} Session;

static void
session_end (Session *session)
{
  if (session->begun)
    tide_reader_end (session->reader);
  g_clear_pointer (&session->reader, tide_reader_release);
  for (guint i = session->n; i-- > 0;)
    if (session->speeds[i] != NULL)
      {
        tide_serving_trim (session->serving, session->speeds[i]);
        g_mutex_unlock (&session->speeds[i]->lock);
        tide_speed_unref (session->speeds[i]);
      }
}

static bool
session_begin (Session *session, TideServing *serving, TideMetric *metric, GCancellable *cancellable, GError **error)
{
  session->serving = serving;
  session->metrics[0] = metric->numerator != NULL ? metric->numerator : metric;
  session->n = 1;
  if (metric->numerator != NULL && strcmp (metric->numerator->name, metric->denominator->name) != 0)
    {
      bool in_order = strcmp (metric->numerator->name, metric->denominator->name) < 0;

      session->metrics[0] = in_order ? metric->numerator : metric->denominator;
      session->metrics[1] = in_order ? metric->denominator : metric->numerator;
      session->n = 2;
    }
  for (guint i = 0; i < session->n; i++)
    {
      session->speeds[i] = tide_serving_get_speed (serving, session->metrics[i]->name);
      g_mutex_lock (&session->speeds[i]->lock);
    }
  session->reader = tide_store_acquire_reader (serving->store, error);
  if (session->reader == NULL || !tide_reader_begin (session->reader, 0, cancellable, error))
    {
      session_end (session);
      return false;
    }
  session->begun = true;
  return true;
}

static TideSpeed *
session_speed (Session *session, const TideMetric *metric)
{
  return session->n == 2 && strcmp (session->metrics[1]->name, metric->name) == 0 ? session->speeds[1]
                                                                                 : session->speeds[0];
}

static TideRows *
query_one (Session *session, const TideQuery *query, TideMetric *metric, TideView view, const TideFold *how,
           GError **error)
{
  TideQuery own = *query;
  TideFold fold = *how;
  g_auto (TideParts) parts = { 0 };
  TideRows *rows;

  own.metric = metric;
  own.view = view;
  if (own.every.n == 0)
    own.every = query->metric->every;
  fold.by_day = tide_query_is_by_day (&own);
  fold.day_from = own.from;
  if (!tide_parts_read (session->serving, session->reader, session_speed (session, metric), metric, view,
                        tide_query_first_pane (&own), tide_query_end (&own), &fold, &parts, error))
    return NULL;
  rows = tide_parts_compose (&parts, &own, error);
  if (rows != NULL)
    {
      g_autoptr (TideWorkspace) workspace = tide_serving_get_workspace (session->serving);
      uint64_t since;

      rows->speed_budget = workspace->rollup_bytes;
      if (!tide_store_get_since (session->reader, metric->stream->name, rows->cut, &since, &rows->speed_bytes, error))
        g_clear_pointer (&rows, tide_rows_free);
    }
  return rows;
}

static TideRows *
query_view (Session *session, const TideQuery *query, TideView view, const TideFold *how, GError **error)
{
  g_autoptr (TideRows) numerator = NULL, denominator = NULL;

  if (query->metric->numerator == NULL)
    return query_one (session, query, query->metric, view, how, error);
  numerator = query_one (session, query, query->metric->numerator, view, how, error);
  if (numerator == NULL)
    return NULL;
  denominator = query_one (session, query, query->metric->denominator, view, how, error);
  return denominator != NULL ? tide_rows_divide (query->metric, numerator, denominator) : NULL;
}

/**
 * tide_serving_query:
 *
 * Merges the state published at the metric's cut with that of the events after it, in one read transaction.
 *
 * Errors: INVALID, BUSY, CORRUPT, CANCELLED, TIMEOUT.
 * Thread: a worker; blocks on SQLite. Locks: the metric's speed part.
 */
TideRows *
tide_serving_query (TideServing *serving, const TideQuery *query, GCancellable *cancellable, GError **error)
{
  Session session = { 0 };
  TideFold how = { .cancellable = cancellable };
  TideRows *rows;

  tide_assert_not_main_thread ();
  if (!session_begin (&session, serving, query->metric, cancellable, error))
    return NULL;
  rows = query_view (&session, query, query->view, &how, error);
  session_end (&session);
  return rows;
}

/* Verify */

typedef struct
{
  void (*progress) (double fraction, uint64_t events, void *data);
  void *data;
  uint64_t total;
} Progress;

static void
on_progress (uint64_t events, void *data)
{
  Progress *progress = data;

  if (progress->progress != NULL)
    progress->progress (progress->total > 0 ? MIN (1.0, (double) events / (double) progress->total) : 1, events,
                        progress->data);
}

static void
add_difference (TideVerification *found, TideTime pane, uint32_t group, TideValue merged, TideValue recomputed)
{
  TideDifference difference = { .pane = pane, .group = group, .merged = merged, .recomputed = recomputed };

  found->n_differences++;
  if (found->differences->len < 100)
    g_array_append_val (found->differences, difference);
}

/* Both are sorted alike: a walk side by side. */
static void
compare (const TideRows *a, const TideRows *b, TideVerification *found)
{
  guint i = 0, k = 0;
  TideTime last = TIDE_TIME_NONE;

  while (i < a->n || k < b->n)
    {
      const TideRow *x = i < a->n ? &a->rows[i] : NULL, *y = k < b->n ? &b->rows[k] : NULL;
      int order = x == NULL ? 1 : y == NULL ? -1 : x->time != y->time ? (x->time < y->time ? -1 : 1)
                                                 : x->group != y->group ? (x->group < y->group ? -1 : 1) : 0;
      const TideRow *at = order <= 0 ? x : y;

      if (order != 0)
        add_difference (found, at->time, at->group, order < 0 ? x->value : (TideValue){ 0 },
                        order > 0 ? y->value : (TideValue){ 0 });
      else if (!tide_value_equal (x->value, y->value) || x->events != y->events)
        add_difference (found, x->time, x->group, x->value, y->value);
      if (at->time != last)
        found->panes++;
      last = at->time;
      i += order <= 0;
      k += order >= 0;
    }
}

void
tide_verification_free (TideVerification *verification)
{
  if (verification == NULL)
    return;
  g_array_unref (verification->differences);
  tide_groups_free (verification->groups);
  g_free (verification);
}

/**
 * tide_serving_verify:
 *
 * Recomputes from the folded base and all stored events, and compares with the merged view at the same S, pane by
 * pane and group by group.
 *
 * Thread: a worker; reads every event of the stream. @progress is called on it.
 */
TideVerification *
tide_serving_verify (TideServing *serving, const TideQuery *query,
                     void (*progress) (double fraction, uint64_t events, void *data), void *data,
                     GCancellable *cancellable, GError **error)
{
  Session session = { 0 };
  Progress state = { .progress = progress, .data = data };
  TideFold plain = { .cancellable = cancellable }, watched = { .cancellable = cancellable, .data = &state,
                                                               .progress = on_progress };
  g_autoptr (TideRows) merged = NULL, recomputed = NULL;
  g_autoptr (TideVerification) found = g_new0 (TideVerification, 1);
  TideStreamFacts facts = { 0 };
  int64_t started = g_get_monotonic_time ();

  tide_assert_not_main_thread ();
  found->differences = g_array_new (FALSE, FALSE, sizeof (TideDifference));
  if (!session_begin (&session, serving, query->metric, cancellable, error))
    return NULL;
  if (tide_store_get_stream_facts (session.reader, query->metric->stream->name, &facts, error))
    {
      state.total = facts.events;
      merged = query_view (&session, query, TIDE_VIEW_MERGED, &plain, error);
      if (merged != NULL)
        recomputed = query_view (&session, query, TIDE_VIEW_RECOMPUTE, &watched, error);
    }
  session_end (&session);
  if (recomputed == NULL)
    return NULL;
  compare (merged, recomputed, found);
  found->equal = found->n_differences == 0;
  found->from_base = merged->floor_seq > 0;
  found->seq = merged->seq;
  found->events = facts.events;
  found->took = g_get_monotonic_time () - started;
  found->time = tide_clock_now (&serving->clock);
  found->merged = merged->total;
  found->recomputed = recomputed->total;
  found->groups = tide_groups_copy (merged->groups);
  return g_steal_pointer (&found);
}
