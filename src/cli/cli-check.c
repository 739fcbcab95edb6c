/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli check: reads a workspace and names each mistake with file, line and what is expected. */
#include "cli.h"

static int
run (int argc, char **argv)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = NULL;
  GError *error = NULL;

  if (!cli_parse (&cli_check, &argc, &argv, NULL, 1, 1))
    return CLI_USAGE;
  workspace = tide_workspace_load (argv[1], tide_pipeline_catalog (), problems, &error);
  if (workspace == NULL)
    return cli_fail (error);
  for (guint i = 0; i < problems->len; i++)
    {
      TideProblem *problem = g_ptr_array_index (problems, i);

      printf ("%s:%d: %s\n", problem->file, problem->line, problem->message);
    }
  if (problems->len > 0)
    {
      fprintf (stderr,
               ngettext ("tidemark-cli: %u mistake in %s; correct the line named and check again\n",
                         "tidemark-cli: %u mistakes in %s; correct the lines named and check again\n", problems->len),
               problems->len, argv[1]);
      return CLI_FAILED;
    }
  printf (_ ("%s: no mistakes (sources: %u, streams: %u, metrics: %u, analyses: %u, reports: %u)\n"), workspace->name,
          workspace->sources->len, workspace->streams->len, workspace->metrics->len, workspace->analyses->len,
          workspace->reports->len);
  return CLI_DONE;
}

const CliCommand cli_check = { "check", "DIR", N_ ("reads it; each mistake with file, line and what is expected"), run };
