/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all sources have in common: status, stop, back-off, a changed stream, back-pressure. And Test connection. */
#include "fake-host.h"

#include <glib/gstdio.h>
#include <string.h>

#define DEADLINE_MS 20000

static TideStream *
make_stream (const char *filter)
{
  GPtrArray *fields = g_ptr_array_new ();
  g_ptr_array_add (fields, tide_field_new ("order_id", "order_id", TIDE_TYPE_INT, 0));
  g_ptr_array_add (fields, tide_field_new ("created_at", "created_at", TIDE_TYPE_TIME, 0));
  g_ptr_array_add (fields, tide_field_new ("city", "city", TIDE_TYPE_TEXT, 0));
  TideStream *stream = tide_stream_new ("stream", fields, "created_at", "order_id");
  stream->lateness = 5 * TIDE_SECOND;
  if (filter != NULL)
    stream->filter = tide_predicate_new (filter, stream, NULL);
  return stream;
}

static TideSourceDef *
make_def (const char *rate)
{
  char begin[TIDE_TIME_STR_MAX];
  tide_time_format (tide_clock_now (&tide_clock_system) - TIDE_HOUR, begin);
  return fake_def_new ("demo", "part", "orders", "rate", rate, "begin", begin, NULL);
}

static void
test_status (void)
{
  FakeHost *fake = fake_host_new (1);
  g_autoptr (TideStreamRef) stream = make_stream (NULL);
  TideSourceDef *def = make_def ("20");
  TideSource *source = tide_source_start ("/nowhere", def, stream, &fake->host, NULL);
  g_assert_cmpstr (tide_source_get_name (source), ==, "source");
  g_assert_true (fake_host_wait (fake, 5000));
  TideSourceStatus status = { 0 };
  for (int i = 0; i < DEADLINE_MS / 5 && !(status.events_per_s > 0); i++)
    {
      tide_source_status_clear (&status);
      g_usleep (5000);
      tide_source_get_status (source, &status);
    }
  g_assert_cmpfloat (status.events_per_s, >, 100);
  tide_source_status_clear (&status);
  tide_source_stop (source);
  tide_source_join (source);
  tide_source_get_status (source, &status);
  g_assert_cmpuint (status.events + status.quarantined, ==, fake->events->len);
  g_assert_cmpuint (status.bytes, >, status.events * 100);
  g_assert_cmpuint (status.late, >, status.events / 200);
  g_assert_cmpuint (status.late, <, status.events / 20);
  g_assert_cmpuint (status.partitions, ==, 4);
  g_assert_cmpint (status.cpu_us, >, 0);
  g_assert_cmpint (status.newest, >, tide_clock_now (&tide_clock_system) - 2 * TIDE_HOUR);
  g_assert_nonnull (status.drift);
  g_assert_cmpuint (status.drift->len, >, 0);
  tide_source_status_clear (&status);
  tide_source_free (source);
  fake_def_free (def);
  fake_host_free (fake);
}

/* While the store refuses, the source says so; afterwards nothing is missing or doubled (test-ingest-demo). */
static void
test_refused (void)
{
  FakeHost *fake = fake_host_new (1);
  g_autoptr (TideStreamRef) stream = make_stream (NULL);
  TideSourceDef *def = make_def ("20");
  fake->closed = true;
  TideSource *source = tide_source_start ("/nowhere", def, stream, &fake->host, NULL);
  TideSourceStatus status = { 0 };
  for (int i = 0; i < DEADLINE_MS / 5 && status.state != TIDE_SOURCE_STOPPED; i++)
    {
      tide_source_status_clear (&status);
      g_usleep (5000);
      tide_source_get_status (source, &status);
    }
  g_assert_cmpint (status.state, ==, TIDE_SOURCE_STOPPED);
  g_assert_cmpstr (status.message, ==, "the disk is full");
  g_assert_cmpint (status.retry_at, >, status.since);
  g_assert_cmpuint (status.events, ==, 0);
  tide_source_status_clear (&status);
  g_mutex_lock (&fake->lock);
  fake->closed = false;
  g_mutex_unlock (&fake->lock);
  g_assert_true (fake_host_wait (fake, 1000));
  int64_t before_us = g_get_monotonic_time ();
  tide_source_free (source);
  g_assert_cmpint (g_get_monotonic_time () - before_us, <, DEADLINE_MS * 1000);
  fake_def_free (def);
  fake_host_free (fake);
}

/* A source that fails says what to do, is tried again, and stops at once all the same. */
static void
test_failed (void)
{
  FakeHost *fake = fake_host_new (1);
  g_autoptr (TideStreamRef) stream = make_stream (NULL);
  TideSourceDef *def = fake_def_new ("file", "path", "missing.json", "follow", "false", NULL);
  TideSource *source = tide_source_start (g_get_tmp_dir (), def, stream, &fake->host, NULL);
  TideSourceStatus status = { 0 };
  for (int i = 0; i < DEADLINE_MS / 5 && status.state != TIDE_SOURCE_FAILED; i++)
    {
      tide_source_status_clear (&status);
      g_usleep (5000);
      tide_source_get_status (source, &status);
    }
  g_assert_cmpint (status.state, ==, TIDE_SOURCE_FAILED);
  g_assert_nonnull (strstr (status.message, "missing.json"));
  tide_source_status_clear (&status);
  int64_t before_us = g_get_monotonic_time ();
  tide_source_free (source);
  g_assert_cmpint (g_get_monotonic_time () - before_us, <, DEADLINE_MS * 1000);
  fake_def_free (def);
  fake_host_free (fake);
}

/* A filter that comes while the source runs holds from the next batch on; positions go on without a hole. */
static void
test_set_stream (void)
{
  FakeHost *fake = fake_host_new (1);
  g_autoptr (TideStreamRef) stream = make_stream (NULL), filtered = make_stream ("city = 'Berlin'");
  TideSourceDef *def = make_def ("20000");
  TideSource *source = tide_source_start ("/nowhere", def, stream, &fake->host, NULL);
  g_assert_true (fake_host_wait (fake, 10000));
  tide_source_set_stream (source, filtered);
  TideSourceStatus status = { 0 };
  for (int i = 0; i < 2000 && status.filtered < 5000; i++)
    {
      tide_source_status_clear (&status);
      g_usleep (1000);
      tide_source_get_status (source, &status);
    }
  tide_source_status_clear (&status);
  tide_source_stop (source);
  tide_source_join (source);
  tide_source_get_status (source, &status);
  int64_t sum = 0;
  for (guint i = 0; i < fake->positions->len; i++)
    sum += g_array_index (fake->positions, TidePosition, i).offset;
  g_assert_cmpuint (status.filtered, >, 0);
  g_assert_cmpuint (status.events + status.quarantined, ==, fake->events->len);
  g_assert_cmpint ((int64_t) (status.events + status.quarantined + status.filtered), ==, sum);
  tide_source_status_clear (&status);
  tide_source_free (source);
  fake_def_free (def);
  fake_host_free (fake);
}

/* A kind that loses its connection after each ten events, and says where it was told to go on. */
static guint attempts;
static int64_t resumed_at[8];

static bool
flaky_run (TideSourceRun *run, GError **error)
{
  g_autoptr (GArray) positions = tide_source_run_get_positions (run, error);
  if (positions == NULL)
    return false;
  int64_t at = positions->len == 0 ? 0 : g_array_index (positions, TidePosition, 0).offset;
  guint attempt = attempts++;
  resumed_at[attempt] = at;
  for (int i = 0; i < 10; i++)
    {
      char json[100];
      TideEventMeta meta = { .offset = at, .time = TIDE_TIME_NONE, .received = tide_clock_now (&tide_clock_system) };
      int len = g_snprintf (json, sizeof json, "{\"created_at\":1700000000,\"order_id\":%d}", (int) at++);
      if (!tide_source_run_event (run, json, (gsize) len, &meta, at, error))
        return false;
    }
  if (attempt == 3)
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_NETWORK, "the other side is away");
  return false;
}

typedef struct
{
  FakeHost *fake;
  guint asked, pushed;
} SlowStore;

static bool
slow_deliver (const TideDelivery *delivery, GCancellable *cancellable, void *data, GError **error)
{
  SlowStore *store = data;
  /* The third one is refused, and nothing of the second was committed: it is dropped. */
  if (++store->pushed == 2)
    return true;
  if (store->pushed == 3)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FULL, "the disk is full");
      return false;
    }
  return store->fake->host.deliver (delivery, cancellable, store->fake, error);
}

static GArray *
slow_positions (const char *source, void *data, GError **error)
{
  SlowStore *store = data;
  store->asked++;
  return store->fake->host.positions (source, store->fake, error);
}

/* After a lost connection it goes on after what was delivered; the store is asked again only when it refused, and what
 * it dropped comes once more. */
static void
test_positions (void)
{
  SlowStore store = { .fake = fake_host_new (1) };
  TideSourceHost host = { .deliver = slow_deliver, .positions = slow_positions, .data = &store };
  TideSourceDef *def = make_def ("1");
  g_autoptr (TideStreamRef) stream = make_stream (NULL);
  TideSourceClass kind = { .spec = { .kind = "flaky" }, .run = flaky_run };
  TideSourceRun *run = tide_source_run_new (&kind, "/nowhere", def, stream, &host, NULL);
  TideThread role = tide_thread_get_role ();
  tide_thread_set_role (TIDE_THREAD_SOURCE);
  tide_source_run_main (run);
  tide_thread_set_role (role);
  g_assert_cmpuint (attempts, ==, 4);
  g_assert_cmpint (resumed_at[0], ==, 0);
  g_assert_cmpint (resumed_at[1], ==, 10);
  g_assert_cmpint (resumed_at[2], ==, 20); /* delivered, though not committed */
  g_assert_cmpint (resumed_at[3], ==, 10); /* refused: as committed */
  g_assert_cmpuint (store.asked, ==, 3); /* and once whether all is committed */
  g_assert_cmpuint (store.fake->events->len, ==, 20);
  TideSourceStatus status;
  tide_source_run_get_status (run, &status);
  g_assert_cmpint (status.state, ==, TIDE_SOURCE_DONE);
  tide_source_status_clear (&status);
  tide_source_run_free (run);
  fake_def_free (def);
  fake_host_free (store.fake);
}

static gpointer
run_thread (gpointer run)
{
  tide_thread_set_role (TIDE_THREAD_SOURCE);
  tide_source_run_main (run);
  return NULL;
}

/* A kind that has ten events and no more; it goes on looking, or is done. */
static bool ten_is_done;

static bool
ten_run (TideSourceRun *run, GError **error)
{
  g_autoptr (GArray) positions = tide_source_run_get_positions (run, error);
  if (positions == NULL)
    return false;
  for (int64_t at = positions->len == 0 ? 0 : g_array_index (positions, TidePosition, 0).offset; at < 10;)
    {
      char json[100];
      TideEventMeta meta = { .offset = at, .time = TIDE_TIME_NONE, .received = tide_clock_now (&tide_clock_system) };
      int len = g_snprintf (json, sizeof json, "{\"created_at\":1700000000,\"order_id\":%d}", (int) at++);
      if (!tide_source_run_event (run, json, (gsize) len, &meta, at, error))
        return false;
    }
  while (!ten_is_done && tide_source_run_wait (run, g_get_monotonic_time () + 1000))
    if (!tide_source_run_tick (run, false, error))
      return false;
  return true;
}

/* Takes all, and commits nothing of the first delivery. */
static bool
forgetful_deliver (const TideDelivery *delivery, GCancellable *cancellable, void *data, GError **error)
{
  SlowStore *store = data;
  return g_atomic_int_add (&store->pushed, 1) == 0 || store->fake->host.deliver (delivery, cancellable, store->fake, error);
}

/* What was dropped after the last event comes again, though nothing new comes that could be refused. */
static void
test_resume (void)
{
  SlowStore store = { .fake = fake_host_new (1) };
  TideSourceHost host = { .deliver = forgetful_deliver, .positions = slow_positions, .data = &store };
  TideSourceClass kind = { .spec = { .kind = "ten" }, .run = ten_run };
  for (int done = 0; done < 2; done++)
    {
      TideSourceDef *def = make_def ("1");
      g_autoptr (TideStreamRef) stream = make_stream (NULL);
      TideSourceRun *run = tide_source_run_new (&kind, "/nowhere", def, stream, &host, NULL);
      ten_is_done = done == 1;
      store.pushed = 0;
      g_ptr_array_set_size (store.fake->events, 0);
      g_array_set_size (store.fake->positions, 0);
      GThread *thread = g_thread_new ("source", run_thread, run);
      if (!ten_is_done)
        {
          while (g_atomic_int_get (&store.pushed) == 0)
            g_usleep (1000);
          tide_source_run_resume (run);
        }
      g_assert_true (fake_host_wait (store.fake, 10));
      tide_source_run_stop (run);
      g_thread_join (thread);
      g_assert_cmpuint (store.fake->events->len, ==, 10);
      tide_source_run_free (run);
      fake_def_free (def);
    }
  fake_host_free (store.fake);
}

typedef struct
{
  GPtrArray *titles;
  guint samples, failed;
} Heard;

static void
hear_step (TideProbeStep *step, void *data)
{
  Heard *heard = data;
  heard->failed += step->state == TIDE_STEP_FAILED;
  g_ptr_array_add (heard->titles, g_strdup (step->title));
  tide_probe_step_free (step);
}

static void
hear_sample (GBytes *payload, const TideEventMeta *meta, void *data)
{
  Heard *heard = data;
  heard->samples++;
}

static void
probe (const char *dir, TideSourceDef *def, const TideStream *stream, Heard *heard)
{
  heard->titles = g_ptr_array_new_with_free_func (g_free);
  heard->samples = heard->failed = 0;
  TideProbe request = { .dir = dir, .def = def, .stream = stream, .max_samples = 100, .step = hear_step,
                        .sample = hear_sample, .data = heard };
  tide_source_probe (&request);
}

static void
test_probe (void)
{
  g_autoptr (TideStreamRef) stream = make_stream (NULL);
  g_autofree char *dir = g_dir_make_tmp ("tide-probe-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "a.csv", NULL);
  TideStream *csv = make_stream (NULL);
  csv->format = TIDE_FORMAT_CSV;
  Heard heard;

  TideSourceDef *def = make_def ("20");
  probe (dir, def, stream, &heard);
  g_assert_cmpuint (heard.samples, ==, 100);
  g_assert_cmpuint (heard.failed, ==, 0);
  g_assert_cmpstr (heard.titles->pdata[heard.titles->len - 1], ==, "Decoded 100 of 100 sample events");
  g_ptr_array_unref (heard.titles);
  fake_def_free (def);

  def = fake_def_new ("file", "path", "a.csv", NULL);
  probe (dir, def, csv, &heard);
  g_assert_cmpuint (heard.failed, ==, 1);
  g_ptr_array_unref (heard.titles);

  const char *text = "order_id,created_at,city\n1,2026-01-01T00:00:00Z,\"a\nb\"\nx,2026-01-01T00:00:00Z,c\n";
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  probe (dir, def, csv, &heard);
  g_assert_cmpuint (heard.samples, ==, 3);
  g_assert_cmpuint (heard.failed, ==, 0);
  g_assert_cmpstr (heard.titles->pdata[heard.titles->len - 1], ==, "Decoded 1 of 2 sample events");
  g_ptr_array_unref (heard.titles);
  fake_def_free (def);
  tide_stream_unref (csv);
  g_unlink (path);
  g_rmdir (dir);
}

/* Rejects more than a delivery may hold, in events of 300 kB. */
static bool
broken_run (TideSourceRun *run, GError **error)
{
  g_autofree char *text = g_strnfill (300 * 1024, 'x');
  for (int64_t at = 0; at < 40;)
    {
      TideEventMeta meta = { .offset = at, .time = TIDE_TIME_NONE, .received = tide_clock_now (&tide_clock_system) };
      if (!tide_source_run_event (run, text, 300 * 1024, &meta, ++at, error))
        return false;
    }
  return true;
}

static gsize most_rejected;

static bool
measure_rejected (const TideDelivery *delivery, GCancellable *cancellable, void *data, GError **error)
{
  FakeHost *fake = data;
  gsize bytes = 0;
  for (guint i = 0; delivery->rejected != NULL && i < delivery->rejected->len; i++)
    bytes += g_bytes_get_size (((TideRejected *) g_ptr_array_index (delivery->rejected, i))->payload);
  most_rejected = MAX (most_rejected, bytes);
  return fake->host.deliver (delivery, cancellable, fake, error);
}

static GArray *
fake_positions (const char *source, void *data, GError **error)
{
  return ((FakeHost *) data)->host.positions (source, data, error);
}

/* What goes to quarantine is handed over before it is much, however little else there is. */
static void
test_rejected_bytes (void)
{
  FakeHost *fake = fake_host_new (1);
  TideSourceHost host = { .deliver = measure_rejected, .positions = fake_positions, .data = fake };
  TideSourceDef *def = make_def ("1");
  g_autoptr (TideStreamRef) stream = make_stream (NULL);
  TideSourceClass kind = { .spec = { .kind = "broken" }, .run = broken_run };
  TideSourceRun *run = tide_source_run_new (&kind, "/nowhere", def, stream, &host, NULL);
  TideThread role = tide_thread_get_role ();
  tide_thread_set_role (TIDE_THREAD_SOURCE);
  tide_source_run_main (run);
  tide_thread_set_role (role);
  g_assert_cmpuint (fake->events->len, ==, 40);
  g_assert_cmpuint (most_rejected, <, 2 * 1024 * 1024);
  tide_source_run_free (run);
  fake_def_free (def);
  fake_host_free (fake);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingest/source-run/status", test_status);
  g_test_add_func ("/ingest/source-run/refused", test_refused);
  g_test_add_func ("/ingest/source-run/failed", test_failed);
  g_test_add_func ("/ingest/source-run/set-stream", test_set_stream);
  g_test_add_func ("/ingest/source-run/positions", test_positions);
  g_test_add_func ("/ingest/source-run/resume", test_resume);
  g_test_add_func ("/ingest/source-run/rejected-bytes", test_rejected_bytes);
  g_test_add_func ("/ingest/probe", test_probe);
  return g_test_run ();
}
