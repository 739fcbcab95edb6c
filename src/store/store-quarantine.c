/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quarantined events: found by a filter, edited, discarded, deleted when they are old. They are put there and marked as
 * replayed by the commit that they came or went with (store-commit.c). An entry waits until it is replayed or discarded;
 * only one that waits can be either, so that no event is stored twice.
 * How many there are is kept by triggers (store-schema.c), so that a status each second costs the same however many they are.
 * Limit: text is found by looking at every entry that the rest of the filter lets through. */
#include "store-quality.h"
#include "store-statement.h"

#define DELETE_ROWS 500
#define BOUND_ROWS 50   /* each may be large */
#define CHANGE_ROWS 2000 /* in a transaction: the writer has events to commit */

void
tide_quarantined_free (TideQuarantined *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->stream);
  g_free (entry->source);
  g_free (entry->position);
  g_free (entry->reason);
  g_free (entry->state);
  g_free (entry->rules);
  g_free (entry->key);
  g_free (entry->headers);
  g_clear_pointer (&entry->payload, g_bytes_unref);
  g_free (entry);
}

/* --- the filter --- */

static void
bind_text (TideStmt *stmt, const char *name, const char *text)
{
  int index = sqlite3_bind_parameter_index (stmt, name);
  if (index > 0)
    sqlite3_bind_text (stmt, index, text, -1, SQLITE_TRANSIENT);
}

static void
bind_int (TideStmt *stmt, const char *name, gint64 value)
{
  int index = sqlite3_bind_parameter_index (stmt, name);
  if (index > 0)
    sqlite3_bind_int64 (stmt, index, value);
}

/* A bound that is not set is NONE, or 0 where the filter was made with zeros. */
static bool
is_set (TideTime time)
{
  return time != 0 && time != TIDE_TIME_NONE;
}

/* @head WHERE what the filter sets, and @tail; only what is set, so that indexes serve. */
static TideStmt *
prepare_filtered (sqlite3 *db, const char *head, const TideQuarantineFilter *filter, const char *tail, GError **error)
{
  const struct
  {
    bool set;
    const char *sql;
  } conditions[] = {
    { filter->stream != NULL, " AND stream=$stream" },
    { filter->source != NULL, " AND source=$source" },
    { filter->state != NULL, " AND state=$state" },
    { filter->rule != NULL, " AND instr(';' || rules || ';', $rule)>0" },
    { filter->text != NULL && *filter->text != '\0',
      " AND (instr(lower(reason), $text)>0 OR instr(lower(CAST(payload AS TEXT)), $text)>0)" },
    { is_set (filter->from), " AND received>=$from" },
    { is_set (filter->to), " AND received<$to" },
    { filter->id != 0, " AND id=$id" },
    { filter->ids != NULL, " AND id IN (SELECT value FROM json_each('[' || $ids || ']'))" },
    { is_set (filter->changed), " AND changed=$changed" },
  };
  g_autoptr (GString) sql = g_string_new (head);
  g_string_append (sql, " WHERE 1");
  for (gsize i = 0; i < G_N_ELEMENTS (conditions); i++)
    if (conditions[i].set)
      g_string_append (sql, conditions[i].sql);
  g_string_append (sql, tail);
  TideStmt *stmt = tide_db_prepare (db, sql->str, error);
  if (stmt == NULL)
    return NULL;
  g_autofree char *rule = filter->field != NULL ? g_strdup_printf (";%s.%s;", filter->field, filter->rule)
                                                : g_strdup_printf (".%s;", filter->rule);
  g_autofree char *text = filter->text != NULL ? g_ascii_strdown (filter->text, -1) : NULL;
  bind_text (stmt, "$stream", filter->stream);
  bind_text (stmt, "$source", filter->source);
  bind_text (stmt, "$state", filter->state);
  bind_text (stmt, "$rule", rule);
  bind_text (stmt, "$text", text);
  bind_int (stmt, "$from", filter->from);
  bind_int (stmt, "$to", filter->to);
  bind_int (stmt, "$id", filter->id);
  bind_text (stmt, "$ids", filter->ids);
  bind_int (stmt, "$changed", filter->changed);
  return stmt;
}

static gpointer
entry_from_row (TideStmt *stmt)
{
  TideQuarantined *entry = g_new0 (TideQuarantined, 1);
  entry->id = sqlite3_column_int64 (stmt, 0);
  entry->stream = tide_db_dup_text (stmt, 1);
  entry->source = tide_db_dup_text (stmt, 2);
  entry->position = tide_db_dup_text (stmt, 3);
  entry->received = tide_stmt_time (stmt, 4);
  entry->reason = tide_db_dup_text (stmt, 5);
  entry->payload = tide_stmt_bytes (stmt, 6);
  entry->state = tide_db_dup_text (stmt, 7);
  entry->rules = tide_db_dup_text (stmt, 8);
  entry->key = tide_db_dup_text (stmt, 9);
  entry->headers = tide_db_dup_text (stmt, 10);
  entry->time = tide_stmt_time (stmt, 11);
  entry->changed = tide_stmt_time (stmt, 12);
  entry->edited = sqlite3_column_int (stmt, 13) != 0;
  return entry;
}

/**
 * tide_store_list_quarantine:
 * @before_id: 0: from the newest
 *
 * Errors: BUSY, CORRUPT. Thread: not main. Returns: (transfer full) (element-type TideQuarantined): newest first
 */
GPtrArray *
tide_store_list_quarantine (TideReader *reader, const TideQuarantineFilter *filter, gint64 before_id, guint max,
                            GError **error)
{
  TideStmt *stmt = prepare_filtered (
    tide_reader_get_db (reader),
    "SELECT id, stream, source, position, received, reason, payload, state, rules, key, headers, time, changed,"
    " original IS NOT NULL FROM quarantine", filter, " AND id<$before ORDER BY id DESC LIMIT $max", error);
  if (stmt != NULL)
    {
      bind_int (stmt, "$before", before_id > 0 ? before_id : G_MAXINT64);
      bind_int (stmt, "$max", max);
    }
  return tide_stmt_collect (stmt, entry_from_row, (GDestroyNotify) tide_quarantined_free, error);
}

/* Whether the filter is of no more than stream and state, by which entries are counted as they come. */
static bool
is_counted (const TideQuarantineFilter *filter)
{
  return filter->source == NULL && filter->rule == NULL && (filter->text == NULL || *filter->text == '\0')
         && !is_set (filter->from) && !is_set (filter->to) && filter->id == 0 && filter->ids == NULL
         && !is_set (filter->changed);
}

/**
 * tide_store_count_quarantine:
 *
 * Costs nothing by stream and state; by anything else it looks at every entry.
 *
 * Errors: BUSY, CORRUPT. Thread: not main. Returns: entries, or -1
 */
gint64
tide_store_count_quarantine (TideReader *reader, const TideQuarantineFilter *filter, GError **error)
{
  gint64 n = 0;
  if (is_counted (filter))
    return tide_stmt_get_int (tide_reader_get_db (reader), 0, &n, error,
                              "SELECT sum(entries) FROM quarantine_count WHERE (?1 IS NULL OR stream=?1)"
                              " AND (?2 IS NULL OR state=?2)",
                              "tt", filter->stream, filter->state)
             ? n
             : -1;
  g_autoptr (TideStmt) stmt
    = prepare_filtered (tide_reader_get_db (reader), "SELECT count(*) FROM quarantine", filter, "", error);
  bool row = false;
  return stmt != NULL && tide_db_step (stmt, &row, error) && row ? sqlite3_column_int64 (stmt, 0) : -1;
}

GBytes *
tide_store_get_quarantine_original (TideReader *reader, gint64 id, GError **error)
{
  g_autoptr (TideStmt) stmt
    = tide_db_prepare (tide_reader_get_db (reader), "SELECT original FROM quarantine WHERE id=?", error);
  bool row = false;
  if (stmt == NULL)
    return NULL;
  tide_stmt_bind (stmt, "i", id);
  return tide_db_step (stmt, &row, error) && row ? tide_stmt_bytes (stmt, 0) : NULL;
}

/* --- changes --- */

typedef struct
{
  gint64 id;
  GBytes *payload;
  TideTime now;
} Edit;

static bool
edit_entry (sqlite3 *db, void *data, GError **error)
{
  const Edit *edit = data;
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "UPDATE quarantine SET original=coalesce(original, payload), payload=?2, changed=?3 WHERE id=?1 AND state='new'",
    error);
  if (stmt == NULL)
    return false;
  sqlite3_bind_int64 (stmt, 1, edit->id);
  tide_stmt_bind_payload (stmt, 2, edit->payload);
  sqlite3_bind_int64 (stmt, 3, edit->now);
  if (!tide_db_run (stmt, error))
    return false;
  if (sqlite3_changes (db) == 1)
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
               "the quarantine has no event %" G_GINT64_FORMAT " that waits; look at it again", edit->id);
  return false;
}

/**
 * tide_quarantine_edit:
 *
 * Errors: NOT_FOUND, FULL, CANCELLED. Thread: worker.
 */
bool
tide_quarantine_edit (TideWriter *writer, gint64 id, GBytes *payload, TideTime now, GError **error)
{
  Edit edit = { id, payload, now };
  return tide_writer_call (writer, edit_entry, &edit, error);
}

typedef struct
{
  const TideQuarantineFilter *filter;
  bool back;
  TideTime now;
  gint64 before_id; /* those from here on are done */
  gint64 n;
  bool more;
} Discard;

static bool
discard_step (sqlite3 *db, void *data, GError **error)
{
  Discard *discard = data;
  g_autoptr (TideStmt) find = prepare_filtered (
    db, "SELECT min(id) FROM (SELECT id FROM quarantine", discard->filter,
    " AND state=$before AND id<$before_id ORDER BY id DESC LIMIT " G_STRINGIFY (CHANGE_ROWS) ")", error);
  g_autoptr (TideStmt) change = prepare_filtered (
    db, "UPDATE quarantine SET state=$after, changed=$now", discard->filter,
    " AND state=$before AND id>=$first_id AND id<$before_id", error);
  TideStmt *both[] = { find, change };
  bool row = false;
  for (guint i = 0; i < G_N_ELEMENTS (both) && change != NULL && find != NULL; i++)
    {
      bind_text (both[i], "$before", discard->back ? "discarded" : "new");
      bind_int (both[i], "$before_id", discard->before_id);
    }
  if (find == NULL || change == NULL || !tide_db_step (find, &row, error))
    return false;
  discard->more = row && sqlite3_column_type (find, 0) != SQLITE_NULL;
  if (!discard->more)
    return true;
  gint64 first_id = sqlite3_column_int64 (find, 0);
  bind_text (change, "$after", discard->back ? "new" : "discarded");
  bind_int (change, "$now", discard->now);
  bind_int (change, "$first_id", first_id);
  if (!tide_db_run (change, error))
    return false;
  discard->n += sqlite3_changes (db);
  discard->before_id = first_id;
  return true;
}

/**
 * tide_quarantine_discard:
 * @now: entries that are marked are changed then: filter->changed finds them
 * @ret_n: (out): entries that were marked
 *
 * A few thousand in a transaction, so that events go on being committed.
 *
 * Errors: FULL, CANCELLED; what was marked before stays so. Thread: worker.
 */
bool
tide_quarantine_discard (TideWriter *writer, const TideQuarantineFilter *filter, bool back, TideTime now,
                         gint64 *ret_n, GError **error)
{
  Discard discard = { .filter = filter, .back = back, .now = now, .before_id = G_MAXINT64, .more = true };
  while (discard.more)
    if (!tide_writer_call (writer, discard_step, &discard, error))
      return false;
  *ret_n = discard.n;
  return true;
}

typedef struct
{
  const char *stream;
  TideTime before;
  bool more;
} Retain;

/* Entries come in order of time, near enough to look only at the oldest. */
static bool
retain_step (sqlite3 *db, void *data, GError **error)
{
  Retain *retain = data;
  if (!tide_stmt_exec (db, error,
                       "DELETE FROM quarantine WHERE id IN (SELECT id FROM (SELECT id, received FROM quarantine"
                       " WHERE stream=? ORDER BY id LIMIT " G_STRINGIFY (DELETE_ROWS) ") WHERE received<?)",
                       "ti", retain->stream, (gint64) retain->before))
    return false;
  retain->more = sqlite3_changes (db) > 0;
  return true;
}

/**
 * tide_quarantine_retain:
 * @stream: also one that is not in the workspace any more
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_quarantine_retain (TideWriter *writer, const char *stream, TideTime before, GError **error)
{
  Retain retain = { .stream = stream, .before = before, .more = true };
  bool ok = true;
  while (ok && retain.more)
    ok = tide_writer_call (writer, retain_step, &retain, error);
  return ok;
}

typedef struct
{
  gint64 max_bytes;
  bool more;
} Bound;

static bool
bound_step (sqlite3 *db, void *data, GError **error)
{
  Bound *bound = data;
  gint64 bytes = 0;
  bound->more = false;
  if (!tide_stmt_get_int (db, 0, &bytes, error, "SELECT sum(bytes) FROM quarantine_count", ""))
    return false;
  if (bytes <= bound->max_bytes)
    return true;
  if (!tide_stmt_exec (db, error,
                       "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine ORDER BY id LIMIT ?)", "i",
                       (gint64) BOUND_ROWS))
    return false;
  bound->more = sqlite3_changes (db) > 0;
  return true;
}

/**
 * tide_quarantine_retain_bytes:
 * @max_bytes: of all entries, with their payloads
 *
 * Deletes the oldest entries, whatever their state, until the quarantine is no larger.
 *
 * Errors: FULL, CANCELLED. Thread: worker.
 */
bool
tide_quarantine_retain_bytes (TideWriter *writer, gint64 max_bytes, GError **error)
{
  Bound bound = { .max_bytes = max_bytes, .more = true };
  bool ok = true;
  while (ok && bound.more)
    ok = tide_writer_call (writer, bound_step, &bound, error);
  return ok;
}
