/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workspace file as text: the same bytes back, the same values as GKeyFile, and edits that change nothing else. */
#include "model.h"

#include <string.h>

static guint32
test_seed (void)
{
  const char *set = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = set != NULL ? (guint32) g_ascii_strtoull (set, NULL, 10) : g_random_int ();
  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return seed;
}

static TideConf *
parse (const char *text)
{
  return tide_conf_parse (text, strlen (text));
}

static const char sample[] = "# Food delivery\n"
                             "\n"
                             "[workspace]\n"
                             "version = 1   \n"
                             "name=Food\\sdelivery\n"
                             "\n"
                             "# where the orders come from\n"
                             "[source orders]\n"
                             "  kind=kafka\n"
                             "# the brokers\n"
                             "brokers=a:1\n"
                             "\n"
                             "[stream orders]\n"
                             "format=json\n";

static void
test_reads (void)
{
  g_autoptr (TideConf) conf = parse (sample);
  int line;
  const char *value;
  g_assert_cmpuint (tide_conf_get_n_sections (conf), ==, 3);
  g_assert_cmpstr (tide_conf_get_section (conf, 1, &line), ==, "source orders");
  g_assert_cmpint (line, ==, 8);
  g_assert_cmpuint (tide_conf_get_n_keys (conf, 1), ==, 2);
  g_assert_cmpstr (tide_conf_get_key (conf, 1, 1, &value, &line), ==, "brokers");
  g_assert_cmpstr (value, ==, "a:1");
  g_assert_cmpint (line, ==, 11);
  g_assert_cmpstr (tide_conf_get (conf, "workspace", "name"), ==, "Food delivery");
  g_assert_cmpstr (tide_conf_get (conf, "workspace", "version"), ==, "1   ");
  g_assert_null (tide_conf_get (conf, "workspace", "nothing"));
  g_assert_null (tide_conf_get (conf, "nothing", "name"));
  g_assert_cmpuint (tide_conf_get_n_bad_lines (conf), ==, 0);
}

static void
test_bad_lines (void)
{
  g_autoptr (TideConf) conf = parse ("a=1\n[ok]\nwhat is this\n[broken\nlost=1\n[b]\nname[de]=x\npath=C:\\data\n=1\n");
  static const int lines[] = { 1, 3, 4, 7, 8, 9 };
  g_assert_cmpuint (tide_conf_get_n_bad_lines (conf), ==, G_N_ELEMENTS (lines));
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      const char *reason = NULL, *text = NULL;
      g_assert_cmpint (tide_conf_get_bad_line (conf, i, &text, &reason), ==, lines[i]);
      g_assert_nonnull (text);
      g_assert_nonnull (reason);
    }
  /* The key of a broken section belongs to nobody. */
  g_assert_cmpuint (tide_conf_get_n_keys (conf, 0), ==, 0);
  g_assert_cmpstr (tide_conf_get (conf, "b", "path"), ==, "C:\\data");
}

static void
assert_edit (TideConf *conf, const char *expected)
{
  g_autofree char *text = tide_conf_to_text (conf);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_edits (void)
{
  g_autoptr (TideConf) conf = parse ("# top\n[source a]\nkind = demo\n# about x\nx=1\n\n# second\n[stream a]\nformat=json");
  tide_conf_set (conf, "source a", "kind", "file");
  tide_conf_set (conf, "source a", "rate", " 5\n");
  tide_conf_set (conf, "source b", "kind", "demo");
  tide_conf_set (conf, "metric m", "by", "city");
  assert_edit (conf, "# top\n[source a]\nkind = file\n# about x\nx=1\nrate=\\s5\\n\n\n[source b]\nkind=demo\n\n# second\n"
                     "[stream a]\nformat=json\n\n[metric m]\nby=city\n");
  tide_conf_set (conf, "source a", "rate", NULL);
  tide_conf_remove_section (conf, "source b");
  tide_conf_rename_section (conf, "stream a", "stream c");
  tide_conf_remove_section (conf, "metric m");
  assert_edit (conf, "# top\n[source a]\nkind = file\n# about x\nx=1\n\n# second\n[stream c]\nformat=json\n");
  tide_conf_remove_section (conf, "source a");
  assert_edit (conf, "# second\n[stream c]\nformat=json\n");
}

static void
test_dos_lines (void)
{
  g_autoptr (TideConf) conf = parse ("[a]\r\nx=1\r\n");
  g_assert_cmpstr (tide_conf_get (conf, "a", "x"), ==, "1");
  tide_conf_set (conf, "a", "x", "2");
  tide_conf_set (conf, "b", "y", "3");
  assert_edit (conf, "[a]\r\nx=2\r\n\r\n[b]\r\ny=3\r\n");
}

static void
test_identity (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  static const char *const pieces[] = { "[", "]", "=", "\n", "\r\n", "#", " ", "a", "\\", "\\s", "\t", "é", "\r", "[x]\n", "k=v\n", "\f" };
  for (int round = 0; round < 5000; round++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      for (int n = g_rand_int_range (rand, 0, 40); n > 0; n--)
        g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
      g_autoptr (TideConf) conf = tide_conf_parse (text->str, text->len);
      g_autofree char *back = tide_conf_to_text (conf);
      g_assert_cmpstr (back, ==, text->str);
      g_autoptr (TideConf) copy = tide_conf_copy (conf);
      g_assert_cmpuint (tide_conf_get_n_sections (copy), ==, tide_conf_get_n_sections (conf));
    }
}

static char *
random_value (GRand *rand)
{
  static const char *const pieces[] = { "a", " ", "\t", "\n", "\r", "\\", "=", "#", "[x]", "ü", ";", "\"", "9" };
  GString *value = g_string_new (NULL);
  for (int n = g_rand_int_range (rand, 0, 8); n > 0; n--)
    g_string_append (value, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
  return g_string_free (value, FALSE);
}

/* Both ways: whatever GKeyFile reads TideConf has, and the other way round. */
static void
assert_same_as_key_file (const TideConf *conf)
{
  g_autofree char *text = tide_conf_to_text (conf);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_assert_true (g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE, &error));
  gsize n_groups;
  g_auto (GStrv) groups = g_key_file_get_groups (file, &n_groups);
  g_assert_cmpuint (n_groups, ==, tide_conf_get_n_sections (conf));
  for (guint i = 0; i < n_groups; i++)
    {
      g_assert_cmpstr (tide_conf_get_section (conf, i, NULL), ==, groups[i]);
      gsize n_keys;
      g_auto (GStrv) keys = g_key_file_get_keys (file, groups[i], &n_keys, NULL);
      g_assert_cmpuint (n_keys, ==, tide_conf_get_n_keys (conf, i));
      for (guint k = 0; k < n_keys; k++)
        {
          g_autofree char *value = g_key_file_get_string (file, groups[i], keys[k], &error);
          g_assert_no_error (error);
          g_assert_cmpstr (tide_conf_get (conf, groups[i], keys[k]), ==, value);
        }
    }
}

static void
test_edits_as_key_file (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  static const char *const sections[] = { "workspace", "source orders", "source b", "stream orders", "metric m" };
  static const char *const renamed[] = { "metric n", "report r", "source z" };
  static const char *const keys[] = { "kind", "brokers", "name", "x y", "ü", "version" };
  for (int round = 0; round < 60; round++)
    {
      g_autoptr (TideConf) conf = parse (sample);
      for (int edit = 0; edit < 25; edit++)
        {
          const char *section = sections[g_rand_int_range (rand, 0, G_N_ELEMENTS (sections))];
          int what = g_rand_int_range (rand, 0, 20);
          if (what == 0)
            tide_conf_remove_section (conf, section);
          else if (what == 1)
            {
              const char *to = renamed[g_rand_int_range (rand, 0, G_N_ELEMENTS (renamed))];
              if (!tide_conf_has_section (conf, to))
                tide_conf_rename_section (conf, section, to);
            }
          else
            {
              const char *key = keys[g_rand_int_range (rand, 0, G_N_ELEMENTS (keys))];
              g_autofree char *value = what < 5 ? NULL : random_value (rand);
              tide_conf_set (conf, section, key, value);
              g_assert_cmpstr (tide_conf_get (conf, section, key), ==, value);
            }
          assert_same_as_key_file (conf);
        }
    }
}

/* A line that no edit was about is there as it was. */
static void
test_edit_keeps_lines (void)
{
  g_autoptr (TideConf) conf = parse (sample);
  tide_conf_set (conf, "source orders", "brokers", "b:2");
  g_autofree char *text = tide_conf_to_text (conf);
  g_auto (GStrv) before = g_strsplit (sample, "\n", -1), after = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (before), ==, g_strv_length (after));
  for (guint i = 0; before[i] != NULL; i++)
    g_assert_cmpstr (after[i], ==, i == 10 ? "brokers=b:2" : before[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/conf/reads", test_reads);
  g_test_add_func ("/model/conf/bad-lines", test_bad_lines);
  g_test_add_func ("/model/conf/edits", test_edits);
  g_test_add_func ("/model/conf/dos-lines", test_dos_lines);
  g_test_add_func ("/model/conf/identity", test_identity);
  g_test_add_func ("/model/conf/edits-as-key-file", test_edits_as_key_file);
  g_test_add_func ("/model/conf/edit-keeps-lines", test_edit_keeps_lines);
  return g_test_run ();
}
