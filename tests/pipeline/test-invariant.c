/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The invariant: merged at S == folded base ⊕ recompute of all stored events up to S, and both equal what an oracle
 * counted that never forgot an event; under random interleavings of ingest, late events, roll-ups, sealing, retention
 * and restarts. The seed is printed; TIDE_TEST_SEED repeats a run, TIDE_TEST_STEPS lengthens it. */
#include "pipeline.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define START ((TideTime) 1767225600 * TIDE_SECOND) /* 2026-01-01 */

static const char workspace_text[] =
  "[workspace]\nversion=1\nname=test\n"
  "[stream s]\nformat=json\ntime=t\n"
  "[field s.t]\ntype=time\n[field s.city]\ntype=text\n[field s.amount]\ntype=decimal(2)\n[field s.x]\ntype=real\n"
  "[field s.user]\ntype=int\n"
  "[metric n]\nstream=s\naggregate=count\nevery=1min\n"
  "[metric amount]\nstream=s\naggregate=sum(amount)\nby=city\nevery=1min\n"
  "[metric capped]\nstream=s\naggregate=count\nby=user\nevery=15min\ngroup-cap=7\n"
  "[metric big]\nstream=s\naggregate=count\nwhere=amount > 50 AND city <> 'c1'\nby=city\nevery=5min\n"
  "[metric avg-x]\nstream=s\naggregate=avg(x)\nevery=1min\n"
  "[metric low]\nstream=s\naggregate=min(amount)\nevery=1min\n"
  "[metric high]\nstream=s\naggregate=max(x)\nby=city\nevery=1h\n"
  "[metric slow]\nstream=s\naggregate=p95(amount)\nby=city\nevery=1min\nover=5min\n"
  "[metric users]\nstream=s\naggregate=distinct(user)\nevery=15min\n"
  "[metric share]\nstream=s\naggregate=ratio(big, big)\nevery=5min\n";

typedef struct
{
  GRand *rand;
  char *dir;
  TideWorkspace *workspace;
  TideStore *store;
  TideWriter *writer;
  TideServing *serving;
  TideTime now;          /* of the stream: event times lie around it */
  int64_t offset;
  gint64 runs;
  GHashTable *oracle;    /* "pane city" → sum in cents */
  guint64 events;
} World;

static void
world_open (World *world)
{
  static const TideWriterEvents none = { 0 };
  g_autoptr (GError) error = NULL;

  world->store = tide_store_open (world->dir, TIDE_STORE_WRITE, &error);
  g_assert_no_error (error);
  world->writer = tide_writer_new (world->store, &none, &error);
  g_assert_no_error (error);
  world->serving = tide_serving_new (world->store, world->workspace, NULL);
}

static void
world_close (World *world)
{
  tide_serving_free (world->serving);
  tide_writer_free (world->writer);
  tide_store_unref (world->store);
}

static void
count_event (World *world, TideTime time, const char *city, int64_t cents)
{
  g_autofree char *key = g_strdup_printf ("%" G_GINT64_FORMAT " %s", (gint64) (time - time % TIDE_MINUTE),
                                          city != NULL ? city : "-");
  int64_t *sum = g_hash_table_lookup (world->oracle, key);

  if (sum == NULL)
    {
      sum = g_new0 (int64_t, 1);
      g_hash_table_insert (world->oracle, g_steal_pointer (&key), sum);
    }
  *sum += cents;
}

static void
add_event (World *world, TideBatchBuilder *builder)
{
  GRand *rand = world->rand;
  bool late = g_rand_int_range (rand, 0, 10) == 0;
  TideTime time = world->now - (TideTime) g_rand_int_range (rand, 0, late ? 7200 : 20) * TIDE_SECOND;
  g_autofree char *city = g_rand_int_range (rand, 0, 20) == 0
                              ? NULL
                              : g_strdup_printf ("c%d", g_rand_int_range (rand, 0, 6));
  int64_t cents = g_rand_int_range (rand, -500, 10000);

  tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, time);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, world->now);
  tide_batch_builder_set_text (builder, TIDE_COLUMN_SOURCE, "src", 3);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_PARTITION, 0);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_OFFSET, world->offset++);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 0, time);
  if (city != NULL)
    tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0 + 1, city, strlen (city));
  tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 2, cents);
  tide_batch_builder_set_real (builder, TIDE_COLUMN_FIELD0 + 3, g_rand_double_range (rand, -1, 1));
  tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 4, g_rand_int_range (rand, 0, 400));
  tide_batch_builder_end_row (builder, 100);
  count_event (world, time, city, cents);
  world->events++;
}

static void
ingest (World *world)
{
  const TideStream *stream = tide_workspace_get_stream (world->workspace, "s");
  guint batches = (guint) g_rand_int_range (world->rand, 1, 4);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < batches; i++)
    {
      g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
      g_autoptr (TideBatch) batch = NULL;
      guint n = (guint) g_rand_int_range (world->rand, 1, 300);
      TidePosition position = { .partition = 0 };
      TideDelivery delivery = { .source = "src", .positions = &position, .n_positions = 1 };

      world->now += (TideTime) g_rand_int_range (world->rand, 0, 120) * TIDE_SECOND;
      for (guint k = 0; k < n; k++)
        add_event (world, builder);
      batch = tide_batch_builder_finish (builder);
      delivery.batch = batch;
      position.offset = world->offset;
      g_assert_true (tide_writer_push (world->writer, &delivery, NULL, &error));
      g_assert_no_error (error);
    }
  g_assert_true (tide_writer_flush (world->writer, &error));
  g_assert_no_error (error);
}

static void
roll_up (World *world)
{
  TideRun run = { .id = ++world->runs };
  g_autoptr (GError) error = NULL;

  tide_rollup_run (world->store, world->writer, world->workspace, "s", 0, NULL, &run, &error);
  g_assert_no_error (error);
}

static void
retain (World *world)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (tide_writer_retain (world->writer, world->workspace, "s",
                                       world->now - (TideTime) g_rand_int_range (world->rand, 600, 20000) * TIDE_SECOND,
                                       &error),
                   >=, 0);
  g_assert_no_error (error);
}

static void
check_oracle (World *world)
{
  TideQuery query = { .metric = tide_workspace_get_metric (world->workspace, "amount"), .view = TIDE_VIEW_MERGED,
                      .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideRows) rows = tide_serving_query (world->serving, &query, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (rows->n, ==, g_hash_table_size (world->oracle));
  for (guint i = 0; i < rows->n; i++)
    {
      const TideGroup *group = tide_groups_get (rows->groups, rows->rows[i].group);
      g_autofree char *city = group->values[0].data != NULL
                                  ? g_strndup (group->values[0].data, group->values[0].len)
                                  : g_strdup ("-");
      g_autofree char *key = g_strdup_printf ("%" G_GINT64_FORMAT " %s", (gint64) rows->rows[i].time, city);
      int64_t *sum = g_hash_table_lookup (world->oracle, key);

      g_assert_nonnull (sum);
      g_assert_true (tide_value_equal (rows->rows[i].value, tide_value_exact (*sum, 2)));
    }
}

static void
check (World *world)
{
  for (guint i = 0; i < world->workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (world->workspace->metrics, i);
      TideQuery query = { .metric = metric, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
      g_autoptr (GError) error = NULL;
      g_autoptr (TideVerification) found = tide_serving_verify (world->serving, &query, NULL, NULL, NULL, &error);

      g_assert_no_error (error);
      if (!found->equal)
        g_error ("%s differs in %u of %u panes", metric->name, found->n_differences, found->panes);
    }
  check_oracle (world);
}

static void
step (World *world)
{
  g_autoptr (GError) error = NULL;

  switch (g_rand_int_range (world->rand, 0, 12))
    {
    case 0:
    case 1:
      roll_up (world);
      break;
    case 2:
      g_assert_true (tide_writer_seal (world->writer, &error));
      break;
    case 3:
      retain (world);
      break;
    case 4:
      world_close (world);
      world_open (world);
      break;
    case 5:
    case 6:
      check (world);
      break;
    default:
      ingest (world);
    }
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      g_unlink (child);
    }
  g_rmdir (path);
}

static void
test_interleavings (void)
{
  const char *seed_text = g_getenv ("TIDE_TEST_SEED"), *steps_text = g_getenv ("TIDE_TEST_STEPS");
  guint32 seed = seed_text != NULL ? (guint32) strtoul (seed_text, NULL, 10) : g_random_int ();
  guint steps = steps_text != NULL ? (guint) strtoul (steps_text, NULL, 10) : 120;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  World world = { .now = START };

  g_test_message ("seed %u", seed);
  world.rand = g_rand_new_with_seed (seed);
  world.dir = g_dir_make_tmp ("tidemark-invariant-XXXXXX", NULL);
  world.workspace = tide_workspace_parse (world.dir, workspace_text, tide_pipeline_catalog (), problems);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", ((TideProblem *) g_ptr_array_index (problems, i))->message);
  g_assert_cmpuint (problems->len, ==, 0);
  world.oracle = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  world_open (&world);
  for (guint i = 0; i < steps; i++)
    step (&world);
  check (&world);
  world_close (&world);
  g_test_message ("%" G_GUINT64_FORMAT " events in %u steps", world.events, steps);
  g_hash_table_unref (world.oracle);
  tide_workspace_unref (world.workspace);
  g_rand_free (world.rand);
  remove_folder (world.dir);
  g_free (world.dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pipeline/invariant/interleavings", test_interleavings);
  return g_test_run ();
}
