/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the demo's events come. The rate follows a curve over the quarter hours of a week (lunch, dinner, week-end),
 * and event i comes where the integral of that curve reaches i: so index and time follow from each other without any
 * state, and a source can go on from any offset. Gaps between events are made irregular by the event itself, which
 * happened a little before it is sent. Local time is taken as UTC+1 the whole year. */
#include "ingest-demo-world.h"

#include <math.h>

#define SLOTS 672
#define SLOT_S 900.0
#define WEEK_S 604800
/* Monday 00:00 at UTC+1 before the epoch, which was a Thursday. */
#define WEEK_ZERO ((TideTime) - (3 * 86400 + 3600) * TIDE_SECOND)

typedef enum
{
  CURVE_ORDERS,
  CURVE_DRIVERS,
  CURVE_FLAT,
  N_CURVES,
} Curve;

static double weights[N_CURVES][SLOTS], sums[N_CURVES][SLOTS + 1];

static const struct
{
  const char *name;
  Curve curve;
  guint partitions;
  double rate;
  TideDuration delay;
} parts[] = {
  [TIDE_DEMO_ORDERS] = { "orders", CURVE_ORDERS, 4, 6, 0 },
  [TIDE_DEMO_PAYMENTS] = { "payments", CURVE_ORDERS, 4, 6, 30 * TIDE_SECOND },
  [TIDE_DEMO_POSITIONS] = { "positions", CURVE_DRIVERS, 4, 12, 0 },
  [TIDE_DEMO_DELIVERIES] = { "deliveries", CURVE_ORDERS, 4, 6, 40 * TIDE_MINUTE },
  [TIDE_DEMO_SENSORS] = { "sensors", CURVE_FLAT, 2, 8, 0 },
};

const char *const tide_demo_part_names[] = { "orders", "payments", "positions", "deliveries", "sensors", NULL };

static double
bump (double hour, double centre, double width)
{
  double d = (hour - centre) / width;
  return exp (-0.5 * d * d);
}

static void
make_curves (void)
{
  static const double days[7] = { 0.85, 0.88, 0.92, 1.0, 1.22, 1.28, 1.15 };
  for (int slot = 0; slot < SLOTS; slot++)
    {
      double hour = (slot % 96 + 0.5) / 4;
      /* The evening goes on after midnight. */
      double late = hour < 5 ? hour + 24 : hour;
      double meals = 0.10 + bump (hour, 12.6, 1.1) + 1.5 * bump (late, 19.4, 1.9) + 0.25 * bump (hour, 16, 2.5);
      weights[CURVE_ORDERS][slot] = days[slot / 96] * meals;
      weights[CURVE_DRIVERS][slot] = 0.25 + 0.75 * MIN (meals, 1.4) / 1.4;
      weights[CURVE_FLAT][slot] = 1;
    }
  for (int curve = 0; curve < N_CURVES; curve++)
    {
      double mean = 0;
      for (int slot = 0; slot < SLOTS; slot++)
        mean += weights[curve][slot] / SLOTS;
      for (int slot = 0; slot < SLOTS; slot++)
        {
          weights[curve][slot] /= mean;
          sums[curve][slot + 1] = sums[curve][slot] + weights[curve][slot] * SLOT_S;
        }
      sums[curve][SLOTS] = WEEK_S;
    }
}

/* Average seconds since rhythm->week. */
static double
integral (const TideDemoRhythm *rhythm, TideTime time)
{
  int64_t since_us = time - rhythm->week;
  int64_t weeks = since_us / (WEEK_S * TIDE_SECOND);
  double within = (double) (since_us - weeks * WEEK_S * TIDE_SECOND) / (double) TIDE_SECOND;
  if (within < 0)
    {
      within += WEEK_S;
      weeks--;
    }
  int slot = MIN ((int) (within / SLOT_S), SLOTS - 1);
  return (double) weeks * WEEK_S + rhythm->sums[slot] + (within - slot * SLOT_S) * rhythm->weights[slot];
}

void
tide_demo_rhythm_init (TideDemoRhythm *rhythm, TideDemoPart part, double rate, TideTime start, int64_t first)
{
  static gsize ready;
  if (g_once_init_enter (&ready))
    {
      make_curves ();
      g_once_init_leave (&ready, 1);
    }
  Curve curve = parts[part].curve;
  *rhythm = (TideDemoRhythm){
    .part = part,
    .rate = rate,
    .start = start,
    .first = first,
    .weights = weights[curve],
    .sums = sums[curve],
  };
  int64_t since_us = start - WEEK_ZERO, week_us = WEEK_S * TIDE_SECOND;
  rhythm->week = start - (since_us % week_us + week_us) % week_us;
  rhythm->offset = integral (rhythm, start);
}

TideTime
tide_demo_rhythm_time (const TideDemoRhythm *rhythm, int64_t index)
{
  double target = rhythm->offset + (double) (index - rhythm->first) / rhythm->rate;
  double weeks = floor (target / WEEK_S), within = target - weeks * WEEK_S;
  int low = 0, high = SLOTS - 1;
  while (low < high)
    {
      int middle = (low + high + 1) / 2;
      if (rhythm->sums[middle] <= within)
        low = middle;
      else
        high = middle - 1;
    }
  double seconds = low * SLOT_S + MIN ((within - rhythm->sums[low]) / rhythm->weights[low], SLOT_S);
  return rhythm->week + ((int64_t) weeks * WEEK_S) * TIDE_SECOND + (int64_t) (seconds * (double) TIDE_SECOND);
}

int64_t
tide_demo_rhythm_index (const TideDemoRhythm *rhythm, TideTime time)
{
  double n = (integral (rhythm, time) - rhythm->offset) * rhythm->rate;
  int64_t index = rhythm->first + (int64_t) MAX (n, 0);
  /* Rounding may be off by one; time() decides. */
  while (index > rhythm->first && tide_demo_rhythm_time (rhythm, index - 1) > time)
    index--;
  while (tide_demo_rhythm_time (rhythm, index) <= time)
    index++;
  return index;
}

guint
tide_demo_part_partitions (TideDemoPart part)
{
  return parts[part].partitions;
}

double
tide_demo_part_default_rate (TideDemoPart part)
{
  return parts[part].rate;
}

TideDuration
tide_demo_part_delay (TideDemoPart part)
{
  return parts[part].delay;
}
