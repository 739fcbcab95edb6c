/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of quality rules and repairs, their terms, and how a rule reads. A new kind is a row here, a key where fields
 * are read, and its check in ingest/.
 * Limit: a limit is of a whole day; there is none by the hour. */
#include "model-private.h"

#include <math.h>
#include <string.h>

static const TideRuleSpec specs[TIDE_N_RULES] = {
  [TIDE_RULE_FORMAT] = { "format", "Well-formed", TIDE_RULE_OF_EVENT, 0 },
  [TIDE_RULE_TIME] = { "time", "Has an event time", TIDE_RULE_OF_EVENT, 0 },
  [TIDE_RULE_FUTURE] = { "future", "Not in the future", TIDE_RULE_OF_EVENT, 0 },
  [TIDE_RULE_TYPE] = { "type", "Of its type", TIDE_RULE_OF_FIELD, ~0u },
  [TIDE_RULE_REQUIRED] = { "required", "Required", TIDE_RULE_OF_FIELD, ~0u },
  [TIDE_RULE_MIN] = { "min", "Minimum", TIDE_RULE_OF_FIELD, TIDE_TYPES_NUMERIC },
  [TIDE_RULE_MAX] = { "max", "Maximum", TIDE_RULE_OF_FIELD, TIDE_TYPES_NUMERIC },
  [TIDE_RULE_MIN_LENGTH] = { "min-length", "Shortest", TIDE_RULE_OF_FIELD, TIDE_TYPE_BIT (TIDE_TYPE_TEXT) },
  [TIDE_RULE_MAX_LENGTH] = { "max-length", "Longest", TIDE_RULE_OF_FIELD, TIDE_TYPE_BIT (TIDE_TYPE_TEXT) },
  [TIDE_RULE_PATTERN] = { "pattern", "Pattern", TIDE_RULE_OF_FIELD, TIDE_TYPE_BIT (TIDE_TYPE_TEXT) },
  [TIDE_RULE_VALUES] = { "values", "Allowed values", TIDE_RULE_OF_FIELD, ~0u },
  [TIDE_RULE_UNIQUE] = { "unique", "Unique within", TIDE_RULE_OF_FIELD, ~0u },
  [TIDE_RULE_MONOTONIC]
  = { "monotonic", "Never falls", TIDE_RULE_OF_FIELD, TIDE_TYPES_NUMERIC | TIDE_TYPE_BIT (TIDE_TYPE_TIME) },
  [TIDE_RULE_FRESHNESS] = { "freshness", "Newest event no older than", TIDE_RULE_OF_STREAM, 0 },
  [TIDE_RULE_MIN_VOLUME] = { "min-volume", "At least so many events", TIDE_RULE_OF_STREAM, 0 },
  [TIDE_RULE_MAX_VOLUME] = { "max-volume", "At most so many events", TIDE_RULE_OF_STREAM, 0 },
  [TIDE_RULE_DRIFT] = { "drift", "No schema drift", TIDE_RULE_OF_STREAM, 0 },
};

static const char *const repairs[TIDE_N_REPAIRS] = {
  [TIDE_REPAIR_TRIM] = "trim", [TIDE_REPAIR_CASE] = "case",       [TIDE_REPAIR_MAP] = "map",
  [TIDE_REPAIR_CAST] = "cast", [TIDE_REPAIR_DEFAULT] = "default", [TIDE_REPAIR_CLAMP] = "clamp",
};

/**
 * tide_rule_get_spec:
 *
 * Thread: any. Returns: its row, for ever.
 */
const TideRuleSpec *
tide_rule_get_spec (TideRuleKind rule)
{
  return &specs[rule];
}

/**
 * tide_rule_parse:
 * @ret_rule: (out): untouched when there is none of that name
 *
 * Thread: any.
 */
bool
tide_rule_parse (const char *name, TideRuleKind *ret_rule)
{
  for (int i = 0; i < TIDE_N_RULES; i++)
    if (strcmp (specs[i].name, name) == 0)
      {
        *ret_rule = (TideRuleKind) i;
        return true;
      }
  return false;
}

const char *
tide_repair_to_string (TideRepairKind repair)
{
  return repairs[repair];
}

bool
tide_repair_parse (const char *name, TideRepairKind *ret_repair)
{
  for (int i = 0; i < TIDE_N_REPAIRS; i++)
    if (strcmp (repairs[i], name) == 0)
      {
        *ret_repair = (TideRepairKind) i;
        return true;
      }
  return false;
}

/* --- terms --- */

void
tide_rule_terms_init (TideRuleTerms *terms)
{
  *terms = (TideRuleTerms){ .count = -1, .share = NAN };
}

/**
 * tide_rule_terms_parse_limit:
 * @text: a whole number, or a share with a % sign
 *
 * Errors: INVALID; @terms are untouched then. Thread: any.
 */
bool
tide_rule_terms_parse_limit (TideRuleTerms *terms, const char *text, GError **error)
{
  gint64 count;
  double share;
  if (g_ascii_string_to_signed (text, 10, 0, INT64_MAX, &count, NULL))
    {
      terms->count = count;
      terms->share = NAN;
      return true;
    }
  if (strchr (text, '%') != NULL && tide_share_parse (text, &share) && share >= 0 && share <= 1)
    {
      terms->count = -1;
      terms->share = share;
      return true;
    }
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
               "'%s' is wrong; expected a whole number of events, or a share such as 0.1%%", text);
  return false;
}

bool
tide_rule_terms_fail (const TideRuleTerms *terms, gint64 broken, gint64 events)
{
  if (terms->count >= 0)
    return broken > terms->count;
  if (!isnan (terms->share))
    return broken > 0 && (double) broken > terms->share * (double) events;
  return broken > 0;
}

char *
tide_rule_terms_limit_text (const TideRuleTerms *terms)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  if (terms->count >= 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT, terms->count);
  if (isnan (terms->share))
    return g_strdup ("");
  g_ascii_formatd (buffer, sizeof buffer, "%.10g", terms->share * 100);
  return g_strconcat (buffer, "%", NULL);
}

/**
 * tide_volume_parse:
 * @text: "100/10min": events in a time of 1 min to 1 d
 *
 * Errors: INVALID. Thread: any.
 */
bool
tide_volume_parse (const char *text, TideVolume *ret_volume, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  TideVolume volume;
  if (g_strv_length (parts) == 2
      && g_ascii_string_to_signed (g_strstrip (parts[0]), 10, 0, INT64_MAX, &volume.events, NULL)
      && tide_duration_parse (g_strstrip (parts[1]), &volume.per, NULL) && volume.per >= TIDE_MINUTE
      && volume.per <= TIDE_DAY)
    {
      *ret_volume = volume;
      return true;
    }
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
               "'%s' is wrong; expected events in a time of 1min to 1d, such as 100/10min", text);
  return false;
}

char *
tide_volume_to_string (const TideVolume *volume)
{
  g_autofree char *per = tide_duration_to_string (volume->per);
  return g_strdup_printf ("%" G_GINT64_FORMAT "/%s", volume->events, per);
}

/* --- how they read --- */

void
tide_rule_info_free (TideRuleInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->text);
  g_free (info);
}

static char *
describe_number (const TideField *field, const char *sign, double number)
{
  char text[TIDE_VALUE_STR_MAX];
  tide_value_format (tide_value_real (number), text);
  return g_strdup_printf ("%s %s %s", field->name, sign, text);
}

static char *
describe_field_rule (const TideField *field, TideRuleKind rule)
{
  g_autofree char *part = NULL;
  switch (rule)
    {
    case TIDE_RULE_TYPE:
      part = tide_type_to_string (field->type, field->scale);
      return g_strdup_printf ("%s %s", field->name, part);
    case TIDE_RULE_MIN:
      return describe_number (field, "≥", field->min);
    case TIDE_RULE_MAX:
      return describe_number (field, "≤", field->max);
    case TIDE_RULE_MIN_LENGTH:
      return g_strdup_printf ("length(%s) ≥ %" G_GINT64_FORMAT, field->name, field->min_length);
    case TIDE_RULE_MAX_LENGTH:
      return g_strdup_printf ("length(%s) ≤ %" G_GINT64_FORMAT, field->name, field->max_length);
    case TIDE_RULE_PATTERN:
      return g_strdup_printf ("%s ~ %s", field->name, g_regex_get_pattern (field->pattern));
    case TIDE_RULE_VALUES:
      part = g_strjoinv (", ", field->values);
      return g_strdup_printf ("%s in (%s)", field->name, part);
    case TIDE_RULE_UNIQUE:
      part = tide_duration_to_string (field->unique);
      return g_strdup_printf ("%s unique within %s", field->name, part);
    case TIDE_RULE_MONOTONIC:
      return g_strdup_printf ("%s never falls by %s", field->name,
                              field->monotonic == TIDE_MONOTONIC_KEY ? "key" : "partition");
    default:
      return g_strdup_printf ("%s %s", field->name, specs[rule].name);
    }
}

static char *
describe_stream_rule (const TideStream *stream, TideRuleKind rule)
{
  g_autofree char *part = NULL;
  switch (rule)
    {
    case TIDE_RULE_FRESHNESS:
      part = tide_duration_to_string (stream->freshness);
      return g_strdup_printf ("freshness ≤ %s", part);
    case TIDE_RULE_MIN_VOLUME:
      part = tide_volume_to_string (&stream->min_volume);
      return g_strdup_printf ("volume ≥ %s", part);
    case TIDE_RULE_MAX_VOLUME:
      part = tide_volume_to_string (&stream->max_volume);
      return g_strdup_printf ("volume ≤ %s", part);
    case TIDE_RULE_DRIFT:
      return g_strdup ("no schema drift");
    case TIDE_RULE_FORMAT:
      return g_strdup_printf ("well-formed %s", stream->format == TIDE_FORMAT_CSV ? "CSV" : "JSON");
    case TIDE_RULE_TIME:
      return g_strdup ("has an event time");
    case TIDE_RULE_FUTURE:
      return g_strdup ("event time ≤ received + 5min");
    default:
      return g_strdup (specs[rule].name);
    }
}

bool
tide_field_has_rule (const TideField *field, TideRuleKind rule)
{
  switch (rule)
    {
    case TIDE_RULE_TYPE:
      return true;
    case TIDE_RULE_REQUIRED:
      return field->required;
    case TIDE_RULE_MIN:
      return !isnan (field->min);
    case TIDE_RULE_MAX:
      return !isnan (field->max);
    case TIDE_RULE_MIN_LENGTH:
      return field->min_length > 0;
    case TIDE_RULE_MAX_LENGTH:
      return field->max_length >= 0;
    case TIDE_RULE_PATTERN:
      return field->pattern != NULL;
    case TIDE_RULE_VALUES:
      return field->values != NULL && field->values[0] != NULL;
    case TIDE_RULE_UNIQUE:
      return field->unique > 0;
    case TIDE_RULE_MONOTONIC:
      return field->monotonic != TIDE_MONOTONIC_NONE;
    default:
      return false;
    }
}

bool
tide_stream_has_rule (const TideStream *stream, TideRuleKind rule)
{
  switch (rule)
    {
    case TIDE_RULE_FORMAT:
    case TIDE_RULE_FUTURE:
      return true;
    case TIDE_RULE_TIME:
      return stream->time_field >= 0;
    case TIDE_RULE_FRESHNESS:
      return stream->freshness > 0;
    case TIDE_RULE_MIN_VOLUME:
      return stream->min_volume.events >= 0;
    case TIDE_RULE_MAX_VOLUME:
      return stream->max_volume.events >= 0;
    case TIDE_RULE_DRIFT:
      return stream->drift;
    default:
      return false;
    }
}

static void
list_rule (GPtrArray *list, const TideStream *stream, int field, TideRuleKind rule)
{
  TideRuleInfo *info = g_new0 (TideRuleInfo, 1);
  info->field = field;
  info->rule = rule;
  info->terms = field >= 0 ? stream->fields[field]->terms[rule] : stream->terms[rule];
  info->text = field >= 0 ? describe_field_rule (stream->fields[field], rule) : describe_stream_rule (stream, rule);
  g_ptr_array_add (list, info);
}

/**
 * tide_stream_list_rules:
 * @all: also those that every event and every field has
 *
 * Thread: any. Returns: (transfer full) (element-type TideRuleInfo)
 */
GPtrArray *
tide_stream_list_rules (const TideStream *stream, bool all)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_rule_info_free);
  for (int rule = 0; all && rule < TIDE_N_RULES; rule++)
    if (specs[rule].subject == TIDE_RULE_OF_EVENT && tide_stream_has_rule (stream, (TideRuleKind) rule))
      list_rule (list, stream, -1, (TideRuleKind) rule);
  for (uint32_t i = 0; i < stream->n_fields; i++)
    for (int rule = 0; rule < TIDE_N_RULES; rule++)
      {
        const TideRuleTerms *terms = &stream->fields[i]->terms[rule];
        bool plain = rule == TIDE_RULE_TYPE && !terms->warn && terms->count < 0 && isnan (terms->share);
        if (tide_field_has_rule (stream->fields[i], (TideRuleKind) rule) && (all || !plain))
          list_rule (list, stream, (int) i, (TideRuleKind) rule);
      }
  for (int rule = 0; rule < TIDE_N_RULES; rule++)
    if (specs[rule].subject == TIDE_RULE_OF_STREAM && tide_stream_has_rule (stream, (TideRuleKind) rule))
      list_rule (list, stream, -1, (TideRuleKind) rule);
  return list;
}
