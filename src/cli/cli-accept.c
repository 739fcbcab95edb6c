/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli accept: agrees to what a source of a running workspace asks, such as to read a topic that was made again
 * from its start. Only who runs the workspace knows what is asked, so that one is told. */
#include "cli.h"

static int
run (int argc, char **argv)
{
  g_autoptr (TidePipeline) pipeline = NULL;
  GError *error = NULL;
  bool done;

  if (!cli_parse (&cli_accept, &argc, &argv, NULL, 2, 2))
    return CLI_USAGE;
  pipeline = tide_pipeline_open (argv[1], TIDE_PIPELINE_READ, NULL, &error);
  if (pipeline == NULL)
    return cli_fail (error);
  done = tide_pipeline_accept (pipeline, argv[2], NULL, &error);
  tide_pipeline_close (pipeline);
  return done ? CLI_DONE : cli_fail (error);
}

const CliCommand cli_accept = { "accept", "DIR SOURCE",
                                N_ ("agrees to what a source of a running workspace asks, as its status says"), run };
