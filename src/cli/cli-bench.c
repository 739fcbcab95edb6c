/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli bench: how fast, how small and how fresh, each beside its peer in the same run. */
#include "bench.h"
#include "cli.h"

#include <math.h>
#include <string.h>

static void
print_json (const TideBenchRow *row, void *data)
{
  g_autofree char *json = tide_bench_row_to_json (row);

  printf ("%s\n", json);
  fflush (stdout);
}

static void
print_line (const TideBenchRow *row, void *data)
{
  double ratio = tide_bench_row_get_ratio (row);
  bool met = false, judged = tide_bench_row_is_met (row, &met);
  const char *sign = g_str_has_suffix (row->unit, "/s") ? "≥" : "≤";

  printf ("%-23s ", row->name);
  if (isnan (row->value))
    printf ("%10s %s", "–", row->unit);
  else
    printf ("%10.4g %s", row->value, row->unit);
  if (row->peer != NULL && !isnan (row->peer_value))
    printf ("; %s: %.4g; ratio %.3g", row->peer, row->peer_value, ratio);
  else if (row->peer != NULL)
    printf ("; %s", row->peer);
  if (!isnan (row->goal))
    printf ("; goal %s %.3g%s", sign, row->goal, !judged ? "" : met ? ": met" : ": MISSED");
  printf ("\n");
  fflush (stdout);
}

static char *
own_path (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_file_read_link ("/proc/self/exe", &error);

  return path != NULL ? path : g_strdup ("tidemark-cli");
}

static int
run (int argc, char **argv)
{
  gint64 events = 0;
  gboolean json = FALSE, list = FALSE;
  const char *brokers = NULL;
  const GOptionEntry entries[]
      = { { "events", 0, 0, G_OPTION_ARG_INT64, &events, N_ ("How many, instead of each benchmark's own number"), "N" },
          { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("A JSON object a line"), NULL },
          { "brokers", 0, 0, G_OPTION_ARG_STRING, &brokers,
            N_ ("A real Kafka broker for ingest and latency; else TIDEMARK_BENCH_BROKERS"), "HOST:PORT" },
          { "list", 0, 0, G_OPTION_ARG_NONE, &list, N_ ("Name the benchmarks"), NULL },
          G_OPTION_ENTRY_NULL };
  g_autofree char *program = own_path ();
  GError *error = NULL;

  if (!cli_parse (&cli_bench, &argc, &argv, entries, 0, 1))
    return CLI_USAGE;
  if (events < 0)
    return cli_usage (&cli_bench, _ ("N is a number, 1 or more"));
  for (const TideBenchInfo *const *info = tide_bench_list (); list && *info != NULL; info++)
    printf ("%-10s %s\n", (*info)->name, (*info)->help);
  if (list)
    return CLI_DONE;
  TideBenchOptions options = { .events = (guint64) events,
                               .brokers = brokers != NULL ? brokers : g_getenv ("TIDEMARK_BENCH_BROKERS"),
                               .program = program,
                               .row = json ? print_json : print_line };
  return tide_bench_run (argc > 1 ? argv[1] : NULL, &options, &error) ? CLI_DONE : cli_fail (error);
}

const CliCommand cli_bench = { "bench", "[NAME] [--events N] [--json] [--brokers HOST:PORT] [--list]",
                               N_ ("benchmarks, each beside its peer in the same run, against their goals"), run };
