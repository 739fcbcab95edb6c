/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields and columns are found by name; a schema is the same only when names, types and order are. */
#include "model.h"

static const TideStream *
make_stream (const char *first, TideType type, int scale)
{
  GPtrArray *fields = g_ptr_array_new ();
  g_ptr_array_add (fields, tide_field_new (first, "payment.amount", type, scale));
  g_ptr_array_add (fields, tide_field_new ("created", NULL, TIDE_TYPE_TIME, 0));
  return tide_stream_new ("orders", fields, "created", NULL);
}

static void
test_columns (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ("amount", TIDE_TYPE_DECIMAL, 2);
  static const char *const system[]
      = { "_time", "_received", "_source", "_partition", "_offset", "_key", "_payload", "_headers" };
  for (int i = 0; i < TIDE_COLUMN_FIELD0; i++)
    g_assert_cmpint (tide_stream_find_column (stream, system[i]), ==, i);
  g_assert_cmpint (tide_stream_find_column (stream, "created"), ==, TIDE_COLUMN_FIELD0 + 1);
  g_assert_cmpint (tide_stream_find_column (stream, "_seq"), ==, -1);
  g_assert_cmpint (tide_stream_find_field (stream, "_key"), ==, -1);
  g_assert_cmpint (stream->time_field, ==, 1);
  g_assert_cmpint (stream->key_field, ==, -1);
  g_assert_cmpstr (stream->fields[0]->path_parts[1], ==, "amount");
  g_assert_cmpstr (stream->fields[1]->path, ==, "created");
  g_assert_cmpint (stream->lateness, ==, 10 * TIDE_SECOND);
}

static void
test_same_schema (void)
{
  g_autoptr (TideStreamRef) a = make_stream ("amount", TIDE_TYPE_DECIMAL, 2);
  g_autoptr (TideStreamRef) same = make_stream ("amount", TIDE_TYPE_DECIMAL, 2);
  g_autoptr (TideStreamRef) scale = make_stream ("amount", TIDE_TYPE_DECIMAL, 3);
  g_autoptr (TideStreamRef) type = make_stream ("amount", TIDE_TYPE_INT, 2);
  g_autoptr (TideStreamRef) name = make_stream ("price", TIDE_TYPE_DECIMAL, 2);
  g_assert_true (tide_stream_same_schema (a, same));
  g_assert_false (tide_stream_same_schema (a, scale));
  g_assert_false (tide_stream_same_schema (a, type));
  g_assert_false (tide_stream_same_schema (a, name));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/stream/columns", test_columns);
  g_test_add_func ("/model/stream/same-schema", test_same_schema);
  return g_test_run ();
}
