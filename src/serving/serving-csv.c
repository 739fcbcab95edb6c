/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV as RFC 4180 has it, in pieces of constant size, and files that appear whole or not at all. A text cell that a
 * spreadsheet would run as a formula gets a leading apostrophe; numbers and times are written by functions of their
 * own and never do, so a negative amount stays a number. */
#include "serving-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES (64 * 1024)

struct _TideCsv
{
  GOutputStream *stream;
  GString *buffer;
  bool in_row;
};

TideCsv *
tide_csv_new (GOutputStream *stream)
{
  TideCsv *csv = g_new0 (TideCsv, 1);

  csv->stream = g_object_ref (stream);
  csv->buffer = g_string_sized_new (PIECE_BYTES + 4096);
  return csv;
}

void
tide_csv_free (TideCsv *csv)
{
  if (csv == NULL)
    return;
  g_object_unref (csv->stream);
  g_string_free (csv->buffer, TRUE);
  g_free (csv);
}

static void
next_cell (TideCsv *csv)
{
  if (csv->in_row)
    g_string_append_c (csv->buffer, ',');
  csv->in_row = true;
}

/* What spreadsheets take for the start of a formula (OWASP, CSV Injection). */
static bool
would_run (char first)
{
  return first == '=' || first == '+' || first == '-' || first == '@' || first == '\t' || first == '\r';
}

/* @text as the bytes of a cell. */
void
tide_csv_append_text (GString *buffer, const char *text, gsize len)
{
  bool quote = false;

  if (len > 0 && would_run (text[0]))
    {
      g_string_append (buffer, "\"'");
      quote = true;
    }
  else if (len == 0 || memchr (text, ',', len) != NULL || memchr (text, '"', len) != NULL
           || memchr (text, '\n', len) != NULL || memchr (text, '\r', len) != NULL || text[0] == ' '
           || text[len - 1] == ' ')
    {
      g_string_append_c (buffer, '"'); /* an empty text is "", so that it differs from null */
      quote = true;
    }
  for (gsize i = 0; i < len; i++)
    {
      if (text[i] == '"')
        g_string_append_c (buffer, '"');
      g_string_append_c (buffer, text[i]);
    }
  if (quote)
    g_string_append_c (buffer, '"');
}

void
tide_csv_text (TideCsv *csv, const char *text, gssize len)
{
  next_cell (csv);
  if (text != NULL)
    tide_csv_append_text (csv->buffer, text, len < 0 ? strlen (text) : (gsize) len);
}

/* A cell whose bytes are made already: a number, a time, or from tide_csv_append_text(). */
void
tide_csv_cell (TideCsv *csv, const char *bytes, gsize len)
{
  GString *buffer = csv->buffer;

  /* One append a cell, and none of GString's checks. */
  if (G_UNLIKELY (buffer->len + len + 2 > buffer->allocated_len))
    {
      gsize old = buffer->len;

      g_string_set_size (buffer, old + len + 2);
      buffer->len = old;
    }
  if (csv->in_row)
    buffer->str[buffer->len++] = ',';
  csv->in_row = true;
  if (len > 0)
    memcpy (buffer->str + buffer->len, bytes, len);
  buffer->len += len;
  buffer->str[buffer->len] = '\0';
}

/* @value / 10^scale, with all decimals of the scale (at most 18). */
void
tide_csv_int (TideCsv *csv, int64_t value, int scale)
{
  char text[32], *at = text + sizeof text;
  uint64_t rest = value < 0 ? -(uint64_t) value : (uint64_t) value;
  int digits = 0;

  do
    {
      if (digits == scale && scale > 0)
        *--at = '.';
      *--at = (char) ('0' + rest % 10);
      rest /= 10;
      digits++;
    }
  while (rest > 0 || digits <= scale);
  if (value < 0)
    *--at = '-';
  tide_csv_cell (csv, at, (gsize) (text + sizeof text - at));
}

void
tide_csv_number (TideCsv *csv, const char *text)
{
  next_cell (csv);
  g_string_append (csv->buffer, text);
}

void
tide_csv_time (TideCsv *csv, TideTime time)
{
  char text[TIDE_TIME_STR_MAX];

  next_cell (csv);
  if (time == TIDE_TIME_NONE)
    return;
  g_string_append_len (csv->buffer, text, (gssize) tide_time_format (time, text));
}

void
tide_csv_value (TideCsv *csv, TideValue value)
{
  char text[TIDE_VALUE_STR_MAX];

  next_cell (csv);
  g_string_append_len (csv->buffer, text, (gssize) tide_value_format (value, text));
}

bool
tide_csv_end_row (TideCsv *csv, GError **error)
{
  g_string_append (csv->buffer, "\r\n");
  csv->in_row = false;
  return csv->buffer->len < PIECE_BYTES || tide_csv_finish (csv, error);
}

/**
 * tide_csv_finish:
 *
 * Writes what is held back; the stream stays open.
 */
bool
tide_csv_finish (TideCsv *csv, GError **error)
{
  bool done = g_output_stream_write_all (csv->stream, csv->buffer->str, csv->buffer->len, NULL, NULL, error);

  g_string_truncate (csv->buffer, 0);
  return done;
}

/**
 * tide_file_replace:
 *
 * Writes beside @path, on the same file system, and renames when all is on the disk: who reads @path sees the old
 * file or the new one, never a part.
 *
 * Errors: FULL, or FAILED with the path and what the system said.
 * Thread: not main.
 */
bool
tide_file_replace (const char *path, bool (*write) (GOutputStream *stream, void *data, GError **error), void *data,
                   GError **error)
{
  static gint serial;
  g_autofree char *aside
      = g_strdup_printf ("%s.%u-%d.part", path, (unsigned) getpid (), g_atomic_int_add (&serial, 1));
  g_autoptr (GFile) file = g_file_new_for_path (aside);
  g_autoptr (GFileOutputStream) stream = NULL;
  g_autoptr (GError) failed = NULL;

  tide_assert_not_main_thread ();
  stream = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, NULL, &failed);
  if (stream != NULL && write (G_OUTPUT_STREAM (stream), data, &failed)
      && g_output_stream_close (G_OUTPUT_STREAM (stream), NULL, &failed))
    {
      if (g_rename (aside, path) == 0)
        return true;
      g_set_error (&failed, TIDE_ERROR, TIDE_ERROR_FAILED, "%s", g_strerror (errno));
    }
  g_unlink (aside);
  if (failed->domain == TIDE_ERROR)
    g_propagate_error (error, g_steal_pointer (&failed));
  else
    g_set_error (error, TIDE_ERROR,
                 g_error_matches (failed, G_IO_ERROR, G_IO_ERROR_NO_SPACE) ? TIDE_ERROR_FULL : TIDE_ERROR_FAILED,
                 "can't write %s: %s", path, failed->message);
  return false;
}
