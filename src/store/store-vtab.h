/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams as virtual tables. Private to store/. */
#pragma once

#include "store-private.h"

G_BEGIN_DECLS

/* What cursors have read; other threads look at it. */
typedef struct
{
  guint64 blocks, total, events; /* by g_atomic or __atomic only */
  /* Whether the statement must end; asked for each block, since no step of SQLite's machine happens in between. NULL: no. */
  bool (*stopped) (void *data);
  void *data;
} TideVtabMeter;

/* As tide_vtab_register(); @meter is borrowed for the life of @db. */
int tide_vtab_register_metered (sqlite3 *db, TideVtabMeter *meter, char **ret_error);

/* --- conditions: what a WHERE says about one column (store-vtab-condition.c) --- */

typedef enum
{
  TIDE_CONDITION_NONE,   /* nothing to be said: SQLite decides */
  TIDE_CONDITION_NEVER,  /* true for no row */
  TIDE_CONDITION_INTS,   /* low <= value <= high */
  TIDE_CONDITION_REALS,  /* likewise */
  TIDE_CONDITION_INT_SET,
  TIDE_CONDITION_REAL_SET,
  TIDE_CONDITION_TEXT_SET,
} TideConditionKind;

/* Never takes out a row for which SQLite's own comparison is true, which it makes again on what is left. */
typedef struct
{
  uint32_t column; /* of a batch; TIDE_CONDITION_SEQ: the sequence number */
  TideConditionKind kind;
  int64_t int_low, int_high;
  double real_low, real_high;
  GArray *set;     /* int64_t, double or TideText (owned); sorted */
} TideCondition;

#define TIDE_CONDITION_SEQ UINT32_MAX

/* How a column of SQL compares: INT, REAL or TEXT. Decimals with a scale are reals. */
TideType tide_condition_get_class (TideType type, int scale);
/* @op: '=', '<', 'l' (<=), '>', 'g' (>=), 'i' (IN: @value is the list). FALSE: SQLite failed, with that code. */
int tide_condition_init (TideCondition *condition, uint32_t column, TideType klass, char op, sqlite3_value *value);
void tide_condition_clear (TideCondition *condition);
/* Whether a block with such bounds can have a row. */
bool tide_condition_test_zone (const TideCondition *condition, const TideZone *zone);
bool tide_condition_test_range (const TideCondition *condition, int64_t low, int64_t high);
/* Sets mask[i] to 0 for each of n rows that it takes out. */
void tide_condition_apply (const TideCondition *condition, const TideColumn *column, uint32_t n, guint8 *mask);
/* The real nearest to a decimal. */
double tide_condition_real (int64_t scaled, int scale);

/* --- cursors (store-vtab-cursor.c) --- */

typedef struct
{
  sqlite3_vtab base;
  sqlite3 *db;
  const TideStream *stream; /* as when the connection was opened */
  gint64 id;
  guint64 events;           /* then */
  guint blocks;
  GHashTable *interned;     /* TideText*: texts that SQLite may keep pointers to */
  gsize interned_bytes;
  TideVtabMeter *meter;     /* or NULL */
} TideVtab;

/* Columns of the table: the stream's fields, then these. */
enum
{
  TIDE_VTAB_SEQ,
  TIDE_VTAB_TIME,
  TIDE_VTAB_SOURCE,
  TIDE_VTAB_PARTITION,
  TIDE_VTAB_OFFSET,
  TIDE_VTAB_KEY,
  TIDE_VTAB_RECEIVED,
  TIDE_VTAB_PAYLOAD,
  TIDE_VTAB_HEADERS,
  TIDE_VTAB_N,
};

/* Column of a batch, and its type; TIDE_CONDITION_SEQ for the rowid (-1) and _seq. */
uint32_t tide_vtab_get_column (const TideVtab *vtab, int column, TideType *ret_type, int *ret_scale);

int tide_vtab_open (sqlite3_vtab *table, sqlite3_vtab_cursor **ret_cursor);
int tide_vtab_close (sqlite3_vtab_cursor *cursor);
int tide_vtab_filter (sqlite3_vtab_cursor *cursor, int number, const char *text, int argc, sqlite3_value **argv);
int tide_vtab_next (sqlite3_vtab_cursor *cursor);
int tide_vtab_eof (sqlite3_vtab_cursor *cursor);
int tide_vtab_column (sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column);
int tide_vtab_rowid (sqlite3_vtab_cursor *cursor, sqlite3_int64 *ret_rowid);

G_END_DECLS
