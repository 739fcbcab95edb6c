/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What grows with its input is filled to its bound in bytes, and the bound holds: the writer's queue while nothing is
 * committed, the cache of speed parts while metrics are asked for in turn, the tail of newest events, what the event
 * browser reads at once. Nothing is lost by it. (The rings' sketches: tests/live/test-live-ring.c; groups:
 * tests/state/test-state-groups.c; what is rejected: tests/ingest/test-ingest-source-run.c; rows of the browsers:
 * tests/app/test-app-newest-first.c; the WAL: tests/store/test-store-writer.c.) */
#include "pipeline-private.h"
#include "serving-private.h"

#include <glib/gstdio.h>
#include <string.h>

static const char workspace_text[] = "[workspace]\nversion=1\nname=test\n"
                                     "[stream s]\nformat=json\ntime=t\n"
                                     "[field s.t]\ntype=time\n[field s.user]\ntype=text\n[field s.x]\ntype=int\n"
                                     "[metric p95]\nstream=s\naggregate=p95(x)\nby=user\nevery=1min\n"
                                     "[metric p99]\nstream=s\naggregate=p99(x)\nby=user\nevery=1min\n";

#define START ((TideTime) 1767225600 * TIDE_SECOND)
#define USERS 100
#define SPEED_MAX_BYTES (64 * 1024 * 1024)
#define TAIL_MAX_BYTES (2 * 1024 * 1024)

typedef struct
{
  char *dir;
  TideWorkspace *workspace;
  TideStore *store;
  TideWriter *writer;
  int64_t events;
} World;

static void
world_init (World *world)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (GError) error = NULL;

  *world = (World){ .dir = g_dir_make_tmp ("tidemark-bounds-XXXXXX", NULL) };
  world->workspace = tide_workspace_parse (world->dir, workspace_text, tide_pipeline_catalog (), problems);
  g_assert_cmpuint (problems->len, ==, 0);
  world->store = tide_store_open (world->dir, TIDE_STORE_WRITE, &error);
  g_assert_no_error (error);
  world->writer = tide_writer_new (world->store, NULL, &error);
  g_assert_no_error (error);
}

static void
world_clear (World *world)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", world->dir);

  tide_writer_free (world->writer);
  tide_store_unref (world->store);
  tide_workspace_unref (world->workspace);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (world->dir);
}

/* Every user once a minute. @payload: how long the user's name is made. */
static TideBatch *
make_batch (World *world, guint n, gsize name_bytes)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (tide_workspace_get_stream (world->workspace, "s"));
  g_autofree char *name = g_strnfill (name_bytes, 'x');

  for (guint i = 0; i < n; i++, world->events++)
    {
      TideTime time = START + world->events / USERS * TIDE_MINUTE;
      char digits[24];

      memcpy (name, digits, (gsize) g_snprintf (digits, sizeof digits, "%08d", (int) (world->events % USERS)));
      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, time);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, time);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_SOURCE, "src", 3);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_PARTITION, 0);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_OFFSET, world->events);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, time);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0 + 1, name, name_bytes);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 2, world->events % 1000 + 1);
      tide_batch_builder_end_row (builder, name_bytes);
    }
  return tide_batch_builder_finish (builder);
}

static void
push (World *world, TideBatch *batch)
{
  TidePosition position = { .offset = world->events };
  TideDelivery delivery = { .source = "src", .batch = batch, .positions = &position, .n_positions = 1 };
  g_autoptr (GError) error = NULL;

  tide_writer_push (world->writer, &delivery, NULL, &error);
  g_assert_no_error (error);
}

static TideSeq
stored (World *world)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (world->store, NULL);
  TideStreamFacts facts = { 0 };

  g_assert_true (tide_reader_begin (reader, 0, NULL, NULL));
  g_assert_true (tide_store_get_stream_facts (reader, "s", &facts, NULL));
  tide_reader_end (reader);
  return facts.last_seq;
}

/* --- the writer's queue --- */

typedef struct
{
  GMutex lock;
  GCond cond;
  bool entered, released;
} Door;

static bool
wait_at_door (sqlite3 *db, void *data, GError **error)
{
  Door *door = data;

  g_mutex_lock (&door->lock);
  door->entered = true;
  g_cond_broadcast (&door->cond);
  while (!door->released)
    g_cond_wait (&door->cond, &door->lock);
  g_mutex_unlock (&door->lock);
  return true;
}

typedef struct
{
  World *world;
  Door door;
} Stuck;

static void *
hold_writer (void *data)
{
  Stuck *stuck = data;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  g_assert_true (tide_writer_call (stuck->world->writer, wait_at_door, &stuck->door, NULL));
  return NULL;
}

static void *
push_many (void *data)
{
  tide_thread_set_role (TIDE_THREAD_SOURCE);
  for (int i = 0; i < 100; i++)
    {
      g_autoptr (TideBatch) batch = make_batch (data, USERS, 8 * 1024);

      push (data, batch);
    }
  return NULL;
}

/* Whoever pushes waits once the queue is full, and goes on when it empties. */
static void
test_queue (void)
{
  World world;
  Stuck stuck = { .world = &world };
  GThread *holder, *pusher;
  gsize bytes = 0, max = 0;

  world_init (&world);
  holder = g_thread_new ("holder", hold_writer, &stuck);
  g_mutex_lock (&stuck.door.lock);
  while (!stuck.door.entered)
    g_cond_wait (&stuck.door.cond, &stuck.door.lock);
  g_mutex_unlock (&stuck.door.lock);
  pusher = g_thread_new ("pusher", push_many, &world);
  /* 80 MB are on their way; one more batch of 0.8 MB does not fit any more. */
  for (gint64 until = g_get_monotonic_time () + 60 * G_USEC_PER_SEC; bytes + 1024 * 1024 < max || max == 0;)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until);
      g_thread_yield ();
      tide_writer_get_queue (world.writer, &bytes, &max);
      g_assert_cmpuint (bytes, <=, max);
    }
  g_mutex_lock (&stuck.door.lock);
  stuck.door.released = true;
  g_cond_broadcast (&stuck.door.cond);
  g_mutex_unlock (&stuck.door.lock);
  g_thread_join (pusher);
  g_thread_join (holder);
  g_assert_true (tide_writer_flush (world.writer, NULL));
  g_assert_cmpint (stored (&world), ==, 100 * USERS);
  world_clear (&world);
}

/* --- speed parts --- */

static gsize
cached (TideServing *serving, const char *metric)
{
  TideSpeed *speed = g_hash_table_lookup (serving->speeds, metric);

  return speed == NULL ? 0 : speed->bytes;
}

static double
ask (World *world, TideServing *serving, const char *metric)
{
  TideQuery query = { .metric = tide_workspace_get_metric (world->workspace, metric), .view = TIDE_VIEW_MERGED,
                      .from = START + TIDE_MINUTE, .to = START + 2 * TIDE_MINUTE };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideRows) rows = tide_serving_query (serving, &query, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (rows->n, ==, USERS);
  g_assert_cmpuint (cached (serving, "p95") + cached (serving, "p99"), <=, SPEED_MAX_BYTES);
  return tide_value_to_double (rows->rows[0].value);
}

/* Each of two fits alone: the one that was asked for last stays, and the other is made again. */
static void
test_speed_parts (void)
{
  g_autoptr (TideServing) serving = NULL;
  World world;
  double first;

  world_init (&world);
  for (int i = 0; i < 50; i++)
    {
      g_autoptr (TideBatch) batch = make_batch (&world, 4000, 8);

      push (&world, batch);
    }
  g_assert_true (tide_writer_flush (world.writer, NULL));
  serving = tide_serving_new (world.store, world.workspace, NULL);
  first = ask (&world, serving, "p95");
  g_assert_cmpuint (cached (serving, "p95"), >, SPEED_MAX_BYTES / 2);
  ask (&world, serving, "p99");
  g_assert_cmpuint (cached (serving, "p95"), ==, 0);
  g_assert_cmpuint (cached (serving, "p99"), >, SPEED_MAX_BYTES / 2);
  g_assert_cmpfloat (ask (&world, serving, "p95"), ==, first);
  g_assert_cmpuint (cached (serving, "p99"), ==, 0);
  g_clear_pointer (&serving, tide_serving_free);
  world_clear (&world);
}

/* --- the newest events --- */

static void
test_tail (void)
{
  World world;
  TideLive *live;

  world_init (&world);
  live = tide_live_new (world.workspace, NULL);
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (TideBatch) batch = make_batch (&world, 50, 8 * 1024);
      TideLiveSnapshot *snapshot;
      gsize bytes = 0;

      tide_live_add (live, batch);
      tide_live_publish (live);
      snapshot = tide_live_get_snapshot (live);
      for (guint k = 0; k < snapshot->streams[0].n_tail; k++)
        bytes += tide_batch_get_bytes (snapshot->streams[0].tail[k]);
      g_assert_cmpuint (bytes, <=, TAIL_MAX_BYTES);
      tide_live_snapshot_unref (snapshot);
    }
  tide_live_free (live);
  world_clear (&world);
}

/* --- what the event browser reads --- */

static void
test_events (void)
{
  World world;

  world_init (&world);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (TideBatch) batch = make_batch (&world, 10, 900 * 1024);

      push (&world, batch);
    }
  g_assert_true (tide_writer_flush (world.writer, NULL));
  TideServing *serving = tide_serving_new (world.store, world.workspace, NULL);
  const TideStream *stream = tide_workspace_get_stream (world.workspace, "s");
  TideSeq before = 0;
  guint n = 0;
  do
    {
      g_autoptr (GPtrArray) events = tide_serving_get_events (serving, stream, NULL, before, 100, 1000, NULL, NULL);
      gsize bytes = 0;

      g_assert_cmpuint (events->len, >, 0);
      for (guint i = 0; i < events->len; i++)
        bytes += ((TideEvent *) g_ptr_array_index (events, i))->bytes;
      g_assert_cmpuint (bytes, <, 9 * 1024 * 1024);
      n += events->len;
      before = ((TideEvent *) g_ptr_array_index (events, events->len - 1))->seq;
    }
  while (before > 1);
  g_assert_cmpuint (n, ==, 30);
  tide_serving_free (serving);
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  tide_thread_set_role (TIDE_THREAD_WORKER);
  g_test_add_func ("/bounds/queue", test_queue);
  g_test_add_func ("/bounds/speed-parts", test_speed_parts);
  g_test_add_func ("/bounds/tail", test_tail);
  g_test_add_func ("/bounds/events", test_events);
  return g_test_run ();
}
