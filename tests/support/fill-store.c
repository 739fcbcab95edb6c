/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the first stream of a workspace with made-up events, as fast as the writer takes them, and tells how long
 * opening it takes afterwards: fill-store DIR EVENTS. The workspace file must be there; events lie a millisecond apart
 * and end now. Ints, decimals and reals get numbers, texts one of fifty words. */
#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 4096

static void
set_field (TideBatchBuilder *builder, const TideField *field, uint32_t column, int64_t i, TideTime time)
{
  char word[16];
  switch (field->type)
    {
    case TIDE_TYPE_TEXT:
      tide_batch_builder_set_text (builder, column, word,
                                   (gsize) g_snprintf (word, sizeof word, "w%d", (int) (i * 7919 % 50)));
      break;
    case TIDE_TYPE_REAL:
      tide_batch_builder_set_real (builder, column, (double) (i % 1009) / 8);
      break;
    case TIDE_TYPE_TIME:
      tide_batch_builder_set_int (builder, column, time);
      break;
    case TIDE_TYPE_BOOL:
      tide_batch_builder_set_int (builder, column, i & 1);
      break;
    case TIDE_TYPE_INT:
    case TIDE_TYPE_DECIMAL:
    case TIDE_TYPE_NONE:
      tide_batch_builder_set_int (builder, column, i * 37 % 10007);
      break;
    }
}

static bool
fill (TideWriter *writer, const TideStream *stream, int64_t events, GError **error)
{
  TideTime begin = g_get_real_time () - events * TIDE_MS;
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  for (int64_t i = 0; i < events;)
    {
      for (int64_t end = MIN (i + BATCH, events); i < end; i++)
        {
          TideTime time = begin + i * TIDE_MS;
          tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, time);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, time + TIDE_SECOND);
          tide_batch_builder_set_text (builder, TIDE_COLUMN_SOURCE, "fill", 4);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_PARTITION, 0);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_OFFSET, i);
          for (uint32_t k = 0; k < stream->n_fields; k++)
            set_field (builder, stream->fields[k], TIDE_COLUMN_FIELD0 + k, i, time);
          tide_batch_builder_end_row (builder, 100);
        }
      g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
      TidePosition position = { .offset = i };
      TideDelivery delivery = { .source = "fill", .batch = batch, .positions = &position, .n_positions = 1 };
      if (!tide_writer_push (writer, &delivery, NULL, error))
        return false;
    }
  return tide_writer_seal (writer, error);
}

static double
cpu_seconds (void)
{
  struct timespec cpu;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &cpu);
  return (double) cpu.tv_sec + (double) cpu.tv_nsec / 1e9;
}

static double
seconds_since (int64_t us)
{
  return (double) (g_get_monotonic_time () - us) / G_USEC_PER_SEC;
}

static bool
run (const char *dir, int64_t events, GError **error)
{
  int64_t started_us = g_get_monotonic_time ();
  TidePipeline *pipeline = tide_pipeline_open (dir, TIDE_PIPELINE_WRITE, NULL, error);
  if (pipeline == NULL)
    return false;
  TideWorkspace *workspace = tide_pipeline_get_workspace (pipeline);
  bool ok = workspace->streams->len > 0
            && fill (tide_pipeline_get_writer (pipeline), g_ptr_array_index (workspace->streams, 0), events, error);
  printf ("filled in %.1f s\n", seconds_since (started_us));
  tide_workspace_unref (workspace);
  tide_pipeline_close (pipeline);
  g_object_unref (pipeline);
  double cpu_before = cpu_seconds ();
  started_us = g_get_monotonic_time ();
  pipeline = ok ? tide_pipeline_open (dir, TIDE_PIPELINE_RUN, NULL, error) : NULL;
  if (pipeline == NULL)
    return false;
  printf ("opened in %.3f s, %.3f s of CPU\n", seconds_since (started_us), cpu_seconds () - cpu_before);
  tide_pipeline_close (pipeline);
  g_object_unref (pipeline);
  return true;
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  if (argc == 3 && run (argv[1], strtoll (argv[2], NULL, 10), &error))
    return 0;
  fprintf (stderr, "fill-store DIR EVENTS: %s\n", error != NULL ? error->message : "what is to be filled?");
  return 1;
}
