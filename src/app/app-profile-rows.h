/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles of fields by day as rows. Thread: main, but for what says otherwise. */
#pragma once

#include "app-fact-table.h"
#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_PROFILE_DAYS 14 /* of the small charts */

/* One field, figures only. */
typedef struct
{
  const TideField *field;
  guint n_days;                                /* that had events */
  double nulls[TIDE_PROFILE_DAYS];             /* share; NAN: no events that day */
  double distinct[TIDE_PROFILE_DAYS];
  double medians[TIDE_PROFILE_DAYS];           /* of numbers */
  double min, max, p95;                        /* of the newest day */
  double nulls_before, median_before;          /* of the seven days before the newest */
  double distinct_before;                      /* their mean a day */
  char *top;                                   /* "Berlin 41 %, Kiel 9 %" of the newest day; NULL: none */
  int newest;                                  /* index of the newest day that had events; -1: none */
} TideFieldProfile;

void tide_field_profile_free (TideFieldProfile *profile);
/* @profiles: TideProfile*, of one stream, by field, then day; @first: start of the first of the days. TideFieldProfile*
 * elements in the schema's order; they borrow @stream's fields. Pure; thread: any. */
GPtrArray *tide_profile_summarise (const TideStream *stream, const GPtrArray *profiles, const TideTime first[TIDE_PROFILE_DAYS + 1]);

extern const TideFactColumn tide_profile_columns[];
extern const guint tide_profile_n_columns;
/* TideFactRow* elements. */
GPtrArray *tide_profile_make_rows (const GPtrArray *fields);

G_END_DECLS
