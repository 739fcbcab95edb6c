/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks as rows of SQLite: one in block, and one in block_column for each column that holds anything. A field that
 * repeats the event time or the key row for row is stored as an alias of it, not twice. */
#include "store-block.h"

#include <string.h>

struct _TideBlockWriter
{
  sqlite3 *db;
  TideColumnEncoder *encoder;
  TideStmt *insert_block, *insert_column, *set_bytes, *delete_block, *delete_columns;
};

TideBlockWriter *
tide_block_writer_new (sqlite3 *db, GError **error)
{
  g_autoptr (TideBlockWriter) writer = g_new0 (TideBlockWriter, 1);
  writer->db = db;
  writer->encoder = tide_column_encoder_new ();
  const struct
  {
    TideStmt **stmt;
    const char *sql;
  } statements[] = {
    { &writer->insert_block,
      "INSERT INTO block (stream, first_seq, n, time_min, time_max, received_min, received_max, tier, weight, bytes,"
      " created) VALUES (?,?,?,?,?,?,?,?,?,0,?)" },
    { &writer->insert_column, "INSERT INTO block_column (id, zmin, zmax, nulls, data) VALUES (?,?,?,?,?)" },
    { &writer->set_bytes, "UPDATE block SET bytes=?2 WHERE id=?1" },
    { &writer->delete_block, "DELETE FROM block WHERE id=?" },
    { &writer->delete_columns, "DELETE FROM block_column WHERE id BETWEEN ?1 << 10 AND (?1 << 10) + 1023" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if ((*statements[i].stmt = tide_db_prepare (db, statements[i].sql, error)) == NULL)
      return NULL;
  return g_steal_pointer (&writer);
}

void
tide_block_writer_free (TideBlockWriter *writer)
{
  if (writer == NULL)
    return;
  sqlite3_finalize (writer->insert_block);
  sqlite3_finalize (writer->insert_column);
  sqlite3_finalize (writer->set_bytes);
  sqlite3_finalize (writer->delete_block);
  sqlite3_finalize (writer->delete_columns);
  tide_column_encoder_free (writer->encoder);
  g_free (writer);
}

static const TideColumn *
find_column (const TideBlockColumn *columns, guint n, int id)
{
  for (guint i = 0; i < n; i++)
    if (columns[i].id == id)
      return &columns[i].column;
  return NULL;
}

/* Bounds of a time column; the widest there are when it is not there, so that no scan skips the block. */
static void
block_times (const TideColumn *column, uint32_t n, TideTime *ret_min, TideTime *ret_max)
{
  TideZone zone = { .type = TIDE_TYPE_NONE };
  if (column != NULL)
    tide_column_get_zone (column, n, &zone);
  bool known = zone.type == TIDE_TYPE_TIME;
  *ret_min = known ? zone.int_min : INT64_MIN;
  *ret_max = known ? zone.int_max : INT64_MAX;
}

static void
bind_zone (TideStmt *stmt, const TideZone *zone)
{
  switch (zone->type)
    {
    case TIDE_TYPE_NONE:
      sqlite3_bind_null (stmt, 2);
      sqlite3_bind_null (stmt, 3);
      break;
    case TIDE_TYPE_REAL:
      sqlite3_bind_double (stmt, 2, zone->real_min);
      sqlite3_bind_double (stmt, 3, zone->real_max);
      break;
    case TIDE_TYPE_TEXT:
      sqlite3_bind_text (stmt, 2, zone->text_min.data, (int) zone->text_min.len, SQLITE_STATIC);
      sqlite3_bind_text (stmt, 3, zone->text_max.data, (int) zone->text_max.len, SQLITE_STATIC);
      break;
    case TIDE_TYPE_INT:
    case TIDE_TYPE_DECIMAL:
    case TIDE_TYPE_BOOL:
    case TIDE_TYPE_TIME:
      sqlite3_bind_int64 (stmt, 2, zone->int_min);
      sqlite3_bind_int64 (stmt, 3, zone->int_max);
      break;
    }
}

static bool
insert_column (TideBlockWriter *writer, const TideBlock *block, const TideBlockColumn *column, gint64 *bytes,
               GError **error)
{
  TideZone zone;
  int level = block->tier > 0 ? 3 : 1;
  tide_column_get_zone (&column->column, block->n, &zone);
  const GByteArray *data = column->alias > 0
                             ? tide_column_encode_alias (writer->encoder, &column->column, column->alias, block->n)
                             : tide_column_encode (writer->encoder, &column->column, block->n, level);
  sqlite3_bind_int64 (writer->insert_column, 1, block->id << 10 | column->id);
  bind_zone (writer->insert_column, &zone);
  sqlite3_bind_int64 (writer->insert_column, 4, zone.nulls);
  sqlite3_bind_blob64 (writer->insert_column, 5, data->data, data->len, SQLITE_STATIC);
  *bytes += data->len;
  bool ok = tide_db_run (writer->insert_column, error);
  sqlite3_clear_bindings (writer->insert_column);
  return ok;
}

bool
tide_block_writer_insert (TideBlockWriter *writer, TideBlock *block, const TideBlockColumn *columns,
                          guint n_columns, GError **error)
{
  block_times (find_column (columns, n_columns, TIDE_COLUMN_ID_SYSTEM + TIDE_COLUMN_TIME), block->n,
               &block->time_min, &block->time_max);
  block_times (find_column (columns, n_columns, TIDE_COLUMN_ID_SYSTEM + TIDE_COLUMN_RECEIVED), block->n,
               &block->received_min, &block->received_max);
  const gint64 values[] = { block->stream,       block->first_seq,    block->n,    block->time_min, block->time_max,
                            block->received_min, block->received_max, block->tier, block->weight,   block->created };
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    sqlite3_bind_int64 (writer->insert_block, (int) i + 1, values[i]);
  if (!tide_db_run (writer->insert_block, error))
    return false;
  block->id = sqlite3_last_insert_rowid (writer->db);
  block->bytes = 0;
  for (guint i = 0; i < n_columns; i++)
    if (tide_column_count_nulls (&columns[i].column, block->n) < block->n
        && !insert_column (writer, block, &columns[i], &block->bytes, error))
      return false;
  sqlite3_bind_int64 (writer->set_bytes, 1, block->id);
  sqlite3_bind_int64 (writer->set_bytes, 2, block->bytes);
  return tide_db_run (writer->set_bytes, error);
}

bool
tide_block_writer_delete (TideBlockWriter *writer, gint64 id, GError **error)
{
  sqlite3_bind_int64 (writer->delete_columns, 1, id);
  sqlite3_bind_int64 (writer->delete_block, 1, id);
  return tide_db_run (writer->delete_columns, error) && tide_db_run (writer->delete_block, error);
}

/* --- blocks for retention --- */

void
tide_block_from_row (TideStmt *stmt, TideBlock *ret_block)
{
  *ret_block = (TideBlock){
    .id = sqlite3_column_int64 (stmt, 0),
    .stream = sqlite3_column_int64 (stmt, 1),
    .first_seq = sqlite3_column_int64 (stmt, 2),
    .n = (uint32_t) sqlite3_column_int64 (stmt, 3),
    .time_min = sqlite3_column_int64 (stmt, 4),
    .time_max = sqlite3_column_int64 (stmt, 5),
    .received_min = sqlite3_column_int64 (stmt, 6),
    .received_max = sqlite3_column_int64 (stmt, 7),
    .tier = sqlite3_column_int (stmt, 8),
    .weight = (uint32_t) sqlite3_column_int64 (stmt, 9),
    .bytes = sqlite3_column_int64 (stmt, 10),
    .created = sqlite3_column_int64 (stmt, 11),
  };
}

bool
tide_block_get_first (sqlite3 *db, const char *stream, TideBlock *ret_block, bool *ret_found, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db,
    "SELECT " TIDE_BLOCK_COLUMNS " FROM block WHERE stream=(SELECT id FROM stream WHERE name=?)"
    " ORDER BY first_seq LIMIT 1",
    error);
  if (stmt == NULL)
    return false;
  sqlite3_bind_text (stmt, 1, stream, -1, SQLITE_STATIC);
  if (!tide_db_step (stmt, ret_found, error))
    return false;
  if (*ret_found)
    tide_block_from_row (stmt, ret_block);
  return true;
}

bool
tide_block_retire (sqlite3 *db, const TideBlock *block, GError **error)
{
  static const char *const sql[] = {
    "DELETE FROM block_column WHERE id BETWEEN ?1 << 10 AND (?1 << 10) + 1023",
    "DELETE FROM block WHERE id=?1",
    "UPDATE stream SET floor_seq=max(floor_seq, ?3), events=events-?4, bytes=bytes-?5, blocks=blocks-1,"
    " time_min=(SELECT min(time_min) FROM block WHERE stream=?2),"
    " time_max=(SELECT max(time_max) FROM block WHERE stream=?2) WHERE id=?2",
  };
  const gint64 values[] = { block->id, block->stream, block->first_seq + block->n - 1, block->n, block->bytes };
  for (gsize i = 0; i < G_N_ELEMENTS (sql); i++)
    {
      g_autoptr (TideStmt) stmt = tide_db_prepare (db, sql[i], error);
      if (stmt == NULL)
        return false;
      for (int j = 0; j < sqlite3_bind_parameter_count (stmt); j++)
        sqlite3_bind_int64 (stmt, j + 1, values[j]);
      if (!tide_db_run (stmt, error))
        return false;
    }
  return true;
}
