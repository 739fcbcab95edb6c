/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row's struct, for the row and its table. */
#pragma once

#include "app-fact-table.h"

G_BEGIN_DECLS

typedef struct
{
  char *text;       /* NULL: empty */
  char *file_text;  /* NULL: the number */
  double value;
  bool is_number, is_markup;
  TideSparkData *spark; /* NULL: none */
  const char *css_class;
  int mark; /* a TideState, where the column has marks */
} TideFactCell;

struct _TideFactRow
{
  GObject parent_instance;

  char *id;
  TideFactCell cells[TIDE_FACT_COLUMNS_MAX];
  char *action, *action_description;
};

void tide_fact_row_take (TideFactRow *row, TideFactRow *from);
int tide_fact_row_compare (const TideFactRow *a, const TideFactRow *b, guint column);

G_END_DECLS
