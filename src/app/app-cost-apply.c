/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Advice that is taken goes through the core, which changes the tier at once and notes what was foretold. Undo takes it
 * back the same way, so that it is recorded too. */
#include "app-cost-apply.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-advice-words.h"
#include "app-undo-toast.h"

typedef struct
{
  GtkWidget *widget; /* a reference */
  TidePipeline *pipeline;
  char *metric, *title;
  TideDuration before, every;
  char *tolerance, *freshness, *tolerance_before, *freshness_before; /* of keeping */
  bool keeps, undoes;
  void (*done) (GtkWidget *widget);
} Act;

static void
act_free (void *data)
{
  Act *act = data;

  g_clear_object (&act->widget);
  g_clear_object (&act->pipeline);
  g_free (act->metric);
  g_free (act->title);
  g_free (act->tolerance);
  g_free (act->freshness);
  g_free (act->tolerance_before);
  g_free (act->freshness_before);
  g_free (act);
}

static Act *
act_new (GtkWidget *widget, TidePipeline *pipeline, const char *metric, const char *title,
         void (*done) (GtkWidget *widget))
{
  Act *act = g_new0 (Act, 1);

  act->widget = g_object_ref (widget);
  act->pipeline = g_object_ref (pipeline);
  act->metric = g_strdup (metric);
  act->title = g_strdup (title);
  act->done = done;
  return act;
}

/* The same the other way round. */
static Act *
reverse (const Act *act)
{
  Act *back = act_new (act->widget, act->pipeline, act->metric, act->title, act->done);

  back->before = act->every;
  back->every = act->before;
  back->tolerance = g_strdup (act->tolerance_before);
  back->freshness = g_strdup (act->freshness_before);
  back->tolerance_before = g_strdup (act->tolerance);
  back->freshness_before = g_strdup (act->freshness);
  back->keeps = act->keeps;
  back->undoes = true;
  return back;
}

static void start (Act *act);

static void
undo (void *data)
{
  start (reverse (data)); /* the toast keeps @data */
}

static void
finish (Act *act, const GError *error)
{
  g_autofree char *interval = tide_words_of_interval (act->every), *text = NULL;

  act->done (act->widget);
  if (error != NULL)
    {
      gtk_widget_activate_action (act->widget, "win.toast", "s", error->message);
      act_free (act);
      return;
    }
  if (act->keeps)
    text = g_strdup_printf (_ ("%s: tolerance and objective saved"), act->title);
  else
    text = g_strdup_printf (_ ("%s: %s from now on"), act->title, interval);
  if (act->undoes)
    {
      act_free (act);
      return;
    }
  tide_undo_toast (act->widget, text, undo, act, act_free);
}

static void
on_kept (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (GError) error = NULL;

  tide_pipeline_apply_finish (TIDE_PIPELINE (object), result, &error);
  finish (data, error);
}

static void
on_moved (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (GError) error = NULL;

  tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  finish (data, error);
}

typedef struct
{
  char *metric;
  TideDuration every;
} Move;

static void
move_free (void *data)
{
  g_free (((Move *) data)->metric);
  g_free (data);
}

static void *
move (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Move *question = data;

  return tide_pipeline_set_interval (pipeline, question->metric, question->every, error) ? pipeline : NULL;
}

static void
start (Act *act)
{
  if (act->keeps)
    {
      g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (act->pipeline);
      g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
      g_autofree char *section = g_strconcat ("metric ", act->metric, NULL);

      tide_conf_set (conf, section, "tolerance", act->tolerance);
      tide_conf_set (conf, section, "freshness", act->freshness);
      tide_pipeline_apply_async (act->pipeline, conf, NULL, on_kept, act);
    }
  else
    {
      Move *question = g_new (Move, 1);

      *question = (Move){ g_strdup (act->metric), act->every };
      tide_pipeline_run_async (act->pipeline, move, question, move_free, NULL, NULL, on_moved, act);
    }
}

void
tide_cost_apply (GtkWidget *widget, TidePipeline *pipeline, const char *metric, const char *title, TideDuration before,
                 TideDuration every, void (*done) (GtkWidget *widget))
{
  Act *act = act_new (widget, pipeline, metric, title, done);

  act->before = before;
  act->every = every;
  start (act);
}

void
tide_cost_keep (GtkWidget *widget, TidePipeline *pipeline, const char *metric, const char *title, double tolerance,
                TideDuration objective, void (*done) (GtkWidget *widget))
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  g_autofree char *section = g_strconcat ("metric ", metric, NULL);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  Act *act = act_new (widget, pipeline, metric, title, done);

  act->keeps = true;
  act->tolerance = g_strconcat (g_ascii_formatd (number, sizeof number, "%.6g", tolerance * 100), "%", NULL);
  act->freshness = objective > 0 ? tide_duration_to_string (objective) : NULL;
  act->tolerance_before = g_strdup (tide_conf_get (workspace->conf, section, "tolerance"));
  act->freshness_before = g_strdup (tide_conf_get (workspace->conf, section, "freshness"));
  start (act);
}
