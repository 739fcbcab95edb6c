/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli batch: runs roll-ups and analyses now; in the process that has the workspace open, if there is one. */
#include "cli.h"

static int
run (int argc, char **argv)
{
  g_autoptr (TidePipeline) pipeline = NULL;
  GError *error = NULL;
  bool done;

  if (!cli_parse (&cli_batch, &argc, &argv, NULL, 1, -1))
    return CLI_USAGE;
  pipeline = tide_pipeline_open (argv[1], TIDE_PIPELINE_WRITE, NULL, &error);
  if (pipeline == NULL && g_error_matches (error, TIDE_ERROR, TIDE_ERROR_LOCKED))
    {
      g_clear_error (&error);
      pipeline = tide_pipeline_open (argv[1], TIDE_PIPELINE_READ, NULL, &error);
    }
  if (pipeline == NULL)
    return cli_fail (error);
  done = tide_pipeline_batch (pipeline, argc > 2 ? (const char *const *) argv + 2 : NULL, NULL, &error);
  tide_pipeline_close (pipeline);
  return done ? CLI_DONE : cli_fail (error);
}

const CliCommand cli_batch = { "batch", "DIR [NAME…]",
                               N_ ("runs roll-ups (rollup:STREAM), analyses and retention (retention:) now; "
                                   "without a name all but the last"),
                               run };
