/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules and repairs of fields and streams, from their sections: each is checked against the type of its field, and its
 * terms against the rules that are there. What is wrong is named with its line; the field is then left out of its stream.
 * Limit: a rule is checked by itself, not against the data. */
#include "model-workspace-private.h"

#include <math.h>
#include <string.h>

static void
rule_problem (TideLoader *loader, TideSection *section, const char *key, const TideField *field, const char *types)
{
  g_autofree char *type = tide_type_to_string (field->type, field->scale);
  g_autofree char *message
      = g_strdup_printf ("this rule is for %s, and the field is %s; expected no such line", types, type);
  tide_loader_key_problem (loader, section, key, message);
}

static void
read_numeric_rules (TideLoader *loader, TideSection *section, TideField *field)
{
  static const char *const keys[] = { "min", "max" };
  double *const rules[] = { &field->min, &field->max };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = tide_section_get (section, keys[i]);
      if (value == NULL)
        continue;
      if ((TIDE_TYPE_BIT (field->type) & TIDE_TYPES_NUMERIC) == 0)
        rule_problem (loader, section, keys[i], field, "numbers");
      else
        *rules[i] = g_ascii_strtod (value, NULL);
    }
  if (field->min > field->max)
    tide_loader_key_problem (loader, section, "max", "less than min; expected min or more");
}

/* Whether @text is a value of the field's type. */
static bool
value_fits (const TideField *field, const char *text)
{
  gint64 number;
  char *end;
  TideTime time;
  bool flag;
  switch (field->type)
    {
    case TIDE_TYPE_INT:
      return g_ascii_string_to_signed (text, 10, INT64_MIN, INT64_MAX, &number, NULL);
    case TIDE_TYPE_DECIMAL:
      return tide_decimal_parse (text, strlen (text), field->scale, &number);
    case TIDE_TYPE_REAL:
      return isfinite (g_ascii_strtod (text, &end)) && *end == '\0';
    case TIDE_TYPE_BOOL:
      return tide_bool_parse (text, &flag, NULL);
    case TIDE_TYPE_TIME:
      return tide_time_parse (text, strlen (text), NULL, &time);
    case TIDE_TYPE_TEXT:
    case TIDE_TYPE_NONE:
      return true;
    }
  return true;
}

static void
read_values (TideLoader *loader, TideSection *section, TideField *field)
{
  if (tide_section_get (section, "values") == NULL)
    return;
  field->values = tide_section_get_list (section, "values");
  if (field->values[0] == NULL)
    tide_loader_key_problem (loader, section, "values", "no value in it; expected values separated by commas");
  for (guint i = 0; field->values[i] != NULL; i++)
    if (!value_fits (field, field->values[i]))
      {
        g_autofree char *type = tide_type_to_string (field->type, field->scale);
        g_autofree char *message
            = g_strdup_printf ("'%s' is wrong; expected values of the field's type, %s", field->values[i], type);
        tide_loader_key_problem (loader, section, "values", message);
        return;
      }
}

static void
read_text_rules (TideLoader *loader, TideSection *section, TideField *field)
{
  static const char *const keys[] = { "min-length", "max-length", "pattern" };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (tide_section_get (section, keys[i]) != NULL && field->type != TIDE_TYPE_TEXT)
      {
        rule_problem (loader, section, keys[i], field, "text");
        return;
      }
  field->min_length = tide_section_get_int (section, "min-length", -1);
  field->max_length = tide_section_get_int (section, "max-length", -1);
  if (field->max_length >= 0 && field->min_length > field->max_length)
    tide_loader_key_problem (loader, section, "max-length", "less than min-length; expected min-length or more");
  const char *pattern = tide_section_get (section, "pattern");
  if (pattern != NULL)
    {
      g_autoptr (GError) error = NULL;
      field->pattern = g_regex_new (pattern, G_REGEX_OPTIMIZE, 0, &error);
      if (field->pattern == NULL)
        tide_loader_key_problem (loader, section, "pattern", error->message);
    }
}

/* "euro: EUR, dollar: USD" into pairs. What a value becomes must be of the field's type. */
static void
read_map (TideLoader *loader, TideSection *section, TideField *field)
{
  if (tide_section_get (section, "map") == NULL)
    return;
  g_auto (GStrv) list = tide_section_get_list (section, "map");
  GPtrArray *pairs = g_ptr_array_new ();
  for (guint i = 0; list[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (list[i], ":", 2);
      bool whole = g_strv_length (pair) == 2 && *g_strstrip (pair[0]) != '\0' && *g_strstrip (pair[1]) != '\0';
      if (whole && value_fits (field, pair[1]))
        {
          g_ptr_array_add (pairs, g_strdup (pair[0]));
          g_ptr_array_add (pairs, g_strdup (pair[1]));
          continue;
        }
      g_autofree char *type = tide_type_to_string (field->type, field->scale);
      g_autofree char *message = g_strdup_printf (
        "'%s' is wrong; expected values and what they become, of type %s, such as euro: EUR, dollar: USD", list[i], type);
      tide_loader_key_problem (loader, section, "map", message);
      break;
    }
  g_ptr_array_add (pairs, NULL);
  field->map = (char **) g_ptr_array_free (pairs, FALSE);
}

static void
read_repairs (TideLoader *loader, TideSection *section, TideField *field)
{
  const char *letters = tide_section_get (section, "case");
  field->trim = tide_section_get_bool (section, "trim", false);
  field->cast = tide_section_get_bool (section, "cast", false);
  field->clamp = tide_section_get_bool (section, "clamp", false);
  field->fallback = g_strdup (tide_section_get (section, "default"));
  if (letters != NULL && field->type != TIDE_TYPE_TEXT)
    rule_problem (loader, section, "case", field, "text");
  field->letter_case = letters == NULL ? 0 : strcmp (letters, "lower") == 0 ? -1 : 1;
  read_map (loader, section, field);
  if (field->fallback != NULL && !value_fits (field, field->fallback))
    {
      g_autofree char *type = tide_type_to_string (field->type, field->scale);
      g_autofree char *message
          = g_strdup_printf ("'%s' is wrong; expected a value of the field's type, %s", field->fallback, type);
      tide_loader_key_problem (loader, section, "default", message);
    }
  if (field->clamp && isnan (field->min) && isnan (field->max))
    tide_loader_key_problem (loader, section, "clamp", "there is nothing to clamp to; expected min= or max= as well");
}

/* What every event must be stands with the stream and has a limit; such an event can't be kept, so it is no warning. */
static bool
takes_term (const char *key, const TideField *field, const TideStream *stream, TideRuleKind rule)
{
  TideRuleSubject subject = tide_rule_get_spec (rule)->subject;
  if (field != NULL)
    return subject == TIDE_RULE_OF_FIELD && tide_field_has_rule (field, rule);
  return (subject == TIDE_RULE_OF_STREAM || (subject == TIDE_RULE_OF_EVENT && g_str_has_prefix (key, "limit.")))
         && tide_stream_has_rule (stream, rule);
}

/* The rule that "severity.RULE" or "limit.RULE" names, if it is one that the section has. */
static bool
find_termed (TideLoader *loader, TideSection *section, const char *key, const TideField *field,
             const TideStream *stream, TideRuleKind *ret_rule)
{
  const char *name = strchr (key, '.') + 1;
  if (tide_rule_parse (name, ret_rule) && takes_term (key, field, stream, *ret_rule))
    return true;
  TideNearest nearest;
  GString *known = g_string_new (NULL);
  tide_nearest_init (&nearest, name);
  for (int i = 0; i < TIDE_N_RULES; i++)
    if (takes_term (key, field, stream, (TideRuleKind) i))
      {
        tide_nearest_offer (&nearest, tide_rule_get_spec ((TideRuleKind) i)->name);
        g_string_append_printf (known, "%s%s", known->len == 0 ? "" : ", ", tide_rule_get_spec ((TideRuleKind) i)->name);
      }
  g_autofree char *hint = tide_nearest_hint (&nearest);
  g_autofree char *message
      = g_strdup_printf ("there is no rule '%s' in this section; expected %s%s%s", name,
                         known->len == 0 ? "a rule first" : "one of: ", known->str, hint);
  tide_loader_key_problem (loader, section, key, message);
  g_string_free (known, TRUE);
  return false;
}

/* The terms of the rules of a field (@stream is NULL) or of a stream (@field is). */
static void
read_terms (TideLoader *loader, TideSection *section, const TideField *field, const TideStream *stream,
            TideRuleTerms *terms)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (section->entries), (GCompareFunc) strcmp);
  for (GList *item = keys; item != NULL; item = item->next)
    {
      const char *key = item->data, *value = tide_section_get (section, key);
      bool severity = g_str_has_prefix (key, "severity.");
      TideRuleKind rule = 0;
      if ((!severity && !g_str_has_prefix (key, "limit."))
          || !find_termed (loader, section, key, field, stream, &rule))
        continue;
      if (severity)
        terms[rule].warn = strcmp (value, "warn") == 0;
      else
        tide_rule_terms_parse_limit (&terms[rule], value, NULL);
    }
}

static void
read_order_rules (TideLoader *loader, TideSection *section, TideField *field)
{
  const char *order = tide_section_get (section, "monotonic");
  if (order != NULL && (tide_rule_get_spec (TIDE_RULE_MONOTONIC)->types & TIDE_TYPE_BIT (field->type)) == 0)
    rule_problem (loader, section, "monotonic", field, "numbers and times");
  else if (order != NULL)
    field->monotonic = strcmp (order, "key") == 0 ? TIDE_MONOTONIC_KEY : TIDE_MONOTONIC_PARTITION;
  field->unique = tide_section_get_duration (section, "unique", 0);
}

void
tide_loader_read_field_rules (TideLoader *loader, TideSection *section, TideField *field)
{
  field->required = tide_section_get_bool (section, "required", false);
  field->mask = tide_section_get_bool (section, "mask", false);
  if (field->mask && field->type != TIDE_TYPE_TEXT)
    rule_problem (loader, section, "mask", field, "text");
  read_numeric_rules (loader, section, field);
  read_text_rules (loader, section, field);
  read_values (loader, section, field);
  read_order_rules (loader, section, field);
  read_repairs (loader, section, field);
  read_terms (loader, section, field, NULL, field->terms);
}

void
tide_loader_read_stream_rules (TideLoader *loader, TideSection *section, TideStream *stream)
{
  const char *least = tide_section_get (section, "min-volume"), *most = tide_section_get (section, "max-volume");
  stream->freshness = tide_section_get_duration (section, "freshness", 0);
  stream->drift = tide_section_get_bool (section, "drift", false);
  if (least != NULL)
    tide_volume_parse (least, &stream->min_volume, NULL);
  if (most != NULL)
    tide_volume_parse (most, &stream->max_volume, NULL);
  read_terms (loader, section, NULL, stream, stream->terms);
}
