/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alert rules and routes from their sections. A rule is read in the order of what it is about: its condition says which
 * keys it takes and what kind of limit, so that a key that would do nothing is a mistake and not silence.
 * Limit: whether a pattern matches any group is not known here: groups come with the events. */
#include "model-workspace-private.h"

#include <math.h>
#include <string.h>

#define ROUTES_MAX 10
#define WITHIN_DEFAULT (10 * TIDE_MINUTE)

static const char *const severities[] = { "info", "warning", "critical", NULL };
static const char *const no_data_names[] = { "keep", "normal", "alert", NULL };
static const char *const compare_names[] = { "above", "below", "both", NULL };
static const char *const auth_names[] = { "none", "bearer", "hmac", NULL };

const char *
tide_severity_to_string (TideSeverity severity)
{
  g_assert ((guint) severity < 3);
  return severities[severity];
}

void
tide_alert_free (TideAlert *alert)
{
  if (alert == NULL)
    return;
  g_free (alert->name);
  g_free (alert->title);
  g_free (alert->runbook);
  tide_metric_unref (alert->metric);
  tide_metric_unref (alert->divided_by);
  g_free (alert->stream);
  g_free (alert->source);
  g_strfreev (alert->groups);
  g_strfreev (alert->routes);
  g_free (alert->definition);
  g_free (alert);
}

void
tide_route_free (TideRoute *route)
{
  if (route == NULL)
    return;
  g_free (route->name);
  g_free (route->url);
  g_free (route);
}

bool
tide_alert_pattern_match (const char *pattern, const char *label)
{
  return strpbrk (pattern, "*?") != NULL ? g_pattern_match_simple (pattern, label) : strcmp (pattern, label) == 0;
}

bool
tide_alert_takes_group (const TideAlert *alert, const char *label)
{
  for (guint i = 0; alert->groups != NULL && alert->groups[i] != NULL; i++)
    if (tide_alert_pattern_match (alert->groups[i], label))
      return true;
  return alert->groups == NULL;
}

typedef struct
{
  TideLoader *loader;
  TideSection *section;
  TideAlert *alert;
} Reader;

static void
wrong (Reader *reader, const char *key, const char *message)
{
  tide_loader_key_problem (reader->loader, reader->section, key, message);
}

static int
choice_of (const TideSection *section, const char *key, const char *const *names, int fallback)
{
  const char *value = tide_section_get (section, key);
  for (int i = 0; value != NULL && names[i] != NULL; i++)
    if (strcmp (names[i], value) == 0)
      return i;
  return fallback;
}

static bool
read_condition (Reader *reader)
{
  TideLoader *loader = reader->loader;
  const char *name = tide_section_get (reader->section, "condition");
  const TideConditionSpec *const *all = loader->catalog->conditions;
  TideNearest nearest;
  if (name == NULL)
    return false; /* was reported as missing */
  tide_nearest_init (&nearest, name);
  GString *known = g_string_new (NULL);
  for (guint i = 0; all != NULL && all[i] != NULL && reader->alert->condition == NULL; i++)
    {
      tide_nearest_offer (&nearest, all[i]->name);
      g_string_append_printf (known, "%s%s", i == 0 ? "" : ", ", all[i]->name);
      if (strcmp (all[i]->name, name) == 0)
        reader->alert->condition = all[i];
    }
  if (reader->alert->condition == NULL)
    {
      g_autofree char *hint = tide_nearest_hint (&nearest);
      g_autofree char *message = g_strdup_printf ("there is no condition '%s'; expected one of: %s%s", name, known->str, hint);
      wrong (reader, "condition", message);
    }
  g_string_free (known, TRUE);
  return reader->alert->condition != NULL;
}

/* The section that a key names; NULL after a problem, or when there is no such key. */
static TideSection *
find_named (Reader *reader, const char *key, TideSectionKind kind)
{
  const char *name = tide_section_get (reader->section, key);
  if (name == NULL)
    return NULL;
  TideSection *found = tide_loader_find (reader->loader, kind, name);
  if (found == NULL)
    {
      g_autofree char *hint = tide_loader_hint (reader->loader, kind, name);
      g_autofree char *message = g_strdup_printf ("there is no [%s %s]%s", tide_section_specs[kind].word, name, hint);
      wrong (reader, key, message);
    }
  else if (found->built == NULL)
    {
      reader->section->sound = false; /* was reported there */
      return NULL;
    }
  return found;
}

static const struct
{
  unsigned bit;
  const char *key;
  TideSectionKind kind;
} subjects[] = {
  { TIDE_SUBJECT_METRIC, "metric", TIDE_SECTION_METRIC },
  { TIDE_SUBJECT_STREAM, "stream", TIDE_SECTION_STREAM },
  { TIDE_SUBJECT_SOURCE, "source", TIDE_SECTION_SOURCE },
};

static void
set_subject (Reader *reader, guint subject, const TideSection *found)
{
  TideAlert *alert = reader->alert;
  if (subject == 0)
    {
      alert->metric = tide_metric_ref (found->built);
      alert->stream = g_strdup (alert->metric->stream->name);
    }
  else if (subject == 1)
    alert->stream = g_strdup (found->name);
  else
    {
      alert->source = g_strdup (found->name);
      alert->stream = g_strdup (((TideSourceDef *) found->built)->stream);
    }
}

/* Exactly one of metric=, stream= and source=, and one that the condition takes. */
static void
read_subject (Reader *reader)
{
  const TideConditionSpec *spec = reader->alert->condition;
  GString *expected = g_string_new (NULL);
  guint given = 0;
  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
    {
      bool taken = (spec->subjects & subjects[i].bit) != 0, there = tide_section_get (reader->section, subjects[i].key) != NULL;
      if (taken)
        g_string_append_printf (expected, "%s%s=", expected->len == 0 ? "" : " or ", subjects[i].key);
      given += there;
      if (there && !taken)
        {
          g_autofree char *message = g_strdup_printf ("the condition '%s' takes no %s=", spec->name, subjects[i].key);
          wrong (reader, subjects[i].key, message);
        }
      else if (there && given > 1)
        wrong (reader, subjects[i].key, "a rule is about one thing; expected only one of metric=, stream= and source=");
      else if (there)
        {
          const TideSection *found = find_named (reader, subjects[i].key, subjects[i].kind);
          if (found != NULL)
            set_subject (reader, i, found);
        }
    }
  if (given == 0)
    tide_loader_problem (reader->loader, reader->section, reader->section->line,
                         "[alert %s] has no %s; expected what the rule is about", reader->section->name, expected->str);
  g_string_free (expected, TRUE);
}

/* A number, "2%" as 0.02, or a duration in seconds, as the condition's limit is. */
static bool
parse_limit (const TideConditionSpec *spec, const char *text, double *ret_value, bool *ret_relative, GError **error)
{
  TideDuration duration;
  char *end;
  if (spec->limit == TIDE_LIMIT_DURATION)
    {
      if (!tide_duration_parse (text, &duration, error))
        return false;
      *ret_value = (double) duration / (double) TIDE_SECOND;
      return true;
    }
  double number = g_ascii_strtod (text, &end);
  bool percent = end != text && *(end + strspn (end, " ")) == '%' && *(end + strspn (end, " ") + 1) == '\0';
  if (end == text || !isfinite (number) || (*end != '\0' && !percent))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "'%s' is wrong; expected a number such as 1.5, or a share such as 2%%",
                   text);
      return false;
    }
  *ret_value = percent ? number / 100 : number;
  if (ret_relative != NULL)
    *ret_relative = percent;
  return true;
}

static bool
read_limit (Reader *reader, const char *key, double *ret_value, bool *ret_relative)
{
  g_autoptr (GError) error = NULL;
  const char *text = tide_section_get (reader->section, key);
  if (text == NULL)
    return false;
  if (parse_limit (reader->alert->condition, text, ret_value, ret_relative, &error))
    return true;
  wrong (reader, key, error->message);
  return false;
}

static void
read_band (Reader *reader)
{
  TideAlert *alert = reader->alert;
  static const char *const keys[] = { "low", "high" };
  double *values[] = { &alert->low, &alert->high };
  for (guint i = 0; i < 2; i++)
    if (tide_section_get (reader->section, keys[i]) == NULL)
      tide_loader_problem (reader->loader, reader->section, reader->section->line, "[alert %s] has no %s=; expected a number",
                           alert->name, keys[i]);
    else
      read_limit (reader, keys[i], values[i], NULL);
  if (!reader->section->sound)
    return;
  if (alert->low >= alert->high)
    wrong (reader, "high", "not above low=; expected a larger number");
  alert->clear_low = alert->low;
  alert->clear_high = alert->high;
  if (read_limit (reader, "clear-low", &alert->clear_low, NULL) && alert->clear_low < alert->low)
    wrong (reader, "clear-low", "outside the band; expected a number from low= on");
  if (read_limit (reader, "clear-high", &alert->clear_high, NULL) && alert->clear_high > alert->high)
    wrong (reader, "clear-high", "outside the band; expected a number up to high=");
  if (reader->section->sound && alert->clear_low >= alert->clear_high)
    wrong (reader, tide_section_get (reader->section, "clear-low") != NULL ? "clear-low" : "clear-high",
           "no value would clear the rule; expected clear-low below clear-high");
}

/* On which side of the threshold the condition holds. */
static void
read_compare (Reader *reader)
{
  TideAlert *alert = reader->alert;
  const TideConditionSpec *spec = alert->condition;
  bool said = tide_section_get (reader->section, "compare") != NULL;
  alert->compare = said ? choice_of (reader->section, "compare", compare_names, spec->compare) : spec->compare;
  if (!said && (spec->keys & TIDE_CONDITION_SIGNED) != 0 && alert->threshold < 0)
    alert->compare = TIDE_COMPARE_BELOW;
  if (alert->compare == TIDE_COMPARE_BOTH && spec->compare != TIDE_COMPARE_BOTH)
    wrong (reader, "compare", "expected above or below");
}

static void
read_threshold (Reader *reader)
{
  TideAlert *alert = reader->alert;
  const TideConditionSpec *spec = alert->condition;
  bool there = tide_section_get (reader->section, "threshold") != NULL;
  bool objective = alert->metric != NULL && alert->metric->freshness > 0;
  if (!there && (spec->keys & TIDE_CONDITION_OBJECTIVE) != 0 && objective)
    alert->threshold = (double) alert->metric->freshness / (double) TIDE_SECOND;
  else if (!there)
    tide_loader_problem (reader->loader, reader->section, reader->section->line,
                         "[alert %s] has no threshold=; expected %s", alert->name,
                         spec->limit == TIDE_LIMIT_DURATION ? "a time such as 30s" : "a number, or a share such as 2%");
  else if (read_limit (reader, "threshold", &alert->threshold, &alert->relative) && spec->limit == TIDE_LIMIT_DURATION
           && alert->threshold <= 0)
    wrong (reader, "threshold", "expected a time above 0s");
  read_compare (reader);
  alert->clear = alert->threshold;
  bool clear_relative = alert->relative;
  if (!read_limit (reader, "clear", &alert->clear, &clear_relative))
    return;
  if (clear_relative != alert->relative && (spec->keys & TIDE_CONDITION_SIGNED) != 0)
    wrong (reader, "clear", "expected it in the form of threshold=: both in % or neither");
  else if (alert->compare == TIDE_COMPARE_BELOW ? alert->clear < alert->threshold : alert->clear > alert->threshold)
    wrong (reader, "clear",
           alert->compare == TIDE_COMPARE_BELOW ? "below threshold=: the rule would clear before it fires; expected a number from there on"
                                                : "above threshold=: the rule would clear before it fires; expected a number up to it");
}

static void
read_within (Reader *reader)
{
  TideAlert *alert = reader->alert;
  alert->within = tide_section_get_duration (reader->section, "within", WITHIN_DEFAULT);
  if (alert->metric == NULL || alert->condition->subjects != TIDE_SUBJECT_METRIC)
    return;
  TideDuration every = tide_period_length (alert->metric->every);
  g_autofree char *pane = tide_duration_to_string (every);
  if (alert->within % every != 0 || alert->within / every > 10000)
    {
      g_autofree char *message = g_strdup_printf ("no multiple of the panes of metric '%s', or more than 10000 of them; expected a "
                                                  "multiple of %s", alert->metric->name, pane);
      wrong (reader, "within", message);
    }
}

static bool
same_panes (const TideMetric *a, const TideMetric *b)
{
  return strcmp (a->stream->name, b->stream->name) == 0 && tide_period_equal (a->every, b->every);
}

static bool
same_by (const TideMetric *a, const TideMetric *b)
{
  bool same = a->n_by == b->n_by;
  for (uint32_t i = 0; same && i < a->n_by; i++)
    same = strcmp (a->by_names[i], b->by_names[i]) == 0;
  return same;
}

static void
read_divided_by (Reader *reader)
{
  TideAlert *alert = reader->alert;
  if (tide_section_get (reader->section, "divided-by") == NULL)
    {
      tide_loader_problem (reader->loader, reader->section, reader->section->line,
                           "[alert %s] has no divided-by=; expected the metric below the line", alert->name);
      return;
    }
  const TideSection *found = find_named (reader, "divided-by", TIDE_SECTION_METRIC);
  if (found == NULL || alert->metric == NULL)
    return;
  TideMetric *below = found->built;
  if (below->numerator != NULL || alert->metric->numerator != NULL)
    wrong (reader, "divided-by", "a ratio of a ratio has no meaning here; expected two metrics that are not ratios");
  else if (!same_panes (alert->metric, below))
    wrong (reader, "divided-by", "it is of another stream or has another every=; expected a metric with the same panes");
  else if (below->n_by > 0 && !same_by (alert->metric, below))
    wrong (reader, "divided-by", "it has a different by=; expected the same groups, or none");
  else
    alert->divided_by = tide_metric_ref (below);
}

/* Keys that only some conditions look at. */
static bool
takes_on_metrics (const TideConditionSpec *spec)
{
  return (spec->subjects & TIDE_SUBJECT_METRIC) != 0 && !spec->observes_now;
}

static const char *const special_keys[]
    = { "within", "divided-by", "compare", "threshold", "clear", "low", "high", "clear-low", "clear-high", "groups",
        "delay", "no-data" };

bool
tide_condition_takes (const TideConditionSpec *spec, const char *key)
{
  static const char *const line_keys[] = { "threshold", "clear", NULL };
  static const char *const band_keys[] = { "low", "high", "clear-low", "clear-high", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++)
    if (strcmp (key, subjects[i].key) == 0)
      return (spec->subjects & subjects[i].bit) != 0;
  if (strcmp (key, "within") == 0)
    return (spec->keys & TIDE_CONDITION_WITHIN) != 0;
  if (strcmp (key, "divided-by") == 0)
    return (spec->keys & TIDE_CONDITION_DIVIDED_BY) != 0;
  if (strcmp (key, "compare") == 0)
    return (spec->keys & TIDE_CONDITION_COMPARE) != 0;
  if (g_strv_contains (line_keys, key))
    return spec->limit != TIDE_LIMIT_BAND && spec->limit != TIDE_LIMIT_NONE;
  if (g_strv_contains (band_keys, key))
    return spec->limit == TIDE_LIMIT_BAND;
  if (strcmp (key, "no-data") == 0)
    return takes_on_metrics (spec) && (spec->keys & TIDE_CONDITION_NO_DATA) == 0;
  if (strcmp (key, "groups") == 0 || strcmp (key, "delay") == 0)
    return takes_on_metrics (spec);
  return true;
}

/* A key that the condition does not look at is a mistake; what it is about is read apart. */
static void
check_keys (Reader *reader)
{
  const TideConditionSpec *spec = reader->alert->condition;

  for (guint i = 0; i < G_N_ELEMENTS (special_keys); i++)
    {
      g_autofree char *message = g_strdup_printf ("the condition '%s' takes no %s=", spec->name, special_keys[i]);

      if (tide_section_get (reader->section, special_keys[i]) != NULL && !tide_condition_takes (spec, special_keys[i]))
        wrong (reader, special_keys[i], message);
    }
}

static void
read_routes (Reader *reader)
{
  TideAlert *alert = reader->alert;
  if (tide_section_get (reader->section, "routes") == NULL)
    {
      alert->routes = g_strsplit (TIDE_ROUTE_DESKTOP, ",", -1);
      return;
    }
  alert->routes = tide_section_get_list (reader->section, "routes");
  if (g_strv_length (alert->routes) == 1 && strcmp (alert->routes[0], "none") == 0)
    {
      g_clear_pointer (&alert->routes[0], g_free);
      return;
    }
  if (g_strv_length (alert->routes) > ROUTES_MAX)
    wrong (reader, "routes", "too many; expected at most 10");
  for (guint i = 0; alert->routes[i] != NULL; i++)
    {
      const char *name = alert->routes[i];
      if (strcmp (name, TIDE_ROUTE_DESKTOP) == 0 || strcmp (name, TIDE_ROUTE_SOUND) == 0
          || tide_loader_find (reader->loader, TIDE_SECTION_ROUTE, name) != NULL)
        continue;
      g_autofree char *hint = tide_loader_hint (reader->loader, TIDE_SECTION_ROUTE, name);
      g_autofree char *message
          = g_strdup_printf ("there is no [route %s]; expected desktop, sound, none or the name of a route%s", name, hint);
      wrong (reader, "routes", message);
    }
}

static void
append_number (GString *text, const char *name, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (text, " %s %s", name, g_ascii_dtostr (buffer, sizeof buffer, value));
}

/* What decides the rule's states, as canonical text, and its hash. */
static void
describe (TideAlert *alert)
{
  const TideConditionSpec *spec = alert->condition;
  GString *text = g_string_new (spec->name);
  if (spec->limit == TIDE_LIMIT_BAND)
    {
      append_number (text, "low", alert->low);
      append_number (text, "high", alert->high);
      append_number (text, "clear-low", alert->clear_low);
      append_number (text, "clear-high", alert->clear_high);
    }
  else if (spec->limit != TIDE_LIMIT_NONE)
    {
      append_number (text, alert->compare == TIDE_COMPARE_BELOW ? "below" : alert->compare == TIDE_COMPARE_ABOVE ? "above" : "beyond",
                     alert->threshold);
      append_number (text, "clear", alert->clear);
    }
  if (alert->relative && (spec->keys & TIDE_CONDITION_SIGNED) != 0)
    g_string_append (text, " relative");
  g_string_append_printf (text, " within %" G_GINT64_FORMAT " for %" G_GINT64_FORMAT " keep %" G_GINT64_FORMAT
                          " delay %" G_GINT64_FORMAT " no-data %s", alert->within, alert->hold, alert->keep_firing,
                          alert->delay, no_data_names[alert->no_data]);
  for (guint i = 0; alert->groups != NULL && alert->groups[i] != NULL; i++)
    g_string_append_printf (text, " group '%s'", alert->groups[i]);
  g_autofree char *of = g_strdup_printf ("%s|%s|%s|%s|%s", text->str, alert->metric != NULL ? alert->metric->version : "",
                                         alert->divided_by != NULL ? alert->divided_by->version : "",
                                         alert->stream != NULL ? alert->stream : "", alert->source != NULL ? alert->source : "");
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, of, -1);
  g_strlcpy (alert->version, hash, sizeof alert->version);
  alert->definition = g_string_free (text, FALSE);
}

static void
read_common (Reader *reader)
{
  TideAlert *alert = reader->alert;
  TideSection *section = reader->section;
  const char *title = tide_section_get (section, "title"), *groups = tide_section_get (section, "groups");
  alert->title = title != NULL ? g_strdup (title) : tide_title_from_name (section->name);
  alert->runbook = g_strdup (tide_section_get (section, "runbook"));
  alert->groups = groups != NULL ? g_strsplit (groups, ";", -1) : NULL;
  for (guint i = 0; alert->groups != NULL && alert->groups[i] != NULL; i++)
    if (*g_strstrip (alert->groups[i]) == '\0')
      wrong (reader, "groups", "an empty one in it; expected labels or patterns separated by semicolons, such as Berlin;Ham*");
  alert->hold = tide_section_get_duration (section, "for", 0);
  alert->keep_firing = tide_section_get_duration (section, "keep-firing-for", 0);
  alert->delay = tide_section_get_duration (section, "delay", 0);
  alert->no_data = (TideNoData) choice_of (section, "no-data", no_data_names, TIDE_NO_DATA_KEEP);
  alert->severity = (TideSeverity) choice_of (section, "severity", severities, TIDE_SEVERITY_WARNING);
  alert->enabled = tide_section_get_bool (section, "enabled", true);
  read_routes (reader);
}

static void
build_alert (TideLoader *loader, TideSection *section)
{
  Reader reader = { loader, section, g_new0 (TideAlert, 1) };
  TideAlert *alert = reader.alert;
  alert->name = g_strdup (section->name);
  read_common (&reader);
  if (read_condition (&reader))
    {
      check_keys (&reader);
      read_subject (&reader);
      if (alert->groups != NULL && alert->metric != NULL
          && (alert->metric->denominator != NULL ? alert->metric->denominator : alert->metric)->n_by == 0)
        wrong (&reader, "groups", "the metric has no groups; expected a metric with by=, or no groups=");
    }
  if (alert->condition != NULL && section->sound)
    {
      const TideConditionSpec *spec = alert->condition;
      if (spec->limit == TIDE_LIMIT_BAND)
        read_band (&reader);
      else if (spec->limit != TIDE_LIMIT_NONE)
        read_threshold (&reader);
      if ((spec->keys & TIDE_CONDITION_WITHIN) != 0)
        read_within (&reader);
      if ((spec->keys & TIDE_CONDITION_DIVIDED_BY) != 0)
        read_divided_by (&reader);
    }
  if (!section->sound)
    {
      tide_alert_free (alert);
      return;
    }
  describe (alert);
  section->built = alert;
  g_ptr_array_add (loader->workspace->alerts, alert);
}

void
tide_loader_build_alerts (TideLoader *loader)
{
  GPtrArray *sections = loader->sections[TIDE_SECTION_ALERT];
  for (guint i = 0; i < sections->len; i++)
    build_alert (loader, g_ptr_array_index (sections, i));
}

static void
build_route (TideLoader *loader, TideSection *section)
{
  const char *name = section->name;
  if (strcmp (name, TIDE_ROUTE_DESKTOP) == 0 || strcmp (name, TIDE_ROUTE_SOUND) == 0 || strcmp (name, "none") == 0)
    tide_loader_problem (loader, section, section->line, "[route %s]: the name is built in; expected another name", name);
  if (g_strcmp0 (tide_section_get (section, "kind"), "webhook") == 0)
    {
      const char *url = tide_section_get (section, "url");
      if (url == NULL && section->sound)
        tide_loader_problem (loader, section, section->line, "[route %s] has no url=; expected an address such as "
                             "https://example.org/hook", name);
      else if (url != NULL && !g_str_has_prefix (url, "http://") && !g_str_has_prefix (url, "https://"))
        tide_loader_key_problem (loader, section, "url", "expected an address that starts with https:// or http://");
    }
  if (!section->sound)
    return;
  TideRoute *route = g_new0 (TideRoute, 1);
  route->name = g_strdup (name);
  route->url = g_strdup (tide_section_get (section, "url"));
  route->auth = (TideRouteAuth) choice_of (section, "auth", auth_names, TIDE_ROUTE_AUTH_NONE);
  section->built = route;
  g_ptr_array_add (loader->workspace->routes, route);
}

void
tide_loader_build_routes (TideLoader *loader)
{
  GPtrArray *sections = loader->sections[TIDE_SECTION_ROUTE];
  for (guint i = 0; i < sections->len; i++)
    build_route (loader, g_ptr_array_index (sections, i));
}
