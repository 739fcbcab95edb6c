/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Historical: the batch layer only, so its answers change when a roll-up publishes and not by the second; it asks anew
 * every ten seconds while shown. Both metrics are asked by one worker, with the period before when that is compared.
 * Charts share one axis and one crosshair; the table is the first metric in full, newest first. */
#include "app-historical-pane.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-chart.h"
#include "app-format.h"
#include "app-historical-data.h"
#include "app-historical-table.h"
#include "app-length-choice.h"
#include "app-wrap-box.h"

#define ASK_EVERY (10 * TIDE_SECOND)
#define MOST_ROWS 200000
#define RANGE_AT_FIRST "1d"
#define RANGE_OF_YOUNG "6h"

static const TideAppRange ranges[] = {
  { "6h", N_ ("6 hours"), 6 * TIDE_HOUR },    { "1d", N_ ("24 hours"), TIDE_DAY },
  { "7d", N_ ("7 days"), 7 * TIDE_DAY },      { "14d", N_ ("14 days"), 14 * TIDE_DAY },
  { "30d", N_ ("30 days"), 30 * TIDE_DAY },   { "90d", N_ ("90 days"), 90 * TIDE_DAY },
  { "365d", N_ ("1 year"), 365 * TIDE_DAY },
};

struct _TideHistoricalPane
{
  TideAppPane parent_instance;

  GtkStack *stack;
  GtkDropDown *first_choice, *second_choice, *groups_choice;
  TideLengthChoice *length_choice;
  GtkToggleButton *compare;
  GtkLabel *problem;
  GtkBox *charts_box;
  TideHistoricalTable *table;

  TideChart *charts[2];
  TideChartAxis *axis;
  TideWorkspace *workspace;
  TideMetric *metrics[2]; /* the second may be NULL */
  GCancellable *cancellable;
  TideHistoricalAnswer *answer;
  guint serial;
  gint64 asked_at;
  bool is_asking, is_filling, is_fitted;
};

G_DEFINE_FINAL_TYPE (TideHistoricalPane, tide_historical_pane, TIDE_TYPE_APP_PANE)

static void
question_changed (TideHistoricalPane *self)
{
  self->serial++;
  self->asked_at = 0;
}

static TideDuration
get_span (TideHistoricalPane *self)
{
  return tide_chart_axis_get_span (self->axis, tide_app_pane_get_range (TIDE_APP_PANE (self))->span);
}

/* Lengths that both metrics have: multiples of what the coarser one stores. */
static void
fill_lengths (TideHistoricalPane *self)
{
  TideMetric *coarse = self->metrics[0];

  if (coarse == NULL)
    return;
  if (self->metrics[1] != NULL && self->metrics[1]->stored_pane > coarse->stored_pane)
    coarse = self->metrics[1];
  tide_length_choice_fill (self->length_choice, coarse, get_span (self), true);
}

static TidePeriod
get_period (TideHistoricalPane *self)
{
  return tide_length_choice_get_period (self->length_choice, self->metrics[0]->every);
}

static void
show_subtitle (TideHistoricalPane *self, TideTime from, TideTime to)
{
  g_autofree char *range = tide_format_range (from, to, self->metrics[0]->zone);
  g_autofree char *length = tide_format_duration (tide_period_length (get_period (self)));
  g_autofree char *subtitle = g_strdup_printf ("%s · %s", range, length);

  tide_app_pane_set_subtitle (TIDE_APP_PANE (self), subtitle);
}

static void
show_answer (TideHistoricalPane *self)
{
  const TideHistoricalAnswer *answer = self->answer;

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (TideChartData) data = NULL;

      if (answer != NULL && answer->rows[i] != NULL)
        data = tide_historical_get_chart (answer->rows[i], answer->previous[i], (double) answer->shift,
                                          answer->by_group, answer->every);
      tide_chart_set_data (self->charts[i], data);
      gtk_widget_set_visible (GTK_WIDGET (self->charts[i]), i == 0 || data != NULL);
    }
  tide_chart_set_show_times (self->charts[0], answer == NULL || answer->rows[1] == NULL);
  tide_historical_table_set_answer (self->table, answer);
}

/* The day that is shown at first is mostly empty where the history is younger than that. Once: a later choice is the
 * person's. */
static void
fit_young_history (TideHistoricalPane *self)
{
  TideAppPane *pane = TIDE_APP_PANE (self);
  const TideRows *rows = self->answer->rows[0];

  if (self->is_fitted || rows->n == 0)
    return;
  self->is_fitted = true;
  if (g_str_equal (tide_app_pane_get_range (pane)->id, RANGE_AT_FIRST) && !tide_chart_axis_is_zoomed (self->axis)
      && rows->rows[0].time > g_get_real_time () - 6 * TIDE_HOUR)
    tide_app_pane_set_range (pane, RANGE_OF_YOUNG);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TideHistoricalPane) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideHistoricalAnswer) answer = tide_pipeline_run_finish (TIDE_PIPELINE (source), result, &error);

  if (TIDE_PIPELINE (source) != tide_app_pane_get_pipeline (TIDE_APP_PANE (self)))
    return;
  self->is_asking = false;
  if (answer != NULL && answer->serial != self->serial)
    return;
  gtk_label_set_text (self->problem, answer == NULL ? error->message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), answer == NULL);
  if (answer == NULL)
    return;
  for (int i = 0; i < 2 && self->answer != NULL && !tide_period_equal (self->answer->every, answer->every); i++)
    tide_chart_forget_values (self->charts[i]);
  g_clear_pointer (&self->answer, tide_historical_answer_unref);
  self->answer = g_steal_pointer (&answer);
  show_answer (self);
  fit_young_history (self);
}

static void
ask (TideHistoricalPane *self)
{
  TidePeriod period = get_period (self);
  GTimeZone *zone = self->metrics[0]->zone;
  TideTime now = g_get_real_time ();
  TideHistoricalQuestion question = { .serial = self->serial, .every = period };
  double from, to;

  if (!tide_chart_axis_is_zoomed (self->axis))
    tide_chart_axis_set_home (self->axis, (double) tide_period_floor (period, zone, now - get_span (self)),
                              (double) tide_period_next (period, zone, tide_period_floor (period, zone, now)));
  tide_chart_axis_get_range (self->axis, &from, &to);
  question.from = tide_period_floor (period, zone, (TideTime) from);
  question.to = MAX ((TideTime) to, question.from + 1);
  question.metrics[0] = self->metrics[0];
  question.metrics[1] = self->metrics[1];
  question.by_group = self->metrics[0]->n_by > 0 && gtk_drop_down_get_selected (self->groups_choice) == 1;
  question.shift = gtk_toggle_button_get_active (self->compare) && !question.by_group
                       ? tide_app_pane_get_range (TIDE_APP_PANE (self))->span
                       : 0;
  question.max_rows = MOST_ROWS;
  self->is_asking = true;
  self->asked_at = g_get_monotonic_time ();
  show_subtitle (self, question.from, question.to);
  tide_historical_ask_async (tide_app_pane_get_pipeline (TIDE_APP_PANE (self)), &question, self->cancellable, on_answer,
                             g_object_ref (self));
}

static void
tide_historical_pane_tick (TideAppPane *pane, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TideHistoricalPane *self = TIDE_HISTORICAL_PANE (pane);

  if (self->metrics[0] == NULL || tide_app_pane_get_pipeline (pane) == NULL || self->is_asking)
    return;
  if (self->asked_at == 0 || g_get_monotonic_time () - self->asked_at >= ASK_EVERY)
    ask (self);
}

static void
set_metric (TideHistoricalPane *self, int index, TideMetric *metric)
{
  bool is_other = self->metrics[index] == NULL || metric == NULL || !g_str_equal (metric->name, self->metrics[index]->name);

  if (metric != NULL)
    tide_metric_ref (metric);
  g_clear_pointer (&self->metrics[index], tide_metric_unref);
  self->metrics[index] = metric;
  if (index == 0)
    {
      g_autofree char *by = metric != NULL && metric->n_by > 0 ? g_strjoinv (", ", metric->by_names) : NULL;
      g_autofree char *by_name = by != NULL ? g_strdup_printf (_ ("By %s"), by) : NULL;
      const char *names[] = { _ ("All groups"), by_name, NULL };
      g_autoptr (GtkStringList) choices = gtk_string_list_new (names);
      guint selected = is_other || by == NULL ? 0 : gtk_drop_down_get_selected (self->groups_choice);

      self->is_filling = true;
      gtk_drop_down_set_model (self->groups_choice, G_LIST_MODEL (choices));
      gtk_drop_down_set_selected (self->groups_choice, selected);
      gtk_widget_set_visible (GTK_WIDGET (self->groups_choice), by != NULL);
      self->is_filling = false;
      if (metric != NULL)
        tide_chart_axis_set_zone (self->axis, metric->zone);
    }
  fill_lengths (self);
  question_changed (self);
}

static guint
find_metric (const GPtrArray *metrics, const char *name)
{
  for (guint i = 0; metrics != NULL && i < metrics->len; i++)
    if (g_strcmp0 (((TideMetric *) metrics->pdata[i])->name, name) == 0)
      return i;
  return GTK_INVALID_LIST_POSITION;
}

static void
take_workspace (TideHistoricalPane *self)
{
  TidePipeline *pipeline = tide_app_pane_get_pipeline (TIDE_APP_PANE (self));
  g_autofree char *first_name = self->metrics[0] != NULL ? g_strdup (self->metrics[0]->name) : NULL;
  g_autofree char *second_name = self->metrics[1] != NULL ? g_strdup (self->metrics[1]->name) : NULL;
  g_autoptr (GtkStringList) first = gtk_string_list_new (NULL), second = gtk_string_list_new (NULL);
  GPtrArray *metrics;
  guint a, b;

  g_clear_pointer (&self->workspace, tide_workspace_unref);
  if (pipeline != NULL)
    self->workspace = tide_pipeline_get_workspace (pipeline);
  metrics = self->workspace != NULL ? self->workspace->metrics : NULL;
  gtk_string_list_append (second, _ ("No second metric"));
  for (guint i = 0; metrics != NULL && i < metrics->len; i++)
    {
      gtk_string_list_append (first, ((TideMetric *) metrics->pdata[i])->title);
      gtk_string_list_append (second, ((TideMetric *) metrics->pdata[i])->title);
    }
  a = find_metric (metrics, first_name);
  b = second_name != NULL ? find_metric (metrics, second_name) : GTK_INVALID_LIST_POSITION;
  if (a == GTK_INVALID_LIST_POSITION && metrics != NULL && metrics->len > 0)
    a = 0;
  self->is_filling = true;
  gtk_drop_down_set_model (self->first_choice, G_LIST_MODEL (first));
  gtk_drop_down_set_model (self->second_choice, G_LIST_MODEL (second));
  gtk_drop_down_set_selected (self->first_choice, a);
  gtk_drop_down_set_selected (self->second_choice, b != GTK_INVALID_LIST_POSITION ? b + 1 : 0);
  self->is_filling = false;
  set_metric (self, 1, b != GTK_INVALID_LIST_POSITION ? metrics->pdata[b] : NULL);
  set_metric (self, 0, a != GTK_INVALID_LIST_POSITION ? metrics->pdata[a] : NULL);
  gtk_stack_set_visible_child_name (self->stack, self->metrics[0] != NULL ? "content" : "empty");
}

static void
on_first (TideHistoricalPane *self)
{
  guint at = gtk_drop_down_get_selected (self->first_choice);

  if (!self->is_filling && self->workspace != NULL && at < self->workspace->metrics->len)
    set_metric (self, 0, self->workspace->metrics->pdata[at]);
}

static void
on_second (TideHistoricalPane *self)
{
  guint at = gtk_drop_down_get_selected (self->second_choice);

  if (!self->is_filling && self->workspace != NULL && at <= self->workspace->metrics->len)
    set_metric (self, 1, at > 0 ? self->workspace->metrics->pdata[at - 1] : NULL);
}

static void
on_other (TideHistoricalPane *self)
{
  if (!self->is_filling)
    question_changed (self);
}

static void
on_range (TideHistoricalPane *self, gboolean by_user)
{
  if (!by_user || self->metrics[0] == NULL)
    return;
  tide_app_pane_show_zoom (TIDE_APP_PANE (self), self->axis);
  fill_lengths (self);
  question_changed (self);
}

static void
tide_historical_pane_range_changed (TideAppPane *pane, const TideAppRange *range)
{
  TideHistoricalPane *self = TIDE_HISTORICAL_PANE (pane);

  tide_length_choice_forget (self->length_choice);
  tide_chart_axis_reset (self->axis);
  tide_app_pane_show_zoom (pane, self->axis);
  fill_lengths (self);
  question_changed (self);
}

static void
tide_historical_pane_set_pipeline (TideAppPane *pane, TidePipeline *pipeline)
{
  TideHistoricalPane *self = TIDE_HISTORICAL_PANE (pane);

  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->is_asking = self->is_fitted = false;
  tide_length_choice_forget (self->length_choice);
  tide_app_pane_set_subtitle (pane, NULL);
  g_clear_pointer (&self->answer, tide_historical_answer_unref);
  show_answer (self);
  take_workspace (self);
}

static void
tide_historical_pane_workspace_changed (TideAppPane *pane)
{
  take_workspace (TIDE_HISTORICAL_PANE (pane));
}

static bool
write_export (TidePipeline *pipeline, void *data, GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideCsv) csv = tide_csv_new (stream);

  return tide_historical_write_csv (data, csv, error) && tide_csv_finish (csv, error);
}

static TideAppExport *
tide_historical_pane_get_export (TideAppPane *pane)
{
  TideHistoricalPane *self = TIDE_HISTORICAL_PANE (pane);
  g_autofree char *name = NULL;

  if (self->answer == NULL)
    return NULL;
  name = g_strdup_printf ("%s-historical", self->answer->rows[0]->metric->name);
  return tide_app_export_new (name, write_export, tide_historical_answer_ref (self->answer),
                              (GDestroyNotify) tide_historical_answer_unref);
}

static void
tide_historical_pane_dispose (GObject *object)
{
  TideHistoricalPane *self = TIDE_HISTORICAL_PANE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->answer, tide_historical_answer_unref);
  g_clear_pointer (&self->metrics[0], tide_metric_unref);
  g_clear_pointer (&self->metrics[1], tide_metric_unref);
  g_clear_pointer (&self->workspace, tide_workspace_unref);
  g_clear_object (&self->axis);
  G_OBJECT_CLASS (tide_historical_pane_parent_class)->dispose (object);
}

static void
tide_historical_pane_class_init (TideHistoricalPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  TideAppPaneClass *pane_class = TIDE_APP_PANE_CLASS (class);

  g_type_ensure (TIDE_TYPE_HISTORICAL_TABLE);
  g_type_ensure (TIDE_TYPE_LENGTH_CHOICE);
  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  G_OBJECT_CLASS (class)->dispose = tide_historical_pane_dispose;
  pane_class->set_pipeline = tide_historical_pane_set_pipeline;
  pane_class->workspace_changed = tide_historical_pane_workspace_changed;
  pane_class->tick = tide_historical_pane_tick;
  pane_class->range_changed = tide_historical_pane_range_changed;
  pane_class->get_export = tide_historical_pane_get_export;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-historical-pane.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, TideHistoricalPane, name)
  BIND (stack);
  BIND (first_choice);
  BIND (second_choice);
  BIND (groups_choice);
  BIND (length_choice);
  BIND (compare);
  BIND (problem);
  BIND (charts_box);
  BIND (table);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_first);
  gtk_widget_class_bind_template_callback (widget_class, on_second);
  gtk_widget_class_bind_template_callback (widget_class, on_other);
  gtk_widget_class_bind_template_callback (widget_class, question_changed);
}

static void
tide_historical_pane_init (TideHistoricalPane *self)
{
  TideTime now = g_get_real_time ();

  self->cancellable = g_cancellable_new ();
  tide_app_pane_set_ranges (TIDE_APP_PANE (self), ranges, G_N_ELEMENTS (ranges), RANGE_AT_FIRST);
  gtk_widget_init_template (GTK_WIDGET (self));
  self->axis = tide_chart_axis_new (NULL);
  tide_chart_axis_set_home (self->axis, (double) (now - TIDE_DAY), (double) now);
  for (int i = 0; i < 2; i++)
    {
      self->charts[i] = TIDE_CHART (tide_chart_new (self->axis));
      tide_chart_set_hero (self->charts[i], true);
      tide_chart_set_show_title (self->charts[i], true);
      gtk_widget_set_vexpand (GTK_WIDGET (self->charts[i]), TRUE);
      gtk_widget_set_hexpand (GTK_WIDGET (self->charts[i]), TRUE);
      gtk_box_append (self->charts_box, GTK_WIDGET (self->charts[i]));
    }
  tide_historical_table_set_axis (self->table, self->axis);
  g_signal_connect_object (self->axis, "range-changed", G_CALLBACK (on_range), self, G_CONNECT_SWAPPED);
  show_answer (self);
}
