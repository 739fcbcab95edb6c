/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The newest seconds of one metric: a state for each group and second, in a ring. A source's thread folds batches
 * in; ten times a second the ticker asks for values. A value is of the metric's window (over, else every) that ends
 * with a second, so a card shows "EUR/min" at a second's resolution. Only seconds whose windows changed since the
 * last snapshot are computed again. Groups past TIDE_LIVE_MAX_SERIES share the series of `other`.
 * What sketches hold is bounded in bytes: past it the oldest seconds are forgotten, whose windows keep the values they
 * had. Limit: late events of such seconds change nothing here, and a window that does not fit has no value. */
#include "live-private.h"

#include <math.h>
#include <string.h>

/* Events may lie this far ahead of the clock; more is quarantined. */
#define AHEAD_SECONDS 330
#define MAX_SLOTS (TIDE_LIVE_MAX_SERIES + 1)

struct _TideLiveRing
{
  GMutex lock;
  TideMetric *metric;
  const TideAggregate *aggregate;
  TidePlan *plan;
  TideGroups *groups;
  TideLiveWindow *windows[MAX_SLOTS]; /* n_slots of them */
  TideValue latest[MAX_SLOTS + 1];    /* of each slot at the newest event's second, then over all; as last swept */
  guint window_seconds, horizon;
  guint seconds;          /* length of the ring */
  int64_t newest;         /* second at the head of the ring; 0: nothing yet */
  int64_t newest_event;   /* newest second that has an event */
  int64_t oldest_event;
  TideTime newest_time;
  uint64_t events;
  guint n_slots;          /* series: 0 is `other`, then by group id */
  guint8 *states;         /* n_slots × seconds */
  double *values;         /* n_slots × seconds: cached, by ring position */
  /* Whose cached values are out of date: of the windows that hold a changed second, and of seconds that came since. */
  int64_t changed_first, changed_last;
  int64_t fresh;
  /* Bytes that states own; counted at the newest second of the run of events that brought them: never too early. */
  gsize owned_bytes, max_bytes;
  gsize *owned;           /* by ring position */
  int64_t forgotten;      /* seconds up to this one are let go of; 0: none */
  gatomicrefcount refs;
};

static void
set_clean (TideLiveRing *ring)
{
  ring->changed_first = INT64_MAX;
  ring->changed_last = INT64_MIN;
  ring->fresh = ring->newest + 1;
}

static inline void
set_changed (TideLiveRing *ring, int64_t first, int64_t last)
{
  ring->changed_first = MIN (ring->changed_first, first);
  ring->changed_last = MAX (ring->changed_last, last);
}

TideLiveRing *
tide_live_ring_new (TideMetric *metric, TideDuration horizon)
{
  TideLiveRing *ring = g_new0 (TideLiveRing, 1);
  TideDuration length = metric->over > 0 ? metric->over : tide_period_length (metric->every);

  g_mutex_init (&ring->lock);
  g_atomic_ref_count_init (&ring->refs);
  ring->metric = tide_metric_ref (metric);
  ring->aggregate = tide_aggregate_of (metric);
  ring->plan = tide_plan_new (metric);
  ring->groups = tide_groups_new (metric->n_by, metric->group_cap);
  ring->horizon = (guint) MAX (horizon / TIDE_SECOND, 60);
  ring->window_seconds = (guint) CLAMP (length / TIDE_SECOND, 1, (TideDuration) ring->horizon);
  ring->seconds = ring->horizon + ring->window_seconds + AHEAD_SECONDS;
  ring->owned = g_new0 (gsize, ring->seconds);
  ring->max_bytes = G_MAXSIZE;
  set_clean (ring);
  return ring;
}

TideLiveRing *
tide_live_ring_ref (TideLiveRing *ring)
{
  g_atomic_ref_count_inc (&ring->refs);
  return ring;
}

static guint8 *
state_at (TideLiveRing *ring, guint slot, int64_t second)
{
  return ring->states
         + ((gsize) slot * ring->seconds + (gsize) (second % ring->seconds)) * ring->aggregate->state_bytes;
}

void
tide_live_ring_unref (TideLiveRing *ring)
{
  if (ring == NULL || !g_atomic_ref_count_dec (&ring->refs))
    return;
  if (ring->aggregate->clear != NULL)
    for (gsize i = 0; i < (gsize) ring->n_slots * ring->seconds; i++)
      ring->aggregate->clear (ring->states + i * ring->aggregate->state_bytes);
  g_free (ring->states);
  g_free (ring->values);
  g_free (ring->owned);
  for (guint slot = 0; slot < ring->n_slots; slot++)
    tide_live_window_free (ring->windows[slot]);
  tide_groups_free (ring->groups);
  tide_plan_free (ring->plan);
  tide_metric_unref (ring->metric);
  g_mutex_clear (&ring->lock);
  g_free (ring);
}

TideMetric *
tide_live_ring_get_metric (TideLiveRing *ring)
{
  return ring->metric;
}

void
tide_live_ring_set_metric (TideLiveRing *ring, TideMetric *metric)
{
  g_autoptr (TideMetric) old = NULL;
  g_autoptr (TidePlan) old_plan = NULL;

  g_mutex_lock (&ring->lock);
  old = g_steal_pointer (&ring->metric);
  old_plan = g_steal_pointer (&ring->plan);
  ring->metric = tide_metric_ref (metric);
  ring->plan = tide_plan_new (metric);
  g_mutex_unlock (&ring->lock);
}

void
tide_live_ring_set_groups (TideLiveRing *ring, const TideGroups *groups)
{
  g_mutex_lock (&ring->lock);
  if (ring->events == 0)
    {
      tide_groups_free (ring->groups);
      ring->groups = tide_groups_copy (groups);
    }
  g_mutex_unlock (&ring->lock);
}

/* What the states own may be so much. */
void
tide_live_ring_set_max_bytes (TideLiveRing *ring, gsize bytes)
{
  g_mutex_lock (&ring->lock);
  ring->max_bytes = bytes;
  g_mutex_unlock (&ring->lock);
}

static void
grow (TideLiveRing *ring, guint n_slots)
{
  gsize old = (gsize) ring->n_slots * ring->seconds, size = (gsize) n_slots * ring->seconds;

  ring->states = g_realloc (ring->states, size * ring->aggregate->state_bytes);
  memset (ring->states + old * ring->aggregate->state_bytes, 0, (size - old) * ring->aggregate->state_bytes);
  ring->values = g_renew (double, ring->values, size);
  for (gsize i = old; i < size; i++)
    ring->values[i] = NAN;
  for (guint slot = ring->n_slots; slot < n_slots; slot++)
    ring->windows[slot] = tide_live_window_new (ring->aggregate, ring->window_seconds);
  ring->n_slots = n_slots;
  set_changed (ring, ring->newest - ring->seconds + 1, ring->newest);
}

static void
clear_second (TideLiveRing *ring, int64_t second)
{
  gsize *owned = &ring->owned[second % ring->seconds];

  for (guint slot = 0; slot < ring->n_slots; slot++)
    {
      guint8 *state = state_at (ring, slot, second);

      if (ring->aggregate->clear != NULL)
        ring->aggregate->clear (state);
      memset (state, 0, ring->aggregate->state_bytes);
    }
  ring->owned_bytes -= *owned;
  *owned = 0;
}

/* All but the newest second with an event may go. */
static void
forget_oldest (TideLiveRing *ring)
{
  int64_t second = MAX (MAX (ring->forgotten, ring->newest - (int64_t) ring->seconds) + 1, 0);

  for (; ring->owned_bytes > ring->max_bytes && second < ring->newest_event; second++)
    {
      clear_second (ring, second);
      ring->forgotten = second;
    }
}

/* Moves the head of the ring to @second; what falls out is emptied. */
static void
advance (TideLiveRing *ring, int64_t second)
{
  int64_t from = MAX (ring->newest + 1, second - ring->seconds + 1);

  for (int64_t s = from; s <= second; s++)
    {
      clear_second (ring, s);
      for (guint slot = 0; slot < ring->n_slots; slot++)
        ring->values[(gsize) slot * ring->seconds + (gsize) (s % ring->seconds)] = NAN;
    }
  if (ring->newest < second)
    {
      ring->fresh = MIN (ring->fresh, MAX (ring->newest, second - ring->seconds + 1));
      ring->newest = second;
    }
}

static inline int64_t
second_of (TideTime time)
{
  return time >= 0 ? time / TIDE_SECOND : -((-time + TIDE_SECOND - 1) / TIDE_SECOND);
}

static guint
take_rows (TideLiveRing *ring, const TideSelection *selection, uint32_t *rows, uint32_t *slots, int64_t *ret_newest)
{
  guint n = 0;

  for (uint32_t i = 0; i < selection->n; i++)
    {
      uint32_t row = selection->rows[i];
      int64_t second = second_of (selection->event_time[row]);
      guint slot = selection->groups[i] < MAX_SLOTS ? selection->groups[i] : TIDE_GROUP_OTHER;

      if (second <= MAX (ring->forgotten, ring->newest - (int64_t) ring->seconds) || second < 0)
        continue;
      rows[n] = row;
      slots[n++] = (uint32_t) (slot * ring->seconds + second % ring->seconds);
      *ret_newest = n == 1 ? second : MAX (*ret_newest, second);
      set_changed (ring, second, second);
      ring->newest_event = MAX (ring->newest_event, second);
      ring->oldest_event = ring->oldest_event == 0 ? second : MIN (ring->oldest_event, second);
      ring->newest_time = MAX (ring->newest_time, selection->event_time[row]);
    }
  return n;
}

/* A count or a sum is known as far as its stream is: that nothing matched means 0, not that there is no news. */
static void
see_stream (TideLiveRing *ring, const TideBatch *batch)
{
  int64_t second = second_of (batch->time_max);

  if (!ring->aggregate->spec.additive || ring->n_slots == 0 || batch->time_max <= ring->newest_time)
    return;
  ring->newest_event = second;
  ring->newest_time = batch->time_max;
  set_changed (ring, second, second);
}

/* Folds what counts of a run of events, at most TIDE_BATCH_MAX_EVENTS. */
static void
fold_run (TideLiveRing *ring, const TideSelection *selection)
{
  uint32_t rows[TIDE_BATCH_MAX_EVENTS], slots[TIDE_BATCH_MAX_EVENTS];
  int64_t newest = 0;
  guint n = take_rows (ring, selection, rows, slots, &newest);
  gsize bytes;

  ring->events += selection->n;
  if (n == 0)
    return;
  bytes = ring->aggregate->fold (ring->aggregate, ring->states, selection->value, rows, slots, n);
  ring->owned[newest % ring->seconds] += bytes;
  ring->owned_bytes += bytes;
}

/**
 * tide_live_ring_add:
 *
 * Folds a batch. Events older than the ring reaches are left out: the store has them.
 *
 * Thread: the source's of the metric's stream. Locks: the ring's.
 */
void
tide_live_ring_add (TideLiveRing *ring, const TideBatch *batch)
{
  g_mutex_lock (&ring->lock);
  advance (ring, MAX (second_of (batch->time_max), 0));
  for (uint32_t from = 0; from < batch->n; from += TIDE_BATCH_MAX_EVENTS)
    {
      TideSelection selection;
      guint wanted;

      tide_plan_select (ring->plan, batch, from, MIN (batch->n, from + TIDE_BATCH_MAX_EVENTS), ring->groups,
                        &selection);
      wanted = MIN (tide_groups_get_n (ring->groups), MAX_SLOTS);
      if (wanted > ring->n_slots)
        grow (ring, wanted);
      fold_run (ring, &selection);
    }
  forget_oldest (ring);
  see_stream (ring, batch);
  g_mutex_unlock (&ring->lock);
}

gsize
tide_live_ring_get_bytes (TideLiveRing *ring)
{
  gsize bytes;

  g_mutex_lock (&ring->lock);
  bytes = (gsize) ring->n_slots * ring->seconds * (ring->aggregate->state_bytes + sizeof (double))
          + ring->seconds * sizeof *ring->owned + ring->owned_bytes + tide_groups_get_bytes (ring->groups);
  g_mutex_unlock (&ring->lock);
  return bytes;
}

typedef struct
{
  TideLiveRing *ring;
  guint slot;
  guint8 *total; /* merge of the newest windows of all slots */
} Sweep;

static const void *
sweep_state (int64_t second, void *data)
{
  Sweep *sweep = data;
  TideLiveRing *ring = sweep->ring;

  if (second > ring->newest || second <= ring->newest - ring->seconds || second < 0)
    return NULL;
  return state_at (ring, sweep->slot, second);
}

static TideValue
finish (TideLiveRing *ring, const void *state)
{
  const TideAggregate *aggregate = ring->aggregate;

  if (aggregate->count (state) == 0 && !aggregate->spec.additive)
    return (TideValue){ 0 };
  return aggregate->finish (aggregate, state, ring->metric->scale, ring->window_seconds * TIDE_SECOND);
}

static void
sweep_emit (int64_t second, const void *merged, void *data)
{
  Sweep *sweep = data;
  TideLiveRing *ring = sweep->ring;
  TideValue value = finish (ring, merged);

  ring->values[(gsize) sweep->slot * ring->seconds + (gsize) (second % ring->seconds)] = tide_value_to_double (value);
  if (second == ring->newest_event)
    {
      ring->latest[sweep->slot] = value;
      ring->aggregate->merge (ring->aggregate, sweep->total, merged);
    }
}

static void
copy_series (TideLiveRing *ring, guint slot, int64_t last, guint n, TideLiveSeries *series)
{
  double *y = g_new (double, n);

  for (guint i = 0; i < n; i++)
    {
      int64_t second = last - n + 1 + i;

      y[i] = second > ring->newest || second < ring->oldest_event || ring->oldest_event == 0
                 ? NAN
                 : ring->values[(gsize) slot * ring->seconds + (gsize) (second % ring->seconds)];
    }
  series->group = slot;
  series->label = tide_groups_get_label (ring->groups, slot);
  series->y = y;
}

static bool
slot_is_used (TideLiveRing *ring, guint slot)
{
  return slot != TIDE_GROUP_OTHER || tide_groups_is_capped (ring->groups)
         || tide_groups_get_n (ring->groups) > MAX_SLOTS;
}

/* Whether the newest event is still in the ring. */
static bool
is_shown (TideLiveRing *ring)
{
  return ring->newest_event > 0 && ring->newest_event > ring->newest - (int64_t) ring->horizon - AHEAD_SECONDS;
}

/* Computes the cached values of [first, last]. */
static void
sweep_slots (TideLiveRing *ring, int64_t first, int64_t last)
{
  bool with_latest = first <= ring->newest_event && ring->newest_event <= last;
  g_autofree guint8 *total = g_malloc0 (ring->aggregate->state_bytes);

  for (guint slot = 0; slot < ring->n_slots; slot++)
    {
      Sweep sweep = { .ring = ring, .slot = slot, .total = total };

      if (with_latest)
        ring->latest[slot] = (TideValue){ 0 };
      if (slot_is_used (ring, slot))
        tide_live_window_sweep (ring->windows[slot], first, last, sweep_state, sweep_emit, &sweep);
    }
  if (with_latest)
    ring->latest[MAX_SLOTS] = finish (ring, total);
  if (ring->aggregate->clear != NULL)
    ring->aggregate->clear (total);
}

/* The newest value is of a window that is not kept whole. */
static void
forget_latest (TideLiveRing *ring, int64_t oldest)
{
  if (ring->newest_event < oldest)
    memset (ring->latest, 0, sizeof ring->latest);
}

/* Brings the cached values up to the head of the ring. Only what changed since the last time is computed: nothing when
 * neither an event nor a new second came, and of hours that are being caught up not what lies after them. Whether
 * events came. */
static bool
refresh (TideLiveRing *ring)
{
  int64_t oldest = ring->newest - (int64_t) ring->horizon - AHEAD_SECONDS + 1;
  int64_t first, fresh, last = INT64_MIN;
  bool changed = ring->changed_first <= ring->changed_last;

  if (ring->forgotten > 0)
    {
      oldest = MAX (oldest, ring->forgotten + (int64_t) ring->window_seconds);
      forget_latest (ring, oldest);
    }
  first = MAX (ring->changed_first, oldest);
  fresh = MAX (ring->fresh, oldest);
  if (changed)
    last = MIN (ring->changed_last + (int64_t) ring->window_seconds - 1, ring->newest);
  if (last >= fresh - 1 && first < fresh)
    fresh = first;
  else if (first < fresh && first <= last)
    sweep_slots (ring, first, last);
  if (fresh <= ring->newest)
    sweep_slots (ring, fresh, ring->newest);
  set_clean (ring);
  return changed;
}

/**
 * tide_live_ring_snapshot:
 * @ret_sweep_ns: (nullable): the CPU time that events cost in it
 *
 * Thread: the ticker's. Locks: the ring's.
 */
void
tide_live_ring_snapshot (TideLiveRing *ring, int64_t last, guint n, TideLiveMetric *ret_metric, int64_t *ret_sweep_ns)
{
  TideLiveMetric metric = { 0 };
  int64_t sweep_ns = 0, start_ns;

  n = MIN (n, ring->horizon);
  g_mutex_lock (&ring->lock);
  if (ring->n_slots > 0)
    advance (ring, last);
  if (ring->newest_event > 0)
    {
      start_ns = tide_thread_cpu_ns ();
      if (refresh (ring))
        sweep_ns = tide_thread_cpu_ns () - start_ns;
    }
  metric.metric = tide_metric_ref (ring->metric);
  metric.series = g_new0 (TideLiveSeries, MAX (ring->n_slots, 1));
  for (guint i = 0; i < ring->n_slots; i++)
    {
      guint slot = i + 1 < ring->n_slots ? i + 1 : TIDE_GROUP_OTHER; /* `other` comes last */

      if (!slot_is_used (ring, slot))
        continue;
      copy_series (ring, slot, last, n, &metric.series[metric.n_series]);
      metric.series[metric.n_series++].latest = is_shown (ring) ? ring->latest[slot] : (TideValue){ 0 };
    }
  metric.n = n;
  metric.latest = is_shown (ring) ? ring->latest[MAX_SLOTS] : (TideValue){ 0 };
  metric.newest = ring->newest_event > 0 ? ring->newest_time : TIDE_TIME_NONE;
  metric.window = ring->window_seconds * TIDE_SECOND;
  metric.events = ring->events;
  metric.groups_seen = tide_groups_get_n (ring->groups) - 1;
  metric.capped = slot_is_used (ring, TIDE_GROUP_OTHER);
  g_mutex_unlock (&ring->lock);
  *ret_metric = metric;
  if (ret_sweep_ns != NULL)
    *ret_sweep_ns = sweep_ns;
}
