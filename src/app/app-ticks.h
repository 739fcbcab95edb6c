/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an axis has its ticks. Pure; any thread. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

#define TIDE_TICKS_MAX 64

/* Nice values 1, 2, 2.5 or 5 × 10ⁿ apart. */
typedef struct
{
  double lo, hi;  /* the range, grown: up to a whole step, down to half a step */
  double first;   /* the lowest tick */
  double step;
  guint n;        /* of ticks */
} TideValueTicks;

/* Ticks over [lo, hi], from 2 to @max (at least 3) of them. */
TideValueTicks tide_ticks_for_values (double lo, double hi, guint max);
double tide_value_ticks_get (const TideValueTicks *ticks, guint index);

typedef struct
{
  TideTime time;
  char *label;
} TideTimeTick;

typedef struct
{
  guint n;
  TideTimeTick ticks[TIDE_TICKS_MAX];
} TideTimeTicks;

/* Ticks in [from, to], at most @max, on whole units of @zone: "19:40", "Sat 7", "1 Nov", "Jun", "2026". */
void tide_ticks_for_times (TideTime from, TideTime to, GTimeZone *zone, guint max, TideTimeTicks *ret_ticks);
/* Relative to @to: "−4", "−3", … "−1 min"; the last one (now) has no label. */
void tide_ticks_for_ages (TideTime from, TideTime to, guint max, TideTimeTicks *ret_ticks);
void tide_time_ticks_clear (TideTimeTicks *ticks);

/* Days of a weekend that touch [from, to], as [starts, ends) pairs; returns how many, at most @max. */
guint tide_weekends (TideTime from, TideTime to, GTimeZone *zone, TideTime *ret_starts, TideTime *ret_ends, guint max);

G_END_DECLS
