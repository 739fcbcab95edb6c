/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live: what the rings hold, as it comes: a card a metric on one shared axis, the newest events below. It draws
 * snapshots and keeps nothing of its own; pausing keeps the snapshot of that moment. A snapshot that was drawn already is
 * not drawn again. */
#include "app-live-pane.h"

#include "app-card-grid.h"
#include "app-event-browser.h"
#include "app-format.h"
#include "app-metric-card.h"
#include "app-quarantine-browser.h"

#include <glib/gi18n.h>
#include <math.h>

#define COMPACT_BELOW 560

struct _TideLivePane
{
  TideAppPane parent_instance;

  GtkStack *stack;
  AdwStatusPage *empty;
  GtkWidget *add_source, *add_metric;
  GtkPaned *paned;
  TideCardGrid *grid;
  GtkStack *tables;
  TideEventBrowser *browser;
  TideQuarantineBrowser *quarantine;
  TideChartAxis *axis;
  GPtrArray *cards;        /* TideMetricCard*, borrowed from the grid */
  TideLiveSnapshot *shown; /* the one that is drawn */
  TideTime paused_at;
  bool compact;
};

G_DEFINE_FINAL_TYPE (TideLivePane, tide_live_pane, TIDE_TYPE_APP_PANE)

static const TideAppRange ranges[] = {
  { "1min", N_ ("1 min"), TIDE_MINUTE },
  { "5min", N_ ("5 min"), 5 * TIDE_MINUTE },
  { "15min", N_ ("15 min"), 15 * TIDE_MINUTE },
};

/* Cards */

static bool
same_cards (TideLivePane *self, const TideLiveSnapshot *snapshot)
{
  if (self->cards->len != snapshot->n_metrics)
    return false;
  for (guint i = 0; i < snapshot->n_metrics; i++)
    if (tide_metric_card_get_metric (g_ptr_array_index (self->cards, i)) != snapshot->metrics[i].metric)
      return false;
  return true;
}

static void
rebuild (TideLivePane *self, const TideLiveSnapshot *snapshot)
{
  tide_card_grid_clear (self->grid);
  g_ptr_array_set_size (self->cards, 0);
  for (guint i = 0; i < snapshot->n_metrics; i++)
    {
      GtkWidget *card = tide_metric_card_new (self->axis, snapshot->metrics[i].metric);

      tide_metric_card_set_compact (TIDE_METRIC_CARD (card), self->compact);
      tide_card_grid_append (self->grid, card);
      g_ptr_array_add (self->cards, card);
    }
}

static void
draw (TideLivePane *self, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TidePipeline *pipeline = tide_app_pane_get_pipeline (TIDE_APP_PANE (self));
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  g_autoptr (TideWatchSnapshot) alerts = tide_pipeline_get_alerts (pipeline);

  if (!same_cards (self, snapshot))
    rebuild (self, snapshot);
  tide_chart_axis_set_now (self->axis, (double) snapshot->time);
  for (guint i = 0; i < self->cards->len; i++)
    tide_metric_card_set_alerts (g_ptr_array_index (self->cards, i), workspace, alerts);
  for (guint i = 0; i < snapshot->n_metrics; i++)
    tide_metric_card_update (g_ptr_array_index (self->cards, i), snapshot, &snapshot->metrics[i], status);
  g_clear_pointer (&self->shown, tide_live_snapshot_unref);
  self->shown = tide_live_snapshot_ref (snapshot);
  tide_pipeline_drawn (tide_app_pane_get_pipeline (TIDE_APP_PANE (self)), snapshot);
}

static void
draw_paused (TideLivePane *self, const TideLiveSnapshot *snapshot)
{
  for (guint i = 0; i < self->cards->len; i++)
    {
      TideMetricCard *card = g_ptr_array_index (self->cards, i);
      const TideLiveMetric *metric = tide_live_snapshot_find (snapshot, tide_metric_card_get_metric (card)->name);

      if (metric != NULL)
        tide_metric_card_update_paused (card, self->paused_at, snapshot->time, metric);
    }
}

static void
update_subtitle (TideLivePane *self, const TideLiveSnapshot *snapshot)
{
  TideTime newest = TIDE_TIME_NONE;
  g_autofree char *day = NULL, *clock = NULL, *subtitle = NULL;

  for (guint i = 0; i < snapshot->n_streams; i++)
    newest = MAX (newest, snapshot->streams[i].newest);
  if (newest == TIDE_TIME_NONE)
    {
      tide_app_pane_set_subtitle (TIDE_APP_PANE (self), "");
      return;
    }
  day = tide_format_date (newest, NULL);
  clock = tide_format_clock (newest, NULL, true);
  subtitle = g_strdup_printf ("%s · %s", day, clock);
  tide_app_pane_set_subtitle (TIDE_APP_PANE (self), subtitle);
}

static void
show_empty (TideLivePane *self, const TideLiveSnapshot *snapshot)
{
  bool no_stream = snapshot->n_streams == 0;

  gtk_widget_set_visible (self->add_source, no_stream);
  gtk_widget_set_visible (self->add_metric, !no_stream);
  adw_status_page_set_title (self->empty, no_stream ? _ ("No Stream Yet") : _ ("No Metric Yet"));
  adw_status_page_set_description (self->empty,
                                   no_stream ? _ ("Connect a source: its events appear here within a second.")
                                             : _ ("A metric says what to count, add up or measure in a stream. Its "
                                                  "card appears here as soon as it is defined."));
}

/* Events and quarantine */

static bool
shows_quarantine (TideLivePane *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->tables), "quarantine") == 0;
}

static void
on_show_table (GSimpleAction *action, GVariant *state, void *data)
{
  TideLivePane *self = data;

  gtk_stack_set_visible_child_name (self->tables, g_variant_get_string (state, NULL));
  g_simple_action_set_state (action, state);
}

static void
tick_tables (TideLivePane *self, TideLiveSnapshot *snapshot, const TideStatus *status)
{
  gint64 quarantined = 0;
  g_autofree char *number = NULL, *label = NULL;

  for (guint i = 0; status != NULL && i < status->n_streams; i++)
    quarantined += status->streams[i].quarantined;
  number = tide_format_int (quarantined);
  label = quarantined > 0 ? g_strdup_printf (_ ("Quarantine %s"), number) : g_strdup (_ ("Quarantine"));
  tide_event_browser_set_quarantined (self->browser, label);
  tide_quarantine_browser_set_quarantined (self->quarantine, label);
  if (shows_quarantine (self))
    tide_quarantine_browser_tick (self->quarantine, status);
  else
    tide_event_browser_tick (self->browser, snapshot, status, tide_app_pane_get_paused (TIDE_APP_PANE (self)));
}

static void
tide_live_pane_tick (TideAppPane *pane, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TideLivePane *self = TIDE_LIVE_PANE (pane);
  bool compact = gtk_widget_get_width (GTK_WIDGET (self)) < COMPACT_BELOW;

  if (snapshot == NULL)
    return;
  for (guint i = 0; compact != self->compact && i < self->cards->len; i++)
    tide_metric_card_set_compact (g_ptr_array_index (self->cards, i), compact);
  self->compact = compact;
  gtk_stack_set_visible_child_name (self->stack, snapshot->n_metrics > 0 ? "live" : "empty");
  if (snapshot->n_metrics == 0)
    show_empty (self, snapshot);
  update_subtitle (self, snapshot);
  if (tide_app_pane_get_paused (pane) && self->shown != NULL)
    draw_paused (self, snapshot);
  else if (self->shown != snapshot)
    draw (self, snapshot, status);
  gtk_widget_set_visible (GTK_WIDGET (self->tables), snapshot->n_streams > 0);
  tick_tables (self, snapshot, status);
}

static void
tide_live_pane_paused_changed (TideAppPane *pane)
{
  TideLivePane *self = TIDE_LIVE_PANE (pane);

  self->paused_at = self->shown != NULL ? self->shown->time : tide_clock_now (&tide_clock_system);
  tide_chart_axis_set_paused (self->axis, tide_app_pane_get_paused (pane));
}

static void
tide_live_pane_set_pipeline (TideAppPane *pane, TidePipeline *pipeline)
{
  TideLivePane *self = TIDE_LIVE_PANE (pane);

  g_clear_pointer (&self->shown, tide_live_snapshot_unref);
  tide_card_grid_clear (self->grid);
  g_ptr_array_set_size (self->cards, 0);
  tide_app_pane_set_paused (pane, false);
  tide_chart_axis_reset (self->axis);
  tide_event_browser_set_pipeline (self->browser, pipeline);
  tide_quarantine_browser_set_pipeline (self->quarantine, pipeline);
  if (pipeline != NULL)
    {
      g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);

      tide_chart_axis_set_zone (self->axis, workspace->zone);
    }
}

static void
tide_live_pane_workspace_changed (TideAppPane *pane)
{
  TideLivePane *self = TIDE_LIVE_PANE (pane);

  tide_event_browser_workspace_changed (self->browser);
  tide_quarantine_browser_workspace_changed (self->quarantine);
}

static void
tide_live_pane_range_changed (TideAppPane *pane, const TideAppRange *range)
{
  TideLivePane *self = TIDE_LIVE_PANE (pane);

  tide_chart_axis_reset (self->axis);
  tide_chart_axis_set_live (self->axis, (double) range->span);
}

static void
on_axis_range (TideLivePane *self)
{
  tide_app_pane_show_zoom (TIDE_APP_PANE (self), self->axis);
}

/* Export: the visible seconds of every card, as they are drawn. */

typedef struct
{
  TideLiveSnapshot *snapshot;
  double from, to;
} LiveExport;

static void
live_export_free (void *data)
{
  LiveExport *export = data;

  tide_live_snapshot_unref (export->snapshot);
  g_free (export);
}

static bool
write_metric (TideCsv *csv, const TideLiveMetric *metric, const LiveExport *export, GError **error)
{
  for (guint i = 0; i < metric->n; i++)
    for (guint k = 0; k < metric->n_series; k++)
      {
        if (metric->times[i] < export->from || metric->times[i] > export->to || isnan (metric->series[k].y[i]))
          continue;
        tide_csv_text (csv, metric->metric->name, -1);
        tide_csv_time (csv, (TideTime) metric->times[i]);
        tide_csv_text (csv, metric->series[k].label, -1);
        tide_csv_value (csv, tide_value_real (metric->series[k].y[i]));
        tide_csv_text (csv, metric->metric->unit, -1);
        if (!tide_csv_end_row (csv, error))
          return false;
      }
  return true;
}

static bool
write_live (TidePipeline *pipeline, void *data, GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  static const char *const header[] = { "metric", "time", "group", "value", "unit" };
  LiveExport *export = data;
  g_autoptr (TideCsv) csv = tide_csv_new (stream);

  for (guint i = 0; i < G_N_ELEMENTS (header); i++)
    tide_csv_text (csv, header[i], -1);
  if (!tide_csv_end_row (csv, error))
    return false;
  for (guint i = 0; i < export->snapshot->n_metrics; i++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !write_metric (csv, &export->snapshot->metrics[i], export, error))
      return false;
  return tide_csv_finish (csv, error);
}

static TideAppExport *
tide_live_pane_get_export (TideAppPane *pane)
{
  TideLivePane *self = TIDE_LIVE_PANE (pane);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "live-%Y-%m-%d-%H%M%S");
  LiveExport *export;

  if (self->shown == NULL || self->shown->n_metrics == 0)
    return NULL;
  export = g_new0 (LiveExport, 1);
  export->snapshot = tide_live_snapshot_ref (self->shown);
  tide_chart_axis_get_range (self->axis, &export->from, &export->to);
  return tide_app_export_new (name, write_live, export, live_export_free);
}

static void
tide_live_pane_search (TideAppPane *pane)
{
  TideLivePane *self = TIDE_LIVE_PANE (pane);

  if (shows_quarantine (self))
    tide_quarantine_browser_search (self->quarantine);
  else
    tide_event_browser_search (self->browser);
}

static void
tide_live_pane_dispose (GObject *object)
{
  TideLivePane *self = TIDE_LIVE_PANE (object);

  g_clear_pointer (&self->shown, tide_live_snapshot_unref);
  g_clear_pointer (&self->cards, g_ptr_array_unref);
  if (self->axis != NULL)
    g_signal_handlers_disconnect_by_data (self->axis, self);
  g_clear_object (&self->axis);
  G_OBJECT_CLASS (tide_live_pane_parent_class)->dispose (object);
}

static void
tide_live_pane_class_init (TideLivePaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  TideAppPaneClass *pane_class = TIDE_APP_PANE_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_live_pane_dispose;
  pane_class->can_pause = true;
  pane_class->set_pipeline = tide_live_pane_set_pipeline;
  pane_class->workspace_changed = tide_live_pane_workspace_changed;
  pane_class->tick = tide_live_pane_tick;
  pane_class->paused_changed = tide_live_pane_paused_changed;
  pane_class->range_changed = tide_live_pane_range_changed;
  pane_class->get_export = tide_live_pane_get_export;
  pane_class->search = tide_live_pane_search;
  g_type_ensure (TIDE_TYPE_CARD_GRID);
  g_type_ensure (TIDE_TYPE_EVENT_BROWSER);
  g_type_ensure (TIDE_TYPE_QUARANTINE_BROWSER);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-live-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, stack);
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, empty);
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, paned);
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, grid);
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, browser);
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, quarantine);
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, tables);
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, add_source);
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, add_metric);
}

static void
tide_live_pane_init (TideLivePane *self)
{
  const GActionEntry entries[] = { { "show", NULL, "s", "'events'", on_show_table } };
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();

  self->cards = g_ptr_array_new ();
  self->axis = tide_chart_axis_new (NULL);
  tide_chart_axis_set_live (self->axis, 5.0 * TIDE_MINUTE);
  g_signal_connect_swapped (self->axis, "range-changed", G_CALLBACK (on_axis_range), self);
  g_action_map_add_action_entries (G_ACTION_MAP (actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "table", G_ACTION_GROUP (actions));
  gtk_widget_init_template (GTK_WIDGET (self));
  tide_app_pane_set_ranges (TIDE_APP_PANE (self), ranges, G_N_ELEMENTS (ranges), "5min");
}
