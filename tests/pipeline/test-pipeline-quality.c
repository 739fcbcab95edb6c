/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema drift and rules of streams in a pipeline that runs: a new field is added with one call, the file keeps its
 * comments, and since when the schema drifted outlives a restart. */
#include "pipeline-fixture.h"

static char *runtime;

#define TEXT "# Mine.\n" BASE_TEXT
#define RULES "[stream sensors]\nformat=json\n# Mine too.\nfreshness=30d\nmax-volume=0/1d\ndrift=true\nseverity.drift=warn\n"

/* The drift of @path, the caller's; events come until it is seen. */
static TideDrift *
wait_drift (TidePipeline *pipeline, const char *path)
{
  gint64 until = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (g_get_monotonic_time () < until)
    {
      TideStatus *status = tide_pipeline_get_status (pipeline);
      GPtrArray *drift = status != NULL && status->n_sources > 0 ? status->sources[0].status.drift : NULL;
      TideDrift *found = NULL;

      for (guint i = 0; drift != NULL && i < drift->len && found == NULL; i++)
        if (strcmp (((TideDrift *) g_ptr_array_index (drift, i))->path, path) == 0)
          found = tide_drift_copy (g_ptr_array_index (drift, i));
      tide_status_unref (status);
      if (found != NULL)
        return found;
      wait_events (pipeline, 10);
    }
  g_error ("no drift of %s was seen", path);
}

static gint64
count (TidePipeline *pipeline, const char *rule, gint64 *ret_failed, gint64 *ret_warned)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), &error);
  gint64 events = 0;

  *ret_failed = *ret_warned = 0;
  g_assert_true (tide_reader_begin (reader, 0, NULL, &error));
  g_autoptr (GPtrArray) hours = tide_store_get_quality (reader, "sensors", 0, TIDE_TIME_MAX, &error);
  g_assert_no_error (error);
  tide_reader_end (reader);
  for (guint i = 0; i < hours->len; i++)
    {
      const TideQualityHour *hour = g_ptr_array_index (hours, i);

      if (strcmp (hour->rule, rule) != 0 || *hour->field != '\0')
        continue;
      events += hour->events;
      *ret_failed += hour->failed;
      *ret_warned += hour->warned;
    }
  return events;
}

static void
test_drift (void)
{
  g_autoptr (FixtureDir) dir = fixture_new (TEXT);
  g_autofree char *path = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL), *text = NULL;
  g_autoptr (GError) error = NULL;
  TidePipeline *pipeline = fixture_open (dir, TIDE_PIPELINE_RUN);
  TideDrift *drift = wait_drift (pipeline, "humidity"), *again;

  g_assert_cmpint (drift->kind, ==, TIDE_DRIFT_NEW);
  g_assert_cmpuint (drift->sampled, >=, drift->count);
  g_assert_true (tide_pipeline_look_at_streams (pipeline, &error));
  g_assert_no_error (error);
  fixture_close (pipeline);

  pipeline = fixture_open (dir, TIDE_PIPELINE_RUN);
  again = wait_drift (pipeline, "humidity");
  g_assert_cmpint (again->first_seen, ==, drift->first_seen);
  g_assert_true (tide_pipeline_add_field (pipeline, "sensors", again, &error));
  g_assert_no_error (error);
  g_assert_false (tide_pipeline_add_field (pipeline, "nowhere", again, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "# Mine.\n"));
  g_assert_nonnull (strstr (text, "[field sensors.humidity]\ntype="));
  fixture_close (pipeline);
  tide_drift_free (drift);
  tide_drift_free (again);
}

static void
test_stream_rules (void)
{
  g_auto (GStrv) halves = g_strsplit (TEXT, "[stream sensors]\nformat=json\n", 2);
  g_autofree char *text = g_strconcat (halves[0], RULES, halves[1], NULL);
  g_autoptr (FixtureDir) dir = fixture_new (text);
  g_autoptr (GError) error = NULL;
  TidePipeline *pipeline = fixture_open (dir, TIDE_PIPELINE_RUN);
  gint64 failed, warned;

  tide_drift_free (wait_drift (pipeline, "humidity"));
  g_assert_true (tide_pipeline_look_at_streams (pipeline, &error));
  g_assert_no_error (error);
  g_assert_cmpint (count (pipeline, "freshness", &failed, &warned), ==, 1);
  g_assert_cmpint (failed + warned, ==, 0);
  g_assert_cmpint (count (pipeline, "drift", &failed, &warned), ==, 1);
  g_assert_cmpint (failed, ==, 0);
  g_assert_cmpint (warned, ==, 1);
  /* For less than a day nothing is known of a day. */
  g_assert_cmpint (count (pipeline, "max-volume", &failed, &warned), ==, 0);
  fixture_close (pipeline);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = fixture_set_runtime ();
  g_test_add_func ("/pipeline/quality/drift", test_drift);
  g_test_add_func ("/pipeline/quality/stream-rules", test_stream_rules);
  status = g_test_run ();
  fixture_dir_free (runtime);
  return status;
}
