/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Types of fields, finished values as text, and decimals read exactly. Numbers are formatted for files, so never
 * by the locale; exact values keep all decimals of their scale, reals take the shortest text that reads back.
 * Limit: a real beyond the doubles prints as "inf".
 */
#include "model-value.h"

#include <math.h>
#include <string.h>

static const struct
{
  const char *name;
  TideType type;
} type_names[] = {
  { "int", TIDE_TYPE_INT },
  { "real", TIDE_TYPE_REAL },
  { "text", TIDE_TYPE_TEXT },
  { "bool", TIDE_TYPE_BOOL },
  { "time", TIDE_TYPE_TIME },
};

#define MAX_SCALE 18

/* "(2)", with spaces around its parts or none. */
static bool
parse_scale (const char *text, int *ret_scale)
{
  int scale = 0, digits = 0;

  text += strspn (text, " ");
  if (*text++ != '(')
    return false;
  for (text += strspn (text, " "); g_ascii_isdigit (*text) && digits < 3; text++, digits++)
    scale = scale * 10 + (*text - '0');
  text += strspn (text, " ");
  if (digits == 0 || scale > MAX_SCALE || *text++ != ')' || *text != '\0')
    return false;
  *ret_scale = scale;
  return true;
}

/**
 * tide_type_parse:
 * @ret_scale: 0 but for decimals
 *
 * Errors: TIDE_ERROR_INVALID.
 */
bool
tide_type_parse (const char *text, TideType *ret_type, int *ret_scale, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));

  for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (strcmp (stripped, type_names[i].name) == 0)
      {
        *ret_type = type_names[i].type;
        *ret_scale = 0;
        return true;
      }
  if (g_str_has_prefix (stripped, "decimal"))
    {
      if (parse_scale (stripped + strlen ("decimal"), ret_scale))
        {
          *ret_type = TIDE_TYPE_DECIMAL;
          return true;
        }
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "“%s” is no type: decimal takes its number of decimals, from decimal(0) to decimal(18)", stripped);
      return false;
    }
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
               "“%s” is no type: expected int, decimal(N), real, text, bool or time", stripped);
  return false;
}

/**
 * tide_type_to_string:
 *
 * Returns: (transfer full): what tide_type_parse() reads
 */
char *
tide_type_to_string (TideType type, int scale)
{
  if (type == TIDE_TYPE_DECIMAL)
    return g_strdup_printf ("decimal(%d)", scale);
  for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (type == type_names[i].type)
      return g_strdup (type_names[i].name);
  return g_strdup ("none");
}

/* Powers of ten that a double holds exactly. */
static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

double
tide_value_to_double (TideValue value)
{
  const TideInt128 exact_max = (TideInt128) 1 << 53;

  if (value.kind == TIDE_VALUE_REAL)
    return value.real;
  if (value.kind == TIDE_VALUE_NONE)
    return NAN;
  /* Both operands are exact: the quotient is the nearest double. */
  if (value.exact >= -exact_max && value.exact <= exact_max && value.scale < (int) G_N_ELEMENTS (powers))
    return (double) value.exact / powers[value.scale];
  return (double) ((long double) value.exact / powl (10, value.scale));
}

/* Digits of @magnitude, at least @min_digits of them. Returns how many. */
static gsize
write_digits (unsigned __int128 magnitude, int min_digits, char *ret_digits)
{
  char reversed[40];
  gsize n = 0;

  /* 64-bit division is many times faster. */
  for (; magnitude > UINT64_MAX; magnitude /= 10)
    reversed[n++] = (char) ('0' + (int) (magnitude % 10));
  for (uint64_t rest = (uint64_t) magnitude; rest != 0; rest /= 10)
    reversed[n++] = (char) ('0' + rest % 10);
  while (n < (gsize) min_digits && n < sizeof reversed)
    reversed[n++] = '0';
  for (gsize i = 0; i < n; i++)
    ret_digits[i] = reversed[n - 1 - i];
  return n;
}

static gsize
format_exact (TideInt128 exact, int scale, char buffer[TIDE_VALUE_STR_MAX])
{
  unsigned __int128 magnitude = exact < 0 ? -(unsigned __int128) exact : (unsigned __int128) exact;
  char digits[40];
  gsize n, whole, len = 0;

  scale = CLAMP (scale, 0, 38);
  n = write_digits (magnitude, scale + 1, digits);
  whole = n - (gsize) scale;
  if (exact < 0)
    buffer[len++] = '-';
  memcpy (buffer + len, digits, whole);
  len += whole;
  if (scale > 0)
    {
      buffer[len++] = '.';
      memcpy (buffer + len, digits + whole, (gsize) scale);
      len += (gsize) scale;
    }
  buffer[len] = '\0';
  return len;
}

/* Most reals that people meet have a few decimals: if n / 10^k is the very double, and n has at most 15 digits, then
 * these are the digits that %.15g prints. */
static bool
format_short_real (double real, char buffer[TIDE_VALUE_STR_MAX], gsize *ret_len)
{
  double magnitude = fabs (real);

  if (magnitude >= 1e15 || (magnitude != 0 && magnitude < 1e-4))
    return false;
  for (int k = 0; k <= 6; k++)
    {
      double scaled = nearbyint (magnitude * powers[k]);

      if (scaled >= 1e15)
        return false;
      if (scaled / powers[k] == magnitude)
        {
          *ret_len = format_exact ((int64_t) (real < 0 ? -scaled : scaled), k, buffer);
          return true;
        }
    }
  return false;
}

static gsize
format_real (double real, char buffer[TIDE_VALUE_STR_MAX])
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  gsize len;

  if (isnan (real))
    {
      buffer[0] = '\0';
      return 0;
    }
  if (isinf (real))
    return g_strlcpy (buffer, real < 0 ? "-inf" : "inf", TIDE_VALUE_STR_MAX);
  if (format_short_real (real, buffer, &len))
    return len;
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (buffer, TIDE_VALUE_STR_MAX, formats[i], real);
      if (g_ascii_strtod (buffer, NULL) == real)
        break;
    }
  return strlen (buffer);
}

/**
 * tide_value_format:
 *
 * As in CSV; terminated. Never by the locale.
 */
gsize
tide_value_format (TideValue value, char buffer[TIDE_VALUE_STR_MAX])
{
  switch (value.kind)
    {
    case TIDE_VALUE_EXACT:
      return format_exact (value.exact, value.scale, buffer);
    case TIDE_VALUE_REAL:
      return format_real (value.real, buffer);
    case TIDE_VALUE_NONE:
    default:
      buffer[0] = '\0';
      return 0;
    }
}

static TideValue
strip_zeros (TideValue value)
{
  while (value.scale > 0 && value.exact % 10 == 0)
    {
      value.exact /= 10;
      value.scale--;
    }
  return value;
}

bool
tide_value_equal (TideValue a, TideValue b)
{
  double x, y;

  if (a.kind == TIDE_VALUE_NONE || b.kind == TIDE_VALUE_NONE)
    return a.kind == b.kind;
  if (a.kind == TIDE_VALUE_EXACT && b.kind == TIDE_VALUE_EXACT)
    {
      if (a.scale == b.scale)
        return a.exact == b.exact;
      a = strip_zeros (a);
      b = strip_zeros (b);
      return a.exact == b.exact && a.scale == b.scale;
    }
  x = tide_value_to_double (a);
  y = tide_value_to_double (b);
  if (isnan (x) || isnan (y))
    return isnan (x) && isnan (y);
  return x == y || fabs (x - y) <= 1e-12 * MAX (fabs (x), fabs (y));
}

/* A number as digits: mantissa * 10^exponent, the mantissa without trailing zeros. */
typedef struct
{
  uint64_t mantissa;
  int64_t exponent;
  bool negative;
} Decimal;

/* The exponent after "e", saturated: no mantissa of 64 bits survives one so large. */
static bool
parse_exponent (const char **at, const char *end, int64_t *ret_exponent)
{
  bool negative = false;
  int64_t exponent = 0;

  if (*at < end && (**at == '-' || **at == '+'))
    negative = *(*at)++ == '-';
  if (*at == end || !g_ascii_isdigit (**at))
    return false;
  for (; *at < end && g_ascii_isdigit (**at); (*at)++)
    exponent = MIN (exponent * 10 + (**at - '0'), INT64_MAX / 16);
  *ret_exponent = negative ? -exponent : exponent;
  return true;
}

static bool
parse_digits (const char *text, gsize len, Decimal *ret_decimal)
{
  const char *at = text, *end = text + len;
  Decimal decimal = { 0 };
  int64_t zeros = 0, decimals = 0, exponent = 0;
  bool any = false, point = false;

  if (at < end && (*at == '-' || *at == '+'))
    decimal.negative = *at++ == '-';
  for (; at < end; at++)
    {
      if (*at == '.' && !point)
        {
          point = true;
          continue;
        }
      if (!g_ascii_isdigit (*at))
        break;
      any = true;
      decimals += point;
      if (*at == '0')
        {
          zeros += decimal.mantissa != 0;
          continue;
        }
      /* The zeros before it were not trailing ones. */
      for (; zeros >= 0; zeros--)
        if (__builtin_mul_overflow (decimal.mantissa, 10, &decimal.mantissa))
          return false;
      zeros = 0;
      if (__builtin_add_overflow (decimal.mantissa, (uint64_t) (*at - '0'), &decimal.mantissa))
        return false;
    }
  if (!any)
    return false;
  if (at < end && (*at == 'e' || *at == 'E'))
    {
      at++;
      if (!parse_exponent (&at, end, &exponent))
        return false;
    }
  if (at != end)
    return false;
  decimal.exponent = exponent + zeros - decimals;
  *ret_decimal = decimal;
  return true;
}

/**
 * tide_decimal_parse:
 * @text: need not be terminated
 *
 * For every event: no allocation.
 */
bool
tide_decimal_parse (const char *text, gsize len, int scale, int64_t *ret_scaled)
{
  Decimal decimal;
  uint64_t magnitude;

  if (!parse_digits (text, len, &decimal))
    return false;
  magnitude = decimal.mantissa;
  if (magnitude != 0)
    {
      int64_t shift = decimal.exponent + scale;

      /* The last digit of the mantissa is not 0: it would be lost. */
      if (shift < 0 || shift > 19)
        return false;
      for (; shift > 0; shift--)
        if (__builtin_mul_overflow (magnitude, 10, &magnitude))
          return false;
    }
  if (magnitude > (uint64_t) INT64_MAX + (decimal.negative ? 1 : 0))
    return false;
  *ret_scaled = decimal.negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
  return true;
}
