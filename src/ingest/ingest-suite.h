/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An expectation suite of Great Expectations as rules of fields. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* One key of a field's section of the workspace file. */
typedef struct
{
  char *expectation; /* "expect_column_values_to_be_between" */
  char *column;
  const char *key;   /* "min" */
  char *value;       /* "0" */
  double tolerated;  /* the share of events that may break it: 1 - mostly */
  bool warns;        /* severity warning or info, or some may break it: those are kept */
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
/* Columns that are no field of @stream, and rules that are not for its type, become misses. */
void tide_suite_fit (TideSuite *suite, const TideStream *stream);
/* Sets the keys of the rules, and their terms, in the sections of @stream's fields. */
void tide_suite_apply (const TideSuite *suite, const char *stream, TideConf *conf);
void tide_suite_free (TideSuite *suite);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSuite, tide_suite_free)

G_END_DECLS
