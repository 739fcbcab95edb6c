/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli sql: read-only SQL over streams and result tables. */
#include "cli.h"

#include <math.h>
#include <string.h>

static void
print_cell (sqlite3_stmt *stmt, int column, CliOutput *output)
{
  char text[TIDE_VALUE_STR_MAX];

  switch (sqlite3_column_type (stmt, column))
    {
    case SQLITE_NULL:
      cli_output_cell (output, NULL, 0, false);
      break;
    case SQLITE_INTEGER:
      cli_output_cell (output, (const char *) sqlite3_column_text (stmt, column), -1, true);
      break;
    case SQLITE_FLOAT:
      if (isfinite (sqlite3_column_double (stmt, column)))
        {
          gsize length = tide_value_format (tide_value_real (sqlite3_column_double (stmt, column)), text);

          cli_output_cell (output, text, (gssize) length, true);
        }
      else
        cli_output_cell (output, (const char *) sqlite3_column_text (stmt, column), -1, false);
      break;
    default:
      {
        const char *data = (const char *) sqlite3_column_text (stmt, column);

        cli_output_cell (output, data, sqlite3_column_bytes (stmt, column), false);
      }
    }
}

static bool
print_rows (TideSql *sql, CliFormat format, TideDuration timeout, GError **error)
{
  g_autoptr (GPtrArray) columns = g_ptr_array_new ();
  g_autoptr (CliOutput) output = NULL;
  TideSqlBounds bounds = { .deadline = timeout };
  guint n = tide_sql_get_n_columns (sql);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (columns, (void *) tide_sql_get_column (sql, i));
  g_ptr_array_add (columns, NULL);
  output = cli_output_new (format, (const char *const *) columns->pdata);
  for (;;)
    {
      bool row = false;

      if (!tide_sql_step (sql, &bounds, NULL, &row, error))
        return false;
      if (!row)
        return cli_output_finish (output, error);
      for (guint i = 0; i < n; i++)
        print_cell (tide_sql_get_stmt (sql), (int) i, output);
      if (!cli_output_end_row (output, error))
        return false;
    }
}

static int
run (int argc, char **argv)
{
  const char *format_text = NULL, *timeout_text = NULL;
  const GOptionEntry entries[]
      = { { "format", 0, 0, G_OPTION_ARG_STRING, &format_text, N_ ("csv, json or table"), "FORMAT" },
          { "timeout", 0, 0, G_OPTION_ARG_STRING, &timeout_text, N_ ("longest it may take; 10min if not given, 0s: no limit"), "TIME" },
          G_OPTION_ENTRY_NULL };
  g_autoptr (TideStore) store = NULL;
  g_autoptr (TideSql) sql = NULL;
  CliFormat format = CLI_CSV;
  TideDuration timeout = 10 * TIDE_MINUTE;
  GError *error = NULL;

  /* SQL may begin with a comment, which is no option: that has nothing but a name before its '='. */
  for (int i = 1; i < argc; i++)
    if (g_str_has_prefix (argv[i], "--") && strcspn (argv[i], " \t\r\n") < strcspn (argv[i], "="))
      argv[i] = g_strconcat ("\n", argv[i], NULL);
  if (!cli_parse (&cli_sql, &argc, &argv, entries, 2, 2))
    return CLI_USAGE;
  if (format_text != NULL && !cli_format_parse (format_text, &format))
    return cli_usage (&cli_sql, _ ("there is no format '%s'"), format_text);
  if (timeout_text != NULL && !tide_duration_parse (timeout_text, &timeout, NULL))
    return cli_usage (&cli_sql, _ ("'%s' is no time; expected one such as 30s"), timeout_text);
  store = tide_store_open (argv[1], TIDE_STORE_READ, &error);
  if (store == NULL)
    return cli_fail (error);
  sql = tide_sql_open (store, &error);
  if (sql == NULL || !tide_sql_prepare (sql, argv[2], &error) || !print_rows (sql, format, timeout, &error))
    return cli_fail (error);
  return CLI_DONE;
}

const CliCommand cli_sql = { "sql", "DIR \"SELECT …\" [--format csv|json|table] [--timeout TIME]",
                             N_ ("read-only SQL over streams and result tables"), run };
