/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys are found, also by prefix, and values are checked against their row. */
#include "fake-catalog.h"

#include <string.h>

static void
test_lookups (void)
{
  g_assert_true (tide_catalog_get_source (&fake_catalog, "kafka") == &fake_kafka);
  g_assert_null (tide_catalog_get_source (&fake_catalog, "Kafka"));
  g_assert_true (tide_catalog_get_aggregate (&fake_catalog, "p95") == &fake_p95);
  g_assert_null (tide_catalog_get_aggregate (&fake_catalog, ""));
  g_assert_true (tide_source_spec_get_key (&fake_kafka, "property.client.id") == &fake_kafka_keys[3]);
  g_assert_null (tide_source_spec_get_key (&fake_kafka, "property."));
  g_assert_null (tide_source_spec_get_key (&fake_kafka, "topics"));
}

static void
test_values (void)
{
  static const char *const choices[] = { "a", "latest", NULL };
  static const struct
  {
    TideKeyType type;
    const char *value;
    bool good;
  } cases[] = {
    { TIDE_KEY_TEXT, "x", true },
    { TIDE_KEY_TEXT, "", false },
    { TIDE_KEY_INT, "-3", true },
    { TIDE_KEY_INT, "3.5", false },
    { TIDE_KEY_INT, "99999999999999999999", false },
    { TIDE_KEY_REAL, "1e3", true },
    { TIDE_KEY_REAL, "nan", false },
    { TIDE_KEY_REAL, "1,5", false },
    { TIDE_KEY_BOOL, "true", true },
    { TIDE_KEY_BOOL, "maybe", false },
    { TIDE_KEY_DURATION, "10s", true },
    { TIDE_KEY_DURATION, "10", false },
    { TIDE_KEY_TIME, "2026-11-01", true },
    { TIDE_KEY_TIME, "latest", true },
    { TIDE_KEY_TIME, "soon", false },
    { TIDE_KEY_CHOICE, "a", true },
    { TIDE_KEY_CHOICE, "b", false },
    { TIDE_KEY_HOSTS, "a:1, b:65535", true },
    { TIDE_KEY_HOSTS, "[::1]:9092", true },
    { TIDE_KEY_HOSTS, "::1:9092", false },
    { TIDE_KEY_HOSTS, "a", false },
    { TIDE_KEY_HOSTS, "a:0", false },
    { TIDE_KEY_HOSTS, "a:65536", false },
    { TIDE_KEY_HOSTS, "a:1,", false },
    { TIDE_KEY_HOSTS, ":1", false },
    { TIDE_KEY_URL, "https://example.org/e?x=1", true },
    { TIDE_KEY_URL, "ftp://example.org", false },
    { TIDE_KEY_URL, "https://", false },
    { TIDE_KEY_URL, "https://u:secret@example.org", false },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const TideKeySpec spec = { "key", cases[i].type, .choices = choices };
      g_autoptr (GError) error = NULL;
      g_test_message ("type %d, '%s'", cases[i].type, cases[i].value);
      g_assert_true (tide_key_spec_check (&spec, "key", cases[i].value, &error) == cases[i].good);
      g_assert_true ((error == NULL) == cases[i].good);
      if (error != NULL)
        g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
      if (error != NULL)
        g_assert_null (strstr (error->message, "secret"));
    }
}

static void
test_sizes (void)
{
  static const struct
  {
    const char *text;
    gint64 bytes;
  } cases[] = {
    { "0", 0 },       { "500", 500 },       { "16MB", 16000000 }, { "16 MB", 16000000 }, { "1.5GB", 1500000000 },
    { "1KiB", 1024 }, { "2MiB", 2097152 },  { "", -1 },           { "MB", -1 },          { "-1MB", -1 },
    { "1XB", -1 },    { "9e99TB", -1 },     { "99999999999TB", -1 },
    { "1.2.3MB", -1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 bytes = -1;
      g_test_message ("'%s'", cases[i].text);
      g_assert_true (tide_size_parse (cases[i].text, &bytes, NULL) == (cases[i].bytes >= 0));
      g_assert_cmpint (bytes, ==, cases[i].bytes);
    }
}

static void
test_reserved_names (void)
{
  static const char *const taken[] = { "quarantine", "Run", "sqlite_master", "SQLITE_x", "a@1", "state" };
  for (guint i = 0; i < G_N_ELEMENTS (taken); i++)
    g_assert_true (tide_name_is_reserved (taken[i]));
  g_assert_false (tide_name_is_reserved ("orders"));
  g_assert_true (tide_name_check ("orders-2_x", NULL));
  static const char *const wrong[]
      = { "", "-a", "_a", "a b", "a.b", "ä", "a@1",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (tide_name_check (wrong[i], NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/catalog/lookups", test_lookups);
  g_test_add_func ("/model/catalog/values", test_values);
  g_test_add_func ("/model/catalog/sizes", test_sizes);
  g_test_add_func ("/model/catalog/reserved-names", test_reserved_names);
  return g_test_run ();
}
