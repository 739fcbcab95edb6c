/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sealing: small blocks that follow each other become one, so that a scan reads few large blobs and dictionaries are
 * stored once. Sixteen blocks of a tier make one of the next; once what is not final would fill a block, the oldest of it
 * become a final one of up to 65,536 events. An event is so rewritten once under load and a few times in a quiet stream,
 * never with each commit. Reading and encoding happen outside the write transaction, which only swaps the rows; numbers
 * of events do not change, so readers at any place notice nothing. A block that can't be read is left alone for good.
 * Limit: one stream's blocks that are not final are at the end of it; those before a damaged one stay small. */
#include "store-assembly.h"
#include "store-commit.h"
#include "store-fault.h"

#include <string.h>

#define FAN_IN 16
#define AGE_FAN_IN 4
#define AGE_US (60 * TIDE_SECOND)

struct _TideSealer
{
  sqlite3 *db;
  TideBlockWriter *blocks;
  TideColumnDecoder *decoder;
  TideStmt *open, *columns, *column;
  GHashTable *due; /* names of streams to look at */
  TideAssembly *assembly; /* NULL between times of work: it holds some MB */
};

TideSealer *
tide_sealer_new (sqlite3 *db, GError **error)
{
  g_autoptr (TideSealer) sealer = g_new0 (TideSealer, 1);
  sealer->db = db;
  sealer->due = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sealer->decoder = tide_column_decoder_new ();
  sealer->blocks = tide_block_writer_new (db, error);
  if (sealer->blocks == NULL)
    return NULL;
  const struct
  {
    TideStmt **stmt;
    const char *sql;
  } statements[] = {
    { &sealer->open, "SELECT " TIDE_BLOCK_COLUMNS " FROM block WHERE stream=(SELECT id FROM stream WHERE name=?)"
                     " ORDER BY first_seq DESC" },
    { &sealer->columns,
      "SELECT id & 1023, data FROM block_column WHERE id BETWEEN ?1 << 10 AND (?1 << 10) + 1023 ORDER BY id" },
    { &sealer->column, "SELECT data FROM block_column WHERE id=?" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if ((*statements[i].stmt = tide_db_prepare (db, statements[i].sql, error)) == NULL)
      return NULL;
  return g_steal_pointer (&sealer);
}

void
tide_sealer_free (TideSealer *sealer)
{
  if (sealer == NULL)
    return;
  sqlite3_finalize (sealer->open);
  sqlite3_finalize (sealer->columns);
  sqlite3_finalize (sealer->column);
  tide_block_writer_free (sealer->blocks);
  tide_column_decoder_free (sealer->decoder);
  g_hash_table_unref (sealer->due);
  tide_assembly_free (sealer->assembly);
  g_free (sealer);
}

void
tide_sealer_wake (TideSealer *sealer, const char *stream)
{
  if (stream != NULL)
    {
      if (!g_hash_table_contains (sealer->due, stream))
        g_hash_table_add (sealer->due, g_strdup (stream));
      return;
    }
  g_auto (GStrv) names = tide_store_list_streams (sealer->db, NULL);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    g_hash_table_add (sealer->due, g_strdup (names[i]));
}

/* --- what to merge --- */

/* The blocks at the end of a stream that are not final, oldest first. */
static bool
sealer_load_open (TideSealer *sealer, const char *stream, GArray *blocks, GError **error)
{
  bool row = false;
  sqlite3_bind_text (sealer->open, 1, stream, -1, SQLITE_STATIC);
  for (;;)
    {
      TideBlock block;
      if (!tide_db_step (sealer->open, &row, error))
        return false;
      if (!row)
        break;
      tide_block_from_row (sealer->open, &block);
      if (block.tier >= TIDE_BLOCK_FINAL_TIER)
        break;
      g_array_append_val (blocks, block);
    }
  sqlite3_reset (sealer->open);
  TideBlock *b = (TideBlock *) (void *) blocks->data;
  for (guint i = 0, j = blocks->len; i + 1 < j; i++)
    {
      TideBlock swap = b[i];
      b[i] = b[--j];
      b[j] = swap;
    }
  return true;
}

/* Chooses the blocks [from, from + n) to merge; n 0: none. */
static void
choose_blocks (const TideBlock *blocks, guint n_blocks, TideTime now, guint *ret_from, guint *ret_n)
{
  uint64_t weight = 0;
  *ret_n = 0;
  for (guint i = 0; i < n_blocks; i++)
    weight += blocks[i].weight;
  if (weight >= TIDE_BLOCK_MAX_EVENTS)
    {
      guint n = 0;
      for (weight = 0; n < n_blocks && weight + blocks[n].weight <= TIDE_BLOCK_MAX_EVENTS; n++)
        weight += blocks[n].weight;
      *ret_from = 0;
      *ret_n = n;
      return;
    }
  for (guint end = n_blocks; end > 0 && *ret_n == 0;)
    {
      guint from = end - 1;
      while (from > 0 && blocks[from - 1].tier == blocks[end - 1].tier)
        from--;
      guint n = end - from;
      bool old = blocks[from].tier == 0 && n >= AGE_FAN_IN && blocks[from].created < now - AGE_US;
      if (n >= FAN_IN || old)
        {
          *ret_from = from;
          *ret_n = n;
        }
      end = from;
    }
}

/* --- merging --- */

/* Decodes what an alias names. */
static bool
sealer_follow (TideSealer *sealer, const TideBlock *block, int id, TideColumn *ret_column)
{
  bool row = false;
  int alias = 0;
  sqlite3_bind_int64 (sealer->column, 1, block->id << 10 | id);
  bool ok = tide_db_step (sealer->column, &row, NULL) && row
            && tide_column_decode (sealer->decoder, sqlite3_column_blob (sealer->column, 0),
                                    (gsize) sqlite3_column_bytes (sealer->column, 0), block->n, ret_column, &alias)
            && alias == 0;
  sqlite3_reset (sealer->column);
  return ok;
}

/* Appends a block's columns; *ret_damaged when it can't be read. */
static bool
sealer_append (TideSealer *sealer, const TideBlock *block, uint32_t n_before, bool *ret_damaged, GError **error)
{
  bool row = false;
  *ret_damaged = false;
  sqlite3_bind_int64 (sealer->columns, 1, block->id);
  while (tide_db_step (sealer->columns, &row, error))
    {
      if (!row)
        return true;
      TideColumn column;
      int id = sqlite3_column_int (sealer->columns, 0), alias = 0;
      bool ok = tide_column_decode (sealer->decoder, sqlite3_column_blob (sealer->columns, 1),
                                     (gsize) sqlite3_column_bytes (sealer->columns, 1), block->n, &column, &alias);
      if (ok && alias != 0 && tide_assembly_append_alias (sealer->assembly, id, alias, n_before, block->n))
        continue;
      if (ok && alias != 0)
        ok = sealer_follow (sealer, block, alias, &column);
      if (!ok)
        {
          *ret_damaged = true;
          sqlite3_reset (sealer->columns);
          return true;
        }
      tide_assembly_append (sealer->assembly, id, &column, n_before, block->n, true);
    }
  return false;
}

static bool
sealer_swap (TideSealer *sealer, const TideBlock *blocks, guint n, TideBlock *merged,
             const TideBlockColumn *columns, guint n_columns, GError **error)
{
  gint64 bytes = 0;
  if (!tide_db_exec (sealer->db, "BEGIN IMMEDIATE", error))
    return false;
  bool ok = true;
  for (guint i = 0; i < n && ok; i++)
    {
      ok = tide_block_writer_delete (sealer->blocks, blocks[i].id, error);
      bytes -= blocks[i].bytes;
    }
  tide_fault_point ("seal-deleted");
  if (ok && tide_block_writer_insert (sealer->blocks, merged, columns, n_columns, error))
    {
      g_autofree char *sql = g_strdup_printf (
        "UPDATE stream SET bytes=bytes+(%" G_GINT64_FORMAT "), blocks=blocks-%u WHERE id=%" G_GINT64_FORMAT "; COMMIT",
        bytes + merged->bytes, n - 1, merged->stream);
      tide_fault_point ("seal-end");
      if (tide_db_exec (sealer->db, sql, error))
        return true;
    }
  if (!sqlite3_get_autocommit (sealer->db))
    sqlite3_exec (sealer->db, "ROLLBACK", NULL, NULL, NULL);
  return false;
}

static bool
sealer_set_aside (TideSealer *sealer, const TideBlock *block, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("UPDATE block SET tier=%d WHERE id=%" G_GINT64_FORMAT,
                                          TIDE_BLOCK_FINAL_TIER, block->id);
  return tide_db_exec (sealer->db, sql, error);
}

static bool
sealer_merge (TideSealer *sealer, const TideBlock *blocks, guint n, GError **error)
{
  TideBlock merged = { .stream = blocks[0].stream, .first_seq = blocks[0].first_seq, .created = blocks[n - 1].created };
  uint64_t weight = 0;
  if (sealer->assembly == NULL)
    sealer->assembly = tide_assembly_new ();
  tide_assembly_reset (sealer->assembly);
  for (guint i = 0; i < n; i++)
    {
      bool damaged = false;
      /* Only neighbours merge; a hole (which nothing here makes) stays where it is. */
      if (blocks[i].first_seq != merged.first_seq + merged.n)
        return sealer_set_aside (sealer, &blocks[i - 1], error);
      if (!sealer_append (sealer, &blocks[i], merged.n, &damaged, error))
        return false;
      if (damaged)
        return sealer_set_aside (sealer, &blocks[i], error);
      merged.n += blocks[i].n;
      merged.tier = MAX (merged.tier, blocks[i].tier + 1);
      weight += blocks[i].weight;
    }
  merged.weight = (uint32_t) MIN (weight, TIDE_BLOCK_MAX_EVENTS);
  if (merged.weight >= TIDE_BLOCK_FINAL_EVENTS || n == 1)
    merged.tier = TIDE_BLOCK_FINAL_TIER;
  merged.tier = MIN (merged.tier, TIDE_BLOCK_FINAL_TIER);
  guint n_columns = 0;
  gsize bytes = 0;
  const TideBlockColumn *columns = tide_assembly_finish (sealer->assembly, merged.n, &n_columns, &bytes);
  return sealer_swap (sealer, blocks, n, &merged, columns, n_columns, error);
}

/**
 * tide_sealer_step:
 *
 * At most one merge, a few tens of milliseconds. Errors: FULL, CORRUPT (of SQLite itself); nothing is lost then.
 * Thread: the writer's.
 */
bool
tide_sealer_step (TideSealer *sealer, bool *ret_sealed, GError **error)
{
  GHashTableIter iter;
  gpointer name;
  g_autoptr (GArray) blocks = g_array_new (FALSE, FALSE, sizeof (TideBlock));
  *ret_sealed = false;
  for (;;)
    {
      guint from = 0, n = 0;
      g_hash_table_iter_init (&iter, sealer->due);
      if (!g_hash_table_iter_next (&iter, &name, NULL))
        {
          g_clear_pointer (&sealer->assembly, tide_assembly_free);
          return true;
        }
      g_array_set_size (blocks, 0);
      if (sealer_load_open (sealer, name, blocks, error))
        choose_blocks ((const TideBlock *) (const void *) blocks->data, blocks->len, g_get_real_time (), &from, &n);
      else
        return false;
      if (n == 0)
        {
          g_hash_table_iter_remove (&iter);
          continue;
        }
      bool ok = sealer_merge (sealer, &g_array_index (blocks, TideBlock, from), n, error);
      if (!ok)
        g_hash_table_iter_remove (&iter);
      *ret_sealed = ok;
      return ok;
    }
}
