/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV as RFC 4180: records out of bytes, cells out of a record. */
#pragma once

#include "ingest-raw.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Where one record ends; kept between calls so that bytes are looked at once. Zero it for a new record. */
typedef struct
{
  gsize at;          /* bytes looked at */
  gsize first_line;  /* length of its first line with the line end; 0: not reached */
  int state;
} TideCsvFrame;

/* Length of the record that @data starts with, with its line end; 0: it goes on after @len. */
gsize tide_csv_reader_frame (TideCsvFrame *frame, char delimiter, const char *data, gsize len);
/* The one of , ; tab | that stands most often outside quotes in the first line; ',' when none does. */
char tide_csv_reader_find_delimiter (const char *header, gsize len);

typedef struct _TideCsv TideCsvReader;

/* @names: of the columns to extract, copied. Without a header the columns are they, in order. */
TideCsvReader *tide_csv_reader_new (const char *const *names, guint n_names);
void tide_csv_reader_free (TideCsvReader *csv);
bool tide_csv_reader_set_header (TideCsvReader *csv, const char *data, gsize len, GError **error);
/* Columns of the header, and whether @names has the column. */
guint tide_csv_reader_get_n_columns (const TideCsvReader *csv);
const char *tide_csv_reader_get_column (const TideCsvReader *csv, guint column, bool *ret_known);
/* ret_values[i] is the cell of names[i]: MISSING when the header lacks it, NULL when empty and not quoted. FALSE: it
 * is no record of this header; @ret_reason says why. */
bool tide_csv_reader_read (TideCsvReader *csv, const char *data, gsize len, TideRaw *ret_values, const char **ret_reason);

G_END_DECLS
