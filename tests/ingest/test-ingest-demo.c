/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The demo: the same events from any position, each exactly once over refusals and restarts. */
#include "fake-host.h"
#include "ingest-demo-world.h"

#include <string.h>

#define DAY0 ((TideTime) 1790000000 * TIDE_SECOND)

static TideStream *
make_stream (bool keep_payload)
{
  GPtrArray *fields = g_ptr_array_new ();
  TideField *amount = tide_field_new ("amount", "payment.amount", TIDE_TYPE_DECIMAL, 2);
  amount->required = true;
  g_ptr_array_add (fields, tide_field_new ("order_id", "order_id", TIDE_TYPE_INT, 0));
  g_ptr_array_add (fields, tide_field_new ("created_at", "created_at", TIDE_TYPE_TIME, 0));
  g_ptr_array_add (fields, amount);
  TideStream *stream = tide_stream_new ("stream", fields, "created_at", "order_id");
  stream->keep_payload = keep_payload;
  return stream;
}

static void
test_rhythm (void)
{
  GRand *rand = g_rand_new_with_seed (fake_seed ());
  for (int n = 0; n < 200; n++)
    {
      TideDemoRhythm rhythm;
      double rate = g_rand_double_range (rand, 0.01, 5000);
      int64_t first = g_rand_int_range (rand, 0, 100000);
      tide_demo_rhythm_init (&rhythm, n % TIDE_DEMO_N_PARTS, rate,
                             DAY0 + g_rand_int_range (rand, -1000000, 1000000) * TIDE_SECOND, first);
      g_assert_cmpint (ABS (tide_demo_rhythm_time (&rhythm, first) - rhythm.start), <=, 2);
      TideTime before = rhythm.start;
      for (int i = 0; i < 50; i++)
        {
          int64_t index = first + (int64_t) i * g_rand_int_range (rand, 1, 1000);
          TideTime time = tide_demo_rhythm_time (&rhythm, index);
          g_assert_cmpint (tide_demo_rhythm_index (&rhythm, time), >, index);
          g_assert_cmpint (tide_demo_rhythm_time (&rhythm, index + 1), >=, time);
          TideTime moment = before + g_rand_int_range (rand, 0, G_MAXINT32);
          int64_t next = tide_demo_rhythm_index (&rhythm, moment);
          g_assert_cmpint (tide_demo_rhythm_time (&rhythm, next), >, moment);
          g_assert_true (next == first || tide_demo_rhythm_time (&rhythm, next - 1) <= moment);
        }
      /* On average over a week the rate is what was asked. */
      int64_t week = tide_demo_rhythm_index (&rhythm, rhythm.start + 7 * TIDE_DAY) - first;
      g_assert_cmpfloat (ABS ((double) week / (7 * 86400) / rate - 1), <, 0.01);
    }
  g_rand_free (rand);
}

static void
count_broken (const TideBroken *broken, void *data)
{
  ++*(guint *) data;
}

/* Orders, payments and deliveries of the same index agree, and about one in 2,000 events is broken. */
static void
test_world (void)
{
  char order[TIDE_DEMO_EVENT_MAX], payment[TIDE_DEMO_EVENT_MAX], again[TIDE_DEMO_EVENT_MAX];
  g_autoptr (TideStreamRef) stream = make_stream (false);
  guint broken = 0;
  g_autoptr (TideDecoder) decoder = tide_decoder_new (stream, "demo", NULL, count_broken, &broken);
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  guint joined = 0, n = 20000;
  for (guint i = 0; i < n; i++)
    {
      TideTime sent = DAY0 + i * TIDE_SECOND;
      gsize len = tide_demo_event (7, TIDE_DEMO_ORDERS, i, sent, order);
      g_assert_cmpuint (tide_demo_event (7, TIDE_DEMO_ORDERS, i, sent, again), ==, len);
      g_assert_cmpmem (order, (int) len, again, (int) len);
      TideEventMeta meta = { .offset = i, .time = TIDE_TIME_NONE, .received = sent };
      uint32_t filtered = 0;
      tide_decoder_decode (decoder, builder, order, len, &meta);
      if (tide_batch_builder_is_full (builder) || i == n - 1)
        tide_batch_unref (tide_decoder_finish (decoder, builder, &filtered, NULL));
      order[len] = '\0';
      len = tide_demo_event (7, TIDE_DEMO_PAYMENTS, i, sent, payment);
      payment[len] = '\0';
      const char *in_order = strstr (order, "\"amount\":"), *in_payment = strstr (payment, "\"amount\":");
      if (in_order != NULL && in_payment != NULL && strchr (in_order, ',') != NULL
          && strncmp (in_order, in_payment, strcspn (in_order, ",")) == 0)
        joined++;
    }
  g_assert_cmpuint (broken, >, 0);
  g_assert_cmpuint (broken, <, 40);
  g_assert_cmpuint (joined, >, n - 60);
}

/* Every part makes well-formed events whose numbers are plain. */
static void
test_parts (void)
{
  char event[TIDE_DEMO_EVENT_MAX];
  for (int part = 0; part < TIDE_DEMO_N_PARTS; part++)
    {
      g_autoptr (GPtrArray) samples = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      for (int i = 0; i < 500; i++)
        {
          gsize len = tide_demo_event (3, part, i, DAY0 + i * TIDE_MINUTE, event);
          g_ptr_array_add (samples, g_bytes_new (event, len));
        }
      g_autoptr (GPtrArray) fields = tide_detect_fields (TIDE_FORMAT_JSON, samples);
      guint times = 0;
      g_assert_cmpuint (fields->len, >=, 7);
      for (guint i = 0; i < fields->len; i++)
        {
          const TideDetectedField *field = g_ptr_array_index (fields, i);
          times += field->looks_like_time;
          g_assert_cmpuint (field->seen, >=, 490);
        }
      g_assert_cmpuint (times, ==, 1);
    }
}

static int
compare_events (gconstpointer a, gconstpointer b)
{
  const FakeEvent *x = *(FakeEvent *const *) a, *y = *(FakeEvent *const *) b;
  int64_t i = x->offset * 4 + x->partition, j = y->offset * 4 + y->partition;
  return (i > j) - (i < j);
}

/* Over refusals and restarts each event comes exactly once, with the bytes that its index has. */
static void
test_resume (void)
{
  guint32 seed = fake_seed ();
  FakeHost *fake = fake_host_new (seed);
  GRand *rand = g_rand_new_with_seed (seed + 1);
  g_autoptr (TideStreamRef) stream = make_stream (true);
  TideTime begin = tide_clock_now (&tide_clock_system) - TIDE_HOUR;
  char begin_text[TIDE_TIME_STR_MAX];
  tide_time_format (begin, begin_text);
  TideSourceDef *def = fake_def_new ("demo", "part", "orders", "seed", "42", "rate", "20000", "begin", begin_text, NULL);
  fake->refuse = 0.02;
  for (guint i = 0; i < 8; i++)
    {
      TideSource *source = tide_source_start ("/nowhere", def, stream, &fake->host, NULL);
      g_assert_true (fake_host_wait (fake, fake_host_count (fake) + (guint) g_rand_int_range (rand, 1, 6000)));
      g_mutex_lock (&fake->lock);
      fake->closed = g_rand_boolean (rand); /* killed, or stopped in peace */
      g_mutex_unlock (&fake->lock);
      tide_source_free (source);
      fake->closed = false;
    }
  g_ptr_array_sort (fake->events, compare_events);
  TideDemoRhythm rhythm;
  tide_demo_rhythm_init (&rhythm, TIDE_DEMO_ORDERS, 20000, begin, 0);
  for (guint i = 0; i < fake->events->len; i++)
    {
      const FakeEvent *event = g_ptr_array_index (fake->events, i);
      char want[TIDE_DEMO_EVENT_MAX];
      gsize len = tide_demo_event (42, TIDE_DEMO_ORDERS, i, tide_demo_rhythm_time (&rhythm, i), want);
      g_assert_cmpint (event->offset * 4 + event->partition, ==, i);
      want[len] = '\0';
      g_assert_cmpstr (event->payload, ==, want);
    }
  g_assert_cmpuint (fake->gaps, ==, 0);
  g_rand_free (rand);
  fake_def_free (def);
  fake_host_free (fake);
}

/* A new rate goes on where the old one was, with the next index. */
static void
test_new_rate (void)
{
  FakeHost *fake = fake_host_new (1);
  g_autoptr (TideStreamRef) stream = make_stream (true);
  const char *rates[] = { "5000", "50" };
  char begin_text[TIDE_TIME_STR_MAX];
  tide_time_format (tide_clock_now (&tide_clock_system) - 10 * TIDE_SECOND, begin_text);
  for (guint i = 0; i < 2; i++)
    {
      TideSourceDef *def = fake_def_new ("demo", "part", "sensors", "rate", rates[i], "begin", begin_text, NULL);
      TideSource *source = tide_source_start ("/nowhere", def, stream, &fake->host, NULL);
      g_assert_true (fake_host_wait (fake, i == 0 ? 49000 : fake_host_count (fake) + 3));
      tide_source_free (source);
      fake_def_free (def);
    }
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < fake->events->len; i++)
    {
      const FakeEvent *event = g_ptr_array_index (fake->events, i);
      int64_t index = event->offset * 2 + event->partition;
      g_assert_cmpint (index, <, fake->events->len);
      g_assert_true (g_hash_table_add (seen, g_memdup2 (&index, sizeof index)));
    }
  fake_host_free (fake);
}

/* A source that connects now and then: what comes meanwhile comes then, each event once, and between it rests. */
static void
test_every (void)
{
  FakeHost *fake = fake_host_new (fake_seed ());
  g_autoptr (TideStreamRef) stream = make_stream (true);
  TideTime begin = tide_clock_now (&tide_clock_system) - TIDE_MINUTE;
  char begin_text[TIDE_TIME_STR_MAX];
  tide_time_format (begin, begin_text);
  TideSourceDef *def = fake_def_new ("demo", "part", "orders", "seed", "42", "rate", "2000", "begin", begin_text, NULL);
  TideSourceStatus status;
  guint rests = 0;
  def->every = TIDE_SECOND;
  TideSource *source = tide_source_start ("/nowhere", def, stream, &fake->host, NULL);
  for (guint n = 0; rests < 3; n = fake_host_count (fake))
    {
      g_assert_true (fake_host_wait (fake, n + 1));
      tide_source_get_status (source, &status);
      bool resting = status.state == TIDE_SOURCE_CONNECTED && status.retry_at != TIDE_TIME_NONE;
      g_assert_true (!resting || (status.retry_at % TIDE_SECOND < TIDE_MS && status.message == NULL));
      rests += resting;
      tide_source_status_clear (&status);
    }
  tide_source_free (source);
  g_ptr_array_sort (fake->events, compare_events);
  g_assert_cmpuint (fake->events->len, >, 1000);
  for (guint i = 0; i < fake->events->len; i++)
    {
      const FakeEvent *event = g_ptr_array_index (fake->events, i);
      g_assert_cmpint (event->offset * 4 + event->partition, ==, i);
    }
  fake_def_free (def);
  fake_host_free (fake);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingest/demo/rhythm", test_rhythm);
  g_test_add_func ("/ingest/demo/world", test_world);
  g_test_add_func ("/ingest/demo/parts", test_parts);
  g_test_add_func ("/ingest/demo/resume", test_resume);
  g_test_add_func ("/ingest/demo/new-rate", test_new_rate);
  g_test_add_func ("/ingest/demo/every", test_every);
  return g_test_run ();
}
