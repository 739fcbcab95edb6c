/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bench.h"
#include "pipeline.h"

#include <math.h>

G_BEGIN_DECLS

typedef struct
{
  const TideBenchOptions *options;
  char *dir; /* temporary */
  struct _TideBenchArchive *archive;
} TideBenchRun;

/* A benchmark: one file bench-NAME.c and a row in bench.c. */
typedef struct
{
  TideBenchInfo info;
  bool (*run) (TideBenchRun *run, GError **error);
} TideBench;

extern const TideBench tide_bench_aggregate, tide_bench_chart, tide_bench_csv, tide_bench_disk, tide_bench_ingest,
    tide_bench_latency, tide_bench_live, tide_bench_memory, tide_bench_metering, tide_bench_panes, tide_bench_quality, tide_bench_query,
    tide_bench_rollup, tide_bench_sql, tide_bench_start, tide_bench_watch;

void tide_bench_report (TideBenchRun *run, const TideBenchRow *row);
/* The events of a benchmark: --events, else @usual. */
guint64 tide_bench_get_events (const TideBenchRun *run, guint64 usual);
/* A peer answered otherwise. Always FALSE. */
bool tide_bench_differs (const char *peer, const char *own, const char *other, GError **error);
/* CPU time of this process, all threads. */
int64_t tide_bench_cpu_us (void);

/* bench-events.c: events that are known by number: nothing needs to be kept of them, and every peer gets the same.
 * JSON of about 138 bytes with 8 fields; 1,000 a second. */
#define TIDE_BENCH_USERS 10000
#define TIDE_BENCH_STEP TIDE_MS

typedef struct
{
  int64_t id;
  TideTime time;
  const char *type, *city;
  char user[16];
  int64_t cents, ms;
  bool ok;
} TideBenchEvent;

uint64_t tide_bench_mix (uint64_t i, uint64_t purpose);
TideTime tide_bench_time0 (void); /* of event 0 */
void tide_bench_event (uint64_t i, TideBenchEvent *ret_event);
/* Returns the length. */
gsize tide_bench_event_json (const TideBenchEvent *event, char buffer[256]);
/* Sections of a workspace file: the stream "events" and its fields. */
extern const char tide_bench_stream_conf[];
/* Five metrics of that stream. */
extern const char tide_bench_metrics_conf[];
/* Events [from, to) as batches of @stream, to @take one after the other. */
bool tide_bench_batches (const TideStream *stream, uint64_t from, uint64_t to,
                         bool (*take) (TideBatch *batch, void *data, GError **error), void *data, GError **error);

/* bench-archive.c: a workspace whose store holds events, sealed. */
typedef struct _TideBenchArchive
{
  char *dir;
  TideWorkspace *workspace;
  const TideStream *stream;
  TideStore *store;
  TideWriter *writer;
  uint64_t events;
  gint64 json_bytes; /* of the same events */
} TideBenchArchive;

/* @conf follows the stream's sections: metrics. */
TideBenchArchive *tide_bench_archive_new (const char *dir, const char *conf, uint64_t events, bool payload,
                                          GError **error);
void tide_bench_archive_free (TideBenchArchive *archive);
/* Adds @n more. */
bool tide_bench_archive_add (TideBenchArchive *archive, uint64_t n, GError **error);
/* The one that aggregates, SQL and CSV share: made at its first use. */
TideBenchArchive *tide_bench_get_archive (TideBenchRun *run, GError **error);
/* Path of a plain SQLite table "events" with the same rows, made at its first use. */
char *tide_bench_get_rows (TideBenchRun *run, GError **error);
/* Path of a DuckDB file with the same rows, made at its first use. NULL without an error: DuckDB is missing. */
char *tide_bench_get_duckdb (TideBenchRun *run, GError **error);

/* bench-peer.c: peers are programs. */
typedef struct
{
  char *output;
  int64_t wall_us, cpu_us; /* with its children */
} TideBenchRan;

void tide_bench_ran_clear (TideBenchRan *ran);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideBenchRan, tide_bench_ran_clear)
/* Whether a program is there. */
bool tide_bench_has (const char *program);
/* The Python that has the peers: TIDEMARK_BENCH_PYTHON, else python3. NULL: it cannot import @module. */
char *tide_bench_get_python (const char *module);
/* Runs @words until it ends and reads what it prints. */
bool tide_bench_spawn (const char *const *words, TideBenchRan *ret_ran, GError **error);
/* A script of peers/. */
char *tide_bench_get_script (const char *name);
/* The program @name: beside tidemark-cli, or where the build has it. NULL: it is missing. */
char *tide_bench_find_program (const TideBenchRun *run, const char *name, const char *in_build);

/* bench-process.c: programs of ours that run for a while. */
typedef struct
{
  double resident_mb, resident_half_mb; /* at the end, and half way */
  double cores;                         /* CPU in the second half */
} TideBenchProcess;

/* Runs @words (with GSK_RENDERER=cairo) for @seconds, then ends it. It must not end before. */
bool tide_bench_watch_process (const char *const *words, double seconds, TideBenchProcess *ret_process, GError **error);
bool tide_bench_has_display (void);

/* bench-kafka.c: a real broker, used directly. */
bool tide_bench_has_broker (const TideBenchRun *run);
bool tide_bench_kafka_create_topic (const char *brokers, const char *topic, GError **error);
/* Produces events [0, n) of tide_bench_event(), with times that end now. */
bool tide_bench_kafka_fill (const char *brokers, const char *topic, uint64_t n, GError **error);
/* Reads @n events from the start with librdkafka's batch queue and nothing else. @seen is called with how many there are
 * after each batch; it may be NULL. */
bool tide_bench_kafka_consume (const char *brokers, const char *topic, uint64_t n,
                               void (*seen) (uint64_t n, void *data), void *data, int64_t *ret_wall_us,
                               int64_t *ret_cpu_us, GError **error);
/* A workspace with the stream "events" read from the topic, and @conf. */
bool tide_bench_kafka_workspace (const char *dir, const char *brokers, const char *topic, const char *conf,
                                 GError **error);
/* Produces event after event, @per_s a second, with the time of the moment, and keeps when each was given to the client. */
typedef struct
{
  const char *brokers, *topic;
  double per_s;
  uint64_t n;
  int64_t *produced_us; /* monotonic, n of them; 0: not yet */
  GError *error;
} TideBenchPace;

/* Thread function of a producer. */
void *tide_bench_kafka_pace (void *pace);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBenchArchive, tide_bench_archive_free)

G_END_DECLS
