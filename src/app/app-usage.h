/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Throughput and resources: from the pipeline's status to rows of tables and figures. Thread: main. */
#pragma once

#include "app-fact-table.h"

G_BEGIN_DECLS

/* Remembers counters of a few seconds ago, so that rates and trends can be told. */
typedef struct _TideUsage TideUsage;

TideUsage *tide_usage_new (void);
void tide_usage_free (TideUsage *usage);
/* With each new status. */
void tide_usage_add (TideUsage *usage, const TideStatus *status);

extern const TideFactColumn tide_usage_source_columns[];
extern const guint tide_usage_n_source_columns;
extern const TideFactColumn tide_usage_stream_columns[];
extern const guint tide_usage_n_stream_columns;

extern const TideFactColumn tide_usage_slowest_columns[];
extern const guint tide_usage_n_slowest_columns;

/* TideFactRow* elements: a row a TideSlowEvent. */
GPtrArray *tide_usage_get_slowest_rows (const GPtrArray *events);
/* TideFactRow* elements: a row a source; a row a stream. */
GPtrArray *tide_usage_get_source_rows (const TideUsage *usage, const TideStatus *status);
GPtrArray *tide_usage_get_stream_rows (const TideStatus *status);

typedef enum
{
  TIDE_FIGURE_EVENTS,
  TIDE_FIGURE_BYTES,
  TIDE_FIGURE_LAG,
  TIDE_FIGURE_QUEUE,
  TIDE_FIGURE_CPU,
  TIDE_FIGURE_MEMORY,
  TIDE_FIGURE_DATABASE,
  TIDE_FIGURE_WAL,
  TIDE_N_FIGURES,
} TideFigure;

const char *tide_figure_title (TideFigure figure);
/* @ret_warns: it is out of the ordinary. */
char *tide_figure_text (TideFigure figure, const TideStatus *status, bool *ret_warns);
/* Back-pressure in one sentence with its cause; NULL: there is none. */
char *tide_usage_get_pressure (const TideUsage *usage, const TideStatus *status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideUsage, tide_usage_free)

G_END_DECLS
