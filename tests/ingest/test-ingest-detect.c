/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A schema proposed from samples. */
#include "ingest-decoder.h"

#include <string.h>

static GPtrArray *
detect (TideFormat format, const char *const *texts)
{
  g_autoptr (GPtrArray) samples = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; texts[i] != NULL; i++)
    g_ptr_array_add (samples, g_bytes_new_static (texts[i], strlen (texts[i])));
  return tide_detect_fields (format, samples);
}

static void
check (const TideDetectedField *field, const char *name, const char *path, const char *type, guint seen)
{
  g_autofree char *got = tide_type_to_string (field->field->type, field->field->scale);
  g_assert_cmpstr (field->field->name, ==, name);
  g_assert_cmpstr (field->field->path, ==, path);
  g_assert_cmpstr (got, ==, type);
  g_assert_cmpuint (field->seen, ==, seen);
}

static void
test_json (void)
{
  static const char *const texts[] = {
    "{\"id\":1,\"ts\":1700000000123,\"pay\":{\"amount\":41.3,\"id\":\"p1\"},\"temp\":4.25,\"ok\":true,\"x\":null,\"mixed\":1}",
    "{\"id\":2,\"ts\":1700000001123,\"pay\":{\"amount\":7,\"id\":\"p2\"},\"temp\":4,\"ok\":false,\"mixed\":\"a\",\"list\":[1]}",
    "{\"id\":3,\"ts\":1700000002123,\"pay\":{\"amount\":7.25,\"id\":\"p3\"},\"born\":\"2026-11-01\",\"n\":20231105}",
    "broken",
    NULL,
  };
  g_autoptr (GPtrArray) fields = detect (TIDE_FORMAT_JSON, texts);
  g_assert_cmpuint (fields->len, ==, 10);
  check (fields->pdata[0], "id", "id", "int", 3);
  check (fields->pdata[1], "ts", "ts", "time", 3);
  check (fields->pdata[2], "amount", "pay.amount", "decimal(2)", 3);
  check (fields->pdata[3], "pay_id", "pay.id", "text", 3);
  check (fields->pdata[4], "temp", "temp", "real", 2);
  check (fields->pdata[5], "ok", "ok", "bool", 2);
  check (fields->pdata[6], "x", "x", "text", 1);
  check (fields->pdata[7], "mixed", "mixed", "text", 2);
  check (fields->pdata[8], "born", "born", "time", 1);
  check (fields->pdata[9], "n", "n", "int", 1);
  for (guint i = 0; i < fields->len; i++)
    {
      const TideDetectedField *field = fields->pdata[i];
      g_assert_cmpint (field->looks_like_key, ==, i == 0);
      g_assert_cmpint (field->looks_like_time, ==, i == 1);
    }
}

static void
test_csv (void)
{
  static const char *const texts[] = {
    "order id;Created At;total;active;note", "17;2026-11-01T10:00:00Z;12.50;true;", "18;2026-11-01T10:00:01Z;3.99;false;x",
    NULL,
  };
  g_autoptr (GPtrArray) fields = detect (TIDE_FORMAT_CSV, texts);
  g_assert_cmpuint (fields->len, ==, 5);
  check (fields->pdata[0], "order_id", "order id", "int", 2);
  check (fields->pdata[1], "Created_At", "Created At", "time", 2);
  check (fields->pdata[2], "total", "total", "decimal(2)", 2);
  check (fields->pdata[3], "active", "active", "bool", 2);
  check (fields->pdata[4], "note", "note", "text", 2);
  g_assert_true (((TideDetectedField *) fields->pdata[0])->looks_like_key);
  g_assert_true (((TideDetectedField *) fields->pdata[1])->looks_like_time);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingest/detect/json", test_json);
  g_test_add_func ("/ingest/detect/csv", test_csv);
  return g_test_run ();
}
