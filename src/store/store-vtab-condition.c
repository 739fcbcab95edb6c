/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a WHERE says about one column, as an interval or a set, so that blocks and rows are left out without asking
 * SQLite row by row. SQLite compares again whatever is left, so a condition may take out too little, never too much:
 * where type, affinity or precision leave a doubt, there is no condition. Null never compares true. */
#include "store-vtab.h"

#include <math.h>

TideType
tide_condition_get_class (TideType type, int scale)
{
  switch (type)
    {
    case TIDE_TYPE_INT:
    case TIDE_TYPE_BOOL:
    case TIDE_TYPE_TIME:
      return TIDE_TYPE_INT;
    case TIDE_TYPE_DECIMAL:
      return scale > 0 ? TIDE_TYPE_REAL : TIDE_TYPE_INT;
    case TIDE_TYPE_REAL:
      return TIDE_TYPE_REAL;
    case TIDE_TYPE_TEXT:
      return TIDE_TYPE_TEXT;
    case TIDE_TYPE_NONE:
    default:
      return TIDE_TYPE_NONE;
    }
}

static const double powers_of_ten[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                        1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18 };

#define EXACT_INT (INT64_C (1) << 53)

double
tide_condition_real (int64_t scaled, int scale)
{
  /* Both are exact, so the quotient is the nearest. */
  if (G_LIKELY (scaled >= -EXACT_INT && scaled <= EXACT_INT))
    return (double) scaled / powers_of_ten[scale];
  char text[48];
  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT "e-%d", (gint64) scaled, scale);
  return g_ascii_strtod (text, NULL);
}

/* --- from SQL --- */

/* The integers x for which "x op real" is true. */
static void
ints_from_real (TideCondition *condition, char op, double real)
{
  const double limit = 9223372036854775808.0;
  double down = floor (real), up = ceil (real);
  bool whole = down == real;
  condition->int_low = INT64_MIN;
  condition->int_high = INT64_MAX;
  if (op == '=' && (!whole || real < -limit || real >= limit))
    condition->kind = TIDE_CONDITION_NEVER;
  else if (op == '=')
    condition->int_low = condition->int_high = (int64_t) real;
  else if (op == '<' || op == 'l')
    {
      if (real < -limit || (real == -limit && op == '<'))
        condition->kind = TIDE_CONDITION_NEVER;
      else if (real < limit)
        condition->int_high = (int64_t) down - (op == '<' && whole ? 1 : 0);
    }
  else
    {
      if (real >= limit)
        condition->kind = TIDE_CONDITION_NEVER;
      else if (real >= -limit)
        condition->int_low = (int64_t) up + (op == '>' && whole ? 1 : 0);
    }
}

static void
ints_from_int (TideCondition *condition, char op, int64_t value)
{
  condition->int_low = op == '=' || op == 'g' ? value : INT64_MIN;
  condition->int_high = op == '=' || op == 'l' ? value : INT64_MAX;
  if ((op == '<' && value == INT64_MIN) || (op == '>' && value == INT64_MAX))
    condition->kind = TIDE_CONDITION_NEVER;
  else if (op == '<')
    condition->int_high = value - 1;
  else if (op == '>')
    condition->int_low = value + 1;
}

static void
reals_from_real (TideCondition *condition, char op, double value)
{
  condition->real_low = op == '=' || op == 'g' ? value : op == '>' ? nextafter (value, INFINITY) : -INFINITY;
  condition->real_high = op == '=' || op == 'l' ? value : op == '<' ? nextafter (value, -INFINITY) : INFINITY;
}

static void
condition_from_value (TideCondition *condition, TideType klass, char op, sqlite3_value *value)
{
  int type = sqlite3_value_type (value);
  if (type == SQLITE_NULL)
    condition->kind = TIDE_CONDITION_NEVER;
  else if (klass == TIDE_TYPE_INT && type == SQLITE_INTEGER)
    {
      condition->kind = TIDE_CONDITION_INTS;
      ints_from_int (condition, op, sqlite3_value_int64 (value));
    }
  else if (klass == TIDE_TYPE_INT && type == SQLITE_FLOAT)
    {
      condition->kind = TIDE_CONDITION_INTS;
      ints_from_real (condition, op, sqlite3_value_double (value));
    }
  else if (klass == TIDE_TYPE_REAL && (type == SQLITE_FLOAT || type == SQLITE_INTEGER))
    {
      /* A larger integer is no real: SQLite compares it exactly. */
      if (type == SQLITE_INTEGER
          && (sqlite3_value_int64 (value) > EXACT_INT || sqlite3_value_int64 (value) < -EXACT_INT))
        return;
      condition->kind = TIDE_CONDITION_REALS;
      reals_from_real (condition, op, sqlite3_value_double (value));
    }
  else if (klass == TIDE_TYPE_TEXT && type == SQLITE_TEXT && op == '=')
    {
      TideText text = { .len = (uint32_t) sqlite3_value_bytes (value) };
      text.data = g_memdup2 (sqlite3_value_text (value), text.len + 1);
      condition->kind = TIDE_CONDITION_TEXT_SET;
      condition->set = g_array_new (FALSE, FALSE, sizeof (TideText));
      g_array_append_val (condition->set, text);
    }
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  const TideText *left = a, *right = b;
  int order = memcmp (left->data, right->data, MIN (left->len, right->len));
  return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

static int
compare_ints (gconstpointer a, gconstpointer b)
{
  int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;
  return (left > right) - (left < right);
}

static int
compare_reals (gconstpointer a, gconstpointer b)
{
  double left = *(const double *) a, right = *(const double *) b;
  return (left > right) - (left < right);
}

/* One value of an IN. FALSE: it leaves a doubt. */
static bool
set_add (TideCondition *condition, TideType klass, sqlite3_value *value)
{
  TideCondition one = { .column = condition->column };
  condition_from_value (&one, klass, '=', value);
  bool sure = one.kind != TIDE_CONDITION_NONE;
  if (one.kind == TIDE_CONDITION_INTS)
    g_array_append_val (condition->set, one.int_low);
  else if (one.kind == TIDE_CONDITION_REALS)
    g_array_append_val (condition->set, one.real_low);
  else if (one.kind == TIDE_CONDITION_TEXT_SET)
    {
      g_array_append_vals (condition->set, one.set->data, 1);
      g_array_set_size (one.set, 0);
    }
  tide_condition_clear (&one);
  return sure;
}

static int
condition_from_list (TideCondition *condition, TideType klass, sqlite3_value *list)
{
  static const struct
  {
    TideConditionKind kind;
    guint size;
    GCompareFunc compare;
  } sets[] = {
    [TIDE_TYPE_INT] = { TIDE_CONDITION_INT_SET, sizeof (int64_t), compare_ints },
    [TIDE_TYPE_REAL] = { TIDE_CONDITION_REAL_SET, sizeof (double), compare_reals },
    [TIDE_TYPE_TEXT] = { TIDE_CONDITION_TEXT_SET, sizeof (TideText), compare_texts },
  };
  condition->kind = sets[klass].kind;
  condition->set = g_array_new (FALSE, FALSE, sets[klass].size);
  sqlite3_value *value = NULL;
  int code = sqlite3_vtab_in_first (list, &value);
  for (; code == SQLITE_OK && value != NULL; code = sqlite3_vtab_in_next (list, &value))
    if (!set_add (condition, klass, value))
      {
        tide_condition_clear (condition);
        return SQLITE_OK;
      }
  if (code != SQLITE_OK && code != SQLITE_DONE)
    return code;
  if (condition->set->len == 0)
    condition->kind = TIDE_CONDITION_NEVER;
  g_array_sort (condition->set, sets[klass].compare);
  return SQLITE_OK;
}

int
tide_condition_init (TideCondition *condition, uint32_t column, TideType klass, char op, sqlite3_value *value)
{
  *condition = (TideCondition){ .column = column, .kind = TIDE_CONDITION_NONE };
  if (op == 'i')
    return condition_from_list (condition, klass, value);
  condition_from_value (condition, klass, op, value);
  return SQLITE_OK;
}

void
tide_condition_clear (TideCondition *condition)
{
  if (condition->set != NULL && condition->kind == TIDE_CONDITION_TEXT_SET)
    for (guint i = 0; i < condition->set->len; i++)
      g_free ((char *) g_array_index (condition->set, TideText, i).data);
  g_clear_pointer (&condition->set, g_array_unref);
  condition->kind = TIDE_CONDITION_NONE;
}

/* --- blocks --- */

bool
tide_condition_test_range (const TideCondition *condition, int64_t low, int64_t high)
{
  switch (condition->kind)
    {
    case TIDE_CONDITION_NEVER:
      return false;
    case TIDE_CONDITION_INTS:
      return condition->int_low <= high && condition->int_high >= low;
    case TIDE_CONDITION_INT_SET:
      for (guint i = 0; i < condition->set->len; i++)
        {
          int64_t value = g_array_index (condition->set, int64_t, i);
          if (value >= low && value <= high)
            return true;
        }
      return false;
    case TIDE_CONDITION_NONE:
    case TIDE_CONDITION_REALS:
    case TIDE_CONDITION_REAL_SET:
    case TIDE_CONDITION_TEXT_SET:
    default:
      return true;
    }
}

static bool
condition_test_real_range (const TideCondition *condition, double low, double high)
{
  if (condition->kind == TIDE_CONDITION_REALS)
    return condition->real_low <= high && condition->real_high >= low;
  for (guint i = 0; i < condition->set->len; i++)
    {
      double value = g_array_index (condition->set, double, i);
      if (value >= low && value <= high)
        return true;
    }
  return false;
}

static bool
condition_test_texts (const TideCondition *condition, const TideZone *zone)
{
  for (guint i = 0; i < condition->set->len; i++)
    {
      const TideText *text = &g_array_index (condition->set, TideText, i);
      if (compare_texts (text, &zone->text_min) >= 0 && compare_texts (text, &zone->text_max) <= 0)
        return true;
    }
  return false;
}

bool
tide_condition_test_zone (const TideCondition *condition, const TideZone *zone)
{
  TideType klass = tide_condition_get_class (zone->type, zone->scale);
  switch (condition->kind)
    {
    case TIDE_CONDITION_NEVER:
      return false;
    case TIDE_CONDITION_INTS:
    case TIDE_CONDITION_INT_SET:
      return klass != TIDE_TYPE_INT || tide_condition_test_range (condition, zone->int_min, zone->int_max);
    case TIDE_CONDITION_REALS:
    case TIDE_CONDITION_REAL_SET:
      if (klass != TIDE_TYPE_REAL)
        return true;
      if (zone->type == TIDE_TYPE_REAL)
        return condition_test_real_range (condition, zone->real_min, zone->real_max);
      return condition_test_real_range (condition, tide_condition_real (zone->int_min, zone->scale),
                                        tide_condition_real (zone->int_max, zone->scale));
    case TIDE_CONDITION_TEXT_SET:
      return klass != TIDE_TYPE_TEXT || condition_test_texts (condition, zone);
    case TIDE_CONDITION_NONE:
    default:
      return true;
    }
}

/* --- rows --- */

static void
apply_ints (const TideCondition *condition, const int64_t *values, uint32_t n, guint8 *mask)
{
  int64_t low = condition->int_low, high = condition->int_high;
  for (uint32_t i = 0; i < n; i++)
    mask[i] &= (guint8) ((values[i] >= low) & (values[i] <= high));
}

static void
apply_reals (const TideCondition *condition, const double *values, uint32_t n, guint8 *mask)
{
  double low = condition->real_low, high = condition->real_high;
  for (uint32_t i = 0; i < n; i++)
    mask[i] &= (guint8) ((values[i] >= low) & (values[i] <= high));
}

static bool
test_real (const TideCondition *condition, double value)
{
  if (condition->kind == TIDE_CONDITION_REALS)
    return value >= condition->real_low && value <= condition->real_high;
  return g_array_binary_search (condition->set, &value, compare_reals, NULL);
}

static void
apply_decimals (const TideCondition *condition, const TideColumn *column, uint32_t n, guint8 *mask)
{
  for (uint32_t i = 0; i < n; i++)
    if (mask[i] != 0 && !test_real (condition, tide_condition_real (column->ints[i], column->scale)))
      mask[i] = 0;
}

/* Once for each distinct text, then by code. */
static void
apply_texts (const TideCondition *condition, const TideColumn *column, uint32_t n, guint8 *mask)
{
  g_autofree guint8 *wanted = g_malloc0 (MAX (column->n_dict, 1));
  for (uint32_t i = 0; i < column->n_dict; i++)
    wanted[i] = g_array_binary_search (condition->set, &column->dict[i], compare_texts, NULL) ? 1 : 0;
  for (uint32_t i = 0; i < n; i++)
    mask[i] &= column->n_dict > 0 ? wanted[column->codes[i]] : 0;
}

void
tide_condition_apply (const TideCondition *condition, const TideColumn *column, uint32_t n, guint8 *mask)
{
  TideType klass = tide_condition_get_class (column->type, column->scale);
  if (condition->kind == TIDE_CONDITION_NONE)
    return;
  if (klass == TIDE_TYPE_NONE || condition->kind == TIDE_CONDITION_NEVER)
    {
      memset (mask, 0, n);
      return;
    }
  if (column->valid != NULL)
    for (uint32_t i = 0; i < n; i++)
      mask[i] &= (guint8) (column->valid[i >> 6] >> (i & 63) & 1);
  if (condition->kind == TIDE_CONDITION_INTS && klass == TIDE_TYPE_INT)
    apply_ints (condition, column->ints, n, mask);
  else if (condition->kind == TIDE_CONDITION_INT_SET && klass == TIDE_TYPE_INT)
    {
      for (uint32_t i = 0; i < n; i++)
        if (mask[i] != 0)
          mask[i] = g_array_binary_search (condition->set, &column->ints[i], compare_ints, NULL) ? 1 : 0;
    }
  else if (condition->kind == TIDE_CONDITION_REALS && column->type == TIDE_TYPE_REAL)
    apply_reals (condition, column->reals, n, mask);
  else if (condition->kind == TIDE_CONDITION_REAL_SET && column->type == TIDE_TYPE_REAL)
    {
      for (uint32_t i = 0; i < n; i++)
        if (mask[i] != 0)
          mask[i] = test_real (condition, column->reals[i]);
    }
  else if ((condition->kind == TIDE_CONDITION_REALS || condition->kind == TIDE_CONDITION_REAL_SET)
           && klass == TIDE_TYPE_REAL)
    apply_decimals (condition, column, n, mask);
  else if (condition->kind == TIDE_CONDITION_TEXT_SET && klass == TIDE_TYPE_TEXT)
    apply_texts (condition, column, n, mask);
}
