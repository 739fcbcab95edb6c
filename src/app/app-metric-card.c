/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One card of Live. The series are the snapshot's own arrays: nothing is copied, the chart's data keep the snapshot
 * alive. A card shows at most five groups and `other`, by the order of their dictionary, so that a group keeps its
 * colour in every card; how many there are stands beside the value. */
#include "app-metric-card.h"

#include "app-alerts-data.h"
#include "app-format.h"
#include "app-shown.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Nobody reads more numbers a second, and each new text lays out the window anew. */
#define LABELS_EVERY (400 * TIDE_MS)
#define MAX_RULES 6 /* whose limits are drawn */

struct _TideMetricCard
{
  AdwBin parent_instance;

  GtkLabel *title, *subtitle, *value, *unit, *change;
  GtkStack *stack;
  GtkBox *chart_box;
  GtkImage *icon;
  GtkLabel *heading, *sentence;
  TideFreshness *freshness;
  TideChart *chart;
  TideMetric *metric;
  guint64 paused_events; /* that had counted when it was paused */
  TideWorkspace *workspace;
  TideWatchSnapshot *alerts;
  TideTime labelled;     /* when the labels were set */
};

G_DEFINE_FINAL_TYPE (TideMetricCard, tide_metric_card, ADW_TYPE_BIN)

static void
set_text (GtkLabel *label, const char *text)
{
  if (strcmp (gtk_label_get_text (label), text) != 0)
    gtk_label_set_text (label, text);
}

guint
tide_metric_card_pick (const TideLiveMetric *metric, guint ret_index[TIDE_CARD_MAX_SERIES])
{
  guint n = 0;

  for (guint i = 0; i < metric->n_series && n < TIDE_CARD_MAX_SERIES - 1; i++)
    if (metric->series[i].group != 0)
      ret_index[n++] = i;
  for (guint i = 0; i < metric->n_series; i++)
    if (metric->series[i].group == 0)
      ret_index[n++] = i;
  return n;
}

static GBytes *
bytes_of (TideLiveSnapshot *snapshot, const double *values, guint n)
{
  return g_bytes_new_with_free_func (values, n * sizeof *values, (GDestroyNotify) tide_live_snapshot_unref,
                                     tide_live_snapshot_ref (snapshot));
}

/* The values themselves, or of a share a copy in percent. */
static GBytes *
shown_bytes_of (TideLiveSnapshot *snapshot, const TideMetric *metric, const double *values, guint n)
{
  double scale = tide_shown_scale (metric), *copy;

  if (!tide_shown_is_share (metric))
    return bytes_of (snapshot, values, n);
  copy = g_new (double, n);
  for (guint i = 0; i < n; i++)
    copy[i] = values[i] * scale;
  return g_bytes_new_take (copy, n * sizeof *copy);
}

/* Drawn from 0: what is counted or added up. */
static bool
is_from_zero (const TideMetric *metric)
{
  return metric->aggregate->additive || metric->numerator != NULL || strcmp (metric->aggregate->name, "distinct") == 0;
}

static void
add_band (TideChartData *data, const TideFreshFacts *facts, const TideLiveMetric *metric)
{
  g_autofree char *age = tide_format_age (facts->age), *text = NULL;

  if (metric->newest == TIDE_TIME_NONE)
    return;
  if (facts->state == TIDE_FRESH_STALE || facts->state == TIDE_FRESH_FAILED)
    {
      text = g_strdup_printf (_ ("no data for %s"), age);
      tide_chart_data_add_band (data, TIDE_BAND_NO_DATA, (double) metric->newest, INFINITY, text);
    }
  else if (facts->state == TIDE_FRESH_CATCHING_UP)
    tide_chart_data_add_band (data, TIDE_BAND_LAG, (double) metric->newest, INFINITY, _ ("still to be read"));
}

/* A point stands at the end of its second. Those after the newest event say nothing, and a second that is still open is
 * not drawn. */
static guint
points_of (const TideLiveSnapshot *snapshot, const TideLiveMetric *metric)
{
  guint n = metric->n;

  while (n > 0 && metric->newest != TIDE_TIME_NONE
         && (metric->times[n - 1] > (double) snapshot->time
             || metric->times[n - 1] - (double) TIDE_SECOND > (double) metric->newest))
    n--;
  return n;
}

static void
add_rule (TideChartData *data, const TideAlert *alert, const TideWatchRuleInfo *rule)
{
  bool has_limit = strcmp (alert->condition->name, "above") == 0 || strcmp (alert->condition->name, "below") == 0;
  g_autofree char *limit = tide_alert_format_limit (alert, alert->threshold), *label = NULL;

  if (has_limit)
    {
      label = alert->compare == TIDE_COMPARE_BELOW ? g_strdup_printf (_ ("fires below %s"), limit) : g_strdup_printf (_ ("fires above %s"), limit);
      tide_chart_data_add_limit (data, TIDE_LIMIT_CRITICAL, alert->threshold * tide_shown_scale (alert->metric), label);
    }
  for (guint i = 0; i < rule->n_shown; i++)
    {
      const TideWatchGroupInfo *group = &rule->groups[i];

      if (group->state == TIDE_ALERT_FIRING)
        tide_chart_data_add_band (data, TIDE_BAND_FIRING, (double) group->since, INFINITY, NULL);
      else if (group->state == TIDE_ALERT_PENDING)
        tide_chart_data_add_band (data, TIDE_BAND_PENDING, (double) group->since, INFINITY, NULL);
    }
}

/* What is not normal first, since there is room for only so many. */
static void
add_alerts (TideMetricCard *self, TideChartData *data)
{
  guint n = 0;

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; self->alerts != NULL && i < self->alerts->n_rules && n < MAX_RULES; i++)
      {
        const TideWatchRuleInfo *rule = &self->alerts->rules[i];
        const TideAlert *alert
            = (rule->state == TIDE_ALERT_NORMAL) == (pass == 1) ? tide_alerts_find (self->workspace, rule->name, i) : NULL;

        if (alert == NULL || alert->metric == NULL || alert->divided_by != NULL || strcmp (alert->metric->name, self->metric->name) != 0)
          continue;
        add_rule (data, alert, rule);
        n++;
      }
}

static TideChartData *
build_data (TideMetricCard *self, TideLiveSnapshot *snapshot, const TideLiveMetric *metric,
            const TideFreshFacts *facts)
{
  TideChartData *data = tide_chart_data_new (metric->metric->title, tide_shown_unit (metric->metric));
  guint index[TIDE_CARD_MAX_SERIES], n = tide_metric_card_pick (metric, index), points = points_of (snapshot, metric);
  g_autoptr (GBytes) x = bytes_of (snapshot, metric->times, points);
  TideChartStyle style = n == 1 && metric->metric->aggregate->additive ? TIDE_CHART_AREA : TIDE_CHART_LINE;

  for (guint i = 0; i < n; i++)
    {
      const TideLiveSeries *series = &metric->series[index[i]];
      g_autoptr (GBytes) y = shown_bytes_of (snapshot, metric->metric, series->y, points);
      bool is_all = metric->metric->n_by == 0;

      tide_chart_data_add_series (data, series->label, series->label,
                                  is_all ? TIDE_ROLE_SERIES_1 : tide_palette_role_of_group (series->group), style, x, y);
    }
  tide_chart_data_set_from_zero (data, is_from_zero (metric->metric));
  add_band (data, facts, metric);
  add_alerts (self, data);
  return data;
}

static void
show_value (TideMetricCard *self, const TideLiveMetric *metric, const TideFreshFacts *facts)
{
  double value = tide_shown_double (metric->metric, metric->latest);
  bool none = facts->state == TIDE_FRESH_CATCHING_UP || isnan (value);
  bool whole = metric->latest.kind == TIDE_VALUE_EXACT && metric->latest.scale == 0;
  g_autofree char *text = none    ? g_strdup (TIDE_NO_VALUE)
                          : whole ? tide_format_number (value, 0)
                                  : tide_format_short (value);

  set_text (self->value, text);
  gtk_widget_set_visible (GTK_WIDGET (self->unit), !none && tide_shown_unit (metric->metric) != NULL);
}

/* Of the value over all groups, where the chart has it: one series, or sums that add up. */
static double
value_at (const TideLiveMetric *metric, guint point)
{
  double sum = 0;

  if (metric->n_series != 1 && (!metric->metric->aggregate->additive || metric->capped))
    return NAN;
  for (guint i = 0; i < metric->n_series; i++)
    if (!isnan (metric->series[i].y[point]))
      sum += metric->series[i].y[point];
    else if (metric->n_series == 1)
      return NAN;
  return sum;
}

static char *
change_of (const TideLiveMetric *metric, TideChartAxis *axis)
{
  g_autofree char *change = NULL, *span = NULL;
  double from, to, now = tide_shown_double (metric->metric, metric->latest);
  guint point = 0;

  tide_chart_axis_get_range (axis, &from, &to);
  if (metric->n == 0 || isnan (now) || metric->times[0] > from + (double) TIDE_SECOND)
    return NULL;
  while (point + 1 < metric->n && metric->times[point] < from)
    point++;
  change = tide_format_change (now, value_at (metric, point) * tide_shown_scale (metric->metric),
                               g_strcmp0 (tide_shown_unit (metric->metric), "%") == 0);
  if (change == NULL)
    return NULL;
  span = tide_format_duration ((TideDuration) (to - from));
  return g_strdup_printf (_ ("%s vs %s ago"), change, span);
}

static void
show_change (TideMetricCard *self, const TideLiveMetric *metric, const TideFreshFacts *facts, guint shown)
{
  g_autofree char *text = NULL;

  if (facts->state == TIDE_FRESH_CATCHING_UP && facts->events > 0)
    {
      g_autofree char *events = tide_format_int (facts->events);

      text = g_strdup_printf (_ ("%s events to go"), events);
    }
  else if (metric->metric->n_by > 0 && metric->groups_seen > shown)
    {
      g_autofree char *some = tide_format_int (shown), *all = tide_format_int (metric->groups_seen);

      text = g_strdup_printf (_ ("%s of %s shown"), some, all);
    }
  else if (facts->state == TIDE_FRESH_FRESH)
    text = change_of (metric, tide_chart_get_axis (self->chart));
  set_text (self->change, text != NULL ? text : "");
}

static bool
stream_has_events (const TideLiveSnapshot *snapshot, const TideMetric *metric)
{
  for (guint i = 0; i < snapshot->n_streams; i++)
    if (strcmp (snapshot->streams[i].stream->name, metric->stream->name) == 0)
      return snapshot->streams[i].newest != TIDE_TIME_NONE;
  return false;
}

static char *
sentence_of_quiet (TideMetricCard *self, const TideFreshFacts *facts, const TideLiveSnapshot *snapshot, TideTime stored)
{
  const char *stream = self->metric->stream->name;

  if (facts->source == TIDE_SOURCE_OFF)
    return g_strdup_printf (_ ("No source of %s is enabled."), stream);
  if (stream_has_events (snapshot, self->metric))
    return g_strdup_printf (_ ("None of %s has counted in the last minutes."), stream);
  if (stored != TIDE_TIME_NONE)
    {
      g_autofree char *when = tide_format_date_time (stored, NULL);

      return g_strdup_printf (_ ("The newest event of %s is of %s; Historical and Merged show it."), stream, when);
    }
  return g_strdup_printf (_ ("%s is quiet."), stream);
}

/* A card without anything to draw: one icon, one heading, one sentence. */
static void
show_nothing (TideMetricCard *self, const TideFreshFacts *facts, const TideLiveSnapshot *snapshot,
              const TideStatus *status)
{
  const TideStreamInfo *info = tide_status_find_stream (status, self->metric->stream->name);
  TideTime now = snapshot->time, stored = info != NULL ? info->newest : TIDE_TIME_NONE;
  g_autofree char *sentence = NULL;
  const char *icon = "content-loading-symbolic", *heading = stored != TIDE_TIME_NONE ? _ ("Nothing recent") : _ ("No event yet");

  if (facts->state == TIDE_FRESH_FAILED)
    {
      icon = "action-unavailable-symbolic";
      heading = facts->source == TIDE_SOURCE_RETRYING ? _ ("The source is away") : _ ("The source failed");
      sentence = g_strdup (facts->message != NULL ? facts->message : "");
      if (facts->retry_at != TIDE_TIME_NONE && facts->retry_at > now)
        {
          g_autofree char *wait = tide_format_age (facts->retry_at - now), *before = g_steal_pointer (&sentence);

          sentence = g_strdup_printf (_ ("%s\nTrying again in %s."), before, wait);
        }
    }
  else
    sentence = sentence_of_quiet (self, facts, snapshot, stored);
  if (g_strcmp0 (gtk_image_get_icon_name (self->icon), icon) != 0)
    gtk_image_set_from_icon_name (self->icon, icon);
  set_text (self->heading, heading);
  set_text (self->sentence, sentence);
  set_text (self->value, TIDE_NO_VALUE);
  set_text (self->change, "");
  gtk_widget_set_visible (GTK_WIDGET (self->unit), FALSE);
}

void
tide_metric_card_update (TideMetricCard *self, TideLiveSnapshot *snapshot, const TideLiveMetric *metric,
                         const TideStatus *status)
{
  TideFreshFacts facts = tide_freshness_of (metric, status, snapshot->time);
  bool nothing = metric->newest == TIDE_TIME_NONE;
  bool labels = snapshot->time - self->labelled >= LABELS_EVERY || snapshot->time < self->labelled;
  guint index[TIDE_CARD_MAX_SERIES];

  self->paused_events = metric->events;
  if (labels)
    {
      self->labelled = snapshot->time;
      tide_freshness_update (self->freshness, &facts);
    }
  gtk_stack_set_visible_child_name (self->stack, nothing && status != NULL ? "nothing" : "chart");
  if (nothing)
    {
      if (labels)
        show_nothing (self, &facts, snapshot, status);
      return;
    }
  if (labels)
    {
      show_value (self, metric, &facts);
      show_change (self, metric, &facts, tide_metric_card_pick (metric, index));
    }
  {
    g_autoptr (TideChartData) data = build_data (self, snapshot, metric, &facts);

    tide_chart_set_data (self->chart, data);
  }
}

void
tide_metric_card_update_paused (TideMetricCard *self, TideTime since, TideTime time, const TideLiveMetric *now)
{
  TideFreshFacts facts = { .state = TIDE_FRESH_PAUSED, .age = MAX (0, time - since), .events = -1,
                           .retry_at = TIDE_TIME_NONE };
  g_autofree char *events = tide_format_int ((gint64) (now->events - MIN (now->events, self->paused_events)));
  g_autofree char *clock = tide_format_clock (since, NULL, true);
  g_autofree char *text = g_strdup_printf (_ ("at %s · %s events since"), clock, events);

  tide_freshness_update (self->freshness, &facts);
  set_text (self->change, text);
}

void
tide_metric_card_set_compact (TideMetricCard *self, bool compact)
{
  tide_freshness_set_compact (self->freshness, compact);
}

void
tide_metric_card_set_alerts (TideMetricCard *self, TideWorkspace *workspace, TideWatchSnapshot *alerts)
{
  if (workspace != NULL)
    tide_workspace_ref (workspace);
  g_clear_pointer (&self->workspace, tide_workspace_unref);
  self->workspace = workspace;
  g_clear_pointer (&self->alerts, tide_watch_snapshot_unref);
  self->alerts = workspace != NULL && alerts != NULL ? tide_watch_snapshot_ref (alerts) : NULL;
}

TideMetric *
tide_metric_card_get_metric (TideMetricCard *self)
{
  return self->metric;
}

static void
tide_metric_card_finalize (GObject *object)
{
  tide_metric_card_set_alerts (TIDE_METRIC_CARD (object), NULL, NULL);
  tide_metric_unref (TIDE_METRIC_CARD (object)->metric);
  G_OBJECT_CLASS (tide_metric_card_parent_class)->finalize (object);
}

static void
tide_metric_card_class_init (TideMetricCardClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_metric_card_finalize;
  g_type_ensure (TIDE_TYPE_FRESHNESS);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-metric-card.ui");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, title);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, subtitle);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, value);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, unit);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, change);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, stack);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, chart_box);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, icon);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, heading);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, sentence);
  gtk_widget_class_bind_template_child (widget_class, TideMetricCard, freshness);
}

static void
tide_metric_card_init (TideMetricCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static char *
subtitle_of (const TideMetric *metric)
{
  g_autofree char *by = NULL;

  if (metric->numerator != NULL)
    return g_strdup (_ ("ratio"));
  if (metric->n_by == 0)
    return g_strdup (strcmp (metric->aggregate->name, "count") == 0 ? "" : metric->aggregate->name);
  by = g_strjoinv (", ", metric->by_names);
  return g_strdup_printf (_ ("by %s"), by);
}

GtkWidget *
tide_metric_card_new (TideChartAxis *axis, TideMetric *metric)
{
  TideMetricCard *self = g_object_new (TIDE_TYPE_METRIC_CARD, NULL);
  g_autofree char *subtitle = subtitle_of (metric);

  self->metric = tide_metric_ref (metric);
  gtk_label_set_text (self->title, metric->title);
  gtk_label_set_text (self->subtitle, subtitle);
  gtk_label_set_text (self->unit, tide_shown_unit (metric) != NULL ? tide_shown_unit (metric) : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->title), metric->definition);
  self->chart = TIDE_CHART (tide_chart_new (axis));
  gtk_widget_set_vexpand (GTK_WIDGET (self->chart), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self->chart), TRUE);
  gtk_widget_set_size_request (GTK_WIDGET (self->chart), -1, 112);
  gtk_box_append (self->chart_box, GTK_WIDGET (self->chart));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, metric->title, -1);
  return GTK_WIDGET (self);
}
