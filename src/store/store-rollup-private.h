/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the roll-ups share. Private to store/. */
#pragma once

#include "store-rollup.h"
#include "store-statement.h"

G_BEGIN_DECLS

/* Values of metric_version.serving. */
enum
{
  TIDE_VERSION_BACKFILLED,
  TIDE_VERSION_SERVING,
  TIDE_VERSION_RETIRED,
};

/* A row of metric_version. */
typedef struct
{
  TideCut cut; /* exists: there is such a row */
  int serving;
  gint64 writing;       /* generation of rows that are being written, or were when something died; 0: none */
  TideTime compact_from; /* NONE: nothing to compact */
  char *shape;
} TideVersion;

void tide_version_clear (TideVersion *version);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideVersion, tide_version_clear)

/* By name and version, or by id. cut.exists tells whether it was found. */
bool tide_version_load (sqlite3 *db, const TideMetric *metric, TideVersion *ret_version, GError **error);
bool tide_version_load_id (sqlite3 *db, gint64 id, TideVersion *ret_version, GError **error);
/* The one that serves under @name, other than @id. */
bool tide_version_load_serving (sqlite3 *db, const char *name, gint64 id, TideVersion *ret_version, GError **error);
/* What must be equal for states and groups of two versions to be shown as one metric. */
char *tide_metric_get_shape (const TideMetric *metric);

/* Groups first seen at or before @seq. */
TideGroups *tide_version_read_groups (sqlite3 *db, gint64 id, const TideMetric *metric, TideSeq seq, GError **error);

/* Runs @sql on the writer for one stretch of panes after the other, each a small transaction. Its parameters: ?1
 * version, ?2 and ?3 first and last pane, ?4 @generation. */
bool tide_version_walk (TideWriter *writer, const char *table, gint64 id, gint64 generation, const char *sql,
                        GError **error);

/* By what name days_zone knows the metric's zone, and the start of the day there that holds @pane; MAX stays. */
const char *tide_version_zone (const TideMetric *metric);
TideTime tide_version_day_of (const TideMetric *metric, TideTime pane);

/* Next offsets of each partition at @cut, and the event time of the event there (store-cut.c). */
bool tide_cut_describe (sqlite3 *db, const TideStream *stream, TideSeq cut, TideTime *ret_time, char **ret_offsets,
                        GError **error);

G_END_DECLS
