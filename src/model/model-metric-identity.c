/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a metric is called and known by. The version is a hash of what decides its states and nothing else, so that
 * renaming a metric, moving it to another tier or looking at longer panes keeps its history; the definition is the
 * text that a person reads.
 * Limit: two where= that mean the same but are written differently have different versions. */
#include "model-private.h"

#include <string.h>

/* "p95(duration)" into name and arguments; FALSE when it is not of that form. */
bool
tide_metric_split_call (const char *text, char **ret_name, char ***ret_arguments)
{
  g_autofree char *copy = g_strstrip (g_strdup (text));
  char *open = strchr (copy, '(');
  g_auto (GStrv) arguments = NULL;
  if (open == NULL)
    arguments = g_new0 (char *, 1);
  else
    {
      size_t len = strlen (copy);
      if (copy[len - 1] != ')')
        return false;
      copy[len - 1] = '\0';
      *open = '\0';
      char *inner = g_strstrip (open + 1);
      arguments = g_strsplit (inner, ",", *inner == '\0' ? 1 : -1);
      for (guint i = 0; arguments[i] != NULL; i++)
        g_strstrip (arguments[i]);
    }
  *ret_name = g_strdup (g_strstrip (copy));
  *ret_arguments = g_steal_pointer (&arguments);
  return true;
}

char *
tide_title_from_name (const char *name)
{
  char *title = g_strdup (name);
  for (char *p = title; *p != '\0'; p++)
    if (*p == '-' || *p == '_')
      *p = ' ';
  title[0] = g_ascii_toupper (title[0]);
  return title;
}

static char *
default_unit (const TideMetric *metric)
{
  if (metric->numerator != NULL)
    {
      const char *a = metric->numerator->unit, *b = metric->denominator->unit;
      if (b == NULL || g_strcmp0 (a, b) == 0)
        return b == NULL ? g_strdup (a) : NULL;
      return g_strconcat (a != NULL ? a : "1", "/", b, NULL);
    }
  if (metric->aggregate->unit_suffix == NULL)
    return NULL;
  const char *unit = metric->field < 0 ? NULL : metric->stream->fields[metric->field]->unit;
  if (unit == NULL && *metric->aggregate->unit_suffix == '\0')
    return NULL;
  return g_strconcat (unit != NULL ? unit : "", metric->aggregate->unit_suffix, NULL);
}

static void
fill_shown (TideMetric *metric, const TideMetricText *text)
{
  metric->title = text->title != NULL ? g_strdup (text->title) : tide_title_from_name (text->name);
  metric->unit = text->unit != NULL ? g_strdup (text->unit) : default_unit (metric);
  const TideField *field = metric->field < 0 ? NULL : metric->stream->fields[metric->field];
  metric->scale = field != NULL && field->type == TIDE_TYPE_DECIMAL ? field->scale : 0;
}

static void
append_aggregate (GString *out, const TideMetric *metric)
{
  g_string_append (out, metric->aggregate->name);
  if (metric->numerator != NULL)
    g_string_append_printf (out, "(%s, %s)", metric->numerator->name, metric->denominator->name);
  else if (metric->field >= 0)
    g_string_append_printf (out, "(%s)", metric->stream->fields[metric->field]->name);
}

static void
fill_definition (TideMetric *metric, const char *where)
{
  GString *out = g_string_new (NULL);
  append_aggregate (out, metric);
  if (where != NULL)
    g_string_append_printf (out, " where %s", where);
  for (uint32_t i = 0; i < metric->n_by; i++)
    g_string_append_printf (out, "%s%s", i == 0 ? " by " : ", ", metric->by_names[i]);
  g_autofree char *every = tide_period_to_string (metric->every);
  g_string_append_printf (out, " every %s", every);
  if (metric->over > 0)
    {
      g_autofree char *over = tide_duration_to_string (metric->over);
      g_string_append_printf (out, " over %s", over);
    }
  metric->definition = g_string_free (out, FALSE);
}

/* Each part with its length, so that no two definitions write the same bytes. */
static void
hash_text (GChecksum *checksum, const char *text)
{
  g_autofree char *framed = g_strdup_printf ("%zu:%s\n", strlen (text), text);
  g_checksum_update (checksum, (const guchar *) framed, -1);
}

static void
hash_number (GChecksum *checksum, int64_t number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);
  hash_text (checksum, text);
}

static void
fill_version (TideMetric *metric, const char *where)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  hash_text (checksum, metric->aggregate->name);
  if (metric->numerator != NULL)
    {
      hash_text (checksum, metric->numerator->version);
      hash_text (checksum, metric->denominator->version);
    }
  else
    {
      const TideField *field = metric->field < 0 ? NULL : metric->stream->fields[metric->field];
      g_autofree char *type = field == NULL ? g_strdup ("") : tide_type_to_string (field->type, field->scale);
      hash_text (checksum, metric->stream->name);
      hash_text (checksum, field == NULL ? "" : field->name);
      hash_text (checksum, type);
      hash_text (checksum, where != NULL ? where : "");
      for (uint32_t i = 0; i < metric->n_by; i++)
        hash_text (checksum, metric->by_names[i]);
      hash_number (checksum, metric->n_by);
      hash_number (checksum, metric->stored_pane);
      hash_number (checksum, metric->group_cap);
    }
  g_strlcpy (metric->version, g_checksum_get_string (checksum), sizeof metric->version);
}

/* What a metric is called and known by, once it is bound: title, unit, scale, definition, version. */
void
tide_metric_describe (TideMetric *metric, const TideMetricText *text)
{
  fill_shown (metric, text);
  g_autofree char *where = metric->where == NULL ? NULL : tide_predicate_to_sql (metric->where);
  fill_definition (metric, where);
  fill_version (metric, where);
}

/* "sum(amount) where … by city every 1min over 5min" without what comes after the predicate; NULL: not like @metric. */
static char *
cut_definition (const TideMetric *metric, const char *definition)
{
  g_autofree char *names = g_strjoinv (", ", metric->by_names);
  g_autofree char *by = metric->n_by > 0 ? g_strconcat (" by ", names, NULL) : g_strdup ("");
  const char *every = g_strrstr (definition, " every ");
  g_autofree char *head = every != NULL ? g_strndup (definition, (gsize) (every - definition)) : NULL;

  if (head == NULL || !g_str_has_suffix (head, by))
    return NULL;
  head[strlen (head) - strlen (by)] = '\0';
  return g_steal_pointer (&head);
}

/**
 * tide_metric_new_former:
 * @metric: as it is now; no ratio
 * @definition: of the same name, with the same aggregate, groups and stored pane, but maybe another field or predicate
 * @version: of that definition
 *
 * The metric as it was, so that events can still be folded by it.
 *
 * Returns: (transfer full): or %NULL, when it can't be told any more: a field is gone, or its cap was another one
 *
 * Thread: any. Locks: none.
 */
TideMetric *
tide_metric_new_former (const TideMetric *metric, const char *definition, const char *version,
                        const TideCatalog *catalog)
{
  g_autofree char *aggregate = cut_definition (metric, definition), *cap = NULL, *every = NULL, *over = NULL;
  g_autofree char *by = metric->n_by > 0 ? g_strjoinv (",", metric->by_names) : NULL;
  char *where = aggregate != NULL ? strstr (aggregate, " where ") : NULL;
  g_autoptr (TideMetric) former = NULL;

  if (aggregate == NULL || metric->numerator != NULL)
    return NULL;
  if (where != NULL)
    {
      *where = '\0';
      where += strlen (" where ");
    }
  cap = g_strdup_printf ("%u", metric->group_cap);
  every = tide_period_to_string (metric->every);
  over = metric->over > 0 ? tide_duration_to_string (metric->over) : NULL;
  TideMetricText text = { .name = metric->name, .aggregate = aggregate, .where = where, .by = by, .every = every,
                          .over = over, .group_cap = cap };
  former = tide_metric_new (&text, metric->stream, catalog, metric->zone, NULL, NULL, NULL, NULL);
  if (former == NULL || strcmp (former->version, version) != 0 || former->stored_pane != metric->stored_pane)
    return NULL;
  return g_steal_pointer (&former);
}
