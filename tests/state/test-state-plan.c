/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan selects the rows of its predicate and gives each the group that asking the dictionary row by row would,
 * whatever the columns' types, however the batch is cut, and past the cap.
 */
#include "state-fixture.h"

/* The text of a value as it stands in CSV; NULL: null. */
static char *
cell (const TideBatch *batch, uint32_t c, uint32_t row)
{
  const TideColumn *column = &batch->columns[c];
  char buffer[TIDE_VALUE_STR_MAX];

  if (!tide_column_is_valid (column, row))
    return NULL;
  switch (column->type)
    {
    case TIDE_TYPE_TEXT:
      return g_strndup (column->dict[column->codes[row]].data, column->dict[column->codes[row]].len);
    case TIDE_TYPE_BOOL:
      return g_strdup (column->ints[row] ? "true" : "false");
    case TIDE_TYPE_REAL:
      tide_value_format (tide_value_real (column->reals[row]), buffer);
      return g_strdup (buffer);
    case TIDE_TYPE_TIME:
      tide_time_format (column->ints[row], buffer);
      return g_strdup (buffer);
    default:
      tide_value_format (tide_value_exact (column->ints[row], column->scale), buffer);
      return g_strdup (buffer);
    }
}

static uint32_t
ask_row (const TideMetric *metric, const TideBatch *batch, uint32_t row, TideGroups *groups)
{
  TideText values[TIDE_GROUP_BY_MAX];
  char *cells[TIDE_GROUP_BY_MAX];
  uint32_t id;

  for (uint32_t i = 0; i < metric->n_by; i++)
    {
      cells[i] = cell (batch, metric->by[i], row);
      values[i] = cells[i] == NULL ? (TideText){ NULL, 0 } : tide_text (cells[i]);
    }
  id = tide_groups_add (groups, values, batch->first_seq + row);
  for (uint32_t i = 0; i < metric->n_by; i++)
    g_free (cells[i]);
  return id;
}

static void
check_batch (GRand *rand, TidePlan *plan, const TideBatch *batch, TideGroups *groups, TideGroups *expected)
{
  const TideMetric *metric = tide_plan_get_metric (plan);
  uint32_t from = 0;

  while (from < batch->n)
    {
      uint32_t to = g_rand_boolean (rand) ? batch->n : from + (uint32_t) g_rand_int_range (rand, 0, (gint32) (batch->n - from) + 1);
      g_autofree uint32_t *rows = g_new (uint32_t, batch->n);
      uint32_t n = to - from;
      TideSelection selection;

      if (metric->where != NULL)
        n = tide_predicate_select (metric->where, batch, from, to, rows);
      else
        for (uint32_t i = 0; i < n; i++)
          rows[i] = from + i;
      tide_plan_select (plan, batch, from, to, groups, &selection);
      g_assert_cmpuint (selection.n, ==, n);
      g_assert_true (selection.event_time == batch->columns[TIDE_COLUMN_TIME].ints);
      g_assert_true (selection.value
                     == (metric->field < 0 ? NULL : &batch->columns[TIDE_COLUMN_FIELD0 + metric->field]));
      for (uint32_t i = 0; i < n; i++)
        {
          g_assert_cmpuint (selection.rows[i], ==, rows[i]);
          g_assert_cmpuint (selection.groups[i], ==, ask_row (metric, batch, rows[i], expected));
        }
      from = to;
    }
}

static void
test_groups (void)
{
  static const char *const bys[] = { NULL, "city", "city, kind", "paid", "count", "speed", "due", "amount",
                                     "city, paid, count", "_source", "kind, _key", "city, kind, paid, due" };
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideStreamRef) stream = make_stream ();

  for (guint i = 0; i < 3 * G_N_ELEMENTS (bys); i++)
    {
      g_autoptr (TideMetric) metric
          = make_metric (stream, g_rand_boolean (rand) ? "count" : "sum(amount)",
                         g_rand_boolean (rand) ? "amount > 300 AND city <> '3'" : NULL, bys[i % G_N_ELEMENTS (bys)],
                         g_rand_boolean (rand) ? "20" : NULL);
      g_autoptr (TidePlan) plan = tide_plan_new (metric);
      g_autoptr (TideGroups) groups = tide_groups_new (metric->n_by, metric->group_cap);
      g_autoptr (TideGroups) expected = tide_groups_new (metric->n_by, metric->group_cap);
      TideSeq seq = 1;

      for (int k = 0; k < 4; k++)
        {
          uint32_t n = (uint32_t) g_rand_int_range (rand, 1, 800);
          g_autoptr (TideBatch) batch = random_batch (rand, stream, n, g_rand_boolean (rand) ? 6 : 1000, seq);

          check_batch (rand, plan, batch, groups, expected);
          seq += n;
        }
      g_assert_cmpuint (tide_groups_get_n (groups), ==, tide_groups_get_n (expected));
      for (uint32_t id = 1; id < tide_groups_get_n (groups); id++)
        g_assert_cmpint (tide_groups_get (groups, id)->first_seq, ==, tide_groups_get (expected, id)->first_seq);
      if (metric->n_by == 0)
        g_assert_cmpuint (tide_groups_get_n (groups), ==, 2);
    }
}

/* A batch without numbers goes after what is there: cutting back at any seq keeps the dictionary in order. */
static void
test_unnumbered (void)
{
  g_autoptr (GRand) rand = test_rand ();
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideMetric) metric = make_metric (stream, "count", NULL, "city", NULL);
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  g_autoptr (TideGroups) groups = tide_groups_new (1, 1000);
  g_autoptr (TideBatch) stored = random_batch (rand, stream, 100, 50, 1000);
  g_autoptr (TideBatch) live = random_batch (rand, stream, 100, 100, 0);
  TideSelection selection;

  tide_plan_select (plan, stored, 0, 100, groups, &selection);
  tide_plan_select (plan, live, 0, 100, groups, &selection);
  for (uint32_t id = 2; id < tide_groups_get_n (groups); id++)
    g_assert_cmpint (tide_groups_get (groups, id)->first_seq, >=, tide_groups_get (groups, id - 1)->first_seq);
}

static void
test_columns (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideMetric) metric = make_metric (stream, "sum(amount)", "speed > 3", "city, paid", NULL);
  g_autoptr (TidePlan) plan = tide_plan_new (metric);
  bool columns[N_COLUMNS] = { false };

  tide_plan_mark_columns (plan, columns);
  for (uint32_t c = 0; c < N_COLUMNS; c++)
    g_assert_true (columns[c]
                   == (c == TIDE_COLUMN_TIME || c == COLUMN_AMOUNT || c == COLUMN_SPEED || c == COLUMN_CITY
                       || c == COLUMN_PAID));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/plan/groups", test_groups);
  g_test_add_func ("/state/plan/unnumbered", test_unnumbered);
  g_test_add_func ("/state/plan/columns", test_columns);
  return g_test_run ();
}
