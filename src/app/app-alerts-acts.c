/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Acknowledging and the end of a silence: each is written by a worker, and told once it is. */
#include "app-alerts-acts.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  char *rule, *group;
  gint64 silence;
} Act;

static void
act_free (void *data)
{
  Act *act = data;

  g_free (act->rule);
  g_free (act->group);
  g_free (act);
}

/* Thread: worker. */
static void *
acknowledge_work (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Act *act = data;

  return tide_pipeline_get_watch (pipeline) != NULL
                 && tide_watch_acknowledge (tide_pipeline_get_watch (pipeline), act->rule, act->group, true, error)
             ? pipeline
             : NULL;
}

/* Thread: worker. */
static void *
end_silence_work (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Act *act = data;

  return tide_pipeline_get_watch (pipeline) != NULL && tide_watch_end_silence (tide_pipeline_get_watch (pipeline), act->silence, error)
             ? pipeline
             : NULL;
}

static void
on_ended (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideAppPane) pane = data;
  g_autoptr (GError) error = NULL;

  if (tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error) == NULL && error != NULL)
    tide_app_pane_toast (pane, error->message);
}

static void
on_acknowledged (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideAppPane) pane = data;
  g_autoptr (GError) error = NULL;

  if (tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error) != NULL)
    tide_app_pane_toast (pane, _ ("Acknowledged until it is resolved"));
  else if (error != NULL)
    tide_app_pane_toast (pane, error->message);
}

static void
run_act (TideAppPane *pane, TidePipelineFunc work, GAsyncReadyCallback done, const char *rule, const char *group, gint64 silence)
{
  Act *act = g_new0 (Act, 1);

  act->rule = g_strdup (rule);
  act->group = g_strdup (group);
  act->silence = silence;
  tide_pipeline_run_async (tide_app_pane_get_pipeline (pane), work, act, act_free, NULL, NULL, done, g_object_ref (pane));
}

void
tide_alerts_acknowledge (TideAppPane *pane, const char *rule, const char *group)
{
  run_act (pane, acknowledge_work, on_acknowledged, rule, group, 0);
}

void
tide_alerts_end_silence (TideAppPane *pane, const char *rule, const char *group)
{
  g_autoptr (TideWatchSnapshot) snapshot = tide_pipeline_get_alerts (tide_app_pane_get_pipeline (pane));

  for (guint i = 0; snapshot != NULL && i < snapshot->silences->len; i++)
    {
      const TideSilence *silence = g_ptr_array_index (snapshot->silences, i);

      if ((silence->rule == NULL || strcmp (silence->rule, rule) == 0)
          && (silence->pattern == NULL || tide_alert_pattern_match (silence->pattern, group)))
        run_act (pane, end_silence_work, on_ended, rule, group, silence->id);
    }
}
