/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV cells as RFC 4180 has them, what spreadsheets would run, and files that appear whole or not at all. */
#include "serving.h"

#include <glib/gstdio.h>
#include <string.h>

static char *
one_row (const char *text, gssize len)
{
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr (TideCsv) csv = tide_csv_new (stream);

  tide_csv_text (csv, text, len);
  g_assert_true (tide_csv_end_row (csv, NULL));
  g_assert_true (tide_csv_finish (csv, NULL));
  return g_strndup (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (stream)),
                    g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (stream)));
}

static void
test_text (void)
{
  static const struct
  {
    const char *text, *cell;
  } cases[] = {
    { "Berlin", "Berlin\r\n" },
    { NULL, "\r\n" },
    { "", "\"\"\r\n" },
    { "a,b", "\"a,b\"\r\n" },
    { "say \"hi\"", "\"say \"\"hi\"\"\"\r\n" },
    { "two\nlines", "\"two\nlines\"\r\n" },
    { " padded ", "\" padded \"\r\n" },
    { "=1+1", "\"'=1+1\"\r\n" },
    { "@cmd", "\"'@cmd\"\r\n" },
    { "-5", "\"'-5\"\r\n" },
    { "+49 30", "\"'+49 30\"\r\n" },
    { "\tx", "\"'\tx\"\r\n" },
    { "a=b", "a=b\r\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *row = one_row (cases[i].text, -1);

      g_assert_cmpstr (row, ==, cases[i].cell);
    }
}

static void
test_numbers_are_never_neutralised (void)
{
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr (TideCsv) csv = tide_csv_new (stream);

  tide_csv_value (csv, tide_value_exact (-1230, 2));
  tide_csv_number (csv, "-5");
  tide_csv_time (csv, 0);
  tide_csv_value (csv, (TideValue){ 0 });
  tide_csv_end_row (csv, NULL);
  tide_csv_finish (csv, NULL);
  g_assert_cmpmem (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (stream)),
                   (int) g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (stream)),
                   "-12.30,-5,1970-01-01T00:00:00Z,\r\n", 33);
}

static bool
write_then_fail (GOutputStream *stream, void *data, GError **error)
{
  g_output_stream_write_all (stream, "half", 4, NULL, NULL, NULL);
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "stopped");
  return false;
}

static bool
write_whole (GOutputStream *stream, void *data, GError **error)
{
  return g_output_stream_write_all (stream, "whole", 5, NULL, NULL, error);
}

static void
test_replace_is_whole_or_nothing (void)
{
  g_autofree char *dir = g_dir_make_tmp ("tidemark-csv-XXXXXX", NULL), *path = g_build_filename (dir, "r.csv", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) list = NULL;

  g_assert_true (g_file_set_contents (path, "old", -1, NULL));
  g_assert_false (tide_file_replace (path, write_then_fail, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "old");
  g_clear_pointer (&text, g_free);
  g_assert_true (tide_file_replace (path, write_whole, NULL, NULL));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "whole");
  list = g_dir_open (dir, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (list), ==, "r.csv");
  g_assert_null (g_dir_read_name (list)); /* nothing is left aside */
  g_unlink (path);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/serving/csv/text", test_text);
  g_test_add_func ("/serving/csv/numbers", test_numbers_are_never_neutralised);
  g_test_add_func ("/serving/csv/replace", test_replace_is_whole_or_nothing);
  return g_test_run ();
}
