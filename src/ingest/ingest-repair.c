/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repairs: what a person said may be put right before the rules look. Each says whether it did anything, since what is put
 * right in silence is a fault that nobody mends at its source. A field without repairs costs nothing.
 * Limit: case is Unicode's, without the rules of a language. */
#include "ingest-decoder-private.h"

#include <math.h>
#include <string.h>

struct _TideRepairs
{
  const TideField *field;
  GHashTable *map;   /* from → to, borrowed from the field; NULL: none */
  GString *key, *text;
  TideFieldValue fallback;
};

static void
did (unsigned *done, TideRepairKind repair)
{
  *done |= 1u << repair;
}

TideRepairs *
tide_repairs_new (const TideField *field)
{
  bool has_map = field->map != NULL && field->map[0] != NULL;
  if (!field->trim && !field->cast && !field->clamp && field->letter_case == 0 && !has_map && field->fallback == NULL)
    return NULL;
  TideRepairs *repairs = g_new0 (TideRepairs, 1);
  repairs->field = field;
  repairs->key = g_string_new (NULL);
  repairs->text = g_string_new (NULL);
  if (has_map)
    {
      repairs->map = g_hash_table_new (g_str_hash, g_str_equal);
      for (guint i = 0; field->map[i] != NULL; i += 2)
        g_hash_table_insert (repairs->map, field->map[i], field->map[i + 1]);
    }
  if (field->fallback != NULL)
    {
      TideRaw raw = { TIDE_RAW_CELL, (uint32_t) strlen (field->fallback), field->fallback };
      if (!tide_field_convert (field, &raw, &repairs->fallback))
        repairs->fallback.present = false;
    }
  return repairs;
}

void
tide_repairs_free (TideRepairs *repairs)
{
  if (repairs == NULL)
    return;
  g_clear_pointer (&repairs->map, g_hash_table_unref);
  g_string_free (repairs->key, TRUE);
  g_string_free (repairs->text, TRUE);
  g_free (repairs);
}

static bool
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
trim (TideRaw *raw, unsigned *done)
{
  uint32_t start = 0, len = raw->len;
  while (start < len && is_blank (raw->data[start]))
    start++;
  while (len > start && is_blank (raw->data[len - 1]))
    len--;
  if (len - start == raw->len)
    return;
  raw->data += start;
  raw->len = len - start;
  did (done, TIDE_REPAIR_TRIM);
}

static void
change_case (TideRepairs *repairs, TideRaw *raw, unsigned *done)
{
  g_autofree char *changed = repairs->field->letter_case < 0 ? g_utf8_strdown (raw->data, (gssize) raw->len)
                                                             : g_utf8_strup (raw->data, (gssize) raw->len);
  gsize len = strlen (changed);
  if (len == raw->len && memcmp (changed, raw->data, len) == 0)
    return;
  g_string_assign (repairs->text, changed);
  raw->data = repairs->text->str;
  raw->len = (uint32_t) len;
  did (done, TIDE_REPAIR_CASE);
}

TideRaw
tide_repairs_apply_raw (TideRepairs *repairs, const TideRaw *raw, unsigned *done)
{
  const TideField *field = repairs->field;
  TideRaw result = *raw;
  bool text = raw->kind == TIDE_RAW_TEXT || raw->kind == TIDE_RAW_CELL;
  if (text && field->trim)
    trim (&result, done);
  if (text && field->letter_case != 0 && memchr (result.data, '\0', result.len) == NULL)
    change_case (repairs, &result, done);
  if (repairs->map != NULL && (text || raw->kind == TIDE_RAW_NUMBER))
    {
      g_string_truncate (repairs->key, 0);
      g_string_append_len (repairs->key, result.data, (gssize) result.len);
      const char *to = g_hash_table_lookup (repairs->map, repairs->key->str);
      if (to != NULL)
        {
          result = (TideRaw){ TIDE_RAW_CELL, (uint32_t) strlen (to), to };
          did (done, TIDE_REPAIR_MAP);
        }
    }
  if (text && result.len == 0 && field->fallback != NULL)
    result.kind = TIDE_RAW_NULL;
  return result;
}

bool
tide_repairs_cast (TideRepairs *repairs, const TideRaw *raw, TideFieldValue *ret_value, unsigned *done)
{
  const TideField *field = repairs->field;
  TideRaw cell = { TIDE_RAW_CELL, raw->len, raw->data };
  if (!field->cast || raw->kind == TIDE_RAW_OBJECT || raw->kind == TIDE_RAW_ARRAY)
    return false;
  if (raw->kind == TIDE_RAW_TRUE || raw->kind == TIDE_RAW_FALSE)
    {
      bool as_number = field->type != TIDE_TYPE_TEXT;
      cell.data = raw->kind == TIDE_RAW_TRUE ? (as_number ? "1" : "true") : (as_number ? "0" : "false");
      cell.len = (uint32_t) strlen (cell.data);
    }
  bool ok = tide_field_convert (field, &cell, ret_value) && ret_value->present;
  /* 12.0 and 1.2e1 are whole. */
  if (!ok && field->type == TIDE_TYPE_INT && cell.len > 0 && tide_decimal_parse (cell.data, cell.len, 0, &ret_value->i))
    ok = ret_value->present = true;
  if (ok)
    did (done, TIDE_REPAIR_CAST);
  return ok;
}

/* Moves a number to the nearest one between min and max. */
static bool
clamp (const TideField *field, TideFieldValue *value)
{
  double scale = field->type == TIDE_TYPE_DECIMAL ? pow (10, field->scale) : 1;
  double number = field->type == TIDE_TYPE_REAL ? value->real : (double) value->i / scale;
  double limit = number < field->min ? field->min : number > field->max ? field->max : number;
  if (limit == number)
    return false;
  if (field->type == TIDE_TYPE_REAL)
    value->real = limit;
  else
    value->i = (int64_t) (limit == field->min ? ceil (limit * scale - 1e-9) : floor (limit * scale + 1e-9));
  return true;
}

void
tide_repairs_apply_value (const TideRepairs *repairs, TideFieldValue *value, unsigned *done)
{
  if (!value->present && repairs->fallback.present)
    {
      *value = repairs->fallback;
      did (done, TIDE_REPAIR_DEFAULT);
    }
  if (value->present && repairs->field->clamp && clamp (repairs->field, value))
    did (done, TIDE_REPAIR_CLAMP);
}
