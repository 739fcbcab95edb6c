/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an event takes on the disk once sealed, the whole database counted: without its payload beside DuckDB's file,
 * with it beside the JSON as it came. */
#include "bench-private.h"

#include <glib/gstdio.h>

#define PAYLOAD_EVENTS 1000000

static bool
measure (TideBenchArchive *archive, double *ret_bytes, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (archive->store, error);
  TideStreamFacts facts = { 0 };
  bool done = reader != NULL && tide_reader_begin (reader, 0, NULL, error);

  if (!done)
    return false;
  done = tide_store_get_stream_facts (reader, "events", &facts, error);
  tide_reader_end (reader);
  if (done && facts.events != archive->events)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "the store has not all events");
      return false;
    }
  *ret_bytes = (double) facts.bytes / (double) MAX (facts.events, 1);
  return done;
}

static bool
run_plain (TideBenchRun *run, GError **error)
{
  TideBenchArchive *archive = tide_bench_get_archive (run, error);
  GError *failed = NULL;
  g_autofree char *duckdb = NULL;
  GStatBuf info;
  double bytes, peer = 0;

  if (archive == NULL || !measure (archive, &bytes, error))
    return false;
  duckdb = tide_bench_get_duckdb (run, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, failed);
      return false;
    }
  if (duckdb != NULL && g_stat (duckdb, &info) == 0)
    peer = (double) info.st_size / (double) archive->events;
  tide_bench_report (run, &(TideBenchRow){ .name = "disk",
                                           .value = bytes,
                                           .unit = "bytes an event",
                                           .peer = peer > 0 ? "DuckDB's file" : "DuckDB (missing: no Python with duckdb)",
                                           .peer_value = peer,
                                           .goal = 10,
                                           .goal_of_value = true });
  return true;
}

static bool
run_payload (TideBenchRun *run, GError **error)
{
  g_autofree char *dir = g_build_filename (run->dir, "payload", NULL);
  g_autoptr (TideBenchArchive) archive
      = tide_bench_archive_new (dir, "", MIN (tide_bench_get_events (run, PAYLOAD_EVENTS), PAYLOAD_EVENTS), true, error);
  double bytes;

  if (archive == NULL || !measure (archive, &bytes, error))
    return false;
  tide_bench_report (run, &(TideBenchRow){ .name = "disk-payload",
                                           .value = bytes,
                                           .unit = "bytes an event",
                                           .peer = "the JSON as it came",
                                           .peer_value = (double) archive->json_bytes / (double) archive->events,
                                           .goal = 0.35 });
  return true;
}

static bool
run (TideBenchRun *run, GError **error)
{
  return run_plain (run, error) && run_payload (run, error);
}

const TideBench tide_bench_disk = { { "disk", "bytes an event, sealed, without and with its payload" }, run };
