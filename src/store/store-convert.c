/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a column that was stored before its field changed its type: blocks are never rewritten for that. Whole numbers
 * become decimals or reals, decimals are rescaled, everything becomes text (as it stands in CSV); what would lose
 * anything is null. Only blocks from before the change pay for it. */
#include "store-convert.h"

#include <string.h>

struct _TideConverter
{
  TideType type;
  int scale;
  uint32_t room;
  int64_t *ints;
  double *reals;
  uint64_t *valid;
  TideGather *texts;
};

TideConverter *
tide_converter_new (TideType type, int scale)
{
  TideConverter *converter = g_new0 (TideConverter, 1);
  converter->type = type;
  converter->scale = scale;
  if (type == TIDE_TYPE_TEXT)
    converter->texts = tide_gather_new (type, scale);
  return converter;
}

void
tide_converter_free (TideConverter *converter)
{
  if (converter == NULL)
    return;
  g_free (converter->ints);
  g_free (converter->reals);
  g_free (converter->valid);
  tide_gather_free (converter->texts);
  g_free (converter);
}

static inline bool
is_whole (TideType type)
{
  return type == TIDE_TYPE_INT || type == TIDE_TYPE_DECIMAL;
}

static int64_t
power_of_ten (int exponent)
{
  int64_t power = 1;
  for (int i = 0; i < exponent; i++)
    power *= 10;
  return power;
}

/* Moves the decimal point of a whole number; FALSE when digits would be lost or it gets too large. */
static bool
rescale (int64_t value, int from, int to, int64_t *ret_value)
{
  if (to >= from)
    return !__builtin_mul_overflow (value, power_of_ten (to - from), ret_value);
  int64_t divisor = power_of_ten (from - to);
  *ret_value = value / divisor;
  return value % divisor == 0;
}

static bool
convert_whole (const TideConverter *converter, const TideColumn *column, uint32_t row, int64_t *ret_value)
{
  if (!is_whole (converter->type))
    return false;
  if (column->type == TIDE_TYPE_BOOL)
    return rescale (column->ints[row], 0, converter->scale, ret_value);
  return is_whole (column->type) && rescale (column->ints[row], column->scale, converter->scale, ret_value);
}

static bool
convert_real (const TideColumn *column, uint32_t row, double *ret_value)
{
  if (!is_whole (column->type) && column->type != TIDE_TYPE_BOOL)
    return false;
  *ret_value = (double) column->ints[row] / (double) power_of_ten (column->scale);
  return true;
}

static gsize
format_value (const TideColumn *column, uint32_t row, char buffer[TIDE_VALUE_STR_MAX])
{
  switch (column->type)
    {
    case TIDE_TYPE_REAL:
      return tide_value_format (tide_value_real (column->reals[row]), buffer);
    case TIDE_TYPE_BOOL:
      return (gsize) g_snprintf (buffer, TIDE_VALUE_STR_MAX, "%s", column->ints[row] != 0 ? "true" : "false");
    case TIDE_TYPE_TIME:
      return tide_time_format (column->ints[row], buffer);
    case TIDE_TYPE_INT:
    case TIDE_TYPE_DECIMAL:
      return tide_value_format (tide_value_exact (column->ints[row], column->scale), buffer);
    case TIDE_TYPE_NONE:
    case TIDE_TYPE_TEXT:
      break;
    }
  return 0;
}

static void
convert_to_text (TideConverter *converter, const TideColumn *column, uint32_t n, TideColumn *ret_column)
{
  G_STATIC_ASSERT (TIDE_VALUE_STR_MAX >= TIDE_TIME_STR_MAX);
  char buffer[TIDE_VALUE_STR_MAX];
  const uint32_t code = 0;
  tide_gather_reset (converter->texts);
  for (uint32_t i = 0; i < n; i++)
    {
      if (!tide_column_is_valid (column, i))
        {
          tide_gather_pad (converter->texts, i + 1);
          continue;
        }
      TideText text = { buffer, (uint32_t) format_value (column, i, buffer) };
      TideColumn one = { .type = TIDE_TYPE_TEXT, .codes = &code, .dict = &text, .n_dict = 1 };
      tide_gather_append_row (converter->texts, &one, 0);
    }
  tide_gather_get (converter->texts, ret_column);
}

static void
converter_reserve (TideConverter *converter, uint32_t n)
{
  if (n <= converter->room)
    return;
  converter->room = MAX (n, 4096);
  converter->ints = g_renew (int64_t, converter->ints, converter->room);
  converter->reals = g_renew (double, converter->reals, converter->room);
  converter->valid = g_renew (uint64_t, converter->valid, converter->room / 64 + 1);
}

void
tide_converter_convert (TideConverter *converter, const TideColumn *column, uint32_t n, TideColumn *ret_column)
{
  if (converter->type == TIDE_TYPE_TEXT)
    {
      convert_to_text (converter, column, n, ret_column);
      return;
    }
  converter_reserve (converter, n);
  memset (converter->valid, 0, (n + 63) / 64 * sizeof *converter->valid);
  for (uint32_t i = 0; i < n; i++)
    {
      bool valid = tide_column_is_valid (column, i);
      converter->ints[i] = 0;
      converter->reals[i] = 0;
      if (valid && converter->type == TIDE_TYPE_REAL)
        valid = convert_real (column, i, &converter->reals[i]);
      else if (valid)
        valid = convert_whole (converter, column, i, &converter->ints[i]);
      converter->valid[i / 64] |= (uint64_t) valid << (i % 64);
    }
  *ret_column = (TideColumn){ .type = converter->type,
                              .scale = converter->scale,
                              .valid = converter->valid,
                              .ints = converter->ints,
                              .reals = converter->reals };
}
