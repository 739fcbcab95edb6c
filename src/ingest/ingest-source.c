/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source is a thread around a run: this file has the registry of kinds, the thread, and what others may ask of
 * it. A new kind is a file ingest-KIND.c and one row in classes[]. What all kinds do alike (batches, back-off,
 * status) is in ingest-source-run.c. A source is started once; to change its keys, stop it and start another. */
#include "ingest.h"
#include "ingest-private.h"

static const TideSourceClass *const classes[] = {
  &tide_source_demo,
  &tide_source_file,
  &tide_source_kafka,
  NULL,
};

struct _TideSource
{
  TideSourceRun *run;
  char *name;
  GThread *thread;
};

/**
 * tide_source_specs:
 *
 * What kinds there are and which keys they take, for the catalog.
 *
 * Thread: any. Returns: NULL-terminated, for ever.
 */
const TideSourceSpec *const *
tide_source_specs (void)
{
  static const TideSourceSpec *specs[G_N_ELEMENTS (classes)];
  static gsize ready;
  if (g_once_init_enter (&ready))
    {
      for (guint i = 0; classes[i] != NULL; i++)
        specs[i] = &classes[i]->spec;
      g_once_init_leave (&ready, 1);
    }
  return specs;
}

const TideSourceClass *
tide_source_class_find (const char *kind)
{
  for (guint i = 0; classes[i] != NULL; i++)
    if (g_str_equal (classes[i]->spec.kind, kind))
      return classes[i];
  return NULL;
}

static gpointer
source_thread (gpointer data)
{
  TideSource *source = data;
  tide_thread_set_role (TIDE_THREAD_SOURCE);
  tide_source_run_main (source->run);
  return NULL;
}

/**
 * tide_source_start:
 * @dir: the workspace
 * @clock: (nullable): NULL is the system's
 *
 * Starts a thread that connects, reads, decodes and delivers until tide_source_stop(). Copies @def, takes a
 * reference of @stream; @host and @clock must outlive the source.
 *
 * Thread: any. Returns: free with tide_source_free().
 */
TideSource *
tide_source_start (const char *dir, const TideSourceDef *def, const TideStream *stream, const TideSourceHost *host,
                   const TideClock *clock)
{
  const TideSourceClass *kind = tide_source_class_find (def->spec->kind);
  g_assert (kind != NULL);
  TideSource *source = g_new0 (TideSource, 1);
  source->name = g_strdup (def->name);
  source->run = tide_source_run_new (kind, dir, def, stream, host, clock);
  source->thread = g_thread_new ("tide-source", source_thread, source);
  return source;
}

/**
 * tide_source_stop:
 *
 * Asks the thread to end; returns at once. Thread: any.
 */
void
tide_source_stop (TideSource *source)
{
  if (source != NULL)
    tide_source_run_stop (source->run);
}

/**
 * tide_source_join:
 *
 * Waits until the thread has ended; what it held is delivered, or dropped if the store can't take it.
 *
 * Thread: not main; one at a time.
 */
void
tide_source_resume (TideSource *source)
{
  tide_source_run_resume (source->run);
}

void
tide_source_join (TideSource *source)
{
  if (source != NULL && source->thread != NULL)
    g_thread_join (g_steal_pointer (&source->thread));
}

/* Stops and joins when that was not done. */
void
tide_source_free (TideSource *source)
{
  if (source == NULL)
    return;
  tide_source_stop (source);
  tide_source_join (source);
  tide_source_run_free (source->run);
  g_free (source->name);
  g_free (source);
}

const char *
tide_source_get_name (const TideSource *source)
{
  return source->name;
}

/**
 * tide_source_get_status:
 * @ret_status: (out): free with tide_source_status_clear()
 *
 * Thread: any; a short lock.
 */
void
tide_source_get_status (TideSource *source, TideSourceStatus *ret_status)
{
  tide_source_run_get_status (source->run, ret_status);
}

/**
 * tide_source_set_stream:
 *
 * A new schema or filter of the same stream; holds from the next batch on. Thread: any.
 */
void
tide_source_set_stream (TideSource *source, const TideStream *stream)
{
  tide_source_run_set_stream (source->run, stream);
}
