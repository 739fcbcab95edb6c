/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sliding window over states that can be merged but not subtracted (sketches, minima). Windows that end with
 * consecutive seconds share their work: merges of everything from second i up to a boundary, and of everything
 * from the boundary on, give each window by one more merge (van Herk 1992, Gil and Werman 1993). A sweep over n
 * seconds costs about w + 3n merges instead of w × n. */
#include "live-private.h"

#include <string.h>

struct _TideLiveWindow
{
  const TideAggregate *aggregate;
  guint seconds;
  guint8 *suffixes; /* seconds states: suffixes[k] merges boundary - k .. boundary - 1 */
  guint8 *prefix, *merged;
};

TideLiveWindow *
tide_live_window_new (const TideAggregate *aggregate, guint seconds)
{
  TideLiveWindow *window = g_new0 (TideLiveWindow, 1);

  window->aggregate = aggregate;
  window->seconds = MAX (seconds, 1);
  window->suffixes = g_malloc0 ((window->seconds + 2) * aggregate->state_bytes);
  window->prefix = window->suffixes + window->seconds * aggregate->state_bytes;
  window->merged = window->prefix + aggregate->state_bytes;
  return window;
}

void
tide_live_window_free (TideLiveWindow *window)
{
  if (window == NULL)
    return;
  g_free (window->suffixes);
  g_free (window);
}

static void
empty (const TideAggregate *aggregate, void *state)
{
  if (aggregate->clear != NULL)
    aggregate->clear (state);
  memset (state, 0, aggregate->state_bytes);
}

static void
fill_suffixes (TideLiveWindow *window, int64_t boundary, const void *(*state) (int64_t, void *), void *data)
{
  const TideAggregate *aggregate = window->aggregate;

  for (guint k = 1; k < window->seconds; k++)
    {
      guint8 *suffix = window->suffixes + k * aggregate->state_bytes;
      const void *second = state (boundary - k, data);

      empty (aggregate, suffix);
      if (k > 1)
        aggregate->merge (aggregate, suffix, suffix - aggregate->state_bytes);
      if (second != NULL)
        aggregate->merge (aggregate, suffix, second);
    }
}

/**
 * tide_live_window_sweep:
 *
 * Thread: one at a time for a window. @merged is borrowed for the length of the call of @emit.
 */
void
tide_live_window_sweep (TideLiveWindow *window, int64_t first, int64_t last,
                        const void *(*state) (int64_t second, void *data),
                        void (*emit) (int64_t second, const void *merged, void *data), void *data)
{
  const TideAggregate *aggregate = window->aggregate;

  for (int64_t boundary = first; boundary <= last; boundary += window->seconds)
    {
      int64_t end = MIN (last, boundary + window->seconds - 1);

      fill_suffixes (window, boundary, state, data);
      empty (aggregate, window->prefix);
      for (int64_t second = boundary; second <= end; second++)
        {
          guint before = window->seconds - 1 - (guint) (second - boundary);
          const void *own = state (second, data);

          if (own != NULL)
            aggregate->merge (aggregate, window->prefix, own);
          empty (aggregate, window->merged);
          aggregate->merge (aggregate, window->merged, window->prefix);
          if (before > 0)
            aggregate->merge (aggregate, window->merged, window->suffixes + before * aggregate->state_bytes);
          emit (second, window->merged, data);
        }
    }
  for (guint k = 0; k < window->seconds + 2; k++)
    empty (aggregate, window->suffixes + k * aggregate->state_bytes);
}
