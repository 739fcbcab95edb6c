/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as CSV against the same events through a person's SQL: every cell, over several blocks and chunks, nulls, texts
 * that need quotes, negative decimals; and a range of time. */
#include "serving.h"

#include <glib/gstdio.h>
#include <string.h>

#define EVENTS 20000

static const char conf[] = "[workspace]\nversion=1\nname=t\n\n[stream s]\nformat=json\n\n"
                           "[field s.n]\ntype=int\n\n[field s.amount]\ntype=decimal(2)\nunit=EUR\n\n"
                           "[field s.city]\ntype=text\n\n[field s.ok]\ntype=bool\n\n[field s.at]\ntype=time\n\n"
                           "[field s.x]\ntype=real\n";

static const char *const texts[] = { "Berlin", "a,b", "say \"hi\"", "=1+1", "", " lead", "two\nlines", "-5" };

static const TideCatalog *
no_catalog (void)
{
  static const TideSourceSpec *const sources[] = { NULL };
  static const TideAggregateSpec *const aggregates[] = { NULL };
  static const TideCatalog catalog = { sources, aggregates };

  return &catalog;
}

static void
add_row (TideBatchBuilder *builder, int64_t i)
{
  tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, i * TIDE_SECOND);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, i);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, i * 7919 - 40000);
  if (i % 5 != 0)
    tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 1, i * 3 - 30000);
  if (i % 7 != 0)
    {
      const char *text = texts[i % (int64_t) G_N_ELEMENTS (texts)];

      tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0 + 2, text, strlen (text));
    }
  tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 3, i % 2);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 4, i * TIDE_SECOND + i % 3);
  tide_batch_builder_set_real (builder, TIDE_COLUMN_FIELD0 + 5, (double) i / 3);
  tide_batch_builder_end_row (builder, 0);
}

/* What add_row() made, by the cell functions that are tested on their own. */
static void
write_expected (TideCsv *csv, int64_t i)
{
  char text[TIDE_VALUE_STR_MAX];

  tide_csv_value (csv, tide_value_exact (i + 1, 0));
  tide_csv_value (csv, tide_value_exact (i * 7919 - 40000, 0));
  tide_csv_value (csv, i % 5 != 0 ? tide_value_exact (i * 3 - 30000, 2) : (TideValue){ 0 });
  tide_csv_text (csv, i % 7 != 0 ? texts[i % (int64_t) G_N_ELEMENTS (texts)] : NULL, -1);
  tide_csv_number (csv, i % 2 != 0 ? "true" : "false");
  tide_csv_time (csv, i * TIDE_SECOND + i % 3);
  tide_value_format (tide_value_real ((double) i / 3), text);
  tide_csv_number (csv, text);
  g_assert_true (tide_csv_end_row (csv, NULL));
}

static void
fill (TideStore *store, const TideStream *stream)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);

  for (int64_t i = 0; i < EVENTS; i++)
    {
      add_row (builder, i);
      if (i + 1 == EVENTS || tide_batch_builder_is_full (builder))
        {
          g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
          TidePosition position = { .partition = 0, .offset = i + 1 };
          TideDelivery delivery = { .source = "t", .batch = batch, .positions = &position, .n_positions = 1 };

          tide_writer_push (writer, &delivery, NULL, &error);
          g_assert_no_error (error);
        }
    }
  tide_writer_flush (writer, &error);
  g_assert_no_error (error);
  tide_writer_stop (writer);
}

static void
check (TideServing *serving, const TideStream *stream, int64_t from, int64_t to)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GOutputStream) got = g_memory_output_stream_new_resizable (),
                            wanted = g_memory_output_stream_new_resizable ();
  g_autoptr (TideCsv) csv = tide_csv_new (wanted);

  tide_serving_write_events (serving, stream, from < 0 ? TIDE_TIME_NONE : from * TIDE_SECOND,
                             to < 0 ? TIDE_TIME_MAX : to * TIDE_SECOND, got, NULL, &error);
  g_assert_no_error (error);
  for (const char *const *name = (const char *const[]){ "_seq", "n", "amount [EUR]", "city", "ok", "at", "x", NULL };
       *name != NULL; name++)
    tide_csv_text (csv, *name, -1);
  tide_csv_end_row (csv, NULL);
  for (int64_t i = MAX (from, 0); i < (to < 0 ? EVENTS : to); i++)
    write_expected (csv, i);
  tide_csv_finish (csv, NULL);
  g_assert_cmpmem (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (got)),
                   (int) g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (got)),
                   g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (wanted)),
                   (int) g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (wanted)));
}

static void
test_events (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("tidemark-csv-XXXXXX", NULL), *command = NULL;
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, conf, no_catalog (), NULL);
  const TideStream *stream = tide_workspace_get_stream (workspace, "s");
  g_autoptr (TideStore) store = tide_store_open (dir, TIDE_STORE_WRITE, &error);
  g_autoptr (TideServing) serving = NULL;

  g_assert_no_error (error);
  serving = tide_serving_new (store, workspace, NULL);
  check (serving, stream, 0, 0); /* nothing stored yet: only the header */
  fill (store, stream);
  check (serving, stream, -1, -1);
  check (serving, stream, 777, 12345);
  g_clear_pointer (&serving, tide_serving_free);
  g_clear_pointer (&store, tide_store_unref);
  command = g_strdup_printf ("rm -r '%s'", dir);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/serving/events-csv", test_events);
  return g_test_run ();
}
