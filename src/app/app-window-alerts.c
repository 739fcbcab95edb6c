/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts beyond their pane: the bell with how many fire, and notifications of the desktop. A notification has its rule's
 * name as its id, so a newer one of the same rule takes its place; a click opens the rule at that time. The person can
 * switch notifications and sound off in the preferences: what happened is in the pane all the same. */
#include "app-window-private.h"

#include "app-alerts-pane.h"
#include "app-format.h"

#include <glib/gi18n.h>

/* At the end of a pane's row in the sidebar; @n 0: none. @spoken: what is counted. */
static void
set_badge (TideWindow *self, const char *pane, guint64 n, const char *css_class, const char *spoken)
{
  guint n_panes, index = 0;
  const TideAppPaneInfo *infos = tide_app_panes (&n_panes);
  GtkListBoxRow *row;
  GtkWidget *badge;
  g_autofree char *text = tide_format_int ((gint64) n);

  while (index < n_panes && strcmp (infos[index].name, pane) != 0)
    index++;
  row = gtk_list_box_get_row_at_index (self->sidebar, (int) index);
  badge = g_object_get_data (G_OBJECT (row), "tide-badge");
  if (badge == NULL)
    {
      badge = gtk_label_new (NULL);
      gtk_widget_add_css_class (badge, css_class);
      gtk_widget_set_halign (badge, GTK_ALIGN_END);
      gtk_widget_set_valign (badge, GTK_ALIGN_CENTER);
      gtk_widget_set_hexpand (badge, TRUE);
      gtk_box_append (GTK_BOX (gtk_list_box_row_get_child (row)), badge);
      g_object_set_data (G_OBJECT (row), "tide-badge", badge);
    }
  gtk_widget_set_visible (badge, n > 0);
  if (strcmp (gtk_label_get_text (GTK_LABEL (badge)), text) == 0)
    return;
  gtk_label_set_text (GTK_LABEL (badge), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, n > 0 ? spoken : "", -1);
}

void
tide_window_update_waiting (TideWindow *self)
{
  guint64 waiting = 0;
  g_autofree char *number = NULL, *spoken = NULL;

  for (guint i = 0; self->status != NULL && i < self->status->n_streams; i++)
    waiting += (guint64) self->status->streams[i].waiting;
  number = tide_format_int ((gint64) waiting);
  spoken = g_strdup_printf (_ ("%s in quarantine"), number);
  set_badge (self, "quality", waiting, "tide-badge", spoken);
}

void
tide_window_update_bell (TideWindow *self)
{
  g_autoptr (TideWatchSnapshot) alerts = tide_pipeline_get_alerts (self->pipeline);
  guint firing = alerts != NULL ? alerts->n_firing : 0;
  g_autofree char *text = NULL, *spoken = NULL;

  if (self->bell_shown == firing + 1)
    return;
  self->bell_shown = firing + 1;
  text = g_strdup_printf ("%u", firing);
  spoken = firing == 0 ? g_strdup (_ ("Alerts: none is firing")) : g_strdup_printf (g_dngettext (NULL, "Alerts: %u is firing", "Alerts: %u are firing", firing), firing);
  gtk_label_set_text (self->bell_count, text);
  gtk_widget_set_visible (GTK_WIDGET (self->bell_count), firing > 0);
  gtk_widget_set_tooltip_text (self->bell_button, spoken);
  tide_window_update_buttons (self);
  set_badge (self, "alerts", firing, "tide-bell-count", spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bell_button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

void
tide_window_show_alerts (TideWindow *self)
{
  if (self->pipeline != NULL)
    adw_view_stack_set_visible_child_name (self->panes, "alerts");
}

void
tide_window_open_alert (TideWindow *self, const char *rule, TideTime time)
{
  GtkWidget *pane;

  if (self->pipeline == NULL)
    return;
  tide_window_show_alerts (self);
  pane = adw_view_stack_get_child_by_name (self->panes, "alerts");
  tide_alerts_pane_open (TIDE_ALERTS_PANE (pane), rule, time);
}

static bool
is_wanted (const char *key)
{
  g_autoptr (GSettingsSchema) schema
      = g_settings_schema_source_get_default () == NULL
            ? NULL
            : g_settings_schema_source_lookup (g_settings_schema_source_get_default (), "io.github.tidemark.Tidemark", TRUE);
  g_autoptr (GSettings) settings = schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;

  return settings == NULL || g_settings_get_boolean (settings, key);
}

void
tide_window_on_notice (TidePipeline *pipeline, const TideWatchNotice *notice, TideWindow *self)
{
  static const GNotificationPriority priorities[] = { G_NOTIFICATION_PRIORITY_LOW, G_NOTIFICATION_PRIORITY_NORMAL,
                                                      G_NOTIFICATION_PRIORITY_URGENT };
  g_autoptr (GNotification) notification = NULL;
  g_autofree char *id = g_strconcat ("alert-", notice->rule, NULL);

  if (notice->sound_only)
    {
      if (is_wanted ("notification-sound"))
        gdk_display_beep (gtk_widget_get_display (GTK_WIDGET (self)));
      return;
    }
  if (!is_wanted ("notifications"))
    return;
  notification = g_notification_new (notice->title);
  g_notification_set_body (notification, notice->body);
  g_notification_set_priority (notification, priorities[MIN (notice->severity, TIDE_SEVERITY_CRITICAL)]);
  g_notification_set_default_action_and_target (notification, "app.show-alert", "(sx)", notice->rule, (gint64) notice->time);
  g_application_send_notification (G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))), id, notification);
}
