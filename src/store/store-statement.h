/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binding by a format string, for the plain tables. Private to store/. */
#pragma once

#include "store-private.h"

G_BEGIN_DECLS

/* Resets, then binds parameters 1, 2, …: 'i' gint64, 't' const char * (NULL is null), 'T' TideTime (NONE is null),
 * 'd' double (NAN is null), 'b' const guint8 * and gsize, 'B' GBytes * (NULL is null). Texts and bytes are borrowed until the next bind. */
void tide_stmt_bind (TideStmt *stmt, const char *types, ...);
/* Readable as text wherever it is text; else the bytes as they came. Borrowed until the next bind. */
void tide_stmt_bind_payload (TideStmt *stmt, int index, GBytes *payload);
/* Prepares, binds as above, and runs to the end. */
bool tide_stmt_exec (sqlite3 *db, GError **error, const char *sql, const char *types, ...);
/* The first column of the first row after binding; @fallback when there is none or it is null. */
bool tide_stmt_get_int (sqlite3 *db, gint64 fallback, gint64 *ret_value, GError **error, const char *sql,
                        const char *types, ...);
/* All rows of a bound statement, which it takes; NULL and an error, also when @stmt is NULL. */
GPtrArray *tide_stmt_collect (TideStmt *stmt, gpointer (*from_row) (TideStmt *stmt), GDestroyNotify destroy,
                              GError **error);
/* A column as TideTime (null is NONE), and as bytes (null is NULL). */
TideTime tide_stmt_time (TideStmt *stmt, int column);
GBytes *tide_stmt_bytes (TideStmt *stmt, int column);

G_END_DECLS
