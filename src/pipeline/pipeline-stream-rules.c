/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of a stream as a whole, looked at once a minute: is it fresh, does as much come as it should, is its schema what the
 * events have? Each look counts like an event, so that a rule's limit is a number or a share of the minutes of a day.
 * Limit: how much came is known from the first look on; until as long as a volume's time has passed, it is not judged. */
#include "pipeline-private.h"

#include <string.h>

/* What was stored of a stream, at a look. */
typedef struct
{
  TideTime time;
  TideSeq seq;
} Mark;

/* The looks of the last day, oldest first. */
static GArray *
marks_of (TidePipeline *self, const char *stream)
{
  GArray *marks = g_hash_table_lookup (self->volumes, stream);

  if (marks == NULL)
    {
      marks = g_array_new (FALSE, FALSE, sizeof (Mark));
      g_hash_table_insert (self->volumes, g_strdup (stream), marks);
    }
  return marks;
}

/* Events stored in the @per before now; -1: not known yet. */
static gint64
count_since (const GArray *marks, TideTime now, TideDuration per, TideSeq seq)
{
  gint64 events = -1;

  for (guint i = 0; i < marks->len; i++)
    {
      const Mark *mark = &g_array_index (marks, Mark, i);

      if (mark->time > now - per)
        break;
      events = seq - mark->seq;
    }
  return events;
}

static void
judge (GPtrArray *hours, const TideStream *stream, TideRuleKind rule, bool broken, TideTime now)
{
  TideQualityHour *hour = tide_quality_hour_new (stream->name, NULL, tide_rule_get_spec (rule)->name, now);

  hour->events = 1;
  hour->failed = broken && !stream->terms[rule].warn;
  hour->warned = broken && stream->terms[rule].warn;
  g_ptr_array_add (hours, hour);
}

static void
judge_volume (GPtrArray *hours, const TideStream *stream, const GArray *marks, TideTime now, TideSeq seq)
{
  gint64 least = stream->min_volume.events >= 0 ? count_since (marks, now, stream->min_volume.per, seq) : -1;
  gint64 most = stream->max_volume.events >= 0 ? count_since (marks, now, stream->max_volume.per, seq) : -1;

  if (least >= 0)
    judge (hours, stream, TIDE_RULE_MIN_VOLUME, least < stream->min_volume.events, now);
  if (most >= 0)
    judge (hours, stream, TIDE_RULE_MAX_VOLUME, most > stream->max_volume.events, now);
}

static bool
has_drift (const TideStatus *status, const char *stream)
{
  bool found = false;

  for (guint i = 0; i < status->n_sources; i++)
    found |= strcmp (status->sources[i].stream, stream) == 0 && status->sources[i].status.drift != NULL
             && status->sources[i].status.drift->len > 0;
  return found;
}

static void
look_at_stream (TidePipeline *self, const TideStatus *status, const TideStream *stream, const TideStreamInfo *info,
                GPtrArray *hours)
{
  GArray *marks = marks_of (self, stream->name);
  Mark mark = { status->time, info->seq };

  if (stream->freshness > 0 && info->newest != TIDE_TIME_NONE)
    judge (hours, stream, TIDE_RULE_FRESHNESS, status->time - info->newest > stream->freshness, status->time);
  judge_volume (hours, stream, marks, status->time, info->seq);
  if (stream->drift)
    judge (hours, stream, TIDE_RULE_DRIFT, has_drift (status, stream->name), status->time);
  while (marks->len > 0 && g_array_index (marks, Mark, 0).time < status->time - TIDE_DAY - TIDE_MINUTE)
    g_array_remove_index (marks, 0);
  g_array_append_val (marks, mark);
}

/**
 * tide_pipeline_look_at_streams:
 *
 * Thread: a worker; one at a time.
 */
bool
tide_pipeline_look_at_streams (TidePipeline *self, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  g_autoptr (GPtrArray) hours = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_quality_hour_free);
  TideStatus *status = tide_pipeline_get_status (self);
  bool done;

  if (status == NULL)
    return true;
  g_mutex_lock (&self->volumes_lock);
  for (guint i = 0; i < status->n_streams; i++)
    {
      const TideStream *stream = tide_workspace_get_stream (workspace, status->streams[i].name);

      if (stream != NULL)
        look_at_stream (self, status, stream, &status->streams[i], hours);
    }
  g_mutex_unlock (&self->volumes_lock);
  done = tide_pipeline_save_drift (self, status, error) && tide_quality_save (self->writer, hours, error);
  tide_status_unref (status);
  return done;
}
