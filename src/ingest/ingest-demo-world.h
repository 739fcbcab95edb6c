/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The food delivery company of the demo: what happens at which moment, as pure functions of a seed and an index. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_DEMO_ORDERS,
  TIDE_DEMO_PAYMENTS,
  TIDE_DEMO_POSITIONS,
  TIDE_DEMO_DELIVERIES,
  TIDE_DEMO_SENSORS,
  TIDE_DEMO_N_PARTS,
} TideDemoPart;

extern const char *const tide_demo_part_names[]; /* NULL-terminated */

/* When the events of a part come: index i at an average rate, with the rhythm of day and week. From @start on,
 * where the first index is @first. */
typedef struct
{
  TideDemoPart part;
  double rate; /* events/s, averaged over a week */
  TideTime start;
  int64_t first;
  /* The rest is tide_demo_rhythm_init()'s. */
  const double *weights, *sums; /* by slot of the week, mean 1; sums of seconds before the slot */
  TideTime week;
  double offset;
} TideDemoRhythm;

void tide_demo_rhythm_init (TideDemoRhythm *rhythm, TideDemoPart part, double rate, TideTime start, int64_t first);
/* When event @index is sent: ascending with the index. */
TideTime tide_demo_rhythm_time (const TideDemoRhythm *rhythm, int64_t index);
/* How many events are sent up to @time, as the index of the next one. */
int64_t tide_demo_rhythm_index (const TideDemoRhythm *rhythm, TideTime time);

guint tide_demo_part_partitions (TideDemoPart part);
double tide_demo_part_default_rate (TideDemoPart part);
/* How long after its order an event of this part is sent. */
TideDuration tide_demo_part_delay (TideDemoPart part);

#define TIDE_DEMO_EVENT_MAX 640
/* Writes event @index, sent at @sent, as JSON. Returns the length. A few are broken, on purpose. */
gsize tide_demo_event (guint64 seed, TideDemoPart part, int64_t index, TideTime sent, char buffer[TIDE_DEMO_EVENT_MAX]);

G_END_DECLS
