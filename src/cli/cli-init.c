/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli init: makes a workspace. */
#include "cli.h"

static int
run (int argc, char **argv)
{
  gboolean demo = FALSE;
  const GOptionEntry entries[] = { { "demo", 0, 0, G_OPTION_ARG_NONE, &demo, N_ ("The food delivery company"), NULL },
                                   G_OPTION_ENTRY_NULL };
  GError *error = NULL;

  if (!cli_parse (&cli_init, &argc, &argv, entries, 1, 1))
    return CLI_USAGE;
  if (!tide_pipeline_create_workspace (argv[1], demo, NULL, &error))
    return cli_fail (error);
  printf ("%s/%s\n", argv[1], TIDE_WORKSPACE_FILE);
  return CLI_DONE;
}

const CliCommand cli_init = { "init", "DIR [--demo]", N_ ("makes a workspace"), run };
