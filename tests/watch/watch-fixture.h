/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of watch/ share: a workspace from text, events of a stream by number, changes of state as lines. */
#pragma once

#include "../store/store-fixture.h"
#include "watch.h"

static inline TideWorkspace *
watch_workspace (const char *dir, const char *rules)
{
  static TideCatalog catalog;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autofree char *text = g_strconcat (
    "[workspace]\nversion=1\nname=w\n[stream s]\ntime=at\nlateness=10s\n[field s.at]\ntype=time\n[field s.g]\ntype=text\n[field s.x]\ntype=int\n"
    "[metric total]\nstream=s\naggregate=sum(x)\nby=g\nevery=10s\n"
    "[metric n]\nstream=s\naggregate=count\nby=g\nevery=10s\n"
    "[metric all]\nstream=s\naggregate=count\nevery=10s\n"
    "[metric mean]\nstream=s\naggregate=avg(x)\nby=g\nevery=10s\nover=1min\n"
    "[metric share]\naggregate=ratio(total, n)\nevery=10s\n", rules, NULL);

  catalog.aggregates = tide_aggregate_specs ();
  catalog.conditions = tide_condition_specs ();
  TideWorkspace *workspace = tide_workspace_parse (dir, text, &catalog, problems);
  for (guint i = 0; i < problems->len; i++)
    g_error ("line %d: %s", ((TideProblem *) problems->pdata[i])->line, ((TideProblem *) problems->pdata[i])->message);
  return workspace;
}

/* One event; @group NULL: null. */
static inline void
watch_event (TideBatchBuilder *builder, TideTime time, TideTime received, int partition, const char *group, int64_t x)
{
  tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, time);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, received);
  tide_batch_builder_set_text (builder, TIDE_COLUMN_SOURCE, "src", 3);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_PARTITION, partition);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, time);
  if (group != NULL)
    tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0 + 1, group, strlen (group));
  tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 2, x);
  tide_batch_builder_end_row (builder, 20);
}

/* "rule/group state seconds" */
static inline char *
watch_line (const char *rule, const char *group, TideAlertState state, TideTime time)
{
  return g_strdup_printf ("%s/%s %s %g", rule, group, tide_alert_state_to_string (state), (double) time / TIDE_SECOND);
}
