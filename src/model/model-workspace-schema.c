/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which sections and keys a workspace file has, and what each value looks like. A new key is a row here and its use
 * where the thing is built; messages and "did you mean" come from the row. Keys of a source are in the catalog.
 * Limit: a row knows one value, not whether it fits the others. */
#include "model-workspace-private.h"

#include <string.h>

static bool
wrong (GError **error, const char *value, const char *expected)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "'%s' is wrong; expected %s", value, expected);
  return false;
}

static bool
check_zone (const char *key, const char *value, GError **error)
{
  g_autoptr (GTimeZone) zone = tide_time_zone_new (value, error);
  return zone != NULL;
}

static bool
check_size (const char *key, const char *value, GError **error)
{
  gint64 bytes;
  if (!tide_size_parse (value, &bytes, error))
    return false;
  return bytes >= 64 * 1024 || wrong (error, value, "at least 64kB, such as 16MB");
}

static bool
check_retention (const char *key, const char *value, GError **error)
{
  TideDuration duration;
  if (strcmp (value, "forever") == 0)
    return true;
  if (!tide_duration_parse (value, &duration, error))
    return false;
  return duration > 0 || wrong (error, value, "a time such as 30d, or forever");
}

static bool
check_horizon (const char *key, const char *value, GError **error)
{
  TideDuration duration;
  if (!tide_duration_parse (value, &duration, error))
    return false;
  return (duration >= TIDE_MINUTE && duration <= 6 * TIDE_HOUR) || wrong (error, value, "from 1min to 6h");
}

static bool
check_lateness (const char *key, const char *value, GError **error)
{
  TideDuration duration;
  if (!tide_duration_parse (value, &duration, error))
    return false;
  return (duration >= 0 && duration <= TIDE_DAY) || wrong (error, value, "from 0s to 1d");
}

static bool
check_timeout (const char *key, const char *value, GError **error)
{
  TideDuration duration;
  if (!tide_duration_parse (value, &duration, error))
    return false;
  return (duration >= TIDE_SECOND && duration <= 7 * TIDE_DAY) || wrong (error, value, "from 1s to 7d");
}

static bool
check_type (const char *key, const char *value, GError **error)
{
  TideType type;
  int scale;
  return tide_type_parse (value, &type, &scale, error);
}

static bool
check_period (const char *key, const char *value, GError **error)
{
  TidePeriod period;
  return tide_period_parse (value, &period, error);
}

static bool
check_in_range (const char *value, gint64 low, gint64 high, GError **error)
{
  gint64 number;
  if (g_ascii_string_to_signed (value, 10, low, high, &number, NULL))
    return true;
  g_autofree char *expected = g_strdup_printf ("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, low, high);
  return wrong (error, value, expected);
}

static bool
check_length (const char *key, const char *value, GError **error)
{
  return check_in_range (value, 0, 1 << 20, error);
}

static bool
check_retries (const char *key, const char *value, GError **error)
{
  return check_in_range (value, 0, 10, error);
}

static bool
check_max_rows (const char *key, const char *value, GError **error)
{
  return check_in_range (value, 1, 10000000, error);
}

static bool
check_keep (const char *key, const char *value, GError **error)
{
  return check_in_range (value, 1, 1000, error);
}

static bool
check_source_tier (const char *key, const char *value, GError **error)
{
  TideDuration every;
  return tide_source_tier_parse (value, &every, error);
}

static bool
check_target (const char *key, const char *value, GError **error)
{
  double share;
  return tide_share_parse (value, &share) ? (share > 0 && share < 1) || wrong (error, value, "above 0% and below 100%")
                                          : wrong (error, value, "a share such as 99%");
}

static bool
check_amount (const char *key, const char *value, GError **error)
{
  char *end;
  double amount = g_ascii_strtod (value, &end);
  return (*end == '\0' && end != value && amount >= 0 && amount <= 1e12)
         || wrong (error, value, "an amount of money, 0 or more");
}

static bool
check_hold (const char *key, const char *value, GError **error)
{
  TideDuration duration;
  if (!tide_duration_parse (value, &duration, error))
    return false;
  return (duration >= 0 && duration <= 30 * TIDE_DAY) || wrong (error, value, "from 0s to 30d");
}

static bool
check_within (const char *key, const char *value, GError **error)
{
  TideDuration duration;
  if (!tide_duration_parse (value, &duration, error))
    return false;
  return (duration >= TIDE_SECOND && duration <= 30 * TIDE_DAY) || wrong (error, value, "from 1s to 30d");
}

/* A command would be run by whoever opens the workspace. */
static bool
check_route_kind (const char *key, const char *value, GError **error)
{
  if (strcmp (value, "webhook") == 0)
    return true;
  if (strcmp (value, "command") != 0)
    return wrong (error, value, "webhook");
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
               "a workspace may not name a command to run; expected it in your own configuration, "
               "tidemark/routes.conf in the configuration folder");
  return false;
}

static bool
check_runbook (const char *key, const char *value, GError **error)
{
  return g_str_has_prefix (value, "https://") || g_str_has_prefix (value, "http://")
         || wrong (error, value, "an address such as https://example.org/runbook");
}

/* severity.RULE and limit.RULE, of a field and of a stream. */
static bool
check_severity (const char *key, const char *value, GError **error)
{
  return strcmp (value, "warn") == 0 || strcmp (value, "error") == 0 || wrong (error, value, "warn or error");
}

static bool
check_limit (const char *key, const char *value, GError **error)
{
  TideRuleTerms terms;
  return tide_rule_terms_parse_limit (&terms, value, error);
}

static bool
check_volume (const char *key, const char *value, GError **error)
{
  TideVolume volume;
  return tide_volume_parse (value, &volume, error);
}

static const char *const cases[] = { "lower", "upper", NULL };
static const char *const orders[] = { "partition", "key", NULL };
static const char *const formats[] = { "json", "csv", NULL };
static const char *const missed[] = { "once", "all", "skip", NULL };
static const char *const compares[] = { "above", "below", "both", NULL };
static const char *const no_data[] = { "keep", "normal", "alert", NULL };
static const char *const severities[] = { "info", "warning", "critical", NULL };
static const char *const auths[] = { "none", "bearer", "hmac", NULL };
static const char *const views[] = { "live", "historical", "merged", NULL };

static const TideKeySpec workspace_keys[] = {
  { "version", TIDE_KEY_INT, true, .help = "version=1" },
  { "name", TIDE_KEY_TEXT, true, .help = "a name for people" },
  { "time-zone", TIDE_KEY_TEXT, .help = "a zone such as Europe/Berlin", .check = check_zone },
};

static const TideKeySpec batch_keys[] = {
  { "rollup", TIDE_KEY_TEXT, .help = "cron, or every 15min" },
  { "rollup-bytes", TIDE_KEY_TEXT, .help = "a size such as 16MB", .check = check_size },
};

static const TideKeySpec storage_keys[] = {
  { "max-size", TIDE_KEY_TEXT, .help = "a size such as 10GB", .check = check_size },
  { "retention", TIDE_KEY_TEXT, .help = "a time such as 30d, or forever", .check = check_retention },
};

static const TideKeySpec live_keys[] = {
  { "horizon", TIDE_KEY_TEXT, .help = "a time such as 15min", .check = check_horizon },
};

static const TideKeySpec cost_keys[] = {
  { "currency", TIDE_KEY_TEXT, .help = "a currency such as EUR" },
  { "exchange", TIDE_KEY_TEXT, .help = "how much of it a US dollar is", .check = check_amount },
  { "budget", TIDE_KEY_TEXT, .help = "for a month, in that currency", .check = check_amount },
  { "target", TIDE_KEY_TEXT, .help = "the share of time in which metrics are fresh, such as 99%", .check = check_target },
};

static const TideKeySpec price_keys[] = {
  { "amount", TIDE_KEY_TEXT, true, .help = "an amount in the currency of [cost]", .check = check_amount },
  { "title", TIDE_KEY_TEXT, .help = "what it is" },
  { "unit", TIDE_KEY_TEXT, .help = "what it is for, such as hour or GB" },
  { "source", TIDE_KEY_TEXT, .help = "where it is from" },
  { "date", TIDE_KEY_TEXT, .help = "of when it is" },
};

static const TideKeySpec source_keys[] = {
  { "kind", TIDE_KEY_TEXT, true, .help = "a kind such as kafka or demo" },
  { "stream", TIDE_KEY_TEXT, true, .help = "the name of a stream" },
  { "enabled", TIDE_KEY_BOOL, .help = "true or false" },
  { "tier", TIDE_KEY_TEXT, .help = "real-time, or every 15min", .check = check_source_tier },
  { "platform", TIDE_KEY_TEXT, .help = "a platform of the price book such as msk-small" },
};

static const TideKeySpec stream_keys[] = {
  { "format", TIDE_KEY_CHOICE, .choices = formats, .help = "json or csv" },
  { "time", TIDE_KEY_TEXT, .help = "a field of type time" },
  { "key", TIDE_KEY_TEXT, .help = "a field" },
  { "keep-payload", TIDE_KEY_BOOL, .help = "true or false" },
  { "filter", TIDE_KEY_TEXT, .help = "a condition such as kind = 'order'" },
  { "lateness", TIDE_KEY_TEXT, .help = "a time such as 10s", .check = check_lateness },
  { "retention", TIDE_KEY_TEXT, .help = "a time such as 30d, or forever", .check = check_retention },
  { "quarantine-retention", TIDE_KEY_TEXT, .help = "a time such as 30d, or forever", .check = check_retention },
  { "freshness", TIDE_KEY_TEXT, .help = "a time such as 1min", .check = check_within },
  { "min-volume", TIDE_KEY_TEXT, .help = "events in a time such as 100/10min", .check = check_volume },
  { "max-volume", TIDE_KEY_TEXT, .help = "events in a time such as 5000/10min", .check = check_volume },
  { "drift", TIDE_KEY_BOOL, .help = "true or false" },
  { "severity.", TIDE_KEY_PREFIX, .help = "warn or error", .check = check_severity },
  { "limit.", TIDE_KEY_PREFIX, .help = "events a day, or a share such as 0.1%", .check = check_limit },
};

static const TideKeySpec field_keys[] = {
  { "path", TIDE_KEY_TEXT, .help = "where the value is, such as payment.amount" },
  { "type", TIDE_KEY_TEXT, true, .help = "int, decimal(2), real, text, bool or time", .check = check_type },
  { "unit", TIDE_KEY_TEXT, .help = "a unit such as EUR" },
  { "mask", TIDE_KEY_BOOL, .help = "true or false" },
  { "required", TIDE_KEY_BOOL, .help = "true or false" },
  { "min", TIDE_KEY_REAL, .help = "a number" },
  { "max", TIDE_KEY_REAL, .help = "a number" },
  { "min-length", TIDE_KEY_INT, .help = "a whole number", .check = check_length },
  { "max-length", TIDE_KEY_INT, .help = "a whole number", .check = check_length },
  { "pattern", TIDE_KEY_TEXT, .help = "a regular expression" },
  { "values", TIDE_KEY_TEXT, .help = "values separated by commas" },
  { "unique", TIDE_KEY_TEXT, .help = "a time such as 1d", .check = check_within },
  { "monotonic", TIDE_KEY_CHOICE, .choices = orders, .help = "partition or key" },
  { "severity.", TIDE_KEY_PREFIX, .help = "warn or error", .check = check_severity },
  { "limit.", TIDE_KEY_PREFIX, .help = "events a day, or a share such as 0.1%", .check = check_limit },
  { "trim", TIDE_KEY_BOOL, .help = "true or false" },
  { "case", TIDE_KEY_CHOICE, .choices = cases, .help = "lower or upper" },
  { "map", TIDE_KEY_TEXT, .help = "values and what they become, such as euro: EUR, dollar: USD" },
  { "cast", TIDE_KEY_BOOL, .help = "true or false" },
  { "default", TIDE_KEY_TEXT, .help = "a value of the field's type" },
  { "clamp", TIDE_KEY_BOOL, .help = "true or false" },
};

static const TideKeySpec metric_keys[] = {
  { "title", TIDE_KEY_TEXT, .help = "a title for people" },
  { "stream", TIDE_KEY_TEXT, .help = "the name of a stream" },
  { "aggregate", TIDE_KEY_TEXT, true, .help = "an aggregate such as sum(amount)" },
  { "where", TIDE_KEY_TEXT, .help = "a condition such as amount > 0" },
  { "by", TIDE_KEY_TEXT, .help = "fields separated by commas" },
  { "every", TIDE_KEY_TEXT, .help = "a length such as 1min" },
  { "over", TIDE_KEY_TEXT, .help = "a window such as 15min" },
  { "tier", TIDE_KEY_TEXT, .help = "real-time, micro-batch or batch" },
  { "refresh", TIDE_KEY_TEXT, .help = "a time such as 30s" },
  { "schedule", TIDE_KEY_TEXT, .help = "cron such as 0 2 * * *, or every 1h" },
  { "freshness", TIDE_KEY_TEXT, .help = "a time such as 5s" },
  { "tolerance", TIDE_KEY_TEXT, .help = "a share such as 1%" },
  { "decision", TIDE_KEY_TEXT, .help = "the span that a decision looks at, such as 1d" },
  { "group-cap", TIDE_KEY_TEXT, .help = "a whole number" },
  { "time-zone", TIDE_KEY_TEXT, .help = "a zone such as Europe/Berlin" },
  { "unit", TIDE_KEY_TEXT, .help = "a unit such as %" },
};

static const TideKeySpec analysis_keys[] = {
  { "title", TIDE_KEY_TEXT, .help = "a title for people" },
  { "schedule", TIDE_KEY_TEXT, .help = "cron such as 0 2 * * *, or every 15min" },
  { "time-zone", TIDE_KEY_TEXT, .help = "a zone such as Europe/Berlin", .check = check_zone },
  { "sql", TIDE_KEY_TEXT, .help = "a file under analyses/" },
  { "missed", TIDE_KEY_CHOICE, .choices = missed, .help = "once, all or skip" },
  { "timeout", TIDE_KEY_TEXT, .help = "a time such as 10min", .check = check_timeout },
  { "retries", TIDE_KEY_INT, .help = "a whole number", .check = check_retries },
  { "max-rows", TIDE_KEY_INT, .help = "a whole number", .check = check_max_rows },
  { "keep", TIDE_KEY_INT, .help = "how many versions", .check = check_keep },
  { "enabled", TIDE_KEY_BOOL, .help = "true or false" },
};

static const TideKeySpec report_keys[] = {
  { "metrics", TIDE_KEY_TEXT, true, .help = "metrics separated by commas" },
  { "view", TIDE_KEY_CHOICE, .choices = views, .help = "live, historical or merged" },
  { "from", TIDE_KEY_TEXT, .help = "a time such as -1d" },
  { "to", TIDE_KEY_TEXT, .help = "a time such as now" },
  { "every", TIDE_KEY_TEXT, .help = "a length such as 1h", .check = check_period },
  { "schedule", TIDE_KEY_TEXT, .help = "cron such as 0 6 * * *, or every 1h" },
  { "output", TIDE_KEY_TEXT, .help = "a file inside the workspace" },
};

static const TideKeySpec alert_keys[] = {
  { "title", TIDE_KEY_TEXT, .help = "a title for people" },
  { "condition", TIDE_KEY_TEXT, true, .help = "a condition such as above" },
  { "metric", TIDE_KEY_TEXT, .help = "the name of a metric" },
  { "stream", TIDE_KEY_TEXT, .help = "the name of a stream" },
  { "source", TIDE_KEY_TEXT, .help = "the name of a source" },
  { "groups", TIDE_KEY_TEXT, .help = "groups separated by semicolons, such as Berlin;Ham*" },
  { "threshold", TIDE_KEY_TEXT, .help = "a number, a share such as 2%, or a time" },
  { "clear", TIDE_KEY_TEXT, .help = "where the rule clears, such as 1.6%" },
  { "low", TIDE_KEY_TEXT, .help = "a number" },
  { "high", TIDE_KEY_TEXT, .help = "a number" },
  { "clear-low", TIDE_KEY_TEXT, .help = "a number" },
  { "clear-high", TIDE_KEY_TEXT, .help = "a number" },
  { "compare", TIDE_KEY_CHOICE, .choices = compares, .help = "above, below or both" },
  { "within", TIDE_KEY_TEXT, .help = "a time such as 10min", .check = check_within },
  { "divided-by", TIDE_KEY_TEXT, .help = "the name of a metric" },
  { "for", TIDE_KEY_TEXT, .help = "a time such as 30s", .check = check_hold },
  { "keep-firing-for", TIDE_KEY_TEXT, .help = "a time such as 1min", .check = check_hold },
  { "delay", TIDE_KEY_TEXT, .help = "a time such as 10s", .check = check_lateness },
  { "no-data", TIDE_KEY_CHOICE, .choices = no_data, .help = "keep, normal or alert" },
  { "severity", TIDE_KEY_CHOICE, .choices = severities, .help = "info, warning or critical" },
  { "routes", TIDE_KEY_TEXT, .help = "desktop, sound, none, or names of routes separated by commas" },
  { "runbook", TIDE_KEY_TEXT, .help = "an address such as https://example.org/runbook", .check = check_runbook },
  { "enabled", TIDE_KEY_BOOL, .help = "true or false" },
};

static const TideKeySpec route_keys[] = {
  { "kind", TIDE_KEY_TEXT, true, .help = "webhook", .check = check_route_kind },
  { "url", TIDE_KEY_URL, .help = "an address such as https://example.org/hook" },
  { "auth", TIDE_KEY_CHOICE, .choices = auths, .help = "none, bearer or hmac" },
};

static const TideKeySpec checks_keys[] = {
  { "path", TIDE_KEY_TEXT, true, .help = "a file such as dbt/target/run_results.json" },
  { "title", TIDE_KEY_TEXT, .help = "a title for people" },
};

#define SECTION(word, name_form, keys) { word, name_form, keys, G_N_ELEMENTS (keys) }

const TideSectionSpec tide_section_specs[TIDE_N_SECTION_KINDS] = {
  [TIDE_SECTION_WORKSPACE] = SECTION ("workspace", NULL, workspace_keys),
  [TIDE_SECTION_BATCH] = SECTION ("batch", NULL, batch_keys),
  [TIDE_SECTION_STORAGE] = SECTION ("storage", NULL, storage_keys),
  [TIDE_SECTION_LIVE] = SECTION ("live", NULL, live_keys),
  [TIDE_SECTION_COST] = SECTION ("cost", NULL, cost_keys),
  [TIDE_SECTION_PRICE] = SECTION ("price", "NAME", price_keys),
  [TIDE_SECTION_SOURCE] = SECTION ("source", "NAME", source_keys),
  [TIDE_SECTION_STREAM] = SECTION ("stream", "NAME", stream_keys),
  [TIDE_SECTION_FIELD] = SECTION ("field", "STREAM.NAME", field_keys),
  [TIDE_SECTION_METRIC] = SECTION ("metric", "NAME", metric_keys),
  [TIDE_SECTION_ANALYSIS] = SECTION ("analysis", "NAME", analysis_keys),
  [TIDE_SECTION_REPORT] = SECTION ("report", "NAME", report_keys),
  [TIDE_SECTION_ALERT] = SECTION ("alert", "NAME", alert_keys),
  [TIDE_SECTION_ROUTE] = SECTION ("route", "NAME", route_keys),
  [TIDE_SECTION_CHECKS] = SECTION ("checks", "NAME", checks_keys),
};
