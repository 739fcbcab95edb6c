/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One event into the state of its pane and group, for every kind of aggregate at 10,000 groups, beside what is done
 * without such states: a hash table of running counts by key. */
#include "bench-private.h"

#include <string.h>

#define EVENTS 2000000

static const char *const aggregates[] = { "count", "sum(ms)", "max(ms)", "p95(ms)", "distinct(ms)" };

static bool
keep (TideBatch *batch, void *data, GError **error)
{
  g_ptr_array_add (data, tide_batch_ref (batch));
  return true;
}

static double
time_peer (GPtrArray *batches, uint64_t *ret_events)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  int64_t start = tide_bench_cpu_us ();
  uint64_t events = 0;

  for (guint b = 0; b < batches->len; b++)
    {
      const TideBatch *batch = g_ptr_array_index (batches, b);
      const TideColumn *users = &batch->columns[tide_stream_find_column (batch->stream, "user")];

      for (uint32_t i = 0; i < batch->n; i++)
        {
          char key[32] = { 0 };
          TideText user = users->dict[users->codes[i]];
          uint64_t *count;

          memcpy (key, user.data, MIN (user.len, sizeof key - 1));
          count = g_hash_table_lookup (counts, key);
          if (count == NULL)
            g_hash_table_insert (counts, g_strdup (key), count = g_new0 (uint64_t, 1));
          events += ++*count > 0;
        }
    }
  *ret_events = events;
  return (double) (tide_bench_cpu_us () - start) * 1e3 / (double) MAX (events, 1);
}

static double
time_own (TideMetric *metric, GPtrArray *batches, uint64_t *ret_events)
{
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  g_autoptr (TideGroups) groups = tide_groups_new (metric->n_by, metric->group_cap);
  g_autoptr (TidePanes) panes = tide_panes_new (metric, metric->stored_pane);
  int64_t start = tide_bench_cpu_us ();

  for (guint b = 0; b < batches->len; b++)
    {
      const TideBatch *batch = g_ptr_array_index (batches, b);

      tide_panes_fold (panes, plan, groups, batch, 0, batch->n);
    }
  *ret_events = tide_panes_get_events (panes);
  return (double) (tide_bench_cpu_us () - start) * 1e3 / (double) MAX (*ret_events, 1);
}

static bool
run_kind (TideBenchRun *run, const char *aggregate, GPtrArray *batches, TideWorkspace *workspace, double peer,
          uint64_t events, GError **error)
{
  g_auto (GStrv) words = g_strsplit (aggregate, "(", 2);
  g_autofree char *name = g_strconcat ("panes-", words[0], NULL);
  uint64_t folded;
  double own = time_own (tide_workspace_get_metric (workspace, words[0]), batches, &folded);

  if (folded != events)
    return tide_bench_differs ("the hash table", "", "", error);
  tide_bench_report (run, &(TideBenchRow){ .name = name,
                                           .value = own,
                                           .unit = "ns CPU an event",
                                           .peer = "a hash table of counts",
                                           .peer_value = peer,
                                           .goal = 50,
                                           .goal_of_value = true });
  return true;
}

static bool
run (TideBenchRun *run, GError **error)
{
  g_autoptr (GString) text = g_string_new ("[workspace]\nversion=1\nname=Benchmark\n\n");
  g_autoptr (TideWorkspace) workspace = NULL;
  g_autoptr (GPtrArray) batches = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_batch_unref);
  uint64_t events;
  double peer;

  g_string_append (text, tide_bench_stream_conf);
  for (guint i = 0; i < G_N_ELEMENTS (aggregates); i++)
    g_string_append_printf (text, "[metric %.*s]\nstream=events\naggregate=%s\nby=user\nevery=15min\n\n",
                            (int) strcspn (aggregates[i], "("), aggregates[i], aggregates[i]);
  workspace = tide_workspace_parse (NULL, text->str, tide_pipeline_catalog (), NULL);
  if (!tide_bench_batches (tide_workspace_get_stream (workspace, "events"), 0,
                           MIN (tide_bench_get_events (run, EVENTS), EVENTS), keep, batches, error))
    return false;
  peer = time_peer (batches, &events);
  for (guint i = 0; i < G_N_ELEMENTS (aggregates); i++)
    if (!run_kind (run, aggregates[i], batches, workspace, peer, events, error))
      return false;
  return true;
}

const TideBench tide_bench_panes = { { "panes", "an event into its pane, every kind of aggregate, 10,000 groups" }, run };
