/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a workspace's database and how an older database becomes a present one. Migrations are a list of
 * scripts, forward only: a script that has shipped is never edited, a change is a new one at the end. Before the first
 * step an existing database is copied aside, so that an older Tidemark can be gone back to. A database that is newer, or
 * another program's, is refused before anything in it is touched. */
#include "store-fault.h"
#include "store-private.h"

#include <errno.h>
#include <glib/gstdio.h>

static const char schema_1[] =
  "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
  "CREATE TABLE stream ("
  " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE,"
  " last_seq INTEGER NOT NULL DEFAULT 0, floor_seq INTEGER NOT NULL DEFAULT 0,"
  " events INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, blocks INTEGER NOT NULL DEFAULT 0,"
  " time_min INTEGER, time_max INTEGER, time_field TEXT, key_field TEXT);"
  "CREATE TABLE stream_column ("
  " stream INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL,"
  " scale INTEGER NOT NULL, generation INTEGER NOT NULL, PRIMARY KEY (stream, id)) WITHOUT ROWID;"
  "CREATE TABLE block ("
  " id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, first_seq INTEGER NOT NULL, n INTEGER NOT NULL,"
  " time_min INTEGER NOT NULL, time_max INTEGER NOT NULL, received_min INTEGER NOT NULL,"
  " received_max INTEGER NOT NULL, tier INTEGER NOT NULL, weight INTEGER NOT NULL, bytes INTEGER NOT NULL,"
  " created INTEGER NOT NULL);"
  "CREATE UNIQUE INDEX block_seq ON block (stream, first_seq);"
  /* id is block << 10 | column. The bounds stand before the blob, so that they are read without its pages. */
  "CREATE TABLE block_column (id INTEGER PRIMARY KEY, zmin, zmax, nulls INTEGER NOT NULL, data BLOB NOT NULL);"
  "CREATE TABLE position ("
  " source TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, token TEXT,"
  " PRIMARY KEY (source, partition)) WITHOUT ROWID;"
  "CREATE TABLE gap ("
  " id INTEGER PRIMARY KEY, source TEXT NOT NULL, partition INTEGER NOT NULL, \"from\" INTEGER, \"to\" INTEGER,"
  " time INTEGER, reason TEXT);"
  "CREATE TABLE quarantine ("
  " id INTEGER PRIMARY KEY, stream TEXT, source TEXT, position TEXT, received INTEGER, reason TEXT, payload,"
  " state TEXT NOT NULL DEFAULT 'new');"
  "CREATE INDEX quarantine_stream ON quarantine (stream, id);"
  "CREATE TABLE run ("
  " id INTEGER PRIMARY KEY, name TEXT NOT NULL, started INTEGER, ended INTEGER, status TEXT NOT NULL, cut INTEGER,"
  " rows INTEGER, cpu_us INTEGER, error TEXT, due INTEGER);"
  "CREATE INDEX run_name ON run (name, id);"
  "CREATE TABLE alert_event ("
  " id INTEGER PRIMARY KEY, rule TEXT NOT NULL, state TEXT NOT NULL, time INTEGER, value REAL, reason TEXT);"
  /* serving: 0 while it is backfilled, then 1, 2 once a newer version took over. Rows of state with a generation in
   * [first_generation, generation] are published; writing is the one under way. */
  "CREATE TABLE metric_version ("
  " id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, definition TEXT, stream TEXT,"
  " n_by INTEGER, aggregate TEXT, stored_pane INTEGER, run INTEGER, cut INTEGER NOT NULL DEFAULT 0,"
  " cut_time INTEGER, published INTEGER, base_seq INTEGER NOT NULL DEFAULT 0, offsets TEXT, created INTEGER,"
  " shape TEXT NOT NULL, serving INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL DEFAULT 0,"
  " first_generation INTEGER NOT NULL DEFAULT 1, writing INTEGER, compact_from INTEGER, previous INTEGER,"
  " previous_to INTEGER, UNIQUE (name, version));"
  "CREATE INDEX metric_version_name ON metric_version (name, id);"
  "CREATE TABLE metric_group ("
  " metric INTEGER NOT NULL, id INTEGER NOT NULL, first_seq INTEGER NOT NULL, key BLOB NOT NULL,"
  " PRIMARY KEY (metric, id)) WITHOUT ROWID;"
  "CREATE TABLE state ("
  " metric INTEGER NOT NULL, pane INTEGER NOT NULL, \"group\" INTEGER NOT NULL, generation INTEGER NOT NULL,"
  " data BLOB NOT NULL, PRIMARY KEY (metric, pane, \"group\", generation)) WITHOUT ROWID;"
  "CREATE TABLE base_state ("
  " metric INTEGER NOT NULL, pane INTEGER NOT NULL, \"group\" INTEGER NOT NULL, data BLOB NOT NULL,"
  " PRIMARY KEY (metric, pane, \"group\")) WITHOUT ROWID;"
  "CREATE TABLE result_version ("
  " analysis TEXT NOT NULL, version INTEGER NOT NULL, run INTEGER, created INTEGER, rows INTEGER, table_name TEXT,"
  " columns TEXT, sql_hash TEXT, PRIMARY KEY (analysis, version)) WITHOUT ROWID;";

/* Measurements: see store-measure.h. */
static const char schema_2[] =
  "CREATE TABLE latency ("
  " minute INTEGER NOT NULL, stream TEXT NOT NULL, stage INTEGER NOT NULL, events INTEGER NOT NULL, p50_us REAL,"
  " p95_us REAL, p99_us REAL, sketch BLOB NOT NULL, PRIMARY KEY (minute, stream, stage)) WITHOUT ROWID;"
  "CREATE TABLE cost ("
  " hour INTEGER NOT NULL, activity TEXT NOT NULL, source TEXT NOT NULL, stream TEXT NOT NULL, metric TEXT NOT NULL,"
  " cpu_ns INTEGER NOT NULL, seconds REAL NOT NULL, bytes INTEGER NOT NULL, events INTEGER NOT NULL,"
  " runs INTEGER NOT NULL, PRIMARY KEY (hour, activity, source, stream, metric)) WITHOUT ROWID;"
  "CREATE TABLE freshness ("
  " metric TEXT NOT NULL, hour INTEGER NOT NULL, met_s REAL NOT NULL, total_s REAL NOT NULL,"
  " PRIMARY KEY (metric, hour)) WITHOUT ROWID;"
  "CREATE TABLE staleness ("
  " metric TEXT NOT NULL, version TEXT NOT NULL, every INTEGER NOT NULL, bucket INTEGER NOT NULL,"
  " windows REAL NOT NULL, samples INTEGER NOT NULL, sum REAL NOT NULL, p95 REAL, sketch BLOB NOT NULL,"
  " PRIMARY KEY (metric, version, every, bucket)) WITHOUT ROWID;"
  "CREATE TABLE staleness_mark ("
  " metric TEXT NOT NULL, version TEXT NOT NULL, grain INTEGER NOT NULL, upto INTEGER NOT NULL, level REAL, noise REAL,"
  " PRIMARY KEY (metric, version, grain)) WITHOUT ROWID;"
  "CREATE TABLE advice ("
  " id INTEGER PRIMARY KEY, metric TEXT NOT NULL, applied INTEGER NOT NULL, until INTEGER, from_every INTEGER,"
  " every INTEGER, predicted_error REAL, predicted_usd_per_h REAL, before_usd_per_h REAL, realised_error REAL,"
  " realised_usd_per_h REAL, measured INTEGER);";

/* Alerts. */
static const char schema_3[] =
  "ALTER TABLE alert_event ADD COLUMN \"group\" TEXT;"
  "ALTER TABLE alert_event ADD COLUMN recorded INTEGER;"
  "ALTER TABLE alert_event ADD COLUMN late INTEGER NOT NULL DEFAULT 0;"
  "CREATE INDEX alert_event_rule ON alert_event (rule, id);"
  "CREATE TABLE alert_rule (rule TEXT PRIMARY KEY, version TEXT NOT NULL, until INTEGER) WITHOUT ROWID;"
  "CREATE TABLE alert_state ("
  " rule TEXT NOT NULL, \"group\" TEXT NOT NULL, state TEXT NOT NULL, since INTEGER, pending INTEGER, clearing INTEGER,"
  " fired INTEGER, acknowledged INTEGER, value REAL, missing INTEGER NOT NULL, notified INTEGER NOT NULL,"
  " PRIMARY KEY (rule, \"group\")) WITHOUT ROWID;"
  "CREATE TABLE alert_silence ("
  " id INTEGER PRIMARY KEY, rule TEXT, pattern TEXT, until INTEGER NOT NULL, created INTEGER, reason TEXT);"
  "CREATE TABLE alert_delivery ("
  " id INTEGER PRIMARY KEY, route TEXT NOT NULL, created INTEGER, body TEXT NOT NULL, attempts INTEGER NOT NULL,"
  " next INTEGER, status TEXT NOT NULL, answer TEXT);"
  "CREATE INDEX alert_delivery_status ON alert_delivery (status, id);"
  "CREATE TABLE baseline_metric (metric TEXT PRIMARY KEY, version TEXT NOT NULL, days INTEGER NOT NULL, made INTEGER) WITHOUT ROWID;"
  "CREATE TABLE baseline ("
  " metric TEXT NOT NULL, \"group\" TEXT NOT NULL, hour INTEGER NOT NULL, median REAL, mad REAL, weeks INTEGER NOT NULL,"
  " PRIMARY KEY (metric, \"group\", hour)) WITHOUT ROWID;";

/* What the states of a version lack, since the blocks were damaged when they were read. */
static const char schema_4[] =
  "ALTER TABLE metric_version ADD COLUMN corrupt INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE metric_version ADD COLUMN first_corrupt INTEGER;";

/* The states of whole days: see store-rollup-days.c. */
static const char schema_5[] =
  "ALTER TABLE metric_version ADD COLUMN days_to INTEGER;"
  "ALTER TABLE metric_version ADD COLUMN days_zone TEXT;"
  "CREATE TABLE day_state ("
  " metric INTEGER NOT NULL, pane INTEGER NOT NULL, \"group\" INTEGER NOT NULL, data BLOB NOT NULL,"
  " PRIMARY KEY (metric, pane, \"group\")) WITHOUT ROWID;";

/* Quality: counters by hour, and what of a quarantined event it takes to try it again. */
static const char schema_6[] =
  "CREATE TABLE quality_hour ("
  " stream TEXT NOT NULL, hour INTEGER NOT NULL, field TEXT NOT NULL, rule TEXT NOT NULL, events INTEGER NOT NULL,"
  " failed INTEGER NOT NULL, warned INTEGER NOT NULL, repaired INTEGER NOT NULL,"
  " PRIMARY KEY (stream, hour, field, rule)) WITHOUT ROWID;"
  "ALTER TABLE quarantine ADD COLUMN rules TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE quarantine ADD COLUMN key TEXT;"
  "ALTER TABLE quarantine ADD COLUMN headers TEXT;"
  "ALTER TABLE quarantine ADD COLUMN time INTEGER;"
  "ALTER TABLE quarantine ADD COLUMN changed INTEGER;"
  "ALTER TABLE quarantine ADD COLUMN original;"
  "CREATE INDEX quarantine_state ON quarantine (stream, state, id);";

/* Profiles of fields: see store-profile.h. */
static const char schema_7[] =
  "CREATE TABLE profile_day ("
  " stream TEXT NOT NULL, day INTEGER NOT NULL, field TEXT NOT NULL, events INTEGER NOT NULL, nulls INTEGER NOT NULL,"
  " quantiles BLOB NOT NULL, distincts BLOB NOT NULL, top TEXT NOT NULL, PRIMARY KEY (stream, day, field)) WITHOUT ROWID;"
  "CREATE TABLE profile_mark (stream TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;";

/* Schema drift: see store-drift.h. */
static const char schema_8[] =
  "CREATE TABLE drift ("
  " stream TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
  " seen INTEGER NOT NULL, sampled INTEGER NOT NULL, PRIMARY KEY (stream, kind, path)) WITHOUT ROWID;";

/* How much the quarantine holds, kept by triggers, so that nobody counts it: store-quarantine.c. */
#define QUARANTINE_BYTES(row) \
  "128+length(CAST(coalesce(" row ".payload,'') AS BLOB))+length(CAST(coalesce(" row ".original,'') AS BLOB))" \
  "+length(coalesce(" row ".reason,''))+length(coalesce(" row ".key,''))+length(coalesce(" row ".headers,''))"
#define QUARANTINE_ADD \
  "INSERT INTO quarantine_count (stream, state, entries, bytes) VALUES (coalesce(new.stream,''), new.state, 1, " \
  QUARANTINE_BYTES ("new") ") ON CONFLICT DO UPDATE SET entries=entries+1, bytes=bytes+excluded.bytes;"
#define QUARANTINE_TAKE \
  "UPDATE quarantine_count SET entries=entries-1, bytes=bytes-(" QUARANTINE_BYTES ("old") ")" \
  " WHERE stream=coalesce(old.stream,'') AND state=old.state;"
static const char schema_9[] =
  "CREATE TABLE quarantine_count ("
  " stream TEXT NOT NULL, state TEXT NOT NULL, entries INTEGER NOT NULL, bytes INTEGER NOT NULL,"
  " PRIMARY KEY (stream, state)) WITHOUT ROWID;"
  "INSERT INTO quarantine_count SELECT coalesce(stream,''), state, count(*), sum(" QUARANTINE_BYTES ("q") ")"
  " FROM quarantine AS q GROUP BY 1, 2;"
  "CREATE TRIGGER quarantine_added AFTER INSERT ON quarantine BEGIN " QUARANTINE_ADD " END;"
  "CREATE TRIGGER quarantine_taken AFTER DELETE ON quarantine BEGIN " QUARANTINE_TAKE " END;"
  "CREATE TRIGGER quarantine_changed AFTER UPDATE ON quarantine BEGIN " QUARANTINE_TAKE QUARANTINE_ADD " END;";

const TideMigration tide_schema_migrations[TIDE_SCHEMA_VERSION] = {
  { schema_1 },
  { schema_2 },
  { schema_3 },
  { schema_4 },
  { schema_5 },
  { schema_6 },
  { schema_7 },
  { schema_8 },
  { schema_9 },
};

/**
 * tide_schema_check:
 * @supported: the newest version that this program knows
 *
 * Reads whose database it is and how old. An empty file is version 0.
 *
 * Errors: TIDE_ERROR_CORRUPT (not a database, or another program's), TIDE_ERROR_NEWER.
 */
bool
tide_schema_check (sqlite3 *db, const char *path, int supported, gint64 *ret_version, GError **error)
{
  gint64 version = 0, application = 0, tables = 0;
  /* One transaction: another process may be making its tables just now. */
  if (!tide_db_exec (db, "BEGIN", error))
    return false;
  bool known = tide_db_get_int (db, "PRAGMA user_version", 0, &version, error)
               && tide_db_get_int (db, "PRAGMA application_id", 0, &application, error)
               && tide_db_get_int (db, "SELECT count(*) FROM sqlite_schema", 0, &tables, error);
  sqlite3_exec (db, "COMMIT", NULL, NULL, NULL);
  if (!known)
    return false;
  if (application != TIDE_APPLICATION_ID && (application != 0 || version != 0 || tables != 0))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT,
                   "%s is the database of another program; move it away or choose another folder", path);
      return false;
    }
  if (version > supported)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NEWER,
                   "%s was written by a newer Tidemark (format %" G_GINT64_FORMAT
                   ", this one knows %d); install the newer version to open it",
                   path, version, supported);
      return false;
    }
  *ret_version = version;
  return true;
}

/* A copy through SQLite's backup: opening the file ourselves would drop the process's locks on it. */
static bool
schema_backup (sqlite3 *db, const char *path, gint64 version, GError **error)
{
  g_autofree char *target = g_strdup_printf ("%s.v%" G_GINT64_FORMAT ".bak", path, version);
  if (g_unlink (target) != 0 && errno != ENOENT)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "can't replace the old backup %s: %s", target,
                   g_strerror (errno));
      return false;
    }
  sqlite3 *copy = NULL;
  int code = sqlite3_open_v2 (target, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
  if (code == SQLITE_OK)
    {
      sqlite3_backup *backup = sqlite3_backup_init (copy, "main", db, "main");
      if (backup != NULL)
        {
          sqlite3_backup_step (backup, -1);
          tide_fault_point ("migrate-backup");
          sqlite3_backup_finish (backup);
        }
      code = sqlite3_errcode (copy);
    }
  if (code != SQLITE_OK)
    tide_store_set_error (error, copy, code, "can't back up the database before it is upgraded");
  sqlite3_close (copy);
  if (code != SQLITE_OK)
    g_unlink (target);
  return code == SQLITE_OK;
}

static bool
schema_step (sqlite3 *db, const char *sql, int version, GError **error)
{
  g_autofree char *pragmas
    = g_strdup_printf ("PRAGMA user_version=%d; PRAGMA application_id=%d; COMMIT", version, TIDE_APPLICATION_ID);
  if (tide_db_exec (db, "BEGIN IMMEDIATE", error))
    {
      bool ok = tide_db_exec (db, sql, error);
      tide_fault_point ("migrate-end");
      if (ok && tide_db_exec (db, pragmas, error))
        return true;
      sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
    }
  return false;
}

/**
 * tide_schema_migrate:
 *
 * Errors: TIDE_ERROR_FULL, TIDE_ERROR_NEWER, TIDE_ERROR_CORRUPT. On failure the database is at the version that it
 * had before the step that failed.
 */
bool
tide_schema_migrate (sqlite3 *db, const char *path, const TideMigration *migrations, int n, GError **error)
{
  gint64 version = 0;
  if (!tide_schema_check (db, path, n, &version, error))
    return false;
  if (version > 0 && version < n && !schema_backup (db, path, version, error))
    return false;
  for (int i = (int) version; i < n; i++)
    if (!schema_step (db, migrations[i].sql, i + 1, error))
      return false;
  return true;
}
