/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WHERE of a metric, filter of a stream and of the event browser: parsed to a tree, evaluated over columns
 * with SQL's three-valued logic, and written as SQL. Text compares by bytes (BINARY), LIKE as SQLite's. */
#pragma once

#include "model-batch.h"
#include "model-stream.h"

G_BEGIN_DECLS

/* Parses and binds to the fields of @stream. The error names the column of the text where it went wrong and
 * what was expected. Comparison = == <> != < <= > >=, AND, OR, NOT, [NOT] IN (…), [NOT] BETWEEN … AND …,
 * IS [NOT] NULL, [NOT] LIKE, parentheses; literals 'text', 12, 1.5, true, false, ts('2026-11-01'); fields by
 * name or "quoted", and _source, _partition, _offset, _key, _received, _time, _payload, _headers. A bool field stands
 * alone; a field compares with another of its kind; a time also with a text ('2026-11-01', UTC without an offset).
 * Numbers compare by their digits, exactly. Bounded in length, depth, conditions (512) and values of an IN (1,000). */
TidePredicate *tide_predicate_new (const char *text, const TideStream *stream, GError **error);
void tide_predicate_free (TidePredicate *predicate);
/* Sets ret_rows to the ascending rows in [from, to) for which it is TRUE (not NULL); returns how many.
 * A column that the batch lacks, or has as another type, is null.
 * Thread: any; two threads may evaluate the same one. */
uint32_t tide_predicate_select (const TidePredicate *predicate, const TideBatch *batch, uint32_t from, uint32_t to,
                                uint32_t *ret_rows);
/* Sets bit c of ret_columns (an array of batch columns, n_columns long) for each column it reads. */
void tide_predicate_mark_columns (const TidePredicate *predicate, bool *ret_columns);
/* As SQL over the stream's table: same rows (decimals are doubles there: up to 15 digits). Needs ts(). Also its
 * canonical form, from which versions are made: parsing it gives itself. */
char *tide_predicate_to_sql (const TidePredicate *predicate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TidePredicate, tide_predicate_free)

G_END_DECLS
