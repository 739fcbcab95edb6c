/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Benchmarks, each beside its peer on the same data in the same run. The one public header of bench/. */
#pragma once

#include "model.h"

#include <stdio.h>

G_BEGIN_DECLS

/* One line of the output. A goal is held against the ratio value / peer_value, or, where the ratio has none, against
 * the value. What is counted in something "/s" should be at least its goal, all else at most. */
typedef struct
{
  const char *name;   /* "aggregate-duckdb" */
  double value;
  const char *unit;   /* "ms CPU" */
  const char *peer;   /* NULL: none */
  double peer_value;  /* NAN: there is no peer, or it is missing here; then peer says so */
  double goal;        /* NAN: none */
  bool goal_of_value; /* of the value, although there is a peer */
} TideBenchRow;

double tide_bench_row_get_ratio (const TideBenchRow *row); /* NAN: none */
/* FALSE where the goal can't be judged: there is none, or its peer is missing. */
bool tide_bench_row_is_met (const TideBenchRow *row, bool *ret_met);
/* {"name","value","unit","peer","peer_value","ratio","goal","met"}; what is not known is null. */
char *tide_bench_row_to_json (const TideBenchRow *row);

typedef struct
{
  guint64 events;      /* 0: each benchmark's own number */
  const char *brokers; /* of a real broker; NULL: benchmarks that need one name it as missing */
  const char *program; /* tidemark-cli itself, beside which others are looked for */
  void (*row) (const TideBenchRow *row, void *data);
  void *data;
} TideBenchOptions;

typedef struct
{
  const char *name;
  const char *help;
} TideBenchInfo;

/* NULL-terminated. */
const TideBenchInfo *const *tide_bench_list (void);
/* Runs one, or with NULL all, in a temporary folder that is removed; a peer that answers otherwise is an error.
 * Errors: NOT_FOUND, FAILED. Thread: any but main. */
bool tide_bench_run (const char *name, const TideBenchOptions *options, GError **error);

G_END_DECLS
