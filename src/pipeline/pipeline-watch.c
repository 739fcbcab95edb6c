/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the watch and the rest: figures of sources and streams for rules by the clock, secrets of routes, and notices for
 * whoever shows them (the window, through the signal "notice"; without one there is no desktop to notify). */
#include "pipeline-private.h"

#include <math.h>
#include <string.h>

static bool
concerns (const TideAlert *alert, const TideSourceInfo *source)
{
  return alert->source != NULL ? strcmp (alert->source, source->name) == 0 : strcmp (alert->stream, source->stream) == 0;
}

static void
add_source (const TideSourceInfo *source, TideWatchFacts *facts)
{
  const TideSourceStatus *status = &source->status;
  bool down = status->state == TIDE_SOURCE_RETRYING || status->state == TIDE_SOURCE_FAILED || status->state == TIDE_SOURCE_STOPPED;

  if (!source->enabled)
    return;
  facts->sources++;
  facts->down += down;
  facts->events += status->events;
  facts->quarantined += status->quarantined;
  facts->catching_up |= status->state == TIDE_SOURCE_CATCHING_UP;
  if (status->lag >= 0)
    facts->lag_s = fmax (facts->lag_s, (double) status->lag / (double) TIDE_SECOND); /* of NAN and a number the number */
}

static TideTime
newest_of (TidePipeline *self, const TideAlert *alert, const TideStatus *status)
{
  TideLiveSnapshot *live = alert->metric != NULL ? tide_pipeline_get_live (self) : NULL;
  const TideLiveMetric *metric = live != NULL ? tide_live_snapshot_find (live, alert->metric->name) : NULL;
  const TideStreamInfo *info = tide_status_find_stream (status, alert->stream);
  TideTime newest = metric != NULL ? metric->newest : TIDE_TIME_NONE;

  tide_live_snapshot_unref (live);
  return newest == TIDE_TIME_NONE && info != NULL ? info->newest : newest;
}

static bool
give_facts (const TideAlert *alert, TideWatchFacts *ret_facts, void *data)
{
  TidePipeline *self = data;
  TideStatus *status = tide_pipeline_get_status (self);
  TideWatchFacts facts = { .lag_s = NAN };

  if (status == NULL)
    return false;
  for (guint i = 0; i < status->n_sources; i++)
    if (concerns (alert, &status->sources[i]))
      add_source (&status->sources[i], &facts);
  facts.newest = newest_of (self, alert, status);
  tide_status_unref (status);
  *ret_facts = facts;
  return true;
}

/* --- notices --- */

typedef struct
{
  TidePipeline *pipeline;
  TideWatchNotice *notice;
} Shown;

static void
shown_free (void *data)
{
  Shown *shown = data;

  g_object_unref (shown->pipeline);
  tide_watch_notice_free (shown->notice);
  g_free (shown);
}

static gboolean
show (void *data)
{
  Shown *shown = data;

  g_signal_emit_by_name (shown->pipeline, "notice", shown->notice);
  return G_SOURCE_REMOVE;
}

static bool
notify (const TideWatchNotice *notice, void *data)
{
  TidePipeline *self = data;
  Shown *shown;

  if (!g_signal_has_handler_pending (self, g_signal_lookup ("notice", TIDE_TYPE_PIPELINE), 0, TRUE))
    return false;
  shown = g_new0 (Shown, 1);
  shown->pipeline = g_object_ref (self);
  shown->notice = g_memdup2 (notice, sizeof *notice);
  shown->notice->title = g_strdup (notice->title);
  shown->notice->body = g_strdup (notice->body);
  shown->notice->rule = g_strdup (notice->rule);
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, show, shown, shown_free);
  return true;
}

static char *
secret (const TideRoute *route, void *data)
{
  TidePipeline *self = data;

  return tide_route_secret_lookup (self->dir, route);
}

static void
add_use (const char *stream, const char *metric, int64_t cpu_ns, void *data)
{
  tide_pipeline_alert_used (data, stream, metric, cpu_ns);
}

void
tide_pipeline_start_watch (TidePipeline *self)
{
  TideWatchHost host = { .facts = give_facts, .notify = notify, .secret = secret, .used = add_use, .data = self };

  self->commands_file = g_build_filename (g_get_user_config_dir (), "tidemark", "routes.conf", NULL);
  host.commands_file = self->commands_file;
  self->watch = tide_watch_new (self->store, self->writer, self->workspace, &self->clock, &host);
  tide_watch_start (self->watch);
}

TideWatch *
tide_pipeline_get_watch (TidePipeline *self)
{
  return self->watch;
}

TideWatchSnapshot *
tide_pipeline_get_alerts (TidePipeline *self)
{
  return self->watch != NULL ? tide_watch_get_snapshot (self->watch) : NULL;
}
