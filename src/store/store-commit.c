/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One commit: the events of many deliveries as one small block a stream, with the positions, gaps and rejected events
 * that came with them, in one transaction. Events are numbered here, in the order of pushing. A field that a stream has
 * not had so far, or not with this type, gets a column on the way; blocks that are there stay as they are.
 * What is known of a stream is kept between commits and dropped whenever a transaction fails. */
#include "store-assembly.h"
#include "store-commit.h"
#include "store-fault.h"
#include "store-statement.h"

#include <string.h>

/* A stream as this thread knows it. */
typedef struct
{
  TideStoredStream *stored;
  TideAssembly *assembly;    /* of the block of a commit */
  const TideStream *schema;  /* of which ids is the map: a reference */
  int *ids;                  /* by batch column; 0: not stored */
  /* Of the commit under way: */
  bool touched;
  TideBlock block;
  TideCommitted committed;
} CommitStream;

struct _TideCommitter
{
  sqlite3 *db;
  TideBlockWriter *blocks;
  GHashTable *streams;  /* name in lower case → CommitStream */
  GPtrArray *touched;   /* CommitStream*, in the order of their first batch */
  TideStmt *position, *gap, *quarantine, *stream, *quality, *replayed, *refused;
};

static void
commit_stream_free (CommitStream *stream)
{
  tide_stored_stream_free (stream->stored);
  tide_assembly_free (stream->assembly);
  if (stream->schema != NULL)
    tide_stream_unref (stream->schema);
  g_free (stream->ids);
  g_free (stream);
}

TideCommitter *
tide_committer_new (sqlite3 *db, GError **error)
{
  g_autoptr (TideCommitter) committer = g_new0 (TideCommitter, 1);
  committer->db = db;
  committer->streams
    = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) commit_stream_free);
  committer->touched = g_ptr_array_new ();
  committer->blocks = tide_block_writer_new (db, error);
  if (committer->blocks == NULL)
    return NULL;
  const struct
  {
    TideStmt **stmt;
    const char *sql;
  } statements[] = {
    { &committer->position,
      "INSERT INTO position (source, partition, offset, token) VALUES (?,?,?,?)"
      " ON CONFLICT DO UPDATE SET offset=excluded.offset, token=excluded.token" },
    { &committer->gap,
      "INSERT INTO gap (source, partition, \"from\", \"to\", time, reason) VALUES (?,?,?,?,?,?)" },
    { &committer->quarantine,
      "INSERT INTO quarantine (stream, source, position, received, reason, payload, rules, key, headers, time)"
      " VALUES (?,?,?,?,?,?,?,?,?,?)" },
    { &committer->quality, TIDE_QUALITY_ADD },
    { &committer->replayed, "UPDATE quarantine SET state='replayed', changed=?2 WHERE id=?1" },
    { &committer->refused, "UPDATE quarantine SET reason=?3, rules=?4, changed=?2 WHERE id=?1" },
    { &committer->stream,
      "UPDATE stream SET last_seq=last_seq+?2, events=events+?2, bytes=bytes+?3, blocks=blocks+1,"
      " time_min=min(coalesce(time_min, ?4), ?4), time_max=max(coalesce(time_max, ?5), ?5) WHERE id=?1" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if ((*statements[i].stmt = tide_db_prepare (db, statements[i].sql, error)) == NULL)
      return NULL;
  return g_steal_pointer (&committer);
}

void
tide_committer_free (TideCommitter *committer)
{
  if (committer == NULL)
    return;
  g_hash_table_unref (committer->streams);
  g_ptr_array_unref (committer->touched);
  tide_block_writer_free (committer->blocks);
  sqlite3_finalize (committer->position);
  sqlite3_finalize (committer->gap);
  sqlite3_finalize (committer->quarantine);
  sqlite3_finalize (committer->stream);
  sqlite3_finalize (committer->quality);
  sqlite3_finalize (committer->replayed);
  sqlite3_finalize (committer->refused);
  g_free (committer);
}

void
tide_committer_forget (TideCommitter *committer)
{
  g_ptr_array_set_size (committer->touched, 0);
  g_hash_table_remove_all (committer->streams);
}

/* --- columns of a stream --- */

static CommitStream *
commit_stream_get (TideCommitter *committer, const TideStream *schema, GError **error)
{
  g_autofree char *folded = g_ascii_strdown (schema->name, -1);
  CommitStream *stream = g_hash_table_lookup (committer->streams, folded);
  if (stream != NULL)
    return stream;
  g_autoptr (GError) local_error = NULL;
  TideStoredStream *stored = tide_stored_stream_load (committer->db, schema->name, &local_error);
  if (stored == NULL && local_error == NULL)
    {
      g_autoptr (TideStmt) stmt = tide_db_prepare (committer->db, "INSERT INTO stream (name) VALUES (?)", error);
      if (stmt == NULL)
        return NULL;
      sqlite3_bind_text (stmt, 1, schema->name, -1, SQLITE_STATIC);
      if (!tide_db_run (stmt, error))
        return NULL;
      stored = tide_stored_stream_load (committer->db, schema->name, &local_error);
    }
  if (stored == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  stream = g_new0 (CommitStream, 1);
  stream->stored = stored;
  stream->assembly = tide_assembly_new ();
  g_hash_table_insert (committer->streams, g_steal_pointer (&folded), stream);
  return stream;
}

/* The column of a name that readers see now, or NULL. */
static TideStoredColumn *
present_column (const TideStoredStream *stored, const char *name)
{
  TideStoredColumn *present = NULL;
  for (guint i = 0; i < stored->columns->len; i++)
    {
      TideStoredColumn *column = &g_array_index (stored->columns, TideStoredColumn, i);
      if (g_str_equal (column->name, name) && (present == NULL || column->generation > present->generation))
        present = column;
    }
  return present;
}

static bool
write_column (TideCommitter *committer, const TideStoredStream *stored, const TideStoredColumn *column,
              GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    committer->db,
    "INSERT INTO stream_column (stream, id, name, type, scale, generation) VALUES (?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET generation=excluded.generation",
    error);
  if (stmt == NULL)
    return false;
  sqlite3_bind_int64 (stmt, 1, stored->id);
  sqlite3_bind_int (stmt, 2, column->id);
  sqlite3_bind_text (stmt, 3, column->name, -1, SQLITE_STATIC);
  sqlite3_bind_int (stmt, 4, (int) column->type);
  sqlite3_bind_int (stmt, 5, column->scale);
  sqlite3_bind_int (stmt, 6, column->generation);
  return tide_db_run (stmt, error);
}

/* The id under which a field is stored: the one it has, one it had before with this type, or a new one. */
static int
register_field (TideCommitter *committer, TideStoredStream *stored, const TideField *field, GError **error)
{
  TideStoredColumn *present = present_column (stored, field->name);
  if (present != NULL && present->type == field->type && present->scale == field->scale)
    return present->id;
  int generation = present != NULL ? present->generation + 1 : 0, last_id = TIDE_COLUMN_ID_FIELD0 - 1;
  for (guint i = 0; i < stored->columns->len; i++)
    {
      TideStoredColumn *column = &g_array_index (stored->columns, TideStoredColumn, i);
      last_id = MAX (last_id, column->id);
      if (g_str_equal (column->name, field->name) && column->type == field->type && column->scale == field->scale)
        {
          column->generation = generation;
          return write_column (committer, stored, column, error) ? column->id : 0;
        }
    }
  if (last_id >= TIDE_COLUMN_ID_MAX)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "stream %s has had %d columns, no more can be added; give the stream a new name", stored->name,
                   TIDE_COLUMN_ID_MAX - TIDE_COLUMN_ID_FIELD0 + 1);
      return 0;
    }
  TideStoredColumn column
    = { last_id + 1, g_strdup (field->name), field->type, field->scale, generation };
  g_array_append_val (stored->columns, column);
  return write_column (committer, stored, &column, error) ? column.id : 0;
}

static bool
register_special_fields (TideCommitter *committer, TideStoredStream *stored, const TideStream *schema, GError **error)
{
  const char *time = schema->time_field >= 0 ? schema->fields[schema->time_field]->name : NULL;
  const char *key = schema->key_field >= 0 ? schema->fields[schema->key_field]->name : NULL;
  if (g_strcmp0 (time, stored->time_field) == 0 && g_strcmp0 (key, stored->key_field) == 0)
    return true;
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (committer->db, "UPDATE stream SET time_field=?2, key_field=?3 WHERE id=?1", error);
  if (stmt == NULL)
    return false;
  sqlite3_bind_int64 (stmt, 1, stored->id);
  sqlite3_bind_text (stmt, 2, time, -1, SQLITE_STATIC);
  sqlite3_bind_text (stmt, 3, key, -1, SQLITE_STATIC);
  g_free (stored->time_field);
  g_free (stored->key_field);
  stored->time_field = g_strdup (time);
  stored->key_field = g_strdup (key);
  return tide_db_run (stmt, error);
}

/* Makes stream->ids the map of @schema's columns. */
static bool
commit_stream_map (TideCommitter *committer, CommitStream *stream, const TideStream *schema, GError **error)
{
  if (stream->schema == schema)
    return true;
  g_free (stream->ids);
  stream->ids = g_new0 (int, TIDE_COLUMN_FIELD0 + schema->n_fields);
  g_clear_pointer (&stream->schema, tide_stream_unref);
  for (int i = 0; i < TIDE_COLUMN_FIELD0; i++)
    stream->ids[i] = TIDE_COLUMN_ID_SYSTEM + i;
  for (uint32_t i = 0; i < schema->n_fields; i++)
    {
      int id = register_field (committer, stream->stored, schema->fields[i], error);
      if (id == 0)
        return false;
      stream->ids[TIDE_COLUMN_FIELD0 + i] = id;
    }
  if (!register_special_fields (committer, stream->stored, schema, error))
    return false;
  stream->schema = tide_stream_ref (schema);
  return true;
}

/* --- events --- */

static void
commit_stream_start (TideCommitter *committer, CommitStream *stream)
{
  stream->touched = true;
  stream->block = (TideBlock){ .stream = stream->stored->id, .first_seq = stream->stored->last_seq + 1 };
  stream->committed = (TideCommitted){ .time_max = TIDE_TIME_NONE, .oldest_mono_us = INT64_MAX };
  tide_assembly_reset (stream->assembly);
  g_ptr_array_add (committer->touched, stream);
}

/* The system column that a field repeats in this batch, or 0. */
static int
find_repeated (const TideBatch *batch, uint32_t field)
{
  static const int candidates[] = { TIDE_COLUMN_TIME, TIDE_COLUMN_KEY };
  for (gsize i = 0; i < G_N_ELEMENTS (candidates) && field >= TIDE_COLUMN_FIELD0; i++)
    if (tide_column_equal (&batch->columns[candidates[i]], &batch->columns[field], batch->n))
      return TIDE_COLUMN_ID_SYSTEM + candidates[i];
  return 0;
}

static bool
commit_batch (TideCommitter *committer, const TideBatch *batch, GError **error)
{
  g_assert (batch->columns[TIDE_COLUMN_TIME].type == TIDE_TYPE_TIME);
  CommitStream *stream = commit_stream_get (committer, batch->stream, error);
  if (stream == NULL || !commit_stream_map (committer, stream, batch->stream, error))
    return false;
  if (!stream->touched)
    commit_stream_start (committer, stream);
  uint32_t before = stream->block.n;
  for (uint32_t i = 0; i < batch->n_columns; i++)
    {
      if (batch->columns[i].type == TIDE_TYPE_NONE)
        continue;
      int repeated = find_repeated (batch, i);
      if (repeated == 0
          || !tide_assembly_append_alias (stream->assembly, stream->ids[i], repeated, before, batch->n))
        tide_assembly_append (stream->assembly, stream->ids[i], &batch->columns[i], before, batch->n, false);
    }
  stream->block.n += batch->n;
  stream->committed.stream = batch->stream->name;
  stream->committed.events += batch->n;
  stream->committed.time_max = MAX (stream->committed.time_max, batch->time_max);
  stream->committed.oldest_mono_us = MIN (stream->committed.oldest_mono_us, batch->received_mono_us);
  return true;
}

static bool
commit_stream_write (TideCommitter *committer, CommitStream *stream, GError **error)
{
  TideBlock *block = &stream->block;
  guint n_columns = 0;
  gsize bytes = 0;
  const TideBlockColumn *columns = tide_assembly_finish (stream->assembly, block->n, &n_columns, &bytes);
  block->weight = MAX (block->n, (uint32_t) MIN (bytes / TIDE_BLOCK_EVENT_BYTES, TIDE_BLOCK_MAX_EVENTS));
  block->tier = block->weight >= TIDE_BLOCK_FINAL_EVENTS ? TIDE_BLOCK_FINAL_TIER : 0;
  block->created = g_get_real_time ();
  if (!tide_block_writer_insert (committer->blocks, block, columns, n_columns, error))
    return false;
  const gint64 values[] = { block->stream, block->n, block->bytes, block->time_min, block->time_max };
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    sqlite3_bind_int64 (committer->stream, (int) i + 1, values[i]);
  stream->stored->last_seq += block->n;
  stream->committed.seq = stream->stored->last_seq;
  return tide_db_run (committer->stream, error);
}

/* --- what comes with them --- */

static bool
commit_position (TideCommitter *committer, const char *source, const TidePosition *position, GError **error)
{
  sqlite3_bind_text (committer->position, 1, source, -1, SQLITE_STATIC);
  sqlite3_bind_int (committer->position, 2, position->partition);
  sqlite3_bind_int64 (committer->position, 3, position->offset);
  sqlite3_bind_text (committer->position, 4, position->token, -1, SQLITE_STATIC);
  return tide_db_run (committer->position, error);
}

static bool
commit_gap (TideCommitter *committer, const TideGap *gap, GError **error)
{
  sqlite3_bind_text (committer->gap, 1, gap->source, -1, SQLITE_STATIC);
  sqlite3_bind_int (committer->gap, 2, gap->partition);
  sqlite3_bind_int64 (committer->gap, 3, gap->from);
  sqlite3_bind_int64 (committer->gap, 4, gap->to);
  sqlite3_bind_int64 (committer->gap, 5, gap->time);
  sqlite3_bind_text (committer->gap, 6, gap->reason, -1, SQLITE_STATIC);
  return tide_db_run (committer->gap, error);
}

static bool
commit_rejected (TideCommitter *committer, const TideRejected *rejected, GError **error)
{
  char position[48];
  g_snprintf (position, sizeof position, "%d:%" G_GINT64_FORMAT, (int) rejected->partition,
              (gint64) rejected->offset);
  sqlite3_bind_text (committer->quarantine, 1, rejected->stream, -1, SQLITE_STATIC);
  sqlite3_bind_text (committer->quarantine, 2, rejected->source, -1, SQLITE_STATIC);
  sqlite3_bind_text (committer->quarantine, 3, position, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (committer->quarantine, 4, rejected->received);
  sqlite3_bind_text (committer->quarantine, 5, rejected->reason, -1, SQLITE_STATIC);
  tide_stmt_bind_payload (committer->quarantine, 6, rejected->payload);
  sqlite3_bind_text (committer->quarantine, 7, rejected->rules != NULL ? rejected->rules : "", -1, SQLITE_STATIC);
  sqlite3_bind_text (committer->quarantine, 8, rejected->key, -1, SQLITE_STATIC);
  sqlite3_bind_text (committer->quarantine, 9, rejected->headers, -1, SQLITE_STATIC);
  if (rejected->time != TIDE_TIME_NONE && rejected->time != 0)
    sqlite3_bind_int64 (committer->quarantine, 10, rejected->time);
  bool ok = tide_db_run (committer->quarantine, error);
  sqlite3_clear_bindings (committer->quarantine);
  return ok;
}

static bool
commit_replayed (TideCommitter *committer, const TideReplayed *replayed, GError **error)
{
  gint64 now = g_get_real_time ();
  if (replayed->reason == NULL)
    {
      tide_stmt_bind (committer->replayed, "ii", replayed->id, now);
      return tide_db_run (committer->replayed, error);
    }
  tide_stmt_bind (committer->refused, "iitt", replayed->id, now, replayed->reason, replayed->rules);
  return tide_db_run (committer->refused, error);
}

static bool
commit_queued (TideCommitter *committer, const TideQueued *queued, GError **error)
{
  if (queued->batch != NULL && queued->batch->n > 0 && !commit_batch (committer, queued->batch, error))
    return false;
  for (guint i = 0; queued->rejected != NULL && i < queued->rejected->len; i++)
    if (!commit_rejected (committer, g_ptr_array_index (queued->rejected, i), error))
      return false;
  for (guint i = 0; queued->gaps != NULL && i < queued->gaps->len; i++)
    if (!commit_gap (committer, g_ptr_array_index (queued->gaps, i), error))
      return false;
  for (guint i = 0; queued->replayed != NULL && i < queued->replayed->len; i++)
    if (!commit_replayed (committer, g_ptr_array_index (queued->replayed, i), error))
      return false;
  if (queued->quality != NULL && !tide_quality_write (committer->quality, queued->quality, error))
    return false;
  for (guint i = 0; i < queued->n_positions; i++)
    if (!commit_position (committer, queued->source, &queued->positions[i], error))
      return false;
  return true;
}

static bool
commit_all (TideCommitter *committer, TideQueued *const *queued, guint n, GError **error)
{
  if (!tide_db_exec (committer->db, "BEGIN IMMEDIATE", error))
    return false;
  for (guint i = 0; i < n; i++)
    if (!commit_queued (committer, queued[i], error))
      return false;
  tide_fault_point ("commit-positions");
  for (guint i = 0; i < committer->touched->len; i++)
    if (!commit_stream_write (committer, g_ptr_array_index (committer->touched, i), error))
      return false;
  tide_fault_point ("commit-end");
  bool ok = tide_db_exec (committer->db, "COMMIT", error);
  tide_fault_point ("commit-done");
  return ok;
}

/**
 * tide_committer_commit:
 *
 * Errors: FULL, CORRUPT, INVALID (a stream out of columns); nothing of it is in the database then.
 * Thread: the writer's.
 */
bool
tide_committer_commit (TideCommitter *committer, TideQueued *const *queued, guint n, GArray *ret_commits,
                       GError **error)
{
  if (!commit_all (committer, queued, n, error))
    {
      if (!sqlite3_get_autocommit (committer->db))
        sqlite3_exec (committer->db, "ROLLBACK", NULL, NULL, NULL);
      tide_committer_forget (committer);
      return false;
    }
  for (guint i = 0; i < committer->touched->len; i++)
    {
      CommitStream *stream = g_ptr_array_index (committer->touched, i);
      stream->touched = false;
      g_array_append_val (ret_commits, stream->committed);
    }
  g_ptr_array_set_size (committer->touched, 0);
  return true;
}
