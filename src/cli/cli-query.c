/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli query: rows of a metric in one of the views. */
#include "cli.h"

#include <string.h>

static bool
print_rows (const TideRows *rows, CliFormat format, GError **error)
{
  g_auto (GStrv) columns = tide_rows_get_columns (rows);
  g_autoptr (CliOutput) output = cli_output_new (format, (const char *const *) columns);

  for (guint i = 0; i < rows->n; i++)
    {
      char time[TIDE_TIME_STR_MAX], value[TIDE_VALUE_STR_MAX];

      cli_output_cell (output, time, (gssize) tide_time_format (rows->rows[i].time, time), false);
      for (uint32_t k = 0; k < rows->metric->n_by; k++)
        {
          TideText cell = tide_rows_get_group_text (rows, rows->rows[i].group, k);

          cli_output_cell (output, cell.data, cell.len, false);
        }
      cli_output_cell (output, value, (gssize) tide_value_format (rows->rows[i].value, value), true);
      cli_output_cell (output, tide_layer_to_string (rows->rows[i].layer), -1, false);
      if (!cli_output_end_row (output, error))
        return false;
    }
  return cli_output_finish (output, error);
}

typedef struct
{
  const char *view, *from, *to, *every, *format;
} Options;

static bool
read_options (const Options *options, GTimeZone *zone, TideQuery *query, CliFormat *ret_format, GError **error)
{
  TideTime now = tide_clock_now (&tide_clock_system);

  if (options->format != NULL && !cli_format_parse (options->format, ret_format))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, _ ("there is no format '%s': expected csv, json or table"),
                   options->format);
      return false;
    }
  return (options->view == NULL || tide_view_parse (options->view, &query->view, error))
         && (options->from == NULL || tide_time_parse_relative (options->from, now, zone, &query->from, error))
         && (options->to == NULL || tide_time_parse_relative (options->to, now, zone, &query->to, error))
         && (options->every == NULL || tide_period_parse (options->every, &query->every, error));
}

/* "orders, revenue"; "none". */
static char *
list_metrics (const TideWorkspace *workspace)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < workspace->metrics->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", ((TideMetric *) workspace->metrics->pdata[i])->name);
  if (names->len == 0)
    g_string_append (names, C_ ("metrics", "none"));
  return g_string_free (names, FALSE);
}

static int
query (TidePipeline *pipeline, const char *name, const Options *options)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  TideMetric *metric = tide_workspace_get_metric (workspace, name);
  TideQuery question = { .metric = metric, .view = TIDE_VIEW_MERGED, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  g_autoptr (TideRows) rows = NULL;
  CliFormat format = CLI_CSV;
  GError *error = NULL;

  if (metric == NULL)
    {
      g_autofree char *names = list_metrics (workspace);

      g_set_error (&error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, _ ("the workspace has no metric '%s'; it has: %s"), name,
                   names);
      return cli_fail (error);
    }
  if (!read_options (options, metric->zone, &question, &format, &error))
    {
      cli_usage (&cli_query, "%s", error->message);
      g_error_free (error);
      return CLI_USAGE;
    }
  rows = tide_serving_query (tide_pipeline_get_serving (pipeline), &question, NULL, &error);
  if (rows == NULL || !print_rows (rows, format, &error))
    return cli_fail (error);
  if (rows->corrupt_events > 0)
    {
      g_set_error (&error, TIDE_ERROR, TIDE_ERROR_CORRUPT,
                   "%" G_GUINT64_FORMAT " events, the first number %" G_GINT64_FORMAT " of the stream %s, could not be "
                   "read: their blocks are damaged, and the rows lack them; restore a backup of the workspace",
                   (guint64) rows->corrupt_events, (gint64) rows->first_corrupt, rows->metric->stream->name);
      return cli_fail (error);
    }
  return CLI_DONE;
}

static int
run (int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[]
      = { { "view", 0, 0, G_OPTION_ARG_STRING, &options.view, N_ ("live, historical, merged or recompute"), "VIEW" },
          { "from", 0, 0, G_OPTION_ARG_STRING, &options.from, N_ ("Start"), "TIME" },
          { "to", 0, 0, G_OPTION_ARG_STRING, &options.to, N_ ("End, not included"), "TIME" },
          { "every", 0, 0, G_OPTION_ARG_STRING, &options.every, N_ ("Resolution: 1min, 1h, 1d, 1mo"), "PERIOD" },
          { "format", 0, 0, G_OPTION_ARG_STRING, &options.format, N_ ("csv, json or table"), "FORMAT" },
          G_OPTION_ENTRY_NULL };
  g_autoptr (TidePipeline) pipeline = NULL;
  GError *error = NULL;
  int status;

  if (!cli_parse (&cli_query, &argc, &argv, entries, 2, 2))
    return CLI_USAGE;
  pipeline = tide_pipeline_open (argv[1], TIDE_PIPELINE_READ, NULL, &error);
  if (pipeline == NULL)
    return cli_fail (error);
  status = query (pipeline, argv[2], &options);
  tide_pipeline_close (pipeline);
  return status;
}

const CliCommand cli_query = { "query",
                               "DIR METRIC [--view live|historical|merged|recompute] [--from T] [--to T] [--every 1m] "
                               "[--format csv|json|table]",
                               N_ ("rows of a metric: time, group…, value, layer"), run };
