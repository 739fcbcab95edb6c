/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a preset fills in is a sound metric, and each is less urgent than the one before. */
#include "app-use-case.h"

#include "pipeline.h"

static TideMetric *
make_metric (const TideUseCase *use_case)
{
  g_autofree char *text = g_strdup_printf (
      "[workspace]\nversion=1\nname=w\n[source s]\nkind=file\npath=x\nstream=s\n[stream s]\n[field s.x]\ntype=int\n"
      "[metric m]\nstream=s\naggregate=sum(x)\ntier=%s\nfreshness=%s\ntolerance=%s\n%s%s\n", use_case->tier,
      use_case->freshness, use_case->tolerance, *use_case->refresh != '\0' ? "refresh=" : "", use_case->refresh);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, text, tide_pipeline_catalog (), problems);

  g_assert_cmpuint (problems->len, ==, 0);
  return tide_metric_ref (tide_workspace_get_metric (workspace, "m"));
}

static void
test_presets (void)
{
  guint n;
  const TideUseCase *cases = tide_use_cases (&n);
  TideDuration before = 0;

  g_assert_cmpuint (n, ==, 3);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TideMetric) metric = make_metric (&cases[i]);

      g_assert_cmpint (metric->tier, ==, i);
      g_assert_cmpint (metric->freshness, >, before);
      before = metric->freshness;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/use-case/presets", test_presets);
  return g_test_run ();
}
