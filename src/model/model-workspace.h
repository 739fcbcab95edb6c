/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-alert.h"
#include "model-catalog.h"
#include "model-conf.h"
#include "model-cron.h"
#include "model-metric.h"
#include "model-stream.h"

G_BEGIN_DECLS

/* How to connect and decode. Its keys stay text: the kind's own file reads them. */
typedef struct
{
  char *name;
  const TideSourceSpec *spec;
  char *stream;       /* name */
  bool enabled;       /* enabled=, true when missing */
  TideDuration every; /* connect, drain and disconnect so often; 0: always connected */
  char *platform;     /* of the price book; NULL: nothing is paid for */
  GHashTable *keys;   /* name → value, of its kind's keys, with fallbacks filled in */
} TideSourceDef;

/* "real-time" is 0, "every 15min" that. */
bool tide_source_tier_parse (const char *text, TideDuration *ret_every, GError **error);
const char *tide_source_def_get (const TideSourceDef *source, const char *key);

typedef enum
{
  TIDE_MISSED_ONCE, /* run once for all that were missed */
  TIDE_MISSED_ALL,
  TIDE_MISSED_SKIP,
} TideMissed;

typedef struct
{
  char *name;
  char *title;
  char *sql_file;        /* under analyses/; NAME.sql when sql= is missing */
  TideSchedule *schedule; /* NULL: by hand only */
  char *schedule_text;
  char *time_zone;
  TideMissed missed;
  TideDuration timeout;
  int retries;
  int64_t max_rows;
  int keep_versions;
  bool enabled;
} TideAnalysis;

typedef struct
{
  char *name;
  char **metrics;       /* NULL-terminated names */
  char *view;           /* live, historical, merged */
  char *from, *to;      /* as given to query: "-1d"; NULL: all, now */
  char *every;          /* NULL: each metric's own */
  TideSchedule *schedule; /* NULL: by hand only */
  char *schedule_text;
  char *output;         /* file inside the workspace, for the schedule; strftime codes allowed */
} TideReport;

/* Results of checks that another tool writes into a file: dbt, Great Expectations. */
typedef struct
{
  char *name;
  char *title; /* NULL: none */
  char *path;  /* inside the workspace; or absolute, which is agreed to */
} TideChecksFile;

/* A price of the person's own, or one of the price book put right. */
typedef struct
{
  char *name, *title, *unit, *source, *date; /* all but the name may be NULL: as in the price book */
  double amount; /* in the workspace's currency */
} TideOwnPrice;

/* A mistake in the file. */
typedef struct
{
  char *file; /* "workspace.conf", "analyses/nightly.sql" */
  int line;   /* from 1; 0: the file as a whole */
  char *message; /* what is wrong and what is expected */
} TideProblem;

void tide_problem_free (TideProblem *problem);

/* A workspace as read: immutable, counted by reference; an edit of conf makes a new one. */
typedef struct
{
  char *dir;  /* absolute */
  char *name;
  GTimeZone *zone;
  char *zone_name;
  TideSchedule *rollup_schedule; /* [batch] rollup=, "every 15min" when missing */
  char *rollup_text;
  gint64 rollup_bytes;  /* early roll-up once the speed part would have to read more than this */
  gint64 max_bytes;     /* [storage] max-size; 0: no limit */
  TideDuration live_horizon;
  GPtrArray *sources;   /* TideSourceDef* */
  GPtrArray *streams;   /* TideStream* */
  GPtrArray *metrics;   /* TideMetric*, ratios after what they use */
  GPtrArray *analyses;  /* TideAnalysis* */
  GPtrArray *reports;   /* TideReport* */
  GPtrArray *checks;    /* TideChecksFile* */
  char *currency;       /* [cost] currency=, "USD" when missing */
  double exchange;      /* of it for a US dollar */
  double budget;        /* a month; NAN: none */
  double fresh_target;  /* share of time in which a metric is to meet its objective */
  GPtrArray *prices;    /* TideOwnPrice* */
  GPtrArray *alerts;    /* TideAlert* */
  GPtrArray *routes;    /* TideRoute* */
  TideConf *conf;
  gatomicrefcount refs;
} TideWorkspace;

#define TIDE_WORKSPACE_FILE "workspace.conf"
#define TIDE_DATABASE_FILE "tidemark.db"

/* Reads and checks @dir/workspace.conf. With mistakes the workspace holds what is sound, and @problems (may be
 * NULL) gets them in order of line. NULL and an error only when there is nothing to read.
 * Thread: not main (it reads files). */
TideWorkspace *tide_workspace_load (const char *dir, const TideCatalog *catalog, GPtrArray *problems, GError **error);
/* The same from text, as preferences do before they save. @dir NULL: its files (SQL of analyses, links) are not
 * looked at. Thread: not main, unless @dir is NULL. */
TideWorkspace *tide_workspace_parse (const char *dir, const char *text, const TideCatalog *catalog,
                                     GPtrArray *problems);
TideWorkspace *tide_workspace_ref (TideWorkspace *workspace);
void tide_workspace_unref (TideWorkspace *workspace);
/* Writes the text of @conf aside and renames it. Thread: not main. */
bool tide_workspace_save (const char *dir, const TideConf *conf, GError **error);

const TideStream *tide_workspace_get_stream (const TideWorkspace *workspace, const char *name);
TideMetric *tide_workspace_get_metric (const TideWorkspace *workspace, const char *name);
TideAnalysis *tide_workspace_get_analysis (const TideWorkspace *workspace, const char *name);
TideReport *tide_workspace_get_report (const TideWorkspace *workspace, const char *name);
TideAlert *tide_workspace_get_alert (const TideWorkspace *workspace, const char *name);
TideRoute *tide_workspace_get_route (const TideWorkspace *workspace, const char *name);
TideSourceDef *tide_workspace_get_source (const TideWorkspace *workspace, const char *name);
/* A name for a section: letters, digits, _ and -, at most 64, a letter or digit first; the error says so. */
bool tide_name_check (const char *name, GError **error);
/* "Revenue by city!" → "revenue-by-city"; empty when no letter or digit is in it. The caller's. */
char *tide_name_from_title (const char *title);
/* A name that a stream may not take: the plain tables of the store. */
bool tide_name_is_reserved (const char *name);
/* Absolute path of a file of the workspace; refuses to leave it (also through links) with TIDE_ERROR_DENIED. */
char *tide_workspace_resolve (const char *dir, const char *path, GError **error);
/* The same for a file that is written unattended: with strftime codes, and not over Tidemark's own. */
char *tide_workspace_resolve_output (const char *dir, const char *pattern, TideTime time, GTimeZone *zone,
                                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideWorkspace, tide_workspace_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideProblem, tide_problem_free)

G_END_DECLS
