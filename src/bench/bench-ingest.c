/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a real broker to the disk: decode, validate, five metrics live, blocks with positions; against librdkafka's batch
 * consumer that does nothing else, a short Python program, and kcat with jq and sqlite3. Everybody must end with the
 * same number of events and the same sum. Rates leave the start out; the CPU time of whole programs is counted. */
#include "bench-private.h"

#include <string.h>

#define EVENTS 2000000
#define PEER_EVENTS 500000 /* the slow peers get fewer: rates are compared */
#define WAIT_MAX (600 * TIDE_SECOND)

static TideSeq
committed (TidePipeline *pipeline)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), NULL);
  TideStreamFacts facts = { 0 };

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return 0;
  tide_store_get_stream_facts (reader, "events", &facts, NULL);
  tide_reader_end (reader);
  return facts.last_seq;
}

/* "count cents" of what is stored, by the merged view. */
static char *
answer (TidePipeline *pipeline, TideSeq events, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  TideQuery query = { .metric = tide_workspace_get_metric (workspace, "amount"), .view = TIDE_VIEW_MERGED,
                      .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  g_autoptr (TideRows) rows = tide_serving_query (tide_pipeline_get_serving (pipeline), &query, NULL, error);

  return rows == NULL ? NULL : g_strdup_printf ("%ld %ld", (long) events, (long) rows->total.exact);
}

static char *
expected (uint64_t n)
{
  int64_t cents = 0;

  for (uint64_t i = 0; i < n; i++)
    {
      TideBenchEvent event;

      tide_bench_event (i, &event);
      cents += event.cents;
    }
  return g_strdup_printf ("%ld %ld", (long) n, (long) cents);
}

static bool
run_own (TideBenchRun *run, const char *topic, uint64_t n, double *ret_per_s, double *ret_cpu_us, GError **error)
{
  g_autofree char *dir = g_build_filename (run->dir, topic, NULL), *own = NULL, *wanted = expected (n);
  int64_t cpu = tide_bench_cpu_us (), start = g_get_monotonic_time (), first = 0, last;
  g_autoptr (TidePipeline) pipeline = NULL;
  TideSeq seq = 0, first_seq = 0;

  if (!tide_bench_kafka_workspace (dir, run->options->brokers, topic, tide_bench_metrics_conf, error))
    return false;
  cpu = tide_bench_cpu_us ();
  pipeline = tide_pipeline_open (dir, TIDE_PIPELINE_RUN, NULL, error);
  if (pipeline == NULL)
    return false;
  while (seq < (TideSeq) n && g_get_monotonic_time () - start < WAIT_MAX)
    {
      seq = committed (pipeline);
      if (seq > 0 && first_seq == 0)
        {
          first_seq = seq;
          first = g_get_monotonic_time ();
        }
      if (seq < (TideSeq) n)
        g_usleep (2 * TIDE_MS);
    }
  last = g_get_monotonic_time ();
  *ret_cpu_us = (double) (tide_bench_cpu_us () - cpu) / (double) n;
  *ret_per_s = (double) (seq - first_seq) / ((double) MAX (last - first, 1) / TIDE_SECOND);
  own = answer (pipeline, seq, error);
  tide_pipeline_close (pipeline);
  return own != NULL && (strcmp (own, wanted) == 0 || tide_bench_differs ("the producer", own, wanted, error));
}

/* Runs a shell pipeline that fills a table of @path; what it has must be what was produced. */
static bool
run_shell (TideBenchRun *run, const char *name, const char *command, const char *path, uint64_t n, double *ret_per_s,
           GError **error)
{
  const char *words[] = { "bash", "-o", "pipefail", "-c", command, NULL };
  g_autofree char *wanted = expected (n), *other = NULL;
  g_auto (TideBenchRan) ran = { 0 };
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;

  if (!tide_bench_spawn (words, &ran, error))
    return false;
  if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK
      && sqlite3_prepare_v2 (db, "SELECT count(*) || ' ' || cast(round(sum(amount) * 100) AS INTEGER) FROM events", -1,
                             &stmt, NULL) == SQLITE_OK
      && sqlite3_step (stmt) == SQLITE_ROW)
    other = g_strdup ((const char *) sqlite3_column_text (stmt, 0));
  sqlite3_finalize (stmt);
  sqlite3_close (db);
  *ret_per_s = (double) n / ((double) ran.wall_us / TIDE_SECOND);
  return g_strcmp0 (wanted, other) == 0
         || tide_bench_differs (name, wanted, other != NULL ? other : "nothing", error);
}

static bool
run_python (TideBenchRun *run, const char *topic, uint64_t n, double *ret_per_s, GError **error)
{
  g_autofree char *script = tide_bench_get_script ("json_peer.py"), *quoted = g_shell_quote (script);
  g_autofree char *path = g_build_filename (run->dir, "python.db", NULL), *command = NULL;

  if (!tide_bench_has ("kcat") || !tide_bench_has ("python3"))
    return true;
  command = g_strdup_printf ("kcat -C -q -e -o beginning -c %lu -b %s -t %s | python3 -c %s %s", (unsigned long) n,
                             run->options->brokers, topic, quoted, path);
  return run_shell (run, "Python", command, path, n, ret_per_s, error);
}

static bool
run_jq (TideBenchRun *run, const char *topic, uint64_t n, double *ret_per_s, GError **error)
{
  g_autofree char *path = g_build_filename (run->dir, "jq.db", NULL), *command = NULL;

  if (!tide_bench_has ("kcat") || !tide_bench_has ("jq") || !tide_bench_has ("sqlite3"))
    return true;
  command = g_strdup_printf ("kcat -C -q -e -o beginning -c %lu -b %s -t %s"
                             " | jq -r '[.id,.ts,.type,.user,.city,.amount,.ms,.ok]|@csv'"
                             " | sqlite3 %s 'CREATE TABLE events (id,ts,type,user,city,amount REAL,ms,ok)'"
                             " '.import --csv /dev/stdin events'",
                             (unsigned long) n, run->options->brokers, topic, path);
  return run_shell (run, "kcat|jq|sqlite3", command, path, n, ret_per_s, error);
}

static void
report_rate (TideBenchRun *run, const char *name, double per_s, const char *peer, const char *missing, double peer_per_s,
             double goal)
{
  tide_bench_report (run, &(TideBenchRow){ .name = name, .value = per_s, .unit = "events/s",
                                           .peer = peer_per_s > 0 ? peer : missing, .peer_value = peer_per_s,
                                           .goal = goal });
}

static bool
run (TideBenchRun *run, GError **error)
{
  uint64_t n = tide_bench_get_events (run, EVENTS), few = MIN (n, PEER_EVENTS);
  g_autofree char *topic = g_strdup_printf ("bench-ingest-%u", g_random_int ());
  const char *brokers = run->options->brokers;
  int64_t wall_us, consumer_us;
  double per_s, cpu_us, consumer_per_s, python_per_s = 0, jq_per_s = 0;

  if (!tide_bench_has_broker (run))
    {
      report_rate (run, "ingest", NAN, NULL, "missing: no broker (--brokers HOST:PORT)", 0, 0.6);
      return true;
    }
  if (!tide_bench_kafka_create_topic (brokers, topic, error) || !tide_bench_kafka_fill (brokers, topic, n, error)
      || !tide_bench_kafka_consume (brokers, topic, n, NULL, NULL, &wall_us, &consumer_us, error)
      || !run_own (run, topic, n, &per_s, &cpu_us, error) || !run_python (run, topic, few, &python_per_s, error)
      || !run_jq (run, topic, few, &jq_per_s, error))
    return false;
  consumer_per_s = (double) n / ((double) wall_us / TIDE_SECOND);
  report_rate (run, "ingest", per_s, "the bare batch consumer", NULL, consumer_per_s, 0.6);
  report_rate (run, "ingest-python", per_s, "Python: json, sqlite3", "Python (missing: kcat or python3)", python_per_s, 10);
  report_rate (run, "ingest-jq", per_s, "kcat|jq|sqlite3", "kcat|jq|sqlite3 (missing: one of them)", jq_per_s, 5);
  tide_bench_report (run, &(TideBenchRow){ .name = "ingest-cpu", .value = cpu_us, .unit = "us CPU an event",
                                           .peer = "the bare batch consumer",
                                           .peer_value = (double) consumer_us / (double) n, .goal = 1.2,
                                           .goal_of_value = true });
  return true;
}

const TideBench tide_bench_ingest = { { "ingest", "from a real broker to blocks, against consumers (--brokers)" }, run };
