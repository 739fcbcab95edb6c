/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inspector of Merged. Everything in it comes from the same answer as the chart beside it, so numbers never
 * disagree; only the countdown to the next roll-up moves between answers. */
#include "app-merged-inspector.h"

#include <glib/gi18n.h>

#include "app-facts.h"
#include "app-format.h"
#include "app-merged-data.h"
#include "app-merged-verify.h"

#define MOST_OFFSETS 4
#define MOST_RUNS 5

struct _TideMergedInspector
{
  GtkBox parent_instance;

  GtkGrid *cut, *offsets, *since, *runs;
  GtkExpander *more;
  GtkGrid *more_offsets;
  GtkSeparator *line;
  GtkButton *copy, *roll_up;
  GtkLabel *no_runs;
  TideMergedVerify *verify;

  TidePipeline *pipeline;
  GTimeZone *zone;
  TideTime next;
  bool is_running;
  double progress;
  TideSeq seq;
  char *json, *job;
};

G_DEFINE_FINAL_TYPE (TideMergedInspector, tide_merged_inspector, GTK_TYPE_BOX)

static char *
next_text (TideMergedInspector *self)
{
  TideDuration left = self->next - g_get_real_time ();
  g_autofree char *clock = NULL, *span = NULL;

  if (self->is_running)
    return self->progress >= 0 ? g_strdup_printf (_ ("running, %d" TIDE_NNBSP "%%"), (int) (self->progress * 100))
                               : g_strdup (_ ("running"));
  if (self->next == TIDE_TIME_NONE)
    return g_strdup (TIDE_NO_VALUE);
  clock = tide_format_clock (self->next, self->zone, false);
  if (left < TIDE_SECOND)
    return g_strdup (clock);
  span = tide_format_duration (left - left % TIDE_SECOND);
  return g_strdup_printf (_ ("%s, in %s"), clock, span);
}

static void
set_cut (TideMergedInspector *self, const TideRows *rows)
{
  bool has_cut = rows->cut_time != TIDE_TIME_NONE;
  g_autofree char *seq = has_cut ? tide_format_int (rows->cut) : g_strdup (TIDE_NO_VALUE);
  g_autofree char *last = has_cut ? tide_format_clock_ms (rows->cut_time, self->zone) : g_strdup (TIDE_NO_VALUE);
  g_autofree char *at = has_cut ? tide_format_clock (rows->published, self->zone, true) : NULL;
  g_autofree char *run = tide_format_int (rows->run);
  g_autofree char *published = has_cut ? g_strdup_printf (_ ("run %s at %s"), run, at)
                                       : g_strdup (_ ("no roll-up yet"));
  g_autofree char *next = next_text (self);

  tide_facts_set (self->cut, 0, _ ("Sequence"), seq);
  tide_facts_set (self->cut, 1, _ ("Last event time"), last);
  tide_facts_set (self->cut, 2, _ ("Published by"), published);
  tide_facts_set (self->cut, 3, _ ("Next roll-up"), next);
}

static void
set_offsets (TideMergedInspector *self, const char *json)
{
  g_autoptr (GPtrArray) offsets = NULL;
  g_autofree char *more = NULL;
  guint rest;

  if (g_strcmp0 (json, self->json) == 0)
    return;
  g_free (self->json);
  self->json = g_strdup (json);
  offsets = tide_merged_parse_offsets (json);
  for (guint i = 0; i < MAX (offsets->len, MOST_OFFSETS)
                    || gtk_grid_get_child_at (self->more_offsets, 0, (int) i - MOST_OFFSETS) != NULL;
       i++)
    {
      const TideOffset *at = i < offsets->len ? offsets->pdata[i] : NULL;
      g_autofree char *name = at != NULL ? g_strdup_printf (_ ("%s, partition %s"), at->source, at->partition) : NULL;
      g_autofree char *value = at != NULL ? tide_format_int (at->offset) : NULL;

      tide_facts_set (i < MOST_OFFSETS ? self->offsets : self->more_offsets,
                      (int) (i < MOST_OFFSETS ? i : i - MOST_OFFSETS), name, value);
    }
  rest = offsets->len > MOST_OFFSETS ? offsets->len - MOST_OFFSETS : 0;
  more = g_strdup_printf (ngettext ("%u more partition", "%u more partitions", rest), rest);
  gtk_expander_set_label (self->more, more);
  gtk_widget_set_visible (GTK_WIDGET (self->more), rest > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->line), offsets->len > 0);
}

static void
set_since (TideMergedInspector *self, const TideRows *rows)
{
  gint64 n = rows->seq - rows->cut;
  g_autofree char *events = tide_format_int (n), *late_events = tide_format_int ((gint64) rows->late_events);
  g_autofree char *share = n > 0 ? tide_format_share ((double) rows->late_events / (double) n) : g_strdup (TIDE_NO_VALUE);
  g_autofree char *late = g_strdup_printf ("%s · %s", late_events, share);
  g_autofree char *latest = tide_format_int (rows->seq), *took = tide_format_latency (rows->scan_took);
  g_autofree char *blocks = g_strdup_printf (ngettext ("%u block in %s", "%u blocks in %s", rows->blocks_scanned),
                                             rows->blocks_scanned, took);
  g_autofree char *bytes = tide_format_bytes (rows->speed_bytes), *budget = tide_format_bytes (rows->speed_budget);
  g_autofree char *until = g_strdup_printf (_ ("%s of %s"), bytes, budget);
  g_autofree char *corrupt = rows->corrupt_events > 0 ? tide_format_int ((gint64) rows->corrupt_events) : NULL;

  tide_facts_set (self->since, 0, _ ("Events"), events);
  tide_facts_set (self->since, 1, _ ("Late"), late);
  tide_facts_set (self->since, 2, _ ("Latest sequence"), latest);
  tide_facts_set (self->since, 3, _ ("Scanned last"), blocks);
  tide_facts_set (self->since, 4, _ ("Until early roll-up"), until);
  tide_facts_set (self->since, 5, _ ("Could not be read"), corrupt);
}

static char *
run_text (const TideRun *run)
{
  g_autofree char *rows = tide_format_int (run->rows);
  g_autofree char *took = NULL;

  if (run->status != TIDE_RUN_SUCCEEDED)
    return g_strdup (run->status == TIDE_RUN_RUNNING     ? _ ("◔ running")
                     : run->status == TIDE_RUN_FAILED    ? _ ("▲ failed")
                     : run->status == TIDE_RUN_CANCELLED ? _ ("✕ cancelled")
                                                         : _ ("○ missed"));
  took = tide_format_latency (run->ended - run->started);
  return g_strdup_printf ("%s   %s", rows, took);
}

static void
set_runs (TideMergedInspector *self, const GPtrArray *runs)
{
  for (guint i = 0; i < MOST_RUNS; i++)
    {
      const TideRun *run = i < runs->len ? runs->pdata[i] : NULL;
      g_autofree char *at = run != NULL ? tide_format_clock (run->started, self->zone, true) : NULL;
      g_autofree char *text = run != NULL ? run_text (run) : NULL;

      tide_facts_set (self->runs, (int) i, at, text);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->no_runs), runs->len == 0);
}

void
tide_merged_inspector_set_answer (TideMergedInspector *self, TidePipeline *pipeline, const TideMergedAnswer *answer)
{
  TideScheduler *scheduler = pipeline != NULL ? tide_pipeline_get_scheduler (pipeline) : NULL;

  g_set_object (&self->pipeline, pipeline);
  tide_merged_verify_set_query (self->verify, pipeline, answer != NULL ? &answer->query : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->roll_up), scheduler != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->roll_up), answer != NULL && !answer->is_running);
  gtk_widget_set_sensitive (GTK_WIDGET (self->copy), answer != NULL && answer->rows->cut_time != TIDE_TIME_NONE);
  if (answer == NULL)
    return;
  g_clear_pointer (&self->zone, g_time_zone_unref);
  self->zone = g_time_zone_ref (answer->query.metric->zone);
  self->next = answer->next;
  self->is_running = answer->is_running;
  self->progress = answer->progress;
  self->seq = answer->rows->cut;
  g_free (self->job);
  self->job = g_strdup (answer->job);
  set_cut (self, answer->rows);
  set_offsets (self, answer->rows->offsets);
  set_since (self, answer->rows);
  set_runs (self, answer->runs);
}

void
tide_merged_inspector_tick (TideMergedInspector *self)
{
  g_autofree char *next = self->zone != NULL ? next_text (self) : NULL;

  if (next != NULL)
    tide_facts_set (self->cut, 3, _ ("Next roll-up"), next);
  tide_merged_verify_tick (self->verify);
}

static void
toast (TideMergedInspector *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

void
tide_merged_inspector_copy_position (TideMergedInspector *self)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, self->seq);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  toast (self, _ ("Position copied"));
}

static void
on_copy (TideMergedInspector *self)
{
  if (self->json == NULL)
    {
      tide_merged_inspector_copy_position (self);
      return;
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->json);
  toast (self, _ ("Offsets of the cut copied as JSON"));
}

static void *
roll_up (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  TideScheduler *scheduler = tide_pipeline_get_scheduler (pipeline);

  if (!tide_scheduler_run (scheduler, data, error) || !tide_scheduler_wait (scheduler, data, cancellable, error))
    return NULL;
  return g_strdup (data);
}

static void
on_rolled_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TideMergedInspector) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *job = tide_pipeline_run_finish (TIDE_PIPELINE (source), result, &error);
  g_autofree char *text = NULL;

  if (TIDE_PIPELINE (source) != self->pipeline)
    return;
  text = job != NULL ? g_strdup (_ ("Rolled up: the cut has moved")) : g_strdup_printf (_ ("Roll-up: %s"), error->message);
  toast (self, text);
}

static void
on_roll_up (TideMergedInspector *self)
{
  if (self->pipeline == NULL || self->job == NULL)
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->roll_up), FALSE);
  tide_pipeline_run_async (self->pipeline, roll_up, g_strdup (self->job), g_free, g_free, NULL, on_rolled_up,
                           g_object_ref (self));
}

static void
tide_merged_inspector_dispose (GObject *object)
{
  TideMergedInspector *self = TIDE_MERGED_INSPECTOR (object);

  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_clear_pointer (&self->json, g_free);
  g_clear_pointer (&self->job, g_free);
  G_OBJECT_CLASS (tide_merged_inspector_parent_class)->dispose (object);
}

static void
tide_merged_inspector_class_init (TideMergedInspectorClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (TIDE_TYPE_MERGED_VERIFY);
  G_OBJECT_CLASS (class)->dispose = tide_merged_inspector_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-merged-inspector.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, TideMergedInspector, name)
  BIND (cut);
  BIND (offsets);
  BIND (since);
  BIND (runs);
  BIND (more);
  BIND (more_offsets);
  BIND (line);
  BIND (copy);
  BIND (roll_up);
  BIND (no_runs);
  BIND (verify);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_roll_up);
}

static void
tide_merged_inspector_init (TideMergedInspector *self)
{
  self->next = TIDE_TIME_NONE;
  gtk_widget_init_template (GTK_WIDGET (self));
}
