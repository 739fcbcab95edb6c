/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A workspace file is read whatever it says, keeps its text, and each problem has a message. */
#include "fuzz.h"
#include "ingest.h"
#include "state.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const TideCatalog catalog = { tide_source_specs (), tide_aggregate_specs () };
  g_autofree char *text = fuzz_text (data, size), *kept = NULL;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, text, &catalog, problems);

  fuzz_check (workspace != NULL);
  for (guint i = 0; i < problems->len; i++)
    {
      const TideProblem *problem = g_ptr_array_index (problems, i);

      fuzz_check (problem->message != NULL && g_utf8_validate (problem->message, -1, NULL));
      fuzz_check (problem->line >= 0);
    }
  if (!g_utf8_validate (text, -1, NULL))
    {
      fuzz_check (problems->len > 0); /* and nothing of it is taken up */
      return 0;
    }
  kept = tide_conf_to_text (workspace->conf);
  fuzz_check (strcmp (kept, text) == 0);
  return 0;
}
