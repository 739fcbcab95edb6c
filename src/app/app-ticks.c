/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where an axis has its ticks. Values: the smallest nice step that gives few enough. Times: the smallest
 * calendar unit, counted on the wall clock of a zone, so that a day of 23 or 25 hours still has its ticks
 * at 06:00 and 12:00. Limit: zones whose offset is no multiple of 15 minutes (none today) lose their ticks
 * under a day; ranges under two seconds may have none.
 */
#include "app-ticks.h"

#include "app-format.h"

#include <glib/gi18n.h>
#include <math.h>

static const double nice_steps[] = { 1, 2, 2.5, 5 };

static bool
fit_values (double lo, double hi, double step, guint max, TideValueTicks *ret_ticks)
{
  double slack = 1e-9;
  double first, last;

  hi = ceil (hi / step - slack) * step;
  lo = floor (lo / (step / 2) + slack) * (step / 2);
  first = ceil (lo / step - slack);
  last = round (hi / step);
  if (last - first + 1 > max || last - first < 1)
    return false;
  *ret_ticks = (TideValueTicks){ .lo = lo, .hi = hi, .first = first * step, .step = step,
                                 .n = (guint) (last - first + 1) };
  return true;
}

TideValueTicks
tide_ticks_for_values (double lo, double hi, guint max)
{
  TideValueTicks ticks = { 0 };
  double size;
  int power;

  g_assert (max >= 3);
  if (!isfinite (lo) || !isfinite (hi) || lo > hi)
    lo = 0, hi = 1;
  size = MAX (fabs (lo), fabs (hi));
  if (hi - lo <= size * 1e-9)
    {
      /* A flat line: half its size around it, or 0 to 1. */
      if (size == 0)
        hi = 1;
      else
        lo > 0 ? (lo -= size / 4, hi += size / 4) : (hi += size / 4, lo -= size / 4);
    }
  power = (int) floor (log10 ((hi - lo) / max)) - 1;
  for (int i = 0; i < 5 * (int) G_N_ELEMENTS (nice_steps); i++)
    {
      double step = nice_steps[i % 4] * pow (10, power + i / 4);

      if (step > 0 && isfinite (step) && fit_values (lo, hi, step, max, &ticks))
        return ticks;
    }
  /* Only at the ends of what a double holds. */
  return (TideValueTicks){ .lo = lo, .hi = hi, .first = lo, .step = hi - lo, .n = 2 };
}

double
tide_value_ticks_get (const TideValueTicks *ticks, guint index)
{
  /* By division from whole numbers where that is exact, so that 0.3 is 0.3. */
  double value = (round (ticks->first / ticks->step) + index) * ticks->step;

  return fabs (value) < ticks->step * 1e-6 ? 0 : value;
}

typedef enum
{
  UNIT_CLOCK,
  UNIT_DAYS,
  UNIT_MONTHS,
} Unit;

typedef struct
{
  Unit unit;
  gint64 n; /* µs, days, months */
} Step;

static const Step steps[] = {
  { UNIT_CLOCK, TIDE_SECOND },      { UNIT_CLOCK, 2 * TIDE_SECOND },  { UNIT_CLOCK, 5 * TIDE_SECOND },
  { UNIT_CLOCK, 10 * TIDE_SECOND }, { UNIT_CLOCK, 15 * TIDE_SECOND }, { UNIT_CLOCK, 30 * TIDE_SECOND },
  { UNIT_CLOCK, TIDE_MINUTE },      { UNIT_CLOCK, 2 * TIDE_MINUTE },  { UNIT_CLOCK, 5 * TIDE_MINUTE },
  { UNIT_CLOCK, 10 * TIDE_MINUTE }, { UNIT_CLOCK, 15 * TIDE_MINUTE }, { UNIT_CLOCK, 30 * TIDE_MINUTE },
  { UNIT_CLOCK, TIDE_HOUR },        { UNIT_CLOCK, 2 * TIDE_HOUR },    { UNIT_CLOCK, 3 * TIDE_HOUR },
  { UNIT_CLOCK, 6 * TIDE_HOUR },    { UNIT_CLOCK, 12 * TIDE_HOUR },   { UNIT_DAYS, 1 },
  { UNIT_DAYS, 2 },                 { UNIT_DAYS, 7 },                 { UNIT_DAYS, 14 },
  { UNIT_MONTHS, 1 },               { UNIT_MONTHS, 2 },               { UNIT_MONTHS, 3 },
  { UNIT_MONTHS, 6 },               { UNIT_MONTHS, 12 },              { UNIT_MONTHS, 24 },
  { UNIT_MONTHS, 60 },              { UNIT_MONTHS, 120 },             { UNIT_MONTHS, 300 },
  { UNIT_MONTHS, 1200 },
};

static double
step_length (Step step)
{
  switch (step.unit)
    {
    case UNIT_DAYS:
      return (double) step.n * TIDE_DAY;
    case UNIT_MONTHS:
      return (double) step.n * 30.436875 * TIDE_DAY;
    case UNIT_CLOCK:
    default:
      return (double) step.n;
    }
}

static GDateTime *
local_time (TideTime time, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (
      (time - (time < 0 ? TIDE_SECOND - 1 : 0)) / TIDE_SECOND);

  if (seconds == NULL)
    return NULL;
  return g_date_time_to_timezone (seconds, zone);
}

static gint64
offset_us (TideTime time, GTimeZone *zone)
{
  gint interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, time / TIDE_SECOND);

  return (gint64) g_time_zone_get_offset (zone, interval) * TIDE_SECOND;
}

static TideTime
date_start (GTimeZone *zone, const GDate *date)
{
  g_autoptr (GDateTime) start = g_date_time_new (zone, g_date_get_year (date), g_date_get_month (date),
                                                 g_date_get_day (date), 0, 0, 0);

  return start == NULL ? TIDE_TIME_NONE : g_date_time_to_unix (start) * TIDE_SECOND;
}

static bool
local_date (TideTime time, GTimeZone *zone, GDate *ret_date)
{
  g_autoptr (GDateTime) local = local_time (time, zone);
  int year, month, day;

  if (local == NULL)
    return false;
  g_date_time_get_ymd (local, &year, &month, &day);
  g_date_clear (ret_date, 1);
  g_date_set_dmy (ret_date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  return true;
}

/* The first day at or after @date that the step counts. */
static void
align_date (GDate *date, Step step)
{
  if (step.unit == UNIT_DAYS)
    {
      /* GDate's day 1 is a Monday: weeks start there. */
      guint32 julian = (g_date_get_julian (date) - 1) % (guint32) step.n;

      if (julian != 0)
        g_date_add_days (date, (guint) step.n - julian);
    }
  else
    {
      gint64 months = g_date_get_year (date) * 12 + g_date_get_month (date) - 1;

      if (g_date_get_day (date) != 1)
        months++;
      months = (months + step.n - 1) / step.n * step.n;
      g_date_set_dmy (date, 1, (GDateMonth) (months % 12 + 1), (GDateYear) (months / 12));
    }
}

static char *
clock_label (TideTime time, GDateTime *local, Step step)
{
  if (g_date_time_get_hour (local) == 0 && g_date_time_get_minute (local) == 0
      && g_date_time_get_second (local) == 0)
    return g_date_time_format (local, _("%a %-e"));
  return tide_format_clock (time, g_date_time_get_timezone (local), step.n < TIDE_MINUTE);
}

static char *
date_label (GDateTime *local, Step step, int month_before)
{
  if (step.unit == UNIT_DAYS && step.n < 7)
    return g_date_time_format (local, month_before != 0 && g_date_time_get_month (local) != month_before
                                          ? _("%a %-e %b") : _("%a %-e"));
  if (step.unit == UNIT_DAYS)
    return g_date_time_format (local, _("%-e %b"));
  return g_date_time_format (local, g_date_time_get_month (local) == 1 ? "%Y" : "%b");
}

static void
add_tick (TideTimeTicks *ticks, TideTime time, char *label)
{
  if (label == NULL || ticks->n == TIDE_TICKS_MAX)
    {
      g_free (label);
      return;
    }
  ticks->ticks[ticks->n++] = (TideTimeTick){ time, label };
}

/* FALSE when there are more than @max. */
static bool
fit_clock (TideTime from, TideTime to, GTimeZone *zone, Step step, guint max, TideTimeTicks *ticks)
{
  /* Wall clocks are moved by multiples of a quarter of an hour: look at each of those. */
  gint64 grain = MIN (step.n, 15 * TIDE_MINUTE);
  TideTime time = from / grain * grain;

  for (; time <= to; time += grain)
    {
      g_autoptr (GDateTime) local = NULL;

      if (time < from || (time + offset_us (time, zone)) % step.n != 0)
        continue;
      /* An hour that comes twice has one tick of two hours, and two of one. */
      if (ticks->n > 0 && time - ticks->ticks[ticks->n - 1].time < step.n * 6 / 10)
        continue;
      if (ticks->n == max)
        return false;
      local = local_time (time, zone);
      if (local != NULL)
        add_tick (ticks, time, clock_label (time, local, step));
    }
  return true;
}

static bool
fit_dates (TideTime from, TideTime to, GTimeZone *zone, Step step, guint max, TideTimeTicks *ticks)
{
  int month_before = 0;
  GDate date;

  if (!local_date (from, zone, &date))
    return true;
  for (;;)
    {
      g_autoptr (GDateTime) local = NULL;
      TideTime time;

      align_date (&date, step);
      if (g_date_get_year (&date) > 9990 || (time = date_start (zone, &date)) > to)
        return true;
      if (time >= from)
        {
          if (ticks->n == max)
            return false;
          local = local_time (time, zone);
          add_tick (ticks, time, date_label (local, step, month_before));
          month_before = g_date_get_month (&date);
        }
      g_date_add_days (&date, 1);
    }
}

/**
 * tide_ticks_for_times:
 * @max: 2 to TIDE_TICKS_MAX
 * @ret_ticks: (out caller-allocates): cleared by tide_time_ticks_clear()
 *
 * The smallest unit of the wall clock in @zone that gives at most @max ticks.
 *
 * Thread: any.
 */
void
tide_ticks_for_times (TideTime from, TideTime to, GTimeZone *zone, guint max, TideTimeTicks *ret_ticks)
{
  g_autoptr (GTimeZone) local = zone == NULL ? tide_format_get_zone () : g_time_zone_ref (zone);

  *ret_ticks = (TideTimeTicks){ 0 };
  max = CLAMP (max, 2, TIDE_TICKS_MAX);
  if (to <= from || from < -62135596800 * TIDE_SECOND || to > 253402300799 * TIDE_SECOND)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if ((double) (to - from) / step_length (steps[i]) > max + 1)
        continue;
      if (steps[i].unit == UNIT_CLOCK ? fit_clock (from, to, local, steps[i], max, ret_ticks)
                                      : fit_dates (from, to, local, steps[i], max, ret_ticks))
        return;
      tide_time_ticks_clear (ret_ticks);
    }
}

/**
 * tide_ticks_for_ages:
 *
 * Ticks at whole seconds, minutes or hours before @to, as a live chart has them; the unit is on the last
 * number only.
 *
 * Thread: any.
 */
void
tide_ticks_for_ages (TideTime from, TideTime to, guint max, TideTimeTicks *ret_ticks)
{
  gint64 step = 0, scale;
  const char *unit;

  *ret_ticks = (TideTimeTicks){ 0 };
  if (to <= from)
    return;
  max = CLAMP (max, 2, TIDE_TICKS_MAX);
  for (gsize i = 0; i < G_N_ELEMENTS (steps) && step_length (steps[i]) <= TIDE_DAY; i++)
    if (step = (gint64) step_length (steps[i]), (to - from) / step + 1 <= max)
      break;
  while ((to - from) / step + 1 > max)
    step *= 2;
  scale = step % TIDE_HOUR == 0 ? TIDE_HOUR : step % TIDE_MINUTE == 0 ? TIDE_MINUTE : TIDE_SECOND;
  unit = scale == TIDE_HOUR ? "h" : scale == TIDE_MINUTE ? "min" : "s";
  for (gint64 age = (to - from) / step * step; age >= 0; age -= step)
    {
      if (age == 0)
        add_tick (ret_ticks, to, g_strdup (""));
      else if (age == step)
        add_tick (ret_ticks, to - age, g_strdup_printf (TIDE_MINUS "%" G_GINT64_FORMAT TIDE_NNBSP "%s", age / scale, unit));
      else
        add_tick (ret_ticks, to - age, g_strdup_printf (TIDE_MINUS "%" G_GINT64_FORMAT, age / scale));
    }
}

void
tide_time_ticks_clear (TideTimeTicks *ticks)
{
  for (guint i = 0; i < ticks->n; i++)
    g_free (ticks->ticks[i].label);
  ticks->n = 0;
}

guint
tide_weekends (TideTime from, TideTime to, GTimeZone *zone, TideTime *ret_starts, TideTime *ret_ends, guint max)
{
  g_autoptr (GTimeZone) local = zone == NULL ? tide_format_get_zone () : g_time_zone_ref (zone);
  guint n = 0;
  GDate date;

  if (to <= from || !local_date (from, local, &date))
    return 0;
  /* Back to the Saturday of this week's end. */
  g_date_subtract_days (&date, (g_date_get_weekday (&date) + 1) % 7);
  while (n < max && date_start (local, &date) < to)
    {
      TideTime start = date_start (local, &date), end;

      g_date_add_days (&date, 2);
      end = date_start (local, &date);
      g_date_add_days (&date, 5);
      if (end <= from)
        continue;
      ret_starts[n] = start;
      ret_ends[n++] = end;
    }
  return n;
}
