/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores, states and trends from counters by hour. */
#include "app-quality-data.h"

#include <math.h>
#include <string.h>

static const char conf[] = "[workspace]\nversion=1\nname=w\ntime-zone=Europe/Berlin\n"
                           "[source o]\nkind=demo\npart=orders\nstream=orders\n"
                           "[stream orders]\nformat=json\nfreshness=1min\n"
                           "[field orders.amount]\ntype=decimal(2)\nmin=0\nmax=100\nlimit.max=10%\nseverity.max=warn\n"
                           "[field orders.city]\ntype=text\nrequired=true\n";

static TideQualityHour *
hour_new (const char *field, const char *rule, TideTime time, gint64 events, gint64 failed, gint64 warned)
{
  TideQualityHour *hour = tide_quality_hour_new ("orders", field, rule, time);

  hour->events = events;
  hour->failed = failed;
  hour->warned = warned;
  return hour;
}

static TideTime
at (const char *text)
{
  TideTime time;

  g_assert_true (tide_time_parse (text, strlen (text), NULL, &time));
  return time;
}

static const TideQualityRule *
find (const TideQualityStream *stream, const char *id)
{
  for (guint i = 0; i < stream->rules->len; i++)
    if (strcmp (((TideQualityRule *) g_ptr_array_index (stream->rules, i))->id, id) == 0)
      return g_ptr_array_index (stream->rules, i);
  return NULL;
}

static TideQualityAnswer *
summarise (GPtrArray *hours, TideDuration span)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, conf, tide_pipeline_catalog (), problems);

  g_assert_cmpuint (problems->len, ==, 0);
  return tide_quality_summarise (workspace, hours, workspace->zone, span, at ("2026-11-12T18:30:00Z"));
}

/* 22:30 UTC is the next day in Berlin. */
static void
test_days (void)
{
  g_autoptr (GPtrArray) hours = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_quality_hour_free);
  g_autoptr (TideQualityAnswer) answer = NULL;
  const TideQualityStream *stream;
  const TideQualityRule *rule;

  g_ptr_array_add (hours, hour_new (NULL, NULL, at ("2026-11-11T22:00:00Z"), 100, 10, 0));
  g_ptr_array_add (hours, hour_new (NULL, NULL, at ("2026-11-11T23:00:00Z"), 100, 1, 1));
  g_ptr_array_add (hours, hour_new ("amount", "min", at ("2026-11-11T23:00:00Z"), 0, 1, 0));
  g_ptr_array_add (hours, hour_new ("amount", "max", at ("2026-11-11T23:00:00Z"), 0, 0, 1));
  g_ptr_array_add (hours, hour_new (NULL, NULL, at ("2026-11-12T18:00:00Z"), 100, 0, 0));
  answer = summarise (hours, TIDE_DAY);
  stream = tide_quality_answer_find (answer, "orders");
  g_assert_cmpint (stream->events[TIDE_QUALITY_DAYS - 1], ==, 200);
  g_assert_cmpint (stream->bad[TIDE_QUALITY_DAYS - 1], ==, 2);
  g_assert_cmpfloat_with_epsilon (stream->today, 0.99, 1e-12);
  g_assert_cmpfloat_with_epsilon (stream->before, 0.9, 1e-12);
  g_assert_cmpint (stream->state, ==, TIDE_QUALITY_FAILING);
  g_assert_cmpuint (stream->n_rules, ==, 4); /* min, max, required, freshness; types only once broken */
  g_assert_cmpuint (stream->n_failing, ==, 1);
  rule = find (stream, "amount.max"); /* one of 200 is less than 10 % */
  g_assert_cmpint (rule->state, ==, TIDE_QUALITY_HOLDS);
  g_assert_cmpint (rule->days[TIDE_QUALITY_RULE_DAYS - 1], ==, 1);
  g_assert_cmpint (find (stream, "amount.min")->state, ==, TIDE_QUALITY_FAILING);
  g_assert_cmpint (find (stream, ".freshness")->state, ==, TIDE_QUALITY_OFF);
  g_assert_cmpuint (stream->n_states, ==, 24);
  g_assert_cmpint (stream->states[23], ==, TIDE_QUALITY_HOLDS);
  g_assert_cmpint (stream->states[22], ==, TIDE_QUALITY_OFF);
  g_assert_cmpint (stream->states[4], ==, TIDE_QUALITY_FAILING);
}

static void
test_terms (void)
{
  g_autoptr (GPtrArray) hours = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_quality_hour_free);
  g_autoptr (TideQualityAnswer) answer = NULL;
  const TideQualityStream *stream;
  TideQualityHour *repaired = hour_new ("city", "trim", at ("2026-11-12T10:00:00Z"), 0, 0, 0);

  repaired->repaired = 7;
  g_ptr_array_add (hours, repaired);
  g_ptr_array_add (hours, hour_new (NULL, NULL, at ("2026-11-12T10:00:00Z"), 100, 0, 20));
  g_ptr_array_add (hours, hour_new ("amount", "max", at ("2026-11-12T10:00:00Z"), 0, 0, 20));
  g_ptr_array_add (hours, hour_new ("amount", "type", at ("2026-11-12T10:00:00Z"), 0, 0, 0));
  g_ptr_array_add (hours, hour_new (NULL, "freshness", at ("2026-11-12T10:00:00Z"), 60, 5, 0));
  g_ptr_array_add (hours, hour_new ("gone", "min", at ("2026-11-12T10:00:00Z"), 0, 3, 0));
  answer = summarise (hours, 30 * TIDE_DAY);
  stream = tide_quality_answer_find (answer, "orders");
  g_assert_cmpint (find (stream, "amount.max")->state, ==, TIDE_QUALITY_WARNING);
  g_assert_cmpint (find (stream, ".freshness")->state, ==, TIDE_QUALITY_FAILING);
  g_assert_cmpint (find (stream, ".freshness")->events, ==, 60);
  g_assert_cmpint (((TideQualityRule *) g_ptr_array_index (stream->rules, stream->rules->len - 1))->days[13], ==, 7);
  g_assert_cmpuint (stream->n_failing, ==, 2);
  g_assert_cmpuint (stream->n_states, ==, 180); /* four hours each */
  g_assert_cmpint (stream->states[177], ==, TIDE_QUALITY_FAILING);
}

static void
test_nothing (void)
{
  g_autoptr (GPtrArray) hours = g_ptr_array_new ();
  g_autoptr (TideQualityAnswer) answer = summarise (hours, 7 * TIDE_DAY);
  const TideQualityStream *stream = tide_quality_answer_find (answer, "orders");

  g_assert_true (isnan (stream->today) && isnan (stream->before));
  g_assert_cmpint (stream->state, ==, TIDE_QUALITY_OFF);
  g_assert_null (tide_quality_answer_find (answer, "other"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/quality/days", test_days);
  g_test_add_func ("/app/quality/terms", test_terms);
  g_test_add_func ("/app/quality/nothing", test_nothing);
  return g_test_run ();
}
