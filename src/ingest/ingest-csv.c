/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV, read as Python's csv module reads it in strict mode: a quote is special only where a cell begins, "" inside
 * quotes is a quote, line ends inside quotes belong to the cell. The delimiter is found from the header, since
 * spreadsheets write ; where the comma is the decimal sign. A record with more or fewer cells than the header is
 * broken: guessing which column is missing would put values into the wrong fields. */
#include "ingest-csv.h"

#include "model.h"

#include <string.h>

enum
{
  CELL_START,
  UNQUOTED,
  QUOTED,
  QUOTE_IN_QUOTED, /* the end of the cell, or the first of two */
};

struct _TideCsv
{
  char **names;
  guint n_names;
  GPtrArray *columns; /* char*: of the header */
  int *field_of;      /* by column; -1: none */
  bool *has_column;   /* by name */
  guint n_columns;
  char delimiter;
  GArray *cells; /* TideRaw of the record being read */
  GString *scratch;
  char reason[128];
};

gsize
tide_csv_reader_frame (TideCsvFrame *frame, char delimiter, const char *data, gsize len)
{
  int state = frame->state;
  for (gsize i = frame->at; i < len; i++)
    {
      char c = data[i];
      if (c == '\n')
        {
          if (frame->first_line == 0)
            frame->first_line = i + 1;
          if (state != QUOTED)
            return i + 1;
        }
      switch (state)
        {
        case CELL_START:
          state = c == '"' ? QUOTED : c == delimiter ? CELL_START : UNQUOTED;
          break;
        case UNQUOTED:
          state = c == delimiter ? CELL_START : UNQUOTED;
          break;
        case QUOTED:
          state = c == '"' ? QUOTE_IN_QUOTED : QUOTED;
          break;
        default:
          state = c == '"' ? QUOTED : c == delimiter ? CELL_START : UNQUOTED;
          break;
        }
    }
  frame->at = len;
  frame->state = state;
  return 0;
}

char
tide_csv_reader_find_delimiter (const char *header, gsize len)
{
  static const char candidates[] = ",;\t|";
  guint counts[4] = { 0 };
  bool quoted = false;
  for (gsize i = 0; i < len && (quoted || header[i] != '\n'); i++)
    {
      if (header[i] == '"')
        quoted = !quoted;
      const char *found = quoted || header[i] == '\0' ? NULL : strchr (candidates, header[i]);
      if (found != NULL)
        counts[found - candidates]++;
    }
  guint best = 0;
  for (guint i = 1; i < 4; i++)
    if (counts[i] > counts[best])
      best = i;
  return candidates[best];
}

TideCsvReader *
tide_csv_reader_new (const char *const *names, guint n_names)
{
  TideCsvReader *csv = g_new0 (TideCsvReader, 1);
  csv->names = g_new0 (char *, n_names + 1);
  for (guint i = 0; i < n_names; i++)
    csv->names[i] = g_strdup (names[i]);
  csv->n_names = n_names;
  csv->columns = g_ptr_array_new_with_free_func (g_free);
  csv->field_of = g_new (int, MAX (n_names, 1));
  csv->has_column = g_new (bool, MAX (n_names, 1));
  for (guint i = 0; i < n_names; i++)
    {
      csv->field_of[i] = (int) i;
      csv->has_column[i] = true;
    }
  csv->n_columns = n_names;
  csv->delimiter = ',';
  csv->cells = g_array_new (FALSE, TRUE, sizeof (TideRaw));
  csv->scratch = g_string_new (NULL);
  return csv;
}

void
tide_csv_reader_free (TideCsvReader *csv)
{
  if (csv == NULL)
    return;
  g_strfreev (csv->names);
  g_ptr_array_unref (csv->columns);
  g_free (csv->field_of);
  g_free (csv->has_column);
  g_array_unref (csv->cells);
  g_string_free (csv->scratch, TRUE);
  g_free (csv);
}

/* A quoted cell that starts at @i; moves @i behind its closing quote. */
static bool
read_quoted (TideCsvReader *csv, const char *data, gsize len, gsize *i, TideRaw *ret_cell)
{
  gsize start = ++*i, begin = csv->scratch->len;
  bool doubled = false;
  for (;;)
    {
      const char *quote = memchr (data + *i, '"', len - *i);
      if (quote == NULL)
        return false;
      gsize at = (gsize) (quote - data);
      if (at + 1 < len && data[at + 1] == '"')
        {
          g_string_append_len (csv->scratch, data + *i, (gssize) (at + 1 - *i));
          doubled = true;
          *i = at + 2;
          continue;
        }
      if (doubled)
        g_string_append_len (csv->scratch, data + *i, (gssize) (at - *i));
      *i = at + 1;
      /* scratch doesn't move: it has room for the whole record. */
      ret_cell->data = doubled ? csv->scratch->str + begin : data + start;
      ret_cell->len = (uint32_t) (doubled ? csv->scratch->len - begin : at - start);
      ret_cell->kind = TIDE_RAW_CELL;
      return true;
    }
}

/* Splits a record into cells. FALSE: reason is set. */
static bool
split (TideCsvReader *csv, const char *data, gsize len)
{
  g_array_set_size (csv->cells, 0);
  g_string_truncate (csv->scratch, 0);
  if (csv->scratch->allocated_len <= len)
    {
      g_string_set_size (csv->scratch, len);
      g_string_truncate (csv->scratch, 0);
    }
  if (len > 0 && data[len - 1] == '\n')
    len--;
  if (len > 0 && data[len - 1] == '\r')
    len--;
  if (len > UINT32_MAX || !g_utf8_validate_len (data, len, NULL))
    {
      g_strlcpy (csv->reason, "malformed CSV: the text is not UTF-8", sizeof csv->reason);
      return false;
    }
  for (gsize i = 0;;)
    {
      TideRaw cell = { .kind = TIDE_RAW_NULL };
      if (i < len && data[i] == '"')
        {
          if (!read_quoted (csv, data, len, &i, &cell))
            {
              g_strlcpy (csv->reason, "malformed CSV: a quoted cell is not closed", sizeof csv->reason);
              return false;
            }
          if (i < len && data[i] != csv->delimiter)
            {
              g_snprintf (csv->reason, sizeof csv->reason, "malformed CSV: text after a closing quote in cell %u",
                          csv->cells->len + 1);
              return false;
            }
        }
      else
        {
          const char *end = memchr (data + i, csv->delimiter, len - i);
          gsize next = end == NULL ? len : (gsize) (end - data);
          cell = (TideRaw){ next > i ? TIDE_RAW_CELL : TIDE_RAW_NULL, (uint32_t) (next - i), data + i };
          i = next;
        }
      g_array_append_val (csv->cells, cell);
      if (i >= len)
        return true;
      i++;
    }
}

bool
tide_csv_reader_set_header (TideCsvReader *csv, const char *data, gsize len, GError **error)
{
  if (len >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0)
    {
      data += 3;
      len -= 3;
    }
  csv->delimiter = tide_csv_reader_find_delimiter (data, len);
  if (!split (csv, data, len))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "The header can't be read (%s); the first line must name the columns", csv->reason);
      return false;
    }
  csv->n_columns = csv->cells->len;
  csv->field_of = g_renew (int, csv->field_of, csv->n_columns);
  memset (csv->has_column, 0, csv->n_names * sizeof (bool));
  g_ptr_array_set_size (csv->columns, 0);
  for (guint column = 0; column < csv->n_columns; column++)
    {
      const TideRaw *cell = &g_array_index (csv->cells, TideRaw, column);
      char *name = g_strndup (cell->data != NULL ? cell->data : "", cell->len);
      g_ptr_array_add (csv->columns, name);
      csv->field_of[column] = -1;
      for (guint i = 0; i < csv->n_names; i++)
        if (!csv->has_column[i] && g_str_equal (csv->names[i], name))
          {
            csv->field_of[column] = (int) i;
            csv->has_column[i] = true;
            break;
          }
    }
  return true;
}

guint
tide_csv_reader_get_n_columns (const TideCsvReader *csv)
{
  return csv->columns->len;
}

const char *
tide_csv_reader_get_column (const TideCsvReader *csv, guint column, bool *ret_known)
{
  *ret_known = csv->field_of[column] >= 0;
  return g_ptr_array_index (csv->columns, column);
}

bool
tide_csv_reader_read (TideCsvReader *csv, const char *data, gsize len, TideRaw *ret_values, const char **ret_reason)
{
  *ret_reason = csv->reason;
  if (!split (csv, data, len))
    return false;
  if (csv->cells->len != csv->n_columns)
    {
      g_snprintf (csv->reason, sizeof csv->reason, "malformed CSV: expected %u cells, found %u", csv->n_columns,
                  csv->cells->len);
      return false;
    }
  for (guint i = 0; i < csv->n_names; i++)
    ret_values[i].kind = TIDE_RAW_MISSING;
  for (guint column = 0; column < csv->n_columns; column++)
    if (csv->field_of[column] >= 0)
      ret_values[csv->field_of[column]] = g_array_index (csv->cells, TideRaw, column);
  return true;
}
