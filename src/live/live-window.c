/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sliding window over states that can be merged but not subtracted (sketches, minima). Windows that end with
 * consecutive seconds share their work: merges of everything from second i up to a boundary, and of everything
 * from the boundary on, give each window by one more merge (van Herk 1992, Gil and Werman 1993). A sweep over n
 * seconds costs about w + 3n merges instead of w × n.
 * Ten sweeps a second ask for the newest second only. So the merges up to a boundary just before it are kept, for the few
 * seconds after it: then a sweep costs two or three merges, and w of them only every few seconds. */
#include "live-private.h"

#include <string.h>

/* Seconds from the boundary on whose merges are kept. */
#define KEPT 6

struct _TideLiveWindow
{
  const TideAggregate *aggregate;
  guint seconds, n_kept;
  bool is_kept;
  int64_t boundary;
  guint8 *kept; /* n_kept states: kept[j] merges what the window that ends with boundary + j has before the boundary */
  guint8 *running, *prefix, *merged;
};

TideLiveWindow *
tide_live_window_new (const TideAggregate *aggregate, guint seconds)
{
  TideLiveWindow *window = g_new0 (TideLiveWindow, 1);

  window->aggregate = aggregate;
  window->seconds = MAX (seconds, 1);
  window->n_kept = MIN (KEPT, window->seconds);
  window->kept = g_malloc0 ((window->n_kept + 3) * aggregate->state_bytes);
  window->running = window->kept + window->n_kept * aggregate->state_bytes;
  window->prefix = window->running + aggregate->state_bytes;
  window->merged = window->prefix + aggregate->state_bytes;
  return window;
}

static void
empty (const TideAggregate *aggregate, void *state)
{
  if (aggregate->clear != NULL)
    aggregate->clear (state);
  memset (state, 0, aggregate->state_bytes);
}

void
tide_live_window_free (TideLiveWindow *window)
{
  if (window == NULL)
    return;
  for (guint i = 0; i < window->n_kept + 3; i++)
    empty (window->aggregate, window->kept + i * window->aggregate->state_bytes);
  g_free (window->kept);
  g_free (window);
}

/* Fills the last @n of suffixes[seconds]: suffixes[j] merges the seconds - 1 - j seconds before @boundary. */
static void
fill_suffixes (TideLiveWindow *window, int64_t boundary, guint8 *suffixes, guint n,
               const void *(*state) (int64_t, void *), void *data)
{
  const TideAggregate *aggregate = window->aggregate;

  empty (aggregate, window->running);
  for (guint j = window->seconds; j-- > 0;)
    {
      guint k = window->seconds - 1 - j;
      const void *second = k > 0 ? state (boundary - k, data) : NULL;

      if (second != NULL)
        aggregate->merge (aggregate, window->running, second);
      if (j >= n)
        continue;
      empty (aggregate, suffixes + j * aggregate->state_bytes);
      aggregate->merge (aggregate, suffixes + j * aggregate->state_bytes, window->running);
    }
  empty (aggregate, window->running);
}

/* Emits [first, last], which lies in the window's length from @boundary on. */
static void
emit_from (TideLiveWindow *window, int64_t boundary, int64_t first, int64_t last, const guint8 *suffixes,
           const void *(*state) (int64_t second, void *data),
           void (*emit) (int64_t second, const void *merged, void *data), void *data)
{
  const TideAggregate *aggregate = window->aggregate;

  empty (aggregate, window->prefix);
  for (int64_t second = boundary; second <= last; second++)
    {
      const void *own = state (second, data);

      if (own != NULL)
        aggregate->merge (aggregate, window->prefix, own);
      if (second < first)
        continue;
      empty (aggregate, window->merged);
      /* What has more first: an empty sketch becomes a copy of it. */
      aggregate->merge (aggregate, window->merged, suffixes + (second - boundary) * (int64_t) aggregate->state_bytes);
      aggregate->merge (aggregate, window->merged, window->prefix);
      emit (second, window->merged, data);
    }
  empty (aggregate, window->prefix);
  empty (aggregate, window->merged);
}

static void
sweep_long (TideLiveWindow *window, int64_t first, int64_t last, const void *(*state) (int64_t second, void *data),
            void (*emit) (int64_t second, const void *merged, void *data), void *data)
{
  const TideAggregate *aggregate = window->aggregate;
  g_autofree guint8 *suffixes = g_malloc0 (window->seconds * aggregate->state_bytes);

  for (int64_t boundary = first; boundary <= last; boundary += window->seconds)
    {
      fill_suffixes (window, boundary, suffixes, window->seconds, state, data);
      emit_from (window, boundary, boundary, MIN (last, boundary + window->seconds - 1), suffixes, state, emit, data);
    }
  for (guint i = 0; i < window->seconds; i++)
    empty (aggregate, suffixes + i * aggregate->state_bytes);
}

/**
 * tide_live_window_sweep:
 *
 * States of seconds before @first must be what they were at the window's last sweep.
 *
 * Thread: one at a time for a window. @merged is borrowed for the length of the call of @emit.
 */
void
tide_live_window_sweep (TideLiveWindow *window, int64_t first, int64_t last,
                        const void *(*state) (int64_t second, void *data),
                        void (*emit) (int64_t second, const void *merged, void *data), void *data)
{
  bool fits = window->is_kept && first >= window->boundary && last < window->boundary + window->n_kept;

  if (first > last)
    return;
  if (!fits && last - first >= window->n_kept)
    {
      window->is_kept = false;
      sweep_long (window, first, last, state, emit, data);
      return;
    }
  if (!fits)
    {
      /* A second earlier where there is room: the second before the newest still gets events. */
      window->boundary = last - first + 1 < window->n_kept ? first - 1 : first;
      fill_suffixes (window, window->boundary, window->kept, window->n_kept, state, data);
      window->is_kept = true;
    }
  emit_from (window, window->boundary, first, last, window->kept, state, emit, data);
}
