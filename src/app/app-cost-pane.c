/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cost & Latency. Latencies, throughput and resources come with the pipeline's status, once a second; bill, advice and
 * freshness are asked of a worker, and again when advice was taken, the workspace was edited, or what was measured may
 * have changed. */
#include "app-cost-pane.h"

#include <glib/gi18n.h>

#include "app-accessible.h"
#include "app-advice-card.h"
#include "app-cost-apply.h"
#include "app-cost-card.h"
#include "app-cost-rows.h"
#include "app-cost-tables.h"
#include "app-fact-table.h"
#include "app-figures.h"
#include "app-latency-card.h"
#include "app-usage.h"

#define ASK_EVERY (20 * TIDE_SECOND)
#define STACKED_BELOW 900
/* Cards stand one above the other. */
#define NARROW_BELOW 780
/* The tables are chosen from a list. */
#define TOGGLES_FROM 860

static const TideAppRange ranges[] = {
  { "1d", N_ ("Last 24 h"), TIDE_DAY },
  { "7d", N_ ("Last 7 days"), 7 * TIDE_DAY },
  { "30d", N_ ("Last 30 days"), 30 * TIDE_DAY },
};

struct _TideCostPane
{
  TideAppPane parent_instance;

  GtkStack *stack, *tables_stack;
  TideFigures *figures;
  GtkLabel *pressure;
  GtkBox *filters, *top;
  GtkDropDown *choice; /* of tables, where the toggles do not fit */
  GtkDropDown *parts;  /* of the bill */
  GtkLabel *problem, *hint;
  TideLatencyCard *latency;
  TideCostCard *cost;
  TideAdviceCard *advice;

  GtkToggleButton *toggles[TIDE_N_PANE_TABLES];
  TideFactTable *tables[TIDE_N_PANE_TABLES];
  guint table;
  TideWorkspace *workspace;
  TideCostAnswer *answer;
  GCancellable *cancellable;
  gint64 asked_at; /* monotonic; 0: ask */
  bool is_asking, is_filling;
  bool has_chosen; /* the person, a metric; until then it is the one that gains most */
  TideUsage *usage;
  TideTime seen; /* time of the status that is shown */
};

G_DEFINE_FINAL_TYPE (TideCostPane, tide_cost_pane, TIDE_TYPE_APP_PANE)

static TidePipeline *
get_pipeline (TideCostPane *self)
{
  return tide_app_pane_get_pipeline (TIDE_APP_PANE (self));
}

/* Showing */

static void
show_hint (TideCostPane *self)
{
  bool is_empty = self->answer != NULL && tide_fact_table_get_n_rows (self->tables[self->table]) == 0;

  gtk_widget_set_visible (GTK_WIDGET (self->hint), is_empty);
  gtk_label_set_text (self->hint,
                      self->table == TIDE_COST_FOLLOWED
                          ? _ ("Nothing was applied yet. What is applied above is followed here: what was predicted, and "
                               "what it became.")
                      : self->table == TIDE_COST_BILL ? _ ("Nothing is metered yet: the first minute is not over.")
                                                      : _ ("There is no metric yet. Preferences ▸ Metrics makes one."));
}

/* The table of metrics, which the curve is chosen from. */
static void
fill_metrics (TideCostPane *self)
{
  const GPtrArray *metrics = self->answer->advices->metrics;
  g_autoptr (GPtrArray) rows = tide_cost_get_rows (TIDE_COST_ADVICE, self->answer, NULL, NULL, TIDE_BILL_ITEMS);

  self->is_filling = true;
  tide_fact_table_set_rows (self->tables[TIDE_COST_ADVICE], rows);
  if (!self->has_chosen && metrics->len > 0)
    tide_fact_table_select (self->tables[TIDE_COST_ADVICE], ((TideAdvice *) g_ptr_array_index (metrics, 0))->name);
  self->is_filling = false;
}

/* The table that is chosen, of those that a worker answers. */
static void
show_table (TideCostPane *self)
{
  const char *metric = tide_fact_table_get_selected (self->tables[TIDE_COST_ADVICE]);
  g_autoptr (GPtrArray) rows = NULL;

  if (self->answer == NULL || self->table >= TIDE_N_COST_TABLES || get_pipeline (self) == NULL)
    {
      gtk_widget_set_visible (GTK_WIDGET (self->hint), FALSE);
      return;
    }
  if (self->table != TIDE_COST_ADVICE) /* which is filled with each answer */
    {
      rows = tide_cost_get_rows ((TideCostTable) self->table, self->answer, metric,
                                 tide_pipeline_get_fresh_meter (get_pipeline (self)),
                                 (TideBillParts) gtk_drop_down_get_selected (self->parts));
      tide_fact_table_set_rows (self->tables[self->table], rows);
    }
  show_hint (self);
}

static void
show_selected (TideCostPane *self)
{
  if (self->is_filling)
    return;
  tide_advice_card_set (self->advice, self->answer, tide_fact_table_get_selected (self->tables[TIDE_COST_ADVICE]));
  if (self->table == TIDE_COST_CURVE)
    show_table (self);
}

static void
on_selected (TideCostPane *self)
{
  self->has_chosen |= !self->is_filling;
  show_selected (self);
}

static GPtrArray *
slowest_rows (TideCostPane *self)
{
  g_autoptr (GPtrArray) events = tide_latency_get_slowest (tide_pipeline_get_latency (get_pipeline (self)), NULL);

  return tide_usage_get_slowest_rows (events);
}

static void
show_status (TideCostPane *self, const TideStatus *status)
{
  const char *stream = tide_latency_card_get_stream (self->latency);
  g_autoptr (GPtrArray) slowest = stream != NULL
                                      ? tide_latency_get_slowest (tide_pipeline_get_latency (get_pipeline (self)), stream)
                                      : NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char *pressure = NULL;

  tide_usage_add (self->usage, status);
  pressure = tide_usage_get_pressure (self->usage, status);
  tide_figures_set_status (self->figures, status);
  gtk_widget_set_visible (GTK_WIDGET (self->pressure), pressure != NULL);
  gtk_label_set_text (self->pressure, pressure != NULL ? pressure : "");
  tide_latency_card_update (self->latency, status, slowest);
  if (self->table == TIDE_TABLE_SOURCES)
    rows = tide_usage_get_source_rows (self->usage, status);
  else if (self->table == TIDE_TABLE_STREAMS)
    rows = tide_usage_get_stream_rows (status);
  else if (self->table == TIDE_TABLE_SLOWEST)
    rows = slowest_rows (self);
  else if (self->table == TIDE_COST_FRESHNESS)
    show_table (self);
  if (rows != NULL)
    tide_fact_table_set_rows (self->tables[self->table], rows);
}

/* Asking */

static void
show_answer (TideCostPane *self)
{
  const TideCosts *costs = self->answer->costs;
  g_autofree char *now = tide_cost_money ((costs->metered_usd_per_h + costs->platform_usd_per_h) * costs->exchange);
  g_autofree char *subtitle = g_strdup_printf (_ ("%s %s an hour"), now, costs->currency);

  tide_app_pane_set_subtitle (TIDE_APP_PANE (self), subtitle);
  tide_cost_card_set (self->cost, self->answer);
  tide_latency_card_set_history (self->latency, self->answer);
  for (guint i = 0; i < TIDE_N_COST_TABLES; i++)
    tide_cost_set_titles ((TideCostTable) i, self->tables[i], costs->currency);
  fill_metrics (self);
  show_table (self);
  show_selected (self);
}

static void
on_answer (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideCostPane) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideCostAnswer) answer = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->cancellable)
    return;
  self->is_asking = false;
  gtk_widget_set_visible (GTK_WIDGET (self->problem), answer == NULL);
  if (answer == NULL)
    {
      gtk_label_set_text (self->problem, error->message);
      return;
    }
  g_clear_pointer (&self->answer, tide_cost_answer_unref);
  self->answer = g_steal_pointer (&answer);
  show_answer (self);
}

static void
ask (TideCostPane *self)
{
  if (self->is_asking
      || (self->asked_at != 0 && g_get_monotonic_time () - self->asked_at < ASK_EVERY))
    return;
  self->is_asking = true;
  self->asked_at = g_get_monotonic_time ();
  tide_cost_ask_async (get_pipeline (self), tide_app_pane_get_range (TIDE_APP_PANE (self))->span,
                       tide_latency_card_get_history_stream (self->latency), self->cancellable, on_answer,
                       g_object_ref (self));
}

/* What is under way is dropped, and asked anew. */
static void
restart (TideCostPane *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->is_asking = false;
  self->asked_at = 0;
}

/* What the person does */

static void
on_done (GtkWidget *widget)
{
  tide_advice_card_set_busy (TIDE_COST_PANE (widget)->advice, false);
  restart (TIDE_COST_PANE (widget));
}

static void
apply (TideCostPane *self, const char *metric, gint64 every)
{
  const TideAdvice *advice = self->answer != NULL ? tide_advices_find (self->answer->advices, metric) : NULL;

  if (advice == NULL || get_pipeline (self) == NULL)
    return;
  tide_advice_card_set_busy (self->advice, true);
  tide_cost_apply (GTK_WIDGET (self), get_pipeline (self), metric, advice->title, advice->every, every, on_done);
}

static void
on_act (TideCostPane *self, const char *metric)
{
  const TideAdvice *advice = self->answer != NULL ? tide_advices_find (self->answer->advices, metric) : NULL;

  tide_fact_table_select (self->tables[TIDE_COST_ADVICE], metric);
  if (advice != NULL && advice->advised >= 0)
    apply (self, metric, advice->points[advice->advised].every);
}

/* What was applied is taken back, also when its toast is long gone. */
static void
on_undo (TideCostPane *self, const char *id)
{
  for (guint i = 0; self->answer != NULL && i < self->answer->applied->len; i++)
    {
      const TideAppliedAdvice *applied = g_ptr_array_index (self->answer->applied, i);

      if (applied->id == g_ascii_strtoll (id, NULL, 10))
        apply (self, applied->metric, applied->from_every);
    }
}

static void
keep (TideCostPane *self, const char *metric)
{
  const TideAdvice *advice = self->answer != NULL ? tide_advices_find (self->answer->advices, metric) : NULL;
  double tolerance;
  TideDuration objective;

  if (advice == NULL || get_pipeline (self) == NULL)
    return;
  tide_advice_card_get_tried (self->advice, &tolerance, &objective);
  tide_cost_keep (GTK_WIDGET (self), get_pipeline (self), metric, advice->title, tolerance, objective, on_done);
}

static void
adapt (TideCostPane *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  GtkOrientation orientation = width < NARROW_BELOW ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;

  if (width == 0)
    return;
  tide_fact_table_adapt (self->tables[self->table]);
  tide_advice_card_set_stacked (self->advice, width < STACKED_BELOW);
  gtk_widget_set_visible (GTK_WIDGET (self->filters), width >= TOGGLES_FROM);
  gtk_widget_set_visible (GTK_WIDGET (self->choice), width < TOGGLES_FROM);
  if (gtk_orientable_get_orientation (GTK_ORIENTABLE (self->top)) == orientation)
    return;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->top), orientation);
  gtk_box_set_homogeneous (self->top, orientation == GTK_ORIENTATION_HORIZONTAL);
}

static void
tide_cost_pane_tick (TideAppPane *pane, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TideCostPane *self = TIDE_COST_PANE (pane);

  if (self->workspace == NULL)
    return;
  adapt (self);
  gtk_stack_set_visible_child_name (self->stack, self->workspace->streams->len > 0 ? "content" : "empty");
  ask (self);
  if (status == NULL || status->time == self->seen)
    return;
  self->seen = status->time;
  show_status (self, status);
}

static void
on_table (GtkToggleButton *toggle, TideCostPane *self)
{
  for (int i = 0; i < TIDE_N_PANE_TABLES; i++)
    if (toggle == self->toggles[i] && gtk_toggle_button_get_active (toggle))
      {
        self->table = (guint) i;
        gtk_drop_down_set_selected (self->choice, self->table);
        self->seen = TIDE_TIME_NONE;
        gtk_stack_set_visible_child (self->tables_stack, GTK_WIDGET (self->tables[i]));
        gtk_widget_set_visible (GTK_WIDGET (self->parts), i == TIDE_COST_BILL);
        show_table (self);
      }
}

static void
on_choice (TideCostPane *self)
{
  guint chosen = gtk_drop_down_get_selected (self->choice);

  if (chosen < TIDE_N_PANE_TABLES)
    gtk_toggle_button_set_active (self->toggles[chosen], TRUE);
}

/* For the window */

static void
tide_cost_pane_workspace_changed (TideAppPane *pane)
{
  TideCostPane *self = TIDE_COST_PANE (pane);

  g_clear_pointer (&self->workspace, tide_workspace_unref);
  if (get_pipeline (self) != NULL)
    self->workspace = tide_pipeline_get_workspace (get_pipeline (self));
  tide_latency_card_set_workspace (self->latency, self->workspace);
  self->seen = TIDE_TIME_NONE;
  restart (self);
}

static void
tide_cost_pane_set_pipeline (TideAppPane *pane, TidePipeline *pipeline)
{
  TideCostPane *self = TIDE_COST_PANE (pane);

  g_clear_pointer (&self->usage, tide_usage_free);
  self->usage = tide_usage_new ();
  self->has_chosen = false;
  g_clear_pointer (&self->answer, tide_cost_answer_unref);
  tide_app_pane_set_subtitle (pane, NULL);
  tide_cost_card_set (self->cost, NULL);
  tide_advice_card_set (self->advice, NULL, NULL);
  tide_cost_pane_workspace_changed (pane);
}

static void
tide_cost_pane_range_changed (TideAppPane *pane, const TideAppRange *range)
{
  restart (TIDE_COST_PANE (pane));
}

static TideAppExport *
tide_cost_pane_get_export (TideAppPane *pane)
{
  TideCostPane *self = TIDE_COST_PANE (pane);

  if (tide_fact_table_get_n_rows (self->tables[self->table]) == 0)
    return NULL;
  return tide_fact_table_get_export (self->tables[self->table], tide_cost_table_specs[self->table].file_name);
}

/* The object */

static void
add_tables (TideCostPane *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < TIDE_N_PANE_TABLES; i++)
    {
      GtkWidget *toggle = gtk_toggle_button_new_with_label (_ (tide_cost_table_specs[i].title));

      self->tables[i] = tide_cost_table_new (i);
      gtk_stack_add_child (self->tables_stack, GTK_WIDGET (self->tables[i]));
      self->toggles[i] = GTK_TOGGLE_BUTTON (toggle);
      if (i > 0)
        gtk_toggle_button_set_group (self->toggles[i], self->toggles[0]);
      g_signal_connect_object (toggle, "toggled", G_CALLBACK (on_table), self, 0);
      gtk_box_append (self->filters, toggle);
      gtk_string_list_append (titles, _ (tide_cost_table_specs[i].title));
    }
  gtk_drop_down_set_model (self->choice, G_LIST_MODEL (titles));
  g_signal_connect_object (self->choice, "notify::selected", G_CALLBACK (on_choice), self, G_CONNECT_SWAPPED);
  gtk_toggle_button_set_active (self->toggles[0], TRUE);
  g_signal_connect_object (self->tables[TIDE_COST_ADVICE], "selected", G_CALLBACK (on_selected), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->tables[TIDE_COST_ADVICE], "act", G_CALLBACK (on_act), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->tables[TIDE_COST_FOLLOWED], "act", G_CALLBACK (on_undo), self, G_CONNECT_SWAPPED);
}

static void
add_parts (TideCostPane *self)
{
  g_autoptr (GtkStringList) words = gtk_string_list_new (NULL);

  for (int i = 0; i < TIDE_N_BILL_PARTS; i++)
    gtk_string_list_append (words, tide_bill_parts_word ((TideBillParts) i));
  gtk_drop_down_set_model (self->parts, G_LIST_MODEL (words));
  g_signal_connect_object (self->parts, "notify::selected", G_CALLBACK (show_table), self, G_CONNECT_SWAPPED);
}

static void
tide_cost_pane_dispose (GObject *object)
{
  TideCostPane *self = TIDE_COST_PANE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->answer, tide_cost_answer_unref);
  g_clear_pointer (&self->workspace, tide_workspace_unref);
  g_clear_pointer (&self->usage, tide_usage_free);
  G_OBJECT_CLASS (tide_cost_pane_parent_class)->dispose (object);
}

static void
tide_cost_pane_class_init (TideCostPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  TideAppPaneClass *pane_class = TIDE_APP_PANE_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_cost_pane_dispose;
  pane_class->set_pipeline = tide_cost_pane_set_pipeline;
  pane_class->workspace_changed = tide_cost_pane_workspace_changed;
  pane_class->tick = tide_cost_pane_tick;
  pane_class->range_changed = tide_cost_pane_range_changed;
  pane_class->get_export = tide_cost_pane_get_export;
  g_type_ensure (TIDE_TYPE_FIGURES);
  g_type_ensure (TIDE_TYPE_LATENCY_CARD);
  g_type_ensure (TIDE_TYPE_COST_CARD);
  g_type_ensure (TIDE_TYPE_ADVICE_CARD);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-cost-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, stack);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, tables_stack);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, figures);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, pressure);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, filters);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, latency);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, advice);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, cost);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, hint);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, problem);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, top);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, choice);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, parts);
}

static void
tide_cost_pane_init (TideCostPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->usage = tide_usage_new ();
  self->cancellable = g_cancellable_new ();
  tide_app_pane_set_ranges (TIDE_APP_PANE (self), ranges, G_N_ELEMENTS (ranges), "7d");
  g_signal_connect_object (self->latency, "history", G_CALLBACK (restart), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->advice, "apply", G_CALLBACK (apply), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->advice, "keep", G_CALLBACK (keep), self, G_CONNECT_SWAPPED);
  add_parts (self);
  add_tables (self);
  tide_accessible_name_buttons (GTK_WIDGET (self));
}
