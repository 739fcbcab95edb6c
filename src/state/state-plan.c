/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A metric made ready to fold: which rows count, and the group of each. Every by= column of a batch is brought to
 * small codes (text has them already), several columns to one code, and each code asks the dictionary once a batch,
 * in the order of rows, so that ids are given by the first event. Values that are not text become the text that
 * stands in CSV.
 * Limit: scratch space is that of the largest batch seen.
 */
#include "state-private.h"

#define NO_GROUP UINT32_MAX
/* Groups are looked up in runs, so that a run waits for memory together. */
#define ASK_RUN 32

struct _TidePlan
{
  TideMetric *metric;
  uint32_t allocated; /* rows there is scratch space for */
  uint32_t *rows, *groups;
  uint32_t *codes, *other_codes;
  uint32_t *group_of_code;
  uint32_t allocated_codes;
  /* Open addressing from a 64-bit value to its code, at most half full. */
  uint64_t *map_values;
  uint32_t *map_codes; /* code + 1; 0 is free */
  uint32_t map_bits, allocated_map_bits;
};

/**
 * tide_plan_new:
 * @metric: not a ratio; a reference is kept
 */
TidePlan *
tide_plan_new (TideMetric *metric)
{
  TidePlan *plan = g_new0 (TidePlan, 1);

  g_assert (!metric->aggregate->takes_metrics && metric->n_by <= TIDE_GROUP_BY_MAX);
  plan->metric = tide_metric_ref (metric);
  return plan;
}

void
tide_plan_free (TidePlan *plan)
{
  if (plan == NULL)
    return;
  tide_metric_unref (plan->metric);
  g_free (plan->rows);
  g_free (plan->groups);
  g_free (plan->codes);
  g_free (plan->other_codes);
  g_free (plan->group_of_code);
  g_free (plan->map_values);
  g_free (plan->map_codes);
  g_free (plan);
}

TideMetric *
tide_plan_get_metric (const TidePlan *plan)
{
  return plan->metric;
}

void
tide_plan_mark_columns (const TidePlan *plan, bool *ret_columns)
{
  const TideMetric *metric = plan->metric;

  ret_columns[TIDE_COLUMN_TIME] = true;
  if (metric->field >= 0)
    ret_columns[TIDE_COLUMN_FIELD0 + metric->field] = true;
  for (uint32_t i = 0; i < metric->n_by; i++)
    ret_columns[metric->by[i]] = true;
  if (metric->where != NULL)
    tide_predicate_mark_columns (metric->where, ret_columns);
}

static void
make_room (TidePlan *plan, uint32_t n)
{
  if (n <= plan->allocated)
    return;
  plan->allocated = MAX (n, 2 * plan->allocated);
  plan->rows = g_renew (uint32_t, plan->rows, plan->allocated);
  plan->groups = g_renew (uint32_t, plan->groups, plan->allocated);
  plan->codes = g_renew (uint32_t, plan->codes, plan->allocated);
  plan->other_codes = g_renew (uint32_t, plan->other_codes, plan->allocated);
}

/* Empties the map and makes it fit @n values. */
static void
start_map (TidePlan *plan, uint32_t n)
{
  plan->map_bits = 4;
  while (UINT32_C (1) << plan->map_bits < 2 * n)
    plan->map_bits++;
  if (plan->map_bits > plan->allocated_map_bits)
    {
      plan->allocated_map_bits = plan->map_bits;
      plan->map_values = g_renew (uint64_t, plan->map_values, (gsize) 1 << plan->map_bits);
      plan->map_codes = g_renew (uint32_t, plan->map_codes, (gsize) 1 << plan->map_bits);
    }
  memset (plan->map_codes, 0, sizeof *plan->map_codes << plan->map_bits);
}

/* The value's code; the next one, *n_codes, when it is new. */
static inline uint32_t
map_value (TidePlan *plan, uint64_t value, uint32_t *n_codes)
{
  uint32_t mask = (UINT32_C (1) << plan->map_bits) - 1;
  uint32_t at = (uint32_t) tide_state_mix (value ^ UINT64_C (0x9e3779b97f4a7c15), UINT64_C (0xd6e8feb86659fd93)) & mask;

  for (; plan->map_codes[at] != 0; at = (at + 1) & mask)
    if (plan->map_values[at] == value)
      return plan->map_codes[at] - 1;
  plan->map_values[at] = value;
  plan->map_codes[at] = ++*n_codes;
  return *n_codes - 1;
}

static uint32_t
code_text (const TideColumn *column, const uint32_t *rows, uint32_t n, uint32_t *ret_codes)
{
  for (uint32_t i = 0; i < n; i++)
    ret_codes[i] = tide_row_is_valid (column->valid, rows[i]) ? column->codes[rows[i]] : column->n_dict;
  return column->n_dict + 1;
}

/* Null has code 0. */
static uint32_t
code_numbers (TidePlan *plan, const TideColumn *column, const uint32_t *rows, uint32_t n, uint32_t *ret_codes)
{
  uint32_t n_codes = 1;

  start_map (plan, n);
  for (uint32_t i = 0; i < n; i++)
    {
      uint64_t value;

      if (!tide_row_is_valid (column->valid, rows[i]))
        {
          ret_codes[i] = 0;
          continue;
        }
      if (column->type == TIDE_TYPE_REAL)
        memcpy (&value, &column->reals[rows[i]], sizeof value);
      else
        value = (uint64_t) column->ints[rows[i]];
      ret_codes[i] = map_value (plan, value, &n_codes);
    }
  return n_codes;
}

/* Codes of the rows in one by= column, all less than what is returned. */
static uint32_t
code_column (TidePlan *plan, const TideColumn *column, const uint32_t *rows, uint32_t n, uint32_t *ret_codes)
{
  switch (column->type)
    {
    case TIDE_TYPE_NONE:
      memset (ret_codes, 0, n * sizeof *ret_codes);
      return 1;
    case TIDE_TYPE_TEXT:
      return code_text (column, rows, n, ret_codes);
    default:
      return code_numbers (plan, column, rows, n, ret_codes);
    }
}

/* One code for each pair that occurs, in place of the first of the pair. */
static uint32_t
combine (TidePlan *plan, uint32_t n, uint32_t n_first, uint32_t n_second)
{
  uint32_t n_codes = 0;

  if ((uint64_t) n_first * n_second <= (uint64_t) n + 1024)
    {
      for (uint32_t i = 0; i < n; i++)
        plan->codes[i] = plan->codes[i] * n_second + plan->other_codes[i];
      return n_first * n_second;
    }
  start_map (plan, n);
  for (uint32_t i = 0; i < n; i++)
    plan->codes[i] = map_value (plan, (uint64_t) plan->codes[i] << 32 | plan->other_codes[i], &n_codes);
  return n_codes;
}

/* As in CSV. @buffer holds what is not text. */
static TideText
value_text (const TideColumn *column, uint32_t row, char buffer[TIDE_VALUE_STR_MAX])
{
  G_STATIC_ASSERT (TIDE_TIME_STR_MAX <= TIDE_VALUE_STR_MAX);

  if (!tide_column_is_valid (column, row))
    return (TideText){ NULL, 0 };
  switch (column->type)
    {
    case TIDE_TYPE_TEXT:
      {
        TideText text = column->dict[column->codes[row]];

        return text.data != NULL ? text : tide_text ("");
      }
    case TIDE_TYPE_REAL:
      return (TideText){ buffer, (uint32_t) tide_value_format (tide_value_real (column->reals[row]), buffer) };
    case TIDE_TYPE_BOOL:
      return tide_text (column->ints[row] != 0 ? "true" : "false");
    case TIDE_TYPE_TIME:
      return (TideText){ buffer, (uint32_t) tide_time_format (column->ints[row], buffer) };
    case TIDE_TYPE_INT:
    case TIDE_TYPE_DECIMAL:
    case TIDE_TYPE_NONE:
    default:
      return (TideText){ buffer, (uint32_t) tide_value_format (tide_value_exact (column->ints[row], column->scale),
                                                               buffer) };
    }
}

/* The rows that bring codes which are new to this batch ask the dictionary, in runs. */
static void
ask_groups (TidePlan *plan, const TideBatch *batch, const uint32_t *firsts, uint32_t n, TideGroups *groups)
{
  const TideMetric *metric = plan->metric;
  TideText values[ASK_RUN][TIDE_GROUP_BY_MAX];
  char buffers[ASK_RUN][TIDE_GROUP_BY_MAX][TIDE_VALUE_STR_MAX];
  uint32_t hashes[ASK_RUN];

  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t row = plan->rows[firsts[i]];

      for (uint32_t k = 0; k < metric->n_by; k++)
        values[i][k] = value_text (&batch->columns[metric->by[k]], row, buffers[i][k]);
      hashes[i] = tide_groups_hash (groups, values[i]);
      tide_groups_prefetch_slot (groups, hashes[i]);
    }
  for (uint32_t i = 0; i < n; i++)
    tide_groups_prefetch_group (groups, hashes[i]);
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t known = tide_groups_get_n (groups);
      TideSeq seq = batch->first_seq + plan->rows[firsts[i]];

      /* Without a number it goes after what is there. */
      if (batch->first_seq == 0)
        seq = known > 1 ? tide_groups_get (groups, known - 1)->first_seq : 0;
      plan->group_of_code[plan->codes[firsts[i]]] = tide_groups_add_hashed (groups, values[i], hashes[i], seq);
    }
}

/* Brings all by= columns to one code a row; returns how many codes there are. */
static uint32_t
code_rows (TidePlan *plan, const TideBatch *batch, uint32_t n)
{
  const TideMetric *metric = plan->metric;
  uint32_t n_codes = 1;

  if (metric->n_by == 0)
    memset (plan->codes, 0, n * sizeof *plan->codes);
  else
    n_codes = code_column (plan, &batch->columns[metric->by[0]], plan->rows, n, plan->codes);
  for (uint32_t i = 1; i < metric->n_by; i++)
    {
      uint32_t n_other = code_column (plan, &batch->columns[metric->by[i]], plan->rows, n, plan->other_codes);

      n_codes = combine (plan, n, n_codes, n_other);
    }
  return n_codes;
}

static void
find_groups (TidePlan *plan, const TideBatch *batch, uint32_t n, TideGroups *groups)
{
  uint32_t n_codes = code_rows (plan, batch, n);
  uint32_t firsts[ASK_RUN], n_firsts = 0;

  if (n_codes > plan->allocated_codes)
    {
      plan->allocated_codes = MAX (n_codes, 2 * plan->allocated_codes);
      g_free (plan->group_of_code);
      plan->group_of_code = g_new (uint32_t, plan->allocated_codes);
    }
  memset (plan->group_of_code, 0xff, n_codes * sizeof *plan->group_of_code);
  for (uint32_t i = 0; i < n; i++)
    {
      if (G_LIKELY (plan->group_of_code[plan->codes[i]] != NO_GROUP))
        continue;
      plan->group_of_code[plan->codes[i]] = TIDE_GROUP_OTHER;
      firsts[n_firsts++] = i;
      if (n_firsts == ASK_RUN)
        {
          ask_groups (plan, batch, firsts, n_firsts, groups);
          n_firsts = 0;
        }
    }
  ask_groups (plan, batch, firsts, n_firsts, groups);
  for (uint32_t i = 0; i < n; i++)
    plan->groups[i] = plan->group_of_code[plan->codes[i]];
}

/**
 * tide_plan_select:
 * @batch: of the metric's stream, with the columns that the plan marks
 * @groups: of the metric; grows
 * @ret_selection: (out): arrays are the plan's and the batch's, good until the plan's next call
 *
 * Thread: that of the plan and the groups.
 */
void
tide_plan_select (TidePlan *plan,
                  const TideBatch *batch,
                  uint32_t from,
                  uint32_t to,
                  TideGroups *groups,
                  TideSelection *ret_selection)
{
  const TideMetric *metric = plan->metric;
  uint32_t n = 0;

  g_assert (from <= to && to <= batch->n);
  make_room (plan, to - from);
  if (metric->where != NULL)
    n = tide_predicate_select (metric->where, batch, from, to, plan->rows);
  else
    for (uint32_t row = from; row < to; row++)
      plan->rows[n++] = row;
  if (n > 0)
    find_groups (plan, batch, n, groups);
  *ret_selection = (TideSelection){
    .n = n,
    .rows = plan->rows,
    .groups = plan->groups,
    .value = metric->field < 0 ? NULL : &batch->columns[TIDE_COLUMN_FIELD0 + metric->field],
    .event_time = batch->columns[TIDE_COLUMN_TIME].ints,
  };
}
