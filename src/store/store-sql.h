/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A person's SQL: read-only, over streams (virtual tables) and plain tables, bounded. */
#pragma once

#include "store-db.h"

G_BEGIN_DECLS

typedef struct
{
  TideDuration deadline;   /* from the first step on; 0: none */
  gint64 max_rows;         /* 0: none; one more is an error that names the bound */
  gint64 max_length;       /* bytes of one value; 0: 64 MiB */
} TideSqlBounds;

/* A connection of its own (not from the pool) with a TEMP virtual table for each stream, under the authorizer. One
 * thread at a time. It knows the streams and fields that there were when it was opened. */
typedef struct _TideSql TideSql;

TideSql *tide_sql_open (TideStore *store, GError **error);
void tide_sql_free (TideSql *sql);

/* Prepares one statement; more than one, or one that writes, is TIDE_ERROR_DENIED / INVALID with line and cause. */
bool tide_sql_prepare (TideSql *sql, const char *text, GError **error);
guint tide_sql_get_n_columns (TideSql *sql);
const char *tide_sql_get_column (TideSql *sql, guint index);
/* Streams and fields that the prepared statement reads: "orders.city", or "orders" when it only counts; sorted. */
char **tide_sql_get_reads (TideSql *sql);
/* TRUE and *ret_row FALSE at the end. Values are read from the statement. From the first step to the end (or the next
 * prepare) all is of one moment. Errors: CANCELLED, TIMEOUT, INVALID (a bound, or the SQL), CORRUPT. */
bool tide_sql_step (TideSql *sql, const TideSqlBounds *bounds, GCancellable *cancellable, bool *ret_row,
                    GError **error);
sqlite3_stmt *tide_sql_get_stmt (TideSql *sql);
/* Called at most every @every from within step(), also while a long step has no row yet: time to look at the
 * progress. NULL: no more. Thread: the one that steps. */
void tide_sql_set_watch (TideSql *sql, void (*func) (TideSql *sql, void *data), void *data, TideDuration every);
/* Blocks that virtual tables have read and will read at most, for progress. Thread: any. */
void tide_sql_get_progress (TideSql *sql, guint64 *ret_blocks, guint64 *ret_total, guint64 *ret_events);

/* The tables of a person's SQL: streams with their fields, results, plain tables. For `sql` and the editor. */
typedef struct
{
  char *name;
  bool is_stream;
  GPtrArray *columns; /* char* "city text" */
} TideSqlTable;

void tide_sql_table_free (TideSqlTable *table);
/* TideSqlTable* elements: streams, then the rest, by name. Ends what is being stepped. */
GPtrArray *tide_sql_get_tables (TideSql *sql, GError **error);

/* Registers the module and creates the TEMP tables; used by tide_sql_open() and by the loadable extension. */
int tide_vtab_register (sqlite3 *db, char **ret_error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSql, tide_sql_free)

G_END_DECLS
