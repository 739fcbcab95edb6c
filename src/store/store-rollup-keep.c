/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeping the states of roll-ups small and right: merging the rows of several runs into one, starting a version again
 * from its base, forgetting versions. Each may touch millions of rows, so each walks over stretches of panes with a
 * transaction for each, and is safe to stop anywhere: what is left over is done the next time. */
#include "store-rollup-private.h"

/* Rows looked at in one transaction, a few ms. */
#define WALK_ROWS 4000

/* --- walking --- */

typedef struct
{
  const char *table;
  gint64 id, generation;
  const char *sql;
  TideTime from;
  bool done;
} Walk;

static bool
walk_step (sqlite3 *db, void *data, GError **error)
{
  Walk *walk = data;
  g_autofree char *find
    = g_strdup_printf ("SELECT pane FROM %s WHERE metric=? AND pane>=? ORDER BY pane LIMIT 1 OFFSET " G_STRINGIFY (WALK_ROWS),
                       walk->table);
  TideTime last = TIDE_TIME_MAX;
  if (!tide_stmt_get_int (db, TIDE_TIME_MAX, &last, error, find, "ii", walk->id, walk->from)
      || !tide_stmt_exec (db, error, walk->sql, "iiii", walk->id, walk->from, last, walk->generation))
    return false;
  walk->done = last == TIDE_TIME_MAX;
  walk->from = walk->done ? last : last + 1;
  return true;
}

bool
tide_version_walk (TideWriter *writer, const char *table, gint64 id, gint64 generation, const char *sql,
                   GError **error)
{
  Walk walk = { .table = table, .id = id, .generation = generation, .sql = sql, .from = TIDE_TIME_NONE };
  while (!walk.done)
    if (!tide_writer_call (writer, walk_step, &walk, error))
      return false;
  return true;
}

/* --- compacting --- */

typedef struct
{
  const TideMetric *metric;
  TidePanes *merged;      /* those of the stretch with several rows */
  gint64 id, first, last; /* generations that are published */
  TideTime from, to;      /* the stretch: panes in [from, to] */
  bool found, done;
} Compact;

static bool
compact_load (sqlite3 *db, void *data, GError **error)
{
  Compact *compact = data;
  g_auto (TideVersion) version = { 0 };
  if (!tide_version_load (db, compact->metric, &version, error))
    return false;
  compact->found = version.cut.exists && version.compact_from != TIDE_TIME_NONE;
  compact->id = version.cut.id;
  compact->first = version.cut.first_generation;
  compact->last = version.cut.generation;
  compact->from = version.compact_from;
  return true;
}

/* Merges what has several published rows in the stretch, into compact->merged. */
static bool
compact_read (sqlite3 *db, Compact *compact, GError **error)
{
  g_autoptr (TideStmt) select = tide_db_prepare (
    db,
    "SELECT pane, \"group\", data FROM state WHERE metric=?1 AND pane BETWEEN ?2 AND ?3 AND generation BETWEEN ?4 AND"
    " ?5 AND EXISTS (SELECT 1 FROM state AS other WHERE other.metric=?1 AND other.pane=state.pane"
    " AND other.\"group\"=state.\"group\" AND other.generation BETWEEN ?4 AND ?5"
    " AND other.generation<>state.generation)",
    error);
  if (select == NULL)
    return false;
  tide_stmt_bind (select, "iiiii", compact->id, compact->from, compact->to, compact->first, compact->last);
  bool row = true;
  while (tide_db_step (select, &row, error))
    {
      if (!row)
        return true;
      if (!tide_panes_merge_bytes (compact->merged, sqlite3_column_int64 (select, 0),
                                   (uint32_t) sqlite3_column_int64 (select, 1), sqlite3_column_blob (select, 2),
                                   (gsize) sqlite3_column_bytes (select, 2), error))
        return false;
    }
  return false;
}

static bool
compact_write (sqlite3 *db, const Compact *compact, GError **error)
{
  guint n = 0;
  g_autofree TidePaneState *states = tide_panes_list (compact->merged, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  g_autoptr (TideStmt) drop = tide_db_prepare (
    db, "DELETE FROM state WHERE metric=? AND pane=? AND \"group\"=? AND generation BETWEEN ? AND ?", error);
  g_autoptr (TideStmt) insert
    = tide_db_prepare (db, "INSERT INTO state (metric, pane, \"group\", generation, data) VALUES (?,?,?,?,?)", error);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  if (drop == NULL || insert == NULL)
    return false;
  for (guint i = 0; i < n; i++)
    {
      const TidePaneState *state = &states[i];
      g_byte_array_set_size (bytes, 0);
      tide_panes_write (compact->merged, state->state, bytes);
      tide_stmt_bind (drop, "iiiii", compact->id, state->pane, (gint64) state->group, compact->first, compact->last);
      tide_stmt_bind (insert, "iiiib", compact->id, state->pane, (gint64) state->group, compact->last, bytes->data,
                      (gsize) bytes->len);
      if (!tide_db_run (drop, error) || !tide_db_run (insert, error))
        return false;
    }
  return true;
}

static bool
compact_step (sqlite3 *db, void *data, GError **error)
{
  Compact *compact = data;
  gint64 generation = 0;
  /* A reset in between made these generations void. */
  if (!tide_stmt_get_int (db, 0, &generation, error, "SELECT first_generation FROM metric_version WHERE id=?", "i",
                          compact->id))
    return false;
  compact->done = generation != compact->first;
  if (compact->done)
    return true;
  if (!tide_stmt_get_int (db, TIDE_TIME_MAX, &compact->to, error,
                          "SELECT pane FROM state WHERE metric=? AND pane>=? ORDER BY pane LIMIT 1 OFFSET " G_STRINGIFY (
                            WALK_ROWS),
                          "ii", compact->id, compact->from))
    return false;
  tide_panes_clear (compact->merged);
  if (!compact_read (db, compact, error) || !compact_write (db, compact, error)
      /* Rows from before a reset. */
      || !tide_stmt_exec (db, error,
                          "DELETE FROM state WHERE metric=? AND pane BETWEEN ? AND ? AND generation<?", "iiii",
                          compact->id, compact->from, compact->to, compact->first))
    return false;
  compact->done = compact->to == TIDE_TIME_MAX;
  compact->from = compact->done ? TIDE_TIME_MAX : compact->to + 1;
  /* What a run published meanwhile stays to be done; it may reach back. */
  return tide_stmt_exec (db, error,
                         "UPDATE metric_version SET compact_from=CASE WHEN generation<>?1 THEN compact_from"
                         " WHEN ?2 THEN NULL ELSE ?3 END WHERE id=?4",
                         "iiii", compact->last, (gint64) compact->done, compact->from, compact->id);
}

/**
 * tide_rollup_compact:
 *
 * Afterwards each (pane, group) has one row, but for what is published meanwhile.
 *
 * Errors: FULL, CORRUPT. Thread: worker.
 */
bool
tide_rollup_compact (TideWriter *writer, TideMetric *metric, GError **error)
{
  if (metric->numerator != NULL)
    return true;
  g_autoptr (TidePanes) merged = tide_panes_new (metric, metric->stored_pane);
  Compact compact = { .metric = metric, .merged = merged };
  if (!tide_writer_call (writer, compact_load, &compact, error))
    return false;
  while (compact.found && !compact.done)
    if (!tide_writer_call (writer, compact_step, &compact, error))
      return false;
  return true;
}

/* --- starting again --- */

typedef struct
{
  const TideMetric *metric;
  gint64 id, generation;
  TideSeq base_seq;
  gint64 leftover;
  bool found, stale;
} Reset;

static bool
reset_load (sqlite3 *db, void *data, GError **error)
{
  Reset *reset = data;
  g_auto (TideVersion) version = { 0 };
  if (!tide_version_load (db, reset->metric, &version, error))
    return false;
  reset->found = version.cut.exists;
  reset->id = version.cut.id;
  reset->generation = version.cut.generation + 1;
  reset->base_seq = version.cut.base_seq;
  reset->leftover = version.writing;
  return true;
}

static bool
reset_mark (sqlite3 *db, void *data, GError **error)
{
  const Reset *reset = data;
  return tide_stmt_exec (db, error, "UPDATE metric_version SET writing=? WHERE id=?", "ii", reset->generation,
                         reset->id);
}

static bool
reset_flip (sqlite3 *db, void *data, GError **error)
{
  Reset *reset = data;
  if (!tide_stmt_exec (db, error,
                       "UPDATE metric_version SET first_generation=?1, generation=?1, cut=base_seq, cut_time=NULL,"
                       " offsets=NULL, writing=NULL, compact_from=?2, days_to=NULL, corrupt=0, first_corrupt=NULL WHERE id=?3 AND base_seq=?4 AND generation=?1-1",
                       "iiii", reset->generation, TIDE_TIME_NONE + 1, reset->id, reset->base_seq))
    return false;
  reset->stale = sqlite3_changes (db) == 0;
  return true;
}

/**
 * tide_rollup_reset:
 *
 * Not while a run of the metric is under way. Errors: BUSY, FULL. Thread: worker.
 */
bool
tide_rollup_reset (TideWriter *writer, TideMetric *metric, GError **error)
{
  Reset reset = { .metric = metric };
  if (!tide_writer_call (writer, reset_load, &reset, error))
    return false;
  if (!reset.found)
    return true;
  if (reset.leftover != 0
      && !tide_version_walk (writer, "state", reset.id, reset.leftover,
                             "DELETE FROM state WHERE metric=?1 AND pane BETWEEN ?2 AND ?3 AND generation=?4", error))
    return false;
  if (!tide_writer_call (writer, reset_mark, &reset, error)
      || !tide_version_walk (writer, "base_state", reset.id, reset.generation,
                             "INSERT INTO state (metric, pane, \"group\", generation, data) SELECT metric, pane, \"group\","
                             " ?4, data FROM base_state WHERE metric=?1 AND pane BETWEEN ?2 AND ?3",
                             error)
      || !tide_writer_call (writer, reset_flip, &reset, error))
    return false;
  if (reset.stale)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_BUSY,
                   "the metric %s was rolled up, or its oldest events were deleted, at the same time; try again",
                   metric->name);
      return false;
    }
  return tide_rollup_compact (writer, metric, error);
}

/* --- forgetting --- */

typedef struct
{
  const TideWorkspace *workspace;
  const char *stream;
  GArray *ids; /* gint64: to be removed */
} Forget;

static bool
workspace_has_version (const TideWorkspace *workspace, const char *name, const char *version, bool name_only)
{
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
      if (g_str_equal (metric->name, name) && (name_only || g_str_equal (metric->version, version)))
        return true;
    }
  return false;
}

static bool
forget_keep_previous (sqlite3 *db, gint64 id, GHashTable *keep, GError **error)
{
  while (id != 0 && !g_hash_table_contains (keep, &id))
    {
      gint64 *key = g_new (gint64, 1);
      *key = id;
      g_hash_table_add (keep, key);
      if (!tide_stmt_get_int (db, 0, &id, error, "SELECT previous FROM metric_version WHERE id=?", "i", *key))
        return false;
    }
  return true;
}

static bool
forget_find (sqlite3 *db, void *data, GError **error)
{
  Forget *forget = data;
  g_autoptr (GHashTable) keep = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, "SELECT id, name, version, serving FROM metric_version WHERE stream=?",
                                             error);
  bool row = stmt != NULL;
  if (row)
    tide_stmt_bind (stmt, "t", forget->stream);
  while (row)
    {
      if (!tide_db_step (stmt, &row, error))
        return false;
      if (!row)
        break;
      gint64 id = sqlite3_column_int64 (stmt, 0);
      const char *name = (const char *) sqlite3_column_text (stmt, 1);
      const char *version = (const char *) sqlite3_column_text (stmt, 2);
      bool serving = sqlite3_column_int (stmt, 3) == TIDE_VERSION_SERVING;
      g_array_append_val (all, id);
      /* An older one serves while the present one is backfilled; it is retired when that takes over. */
      if (workspace_has_version (forget->workspace, name, version, serving)
          && !forget_keep_previous (db, id, keep, error))
        return false;
    }
  for (guint i = 0; i < all->len; i++)
    if (!g_hash_table_contains (keep, &g_array_index (all, gint64, i)))
      g_array_append_val (forget->ids, g_array_index (all, gint64, i));
  return stmt != NULL;
}

static bool
forget_mark (sqlite3 *db, void *data, GError **error)
{
  const gint64 *id = data;
  return tide_stmt_exec (db, error,
                         "UPDATE metric_version SET serving=2, version=version||'~'||id WHERE id=? AND serving<>2",
                         "i", *id);
}

static bool
forget_row (sqlite3 *db, void *data, GError **error)
{
  const gint64 *id = data;
  return tide_stmt_exec (db, error, "DELETE FROM metric_group WHERE metric=?", "i", *id)
         && tide_stmt_exec (db, error, "DELETE FROM metric_version WHERE id=?", "i", *id);
}

/**
 * tide_rollup_forget:
 *
 * Errors: FULL. Thread: worker.
 */
bool
tide_rollup_forget (TideWriter *writer, const TideWorkspace *workspace, const char *stream, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  Forget forget = { .workspace = workspace, .stream = stream, .ids = ids };
  if (!tide_writer_call (writer, forget_find, &forget, error))
    return false;
  for (guint i = 0; i < ids->len; i++)
    {
      gint64 *id = &g_array_index (ids, gint64, i);
      if (!tide_writer_call (writer, forget_mark, id, error)
          || !tide_version_walk (writer, "state", *id, 0,
                                 "DELETE FROM state WHERE metric=?1 AND pane BETWEEN ?2 AND ?3 AND ?4=0", error)
          || !tide_version_walk (writer, "base_state", *id, 0,
                                 "DELETE FROM base_state WHERE metric=?1 AND pane BETWEEN ?2 AND ?3 AND ?4=0", error)
          || !tide_version_walk (writer, "day_state", *id, 0,
                                 "DELETE FROM day_state WHERE metric=?1 AND pane BETWEEN ?2 AND ?3 AND ?4=0", error)
          || !tide_writer_call (writer, forget_row, id, error))
        return false;
    }
  return true;
}
