/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables that Cost & Latency chooses from: what they are called, on screen and as a file, and their columns. */
#include "app-cost-tables.h"

#include <glib/gi18n.h>

#include "app-usage.h"

const TideCostTableSpec tide_cost_table_specs[TIDE_N_PANE_TABLES] = {
  [TIDE_COST_ADVICE] = { N_ ("Metrics"), N_ ("Advice for each metric"), "advice" },
  [TIDE_COST_CURVE] = { N_ ("Curve"), N_ ("Error and cost at each refresh"), "curve" },
  [TIDE_COST_FRESHNESS] = { N_ ("Freshness"), N_ ("Freshness against objective"), "freshness" },
  [TIDE_COST_FOLLOWED] = { N_ ("Followed up"), N_ ("Advice that was applied"), "followed-up" },
  [TIDE_COST_BILL] = { N_ ("Bill"), N_ ("What each part costs"), "bill" },
  [TIDE_TABLE_SOURCES] = { N_ ("Throughput"), N_ ("Throughput of sources"), "throughput" },
  [TIDE_TABLE_STREAMS] = { N_ ("Storage"), N_ ("Storage of streams"), "storage" },
  [TIDE_TABLE_SLOWEST] = { N_ ("Slowest"), N_ ("Slowest events of 15 minutes"), "slowest" },
};

TideFactTable *
tide_cost_table_new (guint index)
{
  const char *name = _ (tide_cost_table_specs[index].name);

  if (index == TIDE_TABLE_SOURCES)
    return TIDE_FACT_TABLE (tide_fact_table_new (name, tide_usage_source_columns, tide_usage_n_source_columns, false));
  if (index == TIDE_TABLE_STREAMS)
    return TIDE_FACT_TABLE (tide_fact_table_new (name, tide_usage_stream_columns, tide_usage_n_stream_columns, false));
  if (index == TIDE_TABLE_SLOWEST)
    return TIDE_FACT_TABLE (tide_fact_table_new (name, tide_usage_slowest_columns, tide_usage_n_slowest_columns, false));
  return TIDE_FACT_TABLE (tide_fact_table_new (name, tide_cost_columns[index], tide_cost_n_columns[index],
                                               index == TIDE_COST_ADVICE));
}
