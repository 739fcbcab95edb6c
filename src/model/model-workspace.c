/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A workspace from its file and back. Reading never stops at the first mistake: each kind of thing is built from the
 * sections that are good, and what is wrong, or rests on it, is left out. The result never changes, so any thread may
 * hold a reference; an edit makes a new one.
 * Limit: a file of at most FILE_MAX_BYTES. */
#include "model-workspace-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (4 * 1024 * 1024)
#define FILE_VERSION 1
#define ROLLUP_DEFAULT "every 15min"
#define ROLLUP_BYTES_DEFAULT (16 * 1000 * 1000)
#define LIVE_HORIZON_DEFAULT (15 * TIDE_MINUTE)

void
tide_problem_free (TideProblem *problem)
{
  if (problem == NULL)
    return;
  g_free (problem->file);
  g_free (problem->message);
  g_free (problem);
}

static TideWorkspace *
workspace_new (const char *dir)
{
  TideWorkspace *workspace = g_new0 (TideWorkspace, 1);
  g_atomic_ref_count_init (&workspace->refs);
  workspace->dir = g_strdup (dir);
  workspace->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_source_def_free);
  workspace->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_stream_unref);
  workspace->metrics = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_metric_unref);
  workspace->analyses = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_analysis_free);
  workspace->reports = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_report_free);
  workspace->checks = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_checks_file_free);
  workspace->prices = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_own_price_free);
  workspace->alerts = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_alert_free);
  workspace->routes = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_route_free);
  return workspace;
}

TideWorkspace *
tide_workspace_ref (TideWorkspace *workspace)
{
  g_atomic_ref_count_inc (&workspace->refs);
  return workspace;
}

void
tide_workspace_unref (TideWorkspace *workspace)
{
  if (workspace == NULL || !g_atomic_ref_count_dec (&workspace->refs))
    return;
  g_free (workspace->dir);
  g_free (workspace->name);
  g_clear_pointer (&workspace->zone, g_time_zone_unref);
  g_free (workspace->zone_name);
  tide_schedule_free (workspace->rollup_schedule);
  g_free (workspace->rollup_text);
  g_ptr_array_unref (workspace->prices);
  g_free (workspace->currency);
  g_ptr_array_unref (workspace->alerts);
  g_ptr_array_unref (workspace->routes);
  g_ptr_array_unref (workspace->reports);
  g_ptr_array_unref (workspace->checks);
  g_ptr_array_unref (workspace->analyses);
  g_ptr_array_unref (workspace->metrics);
  g_ptr_array_unref (workspace->sources);
  g_ptr_array_unref (workspace->streams);
  tide_conf_free (workspace->conf);
  g_free (workspace);
}

/* A section that may be missing. */
static const TideSection *
get_settings (const TideLoader *loader, TideSectionKind kind, const TideSection *none)
{
  const TideSection *section = tide_loader_find (loader, kind, "");
  return section != NULL ? section : none;
}

/* @readable: FALSE leaves the defaults without complaint. */
static void
build_settings (TideLoader *loader, bool readable)
{
  g_autoptr (GHashTable) nothing = g_hash_table_new (g_str_hash, g_str_equal);
  const TideSection none = { .entries = nothing };
  TideWorkspace *workspace = loader->workspace;
  const TideSection *section = get_settings (loader, TIDE_SECTION_WORKSPACE, &none);
  if (section == &none && readable)
    tide_loader_problem (loader, NULL, 1, "there is no [workspace]; expected it with version=1 and name=");
  const char *name = tide_section_get (section, "name"), *zone = tide_section_get (section, "time-zone");
  workspace->name = name != NULL             ? g_strdup (name)
                    : workspace->dir != NULL ? g_path_get_basename (workspace->dir)
                                             : g_strdup ("");
  workspace->zone_name = g_strdup (zone != NULL ? zone : "UTC");
  workspace->zone = tide_time_zone_new (workspace->zone_name, NULL);
  if (workspace->zone == NULL)
    workspace->zone = g_time_zone_new_utc ();

  section = get_settings (loader, TIDE_SECTION_BATCH, &none);
  const char *rollup = tide_section_get (section, "rollup");
  if (rollup != NULL)
    {
      g_autoptr (GError) error = NULL;
      workspace->rollup_schedule = tide_schedule_new (rollup, workspace->zone, &error);
      if (workspace->rollup_schedule == NULL)
        {
          tide_loader_key_problem (loader, (TideSection *) section, "rollup", error->message);
          rollup = NULL;
        }
    }
  workspace->rollup_text = g_strdup (rollup != NULL ? rollup : ROLLUP_DEFAULT);
  if (workspace->rollup_schedule == NULL)
    workspace->rollup_schedule = tide_schedule_new (ROLLUP_DEFAULT, workspace->zone, NULL);
  workspace->rollup_bytes = tide_section_get_size (section, "rollup-bytes", ROLLUP_BYTES_DEFAULT);
  workspace->max_bytes = tide_section_get_size (get_settings (loader, TIDE_SECTION_STORAGE, &none), "max-size", 0);
  workspace->live_horizon = tide_section_get_duration (get_settings (loader, TIDE_SECTION_LIVE, &none), "horizon",
                                                       LIVE_HORIZON_DEFAULT);
}

static bool
stream_is_sound (const TideLoader *loader, const char *name)
{
  const TideSection *section = tide_loader_find (loader, TIDE_SECTION_STREAM, name);
  return section != NULL && section->sound;
}

static bool
report_is_sound (const TideLoader *loader, const TideReport *report)
{
  for (guint i = 0; report->metrics[i] != NULL; i++)
    {
      const TideSection *section = tide_loader_find (loader, TIDE_SECTION_METRIC, report->metrics[i]);
      const TideMetric *metric = section == NULL ? NULL : section->built;
      if (metric == NULL || !stream_is_sound (loader, metric->stream->name))
        return false;
    }
  return true;
}

/* Streams that are wrong were kept so that what uses them could be checked; now they go, with what rests on them. */
static void
prune (TideLoader *loader)
{
  TideWorkspace *workspace = loader->workspace;
  for (guint i = workspace->reports->len; i > 0; i--)
    if (!report_is_sound (loader, g_ptr_array_index (workspace->reports, i - 1)))
      g_ptr_array_remove_index (workspace->reports, i - 1);
  for (guint i = workspace->alerts->len; i > 0; i--)
    if (!stream_is_sound (loader, ((TideAlert *) g_ptr_array_index (workspace->alerts, i - 1))->stream))
      g_ptr_array_remove_index (workspace->alerts, i - 1);
  for (guint i = workspace->metrics->len; i > 0; i--)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i - 1);
      if (!stream_is_sound (loader, metric->stream->name))
        g_ptr_array_remove_index (workspace->metrics, i - 1);
    }
  for (guint i = workspace->sources->len; i > 0; i--)
    {
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i - 1);
      if (!stream_is_sound (loader, source->stream))
        g_ptr_array_remove_index (workspace->sources, i - 1);
    }
  for (guint i = workspace->streams->len; i > 0; i--)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i - 1);
      if (!stream_is_sound (loader, stream->name))
        g_ptr_array_remove_index (workspace->streams, i - 1);
    }
}

/* TRUE when the rest is worth reading. */
static bool
check_version (TideLoader *loader, const TideConf *conf)
{
  gint64 version;
  const char *value = tide_conf_get (conf, "workspace", "version");
  g_autofree char *text = g_strstrip (g_strdup (value != NULL ? value : ""));
  if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &version, NULL) || version == FILE_VERSION)
    return true; /* missing or no number: reported with the sections */
  int line = 0;
  for (guint i = 0; i < tide_conf_get_n_sections (conf) && line == 0; i++)
    if (strcmp (tide_conf_get_section (conf, i, NULL), "workspace") == 0)
      for (guint k = tide_conf_get_n_keys (conf, i); k > 0 && line == 0; k--)
        {
          int at;
          if (strcmp (tide_conf_get_key (conf, i, k - 1, NULL, &at), "version") == 0)
            line = at;
        }
  if (version > FILE_VERSION)
    tide_loader_problem (loader, NULL, line,
                         "this file is of version %" G_GINT64_FORMAT ": it was written by a newer Tidemark; expected "
                         "version=%d, or a newer Tidemark",
                         version, FILE_VERSION);
  else
    tide_loader_problem (loader, NULL, line, "there is no version %" G_GINT64_FORMAT "; expected version=%d", version,
                         FILE_VERSION);
  return version < FILE_VERSION;
}

static int
compare_problems (gconstpointer a, gconstpointer b)
{
  const TideProblem *x = *(const TideProblem *const *) a, *y = *(const TideProblem *const *) b;
  bool x_other = strcmp (x->file, TIDE_WORKSPACE_FILE) != 0, y_other = strcmp (y->file, TIDE_WORKSPACE_FILE) != 0;
  if (x_other != y_other)
    return x_other ? 1 : -1;
  return (x->line > y->line) - (x->line < y->line);
}

static void
build (TideLoader *loader, bool readable)
{
  const TideConf *conf = loader->workspace->conf;
  readable = readable && check_version (loader, conf);
  if (readable)
    tide_loader_read_sections (loader, conf);
  build_settings (loader, readable);
  tide_loader_build_cost (loader);
  tide_loader_check_names (loader);
  tide_loader_build_streams (loader);
  tide_loader_build_sources (loader);
  tide_loader_build_metrics (loader);
  tide_loader_build_analyses (loader);
  tide_loader_build_reports (loader);
  tide_loader_build_checks (loader);
  tide_loader_build_routes (loader);
  tide_loader_build_alerts (loader);
  prune (loader);
}

/* The line of the byte at @at. */
static int
line_of (const char *text, gsize at)
{
  int line = 1;
  for (const char *p = text; (p = memchr (p, '\n', at - (gsize) (p - text))) != NULL; p++)
    line++;
  return line;
}

static TideWorkspace *
parse_bytes (const char *dir, const char *text, gsize len, const TideCatalog *catalog, GPtrArray *problems)
{
  g_autofree char *absolute = dir == NULL ? NULL : g_canonicalize_filename (dir, NULL);
  TideLoader loader = { absolute, catalog, workspace_new (absolute) };
  loader.problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  for (guint i = 0; i < TIDE_N_SECTION_KINDS; i++)
    {
      loader.sections[i] = g_ptr_array_new_with_free_func (tide_section_free);
      loader.by_name[i] = g_hash_table_new (g_str_hash, g_str_equal);
    }
  const char *bad;
  if (len > FILE_MAX_BYTES)
    {
      tide_loader_problem (&loader, NULL, 0, "the file is larger than 4 MiB; expected a workspace file");
      len = 0;
    }
  else if (!g_utf8_validate_len (text, len, &bad))
    {
      tide_loader_problem (&loader, NULL, line_of (text, (gsize) (bad - text)),
                           "this is not UTF-8 text; save the file as UTF-8");
      len = 0;
    }
  bool readable = loader.problems->len == 0;
  loader.workspace->conf = tide_conf_parse (text, len);
  build (&loader, readable);
  g_ptr_array_sort (loader.problems, compare_problems);
  for (guint i = 0; i < loader.problems->len && problems != NULL; i++)
    g_ptr_array_add (problems, g_ptr_array_index (loader.problems, i));
  if (problems != NULL)
    g_ptr_array_set_free_func (loader.problems, NULL);
  g_ptr_array_unref (loader.problems);
  for (guint i = 0; i < TIDE_N_SECTION_KINDS; i++)
    {
      g_hash_table_unref (loader.by_name[i]);
      g_ptr_array_unref (loader.sections[i]);
    }
  return loader.workspace;
}

/**
 * tide_workspace_parse:
 * @dir: (nullable): where its files are; %NULL: they are not looked at
 * @text: the workspace file
 * @problems: (nullable) (element-type TideProblem): gets the mistakes in order of line
 *
 * Returns: (transfer full): what is sound of it; all of it when there was no problem
 *
 * Thread: not main when @dir is given (it looks at files). Locks: none.
 */
TideWorkspace *
tide_workspace_parse (const char *dir, const char *text, const TideCatalog *catalog, GPtrArray *problems)
{
  return parse_bytes (dir, text, strlen (text), catalog, problems);
}

/* The bytes of a regular file of at most @max, and one more when it is longer. */
static GByteArray *
read_bounded (const char *path, gsize max, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info;
  if (fd < 0 || fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      int code = errno;
      bool missing = fd < 0 && (code == ENOENT || code == ENOTDIR);
      g_set_error (error, TIDE_ERROR, missing ? TIDE_ERROR_NOT_FOUND : TIDE_ERROR_FAILED,
                   missing ? "there is no workspace here: '%s' is missing; make one with tidemark-cli init" : "can't read '%s': %s",
                   path, fd < 0 ? g_strerror (code) : "it is not a file");
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  GByteArray *bytes = g_byte_array_new ();
  guint8 buffer[16384];
  ssize_t n;
  while ((n = read (fd, buffer, sizeof buffer)) != 0 && bytes->len <= max)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "can't read '%s': %s", path, g_strerror (errno));
          g_clear_pointer (&bytes, g_byte_array_unref);
          break;
        }
      g_byte_array_append (bytes, buffer, (guint) n);
    }
  close (fd);
  return bytes;
}

/**
 * tide_workspace_load:
 *
 * Errors: TIDE_ERROR_NOT_FOUND when there is no file, TIDE_ERROR_FAILED when it can't be read.
 * Thread: not main. Locks: none.
 */
TideWorkspace *
tide_workspace_load (const char *dir, const TideCatalog *catalog, GPtrArray *problems, GError **error)
{
  tide_assert_not_main_thread ();
  g_autofree char *path = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL);
  g_autoptr (GByteArray) bytes = read_bounded (path, FILE_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  return parse_bytes (dir, bytes->data != NULL ? (const char *) bytes->data : "", bytes->len, catalog, problems);
}

/**
 * tide_workspace_save:
 *
 * Writes aside, to the disk, then renames: after a crash the file is the old one or the new one.
 *
 * Errors: TIDE_ERROR_FULL, TIDE_ERROR_FAILED; the file is untouched then. Thread: not main. Locks: none.
 */
bool
tide_workspace_save (const char *dir, const TideConf *conf, GError **error)
{
  tide_assert_not_main_thread ();
  g_autofree char *path = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL);
  g_autofree char *text = tide_conf_to_text (conf);
  g_autoptr (GError) cause = NULL;
  GStatBuf info;
  int mode = g_stat (path, &info) == 0 ? (int) (info.st_mode & 0777) : 0666;
  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, mode, &cause))
    return true;
  bool full = g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_set_error (error, TIDE_ERROR, full ? TIDE_ERROR_FULL : TIDE_ERROR_FAILED, "can't save the workspace file: %s%s",
               cause->message, full ? "; free some space and save again" : "");
  return false;
}

#define FIND(array, Type, name)                                                                                        \
  for (guint i = 0; i < (array)->len; i++)                                                                             \
    if (strcmp (((Type *) g_ptr_array_index (array, i))->name, name) == 0)                                             \
      return g_ptr_array_index (array, i);                                                                             \
  return NULL

const TideStream *
tide_workspace_get_stream (const TideWorkspace *workspace, const char *name)
{
  FIND (workspace->streams, TideStream, name);
}

TideMetric *
tide_workspace_get_metric (const TideWorkspace *workspace, const char *name)
{
  FIND (workspace->metrics, TideMetric, name);
}

TideAnalysis *
tide_workspace_get_analysis (const TideWorkspace *workspace, const char *name)
{
  FIND (workspace->analyses, TideAnalysis, name);
}

TideReport *
tide_workspace_get_report (const TideWorkspace *workspace, const char *name)
{
  FIND (workspace->reports, TideReport, name);
}

TideAlert *
tide_workspace_get_alert (const TideWorkspace *workspace, const char *name)
{
  FIND (workspace->alerts, TideAlert, name);
}

TideRoute *
tide_workspace_get_route (const TideWorkspace *workspace, const char *name)
{
  FIND (workspace->routes, TideRoute, name);
}

TideSourceDef *
tide_workspace_get_source (const TideWorkspace *workspace, const char *name)
{
  FIND (workspace->sources, TideSourceDef, name);
}

const char *
tide_source_def_get (const TideSourceDef *source, const char *key)
{
  return g_hash_table_lookup (source->keys, key);
}
