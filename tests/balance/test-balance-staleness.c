/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Staleness errors against series whose answer is known in closed form. */
#include "balance-staleness.h"

#include <math.h>

#define STEP TIDE_MINUTE

static TideStaleness
measure (const TideSeries *series, TideDuration every, TideDuration run, TideDuration window, double level)
{
  TideRefresh refresh = { .every = every, .run = run, .window = window, .level = level };
  TideStaleness found = { 0 };

  tide_staleness_measure (series, 0, series->n, &refresh, &found);
  g_assert_cmpuint (found.errors.count, >, 0);
  return found;
}

static double
mean_of (TideStaleness *found)
{
  double mean = found->sum / (double) found->errors.count;

  tide_quantiles_clear (&found->errors);
  return mean;
}

static void
assert_near (double value, double expected, double share)
{
  if (!(fabs (value - expected) <= share * fabs (expected)))
    g_error ("%g is not within %g of %g", value, share, expected);
}

static void
test_constant (void)
{
  g_autoptr (TideSeries) gauge = tide_series_new (0, STEP, 2000, 2, false);
  g_autoptr (TideSeries) counter = tide_series_new (0, STEP, 2000, 2, true);
  TideStaleness found;

  for (guint i = 0; i < 4000; i++)
    {
      gauge->values[i] = 7;
      counter->values[i] = 3;
    }
  g_assert_cmpfloat (tide_series_get_level (gauge, 0), ==, 14);
  g_assert_cmpfloat (tide_series_get_level (counter, TIDE_HOUR), ==, 2 * 3 * 60);
  g_assert_cmpfloat (tide_series_get_noise (gauge, 0, 14), ==, 0);
  found = measure (gauge, 15 * TIDE_MINUTE, 0, 0, 14);
  g_assert_cmpfloat (tide_quantiles_get (&found.errors, 0.95), ==, 0);
  g_assert_cmpfloat (mean_of (&found), ==, 0);
  /* A counter lacks what came since: (T/2 + D) / W on average, and at most (T + D) / W. */
  found = measure (counter, 15 * TIDE_MINUTE, 2 * TIDE_MINUTE, TIDE_HOUR, 360);
  assert_near (found.windows, 2000.0 / 15, 0.02);
  assert_near (tide_quantiles_get (&found.errors, 0.95), (0.95 * 15 + 2) / 60, 0.05);
  g_assert_cmpfloat (tide_quantiles_get (&found.errors, 1), <=, 17.0 / 60 * 1.01);
  assert_near (mean_of (&found), (7.5 + 2) / 60, 0.01);
  /* A run much shorter than a step counts as well. */
  found = measure (counter, 15 * TIDE_MINUTE, 10 * TIDE_SECOND, TIDE_HOUR, 360);
  assert_near (mean_of (&found), (7.5 + 1.0 / 6) / 60, 0.01);
  /* No more can be lacking than there is in the window. */
  found = measure (counter, 6 * TIDE_HOUR, 0, TIDE_HOUR, 360);
  g_assert_cmpfloat (tide_quantiles_get (&found.errors, 1), <=, 1.01);
  tide_quantiles_clear (&found.errors);
}

static void
test_linear (void)
{
  g_autoptr (TideSeries) gauge = tide_series_new (0, STEP, 3000, 1, false);
  TideStaleness found;

  for (guint i = 0; i < 3000; i++)
    gauge->values[i] = 1000 + 2.0 * i;
  g_assert_cmpfloat (tide_series_get_noise (gauge, 0, 1), <, 1e-9);
  found = measure (gauge, TIDE_HOUR, 3 * STEP, 0, 4000);
  assert_near (tide_quantiles_get (&found.errors, 0.95), 2 * (0.95 * 60 + 3) / 4000, 0.03);
  assert_near (mean_of (&found), 2 * (30 + 3) / 4000.0, 0.01);
}

static void
test_sine (void)
{
  guint n = 20 * 1440;
  double omega = 2 * G_PI / 1440, amplitude = 30, T = 60;
  g_autoptr (TideSeries) gauge = tide_series_new (0, STEP, n, 1, false);
  TideStaleness found;

  for (guint i = 0; i < n; i++)
    gauge->values[i] = 100 + amplitude * sin (omega * i);
  assert_near (tide_series_get_level (gauge, 0), 100, 1e-6);
  found = measure (gauge, TIDE_HOUR, 0, 0, 100);
  assert_near (mean_of (&found), 4 * amplitude / G_PI * 2 / (omega * T) * (1 - cos (omega * T / 2)) / 100, 0.02);
}

static guint
poisson (GRand *rand, double lambda)
{
  double limit = exp (-lambda), product = 1;
  guint n = 0;

  while ((product *= g_rand_double (rand)) > limit)
    n++;
  return n;
}

static void
test_poisson (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  guint n = 40000;
  double lambda = 5;
  g_autoptr (TideSeries) counter = tide_series_new (0, STEP, n, 1, true);
  double level, noise;
  TideStaleness found;

  for (guint i = 0; i < n; i++)
    counter->values[i] = poisson (rand, lambda);
  level = tide_series_get_level (counter, TIDE_HOUR);
  noise = tide_series_get_noise (counter, TIDE_HOUR, level);
  assert_near (level, 60 * lambda, 0.01);
  assert_near (noise, 1 / sqrt (60 * lambda), 0.03);
  found = measure (counter, 15 * TIDE_MINUTE, 0, TIDE_HOUR, level);
  assert_near (mean_of (&found), 7.5 / 60, 0.02);
}

static void
test_random_walk (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  guint n = 400000;
  g_autoptr (TideSeries) gauge = tide_series_new (0, STEP, n, 1, false);
  double x = 0, T = 60;
  TideStaleness found;

  for (guint i = 0; i < n; i++)
    {
      gauge->values[i] = x;
      for (guint k = 0; k < 12; k++) /* the sum of twelve is normal enough, with variance 1 */
        x += g_rand_double (rand) - 0.5;
    }
  found = measure (gauge, TIDE_HOUR, 0, 0, 1);
  assert_near (mean_of (&found), sqrt (2 / G_PI) * 2 / 3 * sqrt (T), 0.03);
}

/* A group that was silent at the refresh is shown by its last value; one that was never heard of is wholly missing. */
static void
test_silent (void)
{
  g_autoptr (TideSeries) gauge = tide_series_new (0, STEP, 2000, 1, false);
  TideStaleness found;

  for (guint i = 1000; i < 2000; i++)
    if (i % 2 == 1)
      gauge->values[i] = 10;
  found = measure (gauge, 4 * STEP, 0, 0, 10); /* each refresh finds the group silent */
  g_assert_cmpfloat (tide_quantiles_get (&found.errors, 0.95), ==, 0);
  g_assert_cmpfloat_with_epsilon (tide_quantiles_get (&found.errors, 1), 1, 0.011); /* the first cycle */
  tide_quantiles_clear (&found.errors);
}

/* Steps that were not known yet do not count as known, and before the first nothing is known at all. */
static void
test_unknown (void)
{
  g_autoptr (TideSeries) counter = tide_series_new (0, STEP, 100, 1, true);
  TideRefresh refresh = { .every = 5 * STEP, .lateness = 20 * STEP, .window = 50 * STEP, .level = 100 };
  TideStaleness found = { 0 };

  for (guint i = 0; i < 100; i++)
    counter->values[i] = 2;
  tide_staleness_measure (counter, 0, 10, &refresh, &found);
  g_assert_cmpuint (found.errors.count, ==, 0);
  tide_staleness_measure (counter, 60, 100, &refresh, &found);
  assert_near (mean_of (&found), (2.5 + 20) / 50, 0.01);
}

/* A stream that was away is no proof that an answer was right. */
static void
test_silence (void)
{
  g_autoptr (TideSeries) counter = tide_series_new (0, STEP, 1000, 1, true);
  TideRefresh refresh = { .every = 5 * STEP, .window = 10 * STEP, .level = 10 };
  TideStaleness found = { 0 };

  for (guint i = 0; i < 100; i++)
    counter->values[i] = 1;
  tide_staleness_measure (counter, 0, 1000, &refresh, &found);
  g_assert_cmpfloat (found.windows, <, 24);
  tide_quantiles_clear (&found.errors);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/balance/staleness/constant", test_constant);
  g_test_add_func ("/balance/staleness/linear", test_linear);
  g_test_add_func ("/balance/staleness/sine", test_sine);
  g_test_add_func ("/balance/staleness/poisson", test_poisson);
  g_test_add_func ("/balance/staleness/random-walk", test_random_walk);
  g_test_add_func ("/balance/staleness/silent", test_silent);
  g_test_add_func ("/balance/staleness/unknown", test_unknown);
  g_test_add_func ("/balance/staleness/silence", test_silence);
  return g_test_run ();
}
