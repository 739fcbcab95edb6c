/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes to rows: exact values, every reason, event time, keys, the filter. */
#include "ingest-decoder.h"

#include <math.h>
#include <string.h>

#define NOW ((TideTime) 1793500000 * TIDE_SECOND)

typedef struct
{
  TideStream *stream;
  TideDecoder *decoder;
  TideBatchBuilder *builder;
  TideEventMeta meta;
  char reason[512]; /* of the event that was told as broken last */
  guint n_broken;
} Fixture;

static void
on_broken (const TideBroken *broken, void *data)
{
  Fixture *fixture = data;
  g_strlcpy (fixture->reason, broken->reason, sizeof fixture->reason);
  fixture->n_broken++;
}

static TideStream *
make_stream (void)
{
  GPtrArray *fields = g_ptr_array_new ();
  g_ptr_array_add (fields, tide_field_new ("i", "i", TIDE_TYPE_INT, 0));
  g_ptr_array_add (fields, tide_field_new ("d", "pay.d", TIDE_TYPE_DECIMAL, 2));
  g_ptr_array_add (fields, tide_field_new ("r", "r", TIDE_TYPE_REAL, 0));
  g_ptr_array_add (fields, tide_field_new ("t", "t", TIDE_TYPE_TEXT, 0));
  g_ptr_array_add (fields, tide_field_new ("b", "b", TIDE_TYPE_BOOL, 0));
  g_ptr_array_add (fields, tide_field_new ("at", "at", TIDE_TYPE_TIME, 0));
  return tide_stream_new ("stream", fields, NULL, NULL);
}

static void
fixture_init (Fixture *fixture, TideStream *stream)
{
  *fixture = (Fixture){ .stream = stream };
  fixture->decoder = tide_decoder_new (stream, "source", NULL, on_broken, fixture);
  fixture->builder = tide_batch_builder_new (stream);
  fixture->meta = (TideEventMeta){ .partition = 3, .offset = 17, .time = TIDE_TIME_NONE, .received = NOW };
}

static void
fixture_clear (Fixture *fixture)
{
  tide_batch_builder_free (fixture->builder);
  tide_decoder_free (fixture->decoder);
  tide_stream_unref (fixture->stream);
}

static TideDecodeResult
decode (Fixture *fixture, const char *text)
{
  return tide_decoder_decode (fixture->decoder, fixture->builder, text, strlen (text), &fixture->meta);
}

static TideBatch *
finish (Fixture *fixture)
{
  uint32_t filtered;
  return tide_decoder_finish (fixture->decoder, fixture->builder, &filtered, NULL);
}

/* One value of one field: what is kept, or the reason. */
static void
test_values (void)
{
  static const struct
  {
    const char *json;
    guint field;
    int64_t value; /* of integers */
    const char *reason; /* NULL: kept */
  } cases[] = {
    { "{\"i\":12}", 0, 12, NULL },
    { "{\"i\":-9223372036854775808}", 0, INT64_MIN, NULL },
    { "{\"i\":9223372036854775807}", 0, INT64_MAX, NULL },
    { "{\"i\":9223372036854775808}", 0, 0, "i: expected int, found number 9223372036854775808" },
    { "{\"i\":12.0}", 0, 0, "i: expected int, found number 12.0" },
    { "{\"i\":1e3}", 0, 0, "i: expected int, found number 1e3" },
    { "{\"i\":\"12\"}", 0, 0, "i: expected int, found text '12'" },
    { "{\"i\":true}", 0, 0, "i: expected int, found true" },
    { "{\"i\":{\"x\":1}}", 0, 0, "i: expected int, found an object" },
    { "{\"i\":[1]}", 0, 0, "i: expected int, found an array" },
    { "{\"pay\":{\"d\":41.3}}", 1, 4130, NULL },
    { "{\"pay\":{\"d\":41.30}}", 1, 4130, NULL },
    { "{\"pay\":{\"d\":\"41.30\"}}", 1, 4130, NULL },
    { "{\"pay\":{\"d\":41.300}}", 1, 4130, NULL },
    { "{\"pay\":{\"d\":-0.05}}", 1, -5, NULL },
    { "{\"pay\":{\"d\":4.13e1}}", 1, 4130, NULL },
    { "{\"pay\":{\"d\":92233720368547758.07}}", 1, INT64_MAX, NULL },
    { "{\"pay\":{\"d\":92233720368547758.08}}", 1, 0, "d: expected decimal(2), found number 92233720368547758.08" },
    { "{\"pay\":{\"d\":41.305}}", 1, 0, "d: expected decimal(2), found number 41.305" },
    { "{\"pay\":{\"d\":41.30000000000000000001}}", 1, 0,
      "d: expected decimal(2), found number 41.30000000000000000001" },
    { "{\"pay\":{\"d\":\"abc\"}}", 1, 0, "d: expected decimal(2), found text 'abc'" },
    { "{\"pay\":{\"d\":\"\"}}", 1, 0, "d: expected decimal(2), found text ''" },
    { "{\"r\":1e999}", 2, 0, "r: expected real, found number 1e999" },
    { "{\"r\":\"1\"}", 2, 0, "r: expected real, found text '1'" },
    { "{\"t\":12}", 3, 0, "t: expected text, found number 12" },
    { "{\"t\":false}", 3, 0, "t: expected text, found false" },
    { "{\"b\":true}", 4, 1, NULL },
    { "{\"b\":false}", 4, 0, NULL },
    { "{\"b\":1}", 4, 0, "b: expected bool, found number 1" },
    { "{\"at\":\"2026-11-01T12:00:00.25+01:00\"}", 5, INT64_C (1793530800250000), NULL },
    { "{\"at\":1700000000}", 5, INT64_C (1700000000000000), NULL },
    { "{\"at\":1700000000.1234567}", 5, INT64_C (1700000000123456), NULL },
    { "{\"at\":1700000000123}", 5, INT64_C (1700000000123000), NULL },
    { "{\"at\":1700000000123456}", 5, INT64_C (1700000000123456), NULL },
    { "{\"at\":1700000000123456789}", 5, INT64_C (1700000000123456), NULL },
    { "{\"at\":-1}", 5, -1000000, NULL },
    { "{\"at\":\"yesterday\"}", 5, 0, "at: expected time, found text 'yesterday'" },
    { "{\"at\":1e9}", 5, 0, "at: expected time, found number 1e9" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture;
      fixture_init (&fixture, make_stream ());
      TideDecodeResult result = decode (&fixture, cases[i].json);
      g_test_message ("%s", cases[i].json);
      if (cases[i].reason != NULL)
        {
          g_assert_cmpint (result, ==, TIDE_DECODE_REJECTED);
          g_assert_cmpstr (fixture.reason, ==, cases[i].reason);
          g_assert_cmpuint (tide_batch_builder_get_n (fixture.builder), ==, 0);
        }
      else
        {
          g_assert_cmpint (result, ==, TIDE_DECODE_EVENT);
          g_autoptr (TideBatch) batch = finish (&fixture);
          const TideColumn *column = &batch->columns[TIDE_COLUMN_FIELD0 + cases[i].field];
          g_assert_true (tide_column_is_valid (column, 0));
          g_assert_cmpint (column->ints[0], ==, cases[i].value);
        }
      fixture_clear (&fixture);
    }
}

/* Reals are the nearest double, as strtod() has it. */
static void
test_reals (void)
{
  GRand *rand = g_rand_new_with_seed (1);
  Fixture fixture;
  fixture_init (&fixture, make_stream ());
  for (int i = 0; i < 20000; i++)
    {
      char number[64], json[80];
      double want = ldexp (g_rand_double_range (rand, -1, 1), g_rand_int_range (rand, -60, 70));
      g_ascii_formatd (number, sizeof number, i % 3 == 0 ? "%.17g" : i % 3 == 1 ? "%.6f" : "%.2f", want);
      want = g_ascii_strtod (number, NULL);
      g_snprintf (json, sizeof json, "{\"r\":%s}", number);
      g_assert_cmpint (decode (&fixture, json), ==, TIDE_DECODE_EVENT);
      g_autoptr (TideBatch) batch = finish (&fixture);
      double got = batch->columns[TIDE_COLUMN_FIELD0 + 2].reals[0];
      g_assert_true (memcmp (&got, &want, sizeof got) == 0);
    }
  fixture_clear (&fixture);
  g_rand_free (rand);
}

static void
test_nulls_and_meta (void)
{
  Fixture fixture;
  fixture_init (&fixture, make_stream ());
  fixture.meta.key = "\xff\x01";
  fixture.meta.key_len = 2;
  fixture.meta.time = NOW - TIDE_HOUR;
  g_assert_cmpint (decode (&fixture, "{\"i\":null,\"pay\":null,\"t\":\"\"}"), ==, TIDE_DECODE_EVENT);
  g_autoptr (TideBatch) batch = finish (&fixture);
  const TideColumn *columns = batch->columns;
  for (guint i = 0; i < 6; i++)
    g_assert_cmpint (tide_column_is_valid (&columns[TIDE_COLUMN_FIELD0 + i], 0), ==, i == 3);
  g_assert_cmpint (columns[TIDE_COLUMN_TIME].ints[0], ==, NOW - TIDE_HOUR);
  g_assert_cmpint (columns[TIDE_COLUMN_RECEIVED].ints[0], ==, NOW);
  g_assert_cmpint (columns[TIDE_COLUMN_PARTITION].ints[0], ==, 3);
  g_assert_cmpint (columns[TIDE_COLUMN_OFFSET].ints[0], ==, 17);
  const TideColumn *key = &columns[TIDE_COLUMN_KEY];
  g_assert_true (tide_text_equal (key->dict[key->codes[0]], tide_text ("0xff01")));
  fixture_clear (&fixture);
}

static void
test_event_time (void)
{
  Fixture fixture;
  TideStream *stream = make_stream ();
  stream->time_field = 5;
  stream->key_field = 0;
  fixture_init (&fixture, stream);
  g_assert_cmpint (decode (&fixture, "{\"i\":5}"), ==, TIDE_DECODE_REJECTED);
  g_assert_cmpstr (fixture.reason, ==, "at: no event time");
  g_assert_cmpint (decode (&fixture, "{\"at\":1793500300}"), ==, TIDE_DECODE_EVENT);
  g_assert_cmpint (decode (&fixture, "{\"at\":1793500301}"), ==, TIDE_DECODE_REJECTED);
  g_assert_nonnull (strstr (fixture.reason, "more than 5 min in the future"));
  g_assert_cmpint (decode (&fixture, "{\"at\":\"soon\",\"i\":\"x\",\"b\":7}"), ==, TIDE_DECODE_REJECTED);
  g_assert_cmpstr (fixture.reason, ==,
                   "i: expected int, found text 'x'; b: expected bool, found number 7; "
                   "at: expected time, found text 'soon'");
  g_assert_cmpint (decode (&fixture, "{\"at\":1,\"i\":"), ==, TIDE_DECODE_REJECTED);
  g_assert_true (g_str_has_prefix (fixture.reason, "malformed JSON"));
  g_assert_cmpint (decode (&fixture, "{\"at\":1793500000,\"i\":77}"), ==, TIDE_DECODE_EVENT);
  g_autoptr (TideBatch) batch = finish (&fixture);
  g_assert_cmpuint (batch->n, ==, 2);
  g_assert_cmpint (batch->columns[TIDE_COLUMN_TIME].ints[1], ==, NOW);
  const TideColumn *key = &batch->columns[TIDE_COLUMN_KEY];
  g_assert_true (tide_text_equal (key->dict[key->codes[1]], tide_text ("77")));
  fixture_clear (&fixture);
}

static void
test_rules (void)
{
  static const struct
  {
    const char *json, *reason;
  } cases[] = {
    { "{\"i\":1,\"t\":\"abc\"}", NULL },
    { "{\"t\":\"abc\"}", "i: required, but missing or null" },
    { "{\"i\":null}", "i: required, but missing or null" },
    { "{\"i\":0}", "i: 0 is below the minimum 1" },
    { "{\"i\":11}", "i: 11 is above the maximum 10" },
    { "{\"i\":1,\"pay\":{\"d\":0.1}}", NULL },
    { "{\"i\":1,\"pay\":{\"d\":0.09}}", "d: 0.09 is below the minimum 0.1" },
    { "{\"i\":1,\"t\":\"a\"}", "t: has 1 characters, expected at least 2" },
    { "{\"i\":1,\"t\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}",
      "t: has 5 characters, expected at most 4; t: '\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9' does not match the pattern ^[a-c]+$" },
    { "{\"i\":1,\"t\":\"abz\"}", "t: 'abz' does not match the pattern ^[a-c]+$" },
    { "{\"i\":1,\"r\":2.5}", NULL },
    { "{\"i\":1,\"r\":2}", "r: 2 is none of the allowed values" },
    { "{\"i\":0,\"t\":\"a\",\"r\":3}",
      "i: 0 is below the minimum 1; r: 3 is none of the allowed values; t: has 1 characters, expected at least 2" },
  };
  TideStream *stream = make_stream ();
  stream->fields[0]->required = true;
  stream->fields[0]->min = 1;
  stream->fields[0]->max = 10;
  stream->fields[1]->min = 0.1;
  stream->fields[2]->values = g_strsplit ("1.5,2.50,9", ",", -1);
  stream->fields[3]->min_length = 2;
  stream->fields[3]->max_length = 4;
  stream->fields[3]->pattern = g_regex_new ("^[a-c]+$", 0, 0, NULL);
  Fixture fixture;
  fixture_init (&fixture, stream);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].json);
      fixture.reason[0] = '\0';
      g_assert_cmpint (decode (&fixture, cases[i].json), ==, TIDE_DECODE_EVENT);
      g_autoptr (TideBatch) batch = finish (&fixture);
      g_assert_true ((batch != NULL) == (cases[i].reason == NULL));
      g_assert_cmpstr (fixture.reason, ==, cases[i].reason != NULL ? cases[i].reason : "");
    }
  fixture_clear (&fixture);
}

/* What the filter leaves out is neither stored nor quarantined, also when it lacks what is required. */
static void
test_filter (void)
{
  g_autoptr (GError) error = NULL;
  TideStream *stream = make_stream ();
  stream->fields[0]->required = true;
  stream->filter = tide_predicate_new ("t = 'order'", stream, &error);
  g_assert_no_error (error);
  Fixture fixture;
  fixture_init (&fixture, stream);
  guint expected = 0, left_out = 0;
  for (int i = 0; i < 1000; i++)
    {
      char json[64];
      g_snprintf (json, sizeof json, "{\"i\":%d,\"t\":\"%s\"}", i, i % 3 == 0 ? "order" : "ride");
      g_assert_cmpint (decode (&fixture, json), ==, TIDE_DECODE_EVENT);
      expected += i % 3 == 0;
      left_out += i % 3 != 0;
    }
  g_assert_cmpint (decode (&fixture, "{\"t\":\"ride\"}"), ==, TIDE_DECODE_EVENT);
  g_assert_cmpint (decode (&fixture, "{\"t\":\"order\"}"), ==, TIDE_DECODE_EVENT);
  g_assert_cmpint (decode (&fixture, "{\"t\":\"ride\",\"r\":\"x\"}"), ==, TIDE_DECODE_FILTERED);
  g_assert_cmpint (decode (&fixture, "{\"i\":1,\"t\":5}"), ==, TIDE_DECODE_REJECTED);
  g_assert_cmpint (decode (&fixture, "{\"t\":\"ride\""), ==, TIDE_DECODE_REJECTED);
  uint32_t filtered;
  g_autoptr (TideBatch) batch = tide_decoder_finish (fixture.decoder, fixture.builder, &filtered, NULL);
  g_assert_cmpuint (batch->n, ==, expected);
  g_assert_cmpuint (filtered, ==, left_out + 1);
  g_assert_cmpuint (fixture.n_broken, ==, 3);
  g_assert_cmpstr (fixture.reason, ==, "i: required, but missing or null");
  for (uint32_t i = 0; i < batch->n; i++)
    g_assert_cmpint (batch->columns[TIDE_COLUMN_FIELD0].ints[i], ==, 3 * i);
  g_assert_cmpint (decode (&fixture, "{\"i\":1,\"t\":\"ride\"}"), ==, TIDE_DECODE_EVENT);
  g_assert_null (finish (&fixture));
  fixture_clear (&fixture);
}

static void
test_drift (void)
{
  Fixture fixture;
  fixture_init (&fixture, make_stream ());
  for (int i = 0; i < 64 * 200; i++)
    decode (&fixture, i < 64 * 100 ? "{\"i\":1,\"pay\":{\"d\":1},\"r\":1,\"t\":\"\",\"b\":true,\"at\":0}"
                                   : "{\"i\":1,\"pay\":{\"d\":1,\"new\":2},\"t\":\"\",\"b\":true,\"at\":0,\"more\":{\"x\":1}}");
  g_autoptr (GPtrArray) drift = tide_decoder_get_drift (fixture.decoder);
  g_assert_cmpuint (drift->len, ==, 3);
  const TideDrift *first = g_ptr_array_index (drift, 0), *second = g_ptr_array_index (drift, 1);
  const TideDrift *third = g_ptr_array_index (drift, 2);
  g_assert_cmpstr (first->path, ==, "more");
  g_assert_cmpstr (second->path, ==, "pay.new");
  g_assert_cmpint (first->kind, ==, TIDE_DRIFT_NEW);
  g_assert_cmpint (second->kind, ==, TIDE_DRIFT_NEW);
  g_assert_cmpint (second->type, ==, TIDE_TYPE_INT);
  g_assert_cmpstr (second->example, ==, "2");
  g_assert_cmpint (third->kind, ==, TIDE_DRIFT_VANISHED);
  g_assert_cmpstr (third->path, ==, "r");
  g_assert_cmpint (third->first_seen, ==, NOW);
  g_assert_cmpuint (third->count, ==, 100);
  fixture_clear (&fixture);
}

static void
test_csv (void)
{
  static const struct
  {
    const char *record, *reason;
  } cases[] = {
    { "5,41.30,2.5,\"a, \"\"b\"\"\",TRUE,2026-11-01T00:00:00Z,x", NULL },
    { ",,,,,,", NULL },
    { "5.0,,,,,,", "i: expected int, found text '5.0'" },
    { ",41.305,,,,,", "d: expected decimal(2), found text '41.305'" },
    { ",,nan,,,,", "r: expected real, found text 'nan'" },
    { ",,0x10,,,,", "r: expected real, found text '0x10'" },
    { ",,,,,1700000000,", NULL },
    { ",,,,,,,", "malformed CSV: expected 7 cells, found 8" },
    { ",", "malformed CSV: expected 7 cells, found 2" },
    { ",,,\"open,,,", "malformed CSV: a quoted cell is not closed" },
    { ",,,\"a\"b,,,", "malformed CSV: text after a closing quote in cell 4" },
    { ",,,\xff,,,", "malformed CSV: the text is not UTF-8" },
  };
  TideStream *stream = make_stream ();
  stream->format = TIDE_FORMAT_CSV;
  Fixture fixture;
  fixture_init (&fixture, stream);
  g_assert_true (tide_decoder_set_header (fixture.decoder, "i,pay.d,r,t,b,at,unknown\r\n", 26, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideDecodeResult result = decode (&fixture, cases[i].record);
      g_assert_cmpint (result, ==, cases[i].reason == NULL ? TIDE_DECODE_EVENT : TIDE_DECODE_REJECTED);
      if (cases[i].reason != NULL)
        g_assert_cmpstr (fixture.reason, ==, cases[i].reason);
    }
  g_autoptr (TideBatch) batch = finish (&fixture);
  const TideColumn *fields = &batch->columns[TIDE_COLUMN_FIELD0];
  g_assert_cmpint (fields[0].ints[0], ==, 5);
  g_assert_cmpint (fields[1].ints[0], ==, 4130);
  g_assert_true (tide_text_equal (fields[3].dict[fields[3].codes[0]], tide_text ("a, \"b\"")));
  g_assert_cmpint (fields[4].ints[0], ==, 1);
  for (guint i = 0; i < 6; i++)
    g_assert_false (tide_column_is_valid (&fields[i], 1));
  fixture_clear (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingest/decoder/values", test_values);
  g_test_add_func ("/ingest/decoder/reals", test_reals);
  g_test_add_func ("/ingest/decoder/nulls-and-meta", test_nulls_and_meta);
  g_test_add_func ("/ingest/decoder/event-time", test_event_time);
  g_test_add_func ("/ingest/decoder/rules", test_rules);
  g_test_add_func ("/ingest/decoder/filter", test_filter);
  g_test_add_func ("/ingest/decoder/drift", test_drift);
  g_test_add_func ("/ingest/decoder/csv", test_csv);
  return g_test_run ();
}
