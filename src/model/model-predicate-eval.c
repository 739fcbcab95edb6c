/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predicates over columns, a thousand rows at a time: each node fills an array of SQL's three truths with plain
 * loops that the compiler vectorises (this file is built with -O3). A condition on a text is asked once for each
 * entry of the dictionary, unless there are fewer rows than entries. All scratch space is on the stack but the
 * answers for large dictionaries, so that two threads may ask the same predicate.
 * A column of another type than the one bound, as well as one that the batch lacks, is all null. */
#include "model-predicate-private.h"

#define CHUNK_ROWS 1024
#define STACK_BYTES 4096

typedef struct _Spill Spill;

/* Answers for a dictionary that is too large for the stack. */
struct _Spill
{
  Spill *next;
  uint8_t answers[];
};

typedef struct
{
  const TideBatch *batch;
  uint32_t n_rows;   /* of the whole call */
  uint8_t **answers; /* for each text slot: a truth for each entry of the dictionary; NULL: not asked yet */
  uint32_t stack_used;
  Spill *spills;
  uint8_t stack[STACK_BYTES];
} Eval;

static void eval_node (Eval *eval, const TideNode *node, uint32_t row, uint32_t n, uint8_t *restrict out);

static const TideColumn *
get_column (const Eval *eval, const TideBoundColumn *bound)
{
  const TideColumn *column;

  if (bound->index >= eval->batch->n_columns)
    return NULL;
  column = &eval->batch->columns[bound->index];
  return column->type == bound->type ? column : NULL;
}

/* Eight rows of @out at once: byte i becomes TRI_NULL where bit i of @valid is clear. */
static inline void
mask_eight (uint8_t valid, uint8_t *out)
{
  const uint64_t ones = 0x0101010101010101u;
  uint64_t spread = (valid * ones) & 0x8040201008040201u; /* byte i holds bit i, or nothing */
  uint64_t nulls = (((spread + 0x7f * ones) >> 7) & ones) ^ ones;
  uint64_t truths;

  memcpy (&truths, out, sizeof truths);
  truths = GUINT64_FROM_LE (truths);
  truths = (truths & ~(nulls * 0xff)) | nulls * TRI_NULL;
  truths = GUINT64_TO_LE (truths);
  memcpy (out, &truths, sizeof truths);
}

static void
mask_nulls (const TideColumn *column, uint32_t row, uint32_t n, uint8_t *restrict out)
{
  const uint64_t *valid = column->valid;
  uint32_t i = 0;

  if (valid == NULL)
    return;
  for (; i + 8 <= n; i += 8)
    {
      uint32_t word = (row + i) >> 6, bit = (row + i) & 63;
      uint64_t bits = valid[word] >> bit;

      if (bit > 56)
        bits |= valid[word + 1] << (64 - bit);
      if ((uint8_t) bits != 0xff)
        mask_eight ((uint8_t) bits, out + i);
    }
  for (; i < n; i++)
    if ((valid[(row + i) >> 6] >> ((row + i) & 63) & 1) == 0)
      out[i] = TRI_NULL;
}

#define COMPARE_ROWS(LEFT, RIGHT)                                                                                    \
  switch (op)                                                                                                        \
    {                                                                                                                \
    case OP_EQ:                                                                                                      \
      for (uint32_t i = 0; i < n; i++)                                                                               \
        out[i] = (LEFT) == (RIGHT);                                                                                  \
      break;                                                                                                         \
    case OP_NE:                                                                                                      \
      for (uint32_t i = 0; i < n; i++)                                                                               \
        out[i] = (LEFT) != (RIGHT);                                                                                  \
      break;                                                                                                         \
    case OP_LT:                                                                                                      \
      for (uint32_t i = 0; i < n; i++)                                                                               \
        out[i] = (LEFT) < (RIGHT);                                                                                   \
      break;                                                                                                         \
    case OP_LE:                                                                                                      \
      for (uint32_t i = 0; i < n; i++)                                                                               \
        out[i] = (LEFT) <= (RIGHT);                                                                                  \
      break;                                                                                                         \
    case OP_GT:                                                                                                      \
      for (uint32_t i = 0; i < n; i++)                                                                               \
        out[i] = (LEFT) > (RIGHT);                                                                                   \
      break;                                                                                                         \
    case OP_GE:                                                                                                      \
      for (uint32_t i = 0; i < n; i++)                                                                               \
        out[i] = (LEFT) >= (RIGHT);                                                                                  \
      break;                                                                                                         \
    }

static void
compare_ints (const int64_t *restrict ints, TideOp op, int64_t value, uint32_t n, uint8_t *restrict out)
{
  COMPARE_ROWS (ints[i], value)
}

static void
compare_reals (const double *restrict reals, TideOp op, double value, uint32_t n, uint8_t *restrict out)
{
  COMPARE_ROWS (reals[i], value)
}

static void
compare_int_columns (const int64_t *left, const int64_t *right, TideOp op, uint32_t n, uint8_t *restrict out)
{
  COMPARE_ROWS (left[i], right[i])
}

static void
compare_real_columns (const double *left, const double *right, TideOp op, uint32_t n, uint8_t *restrict out)
{
  COMPARE_ROWS (left[i], right[i])
}

/* Each row's order (-1, 0, 1) against 0. */
static void
compare_orders (const int8_t *restrict orders, TideOp op, uint32_t n, uint8_t *restrict out)
{
  COMPARE_ROWS (orders[i], 0)
}

static bool
op_takes (TideOp op, int order)
{
  switch (op)
    {
    case OP_EQ:
      return order == 0;
    case OP_NE:
      return order != 0;
    case OP_LT:
      return order < 0;
    case OP_LE:
      return order <= 0;
    case OP_GT:
      return order > 0;
    case OP_GE:
    default:
      return order >= 0;
    }
}

static bool
text_is_in (const TideNode *node, TideText text)
{
  guint low = 0, high = node->n_sorted;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      int order = tide_text_compare (text, node->texts[middle]);

      if (order == 0)
        return true;
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return false;
}

static bool
ask_text (const TideNode *node, TideText text)
{
  const TideText *value = &node->values[0].text;

  if (node->kind == NODE_IN)
    return text_is_in (node, text);
  if (node->kind == NODE_LIKE)
    return tide_text_like (text, *value);
  if (node->op == OP_EQ || node->op == OP_NE)
    return tide_text_equal (text, *value) == (node->op == OP_EQ);
  return op_takes (node->op, tide_text_compare (text, *value));
}

/* The answer for each entry of the dictionary, asked once a call. */
static const uint8_t *
ask_dictionary (Eval *eval, const TideNode *node, const TideColumn *column)
{
  uint8_t *answers = eval->answers[node->text_slot];

  if (answers != NULL)
    return answers;
  if (column->n_dict <= STACK_BYTES - eval->stack_used)
    {
      answers = eval->stack + eval->stack_used;
      eval->stack_used += column->n_dict;
    }
  else
    {
      Spill *spill = g_malloc (sizeof *spill + column->n_dict);

      spill->next = eval->spills;
      eval->spills = spill;
      answers = spill->answers;
    }
  for (uint32_t i = 0; i < column->n_dict; i++)
    answers[i] = ask_text (node, column->dict[i]);
  eval->answers[node->text_slot] = answers;
  return answers;
}

static void
eval_texts (Eval *eval, const TideNode *node, const TideColumn *column, uint32_t row, uint32_t n,
            uint8_t *restrict out)
{
  const uint32_t *restrict codes = column->codes + row;

  if (column->n_dict <= eval->n_rows)
    {
      const uint8_t *restrict answers = ask_dictionary (eval, node, column);

      for (uint32_t i = 0; i < n; i++)
        out[i] = answers[codes[i]];
    }
  else
    for (uint32_t i = 0; i < n; i++)
      out[i] = ask_text (node, column->dict[codes[i]]);
}

/* Few values: one pass each. Many: a search in the sorted ones. */
#define IN_PASSES 16

static void
in_ints (const TideNode *node, const int64_t *restrict ints, uint32_t n, uint8_t *restrict out)
{
  memset (out, TRI_FALSE, n);
  if (node->n_sorted <= IN_PASSES)
    {
      for (guint v = 0; v < node->n_sorted; v++)
        {
          int64_t value = node->ints[v];

          for (uint32_t i = 0; i < n; i++)
            out[i] |= ints[i] == value;
        }
      return;
    }
  for (uint32_t i = 0; i < n; i++)
    {
      guint low = 0, high = node->n_sorted;

      while (low < high)
        {
          guint middle = low + (high - low) / 2;

          if (node->ints[middle] < ints[i])
            low = middle + 1;
          else
            high = middle;
        }
      out[i] = low < node->n_sorted && node->ints[low] == ints[i];
    }
}

static void
in_reals (const TideNode *node, const double *restrict reals, uint32_t n, uint8_t *restrict out)
{
  memset (out, TRI_FALSE, n);
  for (uint32_t i = 0; i < n; i++)
    {
      guint low = 0, high = node->n_sorted;

      while (low < high)
        {
          guint middle = low + (high - low) / 2;

          if (node->reals[middle] < reals[i])
            low = middle + 1;
          else
            high = middle;
        }
      out[i] = low < node->n_sorted && node->reals[low] == reals[i];
    }
}

/* A condition on one column. */
static void
eval_column (Eval *eval, const TideNode *node, uint32_t row, uint32_t n, uint8_t *restrict out)
{
  const TideColumn *column = get_column (eval, &node->column);

  if (column == NULL || (column->type == TIDE_TYPE_TEXT && column->n_dict == 0))
    {
      memset (out, TRI_NULL, n);
      return;
    }
  if (node->constant >= 0)
    memset (out, node->constant, n);
  else if (column->type == TIDE_TYPE_TEXT)
    eval_texts (eval, node, column, row, n, out);
  else if (node->kind == NODE_BOOL)
    compare_ints (column->ints + row, OP_NE, 0, n, out);
  else if (node->kind == NODE_IN && column->type == TIDE_TYPE_REAL)
    in_reals (node, column->reals + row, n, out);
  else if (node->kind == NODE_IN)
    in_ints (node, column->ints + row, n, out);
  else if (column->type == TIDE_TYPE_REAL)
    compare_reals (column->reals + row, node->op, node->values[0].real, n, out);
  else
    compare_ints (column->ints + row, node->op, node->values[0].integer, n, out);
  mask_nulls (column, row, n, out);
}

static double
power_of_ten (int scale)
{
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18 };

  return powers[scale];
}

/* Exactly, unlike (double) left < right. */
static int
order_int_real (int64_t left, double right)
{
  int64_t whole;
  double rest;

  if (right < -9223372036854775808.0)
    return 1;
  if (right >= 9223372036854775808.0)
    return -1;
  whole = (int64_t) right;
  if (left != whole)
    return left < whole ? -1 : 1;
  rest = right - (double) whole;
  return rest > 0 ? -1 : rest < 0;
}

/* A decimal and a real compare as SQL does it: the decimal's nearest double. */
static int
order_number_real (int64_t left, int scale, double right)
{
  double value;

  if (scale == 0)
    return order_int_real (left, right);
  value = (double) left / power_of_ten (scale);
  return value < right ? -1 : value > right;
}

static int
order_rows (const TideNode *node, const TideColumn *left, const TideColumn *right, uint32_t row)
{
  int left_scale = node->column.type == TIDE_TYPE_DECIMAL ? node->column.scale : 0;
  int right_scale = node->other.type == TIDE_TYPE_DECIMAL ? node->other.scale : 0;
  TideInt128 left_value, right_value;

  if (left->type == TIDE_TYPE_TEXT)
    {
      /* The codes of a null may point nowhere. */
      if (!tide_column_is_valid (left, row) || !tide_column_is_valid (right, row))
        return 0;
      return tide_text_compare (left->dict[left->codes[row]], right->dict[right->codes[row]]);
    }
  if (left->type == TIDE_TYPE_REAL)
    return -order_number_real (right->ints[row], right_scale, left->reals[row]);
  if (right->type == TIDE_TYPE_REAL)
    return order_number_real (left->ints[row], left_scale, right->reals[row]);
  left_value = left->ints[row];
  right_value = right->ints[row];
  for (; left_scale < right_scale; left_scale++)
    left_value *= 10;
  for (; right_scale < left_scale; right_scale++)
    right_value *= 10;
  return left_value < right_value ? -1 : left_value > right_value;
}

static void
eval_columns (Eval *eval, const TideNode *node, uint32_t row, uint32_t n, uint8_t *restrict out)
{
  const TideColumn *left = get_column (eval, &node->column);
  const TideColumn *right = get_column (eval, &node->other);
  bool same_scale = node->column.type != TIDE_TYPE_DECIMAL || node->column.scale == node->other.scale;

  if (left == NULL || right == NULL)
    {
      memset (out, TRI_NULL, n);
      return;
    }
  if (left->type == right->type && left->type == TIDE_TYPE_REAL)
    compare_real_columns (left->reals + row, right->reals + row, node->op, n, out);
  else if (left->type == right->type && left->type != TIDE_TYPE_TEXT && same_scale)
    compare_int_columns (left->ints + row, right->ints + row, node->op, n, out);
  else
    {
      int8_t orders[CHUNK_ROWS];

      for (uint32_t i = 0; i < n; i++)
        orders[i] = (int8_t) CLAMP (order_rows (node, left, right, row + i), -1, 1);
      compare_orders (orders, node->op, n, out);
    }
  mask_nulls (left, row, n, out);
  mask_nulls (right, row, n, out);
}

static void
eval_is_null (Eval *eval, const TideNode *node, uint32_t row, uint32_t n, uint8_t *restrict out)
{
  const TideColumn *column = get_column (eval, &node->column);

  if (column == NULL)
    {
      memset (out, TRI_TRUE, n);
      return;
    }
  memset (out, TRI_FALSE, n);
  mask_nulls (column, row, n, out);
  for (uint32_t i = 0; i < n; i++)
    out[i] = out[i] == TRI_NULL;
}

static void
negate (uint32_t n, uint8_t *restrict out)
{
  for (uint32_t i = 0; i < n; i++)
    out[i] = out[i] == TRI_NULL ? TRI_NULL : out[i] ^ 1;
}

/* FALSE AND NULL is FALSE, TRUE AND NULL is NULL. Returns whether any row is still in play. */
static bool
join_and (const uint8_t *restrict with, uint32_t n, uint8_t *restrict out)
{
  uint8_t any = 0;

  for (uint32_t i = 0; i < n; i++)
    {
      uint8_t both = out[i] | with[i];

      both = both >= TRI_NULL ? TRI_NULL : both;
      out[i] = out[i] == TRI_FALSE || with[i] == TRI_FALSE ? TRI_FALSE : both;
      any |= out[i];
    }
  return any != 0;
}

/* TRUE OR NULL is TRUE, FALSE OR NULL is NULL. */
static bool
join_or (const uint8_t *restrict with, uint32_t n, uint8_t *restrict out)
{
  uint8_t all = 0;

  for (uint32_t i = 0; i < n; i++)
    {
      out[i] = out[i] == TRI_TRUE || with[i] == TRI_TRUE ? TRI_TRUE : out[i] | with[i];
      all |= out[i] ^ TRI_TRUE;
    }
  return all != 0;
}

/* Children until the rest cannot change any row. */
static void
eval_joined (Eval *eval, const TideNode *node, uint32_t row, uint32_t n, uint8_t *restrict out)
{
  uint8_t with[CHUNK_ROWS];
  bool open = true;

  eval_node (eval, node->children[0], row, n, out);
  for (guint i = 1; open && i < node->n_children; i++)
    {
      eval_node (eval, node->children[i], row, n, with);
      open = node->kind == NODE_OR ? join_or (with, n, out) : join_and (with, n, out);
    }
}

static void
eval_node (Eval *eval, const TideNode *node, uint32_t row, uint32_t n, uint8_t *restrict out)
{
  switch (node->kind)
    {
    case NODE_AND:
    case NODE_OR:
    case NODE_BETWEEN:
      eval_joined (eval, node, row, n, out);
      break;
    case NODE_NOT:
      eval_node (eval, node->children[0], row, n, out);
      negate (n, out);
      break;
    case NODE_CONSTANT:
      memset (out, node->constant, n);
      break;
    case NODE_COMPARE_COLUMNS:
      eval_columns (eval, node, row, n, out);
      break;
    case NODE_IS_NULL:
      eval_is_null (eval, node, row, n, out);
      break;
    case NODE_BOOL:
    case NODE_COMPARE:
    case NODE_IN:
    case NODE_LIKE:
      eval_column (eval, node, row, n, out);
      break;
    }
  if (node->negated)
    negate (n, out);
}

/**
 * tide_predicate_select:
 * @ret_rows: (out): room for @to - @from
 *
 * Finds the rows for which it is TRUE. Borrows nothing beyond the call.
 *
 * Returns: how many
 * Thread: any; allocates only for dictionaries of more than a few thousand texts.
 */
uint32_t
tide_predicate_select (const TidePredicate *predicate, const TideBatch *batch, uint32_t from, uint32_t to,
                       uint32_t *ret_rows)
{
  uint8_t *answers[PREDICATE_MAX_CONDITIONS * 2]; /* a BETWEEN has two */
  uint8_t truths[CHUNK_ROWS];
  uint32_t n_found = 0;
  Eval eval;

  g_assert (from <= to && to <= batch->n);
  eval.batch = batch;
  eval.n_rows = to - from;
  eval.answers = answers;
  eval.stack_used = 0;
  eval.spills = NULL;
  memset (answers, 0, predicate->n_text_slots * sizeof *answers);
  for (uint32_t row = from; row < to; row += CHUNK_ROWS)
    {
      uint32_t n = MIN (to - row, CHUNK_ROWS);

      eval_node (&eval, predicate->root, row, n, truths);
      for (uint32_t i = 0; i < n; i++)
        {
          ret_rows[n_found] = row + i;
          n_found += truths[i] == TRI_TRUE;
        }
    }
  while (eval.spills != NULL)
    {
      Spill *next = eval.spills->next;

      g_free (eval.spills);
      eval.spills = next;
    }
  return n_found;
}
