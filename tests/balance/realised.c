/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a workspace's pipeline on a clock that goes faster, and writes what happened as lines of JSON: what was foretold
 * after a first stretch, each answer that Live then showed, and what was used. realised.py makes the workspace and
 * judges. The program commits and draws by the computer's own clock, at least once a second; here all is committed at
 * each look, so that on a clock that goes a hundred times faster events don't lie about for minutes.
 * usage: realised DIR BEGIN_US SPEED FORETELL_AFTER_S FOR_S (seconds of the fast clock) */
#include "pipeline.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LOOK_EVERY_US 20000
#define COMMIT_FROM_SPEED 4

typedef struct
{
  int64_t real_us;
  TideTime begin;
  double speed;
} FastClock;

static int64_t
fast_us (const FastClock *clock)
{
  return (int64_t) ((double) (g_get_monotonic_time () - clock->real_us) * clock->speed);
}

static TideTime
fast_wall (void *data)
{
  return ((FastClock *) data)->begin + fast_us (data);
}

static int64_t
fast_monotonic (void *data)
{
  return ((FastClock *) data)->real_us + fast_us (data);
}

static void
print_number (const char *name, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (number))
    printf (", \"%s\": %s", name, g_ascii_dtostr (text, sizeof text, number));
}

/* --- what is foretold --- */

static void
print_advice (const TideAdvices *advices, const TideAdvice *advice, TideTime now)
{
  const TideStreamAdvice *stream = NULL;

  for (guint i = 0; i < advices->streams->len; i++)
    if (strcmp (((TideStreamAdvice *) g_ptr_array_index (advices->streams, i))->name, advice->stream) == 0)
      stream = g_ptr_array_index (advices->streams, i);
  for (guint i = 0; i < advice->n_points; i++)
    {
      const TideAdvicePoint *point = &advice->points[i];

      printf ("{\"foretold\": \"%s\", \"time\": %" G_GINT64_FORMAT ", \"stream\": \"%s\", \"counter\": %s, "
              "\"decision_s\": %" G_GINT64_FORMAT ", \"every_s\": %" G_GINT64_FORMAT ", \"measured\": %s, \"advised\": %s",
              advice->name, now, advice->stream, advice->counter ? "true" : "false", advice->decision / TIDE_SECOND,
              point->every / TIDE_SECOND, point->measured ? "true" : "false",
              advice->advised == (int) i ? "true" : "false");
      print_number ("error", point->error);
      print_number ("mean_error", point->mean_error);
      print_number ("own_usd_per_h", point->usd_per_h - stream->usd_per_h[i]);
      print_number ("stream_usd_per_h", stream->usd_per_h[i]);
      print_number ("tolerance", advice->tolerance);
      print_number ("objective_s", (double) advice->objective / TIDE_SECOND);
      print_number ("age_s", (double) point->age / TIDE_SECOND);
      printf ("}\n");
    }
}

static void
foretell (TidePipeline *pipeline, TideTime now)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideAdvices) advices = tide_pipeline_measure (pipeline, NULL, &error)
                                        ? tide_pipeline_get_advices (pipeline, NULL, &error) : NULL;

  if (advices == NULL)
    g_error ("%s", error->message);
  for (guint i = 0; i < advices->metrics->len; i++)
    print_advice (advices, g_ptr_array_index (advices->metrics, i), now);
}

static void
print_use (TidePipeline *pipeline, const char *when, TideTime now)
{
  g_autoptr (GPtrArray) all = tide_pipeline_get_use (pipeline);

  for (guint i = 0; i < all->len; i++)
    {
      const TideUse *use = g_ptr_array_index (all, i);

      printf ("{\"used\": \"%s\", \"time\": %" G_GINT64_FORMAT ", \"activity\": \"%s\", \"stream\": \"%s\", \"metric\": "
              "\"%s\", \"cpu_ns\": %" G_GINT64_FORMAT ", \"runs\": %" G_GUINT64_FORMAT "}\n",
              when, now, tide_activity_to_string (use->activity), use->stream, use->metric, use->cpu_ns, use->runs);
    }
}

/* --- what is shown --- */

typedef struct
{
  TideTime newest;
  guint64 events;
} Shown;

static void
print_shown (const TideLiveMetric *metric, TideTime time)
{
  printf ("{\"shown\": \"%s\", \"time\": %" G_GINT64_FORMAT ", \"newest\": %" G_GINT64_FORMAT ", \"groups\": {",
          metric->metric->name, time, metric->newest);
  for (guint i = 0; i < metric->n_series; i++)
    {
      char text[G_ASCII_DTOSTR_BUF_SIZE];
      double value = tide_value_to_double (metric->series[i].latest);

      printf ("%s\"%s\": %s", i > 0 ? ", " : "", metric->series[i].label,
              isfinite (value) ? g_ascii_dtostr (text, sizeof text, value) : "null");
    }
  printf ("}}\n");
}

static void
look (TidePipeline *pipeline, GHashTable *shown)
{
  g_autoptr (TideLiveSnapshot) snapshot = tide_pipeline_get_live (pipeline);

  for (guint i = 0; i < snapshot->n_metrics; i++)
    {
      const TideLiveMetric *metric = &snapshot->metrics[i];
      Shown *last = g_hash_table_lookup (shown, metric->metric->name);

      if (last == NULL)
        g_hash_table_insert (shown, g_strdup (metric->metric->name), last = g_new0 (Shown, 1));
      if (metric->newest == TIDE_TIME_NONE || (last->newest == metric->newest && last->events == metric->events))
        continue;
      *last = (Shown){ metric->newest, metric->events };
      print_shown (metric, snapshot->time);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GHashTable) shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (TidePipeline) pipeline = NULL;
  FastClock fast = { .real_us = g_get_monotonic_time () };
  TideClock clock = { .wall_us = fast_wall, .monotonic_us = fast_monotonic, .data = &fast };
  TideTime foretell_at, end;
  bool foretold = false;

  if (argc != 6)
    g_error ("usage: realised DIR BEGIN_US SPEED FORETELL_AFTER_S FOR_S");
  fast.begin = g_ascii_strtoll (argv[2], NULL, 10);
  fast.speed = g_ascii_strtod (argv[3], NULL);
  foretell_at = fast.begin + g_ascii_strtoll (argv[4], NULL, 10) * TIDE_SECOND;
  end = fast.begin + g_ascii_strtoll (argv[5], NULL, 10) * TIDE_SECOND;
  tide_thread_set_role (TIDE_THREAD_WORKER);
  pipeline = tide_pipeline_open (argv[1], TIDE_PIPELINE_RUN, &clock, &error);
  if (pipeline == NULL)
    g_error ("%s", error->message);
  for (TideTime now = tide_clock_now (&clock); now < end; now = tide_clock_now (&clock))
    {
      if (!foretold && now >= foretell_at)
        {
          foretell (pipeline, now);
          print_use (pipeline, "before", now);
          foretold = true;
        }
      if (foretold)
        look (pipeline, shown);
      if (fast.speed > COMMIT_FROM_SPEED)
        tide_writer_flush (tide_pipeline_get_writer (pipeline), NULL);
      g_usleep (LOOK_EVERY_US);
    }
  print_use (pipeline, "after", tide_clock_now (&clock));
  tide_pipeline_close (pipeline);
  return 0;
}
