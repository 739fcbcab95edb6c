/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain tables: runs, results of analyses, gaps. */
#pragma once

#include "store-db.h"
#include "store-writer.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_RUN_RUNNING,
  TIDE_RUN_SUCCEEDED,
  TIDE_RUN_FAILED,
  TIDE_RUN_CANCELLED,
  TIDE_RUN_MISSED, /* was due while nothing ran, and is not made up for */
} TideRunStatus;

const char *tide_run_status_to_string (TideRunStatus status);

typedef struct
{
  gint64 id;
  char *name;      /* "rollup:orders", or the analysis */
  TideTime due;    /* TIDE_TIME_NONE: by hand */
  TideTime started, ended;
  TideRunStatus status;
  TideSeq cut;     /* 0 for an analysis over several streams */
  gint64 rows;     /* events folded, or result rows */
  int64_t cpu_us;
  char *error;
} TideRun;

void tide_run_free (TideRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRun, tide_run_free)

/* Runs left as running by a process that died are marked failed when the store is opened for writing. */
bool tide_run_start (TideWriter *writer, const char *name, TideTime due, TideTime now, gint64 *ret_id, GError **error);
bool tide_run_finish (TideWriter *writer, const TideRun *run, GError **error);
bool tide_run_record_missed (TideWriter *writer, const char *name, const TideTime *due, guint n, TideTime now,
                             GError **error);
bool tide_run_know_schedule (TideWriter *writer, const char *name, const char *schedule, TideTime now,
                             TideTime *ret_since, GError **error);
/* Newest first; name NULL: of all. TideRun* elements. */
GPtrArray *tide_store_get_runs (TideReader *reader, const char *name, TideTime since, guint max, GError **error);

/* The latest time that a run of @name was due for; TIDE_TIME_NONE: there is none. */
bool tide_store_get_last_due (TideReader *reader, const char *name, TideTime *ret_due, GError **error);

/* A version of an analysis' result: a plain table "NAME@VERSION", and the view "NAME" over the newest. */
typedef struct
{
  gint64 version, run;
  TideTime created;
  gint64 rows;
  char *table; /* "nightly-revenue@41" */
} TideResultVersion;

void tide_result_version_free (TideResultVersion *version);

/* Newest first. */
GPtrArray *tide_store_get_result_versions (TideReader *reader, const char *analysis, GError **error);

typedef enum
{
  TIDE_CELL_NULL,
  TIDE_CELL_INT,
  TIDE_CELL_REAL,
  TIDE_CELL_TEXT, /* and blobs, as x'…' */
} TideCellKind;

typedef struct
{
  TideCellKind kind;
  union
  {
    int64_t integer;
    double real;
    const char *text; /* of the table */
  };
} TideResultCell;

/* Rows of a version, in memory; immutable, counted by reference. */
typedef struct
{
  gint64 version, rows; /* rows of the version: more than n_rows where a bound cut it off */
  guint n_columns, n_rows;
  char **columns;
  GArray *cells;        /* TideResultCell, row by row */
  GStringChunk *texts;
  gatomicrefcount refs;
} TideResultTable;

TideResultTable *tide_store_read_result (TideReader *reader, const TideResultVersion *version, guint max_rows,
                                         gsize max_bytes, GCancellable *cancellable, GError **error);
const TideResultCell *tide_result_table_get (const TideResultTable *table, guint row, guint column);
TideResultTable *tide_result_table_ref (TideResultTable *table);
void tide_result_table_unref (TideResultTable *table);

typedef struct _TideResultWrite TideResultWrite;
/* Rows go to a table nobody sees; land() shows it, moves the view and drops versions over @keep, in one transaction. */
TideResultWrite *tide_result_write_begin (TideWriter *writer, const char *analysis, gint64 run,
                                          const char *const *columns, GError **error);
/* The current row of @stmt; written in chunks. */
bool tide_result_write_row (TideResultWrite *write, sqlite3_stmt *stmt, GError **error);
bool tide_result_write_land (TideResultWrite *write, TideTime now, int keep, gint64 *ret_rows, GError **error);
/* Drops the table when it did not land. */
void tide_result_write_free (TideResultWrite *write);

/* A person agreed that @source's positions are void (the topic was made again): each partition goes on from 0, and a gap
 * without extent at the old offset says so. The source must not run. */
bool tide_store_restart_source (TideWriter *writer, const char *source, const char *reason, TideTime now, GError **error);
/* TideGap* elements, newest first. */
GPtrArray *tide_store_get_gaps (TideReader *reader, const char *source, TideTime since, guint max, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideResultTable, tide_result_table_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideResultWrite, tide_result_write_free)

G_END_DECLS
