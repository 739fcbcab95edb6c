/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which metrics are shares, and how these are shown. */
#include "app-shown.h"

#include <math.h>

#include "app-format.h"
#include "pipeline.h"

static TideWorkspace *
make_workspace (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  TideWorkspace *workspace = tide_workspace_parse (
      NULL,
      "[workspace]\nversion=1\nname=w\n[source s]\nkind=file\npath=x\nstream=s\n[stream s]\n[field s.bad]\ntype=bool\n"
      "[field s.x]\ntype=int\n[metric all]\nstream=s\naggregate=count\n[metric some]\nstream=s\naggregate=count\nwhere=bad = true\n"
      "[metric per-minute]\nstream=s\naggregate=count\nunit=/min\n[metric part]\naggregate=ratio(some, all)\n"
      "[metric odds]\naggregate=ratio(all, some)\n[metric mean-bad]\nstream=s\naggregate=avg(bad)\n"
      "[metric mean-x]\nstream=s\naggregate=avg(x)\n[metric named]\nstream=s\naggregate=avg(bad)\nunit=risk\n",
      tide_pipeline_catalog (), problems);

  g_assert_cmpuint (problems->len, ==, 0);
  return workspace;
}

static void
test_shares (void)
{
  static const struct
  {
    const char *name, *unit;
    bool is_share;
  } cases[] = {
    { "part", "%", true },  { "mean-bad", "%", true }, { "odds", NULL, false },         { "mean-x", NULL, false },
    { "all", NULL, false }, { "named", "risk", false }, { "per-minute", "/min", false },
  };
  g_autoptr (TideWorkspace) workspace = make_workspace ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const TideMetric *metric = tide_workspace_get_metric (workspace, cases[i].name);

      g_assert_cmpint (tide_shown_is_share (metric), ==, cases[i].is_share);
      g_assert_cmpstr (tide_shown_unit (metric), ==, cases[i].unit);
      g_assert_cmpfloat (tide_shown_double (metric, tide_value_real (0.5)), ==, cases[i].is_share ? 50 : 0.5);
    }
}

static void
test_text (void)
{
  g_autoptr (TideWorkspace) workspace = make_workspace ();
  const TideMetric *part = tide_workspace_get_metric (workspace, "part"), *all = tide_workspace_get_metric (workspace, "all");
  g_autofree char *share = tide_shown_value (part, tide_value_real (0.00263));
  g_autofree char *count = tide_shown_value (all, tide_value_exact (1234, 0));
  g_autofree char *nothing = tide_shown_value (part, (TideValue){ 0 }), *title = tide_shown_title (part, "Fraud");

  g_assert_cmpstr (share, ==, "0.263" TIDE_NNBSP "%");
  g_assert_cmpstr (count, ==, "1,234");
  g_assert_cmpstr (nothing, ==, TIDE_NO_VALUE);
  g_assert_cmpstr (title, ==, "Fraud %");
  g_assert_true (isnan (tide_shown_double (part, (TideValue){ 0 })));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/shown/shares", test_shares);
  g_test_add_func ("/app/shown/text", test_text);
  return g_test_run ();
}
