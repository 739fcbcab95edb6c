/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Staleness error: how wrong the answer on the screen is when it is refreshed only every T. The refreshes that would
 * have been are played on the metric's own history. A refresh at a multiple of T shows its answer D later, and holds
 * until the next; it knows only what had arrived by then. So at time t the answer shown is that of
 * k = floor ((t − D) / T) · T, and its age goes from D to T + D.
 *
 * A counter is asked "how much in the window that ends now": the answer lacks what came since k, so its error is the
 * count in (k, t] over the mean count of a window. A gauge is asked "how much is it": its error is |x(t) − x(k)| over
 * the mean of |x|; a group that was silent at k is shown by its last value before, one that is new not at all. Groups are
 * read one by one, so errors add up over groups: Σ|error| / Σ level, as the weighted absolute percentage error does
 * (Kolassa and Schütz 2007).
 *
 * With steady history the closed forms hold: constant counter mean (T/2 + D)/W; linear gauge c(T/2 + D)/level; sine
 * (4A/π)·(2/ωT)(1 − cos ωT/2)/level; random walk σ√(2/π)·⅔√T/level; all are tested. */
#include "balance-staleness.h"

#include <math.h>

/* Looked back for a group's last value. */
#define SILENT_STEPS_MAX 3600

const TideDuration tide_intervals[TIDE_N_INTERVALS] = {
  TIDE_SECOND, 5 * TIDE_SECOND, 15 * TIDE_SECOND, TIDE_MINUTE, 5 * TIDE_MINUTE, 15 * TIDE_MINUTE, TIDE_HOUR,
  6 * TIDE_HOUR, 24 * TIDE_HOUR,
};

TideSeries *
tide_series_new (TideTime start, TideDuration step, guint n, guint n_groups, bool counter)
{
  TideSeries *series = g_new0 (TideSeries, 1);

  series->start = start;
  series->step = step;
  series->n = n;
  series->n_groups = n_groups;
  series->counter = counter;
  series->values = g_new (double, MAX ((gsize) n * n_groups, 1));
  for (gsize i = 0; i < (gsize) n * n_groups; i++)
    series->values[i] = counter ? 0 : NAN;
  return series;
}

void
tide_series_free (TideSeries *series)
{
  if (series == NULL)
    return;
  g_free (series->values);
  g_free (series);
}

/* sums[i] is what came before step i; n + 1 of them a group. */
static double *
running_sums (const TideSeries *series)
{
  double *sums = g_new (double, (gsize) (series->n + 1) * series->n_groups);

  for (guint g = 0; g < series->n_groups; g++)
    {
      double *row = sums + (gsize) g * (series->n + 1);

      row[0] = 0;
      for (guint i = 0; i < series->n; i++)
        row[i + 1] = row[i] + series->values[(gsize) g * series->n + i];
    }
  return sums;
}

static guint
window_steps (const TideSeries *series, TideDuration window)
{
  return (guint) CLAMP (window / series->step, 1, (TideDuration) G_MAXINT);
}

double
tide_series_get_level (const TideSeries *series, TideDuration window)
{
  guint steps = series->counter ? window_steps (series, window) : 1, n = 0;
  g_autofree double *sums = series->counter ? running_sums (series) : NULL;
  double level = 0;

  for (guint i = steps - 1; i < series->n; i++)
    {
      double size = 0;
      bool any = false;

      for (guint g = 0; g < series->n_groups; g++)
        {
          const double *row = sums != NULL ? sums + (gsize) g * (series->n + 1) : NULL;
          double x = row != NULL ? row[i + 1] - row[i + 1 - steps] : series->values[(gsize) g * series->n + i];

          any |= !isnan (x);
          size += isnan (x) ? 0 : fabs (x);
        }
      level += size;
      n += any;
    }
  return n > 0 && level > 0 ? level / n : NAN;
}

/**
 * tide_series_get_noise:
 *
 * The standard deviation of one step about its local trend, from second differences (Gasser, Sroka and Jennen-Steinmetz
 * 1986: var = ⅔ · mean (½x₋₁ − x + ½x₊₁)²); of a counter that of the sum over @window, √steps of it: for Poisson counts
 * 1/√(λW).
 */
double
tide_series_get_noise (const TideSeries *series, TideDuration window, double level)
{
  double variance = 0;

  for (guint g = 0; g < series->n_groups; g++)
    {
      const double *x = series->values + (gsize) g * series->n;
      double sum = 0;
      guint n = 0;

      for (guint i = 1; i + 1 < series->n; i++)
        {
          double d = 0.5 * x[i - 1] - x[i] + 0.5 * x[i + 1];

          if (isnan (d))
            continue;
          sum += d * d;
          n++;
        }
      variance += n > 0 ? sum / n * 2 / 3 : 0;
    }
  return sqrt (variance * (series->counter ? window_steps (series, window) : 1)) / level;
}

typedef struct
{
  const TideSeries *series;
  const double *sums; /* NULL: a gauge */
  guint steps;        /* of the window */
  TideDuration lateness;
} Question;

static TideTime
floor_to (TideTime time, TideDuration every)
{
  TideTime rest = time % every;

  return time - (rest < 0 ? rest + every : rest);
}

/* What came in [known, i] of all groups, known being a place in steps; at most the window. */
static double
counter_error (const Question *question, guint i, double known)
{
  double from = MAX (known, (double) (i + 1) - question->steps), error = 0;
  guint before = (guint) MAX (from, 0);
  double part = MAX (from, 0) - before;

  for (guint g = 0; g < question->series->n_groups; g++)
    {
      const double *row = question->sums + (gsize) g * (question->series->n + 1);
      double at = row[before] + (before < question->series->n ? part * (row[before + 1] - row[before]) : 0);

      error += fabs (row[i + 1] - at);
    }
  return error;
}

/* What an answer of step @k goes on showing of a group that was silent then; 0: nothing. */
static double
last_value (const double *row, guint k)
{
  guint first = k > SILENT_STEPS_MAX ? k - SILENT_STEPS_MAX : 0;

  while (isnan (row[k]) && k > first)
    k--;
  return isnan (row[k]) ? 0 : row[k];
}

static double
gauge_error (const Question *question, guint i, guint k)
{
  const TideSeries *series = question->series;
  double error = 0;
  bool any = false;

  for (guint g = 0; g < series->n_groups; g++)
    {
      const double *row = series->values + (gsize) g * series->n;

      if (isnan (row[i]))
        continue;
      any = true;
      error += fabs (row[i] - last_value (row, k));
    }
  return any ? error : NAN;
}

/* Where nothing came in the whole window there is nothing to be wrong about: the stream was away, or asleep. */
static bool
is_silent (const Question *question, guint i)
{
  guint from = i + 1 > question->steps ? i + 1 - question->steps : 0;

  for (guint g = 0; g < question->series->n_groups; g++)
    {
      const double *row = question->sums + (gsize) g * (question->series->n + 1);

      if (row[i + 1] > row[from] || row[i + 1] < row[from])
        return false;
    }
  return true;
}

static double
error_at (const Question *question, guint i, TideTime shown_since)
{
  const TideSeries *series = question->series;
  double known = (double) (shown_since - question->lateness - series->start) / (double) series->step;

  if (question->sums != NULL)
    return known < 0 || is_silent (question, i) ? NAN : counter_error (question, i, MIN (known, i + 1.0));
  known = rint (known);
  return known < 1 ? NAN : gauge_error (question, i, MIN ((guint) known - 1, i));
}

/**
 * tide_staleness_measure:
 * @from: first step that is looked at; those before it are only what answers knew
 *
 * A sample is taken just before and just after each step's end, so that ages from D to T + D come equally often also
 * where a step is a large part of T.
 */
void
tide_staleness_measure (const TideSeries *series, guint from, guint to, const TideRefresh *refresh, TideStaleness *into)
{
  g_autofree double *sums = series->counter ? running_sums (series) : NULL;
  /* D in whole steps, so that samples fall on all ages alike; the rest counts as lateness. */
  TideDuration run = floor_to (refresh->run + series->step / 2, series->step);
  Question question = { series, sums, window_steps (series, refresh->window),
                        refresh->lateness + refresh->run - run };

  for (guint i = from; i < MIN (to, series->n); i++)
    {
      TideTime end = series->start + (TideTime) (i + 1) * series->step - run;
      double after = error_at (&question, i, floor_to (end, refresh->every)) / refresh->level;
      double before = error_at (&question, i, floor_to (end - 1, refresh->every)) / refresh->level;

      if (!isfinite (after) || !isfinite (before))
        continue;
      tide_quantiles_add (&into->errors, after, 1);
      tide_quantiles_add (&into->errors, before, 1);
      into->sum += after + before;
      into->windows += (double) series->step / (double) refresh->every;
    }
}
