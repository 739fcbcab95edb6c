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
 * @page: how many were asked for
 * @max: the oldest go when there are more and newer ones came
 * @key: what grows with each row
 *
 * Returns: whether some came in front
 */
bool
tide_newest_first_add (GListStore *items, GPtrArray *read, guint page, guint max, TideNewestFirstKey key)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (items)), n_front = 0, back = read->len;
  gint64 first = n > 0 ? key_at (items, 0, key) : 0, last = n > 0 ? key_at (items, n - 1, key) : 0;

  while (n_front < read->len && (n == 0 || key (g_ptr_array_index (read, n_front)) > first))
    n_front++;
  while (back > n_front && key (g_ptr_array_index (read, back - 1)) < last)
    back--;
  if (n > 0 && n_front == page) /* more came than a page: begin anew, rather than leave a hole */
    g_list_store_remove_all (items);
  else
    g_list_store_splice (items, n, 0, read->pdata + back, read->len - back);
  g_list_store_splice (items, 0, 0, read->pdata, n_front);
  n = g_list_model_get_n_items (G_LIST_MODEL (items));
  if (n > max && n_front > 0)
    g_list_store_splice (items, max, n - max, NULL, 0);
  return n_front > 0;
}
