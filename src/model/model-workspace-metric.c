/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metrics from their sections: plain ones first, then the ratios of them, so that their order in the file does not
 * matter. Every wrong key of a metric is named, not only the first.
 * Limit: a cycle is looked for through RATIOS_MAX ratios; a longer one is reported as a ratio of a ratio. */
#include "model-workspace-private.h"

#include <string.h>

#define RATIOS_MAX 64

static TideMetric *
lookup_metric (const char *name, void *data)
{
  TideSection *section = tide_loader_find (data, TIDE_SECTION_METRIC, name);
  return section == NULL ? NULL : section->built;
}

/* The two metrics of a ratio as they stand; NULL when the section is no ratio, or not one of two metrics. */
static char **
get_ratio_parts (const TideLoader *loader, const TideSection *section)
{
  g_autofree char *name = NULL;
  g_auto (GStrv) arguments = NULL;
  const char *aggregate = tide_section_get (section, "aggregate");
  if (aggregate == NULL || !tide_metric_split_call (aggregate, &name, &arguments))
    return NULL;
  const TideAggregateSpec *spec = tide_catalog_get_aggregate (loader->catalog, name);
  return spec != NULL && spec->takes_metrics ? g_steal_pointer (&arguments) : NULL;
}

static void
fill_text (const TideSection *section, TideMetricText *text)
{
  *text = (TideMetricText){
    .name = section->name,
    .title = tide_section_get (section, "title"),
    .aggregate = tide_section_get (section, "aggregate"),
    .where = tide_section_get (section, "where"),
    .by = tide_section_get (section, "by"),
    .every = tide_section_get (section, "every"),
    .over = tide_section_get (section, "over"),
    .tier = tide_section_get (section, "tier"),
    .refresh = tide_section_get (section, "refresh"),
    .schedule = tide_section_get (section, "schedule"),
    .freshness = tide_section_get (section, "freshness"),
    .tolerance = tide_section_get (section, "tolerance"),
    .decision = tide_section_get (section, "decision"),
    .group_cap = tide_section_get (section, "group-cap"),
    .time_zone = tide_section_get (section, "time-zone"),
    .unit = tide_section_get (section, "unit"),
  };
}

/* Takes the key that was wrong out of @text, so that the rest can be looked at. FALSE when nothing can be made
 * without it. */
static bool
drop_key (TideMetricText *text, const char *key)
{
  const struct
  {
    const char *key;
    const char **value;
  } keys[] = {
    { "where", &text->where },         { "by", &text->by },
    { "every", &text->every },         { "over", &text->over },
    { "tier", &text->tier },           { "refresh", &text->refresh },
    { "freshness", &text->freshness }, { "tolerance", &text->tolerance },
    { "schedule", &text->schedule },   { "decision", &text->decision },
    { "group-cap", &text->group_cap }, { "time-zone", &text->time_zone },
  };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].key, key) == 0 && *keys[i].value != NULL)
      {
        *keys[i].value = NULL;
        return true;
      }
  return false;
}

/* @stream: section of its stream, or NULL for a ratio without one. */
static void
build_metric (TideLoader *loader, TideSection *section, TideSection *stream)
{
  TideMetricText text;
  fill_text (section, &text);
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      const char *key = NULL;
      g_autoptr (TideMetric) metric
          = tide_metric_new (&text, stream == NULL ? NULL : stream->built, loader->catalog, loader->workspace->zone,
                             lookup_metric, loader, &key, &error);
      if (metric != NULL)
        {
          if (!section->sound)
            return;
          section->built = metric;
          g_ptr_array_add (loader->workspace->metrics, g_steal_pointer (&metric));
          return;
        }
      const char *value = tide_section_get (section, key);
      if (stream != NULL && tide_section_mentions_bad_field (stream, value))
        section->sound = false;
      else
        tide_loader_key_problem (loader, section, key, error->message);
      bool tier_alone = strcmp (key, "tier") == 0;
      if (!drop_key (&text, key))
        return;
      if (tier_alone)
        text.refresh = text.schedule = NULL; /* say nothing without their tier */
    }
}

/* The section of its stream= key; FALSE after a problem, or when the stream is known to be wrong. */
static bool
find_stream (TideLoader *loader, TideSection *section, TideSection **ret_stream)
{
  const char *name = tide_section_get (section, "stream");
  *ret_stream = name == NULL ? NULL : tide_loader_find (loader, TIDE_SECTION_STREAM, name);
  if (name == NULL || *ret_stream != NULL)
    return name == NULL || (*ret_stream)->built != NULL;
  g_autofree char *hint = tide_loader_hint (loader, TIDE_SECTION_STREAM, name);
  g_autofree char *message = g_strdup_printf ("there is no [stream %s]%s", name, hint);
  tide_loader_key_problem (loader, section, "stream", message);
  return false;
}

/* Whether one comes from @start back to it by going from ratios to their parts. */
static bool
is_cycle (const TideLoader *loader, const TideSection *start)
{
  g_autoptr (GPtrArray) queue = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_ptr_array_add (queue, (gpointer) start);
  for (guint i = 0; i < queue->len && i < RATIOS_MAX; i++)
    {
      g_auto (GStrv) parts = get_ratio_parts (loader, g_ptr_array_index (queue, i));
      for (guint k = 0; parts != NULL && parts[k] != NULL && k < 2; k++)
        {
          TideSection *part = tide_loader_find (loader, TIDE_SECTION_METRIC, parts[k]);
          if (part == start)
            return true;
          if (part != NULL && g_hash_table_add (seen, part))
            g_ptr_array_add (queue, part);
        }
    }
  return false;
}

/* TRUE when both parts are there, sound, and no ratios. */
static bool
check_ratio_parts (TideLoader *loader, TideSection *section, char **parts)
{
  if (is_cycle (loader, section))
    {
      tide_loader_key_problem (loader, section, "aggregate",
                               "the ratio depends on itself; expected two metrics that are not ratios");
      return false;
    }
  bool usable = true;
  for (guint i = 0; parts[i] != NULL; i++)
    {
      TideSection *part = tide_loader_find (loader, TIDE_SECTION_METRIC, parts[i]);
      g_autofree char *message = NULL;
      g_auto (GStrv) nested = part == NULL ? NULL : get_ratio_parts (loader, part);
      if (part == NULL)
        {
          g_autofree char *hint = tide_loader_hint (loader, TIDE_SECTION_METRIC, parts[i]);
          message = g_strdup_printf ("there is no [metric %s]%s", parts[i], hint);
        }
      else if (nested != NULL)
        message = g_strdup_printf ("'%s' is a ratio; expected two metrics that are not ratios", parts[i]);
      if (message != NULL)
        tide_loader_key_problem (loader, section, "aggregate", message);
      usable = usable && part != NULL && part->built != NULL;
    }
  return usable;
}

static void
build_kind (TideLoader *loader, bool ratios)
{
  GPtrArray *sections = loader->sections[TIDE_SECTION_METRIC];
  for (guint i = 0; i < sections->len; i++)
    {
      TideSection *section = g_ptr_array_index (sections, i), *stream;
      g_auto (GStrv) parts = get_ratio_parts (loader, section);
      if ((parts != NULL) != ratios || !find_stream (loader, section, &stream))
        continue;
      if (tide_section_get (section, "aggregate") == NULL)
        continue;
      if (parts != NULL && g_strv_length (parts) == 2 && !check_ratio_parts (loader, section, parts))
        continue;
      build_metric (loader, section, stream);
    }
}

void
tide_loader_build_metrics (TideLoader *loader)
{
  build_kind (loader, false);
  build_kind (loader, true);
}
