/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli run: the whole pipeline without a window. A status line a second; SIGTERM and SIGINT end it cleanly,
 * with everything that was received committed. */
#include "cli.h"

#include <glib-unix.h>
#include <math.h>
#include <unistd.h>

typedef struct
{
  TidePipeline *pipeline;
  GMainLoop *loop;
  gboolean json;
  double until_idle_s;
  TideTime last_status;
  guint64 last_events;   /* and when they last grew */
  int64_t idle_since_us;
} Run;

static gboolean
on_end (void *data)
{
  Run *run = data;

  g_main_loop_quit (run->loop);
  return G_SOURCE_REMOVE;
}

static void
append_number (GString *line, const char *name, double value, bool is_known)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (line, ", \"%s\": %s", name,
                          is_known ? g_ascii_formatd (text, sizeof text, "%.3f", value) : "null");
}

static void
append_text (GString *line, const char *name, const char *text)
{
  g_string_append_printf (line, ", \"%s\": ", name);
  if (text != NULL)
    tide_json_append_text (line, text, -1);
  else
    g_string_append (line, "null");
}

static void
append_time (GString *line, const char *name, TideTime time)
{
  char text[TIDE_TIME_STR_MAX];

  tide_time_format (time, text);
  append_text (line, name, time != TIDE_TIME_NONE ? text : NULL);
}

static void
append_source (GString *line, const TideSourceInfo *source)
{
  const TideSourceStatus *status = &source->status;

  g_string_append (line, "{\"name\": ");
  tide_json_append_text (line, source->name, -1);
  g_string_append (line, ", \"stream\": ");
  tide_json_append_text (line, source->stream, -1);
  g_string_append_printf (line, ", \"state\": \"%s\", \"events\": %" G_GUINT64_FORMAT,
                          tide_source_state_to_string (status->state), status->events);
  append_number (line, "events_per_s", status->events_per_s, true);
  if (status->lag_events >= 0)
    g_string_append_printf (line, ", \"lag_events\": %" G_GINT64_FORMAT, status->lag_events);
  else
    g_string_append (line, ", \"lag_events\": null");
  append_number (line, "lag_s", (double) status->lag / TIDE_SECOND, status->lag >= 0);
  g_string_append_printf (line,
                          ", \"quarantined\": %" G_GUINT64_FORMAT ", \"late\": %" G_GUINT64_FORMAT
                          ", \"filtered\": %" G_GUINT64_FORMAT ", \"tombstones\": %" G_GUINT64_FORMAT
                          ", \"gaps\": %" G_GUINT64_FORMAT,
                          status->quarantined, status->late, status->filtered, status->tombstones, status->gaps);
  append_time (line, "watermark", status->watermark);
  append_text (line, "message", status->message);
  append_text (line, "consent", status->consent);
  g_string_append_c (line, '}');
}

static void
append_stream (GString *line, const TideStreamInfo *stream)
{
  g_string_append (line, "{\"name\": ");
  tide_json_append_text (line, stream->name, -1);
  g_string_append_printf (line, ", \"seq\": %" G_GINT64_FORMAT ", \"cut\": %" G_GINT64_FORMAT
                          ", \"events\": %" G_GUINT64_FORMAT ", \"quarantine\": %" G_GINT64_FORMAT "}",
                          stream->seq, stream->cut, (guint64) stream->facts.events, stream->quarantined);
}

static void
print_json (const TideStatus *status, const TideWatchSnapshot *alerts)
{
  g_autoptr (GString) line = g_string_new ("{\"time\": \"");
  char time[TIDE_TIME_STR_MAX];

  tide_time_format (status->time, time);
  g_string_append_printf (line, "%s\", \"sources\": [", time);
  for (guint i = 0; i < status->n_sources; i++)
    {
      g_string_append (line, i > 0 ? ", " : "");
      append_source (line, &status->sources[i]);
    }
  g_string_append (line, "], \"streams\": [");
  for (guint i = 0; i < status->n_streams; i++)
    {
      g_string_append (line, i > 0 ? ", " : "");
      append_stream (line, &status->streams[i]);
    }
  g_string_append_printf (line, "], \"memory_bytes\": %" G_GINT64_FORMAT ", \"cpu_us\": %" G_GINT64_FORMAT
                          ", \"queue_bytes\": %" G_GSIZE_FORMAT ", \"database_bytes\": %" G_GINT64_FORMAT
                          ", \"wal_bytes\": %" G_GINT64_FORMAT ", \"trouble\": ",
                          status->process.resident_bytes, (gint64) status->process.cpu_us, status->queue_bytes,
                          status->database_bytes, status->wal_bytes);
  if (status->trouble != NULL)
    tide_json_append_text (line, status->trouble, -1);
  else
    g_string_append (line, "null");
  if (alerts != NULL)
    g_string_append_printf (line, ", \"alerts\": {\"rules\": %u, \"firing\": %u, \"pending\": %u, \"silenced\": %u}",
                            alerts->n_rules, alerts->n_firing, alerts->n_pending, alerts->n_silenced);
  printf ("%s}\n", line->str);
}

static void
print_line (const TideStatus *status)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < status->n_sources; i++)
    {
      const TideSourceInfo *source = &status->sources[i];

      g_string_append_printf (line, "%s%s %" G_GUINT64_FORMAT " (%.0f/s)", i > 0 ? "  " : "", source->name,
                              source->status.events, source->status.events_per_s);
      if (source->status.state >= TIDE_SOURCE_RETRYING && source->status.state != TIDE_SOURCE_DONE)
        g_string_append_printf (line, " %s: %s", tide_source_state_to_string (source->status.state),
                                source->status.message != NULL ? source->status.message : "");
      if (source->status.consent != NULL)
        g_string_append_printf (line, ". %s: tidemark-cli accept DIR %s", source->status.consent, source->name);
    }
  printf ("%s  %.0f MB%s%s\n", line->str, (double) status->process.resident_bytes / 1e6,
          status->trouble != NULL ? "  " : "", status->trouble != NULL ? status->trouble : "");
}

/* Idle: nothing came for a while, and nothing waits to be committed. */
static bool
is_idle (Run *run, const TideStatus *status)
{
  guint64 events = 0;
  bool waiting = status->queue_bytes > 0;

  for (guint i = 0; i < status->n_sources; i++)
    {
      const TideSourceStatus *source = &status->sources[i].status;

      events += source->events + source->quarantined + source->filtered;
      waiting |= source->state == TIDE_SOURCE_CONNECTING || source->state == TIDE_SOURCE_STOPPED
                 || source->lag_events > 0;
    }
  if (events != run->last_events || waiting || run->idle_since_us == 0)
    {
      run->last_events = events;
      run->idle_since_us = g_get_monotonic_time ();
    }
  return (double) (g_get_monotonic_time () - run->idle_since_us) / TIDE_SECOND >= run->until_idle_s;
}

static gboolean
on_tick (void *data)
{
  Run *run = data;
  TideStatus *status = tide_pipeline_get_status (run->pipeline);
  g_autoptr (TideWatchSnapshot) alerts = tide_pipeline_get_alerts (run->pipeline);

  if (status != NULL && status->time != run->last_status)
    {
      run->last_status = status->time;
      if (run->json)
        print_json (status, alerts);
      else
        print_line (status);
      fflush (stdout);
      if (run->until_idle_s > 0 && is_idle (run, status))
        g_main_loop_quit (run->loop);
    }
  tide_status_unref (status);
  return G_SOURCE_CONTINUE;
}

static gboolean
check_times (double for_s, double until_idle_s)
{
  return isfinite (for_s) && for_s >= 0 && isfinite (until_idle_s) && until_idle_s >= 0;
}

static int
run_command (int argc, char **argv)
{
  double for_s = 0, until_idle_s = 0;
  gboolean json = FALSE;
  const GOptionEntry entries[]
      = { { "for", 0, 0, G_OPTION_ARG_DOUBLE, &for_s, N_ ("End after so many seconds"), "SECONDS" },
          { "until-idle", 0, 0, G_OPTION_ARG_DOUBLE, &until_idle_s, N_ ("End when nothing came for so long"), "SECONDS" },
          { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("A JSON object a line"), NULL },
          G_OPTION_ENTRY_NULL };
  Run run = { 0 };
  GError *error = NULL;

  if (!cli_parse (&cli_run, &argc, &argv, entries, 1, 1))
    return CLI_USAGE;
  if (!check_times (for_s, until_idle_s))
    return cli_usage (&cli_run, _ ("SECONDS is a number, 0 or more"));
  run.pipeline = tide_pipeline_open (argv[1], TIDE_PIPELINE_RUN, NULL, &error);
  if (run.pipeline == NULL)
    return cli_fail (error);
  run.loop = g_main_loop_new (NULL, FALSE);
  run.json = json;
  run.until_idle_s = until_idle_s;
  g_unix_signal_add (SIGINT, on_end, &run);
  g_unix_signal_add (SIGTERM, on_end, &run);
  if (for_s > 0)
    g_timeout_add ((guint) (for_s * 1000), on_end, &run);
  g_timeout_add (100, on_tick, &run);
  g_main_loop_run (run.loop);
  tide_pipeline_close (run.pipeline);
  g_object_unref (run.pipeline);
  g_main_loop_unref (run.loop);
  return CLI_DONE;
}

const CliCommand cli_run = { "run", "DIR [--for SECONDS] [--until-idle SECONDS] [--json]",
                             N_ ("the whole pipeline; a status line a second; SIGTERM and SIGINT end it cleanly"),
                             run_command };
