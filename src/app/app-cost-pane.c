/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cost & Latency. Latencies, throughput and resources come with the pipeline's status, once a second. */
#include "app-cost-pane.h"

#include <glib/gi18n.h>

#include "app-accessible.h"
#include "app-fact-table.h"
#include "app-latency-card.h"
#include "app-usage.h"

typedef enum
{
  TABLE_SOURCES,
  TABLE_STREAMS,
  N_TABLES,
} Table;

struct _TideCostPane
{
  TideAppPane parent_instance;

  GtkStack *stack, *tables_stack;
  GtkFlowBox *figures;
  GtkLabel *pressure;
  GtkBox *filters;
  TideLatencyCard *latency;

  GtkWidget *figure_labels[TIDE_N_FIGURES];
  GtkToggleButton *toggles[N_TABLES];
  TideFactTable *tables[N_TABLES];
  Table table;
  TideWorkspace *workspace;
  TideUsage *usage;
  TideTime seen; /* time of the status that is shown */
};

G_DEFINE_FINAL_TYPE (TideCostPane, tide_cost_pane, TIDE_TYPE_APP_PANE)

static const struct
{
  const char *title, *name, *file_name;
  const TideFactColumn *columns;
  const guint *n_columns;
} table_specs[N_TABLES] = {
  [TABLE_SOURCES] = { N_ ("Throughput"), N_ ("Throughput of sources"), "throughput", tide_usage_source_columns,
                      &tide_usage_n_source_columns },
  [TABLE_STREAMS] = { N_ ("Storage"), N_ ("Storage of streams"), "storage", tide_usage_stream_columns,
                      &tide_usage_n_stream_columns },
};

static TidePipeline *
get_pipeline (TideCostPane *self)
{
  return tide_app_pane_get_pipeline (TIDE_APP_PANE (self));
}

/* Showing */

static void
show_figures (TideCostPane *self, const TideStatus *status)
{
  g_autofree char *pressure = tide_usage_get_pressure (self->usage, status);

  for (int i = 0; i < TIDE_N_FIGURES; i++)
    {
      bool warns;
      g_autofree char *text = tide_figure_text ((TideFigure) i, status, &warns);

      gtk_label_set_text (GTK_LABEL (self->figure_labels[i]), text);
      if (warns)
        gtk_widget_add_css_class (self->figure_labels[i], "tide-warning");
      else
        gtk_widget_remove_css_class (self->figure_labels[i], "tide-warning");
    }
  gtk_widget_set_visible (GTK_WIDGET (self->pressure), pressure != NULL);
  gtk_label_set_text (self->pressure, pressure != NULL ? pressure : "");
}

static void
show_status (TideCostPane *self, const TideStatus *status)
{
  const char *stream = tide_latency_card_get_stream (self->latency);
  g_autoptr (GPtrArray) slowest = stream != NULL
                                      ? tide_latency_get_slowest (tide_pipeline_get_latency (get_pipeline (self)), stream)
                                      : NULL;
  g_autoptr (GPtrArray) rows = NULL;

  tide_usage_add (self->usage, status);
  show_figures (self, status);
  tide_latency_card_update (self->latency, status, slowest);
  if (self->table == TABLE_SOURCES)
    rows = tide_usage_get_source_rows (self->usage, status);
  else if (self->table == TABLE_STREAMS)
    rows = tide_usage_get_stream_rows (status);
  if (rows != NULL)
    tide_fact_table_set_rows (self->tables[self->table], rows);
}

static void
tide_cost_pane_tick (TideAppPane *pane, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TideCostPane *self = TIDE_COST_PANE (pane);

  if (self->workspace == NULL)
    return;
  for (int i = 0; i < N_TABLES; i++)
    if ((Table) i == self->table)
      tide_fact_table_adapt (self->tables[i]);
  gtk_stack_set_visible_child_name (self->stack, self->workspace->streams->len > 0 ? "content" : "empty");
  if (status == NULL || status->time == self->seen)
    return;
  self->seen = status->time;
  show_status (self, status);
}

static void
on_table (GtkToggleButton *toggle, TideCostPane *self)
{
  for (int i = 0; i < N_TABLES; i++)
    if (toggle == self->toggles[i] && gtk_toggle_button_get_active (toggle))
      {
        self->table = (Table) i;
        self->seen = TIDE_TIME_NONE;
        gtk_stack_set_visible_child (self->tables_stack, GTK_WIDGET (self->tables[i]));
      }
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
}

static void
tide_cost_pane_set_pipeline (TideAppPane *pane, TidePipeline *pipeline)
{
  TideCostPane *self = TIDE_COST_PANE (pane);

  g_clear_pointer (&self->usage, tide_usage_free);
  self->usage = tide_usage_new ();
  tide_cost_pane_workspace_changed (pane);
}

static TideAppExport *
tide_cost_pane_get_export (TideAppPane *pane)
{
  TideCostPane *self = TIDE_COST_PANE (pane);

  if (tide_fact_table_get_n_rows (self->tables[self->table]) == 0)
    return NULL;
  return tide_fact_table_get_export (self->tables[self->table], table_specs[self->table].file_name);
}

/* The object */

static void
add_tables (TideCostPane *self)
{
  for (int i = 0; i < N_TABLES; i++)
    {
      GtkWidget *toggle = gtk_toggle_button_new_with_label (_ (table_specs[i].title));

      self->tables[i] = TIDE_FACT_TABLE (tide_fact_table_new (_ (table_specs[i].name), table_specs[i].columns,
                                                              *table_specs[i].n_columns, false));
      gtk_stack_add_child (self->tables_stack, GTK_WIDGET (self->tables[i]));
      self->toggles[i] = GTK_TOGGLE_BUTTON (toggle);
      if (i > 0)
        gtk_toggle_button_set_group (self->toggles[i], self->toggles[0]);
      g_signal_connect_object (toggle, "toggled", G_CALLBACK (on_table), self, 0);
      gtk_box_append (self->filters, toggle);
    }
  gtk_toggle_button_set_active (self->toggles[0], TRUE);
}

static void
add_figures (TideCostPane *self)
{
  for (int i = 0; i < TIDE_N_FIGURES; i++)
    {
      GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
      GtkWidget *title = gtk_label_new (tide_figure_title ((TideFigure) i)), *value = gtk_label_new ("–");

      gtk_widget_add_css_class (title, "tide-fact");
      gtk_widget_add_css_class (title, "dim-label");
      gtk_widget_add_css_class (value, "tide-fact");
      gtk_widget_add_css_class (value, "tide-strong");
      gtk_widget_add_css_class (value, "numeric");
      gtk_accessible_update_property (GTK_ACCESSIBLE (value), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      tide_figure_title ((TideFigure) i), -1);
      gtk_box_append (GTK_BOX (box), title);
      gtk_box_append (GTK_BOX (box), value);
      gtk_flow_box_insert (self->figures, box, -1);
      gtk_widget_set_focusable (gtk_widget_get_parent (box), FALSE);
      self->figure_labels[i] = value;
    }
}

static void
tide_cost_pane_dispose (GObject *object)
{
  TideCostPane *self = TIDE_COST_PANE (object);

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
  pane_class->get_export = tide_cost_pane_get_export;
  g_type_ensure (TIDE_TYPE_LATENCY_CARD);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-cost-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, stack);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, tables_stack);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, figures);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, pressure);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, filters);
  gtk_widget_class_bind_template_child (widget_class, TideCostPane, latency);
}

static void
tide_cost_pane_init (TideCostPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->usage = tide_usage_new ();
  add_figures (self);
  add_tables (self);
  tide_accessible_name_buttons (GTK_WIDGET (self));
}
