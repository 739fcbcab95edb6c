/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a stream through SQL. A cursor scans block by block, drops blocks by their bounds and rows by vectorised
 * conditions, and gives SQLite single values of what is left. SQLite may keep a pointer to a text past the row (an
 * aggregate's bare column), so only texts that are interned for the life of the table are given without a copy; they are
 * those of small dictionaries, the others are copied. */
#include "store-vtab.h"

#include <math.h>
#include <xxhash.h>

#define INTERNED_MAX_BYTES (8 * 1024 * 1024)
/* Dictionaries up to this, and a quarter of the rows, are worth interning. */
#define INTERNED_MAX_DICT 4096

typedef struct
{
  sqlite3_vtab_cursor base;
  TideVtab *vtab;
  sqlite3_stmt *snapshot; /* keeps the read transaction from the first cursor to the last */
  bool *columns;          /* of the batch: to be read */
  GArray *conditions;     /* TideCondition */
  bool descending, never;
  TideSeq after, up_to;
  TideScan *scan;
  const TideBatch *batch; /* NULL: at the end */
  guint counted;          /* blocks told to the meter */
  uint32_t *rows;         /* that the conditions left, ascending; allocated */
  bool filtered;          /* rows holds; else all are taken */
  guint8 *mask;
  uint32_t allocated;
  uint32_t at, n;         /* position in rows, and how many */
  const TideText ***texts; /* by batch column: by code the interned text; NULL: not interned */
} Cursor;

static int
cursor_fail (Cursor *cursor, const GError *error, int code)
{
  sqlite3_free (cursor->vtab->base.zErrMsg);
  cursor->vtab->base.zErrMsg = sqlite3_mprintf ("%s", error->message);
  return g_error_matches (error, TIDE_ERROR, TIDE_ERROR_CANCELLED)
             || g_error_matches (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT)
           ? SQLITE_INTERRUPT
           : code;
}

int
tide_vtab_open (sqlite3_vtab *table, sqlite3_vtab_cursor **ret_cursor)
{
  TideVtab *vtab = (TideVtab *) table;
  Cursor *cursor = g_new0 (Cursor, 1);
  cursor->vtab = vtab;
  cursor->columns = g_new0 (bool, TIDE_COLUMN_FIELD0 + vtab->stream->n_fields);
  cursor->texts = g_new0 (const TideText **, TIDE_COLUMN_FIELD0 + vtab->stream->n_fields);
  cursor->conditions = g_array_new (FALSE, TRUE, sizeof (TideCondition));
  g_array_set_clear_func (cursor->conditions, (GDestroyNotify) tide_condition_clear);
  if (sqlite3_prepare_v2 (vtab->db, "SELECT count(*) FROM main.meta", -1, &cursor->snapshot, NULL) == SQLITE_OK)
    sqlite3_step (cursor->snapshot);
  *ret_cursor = &cursor->base;
  return SQLITE_OK;
}

static void
cursor_forget_texts (Cursor *cursor)
{
  for (uint32_t i = 0; i < TIDE_COLUMN_FIELD0 + cursor->vtab->stream->n_fields; i++)
    g_clear_pointer (&cursor->texts[i], g_free);
}

int
tide_vtab_close (sqlite3_vtab_cursor *base)
{
  Cursor *cursor = (Cursor *) base;
  cursor_forget_texts (cursor);
  tide_scan_free (cursor->scan);
  sqlite3_finalize (cursor->snapshot);
  g_array_unref (cursor->conditions);
  g_free (cursor->columns);
  g_free (cursor->texts);
  g_free (cursor->rows);
  g_free (cursor->mask);
  g_free (cursor);
  return SQLITE_OK;
}

/* --- texts that stay --- */

static guint
text_hash (gconstpointer key)
{
  const TideText *text = key;
  return (guint) XXH3_64bits (text->data, text->len);
}

static gboolean
text_equal (gconstpointer a, gconstpointer b)
{
  return tide_text_equal (*(const TideText *) a, *(const TideText *) b);
}

static const TideText *
vtab_intern (TideVtab *vtab, const TideText *text)
{
  if (vtab->interned == NULL)
    vtab->interned = g_hash_table_new_full (text_hash, text_equal, NULL, g_free);
  TideText *known = g_hash_table_lookup (vtab->interned, text);
  if (known != NULL || vtab->interned_bytes > INTERNED_MAX_BYTES)
    return known;
  known = g_malloc (sizeof *known + text->len + 1);
  char *data = (char *) (known + 1);
  memcpy (data, text->data, text->len);
  data[text->len] = '\0';
  *known = (TideText){ data, text->len };
  g_hash_table_insert (vtab->interned, known, known);
  vtab->interned_bytes += sizeof *known + text->len + 64;
  return known;
}

static void
cursor_intern (Cursor *cursor)
{
  cursor_forget_texts (cursor);
  for (uint32_t c = 0; c < cursor->batch->n_columns; c++)
    {
      const TideColumn *column = &cursor->batch->columns[c];
      if (!cursor->columns[c] || column->type != TIDE_TYPE_TEXT || column->n_dict == 0
          || column->n_dict > INTERNED_MAX_DICT || column->n_dict > cursor->n / 4)
        continue;
      cursor->texts[c] = g_new (const TideText *, column->n_dict);
      for (uint32_t i = 0; i < column->n_dict; i++)
        cursor->texts[c][i] = vtab_intern (cursor->vtab, &column->dict[i]);
    }
}

/* --- blocks --- */

/* FALSE: no row of it can be wanted. */
static bool
cursor_wants_block (TideScan *scan, const TideBlock *block, void *data)
{
  const Cursor *cursor = data;
  for (guint i = 0; i < cursor->conditions->len; i++)
    {
      const TideCondition *condition = &g_array_index (cursor->conditions, TideCondition, i);
      TideZone zone;
      if (condition->column == TIDE_COLUMN_TIME)
        {
          if (!tide_condition_test_range (condition, block->time_min, block->time_max))
            return false;
        }
      else if (condition->column == TIDE_COLUMN_RECEIVED)
        {
          if (!tide_condition_test_range (condition, block->received_min, block->received_max))
            return false;
        }
      else if (condition->column == TIDE_CONDITION_SEQ)
        {
          if (!tide_condition_test_range (condition, block->first_seq, block->first_seq + block->n - 1))
            return false;
        }
      else if (tide_scan_get_zone (scan, block, condition->column, &zone)
               && zone.type != TIDE_TYPE_NONE && !tide_condition_test_zone (condition, &zone))
        return false;
    }
  return true;
}

static void
cursor_reserve (Cursor *cursor, uint32_t n)
{
  if (n <= cursor->allocated)
    return;
  cursor->allocated = n;
  cursor->mask = g_realloc (cursor->mask, n);
  cursor->rows = g_renew (uint32_t, cursor->rows, n);
}

/* The rows of the batch that the conditions leave. */
static void
cursor_select (Cursor *cursor)
{
  const TideBatch *batch = cursor->batch;
  cursor->n = batch->n;
  cursor->filtered = false;
  for (guint i = 0; i < cursor->conditions->len; i++)
    {
      const TideCondition *condition = &g_array_index (cursor->conditions, TideCondition, i);
      if (condition->column == TIDE_CONDITION_SEQ || condition->kind == TIDE_CONDITION_NONE)
        continue;
      if (!cursor->filtered)
        {
          cursor_reserve (cursor, batch->n);
          memset (cursor->mask, 1, batch->n);
          cursor->filtered = true;
        }
      tide_condition_apply (condition, &batch->columns[condition->column], batch->n, cursor->mask);
    }
  if (!cursor->filtered)
    return;
  uint32_t n = 0;
  for (uint32_t i = 0; i < batch->n; i++)
    {
      cursor->rows[n] = i;
      n += cursor->mask[i];
    }
  cursor->n = n;
}

static bool
cursor_check (Cursor *cursor, GError **error)
{
  TideSeq first = 0;
  uint64_t corrupt = tide_scan_get_corrupt (cursor->scan, &first);
  if (corrupt != 0)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT,
                 "%" G_GUINT64_FORMAT " events of %s from _seq %" G_GINT64_FORMAT
                 " on are damaged and can't be read; leave them out by _seq, or restore a backup",
                 corrupt, cursor->vtab->stream->name, (gint64) first);
  return corrupt == 0;
}

static void
cursor_meter (Cursor *cursor)
{
  TideVtabMeter *meter = cursor->vtab->meter;
  guint blocks = tide_scan_get_n_blocks (cursor->scan);
  if (meter == NULL)
    return;
  __atomic_fetch_add (&meter->blocks, blocks - cursor->counted, __ATOMIC_RELAXED);
  cursor->counted = blocks;
  if (cursor->batch != NULL)
    __atomic_fetch_add (&meter->events, cursor->batch->n, __ATOMIC_RELAXED);
}

/* The next block that has a row. */
static int
cursor_advance (Cursor *cursor)
{
  TideVtabMeter *meter = cursor->vtab->meter;
  do
    {
      g_autoptr (GError) error = NULL;
      if (meter != NULL && meter->stopped != NULL && meter->stopped (meter->data))
        return SQLITE_INTERRUPT;
      if (!tide_scan_next (cursor->scan, &cursor->batch, &error) || !cursor_check (cursor, &error))
        {
          cursor->batch = NULL;
          return cursor_fail (cursor, error, SQLITE_ERROR);
        }
      cursor_meter (cursor);
      if (cursor->batch == NULL)
        return SQLITE_OK;
      cursor->at = 0;
      cursor_select (cursor);
    }
  while (cursor->n == 0);
  cursor_intern (cursor);
  return SQLITE_OK;
}

/* --- the module's methods --- */

/* @text as tide_vtab_best_index() wrote it: "A" or "D", columns in hexadecimal, then " op column" for each argument. */
static int
cursor_parse (Cursor *cursor, const char *text, int argc, sqlite3_value **argv)
{
  char *end = NULL;
  cursor->descending = text[0] == 'D';
  guint64 used = g_ascii_strtoull (text + 1, &end, 16);
  for (int i = 0; i < (int) cursor->vtab->stream->n_fields + TIDE_VTAB_N; i++)
    {
      /* Bit 63 is every column from there on. */
      uint32_t column = tide_vtab_get_column (cursor->vtab, i, NULL, NULL);
      if (column != TIDE_CONDITION_SEQ && (used >> MIN (i, 63) & 1) != 0)
        cursor->columns[column] = true;
    }
  for (int i = 0; i < argc; i++)
    {
      TideType type = TIDE_TYPE_NONE;
      int scale = 0;
      char op = end[1];
      int index = (int) g_ascii_strtoll (end + 2, &end, 10);
      uint32_t column = tide_vtab_get_column (cursor->vtab, index, &type, &scale);
      TideCondition condition;
      int code = tide_condition_init (&condition, column, tide_condition_get_class (type, scale), op, argv[i]);
      g_array_append_val (cursor->conditions, condition);
      if (code != SQLITE_OK)
        return code;
      cursor->never |= condition.kind == TIDE_CONDITION_NEVER;
      if (column != TIDE_CONDITION_SEQ)
        cursor->columns[column] = true;
      else if (condition.kind == TIDE_CONDITION_INTS)
        {
          cursor->after = MAX (cursor->after, condition.int_low > 0 ? condition.int_low - 1 : 0);
          cursor->up_to = MIN (cursor->up_to, condition.int_high);
        }
    }
  return SQLITE_OK;
}

int
tide_vtab_filter (sqlite3_vtab_cursor *base, int number, const char *text, int argc, sqlite3_value **argv)
{
  Cursor *cursor = (Cursor *) base;
  TideVtab *vtab = cursor->vtab;
  g_autoptr (GError) error = NULL;
  g_clear_pointer (&cursor->scan, tide_scan_free);
  memset (cursor->columns, 0, TIDE_COLUMN_FIELD0 + vtab->stream->n_fields);
  g_array_set_size (cursor->conditions, 0);
  cursor->batch = NULL;
  cursor->never = false;
  cursor->counted = 0;
  cursor->after = 0;
  cursor->up_to = INT64_MAX;
  int code = cursor_parse (cursor, text, argc, argv);
  if (code != SQLITE_OK)
    return code;
  if (cursor->never || cursor->after >= cursor->up_to)
    return SQLITE_OK;
  TideScanOptions options = {
    .stream = vtab->stream,
    .after = cursor->after,
    .up_to = cursor->up_to == INT64_MAX ? 0 : cursor->up_to,
    .from = TIDE_TIME_NONE,
    .to = TIDE_TIME_MAX,
    .columns = cursor->columns,
    .descending = cursor->descending,
  };
  cursor->scan = tide_scan_new_on (vtab->db, &options, &error);
  if (cursor->scan == NULL)
    return cursor_fail (cursor, error, SQLITE_ERROR);
  if (cursor->conditions->len > 0)
    tide_scan_set_filter (cursor->scan, cursor_wants_block, cursor);
  if (vtab->meter != NULL)
    __atomic_fetch_add (&vtab->meter->total, tide_scan_count_blocks (cursor->scan), __ATOMIC_RELAXED);
  return cursor_advance (cursor);
}

int
tide_vtab_next (sqlite3_vtab_cursor *base)
{
  Cursor *cursor = (Cursor *) base;
  return ++cursor->at < cursor->n ? SQLITE_OK : cursor_advance (cursor);
}

int
tide_vtab_eof (sqlite3_vtab_cursor *base)
{
  return ((Cursor *) base)->batch == NULL;
}

static inline uint32_t
cursor_get_row (const Cursor *cursor)
{
  uint32_t at = cursor->descending ? cursor->n - 1 - cursor->at : cursor->at;
  return cursor->filtered ? cursor->rows[at] : at;
}

int
tide_vtab_rowid (sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
  const Cursor *cursor = (Cursor *) base;
  *ret_rowid = cursor->batch->first_seq + cursor_get_row (cursor);
  return SQLITE_OK;
}

static void
column_text (const Cursor *cursor, sqlite3_context *context, uint32_t number, const TideColumn *column, uint32_t row)
{
  uint32_t code = column->codes[row];
  const TideText *text = cursor->texts[number] != NULL ? cursor->texts[number][code] : NULL;
  if (text != NULL)
    sqlite3_result_text64 (context, text->data, text->len, SQLITE_STATIC, SQLITE_UTF8);
  else
    {
      text = &column->dict[code];
      sqlite3_result_text64 (context, text->len > 0 ? text->data : "", text->len, SQLITE_TRANSIENT, SQLITE_UTF8);
    }
}

int
tide_vtab_column (sqlite3_vtab_cursor *base, sqlite3_context *context, int index)
{
  const Cursor *cursor = (Cursor *) base;
  uint32_t row = cursor_get_row (cursor);
  uint32_t number = tide_vtab_get_column (cursor->vtab, index, NULL, NULL);
  if (number == TIDE_CONDITION_SEQ)
    {
      sqlite3_result_int64 (context, cursor->batch->first_seq + row);
      return SQLITE_OK;
    }
  const TideColumn *column = &cursor->batch->columns[number];
  if (!tide_column_is_valid (column, row))
    return SQLITE_OK; /* null */
  switch (column->type)
    {
    case TIDE_TYPE_REAL:
      sqlite3_result_double (context, column->reals[row]);
      break;
    case TIDE_TYPE_TEXT:
      column_text (cursor, context, number, column, row);
      break;
    case TIDE_TYPE_DECIMAL:
      if (column->scale > 0)
        {
          sqlite3_result_double (context, tide_condition_real (column->ints[row], column->scale));
          break;
        }
      G_GNUC_FALLTHROUGH;
    case TIDE_TYPE_INT:
    case TIDE_TYPE_BOOL:
    case TIDE_TYPE_TIME:
      sqlite3_result_int64 (context, column->ints[row]);
      break;
    case TIDE_TYPE_NONE:
    default:
      break;
    }
  return SQLITE_OK;
}
