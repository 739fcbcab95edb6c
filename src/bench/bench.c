/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of benchmarks, and what a row of their output says. Ratios count, not seconds: a benchmark measures itself
 * and its peer on the same data, one after the other, mostly by CPU time, so that a busy machine matters little. */
#include "bench-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

static const TideBench *const benches[]
    = { &tide_bench_aggregate, &tide_bench_sql,     &tide_bench_disk,    &tide_bench_csv,   &tide_bench_rollup,
        &tide_bench_panes,     &tide_bench_live,    &tide_bench_query,   &tide_bench_chart, &tide_bench_start,
        &tide_bench_ingest,    &tide_bench_latency, &tide_bench_memory,  &tide_bench_metering,
        &tide_bench_watch,     &tide_bench_quality };

const TideBenchInfo *const *
tide_bench_list (void)
{
  static const TideBenchInfo *list[G_N_ELEMENTS (benches) + 1];

  for (guint i = 0; i < G_N_ELEMENTS (benches); i++)
    list[i] = &benches[i]->info;
  return list;
}

double
tide_bench_row_get_ratio (const TideBenchRow *row)
{
  return row->peer_value > 0 ? row->value / row->peer_value : NAN;
}

bool
tide_bench_row_is_met (const TideBenchRow *row, bool *ret_met)
{
  double judged = row->peer == NULL || row->goal_of_value ? row->value : tide_bench_row_get_ratio (row);

  if (isnan (row->goal) || isnan (judged))
    return false;
  *ret_met = g_str_has_suffix (row->unit, "/s") ? judged >= row->goal : judged <= row->goal;
  return true;
}

static void
append_number (GString *json, const char *key, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (json, ", \"%s\": %s", key,
                          isnan (value) ? "null" : g_ascii_formatd (text, sizeof text, "%.6g", value));
}

/**
 * tide_bench_row_to_json:
 *
 * Returns: (transfer full): one line, without its end; names and units are our own and need no escapes
 */
char *
tide_bench_row_to_json (const TideBenchRow *row)
{
  GString *json = g_string_new (NULL);
  bool met = false, judged = tide_bench_row_is_met (row, &met);

  g_string_append_printf (json, "{\"name\": \"%s\"", row->name);
  append_number (json, "value", row->value);
  g_string_append_printf (json, ", \"unit\": \"%s\", \"peer\": ", row->unit);
  g_string_append_printf (json, row->peer != NULL ? "\"%s\"" : "null", row->peer);
  append_number (json, "peer_value", row->peer_value);
  append_number (json, "ratio", tide_bench_row_get_ratio (row));
  append_number (json, "goal", row->goal);
  g_string_append_printf (json, ", \"met\": %s}", !judged ? "null" : met ? "true" : "false");
  return g_string_free (json, FALSE);
}

void
tide_bench_report (TideBenchRun *run, const TideBenchRow *row)
{
  TideBenchRow whole = *row;

  if (!(whole.peer_value > 0))
    whole.peer_value = NAN;
  if (whole.goal == 0)
    whole.goal = NAN;
  run->options->row (&whole, run->options->data);
}

guint64
tide_bench_get_events (const TideBenchRun *run, guint64 usual)
{
  return run->options->events > 0 ? run->options->events : usual;
}

bool
tide_bench_differs (const char *peer, const char *own, const char *other, GError **error)
{
  gsize at = 0;

  while (own[at] != '\0' && own[at] == other[at])
    at++;
  while (at > 0 && own[at - 1] != '\n')
    at--;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "%s computed something else: it says '%.80s', Tidemark '%.80s'",
               peer, other + at, own + at);
  return false;
}

int64_t
tide_bench_cpu_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (int64_t) time.tv_sec * TIDE_SECOND + time.tv_nsec / 1000;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && (dir = g_dir_open (path, 0, NULL)) != NULL)
    for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
      {
        g_autofree char *child = g_build_filename (path, name, NULL);

        remove_tree (child);
      }
  g_remove (path);
}

static bool
run_benches (TideBenchRun *run, const char *name, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (benches); i++)
    if ((name == NULL || strcmp (benches[i]->info.name, name) == 0) && !benches[i]->run (run, error))
      {
        g_prefix_error (error, "%s: ", benches[i]->info.name);
        return false;
      }
  return true;
}

/**
 * tide_bench_run:
 * @name: (nullable): one of tide_bench_list(); NULL: all
 *
 * Takes minutes and several gigabytes of temporary files with the usual numbers of events.
 *
 * Errors: NOT_FOUND, FAILED, and what the layers say.
 * Thread: any; blocks.
 */
bool
tide_bench_run (const char *name, const TideBenchOptions *options, GError **error)
{
  TideBenchRun run = { .options = options };
  bool known = name == NULL, done;

  for (guint i = 0; i < G_N_ELEMENTS (benches); i++)
    known = known || strcmp (benches[i]->info.name, name) == 0;
  if (!known)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "there is no benchmark '%s'; see tidemark-cli bench --help",
                   name);
      return false;
    }
  run.dir = g_dir_make_tmp ("tidemark-bench-XXXXXX", error);
  if (run.dir == NULL)
    return false;
  done = run_benches (&run, name, error);
  tide_bench_archive_free (run.archive);
  remove_tree (run.dir);
  g_free (run.dir);
  return done;
}
