/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs and their history, quarantine and gaps as they are listed, and a run that died with its process. */
#include "store-fixture.h"

static void
test_runs (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  gint64 id = 0, last = 0;
  {
    g_autoptr (TideStore) store = fixture_open (dir);
    g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
    for (int i = 0; i < 5; i++)
      {
        g_assert_true (tide_run_start (writer, i % 2 == 0 ? "rollup:orders" : "nightly", TIDE_TIME_NONE, 100 + i, &id, &error));
        g_assert_cmpint (id, >, last);
        last = id;
        TideRun run = { .id = id, .ended = 200 + i, .status = TIDE_RUN_FAILED, .cut = 7, .rows = 8, .cpu_us = 9, .error = (char *) "why" };
        g_assert_true (tide_run_finish (writer, &run, &error));
      }
    const TideTime due[] = { 150, 155 };
    g_assert_true (tide_run_record_missed (writer, "nightly", due, 2, 160, &error));
    g_assert_true (tide_run_start (writer, "nightly", 300, 301, &id, &error));
  }
  /* The process died with the last one under way. */
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (TideReader) reader = fixture_reader (store);
  g_autoptr (GPtrArray) runs = tide_store_get_runs (reader, NULL, TIDE_TIME_NONE, 100, &error);
  g_assert_cmpuint (runs->len, ==, 8);
  const TideRun *died = g_ptr_array_index (runs, 0), *missed = g_ptr_array_index (runs, 1), *failed = g_ptr_array_index (runs, 3);
  g_assert_cmpint (died->status, ==, TIDE_RUN_FAILED);
  g_assert_nonnull (died->error);
  g_assert_cmpint (died->due, ==, 300);
  g_assert_cmpint (missed->status, ==, TIDE_RUN_MISSED);
  g_assert_cmpint (missed->due, ==, 155);
  g_assert_cmpint (failed->due, ==, TIDE_TIME_NONE);
  g_assert_cmpint (failed->started, ==, 104);
  g_assert_cmpint (failed->ended, ==, 204);
  g_assert_cmpint (failed->cut + failed->rows + failed->cpu_us, ==, 24);
  g_assert_cmpstr (failed->error, ==, "why");
  g_autoptr (GPtrArray) some = tide_store_get_runs (reader, "nightly", 103, 2, &error);
  g_assert_cmpuint (some->len, ==, 2);
  g_assert_cmpstr (((TideRun *) g_ptr_array_index (some, 1))->name, ==, "nightly");
}

/* Known for as long as its text is the same; forgotten when it is switched off. */
static void
test_schedules (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  TideTime since = 0, due = 0;
  g_assert_true (tide_run_know_schedule (writer, "nightly", "0 2 * * * UTC", 100, &since, &error));
  g_assert_cmpint (since, ==, 100);
  g_assert_true (tide_run_know_schedule (writer, "nightly", "0 2 * * * UTC", 200, &since, &error));
  g_assert_cmpint (since, ==, 100);
  g_assert_true (tide_run_know_schedule (writer, "nightly", "0 2 * * * Europe/Paris", 300, &since, &error));
  g_assert_cmpint (since, ==, 300);
  g_assert_true (tide_run_know_schedule (writer, "nightly", NULL, 400, &since, &error));
  g_assert_true (tide_run_know_schedule (writer, "nightly", "0 2 * * * Europe/Paris", 500, &since, &error));
  g_assert_cmpint (since, ==, 500);
  const TideTime missed[] = { 600, 700 };
  gint64 id = 0;
  g_assert_true (tide_run_record_missed (writer, "nightly", missed, 2, 800, &error));
  g_assert_true (tide_run_start (writer, "nightly", TIDE_TIME_NONE, 900, &id, &error));
  g_autoptr (TideReader) reader = fixture_reader (store);
  g_assert_true (tide_store_get_last_due (reader, "nightly", &due, &error));
  g_assert_cmpint (due, ==, 700);
  g_assert_true (tide_store_get_last_due (reader, "weekly", &due, &error));
  g_assert_cmpint (due, ==, TIDE_TIME_NONE);
}

static void
test_quarantine_and_gaps (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  GPtrArray *rejected = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_rejected_free);
  GPtrArray *gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_gap_free);
  for (int i = 0; i < 10; i++)
    {
      TideRejected *one = g_new0 (TideRejected, 1);
      *one = (TideRejected){ .stream = g_strdup (i < 6 ? "orders" : "payments"), .source = g_strdup ("shop"),
                             .partition = 2, .offset = 100 + i, .received = 1000 + i, .time = TIDE_TIME_NONE,
                             .reason = g_strdup ("amount is missing"), .rules = g_strdup ("amount.required"),
                             .payload = i == 5 ? NULL : g_bytes_new ("{}\0x", 4) };
      g_ptr_array_add (rejected, one);
      TideGap *gap = g_new0 (TideGap, 1);
      *gap = (TideGap){ g_strdup (i < 6 ? "shop" : "other"), 2, i, i + 1, 1000 + i, g_strdup ("retention") };
      g_ptr_array_add (gaps, gap);
    }
  TideDelivery delivery = { .source = "shop", .rejected = rejected, .gaps = gaps };
  g_assert_true (tide_writer_push (writer, &delivery, NULL, &error));
  g_assert_true (tide_writer_flush (writer, &error));
  g_ptr_array_unref (rejected);
  g_ptr_array_unref (gaps);

  g_autoptr (TideReader) reader = fixture_reader (store);
  const TideQuarantineFilter all = { .id = 0 }, orders = { .stream = "orders" };
  g_assert_cmpint (tide_store_count_quarantine (reader, &all, &error), ==, 10);
  g_assert_cmpint (tide_store_count_quarantine (reader, &orders, &error), ==, 6);
  g_autoptr (GPtrArray) entries = tide_store_list_quarantine (reader, &orders, 0, 4, &error);
  g_assert_cmpuint (entries->len, ==, 4);
  const TideQuarantined *first = g_ptr_array_index (entries, 0), *last = g_ptr_array_index (entries, 3);
  g_assert_cmpint (first->received, ==, 1005);
  g_assert_null (first->payload);
  g_assert_cmpstr (first->state, ==, "new");
  g_assert_cmpuint (g_bytes_get_size (last->payload), ==, 4);
  g_autoptr (GPtrArray) rest = tide_store_list_quarantine (reader, &orders, last->id, 100, &error);
  g_assert_cmpuint (rest->len, ==, 2);
  g_autoptr (GPtrArray) found = tide_store_get_gaps (reader, "shop", 1003, 100, &error);
  g_assert_cmpuint (found->len, ==, 3);
  g_assert_cmpint (((TideGap *) g_ptr_array_index (found, 0))->from, ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/record/runs", test_runs);
  g_test_add_func ("/store/record/schedules", test_schedules);
  g_test_add_func ("/store/record/quarantine-and-gaps", test_quarantine_and_gaps);
  return g_test_run ();
}
