/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What literals mean to the field that they are compared with. A number is taken by its decimal digits, never
 * through a double, so that `amount > 30.505` is exact for a decimal(2): the literal becomes a scaled integer and
 * the knowledge that it is a fraction above it, and the comparison one of integers.
 * Limit: an int field takes a fraction of at most 15 digits, since the SQL of it is compared as a double. */
#include "model-predicate-private.h"

#include <math.h>
#include <stdlib.h>

#define FRACTION_MAX_DIGITS 15
#define EXPONENT_MAX 100000
#define SMALLEST 300 /* a power of ten that SQLite still tells from 0 */

TideNode *
tide_node_new (TideNodeKind kind)
{
  TideNode *node = g_new0 (TideNode, 1);

  node->kind = kind;
  node->constant = -1;
  node->text_slot = -1;
  return node;
}

void
tide_node_free (TideNode *node)
{
  if (node == NULL)
    return;
  for (guint i = 0; i < node->n_children; i++)
    tide_node_free (node->children[i]);
  for (guint i = 0; i < node->n_values; i++)
    {
      g_free ((char *) node->values[i].text.data);
      g_free (node->values[i].sql);
    }
  g_free (node->children);
  g_free (node->values);
  g_free (node->ints);
  g_free (node->reals);
  g_free (node->texts);
  g_free (node->column_sql);
  g_free (node->other_sql);
  g_free (node);
}

void
tide_operand_clear (TideOperand *operand)
{
  g_clear_pointer (&operand->text, g_free);
}

/* A number as digits × 10^exponent, without zeros at either end. Nothing: 0. */
typedef struct
{
  bool negative;
  char *digits;
  gsize n;
  int64_t exponent;
} Decimal;

static Decimal
decimal_parse (const char *text)
{
  Decimal decimal = { .negative = *text == '-' };
  GString *digits = g_string_new (NULL);
  bool point = false;

  for (text += decimal.negative; g_ascii_isdigit (*text) || *text == '.'; text++)
    {
      if (*text == '.')
        {
          point = true;
          continue;
        }
      if (digits->len > 0 || *text != '0')
        g_string_append_c (digits, *text);
      decimal.exponent -= point;
    }
  if (*text != '\0')
    decimal.exponent += CLAMP (g_ascii_strtoll (text + 1, NULL, 10), -EXPONENT_MAX, EXPONENT_MAX);
  while (digits->len > 0 && digits->str[digits->len - 1] == '0')
    {
      g_string_truncate (digits, digits->len - 1);
      decimal.exponent++;
    }
  if (digits->len == 0)
    {
      decimal.exponent = 0;
      decimal.negative = false;
    }
  decimal.n = digits->len;
  decimal.digits = g_string_free (digits, FALSE);
  return decimal;
}

/* Times 10^scale, rounded down, and what was lost by that. */
static void
decimal_scale (const Decimal *decimal, int scale, TideBoundValue *value)
{
  int64_t whole = (int64_t) decimal->n + decimal->exponent + scale; /* digits before the point */
  uint64_t magnitude = 0;
  uint64_t limit = (uint64_t) INT64_MAX + decimal->negative;

  value->fraction = decimal->exponent + scale < 0;
  if (whole > 19)
    {
      value->beyond = decimal->negative ? -1 : 1;
      return;
    }
  for (int64_t i = 0; i < whole; i++)
    magnitude = magnitude * 10 + (i < (int64_t) decimal->n ? (uint64_t) (decimal->digits[i] - '0') : 0);
  if (magnitude > limit || (decimal->negative && value->fraction && magnitude == limit))
    value->beyond = decimal->negative ? -1 : 1;
  else if (decimal->negative)
    value->integer = (int64_t) -magnitude - value->fraction;
  else
    value->integer = (int64_t) magnitude;
}

static char *
decimal_to_sql (const Decimal *decimal)
{
  const char *sign = decimal->negative ? "-" : "";
  int64_t whole = (int64_t) decimal->n + decimal->exponent;
  int n = (int) decimal->n;

  if (n == 0)
    return g_strdup ("0");
  if (decimal->exponent >= 0 && whole <= 19)
    return g_strdup_printf ("%s%s%.*s", sign, decimal->digits, (int) decimal->exponent, "0000000000000000000");
  if (decimal->exponent < 0 && whole > 0)
    return g_strdup_printf ("%s%.*s.%s", sign, (int) whole, decimal->digits, decimal->digits + whole);
  if (whole <= -SMALLEST)
    return g_strdup_printf ("%s1.0e-%d", sign, SMALLEST); /* orders like any number so near to 0 */
  if (whole <= 0 && whole > -19)
    return g_strdup_printf ("%s0.%.*s%s", sign, (int) -whole, "0000000000000000000", decimal->digits);
  return g_strdup_printf ("%s%.1s.%se%" G_GINT64_FORMAT, sign, decimal->digits, n > 1 ? decimal->digits + 1 : "0",
                          whole - 1);
}

static char *
real_to_sql (double real)
{
  char text[64];

  if (fabs (real) < 9007199254740992.0 && real == trunc (real))
    return g_strdup_printf ("%" G_GINT64_FORMAT, (int64_t) real);
  for (int digits = 15; digits <= 17; digits++)
    {
      char format[] = "%.15g";

      format[3] = (char) ('0' + digits - 10);
      g_ascii_formatd (text, sizeof text, format, real);
      if (g_ascii_strtod (text, NULL) == real)
        break;
    }
  return g_strdup (text);
}

static bool
bind_number (const TideBoundColumn *column, const TideOperand *operand, TideBoundValue *value, GError **error)
{
  Decimal decimal;
  bool whole_sql = column->type == TIDE_TYPE_INT || column->scale == 0;

  if (column->type == TIDE_TYPE_REAL)
    {
      value->real = g_ascii_strtod (operand->text, NULL);
      if (!isfinite (value->real))
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "expected a number within ±1.8e308, found %s",
                       operand->text);
          return false;
        }
      value->sql = real_to_sql (value->real);
      return true;
    }
  decimal = decimal_parse (operand->text);
  decimal_scale (&decimal, column->type == TIDE_TYPE_DECIMAL ? column->scale : 0, value);
  if (value->beyond != 0)
    value->sql = g_strdup (value->beyond < 0 ? "-1e19" : "1e19"); /* orders like any number out there */
  else if (!whole_sql || !value->fraction || decimal.n <= FRACTION_MAX_DIGITS)
    value->sql = decimal_to_sql (&decimal);
  else
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                 "expected a whole number, or one with at most %d digits, found %s", FRACTION_MAX_DIGITS,
                 operand->text);
  g_free (decimal.digits);
  return value->sql != NULL;
}

static bool
bind_time (const TideOperand *operand, TideBoundValue *value, GError **error)
{
  char text[TIDE_TIME_STR_MAX];
  TideTime time;

  if (!tide_time_parse (operand->text, strlen (operand->text), NULL, &time))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "expected a time such as '2026-11-01' or '2026-11-01T02:00:00Z', found '%.64s'", operand->text);
      return false;
    }
  value->integer = time;
  tide_time_format (time, text);
  value->sql = g_strdup_printf ("ts('%s')", text);
  return true;
}

/* What @operand means to @column; @value is untouched on failure, but for memory that the caller clears. */
static bool
bind_value (const TideOperand *column, const TideOperand *operand, TideBoundValue *value, GError **error)
{
  TideType type = column->column.type;
  TideOperandKind kind = operand->kind;
  bool is_bit = kind == OPERAND_NUMBER && (strcmp (operand->text, "0") == 0 || strcmp (operand->text, "1") == 0);
  g_autofree char *type_name = NULL;
  const char *quote = kind == OPERAND_TEXT || kind == OPERAND_TIME ? "'" : "";
  const char *expected;

  if ((TIDE_TYPE_BIT (type) & TIDE_TYPES_NUMERIC) != 0 && kind == OPERAND_NUMBER)
    return bind_number (&column->column, operand, value, error);
  if (type == TIDE_TYPE_TEXT && kind == OPERAND_TEXT)
    {
      value->sql = tide_sql_quote_text (operand->text);
      value->text = tide_text (g_strdup (operand->text));
      return true;
    }
  if (type == TIDE_TYPE_TIME && (kind == OPERAND_TEXT || kind == OPERAND_TIME))
    return bind_time (operand, value, error);
  if (type == TIDE_TYPE_BOOL && (kind == OPERAND_BOOL || is_bit))
    {
      value->integer = *operand->text == 't' || *operand->text == '1';
      value->sql = g_strdup (value->integer != 0 ? "true" : "false");
      return true;
    }
  switch (type)
    {
    case TIDE_TYPE_TEXT:
      expected = "a text in single quotes";
      break;
    case TIDE_TYPE_TIME:
      expected = "a time such as ts('2026-11-01')";
      break;
    case TIDE_TYPE_BOOL:
      expected = "true or false";
      break;
    default:
      expected = "a number";
    }
  type_name = tide_type_to_string (type, column->column.scale);
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%.64s is %s: expected %s, found %s%.64s%s", column->text,
               type_name, expected, quote, operand->text, quote);
  return false;
}

TideNode *
tide_node_new_column (TideNodeKind kind, const TideOperand *column)
{
  TideNode *node = tide_node_new (kind);

  node->column = column->column;
  node->column_sql = tide_sql_quote_name (column->text);
  return node;
}

bool
tide_node_add_value (TideNode *node, const TideOperand *value, GError **error)
{
  TideOperand column = { .kind = OPERAND_COLUMN, .text = node->column_sql, .column = node->column };

  if (value->kind == OPERAND_COLUMN)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "expected a value, found the field %.64s", value->text);
      return false;
    }
  /* Room for twice as many whenever the number is a power of two. */
  if ((node->n_values & (node->n_values - 1)) == 0)
    node->values = g_renew (TideBoundValue, node->values, MAX (1, node->n_values * 2));
  node->values[node->n_values] = (TideBoundValue){ 0 };
  if (!bind_value (&column, value, &node->values[node->n_values], error))
    return false;
  node->n_values++;
  return true;
}

/* Turns the comparison with a number between or beyond the column's values into one with an integer. */
static void
adjust_compare (TideNode *node)
{
  const TideBoundValue *value = &node->values[0];
  bool less = node->op == OP_LT || node->op == OP_LE;

  if (node->column.type == TIDE_TYPE_REAL || node->column.type == TIDE_TYPE_TEXT)
    return;
  if (node->op == OP_EQ || node->op == OP_NE)
    {
      if (value->beyond != 0 || value->fraction)
        node->constant = node->op == OP_NE ? TRI_TRUE : TRI_FALSE;
    }
  else if (value->beyond != 0)
    node->constant = less == (value->beyond > 0) ? TRI_TRUE : TRI_FALSE;
  else if (value->fraction)
    node->op = less ? OP_LE : OP_GT;
}

static TideOp
mirror (TideOp op)
{
  static const TideOp mirrored[] = { OP_EQ, OP_NE, OP_GT, OP_GE, OP_LT, OP_LE };

  return mirrored[op];
}

TideNode *
tide_node_new_compare (const TideOperand *left, TideOp op, const TideOperand *right, GError **error)
{
  bool flipped = left->kind != OPERAND_COLUMN;
  g_autoptr (TideNode) node = NULL;

  if (flipped && right->kind != OPERAND_COLUMN)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "expected a field on one side of the comparison");
      return NULL;
    }
  if (!flipped && right->kind == OPERAND_COLUMN)
    {
      bool numbers = (TIDE_TYPE_BIT (left->column.type) & TIDE_TYPES_NUMERIC) != 0
                     && (TIDE_TYPE_BIT (right->column.type) & TIDE_TYPES_NUMERIC) != 0;

      if (!numbers && left->column.type != right->column.type)
        {
          g_autofree char *left_type = tide_type_to_string (left->column.type, left->column.scale);
          g_autofree char *right_type = tide_type_to_string (right->column.type, right->column.scale);

          g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                       "expected a field or value that compares with %.64s (%s), found %.64s (%s)", left->text,
                       left_type, right->text, right_type);
          return NULL;
        }
      node = tide_node_new_column (NODE_COMPARE_COLUMNS, left);
      node->other = right->column;
      node->other_sql = tide_sql_quote_name (right->text);
      node->printed_op = node->op = op;
      return g_steal_pointer (&node);
    }
  node = tide_node_new_column (NODE_COMPARE, flipped ? right : left);
  node->flipped = flipped;
  node->printed_op = op;
  node->op = flipped ? mirror (op) : op;
  if (!tide_node_add_value (node, flipped ? left : right, error))
    return NULL;
  adjust_compare (node);
  return g_steal_pointer (&node);
}

static int
compare_ints (const void *a, const void *b)
{
  int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;

  return left < right ? -1 : left > right;
}

static int
compare_reals (const void *a, const void *b)
{
  double left = *(const double *) a, right = *(const double *) b;

  return left < right ? -1 : left > right;
}

static int
compare_texts (const void *a, const void *b)
{
  return tide_text_compare (*(const TideText *) a, *(const TideText *) b);
}

/* For IN, once all values are there. */
void
tide_node_sort_values (TideNode *node)
{
  guint n = 0;

  if (node->column.type == TIDE_TYPE_TEXT)
    {
      node->texts = g_new (TideText, node->n_values);
      for (; n < node->n_values; n++)
        node->texts[n] = node->values[n].text;
      qsort (node->texts, n, sizeof *node->texts, compare_texts);
    }
  else if (node->column.type == TIDE_TYPE_REAL)
    {
      node->reals = g_new (double, node->n_values);
      for (; n < node->n_values; n++)
        node->reals[n] = node->values[n].real;
      qsort (node->reals, n, sizeof *node->reals, compare_reals);
    }
  else
    {
      node->ints = g_new (int64_t, node->n_values);
      for (guint i = 0; i < node->n_values; i++)
        if (node->values[i].beyond == 0 && !node->values[i].fraction)
          node->ints[n++] = node->values[i].integer;
      qsort (node->ints, n, sizeof *node->ints, compare_ints);
    }
  node->n_sorted = n;
}
