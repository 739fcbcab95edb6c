/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state machine of one group under one rule. It is driven by event time alone: a pane's end and what the rule says
 * about it, so that the same panes give the same states, live, after a restart and in a back-test. */
#include "watch-private.h"

#include <math.h>

void
tide_watch_instance_init (TideWatchInstance *instance)
{
  *instance = (TideWatchInstance){ .since = TIDE_TIME_NONE, .pending = TIDE_TIME_NONE, .clearing = TIDE_TIME_NONE,
                                   .fired = TIDE_TIME_NONE, .acknowledged = TIDE_TIME_NONE, .value = NAN };
}

static bool
go_to (TideWatchInstance *instance, TideAlertState state, TideTime at)
{
  instance->state = (uint8_t) state;
  instance->since = at;
  instance->clearing = TIDE_TIME_NONE;
  if (state == TIDE_ALERT_FIRING || state == TIDE_ALERT_NO_DATA)
    instance->fired = at;
  if (state == TIDE_ALERT_NORMAL)
    {
      instance->pending = instance->acknowledged = TIDE_TIME_NONE;
      instance->missing = false;
    }
  return instance->dirty = true;
}

/* The condition holds (or the missing value alerts). */
static bool
hold (TideWatchInstance *instance, const TideAlert *alert, bool missing, TideTime at)
{
  TideAlertState goal = missing ? TIDE_ALERT_NO_DATA : TIDE_ALERT_FIRING;

  if (instance->clearing != TIDE_TIME_NONE)
    {
      instance->clearing = TIDE_TIME_NONE;
      instance->dirty = true;
    }
  if (instance->state == TIDE_ALERT_FIRING)
    return false;
  if (instance->missing != missing)
    {
      instance->missing = missing;
      instance->dirty = true;
    }
  if (instance->state == TIDE_ALERT_NO_DATA)
    return !missing && go_to (instance, TIDE_ALERT_FIRING, at);
  if (instance->pending == TIDE_TIME_NONE)
    {
      instance->pending = at;
      instance->dirty = true;
    }
  if (at - instance->pending >= alert->hold)
    return go_to (instance, goal, at);
  return instance->state != TIDE_ALERT_PENDING && go_to (instance, TIDE_ALERT_PENDING, at);
}

/* It does not. @clear: it is past the clearing limit too. */
static bool
release (TideWatchInstance *instance, const TideAlert *alert, bool clear, TideTime at)
{
  if (instance->state == TIDE_ALERT_NORMAL)
    return false;
  if (instance->state == TIDE_ALERT_PENDING || instance->state == TIDE_ALERT_NO_DATA)
    return go_to (instance, TIDE_ALERT_NORMAL, at);
  if (!clear)
    {
      instance->dirty |= instance->clearing != TIDE_TIME_NONE;
      instance->clearing = TIDE_TIME_NONE;
      return false;
    }
  if (instance->clearing == TIDE_TIME_NONE)
    {
      instance->clearing = at;
      instance->dirty = true;
    }
  return at - instance->clearing >= alert->keep_firing && go_to (instance, TIDE_ALERT_NORMAL, at);
}

bool
tide_watch_step (TideWatchInstance *instance, const TideAlert *alert, unsigned flags, double observed, TideTime at)
{
  instance->value = observed;
  if ((flags & TIDE_WATCH_MISSING) != 0)
    switch (alert->no_data)
      {
      case TIDE_NO_DATA_KEEP:
        return false;
      case TIDE_NO_DATA_NORMAL:
        return release (instance, alert, true, at);
      case TIDE_NO_DATA_ALERT:
        return hold (instance, alert, true, at);
      }
  return (flags & TIDE_WATCH_HOLDS) != 0 ? hold (instance, alert, false, at)
                                         : release (instance, alert, (flags & TIDE_WATCH_CLEAR) != 0, at);
}
