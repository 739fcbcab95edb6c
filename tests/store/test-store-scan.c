/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scanning: whatever was pushed comes back, event by event and field by field, in any range, in both directions, while
 * the schema drifts and blocks are merged under it; damage is counted and never read as a number. */
#include "store-fixture.h"
#include "store-private.h"

#include <unistd.h>

#define SCHEMAS 3

/* The stream in three versions: a new column, changed types, a column that goes. */
static const TideStream *
drifting_stream (int version)
{
  static const struct
  {
    const char *name;
    TideType type[SCHEMAS];
    int scale[SCHEMAS];
  } fields[] = {
    { "at", { TIDE_TYPE_TIME, TIDE_TYPE_TIME, TIDE_TYPE_TIME }, { 0 } },
    { "id", { TIDE_TYPE_TEXT, TIDE_TYPE_TEXT, TIDE_TYPE_TEXT }, { 0 } },
    { "city", { TIDE_TYPE_TEXT, TIDE_TYPE_TEXT, TIDE_TYPE_NONE }, { 0 } },
    { "amount", { TIDE_TYPE_DECIMAL, TIDE_TYPE_DECIMAL, TIDE_TYPE_DECIMAL }, { 2, 4, 2 } },
    { "qty", { TIDE_TYPE_INT, TIDE_TYPE_REAL, TIDE_TYPE_TEXT }, { 0 } },
    { "paid", { TIDE_TYPE_BOOL, TIDE_TYPE_BOOL, TIDE_TYPE_INT }, { 0 } },
    { "extra", { TIDE_TYPE_NONE, TIDE_TYPE_INT, TIDE_TYPE_TIME }, { 0 } },
  };
  GPtrArray *list = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i].type[version] != TIDE_TYPE_NONE)
      g_ptr_array_add (list,
                       tide_field_new (fields[i].name, NULL, fields[i].type[version], fields[i].scale[version]));
  return tide_stream_new ("drift", list, "at", "id");
}

/* A value of event i: the same whoever asks. FALSE: null. */
typedef struct
{
  TideType type;
  int scale;
  int64_t i;
  double real;
  char text[40];
} Value;

static bool
event_value (int64_t event, const TideField *field, Value *ret_value)
{
  uint64_t mix = fixture_mix ((uint64_t) event, g_str_hash (field->name));
  Value value = { .type = field->type, .scale = field->scale };
  bool is_time = g_str_equal (field->name, "at"), is_id = g_str_equal (field->name, "id");
  if (mix % 7 == 0 && !is_time)
    return false;
  value.i = is_time ? event * 1000 + (int64_t) (mix % 5000) : (int64_t) (mix >> 20) % 100000 - 50000;
  if (field->type == TIDE_TYPE_BOOL)
    value.i = mix >> 8 & 1;
  value.real = (double) ((int64_t) (mix >> 30) % 1000) / 8;
  if (is_id)
    g_snprintf (value.text, sizeof value.text, "O-%d", (int) event);
  else
    g_snprintf (value.text, sizeof value.text, "text %d", (int) (mix >> 40) % 9);
  *ret_value = value;
  return true;
}

static gsize
format (const Value *value, char buffer[TIDE_VALUE_STR_MAX])
{
  switch (value->type)
    {
    case TIDE_TYPE_TEXT:
      return g_strlcpy (buffer, value->text, TIDE_VALUE_STR_MAX);
    case TIDE_TYPE_REAL:
      return tide_value_format (tide_value_real (value->real), buffer);
    case TIDE_TYPE_BOOL:
      return g_strlcpy (buffer, value->i ? "true" : "false", TIDE_VALUE_STR_MAX);
    case TIDE_TYPE_TIME:
      return tide_time_format (value->i, buffer);
    default:
      return tide_value_format (tide_value_exact (value->i, value->scale), buffer);
    }
}

/* What a reader with field type (type, scale) must see of a stored value; FALSE: null. */
static bool
expect_converted (Value *value, TideType type, int scale)
{
  if (value->type == type && value->scale == scale)
    return true;
  if (type == TIDE_TYPE_TEXT)
    {
      char buffer[TIDE_VALUE_STR_MAX];
      format (value, buffer);
      g_strlcpy (value->text, buffer, sizeof value->text);
    }
  else if (value->type == TIDE_TYPE_TEXT || value->type == TIDE_TYPE_REAL || value->type == TIDE_TYPE_TIME
           || type == TIDE_TYPE_BOOL || type == TIDE_TYPE_TIME)
    return false;
  else if (type == TIDE_TYPE_REAL)
    value->real = (double) value->i;
  else
    {
      for (; value->scale < scale; value->scale++)
        value->i *= 10;
      for (; value->scale > scale; value->scale--)
        {
          if (value->i % 10 != 0)
            return false;
          value->i /= 10;
        }
    }
  value->type = type;
  value->scale = scale;
  return true;
}

/* Few events have headers, some the same ones. */
static bool
event_headers (int64_t event, char *text, gsize size)
{
  g_snprintf (text, size, "{\"trace\":\"%" G_GINT64_FORMAT "\"}", (gint64) (event / 40 % 500));
  return event % 40 < 3;
}

static void
push_drifting (TideWriter *writer, const TideStream *stream, const char *source, int64_t first, int64_t n)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  g_autoptr (GError) error = NULL;
  for (int64_t event = first; event < first + n; event++)
    {
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, event);
      tide_batch_builder_set_text (builder, TIDE_COLUMN_SOURCE, source, strlen (source));
      tide_batch_builder_set_int (builder, TIDE_COLUMN_OFFSET, event);
      char headers[64];
      if (event_headers (event, headers, sizeof headers))
        tide_batch_builder_set_text (builder, TIDE_COLUMN_HEADERS, headers, strlen (headers));
      for (uint32_t f = 0; f < stream->n_fields; f++)
        {
          uint32_t column = TIDE_COLUMN_FIELD0 + f;
          Value value;
          if (!event_value (event, stream->fields[f], &value))
            continue;
          if (value.type == TIDE_TYPE_TEXT)
            tide_batch_builder_set_text (builder, column, value.text, strlen (value.text));
          else if (value.type == TIDE_TYPE_REAL)
            tide_batch_builder_set_real (builder, column, value.real);
          else
            tide_batch_builder_set_int (builder, column, value.i);
          if ((int) f == stream->time_field)
            tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, value.i);
          if ((int) f == stream->key_field)
            tide_batch_builder_set_text (builder, TIDE_COLUMN_KEY, value.text, strlen (value.text));
        }
      tide_batch_builder_end_row (builder, 0);
    }
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  TideDelivery delivery = { .source = source, .batch = batch };
  g_assert_true (tide_writer_push (writer, &delivery, NULL, &error));
}

static void
check_field (const TideColumn *column, uint32_t row, const TideField *field, const TideField *stored, int64_t event)
{
  Value value, seen = { .type = column->type, .scale = column->scale };
  char a[TIDE_VALUE_STR_MAX] = "null", b[TIDE_VALUE_STR_MAX] = "null";
  if (stored != NULL && event_value (event, stored, &value) && expect_converted (&value, field->type, field->scale))
    format (&value, a);
  if (tide_column_is_valid (column, row))
    {
      g_assert_cmpint (column->type, ==, field->type);
      g_assert_cmpint (column->scale, ==, field->scale);
      if (column->type == TIDE_TYPE_REAL)
        seen.real = column->reals[row];
      else if (column->type != TIDE_TYPE_TEXT)
        seen.i = column->ints[row];
      else
        {
          TideText text = column->dict[column->codes[row]];
          g_assert_cmpuint (text.len, <, sizeof seen.text);
          if (text.len > 0)
            memcpy (seen.text, text.data, text.len);
        }
      format (&seen, b);
    }
  g_assert_cmpstr (a, ==, b);
}

static void
check_headers (const TideColumn *column, uint32_t row, int64_t event)
{
  char headers[64];
  bool has = event_headers (event, headers, sizeof headers);
  g_assert_true (tide_column_is_valid (column, row) == has);
  if (!has)
    return;
  TideText seen = column->dict[column->codes[row]];
  g_assert_cmpuint (seen.len, ==, strlen (headers));
  g_assert_true (memcmp (seen.data, headers, seen.len) == 0);
}

/* One scan in a random range with random columns, checked against what the events were. */
static void
check_scan (TideStore *store, GRand *rand, const TideStream *const streams[SCHEMAS], const GArray *versions)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = fixture_reader (store);
  const TideStream *stream = streams[g_rand_int_range (rand, 0, SCHEMAS)];
  gint32 n = (gint32) versions->len;
  TideScanOptions options = { .stream = stream, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  bool wanted[64];
  options.descending = g_rand_int_range (rand, 0, 3) == 0;
  if (g_rand_boolean (rand))
    options.after = g_rand_int_range (rand, 0, n);
  if (g_rand_boolean (rand))
    options.up_to = g_rand_int_range (rand, (gint32) options.after, n) + 1;
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    wanted[i] = g_rand_boolean (rand);
  if (g_rand_boolean (rand))
    options.columns = wanted;
  g_autoptr (TideScan) scan = tide_scan_new (reader, &options, &error);
  g_assert_no_error (error);
  const TideBatch *batch = NULL;
  TideSeq last = options.up_to > 0 ? MIN (options.up_to, n) : n, next = options.after + 1;
  int64_t rows = 0;
  while (tide_scan_next (scan, &batch, &error) && batch != NULL)
    {
      g_assert_cmpuint (batch->n, >, 0);
      g_assert_true (options.descending || batch->first_seq == next);
      next = batch->first_seq + batch->n;
      rows += batch->n;
      for (uint32_t row = 0; row < batch->n; row++)
        {
          int64_t event = batch->first_seq + row - 1;
          const TideStream *stored = streams[g_array_index (versions, guint8, event)];
          TideTime time = batch->columns[TIDE_COLUMN_TIME].ints[row];
          g_assert_true (time >= batch->time_min && time <= batch->time_max);
          if (options.columns == NULL || wanted[TIDE_COLUMN_OFFSET])
            g_assert_cmpint (batch->columns[TIDE_COLUMN_OFFSET].ints[row], ==, event);
          if (options.columns == NULL || wanted[TIDE_COLUMN_HEADERS])
            check_headers (&batch->columns[TIDE_COLUMN_HEADERS], row, event);
          for (uint32_t f = 0; f < stream->n_fields; f++)
            {
              const TideField *field = stream->fields[f];
              int at = tide_stream_find_field (stored, field->name);
              if (options.columns == NULL || wanted[TIDE_COLUMN_FIELD0 + f])
                check_field (&batch->columns[TIDE_COLUMN_FIELD0 + f], row, field,
                             at >= 0 ? stored->fields[at] : NULL, event);
            }
        }
    }
  g_assert_no_error (error);
  g_assert_cmpint (rows, ==, last - options.after);
  if (!options.descending)
    g_assert_cmpint (tide_scan_get_next_seq (scan), ==, last + 1);
}

static void
test_drift (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) versions = g_array_new (FALSE, FALSE, 1); /* of the schema of each event */
  const TideStream *streams[SCHEMAS];
  for (int i = 0; i < SCHEMAS; i++)
    streams[i] = drifting_stream (i);
  for (int session = 0; session < 3; session++)
    {
      g_autoptr (TideStore) store = fixture_open (dir);
      g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
      for (int step = 0; step < 60; step++)
        {
          int third = g_rand_int_range (rand, 0, 9) / 3;
          guint8 version = (guint8) MIN (third, SCHEMAS - 1);
          int64_t n = g_rand_int_range (rand, 1, g_rand_boolean (rand) ? 20 : 700);
          push_drifting (writer, streams[version], step % 2 ? "kafka" : "file", versions->len, n);
          for (int64_t i = 0; i < n; i++)
            g_array_append_val (versions, version);
          if (g_rand_int_range (rand, 0, 3) == 0)
            g_assert_true (tide_writer_flush (writer, &error));
          if (g_rand_int_range (rand, 0, 12) == 0)
            g_assert_true (tide_writer_seal (writer, &error));
        }
      g_assert_true (tide_writer_flush (writer, &error));
      for (int i = 0; i < 8; i++)
        check_scan (store, rand, streams, versions);
    }
  for (int i = 0; i < SCHEMAS; i++)
    tide_stream_unref (streams[i]);
}

/* A scan in chunks, each in a transaction of its own with blocks merged in between, sees each event once. */
static void
test_chunks (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  int64_t pushed = 0, seen = 0;
  while (seen < 20000)
    {
      for (int i = g_rand_int_range (rand, 0, 10); i > 0 && pushed < 20000; i--)
        {
          int64_t step = g_rand_int_range (rand, 1, 900), n = MIN (step, 20000 - pushed);
          g_assert_true (fixture_push (writer, stream, pushed, n, &error));
          g_assert_true (tide_writer_flush (writer, &error));
          pushed += n;
        }
      if (g_rand_boolean (rand))
        g_assert_true (tide_writer_seal (writer, &error));
      g_autoptr (TideReader) reader = fixture_reader (store);
      TideScanOptions options = { .stream = stream, .after = seen, .to = TIDE_TIME_MAX, .from = TIDE_TIME_NONE };
      options.up_to = seen + g_rand_int_range (rand, 1, 3000);
      g_autoptr (TideScan) scan = tide_scan_new (reader, &options, &error);
      const TideBatch *batch = NULL;
      while (tide_scan_next (scan, &batch, &error) && batch != NULL)
        for (uint32_t i = 0; i < batch->n; i++, seen++)
          g_assert_cmpint (batch->columns[TIDE_COLUMN_TIME].ints[i], ==, seen);
      g_assert_cmpint (tide_scan_get_next_seq (scan), ==, seen + 1);
      uint64_t events = 0;
      gint64 bytes = 0;
      g_assert_true (tide_store_get_since (reader, "orders", seen, &events, &bytes, &error));
      g_assert_cmpint ((gint64) events, ==, pushed - seen);
      g_assert_true ((bytes > 0) == (events > 0));
    }
  g_assert_no_error (error);
}

static bool
damage (sqlite3 *db, void *data, GError **error)
{
  /* One byte in the middle of each column of the second block. */
  return tide_db_exec (db,
                       "UPDATE block_column SET data=substr(data,1,14)||x'5a5a'||substr(data,17)"
                       " WHERE id>>10 = (SELECT id FROM block ORDER BY first_seq LIMIT 1 OFFSET 1)",
                       error);
}

static void
test_damage (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  for (int i = 0; i < 5; i++)
    g_assert_true (fixture_push (writer, stream, i * 100, 100, &error) && tide_writer_flush (writer, &error));
  g_assert_true (tide_writer_call (writer, damage, NULL, &error));
  for (int i = 5; i < 40; i++)
    g_assert_true (fixture_push (writer, stream, i * 100, 100, &error) && tide_writer_flush (writer, &error));
  for (int round = 0; round < 2; round++) /* before and after merging, which must leave it alone */
    {
      g_autoptr (TideReader) reader = fixture_reader (store);
      TideScanOptions options = { .stream = stream, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
      g_autoptr (TideScan) scan = tide_scan_new (reader, &options, &error);
      const TideBatch *batch = NULL;
      int64_t rows = 0;
      TideSeq first = 0;
      while (tide_scan_next (scan, &batch, &error) && batch != NULL)
        for (uint32_t i = 0; i < batch->n; i++, rows++)
          g_assert_cmpint (batch->columns[TIDE_COLUMN_TIME].ints[i], ==, rows < 100 ? rows : rows + 100);
      g_assert_cmpint (rows, ==, 3900);
      g_assert_cmpuint (tide_scan_get_corrupt (scan, &first), ==, 100);
      g_assert_cmpint (first, ==, 101);
      g_assert_true (tide_writer_seal (writer, &error));
    }
  g_assert_no_error (error);
}

typedef struct
{
  int64_t at_least;
  guint skipped;
} Filter;

static bool
skip_small (TideScan *scan, const TideBlock *block, void *data)
{
  Filter *filter = data;
  TideZone zone;
  if (!tide_scan_get_zone (scan, block, TIDE_COLUMN_OFFSET, &zone) || zone.int_max >= filter->at_least)
    return true;
  filter->skipped++;
  return false;
}

static void
test_skipping (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStreamRef) stream = drifting_stream (0);
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  for (int i = 0; i < 10; i++)
    {
      push_drifting (writer, stream, "s", i * 100, 100);
      g_assert_true (tide_writer_flush (writer, &error));
    }
  g_autoptr (TideReader) reader = fixture_reader (store);
  TideScanOptions options = { .stream = stream, .from = 550000, .to = 600000 };
  g_autoptr (TideScan) by_time = tide_scan_new (reader, &options, &error);
  const TideBatch *batch = NULL;
  while (tide_scan_next (by_time, &batch, &error) && batch != NULL)
    g_assert_true (batch->time_max >= options.from && batch->time_min < options.to);
  g_assert_cmpuint (tide_scan_get_n_blocks (by_time), <=, 2);
  g_assert_cmpuint (tide_scan_get_n_blocks (by_time), ==, tide_scan_count_blocks (by_time));

  options.from = TIDE_TIME_NONE;
  options.to = TIDE_TIME_MAX;
  Filter filter = { .at_least = 850 };
  g_autoptr (TideScan) by_zone = tide_scan_new (reader, &options, &error);
  tide_scan_set_filter (by_zone, skip_small, &filter);
  int64_t rows = 0;
  while (tide_scan_next (by_zone, &batch, &error) && batch != NULL)
    rows += batch->n;
  g_assert_cmpint (rows, ==, 200);
  g_assert_cmpuint (filter.skipped, ==, 8);

  /* Another reader knows the stream without its workspace. */
  g_autoptr (TideStoredStream) stored = tide_stored_stream_load (tide_reader_get_db (reader), "DRIFT", &error);
  g_autoptr (TideStreamRef) defined = tide_stored_stream_define (stored);
  g_assert_true (tide_stream_same_schema (stream, defined));
  g_assert_cmpint (defined->time_field, ==, stream->time_field);
  g_assert_cmpint (defined->key_field, ==, stream->key_field);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/scan/drift", test_drift);
  g_test_add_func ("/store/scan/chunks", test_chunks);
  g_test_add_func ("/store/scan/damage", test_damage);
  g_test_add_func ("/store/scan/skipping", test_skipping);
  return g_test_run ();
}
