/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Retention: deletes the oldest blocks of a stream, one a transaction, after folding their events into the base state of
 * every metric in that same transaction; so history stays in the metrics, and base ⊕ stored events is always all there
 * ever was. A block goes only when every metric of the stream in the workspace has published past it: also one that is
 * new and has not read it yet. It runs on the writer's thread, some 10 ms a block, since base and floor must move as one. */
#include "store-fault.h"
#include "store-rollup-private.h"

/* Pages given back to the file system in one transaction. */
#define VACUUM_PAGES 512

/* One metric of the stream and what it folds with. */
typedef struct
{
  TideMetric *metric;
  TidePlan *plan;
  TidePanes *panes;
} Folded;

typedef struct
{
  const TideWorkspace *workspace;
  const char *name;
  const TideStream *stream; /* NULL: not in the workspace, so that no metric counts its events */
  GArray *metrics;          /* Folded */
  TideTime before;          /* TIDE_TIME_MAX: any block */
  bool deleted;
} Retain;

static void
folded_clear (Folded *folded)
{
  tide_panes_free (folded->panes);
  tide_plan_free (folded->plan);
}

static void
retain_init (Retain *retain, const TideWorkspace *workspace, const char *name, TideTime before)
{
  *retain = (Retain){ .workspace = workspace, .name = name, .before = before };
  retain->stream = tide_workspace_get_stream (workspace, name);
  retain->metrics = g_array_new (FALSE, FALSE, sizeof (Folded));
  g_array_set_clear_func (retain->metrics, (GDestroyNotify) folded_clear);
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      if (metric->numerator != NULL || !g_str_equal (metric->stream->name, name))
        continue;
      Folded folded = { metric, tide_plan_new (metric), tide_panes_new (metric, metric->stored_pane) };
      g_array_append_val (retain->metrics, folded);
    }
}

static void
retain_clear (Retain *retain)
{
  g_array_unref (retain->metrics);
}

/* --- folding --- */

/* Merges what the base has of the panes that were folded, so that they can be written over. */
static bool
base_merge (sqlite3 *db, const Folded *folded, gint64 id, GError **error)
{
  guint n = 0;
  g_autofree TidePaneState *states = tide_panes_list (folded->panes, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  g_autoptr (TideStmt) select
    = tide_db_prepare (db, "SELECT data FROM base_state WHERE metric=? AND pane=? AND \"group\"=?", error);
  if (select == NULL)
    return false;
  for (guint i = 0; i < n; i++)
    {
      bool row = false;
      tide_stmt_bind (select, "iii", id, states[i].pane, (gint64) states[i].group);
      if (!tide_db_step (select, &row, error))
        return false;
      /* Of the list only pane and group are used: merging may move the states. */
      if (row
          && !tide_panes_merge_bytes (folded->panes, states[i].pane, states[i].group, sqlite3_column_blob (select, 0),
                                      (gsize) sqlite3_column_bytes (select, 0), error))
        return false;
    }
  return true;
}

static bool
base_write (sqlite3 *db, const Folded *folded, gint64 id, TideSeq base_seq, GError **error)
{
  guint n = 0;
  g_autofree TidePaneState *states = tide_panes_list (folded->panes, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (TideStmt) insert = tide_db_prepare (
    db, "INSERT OR REPLACE INTO base_state (metric, pane, \"group\", data) VALUES (?,?,?,?)", error);
  if (insert == NULL)
    return false;
  for (guint i = 0; i < n; i++)
    {
      g_byte_array_set_size (bytes, 0);
      tide_panes_write (folded->panes, states[i].state, bytes);
      tide_stmt_bind (insert, "iiib", id, states[i].pane, (gint64) states[i].group, bytes->data, (gsize) bytes->len);
      if (!tide_db_run (insert, error))
        return false;
    }
  return tide_stmt_exec (db, error, "UPDATE metric_version SET base_seq=? WHERE id=?", "ii", base_seq, id);
}

/* The events can't be read any more: their deletion is noted where gaps are. */
static bool
note_damage (sqlite3 *db, const char *stream, TideSeq first, TideSeq last, GError **error)
{
  g_autofree char *reason = g_strdup_printf ("events %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                                             " were damaged when retention deleted them: a recompute lacks them",
                                             (gint64) first, (gint64) last);
  return tide_stmt_exec (db, error,
                         "INSERT INTO gap (source, partition, \"from\", \"to\", time, reason) VALUES (?,0,?,?,?,?)",
                         "tiiit", stream, first, last + 1, g_get_real_time (), reason);
}

static bool
fold_metric (sqlite3 *db, const Folded *folded, const TideVersion *version, const TideBatch *batch, TideSeq last,
             GError **error)
{
  g_autoptr (TideGroups) groups
    = tide_version_read_groups (db, version->cut.id, folded->metric, version->cut.cut, error);
  if (groups == NULL)
    return false;
  uint32_t known = tide_groups_get_n (groups);
  tide_panes_clear (folded->panes);
  if (batch != NULL)
    tide_panes_fold (folded->panes, folded->plan, groups, batch, 0, batch->n);
  if (tide_groups_get_n (groups) != known)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT,
                   "the groups published for the metric %s lack one of event %" G_GINT64_FORMAT
                   " or before; nothing was deleted: restore a backup",
                   folded->metric->name, (gint64) last);
      return false;
    }
  return base_merge (db, folded, version->cut.id, error)
         && base_write (db, folded, version->cut.id, last, error);
}

/* Folds the block into the base of each metric; *ret_ready FALSE when one has not published past it. */
static bool
retain_fold (sqlite3 *db, Retain *retain, const TideBlock *block, bool *ret_ready, GError **error)
{
  TideSeq last = block->first_seq + block->n - 1;
  guint n = retain->metrics->len;
  g_autoptr (GArray) versions = g_array_sized_new (FALSE, TRUE, sizeof (TideVersion), n);
  g_array_set_clear_func (versions, (GDestroyNotify) tide_version_clear);
  g_array_set_size (versions, n);
  g_autofree bool *columns
    = g_new0 (bool, TIDE_COLUMN_FIELD0 + (retain->stream != NULL ? retain->stream->n_fields : 0));
  for (guint i = 0; i < n; i++)
    {
      const Folded *folded = &g_array_index (retain->metrics, Folded, i);
      TideVersion *version = &g_array_index (versions, TideVersion, i);
      if (!tide_version_load (db, folded->metric, version, error))
        return false;
      /* While a version is backfilled an older one answers, which has to keep what it says. */
      if (!version->cut.exists || version->serving != TIDE_VERSION_SERVING
          || version->cut.base_seq != block->first_seq - 1 || version->cut.cut < last)
        {
          *ret_ready = false;
          return true;
        }
      tide_plan_mark_columns (folded->plan, columns);
    }
  *ret_ready = true;
  if (n == 0)
    return true;
  TideScanOptions options = { .stream = retain->stream, .after = block->first_seq - 1, .up_to = last,
                              .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX, .columns = columns };
  g_autoptr (TideScan) scan = tide_scan_new_on (db, &options, error);
  const TideBatch *batch = NULL;
  TideSeq first_damaged = 0;
  if (scan == NULL || !tide_scan_next (scan, &batch, error))
    return false;
  if (tide_scan_get_corrupt (scan, &first_damaged) != 0 && !note_damage (db, retain->name, block->first_seq, last, error))
    return false;
  for (guint i = 0; i < n; i++)
    if (!fold_metric (db, &g_array_index (retain->metrics, Folded, i), &g_array_index (versions, TideVersion, i), batch,
                      last, error))
      return false;
  return true;
}

/* --- deleting --- */

static bool
retain_step (sqlite3 *db, void *data, GError **error)
{
  Retain *retain = data;
  TideBlock block;
  bool found = false, ready = false;
  retain->deleted = false;
  if (!tide_block_get_first (db, retain->name, &block, &found, error))
    return false;
  bool old = retain->before == TIDE_TIME_MAX
             || (block.time_max < retain->before && block.received_max < retain->before);
  if (!found || !old)
    return true;
  if (!retain_fold (db, retain, &block, &ready, error))
    return false;
  if (ready)
    tide_fault_point ("retain-folded");
  if (ready && !tide_block_retire (db, &block, error))
    return false;
  if (ready)
    tide_fault_point ("retain-end");
  retain->deleted = ready;
  return true;
}

static bool
vacuum_step (sqlite3 *db, void *data, GError **error)
{
  bool *more = data;
  gint64 before = 0, after = 0;
  /* Each step of this statement frees one page. */
  g_autoptr (TideStmt) vacuum
    = tide_db_prepare (db, "PRAGMA incremental_vacuum(" G_STRINGIFY (VACUUM_PAGES) ")", error);
  bool row = vacuum != NULL;
  if (vacuum == NULL || !tide_db_get_int (db, "PRAGMA freelist_count", 0, &before, error))
    return false;
  while (row)
    if (!tide_db_step (vacuum, &row, error))
      return false;
  tide_fault_point ("vacuum-end");
  if (!tide_db_get_int (db, "PRAGMA freelist_count", 0, &after, error))
    return false;
  *more = after > 0 && after < before;
  return true;
}

static bool
retain_vacuum (TideWriter *writer, GError **error)
{
  bool more = true;
  while (more)
    if (!tide_writer_call (writer, vacuum_step, &more, error))
      return false;
  return true;
}

/**
 * tide_writer_retain:
 * @stream: also one that is not in the workspace any more
 * @before: blocks go whose events all happened and came before it, µs UTC
 *
 * Returns: blocks deleted, or -1
 *
 * Errors: FULL, CORRUPT, CANCELLED (the writer stopped). Thread: worker.
 */
gint64
tide_writer_retain (TideWriter *writer, const TideWorkspace *workspace, const char *stream, TideTime before,
                    GError **error)
{
  Retain retain;
  gint64 deleted = 0;
  retain_init (&retain, workspace, stream, before);
  bool ok;
  while ((ok = tide_writer_call (writer, retain_step, &retain, error)) && retain.deleted)
    deleted++;
  retain_clear (&retain);
  if (ok && deleted > 0)
    ok = retain_vacuum (writer, error);
  return ok ? deleted : -1;
}

/* --- by size --- */

typedef struct
{
  gint64 max_bytes;
  GHashTable *blocked; /* names of streams whose oldest block can't go */
  bool over;
  char *stream;        /* the one with the oldest block that may go; NULL: none */
} Oldest;

static bool
find_oldest (sqlite3 *db, void *data, GError **error)
{
  Oldest *oldest = data;
  gint64 pages = 0, unused = 0, page_bytes = 0;
  g_clear_pointer (&oldest->stream, g_free);
  if (!tide_db_get_int (db, "PRAGMA page_count", 0, &pages, error)
      || !tide_db_get_int (db, "PRAGMA freelist_count", 0, &unused, error)
      || !tide_db_get_int (db, "PRAGMA page_size", 0, &page_bytes, error))
    return false;
  oldest->over = (pages - unused) * page_bytes > oldest->max_bytes;
  if (!oldest->over)
    return true;
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db,
    "SELECT s.name FROM stream AS s JOIN block AS b ON b.stream=s.id AND b.first_seq="
    " (SELECT min(first_seq) FROM block WHERE stream=s.id) ORDER BY b.received_max",
    error);
  bool row = stmt != NULL;
  while (row && oldest->stream == NULL)
    {
      if (!tide_db_step (stmt, &row, error))
        return false;
      if (row && !g_hash_table_contains (oldest->blocked, sqlite3_column_text (stmt, 0)))
        oldest->stream = tide_db_dup_text (stmt, 0);
    }
  return stmt != NULL;
}

/**
 * tide_writer_retain_bytes:
 * @max_bytes: of the database without its free pages
 *
 * Deletes the oldest blocks, of whatever stream, until the database is no larger, or until what is left may not go.
 *
 * Returns: blocks deleted, or -1
 *
 * Errors: as tide_writer_retain(). Thread: worker.
 */
gint64
tide_writer_retain_bytes (TideWriter *writer, const TideWorkspace *workspace, gint64 max_bytes, GError **error)
{
  g_autoptr (GHashTable) blocked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Oldest oldest = { .max_bytes = max_bytes, .blocked = blocked };
  gint64 deleted = 0;
  bool ok;
  while ((ok = tide_writer_call (writer, find_oldest, &oldest, error)) && oldest.stream != NULL)
    {
      Retain retain;
      retain_init (&retain, workspace, oldest.stream, TIDE_TIME_MAX);
      ok = tide_writer_call (writer, retain_step, &retain, error);
      retain_clear (&retain);
      if (!ok)
        break;
      if (retain.deleted)
        deleted++;
      else
        g_hash_table_add (blocked, g_strdup (oldest.stream));
    }
  g_free (oldest.stream);
  if (ok && deleted > 0)
    ok = retain_vacuum (writer, error);
  return ok ? deleted : -1;
}
