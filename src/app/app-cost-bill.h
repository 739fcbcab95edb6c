/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bill as a table: every item, or their sums by one thing. Thread: main. */
#pragma once

#include "app-cost-data.h"
#include "app-fact-table.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_BILL_ITEMS,
  TIDE_BILL_BY_TIER, /* from here on as TideCostBy */
  TIDE_BILL_BY_SOURCE,
  TIDE_BILL_BY_STREAM,
  TIDE_BILL_BY_METRIC,
  TIDE_BILL_BY_ANALYSIS,
  TIDE_N_BILL_PARTS,
} TideBillParts;

/* "by stream"; for people. */
const char *tide_bill_parts_word (TideBillParts parts);

#define TIDE_COST_N_BILL_COLUMNS 10
extern const TideFactColumn tide_cost_bill_columns[TIDE_COST_N_BILL_COLUMNS];

/* Of the other tables of costs too: a cell of money, and a title that holds the currency, which it takes. */
void tide_cost_set_money (TideFactRow *row, guint column, double amount);
void tide_cost_take_title (TideFactTable *view, guint column, char *title, char *file_title);

void tide_cost_add_bill_rows (GPtrArray *rows, const TideCostAnswer *answer, TideBillParts parts);
void tide_cost_set_bill_titles (TideFactTable *view, const char *currency);

G_END_DECLS
