/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live: what the rings hold, as it comes. It draws snapshots and keeps nothing of its own. */
#include "app-live-pane.h"

#include "app-format.h"

#include <glib/gi18n.h>

struct _TideLivePane
{
  TideAppPane parent_instance;

  GtkStack *stack;
};

G_DEFINE_FINAL_TYPE (TideLivePane, tide_live_pane, TIDE_TYPE_APP_PANE)

static void
tide_live_pane_tick (TideAppPane *pane, TideLiveSnapshot *snapshot, TideStatus *status)
{
  TideTime newest = TIDE_TIME_NONE;
  g_autofree char *subtitle = NULL;

  for (guint i = 0; snapshot != NULL && i < snapshot->n_streams; i++)
    newest = MAX (newest, snapshot->streams[i].newest);
  if (newest == TIDE_TIME_NONE)
    return;
  {
    g_autofree char *day = tide_format_date (newest, NULL), *clock = tide_format_clock (newest, NULL, true);

    subtitle = g_strdup_printf ("%s · %s", day, clock);
  }
  tide_app_pane_set_subtitle (pane, subtitle);
}

static void
tide_live_pane_class_init (TideLivePaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  TideAppPaneClass *pane_class = TIDE_APP_PANE_CLASS (class);

  pane_class->can_pause = true;
  pane_class->tick = tide_live_pane_tick;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-live-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, TideLivePane, stack);
}

static void
tide_live_pane_init (TideLivePane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
