/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An expectation suite of Great Expectations as rules of fields. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* One key of a field's section of the workspace file. */
typedef struct
{
  char *expectation; /* "expect_column_values_to_be_between" */
  char *column;      /* NULL: a rule of the stream */
  const char *key;   /* "min" */
  char *value;       /* "0" */
  double tolerated;  /* the share of events that may break it: 1 - mostly */
  bool is_error;     /* severity critical, or none is given; else it warns */
} TideSuiteRule;

/* What can't be said as a rule. */
typedef struct
{
  char *expectation, *column; /* column NULL: of the table, or of several */
  char *reason;
} TideSuiteMiss;

typedef struct
{
  char *name;
  GPtrArray *rules;  /* TideSuiteRule* */
  GPtrArray *misses; /* TideSuiteMiss* */
} TideSuite;

TideSuite *tide_suite_parse (const char *data, gsize len, GError **error);
TideSuite *tide_suite_load (const char *path, GError **error);
void tide_suite_free (TideSuite *suite);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSuite, tide_suite_free)

G_END_DECLS
