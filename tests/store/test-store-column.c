/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blobs of columns: what goes in comes out to the bit, whatever it is; what was damaged is known as such, and bytes that
 * are made up with a fitting checksum are never read beyond their end (the sanitizer watches that). */
#include "store-column.h"
#include "store-fixture.h"

#include <math.h>
#include <xxhash.h>

#define MAX_N 70000

typedef struct
{
  uint32_t n;
  int64_t *ints;
  double *reals;
  uint32_t *codes;
  uint64_t *valid;
  TideText *dict;
  GStringChunk *texts;
  TideColumn column;
} Made;

static void
made_free (Made *made)
{
  g_free (made->ints);
  g_free (made->reals);
  g_free (made->codes);
  g_free (made->valid);
  g_free (made->dict);
  g_string_chunk_free (made->texts);
  g_free (made);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Made, made_free)

static int64_t
random_64 (GRand *rand)
{
  return (int64_t) ((uint64_t) g_rand_int (rand) << 32 | g_rand_int (rand));
}

static void
make_ints (Made *made, GRand *rand)
{
  int shape = g_rand_int_range (rand, 0, 9);
  int64_t at = random_64 (rand) >> g_rand_int_range (rand, 1, 40);
  unsigned shift = (unsigned) g_rand_int_range (rand, 0, 64);
  for (uint32_t i = 0; i < made->n; i++)
    switch (shape)
      {
      case 0:
        made->ints[i] = at;
        break;
      case 1:
        made->ints[i] = random_64 (rand);
        break;
      case 2: /* of every width */
        made->ints[i] = (int64_t) ((uint64_t) random_64 (rand) >> shift);
        break;
      case 3: /* grows */
        made->ints[i] = at += g_rand_int_range (rand, 0, 1000);
        break;
      case 4: /* grows, with stragglers */
        made->ints[i] = (at += 20) - (g_rand_int_range (rand, 0, 50) == 0 ? INT64_C (86400000000) : 0);
        break;
      case 5:
        made->ints[i] = g_rand_boolean (rand) ? INT64_MIN : INT64_MAX;
        break;
      case 6: /* falls, then jumps */
        made->ints[i] = (at -= 7) + (i == made->n / 2 ? INT64_MAX / 2 : 0);
        break;
      case 7:
        made->ints[i] = i % 1024 == 5 ? INT64_MIN : 3;
        break;
      default:
        made->ints[i] = g_rand_int_range (rand, -3, 4);
        break;
      }
}

static void
make_reals (Made *made, GRand *rand)
{
  int shape = g_rand_int_range (rand, 0, 5);
  const double special[] = { 0.0, -0.0, 1e308, -1e-308, 4.9e-324, 0.1, 9007199254740993.0, 1.0 / 3 };
  for (uint32_t i = 0; i < made->n; i++)
    switch (shape)
      {
      case 0:
        made->reals[i] = g_rand_int_range (rand, -100000, 100000) / 1000.0;
        break;
      case 1:
        made->reals[i] = g_rand_double (rand);
        break;
      case 2:
        made->reals[i] = special[g_rand_int_range (rand, 0, G_N_ELEMENTS (special))];
        break;
      case 3:
        made->reals[i] = g_rand_int_range (rand, 0, 50) + (i == made->n - 1 ? 0.000001 : 0);
        break;
      default:
        made->reals[i] = 52.5 + g_rand_int_range (rand, 0, 100000) / 1e6;
        break;
      }
}

static char *
make_text (GRand *rand, int shape, uint32_t i)
{
  switch (shape)
    {
    case 0:
      return g_strdup_printf ("O-%d", 7300000 + (int) i * 3 + g_rand_int_range (rand, 0, 3));
    case 1:
      return g_strdup_printf ("key%08u", i * 977u);
    case 2: /* looks numbered, and is not: 01 and 1 */
      return g_strdup_printf (i % 2 ? "%u" : "0%u", i);
    case 3:
      return g_strdup_printf ("%c%016x%016x", 'a' + (int) (i % 26), i, g_rand_int (rand));
    case 4:
      return i == 0 ? g_strdup ("") : g_strnfill (i % 300, (char) ('a' + i % 20));
    case 5:
      return g_strdup_printf ("%u99999999999999999", i);
    default:
      return g_strdup_printf ("Stadt \xc3\xbc %u", i);
    }
}

static void
make_texts (Made *made, GRand *rand)
{
  int shape = g_rand_int_range (rand, 0, 7);
  uint32_t n_dict = g_rand_boolean (rand) ? made->n : (uint32_t) g_rand_int_range (rand, 1, 300);
  made->dict = g_new (TideText, n_dict);
  for (uint32_t i = 0; i < n_dict; i++)
    {
      g_autofree char *text = make_text (rand, shape, i);
      made->dict[i] = tide_text (g_string_chunk_insert (made->texts, text));
    }
  bool in_order = n_dict == made->n && g_rand_boolean (rand);
  for (uint32_t i = 0; i < made->n; i++)
    made->codes[i] = in_order ? i : (uint32_t) g_rand_int_range (rand, 0, (gint32) n_dict);
  made->column.dict = made->dict;
  made->column.n_dict = n_dict;
}

static Made *
make_column (GRand *rand, uint32_t n, TideType type)
{
  Made *made = g_new0 (Made, 1);
  made->n = n;
  made->ints = g_new0 (int64_t, n);
  made->reals = g_new0 (double, n);
  made->codes = g_new0 (uint32_t, n);
  made->valid = g_new0 (uint64_t, n / 64 + 1);
  made->texts = g_string_chunk_new (4096);
  made->column = (TideColumn){ .type = type, .ints = made->ints, .reals = made->reals, .codes = made->codes };
  made->column.scale = type == TIDE_TYPE_DECIMAL ? 4 : 0;
  if (type == TIDE_TYPE_TEXT)
    make_texts (made, rand);
  else if (type == TIDE_TYPE_REAL)
    make_reals (made, rand);
  else
    make_ints (made, rand);
  int nulls = g_rand_int_range (rand, 0, 5);
  if (nulls > 1)
    {
      made->column.valid = made->valid;
      for (uint32_t i = 0; i < n; i++) /* none, some, most, all of them null */
        if (nulls == 2 || (nulls == 3 && g_rand_int_range (rand, 0, 9) > 0)
            || (nulls == 4 && g_rand_int_range (rand, 0, 30) == 0 && n % 3 != 0))
          made->valid[i / 64] |= UINT64_C (1) << (i % 64);
    }
  return made;
}

static void
check_equal (const TideColumn *a, const TideColumn *b, uint32_t n)
{
  g_assert_cmpint (a->type, ==, b->type);
  g_assert_cmpint (a->scale, ==, b->scale);
  for (uint32_t i = 0; i < n; i++)
    {
      g_assert_cmpint (tide_column_is_valid (a, i), ==, tide_column_is_valid (b, i));
      if (b->type == TIDE_TYPE_TEXT)
        g_assert_cmpuint (b->codes[i], <, b->n_dict);
      if (!tide_column_is_valid (a, i))
        continue;
      if (a->type == TIDE_TYPE_TEXT)
        g_assert_true (tide_text_equal (a->dict[a->codes[i]], b->dict[b->codes[i]]));
      else if (a->type == TIDE_TYPE_REAL)
        g_assert_true (memcmp (&a->reals[i], &b->reals[i], sizeof (double)) == 0);
      else
        g_assert_cmpint (a->ints[i], ==, b->ints[i]);
    }
}

static uint32_t
random_n (GRand *rand)
{
  const uint32_t sizes[] = { 1, 2, 7, 8, 9, 63, 64, 65, 1023, 1024, 1025, 3000 };
  return g_rand_int_range (rand, 0, 3) == 0 ? (uint32_t) g_rand_int_range (rand, 1, 5000)
                                            : sizes[g_rand_int_range (rand, 0, G_N_ELEMENTS (sizes))];
}

static void
test_round_trip (void)
{
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  g_autoptr (TideColumnEncoder) encoder = tide_column_encoder_new ();
  g_autoptr (TideColumnDecoder) decoder = tide_column_decoder_new ();
  for (int round = 0; round < 600; round++)
    {
      TideType type = (TideType) g_rand_int_range (rand, TIDE_TYPE_INT, TIDE_TYPE_TIME + 1);
      g_autoptr (Made) made = make_column (rand, round == 0 ? MAX_N : random_n (rand), type);
      const GByteArray *bytes = tide_column_encode (encoder, &made->column, made->n, 1);
      /* A copy that ends where it ends, for the sanitizer. */
      g_autofree guint8 *blob = g_memdup2 (bytes->data, bytes->len);
      TideColumn column;
      int alias = -1;
      g_assert_true (tide_column_decode (decoder, blob, bytes->len, made->n, &column, &alias));
      g_assert_cmpint (alias, ==, 0);
      check_equal (&made->column, &column, made->n);
      g_assert_false (tide_column_decode (decoder, blob, bytes->len, made->n + 1, &column, &alias));
    }
}

static void
test_many_texts (void)
{
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  g_autoptr (TideColumnEncoder) encoder = tide_column_encoder_new ();
  g_autoptr (TideColumnDecoder) decoder = tide_column_decoder_new ();
  TideColumn column;
  int alias;
  for (int round = 0; round < 6; round++)
    {
      g_autoptr (Made) made = make_column (rand, MAX_N, TIDE_TYPE_TEXT);
      const GByteArray *bytes = tide_column_encode (encoder, &made->column, made->n, 1);
      g_assert_true (tide_column_decode (decoder, bytes->data, bytes->len, made->n, &column, &alias));
      check_equal (&made->column, &column, made->n);
    }
}

/* Any flipped bit is seen; with the checksum mended, nothing worse than a wrong value or a refusal happens. */
static void
test_damage (void)
{
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  g_autoptr (TideColumnEncoder) encoder = tide_column_encoder_new ();
  g_autoptr (TideColumnDecoder) decoder = tide_column_decoder_new ();
  guint refused = 0;
  for (int round = 0; round < 3000; round++)
    {
      TideType type = (TideType) g_rand_int_range (rand, TIDE_TYPE_INT, TIDE_TYPE_TIME + 1);
      g_autoptr (Made) made = make_column (rand, (uint32_t) g_rand_int_range (rand, 1, 300), type);
      const GByteArray *bytes = tide_column_encode (encoder, &made->column, made->n, 1);
      gsize len = bytes->len;
      g_autofree guint8 *blob = g_memdup2 (bytes->data, len);
      TideColumn column;
      int alias;
      guint flips = (guint) g_rand_int_range (rand, 1, 4);
      for (guint i = 0; i < flips; i++)
        blob[g_rand_int_range (rand, 0, (gint32) MIN (len, i == 0 ? 64 : len))]
          ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
      bool same = memcmp (blob, bytes->data, len) == 0;
      g_assert_true (same == tide_column_decode (decoder, blob, len, made->n, &column, &alias));
      if (g_rand_int_range (rand, 0, 3) == 0)
        len = (gsize) g_rand_int_range (rand, 0, (gint32) len + 1);
      g_autofree guint8 *cut = g_memdup2 (blob, len > 0 ? len : 1);
      if (len >= 8)
        {
          uint64_t sum = XXH3_64bits (cut, len - 8);
          memcpy (cut + len - 8, &sum, 8);
        }
      if (!tide_column_decode (decoder, cut, len, made->n, &column, &alias))
        refused++;
      else if (alias == 0 && column.type == TIDE_TYPE_TEXT)
        for (uint32_t i = 0; i < made->n; i++)
          g_assert_cmpuint (column.codes[i], <, column.n_dict);
    }
  g_assert_cmpuint (refused, >, 100);
}

/* Of distinct texts at most one is empty: ten empty ones, two of forty rows named, are no dictionary. */
static void
test_empty_texts (void)
{
  guint8 blob[12 + 8 + 12 + 8 + 2 + 8] = { 1, 4, 1, TIDE_TYPE_TEXT, 0, 0, 0, 0, 40 };
  g_autoptr (TideColumnDecoder) decoder = tide_column_decoder_new ();
  TideColumn column;
  int alias;
  blob[12 + 4] = 0x30;     /* the rows that are not null */
  blob[12 + 8 + 1] = 1;    /* a bit for each length */
  blob[12 + 8 + 4] = 10;   /* texts */
  for (gsize len = 12 + 8 + 12 + 8; len <= sizeof blob; len++)
    {
      uint64_t sum = XXH3_64bits (blob, len - 8);
      memcpy (blob + len - 8, &sum, 8);
      g_assert_false (tide_column_decode (decoder, blob, len, 40, &column, &alias));
      memset (blob + len - 8, 0, 8);
    }
}

static void
test_alias (void)
{
  g_autoptr (TideColumnEncoder) encoder = tide_column_encoder_new ();
  g_autoptr (TideColumnDecoder) decoder = tide_column_decoder_new ();
  TideColumn column = { .type = TIDE_TYPE_TIME };
  int alias = 0;
  const GByteArray *bytes = tide_column_encode_alias (encoder, &column, 6, 100);
  g_assert_true (tide_column_decode (decoder, bytes->data, bytes->len, 100, &column, &alias));
  g_assert_cmpint (alias, ==, 6);
}

/* What gathering gives is what was put in, piece by piece. */
static void
test_gather (void)
{
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  for (int round = 0; round < 60; round++)
    {
      TideType type = (TideType) g_rand_int_range (rand, TIDE_TYPE_INT, TIDE_TYPE_TIME + 1);
      g_autoptr (TideGather) gather = tide_gather_new (type, type == TIDE_TYPE_DECIMAL ? 4 : 0);
      g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) made_free);
      for (int use = 0; use < 2; use++)
        {
          TideColumn whole;
          uint32_t at = 0;
          tide_gather_reset (gather);
          g_ptr_array_set_size (parts, 0);
          for (int i = g_rand_int_range (rand, 1, 8); i > 0; i--)
            {
              Made *made = make_column (rand, random_n (rand), type);
              g_ptr_array_add (parts, made);
              tide_gather_append (gather, &made->column, made->n, g_rand_boolean (rand));
              tide_gather_pad (gather, tide_gather_get_n (gather) + 1);
            }
          tide_gather_get (gather, &whole);
          for (guint i = 0; i < parts->len; i++)
            {
              const Made *made = g_ptr_array_index (parts, i);
              for (uint32_t row = 0; row < made->n; row++, at++)
                {
                  g_assert_cmpint (tide_column_is_valid (&whole, at), ==, tide_column_is_valid (&made->column, row));
                  if (!tide_column_is_valid (&whole, at))
                    continue;
                  if (type == TIDE_TYPE_TEXT)
                    g_assert_true (tide_text_equal (whole.dict[whole.codes[at]],
                                                    made->dict[made->codes[row]]));
                  else if (type == TIDE_TYPE_REAL)
                    g_assert_true (memcmp (&whole.reals[at], &made->reals[row], 8) == 0);
                  else
                    g_assert_cmpint (whole.ints[at], ==, made->ints[row]);
                }
              g_assert_false (tide_column_is_valid (&whole, at));
              at++;
            }
          g_assert_cmpuint (at, ==, tide_gather_get_n (gather));
        }
    }
}

static void
test_zone (void)
{
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  for (int round = 0; round < 200; round++)
    {
      TideType type = g_rand_boolean (rand) ? TIDE_TYPE_INT : TIDE_TYPE_REAL;
      g_autoptr (Made) made = make_column (rand, random_n (rand), type);
      TideZone zone;
      tide_column_get_zone (&made->column, made->n, &zone);
      uint32_t nulls = 0;
      for (uint32_t i = 0; i < made->n; i++)
        if (!tide_column_is_valid (&made->column, i))
          nulls++;
        else if (type == TIDE_TYPE_INT)
          g_assert_true (made->ints[i] >= zone.int_min && made->ints[i] <= zone.int_max);
        else
          g_assert_true (made->reals[i] >= zone.real_min && made->reals[i] <= zone.real_max);
      g_assert_cmpuint (nulls, ==, zone.nulls);
      g_assert_cmpint (zone.type, ==, nulls < made->n ? type : TIDE_TYPE_NONE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/column/round-trip", test_round_trip);
  g_test_add_func ("/store/column/many-texts", test_many_texts);
  g_test_add_func ("/store/column/damage", test_damage);
  g_test_add_func ("/store/column/empty-texts", test_empty_texts);
  g_test_add_func ("/store/column/alias", test_alias);
  g_test_add_func ("/store/column/gather", test_gather);
  g_test_add_func ("/store/column/zone", test_zone);
  return g_test_run ();
}
