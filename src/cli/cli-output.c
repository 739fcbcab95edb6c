/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows as CSV, JSON or an aligned table. A table measures its columns over the first rows, so that its memory does
 * not grow with the answer; what is wider later pushes its row to the right. */
#include "cli.h"

#include <gio/gunixoutputstream.h>
#include <string.h>
#include <unistd.h>

#define MEASURED_ROWS 200

struct _CliOutput
{
  CliFormat format;
  char **columns;
  guint n_columns, column;
  GOutputStream *stream;
  TideCsv *csv;
  GString *line;        /* JSON and tables */
  guint64 rows;
  GPtrArray *held;      /* table: cells of the rows that are measured; n_columns each */
  GByteArray *numbers;  /* which of them are numbers */
  guint *widths;
};

bool
cli_format_parse (const char *text, CliFormat *ret_format)
{
  static const char *const names[] = { "csv", "json", "table" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (text, names[i]) == 0)
      {
        *ret_format = i;
        return true;
      }
  return false;
}

/* A key is once in an object: the second "name" becomes "name_2". */
static void
make_unique (char **columns)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; columns[i] != NULL; i++)
    {
      g_autofree char *name = columns[i];

      columns[i] = g_strdup (name);
      for (guint n = 2; g_hash_table_contains (seen, columns[i]); n++)
        {
          g_free (columns[i]);
          columns[i] = g_strdup_printf ("%s_%u", name, n);
        }
      g_hash_table_add (seen, columns[i]);
    }
}

CliOutput *
cli_output_new (CliFormat format, const char *const *columns)
{
  CliOutput *output = g_new0 (CliOutput, 1);

  output->format = format;
  output->columns = g_strdupv ((char **) columns);
  output->n_columns = g_strv_length (output->columns);
  output->stream = g_unix_output_stream_new (STDOUT_FILENO, FALSE);
  output->csv = tide_csv_new (output->stream);
  output->line = g_string_new (NULL);
  output->held = g_ptr_array_new_with_free_func (g_free);
  output->numbers = g_byte_array_new ();
  output->widths = g_new0 (guint, MAX (output->n_columns, 1));
  if (format == CLI_CSV)
    {
      for (guint i = 0; i < output->n_columns; i++)
        tide_csv_text (output->csv, columns[i], -1);
      tide_csv_end_row (output->csv, NULL);
    }
  else if (format == CLI_JSON)
    {
      make_unique (output->columns);
      g_string_append_c (output->line, '[');
    }
  else
    for (guint i = 0; i < output->n_columns; i++)
      output->widths[i] = (guint) g_utf8_strlen (columns[i], -1);
  return output;
}

void
cli_output_free (CliOutput *output)
{
  if (output == NULL)
    return;
  g_strfreev (output->columns);
  tide_csv_free (output->csv);
  g_object_unref (output->stream);
  g_string_free (output->line, TRUE);
  g_ptr_array_unref (output->held);
  g_byte_array_unref (output->numbers);
  g_free (output->widths);
  g_free (output);
}

static void
json_cell (CliOutput *output, const char *text, gssize len, bool is_number)
{
  if (output->column == 0)
    g_string_append (output->line, output->rows == 0 ? "\n{" : ",\n{");
  else
    g_string_append (output->line, ", ");
  tide_json_append_text (output->line, output->columns[output->column], -1);
  g_string_append (output->line, ": ");
  if (text == NULL || (is_number && len == 0))
    g_string_append (output->line, "null");
  else if (is_number)
    g_string_append_len (output->line, text, len);
  else
    tide_json_append_text (output->line, text, len);
}

void
cli_output_cell (CliOutput *output, const char *text, gssize len, bool is_number)
{
  guint8 number = is_number;

  if (len < 0)
    len = text != NULL ? (gssize) strlen (text) : 0;
  switch (output->format)
    {
    case CLI_CSV:
      if (is_number && text != NULL)
        tide_csv_number (output->csv, text);
      else
        tide_csv_text (output->csv, text, len);
      break;
    case CLI_JSON:
      json_cell (output, text, len, is_number);
      break;
    case CLI_TABLE:
    default:
      g_ptr_array_add (output->held, text != NULL ? g_strndup (text, (gsize) len) : g_strdup ("–"));
      g_byte_array_append (output->numbers, &number, 1);
    }
  output->column++;
}

static void
table_cell (CliOutput *output, guint column, const char *text, bool right)
{
  guint width = (guint) g_utf8_strlen (text, -1);
  guint pad = output->widths[column] > width ? output->widths[column] - width : 0;

  if (column > 0)
    g_string_append (output->line, "  ");
  if (right)
    g_string_append_printf (output->line, "%*s", (int) pad, "");
  g_string_append (output->line, text);
  if (!right && column + 1 < output->n_columns)
    g_string_append_printf (output->line, "%*s", (int) pad, "");
  if (column + 1 == output->n_columns)
    g_string_append_c (output->line, '\n');
}

static bool
flush_line (CliOutput *output, bool force, GError **error)
{
  bool done = true;

  if (force || output->line->len > 32 * 1024)
    {
      done = g_output_stream_write_all (output->stream, output->line->str, output->line->len, NULL, NULL, error);
      g_string_truncate (output->line, 0);
    }
  return done;
}

static bool
flush_table (CliOutput *output, bool with_header, GError **error)
{
  guint n = output->held->len;

  for (guint i = 0; i < n; i++)
    output->widths[i % output->n_columns]
        = MAX (output->widths[i % output->n_columns],
               (guint) g_utf8_strlen (g_ptr_array_index (output->held, i), -1));
  for (guint i = 0; with_header && i < output->n_columns; i++)
    table_cell (output, i, output->columns[i], n > 0 && output->numbers->data[i]);
  for (guint i = 0; i < n; i++)
    table_cell (output, i % output->n_columns, g_ptr_array_index (output->held, i), output->numbers->data[i]);
  g_ptr_array_set_size (output->held, 0);
  g_byte_array_set_size (output->numbers, 0);
  return flush_line (output, true, error);
}

bool
cli_output_end_row (CliOutput *output, GError **error)
{
  output->column = 0;
  output->rows++;
  if (output->format == CLI_CSV)
    return tide_csv_end_row (output->csv, error);
  if (output->format == CLI_TABLE)
    return output->rows % MEASURED_ROWS != 0 || flush_table (output, output->rows == MEASURED_ROWS, error);
  g_string_append_c (output->line, '}');
  return flush_line (output, false, error);
}

bool
cli_output_finish (CliOutput *output, GError **error)
{
  if (output->format == CLI_CSV)
    return tide_csv_finish (output->csv, error);
  if (output->format == CLI_TABLE)
    return flush_table (output, output->rows < MEASURED_ROWS, error);
  g_string_append (output->line, output->rows > 0 ? "\n]\n" : "]\n");
  return flush_line (output, true, error);
}
