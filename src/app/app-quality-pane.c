/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quality: each stream's score and why, the rules of the one that is selected, what its schema lacks, its quarantine.
 * Counters are asked of a worker, as often as they may have changed while a person looks; drift comes with the status. */
#include "app-quality-pane.h"

#include <glib/gi18n.h>

#include "app-accessible.h"
#include "app-checks-card.h"
#include "app-fact-table.h"
#include "app-format.h"
#include "app-profile-card.h"
#include "app-quality-data.h"
#include "app-quality-drift.h"
#include "app-quality-rows.h"
#include "app-quarantine-browser.h"
#include "app-spark.h"
#include "app-time-axis.h"
#include "app-wrap-box.h"

#define ASK_EVERY (10 * TIDE_SECOND)
#define NARROW_BELOW 900

static const TideAppRange ranges[] = {
  { "1d", N_ ("24 h"), TIDE_DAY },
  { "7d", N_ ("7 days"), 7 * TIDE_DAY },
  { "30d", N_ ("30 days"), 30 * TIDE_DAY },
};

/* Of the streams; the filter's state, OFF for all. */
static const struct
{
  const char *text;
  TideQualityState state;
} filters[] = {
  { N_ ("All %u"), TIDE_QUALITY_OFF },
  { N_ ("Failing %u"), TIDE_QUALITY_FAILING },
  { N_ ("Warning %u"), TIDE_QUALITY_WARNING },
};

struct _TideQualityPane
{
  TideAppPane parent_instance;

  GtkStack *stack;
  GtkBox *filter_box, *middle;
  AdwBin *streams_bin, *rules_bin;
  GtkBox *legend;
  GtkLabel *rules_of, *problem;
  TideQualityDrift *drift;
  TideProfileCard *profile;
  TideChecksCard *checks;
  TideQuarantineBrowser *quarantine;

  GtkToggleButton *toggles[G_N_ELEMENTS (filters)];
  TideFactTable *streams, *rules;
  TideTimeAxis *times;
  TideQualityAnswer *answer;
  TideStatus *status;
  GCancellable *cancellable;
  char *stream;
  guint filter;
  gint64 asked_at; /* monotonic; 0: ask */
  bool is_asking, is_export_of_quarantine;
};

G_DEFINE_FINAL_TYPE (TideQualityPane, tide_quality_pane, TIDE_TYPE_APP_PANE)

/* --- showing --- */

static void
show_counts (TideQualityPane *self)
{
  gint64 waiting = 0;
  g_autofree char *number = NULL, *subtitle = NULL;

  for (guint f = 0; f < G_N_ELEMENTS (filters); f++)
    {
      guint n = 0;
      g_autofree char *text = NULL;

      for (guint i = 0; i < self->answer->streams->len; i++)
        {
          const TideQualityStream *stream = g_ptr_array_index (self->answer->streams, i);

          n += f == 0 || stream->state == filters[f].state;
          waiting += f == 0 ? stream->waiting : 0;
        }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      text = g_strdup_printf (_ (filters[f].text), n);
#pragma GCC diagnostic pop
      gtk_button_set_label (GTK_BUTTON (self->toggles[f]), text);
    }
  number = tide_format_int (waiting);
  subtitle = g_strdup_printf (_ ("%s in quarantine"), number);
  tide_app_pane_set_subtitle (TIDE_APP_PANE (self), subtitle);
}

static void
show_rules (TideQualityPane *self)
{
  const TideQualityStream *stream = tide_quality_answer_find (self->answer, self->stream);
  g_autoptr (GPtrArray) rows = tide_quality_make_rule_rows (stream);
  g_autofree char *text = NULL;

  tide_fact_table_set_rows (self->rules, rows);
  if (stream != NULL)
    text = g_strdup_printf (_ ("%s · %u of %u fail today · an error sends the event to quarantine, a warning keeps it"), stream->name,
                            stream->n_failing, stream->n_rules);
  gtk_label_set_text (self->rules_of, text != NULL ? text : _ ("No stream selected"));
  tide_quality_drift_set (self->drift, tide_app_pane_get_pipeline (TIDE_APP_PANE (self)), self->status, self->stream);
  tide_quarantine_browser_set_counts (self->quarantine, stream != NULL ? stream->waiting : 0, stream != NULL ? stream->replayed : 0,
                                      stream != NULL ? stream->discarded : 0);
}

static void
show (TideQualityPane *self)
{
  const TideAppRange *range = tide_app_pane_get_range (TIDE_APP_PANE (self));
  g_autofree char *title = g_strdup_printf (_ ("last %s"), _ (range->title));
  g_autoptr (GPtrArray) rows = NULL;

  if (self->answer == NULL)
    return;
  gtk_stack_set_visible_child_name (self->stack, self->answer->streams->len > 0 ? "content" : "empty");
  tide_fact_table_set_title (self->streams, TIDE_QUALITY_STATES_COLUMN, title, NULL);
  rows = tide_quality_make_stream_rows (self->answer, filters[self->filter].state, self->status);
  tide_fact_table_set_rows (self->streams, rows);
  show_counts (self);
  show_rules (self);
}

static void
on_answer (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideQualityPane) self = data;
  g_autoptr (GError) error = NULL;
  GCancellable *asked = g_task_get_cancellable (G_TASK (result));
  g_autoptr (TideQualityAnswer) answer = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);

  if (asked != self->cancellable) /* of what is no longer shown */
    return;
  self->is_asking = false;
  gtk_label_set_text (self->problem, error != NULL ? error->message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), error != NULL);
  if (answer == NULL)
    return;
  g_clear_pointer (&self->answer, tide_quality_answer_unref);
  self->answer = g_steal_pointer (&answer);
  show (self);
}

static void
restart (TideQualityPane *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->is_asking = false;
  self->asked_at = 0;
}

/* Under the states over time, where these are shown. */
static void
place_times (TideQualityPane *self)
{
  GtkWidget *above = tide_fact_table_get_spark (self->streams, TIDE_QUALITY_STATES_COLUMN);

  gtk_widget_set_visible (GTK_WIDGET (self->times), above != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->legend), above != NULL);
  if (self->answer != NULL)
    tide_time_axis_set (self->times, above, (double) self->answer->from, (double) self->answer->to);
}

static void
adapt (TideQualityPane *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  GtkOrientation orientation = width < NARROW_BELOW ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;

  if (width == 0)
    return;
  tide_fact_table_adapt (self->streams);
  place_times (self);
  tide_fact_table_adapt (self->rules);
  tide_checks_card_adapt (self->checks);
  tide_profile_card_tick (self->profile);
  if (gtk_orientable_get_orientation (GTK_ORIENTABLE (self->middle)) != orientation)
    gtk_orientable_set_orientation (GTK_ORIENTABLE (self->middle), orientation);
}

/* --- what the person does --- */

static void
on_stream_selected (TideQualityPane *self)
{
  const char *stream = tide_fact_table_get_selected (self->streams);

  if (stream == NULL || g_strcmp0 (stream, self->stream) == 0)
    return;
  g_free (self->stream);
  self->stream = g_strdup (stream);
  tide_quarantine_browser_set_stream (self->quarantine, self->stream);
  tide_profile_card_set_stream (self->profile, self->stream);
  show_rules (self);
}

static void
on_rule_selected (TideQualityPane *self)
{
  tide_quarantine_browser_set_rule (self->quarantine, tide_fact_table_get_selected (self->rules));
}

static void
on_edit_rules (TideQualityPane *self)
{
  if (self->stream != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.rules", "s", self->stream);
}

static void
on_filter (GtkToggleButton *toggle, TideQualityPane *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    if (toggle == self->toggles[i] && gtk_toggle_button_get_active (toggle))
      self->filter = i;
  show (self);
}

/* An event was put back, taken away or edited. */
static void
on_quarantine_changed (TideQualityPane *self)
{
  self->asked_at = 0;
}

/* --- for the window --- */

static void
tide_quality_pane_tick (TideAppPane *pane, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TideQualityPane *self = TIDE_QUALITY_PANE (pane);
  gint64 now = g_get_monotonic_time ();

  if (tide_app_pane_get_pipeline (pane) == NULL)
    return;
  adapt (self);
  if (status != NULL && status != self->status)
    {
      g_clear_pointer (&self->status, tide_status_unref);
      self->status = tide_status_ref (status);
      tide_quarantine_browser_tick (self->quarantine, status);
    }
  if (self->is_asking || (self->asked_at != 0 && now - self->asked_at < ASK_EVERY))
    return;
  self->is_asking = true;
  self->asked_at = now;
  tide_quality_ask_async (tide_app_pane_get_pipeline (pane), tide_app_pane_get_range (pane)->span, self->cancellable, on_answer,
                          g_object_ref (self));
}

static void
tide_quality_pane_workspace_changed (TideAppPane *pane)
{
  tide_quarantine_browser_workspace_changed (TIDE_QUALITY_PANE (pane)->quarantine);
  tide_checks_card_set_pipeline (TIDE_QUALITY_PANE (pane)->checks, tide_app_pane_get_pipeline (pane));
  restart (TIDE_QUALITY_PANE (pane));
}

static void
tide_quality_pane_set_pipeline (TideAppPane *pane, TidePipeline *pipeline)
{
  TideQualityPane *self = TIDE_QUALITY_PANE (pane);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  g_clear_pointer (&self->answer, tide_quality_answer_unref);
  g_clear_pointer (&self->status, tide_status_unref);
  g_clear_pointer (&self->stream, g_free);
  tide_fact_table_set_rows (self->streams, none); /* so that the first of the next is told of, even when its name is the same */
  tide_fact_table_set_rows (self->rules, none);
  tide_quality_drift_set (self->drift, NULL, NULL, NULL); /* lets go of the workspace, which is locked as long as it is held */
  tide_app_pane_set_subtitle (pane, NULL);
  tide_quarantine_browser_set_pipeline (self->quarantine, pipeline);
  tide_profile_card_set_pipeline (self->profile, pipeline);
  tide_profile_card_set_stream (self->profile, NULL);
  tide_checks_card_set_pipeline (self->checks, pipeline);
  restart (self);
}

static void
tide_quality_pane_range_changed (TideAppPane *pane, const TideAppRange *range)
{
  restart (TIDE_QUALITY_PANE (pane));
}

static void
tide_quality_pane_search (TideAppPane *pane)
{
  tide_quarantine_browser_search (TIDE_QUALITY_PANE (pane)->quarantine);
}

static TideAppExport *
tide_quality_pane_get_export (TideAppPane *pane)
{
  TideQualityPane *self = TIDE_QUALITY_PANE (pane);

  if (self->is_export_of_quarantine)
    return tide_quarantine_browser_get_export (self->quarantine);
  return self->answer != NULL && self->answer->streams->len > 0 ? tide_quality_export (self->answer) : NULL;
}

static void
on_export_quarantine (TideQualityPane *self)
{
  self->is_export_of_quarantine = true;
  gtk_widget_activate_action (GTK_WIDGET (self), "win.export", NULL);
  self->is_export_of_quarantine = false;
}

/* --- the object --- */

static void
add_tables (TideQualityPane *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->streams = TIDE_FACT_TABLE (tide_fact_table_new (_ ("Streams and their scores"), tide_quality_stream_columns,
                                                        tide_quality_n_stream_columns, true));
  self->rules = TIDE_FACT_TABLE (tide_fact_table_new (_ ("Rules of the stream"), tide_quality_rule_columns, tide_quality_n_rule_columns, true));
  tide_fact_table_set_may_select_none (self->rules);
  self->times = TIDE_TIME_AXIS (tide_time_axis_new ());
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->streams));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->times));
  adw_bin_set_child (self->streams_bin, box);
  adw_bin_set_child (self->rules_bin, GTK_WIDGET (self->rules));
  g_signal_connect_object (self->streams, "selected", G_CALLBACK (on_stream_selected), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->rules, "selected", G_CALLBACK (on_rule_selected), self, G_CONNECT_SWAPPED);
}

/* What the marks over time mean. */
static void
add_legend (TideQualityPane *self)
{
  static const struct
  {
    TideSparkState state;
    const char *word;
  } marks[] = { { TIDE_SPARK_CRITICAL, N_ ("failing") }, { TIDE_SPARK_WARNING, N_ ("warning") }, { TIDE_SPARK_NOTHING, N_ ("no data") } };

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      const double value = marks[i].state;
      TideSparkData *data = tide_spark_data_new (TIDE_SPARK_STATES, &value, 1, TIDE_SPARK_GOOD, g_strdup (_ (marks[i].word)));
      GtkWidget *mark = tide_spark_new (), *label = gtk_label_new (_ (marks[i].word));

      tide_spark_set (TIDE_SPARK (mark), data);
      tide_spark_data_unref (data);
      tide_spark_set_width (TIDE_SPARK (mark), i == 0 ? 5 : 14);
      gtk_widget_set_valign (mark, GTK_ALIGN_CENTER);
      gtk_widget_add_css_class (label, "tide-fact");
      gtk_widget_add_css_class (label, "dim-label");
      gtk_widget_set_margin_end (label, 8);
      gtk_box_append (self->legend, mark);
      gtk_box_append (self->legend, label);
    }
}

static void
add_filters (TideQualityPane *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      self->toggles[i] = GTK_TOGGLE_BUTTON (gtk_toggle_button_new ());
      if (i > 0)
        gtk_toggle_button_set_group (self->toggles[i], self->toggles[0]);
      gtk_toggle_button_set_active (self->toggles[i], i == 0);
      g_signal_connect_object (self->toggles[i], "toggled", G_CALLBACK (on_filter), self, 0);
      gtk_box_append (self->filter_box, GTK_WIDGET (self->toggles[i]));
    }
}

static void
tide_quality_pane_dispose (GObject *object)
{
  TideQualityPane *self = TIDE_QUALITY_PANE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->answer, tide_quality_answer_unref);
  g_clear_pointer (&self->status, tide_status_unref);
  g_clear_pointer (&self->stream, g_free);
  G_OBJECT_CLASS (tide_quality_pane_parent_class)->dispose (object);
}

static void
tide_quality_pane_class_init (TideQualityPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  TideAppPaneClass *pane_class = TIDE_APP_PANE_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_quality_pane_dispose;
  pane_class->set_pipeline = tide_quality_pane_set_pipeline;
  pane_class->workspace_changed = tide_quality_pane_workspace_changed;
  pane_class->tick = tide_quality_pane_tick;
  pane_class->range_changed = tide_quality_pane_range_changed;
  pane_class->get_export = tide_quality_pane_get_export;
  pane_class->search = tide_quality_pane_search;
  g_type_ensure (TIDE_TYPE_CHECKS_CARD);
  g_type_ensure (TIDE_TYPE_PROFILE_CARD);
  g_type_ensure (TIDE_TYPE_QUALITY_DRIFT);
  g_type_ensure (TIDE_TYPE_QUARANTINE_BROWSER);
  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-quality-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, stack);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, filter_box);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, middle);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, legend);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, streams_bin);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, rules_bin);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, rules_of);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, problem);
  gtk_widget_class_bind_template_callback (widget_class, on_edit_rules);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, drift);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, checks);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, profile);
  gtk_widget_class_bind_template_child (widget_class, TideQualityPane, quarantine);
}

static void
tide_quality_pane_init (TideQualityPane *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  add_tables (self);
  add_filters (self);
  add_legend (self);
  tide_quarantine_browser_set_full (self->quarantine);
  g_signal_connect_object (self->quarantine, "changed", G_CALLBACK (on_quarantine_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->quarantine, "export", G_CALLBACK (on_export_quarantine), self, G_CONNECT_SWAPPED);
  tide_app_pane_set_ranges (TIDE_APP_PANE (self), ranges, G_N_ELEMENTS (ranges), "7d");
  tide_accessible_name_buttons (GTK_WIDGET (self));
}
