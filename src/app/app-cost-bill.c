/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is for no single stream or metric is shown as shared. Money is in the workspace's currency. */
#include "app-cost-bill.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-format.h"

static const char *const tiers[] = { N_ ("real time"), N_ ("micro-batch"), N_ ("batch") };

const char *
tide_bill_parts_word (TideBillParts parts)
{
  static const char *const words[TIDE_N_BILL_PARTS] = {
    N_ ("Every item"), N_ ("By tier"), N_ ("By source"), N_ ("By stream"), N_ ("By metric"), N_ ("By analysis"),
  };

  return _ (words[parts]);
}

void
tide_cost_set_money (TideFactRow *row, guint column, double amount)
{
  tide_fact_row_number (row, column, tide_cost_money (amount), amount);
}

enum
{
  BILL_ITEM,
  BILL_SOURCE,
  BILL_STREAM,
  BILL_METRIC,
  BILL_TIER,
  BILL_CPU,
  BILL_METERED,
  BILL_PLATFORM,
  BILL_DAY,
  BILL_MONTH,
};

const TideFactColumn tide_cost_bill_columns[TIDE_COST_N_BILL_COLUMNS] = {
  [BILL_ITEM] = { N_ ("item"), "item", false, 0 },
  [BILL_SOURCE] = { N_ ("source"), "source", false, 1060 },
  [BILL_STREAM] = { N_ ("stream"), "stream", false, 560 },
  [BILL_METRIC] = { N_ ("metric"), "metric", false, 480 },
  [BILL_TIER] = { N_ ("tier"), "tier", false, 960 },
  [BILL_CPU] = { N_ ("CPU s/h"), "CPU [s/h]", true, 860 },
  [BILL_METERED] = { "", "metered", true, 700 },
  [BILL_PLATFORM] = { "", "platform", true, 0 },
  [BILL_DAY] = { "", "a day", true, 780 },
  [BILL_MONTH] = { "", "a month", true, 320 },
};

static const char *
item_words (const TideCostRow *cost)
{
  static const char *const words[TIDE_N_USES] = {
    [TIDE_USE_DECODE] = N_ ("connect, decode, validate"), [TIDE_USE_LIVE] = N_ ("live rings"),
    [TIDE_USE_SNAPSHOT] = N_ ("live pictures"),           [TIDE_USE_STORE] = N_ ("store"),
    [TIDE_USE_REFRESH] = N_ ("refresh"),
    [TIDE_USE_ROLLUP] = N_ ("roll-up"),                   [TIDE_USE_ANALYSIS] = N_ ("analysis"),
    [TIDE_USE_ALERT] = N_ ("alert rules"),
    [TIDE_USE_QUERY] = N_ ("queries"),                    [TIDE_USE_WINDOW] = N_ ("this window"),
    [TIDE_USE_SHARED] = N_ ("shared"),
  };

  if (cost->activity < TIDE_N_USES && *cost->item != '\0')
    return _ (words[cost->activity]);
  return strcmp (cost->item, "storage") == 0 ? _ ("storage") : strcmp (cost->item, "memory") == 0 ? _ ("memory") : cost->item;
}

static const char *
title_of (const TideCostAnswer *answer, const TideCostRow *cost)
{
  const TideMetric *metric = tide_workspace_get_metric (answer->workspace, cost->metric);

  return metric != NULL && cost->activity != TIDE_USE_ANALYSIS ? metric->title : cost->metric;
}

/* A sum is called what it is the sum of. */
static const char *
sum_words (const TideCostAnswer *answer, const TideCostRow *sum, TideBillParts parts)
{
  const char *name = parts == TIDE_BILL_BY_SOURCE   ? sum->source
                     : parts == TIDE_BILL_BY_STREAM ? sum->stream
                     : parts == TIDE_BILL_BY_TIER   ? (sum->has_tier ? _ (tiers[sum->tier]) : "")
                                                    : title_of (answer, sum);

  if (*name != '\0')
    return name;
  switch (parts)
    {
    case TIDE_BILL_BY_METRIC:
      return _ ("streams, which their metrics share");
    case TIDE_BILL_BY_ANALYSIS:
      return _ ("all but analyses");
    case TIDE_BILL_ITEMS:
    case TIDE_BILL_BY_TIER:
    case TIDE_BILL_BY_SOURCE:
    case TIDE_BILL_BY_STREAM:
    case TIDE_N_BILL_PARTS:
    default:
      return _ ("shared");
    }
}

static TideFactRow *
bill_row (const TideCostAnswer *answer, const TideCostRow *cost, TideBillParts parts)
{
  double exchange = answer->costs->exchange, usd = cost->metered_usd_per_h + cost->platform_usd_per_h;
  g_autofree char *id = g_strjoin ("\n", cost->item, cost->source, cost->stream, cost->metric, NULL);
  TideFactRow *row = tide_fact_row_new (id);
  bool is_item = parts == TIDE_BILL_ITEMS, has_platform = cost->platform_usd_per_h > 0;
  bool is_shared = is_item && *cost->source == '\0' && *cost->stream == '\0' && *cost->metric == '\0';

  tide_fact_row_text (row, BILL_ITEM, g_strdup (is_item ? item_words (cost) : sum_words (answer, cost, parts)));
  tide_fact_row_text (row, BILL_SOURCE, g_strdup (cost->source));
  tide_fact_row_text (row, BILL_STREAM, g_strdup (is_shared ? _ ("shared") : cost->stream));
  if (is_shared)
    tide_fact_row_set_class (row, BILL_STREAM, "dim-label");
  tide_fact_row_text (row, BILL_METRIC, g_strdup (title_of (answer, cost)));
  tide_fact_row_text (row, BILL_TIER, g_strdup (cost->has_tier ? _ (tiers[cost->tier]) : ""));
  tide_fact_row_number (row, BILL_CPU, cost->cpu_s_per_h > 0 ? tide_format_short (cost->cpu_s_per_h) : g_strdup (TIDE_NO_VALUE),
                        cost->cpu_s_per_h);
  tide_cost_set_money (row, BILL_METERED,
                       has_platform && cost->metered_usd_per_h <= 0 ? NAN : cost->metered_usd_per_h * exchange);
  tide_cost_set_money (row, BILL_PLATFORM, has_platform ? cost->platform_usd_per_h * exchange : NAN);
  tide_cost_set_money (row, BILL_DAY, usd * exchange * 24);
  tide_cost_set_money (row, BILL_MONTH, usd * exchange * TIDE_HOURS_A_MONTH);
  return row;
}

void
tide_cost_add_bill_rows (GPtrArray *rows, const TideCostAnswer *answer, TideBillParts parts)
{
  g_autoptr (GPtrArray) sums = parts != TIDE_BILL_ITEMS
                                   ? tide_costs_sum (answer->costs, (TideCostBy) (parts - TIDE_BILL_BY_TIER)) : NULL;
  GPtrArray *costs = sums != NULL ? sums : answer->costs->rows;

  for (guint i = 0; i < costs->len; i++)
    g_ptr_array_add (rows, bill_row (answer, g_ptr_array_index (costs, i), parts));
}

void
tide_cost_take_title (TideFactTable *view, guint column, char *title, char *file_title)
{
  tide_fact_table_set_title (view, column, title, file_title);
  g_free (title);
  g_free (file_title);
}

void
tide_cost_set_bill_titles (TideFactTable *view, const char *currency)
{
  tide_cost_take_title (view, BILL_METERED, g_strdup_printf (_ ("metered %s/h"), currency),
                        g_strdup_printf ("metered [%s/h]", currency));
  tide_cost_take_title (view, BILL_PLATFORM, g_strdup_printf (_ ("platform %s/h"), currency),
                        g_strdup_printf ("platform [%s/h]", currency));
  tide_cost_take_title (view, BILL_DAY, g_strdup_printf (_ ("%s a day"), currency),
                        g_strdup_printf ("a day [%s]", currency));
  tide_cost_take_title (view, BILL_MONTH, g_strdup_printf (_ ("%s a month"), currency),
                        g_strdup_printf ("a month [%s]", currency));
}
