/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads CSV from standard input and prints a line for each record: "-" when it was refused, else its cells in
 * hexadecimal, "~" for one that is empty and not quoted. The other half of csv-differential.py. The first record is
 * the header. Records are found in pieces of the size given as argument, as they come from a file. */
#include "ingest-csv.h"

#include <stdio.h>
#include <stdlib.h>

static void
print_record (TideCsvReader *csv, guint n, const char *data, gsize len)
{
  g_autofree TideRaw *cells = g_new0 (TideRaw, n);
  const char *reason;
  if (!tide_csv_reader_read (csv, data, len, cells, &reason))
    {
      puts ("-");
      return;
    }
  for (guint i = 0; i < n; i++)
    {
      fputs (cells[i].kind == TIDE_RAW_NULL ? "~" : "=", stdout);
      for (gsize k = 0; cells[i].kind == TIDE_RAW_CELL && k < cells[i].len; k++)
        printf ("%02x", (unsigned char) cells[i].data[k]);
    }
  puts ("");
}

int
main (int argc, char *argv[])
{
  gsize piece = argc > 1 ? strtoul (argv[1], NULL, 10) : 1;
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 buffer[65536];
  gsize got;
  while ((got = fread (buffer, 1, sizeof buffer, stdin)) > 0)
    g_byte_array_append (all, buffer, (guint) got);
  const char *data = (const char *) all->data;
  char delimiter = tide_csv_reader_find_delimiter (data, all->len);
  static const char *const names[] = { "a", "b", "c" };
  TideCsvReader *csv = tide_csv_reader_new (names, 3);
  bool header = true;
  for (gsize at = 0; at < all->len;)
    {
      TideCsvFrame frame = { 0 };
      gsize len = 0, seen = 0;
      while (len == 0 && at + seen < all->len)
        {
          seen = MIN (seen + piece, all->len - at);
          len = tide_csv_reader_frame (&frame, delimiter, data + at, seen);
        }
      if (len == 0)
        len = all->len - at;
      if (header && !tide_csv_reader_set_header (csv, data + at, len, NULL))
        return 1;
      if (!header)
        print_record (csv, 3, data + at, len);
      header = false;
      at += len;
    }
  tide_csv_reader_free (csv);
  return 0;
}
