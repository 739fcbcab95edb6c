/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The advisor: what it judges, what it says and what it writes; and the whole way from events to advice on a store. */
#include "balance.h"

#include "../store/store-fixture.h"

#include <math.h>

static const TideSourceSpec replayable = { .kind = "replay", .title = "Replay", .exactly_once = true };
static const TideSourceSpec push = { .kind = "push", .title = "Push" };
static const TideSourceSpec *const sources[] = { &replayable, &push, NULL };

static TideWorkspace *
workspace_new (const char *text)
{
  TideCatalog catalog = { sources, tide_aggregate_specs () };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autofree char *whole = g_strconcat ("[workspace]\nversion=1\nname=x\n", text, NULL);
  TideWorkspace *workspace = tide_workspace_parse (NULL, whole, &catalog, problems);

  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", ((TideProblem *) g_ptr_array_index (problems, i))->message);
  g_assert_cmpuint (problems->len, ==, 0);
  return workspace;
}

static TideAdvice
advice_at (TideDuration every, double tolerance, TideDuration objective)
{
  TideAdvice advice = { .every = every, .tolerance = tolerance, .objective = objective, .n_points = TIDE_N_INTERVALS };

  for (guint i = 0; i < TIDE_N_INTERVALS; i++)
    {
      TideAdvicePoint *point = &advice.points[i];

      point->every = tide_intervals[i];
      point->error = 0.001 * pow (3, i);
      point->age = tide_intervals[i];
      point->windows = 100;
      point->measured = true;
      point->usd_per_h = 1.0 / (i + 1);
      if (point->every == every)
        advice.now = *point;
    }
  return advice;
}

static void
test_judge (void)
{
  TideAdvice advice = advice_at (TIDE_SECOND, 0.03, 0);

  /* Errors are 0.1, 0.3, 0.9, 2.7, 8.1 %: a minute is the last within 3 %. */
  tide_advice_judge (&advice);
  g_assert_cmpint (advice.points[advice.advised].every, ==, TIDE_MINUTE);
  g_assert_nonnull (strstr (advice.why, "every 1min"));
  g_assert_nonnull (strstr (advice.why, "a quarter of the cost"));
  advice.objective = 20 * TIDE_SECOND; /* what-if */
  tide_advice_judge (&advice);
  g_assert_cmpint (advice.points[advice.advised].every, ==, 15 * TIDE_SECOND);
  advice.objective = 0;
  advice.alert_age = 5 * TIDE_SECOND; /* an alert tightens it */
  tide_advice_judge (&advice);
  g_assert_cmpint (advice.points[advice.advised].every, ==, 5 * TIDE_SECOND);
  g_assert_nonnull (strstr (advice.why, "every 5s"));
  advice.alert_age = 0;
  advice.tolerance = 1e-6;
  tide_advice_judge (&advice);
  g_assert_cmpint (advice.advised, ==, 0);
  g_assert_nonnull (strstr (advice.why, "Even in real time"));
  /* A slower interval that costs more is no advice. */
  advice.tolerance = 10;
  advice.objective = 0;
  advice.points[8].usd_per_h = 5;
  tide_advice_judge (&advice);
  g_assert_cmpint (advice.points[advice.advised].every, ==, 6 * TIDE_HOUR);
  for (guint i = 0; i < TIDE_N_INTERVALS; i++)
    {
      advice.points[i].error = NAN;
      advice.points[i].windows = 12;
    }
  tide_advice_judge (&advice);
  g_assert_cmpint (advice.advised, ==, -1);
  g_assert_nonnull (strstr (advice.why, "12 refreshes of the 30"));
  g_free (advice.why);
}

static const char edit_text[] =
  "[stream s]\n[field s.n]\ntype=int\n"
  "[source r]\nkind=replay\nstream=s\nplatform=kinesis-flink\n"
  "[source p]\nkind=push\nstream=s\nplatform=kinesis-flink\n"
  "[source free]\nkind=replay\nstream=s\n"
  "[metric a]\nstream=s\naggregate=count\n"
  "[metric b]\nstream=s\naggregate=count\nwhere=n > 1\ntier=every 15min\n";

static void
edit (TideWorkspace **workspace, const char *metric, TideDuration every)
{
  TideCatalog catalog = { sources, tide_aggregate_specs () };
  g_autoptr (TideConf) conf = tide_conf_copy ((*workspace)->conf);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_true (tide_advice_edit (conf, *workspace, metric, every, 0, &error));
  g_assert_no_error (error);
  text = tide_conf_to_text (conf);
  tide_workspace_unref (*workspace);
  *workspace = tide_workspace_parse (NULL, text, &catalog, problems);
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpint (tide_metric_get_interval (tide_workspace_get_metric (*workspace, metric), *workspace, 0), ==, every);
}

static void
test_edit (void)
{
  g_autoptr (TideWorkspace) workspace = workspace_new (edit_text);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < TIDE_N_INTERVALS; i++)
    edit (&workspace, "a", tide_intervals[i]);
  /* b still needs 15 min: the source that can go away and costs while connected follows; the others stay. */
  g_assert_cmpint (tide_workspace_get_source (workspace, "r")->every, ==, 15 * TIDE_MINUTE);
  g_assert_cmpint (tide_workspace_get_source (workspace, "p")->every, ==, 0);
  g_assert_cmpint (tide_workspace_get_source (workspace, "free")->every, ==, 0);
  g_assert_cmpint (tide_workspace_get_metric (workspace, "a")->tier, ==, TIDE_TIER_BATCH);
  edit (&workspace, "a", TIDE_SECOND);
  g_assert_cmpint (tide_workspace_get_source (workspace, "r")->every, ==, 0);
  g_assert_false (tide_advice_edit (workspace->conf, workspace, "no-such", TIDE_SECOND, 0, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
}

static const char store_text[] =
  "[cost]\nbudget=10\n"
  "[stream orders]\n[field orders.n]\ntype=int\n"
  "[source r]\nkind=replay\nstream=orders\nplatform=kinesis-flink\n"
  "[metric per-hour]\nstream=orders\naggregate=count\nevery=1min\ndecision=1h\ntolerance=10%\nfreshness=1d\n"
  "[metric mean]\nstream=orders\naggregate=avg(n)\nevery=1min\ntolerance=1%\n"
  "[metric between]\nstream=orders\naggregate=count\nevery=1min\ntier=micro-batch\nrefresh=30s\nfreshness=45s\n"
  "tolerance=100%\n";

typedef struct
{
  char *dir;
  TideWorkspace *workspace;
  TideStore *store;
  TideWriter *writer;
  TideServing *serving;
  int64_t pushed;
} World;

/* One event a second whose n goes up by one in 1,000 s: counts are steady, the mean drifts. */
static void
push_events (World *world, int64_t n)
{
  const TideStream *stream = tide_workspace_get_stream (world->workspace, "orders");
  g_autoptr (GError) error = NULL;

  while (n > 0)
    {
      int64_t part = MIN (n, 4000);
      g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
      g_autoptr (TideBatch) batch = NULL;
      TidePosition position = { .offset = world->pushed + part };
      TideDelivery delivery = { .source = "r", .positions = &position, .n_positions = 1 };

      for (int64_t i = world->pushed; i < world->pushed + part; i++)
        {
          tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, 20000 * TIDE_DAY + i * TIDE_SECOND);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, 20000 * TIDE_DAY + i * TIDE_SECOND);
          tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, 1000 + i / 10);
          tide_batch_builder_end_row (builder, 10);
        }
      delivery.batch = batch = tide_batch_builder_finish (builder);
      g_assert_true (tide_writer_push (world->writer, &delivery, NULL, &error));
      world->pushed += part;
      n -= part;
    }
  g_assert_true (tide_writer_flush (world->writer, &error));
  g_assert_no_error (error);
}

static TideTime
world_now (const World *world)
{
  return 20000 * TIDE_DAY + world->pushed * TIDE_SECOND;
}

static void
measure (World *world)
{
  g_autoptr (GError) error = NULL;

  tide_staleness_run (world->store, world->writer, world->serving, world->workspace, world_now (world), NULL, &error);
  g_assert_no_error (error);
}

static TideAdvices *
get_advices (World *world)
{
  g_autoptr (TidePriceBook) book = tide_price_book_new (world->workspace);
  TideReader *reader = fixture_reader (world->store);
  g_autoptr (GError) error = NULL;
  TideAdvices *advices = tide_advices_get (reader, world->workspace, book, world_now (world), &error);

  g_assert_no_error (error);
  tide_reader_end (reader);
  tide_reader_release (reader);
  return advices;
}

static const TideAdvicePoint *
point_of (const TideAdvices *advices, const char *metric, TideDuration every)
{
  const TideAdvice *advice = tide_advices_find (advices, metric);

  for (guint i = 0; i < advice->n_points; i++)
    if (advice->points[i].every == every)
      return &advice->points[i];
  g_assert_not_reached ();
}

/* An hour of use as a pipeline meters it. */
static void
use_an_hour (World *world, TideTime hour)
{
  g_autoptr (GPtrArray) hours = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_use_hour_free);
  const TideUseHour used[] = {
    { hour, (char *) "shared", (char *) "", (char *) "", (char *) "", 0, 3600, 0, 0, 0 },
    { hour, (char *) "decode", (char *) "r", (char *) "orders", (char *) "", 3600000000, 0, 360000, 3600, 0 },
    { hour, (char *) "live", (char *) "", (char *) "orders", (char *) "mean", 7200000000, 0, 0, 3600, 3600 },
    { hour, (char *) "analysis", (char *) "", (char *) "", (char *) "nightly", 1800000000, 0, 0, 0, 1 },
  };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (used); i++)
    {
      TideUseHour *copy = g_memdup2 (&used[i], sizeof used[i]);

      copy->activity = g_strdup (copy->activity);
      copy->source = g_strdup (copy->source);
      copy->stream = g_strdup (copy->stream);
      copy->metric = g_strdup (copy->metric);
      g_ptr_array_add (hours, copy);
    }
  g_assert_true (tide_use_save (world->writer, hours, &error));
  g_assert_no_error (error);
}

/* However it is summed, it is the whole bill. */
static void
check_sum (const TideCosts *costs, TideCostBy by)
{
  g_autoptr (GPtrArray) sums = tide_costs_sum (costs, by);
  double usd = 0;
  guint named = 0;

  for (guint i = 0; i < sums->len; i++)
    {
      const TideCostRow *sum = g_ptr_array_index (sums, i);

      usd += sum->metered_usd_per_h + sum->platform_usd_per_h;
      named += sum->has_tier || *sum->source != '\0' || *sum->stream != '\0' || *sum->metric != '\0';
    }
  g_assert_cmpuint (sums->len, <=, named + 1);
  g_assert_cmpuint (named, >, 0);
  g_assert_cmpfloat_with_epsilon (usd, costs->metered_usd_per_h + costs->platform_usd_per_h, 1e-12);
}

/* What is metered and what the platform charges stand apart; budget and forecast; the bill as CSV. */
static void
check_costs (World *world)
{
  g_autoptr (TidePriceBook) book = tide_price_book_new (world->workspace);
  TideReader *reader;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideCosts) costs = NULL;
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr (TideCsv) csv = tide_csv_new (stream);
  const char *text;

  use_an_hour (world, world_now (world) - world_now (world) % TIDE_HOUR);
  reader = fixture_reader (world->store);
  costs = tide_costs_get (reader, world->workspace, book, world_now (world), &error);
  g_assert_no_error (error);
  tide_reader_end (reader);
  tide_reader_release (reader);
  /* A shard and two units of Flink; 12.6 seconds of a processor, and the disk. */
  g_assert_cmpfloat_with_epsilon (costs->platform_usd_per_h, 0.015 + 0.22 + 0.0036 * 0.014, 1e-4);
  g_assert_cmpfloat (costs->metered_usd_per_h, >, 12.6 / 3600 * 0.04048);
  g_assert_cmpfloat (costs->metered_usd_per_h, <, 12.6 / 3600 * 0.04048 + 0.001);
  g_assert_cmpfloat (costs->forecast_usd, >, costs->month_usd);
  g_assert_nonnull (costs->warning); /* a budget of 10 */
  for (TideCostBy by = TIDE_COST_BY_TIER; by <= TIDE_COST_BY_ANALYSIS; by++)
    check_sum (costs, by);
  g_assert_true (tide_costs_write_csv (costs, csv, &error) && tide_csv_finish (csv, &error));
  g_assert_no_error (error);
  g_output_stream_write_all (stream, "", 1, NULL, NULL, NULL);
  text = g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (stream));
  g_assert_true (g_str_has_prefix (text, "item,source,stream,metric,tier,cpu [s/h],metered [USD/h],"));
  g_assert_nonnull (strstr (text, "\r\nlive,,orders,mean,real-time,7.2,"));
}

/* A metric is drawn and rolled up in any tier; what it costs to be fresh depends on it. */
static void
test_metric_cost (void)
{
  const TideMetricUse use = { .live_ns_per_batch = 5000, .snapshot_ns_per_s = 2000, .rollup_share = 0.5,
                              .refresh_run_us = 100 };
  const TideStreamUse stream = { .events_per_h = 1e6, .batches_per_h = 1e5, .rollup_every = 5 * TIDE_MINUTE, .rollup_run_us = 400,
                                 .rollup_event_us = 0.2 };
  g_autoptr (TideWorkspace) workspace = workspace_new (store_text);
  g_autoptr (TidePriceBook) book = tide_price_book_new (workspace);
  double us_usd = tide_price_book_usd (book, "vcpu-hour") / 3600 / 1e6;
  double drawn = 3600 * 2, rolled_up = 12 * 0.5 * 400 + 1e6 * 0.1;

  g_assert_cmpfloat_with_epsilon (tide_metric_cost (&use, &stream, book, TIDE_SECOND) / us_usd,
                                  drawn + rolled_up + 1e6 * 0.5, 1e-3);
  g_assert_cmpfloat_with_epsilon (tide_metric_cost (&use, &stream, book, 15 * TIDE_SECOND) / us_usd,
                                  drawn + rolled_up + 240 * 100 + 1e6 * 0.1, 1e-3);
  /* From an hour on it is rolled up when it is refreshed. */
  g_assert_cmpfloat_with_epsilon (tide_metric_cost (&use, &stream, book, TIDE_HOUR) / us_usd,
                                  drawn + 0.5 * 400 + 1e6 * 0.1 + 100 + 1e6 * 0.1, 1e-3);
  g_assert_cmpfloat (tide_metric_cost (NULL, &stream, book, TIDE_HOUR), ==, 0);
}

/* An interval that is not looked at of itself is judged by the next longer one, and stays where it is good enough. */
static void
check_between (const TideAdvices *advices)
{
  const TideAdvice *advice = tide_advices_find (advices, "between");

  g_assert_cmpuint (advice->n_points, ==, TIDE_N_INTERVALS + 1);
  for (guint i = 1; i < advice->n_points; i++)
    g_assert_cmpint (advice->points[i - 1].every, <, advice->points[i].every);
  g_assert_cmpfloat (point_of (advices, "between", 30 * TIDE_SECOND)->error, ==,
                     point_of (advices, "between", TIDE_MINUTE)->error);
  g_assert_false (point_of (advices, "between", 30 * TIDE_SECOND)->measured);
  g_assert_true (advice->now.meets);
  g_assert_cmpint (advice->points[advice->advised].every, ==, 30 * TIDE_SECOND);
  g_assert_cmpfloat (advice->saves_usd_per_h, ==, 0);
}

/* Advice that was taken is looked at again: what it became stands beside what was foretold. */
static void
check_follow_up (World *world)
{
  TideAppliedAdvice taken = { .metric = (char *) "mean", .applied = world_now (world) - 39 * TIDE_HOUR,
                              .from_every = TIDE_SECOND, .every = 5 * TIDE_MINUTE, .predicted_error = 0.05,
                              .predicted_usd_per_h = 0.01, .before_usd_per_h = 0.2 };
  g_autoptr (TidePriceBook) book = tide_price_book_new (world->workspace);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;
  const TideAppliedAdvice *found;
  TideReader *reader;

  g_assert_true (tide_advice_record (world->writer, &taken, &error));
  reader = fixture_reader (world->store);
  g_assert_true (tide_advice_follow_up (reader, world->writer, world->workspace, book, world_now (world), &error));
  g_assert_no_error (error);
  tide_reader_end (reader);
  tide_reader_begin (reader, 0, NULL, &error);
  list = tide_store_get_applied_advice (reader, "mean", 10, &error);
  g_assert_cmpuint (list->len, ==, 1);
  found = g_ptr_array_index (list, 0);
  g_assert_cmpfloat (found->predicted_error, ==, 0.05);
  g_assert_cmpfloat_with_epsilon (found->realised_error, 0.95 * 30 / 8200, 0.001);
  /* Two seconds of a processor an hour for the metric, and what the stream costs now. */
  g_assert_cmpfloat (found->realised_usd_per_h, >, 7.2 / 3600 * 0.04048);
  g_assert_cmpint (found->measured, ==, world_now (world));
  tide_reader_end (reader);
  tide_reader_release (reader);
}

static void
test_from_events (void)
{
  static const TideWriterEvents none = { 0 };
  World world = { .dir = fixture_dir_new () };
  g_autoptr (GError) error = NULL;
  TideAdvices *advices;
  double windows, error_1h;

  world.workspace = workspace_new (store_text);
  world.store = fixture_open (world.dir);
  world.writer = tide_writer_new (world.store, &none, &error);
  g_assert_no_error (error);
  world.serving = tide_serving_new (world.store, world.workspace, NULL);

  push_events (&world, 600);
  measure (&world);
  advices = get_advices (&world);
  g_assert_cmpint (tide_advices_find (advices, "per-hour")->advised, ==, -1); /* no whole hour yet */
  tide_advices_free (advices);

  push_events (&world, 40 * 3600);
  measure (&world);
  advices = get_advices (&world);
  /* A steady counter lacks T/W: 8 % at 5 min, 24 % at 15. */
  g_assert_cmpfloat_with_epsilon (point_of (advices, "per-hour", 5 * TIDE_MINUTE)->error, 0.95 * 5 / 60, 0.01);
  g_assert_cmpfloat_with_epsilon (point_of (advices, "per-hour", 15 * TIDE_MINUTE)->mean_error, 7.5 / 60, 0.005);
  /* Half of 15 s, and half a second that is not committed yet. */
  g_assert_cmpfloat_with_epsilon (point_of (advices, "per-hour", 15 * TIDE_SECOND)->mean_error, 8 / 3600.0, 1e-4);
  g_assert_cmpint (tide_advices_find (advices, "per-hour")->points[tide_advices_find (advices, "per-hour")->advised].every,
                   ==, 5 * TIDE_MINUTE);
  g_assert_false (point_of (advices, "per-hour", 24 * TIDE_HOUR)->measured);
  g_assert_true (isnan (point_of (advices, "per-hour", 24 * TIDE_HOUR)->error)); /* once is not enough, and nothing bounds it */
  /* The mean climbs 360 an hour from 1,000 to 15,400: at 1 h it is off by half of that on average. */
  g_assert_cmpfloat_with_epsilon (point_of (advices, "mean", TIDE_HOUR)->mean_error, 180 / 8200.0, 0.003);
  g_assert_true (point_of (advices, "mean", TIDE_HOUR)->measured);
  windows = point_of (advices, "mean", TIDE_HOUR)->windows;
  error_1h = point_of (advices, "mean", TIDE_HOUR)->mean_error;
  tide_advices_free (advices);

  measure (&world); /* nothing came: nothing is measured twice */
  advices = get_advices (&world);
  g_assert_cmpfloat_with_epsilon (point_of (advices, "mean", TIDE_HOUR)->windows, windows, 1e-9);
  g_assert_cmpfloat_with_epsilon (point_of (advices, "mean", TIDE_HOUR)->mean_error, error_1h, 1e-9);
  check_between (advices);
  /* The platform: 2 KPU and a shard while connected, the shard alone otherwise. */
  g_assert_cmpfloat_with_epsilon (point_of (advices, "mean", TIDE_SECOND)->usd_per_h, 0.235, 0.001);
  g_assert_cmpfloat_with_epsilon (point_of (advices, "mean", TIDE_HOUR)->usd_per_h, 0.015 + 0.22 * 5 / 3600, 0.001);
  tide_advices_free (advices);

  check_costs (&world);
  check_follow_up (&world);
  tide_serving_free (world.serving);
  tide_writer_free (world.writer);
  tide_store_unref (world.store);
  tide_workspace_unref (world.workspace);
  fixture_dir_free (world.dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/balance/advice/judge", test_judge);
  g_test_add_func ("/balance/advice/edit", test_edit);
  g_test_add_func ("/balance/advice/metric-cost", test_metric_cost);
  g_test_add_func ("/balance/advice/from-events", test_from_events);
  return g_test_run ();
}
