/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A raw value to the type of its field, exactly or not at all: 12.0 is no int, "12" is no int, 41.305 is no
 * decimal(2). What can't be kept to the letter is refused with a reason that names the field and what was found,
 * since a wrong number in a report is worse than a missing one. Two things are not kept: digits of a time beyond the
 * microsecond, and of a real beyond a double.
 * Numbers as times are an epoch in s below 1e11, ms below 1e14, µs below 1e17, else ns: an epoch in ms is read right
 * from March 1973 on. */
#include "ingest-decoder-private.h"

#include <math.h>
#include <string.h>

#define SHOWN_MAX 60
#define REAL_TEXT_MAX 400

static const int64_t powers[] = {
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
  1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
  1000000000000000000,
};

void
tide_reason_append_text (GString *reasons, const char *data, gsize len)
{
  gsize shown = MIN (len, SHOWN_MAX);
  while (shown < len && shown > 0 && ((unsigned char) data[shown] & 0xc0) == 0x80)
    shown--;
  for (gsize i = 0; i < shown; i++)
    g_string_append_c (reasons, (unsigned char) data[i] < 0x20 ? ' ' : data[i]);
  if (shown < len)
    g_string_append (reasons, "…");
}

static void
append_found (GString *reasons, const TideRaw *raw)
{
  switch (raw->kind)
    {
    case TIDE_RAW_FALSE:
      g_string_append (reasons, "false");
      break;
    case TIDE_RAW_TRUE:
      g_string_append (reasons, "true");
      break;
    case TIDE_RAW_NUMBER:
      g_string_append (reasons, "number ");
      tide_reason_append_text (reasons, raw->data, raw->len);
      break;
    case TIDE_RAW_TEXT:
    case TIDE_RAW_CELL:
      g_string_append (reasons, "text '");
      tide_reason_append_text (reasons, raw->data, raw->len);
      g_string_append_c (reasons, '\'');
      break;
    case TIDE_RAW_OBJECT:
      g_string_append (reasons, "an object");
      break;
    case TIDE_RAW_ARRAY:
      g_string_append (reasons, "an array");
      break;
    case TIDE_RAW_MISSING:
    case TIDE_RAW_NULL:
    default:
      g_string_append (reasons, "nothing");
      break;
    }
}

void
tide_field_explain (const TideField *field, const TideRaw *raw, GString *reasons)
{
  g_autofree char *type = tide_type_to_string (field->type, field->scale);
  g_string_append_printf (reasons, "expected %s, found ", type);
  if (field->mask)
    g_string_append (reasons, "something else");
  else
    append_found (reasons, raw);
}

/* Digits with an optional sign and point, no exponent, at most 18 digits: m × 10^-decimals. */
static inline bool
parse_plain (const char *text, gsize len, int64_t *ret_m, int *ret_decimals)
{
  const char *end = text + len;
  bool negative = len > 0 && *text == '-';
  const char *p = text + negative, *point = NULL;
  uint64_t m = 0;
  if (end - p > 19 || end == p)
    return false;
  for (; p < end; p++)
    {
      unsigned digit = (unsigned) (unsigned char) *p - '0';
      if (digit < 10)
        m = m * 10 + digit;
      else if (*p == '.' && point == NULL && p > text + negative && p + 1 < end)
        point = p;
      else
        return false;
    }
  if (end - (text + negative) - (point != NULL) > 18)
    return false;
  *ret_m = negative ? -(int64_t) m : (int64_t) m;
  *ret_decimals = point == NULL ? 0 : (int) (end - point - 1);
  return true;
}

static bool
parse_int (const char *text, gsize len, int64_t *ret_value)
{
  int decimals;
  if (parse_plain (text, len, ret_value, &decimals))
    return decimals == 0;
  for (gsize i = text[0] == '-'; i < len; i++)
    if (!g_ascii_isdigit (text[i]))
      return false;
  return tide_decimal_parse (text, len, 0, ret_value);
}

static bool
parse_decimal (const char *text, gsize len, int scale, int64_t *ret_value)
{
  int64_t m;
  int decimals;
  if (parse_plain (text, len, &m, &decimals) && decimals <= scale && ABS (m) <= INT64_MAX / powers[scale - decimals])
    {
      *ret_value = m * powers[scale - decimals];
      return true;
    }
  return tide_decimal_parse (text, len, scale, ret_value);
}

/* Clinger's fast path: both the digits and the power of ten are exact doubles, so one division rounds right. */
static bool
parse_real (const char *text, gsize len, double *ret_value)
{
  int64_t m;
  int decimals;
  if (len > 0 && parse_plain (text, len, &m, &decimals) && ABS (m) < ((int64_t) 1 << 53) && m != 0)
    {
      *ret_value = (double) m / (double) powers[decimals];
      return true;
    }
  char buffer[REAL_TEXT_MAX];
  g_autofree char *large = NULL;
  char *copy = buffer, *end;
  if (len >= sizeof buffer)
    copy = large = g_malloc (len + 1);
  memcpy (copy, text, len);
  copy[len] = '\0';
  /* strtod also takes hex, inf and nan, which are no numbers here. */
  if (strspn (copy, "+-.0123456789eE") != len || len == 0)
    return false;
  double value = g_ascii_strtod (copy, &end);
  if (end != copy + len || !isfinite (value))
    return false;
  *ret_value = value;
  return true;
}

static bool
is_in_calendar (TideTime time)
{
  return time >= INT64_C (-62135596800) * TIDE_SECOND && time < INT64_C (253402300800) * TIDE_SECOND;
}

/* An epoch; decimals are those of seconds. */
static bool
parse_epoch (const char *text, gsize len, TideTime *ret_time)
{
  const char *point = memchr (text, '.', len);
  int64_t value;
  if (point != NULL)
    {
      gsize decimals = (gsize) (text + len - point) - 1, kept = MIN (decimals, 6);
      for (gsize i = kept; i < decimals; i++)
        if (!g_ascii_isdigit (point[1 + i]))
          return false;
      if (decimals == 0 || !tide_decimal_parse (text, (gsize) (point - text) + 1 + kept, 6, &value)
          || ABS (value) >= INT64_C (100000000000) * TIDE_SECOND)
        return false;
      *ret_time = value;
    }
  else
    {
      if (!parse_int (text, len, &value) || value == INT64_MIN)
        return false;
      int64_t size = ABS (value);
      if (size < INT64_C (100000000000))
        *ret_time = value * TIDE_SECOND;
      else if (size < INT64_C (100000000000000))
        *ret_time = value * TIDE_MS;
      else if (size < INT64_C (100000000000000000))
        *ret_time = value;
      else
        *ret_time = value / 1000 - (value % 1000 < 0);
    }
  return is_in_calendar (*ret_time);
}

static bool
parse_bool (const char *text, gsize len, int64_t *ret_value)
{
  if ((len == 4 && g_ascii_strncasecmp (text, "true", 4) == 0) || (len == 1 && *text == '1'))
    *ret_value = 1;
  else if ((len == 5 && g_ascii_strncasecmp (text, "false", 5) == 0) || (len == 1 && *text == '0'))
    *ret_value = 0;
  else
    return false;
  return true;
}

static bool
convert_time (const TideRaw *raw, TideTime *ret_time)
{
  bool is_number = raw->kind == TIDE_RAW_NUMBER;
  if (raw->kind == TIDE_RAW_CELL)
    {
      gsize digits = raw->len > 0 && raw->data[0] == '-';
      while (digits < raw->len && (g_ascii_isdigit (raw->data[digits]) || raw->data[digits] == '.'))
        digits++;
      is_number = digits == raw->len;
    }
  else if (raw->kind != TIDE_RAW_TEXT && !is_number)
    return false;
  return is_number ? parse_epoch (raw->data, raw->len, ret_time)
                   : tide_time_parse (raw->data, raw->len, NULL, ret_time);
}

bool
tide_field_convert (const TideField *field, const TideRaw *raw, TideFieldValue *ret_value)
{
  bool cell = raw->kind == TIDE_RAW_CELL, number = raw->kind == TIDE_RAW_NUMBER || cell;
  bool text = raw->kind == TIDE_RAW_TEXT || cell, ok;
  ret_value->present = false;
  if (raw->kind <= TIDE_RAW_NULL || (cell && raw->len == 0 && field->type != TIDE_TYPE_TEXT))
    return true;
  switch (field->type)
    {
    case TIDE_TYPE_TEXT:
      ret_value->text = (TideText){ raw->data, raw->len };
      ok = text;
      break;
    case TIDE_TYPE_INT:
      ok = number && parse_int (raw->data, raw->len, &ret_value->i);
      break;
    case TIDE_TYPE_DECIMAL:
      ok = (number || text) && parse_decimal (raw->data, raw->len, field->scale, &ret_value->i);
      break;
    case TIDE_TYPE_REAL:
      ok = number && parse_real (raw->data, raw->len, &ret_value->real);
      break;
    case TIDE_TYPE_BOOL:
      ret_value->i = raw->kind == TIDE_RAW_TRUE;
      ok = raw->kind == TIDE_RAW_TRUE || raw->kind == TIDE_RAW_FALSE
           || (cell && parse_bool (raw->data, raw->len, &ret_value->i));
      break;
    case TIDE_TYPE_TIME:
      ok = convert_time (raw, &ret_value->i);
      break;
    case TIDE_TYPE_NONE:
    default:
      return true;
    }
  ret_value->present = ok;
  return ok;
}

TideText
tide_field_value_text (const TideField *field, const TideFieldValue *value, char buffer[TIDE_FIELD_TEXT_MAX])
{
  gsize len;
  G_STATIC_ASSERT (TIDE_FIELD_TEXT_MAX >= TIDE_VALUE_STR_MAX && TIDE_FIELD_TEXT_MAX >= TIDE_TIME_STR_MAX);
  switch (field->type)
    {
    case TIDE_TYPE_TEXT:
      return value->text;
    case TIDE_TYPE_BOOL:
      return tide_text (value->i != 0 ? "true" : "false");
    case TIDE_TYPE_TIME:
      len = tide_time_format (value->i, buffer);
      break;
    case TIDE_TYPE_REAL:
      len = tide_value_format (tide_value_real (value->real), buffer);
      break;
    case TIDE_TYPE_INT:
    case TIDE_TYPE_DECIMAL:
    case TIDE_TYPE_NONE:
    default:
      len = tide_value_format (tide_value_exact (value->i, field->type == TIDE_TYPE_DECIMAL ? field->scale : 0), buffer);
      break;
    }
  return (TideText){ buffer, (uint32_t) len };
}
