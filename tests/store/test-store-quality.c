/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters of the rules, and what may be done with quarantined events. */
#include "store-fixture.h"

static void
push (TideWriter *writer, GPtrArray *rejected, GPtrArray *quality, GPtrArray *replayed)
{
  g_autoptr (GError) error = NULL;
  TideDelivery delivery = { .source = "shop", .rejected = rejected, .quality = quality, .replayed = replayed };
  g_assert_true (tide_writer_push (writer, &delivery, NULL, &error));
  g_assert_true (tide_writer_flush (writer, &error));
  g_assert_no_error (error);
}

static void
test_counters (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GPtrArray) quality = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_quality_hour_free);
      TideQualityHour *all = tide_quality_hour_new ("orders", NULL, NULL, i * 40 * TIDE_MINUTE);
      all->events = 100;
      all->failed = 2;
      TideQualityHour *rule = tide_quality_hour_new ("orders", "amount", "min", i * 40 * TIDE_MINUTE);
      rule->failed = 2;
      g_ptr_array_add (quality, all);
      g_ptr_array_add (quality, rule);
      push (writer, NULL, quality, NULL);
    }
  g_autoptr (TideReader) reader = fixture_reader (store);
  g_autoptr (GPtrArray) hours = tide_store_get_quality (reader, "orders", 0, TIDE_DAY, &error);
  g_assert_cmpuint (hours->len, ==, 4);
  const TideQualityHour *first = g_ptr_array_index (hours, 0), *second = g_ptr_array_index (hours, 1);
  g_assert_cmpint (first->events, ==, 200);
  g_assert_cmpstr (first->rule, ==, "");
  g_assert_cmpstr (second->field, ==, "amount");
  g_assert_cmpint (second->failed, ==, 4);
  tide_reader_end (reader);
  g_assert_true (tide_quality_retain (writer, TIDE_HOUR, &error));
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_autoptr (GPtrArray) rest = tide_store_get_quality (reader, NULL, 0, TIDE_DAY, &error);
  g_assert_cmpuint (rest->len, ==, 2);
}

static GPtrArray *
make_rejected (void)
{
  GPtrArray *rejected = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_rejected_free);
  static const char *const rules[] = { "amount.min", "amount.min;city.values", ".format", "amount.min-length" };
  for (int i = 0; i < 4; i++)
    {
      TideRejected *one = g_new0 (TideRejected, 1);
      g_autofree char *payload = g_strdup_printf ("{\"amount\":-%d}", i);
      *one = (TideRejected){ .stream = g_strdup ("orders"), .source = g_strdup ("shop"), .partition = 2,
                             .offset = 100 + i, .received = 1000 + i, .time = 7, .key = g_strdup ("k"),
                             .reason = g_strdup ("Amount"), .rules = g_strdup (rules[i]),
                             .payload = g_bytes_new (payload, strlen (payload)) };
      g_ptr_array_add (rejected, one);
    }
  return rejected;
}

static gint64
count (TideReader *reader, const TideQuarantineFilter *filter)
{
  g_autoptr (GError) error = NULL;
  tide_reader_end (reader);
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  gint64 n = tide_store_count_quarantine (reader, filter, &error);
  g_assert_no_error (error);
  return n;
}

/* What is kept of how many there are is what there is. */
static void
check_counts (TideReader *reader)
{
  static const char *const states[] = { "new", "replayed", "discarded" };
  gint64 all = 0;
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      const TideQuarantineFilter kept = { .stream = "orders", .state = states[i] },
                                 counted = { .stream = "orders", .state = states[i], .from = 1 };
      g_assert_cmpint (count (reader, &kept), ==, count (reader, &counted));
      all += count (reader, &kept);
    }
  g_assert_cmpint (count (reader, &(TideQuarantineFilter){ .stream = "orders" }), ==, all);
}

static void
test_quarantine (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  g_autoptr (GPtrArray) rejected = make_rejected ();
  push (writer, rejected, NULL, NULL);
  g_autoptr (TideReader) reader = fixture_reader (store);

  const TideQuarantineFilter min = { .rule = "min" }, city = { .rule = "values", .field = "city" },
                             format = { .rule = "format", .field = "" }, text = { .text = "AMOUNT\":-3" },
                             late = { .from = 1002 }, early = { .to = 1002, .stream = "orders", .source = "shop" };
  g_assert_cmpint (count (reader, &min), ==, 2);
  g_assert_cmpint (count (reader, &city), ==, 1);
  g_assert_cmpint (count (reader, &format), ==, 1);
  g_assert_cmpint (count (reader, &text), ==, 1);
  g_assert_cmpint (count (reader, &late), ==, 2);
  g_assert_cmpint (count (reader, &early), ==, 2);

  gint64 n = 0;
  const TideQuarantineFilter waiting = { .state = "new" }, discarded = { .state = "discarded" };
  g_assert_true (tide_quarantine_discard (writer, &min, false, 5, &n, &error));
  g_assert_cmpint (n, ==, 2);
  g_assert_cmpint (count (reader, &discarded), ==, 2);
  g_assert_true (tide_quarantine_discard (writer, &city, true, 6, &n, &error));
  g_assert_cmpint (n, ==, 1);
  g_assert_cmpint (count (reader, &waiting), ==, 3);

  g_autoptr (GPtrArray) entries = tide_store_list_quarantine (reader, &waiting, 0, 10, &error);
  const TideQuarantined *entry = g_ptr_array_index (entries, 0);
  g_assert_cmpstr (entry->key, ==, "k");
  g_assert_cmpint (entry->time, ==, 7);
  g_assert_false (entry->edited);
  g_autoptr (GBytes) better = g_bytes_new_static ("{}", 2);
  g_assert_true (tide_quarantine_edit (writer, entry->id, better, 8, &error));
  g_assert_false (tide_quarantine_edit (writer, 12345, better, 8, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  tide_reader_end (reader);
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_autoptr (GBytes) original = tide_store_get_quarantine_original (reader, entry->id, &error);
  g_assert_true (g_bytes_equal (original, entry->payload));

  /* One is stored now, one fails for another reason. */
  g_autoptr (GPtrArray) replayed = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_replayed_free);
  for (guint i = 0; i < 2; i++)
    {
      TideReplayed *one = g_new0 (TideReplayed, 1);
      one->id = ((TideQuarantined *) g_ptr_array_index (entries, i))->id;
      one->reason = i == 1 ? g_strdup ("other") : NULL;
      one->rules = i == 1 ? g_strdup ("city.required") : NULL;
      g_ptr_array_add (replayed, one);
    }
  push (writer, NULL, NULL, replayed);
  const TideQuarantineFilter done = { .state = "replayed" }, again = { .rule = "required", .state = "new" };
  g_assert_cmpint (count (reader, &done), ==, 1);
  g_assert_cmpint (count (reader, &again), ==, 1);

  check_counts (reader);
  g_assert_true (tide_quarantine_retain (writer, "orders", 1003, &error));
  const TideQuarantineFilter all = { .id = 0 };
  g_assert_cmpint (count (reader, &all), ==, 1);
  check_counts (reader);
}

/* Thousands at once, taken back by the moment when they went; then the oldest go until it is small enough. */
static void
test_many (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  for (int i = 0; i < 1250; i++)
    {
      g_autoptr (GPtrArray) rejected = make_rejected ();
      push (writer, rejected, NULL, NULL);
    }
  g_autoptr (TideReader) reader = fixture_reader (store);
  const TideQuarantineFilter format = { .rule = "format" }, some = { .ids = "1,5,9" }, waiting = { .state = "new" },
                             went = { .changed = 20 };
  gint64 n = 0;
  g_assert_true (tide_quarantine_discard (writer, &format, false, 10, &n, &error));
  g_assert_cmpint (n, ==, 1250);
  g_assert_true (tide_quarantine_discard (writer, &some, false, 11, &n, &error));
  g_assert_cmpint (n, ==, 3);
  g_assert_true (tide_quarantine_discard (writer, &waiting, false, 20, &n, &error));
  g_assert_cmpint (n, ==, 5000 - 1253);
  g_assert_true (tide_quarantine_discard (writer, &went, true, 21, &n, &error));
  g_assert_cmpint (n, ==, 5000 - 1253);
  g_assert_cmpint (count (reader, &waiting), ==, 5000 - 1253);
  check_counts (reader);
  g_assert_true (tide_quarantine_retain_bytes (writer, 50000, &error));
  tide_reader_end (reader);
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_autoptr (GPtrArray) left = tide_store_list_quarantine (reader, &(TideQuarantineFilter){ .id = 0 }, 0, 5000, &error);
  g_assert_cmpuint (left->len, >, 200);
  g_assert_cmpuint (left->len, <, 400);
  g_assert_cmpint (((TideQuarantined *) g_ptr_array_index (left, 0))->id, ==, 5000);
  check_counts (reader);
}

static void
test_drift (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  static const TideTime first[] = { 100, 300 }, last[] = { 200, 400 };
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_drift_seen_free);
      TideDriftSeen *seen = g_new0 (TideDriftSeen, 1);
      *seen = (TideDriftSeen){ g_strdup ("orders"), g_strdup ("new"), g_strdup ("pay.tip"), first[i], last[i], 5 + i, 64 };
      g_ptr_array_add (list, seen);
      g_assert_true (tide_drift_save (writer, list, 50, &error));
    }
  g_autoptr (TideReader) reader = fixture_reader (store);
  g_autoptr (GPtrArray) list = tide_store_get_drift (reader, &error);
  g_assert_cmpuint (list->len, ==, 1);
  const TideDriftSeen *seen = g_ptr_array_index (list, 0);
  g_assert_cmpint (seen->first_seen, ==, 100);
  g_assert_cmpint (seen->last_seen, ==, 400);
  g_assert_cmpint (seen->seen, ==, 6);
  tide_reader_end (reader);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_assert_true (tide_drift_save (writer, none, 401, &error));
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_autoptr (GPtrArray) rest = tide_store_get_drift (reader, &error);
  g_assert_cmpuint (rest->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/quality/counters", test_counters);
  g_test_add_func ("/store/quality/quarantine", test_quarantine);
  g_test_add_func ("/store/quality/many", test_many);
  g_test_add_func ("/store/quality/drift", test_drift);
  return g_test_run ();
}
