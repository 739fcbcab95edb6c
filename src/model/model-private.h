/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of model/ share and nobody else needs. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* The nearest of the names offered, for "did you mean". Borrows all of them. */
typedef struct
{
  const char *name;
  const char *best;
  guint distance;
} TideNearest;

void tide_nearest_init (TideNearest *nearest, const char *name);
void tide_nearest_offer (TideNearest *nearest, const char *candidate);
/* "; did you mean 'x'?" or "". */
char *tide_nearest_hint (const TideNearest *nearest);

/* Fills title, unit, scale, definition and version of a metric that is bound otherwise. */
void tide_metric_describe (TideMetric *metric, const TideMetricText *text);

/* "p95(duration)" into name and arguments; FALSE when it is not of that form. */
bool tide_metric_split_call (const char *text, char **ret_name, char ***ret_arguments);

/* "nightly-revenue" as "Nightly revenue". */
char *tide_title_from_name (const char *name);

/* A share such as "1%" or "0.01" (model-workspace-cost.c). */
bool tide_share_parse (const char *text, double *ret_share);

G_END_DECLS
