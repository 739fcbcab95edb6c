/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merged. It asks once a second while it is shown and not paused, one question at a time, on a worker; an answer to a
 * question that was changed meanwhile is recognised by its serial number and thrown away. Equation, chart, table and
 * inspector are all of one answer. Under 900 px of window the inspector goes below the chart. */
#include "app-merged-pane.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-chart.h"
#include "app-equation.h"
#include "app-format.h"
#include "app-length-choice.h"
#include "app-mark.h"
#include "app-merged-data.h"
#include "app-merged-inspector.h"
#include "app-merged-table.h"
#include "app-wrap-box.h"

#define ASK_EVERY TIDE_SECOND
#define NARROW_BELOW 900
#define INSPECTOR_WIDTH 288
#define STACKED_BELOW 800
#define MOST_ROWS 200000

static const TideAppRange ranges[] = {
  { "15min", N_ ("Last 15 min"), 15 * TIDE_MINUTE }, { "1h", N_ ("Last hour"), TIDE_HOUR },
  { "6h", N_ ("Last 6 h"), 6 * TIDE_HOUR },          { "1d", N_ ("Last 24 h"), TIDE_DAY },
  { "7d", N_ ("Last 7 days"), 7 * TIDE_DAY },
};

struct _TideMergedPane
{
  TideAppPane parent_instance;

  GtkStack *stack;
  GtkBox *content;
  GtkDropDown *metric_choice, *groups_choice;
  TideLengthChoice *length_choice;
  GtkBox *badge;
  TideStateMark *mark;
  GtkLabel *age, *definition, *problem;
  TideEquation *equation;
  AdwBin *chart_bin;
  TideMergedTable *table;
  TideMergedInspector *inspector;

  TideChart *chart;
  TideChartAxis *axis;
  TideWorkspace *workspace;
  TideMetric *metric;
  GCancellable *cancellable;
  TideMergedAnswer *answer;
  guint serial;
  gint64 asked_at;      /* monotonic */
  bool is_asking, is_filling, is_narrow, is_stacked;
};

G_DEFINE_FINAL_TYPE (TideMergedPane, tide_merged_pane, TIDE_TYPE_APP_PANE)

static TideDuration
get_span (TideMergedPane *self)
{
  return tide_chart_axis_get_span (self->axis, tide_app_pane_get_range (TIDE_APP_PANE (self))->span);
}

static void
fill_lengths (TideMergedPane *self)
{
  if (self->metric != NULL)
    tide_length_choice_fill (self->length_choice, self->metric, get_span (self), false);
}

static TidePeriod
get_period (TideMergedPane *self)
{
  return tide_length_choice_get_period (self->length_choice, self->metric->every);
}

static bool
is_by_group (TideMergedPane *self)
{
  return self->metric->n_by > 0 && gtk_drop_down_get_selected (self->groups_choice) == 1;
}

/* The pane that is open now is the last one shown. */
static void
move_home (TideMergedPane *self, TidePeriod period)
{
  TideTime now = MAX (g_get_real_time (), self->answer != NULL ? self->answer->rows->newest : TIDE_TIME_NONE);
  GTimeZone *zone = self->metric->zone;
  TideTime last = tide_period_floor (period, zone, now);
  TideTime from = tide_period_floor (period, zone, last - get_span (self));

  if (!tide_chart_axis_is_zoomed (self->axis))
    tide_chart_axis_set_home (self->axis, (double) from, (double) tide_period_next (period, zone, last));
}

static void
set_problem (TideMergedPane *self, const char *text)
{
  gtk_label_set_text (self->problem, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), text != NULL);
}

static void
show_answer (TideMergedPane *self)
{
  const TideRows *rows = self->answer != NULL ? self->answer->rows : NULL;
  g_autoptr (TideChartData) data = NULL;
  g_autofree char *range = NULL;
  double from, to;

  tide_merged_inspector_set_answer (self->inspector, tide_app_pane_get_pipeline (TIDE_APP_PANE (self)), self->answer);
  tide_merged_table_set_rows (self->table, rows);
  if (rows == NULL)
    {
      tide_chart_set_data (self->chart, NULL);
      tide_equation_set_rows (self->equation, NULL, NULL);
      return;
    }
  tide_chart_axis_get_range (self->axis, &from, &to);
  range = tide_format_range ((TideTime) from, MIN ((TideTime) to, MAX (rows->newest, (TideTime) from + TIDE_SECOND)),
                             rows->metric->zone);
  tide_equation_set_rows (self->equation, rows, range);
  data = tide_merged_get_chart (rows, self->answer->query.every, self->answer->by_group);
  tide_chart_set_data (self->chart, data);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TideMergedPane) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideMergedAnswer) answer = tide_merged_answer_ask_finish (TIDE_PIPELINE (source), result, &error);

  if (TIDE_PIPELINE (source) != tide_app_pane_get_pipeline (TIDE_APP_PANE (self)))
    return;
  self->is_asking = false;
  if (answer == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
          && !g_error_matches (error, TIDE_ERROR, TIDE_ERROR_CANCELLED))
        set_problem (self, error->message);
      return;
    }
  if (answer->serial != self->serial)
    return;
  set_problem (self, NULL);
  if (self->answer != NULL && !tide_period_equal (self->answer->query.every, answer->query.every))
    tide_chart_forget_values (self->chart);
  g_clear_pointer (&self->answer, tide_merged_answer_unref);
  self->answer = g_steal_pointer (&answer);
  show_answer (self);
}

static void
ask (TideMergedPane *self)
{
  TidePipeline *pipeline = tide_app_pane_get_pipeline (TIDE_APP_PANE (self));
  TidePeriod period = get_period (self);
  bool by_group = is_by_group (self);
  TideQuery query = { .metric = self->metric, .view = TIDE_VIEW_MERGED, .every = period, .total = !by_group,
                      .parts = true, .max_rows = MOST_ROWS };
  double from, to;

  move_home (self, period);
  tide_chart_axis_get_range (self->axis, &from, &to);
  query.from = tide_period_floor (period, self->metric->zone, (TideTime) from);
  query.to = MAX ((TideTime) to, query.from + 1);
  self->is_asking = true;
  self->asked_at = g_get_monotonic_time ();
  tide_merged_answer_ask_async (pipeline, &query, self->serial, by_group, self->cancellable, on_answer,
                                g_object_ref (self));
}

/* The next tick asks anew; an answer on its way is stale. */
static void
question_changed (TideMergedPane *self)
{
  self->serial++;
  self->asked_at = 0;
}

static void
show_freshness (TideMergedPane *self, const TideStatus *status)
{
  const TideRows *rows = self->answer->rows;
  const TideStreamInfo *info = tide_status_find_stream (status, self->metric->stream->name);
  TideTime newest = info != NULL ? MAX (rows->newest, info->newest) : rows->newest;
  TideDuration age;
  g_autofree char *span = NULL, *text = NULL;
  bool is_stale;

  if (newest == TIDE_TIME_NONE)
    {
      tide_state_mark_set_state (self->mark, TIDE_STATE_NORMAL);
      gtk_label_set_text (self->age, _ ("no events yet"));
      return;
    }
  age = MAX (g_get_real_time () - newest, 0);
  span = tide_format_age (age);
  is_stale = self->metric->freshness > 0 && age > self->metric->freshness;
  if (tide_app_pane_get_paused (TIDE_APP_PANE (self)))
    text = g_strdup (_ ("paused"));
  else
    text = g_strdup_printf (is_stale ? _ ("stale %s") : _ ("%s fresh"), span);
  is_stale = is_stale && !tide_app_pane_get_paused (TIDE_APP_PANE (self));
  tide_state_mark_set_state (self->mark, tide_app_pane_get_paused (TIDE_APP_PANE (self)) ? TIDE_STATE_NORMAL
                                         : is_stale                                      ? TIDE_STATE_PENDING
                                                                                         : TIDE_STATE_GOOD);
  gtk_label_set_text (self->age, text);
  if (is_stale)
    gtk_widget_add_css_class (GTK_WIDGET (self->badge), "tide-warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->badge), "tide-warning");
}

static void
show_subtitle (TideMergedPane *self)
{
  GTimeZone *zone = self->metric->zone;
  TideTime newest = self->answer->rows->newest;
  g_autofree char *day = NULL, *clock = NULL, *subtitle = NULL;

  if (newest == TIDE_TIME_NONE)
    return;
  day = tide_format_date (newest, zone);
  clock = tide_format_clock (newest, zone, true);
  subtitle = g_strdup_printf ("%s · %s", day, clock);
  tide_app_pane_set_subtitle (TIDE_APP_PANE (self), subtitle);
}

/* AdwBin's layout manager leaves no place to see an allocation, so the width is looked at with each tick. */
static void
adapt (TideMergedPane *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  bool is_narrow = root != NULL && gtk_widget_get_width (GTK_WIDGET (root)) < NARROW_BELOW;
  bool is_stacked = width - (is_narrow ? 0 : INSPECTOR_WIDTH) < STACKED_BELOW;

  if (width == 0 || (is_narrow == self->is_narrow && is_stacked == self->is_stacked))
    return;
  self->is_narrow = is_narrow;
  self->is_stacked = is_stacked;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->content),
                                  is_narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_set_size_request (GTK_WIDGET (self->inspector), is_narrow ? -1 : INSPECTOR_WIDTH, -1);
  gtk_widget_set_hexpand (GTK_WIDGET (self->inspector), is_narrow);
  tide_equation_set_stacked (self->equation, is_stacked);
  gtk_widget_set_visible (GTK_WIDGET (self->definition), !is_stacked);
}

static void
tide_merged_pane_tick (TideAppPane *pane, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TideMergedPane *self = TIDE_MERGED_PANE (pane);

  adapt (self);
  if (self->metric == NULL || tide_app_pane_get_pipeline (pane) == NULL)
    return;
  if (!self->is_asking && (self->asked_at == 0 || (g_get_monotonic_time () - self->asked_at >= ASK_EVERY
                                                   && !tide_app_pane_get_paused (pane))))
    ask (self);
  tide_merged_inspector_tick (self->inspector);
  if (self->answer == NULL)
    return;
  show_freshness (self, status);
  show_subtitle (self);
}

static void
set_metric (TideMergedPane *self, TideMetric *metric)
{
  g_autofree char *by = metric != NULL && metric->n_by > 0 ? g_strjoinv (", ", metric->by_names) : NULL;
  g_autofree char *by_name = by != NULL ? g_strdup_printf (_ ("By %s"), by) : NULL;
  const char *names[] = { _ ("All groups"), by_name, NULL };
  g_autoptr (GtkStringList) choices = gtk_string_list_new (names);
  bool is_other = self->metric == NULL || metric == NULL || !g_str_equal (metric->name, self->metric->name);

  if (metric != NULL)
    tide_metric_ref (metric);
  g_clear_pointer (&self->metric, tide_metric_unref);
  self->metric = metric;
  gtk_stack_set_visible_child_name (self->stack, metric != NULL ? "content" : "empty");
  question_changed (self);
  if (is_other)
    {
      g_clear_pointer (&self->answer, tide_merged_answer_unref);
      show_answer (self);
    }
  if (metric == NULL)
    return;
  self->is_filling = true;
  if (is_other)
    {
      gtk_drop_down_set_model (self->groups_choice, G_LIST_MODEL (choices));
      gtk_drop_down_set_selected (self->groups_choice, by != NULL && !tide_merged_has_columns (metric) ? 1 : 0);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->groups_choice), by != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->table), by != NULL);
  self->is_filling = false;
  gtk_label_set_text (self->definition, metric->definition);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->definition), metric->definition);
  tide_chart_axis_set_zone (self->axis, metric->zone);
  fill_lengths (self);
}

static void
fill_metrics (TideMergedPane *self)
{
  GPtrArray *metrics = self->workspace != NULL ? self->workspace->metrics : NULL;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autofree char *chosen = self->metric != NULL ? g_strdup (self->metric->name) : NULL;
  guint selected = 0, n = metrics != NULL ? metrics->len : 0;

  for (guint i = 0; i < n; i++)
    {
      TideMetric *metric = metrics->pdata[i];

      gtk_string_list_append (names, metric->title);
      if (g_strcmp0 (metric->name, chosen) == 0)
        selected = i;
    }
  self->is_filling = true;
  gtk_drop_down_set_model (self->metric_choice, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->metric_choice, n > 0 ? selected : GTK_INVALID_LIST_POSITION);
  self->is_filling = false;
  set_metric (self, n > 0 ? metrics->pdata[selected] : NULL);
}

static void
on_metric (TideMergedPane *self)
{
  guint at = gtk_drop_down_get_selected (self->metric_choice);

  if (!self->is_filling && self->workspace != NULL && at < self->workspace->metrics->len)
    set_metric (self, self->workspace->metrics->pdata[at]);
}

static void
on_groups (TideMergedPane *self)
{
  if (!self->is_filling)
    question_changed (self);
}

static void
on_range (TideMergedPane *self, gboolean by_user)
{
  if (!by_user || self->metric == NULL)
    return;
  tide_app_pane_show_zoom (TIDE_APP_PANE (self), self->axis);
  fill_lengths (self);
  question_changed (self);
}

static void
tide_merged_pane_range_changed (TideAppPane *pane, const TideAppRange *range)
{
  TideMergedPane *self = TIDE_MERGED_PANE (pane);

  tide_length_choice_forget (self->length_choice);
  tide_chart_axis_reset (self->axis);
  tide_app_pane_show_zoom (pane, self->axis);
  fill_lengths (self);
  question_changed (self);
}

static void
tide_merged_pane_paused_changed (TideAppPane *pane)
{
  TideMergedPane *self = TIDE_MERGED_PANE (pane);

  if (!tide_app_pane_get_paused (pane))
    question_changed (self);
}

static void
take_workspace (TideMergedPane *self)
{
  TidePipeline *pipeline = tide_app_pane_get_pipeline (TIDE_APP_PANE (self));

  g_clear_pointer (&self->workspace, tide_workspace_unref);
  if (pipeline != NULL)
    self->workspace = tide_pipeline_get_workspace (pipeline);
  fill_metrics (self);
}

static void
tide_merged_pane_set_pipeline (TideAppPane *pane, TidePipeline *pipeline)
{
  TideMergedPane *self = TIDE_MERGED_PANE (pane);

  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->is_asking = false;
  tide_length_choice_forget (self->length_choice);
  set_problem (self, NULL);
  tide_app_pane_set_subtitle (pane, NULL);
  set_metric (self, NULL);
  take_workspace (self);
}

static void
tide_merged_pane_workspace_changed (TideAppPane *pane)
{
  take_workspace (TIDE_MERGED_PANE (pane));
}

static bool
write_export (TidePipeline *pipeline, void *data, GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  const TideMergedAnswer *answer = data;
  g_autoptr (TideCsv) csv = tide_csv_new (stream);

  return tide_rows_write_csv (answer->rows, csv, error) && tide_csv_finish (csv, error);
}

static TideAppExport *
tide_merged_pane_get_export (TideAppPane *pane)
{
  TideMergedPane *self = TIDE_MERGED_PANE (pane);
  g_autofree char *name = NULL;

  if (self->answer == NULL)
    return NULL;
  name = g_strdup_printf ("%s-merged", self->answer->query.metric->name);
  return tide_app_export_new (name, write_export, tide_merged_answer_ref (self->answer),
                              (GDestroyNotify) tide_merged_answer_unref);
}

static void
tide_merged_pane_dispose (GObject *object)
{
  TideMergedPane *self = TIDE_MERGED_PANE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->answer, tide_merged_answer_unref);
  g_clear_pointer (&self->metric, tide_metric_unref);
  g_clear_pointer (&self->workspace, tide_workspace_unref);
  g_clear_object (&self->axis);
  G_OBJECT_CLASS (tide_merged_pane_parent_class)->dispose (object);
}

static void
tide_merged_pane_class_init (TideMergedPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  TideAppPaneClass *pane_class = TIDE_APP_PANE_CLASS (class);

  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  g_type_ensure (TIDE_TYPE_EQUATION);
  g_type_ensure (TIDE_TYPE_LENGTH_CHOICE);
  g_type_ensure (TIDE_TYPE_STATE_MARK);
  g_type_ensure (TIDE_TYPE_MERGED_TABLE);
  g_type_ensure (TIDE_TYPE_MERGED_INSPECTOR);
  G_OBJECT_CLASS (class)->dispose = tide_merged_pane_dispose;
  pane_class->can_pause = true;
  pane_class->set_pipeline = tide_merged_pane_set_pipeline;
  pane_class->workspace_changed = tide_merged_pane_workspace_changed;
  pane_class->tick = tide_merged_pane_tick;
  pane_class->paused_changed = tide_merged_pane_paused_changed;
  pane_class->range_changed = tide_merged_pane_range_changed;
  pane_class->get_export = tide_merged_pane_get_export;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-merged-pane.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, TideMergedPane, name)
  BIND (stack);
  BIND (content);
  BIND (metric_choice);
  BIND (groups_choice);
  BIND (length_choice);
  BIND (badge);
  BIND (mark);
  BIND (age);
  BIND (definition);
  BIND (problem);
  BIND (equation);
  BIND (chart_bin);
  BIND (table);
  BIND (inspector);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_metric);
  gtk_widget_class_bind_template_callback (widget_class, on_groups);
  gtk_widget_class_bind_template_callback (widget_class, question_changed);
}

static void
tide_merged_pane_init (TideMergedPane *self)
{
  TideTime now = g_get_real_time ();

  self->cancellable = g_cancellable_new ();
  tide_app_pane_set_ranges (TIDE_APP_PANE (self), ranges, G_N_ELEMENTS (ranges), "6h");
  gtk_widget_init_template (GTK_WIDGET (self));
  self->axis = tide_chart_axis_new (NULL);
  tide_chart_axis_set_home (self->axis, (double) (now - 6 * TIDE_HOUR), (double) now);
  self->chart = TIDE_CHART (tide_chart_new (self->axis));
  tide_chart_set_hero (self->chart, true);
  gtk_widget_set_hexpand (GTK_WIDGET (self->chart), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self->chart), TRUE);
  adw_bin_set_child (self->chart_bin, GTK_WIDGET (self->chart));
  g_signal_connect_object (self->axis, "range-changed", G_CALLBACK (on_range), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->chart, "cut-activated", G_CALLBACK (tide_merged_inspector_copy_position),
                           self->inspector, G_CONNECT_SWAPPED);
}
