/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-cost-rows.h"

G_BEGIN_DECLS

/* After the tables of app-cost-rows.h: of the pipeline's status. */
enum
{
  TIDE_TABLE_SOURCES = TIDE_N_COST_TABLES,
  TIDE_TABLE_STREAMS,
  TIDE_TABLE_SLOWEST,
  TIDE_N_PANE_TABLES,
};

typedef struct
{
  const char *title, *name; /* to be translated; name: for screen readers */
  const char *file_name;
} TideCostTableSpec;

extern const TideCostTableSpec tide_cost_table_specs[TIDE_N_PANE_TABLES];

/* An empty one. Thread: main. */
TideFactTable *tide_cost_table_new (guint index);

G_END_DECLS
