/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored events: in Tidemark's blocks, as plain rows of SQLite and in a file of DuckDB, all made of the same events.
 * Each is made once a run, when the first benchmark wants it. */
#include "bench-private.h"

#include <glib/gstdio.h>
#include <stdio.h>

#define ARCHIVE_EVENTS 10000000

static const char archive_metrics[] = "[metric amount]\nstream=events\naggregate=sum(amount)\nby=type\nevery=1min\n\n"
                                      "[metric slowest]\nstream=events\naggregate=max(ms)\nby=city\nevery=1min\n\n"
                                      "[metric typical]\nstream=events\naggregate=p95(ms)\nby=type\nevery=1min\n";

static bool
push (TideBatch *batch, void *data, GError **error)
{
  TideBenchArchive *archive = data;
  TidePosition position = { .partition = 0, .offset = (int64_t) archive->events + batch->n };
  TideDelivery delivery = { .source = "bench", .batch = batch, .positions = &position, .n_positions = 1 };

  archive->json_bytes += (gint64) batch->payload_bytes;
  archive->events += batch->n;
  return tide_writer_push (archive->writer, &delivery, NULL, error);
}

bool
tide_bench_archive_add (TideBenchArchive *archive, uint64_t n, GError **error)
{
  return tide_bench_batches (archive->stream, archive->events, archive->events + n, push, archive, error)
         && tide_writer_flush (archive->writer, error);
}

TideBenchArchive *
tide_bench_archive_new (const char *dir, const char *conf, uint64_t events, bool payload, GError **error)
{
  g_autofree char *text = g_strconcat ("[workspace]\nversion=1\nname=Benchmark\n\n", tide_bench_stream_conf, conf, NULL);
  g_autofree char *kept = NULL;
  g_autoptr (TideBenchArchive) archive = g_new0 (TideBenchArchive, 1);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);

  if (payload)
    {
      g_auto (GStrv) parts = g_strsplit (text, "time=ts\n", 2);

      g_free (text);
      text = g_strjoinv ("time=ts\nkeep-payload=true\n", parts);
    }
  archive->dir = g_strdup (dir);
  if (g_mkdir_with_parents (dir, 0700) != 0)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "cannot make the folder %s", dir);
      return NULL;
    }
  archive->workspace = tide_workspace_parse (NULL, text, tide_pipeline_catalog (), problems);
  g_assert (problems->len == 0);
  archive->stream = tide_workspace_get_stream (archive->workspace, "events");
  archive->store = tide_store_open (dir, TIDE_STORE_WRITE, error);
  if (archive->store == NULL)
    return NULL;
  archive->writer = tide_writer_new (archive->store, NULL, error);
  if (archive->writer == NULL || !tide_bench_archive_add (archive, events, error)
      || !tide_writer_seal (archive->writer, error))
    return NULL;
  return g_steal_pointer (&archive);
}

void
tide_bench_archive_free (TideBenchArchive *archive)
{
  if (archive == NULL)
    return;
  if (archive->writer != NULL)
    tide_writer_stop (archive->writer);
  tide_writer_free (archive->writer);
  tide_store_unref (archive->store);
  tide_workspace_unref (archive->workspace);
  g_free (archive->dir);
  g_free (archive);
}

TideBenchArchive *
tide_bench_get_archive (TideBenchRun *run, GError **error)
{
  g_autofree char *dir = g_build_filename (run->dir, "archive", NULL);

  if (run->archive == NULL)
    run->archive = tide_bench_archive_new (dir, archive_metrics, tide_bench_get_events (run, ARCHIVE_EVENTS), false, error);
  return run->archive;
}

static bool
sql_failed (sqlite3 *db, GError **error)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "cannot make the plain table: %s", sqlite3_errmsg (db));
  return false;
}

static bool
insert_rows (sqlite3 *db, uint64_t events, GError **error)
{
  sqlite3_stmt *stmt = NULL;
  bool done = sqlite3_prepare_v2 (db, "INSERT INTO events VALUES (?,?,?,?,?,?,?,?)", -1, &stmt, NULL) == SQLITE_OK;

  for (uint64_t i = 0; done && i < events; i++)
    {
      TideBenchEvent event;

      tide_bench_event (i, &event);
      sqlite3_bind_int64 (stmt, 1, event.id);
      sqlite3_bind_int64 (stmt, 2, event.time);
      sqlite3_bind_text (stmt, 3, event.type, -1, SQLITE_STATIC);
      sqlite3_bind_text (stmt, 4, event.user, -1, SQLITE_STATIC);
      sqlite3_bind_text (stmt, 5, event.city, -1, SQLITE_STATIC);
      sqlite3_bind_double (stmt, 6, (double) event.cents / 100);
      sqlite3_bind_int64 (stmt, 7, event.ms);
      sqlite3_bind_int (stmt, 8, event.ok);
      done = sqlite3_step (stmt) == SQLITE_DONE && sqlite3_reset (stmt) == SQLITE_OK;
    }
  sqlite3_finalize (stmt);
  return done || sql_failed (db, error);
}

char *
tide_bench_get_rows (TideBenchRun *run, GError **error)
{
  g_autofree char *path = g_build_filename (run->dir, "rows.db", NULL);
  sqlite3 *db = NULL;
  bool done;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  done = sqlite3_open (path, &db) == SQLITE_OK
         && sqlite3_exec (db,
                          "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN; CREATE TABLE events (id INTEGER, "
                          "ts INTEGER, type TEXT, user TEXT, city TEXT, amount REAL, ms INTEGER, ok INTEGER)",
                          NULL, NULL, NULL) == SQLITE_OK;
  if (!done)
    sql_failed (db, error);
  done = done && insert_rows (db, run->archive->events, error);
  if (done && sqlite3_exec (db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
    done = sql_failed (db, error);
  sqlite3_close (db);
  return done ? g_steal_pointer (&path) : NULL;
}

static bool
write_csv (const char *path, uint64_t events, GError **error)
{
  FILE *file = g_fopen (path, "w");
  bool done = file != NULL;

  for (uint64_t i = 0; done && i < events; i++)
    {
      TideBenchEvent event;

      tide_bench_event (i, &event);
      done = fprintf (file, "%ld,%ld,%s,%s,%s,%ld.%02d,%ld,%s\n", (long) event.id, (long) event.time, event.type,
                      event.user, event.city, (long) (event.cents / 100), (int) (event.cents % 100), (long) event.ms,
                      event.ok ? "true" : "false") > 0;
    }
  if (file != NULL && fclose (file) == 0 && done)
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "cannot write %s", path);
  return false;
}

char *
tide_bench_get_duckdb (TideBenchRun *run, GError **error)
{
  g_autofree char *path = g_build_filename (run->dir, "peer.duckdb", NULL), *csv = NULL, *script = NULL, *python = NULL;
  g_auto (TideBenchRan) ran = { 0 };
  bool done;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  python = tide_bench_get_python ("duckdb");
  if (python == NULL)
    return NULL;
  csv = g_build_filename (run->dir, "events.csv", NULL);
  script = tide_bench_get_script ("duckdb_peer.py");
  const char *words[] = { python, "-c", script, "load", csv, path, NULL };
  done = write_csv (csv, run->archive->events, error) && tide_bench_spawn (words, &ran, error);
  g_unlink (csv);
  return done ? g_steal_pointer (&path) : NULL;
}
