/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Quality pane's tables: streams, and the rules of one of them. Thread: main. */
#pragma once

#include "app-fact-table.h"
#include "app-quality-data.h"

G_BEGIN_DECLS

extern const TideFactColumn tide_quality_stream_columns[], tide_quality_rule_columns[];
#define TIDE_QUALITY_STATES_COLUMN 2 /* of the streams: its title is the span */
extern const guint tide_quality_n_stream_columns, tide_quality_n_rule_columns;

/* TideFactRow* elements; those of @state only (OFF: all). @status: for what the schema lacks. */
GPtrArray *tide_quality_make_stream_rows (const TideQualityAnswer *answer, TideQualityState state, const TideStatus *status);
GPtrArray *tide_quality_make_rule_rows (const TideQualityStream *stream);
/* Every rule of every stream, as CSV. */
TideAppExport *tide_quality_export (TideQualityAnswer *answer);
/* How many changes of its schema a stream's sources see. */
guint tide_quality_count_drift (const TideStatus *status, const char *stream);

G_END_DECLS
