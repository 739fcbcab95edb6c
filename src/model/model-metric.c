/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A metric from its text, bound to its stream, with the pane that is stored. Each reader of a key says what is wrong
 * and what is expected, and names the key, so that the file's check and a dialog show the same message.
 * Limit: a ratio is made of two plain metrics of one stream (one cut); a ratio of ratios has no mergeable state. */
#include "model-private.h"

#include <math.h>
#include <string.h>

#define GROUP_CAP_MAX 1000000
#define WINDOW_MAX (366 * TIDE_DAY)

/* What is read while a metric is made. */
typedef struct
{
  const TideMetricText *text;
  const TideCatalog *catalog;
  TideMetric *metric;
  TideMetric *(*lookup) (const char *name, void *data);
  void *lookup_data;
  const char *key; /* what is being read, for the error */
} Reader;

TideMetric *
tide_metric_ref (TideMetric *metric)
{
  g_atomic_ref_count_inc (&metric->refs);
  return metric;
}

void
tide_metric_unref (TideMetric *metric)
{
  if (metric == NULL || !g_atomic_ref_count_dec (&metric->refs))
    return;
  g_free (metric->name);
  g_free (metric->title);
  tide_predicate_free (metric->where);
  tide_stream_unref (metric->stream);
  tide_metric_unref (metric->numerator);
  tide_metric_unref (metric->denominator);
  g_free (metric->by);
  g_strfreev (metric->by_names);
  g_clear_pointer (&metric->zone, g_time_zone_unref);
  tide_schedule_free (metric->schedule);
  g_free (metric->unit);
  g_free (metric->definition);
  g_free (metric);
}

G_GNUC_PRINTF (2, 3)
static bool
invalid (GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_INVALID, message);
  return false;
}

static bool
unknown_field (const TideStream *stream, const char *name, GError **error)
{
  TideNearest nearest;
  tide_nearest_init (&nearest, name);
  for (uint32_t i = 0; i < stream->n_fields; i++)
    tide_nearest_offer (&nearest, stream->fields[i]->name);
  g_autofree char *hint = tide_nearest_hint (&nearest);
  return invalid (error, "there is no field '%s' in stream '%s'%s", name, stream->name, hint);
}

static bool
read_aggregate_field (Reader *reader, char **arguments, GError **error)
{
  TideMetric *metric = reader->metric;
  const TideAggregateSpec *spec = metric->aggregate;
  guint n = g_strv_length (arguments);
  if (n == 0 && !spec->takes_field)
    return true;
  if (spec->types == 0 && n > 0)
    return invalid (error, "'%s' takes no field; write %s", spec->name, spec->name);
  if (n != 1 || *arguments[0] == '\0')
    return invalid (error, "'%s' takes one field, as in %s(amount)", spec->name, spec->name);
  metric->field = tide_stream_find_field (metric->stream, arguments[0]);
  if (metric->field < 0)
    return unknown_field (metric->stream, arguments[0], error);
  const TideField *field = metric->stream->fields[metric->field];
  if ((spec->types & TIDE_TYPE_BIT (field->type)) != 0)
    return true;
  g_autofree char *type = tide_type_to_string (field->type, field->scale);
  GString *accepted = g_string_new (NULL);
  for (TideType i = TIDE_TYPE_INT; i <= TIDE_TYPE_TIME; i++)
    if ((spec->types & TIDE_TYPE_BIT (i)) != 0)
      {
        g_autofree char *name = i == TIDE_TYPE_DECIMAL ? g_strdup ("decimal") : tide_type_to_string (i, 0);
        g_string_append_printf (accepted, "%s%s", accepted->len == 0 ? "" : ", ", name);
      }
  invalid (error, "'%s' does not work on field '%s', which is %s; expected one of: %s", spec->name, field->name, type,
           accepted->str);
  g_string_free (accepted, TRUE);
  return false;
}

static TideMetric *
read_part (Reader *reader, const char *name, GError **error)
{
  if (strcmp (name, reader->metric->name) == 0)
    {
      invalid (error, "the ratio '%s' depends on itself", name);
      return NULL;
    }
  TideMetric *part = reader->lookup == NULL ? NULL : reader->lookup (name, reader->lookup_data);
  if (part == NULL)
    invalid (error, "there is no metric '%s' for the ratio", name);
  else if (part->aggregate->takes_metrics)
    {
      invalid (error, "'%s' is a ratio; expected two metrics that are not ratios", name);
      return NULL;
    }
  return part;
}

static bool
read_ratio (Reader *reader, const TideStream *stream, char **arguments, GError **error)
{
  TideMetric *metric = reader->metric;
  if (g_strv_length (arguments) != 2)
    return invalid (error, "'%s' takes two metrics, as in %s(refunds, orders)", metric->aggregate->name,
                    metric->aggregate->name);
  TideMetric *a = read_part (reader, arguments[0], error);
  TideMetric *b = a == NULL ? NULL : read_part (reader, arguments[1], error);
  if (b == NULL)
    return false;
  if (strcmp (a->stream->name, b->stream->name) != 0)
    return invalid (error, "'%s' is of stream '%s' and '%s' of stream '%s'; expected two metrics of one stream", a->name,
                    a->stream->name, b->name, b->stream->name);
  if (!g_strv_equal ((const char *const *) a->by_names, (const char *const *) b->by_names))
    return invalid (error, "'%s' and '%s' have different by=; expected the same fields in the same order", a->name,
                    b->name);
  if (a->group_cap != b->group_cap)
    return invalid (error, "'%s' and '%s' have different group-cap=; expected the same", a->name, b->name);
  if (stream != NULL && strcmp (stream->name, a->stream->name) != 0)
    {
      reader->key = "stream";
      return invalid (error, "the metrics of the ratio are of stream '%s'; expected that, or no stream=",
                      a->stream->name);
    }
  metric->numerator = tide_metric_ref (a);
  metric->denominator = tide_metric_ref (b);
  metric->stream = tide_stream_ref (a->stream);
  return true;
}

static bool
read_aggregate (Reader *reader, const TideStream *stream, GError **error)
{
  reader->key = "aggregate";
  g_autofree char *name = NULL;
  g_auto (GStrv) arguments = NULL;
  if (reader->text->aggregate == NULL || !tide_metric_split_call (reader->text->aggregate, &name, &arguments))
    return invalid (error, "'%s' is no aggregate; expected something like sum(amount)",
                    reader->text->aggregate != NULL ? reader->text->aggregate : "");
  TideMetric *metric = reader->metric;
  metric->field = -1;
  metric->aggregate = tide_catalog_get_aggregate (reader->catalog, name);
  if (metric->aggregate == NULL)
    {
      TideNearest nearest;
      tide_nearest_init (&nearest, name);
      GString *known = g_string_new (NULL);
      for (guint i = 0; reader->catalog->aggregates != NULL && reader->catalog->aggregates[i] != NULL; i++)
        {
          const char *other = reader->catalog->aggregates[i]->name;
          tide_nearest_offer (&nearest, other);
          g_string_append_printf (known, "%s%s", i == 0 ? "" : ", ", other);
        }
      g_autofree char *hint = tide_nearest_hint (&nearest);
      invalid (error, "there is no aggregate '%s'; expected one of: %s%s", name, known->str, hint);
      g_string_free (known, TRUE);
      return false;
    }
  if (metric->aggregate->takes_metrics)
    return read_ratio (reader, stream, arguments, error);
  if (stream == NULL)
    {
      reader->key = "stream";
      return invalid (error, "stream= is missing; expected the name of a stream");
    }
  metric->stream = tide_stream_ref (stream);
  return read_aggregate_field (reader, arguments, error);
}

static bool
read_where (Reader *reader, GError **error)
{
  reader->key = "where";
  if (reader->text->where == NULL)
    return true;
  if (reader->metric->numerator != NULL)
    return invalid (error, "a ratio has no where= of its own; expected it in its two metrics");
  reader->metric->where = tide_predicate_new (reader->text->where, reader->metric->stream, error);
  return reader->metric->where != NULL;
}

static bool
read_by_name (TideMetric *metric, const char *name, GError **error)
{
  int column = tide_stream_find_column (metric->stream, name);
  if (column < 0)
    return unknown_field (metric->stream, name, error);
  if (column < TIDE_COLUMN_FIELD0 && column != TIDE_COLUMN_SOURCE && column != TIDE_COLUMN_PARTITION
      && column != TIDE_COLUMN_KEY)
    return invalid (error, "'%s' can't group; expected fields, _source, _partition or _key", name);
  for (uint32_t i = 0; i < metric->n_by; i++)
    if (metric->by[i] == (uint32_t) column)
      return invalid (error, "'%s' stands twice", name);
  if (metric->n_by == TIDE_GROUP_BY_MAX)
    return invalid (error, "too many fields; at most %d group a metric", TIDE_GROUP_BY_MAX);
  metric->by[metric->n_by] = (uint32_t) column;
  metric->by_names[metric->n_by++] = g_strdup (name);
  return true;
}

static bool
read_by (Reader *reader, GError **error)
{
  reader->key = "by";
  TideMetric *metric = reader->metric;
  metric->by = g_new0 (uint32_t, TIDE_GROUP_BY_MAX);
  metric->by_names = g_new0 (char *, TIDE_GROUP_BY_MAX + 1);
  if (metric->numerator != NULL)
    {
      const TideMetric *part = metric->numerator;
      if (reader->text->by != NULL)
        return invalid (error, "a ratio has no by= of its own; it has that of its two metrics");
      for (uint32_t i = 0; i < part->n_by; i++)
        {
          metric->by[i] = part->by[i];
          metric->by_names[i] = g_strdup (part->by_names[i]);
        }
      metric->n_by = part->n_by;
      return true;
    }
  if (reader->text->by == NULL)
    return true;
  g_auto (GStrv) names = g_strsplit (reader->text->by, ",", -1);
  for (guint i = 0; names[i] != NULL; i++)
    if (!read_by_name (metric, g_strstrip (names[i]), error))
      return false;
  return true;
}

static int64_t
greatest_common_divisor (int64_t a, int64_t b)
{
  while (b != 0)
    {
      int64_t rest = a % b;
      a = b;
      b = rest;
    }
  return a;
}

/* The largest pane that divides @length and 15 min: zones differ from UTC by multiples of 15 min, so such panes
 * compose to hours and days in any zone. */
static TideDuration
stored_pane_of (TideDuration length)
{
  return greatest_common_divisor (length, TIDE_STORED_PANE_MAX);
}

static bool
read_over (Reader *reader, GError **error)
{
  reader->key = "over";
  TideMetric *metric = reader->metric;
  if (reader->text->over == NULL)
    return true;
  if (!tide_duration_parse (reader->text->over, &metric->over, error))
    return false;
  TideDuration every = tide_period_length (metric->every);
  if (metric->over < every || metric->over > WINDOW_MAX)
    return invalid (error, "the window '%s' is %s; expected at least every= and at most 366d", reader->text->over,
                    metric->over < every ? "shorter than every=" : "too long");
  if (metric->over == every && metric->every.unit == TIDE_PERIOD_FIXED)
    {
      metric->over = 0; /* the same as tumbling */
      return true;
    }
  TideDuration unit = stored_pane_of (every);
  if (metric->over % unit != 0)
    {
      g_autofree char *pane = tide_duration_to_string (unit);
      return invalid (error, "the window '%s' is not a multiple of the stored pane; expected a multiple of %s",
                      reader->text->over, pane);
    }
  return true;
}

/* The stored panes of a ratio's parts compose to its own. */
static bool
check_ratio_panes (Reader *reader, GError **error)
{
  TideMetric *metric = reader->metric;
  const TideMetric *a = metric->numerator, *b = metric->denominator;
  TideDuration longer = MAX (a->stored_pane, b->stored_pane), shorter = MIN (a->stored_pane, b->stored_pane);
  g_autofree char *pane = tide_duration_to_string (longer);
  reader->key = "aggregate";
  if (longer % shorter != 0)
    return invalid (error, "the panes of '%s' and '%s' don't fit each other; expected the same every=", a->name, b->name);
  reader->key = "every";
  if (tide_period_length (metric->every) % longer != 0)
    return invalid (error, "shorter than, or no multiple of, the stored panes of its metrics; expected a multiple of %s",
                    pane);
  reader->key = "over";
  if (metric->over % longer != 0)
    return invalid (error, "no multiple of the stored panes of its metrics; expected a multiple of %s", pane);
  metric->stored_pane = longer;
  return true;
}

static bool
read_panes (Reader *reader, GTimeZone *default_zone, GError **error)
{
  TideMetric *metric = reader->metric;
  reader->key = "every";
  if (reader->text->every == NULL && metric->numerator != NULL)
    metric->every = tide_period_length (metric->numerator->every) >= tide_period_length (metric->denominator->every)
                        ? metric->numerator->every
                        : metric->denominator->every;
  else if (!tide_period_parse (reader->text->every != NULL ? reader->text->every : "1min", &metric->every, error))
    return false;
  if (tide_period_length (metric->every) % TIDE_STORED_PANE_MIN != 0)
    return invalid (error, "'%s' is not in whole seconds; expected 1s or more", reader->text->every);
  if (!read_over (reader, error))
    return false;
  metric->stored_pane = stored_pane_of (tide_period_length (metric->every));
  reader->key = "time-zone";
  metric->zone = reader->text->time_zone != NULL ? tide_time_zone_new (reader->text->time_zone, error)
                 : default_zone != NULL          ? g_time_zone_ref (default_zone)
                                                 : g_time_zone_new_utc ();
  if (metric->zone == NULL)
    return false;
  return metric->numerator == NULL || check_ratio_panes (reader, error);
}

static bool
read_refresh (Reader *reader, const char *text, GError **error)
{
  TideMetric *metric = reader->metric;
  if (!tide_duration_parse (text, &metric->refresh, error))
    return false;
  if (metric->refresh < TIDE_SECOND || metric->refresh > TIDE_DAY)
    return invalid (error, "'%s' is out of bounds; expected from 1s to 1d", text);
  return true;
}

static bool
read_schedule (Reader *reader, GError **error)
{
  reader->key = "schedule";
  if (reader->text->schedule == NULL)
    return true;
  if (reader->metric->tier != TIDE_TIER_BATCH)
    return invalid (error, "schedule= goes with tier=batch only; expected no such line");
  reader->metric->schedule = tide_schedule_new (reader->text->schedule, reader->metric->zone, error);
  return reader->metric->schedule != NULL;
}

/* "real-time", "micro-batch" with refresh=, "micro-batch every 30s", "every 30s", "batch". */
static bool
read_tier (Reader *reader, GError **error)
{
  TideMetric *metric = reader->metric;
  reader->key = "tier";
  const char *tier = reader->text->tier != NULL ? reader->text->tier : "real-time";
  const char *every = tier;
  if (g_str_has_prefix (every, "micro-batch"))
    for (every += strlen ("micro-batch"); *every == ' '; every++)
      ;
  bool is_every = g_str_has_prefix (every, "every ");
  if (strcmp (tier, "real-time") == 0)
    metric->tier = TIDE_TIER_REAL_TIME;
  else if (strcmp (tier, "batch") == 0)
    metric->tier = TIDE_TIER_BATCH;
  else if (is_every || strcmp (tier, "micro-batch") == 0)
    metric->tier = TIDE_TIER_MICRO_BATCH;
  else
    return invalid (error, "'%s' is no tier; expected real-time, micro-batch (with refresh=30s), or batch", tier);
  if (is_every)
    {
      while (*every != ' ')
        every++;
      while (*every == ' ')
        every++;
      if (!read_refresh (reader, every, error))
        return false;
    }
  reader->key = "refresh";
  if (reader->text->refresh != NULL)
    {
      if (metric->tier != TIDE_TIER_MICRO_BATCH || is_every)
        return invalid (error, "refresh= goes with tier=micro-batch only; expected no such line");
      return read_refresh (reader, reader->text->refresh, error);
    }
  reader->key = "tier";
  if (metric->tier == TIDE_TIER_MICRO_BATCH && !is_every)
    return invalid (error, "micro-batch needs how often; expected refresh=30s, or tier=every 30s");
  return read_schedule (reader, error);
}

/* "1d": at least the metric's window, so that there is something to be wrong about. */
static bool
read_decision (Reader *reader, GError **error)
{
  TideMetric *metric = reader->metric;
  TideDuration window = metric->over > 0 ? metric->over : tide_period_length (metric->every);
  reader->key = "decision";
  metric->decision = window;
  if (reader->text->decision == NULL)
    return true;
  if (!tide_duration_parse (reader->text->decision, &metric->decision, error))
    return false;
  if (metric->decision < window || metric->decision > WINDOW_MAX)
    return invalid (error, "'%s' is out of bounds; expected at least the metric's window and at most 366d",
                    reader->text->decision);
  return true;
}

static bool
read_tolerance (Reader *reader, GError **error)
{
  reader->key = "tolerance";
  reader->metric->tolerance = NAN;
  const char *text = reader->text->tolerance;
  if (text == NULL || tide_share_parse (text, &reader->metric->tolerance))
    return true;
  return invalid (error, "'%s' is no tolerance; expected a share such as 1%% or 0.01", text);
}

static bool
read_objectives (Reader *reader, GError **error)
{
  TideMetric *metric = reader->metric;
  if (!read_tier (reader, error) || !read_tolerance (reader, error) || !read_decision (reader, error))
    return false;
  reader->key = "freshness";
  if (reader->text->freshness != NULL && !tide_duration_parse (reader->text->freshness, &metric->freshness, error))
    return false;
  if (reader->text->freshness != NULL && metric->freshness <= 0)
    return invalid (error, "'%s' is no objective; expected a time such as 5s", reader->text->freshness);
  reader->key = "group-cap";
  metric->group_cap = metric->numerator != NULL ? metric->numerator->group_cap : TIDE_GROUP_CAP_DEFAULT;
  if (reader->text->group_cap != NULL)
    {
      guint64 cap;
      if (metric->numerator != NULL)
        return invalid (error, "a ratio has no group-cap= of its own; it has that of its two metrics");
      if (!g_ascii_string_to_unsigned (reader->text->group_cap, 10, 1, GROUP_CAP_MAX, &cap, NULL))
        return invalid (error, "'%s' is out of bounds; expected a whole number from 1 to %d", reader->text->group_cap,
                        GROUP_CAP_MAX);
      metric->group_cap = (uint32_t) cap;
    }
  return true;
}

/**
 * tide_metric_new:
 * @text: borrowed; only name and aggregate are needed
 * @stream: (nullable): a reference is taken; may be %NULL for a ratio
 * @default_zone: (nullable): where days begin when the text names no zone; %NULL: UTC
 * @lookup: (nullable): finds the metrics of a ratio
 * @ret_key: (out) (optional): the key that is wrong, a static string; only set on failure
 *
 * Errors: TIDE_ERROR_INVALID, with what is wrong and what is expected. Thread: any. Locks: none.
 */
TideMetric *
tide_metric_new (const TideMetricText *text, const TideStream *stream, const TideCatalog *catalog,
                 GTimeZone *default_zone, TideMetric *(*lookup) (const char *name, void *data), void *data,
                 const char **ret_key, GError **error)
{
  g_autoptr (TideMetric) metric = g_new0 (TideMetric, 1);
  g_atomic_ref_count_init (&metric->refs);
  metric->name = g_strdup (text->name);
  Reader reader = { text, catalog, metric, lookup, data, "name" };
  if (!tide_name_check (text->name, error) || !read_aggregate (&reader, stream, error) || !read_where (&reader, error)
      || !read_by (&reader, error) || !read_panes (&reader, default_zone, error) || !read_objectives (&reader, error))
    {
      if (ret_key != NULL)
        *ret_key = reader.key;
      return NULL;
    }
  tide_metric_describe (metric, text);
  return g_steal_pointer (&metric);
}
