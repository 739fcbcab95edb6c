/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results and suites as Great Expectations 1.24 and dbt 1.10 wrote them (samples/), of older forms, and broken ones. */
#include "ingest.h"

#include <math.h>
#include <string.h>

static char *
sample (const char *name)
{
  const char *dir = g_getenv ("SAMPLES");

  g_assert_nonnull (dir);
  return g_build_filename (dir, name, NULL);
}

static TideChecks *
load (const char *name, guint n)
{
  g_autofree char *path = sample (name);
  g_autoptr (GError) error = NULL;
  TideChecks *checks = tide_checks_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (checks->checks->len, ==, n);
  return checks;
}

static const TideCheck *
find (const TideChecks *checks, const char *name, const char *subject)
{
  for (guint i = 0; i < checks->checks->len; i++)
    {
      const TideCheck *check = g_ptr_array_index (checks->checks, i);

      if (strcmp (check->name, name) == 0 && g_strcmp0 (check->subject, subject) == 0)
        return check;
    }
  g_error ("no check %s of %s", name, subject);
}

static void
test_validation (void)
{
  g_autoptr (TideChecks) checks = load ("gx-validation.json", 7);
  const TideCheck *check;
  char time[TIDE_TIME_STR_MAX];

  g_assert_cmpstr (checks->tool, ==, "Great Expectations");
  g_assert_cmpstr (checks->title, ==, "orders");
  tide_time_format (checks->time, time);
  g_assert_true (g_str_has_prefix (time, "2026-11-23T02:07:19.862135"));
  g_assert_cmpuint (checks->counts[TIDE_CHECK_PASS], ==, 3);
  g_assert_cmpuint (checks->counts[TIDE_CHECK_FAIL], ==, 3);
  g_assert_cmpuint (checks->counts[TIDE_CHECK_ERROR], ==, 1);
  check = find (checks, "expect_column_values_to_be_between", "amount");
  g_assert_cmpint (check->status, ==, TIDE_CHECK_FAIL);
  g_assert_cmpfloat (check->failures, ==, 1);
  g_assert_cmpfloat_with_epsilon (check->share, 1.0 / 3, 1e-9);
  g_assert_cmpstr (check->detail, ==, "min_value=0");
  check = find (checks, "expect_column_values_to_be_in_set", "nope");
  g_assert_cmpint (check->status, ==, TIDE_CHECK_ERROR);
  g_assert_nonnull (strstr (check->detail, "nope"));
  check = find (checks, "expect_table_row_count_to_be_between", NULL);
  g_assert_true (isnan (check->failures) && isnan (check->share));
}

static void
test_checkpoint (void)
{
  static const char old[] = "{\"success\":false,\"run_results\":{\"ValidationResultIdentifier::a\":{\"validation_result\":"
                            "{\"success\":false,\"meta\":{\"expectation_suite_name\":\"old\",\"run_id\":{\"run_time\":"
                            "\"2021-05-01T10:00:00+00:00\"}},\"results\":[{\"success\":false,\"expectation_config\":"
                            "{\"expectation_type\":\"expect_x\",\"kwargs\":{\"column\":\"c\",\"mostly\":0.9}},"
                            "\"result\":{\"unexpected_count\":4}}]}}}}";
  g_autoptr (TideChecks) checks = load ("gx-checkpoint.json", 7), older = tide_checks_parse (old, strlen (old), NULL);

  g_assert_cmpuint (checks->counts[TIDE_CHECK_PASS], ==, 3);
  g_assert_cmpuint (checks->counts[TIDE_CHECK_FAIL], ==, 4);
  g_assert_true (checks->time == TIDE_TIME_NONE);
  g_assert_cmpuint (older->checks->len, ==, 1);
  g_assert_cmpstr (older->title, ==, "old");
  g_assert_cmpfloat (find (older, "expect_x", "c")->failures, ==, 4);
  g_assert_cmpstr (find (older, "expect_x", "c")->detail, ==, "mostly=0.9");
}

static void
test_dbt (void)
{
  g_autoptr (TideChecks) checks = load ("dbt-run-results.json", 9);

  g_assert_cmpstr (checks->tool, ==, "dbt");
  g_assert_cmpuint (checks->counts[TIDE_CHECK_PASS], ==, 3);
  g_assert_cmpuint (checks->counts[TIDE_CHECK_FAIL], ==, 3);
  g_assert_cmpuint (checks->counts[TIDE_CHECK_WARN], ==, 1);
  g_assert_cmpuint (checks->counts[TIDE_CHECK_SKIPPED], ==, 2);
  g_assert_cmpfloat (find (checks, "not_null_orders_customer", "test")->failures, ==, 1);
  g_assert_cmpint (find (checks, "no_negative", "test")->status, ==, TIDE_CHECK_FAIL);
  g_assert_cmpint (find (checks, "raw_orders", "seed")->status, ==, TIDE_CHECK_PASS);
}

static const TideSuiteRule *
find_rule (const TideSuite *suite, const char *column, const char *key)
{
  for (guint i = 0; i < suite->rules->len; i++)
    {
      const TideSuiteRule *rule = g_ptr_array_index (suite->rules, i);

      if (g_strcmp0 (rule->column, column) == 0 && strcmp (rule->key, key) == 0)
        return rule;
    }
  return NULL;
}

static void
test_suite (void)
{
  g_autofree char *path = sample ("gx-suite.json");
  g_autoptr (GError) error = NULL;
  g_autoptr (TideSuite) suite = tide_suite_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (suite->name, ==, "orders");
  g_assert_cmpuint (suite->rules->len + suite->misses->len, ==, 7);
  g_assert_cmpstr (find_rule (suite, "amount", "min")->value, ==, "0");
  g_assert_cmpfloat_with_epsilon (find_rule (suite, "customer", "required")->tolerated, 0.3, 1e-9);
  g_assert_cmpstr (find_rule (suite, "nope", "values")->value, ==, "a");
  g_assert_false (find_rule (suite, "id", "required")->warns);
  g_assert_true (find_rule (suite, "customer", "required")->warns);
}

/* What was imported is what the stream then says; comments stay. */
static void
test_apply (void)
{
  static const char text[] = "[workspace]\nversion=1\nname=w\n[stream s]\nformat=json\n"
                             "# of the shop\n[field s.id]\ntype=int\n[field s.customer]\ntype=text\n[field s.amount]\ntype=real\nmin=7\n";
  g_autofree char *path = sample ("gx-suite.json"), *edited = NULL;
  g_autoptr (TideSuite) suite = tide_suite_load (path, NULL);
  g_autoptr (TideConf) conf = tide_conf_parse (text, strlen (text));
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  static const TideCatalog catalog = { 0 };
  g_autoptr (TideWorkspace) before = tide_workspace_parse (NULL, text, &catalog, NULL), after = NULL;
  const TideStream *stream;
  const TideField *field;

  tide_suite_fit (suite, tide_workspace_get_stream (before, "s"));
  g_assert_cmpuint (suite->rules->len, ==, 5);
  g_assert_cmpuint (suite->misses->len, ==, 2); /* the column nope, the table's rows */
  tide_suite_apply (suite, "s", conf);
  edited = tide_conf_to_text (conf);
  g_assert_nonnull (strstr (edited, "# of the shop\n[field s.id]\n"));
  after = tide_workspace_parse (NULL, edited, &catalog, problems);
  stream = tide_workspace_get_stream (after, "s");
  field = stream->fields[tide_stream_find_field (stream, "customer")];
  g_assert_true (field->required && field->terms[TIDE_RULE_REQUIRED].warn);
  g_assert_cmpfloat_with_epsilon (field->terms[TIDE_RULE_REQUIRED].share, 0.3, 1e-9);
  field = stream->fields[tide_stream_find_field (stream, "amount")];
  g_assert_true (field->min == 0 && field->required && !field->terms[TIDE_RULE_MIN].warn);
  g_assert_cmpint (stream->fields[tide_stream_find_field (stream, "id")]->unique, ==, TIDE_DAY);
}

#define EXPECT(type, kwargs) "{\"type\":\"expect_column_" type "\",\"severity\":\"warning\",\"kwargs\":{\"column\":\"c\"," kwargs "}},"

static void
test_counterparts (void)
{
  static const char text[] = "{\"name\":\"n\",\"expectations\":["
    EXPECT ("values_to_match_regex", "\"regex\":\"[A-Z]+|x\"") EXPECT ("value_lengths_to_equal", "\"value\":3")
    EXPECT ("values_to_be_between", "\"max_value\":1.5") EXPECT ("values_to_be_between", "\"min_value\":1,\"strict_min\":true")
    EXPECT ("values_to_be_in_set", "\"value_set\":[\"a\",1,null,2.5]") EXPECT ("values_to_be_in_set", "\"value_set\":[\"a,b\"]")
    EXPECT ("values_to_match_regex", "\"regex\":\"(\"") EXPECT ("values_to_not_be_null", "\"row_condition\":\"x > 1\"")
    EXPECT ("mean_to_be_between", "\"min_value\":1") EXPECT ("values_to_be_between", "\"min_value\":\"2020-01-01\"")
    "{\"kwargs\":{}}]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (TideSuite) suite = tide_suite_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_cmpuint (suite->rules->len, ==, 5);
  g_assert_cmpuint (suite->misses->len, ==, 7);
  g_assert_cmpstr (find_rule (suite, "c", "pattern")->value, ==, "^(?:[A-Z]+|x)");
  g_assert_cmpstr (find_rule (suite, "c", "min-length")->value, ==, "3");
  g_assert_cmpstr (find_rule (suite, "c", "max")->value, ==, "1.5");
  g_assert_cmpstr (find_rule (suite, "c", "values")->value, ==, "a,1,2.5");
  g_assert_true (find_rule (suite, "c", "max")->warns);
  for (guint i = 0; i < suite->misses->len; i++)
    g_assert_cmpstr (((TideSuiteMiss *) g_ptr_array_index (suite->misses, i))->reason, !=, "");
}

/* Every cut of a file is refused with words, or (inside the space at its end) read whole. */
static void
test_broken (void)
{
  static const char *const names[] = { "gx-validation.json", "dbt-run-results.json", "gx-suite.json" };
  static const char *const others[] = { "", "null", "[]", "{}", "3", "{\"results\":[]}", "{\"metadata\":{\"dbt_schema_version\":\"x\"}}",
                                        "{\"success\":true,\"results\":3,\"expectations\":3}", "{\"expectations\":[[]],\"success\":1}" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = sample (names[i]), *data = NULL;
      gsize len;

      g_assert_true (g_file_get_contents (path, &data, &len, NULL));
      for (gsize cut = 0; cut + 2 < len; cut += 7)
        {
          g_autoptr (GError) error = NULL, other = NULL;

          g_assert_null (tide_checks_parse (data, cut, &error));
          g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
          g_assert_null (tide_suite_parse (data, cut, &other));
          g_assert_error (other, TIDE_ERROR, TIDE_ERROR_INVALID);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (TideChecks) checks = tide_checks_parse (others[i], strlen (others[i]), NULL);
      g_autoptr (TideSuite) suite = tide_suite_parse (others[i], strlen (others[i]), NULL);

      g_assert_true (checks == NULL || checks->checks->len <= 1);
      g_assert_true (suite == NULL || suite->misses->len == 1);
    }
  g_assert_null (tide_checks_load ("/nowhere/run_results.json", NULL));
  g_assert_null (tide_suite_load (g_get_tmp_dir (), NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingest/checks/validation", test_validation);
  g_test_add_func ("/ingest/checks/checkpoint", test_checkpoint);
  g_test_add_func ("/ingest/checks/dbt", test_dbt);
  g_test_add_func ("/ingest/suite/sample", test_suite);
  g_test_add_func ("/ingest/suite/counterparts", test_counterparts);
  g_test_add_func ("/ingest/suite/apply", test_apply);
  g_test_add_func ("/ingest/checks/broken", test_broken);
  return g_test_run ();
}
