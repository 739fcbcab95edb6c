/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The events in the buffer of a file: lines, or records of CSV that may take several. One that is too long goes to
 * quarantine with its first part, and reading goes on after it. */
#include "ingest-file-private.h"

#include <string.h>

#define LINE_MAX_BYTES (16 * 1024 * 1024)
#define KEPT_OF_OVERLONG (256 * 1024)

int64_t
tide_file_next_position (const TideFile *file)
{
  return file->base + file->read_offset - (int64_t) (file->end - file->start);
}

static TideEventMeta
meta_at (const TideFile *file, int64_t position)
{
  return (TideEventMeta){ .offset = position, .time = TIDE_TIME_NONE, .received = file->received };
}

static bool
is_blank (const char *data, gsize len)
{
  for (gsize i = 0; i < len; i++)
    if (data[i] != ' ' && data[i] != '\t' && data[i] != '\r' && data[i] != '\n')
      return false;
  return true;
}

/* Uses the first @len bytes of the buffer as an event, with its line end. */
static bool
take_record (TideFile *file, gsize len, GError **error)
{
  const char *data = file->buffer + file->start;
  int64_t position = tide_file_next_position (file);
  gsize text = len;
  file->start += len;
  file->searched = 0;
  file->frame = (TideCsvFrame){ 0 };
  while (text > 0 && (data[text - 1] == '\n' || data[text - 1] == '\r'))
    text--;
  if (is_blank (data, text))
    {
      tide_source_run_position (file->run, 0, position + (int64_t) len, NULL);
      return true;
    }
  if (file->wants_header)
    {
      file->wants_header = false;
      file->delimiter = tide_csv_reader_find_delimiter (data, text);
      if (!tide_source_run_header (file->run, data, text, error))
        return false;
      tide_source_run_position (file->run, 0, position + (int64_t) len, NULL);
      return true;
    }
  TideEventMeta meta = meta_at (file, position);
  return tide_source_run_event (file->run, data, text, &meta, position + (int64_t) len, error);
}

static void
reject_first (TideFile *file, gsize len, const char *reason)
{
  TideEventMeta meta = meta_at (file, tide_file_next_position (file));
  tide_source_run_reject (file->run, file->buffer + file->start, MIN (len, KEPT_OF_OVERLONG), &meta, reason);
  file->start += len;
  file->searched = 0;
  file->frame = (TideCsvFrame){ 0 };
  tide_source_run_position (file->run, 0, tide_file_next_position (file), NULL);
}

/* Ends the skipping of an overlong line; the buffer starts after it. */
static void
reject_overlong (TideFile *file)
{
  TideEventMeta meta = meta_at (file, file->overlong_offset);
  tide_source_run_reject (file->run, (const char *) file->overlong->data, file->overlong->len, &meta,
                          "the line is longer than 16 MiB; only its beginning is kept");
  g_clear_pointer (&file->overlong, g_byte_array_unref);
  tide_source_run_position (file->run, 0, tide_file_next_position (file), NULL);
}

/* Length of the record at the start of the buffer; 0: not all of it is there. */
static gsize
find_record (TideFile *file)
{
  const char *data = file->buffer + file->start;
  gsize len = file->end - file->start;
  if (file->csv)
    {
      if (file->wants_header && file->frame.at == 0)
        file->delimiter = tide_csv_reader_find_delimiter (data, len);
      return tide_csv_reader_frame (&file->frame, file->delimiter, data, len);
    }
  const char *line_end = memchr (data + file->searched, '\n', len - file->searched);
  file->searched = len;
  return line_end == NULL ? 0 : (gsize) (line_end - data) + 1;
}

static bool
skip_overlong (TideFile *file)
{
  char *line_end = memchr (file->buffer + file->start, '\n', file->end - file->start);
  file->start = line_end == NULL ? file->end : (gsize) (line_end - file->buffer) + 1;
  if (line_end == NULL)
    return false;
  reject_overlong (file);
  return true;
}

bool
tide_file_use_buffer (TideFile *file, GError **error)
{
  if (file->overlong != NULL && !skip_overlong (file))
    return true;
  while (file->start < file->end && !tide_source_run_is_stopped (file->run))
    {
      gsize len = find_record (file), held = file->end - file->start;
      if (len > 0)
        {
          if (!take_record (file, len, error))
            return false;
        }
      else if (file->csv && file->frame.first_line > 0 && held > TIDE_FILE_RECORD_MAX_BYTES)
        reject_first (file, file->frame.first_line, "malformed CSV: a quoted cell is not closed within 1 MiB");
      else if (held >= LINE_MAX_BYTES)
        {
          file->overlong_offset = tide_file_next_position (file);
          file->overlong = g_byte_array_new ();
          g_byte_array_append (file->overlong, (const guint8 *) file->buffer + file->start, KEPT_OF_OVERLONG);
          file->start = file->end;
          file->searched = 0;
          file->frame = (TideCsvFrame){ 0 };
        }
      else
        break;
    }
  return true;
}

bool
tide_file_use_rest (TideFile *file, GError **error)
{
  if (file->overlong != NULL)
    reject_overlong (file);
  while (file->start < file->end)
    {
      /* An open quote at the very end is the fault of its first line only. */
      if (file->csv && file->frame.first_line > 0)
        {
          reject_first (file, file->frame.first_line, "malformed CSV: a quoted cell is not closed");
          if (!tide_file_use_buffer (file, error))
            return false;
        }
      else if (!take_record (file, file->end - file->start, error))
        return false;
    }
  return true;
}
