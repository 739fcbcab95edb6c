/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A predicate's SQL parses back to itself, and takes the same rows. */
#include "fuzz.h"

#include <string.h>

#define ROWS 16

static TideBatch *
make_batch (const TideStream *stream)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  static const char *const texts[] = { "", "a", "delivered", "%_\\", "Ä" };

  for (int64_t i = 0; i < ROWS; i++)
    {
      const char *text = texts[i % (int64_t) G_N_ELEMENTS (texts)];

      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, i * TIDE_HOUR);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, i);
      if (i % 3 != 0)
        {
          tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, i - 8);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 1, i * 37);
          tide_batch_builder_set_real (builder, TIDE_COLUMN_FIELD0 + 2, (double) i / 7);
          tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0 + 3, text, strlen (text));
          tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 4, i % 2);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 5, i * TIDE_DAY);
        }
      tide_batch_builder_end_row (builder, 10);
    }
  return tide_batch_builder_finish (builder);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static TideStream *stream;
  static TideBatch *batch;
  g_autofree char *text = fuzz_text (data, size), *sql = NULL, *sql_again = NULL;
  g_autoptr (TidePredicate) predicate = NULL, again = NULL;
  g_autoptr (GError) error = NULL;
  uint32_t rows[ROWS], rows_again[ROWS], n;

  if (stream == NULL)
    {
      stream = fuzz_stream (TIDE_FORMAT_JSON);
      batch = make_batch (stream);
    }
  predicate = tide_predicate_new (text, stream, &error);
  fuzz_check ((predicate == NULL) == (error != NULL));
  if (predicate == NULL)
    return 0;
  sql = tide_predicate_to_sql (predicate);
  again = tide_predicate_new (sql, stream, &error);
  if (again == NULL)
    fprintf (stderr, "%s: %s\n", sql, error->message);
  fuzz_check (again != NULL);
  sql_again = tide_predicate_to_sql (again);
  fuzz_check (strcmp (sql, sql_again) == 0);
  n = tide_predicate_select (predicate, batch, 0, ROWS, rows);
  fuzz_check (n <= ROWS);
  fuzz_check (tide_predicate_select (again, batch, 0, ROWS, rows_again) == n);
  fuzz_check (memcmp (rows, rows_again, n * sizeof *rows) == 0);
  return 0;
}
