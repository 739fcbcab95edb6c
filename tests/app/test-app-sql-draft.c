/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of the status line, and names made of what a person typed. */
#include "app-analysis-dialog.h"
#include "app-field-tree.h"
#include "app-sql-draft.h"

static void
check_reads (const char *expected, const char *first, const char *second, const char *third)
{
  const char *reads[] = { first, second, third, NULL };
  g_autofree char *text = tide_sql_describe_reads ((char **) reads);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_reads (void)
{
  check_reads ("Reads no stream", NULL, NULL, NULL);
  check_reads ("Counts orders", "orders", NULL, NULL);
  check_reads ("Reads 1 field of orders", "orders.city", NULL, NULL);
  check_reads ("Reads 2 fields of orders", "orders.amount", "orders.city", NULL);
  check_reads ("Reads 2 fields of orders and payments", "orders.amount", "orders.city", "payments");
}

static void
test_line (void)
{
  g_assert_cmpint (tide_sql_error_line ("line 12, column 3: no such column: x"), ==, 12);
  g_assert_cmpint (tide_sql_error_line ("there is no statement"), ==, 0);
}

static void
test_names (void)
{
  static const char *const pairs[][2] = {
    { "Revenue by city!", "revenue-by-city" }, { "  Größe / Länge ", "grosse-lange" }, { "--", "" }, { "A1", "a1" },
  };
  static const char *const quoted[][2] = {
    { "city", "city" }, { "_seq", "_seq" }, { "revenue-by-city", "\"revenue-by-city\"" }, { "a\"b", "\"a\"\"b\"" },
    { "1st", "\"1st\"" }, { "", "\"\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *name = tide_name_from_title (pairs[i][0]);

      if (i == 1) /* how letters are written in ASCII is the system's */
        g_assert_true (*name == '\0' || tide_name_check (name, NULL));
      else
        g_assert_cmpstr (name, ==, pairs[i][1]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (quoted); i++)
    {
      g_autofree char *name = tide_field_tree_quote (quoted[i][0]);

      g_assert_cmpstr (name, ==, quoted[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/sql-draft/reads", test_reads);
  g_test_add_func ("/app/sql-draft/line", test_line);
  g_test_add_func ("/app/sql-draft/names", test_names);
  return g_test_run ();
}
