/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block with a flipped bit: reads go on without it, and whoever asks is told how many events lack and from which on;
 * also once the block lies below the cut, where no query reads it any more. */
#include "pipeline.h"

#include <glib/gstdio.h>
#include <string.h>

static const char workspace_text[] = "[workspace]\nversion=1\nname=test\n"
                                     "[stream s]\nformat=json\ntime=t\n"
                                     "[field s.t]\ntype=time\n[field s.x]\ntype=int\n"
                                     "[metric n]\nstream=s\naggregate=count\nevery=1min\n"
                                     "[metric x]\nstream=s\naggregate=sum(x)\nevery=1min\n"
                                     "[metric mean]\nstream=s\naggregate=ratio(x, n)\nevery=1min\n";

#define PER_BLOCK 20
#define START ((TideTime) 1767225600 * TIDE_SECOND)

typedef struct
{
  char *dir;
  TideWorkspace *workspace;
  TideStore *store;
  TideWriter *writer;
  TideServing *serving;
  int64_t events;
} World;

static void
add_block (World *world)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (tide_workspace_get_stream (world->workspace, "s"));
  TidePosition position = { .offset = world->events + PER_BLOCK };
  TideDelivery delivery = { .source = "src", .positions = &position, .n_positions = 1 };
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < PER_BLOCK; i++)
    {
      TideTime time = START + world->events * TIDE_SECOND;

      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, time);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, time);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_SOURCE, "src", 3);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_PARTITION, 0);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_OFFSET, world->events);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 0, time);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 1, ++world->events);
      tide_batch_builder_end_row (builder, 100);
    }
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  delivery.batch = batch;
  g_assert_true (tide_writer_push (world->writer, &delivery, NULL, &error));
  g_assert_true (tide_writer_flush (world->writer, &error));
  g_assert_no_error (error);
}

/* One bit in the middle of each column of the block that begins at an event. */
static bool
flip (sqlite3 *db, void *first, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "UPDATE block_column SET data = CAST(substr(data, 1, length(data)/2) || x'ff' || substr(data, length(data)/2 + 2)"
      " AS BLOB) WHERE id >> 10 = (SELECT id FROM block WHERE first_seq=%d) AND substr(data, length(data)/2 + 1, 1)<>x'ff'",
      *(int *) first);

  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_changes (db), >, 0);
  return true;
}

static void
check (World *world, const char *metric, TideView view, int64_t value, uint64_t corrupt, TideSeq first)
{
  TideQuery query = { .metric = tide_workspace_get_metric (world->workspace, metric), .view = view,
                      .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideRows) rows = tide_serving_query (world->serving, &query, NULL, &error);

  g_assert_no_error (error);
  if (value >= 0)
    g_assert_true (tide_value_equal (rows->total, tide_value_exact (value, 0)));
  g_assert_cmpuint (rows->corrupt_events, ==, corrupt);
  g_assert_cmpint (rows->first_corrupt, ==, first);
}

static void
roll_up (World *world)
{
  TideRun run = { .id = 1 };
  g_autoptr (GError) error = NULL;

  tide_rollup_run (world->store, world->writer, world->workspace, "s", 0, NULL, &run, &error);
  g_assert_no_error (error);
}

static void
test_flipped_bit (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (GError) error = NULL;
  World world = { .dir = g_dir_make_tmp ("tidemark-damage-XXXXXX", NULL) };
  int second = PER_BLOCK + 1;

  world.workspace = tide_workspace_parse (world.dir, workspace_text, tide_pipeline_catalog (), problems);
  g_assert_cmpuint (problems->len, ==, 0);
  world.store = tide_store_open (world.dir, TIDE_STORE_WRITE, &error);
  g_assert_no_error (error);
  world.writer = tide_writer_new (world.store, NULL, &error);
  g_assert_no_error (error);
  world.serving = tide_serving_new (world.store, world.workspace, NULL);
  for (int i = 0; i < 3; i++)
    add_block (&world);
  check (&world, "n", TIDE_VIEW_RECOMPUTE, 60, 0, 0);
  g_assert_true (tide_writer_call (world.writer, flip, &second, &error));
  check (&world, "n", TIDE_VIEW_MERGED, 40, 20, second);
  check (&world, "n", TIDE_VIEW_RECOMPUTE, 40, 20, second);
  check (&world, "mean", TIDE_VIEW_MERGED, -1, 40, second); /* 20 each of its two */
  roll_up (&world);
  add_block (&world);
  check (&world, "n", TIDE_VIEW_HISTORICAL, 40, 20, second);
  check (&world, "n", TIDE_VIEW_MERGED, 60, 20, second);
  check (&world, "x", TIDE_VIEW_MERGED, 80 * 81 / 2 - (21 + 40) * 10, 20, second);
  roll_up (&world);
  check (&world, "n", TIDE_VIEW_MERGED, 60, 20, second);
  /* Built anew it lacks them once more, not twice. */
  g_assert_true (tide_rollup_reset (world.writer, tide_workspace_get_metric (world.workspace, "n"), &error));
  roll_up (&world);
  check (&world, "n", TIDE_VIEW_MERGED, 60, 20, second);
  tide_serving_free (world.serving);
  tide_writer_free (world.writer);
  tide_store_unref (world.store);
  tide_workspace_unref (world.workspace);
  for (const char *const *name = (const char *const[]){ "tidemark.db", ".tidemark.lock", NULL }; *name != NULL; name++)
    {
      g_autofree char *path = g_build_filename (world.dir, *name, NULL);

      g_unlink (path);
    }
  g_rmdir (world.dir);
  g_free (world.dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pipeline/damage/flipped-bit", test_flipped_bit);
  return g_test_run ();
}
