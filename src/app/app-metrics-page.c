/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preferences ▸ Metrics: a row a metric with its definition; behind it its page. */
#include "app-preferences-private.h"

#include <glib/gi18n.h>

struct _TideMetricsPage
{
  AdwPreferencesPage parent_instance;

  TidePreferences *window; /* its window, borrowed */
  AdwPreferencesGroup *list;
  GtkWidget *add;
  GPtrArray *rows; /* borrowed */
};

G_DEFINE_FINAL_TYPE (TideMetricsPage, tide_metrics_page, ADW_TYPE_PREFERENCES_PAGE)

static void
present (TideMetricsPage *self, const char *name)
{
  tide_preferences_present (self->window, tide_metric_editor_new (self->window, name));
}

static void
on_row (GtkWidget *row, TideMetricsPage *self)
{
  present (self, g_object_get_data (G_OBJECT (row), "tide-metric"));
}

static void
on_add (TideMetricsPage *self)
{
  present (self, NULL);
}

static const char *
tier_of (const TideMetric *metric)
{
  switch (metric->tier)
    {
    case TIDE_TIER_MICRO_BATCH:
      return _ ("micro-batch");
    case TIDE_TIER_BATCH:
      return _ ("batch");
    case TIDE_TIER_REAL_TIME:
    default:
      return _ ("real time");
    }
}

static void
add_row (TideMetricsPage *self, const TideMetric *metric)
{
  GtkWidget *row = tide_preferences_row_new (metric->title != NULL ? metric->title : metric->name, metric->definition);
  GtkWidget *tier = gtk_label_new (tier_of (metric));

  gtk_widget_add_css_class (tier, "dim-label");
  gtk_widget_add_css_class (tier, "caption");
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 2);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), tier);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data_full (G_OBJECT (row), "tide-metric", g_strdup (metric->name), g_free);
  g_signal_connect (row, "activated", G_CALLBACK (on_row), self);
  adw_preferences_group_add (self->list, row);
  g_ptr_array_add (self->rows, row);
}

void
tide_metrics_page_update (TideMetricsPage *self, TidePreferences *window, const TideWorkspace *workspace)
{
  self->window = window;
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->list, g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < workspace->metrics->len; i++)
    add_row (self, g_ptr_array_index (workspace->metrics, i));
  gtk_widget_set_sensitive (self->add, workspace->streams->len > 0);
  adw_preferences_group_set_description (self->list, workspace->streams->len > 0
                                                         ? _ ("Defined once, computed by both layers.")
                                                         : _ ("A metric needs a stream: add a source first."));
}

static void
tide_metrics_page_finalize (GObject *object)
{
  g_ptr_array_unref (TIDE_METRICS_PAGE (object)->rows);
  G_OBJECT_CLASS (tide_metrics_page_parent_class)->finalize (object);
}

static void
tide_metrics_page_class_init (TideMetricsPageClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_metrics_page_finalize;
}

static void
tide_metrics_page_init (TideMetricsPage *self)
{
  GtkWidget *content = adw_button_content_new ();

  self->rows = g_ptr_array_new ();
  self->list = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  self->add = gtk_button_new ();
  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (content), "list-add-symbolic");
  adw_button_content_set_label (ADW_BUTTON_CONTENT (content), _ ("_Add metric"));
  adw_button_content_set_use_underline (ADW_BUTTON_CONTENT (content), TRUE);
  gtk_button_set_child (GTK_BUTTON (self->add), content);
  gtk_widget_add_css_class (self->add, "flat");
  gtk_widget_set_valign (self->add, GTK_ALIGN_CENTER);
  g_signal_connect_swapped (self->add, "clicked", G_CALLBACK (on_add), self);
  adw_preferences_group_set_title (self->list, _ ("Metrics"));
  adw_preferences_group_set_header_suffix (self->list, self->add);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), self->list);
}
