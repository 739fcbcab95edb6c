/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pipeline does now. A source's counters are totals: their rates are taken against a sample that is five to
 * ten seconds old, which is steady enough to read and young enough to act on. */
#include "app-usage.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-format.h"
#include "app-mark.h"
#include "app-stage-bars.h"

#define SAMPLE_EVERY (5 * TIDE_SECOND)
/* Waiting for the writer for more than this share of the time is back-pressure. */
#define PRESSURE_SHARE 0.05
#define QUEUE_WARNS 0.8

typedef struct
{
  TideTime time; /* of the older sample; TIDE_TIME_NONE: none yet */
  int64_t cpu_us;
  TideDuration blocked;
  gint64 lag_events;
} Sample;

typedef struct
{
  Sample older, newer;
} Samples;

struct _TideUsage
{
  GHashTable *samples; /* source → Samples */
};

TideUsage *
tide_usage_new (void)
{
  TideUsage *usage = g_new0 (TideUsage, 1);

  usage->samples = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return usage;
}

void
tide_usage_free (TideUsage *usage)
{
  if (usage == NULL)
    return;
  g_hash_table_unref (usage->samples);
  g_free (usage);
}

void
tide_usage_add (TideUsage *usage, const TideStatus *status)
{
  for (guint i = 0; i < status->n_sources; i++)
    {
      const TideSourceInfo *source = &status->sources[i];
      Samples *samples = g_hash_table_lookup (usage->samples, source->name);
      Sample now = { status->time, source->status.cpu_us, source->status.blocked, source->status.lag_events };

      if (samples == NULL)
        {
          samples = g_new (Samples, 1);
          *samples = (Samples){ now, now };
          g_hash_table_insert (usage->samples, g_strdup (source->name), samples);
        }
      if (now.cpu_us < samples->newer.cpu_us) /* it was started anew */
        *samples = (Samples){ now, now };
      if (now.time - samples->newer.time >= SAMPLE_EVERY)
        *samples = (Samples){ samples->newer, now };
    }
}

typedef struct
{
  double cpu, blocked; /* shares of the time; NAN: not known yet */
  double lag_per_s;    /* events a second: how it grows */
} Rates;

static Rates
rates_of (const TideUsage *usage, const TideSourceInfo *source, TideTime now)
{
  const Samples *samples = g_hash_table_lookup (usage->samples, source->name);
  Rates rates = { NAN, NAN, NAN };
  double took;

  if (samples == NULL || now - samples->older.time < TIDE_SECOND)
    return rates;
  took = (double) (now - samples->older.time);
  rates.cpu = fmax (0, (double) (source->status.cpu_us - samples->older.cpu_us)) / took;
  rates.blocked = CLAMP ((double) (source->status.blocked - samples->older.blocked) / took, 0, 1);
  if (source->status.lag_events >= 0 && samples->older.lag_events >= 0)
    rates.lag_per_s = (double) (source->status.lag_events - samples->older.lag_events) / took * TIDE_SECOND;
  return rates;
}

/* Sources */

enum
{
  SOURCE_NAME,
  SOURCE_STREAM,
  SOURCE_STATE,
  SOURCE_EVENTS,
  SOURCE_BYTES,
  SOURCE_LAG_EVENTS,
  SOURCE_LAG,
  SOURCE_TREND,
  SOURCE_CATCH_UP,
  SOURCE_BLOCKED,
  SOURCE_CPU,
};

const TideFactColumn tide_usage_source_columns[] = {
  [SOURCE_NAME] = { N_ ("source"), "source", false, 0 },
  [SOURCE_STREAM] = { N_ ("stream"), "stream", false, 620 },
  [SOURCE_STATE] = { N_ ("state"), "state", false, 480 },
  [SOURCE_EVENTS] = { N_ ("events/s"), "events [1/s]", true, 0 },
  [SOURCE_BYTES] = { N_ ("bytes/s"), "bytes [B/s]", true, 400 },
  [SOURCE_LAG_EVENTS] = { N_ ("lag, events"), "lag [events]", true, 700 },
  [SOURCE_LAG] = { N_ ("lag"), "lag [s]", true, 320 },
  [SOURCE_TREND] = { N_ ("lag trend"), "lag trend [events/s]", true, 940 },
  [SOURCE_CATCH_UP] = { N_ ("caught up in"), "caught up in [s]", true, 860 },
  [SOURCE_BLOCKED] = { N_ ("waits for the writer"), "waits for the writer [%]", true, 780 },
  [SOURCE_CPU] = { N_ ("CPU"), "CPU [% of a core]", true, 560 },
};

const guint tide_usage_n_source_columns = G_N_ELEMENTS (tide_usage_source_columns);

static char *
rate_text (double rate)
{
  return tide_format_number (rate, rate > 0 && rate < 99.95 ? 1 : 0);
}

static char *
percent_text (double share)
{
  return isnan (share) ? g_strdup (TIDE_NO_VALUE) : tide_format_share (share);
}

static char *
trend_text (double per_s)
{
  g_autofree char *number = isnan (per_s) ? NULL : rate_text (fabs (per_s));

  if (number == NULL || fabs (per_s) < 0.05)
    return g_strdup (TIDE_NO_VALUE);
  return g_strdup_printf (per_s > 0 ? _ ("▲ %s/s") : _ ("▼ %s/s"), number);
}

static void
set_lag (TideFactRow *row, const TideSourceStatus *status, const Rates *rates)
{
  bool is_away = status->lag < 0;
  double catch_up = status->lag_events == 0           ? 0
                    : status->lag_events > 0 && rates->lag_per_s < 0 ? (double) status->lag_events / -rates->lag_per_s
                                                                     : NAN;

  tide_fact_row_number (row, SOURCE_LAG_EVENTS,
                        status->lag_events < 0 ? g_strdup (TIDE_NO_VALUE) : tide_format_int (status->lag_events),
                        status->lag_events < 0 ? NAN : (double) status->lag_events);
  tide_fact_row_number (row, SOURCE_LAG, is_away ? g_strdup (TIDE_NO_VALUE) : tide_format_age (status->lag),
                        is_away ? NAN : (double) status->lag / TIDE_SECOND);
  tide_fact_row_number (row, SOURCE_TREND, trend_text (rates->lag_per_s), rates->lag_per_s);
  if (rates->lag_per_s >= 1)
    tide_fact_row_set_class (row, SOURCE_TREND, "tide-warning");
  tide_fact_row_number (row, SOURCE_CATCH_UP,
                        isnan (catch_up)  ? g_strdup (status->lag_events > 0 && rates->lag_per_s >= 0 ? _ ("not at this rate") : TIDE_NO_VALUE)
                        : catch_up == 0 ? g_strdup (_ ("caught up"))
                                        : tide_format_duration ((TideDuration) (fmin (catch_up, 1e9) * TIDE_SECOND)),
                        catch_up);
}

static TideFactRow *
source_row (const TideUsage *usage, const TideSourceInfo *source, TideTime now)
{
  TideFactRow *row = tide_fact_row_new (source->name);
  Rates rates = rates_of (usage, source, now);
  TideState state = tide_state_of_source (&source->status);

  tide_fact_row_text (row, SOURCE_NAME, g_strdup (source->name));
  tide_fact_row_text (row, SOURCE_STREAM, g_strdup (source->stream));
  tide_fact_row_text (row, SOURCE_STATE, g_strdup (tide_state_source_word (&source->status)));
  tide_fact_row_set_class (row, SOURCE_STATE, tide_state_css_class (state));
  tide_fact_row_number (row, SOURCE_EVENTS, rate_text (source->status.events_per_s), source->status.events_per_s);
  tide_fact_row_number (row, SOURCE_BYTES, tide_format_bytes ((gint64) source->status.bytes_per_s), source->status.bytes_per_s);
  set_lag (row, &source->status, &rates);
  tide_fact_row_number (row, SOURCE_BLOCKED, percent_text (rates.blocked), rates.blocked * 100);
  if (rates.blocked > PRESSURE_SHARE)
    tide_fact_row_set_class (row, SOURCE_BLOCKED, "tide-warning");
  tide_fact_row_number (row, SOURCE_CPU, percent_text (rates.cpu), rates.cpu * 100);
  return row;
}

GPtrArray *
tide_usage_get_source_rows (const TideUsage *usage, const TideStatus *status)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < status->n_sources; i++)
    g_ptr_array_add (rows, source_row (usage, &status->sources[i], status->time));
  return rows;
}

/* Streams */

enum
{
  STREAM_NAME,
  STREAM_EVENTS,
  STREAM_BYTES,
  STREAM_BYTES_EACH,
  STREAM_BLOCKS,
  STREAM_SPEED,
  STREAM_QUARANTINED,
  STREAM_P95,
  STREAM_NEWEST,
};

const TideFactColumn tide_usage_stream_columns[] = {
  [STREAM_NAME] = { N_ ("stream"), "stream", false, 0 },
  [STREAM_EVENTS] = { N_ ("events stored"), "events stored", true, 0 },
  [STREAM_BYTES] = { N_ ("on disk"), "on disk [B]", true, 0 },
  [STREAM_BYTES_EACH] = { N_ ("bytes an event"), "bytes an event [B]", true, 420 },
  [STREAM_BLOCKS] = { N_ ("blocks"), "blocks", true, 620 },
  [STREAM_SPEED] = { N_ ("since the cut"), "since the cut [events]", true, 520 },
  [STREAM_QUARANTINED] = { N_ ("quarantined"), "quarantined", true, 700 },
  [STREAM_P95] = { N_ ("latency p95"), "latency p95 [ms]", true, 780 },
  [STREAM_NEWEST] = { N_ ("newest event"), "newest event", false, 860 },
};

const guint tide_usage_n_stream_columns = G_N_ELEMENTS (tide_usage_stream_columns);

static TideFactRow *
stream_row (const TideStreamInfo *stream, TideTime now)
{
  TideFactRow *row = tide_fact_row_new (stream->name);
  double each = stream->facts.events > 0 ? (double) stream->facts.bytes / (double) stream->facts.events : NAN;
  double p95 = stream->latency[TIDE_STAGE_TOTAL].p95_us;
  gint64 speed = stream->seq - MIN (stream->cut, stream->seq);

  tide_fact_row_text (row, STREAM_NAME, g_strdup (stream->name));
  tide_fact_row_number (row, STREAM_EVENTS, tide_format_int ((gint64) stream->facts.events), (double) stream->facts.events);
  tide_fact_row_number (row, STREAM_BYTES, tide_format_bytes (stream->facts.bytes), (double) stream->facts.bytes);
  tide_fact_row_number (row, STREAM_BYTES_EACH,
                        isnan (each) ? g_strdup (TIDE_NO_VALUE)
                                     : tide_format_with_unit (tide_format_number (each, 1), "B"),
                        each);
  tide_fact_row_number (row, STREAM_BLOCKS, tide_format_int (stream->facts.blocks), stream->facts.blocks);
  tide_fact_row_number (row, STREAM_SPEED, tide_format_int (speed), (double) speed);
  tide_fact_row_number (row, STREAM_QUARANTINED, tide_format_int (stream->quarantined), (double) stream->quarantined);
  tide_fact_row_number (row, STREAM_P95,
                        isnan (p95) || stream->latency[TIDE_STAGE_TOTAL].events == 0
                            ? g_strdup (TIDE_NO_VALUE)
                            : tide_format_latency ((TideDuration) p95),
                        stream->latency[TIDE_STAGE_TOTAL].events == 0 ? NAN : p95 / 1e3);
  if (stream->newest != TIDE_TIME_NONE)
    {
      char *age = tide_format_age (now - stream->newest);
      char time[TIDE_TIME_STR_MAX];

      tide_time_format (stream->newest, time);
      tide_fact_row_markup (row, STREAM_NEWEST, g_strdup_printf (_ ("%s ago"), age), time);
      g_free (age);
    }
  return row;
}

GPtrArray *
tide_usage_get_stream_rows (const TideStatus *status)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < status->n_streams; i++)
    g_ptr_array_add (rows, stream_row (&status->streams[i], status->time));
  return rows;
}

/* The slowest events */

enum
{
  SLOW_TIME,
  SLOW_STREAM,
  SLOW_TOOK,
  SLOW_STAGE,
};

const TideFactColumn tide_usage_slowest_columns[] = {
  [SLOW_TIME] = { N_ ("time"), "time", false, 0 },
  [SLOW_STREAM] = { N_ ("stream"), "stream", false, 0 },
  [SLOW_TOOK] = { N_ ("took"), "took [s]", true, 0 },
  [SLOW_STAGE] = { N_ ("most of it in"), "stage", false, 0 },
};
const guint tide_usage_n_slowest_columns = G_N_ELEMENTS (tide_usage_slowest_columns);

GPtrArray *
tide_usage_get_slowest_rows (const GPtrArray *events)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < events->len; i++)
    {
      const TideSlowEvent *event = g_ptr_array_index (events, i);
      g_autofree char *id = g_strdup_printf ("%s %" G_GINT64_FORMAT, event->stream, event->time);
      TideFactRow *row = tide_fact_row_new (id);
      char time[TIDE_TIME_STR_MAX];

      tide_time_format (event->time, time);
      tide_fact_row_markup (row, SLOW_TIME, tide_format_clock (event->time, NULL, true), time);
      tide_fact_row_text (row, SLOW_STREAM, g_strdup (event->stream));
      tide_fact_row_number (row, SLOW_TOOK, tide_format_latency (event->took), (double) event->took / TIDE_SECOND);
      tide_fact_row_text (row, SLOW_STAGE, g_strdup (tide_stage_word (event->stage)));
      g_ptr_array_add (rows, row);
    }
  return rows;
}

/* Figures */

const char *
tide_figure_title (TideFigure figure)
{
  static const char *const titles[TIDE_N_FIGURES] = {
    [TIDE_FIGURE_EVENTS] = N_ ("events/s"), [TIDE_FIGURE_BYTES] = N_ ("bytes/s"), [TIDE_FIGURE_LAG] = N_ ("lag"),
    [TIDE_FIGURE_QUEUE] = N_ ("queue"),     [TIDE_FIGURE_CPU] = N_ ("CPU"),       [TIDE_FIGURE_MEMORY] = N_ ("memory"),
    [TIDE_FIGURE_DATABASE] = N_ ("database"), [TIDE_FIGURE_WAL] = N_ ("WAL"),
  };

  return _ (titles[figure]);
}

static char *
lag_text (const TideStatus *status, bool *ret_warns)
{
  TideDuration lag = 0;
  gint64 events = 0;
  g_autofree char *age = NULL, *count = NULL;

  for (guint i = 0; i < status->n_sources; i++)
    {
      lag = MAX (lag, status->sources[i].status.lag);
      events += MAX (status->sources[i].status.lag_events, 0);
    }
  *ret_warns = lag > TIDE_MINUTE;
  age = tide_format_age (lag);
  count = tide_format_int (events);
  return events > 0 ? g_strdup_printf (_ ("%s · %s events"), age, count) : g_steal_pointer (&age);
}

char *
tide_figure_text (TideFigure figure, const TideStatus *status, bool *ret_warns)
{
  double fill = status->queue_max_bytes > 0 ? (double) status->queue_bytes / (double) status->queue_max_bytes : 0;

  *ret_warns = false;
  switch (figure)
    {
    case TIDE_FIGURE_EVENTS:
      return rate_text (status->events_per_s);
    case TIDE_FIGURE_BYTES:
      return tide_format_bytes ((gint64) status->bytes_per_s);
    case TIDE_FIGURE_LAG:
      return lag_text (status, ret_warns);
    case TIDE_FIGURE_QUEUE:
      *ret_warns = fill > QUEUE_WARNS;
      return tide_format_share (fill);
    case TIDE_FIGURE_CPU:
      return tide_format_share (status->cpu_share);
    case TIDE_FIGURE_MEMORY:
      return tide_format_bytes (status->process.resident_bytes);
    case TIDE_FIGURE_DATABASE:
      return tide_format_bytes (status->database_bytes);
    case TIDE_FIGURE_WAL:
    case TIDE_N_FIGURES:
    default:
      return tide_format_bytes (status->wal_bytes);
    }
}

char *
tide_usage_get_pressure (const TideUsage *usage, const TideStatus *status)
{
  double fill = status->queue_max_bytes > 0 ? (double) status->queue_bytes / (double) status->queue_max_bytes : 0, most = 0;
  const char *name = NULL;
  g_autofree char *share = NULL, *queue = NULL;

  for (guint i = 0; i < status->n_sources; i++)
    {
      Rates rates = rates_of (usage, &status->sources[i], status->time);

      if (rates.blocked > most)
        {
          most = rates.blocked;
          name = status->sources[i].name;
        }
    }
  if (name == NULL || most < PRESSURE_SHARE)
    return NULL;
  share = tide_format_share (most);
  queue = tide_format_share (fill);
  if (status->trouble != NULL)
    return g_strdup_printf (_ ("Back-pressure: %s waits %s of its time. Cause: %s"), name, share, status->trouble);
  return g_strdup_printf (_ ("Back-pressure: %s waits %s of its time because the database takes events more slowly than "
                             "they come (queue %s full). Nothing is lost; the source reads more slowly."),
                          name, share, queue);
}
