/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results of checks that other tools made: a validation of Great Expectations, a run of dbt. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_CHECK_PASS,
  TIDE_CHECK_SKIPPED,
  TIDE_CHECK_WARN,
  TIDE_CHECK_FAIL,
  TIDE_CHECK_ERROR, /* it could not be made */
  TIDE_N_CHECK_STATUSES,
} TideCheckStatus;

const char *tide_check_status_to_string (TideCheckStatus status); /* "pass", "skipped", … */

typedef struct
{
  char *name;    /* "not_null_orders_amount", "expect_column_values_to_be_between" */
  char *subject; /* the column, or dbt's kind of node; NULL: the table */
  char *detail;  /* "min_value=0, mostly=0.7", or the tool's message; NULL: none */
  TideCheckStatus status;
  double failures; /* rows; NAN: not known */
  double share;    /* of the rows, 0 to 1; NAN: not known */
} TideCheck;

typedef struct
{
  const char *tool;  /* "Great Expectations", "dbt" */
  char *title;       /* of the suites; NULL: none is named */
  TideTime time;     /* when the tool ran; TIDE_TIME_NONE: it does not say */
  GPtrArray *checks; /* TideCheck*, in the file's order */
  guint counts[TIDE_N_CHECK_STATUSES];
} TideChecks;

#define TIDE_CHECKS_MAX 100000
#define TIDE_CHECKS_BYTES_MAX (64 * 1024 * 1024)

TideChecks *tide_checks_parse (const char *data, gsize len, GError **error);
TideChecks *tide_checks_load (const char *path, GError **error);
/* A regular file's contents; NOT_FOUND, INVALID when it is larger than @max_bytes or no file. Thread: not main. */
char *tide_checks_read_file (const char *path, gsize max_bytes, gsize *ret_len, GError **error);
void tide_checks_free (TideChecks *checks);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideChecks, tide_checks_free)

G_END_DECLS
