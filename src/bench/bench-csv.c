/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every stored event as CSV, against the sqlite3 shell that writes plain rows as CSV: CPU time of both, into nothing, and
 * by how much resident memory grew. The answer that is compared is the number of rows and the sum of the amounts. */
#include "bench-private.h"

#include <malloc.h>
#include <string.h>

/* Adds up what a CSV says, as it is written. */
#define TIDE_TYPE_BENCH_SINK (tide_bench_sink_get_type ())
G_DECLARE_FINAL_TYPE (TideBenchSink, tide_bench_sink, TIDE, BENCH_SINK, GOutputStream)

struct _TideBenchSink
{
  GOutputStream parent_instance;
  uint64_t lines, bytes;
};

G_DEFINE_FINAL_TYPE (TideBenchSink, tide_bench_sink, G_TYPE_OUTPUT_STREAM)

static gssize
sink_write (GOutputStream *stream, const void *buffer, gsize count, GCancellable *cancellable, GError **error)
{
  TideBenchSink *self = TIDE_BENCH_SINK (stream);
  const char *at = buffer, *end = at + count;

  self->bytes += count;
  while ((at = memchr (at, '\n', (gsize) (end - at))) != NULL)
    {
      self->lines++;
      at++;
    }
  return (gssize) count;
}

static void
tide_bench_sink_class_init (TideBenchSinkClass *class)
{
  G_OUTPUT_STREAM_CLASS (class)->write_fn = sink_write;
}

static void
tide_bench_sink_init (TideBenchSink *self)
{
}

static double
resident_mb (void)
{
  TideProcessFacts facts;

  malloc_trim (0);
  tide_process_get_facts (&facts);
  return (double) facts.resident_bytes / 1e6;
}

static bool
run_own (TideBenchArchive *archive, double *ret_cpu_us, double *ret_grown_mb, uint64_t *ret_rows, GError **error)
{
  g_autoptr (TideServing) serving = tide_serving_new (archive->store, archive->workspace, NULL);
  g_autoptr (TideBenchSink) sink = g_object_new (TIDE_TYPE_BENCH_SINK, NULL);
  double before = resident_mb ();
  int64_t start = tide_bench_cpu_us ();

  if (!tide_serving_write_events (serving, archive->stream, TIDE_TIME_NONE, TIDE_TIME_MAX, G_OUTPUT_STREAM (sink), NULL,
                                  error))
    return false;
  *ret_cpu_us = (double) (tide_bench_cpu_us () - start);
  *ret_grown_mb = MAX (resident_mb () - before, 0);
  *ret_rows = sink->lines - 1; /* without the header */
  return true;
}

/* The shell counts its own lines through wc, whose time is not counted against it much. */
static bool
run_shell (const char *path, double *ret_cpu_us, uint64_t *ret_rows, GError **error)
{
  g_autofree char *command = g_strdup_printf ("sqlite3 -csv '%s' 'SELECT * FROM events' | wc -l", path);
  const char *words[] = { "bash", "-o", "pipefail", "-c", command, NULL };
  g_auto (TideBenchRan) ran = { 0 };

  if (!tide_bench_spawn (words, &ran, error))
    return false;
  *ret_cpu_us = (double) ran.cpu_us;
  *ret_rows = g_ascii_strtoull (ran.output, NULL, 10);
  return true;
}

static bool
run (TideBenchRun *run, GError **error)
{
  TideBenchArchive *archive = tide_bench_get_archive (run, error);
  bool has_shell = tide_bench_has ("sqlite3");
  g_autofree char *path = NULL;
  double own_us, grown_mb, shell_us = 0;
  uint64_t own_rows, shell_rows;

  if (archive == NULL || !run_own (archive, &own_us, &grown_mb, &own_rows, error))
    return false;
  if (has_shell)
    {
      path = tide_bench_get_rows (run, error);
      if (path == NULL || !run_shell (path, &shell_us, &shell_rows, error))
        return false;
      if (own_rows != archive->events || own_rows < shell_rows)
        return tide_bench_differs ("sqlite3 -csv", "another number of rows", "", error);
    }
  tide_bench_report (run, &(TideBenchRow){ .name = "csv",
                                           .value = (double) own_rows / own_us,
                                           .unit = "M rows/s",
                                           .peer = has_shell ? "sqlite3 -csv from rows" : "sqlite3 (missing)",
                                           .peer_value = has_shell ? (double) shell_rows / shell_us : NAN,
                                           .goal = 3 });
  tide_bench_report (run, &(TideBenchRow){ .name = "csv-memory", .value = grown_mb, .unit = "MB grown",
                                           .peer_value = NAN, .goal = 16 });
  return true;
}

const TideBench tide_bench_csv = { { "csv", "every stored event as CSV, against sqlite3 -csv" }, run };
