/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analyses and reports from their sections, and the name space that streams and results of analyses share in SQLite.
 * Limit: an analysis' SQL is read for its presence and encoding; what it says is checked where it runs. */
#include "model-workspace-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define SQL_MAX_BYTES (1024 * 1024)
#define REPORT_METRICS_MAX 100

void
tide_analysis_free (TideAnalysis *analysis)
{
  if (analysis == NULL)
    return;
  g_free (analysis->name);
  g_free (analysis->title);
  g_free (analysis->sql_file);
  tide_schedule_free (analysis->schedule);
  g_free (analysis->schedule_text);
  g_free (analysis->time_zone);
  g_free (analysis);
}

void
tide_report_free (TideReport *report)
{
  if (report == NULL)
    return;
  g_free (report->name);
  g_strfreev (report->metrics);
  g_free (report->view);
  g_free (report->from);
  g_free (report->to);
  g_free (report->every);
  tide_schedule_free (report->schedule);
  g_free (report->schedule_text);
  g_free (report->output);
  g_free (report);
}

static TideSchedule *
read_schedule (TideLoader *loader, TideSection *section, GTimeZone *zone)
{
  const char *text = tide_section_get (section, "schedule");
  if (text == NULL)
    return NULL;
  g_autoptr (GError) error = NULL;
  TideSchedule *schedule = tide_schedule_new (text, zone, &error);
  if (schedule == NULL)
    tide_loader_key_problem (loader, section, "schedule", error->message);
  return schedule;
}

/* A problem of a file other than the workspace file. */
static void
file_problem (TideLoader *loader, TideSection *section, const char *file, const char *message)
{
  guint before = loader->problems->len;
  tide_loader_problem (loader, section, 0, "%s", message);
  if (loader->problems->len == before)
    return;
  TideProblem *problem = g_ptr_array_index (loader->problems, before);
  g_free (problem->file);
  problem->file = g_strdup (file);
}

static void
check_sql_text (TideLoader *loader, TideSection *section, const char *file, const char *text, gsize len)
{
  if (memchr (text, '\0', len) != NULL || !g_utf8_validate (text, (gssize) len, NULL))
    file_problem (loader, section, file, "the file is not UTF-8 text; save it as UTF-8");
  else if (text[strspn (text, " \t\r\n")] == '\0')
    file_problem (loader, section, file, "the file is empty; expected a SELECT");
}

static void
check_sql_file (TideLoader *loader, TideSection *section, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_build_filename ("analyses", name, NULL);
  g_autofree char *path = tide_workspace_resolve (loader->dir, file, &error);
  if (path != NULL)
    {
      g_autofree char *root = g_build_filename (loader->dir, "analyses", NULL);
      g_autofree char *absolute = g_canonicalize_filename (name, root);
      if (!g_str_has_prefix (absolute, root) || absolute[strlen (root)] != '/')
        {
          tide_loader_key_problem (loader, section, "sql", "the file is outside analyses/; expected a name such as nightly.sql");
          return;
        }
    }
  GStatBuf info;
  g_autofree char *missing = g_strdup_printf ("there is no file %s; expected one with a SELECT", file);
  if (path == NULL)
    tide_loader_key_problem (loader, section, "sql",
                             g_error_matches (error, TIDE_ERROR, TIDE_ERROR_DENIED) ? error->message : missing);
  else if (g_stat (path, &info) != 0 || !S_ISREG (info.st_mode))
    tide_loader_key_problem (loader, section, "sql", missing);
  else if (info.st_size > SQL_MAX_BYTES)
    file_problem (loader, section, file, "the file is larger than 1 MiB; expected one SELECT");
  else
    {
      g_autofree char *text = NULL;
      gsize len;
      if (g_file_get_contents (path, &text, &len, &error))
        check_sql_text (loader, section, file, text, len);
      else
        file_problem (loader, section, file, error->message);
    }
}

static void
build_analysis (TideLoader *loader, TideSection *section)
{
  TideAnalysis *analysis = g_new0 (TideAnalysis, 1);
  const char *title = tide_section_get (section, "title"), *sql = tide_section_get (section, "sql");
  const char *zone_name = tide_section_get (section, "time-zone"), *missed = tide_section_get (section, "missed");
  analysis->name = g_strdup (section->name);
  analysis->title = title != NULL ? g_strdup (title) : tide_title_from_name (section->name);
  analysis->sql_file = sql != NULL ? g_strdup (sql) : g_strconcat (section->name, ".sql", NULL);
  analysis->time_zone = g_strdup (zone_name != NULL ? zone_name : loader->workspace->zone_name);
  analysis->schedule_text = g_strdup (tide_section_get (section, "schedule"));
  analysis->missed = g_strcmp0 (missed, "all") == 0    ? TIDE_MISSED_ALL
                     : g_strcmp0 (missed, "skip") == 0 ? TIDE_MISSED_SKIP
                                                       : TIDE_MISSED_ONCE;
  analysis->timeout = tide_section_get_duration (section, "timeout", 10 * TIDE_MINUTE);
  analysis->retries = (int) tide_section_get_int (section, "retries", 2);
  analysis->max_rows = tide_section_get_int (section, "max-rows", 100000);
  analysis->keep_versions = (int) tide_section_get_int (section, "keep", 10);
  analysis->enabled = tide_section_get_bool (section, "enabled", true);
  g_autoptr (GTimeZone) zone = tide_time_zone_new (analysis->time_zone, NULL);
  analysis->schedule = read_schedule (loader, section, zone != NULL ? zone : loader->workspace->zone);
  if (tide_name_is_reserved (section->name))
    tide_loader_problem (loader, section, section->line,
                         "[analysis %s]: the name is taken by a table of Tidemark; expected another name", section->name);
  if (loader->dir != NULL)
    check_sql_file (loader, section, analysis->sql_file);
  if (!section->sound)
    {
      tide_analysis_free (analysis);
      return;
    }
  section->built = analysis;
  g_ptr_array_add (loader->workspace->analyses, analysis);
}

void
tide_loader_build_analyses (TideLoader *loader)
{
  GPtrArray *sections = loader->sections[TIDE_SECTION_ANALYSIS];
  for (guint i = 0; i < sections->len; i++)
    build_analysis (loader, g_ptr_array_index (sections, i));
}

static void
check_report_metrics (TideLoader *loader, TideSection *section, char **metrics)
{
  const char *text = tide_section_get (section, "every");
  TidePeriod every;
  bool has_every = text != NULL && tide_period_parse (text, &every, NULL);
  if (metrics[0] == NULL && tide_section_get (section, "metrics") != NULL)
    tide_loader_key_problem (loader, section, "metrics", "no metric in it; expected names separated by commas");
  if (g_strv_length (metrics) > REPORT_METRICS_MAX)
    {
      tide_loader_key_problem (loader, section, "metrics", "too many; expected at most 100");
      return;
    }
  for (guint i = 0; metrics[i] != NULL; i++)
    {
      const TideSection *found = tide_loader_find (loader, TIDE_SECTION_METRIC, metrics[i]);
      g_autofree char *message = NULL;
      if (found == NULL)
        {
          g_autofree char *hint = tide_loader_hint (loader, TIDE_SECTION_METRIC, metrics[i]);
          message = g_strdup_printf ("there is no [metric %s]%s", metrics[i], hint);
          tide_loader_key_problem (loader, section, "metrics", message);
          continue;
        }
      const TideMetric *metric = found->built;
      if (metric == NULL)
        section->sound = false; /* was reported at the metric */
      else if (has_every && tide_period_length (every) % metric->stored_pane != 0)
        {
          g_autofree char *pane = tide_duration_to_string (metric->stored_pane);
          message = g_strdup_printf ("'%s' is no multiple of the stored panes of metric '%s'; expected a multiple of %s",
                                     text, metric->name, pane);
          tide_loader_key_problem (loader, section, "every", message);
        }
    }
}

static void
check_report_times (TideLoader *loader, TideSection *section)
{
  static const char *const keys[] = { "from", "to" };
  TideTime times[2] = { TIDE_TIME_NONE, TIDE_TIME_MAX };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GError) error = NULL;
      const char *value = tide_section_get (section, keys[i]);
      if (value != NULL
          && !tide_time_parse_relative (value, g_get_real_time (), loader->workspace->zone, &times[i], &error))
        tide_loader_key_problem (loader, section, keys[i], error->message);
    }
  if (times[0] >= times[1])
    tide_loader_key_problem (loader, section, "to", "not after from; expected a later time");
}

static void
check_report_output (TideLoader *loader, TideSection *section)
{
  const char *output = tide_section_get (section, "output");
  g_autoptr (GError) error = NULL;
  if (output == NULL)
    {
      if (tide_section_get (section, "schedule") != NULL)
        tide_loader_problem (loader, section, section->line,
                             "[report %s] has a schedule but no output=; expected a file inside the workspace",
                             section->name);
      return;
    }
  if (loader->dir == NULL)
    return;
  g_autofree char *path
    = tide_workspace_resolve_output (loader->dir, output, g_get_real_time (), loader->workspace->zone, &error);
  if (path == NULL && !g_error_matches (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND))
    tide_loader_key_problem (loader, section, "output", error->message);
}

static void
build_report (TideLoader *loader, TideSection *section)
{
  TideReport *report = g_new0 (TideReport, 1);
  const char *view = tide_section_get (section, "view");
  report->name = g_strdup (section->name);
  report->metrics = tide_section_get_list (section, "metrics");
  report->view = g_strdup (view != NULL ? view : "merged");
  report->from = g_strdup (tide_section_get (section, "from"));
  report->to = g_strdup (tide_section_get (section, "to"));
  report->every = g_strdup (tide_section_get (section, "every"));
  report->schedule_text = g_strdup (tide_section_get (section, "schedule"));
  report->schedule = read_schedule (loader, section, loader->workspace->zone);
  report->output = g_strdup (tide_section_get (section, "output"));
  check_report_metrics (loader, section, report->metrics);
  check_report_times (loader, section);
  check_report_output (loader, section);
  if (!section->sound)
    {
      tide_report_free (report);
      return;
    }
  section->built = report;
  g_ptr_array_add (loader->workspace->reports, report);
}

void
tide_loader_build_reports (TideLoader *loader)
{
  GPtrArray *sections = loader->sections[TIDE_SECTION_REPORT];
  for (guint i = 0; i < sections->len; i++)
    build_report (loader, g_ptr_array_index (sections, i));
}

void
tide_checks_file_free (TideChecksFile *file)
{
  if (file == NULL)
    return;
  g_free (file->name);
  g_free (file->title);
  g_free (file->path);
  g_free (file);
}

/* Where the file is looked for is known when it is read: it need not be there yet. */
static void
build_checks (TideLoader *loader, TideSection *section)
{
  const char *path = tide_section_get (section, "path");
  TideChecksFile *file;

  if (section->sound && path != NULL && *path == '\0')
    tide_loader_key_problem (loader, section, "path", "expected a file such as dbt/target/run_results.json");
  if (!section->sound || path == NULL)
    return;
  file = g_new0 (TideChecksFile, 1);
  file->name = g_strdup (section->name);
  file->title = g_strdup (tide_section_get (section, "title"));
  file->path = g_strdup (path);
  section->built = file;
  g_ptr_array_add (loader->workspace->checks, file);
}

void
tide_loader_build_checks (TideLoader *loader)
{
  GPtrArray *sections = loader->sections[TIDE_SECTION_CHECKS];
  for (guint i = 0; i < sections->len; i++)
    build_checks (loader, g_ptr_array_index (sections, i));
}

/* Streams and results of analyses are names in one SQLite schema, which ignores case. Called before they are built. */
void
tide_loader_check_names (TideLoader *loader)
{
  static const TideSectionKind kinds[] = { TIDE_SECTION_STREAM, TIDE_SECTION_ANALYSIS };
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (guint i = 0; i < loader->sections[kinds[k]]->len; i++)
      {
        TideSection *section = g_ptr_array_index (loader->sections[kinds[k]], i);
        g_autofree char *folded = g_ascii_strdown (section->name, -1);
        const TideSection *other = g_hash_table_lookup (names, folded);
        if (other == NULL)
          g_hash_table_insert (names, g_steal_pointer (&folded), section);
        else
          tide_loader_problem (loader, section, section->line,
                               "[%s %s] has the name of [%s %s] in line %d (case does not count: both are tables); "
                               "expected another name",
                               tide_section_specs[section->kind].word, section->name,
                               tide_section_specs[other->kind].word, other->name, other->line);
      }
}
