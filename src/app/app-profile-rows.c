/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A field's newest day in figures, its last two weeks as small charts, and what changed against the seven days before:
 * the week's days are merged, not averaged, where sketches allow it. */
#include "app-profile-rows.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-format.h"

#define WEEK 7
#define TOP_SHOWN 3

enum
{
  COLUMN_FIELD,
  COLUMN_NULLS_DAYS,
  COLUMN_NULLS,
  COLUMN_NULLS_CHANGE,
  COLUMN_DISTINCT_DAYS,
  COLUMN_DISTINCT,
  COLUMN_DISTINCT_CHANGE,
  COLUMN_MEDIAN_DAYS,
  COLUMN_MEDIAN,
  COLUMN_MEDIAN_CHANGE,
  COLUMN_RANGE,
  COLUMN_TOP,
};

const TideFactColumn tide_profile_columns[] = {
  [COLUMN_FIELD] = { .title = N_ ("field") },
  [COLUMN_NULLS_DAYS] = { .title = N_ ("nulls, 14 days"), .least_width = 640, .is_spark = true },
  [COLUMN_NULLS] = { .title = N_ ("nulls"), .is_number = true },
  [COLUMN_NULLS_CHANGE] = { .title = N_ ("vs week"), .is_number = true, .least_width = 1060 },
  [COLUMN_DISTINCT_DAYS] = { .title = N_ ("distinct, 14 days"), .least_width = 760, .is_spark = true },
  [COLUMN_DISTINCT] = { .title = N_ ("distinct"), .is_number = true },
  [COLUMN_DISTINCT_CHANGE] = { .title = N_ ("vs week"), .is_number = true, .least_width = 1060 },
  [COLUMN_MEDIAN_DAYS] = { .title = N_ ("median, 14 days"), .least_width = 880, .is_spark = true },
  [COLUMN_MEDIAN] = { .title = N_ ("median"), .is_number = true, .least_width = 420 },
  [COLUMN_MEDIAN_CHANGE] = { .title = N_ ("vs week"), .is_number = true, .least_width = 1060 },
  [COLUMN_RANGE] = { .title = N_ ("min … p95 … max"), .is_number = true, .least_width = 1300 },
  [COLUMN_TOP] = { .title = N_ ("most common"), .least_width = 700, .may_cut = true },
};
const guint tide_profile_n_columns = G_N_ELEMENTS (tide_profile_columns);

void
tide_field_profile_free (TideFieldProfile *profile)
{
  if (profile == NULL)
    return;
  g_free (profile->top);
  g_free (profile);
}

/* --- summing up --- */

static int
day_of (const TideTime first[], TideTime day)
{
  for (int i = 0; i < TIDE_PROFILE_DAYS; i++)
    if (day >= first[i] && day < first[i + 1])
      return i;
  return -1;
}

static bool
is_number (const TideField *field)
{
  return (TIDE_TYPE_BIT (field->type) & TIDE_TYPES_NUMERIC) != 0;
}

static double
share_of (gint64 part, gint64 all)
{
  return all > 0 ? (double) part / (double) all : NAN;
}

static char *
describe_top (const TideProfile *profile)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < profile->n_top && i < TOP_SHOWN; i++)
    {
      g_autofree char *share = tide_format_share (share_of (profile->top[i].count, profile->events));

      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", profile->top[i].text, share);
    }
  return g_string_free (text, text->len == 0);
}

/* The week before @newest, merged. */
static void
compare_week (TideFieldProfile *field, TideProfile *const days[TIDE_PROFILE_DAYS])
{
  g_autoptr (TideProfile) week = tide_profile_new ("", field->field->name, 0);
  double distinct = 0;
  guint n = 0;

  for (int i = field->newest - WEEK; i < field->newest; i++)
    if (i >= 0 && days[i] != NULL)
      {
        tide_profile_merge (week, days[i]);
        distinct += field->distinct[i];
        n++;
      }
  field->nulls_before = share_of (week->nulls, week->events);
  field->distinct_before = n > 0 ? distinct / n : NAN;
  field->median_before = n > 0 && is_number (field->field) ? tide_quantiles_get (&week->quantiles, 0.5) : NAN;
}

static TideFieldProfile *
summarise_field (const TideField *definition, TideProfile *const days[TIDE_PROFILE_DAYS])
{
  TideFieldProfile *field = g_new0 (TideFieldProfile, 1);

  field->field = definition;
  field->newest = -1;
  field->min = field->max = field->p95 = field->nulls_before = field->median_before = field->distinct_before = NAN;
  for (int i = 0; i < TIDE_PROFILE_DAYS; i++)
    {
      const TideProfile *day = days[i];
      bool any = day != NULL && day->events > 0;

      field->nulls[i] = any ? share_of (day->nulls, day->events) : NAN;
      field->distinct[i] = any ? (double) tide_distinct_get (&day->distinct) : NAN;
      field->medians[i] = any && is_number (definition) && day->nulls < day->events ? tide_quantiles_get (&day->quantiles, 0.5) : NAN;
      field->newest = any ? i : field->newest;
      field->n_days += any;
    }
  if (field->newest < 0)
    return field;
  field->top = describe_top (days[field->newest]);
  if (is_number (definition))
    {
      field->min = tide_quantiles_get (&days[field->newest]->quantiles, 0);
      field->p95 = tide_quantiles_get (&days[field->newest]->quantiles, 0.95);
      field->max = tide_quantiles_get (&days[field->newest]->quantiles, 1);
    }
  compare_week (field, days);
  return field;
}

GPtrArray *
tide_profile_summarise (const TideStream *stream, const GPtrArray *profiles, const TideTime first[TIDE_PROFILE_DAYS + 1])
{
  GPtrArray *fields = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_field_profile_free);

  for (uint32_t i = 0; i < stream->n_fields; i++)
    {
      TideProfile *days[TIDE_PROFILE_DAYS] = { NULL };

      for (guint k = 0; k < profiles->len; k++)
        {
          TideProfile *profile = g_ptr_array_index (profiles, k);
          int day = strcmp (profile->field, stream->fields[i]->name) == 0 ? day_of (first, profile->day) : -1;

          if (day >= 0)
            days[day] = profile;
        }
      g_ptr_array_add (fields, summarise_field (stream->fields[i], days));
    }
  return fields;
}

/* --- rows --- */

static void
set_spark (TideFactRow *row, guint column, TideSparkKind kind, const double values[TIDE_PROFILE_DAYS], const char *spoken)
{
  bool any = false;

  for (int i = 0; i < TIDE_PROFILE_DAYS; i++)
    any |= !isnan (values[i]);
  if (any)
    tide_fact_row_spark (row, column, tide_spark_data_new (kind, values, TIDE_PROFILE_DAYS, TIDE_SPARK_GOOD, g_strdup (spoken)), NAN);
}

static void
set_number (TideFactRow *row, guint column, double value, bool is_share)
{
  tide_fact_row_number (row, column, isnan (value) ? g_strdup (TIDE_NO_VALUE) : is_share ? tide_format_share (value) : tide_format_short (value), value);
}

static void
set_change (TideFactRow *row, guint column, double now, double before, bool is_share)
{
  char *text = isnan (now) || isnan (before) ? NULL
               : is_share                    ? tide_format_change (now * 100, before * 100, true)
                                             : tide_format_change (now, before, false);

  tide_fact_row_number (row, column, text != NULL ? text : g_strdup (TIDE_NO_VALUE), now - before);
  tide_fact_row_set_class (row, column, "dim-label");
}

static TideFactRow *
make_row (const TideFieldProfile *field)
{
  TideFactRow *row = tide_fact_row_new (field->field->name);
  double median = field->newest >= 0 ? field->medians[field->newest] : NAN;
  double nulls = field->newest >= 0 ? field->nulls[field->newest] : NAN, distinct = field->newest >= 0 ? field->distinct[field->newest] : NAN;

  tide_fact_row_text (row, COLUMN_FIELD, g_strdup (field->field->name));
  tide_fact_row_set_class (row, COLUMN_FIELD, "monospace");
  set_spark (row, COLUMN_NULLS_DAYS, TIDE_SPARK_COLUMNS, field->nulls, _ ("share of nulls by day"));
  set_number (row, COLUMN_NULLS, nulls, true);
  set_change (row, COLUMN_NULLS_CHANGE, nulls, field->nulls_before, true);
  set_spark (row, COLUMN_DISTINCT_DAYS, TIDE_SPARK_COLUMNS, field->distinct, _ ("distinct values by day"));
  tide_fact_row_number (row, COLUMN_DISTINCT, tide_format_number (distinct, 0), distinct);
  set_change (row, COLUMN_DISTINCT_CHANGE, distinct, field->distinct_before, false);
  set_spark (row, COLUMN_MEDIAN_DAYS, TIDE_SPARK_LINE, field->medians, _ ("median by day"));
  set_number (row, COLUMN_MEDIAN, median, false);
  set_change (row, COLUMN_MEDIAN_CHANGE, median, field->median_before, false);
  if (isnan (field->min))
    tide_fact_row_number (row, COLUMN_RANGE, g_strdup (TIDE_NO_VALUE), NAN);
  else
    {
      g_autofree char *min = tide_format_short (field->min), *p95 = tide_format_short (field->p95), *max = tide_format_short (field->max);

      tide_fact_row_number (row, COLUMN_RANGE, g_strdup_printf ("%s … %s … %s", min, p95, max), field->max);
    }
  tide_fact_row_text (row, COLUMN_TOP, g_strdup (field->top != NULL ? field->top : TIDE_NO_VALUE));
  return row;
}

GPtrArray *
tide_profile_make_rows (const GPtrArray *fields)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < fields->len; i++)
    g_ptr_array_add (rows, make_row (g_ptr_array_index (fields, i)));
  return rows;
}
