/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact values lose no digit in either direction, whatever the locale; reals take the shortest text that reads back.
 */
#include "model.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static GRand *
test_rand (void)
{
  const char *text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32) strtoul (text, NULL, 10) : g_random_int ();

  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

static uint64_t
random64 (GRand *rand)
{
  return (uint64_t) g_rand_int (rand) << 32 | g_rand_int (rand);
}

static void
assert_formats (TideValue value, const char *expected)
{
  char buffer[TIDE_VALUE_STR_MAX];
  gsize len = tide_value_format (value, buffer);

  g_assert_cmpstr (buffer, ==, expected);
  g_assert_cmpuint (len, ==, strlen (expected));
}

static void
test_types (void)
{
  static const char *const good[] = { "int", "real", "text", "bool", "time", "decimal(0)", "decimal(2)", "decimal(18)" };
  static const char *const bad[] = { "",           "Int",         "decimal",     "decimal(19)", "decimal()", "decimal(-1)",
                                     "decimal(2", "decimal(2)x", "decimals(2)", "integer",     "decimal(0000000002)" };
  TideType type;
  int scale;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *text = NULL;

      g_assert_true (tide_type_parse (good[i], &type, &scale, NULL));
      text = tide_type_to_string (type, scale);
      g_assert_cmpstr (text, ==, good[i]);
    }
  g_assert_true (tide_type_parse (" decimal ( 2 ) ", &type, &scale, NULL));
  g_assert_cmpint (scale, ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (tide_type_parse (bad[i], &type, &scale, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
    }
}

static void
test_format (void)
{
  const TideInt128 max = (TideInt128) (((unsigned __int128) 1 << 127) - 1);

  assert_formats (tide_value_exact (1480420, 2), "14804.20");
  assert_formats (tide_value_exact (-5, 2), "-0.05");
  assert_formats (tide_value_exact (0, 0), "0");
  assert_formats (tide_value_exact (0, 3), "0.000");
  assert_formats (tide_value_exact (INT64_MIN, 0), "-9223372036854775808");
  assert_formats (tide_value_exact (max, 0), "170141183460469231731687303715884105727");
  assert_formats (tide_value_exact (-max - 1, 0), "-170141183460469231731687303715884105728");
  assert_formats (tide_value_exact (-max - 1, 18), "-170141183460469231731.687303715884105728");
  assert_formats (tide_value_real (3), "3");
  assert_formats (tide_value_real (-0.0), "0");
  assert_formats (tide_value_real (0.1), "0.1");
  assert_formats (tide_value_real (-2.5), "-2.5");
  assert_formats (tide_value_real (0.1 + 0.2), "0.30000000000000004");
  assert_formats (tide_value_real (1.0 / 3), "0.3333333333333333");
  assert_formats (tide_value_real (1e300), "1e+300");
  assert_formats (tide_value_real (NAN), "");
  assert_formats ((TideValue){ 0 }, "");
}

/* What %.15g, then more digits, would print in the C locale; and it reads back. */
static void
assert_shortest (double real)
{
  char buffer[TIDE_VALUE_STR_MAX], expected[TIDE_VALUE_STR_MAX];

  for (int digits = 15; digits <= 17; digits++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (expected, sizeof expected, format, real);
      if (g_ascii_strtod (expected, NULL) == real)
        break;
    }
  tide_value_format (tide_value_real (real), buffer);
  g_assert_cmpstr (buffer, ==, expected);
  g_assert_true (g_ascii_strtod (buffer, NULL) == real);
}

static void
test_format_reals (void)
{
  g_autoptr (GRand) rand = test_rand ();

  /* A locale with a comma, where there is one, must change nothing. */
  setlocale (LC_NUMERIC, "de_DE.UTF-8");
  for (int i = 0; i < 20000; i++)
    {
      uint64_t bits = random64 (rand);
      double real;

      memcpy (&real, &bits, sizeof real);
      if (isfinite (real))
        assert_shortest (real);
      assert_shortest (g_rand_int_range (rand, 1, 1000000) / 100.0);
      assert_shortest (g_rand_double_range (rand, -1e6, 1e6));
      assert_shortest (round (g_rand_double_range (rand, 0, 1e17)));
      assert_shortest (g_rand_int_range (rand, 1, 100000) * 1e-9);
    }
  setlocale (LC_NUMERIC, "C");
}

static void
test_equal (void)
{
  TideValue none = { 0 };

  g_assert_true (tide_value_equal (none, none));
  g_assert_false (tide_value_equal (none, tide_value_exact (0, 0)));
  g_assert_true (tide_value_equal (tide_value_exact (120, 2), tide_value_exact (12, 1)));
  g_assert_false (tide_value_equal (tide_value_exact (120, 2), tide_value_exact (121, 2)));
  g_assert_false (tide_value_equal (tide_value_exact ((TideInt128) 1 << 100, 0),
                                    tide_value_exact (((TideInt128) 1 << 100) + 1, 0)));
  g_assert_true (tide_value_equal (tide_value_real (1e9), tide_value_real (1e9 * (1 + 4e-16))));
  g_assert_false (tide_value_equal (tide_value_real (1), tide_value_real (1 + 1e-11)));
  g_assert_true (tide_value_equal (tide_value_real (0), tide_value_real (-0.0)));
  g_assert_true (isnan (tide_value_to_double (none)));
  g_assert_cmpfloat (tide_value_to_double (tide_value_exact (-12345, 2)), ==, -123.45);
  g_assert_cmpfloat (tide_value_to_double (tide_value_exact (INT64_MAX, 0)), ==, (double) INT64_MAX);
}

static void
assert_decimal (const char *text, int scale, int64_t expected)
{
  int64_t scaled = 77;

  g_assert_true (tide_decimal_parse (text, strlen (text), scale, &scaled));
  g_assert_cmpint (scaled, ==, expected);
}

static void
test_decimal (void)
{
  static const struct
  {
    const char *text;
    int scale;
  } refused[] = {
    { "", 2 },      { "-", 2 },     { ".", 2 },        { "1.234", 2 },  { "1e", 2 },          { "1e+", 2 },
    { "1.2.3", 2 }, { "0x10", 2 },  { " 1", 2 },       { "1 ", 2 },     { "1e-3", 2 },        { "9223372036854775808", 0 },
    { "1e19", 0 },  { "inf", 2 },   { "nan", 2 },      { "1,5", 2 },    { "92233720368547758.08", 2 },
    { "--1", 2 },   { "+-1", 2 },   { "1e999999999999999999999", 2 },   { "1e-999999999999999999999", 2 },
    { "-9223372036854775809", 0 },  { "123456789012345678901234567890", 0 },
  };
  int64_t scaled = 77;

  assert_decimal ("12.5", 2, 1250);
  assert_decimal ("-12.5", 2, -1250);
  assert_decimal ("1.25e1", 2, 1250);
  assert_decimal ("1.25E+1", 1, 125);
  assert_decimal ("1250e-2", 1, 125);
  assert_decimal ("0", 18, 0);
  assert_decimal ("-0.000", 2, 0);
  assert_decimal ("0e999999999999", 2, 0);
  assert_decimal ("1.2300", 2, 123);
  assert_decimal ("+.5", 1, 5);
  assert_decimal ("5.", 1, 50);
  assert_decimal ("000000000000000000000000000000001", 0, 1);
  assert_decimal ("100000000000000000000000000000000e-32", 0, 1);
  assert_decimal ("0.00000000000000000000000000000001e32", 0, 1);
  assert_decimal ("9223372036854775807", 0, INT64_MAX);
  assert_decimal ("-9223372036854775808", 0, INT64_MIN);
  assert_decimal ("-92233720368547758.08", 2, INT64_MIN);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_assert_false (tide_decimal_parse (refused[i].text, strlen (refused[i].text), refused[i].scale, &scaled));
      g_assert_cmpint (scaled, ==, 77);
    }
}

static void
test_decimal_round_trip (void)
{
  g_autoptr (GRand) rand = test_rand ();

  for (int i = 0; i < 50000; i++)
    {
      int64_t value = (int64_t) random64 (rand) >> g_rand_int_range (rand, 0, 63);
      int scale = g_rand_int_range (rand, 0, 19);
      int shift = g_rand_int_range (rand, -30, 30);
      char buffer[TIDE_VALUE_STR_MAX];
      g_autofree char *shifted = NULL;
      int64_t back;

      g_assert_true (tide_decimal_parse (buffer, tide_value_format (tide_value_exact (value, scale), buffer), scale, &back));
      g_assert_cmpint (back, ==, value);
      /* The same number written with an exponent. */
      tide_value_format (tide_value_exact (value, 0), buffer);
      shifted = g_strdup_printf ("%se%d", buffer, shift);
      if (tide_decimal_parse (shifted, strlen (shifted), scale, &back) && shift + scale <= 0)
        {
          for (int k = shift + scale; k < 0 && back != 0; k++)
            back *= 10;
          g_assert_cmpint (back, ==, value);
        }
      else if (shift + scale == 0)
        g_assert_not_reached ();
    }
}

static void
test_json_text (void)
{
  g_autoptr (GString) out = g_string_new ("[");

  tide_json_append_text (out, "a \"b\" \\ \n\x1f é", -1);
  tide_json_append_text (out, "c\0d", 3);
  tide_json_append_text (out, NULL, 0);
  g_assert_cmpstr (out->str, ==, "[\"a \\\"b\\\" \\\\ \\u000a\\u001f é\"\"c\\u0000d\"\"\"");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/value/json-text", test_json_text);
  g_test_add_func ("/model/value/types", test_types);
  g_test_add_func ("/model/value/format", test_format);
  g_test_add_func ("/model/value/format-reals", test_format_reals);
  g_test_add_func ("/model/value/equal", test_equal);
  g_test_add_func ("/model/value/decimal", test_decimal);
  g_test_add_func ("/model/value/decimal-round-trip", test_decimal_round_trip);
  return g_test_run ();
}
