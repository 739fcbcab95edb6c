/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of state/ share: a printed seed, a stream, its metrics and random batches of it. */
#pragma once

#include "state-private.h"

#include <stdlib.h>

enum
{
  COLUMN_AMOUNT = TIDE_COLUMN_FIELD0, /* decimal(2) */
  COLUMN_COUNT,                       /* int */
  COLUMN_SPEED,                       /* real */
  COLUMN_CITY,                        /* text */
  COLUMN_KIND,                        /* text */
  COLUMN_PAID,                        /* bool */
  COLUMN_DUE,                         /* time */
  N_COLUMNS,
};

static inline GRand *
test_rand (void)
{
  const char *text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32) strtoul (text, NULL, 10) : g_random_int ();

  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

static inline uint64_t
random64 (GRand *rand)
{
  return (uint64_t) g_rand_int (rand) << 32 | g_rand_int (rand);
}

static inline TideStream *
make_stream (void)
{
  GPtrArray *fields = g_ptr_array_new ();

  g_ptr_array_add (fields, tide_field_new ("amount", "amount", TIDE_TYPE_DECIMAL, 2));
  g_ptr_array_add (fields, tide_field_new ("count", "count", TIDE_TYPE_INT, 0));
  g_ptr_array_add (fields, tide_field_new ("speed", "speed", TIDE_TYPE_REAL, 0));
  g_ptr_array_add (fields, tide_field_new ("city", "city", TIDE_TYPE_TEXT, 0));
  g_ptr_array_add (fields, tide_field_new ("kind", "kind", TIDE_TYPE_TEXT, 0));
  g_ptr_array_add (fields, tide_field_new ("paid", "paid", TIDE_TYPE_BOOL, 0));
  g_ptr_array_add (fields, tide_field_new ("due", "due", TIDE_TYPE_TIME, 0));
  return tide_stream_new ("orders", fields, NULL, NULL);
}

/* @where, @by and @cap may be NULL. */
static inline TideMetric *
make_metric (const TideStream *stream, const char *aggregate, const char *where, const char *by, const char *cap)
{
  TideCatalog catalog = { .aggregates = tide_aggregate_specs () };
  TideMetricText text = { .name = "metric", .aggregate = aggregate, .where = where, .by = by, .every = "1min",
                          .group_cap = cap };
  const char *key = NULL;
  GError *error = NULL;
  TideMetric *metric = tide_metric_new (&text, stream, &catalog, NULL, NULL, NULL, &key, &error);

  g_assert_no_error (error);
  return metric;
}

/* Events over a few minutes around the epoch; a tenth of the values is null, texts are of @cardinality. */
static inline TideBatch *
random_batch (GRand *rand, const TideStream *stream, uint32_t n, int cardinality, TideSeq first_seq)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  TideBatch *batch;

  for (uint32_t i = 0; i < n; i++)
    {
      char text[32];

      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME,
                                  (int64_t) g_rand_int_range (rand, -300, 300) * TIDE_SECOND
                                      + g_rand_int_range (rand, 0, 1000000));
      for (uint32_t c = TIDE_COLUMN_FIELD0; c < N_COLUMNS; c++)
        {
          if (g_rand_int_range (rand, 0, 10) == 0)
            continue;
          if (c == COLUMN_CITY || c == COLUMN_KIND)
            {
              g_snprintf (text, sizeof text, "%d", g_rand_int_range (rand, 0, cardinality));
              tide_batch_builder_set_text (builder, c, text, strlen (text));
            }
          else if (c == COLUMN_SPEED)
            tide_batch_builder_set_real (builder, c, g_rand_double_range (rand, -1000, 100000));
          else
            tide_batch_builder_set_int (builder, c, c == COLUMN_PAID ? g_rand_int_range (rand, 0, 2)
                                                                     : g_rand_int_range (rand, -50, 100000));
        }
      tide_batch_builder_end_row (builder, 0);
    }
  batch = tide_batch_builder_finish (builder);
  batch->first_seq = first_seq;
  return batch;
}
