/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How versions of a result are matched and compared. */
#include "app-result-diff.h"

#include <math.h>

/* From lines "Berlin|12|1.5"; a cell is a whole number, a number, a text, or null where it is empty. */
static TideResultTable *
table_new (gint64 version, const char *columns, const char *const *lines)
{
  TideResultTable *table = g_new0 (TideResultTable, 1);

  g_atomic_ref_count_init (&table->refs);
  table->version = version;
  table->columns = g_strsplit (columns, "|", -1);
  table->n_columns = g_strv_length (table->columns);
  table->cells = g_array_new (FALSE, FALSE, sizeof (TideResultCell));
  table->texts = g_string_chunk_new (256);
  for (; lines[table->n_rows] != NULL; table->n_rows++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[table->n_rows], "|", -1);

      g_assert_cmpuint (g_strv_length (cells), ==, table->n_columns);
      for (guint i = 0; i < table->n_columns; i++)
        {
          TideResultCell cell = { .kind = TIDE_CELL_TEXT, .text = g_string_chunk_insert (table->texts, cells[i]) };
          char *end;

          if (*cells[i] == '\0')
            cell.kind = TIDE_CELL_NULL;
          else if (g_ascii_strtoll (cells[i], &end, 10) != G_MAXINT64 && *end == '\0')
            cell = (TideResultCell){ .kind = TIDE_CELL_INT, .integer = g_ascii_strtoll (cells[i], NULL, 10) };
          else if ((void) g_ascii_strtod (cells[i], &end), *end == '\0')
            cell = (TideResultCell){ .kind = TIDE_CELL_REAL, .real = g_ascii_strtod (cells[i], NULL) };
          g_array_append_val (table->cells, cell);
        }
    }
  table->rows = table->n_rows;
  return table;
}

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
check_rows (const TideResultDiff *diff, const char *expected)
{
  static const char marks[] = "=+-~";
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < diff->rows->len; i++)
    {
      const TideResultRow *row = tide_result_diff_get_row (diff, i);

      g_string_append_printf (text, "%c%d/%d ", marks[row->change], row->now, row->before);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_by_text (void)
{
  g_autoptr (TideResultTable) before = table_new (1, "n|city|revenue", LINES ("1|Berlin|10.5", "2|Munich|7", "3|Bonn|1"));
  g_autoptr (TideResultTable) now = table_new (2, "n|city|revenue", LINES ("3|Bonn|1", "1|Berlin|11.25", "9|Cologne|4"));
  g_autoptr (TideResultDiff) diff = tide_result_diff_new (now, before);
  g_autofree char *detail = NULL, *summary = tide_result_diff_summary (diff, &detail);

  /* n is unique too, but a number is no name where there is a text. */
  g_assert_false (tide_result_diff_get_column (diff, 0)->is_key);
  g_assert_true (tide_result_diff_get_column (diff, 1)->is_key);
  g_assert_cmpint (diff->value, ==, 2);
  g_assert_cmpint (tide_result_diff_get_column (diff, 2)->decimals, ==, 2);
  check_rows (diff, "=0/2 ~1/0 +2/-1 --1/1 ");
  g_assert_cmpstr (summary, ==, "3 of 4 rows differ");
  g_assert_cmpstr (detail, ==, "1 new, 1 changed, 1 gone");
}

static void
test_by_two (void)
{
  g_autoptr (TideResultTable) before = table_new (1, "day|city|n", LINES ("2026-11-01|Berlin|1", "2026-11-01|Bonn|2"));
  g_autoptr (TideResultTable) now = table_new (2, "day|city|n",
                                               LINES ("2026-11-01|Berlin|1", "2026-11-01|Bonn|3", "2026-11-02|Bonn|2"));
  g_autoptr (TideResultDiff) diff = tide_result_diff_new (now, before);

  g_assert_cmpint (tide_result_diff_get_column (diff, 0)->kind, ==, TIDE_KIND_DATE);
  g_assert_true (tide_result_diff_get_column (diff, 1)->is_key);
  check_rows (diff, "=0/0 ~1/1 +2/-1 ");
  g_assert_cmpint (tide_result_chart_kind (diff, diff->value), ==, TIDE_RESULT_CHART_TIMES);
}

/* Rows that are alike are matched one by one; one row alone is always the same row. */
static void
test_without_key (void)
{
  g_autoptr (TideResultTable) before = table_new (1, "a|b", LINES ("x|1", "x|1", "y|1"));
  g_autoptr (TideResultTable) now = table_new (2, "a|b", LINES ("x|1", "x|1", "x|1"));
  g_autoptr (TideResultDiff) alike = tide_result_diff_new (now, before);
  g_autoptr (TideResultTable) ten = table_new (1, "n", LINES ("10")), twelve = table_new (2, "n", LINES ("12"));
  g_autoptr (TideResultDiff) single = tide_result_diff_new (twelve, ten);

  check_rows (alike, "=0/0 =1/1 +2/-1 --1/2 ");
  check_rows (single, "~0/0 ");
  g_assert_cmpint (single->value, ==, 0);
}

static void
test_columns (void)
{
  g_autoptr (TideResultTable) before = table_new (1, "city|old", LINES ("Berlin|5"));
  g_autoptr (TideResultTable) now = table_new (2, "city|new", LINES ("Berlin|7"));
  g_autoptr (TideResultDiff) diff = tide_result_diff_new (now, before);
  const TideResultRow *row = tide_result_diff_get_row (diff, 0);

  g_assert_cmpuint (diff->columns->len, ==, 3);
  check_rows (diff, "=0/0 "); /* what only one version has can't have changed */
  g_assert_null (tide_result_diff_get_before (diff, row, 1));
  g_assert_null (tide_result_diff_get_now (diff, row, 2));
  g_assert_cmpint (tide_result_diff_get_before (diff, row, 2)->integer, ==, 5);
}

static void
test_cells (void)
{
  const TideResultCell one = { .kind = TIDE_CELL_INT, .integer = 1 }, real = { .kind = TIDE_CELL_REAL, .real = 1.0 };
  const TideResultCell text = { .kind = TIDE_CELL_TEXT, .text = "1" }, null = { .kind = TIDE_CELL_NULL };
  const TideResultColumn column = { .kind = TIDE_KIND_NUMBER, .decimals = 1 };
  g_autofree char *shown = tide_result_cell_format (&one, &column, NULL), *none = tide_result_cell_format (&null, &column, NULL);

  g_assert_true (tide_result_cell_equal (&one, &real));
  g_assert_false (tide_result_cell_equal (&one, &text));
  g_assert_false (tide_result_cell_equal (&one, &null));
  g_assert_true (tide_result_cell_equal (&null, &null));
  g_assert_cmpstr (shown, ==, "1.0");
  g_assert_cmpstr (none, ==, "–");
}

static void
test_csv (void)
{
  g_autoptr (TideResultTable) before = table_new (1, "city|n", LINES ("Berlin|1", "Bonn|2", "Kiel|4"));
  g_autoptr (TideResultTable) now = table_new (2, "city|n", LINES ("Berlin|1", "Bonn|3", "=cmd()|1"));
  g_autoptr (TideResultDiff) diff = tide_result_diff_new (now, before);
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr (TideCsv) csv = tide_csv_new (stream);
  g_autofree char *text = NULL;

  g_assert_true (tide_result_diff_write_csv (diff, true, 1, csv, NULL));
  g_assert_true (tide_csv_finish (csv, NULL));
  text = g_strndup (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (stream)),
                    g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (stream)));
  g_assert_cmpstr (text, ==, "change,city,n,n version 1\r\nchanged,Bonn,3,2\r\nnew,\"'=cmd()\",1,\r\ngone,Kiel,4,4\r\n");
}

/* Whatever the rows: each row of either version occurs once, and every kind of difference is what it says. */
static void
test_random (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (int round = 0; round < 300; round++)
    {
      TideResultTable *tables[2] = { NULL, NULL };
      g_autoptr (TideResultDiff) diff = NULL;
      guint seen[2] = { 0, 0 };

      for (int t = 0; t < 2; t++)
        {
          g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

          for (int i = g_rand_int_range (rand, 0, 12); i > 0; i--)
            g_ptr_array_add (lines, g_strdup_printf ("k%d|%d|%d", g_rand_int_range (rand, 0, 6), g_rand_int_range (rand, 0, 3),
                                                     g_rand_int_range (rand, 0, 4)));
          g_ptr_array_add (lines, NULL);
          tables[t] = table_new (t + 1, "a|b|c", (const char *const *) lines->pdata);
        }
      diff = tide_result_diff_new (tables[1], tables[0]);
      for (guint i = 0; i < diff->rows->len; i++)
        {
          const TideResultRow *row = tide_result_diff_get_row (diff, i);
          bool equal = row->now >= 0 && row->before >= 0;

          seen[0] += row->before >= 0;
          seen[1] += row->now >= 0;
          g_assert_true (row->change != TIDE_ROW_NEW || row->before < 0);
          g_assert_true (row->change != TIDE_ROW_GONE || row->now < 0);
          for (guint c = 0; equal && c < 3; c++)
            equal = tide_result_cell_equal (tide_result_diff_get_now (diff, row, c), tide_result_diff_get_before (diff, row, c));
          g_assert_true ((row->change == TIDE_ROW_SAME) == equal);
        }
      g_assert_cmpuint (seen[0], ==, tables[0]->n_rows);
      g_assert_cmpuint (seen[1], ==, tables[1]->n_rows);
      tide_result_table_unref (tables[0]);
      tide_result_table_unref (tables[1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/result-diff/by-text", test_by_text);
  g_test_add_func ("/app/result-diff/by-two", test_by_two);
  g_test_add_func ("/app/result-diff/without-key", test_without_key);
  g_test_add_func ("/app/result-diff/columns", test_columns);
  g_test_add_func ("/app/result-diff/cells", test_cells);
  g_test_add_func ("/app/result-diff/csv", test_csv);
  g_test_add_func ("/app/result-diff/random", test_random);
  return g_test_run ();
}
