/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a stream holds and where its sources are, cheaply enough to be asked for many times a second: counters that the
 * writer keeps in each commit, and ranges of the block index; nothing is decoded. */
#include "store-private.h"

/* Blocks at the end of the stream that will still be merged. */
static bool
count_small_blocks (sqlite3 *db, gint64 stream, guint *ret_n, GError **error)
{
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (db, "SELECT tier FROM block WHERE stream=? ORDER BY first_seq DESC", error);
  bool row = false;
  guint n = 0;
  if (stmt == NULL)
    return false;
  sqlite3_bind_int64 (stmt, 1, stream);
  for (;;)
    {
      if (!tide_db_step (stmt, &row, error))
        return false;
      if (!row || sqlite3_column_int (stmt, 0) >= TIDE_BLOCK_FINAL_TIER)
        break;
      n++;
    }
  *ret_n = n;
  return true;
}

static TideTime
column_time (TideStmt *stmt, int column)
{
  return sqlite3_column_type (stmt, column) != SQLITE_NULL ? sqlite3_column_int64 (stmt, column) : TIDE_TIME_NONE;
}

/**
 * tide_store_get_stream_facts:
 *
 * As of the reader's transaction. A stream that was never stored has none: all zero.
 *
 * Errors: CORRUPT, TIMEOUT. Thread: the reader's.
 */
bool
tide_store_get_stream_facts (TideReader *reader, const char *stream, TideStreamFacts *ret_facts, GError **error)
{
  sqlite3 *db = tide_reader_get_db (reader);
  TideStreamFacts facts = { .time_min = TIDE_TIME_NONE, .time_max = TIDE_TIME_NONE };
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "SELECT id, last_seq, floor_seq, events, blocks, bytes, time_min, time_max FROM stream WHERE name=?", error);
  bool row = false;
  if (stmt == NULL)
    return false;
  sqlite3_bind_text (stmt, 1, stream, -1, SQLITE_STATIC);
  if (!tide_db_step (stmt, &row, error))
    return false;
  if (row)
    {
      facts.last_seq = sqlite3_column_int64 (stmt, 1);
      facts.floor_seq = sqlite3_column_int64 (stmt, 2);
      facts.events = (uint64_t) sqlite3_column_int64 (stmt, 3);
      facts.blocks = (guint) sqlite3_column_int64 (stmt, 4);
      facts.bytes = sqlite3_column_int64 (stmt, 5);
      facts.time_min = column_time (stmt, 6);
      facts.time_max = column_time (stmt, 7);
      if (!count_small_blocks (db, sqlite3_column_int64 (stmt, 0), &facts.small_blocks, error))
        return false;
    }
  *ret_facts = facts;
  return true;
}

/**
 * tide_store_get_since:
 *
 * Events after @cut, and the bytes of their blocks; of the block that the cut lies in, its share.
 *
 * Errors: CORRUPT, TIMEOUT. Thread: the reader's.
 */
bool
tide_store_get_since (TideReader *reader, const char *stream, TideSeq cut, uint64_t *ret_events, gint64 *ret_bytes,
                      GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    "SELECT sum(min(n, first_seq + n - 1 - ?2)),"
    " sum(CASE WHEN first_seq > ?2 THEN bytes ELSE bytes * (first_seq + n - 1 - ?2) / n END)"
    " FROM block, (SELECT id AS of FROM stream WHERE name=?1)"
    " WHERE stream=of AND first_seq >= coalesce((SELECT max(first_seq) FROM block WHERE stream=of"
    " AND first_seq <= ?2 + 1), 0) AND first_seq + n - 1 > ?2",
    error);
  bool row = false;
  if (stmt == NULL)
    return false;
  sqlite3_bind_text (stmt, 1, stream, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (stmt, 2, cut);
  if (!tide_db_step (stmt, &row, error))
    return false;
  *ret_events = row ? (uint64_t) sqlite3_column_int64 (stmt, 0) : 0;
  *ret_bytes = row ? sqlite3_column_int64 (stmt, 1) : 0;
  return true;
}

/**
 * tide_store_get_positions:
 *
 * Returns: (transfer full): TidePosition by partition, none for a source that was never committed
 *
 * Errors: CORRUPT, TIMEOUT. Thread: the reader's, not main.
 */
GArray *
tide_store_get_positions (TideReader *reader, const char *source, GError **error)
{
  g_autoptr (GArray) positions = g_array_new (FALSE, FALSE, sizeof (TidePosition));
  g_array_set_clear_func (positions, (GDestroyNotify) tide_position_clear);
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    tide_reader_get_db (reader), "SELECT partition, offset, token FROM position WHERE source=? ORDER BY partition",
    error);
  bool row = false;
  if (stmt == NULL)
    return NULL;
  sqlite3_bind_text (stmt, 1, source, -1, SQLITE_STATIC);
  while (tide_db_step (stmt, &row, error))
    {
      if (!row)
        return g_steal_pointer (&positions);
      TidePosition position = { sqlite3_column_int (stmt, 0), sqlite3_column_int64 (stmt, 1), tide_db_dup_text (stmt, 2) };
      g_array_append_val (positions, position);
    }
  return NULL;
}
