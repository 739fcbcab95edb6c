/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a workspace is made from its file: sections are read (keys known, values of their type), then each kind of
 * thing is built from its sections, and every mistake on the way becomes a problem. */
#pragma once

#include "model-private.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_SECTION_WORKSPACE,
  TIDE_SECTION_BATCH,
  TIDE_SECTION_STORAGE,
  TIDE_SECTION_LIVE,
  TIDE_SECTION_COST,
  TIDE_SECTION_PRICE,
  TIDE_SECTION_SOURCE,
  TIDE_SECTION_STREAM,
  TIDE_SECTION_FIELD,
  TIDE_SECTION_METRIC,
  TIDE_SECTION_ANALYSIS,
  TIDE_SECTION_REPORT,
  TIDE_SECTION_ALERT,
  TIDE_SECTION_ROUTE,
  TIDE_SECTION_CHECKS,
  TIDE_N_SECTION_KINDS,
} TideSectionKind;

/* The rows of one kind of section. */
typedef struct
{
  const char *word; /* "metric" */
  const char *name_form; /* "NAME", as it stands in messages; NULL: the section has no name */
  const TideKeySpec *keys;
  guint n_keys;
} TideSectionSpec;

extern const TideSectionSpec tide_section_specs[TIDE_N_SECTION_KINDS];

typedef struct
{
  char *value; /* stripped */
  int line;
} TideEntry;

/* A section whose name is good and the first of it. */
typedef struct
{
  TideSectionKind kind;
  char *name; /* NULL when the kind has none */
  int line;
  GHashTable *entries; /* key → TideEntry, of values that passed their row */
  bool sound;          /* nothing wrong with it so far */
  void *built;         /* borrowed: TideStream, TideMetric …; NULL: not sound */
  GPtrArray *fields;   /* of a stream: its field sections, borrowed */
} TideSection;

typedef struct
{
  const char *dir; /* NULL: files are not looked at */
  const TideCatalog *catalog;
  TideWorkspace *workspace;
  GPtrArray *problems; /* TideProblem */
  GPtrArray *sections[TIDE_N_SECTION_KINDS];  /* TideSection, in the order of the file */
  GHashTable *by_name[TIDE_N_SECTION_KINDS];  /* borrowed name → TideSection */
} TideLoader;

/* Adds a problem at a line of the workspace file and marks the section (may be NULL). */
void tide_loader_problem (TideLoader *loader, TideSection *section, int line, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
/* The same for a key of the section: "[metric revenue] every: …". */
void tide_loader_key_problem (TideLoader *loader, TideSection *section, const char *key, const char *message);
/* "; did you mean 'x'?" among the sections of a kind, or "". */
char *tide_loader_hint (const TideLoader *loader, TideSectionKind kind, const char *name);
TideSection *tide_loader_find (const TideLoader *loader, TideSectionKind kind, const char *name);

/* The value of a key, or NULL when it is missing or wrong. */
const char *tide_section_get (const TideSection *section, const char *key);
/* The same with what holds when there is none. */
TideDuration tide_section_get_duration (const TideSection *section, const char *key, TideDuration fallback);
gint64 tide_section_get_int (const TideSection *section, const char *key, gint64 fallback);
gint64 tide_section_get_size (const TideSection *section, const char *key, gint64 fallback);
bool tide_section_get_bool (const TideSection *section, const char *key, bool fallback);
/* A list separated by commas (by semicolons where there is one), without empty elements. */
char **tide_section_get_list (const TideSection *section, const char *key);

/* model-workspace-sections.c */
void tide_loader_read_sections (TideLoader *loader, const TideConf *conf);
void tide_section_free (gpointer section);
/* model-workspace-stream.c */
void tide_loader_build_streams (TideLoader *loader);
void tide_loader_build_sources (TideLoader *loader);
/* Whether @text has the name of a field in it that was left out because it is wrong. */
bool tide_section_mentions_bad_field (const TideSection *stream, const char *text);
/* model-workspace-rule.c: rules and repairs of a field that has its type, and of a stream. */
void tide_loader_read_field_rules (TideLoader *loader, TideSection *section, TideField *field);
void tide_loader_read_stream_rules (TideLoader *loader, TideSection *section, TideStream *stream);
/* model-workspace-metric.c */
void tide_loader_build_metrics (TideLoader *loader);
/* model-workspace-job.c */
void tide_loader_build_analyses (TideLoader *loader);
void tide_loader_build_reports (TideLoader *loader);
void tide_loader_build_checks (TideLoader *loader);
void tide_checks_file_free (TideChecksFile *file);
void tide_loader_check_names (TideLoader *loader);
/* model-workspace-alert.c */
void tide_loader_build_routes (TideLoader *loader);
void tide_loader_build_alerts (TideLoader *loader);

/* model-workspace-cost.c */
void tide_loader_build_cost (TideLoader *loader);
void tide_own_price_free (TideOwnPrice *price);

void tide_source_def_free (TideSourceDef *source);
void tide_analysis_free (TideAnalysis *analysis);
void tide_report_free (TideReport *report);
void tide_alert_free (TideAlert *alert);
void tide_route_free (TideRoute *route);

G_END_DECLS
