/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of pipeline/ share: a workspace in a folder that goes away, and a runtime folder for its socket. */
#pragma once

#include "pipeline-private.h"

#include <glib/gstdio.h>
#include <string.h>

/* Counts in a stream that a demo source feeds, and an analysis. */
#define BASE_TEXT \
  "[workspace]\nversion=1\nname=test\n" \
  "[source sensors]\nkind=demo\npart=sensors\nrate=2000\nstream=sensors\n" \
  "[stream sensors]\nformat=json\ntime=measured_at\n" \
  "[field sensors.measured_at]\ntype=time\n[field sensors.city]\ntype=text\n" \
  "[field sensors.temperature_c]\ntype=decimal(2)\n" \
  "[metric n]\nstream=sensors\naggregate=count\nby=city\nevery=1min\n" \
  "[analysis a]\nsql=a.sql\n"

typedef char FixtureDir;

static inline void
fixture_remove (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_unlink (child) != 0)
        fixture_remove (child);
    }
  g_rmdir (path);
}

static inline void
fixture_dir_free (char *dir)
{
  fixture_remove (dir);
  g_free (dir);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FixtureDir, fixture_dir_free)

static inline void
fixture_write (const char *dir, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (dir, name, NULL), *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static inline char *
fixture_new (const char *text)
{
  char *dir = g_dir_make_tmp ("tidemark-pipeline-XXXXXX", NULL);

  fixture_write (dir, TIDE_WORKSPACE_FILE, text);
  fixture_write (dir, "analyses/a.sql", "SELECT count(*) AS n FROM sensors");
  return dir;
}

static inline TidePipeline *
fixture_open (const char *dir, TidePipelineMode mode)
{
  g_autoptr (GError) error = NULL;
  TidePipeline *pipeline = tide_pipeline_open (dir, mode, NULL, &error);

  g_assert_no_error (error);
  return pipeline;
}

static inline void
fixture_close (TidePipeline *pipeline)
{
  tide_pipeline_close (pipeline);
  g_object_unref (pipeline);
}

static inline TideSeq
get_seq (TidePipeline *pipeline)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), &error);
  TideStreamFacts facts = { 0 };

  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_assert_true (tide_store_get_stream_facts (reader, "sensors", &facts, &error));
  tide_reader_end (reader);
  return facts.last_seq;
}

/* Until @n more events are committed. */
static inline void
wait_events (TidePipeline *pipeline, TideSeq n)
{
  TideSeq before = get_seq (pipeline);
  gint64 until = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (get_seq (pipeline) < before + n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until);
      tide_writer_flush (tide_pipeline_get_writer (pipeline), NULL);
    }
}

/* The runtime folder must be known before GLib is asked for it first. */
static inline char *
fixture_set_runtime (void)
{
  char *runtime = g_dir_make_tmp ("tidemark-run-XXXXXX", NULL);

  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  tide_thread_set_role (TIDE_THREAD_WORKER);
  return runtime;
}
