/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chart, by the programs that the build has beside tidemark-cli (GTK is not ours to use here): frames of its raster
 * against every point stroked, and what a dashboard of six charts takes of a core when it is drawn. */
#include "bench-private.h"

#include <string.h>

#define DASHBOARD_SECONDS 20

static double
number_of (const char *line, const char *key)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s\": ", key);
  const char *at = strstr (line, quoted);

  return at != NULL && !g_str_has_prefix (at + strlen (quoted), "null") ? g_ascii_strtod (at + strlen (quoted), NULL) : NAN;
}

/* A text of such a line; NULL for null. Its words hold no quotes. */
static char *
text_of (const char *line, const char *key)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s\": \"", key);
  const char *at = strstr (line, quoted);

  return at != NULL ? g_strndup (at + strlen (quoted), strcspn (at + strlen (quoted), "\"")) : NULL;
}

static bool
report_lines (TideBenchRun *run, char *output, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (g_strchomp (output), "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *name = text_of (lines[i], "name"), *unit = text_of (lines[i], "unit"),
                      *peer = text_of (lines[i], "peer");

      if (name == NULL || unit == NULL)
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "bench-chart said '%s'", lines[i]);
          return false;
        }
      tide_bench_report (run, &(TideBenchRow){ .name = name, .value = number_of (lines[i], "value"), .unit = unit,
                                               .peer = peer, .peer_value = number_of (lines[i], "peer_value"),
                                               .goal = number_of (lines[i], "goal") });
    }
  return true;
}

static void
report_missing (TideBenchRun *run, const char *name, const char *unit, const char *why, double goal)
{
  tide_bench_report (run, &(TideBenchRow){ .name = name, .value = NAN, .unit = unit, .peer = why, .peer_value = NAN,
                                           .goal = goal, .goal_of_value = true });
}

static bool
run_dashboard (TideBenchRun *run, GError **error)
{
  g_autofree char *gallery = tide_bench_find_program (run, "chart-gallery", "../../tests/app");
  TideBenchProcess process;

  if (gallery == NULL || !tide_bench_has_display ())
    {
      report_missing (run, "chart-dashboard", "% of a core",
                      gallery == NULL ? "missing: no chart-gallery beside tidemark-cli" : "missing: no display", 15);
      return true;
    }
  const char *words[] = { gallery, "--page", "dashboard", NULL };
  if (!tide_bench_watch_process (words, DASHBOARD_SECONDS, &process, error))
    return false;
  tide_bench_report (run, &(TideBenchRow){ .name = "chart-dashboard", .value = process.cores * 100,
                                           .unit = "% of a core", .peer_value = NAN, .goal = 15 });
  return true;
}

static bool
run (TideBenchRun *run, GError **error)
{
  g_autofree char *program = tide_bench_find_program (run, "bench-chart", "../../tests/app");
  g_auto (TideBenchRan) ran = { 0 };

  if (program == NULL)
    report_missing (run, "chart-raster", "ms", "missing: no bench-chart beside tidemark-cli", 1 / 15.0);
  else
    {
      const char *words[] = { program, NULL };

      if (!tide_bench_spawn (words, &ran, error) || !report_lines (run, ran.output, error))
        return false;
    }
  return run_dashboard (run, error);
}

const TideBench tide_bench_chart = { { "chart", "frames of six charts against every point stroked; a dashboard drawn" },
                                     run };
