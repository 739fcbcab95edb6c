/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli export: a report, or all events of a stream, as CSV; the file appears whole or not at all. */
#include "cli.h"

typedef struct
{
  TidePipeline *pipeline;
  TideReport *report; /* NULL: the events of the stream */
  const TideStream *stream;
} Export;

static bool
write_report (GOutputStream *stream, void *data, GError **error)
{
  Export *export = data;

  if (export->report == NULL)
    return tide_serving_write_events (tide_pipeline_get_serving (export->pipeline), export->stream, TIDE_TIME_NONE,
                                      TIDE_TIME_MAX, stream, NULL, error);
  return tide_serving_write_report (tide_pipeline_get_serving (export->pipeline), export->report,
                                    tide_clock_now (&tide_clock_system), stream, NULL, NULL, error);
}

static bool
export_report (TidePipeline *pipeline, const char *name, const char *path, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  Export export = { .pipeline = pipeline, .report = tide_workspace_get_report (workspace, name),
                    .stream = tide_workspace_get_stream (workspace, name) };

  if (export.report == NULL && export.stream == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
                   _ ("the workspace has no report or stream '%s', or it has a mistake: see tidemark-cli check"), name);
      return false;
    }
  return tide_file_replace (path, write_report, &export, error);
}

static int
run (int argc, char **argv)
{
  const char *output = NULL;
  const GOptionEntry entries[] = { { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("The CSV file"), "FILE" },
                                   G_OPTION_ENTRY_NULL };
  g_autoptr (TidePipeline) pipeline = NULL;
  GError *error = NULL;
  bool done;

  if (!cli_parse (&cli_export, &argc, &argv, entries, 2, 2))
    return CLI_USAGE;
  if (output == NULL)
    return cli_usage (&cli_export, _ ("--output FILE is missing"));
  pipeline = tide_pipeline_open (argv[1], TIDE_PIPELINE_READ, NULL, &error);
  if (pipeline == NULL)
    return cli_fail (error);
  done = export_report (pipeline, argv[2], output, &error);
  tide_pipeline_close (pipeline);
  return done ? CLI_DONE : cli_fail (error);
}

const CliCommand cli_export = { "export", "DIR REPORT|STREAM --output FILE",
                                N_ ("a report, or all events of a stream, as CSV"), run };
