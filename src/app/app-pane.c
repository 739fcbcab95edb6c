/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The base of every pane: holds what the window asks of all of them (pipeline, pause, time range, subtitle), so that
 * a pane overrides only what it does itself. The window listens to "notify" and never knows a pane's own class. */
#include "app-pane.h"

#include "app-format.h"
#include "app-pane-layout.h"

#include <glib/gi18n.h>

typedef struct
{
  TidePipeline *pipeline;
  gulong changed;
  char *subtitle, *range_label;
  const TideAppRange *ranges;
  guint n_ranges, range;
  bool paused;
} TideAppPanePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (TideAppPane, tide_app_pane, ADW_TYPE_BIN)

enum
{
  PROP_0,
  PROP_SUBTITLE,
  PROP_PAUSED,
  PROP_RANGE,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

#define PRIVATE(self) ((TideAppPanePrivate *) tide_app_pane_get_instance_private (self))

TideAppExport *
tide_app_export_new (const char *name,
                     bool (*write) (TidePipeline *pipeline, void *data, GOutputStream *stream,
                                    GCancellable *cancellable, GError **error),
                     void *data, GDestroyNotify free_data)
{
  TideAppExport *item = g_new (TideAppExport, 1);

  *item = (TideAppExport){ .name = g_strdup (name), .write = write, .data = data, .free_data = free_data };
  return item;
}

void
tide_app_export_free (TideAppExport *item)
{
  if (item == NULL)
    return;
  if (item->free_data != NULL)
    item->free_data (item->data);
  g_free (item->name);
  g_free (item);
}

static void
tide_app_pane_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TideAppPane *self = TIDE_APP_PANE (object);

  switch (id)
    {
    case PROP_SUBTITLE:
      g_value_set_string (value, tide_app_pane_get_subtitle (self));
      break;
    case PROP_PAUSED:
      g_value_set_boolean (value, PRIVATE (self)->paused);
      break;
    case PROP_RANGE:
      g_value_set_string (value, tide_app_pane_get_range_label (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
tide_app_pane_dispose (GObject *object)
{
  TideAppPanePrivate *priv = PRIVATE (TIDE_APP_PANE (object));

  if (priv->pipeline != NULL)
    g_clear_signal_handler (&priv->changed, priv->pipeline);
  g_clear_object (&priv->pipeline);
  g_clear_pointer (&priv->subtitle, g_free);
  g_clear_pointer (&priv->range_label, g_free);
  G_OBJECT_CLASS (tide_app_pane_parent_class)->dispose (object);
}

static void
tide_app_pane_class_init (TideAppPaneClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = tide_app_pane_get_property;
  object_class->dispose = tide_app_pane_dispose;
  props[PROP_SUBTITLE] = g_param_spec_string ("subtitle", NULL, NULL, "", flags);
  props[PROP_PAUSED] = g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags);
  props[PROP_RANGE] = g_param_spec_string ("range", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), TIDE_TYPE_PANE_LAYOUT);
}

static void
tide_app_pane_init (TideAppPane *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

TidePipeline *
tide_app_pane_get_pipeline (TideAppPane *self)
{
  return PRIVATE (self)->pipeline;
}

void
tide_app_pane_set_subtitle (TideAppPane *self, const char *subtitle)
{
  TideAppPanePrivate *priv = PRIVATE (self);

  if (g_strcmp0 (priv->subtitle, subtitle) == 0)
    return;
  g_free (priv->subtitle);
  priv->subtitle = g_strdup (subtitle);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SUBTITLE]);
}

const char *
tide_app_pane_get_subtitle (TideAppPane *self)
{
  const char *subtitle = PRIVATE (self)->subtitle;

  return subtitle != NULL ? subtitle : "";
}

bool
tide_app_pane_get_paused (TideAppPane *self)
{
  return PRIVATE (self)->paused;
}

void
tide_app_pane_set_ranges (TideAppPane *self, const TideAppRange *ranges, guint n_ranges, const char *id)
{
  TideAppPanePrivate *priv = PRIVATE (self);

  priv->ranges = ranges;
  priv->n_ranges = n_ranges;
  priv->range = 0;
  for (guint i = 0; i < n_ranges; i++)
    if (g_strcmp0 (ranges[i].id, id) == 0)
      priv->range = i;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RANGE]);
}

const TideAppRange *
tide_app_pane_get_range (TideAppPane *self)
{
  TideAppPanePrivate *priv = PRIVATE (self);

  return priv->n_ranges > 0 ? &priv->ranges[priv->range] : NULL;
}

void
tide_app_pane_show_zoom (TideAppPane *self, TideChartAxis *axis)
{
  TideAppPanePrivate *priv = PRIVATE (self);
  g_autofree char *label = NULL;
  double from, to;

  if (tide_chart_axis_is_zoomed (axis))
    {
      tide_chart_axis_get_range (axis, &from, &to);
      label = tide_format_range ((TideTime) from, (TideTime) to, tide_chart_axis_get_zone (axis));
    }
  if (g_strcmp0 (priv->range_label, label) == 0)
    return;
  g_free (priv->range_label);
  priv->range_label = g_steal_pointer (&label);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RANGE]);
}

void
tide_app_pane_toast (TideAppPane *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

void
tide_app_pane_toast_error (TideAppPane *self, const char *what, const GError *error)
{
  g_autofree char *text = g_strdup_printf ("%s: %s", what, error->message);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      && !g_error_matches (error, TIDE_ERROR, TIDE_ERROR_CANCELLED))
    tide_app_pane_toast (self, text);
}

/* For the window */

void
tide_app_pane_set_pipeline (TideAppPane *self, TidePipeline *pipeline)
{
  TideAppPanePrivate *priv = PRIVATE (self);
  TideAppPaneClass *class = TIDE_APP_PANE_GET_CLASS (self);

  if (priv->pipeline == pipeline)
    return;
  if (priv->pipeline != NULL)
    g_clear_signal_handler (&priv->changed, priv->pipeline);
  g_set_object (&priv->pipeline, pipeline);
  if (pipeline != NULL)
    priv->changed = g_signal_connect_swapped (pipeline, "changed", G_CALLBACK (tide_app_pane_workspace_changed), self);
  if (class->set_pipeline != NULL)
    class->set_pipeline (self, pipeline);
}

void
tide_app_pane_workspace_changed (TideAppPane *self)
{
  TideAppPaneClass *class = TIDE_APP_PANE_GET_CLASS (self);

  if (class->workspace_changed != NULL)
    class->workspace_changed (self);
}

void
tide_app_pane_tick (TideAppPane *self, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TideAppPaneClass *class = TIDE_APP_PANE_GET_CLASS (self);

  if (class->tick != NULL)
    class->tick (self, snapshot, status);
}

void
tide_app_pane_set_paused (TideAppPane *self, bool paused)
{
  TideAppPaneClass *class = TIDE_APP_PANE_GET_CLASS (self);

  if (PRIVATE (self)->paused == paused || !class->can_pause)
    return;
  PRIVATE (self)->paused = paused;
  if (class->paused_changed != NULL)
    class->paused_changed (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PAUSED]);
}

bool
tide_app_pane_can_pause (TideAppPane *self)
{
  return TIDE_APP_PANE_GET_CLASS (self)->can_pause;
}

bool
tide_app_pane_can_search (TideAppPane *self)
{
  return TIDE_APP_PANE_GET_CLASS (self)->search != NULL;
}

bool
tide_app_pane_ask_before (TideAppPane *self, void (*go_on) (void *data), void *data, GDestroyNotify free_data)
{
  return TIDE_APP_PANE_GET_CLASS (self)->ask_before != NULL
         && TIDE_APP_PANE_GET_CLASS (self)->ask_before (self, go_on, data, free_data);
}

void
tide_app_pane_search (TideAppPane *self)
{
  if (tide_app_pane_can_search (self))
    TIDE_APP_PANE_GET_CLASS (self)->search (self);
}

const TideAppRange *
tide_app_pane_get_ranges (TideAppPane *self, guint *ret_n)
{
  *ret_n = PRIVATE (self)->n_ranges;
  return PRIVATE (self)->ranges;
}

void
tide_app_pane_set_range (TideAppPane *self, const char *id)
{
  TideAppPanePrivate *priv = PRIVATE (self);
  TideAppPaneClass *class = TIDE_APP_PANE_GET_CLASS (self);

  for (guint i = 0; i < priv->n_ranges; i++)
    if (g_strcmp0 (priv->ranges[i].id, id) == 0)
      {
        priv->range = i;
        g_clear_pointer (&priv->range_label, g_free);
        if (class->range_changed != NULL)
          class->range_changed (self, &priv->ranges[i]);
        g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RANGE]);
        return;
      }
}

const char *
tide_app_pane_get_range_label (TideAppPane *self)
{
  TideAppPanePrivate *priv = PRIVATE (self);

  if (priv->range_label != NULL)
    return priv->range_label;
  return priv->n_ranges > 0 ? _ (priv->ranges[priv->range].title) : NULL;
}

TideAppExport *
tide_app_pane_get_export (TideAppPane *self)
{
  TideAppPaneClass *class = TIDE_APP_PANE_GET_CLASS (self);

  return class->get_export != NULL ? class->get_export (self) : NULL;
}
