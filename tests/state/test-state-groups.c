/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ids are given in order of first sight up to the cap; a copy, what comes back from storage, and what was cut back
 * and read again are the same dictionary.
 */
#include "state-fixture.h"

typedef struct
{
  TideText values[2];
  char texts[2][16];
} Tuple;

static void
random_tuple (GRand *rand, int cardinality, Tuple *tuple)
{
  for (int i = 0; i < 2; i++)
    {
      int pick = g_rand_int_range (rand, 0, cardinality);

      g_snprintf (tuple->texts[i], sizeof tuple->texts[i], "%d", pick);
      tuple->values[i] = pick == 0   ? (TideText){ NULL, 0 }
                         : pick == 1 ? (TideText){ "", 0 }
                                     : tide_text (tuple->texts[i]);
    }
}

/* A string for each tuple, as the model's key. */
static char *
tuple_key (const Tuple *tuple)
{
  GString *key = g_string_new (NULL);

  for (int i = 0; i < 2; i++)
    {
      g_string_append_c (key, tuple->values[i].data == NULL ? 'n' : 'v');
      g_string_append_len (key, tuple->values[i].data, tuple->values[i].len);
    }
  return g_string_free (key, FALSE);
}

static void
assert_equal (const TideGroups *a, const TideGroups *b)
{
  g_assert_cmpuint (tide_groups_get_n (a), ==, tide_groups_get_n (b));
  g_assert_null (tide_groups_get (a, TIDE_GROUP_OTHER));
  for (uint32_t id = 1; id < tide_groups_get_n (a); id++)
    {
      const TideGroup *x = tide_groups_get (a, id), *y = tide_groups_get (b, id);
      uint32_t found = 0;

      g_assert_cmpint (x->first_seq, ==, y->first_seq);
      for (int i = 0; i < 2; i++)
        {
          g_assert_true ((x->values[i].data == NULL) == (y->values[i].data == NULL));
          g_assert_true (tide_text_equal (x->values[i], y->values[i]));
        }
      g_assert_true (tide_groups_find (b, x->values, &found));
      g_assert_cmpuint (found, ==, id);
    }
}

static TideGroups *
through_storage (const TideGroups *groups, uint32_t cap)
{
  TideGroups *read = tide_groups_new (2, cap);

  for (uint32_t id = 1; id < tide_groups_get_n (groups); id++)
    {
      g_autoptr (GByteArray) key = g_byte_array_new ();
      GError *error = NULL;

      tide_groups_write_key (groups, id, key);
      tide_groups_append_key (read, key->data, key->len, tide_groups_get (groups, id)->first_seq, &error);
      g_assert_no_error (error);
    }
  return read;
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = test_rand ();

  for (int round = 0; round < 60; round++)
    {
      int cardinality = g_rand_int_range (rand, 1, 40);
      uint32_t cap = (uint32_t) g_rand_int_range (rand, 0, 1000);
      g_autoptr (TideGroups) groups = tide_groups_new (2, cap);
      g_autoptr (TideGroups) copy = NULL;
      g_autoptr (TideGroups) read = NULL;
      g_autoptr (GHashTable) model = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_autoptr (GArray) tuples = g_array_new (FALSE, FALSE, sizeof (Tuple *));
      TideSeq seq = 0, cut;

      for (int i = 0; i < 2000; i++)
        {
          Tuple *tuple = g_new (Tuple, 1);
          g_autofree char *key = NULL;
          uint32_t id, expected;

          random_tuple (rand, cardinality, tuple);
          g_array_append_val (tuples, tuple);
          key = tuple_key (tuple);
          expected = GPOINTER_TO_UINT (g_hash_table_lookup (model, key));
          if (expected == 0 && g_hash_table_size (model) < cap)
            {
              expected = g_hash_table_size (model) + 1;
              g_hash_table_insert (model, g_steal_pointer (&key), GUINT_TO_POINTER (expected));
            }
          id = tide_groups_add (groups, tuple->values, ++seq);
          g_assert_cmpuint (id, ==, expected);
          g_assert_true (tide_groups_find (groups, tuple->values, &id) == (expected != 0));
        }
      g_assert_true (tide_groups_is_capped (groups) == (g_hash_table_size (model) >= cap));
      g_assert_cmpuint (tide_groups_get_n (groups), ==, g_hash_table_size (model) + 1);
      copy = tide_groups_copy (groups);
      assert_equal (groups, copy);
      read = through_storage (groups, cap);
      assert_equal (groups, read);
      /* Cut back and read again. */
      cut = g_rand_int_range (rand, 0, 2001);
      tide_groups_truncate (groups, cut);
      for (uint32_t id = 1; id < tide_groups_get_n (groups); id++)
        g_assert_cmpint (tide_groups_get (groups, id)->first_seq, <=, cut);
      for (TideSeq i = cut; i < 2000; i++)
        tide_groups_add (groups, g_array_index (tuples, Tuple *, i)->values, i + 1);
      assert_equal (groups, copy);
      for (guint i = 0; i < tuples->len; i++)
        g_free (g_array_index (tuples, Tuple *, i));
    }
}

/* Without by= there is one group, which is not `other`. */
static void
test_no_by (void)
{
  g_autoptr (TideGroups) groups = tide_groups_new (0, 10);
  g_autoptr (GByteArray) key = g_byte_array_new ();

  g_assert_cmpuint (tide_groups_get_n (groups), ==, 1);
  g_assert_cmpuint (tide_groups_add (groups, NULL, 7), ==, 1);
  g_assert_cmpuint (tide_groups_add (groups, NULL, 8), ==, 1);
  g_assert_cmpint (tide_groups_get (groups, 1)->first_seq, ==, 7);
  tide_groups_write_key (groups, 1, key);
  g_assert_cmpuint (key->len, ==, 0);
}

static void
test_bytes (void)
{
  g_autoptr (TideGroups) groups = tide_groups_new (1, 100000);
  gsize before = tide_groups_get_bytes (groups), full;

  for (int i = 0; i < 20000; i++)
    {
      char text[16];
      TideText value;

      g_snprintf (text, sizeof text, "group-%d", i);
      value = tide_text (text);
      tide_groups_add (groups, &value, i + 1);
    }
  full = tide_groups_get_bytes (groups);
  g_assert_cmpuint (full - before, >, 20000 * 10);
  g_assert_cmpuint (full - before, <, 20000 * 150);
  /* Forgotten texts are given back. */
  tide_groups_truncate (groups, 10);
  g_assert_cmpuint (tide_groups_get_n (groups), ==, 11);
  g_assert_cmpuint (tide_groups_get_bytes (groups), <, full / 2);
}

/* Once the texts take 16 MB what is new goes to `other`, as past the cap; what is known keeps its id. */
static void
test_long_texts (void)
{
  g_autoptr (TideGroups) groups = tide_groups_new (1, 10000);
  g_autofree char *text = g_strnfill (1024 * 1024, 'x');
  TideText value = { text, 1024 * 1024 };
  uint32_t n;

  for (uint32_t i = 0; i < 100; i++)
    {
      memcpy (text, &i, sizeof i);
      tide_groups_add (groups, &value, i + 1);
    }
  n = tide_groups_get_n (groups);
  g_assert_cmpuint (n, ==, 17);
  g_assert_true (tide_groups_is_capped (groups));
  g_assert_cmpuint (tide_groups_get_bytes (groups), <, 18 * 1024 * 1024);
  g_assert_cmpuint (tide_groups_add (groups, &value, 101), ==, TIDE_GROUP_OTHER);
  memset (text, 0, sizeof (uint32_t));
  g_assert_cmpuint (tide_groups_add (groups, &value, 102), ==, 1);
  tide_groups_truncate (groups, 8);
  g_assert_false (tide_groups_is_capped (groups));
}

static void
test_damaged (void)
{
  static const struct
  {
    const char *data;
    gsize len;
  } keys[] = {
    { "", 0 },         { "\0", 1 },         { "\2a", 2 },      { "\0\0\0", 3 },
    { "\3a\0", 3 },    { "\2a\x80", 3 },    { "\x82\0a\0", 4 }, { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0", 11 },
    { "\2a\2b", 4 },   { "\xff\xff\xff\xff\x0f" "a\0", 7 },
  };
  g_autoptr (TideGroups) groups = tide_groups_new (2, 2);
  TideText values[2] = { { "a", 1 }, { "b", 1 } };

  tide_groups_add (groups, values, 5);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (tide_groups_append_key (groups, (const guint8 *) keys[i].data, keys[i].len, 9, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT);
    }
  g_assert_false (tide_groups_append_key (groups, (const guint8 *) "\2a\0", 3, 4, NULL));
  g_assert_true (tide_groups_append_key (groups, (const guint8 *) "\2a\0", 3, 5, NULL));
  g_assert_false (tide_groups_append_key (groups, (const guint8 *) "\0\0", 2, 6, NULL));
  g_assert_cmpuint (tide_groups_get_n (groups), ==, 3);
}

static void
test_label (void)
{
  g_autoptr (TideGroups) groups = tide_groups_new (2, 10), none = tide_groups_new (0, 10);
  TideText values[2] = { tide_text ("Berlin"), { NULL, 0 } };
  g_autofree char *label = NULL, *other = tide_groups_get_label (groups, TIDE_GROUP_OTHER), *all = NULL;

  label = tide_groups_get_label (groups, tide_groups_add (groups, values, 1));
  all = tide_groups_get_label (none, tide_groups_add (none, NULL, 1));
  g_assert_cmpstr (label, ==, "Berlin, –");
  g_assert_cmpstr (other, ==, "other");
  g_assert_cmpstr (all, ==, "All");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/groups/random", test_random);
  g_test_add_func ("/state/groups/no-by", test_no_by);
  g_test_add_func ("/state/groups/bytes", test_bytes);
  g_test_add_func ("/state/groups/long-texts", test_long_texts);
  g_test_add_func ("/state/groups/damaged", test_damaged);
  g_test_add_func ("/state/groups/label", test_label);
  return g_test_run ();
}
