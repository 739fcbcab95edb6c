/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What kinds of things exist. model/ checks a workspace against this; the rows come from the folders that
 * implement them (aggregates from state/, sources from ingest/), so a new kind is a row there, not here. */
#pragma once

#include "model-base.h"
#include "model-value.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_KEY_TEXT,
  TIDE_KEY_INT,
  TIDE_KEY_REAL,
  TIDE_KEY_BOOL,
  TIDE_KEY_DURATION,
  TIDE_KEY_TIME,   /* RFC 3339 or one of choices */
  TIDE_KEY_CHOICE,
  TIDE_KEY_PATH,   /* inside the workspace; or absolute, which is agreed to */
  TIDE_KEY_HOSTS,  /* host:port[,host:port…] */
  TIDE_KEY_URL,
  TIDE_KEY_PREFIX, /* "property.": any key that starts so; values go through check() */
} TideKeyType;

/* One key of a section of the workspace file. */
typedef struct
{
  const char *name;
  TideKeyType type;
  bool required;
  const char *fallback;          /* what holds when it is missing; NULL: none */
  const char *const *choices;    /* NULL-terminated, for CHOICE and TIME */
  const char *title;             /* for the preferences dialog; N_() */
  const char *help;              /* what is expected, for messages; N_() */
  /* Further check of a value; the error says what is expected. May be NULL. */
  bool (*check) (const char *key, const char *value, GError **error);
} TideKeySpec;

typedef struct
{
  const char *kind;
  const char *title; /* "Apache Kafka" */
  const TideKeySpec *keys;
  guint n_keys;
  bool exactly_once; /* replayable by position; else: at most a gap */
  bool remote;       /* reaches a network: asks for consent */
  bool secret;       /* may want a password */
} TideSourceSpec;

typedef struct
{
  const char *name;   /* "p95" */
  bool takes_field;   /* sum(amount); when FALSE and types is not 0, a field may be given: count(amount) */
  bool takes_metrics; /* ratio(a, b) */
  unsigned types;     /* TIDE_TYPE_BIT()s it accepts */
  bool additive;      /* panes and groups add up: drawn from 0, stacked, "+" */
  const char *unit_suffix; /* "/s" for a rate; "" when the value has the field's unit; NULL: no unit */
  double parameter;   /* the quantile of a percentile */
} TideAggregateSpec;

/* What an alert rule may be about; bits of TideConditionSpec.subjects. */
enum
{
  TIDE_SUBJECT_METRIC = 1,
  TIDE_SUBJECT_STREAM = 2,
  TIDE_SUBJECT_SOURCE = 4,
};

/* Further keys that a condition takes; bits of TideConditionSpec.keys. */
enum
{
  TIDE_CONDITION_WITHIN = 1,
  TIDE_CONDITION_DIVIDED_BY = 2,
  TIDE_CONDITION_COMPARE = 4,
  TIDE_CONDITION_SIGNED = 8,     /* a negative threshold means below; in % it is relative */
  TIDE_CONDITION_OBJECTIVE = 16, /* without threshold= the metric's freshness objective counts */
  TIDE_CONDITION_NO_DATA = 32,   /* it is about missing data, so it has no policy for that */
};

typedef enum
{
  TIDE_LIMIT_NUMBER,   /* threshold=, clear=: a number, or a share in % */
  TIDE_LIMIT_DURATION, /* the same as times */
  TIDE_LIMIT_BAND,     /* low=, high=, clear-low=, clear-high= */
  TIDE_LIMIT_NONE,
} TideLimit;

/* A kind of alert rule. */
typedef struct
{
  const char *name;  /* "above" */
  const char *title; /* for dialogs: "Above a limit" */
  unsigned subjects, keys;
  TideLimit limit;
  int compare;       /* TideCompare that holds without compare= */
  bool seasonal;     /* against what is usual at this hour of the week: the batch layer keeps that */
  bool observes_now; /* by the clock, from what the pipeline knows at the moment; else on closed panes */
} TideConditionSpec;

typedef struct
{
  const TideSourceSpec *const *sources; /* NULL-terminated */
  const TideAggregateSpec *const *aggregates;
  const TideConditionSpec *const *conditions;
  const char *const *platforms; /* of the price book; NULL: not known, any name will do */
} TideCatalog;

const TideSourceSpec *tide_catalog_get_source (const TideCatalog *catalog, const char *kind);
const TideAggregateSpec *tide_catalog_get_aggregate (const TideCatalog *catalog, const char *name);
/* Also finds the PREFIX key that @name starts with. */
const TideKeySpec *tide_source_spec_get_key (const TideSourceSpec *spec, const char *name);
/* Whether @value suits the key; the error says what is expected. @name is the key as written (of a PREFIX). */
bool tide_key_spec_check (const TideKeySpec *spec, const char *name, const char *value, GError **error);
/* "true", "false", "yes", "no", "1", "0". */
bool tide_bool_parse (const char *text, bool *ret_value, GError **error);
/* "500", "16MB", "1.5GB" (powers of 1000), "16MiB" (of 1024). */
bool tide_size_parse (const char *text, gint64 *ret_bytes, GError **error);

G_END_DECLS
