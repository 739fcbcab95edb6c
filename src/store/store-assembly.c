/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts the columns of a block together from batches (a commit) or from smaller blocks (a merge). A field that repeats
 * the event time or the key is not gathered at all as long as it does: it stays an alias of that column, and only gets
 * values of its own with the first row that differs. */
#include "store-assembly.h"

typedef struct
{
  int id;
  int alias;      /* of this column, in all rows so far; 0: none */
  uint32_t alias_n;
  TideGather *gather; /* NULL: no rows of its own yet */
} Entry;

struct _TideAssembly
{
  GArray *entries; /* Entry, ascending by id */
  GArray *columns; /* TideBlockColumn, of finish() */
};

static void
entry_clear (Entry *entry)
{
  tide_gather_free (entry->gather);
}

TideAssembly *
tide_assembly_new (void)
{
  TideAssembly *assembly = g_new0 (TideAssembly, 1);
  assembly->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (assembly->entries, (GDestroyNotify) entry_clear);
  assembly->columns = g_array_new (FALSE, FALSE, sizeof (TideBlockColumn));
  return assembly;
}

void
tide_assembly_free (TideAssembly *assembly)
{
  if (assembly == NULL)
    return;
  g_array_unref (assembly->entries);
  g_array_unref (assembly->columns);
  g_free (assembly);
}

void
tide_assembly_reset (TideAssembly *assembly)
{
  for (guint i = 0; i < assembly->entries->len; i++)
    {
      Entry *entry = &g_array_index (assembly->entries, Entry, i);
      entry->alias = 0;
      entry->alias_n = 0;
      if (entry->gather != NULL)
        tide_gather_reset (entry->gather);
    }
}

static Entry *
assembly_find (TideAssembly *assembly, int id, bool add)
{
  guint at = 0;
  for (; at < assembly->entries->len; at++)
    {
      Entry *entry = &g_array_index (assembly->entries, Entry, at);
      if (entry->id == id)
        return entry;
      if (entry->id > id)
        break;
    }
  Entry entry = { .id = id };
  if (!add)
    return NULL;
  g_array_insert_val (assembly->entries, at, entry);
  return &g_array_index (assembly->entries, Entry, at);
}

/* The entry's own gather, of the type of @column; one that was of another stream's column is replaced. */
static TideGather *
entry_gather (Entry *entry, const TideColumn *column)
{
  if (entry->gather != NULL && tide_gather_get_n (entry->gather) == 0
      && !tide_gather_takes (entry->gather, column))
    g_clear_pointer (&entry->gather, tide_gather_free);
  if (entry->gather == NULL)
    {
      entry->gather = tide_gather_new (column->type, column->scale);
      tide_gather_set_distinct (entry->gather, entry->id == TIDE_COLUMN_ID_SYSTEM + TIDE_COLUMN_PAYLOAD);
    }
  return entry->gather;
}

/* Gives an alias the values that it stood for. */
static void
entry_resolve (TideAssembly *assembly, Entry *entry)
{
  TideColumn target;
  uint32_t n = entry->alias_n;
  if (entry->alias == 0)
    return;
  tide_gather_get (assembly_find (assembly, entry->alias, false)->gather, &target);
  entry->alias = 0;
  entry->alias_n = 0;
  tide_gather_append (entry_gather (entry, &target), &target, n, false);
}

void
tide_assembly_append (TideAssembly *assembly, int id, const TideColumn *column, uint32_t before, uint32_t n,
                      bool copy)
{
  Entry *entry = assembly_find (assembly, id, true);
  entry_resolve (assembly, entry);
  TideGather *gather = entry_gather (entry, column);
  tide_gather_pad (gather, before);
  tide_gather_append (gather, column, n, copy);
}

bool
tide_assembly_append_alias (TideAssembly *assembly, int id, int target, uint32_t before, uint32_t n)
{
  const Entry *other = assembly_find (assembly, target, false);
  if (other == NULL || target >= id || other->gather == NULL || tide_gather_get_n (other->gather) != before + n)
    return false;
  Entry *entry = assembly_find (assembly, id, true);
  bool fresh = entry->alias == 0 && before == 0 && (entry->gather == NULL || tide_gather_get_n (entry->gather) == 0);
  if (!fresh && (entry->alias != target || entry->alias_n != before))
    return false;
  entry->alias = target;
  entry->alias_n = before + n;
  return true;
}

const TideBlockColumn *
tide_assembly_finish (TideAssembly *assembly, uint32_t n, guint *ret_n_columns, gsize *ret_bytes)
{
  gsize bytes = 0;
  g_array_set_size (assembly->columns, 0);
  for (guint i = 0; i < assembly->entries->len; i++)
    {
      Entry *entry = &g_array_index (assembly->entries, Entry, i);
      if (entry->alias != 0 && entry->alias_n < n)
        entry_resolve (assembly, entry);
      bool has_rows = entry->gather != NULL && tide_gather_get_n (entry->gather) > 0;
      if (entry->alias == 0 && !has_rows)
        continue;
      TideBlockColumn column = { .id = entry->id, .alias = entry->alias };
      /* The columns that aliases name have lower ids, and are complete by now. */
      TideGather *gather
        = entry->alias != 0 ? assembly_find (assembly, entry->alias, false)->gather : entry->gather;
      tide_gather_pad (gather, n);
      tide_gather_get (gather, &column.column);
      bytes += entry->alias != 0 ? 0 : tide_gather_get_bytes (gather);
      g_array_append_val (assembly->columns, column);
    }
  *ret_n_columns = assembly->columns->len;
  *ret_bytes = bytes;
  return (const TideBlockColumn *) (const void *) assembly->columns->data;
}
