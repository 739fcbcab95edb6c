/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of store/ share: statements, connections, streams as stored, blocks. Not seen outside. */
#pragma once

#include "store-db.h"
#include "store-scan.h"
#include "store-writer.h"

G_BEGIN_DECLS

#define TIDE_SCHEMA_VERSION 9
#define TIDE_BUSY_TIMEOUT_MS 5000
#define TIDE_APPLICATION_ID 0x54444d4b /* "TDMK" */

/* A block is final, and merged no more, from this many events (or as many times TIDE_BLOCK_EVENT_BYTES). */
#define TIDE_BLOCK_MAX_EVENTS 65536
#define TIDE_BLOCK_FINAL_EVENTS 32768
#define TIDE_BLOCK_EVENT_BYTES 512
#define TIDE_BLOCK_FINAL_TIER 9

/* Ids of columns in block_column: block << 10 | id. Those that every event has come first. */
#define TIDE_COLUMN_ID_SYSTEM 1 /* + TIDE_COLUMN_TIME … _HEADERS */
#define TIDE_COLUMN_ID_FIELD0 16
#define TIDE_COLUMN_ID_MAX 1022

/* --- statements (store-db.c) --- */

typedef sqlite3_stmt TideStmt;

bool tide_db_exec (sqlite3 *db, const char *sql, GError **error);
TideStmt *tide_db_prepare (sqlite3 *db, const char *sql, GError **error);
/* The next row; *ret_row FALSE at the end, when the statement was reset too. */
bool tide_db_step (TideStmt *stmt, bool *ret_row, GError **error);
/* Runs a statement that gives no rows, and resets it whatever happens. */
bool tide_db_run (TideStmt *stmt, GError **error);
/* The first column of the first row; @fallback when there is no row or it is null. */
bool tide_db_get_int (sqlite3 *db, const char *sql, gint64 fallback, gint64 *ret_value, GError **error);
/* Text of a column, NULL for null; copied. */
char *tide_db_dup_text (TideStmt *stmt, int column);

static inline void
tide_stmt_finalize (TideStmt *stmt)
{
  sqlite3_finalize (stmt);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideStmt, tide_stmt_finalize)

/* --- connections (store-db.c) --- */

/* A read-only connection of the caller's own: sqlite3_close(). For TideSql, whose TEMP tables a pool can't share. */
sqlite3 *tide_store_connect (TideStore *store, GError **error);
/* The one that writes, or NULL when the store is open for reading. Only on the writer's thread, or before there is one. */
sqlite3 *tide_store_get_write_db (TideStore *store);
/* Whether the read was cancelled or interrupted between two statements (where sqlite3_interrupt() is lost). */
bool tide_reader_check (TideReader *reader, GError **error);
/* Interrupts the readers that are past their deadline; how many. Thread: any. */
guint tide_store_interrupt_overdue (TideStore *store);
/* Path of the database. */
const char *tide_store_get_path (const TideStore *store);
TideStore *tide_writer_get_store (TideWriter *writer);

/* --- quality (store-quality.c) --- */

#define TIDE_QUALITY_ADD                                                                                                \
  "INSERT INTO quality_hour (stream, hour, field, rule, events, failed, warned, repaired) VALUES (?,?,?,?,?,?,?,?)"     \
  " ON CONFLICT DO UPDATE SET events=events+excluded.events, failed=failed+excluded.failed,"                            \
  " warned=warned+excluded.warned, repaired=repaired+excluded.repaired"
/* Adds @hours by that statement. */
bool tide_quality_write (TideStmt *add, GPtrArray *hours, GError **error);

/* --- schema (store-schema.c) --- */

typedef struct
{
  const char *sql; /* one script: brings user_version from its index to index + 1 */
} TideMigration;

/* Refuses what is newer or not ours, without touching it. */
bool tide_schema_check (sqlite3 *db, const char *path, int supported, gint64 *ret_version, GError **error);
/* Forward only, each step in one transaction; an existing database is copied to PATH.v<N>.bak before. */
bool tide_schema_migrate (sqlite3 *db, const char *path, const TideMigration *migrations, int n, GError **error);
extern const TideMigration tide_schema_migrations[TIDE_SCHEMA_VERSION];

/* --- streams as stored (store-stream.c) --- */

/* A column that a stream has or had. */
typedef struct
{
  int id;
  char *name;
  TideType type;
  int scale;
  int generation; /* of two with one name the higher is the present one */
} TideStoredColumn;

/* What the database knows about a stream. */
typedef struct
{
  gint64 id;
  char *name;
  TideSeq last_seq, floor_seq;
  char *time_field, *key_field; /* NULL: none */
  GArray *columns;              /* TideStoredColumn, ascending by id */
} TideStoredStream;

/* NULL without an error when there is no such stream. */
TideStoredStream *tide_stored_stream_load (sqlite3 *db, const char *name, GError **error);
void tide_stored_stream_free (TideStoredStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideStoredStream, tide_stored_stream_free)

/* Names, sorted; free with g_strfreev(). */
char **tide_store_list_streams (sqlite3 *db, GError **error);
/* The stream as a definition: present columns in the order in which they came. For readers without a workspace. */
const TideStream *tide_stored_stream_define (const TideStoredStream *stream);

/* --- blocks (store-block.c) --- */

typedef struct
{
  gint64 id, stream;
  TideSeq first_seq;
  uint32_t n;
  TideTime time_min, time_max, received_min, received_max;
  int tier;
  uint32_t weight; /* events, or more when they are large */
  gint64 bytes;
  TideTime created;
} TideBlock;

/* The columns of a TideBlock, for a SELECT that tide_block_from_row() reads from result column 0 on. */
#define TIDE_BLOCK_COLUMNS \
  "id,stream,first_seq,n,time_min,time_max,received_min,received_max,tier,weight,bytes,created"
void tide_block_from_row (TideStmt *stmt, TideBlock *ret_block);

/* The oldest block of a stream; *ret_found FALSE when it has none. */
bool tide_block_get_first (sqlite3 *db, const char *stream, TideBlock *ret_block, bool *ret_found, GError **error);
/* Deletes the oldest block of its stream and raises the floor to its last event. In the writer's transaction. */
bool tide_block_retire (sqlite3 *db, const TideBlock *block, GError **error);

/* --- scanning with more say (store-scan.c) --- */

/* Bounds of a column in a block, over its rows that are not null; when all are null, min is above max. */
typedef struct
{
  TideType type; /* NONE: not known */
  int scale;
  uint32_t nulls;
  int64_t int_min, int_max;   /* INT, DECIMAL, BOOL, TIME */
  double real_min, real_max;
  TideText text_min, text_max; /* by bytes, as BINARY; borrowed until the next call */
} TideZone;

/* FALSE: leave out this block. */
typedef bool (*TideScanFilter) (TideScan *scan, const TideBlock *block, void *data);

/* On any connection (the shell's, the writer's inside its transaction). */
TideScan *tide_scan_new_on (sqlite3 *db, const TideScanOptions *options, GError **error);
void tide_scan_set_filter (TideScan *scan, TideScanFilter filter, void *data);
/* Inside a filter: bounds of a batch column. FALSE: not known, don't skip (another type, long texts). */
bool tide_scan_get_zone (TideScan *scan, const TideBlock *block, uint32_t column, TideZone *ret_zone);
/* Blocks in the range that could be read at most. */
guint tide_scan_count_blocks (TideScan *scan);

/* store-sql-authorize.c: for SQLite's authorizer (its action codes and their two arguments). */
bool tide_sql_may (int action, const char *first, const char *second);
const char *tide_sql_name_action (int action);

G_END_DECLS
