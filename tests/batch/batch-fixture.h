/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of batch/ share: a workspace in a folder that goes away, events, a clock that only they move, and a
 * scheduler that is turned by hand: no thread of its own, so nothing is waited for but the runs themselves. */
#pragma once

#include "batch-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define STREAM_TEXT \
  "[workspace]\nversion=1\nname=test\n[stream orders]\nformat=json\n[field orders.amount]\ntype=int\n"
#define METRIC_TEXT "[metric total]\nstream=orders\naggregate=sum(amount)\nevery=1min\n"

typedef struct
{
  char *dir;
  TideStore *store;
  TideWriter *writer;
  TideWorkspace *workspace;
  TideScheduler *scheduler;
  TideSchedulerEvents events;
  TideTime now; /* the clock; moved with world_set_time() */
} World;

static inline TideTime
world_wall (void *data)
{
  World *world = data;

  return __atomic_load_n (&world->now, __ATOMIC_SEQ_CST);
}

static inline void
world_set_time (World *world, TideTime now)
{
  __atomic_store_n (&world->now, now, __ATOMIC_SEQ_CST);
}

/* "2026-03-28T01:30:00Z" */
static inline TideTime
at (const char *text)
{
  TideTime time;

  g_assert_true (tide_time_parse (text, strlen (text), NULL, &time));
  return time;
}

static inline TideWorkspace *
workspace_new (const char *dir, const char *text)
{
  static const TideSourceSpec *const sources[] = { NULL };
  const TideCatalog catalog = { sources, tide_aggregate_specs () };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  TideWorkspace *workspace = tide_workspace_parse (dir, text, &catalog, problems);

  for (guint i = 0; i < problems->len; i++)
    g_error ("%s", ((TideProblem *) g_ptr_array_index (problems, i))->message);
  return workspace;
}

static inline void
world_write_sql (World *world, const char *name, const char *sql)
{
  g_autofree char *folder = g_build_filename (world->dir, "analyses", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, sql, -1, NULL));
}

/* Opens store and scheduler, as a program that starts. */
static inline void
world_open (World *world)
{
  const TideClock clock = { world_wall, world_wall, world };
  g_autoptr (GError) error = NULL;

  world->store = tide_store_open (world->dir, TIDE_STORE_WRITE, &error);
  g_assert_no_error (error);
  world->writer = tide_writer_new (world->store, NULL, &error);
  g_assert_no_error (error);
  world->scheduler = tide_scheduler_new (world->store, world->writer, world->workspace, &clock, &world->events);
}

static inline void
world_close (World *world)
{
  g_clear_pointer (&world->scheduler, tide_scheduler_free);
  g_clear_pointer (&world->writer, tide_writer_free);
  g_clear_pointer (&world->store, tide_store_unref);
}

static inline void
world_set_workspace (World *world, const char *text)
{
  g_clear_pointer (&world->workspace, tide_workspace_unref);
  world->workspace = workspace_new (world->dir, text);
  if (world->scheduler != NULL)
    tide_scheduler_set_workspace (world->scheduler, world->workspace);
}

static inline void
world_init (World *world, TideTime now)
{
  world->dir = g_dir_make_tmp ("tidemark-batch-XXXXXX", NULL);
  world_set_time (world, now);
}

static inline void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_unlink (child) != 0)
        remove_folder (child);
    }
  g_rmdir (path);
}

static inline void
world_clear (World *world)
{
  world_close (world);
  g_clear_pointer (&world->workspace, tide_workspace_unref);
  remove_folder (world->dir);
  g_clear_pointer (&world->dir, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

/* Events first, first + 1, …, a second apart, with an amount that no encoding makes small. */
#define AMOUNT(i) ((int64_t) ((uint64_t) (i) * UINT64_C (0x9e3779b97f4a7c15) >> 34))

static inline void
world_ingest (World *world, int64_t first, int64_t n)
{
  const TideStream *stream = tide_workspace_get_stream (world->workspace, "orders");
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  g_autoptr (TideBatch) batch = NULL;
  g_autoptr (GError) error = NULL;
  TideDelivery delivery = { .source = "test" };

  for (int64_t i = first; i < first + n; i++)
    {
      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, i * TIDE_SECOND);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, i * TIDE_SECOND);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, AMOUNT (i));
      tide_batch_builder_end_row (builder, 10);
    }
  batch = tide_batch_builder_finish (builder);
  delivery.batch = batch;
  g_assert_true (tide_writer_push (world->writer, &delivery, NULL, &error));
  g_assert_true (tide_writer_flush (world->writer, &error));
  g_assert_no_error (error);
}

/* Looks, and again until nothing runs or waits to run. */
static inline void
world_turn (World *world)
{
  for (bool busy = true; busy;)
    {
      g_autoptr (GPtrArray) jobs = NULL;

      tide_scheduler_look (world->scheduler);
      jobs = tide_scheduler_get_jobs (world->scheduler);
      busy = false;
      for (guint i = 0; i < jobs->len; i++)
        {
          const TideJob *job = g_ptr_array_index (jobs, i);

          tide_scheduler_wait (world->scheduler, job->name, NULL, NULL);
          busy |= job->running || (job->queued && job->retry_at == TIDE_TIME_NONE);
        }
    }
}

static inline const TideJob *
find_job (GPtrArray *jobs, const char *name)
{
  for (guint i = 0; i < jobs->len; i++)
    if (strcmp (((TideJob *) g_ptr_array_index (jobs, i))->name, name) == 0)
      return g_ptr_array_index (jobs, i);
  return NULL;
}

/* The runs of @job so far, oldest first: "due status, …" with the due time as day and minute, or "by hand". */
static inline char *
world_list_runs (World *world, const char *job)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (world->store, &error);
  g_autoptr (GPtrArray) runs = NULL;
  GString *text = g_string_new (NULL);

  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  runs = tide_store_get_runs (reader, job, TIDE_TIME_NONE, 10000, &error);
  g_assert_no_error (error);
  tide_reader_end (reader);
  for (guint i = runs->len; i-- > 0;)
    {
      const TideRun *run = g_ptr_array_index (runs, i);
      char due[TIDE_TIME_STR_MAX] = "by hand";

      if (run->due != TIDE_TIME_NONE)
        {
          tide_time_format (run->due, due);
          memmove (due, due + 5, 11);
          due[11] = '\0';
        }
      g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", due, tide_run_status_to_string (run->status));
    }
  return g_string_free (text, FALSE);
}

#define assert_runs(world, job, expected) \
  G_STMT_START \
  { \
    g_autofree char *found = world_list_runs (world, job); \
    g_assert_cmpstr (found, ==, expected); \
  } \
  G_STMT_END
