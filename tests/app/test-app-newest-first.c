/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a growing table: newer ones in front, older ones behind, no hole between, and bounded in bytes. */
#include "app-newest-first.h"

/* A row is an action whose name is its number. */
static GObject *
row (int n)
{
  g_autofree char *name = g_strdup_printf ("%d", n);

  return G_OBJECT (g_simple_action_new (name, NULL));
}

static gint64
key_of (gpointer item)
{
  return g_ascii_strtoll (g_action_get_name (item), NULL, 10);
}

static gsize
bytes_of (gpointer item)
{
  return 100;
}

/* Reads @from down to @to. */
static bool
add (GListStore *items, int from, int to)
{
  g_autoptr (GPtrArray) read = g_ptr_array_new_with_free_func (g_object_unref);

  for (int n = from; n >= to; n--)
    g_ptr_array_add (read, row (n));
  return tide_newest_first_add (items, read, key_of);
}

static void
assert_rows (GListStore *items, int from, int to)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (items));

  g_assert_cmpint ((int) n, ==, from - to + 1);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (items), i);

      g_assert_cmpint (key_of (item), ==, from - (int) i);
    }
}

static void
test_add (void)
{
  g_autoptr (GListStore) items = g_list_store_new (G_TYPE_SIMPLE_ACTION);

  g_assert_true (add (items, 20, 11));
  g_assert_false (add (items, 20, 11));
  g_assert_true (add (items, 25, 16));
  g_assert_false (add (items, 10, 6));
  assert_rows (items, 25, 6);
  g_assert_cmpint (tide_newest_first_oldest (items, key_of), ==, 6);
  g_assert_false (add (items, 0, 1));
  assert_rows (items, 25, 6);
  /* All that was read is newer: there may be a hole. */
  g_assert_true (add (items, 50, 41));
  assert_rows (items, 50, 41);
}

static void
test_trim (void)
{
  g_autoptr (GListStore) items = g_list_store_new (G_TYPE_SIMPLE_ACTION);

  for (int n = 1; n < 500; n++)
    {
      add (items, n, MAX (n - 1, 1));
      g_assert_cmpuint (tide_newest_first_trim (items, 30, 2000, bytes_of), <=, 2000);
    }
  assert_rows (items, 499, 480);
  g_assert_cmpuint (tide_newest_first_trim (items, 3, 2000, bytes_of), ==, 300);
  g_assert_cmpuint (tide_newest_first_trim (items, 3, 1, bytes_of), ==, 100);
  assert_rows (items, 499, 499);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/newest-first/add", test_add);
  g_test_add_func ("/app/newest-first/trim", test_trim);
  return g_test_run ();
}
