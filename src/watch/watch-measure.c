/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What evaluating costs: many rules over many groups, at panes whose values are random and sometimes past the limit, so
 * that states change as they do in earnest. CPU time of the engine alone, without the folding of events. */
#include "watch-private.h"

#include <time.h>

static int64_t
cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
count_transition (const TideWatchTransition *transition, void *data)
{
  (*(guint64 *) data)++;
}

static TideWorkspace *
make_workspace (guint rules)
{
  static const char *const conditions[] = { "condition=above\nthreshold=900\nclear=800\nfor=2min\n",
                                            "condition=below\nthreshold=100\nkeep-firing-for=1min\n",
                                            "condition=outside\nlow=50\nhigh=950\n",
                                            "condition=change\nthreshold=50%\nwithin=10min\n" };
  GString *text = g_string_new ("[workspace]\nversion=1\nname=bench\n[stream s]\ntime=at\n[field s.at]\ntype=time\n[field s.g]\ntype=int\n"
                                "[field s.x]\ntype=int\n[metric m]\nstream=s\naggregate=sum(x)\nby=g\nevery=1min\n");
  static const TideCatalog none = { 0 };
  TideCatalog catalog = none;

  catalog.aggregates = tide_aggregate_specs ();
  catalog.conditions = tide_condition_specs ();
  for (guint i = 0; i < rules; i++)
    g_string_append_printf (text, "[alert a%u]\nmetric=m\nroutes=none\n%s", i, conditions[i % G_N_ELEMENTS (conditions)]);
  TideWorkspace *workspace = tide_workspace_parse (NULL, text->str, &catalog, NULL);

  g_string_free (text, TRUE);
  return workspace;
}

static TideBatch *
make_pane (const TideStream *stream, guint groups, guint pane, GRand *random)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);

  for (guint g = 0; g < groups; g++)
    {
      TideTime time = (TideTime) pane * TIDE_MINUTE + g;

      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, time);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, time);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 1, g);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 2, g_rand_int_range (random, 0, 1000));
      tide_batch_builder_end_row (builder, 20);
    }
  return tide_batch_builder_finish (builder);
}

double
tide_watch_measure (guint rules, guint groups, guint panes)
{
  g_autoptr (TideWorkspace) workspace = make_workspace (rules);
  guint64 transitions = 0;
  TideWatchEngine *engine = tide_watch_engine_new (workspace, NULL, count_transition, &transitions);
  TideWatchFeed *feed = tide_watch_engine_find_feed (engine, "s");
  GRand *random = g_rand_new_with_seed (1);
  int64_t spent = 0;

  for (guint pane = 0; pane <= panes; pane++)
    {
      g_autoptr (TideBatch) batch = make_pane (tide_watch_feed_get_stream (feed), groups, pane, random);
      int64_t before = cpu_us ();

      tide_watch_feed_add (feed, batch);
      if (pane > 0)
        spent += cpu_us () - before;
    }
  g_rand_free (random);
  tide_watch_engine_free (engine);
  g_assert (transitions > 0);
  return (double) spent / (double) MAX (panes, 1);
}
