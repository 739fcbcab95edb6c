/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables under the curve. Money is in the workspace's currency; a file holds the numbers in full. */
#include "app-cost-rows.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-advice-words.h"
#include "app-format.h"

/* Setting cells */

static void
set_error (TideFactRow *row, guint column, double error)
{
  tide_fact_row_number (row, column, tide_words_of_error (error), error * 100);
}

static void
set_duration (TideFactRow *row, guint column, TideDuration duration)
{
  tide_fact_row_number (row, column, duration > 0 ? tide_format_duration (duration) : g_strdup (TIDE_NO_VALUE),
                        duration > 0 ? (double) duration / TIDE_SECOND : NAN);
}

static const char *
title_of (const TideCostAnswer *answer, const char *name)
{
  const TideMetric *metric = tide_workspace_get_metric (answer->workspace, name);

  return metric != NULL ? metric->title : name;
}

/* Advice */

enum
{
  ADVICE_METRIC,
  ADVICE_STREAM,
  ADVICE_TIER,
  ADVICE_OBJECTIVE,
  ADVICE_TOLERANCE,
  ADVICE_ERROR,
  ADVICE_COST,
  ADVICE_ADVISED,
  ADVICE_SAVES,
  ADVICE_ACTION,
};

static const TideFactColumn advice_columns[] = {
  [ADVICE_METRIC] = { N_ ("metric"), "metric", false, 0 },
  [ADVICE_STREAM] = { N_ ("stream"), "stream", false, 900 },
  [ADVICE_TIER] = { N_ ("tier → advised"), "advised", false, 480 },
  [ADVICE_OBJECTIVE] = { N_ ("objective"), "objective [s]", true, 960 },
  [ADVICE_TOLERANCE] = { N_ ("tolerance"), "tolerance [%]", true, 820 },
  [ADVICE_ERROR] = { N_ ("error"), "error [%]", true, 660 },
  [ADVICE_COST] = { "", "now", true, 560 },
  [ADVICE_ADVISED] = { N_ ("advised"), "advised", true, 1040 },
  [ADVICE_SAVES] = { N_ ("saves"), "saves", true, 320 },
  [ADVICE_ACTION] = { "", "reason", false, 0 },
};

static void
set_tier (TideFactRow *row, const TideAdvice *advice, const TideAdvicePoint *point)
{
  g_autofree char *from = tide_words_of_interval (advice->every);
  g_autofree char *to = point != NULL ? tide_words_of_interval (point->every) : NULL;
  g_autofree char *file = NULL;

  if (point == NULL || point->every == advice->every)
    {
      tide_fact_row_text (row, ADVICE_TIER, g_steal_pointer (&from));
      return;
    }
  file = g_strdup_printf ("%s → %s", from, to);
  tide_fact_row_markup (row, ADVICE_TIER, g_strdup_printf ("%s → <b>%s</b>", from, to), file);
}

/* What rides along free saves next to nothing: a file says how much. */
static void
set_savings (TideFactRow *row, const TideWhatIf *what_if, double exchange)
{
  double saves = tide_what_if_changes (what_if) ? what_if->saves_usd_per_h * exchange : NAN;

  if (tide_what_if_is_free (what_if))
    tide_fact_row_number (row, ADVICE_SAVES, g_strdup (TIDE_NO_VALUE), saves);
  else
    tide_cost_set_money (row, ADVICE_SAVES, saves);
  tide_fact_row_set_class (row, ADVICE_SAVES, "tide-strong");
}

static void
set_action (TideFactRow *row, const TideWhatIf *what_if)
{
  g_autofree char *reason = tide_words_of_reason (what_if);
  g_autofree char *description = NULL, *interval = NULL;

  tide_fact_row_text (row, ADVICE_ACTION, g_strdup (reason != NULL ? reason : ""));
  tide_fact_row_set_class (row, ADVICE_ACTION, "dim-label");
  if (reason != NULL)
    return;
  interval = tide_words_of_interval (tide_what_if_get_point (what_if)->every);
  description = g_strdup_printf (_ ("%s: %s from now on"), what_if->advice.title, interval);
  tide_fact_row_action (row, _ ("Apply"), description);
}

static TideFactRow *
advice_row (const TideCostAnswer *answer, const TideAdvice *advice)
{
  double exchange = answer->advices->exchange;
  TideFactRow *row = tide_fact_row_new (advice->name);
  TideWhatIf what_if;
  const TideAdvicePoint *point;

  tide_what_if_init (answer->advices, advice, &what_if);
  point = tide_what_if_get_point (&what_if);
  tide_fact_row_text (row, ADVICE_METRIC, g_strdup (advice->title));
  tide_fact_row_set_class (row, ADVICE_METRIC, "tide-strong");
  tide_fact_row_text (row, ADVICE_STREAM, g_strdup (advice->stream));
  set_tier (row, advice, point);
  set_duration (row, ADVICE_OBJECTIVE, advice->objective);
  set_error (row, ADVICE_TOLERANCE, advice->tolerance);
  set_error (row, ADVICE_ERROR, point != NULL ? point->error : advice->now.error);
  tide_cost_set_money (row, ADVICE_COST, advice->now.usd_per_h * exchange);
  tide_cost_set_money (row, ADVICE_ADVISED, point != NULL ? point->usd_per_h * exchange : NAN);
  set_savings (row, &what_if, exchange);
  set_action (row, &what_if);
  tide_what_if_clear (&what_if);
  return row;
}

/* The curve */

enum
{
  CURVE_EVERY,
  CURVE_ERROR,
  CURVE_MEAN,
  CURVE_AGE,
  CURVE_COST,
  CURVE_WINDOWS,
  CURVE_MEETS,
};

static const TideFactColumn curve_columns[] = {
  [CURVE_EVERY] = { N_ ("refresh"), "refresh", false, 0 },
  [CURVE_ERROR] = { N_ ("error, 19 times of 20"), "error p95 [%]", true, 0 },
  [CURVE_MEAN] = { N_ ("mean error"), "mean error [%]", true, 520 },
  [CURVE_AGE] = { N_ ("age at most"), "age [s]", true, 440 },
  [CURVE_COST] = { "", "cost", true, 0 },
  [CURVE_WINDOWS] = { N_ ("windows"), "windows", true, 600 },
  [CURVE_MEETS] = { N_ ("meets"), "meets", false, 360 },
};

static TideFactRow *
curve_row (const TideCostAnswer *answer, const TideAdvice *advice, guint index)
{
  const TideAdvicePoint *point = &advice->points[index];
  g_autofree char *id = g_strdup_printf ("%u", index), *windows = tide_format_int ((gint64) rint (point->windows));
  g_autofree char *error = tide_words_of_error (point->error);
  TideFactRow *row = tide_fact_row_new (id);
  const char *verdict = isnan (point->error)                 ? _ ("not seen often enough")
                        : (int) index == advice->advised     ? _ ("advised")
                        : point->every == advice->every      ? _ ("today")
                        : point->meets                       ? _ ("yes")
                        : point->error > advice->tolerance   ? _ ("no: too wrong")
                                                             : _ ("no: too old");

  tide_fact_row_text (row, CURVE_EVERY, tide_words_of_interval (point->every));
  tide_fact_row_number (row, CURVE_ERROR,
                        point->measured || isnan (point->error) ? g_steal_pointer (&error) : g_strdup_printf ("≤ %s", error),
                        point->error * 100);
  set_error (row, CURVE_MEAN, point->mean_error);
  tide_fact_row_number (row, CURVE_AGE, tide_format_age (point->age), (double) point->age / TIDE_SECOND);
  tide_cost_set_money (row, CURVE_COST, point->usd_per_h * answer->advices->exchange);
  tide_fact_row_number (row, CURVE_WINDOWS, g_steal_pointer (&windows), rint (point->windows));
  tide_fact_row_text (row, CURVE_MEETS, g_strdup (verdict));
  if ((int) index == advice->advised)
    tide_fact_row_set_class (row, CURVE_MEETS, "tide-strong");
  return row;
}

/* Freshness */

enum
{
  FRESH_METRIC,
  FRESH_TIER,
  FRESH_OBJECTIVE,
  FRESH_AGE,
  FRESH_MET,
  FRESH_BUDGET,
  FRESH_BURN_1H,
  FRESH_BURN_6H,
  FRESH_MEASURED,
};

static const TideFactColumn fresh_columns[] = {
  [FRESH_METRIC] = { N_ ("metric"), "metric", false, 0 },
  [FRESH_TIER] = { N_ ("refresh"), "refresh", false, 620 },
  [FRESH_OBJECTIVE] = { N_ ("objective"), "objective [s]", true, 400 },
  [FRESH_AGE] = { N_ ("age now"), "age [s]", true, 0 },
  [FRESH_MET] = { N_ ("met, 30 days"), "met [%]", true, 0 },
  [FRESH_BUDGET] = { N_ ("error budget left"), "error budget left [%]", true, 480 },
  [FRESH_BURN_1H] = { N_ ("burn, 1 h"), "burn rate 1 h", true, 760 },
  [FRESH_BURN_6H] = { N_ ("burn, 6 h"), "burn rate 6 h", true, 840 },
  [FRESH_MEASURED] = { N_ ("measured"), "measured [s]", true, 700 },
};

static void
set_share (TideFactRow *row, guint column, double share)
{
  tide_fact_row_number (row, column, isnan (share) ? g_strdup (TIDE_NO_VALUE) : tide_format_share (share), share * 100);
}

static void
set_burn (TideFactRow *row, guint column, double burn)
{
  tide_fact_row_number (row, column, isnan (burn) ? g_strdup (TIDE_NO_VALUE) : tide_format_number (burn, 1), burn);
  if (burn > 1)
    tide_fact_row_set_class (row, column, "tide-warning");
}

static TideFactRow *
fresh_row (const TideCostAnswer *answer, const TideMetric *metric, TideFreshMeter *meter)
{
  const TideObjectiveFacts *facts = g_hash_table_lookup (answer->objectives, metric->name);
  TideDuration age = meter != NULL ? tide_fresh_meter_get_age (meter, metric->name) : -1;
  TideFactRow *row = tide_fact_row_new (metric->name);

  tide_fact_row_text (row, FRESH_METRIC, g_strdup (metric->title));
  tide_fact_row_set_class (row, FRESH_METRIC, "tide-strong");
  tide_fact_row_text (row, FRESH_TIER,
                      tide_words_of_interval (tide_metric_get_interval (metric, answer->workspace, answer->time)));
  set_duration (row, FRESH_OBJECTIVE, metric->freshness);
  tide_fact_row_number (row, FRESH_AGE, age < 0 ? g_strdup (TIDE_NO_VALUE) : tide_format_age (age),
                        age < 0 ? NAN : (double) age / TIDE_SECOND);
  if (metric->freshness > 0 && age > metric->freshness)
    tide_fact_row_set_class (row, FRESH_AGE, "tide-warning");
  if (metric->freshness == 0 || facts == NULL)
    {
      tide_fact_row_number (row, FRESH_MET, g_strdup (_ ("no objective")), NAN);
      return row;
    }
  set_share (row, FRESH_MET, facts->met);
  set_share (row, FRESH_BUDGET, facts->budget_left);
  if (facts->budget_left < 0)
    tide_fact_row_set_class (row, FRESH_BUDGET, "tide-critical");
  set_burn (row, FRESH_BURN_1H, facts->burn_1h);
  set_burn (row, FRESH_BURN_6H, facts->burn_6h);
  set_duration (row, FRESH_MEASURED, (TideDuration) (facts->measured_s * TIDE_SECOND));
  return row;
}

/* Followed up */

enum
{
  FOLLOWED_APPLIED,
  FOLLOWED_METRIC,
  FOLLOWED_CHANGE,
  FOLLOWED_ERROR,
  FOLLOWED_REALISED_ERROR,
  FOLLOWED_BEFORE,
  FOLLOWED_COST,
  FOLLOWED_REALISED_COST,
  FOLLOWED_STATE,
};

static const TideFactColumn followed_columns[] = {
  [FOLLOWED_APPLIED] = { N_ ("applied"), "applied", false, 560 },
  [FOLLOWED_METRIC] = { N_ ("metric"), "metric", false, 0, .may_cut = true },
  [FOLLOWED_CHANGE] = { N_ ("change"), "change", false, 420 },
  [FOLLOWED_ERROR] = { N_ ("predicted error"), "predicted error [%]", true, 320 },
  [FOLLOWED_REALISED_ERROR] = { N_ ("realised"), "realised error [%]", true, 320 },
  [FOLLOWED_BEFORE] = { "", "cost before", true, 820 },
  [FOLLOWED_COST] = { "", "predicted cost", true, 640 },
  [FOLLOWED_REALISED_COST] = { N_ ("realised"), "realised cost", true, 640 },
  [FOLLOWED_STATE] = { N_ ("state"), "state", false, 0 },
};

static TideFactRow *
followed_row (const TideCostAnswer *answer, const TideAppliedAdvice *applied)
{
  double exchange = answer->advices->exchange;
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, applied->id);
  g_autofree char *from = tide_words_of_interval (applied->from_every), *to = tide_words_of_interval (applied->every);
  g_autofree char *change = g_strdup_printf ("%s → %s", from, to);
  char time[TIDE_TIME_STR_MAX];
  TideFactRow *row = tide_fact_row_new (id);
  const char *state = applied->measured != TIDE_TIME_NONE ? _ ("measured")
                      : applied->until != TIDE_TIME_NONE  ? _ ("replaced before it was measured")
                                                          : _ ("being measured");

  tide_time_format (applied->applied, time);
  tide_fact_row_markup (row, FOLLOWED_APPLIED, tide_format_date_time (applied->applied, answer->workspace->zone), time);
  tide_fact_row_text (row, FOLLOWED_METRIC, g_strdup (title_of (answer, applied->metric)));
  tide_fact_row_set_class (row, FOLLOWED_METRIC, "tide-strong");
  tide_fact_row_text (row, FOLLOWED_CHANGE, g_steal_pointer (&change));
  set_error (row, FOLLOWED_ERROR, applied->predicted_error);
  set_error (row, FOLLOWED_REALISED_ERROR, applied->realised_error);
  tide_cost_set_money (row, FOLLOWED_BEFORE, applied->before_usd_per_h * exchange);
  tide_cost_set_money (row, FOLLOWED_COST, applied->predicted_usd_per_h * exchange);
  tide_cost_set_money (row, FOLLOWED_REALISED_COST, applied->realised_usd_per_h * exchange);
  tide_fact_row_text (row, FOLLOWED_STATE, g_strdup (state));
  tide_fact_row_set_class (row, FOLLOWED_STATE, "dim-label");
  if (applied->until == TIDE_TIME_NONE && applied->from_every != applied->every
      && tide_workspace_get_metric (answer->workspace, applied->metric) != NULL)
    {
      g_autofree char *what = g_strdup_printf (_ ("%s: %s from now on"), title_of (answer, applied->metric), from);

      tide_fact_row_action (row, _ ("Undo"), what);
    }
  return row;
}

/* All */

const TideFactColumn *const tide_cost_columns[TIDE_N_COST_TABLES] = {
  [TIDE_COST_ADVICE] = advice_columns,     [TIDE_COST_CURVE] = curve_columns, [TIDE_COST_FRESHNESS] = fresh_columns,
  [TIDE_COST_FOLLOWED] = followed_columns, [TIDE_COST_BILL] = tide_cost_bill_columns,
};

const guint tide_cost_n_columns[TIDE_N_COST_TABLES] = {
  [TIDE_COST_ADVICE] = G_N_ELEMENTS (advice_columns),     [TIDE_COST_CURVE] = G_N_ELEMENTS (curve_columns),
  [TIDE_COST_FRESHNESS] = G_N_ELEMENTS (fresh_columns),   [TIDE_COST_FOLLOWED] = G_N_ELEMENTS (followed_columns),
  [TIDE_COST_BILL] = TIDE_COST_N_BILL_COLUMNS,
};

GPtrArray *
tide_cost_get_rows (TideCostTable table, const TideCostAnswer *answer, const char *metric, TideFreshMeter *meter,
                    TideBillParts parts)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);
  const TideAdvice *advice = metric != NULL ? tide_advices_find (answer->advices, metric) : NULL;

  switch (table)
    {
    case TIDE_COST_ADVICE:
      for (guint i = 0; i < answer->advices->metrics->len; i++)
        g_ptr_array_add (rows, advice_row (answer, g_ptr_array_index (answer->advices->metrics, i)));
      break;
    case TIDE_COST_CURVE:
      for (guint i = 0; advice != NULL && i < advice->n_points; i++)
        g_ptr_array_add (rows, curve_row (answer, advice, i));
      break;
    case TIDE_COST_FRESHNESS:
      for (guint i = 0; i < answer->workspace->metrics->len; i++)
        g_ptr_array_add (rows, fresh_row (answer, g_ptr_array_index (answer->workspace->metrics, i), meter));
      break;
    case TIDE_COST_FOLLOWED:
      for (guint i = 0; i < answer->applied->len; i++)
        g_ptr_array_add (rows, followed_row (answer, g_ptr_array_index (answer->applied, i)));
      break;
    case TIDE_COST_BILL:
    case TIDE_N_COST_TABLES:
    default:
      tide_cost_add_bill_rows (rows, answer, parts);
    }
  return rows;
}

void
tide_cost_set_titles (TideCostTable table, TideFactTable *view, const char *currency)
{
  switch (table)
    {
    case TIDE_COST_ADVICE:
      tide_cost_take_title (view, ADVICE_COST, g_strdup_printf (_ ("%s/h"), currency),
                            g_strdup_printf ("cost [%s/h]", currency));
      tide_cost_take_title (view, ADVICE_ADVISED, g_strdup (_ ("advised")),
                            g_strdup_printf ("cost as advised [%s/h]", currency));
      tide_cost_take_title (view, ADVICE_SAVES, g_strdup (_ ("saves")), g_strdup_printf ("saves [%s/h]", currency));
      break;
    case TIDE_COST_CURVE:
      tide_cost_take_title (view, CURVE_COST, g_strdup_printf (_ ("%s/h"), currency),
                            g_strdup_printf ("cost [%s/h]", currency));
      break;
    case TIDE_COST_FOLLOWED:
      tide_cost_take_title (view, FOLLOWED_BEFORE, g_strdup_printf (_ ("%s/h before"), currency),
                            g_strdup_printf ("cost before [%s/h]", currency));
      tide_cost_take_title (view, FOLLOWED_COST, g_strdup_printf (_ ("predicted %s/h"), currency),
                            g_strdup_printf ("predicted cost [%s/h]", currency));
      tide_cost_take_title (view, FOLLOWED_REALISED_COST, g_strdup (_ ("realised")),
                            g_strdup_printf ("realised cost [%s/h]", currency));
      break;
    case TIDE_COST_BILL:
      tide_cost_set_bill_titles (view, currency);
      break;
    case TIDE_COST_FRESHNESS:
    case TIDE_N_COST_TABLES:
    default:
      break;
    }
}
