/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small catalog, as ingest/ and state/ would give: two kinds of sources, a few aggregates. */
#pragma once

#include "model.h"

static const char *const fake_starts[] = { "earliest", "latest", NULL };

static bool
fake_check_property (const char *key, const char *value, GError **error)
{
  if (g_str_equal (key, "property.client.id"))
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "'%s' may not be set", key);
  return false;
}

static const TideKeySpec fake_kafka_keys[] = {
  { "brokers", TIDE_KEY_HOSTS, true, .help = "host:port" },
  { "topic", TIDE_KEY_TEXT, true, .help = "a topic" },
  { "start", TIDE_KEY_TIME, .fallback = "earliest", .choices = fake_starts },
  { "property.", TIDE_KEY_PREFIX, .check = fake_check_property },
};
static const TideKeySpec fake_file_keys[] = {
  { "path", TIDE_KEY_PATH, true, .help = "a file" },
  { "follow", TIDE_KEY_BOOL, .fallback = "true" },
  { "rate", TIDE_KEY_REAL },
  { "url", TIDE_KEY_URL },
};
static const TideSourceSpec fake_kafka = { "kafka", "Kafka", fake_kafka_keys, G_N_ELEMENTS (fake_kafka_keys), true, true, true };
static const TideSourceSpec fake_file = { "file", "File", fake_file_keys, G_N_ELEMENTS (fake_file_keys), true, false, false };
static const TideSourceSpec *const fake_sources[] = { &fake_kafka, &fake_file, NULL };

static const TideAggregateSpec fake_count = { "count", .additive = true };
static const TideAggregateSpec fake_sum = { "sum", true, .types = TIDE_TYPES_NUMERIC, .additive = true, .unit_suffix = "" };
static const TideAggregateSpec fake_p95 = { "p95", true, .types = TIDE_TYPES_NUMERIC, .unit_suffix = "", .parameter = 0.95 };
static const TideAggregateSpec fake_distinct = { "distinct", true, .types = TIDE_TYPES_ALL };
static const TideAggregateSpec fake_rate = { "rate", .types = TIDE_TYPES_NUMERIC, .unit_suffix = "/s" };
static const TideAggregateSpec fake_ratio = { "ratio", .takes_metrics = true };
static const TideAggregateSpec *const fake_aggregates[]
    = { &fake_count, &fake_sum, &fake_p95, &fake_distinct, &fake_rate, &fake_ratio, NULL };

static const TideConditionSpec fake_above = { "above", .subjects = TIDE_SUBJECT_METRIC };
static const TideConditionSpec fake_outside = { "outside", .subjects = TIDE_SUBJECT_METRIC, .limit = TIDE_LIMIT_BAND };
static const TideConditionSpec fake_change = { "change", .subjects = TIDE_SUBJECT_METRIC,
                                               .keys = TIDE_CONDITION_WITHIN | TIDE_CONDITION_SIGNED | TIDE_CONDITION_COMPARE };
static const TideConditionSpec fake_over = { "ratio", .subjects = TIDE_SUBJECT_METRIC,
                                             .keys = TIDE_CONDITION_DIVIDED_BY | TIDE_CONDITION_COMPARE };
static const TideConditionSpec fake_lag = { "lag", .subjects = TIDE_SUBJECT_STREAM, .limit = TIDE_LIMIT_DURATION,
                                            .observes_now = true };
static const TideConditionSpec fake_stale = { "freshness", .subjects = TIDE_SUBJECT_STREAM | TIDE_SUBJECT_METRIC,
                                              .keys = TIDE_CONDITION_OBJECTIVE, .limit = TIDE_LIMIT_DURATION,
                                              .observes_now = true };
static const TideConditionSpec fake_down = { "source-down", .subjects = TIDE_SUBJECT_SOURCE, .limit = TIDE_LIMIT_NONE,
                                             .observes_now = true };
static const TideConditionSpec *const fake_conditions[]
    = { &fake_above, &fake_outside, &fake_change, &fake_over, &fake_lag, &fake_stale, &fake_down, NULL };

static const TideCatalog fake_catalog = { fake_sources, fake_aggregates, fake_conditions };

static inline guint32
test_seed (void)
{
  const char *set = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = set != NULL ? (guint32) g_ascii_strtoull (set, NULL, 10) : g_random_int ();
  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return seed;
}
