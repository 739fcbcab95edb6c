/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The invariant: merged at S == folded base ⊕ recompute of all stored events up to S, and both equal what an oracle
 * counted that never forgot an event; under random interleavings of ingest, late events, roll-ups, sealing, retention
 * by age and by size, restarts, and metrics that are added, removed and defined anew, with backfills in chunks that are
 * cancelled in the middle. The seed is printed; TIDE_TEST_SEED repeats a run, TIDE_TEST_STEPS lengthens it. */
#include "pipeline.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define START ((TideTime) (1767225600 - 1800) * TIDE_SECOND) /* 2025-12-31T23:30:00Z: a day ends while it runs */

static const char fixed_text[] =
  "[workspace]\nversion=1\nname=test\n"
  "[stream s]\nformat=json\ntime=t\n"
  "[field s.t]\ntype=time\n[field s.city]\ntype=text\n[field s.amount]\ntype=decimal(2)\n[field s.x]\ntype=real\n"
  "[field s.user]\ntype=int\n"
  "[metric n]\nstream=s\naggregate=count\nevery=1min\n"
  "[metric amount]\nstream=s\naggregate=sum(amount)\nby=city\nevery=1min\n"
  "[metric capped]\nstream=s\naggregate=count\nby=user\nevery=15min\ngroup-cap=7\n"
  "[metric avg-x]\nstream=s\naggregate=avg(x)\nevery=1min\n"
  "[metric low]\nstream=s\naggregate=min(amount)\nevery=1min\n"
  "[metric high]\nstream=s\naggregate=max(x)\nby=city\nevery=1h\n"
  "[metric slow]\nstream=s\naggregate=p95(amount)\nby=city\nevery=1min\nover=5min\n"
  "[metric users]\nstream=s\naggregate=distinct(user)\nevery=15min\n"
  "[metric share]\nstream=s\naggregate=ratio(big, big)\nevery=5min\n";

/* Those that come and go. */
static const char *const optional_texts[] = {
  "[metric users-of]\nstream=s\naggregate=distinct(user)\nby=city\nevery=15min\n",
  "[metric total-x]\nstream=s\naggregate=sum(x)\nwhere=user < 100\nevery=1min\n",
  "[metric cheap]\nstream=s\naggregate=p50(amount)\nwhere=amount < 20\nevery=5min\n",
};

/* What big counts: amounts over so much, in cents, outside c1. */
static const int64_t limits[] = { 5000, 1000, 9000, 0 };

/* An event as the oracle keeps it. */
typedef struct
{
  TideTime time;
  int city; /* -1: none */
  int64_t cents;
} Event;

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
  GArray *log;           /* Event */
  guint limit;           /* of big */
  guint options;         /* bits: those of optional_texts that there are */
  guint redefined, cancelled, stood_in, old_rows;
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

static TideWorkspace *
make_workspace (const World *world)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (GString) text = g_string_new (fixed_text);
  TideWorkspace *workspace;

  g_string_append_printf (text,
                          "[metric big]\nstream=s\naggregate=count\nwhere=amount > %" G_GINT64_FORMAT
                          " AND city <> 'c1'\nby=city\nevery=5min\n",
                          (gint64) limits[world->limit] / 100);
  for (guint i = 0; i < G_N_ELEMENTS (optional_texts); i++)
    if (world->options & 1u << i)
      g_string_append (text, optional_texts[i]);
  workspace = tide_workspace_parse (world->dir, text->str, tide_pipeline_catalog (), problems);
  for (guint i = 0; i < problems->len; i++)
    g_error ("%s", ((TideProblem *) g_ptr_array_index (problems, i))->message);
  return workspace;
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
  Event event = { .time = time, .city = g_rand_int_range (rand, 0, 20) == 0 ? -1 : g_rand_int_range (rand, 0, 6) };
  g_autofree char *city = event.city < 0 ? NULL : g_strdup_printf ("c%d", event.city);
  int64_t cents = event.cents = g_rand_int_range (rand, -500, 10000);

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
  g_array_append_val (world->log, event);
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

typedef struct
{
  GCancellable *cancellable;
  guint left;
} Countdown;

static void
count_down (double fraction, guint64 events, void *data)
{
  Countdown *countdown = data;

  if (countdown->left-- == 0)
    g_cancellable_cancel (countdown->cancellable);
}

/* In chunks, and one in four is cancelled at some block of them. */
static void
roll_up (World *world)
{
  bool cancels = g_rand_int_range (world->rand, 0, 4) == 0;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Countdown countdown = { .cancellable = cancellable,
                          .left = cancels ? (guint) g_rand_int_range (world->rand, 0, 12) : G_MAXUINT };
  TideRunContext context = { .progress = count_down, .data = &countdown, .cancellable = cancellable,
                             .chunk_events = (guint) g_rand_int_range (world->rand, 50, 3000) };
  TideRun run = { .id = ++world->runs };
  g_autoptr (GError) error = NULL;

  if (tide_rollup_run (world->store, world->writer, world->workspace, "s", 0, &context, &run, &error))
    return;
  if (!g_error_matches (error, TIDE_ERROR, TIDE_ERROR_CANCELLED))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  world->cancelled++;
}

static void
retain (World *world)
{
  g_autoptr (GError) error = NULL;
  gint64 size, wal;

  tide_store_get_sizes (world->store, &size, &wal);
  if (g_rand_boolean (world->rand))
    tide_writer_retain (world->writer, world->workspace, "s",
                        world->now - (TideTime) g_rand_int_range (world->rand, 600, 20000) * TIDE_SECOND, &error);
  else
    tide_writer_retain_bytes (world->writer, world->workspace, size - size / g_rand_int_range (world->rand, 5, 60),
                              &error);
  g_assert_no_error (error);
}

/* Another workspace: big counts otherwise, or a metric comes or goes. */
static void
redefine (World *world)
{
  g_autoptr (TideWorkspace) old = g_steal_pointer (&world->workspace);

  if (g_rand_boolean (world->rand))
    world->limit = (guint) g_rand_int_range (world->rand, 0, G_N_ELEMENTS (limits));
  else
    world->options ^= 1u << g_rand_int_range (world->rand, 0, G_N_ELEMENTS (optional_texts));
  world->workspace = make_workspace (world);
  tide_serving_set_workspace (world->serving, world->workspace);
  world->redefined++;
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

static TideTime
get_old_end (World *world, TideMetric *metric, bool *ret_exists)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (world->store, &error);
  g_auto (TideCut) cut = { 0 };

  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_assert_true (tide_store_get_cut (reader, metric, &cut, &error));
  tide_reader_end (reader);
  *ret_exists = cut.exists;
  return cut.exists && cut.previous != 0 ? cut.previous_to : TIDE_TIME_NONE;
}

/* "pane city" → count of the events that big, as it is now, counts, in panes from @from on. */
static GHashTable *
count_big (const World *world, TideTime from)
{
  GHashTable *counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < world->log->len; i++)
    {
      const Event *event = &g_array_index (world->log, Event, i);
      TideTime pane = event->time - event->time % (5 * TIDE_MINUTE);
      char *key;

      if (pane < from || event->city < 0 || event->city == 1 || event->cents <= limits[world->limit])
        continue;
      key = g_strdup_printf ("%" G_GINT64_FORMAT " c%d", (gint64) pane, event->city);
      g_hash_table_insert (counts, key, GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (counts, key)) + 1));
    }
  return counts;
}

/* Until the new definition has caught up, every row is of an old one; then those that are not are exactly what it
 * counts, and those that are lie before them. */
static void
check_big (World *world)
{
  TideMetric *metric = tide_workspace_get_metric (world->workspace, "big");
  TideQuery query = { .metric = metric, .view = TIDE_VIEW_MERGED, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  g_autoptr (GError) error = NULL;
  bool exists;
  TideTime end = get_old_end (world, metric, &exists);
  g_autoptr (TideRows) rows = tide_serving_query (world->serving, &query, NULL, &error);
  g_autoptr (GHashTable) expected = count_big (world, end);
  guint n = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < rows->n; i++)
    {
      const TideRow *row = &rows->rows[i];
      TideText city = tide_rows_get_group_text (rows, row->group, 0);
      g_autofree char *key = g_strdup_printf ("%" G_GINT64_FORMAT " %.*s", (gint64) row->time, (int) city.len, city.data);

      if (row->old_version)
        {
          world->old_rows++;
          world->stood_in += !exists;
          g_assert_true (!exists || row->time < end);
          continue;
        }
      g_assert_cmpint (row->time, >=, end);
      g_assert_cmpuint (row->events, ==, GPOINTER_TO_UINT (g_hash_table_lookup (expected, key)));
      n++;
    }
  if (exists)
    g_assert_cmpuint (n, ==, g_hash_table_size (expected));
}

static void
check (World *world)
{
  for (guint i = 0; i < world->workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (world->workspace->metrics, i);
      TideQuery query = { .metric = metric, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
      g_autoptr (GError) error = NULL;

      /* By days, which may be read as such, too. */
      if (metric->numerator == NULL && metric->over == 0 && g_rand_boolean (world->rand))
        query.every = (TidePeriod){ TIDE_PERIOD_DAYS, 1 };
      g_autoptr (TideVerification) found = tide_serving_verify (world->serving, &query, NULL, NULL, NULL, &error);

      g_assert_no_error (error);
      if (!found->equal)
        g_error ("%s differs in %u of %u panes", metric->name, found->n_differences, found->panes);
    }
  check_oracle (world);
  check_big (world);
}

static void
step (World *world)
{
  g_autoptr (GError) error = NULL;

  switch (g_rand_int_range (world->rand, 0, 14))
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
      redefine (world);
      break;
    case 6:
    case 7:
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
  World world = { .now = START };

  g_test_message ("seed %u", seed);
  world.rand = g_rand_new_with_seed (seed);
  world.dir = g_dir_make_tmp ("tidemark-invariant-XXXXXX", NULL);
  world.log = g_array_new (FALSE, FALSE, sizeof (Event));
  world.workspace = make_workspace (&world);
  world.oracle = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  world_open (&world);
  for (guint i = 0; i < steps; i++)
    step (&world);
  check (&world);
  world_close (&world);
  g_test_message ("%" G_GUINT64_FORMAT " events in %u steps; defined anew %u times, cancelled %u; rows of old versions %u,"
                  " of them standing in %u",
                  world.events, steps, world.redefined, world.cancelled, world.old_rows, world.stood_in);
  g_array_unref (world.log);
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
