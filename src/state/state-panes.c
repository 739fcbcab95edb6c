/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * States by pane and group. They lie in one array, in the order in which they came, found by a hash of pane and
 * group whose entries carry both, so a look-up is one cache miss, and for the pane at hand by an array over groups,
 * since events come mostly pane by pane. Look-ups are done for a run of rows; then the aggregate folds the run.
 * Limit: a state is never taken out alone; clear() takes all.
 */
#include "state-private.h"

#define STATE_ALIGNMENT 64 /* a sketch's head is one cache line */
#define MAX_STATE_BYTES 64
#define FIRST_BITS 4

typedef struct
{
  TideTime pane;
  uint32_t group;
  uint32_t slot; /* + 1; 0 is free */
} Entry;

typedef struct
{
  TideTime pane;
  uint32_t group;
} Key;

struct _TidePanes
{
  TideMetric *metric;
  const TideAggregate *aggregate;
  TideDuration pane;
  guint8 *states;
  Key *keys; /* by slot */
  uint32_t n, allocated;
  Entry *entries; /* 1 << bits of them, at most half taken */
  int bits;
  uint32_t *slots; /* of the rows being folded */
  uint32_t allocated_slots;
  /* Slots + 1 by group of the pane that rows came for last; 0: ask the hash. */
  uint32_t *recent_slots;
  uint32_t n_recent;
  TideTime recent_pane;
  gsize owned_bytes; /* by the states */
  uint64_t events;
};

/**
 * tide_panes_new:
 * @metric: not a ratio; a reference is kept
 * @pane: length of a pane
 */
TidePanes *
tide_panes_new (TideMetric *metric, TideDuration pane)
{
  TidePanes *panes = g_new0 (TidePanes, 1);

  g_assert (pane > 0);
  panes->metric = tide_metric_ref (metric);
  panes->aggregate = tide_aggregate_of (metric);
  panes->pane = pane;
  panes->bits = FIRST_BITS;
  panes->entries = g_new0 (Entry, 1 << FIRST_BITS);
  g_assert (panes->aggregate->state_bytes > 0 && panes->aggregate->state_bytes <= MAX_STATE_BYTES);
  return panes;
}

static inline void *
state_at (const TidePanes *panes, uint32_t slot)
{
  return panes->states + slot * panes->aggregate->state_bytes;
}

static void
clear_states (TidePanes *panes)
{
  for (uint32_t slot = 0; panes->aggregate->clear != NULL && slot < panes->n; slot++)
    panes->aggregate->clear (state_at (panes, slot));
}

void
tide_panes_free (TidePanes *panes)
{
  if (panes == NULL)
    return;
  clear_states (panes);
  g_aligned_free (panes->states);
  g_free (panes->keys);
  g_free (panes->entries);
  g_free (panes->slots);
  g_free (panes->recent_slots);
  tide_metric_unref (panes->metric);
  g_free (panes);
}

/**
 * tide_panes_clear:
 *
 * Forgets all states and the number of events.
 */
void
tide_panes_clear (TidePanes *panes)
{
  clear_states (panes);
  g_clear_pointer (&panes->states, g_aligned_free);
  g_clear_pointer (&panes->keys, g_free);
  panes->n = panes->allocated = 0;
  g_free (panes->entries);
  panes->bits = FIRST_BITS;
  panes->entries = g_new0 (Entry, 1 << FIRST_BITS);
  g_clear_pointer (&panes->recent_slots, g_free);
  panes->n_recent = 0;
  panes->owned_bytes = 0;
  panes->events = 0;
}

static inline uint64_t
hash_key (TideTime pane, uint32_t group)
{
  return tide_state_mix ((uint64_t) pane ^ UINT64_C (0x9e3779b97f4a7c15),
                         UINT64_C (0xd6e8feb86659fd93) + ((uint64_t) group << 1)) * UINT64_C (0xff51afd7ed558ccd);
}

static inline Entry *
find_entry (const TidePanes *panes, TideTime pane, uint32_t group, uint64_t hash)
{
  uint32_t mask = (UINT32_C (1) << panes->bits) - 1;
  uint32_t at = (uint32_t) (hash >> (64 - panes->bits));

  while (panes->entries[at].slot != 0 && (panes->entries[at].pane != pane || panes->entries[at].group != group))
    at = (at + 1) & mask;
  return &panes->entries[at];
}

static void
grow_entries (TidePanes *panes)
{
  Entry *old = panes->entries;
  uint32_t n_old = UINT32_C (1) << panes->bits;

  panes->bits++;
  panes->entries = g_new0 (Entry, (gsize) n_old * 2);
  for (uint32_t i = 0; i < n_old; i++)
    if (old[i].slot != 0)
      *find_entry (panes, old[i].pane, old[i].group, hash_key (old[i].pane, old[i].group)) = old[i];
  g_free (old);
}

static void
grow_states (TidePanes *panes)
{
  gsize bytes = panes->aggregate->state_bytes;
  uint32_t allocated = MAX (panes->allocated * 2, 8);
  guint8 *states = g_aligned_alloc0 (allocated, bytes, STATE_ALIGNMENT);

  if (panes->n > 0)
    memcpy (states, panes->states, panes->n * bytes);
  g_aligned_free (panes->states);
  panes->states = states;
  panes->keys = g_renew (Key, panes->keys, allocated);
  panes->allocated = allocated;
}

static uint32_t
add_slot (TidePanes *panes, Entry *entry, TideTime pane, uint32_t group)
{
  uint32_t slot = panes->n;

  if (slot == panes->allocated)
    grow_states (panes);
  *entry = (Entry){ pane, group, slot + 1 };
  panes->keys[slot] = (Key){ pane, group };
  panes->n++;
  if (panes->n > UINT32_C (1) << (panes->bits - 1))
    grow_entries (panes);
  return slot;
}

static inline uint32_t
find_slot (TidePanes *panes, TideTime pane, uint32_t group, uint64_t hash)
{
  Entry *entry = find_entry (panes, pane, group, hash);

  return G_LIKELY (entry->slot != 0) ? entry->slot - 1 : add_slot (panes, entry, pane, group);
}

/* The start of the pane that holds @time, also before the epoch. */
static inline TideTime
floor_time (TideTime time, TideDuration pane)
{
  TideTime rest = time % pane, start;

  if (rest < 0)
    rest += pane;
  return __builtin_sub_overflow (time, rest, &start) ? INT64_MIN : start;
}

static void
grow_recent (TidePanes *panes, uint32_t group)
{
  uint32_t n_recent = MAX (group + 1, 2 * panes->n_recent);

  panes->recent_slots = g_renew (uint32_t, panes->recent_slots, n_recent);
  memset (panes->recent_slots + panes->n_recent, 0, (n_recent - panes->n_recent) * sizeof (uint32_t));
  panes->n_recent = n_recent;
}

/* Slots of a run of rows that are all of one pane, as most are: without a branch a row once its groups are known. */
static void
find_slots_in_pane (TidePanes *panes, TideTime pane, const uint32_t *groups, uint32_t n, uint32_t *ret_slots)
{
  uint32_t last = 0, unknown = 0;

  if (panes->recent_pane != pane && panes->n_recent > 0)
    memset (panes->recent_slots, 0, panes->n_recent * sizeof *panes->recent_slots);
  panes->recent_pane = pane;
  for (uint32_t i = 0; i < n; i++)
    last = groups[i] > last ? groups[i] : last;
  if (last >= panes->n_recent)
    grow_recent (panes, last);
  for (uint32_t i = 0; i < n; i++)
    {
      ret_slots[i] = panes->recent_slots[groups[i]] - 1;
      unknown |= ret_slots[i] == UINT32_MAX;
    }
  for (uint32_t i = 0; unknown && i < n; i++)
    {
      uint32_t *recent = &panes->recent_slots[groups[i]];

      if (*recent == 0)
        *recent = find_slot (panes, pane, groups[i], hash_key (pane, groups[i])) + 1;
      ret_slots[i] = *recent - 1;
    }
}

/* Slots of a run of rows of several panes. */
static void
find_slots_anywhere (TidePanes *panes, const TideTime *times, const uint32_t *rows, const uint32_t *groups, uint32_t n,
                     uint32_t *ret_slots)
{
  TideTime start = floor_time (times[rows[0]], panes->pane), starts[TIDE_FOLD_RUN];
  uint64_t hashes[TIDE_FOLD_RUN];

  for (uint32_t i = 0; i < n; i++)
    {
      /* Most events are of the pane of the one before: that saves a division. */
      if ((uint64_t) times[rows[i]] - (uint64_t) start >= (uint64_t) panes->pane)
        start = floor_time (times[rows[i]], panes->pane);
      starts[i] = start;
      hashes[i] = hash_key (start, groups[i]);
      __builtin_prefetch (&panes->entries[hashes[i] >> (64 - panes->bits)]);
    }
  for (uint32_t i = 0; i < n; i++)
    ret_slots[i] = find_slot (panes, starts[i], groups[i], hashes[i]);
}

static void
find_slots (TidePanes *panes, const TideSelection *selection)
{
  const TideTime *times = selection->event_time;
  TideTime start = floor_time (times[selection->rows[0]], panes->pane);

  for (uint32_t from = 0; from < selection->n; from += TIDE_FOLD_RUN)
    {
      const uint32_t *groups = selection->groups + from, *rows = selection->rows + from;
      uint32_t run = MIN (selection->n - from, TIDE_FOLD_RUN);
      bool others = false;

      if ((uint64_t) times[rows[0]] - (uint64_t) start >= (uint64_t) panes->pane)
        start = floor_time (times[rows[0]], panes->pane);
      for (uint32_t i = 1; i < run; i++)
        others |= (uint64_t) times[rows[i]] - (uint64_t) start >= (uint64_t) panes->pane;
      if (others)
        find_slots_anywhere (panes, times, rows, groups, run, panes->slots + from);
      else
        find_slots_in_pane (panes, start, groups, run, panes->slots + from);
    }
}

/**
 * tide_panes_fold:
 * @plan: of the same metric
 * @groups: of the metric; grows
 * @batch: of the metric's stream
 *
 * Folds rows [from, to). Batches in order of seq, so that groups get their ids.
 */
void
tide_panes_fold (TidePanes *panes,
                 TidePlan *plan,
                 TideGroups *groups,
                 const TideBatch *batch,
                 uint32_t from,
                 uint32_t to)
{
  TideSelection selection;

  tide_plan_select (plan, batch, from, to, groups, &selection);
  if (selection.n == 0)
    return;
  if (selection.n > panes->allocated_slots)
    {
      panes->allocated_slots = MAX (selection.n, 2 * panes->allocated_slots);
      g_free (panes->slots);
      panes->slots = g_new (uint32_t, panes->allocated_slots);
    }
  find_slots (panes, &selection);
  panes->owned_bytes += panes->aggregate->fold (panes->aggregate, panes->states, selection.value, selection.rows,
                                                panes->slots, selection.n);
  panes->events += selection.n;
}

/**
 * tide_panes_merge:
 * @other: of the same metric version and pane length, and with ids of the same dictionary
 *
 * Also adds up the events.
 */
void
tide_panes_merge (TidePanes *panes, const TidePanes *other)
{
  g_assert (panes != other && panes->aggregate == other->aggregate);
  for (uint32_t slot = 0; slot < other->n; slot++)
    tide_panes_merge_state (panes, other->keys[slot].pane, other->keys[slot].group, state_at (other, slot));
  panes->events += other->events;
}

/**
 * tide_panes_merge_state:
 * @pane: start of a pane
 * @state: not one of @panes
 */
void
tide_panes_merge_state (TidePanes *panes, TideTime pane, uint32_t group, const void *state)
{
  uint32_t slot = find_slot (panes, pane, group, hash_key (pane, group));

  panes->owned_bytes += panes->aggregate->merge (panes->aggregate, state_at (panes, slot), state);
}

/**
 * tide_panes_merge_bytes:
 *
 * Errors: TIDE_ERROR_CORRUPT; then nothing is changed.
 */
bool
tide_panes_merge_bytes (TidePanes *panes,
                        TideTime pane,
                        uint32_t group,
                        const guint8 *data,
                        gsize len,
                        GError **error)
{
  _Alignas (STATE_ALIGNMENT) guint8 state[MAX_STATE_BYTES] = { 0 };

  if (!panes->aggregate->read (state, data, len, error))
    return false;
  /* One metric version has one type; but what is read from a file need not be what was written. */
  if (panes->aggregate->fits != NULL
      && !panes->aggregate->fits (state, panes->metric->stream->fields[panes->metric->field]->type))
    return tide_state_corrupt (error, "of another type");
  tide_panes_merge_state (panes, pane, group, state);
  if (panes->aggregate->clear != NULL)
    panes->aggregate->clear (state);
  return true;
}

void
tide_panes_write (const TidePanes *panes, const void *state, GByteArray *bytes)
{
  panes->aggregate->write (state, bytes);
}

/**
 * tide_panes_find:
 *
 * Returns: (nullable): the state, borrowed until the next change
 */
const void *
tide_panes_find (const TidePanes *panes, TideTime pane, uint32_t group)
{
  const Entry *entry = find_entry (panes, pane, group, hash_key (pane, group));

  return entry->slot == 0 ? NULL : state_at (panes, entry->slot - 1);
}

guint
tide_panes_get_n (const TidePanes *panes)
{
  return panes->n;
}

static int
compare_states (const void *a, const void *b)
{
  const TidePaneState *x = a, *y = b;

  if (x->pane != y->pane)
    return x->pane < y->pane ? -1 : 1;
  return (x->group > y->group) - (x->group < y->group);
}

/**
 * tide_panes_list:
 * @from: panes that start in [from, to)
 * @ret_n: (out): how many
 *
 * Returns: (transfer container): ascending by pane, then group; free with g_free()
 */
TidePaneState *
tide_panes_list (const TidePanes *panes, TideTime from, TideTime to, guint *ret_n)
{
  TidePaneState *list = g_new (TidePaneState, MAX (panes->n, 1));
  guint n = 0;
  bool sorted = true;

  for (uint32_t slot = 0; slot < panes->n; slot++)
    {
      const Key *key = &panes->keys[slot];

      if (key->pane < from || key->pane >= to)
        continue;
      list[n] = (TidePaneState){ key->pane, key->group, state_at (panes, slot) };
      sorted = sorted && (n == 0 || compare_states (&list[n - 1], &list[n]) < 0);
      n++;
    }
  if (!sorted)
    qsort (list, n, sizeof *list, compare_states);
  *ret_n = n;
  return list;
}

uint64_t
tide_panes_get_events (const TidePanes *panes)
{
  return panes->events;
}

gsize
tide_panes_get_bytes (const TidePanes *panes)
{
  return sizeof *panes + panes->allocated * (panes->aggregate->state_bytes + sizeof (Key))
         + (sizeof (Entry) << panes->bits) + (panes->allocated_slots + panes->n_recent) * sizeof (uint32_t)
         + panes->owned_bytes;
}

TideMetric *
tide_panes_get_metric (const TidePanes *panes)
{
  return panes->metric;
}

TideDuration
tide_panes_get_pane (const TidePanes *panes)
{
  return panes->pane;
}
