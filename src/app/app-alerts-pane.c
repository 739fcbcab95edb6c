/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts: what fires now first, one rule in detail below. States come with the watch's snapshot and cost nothing to take;
 * what happened and the chart are asked of a worker when a state changed, another rule is chosen, or ten seconds went by.
 * The chart's limit can be dragged: the rule is back-tested with it, and saved only when the person says so. */
#include "app-alerts-pane.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-alert-editor.h"
#include "app-alert-silence.h"
#include "app-alerts-acts.h"
#include "app-alerts-data.h"
#include "app-alerts-export.h"
#include "app-alerts-table.h"
#include "app-alerts-timeline.h"
#include "app-chart.h"
#include "app-facts.h"
#include "app-format.h"
#include "app-mark.h"
#include "app-wrap-box.h"

#define ASK_EVERY (10 * TIDE_SECOND)
#define SHOW_EVERY TIDE_SECOND
#define NARROW_BELOW 900
#define STRIP_BELOW 640
#define BACKTEST_SPAN (30 * TIDE_DAY)
/* The chart shows the last part of what the strips show. */
#define CHART_SHARE 8

static const TideAppRange ranges[] = {
  { "1h", N_ ("1 hour"), TIDE_HOUR },
  { "6h", N_ ("6 hours"), 6 * TIDE_HOUR },
  { "1d", N_ ("24 h"), TIDE_DAY },
  { "7d", N_ ("7 days"), 7 * TIDE_DAY },
};

struct _TideAlertsPane
{
  TideAppPane parent_instance;

  GtkStack *stack, *chart_stack;
  GtkToggleButton *filters[TIDE_N_ALERTS_FILTERS];
  GtkBox *lower, *chart_box, *timeline;
  GtkGrid *backtest_facts, *route_facts;
  GtkLabel *rule_title, *rule_state, *rule_detail, *backtest_title, *problem;
  GtkWidget *save_limit, *backtest_button;
  AdwBin *table_bin;
  TideAlertsTable *table;
  TideChart *chart;
  TideChartAxis *axis;

  GCancellable *cancellable;
  TideAlertsAnswer *answer;
  char *rule, *group;
  double draft;          /* limit that is being tried; NAN: none */
  bool test_wanted, is_asking, narrow;
  guint serial;
  gint64 asked_at, shown_at, generation;
};

G_DEFINE_FINAL_TYPE (TideAlertsPane, tide_alerts_pane, TIDE_TYPE_APP_PANE)

static TideDuration
get_span (TideAlertsPane *self)
{
  return tide_app_pane_get_range (TIDE_APP_PANE (self))->span;
}

static void
ask_anew (TideAlertsPane *self)
{
  self->serial++;
  self->asked_at = 0;
}

/* --- detail --- */

static void
show_backtest (TideAlertsPane *self)
{
  const TideAlertsAnswer *answer = self->answer;
  const TideBacktest *test = answer != NULL ? answer->backtest : NULL;
  g_autofree char *fired = NULL, *bare = NULL, *quiet = NULL, *limit = NULL, *total = NULL, *title = NULL;

  gtk_label_set_text (self->problem, answer != NULL && answer->backtest_problem != NULL ? answer->backtest_problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), answer != NULL && answer->backtest_problem != NULL);
  gtk_widget_set_visible (self->save_limit, test != NULL && !isnan (self->draft));
  if (test != NULL)
    {
      total = tide_format_duration (test->firing);
      fired = g_strdup_printf (g_dngettext (NULL, "%u time, %s in all", "%u times, %s in all", test->spans->len), test->spans->len, total);
      bare = answer->alert->hold > 0 ? g_strdup_printf (g_dngettext (NULL, "%u time", "%u times", test->without_hold), test->without_hold) : NULL;
      quiet = isnan (answer->quietest) ? NULL : tide_alert_format_limit (answer->alert, answer->quietest);
      limit = isnan (self->draft) ? NULL : tide_alert_format_limit (answer->alert, self->draft);
      title = test->from != TIDE_TIME_NONE && test->to > test->from ? tide_format_duration (test->to - test->from) : NULL;
    }
  g_autofree char *heading = title != NULL ? g_strdup_printf (_ ("Back-test on %s"), title) : g_strdup (_ ("Back-test"));

  gtk_label_set_text (self->backtest_title, heading);
  tide_facts_set (self->backtest_facts, 0, _ ("With the limit at"), limit);
  tide_facts_set (self->backtest_facts, 1, _ ("Would have fired"), test != NULL ? fired : _ ("not tested yet"));
  tide_facts_set (self->backtest_facts, 2, _ ("Without “for”"), bare);
  tide_facts_set (self->backtest_facts, 3, _ ("Quietest limit that fires as often"), quiet);
}

static void
show_chart (TideAlertsPane *self)
{
  g_autoptr (TideChartData) data = self->answer != NULL ? tide_alerts_get_chart (self->answer, self->draft) : NULL;
  const TideAlert *alert = self->answer != NULL ? self->answer->alert : NULL;

  tide_chart_set_data (self->chart, data);
  tide_chart_set_limit_moves (self->chart, alert != NULL && alert->condition->limit == TIDE_LIMIT_NUMBER);
  gtk_stack_set_visible_child_name (self->chart_stack, data != NULL || alert == NULL ? "chart" : "none");
}

static void
show_detail (TideAlertsPane *self, const TideWatchSnapshot *snapshot)
{
  const TideAlert *alert = self->answer != NULL ? self->answer->alert : NULL;
  const TideWatchRuleInfo *info = alert != NULL && snapshot != NULL ? tide_watch_snapshot_find (snapshot, alert->name) : NULL;
  g_autofree char *title = alert == NULL                                         ? g_strdup ("")
                           : self->group != NULL && *self->group != '\0' ? g_strdup_printf ("%s · %s", alert->title, self->group)
                                                                                 : g_strdup (alert->title);
  g_autofree char *detail = alert == NULL ? g_strdup ("") : tide_alert_describe (alert);
  bool fires = info != NULL && info->n_firing > 0;

  gtk_label_set_text (self->rule_title, title);
  gtk_label_set_text (self->rule_detail, info != NULL && info->learning != NULL ? info->learning : detail);
  gtk_label_set_text (self->rule_state, info != NULL ? tide_alert_state_word (info->state) : "");
  gtk_widget_set_visible (GTK_WIDGET (self->rule_state), info != NULL);
  if (fires)
    gtk_widget_add_css_class (GTK_WIDGET (self->rule_state), "tide-critical");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->rule_state), "tide-critical");
}

static void
show_routes (TideAlertsPane *self, const TideWatchSnapshot *snapshot)
{
  const TideAlert *alert = self->answer != NULL ? self->answer->alert : NULL;
  int row = 0;

  for (guint i = 0; alert != NULL && alert->routes[i] != NULL && i < 10; i++)
    {
      const char *name = alert->routes[i];
      g_autofree char *text = NULL, *clock = NULL;

      for (guint k = 0; snapshot != NULL && k < snapshot->n_routes; k++)
        if (strcmp (snapshot->routes[k].name, name) == 0 && snapshot->routes[k].last != TIDE_TIME_NONE)
          {
            const TideWatchRouteInfo *info = &snapshot->routes[k];

            clock = tide_format_clock (info->last, NULL, true);
            text = info->dead      ? g_strdup_printf (_ ("gave up: %s"), info->answer)
                   : info->due > 0 ? g_strdup_printf (_ ("%s; tries again"), info->answer)
                                   : g_strdup_printf ("%s · %s", info->answer, clock);
          }
      tide_facts_set (self->route_facts, row++, strcmp (name, TIDE_ROUTE_DESKTOP) == 0 ? _ ("Desktop notification")
                                                : strcmp (name, TIDE_ROUTE_SOUND) == 0 ? _ ("Sound")
                                                                                       : name,
                      text != NULL ? text : _ ("nothing sent yet"));
    }
  if (row == 0)
    tide_facts_set (self->route_facts, row++, _ ("Timeline"), _ ("nobody is told"));
  for (; row < 11; row++)
    tide_facts_set (self->route_facts, row, "", NULL);
}

/* --- asking --- */

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TideAlertsPane) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideAlertsAnswer) answer = tide_pipeline_run_finish (TIDE_PIPELINE (source), result, &error);

  if (TIDE_PIPELINE (source) != tide_app_pane_get_pipeline (TIDE_APP_PANE (self)))
    return;
  self->is_asking = false;
  if (answer == NULL || answer->serial != self->serial)
    return;
  if (answer->backtest == NULL && answer->backtest_problem == NULL && self->answer != NULL && self->answer->backtest != NULL
      && answer->alert != NULL && self->answer->alert != NULL && strcmp (answer->alert->version, self->answer->alert->version) == 0
      && strcmp (answer->alert->name, self->answer->alert->name) == 0)
    {
      answer->backtest = g_steal_pointer (&self->answer->backtest); /* of the same rule: still true */
      answer->quietest = self->answer->quietest;
    }
  g_clear_pointer (&self->answer, tide_alerts_answer_free);
  self->answer = g_steal_pointer (&answer);
  self->shown_at = 0;
  show_chart (self);
  tide_alerts_timeline_show (self->timeline, self->answer);
  show_backtest (self);
}

static void
ask (TideAlertsPane *self)
{
  TidePipeline *pipeline = tide_app_pane_get_pipeline (TIDE_APP_PANE (self));
  TideAlertsQuestion *question = g_new0 (TideAlertsQuestion, 1);
  TideTime now = g_get_real_time ();
  double from, to;

  if (!tide_chart_axis_is_zoomed (self->axis))
    tide_chart_axis_set_home (self->axis, (double) (now - MAX (get_span (self) / CHART_SHARE, 15 * TIDE_MINUTE)), (double) now);
  tide_chart_axis_get_range (self->axis, &from, &to);
  question->rule = g_strdup (self->rule);
  question->group = g_strdup (self->group);
  question->from = MIN ((TideTime) from, now - get_span (self));
  question->chart_from = (TideTime) from;
  question->to = now;
  question->threshold = self->draft;
  question->backtest_from = now - BACKTEST_SPAN;
  question->serial = self->serial;
  if (self->test_wanted)
    {
      g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);

      question->conf = tide_conf_to_text (workspace->conf);
    }
  self->test_wanted = false;
  self->is_asking = true;
  self->asked_at = g_get_monotonic_time ();
  tide_alerts_ask_async (pipeline, question, self->cancellable, on_answer, g_object_ref (self));
}

/* --- showing --- */

static void
show_counts (TideAlertsPane *self, const guint counts[TIDE_N_ALERTS_FILTERS])
{
  static const char *const names[] = { N_ ("All %u"), N_ ("Firing %u"), N_ ("Pending %u"), N_ ("Silenced %u") };
  g_autofree char *subtitle = counts[TIDE_ALERTS_FIRING] + counts[TIDE_ALERTS_PENDING] == 0
                                  ? g_strdup (_ ("all normal"))
                                  : g_strdup_printf (_ ("%u firing, %u pending"), counts[TIDE_ALERTS_FIRING], counts[TIDE_ALERTS_PENDING]);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  for (guint i = 0; i < TIDE_N_ALERTS_FILTERS; i++)
    {
      g_autofree char *text = g_strdup_printf (_ (names[i]), counts[i]);

      gtk_button_set_label (GTK_BUTTON (self->filters[i]), text);
    }
#pragma GCC diagnostic pop
  tide_app_pane_set_subtitle (TIDE_APP_PANE (self), subtitle);
}

static void
show (TideAlertsPane *self, const TideWatchSnapshot *snapshot)
{
  TidePipeline *pipeline = tide_app_pane_get_pipeline (TIDE_APP_PANE (self));
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  TideTime now = g_get_real_time ();
  guint counts[TIDE_N_ALERTS_FILTERS];

  gtk_stack_set_visible_child_name (self->stack, workspace->alerts->len > 0 ? "content" : "empty");
  tide_alerts_table_update (self->table, workspace, snapshot, self->answer != NULL ? self->answer->history : NULL,
                            now - get_span (self), now, counts);
  show_counts (self, counts);
  show_detail (self, snapshot);
  show_routes (self, snapshot);
}

static void
set_narrow (TideAlertsPane *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  bool narrow = width < NARROW_BELOW;

  if (width == 0)
    return;
  tide_alerts_table_set_narrow (self->table, width < STRIP_BELOW);
  if (narrow == self->narrow)
    return;
  self->narrow = narrow;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->lower), narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
}

static void
tide_alerts_pane_tick (TideAppPane *pane, TideLiveSnapshot *live, TideStatus *status)
{
  TideAlertsPane *self = TIDE_ALERTS_PANE (pane);
  TidePipeline *pipeline = tide_app_pane_get_pipeline (pane);
  g_autoptr (TideWatchSnapshot) snapshot = pipeline != NULL ? tide_pipeline_get_alerts (pipeline) : NULL;
  gint64 now = g_get_monotonic_time ();

  if (snapshot == NULL)
    return;
  set_narrow (self);
  if (snapshot->generation != self->generation)
    self->asked_at = self->shown_at = 0;
  self->generation = snapshot->generation;
  if (now - self->shown_at >= SHOW_EVERY || self->shown_at == 0)
    {
      self->shown_at = now;
      show (self, snapshot);
    }
  if (!self->is_asking && (self->asked_at == 0 || now - self->asked_at >= ASK_EVERY))
    ask (self);
}

/* --- acts --- */

static void
on_rule_selected (TideAlertsPane *self, const char *rule, const char *group)
{
  if (g_strcmp0 (rule, self->rule) == 0 && g_strcmp0 (group, self->group) == 0)
    return;
  g_free (self->rule);
  g_free (self->group);
  self->rule = g_strdup (rule);
  self->group = g_strdup (group);
  self->draft = NAN;
  g_clear_pointer (&self->answer, tide_alerts_answer_free);
  show_chart (self);
  show_backtest (self);
  ask_anew (self);
}

static void
on_acknowledge (TideAlertsPane *self, const char *rule, const char *group)
{
  tide_alerts_acknowledge (TIDE_APP_PANE (self), rule, group);
  self->shown_at = 0;
}

static void
on_silence (TideAlertsPane *self, const char *rule, const char *group)
{
  tide_alert_silence_ask (TIDE_APP_PANE (self), rule, group);
}

static void
on_end_silence (TideAlertsPane *self, const char *rule, const char *group)
{
  tide_alerts_end_silence (TIDE_APP_PANE (self), rule, group);
  self->shown_at = 0;
}

static void
open_editor (TideAlertsPane *self, const char *rule)
{
  TidePipeline *pipeline = tide_app_pane_get_pipeline (TIDE_APP_PANE (self));

  if (pipeline != NULL)
    gtk_window_present (tide_alert_editor_new (pipeline, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), rule));
}

static void
on_new (TideAlertsPane *self)
{
  open_editor (self, NULL);
}

static void
on_edit (TideAlertsPane *self)
{
  if (self->rule != NULL)
    open_editor (self, self->rule);
}

static void
on_backtest (TideAlertsPane *self)
{
  self->test_wanted = true;
  ask_anew (self);
}

static void
on_limit_moved (TideAlertsPane *self, double value, gboolean done)
{
  const TideAlert *alert = self->answer != NULL ? self->answer->alert : NULL;

  if (alert == NULL)
    return;
  self->draft = value / tide_alert_chart_scale (alert);
  show_chart (self);
  if (done)
    on_backtest (self);
}

static void
on_applied (GObject *pipeline, GAsyncResult *result, void *data)
{
  g_autoptr (TideAlertsPane) self = data;
  g_autoptr (GError) error = NULL;

  if (!tide_pipeline_apply_finish (TIDE_PIPELINE (pipeline), result, &error))
    tide_app_pane_toast_error (TIDE_APP_PANE (self), _ ("The limit was not saved"), error);
  self->draft = NAN;
  ask_anew (self);
}

static void
on_save_limit (TideAlertsPane *self)
{
  TidePipeline *pipeline = tide_app_pane_get_pipeline (TIDE_APP_PANE (self));
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  g_autofree char *section = g_strconcat ("alert ", self->rule, NULL), *text = NULL;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  bool percent = self->answer != NULL && self->answer->alert->relative;

  text = g_strconcat (g_ascii_formatd (number, sizeof number, "%.6g", percent ? self->draft * 100 : self->draft), percent ? "%" : "", NULL);
  tide_conf_set (conf, section, "threshold", text);
  tide_conf_set (conf, section, "clear", NULL);
  tide_pipeline_apply_async (pipeline, conf, NULL, on_applied, g_object_ref (self));
}

static void
on_filter (TideAlertsPane *self)
{
  for (guint i = 0; i < TIDE_N_ALERTS_FILTERS; i++)
    if (gtk_toggle_button_get_active (self->filters[i]))
      tide_alerts_table_set_filter (self->table, (TideAlertsFilter) i);
  self->shown_at = 0;
}

void
tide_alerts_pane_open (TideAlertsPane *self, const char *rule, TideTime time)
{
  if (!tide_alerts_table_select (self->table, rule, NULL))
    {
      gtk_toggle_button_set_active (self->filters[TIDE_ALERTS_ALL], TRUE); /* no other filter may hide it */
      on_rule_selected (self, rule, "");
    }
  if (time != TIDE_TIME_NONE)
    tide_chart_axis_zoom (self->axis, (double) (time - 30 * TIDE_MINUTE), (double) (time + 30 * TIDE_MINUTE));
  ask_anew (self);
}

/* --- the pane --- */

static void
use_zone (TideAlertsPane *self)
{
  g_autoptr (GTimeZone) zone = tide_format_get_zone ();

  tide_chart_axis_set_zone (self->axis, zone);
}

static void
tide_alerts_pane_set_pipeline (TideAppPane *pane, TidePipeline *pipeline)
{
  TideAlertsPane *self = TIDE_ALERTS_PANE (pane);

  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->is_asking = false;
  self->generation = -1;
  self->draft = NAN;
  g_clear_pointer (&self->answer, tide_alerts_answer_free);
  g_clear_pointer (&self->rule, g_free);
  g_clear_pointer (&self->group, g_free);
  tide_alerts_table_clear (self->table);
  tide_app_pane_set_subtitle (pane, NULL);
  use_zone (self);
  show_chart (self);
  tide_alerts_timeline_show (self->timeline, self->answer);
  show_backtest (self);
  ask_anew (self);
}

static void
tide_alerts_pane_workspace_changed (TideAppPane *pane)
{
  TideAlertsPane *self = TIDE_ALERTS_PANE (pane);

  use_zone (self);
  self->shown_at = 0;
  ask_anew (self);
}

static void
tide_alerts_pane_range_changed (TideAppPane *pane, const TideAppRange *range)
{
  TideAlertsPane *self = TIDE_ALERTS_PANE (pane);

  tide_chart_axis_reset (self->axis);
  self->shown_at = 0;
  ask_anew (self);
}

static TideAppExport *
tide_alerts_pane_get_export (TideAppPane *pane)
{
  TideAlertsPane *self = TIDE_ALERTS_PANE (pane);

  return self->answer != NULL ? tide_alerts_export (g_get_real_time () - get_span (self)) : NULL;
}

static void
tide_alerts_pane_dispose (GObject *object)
{
  TideAlertsPane *self = TIDE_ALERTS_PANE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->answer, tide_alerts_answer_free);
  g_clear_pointer (&self->rule, g_free);
  g_clear_pointer (&self->group, g_free);
  g_clear_object (&self->axis);
  G_OBJECT_CLASS (tide_alerts_pane_parent_class)->dispose (object);
}

static void
bind (GtkWidgetClass *class)
{
  static const char *const names[] = { "filter_all", "filter_firing", "filter_pending", "filter_silenced" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    gtk_widget_class_bind_template_child_full (class, names[i], FALSE,
                                               G_STRUCT_OFFSET (TideAlertsPane, filters) + (gssize) (i * sizeof (void *)));
#define BIND(name) gtk_widget_class_bind_template_child (class, TideAlertsPane, name)
  BIND (stack);
  BIND (chart_stack);
  BIND (lower);
  BIND (chart_box);
  BIND (timeline);
  BIND (backtest_facts);
  BIND (route_facts);
  BIND (rule_title);
  BIND (rule_state);
  BIND (rule_detail);
  BIND (backtest_title);
  BIND (problem);
  BIND (save_limit);
  BIND (backtest_button);
  BIND (table_bin);
#undef BIND
  gtk_widget_class_bind_template_callback (class, on_filter);
  gtk_widget_class_bind_template_callback (class, on_new);
  gtk_widget_class_bind_template_callback (class, on_edit);
  gtk_widget_class_bind_template_callback (class, on_backtest);
  gtk_widget_class_bind_template_callback (class, on_save_limit);
}

static void
tide_alerts_pane_class_init (TideAlertsPaneClass *class)
{
  TideAppPaneClass *pane_class = TIDE_APP_PANE_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_alerts_pane_dispose;
  pane_class->set_pipeline = tide_alerts_pane_set_pipeline;
  pane_class->workspace_changed = tide_alerts_pane_workspace_changed;
  pane_class->tick = tide_alerts_pane_tick;
  pane_class->range_changed = tide_alerts_pane_range_changed;
  pane_class->get_export = tide_alerts_pane_get_export;
  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (class), "/io/github/tidemark/Tidemark/app-alerts-pane.ui");
  bind (GTK_WIDGET_CLASS (class));
}

static void
tide_alerts_pane_init (TideAlertsPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->draft = NAN;
  self->generation = -1;
  self->table = g_object_new (TIDE_TYPE_ALERTS_TABLE, NULL);
  adw_bin_set_child (self->table_bin, GTK_WIDGET (self->table));
  self->axis = tide_chart_axis_new (NULL);
  self->chart = TIDE_CHART (tide_chart_new (self->axis));
  tide_chart_set_hero (self->chart, true);
  gtk_widget_set_hexpand (GTK_WIDGET (self->chart), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self->chart), TRUE);
  gtk_box_append (self->chart_box, GTK_WIDGET (self->chart));
  g_signal_connect_swapped (self->chart, "limit-moved", G_CALLBACK (on_limit_moved), self);
  g_signal_connect_swapped (self->table, "rule-selected", G_CALLBACK (on_rule_selected), self);
  g_signal_connect_swapped (self->table, "acknowledge", G_CALLBACK (on_acknowledge), self);
  g_signal_connect_swapped (self->table, "silence", G_CALLBACK (on_silence), self);
  g_signal_connect_swapped (self->table, "end-silence", G_CALLBACK (on_end_silence), self);
  tide_app_pane_set_ranges (TIDE_APP_PANE (self), ranges, G_N_ELEMENTS (ranges), "1d");
}
