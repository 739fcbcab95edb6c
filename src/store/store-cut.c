/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a cut means outside: the event time there, and the next offset of every partition. Positions in the database are
 * those of the last commit, ahead of the cut by the events after it. So the next offset at the cut is the smallest one
 * of the events after it, or the committed position where a partition has none. Blocks of one partition tell it by
 * their bounds alone. An event that was replayed from quarantine keeps its old offset and would pull the vector back;
 * so an offset below the vector of an earlier cut does not count. */
#include "store-rollup-private.h"

/* (source, partition) → next offset at the cut. */
typedef struct
{
  GTree *offsets; /* "source\tpartition" → gint64 */
  GHashTable *earlier; /* the same, at the newest earlier cut that was described */
  TideSeq cut;
  TideTime time;
} Describe;

static char *
partition_key (TideText source, int64_t partition)
{
  return g_strdup_printf ("%.*s\t%" G_GINT64_FORMAT, (int) source.len, source.data, (gint64) partition);
}

static void
describe_add (Describe *describe, TideText source, int64_t partition, int64_t offset)
{
  char *key = partition_key (source, partition);
  gint64 *earlier = g_hash_table_lookup (describe->earlier, key);
  gint64 *known = g_tree_lookup (describe->offsets, key);
  if (earlier != NULL && offset < *earlier)
    g_free (key);
  else if (known == NULL)
    {
      known = g_new (gint64, 1);
      *known = offset;
      g_tree_insert (describe->offsets, key, known);
    }
  else
    {
      *known = MIN (*known, offset);
      g_free (key);
    }
}

/* A block of one partition needs no reading. */
static bool
describe_block (TideScan *scan, const TideBlock *block, void *data)
{
  Describe *describe = data;
  TideZone source, partition, offset;
  if (block->first_seq <= describe->cut || !tide_scan_get_zone (scan, block, TIDE_COLUMN_PARTITION, &partition)
      || partition.type != TIDE_TYPE_INT || partition.nulls != 0 || partition.int_min != partition.int_max
      || !tide_scan_get_zone (scan, block, TIDE_COLUMN_OFFSET, &offset) || offset.type != TIDE_TYPE_INT
      || offset.nulls != 0 || !tide_scan_get_zone (scan, block, TIDE_COLUMN_SOURCE, &source)
      || source.type != TIDE_TYPE_TEXT || source.nulls != 0 || !tide_text_equal (source.text_min, source.text_max))
    return true;
  describe_add (describe, source.text_min, partition.int_min, offset.int_min);
  return false;
}

/* Rows come in runs of one source and partition: a lookup for each run. */
static void
describe_batch (Describe *describe, const TideBatch *batch)
{
  const TideColumn *source = &batch->columns[TIDE_COLUMN_SOURCE];
  const TideColumn *partition = &batch->columns[TIDE_COLUMN_PARTITION];
  const TideColumn *offset = &batch->columns[TIDE_COLUMN_OFFSET];
  uint32_t row = batch->first_seq <= describe->cut ? (uint32_t) (describe->cut - batch->first_seq + 1) : 0;
  if (row > 0)
    describe->time = batch->columns[TIDE_COLUMN_TIME].ints[row - 1];
  while (row < batch->n)
    {
      if (!tide_column_is_valid (source, row) || !tide_column_is_valid (partition, row)
          || !tide_column_is_valid (offset, row))
        {
          row++;
          continue;
        }
      uint32_t code = source->codes[row];
      int64_t number = partition->ints[row], least = offset->ints[row];
      for (row++; row < batch->n && source->codes[row] == code && partition->ints[row] == number
                  && tide_column_is_valid (source, row) && tide_column_is_valid (offset, row);
           row++)
        least = MIN (least, offset->ints[row]);
      describe_add (describe, source->dict[code], number, least);
    }
}

static bool
describe_scan (sqlite3 *db, const TideStream *stream, Describe *describe, GError **error)
{
  g_autofree bool *columns = g_new0 (bool, TIDE_COLUMN_FIELD0 + stream->n_fields);
  columns[TIDE_COLUMN_TIME] = columns[TIDE_COLUMN_SOURCE] = columns[TIDE_COLUMN_PARTITION] = true;
  columns[TIDE_COLUMN_OFFSET] = true;
  TideScanOptions options = {
    .stream = stream,
    .after = MAX (describe->cut - 1, 0),
    .from = TIDE_TIME_NONE,
    .to = TIDE_TIME_MAX,
    .columns = columns,
  };
  g_autoptr (TideScan) scan = tide_scan_new_on (db, &options, error);
  if (scan == NULL)
    return false;
  tide_scan_set_filter (scan, describe_block, describe);
  const TideBatch *batch = NULL;
  while (tide_scan_next (scan, &batch, error))
    {
      if (batch == NULL)
        return true;
      describe_batch (describe, batch);
    }
  return false;
}

#define NEWEST_EARLIER                                                                                                \
  "SELECT cut, offsets FROM metric_version WHERE stream=?1 AND cut<=?2 AND offsets IS NOT NULL ORDER BY cut DESC LIMIT 1"

/* The vector of the newest earlier cut of the stream. */
static bool
describe_load_earlier (sqlite3 *db, const TideStream *stream, Describe *describe, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db,
    "SELECT s.key, p.key, p.value FROM (" NEWEST_EARLIER ") AS v, json_each(v.offsets) AS s, json_each(s.value) AS p",
    error);
  bool row = stmt != NULL;
  if (row)
    tide_stmt_bind (stmt, "ti", stream->name, describe->cut);
  while (row)
    {
      if (!tide_db_step (stmt, &row, error))
        return false;
      if (!row)
        return true;
      gint64 *value = g_new (gint64, 1);
      *value = sqlite3_column_int64 (stmt, 2);
      g_hash_table_insert (describe->earlier,
                           g_strdup_printf ("%s\t%s", (const char *) sqlite3_column_text (stmt, 0),
                                            (const char *) sqlite3_column_text (stmt, 1)),
                           value);
    }
  return false;
}

/* Partitions without an event after the cut stand where they were committed. The sources of a stream are those of the
 * vector of an earlier cut and those that blocks since then name; so what this costs does not grow with the history. */
static bool
describe_add_positions (sqlite3 *db, const TideStream *stream, Describe *describe, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
    "WITH v AS (" NEWEST_EARLIER "),"
    " first AS (SELECT max(b.first_seq) AS seq FROM block AS b JOIN stream AS s ON s.id=b.stream"
    " WHERE s.name=?1 AND b.first_seq<=(SELECT cut FROM v))"
    " SELECT p.source, p.partition, p.offset FROM position AS p"
    " WHERE p.source IN (SELECT s.key FROM v, json_each(v.offsets) AS s)"
    " OR EXISTS (SELECT 1 FROM stream AS s CROSS JOIN block AS b ON b.stream=s.id"
    " AND b.first_seq>=coalesce((SELECT seq FROM first), 0) JOIN block_column AS c ON c.id=(b.id<<10)+%d"
    " WHERE s.name=?1 AND p.source BETWEEN c.zmin AND c.zmax)",
    TIDE_COLUMN_ID_SYSTEM + TIDE_COLUMN_SOURCE);
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, sql, error);
  bool row = stmt != NULL;
  if (row)
    tide_stmt_bind (stmt, "ti", stream->name, describe->cut);
  while (row)
    {
      if (!tide_db_step (stmt, &row, error))
        return false;
      if (!row)
        return true;
      const char *source = (const char *) sqlite3_column_text (stmt, 0);
      g_autofree char *key = partition_key (tide_text (source), sqlite3_column_int64 (stmt, 1));
      if (g_tree_lookup (describe->offsets, key) == NULL)
        describe_add (describe, tide_text (source), sqlite3_column_int64 (stmt, 1), sqlite3_column_int64 (stmt, 2));
    }
  return false;
}

typedef struct
{
  GString *text;
  char *source; /* whose object is open */
} Json;

static gboolean
json_add (gpointer key, gpointer value, gpointer data)
{
  Json *json = data;
  const char *tab = strchr (key, '\t');
  g_autofree char *source = g_strndup (key, (gsize) (tab - (const char *) key));
  if (g_strcmp0 (source, json->source) != 0)
    {
      /* Names are letters, digits, - and _: nothing to escape. */
      g_string_append_printf (json->text, "%s\"%s\":{", json->source != NULL ? "}," : "", source);
      g_free (json->source);
      json->source = g_steal_pointer (&source);
    }
  else
    g_string_append_c (json->text, ',');
  g_string_append_printf (json->text, "\"%s\":%" G_GINT64_FORMAT, tab + 1, *(const gint64 *) value);
  return FALSE;
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

/* Metrics of one stream publish the same cut: the first one's answer serves all. */
static bool
describe_find (sqlite3 *db, const TideStream *stream, TideSeq cut, TideTime *ret_time, char **ret_offsets,
               bool *ret_found, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    db, "SELECT cut_time, offsets FROM metric_version WHERE stream=? AND cut=? AND offsets IS NOT NULL LIMIT 1", error);
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "ti", stream->name, cut);
  if (!tide_db_step (stmt, ret_found, error))
    return false;
  if (*ret_found)
    {
      *ret_time = tide_stmt_time (stmt, 0);
      *ret_offsets = tide_db_dup_text (stmt, 1);
    }
  return true;
}

/**
 * tide_cut_describe:
 * @db: in a read transaction
 * @ret_time: (out): TIDE_TIME_NONE when the event at the cut is gone
 * @ret_offsets: (out): JSON; free with g_free()
 *
 * Errors: BUSY, CORRUPT.
 */
bool
tide_cut_describe (sqlite3 *db, const TideStream *stream, TideSeq cut, TideTime *ret_time, char **ret_offsets,
                   GError **error)
{
  bool found = false;
  if (!describe_find (db, stream, cut, ret_time, ret_offsets, &found, error))
    return false;
  if (found)
    return true;
  g_autoptr (GTree) offsets = g_tree_new_full (compare_keys, NULL, g_free, g_free);
  g_autoptr (GHashTable) earlier = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Describe describe = { .offsets = offsets, .earlier = earlier, .cut = cut, .time = TIDE_TIME_NONE };
  if (!describe_load_earlier (db, stream, &describe, error) || !describe_scan (db, stream, &describe, error)
      || !describe_add_positions (db, stream, &describe, error))
    return false;
  Json json = { .text = g_string_new ("{") };
  g_tree_foreach (offsets, json_add, &json);
  g_string_append (json.text, json.source != NULL ? "}}" : "}");
  g_free (json.source);
  *ret_time = describe.time;
  *ret_offsets = g_string_free (json.text, FALSE);
  return true;
}
