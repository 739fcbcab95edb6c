/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles of fields: days of the workspace's zone, folded in parts, are what one look at all events gives. */
#include "batch-fixture.h"

#include <math.h>

#define TEXT "[workspace]\nversion=1\nname=test\ntime-zone=Europe/Berlin\n[stream orders]\nformat=json\n" \
             "[field orders.amount]\ntype=decimal(1)\n[field orders.city]\ntype=text\n[field orders.ok]\ntype=bool\n"

static const char *const cities[] = { "Berlin", "Bonn", "Ulm", "Köln" };

/* Event i is an hour after event i - 1, from 22:00 UTC on, which is midnight in Berlin; each tenth has no city. */
static void
ingest (World *world, int first, int n)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (tide_workspace_get_stream (world->workspace, "orders"));
  g_autoptr (GError) error = NULL;

  for (int i = first; i < first + n; i++)
    {
      const char *city = cities[i % 8 < 4 ? 0 : i % 4];
      TideTime time = at ("2026-06-30T22:00:00Z") + i * TIDE_HOUR;

      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, time);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED, time);
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0, i * 10);
      if (i % 10 != 0)
        tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0 + 1, city, strlen (city));
      tide_batch_builder_set_int (builder, TIDE_COLUMN_FIELD0 + 2, i % 3 == 0);
      tide_batch_builder_end_row (builder, 10);
    }
  g_autoptr (TideBatch) batch = tide_batch_builder_finish (builder);
  TideDelivery delivery = { .source = "test", .batch = batch };
  g_assert_true (tide_writer_push (world->writer, &delivery, NULL, &error));
  g_assert_true (tide_writer_flush (world->writer, &error));
}

static void
profile (World *world)
{
  g_autoptr (GError) error = NULL;
  const TideStream *stream = tide_workspace_get_stream (world->workspace, "orders");

  g_assert_true (tide_profile_run (world->store, world->writer, world->workspace, stream, world->now, NULL, &error));
  g_assert_no_error (error);
}

static GPtrArray *
read_profiles (World *world, bool merged)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (world->store, &error);

  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  GPtrArray *list = tide_store_get_profiles (reader, "orders", 0, TIDE_TIME_MAX, merged, &error);
  g_assert_no_error (error);
  tide_reader_end (reader);
  return list;
}

static void
test_days (void)
{
  g_auto (World) world = { 0 };

  world_init (&world, at ("2026-07-10T00:00:00Z"));
  world_set_workspace (&world, TEXT);
  world_open (&world);
  for (int i = 0; i < 240; i += 30)
    {
      ingest (&world, i, 30);
      profile (&world);
    }
  profile (&world);

  g_autoptr (GPtrArray) days = read_profiles (&world, false), all = read_profiles (&world, true);
  g_assert_cmpuint (days->len, ==, 30);
  const TideProfile *amount = g_ptr_array_index (days, 1), *city = g_ptr_array_index (all, 1);
  g_assert_cmpstr (amount->field, ==, "amount");
  g_assert_cmpint (amount->day, ==, at ("2026-07-01T22:00:00Z"));
  g_assert_cmpint (amount->events, ==, 24);
  g_assert_cmpfloat (amount->quantiles.min, ==, 24);
  g_assert_cmpfloat (amount->quantiles.max, ==, 47);
  g_assert_cmpfloat (fabs (tide_quantiles_get (&amount->quantiles, 0.5) - 35), <, 1);
  g_assert_cmpuint (tide_distinct_get (&amount->distinct), ==, 24);

  g_assert_cmpuint (all->len, ==, 3);
  g_assert_cmpint (city->events, ==, 240);
  g_assert_cmpint (city->nulls, ==, 24);
  g_assert_cmpuint (tide_distinct_get (&city->distinct), ==, 4);
  g_assert_cmpstr (city->top[0].text, ==, "Berlin");
  gint64 counted = 0;
  for (guint i = 0; i < city->n_top; i++)
    counted += city->top[i].count;
  g_assert_cmpint (counted, ==, 216);
  const TideProfile *ok = g_ptr_array_index (all, 2);
  g_assert_cmpstr (ok->top[0].text, ==, "false");
  g_assert_cmpint (ok->top[1].count, ==, 80);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/batch/profile/days", test_days);
  return g_test_run ();
}
