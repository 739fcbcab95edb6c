/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metrics from text: what is stored, what is shown, what makes a new version, and which key is wrong. */
#include "fake-catalog.h"

#include <math.h>
#include <string.h>

static const TideStream *
make_stream (const char *name, const char *value_field, int scale)
{
  GPtrArray *fields = g_ptr_array_new ();
  TideField *amount = tide_field_new (value_field, NULL, TIDE_TYPE_DECIMAL, scale);
  amount->unit = g_strdup ("EUR");
  g_ptr_array_add (fields, amount);
  g_ptr_array_add (fields, tide_field_new ("city", NULL, TIDE_TYPE_TEXT, 0));
  g_ptr_array_add (fields, tide_field_new ("status", NULL, TIDE_TYPE_TEXT, 0));
  g_ptr_array_add (fields, tide_field_new ("created", NULL, TIDE_TYPE_TIME, 0));
  return tide_stream_new (name, fields, "created", NULL);
}

static TideMetric *
make (const TideMetricText *text, const TideStream *stream)
{
  g_autoptr (GError) error = NULL;
  TideMetric *metric = tide_metric_new (text, stream, &fake_catalog, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return metric;
}

static void
test_shown (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ("orders", "amount", 2);
  g_autoptr (TideMetric) revenue = make (&(TideMetricText){ .name = "city-revenue_today",
                                                            .aggregate = " sum( amount )",
                                                            .where = "status = 'delivered'",
                                                            .by = "city, _source",
                                                            .every = "60s",
                                                            .over = "15min",
                                                            .tier = "micro-batch",
                                                            .refresh = "30s",
                                                            .freshness = "5s",
                                                            .tolerance = "1 %",
                                                            .group_cap = "50" },
                                         stream);
  g_assert_cmpstr (revenue->title, ==, "City revenue today");
  g_assert_cmpstr (revenue->unit, ==, "EUR");
  g_assert_cmpint (revenue->scale, ==, 2);
  g_assert_cmpuint (revenue->n_by, ==, 2);
  g_assert_cmpuint (revenue->by[0], ==, TIDE_COLUMN_FIELD0 + 1);
  g_assert_cmpuint (revenue->by[1], ==, TIDE_COLUMN_SOURCE);
  g_assert_cmpstr (revenue->by_names[0], ==, "city");
  g_assert_null (revenue->by_names[2]);
  g_assert_cmpint (revenue->tier, ==, TIDE_TIER_MICRO_BATCH);
  g_assert_cmpint (revenue->refresh, ==, 30 * TIDE_SECOND);
  g_assert_cmpint (revenue->freshness, ==, 5 * TIDE_SECOND);
  g_assert_cmpfloat_with_epsilon (revenue->tolerance, 0.01, 1e-12);
  g_assert_cmpuint (revenue->group_cap, ==, 50);
  g_autofree char *where = tide_predicate_to_sql (revenue->where);
  g_autofree char *definition = g_strdup_printf ("sum(amount) where %s by city, _source every 1min over 15min", where);
  g_assert_cmpstr (revenue->definition, ==, definition);
  g_assert_cmpuint (strlen (revenue->version), ==, 16);

  g_autoptr (TideMetric) count = make (&(TideMetricText){ .name = "n", .aggregate = "count", .tier = "every 2min" }, stream);
  g_assert_cmpstr (count->definition, ==, "count every 1min");
  g_assert_cmpstr (count->title, ==, "N");
  g_assert_null (count->unit);
  g_assert_cmpint (count->field, ==, -1);
  g_assert_cmpint (count->refresh, ==, 2 * TIDE_MINUTE);
  g_assert_true (isnan (count->tolerance));
  g_assert_cmpuint (count->group_cap, ==, TIDE_GROUP_CAP_DEFAULT);
  g_autoptr (TideMetric) rate = make (&(TideMetricText){ .name = "r", .aggregate = "rate" }, stream);
  g_assert_cmpstr (rate->unit, ==, "/s");
  g_autoptr (TideMetric) flow = make (&(TideMetricText){ .name = "r", .aggregate = "rate(amount)" }, stream);
  g_assert_cmpstr (flow->unit, ==, "EUR/s");
}

/* The stored pane divides what it composes, and 15 min, so days in every zone; nothing larger does. */
static void
test_stored_panes (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ("orders", "amount", 2);
  static const char *const everies[]
      = { "1s", "10s", "90s", "1min", "2min", "5min", "10min", "15min", "20min", "30min", "40min", "1h", "6h", "1d", "1w", "1mo" };
  for (guint i = 0; i < G_N_ELEMENTS (everies); i++)
    {
      g_autoptr (TideMetric) metric
          = make (&(TideMetricText){ .name = "n", .aggregate = "count", .every = everies[i] }, stream);
      TideDuration every = tide_period_length (metric->every), pane = metric->stored_pane;
      g_assert_cmpint (pane, >=, TIDE_STORED_PANE_MIN);
      g_assert_cmpint (every % pane, ==, 0);
      g_assert_cmpint (TIDE_STORED_PANE_MAX % pane, ==, 0);
      for (TideDuration larger = pane + TIDE_SECOND; larger <= TIDE_STORED_PANE_MAX; larger += TIDE_SECOND)
        g_assert_false (every % larger == 0 && TIDE_STORED_PANE_MAX % larger == 0);
    }
  g_autoptr (TideMetric) tumbling
      = make (&(TideMetricText){ .name = "n", .aggregate = "count", .every = "1min", .over = "60s" }, stream);
  g_assert_cmpint (tumbling->over, ==, 0);
}

static void
test_versions (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ("orders", "amount", 2);
  g_autoptr (TideStreamRef) renamed = make_stream ("orders2", "amount", 2);
  g_autoptr (TideStreamRef) rescaled = make_stream ("orders", "amount", 3);
  const TideMetricText base = { .name = "m", .aggregate = "sum(amount)", .where = "status = 'a'", .by = "city", .every = "1min" };
  g_autoptr (TideMetric) metric = make (&base, stream);
  TideMetricText same[8], other[6];
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    same[i] = base;
  for (guint i = 0; i < G_N_ELEMENTS (other); i++)
    other[i] = base;
  same[0].name = "x";
  same[1].title = "X";
  same[2].tier = "batch";
  same[3].freshness = "9s";
  same[4].over = "5min";
  same[5].where = "  status   =   'a' ";
  same[6].unit = "k";
  same[7].time_zone = "Europe/Berlin";
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autoptr (TideMetric) again = make (&same[i], stream);
      g_test_message ("same %u", i);
      g_assert_cmpstr (again->version, ==, metric->version);
    }
  other[0].aggregate = "p95(amount)";
  other[1].where = "status = 'b'";
  other[2].where = NULL;
  other[3].by = "status";
  other[4].every = "5min";
  other[5].group_cap = "7";
  for (guint i = 0; i < G_N_ELEMENTS (other); i++)
    {
      g_autoptr (TideMetric) changed = make (&other[i], stream);
      g_test_message ("other %u", i);
      g_assert_cmpstr (changed->version, !=, metric->version);
    }
  g_autoptr (TideMetric) on_renamed = make (&base, renamed);
  g_autoptr (TideMetric) on_rescaled = make (&base, rescaled);
  g_assert_cmpstr (on_renamed->version, !=, metric->version);
  g_assert_cmpstr (on_rescaled->version, !=, metric->version);
  /* Hours and quarters of an hour are composed from the same panes. */
  TideMetricText longer = base;
  longer.every = "15min";
  g_autoptr (TideMetric) quarter = make (&longer, stream);
  longer.every = "1h";
  g_autoptr (TideMetric) hour = make (&longer, stream);
  g_assert_cmpstr (hour->version, ==, quarter->version);
}

static TideMetric *
lookup (const char *name, void *data)
{
  TideMetric **metrics = data;
  for (guint i = 0; metrics[i] != NULL; i++)
    if (strcmp (metrics[i]->name, name) == 0)
      return metrics[i];
  return NULL;
}

static void
test_ratio (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ("orders", "amount", 2);
  g_autoptr (TideStreamRef) elsewhere = make_stream ("payments", "amount", 2);
  TideMetric *metrics[]
      = { make (&(TideMetricText){ .name = "revenue", .aggregate = "sum(amount)", .by = "city", .every = "5min" }, stream),
          make (&(TideMetricText){ .name = "orders", .aggregate = "count", .by = "city", .every = "1min" }, stream),
          make (&(TideMetricText){ .name = "total", .aggregate = "count" }, stream),
          make (&(TideMetricText){ .name = "paid", .aggregate = "count", .by = "city" }, elsewhere), NULL };
  g_autoptr (GError) error = NULL;
  const char *key = NULL;
  g_autoptr (TideMetric) ratio = tide_metric_new (&(TideMetricText){ .name = "basket", .aggregate = "ratio(revenue, orders)" },
                                                  NULL, &fake_catalog, NULL, lookup, metrics, &key, &error);
  g_assert_no_error (error);
  g_assert_true (ratio->numerator == metrics[0] && ratio->denominator == metrics[1]);
  g_assert_true (ratio->stream == stream);
  g_assert_cmpint (ratio->every.n, ==, 5 * TIDE_MINUTE);
  g_assert_cmpint (ratio->stored_pane, ==, 5 * TIDE_MINUTE);
  g_assert_cmpstr (ratio->unit, ==, "EUR");
  g_assert_cmpstr (ratio->by_names[0], ==, "city");
  g_assert_cmpstr (ratio->definition, ==, "ratio(revenue, orders) by city every 5min");
  static const struct
  {
    const char *aggregate, *every, *where, *key;
  } wrong[] = {
    { "ratio(revenue, total)", NULL, NULL, "aggregate" },     { "ratio(orders, paid)", NULL, NULL, "aggregate" },
    { "ratio(revenue, nothing)", NULL, NULL, "aggregate" },   { "ratio(revenue)", NULL, NULL, "aggregate" },
    { "ratio(revenue, x)", NULL, NULL, "aggregate" },         { "ratio(revenue, orders)", "1min", NULL, "every" },
    { "ratio(revenue, orders)", NULL, "amount > 0", "where" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) refused = NULL;
      TideMetricText text = { .name = "x", .aggregate = wrong[i].aggregate, .every = wrong[i].every, .where = wrong[i].where };
      g_assert_null (tide_metric_new (&text, NULL, &fake_catalog, NULL, lookup, metrics, &key, &refused));
      g_assert_error (refused, TIDE_ERROR, TIDE_ERROR_INVALID);
      g_assert_cmpstr (key, ==, wrong[i].key);
    }
  for (guint i = 0; metrics[i] != NULL; i++)
    tide_metric_unref (metrics[i]);
}

static void
test_wrong (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ("orders", "amount", 2);
  static const struct
  {
    TideMetricText text;
    const char *key, *says;
  } cases[] = {
    { { .aggregate = "sum(amout)" }, "aggregate", "did you mean 'amount'?" },
    { { .aggregate = "summ(amount)" }, "aggregate", "did you mean 'sum'?" },
    { { .aggregate = "sum(city)" }, "aggregate", "int, decimal, real" },
    { { .aggregate = "sum" }, "aggregate", "sum(amount)" },
    { { .aggregate = "sum(amount" }, "aggregate", "sum(amount)" },
    { { .aggregate = "count(city)" }, "aggregate", "takes no field" },
    { { .aggregate = "" }, "aggregate", "expected" },
    { { .aggregate = "count", .where = "amount >" }, "where", "" },
    { { .aggregate = "count", .by = "citi" }, "by", "did you mean 'city'?" },
    { { .aggregate = "count", .by = "city,city" }, "by", "twice" },
    { { .aggregate = "count", .by = "_offset" }, "by", "can't group" },
    { { .aggregate = "count", .every = "7min" }, "every", "" },
    { { .aggregate = "count", .every = "500ms" }, "every", "whole seconds" },
    { { .aggregate = "count", .every = "1min", .over = "90s" }, "over", "multiple of 1min" },
    { { .aggregate = "count", .every = "5min", .over = "1min" }, "over", "shorter" },
    { { .aggregate = "count", .tier = "fast" }, "tier", "real-time" },
    { { .aggregate = "count", .tier = "micro-batch" }, "tier", "refresh=30s" },
    { { .aggregate = "count", .tier = "batch", .refresh = "30s" }, "refresh", "micro-batch only" },
    { { .aggregate = "count", .tier = "every 0s" }, "tier", "" },
    { { .aggregate = "count", .freshness = "5" }, "freshness", "" },
    { { .aggregate = "count", .tolerance = "200%" }, "tolerance", "1%" },
    { { .aggregate = "count", .group_cap = "0" }, "group-cap", "from 1" },
    { { .aggregate = "count", .time_zone = "Mars/Olympus" }, "time-zone", "" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      const char *key = NULL;
      TideMetricText text = cases[i].text;
      text.name = "m";
      g_test_message ("%s, %s", cases[i].key, text.aggregate);
      g_assert_null (tide_metric_new (&text, stream, &fake_catalog, NULL, NULL, NULL, &key, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
      g_assert_cmpstr (key, ==, cases[i].key);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/metric/shown", test_shown);
  g_test_add_func ("/model/metric/stored-panes", test_stored_panes);
  g_test_add_func ("/model/metric/versions", test_versions);
  g_test_add_func ("/model/metric/ratio", test_ratio);
  g_test_add_func ("/model/metric/wrong", test_wrong);
  return g_test_run ();
}
