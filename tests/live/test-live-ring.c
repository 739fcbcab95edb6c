/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the Live pane draws equals a sum over the events of each window, for events in any order, late ones too; groups
 * past the cap are in `other`; an edit of the workspace keeps what it is not about; rings that were rebuilt from the
 * store show what those before did; sketches stay within their bound. */
#include "live-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define START ((TideTime) 1767225600 * TIDE_SECOND)
#define HORIZON 300 /* seconds */
#define WINDOW 10

static const char text[] =
  "[workspace]\nversion=1\nname=test\n[live]\nhorizon=5min\n"
  "[stream s]\nformat=json\n[field s.city]\ntype=text\n[field s.amount]\ntype=int\n"
  "[metric by-city]\nstream=s\naggregate=sum(amount)\nby=city\nevery=10s\n";
#define COUNT_TEXT "[metric n]\nstream=s\naggregate=count\nevery=10s\n"

typedef struct
{
  int64_t second; /* from START */
  int city;
  int64_t amount;
} Event;

typedef struct
{
  GRand *rand;
  TideWorkspace *workspace;
  TideTime now;
  TideLive *live;
  GArray *events;
} World;

static TideTime
get_now (void *data)
{
  return ((World *) data)->now;
}

static TideWorkspace *
workspace_new (const char *base, const char *extra)
{
  static const TideSourceSpec *const sources[] = { NULL };
  const TideCatalog catalog = { sources, tide_aggregate_specs () };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autofree char *whole = g_strconcat (base, extra, NULL);
  TideWorkspace *workspace = tide_workspace_parse (NULL, whole, &catalog, problems);

  for (guint i = 0; i < problems->len; i++)
    g_error ("%s", ((TideProblem *) g_ptr_array_index (problems, i))->message);
  return workspace;
}

static TideLive *
live_new (World *world)
{
  const TideClock clock = { get_now, get_now, world };

  return tide_live_new (world->workspace, &clock);
}

static void
world_init (World *world)
{
  const char *set = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = set != NULL ? (guint32) strtoul (set, NULL, 10) : g_random_int ();

  g_test_message ("TIDE_TEST_SEED=%u", seed);
  world->rand = g_rand_new_with_seed (seed);
  world->workspace = workspace_new (text, "");
  world->now = START;
  world->events = g_array_new (FALSE, FALSE, sizeof (Event));
  world->live = live_new (world);
}

static void
world_clear (World *world)
{
  tide_live_free (world->live);
  tide_workspace_unref (world->workspace);
  g_array_unref (world->events);
  g_rand_free (world->rand);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static TideBatch *
make_batch (World *world, guint from, guint to)
{
  g_autoptr (TideBatchBuilder) builder
    = tide_batch_builder_new (tide_workspace_get_stream (world->workspace, "s"));

  for (guint i = from; i < to; i++)
    {
      const Event *event = &g_array_index (world->events, Event, i);
      g_autofree char *city = g_strdup_printf ("c%d", event->city);

      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, START + event->second * TIDE_SECOND);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, world->now);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0, city, strlen (city));
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 1, event->amount);
      tide_batch_builder_end_row (builder, 10);
    }
  return tide_batch_builder_finish (builder);
}

/* Events around now, one in six late by up to twice the horizon. */
static void
add_events (World *world, guint n, int cities)
{
  guint before = world->events->len;
  g_autoptr (TideBatch) batch = NULL;
  int64_t now = (world->now - START) / TIDE_SECOND;

  for (guint i = 0; i < n; i++)
    {
      bool late = g_rand_int_range (world->rand, 0, 6) == 0;
      int64_t second = now - g_rand_int_range (world->rand, 0, late ? 2 * HORIZON : 5);
      Event event = { .second = MAX (second, 0),
                      .city = g_rand_int_range (world->rand, 0, cities),
                      .amount = g_rand_int_range (world->rand, -5, 100) };

      g_array_append_val (world->events, event);
    }
  batch = make_batch (world, before, world->events->len);
  tide_live_add (world->live, batch);
}

/* Of the @window that ends with @second; city -1: those from @cities on. */
static int64_t
sum_window (const World *world, int64_t second, int city, int cities)
{
  int64_t sum = 0;

  for (guint i = 0; i < world->events->len; i++)
    {
      const Event *event = &g_array_index (world->events, Event, i);

      if (event->second > second - WINDOW && event->second <= second
          && (city < 0 ? event->city >= cities : event->city == city))
        sum += event->amount;
    }
  return sum;
}

static guint
check (World *world)
{
  TideLiveSnapshot *snapshot;
  const TideLiveMetric *metric;
  guint checked = 0;

  tide_live_publish (world->live);
  snapshot = tide_live_get_snapshot (world->live);
  metric = tide_live_snapshot_find (snapshot, "by-city");
  g_assert_cmpuint (metric->n, ==, HORIZON);
  for (guint k = 0; k < metric->n_series; k++)
    {
      const TideLiveSeries *series = &metric->series[k];
      int city = series->label[0] == 'c' ? atoi (series->label + 1) : -1;

      for (guint i = 0; i < metric->n; i++)
        {
          int64_t second = (int64_t) (metric->times[i] / TIDE_SECOND) - 1 - START / TIDE_SECOND;

          if (isnan (series->y[i]))
            continue;
          checked++;
          /* The others are not told apart here. */
          if (city >= 0)
            g_assert_cmpfloat (series->y[i], ==, (double) sum_window (world, second, city, 0));
        }
    }
  tide_live_snapshot_unref (snapshot);
  return checked;
}

static void
test_any_order (void)
{
  g_auto (World) world = { 0 };
  guint checked = 0;

  world_init (&world);
  for (guint step = 0; step < 60; step++)
    {
      add_events (&world, (guint) g_rand_int_range (world.rand, 1, 40), 5);
      world.now += g_rand_int_range (world.rand, 0, 10) == 0 ? HORIZON / 2 * TIDE_SECOND
                                                             : g_rand_int_range (world.rand, 0, 4) * TIDE_SECOND;
      checked += check (&world);
    }
  g_assert_cmpuint (checked, >, 1000);
}

/* Of 200 cities the first 64 have a line of their own; nothing of the rest is lost. Bytes stay what they were then. */
static void
test_groups (void)
{
  g_auto (World) world = { 0 };
  TideLiveSnapshot *snapshot;
  const TideLiveMetric *metric;
  double sum = 0, expected = 0;
  gsize bytes;

  world_init (&world);
  for (int i = 0; i < 200; i++)
    {
      Event event = { .second = 0, .city = i, .amount = 1 };

      g_array_append_val (world.events, event);
    }
  g_autoptr (TideBatch) batch = make_batch (&world, 0, 200);
  tide_live_add (world.live, batch);
  tide_live_publish (world.live);
  bytes = tide_live_get_bytes (world.live);
  snapshot = tide_live_get_snapshot (world.live);
  metric = tide_live_snapshot_find (snapshot, "by-city");
  g_assert_cmpuint (metric->n_series, ==, TIDE_LIVE_MAX_SERIES + 1);
  g_assert_cmpuint (metric->groups_seen, ==, 200);
  g_assert_cmpstr (metric->series[TIDE_LIVE_MAX_SERIES].label, ==, "other");
  for (guint k = 0; k < metric->n_series; k++)
    sum += tide_value_to_double (metric->series[k].latest);
  g_assert_cmpfloat (sum, ==, 200);
  g_assert_cmpfloat (tide_value_to_double (metric->series[TIDE_LIVE_MAX_SERIES].latest), ==,
                     200 - TIDE_LIVE_MAX_SERIES);
  g_assert_cmpfloat (tide_value_to_double (metric->latest), ==, 200);
  tide_live_snapshot_unref (snapshot);

  add_events (&world, 500, 200);
  check (&world);
  for (int i = 0; i < 200; i++)
    expected += (double) sum_window (&world, 0, i, 0);
  snapshot = tide_live_get_snapshot (world.live);
  metric = tide_live_snapshot_find (snapshot, "by-city");
  sum = 0;
  for (guint k = 0; k < metric->n_series; k++)
    sum += metric->series[k].y[metric->n - 1];
  g_assert_cmpfloat (sum, ==, expected);
  tide_live_snapshot_unref (snapshot);
  /* What grew is the tail of events, which has a bound of its own. */
  g_assert_cmpuint (tide_live_get_bytes (world.live), <, bytes + 1024 * 1024);
}

/* Both show the same. */
static void
assert_same (TideLive *a, TideLive *b, const char *name)
{
  TideLiveSnapshot *x = tide_live_get_snapshot (a), *y = tide_live_get_snapshot (b);
  const TideLiveMetric *m = tide_live_snapshot_find (x, name), *n = tide_live_snapshot_find (y, name);

  g_assert_cmpuint (m->n_series, ==, n->n_series);
  g_assert_cmpint (m->newest, ==, n->newest);
  for (guint k = 0; k < m->n_series; k++)
    {
      g_assert_cmpuint (m->series[k].group, ==, n->series[k].group);
      g_assert_cmpstr (m->series[k].label, ==, n->series[k].label);
      for (guint i = 0; i < m->n; i++)
        g_assert_true (m->series[k].y[i] == n->series[k].y[i]
                       || (isnan (m->series[k].y[i]) && isnan (n->series[k].y[i])));
    }
  tide_live_snapshot_unref (x);
  tide_live_snapshot_unref (y);
}

/* Another title and another metric leave a ring as it is; another definition starts anew. */
static void
test_edit (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (TideLive) kept = NULL;
  g_autoptr (TideWorkspace) edited = NULL, changed = NULL;
  TideLiveSnapshot *snapshot;

  world_init (&world);
  kept = live_new (&world);
  for (guint i = 0; i < 20; i++)
    {
      add_events (&world, 30, 4);
      g_autoptr (TideBatch) batch = make_batch (&world, world.events->len - 30, world.events->len);
      tide_live_add (kept, batch);
      world.now += TIDE_SECOND;
    }
  edited = workspace_new (text, "title=Money\nunit=EUR\n" COUNT_TEXT);
  tide_live_set_workspace (world.live, edited);
  tide_live_publish (world.live);
  tide_live_publish (kept);
  assert_same (world.live, kept, "by-city");
  snapshot = tide_live_get_snapshot (world.live);
  g_assert_cmpstr (tide_live_snapshot_find (snapshot, "by-city")->metric->title, ==, "Money");
  g_assert_cmpuint (tide_live_snapshot_find (snapshot, "n")->events, ==, 0);
  tide_live_snapshot_unref (snapshot);

  changed = workspace_new (text, "where=amount > 50\n" COUNT_TEXT);
  tide_live_set_workspace (world.live, changed);
  tide_live_publish (world.live);
  snapshot = tide_live_get_snapshot (world.live);
  g_assert_cmpuint (tide_live_snapshot_find (snapshot, "by-city")->events, ==, 0);
  tide_live_snapshot_unref (snapshot);
}

/* From the same events in other batches, and groups as the store numbered them. */
static void
test_rebuild (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (TideLive) rebuilt = NULL;
  g_autoptr (TideGroups) groups = tide_groups_new (1, 10000);

  world_init (&world);
  for (guint i = 0; i < 40; i++)
    {
      add_events (&world, (guint) g_rand_int_range (world.rand, 1, 60), 80);
      world.now += 2 * TIDE_SECOND;
    }
  for (guint i = 0; i < world.events->len; i++)
    {
      g_autofree char *city = g_strdup_printf ("c%d", g_array_index (world.events, Event, i).city);
      TideText value = tide_text (city);

      tide_groups_add (groups, &value, i + 1);
    }
  rebuilt = live_new (&world);
  tide_live_set_groups (rebuilt, "by-city", groups);
  for (guint from = 0; from < world.events->len;)
    {
      guint step = (guint) g_rand_int_range (world.rand, 1, 500), to = MIN (from + step, world.events->len);
      g_autoptr (TideBatch) batch = make_batch (&world, from, to);

      tide_live_restore (rebuilt, batch);
      from = to;
    }
  tide_live_publish (world.live);
  tide_live_publish (rebuilt);
  assert_same (world.live, rebuilt, "by-city");
}

/* Nothing matches for longer than the window: a count is 0 and fresh, an average has no newer value. */
static void
test_quiet (void)
{
  static const char rare[] = "[metric big]\nstream=s\naggregate=count\nwhere=amount > 90\nevery=10s\n"
                             "[metric mean]\nstream=s\naggregate=avg(amount)\nwhere=amount > 90\nevery=10s\n";
  g_auto (World) world = { 0 };
  TideLiveSnapshot *snapshot;
  const TideLiveMetric *big, *mean;

  world_init (&world);
  tide_workspace_unref (world.workspace);
  world.workspace = workspace_new (text, rare);
  tide_live_set_workspace (world.live, world.workspace);
  for (int i = 0; i <= 30; i++)
    {
      Event event = { .second = i, .city = 1, .amount = i == 0 ? 95 : 5 };
      g_autoptr (TideBatch) batch = NULL;

      g_array_append_val (world.events, event);
      batch = make_batch (&world, world.events->len - 1, world.events->len);
      tide_live_add (world.live, batch);
      world.now += TIDE_SECOND;
      tide_live_publish (world.live);
    }
  snapshot = tide_live_get_snapshot (world.live);
  big = tide_live_snapshot_find (snapshot, "big");
  mean = tide_live_snapshot_find (snapshot, "mean");
  g_assert_cmpint (big->newest, ==, START + 30 * TIDE_SECOND);
  g_assert_cmpfloat (tide_value_to_double (big->latest), ==, 0);
  g_assert_cmpint (mean->newest, ==, START);
  g_assert_cmpfloat (tide_value_to_double (mean->latest), ==, 95);
  tide_live_snapshot_unref (snapshot);
}

#define KINDS 200 /* different amounts a second, in four cities */

static void
add_kinds (World *world, TideLiveRing *ring, int64_t second)
{
  guint before = world->events->len;
  g_autoptr (TideBatch) batch = NULL;

  for (int i = 0; i < KINDS; i++)
    {
      Event event = { .second = second, .city = i % 4, .amount = second * KINDS + i };

      g_array_append_val (world->events, event);
    }
  batch = make_batch (world, before, world->events->len);
  tide_live_ring_add (ring, batch);
}

/* Adds @seconds and asks after each; returns the largest difference from what the window holds, and the last snapshot. */
static double
fill_ring (World *world, TideLiveRing *ring, guint seconds, gsize max_bytes, TideLiveMetric *ret_metric)
{
  int64_t start = START / TIDE_SECOND;
  double worst = 0;
  gsize empty = 0;

  tide_live_ring_set_max_bytes (ring, max_bytes);
  for (guint second = 0; second < seconds; second++)
    {
      if (second > 0)
        tide_live_metric_clear (ret_metric);
      add_kinds (world, ring, second);
      if (second == 0)
        empty = tide_live_ring_get_bytes (ring);
      g_assert_cmpuint (tide_live_ring_get_bytes (ring), <=, empty + max_bytes);
      tide_live_ring_snapshot (ring, start + second, HORIZON, ret_metric, NULL);
      double off = fabs (tide_value_to_double (ret_metric->latest) / (MIN (second + 1, WINDOW) * KINDS) - 1);

      worst = isnan (off) ? INFINITY : fmax (worst, off);
    }
  return worst;
}

/* What is forgotten changes no value that was shown, and no window that is kept whole. */
static void
test_bytes (void)
{
  g_auto (World) world = { 0 };
  g_autoptr (TideWorkspace) workspace
    = workspace_new (text, "[metric kinds]\nstream=s\naggregate=distinct(amount)\nby=city\nevery=10s\n");
  TideMetric *kinds = tide_workspace_get_metric (workspace, "kinds");
  TideLiveRing *ring = tide_live_ring_new (kinds, HORIZON * TIDE_SECOND);
  TideLiveMetric metric;

  world_init (&world);
  g_assert_cmpfloat (fill_ring (&world, ring, HORIZON, 128 * 1024, &metric), <, 0.01);
  add_kinds (&world, ring, 20); /* late by more than is kept */
  tide_live_metric_clear (&metric);
  tide_live_ring_snapshot (ring, START / TIDE_SECOND + HORIZON - 1, HORIZON, &metric, NULL);
  for (guint i = WINDOW; i < HORIZON; i++)
    g_assert_cmpfloat (fabs (metric.series[0].y[i] / (WINDOW * KINDS / 4) - 1), <, 0.01);
  tide_live_metric_clear (&metric);
  tide_live_ring_unref (ring);

  /* A window that does not fit has no value. */
  ring = tide_live_ring_new (kinds, HORIZON * TIDE_SECOND);
  fill_ring (&world, ring, 2 * WINDOW, 8 * 1024, &metric);
  g_assert_true (isnan (tide_value_to_double (metric.latest)) && isnan (metric.series[0].y[HORIZON - 1]));
  tide_live_metric_clear (&metric);
  tide_live_ring_unref (ring);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live/ring/any-order", test_any_order);
  g_test_add_func ("/live/ring/groups", test_groups);
  g_test_add_func ("/live/ring/edit", test_edit);
  g_test_add_func ("/live/ring/rebuild", test_rebuild);
  g_test_add_func ("/live/ring/quiet", test_quiet);
  g_test_add_func ("/live/ring/bytes", test_bytes);
  return g_test_run ();
}
