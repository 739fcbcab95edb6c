/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resident memory with the demo at 1,000 events a second, of the pipeline without and with the window, after it has
 * caught up with its two hours of history; and whether it still grows. --events N watches for N / 1,000 seconds. */
#include "bench-private.h"

#define EVENTS_PER_S 1000
#define SECONDS 600

/* The demo with a rate for each of its five sources. */
static char *
make_demo (TideBenchRun *run, const char *name, GError **error)
{
  g_autofree char *dir = g_build_filename (run->dir, name, NULL);
  g_autofree char *path = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL), *text = NULL, *edited = NULL;
  g_auto (GStrv) parts = NULL;

  if (!tide_pipeline_create_workspace (dir, true, NULL, error) || !g_file_get_contents (path, &text, NULL, error))
    return NULL;
  parts = g_strsplit (text, "kind=demo\n", -1);
  g_free (text);
  text = g_strdup_printf ("kind=demo\nrate=%u\n", EVENTS_PER_S / (g_strv_length (parts) - 1));
  edited = g_strjoinv (text, parts);
  return g_file_set_contents (path, edited, -1, error) ? g_steal_pointer (&dir) : NULL;
}

static void
report (TideBenchRun *run, const char *name, const char *unit, double value, double goal)
{
  tide_bench_report (run, &(TideBenchRow){ .name = name, .value = value, .unit = unit, .peer_value = NAN, .goal = goal });
}

static bool
watch (TideBenchRun *run, const char *const *words, const char *name, double goal, GError **error)
{
  double seconds = (double) tide_bench_get_events (run, SECONDS * EVENTS_PER_S) / EVENTS_PER_S;
  g_autofree char *growth = g_strconcat (name, "-growth", NULL), *cpu = g_strconcat (name, "-cpu", NULL);
  TideBenchProcess process;

  if (!tide_bench_watch_process (words, MAX (seconds, 10), &process, error))
    return false;
  report (run, name, "MB", process.resident_mb, goal);
  report (run, growth, "x in the second half", process.resident_mb / process.resident_half_mb, 1.05);
  report (run, cpu, "cores", process.cores, NAN);
  return true;
}

static bool
run (TideBenchRun *run, GError **error)
{
  g_autofree char *headless = make_demo (run, "headless", error), *windowed = NULL, *app = NULL;

  if (headless == NULL)
    return false;
  const char *words[] = { run->options->program, "run", headless, NULL };
  if (!watch (run, words, "memory", 80, error))
    return false;
  app = tide_bench_find_program (run, "tidemark", "../app");
  if (app == NULL || !tide_bench_has_display ())
    {
      tide_bench_report (run, &(TideBenchRow){ .name = "memory-window", .value = NAN, .unit = "MB",
                                               .peer = app == NULL ? "missing: no tidemark beside tidemark-cli"
                                                                   : "missing: no display",
                                               .peer_value = NAN, .goal = 200, .goal_of_value = true });
      return true;
    }
  windowed = make_demo (run, "windowed", error);
  if (windowed == NULL)
    return false;
  const char *app_words[] = { app, "--workspace", windowed, NULL };
  return watch (run, app_words, "memory-window", 200, error);
}

const TideBench tide_bench_memory = { { "memory", "resident memory and CPU with the demo at 1,000 events a second" }, run };
