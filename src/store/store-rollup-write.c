/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One roll-up run of one metric version. Rows get a generation that nobody reads until publish() raises the version's
 * own to it, together with the cut and the new groups: a crash before leaves rows that the next begin() forgets, a crash
 * after leaves all of it. The writer is held for a few ms at a time, since the events wait for the same thread. */
#include "store-fault.h"
#include "store-rollup-private.h"

#define CHUNK_ROWS 2000
#define CHUNK_BYTES (256 * 1024)

struct _TideRollupWrite
{
  TideWriter *writer;
  TideMetric *metric;
  gint64 run, id;
  TideSeq cut;
  gint64 generation;  /* published; rows under way have the next */
  TideTime first_pane; /* written since the last publish; MAX: none */
  uint64_t corrupt;    /* events that could not be read since then */
  TideSeq first_corrupt;
};

/* --- beginning --- */

static bool
version_retire (sqlite3 *db, gint64 id, GError **error)
{
  /* Its name is free again for the same definition, which would have to start anew. */
  return tide_stmt_exec (db, error, "UPDATE metric_version SET serving=2, version=version||'~'||id WHERE id=?", "i",
                         id);
}

/* Until which pane @old alone has events; NONE: it has none that @metric's new version could not read. */
static bool
version_get_history (sqlite3 *db, const TideVersion *old, const TideMetric *metric, bool with_states,
                     TideTime *ret_to, GError **error)
{
  gint64 base = TIDE_TIME_NONE, states = TIDE_TIME_NONE;
  if (!tide_stmt_get_int (db, TIDE_TIME_NONE, &base, error, "SELECT max(pane) FROM base_state WHERE metric=?", "i",
                          old->cut.id)
      || (with_states
          && !tide_stmt_get_int (db, TIDE_TIME_NONE, &states, error, "SELECT max(pane) FROM state WHERE metric=?", "i",
                                 old->cut.id)))
    return false;
  TideTime last = MAX (base, states);
  *ret_to = MAX (last == TIDE_TIME_NONE ? last : last + metric->stored_pane, old->cut.previous_to);
  return true;
}

/* Lets the version @id show what only @old has. @with_states: also what @old has published past its base. */
static bool
version_inherit (sqlite3 *db, const TideMetric *metric, gint64 id, const TideVersion *old, bool with_states,
                 GError **error)
{
  g_autofree char *shape = tide_metric_get_shape (metric);
  TideTime to = TIDE_TIME_NONE;
  if (!version_get_history (db, old, metric, with_states, &to, error))
    return false;
  if (to == TIDE_TIME_NONE || !g_str_equal (shape, old->shape))
    return true;
  return tide_stmt_exec (db, error, "UPDATE metric_version SET previous=?, previous_to=? WHERE id=?", "iTi",
                         old->cut.id, to, id);
}

static bool
version_create (sqlite3 *db, const TideMetric *metric, TideSeq floor_seq, gint64 *ret_id, GError **error)
{
  g_autofree char *shape = tide_metric_get_shape (metric);
  if (!tide_stmt_exec (db, error,
                       "INSERT INTO metric_version (name, version, definition, stream, n_by, aggregate, stored_pane,"
                       " cut, base_seq, created, shape) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                       "ttttitiiiTt", metric->name, metric->version, metric->definition, metric->stream->name,
                       (gint64) metric->n_by, metric->aggregate->name, (gint64) metric->stored_pane, floor_seq,
                       floor_seq, g_get_real_time (), shape))
    return false;
  *ret_id = sqlite3_last_insert_rowid (db);
  return true;
}

/* A fresh row. @old, when it exists, is of the same definition but was left out while events were deleted. */
static bool
version_replace (sqlite3 *db, const TideMetric *metric, const TideVersion *old, TideSeq floor_seq, gint64 *ret_id,
                 GError **error)
{
  if (!old->cut.exists)
    return version_create (db, metric, floor_seq, ret_id, error);
  /* Retired first: name and version are unique. */
  if (!version_retire (db, old->cut.id, error) || !version_create (db, metric, floor_seq, ret_id, error))
    return false;
  return version_inherit (db, metric, *ret_id, old, true, error);
}

typedef struct
{
  TideRollupWrite *write;
  gint64 leftover; /* generation that was never published; 0: none */
} Begin;

static bool
rollup_begin (sqlite3 *db, void *data, GError **error)
{
  Begin *begin = data;
  TideRollupWrite *write = begin->write;
  const TideMetric *metric = write->metric;
  g_auto (TideVersion) version = { 0 };
  gint64 floor_seq = 0, id = 0;
  if (!tide_version_load (db, metric, &version, error)
      || !tide_stmt_get_int (db, 0, &floor_seq, error, "SELECT floor_seq FROM stream WHERE name=?", "t",
                             metric->stream->name))
    return false;
  if (version.cut.exists && version.cut.base_seq >= floor_seq)
    {
      id = version.cut.id;
      begin->leftover = version.writing;
    }
  else
    {
      if (!version_replace (db, metric, &version, floor_seq, &id, error))
        return false;
      tide_version_clear (&version);
      version.cut.cut = floor_seq;
    }
  write->id = id;
  write->cut = version.cut.cut;
  write->generation = version.cut.generation;
  return true;
}

/**
 * tide_rollup_write_begin:
 * @run: of the run, as given by tide_run_start()
 *
 * Makes the version when it is new: it starts at the stream's floor. From then on retention waits for it.
 *
 * Returns: (transfer full): free with tide_rollup_write_free()
 *
 * Errors: INVALID for a ratio, FULL, BUSY. Thread: worker.
 */
TideRollupWrite *
tide_rollup_write_begin (TideWriter *writer, TideMetric *metric, gint64 run, GError **error)
{
  if (metric->numerator != NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "the metric %s is a ratio: its two metrics are rolled up, not itself", metric->name);
      return NULL;
    }
  g_autoptr (TideRollupWrite) write = g_new0 (TideRollupWrite, 1);
  write->writer = writer;
  write->metric = tide_metric_ref (metric);
  write->run = run;
  write->first_pane = TIDE_TIME_MAX;
  Begin begin = { .write = write };
  if (!tide_writer_call (writer, rollup_begin, &begin, error))
    return NULL;
  if (begin.leftover != 0
      && !tide_version_walk (writer, "state", write->id, begin.leftover,
                             "DELETE FROM state WHERE metric=?1 AND pane BETWEEN ?2 AND ?3 AND generation=?4", error))
    return NULL;
  return g_steal_pointer (&write);
}

TideSeq
tide_rollup_write_get_cut (const TideRollupWrite *write)
{
  return write->cut;
}

void
tide_rollup_write_note_corrupt (TideRollupWrite *write, uint64_t n, TideSeq first)
{
  if (write->corrupt == 0)
    write->first_corrupt = first;
  write->corrupt += n;
}

void
tide_rollup_write_free (TideRollupWrite *write)
{
  if (write == NULL)
    return;
  tide_metric_unref (write->metric);
  g_free (write);
}

/* --- adding --- */

/* States as bytes, to be written in one transaction. */
typedef struct
{
  TideRollupWrite *write;
  TideDuration pane;
  const TidePaneState *states; /* n */
  const guint32 *ends;         /* of each in bytes */
  const guint8 *bytes;
  guint n;
} Chunk;

/* The row is there from an earlier add() of this run. */
static bool
chunk_merge_row (sqlite3 *db, const Chunk *chunk, const TidePaneState *state, const guint8 *data, gsize len,
                 GError **error)
{
  gint64 generation = chunk->write->generation + 1;
  g_autoptr (TidePanes) panes = tide_panes_new (chunk->write->metric, chunk->pane);
  g_autoptr (TideStmt) select = tide_db_prepare (
    db, "SELECT data FROM state WHERE metric=? AND pane=? AND \"group\"=? AND generation=?", error);
  bool row = false;
  if (select == NULL)
    return false;
  tide_stmt_bind (select, "iiii", chunk->write->id, state->pane, (gint64) state->group, generation);
  if (!tide_db_step (select, &row, error))
    return false;
  if ((row
       && !tide_panes_merge_bytes (panes, state->pane, state->group, sqlite3_column_blob (select, 0),
                                   (gsize) sqlite3_column_bytes (select, 0), error))
      || !tide_panes_merge_bytes (panes, state->pane, state->group, data, len, error))
    return false;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  tide_panes_write (panes, tide_panes_find (panes, state->pane, state->group), bytes);
  return tide_stmt_exec (db, error,
                         "UPDATE state SET data=? WHERE metric=? AND pane=? AND \"group\"=? AND generation=?", "biiii",
                         bytes->data, (gsize) bytes->len, chunk->write->id, state->pane, (gint64) state->group,
                         generation);
}

/* The version may have been forgotten meanwhile, even its id be another one's: what is written then would be found by
 * whoever gets the id next. */
static bool
check_current (sqlite3 *db, const TideRollupWrite *write, GError **error)
{
  gint64 current = 0;
  if (!tide_stmt_get_int (db, 0, &current, error,
                          "SELECT count(*) FROM metric_version WHERE id=? AND name=? AND version=? AND generation=?"
                          " AND cut=? AND serving<>2",
                          "ittii", write->id, write->metric->name, write->metric->version, write->generation,
                          write->cut))
    return false;
  if (current == 0)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_BUSY,
                 "another run rolled up the metric %s, or it was defined anew, at the same time; run it again",
                 write->metric->name);
  return current != 0;
}

static bool
rollup_add (sqlite3 *db, void *data, GError **error)
{
  Chunk *chunk = data;
  gint64 generation = chunk->write->generation + 1;
  if (!check_current (db, chunk->write, error))
    return false;
  /* Noted with the first rows, so that begin() knows whether there is anything to forget. */
  if (!tide_stmt_exec (db, error, "UPDATE metric_version SET writing=?1 WHERE id=?2 AND writing IS NOT ?1", "ii",
                       generation, chunk->write->id))
    return false;
  g_autoptr (TideStmt) insert = tide_db_prepare (
    db, "INSERT INTO state (metric, pane, \"group\", generation, data) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING",
    error);
  if (insert == NULL)
    return false;
  gsize start = 0;
  for (guint i = 0; i < chunk->n; i++)
    {
      const TidePaneState *state = &chunk->states[i];
      const guint8 *bytes = chunk->bytes + start;
      gsize len = chunk->ends[i] - start;
      start = chunk->ends[i];
      tide_stmt_bind (insert, "iiiib", chunk->write->id, state->pane, (gint64) state->group, generation, bytes, len);
      if (!tide_db_run (insert, error))
        return false;
      if (sqlite3_changes (db) == 0 && !chunk_merge_row (db, chunk, state, bytes, len, error))
        return false;
    }
  tide_fault_point ("rollup-added");
  return true;
}

/**
 * tide_rollup_write_add:
 * @panes: of the metric's stored panes, with ids of its dictionary
 *
 * Writes states of events after the cut; nobody sees them before publish().
 *
 * Errors: FULL, BUSY. Thread: worker.
 */
bool
tide_rollup_write_add (TideRollupWrite *write, const TidePanes *panes, GError **error)
{
  guint n = 0;
  g_assert (tide_panes_get_pane (panes) == write->metric->stored_pane);
  g_autofree TidePaneState *states = tide_panes_list (panes, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint32 *ends = g_new (guint32, CHUNK_ROWS);
  for (guint done = 0; done < n;)
    {
      Chunk chunk = { .write = write, .pane = tide_panes_get_pane (panes), .states = states + done, .ends = ends };
      g_byte_array_set_size (bytes, 0);
      while (done < n && chunk.n < CHUNK_ROWS && bytes->len < CHUNK_BYTES)
        {
          tide_panes_write (panes, states[done++].state, bytes);
          ends[chunk.n++] = bytes->len;
        }
      chunk.bytes = bytes->data;
      if (!tide_writer_call (write->writer, rollup_add, &chunk, error))
        return false;
    }
  if (n > 0)
    write->first_pane = MIN (write->first_pane, states[0].pane);
  return true;
}

/* --- publishing --- */

typedef struct
{
  TideRollupWrite *write;
  const TideGroups *groups;
  TideSeq cut;
  TideTime cut_time;
  const char *offsets;
} Publish;

/* Groups first seen after the old cut and up to the new one. */
static bool
publish_groups (sqlite3 *db, const Publish *publish, GError **error)
{
  gint64 id = publish->write->id, known = 0;
  if (!tide_stmt_get_int (db, 0, &known, error, "SELECT count(*) FROM metric_group WHERE metric=? AND first_seq<=?",
                          "ii", id, publish->write->cut)
      || !tide_stmt_exec (db, error, "DELETE FROM metric_group WHERE metric=? AND first_seq>?", "ii", id,
                          publish->write->cut))
    return false;
  g_autoptr (TideStmt) insert
    = tide_db_prepare (db, "INSERT INTO metric_group (metric, id, first_seq, key) VALUES (?,?,?,?)", error);
  g_autoptr (GByteArray) key = g_byte_array_new ();
  if (insert == NULL)
    return false;
  for (uint32_t i = (uint32_t) known + 1; i < tide_groups_get_n (publish->groups); i++)
    {
      TideSeq first_seq = tide_groups_get (publish->groups, i)->first_seq;
      if (first_seq > publish->cut)
        break;
      g_byte_array_set_size (key, 0);
      tide_groups_write_key (publish->groups, i, key);
      tide_stmt_bind (insert, "iiib", id, (gint64) i, first_seq, key->data, (gsize) key->len);
      if (!tide_db_run (insert, error))
        return false;
    }
  return true;
}

static bool
rollup_publish (sqlite3 *db, void *data, GError **error)
{
  const Publish *publish = data;
  TideRollupWrite *write = publish->write;
  g_auto (TideVersion) version = { 0 };
  g_auto (TideVersion) old = { 0 };
  if (!check_current (db, write, error) || !tide_version_load_id (db, write->id, &version, error)
      || !tide_version_load_serving (db, write->metric->name, write->id, &old, error))
    return false;
  /* Up to then the older one serves, if only what it has published. */
  bool serves = version.serving == TIDE_VERSION_SERVING || !old.cut.exists || publish->cut >= old.cut.cut;
  if (serves && version.serving != TIDE_VERSION_SERVING && old.cut.exists
      && (!version_inherit (db, write->metric, write->id, &old, false, error)
          || !version_retire (db, old.cut.id, error)))
    return false;
  if (!publish_groups (db, publish, error))
    return false;
  tide_fault_point ("publish-groups");
  return tide_stmt_exec (
    db, error,
    "UPDATE metric_version SET run=?, cut=?, generation=?, writing=NULL, published=?, serving=?, cut_time=?,"
    " offsets=?, compact_from=min(coalesce(compact_from, ?8), ?8), corrupt=corrupt+?10,"
    " first_corrupt=coalesce(first_corrupt, nullif(?11, 0)),"
    " days_to=CASE WHEN days_zone=?13 THEN min(days_to, ?12) END WHERE id=?9",
    "iiiiiTtiiiiit", write->run, publish->cut, write->generation + 1, g_get_real_time (),
    (gint64) (serves ? TIDE_VERSION_SERVING : TIDE_VERSION_BACKFILLED), publish->cut_time, publish->offsets,
    write->first_pane, write->id, (gint64) write->corrupt, write->first_corrupt,
    tide_version_day_of (write->metric, write->first_pane), tide_version_zone (write->metric));
}

/* cut_time and offsets, read beside the writer, for the cut at which the version serves. */
static bool
publish_describe (Publish *publish, char **ret_offsets, GError **error)
{
  TideRollupWrite *write = publish->write;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_writer_get_store (write->writer), error);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  sqlite3 *db = tide_reader_get_db (reader);
  g_auto (TideVersion) version = { 0 };
  g_auto (TideVersion) old = { 0 };
  if (!tide_version_load_id (db, write->id, &version, error)
      || !tide_version_load_serving (db, write->metric->name, write->id, &old, error))
    return false;
  if (version.serving != TIDE_VERSION_SERVING && old.cut.exists && publish->cut < old.cut.cut)
    return true; /* still backfilled: nobody sees it */
  return tide_cut_describe (db, write->metric->stream, publish->cut, &publish->cut_time, ret_offsets, error);
}

/**
 * tide_rollup_write_publish:
 * @groups: the dictionary with which the states were folded
 * @cut: the last event that they hold, at least the cut before
 *
 * Errors: BUSY (another run published meanwhile), FULL. Thread: worker.
 */
bool
tide_rollup_write_publish (TideRollupWrite *write, const TideGroups *groups, TideSeq cut, GError **error)
{
  g_assert (cut >= write->cut);
  g_autofree char *offsets = NULL;
  Publish publish = { .write = write, .groups = groups, .cut = cut, .cut_time = TIDE_TIME_NONE };
  if (!publish_describe (&publish, &offsets, error))
    return false;
  publish.offsets = offsets;
  if (!tide_writer_call (write->writer, rollup_publish, &publish, error))
    return false;
  write->cut = cut;
  write->generation++;
  write->first_pane = TIDE_TIME_MAX;
  write->corrupt = 0;
  write->first_corrupt = 0;
  return true;
}
