/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules and repairs as the workspace file has them, and when a rule fails. */
#include "model.h"

static const char text[] = "[workspace]\n"
                           "version=1\n"
                           "name=x\n"
                           "[stream s]\n"
                           "freshness=1min\n"
                           "min-volume=100/10min\n"
                           "drift=true\n"
                           "severity.drift=warn\n"
                           "limit.freshness=3\n"
                           "limit.format=0.2%\n"
                           "[field s.amount]\n"
                           "type=decimal(2)\n"
                           "min=0\n"
                           "max=99.5\n"
                           "clamp=true\n"
                           "severity.min=warn\n"
                           "limit.min=0.1%\n"
                           "default=1.50\n"
                           "[field s.city]\n"
                           "type=text\n"
                           "trim=true\n"
                           "case=upper\n"
                           "map=KOELN: COLOGNE, MUC: MUNICH\n"
                           "unique=1d\n"
                           "[field s.n]\n"
                           "type=int\n"
                           "monotonic=key\n"
                           "severity.type=warn\n";

static void
test_read (void)
{
  static const TideCatalog catalog;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, text, &catalog, problems);
  g_assert_cmpuint (problems->len, ==, 0);
  const TideStream *stream = tide_workspace_get_stream (workspace, "s");
  const TideField *amount = stream->fields[0], *city = stream->fields[1], *n = stream->fields[2];
  g_assert_cmpint (stream->freshness, ==, TIDE_MINUTE);
  g_assert_cmpint (stream->min_volume.events, ==, 100);
  g_assert_cmpint (stream->terms[TIDE_RULE_FRESHNESS].count, ==, 3);
  g_assert_cmpfloat (stream->terms[TIDE_RULE_FORMAT].share, ==, 0.002);
  g_assert_true (stream->drift && stream->terms[TIDE_RULE_DRIFT].warn);
  g_assert_true (amount->clamp && amount->terms[TIDE_RULE_MIN].warn && !amount->terms[TIDE_RULE_MAX].warn);
  g_assert_cmpfloat (amount->terms[TIDE_RULE_MIN].share, ==, 0.001);
  g_assert_cmpstr (amount->fallback, ==, "1.50");
  g_assert_true (city->trim);
  g_assert_cmpint (city->letter_case, ==, 1);
  g_assert_cmpuint (g_strv_length (city->map), ==, 4);
  g_assert_cmpstr (city->map[3], ==, "MUNICH");
  g_assert_cmpint (city->unique, ==, TIDE_DAY);
  g_assert_cmpint (n->monotonic, ==, TIDE_MONOTONIC_KEY);

  static const char *const listed[] = { "amount ≥ 0", "amount ≤ 99.5", "city unique within 1d", "n int",
                                        "n never falls by key", "freshness ≤ 1min", "volume ≥ 100/10min",
                                        "no schema drift" };
  g_autoptr (GPtrArray) rules = tide_stream_list_rules (stream, false);
  g_assert_cmpuint (rules->len, ==, G_N_ELEMENTS (listed));
  for (guint i = 0; i < rules->len; i++)
    g_assert_cmpstr (((TideRuleInfo *) g_ptr_array_index (rules, i))->text, ==, listed[i]);
  g_autoptr (GPtrArray) all = tide_stream_list_rules (stream, true);
  g_assert_cmpuint (all->len, ==, G_N_ELEMENTS (listed) + 4);
}

static void
test_terms (void)
{
  g_autoptr (GError) error = NULL;
  TideRuleTerms terms;
  tide_rule_terms_init (&terms);
  g_assert_false (tide_rule_terms_fail (&terms, 0, 0));
  g_assert_true (tide_rule_terms_fail (&terms, 1, 1000000));
  g_assert_true (tide_rule_terms_parse_limit (&terms, "5", &error));
  g_assert_false (tide_rule_terms_fail (&terms, 5, 5));
  g_assert_true (tide_rule_terms_fail (&terms, 6, 1000000));
  g_assert_true (tide_rule_terms_parse_limit (&terms, "0.1%", &error));
  g_assert_false (tide_rule_terms_fail (&terms, 10, 10000));
  g_assert_true (tide_rule_terms_fail (&terms, 11, 10000));
  g_assert_false (tide_rule_terms_fail (&terms, 0, 0));
  g_autofree char *shown = tide_rule_terms_limit_text (&terms);
  g_assert_cmpstr (shown, ==, "0.1%");
  static const char *const wrong[] = { "-1", "0.1", "101%", "", "some" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (tide_rule_terms_parse_limit (&terms, wrong[i], &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
      g_clear_error (&error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/rule/read", test_read);
  g_test_add_func ("/model/rule/terms", test_terms);
  return g_test_run ();
}
