/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What five rules of quality cost an event: the same events are decoded with and without them, in turn, and the least of
 * each is taken, since other work of the machine only adds. */
#include "bench-private.h"

#define EVENTS 400000
#define TURNS 5

static const char plain[] = "[workspace]\nversion=1\nname=Benchmark\n\n[stream events]\nformat=json\ntime=ts\n\n"
                            "[field events.id]\ntype=int\n\n[field events.ts]\ntype=time\n\n"
                            "[field events.ok]\ntype=bool\n\n[field events.ms]\ntype=int\n\n";
static const char without[] = "[field events.type]\ntype=text\n\n[field events.user]\ntype=text\n\n"
                              "[field events.city]\ntype=text\n\n[field events.amount]\ntype=decimal(2)\n\n";
static const char with[]
    = "[field events.type]\ntype=text\nvalues=view,click,search,cart,order,payment,refund,support\n\n"
      "[field events.user]\ntype=text\npattern=^[a-z]+-?[0-9]+$\n\n[field events.city]\ntype=text\nmax-length=20\n\n"
      "[field events.amount]\ntype=decimal(2)\nmin=-1000000\nmax=1000000\n\n";

typedef struct
{
  TideDecoder *decoder;
  TideBatchBuilder *builder;
  uint64_t broken, stored;
} Decoding;

static void
count_broken (const TideBroken *broken, void *data)
{
  ((Decoding *) data)->broken++;
}

static void
finish (Decoding *decoding)
{
  uint32_t filtered = 0;
  g_autoptr (TideBatch) batch = tide_decoder_finish (decoding->decoder, decoding->builder, &filtered, NULL);
  g_autoptr (GPtrArray) quality = tide_decoder_take_quality (decoding->decoder);

  decoding->stored += batch != NULL ? batch->n : 0;
}

/* Nanoseconds of CPU an event; what making the events costs is left out. */
static double
decode (const char *fields, uint64_t n, Decoding *decoding)
{
  g_autofree char *text = g_strconcat (plain, fields, NULL);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, text, tide_pipeline_catalog (), NULL);
  const TideStream *stream = tide_workspace_get_stream (workspace, "events");
  int64_t cpu_ns = 0;

  *decoding = (Decoding){ .decoder = tide_decoder_new (stream, "bench", NULL, count_broken, decoding),
                          .builder = tide_batch_builder_new (stream) };
  for (uint64_t from = 0; from < n; from += TIDE_BATCH_MAX_EVENTS)
    {
      uint64_t few = MIN (n - from, TIDE_BATCH_MAX_EVENTS);
      g_autofree char *events = g_malloc (few * 256);
      g_autofree gsize *lengths = g_new (gsize, few);
      TideBenchEvent event;
      int64_t start_ns;

      for (uint64_t i = 0; i < few; i++)
        {
          tide_bench_event (from + i, &event);
          lengths[i] = tide_bench_event_json (&event, events + i * 256);
        }
      start_ns = tide_thread_cpu_ns ();
      for (uint64_t i = 0; i < few; i++)
        {
          TideEventMeta meta = { .offset = (int64_t) (from + i), .time = TIDE_TIME_NONE, .received = event.time };

          tide_decoder_decode (decoding->decoder, decoding->builder, events + i * 256, lengths[i], &meta);
        }
      finish (decoding);
      cpu_ns += tide_thread_cpu_ns () - start_ns;
    }
  tide_batch_builder_free (decoding->builder);
  tide_decoder_free (decoding->decoder);
  return (double) cpu_ns / (double) n;
}

static bool
run (TideBenchRun *run, GError **error)
{
  uint64_t n = MIN (tide_bench_get_events (run, EVENTS), EVENTS);
  double least_without = INFINITY, least_with = INFINITY;
  Decoding decoding;

  for (int turn = 0; turn < TURNS; turn++)
    {
      least_without = MIN (least_without, decode (without, n, &decoding));
      least_with = MIN (least_with, decode (with, n, &decoding));
      if (decoding.broken > 0 || decoding.stored != n)
        return tide_bench_differs ("the number of events", "", "", error);
    }
  tide_bench_report (run, &(TideBenchRow){ .name = "quality-rules", .value = MAX (least_with - least_without, 0),
                                           .unit = "ns CPU an event for five rules", .peer = "the event without rules",
                                           .peer_value = least_without, .goal = 100, .goal_of_value = true });
  return true;
}

const TideBench tide_bench_quality = { { "quality", "what five rules cost an event" }, run };
