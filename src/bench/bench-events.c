/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The events that every benchmark and every peer gets. Event i is a pure function of i: skewed users, types and
 * cities, amounts and times that do not compress well, so that sizes are no better than those of real streams. */
#include "bench-private.h"

#include <stdio.h>
#include <string.h>

#define BASE_TIME (INT64_C (1767225600) * TIDE_SECOND) /* 2026-01-01T00:00:00Z */
#define RECEIVED_RUN 256 /* events that a poll brings */

const char tide_bench_stream_conf[]
    = "[stream events]\nformat=json\ntime=ts\n\n[field events.id]\ntype=int\nrequired=true\n\n"
      "[field events.ts]\ntype=time\nrequired=true\n\n[field events.type]\ntype=text\n\n"
      "[field events.user]\ntype=text\n\n[field events.city]\ntype=text\n\n[field events.amount]\ntype=decimal(2)\n\n"
      "[field events.ms]\ntype=int\nmin=0\n\n[field events.ok]\ntype=bool\n\n";

const char tide_bench_metrics_conf[]
    = "[live]\nhorizon=1h\n\n"
      "[metric events]\nstream=events\naggregate=count\nevery=1min\n\n"
      "[metric amount]\nstream=events\naggregate=sum(amount)\nby=city\nevery=1min\n\n"
      "[metric slowest]\nstream=events\naggregate=max(ms)\nby=type\nevery=1min\n\n"
      "[metric typical]\nstream=events\naggregate=p95(ms)\nby=type\nevery=1min\n\n"
      "[metric orders]\nstream=events\naggregate=count\nwhere=type = 'order'\nby=user\nevery=1min\n";

enum
{
  FIELD_ID = TIDE_COLUMN_FIELD0,
  FIELD_TS,
  FIELD_TYPE,
  FIELD_USER,
  FIELD_CITY,
  FIELD_AMOUNT,
  FIELD_MS,
  FIELD_OK,
};

static const char *const types[] = { "view", "click", "search", "cart", "order", "payment", "refund", "support" };
static const char *const cities[] = { "Berlin", "Hamburg", "Munich",  "Cologne",  "Vienna", "Graz",  "Zurich",
                                      "Basel",  "Paris",   "Lyon",    "Madrid",   "Sevilla", "Lisbon", "Porto",
                                      "Rome",   "Milan",   "Warsaw",  "Krakow",   "Prague", "Brno" };

/* As splitmix64's finaliser. */
uint64_t
tide_bench_mix (uint64_t i, uint64_t purpose)
{
  uint64_t x = i * UINT64_C (0x9e3779b97f4a7c15) + purpose * UINT64_C (0xbf58476d1ce4e5b9) + 1;

  x ^= x >> 30;
  x *= UINT64_C (0xbf58476d1ce4e5b9);
  x ^= x >> 27;
  x *= UINT64_C (0x94d049bb133111eb);
  return x ^ x >> 31;
}

/* [0, n), small numbers more often: the square of an even spread. */
static uint64_t
skewed (uint64_t random, uint64_t n)
{
  uint64_t x = random >> 32;

  return (x * x >> 32) * n >> 32;
}

TideTime
tide_bench_time0 (void)
{
  return BASE_TIME;
}

void
tide_bench_event (uint64_t i, TideBenchEvent *ret_event)
{
  uint64_t a = tide_bench_mix (i, 1), b = tide_bench_mix (i, 2), c = tide_bench_mix (i, 3);

  ret_event->id = (int64_t) i + 1;
  ret_event->time = BASE_TIME + (TideTime) i * TIDE_BENCH_STEP + (TideTime) (a % (uint64_t) TIDE_BENCH_STEP);
  ret_event->type = types[skewed (a, G_N_ELEMENTS (types))];
  ret_event->city = cities[skewed (b, G_N_ELEMENTS (cities))];
  g_snprintf (ret_event->user, sizeof ret_event->user, "u%05u", (unsigned) skewed (b << 32 | b >> 32, TIDE_BENCH_USERS));
  ret_event->cents = 99 + (int64_t) skewed (c, 20000);
  ret_event->ms = 5 + (int64_t) skewed (c << 32 | c >> 32, 1000);
  ret_event->ok = (a >> 20) % 32 != 0;
}

gsize
tide_bench_event_json (const TideBenchEvent *event, char buffer[256])
{
  char time[TIDE_TIME_STR_MAX];

  tide_time_format (event->time, time);
  return (gsize) g_snprintf (buffer, 256,
                             "{\"id\":%" G_GINT64_FORMAT ",\"ts\":\"%s\",\"type\":\"%s\",\"user\":\"%s\",\"city\":\"%s\","
                             "\"amount\":%" G_GINT64_FORMAT ".%02d,\"ms\":%d,\"ok\":%s}",
                             event->id, time, event->type, event->user, event->city, event->cents / 100,
                             (int) (event->cents % 100), (int) event->ms, event->ok ? "true" : "false");
}

static void
set_text (TideBatchBuilder *builder, uint32_t column, const char *text)
{
  tide_batch_builder_set_text (builder, column, text, strlen (text));
}

static void
add_row (TideBatchBuilder *builder, uint64_t i, bool payload)
{
  TideBenchEvent event;
  char json[256];
  gsize len;

  tide_bench_event (i, &event);
  len = payload ? tide_bench_event_json (&event, json) : 0;
  tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, event.time);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_RECEIVED,
                              BASE_TIME + (TideTime) (i - i % RECEIVED_RUN + RECEIVED_RUN) * TIDE_BENCH_STEP + TIDE_MS);
  set_text (builder, TIDE_COLUMN_SOURCE, "bench");
  tide_batch_builder_set_int (builder, TIDE_COLUMN_PARTITION, 0);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_OFFSET, (int64_t) i);
  tide_batch_builder_set_int (builder, FIELD_ID, event.id);
  tide_batch_builder_set_int (builder, FIELD_TS, event.time);
  set_text (builder, FIELD_TYPE, event.type);
  set_text (builder, FIELD_USER, event.user);
  set_text (builder, FIELD_CITY, event.city);
  tide_batch_builder_set_int (builder, FIELD_AMOUNT, event.cents);
  tide_batch_builder_set_int (builder, FIELD_MS, event.ms);
  tide_batch_builder_set_int (builder, FIELD_OK, event.ok);
  if (payload)
    tide_batch_builder_set_text (builder, TIDE_COLUMN_PAYLOAD, json, len);
  tide_batch_builder_end_row (builder, len);
}

bool
tide_bench_batches (const TideStream *stream, uint64_t from, uint64_t to,
                    bool (*take) (TideBatch *batch, void *data, GError **error), void *data, GError **error)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);

  for (uint64_t i = from; i < to; i++)
    {
      g_autoptr (TideBatch) batch = NULL;

      add_row (builder, i, stream->keep_payload);
      if (i + 1 < to && !tide_batch_builder_is_full (builder))
        continue;
      batch = tide_batch_builder_finish (builder);
      if (!take (batch, data, error))
        return false;
    }
  return true;
}
