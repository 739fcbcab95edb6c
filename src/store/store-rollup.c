/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what the batch layer published. A metric version is one row of metric_version; its states carry the
 * generation that wrote them, and those in [first_generation, generation] of that row count. So a run becomes visible,
 * whole, when one row changes. Generations instead of run ids, because a run may publish several times (a backfill in
 * chunks). Reads take as long as there are rows of stored panes in the range. */
#include "store-rollup-private.h"

#define VERSION_COLUMNS \
  "id, run, cut, cut_time, published, base_seq, offsets, previous, previous_to, first_generation, generation," \
  " serving, writing, compact_from, shape, corrupt, first_corrupt"

void
tide_cut_clear (TideCut *cut)
{
  g_free (cut->offsets);
  *cut = (TideCut){ .cut_time = TIDE_TIME_NONE, .published = TIDE_TIME_NONE, .previous_to = TIDE_TIME_NONE };
}

void
tide_version_clear (TideVersion *version)
{
  tide_cut_clear (&version->cut);
  g_free (version->shape);
  version->shape = NULL;
}

static void
version_from_row (TideStmt *stmt, TideVersion *ret_version)
{
  *ret_version = (TideVersion){
    .cut = {
      .exists = true,
      .id = sqlite3_column_int64 (stmt, 0),
      .run = sqlite3_column_int64 (stmt, 1),
      .cut = sqlite3_column_int64 (stmt, 2),
      .cut_time = tide_stmt_time (stmt, 3),
      .published = tide_stmt_time (stmt, 4),
      .base_seq = sqlite3_column_int64 (stmt, 5),
      .offsets = tide_db_dup_text (stmt, 6),
      .previous = sqlite3_column_int64 (stmt, 7),
      .previous_to = tide_stmt_time (stmt, 8),
      .first_generation = sqlite3_column_int64 (stmt, 9),
      .generation = sqlite3_column_int64 (stmt, 10),
      .corrupt = (uint64_t) sqlite3_column_int64 (stmt, 15),
      .first_corrupt = sqlite3_column_int64 (stmt, 16),
    },
    .serving = sqlite3_column_int (stmt, 11),
    .writing = sqlite3_column_int64 (stmt, 12),
    .compact_from = tide_stmt_time (stmt, 13),
    .shape = tide_db_dup_text (stmt, 14),
  };
}

/* Takes what @stmt, already bound, gives. */
static bool
version_take (TideStmt *stmt, TideVersion *ret_version, GError **error)
{
  bool row = false;
  if (!tide_db_step (stmt, &row, error))
    return false;
  *ret_version = (TideVersion){ 0 };
  tide_version_clear (ret_version);
  if (row)
    version_from_row (stmt, ret_version);
  return true;
}

bool
tide_version_load (sqlite3 *db, const TideMetric *metric, TideVersion *ret_version, GError **error)
{
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (db, "SELECT " VERSION_COLUMNS " FROM metric_version WHERE name=? AND version=?", error);
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "tt", metric->name, metric->version);
  return version_take (stmt, ret_version, error);
}

bool
tide_version_load_id (sqlite3 *db, gint64 id, TideVersion *ret_version, GError **error)
{
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (db, "SELECT " VERSION_COLUMNS " FROM metric_version WHERE id=?", error);
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "i", id);
  return version_take (stmt, ret_version, error);
}

bool
tide_version_load_serving (sqlite3 *db, const char *name, gint64 id, TideVersion *ret_version, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "SELECT " VERSION_COLUMNS " FROM metric_version WHERE name=? AND id<>? AND serving=1 ORDER BY id DESC LIMIT 1",
    error);
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "ti", name, id);
  return version_take (stmt, ret_version, error);
}

char *
tide_metric_get_shape (const TideMetric *metric)
{
  const TideField *field = metric->field >= 0 ? metric->stream->fields[metric->field] : NULL;
  g_autofree char *type = field != NULL ? tide_type_to_string (field->type, field->scale) : g_strdup ("");
  g_autofree char *by = metric->by_names != NULL ? g_strjoinv (", ", metric->by_names) : g_strdup ("");
  return g_strdup_printf ("%s(%s) by %s every %" G_GINT64_FORMAT "us", metric->aggregate->name, type, by,
                          (gint64) metric->stored_pane);
}

/* --- cuts --- */

static bool
store_load_cut (TideReader *reader, const TideMetric *metric, bool backfill, TideCut *ret_cut, GError **error)
{
  sqlite3 *db = tide_reader_get_db (reader);
  g_auto (TideVersion) version = { 0 };
  gint64 floor_seq = 0;
  if (!tide_version_load (db, metric, &version, error)
      || !tide_stmt_get_int (db, 0, &floor_seq, error, "SELECT floor_seq FROM stream WHERE name=?", "t",
                             metric->stream != NULL ? metric->stream->name : NULL))
    return false;
  /* One that was out of the workspace while events were deleted lacks them. */
  bool whole = version.cut.base_seq >= floor_seq;
  if (!whole || !(backfill || version.serving == TIDE_VERSION_SERVING))
    tide_cut_clear (&version.cut);
  *ret_cut = version.cut;
  version.cut.offsets = NULL;
  return true;
}

/**
 * tide_store_get_cut:
 * @ret_cut: (out): clear with tide_cut_clear()
 *
 * In the reader's transaction, so that cut, states and events are of one moment.
 *
 * Errors: BUSY, CORRUPT. Thread: the reader's.
 */
bool
tide_store_get_cut (TideReader *reader, const TideMetric *metric, TideCut *ret_cut, GError **error)
{
  return store_load_cut (reader, metric, false, ret_cut, error);
}

/**
 * tide_store_get_backfill:
 *
 * As tide_store_get_cut(), and also of a version that does not serve yet.
 */
bool
tide_store_get_backfill (TideReader *reader, const TideMetric *metric, TideCut *ret_cut, GError **error)
{
  return store_load_cut (reader, metric, true, ret_cut, error);
}

/**
 * tide_store_get_previous:
 *
 * The older version that has the panes before @cut's previous_to. It may have a previous one itself.
 */
bool
tide_store_get_previous (TideReader *reader, const TideCut *cut, TideCut *ret_cut, GError **error)
{
  g_auto (TideVersion) version = { 0 };
  if (!tide_version_load_id (tide_reader_get_db (reader), cut->previous, &version, error))
    return false;
  *ret_cut = version.cut;
  version.cut.offsets = NULL;
  return true;
}

static bool
version_get_definition (sqlite3 *db, gint64 id, char **ret_definition, char **ret_version, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, "SELECT definition, version FROM metric_version WHERE id=?", error);
  bool row = false;
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "i", id);
  if (!tide_db_step (stmt, &row, error))
    return false;
  *ret_definition = row ? tide_db_dup_text (stmt, 0) : NULL;
  *ret_version = row ? tide_db_dup_text (stmt, 1) : NULL;
  return true;
}

/**
 * tide_store_get_stand_in:
 * @ret_cut: (out): clear with tide_cut_clear()
 * @ret_definition: (out) (nullable): free with g_free()
 * @ret_version: (out) (nullable): free with g_free()
 *
 * Its cut stays where it was when the definition was changed.
 *
 * Errors: BUSY, CORRUPT. Thread: the reader's.
 */
bool
tide_store_get_stand_in (TideReader *reader, const TideMetric *metric, TideCut *ret_cut, char **ret_definition,
                         char **ret_version, GError **error)
{
  sqlite3 *db = tide_reader_get_db (reader);
  g_auto (TideVersion) version = { 0 };
  g_autofree char *shape = tide_metric_get_shape (metric);
  gint64 floor_seq = 0;
  *ret_definition = *ret_version = NULL;
  if (!tide_version_load_serving (db, metric->name, 0, &version, error)
      || !tide_stmt_get_int (db, 0, &floor_seq, error, "SELECT floor_seq FROM stream WHERE name=?", "t",
                             metric->stream->name))
    return false;
  if (!version.cut.exists || version.cut.base_seq < floor_seq || !g_str_equal (shape, version.shape))
    tide_cut_clear (&version.cut);
  else if (!version_get_definition (db, version.cut.id, ret_definition, ret_version, error))
    return false;
  *ret_cut = version.cut;
  version.cut.offsets = NULL;
  return true;
}

/* --- groups --- */

TideGroups *
tide_version_read_groups (sqlite3 *db, gint64 id, const TideMetric *metric, TideSeq seq, GError **error)
{
  g_autoptr (TideGroups) groups = tide_groups_new (metric->n_by, metric->group_cap);
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "SELECT id, first_seq, key FROM metric_group WHERE metric=? AND first_seq<=? ORDER BY id", error);
  if (stmt == NULL)
    return NULL;
  tide_stmt_bind (stmt, "ii", id, seq);
  bool row = true;
  while (tide_db_step (stmt, &row, error))
    {
      if (!row)
        return g_steal_pointer (&groups);
      if (sqlite3_column_int64 (stmt, 0) != tide_groups_get_n (groups))
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT,
                       "the groups of the metric %s are not numbered as written; restore a backup", metric->name);
          return NULL;
        }
      const guint8 *key = sqlite3_column_blob (stmt, 2);
      if (!tide_groups_append_key (groups, key, (gsize) sqlite3_column_bytes (stmt, 2),
                                   sqlite3_column_int64 (stmt, 1), error))
        return NULL;
    }
  return NULL;
}

/**
 * tide_store_get_groups:
 *
 * Returns: (transfer full): only `other` when the version does not exist
 *
 * Errors: BUSY, CORRUPT.
 */
TideGroups *
tide_store_get_groups (TideReader *reader, const TideMetric *metric, const TideCut *cut, GError **error)
{
  return tide_version_read_groups (tide_reader_get_db (reader), cut->id, metric, cut->exists ? cut->cut : 0, error);
}

/**
 * tide_store_get_base_groups:
 *
 * Returns: (transfer full): the groups of events that were folded into the base and deleted
 *
 * Errors: BUSY, CORRUPT.
 */
TideGroups *
tide_store_get_base_groups (TideReader *reader, const TideMetric *metric, const TideCut *cut, GError **error)
{
  return tide_version_read_groups (tide_reader_get_db (reader), cut->id, metric, cut->exists ? cut->base_seq : 0,
                                   error);
}

/* --- states --- */

static inline TideTime
pane_floor (TideTime time, TideDuration pane)
{
  TideTime rest = time % pane;
  return time - (rest < 0 ? rest + pane : rest);
}

/* Rows of pane, group, data into @panes. */
static bool
states_merge (TideStmt *stmt, TidePanes *panes, GError **error)
{
  TideDuration length = tide_panes_get_pane (panes);
  bool row = true;
  while (tide_db_step (stmt, &row, error))
    {
      if (!row)
        return true;
      TideTime pane = pane_floor (sqlite3_column_int64 (stmt, 0), length);
      uint32_t group = (uint32_t) sqlite3_column_int64 (stmt, 1);
      const guint8 *data = sqlite3_column_blob (stmt, 2);
      if (!tide_panes_merge_bytes (panes, pane, group, data, (gsize) sqlite3_column_bytes (stmt, 2), error))
        return false;
    }
  return false;
}

/**
 * tide_store_read_states:
 * @from: start of the first stored pane, µs; TIDE_TIME_NONE: all
 * @to: stored panes start before it; TIDE_TIME_MAX: all
 *
 * Merges the states published at @cut into @panes. Runs that are not compacted yet are merged on the way.
 *
 * Errors: BUSY, CORRUPT.
 */
bool
tide_store_read_states (TideReader *reader, const TideCut *cut, TideTime from, TideTime to, TidePanes *panes,
                        GError **error)
{
  if (!cut->exists)
    return true;
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    tide_reader_get_db (reader),
    "SELECT pane, \"group\", data FROM state WHERE metric=? AND pane>=? AND pane<? AND generation BETWEEN ? AND ?",
    error);
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "iiiii", cut->id, from, to, cut->first_generation, cut->generation);
  return states_merge (stmt, panes, error);
}

/**
 * tide_store_read_base:
 *
 * Merges the states of events that retention deleted into @panes: where a recompute starts.
 *
 * Errors: BUSY, CORRUPT.
 */
bool
tide_store_read_base (TideReader *reader, const TideCut *cut, TideTime from, TideTime to, TidePanes *panes,
                      GError **error)
{
  if (!cut->exists)
    return true;
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (tide_reader_get_db (reader),
                       "SELECT pane, \"group\", data FROM base_state WHERE metric=? AND pane>=? AND pane<?", error);
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "iii", cut->id, from, to);
  return states_merge (stmt, panes, error);
}
