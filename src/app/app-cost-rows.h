/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the answer to rows of the tables of Cost & Latency. Thread: main. */
#pragma once

#include "app-cost-bill.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_COST_ADVICE,
  TIDE_COST_CURVE,     /* of one metric */
  TIDE_COST_FRESHNESS,
  TIDE_COST_FOLLOWED,  /* advice that was applied */
  TIDE_COST_BILL,
  TIDE_N_COST_TABLES,
} TideCostTable;

extern const TideFactColumn *const tide_cost_columns[TIDE_N_COST_TABLES];
extern const guint tide_cost_n_columns[TIDE_N_COST_TABLES];

/* TideFactRow* elements. @metric: whose curve it is; NULL: none. @meter: ages of now. @parts: of the bill. */
GPtrArray *tide_cost_get_rows (TideCostTable table, const TideCostAnswer *answer, const char *metric,
                               TideFreshMeter *meter, TideBillParts parts);
/* Titles with the currency in them. */
void tide_cost_set_titles (TideCostTable table, TideFactTable *view, const char *currency);

G_END_DECLS
