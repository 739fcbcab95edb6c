/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "app-mark.h"

G_BEGIN_DECLS

/* What a card's value is worth now: section 6 of the look. */
typedef enum
{
  TIDE_FRESH_FRESH,
  TIDE_FRESH_STALE,       /* past the objective */
  TIDE_FRESH_CATCHING_UP,
  TIDE_FRESH_PAUSED,      /* by the person */
  TIDE_FRESH_WAITING,     /* nothing has come yet */
  TIDE_FRESH_FAILED,      /* its source needs a person, or is away */
} TideFreshState;

typedef struct
{
  TideFreshState state;
  TideDuration age;       /* of the newest event; lag while catching up; since the pause */
  gint64 events;          /* catching up: to go; -1: not known */
  TideSourceState source; /* the worst of its sources */
  const char *message;    /* what is wrong; borrowed from the status; NULL */
  TideTime retry_at;      /* TIDE_TIME_NONE */
} TideFreshFacts;

/* How fresh @metric is at @now. @status may be NULL. Pure. */
TideFreshFacts tide_freshness_of (const TideLiveMetric *metric, const TideStatus *status, TideTime now);

/* The badge: mark and age on a pill. */
#define TIDE_TYPE_FRESHNESS (tide_freshness_get_type ())
G_DECLARE_FINAL_TYPE (TideFreshness, tide_freshness, TIDE, FRESHNESS, AdwBin)

void tide_freshness_update (TideFreshness *self, const TideFreshFacts *facts);
/* Narrow windows: the mark only; the text stays for screen readers and as a tooltip. */
void tide_freshness_set_compact (TideFreshness *self, bool compact);

G_END_DECLS
