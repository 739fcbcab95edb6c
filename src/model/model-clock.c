/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the time comes from. Everything that asks for it takes a TideClock, so that tests can set it and the
 * demo can run faster than the wall clock. */
#include "model-time.h"

#include <time.h>

static TideTime
system_wall (void *data)
{
  return g_get_real_time ();
}

static int64_t
system_monotonic (void *data)
{
  return g_get_monotonic_time ();
}

const TideClock tide_clock_system = { .wall_us = system_wall, .monotonic_us = system_monotonic };

/**
 * tide_clock_now:
 *
 * Returns: the time of day, µs UTC
 * Thread: any, as far as @clock allows; the system's does.
 */
TideTime
tide_clock_now (const TideClock *clock)
{
  return clock->wall_us (clock->data);
}

/**
 * tide_clock_monotonic:
 *
 * Returns: µs since some moment; for durations
 * Thread: any, as far as @clock allows; the system's does.
 */
int64_t
tide_clock_monotonic (const TideClock *clock)
{
  return clock->monotonic_us (clock->data);
}

int64_t
tide_thread_cpu_ns (void)
{
  struct timespec now;
  if (clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now) != 0)
    return 0;
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}
