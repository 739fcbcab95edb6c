/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is read of a growing table, as rows: what is there already stays as it is, with selection and scroll. */
#include "model.h"

#include "app-newest-first.h"

static gint64
key_at (GListStore *items, guint position, TideNewestFirstKey key)
{
  g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (items), position);

  return item != NULL ? key (item) : 0;
}

gint64
tide_newest_first_oldest (GListStore *items, TideNewestFirstKey key)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (items));

  return n > 0 ? key_at (items, n - 1, key) : 0;
}

/**
 * tide_newest_first_add:
 * @items: newest first
 * @read: (element-type GObject): a page as it was read, newest first: from the newest, or before the oldest of @items
 * @key: what grows with each row
 *
 * Returns: whether some came in front
 */
bool
tide_newest_first_add (GListStore *items, GPtrArray *read, TideNewestFirstKey key)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (items)), n_front = 0, back = read->len;
  gint64 first = n > 0 ? key_at (items, 0, key) : 0, last = n > 0 ? key_at (items, n - 1, key) : 0;

  while (n_front < read->len && (n == 0 || key (g_ptr_array_index (read, n_front)) > first))
    n_front++;
  while (back > n_front && key (g_ptr_array_index (read, back - 1)) < last)
    back--;
  if (n > 0 && n_front > 0 && n_front == read->len) /* more came than was read: begin anew, rather than leave a hole */
    g_list_store_remove_all (items);
  else
    g_list_store_splice (items, n, 0, read->pdata + back, read->len - back);
  g_list_store_splice (items, 0, 0, read->pdata, n_front);
  return n_front > 0;
}

/**
 * tide_newest_first_trim:
 * @max: rows that may stay
 * @max_bytes: they are trimmed to; the newest row stays whatever it takes
 * @bytes: what a row takes
 *
 * The oldest go.
 *
 * Returns: the bytes of those that stay
 */
gsize
tide_newest_first_trim (GListStore *items, guint max, gsize max_bytes, TideNewestFirstBytes bytes)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (items)), kept = 0;
  gsize sum = 0;

  for (; kept < MIN (n, max); kept++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (items), kept);
      gsize size = bytes (item);

      if (kept > 0 && sum + size > max_bytes)
        break;
      sum += size;
    }
  if (kept < n)
    g_list_store_splice (items, kept, n - kept, NULL, 0);
  return sum;
}
