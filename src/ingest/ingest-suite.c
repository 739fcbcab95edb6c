/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An expectation suite becomes rules, one row of counterparts[] for each kind of expectation. What a rule can't say
 * (strict bounds, conditions on rows, figures of a whole table) is listed with the reason, so that nobody believes that
 * it is watched. Limit: expectations of one column and of the table's row count; suites of 0.x and 1.x. */
#include "ingest-suite.h"

#include "ingest-checks.h"
#include "ingest-tree.h"

#include <string.h>

#define EXPECTATIONS_MAX 10000
#define SUITE_BYTES_MAX (16 * 1024 * 1024)

typedef struct
{
  TideSuite *suite;
  const char *type, *column;
  TideJsonNode kwargs;
  double tolerated;
  bool warns;
} Expectation;

static void
rule_free (void *data)
{
  TideSuiteRule *rule = data;

  g_free (rule->expectation);
  g_free (rule->column);
  g_free (rule->value);
  g_free (rule);
}

static void
miss_free (void *data)
{
  TideSuiteMiss *miss = data;

  g_free (miss->expectation);
  g_free (miss->column);
  g_free (miss->reason);
  g_free (miss);
}

void
tide_suite_free (TideSuite *suite)
{
  if (suite == NULL)
    return;
  g_free (suite->name);
  g_ptr_array_unref (suite->rules);
  g_ptr_array_unref (suite->misses);
  g_free (suite);
}

/* Takes @value. */
static void
add_rule (const Expectation *expectation, const char *key, char *value)
{
  TideSuiteRule *rule = g_new0 (TideSuiteRule, 1);

  rule->expectation = g_strdup (expectation->type);
  rule->column = g_strdup (expectation->column);
  rule->key = key;
  rule->value = value;
  rule->tolerated = expectation->tolerated;
  rule->warns = expectation->warns || expectation->tolerated > 0;
  g_ptr_array_add (expectation->suite->rules, rule);
}

static void
add_miss (const Expectation *expectation, const char *reason)
{
  TideSuiteMiss *miss = g_new0 (TideSuiteMiss, 1);

  miss->expectation = g_strdup (expectation->type);
  miss->column = g_strdup (expectation->column);
  miss->reason = g_strdup (reason);
  g_ptr_array_add (expectation->suite->misses, miss);
}

static bool
is_true (TideJsonNode node, const char *key)
{
  bool value;

  return tide_json_node_get_bool (node, key, &value) && value;
}

/* --- the kinds of expectations --- */

static void
convert_not_null (const Expectation *expectation)
{
  add_rule (expectation, "required", g_strdup ("true"));
}

/* min_value and max_value, of any kind of number that has bounds. */
static void
convert_bounds (const Expectation *expectation, const char *min_key, const char *max_key)
{
  TideJsonNode low, high;
  bool has_low = tide_json_node_get (expectation->kwargs, "min_value", &low);
  bool has_high = tide_json_node_get (expectation->kwargs, "max_value", &high);

  if (!has_low && !has_high)
    add_miss (expectation, "it has no bound");
  else if (is_true (expectation->kwargs, "strict_min") || is_true (expectation->kwargs, "strict_max"))
    add_miss (expectation, "a rule's bounds are part of what is allowed; a strict bound has no counterpart");
  else if ((has_low && tide_json_node_get_kind (low) != TIDE_JSON_INT && tide_json_node_get_kind (low) != TIDE_JSON_REAL)
           || (has_high && tide_json_node_get_kind (high) != TIDE_JSON_INT && tide_json_node_get_kind (high) != TIDE_JSON_REAL))
    add_miss (expectation, "only numbers have bounds");
  else
    {
      if (has_low)
        add_rule (expectation, min_key, tide_json_node_to_text (low));
      if (has_high)
        add_rule (expectation, max_key, tide_json_node_to_text (high));
    }
}

static void
convert_between (const Expectation *expectation)
{
  convert_bounds (expectation, "min", "max");
}

static void
convert_lengths (const Expectation *expectation)
{
  convert_bounds (expectation, "min-length", "max-length");
}

static void
convert_length (const Expectation *expectation)
{
  TideJsonNode value;

  if (!tide_json_node_get (expectation->kwargs, "value", &value) || tide_json_node_get_kind (value) != TIDE_JSON_INT)
    {
      add_miss (expectation, "it has no length");
      return;
    }
  add_rule (expectation, "min-length", tide_json_node_to_text (value));
  add_rule (expectation, "max-length", tide_json_node_to_text (value));
}

typedef struct
{
  GString *text;
  const char *problem;
} Values;

static bool
append_value (const char *key, TideJsonNode node, void *data)
{
  Values *values = data;
  g_autofree char *text = tide_json_node_to_text (node);

  if (tide_json_node_get_kind (node) == TIDE_JSON_NULL)
    return true; /* a rule that is about values lets nulls pass */
  if (text == NULL || strchr (text, ',') != NULL || *text == '\0' || g_ascii_isspace (*text)
      || g_ascii_isspace (text[strlen (text) - 1]))
    values->problem = "an allowed value is a list, is empty, or has a comma or a space at its end";
  else
    g_string_append_printf (values->text, "%s%s", values->text->len > 0 ? "," : "", text);
  return values->problem == NULL;
}

static void
convert_set (const Expectation *expectation)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Values values = { text, NULL };
  TideJsonNode list;

  if (tide_json_node_get (expectation->kwargs, "value_set", &list))
    tide_json_node_each (list, append_value, &values);
  if (values.problem != NULL || text->len == 0)
    add_miss (expectation, values.problem != NULL ? values.problem : "it allows no value at all");
  else
    add_rule (expectation, "values", g_strdup (text->str));
}

/* Great Expectations matches from the start, a rule anywhere. */
static void
convert_regex (const Expectation *expectation)
{
  const char *regex = tide_json_node_get_text (expectation->kwargs, "regex");
  g_autoptr (GError) error = NULL;
  g_autoptr (GRegex) compiled = NULL;

  if (regex == NULL)
    {
      add_miss (expectation, "it has no regular expression");
      return;
    }
  compiled = g_regex_new (regex, G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT, &error);
  if (compiled == NULL)
    add_miss (expectation, error->message);
  else
    add_rule (expectation, "pattern", g_str_has_prefix (regex, "^") && strchr (regex, '|') == NULL
                                        ? g_strdup (regex) : g_strdup_printf ("^(?:%s)", regex));
}

/* A stream has no end, so that a day stands for the whole table. */
static void
convert_unique (const Expectation *expectation)
{
  add_rule (expectation, "unique", g_strdup ("1d"));
}

static void
convert_increasing (const Expectation *expectation)
{
  if (is_true (expectation->kwargs, "strictly"))
    add_miss (expectation, "a rule lets the same value come again; strictly has no counterpart");
  else
    add_rule (expectation, "monotonic", g_strdup ("partition"));
}

static void
convert_type (const Expectation *expectation)
{
  add_miss (expectation, "every field has a type: an event with another is in quarantine without a rule");
}

static const struct
{
  const char *type;
  void (*convert) (const Expectation *expectation);
} counterparts[] = {
  { "expect_column_values_to_not_be_null", convert_not_null },
  { "expect_column_values_to_be_between", convert_between },
  { "expect_column_values_to_be_in_set", convert_set },
  { "expect_column_values_to_match_regex", convert_regex },
  { "expect_column_value_lengths_to_be_between", convert_lengths },
  { "expect_column_value_lengths_to_equal", convert_length },
  { "expect_column_values_to_be_unique", convert_unique },
  { "expect_column_values_to_be_increasing", convert_increasing },
  { "expect_column_values_to_be_of_type", convert_type },
  { "expect_column_values_to_be_in_type_list", convert_type },
};

/* --- the suite --- */

static bool
fill (Expectation *expectation, TideJsonNode node)
{
  const char *severity = tide_json_node_get_text (node, "severity");
  double mostly = 1;

  expectation->type = tide_json_node_get_text (node, "type");
  if (expectation->type == NULL)
    expectation->type = tide_json_node_get_text (node, "expectation_type");
  if (expectation->type == NULL || !tide_json_node_get (node, "kwargs", &expectation->kwargs))
    return false;
  expectation->column = tide_json_node_get_text (expectation->kwargs, "column");
  tide_json_node_get_number (expectation->kwargs, "mostly", &mostly);
  expectation->tolerated = mostly >= 0 && mostly <= 1 ? 1 - mostly : 0;
  expectation->warns = severity != NULL && strcmp (severity, "critical") != 0;
  return true;
}

static bool
add_expectation (const char *key, TideJsonNode node, void *data)
{
  TideSuite *suite = data;
  Expectation expectation = { .suite = suite };
  TideJsonNode condition;

  if (!fill (&expectation, node))
    {
      expectation.type = "?";
      expectation.column = NULL;
      add_miss (&expectation, "it has no type or no arguments");
    }
  else if (tide_json_node_get (expectation.kwargs, "row_condition", &condition))
    add_miss (&expectation, "a rule holds for every event; a condition on rows has no counterpart");
  else if (expectation.column == NULL)
    add_miss (&expectation, "it is of the table, or of several columns; rules of a stream are set by hand");
  else
    {
      guint i = 0;

      while (i < G_N_ELEMENTS (counterparts) && strcmp (counterparts[i].type, expectation.type) != 0)
        i++;
      if (i == G_N_ELEMENTS (counterparts))
        add_miss (&expectation, "there is no rule of this kind");
      else
        counterparts[i].convert (&expectation);
    }
  return suite->rules->len + suite->misses->len < EXPECTATIONS_MAX;
}

/**
 * tide_suite_parse:
 *
 * Errors: INVALID when it is no JSON, or no expectation suite.
 * Thread: any.
 */
TideSuite *
tide_suite_parse (const char *data, gsize len, GError **error)
{
  const char *reason = NULL;
  g_autoptr (TideJsonTree) tree = tide_json_tree_new (data, len, &reason);
  TideJsonNode root, list;
  TideSuite *suite;
  const char *name;
  bool success;

  if (tree == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "it is no JSON: %s", reason);
      return NULL;
    }
  root = tide_json_tree_get_root (tree);
  if (!tide_json_node_get (root, "expectations", &list) || tide_json_node_get_kind (list) != TIDE_JSON_ARRAY
      || tide_json_node_get_bool (root, "success", &success))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "it is no expectation suite; expected the JSON file of one, with its \"expectations\"");
      return NULL;
    }
  name = tide_json_node_get_text (root, "name");
  if (name == NULL)
    name = tide_json_node_get_text (root, "expectation_suite_name");
  suite = g_new0 (TideSuite, 1);
  suite->name = g_strdup (name != NULL ? name : "");
  suite->rules = g_ptr_array_new_with_free_func (rule_free);
  suite->misses = g_ptr_array_new_with_free_func (miss_free);
  tide_json_node_each (list, add_expectation, suite);
  return suite;
}

static const char *
why_not (const TideSuiteRule *rule, const TideStream *stream)
{
  int field = tide_stream_find_field (stream, rule->column);
  TideRuleKind kind;

  if (field < 0)
    return "the stream has no field of this name";
  if (tide_rule_parse (rule->key, &kind) && (tide_rule_get_spec (kind)->types & TIDE_TYPE_BIT (stream->fields[field]->type)) == 0)
    return "this rule is not for the field's type";
  return NULL;
}

void
tide_suite_fit (TideSuite *suite, const TideStream *stream)
{
  for (guint i = 0; i < suite->rules->len;)
    {
      const TideSuiteRule *rule = g_ptr_array_index (suite->rules, i);
      const char *reason = why_not (rule, stream);
      const Expectation expectation = { .suite = suite, .type = rule->expectation, .column = rule->column };

      if (reason == NULL)
        {
          i++;
          continue;
        }
      add_miss (&expectation, reason);
      g_ptr_array_remove_index (suite->rules, i);
    }
}

/**
 * tide_suite_apply:
 * @suite: one that fits @stream
 *
 * A rule of a kind that the field has already is replaced, its terms as well.
 *
 * Thread: any.
 */
void
tide_suite_apply (const TideSuite *suite, const char *stream, TideConf *conf)
{
  for (guint i = 0; i < suite->rules->len; i++)
    {
      const TideSuiteRule *rule = g_ptr_array_index (suite->rules, i);
      TideRuleTerms terms = { .count = -1, .share = rule->tolerated };
      g_autofree char *section = g_strdup_printf ("field %s.%s", stream, rule->column);
      g_autofree char *severity = g_strconcat ("severity.", rule->key, NULL), *limit = g_strconcat ("limit.", rule->key, NULL);
      g_autofree char *limit_text = tide_rule_terms_limit_text (&terms);

      tide_conf_set (conf, section, rule->key, rule->value);
      tide_conf_set (conf, section, severity, rule->warns ? "warn" : NULL);
      tide_conf_set (conf, section, limit, rule->tolerated > 0 ? limit_text : NULL);
    }
}

/**
 * tide_suite_load:
 *
 * Errors: NOT_FOUND, INVALID; the message names the file.
 * Thread: not main.
 */
TideSuite *
tide_suite_load (const char *path, GError **error)
{
  gsize len = 0;
  g_autofree char *data = tide_checks_read_file (path, SUITE_BYTES_MAX, &len, error);
  TideSuite *suite = data != NULL ? tide_suite_parse (data, len, error) : NULL;

  if (data != NULL && suite == NULL)
    g_prefix_error (error, "%s: ", path);
  return suite;
}
